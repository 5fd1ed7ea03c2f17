"""La sección «Qué cambió»: los pasos suman el cambio y el primer corte lo dice sin dejar hueco."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from pipeline.esquemas import crear_tabla
from pipeline.informes.cambios import Cambios, que_cambio
from pipeline.modelo import Corte, Periodo

FILAS = [
    # codigo, efecto_avance, efecto_peso, causa: suman 0,05
    ("M1", 0.06, 0.01, "avanzo"),
    ("M2", 0.0, -0.03, "dejo_de_reportar"),
    ("M3", 0.0, 0.01, "sin_cambio"),
]


def _cambios(
    dependencia: str = "", anterior: str = "2025 T2", filas: list[Any] = FILAS, hallazgos: Any = ()
) -> Cambios:
    tabla = pd.DataFrame(filas, columns=["codigo_meta", "efecto_avance", "efecto_peso", "causa"])
    tabla = tabla.assign(
        efecto=tabla["efecto_avance"] + tabla["efecto_peso"],
        indice_a=0.4, indice_b=0.45, nombre_meta="Vías", nivel="plan", codigo="PLAN",
    )  # fmt: skip
    datos: Any = SimpleNamespace(
        dependencia=dependencia,
        corte=Corte(vigencia=2025, periodo=Periodo.T3),
        alertas=pd.DataFrame(
            {
                "estado": ["abierta", "continua", "resuelta", "agravada"],
                "codigo": ["M1", "M3", "M3", "M2"],
                "regla": ["ALE-05", "ALE-03", "ALE-05", "ALE-11"],
            }
        ),
        hallazgos=crear_tabla("hallazgos", hallazgos),
    )
    return Cambios(
        datos=datos,
        variaciones=crear_tabla("variaciones", tabla),
        serie_indices=crear_tabla("serie_indices"),
        anterior=anterior,
    )


@pytest.mark.parametrize("dependencia", ["", "SHAC"])
def test_los_pasos_suman_el_cambio(dependencia: str) -> None:
    assert _cambios(dependencia).pasos["efecto"].sum() == pytest.approx(0.05)


def test_en_el_plan_los_pasos_van_por_causa_y_el_reacomodo_aparte() -> None:
    pasos = _cambios().pasos
    assert pasos["paso"].tolist() == [
        "1 meta avanzó",
        "1 meta dejó de reportar",
        "Cambió el peso de las demás metas",
    ]
    assert pasos["efecto"].round(9).tolist() == [0.06, -0.03, 0.02]  # 0,01 de M1 y 0,01 de M3
    assert pasos["es_resto"].tolist() == [False, False, True]


def test_en_una_dependencia_pasan_de_ocho_metas_y_las_demas_se_juntan() -> None:
    filas = [(f"M{i}", 0.01 * i, 0.0, "avanzo") for i in range(1, 11)]
    pasos = _cambios("SHAC", filas=filas).pasos
    assert len(pasos) == 9
    assert pasos["paso"].iloc[-1] == "2 metas más"
    assert pasos["efecto"].iloc[-1] == pytest.approx(0.03)  # las de 0,01 y 0,02


def test_las_tablas_separan_lo_que_sube_de_lo_que_baja() -> None:
    cambios = _cambios()
    assert cambios.suman["codigo_meta"].tolist() == ["M1", "M3"]
    assert cambios.restan["que_paso"].tolist() == ["Dejó de reportar"]


def test_la_meta_que_movio_el_avance_con_una_cifra_dudosa_lo_advierte() -> None:
    # M1 tiene abierta una sobre-ejecución; la de M3 se resolvió y le queda un rezago, que no es duda.
    assert _cambios().suman["que_paso"].tolist() == ["Avanzó; cifra en duda", "Cambió su peso"]
    de_unidades = [{"codigo_meta": "M3", "regla": "PI-17"}]
    assert _cambios(hallazgos=de_unidades).suman["que_paso"].iloc[1] == "Cambió su peso; cifra en duda"


def test_el_texto_dice_de_cuanto_a_cuanto_y_que_paso_con_las_alertas() -> None:
    html = que_cambio(_cambios())._repr_html_().replace("\xa0", " ")
    assert "pasó de 40,0 % en 2025 T2 a <strong>45,0 %</strong>: subió <strong>5,0 puntos</strong>" in html
    assert "1 nueva, 2 siguen abiertas y 1 se resolvió" in html


def test_el_primer_corte_de_la_vigencia_lo_dice_y_no_deja_figura() -> None:
    cambios = _cambios(anterior="", filas=[])
    assert "Es el primer corte de 2025" in que_cambio(cambios)._repr_html_()
    assert cambios.pasos.empty and cambios.suman.empty and cambios.restan.empty
