"""Órdenes de las versiones del POAI."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.calendario import fecha_pasada
from pipeline.cli.comun import AQUI, Json, Periodo, Raiz, Vigencia, abrir_corte, ahora, imprimir_json

if TYPE_CHECKING:
    from pipeline.versiones_poai import FichaVersion

Version = Annotated[
    str, typer.Option("--version", help="presentado, aprobado, remitido o ajustado.", metavar="NOMBRE")
]
Acto = Annotated[str, typer.Option("--acto", help="Acto que la respalda, con su número.", metavar="ACTO")]
Fecha = Annotated[str, typer.Option("--fecha", help="Fecha del acto.", metavar="AAAA-MM-DD")]


def fijar(
    version: Version,
    acto: Acto,
    fecha: Fecha,
    vigencia: Vigencia = None,
    periodo: Periodo = None,
    raiz: Raiz = AQUI,
) -> None:
    """Congela el POAI aceptado de un corte como una versión de la vigencia."""
    from pipeline.flujo.poai import fijar_version

    contexto = abrir_corte(raiz, vigencia, periodo)
    dia = fecha_pasada(fecha, ahora().date())
    ficha = fijar_version(contexto, version=version, acto=acto, fecha=dia)
    typer.echo(_renglon(ficha))


def versiones(
    vigencia: Vigencia = None, periodo: Periodo = None, en_json: Json = False, raiz: Raiz = AQUI
) -> None:
    """Muestra las versiones fijadas del POAI de la vigencia y cuántos rubros cambia cada una."""
    from dataclasses import asdict

    from pipeline.flujo.poai import carpeta_de_versiones, comparar_con_la_anterior, leer_versiones
    from pipeline.versiones_poai import archivos_alterados

    contexto = abrir_corte(raiz, vigencia, periodo)
    fichas = leer_versiones(contexto)
    if en_json:
        imprimir_json([asdict(ficha) for ficha in fichas])
        return
    if not fichas:
        typer.echo("Ninguna versión fijada. Use «seguimiento poai fijar».")
    for ficha in fichas:
        typer.echo(_renglon(ficha))
        if alterados := archivos_alterados(ficha, carpeta_de_versiones(contexto)):
            typer.echo(f"   ATENCIÓN: ya no son los archivos que se fijaron: {', '.join(alterados)}")
        elif (cambios := comparar_con_la_anterior(contexto, ficha)) is not None:
            typer.echo(f"   Rubros que cambian frente a la anterior: {len(cambios)}")


def _renglon(ficha: FichaVersion) -> str:
    from pipeline.formato_es import pesos

    definitiva = ficha.total("apropiacion_definitiva_cop")
    dinero = "sin dato" if definitiva is None else pesos(definitiva)
    return (
        f"{ficha.numero}. {ficha.version.nombre} · {ficha.acto} ({ficha.fecha}) · "
        f"apropiación definitiva {dinero}"
    )
