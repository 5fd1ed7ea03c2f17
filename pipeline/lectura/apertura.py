"""Abrir un libro ajeno sin riesgo: primero se mira el paquete por fuera y solo después se lee."""

from __future__ import annotations

import io
import re
import zipfile
from functools import partial
from pathlib import Path
from xml.etree import ElementTree

from python_calamine import CalamineWorkbook

from pipeline.lectura.crudo import (
    MAXIMO_BYTES,
    HojaCruda,
    LibroAbierto,
    LibroIlegibleError,
    contenido_ajeno,
    revisar_area,
)
from pipeline.lectura.otros import EXTENSIONES_DE_TEXTO, abrir_ods, abrir_texto, abrir_xls

MAXIMO_DESCOMPRIMIDO = 400_000_000
MAXIMA_RAZON = 200
MINIMO_SOSPECHOSO = 20_000_000  # un libro pequeño puede comprimirse mucho sin ser una bomba

_FIRMA_OLE2 = b"\xd0\xcf\x11\xe0"
# Una celda más allá de la columna ZZ o la fila 99.999. El patrón general es lento: solo se usa si el XML
# escribe la referencia de un modo que los programas de oficina no usan (comillas simples, espacios).
_LEJANA = re.compile(rb' r="(?:[A-Za-z]{3}|[A-Za-z]{0,2}\d{6})')
_LEJANA_GENERAL = re.compile(rb"\br\s*=\s*[\"'](?:[A-Za-z]{3}|[A-Za-z]{0,2}\d{6})")
_ESCRITURAS_RARAS = (b"\t", b"\n", b"\r", b"r='", b"r =", b"r= ")
_FILA_O_CELDA_CON_VALOR = re.compile(rb"<(?:\w+:)?(row|c)\b([^>]*)(?<!/)>(?!</)")
_UBICACION = re.compile(rb"\br\s*=\s*[\"']([A-Za-z]*)(\d*)")
_CELDA_CON_ERROR = re.compile(rb"<(?:\w+:)?c\b([^>]*\bt=[\"']e[\"'][^>]*)>(.*?)</(?:\w+:)?c>", re.DOTALL)
_REFERENCIA = re.compile(rb"\br=[\"']([A-Z]{1,3}\d{1,7})[\"']")
_VALOR = re.compile(rb"<(?:\w+:)?v>([^<]*)</")
_OCULTA = re.compile(rb"\bhidden\s*=\s*[\"'](?:1|true)[\"']")
_FILA = re.compile(rb"<(?:\w+:)?row\b([^>]*)>")
_DEFINICION_DE_COLUMNA = re.compile(rb"<(?:\w+:)?col\b([^>]*)>")
_DESDE, _HASTA = re.compile(rb"\bmin=[\"'](\d{1,5})[\"']"), re.compile(rb"\bmax=[\"'](\d{1,5})[\"']")
_ULTIMA_COLUMNA = 16_384
_RELACION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


def abrir(ruta: Path) -> LibroAbierto:
    """El libro abierto y revisado por fuera: .xlsx, .xlsm, .xls, .ods o texto separado (.csv, .tsv, .txt).

    Levanta LibroIlegibleError: vacío, de otro tipo, con contraseña, dañado o demasiado grande.
    """
    tamano = ruta.stat().st_size
    if tamano == 0:
        raise LibroIlegibleError("LEC-01")
    if tamano > MAXIMO_BYTES:
        raise LibroIlegibleError(
            "LEC-04", motivo=f"{tamano // 1_000_000} MB (máximo {MAXIMO_BYTES // 1_000_000})"
        )
    datos = ruta.read_bytes()
    with contenido_ajeno():
        if datos.startswith(_FIRMA_OLE2):
            return abrir_xls(datos)
        if ruta.suffix.lower() in EXTENSIONES_DE_TEXTO and not datos.startswith(b"PK"):
            return abrir_texto(datos)
        return _abrir_paquete(datos)


def _abrir_paquete(datos: bytes) -> LibroAbierto:
    if not datos.startswith(b"PK"):
        raise LibroIlegibleError("LEC-02", motivo="su contenido es de otro tipo de archivo")
    paquete = zipfile.ZipFile(io.BytesIO(datos))
    _revisar_tamano(paquete, len(datos))
    partes = paquete.namelist()
    if "xl/workbook.xml" in partes:
        return _abrir_xlsx(datos, paquete)
    if "content.xml" in partes and "mimetype" in partes and b"spreadsheet" in paquete.read("mimetype"):
        return abrir_ods(datos, paquete.read("content.xml"))
    raise LibroIlegibleError("LEC-02", motivo="es otro tipo de documento comprimido")


