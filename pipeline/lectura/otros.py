"""Abrir lo que no es .xlsx: hojas de Excel 97-2003, de LibreOffice y texto separado por algún signo."""

from __future__ import annotations

import codecs
import csv
import io
from collections import Counter
from collections.abc import Sequence
from functools import partial

from python_calamine import CalamineWorkbook

from pipeline.formatos.archivo import LibroIlegibleError
from pipeline.formatos.paquete import revisar_area, revisar_repeticiones
from pipeline.lectura.crudo import HojaCruda, LibroAbierto, contenido_ajeno

NOMBRE_DE_HOJA = "CSV"

_SEPARADORES = (";", ",", "\t", "|")
_RENGLONES_DE_MUESTRA = 50
_MAXIMO_DE_UN_CAMPO = 1_000_000
_MARCAS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def abrir_xls(datos: bytes) -> LibroAbierto:
    """Un libro .xls (Excel 97-2003). Levanta LibroIlegibleError si tiene contraseña o no lo es."""
    try:
        with contenido_ajeno():
            return _con_lector(datos)
    except LibroIlegibleError as error:
        raise LibroIlegibleError(
            "LEC-02", motivo="tiene contraseña o no es un libro de Excel 97-2003 que se pueda abrir"
        ) from error


def abrir_ods(datos: bytes, contenido: bytes) -> LibroAbierto:
    """Un libro .ods (LibreOffice); `contenido` es su content.xml."""
    revisar_repeticiones(contenido)
    return _con_lector(datos)


def _con_lector(datos: bytes) -> LibroAbierto:
    lector = CalamineWorkbook.from_filelike(io.BytesIO(datos))
    estados = {hoja.name: str(hoja.visible).endswith("Visible") for hoja in lector.sheets_metadata}
    return LibroAbierto(hojas=estados, leer=partial(_leer_hoja, lector), mirar=partial(_mirar_hojas, lector))


def _leer_hoja(lector: CalamineWorkbook, hoja: str, hasta: int | None = None) -> HojaCruda:
    with contenido_ajeno(hoja):
        tabla = lector.get_sheet_by_name(hoja)
        alto = tabla.total_height if hasta is None else min(hasta, tabla.total_height)
        revisar_area(alto, tabla.total_width, hoja)
        combinadas = tuple(tabla.merged_cell_ranges or ())
        return HojaCruda(filas=tabla.to_python(skip_empty_area=False, nrows=hasta), combinadas=combinadas)


def _mirar_hojas(lector: CalamineWorkbook, hojas: Sequence[str], cuantas: int) -> dict[str, HojaCruda]:
    """Las primeras filas de cada hoja: este lector ya las tiene todas en memoria desde que abrió el libro."""
    return {hoja: _leer_hoja(lector, hoja, cuantas) for hoja in hojas}


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
    return LibroAbierto(
        hojas={NOMBRE_DE_HOJA: True},
        leer=lambda _: hoja,
        mirar=lambda hojas, _: dict.fromkeys(hojas, hoja),
        es_texto=True,
    )


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
