"""El corte junto a los anteriores del cuatrienio: la serie de cada índice y de cada meta."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from pipeline.esquemas import crear_tabla, esquema, revisar_tabla
from pipeline.flujo.contexto import Contexto
from pipeline.flujo.previos import CortePrevio


def serie_de_indices(
    contexto: Contexto, agregados: pd.DataFrame, previos: Sequence[CortePrevio]
) -> pd.DataFrame:
    """Tabla `serie_indices`: los índices del corte y de los previos (`calcular_previos`)."""
    partes = [(str(p.corte), p.indices) for p in previos] + [(str(contexto.corte), agregados)]
    serie = _apilar("serie_indices", partes)
    serie = serie[serie["nivel"] != "subprograma"]
    ultimo = serie.groupby(["nivel", "codigo"])["nombre"].transform("last")
    serie = serie.assign(nombre=ultimo).sort_values(["nivel", "codigo", "corte"])
    return revisar_tabla("serie_indices", crear_tabla("serie_indices", serie))


def serie_de_metas(contexto: Contexto, metas: pd.DataFrame, previos: Sequence[CortePrevio]) -> pd.DataFrame:
    """Tabla `serie_metas`: las metas del corte y de los previos."""
    partes = [(str(p.corte), p.metas) for p in previos] + [(str(contexto.corte), metas)]
    serie = _apilar("serie_metas", partes).sort_values(["codigo_meta", "corte"])
    return revisar_tabla("serie_metas", crear_tabla("serie_metas", serie))


def _apilar(tabla: str, partes: Sequence[tuple[str, pd.DataFrame]]) -> pd.DataFrame:
    columnas = esquema(tabla).nombres
    return pd.concat([parte.assign(corte=corte)[columnas] for corte, parte in partes], ignore_index=True)
