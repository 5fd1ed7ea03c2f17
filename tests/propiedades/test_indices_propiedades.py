"""Propiedades que el método debe cumplir con cualquier plan (hypothesis)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.indices import calcular_indices, calcular_metas
from pipeline.indices.explicacion import evaluar, explicar_meta
from pipeline.indices.promedios import pesos_renormalizados
from pipeline.modelo import Corte, Metodo, Periodo, TipoMeta

VIGENCIAS = (2024, 2025, 2026, 2027)
AGREGACIONES = ("ponderada", "simple", "por_conteo")
AJUSTES = settings(max_examples=12, deadline=None)
decimales = st.decimals(min_value="0.01", max_value="5000", places=2).map(float)


@st.composite
def programas(dibujo, tipo: str) -> tuple[list[float], float, float]:
    """Programación coherente con su tipo: (cuatro vigencias, meta del cuatrienio, línea base)."""
    cuatro = dibujo(st.lists(decimales, min_size=4, max_size=4))
    base = dibujo(st.sampled_from([float("nan"), 0.0, 3.5]))
    if tipo == TipoMeta.ACUMULADO:
        apagadas = dibujo(st.lists(st.booleans(), min_size=3, max_size=3))
        cuatro = [0.0 if apagar else valor for apagar, valor in zip([*apagadas, False], cuatro, strict=True)]
        # La meta se escribe en el plan con dos decimales: es la suma en decimal, no la del binario.
        return cuatro, round(sum(round(v * 100) for v in cuatro) / 100, 2), base
    if tipo in (TipoMeta.FLUJO, TipoMeta.STOCK):
        return cuatro, cuatro[-1], base
    if tipo == TipoMeta.CAPACIDAD:
        crece = sorted(cuatro)
        return crece, crece[-1], dibujo(st.sampled_from([float("nan"), 0.0, crece[0] / 2, crece[-1]]))
    if tipo == TipoMeta.MANTENIMIENTO:
        return [cuatro[0]] * 4, cuatro[0], base
    baja = sorted(cuatro, reverse=True)
    return baja, baja[-1], dibujo(st.sampled_from([float("nan"), baja[0] + 10.0, baja[0]]))


@st.composite
def planes(dibujo, minimo: int = 1, maximo: int = 12) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Un plan al azar, con todo tipo de metas y pesos de cualquier escala, y su historia sin ejecución."""
    cuantas = dibujo(st.integers(minimo, maximo))
    con_linea = dibujo(st.booleans())
    con_peso = dibujo(st.booleans())
    metas, historia = [], []
    for numero in range(cuantas):
        tipo = dibujo(st.sampled_from(list(TipoMeta)))
        cuatro, meta, base = dibujo(programas(tipo))
        linea = dibujo(st.integers(0, 2))
        codigo = f"M{numero:02}"
        metas.append(
            {
                "codigo_meta": codigo,
                "tipo_meta": tipo.value,
                "meta_cuatrienio": meta,
                "linea_base": base,
                "linea": f"L{linea}",
                "sector": f"S{dibujo(st.integers(0, 3))}",
                "programa": f"P{dibujo(st.integers(0, 3))}",
                "subprograma": dibujo(st.sampled_from([None, "1", "2"])),
                "dependencia": f"D{dibujo(st.integers(0, 2))}",
                "ponderador": dibujo(st.floats(0.001, 1e6)) if con_peso else None,
                "ponderador_linea": [0.24, 12.0, 43.8][linea] if con_linea else None,
            }
        )
        for vigencia, valor in zip(VIGENCIAS, cuatro, strict=True):
            historia.append({"codigo_meta": codigo, "vigencia": vigencia, "programado_vigencia": valor})
    return pd.DataFrame(metas), pd.DataFrame(historia).assign(ejecutado_vigencia=np.nan)


