"""Órdenes que fijan un corte y comprueban que no cambió: cerrar, reabrir y verificar."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.calendario import fecha_del_acto
from pipeline.cli.comun import AQUI, Periodo, Raiz, Vigencia, abrir_corte, ahora
from pipeline.errores import ErrorConfiguracion, ErrorEntorno

if TYPE_CHECKING:
    from pipeline.flujo import Contexto

Autoridad = Annotated[str, typer.Option("--autoridad", help="Quién lo ordena.", metavar="QUIEN")]
Motivo = Annotated[str, typer.Option("--motivo", help="Por qué.", metavar="TEXTO")]
Fecha = Annotated[str, typer.Option("--fecha", help="Fecha del acto; si no, hoy.", metavar="AAAA-MM-DD")]
Rapido = Annotated[bool, typer.Option("--rapido", help="Comprobar huellas sin rehacer.", metavar="")]
Carpeta = Annotated[
    Path | None, typer.Argument(help="Carpeta de la entidad; lo mismo que --raiz.", metavar="CARPETA")
]


def cerrar(
    autoridad: Autoridad,
    vigencia: Vigencia = None,
    periodo: Periodo = None,
    fecha: Fecha = "",
    motivo: Motivo = "Cierre del corte",
    raiz: Raiz = AQUI,
) -> None:
    """Sella un corte publicado: ya no se recibe ni se corre.

    El sello guarda la huella de los libros, las reglas, las tablas y los informes, encadenada al anterior.
    """
    from pipeline.flujo.sellos import cerrar as sellar

    contexto = abrir_corte(raiz, vigencia, periodo)
    dia = fecha_del_acto(fecha, ahora().date())
    typer.echo(sellar(contexto, autoridad=autoridad, fecha=dia, motivo=motivo))


def reabrir(
    motivo: Motivo,
    autoridad: Autoridad,
    vigencia: Vigencia = None,
    periodo: Periodo = None,
    fecha: Fecha = "",
    raiz: Raiz = AQUI,
) -> None:
    """Permite cambiar un corte cerrado.

    Los informes siguientes dicen qué cifras cambiaron, por qué y con qué autoridad.
    """
    from pipeline.flujo.sellos import reabrir as quitar

    contexto = abrir_corte(raiz, vigencia, periodo)
    dia = fecha_del_acto(fecha, ahora().date())
    typer.echo(quitar(contexto, motivo=motivo, autoridad=autoridad, fecha=dia))


def verificar(
    carpeta: Carpeta = None,
    vigencia: Vigencia = None,
    periodo: Periodo = None,
    rapido: Rapido = False,
    raiz: Raiz = AQUI,
) -> None:
    """Comprueba que un corte sigue como se publicó.

    Nombra el archivo o la celda que no. Lo rehace aparte desde data/raw y compara; con --rapido solo mira las
    huellas. Sin corte, todos los que se han corrido. Termina con código 3 si algo es distinto.
    """
    from pipeline.flujo.verificacion import verificar as comprobar

    if carpeta is not None and raiz not in (AQUI, carpeta):
        raise ErrorConfiguracion(
            f"CARPETA ({carpeta}) y --raiz ({raiz}) son distintas", remedio="Deje solo una de las dos"
        )
    distintos = False
    for contexto in _cortes(carpeta or raiz, vigencia, periodo):
        resultado = comprobar(contexto, rapido=rapido)
        typer.echo(str(resultado))
        distintos = distintos or not resultado.coincide
    if distintos:
        raise typer.Exit(3)


def _cortes(raiz: Path, vigencia: int | None, periodo: str | None) -> list[Contexto]:
    from pipeline.flujo import abrir

    if vigencia is not None or periodo is not None:
        return [abrir_corte(raiz, vigencia, periodo)]
    from pipeline import sellos
    from pipeline.config import Rutas, cargar_config

    raiz = raiz.resolve()
    cargar_config(raiz)  # una carpeta equivocada no es una sin cortes
    corridos = {r.parts[-3:-1] for r in (raiz / "data" / "processed").glob("[0-9]*/T[1-4]/manifiesto.json")}
    sellados = {tuple(s.corte.split("-")) for s in sellos.leer_sellos(Rutas(raiz).crudos)}
    if not corridos | sellados:
        raise ErrorEntorno("no hay ningún corte publicado", remedio="Ejecute «seguimiento correr»")
    return [abrir(int(vigencia), periodo, raiz) for vigencia, periodo in sorted(corridos | sellados)]
