"""Tabla `metas`: estados, casos borde y errores."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pipeline.errores import ErrorSeguimiento
from pipeline.indices import calcular_metas
from pipeline.indices.cuatrienio import avance_cuatrienio
from pipeline.indices.formulas import avance_crudo, avance_esperado, codigos_de_tipo
from pipeline.modelo import Corte, Metodo, Periodo

VIGENCIAS = (2024, 2025, 2026, 2027)
CORTE = Corte(vigencia=2025, periodo=Periodo.T2)


def una_meta(**cambios) -> pd.DataFrame:
    valores = {
        "codigo_meta": "M1",
        "tipo_meta": "acumulado",
        "linea_base": np.nan,
        "meta_cuatrienio": 40.0,
        "programado_vigencia": 10.0,
        "programado_corte": np.nan,
        "ejecutado_vigencia": 4.0,
        "estado_reporte": "reportada",
    }
    return pd.DataFrame([{**valores, **cambios}])


def calcular(base: pd.DataFrame, historia: pd.DataFrame | None = None, **opciones) -> pd.Series:
    if historia is None:
        columnas = ["codigo_meta", "programado_vigencia", "ejecutado_vigencia"]
        historia = base[columnas].assign(vigencia=2025)
    return calcular_metas(base, historia, corte=CORTE, metodo=Metodo(**opciones), vigencias=VIGENCIAS).iloc[0]


def test_sin_reporte_no_tiene_avance_y_sus_cotas_son_cero_y_uno():
    meta = calcular(una_meta(ejecutado_vigencia=np.nan, estado_reporte="sin_reporte"))
    assert np.isnan(meta["avance"])
    assert (meta["cota_inferior"], meta["cota_superior"]) == (0.0, 1.0)
    assert meta["semaforo"] == "sin_certeza"


def test_reportar_cero_no_es_lo_mismo_que_no_reportar():
    meta = calcular(una_meta(ejecutado_vigencia=0.0))
    assert meta["avance"] == 0.0
    assert (meta["cota_inferior"], meta["cota_superior"]) == (0.0, 0.0)
    assert meta["semaforo"] == "critico"


def test_meta_devuelta_no_aporta_avance_aunque_traiga_ejecutado():
    meta = calcular(una_meta(estado_reporte="devuelta"))
    assert np.isnan(meta["avance"])
    assert meta["cota_superior"] == 1.0


def test_declarada_np_con_programa_y_ejecucion_conserva_el_avance_crudo_y_no_cuenta():
    meta = calcular(una_meta(estado_reporte="no_programada"))
    assert meta["avance_crudo"] == pytest.approx(0.4)
    assert np.isnan(meta["avance"])
    assert meta["semaforo"] == "no_programada"


def test_sin_perfil_lo_esperado_es_lo_transcurrido():
    assert calcular(una_meta())["esperado"] == 0.5


def test_esperado_lineal_ignora_el_perfil():
    meta = una_meta(programado_corte=9.0)
    assert calcular(meta)["esperado"] == pytest.approx(0.9)
    assert calcular(meta, esperado="lineal")["esperado"] == 0.5


def test_si_no_se_esperaba_avance_y_no_lo_hay_no_hay_banda():
    meta = calcular(una_meta(programado_corte=0.0, ejecutado_vigencia=0.0))
    assert meta["esperado"] == 0.0
    assert np.isnan(meta["ritmo"])
    assert meta["semaforo"] == "no_programada"


def test_si_no_se_esperaba_avance_y_lo_hay_va_adelantada():
    assert calcular(una_meta(programado_corte=0.0, ejecutado_vigencia=1.0))["semaforo"] == "sobresaliente"


def test_capacidad_con_la_opcion_apagada_no_descuenta_la_linea_base():
    meta = una_meta(tipo_meta="capacidad", linea_base=5.0, ejecutado_vigencia=7.5)
    assert calcular(meta)["avance"] == pytest.approx(0.5)
    assert calcular(meta, capacidad_descuenta_linea_base=False)["avance"] == pytest.approx(0.75)


def test_reduccion_sin_linea_base_que_llega_a_cero_esta_cumplida():
    tipo = codigos_de_tipo(["reduccion"])
    assert avance_crudo(tipo, np.array([0.0]), np.array([5.0]), np.array([np.nan]))[0] == 1.0


def test_sin_tipo_declarado_se_usa_el_inferido_y_queda_dicho():
    base = una_meta(tipo_meta=None, meta_cuatrienio=10.0)
    historia = pd.DataFrame(
        {
            "codigo_meta": "M1",
            "vigencia": VIGENCIAS,
            "programado_vigencia": 10.0,
            "ejecutado_vigencia": np.nan,
        }
    )
    meta = calcular(base, historia)
    assert meta["tipo_meta"] == meta["tipo_inferido"] == "mantenimiento"
    assert pd.isna(meta["tipo_declarado"])


def test_sin_tipo_ni_patron_hay_avance_de_la_vigencia_y_no_del_cuatrienio():
    meta = calcular(una_meta(tipo_meta=None, meta_cuatrienio=np.nan))
    assert meta["avance"] == pytest.approx(0.4)
    assert np.isnan(meta["avance_cuatrienio"])


def test_eficiencia_vacia_cuando_la_razon_financiera_no_llega_al_minimo():
    poco = calcular(una_meta(obligaciones_cop=9.0, apropiacion_definitiva_cop=100.0))
    basta = calcular(una_meta(obligaciones_cop=10.0, apropiacion_definitiva_cop=100.0))
    assert np.isnan(poco["eficiencia"])
    assert basta["eficiencia"] == pytest.approx(4.0)


def test_la_suma_del_cuatrienio_no_paga_el_binario():
    # 0,1 + 0,2 + 0,3 + 0,1 vale 0,7000000000000001 en binario; en el plan, 0,7.
    historia = pd.DataFrame(
        {
            "codigo_meta": "M1",
            "vigencia": VIGENCIAS,
            "programado_vigencia": [0.1, 0.2, 0.3, 0.1],
            "ejecutado_vigencia": [0.1, 0.2, 0.3, 0.1],
        }
    )
    base = una_meta(meta_cuatrienio=0.7, programado_vigencia=0.1, ejecutado_vigencia=0.1)
    corte = Corte(vigencia=2027, periodo=Periodo.T4)
    metas = calcular_metas(base, historia, corte=corte, metodo=Metodo(tope=None), vigencias=VIGENCIAS)
    assert metas["avance_cuatrienio_crudo"].iloc[0] == 1.0


def test_vigencia_fuera_del_cuatrienio_se_dice():
    with pytest.raises(ErrorSeguimiento, match="no es del cuatrienio"):
        calcular_metas(
            una_meta(),
            pd.DataFrame(columns=["codigo_meta", "vigencia"]),
            corte=Corte(vigencia=2030, periodo=Periodo.T1),
            metodo=Metodo(),
            vigencias=VIGENCIAS,
        )


def test_meta_repetida_se_dice():
    doble = pd.concat([una_meta(), una_meta()])
    with pytest.raises(ErrorSeguimiento, match="repetidas"):
        calcular(doble)


def test_un_cero_en_una_vigencia_no_programada_no_es_dato_de_una_meta_anual():
    # 2024 no se programó y trae 0; 2025 se programó y no se reportó: no hay nada que publicar, solo cotas.
    hecho = avance_cuatrienio(
        codigos_de_tipo(["mantenimiento"]), np.array([[0.0, np.nan, np.nan, np.nan]]),
        np.array([[0.0, 5.0, 5.0, 5.0]]), np.array([np.nan]), np.array([5.0]),
        transcurridas=2, metodo=Metodo(),
    )  # fmt: skip
    assert np.isnan(hecho.avance[0])
    assert np.isnan(hecho.crudo[0])
    assert (hecho.inferior[0], hecho.superior[0]) == (0.0, pytest.approx(1 / 3))


def test_de_una_reduccion_que_no_programa_nada_al_corte_no_se_espera_nada():
    tipo, base = codigos_de_tipo(["reduccion"] * 2), np.array([20.0, 20.0])
    esperado = avance_esperado(tipo, np.array([12.0, 12.0]), np.array([0.0, 16.0]), base, transcurrido=0.25)
    assert esperado.tolist() == [0.0, 0.5]  # (20 − 16) / (20 − 12)


def test_lo_programado_de_una_meta_declarada_np_no_queda_pendiente_en_el_cuatrienio():
    historia = pd.DataFrame(
        {
            "codigo_meta": "M1",
            "vigencia": [2024, 2025],
            "programado_vigencia": [2.0, 3.0],
            "ejecutado_vigencia": [2.0, np.nan],
        }
    )
    base = una_meta(
        meta_cuatrienio=10.0, programado_vigencia=3.0, ejecutado_vigencia=np.nan,
        estado_reporte="no_programada",
    )  # fmt: skip
    meta = calcular(base, historia)
    cotas = ["cota_inferior_cuatrienio", "avance_cuatrienio", "cota_superior_cuatrienio"]
    assert meta[cotas].tolist() == [0.2, 0.2, 0.2]  # 2 de 10; los 3 de 2025 no se esperan


def test_una_meta_de_nivel_que_aun_no_empieza_lleva_cero_del_cuatrienio():
    hecho = avance_cuatrienio(
        codigos_de_tipo(["stock"]), np.full((1, 4), np.nan), np.array([[0.0, 0.0, 8.0, 10.0]]),
        np.array([np.nan]), np.array([10.0]), transcurridas=2, metodo=Metodo(),
    )  # fmt: skip
    assert (hecho.avance[0], hecho.inferior[0], hecho.superior[0]) == (0.0, 0.0, 0.0)


def test_de_un_nivel_programado_y_sin_reportar_no_se_sabe_el_cuatrienio_y_no_es_cero():
    hecho = avance_cuatrienio(
        codigos_de_tipo(["stock"]), np.full((1, 4), np.nan), np.array([[0.0, 8.0, 9.0, 10.0]]),
        np.array([np.nan]), np.array([10.0]), transcurridas=2, metodo=Metodo(),
    )  # fmt: skip
    assert np.isnan(hecho.avance[0])
    assert (hecho.inferior[0], hecho.superior[0]) == (0.0, 0.8)


def test_lo_cumplido_en_un_anio_cuenta_aunque_falte_el_reporte_de_otro():
    hecho = avance_cuatrienio(
        codigos_de_tipo(["mantenimiento"]), np.array([[5.0, np.nan, np.nan, np.nan]]),
        np.full((1, 4), 5.0), np.array([np.nan]), np.array([5.0]),
        transcurridas=2, metodo=Metodo(denominador_mantenimiento="cuatrienio"),
    )  # fmt: skip
    assert (hecho.avance[0], hecho.inferior[0], hecho.superior[0]) == (0.25, 0.25, 0.5)
