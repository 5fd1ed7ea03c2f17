"""La forma de una fórmula sin importar en qué fila está: sus referencias vistas desde la propia celda."""

from __future__ import annotations

import re
from dataclasses import dataclass

_TEXTO = re.compile(r'"[^"]*"')
_REFERENCIA = re.compile(r"(?<![A-Za-z0-9_.$])(\$?)([A-Z]{1,3})(\$?)([1-9]\d{0,6})(?![\w(.!])")
_DIVISION = re.compile(
    r"(?<![A-Za-z0-9_.$!:'])(\$?[A-Z]{1,3}\$?[1-9]\d{0,6})\s*/\s*(\$?[A-Z]{1,3}\$?[1-9]\d{0,6})(?![\w(.!:])"
)
_SUMA = re.compile(r"\b(?:SUM|AVERAGE|SUBTOTAL)\((?:\d+,)?\$?([A-Z]{1,3})\$?(\d+):\$?([A-Z]{1,3})\$?(\d+)\)")

_SI_CERO = re.compile(r"IF\(‹[^›]*›=0,0,(‹[^›]*›/‹[^›]*›)\)")
_SI_ERROR = re.compile(r"IFERROR\((‹[^›]*›/‹[^›]*›),(?:0|\"\")\)\x00?(?:\"\")?")

Salto = tuple[int | None, int | None]  # filas y columnas desde la celda; None si la referencia es fija


@dataclass(frozen=True, slots=True, kw_only=True)
class Patron:
    """Forma de una fórmula: su texto con las referencias quitadas y dónde queda cada una."""

    forma: str
    saltos: tuple[Salto, ...]

    @property
    def nucleo(self) -> Patron:
        """El patrón sin la protección contra la división por cero: `IF(x=0,0,y/x)` calcula `y/x`."""
        if con_si := _SI_CERO.fullmatch(self.forma):
            return Patron(forma=con_si[1], saltos=self.saltos[1:])
        if con_error := _SI_ERROR.fullmatch(self.forma):
            return Patron(forma=con_error[1], saltos=self.saltos)
        return self

    def corrimiento(self, otro: Patron) -> tuple[int, int] | None:
        """Filas y columnas en que todas las referencias se apartan de las de `otro`; None si no es eso.

        >>> de = leer_patron("AR3/AQ3", fila=3, columna=46)
        >>> de.corrimiento(leer_patron("AS2/AR2", fila=2, columna=46))
        (0, -1)
        """
        if self.forma != otro.forma or self.saltos == otro.saltos:
            return None
        pares = list(zip(self.saltos, otro.saltos, strict=True))
        filas = {a[0] - b[0] for a, b in pares if a[0] is not None and b[0] is not None}
        columnas = {a[1] - b[1] for a, b in pares if a[1] is not None and b[1] is not None}
        if len(filas) > 1 or len(columnas) > 1:
            return None
        return (filas.pop() if filas else 0, columnas.pop() if columnas else 0)


def leer_patron(formula: str, *, fila: int, columna: int) -> Patron:
    """Patrón de la fórmula (sin su «=») escrita en la celda de `fila` y `columna`, contadas desde 1.

    >>> leer_patron("+B2/$C$1", fila=2, columna=4).saltos
    ((0, -2), (None, None))
    """
    saltos: list[Salto] = []
    textos: list[str] = []

    def guardar_texto(hallado: re.Match[str]) -> str:
        textos.append(hallado[0])
        return '""'

    def guardar(hallado: re.Match[str]) -> str:
        fija_columna, letras, fija_fila, numero = hallado.groups()
        salto_fila = None if fija_fila else int(numero) - fila
        salto_columna = None if fija_columna else posicion(letras) - columna
        saltos.append((salto_fila, salto_columna))
        return f"‹{letras if fija_columna else ''}{numero if fija_fila else ''}›"

    sin_textos = _TEXTO.sub(guardar_texto, formula)
    forma = "".join(_REFERENCIA.sub(guardar, sin_textos).split()).lstrip("=+")
    return Patron(forma="\x00".join([forma, *textos]), saltos=tuple(saltos))


def se_divide_por_si_misma(formula: str) -> bool:
    """Si la fórmula divide una celda por ella misma.

    >>> se_divide_por_si_misma('MIN((AR2 /AR2) * 100, 100) & "%"'), se_divide_por_si_misma("AS2/AR2")
    (True, False)
    """
    divisiones = _DIVISION.findall(_TEXTO.sub('""', formula))
    return any(a.replace("$", "") == b.replace("$", "") for a, b in divisiones)


def rango_sumado(formula: str) -> tuple[int, int, int] | None:
    """(columna, primera fila, última fila) si la fórmula suma un rango vertical de una sola columna.

    >>> rango_sumado("SUM(BN2:BN332)"), rango_sumado("SUM(AF2:AI2)")
    ((66, 2, 332), None)
    """
    hallado = _SUMA.fullmatch(formula.strip().lstrip("=+"))
    if hallado is None or hallado[1] != hallado[3] or int(hallado[4]) - int(hallado[2]) < 2:
        return None
    return posicion(hallado[1]), int(hallado[2]), int(hallado[4])


def posicion(letras: str) -> int:
    """Número de la columna, desde 1.

    >>> posicion("A"), posicion("AA")
    (1, 27)
    """
    numero = 0
    for letra in letras:
        numero = numero * 26 + ord(letra) - 64
    return numero
