"""Las tarjetas del portal: cada informe publicado con su titular, sus archivos y por qué se le filtra."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from pipeline.archivos import leer_yml
from pipeline.publicacion.archivos import PLANTILLAS

TIPOS = {".html": "HTML", ".pdf": "PDF", ".md": "Texto", ".xlsx": "XLSX", ".csv": "CSV"}
MAXIMO_DE_TITULAR = 260
_PRIMERA_SECCION = re.compile(r"<h2\b.*?</h2>(.*?)(?=<h2\b|\Z)", re.DOTALL)
_PARRAFO = re.compile(r"<(li|p)\b[^>]*>(.*?)</\1>", re.DOTALL)
_SIN_LEER = re.compile(r"<(style|script|svg|nav)\b.*?</\1>", re.DOTALL)


@cache
def definicion() -> dict[str, Any]:
    """Qué dice el portal de cada informe (recursos/portada/portal.yml)."""
    leida: dict[str, Any] = leer_yml((PLANTILLAS / "portal.yml").read_text(encoding="utf-8"))
    return leida


def tarjeta(
    carpeta: Path,
    nombre: str,
    *,
    informe: str,
    titulo: str,
    dependencia: str = "",
    nombre_dependencia: str = "",
    motivo: str = "",
) -> dict[str, Any]:
    """Lo que la portada dice de un informe publicado en `carpeta`/`nombre`; `motivo` si no se pudo publicar.

    Los enlaces son relativos a `carpeta`. Un informe que portal.yml no conoce aparece con todo instrumento.
    """
    acerca = definicion()["informes"].get(informe, {})
    publicado = carpeta / nombre / "informe.html"
    return {
        "nombre": nombre,
        "informe": informe,
        "titulo": titulo,
        "para": acerca.get("para", ""),
        "instrumentos": acerca.get("instrumentos", ["pi", "poai", "pa"]),
        "dependencia": dependencia,
        "nombre_dependencia": nombre_dependencia,
        "titular": titular(publicado) if publicado.is_file() else "",
        "archivos": [] if motivo else archivos(carpeta, nombre),
        "motivo": motivo,
    }


def en_orden_de_lectura(tarjetas: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Las tarjetas en el orden de portal.yml; las que no conoce, al final por nombre."""
    orden = {nombre: lugar for lugar, nombre in enumerate(definicion()["informes"])}
    return sorted(tarjetas, key=lambda t: (orden.get(t["informe"], len(orden)), t["nombre"]))


def archivos(carpeta: Path, nombre: str) -> list[dict[str, Any]]:
    """Lo que se ofrece de un informe: HTML, PDF, libros, datos y su paquete con el LEAME, en ese orden."""
    orden = {tipo: lugar for lugar, tipo in enumerate(TIPOS)}
    hallados = [
        ruta
        for ruta in (carpeta / nombre).rglob("*")
        if ruta.suffix in TIPOS and not any(parte.startswith((".", "_")) for parte in ruta.parts[-2:])
    ]
    hallados = [r for r in hallados if r.suffix != ".md" or r.name == "LEAME.md"]
    hallados = [r for r in hallados if r.parent.name in {"datos", "paquete", Path(nombre).name}]
    return [
        {
            "ruta": ruta.relative_to(carpeta).as_posix(),
            "tipo": TIPOS[ruta.suffix],
            "nombre": ruta.name,
            "es_informe": ruta.stem == "informe",
            "bytes": ruta.stat().st_size,
        }
        for ruta in sorted(hallados, key=lambda r: (orden[r.suffix], r.name))
    ]


def titular(informe: Path) -> str:
    """La primera oración del informe, que es su dato principal; vacía si no la tiene.

    Es el primer párrafo o renglón de lista después del primer título de sección, sin marcas.
    """
    return titular_de(informe.read_text(encoding="utf-8"))


def titular_de(pagina: str) -> str:
    r"""El titular de una página ya leída.

    >>> titular_de("<h1>Informe</h1><h2>Puntos</h2><ul><li>El plan va en <b>45&nbsp;%</b>.</li></ul>")
    'El plan va en 45\xa0%.'
    """
    seccion = _PRIMERA_SECCION.search(_SIN_LEER.sub("", pagina[: pagina.find("<h2") + 60_000]))
    if seccion is None:
        return ""
    for _, contenido in _PARRAFO.findall(seccion[1]):
        texto = re.sub(r"[ \n\t]+", " ", html.unescape(re.sub(r"<[^>]+>", "", contenido))).strip()
        if texto:
            return recortar(texto)
    return ""


def recortar(texto: str) -> str:
    """El texto si es corto; si no, sus primeras oraciones completas o, sin ellas, lo que quepa.

    >>> recortar("Uno. " + "a" * 300)
    'Uno.'
    """
    if len(texto) <= MAXIMO_DE_TITULAR:
        return texto
    corte = texto.rfind(". ", 0, MAXIMO_DE_TITULAR)
    if corte > 0:
        return texto[: corte + 1]
    return texto[: texto.rfind(" ", 0, MAXIMO_DE_TITULAR)].rstrip(",;:") + "…"


def renglon_del_corte(resumen: Mapping[str, Any], indice: Mapping[str, Any], ruta: str) -> dict[str, Any]:
    """Lo que el portal dice de un corte: sus cifras (resumen.json) y sus documentos (indice.json)."""
    return {
        "ruta": ruta,
        "vigencia": resumen["vigencia"],
        "periodo": resumen["periodo"],
        "indices": resumen["indices"],
        "metas": resumen["metas"],
        **{nombre: indice[nombre] for nombre in ("titular", "informes", "correcciones")},
    }
