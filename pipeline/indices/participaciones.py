"""Qué parte de cada índice pone cada meta: su valor y su participación, que en cada nodo suman el índice.

Un índice es un promedio, y todo promedio es Σ participación × valor con participaciones que suman 1. Aquí se
llevan hasta la meta las tres agregaciones de `promedios`, también las que promedian por líneas o por hijos.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from pipeline.indices.agregacion import en_orden, nodos_de, valores_que_cuentan
from pipeline.indices.formulas import Reales
from pipeline.indices.promedios import Grupos, Pesos, pesos_renormalizados
from pipeline.modelo import Metodo, Nivel

NIVELES = (Nivel.PLAN, Nivel.LINEA, Nivel.SECTOR, Nivel.PROGRAMA, Nivel.DEPENDENCIA)


def calcular_participaciones(
    metas: pd.DataFrame,
    *,
    metodo: Metodo,
    medida: str = "avance",
    niveles: tuple[Nivel, ...] = NIVELES,
) -> pd.DataFrame:
    """Una fila por nodo y meta suya: nivel, codigo, codigo_meta, valor y participacion.

    `metas` es la tabla del corte y `medida` una de las que se promedian («avance», «avance_cuatrienio»).
    `valor` es con el que la meta entra al promedio según el método (vacío si no entra) y `participacion`, la
    fracción del índice que le toca (0 si no entra). En cada nodo con índice las participaciones suman 1 y
    Σ participacion × valor es el índice.
    """
    metas = en_orden(metas)
    valores = valores_que_cuentan(metas, metodo).columnas[medida]
    pesos = Pesos.de_metas(metas)
    partes = []
    for nivel in niveles:
        if nivel is not Nivel.PLAN and metas[nivel.value].isna().all():
            continue
        nodos = nodos_de(metas, nivel)
        propias = participaciones(
            valores, nodos.grupo, len(nodos.codigos), pesos,
            modo=metodo.agregacion, ruta=nodos.ruta, lineas=nodos.lineas,
        )  # fmt: skip
        partes.append(
            pd.DataFrame(
                {
                    "nivel": nivel.value,
                    "codigo": np.array(nodos.codigos, dtype=object)[nodos.grupo],
                    "codigo_meta": metas["codigo_meta"],
                    "valor": np.where(propias > 0, valores, np.nan),
                    "participacion": propias,
                }
            )
        )
    return pd.concat(partes, ignore_index=True)


def participaciones(
    valores: Reales,
    grupo: Grupos,
    cuantos: int,
    pesos: Pesos,
    *,
    modo: str,
    ruta: pd.DataFrame,
    lineas: pd.Series[str] | None = None,
) -> Reales:
    """Participación de cada meta en `promediar`, con los mismos argumentos; 0 donde no cuenta.

    >>> ruta = pd.DataFrame({"programa": ["A", "A", "B"]})
    >>> participaciones(np.array([1.0, np.nan, 0.5]), np.zeros(3, dtype=np.int64), 1,
    ...                 Pesos(meta=np.ones(3)), modo="por_conteo", ruta=ruta).round(4).tolist()
    [0.6667, 0.0, 0.3333]
    """
    if modo == "por_conteo":
        return _por_conteo(valores, grupo, cuantos, ruta)
    if modo == "simple":
        return pesos_renormalizados(valores, np.ones_like(valores), grupo, cuantos)
    if lineas is None or pesos.linea is None:
        return pesos_renormalizados(valores, pesos.meta, grupo, cuantos)
    _, primera, linea = np.unique(
        lineas.to_numpy(dtype=object).astype(str), return_index=True, return_inverse=True
    )
    dentro = pesos_renormalizados(valores, pesos.meta, linea, len(primera))
    return dentro * _de_los_hijos(dentro, linea, pesos.linea[primera], grupo[primera], cuantos)


def _por_conteo(valores: Reales, grupo: Grupos, cuantos: int, ruta: pd.DataFrame) -> Reales:
    if ruta.columns.empty:
        return pesos_renormalizados(valores, np.ones_like(valores), grupo, cuantos)
    nombres = ruta.iloc[:, 0].to_numpy(dtype=object).astype(str)
    nombre = np.unique(nombres, return_inverse=True)[1].astype(np.int64)
    combinado = grupo * (int(nombre.max(initial=0)) + 1) + nombre
    hijos, primera, hijo = np.unique(combinado, return_index=True, return_inverse=True)
    dentro = _por_conteo(valores, hijo.astype(np.int64), len(hijos), ruta.iloc[:, 1:])
    cuantas = np.bincount(hijo, minlength=len(hijos)).astype(np.float64)
    return dentro * _de_los_hijos(dentro, hijo, cuantas, grupo[primera], cuantos)


def _de_los_hijos(dentro: Reales, hijo: Grupos, pesos: Reales, grupo: Grupos, cuantos: int) -> Reales:
    """Participación de cada hijo en su nodo, repetida en sus metas; sin metas que cuenten, no entra."""
    cuenta = np.bincount(hijo, weights=dentro, minlength=len(pesos)) > 0
    de_hijos = pesos_renormalizados(np.where(cuenta, 0.0, np.nan), pesos, grupo, cuantos)
    return np.asarray(de_hijos[hijo], dtype=np.float64)
