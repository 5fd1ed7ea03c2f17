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

    Args:
        registros: `registros_poai` de los libros vigentes.
        plan: la tabla `plan`.
        celdas: la traza de lectura de los libros, también de su hoja de movimientos.
        corte: vigencia y periodo.
        movimientos: tabla `movimientos` de los mismos libros.
        con_movimientos: huellas de los libros cuya hoja de movimientos se leyó, aunque esté vacía. De los
            demás, salvo que traigan alguno, no se reclaman: el formato no los trae o falta la hoja.
        anteriores: `registros_poai` aceptados del corte anterior de la vigencia, con la columna `corte`
            («2025-T2»).
        techos: pesos del plan financiero por código de fuente.
        reglas: las de `cargar_reglas`; sin ellas, las del proyecto.
        previos: hallazgos de la lectura, para no repetirlos.
        dane: código de la entidad; sin él no se comprueba de quién es un BPIN.
    """
    reglas = cargar_reglas() if reglas is None else reglas
    modificaciones = crear_tabla("movimientos") if movimientos is None else movimientos
    del_poai = ampliar_registros_poai(
        registros,
        plan,
        modificaciones,
        anteriores,
        techos=techos or {},
        dane=dane,
        con_movimientos=con_movimientos,
    )
    de_la_hoja = ampliar_movimientos(modificaciones, registros, corte)
    partes = [
        aplicar_reglas(nombre, tabla, celdas[celdas["tabla"] == nombre], reglas, previos)
        for nombre, tabla in (("registros_poai", del_poai), ("movimientos", de_la_hoja))
    ]
    return crear_tabla("hallazgos", pd.concat(partes, ignore_index=True))
