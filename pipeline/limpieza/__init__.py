"""Interpretar los valores crudos de un libro: números, códigos, textos y las tablas que salen de ellos."""

from pipeline.limpieza.armado import armar_plan, armar_registros
from pipeline.limpieza.codigos import (
    actividades_reconocidas,
    avisar_actividades,
    avisar_metas,
    metas_reconocidas,
    poner_metas,
)
from pipeline.limpieza.libro import LibroLimpio, limpiar
from pipeline.limpieza.nombres import completar_nombres

__all__ = [
    "LibroLimpio",
    "actividades_reconocidas",
    "armar_plan",
    "armar_registros",
    "avisar_actividades",
    "avisar_metas",
    "completar_nombres",
    "limpiar",
    "metas_reconocidas",
    "poner_metas",
]
