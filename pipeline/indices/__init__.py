"""Índices de cumplimiento del plan. Funciones puras: no leen archivos, no tienen reloj ni deciden alertas."""

from pipeline.indices.agregacion import calcular_indices
from pipeline.indices.explicacion import Explicacion, evaluar, explicar_meta
from pipeline.indices.explicacion_nodos import ExplicacionDeNodo, explicar_nodos
from pipeline.indices.explicacion_pa import ExplicacionDeActividad, explicar_actividades, explicar_indices_pa
from pipeline.indices.explicacion_poai import explicar_indices_poai
from pipeline.indices.metas import calcular_metas
from pipeline.indices.plan_accion import calcular_actividades, calcular_indices_pa, identificar_actividades
from pipeline.indices.presupuesto import calcular_indices_poai, nodos_del_poai

__all__ = [
    "Explicacion",
    "ExplicacionDeActividad",
    "ExplicacionDeNodo",
    "calcular_actividades",
    "calcular_indices",
    "calcular_indices_pa",
    "calcular_indices_poai",
    "calcular_metas",
    "evaluar",
    "explicar_actividades",
    "explicar_indices_pa",
    "explicar_indices_poai",
    "explicar_meta",
    "explicar_nodos",
    "identificar_actividades",
    "nodos_del_poai",
]
