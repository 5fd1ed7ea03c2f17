"""Parámetros de un cuaderno: se revisan contra su celda `parameters` antes de ejecutarlo. No ejecuta nada."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.errores import ErrorConfiguracion
from pipeline.explicacion import parecido

TIPOS: dict[str, tuple[type, str]] = {
    "int": (int, "un número entero"),
    "float": (float, "un número"),
    "str": (str, "un texto"),
    "bool": (bool, "True o False"),
}


def validar_parametros(cuaderno: Path, parametros: Mapping[str, Any]) -> dict[str, Any]:
    """Todos los parámetros del cuaderno: los recibidos y, para los demás, su valor por omisión.

    Papermill solo advierte de un nombre desconocido y acepta cualquier tipo; aquí ambas cosas son un
    error, porque un parámetro que no llega publica el informe de otro corte.

    Levanta ErrorConfiguracion: el cuaderno no existe o no tiene celda `parameters`, un parámetro no
    está declarado (dice cuál es el más parecido) o llega con otro tipo.
    """
    declarados = _declarados(cuaderno)
    for nombre, valor in parametros.items():
        if nombre not in declarados:
            raise ErrorConfiguracion(
                f"el cuaderno no tiene el parámetro «{nombre}»",
                archivo=cuaderno.name,
                remedio=parecido(nombre, list(declarados)),
            )
        _revisar_tipo(cuaderno, nombre, valor, declarados[nombre]["inferred_type_name"])
    por_omision = {nombre: ast.literal_eval(p["default"]) for nombre, p in declarados.items()}
    return {**por_omision, **parametros}


def _declarados(cuaderno: Path) -> dict[str, dict[str, str]]:
    if not cuaderno.is_file():
        raise ErrorConfiguracion("no existe el cuaderno", archivo=cuaderno.name)
    import papermill

    declarados = papermill.inspect_notebook(str(cuaderno))
    if not declarados:
        raise ErrorConfiguracion(
            "el cuaderno no tiene una celda con la etiqueta «parameters»",
            archivo=cuaderno.name,
            remedio="Agregue la etiqueta a la celda que declara los parámetros con su tipo",
        )
    return dict(declarados)


def _revisar_tipo(cuaderno: Path, nombre: str, valor: Any, declarado: str) -> None:
    if declarado not in TIPOS:
        raise ErrorConfiguracion(
            f"el parámetro «{nombre}» no declara un tipo conocido ({declarado})",
            archivo=cuaderno.name,
            remedio=f"Anótelo como uno de: {', '.join(TIPOS)}",
        )
    tipo, en_palabras = TIPOS[declarado]
    acepta_entero = tipo is float and type(valor) is int
    if type(valor) is not tipo and not acepta_entero:
        raise ErrorConfiguracion(
            f"el parámetro «{nombre}» debe ser {en_palabras} y llegó {valor!r}", archivo=cuaderno.name
        )
