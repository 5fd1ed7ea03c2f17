"""Abrir lo que no es .xlsx: hojas de Excel 97-2003, de LibreOffice y texto separado por algún signo."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from functools import partial

from python_calamine import CalamineWorkbook

from pipeline.lectura.crudo import HojaCruda, LibroAbierto, LibroIlegibleError, contenido_ajeno, revisar_area

EXTENSIONES_DE_TEXTO = frozenset({".csv", ".tsv", ".txt"})
NOMBRE_DE_HOJA = "CSV"

_SEPARADORES = (";", ",", "\t", "|")
_RENGLONES_DE_MUESTRA = 50
_MAXIMO_DE_UN_CAMPO = 1_000_000
_MARCAS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CIFRADO = "EncryptedPackage".encode("utf-16-le")
_TABLA_ODS = re.compile(rb"<table:table\b.*?</table:table>", re.DOTALL)
_FILA_ODS = re.compile(rb"<table:table-row\b([^>]*?)(?:/>|>(.*?)</table:table-row>)", re.DOTALL)
_CELDA_ODS = re.compile(
    rb"<table:(?:covered-)?table-cell\b([^>]*?)(?:/>|>(.*?)</table:(?:covered-)?table-cell>)", re.DOTALL
)
_FILAS_REPETIDAS = re.compile(rb"table:number-rows-repeated=[\"'](\d+)[\"']")
_COLUMNAS_REPETIDAS = re.compile(rb"table:number-columns-repeated=[\"'](\d+)[\"']")


def abrir_xls(datos: bytes) -> LibroAbierto:
    """Un libro .xls (Excel 97-2003). Levanta LibroIlegibleError si tiene contraseña o no lo es."""
    if _CIFRADO in datos:
        raise LibroIlegibleError("LEC-02", motivo="tiene contraseña")
    try:
        with contenido_ajeno():
            return _con_lector(datos)
    except LibroIlegibleError as error:
        raise LibroIlegibleError(
            "LEC-02", motivo="tiene contraseña o no es un libro de Excel 97-2003 que se pueda abrir"
        ) from error


def abrir_ods(datos: bytes, contenido: bytes) -> LibroAbierto:
    """Un libro .ods (LibreOffice); `contenido` es su content.xml."""
    for tabla in _TABLA_ODS.findall(contenido):
        _revisar_repeticiones(tabla)
    return _con_lector(datos)


def _con_lector(datos: bytes) -> LibroAbierto:
    lector = CalamineWorkbook.from_filelike(io.BytesIO(datos))
    estados = {hoja.name: str(hoja.visible).endswith("Visible") for hoja in lector.sheets_metadata}
    return LibroAbierto(hojas=estados, leer=partial(_leer_hoja, lector))


def _leer_hoja(lector: CalamineWorkbook, hoja: str) -> HojaCruda:
    with contenido_ajeno(hoja):
        tabla = lector.get_sheet_by_name(hoja)
        revisar_area(tabla.total_height, tabla.total_width, hoja)
        combinadas = tuple(tabla.merged_cell_ranges or ())
        return HojaCruda(filas=tabla.to_python(skip_empty_area=False), combinadas=combinadas)


def _revisar_repeticiones(tabla: bytes) -> None:
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


def abrir_texto(datos: bytes) -> LibroAbierto:
    """Un CSV con cualquier separador (`;`, `,`, tabulador, `|`) y codificación (UTF-8, UTF-16, Windows)."""
    texto = _decodificar(datos)
    if "\x00" in texto:
        raise LibroIlegibleError("LEC-02", motivo="su contenido no es texto")
    csv.field_size_limit(_MAXIMO_DE_UN_CAMPO)
    renglones = list(csv.reader(io.StringIO(texto, newline=""), delimiter=_separador(texto)))
    ancho = max((len(r) for r in renglones), default=0)
    revisar_area(len(renglones), ancho)
    usual = Counter(len(r) for r in renglones if len(r) > 1).most_common(1)
    disparejas = tuple(
        (n, len(r), usual[0][0])
        for n, r in enumerate(renglones, start=1)
        if usual and len(r) > 1 and len(r) != usual[0][0]
    )
    filas: list[list[object]] = [[*r, *[""] * (ancho - len(r))] for r in renglones]
    hoja = HojaCruda(filas=filas, disparejas=disparejas)
    return LibroAbierto(hojas={NOMBRE_DE_HOJA: True}, leer=lambda _: hoja, es_texto=True)


def _decodificar(datos: bytes) -> str:
    for marca, codificacion in _MARCAS:
        if datos.startswith(marca):
            return datos.decode(codificacion)
    try:
        return datos.decode("utf-8")
    except UnicodeDecodeError:
        return datos.decode("cp1252", errors="replace")  # lo que guarda Excel en Windows


def _separador(texto: str) -> str:
    """El que parte más renglones de la muestra en el mismo número de campos; entre iguales, en más campos."""
    muestra = [r for r in texto.splitlines()[: _RENGLONES_DE_MUESTRA * 4] if r.strip()][
        :_RENGLONES_DE_MUESTRA
    ]
    return max(_SEPARADORES, key=lambda separador: _regularidad(muestra, separador))


def _regularidad(muestra: list[str], separador: str) -> tuple[int, int]:
    anchos = Counter(len(r) for r in csv.reader(muestra, delimiter=separador))
    del anchos[1]
    ancho, renglones = max(anchos.items(), key=lambda par: (par[1], par[0]), default=(0, 0))
    return renglones, ancho
