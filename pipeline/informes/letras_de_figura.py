"""Para el PDF, la letra de las figuras como texto y no como trazos: se puede buscar y se compone antes.

En el HTML cada letra es un trazo, para que se vea igual en todo equipo, y cada letrero lleva su texto en
`title` (pipeline/graficos/pluma.py). En el PDF la letra va incrustada y se puede volver a texto: son diez
veces menos piezas.
"""

from __future__ import annotations

import base64
import re

DIBUJO = re.compile(r'(?<=src="data:image/svg\+xml;base64,)[A-Za-z0-9+/=]+')
LETRAS = re.compile(r'<defs id="letras">.*?</defs>\n?', re.DOTALL)
LETRERO = re.compile(
    r'<g (?P<estilo>font-size="[^>]*?) transform="(?P<lugar>[^"]*?) scale\([\d.]+\)">'
    r"<title>(?P<texto>[^<]*)</title>(?:<use [^>]*/>)*</g>"
)


def letras_como_texto(pagina: str) -> str:
    """La página con los letreros de sus figuras como texto; las imágenes que no son figuras, igual."""
    return DIBUJO.sub(lambda hallado: _convertir(hallado.group()), pagina)


def _convertir(en_base64: str) -> str:
    svg = base64.b64decode(en_base64).decode("utf-8")
    sin_letras, abecedarios = LETRAS.subn("", svg)
    if not abecedarios:
        return en_base64
    con_texto = LETRERO.sub(r'<text \g<estilo> transform="\g<lugar>">\g<texto></text>', sin_letras)
    return base64.b64encode(con_texto.encode("utf-8")).decode("ascii")
