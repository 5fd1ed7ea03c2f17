"""Alertas tempranas: cada regla con un caso que la dispara y otro que no."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

import pipeline
from pipeline.alertas import calcular_alertas, combinar_reglas, comprobar_ejemplos
from pipeline.alertas.condiciones import cumplen
from pipeline.alertas.redaccion import datos_de_fila, oracion
from pipeline.config import Umbrales
from pipeline.errores import ErrorConfiguracion
from pipeline.esquemas import crear_tabla
from pipeline.indices import calcular_indices_poai
from pipeline.modelo import Corte, Periodo

REGLAS = yaml.safe_load(
    (Path(pipeline.__file__).parent / "recursos" / "alertas.yml").read_text(encoding="utf-8")
)
CORTE = Corte(vigencia=2025, periodo=Periodo.T2)
UMBRALES = Umbrales().model_dump()


def meta(codigo: str = "M1", **cambios) -> dict:
    """Una meta reportada que va como se esperaba: no dispara ninguna regla."""
    normal = {
        "vigencia": 2025, "periodo": "T2", "codigo_meta": codigo, "nombre_meta": f"Meta {codigo}",
        "dependencia": "SEDU", "nombre_dependencia": "Secretaría de Educación", "unidad": "aulas",
        "programado_vigencia": 10.0, "ejecutado_vigencia": 5.0, "avance_crudo": 0.5, "avance": 0.5,
        "cota_inferior": 0.5, "cota_superior": 0.5, "esperado": 0.5, "ritmo": 1.0,
        "obligaciones_cop": 40.0, "ejecucion_financiera": 0.4, "estado_reporte": "reportada",
    }  # fmt: skip
    return {**normal, **cambios}


def alertar(*metas: dict, entregas=(), **opciones) -> pd.DataFrame:
    return calcular_alertas(
        crear_tabla("metas", metas),
        crear_tabla("indices"),
        crear_tabla("entregas", entregas),
        corte=CORTE,
        umbrales=UMBRALES,
        textos=opciones.pop("textos", REGLAS),
        **opciones,
    )


SIN_REPORTE = {
    "estado_reporte": "sin_reporte", "ejecutado_vigencia": np.nan, "avance": np.nan, "avance_crudo": np.nan,
    "ritmo": np.nan, "cota_inferior": 0.0, "cota_superior": 1.0, "obligaciones_cop": np.nan,
    "ejecucion_financiera": np.nan,
}  # fmt: skip
DISPARAN = {
    "ALE-01": SIN_REPORTE,
    "ALE-02": {**SIN_REPORTE, "estado_reporte": "devuelta"},
    "ALE-03": {"avance": 0.24, "avance_crudo": 0.24, "ritmo": 0.48},
    "ALE-04": {"avance": 0.3, "avance_crudo": 0.3, "ritmo": 0.6},
    "ALE-05": {"ejecutado_vigencia": 12.1, "avance_crudo": 1.21, "avance": 1.0, "ritmo": 2.0},
    "ALE-06": {
        "estado_reporte": "no_programada",
        "programado_vigencia": 0.0,
        "avance": np.nan,
        "ritmo": np.nan,
    },
    "ALE-07": {"ejecutado_vigencia": 0.0, "avance": 0.0, "avance_crudo": 0.0, "ritmo": 0.0},
    "ALE-08": {"obligaciones_cop": 0.0, "ejecucion_financiera": 0.0},
}
EN_EL_LIMITE = {
    "ALE-03": {"ritmo": 0.5},
    "ALE-04": {"ritmo": 0.75},
    "ALE-05": {"avance_crudo": 1.2},
    "ALE-06": {"estado_reporte": "no_programada", "ejecutado_vigencia": 0.0},
    "ALE-07": {"avance": 0.0, "ejecucion_financiera": 0.30},
    "ALE-08": {"avance": 0.10, "obligaciones_cop": 0.0},
}


def test_una_meta_que_va_como_se_esperaba_no_tiene_alertas():
    assert alertar(meta()).empty


@pytest.mark.parametrize("regla", DISPARAN)
def test_la_regla_dispara_sola_con_su_caso(regla):
    alertas = alertar(meta(**DISPARAN[regla]))
    acompanan = {"ALE-07": ["ALE-12:M1"]}  # no hay avance, y además se gastó
    assert alertas["id_alerta"].tolist() == [f"{regla}:M1", *acompanan.get(regla, [])]
    assert "{" not in alertas["evidencia"].iloc[0]
    assert "s. d." not in alertas["evidencia"].iloc[0]


@pytest.mark.parametrize("regla", EN_EL_LIMITE)
def test_la_regla_no_dispara_en_el_limite(regla):
    assert f"{regla}:M1" not in alertar(meta(**EN_EL_LIMITE[regla]))["id_alerta"].tolist()


def test_obligaciones_vacias_no_son_obligaciones_en_cero():
    assert alertar(meta(obligaciones_cop=np.nan, ejecucion_financiera=np.nan)).empty


def dinero_del_poai(definitiva: float | None, obligaciones: float | None) -> pd.DataFrame:
    """La meta M1 con dos rubros: uno apropia 70 y obliga 0; del otro se sabe lo que se diga."""
    rubros = [
        {"codigo_meta": "M1", "vigencia": 2025, "archivo": "a.xlsx", "sha256": "a", "hoja": "POAI",
         "fila": fila, "apropiacion_definitiva_cop": apropiado, "obligaciones_cop": obligado}
        for fila, apropiado, obligado in ((8, 70.0, 0.0), (9, definitiva, obligaciones))
    ]  # fmt: skip
    return calcular_indices_poai(crear_tabla("registros_poai", rubros), crear_tabla("plan"), {})


@pytest.mark.parametrize(
    ("definitiva", "recursos", "reglas"),
    [
        (5.0, 100.0, ["ALE-27"]),  # 75 de 100: menos de 80 %
        (None, 100.0, []),  # lo que falta puede completarlos: no se sabe si no llega
        (None, 50.0, ["ALE-28"]),  # 70 de 50 ya pasa de 120 %, valga lo que valga el otro
        (0.0, 100.0, ["ALE-27"]),  # cero sí es un dato
    ],
)
def test_un_rubro_sin_apropiacion_no_cuenta_como_cero_contra_lo_programado(definitiva, recursos, reglas):
    alertas = alertar(meta(recursos_programados_cop=recursos), indices_poai=dinero_del_poai(definitiva, 9.0))
    assert alertas["regla"].tolist() == reglas
    if reglas == ["ALE-28"]:
        assert alertas["evidencia"].item() == (
            "Apropiado $ 70 y programado en el plan $ 50: 140,0 %, más de 120 %. A 1 rubro del POAI le falta "
            "la apropiación; lo que falta no se toma por cero."
        )


@pytest.mark.parametrize(("obligaciones", "reglas"), [(0.0, ["ALE-08"]), (None, [])])
def test_un_rubro_sin_obligaciones_no_las_deja_en_cero(obligaciones, reglas):
    alertas = alertar(meta(), indices_poai=dinero_del_poai(30.0, obligaciones))
    assert alertas["regla"].tolist() == reglas


def test_la_evidencia_trae_las_cifras():
    alerta = alertar(meta(**DISPARAN["ALE-03"])).iloc[0]
    assert alerta["evidencia"] == (
        "Avanzó 24,0 % y se esperaba 50,0 % al corte: 48,0 % de lo esperado, menos de 50 %."
    )
    assert alerta["responsable"] == "Gerente de la meta en Secretaría de Educación"
    assert alerta["vence"] == "2025-07-20"  # 30 de junio y 20 días
    assert (alerta["estado"], alerta["periodo_apertura"]) == ("abierta", "2025-T2")


@pytest.mark.parametrize(("fisico", "dicho"), [(None, "no tiene avance reportado."), (0.45, "va en 45,0 %.")])
def test_una_actividad_vencida_sin_reporte_no_dice_que_va_en_sin_dato(fisico: float | None, dicho: str):
    """Decía «va en s. d..», que ni se entiende ni se puntúa así."""
    plantilla = next(r["evidencia"] for r in REGLAS["reglas"] if r["id"] == "ALE-25")
    datos = datos_de_fila({"fecha_fin": "2025-05-24", "indice_fisico": fisico}, CORTE, None)
    assert oracion(plantilla, datos, "ALE-25") == f"Debía terminar el 24 de mayo de 2025 y {dicho}"


def test_el_tipo_de_meta_se_escribe_con_sus_tildes_en_la_evidencia():
    datos = datos_de_fila({"tipo_meta": "reduccion_anual", "tipo_inferido": "reduccion"}, CORTE, None)
    assert oracion("{tipo}; {sugerencia}", datos, "X") == "reducción anual; el patrón sugiere «reducción»"


@pytest.mark.parametrize(
    ("regla", "observacion", "severidad"),
    [
        ("ALE-08", "Se hizo por GESTIÓN de la Secretaría", "baja"),
        ("ALE-08", "Recibimos una donación", "baja"),
        ("ALE-08", "Sin costo para el municipio", "baja"),
        ("ALE-08", "Se avanzó en la obra", "media"),
        ("ALE-08", None, "media"),
        ("ALE-07", "En licitación desde mayo", "baja"),
        ("ALE-07", "Pendiente", "alta"),
    ],
)
def test_la_observacion_que_lo_explica_atenua_la_severidad(regla, observacion, severidad):
    alertas = alertar(meta(**DISPARAN[regla], observacion=observacion))
    assert alertas.set_index("regla").loc[regla, "severidad"] == severidad


def entrega(**cambios) -> dict:
    normal = {
        "vigencia": 2025, "periodo": "T2", "instrumento": "pi", "dependencia": "SEDU",
        "nombre_dependencia": "Secretaría de Educación", "version": 1, "vence": "2025-07-14",
        "estado": "aceptada", "oportunidad": "a_tiempo", "n_bloquea": 0,
    }  # fmt: skip
    return {**normal, **cambios}


def test_libro_aceptado_no_alerta():
    assert alertar(meta(), entregas=[entrega()]).empty


def test_libro_no_entregado_alerta_a_la_dependencia():
    alertas = alertar(meta(), entregas=[entrega(version=0, estado="no_entregada", n_bloquea=None)])
    assert alertas["id_alerta"].tolist() == ["ALE-09:SEDU"]
    assert alertas["evidencia"].iloc[0] == (
        "Secretaría de Educación no ha entregado el libro del corte (Plan Indicativo); vencía el 14 de "
        "julio de 2025. Afecta 1 meta programada."
    )


def test_el_plazo_del_libro_que_falta_es_el_de_su_entrega_aunque_la_alerta_venga_de_antes():
    # El libro de T1 se devolvió: esa alerta vencía 15 días después de marzo. El de T2 no ha llegado.
    antes = alertar(meta(), entregas=[entrega(estado="devuelta", n_bloquea=4)]).assign(vence="2025-04-15")
    falta = entrega(version=0, estado="no_entregada", n_bloquea=None)
    ahora = alertar(meta(), entregas=[falta], anteriores=antes)
    assert ahora[["regla", "estado", "vence"]].to_numpy().tolist() == [["ALE-09", "continua", "2025-07-14"]]
    assert not ahora["es_vencida"].iloc[0]
    devuelta = alertar(meta(), entregas=[entrega(estado="devuelta", n_bloquea=4)], anteriores=ahora)
    assert devuelta["vence"].tolist() == [
        "2025-07-15"
    ]  # 15 días desde el 30 de junio: no hereda la del libro
    sin_fecha = alertar(meta(), entregas=[falta | {"vence": None}])
    assert sin_fecha["vence"].tolist() == ["2025-07-15"]
    otras = {
        **REGLAS,
        "reglas": [r | {"plazo_de": "limite"} for r in REGLAS["reglas"] if r["id"] == "ALE-09"],
    }
    with pytest.raises(ErrorConfiguracion, match="toma su plazo de «limite»"):
        alertar(meta(), entregas=[falta], textos=otras)


@pytest.mark.parametrize("estado", ["devuelta", "ilegible"])
def test_libro_devuelto_o_ilegible_alerta(estado):
    alertas = alertar(meta(), entregas=[entrega(estado=estado, n_bloquea=4)])
    assert alertas["id_alerta"].tolist() == ["ALE-10:SEDU"]
    assert "4 hallazgos que bloquean" in alertas["evidencia"].iloc[0]


def test_cuenta_la_ultima_version_del_libro():
    entregas = [entrega(estado="devuelta"), entrega(version=2)]
    assert alertar(meta(), entregas=entregas).empty


def test_el_orden_es_severidad_y_luego_peso_por_brecha():
    alertas = alertar(
        meta("A", **DISPARAN["ALE-04"], ponderador=50.0),
        meta("B", **{**DISPARAN["ALE-03"], "cota_inferior": 0.24}, ponderador=1.0),
        meta("C", **{**DISPARAN["ALE-03"], "cota_inferior": 0.24}, ponderador=2.0),
    )
    assert alertas["id_alerta"].tolist() == ["ALE-03:C", "ALE-03:B", "ALE-04:A"]


def test_una_alerta_que_sigue_conserva_su_apertura_y_la_que_cesa_queda_resuelta():
    antes = alertar(meta("A", **DISPARAN["ALE-03"]), meta("B", **DISPARAN["ALE-04"]))
    antes = antes.assign(periodo_apertura="2025-T1")
    ahora = alertar(meta("A", **DISPARAN["ALE-03"]), meta("B"), anteriores=antes).set_index("id_alerta")
    assert ahora["estado"].to_dict() == {"ALE-03:A": "continua", "ALE-04:B": "resuelta"}
    assert ahora["periodo_apertura"].unique().tolist() == ["2025-T1"]


def test_regla_con_una_medida_o_un_umbral_que_no_existe_se_dice():
    primera = REGLAS["reglas"][0]
    for condicion, dicho in (("ritmp < 1", "¿Quiso decir «ritmo»"), ("ritmo < umbral.rezagp", "rezago")):
        with pytest.raises(ErrorConfiguracion, match=dicho):
            alertar(meta(), textos={**REGLAS, "reglas": [{**primera, "cuando": [condicion]}]})


def test_regla_con_una_clave_una_tabla_o_un_dato_que_no_existe_se_dice():
    primera = REGLAS["reglas"][0]
    for cambio, dicho in (
        ({"severidat": "alta"}, "severidad"),
        ({"tablas": ["metas_"]}, "metas_"),
        ({"evidencia": "{avanse}", "cuando": ["estado_reporte = reportada"]}, "avance"),
        ({"cuando": ["ritmo menor 3"]}, "no se entiende"),
    ):
        with pytest.raises(ErrorConfiguracion, match=dicho):
            alertar(meta(), textos={**REGLAS, "reglas": [{**primera, **cambio}]})


def test_la_entidad_cambia_apaga_y_agrega_reglas_por_su_id():
    propias = {
        "reglas": [
            {"id": "ALE-04", "severidad": "alta"},
            {"id": "ALE-08", "apagada": True},
            {**REGLAS["reglas"][0], "id": "PRO-01", "familia": "PRO-01", "cuando": ["ritmo >= 1"]},
        ]
    }
    textos = combinar_reglas(REGLAS, propias)
    assert len(textos["reglas"]) == len(REGLAS["reglas"])
    casos = [meta("A", **DISPARAN["ALE-04"]), meta("B", **DISPARAN["ALE-08"])]
    alertas = alertar(*casos, textos=textos).set_index("id_alerta")["severidad"]
    assert alertas.to_dict() == {"ALE-04:A": "alta", "PRO-01:B": "media"}
    with pytest.raises(ErrorConfiguracion, match="severidad"):
        combinar_reglas(REGLAS, {"reglas": [{"id": "ALE-04", "severidat": "alta"}]})


def test_la_persona_que_dice_la_configuracion_va_adelante():
    alertas = alertar(meta(**DISPARAN["ALE-04"]), responsables={"SEDU": "Ana Ruiz", "SSAL": ""})
    assert alertas["responsable"].tolist() == ["Ana Ruiz · Gerente de la meta en Secretaría de Educación"]


def test_los_ejemplos_de_cada_regla_hacen_lo_que_dicen():
    assert comprobar_ejemplos(REGLAS, UMBRALES) == []


def test_un_ejemplo_que_miente_se_descubre_en_los_dos_sentidos():
    primera = REGLAS["reglas"][0]
    ejemplos = {"pasa": primera["ejemplos"]["falla"], "falla": primera["ejemplos"]["pasa"][:1]}
    textos = {**REGLAS, "reglas": [{**primera, "ejemplos": ejemplos}]}
    assert comprobar_ejemplos(textos, UMBRALES) == [
        "ALE-01: ejemplo 1 que pasa: alerta",
        "ALE-01: ejemplo 1 que falla: no alerta",
    ]


def test_cada_regla_dice_su_condicion_su_fuente_y_su_responsable():
    for regla in REGLAS["reglas"]:
        assert {"id", "nombre", "condicion", "fuente", "responsable", "plazo_dias"} <= set(regla)
    assert len({r["id"] for r in REGLAS["reglas"]}) == len(REGLAS["reglas"])


def test_una_dependencia_sin_enlace_alerta_con_lo_que_le_falta_y_sin_lista_de_enlaces_ninguna():
    entrega = {"instrumento": "pi", "dependencia": "SEDU", "version": 1, "estado": "aceptada"}
    enlaces = pd.DataFrame(
        {"dependencia": ["SEDU", "SSAL"], "falta_enlace": ["el último terminó el 31 de mayo de 2025", ""]}
    )
    (hallada,) = alertar(meta(), entregas=[entrega], enlaces=enlaces).to_dict("records")
    assert (hallada["id_alerta"], hallada["nivel"]) == ("ALE-33:SEDU", "dependencia")
    assert hallada["evidencia"] == (
        "SEDU no tiene un enlace vigente al cierre del corte: el último terminó el 31 de mayo de 2025. "
        "Afecta 1 meta programada."
    )
    assert hallada["archivo"] == "enlaces.csv"
    assert hallada["impacto"] == pytest.approx(0.2)  # todo el peso del plan por una certeza de 0,2
    assert alertar(meta(), entregas=[entrega]).empty


def test_una_palabra_se_busca_entera_y_lo_vacio_no_la_incluye():
    tabla = pd.DataFrame({"reglas_de_calidad": ["PI-02 PI-18", "PI-180", None]})
    assert cumplen(tabla, ["reglas_de_calidad incluye PI-18"], {}).tolist() == [True, False, False]
    assert cumplen(tabla, ["reglas_de_calidad excluye PI-18"], {}).tolist() == [False, True, True]


def test_lo_que_solo_difiere_en_el_ultimo_decimal_es_igual_en_pesos_y_en_razones():
    tabla = pd.DataFrame({"pesos": [1e9 + 0.5, 1e9 + 2.0], "razon": [5e-10, 1e-6]})
    assert cumplen(tabla, ["pesos > 1000000000"], {}).tolist() == [False, True]
    assert cumplen(tabla, ["razon > 0"], {}).tolist() == [False, True]


def test_el_gasto_de_una_dependencia_en_el_poai_tambien_alerta():
    poai = crear_tabla(
        "indices_poai",
        [{"nivel": "dependencia", "codigo": "SINF", "apropiacion_definitiva_cop": 100.0, "cdp_cop": 100.0,
          "compromisos_cop": 60.0, "obligaciones_cop": 60.0, "pagos_cop": 60.0, "cdp_libre_cop": 40.0,
          "razon_compromisos": 0.6, "razon_cdp_libre": 0.4, "razon_pagado": 1.0, "razon_reservas": 0.0}],
    )  # fmt: skip
    alertas = calcular_alertas(
        crear_tabla("metas", [meta(periodo="T3")]), crear_tabla("indices"), crear_tabla("entregas"),
        corte=Corte(vigencia=2025, periodo=Periodo.T3), umbrales=UMBRALES, textos=REGLAS, indices_poai=poai,
    )  # fmt: skip
    libre = alertas[alertas["regla"] == "ALE-21"].iloc[0]
    assert (libre["nivel"], libre["codigo"], libre["nombre"]) == ("dependencia", "SINF", "SINF")
    assert (libre["brecha"], libre["peso"]) == (pytest.approx(0.4), 1.0)
