"""Proyección del cierre: cada base con su cuenta hecha a mano."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from pipeline.esquemas import crear_tabla
from pipeline.modelo import Corte, Metodo, Periodo
from pipeline.proyeccion import proyectar

T2 = Corte(vigencia=2025, periodo=Periodo.T2)
T3 = Corte(vigencia=2025, periodo=Periodo.T3)


def meta(codigo: str = "M", **cambios) -> dict:
    normal = {
        "vigencia": 2025, "periodo": "T3", "codigo_meta": codigo, "sector": "22", "tipo_meta": "acumulado",
        "programado_vigencia": 100.0, "ejecutado_vigencia": 50.0, "avance_crudo": 0.5, "avance": 0.5,
        "esperado": 0.75, "meta_cuatrienio": 400.0, "avance_cuatrienio_crudo": 0.125,
        "avance_cuatrienio": 0.125, "cota_inferior_cuatrienio": 0.125, "cota_superior_cuatrienio": 0.125,
        "estado_reporte": "reportada",
    }  # fmt: skip
    return {**normal, **cambios}


def plan(codigo: str = "M", **programado: float) -> pd.DataFrame:
    filas = programado or {"v2024": 100.0, "v2025": 100.0, "v2026": 100.0, "v2027": 100.0}
    return crear_tabla(
        "plan_vigencias",
        [{"codigo_meta": codigo, "vigencia": int(v[1:]), "programado_vigencia": p} for v, p in filas.items()],
    )


def historia(
    pares: list[tuple[float, float]], trimestre: str = "T3", tipo: str = "acumulado", propia: int = 0
):
    """Metas de 2024 que iban en un avance al trimestre y cerraron en otro; las primeras son la propia M."""
    filas = []
    for n, (entonces, cierre) in enumerate(pares):
        codigo = "M" if n < propia else f"H{n}"
        comun = {"codigo_meta": codigo, "sector": "22", "tipo_meta": tipo, "estado_reporte": "reportada"}
        filas.append({**comun, "corte": f"2024-{trimestre}", "avance_crudo": entonces, "esperado": 0.75})
        filas.append({**comun, "corte": "2024-T4", "avance_crudo": cierre, "esperado": 1.0})
    return pd.DataFrame(filas)


def una(fila: dict, series=None, programa=None, corte: Corte = T3, metodo: Metodo | None = None) -> pd.Series:
    tabla = proyectar(
        crear_tabla("metas", [fila]), series, plan() if programa is None else programa,
        corte=corte, metodo=metodo or Metodo(),
    )  # fmt: skip
    return tabla.iloc[0]


def test_con_historia_se_cumple_lo_que_se_cumplio_en_los_casos_comparables():
    # Diez metas rezagadas que iban en 50 % y cerraron en 70 %: se cumplió 0,4 de lo que faltaba.
    fila = una(meta(), historia([(0.5, 0.7)] * 10))
    assert fila["base"] == "historia"
    assert fila["cierre_vigencia"] == pytest.approx(0.5 + 0.5 * 0.4)
    assert fila["ejecutado_cierre"] == pytest.approx(70)
    assert (fila["n_grupo"], fila["n_propias"]) == (10, 0)
    assert fila["grupo"] == "mismo sector, tipo y ritmo"
    # Cuatrienio: 50 ya hechas + 20 de aquí al cierre + 2 vigencias × 100 × 0,7 que cerró el grupo.
    assert fila["cierre_cuatrienio"] == pytest.approx((50 + 20 + 140) / 400)


def test_la_historia_propia_pesa_frente_a_la_del_grupo():
    # La propia cumplió 0,8 de lo que faltaba; de los once casos, la mediana es 0,4: (0,8 + 2 × 0,4) / 3.
    fila = una(meta(), historia([(0.5, 0.9)] + [(0.5, 0.7)] * 10, propia=1))
    assert fila["cumplimiento_restante"] == pytest.approx(1.6 / 3)
    assert fila["n_propias"] == 1


def test_con_menos_de_ocho_casos_no_hay_historia_suficiente_y_se_usa_el_perfil():
    fila = una(meta(), historia([(0.5, 0.7)] * 7))
    assert fila["base"] == "perfil_programado"
    # Falta 25 % del programa y va a 0,5 / 0,75 de lo esperado: 0,5 + 0,25 × 2/3.
    assert fila["cierre_vigencia"] == pytest.approx(0.5 + 0.25 * 2 / 3)
    assert (fila["cierre_vigencia_inferior"], fila["cierre_vigencia_superior"]) == (0.5, 0.75)
    assert fila["nota"].startswith("No hay historia suficiente")


def test_el_ritmo_se_encoge_al_de_su_grupo_segun_lo_que_falta_del_anio():
    otras = [meta(f"O{n}", avance_crudo=0.75, avance=0.75, sector="40") for n in range(9)]
    tabla = proyectar(crear_tabla("metas", [meta(), *otras]), None, plan(), corte=T3, metodo=Metodo())
    # Propio 2/3 con peso 0,75; grupo 1 (mediana) con peso 0,25: ritmo 0,75; 0,5 + 0,25 × 0,75.
    propia = tabla.set_index("codigo_meta").loc["M"]
    assert propia["cierre_vigencia"] == pytest.approx(0.6875)
    assert propia["cumplimiento_restante"] == pytest.approx(0.1875 / 0.5)


def test_en_el_primer_trimestre_sin_historia_no_se_proyecta():
    fila = una(meta(esperado=0.25), corte=Corte(vigencia=2025, periodo=Periodo.T1))
    assert fila["base"] == "sin_historia"
    assert np.isnan(fila["cierre_vigencia"])
    assert np.isnan(fila["cierre_cuatrienio"])
    assert "No hay historia suficiente" in fila["nota"]


@pytest.mark.parametrize("tipo", ["stock", "mantenimiento", "capacidad", "reduccion"])
def test_una_meta_de_nivel_no_se_extrapola(tipo):
    fila = una(meta(tipo_meta=tipo, linea_base=0.0), corte=T2)
    assert fila["base"] == "nivel"
    assert (fila["cierre_vigencia"], fila["cierre_vigencia_superior"]) == (0.5, 1.0)


def test_el_nivel_no_se_compara_con_lo_que_se_acumula():
    fila = una(meta(tipo_meta="stock"), historia([(0.5, 0.7)] * 10, tipo="flujo"))
    assert fila["base"] == "nivel"


def test_en_el_cuarto_trimestre_el_cierre_es_lo_reportado():
    fila = una(meta(esperado=1.0), corte=Corte(vigencia=2025, periodo=Periodo.T4))
    assert (fila["base"], fila["cierre_vigencia"], fila["cierre_vigencia_superior"]) == ("cierre", 0.5, 0.5)


@pytest.mark.parametrize(
    ("cambios", "dicho"),
    [
        ({"estado_reporte": "sin_reporte", "avance_crudo": np.nan}, "Sin reporte aceptado"),
        ({"estado_reporte": "no_programada"}, "No se programó"),
        ({"tipo_meta": None}, "No hay tipo de meta"),
    ],
)
def test_lo_que_no_se_puede_proyectar_se_dice(cambios, dicho):
    fila = una(meta(**cambios), historia([(0.5, 0.7)] * 10))
    assert np.isnan(fila["cierre_vigencia"])
    assert dicho in fila["nota"]


def test_lo_mas_que_puede_alcanzar_el_cuatrienio_es_lo_hecho_mas_lo_programado_que_falta():
    # Acumulado: 25 de 2024 y 50 de 2025 hechos; faltan 50 de 2025 y 200 de 2026 y 2027: 325 de 400.
    datos = {"avance_cuatrienio_crudo": 75 / 400, "cota_superior_cuatrienio": 75 / 400}
    assert una(meta(**datos))["maximo_cuatrienio"] == pytest.approx(325 / 400)
    # Al cierre lo que faltó de 2025 ya no cuenta: 275 de 400.
    cierre = una(meta(**datos), corte=Corte(vigencia=2025, periodo=Periodo.T4))
    assert cierre["maximo_cuatrienio"] == pytest.approx(275 / 400)
    # Lo que no se conoce de una vigencia pasada se da por cumplido: no saber no es no poder.
    con_hueco = meta(avance_cuatrienio_crudo=50 / 400, cota_superior_cuatrienio=150 / 400)
    assert una(con_hueco)["maximo_cuatrienio"] == pytest.approx(1.0)


def test_en_flujo_y_stock_vale_la_ultima_vigencia_y_en_mantenimiento_el_promedio():
    flujo = meta(
        tipo_meta="flujo", meta_cuatrienio=100.0, avance_cuatrienio_crudo=0.5, cota_superior_cuatrienio=0.5
    )
    assert una(flujo)["maximo_cuatrienio"] == pytest.approx(1.0)
    # Mantenimiento: 2024 cumplió 0,6 y 2025 va en 0,5; (0,6 + 0,5) / 4 hasta hoy. Máximo: 3,6 / 4.
    hasta = {"avance_cuatrienio": 1.1 / 4, "cota_superior_cuatrienio": 1.1 / 4}
    sostenida = meta(tipo_meta="mantenimiento", meta_cuatrienio=100.0, **hasta)
    fila = una(sostenida)
    assert fila["maximo_cuatrienio"] == pytest.approx(3.6 / 4)
    # Proyectado: 2025 se queda en 0,5 y, sin cierres anteriores, 2026 y 2027 también: (0,6 + 0,5 × 3) / 4.
    assert fila["cierre_cuatrienio"] == pytest.approx(2.1 / 4)
    # Solo lo transcurrido: hasta hoy el promedio es de dos vigencias, y al final de las cuatro.
    hasta = {"avance_cuatrienio": 1.1 / 2, "cota_superior_cuatrienio": 1.1 / 2}
    fila = una(
        meta(tipo_meta="mantenimiento", **hasta), metodo=Metodo(denominador_mantenimiento="transcurrido")
    )
    assert fila["maximo_cuatrienio"] == pytest.approx(3.6 / 4)


def test_la_capacidad_se_mide_desde_la_linea_base():
    # De 200 a 300: al final se programan 280, es decir 80 de los 100 que hay que aumentar.
    programa = plan(v2024=220.0, v2025=240.0, v2026=260.0, v2027=280.0)
    fila = una(meta(tipo_meta="capacidad", linea_base=200.0, meta_cuatrienio=300.0), programa=programa)
    assert fila["maximo_cuatrienio"] == pytest.approx(0.8)


@pytest.mark.parametrize(
    ("base", "programado", "ejecutado", "al_cierre"),
    [
        (20.0, 12.0, 16.0, 14.4),  # (20 − 16) / 8 = 50 %; con 70 %, 20 − 0,7 × 8
        (None, 7.0, 14.0, 10.0),  # sin línea base, 7 / 14 = 50 %; con 70 %, 7 / 0,7
    ],
)
@pytest.mark.parametrize("tipo", ["reduccion", "reduccion_anual"])
def test_lo_que_falta_reducir_se_dice_en_las_unidades_de_la_meta(
    tipo: str, base: float | None, programado: float, ejecutado: float, al_cierre: float
) -> None:
    fila = meta(tipo_meta=tipo, linea_base=base, programado_vigencia=programado, ejecutado_vigencia=ejecutado)
    assert una(fila, historia([(0.5, 0.7)] * 10, tipo=tipo))["ejecutado_cierre"] == pytest.approx(al_cierre)
    assert una(fila, corte=replace(T3, periodo=Periodo.T4))["ejecutado_cierre"] == ejecutado


def test_un_anio_que_empeora_resta_lo_mismo_que_puso_en_el_promedio():
    # Base 20, programado 12 cada año y 30 ejecutado en 2024 y hoy: −125 % crudo, que en el índice es 0.
    # Si de aquí al cierre se cumple y después también, quedan tres años de cuatro.
    fila = meta(
        tipo_meta="reduccion_anual", linea_base=20.0, programado_vigencia=12.0, ejecutado_vigencia=30.0,
        avance_crudo=-1.25, avance=0.0, meta_cuatrienio=12.0, avance_cuatrienio_crudo=-0.625,
        avance_cuatrienio=0.0, cota_inferior_cuatrienio=0.0, cota_superior_cuatrienio=0.0,
    )  # fmt: skip
    programa = plan(v2024=12.0, v2025=12.0, v2026=12.0, v2027=12.0)
    assert una(fila, programa=programa)["maximo_cuatrienio"] == pytest.approx(0.75)


def test_una_reduccion_sin_linea_base_tambien_se_proyecta_al_cuatrienio():
    # Meta 5; el último año programa 6 y se espera cumplir 80 %: 6 / 0,8 = 7,5, y 5 / 7,5 son dos tercios.
    fila = meta(
        tipo_meta="reduccion", linea_base=None, programado_vigencia=8.0, ejecutado_vigencia=10.0,
        avance_crudo=0.8, avance=0.8, meta_cuatrienio=5.0, avance_cuatrienio_crudo=0.5, avance_cuatrienio=0.5,
        cota_inferior_cuatrienio=0.5, cota_superior_cuatrienio=0.5,
    )  # fmt: skip
    programa = plan(v2025=8.0, v2026=7.0, v2027=6.0)
    hecha = una(fila, programa=programa, corte=replace(T3, periodo=Periodo.T4))
    assert hecha["cierre_cuatrienio"] == pytest.approx(2 / 3)


def test_no_importa_lo_que_se_sepa_despues_del_corte():
    series = historia([(0.5, 0.7)] * 10)
    despues = series.assign(corte=series["corte"].str.replace("2024", "2026"), avance_crudo=1.0)
    con_futuro = una(meta(), pd.concat([series, despues], ignore_index=True))
    pd.testing.assert_series_equal(con_futuro, una(meta(), series))


@pytest.mark.parametrize(
    ("ejecutado", "hoy", "al_cierre"),
    [(7.0, 0.5, 8.2), (7.0, 0.7, 8.2)],  # (7 − 4) / (10 − 4), o 7 / 10 si el método no descuenta la base
)
def test_lo_que_cerrara_una_capacidad_se_dice_en_las_unidades_de_su_formula(ejecutado, hoy, al_cierre):
    # Los diez casos cumplieron 0,4 de lo que les faltaba: 0,5 → 0,7 = 8,2 de 10 desde 4; 0,7 → 0,82 = 8,2.
    fila = una(
        meta(tipo_meta="capacidad", programado_vigencia=10.0, ejecutado_vigencia=ejecutado, linea_base=4.0,
             avance_crudo=hoy, avance=hoy, meta_cuatrienio=10.0),
        historia([(0.5, 0.7)] * 10, tipo="capacidad"),
    )  # fmt: skip
    assert fila["ejecutado_cierre"] == pytest.approx(al_cierre)


def test_lo_que_no_se_reporto_en_anios_pasados_solo_sube_el_extremo_superior_del_cuatrienio():
    # De 2024 no se sabe: van 50 de 400 y podrían ser 150. Al cierre, 20 más; en 2026 y 2027, 70 cada una.
    fila = una(meta(cota_superior_cuatrienio=0.375), historia([(0.5, 0.7)] * 10))
    assert fila["cierre_cuatrienio"] == pytest.approx((50 + 20 + 140) / 400)
    assert fila["cierre_cuatrienio_superior"] == pytest.approx((150 + 20 + 140) / 400)


def test_de_una_meta_de_nivel_de_la_que_aun_no_se_esperaba_nada_no_se_proyecta():
    fila = una(meta(tipo_meta="stock", esperado=0.0))
    assert fila["base"] == "sin_historia"
    assert "todavía no esperaba un nivel" in fila["nota"]
    assert una(meta(tipo_meta="stock", esperado=1.0))["base"] == "nivel"


def test_en_flujo_vale_el_cumplimiento_de_la_ultima_vigencia_o_el_de_esta_si_no_queda_otra():
    # Esta vigencia cierra en 0,6 + 0,4 × 0,4 = 0,76; las parecidas han cerrado cada año en 0,7.
    hoy = meta(tipo_meta="flujo", avance_crudo=0.6, avance=0.6, esperado=0.9, meta_cuatrienio=100.0)
    parecidas = historia([(0.5, 0.7)] * 10, tipo="flujo")
    assert una(hoy, parecidas)["cierre_cuatrienio"] == pytest.approx(0.7)
    ultima = plan(v2024=100.0, v2025=100.0)
    assert una(hoy, parecidas, ultima)["cierre_cuatrienio"] == pytest.approx(0.76)


def test_la_que_ya_habia_cumplido_no_dice_nada_de_lo_que_faltaba():
    # Ocho que iban en 0,8 cumplieron la mitad de lo que les faltaba; la que iba en 1 no tenía qué cumplir.
    fila = una(meta(avance_crudo=0.8, avance=0.8), historia([(0.8, 0.9)] * 8 + [(1.0, 1.0)]))
    assert fila["n_grupo"] == 8
    assert fila["cierre_vigencia"] == pytest.approx(0.9)


def test_a_una_meta_que_se_mantiene_no_se_le_cuentan_vigencias_que_no_se_programaron():
    # Solo se programa en 2026 y 2027: lo más que puede dar el promedio de esas dos es 1.
    hoy = meta(
        tipo_meta="mantenimiento", estado_reporte="no_programada", programado_vigencia=0.0,
        ejecutado_vigencia=np.nan, avance_crudo=np.nan, avance=np.nan, avance_cuatrienio=0.0,
        cota_inferior_cuatrienio=0.0, cota_superior_cuatrienio=0.0,
    )  # fmt: skip
    assert una(hoy, programa=plan(v2026=5.0, v2027=5.0))["maximo_cuatrienio"] == 1.0


def test_una_capacidad_cuya_linea_base_ya_es_la_meta_se_proyecta_por_la_razon_simple():
    hoy = meta(tipo_meta="capacidad", linea_base=10.0, meta_cuatrienio=10.0, programado_vigencia=10.0,
               ejecutado_vigencia=5.0)  # fmt: skip
    fila = una(hoy, historia([(0.5, 0.7)] * 10, tipo="capacidad"), plan(v2025=10.0, v2027=10.0))
    assert fila["cierre_cuatrienio"] == pytest.approx(0.7)  # 0,7 × 10 / 10
