"""Interpretar los valores crudos de un libro: números, códigos, textos y las tablas que salen de ellos."""

from pipeline.limpieza.armado import armar_plan, armar_registros
from pipeline.limpieza.libro import LibroLimpio, limpiar
from pipeline.limpieza.nombres import completar_nombres

__all__ = [
    "LibroLimpio",
    "armar_plan",
    "armar_registros",
    "completar_nombres",
    "limpiar",
]
