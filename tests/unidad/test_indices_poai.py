"""La cadena del gasto del POAI por nodo, con valores calculados a mano."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.alertas.medidas import Contraste, medir_metas, medir_poai
from pipeline.alertas.redaccion import datos_de_fila
from pipeline.esquemas import crear_tabla
from pipeline.indices import calcular_indices_poai
from pipeline.informes.cierre import dinero_por_nodo
from pipeline.modelo import Corte, Periodo

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


def tres_rubros() -> pd.DataFrame:
    """Cien millones cada uno: el segundo sin obligaciones, el tercero sin compromisos ni obligaciones."""
    comun = {"codigo_meta": "M1", "dependencia": "SEDU"}
    return _registros(
        comun | _cadena(100e6, 100e6, 100e6, 90e6, 80e6, 60e6),
        comun | _cadena(100e6, 100e6, 100e6, 90e6, None, None),
        comun | _cadena(100e6, 100e6, None, None, None, None),
    )


def test_las_alertas_y_el_cierre_dan_las_mismas_cifras_del_poai_sin_contar_lo_vacio_como_cero() -> None:
    indices = calcular_indices_poai(tres_rubros(), PLAN, {})
    total = _nodo(indices, "total", "PLAN")
    assert (total["razon_compromisos"], total["razon_obligaciones"]) == (0.9, 0.8)  # 180/200 y 80/100
    assert total["reservas_en_riesgo_cop"] == 10e6  # 90 − 80; del segundo no se sabe
    assert total["sin_comprometer_cop"] == 20e6  # 10 + 10
    assert total["cdp_libre_cop"] == 20e6
    assert total["por_pagar_cop"] == 20e6  # 80 − 60
    corte = Corte(vigencia=2025, periodo=Periodo.T3)
    metas = crear_tabla("metas", [{"vigencia": 2025, "periodo": "T3", "codigo_meta": "M1"}])
    brechas = [{"hasta": 1.0, "tolerada": 0.1}]
    medidas = (
        medir_poai(indices, corte=corte).iloc[0],
        medir_metas(metas, Contraste(indices_poai=indices), corte=corte, brechas=brechas).iloc[0],
    )
    for m in medidas:
        assert m["razon_compromisos"] == 0.9 and m["sin_comprometer"] == pytest.approx(0.1)
        assert (m["razon_reservas"], m["reservas_cop"]) == (0.1, 10e6)
        assert (m["razon_cdp_libre"], m["cdp_libre_cop"]) == (0.1, 20e6)  # (10 + 10) / 200
        assert m["razon_pagos"] == 0.75  # 60 / 80
        assert datos_de_fila(m.to_dict(), corte, 0.5)["rubros_sin_dato"]() == (
            " A 2 rubros del POAI les falta algún valor; lo que falta no se toma por cero."
        )
    # El cierre toma las mismas columnas.
    cerrado = dinero_por_nodo(SimpleNamespace(indices_poai=indices), "total").iloc[0]
    assert (cerrado["razon"], cerrado["reservas_cop"]) == (0.8, 10e6)
    assert (cerrado["por_pagar_cop"], cerrado["sin_comprometer_cop"]) == (20e6, 20e6)


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


def test_una_dependencia_que_no_esta_configurada_se_nombra_por_su_codigo() -> None:
    filas = _registros(*({"codigo_meta": "M1", "dependencia": d, "pagos_cop": 1} for d in ("SEDU", "SINF")))
    tabla = calcular_indices_poai(filas, PLAN, {"SEDU": "Secretaría de Educación"})
    assert _nodo(tabla, "dependencia", "SEDU")["nombre"] == "Secretaría de Educación"
    assert _nodo(tabla, "dependencia", "SINF")["nombre"] == "SINF"


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
