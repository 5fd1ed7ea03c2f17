"""Oraciones fijas de los informes (recursos/textos.yml). No calcula ninguna cifra."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from pipeline.archivos import leer_yml

TEXTOS = Path(__file__).parents[1] / "recursos" / "textos.yml"


@cache
def textos_fijos() -> dict[str, Any]:
    """Todo lo escrito en recursos/textos.yml."""
    return dict(leer_yml(TEXTOS.read_text(encoding="utf-8")))


def frase(clave: str, /, **valores: object) -> str:
    """La oración con esa clave, con sus cifras puestas.

    >>> frase("todas_programadas", vigencia=2025)
    'Todas las metas estaban programadas en 2025.'
    """
    return str(textos_fijos()["frases"][clave]).format(**valores).strip()
