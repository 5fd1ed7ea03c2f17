"""Libros que entrega la oficina de planeación: las plantillas que diligencian las dependencias y el plan.

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
from pipeline.plantillas.pa import casilla_de_fuente, escribir_filas_pa, escribir_plantilla_pa, filas_pa
from pipeline.plantillas.pa_definicion import leer_formulario_pa
from pipeline.plantillas.pa_revision import encabezados_de_revision, escribir_revision_pa
from pipeline.plantillas.poai import escribir_filas_poai, filas_poai

__all__ = [
    "FUENTES_SISPT",
    "NOMBRES_DE_TIPO",
    "Columna",
    "Formula",
    "Plantilla",
    "casilla_de_fuente",
    "escribir_filas_pa",
    "escribir_filas_pi",
    "escribir_filas_poai",
    "escribir_plan_pi",
    "escribir_plantilla_pa",
    "encabezados_de_revision",
    "escribir_plantilla_pi",
    "escribir_revision_pa",
    "filas_pa",
    "filas_pi",
    "filas_poai",
    "leer_formulario_pa",
    "leer_plantilla",
    "plantilla_pi",
]
