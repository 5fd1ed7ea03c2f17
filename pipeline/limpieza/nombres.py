"""Completar con el catálogo MGA los nombres de sector y de programa que el libro del plan no trae."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from pipeline.catalogo_mga import catalogo_mga
from pipeline.formatos import avisar
from pipeline.modelo import Hallazgo

NOMBRES = {
    "nombre_sector": ("sector", "el nombre del sector"),
    "nombre_programa": ("programa", "el nombre del programa"),
}


def completar_nombres(
    plan: pd.DataFrame, celdas: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame, list[Hallazgo]]:
    """Plan y celdas con los nombres que faltaban, y un hallazgo que informa por cada campo completado.

    Solo se completa lo vacío cuyo código está en el catálogo; la celda de la traza es la del código.
    """
    hallazgos: list[Hallazgo] = []
    for campo, (codigo, como) in NOMBRES.items():
        tomados = plan[codigo].map(catalogo_mga()).where(plan[campo].isna()).replace("", None)
        faltan = tomados.notna()
        if not faltan.any():
            continue
        plan = plan.assign(**{campo: plan[campo].where(~faltan, tomados).astype("str")})
        completadas = plan[faltan]
        celdas = _trazar(celdas, completadas, campo, codigo)
        hallazgos.append(_avisar(completadas, celdas, campo, codigo, como))
    return plan, celdas, hallazgos


def _trazar(celdas: pd.DataFrame, completadas: pd.DataFrame, campo: str, codigo: str) -> pd.DataFrame:
    """La traza del nombre: en su celda vacía si el libro tiene la columna; si no, en la del código."""
    llave = ["sha256", "hoja", "fila"]
    del_plan = celdas["tabla"] == "plan"
    nombres = completadas.set_index(llave)[campo]
    con_nombre = pd.MultiIndex.from_frame(celdas[llave])
    faltante = del_plan & con_nombre.isin(nombres.index)
    propias = faltante & (celdas["campo"] == campo)
    usadas = propias if propias.any() else faltante & (celdas["campo"] == codigo)
    trazas = celdas[usadas].copy()
    trazas["valor_texto"] = nombres.reindex(pd.MultiIndex.from_frame(trazas[llave])).to_numpy()
    trazas["transformacion"] = "nombre tomado del catálogo MGA por el código de " + codigo
    trazas["campo"] = campo
    return pd.concat([celdas[~propias], trazas], ignore_index=True)


def _avisar(completadas: pd.DataFrame, celdas: pd.DataFrame, campo: str, codigo: str, como: str) -> Hallazgo:
    primera = completadas.iloc[0]
    en_la_fila = celdas[(celdas["fila"] == primera["fila"]) & (celdas["campo"] == campo)]
    lugares: Sequence[str] = en_la_fila["celda"].tolist()
    ejemplo = f"{primera[codigo]} = {primera[campo]}"
    return avisar(
        "CAT-01",
        instrumento="plan",
        marcadores={"campo": como, "n": len(completadas), "ejemplo": ejemplo},
        hoja=primera["hoja"],
        celda=lugares[0] if lugares else None,
    )
