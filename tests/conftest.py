"""Fixtures comunes."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

PROYECTO = Path(__file__).resolve().parents[1]
DATOS_REALES = Path(__file__).resolve().parents[2] / "shared" / "datos"


@pytest.hookimpl(tryfirst=True)  # antes de que xdist lea los grupos
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Con pytest-xdist, lo que comparte un montaje caro va al mismo proceso y el montaje se hace una vez."""
    for item in items:
        for montaje in ("cortes_demo", "tenjo"):
            if montaje in getattr(item, "fixturenames", ()):
                item.add_marker(pytest.mark.xdist_group(montaje))


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
    estos mismos libros, así que lo que se prueba es siempre lo de ahora.
    """
    from pipeline.config import Rutas
    from pipeline.demo import generar_demo
    from pipeline.flujo import abrir
    from pipeline.flujo.correr import Opciones, correr

    raiz = tmp_path_factory.mktemp("demo")
    generar_demo(raiz)
    if Rutas(PROYECTO).es_demostracion:
        for carpeta in ("data/processed", "reports"):
            shutil.copytree(PROYECTO / carpeta, raiz / carpeta, dirs_exist_ok=True)
    corrida = correr(abrir(2025, "T3", raiz), Opciones())
    assert not corrida.fallidos, [r.motivo for r in corrida.fallidos]
    return raiz
