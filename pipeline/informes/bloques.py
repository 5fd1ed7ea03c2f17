"""Trozos de HTML para las celdas: párrafo, lista, cifras y glosario. Escapan todo lo que reciben."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pipeline.formato_es import sin_partir
from pipeline.hipertexto import enlazar_traza

NEGRITA = re.compile(r"\*\*(.+?)\*\*")


@dataclass(frozen=True, slots=True)
class Bloque:
    """HTML listo, ya escapado."""

    contenido: str

    def _repr_html_(self) -> str:
        return self.contenido

    def __repr__(self) -> str:
        return re.sub(r"<[^>]+>", " ", self.contenido).strip()[:80]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cifra:
    """Una cifra del encabezado: qué mide, cuánto, frente a qué y el ancla de su traza, si la tiene."""

    nombre: str
    valor: str
    contexto: str = ""
    traza: str = ""


def en_linea(texto: str) -> str:
    """Texto escapado; `**así**` va en negrita.

    >>> en_linea("**40** de <x>")
    '<strong>40</strong> de &lt;x&gt;'
    """
    return NEGRITA.sub(r"<strong>\1</strong>", html.escape(sin_partir(texto)))


def acortar(texto: object, letras: int) -> str:
    r"""El texto en un renglón y con ese tope; si se corta, entre palabras y con puntos suspensivos.

    >>> acortar("Vía urbana\nmejorada", 14)
    'Vía urbana…'
    """
    llano = " ".join(str(texto).split()) if isinstance(texto, str) else ""
    if len(llano) <= letras:
        return llano
    cabe = llano[:letras]
    return (cabe.rpartition(" ")[0] or cabe[:-1]).rstrip(" ,;:.") + "…"


def parrafo(*textos: str, clase: str = "texto") -> Bloque:
    """Un párrafo por texto; los vacíos se omiten."""
    return Bloque(f'<div class="{clase}">' + "".join(f"<p>{en_linea(t)}</p>" for t in textos if t) + "</div>")


def lista(textos: Iterable[str], clase: str = "texto") -> Bloque:
    """Lista con una viñeta por texto no vacío."""
    vinetas = "".join(f"<li>{en_linea(t)}</li>" for t in textos if t)
    return Bloque(f'<div class="{clase}"><ul>{vinetas}</ul></div>')


def cifras(valores: Iterable[Cifra]) -> Bloque:
    """Cuadro de cifras clave."""
    tarjetas = "".join(
        f'<div class="cifra"><dt>{html.escape(c.nombre)}</dt><dd class="valor">{_valor(c)}</dd>'
        f'<dd class="contexto">{html.escape(sin_partir(c.contexto))}</dd></div>'
        for c in valores
    )
    return Bloque(f'<dl class="cifras">{tarjetas}</dl>')


def _valor(cifra: Cifra) -> str:
    valor = html.escape(sin_partir(cifra.valor))
    return enlazar_traza(valor, cifra.traza) if cifra.traza else valor


def definiciones(terminos: Mapping[str, str]) -> Bloque:
    """Lista de términos con su definición."""
    entradas = "".join(f"<dt>{html.escape(t)}</dt><dd>{en_linea(d)}</dd>" for t, d in terminos.items())
    return Bloque(f'<dl class="glosario">{entradas}</dl>')
