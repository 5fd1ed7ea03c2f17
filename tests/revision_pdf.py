"""Qué le falta a un PDF para ser accesible (PDF/UA-1, lo de Matterhorn que ve una máquina) y legible.

Lee con pypdf los objetos y, por su cuenta, el dibujo de cada página: WeasyPrint pone una operación por
renglón, y recorrerlos así tarda la décima parte que con un intérprete completo.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pypdf import PageObject, PdfReader

MARGEN = 38.0  # puntos; el más angosto de las hojas es de 14 mm (39,7)
PIEZA = re.compile(rb"<([0-9a-fA-F]*)>|(-?[\d.]+)")
PAR_UNICODE = re.compile(rb"<([0-9a-fA-F]{4})> <([0-9a-fA-F]+)>")
DIBUJA = {b"f", b"f*", b"S", b"B", b"B*", b"b", b"Do", b"sh", b"TJ", b"Tj"}
PERMITIDOS = {
    "/L": {"/LI", "/L", "/Caption"},
    "/LI": {"/Lbl", "/LBody", "/L"},
    "/Table": {"/Caption", "/THead", "/TBody", "/TFoot", "/TR"},
    "/THead": {"/TR"},
    "/TBody": {"/TR"},
    "/TR": {"/TH", "/TD"},
}
ACCIONES = ("/OpenAction", "/AA", "/AcroForm", "/Collection")
Matriz = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Texto:
    """Un trozo de texto pintado: dónde empieza y termina (puntos) y qué dice."""

    desde: float
    hasta: float
    dice: str
    es_artefacto: bool


@dataclass(slots=True)
class _Pluma:
    """El estado del dibujo mientras se recorre una página."""

    matriz: Matriz = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
    pila: list[Matriz] = field(default_factory=list)
    marcas: list[bytes] = field(default_factory=list)
    del_texto: Matriz = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
    fuente: tuple[str, float] = ("", 0.0)
    anterior: bytes = b""
    textos: list[Texto] = field(default_factory=list)
    sin_marca: int = 0


def textos_de(pagina: PageObject) -> tuple[list[Texto], int]:
    """Los textos de la página y cuántos trazos o textos no están etiquetados ni son artefacto."""
    recursos = pagina["/Resources"].get("/Font", {})
    fuentes = {nombre: _leer_fuente(f.get_object()) for nombre, f in recursos.items()}
    pluma = _Pluma()
    for renglon in pagina.get_contents().get_data().split(b"\n"):
        _seguir(pluma, renglon, fuentes)
    return pluma.textos, pluma.sin_marca


def _seguir(pluma: _Pluma, renglon: bytes, fuentes: dict[str, Any]) -> None:
    operador = renglon.rpartition(b" ")[2] or renglon
    seguir = OPERADORES.get(operador)
    if seguir is not None:
        seguir(pluma, renglon)
    elif operador == b"TJ":
        pluma.textos.append(_pintado(pluma, renglon, fuentes))
    if operador in DIBUJA and not pluma.marcas:
        pluma.sin_marca += 1
    if renglon.startswith(b"/") and b" " not in renglon:
        pluma.anterior = renglon  # la etiqueta va en un renglón y BMC o BDC en otro


def _escalar(pluma: _Pluma, renglon: bytes) -> None:
    pluma.matriz = _por(_numeros(renglon), pluma.matriz)


def _recuperar(pluma: _Pluma, _: bytes) -> None:
    pluma.matriz = pluma.pila.pop()


def _colocar(pluma: _Pluma, renglon: bytes) -> None:
    pluma.del_texto = _numeros(renglon)


def _elegir_letra(pluma: _Pluma, renglon: bytes) -> None:
    nombre, cuerpo, _ = renglon.split(b" ")
    pluma.fuente = (nombre.decode(), float(cuerpo))


OPERADORES: dict[bytes, Callable[[_Pluma, bytes], object]] = {
    b"BMC": lambda pluma, _: pluma.marcas.append(pluma.anterior),
    b"BDC": lambda pluma, _: pluma.marcas.append(pluma.anterior),
    b"EMC": lambda pluma, _: pluma.marcas.pop(),
    b"q": lambda pluma, _: pluma.pila.append(pluma.matriz),
    b"Q": _recuperar,
    b"cm": _escalar,
    b"Tm": _colocar,
    b"Tf": _elegir_letra,
}


def _numeros(renglon: bytes) -> Matriz:
    return tuple(map(float, renglon.split(b" ")[:-1]))


def _por(una: Matriz, otra: Matriz) -> Matriz:
    a, b, c, d, e, f = una
    g, h, i, j, k, m = otra
    return (a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + m)


def _pintado(pluma: _Pluma, renglon: bytes, fuentes: dict[str, Any]) -> Texto:
    nombre, cuerpo = pluma.fuente
    anchos, letras = fuentes[nombre]
    milesimas, dicho = 0.0, []
    for codigos, ajuste in PIEZA.findall(renglon):
        if ajuste:
            milesimas -= float(ajuste)
        for n in range(0, len(codigos), 4):
            codigo = int(codigos[n : n + 4], 16)
            milesimas += anchos[codigo]
            dicho.append(letras.get(codigo, ""))
    lugar = _por(pluma.del_texto, pluma.matriz)
    extremos = sorted((lugar[4], lugar[4] + lugar[0] * milesimas * cuerpo / 1000))
    return Texto(extremos[0], extremos[1], "".join(dicho), b"/Artifact" in pluma.marcas)


def _leer_fuente(fuente: Any) -> tuple[dict[int, float], dict[int, str]]:
    """Ancho de cada letra en milésimas del cuerpo, y qué letra es."""
    anchos: dict[int, float] = {}
    lista = list(fuente["/DescendantFonts"][0].get_object()["/W"])
    for primera, siguientes in zip(lista[::2], lista[1::2], strict=True):
        anchos |= {int(primera) + n: float(ancho) for n, ancho in enumerate(siguientes)}
    pares = PAR_UNICODE.findall(fuente["/ToUnicode"].get_data().partition(b"beginbfchar")[2])
    letras = {int(c, 16): bytes.fromhex(u.decode()).decode("utf-16-be", "replace") for c, u in pares}
    return anchos, letras


def faltas_del_pdf(ruta: Path, margen: float = MARGEN) -> list[str]:
    """Las faltas del PDF, en español; vacía si no se le halla ninguna. `margen` va en puntos."""
    documento = PdfReader(ruta)
    return [
        *_faltas_del_catalogo(documento),
        *_faltas_de_etiquetas(documento),
        *_faltas_de_fuentes(documento),
        *_faltas_de_paginas(documento, margen),
    ]


def _faltas_del_catalogo(documento: PdfReader) -> Iterator[str]:
    catalogo: Any = documento.trailer["/Root"]
    metadatos = documento.metadata or {}
    xmp = catalogo["/Metadata"].get_data().decode("utf-8") if "/Metadata" in catalogo else ""
    pruebas = {
        "no tiene título": bool(str(metadatos.get("/Title", "")).strip()),
        "no dice su idioma": str(catalogo.get("/Lang", "")).lower().startswith("es"),
        "no está marcado como etiquetado": bool(catalogo.get("/MarkInfo", {}).get("/Marked")),
        "no muestra su título en la ventana": bool(
            catalogo.get("/ViewerPreferences", {}).get("/DisplayDocTitle")
        ),
        "no se declara PDF/UA-1": re.search(r"pdfuaid:part(>|=\")1\b", xmp) is not None,
        "sus metadatos XMP no traen el título": "dc:title" in xmp,
        "no tiene marcadores": bool(documento.outline),
        "dice cuándo se hizo": "/CreationDate" not in metadatos and "/ModDate" not in metadatos,
        "hace algo al abrirse": not any(clave in catalogo for clave in ACCIONES),
        "trae guiones o archivos": not {"/JavaScript", "/EmbeddedFiles"} & set(catalogo.get("/Names", {})),
    }
    return (falta for falta, cumple in pruebas.items() if not cumple)


def _hijos(elemento: Any) -> list[Any]:
    hijos = elemento.get("/K", [])
    lista = hijos if isinstance(hijos, list) else [hijos]
    return [h.get_object() for h in lista if not isinstance(h, int)]


def _faltas_de_etiquetas(documento: PdfReader) -> list[str]:
    raiz: Any = documento.trailer["/Root"]["/StructTreeRoot"]  # type: ignore[index]
    indice = raiz.get("/IDTree", {}).get("/Names", [])
    conocidos = set(map(str, indice[::2]))
    faltas: list[str] = []
    nivel = 0
    por_ver = _hijos(raiz)[::-1]
    while por_ver:  # en el orden en que se lee
        elemento = por_ver.pop()
        etiqueta = str(elemento.get("/S", ""))
        hijos = [h for h in _hijos(elemento) if "/S" in h]
        faltas += _faltas_del_elemento(elemento, etiqueta, hijos, conocidos)
        if re.fullmatch("/H[1-6]", etiqueta):
            if int(etiqueta[2]) > nivel + 1:
                faltas.append(f"los títulos saltan de nivel {nivel} a {etiqueta[2]}")
            nivel = int(etiqueta[2])
        por_ver += hijos[::-1]
    return faltas


def _faltas_del_elemento(
    elemento: Any, etiqueta: str, hijos: list[Any], conocidos: set[str]
) -> Iterator[str]:
    atributos = elemento.get("/A", {})
    if etiqueta == "/Figure" and not (str(elemento.get("/Alt", "")).strip() and "/BBox" in atributos):
        yield "una figura sin texto alternativo o sin recuadro"
    if etiqueta == "/TH" and atributos.get("/Scope") not in {"/Column", "/Row", "/Both"}:
        yield "un encabezado de tabla sin ámbito"
    if etiqueta == "/TD" and not set(map(str, atributos.get("/Headers", []))) <= conocidos:
        yield "una celda nombra un encabezado que no está en el índice"
    if etiqueta == "/Table" and "/THead" not in {str(h["/S"]) for h in hijos} and not _de_pares(hijos):
        yield "un trozo de tabla sin su encabezado repetido"
    ajenos = {str(h["/S"]) for h in hijos} - PERMITIDOS.get(etiqueta, {str(h["/S"]) for h in hijos})
    if ajenos:
        yield f"{etiqueta} contiene {', '.join(sorted(ajenos))}"


def _de_pares(hijos: list[Any]) -> bool:
    """Si cada fila es un rótulo y su dato, como el «PARA» de un memorando: no hay columnas que encabezar."""
    filas = [fila for cuerpo in hijos for fila in (_hijos(cuerpo) if cuerpo["/S"] == "/TBody" else [cuerpo])]
    return all(len(_hijos(fila)) <= 2 for fila in filas if fila["/S"] == "/TR")


def _faltas_de_fuentes(documento: PdfReader) -> Iterator[str]:
    fuentes: Any = documento.pages[0]["/Resources"]["/Font"]  # type: ignore[index]
    for fuente in (f.get_object() for f in fuentes.values()):
        descriptor = fuente["/DescendantFonts"][0].get_object()["/FontDescriptor"].get_object()
        if not {"/FontFile", "/FontFile2", "/FontFile3"} & set(descriptor):
            yield f"la letra {fuente['/BaseFont']} no va incrustada"
        if "/ToUnicode" not in fuente:
            yield f"la letra {fuente['/BaseFont']} no dice qué caracteres son sus dibujos"


def _faltas_de_paginas(documento: PdfReader, margen: float) -> Iterator[str]:
    total = len(documento.pages)
    for numero, pagina in enumerate(documento.pages, start=1):
        textos, sin_marca = textos_de(pagina)
        donde, ancho = f"página {numero}", float(pagina.mediabox.width)
        if sin_marca:
            yield f"{donde}: {sin_marca} trazos o textos sin etiqueta"
        for texto in textos:
            if texto.dice.strip() and not margen <= texto.desde <= texto.hasta <= ancho - margen:
                extremos = f"{texto.desde:.0f} a {texto.hasta:.0f} de {ancho:.0f}"
                yield f"{donde}: «{texto.dice[:40]}» se sale de los márgenes ({extremos})"
        pies = "".join(t.dice for t in textos if t.es_artefacto)
        if f"Página {numero} de {total}" not in " ".join(pies.split()):
            yield f"{donde}: no dice su número como adorno de la página"
        if pagina.get("/Tabs") != "/S":
            yield f"{donde}: el orden del teclado no es el de las etiquetas"
        yield from (f"{donde}: {falta}" for falta in _faltas_de_enlaces(pagina))


def _faltas_de_enlaces(pagina: PageObject) -> Iterator[str]:
    for anotacion in (a.get_object() for a in pagina.get("/Annots", [])):
        if anotacion["/Subtype"] != "/Link" or "/A" in anotacion or "/AA" in anotacion:
            yield f"una anotación que no es un enlace interno: {anotacion['/Subtype']}"
        elif (
            not {"/Contents", "/StructParent", "/Dest"} <= set(anotacion)
            or not int(anotacion.get("/F", 0)) & 4
        ):
            yield "un enlace sin descripción, sin etiqueta o que no se imprime"
