"""La orden que pone dos cortes uno al lado del otro."""

from __future__ import annotations

from typing import Annotated

import typer

from pipeline.cli.comun import AQUI, Dependencia, Json, Raiz, imprimir_json


def comparar(
    anterior: Annotated[str, typer.Argument(help="Corte más antiguo, como 2025-T2.", metavar="A")],
    posterior: Annotated[str, typer.Argument(help="Corte más reciente, como 2025-T3.", metavar="B")],
    dependencia: Dependencia = "",
    en_json: Json = False,
    raiz: Raiz = AQUI,
) -> None:
    """Qué cambió entre dos cortes y qué metas lo movieron."""
    from pipeline.flujo.comparacion import abrir_cortes
    from pipeline.flujo.comparacion import comparar as comparar_cortes
    from pipeline.flujo.comparacion_escrita import renglones_de

    contexto, corte_anterior = abrir_cortes(anterior, posterior, raiz.resolve())
    comparacion = comparar_cortes(contexto, corte_anterior, dependencia)
    if en_json:
        imprimir_json(comparacion.como_datos())
    else:
        typer.echo("\n".join(renglones_de(comparacion)))
