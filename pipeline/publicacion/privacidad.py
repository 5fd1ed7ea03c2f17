"""Qué tiene forma de dato personal en lo que se publica, y cómo se suprime. No decide qué se publica."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import pandas as pd

from pipeline.archivos import leer_yml
from pipeline.publicacion.archivos import PUBLICO

MINIMO_DE_PALABRAS, MAXIMO_DE_PALABRAS = 2, 6
_PALABRA = re.compile(r"[^\W\d_]+")


@cache
def definicion_del_sitio() -> dict[str, Any]:
    """Qué lleva el sitio público y qué no (recursos/publico/sitio.yml)."""
    leida: dict[str, Any] = leer_yml((PUBLICO / "sitio.yml").read_text(encoding="utf-8"))
    return leida


@dataclass(frozen=True, slots=True, kw_only=True)
class Reserva:
    """Cómo se reconoce un dato personal: su forma (clase → patrón) o el nombre de alguien del corte."""

    patrones: dict[str, re.Pattern[str]]
    supresion: str


def reserva(nombres: Iterable[str] = ()) -> Reserva:
    """Los patrones de sitio.yml y, si hay, los nombres de personas que no deben aparecer en ningún texto."""
    datos = definicion_del_sitio()
    patrones = {clase: re.compile(patron) for clase, patron in datos["patrones"].items()}
    conocidos = sorted({n.strip() for n in nombres if n.strip()}, key=lambda n: (-len(n), n))
    if conocidos:
        alguno = "|".join(r"\s+".join(map(re.escape, n.split())) for n in conocidos)
        patrones["nombre de una persona"] = re.compile(rf"(?<!\w)(?:{alguno})(?!\w)", re.IGNORECASE)
    return Reserva(patrones=patrones, supresion=datos["supresion"])


def nombres_de_personas(valores: Iterable[object], oficinas: Iterable[str]) -> set[str]:
    """Los valores que parecen nombre de persona: de dos a seis palabras, sin cargo ni oficina conocida.

    >>> sorted(nombres_de_personas(["Ana María Díaz", "Secretaría de Salud", "IBAL", None], ["IBAL"]))
    ['Ana María Díaz']
    """
    conocidas, cargos = set(map(_llano, oficinas)), set(definicion_del_sitio()["palabras_de_cargo"])
    nombres = set()
    for valor in valores:
        if not isinstance(valor, str) or _llano(valor) in conocidas:
            continue
        palabras = _PALABRA.findall(_llano(valor))
        if MINIMO_DE_PALABRAS <= len(palabras) <= MAXIMO_DE_PALABRAS and not cargos & set(palabras):
            nombres.add(valor.strip())
    return nombres


def suprimir(tabla: pd.DataFrame, como: Reserva) -> tuple[pd.DataFrame, int]:
    """La tabla sin los datos personales de sus textos, y cuántas celdas se cambiaron."""
    limpia, cambiadas = tabla.copy(), 0
    for columna in limpia.select_dtypes(include=["object", "string"]):
        antes = limpia[columna]
        despues = antes
        for patron in como.patrones.values():
            despues = despues.str.replace(patron, como.supresion, regex=True)
        distintas = (antes != despues) & antes.notna()
        cambiadas += int(distintas.sum())
        limpia[columna] = despues.where(distintas, antes)
    return limpia, cambiadas


def datos_personales(texto: str, como: Reserva) -> list[str]:
    """Clases de dato personal que aparecen en el texto; vacía si ninguna.

    >>> datos_personales("Escriba a ana@ibague.gov.co", reserva())
    ['correo electrónico']
    """
    return [clase for clase, patron in como.patrones.items() if patron.search(texto)]


def sin_reservadas(columnas: Sequence[str]) -> list[str]:
    """Las columnas que sí se publican, en su orden.

    >>> sin_reservadas(["codigo_meta", "responsable"])
    ['codigo_meta']
    """
    reservadas = definicion_del_sitio()["columnas_reservadas"]
    return [columna for columna in columnas if columna not in reservadas]


def _llano(texto: str) -> str:
    sin_marcas = unicodedata.normalize("NFKD", texto)
    return "".join(c for c in sin_marcas if not unicodedata.combining(c)).casefold().strip()
