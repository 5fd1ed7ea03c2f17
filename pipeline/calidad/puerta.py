"""La puerta: con los hallazgos en la mano, qué libro se devuelve y qué filas no entran a los índices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from pipeline.esquemas import crear_tabla
from pipeline.modelo import EstadoEntrega, Severidad

FUERA_DE_REVISION = [EstadoEntrega.REEMPLAZADA.value, EstadoEntrega.NO_ENTREGADA.value]
FUERA_DE_INDICES = [EstadoEntrega.DEVUELTA.value, EstadoEntrega.ILEGIBLE.value]
LIBRO = ["sha256", "dependencia"]
CLAVE = ["sha256", "hoja", "fila", "vigencia"]


def decidir_entregas(
    entregas: pd.DataFrame, hallazgos: pd.DataFrame, proporcion_para_devolver: float
) -> pd.DataFrame:
    """Las entregas con su `estado` y sus conteos de hallazgos.

    Se devuelve el libro con un hallazgo que bloquea el libro, o con más filas bloqueadas que
    `proporcion_para_devolver` (razón) de las leídas; si no se leyó ninguna fila es ilegible. Las
    reemplazadas y las no entregadas conservan su estado.
    """
    decididas = [_decidir(fila, hallazgos, proporcion_para_devolver) for fila in entregas.to_dict("records")]
    return crear_tabla("entregas", decididas)


def filas_excluidas(registros: pd.DataFrame, entregas: pd.DataFrame, hallazgos: pd.DataFrame) -> pd.DataFrame:
    """Clave (sha256, hoja, fila, vigencia) de los registros que no entran a los índices.

    Son todas las filas de un libro devuelto y las que tienen un hallazgo que bloquea; si el hallazgo no
    dice vigencia, la fila sale en todas.
    """
    fuera = entregas.loc[entregas["estado"].isin(FUERA_DE_INDICES), LIBRO]
    bloqueos = _bloqueos_de_fila(hallazgos)
    siempre = bloqueos[bloqueos["vigencia"].isna()]
    excluida = (
        _coincide(registros, fuera, LIBRO)
        | _coincide(registros, bloqueos.dropna(subset="vigencia"), CLAVE)
        | _coincide(registros, siempre, CLAVE[:-1])
    )
    return registros.loc[excluida, CLAVE].reset_index(drop=True)


def _decidir(entrega: Mapping[Any, Any], hallazgos: pd.DataFrame, proporcion: float) -> Mapping[Any, Any]:
    if entrega["estado"] in FUERA_DE_REVISION:
        return entrega
    propios = _propios(entrega, hallazgos)
    conteos = {f"n_{s.value}": int((propios["severidad"] == s.value).sum()) for s in Severidad}
    return {**entrega, **conteos, "estado": _estado(entrega, propios, proporcion).value}


def _propios(entrega: Mapping[Any, Any], hallazgos: pd.DataFrame) -> pd.DataFrame:
    """Hallazgos de esta entrega: mismo libro e instrumento, y misma dependencia si el hallazgo la dice.

    El mismo archivo puede ser a la vez el plan y el seguimiento, o llegar de dos dependencias.
    """
    dependencia = hallazgos["dependencia"]
    propio = (hallazgos["sha256"] == entrega["sha256"]) & (hallazgos["instrumento"] == entrega["instrumento"])
    propios: pd.DataFrame = hallazgos[propio & (dependencia.isna() | (dependencia == entrega["dependencia"]))]
    return propios


def _estado(entrega: Mapping[Any, Any], propios: pd.DataFrame, proporcion: float) -> EstadoEntrega:
    bloquean = propios[propios["severidad"] == Severidad.BLOQUEA.value]
    n_filas = entrega["n_filas"]
    filas = 0 if pd.isna(n_filas) else int(n_filas)
    bloqueadas = len(_bloqueos_de_fila(propios).drop_duplicates(["hoja", "fila"]))
    if entrega["estado"] == EstadoEntrega.ILEGIBLE.value:
        return EstadoEntrega.ILEGIBLE
    if (bloquean["alcance"] == "libro").any():
        return EstadoEntrega.DEVUELTA if filas else EstadoEntrega.ILEGIBLE
    if bloqueadas > proporcion * filas:
        return EstadoEntrega.DEVUELTA
    if propios["severidad"].isin([Severidad.BLOQUEA.value, Severidad.OBSERVA.value]).any():
        return EstadoEntrega.ACEPTADA_CON_OBSERVACIONES
    return EstadoEntrega.ACEPTADA


def _bloqueos_de_fila(hallazgos: pd.DataFrame) -> pd.DataFrame:
    bloquea = (hallazgos["severidad"] == Severidad.BLOQUEA.value) & (hallazgos["instrumento"] != "plan")
    return hallazgos[bloquea & (hallazgos["alcance"] == "fila")]


def _coincide(tabla: pd.DataFrame, claves: pd.DataFrame, columnas: list[str]) -> pd.Series:
    """Qué filas de la tabla tienen su clave entre las dadas."""
    buscadas = set(map(tuple, claves[columnas].astype(object).to_numpy()))
    propias = map(tuple, tabla[columnas].astype(object).to_numpy())
    return pd.Series([clave in buscadas for clave in propias], index=tabla.index, dtype=bool)
