"""Promedios por grupo, exactos y sobre arreglos: simple, ponderado y por conteo.

Todo promedio es un cociente de dos sumas hechas con las mismas operaciones y en el mismo orden. Por eso, si
todos los valores son 1, las dos sumas son el mismo número y el promedio es exactamente 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from pipeline.errores import ErrorSeguimiento
from pipeline.indices.formulas import Reales

Grupos = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pesos:
    """Peso de cada meta y, si el plan los declara, de cada línea. Sirve cualquier escala: se renormaliza."""

    meta: Reales
    linea: Reales | None = None

    @classmethod
    def de_metas(cls, metas: pd.DataFrame) -> Pesos:
        """Pesos de una tabla de metas con `ponderador` y `ponderador_linea`.

        Sin ningún ponderador, todas pesan igual. Si faltan algunos (o son negativos, que es un hallazgo de
        calidad), esas metas llevan el promedio de los declarados: ni cero, que las borraría, ni más.
        """
        propios = metas["ponderador"].to_numpy(dtype=np.float64, na_value=np.nan)
        lineas = metas["ponderador_linea"].to_numpy(dtype=np.float64, na_value=np.nan)
        return cls(meta=_completar(propios), linea=None if np.isnan(lineas).all() else _completar(lineas))


@dataclass(frozen=True, slots=True, kw_only=True)
class Terminos:
    """Lo que entra al promedio de cada nodo: un valor (NaN si no cuenta) y un peso por término.

    `grupo` es el nodo de cada término; `primera`, la posición de su primera meta (con ella se halla su
    nombre); `son` dice qué es un término: «meta», «linea» o el nivel de los hijos.
    """

    valores: Reales
    pesos: Reales
    grupo: Grupos
    primera: Grupos
    son: str


def promediar(
    valores: Reales,
    grupo: Grupos,
    cuantos: int,
    pesos: Pesos,
    *,
    modo: str,
    ruta: pd.DataFrame,
    lineas: pd.Series[str] | None = None,
) -> Reales:
    """Promedio de cada grupo; NaN si ninguna de sus metas tiene valor.

    * `simple`: cada meta pesa igual.
    * `ponderada`: cada meta pesa su ponderador. En el plan (`lineas` dado) y si el plan declara el peso de
      sus líneas: promedio de las líneas con ese peso, y dentro de cada línea por ponderador.
    * `por_conteo`: el nodo es el promedio de sus hijos, y cada hijo pesa el número de metas que tiene en el
      plan, programadas o no; así un programa no pierde peso el año en que programa pocas metas.
    """
    t = terminos(valores, grupo, pesos, modo=modo, ruta=ruta, lineas=lineas)
    return promedio(t.valores, t.pesos, t.grupo, cuantos)


def terminos(
    valores: Reales,
    grupo: Grupos,
    pesos: Pesos,
    *,
    modo: str,
    ruta: pd.DataFrame,
    lineas: pd.Series[str] | None = None,
) -> Terminos:
    """Los términos que `promediar` promedia, con los mismos argumentos: sirven para mostrar la cuenta."""
    if modo not in {"simple", "ponderada", "por_conteo"}:
        raise ErrorSeguimiento(
            f"no existe la agregación «{modo}»", remedio="Use ponderada, simple o por_conteo"
        )
    if modo == "por_conteo":
        return _hijos(valores, grupo, ruta)
    if modo == "simple" or lineas is None or pesos.linea is None:
        propios = np.ones_like(valores) if modo == "simple" else pesos.meta
        return _metas(valores, propios, grupo)
    _, primera, linea = np.unique(
        lineas.to_numpy(dtype=object).astype(str), return_index=True, return_inverse=True
    )
    por_linea = promedio(valores, pesos.meta, linea, len(primera))
    return Terminos(
        valores=por_linea, pesos=pesos.linea[primera], grupo=grupo[primera], primera=primera, son="linea"
    )


def _metas(valores: Reales, pesos: Reales, grupo: Grupos) -> Terminos:
    return Terminos(valores=valores, pesos=pesos, grupo=grupo, primera=np.arange(len(valores)), son="meta")


def _hijos(valores: Reales, grupo: Grupos, ruta: pd.DataFrame) -> Terminos:
    """Los hijos de cada nodo según la primera columna de `ruta`, con su promedio y su número de metas."""
    if ruta.columns.empty:
        return _metas(valores, np.ones_like(valores), grupo)
    nombres = ruta.iloc[:, 0].to_numpy(dtype=object).astype(str)
    nombre = np.unique(nombres, return_inverse=True)[1].astype(np.int64)
    combinado = grupo * (int(nombre.max(initial=0)) + 1) + nombre
    nodos, primera, hijo = np.unique(combinado, return_index=True, return_inverse=True)
    return Terminos(
        valores=promedio_por_conteo(valores, hijo.astype(np.int64), len(nodos), ruta.iloc[:, 1:]),
        pesos=np.bincount(hijo, minlength=len(nodos)).astype(np.float64),
        grupo=grupo[primera],
        primera=primera,
        son=str(ruta.columns[0]),
    )


def promedio(valores: Reales, pesos: Reales, grupo: Grupos, cuantos: int) -> Reales:
    """Σ peso × valor / Σ peso de cada grupo, sobre las posiciones con valor (ahí se renormaliza el peso).

    >>> promedio(np.array([1.0, 0.5, np.nan]), np.array([3.0, 1.0, 9.0]), np.array([0, 0, 0]), 2).tolist()
    [0.875, nan]
    """
    arriba, abajo = sumas(valores, pesos, grupo, cuantos)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(abajo > 0, arriba / abajo, np.nan), dtype=np.float64)


def sumas(valores: Reales, pesos: Reales, grupo: Grupos, cuantos: int) -> tuple[Reales, Reales]:
    """Numerador y denominador de `promedio`: Σ peso × valor y Σ peso sobre las posiciones con valor.

    >>> valores, pesos = np.array([1.0, 0.5, np.nan]), np.array([3.0, 1.0, 9.0])
    >>> [suma.tolist() for suma in sumas(valores, pesos, np.array([0, 0, 0]), 1)]
    [[3.5], [4.0]]
    """
    falta = np.isnan(valores)
    numerador = valores * pesos
    if falta.any():
        numerador[falta] = 0.0
        pesos = pesos * ~falta
    arriba = np.asarray(np.bincount(grupo, weights=numerador, minlength=cuantos), dtype=np.float64)
    abajo = np.asarray(np.bincount(grupo, weights=pesos, minlength=cuantos), dtype=np.float64)
    return arriba, abajo


def pesos_renormalizados(valores: Reales, pesos: Reales, grupo: Grupos, cuantos: int) -> Reales:
    """Participación de cada meta en el promedio de su grupo: suma 1 entre las que tienen valor; 0 si no.

    >>> pesos_renormalizados(np.array([1.0, 0.5, np.nan]), np.array([3.0, 1.0, 9.0]),
    ...                      np.array([0, 0, 0]), 1).tolist()
    [0.75, 0.25, 0.0]
    """
    usados = np.where(np.isnan(valores), 0.0, pesos)
    suma = np.bincount(grupo, weights=usados, minlength=cuantos)[grupo]
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(suma > 0, usados / suma, 0.0)


def promedio_por_conteo(valores: Reales, grupo: Grupos, cuantos: int, ruta: pd.DataFrame) -> Reales:
    """Promedio de los hijos de cada grupo, pesado cada uno por su número de metas, nivel por nivel.

    `ruta` trae el camino de cada meta dentro de su nodo, del hijo más cercano al más lejano; en el último
    nivel los hijos son las metas y el promedio es simple.

    >>> ruta = pd.DataFrame({"programa": ["A", "A", "B", "B"]})
    >>> promedio_por_conteo(np.array([1.0, np.nan, 0.5, 0.5]), np.zeros(4, dtype=np.int64), 1, ruta).tolist()
    [0.75]
    """
    t = _hijos(valores, grupo, ruta)
    return promedio(t.valores, t.pesos, t.grupo, cuantos)


def _completar(pesos: Reales) -> Reales:
    validos = np.where(pesos >= 0, pesos, np.nan)
    if np.isnan(validos).all():
        return np.ones_like(pesos)
    return np.where(np.isnan(validos), np.nanmean(validos), validos)
