"""Bandas del semáforo: el avance frente a lo esperado al corte, y «sin certeza» cuando no se puede decir."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pipeline.indices.formulas import Logicos, Reales
from pipeline.modelo import Bandas, Semaforo

SEMAFOROS: tuple[Semaforo, ...] = tuple(Semaforo)
"""Las cinco primeras van de menor a mayor cumplimiento: su posición es el número de la banda."""
_SIN_CERTEZA = SEMAFOROS.index(Semaforo.SIN_CERTEZA)
_NO_PROGRAMADA = SEMAFOROS.index(Semaforo.NO_PROGRAMADA)
_HOLGURA = 1e-9
"""0,28 / 0,35 vale 0,8 en papel y 0,7999… en binario: esa diferencia no baja de banda."""


def semaforo(
    inferior: Reales, superior: Reales, esperado: Reales, programada: Logicos, bandas: Bandas
) -> npt.NDArray[np.int8]:
    """Posición en SEMAFOROS de cada meta o nodo.

    La banda se lee de avance / esperado en las dos cotas. Si caen en la misma banda, es esa; si no, lo que
    falta por reportar puede cambiarla y el semáforo es «sin certeza». Sin nada programado, o si al corte
    aún no se esperaba avance ni lo hay, no hay banda: «no programada».

    >>> uno = np.array([1.0]); medio = np.array([0.5])
    >>> [SEMAFOROS[semaforo(np.array([a]), np.array([b]), medio, uno > 0, Bandas())[0]].value
    ...  for a, b in ((0.3, 0.3), (0.0, 1.0), (0.4, 0.45))]
    ['medio', 'sin_certeza', 'sobresaliente']
    """
    abajo = _banda(inferior, esperado, bandas)
    arriba = _banda(superior, esperado, bandas)
    resultado = np.where(abajo == arriba, abajo, _SIN_CERTEZA)
    sin_dato = np.isnan(inferior) | np.isnan(superior) | np.isnan(esperado)
    resultado = np.where(sin_dato, _SIN_CERTEZA, resultado)
    nada_que_medir = ~programada | ((esperado == 0) & (superior == 0))
    return np.where(nada_que_medir, _NO_PROGRAMADA, resultado).astype(np.int8)


def nombres(posiciones: npt.NDArray[np.int8]) -> npt.NDArray[np.object_]:
    """Nombre de cada semáforo, como va en las tablas."""
    return np.array([s.value for s in SEMAFOROS], dtype=object)[posiciones]


def _banda(avance: Reales, esperado: Reales, bandas: Bandas) -> npt.NDArray[np.int64]:
    with np.errstate(divide="ignore", invalid="ignore"):
        cumplimiento = avance / esperado
    # Con nada esperado, cualquier avance va adelantado; la ausencia de avance se resuelve arriba.
    cumplimiento = np.where(esperado == 0, np.where(avance > 0, np.inf, 0.0), cumplimiento)
    limites = np.array([bandas.bajo, bandas.medio, bandas.satisfactorio, bandas.sobresaliente])
    return np.searchsorted(limites - _HOLGURA, cumplimiento, side="right")
