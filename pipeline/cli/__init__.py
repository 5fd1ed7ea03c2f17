"""Línea de órdenes. Cada orden traduce sus opciones a una función y su resultado a texto; nada más.

Una orden nueva es una función en el módulo de su tema y un renglón aquí. Los módulos solo importan lo pesado
dentro de cada orden: pedir ayuda responde al instante.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import typer
from typer._click.exceptions import NoArgsIsHelpError, UsageError

from pipeline.cli import (
    calendario,
    cargas,
    comparar,
    consulta,
    control,
    corte,
    pa,
    poai,
    preparacion,
    publicar,
    recepcion,
    registros,
    sellos,
)
from pipeline.cli.comun import mostrar_error
from pipeline.errores import ErrorSeguimiento
from pipeline.idioma import Grupo, Orden, explicar_uso

__all__ = ["app", "principal"]

app = typer.Typer(
    cls=Grupo,
    help="Seguimiento al Plan de Desarrollo Municipal (PRO-PET-07).",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
plan = typer.Typer(cls=Grupo, help="El libro del plan de desarrollo.", no_args_is_help=True)
app.add_typer(plan, name="plan")
formatos = typer.Typer(cls=Grupo, help="Las disposiciones de libro que se saben leer.", no_args_is_help=True)
app.add_typer(formatos, name="formatos")
plan_de_accion = typer.Typer(cls=Grupo, help="El Plan de Acción y su revisión.", no_args_is_help=True)
app.add_typer(plan_de_accion, name="pa")
versiones_poai = typer.Typer(cls=Grupo, help="Las versiones del POAI de la vigencia.", no_args_is_help=True)
app.add_typer(versiones_poai, name="poai")
libro = typer.Typer(cls=Grupo, help="Los registros que pide el procedimiento.", no_args_is_help=True)
app.add_typer(libro, name="registros")
archivos_de_carga = typer.Typer(
    cls=Grupo, help="Archivos para Al Tablero, SisPT y CUIPO.", no_args_is_help=True
)
app.add_typer(archivos_de_carga, name="cargas")

plan.command("importar", cls=Orden)(preparacion.importar_plan)
formatos.command("listar", cls=Orden)(preparacion.listar_formatos)
formatos.command("probar", cls=Orden)(preparacion.probar_formato)
versiones_poai.command("fijar", cls=Orden)(poai.fijar)
versiones_poai.command("versiones", cls=Orden)(poai.versiones)
archivos_de_carga.command("escribir", cls=Orden)(cargas.escribir)
archivos_de_carga.command("cotejar", cls=Orden)(cargas.cotejar)
libro.command("estado", cls=Orden)(registros.estado)
libro.command("registrar", cls=Orden)(registros.registrar)
libro.command("generar", cls=Orden)(registros.generar)
plan_de_accion.command("revision", cls=Orden)(pa.revision)
plan_de_accion.command("registrar-revision", cls=Orden)(pa.registrar_revision)
# En el orden en que se usan y en que los muestra la ayuda.
for orden in (
    preparacion.demo,
    preparacion.plantillas,
    recepcion.recibir,
    recepcion.revisar,
    recepcion.estado,
    corte.validar,
    corte.calcular,
    consulta.explicar,
    comparar.comparar,
    control.control_interno,
    corte.informar,
    corte.correr,
    publicar.publicar,
    calendario.calendario,
    sellos.cerrar,
    sellos.reabrir,
    sellos.verificar,
):
    app.command(cls=Orden)(orden)


def principal() -> None:
    """Entrada de la orden `seguimiento`: todo error conocido sale como una oración y un código.

    También los del equipo (disco lleno, de solo lectura o sin permiso) que nadie haya explicado antes.
    """
    try:
        codigo = app(standalone_mode=False)
    except UsageError as error:
        if isinstance(error, NoArgsIsHelpError):  # no pidió nada: se le muestra qué puede pedir
            typer.echo(error.format_message(), err=True)
        else:
            typer.echo(f"Error: {explicar_uso(error)} Use --help para ver la ayuda.", err=True)
        sys.exit(2)
    except ErrorSeguimiento as error:
        mostrar_error(error)
        sys.exit(error.codigo_salida)
    except OSError as error:
        explicado = _explicar(error)
        mostrar_error(explicado)
        sys.exit(explicado.codigo_salida)
    except (KeyboardInterrupt, typer.Abort):
        typer.echo("Interrumpido.", err=True)
        sys.exit(130)
    sys.exit(codigo or 0)


def _explicar(error: OSError) -> ErrorSeguimiento:
    from pipeline.archivos import explicar_del_equipo  # perezoso: solo si algo falla

    # Sin la carpeta: las rutas del equipo no se muestran.
    nombre = Path(os.fsdecode(error.filename)).name if isinstance(error.filename, str | bytes) else ""
    return explicar_del_equipo(error, nombre)
