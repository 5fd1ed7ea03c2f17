"""Estilo común de las figuras: letra, colores y paso a SVG."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from functools import cache
from pathlib import Path
from string import ascii_letters, digits
from typing import Any

from pipeline.archivos import leer_yml
from pipeline.errores import ErrorEntorno
from pipeline.graficos.compacto import compactar
from pipeline.graficos.pluma import escribir

RECURSOS = Path(__file__).parents[1] / "recursos"
AZUL, VERDE, VINO, NARANJA, GRIS, CLARO = "#12436D", "#28A197", "#801650", "#F46A25", "#3D3D3D", "#BFC7CF"
PULGADA = 72  # en puntos
ABECEDARIO = f"{ascii_letters}{digits}áéíóúüñÁÉÍÓÚÑ .,:;%()+−–-«»…/$"
ANCHO = 8.2  # pulgadas: así la letra del dibujo mide casi lo mismo que la del informe


def dibujar(alto: float, trazar: Callable[[Any], None]) -> bytes:
    """SVG de lo que `trazar(ejes)` dibuje en `alto` pulgadas; mismos datos, mismos bytes."""
    import matplotlib
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure as Lienzo

    _cargar_letra()
    with matplotlib.rc_context(_estilo()):
        lienzo = Lienzo(figsize=(ANCHO, alto), dpi=PULGADA, layout="constrained")
        FigureCanvasSVG(lienzo)
        ejes = lienzo.add_subplot()
        # Los letreros y la rejilla de los ejes son piezas sueltas (piezas.py): cuestan la quinta parte.
        ejes.xaxis.set_visible(False)
        ejes.yaxis.set_visible(False)
        trazar(ejes)
        return compactar(*escribir(lienzo)).encode("utf-8")


def calentar() -> None:
    """Deja leídos el estilo y las letras, para que los procesos que nazcan de este los hereden."""

    def abecedario(ejes: Any) -> None:
        for peso in ("normal", "bold"):
            ejes.text(0, 0, ABECEDARIO, fontweight=peso)

    dibujar(1.0, abecedario)


@cache
def _estilo() -> Any:
    from matplotlib import rc_params_from_file

    return rc_params_from_file(RECURSOS / "informe.mplstyle", use_default_template=False)


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
    return dict(leer_yml((RECURSOS / "semaforo.yml").read_text(encoding="utf-8")))


def partir(texto: object, letras: int = 36, renglones: int = 2) -> str:
    r"""Texto en renglones cortos para una etiqueta, con puntos suspensivos si no cabe.

    >>> partir("uno dos tres cuatro", letras=8)
    'uno dos\ntres…'
    """
    trozos = textwrap.wrap(str(texto), letras)
    if len(trozos) <= renglones:
        return "\n".join(trozos)
    return "\n".join(trozos[:renglones]).rstrip(" .,") + "…"
