"""Un documento .docx ya lleno, en una página HTML con el mismo contenido: de ella sale su PDF accesible.

Se lee el .docx y no los datos, para que lo que la oficina cambie en su plantilla salga también en el PDF:
membrete, títulos, párrafos, listas, tablas, logos, letra y tamaño de la hoja.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from pipeline.documentos.opciones import CARPETA

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
REFERENCIA = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}embed"
EMU_POR_PUNTO = 12700
VIGESIMOS = 20  # Word mide espacios y altos en vigésimos de punto
APAGADO = {"0", "false", "none"}
ALINEACIONES = {"center": "center", "right": "right", "end": "right", "both": "justify"}
SIGNOS = {f"{W}br": "<br>", f"{W}cr": "<br>", f"{W}tab": " ", f"{W}noBreakHyphen": "\N{NON-BREAKING HYPHEN}"}
CAMPOS = {"PAGE": '<span class="pagina"></span>', "NUMPAGES": '<span class="paginas"></span>'}
TITULO, ETIQUETA = re.compile(r"<h1[^>]*>(.*?)</h1>", re.DOTALL), re.compile("<[^>]+>")
SOLO_UN_TROZO = re.compile(r'<span style="([^"]*)">([^<]*)</span>')
LARGO_DE_UN_COLOR = 6  # RRGGBB; «auto» no es un color
ENFASIS = (("b", "strong"), ("i", "em"), ("u", "u"))

Elemento = Any  # de lxml


@dataclass(frozen=True, slots=True)
class _Parte:
    """El cuerpo, el encabezado o el pie: su XML, el nombre de cada estilo y sus imágenes."""

    raiz: Elemento
    estilos: Mapping[str, str]
    imagenes: Mapping[str, Any]


def en_pagina(docx: Path, hoja_de_estilo: str) -> str:
    """HTML autocontenido con lo que dice el .docx; el mismo archivo da la misma página.

    `hoja_de_estilo` es el CSS de los informes, con su letra incrustada; documento.css lo ajusta.
    """
    from docx import Document

    documento = Document(str(docx))
    seccion = documento.sections[0]
    estilos = {estilo.style_id: str(estilo.name) for estilo in documento.styles}
    ajustes = (CARPETA / "documento.css").read_text(encoding="utf-8")

    def bloques(de: Any, raiz: Elemento) -> str:
        return _bloques(_Parte(raiz, estilos, de.part.related_parts))

    cuerpo = bloques(documento, documento.element.body)
    hallado = TITULO.search(cuerpo)
    titulo = ETIQUETA.sub("", hallado[1]) if hallado else escape(documento.core_properties.title or docx.stem)
    return (
        '<!DOCTYPE html>\n<html lang="es-CO"><head><meta charset="utf-8">'
        f"<title>{titulo}</title>\n"
        f"<style>\n{hoja_de_estilo}\n</style>\n<style>\n{ajustes}\n{_hoja(seccion)}\n</style></head><body>\n"
        f'<div class="membrete">{bloques(seccion.header, seccion.header._element)}</div>\n'
        f'<div class="al-pie">{bloques(seccion.footer, seccion.footer._element)}</div>\n'
        f"<main>\n{cuerpo}\n</main></body></html>\n"
    )


def _hoja(seccion: Any) -> str:
    """El tamaño y los márgenes de la hoja de Word, en puntos."""
    lados = ("page_width", "page_height", "top_margin", "right_margin", "bottom_margin", "left_margin")
    ancho, alto, *margenes = (f"{getattr(seccion, lado).pt:.1f}pt" for lado in lados)
    return f"@page{{size:{ancho} {alto};margin:{' '.join(margenes)}}}"


def _bloques(parte: _Parte) -> str:
    """Los párrafos y tablas en su orden; los ítems seguidos van en una sola lista."""
    partes: list[str] = []
    lista = ""
    for bloque in parte.raiz.iterchildren(f"{W}p", f"{W}tbl"):
        es_tabla = bloque.tag == f"{W}tbl"
        etiqueta = "" if es_tabla else _lista(_estilo(bloque, parte))
        if etiqueta != lista:
            partes += [f"</{lista}>"] * bool(lista) + [f"<{etiqueta}>"] * bool(etiqueta)
            lista = etiqueta
        partes.append(_tabla(bloque, parte) if es_tabla else _parrafo(bloque, parte))
    return "\n".join([*partes, *([f"</{lista}>"] if lista else [])])


def _hallar(elemento: Elemento, camino: str) -> Elemento | None:
    return elemento.find("/".join(W + paso for paso in camino.split("/")))


def _atributo(elemento: Elemento, camino: str, nombre: str = "val") -> str:
    """El atributo del descendiente; vacío si no está."""
    hallado = _hallar(elemento, camino)
    return "" if hallado is None else str(hallado.get(W + nombre, ""))


def _puesto(elemento: Elemento, camino: str) -> bool:
    """Si una propiedad de sí o no está puesta: basta con que esté y no diga que no."""
    hallado = _hallar(elemento, camino)
    return hallado is not None and hallado.get(f"{W}val") not in APAGADO


def _estilo(parrafo: Elemento, parte: _Parte) -> str:
    return parte.estilos.get(_atributo(parrafo, "pPr/pStyle"), "Normal")


def _lista(estilo: str) -> str:
    return {"List B": "ul", "List N": "ol"}.get(estilo[:6], "")


def _parrafo(parrafo: Elemento, parte: _Parte) -> str:
    texto = "".join(_trozos(parrafo, parte))
    if not texto:
        return '<div class="aire"></div>'
    estilo = _estilo(parrafo, parte)
    etiqueta = "li" if _lista(estilo) else "h1" if estilo == "Title" else "p"
    if estilo.startswith("Heading "):
        etiqueta = f"h{estilo[8:9]}"
    return f"<{etiqueta}{_con_reglas(_reglas_de_parrafo(parrafo))}>{texto}</{etiqueta}>"


def _reglas_de_parrafo(parrafo: Elemento) -> list[str]:
    reglas = _alineacion(parrafo)
    for lado, margen in (("before", "top"), ("after", "bottom")):
        if espacio := _atributo(parrafo, "pPr/spacing", lado):
            reglas.append(f"margin-{margen}:{int(espacio) / VIGESIMOS:g}pt")
    if _puesto(parrafo, "pPr/keepLines"):
        reglas.append("break-inside:avoid")
    return reglas


def _alineacion(parrafo: Elemento) -> list[str]:
    alineada = ALINEACIONES.get(_atributo(parrafo, "pPr/jc"))
    return [f"text-align:{alineada}"] if alineada else []


def _con_reglas(reglas: list[str]) -> str:
    return f' style="{";".join(reglas)}"' if reglas else ""


def _trozos(parrafo: Elemento, parte: _Parte) -> Iterator[str]:
    """Los trozos del párrafo con su letra; de un campo va el campo, no lo que Word calculó la última vez."""
    calculado = False
    for trozo in parrafo.iter(f"{W}r"):
        contenido = ""
        for hijo in trozo:
            if hijo.tag == f"{W}fldChar":
                calculado = hijo.get(f"{W}fldCharType") == "separate"
            elif not calculado:
                contenido += _contenido(hijo, parte)
        if contenido:
            yield _con_letra(trozo, contenido)


def _contenido(hijo: Elemento, parte: _Parte) -> str:
    if hijo.tag == f"{W}t":
        return escape(hijo.text or "")
    if hijo.tag == f"{W}instrText":
        return CAMPOS.get(" ".join((hijo.text or "").split()[:1]), "")
    if hijo.tag == f"{W}drawing":
        return _imagen(hijo, parte)
    return SIGNOS.get(hijo.tag, "")


def _imagen(dibujo: Elemento, parte: _Parte) -> str:
    """Un logo que la oficina puso en la plantilla, dentro de la página y con su texto alternativo."""
    por_nombre = {elemento.tag.rpartition("}")[2]: elemento for elemento in dibujo.iter()}
    if not {"blip", "extent", "docPr"} <= set(por_nombre):
        return ""
    imagen = parte.imagenes[por_nombre["blip"].get(REFERENCIA)]
    ancho, alto = (int(por_nombre["extent"].get(lado)) / EMU_POR_PUNTO for lado in ("cx", "cy"))
    return (
        f'<img alt="{escape(por_nombre["docPr"].get("descr", ""))}" '
        f'style="width:{ancho:.1f}pt;height:{alto:.1f}pt" '
        f'src="data:{imagen.content_type};base64,{base64.b64encode(imagen.blob).decode("ascii")}">'
    )


def _con_letra(trozo: Elemento, contenido: str) -> str:
    medios_puntos, color = _atributo(trozo, "rPr/sz"), _atributo(trozo, "rPr/color")
    reglas = [f"font-size:{int(medios_puntos) / 2:g}pt"] if medios_puntos else []
    reglas += [f"color:#{color}"] if len(color) == LARGO_DE_UN_COLOR else []
    if reglas:
        contenido = f"<span{_con_reglas(reglas)}>{contenido}</span>"
    for nombre, etiqueta in ENFASIS:
        contenido = f"<{etiqueta}>{contenido}</{etiqueta}>" if _puesto(trozo, f"rPr/{nombre}") else contenido
    return contenido


def _tabla(tabla: Elemento, parte: _Parte) -> str:
    """La tabla con los anchos de Word; los renglones que se repiten en cada página son su encabezado.

    Si no los hay («PARA», «ASUNTO»), el encabezado de cada renglón es su primera celda.
    """
    anchos = [int(c.get(f"{W}w", 0)) for c in tabla.iterfind(f"{W}tblGrid/{W}gridCol")]
    total = sum(anchos) or 1
    columnas = "".join(f'<col style="width:{100 * ancho / total:.2f}%">' for ancho in anchos)
    renglones = list(tabla.iterchildren(f"{W}tr"))
    arriba = [r for r in renglones if _puesto(r, "trPr/tblHeader")]
    cabeza = "".join(_renglon(r, parte, "col") for r in arriba)
    cuerpo = "".join(_renglon(r, parte, "" if arriba else "row") for r in renglones if r not in arriba)
    estilo = parte.estilos.get(_atributo(tabla, "tblPr/tblStyle"))
    clase = "cuadro" if estilo == "Table Grid" else "sin-bordes"
    return (
        f'<table class="{clase}"><colgroup>{columnas}</colgroup>'
        + (f"<thead>{cabeza}</thead>" if cabeza else "")
        + f"<tbody>{cuerpo}</tbody></table>"
    )


def _renglon(renglon: Elemento, parte: _Parte, alcance: str) -> str:
    """El renglón; `alcance` dice de qué es encabezado: «col», todas sus celdas; «row», la primera."""
    alto = _atributo(renglon, "trPr/trHeight")
    celdas = "".join(
        _celda(celda, parte, alcance if alcance == "col" or not lugar else "")
        for lugar, celda in enumerate(renglon.iterchildren(f"{W}tc"))
    )
    return f"<tr{_con_reglas([f'height:{int(alto) / VIGESIMOS:g}pt'] if alto else [])}>{celdas}</tr>\n"


def _celda(celda: Elemento, parte: _Parte, alcance: str) -> str:
    """La celda; un solo párrafo corriente va sin caja propia: componer cada una cuesta un milisegundo."""
    columnas, fondo = _atributo(celda, "tcPr/gridSpan"), _atributo(celda, "tcPr/shd", "fill")
    etiqueta, atributos = ("th", f' scope="{alcance}"') if alcance else ("td", "")
    atributos += f' colspan="{columnas}"' if columnas else ""
    reglas = [f"background:#{fondo}"] if len(fondo) == LARGO_DE_UN_COLOR else []
    parrafos = [hijo for hijo in celda if hijo.tag != f"{W}tcPr"]
    if len(parrafos) == 1 and parrafos[0].tag == f"{W}p" and not _lista(_estilo(parrafos[0], parte)):
        dentro = "".join(_trozos(parrafos[0], parte))
        reglas += _alineacion(parrafos[0])
        if suelto := SOLO_UN_TROZO.fullmatch(dentro):
            reglas, dentro = [*reglas, suelto[1]], suelto[2]
    else:
        dentro = _bloques(_Parte(celda, parte.estilos, parte.imagenes))
    return f"<{etiqueta}{atributos}{_con_reglas(reglas)}>{dentro}</{etiqueta}>"
