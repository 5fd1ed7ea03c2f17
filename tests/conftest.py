"""Fixtures comunes."""

from __future__ import annotations

from pathlib import Path

import pytest

DATOS_REALES = Path(__file__).resolve().parents[2] / "shared" / "datos"


@pytest.fixture(scope="session")
def datos_reales() -> Path:
    """Carpeta con los libros públicos reales; la prueba se omite si no está."""
    if not DATOS_REALES.is_dir():
        pytest.skip(f"se omite: no están los libros reales en {DATOS_REALES.name} junto al proyecto")
    return DATOS_REALES
