"""Qué trae el formulario FOR-08: se lee de `recursos/plantillas/pa_for08.yml`. No escribe libros."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from pipeline.archivos import leer_yml
from pipeline.plantillas.definicion import CARPETA, letra

ARCHIVO = "pa_for08.yml"
FILA_ENCABEZADO = 15  # primera de las dos filas del encabezado; la primera de la hoja es 1
PRIMERA_FILA = FILA_ENCABEZADO + 2


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnaPA:
    """Una columna del formulario; con `campo_e` cada fila del par tiene el suyo, sin él la celda es una."""

    campo: str
    encabezado: str
    grupo: str
    clase: str  # texto | codigo | numero | dinero | razon | fecha | marca
    ancho: float
    llena: str  # plan | programacion | seguimiento
    significado: str
    campo_e: str = ""
    seguimiento: bool = False  # agregada por el sistema: no es del formulario oficial y no se imprime


@dataclass(frozen=True, slots=True, kw_only=True)
class FormularioPA:
    """El formulario: su código, sus textos, sus columnas en orden y los rótulos de su membrete."""

    formato: str
    version: str
    codigo: str
    version_formulario: str
    fecha_formulario: str
    proceso: str
    titulo: str
    titulo_del_libro: str
    hoja: str
    aviso: str
    renglones_libres: int
    columnas: tuple[ColumnaPA, ...]
    membrete: Mapping[str, str]
    casillas_de_fuente: Mapping[str, Sequence[str]]
    instrucciones: tuple[str, ...]

    def posicion(self, campo: str) -> int:
        """Posición (desde cero) de la columna que lleva `campo` en cualquiera de sus dos filas."""
        return next(n for n, c in enumerate(self.columnas) if campo in (c.campo, c.campo_e))

    def letra(self, campo: str) -> str:
        """Letra de la columna de `campo`.

        >>> leer_formulario_pa().letra("ejecutado_actividad")
        'G'
        """
        return letra(self.posicion(campo))

    @property
    def oficiales(self) -> int:
        """Cuántas columnas son del formulario oficial: las primeras, que son las que se imprimen."""
        return sum(not c.seguimiento for c in self.columnas)


@cache
def leer_formulario_pa() -> FormularioPA:
    """El formulario FOR-08.

    >>> leer_formulario_pa().codigo
    'FOR-08-PRO-PET-01'
    """
    datos = leer_yml((CARPETA / ARCHIVO).read_text(encoding="utf-8"))
    columnas = tuple(ColumnaPA(**columna) for columna in datos.pop("columnas"))
    return FormularioPA(columnas=columnas, instrucciones=tuple(datos.pop("instrucciones")), **datos)
