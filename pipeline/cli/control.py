"""Orden del paquete de Control Interno: armarlo y registrar lo que devuelve."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.comun import (
    AQUI,
    Periodo,
    Raiz,
    Vigencia,
    abrir_corte,
    abrir_corte_del_libro,
    ahora,
    corta,
    exigir_sola,
)
from pipeline.errores import ErrorConfiguracion

if TYPE_CHECKING:
    from pipeline.flujo import Contexto


def control_interno(
    vigencia: Vigencia = None,
    periodo: Periodo = None,
    leer: Annotated[
        Path | None,
        typer.Option(
            "--leer", help="Libro del paquete que Control Interno devuelve lleno.", metavar="ARCHIVO"
        ),
    ] = None,
    semilla: Annotated[
        str, typer.Option("--semilla", help="Otra semilla para la muestra.", metavar="TEXTO")
    ] = "",
    tamano: Annotated[
        int | None, typer.Option("--tamano", help="Metas de la muestra.", metavar="N", min=1)
    ] = None,
    destino: Annotated[
        Path | None, typer.Option("--destino", help="Carpeta del paquete.", metavar="CARPETA")
    ] = None,
    raiz: Raiz = AQUI,
) -> None:
    """Arma el paquete de Control Interno, o registra lo que devuelve."""
    if leer is not None:
        exigir_sola("--leer", semilla=semilla, tamano=tamano is not None, destino=destino)
        _registrar(abrir_corte_del_libro(raiz, leer, vigencia, periodo), leer)
        return
    from pipeline.flujo.control_interno import armar_paquete, muestra_de

    if (semilla or tamano is not None) and destino is None:
        raise ErrorConfiguracion(
            "otra muestra no reemplaza a la del informe publicado", remedio="Indique --destino"
        )
    contexto = abrir_corte(raiz, vigencia, periodo)
    carpeta = armar_paquete(contexto, destino.resolve() if destino else None, semilla=semilla, tamano=tamano)
    typer.echo(_en_una_linea(len(muestra_de(carpeta)), tamano))
    typer.echo(f"Paquete: {corta(carpeta)}")


def _en_una_linea(salieron: int, pedidas: int | None) -> str:
    """Cuántas metas salieron en la muestra y, si no son las que se pidieron, por qué.

    >>> _en_una_linea(290, 1000)
    'Muestra: 290 metas; se pidieron 1.000 y no hay más metas programadas con dependencia.'
    """
    from pipeline.formato_es import contar, numero

    dicho = f"Muestra: {contar(salieron, 'meta')}"
    if pedidas is None or pedidas == salieron:
        return f"{dicho}."
    motivo = "no hay más metas programadas con dependencia"
    if salieron > pedidas:
        motivo = "sale al menos una por dependencia"
    return f"{dicho}; se pidieron {numero(pedidas)} y {motivo}."


def _registrar(contexto: Contexto, archivo: Path) -> None:
    from pipeline.flujo.control_interno import registrar_observaciones
    from pipeline.formato_es import contar

    observaciones = registrar_observaciones(contexto, archivo, ahora())
    cuenta = observaciones["resultado"].value_counts().to_dict()
    detalle = ", ".join(f"{n} {str(r).replace('_', ' ')}" for r, n in sorted(cuenta.items()))
    typer.echo(
        f"{contexto}: {contar(len(observaciones), 'observación registrada', 'observaciones registradas')}"
        + (f" ({detalle})." if detalle else ".")
    )
