"""Un libro visto por fuera: si se puede abrir sin riesgo y qué trae que convenga advertir. No lee sus datos.

Lo usan la recepción, que rechaza en la puerta, y la lectura, que vuelve a mirar: nada asegura que un libro de
data/raw haya entrado por ella.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Sequence
from urllib.parse import unquote

MAXIMO_BYTES = 50_000_000  # un libro de seguimiento real pesa menos de 2 MB
MAXIMO_DESCOMPRIMIDO = 400_000_000
MAXIMA_RAZON = 200
MINIMO_SOSPECHOSO = 20_000_000  # un libro pequeño puede comprimirse mucho sin ser una bomba
EXTENSIONES_DE_TEXTO = frozenset({".csv", ".tsv", ".txt"})
FIRMA_OLE2 = b"\xd0\xcf\x11\xe0"

_CIFRADO = "EncryptedPackage".encode("utf-16-le")
_LIBRO_OLE2 = ("Workbook".encode("utf-16-le"), "Book".encode("utf-16-le"))
_MACROS_OLE2 = "_VBA_PROJECT".encode("utf-16-le")
_CON_CLAVE = 0x1  # marca de una parte cifrada en un zip
_TROZO = 1 << 20
_DESTINO_DE_ENLACE = re.compile(rb"Target=\"([^\"]*)\"")


class LibroIlegibleError(Exception):
    """El libro no se puede leer; lleva la regla y los marcadores de su hallazgo."""

    def __init__(self, regla: str, hoja: str | None = None, **marcadores: object) -> None:
        self.regla = regla
        self.hoja = hoja
        self.marcadores = marcadores
        super().__init__(regla)


def revisar_tamano(tamano: int) -> None:
    """Levanta LibroIlegibleError si el archivo está vacío (LEC-01) o pesa demasiado (LEC-04)."""
    if tamano == 0:
        raise LibroIlegibleError("LEC-01")
    if tamano > MAXIMO_BYTES:
        raise LibroIlegibleError(
            "LEC-04", motivo=f"{tamano // 1_000_000} MB (máximo {MAXIMO_BYTES // 1_000_000})"
        )


def revisar_contenido_del_archivo(datos: bytes, extension: str) -> None:
    """Levanta LibroIlegibleError si no es un libro que se pueda abrir sin riesgo.

    Tiene contraseña o es de otro tipo (LEC-02), está dañado (LEC-03) o descomprimido ocuparía demasiado
    (LEC-04), diga lo que diga de su propio tamaño.
    """
    if datos.startswith(FIRMA_OLE2):
        _revisar_ole2(datos)
    elif datos.startswith(b"PK"):
        _revisar_zip(datos)
    elif extension.lower() not in EXTENSIONES_DE_TEXTO:
        raise LibroIlegibleError("LEC-02", motivo="su contenido es de otro tipo de archivo")


def advertencias(datos: bytes) -> tuple[str, ...]:
    """Lo que no impide recibir un libro ya revisado pero conviene saber: macros y enlaces a otros libros."""
    if datos.startswith(FIRMA_OLE2):
        return (_con_macros(),) if _MACROS_OLE2 in datos else ()
    if not datos.startswith(b"PK"):
        return ()
    with zipfile.ZipFile(io.BytesIO(datos)) as paquete:
        nombres = paquete.namelist()
        ajenos = [_libro_enlazado(paquete.read(n)) for n in nombres if _es_enlace(n)]
    macros = [_con_macros()] if any(n.lower().endswith("vbaproject.bin") for n in nombres) else []
    return (*macros, *([_con_enlaces(ajenos)] if ajenos else []))


def _revisar_ole2(datos: bytes) -> None:
    if _CIFRADO in datos:
        raise LibroIlegibleError("LEC-02", motivo="tiene contraseña")
    if not any(nombre in datos for nombre in _LIBRO_OLE2):
        raise LibroIlegibleError("LEC-02", motivo="no es un libro de Excel 97-2003")


def _revisar_zip(datos: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(datos)) as paquete:
            _revisar_partes(paquete.infolist(), datos)
            _revisar_tipo(paquete)
    except LibroIlegibleError:
        raise
    except Exception as error:  # un zip hostil levanta de todo, y en inglés: todo eso es un libro dañado
        raise LibroIlegibleError("LEC-03", motivo="el archivo no está completo") from error


def _revisar_partes(partes: Sequence[zipfile.ZipInfo], datos: bytes) -> None:
    if any(parte.flag_bits & _CON_CLAVE for parte in partes):
        raise LibroIlegibleError("LEC-02", motivo="tiene contraseña")
    if any(_sale_de_la_carpeta(parte.filename) for parte in partes):
        raise LibroIlegibleError("LEC-02", motivo="trae por dentro rutas que un libro no usa")
    total = sum(parte.file_size for parte in partes)
    es_bomba = total > MINIMO_SOSPECHOSO and total > MAXIMA_RAZON * len(datos)
    if total > MAXIMO_DESCOMPRIMIDO or es_bomba:
        raise LibroIlegibleError("LEC-04", motivo=f"descomprimido ocuparía {total // 1_000_000} MB")
    for parte in partes:
        _comprobar_parte(parte, datos)


def _comprobar_parte(parte: zipfile.ZipInfo, datos: bytes) -> None:
    """El tamaño que una parte declara puede ser falso y el lector le creería: se descomprime y se cuenta."""
    largo_nombre, largo_extra = struct.unpack_from("<HH", datos, parte.header_offset + 26)
    desde = parte.header_offset + 30 + largo_nombre + largo_extra
    resto = datos[desde : desde + parte.compress_size]
    leidos, suma = 0, 0
    if parte.compress_type == zipfile.ZIP_STORED:
        leidos, suma = len(resto), zlib.crc32(resto)
    elif parte.compress_type == zipfile.ZIP_DEFLATED:
        motor = zlib.decompressobj(-zlib.MAX_WBITS)
        while leidos <= parte.file_size and (trozo := motor.decompress(resto, _TROZO)):
            leidos, suma, resto = leidos + len(trozo), zlib.crc32(trozo, suma), motor.unconsumed_tail
    else:
        raise LibroIlegibleError("LEC-02", motivo="está comprimido de un modo que los libros no usan")
    if leidos > parte.file_size:
        raise LibroIlegibleError("LEC-04", motivo="descomprimido ocuparía más de lo que declara")
    if (leidos, suma) != (parte.file_size, parte.CRC):
        raise LibroIlegibleError("LEC-03", motivo=f"la parte {parte.filename[:60]} no está completa")


def _revisar_tipo(paquete: zipfile.ZipFile) -> None:
    partes = paquete.namelist()
    if "xl/workbook.bin" in partes:
        raise LibroIlegibleError("LEC-02", motivo="es un libro binario (.xlsb)")
    es_ods = "content.xml" in partes and "mimetype" in partes and b"spreadsheet" in paquete.read("mimetype")
    if "xl/workbook.xml" not in partes and not es_ods:
        raise LibroIlegibleError("LEC-02", motivo="es otro tipo de documento comprimido")


def _sale_de_la_carpeta(nombre: str) -> bool:
    partes = nombre.replace("\\", "/").split("/")
    return partes[0] == "" or ".." in partes or partes[0].endswith(":")


def _es_enlace(nombre: str) -> bool:
    return nombre.startswith("xl/externalLinks/_rels/")


def _libro_enlazado(relaciones: bytes) -> str:
    """Nombre del libro al que lleva un enlace, sin la carpeta del equipo donde se hizo."""
    hallado = _DESTINO_DE_ENLACE.search(relaciones)
    destino = unquote(hallado[1].decode("utf-8", errors="replace")) if hallado else ""
    return destino.replace("\\", "/").rpartition("/")[2][:80] or "sin nombre"


def _con_macros() -> str:
    return "trae macros: no se ejecutan ni hacen falta"


def _con_enlaces(libros: Sequence[str]) -> str:
    nombrados = ", ".join(f"«{libro}»" for libro in dict.fromkeys(libros[:3]))
    return f"tiene fórmulas que leen otros libros ({nombrados}): vale lo último guardado, que pudo cambiar"
