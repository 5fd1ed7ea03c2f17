"""Qué filas de cada tabla son de cada dependencia o instrumento: lo único que su informe recibe."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import pandas as pd

from pipeline.esquemas import Alcance
from pipeline.modelo import Nivel

PLAN = "plan"
POR_INSTRUMENTO = ("entregas", "hallazgos", "celdas")
"""Tablas que mezclan filas de varios instrumentos y de las que un informe puede pedir solo las de uno."""


def duenos(tabla: pd.DataFrame, de_quien: Mapping[str, str]) -> pd.Series[str]:
    """Por fila, el código de la dependencia a la que se entrega; vacío si a ninguna.

    `de_quien` dice de qué dependencia es cada meta. Una fila es de la dependencia que nombra; si la tabla no
    las nombra, de la dependencia que es su nodo o de la dueña de su meta. Una tabla que no lo dice de ninguna
    de las tres formas no se entrega a ninguna. La que reparte las metas entre los nodos de todos los niveles
    (`variaciones`) es de la dependencia que es su nodo: lo de otros nodos cambia con las metas de cualquiera.
    """
    if {"nivel", "codigo", "codigo_meta"} <= set(tabla.columns):
        return _de_su_nodo(tabla)
    if "dependencia" in tabla:
        return tabla["dependencia"]
    if {"nivel", "codigo"} <= set(tabla.columns):
        return _de_su_nodo(tabla)
    if "codigo_meta" in tabla:
        return tabla["codigo_meta"].map(de_quien)
    return pd.Series(pd.NA, index=tabla.index, dtype="str")


def _de_su_nodo(tabla: pd.DataFrame) -> pd.Series[str]:
    return tabla["codigo"].where(tabla["nivel"] == Nivel.DEPENDENCIA.value)


def tajada(
    tablas: Mapping[str, pd.DataFrame], dependencia: str, de_quien: Mapping[str, str]
) -> dict[str, pd.DataFrame]:
    """Las mismas tablas solo con las filas de la dependencia."""
    return {n: t[duenos(t, de_quien).eq(dependencia).fillna(False)] for n, t in tablas.items()}


def instrumentos_de(nombre: str, tabla: pd.DataFrame, procesados: Path) -> pd.Series[str]:
    """Por fila de una tabla de POR_INSTRUMENTO, de qué instrumento es («plan» si del libro del plan).

    Las celdas no lo dicen: lo dice la entrega del libro de donde salieron.
    """
    if nombre != "celdas":
        return tabla["instrumento"]
    entregas = pd.read_parquet(procesados / "entregas.parquet", columns=["sha256", "instrumento"])
    de_cual = dict(zip(entregas["sha256"], entregas["instrumento"], strict=True))
    return tabla["sha256"].map(de_cual).fillna(PLAN).astype("str")


def alcance_de(informe: str, tablas: Sequence[str], instrumentos: Sequence[str]) -> Alcance:
    """Lo que puede leer un informe que declaró esas tablas; sin instrumentos, las filas de todos."""
    return Alcance(
        informe=informe,
        tablas=frozenset(tablas),
        recortar=partial(_recortar, instrumentos=frozenset(instrumentos)),
    )


def _recortar(
    nombre: str, tabla: pd.DataFrame, procesados: Path, *, instrumentos: frozenset[str]
) -> pd.DataFrame:
    if not instrumentos or nombre not in POR_INSTRUMENTO:
        return tabla
    propias = instrumentos_de(nombre, tabla, procesados).isin(instrumentos)
    return tabla[propias].reset_index(drop=True)
