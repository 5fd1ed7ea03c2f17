"""Cómo viene cada dependencia: tasas de reporte y de oportunidad, y fallas por corte."""

from __future__ import annotations

import pandas as pd

from pipeline.esquemas import crear_tabla
from pipeline.flujo.tendencias import CorteRecibido, tendencia_de_entregas, tendencia_de_fallas

SALUD, EDUCACION = "Secretaría de Salud", "Secretaría de Educación"
NOMBRES = {"SSAL": SALUD, "SEDU": EDUCACION}


def corte(
    periodo: str, entregas: list[tuple[str, int, str]], fallas: dict[str, list[str]] | None = None
) -> CorteRecibido:
    """`entregas`: (dependencia, versión, oportunidad); `fallas`: severidades halladas por dependencia."""
    comunes = {"vigencia": 2025, "periodo": periodo, "instrumento": "pi"}
    hallazgo = {"regla": "LIM-02", "alcance": "fila", "instrumento": "pi", "mensaje": "m", "accion": "a"}
    return CorteRecibido(
        entregas=crear_tabla(
            "entregas",
            [
                comunes
                | {"dependencia": d, "nombre_dependencia": NOMBRES[d], "version": v, "oportunidad": o}
                | {"dias_mora": 4 if o == "tardia" else 0}
                for d, v, o in entregas
            ],
        ),
        hallazgos=crear_tabla(
            "hallazgos",
            [
                hallazgo | {"dependencia": d, "severidad": severidad}
                for d, severidades in (fallas or {}).items()
                for severidad in severidades
            ],
        ),
    )


CORTES = {
    "T1": corte("T1", [("SSAL", 1, "a_tiempo"), ("SEDU", 1, "tardia")], {"SSAL": ["bloquea", "observa"]}),
    "T2": corte(
        "T2",
        [("SSAL", 1, "a_tiempo"), ("SSAL", 2, "tardia"), ("SEDU", 0, "no_entregada")],
        {"SSAL": ["observa", "informa"]},
    ),
    "T3": corte("T3", [("SSAL", 1, "tardia"), ("SEDU", 1, "a_tiempo")], {"SEDU": ["bloquea"] * 3}),
}


def filas(tabla: pd.DataFrame) -> dict[str, dict[str, object]]:
    sin_vacios = tabla.astype(object).where(tabla.notna(), None)
    return {str(f["dependencia"]): f for f in sin_vacios.to_dict("records")}


def test_las_tasas_cuentan_la_primera_version_sobre_lo_esperado() -> None:
    entregas = filas(tendencia_de_entregas(CORTES))
    # Salud: 3 de 3, y 2 a tiempo (el reenvío tardío de T2 no la vuelve tarde). Educación: 2 de 3, 1 a tiempo.
    assert (entregas["SSAL"]["reporte"], entregas["SSAL"]["oportunidad"]) == (1.0, 2 / 3)
    assert (entregas["SEDU"]["reporte"], entregas["SEDU"]["oportunidad"]) == (2 / 3, 1 / 3)
    assert (entregas[""]["reporte"], entregas[""]["oportunidad"]) == (5 / 6, 3 / 6)
    assert [entregas["SEDU"][p] for p in ("T1", "T2", "T3", "T4")] == [
        "4 días hábiles tarde",
        "no entregó",
        "a tiempo",
        None,
    ]
    assert entregas[""]["T2"] == "1 de 2, 1 a tiempo"


def test_las_fallas_se_cuentan_por_corte_y_no_entregar_no_es_no_tener() -> None:
    tabla = tendencia_de_fallas(CORTES)
    assert tabla["nombre_dependencia"].tolist() == [EDUCACION, SALUD]  # la de más fallas, primero
    fallas = filas(tabla)
    assert [fallas["SSAL"][p] for p in ("T1", "T2", "T3", "T4")] == [2, 1, 0, None]
    assert [fallas["SEDU"][p] for p in ("T1", "T2", "T3", "T4")] == [0, None, 3, None]
    assert (fallas["SSAL"]["cambio"], fallas["SEDU"]["cambio"]) == (-1, 3)  # contra T1, que fue lo último


def test_en_el_primer_corte_no_hay_con_que_comparar() -> None:
    fallas = filas(tendencia_de_fallas({"T1": CORTES["T1"]}))
    assert fallas["SSAL"]["cambio"] is None
    assert fallas["SSAL"]["T1"] == 2
