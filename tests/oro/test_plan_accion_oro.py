"""Índices del Plan de Acción contra los calculados a mano en plan_accion.yml."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from cifras_publicadas import avances_de_productos, avances_de_proyectos

from pipeline.esquemas import crear_tabla
from pipeline.indices import calcular_actividades, calcular_indices_pa, explicar_indices_pa
from pipeline.modelo import Corte, Metodo, Periodo

CORTE = Corte(vigencia=2025, periodo=Periodo.T2)
CASOS = yaml.safe_load((Path(__file__).parent / "plan_accion.yml").read_text(encoding="utf-8"))["casos"]
LUGAR = {"archivo": "x.xlsx", "sha256": "a", "hoja": "P", "fila": 17, "vigencia": 2025, "dependencia": "UNO",
         "codigo_actividad": "A1"}  # fmt: skip


def calcular(*filas: dict[str, Any], **otros: Any) -> pd.DataFrame:
    registros = crear_tabla("registros_pa", [{**LUGAR, **fila} for fila in filas])
    opciones: dict[str, Any] = {"metodo": Metodo(), "nombres_dependencias": {"UNO": "Uno"}} | otros
    return calcular_actividades(registros, crear_tabla("plan"), corte=CORTE, **opciones)


@pytest.mark.parametrize("caso", CASOS, ids=[c["nombre"] for c in CASOS])
def test_cada_actividad_da_lo_calculado_a_mano(caso: dict[str, Any]) -> None:
    fila = calcular(caso["actividad"]).iloc[0]
    for campo, esperado in caso["da"].items():
        if esperado is None:
            assert pd.isna(fila[campo]), campo
        elif isinstance(esperado, float):
            assert fila[campo] == pytest.approx(esperado, abs=1e-12), campo
        else:
            assert fila[campo] == esperado, campo


def test_lo_excluido_por_calidad_queda_devuelto_y_sin_indice() -> None:
    fila = {"programado_actividad": 4, "ejecutado_actividad": 4, "costo_programado_cop": 1,
            "costo_ejecutado_cop": 1}  # fmt: skip
    excluidas = pd.DataFrame([{"sha256": "a", "hoja": "P", "fila": 17, "vigencia": 2025}])
    una = calcular(fila, excluidas=excluidas).iloc[0]
    assert una["estado_reporte"] == "devuelta"
    assert pd.isna(una["indice_fisico"]) and pd.isna(una["indice_inversion"])


@pytest.mark.parametrize(
    "cantidad", [4, None]
)  # sin cantidad legible queda «no programada», y tampoco cuenta
def test_el_dinero_de_lo_excluido_no_entra_al_indice_de_inversion(cantidad: float | None) -> None:
    reportada = {"programado_actividad": 4, "ejecutado_actividad": 2, "costo_programado_cop": 100,
                 "costo_ejecutado_cop": 20}  # fmt: skip
    excluida = reportada | {"codigo_actividad": "A2", "fila": 18, "programado_actividad": cantidad,
                            "costo_ejecutado_cop": 100}  # fmt: skip
    de_calidad = pd.DataFrame([{"sha256": "a", "hoja": "P", "fila": 18, "vigencia": 2025}])
    actividades = calcular(reportada, excluida, excluidas=de_calidad)
    total = calcular_indices_pa(actividades, metodo=Metodo()).iloc[0]
    assert (total["costo_ejecutado_cop"], total["costo_programado_cop"]) == (20, 100)
    assert total["indice_inversion"] == 0.2  # 20/100; con la excluida daba 120/200


def test_la_actividad_que_no_dice_lo_ejecutado_no_baja_el_indice_de_inversion_del_nodo() -> None:
    """A1: 20 de 100. A2 programa 300 y no dice lo ejecutado; A3 ejecuta 7 sin programar."""
    cantidades = {"programado_actividad": 4, "ejecutado_actividad": 2}
    actividades = calcular(
        cantidades | {"costo_programado_cop": 100, "costo_ejecutado_cop": 20},
        cantidades | {"codigo_actividad": "A2", "fila": 18, "costo_programado_cop": 300},
        cantidades | {"codigo_actividad": "A3", "fila": 19, "costo_ejecutado_cop": 7},
    )
    total = calcular_indices_pa(actividades, metodo=Metodo()).iloc[0]
    assert total["indice_inversion"] == 0.2  # 27/400 contaría como cero lo que A2 no dijo
    assert total["eficiencia"] == 2.5  # 0,5 / 0,2
    assert (total["costo_ejecutado_comparado_cop"], total["costo_programado_comparado_cop"]) == (20, 100)
    assert (total["costo_ejecutado_cop"], total["costo_programado_cop"], total["n_sin_costo"]) == (27, 400, 2)
    (inversion,) = (
        e.texto
        for e in explicar_indices_pa(actividades, calcular_indices_pa(actividades, metodo=Metodo()),
                                     metodo=Metodo())
        if (e.nivel, e.medida) == ("total", "indice_inversion")
    )  # fmt: skip
    assert inversion == (
        "Índice de inversión = Σ costo ejecutado / Σ costo programado = 20 / 100 = 20,0 %; 2 actividades no "
        "entran por no traer los dos costos."
    )


def test_el_esperado_lineal_es_la_fraccion_de_la_vigencia() -> None:
    fila = {"programado_actividad": 4, "programado_actividad_t2": 4}
    assert calcular(fila, metodo=Metodo(esperado="lineal"))["esperado"].item() == 0.5


def test_los_registros_de_otra_vigencia_no_entran() -> None:
    assert calcular({"programado_actividad": 4, "vigencia": 2024}).empty


def test_el_ordinal_distingue_los_registros_de_una_actividad_por_su_rubro() -> None:
    filas = [
        {"rubro": "2.3.2", "programado_actividad": 1},
        {"rubro": "2.3.1", "fila": 18, "programado_actividad": 2},
    ]
    assert calcular(*filas).set_index("id_actividad")["programado_vigencia"].to_dict() == {
        "UNO/A1/1": 2, "UNO/A1/2": 1,
    }  # fmt: skip


def test_cali_suma_pesos_por_avances_y_no_los_renormaliza() -> None:
    """Producto: 0,5 × 0,4 + 0,25 × 0,8 = 0,4 (sus pesos suman 0,75). Proyecto: 0,6 × 0,4 + 0,4 × 0,1."""
    comun = {**LUGAR, "codigo_proyecto": "BP1", "avance_proyecto": 0.28}
    uno = comun | {"codigo_producto": "1", "ponderacion_producto": 0.6, "avance_producto_t2": 0.4}
    dos = comun | {"codigo_producto": "2", "ponderacion_producto": 0.4, "avance_producto_t2": 0.1}
    registros = crear_tabla("registros_pa", [
        uno | {"ponderacion_actividad": 0.5, "avance_actividad_t2": 0.4},
        uno | {"ponderacion_actividad": 0.25, "avance_actividad_t2": 0.8, "fila": 18},
        dos | {"ponderacion_actividad": 1.0, "fila": 19},
    ])  # fmt: skip
    productos = avances_de_productos(registros, CORTE).set_index("codigo_producto")
    assert productos.loc["1", "avance"] == pytest.approx(0.4)
    assert pd.isna(productos.loc["2", "avance"])  # nadie reportó: no es cero
    (proyecto,) = avances_de_proyectos(registros, CORTE).to_dict("records")
    assert (proyecto["avance"], proyecto["declarado"]) == (pytest.approx(0.28), 0.28)


def test_una_meta_cuyas_actividades_no_pesan_no_desaparece() -> None:
    """En el proyecto cuenta solo A1 (0,5); la meta de A2, que pesa 0, muestra lo suyo (0,25)."""
    una = {
        "programado_actividad": 4,
        "ejecutado_actividad": 2,
        "ponderacion_actividad": 1,
        "codigo_meta": "M1",
    }
    otra = {
        "programado_actividad": 4,
        "ejecutado_actividad": 1,
        "ponderacion_actividad": 0,
        "codigo_meta": "M2",
    }
    actividades = calcular({**una, "bpin": "1"}, {**otra, "bpin": "1", "codigo_actividad": "A2", "fila": 19})
    indices = calcular_indices_pa(actividades, metodo=Metodo()).set_index(["nivel", "codigo"])
    assert indices["indice_fisico"].loc[[("proyecto", "1"), ("meta", "M1"), ("meta", "M2")]].tolist() == [
        0.5, 0.5, 0.25,
    ]  # fmt: skip
