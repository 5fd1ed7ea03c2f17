"""El orden de las etapas, que solo se conoce aquí; los cuadernos 01 y 02 llaman estas funciones."""

from pipeline.flujo.calculo import (
    calcular,
    calcular_corte,
    consolidar_corte,
    guardar_calculo,
    trazar,
    trazar_nodos,
)
from pipeline.flujo.comparacion import variaciones_del_corte
from pipeline.flujo.contexto import Contexto, abrir
from pipeline.flujo.entrada import leer_corte, leer_entregas, leer_plan
from pipeline.flujo.ingesta import guardar_ingesta, revisar, revisar_corte
from pipeline.flujo.instrumentos import armar_matriz, calcular_plan_de_accion, calcular_poai, conciliar
from pipeline.flujo.previos import calcular_previos
from pipeline.flujo.series import serie_de_indices, serie_de_metas
from pipeline.flujo.tempranas import alertar_con_historia
from pipeline.flujo.vistas import (
    balance_de_filas,
    entregas_leidas,
    hallazgos_por_atender,
    hallazgos_por_regla,
    indices_principales,
    metas_por_estado,
    niveles_principales,
    opciones_del_metodo,
    quiebres_por_regla,
    renglon_de_entrega,
    renglones_por_estado,
    resumen_de_previos,
    resumen_del_plan,
    serie_de_ejemplo,
    serie_del_plan,
    trazas_de_ejemplo,
    trazas_principales,
    variaciones_principales,
)

__all__ = [
    "Contexto",
    "abrir",
    "alertar_con_historia",
    "armar_matriz",
    "balance_de_filas",
    "calcular",
    "calcular_corte",
    "calcular_plan_de_accion",
    "calcular_poai",
    "calcular_previos",
    "conciliar",
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
    "niveles_principales",
    "opciones_del_metodo",
    "quiebres_por_regla",
    "renglon_de_entrega",
    "renglones_por_estado",
    "resumen_de_previos",
    "resumen_del_plan",
    "revisar",
    "revisar_corte",
    "serie_de_ejemplo",
    "serie_de_indices",
    "serie_de_metas",
    "serie_del_plan",
    "trazar",
    "trazar_nodos",
    "trazas_de_ejemplo",
    "trazas_principales",
    "variaciones_del_corte",
    "variaciones_principales",
]