def armar(
    metas: pd.DataFrame, historia: pd.DataFrame, ejecutado: pd.Series, vigencia: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """La base del corte, con la historia ejecutada hasta esa vigencia."""
    hasta = historia["vigencia"] <= vigencia
    historia = historia.assign(ejecutado_vigencia=ejecutado.where(hasta))
    actual = historia[historia["vigencia"] == vigencia].drop(columns="vigencia")
    base = metas.merge(actual, on="codigo_meta")
    base["programado_corte"] = base["programado_vigencia"]
    base["estado_reporte"] = np.select(
        [~base["programado_vigencia"].gt(0), base["ejecutado_vigencia"].isna()],
        ["no_programada", "sin_reporte"],
        "reportada",
    )
    return base, historia


def calcular(base, historia, vigencia, metodo, periodo=Periodo.T4):
    corte = Corte(vigencia=vigencia, periodo=periodo)
    metas = calcular_metas(base, historia, corte=corte, metodo=metodo, vigencias=VIGENCIAS)
    return metas, calcular_indices(metas, corte=corte, metodo=metodo)


@settings(AJUSTES, max_examples=24)
@given(
    plan=planes(),
    vigencia=st.sampled_from(VIGENCIAS),
    agregacion=st.sampled_from(AGREGACIONES),
    tope=st.sampled_from([1.0, 1.2, None]),
    descuenta=st.booleans(),
)
def test_cumplir_cada_programa_da_exactamente_uno_en_todo_nivel_vigencia_y_tipo(
    plan, vigencia, agregacion, tope, descuenta
):
    metodo = Metodo(agregacion=agregacion, tope=tope, capacidad_descuenta_linea_base=descuenta)
    metas, historia = plan
    base, pasado = armar(metas, historia, historia["programado_vigencia"], vigencia)
    por_meta, indices = calcular(base, pasado, vigencia, metodo)
    programadas = por_meta["estado_reporte"] == "reportada"
    assert (por_meta.loc[programadas, "avance"] == 1.0).all()
    con_programa = indices[indices["n_programadas"] > 0]
    for columna in (
        "avance",
        "avance_simple",
        "avance_ponderado",
        "cota_inferior",
        "cota_superior",
        "esperado",
    ):
        assert (con_programa[columna] == 1.0).all(), columna
    assert (con_programa["semaforo"] == "sobresaliente").all()


@settings(AJUSTES, max_examples=24)
@given(
    plan=planes(),
    denominador=st.sampled_from(["cuatrienio", "transcurrido"]),
    agregacion=st.sampled_from(AGREGACIONES),
)
def test_cumplir_los_cuatro_programas_da_un_cuatrienio_de_exactamente_uno(plan, denominador, agregacion):
    metas, historia = plan
    base, pasado = armar(metas, historia, historia["programado_vigencia"], 2027)
    metodo = Metodo(agregacion=agregacion, denominador_mantenimiento=denominador)
    por_meta, indices = calcular(base, pasado, 2027, metodo)
    assert (por_meta["avance_cuatrienio"] == 1.0).all()
    for columna in ("avance_cuatrienio", "cota_inferior_cuatrienio", "cota_superior_cuatrienio"):
        assert (indices[columna] == 1.0).all(), columna


@AJUSTES
@given(plan=planes(), fraccion=st.sampled_from([0.1, 0.25, 0.6]), agregacion=st.sampled_from(AGREGACIONES))
def test_ir_exactamente_como_se_programo_al_corte_da_un_ritmo_de_exactamente_uno(plan, fraccion, agregacion):
    metas, historia = plan
    base, pasado = armar(metas, historia, historia["programado_vigencia"], 2025)
    base["programado_corte"] = base["ejecutado_vigencia"] = base["programado_vigencia"] * fraccion
    _, indices = calcular(base, pasado, 2025, Metodo(agregacion=agregacion), Periodo.T2)
    assert (indices["avance"].fillna(-1) == indices["esperado"].fillna(-1)).all()
    assert (indices["ritmo"].dropna() == 1.0).all()


@st.composite
def planes_ejecutados(dibujo) -> tuple[pd.DataFrame, pd.DataFrame, pd.Series]:
    metas, historia = dibujo(planes(minimo=2))
    factores = dibujo(
        st.lists(
            st.sampled_from([0.0, 0.3, 0.8, 1.0, 1.5, 9.0]), min_size=len(historia), max_size=len(historia)
        )
    )
    return metas, historia, historia["programado_vigencia"] * np.array(factores)


@AJUSTES
@given(plan=planes_ejecutados(), tope=st.sampled_from([1.0, 1.2]), agregacion=st.sampled_from(AGREGACIONES))
def test_todo_indice_esta_entre_cero_y_el_tope(plan, tope, agregacion):
    metas, historia, ejecutado = plan
    base, pasado = armar(metas, historia, ejecutado, 2026)
    por_meta, indices = calcular(base, pasado, 2026, Metodo(tope=tope, agregacion=agregacion))
    for tabla in (por_meta, indices):
        for columna in ("avance", "cota_inferior", "cota_superior", "avance_cuatrienio"):
            valores = tabla[columna].dropna()
            assert ((valores >= 0) & (valores <= tope)).all(), columna


@AJUSTES
@given(plan=planes_ejecutados(), semilla=st.integers(0, 99), agregacion=st.sampled_from(AGREGACIONES))
def test_el_orden_de_las_filas_no_cambia_ni_un_bit(plan, semilla, agregacion):
    metas, historia, ejecutado = plan
    metodo = Metodo(agregacion=agregacion)
    base, pasado = armar(metas, historia, ejecutado, 2025)
    revueltas = base.sample(frac=1, random_state=semilla), pasado.sample(frac=1, random_state=semilla)
    for una, otra in zip(
        calcular(base, pasado, 2025, metodo), calcular(*revueltas, 2025, metodo), strict=True
    ):
        pd.testing.assert_frame_equal(una, otra, check_exact=True)


@AJUSTES
@given(
    plan=planes_ejecutados(),
    agregacion=st.sampled_from(AGREGACIONES),
    sin_reporte=st.sampled_from(["cero", "excluir"]),
    quitado=st.sampled_from(["D0", "D1", "D2"]),
    tope=st.sampled_from([1.0, 1.2]),
)
def test_al_quitar_un_libro_las_cotas_contienen_el_valor_completo_y_no_se_estrechan(
    plan, agregacion, sin_reporte, quitado, tope
):
    metas, historia, ejecutado = plan
    metodo = Metodo(agregacion=agregacion, sin_reporte=sin_reporte, tope=tope)
    base, pasado = armar(metas, historia, ejecutado, 2025)
    _, completos = calcular(base, pasado, 2025, metodo)
    del_libro = base["dependencia"] == quitado
    parcial = base.assign(
        ejecutado_vigencia=base["ejecutado_vigencia"].where(~del_libro),
        estado_reporte=base["estado_reporte"].where(
            ~del_libro | (base["estado_reporte"] == "no_programada"), "sin_reporte"
        ),
    )
    _, parciales = calcular(parcial, pasado, 2025, metodo)
    medibles = completos["n_programadas"] > 0
    holgura = 1e-12
    for lado in ("inferior", "superior"):
        signo = 1 if lado == "inferior" else -1
        cota, antes = parciales[f"cota_{lado}"] * signo, completos[f"cota_{lado}"] * signo
        assert (cota <= completos["avance"] * signo + holgura)[medibles].all()
        assert (cota <= antes + holgura)[medibles].all()
    assert (parciales["cota_inferior"] <= parciales["avance"].fillna(0) + holgura)[medibles].all()


@AJUSTES
@given(
    pesos=st.lists(st.floats(1e-3, 1e9), min_size=1, max_size=30),
    faltan=st.lists(st.booleans(), min_size=30, max_size=30),
)
def test_los_pesos_renormalizados_suman_uno_entre_las_que_cuentan(pesos, faltan):
    valores = np.where(faltan[: len(pesos)], np.nan, 0.5)
    participaciones = pesos_renormalizados(valores, np.array(pesos), np.zeros(len(pesos), dtype=np.int64), 1)
    if not np.isnan(valores).all():
        assert participaciones.sum() == pytest.approx(1.0, abs=1e-12)
    assert (participaciones[np.isnan(valores)] == 0).all()


@AJUSTES
@given(plan=planes_ejecutados())
def test_faltante_nunca_es_lo_mismo_que_cero(plan):
    metas, historia, ejecutado = plan
    base, pasado = armar(metas, historia, ejecutado, 2024)
    programadas = base["estado_reporte"] != "no_programada"
    ceros = base.assign(ejecutado_vigencia=np.where(programadas, 0.0, np.nan))
    vacios = base.assign(
        ejecutado_vigencia=np.nan, estado_reporte=base["estado_reporte"].where(~programadas, "sin_reporte")
    )
    con_cero, nodos_cero = calcular(ceros, pasado, 2024, Metodo())
    sin_dato, nodos_vacio = calcular(vacios, pasado, 2024, Metodo())
    cuentan = (con_cero["estado_reporte"] == "reportada").to_numpy()
    assert con_cero.loc[cuentan, "avance"].notna().all()
    assert sin_dato["avance"].isna().all()
    if cuentan.any():
        assert (nodos_cero["n_reportadas"] != nodos_vacio["n_reportadas"]).any()
        plan_vacio = nodos_vacio[nodos_vacio["nivel"] == "plan"].iloc[0]
        assert plan_vacio["cota_superior"] == 1.0
        assert plan_vacio["semaforo"] == "sin_certeza"


@AJUSTES
@given(
    plan=planes_ejecutados(),
    vigencia=st.sampled_from(VIGENCIAS),
    opciones=st.fixed_dictionaries(
        {
            "tope": st.sampled_from([1.0, 1.2, None]),
            "denominador_mantenimiento": st.sampled_from(["cuatrienio", "transcurrido"]),
            "capacidad_descuenta_linea_base": st.booleans(),
        }
    ),
)
def test_evaluar_la_explicacion_da_la_cifra_publicada(plan, vigencia, opciones):
    metas, historia, ejecutado = plan
    metodo = replace(Metodo(), **opciones)
    base, pasado = armar(metas, historia, ejecutado, vigencia)
    corte = Corte(vigencia=vigencia, periodo=Periodo.T4)
    por_meta, _ = calcular(base, pasado, vigencia, metodo)
    for meta in por_meta.to_dict("records"):
        for explicada in explicar_meta(meta, pasado, corte=corte, metodo=metodo, vigencias=VIGENCIAS):
            publicado = meta[explicada.medida]
            if explicada.expresion is None:
                assert pd.isna(publicado), explicada.texto
            else:
                assert evaluar(explicada.expresion) == pytest.approx(publicado, rel=1e-12, abs=1e-15)
