"""Escribir un archivo completo o nada (se ve el anterior o el nuevo, nunca la mitad) y leer YAML."""

from __future__ import annotations

import errno
import os
import re
from pathlib import Path
from typing import Any

import yaml

from pipeline.errores import ErrorConfiguracion, ErrorEntorno

MARCA_DE_EXCEL = "\ufeff"  # al comienzo de un CSV en UTF-8, para que Excel lea bien las tildes
SIN_PERMISO = ("no se puede escribir en la carpeta", "Revise los permisos de data/processed y reports")
SIN_ESPACIO = "Libere espacio y vuelva a correr: retoma lo que falta"
SIN_MEMORIA = ("no alcanzó la memoria del equipo", "Use --trabajos 1 o amplíe la memoria")
DEL_EQUIPO = {
    errno.ENOSPC: ("no queda espacio en el disco", SIN_ESPACIO),
    errno.EDQUOT: ("se agotó la cuota de disco", SIN_ESPACIO),
    errno.EROFS: SIN_PERMISO,
    errno.EACCES: SIN_PERMISO,
    errno.EPERM: SIN_PERMISO,
    errno.ENOMEM: SIN_MEMORIA,
}
"""Lo que puede pasarle al equipo, por su código: el problema y su remedio."""


def escribir(destino: Path, contenido: bytes | str) -> Path:
    """Ruta del archivo, escrito aparte y puesto en su lugar de una vez; el texto va en UTF-8.

    Levanta ErrorEntorno, con la causa y su remedio, si el equipo no deja escribir.
    """
    try:
        return _provisional(destino, contenido).replace(destino)
    except OSError as error:
        raise explicar_del_equipo(error, destino.name) from error


def crear(destino: Path, contenido: bytes | str) -> Path:
    """Como `escribir`, pero nunca reemplaza: levanta FileExistsError si `destino` ya existe."""
    try:
        provisional = _provisional(destino, contenido)
        try:
            os.link(provisional, destino)  # falla si existe, aunque lo cree otro proceso en este instante
        finally:
            provisional.unlink()
    except FileExistsError:
        raise
    except OSError as error:
        raise explicar_del_equipo(error, destino.name) from error
    return destino


def explicar_del_equipo(error: OSError, archivo: str) -> ErrorEntorno:
    """El error del sistema en una oración en español, con qué hacer si se sabe."""
    codigo = errno.errorcode.get(error.errno or 0, type(error).__name__)
    problema, remedio = DEL_EQUIPO.get(error.errno or 0, (f"no se pudo escribir ({codigo})", None))
    return ErrorEntorno(problema, archivo=archivo, remedio=remedio)


def _provisional(destino: Path, contenido: bytes | str) -> Path:
    destino.parent.mkdir(parents=True, exist_ok=True)
    provisional = destino.with_name(destino.name + ".tmp")
    provisional.write_bytes(contenido.encode("utf-8") if isinstance(contenido, str) else contenido)
    return provisional


def leer_yml(texto: str) -> Any:
    """Lo que dice un YAML, con el lector en C si está: es diez veces más rápido y da lo mismo.

    Levanta yaml.YAMLError si está mal escrito.

    >>> leer_yml("a: [1, x]")
    {'a': [1, 'x']}
    """
    return yaml.load(texto, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 — los dos son seguros


def leer_yml_ajeno(ruta: Path) -> Any:
    """Lo que dice un YAML que escribió la entidad; ErrorConfiguracion con su renglón si está mal escrito."""
    try:
        return leer_yml(leer_texto_ajeno(ruta))
    except yaml.YAMLError as error:
        raise explicar_yml(error, ruta.name) from error


def leer_texto_ajeno(ruta: Path) -> str:
    """El texto de un archivo que escribió la entidad; ErrorConfiguracion si no está en UTF-8."""
    try:
        return ruta.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ErrorConfiguracion(
            "no está en UTF-8", archivo=ruta.name, remedio="Guárdelo con esa codificación"
        ) from error


def explicar_yml(error: yaml.YAMLError, archivo: str) -> ErrorConfiguracion:
    """El error en una oración con su lugar, que es lo que sirve: la biblioteca dice la causa en inglés."""
    lugar = re.search(r"line (\d+), column (\d+)(?!.*line \d)", str(error), re.DOTALL)
    donde = f" en el renglón {lugar[1]}, columna {lugar[2]}" if lugar else ""
    return ErrorConfiguracion(
        f"YAML mal escrito{donde}",
        archivo=archivo,
        remedio="Revise ahí y en el renglón anterior la sangría, los dos puntos, comillas y corchetes",
    )
