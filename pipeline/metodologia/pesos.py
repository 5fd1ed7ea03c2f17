"""Peso con que cada meta entró al índice de su nodo, deducido aparte de como lo promedia `indices`."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pipeline.indices.agregacion import CODIGO_PLAN, JERARQUIA, SIN_CODIGO
from pipeline.indices.formulas import Reales
from pipeline.indices.promedios import Pesos, pesos_renormalizados
from pipeline.modelo import Nivel


def nodo_de_cada_meta(metas: pd.DataFrame, nivel: Nivel) -> pd.Series[str]:
    """Código del nodo de cada meta en el nivel, como está en la tabla `indices`."""
    if nivel is Nivel.PLAN:
        return pd.Series(CODIGO_PLAN, index=metas.index, dtype="str")
    return metas[nivel.value].fillna(SIN_CODIGO)


def pesos_en_el_nodo(metas: pd.DataFrame, valores: Reales, nivel: Nivel, agregacion: str) -> Reales:
    """Peso renormalizado de cada meta en su nodo: entre las que tienen valor suma 1; las demás, 0.

    >>> metas = pd.DataFrame({"codigo_meta": ["A", "B"], "linea": ["1", "1"], "ponderador": [3.0, 1.0],
    ...                       "ponderador_linea": [np.nan, np.nan]})
    >>> pesos_en_el_nodo(metas, np.array([0.5, 1.0]), Nivel.LINEA, "ponderada").tolist()
    [0.75, 0.25]
    """
    nodos = nodo_de_cada_meta(metas, nivel)
    if agregacion == "simple":
        return _renormalizar(valores, np.ones_like(valores), nodos)
    if agregacion == "por_conteo":
        return _por_conteo(metas, valores, nivel, nodos)
    pesos = Pesos.de_metas(metas)
    if nivel is not Nivel.PLAN or pesos.linea is None:
        return _renormalizar(valores, pesos.meta, nodos)
    lineas = metas["linea"].fillna("")
    dentro = _renormalizar(valores, pesos.meta, lineas)
    por_linea = pd.DataFrame({"peso": pesos.linea, "suma": dentro}).groupby(lineas.to_numpy())
    de_linea = por_linea["peso"].first().where(por_linea["suma"].sum() > 0, 0.0)
    return np.asarray(dentro * lineas.map(de_linea / de_linea.sum()).to_numpy(dtype=np.float64))


def _por_conteo(metas: pd.DataFrame, valores: Reales, nivel: Nivel, nodos: pd.Series[str]) -> Reales:
    """Producto, nivel por nivel, de la parte que le toca a cada hijo según cuántas metas tiene en el plan."""
    tiene = pd.Series(~np.isnan(valores), index=metas.index)
    peso = pd.Series(1.0, index=metas.index)
    camino = nodos.astype("str")
    for columna in _descendencia(metas, nivel):
        hijo = camino + "\x1f" + metas[columna].fillna("").astype("str")
        cuantas = hijo.groupby(hijo).transform("size").where(tiene.groupby(hijo).transform("any"), 0)
        hermanos = pd.DataFrame({"padre": camino, "hijo": hijo, "n": cuantas}).drop_duplicates("hijo")
        peso *= cuantas / camino.map(hermanos.groupby("padre")["n"].sum())
        camino = hijo
    ultimas = tiene.groupby(camino).transform("sum")
    return (peso / ultimas.where(ultimas > 0)).where(tiene, 0.0).fillna(0.0).to_numpy(dtype=np.float64)


def _descendencia(metas: pd.DataFrame, nivel: Nivel) -> list[str]:
    if nivel is Nivel.PLAN:
        hijos: tuple[str, ...] = JERARQUIA
    elif nivel is Nivel.DEPENDENCIA:
        hijos = ("programa", "subprograma")
    else:
        hijos = JERARQUIA[JERARQUIA.index(nivel.value) + 1 :]
    return [columna for columna in hijos if metas[columna].notna().any()]


def _renormalizar(valores: Reales, pesos: Reales, nodos: pd.Series[str]) -> Reales:
    codigos, grupo = np.unique(nodos.to_numpy(dtype=object).astype(str), return_inverse=True)
    return pesos_renormalizados(valores, pesos, grupo, len(codigos))
