"""PRO-PET-07: sus 33 actividades, el estado de sus registros y los enlaces de las dependencias."""

from pipeline.procedimiento.enlaces import Enlace, falta_de_enlace, leer_enlaces, sin_enlace
from pipeline.procedimiento.registros import (
    ANUAL,
    ESTADOS,
    NOMBRES_DE_ESTADO,
    Constancia,
    Esperado,
    Fila,
    Procedimiento,
    cargar_procedimiento,
    correr_habiles,
    decidir_estado,
    excusa,
    fecha_limite,
    registros_esperados,
)

__all__ = [
    "ANUAL",
    "ESTADOS",
    "NOMBRES_DE_ESTADO",
    "Constancia",
    "Enlace",
    "Esperado",
    "Fila",
    "Procedimiento",
    "cargar_procedimiento",
    "correr_habiles",
    "decidir_estado",
    "excusa",
    "falta_de_enlace",
    "fecha_limite",
    "leer_enlaces",
    "registros_esperados",
    "sin_enlace",
]
