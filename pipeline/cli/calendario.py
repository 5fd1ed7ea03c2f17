"""Órdenes de la agenda: qué vence, qué falta correr y el calendario para importar."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.comun import AQUI, Json, Raiz, Vigencia, ahora, corta, imprimir_json
from pipeline.errores import ErrorConfiguracion

if TYPE_CHECKING:
    from pipeline.flujo import Contexto

Ics = Annotated[
    Path | None, typer.Option("--ics", help="Exportar a un archivo iCalendar.", metavar="ARCHIVO")
]
Hoy = Annotated[str, typer.Option("--hoy", help="Fecha desde la que se mira.", metavar="AAAA-MM-DD")]


def calendario(
    vigencia: Vigencia = None, hoy: Hoy = "", ics: Ics = None, en_json: Json = False, raiz: Raiz = AQUI
) -> None:
    """Muestra lo que vence en cada corte y qué falta publicar.

    Sin vigencia, la de la fecha de hoy. Con --ics lo deja en un archivo que abre cualquier calendario.
    """
    from pipeline.archivos import escribir
    from pipeline.config import leer_corte
    from pipeline.flujo.agenda import agenda, en_ics

    dia = leer_fecha(hoy, "--hoy") if hoy else ahora().date()
    base = contexto_base(raiz)
    vigencias = base.config.entidad.vigencias
    if vigencia is not None:
        leer_corte(vigencia, base.corte.periodo.value, base.config)  # dentro del cuatrienio
    elegida = vigencia or min(max(dia.year, vigencias[0]), vigencias[-1])
    citas = agenda(base, dia, elegida)
    if ics is not None:
        if not ics.resolve().parent.is_dir():
            raise ErrorConfiguracion(f"no existe la carpeta «{ics.parent}»", remedio="Créela o corrija --ics")
        escribir(ics, en_ics(base, citas))
        typer.echo(f"Calendario: {corta(ics)}")
    elif en_json:
        imprimir_json([cita.como_datos() for cita in citas])
    else:
        typer.echo("\n".join(map(str, citas)))


def contexto_base(raiz: Path) -> Contexto:
    """Contexto de la entidad sin un corte en particular (el primero del cuatrienio)."""
    from pipeline.config import cargar_config
    from pipeline.flujo import abrir

    carpeta = raiz.resolve()
    config = cargar_config(carpeta)
    return abrir(config.entidad.vigencias[0], config.calendario.cortes[0], carpeta)


def fecha_del_acto(texto: str, hoy: date) -> date:
    """La fecha de --fecha o, sin ella, hoy; ErrorConfiguracion si no es una fecha o todavía no ha llegado."""
    return fecha_pasada(texto, hoy) if texto else hoy


def fecha_pasada(texto: str, hoy: date) -> date:
    """La fecha de --fecha, obligatoria; ErrorConfiguracion si no es una fecha o todavía no ha llegado."""
    dia = leer_fecha(texto, "--fecha")
    if dia > hoy:
        raise ErrorConfiguracion(f"la fecha {dia} todavía no ha llegado", remedio="Corrija --fecha")
    return dia


def leer_fecha(texto: str, opcion: str) -> date:
    """La fecha AAAA-MM-DD; ErrorConfiguracion si no lo es."""
    try:
        return date.fromisoformat(texto)
    except ValueError:
        raise ErrorConfiguracion(
            f"{opcion} no es una fecha: «{texto}»", remedio="Escríbala como AAAA-MM-DD"
        ) from None
