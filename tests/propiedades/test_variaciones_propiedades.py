"""Repartido el cambio de un índice entre sus metas, no sobra ni falta nada (hypothesis)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.esquemas import crear_tabla
from pipeline.indices import calcular_indices
from pipeline.indices.participaciones import NIVELES, calcular_participaciones
from pipeline.modelo import Corte, Metodo, Periodo
from pipeline.variaciones import descomponer

CORTE = Corte(vigencia=2025, periodo=Periodo.T3)
ESTADOS = ("reportada", "sin_reporte", "devuelta", "no_programada")
metodos = st.builds(
    Metodo,
    tope=st.sampled_from([1.0, 1.2, None]),
    sin_reporte=st.sampled_from(["cero", "excluir"]),
    no_programada=st.sampled_from(["cero", "excluir"]),
    agregacion=st.sampled_from(["ponderada", "simple", "por_conteo"]),
)


@st.composite
def cortes(dibujo: Any) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Dos tablas `metas`: cambian avances, reportes, programación, pesos y hasta las metas del plan."""
    cuantas = dibujo(st.integers(1, 14))
    con_linea = dibujo(st.booleans())
    identidad = [
        {
            "codigo_meta": f"M{i:02}",
            "linea": f"L{dibujo(st.integers(0, 2))}",
            "sector": f"S{dibujo(st.integers(0, 2))}",
            "programa": f"P{dibujo(st.integers(0, 3))}",
            "dependencia": dibujo(st.sampled_from(["D1", "D2", None])),
            "ponderador": dibujo(st.sampled_from([None, 0.0, 0.5, 1.0, 300.0])),
        }
        for i in range(cuantas)
    ]
    return tuple(_corte(dibujo, identidad, con_linea) for _ in range(2))


def _corte(dibujo: Any, identidad: list[dict[str, Any]], con_linea: bool) -> pd.DataFrame:
    metas = pd.DataFrame([meta for meta in identidad if dibujo(st.integers(0, 9)) > 0] or identidad[:1])
    metas["estado_reporte"] = [dibujo(st.sampled_from(ESTADOS)) for _ in range(len(metas))]
    avance = np.array([dibujo(st.floats(0, 1.2)) for _ in range(len(metas))])
    metas["avance"] = np.where(metas["estado_reporte"] == "reportada", avance, np.nan)
    if con_linea:
        pesos = {f"L{i}": dibujo(st.sampled_from([0.2, 12.0, 43.8])) for i in range(3)}
        metas["ponderador_linea"] = metas["linea"].map(pesos)
    return crear_tabla("metas", metas.assign(vigencia=2025, periodo="T3"))


def _exigir_exacto(a: pd.DataFrame, b: pd.DataFrame, metodo: Metodo) -> int:
    """Nodos comparados, si en todos lo repartido suma el cambio de lo que publica `calcular_indices`."""
    descompuesto = descomponer(*(calcular_participaciones(m, metodo=metodo) for m in (a, b)))
    antes, ahora = (
        calcular_indices(m, corte=CORTE, metodo=metodo, niveles=NIVELES).set_index(["nivel", "codigo"])[
            "avance"
        ]
        for m in (a, b)
    )
    cambio = (ahora - antes).dropna()
    por_nodo = descompuesto.groupby(["nivel", "codigo"])[["efecto", "efecto_avance", "efecto_peso"]].sum()
    assert sorted(por_nodo.index) == sorted(cambio.index)  # cada nodo con cambio se explica, y ninguno más
    assert (por_nodo["efecto"] - cambio).abs().le(1e-9).all()
    assert (por_nodo["efecto_avance"] + por_nodo["efecto_peso"] - cambio).abs().le(1e-9).all()
    aportes = descompuesto.groupby(["nivel", "codigo"])[["aporte_a", "aporte_b"]].sum()
    assert (aportes["aporte_b"] - aportes["aporte_a"] - cambio).abs().le(1e-9).all()
    return len(cambio)


@given(cortes(), metodos)
@settings(max_examples=12, deadline=None)
def test_lo_que_pone_cada_meta_suma_el_cambio_del_indice(
    par: tuple[pd.DataFrame, pd.DataFrame], metodo: Metodo
) -> None:
    a, b = par
    topada = metodo.tope if metodo.tope is not None else np.inf
    a, b = (m.assign(avance=m["avance"].clip(upper=topada)) for m in (a, b))
    _exigir_exacto(a, b, metodo)


def test_en_un_plan_de_mil_metas_tambien_suma() -> None:
    azar = np.random.default_rng(7)
    base = pd.DataFrame(
        {
            "codigo_meta": [f"M{i:04}" for i in range(1000)],
            "linea": azar.integers(0, 5, 1000).astype(str),
            "sector": azar.integers(0, 17, 1000).astype(str),
            "programa": azar.integers(0, 60, 1000).astype(str),
            "dependencia": azar.integers(0, 25, 1000).astype(str),
            "ponderador": azar.uniform(0.01, 5, 1000),
            "vigencia": 2025,
            "periodo": "T3",
        }
    )
    lados = []
    for _ in range(2):
        estado = azar.choice(ESTADOS, 1000, p=[0.7, 0.1, 0.05, 0.15])
        avance = np.where(estado == "reportada", azar.uniform(0, 1, 1000), np.nan)
        lados.append(crear_tabla("metas", base.assign(estado_reporte=estado, avance=avance)))
    for agregacion in ("ponderada", "simple", "por_conteo"):
        metodo = replace(Metodo(sin_reporte="excluir"), agregacion=agregacion)
        assert _exigir_exacto(*lados, metodo) > 100
