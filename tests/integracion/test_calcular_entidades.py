"""La etapa de datos de muchas entidades: la misma que de una en una, y la que falla no toca a las demás."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, Future
from pathlib import Path
from typing import Any

import pytest
from entidad_minima import EnLinea

from bench.generar_entidades import generar
from pipeline.cli import principal
from pipeline.flujo import abrir, entidades, taller
from pipeline.flujo.entidades import CorridaDeEntidad, calcular_entidades
from pipeline.flujo.etapas import calcular_y_guardar, ingerir


class SeRompeConB(Executor):
    """Como un taller de procesos: si una tarea mata el suyo, se pierden esa y todas las que seguían."""

    def __init__(self) -> None:
        """Sano."""
        self.roto = False

    def submit(self, fn: Callable[..., Any], /, *args: Any, **_: Any) -> Future[Any]:
        """Un futuro ya terminado."""
        futuro: Future[Any] = Future()
        self.roto = self.roto or args[0].endswith("/b")
        if self.roto:
            futuro.set_exception(BrokenExecutor())
        else:
            futuro.set_result(fn(*args))
        return futuro


def _tablas(raiz: Path) -> dict[str, bytes]:
    carpeta = raiz / "data" / "processed" / "2025" / "T3"
    return {ruta.name: ruta.read_bytes() for ruta in carpeta.glob("*.parquet")}


@pytest.mark.integracion
def test_calcular_muchas_da_las_mismas_tablas_que_una_por_una_y_la_danada_no_detiene_a_las_demas(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    carpeta = tmp_path / "municipios"
    [configuracion] = (raiz / "seguimiento.toml" for raiz in generar(carpeta, 1))
    # Con un solo instrumento la prueba dura la tercera parte y el camino es el mismo.
    configuracion.write_text(configuracion.read_text("utf-8").replace('"pi", "poai", "pa"', '"pi"'), "utf-8")
    sola = Path(shutil.copytree(carpeta / "0000", tmp_path / "sola"))
    shutil.copytree(carpeta / "0000", carpeta / "!sin plan")
    shutil.rmtree(carpeta / "!sin plan" / "data" / "raw" / "plan")
    monkeypatch.setattr(taller, "abrir_taller", lambda *_: EnLinea())
    monkeypatch.setattr(sys, "argv", ["seguimiento", "calcular", "--entidades", str(carpeta)])
    with pytest.raises(SystemExit) as salida:
        principal()
    assert salida.value.code == 5
    dicho = capsys.readouterr().out
    assert "✘ !sin plan 2025-T3 (detenido)" in dicho
    assert "✔ 0000 2025-T3 (completo)" in dicho
    assert "2 entidades: 1 sin fallas y 1 con fallas o sin terminar." in dicho
    contexto = abrir(2025, "T3", sola)
    ingerir(contexto)
    calcular_y_guardar(contexto)
    assert len(_tablas(sola)) > 20
    assert _tablas(carpeta / "0000") == _tablas(sola)
    resumen = (carpeta / "resumen_de_entidades.csv").read_text(encoding="utf-8-sig").splitlines()
    assert [renglon.split(",")[0] for renglon in resumen[1:]] == ["0000"]


def test_la_entidad_que_tumba_los_procesos_se_dice_y_las_que_seguian_se_hacen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for nombre in "abcd":
        (tmp_path / nombre).mkdir()
        (tmp_path / nombre / "seguimiento.toml").touch()

    def hacer(raiz: str) -> CorridaDeEntidad:
        return CorridaDeEntidad(entidad=Path(raiz).name, corte="2025-T1", estado="completo")

    monkeypatch.setattr(entidades, "calcular_entidad", hacer)
    avisadas: list[str] = []
    hechas = calcular_entidades(tmp_path, SeRompeConB, lambda hecha: avisadas.append(hecha.entidad))
    assert [(h.entidad, h.estado, h.codigo_salida) for h in hechas] == [
        ("a", "completo", 0),
        ("b", "detenido", 5),
        ("c", "completo", 0),
        ("d", "completo", 0),
    ]
    assert sorted(avisadas) == ["a", "b", "c", "d"]
