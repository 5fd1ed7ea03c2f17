"""De la historia en filas (meta, vigencia) a una matriz con una fila por meta y una columna por vigencia."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pipeline.errores import ErrorSeguimiento
from pipeline.indices.formulas import Reales


def matriz_de_historia(
    historia: pd.DataFrame, metas: pd.Series[str], vigencias: tuple[int, ...], columna: str
) -> Reales:
    """Valores de `columna` por meta (en el orden de `metas`) y vigencia; NaN donde no hay dato.

    Levanta ErrorSeguimiento si una meta trae dos valores para la misma vigencia.

    >>> historia = pd.DataFrame({"codigo_meta": ["B", "A"], "vigencia": [2024, 2025], "x": [1.0, 2.0]})
    >>> matriz_de_historia(historia, pd.Series(["A", "B"]), (2024, 2025), "x").tolist()
    [[nan, 2.0], [1.0, nan]]
    """
    if historia.duplicated(["codigo_meta", "vigencia"]).any():
        raise ErrorSeguimiento("la historia repite una meta en la misma vigencia")
    filas = pd.Index(metas).get_indexer(pd.Index(historia["codigo_meta"]))
    columnas = pd.Index(list(vigencias)).get_indexer(pd.Index(historia["vigencia"]))
    valores = historia[columna].to_numpy(dtype=np.float64, na_value=np.nan)
    usadas = (filas >= 0) & (columnas >= 0)
    matriz = np.full((len(metas), len(vigencias)), np.nan)
    matriz[filas[usadas], columnas[usadas]] = valores[usadas]
    return matriz
