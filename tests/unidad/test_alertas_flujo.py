"""Las reglas de alerta de la entidad se leen de su carpeta y un archivo malo se explica."""

from __future__ import annotations

import re
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
        ("reglas: [", "alertas.yml: YAML mal escrito en el renglón 2, columna 1"),
        ("reglas: [{id: ALE-04, severidat: alta}]", "regla ALE-04: clave desconocida «severidat»"),
        ("- ALE-04", "lista de «reglas»"),
        ("reglas: [ALE-04]", "lista de «reglas»"),
        ("regla: [{id: ALE-04}]", "alertas.yml: clave desconocida «regla». ¿Quiso decir «reglas»?"),
        ("reglas: [{plazo_dias: 5}]", "regla sin «id»: «id»: falta este valor"),
        ("reglas: [{id: ALE-04, plazo_dias: quince}]", "ALE-04: «plazo_dias»: debe ser un número entero"),
        ("reglas: [{id: ALE-04, severidad: grave}]", "ALE-04: «severidad»: valor no admitido; use 'alta'"),
        ("reglas: [{id: ALE-04, cuando: }]", "ALE-04: «cuando»: debe ser una lista (llegó vacío)"),
        ("reglas: [{id: ALE-04, cuando: []}]", "ALE-04: «cuando»: está vacío"),
        ("reglas: [{id: ALE-04, apagada: 'no'}]", "ALE-04: «apagada»: debe ser true o false (llegó 'no')"),
        ("reglas: [{id: ALE-04, certeza: 80}]", "ALE-04: «certeza»: debe ser un número de 0 a 1"),
        ("reglas: [{id: ALE-04, tablas: [meta]}]", "ALE-04: «tablas.0»: valor no admitido"),
        ("reglas: [{id: ALE-004, plazo_dias: 5}]", "¿Quiso decir «ALE-04»?"),
        ("reglas: [{id: ALE-4, apagada: true}]", "regla ALE-4: no es una regla del proyecto"),
        ("reglas: [{id: ALE-04, grado: 1}, {id: ALE-04, grado: 2}]", "regla ALE-04: está escrita dos veces"),
        ("brecha_tolerada: [{hasta: 1}]", "alertas.yml: «brecha_tolerada.0.tolerada»: falta este valor"),
        ("brecha_tolerada: [{hasta: 1, tolerada: 0.1}, {hasta: 0.5, tolerada: 0.2}]", "de menor a mayor"),
        ("reglas: [{id: ALE-04, brecha: faltas}]", "regla ALE-04 › brecha: no existe «faltas»"),
        ("reglas: [{id: ALE-04, umbral: resago}]", "ALE-04 › umbral: no existe «resago»"),
        ("reglas: [{id: ALE-04, medida: ritmos}]", "ALE-04 › medida: no existe «ritmos»"),
        ("reglas: [{id: ALE-04, evidencia: '{avanse}'}]", "ALE-04 › evidencia: el texto"),
        ("reglas: [{id: ALE-04, cuando: [ritmos < 1]}]", "ALE-04 › cuando: no existe la medida «ritmos»"),
        ("reglas: [{id: ALE-04, cuando: [ritmo bajo]}]", "ALE-04 › cuando: no se entiende la condición"),
        (
            "reglas: [{id: ALE-04, cuando: [estado_reporte < 3]}]",
            "ALE-04 › cuando: «estado_reporte < 3» compara un texto con un número",
        ),
        (
            "reglas: [{id: ALE-04, cuando: [ritmo < 0.8]}]",
            "alertas.yml › regla ALE-04 › ejemplos: ejemplo 1 que pasa: alerta. Escriba ahí",
        ),
    ],
)
def test_un_archivo_que_no_se_entiende_se_explica(contexto: Contexto, texto: str, dicho: str) -> None:
    escribir(contexto, texto)
    with pytest.raises(ErrorConfiguracion, match=re.escape(dicho)) as error:
        reglas_de_alerta(contexto)
    assert error.value.archivo == "alertas.yml"
    assert str(error.value).count("  ") == str(error.value).count("..") == str(error.value).count("?.") == 0


def test_cambiar_un_umbral_no_vuelve_mentiroso_el_ejemplo_de_una_regla_a_la_que_solo_cambia_el_plazo(
    contexto: Contexto,
) -> None:
    ruta = contexto.rutas.raiz / "seguimiento.toml"
    ruta.write_text(ruta.read_text(encoding="utf-8") + "\n[umbrales]\nrezago = 0.6\n", encoding="utf-8")
    escribir(contexto, "reglas: [{id: ALE-04, plazo_dias: 5}]\n")  # su ejemplo es de 0,75
    reglas = reglas_de_alerta(abrir(2025, "T3", contexto.rutas.raiz))["reglas"]
    assert next(r["plazo_dias"] for r in reglas if r["id"] == "ALE-04") == 5


NUEVA = """
reglas:
  - id: PRO-01
    nombre: Meta sin esperado
    tablas: [metas]
    cuando: [estado_reporte = reportada, esperado <= 0]
    condicion: Reporta y el programa no esperaba nada al corte.
    severidad: baja
    evidencia: "Reporta {ejecutado} y se esperaba {esperado}."
    fuente: La oficina, acta 3.
    ejemplos:
      pasa: [{estado_reporte: reportada, esperado: 0.5}]
      falla: [{estado_reporte: reportada, esperado: 0}]
"""


def test_una_regla_propia_completa_se_agrega_y_sin_sus_ejemplos_no(contexto: Contexto) -> None:
    escribir(contexto, NUEVA)
    assert reglas_de_alerta(contexto)["reglas"][-1]["id"] == "PRO-01"
    escribir(contexto, NUEVA[: NUEVA.index("    ejemplos:")])
    with pytest.raises(ErrorConfiguracion, match="regla PRO-01 › ejemplos: no trae ejemplo que pasa"):
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
