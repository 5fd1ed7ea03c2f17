"""La pluma con que matplotlib escribe el SVG de las figuras: mide y traza cada letra una vez por proceso.

La letra va como trazos, para que se vea igual en todo equipo; cada letrero lleva su texto en `title`, y con
él lo escribe el PDF. Medir y trazar cada letrero completo era la mitad de lo que tardaba una figura.
"""

from __future__ import annotations

import html
import io
from dataclasses import dataclass, field
from functools import cache
from types import MethodType
from typing import Any

CUERPO = 100.0  # puntos en que se miden y se trazan las letras
SIN_DATOS = {"Date": None, "Creator": None, "Format": None, "Type": None}


@dataclass(frozen=True, slots=True)
class Letra:
    """Un signo en letra de cien puntos: su nombre en el dibujo, cuánto avanza, sube y baja, y su trazo."""

    nombre: str
    avance: float
    sube: float
    baja: float
    trazo: str


@dataclass(frozen=True, slots=True)
class _Texto:
    """Lo escrito en un dibujo: sus letras, cada una una vez, y sus letreros, que van encima de los trazos."""

    letras: dict[str, Letra] = field(default_factory=dict)
    letreros: list[str] = field(default_factory=list)

    def poner(self, gc: Any, x: float, y: float, s: str, prop: Any, angle: float, *_: Any, **__: Any) -> None:
        """Anota un letrero; recibe lo que matplotlib le pasa a `draw_text`."""
        letras = _letras(s, prop)
        self.letras.update((una.nombre, una) for una in letras if una.trazo)
        self.letreros.append(_letrero(s, letras, prop, gc.get_rgb(), (x, y, angle)))


def escribir(lienzo: Any) -> tuple[str, str, str]:
    """Lo que dibuja un lienzo de matplotlib, de una sola pasada: el SVG sin texto, sus letras y sus letreros.

    `savefig` lo dibujaría dos veces, por si hay que recortarlo.
    """
    from matplotlib.backend_bases import RendererBase
    from matplotlib.backends.backend_svg import RendererSVG

    salida, texto = io.StringIO(), _Texto()
    pluma = RendererSVG(*lienzo.bbox.size, salida, metadata=SIN_DATOS)
    pluma.draw_text, pluma.get_text_width_height_descent = texto.poner, _medidas
    # Cada marca va en su lugar, y no citada por un nombre: así las de un color son un solo trazo.
    pluma.draw_markers = MethodType(RendererBase.draw_markers, pluma)
    pluma.draw_path_collection = MethodType(RendererBase.draw_path_collection, pluma)
    lienzo.canvas.get_renderer = lambda: pluma  # con la misma se mide y se dibuja
    lienzo.draw(pluma)
    pluma.finalize()
    letras = "".join(f'<path id="{una.nombre}" d="{una.trazo}"/>\n' for una in texto.letras.values())
    return salida.getvalue(), letras, "".join(texto.letreros)


def _medidas(s: str, prop: Any, _formula: Any) -> tuple[float, float, float]:
    """Ancho, alto y lo que baja de la línea, en puntos: lo que matplotlib le pide a la pluma."""
    letras, escala = _letras(s, prop), prop.get_size_in_points() / CUERPO
    sube, baja = (max((getattr(una, n) for una in letras), default=0.0) for n in ("sube", "baja"))
    return sum(una.avance for una in letras) * escala, (sube + baja) * escala, baja * escala


def ancho(texto: str, cuerpo: float) -> float:
    """Puntos que ocupa a lo ancho un texto de letra corriente."""
    return sum(_letra(signo, False).avance for signo in _imprimible(texto)) * cuerpo / CUERPO


def _letrero(
    texto: str, letras: list[Letra], prop: Any, color: Any, lugar: tuple[float, float, float]
) -> str:
    from matplotlib.colors import to_hex

    citas, x = [], 0.0
    for una in letras:
        if una.trazo:  # el espacio avanza y no se dibuja
            citas.append(f'<use xlink:href="#{una.nombre}" x="{x:.1f}"/>')
        x += una.avance
    cuerpo = prop.get_size_in_points()
    peso = ' font-weight="bold"' if _es_negrita(prop) else ""
    giro = f" rotate({-lugar[2]:g})" if lugar[2] else ""
    return (
        f'<g font-size="{cuerpo:g}"{peso} fill="{to_hex(color)}" '
        f'transform="translate({lugar[0]:.2f} {lugar[1]:.2f}){giro} scale({cuerpo / CUERPO:g})">'
        f"<title>{html.escape(_imprimible(texto), quote=False)}</title>{''.join(citas)}</g>\n"
    )


def _imprimible(texto: str) -> str:
    """Sin los signos que no se imprimen: un SVG no los admite."""
    return "".join(signo if signo.isprintable() else " " for signo in texto)


def _es_negrita(prop: Any) -> bool:
    return bool(prop.get_weight() == "bold")


def _letras(texto: str, prop: Any) -> list[Letra]:
    negrita = _es_negrita(prop)
    return [_letra(signo, negrita) for signo in _imprimible(texto)]


@cache
def _letra(signo: str, negrita: bool) -> Letra:
    """La letra que trae la fuente o, si no la trae, el recuadro con que lo dice."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.path import Path
    from matplotlib.textpath import text_to_path

    prop = FontProperties(family="Open Sans", weight="bold" if negrita else "normal", size=CUERPO)
    avance, alto, baja = text_to_path.get_text_width_height_descent(signo, prop, ismath=False)
    vertices, codigos = text_to_path.get_text_path(prop, signo)
    ordenes = {Path.MOVETO: "M", Path.LINETO: "L", Path.CURVE3: "Q", Path.CURVE4: "C", Path.CLOSEPOLY: "z"}
    trazo = ""
    if len(vertices):
        for puntos, codigo in Path(vertices, codigos).iter_segments(simplify=False):
            pares = zip(puntos[::2], puntos[1::2], strict=True)
            trazo += ordenes[codigo]
            trazo += " ".join(f"{x:.4g} {-y:.4g}" for x, y in pares) if codigo != Path.CLOSEPOLY else ""
    return Letra(f"{'b' if negrita else 'n'}{ord(signo):x}", avance, alto - baja, baja, trazo)
