"""Órdenes del Plan de Acción: el libro de revisión y el registro de lo decidido."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.comun import AQUI, Dependencia, Periodo, Raiz, Vigencia, abrir_corte, ahora, corta
from pipeline.errores import ErrorLibro


def revision(
    vigencia: Vigencia = None, periodo: Periodo = None, dependencia: Dependencia = "", raiz: Raiz = AQUI
) -> None:
    """Escribe el libro con que el Grupo revisa cada actividad."""
    from pipeline.flujo.pa import escribir_revisiones

    for ruta in escribir_revisiones(abrir_corte(raiz, vigencia, periodo), dependencia):
        typer.echo(corta(ruta))


def registrar_revision(
    archivo: Annotated[Path, typer.Argument(help="Libro de revisión diligenciado.", metavar="ARCHIVO")],
    vigencia: Vigencia = None,
    periodo: Periodo = None,
    raiz: Raiz = AQUI,
) -> None:
    """Guarda las decisiones del Grupo; cuentan al volver a correr el corte."""
    from pipeline.flujo.pa import registrar_revision as registrar
    from pipeline.flujo.sellos import exigir_abierto
    from pipeline.formato_es import contar

    contexto = abrir_corte(raiz, vigencia, periodo)
    if not archivo.is_file():  # antes de decir que al corte le falta calcularse
        raise ErrorLibro("no existe o no es un archivo", archivo=archivo.name, remedio="Revise la ruta")
    exigir_abierto(contexto)
    ficha, decididas = registrar(contexto, archivo, ahora())
    if ficha.repetida:
        typer.echo(f"{ficha.archivo} ya estaba registrado; no se repite.")
        return
    devueltas = int((decididas["decision_grupo"] == "devuelta").sum())
    aceptadas = contar(len(decididas) - devueltas, "actividad aceptada", "actividades aceptadas")
    typer.echo(
        f"Revisión registrada: {aceptadas} y {contar(devueltas, 'devuelta')}. "
        "Ejecute «seguimiento correr» para que cuenten."
    )
