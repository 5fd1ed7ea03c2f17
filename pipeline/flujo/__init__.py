"""El orden de las etapas, que solo se conoce aquí; los cuadernos 01 y 02 llaman estas funciones."""

from pipeline.flujo.calculo import (
    alertar,
    calcular,
    calcular_corte,
    consolidar_corte,
    guardar_calculo,
    trazar,
    trazar_nodos,
)
from pipeline.flujo.contexto import Contexto, abrir
from pipeline.flujo.entrada import leer_corte, leer_entregas, leer_plan
from pipeline.flujo.ingesta import guardar_ingesta, revisar, revisar_corte
from pipeline.flujo.previos import calcular_previos
from pipeline.flujo.vistas import (
    balance_de_filas,
    entregas_leidas,
    hallazgos_por_atender,
    hallazgos_por_regla,
    indices_principales,
    metas_por_estado,
    opciones_del_metodo,
    renglon_de_entrega,
    resumen_de_previos,
    resumen_del_plan,
    trazas_de_ejemplo,
    trazas_principales,
)

__all__ = [
    "Contexto",
    "abrir",
    "alertar",
    "balance_de_filas",
    "calcular",
    "calcular_previos",
    "calcular_corte",
    "consolidar_corte",
    "entregas_leidas",
    "guardar_calculo",
    "guardar_ingesta",
    "hallazgos_por_atender",
    "hallazgos_por_regla",
    "indices_principales",
    "leer_corte",
    "leer_entregas",
    "leer_plan",
    "metas_por_estado",
    "opciones_del_metodo",
    "renglon_de_entrega",
    "resumen_de_previos",
    "resumen_del_plan",
    "revisar",
    "revisar_corte",
    "trazar",
    "trazar_nodos",
    "trazas_de_ejemplo",
    "trazas_principales",
]
