"""Órdenes de los archivos de carga: escribirlos y cotejar lo que el aplicativo devuelve."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.comun import AQUI, Periodo, Raiz, Vigencia, abrir_corte, corta


def escribir(vigencia: Vigencia = None, periodo: Periodo = None, raiz: Raiz = AQUI) -> None:
    """Escribe los archivos para Al Tablero, CUIPO y SisPT, con sus totales de control."""
    from pipeline.flujo.cargas import escribir_cargas
    from pipeline.formato_es import numero

    for escrita in escribir_cargas(abrir_corte(raiz, vigencia, periodo)):
        typer.echo(corta(escrita.ruta))
        cifras = (f"{nombre} {numero(valor)}" for nombre, valor in escrita.totales.items())
        typer.echo(f"  {'; '.join(cifras)}")
        for aviso in escrita.avisos:
            typer.echo(f"  · {aviso}")


def cotejar(
    archivo: Annotated[Path, typer.Argument(help="Exportación del aplicativo.", metavar="ARCHIVO")],
    carga: Annotated[
        str, typer.Option("--carga", help="al_tablero o cuipo.", metavar="NOMBRE")
    ] = "al_tablero",
    vigencia: Vigencia = None,
    periodo: Periodo = None,
    raiz: Raiz = AQUI,
) -> None:
    """Compara lo que se envió con lo que el aplicativo exporta."""
    from pipeline.flujo.cargas import cotejar_carga
    from pipeline.formato_es import contar

    ruta, diferencias = cotejar_carga(abrir_corte(raiz, vigencia, periodo), carga, archivo)
    for fila in diferencias.head(20).to_dict("records"):
        celda = (
            f" «{fila['columna']}»: se envió {fila['enviado'] or 'vacío'} y volvió "
            if fila["columna"]
            else ""
        )
        volvio = (fila["devuelto"] or "vacío") if fila["problema"] == "no coincide" else fila["problema"]
        typer.echo(f"{fila['fila']}{celda or ': '}{volvio}")
    if diferencias.empty:
        typer.echo(f"Coincide todo. Cotejo: {corta(ruta)}")
        return
    typer.echo(f"{contar(len(diferencias), 'diferencia')}. Cotejo: {corta(ruta)}")
    raise typer.Exit(1)
