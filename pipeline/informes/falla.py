"""Página FALLA.html: qué celda de un cuaderno falló y por qué, en español y con la traza plegada."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pipeline.archivos import escribir

PLANTILLA = Path(__file__).parents[1] / "recursos" / "plantilla_informe" / "falla.html.j2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Falla:
    """Por qué un cuaderno no terminó; `celda` y `codigo` vacíos si no fue una celda."""

    cuaderno: str
    problema: str
    celda: str = ""
    codigo: str = ""
    traza: str = ""


def escribir_falla(falla: Falla, destino: Path) -> Path:
    """Ruta de la página escrita de forma atómica; todo el texto va escapado."""
    import jinja2

    plantilla = jinja2.Template(PLANTILLA.read_text(encoding="utf-8"), autoescape=True)
    return escribir(destino, plantilla.render(falla=falla))
