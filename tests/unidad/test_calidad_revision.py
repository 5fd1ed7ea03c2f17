"""Columnas derivadas y redacción de hallazgos, sin Great Expectations."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pipeline.calidad import cargar_reglas, revisar_registros_pi
from pipeline.calidad import derivadas as d
from pipeline.calidad import poai_derivadas as p
from pipeline.calidad.ampliacion import ampliar_plan, ampliar_registros
from pipeline.calidad.ejemplos import tabla_de_ejemplo
from pipeline.calidad.escritura import Escrito
from pipeline.calidad.redaccion import redactar_hallazgos
from pipeline.esquemas import crear_tabla, revisar_tabla
from pipeline.modelo import Corte, Periodo

CORTE = Corte(vigencia=2025, periodo=Periodo.T3)
REGLAS = cargar_reglas()


def derivada(nombre: str, fila: dict[str, object], tabla: str = "registros_pi") -> float:
    return float(tabla_de_ejemplo(tabla, [fila])[nombre].item())


def fallas(codigo: str, tabla: pd.DataFrame) -> pd.DataFrame:
    clave = tabla[["sha256", "hoja", "fila", "vigencia"]]
    return clave.assign(regla=codigo, orden=0)


def celda(**campos: object) -> pd.DataFrame:
    comunes = {"tabla": "registros_pi", "sha256": "ejemplo", "archivo": "ejemplo.xlsx", "hoja": "Ejemplo"}
    return crear_tabla("celdas", [{**comunes, "fila": 1, "celda": "H1", "vigencia": 2025, **campos}])


def test_los_trimestres_incrementales_se_suman_y_de_los_acumulados_vale_el_ultimo() -> None:
    trimestres = {"ejecutado_t1": 1, "ejecutado_t2": 3}
    assert derivada("ejecutado_segun_trimestres", trimestres) == 4
    assert derivada("ejecutado_segun_trimestres", {**trimestres, "trimestres": "acumulado"}) == 3


def test_un_solo_trimestre_incremental_es_toda_la_suma() -> None:
    assert derivada("ejecutado_segun_trimestres", {"ejecutado_t1": 5}) == 5


def test_pagar_cero_no_es_mover_dinero() -> None:
    tabla = tabla_de_ejemplo("registros_pi", [{"pagos_cop": 0}, {"pagos_cop": 1}, {"compromisos_cop": 2}])
    assert d.tiene_dinero(tabla).tolist() == [False, True, True]


def test_solo_la_meta_que_se_repite_dice_donde_mas_esta() -> None:
    filas = [{"codigo_meta": m, "fila": f} for m, f in (("M1", 8), ("M2", 9), ("M1", 12))]
    tabla = tabla_de_ejemplo("registros_pi", filas).assign(archivo="a.xlsx", hoja="PI")
    dichos = d.otras_apariciones(tabla)
    assert dichos.isna().tolist() == [False, True, False]
    assert dichos[0] == "a.xlsx › PI › fila 8; a.xlsx › PI › fila 12"


def test_sin_trimestres_no_hay_suma_ni_es_cero() -> None:
    assert np.isnan(derivada("programado_segun_trimestres", {"programado_vigencia": 5}))


def test_los_pagos_se_comparan_con_la_etapa_mas_cercana_que_exista() -> None:
    fila = {"apropiacion_definitiva_cop": 100, "compromisos_cop": 60, "pagos_cop": 90}
    assert derivada("tope_pagos_cop", fila) == 60
    assert derivada("exceso_pagos_cop", fila) == 30


def test_la_programacion_de_un_flujo_se_mide_por_su_ultima_vigencia_programada() -> None:
    anuales = {"programado_2024": 2, "programado_2025": 6, "programado_2026": 0, "tipo_meta": "flujo"}
    assert derivada("meta_segun_programacion", {**anuales, "meta_cuatrienio": 6}, "plan") == 6


def test_los_pesos_de_las_lineas_se_suman_una_vez_por_linea() -> None:
    filas = [
        {"linea": linea, "ponderador_linea": peso} for linea, peso in (("1", 0.6), ("1", 0.6), ("2", 0.3))
    ]
    suma = tabla_de_ejemplo("plan", filas)["suma_ponderadores_linea"]
    assert suma[0] == pytest.approx(0.9)
    assert suma[1:].isna().all()


def test_no_se_revisan_vigencias_posteriores_al_corte() -> None:
    registros = tabla_de_ejemplo("registros_pi", [{"vigencia": v} for v in (2024, 2025, 2026)])
    registros = crear_tabla("registros_pi", registros[crear_tabla("registros_pi").columns])
    vacias = crear_tabla("plan"), crear_tabla("plan_vigencias")
    ampliada = ampliar_registros(registros, *vacias, corte=CORTE, formato_trimestres="acumulado")
    assert ampliada["vigencia"].tolist() == [2024, 2025]


def test_el_plan_ampliado_conserva_sus_filas_aunque_no_tenga_programacion() -> None:
    plan = crear_tabla(
        "plan", [{"codigo_meta": c, "sha256": "p", "hoja": "P", "fila": 2} for c in ("1", "2")]
    )
    vigencias = crear_tabla(
        "plan_vigencias", [{"codigo_meta": "1", "vigencia": 2025, "programado_vigencia": 3}]
    )
    ampliado = ampliar_plan(plan, vigencias)
    assert ampliado["programado_2025"].tolist() == pytest.approx([3, np.nan], nan_ok=True)
    assert len(ampliar_plan(plan, crear_tabla("plan_vigencias"))) == 2


def test_el_hallazgo_senala_la_celda_de_su_vigencia_con_lo_escrito_y_la_cifra() -> None:
    tabla = tabla_de_ejemplo(
        "registros_pi", [{"codigo_meta": "7", "ejecutado_vigencia": 5, "programado_vigencia": 4}]
    )
    celdas = celda(campo="ejecutado_vigencia", encabezado="Ejecutado", valor_crudo="5,0")
    hallazgo = redactar_hallazgos(fallas("PI-16", tabla), REGLAS, tabla, celdas)
    revisar_tabla("hallazgos", hallazgo)
    primero = hallazgo.iloc[0]
    assert (primero["celda"], primero["columna"], primero["valor"]) == ("H1", "Ejecutado", "5,0")
    assert (primero["codigo_meta"], primero["vigencia"], primero["severidad"]) == ("7", 2025, "informa")
    assert primero["mensaje"] == "El ejecutado de 2025 es 5 y el programado 4 (125,0 %)."


def test_un_campo_sin_vigencia_se_busca_en_la_fila() -> None:
    pregunta = {"codigo_meta": "999", "sugerencia": " (¿quiso decir 99?)"}
    tabla = tabla_de_ejemplo("registros_pi", [pregunta])
    celdas = celda(campo="codigo_meta", vigencia=0, celda="A1", valor_crudo="999", encabezado="Código")
    hallazgo = redactar_hallazgos(fallas("PI-02", tabla), REGLAS, tabla, celdas).iloc[0]
    mensaje = "El código de meta «999» no existe en el plan (¿quiso decir 99?)."
    assert (hallazgo["celda"], hallazgo["mensaje"]) == ("A1", mensaje)


@pytest.mark.parametrize(
    ("campos", "citado"),
    [
        ({"valor_crudo": "0.3528", "valor_numero": 0.3528}, "0,3528"),
        (
            {
                "valor_crudo": "0.35",
                "valor_numero": 0.35,
                "transformacion": "texto «0.35» leído como 0,35",
            },
            "0.35",
        ),
        ({"valor_crudo": "2025-01-05T00:00:00"}, "05/01/2025"),
        ({"valor_crudo": "True"}, "VERDADERO"),
    ],
)
def test_el_valor_se_cita_como_lo_ve_el_enlace_en_excel(campos: dict[str, object], citado: str) -> None:
    tabla = tabla_de_ejemplo("registros_pi", [{"codigo_meta": "999", "sugerencia": ""}])
    celdas = celda(campo="codigo_meta", encabezado="Código", **campos)
    hallazgo = redactar_hallazgos(fallas("PI-02", tabla), REGLAS, tabla, celdas).iloc[0]
    assert hallazgo["valor"] == citado
    assert hallazgo["mensaje"] == f"El código de meta «{citado}» no existe en el plan."


def test_una_fecha_de_la_fila_se_escribe_dia_mes_ano_en_el_mensaje() -> None:
    assert f"{Escrito('2025-02-14')}" == "14/02/2025"
    assert f"{Escrito('2.3.2')}" == "2.3.2"


def test_sin_celda_el_hallazgo_queda_en_la_fila() -> None:
    tabla = tabla_de_ejemplo("registros_pi", [{"codigo_meta": "1"}])
    hallazgo = redactar_hallazgos(fallas("PI-15", tabla), REGLAS, tabla, crear_tabla("celdas")).iloc[0]
    assert (hallazgo["fila"], pd.isna(hallazgo["celda"])) == (1, True)


def test_una_celda_que_no_se_pudo_leer_no_se_reclama_ademas_como_vacia() -> None:
    tabla = tabla_de_ejemplo("registros_pi", [{"codigo_meta": "1", "programado_vigencia": 4}])
    celdas = celda(campo="ejecutado_vigencia", valor_crudo="5 (aprox.)")
    previos = crear_tabla("hallazgos", [{"sha256": "ejemplo", "hoja": "Ejemplo", "celda": "H1"}])
    assert redactar_hallazgos(fallas("PI-15", tabla), REGLAS, tabla, celdas, previos).empty
    assert len(redactar_hallazgos(fallas("PI-15", tabla), REGLAS, tabla, celdas)) == 1


def test_una_columna_que_falta_no_se_reclama_fila_por_fila() -> None:
    tabla = tabla_de_ejemplo("registros_pi", [{"codigo_meta": "1", "programado_vigencia": 4}])
    celdas = celda(campo="codigo_meta", vigencia=0, valor_crudo="1")
    assert redactar_hallazgos(fallas("PI-15", tabla), REGLAS, tabla, celdas).empty


def test_lo_que_bloquea_se_dice_aunque_la_lectura_ya_haya_avisado_de_la_celda() -> None:
    tabla = tabla_de_ejemplo("registros_pi", [{"ejecutado_vigencia": 4}])
    celdas = celda(campo="codigo_meta", vigencia=0, celda="A1", valor_crudo="??")
    previos = crear_tabla("hallazgos", [{"sha256": "ejemplo", "hoja": "Ejemplo", "celda": "A1"}])
    assert len(redactar_hallazgos(fallas("PI-01", tabla), REGLAS, tabla, celdas, previos)) == 1


def test_el_texto_del_libro_no_se_interpreta_como_plantilla() -> None:
    tabla = tabla_de_ejemplo("registros_pi", [{"codigo_meta": "{fila} <script>"}])
    celdas = celda(campo="codigo_meta", vigencia=0, valor_crudo="{fila} <script>")
    hallazgo = redactar_hallazgos(fallas("PI-02", tabla), REGLAS, tabla, celdas).iloc[0]
    assert "{fila} <script>" in hallazgo["mensaje"]


def test_una_regla_de_libro_da_un_solo_hallazgo_sin_fila() -> None:
    tabla = tabla_de_ejemplo("plan", [{"codigo_meta": "1"}, {"codigo_meta": "2"}])
    hallazgo = redactar_hallazgos(fallas("PLAN-09", tabla), REGLAS, tabla, crear_tabla("celdas"))
    assert len(hallazgo) == 1
    assert hallazgo["fila"].isna().all()


def test_sin_registros_no_hay_hallazgos() -> None:
    vacias = [crear_tabla(t) for t in ("registros_pi", "plan", "plan_vigencias", "celdas")]
    assert revisar_registros_pi(*vacias, CORTE, "acumulado").empty


def test_el_retroceso_solo_se_mira_en_metas_acumuladas_reportadas_acumuladas() -> None:
    fila = {"ejecutado_t1": 4, "ejecutado_t3": 1, "trimestres": "acumulado", "plan_tipo_meta": "acumulado"}
    assert derivada("retroceso_ejecutado", fila) == 3
    assert np.isnan(derivada("retroceso_ejecutado", {**fila, "plan_tipo_meta": "stock"}))


def test_cada_columna_derivada_con_funcion_propia_explica_que_es() -> None:
    for tabla in ("plan", "plan_vigencias", "registros_pi"):
        for columna in tabla_de_ejemplo(tabla, [{}]).columns:
            funcion = getattr(d, str(columna), None)
            assert funcion is None or (funcion.__doc__ or "").strip()


def _libro_y_plan(reportadas: range, programado: dict[int, float]) -> dict[str, pd.DataFrame]:
    """Un libro de SEDU con esas metas, y un plan con metas de SEDU y la meta 99 de otra dependencia."""
    metas = [{"codigo_meta": str(n), "dependencia": "SEDU"} for n in programado] + [
        {"codigo_meta": "99", "dependencia": "SSAL"}
    ]
    anuales = [{"codigo_meta": str(n), "programado_vigencia": p} for n, p in programado.items()]
    anuales.append({"codigo_meta": "99", "programado_vigencia": 1.0})
    libro = {"sha256": "a", "archivo": "a.xlsx", "hoja": "PI", "dependencia": "SEDU", "vigencia": 2025}
    return {
        "registros": crear_tabla(
            "registros_pi", [{**libro, "fila": n, "codigo_meta": str(n)} for n in reportadas]
        ),
        "plan": crear_tabla("plan", metas),
        "plan_vigencias": crear_tabla("plan_vigencias", [{**a, "vigencia": 2025} for a in anuales]),
    }


def test_un_libro_con_filas_borradas_dice_cuantas_metas_programadas_le_faltan_y_cuales() -> None:
    # De la 1 a la 14, todas programadas menos la 14; el libro trae la 1 y la 2: le faltan 11.
    tablas = _libro_y_plan(range(1, 3), {n: float(n != 14) for n in range(1, 15)})
    ampliada = ampliar_registros(**tablas, corte=CORTE, formato_trimestres="acumulado")
    assert ampliada["metas_ausentes"].dropna().to_dict() == {0: "3, 4, 5, 6, 7, 8, 9, 10, 11, 12 y 1 más"}
    primera = celda(sha256="a", hoja="PI", campo="codigo_meta", celda="A1", vigencia=0, valor_crudo="1")
    hallazgo = redactar_hallazgos(fallas("PI-40", ampliada[:1]), REGLAS, ampliada, primera).iloc[0]
    assert (hallazgo["severidad"], hallazgo["alcance"]) == ("observa", "libro")
    assert pd.isna(hallazgo["celda"])  # ninguna celda del libro es culpable de lo que no está
    assert hallazgo["mensaje"].startswith(
        "El libro no trae 11 metas de la dependencia con programación en 2025: 3, 4,"
    )


def test_un_libro_completo_no_reclama_las_metas_de_otra_dependencia_y_uno_consolidado_si() -> None:
    tablas = _libro_y_plan(range(1, 4), {1: 1.0, 2: 1.0, 3: 0.0})
    propio = ampliar_registros(**tablas, corte=CORTE, formato_trimestres="acumulado")
    assert propio["metas_ausentes"].isna().all()
    de_todas = ampliar_registros(
        **tablas, corte=CORTE, formato_trimestres="acumulado", consolidada_por="SEDU"
    )
    assert de_todas.loc[0, ["cuantas_metas_ausentes", "metas_ausentes"]].tolist() == ["1 meta del plan", "99"]


def test_la_vigencia_se_compara_con_la_mediana_de_las_otras_y_no_con_su_promedio() -> None:
    tabla = pd.DataFrame(
        {
            "codigo_meta": "M1",
            "vigencia": [2024, 2025, 2026, 2027],
            "programado_vigencia": [2.0, 40.0, 4.0, 30.0],
        }
    )
    assert d.magnitud_de_la_vigencia(tabla).tolist() == pytest.approx([2 / 30, 10.0, 4 / 30, 7.5])


def test_lo_apropiado_de_una_fuente_se_anota_en_su_primera_fila() -> None:
    tabla = pd.DataFrame(
        {
            "codigo_fuente": ["1.2.1", "1.2.2", "1.2.1", None],
            "apropiacion_definitiva_cop": [10.0, 5.0, 20.0, 7.0],
            "techo_cop": [25.0, 9.0, 25.0, np.nan],
        }
    )
    vacio = pytest.approx(np.nan, nan_ok=True)
    assert p.apropiado_en_la_fuente(tabla).tolist() == [30.0, 5.0, vacio, vacio]
    assert p.exceso_sobre_el_techo(tabla).tolist() == [5.0, -4.0, vacio, vacio]


def test_un_traslado_cuadra_por_acto_sin_contar_las_adiciones_del_mismo() -> None:
    tabla = pd.DataFrame(
        {
            "clase": ["adicion", "credito", "contracredito", "credito"],
            "acto": ["D-1", "D-1", "D-1", "D-2"],
            "valor_cop": [999.0, 100.0, 60.0, 5.0],
        }
    )
    vacio = pytest.approx(np.nan, nan_ok=True)
    assert p.descuadre_del_traslado(tabla).tolist() == [vacio, 40.0, vacio, 5.0]


def test_un_codigo_ajeno_en_un_libro_de_varios_anios_se_dice_una_vez_y_saca_la_fila_de_todos() -> None:
    filas = [{"codigo_meta": "1.2.1", "fila": 40, "vigencia": v} for v in (2024, 2025)]
    tabla = tabla_de_ejemplo("registros_pi", filas)
    celdas = celda(fila=40, celda="A40", vigencia=0, campo="codigo_meta", encabezado="IdNodo")
    hallazgos = redactar_hallazgos(fallas("PI-02", tabla), REGLAS, tabla, celdas)
    assert hallazgos["celda"].tolist() == ["A40"]
    assert hallazgos["vigencia"].isna().all()  # sin vigencia, la puerta la saca en todas
    solo_2025 = redactar_hallazgos(fallas("PI-02", tabla.iloc[1:]), REGLAS, tabla, celdas)
    assert solo_2025["vigencia"].tolist() == [2025]
