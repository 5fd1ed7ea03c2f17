"""Las reglas de alerta de la entidad se leen de su carpeta y un archivo malo se explica."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pipeline.errores import ErrorConfiguracion
from pipeline.flujo import Contexto, abrir
from pipeline.flujo.enlaces import enlaces_del_corte, huella_de_enlaces
from pipeline.flujo.tempranas import reglas_de_alerta
from pipeline.modelo import Corte, Periodo

EJEMPLO = Path(__file__).resolve().parents[2] / "ejemplos" / "tenjo" / "seguimiento.toml"


@pytest.fixture
def contexto(tmp_path: Path) -> Contexto:
    shutil.copy(EJEMPLO, tmp_path)
    return abrir(2025, "T3", tmp_path)


def escribir(contexto: Contexto, texto: str) -> None:
    (contexto.rutas.raiz / "alertas.yml").write_text(texto, encoding="utf-8")


def test_sin_archivo_propio_valen_las_del_proyecto_y_con_el_cambia_solo_lo_escrito(
    contexto: Contexto,
) -> None:
    antes = {r["id"]: r for r in reglas_de_alerta(contexto)["reglas"]}
    escribir(
        contexto, "reglas:\n  - {id: ALE-04, plazo_dias: 5}\nbrecha_tolerada: [{hasta: 1, tolerada: 0.2}]\n"
    )
    despues = reglas_de_alerta(contexto)
    vistas = {r["id"]: r for r in despues["reglas"]}
    assert vistas["ALE-04"] == {**antes["ALE-04"], "plazo_dias": 5}
    assert {k: v for k, v in vistas.items() if k != "ALE-04"} == {
        k: v for k, v in antes.items() if k != "ALE-04"
    }
    assert despues["brecha_tolerada"] == [{"hasta": 1, "tolerada": 0.2}]


@pytest.mark.parametrize(
    ("texto", "dicho"),
    [
        ("reglas: [", "YAML mal escrito"),
        ("reglas: [{id: ALE-04, severidat: alta}]", "severidad"),
        ("- ALE-04", "lista de «reglas»"),
        ("reglas: [ALE-04]", "lista de «reglas»"),
    ],
)
def test_un_archivo_que_no_se_entiende_se_explica(contexto: Contexto, texto: str, dicho: str) -> None:
    escribir(contexto, texto)
    with pytest.raises(ErrorConfiguracion, match=dicho):
        reglas_de_alerta(contexto)


def test_un_archivo_vacio_no_cambia_nada(contexto: Contexto) -> None:
    antes = reglas_de_alerta(contexto)
    escribir(contexto, "# nada todavía\n")
    assert reglas_de_alerta(contexto) == antes


def test_el_enlace_se_mira_al_cierre_de_cada_corte(contexto: Contexto) -> None:
    assert enlaces_del_corte(contexto, contexto.corte) is None  # la entidad no lleva la lista
    (unica,) = contexto.config.dependencias_que_entregan()
    (contexto.rutas.raiz / "enlaces.csv").write_text(
        f"dependencia,cargo,desde,hasta,acto\n{unica.codigo},Profesional,2025-01-10,2025-06-30,Decreto 4\n",
        encoding="utf-8",
    )
    faltas = []
    for periodo in Periodo:
        tabla = enlaces_del_corte(contexto, Corte(vigencia=2025, periodo=periodo))
        assert tabla is not None
        faltas.append(tabla["falta_enlace"].item())
    assert faltas == ["", "", *["el último terminó el 30 de junio de 2025"] * 2]
    # Antes de la primera designación la entidad no llevaba la lista: no se alerta lo que no se sabía.
    assert enlaces_del_corte(contexto, Corte(vigencia=2024, periodo=Periodo.T4)) is None


def test_una_designacion_posterior_no_cambia_la_huella_de_un_corte_y_una_del_corte_si(
    contexto: Contexto,
) -> None:
    (unica,) = contexto.config.dependencias_que_entregan()
    lista = contexto.rutas.raiz / "enlaces.csv"
    assert huella_de_enlaces(contexto) == ""
    lista.write_text(
        f"dependencia,cargo,desde,hasta,acto\n{unica.codigo},Profesional,2025-01-10,2025-12-15,Decreto 4\n"
    )
    antes = huella_de_enlaces(contexto)  # el corte es 2025-T3
    with lista.open("a") as abierta:
        abierta.write(f"{unica.codigo},Profesional,2025-12-16,,Decreto 90\n")
    assert huella_de_enlaces(contexto) == antes != ""
    lista.write_text(lista.read_text().replace("2025-12-15", "2025-08-15"))
    assert huella_de_enlaces(contexto) != antes
