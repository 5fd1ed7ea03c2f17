"""Escribir un archivo completo o nada (se ve el anterior o el nuevo, nunca la mitad); leer YAML y fichas."""

from __future__ import annotations

import errno
import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import yaml

from pipeline.errores import ErrorConfiguracion, ErrorEntorno

Ficha = TypeVar("Ficha")
MARCA_DE_EXCEL = "\ufeff"  # al comienzo de un CSV en UTF-8, para que Excel lea bien las tildes
# Lo que una hoja de cálculo se salta antes de mirar si el texto empieza como fórmula: blancos e invisibles.
_COMIENZO_DE_FORMULA = re.compile(
    r"[\t\r]|[\s\x00-\x1f\x7f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]*+[=+\-@＝＋－＠]"
)
_NUMERO_NEGATIVO = re.compile(r"-\d[\d.,]*%?")
SIN_PERMISO = (
    "no se puede escribir en la carpeta",
    "Revise los permisos de la carpeta donde va y, si es de la entidad, los de data y reports",
)
NO_ES_CARPETA = ("donde debe ir una carpeta hay un archivo", "Quítelo o indique otra carpeta")
SIN_ESPACIO = "Libere espacio y vuelva a correr: retoma lo que falta"
SIN_MEMORIA = ("no alcanzó la memoria del equipo", "Use --trabajos 1 o amplíe la memoria")
DEL_EQUIPO = {
    errno.ENOSPC: ("no queda espacio en el disco", SIN_ESPACIO),
    errno.EDQUOT: ("se agotó la cuota de disco", SIN_ESPACIO),
    errno.EROFS: (
        "no se puede escribir en la carpeta: el disco es de solo lectura",
        "Conéctelo con permiso de escritura o trabaje en otra carpeta (--raiz)",
    ),
    errno.EACCES: SIN_PERMISO,
    errno.EPERM: SIN_PERMISO,
    errno.EEXIST: NO_ES_CARPETA,
    errno.ENOTDIR: NO_ES_CARPETA,
    errno.EISDIR: ("es una carpeta y debe ser un archivo", "Indique también el nombre del archivo"),
    errno.ENOMEM: SIN_MEMORIA,
    errno.ENAMETOOLONG: ("el nombre del archivo es demasiado largo", "Acórtelo y vuelva a intentarlo"),
}
"""Lo que puede pasarle al equipo, por su código: el problema y su remedio."""
LARGO_DE_UN_NOMBRE = 255 - len(".tmp")  # bytes que admite un disco, menos los del provisional
OTRO_REMEDIO = "Revise que el archivo y su carpeta existan y que el disco responda"


def escribir(destino: Path, contenido: bytes | str, *, duradero: bool = False) -> Path:
    """Ruta del archivo, escrito aparte y puesto en su lugar de una vez; el texto va en UTF-8.

    Con `duradero` está en el disco al volver, aunque se vaya la luz: es lo de data/raw, que no se rehace; lo
    demás no lo paga. Levanta ErrorEntorno, con la causa y su remedio, si el equipo no deja escribir.
    """
    try:
        escrito = _provisional(destino, contenido, duradero=duradero).replace(destino)
        if duradero:
            _asegurar_carpeta(destino.parent)
        return escrito
    except OSError as error:
        raise explicar_del_equipo(error, destino.name) from error


def crear(destino: Path, contenido: bytes | str, *, duradero: bool = True) -> Path:
    """Como `escribir`, pero nunca reemplaza: levanta FileExistsError si `destino` ya existe."""
    try:
        provisional = _provisional(destino, contenido, duradero=duradero)
        try:
            os.link(provisional, destino)  # falla si existe, aunque lo cree otro proceso en este instante
        finally:
            provisional.unlink()
        if duradero:
            _asegurar_carpeta(destino.parent)
    except FileExistsError:
        raise
    except OSError as error:
        raise explicar_del_equipo(error, destino.name) from error
    return destino


def nombre_que_cabe(comienzo: str, final: str) -> str:
    """El nombre `comienzo` + `final`; si no cabe en un disco, con el comienzo recortado.

    >>> nombre_que_cabe("PI", "_corregir.xlsx"), len(nombre_que_cabe("ñ" * 255, ".xlsx").encode())
    ('PI_corregir.xlsx', 251)
    """
    libres = max(LARGO_DE_UN_NOMBRE - len(final.encode("utf-8", "surrogateescape")), 0)
    return comienzo.encode("utf-8", "surrogateescape")[:libres].decode("utf-8", "ignore") + final


def explicar_del_equipo(error: OSError, archivo: str) -> ErrorEntorno:
    """El error del sistema en una oración en español y con qué hacer; lo que él dice está en inglés."""
    otro = f"no se pudo leer o escribir ({codigo_del_equipo(error)})", OTRO_REMEDIO
    problema, remedio = DEL_EQUIPO.get(error.errno or 0, otro)
    return ErrorEntorno(problema, archivo=archivo, remedio=remedio)


def codigo_del_equipo(error: OSError) -> str:
    """El código del error del sistema, como «EACCES»."""
    return errno.errorcode.get(error.errno or 0, type(error).__name__)


def _provisional(destino: Path, contenido: bytes | str, *, duradero: bool) -> Path:
    destino.parent.mkdir(parents=True, exist_ok=True)
    provisional = destino.with_name(destino.name + ".tmp")
    provisional.write_bytes(contenido.encode("utf-8") if isinstance(contenido, str) else contenido)
    if duradero:
        _asegurar(provisional)
    return provisional


def _asegurar(ruta: Path) -> None:
    descriptor = os.open(ruta, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _asegurar_carpeta(carpeta: Path) -> None:
    try:
        _asegurar(carpeta)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # hay discos de red que no lo saben hacer
            raise


def leer_ficha(ruta: Path, armar: Callable[..., Ficha]) -> Ficha:
    """Lo que `armar` hace con los campos de una ficha .json de data/raw.

    Levanta ErrorEntorno si está dañada: la dejó así un apagón o alguien la cambió.
    """
    try:
        return armar(**json.loads(ruta.read_text(encoding="utf-8")))
    except (ValueError, TypeError, KeyError) as error:
        raise ErrorEntorno(
            "la ficha está dañada",
            archivo=f"{ruta.parent.name}/{ruta.name}",
            remedio="Recupérela del respaldo de data/raw",
        ) from error


def leer_fichas(carpeta: Path, armar: Callable[..., Ficha]) -> list[Ficha]:
    """Las fichas .json de la carpeta, por nombre; ninguna si no existe. ErrorEntorno si una se dañó."""
    return [leer_ficha(ruta, armar) for ruta in sorted(carpeta.glob("*.json"))]


def parece_formula(texto: str) -> bool:
    r"""Si una hoja de cálculo podría tomar el texto por fórmula; un número negativo no lo es.

    >>> [parece_formula(t) for t in ("=1+1", "\n =1+1", "\ufeff@x", "＝1", "-1.234,5", "- pendiente", "a=b")]
    [True, True, True, True, False, True, False]
    """
    return _COMIENZO_DE_FORMULA.match(texto) is not None and _NUMERO_NEGATIVO.fullmatch(texto) is None


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
