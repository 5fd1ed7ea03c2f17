"""Lo que concluye el informe y la trayectoria de una meta salen de las tablas, y callan si no hay con qué."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd

from pipeline.config import PAQUETE, cargar_config
from pipeline.esquemas import crear_tabla
from pipeline.flujo.trayectorias import trayectorias, trimestres
from pipeline.informes import DatosInforme
from pipeline.informes.cambios import Cambios
from pipeline.informes.conclusiones import conclusiones
from pipeline.modelo import Corte, Periodo


def _cambios(metas: list[dict[str, Any]], indices: list[dict[str, Any]], periodo: str = "T3") -> Cambios:
    vacias = {t: crear_tabla(t) for t in ("plan", "entregas", "hallazgos", "alertas")}
    datos = DatosInforme(
        config=cargar_config(PAQUETE.parent), corte=Corte(vigencia=2025, periodo=Periodo(periodo)),
        es_demostracion=False, dependencia="", metas=crear_tabla("metas", metas),
        indices=crear_tabla("indices", indices), **vacias,
    )  # fmt: skip
    variaciones = crear_tabla("variaciones", [{"indice_a": 0.35, "indice_b": 0.5}])
    return Cambios(
        datos=datos, variaciones=variaciones, serie_indices=crear_tabla("serie_indices"), anterior="2025 T2"
    )


def _metas(**por_dependencia: list[str]) -> list[dict[str, Any]]:
    return [
        {"codigo_meta": f"{d}{n}", "dependencia": d, "nombre_dependencia": f"Secretaría {d}", "semaforo": s}
        for d, bandas in por_dependencia.items()
        for n, s in enumerate(bandas)
    ]


INDICES = [
    {"nivel": "plan", "codigo": "PLAN", "avance": 0.5, "cota_inferior": 0.5, "cota_superior": 0.62},
    {
        "nivel": "dependencia",
        "codigo": "A",
        "nombre": "Secretaría A",
        "avance": 0.1,
        "ejecucion_financiera": 0.4,
    },
    {
        "nivel": "dependencia",
        "codigo": "B",
        "nombre": "Secretaría B",
        "avance": 0.6,
        "ejecucion_financiera": 0.7,
    },
]


def test_las_conclusiones_dicen_donde_esta_el_rezago_y_cuanto_falta() -> None:
    metas = _metas(
        A=["critico", "bajo", "bajo", "sobresaliente"], B=["bajo", "sin_certeza"], C=["bajo"],
        D=["bajo", "no_programada"],
    )  # fmt: skip
    texto = conclusiones(_cambios(metas, INDICES))._repr_html_().replace("\xa0", " ")
    # Ocho con algo esperado: una sobresaliente, seis bajas o críticas y una incierta.
    assert "De 8 metas de las que se esperaba avance, <strong>1</strong>" in texto
    assert "<strong>6</strong> en banda baja o crítica; 1 depende de" in texto
    assert "el <strong>83 %</strong> de 6 metas rezagadas" in texto  # 3 + 1 + 1 de 6
    assert "Secretaría A (3); Secretaría B (1); Secretaría C (1)" in texto
    assert "«Secretaría A»: ha obligado el <strong>40,0 %</strong>" in texto
    assert "faltan <strong>50,0 puntos</strong> en 1 trimestre; desde 2025 T2 el avance subió 15,0" in texto
    assert "hasta <strong>12,0 puntos</strong>: llegaría a 62,0 %" in texto


def test_al_cierre_no_se_dice_cuanto_falta_y_sin_metas_no_se_concluye_nada() -> None:
    cierre = conclusiones(_cambios(_metas(A=["bajo"]), INDICES, "T4"))._repr_html_()
    assert "Para cumplir lo programado" not in cierre and "1 meta de la que se esperaba" in cierre
    assert "no se puede concluir nada" in conclusiones(_cambios([], []))._repr_html_()


def test_la_trayectoria_compara_cada_corte_con_lo_que_valia_y_lo_que_falta_con_el_plan() -> None:
    serie = pd.DataFrame(
        {
            "codigo_meta": "M1",
            "vigencia": 2025,
            "periodo": ["T1", "T2"],
            "programado_vigencia": [40.0, 50.0],
            "programado_corte": [10.0, 25.0],
            "ejecutado_vigencia": [4.0, float("nan")],
        }
    )
    plan = pd.DataFrame(
        {"codigo_meta": ["M1"], "vigencia": [2025], "programado_t1": [9.0], "programado_t2": [20.0],
         "programado_t3": [30.0], "programado_t4": [40.0]}
    )  # fmt: skip
    datos = trimestres(serie, plan, "M1", 2025)
    assert datos["programado"].tolist() == [10.0, 25.0, 30.0, 50.0]  # el año se reprogramó a 50
    assert datos["ejecutado"].tolist()[0] == 4.0 and datos["ejecutado"].isna().tolist()[1:] == [True] * 3


def test_sin_alertas_altas_no_se_dibuja_ninguna_trayectoria() -> None:
    datos = _cambios(_metas(A=["bajo"]), INDICES).datos
    assert "Ninguna meta tiene alertas" in trayectorias(replace(datos, dependencia="A"))._repr_html_()
