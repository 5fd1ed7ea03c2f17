"""Órdenes sobre los libros que llegan: recibir, revisar sin recibir y ver quién entregó."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.comun import (
    AQUI,
    Dependencia,
    Json,
    Libro,
    Periodo,
    Raiz,
    Vigencia,
    abrir_corte,
    ahora,
    corta,
    imprimir_json,
    mostrar_error,
)
from pipeline.errores import ErrorSeguimiento


def recibir(
    archivos: Annotated[list[Path], typer.Argument(help="Libros entregados.", metavar="ARCHIVO...")],
    vigencia: Annotated[int, typer.Option("--vigencia", help="Año fiscal.", metavar="AAAA")],
    periodo: Annotated[str, typer.Option("--periodo", help="T1, T2, T3 o T4.", metavar="TN")],
    dependencia: Dependencia = "",
    raiz: Raiz = AQUI,
) -> None:
    """Recibe libros, los guarda intactos y da constancia."""
    from pipeline import recepcion
    from pipeline.flujo import abrir

    contexto = abrir(vigencia, periodo, raiz.resolve())
    fallas: list[ErrorSeguimiento] = []
    for archivo in archivos:
        try:
            ficha = recepcion.recibir_libro(
                archivo,
                rutas=contexto.rutas,
                config=contexto.config,
                corte=contexto.corte,
                instrumento="pi",
                dependencia=dependencia or recepcion.reconocer_dependencia(archivo, contexto.config),
                recibido_en=ahora(),
            )
        except ErrorSeguimiento as error:
            fallas.append(error)
            mostrar_error(error)
        else:
            typer.echo(recepcion.constancia(ficha, contexto.config, contexto.corte))
    if fallas:
        raise typer.Exit(max(f.codigo_salida for f in fallas))


def revisar(
    libro: Libro,
    vigencia: Vigencia = None,
    periodo: Periodo = None,
    dependencia: Dependencia = "",
    raiz: Raiz = AQUI,
) -> None:
    """Revisa un libro sin recibirlo y lo devuelve marcado.

    Deja a su lado el libro con cada corrección en su celda y una página con la lista.
    """
    from pipeline.flujo.devolucion import revisar_libro

    revision = revisar_libro(libro, abrir_corte(raiz, vigencia, periodo), dependencia or None)
    typer.echo("\n".join([revision.presentar(), *map(corta, revision.escritos)]))
    if revision.bloquea:
        raise typer.Exit(3)


def estado(
    vigencia: Vigencia = None, periodo: Periodo = None, raiz: Raiz = AQUI, en_json: Json = False
) -> None:
    """Muestra quién entregó, cuándo y qué falta."""
    from pipeline import recepcion
    from pipeline.flujo import renglon_de_entrega

    contexto = abrir_corte(raiz, vigencia, periodo)
    fichas = recepcion.leer_recepciones(contexto.rutas, contexto.corte, "pi")
    entregas = recepcion.armar_entregas(
        fichas, config=contexto.config, corte=contexto.corte, instrumento="pi"
    )
    if en_json:
        imprimir_json(json.loads(entregas.to_json(orient="records")))
        return
    recibidas = entregas[entregas["version"] > 0]["dependencia"].nunique()
    typer.echo(f"{contexto}: {recibidas} de {entregas['dependencia'].nunique()} dependencias entregaron.")
    for fila in entregas.to_dict("records"):
        typer.echo(renglon_de_entrega(fila))
