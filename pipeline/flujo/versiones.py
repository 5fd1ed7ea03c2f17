"""La última versión aceptable de cada libro en un corte ya leído y revisado, en todos sus instrumentos."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from pipeline import calidad
from pipeline.flujo.contexto import Contexto
from pipeline.flujo.entrada import Entregas, Plan, unir
from pipeline.flujo.ingesta import ORDEN_DE_HALLAZGOS, Revision, revisar
from pipeline.flujo.ultima_valida import Juicio, con_la_ultima_valida


def con_las_ultimas_validas(
    contexto: Contexto, plan: Plan, leidas: Mapping[str, Entregas], revision: Revision
) -> tuple[dict[str, Entregas], Revision]:
    """Lo leído y la revisión, con `con_la_ultima_valida` de cada instrumento."""
    if not any(calidad.versiones_rechazadas(grupo) for _, grupo in revision.entregas.groupby("instrumento")):
        return dict(leidas), revision
    nuevas: dict[str, Entregas] = {}
    entregas: list[pd.DataFrame] = []
    hallazgos = [revision.hallazgos[~revision.hallazgos["instrumento"].isin(leidas)]]  # los del plan
    for instrumento, propias in leidas.items():

        def juzgar(otras: Entregas) -> Juicio:
            otra = revisar(contexto, plan, otras, con_plan=False, poai=leidas.get("poai"))
            return otra.entregas, otra.hallazgos

        nuevas[instrumento], decididas, vistos = con_la_ultima_valida(
            contexto,
            propias,
            revision.entregas[revision.entregas["instrumento"] == instrumento],
            revision.hallazgos[revision.hallazgos["instrumento"] == instrumento],
            juzgar=juzgar,
        )
        entregas.append(decididas)
        hallazgos.append(vistos)
    todos = unir("hallazgos", hallazgos).sort_values(ORDEN_DE_HALLAZGOS, ignore_index=True, kind="stable")
    return nuevas, Revision(entregas=unir("entregas", entregas), hallazgos=todos)
