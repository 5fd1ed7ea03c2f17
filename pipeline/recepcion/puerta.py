"""La puerta: qué archivo se recibe. Lo que se rechaza se rechaza con una oración y qué hacer."""

from __future__ import annotations

import unicodedata
from pathlib import Path

from pipeline.archivos import codigo_del_equipo
from pipeline.errores import ErrorLibro
from pipeline.formatos import reglas_de_lectura
from pipeline.formatos.archivo import (
    MAXIMO_BYTES,
    LibroIlegibleError,
    advertencias,
    revisar_contenido_del_archivo,
    revisar_tamano,
)

__all__ = ["EXTENSIONES", "MAXIMO_BYTES", "advertencias", "leer_contenido"]
EXTENSIONES = (".xlsx", ".xlsm", ".xls", ".ods", ".csv")
FUERA_DE_UN_NOMBRE = set('\\/:*?"<>|')  # no se pueden guardar en todos los equipos, o son una ruta


def leer_contenido(archivo: Path) -> bytes:
    """Bytes de un libro que se puede recibir.

    Levanta ErrorLibro: no existe, es el temporal de Excel, su nombre tiene rutas o letras invisibles, está
    vacío, es enorme, tiene contraseña, está dañado, es una bomba o no es un libro de cálculo.
    """
    _revisar_nombre(archivo)
    try:
        if not archivo.is_file():
            raise ErrorLibro("no existe o no es un archivo", archivo=archivo.name, remedio="Revise la ruta")
        revisar_tamano(archivo.stat().st_size)  # antes de traerlo a memoria
        datos = archivo.read_bytes()
        revisar_contenido_del_archivo(datos, archivo.suffix)
    except LibroIlegibleError as error:
        regla = reglas_de_lectura()[error.regla]
        problema = regla.mensaje.format(**error.marcadores)
        raise ErrorLibro(
            problema[0].lower() + problema[1:], archivo=archivo.name, remedio=regla.accion
        ) from error
    except OSError as error:
        raise ErrorLibro(
            f"el equipo no deja leerlo ({codigo_del_equipo(error)})",
            archivo=archivo.name,
            remedio="Revise sus permisos",
        ) from error
    return datos


def _revisar_nombre(archivo: Path) -> None:
    nombre = archivo.name
    if any(letra in FUERA_DE_UN_NOMBRE or unicodedata.category(letra)[0] == "C" for letra in nombre):
        raise ErrorLibro(
            "el nombre del archivo tiene signos de ruta o letras invisibles",
            archivo="".join(letra if letra.isprintable() else "�" for letra in nombre),
            remedio="Cámbiele el nombre: letras, números, espacios, guion y punto",
        )
    if nombre.startswith("~$"):
        raise ErrorLibro(
            "es el archivo temporal que Excel deja mientras el libro está abierto",
            archivo=nombre,
            remedio="Cierre Excel y envíe el libro, sin «~$» en el nombre",
        )
    if archivo.suffix.lower() not in EXTENSIONES and not archivo.is_dir():  # de la carpeta se habla después
        raise ErrorLibro(
            f"no es un libro de cálculo (extensión «{archivo.suffix}»)",
            archivo=nombre,
            remedio="Envíelo en formato .xlsx",
        )
