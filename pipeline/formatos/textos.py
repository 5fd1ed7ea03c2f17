"""Texto de libros: limpieza de caracteres, clave para comparar rótulos y letras de columna."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache

_ESPACIOS = re.compile(r"(?:\s|_x000D_|[\u200b\ufeff])+")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_FUERA_DE_CLAVE = re.compile(r"[^0-9a-z%]+")
MAXIMO_UNO_A_UNO = 5  # con más celdas por columna se dice una vez, con la lista de filas
RANGOS_CITADOS = 12


def limpiar_texto(texto: str) -> str:
    r"""El texto sin caracteres de control y con cada racha de espacios, duros o saltos, como un espacio.

    >>> limpiar_texto(" Agricultura\xa0y  desarrollo_x000D_\n rural ")
    'Agricultura y desarrollo rural'
    """
    if texto.isalnum() and texto.isascii():
        return texto
    return unicodedata.normalize("NFC", _ESPACIOS.sub(" ", _CONTROL.sub("", texto)).strip())


@lru_cache(maxsize=16_384)
def clave(texto: str) -> str:
    """Forma de comparar rótulos: solo letras sin tilde, cifras y «%».

    >>> clave("T.4 EJECUTADO 2024") == clave("T4. Ejecutado  2024")
    True
    >>> clave("% Total Avance"), clave("Línea Estratégica")
    ('%totalavance', 'lineaestrategica')
    """
    sin_tildes = unicodedata.normalize("NFKD", texto.replace("_x000D_", " ")).casefold()
    return _FUERA_DE_CLAVE.sub("", sin_tildes)


def letra_de_columna(posicion: int) -> str:
    """Letra de Excel de la columna `posicion`, contada desde cero.

    >>> letra_de_columna(0), letra_de_columna(25), letra_de_columna(81)
    ('A', 'Z', 'CD')
    """
    letras = ""
    resto = posicion + 1
    while resto:
        resto, cifra = divmod(resto - 1, 26)
        letras = chr(65 + cifra) + letras
    return letras


def listar_celdas(letra: str, filas: Iterable[int]) -> str:
    """Las celdas de una columna, con las filas seguidas juntas; a lo sumo `RANGOS_CITADOS` tramos.

    >>> listar_celdas("AT", [5, 9, 10, 11])
    'AT5, AT9 a AT11'
    """
    tramos: list[list[int]] = []
    for fila in sorted(filas):
        if tramos and fila == tramos[-1][1] + 1:
            tramos[-1][1] = fila
        else:
            tramos.append([fila, fila])
    textos = [f"{letra}{a}" if a == b else f"{letra}{a} a {letra}{b}" for a, b in tramos]
    resto = len(textos) - RANGOS_CITADOS
    return ", ".join(textos[:RANGOS_CITADOS]) + (f" y {resto} tramos más" if resto > 0 else "")


def cuantas_celdas(letra: str, filas: Sequence[int]) -> str:
    """Lo que se agrega al aviso de una celda para decir que vale por todas las de su columna.

    >>> cuantas_celdas("AT", [5, 6, 7]), cuantas_celdas("AT", [5])
    (' Son 3 celdas de la columna: AT5 a AT7.', '')
    """
    return f" Son {len(filas)} celdas de la columna: {listar_celdas(letra, filas)}." if len(filas) > 1 else ""


def recortar(texto: str, largo: int = 80) -> str:
    r"""El texto en un renglón de a lo sumo `largo` caracteres, para citarlo en un mensaje.

    >>> recortar("dos renglones\nmuy largos", 12)
    'dos renglon…'
    """
    renglon = limpiar_texto(texto)
    return renglon if len(renglon) <= largo else renglon[: largo - 1] + "…"
