"""La explicación: texto, expresión reevaluable e insumos."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pipeline.errores import ErrorSeguimiento
from pipeline.indices import calcular_metas
from pipeline.indices.explicacion import Insumo, evaluar, explicar_meta
from pipeline.modelo import Corte, Metodo, Periodo

VIGENCIAS = (2024, 2025, 2026, 2027)
CORTE = Corte(vigencia=2025, periodo=Periodo.T3)
META = {
    "codigo_meta": "M1",
    "tipo_meta": "reduccion",
    "estado_reporte": "reportada",
    "linea_base": 200.0,
    "meta_cuatrienio": 100.0,
    "programado_vigencia": 160.0,
    "ejecutado_vigencia": 176.0,
}
HISTORIA = pd.DataFrame(
    {
        "codigo_meta": "M1",
        "vigencia": VIGENCIAS,
        "programado_vigencia": [180.0, 160.0, 130.0, 100.0],
        "ejecutado_vigencia": [190.0, 176.0, np.nan, np.nan],
    }
)


def explicar_todo(metodo: Metodo | None = None, **cambios):
    return explicar_meta(
        {**META, **cambios}, HISTORIA, corte=CORTE, metodo=metodo or Metodo(), vigencias=VIGENCIAS
    )


def explicar(metodo: Metodo | None = None, **cambios):
    """Las dos explicaciones del avance físico."""
    return explicar_todo(metodo, **cambios)[:2]


def test_la_ejecucion_financiera_se_explica_con_la_razon_del_metodo():
    metodo = Metodo(ejecucion_financiera="compromisos/definitiva")
    *_, financiera = explicar_todo(metodo, compromisos_cop=30.0, apropiacion_definitiva_cop=120.0)
    assert financiera.texto == (
        "Ejecución financiera de 2025 = compromisos / apropiación definitiva = 30 / 120 = 25,0 %."
    )
    assert financiera.resultado == 0.25


def test_sin_apropiacion_no_hay_ejecucion_financiera_y_se_dice():
    *_, financiera = explicar_todo(obligaciones_cop=30.0, apropiacion_definitiva_cop=None)
    assert financiera.resultado is None
    assert "apropiación definitiva" in financiera.texto


def test_el_texto_trae_la_formula_con_nombres_y_con_numeros():
    anual, cuatrienio = explicar()
    assert anual.texto == (
        "Avance de 2025 = (línea base − ejecutado 2025) / (línea base − programado 2025) "
        "= (200 − 176) / (200 − 160) = 60,0 %."
    )
    assert cuatrienio.texto.endswith("= (200 − 176) / (200 − 100) = 24,0 %.")


def test_los_insumos_dicen_campo_vigencia_y_valor_sin_repetir():
    anual, _ = explicar()
    assert anual.insumos == (
        Insumo(campo="linea_base", vigencia=0, valor=200.0),
        Insumo(campo="ejecutado_vigencia", vigencia=2025, valor=176.0),
        Insumo(campo="programado_vigencia", vigencia=2025, valor=160.0),
    )


def test_el_mantenimiento_explica_el_promedio_de_sus_vigencias():
    _, cuatrienio = explicar(tipo_meta="mantenimiento", linea_base=None)
    # (mín(1; 190/180) + mín(1; 176/160)) / 4 = 2/4
    assert cuatrienio.resultado == 0.5
    assert cuatrienio.texto.endswith("(mín(1; máx(0; 190 / 180)) + mín(1; máx(0; 176 / 160))) / 4 = 50,0 %.")


def test_con_tope_se_dice_cuanto_cuenta():
    anual, _ = explicar(ejecutado_vigencia=100.0)
    assert anual.texto.endswith("= 250,0 %; con el tope del método cuenta 100,0 %.")
    assert anual.resultado == 1.0


@pytest.mark.parametrize(
    ("estado", "parte"),
    [
        ("no_programada", "no está programada en 2025"),
        ("sin_reporte", "no tiene reporte"),
        ("devuelta", "se devolvió"),
    ],
)
def test_sin_cifra_se_dice_por_que(estado, parte):
    anual, _ = explicar(estado_reporte=estado)
    assert anual.expresion is None
    assert parte in anual.texto


def test_la_expresion_se_reevalua_con_los_valores_de_las_celdas():
    anual, _ = explicar()
    assert evaluar(anual.expresion, {("ejecutado_vigencia", 2025): 190.0}) == pytest.approx(0.25)


def test_una_operacion_desconocida_no_se_ejecuta():
    with pytest.raises(ErrorSeguimiento, match="no existe"):
        evaluar({"operacion": "__import__", "operandos": []})


@pytest.mark.parametrize(
    ("programado", "ejecutado", "motivo"),
    [
        ([0.0, 1.0, 1.0, 0.0], [2.0, np.nan, np.nan, np.nan], "Nada se conoce"),  # IP-198 de Cajicá
        ([1.0, 0.0, 0.0, 0.0], [np.nan, 0.0, np.nan, np.nan], "Nada se conoce"),  # IP-49
        ([0.0, 0.0, 0.0, 0.0], [0.0, 0.0, np.nan, np.nan], "no tiene vigencias programadas"),
    ],
)
@pytest.mark.parametrize("tipo", ["mantenimiento", "reduccion_anual"])
def test_lo_que_el_indice_deja_vacio_en_una_meta_anual_no_se_explica_como_cero(
    tipo: str, programado: list[float], ejecutado: list[float], motivo: str
) -> None:
    historia = HISTORIA.assign(programado_vigencia=programado, ejecutado_vigencia=ejecutado)
    base = pd.DataFrame([{**META, "tipo_meta": tipo, "estado_reporte": "sin_reporte"}])
    base = base.assign(programado_vigencia=programado[1], ejecutado_vigencia=ejecutado[1])
    opciones = {"corte": CORTE, "metodo": Metodo(), "vigencias": VIGENCIAS}
    meta = dict(calcular_metas(base, historia, **opciones).iloc[0])
    cuatrienio = explicar_meta(meta, historia, **opciones)[1]
    assert np.isnan(meta["avance_cuatrienio"])
    assert cuatrienio.resultado is None
    assert motivo in cuatrienio.texto
