"""Órdenes que preparan la entidad: ejemplo, plan, formatos y plantillas."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.comun import (
    AQUI,
    Dependencia,
    Instrumento,
    Periodo,
    Raiz,
    Vigencia,
    abrir_corte,
    ahora,
    corta,
)


def demo(raiz: Raiz = AQUI) -> None:
    """Escribe el ejemplo sintético.

    Un plan y las entregas de T3 y T4 de 2024 y T1 a T4 de 2025, con fallas sembradas (docs/demostracion.md).
    """
    from pipeline.demo import generar_demo

    resumen = generar_demo(raiz)
    typer.echo(str(resumen))


def importar_plan(
    archivo: Annotated[Path, typer.Argument(help="Libro del plan.", metavar="ARCHIVO")],
    formato: Annotated[str, typer.Option("--formato", help="Formato de lectura.", metavar="NOMBRE")],
    raiz: Raiz = AQUI,
) -> None:
    """Guarda el libro del plan y muestra qué se leyó de él.

    Desde ahí rige para todos los cortes. Para volver a uno anterior, impórtelo de nuevo.
    """
    from pipeline.cli.calendario import contexto_base
    from pipeline.flujo.plan import importar_plan as importar

    importado = importar(contexto_base(raiz), archivo, formato=formato, recibido_en=ahora())
    ficha = importado.ficha
    typer.echo(importado.presentar())
    que = "Ya era el plan vigente" if ficha.repetida else "Plan guardado; desde ahora es el vigente"
    typer.echo(f"{que}: {ficha.archivo} (versión {ficha.version}, sha256 {ficha.sha256[:12]}…)")


def listar_formatos(raiz: Raiz = AQUI) -> None:
    """Lista los formatos del paquete y los propios de la entidad."""
    from pipeline.flujo.formatos import listar

    typer.echo(listar(raiz.resolve()))


def probar_formato(
    archivo: Annotated[Path, typer.Argument(help="Libro por reconocer.", metavar="ARCHIVO")],
    formato: Annotated[str, typer.Option("--formato", help="Probar solo ese.", metavar="NOMBRE")] = "",
    borrador: Annotated[bool, typer.Option("--borrador", help="Solo un formato nuevo.", metavar="")] = False,
    raiz: Raiz = AQUI,
) -> None:
    """Propone el formato que mejor casa con un libro y muestra cómo se lee, o redacta uno nuevo."""
    from pipeline.flujo.formatos import probar

    typer.echo(probar(archivo, raiz.resolve(), formato=formato, solo_borrador=borrador))


def plantillas(
    vigencia: Vigencia = None,
    periodo: Periodo = None,
    dependencia: Dependencia = "",
    instrumento: Instrumento = "",
    raiz: Raiz = AQUI,
) -> None:
    """Escribe los libros que diligencia cada dependencia.

    Uno por instrumento, con sus metas, lo programado y lo último aceptado; una celda vacía es «sin reporte».
    """
    from pipeline.flujo.preparacion import escribir_plantillas

    for ruta in escribir_plantillas(abrir_corte(raiz, vigencia, periodo), dependencia, instrumento):
        typer.echo(corta(ruta))
