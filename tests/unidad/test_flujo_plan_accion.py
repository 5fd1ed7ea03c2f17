"""Registrar la revisión del Grupo: el libro se guarda intacto una vez y sus decisiones se leen de vuelta."""

from __future__ import annotations

import shutil
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.config import PAQUETE
from pipeline.errores import ErrorConfiguracion, ErrorEntorno, ErrorLibro
from pipeline.esquemas import crear_tabla, guardar_tabla
from pipeline.flujo import Contexto, abrir
from pipeline.flujo.pa import escribir_revisiones, leer_revisiones, registrar_revision

CUANDO = datetime(2025, 10, 21, 9, 0)
ACTIVIDAD = {"dependencia": "SCUL", "es_vencida": False, "estado_reporte": "reportada", "archivo": "x.xlsx",
             "sha256": "a" * 64, "hoja": "Proyecto 1"}  # fmt: skip


@pytest.fixture
def contexto(tmp_path: Path) -> Contexto:
    shutil.copy(PAQUETE.parent / "seguimiento.toml", tmp_path)
    contexto = abrir(2025, "T3", tmp_path)
    filas = [{**ACTIVIDAD, "id_actividad": f"SCUL/A{n}/1", "fila": 15 + 2 * n} for n in (1, 2)]
    hallazgo = {"regla": "PA-19", "severidad": "observa", "alcance": "fila", "instrumento": "pa", "fila": 17,
                "mensaje": "No cita evidencia.", "accion": "Cítela.", "sha256": "a" * 64,
                "hoja": "Proyecto 1"}  # fmt: skip
    procesados = contexto.rutas.procesados(contexto.corte)
    guardar_tabla("actividades", crear_tabla("actividades", filas), procesados)
    guardar_tabla("hallazgos", crear_tabla("hallazgos", [hallazgo]), procesados)
    return contexto


def llenar(libro: Path, destino: Path, fila: int, **valores: Any) -> Path:
    abierto = openpyxl.load_workbook(libro)
    hoja = abierto["Revisión"]
    columnas = {celda.value: celda.column for celda in hoja[7]}
    for rotulo, valor in valores.items():
        hoja.cell(fila, columnas[rotulo.replace("_", " ")]).value = valor
    abierto.save(destino)
    return destino


def test_la_revision_se_registra_una_vez_se_lee_de_vuelta_y_sale_en_el_libro_siguiente(
    contexto: Contexto, tmp_path: Path
) -> None:
    (libro,) = escribir_revisiones(contexto)
    assert libro.relative_to(tmp_path).as_posix() == "plantillas/2025/T3/pa/REVISION_PA_2025-T3_SCUL.xlsx"
    assert "PA-19: No cita evidencia." in [c.value for c in openpyxl.load_workbook(libro)["Revisión"][8]]
    lleno = llenar(libro, tmp_path / "r.xlsx", 8, Decisión="devuelta", Motivo="Falta el acta",
                   Fecha_de_revisión=date(2025, 10, 20))  # fmt: skip
    ficha, decididas = registrar_revision(contexto, lleno, CUANDO)
    assert (ficha.repetida, decididas["id_actividad"].tolist()) == (False, ["SCUL/A1/1"])
    assert (contexto.rutas.crudos / ficha.ruta).read_bytes() == lleno.read_bytes()
    assert registrar_revision(contexto, lleno, CUANDO)[0].repetida
    otro = llenar(libro, tmp_path / "r2.xlsx", 8, Decisión="aceptada", Fecha_de_revisión=date(2025, 10, 25))
    salida = CliRunner().invoke(
        app, ["pa", "registrar-revision", str(otro), "--vigencia", "2025", "--periodo", "T3",
              "--raiz", str(tmp_path)],
    )  # fmt: skip
    assert "1 actividad aceptada y 0 devueltas" in salida.output
    todas = leer_revisiones(contexto)
    assert todas["decision_grupo"].tolist() == ["devuelta", "aceptada"]
    (siguiente,) = escribir_revisiones(contexto, "SCUL")
    hoja = openpyxl.load_workbook(siguiente)["Revisión"]
    columnas = {celda.value: celda.column for celda in hoja[7]}
    assert [hoja.cell(fila, columnas["Decisión"]).value for fila in (8, 9)] == ["aceptada", None]


def test_una_revision_incompleta_no_deja_nada_guardado(contexto: Contexto, tmp_path: Path) -> None:
    (libro,) = escribir_revisiones(contexto)
    lleno = llenar(libro, tmp_path / "r.xlsx", 9, Decisión="devuelta")
    with pytest.raises(ErrorLibro, match="se devuelve sin motivo"):
        registrar_revision(contexto, lleno, CUANDO)
    assert not contexto.rutas.crudos_corte(contexto.corte, "revision_pa").exists()
    assert leer_revisiones(contexto).empty


def test_una_revision_sin_ninguna_decision_no_se_registra(contexto: Contexto) -> None:
    (libro,) = escribir_revisiones(contexto)
    with pytest.raises(ErrorLibro, match="no trae ninguna decisión. Escoja «aceptada» o «devuelta»"):
        registrar_revision(contexto, libro, CUANDO)
    assert not contexto.rutas.crudos_corte(contexto.corte, "revision_pa").exists()


def test_una_dependencia_sin_actividades_no_tiene_libro_de_revision(contexto: Contexto) -> None:
    with pytest.raises(ErrorConfiguracion, match="SEDU no tiene actividades"):
        escribir_revisiones(contexto, "SEDU")


def test_un_corte_sin_actividades_dice_que_no_hay_que_revisar(contexto: Contexto) -> None:
    guardar_tabla("actividades", crear_tabla("actividades", []), contexto.rutas.procesados(contexto.corte))
    with pytest.raises(ErrorEntorno, match="no tiene actividades que revisar. Reciba primero"):
        escribir_revisiones(contexto)