def _abrir_xlsx(datos: bytes, paquete: zipfile.ZipFile) -> LibroAbierto:
    lector = CalamineWorkbook.from_filelike(io.BytesIO(datos))
    estados = {hoja.name: str(hoja.visible).endswith("Visible") for hoja in lector.sheets_metadata}
    leer = partial(_leer_hoja, lector, paquete, _partes_de_hojas(paquete))
    return LibroAbierto(hojas=estados, leer=leer)


def _leer_hoja(
    lector: CalamineWorkbook, paquete: zipfile.ZipFile, partes: dict[str, str], hoja: str
) -> HojaCruda:
    """Filas de la hoja desde A1, con los errores de Excel puestos en su celda."""
    with contenido_ajeno(hoja):
        xml = paquete.read(partes[hoja])
        _revisar_extension(xml, hoja)
        tabla = lector.get_sheet_by_name(hoja)
        filas: list[list[object]] = tabla.to_python(skip_empty_area=False)
        _poner_errores(xml, filas)
        return HojaCruda(
            filas=filas,
            combinadas=tuple(tabla.merged_cell_ranges or ()) if b"mergeCell" in xml else (),
            filas_ocultas=_filas_ocultas(xml),
            columnas_ocultas=_columnas_ocultas(xml),
        )


def _revisar_tamano(paquete: zipfile.ZipFile, comprimido: int) -> None:
    total = sum(parte.file_size for parte in paquete.infolist())
    es_bomba = total > MINIMO_SOSPECHOSO and total > MAXIMA_RAZON * comprimido
    if total > MAXIMO_DESCOMPRIMIDO or es_bomba:
        raise LibroIlegibleError("LEC-04", motivo=f"descomprimido ocuparía {total // 1_000_000} MB")


def _revisar_extension(xml: bytes, hoja: str) -> None:
    """El lector reserva la tabla completa hasta la última celda: una sola en XFD1048576 agota la memoria."""
    inicio = xml.find(b"<", xml.find(b"?>") + 2)  # Excel deja un salto de línea tras la declaración
    es_rara = any(xml.find(escritura, inicio) >= 0 for escritura in _ESCRITURAS_RARAS)
    if not (_LEJANA_GENERAL if es_rara else _LEJANA).search(xml):
        return
    ancho = alto = fila = 0
    for etiqueta, atributos in _FILA_O_CELDA_CON_VALOR.findall(xml):
        ubicacion = _UBICACION.search(atributos)
        letras, numero = ubicacion.groups() if ubicacion else (b"", b"")
        propia = int(numero) if numero else fila
        if etiqueta == b"row":
            fila = propia
        else:  # una celda sin referencia está en la fila que la contiene
            alto = max(alto, propia)
            ancho = max(ancho, 1, _posicion(letras.decode().upper()) + 1)
    revisar_area(alto, ancho, hoja)


def _filas_ocultas(xml: bytes) -> tuple[int, ...]:
    if b"hidden" not in xml:
        return ()
    ubicaciones = (_UBICACION.search(a) for a in _FILA.findall(xml) if _OCULTA.search(a))
    return tuple(int(u[2]) for u in ubicaciones if u and u[2])


def _columnas_ocultas(xml: bytes) -> tuple[int, ...]:
    """Posiciones (desde cero) de las columnas ocultas; las que no tienen datos se descartan después."""
    inicio = xml[: max(xml.find(b"sheetData"), 0)]
    posiciones: list[int] = []
    for atributos in _DEFINICION_DE_COLUMNA.findall(inicio):
        desde, hasta = _DESDE.search(atributos), _HASTA.search(atributos)
        if _OCULTA.search(atributos) and desde and hasta:
            posiciones += range(int(desde[1]) - 1, min(int(hasta[1]), _ULTIMA_COLUMNA))
    return tuple(posiciones)


def _poner_errores(xml: bytes, filas: list[list[object]]) -> None:
    """El lector entrega vacías las celdas con #DIV/0! y similares; aquí se les devuelve su error."""
    if b't="e"' not in xml and b"t='e'" not in xml:
        return
    for atributos, contenido in _CELDA_CON_ERROR.findall(xml):
        referencia, valor = _REFERENCIA.search(atributos), _VALOR.search(contenido)
        if not referencia or not valor:
            continue
        letras, fila = re.findall(r"[A-Z]+|\d+", referencia[1].decode())
        if int(fila) <= len(filas) and _posicion(letras) < len(filas[int(fila) - 1]):
            filas[int(fila) - 1][_posicion(letras)] = valor[1].decode()


def _posicion(letras: str) -> int:
    posicion = 0
    for letra in letras:
        posicion = posicion * 26 + ord(letra) - 64
    return posicion - 1


def _partes_de_hojas(paquete: zipfile.ZipFile) -> dict[str, str]:
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
