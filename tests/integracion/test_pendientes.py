"""`correr --pendientes`, como la llama un programador de tareas: lo que vence, una vez, y avisa si falla."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from pathlib import Path

import pytest
from entidad_minima import CATALOGO, crear_entidad, en_linea, poner, recibir_una

from pipeline import flujo
from pipeline.cli import corte as orden
from pipeline.cli import principal
from pipeline.flujo import correr as modulo_correr
from pipeline.flujo import tareas

pytestmark = pytest.mark.integracion

AVISAR = "import sys\nopen(sys.argv[1], 'a').write(sys.stdin.read() + '\\n')\n"


@pytest.fixture
def raiz(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Con entregas en T1, T2 y T3; «hoy» es 10 de julio de 2025: el tercer trimestre no ha terminado."""
    monkeypatch.setattr(tareas, "catalogo", lambda: CATALOGO)
    monkeypatch.setattr(modulo_correr, "abrir_taller", en_linea)
    monkeypatch.setattr(orden, "ahora", lambda: datetime.fromisoformat("2025-07-10T06:00:00-05:00"))
    monkeypatch.chdir(tmp_path)
    crear_entidad(tmp_path)
    (tmp_path / "avisar.py").write_text(AVISAR)
    for periodo in ("T1", "T2", "T3"):
        contexto = flujo.abrir(2025, periodo, tmp_path)
        poner(contexto, SSAL=0.5, SEDU=0.25)
        recibir_una(contexto)
    return tmp_path


def _correr_pendientes(monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(sys, "argv", ["seguimiento", "correr", "--pendientes", "--sin-pdf"])
    with pytest.raises(SystemExit) as salida:
        principal()
    return int(salida.value.code or 0)


def test_corre_los_cortes_terminados_en_orden_y_una_sola_vez(
    raiz: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _correr_pendientes(monkeypatch) == 0
    assert sorted(r.parent.name for r in (raiz / "reports" / "2025").glob("*/index.html")) == ["T1", "T2"]
    primera = capsys.readouterr().out
    assert primera.index("T1/index.html") < primera.index("T2/index.html")
    resultado = json.loads((raiz / "reports" / "2025" / "T2" / "resultado.json").read_text())
    assert (resultado["corte"], resultado["estado"], resultado["codigo_salida"]) == ("2025-T2", "completo", 0)
    antes = {r: r.stat().st_mtime_ns for r in (raiz / "reports").rglob("*") if r.is_file()}
    assert _correr_pendientes(monkeypatch) == 0
    assert "No hay cortes pendientes." in capsys.readouterr().err
    assert {r: r.stat().st_mtime_ns for r in (raiz / "reports").rglob("*") if r.is_file()} == antes
    assert not (raiz / "avisado.json").exists()


def test_si_un_corte_falla_se_avisa_y_los_demas_se_publican(
    raiz: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (raiz / "data" / "raw" / "2025" / "T1" / "valores.json").write_text("dañado")
    assert _correr_pendientes(monkeypatch) == 4
    assert (raiz / "reports" / "2025" / "T2" / "index.html").is_file()
    (avisado,) = (raiz / "avisado.json").read_text().splitlines()
    recibido = json.loads(avisado)
    assert (recibido["corte"], recibido["estado"], recibido["codigo_salida"]) == ("2025-T1", "con_fallas", 4)
    assert recibido["informes"][0]["nombre"] == "etapa"
