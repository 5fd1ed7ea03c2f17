"""Figuras de los informes. Cada función recibe tablas y devuelve una Figura, o None si no hay datos."""

from pipeline.graficos.avance import avance_contra_esperado, distribucion_por_banda
from pipeline.graficos.convenciones import titular_por_convencion
from pipeline.graficos.dinero import cadena_del_dinero, cuadrante
from pipeline.graficos.figura import Figura

__all__ = [
    "Figura",
    "avance_contra_esperado",
    "cadena_del_dinero",
    "cuadrante",
    "distribucion_por_banda",
    "titular_por_convencion",
]
