"""Índices de cumplimiento del plan. Funciones puras: no leen archivos, no tienen reloj ni deciden alertas."""

from pipeline.indices.agregacion import calcular_indices
from pipeline.indices.explicacion import Explicacion, evaluar, explicar_meta
from pipeline.indices.explicacion_nodos import ExplicacionDeNodo, explicar_nodos
from pipeline.indices.metas import calcular_metas
from pipeline.indices.plan_accion import (
    avances_de_productos,
    avances_de_proyectos,
    calcular_actividades,
    calcular_indices_pa,
    identificar_actividades,
)
from pipeline.indices.presupuesto import calcular_indices_poai

__all__ = [
    "Explicacion",
    "ExplicacionDeNodo",
    "avances_de_productos",
    "avances_de_proyectos",
    "calcular_actividades",
    "calcular_indices",
    "calcular_indices_pa",
    "calcular_indices_poai",
    "calcular_metas",
    "evaluar",
    "explicar_meta",
    "explicar_nodos",
    "identificar_actividades",
]
