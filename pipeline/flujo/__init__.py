"""El orden de las etapas, que solo se conoce aquí; los cuadernos 01 y 02 llaman estas funciones."""

from pipeline.flujo.calculo import (
    alertar,
    calcular,
    consolidar_corte,
    guardar_calculo,
)
from pipeline.flujo.contexto import Contexto, abrir
from pipeline.flujo.ingesta import (
    guardar_ingesta,
    leer_entregas,
    leer_plan,
    revisar,
)

__all__ = [
    "Contexto",
    "abrir",
    "alertar",
    "calcular",
    "consolidar_corte",
    "guardar_calculo",
    "guardar_ingesta",
    "leer_entregas",
    "leer_plan",
    "revisar",
]
