"""Revisión del POAI y de sus movimientos: amplía las tablas, busca fallas y redacta hallazgos."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import pandas as pd

from pipeline.calidad.poai_ampliacion import ampliar_movimientos, ampliar_registros_poai
from pipeline.calidad.reglas import Regla, cargar_reglas
from pipeline.calidad.revision import aplicar_reglas
from pipeline.esquemas import crear_tabla
from pipeline.modelo import Corte


def revisar_registros_poai(
    registros: pd.DataFrame,
    plan: pd.DataFrame,
    celdas: pd.DataFrame,
    corte: Corte,
    *,
    movimientos: pd.DataFrame | None = None,
    con_movimientos: Collection[str] = (),
    anteriores: pd.DataFrame | None = None,
    techos: Mapping[str, float] | None = None,
    reglas: Sequence[Regla] | None = None,
    previos: pd.DataFrame | None = None,
    dane: str = "",
) -> pd.DataFrame:
    """Hallazgos de los libros del POAI de un corte y de sus movimientos, cada uno en su celda.

    `celdas` es la traza de los libros, también de su hoja de movimientos; `con_movimientos`, las huellas de
    los libros cuya hoja se leyó, aunque esté vacía: a los demás, si no traen alguno, no se les reclaman.
    `anteriores` son registros aceptados del corte anterior, con la columna `corte` («2025-T2»); `techos`, los
    pesos del plan financiero por código de fuente. Sin `dane` no se comprueba de quién es un BPIN. Lo demás,
    como en `revisar_registros_pi`.
    """
    reglas = cargar_reglas() if reglas is None else reglas
    modificaciones = crear_tabla("movimientos") if movimientos is None else movimientos
    del_poai = ampliar_registros_poai(
        registros, plan, modificaciones, anteriores,
        techos=techos or {}, dane=dane, con_movimientos=con_movimientos,
    )  # fmt: skip
    de_la_hoja = ampliar_movimientos(modificaciones, registros, corte)
    partes = [
        aplicar_reglas(nombre, tabla, celdas[celdas["tabla"] == nombre], reglas, previos)
        for nombre, tabla in (("registros_poai", del_poai), ("movimientos", de_la_hoja))
    ]
    return crear_tabla("hallazgos", pd.concat(partes, ignore_index=True))
