"""La paleta, medida: texto ≥ 4,5 y formas o vecinos ≥ 3 (WCAG 2.1, 1.4.3 y 1.4.11)."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest
import yaml

from pipeline.graficos import estilo
from pipeline.informes.contraste import MINIMO_DE_GRAFICO, MINIMO_DE_TEXTO, contraste

RECURSOS = Path(__file__).parents[2] / "pipeline" / "recursos"
BLANCO = "#ffffff"


def _variables() -> dict[str, str]:
    css = (RECURSOS / "plantilla_informe" / "informe.css").read_text(encoding="utf-8")
    return dict(re.findall(r"--([a-z]+):(#[0-9A-Fa-f]{6})", css))


@pytest.mark.parametrize(
    ("uno", "otro", "publicado"),
    # Razones de la paleta de la Analysis Function contra blanco, y la del gris mínimo que publica WebAIM.
    [
        ("#12436D", BLANCO, 10.25),
        ("#801650", BLANCO, 9.77),
        ("#28A197", BLANCO, 3.17),
        ("#767676", BLANCO, 4.54),
    ],
)
def test_el_contraste_calculado_es_el_publicado(uno: str, otro: str, publicado: float) -> None:
    assert contraste(uno, otro) == pytest.approx(publicado, abs=0.01)
    assert contraste(otro, uno) == contraste(uno, otro)


@pytest.mark.parametrize("fondo", ["blanco", "fondo"])
@pytest.mark.parametrize("tinta", ["tinta", "azul", "vino", "gris"])
def test_todo_color_de_texto_se_lee_sobre_todo_fondo(tinta: str, fondo: str) -> None:
    variables = _variables() | {"blanco": BLANCO}
    assert contraste(variables[tinta], variables[fondo]) >= MINIMO_DE_TEXTO


def test_los_colores_de_texto_escritos_en_las_hojas_se_leen_sobre_su_fondo() -> None:
    hojas = ("plantilla_informe/informe.css", "portada/portada.css")
    reglas = re.findall(r"\{([^{}]*)\}", "".join((RECURSOS / h).read_text(encoding="utf-8") for h in hojas))
    medidos = 0
    for regla in reglas:
        color = re.search(r"(?<![-a-z])color:(#[0-9A-Fa-f]{6})", regla)
        fondo = re.search(r"background:(#[0-9A-Fa-f]{6})", regla)
        if color:
            medidos += 1
            assert contraste(color[1], fondo[1] if fondo else BLANCO) >= MINIMO_DE_TEXTO, regla
    assert medidos >= 5


def test_las_barras_y_las_formas_se_distinguen_del_papel() -> None:
    bandas = yaml.safe_load((RECURSOS / "semaforo.yml").read_text(encoding="utf-8"))
    colores = {e["color"] for e in bandas.values()}
    colores |= {estilo.AZUL, estilo.VERDE, estilo.VINO, estilo.NARANJA, estilo.GRIS}
    assert {c for c in colores if contraste(c, BLANCO) < MINIMO_DE_GRAFICO} == set()


def test_los_vecinos_de_la_paleta_se_distinguen_entre_si() -> None:
    """En el orden en que se usan; también en gris, porque el contraste es de luminancia y no de tono."""
    vecinos = pairwise([estilo.AZUL, estilo.VERDE, estilo.VINO, estilo.NARANJA])
    assert [(a, b) for a, b in vecinos if contraste(a, b) < MINIMO_DE_GRAFICO] == []


def test_ninguna_banda_se_dice_solo_con_el_color() -> None:
    bandas = yaml.safe_load((RECURSOS / "semaforo.yml").read_text(encoding="utf-8"))
    assert all(estado["palabra"].strip() and estado["forma"].strip() for estado in bandas.values())
