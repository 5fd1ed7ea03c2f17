"""Quién va por debajo de lo esperado, y de quién no se sabe porque falta reporte. No mide ni redacta."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

MINIMO = 1e-9  # una diferencia menor es ruido de la aritmética, no un atraso


def atrasados(indices: pd.DataFrame) -> pd.Series[bool]:
    """Las filas que van por debajo de lo esperado aunque todo lo que falta por reportar se haya cumplido.

    Compara la cota superior, o el avance donde no haya cota; sin con qué comparar, no van atrasadas.
    """
    return _tope(indices).lt(indices["esperado"] - MINIMO)


def inciertos(indices: pd.DataFrame) -> pd.Series[bool]:
    """Las que irían por debajo de lo esperado o al día según lo que falta por reportar."""
    piso = indices["cota_inferior"].fillna(indices["avance"])
    return piso.lt(indices["esperado"] - MINIMO) & _tope(indices).ge(indices["esperado"] - MINIMO)


def como_va(indices: Mapping[str, Any]) -> str:
    """«atrasado», «incierto» o «al_dia»: lo mismo de una sola fila.

    >>> como_va({"avance": 0.4, "esperado": 0.5, "cota_inferior": 0.4, "cota_superior": 0.6})
    'incierto'
    """
    fila = pd.DataFrame([indices])
    if atrasados(fila).any():
        return "atrasado"
    return "incierto" if inciertos(fila).any() else "al_dia"


def sin_ningun_reporte(indices: pd.DataFrame) -> pd.Series[bool]:
    """Las que tenían metas programadas y ningún reporte aceptado: su avance no se conoce."""
    return indices["n_programadas"].gt(0) & indices["n_reportadas"].eq(0)


def _tope(indices: pd.DataFrame) -> pd.Series[float]:
    return indices["cota_superior"].fillna(indices["avance"])
