"""Para el PDF, la letra de las figuras como texto y no como trazos: se puede buscar y se compone antes.

Matplotlib escribe cada letra como un trazo, para que el HTML se vea igual en todo equipo, y deja el texto en
un comentario. En el PDF la letra va incrustada, así que se puede volver a texto: son diez veces menos piezas.
"""

from __future__ import annotations

import base64
import html
import re

DIBUJO = re.compile(r'(?<=src="data:image/svg\+xml;base64,)[A-Za-z0-9+/=]+')
LETRERO = re.compile(
    r'<!-- (?P<texto>[^\n]*?) -->\s*<g style="(?P<estilo>[^"]*)" transform="(?P<lugar>[^"]*?)'
    r' ?scale\((?P<escala>[\d.]+) -[\d.]+\)">\s*(?:<defs>.*?</defs>\s*)?'
    r'(?P<letras>(?:<use xlink:href="#OpenSans[^>]*/>\s*)+)</g>',
    re.DOTALL,
)
LETRA_SUELTA = re.compile(r'<use xlink:href="#[A-Za-z]+(?:-[A-Za-z]+)?-[0-9a-f]+"')


def letras_como_texto(pagina: str) -> str:
    """La página con los letreros de sus figuras de matplotlib como texto; las demás figuras, igual."""
    return DIBUJO.sub(lambda hallado: _convertir(hallado.group()), pagina)


def _convertir(en_base64: str) -> str:
    svg = base64.b64decode(en_base64).decode("utf-8")
    con_texto = LETRERO.sub(_letrero, svg)
    # Si quedó una letra como trazo, su definición pudo irse con otro letrero: mejor el dibujo original.
    if LETRA_SUELTA.search(con_texto):
        return en_base64
    return base64.b64encode(con_texto.encode("utf-8")).decode("ascii")


def _letrero(hallado: re.Match[str]) -> str:
    peso = "bold" if "#OpenSans-Bold" in hallado["letras"] else "normal"
    cuerpo = 100 * float(hallado["escala"])
    texto = html.escape(html.unescape(hallado["texto"]), quote=False)
    return (
        f'<text style="{hallado["estilo"]}; font-family: Open Sans; font-size: {cuerpo:g}px; '
        f'font-weight: {peso}" transform="{hallado["lugar"]}" xml:space="preserve">{texto}</text>'
    )
