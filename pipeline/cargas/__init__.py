"""Archivos de carga para otros aplicativos, con sus totales de control y el cotejo de lo que vuelve."""

from pipeline.cargas.cotejo import cotejar, leer_devuelto
from pipeline.cargas.disposicion import Disposicion, armar_carga, escribir_csv, leer_disposicion, totales
from pipeline.cargas.sispt import escribir_sispt

__all__ = [
    "Disposicion",
    "armar_carga",
    "cotejar",
    "escribir_csv",
    "escribir_sispt",
    "leer_devuelto",
    "leer_disposicion",
    "totales",
]
