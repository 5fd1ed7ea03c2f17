"""Catálogo de fuentes de financiación de la CUIPO: qué códigos existen y cuáles puede usar la entidad."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from pipeline.config import PAQUETE

RUTA = PAQUETE / "recursos" / "catalogos" / "fuentes.csv"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fuente:
    """Una fuente de financiación.

    `motivo` dice por qué un municipio de primera categoría no la puede usar; vacío si puede. El código de
    una familia termina en punto y vale por todos los que empiezan así.
    """

    codigo: str
    nombre: str
    grupo: str
    motivo: str = ""

    @property
    def es_admisible(self) -> bool:
        """Si un municipio de primera categoría la puede usar en inversión."""
        return not self.motivo

    @property
    def es_familia(self) -> bool:
        """Si el código es el comienzo de otros que el catálogo no detalla."""
        return self.codigo.endswith(".")


@cache
def catalogo_fuentes() -> Mapping[str, Fuente]:
    """Fuentes por código, en el orden del catálogo (la de dónde sale está en el propio archivo).

    >>> catalogo_fuentes()["1.2.4.3.03"].grupo
    'SGP'
    """
    with RUTA.open(encoding="utf-8", newline="") as archivo:
        filas = csv.DictReader(linea for linea in archivo if not linea.startswith("#"))
        return {fila["codigo"]: Fuente(**fila) for fila in filas}


def buscar_fuente(codigo: str) -> Fuente | None:
    """La fuente de ese código, o la familia a la que pertenece; None si no está en el catálogo.

    >>> buscar_fuente("1.2.1.0.00").nombre, buscar_fuente("1.3.3.99.01").es_familia, buscar_fuente("999")
    ('INGRESOS CORRIENTES DE LIBRE DESTINACION', True, None)
    """
    catalogo = catalogo_fuentes()
    if codigo in catalogo:
        return catalogo[codigo]
    return next((f for f in catalogo.values() if f.es_familia and codigo.startswith(f.codigo)), None)
