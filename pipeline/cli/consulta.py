"""Órdenes que preguntan por una cifra ya calculada."""

from __future__ import annotations

from typing import Annotated

import typer

from pipeline.cli.comun import AQUI, Json, Periodo, Raiz, Vigencia, abrir_calculado, imprimir_json


def explicar(
    clave: Annotated[
        str, typer.Argument(help="Meta, actividad (SEDU/A1/1) o nodo (dependencia:SEDU).", metavar="QUÉ")
    ],
    vigencia: Vigencia = None,
    periodo: Periodo = None,
    en_json: Json = False,
    raiz: Raiz = AQUI,
) -> None:
    """De una cifra a su fórmula y a sus celdas.

    Sin vigencia ni periodo, las del último corte calculado.
    """
    from pipeline.flujo.explicar import explicar as explicar_cifra

    explicacion = explicar_cifra(abrir_calculado(raiz, vigencia, periodo), clave)
    if en_json:
        imprimir_json(explicacion.como_datos())
    else:
        typer.echo(explicacion)
