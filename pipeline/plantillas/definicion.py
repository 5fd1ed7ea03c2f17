"""Qué columnas tiene cada libro propio: se lee de `recursos/plantillas/*.yml`. No escribe libros."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline.archivos import leer_yml
from pipeline.modelo import Corte, TipoMeta

CARPETA = Path(__file__).parent.parent / "recursos" / "plantillas"
HOJA_CONTROL = "_control"
HOJA_INSTRUCCIONES = "Instrucciones"
SIN_CORTE_ANTERIOR = "sin corte anterior"
NOMBRES_DE_TIPO = {
    TipoMeta.ACUMULADO: "Acumulado",
    TipoMeta.FLUJO: "Flujo",
    TipoMeta.STOCK: "Stock",
    TipoMeta.CAPACIDAD: "Capacidad",
    TipoMeta.MANTENIMIENTO: "Mantenimiento",
    TipoMeta.REDUCCION: "Reducción",
    TipoMeta.REDUCCION_ANUAL: "Reducción anual",
}
FUENTES_SISPT = (
    "Recursos propios", "SGP educación", "SGP salud", "SGP deporte", "SGP cultura", "SGP libre inversión",
    "SGP libre destinación", "SGP alimentación escolar", "SGP municipios Rio Magdalena", "SGP APSB",
    "Crédito",
    "Transferencias de capital - cofinanciación departamento",
    "Transferencias de capital - cofinanciación nación", "Otros",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Columna:
    """Una columna de un libro propio: de qué campo sale, cómo se llama y cómo se llena."""

    campo: str
    encabezado: str
    grupo: str
    clase: str  # texto | codigo | numero | dinero | razon | estado | lista | fecha
    ancho: float
    editable: bool = False
    abierta_si_vacia: bool = False  # bloqueada solo donde viene prellenada
    ayuda: str = ""
    significado: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plantilla:
    """Un libro propio: su hoja de datos, su encabezado y sus columnas en orden."""

    formato: str
    version: str
    hoja: str
    fila_encabezado: int  # la primera fila de la hoja es 1
    grupos: Mapping[str, str]
    columnas: tuple[Columna, ...]
    titulo: str = ""
    aviso: str = ""
    origen: str = "Viene del plan (bloqueada)"  # qué se dice de una columna que no se diligencia
    diligencia: str = "La dependencia"
    instrucciones: tuple[str, ...] = ()

    def letra(self, campo: str) -> str:
        """Letra de la columna de `campo` en la hoja.

        >>> leer_plantilla("plan_indicativo").letra("codigo_meta")
        'A'
        """
        indice = [columna.campo for columna in self.columnas].index(campo)
        return letra(indice)


@dataclass(frozen=True, slots=True, kw_only=True)
class Formula:
    """Fórmula con el resultado que Excel dejó guardado (por ejemplo `#DIV/0!`)."""

    formula: str
    resultado: str | float


@cache
def leer_plantilla(nombre: str) -> Plantilla:
    """Plantilla descrita en `recursos/plantillas/<nombre>.yml`.

    >>> leer_plantilla("plan_indicativo").columnas[0].encabezado
    'Código de meta'
    """
    datos = leer_yml((CARPETA / f"{nombre}.yml").read_text(encoding="utf-8"))
    columnas = tuple(Columna(**columna) for columna in datos.pop("columnas"))
    instrucciones = tuple(datos.pop("instrucciones", ()))
    return Plantilla(columnas=columnas, instrucciones=instrucciones, **datos)


def plantilla_pi(corte: Corte, periodo_aceptado: str = "") -> Plantilla:
    """La plantilla de Plan Indicativo con la vigencia escrita en sus encabezados.

    `periodo_aceptado` es el del corte de la vigencia de donde sale lo último aceptado; vacío si no hay.

    >>> from pipeline.modelo import Periodo
    >>> plantilla = plantilla_pi(Corte(vigencia=2025, periodo=Periodo.T3), "T2")
    >>> [c.encabezado for c in plantilla.columnas if c.grupo == "fisico"]
    ['Último aceptado (T2)', 'Ejecutado acumulado']
    """
    base = leer_plantilla("plan_indicativo")
    textos = {"vigencia": corte.vigencia, "ultimo_periodo": periodo_aceptado or SIN_CORTE_ANTERIOR}
    columnas = tuple(replace(c, encabezado=c.encabezado.format(**textos)) for c in base.columnas)
    return replace(base, columnas=columnas)


def es_vacio(valor: Any) -> bool:
    """Si la celda quedaría en blanco (None, NaN o NA); una `Formula` nunca lo es."""
    return valor is None or (not isinstance(valor, Formula) and bool(pd.isna(valor)))


def letra(indice: int) -> str:
    """Letra de la columna número `indice` (la primera es 0).

    >>> letra(0), letra(26)
    ('A', 'AA')
    """
    letras = ""
    numero = indice + 1
    while numero:
        numero, resto = divmod(numero - 1, 26)
        letras = chr(65 + resto) + letras
    return letras
