"""Índices de cumplimiento del plan. Funciones puras: no leen archivos, no tienen reloj ni deciden alertas."""

from pipeline.indices.agregacion import calcular_indices
from pipeline.indices.explicacion import Explicacion, evaluar, explicar_meta
from pipeline.indices.metas import calcular_metas

__all__ = ["Explicacion", "calcular_indices", "calcular_metas", "evaluar", "explicar_meta"]
