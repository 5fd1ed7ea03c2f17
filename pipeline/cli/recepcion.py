"""Órdenes sobre los libros que llegan: recibir, revisar sin recibir y ver quién entregó."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.comun import (
    AQUI,
    Dependencia,
    Instrumento,
    Json,
    Libro,
    Periodo,
    Raiz,
    Vigencia,
    abrir_corte,
    abrir_corte_del_libro,
    ahora,
    corta,
    imprimir_json,
    mostrar_error,
)

FormatoPropio = Annotated[
    str, typer.Option("--formato", help="Formato de lectura, si no es el usual.", metavar="NOMBRE")
]


def recibir(
    archivos: Annotated[list[Path], typer.Argument(help="Libros entregados.", metavar="ARCHIVO...")],
    vigencia: Annotated[int, typer.Option("--vigencia", help="Año fiscal.", metavar="AAAA")],
    periodo: Annotated[str, typer.Option("--periodo", help="T1, T2, T3 o T4.", metavar="TN")],
    dependencia: Dependencia = "",
    instrumento: Instrumento = "",
    formato: FormatoPropio = "",
    en_json: Json = False,
    raiz: Raiz = AQUI,
) -> None:
    """Recibe libros, los guarda intactos y da constancia.

    La dependencia y el instrumento los dice la plantilla; si no, las opciones. Un libro que no se pueda
    recibir no detiene los demás.
    """
    from pipeline import recepcion
    from pipeline.flujo.sellos import abrir_abierto, exigir_abierto

    contexto = abrir_abierto(vigencia, periodo, raiz.resolve())
    recibos = []
    for recibo in recepcion.recibir_libros(
        archivos,
        rutas=contexto.rutas,
        config=contexto.config,
        corte=contexto.corte,
        recibido_en=ahora(),
        instrumento=instrumento,
        dependencia=dependencia,
        formato=formato,
        comprobar=partial(exigir_abierto, contexto),  # pudo cerrarse mientras se leía el libro
    ):
        recibos.append(recibo)
        if recibo.error is not None:
            mostrar_error(recibo.error)
        elif not en_json:
            typer.echo(recibo.texto)
    if en_json:
        imprimir_json([recibo.datos for recibo in recibos])
    if fallas := [recibo.error.codigo_salida for recibo in recibos if recibo.error]:
        raise typer.Exit(max(fallas))


def revisar(
    libro: Libro,
    vigencia: Vigencia = None,
    periodo: Periodo = None,
    dependencia: Dependencia = "",
    instrumento: Instrumento = "",
    raiz: Raiz = AQUI,
) -> None:
    """Revisa un libro sin recibirlo y lo devuelve marcado.

    Deja a su lado el libro con cada corrección en su celda y una página con la lista. El corte y la
    dependencia los dice la plantilla; si no, las opciones.
    """
    from pipeline.flujo.libro_suelto import revisar_libro

    contexto = abrir_corte_del_libro(raiz, libro, vigencia, periodo)
    revision = revisar_libro(libro, contexto, dependencia or None, instrumento=instrumento)
    typer.echo("\n".join([revision.presentar(), *map(corta, revision.escritos)]))
    if revision.bloquea:
        raise typer.Exit(3)


def estado(
    vigencia: Vigencia = None,
    periodo: Periodo = None,
    constancias: Annotated[
        bool, typer.Option("--constancias", help="Volver a imprimir las constancias.", metavar="")
    ] = False,
    en_json: Json = False,
    raiz: Raiz = AQUI,
) -> None:
    """Muestra quién entregó, cuándo y qué falta."""
    from pipeline import recepcion
    from pipeline.flujo.estado import (
        avisos_de_entregas,
        avisos_del_corte,
        entregas_del_corte,
        presentar_estado,
        recibidos,
    )

    contexto = abrir_corte(raiz, vigencia, periodo)
    if constancias:
        recibos = [
            recepcion.recibo_de(ficha, contexto.rutas, contexto.config, contexto.corte)
            for ficha in recibidos(contexto)
        ]
        if en_json:
            imprimir_json([recibo.datos for recibo in recibos])
        else:
            typer.echo("\n\n".join(recibo.texto for recibo in recibos))
        return
    entregas = entregas_del_corte(contexto)
    if en_json:
        avisos = avisos_de_entregas(contexto, entregas)
        filas = json.loads(entregas.to_json(orient="records"))
        imprimir_json([fila | {"avisos": avisos.get(fila["ruta"], [])} for fila in filas])
    else:
        typer.echo(presentar_estado(contexto, entregas))
    for aviso in avisos_del_corte(contexto):
        typer.echo(aviso, err=en_json)  # en la salida de --json solo va el JSON
