"""Lo que los índices del Plan de Acción cumplen con cualquier libro."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.esquemas import crear_tabla
from pipeline.indices import calcular_actividades, calcular_indices_pa
from pipeline.modelo import Corte, Metodo, Periodo

CORTE = Corte(vigencia=2025, periodo=Periodo.T2)
METODOS = st.sampled_from(
    [Metodo(agregacion=a, sin_reporte=s, tope=t)
     for a in ("ponderada", "simple", "por_conteo") for s in ("cero", "excluir") for t in (1.0, None)]
)  # fmt: skip
numeros = st.one_of(st.none(), st.just(0.0), st.floats(min_value=0.01, max_value=1e6))
FILAS = st.lists(
    st.fixed_dictionaries(
        {
            "codigo_actividad": st.sampled_from(["A", "B", "C", None]),
            "nombre_actividad": st.just("Actividad"),
            "dependencia": st.sampled_from(["UNO", "DOS"]),
            "bpin": st.sampled_from(["1", "2", None]),
            "codigo_meta": st.sampled_from(["M1", "M2", None]),
            "programado_actividad": numeros,
            "programado_actividad_t2": numeros,
            "ejecutado_actividad": numeros,
            "costo_programado_cop": numeros,
            "costo_ejecutado_cop": numeros,
            "ponderacion_actividad": numeros,
        }
    ),
    min_size=1,
    max_size=12,
)


def tabla(filas: list[dict[str, object]]) -> pd.DataFrame:
    lugar = {"archivo": "x.xlsx", "sha256": "a", "hoja": "Proyecto 1", "vigencia": 2025}
    return crear_tabla("registros_pa", [{**f, **lugar, "fila": n} for n, f in enumerate(filas, start=17)])


def medir(registros: pd.DataFrame, metodo: Metodo) -> tuple[pd.DataFrame, pd.DataFrame]:
    actividades = calcular_actividades(
        registros, crear_tabla("plan"), corte=CORTE, metodo=metodo, nombres_dependencias={}
    )
    return actividades, calcular_indices_pa(actividades, metodo=metodo)


@settings(max_examples=12, deadline=None)
@given(FILAS, METODOS)
def test_el_indice_esta_entre_sus_cotas_y_los_conteos_cuadran(
    filas: list[dict[str, object]], metodo: Metodo
) -> None:
    actividades, indices = medir(tabla(filas), metodo)
    assert len(actividades) == len(filas)
    con_indice = indices.dropna(subset=["indice_fisico"])
    assert (con_indice["cota_inferior"] <= con_indice["indice_fisico"]).all()
    assert (con_indice["indice_fisico"] <= con_indice["cota_superior"]).all()
    assert (indices["n_reportadas"] + indices["n_sin_reporte"] == indices["n_programadas"]).all()
    for nivel in ("total", "dependencia", "proyecto", "meta"):
        del_nivel = indices[indices["nivel"] == nivel]
        assert del_nivel["n_actividades"].sum() == len(filas)
        assert np.isclose(del_nivel["costo_programado_cop"].sum(), actividades["costo_programado_cop"].sum())
    if metodo.tope is not None:
        assert not (actividades["indice_fisico"] > metodo.tope).any()
    sin_dato = actividades["ejecutado_vigencia"].isna()
    assert actividades.loc[sin_dato, "indice_fisico"].isna().all()  # lo que falta nunca es cero


@settings(max_examples=12, deadline=None)
@given(FILAS, METODOS)
def test_si_todo_se_cumple_todo_nodo_vale_exactamente_uno(
    filas: list[dict[str, object]], metodo: Metodo
) -> None:
    cumplidas = [f | {"programado_actividad": 3.7, "ejecutado_actividad": 3.7} for f in filas]
    _, indices = medir(tabla(cumplidas), metodo)
    assert (indices[["indice_fisico", "cota_inferior", "cota_superior"]] == 1.0).all().all()


@settings(max_examples=12, deadline=None)
@given(FILAS, METODOS, st.randoms(use_true_random=False))
def test_el_orden_de_las_filas_no_cambia_ni_un_bit(
    filas: list[dict[str, object]], metodo: Metodo, azar: object
) -> None:
    registros = tabla(filas)
    orden = list(range(len(filas)))
    azar.shuffle(orden)  # type: ignore[attr-defined]
    una, otra = medir(registros, metodo), medir(registros.iloc[orden].reset_index(drop=True), metodo)
    pd.testing.assert_frame_equal(una[0], otra[0], check_exact=True)
    pd.testing.assert_frame_equal(una[1], otra[1], check_exact=True)


@settings(max_examples=12, deadline=None)
@given(FILAS, METODOS)
def test_reportar_mas_nunca_baja_el_indice(filas: list[dict[str, object]], metodo: Metodo) -> None:
    base = filas[0] | {"programado_actividad": 10.0}
    antes = medir(tabla([base | {"ejecutado_actividad": 2.0}, *filas[1:]]), metodo)
    luego = medir(tabla([base | {"ejecutado_actividad": 9.0}, *filas[1:]]), metodo)
    assert (luego[1]["indice_fisico"].fillna(0) >= antes[1]["indice_fisico"].fillna(0) - 1e-12).all()
