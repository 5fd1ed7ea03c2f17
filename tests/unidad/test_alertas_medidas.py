"""Las medidas que salen de otras tablas: historia, dinero, proyección, actividades y calidad."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pipeline.alertas.medidas import Contraste, medir_actividades, medir_entregas, medir_metas
from pipeline.esquemas import crear_tabla
from pipeline.indices import calcular_indices_pa
from pipeline.modelo import Corte, Metodo, Periodo

CORTE = Corte(vigencia=2025, periodo=Periodo.T3)
BRECHAS = [{"hasta": 0.6, "tolerada": 0.5}, {"hasta": 0.7, "tolerada": 0.4}, {"hasta": 1.0, "tolerada": 0.1}]


def medir(meta: dict, **contraste) -> pd.Series:
    normal = {
        "vigencia": 2025, "periodo": "T3", "codigo_meta": "M", "estado_reporte": "reportada",
        "tipo_meta": "acumulado", "ejecutado_vigencia": 30.0,
    }  # fmt: skip
    metas = crear_tabla("metas", [{**normal, **meta}])
    return medir_metas(metas, Contraste(**contraste), corte=CORTE, brechas=BRECHAS).iloc[0]


def serie(*cortes: tuple[str, float | None, str]) -> pd.DataFrame:
    filas = [
        {"codigo_meta": "M", "corte": c, "ejecutado_vigencia": e, "estado_reporte": s} for c, e, s in cortes
    ]
    return pd.DataFrame(filas).astype({"ejecutado_vigencia": "float64"})


def test_el_valor_anterior_es_el_ultimo_conocido_de_la_misma_vigencia():
    anteriores = serie(
        ("2024-T4", 90, "reportada"), ("2025-T1", 40, "reportada"), ("2025-T2", None, "sin_reporte")
    )
    medidas = medir({}, series=anteriores)
    assert (medidas["ejecutado_anterior"], medidas["corte_anterior"]) == (40, "2025-T1")
    solo_otra_vigencia = medir({}, series=serie(("2024-T4", 90, "reportada")))
    assert np.isnan(solo_otra_vigencia["ejecutado_anterior"])


@pytest.mark.parametrize(
    ("cortes", "actual", "esperado"),
    [
        ([("2025-T2", None, "sin_reporte")], "sin_reporte", 2),
        ([("2025-T2", None, "devuelta"), ("2025-T1", None, "sin_reporte")], "sin_reporte", 3),
        ([("2025-T2", 5, "reportada"), ("2025-T1", None, "sin_reporte")], "sin_reporte", 1),
        ([("2025-T2", None, "sin_reporte")], "reportada", 0),
        # La racha pasa de una vigencia a otra, y el corte en que no se programó no la corta ni la alarga.
        ([("2025-T2", None, "no_programada"), ("2024-T4", None, "sin_reporte")], "sin_reporte", 2),
    ],
)
def test_cortes_seguidos_sin_reporte(cortes, actual, esperado):
    sin_dato = {"estado_reporte": actual, "ejecutado_vigencia": 1.0 if actual == "reportada" else np.nan}
    assert medir(sin_dato, series=serie(*cortes))["cortes_sin_reporte"] == esperado


def test_cortes_con_el_mismo_valor_se_cuentan_dentro_de_la_vigencia():
    iguales = serie(("2024-T4", 30, "reportada"), ("2025-T1", 30, "reportada"), ("2025-T2", 30, "reportada"))
    assert medir({}, series=iguales)["cortes_sin_cambio"] == 3
    cambio = serie(("2025-T1", 30, "reportada"), ("2025-T2", 29, "reportada"))
    assert medir({}, series=cambio)["cortes_sin_cambio"] == 1


def test_sin_series_no_hay_historia_y_no_es_cero():
    for series in (None, pd.DataFrame()):
        medidas = medir({}, series=series)
        assert medidas[["ejecutado_anterior", "cortes_sin_reporte", "cortes_sin_cambio"]].isna().all()


def test_lo_posterior_al_corte_no_cuenta():
    medidas = medir({}, series=serie(("2025-T4", 30, "reportada"), ("2026-T1", 30, "reportada")))
    assert np.isnan(medidas["ejecutado_anterior"])
    assert medidas["cortes_sin_cambio"] == 1


@pytest.mark.parametrize(
    ("financiera", "tolerada"), [(0.1, 0.5), (0.6, 0.4), (0.69, 0.4), (0.7, 0.1), (1.0, 0.1), (1.3, 0.1)]
)
def test_la_brecha_tolerada_depende_de_la_ejecucion_financiera(financiera, tolerada):
    assert medir({"ejecucion_financiera": financiera})["brecha_tolerada"] == tolerada


def test_el_gasto_del_poai_reemplaza_al_del_libro_y_donde_falta_queda_el_del_libro():
    poai = crear_tabla(
        "indices_poai",
        [
            {"nivel": "meta", "codigo": "M", "apropiacion_definitiva_cop": 200.0, "compromisos_cop": 50.0,
             "razon_compromisos": 0.25},
            {"nivel": "total", "codigo": "", "compromisos_cop": 9.0},
        ],
    )  # fmt: skip
    meta = {"apropiacion_definitiva_cop": 100.0, "compromisos_cop": 90.0, "cdp_cop": 100.0}
    medidas = medir({**meta, "recursos_programados_cop": 400.0}, indices_poai=poai)
    assert medidas["razon_compromisos"] == 0.25
    assert medidas["razon_cdp_libre"] == 0.5
    assert medidas["razon_poai"] == 0.5
    assert medir(meta)["razon_compromisos"] == 0.9


def test_sin_denominador_la_razon_queda_vacia():
    medidas = medir({"apropiacion_definitiva_cop": 0.0, "compromisos_cop": 0.0, "pagos_cop": 5.0})
    assert medidas[["razon_compromisos", "razon_pagos", "razon_reservas", "razon_poai"]].isna().all()


def test_las_actividades_de_varios_proyectos_pesan_como_en_el_indice_publicado():
    """Proyecto 1: 1,0; proyecto 2: (0,2 + 0,4) / 2 = 0,3; del proyecto 3 no hay reporte."""
    comun = {"codigo_meta": "M", "estado_reporte": "reportada", "es_vencida": False}
    actividades = crear_tabla(
        "actividades",
        [
            comun | {"id_actividad": "1", "bpin": "1", "ponderacion": 1.0, "indice_fisico": 1.0},
            comun | {"id_actividad": "2", "bpin": "2", "ponderacion": 2.0, "indice_fisico": 0.2},
            comun | {"id_actividad": "3", "bpin": "2", "ponderacion": 2.0, "indice_fisico": 0.4},
            comun | {"id_actividad": "4", "bpin": "3", "estado_reporte": "sin_reporte"},
        ],
    )
    indices = calcular_indices_pa(actividades, metodo=Metodo(sin_reporte="excluir"))
    medidas = medir({}, indices_pa=indices)
    assert medidas["indice_actividades"] == pytest.approx(0.65)  # juntas promediaban 2,2 / 5 = 0,44
    assert medidas["maximo_actividades"] == pytest.approx((1 + 0.3 + 1) / 3)
    assert medidas["n_actividades"] == 3


@pytest.mark.parametrize(
    ("ponderaciones", "promedio"),
    [
        ((0.5, 0.5, 0.0), 1.0),  # la que pesa 0 no cuenta
        ((0.5, 0.5, None), 2 / 3),  # la que no lo dice pesa el promedio de las otras: 0,5
        ((None, None, None), 2 / 3),
        ((0.0, 0.0, 0.0), 2 / 3),  # si ninguna pesa, pesan igual
        ((0.6, 0.2, 0.2), 0.8),
    ],
)
def test_el_promedio_de_las_actividades_de_una_meta_es_el_de_los_indices(ponderaciones, promedio):
    comun = {"codigo_meta": "M", "bpin": "9", "estado_reporte": "reportada", "es_vencida": False}
    actividades = crear_tabla(
        "actividades",
        [
            {**comun, "id_actividad": str(n), "indice_fisico": indice, "ponderacion": peso}
            for n, (indice, peso) in enumerate(zip((1.0, 1.0, 0.0), ponderaciones, strict=True))
        ],
    )
    indices = calcular_indices_pa(actividades, metodo=Metodo())
    de_la_meta = indices.loc[indices["nivel"] == "meta", "indice_fisico"].item()
    assert de_la_meta == pytest.approx(promedio)
    assert medir({}, indices_pa=indices)["indice_actividades"] == pytest.approx(promedio)


def test_la_falta_de_soportes_solo_se_mira_en_libros_que_traen_alguno():
    fila = {"codigo_meta": "M", "vigencia": 2025, "sha256": "a"}
    otra = {**fila, "codigo_meta": "N", "evidencia": "Acta"}
    assert medir({}, registros=crear_tabla("registros_pi", [fila, otra]))["cita_evidencia"] == 0
    assert np.isnan(medir({}, registros=crear_tabla("registros_pi", [fila]))["cita_evidencia"])


def test_la_celda_que_sustenta_la_alerta_es_la_del_ejecutado_de_la_vigencia():
    insumos = crear_tabla(
        "insumos",
        [
            {"codigo_meta": "M", "medida": "avance", "campo": c, "vigencia": v, "valor": 1, "celda": celda}
            for c, v, celda in (
                ("programado_vigencia", 2025, "A1"),
                ("ejecutado_vigencia", 2024, "B1"),
                ("ejecutado_vigencia", 2025, "C1"),
            )
        ],
    )
    assert medir({}, insumos=insumos)["celda"] == "C1"


@pytest.mark.parametrize(
    ("apropiado", "cierre", "cuatrienio", "maximo", "faltas"),
    [
        (100.0, 0.7, 0.4, 0.9, [0.75, 0.0, 0.3, 0.6, 0.1]),
        (600.0, 1.2, 1.1, 1.0, [0.0, 0.5, 0.0, 0.0, 0.0]),  # lo que sobra no es una falta negativa
    ],
)
def test_lo_que_falta_es_la_distancia_a_cumplir(apropiado, cierre, cuatrienio, maximo, faltas):
    proyecciones = crear_tabla(
        "proyecciones",
        [{"codigo_meta": "M", "base": "historia", "cierre_vigencia": cierre,
          "cierre_cuatrienio": cuatrienio, "maximo_cuatrienio": maximo}],
    )  # fmt: skip
    dinero = {"recursos_programados_cop": 400.0, "apropiacion_definitiva_cop": apropiado}
    medidas = medir(dinero, proyecciones=proyecciones)
    campos = ["falta_de_recursos", "exceso_de_recursos", "falta_al_cierre", "falta_al_cuatrienio"]
    assert medidas[[*campos, "falta_del_programa"]].tolist() == pytest.approx(faltas)
    assert medidas["certeza_proyeccion"] == 0.9


def test_las_reservas_son_lo_comprometido_sin_obligar_sobre_lo_apropiado():
    medidas = medir({"apropiacion_definitiva_cop": 100.0, "compromisos_cop": 80.0, "obligaciones_cop": 30.0})
    assert (medidas["reservas_cop"], medidas["razon_reservas"]) == (50.0, 0.5)


def test_lo_que_falta_comprometer_es_la_parte_de_lo_apropiado_sin_comprometer():
    dinero = {"apropiacion_definitiva_cop": 100.0}
    assert medir({**dinero, "compromisos_cop": 40.0})["sin_comprometer"] == pytest.approx(0.6)
    assert medir({**dinero, "compromisos_cop": 120.0})["sin_comprometer"] == 0.0


def test_lo_que_falta_pagar_es_la_parte_de_lo_obligado_sin_pagar():
    assert medir({"obligaciones_cop": 100.0, "pagos_cop": 30.0})["sin_pagar"] == pytest.approx(0.7)
    assert medir({"obligaciones_cop": 100.0, "pagos_cop": 120.0})["sin_pagar"] == 0.0


def test_las_reglas_de_calidad_de_una_meta_van_en_orden_y_sin_repetir():
    hallazgos = pd.DataFrame({"codigo_meta": "M", "regla": ["PI-18", "PI-02", "PI-18", "LIM-05"]})
    assert medir({}, hallazgos=hallazgos)["reglas_de_calidad"] == "LIM-05 PI-02 PI-18"


def test_la_meta_no_programada_no_pesa_y_la_que_no_dice_su_peso_lleva_el_promedio():
    filas = [("M1", 0.5, "reportada"), ("M2", None, "sin_reporte"), ("M3", 0.25, "no_programada")]
    metas = crear_tabla(
        "metas",
        [{"vigencia": 2025, "periodo": "T3", "codigo_meta": c, "ponderador": p, "estado_reporte": e}
         for c, p, e in filas],
    )  # fmt: skip
    medidas = medir_metas(metas, Contraste(), corte=CORTE, brechas=BRECHAS)
    assert medidas["peso"].tolist() == pytest.approx([4 / 7, 3 / 7, 0.0])  # 0,5 y 0,375 de 0,875


def test_a_una_actividad_le_falta_lo_que_no_ha_ejecutado_y_pesa_su_parte_de_la_meta():
    metas = pd.DataFrame({"codigo_meta": ["M"], "peso": [0.5]})
    comun = {"codigo_meta": "M", "es_vencida": False, "sha256": "a"}
    actividades = crear_tabla(
        "actividades",
        [
            comun | {"id_actividad": "1", "indice_fisico": 0.25, "esperado": 0.75},
            comun | {"id_actividad": "2", "indice_fisico": 1.0, "esperado": 0.75},
        ],
    )
    medidas = medir_actividades(actividades, metas, corte=CORTE)
    assert medidas[["por_ejecutar", "falta", "peso"]].to_numpy().tolist() == [
        [0.75, 0.5, 0.25],
        [0.0, 0.0, 0.25],
    ]


def test_una_entrega_sin_nombre_toma_el_de_su_dependencia_en_los_indices():
    entregas = pd.DataFrame(
        {"dependencia": ["SEDU", "SINF"], "instrumento": "pi", "version": 1, "nombre_dependencia": None}
    )
    indices = pd.DataFrame(
        {"nivel": ["linea", "dependencia"], "codigo": ["SEDU", "SEDU"], "nombre": ["Social", "Educación"]}
    )
    columnas = ["estado_reporte", "peso", "esperado", "dependencia"]
    medidas = medir_entregas(entregas, indices, pd.DataFrame(columns=columnas))
    assert medidas["nombre_dependencia"].tolist() == ["Educación", "SINF"]
