"""El libro de movimientos cuadra cada rubro al peso y dice qué no tiene acto."""

from __future__ import annotations

from typing import Any

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.esquemas import crear_tabla
from pipeline.formatos.rubros import MODIFICACIONES
from pipeline.movimientos import asientos, cuadrar_rubros

RUBRO = {"vigencia": 2025, "dependencia": "SEDU", "codigo_meta": "M1", "bpin": "B1", "rubro": "2.3.1",
         "codigo_fuente": "F1", "archivo": "a.xlsx", "sha256": "a"}  # fmt: skip


def _poai(*filas: dict[str, Any]) -> pd.DataFrame:
    comunes = [RUBRO | {"hoja": "POAI", "fila": n} | f for n, f in enumerate(filas, start=8)]
    return crear_tabla("registros_poai", comunes)


def _movimientos(*filas: dict[str, Any]) -> pd.DataFrame:
    comunes = [RUBRO | {"hoja": "Movimientos", "fila": n} | f for n, f in enumerate(filas, start=8)]
    return crear_tabla("movimientos", comunes)


def test_apertura_mas_movimientos_es_la_definitiva_y_el_saldo_corre_por_fecha() -> None:
    poai = _poai({"apropiacion_inicial_cop": 1000, "apropiacion_definitiva_cop": 1150})
    movimientos = _movimientos(
        {"clase": "contracredito", "valor_cop": 50, "acto": "Decreto 2", "fecha_acto": "2025-06-01"},
        {"clase": "adicion", "valor_cop": 200, "acto": "Acuerdo 1", "fecha_acto": "2025-03-01"},
    )
    anterior = _poai({"apropiacion_definitiva_cop": 1200})
    (fila,) = cuadrar_rubros(poai, movimientos, anterior).to_dict("records")
    assert (fila["adiciones_cop"], fila["contracreditos_cop"], fila["n_movimientos"]) == (200, 50, 2)
    assert (fila["segun_movimientos_cop"], fila["diferencia_cop"], fila["cuadra"]) == (1150, 0, True)
    assert (fila["anterior_cop"], fila["cambio_cop"]) == (1200, -50)
    corrido = asientos(poai, movimientos)
    assert corrido["acto"].tolist() == ["Acuerdo 1", "Decreto 2"]
    assert corrido["saldo_cop"].tolist() == [1200, 1150]


def test_lo_que_no_cuadra_no_tiene_acto_o_no_esta_en_el_poai_se_ve() -> None:
    cuadre = cuadrar_rubros(
        _poai(
            {"apropiacion_inicial_cop": 100, "apropiacion_definitiva_cop": 130},
            {"codigo_fuente": "F2", "apropiacion_inicial_cop": 10, "apropiacion_definitiva_cop": 15},
            {"codigo_fuente": "F3", "apropiacion_inicial_cop": None, "apropiacion_definitiva_cop": 7},
        ),
        _movimientos(
            {"codigo_fuente": "F2", "clase": "credito", "valor_cop": 5},
            {"codigo_fuente": "F9", "clase": "credito", "valor_cop": 5, "acto": "D"},
        ),
    ).set_index("codigo_fuente")
    assert cuadre.loc["F1", "diferencia_cop"] == 30 and not cuadre.loc["F1", "cuadra"]
    assert cuadre.loc["F2", "sin_acto_cop"] == 5 and not cuadre.loc["F2", "cuadra"]
    assert pd.isna(cuadre.loc["F3", "diferencia_cop"]) and not cuadre.loc["F3", "cuadra"]
    assert pd.isna(cuadre.loc["F9", "apertura_cop"]) and cuadre.loc["F9", "creditos_cop"] == 5
    assert cuadre["anterior_cop"].isna().all()


@settings(deadline=None, max_examples=12)
@given(st.lists(st.tuples(st.sampled_from(sorted(MODIFICACIONES)), st.integers(1, 10**12)), max_size=8))
def test_una_definitiva_armada_con_sus_movimientos_siempre_cuadra(movidos: list[tuple[str, int]]) -> None:
    suma = 10**13
    for clase, valor in movidos:
        suma += valor if clase in {"adicion", "credito", "desaplazamiento"} else -valor
    poai = _poai({"apropiacion_inicial_cop": 10**13, "apropiacion_definitiva_cop": suma})
    movimientos = _movimientos(*({"clase": c, "valor_cop": v, "acto": "D"} for c, v in movidos))
    (fila,) = cuadrar_rubros(poai, movimientos).to_dict("records")
    assert fila["cuadra"] and fila["diferencia_cop"] == 0
