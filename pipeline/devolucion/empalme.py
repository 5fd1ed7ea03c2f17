"""Editar un XML sin reescribirlo: se ubican los elementos por sus bytes y se cambia solo lo necesario."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from pipeline.errores import ErrorLibro

_FIN_DE_ETIQUETA = re.compile(rb"[^>\"']*(?:\"[^\"]*\"[^>\"']*|'[^']*'[^>\"']*)*>")
_NO_ADMITIDOS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ESCAPE_DE_EXCEL = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
LARGO_MAXIMO = 4_000  # Excel admite 32.767 por celda; un mensaje más largo no lo lee nadie


@dataclass(frozen=True, slots=True, kw_only=True)
class Elemento:
    """Dónde está un elemento en los bytes del XML; `camino` son los nombres de sus ancestros y el suyo."""

    camino: tuple[str, ...]
    atributos: dict[str, str]
    inicio: int
    fin_apertura: int
    inicio_cierre: int
    fin: int

    @property
    def esta_vacio(self) -> bool:
        """Si está escrito `<así/>`."""
        return self.fin_apertura == self.fin


@dataclass(frozen=True, slots=True, kw_only=True)
class Cambio:
    """Reemplazo de los bytes [inicio, fin) por `nuevo`; con inicio = fin, una inserción."""

    inicio: int
    fin: int
    nuevo: bytes


def empalmar(xml: bytes, cambios: Iterable[Cambio]) -> bytes:
    """El XML con los cambios puestos; los del mismo lugar, en el orden dado.

    >>> empalmar(b"abc", [Cambio(inicio=1, fin=2, nuevo=b"X"), Cambio(inicio=3, fin=3, nuevo=b"d")])
    b'aXcd'
    """
    partes: list[bytes] = []
    desde = 0
    for cambio in sorted(
        cambios, key=lambda c: (c.inicio, c.fin)
    ):  # lo que se inserta, antes de lo que cambia
        partes += [xml[desde : cambio.inicio], cambio.nuevo]
        desde = cambio.fin
    return b"".join([*partes, xml[desde:]])


def ubicar(
    xml: bytes, interesa: Callable[[tuple[str, ...]], bool], *, parte: str
) -> tuple[str, list[Elemento]]:
    """Prefijo del espacio de nombres de la raíz («» o «x:») y los elementos cuyo camino interesa.

    Los nombres van sin ese prefijo. Levanta ErrorLibro si el XML está dañado, declara entidades o
    no es UTF-8.
    """
    recogidos: list[Elemento] = []
    abiertos: list[tuple[str, dict[str, str], int]] = []
    prefijo = [""]
    lector: Any = expat.ParserCreate()

    def abrir(nombre: str, atributos: dict[str, str]) -> None:
        if not abiertos and ":" in nombre:
            prefijo[0] = nombre.partition(":")[0] + ":"
        abiertos.append((nombre.removeprefix(prefijo[0]), atributos, lector.CurrentByteIndex))

    def cerrar(_: str) -> None:
        camino = tuple(nombre for nombre, _, _ in abiertos)
        _, atributos, inicio = abiertos.pop()
        if interesa(camino):
            recogidos.append(_elemento(xml, camino, atributos, inicio, lector.CurrentByteIndex))

    def rechazar(*_: object) -> None:
        raise ErrorLibro("el XML declara entidades, que un libro no usa", hoja=parte)

    lector.StartElementHandler, lector.EndElementHandler = abrir, cerrar
    lector.StartDoctypeDeclHandler = rechazar
    _exigir_utf8(xml, parte)
    try:
        lector.Parse(xml, True)
    except expat.ExpatError as error:
        raise ErrorLibro(f"el XML está dañado ({error})", hoja=parte) from error
    return prefijo[0], sorted(recogidos, key=lambda e: e.inicio)


def _elemento(
    xml: bytes, camino: tuple[str, ...], atributos: dict[str, str], inicio: int, cierre: int
) -> Elemento:
    apertura = _FIN_DE_ETIQUETA.match(xml, inicio)
    assert apertura is not None  # expat ya leyó la etiqueta completa
    fin = apertura.end()
    vacio = xml[fin - 2 : fin] == b"/>"
    return Elemento(
        camino=camino,
        atributos=atributos,
        inicio=inicio,
        fin_apertura=fin,
        inicio_cierre=fin if vacio else cierre,
        fin=fin if vacio else xml.index(b">", cierre) + 1,
    )


def _exigir_utf8(xml: bytes, parte: str) -> None:
    declarada = re.match(rb"\s*(?:\xef\xbb\xbf)?<\?xml[^>]*encoding=[\"']([^\"']+)", xml)
    if xml[:2] in (b"\xff\xfe", b"\xfe\xff") or (
        declarada and declarada[1].lower() not in (b"utf-8", b"utf8")
    ):
        raise ErrorLibro("el XML no está en UTF-8", hoja=parte)


def con_atributos(etiqueta: bytes, **nuevos: str) -> bytes:
    """La etiqueta de apertura con esos atributos puestos o reemplazados.

    >>> con_atributos(b'<c r="A1" s="2"/>', s="7", t="n")
    b'<c r="A1" s="7" t="n"/>'
    """
    for nombre, valor in nuevos.items():
        escrito = f"{nombre}={quoteattr(valor)}".encode()
        patron = rb"(?<=[\s])" + nombre.encode() + rb"\s*=\s*(?:\"[^\"]*\"|'[^']*')"
        if hallado := re.search(patron, etiqueta):
            etiqueta = etiqueta[: hallado.start()] + escrito + etiqueta[hallado.end() :]
        else:
            corte = -2 if etiqueta.endswith(b"/>") else -1
            etiqueta = etiqueta[:corte].rstrip() + b" " + escrito + etiqueta[corte:]
    return etiqueta


def agregar_hijos(xml: bytes, elemento: Elemento, prefijo: str, hijos: bytes) -> Cambio:
    """El cambio que pone `hijos` al final del elemento, aunque esté escrito `<así/>`."""
    if not elemento.esta_vacio:
        return Cambio(inicio=elemento.inicio_cierre, fin=elemento.inicio_cierre, nuevo=hijos)
    nombre = (prefijo + elemento.camino[-1]).encode()
    abierta = xml[elemento.inicio : elemento.fin - 2].rstrip() + b">"
    return Cambio(inicio=elemento.inicio, fin=elemento.fin, nuevo=abierta + hijos + b"</" + nombre + b">")


def texto_seguro(texto: object) -> str:
    r"""El texto escapado para XML, sin caracteres que un libro no admite y recortado.

    >>> texto_seguro("a<b\x07 _x0041_")
    'a&lt;b _x005F_x0041_'
    """
    limpio = _NO_ADMITIDOS.sub("", str(texto))
    corto = limpio if len(limpio) <= LARGO_MAXIMO else limpio[: LARGO_MAXIMO - 1] + "…"
    return escape(_ESCAPE_DE_EXCEL.sub("_x005F_", corto))


def primero(elementos: Sequence[Elemento], nombre: str) -> Elemento | None:
    """El primer elemento con ese nombre."""
    return next((e for e in elementos if e.camino[-1] == nombre), None)
