"""El panel de sensibilidad: qué convenciones trae, cuál es la oficial y qué se dice de él."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pipeline.graficos import titular_por_convencion
from pipeline.indices import calcular_metas
from pipeline.indices.finanzas import recursos_por_fuente
from pipeline.indices.sensibilidad import OFICIAL, panel_sensibilidad
from pipeline.metodologia import efecto_de_las_convenciones
from pipeline.metodologia.sensibilidad import convenciones
from pipeline.modelo import Corte, Metodo, Periodo

CORTE = Corte(vigencia=2025, periodo=Periodo.T4)


def _panel(metodo: Metodo, **cambios: object) -> pd.DataFrame:
    base = pd.DataFrame(
        {
            "codigo_meta": ["M1", "M2", "M3"],
            "tipo_meta": "flujo",
            "meta_cuatrienio": 10.0,
            "programado_vigencia": [10.0, 10.0, 0.0],
            "ejecutado_vigencia": [15.0, 5.0, np.nan],
            "dependencia": ["A", "B", "B"],
            "estado_reporte": ["reportada", "reportada", "no_programada"],
        }
    ).assign(**cambios)
    historia = base[["codigo_meta", "programado_vigencia", "ejecutado_vigencia"]].assign(vigencia=2025)
    metas = calcular_metas(base, historia, corte=CORTE, metodo=metodo, vigencias=(2024, 2025, 2026, 2027))
    filas = panel_sensibilidad(metas, convenciones(), corte=CORTE, metodo=metodo)
    puntos = (filas["diferencia"] * 100).round(1).where(filas["es_admisible"])
    return filas.assign(puntos=puntos)


def test_son_trece_convenciones_y_la_primera_es_la_oficial() -> None:
    panel = _panel(Metodo())
    assert list(panel["convencion"]) == [c.codigo for c in convenciones()]
    assert len(panel) == 13
    assert panel.loc[0, "convencion"] == OFICIAL
    assert panel.loc[0, "titular"] == pytest.approx(0.75)  # (mín(1; 1,5) + 0,5) / 2


def test_lo_oficial_depende_del_metodo_de_la_entidad() -> None:
    panel = _panel(Metodo(tope=None, sin_reporte="excluir", agregacion="simple")).set_index("convencion")
    assert panel.loc["sin_tope", "es_oficial"]
    assert panel.loc["solo_reportadas", "es_oficial"]
    assert panel.loc["simple", "es_oficial"]
    assert not panel.loc["tope_1", "es_oficial"]
    assert panel.loc["tope_1", "diferencia"] == pytest.approx(0.75 - 1.0)  # de (1,5 + 0,5)/2 a (1 + 0,5)/2


def test_si_nadie_reporto_la_suma_de_unidades_no_tiene_titular() -> None:
    """Pasa en un corte con todos los libros devueltos: el informe del método se publica igual."""
    panel = _panel(Metodo(), ejecutado_vigencia=np.nan, estado_reporte="sin_reporte")
    suma = panel.set_index("convencion").loc["suma_de_unidades"]
    assert np.isnan(suma["titular"])
    assert suma["n_metas"] == 0


def test_la_frase_dice_la_oficial_y_cuanto_mueve_cada_una() -> None:
    texto = efecto_de_las_convenciones(_panel(Metodo()))._repr_html_().replace("\xa0", " ")
    assert "El avance oficial del plan es <strong>75,0 %</strong>" in texto
    assert "no programadas en cero, −25,0 puntos" in texto  # (1 + 0,5 + 0) / 3 = 0,5
    assert "sin tope, +25,0 puntos" in texto  # (1,5 + 0,5) / 2 = 1
    assert "no es una medida de avance" in texto


def test_la_figura_solo_muestra_lo_que_mueve_el_titular() -> None:
    panel = _panel(Metodo())
    figura = titular_por_convencion(panel, "Prueba, 2025 T4")
    assert figura is not None
    assert set(figura.datos["Convención"]) == {"Tope de 120 %", "Sin tope", "No programadas en cero"}
    quieto = panel.assign(puntos=0.0, titular=0.75)
    assert titular_por_convencion(quieto, "Prueba, 2025 T4") is None


def test_la_razon_por_fuente_solo_existe_si_hay_ejecucion_por_fuente() -> None:
    fuentes = pd.DataFrame(
        {
            "codigo_meta": ["A", "B", "B", "C"],
            "vigencia": [2025, 2025, 2025, 2024],
            "fuente": ["SGP", "SGP", "Propios", "SGP"],
            "programado_cop": [10.0, 20.0, np.nan, 5.0],
        }
    )
    sin_ejecucion = recursos_por_fuente(fuentes)
    assert sin_ejecucion[["vigencia", "fuente"]].to_numpy().tolist() == [[2024, "SGP"], [2025, "SGP"]]
    assert sin_ejecucion["razon"].isna().all()
    ejecutado = pd.DataFrame({"vigencia": [2025], "fuente": ["SGP"], "ejecutado_cop": [12.0]})
    con_ejecucion = recursos_por_fuente(fuentes, ejecutado).set_index("vigencia")
    assert con_ejecucion.loc[2025, "razon"] == pytest.approx(0.4)  # 12 / (10 + 20): razón de sumas
    assert np.isnan(con_ejecucion.loc[2024, "razon"])  # sin dato no es cero
