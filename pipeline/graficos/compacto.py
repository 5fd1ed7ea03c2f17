"""Achica los trazos que escribe matplotlib sin cambiar el dibujo: menos piezas. No mide ni dibuja.

Pesan dos veces: en el HTML y en el PDF, donde WeasyPrint recorre cada pieza y lee cada estilo.
"""

from __future__ import annotations

import re

CABECERA = re.compile(r"\A<\?xml.*?(?=<svg)|<metadata>.*?</metadata>|<style.*?</style>", re.DOTALL)
DEFINICIONES = re.compile(r"<defs>(.*?)</defs>", re.DOTALL)
DECIMALES = re.compile(r"(\d\.\d\d)\d+")
COMPONENTE = re.compile(r' id="(?P<id>[^"]+)"| style="(?P<estilo>[^"]*)"|(?<= d=")(?P<trazo>[^"]*)(?=")')
ESPACIO_DE_TRAZO = re.compile(r"\s*([A-Za-z])\s*|\s+$")
PIEZA = re.compile(r"<[^>]*>")
TRAZO = re.compile(r'<path d="(?P<d>[^"]*)"(?P<estilo>[^>]*)/>')


def compactar(svg: str, letras: str = "", letreros: str = "") -> str:
    r"""El mismo dibujo con menos piezas, con sus letras y, encima de los trazos, sus letreros.

    Se van los grupos que no dicen nada y los nombres que nadie cita, los trazos seguidos de un mismo estilo
    quedan en uno, las definiciones van juntas al principio, los estilos como atributos y las coordenadas con
    dos decimales. `svg` no trae texto ni comentarios.

    >>> print(compactar('<svg>\n <g id="a">\n  <path d="M 1.234 2" style="fill: red"/>\n'
    ... '  <path d="M 3 4 L 5 6" style="fill: red"/>\n </g>\n</svg>'))
    <svg xml:space="preserve" font-family="Open Sans" stroke-linejoin="round">
    <path d="M1.23 2M3 4L5 6" fill="red"/>
    </svg>
    """
    redondo = DECIMALES.sub(r"\1", CABECERA.sub("", svg))
    citados = set(re.findall(r'#([^")]+)', redondo))
    liviano = COMPONENTE.sub(lambda hallado: _lo_que_queda(hallado, citados), redondo)
    definidos = "".join(DEFINICIONES.findall(liviano))
    raiz, *trazos, cierre = _sin_grupos_vanos(DEFINICIONES.sub("", liviano))
    # Va en la raíz lo que decía la hoja de estilo de matplotlib: vale para lo que no diga otra cosa.
    raiz = f'{raiz[:-1]} xml:space="preserve" font-family="Open Sans" stroke-linejoin="round">'
    definiciones = [f"<defs>{''.join(PIEZA.findall(definidos))}</defs>"] if definidos.strip() else []
    abecedario = [f'<defs id="letras">\n{letras}</defs>'] if letras else []
    partes = [raiz, *definiciones, *abecedario, *_juntar_trazos(trazos), f"{letreros}{cierre}"]
    return "\n".join(partes)


def _lo_que_queda(hallado: re.Match[str], citados: set[str]) -> str:
    """El nombre solo si se cita, el estilo en atributos y el trazo sin espacios de más."""
    if hallado["id"]:
        return hallado[0] if hallado["id"] in citados else ""
    if hallado["estilo"]:
        pares = (p.split(":", 1) for p in hallado["estilo"].split(";") if p.strip())
        return "".join(f' {nombre.strip()}="{valor.strip()}"' for nombre, valor in pares)
    return ESPACIO_DE_TRAZO.sub(r"\1", hallado["trazo"] or "")


def _sin_grupos_vanos(svg: str) -> list[str]:
    """Las piezas sin los grupos que no tienen atributos: lo de dentro queda donde estaba."""
    quedan: list[str] = []
    abiertos: list[bool] = []
    for pieza in PIEZA.findall(svg):
        if pieza.startswith("<g") and not pieza.endswith("/>"):
            abiertos.append(pieza != "<g>")
        if pieza not in {"<g>", "<g/>"} and not (pieza == "</g>" and not abiertos.pop()):
            quedan.append(pieza)
    return quedan


def _juntar_trazos(piezas: list[str]) -> list[str]:
    """Los trazos seguidos de un mismo estilo en uno solo, si pintarlos de una vez da lo mismo."""
    juntas: list[str] = []
    anterior = None
    for pieza in piezas:
        trazo = TRAZO.fullmatch(pieza)
        estilo = trazo["estilo"] if trazo else None
        if trazo and estilo == anterior and _se_puede_juntar(trazo["estilo"]):
            cola = f'"{estilo}/>'
            juntas[-1] = juntas[-1].removesuffix(cola) + trazo["d"] + cola
        else:
            juntas.append(pieza)
        anterior = estilo
    return juntas


def _se_puede_juntar(estilo: str) -> bool:
    """Solo relleno o solo línea, y opaco: lo que se encima no se nota."""
    return "opacity" not in estilo and ('fill="none"' in estilo or "stroke=" not in estilo)
