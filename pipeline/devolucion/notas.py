"""Las notas (comentarios) de una hoja: las que tenía quedan; las nuestras se agregan o se renuevan."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from pipeline.devolucion.celdas import Lugar, letras_de_columna, lugar_de
from pipeline.devolucion.empalme import Cambio, Elemento, agregar_hijos, empalmar, texto_seguro, ubicar
from pipeline.devolucion.paquete import ENCABEZADO
from pipeline.errores import ErrorLibro

PRINCIPAL = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
TIPO_NOTAS = "application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml"
TIPO_DIBUJO = "application/vnd.openxmlformats-officedocument.vmlDrawing"
LETRAS_POR_RENGLON, ALTO_DE_RENGLON, ANCHO = 46, 17, 300
_FILA = re.compile(rb"<(?:\w+:)?Row>\s*(\d+)\s*</")
_ETIQUETA = re.compile(rb"<[^>]*>")
_NUESTRA = re.compile(r"\w+ \(N\.º \d+\)\. ".encode())
_BORDE_DE_FORMA = re.compile(rb"<(?:(\w+:)?shape\s|/(\w+:)?shape>)")
_NUMERO = re.compile(rb"_x0000_s(\d{1,9})")
PRIMERA_FORMA = 1025
_COLUMNA = re.compile(rb"<(?:\w+:)?Column>\s*(\d+)\s*</")

NOTAS_VACIAS = (
    ENCABEZADO
    + f'<comments xmlns="{PRINCIPAL}"><authors></authors><commentList></commentList></comments>'.encode()
)
ESPACIOS = (
    ' xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office"'
    ' xmlns:x="urn:schemas-microsoft-com:office:excel"'
)
DIBUJO_VACIO = (
    f'<xml{ESPACIOS}><o:shapelayout v:ext="edit"><o:idmap v:ext="edit" data="1"/></o:shapelayout></xml>'
).encode()
TIPO_DE_FORMA = (
    '<v:shapetype{} id="_x0000_t202" coordsize="21600,21600" o:spt="202" path="m,l,21600r21600,l21600,xe">'
    '<v:stroke joinstyle="miter"/><v:path gradientshapeok="t" o:connecttype="rect"/></v:shapetype>'
)


def escribir_notas(
    xml: bytes, textos: Mapping[Lugar, str], autor: str
) -> tuple[bytes, list[Lugar], list[Lugar]]:
    """Las notas de la hoja con las nuestras; los lugares con nota nueva y los que dejaron de tenerla.

    Una nota que ya hubiera en la celda se conserva y la nuestra va debajo, dentro de la misma.
    """
    p, elementos = ubicar(
        xml, lambda c: c[-1] in {"authors", "author", "commentList", "comment", "text"}, parte="notas"
    )
    autores = [e for e in elementos if e.camino[-1] == "author"]
    nombres = [xml[e.fin_apertura : e.inicio_cierre].decode() for e in autores]
    escrito = texto_seguro(autor)
    lista, creditos = _exigir(elementos, "commentList"), _exigir(elementos, "authors")
    cambios = []
    if escrito not in nombres:
        nombres.append(escrito)
        cambios.append(agregar_hijos(xml, creditos, p, f"<{p}author>{escrito}</{p}author>".encode()))
    propio = str(nombres.index(escrito))
    comentarios = [e for e in elementos if e.camino[-1] == "comment"]
    viejas = [
        c for c in comentarios if c.atributos.get("authorId") == propio or _es_nuestra(xml[c.inicio : c.fin])
    ]
    cambios += [Cambio(inicio=c.inicio, fin=c.fin, nuevo=b"") for c in viejas]
    ajenas = {lugar_de(c.atributos.get("ref", "")): c for c in comentarios if c not in viejas}
    nuevas = b""
    for lugar in sorted(textos):
        texto = _tramo(textos[lugar], p, separado=lugar in ajenas)
        if lugar in ajenas:
            cuerpo = _dentro(elementos, ajenas[lugar])
            cambios.append(agregar_hijos(xml, cuerpo, p, texto))
        else:
            celda = f"{letras_de_columna(lugar[1])}{lugar[0]}"
            apertura = f'<{p}comment ref="{celda}" authorId="{propio}"><{p}text>'.encode()
            nuevas += apertura + texto + f"</{p}text></{p}comment>".encode()
    if nuevas:
        cambios.append(agregar_hijos(xml, lista, p, nuevas))
    retiradas = [quitado for c in viejas if (quitado := lugar_de(c.atributos.get("ref", "")))]
    agregadas = [lugar for lugar in sorted(textos) if lugar not in ajenas]
    return empalmar(xml, cambios), agregadas, retiradas


def dibujar_notas(
    xml: bytes, nuevas: Sequence[Lugar], retiradas: Sequence[Lugar], textos: Mapping[Lugar, str]
) -> bytes:
    """El dibujo (VML) de las notas de la hoja, sin las retiradas y con las nuevas, ocultas hasta señalarlas.

    Se edita por patrones: el VML que escribe Excel no siempre es XML bien formado.
    """
    fuera = set(retiradas)
    limpio = empalmar(xml, [f for f in _formas(xml) if _lugar_de_forma(xml[f.inicio : f.fin]) in fuera])
    cierre = limpio.rfind(b"</xml>")
    if cierre < 0:
        raise ErrorLibro("el dibujo de las notas está dañado", hoja="notas")
    # Excel declara v, o y x en la raíz; otros programas usan otros prefijos y hay que declararlos aquí.
    declarados = all(prefijo in limpio for prefijo in (b"xmlns:v=", b"xmlns:o=", b"xmlns:x="))
    espacios = "" if declarados else ESPACIOS
    tipo = b"" if b'id="_x0000_t202"' in limpio else TIPO_DE_FORMA.format(espacios).encode()
    primera = max([PRIMERA_FORMA - 1, *(int(numero) for numero in _NUMERO.findall(limpio))]) + 1
    formas = b"".join(
        _forma(n, lugar, textos[lugar], espacios) for n, lugar in enumerate(nuevas, start=primera)
    )
    return limpio[:cierre] + tipo + formas + limpio[cierre:]


def _formas(xml: bytes) -> Iterator[Cambio]:
    """El cambio que quita cada forma. Una abierta y sin cerrar se pasa por alto: no hay formas anidadas."""
    abierta: re.Match[bytes] | None = None
    for borde in _BORDE_DE_FORMA.finditer(xml):
        if not borde[0].startswith(b"</"):
            abierta = borde
        elif abierta and abierta[1] == borde[2]:
            yield Cambio(inicio=abierta.start(), fin=borde.end(), nuevo=b"")
            abierta = None


def _es_nuestra(comentario: bytes) -> bool:
    """Por su texto: LibreOffice guarda las notas sin su autor."""
    return _NUESTRA.match(_ETIQUETA.sub(b"", comentario).strip()) is not None


def _tramo(texto: str, p: str, *, separado: bool) -> bytes:
    letra = f'<{p}rPr><{p}sz val="9"/><{p}color rgb="FF1F1F1F"/><{p}rFont val="Calibri"/></{p}rPr>'
    previo = "\n\n" if separado else ""
    return f'<{p}r>{letra}<{p}t xml:space="preserve">{previo}{texto_seguro(texto)}</{p}t></{p}r>'.encode()


def _forma(numero: int, lugar: Lugar, texto: str, espacios: str) -> bytes:
    renglones = sum(1 + len(parte) // LETRAS_POR_RENGLON for parte in texto.split("\n"))
    alto = 12 + ALTO_DE_RENGLON * min(renglones, 24)
    return (
        f'<v:shape{espacios} id="_x0000_s{numero}" '
        'type="#_x0000_t202" style="position:absolute;margin-left:60pt;margin-top:2pt;'
        f'width:{ANCHO}px;height:{alto}px;z-index:1;visibility:hidden" fillcolor="#fffbe6" '
        'strokecolor="#595959" o:insetmode="auto"><v:fill color2="#fffbe6"/><v:path o:connecttype="none"/>'
        '<v:textbox style="mso-direction-alt:auto"><div style="text-align:left"></div></v:textbox>'
        '<x:ClientData ObjectType="Note"><x:MoveWithCells/><x:SizeWithCells/><x:AutoFill>False</x:AutoFill>'
        f"<x:Row>{lugar[0] - 1}</x:Row><x:Column>{lugar[1] - 1}</x:Column></x:ClientData></v:shape>"
    ).encode()


def _lugar_de_forma(forma: bytes) -> Lugar | None:
    fila, columna = _FILA.search(forma), _COLUMNA.search(forma)
    return (int(fila[1]) + 1, int(columna[1]) + 1) if fila and columna else None


def _exigir(elementos: Sequence[Elemento], nombre: str) -> Elemento:
    for elemento in elementos:
        if elemento.camino[-1] == nombre:
            return elemento
    raise ErrorLibro("las notas del libro están dañadas", hoja="notas")


def _dentro(elementos: Sequence[Elemento], comentario: Elemento) -> Elemento:
    textos = [
        e for e in elementos if e.camino[-1] == "text" and comentario.inicio < e.inicio < comentario.fin
    ]
    return _exigir(textos, "text")
