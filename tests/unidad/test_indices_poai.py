"""La cadena del gasto del POAI por nodo, con valores calculados a mano."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.esquemas import crear_tabla
from pipeline.indices import calcular_indices_poai

PLAN = crear_tabla(
    "plan",
    [
        {"codigo_meta": "M1", "nombre_meta": "Aulas", "linea": "L1", "nombre_linea": "Social", "sector": "22",
         "nombre_sector": "Educación", "programa": "2201", "archivo": "p", "sha256": "p", "hoja": "p",
         "fila": 1},
        {"codigo_meta": "M2", "nombre_meta": "Vías", "linea": "L2", "sector": "24", "programa": "2402",
         "archivo": "p", "sha256": "p", "hoja": "p", "fila": 2},
    ],
)  # fmt: skip
LUGAR = {"vigencia": 2025, "archivo": "a.xlsx", "sha256": "a", "hoja": "POAI"}


def _registros(*filas: dict[str, Any]) -> pd.DataFrame:
    return crear_tabla("registros_poai", [LUGAR | {"fila": n} | f for n, f in enumerate(filas, start=8)])


def _nodo(tabla: pd.DataFrame, nivel: str, codigo: str) -> pd.Series:
    return tabla[(tabla["nivel"] == nivel) & (tabla["codigo"] == codigo)].iloc[0]


def _cadena(*pesos: float | None) -> dict[str, float | None]:
    campos = ("apropiacion_inicial_cop", "apropiacion_definitiva_cop", "cdp_cop", "compromisos_cop",
              "obligaciones_cop", "pagos_cop")  # fmt: skip
    return dict(zip(campos, pesos, strict=True))


def test_la_cadena_de_cada_nodo_es_la_razon_de_las_sumas_y_no_el_promedio_de_razones() -> None:
    tabla = calcular_indices_poai(
        _registros(
            {"codigo_meta": "M1", "bpin": "B1", "codigo_fuente": "F1", "nombre_fuente": "SGP",
             "dependencia": "SEDU"} | _cadena(100, 120, 100, 90, 60, 30),
            {"codigo_meta": "M1", "bpin": "B1", "codigo_fuente": "F2", "dependencia": "SEDU"}
            | _cadena(300, 280, 280, 70, 0, 0),
            {"codigo_meta": "M2", "bpin": "B2", "codigo_fuente": "F1", "dependencia": "SINF"}
            | _cadena(500, 500, 100, 50, 50, 50),
        ),
        PLAN,
        {"SEDU": "Secretaría de Educación"},
    )  # fmt: skip
    total = _nodo(tabla, "total", "PLAN")
    assert (total["n_rubros"], total["n_sin_dato"]) == (3, 0)
    assert total["apropiacion_definitiva_cop"] == 900
    assert total["modificaciones_cop"] == 0  # +20 − 20 + 0
    assert total["razon_compromisos"] == pytest.approx(210 / 900)
    assert total["sin_comprometer_cop"] == 690
    assert total["reservas_en_riesgo_cop"] == 100  # (90−60) + (70−0) + (50−50)
    educacion = _nodo(tabla, "dependencia", "SEDU")
    assert educacion["nombre"] == "Secretaría de Educación"
    assert educacion["razon_obligaciones"] == pytest.approx(60 / 400)
    assert _nodo(tabla, "fuente", "F1")["razon_pagos"] == pytest.approx(80 / 620)
    assert _nodo(tabla, "fuente", "F1")["nombre"] == "SGP"
    assert _nodo(tabla, "sector", "22")["nombre"] == "Educación"
    assert _nodo(tabla, "linea", "L2")["cdp_cop"] == 100
    assert _nodo(tabla, "proyecto", "B1")["n_rubros"] == 2
    assert _nodo(tabla, "meta", "M2")["nombre"] == "Vías"


def test_lo_que_falta_no_se_toma_por_cero_ni_deja_su_apropiacion_en_el_denominador() -> None:
    tabla = calcular_indices_poai(
        _registros(
            {"codigo_meta": "M1"} | _cadena(100, 100, 100, 50, 40, 40),
            {"codigo_meta": "M1"} | _cadena(100, 100, None, None, None, None),
        ),
        PLAN,
        {},
    )
    total = _nodo(tabla, "total", "PLAN")
    assert (total["n_rubros"], total["n_sin_dato"]) == (2, 1)
    assert total["razon_compromisos"] == 0.5  # 50 / 100, no 50 / 200
    assert total["sin_comprometer_cop"] == 50
    assert total["apropiacion_definitiva_cop"] == 200


def test_sin_ningun_dato_no_hay_razon_y_sin_apropiacion_tampoco() -> None:
    tabla = calcular_indices_poai(
        _registros(
            {"codigo_meta": "M1"} | _cadena(None, None, None, None, None, None),
            {"codigo_meta": "M2"} | _cadena(0, 0, 0, 0, 0, 0),
        ),
        PLAN,
        {},
    )
    vacio, en_cero = _nodo(tabla, "meta", "M1"), _nodo(tabla, "meta", "M2")
    assert pd.isna(vacio["pagos_cop"]) and pd.isna(vacio["razon_pagos"])
    assert en_cero["pagos_cop"] == 0 and pd.isna(en_cero["razon_pagos"])


def test_una_fila_de_una_meta_ajena_al_plan_usa_los_codigos_de_su_libro_y_no_desaparece() -> None:
    tabla = calcular_indices_poai(
        _registros(
            {
                "codigo_meta": "X",
                "nivel_1": "63",
                "nombre_nivel_1": "Buen gobierno",
                "codigo_producto": "4599031",
            }
            | _cadena(1, 1, 1, 1, 1, 1),
            _cadena(2, 2, 2, 2, 2, 2),
        ),
        PLAN,
        {},
    )
    assert _nodo(tabla, "linea", "63")["nombre"] == "Buen gobierno"
    assert _nodo(tabla, "programa", "4599")["pagos_cop"] == 1
    assert _nodo(tabla, "meta", "SIN_CODIGO")["pagos_cop"] == 2


def test_sin_filas_la_tabla_queda_vacia() -> None:
    assert calcular_indices_poai(_registros(), PLAN, {}).empty


PESOS = st.one_of(st.none(), st.integers(min_value=0, max_value=10**13))
FILAS = st.lists(
    st.tuples(
        st.sampled_from(["M1", "M2", "X", None]),
        st.sampled_from(["B1", "B2", None]),
        st.sampled_from(["F1", "F2", None]),
        st.sampled_from(["SEDU", "SINF"]),
        st.tuples(PESOS, PESOS, PESOS, PESOS, PESOS, PESOS),
    ),
    min_size=1,
    max_size=12,
)


@settings(deadline=None, max_examples=12)
@given(FILAS)
def test_los_nodos_de_cada_nivel_suman_el_total_al_peso(filas: list[Any]) -> None:
    registros = _registros(
        *(
            {"codigo_meta": m, "bpin": b, "codigo_fuente": f, "dependencia": d} | _cadena(*pesos)
            for m, b, f, d, pesos in filas
        )
    )
    tabla = calcular_indices_poai(registros, PLAN, {})
    total = _nodo(tabla, "total", "PLAN")
    sumables = [c for c in tabla.columns if c.endswith("_cop") or c.startswith("n_")]
    for _, nodos in tabla.groupby("nivel"):
        for campo in sumables:
            suma = nodos[campo].sum(min_count=1)
            assert (pd.isna(suma) and pd.isna(total[campo])) or suma == total[campo]
    esperado = sum(f[4][5] for f in filas if f[4][5] is not None)
    assert total["pagos_cop"] == esperado if any(f[4][5] is not None for f in filas) else True
