"""Comparar con cortes anteriores: qué se señala, en qué celda y contra qué corte."""

from __future__ import annotations

import pandas as pd
import pytest

from pipeline.calidad import revisar_historia
from pipeline.calidad.historia import ampliar_historia
from pipeline.esquemas import crear_tabla, revisar_tabla
from pipeline.modelo import Corte, Periodo

CORTE = Corte(vigencia=2025, periodo=Periodo.T3)


def registros(*filas: dict[str, object]) -> pd.DataFrame:
    comunes = {"codigo_meta": "M1", "vigencia": 2025, "dependencia": "SSAL", "archivo": "salud.xlsx"}
    comunes |= {"sha256": "s1", "hoja": "PI", "programado_vigencia": 10.0}
    return crear_tabla("registros_pi", [{**comunes, "fila": n, **f} for n, f in enumerate(filas, start=2)])


def anteriores(**ejecutados: float) -> pd.DataFrame:
    """Lo aceptado de M1 en otros cortes: `T2=5` es 2025-T2 y `C2024=5`, el cierre de 2024."""
    partes = []
    for corte, ejecutado in ejecutados.items():
        vigencia = 2024 if corte == "C2024" else 2025
        nombre = "2024-T4" if corte == "C2024" else f"2025-{corte}"
        fila = {"vigencia": vigencia, "ejecutado_vigencia": ejecutado, "sha256": nombre}
        partes.append(registros(fila).assign(corte=nombre))
    return pd.concat(partes, ignore_index=True)


def plan(tipo: str = "acumulado") -> tuple[pd.DataFrame, pd.DataFrame]:
    metas = crear_tabla("plan", [{"codigo_meta": "M1", "tipo_meta": tipo, "archivo": "p", "sha256": "p"}])
    return metas, crear_tabla("plan_vigencias", [{"codigo_meta": "M1", "vigencia": 2025}])


def historia(actual: pd.DataFrame, previos: pd.DataFrame, tipo: str = "acumulado") -> pd.DataFrame:
    return ampliar_historia(actual, previos, *plan(tipo), corte=CORTE, formato_trimestres="acumulado")


def test_se_compara_con_el_ultimo_corte_en_que_se_reporto_la_meta() -> None:
    fila = historia(registros({"ejecutado_vigencia": 4}), anteriores(T1=9, T2=5)).iloc[0]
    assert (fila["anterior_corte"], fila["baja_ejecutado"]) == ("2025-T2", 1)


def test_una_meta_de_nivel_puede_bajar() -> None:
    fila = historia(registros({"ejecutado_vigencia": 4}), anteriores(T2=5), "stock").iloc[0]
    assert pd.isna(fila["baja_ejecutado"])


@pytest.mark.parametrize(
    ("previos", "cortes"),
    [({"T1": 4, "T2": 4}, 3), ({"T1": 3, "T2": 4}, 2), ({"T1": 4}, 1), ({"T1": 4, "T2": 3}, 1)],
)
def test_los_cortes_iguales_se_cuentan_seguidos_hasta_este(previos: dict[str, float], cortes: int) -> None:
    fila = historia(registros({"ejecutado_vigencia": 4}), anteriores(**previos)).iloc[0]
    assert fila["cortes_iguales"] == cortes


def test_un_cero_repetido_no_se_cuenta() -> None:
    fila = historia(registros({"ejecutado_vigencia": 0}), anteriores(T1=0, T2=0)).iloc[0]
    assert pd.isna(fila["cortes_iguales"])


def test_la_vigencia_anterior_puede_venir_del_cierre_o_del_mismo_libro() -> None:
    actual = registros({"ejecutado_vigencia": 4}, {"vigencia": 2024, "ejecutado_vigencia": 7})
    assert historia(actual, anteriores(T2=1))["cierre_ejecutado_vigencia"].tolist()[0] == 7
    con_cierre = historia(registros({"ejecutado_vigencia": 4}), anteriores(C2024=8))
    assert con_cierre["cierre_ejecutado_vigencia"].tolist() == [8]


def test_sin_cortes_anteriores_no_hay_nada_que_comparar() -> None:
    vacios = crear_tabla("registros_pi").assign(corte=pd.Series(dtype="str"))
    metas, vigencias = plan()
    opciones = {"plan": metas, "plan_vigencias": vigencias, "formato_trimestres": "acumulado"}
    hallazgos = revisar_historia(registros({}), vacios, crear_tabla("celdas"), CORTE, **opciones)
    assert hallazgos.empty


@pytest.mark.integracion
def test_lo_que_baja_y_lo_que_salta_se_senala_en_su_celda_y_contra_su_corte() -> None:
    actual = registros({"ejecutado_vigencia": 4}, {"codigo_meta": "M2", "ejecutado_vigencia": 5})
    previos = pd.concat([anteriores(T2=5), anteriores(T2=0.05).assign(codigo_meta="M2")], ignore_index=True)
    lugar = {"tabla": "registros_pi", "sha256": "s1", "archivo": "salud.xlsx", "hoja": "PI", "vigencia": 2025}
    celdas = crear_tabla(
        "celdas",
        [{**lugar, "fila": f, "celda": f"L{f}", "campo": "ejecutado_vigencia"} for f in (2, 3)],
    )
    metas, vigencias = plan()
    hallazgos = revisar_historia(
        actual, previos, celdas, CORTE, plan=metas, plan_vigencias=vigencias, formato_trimestres="acumulado"
    )
    revisar_tabla("hallazgos", hallazgos)
    assert list(zip(hallazgos["regla"], hallazgos["celda"], strict=True)) == [
        ("HIS-01", "L2"),
        ("HIS-04", "L3"),
    ]
    assert hallazgos["mensaje"][0] == "Lo ejecutado de 2025 es 4 y en 2025-T2 era 5: baja 1."
