"""Figuras de los informes. Cada función recibe tablas y devuelve una Figura, o None si no hay datos."""

from pipeline.graficos.avance import avance_contra_esperado, distribucion_por_banda
from pipeline.graficos.cambios import cascada
from pipeline.graficos.convenciones import titular_por_convencion
from pipeline.graficos.dinero import cadena_del_dinero, cadena_por_fuente, cuadrante
from pipeline.graficos.entidades import distribucion_de_entidades
from pipeline.graficos.figura import Figura
from pipeline.graficos.series import mapa_de_calor, trayectoria

__all__ = [
    "Figura",
    "avance_contra_esperado",
    "cadena_del_dinero",
    "cadena_por_fuente",
    "cascada",
    "cuadrante",
    "distribucion_de_entidades",
    "distribucion_por_banda",
    "mapa_de_calor",
    "titular_por_convencion",
    "trayectoria",
]
