"""Lo que una meta ha reportado en los cortes anteriores: cuánto bajó, cuánto lleva igual y cuánto callada."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pipeline.modelo import Corte, EstadoReporte

SIN_DATO = (EstadoReporte.SIN_REPORTE.value, EstadoReporte.DEVUELTA.value)
COLUMNAS = {
    "ejecutado_anterior": "float64",
    "corte_anterior": "str",
    "cortes_sin_reporte": "float64",
    "cortes_sin_cambio": "float64",
}


def medir_historia(metas: pd.DataFrame, series: pd.DataFrame | None, corte: Corte) -> pd.DataFrame:
    """Medidas de historia por codigo_meta; vacías si no hay `series`.

    `series` trae una fila por meta y corte (codigo_meta, corte «2025-T1», ejecutado_vigencia,
    estado_reporte); se usa solo lo anterior al corte. Un corte en que la meta no se programó no rompe ni
    alarga una racha sin reporte: ahí no había nada que reportar.

    * ejecutado_anterior, corte_anterior: último valor conocido de la misma vigencia, y de qué corte es.
    * cortes_sin_reporte: cortes seguidos, hasta este, sin reporte aceptado de la meta programada.
    * cortes_sin_cambio: cortes seguidos de la vigencia, hasta este, con el mismo ejecutado.
    """
    if series is None or series.empty:
        return pd.DataFrame({nombre: pd.Series(dtype=tipo) for nombre, tipo in COLUMNAS.items()})
    previas = series[series["corte"] < str(corte)]
    actual = metas[["codigo_meta", "ejecutado_vigencia", "estado_reporte"]].assign(corte=str(corte))
    columnas = ["codigo_meta", "corte", "ejecutado_vigencia", "estado_reporte"]
    todo = pd.concat([previas[columnas], actual[columnas]], ignore_index=True)
    todo = todo.sort_values(["codigo_meta", "corte"], ascending=[True, False], ignore_index=True)
    de_la_vigencia = todo[todo["corte"].str.startswith(f"{corte.vigencia}-")]
    antes = de_la_vigencia[
        de_la_vigencia["corte"].ne(str(corte)) & de_la_vigencia["ejecutado_vigencia"].notna()
    ].drop_duplicates("codigo_meta")
    anterior = antes.set_index("codigo_meta")
    return pd.DataFrame(
        {
            "ejecutado_anterior": anterior["ejecutado_vigencia"].astype("float64"),
            "corte_anterior": anterior["corte"],
            "cortes_sin_reporte": _callados(todo),
            "cortes_sin_cambio": _iguales(de_la_vigencia),
        },
        index=pd.Index(metas["codigo_meta"]),
    )


def _callados(todo: pd.DataFrame) -> pd.Series[float]:
    programadas = todo[todo["estado_reporte"] != EstadoReporte.NO_PROGRAMADA.value]
    return _racha(programadas, programadas["estado_reporte"].isin(SIN_DATO).to_numpy(dtype=np.bool_))


def _iguales(todo: pd.DataFrame) -> pd.Series[float]:
    """Cortes seguidos con el valor más reciente; vacío si en este corte no se reportó."""
    actual = todo.drop_duplicates("codigo_meta").set_index("codigo_meta")["ejecutado_vigencia"]
    ultimo = actual.reindex(todo["codigo_meta"]).set_axis(todo.index)
    racha = _racha(todo, (todo["ejecutado_vigencia"] == ultimo).to_numpy(dtype=np.bool_))
    return racha.where(racha > 0)


def _racha(filas: pd.DataFrame, casos: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> pd.Series[float]:
    """Por meta, cuántas filas seguidas desde la más reciente son casos."""
    vivas = pd.Series(casos, index=filas.index).groupby(filas["codigo_meta"]).cummin()
    return vivas.groupby(filas["codigo_meta"]).sum().astype("float64")
