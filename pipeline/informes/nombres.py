"""Cómo se nombra cada nodo en una tabla o una figura. No calcula."""

from __future__ import annotations

import pandas as pd


def sin_homonimos(filas: pd.DataFrame) -> pd.Series[str]:
    """El `nombre` de cada nodo, o su `codigo` si no lo tiene; los que se llaman igual llevan su código.

    >>> nodos = pd.DataFrame({"codigo": ["1", "9", "3"], "nombre": ["Propios", "Propios", None]})
    >>> sin_homonimos(nodos).tolist()
    ['Propios (1)', 'Propios (9)', '3']
    """
    nombres = filas["nombre"].fillna(filas["codigo"])
    return nombres.mask(nombres.duplicated(keep=False), nombres + " (" + filas["codigo"] + ")")
