"""Cuánto pesa cada actividad en el promedio de su proyecto."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

Reales = npt.NDArray[np.float64]


def pesos_de_actividades(ponderacion: Reales, proyecto: pd.Series[str]) -> Reales:
    """Peso de cada actividad en su proyecto (BPIN; las que no lo traen van juntas).

    0 es 0. La que no lo diga, o lo diga negativo (es un hallazgo de calidad), lleva el promedio de las que
    sí; si ninguna de su proyecto lo dice, pesan igual.

    >>> pesos_de_actividades(np.array([0.5, 0.0, np.nan, np.nan]), pd.Series(["9", "9", "9", None])).tolist()
    [0.5, 0.0, 0.25, 1.0]
    """
    validos = np.where(ponderacion >= 0, ponderacion, np.nan)
    dicho = ~np.isnan(validos)
    grupo = pd.factorize(proyecto.fillna(""))[0]
    suma = np.bincount(grupo, weights=np.where(dicho, validos, 0.0))
    cuantas = np.bincount(grupo, weights=dicho)
    medios = np.where(cuantas > 0, suma / np.maximum(cuantas, 1.0), 1.0)
    return np.where(dicho, validos, medios[grupo])


def pesos_con_que_se_promedia(
    pesos: Reales, cuenta: npt.NDArray[np.bool_], grupo: npt.NDArray[np.int64]
) -> Reales:
    """Los pesos, o 1 donde nada de lo que `cuenta` en el grupo pesa: pesan igual y el grupo no desaparece.

    >>> pesos, grupo = np.array([0.5, 0.0, 0.0]), np.array([0, 0, 1])
    >>> pesos_con_que_se_promedia(pesos, np.array([True, True, True]), grupo).tolist()
    [0.5, 0.0, 1.0]
    """
    suma = np.bincount(grupo, weights=np.where(cuenta, pesos, 0.0))
    return np.where(suma[grupo] > 0, pesos, 1.0)
