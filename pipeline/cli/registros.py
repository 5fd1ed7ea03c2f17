"""Órdenes del libro de registros de PRO-PET-07: en qué va, archivar lo firmado y escribir los borradores."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.calendario import Hoy, leer_fecha
from pipeline.cli.comun import (
    AQUI,
    Json,
    Periodo,
    Raiz,
    SinPdf,
    Vigencia,
    abrir_corte,
    ahora,
    corta,
    imprimir_json,
)
from pipeline.errores import ErrorConfiguracion

if TYPE_CHECKING:
    from pipeline.flujo.contexto import Contexto

Filas = Annotated[list[int], typer.Argument(help="Filas de PRO-PET-07, de 1 a 33.", metavar="FILA...")]
Archivo = Annotated[
    Path | None, typer.Option("--archivo", help="Documento firmado o escaneado.", metavar="ARCHIVO")
]
Fecha = Annotated[str, typer.Option("--fecha", help="Fecha del documento.", metavar="AAAA-MM-DD")]
Consecutivo = Annotated[
    str, typer.Option("--consecutivo", help="El que trae el documento.", metavar="NUMERO")
]
NoAplica = Annotated[str, typer.Option("--no-aplica", help="Razón por la que no aplica.", metavar="RAZON")]


def estado(
    vigencia: Vigencia = None,
    periodo: Periodo = None,
    hoy: Hoy = "",
    en_json: Json = False,
    raiz: Raiz = AQUI,
) -> None:
    """Muestra qué registro pide el procedimiento y en qué va cada uno."""
    from pipeline.flujo.registros import libro_de_registros, presentar_libro

    contexto = abrir_corte(raiz, vigencia, periodo)
    dia = leer_fecha(hoy, "--hoy") if hoy else ahora().date()
    libro = libro_de_registros(contexto, dia)
    if en_json:
        imprimir_json(libro.astype(object).where(libro.notna(), None).to_dict("records"))
        return
    typer.echo(presentar_libro(contexto, libro, dia))


def registrar(
    filas: Filas,
    fecha: Fecha,
    archivo: Archivo = None,
    consecutivo: Consecutivo = "",
    no_aplica: NoAplica = "",
    vigencia: Vigencia = None,
    periodo: Periodo = None,
    raiz: Raiz = AQUI,
) -> None:
    """Archiva un registro firmado, o dice por qué una fila no aplica."""
    from pipeline.flujo.registros_archivo import archivar, declarar_no_aplica

    contexto = abrir_corte(raiz, vigencia, periodo)
    dia = leer_fecha(fecha, "--fecha")
    if (archivo is None) == (not no_aplica):
        raise ErrorConfiguracion(
            "un registro lleva un archivo o la razón por la que no aplica",
            remedio="Indique --archivo o --no-aplica, y solo uno",
        )
    cuales = ", ".join(map(str, sorted(filas)))
    if archivo is None:
        declarar_no_aplica(contexto, filas, no_aplica, fecha=dia, registrado_en=ahora())
        typer.echo(f"Anotado que no aplica (fila {cuales}, {contexto.corte}): {no_aplica}")
        _avisar_si_esta_cerrado(contexto)
        return
    ficha = archivar(contexto, filas, archivo, fecha=dia, registrado_en=ahora(), consecutivo=consecutivo)
    typer.echo(f"Archivado (fila {cuales}, {contexto.corte}): {ficha.archivo} → data/raw/{ficha.ruta}")
    typer.echo(f"  sha256 {ficha.sha256}")
    _avisar_si_esta_cerrado(contexto)


def _avisar_si_esta_cerrado(contexto: Contexto) -> None:
    from pipeline.flujo.sellos import esta_cerrado

    if esta_cerrado(contexto):
        typer.echo(
            f"  El corte {contexto.corte} está cerrado: su informe 11 queda como se publicó. "
            "Véalo con «seguimiento registros estado» y en el 11 del corte que siga."
        )


def generar(
    vigencia: Vigencia = None, periodo: Periodo = None, sin_pdf: SinPdf = False, raiz: Raiz = AQUI
) -> None:
    """Escribe los borradores de los documentos del corte, en .docx y en PDF.

    Ninguno vale hasta que se firma: asistencia, acuerdos, aprobaciones y firmas quedan en blanco.
    """
    from pipeline.flujo.documentos import generar_documentos

    generados = generar_documentos(abrir_corte(raiz, vigencia, periodo), con_pdf=not sin_pdf)
    for ruta in generados.rutas:
        typer.echo(corta(ruta))
    for motivo in generados.omitidos:
        typer.echo(f"No se escribió {motivo}.")
    typer.echo(
        f"{len(generados.rutas)} archivos, todos borradores. "
        "Lo que se firme: seguimiento registros registrar FILA --archivo ARCHIVO --fecha AAAA-MM-DD"
    )
