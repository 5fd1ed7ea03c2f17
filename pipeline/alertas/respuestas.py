"""Lo que la dependencia contesta a sus alertas, leído de su libro."""

from __future__ import annotations

import pandas as pd

from pipeline.modelo import Corte

COLUMNAS = ["codigo_meta", "corte", "respuesta"]


def respuestas_de(registros: pd.DataFrame, *, corte: Corte) -> pd.DataFrame:
    """Respuestas por meta que trae el libro aceptado del corte, en COLUMNAS.

    Lee la columna `respuesta_alertas` de `registros` («Respuesta a alertas» del libro). Mientras el formato
    no la tenga no hay respuestas: la observación no sirve de respuesta, porque se escribe sin haber visto la
    alerta y daría por explicado lo que nadie explicó. La respuesta es de la meta y vale para todas sus
    alertas.
    """
    if "respuesta_alertas" not in registros.columns:
        return pd.DataFrame(columns=COLUMNAS, dtype="str")
    filas = registros[
        (registros["vigencia"] == corte.vigencia)
        & registros["codigo_meta"].notna()
        & registros["respuesta_alertas"].fillna("").str.strip().ne("")
    ]
    filas = filas.drop_duplicates("codigo_meta", keep="last").sort_values("codigo_meta", ignore_index=True)
    return pd.DataFrame(
        {
            "codigo_meta": filas["codigo_meta"],
            "corte": str(corte),
            "respuesta": filas["respuesta_alertas"].str.strip(),
        }
    )
