"""La comparación de dos cortes en la consola, con las palabras de los informes."""

from __future__ import annotations

import pandas as pd

from pipeline.esquemas import crear_tabla
from pipeline.flujo.comparacion import Comparacion
from pipeline.flujo.comparacion_escrita import renglones_de
from pipeline.modelo import Corte, Periodo

VARIACION = {
    "nivel": "plan", "codigo": "PLAN", "codigo_meta": "MP-001", "nombre_meta": "Aulas",
    "corte_anterior": "2025-T1", "causa": "reexpresada", "efecto": 0.0125,
}  # fmt: skip


def escrita(anterior: Corte, corte: Corte, cambios: list[str]) -> list[str]:
    comparacion = Comparacion(
        anterior=anterior,
        corte=corte,
        medida="avance",
        dependencia="",
        indices=pd.DataFrame(columns=["nivel", "codigo", "nombre", "indice_a", "indice_b", "cambio"]),
        variaciones=crear_tabla("variaciones", [VARIACION]),
        programacion=pd.DataFrame(),
        reexpresados=pd.DataFrame(),
        alertas=pd.DataFrame({"cambio": cambios}),
    )
    return list(renglones_de(comparacion))


T4_2024 = Corte(vigencia=2024, periodo=Periodo.T4)
T1 = Corte(vigencia=2025, periodo=Periodo.T1)
T2 = Corte(vigencia=2025, periodo=Periodo.T2)


def test_la_consola_dice_la_causa_con_las_palabras_del_informe() -> None:
    renglones = escrita(T1, T2, [])
    assert any(r.endswith("+1,25  MP-001 Aulas (corrigió lo ya reportado)") for r in renglones)


def test_entre_vigencias_nada_se_da_por_resuelto() -> None:
    assert escrita(T1, T2, ["nueva", "continua", "resuelta"])[-1] == (
        "Alertas: 1 nueva, 1 continúa, 1 resuelta"
    )
    assert escrita(T4_2024, T1, ["nueva", "no_resuelta", "no_resuelta"])[-1] == (
        "Alertas: 1 nueva, 0 continúan, 2 quedaron sin resolver en 2024-T4"
    )
