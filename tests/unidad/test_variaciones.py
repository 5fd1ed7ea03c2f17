"""El cambio de un índice repartido entre sus metas: cuentas hechas a mano."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from pipeline.esquemas import crear_tabla
from pipeline.indices.participaciones import calcular_participaciones
from pipeline.modelo import Corte, Metodo, Nivel, Periodo
from pipeline.variaciones import (
    armar_variaciones,
    cambios_de_programacion,
    causas,
    descomponer,
    valores_reexpresados,
)

T2, T3 = (Corte(vigencia=2025, periodo=Periodo(p)) for p in ("T2", "T3"))
METODO = Metodo(sin_reporte="excluir")


def _metas(*filas: tuple[str, float | None, float | None, str]) -> pd.DataFrame:
    """Filas (codigo, avance, peso, estado) de una sola dependencia."""
    tabla = pd.DataFrame(filas, columns=["codigo_meta", "avance", "ponderador", "estado_reporte"])
    return crear_tabla(
        "metas",
        tabla.assign(
            vigencia=2025, periodo="T3", dependencia="D", programado_vigencia=10.0, tipo_meta="acumulado"
        ),
    )


def _participaciones(metas: pd.DataFrame, metodo: Metodo = METODO) -> pd.DataFrame:
    return calcular_participaciones(metas, metodo=metodo, niveles=(Nivel.PLAN,))


def _efectos(a: pd.DataFrame, b: pd.DataFrame) -> pd.DataFrame:
    return descomponer(_participaciones(a), _participaciones(b)).set_index("codigo_meta")


def test_si_solo_cambian_los_avances_todo_es_efecto_avance() -> None:
    a = _metas(("M1", 0.2, 3, "reportada"), ("M2", 0.4, 1, "reportada"))
    b = _metas(("M1", 0.6, 3, "reportada"), ("M2", 0.2, 1, "reportada"))
    efectos = _efectos(a, b)
    assert efectos["efecto_avance"].round(12).to_dict() == {"M1": 0.3, "M2": -0.05}  # ¾·0,4 y ¼·−0,2
    assert efectos["efecto_peso"].abs().max() < 1e-12
    assert efectos["indice_b"].iloc[0] - efectos["indice_a"].iloc[0] == pytest.approx(0.25)


def test_una_meta_que_entra_por_debajo_del_promedio_baja_el_indice() -> None:
    """A: 0,8 sola. B: 0,8 y 0,2 con igual peso: el índice pasa de 0,8 a 0,5 y lo baja la que entró."""
    a = _metas(("M1", 0.8, 1, "reportada"), ("M2", None, 1, "sin_reporte"))
    b = _metas(("M1", 0.8, 1, "reportada"), ("M2", 0.2, 1, "reportada"))
    efectos = _efectos(a, b)
    # Ī = 0,65; M2: (0,2 − 0,65)·½ = −0,225; M1: (0,8 − 0,65)·(½ − 1) = −0,075. Suman −0,3.
    assert efectos["efecto"].round(12).to_dict() == {"M1": -0.075, "M2": -0.225}
    assert efectos["efecto_avance"].eq(0).all()
    assert pd.isna(efectos["aporte_a"]["M2"]) and pd.isna(efectos["valor_a"]["M2"])


def test_comparar_al_reves_cambia_solo_el_signo() -> None:
    a = _metas(("M1", 0.1, 1, "reportada"), ("M2", 0.9, 2, "reportada"), ("M3", None, 4, "sin_reporte"))
    b = _metas(("M1", 0.5, 1, "reportada"), ("M2", None, 2, "sin_reporte"), ("M3", 0.3, 4, "reportada"))
    ida, vuelta = _efectos(a, b), _efectos(b, a)
    assert (ida["efecto"] + vuelta["efecto"]).abs().max() < 1e-15


def test_un_nodo_sin_indice_en_un_corte_no_tiene_cambio_que_repartir() -> None:
    a = _metas(("M1", None, 1, "sin_reporte"))
    assert _efectos(a, _metas(("M1", 0.5, 1, "reportada"))).empty


def test_el_peso_de_la_linea_llega_hasta_la_meta() -> None:
    """Línea 1 pesa 3 y línea 2 pesa 1: en el plan, la meta única de la 2 tiene 1/4 y las de la 1, 3/8."""
    filas = [(f"M{i}", 1.0, 1, "reportada") for i in (1, 2, 3)]
    metas = _metas(*filas).assign(linea=["1", "1", "2"], ponderador_linea=[3.0, 3.0, 1.0])
    assert _participaciones(metas)["participacion"].tolist() == [0.375, 0.375, 0.25]


def test_por_conteo_el_hijo_pesa_todas_sus_metas_aunque_alguna_no_cuente() -> None:
    """Programa A: 2 metas y cuenta una; B: 1. La de A lleva los 2/3 de su programa."""
    metas = _metas(("M1", 1.0, 9, "reportada"), ("M2", None, 9, "sin_reporte"), ("M3", 0.5, 1, "reportada"))
    metas = metas.assign(programa=["A", "A", "B"])
    metodo = replace(METODO, agregacion="por_conteo")
    assert _participaciones(metas, metodo)["participacion"].tolist() == [2 / 3, 0.0, 1 / 3]


def test_cada_meta_dice_que_le_paso() -> None:
    a = _metas(
        ("avanza", 0.2, 1, "reportada"), ("baja", 0.5, 1, "reportada"), ("calla", 0.5, 1, "reportada"),
        ("entra", None, 1, "no_programada"), ("habla", None, 1, "devuelta"), ("igual", 0.5, 1, "reportada"),
        ("muda", None, 1, "sin_reporte"), ("otra", 0.2, 1, "reportada"), ("sale", 0.2, 1, "reportada"),
        ("vieja", 0.2, 1, "reportada"),
    )  # fmt: skip
    b = _metas(
        ("avanza", 0.3, 1, "reportada"), ("baja", 0.4, 1, "reportada"), ("calla", None, 1, "sin_reporte"),
        ("entra", 0.1, 1, "reportada"), ("habla", 0.1, 1, "reportada"), ("igual", 0.5, 1, "reportada"),
        ("muda", None, 1, "devuelta"), ("nueva", 0.1, 1, "reportada"), ("otra", 0.3, 1, "reportada"),
        ("sale", None, 1, "no_programada"), ("vieja", 0.4, 1, "reportada"),
    )  # fmt: skip
    b.loc[b["codigo_meta"] == "otra", "programado_vigencia"] = 20.0
    assert causas(a, b, reexpresadas=frozenset({"vieja"})).to_dict() == {
        "avanza": "avanzo", "baja": "retrocedio", "calla": "dejo_de_reportar", "entra": "entro",
        "habla": "empezo_a_reportar", "igual": "sin_cambio", "muda": "sin_reporte", "nueva": "entro",
        "otra": "cambio_programacion", "sale": "salio", "vieja": "reexpresada",
    }  # fmt: skip


def test_la_tabla_cumple_su_contrato_y_nombra_a_la_que_salio_del_plan() -> None:
    a = _metas(("M1", 0.2, 1, "reportada"), ("M2", 0.4, 1, "reportada")).assign(nombre_meta=["uno", "dos"])
    b = _metas(("M1", 0.6, 1, "reportada")).assign(nombre_meta=["uno"])
    descompuesto = descomponer(_participaciones(a), _participaciones(b))
    tabla = armar_variaciones(descompuesto, a, b, anterior=T2, corte=T3).set_index("codigo_meta")
    assert tabla.loc["M2", ["nombre_meta", "causa", "corte_anterior"]].tolist() == ["dos", "salio", "2025-T2"]


def test_se_dice_que_programacion_cambio_y_un_vacio_no_es_un_cambio() -> None:
    a = _metas(("M1", 0.2, None, "reportada"), ("M2", 0.2, 1, "reportada"))
    b = _metas(("M1", 0.9, None, "reportada"), ("M2", 0.2, 2, "reportada"))
    cambios = cambios_de_programacion(a, b.assign(programado_vigencia=[10.0, 12.5]))
    assert cambios[["codigo_meta", "campo", "valor_a", "valor_b"]].to_numpy().tolist() == [
        ["M2", "ponderador", 1.0, 2.0],
        ["M2", "programado_vigencia", 10.0, 12.5],
    ]


def _registros(**columnas: list[object]) -> pd.DataFrame:
    tabla = pd.DataFrame({"codigo_meta": ["M1", "M2"], "vigencia": 2025, **columnas})
    return crear_tabla(
        "registros_pi", tabla.assign(dependencia="D", archivo="a", sha256="x", hoja="h", fila=1)
    )


def test_se_reexpresa_lo_ya_cerrado_y_no_el_trimestre_nuevo() -> None:
    a = _registros(ejecutado_t1=[1.0, 2.0], ejecutado_t2=[1.0, None], ejecutado_t3=[None, None])
    b = _registros(ejecutado_t1=[1.0, 3.0], ejecutado_t2=[1.0, 5.0], ejecutado_t3=[9.0, 9.0])
    hallados = valores_reexpresados(a, b, anterior=T2, corte=T3)
    assert hallados[["codigo_meta", "campo", "valor_a", "valor_b"]].to_numpy().tolist() == [
        ["M2", "ejecutado_t1", 2.0, 3.0]
    ]


def test_de_otra_vigencia_se_reexpresa_lo_que_el_libro_nuevo_repite() -> None:
    a = _registros(ejecutado_vigencia=[10.0, 4.0])
    b = _registros(ejecutado_vigencia=[12.0, 4.0])
    nuevo = Corte(vigencia=2026, periodo=Periodo.T1)
    hallados = valores_reexpresados(a, b, anterior=T3, corte=nuevo)
    assert hallados["codigo_meta"].tolist() == ["M1"]
    assert valores_reexpresados(a, b, anterior=T2, corte=T3).empty  # en la misma vigencia es lo que avanzó


def test_la_clase_y_el_nivel_se_leen_en_espanol_en_el_cuaderno_de_indices() -> None:
    """Decían «senal» y «linea»."""
    from pipeline.flujo.vistas import quiebres_por_regla, trazas_de_ejemplo, trazas_principales

    casos = pd.DataFrame({"clase": ["senal"], "regla": ["R"], "nombre_regla": ["N"], "mensaje": ["m"]})
    assert quiebres_por_regla(casos)["clase"].tolist() == ["Señal"]
    trazas = pd.DataFrame({"nivel": ["plan", "linea", "programa"], "resultado": [0.5, 0.4, 0.3]})
    assert trazas_principales(trazas)["nivel"].tolist() == ["Plan", "Línea"]
    de_metas = pd.DataFrame({"medida": ["ejecucion_financiera"], "resultado": [0.5]})
    assert trazas_de_ejemplo(de_metas)["medida"].tolist() == ["Ejecución financiera"]


def test_la_causa_se_lee_en_espanol_en_el_cuaderno_de_indices() -> None:
    """Decía «empezo_a_reportar»."""
    from pipeline.flujo.vistas import variaciones_principales

    filas = pd.DataFrame(
        {"nivel": ["plan", "plan", "linea"], "efecto": [0.1, -0.4, 0.9],
         "causa": ["empezo_a_reportar", "retrocedio", "avanzo"]}
    )  # fmt: skip
    assert variaciones_principales(filas)["causa"].tolist() == ["Retrocedió", "Empezó a reportar"]
