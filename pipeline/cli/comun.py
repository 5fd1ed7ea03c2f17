"""Lo que comparten las órdenes: sus opciones, el corte que piden y cómo se muestra lo que resulta."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.errores import ErrorConfiguracion, ErrorEntorno, ErrorSeguimiento

if TYPE_CHECKING:
    from pipeline.flujo import Contexto

Raiz = Annotated[Path, typer.Option("--raiz", help="Carpeta de la entidad.", metavar="CARPETA")]
Vigencia = Annotated[int | None, typer.Option("--vigencia", help="Año fiscal.", metavar="AAAA")]
Periodo = Annotated[str | None, typer.Option("--periodo", help="T1, T2, T3 o T4.", metavar="TN")]
Json = Annotated[bool, typer.Option("--json", help="Resumen legible por máquina.", metavar="")]
Forzar = Annotated[bool, typer.Option("--forzar", help="Rehacer aunque esté al día.", metavar="")]
SinPdf = Annotated[bool, typer.Option("--sin-pdf", help="Sin PDF.", metavar="")]
Libro = Annotated[Path, typer.Argument(help="Libro por revisar.", metavar="LIBRO")]
Trabajos = Annotated[
    int, typer.Option("--trabajos", help="Procesos en paralelo; 0, uno por núcleo.", metavar="N", min=0)
]
Informe = Annotated[str, typer.Option("--informe", help="Solo ese informe.", metavar="NOMBRE")]
Dependencia = Annotated[str, typer.Option("--dependencia", help="Código de la dependencia.", metavar="COD")]
Instrumento = Annotated[str, typer.Option("--instrumento", help="pi, poai o pa.", metavar="NOMBRE")]

AQUI = Path()


def abrir_corte(raiz: Path, vigencia: int | None, periodo: str | None) -> Contexto:
    """Contexto del corte pedido o, si no se pidió, del último con entregas.

    Levanta ErrorConfiguracion si la carpeta o su configuración no sirven, y ErrorEntorno si no hay entregas.
    """
    from pipeline.config import Rutas, cargar_config
    from pipeline.flujo import abrir
    from pipeline.recepcion import cortes_con_entregas

    if (vigencia is None) != (periodo is None):
        raise ErrorConfiguracion(
            "faltan datos del corte", remedio="Indique --vigencia y --periodo, o ninguno"
        )
    if vigencia is None or periodo is None:
        cargar_config(raiz.resolve())  # una carpeta equivocada no es una carpeta sin entregas
        cortes = cortes_con_entregas(Rutas(raiz.resolve()))
        if not cortes:
            raise ErrorEntorno(
                "no hay ninguna entrega recibida",
                remedio="Use «seguimiento recibir» o «seguimiento demo», o indique --vigencia y --periodo",
            )
        vigencia, periodo = cortes[-1]
    return abrir(vigencia, periodo, raiz.resolve())


def abrir_calculado(raiz: Path, vigencia: int | None, periodo: str | None) -> Contexto:
    """Contexto del corte pedido o, si no se pidió, del último calculado: puede haber entregas posteriores.

    Levanta además ErrorEntorno si no se ha calculado ninguno.
    """
    from pipeline.config import cargar_config

    if vigencia is None and periodo is None:
        cargar_config(raiz.resolve())
        hechos = (raiz.resolve() / "data" / "processed").glob("[0-9]*/T[1-4]/indices.parquet")
        calculados = sorted(ruta.parts[-3:-1] for ruta in hechos)
        if not calculados:
            raise ErrorEntorno("no se ha calculado ningún corte", remedio="Ejecute «seguimiento correr»")
        vigencia, periodo = int(calculados[-1][0]), calculados[-1][1]
    return abrir_corte(raiz, vigencia, periodo)


def abrir_corte_del_libro(raiz: Path, libro: Path, vigencia: int | None, periodo: str | None) -> Contexto:
    """Contexto del corte pedido o, si no se pidió, del que dice la plantilla con que se hizo el libro."""
    from pipeline.recepcion import leer_control

    if vigencia is None and periodo is None:
        control = leer_control(libro)
        if not control.vigencia.isdecimal() or not control.periodo:
            raise ErrorConfiguracion(
                "el libro no dice de qué corte es",
                archivo=libro.name,
                remedio="Indique --vigencia y --periodo",
            )
        vigencia, periodo = int(control.vigencia), control.periodo
    return abrir_corte(raiz, vigencia, periodo)


def exigir_sola(opcion: str, **otras: object) -> None:
    """Levanta ErrorConfiguracion si con `opcion` se dio otra que no se usaría.

    Las otras van por su nombre: la que no se dio vale None, falso, cero o vacía.
    """
    dadas = [f"--{nombre.replace('_', '-')}" for nombre, valor in otras.items() if valor]
    if dadas:
        raise ErrorConfiguracion(
            f"{opcion} no se puede usar con {' ni con '.join(dadas)}", remedio="Use una cosa o la otra"
        )


def ahora() -> datetime:
    """La hora de Colombia, con su zona."""
    from zoneinfo import ZoneInfo

    return datetime.now(ZoneInfo("America/Bogota"))


def corta(ruta: Path) -> str:
    """La ruta desde la carpeta actual si está dentro de ella; entera si no."""
    try:
        return str(ruta.relative_to(Path.cwd()))
    except ValueError:
        return str(ruta)


def imprimir_json(contenido: Any) -> None:
    """El resumen legible por máquina, en español y sin secuencias de escape."""
    typer.echo(json.dumps(contenido, ensure_ascii=False, indent=2))


def mostrar_error(error: ErrorSeguimiento) -> None:
    """Un error conocido, en una oración y por la salida de errores."""
    typer.echo(f"Error: {error}", err=True)
