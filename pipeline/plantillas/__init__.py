"""Libros que entrega la oficina de planeación: la plantilla de Plan Indicativo y el plan en formato propio.

Qué columnas hay, cómo se llaman y qué significan está en `recursos/plantillas/*.yml`; los mismos
encabezados los lee `recursos/formatos/*_propio.yml`. xlsxwriter solo se importa al escribir.
"""

from pipeline.plantillas.definicion import (
    FUENTES_SISPT,
    NOMBRES_DE_TIPO,
    Columna,
    Formula,
    Plantilla,
    leer_plantilla,
    plantilla_pi,
)
from pipeline.plantillas.libros import (
    escribir_filas_pi,
    escribir_plan_pi,
    escribir_plantilla_pi,
    filas_pi,
)

__all__ = [
    "FUENTES_SISPT",
    "NOMBRES_DE_TIPO",
    "Columna",
    "Formula",
    "Plantilla",
    "escribir_filas_pi",
    "escribir_plan_pi",
    "escribir_plantilla_pi",
    "filas_pi",
    "leer_plantilla",
    "plantilla_pi",
]
