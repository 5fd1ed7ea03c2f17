"""El paquete de un libro (.xlsx es un zip): sus partes, sus relaciones y cómo se vuelve a escribir igual."""

from __future__ import annotations

import posixpath
import zipfile
from io import BytesIO
from pathlib import Path
from xml.sax.saxutils import quoteattr

from pipeline.archivos import escribir
from pipeline.devolucion.empalme import Cambio, Elemento, agregar_hijos, empalmar, ubicar
from pipeline.errores import ErrorLibro

TIPOS = "[Content_Types].xml"
RELACION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PAQUETE_RELACIONES = "http://schemas.openxmlformats.org/package/2006/relationships"
MAXIMO_DESCOMPRIMIDO = 400_000_000
MAXIMO_POR_PARTE = 30_000_000  # un libro de 500 metas ocupa 1 MB; recorrer un millón de filas tarda minutos
SIN_FECHA = (1980, 1, 1, 0, 0, 0)
ENCABEZADO = b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
CLAVE_RELACION = "Relationship"


class Paquete:
    """Las partes de un libro, con las que se cambian o agregan; lo demás se copia tal cual."""

    def __init__(self, ruta: Path, archivo: str) -> None:
        self.archivo = archivo
        try:
            self._zip = zipfile.ZipFile(BytesIO(ruta.read_bytes()))
            total = sum(parte.file_size for parte in self._zip.infolist())
        except (zipfile.BadZipFile, OSError, ValueError) as error:
            raise ErrorLibro("no es un libro .xlsx o .xlsm que se pueda marcar", archivo=archivo) from error
        if total > MAXIMO_DESCOMPRIMIDO:
            raise ErrorLibro("es demasiado grande para marcarlo", archivo=archivo)
        if any(p.file_size > MAXIMO_POR_PARTE and p.filename.endswith(".xml") for p in self._zip.infolist()):
            raise ErrorLibro(
                "tiene demasiadas filas vacías con formato",
                archivo=archivo,
                remedio="Bórrelas (Ctrl+Fin muestra hasta dónde llegan) y guárdelo de nuevo",
            )
        self._nombres = {p.filename: p for p in self._zip.infolist()}
        self._nuevas: dict[str, bytes] = {}
        self._retiradas: set[str] = set()

    def existe(self, parte: str) -> bool:
        """Si el libro tiene esa parte."""
        return parte in self._nuevas or (parte in self._nombres and parte not in self._retiradas)

    def leer(self, parte: str) -> bytes:
        """Bytes de una parte; ErrorLibro si falta o está dañada."""
        if parte in self._nuevas:
            return self._nuevas[parte]
        try:
            return self._zip.read(parte)
        except (KeyError, zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError, OSError) as error:
            raise ErrorLibro(f"le falta la parte {parte} o está dañada", archivo=self.archivo) from error
        except Exception as error:  # zlib.error y lo que invente un zip hostil
            raise ErrorLibro(f"la parte {parte} está dañada", archivo=self.archivo) from error

    def poner(self, parte: str, contenido: bytes) -> None:
        """Agrega o reemplaza una parte."""
        self._nuevas[parte] = contenido

    def retirar(self, parte: str) -> None:
        """Quita una parte del libro."""
        self._nuevas.pop(parte, None)
        self._retiradas.add(parte)

    def nombre_libre(self, patron: str) -> str:
        """Nombre de parte que nadie usa, con `{}` en lugar del número."""
        numero = 1
        while patron.format(numero) in self._nombres or patron.format(numero) in self._nuevas:
            numero += 1
        return patron.format(numero)

    def guardar(self, destino: Path) -> Path:
        """Ruta del libro escrito de una vez; las mismas partes dan los mismos bytes."""
        salida = BytesIO()
        with zipfile.ZipFile(salida, "w", zipfile.ZIP_DEFLATED) as nuevo:
            for nombre in self._nombres:
                if nombre not in self._retiradas:
                    self._escribir(nuevo, nombre, self.leer(nombre))
            for nombre, contenido in self._nuevas.items():
                if nombre not in self._nombres:
                    self._escribir(nuevo, nombre, contenido)
        return escribir(destino, salida.getvalue())

    @staticmethod
    def _escribir(nuevo: zipfile.ZipFile, nombre: str, contenido: bytes) -> None:
        ficha = zipfile.ZipInfo(nombre, SIN_FECHA)  # sin reloj: el mismo libro da los mismos bytes
        ficha.compress_type = zipfile.ZIP_DEFLATED
        nuevo.writestr(ficha, contenido)

    # Relaciones y tipos ------------------------------------------------------------------------

    def relaciones(self, parte: str) -> dict[str, tuple[str, str]]:
        """Por identificador, el tipo (última palabra) y la parte a la que lleva cada relación interna."""
        carpeta = posixpath.dirname(parte)
        return {
            e.atributos["Id"]: (e.atributos.get("Type", "").rpartition("/")[2], _destino(carpeta, e))
            for e in self._elementos_de_relaciones(parte)
            if e.atributos.get("TargetMode") != "External" and "Id" in e.atributos
        }

    def relacionar(self, parte: str, tipo: str, destino: str) -> str:
        """Identificador de la relación nueva de `parte` con `destino`."""
        ruta = ruta_de_relaciones(parte)
        if not self.existe(ruta):
            self.poner(
                ruta, ENCABEZADO + f'<Relationships xmlns="{PAQUETE_RELACIONES}"></Relationships>'.encode()
            )
        usados = {e.atributos.get("Id") for e in self._elementos_de_relaciones(parte)}
        numero = 1
        while f"rIdSeg{numero}" in usados:
            numero += 1
        identificador = f"rIdSeg{numero}"
        xml = self.leer(ruta)
        prefijo, elementos = ubicar(xml, lambda c: len(c) == 1, parte=ruta)
        hijo = (
            f'<{prefijo}Relationship Id="{identificador}" Type="{RELACION}/{tipo}" '
            f"Target={quoteattr('/' + destino)}/>"
        )
        self.poner(ruta, empalmar(xml, [agregar_hijos(xml, elementos[0], prefijo, hijo.encode())]))
        return identificador

    def olvidar_relacion(self, parte: str, identificador: str) -> None:
        """Quita una relación de `parte`."""
        ruta = ruta_de_relaciones(parte)
        quitar = [e for e in self._elementos_de_relaciones(parte) if e.atributos.get("Id") == identificador]
        cambios = [Cambio(inicio=e.inicio, fin=e.fin, nuevo=b"") for e in quitar]
        self.poner(ruta, empalmar(self.leer(ruta), cambios))

    def declarar(self, etiqueta: str, clave: str, valor: str, tipo: str) -> None:
        """Declara el tipo de una parte (`Override`, `PartName`) o extensión (`Default`, `Extension`)."""
        xml = self.leer(TIPOS)
        prefijo, elementos = ubicar(xml, lambda c: True, parte=TIPOS)
        ya = any(
            e.camino[-1] == etiqueta and e.atributos.get(clave, "").lower() == valor.lower()
            for e in elementos
        )
        if not ya:
            hijo = f'<{prefijo}{etiqueta} {clave}={quoteattr(valor)} ContentType="{tipo}"/>'
            raiz = elementos[0]
            en = raiz.fin_apertura if etiqueta == "Default" else raiz.inicio_cierre
            self.poner(TIPOS, empalmar(xml, [Cambio(inicio=en, fin=en, nuevo=hijo.encode())]))

    def retirar_declaracion(self, parte: str) -> None:
        """Quita el tipo declarado de una parte que ya no está."""
        xml = self.leer(TIPOS)
        _, elementos = ubicar(xml, lambda c: len(c) == 2, parte=TIPOS)
        quitar = [e for e in elementos if e.atributos.get("PartName", "").lower() == f"/{parte}".lower()]
        self.poner(TIPOS, empalmar(xml, [Cambio(inicio=e.inicio, fin=e.fin, nuevo=b"") for e in quitar]))

    def _elementos_de_relaciones(self, parte: str) -> list[Elemento]:
        ruta = ruta_de_relaciones(parte)
        if not self.existe(ruta):
            return []
        return ubicar(self.leer(ruta), lambda c: len(c) == 2, parte=ruta)[1]


def ruta_de_relaciones(parte: str) -> str:
    """Dónde guarda el paquete las relaciones de una parte.

    >>> ruta_de_relaciones("xl/workbook.xml")
    'xl/_rels/workbook.xml.rels'
    """
    carpeta, nombre = posixpath.split(parte)
    return posixpath.join(carpeta, "_rels", f"{nombre}.rels")


def _destino(carpeta: str, elemento: Elemento) -> str:
    destino = elemento.atributos.get("Target", "")
    if destino.startswith("/"):
        return destino.removeprefix("/")
    return posixpath.normpath(posixpath.join(carpeta, destino))
