"""Alertas tempranas del corte y su vida entre cortes. Funciones puras: las reglas y umbrales llegan leídos.

Qué vigila cada regla, con qué condición, severidad, texto, fuente y plazo está en `recursos/alertas.yml`;
aquí están las medidas que esas condiciones pueden nombrar y la vida de la alerta.
"""

from pipeline.alertas.calculo import calcular_alertas
from pipeline.alertas.ejemplos import comprobar_ejemplos
from pipeline.alertas.propias import combinar_reglas, revisar_propias
from pipeline.alertas.reglas import con_fecha_propia, leer_reglas
from pipeline.alertas.respuestas import respuestas_de
from pipeline.alertas.vida import VIVAS, comparar_alertas, historiar

__all__ = [
    "VIVAS",
    "calcular_alertas",
    "combinar_reglas",
    "comparar_alertas",
    "comprobar_ejemplos",
    "con_fecha_propia",
    "historiar",
    "leer_reglas",
    "respuestas_de",
    "revisar_propias",
]
