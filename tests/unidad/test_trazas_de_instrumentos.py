"""Cada índice del POAI y del Plan de Acción, explicado con números calculados a mano."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from pipeline.errores import ErrorSeguimiento
from pipeline.esquemas import crear_tabla
from pipeline.indices import (
    calcular_actividades,
    calcular_indices_pa,
    calcular_indices_poai,
    explicar_actividades,
    explicar_indices_pa,
    explicar_indices_poai,
)
from pipeline.modelo import Corte, Metodo, Periodo
from pipeline.trazas import resumir_filas, ubicar_columnas

CORTE = Corte(vigencia=2025, periodo=Periodo.T3)
LUGAR = {"vigencia": 2025, "archivo": "a.xlsx", "sha256": "a", "hoja": "H"}
PLAN = crear_tabla("plan")
RUBROS = crear_tabla(
    "registros_poai",
    [
        LUGAR | {"fila": 8, "codigo_fuente": "F1", "dependencia": "SEDU",
                 "apropiacion_definitiva_cop": 100.0, "compromisos_cop": 50.0},
        LUGAR | {"fila": 9, "codigo_fuente": "F1", "dependencia": "SEDU",
                 "apropiacion_definitiva_cop": 200.0},
        LUGAR | {"fila": 10, "codigo_fuente": "F1", "dependencia": "SEDU", "compromisos_cop": 10.0},
    ],
)  # fmt: skip
ACTIVIDADES: list[dict[str, Any]] = [
    {"bpin": "P1", "codigo_actividad": "A", "programado_actividad": 4, "ejecutado_actividad": 2,
     "costo_programado_cop": 100.0, "costo_ejecutado_cop": 40.0, "ponderacion_actividad": 0.75},
    {"bpin": "P1", "codigo_actividad": "B", "programado_actividad": 10, "ponderacion_actividad": 0.25},
    {"bpin": "P2", "codigo_actividad": "C", "programado_actividad": 2, "ejecutado_actividad": 3,
     "costo_programado_cop": 80.0, "costo_ejecutado_cop": 4.0, "ponderacion_actividad": 1},
]  # fmt: skip


def plan_de_accion(metodo: Metodo) -> tuple[pd.DataFrame, pd.DataFrame]:
    filas = [LUGAR | {"fila": n, "dependencia": "SEDU"} | f for n, f in enumerate(ACTIVIDADES, start=17)]
    registros = crear_tabla("registros_pa", filas)
    actividades = calcular_actividades(registros, PLAN, corte=CORTE, metodo=metodo, nombres_dependencias={})
    return actividades, calcular_indices_pa(actividades, metodo=metodo)


def textos(metodo: Metodo) -> dict[tuple[str, str, str], str]:
    actividades, indices = plan_de_accion(metodo)
    explicados = explicar_indices_pa(actividades, indices, metodo=metodo)
    return {(e.nivel, e.codigo, e.medida): e.texto for e in explicados}


def test_una_razon_del_poai_dice_sus_dos_sumas_y_que_rubros_no_entran() -> None:
    indices = calcular_indices_poai(RUBROS, PLAN, {})
    explicados = explicar_indices_poai(RUBROS, PLAN, indices, {})
    por_nodo = {(e.nivel, e.codigo, e.medida): e for e in explicados}
    compromisos = por_nodo["fuente", "F1", "razon_compromisos"]
    assert compromisos.texto == (
        "Compromisos / apropiación definitiva = 50 / 100 = 50,0 %, sobre 1 rubro; 2 no entran por no traer "
        "los dos valores."
    )
    assert (compromisos.numerador, compromisos.denominador, compromisos.resultado) == (50, 100, 0.5)
    pagos = por_nodo["fuente", "F1", "razon_pagos"]
    assert (pagos.texto, pagos.resultado) == ("Sin razón de pagos: ningún rubro trae los dos valores.", None)


def test_explicar_una_razon_alterada_es_un_error_y_no_una_explicacion_falsa() -> None:
    indices = calcular_indices_poai(RUBROS, PLAN, {})
    with pytest.raises(ErrorSeguimiento, match="razon_compromisos"):
        explicar_indices_poai(RUBROS, PLAN, indices.assign(razon_compromisos=0.51), {})


def test_el_indice_del_total_muestra_el_promedio_de_sus_proyectos() -> None:
    # P1 = (0,75 × 50 % + 0,25 × 0) / 1 = 37,5 %; P2 = 150 % con tope 100 %; promedio 68,75 %.
    escritos = textos(Metodo())
    assert escritos["total", "TOTAL", "indice_fisico"] == (
        "Índice físico = Σ índice de cada proyecto / número de proyectos = (37,5 % (P1) + 100,0 % (P2)) / 2 "
        "= 1,375 / 2 = 68,8 %, sobre 3 actividades programadas, 2 con reporte y 1 sin reporte o devueltas."
    )
    assert escritos["proyecto", "P1", "indice_fisico"].startswith(
        "Índice físico = Σ (peso × índice de la actividad) / Σ peso = 0,375 / 1 = 37,5 %"
    )
    assert escritos["total", "TOTAL", "indice_inversion"] == (
        "Índice de inversión = Σ costo ejecutado / Σ costo programado = 44 / 180 = 24,4 %; 1 actividad no "
        "entra por no traer los dos costos."
    )
    assert escritos["proyecto", "P2", "eficiencia"] == (
        "Sin eficiencia: el índice de inversión, 5,0 %, no llega al umbral de 10,0 %."
    )


@pytest.mark.parametrize(
    ("agregacion", "cuenta"),
    [
        # P1 pesa 2 actividades: (2 × 37,5 % + 1 × 100 %) / 3
        ("por_conteo", "(2 × 37,5 % (P1) + 1 × 100,0 % (P2)) / 3 = 1,75 / 3 = 58,3 %"),
        ("simple", "Σ índice de las actividades / número de actividades = 1,5 / 3 = 50,0 %"),
    ],
)
def test_la_cuenta_es_la_de_la_agregacion_del_metodo(agregacion: Any, cuenta: str) -> None:
    assert cuenta in textos(Metodo(agregacion=agregacion))["total", "TOTAL", "indice_fisico"]


def test_una_actividad_dice_sus_numeros_el_tope_y_los_campos_que_entraron() -> None:
    actividades, _ = plan_de_accion(Metodo())
    explicadas = explicar_actividades(actividades, metodo=Metodo(), campo_de_avance="avance_actividad_t3")
    por_medida = {(e.id_actividad, e.medida): e for e in explicadas}
    fisico = por_medida["SEDU/C/1", "indice_fisico"]
    assert fisico.texto == (
        "Índice físico = ejecutado / programado en la vigencia = 3 / 2 = 150,0 %; cuenta 100,0 %, por el "
        "tope del método."
    )
    assert fisico.campos == ("programado_actividad", "ejecutado_actividad")
    assert por_medida["SEDU/A/1", "eficiencia"].texto == (
        "Eficiencia = índice físico / índice de inversión = 50,0 % / 40,0 % = 1,25."
    )
    sin_reporte = por_medida["SEDU/B/1", "indice_fisico"]
    assert (sin_reporte.resultado, "no se reportó" in sin_reporte.texto) == (None, True)


def test_explicar_un_indice_alterado_del_plan_de_accion_es_un_error() -> None:
    actividades, indices = plan_de_accion(Metodo())
    with pytest.raises(ErrorSeguimiento, match="indice_fisico"):
        explicar_indices_pa(actividades, indices.assign(indice_fisico=0.7), metodo=Metodo())


def test_las_columnas_de_cada_valor_salen_de_las_celdas_leidas() -> None:
    celdas = pd.DataFrame(
        [("a.xlsx", "a", "H", "pagos_cop", "U8"), ("a.xlsx", "a", "H", "pagos_cop", "U9"),
         ("a.xlsx", "a", "H", "cdp_cop", "AA8"), ("a.xlsx", "a", "H", "rubro", "C8")],
        columns=["archivo", "sha256", "hoja", "campo", "celda"],
    )  # fmt: skip
    ubicadas = ubicar_columnas(celdas, ["cdp_cop", "pagos_cop"])
    assert ubicadas[["campo", "columna"]].to_numpy().tolist() == [["cdp_cop", "AA"], ["pagos_cop", "U"]]


def test_las_filas_seguidas_se_resumen_y_las_sueltas_no() -> None:
    assert resumir_filas([5]) == "5"
    assert resumir_filas([7, 6]) == "6 y 7"
    assert resumir_filas([8, 6, 7, 20]) == "6 a 8 y 20"
