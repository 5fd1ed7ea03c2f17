"""Fechas: las posibles se leen y las imposibles se preguntan en su celda."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from pipeline.limpieza.fechas import limpiar_fechas


@pytest.mark.parametrize(
    ("crudo", "leida"),
    [
        ("31/10/2025", "2025-10-31"),
        ("1-2-2025", "2025-02-01"),
        ("2025-02-01", "2025-02-01"),
        (" 05/03/2025 00:00:00 ", "2025-03-05"),
        (date(2025, 1, 17), "2025-01-17"),
        (datetime(2025, 1, 17, 8, 30), "2025-01-17"),
    ],
)
def test_una_fecha_posible_se_lee_dia_mes_ano(crudo: object, leida: str) -> None:
    limpia = limpiar_fechas([crudo])
    assert limpia.valores == [leida]
    assert limpia.avisos == []


@pytest.mark.parametrize(
    "imposible",
    ["2/2/0205", "31/11/2024", "3011/2025", "31/1272024", "29/2/2025", "12/31/2025", "5/3/25", "pronto",
     45678.0, date(205, 2, 2)],
)  # fmt: skip
def test_una_fecha_imposible_queda_sin_dato_con_su_aviso(imposible: object) -> None:
    limpia = limpiar_fechas(["", imposible])
    assert limpia.valores == [None, None]
    assert [(a.indice, a.regla) for a in limpia.avisos] == [(1, "LIM-15")]


def test_un_guion_y_una_ficha_son_sin_dato_y_no_un_error() -> None:
    limpia = limpiar_fechas(["-", "N/A"], {"na"})
    assert limpia.valores == [None, None]
    assert limpia.avisos == []


def test_un_error_de_excel_no_es_una_fecha() -> None:
    assert [a.regla for a in limpiar_fechas(["#N/A"]).avisos] == ["LIM-03"]


def test_si_la_columna_mezcla_mes_dia_una_fecha_con_dos_lecturas_se_pregunta() -> None:
    limpia = limpiar_fechas(["1/15/2025", "3/4/2025", "5/5/2025", "20/4/2025"])
    assert limpia.valores == [None, None, "2025-05-05", "2025-04-20"]
    assert [(a.indice, a.regla) for a in limpia.avisos] == [(0, "LIM-15"), (1, "LIM-17")]
    assert (limpia.avisos[1].marcadores["una"], limpia.avisos[1].marcadores["otra"]) == (
        "3 de abril de 2025",
        "4 de marzo de 2025",
    )
