"""Fixtures comunes."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from navegador import Navegador

PROYECTO = Path(__file__).resolve().parents[1]
DATOS_REALES = Path(__file__).resolve().parents[2] / "shared" / "datos"
MONTAJES = ("cortes_demo", "corridas_gemelas", "tenjo")  # del más largo al más corto


@pytest.hookimpl(tryfirst=True)  # antes de que xdist lea los grupos
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Con pytest-xdist, lo que comparte un montaje va al mismo proceso y el montaje se hace una vez.

    Los montajes caros y lo de integración van primero: si un grupo largo empezara de último, el otro proceso
    lo esperaría sin hacer nada. Por eso la orden lleva --no-loadscope-reorder.
    """

    def turno(item: pytest.Item) -> int:
        montaje = _montaje(item)
        if montaje:
            return MONTAJES.index(montaje)
        return len(MONTAJES) + (item.get_closest_marker("integracion") is None)

    items.sort(key=turno)
    for item in items:
        item.add_marker(pytest.mark.xdist_group(_montaje(item) or item.path.name))


def _montaje(item: pytest.Item) -> str:
    """El montaje caro que la prueba comparte con las de otros archivos; vacío si ninguno."""
    return next((m for m in MONTAJES if m in getattr(item, "fixturenames", ())), "")


@pytest.fixture(scope="session")
def navegador(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Navegador]:
    """Chromium sin ventana; la prueba se omite, diciéndolo, si no está instalado."""
    from navegador import Navegador

    ejecutable = shutil.which("chromium")
    if ejecutable is None:
        pytest.skip("se omite: no está Chromium (apt-get install chromium)")
    with Navegador(ejecutable, tmp_path_factory.mktemp("perfil")) as abierto:
        yield abierto


@pytest.fixture(scope="session")
def datos_reales() -> Path:
    """Carpeta con los libros públicos reales; la prueba se omite si no está."""
    if not DATOS_REALES.is_dir():
        pytest.skip(f"se omite: no están los libros reales en {DATOS_REALES.name} junto al proyecto")
    return DATOS_REALES


@pytest.fixture(scope="session")
def cortes_demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Raíz con la demostración corrida de punta a punta en 2025-T3, con PDF.

    Es lo más caro de la suite: por eso quienes la usan corren en un mismo proceso, y si «make informe» ya
    publicó ese corte en el proyecto se parte de ahí. `correr` rehace lo que no salga de este código y de
    estos mismos libros, y los libros se escriben de nuevo si el código es posterior a ellos, así que lo que
    se prueba es siempre lo de ahora.
    """
    from pipeline.config import ARCHIVO, Rutas
    from pipeline.demo import generar_demo
    from pipeline.flujo import abrir
    from pipeline.flujo.correr import Opciones, correr

    raiz = tmp_path_factory.mktemp("demo")
    if _libros_de_ahora():
        sin_leeme = shutil.ignore_patterns("LEEME.md")
        shutil.copytree(PROYECTO / "data" / "raw", raiz / "data" / "raw", ignore=sin_leeme)
        shutil.copy(PROYECTO / ARCHIVO, raiz)
    generar_demo(raiz)  # si ya están, no hace nada
    if Rutas(PROYECTO).es_demostracion:
        for carpeta in ("data/processed", "reports"):
            shutil.copytree(PROYECTO / carpeta, raiz / carpeta, dirs_exist_ok=True)
    corrida = correr(abrir(2025, "T3", raiz), Opciones())
    assert not corrida.fallidos, [r.motivo for r in corrida.fallidos]
    return raiz


def _libros_de_ahora() -> bool:
    """Si el proyecto tiene los libros de la demostración, solo esos y escritos después que el código."""
    from pipeline.config import ARCHIVO, Rutas

    rutas = Rutas(PROYECTO)
    if not rutas.es_demostracion:
        return False
    libros = json.loads(rutas.marca_demostracion.read_text(encoding="utf-8"))["libros"]
    archivos = sum(r.is_file() for r in rutas.crudos.rglob("*") if r.name != "LEEME.md")
    codigo = [r for r in (PROYECTO / "pipeline").rglob("*.*") if r.suffix != ".pyc"]
    ultimo = max(r.stat().st_mtime for r in [*codigo, PROYECTO / ARCHIVO])
    # Cada libro y el plan van con su ficha; uno más, la marca.
    return archivos == 2 * (libros + 1) + 1 and rutas.marca_demostracion.stat().st_mtime > ultimo


@pytest.fixture(scope="session")
def corridas_gemelas(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """La misma entidad hostil (entidad_hostil.py), corrida a la vez en dos carpetas y dos entornos."""
    from entidad_hostil import armar_entidad, correr_aparte

    carpeta = tmp_path_factory.mktemp("gemelas")
    raices = (armar_entidad(carpeta / "una"), carpeta / "otra carpeta, más honda" / "ñandú")
    shutil.copytree(*raices)
    entornos = (
        {"TZ": "America/Bogota", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "1"},
        {"TZ": "Asia/Tokyo", "LC_ALL": "C", "LANG": "tr_TR.UTF-8", "PYTHONHASHSEED": "2"},
    )
    procesos = [correr_aparte(raiz, **entorno) for raiz, entorno in zip(raices, entornos, strict=True)]
    for proceso in procesos:
        dicho, _ = proceso.communicate()
        assert proceso.returncode == 0, dicho[-3000:]
    return raices
