"""Repartir sobre un Dask de verdad: un planificador y dos trabajadores en este equipo, sin tablero."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import entidad_minima
import pytest
from entidad_minima import crear_entidad, poner

from pipeline.cli import principal
from pipeline.flujo import ejecutor, tareas

pytest.importorskip("distributed", reason="se omite: no está el extra «cluster»")
pytestmark = pytest.mark.integracion

SIN_RELOJ = ("*.parquet", "informe.html", "index.html", "*.csv")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Dirección dask://127.0.0.1:puerto. Un trabajador con niñera, como viene Dask, y otro sin ella."""
    carpeta = tmp_path_factory.mktemp("dask")
    with ExitStack() as prendidos:
        planificador = prendidos.enter_context(_dask(carpeta, "scheduler", "--port", "0"))
        direccion = _esperar(planificador, r"Scheduler at:\s+tcp://(127\.0\.0\.1:\d+)")
        opciones = (direccion, "--nthreads", "1", "--preload", entidad_minima.__file__)
        for ninera in ("--nanny", "--no-nanny"):
            trabajador = prendidos.enter_context(_dask(carpeta, "worker", *opciones, ninera))
            _esperar(trabajador, r"(Registered to)")
        yield f"dask://{direccion}"


@contextmanager
def _dask(carpeta: Path, *argumentos: str) -> Iterator[subprocess.Popen[str]]:
    orden = [sys.executable, "-m", "dask", *argumentos, "--host", "127.0.0.1", "--no-dashboard"]
    proceso = subprocess.Popen(orden, cwd=carpeta, stderr=subprocess.PIPE, text=True)
    try:
        yield proceso
    finally:
        proceso.terminate()
        proceso.communicate(timeout=60)


def _esperar(proceso: subprocess.Popen[str], patron: str) -> str:
    """Lo que captura `patron` en lo que el proceso va escribiendo."""
    assert proceso.stderr is not None
    leido = ""
    for renglon in proceso.stderr:
        leido += renglon
        if hallado := re.search(patron, renglon):
            return hallado[1]
    raise AssertionError(leido)


@pytest.fixture
def municipios(tmp_path: Path) -> Path:
    """Tres entidades; a la segunda se le dañó la configuración."""
    carpeta = tmp_path / "municipios"
    for numero, nombre in enumerate(("a", "b", "c"), start=1):
        contexto = crear_entidad(carpeta / nombre)
        poner(contexto, SSAL=numero / 10, SEDU=numero / 5)
    (carpeta / "b" / "seguimiento.toml").write_text("[entidad", encoding="utf-8")
    return carpeta


def _correr(monkeypatch: pytest.MonkeyPatch, *argumentos: str) -> int:
    monkeypatch.setattr(sys, "argv", ["seguimiento", "correr", *argumentos])
    with pytest.raises(SystemExit) as salida:
        principal()
    return int(salida.value.code or 0)


def _salidas(raiz: Path) -> dict[str, bytes]:
    return {str(r.relative_to(raiz)): r.read_bytes() for patron in SIN_RELOJ for r in raiz.rglob(patron)}


def test_las_entidades_repartidas_en_dask_dan_los_mismos_bytes_y_la_danada_no_toca_a_las_demas(
    cluster: str, municipios: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    aqui = Path(shutil.copytree(municipios, municipios.with_name("aqui")))
    repartir = ("--entidades", str(municipios), "--ejecutor", cluster)
    codigo = _correr(monkeypatch, *repartir, "--json", "--sin-pdf")
    assert codigo == 2  # el de la entidad dañada
    hechas = json.loads(capsys.readouterr().out)
    assert [(h["entidad"], h["estado"]) for h in hechas] == [
        ("a", "completo"),
        ("b", "detenido"),
        ("c", "completo"),
    ]
    monkeypatch.setattr(tareas, "catalogo", lambda: entidad_minima.CATALOGO)
    for nombre in ("a", "c"):
        assert _correr(monkeypatch, "--raiz", str(aqui / nombre), "--trabajos", "1") == 0
        salidas = _salidas(municipios / nombre)
        assert len([n for n in salidas if n.endswith("informe.html")]) == 4
        assert salidas == _salidas(aqui / nombre)


def test_los_informes_de_un_corte_tambien_se_reparten_y_dan_los_mismos_bytes(
    cluster: str, municipios: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tareas, "catalogo", lambda: entidad_minima.CATALOGO)
    aqui = Path(shutil.copytree(municipios / "a", municipios / "aqui"))
    assert _correr(monkeypatch, "--raiz", str(municipios / "a"), "--ejecutor", cluster) == 0
    assert _correr(monkeypatch, "--raiz", str(aqui), "--trabajos", "1") == 0
    assert _salidas(municipios / "a") == _salidas(aqui)


def test_un_dask_que_no_responde_se_dice_y_no_se_corre_nada(
    municipios: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(ejecutor, "ESPERA", "1s")
    assert _correr(monkeypatch, "--entidades", str(municipios), "--ejecutor", "dask://127.0.0.1:1") == 5
    assert "el Dask de dask://127.0.0.1:1 no responde" in capsys.readouterr().err
    assert _correr(monkeypatch, "--entidades", str(municipios), "--ejecutor", "ray://127.0.0.1:1") == 2
    assert not (municipios / "a" / "reports").exists()
