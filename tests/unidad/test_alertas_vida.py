"""Vida de una alerta: nace, sigue, se agrava, se explica, queda sin verificar, se resuelve o vence."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
import yaml

import pipeline
from pipeline.alertas import calcular_alertas, comparar_alertas, historiar, respuestas_de
from pipeline.config import Umbrales
from pipeline.esquemas import crear_tabla, revisar_tabla
from pipeline.modelo import Corte, Periodo

REGLAS = yaml.safe_load(
    (Path(pipeline.__file__).parent / "recursos" / "alertas.yml").read_text(encoding="utf-8")
)
UMBRALES = Umbrales().model_dump()


def corte(nombre: str) -> Corte:
    vigencia, periodo = nombre.split("-")
    return Corte(vigencia=int(vigencia), periodo=Periodo(periodo))


def en_el_corte(nombre: str, ritmos: dict[str, float | None], respuestas: pd.DataFrame | None = None):
    """Las alertas de un corte en que cada meta va a ese ritmo; None es que no reportó."""
    cuando = corte(nombre)
    esperado = cuando.periodo.numero / 4
    filas = [
        {
            "vigencia": cuando.vigencia, "periodo": cuando.periodo.value, "codigo_meta": codigo,
            "nombre_meta": f"Meta {codigo}", "dependencia": "SEDU", "tipo_meta": "acumulado",
            "programado_vigencia": 100.0, "esperado": esperado, "cota_inferior": 0.0, "ritmo": None,
            "estado_reporte": "sin_reporte",
        }
        if ritmo is None
        else {
            "vigencia": cuando.vigencia, "periodo": cuando.periodo.value, "codigo_meta": codigo,
            "nombre_meta": f"Meta {codigo}", "dependencia": "SEDU", "tipo_meta": "acumulado",
            "programado_vigencia": 100.0, "ejecutado_vigencia": 100 * ritmo * esperado,
            "avance_crudo": ritmo * esperado, "avance": ritmo * esperado, "cota_inferior": ritmo * esperado,
            "esperado": esperado, "ritmo": ritmo, "estado_reporte": "reportada",
        }
        for codigo, ritmo in ritmos.items()
    ]  # fmt: skip
    tabla = calcular_alertas(
        crear_tabla("metas", filas), crear_tabla("indices"), crear_tabla("entregas"),
        corte=cuando, umbrales=UMBRALES, textos=REGLAS, respuestas=respuestas,
    )  # fmt: skip
    return cuando, tabla


def contar_la_historia(*cortes) -> tuple[pd.DataFrame, dict[str, list[tuple]]]:
    ultimas, historial = historiar([en_el_corte(*c) for c in cortes])
    revisar_tabla("alertas", ultimas)
    revisar_tabla("historial_alertas", historial)
    vidas = {}
    for codigo, filas in historial.groupby("codigo"):
        columnas = ("corte", "regla", "estado", "edad_cortes")
        vidas[codigo] = list(filas[list(columnas)].itertuples(index=False, name=None))
    return ultimas, vidas


def test_un_rezago_que_llega_a_critico_se_agrava_y_no_nace_otra_alerta():
    ultimas, vidas = contar_la_historia(
        ("2025-T1", {"M": 0.7}), ("2025-T2", {"M": 0.7}), ("2025-T3", {"M": 0.4})
    )
    assert vidas["M"] == [
        ("2025-T1", "ALE-04", "abierta", 1),
        ("2025-T2", "ALE-04", "continua", 2),  # la brecha pasó de 0,075 a 0,15: menos de diez puntos
        ("2025-T3", "ALE-03", "agravada", 3),
    ]
    assert ultimas["periodo_apertura"].tolist() == ["2025-T1"]
    assert ultimas["vence"].tolist() == ["2025-04-30"]  # el plazo es el del corte en que se abrió
    assert ultimas["es_vencida"].tolist() == [True]


def test_la_alerta_nueva_se_abre_en_su_corte_aunque_otras_vengan_de_antes():
    ultimas, _ = contar_la_historia(("2025-T1", {"A": 0.6}), ("2025-T2", {"A": 0.6, "B": 0.6}))
    assert ultimas.set_index("codigo")["periodo_apertura"].to_dict() == {"A": "2025-T1", "B": "2025-T2"}


def test_bajar_de_rezago_critico_a_rezago_no_es_agravarse_aunque_la_brecha_crezca():
    # brecha: 0,50 × 0,6 = 0,30 y luego 1 × 0,41 = 0,41, pero la de otra regla
    _, vidas = contar_la_historia(("2025-T2", {"M": 0.4}), ("2025-T4", {"M": 0.59}))
    assert [(v[1], v[2]) for v in vidas["M"]] == [("ALE-03", "abierta"), ("ALE-04", "continua")]


def test_la_brecha_que_crece_diez_puntos_agrava_la_misma_regla():
    _, vidas = contar_la_historia(("2025-T1", {"M": 0.74}), ("2025-T3", {"M": 0.74}))
    # brecha: 0,25 × 0,26 = 0,065 y luego 0,75 × 0,26 = 0,195
    assert [v[2] for v in vidas["M"]] == ["abierta", "agravada"]


def test_la_alerta_que_deja_de_cumplirse_se_resuelve_una_sola_vez_y_puede_volver_a_abrirse():
    ultimas, vidas = contar_la_historia(
        ("2025-T1", {"M": 0.6}), ("2025-T2", {"M": 1.0}), ("2025-T3", {"M": 1.0}), ("2025-T4", {"M": 0.6})
    )
    assert [(v[0], v[2], v[3]) for v in vidas["M"]] == [
        ("2025-T1", "abierta", 1), ("2025-T2", "resuelta", 1), ("2025-T4", "abierta", 1),
    ]  # fmt: skip
    assert ultimas["periodo_apertura"].tolist() == ["2025-T4"]


def test_dejar_de_reportar_no_resuelve_un_rezago():
    _, vidas = contar_la_historia(("2025-T1", {"M": 0.6}), ("2025-T2", {"M": None}), ("2025-T3", {"M": 0.6}))
    assert vidas["M"] == [
        ("2025-T1", "ALE-04", "abierta", 1),
        ("2025-T2", "ALE-01", "abierta", 1),
        ("2025-T2", "ALE-04", "sin_verificar", 2),
        ("2025-T3", "ALE-04", "agravada", 3),  # de 0,10 a 0,30 de brecha
        ("2025-T3", "ALE-01", "resuelta", 1),
    ]


def test_la_alerta_viva_al_cerrar_el_anio_que_el_siguiente_no_hereda_queda_no_resuelta():
    ultimas, vidas = contar_la_historia(
        ("2024-T4", {"A": 0.6, "B": 0.6, "C": 1.0}), ("2025-T1", {"A": 1.0, "B": 0.6, "C": 1.0})
    )
    assert vidas["A"] == [("2024-T4", "ALE-04", "no_resuelta", 1)]
    assert [(v[2], v[3]) for v in vidas["B"]] == [("abierta", 1), ("continua", 2)]
    assert "C" not in vidas
    assert ultimas["codigo"].tolist() == ["B"]


def test_calcular_con_las_anteriores_da_lo_mismo_que_historiar():
    cortes = [("2025-T1", {"A": 0.6, "B": 0.6}), ("2025-T2", {"A": 0.4, "B": 1.0})]
    por_historia, _ = historiar([en_el_corte(*c) for c in cortes])
    _, antes = en_el_corte(*cortes[0])
    cuando, ahora = en_el_corte(*cortes[1])
    from pipeline.alertas.vida import continuar, ordenar

    pd.testing.assert_frame_equal(por_historia, ordenar(continuar(ahora, antes, None, cuando)))


def test_repetir_la_historia_da_exactamente_lo_mismo():
    cortes = [("2025-T1", {"A": 0.6, "B": None}), ("2025-T2", {"A": None, "B": 0.3})]
    primera, segunda = (historiar([en_el_corte(*c) for c in cortes]) for _ in range(2))
    for una, otra in zip(primera, segunda, strict=True):
        pd.testing.assert_frame_equal(una, otra)


@pytest.fixture
def respondida() -> pd.DataFrame:
    registros = crear_tabla("registros_pi", [{"codigo_meta": "A", "vigencia": 2025}])
    registros = registros.assign(respuesta_alertas=[" El contrato se adjudicó el 2 de julio. "])
    return respuestas_de(registros, corte=corte("2025-T2"))


def test_la_respuesta_de_la_dependencia_explica_sus_alertas_y_no_las_de_otra_meta(respondida):
    _, alertas = en_el_corte("2025-T2", {"A": 0.6, "B": 0.6}, respondida)
    vistas = alertas.set_index("codigo")
    assert vistas["estado"].to_dict() == {"A": "explicada", "B": "abierta"}
    assert vistas.loc["A", "respuesta"] == "El contrato se adjudicó el 2 de julio."
    assert pd.isna(vistas.loc["B", "respuesta"])


def test_una_explicacion_no_tapa_que_la_alerta_se_agravo(respondida):
    _, vidas = contar_la_historia(("2025-T1", {"A": 0.6}), ("2025-T2", {"A": 0.3}, respondida))
    assert [v[2] for v in vidas["A"]] == ["abierta", "agravada"]


def test_la_observacion_no_es_una_respuesta():
    registros = crear_tabla(
        "registros_pi", [{"codigo_meta": "A", "vigencia": 2025, "observacion": "Se avanzó en la obra"}]
    )
    assert respuestas_de(registros, corte=corte("2025-T2")).empty


def comparadas(antes, ahora, *, otra_vigencia: bool = False) -> dict[str, str]:
    """El cambio de cada meta entre dos cortes contados uno tras otro."""
    anterior, _ = historiar([antes])
    posterior, _ = historiar([antes, ahora])
    juntas = comparar_alertas(anterior, posterior, otra_vigencia=otra_vigencia)
    return dict(zip(juntas["id_alerta"], juntas["cambio"], strict=True))


def test_comparar_dos_cortes_cuenta_las_mismas_nuevas_y_resueltas_que_la_tabla_de_alertas():
    # A pasa de rezago (ALE-04) a rezago crítico (ALE-03): es la misma, agravada. B se pone al día. C nace.
    antes = en_el_corte("2025-T1", {"A": 0.6, "B": 0.6, "C": 1.0})
    ahora = en_el_corte("2025-T2", {"A": 0.3, "B": 1.0, "C": 0.6})
    assert comparadas(antes, ahora) == {"ALE-03:A": "continua", "ALE-04:B": "resuelta", "ALE-04:C": "nueva"}


def test_la_que_vivia_al_cerrar_la_vigencia_y_la_otra_no_hereda_no_se_llama_resuelta():
    antes = en_el_corte("2024-T4", {"A": 0.6, "B": 0.6})
    ahora = en_el_corte("2025-T1", {"A": 0.6, "B": 1.0})
    assert comparadas(antes, ahora, otra_vigencia=True) == {"ALE-04:A": "continua", "ALE-04:B": "no_resuelta"}
    # Igual si el corte viejo se lee del historial, que ya la llama así.
    _, historial = historiar([antes, ahora])
    viejas = historial[historial["corte"] == "2024-T4"]
    juntas = comparar_alertas(viejas, ahora[1], otra_vigencia=True)
    assert juntas["cambio"].tolist() == ["continua", "no_resuelta"]
