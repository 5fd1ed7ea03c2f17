"""Las dos etapas de datos de un corte, sin cuaderno: lo mismo que hacen los cuadernos 01 y 02."""

from __future__ import annotations

import pandas as pd

from pipeline.flujo.calculo import calcular_corte, guardar_calculo
from pipeline.flujo.contexto import Contexto
from pipeline.flujo.entrada import Entregas, leer_corte, leer_plan
from pipeline.flujo.estado import exigir_entregas
from pipeline.flujo.ingesta import Revision, guardar_ingesta, revisar_corte
from pipeline.flujo.sellos import exigir_abierto
from pipeline.flujo.versiones import con_las_ultimas_validas


def ingerir(contexto: Contexto) -> tuple[dict[str, Entregas], Revision]:
    """Etapa 01: lee y revisa el plan y lo entregado, y deja sus tablas en data/processed.

    Devuelve lo leído por instrumento y la revisión. Levanta ErrorConfiguracion si el corte está cerrado y
    ErrorEntorno si no se ha importado el plan o no hay entregas.
    """
    exigir_abierto(contexto)
    exigir_entregas(contexto)
    plan, leidas = leer_plan(contexto), leer_corte(contexto)
    revision = revisar_corte(contexto, plan, leidas)
    leidas, revision = con_las_ultimas_validas(contexto, plan, leidas, revision)
    guardar_ingesta(contexto, plan, leidas, revision)
    return leidas, revision


def calcular_y_guardar(contexto: Contexto) -> dict[str, pd.DataFrame]:
    """Etapa 02: las tablas TABLAS_CALCULO, que quedan también en data/processed.

    Levanta ErrorConfiguracion si el corte está cerrado y ErrorEntorno si no hay entregas o falta la etapa 01.
    """
    exigir_abierto(contexto)
    exigir_entregas(contexto)
    tablas = calcular_corte(contexto)
    guardar_calculo(contexto, **tablas)
    return tablas
