"""Revisión de los libros del Plan de Acción. Como `revision`: amplía, busca fallas y redacta hallazgos."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from pipeline.calidad.ampliacion_pa import ampliar_registros_pa
from pipeline.calidad.reglas import Regla, cargar_reglas
from pipeline.calidad.revision import aplicar_reglas
from pipeline.modelo import Corte


def revisar_registros_pa(
    registros: pd.DataFrame,
    plan: pd.DataFrame,
    celdas: pd.DataFrame,
    corte: Corte,
    *,
    poai: pd.DataFrame | None = None,
    anteriores: pd.DataFrame | None = None,
    reglas: Sequence[Regla] | None = None,
    previos: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Hallazgos de los libros del Plan de Acción de un corte, todos en una sola validación.

    `registros` son los de los libros vigentes; `poai`, la tabla `registros_poai` con que se comprueban los
    proyectos (sin ella no se comprueban); `anteriores`, los registros aceptados en los cortes previos de la
    vigencia, con una columna `corte` («2025-T2»). Lo demás, como en `revisar_plan`.
    """
    tabla = ampliar_registros_pa(registros, plan, corte=corte, poai=poai, anteriores=anteriores)
    reglas = cargar_reglas() if reglas is None else reglas
    propias = celdas[celdas["tabla"] == "registros_pa"]
    return aplicar_reglas("registros_pa", tabla, propias, reglas, previos)
