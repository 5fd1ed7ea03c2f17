"""Estilo común de las figuras: letra, colores y paso a SVG. Único módulo que importa matplotlib."""

from __future__ import annotations

import io
import re
import textwrap
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from pipeline.errores import ErrorEntorno

RECURSOS = Path(__file__).parents[1] / "recursos"
AZUL, VERDE, VINO, NARANJA, GRIS, CLARO = "#12436D", "#28A197", "#801650", "#F46A25", "#3D3D3D", "#BFC7CF"
COMENTARIO_O_DECIMALES = re.compile(rb"<!--.*?-->|\b([1-9]\d*\.\d{2})\d+", re.DOTALL)
CABECERA = re.compile(rb"\A<\?xml.*?(?=<svg)|<metadata>.*?</metadata>\n?", re.DOTALL)
COMENTARIO_O_SOBRANTE = re.compile(
    rb"(?P<comentario><!--.*?-->)"
    rb'|(?P<letra><use xlink:href="#[^"]+") transform="translate\((?P<x>[-\d.]+) 0\)"/>'
    rb'|(?P<rotulo> id="(?P<id>[^"]+)")'
    rb"| (?=\n)",
    re.DOTALL,
)
ANCHO = 8.2  # pulgadas: así la letra del dibujo mide casi lo mismo que la del informe


def dibujar(alto: float, trazar: Callable[[Any, Any], None]) -> bytes:
    """SVG de lo que `trazar(figura, ejes)` dibuje en `alto` pulgadas; mismos datos, mismos bytes."""
    import matplotlib
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure as Lienzo

    _cargar_letra()
    with matplotlib.rc_context(fname=str(RECURSOS / "informe.mplstyle")):
        lienzo = Lienzo(figsize=(ANCHO, alto), layout="constrained")
        FigureCanvasSVG(lienzo)
        trazar(lienzo, lienzo.add_subplot())
        salida = io.BytesIO()
        lienzo.savefig(salida, format="svg", metadata={"Date": None, "Creator": None})
    return _compactar(salida.getvalue())


def _compactar(svg: bytes) -> bytes:
    r"""El mismo dibujo sin sangrías ni nombres que nadie cita, con coordenadas de dos decimales: pesa menos.

    Lo menor que uno no se toca: son las escalas de las letras, y recortadas las encogen. Los comentarios
    tampoco: dicen qué letrero es cada grupo de letras y el PDF los escribe como texto, así que recortar un
    «1.152.698» publicaría otra cifra.

    >>> _compactar(b"<g>\n   <path d='M 1.23456 2' transform='scale(0.015625)'/>\n</g>")
    b"<g>\n<path d='M 1.23 2' transform='scale(0.015625)'/>\n</g>"
    >>> _compactar(b"<!-- 1.152.698,1 --><path d='M 1.152 2'/>")
    b"<!-- 1.152.698,1 --><path d='M 1.15 2'/>"
    >>> _compactar(b'<g id="eje"><use xlink:href="#a" transform="translate(57.17 0)"/></g>')
    b'<g><use xlink:href="#a" x="57.17"/></g>'
    """
    sin_sangria = re.sub(rb"\n +", b"\n", CABECERA.sub(b"", svg))
    redondo = COMENTARIO_O_DECIMALES.sub(lambda hallado: hallado[1] or hallado[0], sin_sangria)
    citados = set(re.findall(rb"#([^\")]+)", redondo))
    return COMENTARIO_O_SOBRANTE.sub(lambda hallado: _lo_que_queda(hallado, citados), redondo)


def _lo_que_queda(hallado: re.Match[bytes], citados: set[bytes]) -> bytes:
    """El comentario intacto, la letra con su lugar en `x` y el nombre de un grupo solo si se cita."""
    if hallado["comentario"] or hallado["id"] in citados:
        return hallado[0]
    return hallado["letra"] + b' x="' + hallado["x"] + b'"/>' if hallado["letra"] else b""


@cache
def _cargar_letra() -> None:
    from matplotlib import font_manager

    letras = sorted((RECURSOS / "fuentes").glob("*.ttf"))
    if not letras:  # sin ella matplotlib dibujaría con otra sin decirlo
        raise ErrorEntorno("falta la letra de las figuras", remedio="Reinstale el proyecto")
    for ruta in letras:
        font_manager.fontManager.addfont(str(ruta))


@cache
def semaforos() -> dict[str, dict[str, str]]:
    """Palabra y color de cada banda (recursos/semaforo.yml)."""
    return dict(yaml.safe_load((RECURSOS / "semaforo.yml").read_text(encoding="utf-8")))


def partir(texto: object, letras: int = 36, renglones: int = 2) -> str:
    r"""Texto en renglones cortos para una etiqueta, con puntos suspensivos si no cabe.

    >>> partir("uno dos tres cuatro", letras=8)
    'uno dos\ntres…'
    """
    # Un signo $ abriría una fórmula de matplotlib con texto que viene de un libro.
    trozos = textwrap.wrap(str(texto).replace("$", r"\$"), letras)
    if len(trozos) <= renglones:
        return "\n".join(trozos)
    return "\n".join(trozos[:renglones]).rstrip(" .,") + "…"
