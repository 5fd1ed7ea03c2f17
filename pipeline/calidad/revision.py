"""Revisión de un instrumento: amplía las tablas, busca fallas y redacta hallazgos. No decide nada más."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from pipeline.calidad.ampliacion import ampliar_plan, ampliar_plan_vigencias, ampliar_registros
from pipeline.calidad.historia import ampliar_historia
from pipeline.calidad.redaccion import redactar_hallazgos
from pipeline.calidad.reglas import Regla, cargar_reglas
from pipeline.esquemas import crear_tabla
from pipeline.modelo import Corte


def revisar_plan(
    plan: pd.DataFrame,
    plan_vigencias: pd.DataFrame,
    celdas: pd.DataFrame,
    *,
    reglas: Sequence[Regla] | None = None,
    previos: pd.DataFrame | None = None,
    dane: str = "",
) -> pd.DataFrame:
    """Hallazgos del libro del plan (tabla `hallazgos`), cada uno en su celda.

    `reglas` son las de `cargar_reglas`; sin ellas, las del proyecto. `previos` son los hallazgos de la
    lectura: una celda que no se pudo leer no se reclama además como vacía. `dane` es el código de la
    entidad, con el que se comprueban los BPIN.
    """
    reglas = cargar_reglas() if reglas is None else reglas
    del_plan = celdas[celdas["tabla"] == "plan"]
    partes = [
        aplicar_reglas("plan", ampliar_plan(plan, plan_vigencias, dane=dane), del_plan, reglas, previos),
        aplicar_reglas(
            "plan_vigencias", ampliar_plan_vigencias(plan, plan_vigencias), del_plan, reglas, previos
        ),
    ]
    return crear_tabla("hallazgos", pd.concat(partes, ignore_index=True))


def revisar_registros_pi(
    registros: pd.DataFrame,
    plan: pd.DataFrame,
    plan_vigencias: pd.DataFrame,
    celdas: pd.DataFrame,
    corte: Corte,
    formato_trimestres: str,
    *,
    reglas: Sequence[Regla] | None = None,
    previos: pd.DataFrame | None = None,
    dane: str = "",
    consolidada_por: str = "",
) -> pd.DataFrame:
    """Hallazgos de los libros del Plan Indicativo de un corte, todos en una sola validación.

    `registros` son los de los libros vigentes; no se revisan vigencias posteriores al corte.
    `formato_trimestres` («acumulado» o «incremento») dice cómo escribe el formato sus trimestres.
    `consolidada_por` es la dependencia que reporta por todas, si la hay. Lo demás, como en `revisar_plan`.
    """
    tabla = ampliar_registros(
        registros,
        plan,
        plan_vigencias,
        corte=corte,
        formato_trimestres=formato_trimestres,
        dane=dane,
        consolidada_por=consolidada_por,
    )
    reglas = cargar_reglas() if reglas is None else reglas
    return aplicar_reglas("registros_pi", tabla, celdas[celdas["tabla"] == "registros_pi"], reglas, previos)


def revisar_historia(
    registros: pd.DataFrame,
    anteriores: pd.DataFrame,
    celdas: pd.DataFrame,
    corte: Corte,
    *,
    plan: pd.DataFrame,
    plan_vigencias: pd.DataFrame,
    formato_trimestres: str,
    reglas: Sequence[Regla] | None = None,
    previos: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Hallazgos de comparar lo reportado en el corte con lo aceptado en los anteriores, en una validación.

    `anteriores` son registros aceptados de los cortes previos de la vigencia y del cierre de las vigencias
    pasadas, con una columna `corte` («2025-T2»). Sin anteriores no hay nada que comparar y no se valida.
    """
    if registros.empty or anteriores.empty:
        return crear_tabla("hallazgos")
    tabla = ampliar_historia(
        registros, anteriores, plan, plan_vigencias, corte=corte, formato_trimestres=formato_trimestres
    )
    reglas = cargar_reglas() if reglas is None else reglas
    return aplicar_reglas("historia", tabla, celdas[celdas["tabla"] == "registros_pi"], reglas, previos)


def aplicar_reglas(
    nombre: str,
    tabla: pd.DataFrame,
    celdas: pd.DataFrame,
    reglas: Sequence[Regla],
    previos: pd.DataFrame | None,
) -> pd.DataFrame:
    """Hallazgos de las reglas de la tabla `nombre` sobre `tabla` (ya ampliada), cada uno en su celda."""
    propias = [regla for regla in reglas if regla.tabla == nombre]
    if tabla.empty or not propias:
        return crear_tabla("hallazgos")
    from pipeline.calidad.motor import buscar_fallas  # perezoso: trae Great Expectations

    return redactar_hallazgos(buscar_fallas(propias, tabla), propias, tabla, celdas, previos)
