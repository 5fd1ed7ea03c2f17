"""Agregación: nodos, pesos, oportunidad, tipos inferidos y panel de sensibilidad."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from cifras_publicadas import promedio_del_arbol

from pipeline.errores import ErrorSeguimiento
from pipeline.indices import calcular_indices, calcular_metas
from pipeline.indices.participaciones import calcular_participaciones
from pipeline.indices.promedios import Pesos
from pipeline.indices.sensibilidad import panel_sensibilidad
from pipeline.indices.tipos import comparar_tipos, es_coherente, inferir_tipos
from pipeline.metodologia.sensibilidad import convenciones
from pipeline.modelo import Corte, Metodo, Periodo

VIGENCIAS = (2024, 2025, 2026, 2027)
CORTE = Corte(vigencia=2025, periodo=Periodo.T4)


def metas_de(filas: list[dict], **opciones) -> pd.DataFrame:
    comunes = {"tipo_meta": "flujo", "meta_cuatrienio": 10.0, "programado_vigencia": 10.0, "linea": "L1"}
    base = pd.DataFrame([{**comunes, "codigo_meta": f"M{n}", **fila} for n, fila in enumerate(filas)])
    base["estado_reporte"] = np.select(
        [base["programado_vigencia"].eq(0), base["ejecutado_vigencia"].isna()],
        ["no_programada", "sin_reporte"],
        "reportada",
    )
    historia = base[["codigo_meta", "programado_vigencia", "ejecutado_vigencia"]].assign(vigencia=2025)
    return calcular_metas(base, historia, corte=CORTE, metodo=Metodo(**opciones), vigencias=VIGENCIAS)


def indices_de(filas: list[dict], oportunidad=None, **opciones) -> pd.DataFrame:
    metas = metas_de(filas, **opciones)
    indices = calcular_indices(metas, corte=CORTE, metodo=Metodo(**opciones), oportunidad=oportunidad)
    return indices.set_index(["nivel", "codigo"])


def test_meta_sin_programacion_no_cuenta_en_el_promedio():
    indices = indices_de(
        [{"ejecutado_vigencia": 5.0}, {"programado_vigencia": 0.0, "ejecutado_vigencia": 3.0}]
    )
    assert indices.loc[("plan", "PLAN"), "avance"] == pytest.approx(0.5)


def test_nodo_sin_metas_programadas_no_tiene_avance_ni_es_cero():
    nodo = indices_de([{"programado_vigencia": 0.0, "ejecutado_vigencia": np.nan}]).loc[("linea", "L1")]
    assert np.isnan(nodo["avance"])
    assert nodo["semaforo"] == "no_programada"


def test_meta_sin_codigo_en_un_nivel_va_a_su_propio_nodo_y_no_desaparece():
    indices = indices_de(
        [{"ejecutado_vigencia": 5.0, "sector": "40"}, {"ejecutado_vigencia": 10.0, "sector": None}]
    )
    assert indices.loc[("sector", "SIN_CODIGO"), "avance"] == 1.0
    assert indices.loc["sector"]["n_metas"].sum() == 2


def test_un_corte_sin_metas_no_tiene_indices_y_no_falla():
    assert calcular_indices(
        metas_de([{"ejecutado_vigencia": 1.0}]).head(0), corte=CORTE, metodo=Metodo()
    ).empty


def test_nivel_que_el_plan_no_tiene_se_omite():
    assert "subprograma" not in indices_de([{"ejecutado_vigencia": 5.0}]).index.get_level_values("nivel")


def test_sin_ponderadores_todas_pesan_igual():
    metas = metas_de([{"ejecutado_vigencia": 5.0}, {"ejecutado_vigencia": 10.0}])
    assert Pesos.de_metas(metas).meta.tolist() == [1.0, 1.0]


def test_a_quien_le_falta_el_ponderador_lleva_el_promedio_de_los_declarados():
    metas = metas_de(
        [
            {"ejecutado_vigencia": 5.0, "ponderador": 2.0},
            {"ejecutado_vigencia": 5.0, "ponderador": 4.0},
            {"ejecutado_vigencia": 5.0, "ponderador": None},
        ]
    )
    assert Pesos.de_metas(metas).meta.tolist() == [2.0, 4.0, 3.0]


@pytest.mark.parametrize("escala", [0.01, 1.0, 100.0])
def test_la_escala_de_los_pesos_no_importa(escala):
    indices = indices_de(
        [
            {"ejecutado_vigencia": 2.0, "ponderador": 1 * escala},
            {"ejecutado_vigencia": 10.0, "ponderador": 3 * escala},
        ]
    )
    assert indices.loc[("plan", "PLAN"), "avance"] == pytest.approx((0.2 + 3) / 4)


def test_la_oportunidad_va_por_dependencia_y_el_plan_lleva_el_promedio():
    oportunidad = pd.DataFrame({"dependencia": ["A", "B"], "indice_oportunidad": [1.0, 0.0]})
    indices = indices_de([{"ejecutado_vigencia": 5.0, "dependencia": "A"}], oportunidad)
    assert indices.loc[("dependencia", "A"), "indice_oportunidad"] == 1.0
    assert indices.loc[("plan", "PLAN"), "indice_oportunidad"] == 0.5
    assert np.isnan(indices.loc[("linea", "L1"), "indice_oportunidad"])


def test_semaforo_firme_cuando_lo_que_falta_no_cambia_la_banda():
    # 9 de 10 reportadas en 100 %: entre 0,9 y 1,0 siempre es sobresaliente.
    filas = [{"ejecutado_vigencia": 10.0}] * 9 + [{"ejecutado_vigencia": np.nan}]
    assert indices_de(filas).loc[("plan", "PLAN"), "semaforo"] == "sobresaliente"


def test_agregacion_desconocida_se_dice():
    with pytest.raises(ErrorSeguimiento, match="agregación"):
        indices_de([{"ejecutado_vigencia": 5.0}], agregacion="mediana")


def test_arbol_de_cinco_niveles_renormaliza_en_cada_nivel():
    padres = {
        "a": None,
        "a.1": "a",
        "a.2": "a",
        "a.1.1": "a.1",
        "a.1.2": "a.1",
        "a.1.1.1": "a.1.1",
        "h": "a.1.1.1",
    }
    valores = {"h": 0.6, "a.1.2": float("nan"), "a.2": 1.0}
    pesos = {"a.1": 50, "a.2": 50, "a.1.1": 20, "a.1.2": 80, "a.1.1.1": 100, "h": 7}
    # a.1 vale lo de su único hijo con valor (0,6); a = (50·0,6 + 50·1)/100 = 0,8
    assert promedio_del_arbol(valores, pesos, padres)["a"] == pytest.approx(0.8)


def test_tipo_contradicho_por_la_programacion_se_dice_con_las_dos_lecturas():
    metas = metas_de([{"ejecutado_vigencia": 5.0, "tipo_meta": "acumulado", "meta_cuatrienio": 5.0}])
    historia = pd.DataFrame({"codigo_meta": "M0", "vigencia": VIGENCIAS, "programado_vigencia": 5.0})
    fila = comparar_tipos(metas, historia, vigencias=VIGENCIAS, metodo=Metodo(tope=None)).iloc[0]
    assert (fila["tipo_declarado"], fila["tipo_inferido"]) == ("acumulado", "mantenimiento")
    assert (fila["lectura_declarada"], fila["lectura_inferida"]) == (4.0, 1.0)  # Σ = 20 sobre una meta de 5


def test_una_programacion_sin_patron_contradice_su_tipo_y_no_sugiere_ninguno():
    metas = metas_de([{"ejecutado_vigencia": 5.0, "tipo_meta": "acumulado", "meta_cuatrienio": 10.0}])
    programado = [1.0, 5.0, 2.0, 1.0]  # suma 9, no 10; sube y baja
    historia = pd.DataFrame({"codigo_meta": "M0", "vigencia": VIGENCIAS, "programado_vigencia": programado})
    fila = comparar_tipos(metas, historia, vigencias=VIGENCIAS, metodo=Metodo(tope=None)).iloc[0]
    assert fila["tipo_declarado"] == "acumulado" and pd.isna(fila["tipo_inferido"])
    assert fila["lectura_declarada"] == 0.9 and pd.isna(fila["lectura_inferida"])
    assert "nan" not in " ".join(map(str, fila.drop(["tipo_inferido", "lectura_inferida"])))


def test_tipo_coherente_no_es_hallazgo():
    metas = metas_de([{"ejecutado_vigencia": 5.0, "tipo_meta": "acumulado", "meta_cuatrienio": 20.0}])
    historia = pd.DataFrame({"codigo_meta": "M0", "vigencia": VIGENCIAS, "programado_vigencia": 5.0})
    assert comparar_tipos(metas, historia, vigencias=VIGENCIAS, metodo=Metodo()).empty


def test_el_panel_dice_cuanto_mueve_cada_convencion_y_cual_es_la_oficial():
    metas = metas_de(
        [
            {"ejecutado_vigencia": 20.0, "dependencia": "A"},
            {"ejecutado_vigencia": np.nan, "dependencia": "A"},
            {"ejecutado_vigencia": 6.0, "dependencia": "B"},
            {"programado_vigencia": 0.0, "ejecutado_vigencia": np.nan, "dependencia": "B"},
        ]
    )
    panel = panel_sensibilidad(metas, convenciones(), corte=CORTE, metodo=Metodo()).set_index("convencion")
    # A: (1 + 0)/2; B: 0,6. Plan: (1 + 0 + 0,6)/3
    assert panel.loc["oficial", "titular"] == pytest.approx(1.6 / 3)
    assert panel.loc["np_cero", "titular"] == pytest.approx(1.6 / 4)
    assert panel.loc["solo_reportadas", "titular"] == pytest.approx(1.6 / 2)
    assert panel.loc["sin_tope", "titular"] == pytest.approx(2.6 / 3)
    assert panel.loc["suma_de_unidades", "titular"] == pytest.approx(26 / 20)
    assert panel.loc["solo_reportadas", "n_cambian_de_puesto"] == 2  # A pasa de 0,5 a 1,0 y le gana a B
    assert panel.loc["np_excluida", "es_oficial"]
    assert not panel.loc["np_cero", "es_oficial"]
    assert not panel.loc["suma_de_unidades", "es_admisible"]
    assert not panel.loc["suma_de_unidades", "es_oficial"]


@pytest.mark.parametrize(
    ("programado", "meta", "tipo"),
    [
        ([5.0, np.nan, 5.0, np.nan], 10.0, "acumulado"),  # suma lo programado, salte o no de año
        ([np.nan, np.nan, np.nan, 10.0], 10.0, "acumulado"),
        ([250_000.1, 250_000, 250_000, 250_000], 1e6, "acumulado"),  # 0,1 en un millón es de redondeo
        ([0.333, 0.333, 0.333, np.nan], 1.0, None),  # 0,001 en uno, no
        ([4.0, np.nan, 4.0, 4.0], 4.0, "mantenimiento"),  # un año sin programar no es un cambio
        ([10.0, 4.0, 7.0, 10.0], 10.0, None),  # bajó y volvió a subir
        ([4.0, 3.0, 4.0, 4.0], 4.0, None),
        ([9.0, np.nan, 8.0, 8.0], 8.0, None),  # baja, pero sin línea base no se sabe de dónde
    ],
)
def test_el_tipo_que_sugiere_la_programacion(programado, meta, tipo):
    assert inferir_tipos(np.array([programado]), np.array([meta]), np.array([np.nan])).tolist() == [tipo]


def test_una_linea_base_mayor_que_la_meta_no_basta_para_que_sea_de_reduccion():
    programado = np.array([[9.0, 8.0, 7.0, 5.0], [9.0, 3.0, 8.0, 5.0], [9.0, 8.0, 7.0, 6.0]])
    tipos = inferir_tipos(programado, np.full(3, 5.0), np.full(3, 20.0))
    assert tipos.tolist() == ["reduccion", None, None]  # la segunda sube; la tercera no llega a su meta


def test_la_unica_vigencia_programada_es_la_ultima_aunque_sea_la_primera():
    tipos = np.array(["flujo", "flujo"], dtype=object)
    programado = np.array([[5.0, np.nan, np.nan, np.nan], [4.0, np.nan, np.nan, np.nan]])
    assert es_coherente(tipos, programado, np.array([5.0, 5.0])).tolist() == [True, False]


def test_un_acumulado_con_un_anio_sin_programar_es_coherente_si_suma_su_meta():
    tipos, programado = np.array(["acumulado"], dtype=object), np.array([[5.0, np.nan, 5.0, np.nan]])
    assert es_coherente(tipos, programado, np.array([10.0])).tolist() == [True]


def test_por_conteo_la_linea_promedia_sus_sectores_con_todas_sus_metas():
    filas = [
        {"sector": "04", "ejecutado_vigencia": 10.0},
        {"sector": "04", "programado_vigencia": 0.0, "ejecutado_vigencia": np.nan},
        {"sector": "22", "ejecutado_vigencia": 0.0},
    ]
    linea = indices_de(filas, agregacion="por_conteo").loc[("linea", "L1")]
    assert linea["avance"] == pytest.approx(2 / 3)  # el 04 va en 1 y tiene dos metas; el 22, en 0 y una


def test_por_conteo_el_mismo_sector_en_dos_lineas_son_dos_hijos():
    filas = [
        {"linea": linea, "sector": sector, "ejecutado_vigencia": ejecutado}
        for linea, sector, ejecutado in (("L1", "04", 10.0), ("L1", "22", 10.0), ("L2", "04", 0.0))
    ]
    indices = indices_de(filas, agregacion="por_conteo")
    assert indices.loc["linea", "avance"].to_dict() == {"L1": 1.0, "L2": 0.0}
    assert indices.loc[("plan", "PLAN"), "avance"] == pytest.approx(2 / 3)


def test_cada_nodo_cuenta_sus_metas_por_estado_y_lleva_los_dos_promedios():
    filas = [
        {"ejecutado_vigencia": 5.0, "ponderador": 3.0},
        {"ejecutado_vigencia": np.nan, "ponderador": 1.0},
        {"programado_vigencia": 0.0, "ejecutado_vigencia": np.nan, "ponderador": 4.0},
    ]
    linea = indices_de(filas).loc[("linea", "L1")]
    conteos = ["n_metas", "n_programadas", "n_reportadas", "n_sin_reporte", "n_devueltas"]
    assert linea[[*conteos, "n_no_programadas", "n_sobre_100"]].tolist() == [3, 2, 1, 1, 0, 1, 0]
    assert (linea["avance_simple"], linea["avance_ponderado"]) == (0.25, 0.375)


def test_la_linea_que_no_dice_su_peso_lleva_el_promedio_de_las_que_si():
    metas = pd.DataFrame({"ponderador": [np.nan] * 3, "ponderador_linea": [3.0, 1.0, np.nan]})
    lineas = Pesos.de_metas(metas).linea
    assert lineas is not None and lineas.tolist() == [3.0, 1.0, 2.0]


def test_el_nodo_lleva_el_nombre_que_le_da_su_primera_meta():
    filas = [
        {"ejecutado_vigencia": 1.0, "nombre_linea": "Progreso"},
        {"ejecutado_vigencia": 1.0, "nombre_linea": "progreso social"},
    ]
    assert indices_de(filas).loc[("linea", "L1"), "nombre"] == "Progreso"


def test_un_nivel_que_ninguna_meta_trae_no_tiene_participaciones():
    metas = metas_de([{"ejecutado_vigencia": 5.0}])
    niveles = calcular_participaciones(metas, metodo=Metodo())["nivel"]
    assert niveles.tolist() == ["plan", "linea"]
