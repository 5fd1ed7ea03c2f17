"""Abrir un libro ajeno sin riesgo: primero se mira el paquete por fuera y solo después se lee."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from functools import partial
from itertools import islice
from pathlib import Path

from python_calamine import CalamineWorkbook

from pipeline.formatos.archivo import (
    EXTENSIONES_DE_TEXTO,
    FIRMA_OLE2,
    revisar_contenido_del_archivo,
    revisar_tamano,
)
from pipeline.formatos.paquete import ATRIBUTOS, UBICACION, partes_de_hojas, posicion, revisar_extension
from pipeline.lectura.crudo import HojaCruda, LibroAbierto, contenido_ajeno
from pipeline.lectura.otros import abrir_ods, abrir_texto, abrir_xls

_CELDA_O_VALOR = re.compile(rb"<(?:\w+:)?(?:c\b(" + ATRIBUTOS + rb")>|v>([^<]*)</)")
_ES_ERROR = re.compile(rb"\bt=[\"']e[\"']")
_REFERENCIA = re.compile(rb"\br=[\"']([A-Z]{1,3}\d{1,7})[\"']")
_OCULTA = re.compile(rb"\bhidden\s*=\s*[\"'](?:1|true)[\"']")
_FILA = re.compile(rb"<(?:\w+:)?row\b(" + ATRIBUTOS + rb")>")
_DEFINICION_DE_COLUMNA = re.compile(rb"<(?:\w+:)?col\b(" + ATRIBUTOS + rb")>")
_DESDE, _HASTA = re.compile(rb"\bmin=[\"'](\d{1,5})[\"']"), re.compile(rb"\bmax=[\"'](\d{1,5})[\"']")
_ULTIMA_COLUMNA = 16_384
_CIERRE_DE_FILA = re.compile(rb"</(\w+:)?row>")
_COMIENZO = 1 << 20  # bytes de una hoja en que caben sus primeras filas, por ancha que sea
_COMUNES = frozenset(
    {"[Content_Types].xml", "_rels/.rels", "xl/workbook.xml", "xl/_rels/workbook.xml.rels"}
    | {"xl/sharedStrings.xml", "xl/styles.xml"}
)


def abrir(ruta: Path) -> LibroAbierto:
    """El libro abierto y revisado por fuera: .xlsx, .xlsm, .xls, .ods o texto separado (.csv, .tsv, .txt).

    Levanta LibroIlegibleError: vacío, de otro tipo, con contraseña, dañado o demasiado grande.
    """
    revisar_tamano(ruta.stat().st_size)
    datos = ruta.read_bytes()
    revisar_contenido_del_archivo(datos, ruta.suffix)
    with contenido_ajeno():
        if datos.startswith(FIRMA_OLE2):
            return abrir_xls(datos)
        if ruta.suffix.lower() in EXTENSIONES_DE_TEXTO and not datos.startswith(b"PK"):
            return abrir_texto(datos)
        paquete = zipfile.ZipFile(io.BytesIO(datos))
        if "xl/workbook.xml" in paquete.namelist():
            return _abrir_xlsx(datos, paquete)
        return abrir_ods(datos, paquete.read("content.xml"))


def _abrir_xlsx(datos: bytes, paquete: zipfile.ZipFile) -> LibroAbierto:
    lector = CalamineWorkbook.from_filelike(io.BytesIO(datos))
    estados = {hoja.name: str(hoja.visible).endswith("Visible") for hoja in lector.sheets_metadata}
    partes = partes_de_hojas(paquete)
    return LibroAbierto(
        hojas=estados,
        leer=partial(_leer_hoja, lector, paquete, partes),
        mirar=partial(_mirar_hojas, paquete, partes),
    )


def _mirar_hojas(
    paquete: zipfile.ZipFile, partes: dict[str, str], hojas: Sequence[str], cuantas: int
) -> dict[str, HojaCruda]:
    """Las primeras `cuantas` filas de cada hoja, leídas de una copia del libro que no trae más que ellas.

    El lector no sabe leer a medias: de una hoja de cien mil filas las prepararía todas para mirar treinta.
    """
    with contenido_ajeno():
        copia = io.BytesIO()
        with zipfile.ZipFile(copia, "w") as recortado:
            for parte in _COMUNES.intersection(paquete.namelist()):
                recortado.writestr(parte, paquete.read(parte))
            for hoja in hojas:
                recortado.writestr(partes[hoja], _primeras_filas(paquete, partes[hoja], cuantas))
        copia.seek(0)
        lector = CalamineWorkbook.from_filelike(copia)
        with zipfile.ZipFile(copia) as recortado:
            return {hoja: _leer_hoja(lector, recortado, partes, hoja) for hoja in hojas}


def _primeras_filas(paquete: zipfile.ZipFile, parte: str, cuantas: int) -> bytes:
    """El XML de una hoja hasta la fila que se mira, cerrado como si terminara ahí."""
    with paquete.open(parte) as flujo:
        xml = flujo.read(_COMIENZO)
    cierres = list(islice(_CIERRE_DE_FILA.finditer(xml), cuantas))
    cabe_entera = paquete.getinfo(parte).file_size <= _COMIENZO
    if not cierres or (cabe_entera and len(cierres) < cuantas):
        return xml
    prefijo = cierres[-1][1] or b""
    return xml[: cierres[-1].end()] + b"</" + prefijo + b"sheetData></" + prefijo + b"worksheet>"


def _leer_hoja(
    lector: CalamineWorkbook, paquete: zipfile.ZipFile, partes: dict[str, str], hoja: str
) -> HojaCruda:
    """Filas de la hoja desde A1, con los errores de Excel puestos en su celda."""
    with contenido_ajeno(hoja):
        xml = paquete.read(partes[hoja])
        revisar_extension(xml, hoja)
        tabla = lector.get_sheet_by_name(hoja)
        filas: list[list[object]] = tabla.to_python(skip_empty_area=False)
        poner_errores(xml, filas)
        return HojaCruda(
            filas=filas,
            combinadas=tuple(tabla.merged_cell_ranges or ()) if b"mergeCell" in xml else (),
            filas_ocultas=filas_ocultas(xml),
            columnas_ocultas=columnas_ocultas(xml),
        )


def filas_ocultas(xml: bytes) -> tuple[int, ...]:
    """Números de las filas ocultas del XML de una hoja."""
    if b"hidden" not in xml:
        return ()
    ubicaciones = (UBICACION.search(a) for a in _FILA.findall(xml) if _OCULTA.search(a))
    return tuple(int(u[2]) for u in ubicaciones if u and u[2])


def columnas_ocultas(xml: bytes) -> tuple[int, ...]:
    """Posiciones (desde cero) de sus columnas ocultas; las que no tienen datos se descartan después."""
    inicio = xml[: max(xml.find(b"sheetData"), 0)]
    ocultas = bytearray(_ULTIMA_COLUMNA)  # cien mil definiciones de la hoja entera no suman posiciones
    for atributos in _DEFINICION_DE_COLUMNA.findall(inicio):
        desde, hasta = _DESDE.search(atributos), _HASTA.search(atributos)
        if _OCULTA.search(atributos) and desde and hasta:
            primera, fin = max(int(desde[1]) - 1, 0), min(int(hasta[1]), _ULTIMA_COLUMNA)
            ocultas[primera:fin] = b"\x01" * (fin - primera)
    return tuple(posicion for posicion, oculta in enumerate(ocultas) if oculta)


def poner_errores(xml: bytes, filas: list[list[object]]) -> None:
    """El lector entrega vacías las celdas con #DIV/0! y similares; aquí se les devuelve su error."""
    if b't="e"' not in xml and b"t='e'" not in xml:
        return
    referencia: re.Match[bytes] | None = None
    for hallado in _CELDA_O_VALOR.finditer(xml):
        atributos, valor = hallado.groups()
        if valor is None:
            referencia = _REFERENCIA.search(atributos) if _ES_ERROR.search(atributos) else None
        elif referencia:
            _poner(filas, referencia[1].decode(), valor.decode())
            referencia = None


def _poner(filas: list[list[object]], referencia: str, valor: str) -> None:
    letras, fila = re.findall(r"[A-Z]+|\d+", referencia)
    if 0 < int(fila) <= len(filas) and posicion(letras) < len(filas[int(fila) - 1]):
        filas[int(fila) - 1][posicion(letras)] = valor
