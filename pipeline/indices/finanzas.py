"""Índices financieros: siempre razones de sumas; lo ausente no es cero y sin denominador no hay razón."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pipeline.errores import ErrorSeguimiento
from pipeline.indices.formulas import Reales
from pipeline.modelo import Metodo

DINERO = (
    "recursos_programados_cop",
    "apropiacion_inicial_cop",
    "apropiacion_definitiva_cop",
    "cdp_cop",
    "compromisos_cop",
    "obligaciones_cop",
    "pagos_cop",
)
RAZONES = {
    "obligaciones/definitiva": ("obligaciones_cop", "apropiacion_definitiva_cop"),
    "compromisos/definitiva": ("compromisos_cop", "apropiacion_definitiva_cop"),
    "pagos/definitiva": ("pagos_cop", "apropiacion_definitiva_cop"),
    "obligaciones/programado_pi": ("obligaciones_cop", "recursos_programados_cop"),
}
"""Opciones de `ejecucion_financiera`: obligaciones (Cali, DNP), compromisos (Tenjo), pagos (softone360)."""


def razon(numerador: Reales, denominador: Reales) -> Reales:
    """Numerador sobre denominador; NaN si falta alguno o el denominador no es mayor que cero.

    >>> razon(np.array([3.0, 3.0, np.nan]), np.array([4.0, 0.0, 4.0])).tolist()
    [0.75, nan, nan]
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(denominador > 0, numerador / denominador, np.nan)


def ejecucion_financiera(dinero: pd.DataFrame, metodo: Metodo) -> Reales:
    """Ejecución financiera de cada fila (meta o nodo) según `metodo.ejecucion_financiera`.

    >>> tabla = pd.DataFrame({"obligaciones_cop": [50.0], "apropiacion_definitiva_cop": [200.0]})
    >>> ejecucion_financiera(tabla, Metodo()).tolist()
    [0.25]
    """
    if metodo.ejecucion_financiera not in RAZONES:
        raise ErrorSeguimiento(
            f"no existe la ejecución financiera «{metodo.ejecucion_financiera}»",
            remedio=f"Use una de: {', '.join(RAZONES)}",
        )
    arriba, abajo = (_columna(dinero, nombre) for nombre in RAZONES[metodo.ejecucion_financiera])
    return razon(arriba, abajo)


def eficiencia(avance: Reales, financiera: Reales, minima: float) -> Reales:
    """Avance físico sobre ejecución financiera; NaN si se ha ejecutado menos que `minima`.

    Con poco dinero ejecutado el cociente se dispara y no dice nada (dominio.md §3.2).

    >>> eficiencia(np.array([0.5, 0.5]), np.array([0.25, 0.05]), 0.10).tolist()
    [2.0, nan]
    """
    return razon(avance, np.where(financiera >= minima, financiera, np.nan))


def sumar_dinero(metas: pd.DataFrame, grupos: pd.Series[str]) -> pd.DataFrame:
    """Sumas de la cadena presupuestal por grupo; NaN donde ninguna meta trae el dato."""
    presentes = metas.reindex(columns=list(DINERO)).astype("float64")
    return presentes.groupby(grupos.to_numpy(), sort=True).sum(min_count=1)


def _columna(tabla: pd.DataFrame, nombre: str) -> Reales:
    if nombre not in tabla:
        return np.full(len(tabla), np.nan)
    return tabla[nombre].to_numpy(dtype=np.float64, na_value=np.nan)
