"""Columnas de un libro de salida a partir de su esquema: título legible, clase y significado."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pipeline.archivos import leer_yml
from pipeline.errores import ErrorSeguimiento
from pipeline.esquemas import Columna as ColumnaDeEsquema
from pipeline.esquemas import esquema

TEXTOS = Path(__file__).parents[1] / "recursos" / "libros.yml"
SIN_MILES = ("vigencia", "fila", "version", "periodo", "anio")
DE_RAZON = ("razon_", "indice_", "avance", "cota_", "esperado", "ejecucion_financiera", "ponderacion")


@dataclass(frozen=True, slots=True, kw_only=True)
class Columna:
    """Una columna de la hoja.

    `clase`: texto, lista (valor de una lista cerrada, que se escribe en palabras), codigo (texto que
    parece número), entero, anio (entero sin punto de miles), numero, dinero (pesos completos), razon (0-1,
    se ve como porcentaje) o logico (Sí o No).
    """

    campo: str
    titulo: str
    clase: str = "texto"
    significado: str = ""
    ancho: float | None = None  # en letras; si no se da, el de su contenido


def columnas_de(
    tabla: str, campos: Sequence[str] | None = None, *, titulos: Mapping[str, str] | None = None
) -> list[Columna]:
    """Columnas de hoja según el esquema de `tabla`; con `campos`, solo esas y en ese orden.

    >>> [(c.titulo, c.clase) for c in columnas_de("metas", ["codigo_meta", "avance", "obligaciones_cop"])]
    [('Código de la meta', 'texto'), ('Avance', 'razon'), ('Obligaciones (COP)', 'dinero')]
    """
    contrato = {c.nombre: c for c in esquema(tabla).columnas}
    ajenos = [c for c in campos or () if c not in contrato]
    if ajenos:
        raise ErrorSeguimiento(f"el esquema {tabla} no tiene las columnas {', '.join(ajenos)}")
    return [
        Columna(
            campo=nombre,
            titulo=(titulos or {}).get(nombre) or titulo_de(nombre),
            clase=_clase(contrato[nombre]),
            significado=_significado(contrato[nombre]),
        )
        for nombre in campos or contrato
    ]


def titulo_de(nombre: str) -> str:
    """Título legible de una columna.

    >>> titulo_de("apropiacion_definitiva_cop"), titulo_de("n_metas")
    ('Apropiación definitiva (COP)', 'N.º de metas')
    """
    propios = textos()["titulos"]
    if nombre in propios:
        return str(propios[nombre])
    if nombre.startswith("n_"):
        frase = _en_palabras(nombre[2:])
        return f"N.º {frase}" if frase.startswith(("con ", "sin ", "sobre ")) else f"N.º de {frase}"
    unidad = " (COP)" if nombre.endswith("_cop") else ""
    return en_palabras(nombre.removesuffix("_cop")) + unidad


def en_palabras(codigo: str) -> str:
    """Un nombre o valor de los esquemas como se escribe en español.

    >>> en_palabras("sin_certeza"), en_palabras("critico")
    ('Sin certeza', 'Crítico')
    """
    frase = _en_palabras(codigo)
    return frase[:1].upper() + frase[1:]


def _clase(columna: ColumnaDeEsquema) -> str:
    if columna.tipo == "texto":
        return "lista" if columna.valores else "texto"
    if columna.tipo == "logico":
        return "logico"
    if columna.tipo == "entero":
        return "anio" if columna.nombre.startswith(SIN_MILES) else "entero"
    if columna.unidad == "COP":
        return "dinero"
    es_razon = "(razón)" in columna.significado or columna.nombre.startswith(DE_RAZON)
    return "razon" if es_razon and not columna.unidad else "numero"


def _significado(columna: ColumnaDeEsquema) -> str:
    partes = [columna.significado]
    if columna.unidad:
        partes.append("En pesos colombianos." if columna.unidad == "COP" else f"En {columna.unidad}.")
    if columna.valores:
        partes.append(f"Valores: {', '.join(map(en_palabras, columna.valores))}.")
    return " ".join(partes)


def _en_palabras(nombre: str) -> str:
    palabras = textos()["palabras"]
    return " ".join(palabras.get(p) or re.sub(r"([cs])ion$", r"\1ión", p) for p in nombre.split("_"))


@cache
def textos() -> dict[str, Any]:
    """Lo escrito en recursos/libros.yml."""
    datos: dict[str, Any] = leer_yml(TEXTOS.read_text(encoding="utf-8"))
    return datos
