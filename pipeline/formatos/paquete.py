"""Las hojas de un libro por dentro: en qué parte está cada una y si su tabla cabe en memoria al leerla."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree
from xml.parsers import expat

from pipeline.formatos.archivo import LibroIlegibleError

MAXIMAS_CELDAS = 5_000_000
# Los atributos de una etiqueta. Ningún tramo pasa de un «<», que el XML no admite dentro de ella: quien busca
# en un libro hostil con miles de etiquetas sin cerrar recorre cada byte una vez y no una por etiqueta.
ATRIBUTOS = rb"[^<>\"']*+(?:(?:\"[^<\"]*+\"|'[^<']*+')[^<>\"']*+)*+"
UBICACION = re.compile(rb"\br\s*=\s*[\"']([A-Za-z]*)(\d*)")

# Una celda más allá de la columna ZZ o la fila 99.999. El patrón general es lento: solo se usa si el XML
# escribe la referencia de un modo que los programas de oficina no usan (comillas simples, espacios).
_LEJANA = re.compile(rb' r="(?:[A-Za-z]{3}|[A-Za-z]{0,2}\d{6})')
_LEJANA_GENERAL = re.compile(rb"\br\s*=\s*[\"'](?:[A-Za-z]{3}|[A-Za-z]{0,2}\d{6})")
_ESCRITURAS_RARAS = (b"\t", b"\n", b"\r", b"r='", b"r =", b"r= ")
_FILA_O_CELDA_CON_VALOR = re.compile(rb"<(?:\w+:)?(row|c)\b(" + ATRIBUTOS + rb")(?<!/)>(?!</)")
_RELACION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_CELDAS_ODS = frozenset({"table:table-cell", "table:covered-table-cell"})


def revisar_area(alto: int, ancho: int, hoja: str | None = None) -> None:
    """Levanta LibroIlegibleError si la tabla de `alto` por `ancho` celdas agotaría la memoria."""
    if ancho * alto > MAXIMAS_CELDAS:
        raise LibroIlegibleError(
            "LEC-04", hoja=hoja, motivo=f"la hoja llega hasta la fila {alto} y la columna {ancho}"
        )


def revisar_extension(xml: bytes, hoja: str) -> None:
    """Levanta LibroIlegibleError (LEC-04) si las celdas con valor del XML de una hoja llegan demasiado lejos.

    El lector reserva la tabla completa hasta la última: una sola en XFD1048576 agota la memoria.
    """
    inicio = xml.find(b"<", xml.find(b"?>") + 2)  # Excel deja un salto de línea tras la declaración
    es_rara = any(xml.find(escritura, inicio) >= 0 for escritura in _ESCRITURAS_RARAS)
    if not (_LEJANA_GENERAL if es_rara else _LEJANA).search(xml):
        return
    ancho = alto = fila = 0
    for etiqueta, atributos in _FILA_O_CELDA_CON_VALOR.findall(xml):
        ubicacion = UBICACION.search(atributos)
        letras, numero = ubicacion.groups() if ubicacion else (b"", b"")
        propia = int(numero) if numero else fila
        if etiqueta == b"row":
            fila = propia
        else:  # una celda sin referencia está en la fila que la contiene
            alto = max(alto, propia)
            ancho = max(ancho, 1, posicion(letras.decode().upper()) + 1)
    revisar_area(alto, ancho, hoja)


def revisar_repeticiones(contenido: bytes) -> None:
    """Lo mismo en el content.xml de un .ods, que escribe una vez las filas y celdas repetidas.

    Se lee por eventos, en una pasada: levanta expat.ExpatError si el XML está dañado.
    """
    area = _AreaOds()
    lector: Any = expat.ParserCreate()
    lector.StartElementHandler, lector.EndElementHandler = area.abrir, area.cerrar
    lector.StartDoctypeDeclHandler = _rechazar_entidades
    lector.Parse(contenido, True)


class _AreaOds:
    """Hasta dónde llegan las celdas con valor de cada tabla, contadas las repetidas.

    Una celda con valor repetida un millón de veces ocupa unos bytes en el archivo y toda la memoria.
    """

    def __init__(self) -> None:
        self._filas = self._columnas = self._con_valor = 0
        self._ancho = self._tablas_abiertas = 0
        self._en_celda = False

    def abrir(self, etiqueta: str, atributos: Mapping[str, str]) -> None:
        """Al abrir un elemento: lo que hay dentro de una celda es su valor."""
        if self._en_celda:
            self._con_valor = self._columnas
        if etiqueta == "table:table":
            self._tablas_abiertas += 1
            if self._tablas_abiertas == 1:  # una tabla dentro de otra no pone la cuenta en cero
                self._filas = self._ancho = 0
        elif etiqueta == "table:table-row":
            self._filas += _repeticiones(atributos, "table:number-rows-repeated")
            self._columnas = self._con_valor = 0
        elif etiqueta in _CELDAS_ODS:
            self._en_celda = True
            self._columnas += _repeticiones(atributos, "table:number-columns-repeated")
            if any(nombre.startswith("office:") for nombre in atributos):
                self._con_valor = self._columnas

    def cerrar(self, etiqueta: str) -> None:
        """Al cerrarlo: con la fila completa se sabe hasta dónde llega."""
        if etiqueta in _CELDAS_ODS:
            self._en_celda = False
        elif etiqueta == "table:table":
            self._tablas_abiertas -= 1
        elif etiqueta == "table:table-row" and self._con_valor:
            self._ancho = max(self._ancho, self._con_valor)
            revisar_area(self._filas, self._ancho)


def _repeticiones(atributos: Mapping[str, str], nombre: str) -> int:
    veces = atributos.get(nombre, "1")
    if not veces.isdecimal():
        raise ValueError("una celda se repite un número de veces que no es un número")
    return int(veces)


def _rechazar_entidades(*_: object) -> None:
    raise ValueError("el XML declara entidades, que un libro no usa")


def posicion(letras: str) -> int:
    """Posición de una columna, desde cero.

    >>> posicion("A"), posicion("AB")
    (0, 27)
    """
    numero = 0
    for letra in letras:
        numero = numero * 26 + ord(letra) - 64
    return numero - 1


def partes_de_hojas(paquete: zipfile.ZipFile) -> dict[str, str]:
    """Por nombre de hoja, la parte del .xlsx que la guarda. Levanta lo que levante un XML dañado."""
    relaciones = {r.get("Id", ""): r.get("Target", "") for r in _raiz(paquete, "xl/_rels/workbook.xml.rels")}
    hojas = (nodo for nodo in _raiz(paquete, "xl/workbook.xml").iter() if nodo.tag.endswith("}sheet"))
    destinos = {hoja.get("name", ""): relaciones.get(hoja.get(_RELACION, ""), "") for hoja in hojas}
    return {
        nombre: destino.removeprefix("/") if destino.startswith("/") else f"xl/{destino}"
        for nombre, destino in destinos.items()
    }


def _raiz(paquete: zipfile.ZipFile, parte: str) -> ElementTree.Element:
    xml = paquete.read(parte)
    if b"<!DOCTYPE" in xml or b"<!ENTITY" in xml:
        _rechazar_entidades()
    return ElementTree.fromstring(xml)  # noqa: S314  # sin DOCTYPE no hay entidades que expandir
