"""Qué filas de cada tabla son de cada dependencia. Es lo único que una ficha recibe, y de lo que depende."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from pipeline.modelo import Nivel


def duenos(tabla: pd.DataFrame, de_quien: Mapping[str, str]) -> pd.Series[str]:
    """Por fila, el código de la dependencia a la que se entrega; vacío si a ninguna.

    `de_quien` dice de qué dependencia es cada meta. Una fila es de la dependencia que nombra; si la tabla no
    las nombra, de la dependencia que es su nodo o de la dueña de su meta. Una tabla que no lo dice de ninguna
    de las tres formas no se entrega a ninguna.
    """
    if "dependencia" in tabla:
        return tabla["dependencia"]
    if {"nivel", "codigo"} <= set(tabla.columns):
        return tabla["codigo"].where(tabla["nivel"] == Nivel.DEPENDENCIA.value)
    if "codigo_meta" in tabla:
        return tabla["codigo_meta"].map(de_quien)
    return pd.Series(pd.NA, index=tabla.index, dtype="str")


def tajada(
    tablas: Mapping[str, pd.DataFrame], dependencia: str, de_quien: Mapping[str, str]
) -> dict[str, pd.DataFrame]:
    """Las mismas tablas solo con las filas de la dependencia."""
    return {n: t[duenos(t, de_quien).eq(dependencia).fillna(False)] for n, t in tablas.items()}
