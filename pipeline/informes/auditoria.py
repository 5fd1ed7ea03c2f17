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
SIN_FOCO = re.compile(r"outline:\s*(?:none|0)\b")
CON_NOMBRE = {"a", "button", "summary", "label", "h1", "h2", "h3", "h4", "h5", "h6"}
SE_DILIGENCIAN = {"input", "select", "textarea"}
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
    tiene_cuerpo: bool = False  # es una página y no un fragmento
    principales: int = 0  # cuántos <main>
    por_nombrar: list[tuple[str, bool]] = field(
        default_factory=list
    )  # abiertos: etiqueta, si ya tiene nombre
    rotulados: list[str] = field(default_factory=list)  # ids que nombra un <label for>
    por_rotular: list[str] = field(default_factory=list)  # ids de campos que no traen su propio nombre


def auditar_html(pagina: str) -> list[str]:
    """Faltas de la página, en español; vacía si se puede publicar.

    Revisa: idioma, título, un solo h1 y títulos sin saltos, texto alternativo en toda imagen, `scope` en todo
    th, `caption` en toda tabla, ningún recurso ni enlace remoto, ids únicos y anclas internas que existen; un
    solo <main>, nombre en todo enlace, botón, título, campo y región, orden de tabulación natural, foco a la
    vista y página que se puede ampliar. El contraste se calcula aparte (contraste.py) y axe lo mide pintado.

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
    lector.handle_startendtag = lambda etiqueta, atributos: _abrir_y_cerrar(hallado, etiqueta, atributos)
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
    hallado.tiene_cuerpo |= etiqueta == "body"
    hallado.principales += etiqueta == "main"
    hallado.faltas += _faltas_de_etiqueta(etiqueta, valores) + _faltas_de_manejo(etiqueta, valores)
    _seguir_nombre(hallado, etiqueta, valores)
    _seguir_tabla(hallado, etiqueta)


def _abrir_y_cerrar(hallado: _Hallado, etiqueta: str, atributos: list[tuple[str, str | None]]) -> None:
    _abrir(hallado, etiqueta, atributos)
    _cerrar(hallado, etiqueta)


def _seguir_nombre(hallado: _Hallado, etiqueta: str, valores: dict[str, str]) -> None:
    """Anota lo que debe tener nombre accesible y lo que se lo da: texto, aria-label, alt o label."""
    propio = bool(valores.get("aria-label", "").strip() or valores.get("aria-labelledby"))
    if etiqueta == "img" and valores.get("alt", "").strip():
        _nombrar(hallado)
    if etiqueta == "label" and valores.get("for"):
        hallado.rotulados.append(valores["for"])
    if etiqueta in SE_DILIGENCIAN and valores.get("type") != "hidden" and not propio:
        hallado.por_rotular.append(valores.get("id", ""))
    if etiqueta in CON_NOMBRE and (etiqueta != "a" or "href" in valores):
        hallado.por_nombrar.append((etiqueta, propio))


def _nombrar(hallado: _Hallado) -> None:
    hallado.por_nombrar = [(etiqueta, True) for etiqueta, _ in hallado.por_nombrar]


def _faltas_de_manejo(etiqueta: str, valores: dict[str, str]) -> list[str]:
    """Lo que estorba a quien usa teclado, lupa o lector de pantalla."""
    faltas = []
    if valores.get("tabindex", "").lstrip("+").isdecimal() and int(valores["tabindex"]) > 0:
        faltas.append(f"<{etiqueta}> cambia el orden de tabulación (tabindex mayor que 0)")
    sin_nombre = not valores.get("aria-label", "").strip() and not valores.get("aria-labelledby")
    if valores.get("role") in {"region", "group"} and sin_nombre:
        faltas.append(f"hay una región (<{etiqueta} role={valores['role']}>) sin nombre")
    es_vista = etiqueta == "meta" and valores.get("name") == "viewport"
    if es_vista and re.search(
        r"user-scalable\s*=\s*(no|0)|maximum-scale\s*=\s*1\b", valores.get("content", "")
    ):
        faltas.append("la página no deja ampliar el texto (viewport)")
    return faltas


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
    if hallado.por_nombrar and hallado.por_nombrar[-1][0] == etiqueta and not hallado.por_nombrar.pop()[1]:
        hallado.faltas.append(f"hay un <{etiqueta}> sin texto ni nombre accesible")
    if etiqueta == "table" and hallado.tablas_abiertas and not hallado.tablas_abiertas.pop():
        hallado.faltas.append("hay una tabla sin título (caption)")


def _texto(hallado: _Hallado, texto: str) -> None:
    if hallado.dentro_de == "title":
        hallado.titulo += texto
    elif hallado.dentro_de == "style":
        hallado.faltas += _faltas_de_estilo(texto)
    elif hallado.dentro_de == "script" and re.search(r"https?://", texto):
        hallado.faltas.append("un script nombra una dirección remota")
    elif not hallado.dentro_de and texto.strip():
        _nombrar(hallado)


def _faltas_de_estilo(css: str) -> list[str]:
    faltas = ["la hoja de estilo pide un recurso remoto"] if CSS_REMOTO.search(css) else []
    return faltas + (
        ["la hoja de estilo oculta el foco del teclado (outline)"] if _quita_el_foco(css) else []
    )


def _quita_el_foco(css: str) -> bool:
    """Si alguna regla quita el contorno del foco; en main no: recibe el foco solo al saltar al contenido."""
    # Por reglas y no con una sola expresión: las letras incrustadas son renglones de cien mil caracteres.
    reglas = (regla.partition("{") for regla in css.split("}") if "outline" in regla)
    return any(
        SIN_FOCO.search(cuerpo) and selector.split(";")[-1].split("{")[-1].strip() != "main:focus"
        for selector, _, cuerpo in reglas
    )


def _faltas_de_estructura(hallado: _Hallado) -> list[str]:
    faltas = [] if hallado.titulo.strip() else ["la página no tiene título (title)"]
    if hallado.niveles.count(1) != 1:
        faltas.append(f"la página tiene {hallado.niveles.count(1)} títulos principales (h1) y debe tener uno")
    if hallado.principales != 1 and hallado.tiene_cuerpo:
        faltas.append(f"la página tiene {hallado.principales} contenidos principales (main) y debe tener uno")
    faltas += ["hay un campo sin rótulo (label)" for i in hallado.por_rotular if i not in hallado.rotulados]
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
