"""De quién es un libro y de qué: la hoja oculta de nuestras plantillas, o lo que diga quien lo recibe."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass, fields
from pathlib import Path

from pipeline.config import Config
from pipeline.errores import ErrorConfiguracion, ErrorLibro
from pipeline.formatos import cargar_formato
from pipeline.formatos.archivo import FIRMA_OLE2
from pipeline.formatos.paquete import (
    partes_de_hojas,
    revisar_area,
    revisar_extension,
    revisar_repeticiones,
)
from pipeline.recepcion.puerta import leer_contenido

HOJA_CONTROL = "_control"


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """Lo que dice de sí mismo un libro hecho con una plantilla; vacío lo que no diga."""

    formato: str = ""
    instrumento: str = ""
    entidad_dane: str = ""
    vigencia: str = ""
    periodo: str = ""
    dependencia: str = ""
    huella: str = ""

    @property
    def corte(self) -> str:
        """Corte de la plantilla, como «2025-T2»; vacío si no lo dice."""
        return f"{self.vigencia}-{self.periodo}" if self.vigencia and self.periodo else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identidad:
    """Cómo se recibe un libro."""

    instrumento: str
    dependencia: str
    formato: str


def leer_control(archivo: Path) -> Control:
    """La hoja de control de un libro; sin datos si no la tiene.

    Levanta ErrorLibro si el archivo no es un libro que se pueda recibir.
    """
    datos = leer_contenido(archivo)
    try:
        filas = _filas_de_control(datos) if datos.startswith((b"PK", FIRMA_OLE2)) else []
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException:  # el lector es de Rust y ante un archivo hostil puede entrar en pánico
        return Control()
    dichos = {str(fila[0]): str(fila[1]).strip() for fila in filas if len(fila) > 1}
    return Control(**{campo.name: dichos.get(campo.name, "") for campo in fields(Control)})


def _filas_de_control(datos: bytes) -> list[list[object]]:
    from python_calamine import CalamineWorkbook

    if datos.startswith(b"PK"):
        _revisar_paquete(datos)
    libro = CalamineWorkbook.from_filelike(io.BytesIO(datos))
    if HOJA_CONTROL not in libro.sheet_names:
        return []
    hoja = libro.get_sheet_by_name(HOJA_CONTROL)
    revisar_area(hoja.total_height, hoja.total_width, HOJA_CONTROL)
    filas: list[list[object]] = hoja.to_python(nrows=50)
    return filas


def _revisar_paquete(datos: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(datos)) as paquete:
        if "content.xml" in paquete.namelist():
            revisar_repeticiones(paquete.read("content.xml"))
        elif HOJA_CONTROL in (partes := partes_de_hojas(paquete)):
            revisar_extension(paquete.read(partes[HOJA_CONTROL]), HOJA_CONTROL)


def identificar(
    archivo: Path,
    config: Config,
    *,
    instrumento: str = "",
    dependencia: str = "",
    formato: str = "",
    formatos_propios: Path | None = None,
) -> Identidad:
    """Instrumento, dependencia y formato con que se recibe un libro: lo que se pida o lo que él diga.

    `instrumento` es «pi», «poai» o «pa»; sin pedirlo ni decirlo el libro, el único de la entidad. Lo pedido
    manda; lo que el libro diga en contra lo da `contradicciones`. Levanta ErrorLibro si no se puede recibir o
    falta por saber algo, y ErrorConfiguracion si lo pedido no existe.
    """
    control = leer_control(archivo)
    propio = _instrumento(archivo, config, control, instrumento)
    codigo = dependencia or _dependencia(archivo, config, control)
    if formato and (de := cargar_formato(formato, formatos_propios).instrumento) != propio:
        raise ErrorConfiguracion(
            f"el formato «{formato}» es de «{de}» y el libro se recibe como «{propio}»",
            remedio="Revise --formato o --instrumento",
        )
    return Identidad(
        instrumento=propio,
        dependencia=config.dependencia(codigo).codigo,
        formato=formato or config.entregas.formato(propio),
    )


def instrumento_del_control(control: Control) -> str:
    """Instrumento de la plantilla: el que diga o el de su formato; vacío si no dice ninguno."""
    if control.instrumento or not control.formato:
        return control.instrumento
    try:
        return cargar_formato(control.formato).instrumento
    except ErrorConfiguracion:  # el nombre viene del libro: puede ser cualquiera
        return ""


def _instrumento(archivo: Path, config: Config, control: Control, pedido: str) -> str:
    seguidos = config.entregas.instrumentos
    elegido = pedido or instrumento_del_control(control)
    if elegido == "plan":
        raise ErrorLibro(
            "es el libro del plan, no un seguimiento",
            archivo=archivo.name,
            remedio="Use «seguimiento plan importar», o indique --instrumento",
        )
    if elegido and elegido not in seguidos:
        raise ErrorConfiguracion(
            f"la entidad no sigue el instrumento «{elegido}»",
            archivo=archivo.name,
            remedio=f"Use uno de: {', '.join(seguidos)}; o agréguelo en [entregas] instrumentos",
        )
    if not elegido and len(seguidos) > 1:
        raise ErrorLibro(
            "no se reconoce de qué instrumento es",
            archivo=archivo.name,
            remedio=f"Use la plantilla del corte o indique --instrumento ({', '.join(seguidos)})",
        )
    return elegido or seguidos[0]


def _dependencia(archivo: Path, config: Config, control: Control) -> str:
    if config.entregas.consolidada_por:
        return config.entregas.consolidada_por
    if control.dependencia not in {d.codigo for d in config.dependencias}:
        raise ErrorLibro(
            "no se reconoce de qué dependencia es",
            archivo=archivo.name,
            remedio="Use la plantilla del corte o indique --dependencia",
        )
    return control.dependencia
