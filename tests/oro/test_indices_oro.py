"""Casos por tipo de meta trabajados a mano (`indices_por_tipo.yml`) y un plan pequeño agregado a mano."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from pipeline.indices import calcular_indices, calcular_metas
from pipeline.modelo import Corte, Metodo, Periodo

CASOS = yaml.safe_load((Path(__file__).parent / "indices_por_tipo.yml").read_text(encoding="utf-8"))["casos"]
VIGENCIAS = (2024, 2025, 2026, 2027)
CORTE = Corte(vigencia=2025, periodo=Periodo.T3)


@pytest.mark.parametrize("caso", CASOS, ids=[caso["nombre"] for caso in CASOS])
def test_el_caso_trabajado_a_mano_se_reproduce(caso):
    programado, ejecutado = caso["programado"][1], caso["ejecutado"][1]
    estado = "reportada" if ejecutado is not None else "sin_reporte"
    base = pd.DataFrame(
        [
            {
                "codigo_meta": "M1",
                "tipo_meta": caso["tipo"],
                "linea_base": caso["linea_base"],
                "meta_cuatrienio": caso["meta"],
                "programado_vigencia": programado,
                "programado_corte": caso["programado_corte"],
                "ejecutado_vigencia": ejecutado,
                "estado_reporte": estado if programado else "no_programada",
            }
        ]
    )
    historia = pd.DataFrame(
        {
            "codigo_meta": "M1",
            "vigencia": VIGENCIAS,
            "programado_vigencia": caso["programado"],
            "ejecutado_vigencia": [*caso["ejecutado"], None, None],
        }
    ).astype({"ejecutado_vigencia": "float64"})
    metodo = Metodo(**caso.get("opciones", {}))
    meta = calcular_metas(base, historia, corte=CORTE, metodo=metodo, vigencias=VIGENCIAS).iloc[0]
    for columna in ("avance_crudo", "avance", "esperado", "ritmo", "avance_cuatrienio"):
        esperado = np.nan if caso[columna] is None else caso[columna]
        assert meta[columna] == pytest.approx(esperado, rel=1e-12, nan_ok=True), columna
    inferior, superior = caso["cotas_cuatrienio"]
    assert meta["cota_inferior_cuatrienio"] == pytest.approx(inferior, rel=1e-12)
    assert meta["cota_superior_cuatrienio"] == pytest.approx(superior, rel=1e-12)
    assert meta["semaforo"] == caso["semaforo"]


def plan_de_seis_metas() -> pd.DataFrame:
    """Dos líneas (pesos 60 y 40), tres programas y seis metas.

    meta  línea programa peso  P   E      estado          avance
    A1    L1    P1       3     10  5      reportada       0,5
    A2    L1    P1       1     10  10     reportada       1,0
    A3    L1    P2       4     0   –      no programada   –
    A4    L1    P2       1     10  20     reportada       1,0 (cruda 2,0)
    B1    L2    P3       5     10  –      sin reporte     –
    B2    L2    P3       5     10  8      reportada       0,8
    """
    filas = [
        ("A1", "L1", "P1", 3, 10, 5, "reportada", "D1", 50, 100),
        ("A2", "L1", "P1", 1, 10, 10, "reportada", "D1", None, 100),
        ("A3", "L1", "P2", 4, 0, None, "no_programada", "D2", None, None),
        ("A4", "L1", "P2", 1, 10, 20, "reportada", "D2", 30, 0),
        ("B1", "L2", "P3", 5, 10, None, "sin_reporte", "D2", None, None),
        ("B2", "L2", "P3", 5, 10, 8, "reportada", "D2", 10, 100),
    ]
    nombres = "codigo_meta linea programa ponderador programado_vigencia ejecutado_vigencia"
    nombres += " estado_reporte dependencia obligaciones_cop apropiacion_definitiva_cop"
    tabla = pd.DataFrame(filas, columns=nombres.split())
    return tabla.assign(
        tipo_meta="acumulado", meta_cuatrienio=40.0, ponderador_linea=tabla["linea"].map({"L1": 60, "L2": 40})
    )


def agregar(**opciones) -> pd.DataFrame:
    base = plan_de_seis_metas()
    columnas = ["codigo_meta", "programado_vigencia", "ejecutado_vigencia"]
    historia = base[columnas].assign(vigencia=2025)
    corte, metodo = Corte(vigencia=2025, periodo=Periodo.T4), Metodo(**opciones)
    metas = calcular_metas(base, historia, corte=corte, metodo=metodo, vigencias=VIGENCIAS)
    indices = calcular_indices(metas, corte=corte, metodo=metodo)
    return indices.set_index(["nivel", "codigo"])


def test_plan_ponderado_por_lineas_y_dentro_de_la_linea_por_meta():
    plan = agregar().loc[("plan", "PLAN")]
    # L1: (3·0,5 + 1·1 + 1·1)/(3 + 1 + 1) = 3,5/5 = 0,70 (A3 no cuenta y su peso se reparte)
    # L2: (5·0 + 5·0,8)/10 = 0,40 (B1, sin reporte, cuenta 0)
    # Plan: (60·0,70 + 40·0,40)/100 = 0,58. Superior: B1 = 1 → L2 = 0,90 → (42 + 36)/100 = 0,78
    assert plan["avance"] == pytest.approx(0.58)
    assert plan["avance_ponderado"] == pytest.approx(0.58)
    assert plan["cota_inferior"] == pytest.approx(0.58)
    assert plan["cota_superior"] == pytest.approx(0.78)
    # Simple: (0,5 + 1 + 1 + 0 + 0,8)/5 = 3,3/5 = 0,66
    assert plan["avance_simple"] == pytest.approx(0.66)
    # Crudo: L1 = (1,5 + 1 + 2)/5 = 0,9; plan = (54 + 16)/100 = 0,70
    assert plan["avance_crudo"] == pytest.approx(0.70)
    assert plan["semaforo"] == "sin_certeza"  # 0,58 es bajo y 0,78, satisfactorio


def test_conteos_e_indice_de_reporte_del_plan():
    plan = agregar().loc[("plan", "PLAN")]
    conteos = ["n_metas", "n_programadas", "n_reportadas", "n_sin_reporte", "n_no_programadas", "n_sobre_100"]
    assert plan[conteos].tolist() == [6, 5, 4, 1, 1, 1]
    assert plan["indice_reporte"] == pytest.approx(4 / 5)


def test_dinero_es_razon_de_sumas_y_lo_ausente_no_es_cero():
    indices = agregar()
    # (50 + 30 + 10)/(100 + 100 + 0 + 100) = 90/300
    assert indices.loc[("plan", "PLAN"), "ejecucion_financiera"] == pytest.approx(0.30)
    # Eficiencia: 0,58/0,30
    assert indices.loc[("plan", "PLAN"), "eficiencia"] == pytest.approx(0.58 / 0.30)
    assert np.isnan(indices.loc[("plan", "PLAN"), "pagos_cop"])


def test_por_conteo_cada_programa_pesa_las_metas_que_tiene_en_el_plan():
    plan = agregar(agregacion="por_conteo").loc[("plan", "PLAN")]
    # Cada programa tiene 2 metas: P1 = (0,5 + 1)/2 = 0,75; P2 = 1,0 (una no programada); P3 = 0,8/2 = 0,40
    # L1 = (2·0,75 + 2·1)/4 = 0,875 (4 metas); L2 = 0,40 (2 metas); plan = (4·0,875 + 2·0,4)/6 = 4,3/6
    assert plan["avance"] == pytest.approx(4.3 / 6)


def test_no_programada_en_cero_baja_el_titular():
    plan = agregar(no_programada="cero", agregacion="simple").loc[("plan", "PLAN")]
    assert plan["avance"] == pytest.approx(3.3 / 6)


def test_excluir_lo_no_reportado_lo_sube_pero_no_mueve_las_cotas():
    plan = agregar(sin_reporte="excluir", agregacion="simple").loc[("plan", "PLAN")]
    assert plan["avance"] == pytest.approx(3.3 / 4)
    assert plan["cota_inferior"] == pytest.approx(3.3 / 5)
    assert plan["cota_superior"] == pytest.approx(4.3 / 5)


def test_tope_de_ciento_veinte():
    plan = agregar(tope=1.2, agregacion="simple").loc[("plan", "PLAN")]
    assert plan["avance"] == pytest.approx(3.5 / 5)  # A4 cuenta 1,2
    assert plan["cota_superior"] == pytest.approx(4.7 / 5)  # B1 podría llegar a 1,2
