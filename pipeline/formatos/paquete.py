"""Las hojas de un libro por dentro: en qué parte está cada una y si su tabla cabe en memoria al leerla."""

from __future__ import annotations

import re
import zipfile
from xml.etree import ElementTree

from pipeline.formatos.archivo import LibroIlegibleError

MAXIMAS_CELDAS = 5_000_000
UBICACION = re.compile(rb"\br\s*=\s*[\"']([A-Za-z]*)(\d*)")

# Una celda más allá de la columna ZZ o la fila 99.999. El patrón general es lento: solo se usa si el XML
# escribe la referencia de un modo que los programas de oficina no usan (comillas simples, espacios).
_LEJANA = re.compile(rb' r="(?:[A-Za-z]{3}|[A-Za-z]{0,2}\d{6})')
_LEJANA_GENERAL = re.compile(rb"\br\s*=\s*[\"'](?:[A-Za-z]{3}|[A-Za-z]{0,2}\d{6})")
_ESCRITURAS_RARAS = (b"\t", b"\n", b"\r", b"r='", b"r =", b"r= ")
_FILA_O_CELDA_CON_VALOR = re.compile(rb"<(?:\w+:)?(row|c)\b([^>]*)(?<!/)>(?!</)")
_RELACION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_TABLA_ODS = re.compile(rb"<table:table\b.*?</table:table>", re.DOTALL)
_FILA_ODS = re.compile(rb"<table:table-row\b([^>]*?)(?:/>|>(.*?)</table:table-row>)", re.DOTALL)
_CELDA_ODS = re.compile(
    rb"<table:(?:covered-)?table-cell\b([^>]*?)(?:/>|>(.*?)</table:(?:covered-)?table-cell>)", re.DOTALL
)
_FILAS_REPETIDAS = re.compile(rb"table:number-rows-repeated=[\"'](\d+)[\"']")
_COLUMNAS_REPETIDAS = re.compile(rb"table:number-columns-repeated=[\"'](\d+)[\"']")


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
    """Lo mismo en el content.xml de un .ods, que escribe una vez las filas y celdas repetidas."""
    for tabla in _TABLA_ODS.findall(contenido):
        _revisar_tabla(tabla)


def _revisar_tabla(tabla: bytes) -> None:
    """Una celda con valor repetida un millón de veces ocupa unos bytes en el archivo y toda la memoria."""
    alto = ancho = filas = 0
    for atributos, celdas in _FILA_ODS.findall(tabla):
        filas += _repeticiones(_FILAS_REPETIDAS, atributos)
        columnas = con_valor = 0
        for atributos_celda, contenido in _CELDA_ODS.findall(celdas):
            columnas += _repeticiones(_COLUMNAS_REPETIDAS, atributos_celda)
            if contenido or b"office:value" in atributos_celda:
                con_valor = columnas
        if con_valor:
            alto, ancho = filas, max(ancho, con_valor)
    revisar_area(alto, ancho)


def _repeticiones(patron: re.Pattern[bytes], atributos: bytes) -> int:
    hallado = patron.search(atributos)
    return int(hallado[1]) if hallado else 1


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
        raise ValueError("el XML declara entidades, que un libro no usa")
    return ElementTree.fromstring(xml)  # noqa: S314  # sin DOCTYPE no hay entidades que expandir
