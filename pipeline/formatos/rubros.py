"""Vocabulario del POAI que comparten calidad, movimientos y versiones: qué es un rubro y qué lo modifica."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

LLAVE_RUBRO = ("vigencia", "dependencia", "codigo_meta", "bpin", "rubro", "codigo_fuente")
"""Un rubro del POAI: meta × BPIN × rubro × fuente de una dependencia."""
LLAVE_FILA = (*LLAVE_RUBRO, "centro_gestor", "codigo_actividad", "territorio", "origen", "vigencia_gasto")
"""Lo que distingue una fila de otra cuando el libro trae más detalle que el rubro."""
MODIFICACIONES = {
    "adicion": ("adiciones_cop", 1),
    "reduccion": ("reducciones_cop", -1),
    "credito": ("creditos_cop", 1),
    "contracredito": ("contracreditos_cop", -1),
    "aplazamiento": ("aplazamientos_cop", -1),
    "desaplazamiento": ("desaplazamientos_cop", 1),
}
"""Cada clase de movimiento, la columna del POAI donde se acumula y su signo en la apropiación definitiva.

Fuente: definitiva = inicial + adiciones − reducciones + créditos − contracréditos − aplazamientos +
desaplazamientos (Decreto 111 de 1996, arts. 76 a 82; se cumple al peso en la ejecución de Cali).
"""


def llave(tabla: pd.DataFrame, columnas: Sequence[str] = LLAVE_RUBRO) -> pd.Series:
    """Texto que identifica el rubro de cada fila; lo vacío es igual a lo vacío.

    >>> filas = pd.DataFrame({"rubro": ["2.3", None], "vigencia": [2025, 2025]})
    >>> llave(filas, ("vigencia", "rubro")).tolist()
    ['2025|2.3', '2025|']
    """
    partes = tabla.reindex(columns=list(columnas)).astype("str").fillna("").to_numpy(dtype=object)
    return pd.Series(["|".join(fila) for fila in partes], tabla.index, dtype="str")


def modificacion_neta(registros: pd.DataFrame) -> pd.Series:
    """Lo que las modificaciones del libro cambian la apropiación; una celda vacía no aporta."""
    return sum(
        (signo * registros[campo].fillna(0) for campo, signo in MODIFICACIONES.values()),
        start=pd.Series(0.0, index=registros.index),
    )


def valor_con_signo(movimientos: pd.DataFrame) -> pd.Series:
    """El valor de cada movimiento con el signo de su clase; vacío si falta el valor o la clase."""
    signos = {clase: float(signo) for clase, (_, signo) in MODIFICACIONES.items()}
    return movimientos["valor_cop"] * movimientos["clase"].map(signos).astype("float64")
