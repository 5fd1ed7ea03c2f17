"""La orden que fija una versión del POAI deja el libro, los rubros y la ficha, y no la rehace."""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl
import pytest
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.config import PAQUETE
from pipeline.errores import ErrorConfiguracion, ErrorEntorno
from pipeline.esquemas import crear_tabla, guardar_tabla
from pipeline.flujo import abrir

RUBRO = {
    "vigencia": 2025, "dependencia": "SEDU", "codigo_meta": "M1", "bpin": "2024730010001", "rubro": "2.3.1",
    "nombre_fuente": "Fuente", "archivo": "a.xlsx", "sha256": "a", "hoja": "POAI",
}  # fmt: skip


@pytest.fixture
def raiz(tmp_path: Path) -> Path:
    (tmp_path / "seguimiento.toml").write_text(
        (PAQUETE.parent / "seguimiento.toml").read_text(encoding="utf-8"), encoding="utf-8"
    )
    _procesar(tmp_path, "T1", 100)
    _procesar(tmp_path, "T2", 160)
    return tmp_path


def _procesar(raiz: Path, periodo: str, definitiva: float) -> None:
    """Las tablas de un corte con tres rubros, uno de ellos bloqueado."""
    dinero = {"apropiacion_inicial_cop": 100, "apropiacion_definitiva_cop": definitiva}
    filas = [
        RUBRO | dinero | {"fila": 8, "codigo_fuente": "F1"},
        RUBRO
        | dinero
        | {"fila": 9, "codigo_fuente": "F2", "dependencia": "SINF", "apropiacion_definitiva_cop": 50},
        RUBRO | dinero | {"fila": 10, "codigo_fuente": "F3"},
    ]
    bloqueo = {"regla": "POAI-04", "severidad": "bloquea", "alcance": "fila", "instrumento": "poai",
               "sha256": "a", "hoja": "POAI", "fila": 10, "mensaje": "m", "accion": "a"}  # fmt: skip
    plan = {"codigo_meta": "M1", "sector": "22", "archivo": "p", "sha256": "p", "hoja": "p", "fila": 1}
    carpeta = raiz / "data" / "processed" / "2025" / periodo
    for tabla, datos in (
        ("registros_poai", filas), ("hallazgos", [bloqueo]), ("plan", [plan]), ("entregas", []),
    ):  # fmt: skip
        guardar_tabla(tabla, crear_tabla(tabla, datos), carpeta)


def _fijar(raiz: Path, *opciones: str) -> str:
    orden = ["poai", "fijar", "--vigencia", "2025", "--raiz", str(raiz), *opciones]
    resultado = CliRunner().invoke(app, orden)
    if resultado.exception is not None and not isinstance(resultado.exception, SystemExit):
        raise resultado.exception
    return resultado.output


def test_la_version_queda_con_sus_totales_de_control_y_se_compara_con_la_siguiente(raiz: Path) -> None:
    primera = _fijar(raiz, "--periodo", "T1", "--version", "aprobado", "--acto", "Acuerdo 015",
                     "--fecha", "2024-12-05")  # fmt: skip
    assert primera.strip() == "1. Aprobado · Acuerdo 015 (2024-12-05) · apropiación definitiva $ 150"
    carpeta = raiz / "data" / "raw" / "2025" / "poai_versiones"
    assert sorted(r.name for r in carpeta.iterdir()) == [
        "01_aprobado.csv", "01_aprobado.json", "01_aprobado.xlsx",
    ]  # fmt: skip
    ficha = json.loads((carpeta / "01_aprobado.json").read_text(encoding="utf-8"))
    totales = {(t["nivel"], t["codigo"]): t["apropiacion_definitiva_cop"] for t in ficha["totales"]}
    assert totales == {
        ("total", "PLAN"): 150, ("sector", "22"): 150, ("dependencia", "SEDU"): 100,
        ("dependencia", "SINF"): 50, ("fuente", "F1"): 100, ("fuente", "F2"): 50,
    }  # fmt: skip
    assert ficha["corte"] == "2025-T1" and ficha["libros"] == ["a"]
    libro = openpyxl.load_workbook(carpeta / "01_aprobado.xlsx")
    assert libro.sheetnames == ["Totales de control", "POAI", "Notas"]
    assert [c.value for c in libro["POAI"]["H"][1:3]] == ["F1", "F2"]
    _fijar(raiz, "--periodo", "T2", "--version", "ajustado", "--acto", "Decreto 7", "--fecha", "2025-05-02")
    listado = (
        CliRunner()
        .invoke(app, ["poai", "versiones", "--vigencia", "2025", "--periodo", "T2", "--raiz", str(raiz)])
        .output
    )
    assert "2. Ajustado · Decreto 7 (2025-05-02) · apropiación definitiva $ 210" in listado
    assert "Rubros que cambian frente a la anterior: 1" in listado


def test_una_version_que_no_sigue_o_un_corte_sin_poai_se_explican(raiz: Path) -> None:
    bien = ("--periodo", "T1", "--acto", "A", "--fecha", "2024-12-05")
    _fijar(raiz, *bien, "--version", "aprobado")
    with pytest.raises(ErrorConfiguracion, match="ya está aprobado"):
        _fijar(raiz, *bien, "--version", "presentado")
    with pytest.raises(ErrorConfiguracion, match="no es una fecha"):
        _fijar(raiz, "--periodo", "T1", "--acto", "A", "--fecha", "ayer", "--version", "remitido")
    contexto = abrir(2025, "T1", raiz)
    vacia = crear_tabla("registros_poai")
    guardar_tabla("registros_poai", vacia, contexto.rutas.procesados(contexto.corte))
    with pytest.raises(ErrorEntorno, match="no tiene filas aceptadas"):
        _fijar(raiz, *bien, "--version", "ajustado")
    assert len(list((raiz / "data" / "raw" / "2025" / "poai_versiones").glob("*.json"))) == 1
