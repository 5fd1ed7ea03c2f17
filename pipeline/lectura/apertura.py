"""Abrir un libro ajeno sin riesgo: primero se mira el paquete por fuera y solo después se lee."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from python_calamine import CalamineWorkbook

MAXIMO_BYTES = 50_000_000
MAXIMO_DESCOMPRIMIDO = 400_000_000
MAXIMA_RAZON = 200
MINIMO_SOSPECHOSO = 20_000_000  # un libro pequeño puede comprimirse mucho sin ser una bomba
MAXIMAS_CELDAS = 5_000_000

_FIRMA_OLE2 = b"\xd0\xcf\x11\xe0"
# Una celda más allá de la columna ZZ o la fila 99.999. El patrón general es lento: solo se usa si el XML
# escribe la referencia de un modo que los programas de oficina no usan (comillas simples, espacios).
_LEJANA = re.compile(rb' r="(?:[A-Za-z]{3}|[A-Za-z]{0,2}\d{6})')
_LEJANA_GENERAL = re.compile(rb"\br\s*=\s*[\"'](?:[A-Za-z]{3}|[A-Za-z]{0,2}\d{6})")
_ESCRITURAS_RARAS = (
    b"r='",
    b"r =",
    b"r= ",
    b"r\t",
    b"r\n",
    b"r\r",
    b"=\t",
    b"=\n",
    b"=\r",
    b"\tr",
    b"\nr",
    b"\rr",
)
_FILA_O_CELDA_CON_VALOR = re.compile(rb"<(?:\w+:)?(row|c)\b([^>]*)(?<!/)>(?!</)")
_UBICACION = re.compile(rb"\br\s*=\s*[\"']([A-Za-z]*)(\d*)")
_CELDA_CON_ERROR = re.compile(rb"<(?:\w+:)?c\b([^>]*\bt=[\"']e[\"'][^>]*)>(.*?)</(?:\w+:)?c>", re.DOTALL)
_REFERENCIA = re.compile(rb"\br=[\"']([A-Z]{1,3}\d{1,7})[\"']")
_VALOR = re.compile(rb"<(?:\w+:)?v>([^<]*)</")
_RELACION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


class LibroIlegibleError(Exception):
    """El libro no se puede leer; lleva la regla y los marcadores de su hallazgo."""

    def __init__(self, regla: str, hoja: str | None = None, **marcadores: object) -> None:
        self.regla = regla
        self.hoja = hoja
        self.marcadores = marcadores
        super().__init__(regla)


@dataclass(frozen=True, slots=True, kw_only=True)
class LibroAbierto:
    """Un libro abierto: su lector y su paquete, para lo que el lector no muestra."""

    lector: CalamineWorkbook
    paquete: zipfile.ZipFile
    partes: dict[str, str]  # nombre de hoja → ruta de su XML dentro del paquete


def abrir(ruta: Path) -> LibroAbierto:
    """El libro abierto y revisado por fuera.

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
    with _contenido_ajeno():
        paquete = _abrir_paquete(datos)
        _revisar_tamano(paquete, tamano)
        lector = CalamineWorkbook.from_filelike(io.BytesIO(datos))
        return LibroAbierto(lector=lector, paquete=paquete, partes=_partes_de_hojas(paquete))


def leer_valores(libro: LibroAbierto, hoja: str) -> list[list[object]]:
    """Filas de la hoja desde A1, con los errores de Excel puestos en su celda.

    Levanta LibroIlegibleError si el XML de la hoja está dañado o declara una tabla desmedida.
    """
    with _contenido_ajeno(hoja):
        xml = libro.paquete.read(libro.partes[hoja])
        _revisar_extension(xml, hoja)
        filas: list[list[object]] = libro.lector.get_sheet_by_name(hoja).to_python(skip_empty_area=False)
        _poner_errores(xml, filas)
        return filas


@contextmanager
def _contenido_ajeno(hoja: str | None = None) -> Iterator[None]:
    """Cualquier fallo al leer bytes ajenos es un libro dañado, también un pánico del lector (Rust)."""
    try:
        yield
    except (LibroIlegibleError, KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException as error:
        raise LibroIlegibleError(
            "LEC-03", hoja=hoja, motivo=str(error)[:120] or type(error).__name__
        ) from error


def _abrir_paquete(datos: bytes) -> zipfile.ZipFile:
    if datos.startswith(_FIRMA_OLE2):
        raise LibroIlegibleError("LEC-02", motivo="tiene contraseña o es un .xls de Excel 97-2003")
    if not datos.startswith(b"PK"):
        raise LibroIlegibleError("LEC-02", motivo="su contenido es de otro tipo de archivo")
    paquete = zipfile.ZipFile(io.BytesIO(datos))
    if "xl/workbook.xml" not in paquete.namelist():
        raise LibroIlegibleError("LEC-02", motivo="es otro tipo de documento comprimido")
    return paquete


def _revisar_tamano(paquete: zipfile.ZipFile, comprimido: int) -> None:
    total = sum(parte.file_size for parte in paquete.infolist())
    es_bomba = total > MINIMO_SOSPECHOSO and total > MAXIMA_RAZON * comprimido
    if total > MAXIMO_DESCOMPRIMIDO or es_bomba:
        raise LibroIlegibleError("LEC-04", motivo=f"descomprimido ocuparía {total // 1_000_000} MB")


def _revisar_extension(xml: bytes, hoja: str) -> None:
    """El lector reserva la tabla completa hasta la última celda: una sola en XFD1048576 agota la memoria."""
    es_rara = any(escritura in xml for escritura in _ESCRITURAS_RARAS)
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
    if ancho * alto > MAXIMAS_CELDAS:
        raise LibroIlegibleError(
            "LEC-04", hoja=hoja, motivo=f"la hoja llega hasta la fila {alto} y la columna {ancho}"
        )


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
