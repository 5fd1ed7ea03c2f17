"""Los errores de lo que escribe la entidad, en español: qué clave, qué le pasa y cuál se le parece."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

MENSAJES = {
    "missing": "falta este valor",
    "literal_error": "valor no admitido; use {expected}",
    "string_type": "debe ser un texto",
    "string_too_short": "está vacío",
    "tuple_type": "debe ser una lista",
    "list_type": "debe ser una lista",
    "dict_type": "debe ser una lista de «clave: valor»",
    "model_type": "debe ser una lista de «clave: valor»",
    "too_short": "está vacío",
    "bool_type": "debe ser true o false",
    "bool_parsing": "debe ser true o false",
    "int_type": "debe ser un número entero",
    "int_parsing": "debe ser un número entero",
    "float_type": "debe ser un número",
    "float_parsing": "debe ser un número",
    "greater_than": "debe ser mayor que {gt}",
    "greater_than_equal": "debe ser mayor o igual que {ge}",
    "less_than_equal": "debe ser menor o igual que {le}",
    "string_pattern_mismatch": "no tiene la forma esperada ({pattern})",
    "date_from_datetime_parsing": "debe ser una fecha AAAA-MM-DD",
}
SIN_VALOR = ("missing", "string_too_short", "too_short")
"""Faltas en que no hay un valor que mostrar."""


class Seccion(BaseModel):
    """Parte de un archivo que escribe la entidad: inmutable y sin claves desconocidas."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


def lugar_del_error(error: ValueError) -> str:
    """Dónde está mal escrito el TOML, que es lo que sirve: la biblioteca dice la causa en inglés."""
    hallado = re.search(r"line (\d+), column (\d+)", str(error))
    if hallado:
        return f"en el renglón {hallado[1]}, columna {hallado[2]}"
    return "al final del archivo" if "end of document" in str(error) else "(no está en UTF-8)"


def explicar_validacion(error: ValidationError, modelo: type[BaseModel]) -> str:
    """Las primeras diez faltas de `error`, que dio validar con `modelo`, en español y con su clave."""
    return "; ".join(_explicar_uno(dict(detalle), modelo) for detalle in error.errors()[:10])


def _explicar_uno(detalle: dict[str, Any], raiz: type[BaseModel]) -> str:
    lugar = ".".join(
        str(p) for p in detalle["loc"] if not str(p).startswith(("constrained", "float", "literal", "[key]"))
    )
    if detalle["type"] == "extra_forbidden":
        validos = _claves_validas(detalle["loc"][:-1], raiz)
        return f"clave desconocida «{lugar}». {parecido(str(detalle['loc'][-1]), validos)}"
    if detalle["type"] == "value_error":
        return f"«{lugar}»: {detalle['ctx']['error']}" if lugar else str(detalle["ctx"]["error"])
    contexto = {**detalle.get("ctx", {})}
    if "expected" in contexto:  # la biblioteca las enumera en inglés
        contexto["expected"] = contexto["expected"].replace(" or ", " o ")
    dicho = f"«{lugar}»: {MENSAJES.get(detalle['type'], 'valor no válido').format(**contexto)}"
    if detalle["type"] in SIN_VALOR:
        return dicho
    return f"{dicho} (llegó {'vacío' if detalle['input'] is None else repr(detalle['input'])})"


def _claves_validas(camino: tuple[int | str, ...], raiz: type[BaseModel]) -> list[str]:
    """Nombres admitidos en la sección del camino, para sugerir el más parecido."""
    modelo = raiz
    for paso in camino:
        if isinstance(paso, int):
            continue
        anotacion = modelo.model_fields[paso].annotation
        argumentos = [a for a in getattr(anotacion, "__args__", ()) if isinstance(a, type)]
        candidata = next(
            (a for a in [anotacion, *argumentos] if isinstance(a, type) and issubclass(a, BaseModel)), None
        )
        if candidata is None:
            return []
        modelo = candidata
    return list(modelo.model_fields)


def parecido_y_lista(nombre: str, validos: list[str]) -> str:
    """Como `parecido`, y siempre con la lista.

    >>> parecido_y_lista("SEDX", ["SEDU", "SSAL"])
    '¿Quiso decir «SEDU»? Hay: SEDU, SSAL'
    """
    sugerencia = parecido(nombre, validos)
    return f"{sugerencia} Hay: {', '.join(validos)}" if sugerencia.endswith("?") else sugerencia


def parecido(nombre: str, validos: list[str]) -> str:
    """Sugerencia con el nombre válido más cercano, o la lista de los que hay."""
    cercano = mas_parecido(nombre, validos)
    return f"¿Quiso decir «{cercano}»?" if cercano else f"Use uno de: {', '.join(validos)}"


def mas_parecido(nombre: str, validos: Iterable[str]) -> str:
    """El nombre válido más cercano, sin distinguir mayúsculas; vacío si ninguno se parece.

    >>> mas_parecido("sedu", ["SEDU", "SSAL"]), mas_parecido("obras", ["SEDU", "SSAL"])
    ('SEDU', '')
    """
    por_minusculas = {valido.lower(): valido for valido in validos}
    cercanos = difflib.get_close_matches(nombre.lower(), list(por_minusculas), n=1, cutoff=0.5)
    return por_minusculas[cercanos[0]] if cercanos else ""
