"""Cuánto aciertan las alertas: en un mundo con fallas plantadas y en cuentas pequeñas hechas a mano."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import mundo_alertas as mundo
import pandas as pd
import pytest
import yaml

import pipeline
from pipeline.alertas import calcular_alertas
from pipeline.config import Umbrales
from pipeline.esquemas import crear_tabla
from pipeline.indices import calcular_indices_pa
from pipeline.modelo import Corte, Metodo, Periodo
from pipeline.proyeccion import proyectar
from pipeline.retroprueba import retroprobar

REGLAS = yaml.safe_load(
    (Path(pipeline.__file__).parent / "recursos" / "alertas.yml").read_text(encoding="utf-8")
)
UMBRALES = Umbrales().model_dump()


@dataclass(kw_only=True)
class Corrida:
    """El mundo seguido corte a corte, cada uno solo con lo que entonces se sabía."""

    metas: list[mundo.Meta]
    alertas: list[tuple[Corte, pd.DataFrame]]
    evaluacion: pd.DataFrame


@pytest.fixture(scope="module")
def corrida() -> Corrida:
    metas, series = mundo.construir(), None
    plan = mundo.plan_vigencias(metas)
    alertas, proyecciones, actividades = [], [], mundo.actividades(metas)
    for corte in mundo.cortes():
        tabla = mundo.tabla_metas(metas, corte)
        proyeccion = proyectar(tabla, series, plan, corte=corte, metodo=Metodo())
        propias = calcular_alertas(
            tabla, crear_tabla("indices"), mundo.entregas(corte),
            corte=corte, umbrales=UMBRALES, textos=REGLAS, series=series, proyecciones=proyeccion,
            actividades=actividades, indices_pa=calcular_indices_pa(actividades, metodo=Metodo()),
            hallazgos=mundo.hallazgos(metas),
            registros=mundo.registros(metas, corte),
        )  # fmt: skip
        alertas.append((corte, propias))
        proyecciones.append((corte, proyeccion))
        partes = [t for t in (series, tabla.assign(corte=str(corte))) if t is not None]
        series = pd.concat(partes, ignore_index=True)
    evaluacion = retroprobar(
        alertas, series, textos=REGLAS, umbrales=UMBRALES, proyecciones_por_corte=proyecciones
    )
    return Corrida(metas=metas, alertas=alertas, evaluacion=evaluacion)


def test_cada_falla_plantada_la_ve_su_regla_y_las_metas_sanas_casi_no_alertan(corrida, capsys):
    por_corte = {str(corte): set(tabla["id_alerta"]) for corte, tabla in corrida.alertas}
    plantadas = [m for m in corrida.metas if m.regla]
    vistas = [m for m in plantadas if f"{m.regla}:{m.codigo}" in por_corte[m.corte]]
    sanas = {m.codigo for m in corrida.metas if not m.regla}
    falsas = [len(set(tabla.loc[tabla["nivel"] == "meta", "codigo"]) & sanas) for _, tabla in corrida.alertas]
    exhaustividad = len(vistas) / len(plantadas)
    proporcion = sum(falsas) / (len(sanas) * len(falsas))
    with capsys.disabled():
        print(
            f"\n  fallas plantadas: {len(plantadas)} de {len({m.regla for m in plantadas})} reglas; "
            f"exhaustividad {exhaustividad:.3f}; falsas alertas en {len(sanas)} metas sanas × "
            f"{len(falsas)} cortes: {proporcion:.2%} (peor corte {max(falsas) / len(sanas):.2%})"
        )
    assert [m.codigo for m in plantadas if m not in vistas] == []
    assert exhaustividad == 1.0
    assert 0 < proporcion <= 0.05  # el mundo tiene ruido: si no alertara ninguna sana, no probaría nada
    assert max(falsas) / len(sanas) <= 0.05


def test_lo_que_no_es_de_una_meta_tambien_se_ve(corrida):
    _, ultimas = corrida.alertas[-1]
    otras = ultimas[ultimas["nivel"] != "meta"]
    assert set(otras["id_alerta"]) == {
        "ALE-09:CALLADA", "ALE-10:DEVUELTA", "ALE-25:VENCIDA", "ALE-32:SIN_SOPORTE",
    }  # fmt: skip


def test_toda_evidencia_queda_completa(corrida):
    for _, tabla in corrida.alertas:
        for texto in tabla["evidencia"]:
            assert not {"{", "}"} & set(texto)
            assert "s. d." not in texto, texto


def test_la_retroprueba_cuadra_sus_conteos(corrida):
    tabla = corrida.evaluacion[corrida.evaluacion["n_desenlaces"].notna()]
    assert (tabla["aciertos"] + tabla["falsas"] == tabla["n_alertas"]).all()
    assert (tabla["aciertos"] + tabla["omitidas"] == tabla["n_desenlaces"]).all()
    familia = tabla.set_index(["clase", "regla"]).loc[("familia", "rezago")]
    # El mundo planta rezagos que se recuperan (ALE-04) y rezagos que no: alertar acierta más que el azar.
    assert familia["precision"] > 4 * familia["tasa_base"]
    assert 2.0 < familia["anticipacion_cortes"] <= 3.0


def test_el_intervalo_por_historia_cubre_lo_que_dice(corrida):
    filas = corrida.evaluacion.set_index("regla")
    historia = filas.loc["cierre_vigencia:historia"]
    assert historia["n_cobertura"] > 1000
    assert 0.75 <= historia["cobertura"] <= 0.95  # se construye para ocho de cada diez
    assert historia["error_medio"] < 0.05


def _series(filas: list[tuple]) -> pd.DataFrame:
    columnas = ["codigo_meta", "corte", "ritmo", "avance_crudo", "ejecutado_vigencia", "estado_reporte"]
    tabla = pd.DataFrame(filas, columns=columnas).astype({"avance_crudo": float, "ejecutado_vigencia": float})
    return tabla.assign(programado_vigencia=100.0, tipo_meta="acumulado", avance=tabla["avance_crudo"])


def _alertas(*ids: str) -> pd.DataFrame:
    partes = [i.split(":") for i in ids]
    filas = [
        {"id_alerta": i, "regla": r, "familia": "rezago", "nivel": "meta", "codigo": c, "estado": "abierta"}
        for i, (r, c) in zip(ids, partes, strict=True)
    ]
    return crear_tabla("alertas", filas)


def test_los_conteos_de_una_regla_hechos_a_mano():
    # A y B cierran por debajo de 80 %; C y D cumplen; de E no se conoce el cierre y no cuenta.
    series = _series(
        [
            ("A", "2025-T2", 0.5, 0.25, 25, "reportada"), ("A", "2025-T4", 0.6, 0.60, 60, "reportada"),
            ("B", "2025-T2", 0.9, 0.45, 45, "reportada"), ("B", "2025-T4", 0.7, 0.70, 70, "reportada"),
            ("C", "2025-T2", 0.6, 0.30, 30, "reportada"), ("C", "2025-T4", 1.0, 1.00, 100, "reportada"),
            ("D", "2025-T2", 1.0, 0.50, 50, "reportada"), ("D", "2025-T4", 0.8, 0.80, 80, "reportada"),
            ("E", "2025-T2", 0.2, 0.10, 10, "reportada"), ("E", "2025-T4", None, None, None, "sin_reporte"),
        ]
    )  # fmt: skip
    corte = Corte(vigencia=2025, periodo=Periodo.T2)
    alertas = _alertas("ALE-04:A", "ALE-04:C", "ALE-04:E")
    fila = (
        retroprobar([(corte, alertas)], series, textos=REGLAS, umbrales=UMBRALES)
        .set_index("regla")
        .loc["ALE-04"]
    )
    conteos = fila[["n_cortes", "n_casos", "n_desenlaces", "n_alertas", "aciertos", "falsas", "omitidas"]]
    assert conteos.tolist() == [1, 4, 2, 2, 1, 1, 1]
    razones = fila[["precision", "exhaustividad", "tasa_base", "anticipacion_cortes"]]
    assert razones.tolist() == [0.5, 0.5, 0.5, 2.0]
    assert pd.isna(fila["umbral_sugerido"])
    assert fila["nota"] == "Con 4 casos y 2 desenlaces no se sugiere umbral."


def test_una_correccion_es_bajar_lo_acumulado_y_no_dejarlo_casi_igual():
    series = _series(
        [
            ("A", "2025-T1", 1, 5.0, 500, "reportada"), ("A", "2025-T2", 1, 0.5, 50, "reportada"),
            ("B", "2025-T1", 1, 1.3, 130, "reportada"), ("B", "2025-T2", 1, 1.28, 128, "reportada"),
        ]
    )  # fmt: skip
    corte = Corte(vigencia=2025, periodo=Periodo.T1)
    tabla = retroprobar(
        [(corte, _alertas("ALE-05:A", "ALE-05:B"))], series, textos=REGLAS, umbrales=UMBRALES
    ).set_index("regla")
    assert tabla.loc["ALE-05", ["n_casos", "n_desenlaces", "aciertos", "falsas"]].tolist() == [2, 1, 1, 1]


def test_el_umbral_sugerido_separa_lo_que_se_puede_separar():
    # 20 metas que van en 0,60 de lo esperado incumplen y 20 que van en 0,70 cumplen: hoy 0,75 alerta a todas.
    filas = []
    for n in range(40):
        ritmo, cierre = (0.6, 0.5) if n < 20 else (0.7, 1.0)
        filas.append((f"M{n}", "2025-T2", ritmo, ritmo / 2, ritmo * 50, "reportada"))
        filas.append((f"M{n}", "2025-T4", cierre, cierre, cierre * 100, "reportada"))
    corte = Corte(vigencia=2025, periodo=Periodo.T2)
    alertas = _alertas(*[f"ALE-04:M{n}" for n in range(40)])
    tabla = retroprobar([(corte, alertas)], _series(filas), textos=REGLAS, umbrales=UMBRALES)
    fila = tabla.set_index("regla").loc["ALE-04"]
    assert (fila["precision"], fila["umbral_actual"]) == (0.5, 0.75)
    assert 0.6 < fila["umbral_sugerido"] <= 0.7


def test_sin_cortes_pasados_la_tabla_dice_que_no_hay_casos():
    tabla = retroprobar(
        [], _series([]).assign(corte=pd.Series(dtype="str")), textos=REGLAS, umbrales=UMBRALES
    )
    assert (tabla.loc[tabla["n_casos"].notna(), "n_casos"] == 0).all()
    assert tabla["precision"].isna().all()
