"""Auditoría de un informe en HTML antes de publicarlo: accesible y autocontenido. Solo lee la página."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

TRAE_RECURSO = {"src", "srcset", "poster", "data", "background", "action", "formaction"}
REMOTA = re.compile(r"^\s*(?:[a-z][a-z0-9+.-]*:)?//", re.IGNORECASE)
CSS_REMOTO = re.compile(r"(?:@import|url\(\s*['\"]?(?:https?:)?//)", re.IGNORECASE)
RELLENO_DE_NBCONVERT = "No description has been provided"
VACIAS = {
    "img",
    "br",
    "hr",
    "meta",
    "link",
    "input",
    "col",
    "source",
    "wbr",
    "area",
    "base",
    "embed",
    "track",
}


@dataclass(slots=True, kw_only=True)
class _Hallado:
    """Lo que se va juntando al recorrer la página."""

    faltas: list[str] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    anclas: list[str] = field(default_factory=list)
    niveles: list[int] = field(default_factory=list)
    titulo: str = ""
    tablas_abiertas: list[bool] = field(default_factory=list)
    dentro_de: str = ""


def auditar_html(pagina: str) -> list[str]:
    """Faltas de la página, en español; vacía si se puede publicar.

    Revisa: idioma, título, un solo h1 y títulos sin saltos, texto alternativo en toda imagen, `scope` en todo
    th, `caption` en toda tabla, ningún recurso ni enlace remoto, ids únicos y anclas internas que existen.

    >>> auditar_html("<p>hola</p>")[0]
    'la página no declara su idioma (lang)'
    """
    hallado = _Hallado()
    idioma = re.search(r"<html[^>]*\blang=\"([^\"]+)\"", pagina[:2000])
    if idioma is None or not idioma.group(1).startswith("es"):
        hallado.faltas.append("la página no declara su idioma (lang)")
    _recorrer(pagina, hallado)
    if RELLENO_DE_NBCONVERT in pagina:
        hallado.faltas.append("hay una imagen sin texto alternativo (relleno de nbconvert)")
    return hallado.faltas + _faltas_de_estructura(hallado)


def _recorrer(pagina: str, hallado: _Hallado) -> None:
    # Se asignan funciones en lugar de heredar: el recorrido es un dato, no una clase más.
    lector: Any = HTMLParser(convert_charrefs=True)
    lector.handle_starttag = lambda etiqueta, atributos: _abrir(hallado, etiqueta, atributos)
    lector.handle_endtag = lambda etiqueta: _cerrar(hallado, etiqueta)
    lector.handle_data = lambda texto: _texto(hallado, texto)
    lector.feed(pagina)
    lector.close()


def _abrir(hallado: _Hallado, etiqueta: str, atributos: list[tuple[str, str | None]]) -> None:
    valores = {nombre: valor or "" for nombre, valor in atributos}
    if valores.get("id"):
        hallado.ids.append(valores["id"])
    if etiqueta == "a" and valores.get("href", "").startswith("#"):
        hallado.anclas.append(valores["href"][1:])
    if re.fullmatch(r"h[1-6]", etiqueta):
        hallado.niveles.append(int(etiqueta[1]))
    if etiqueta in {"title", "style", "script"}:
        hallado.dentro_de = etiqueta
    hallado.faltas += _faltas_de_etiqueta(etiqueta, valores)
    _seguir_tabla(hallado, etiqueta)


def _seguir_tabla(hallado: _Hallado, etiqueta: str) -> None:
    if etiqueta == "table":
        hallado.tablas_abiertas.append(False)
    elif etiqueta == "caption" and hallado.tablas_abiertas:
        hallado.tablas_abiertas[-1] = True


def _faltas_de_etiqueta(etiqueta: str, valores: dict[str, str]) -> list[str]:
    faltas = []
    if etiqueta == "img" and not valores.get("alt", "").strip():
        faltas.append("hay una imagen sin texto alternativo")
    if etiqueta == "svg" and "aria-hidden" not in valores and not valores.get("aria-label", "").strip():
        faltas.append("hay un dibujo SVG sin texto alternativo")
    if etiqueta == "th" and not valores.get("scope"):
        faltas.append("hay un encabezado de tabla (th) sin scope")
    for nombre, valor in valores.items():
        es_recurso = nombre in TRAE_RECURSO or (
            nombre == "href" and etiqueta in {"a", "link", "use", "image"}
        )
        if es_recurso and REMOTA.match(valor):
            faltas.append(f"hay una dirección remota en <{etiqueta} {nombre}>: {valor[:60]}")
        if nombre == "style" and CSS_REMOTO.search(valor):
            faltas.append(f"hay una dirección remota en el estilo de <{etiqueta}>")
    return faltas


def _cerrar(hallado: _Hallado, etiqueta: str) -> None:
    if etiqueta == hallado.dentro_de:
        hallado.dentro_de = ""
    if etiqueta == "table" and hallado.tablas_abiertas and not hallado.tablas_abiertas.pop():
        hallado.faltas.append("hay una tabla sin título (caption)")


def _texto(hallado: _Hallado, texto: str) -> None:
    if hallado.dentro_de == "title":
        hallado.titulo += texto
    elif hallado.dentro_de == "style" and CSS_REMOTO.search(texto):
        hallado.faltas.append("la hoja de estilo pide un recurso remoto")
    elif hallado.dentro_de == "script" and re.search(r"https?://", texto):
        hallado.faltas.append("un script nombra una dirección remota")


def _faltas_de_estructura(hallado: _Hallado) -> list[str]:
    faltas = [] if hallado.titulo.strip() else ["la página no tiene título (title)"]
    if hallado.niveles.count(1) != 1:
        faltas.append(f"la página tiene {hallado.niveles.count(1)} títulos principales (h1) y debe tener uno")
    anterior = 0
    for nivel in hallado.niveles:
        if nivel > anterior + 1:
            faltas.append(f"los títulos saltan de h{anterior} a h{nivel}")
        anterior = nivel
    repetidos = sorted(ident for ident, veces in Counter(hallado.ids).items() if veces > 1)
    faltas += [f"el id «{ident}» se repite" for ident in repetidos]
    existentes = set(hallado.ids)
    faltas += [
        f"el enlace interno «#{a}» no lleva a ninguna parte" for a in sorted(set(hallado.anclas) - existentes)
    ]
    return faltas
