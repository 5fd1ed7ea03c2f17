"""Escribir a mano los tipos de libro que ninguna biblioteca del proyecto escribe: .xls y .ods."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import escape

Filas = Sequence[Sequence[object]]


def escribir_ods(ruta: Path, hoja: str, filas: Filas, extra: str = "") -> Path:
    """Un .ods mínimo; `extra` es XML que se agrega al final de la tabla."""
    xml = "".join(f"<table:table-row>{''.join(map(_celda_ods, fila))}</table:table-row>" for fila in filas)
    espacios = " ".join(
        f'xmlns:{n}="urn:oasis:names:tc:opendocument:xmlns:{n}:1.0"' for n in ("office", "table", "text")
    )
    contenido = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {espacios} office:version="1.2">'
        f'<office:body><office:spreadsheet><table:table table:name="{escape(hoja)}">{xml}{extra}'
        "</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    with zipfile.ZipFile(ruta, "w") as paquete:
        paquete.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        paquete.writestr("content.xml", contenido)
        paquete.writestr("META-INF/manifest.xml", "<m/>")
    return ruta


def _celda_ods(valor: object) -> str:
    if valor is None or valor == "":
        return "<table:table-cell/>"
    texto = f"<text:p>{escape(str(valor))}</text:p>"
    if isinstance(valor, int | float):
        return (
            f'<table:table-cell office:value-type="float" office:value="{valor}">{texto}</table:table-cell>'
        )
    return f'<table:table-cell office:value-type="string">{texto}</table:table-cell>'


def escribir_xls(ruta: Path, hoja: str, filas: Filas) -> Path:
    """Un .xls mínimo (BIFF8 dentro de un contenedor OLE2) con una hoja."""
    nombre = bytes([len(hoja), 0]) + hoja.encode("latin-1")
    bof = [_registro(0x0809, struct.pack("<HHHHII", 0x0600, t, 0, 1997, 0, 6)) for t in (0x0005, 0x0010)]
    fin = _registro(0x000A, b"")
    largo_global = len(bof[0]) + 4 + 6 + len(nombre) + len(fin)
    globales = bof[0] + _registro(0x0085, struct.pack("<IBB", largo_global, 0, 0) + nombre) + fin
    celdas = b"".join(
        _celda_xls(f, c, v) for f, fila in enumerate(filas) for c, v in enumerate(fila) if v not in (None, "")
    )
    dimension = struct.pack("<IIHHH", 0, len(filas), 0, max(map(len, filas)), 0)
    flujo = globales + bof[1] + _registro(0x0200, dimension) + celdas + fin
    ruta.write_bytes(_contenedor(flujo.ljust(max(4096, -(-len(flujo) // 512) * 512), b"\0")))
    return ruta


def _registro(tipo: int, datos: bytes) -> bytes:
    return struct.pack("<HH", tipo, len(datos)) + datos


def _celda_xls(fila: int, columna: int, valor: object) -> bytes:
    lugar = struct.pack("<HHH", fila, columna, 0)
    if isinstance(valor, int | float):
        return _registro(0x0203, lugar + struct.pack("<d", valor))
    texto = str(valor)
    return _registro(0x0204, lugar + struct.pack("<HB", len(texto), 1) + texto.encode("utf-16-le"))


def _contenedor(flujo: bytes) -> bytes:
    """OLE2: cabecera, un sector de FAT, uno de directorio y los del flujo «Workbook»."""
    sectores = len(flujo) // 512
    fat = [0xFFFFFFFD, 0xFFFFFFFE, *range(3, sectores + 2), 0xFFFFFFFE]
    assert len(fat) <= 128
    cabecera = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 16
    cabecera += struct.pack(
        "<HHHHH6xIIIIIIIII", 0x3E, 3, 0xFFFE, 9, 6, 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0
    )
    cabecera += struct.pack("<I", 0) + b"\xff" * 432
    directorio = _entrada("Root Entry", 5, 1, 0xFFFFFFFE, 0) + _entrada(
        "Workbook", 2, 0xFFFFFFFF, 2, len(flujo)
    )
    tabla = struct.pack(f"<{len(fat)}I", *fat).ljust(512, b"\xff")
    return cabecera[:512].ljust(512, b"\xff") + tabla + directorio.ljust(512, b"\0") + flujo


def _entrada(nombre: str, tipo: int, hijo: int, inicio: int, largo: int) -> bytes:
    escrito = nombre.encode("utf-16-le") + b"\0\0"
    return (
        escrito.ljust(64, b"\0")
        + struct.pack("<HBBIII", len(escrito), tipo, 1, 0xFFFFFFFF, 0xFFFFFFFF, hijo)
        + b"\0" * 36
        + struct.pack("<IQ", inicio, largo)
    )
