"""Catálogo de productos de la MGA (DNP) que trae el proyecto: qué códigos existen y cómo se llaman."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache

from pipeline.config import PAQUETE

RUTA = PAQUETE / "recursos" / "catalogos" / "mga.csv"
NIVELES = {"sector": 2, "programa": 4, "codigo_producto": 7, "codigo_indicador": 9}  # cifras de cada código


@cache
def catalogo_mga() -> Mapping[str, str]:
    """Nombre de cada código; vacío en productos e indicadores, de los que solo se guarda que existen.

    Fuente: DNP, Catálogo de Productos de la MGA. Se regenera con `herramientas/catalogo_mga.py`.

    >>> catalogo_mga()["32"], "3204001" in catalogo_mga(), "3204999" in catalogo_mga()
    ('Ambiente y desarrollo sostenible', True, False)
    """
    with RUTA.open(encoding="utf-8", newline="") as archivo:
        filas = csv.DictReader(linea for linea in archivo if not linea.startswith("#"))
        return {fila["codigo"]: fila["nombre"] for fila in filas}
