"""El mismo código escrito de otra manera: «mp 127», «MP–127» y «MP-0127» son MP-127."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable
from difflib import SequenceMatcher

_SEPARADORES = re.compile(r"[\s\u00ad\u200b\ufeff\u2010-\u2015\u2043\u2212-]+")
_CEROS = re.compile(r"(?<![\d.,])0+(?=\d)")
# Mayúsculas griegas y cirílicas que en pantalla no se distinguen de las latinas.
_IGUALES_A_LA_VISTA = str.maketrans("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧАВЕКМНОРСТХ", "ABEZHIKMNOPTYXABEKMHOPCTX")
PARECIDO_MINIMO = 0.8


def clave_de_codigo(codigo: str) -> str:
    """Forma de comparar códigos: mayúsculas, sin espacios ni guiones y sin ceros a la izquierda.

    Entre dos cifras el separador se conserva, como guion: «1-2» no es el código 12.

    >>> clave_de_codigo(" mp – 0127"), clave_de_codigo("1 - 02"), clave_de_codigo("2.05")
    ('MP127', '1-2', '2.05')
    """
    plano = unicodedata.normalize("NFKC", codigo).upper().translate(_IGUALES_A_LA_VISTA).strip()
    unido = _SEPARADORES.sub(lambda hallado: "-" if _entre_cifras(hallado) else "", plano)
    return _CEROS.sub("", unido)


def _entre_cifras(hallado: re.Match[str]) -> bool:
    antes, despues = hallado.string[: hallado.start()], hallado.string[hallado.end() :]
    return antes[-1:].isdigit() and despues[:1].isdigit()


def reconocer_codigos(escritos: Iterable[str], conocidos: Collection[str]) -> dict[str, str]:
    """De cada código escrito que no es de los conocidos, el conocido que es: el único con la misma clave.

    Dos códigos conocidos con la misma clave no se confunden: ninguno se reconoce por ella.

    >>> reconocer_codigos(["mp-1", "MP-2", "A1", "MP-9"], ["MP-001", "MP-2", "A-1", "A1", "a 1"])
    {'mp-1': 'MP-001'}
    """
    ajenos = dict.fromkeys(codigo for codigo in escritos if codigo not in conocidos)
    if not ajenos:
        return {}
    por_clave: dict[str, list[str]] = defaultdict(list)
    for conocido in conocidos:
        por_clave[clave_de_codigo(conocido)].append(conocido)
    iguales = {codigo: por_clave.get(clave_de_codigo(codigo), []) for codigo in ajenos}
    return {codigo: hallados[0] for codigo, hallados in iguales.items() if len(hallados) == 1}


def codigo_parecido(codigo: str, conocidos: Collection[str]) -> str:
    """El código conocido que más se le parece, para proponerlo; vacío si ninguno o si varios por igual.

    >>> codigo_parecido("PM-138", ["MP-138", "MP-139"]), codigo_parecido("MP-13X", ["MP-138", "MP-139"])
    ('MP-138', '')
    """
    buscado = SequenceMatcher(b=clave_de_codigo(codigo), autojunk=False)
    parecidos: list[tuple[float, str]] = []
    for conocido in conocidos:
        buscado.set_seq1(clave_de_codigo(conocido))
        if buscado.quick_ratio() >= PARECIDO_MINIMO and buscado.ratio() >= PARECIDO_MINIMO:
            parecidos.append((buscado.ratio(), conocido))
    mayor = max(parecidos, default=(0.0, ""))[0]
    mejores = [conocido for parecido, conocido in parecidos if parecido == mayor]
    return mejores[0] if len(mejores) == 1 else ""
