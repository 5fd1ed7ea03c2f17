"""Órdenes que procesan un corte: validar, calcular, informar y correr."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli.comun import (
    AQUI,
    Dependencia,
    Forzar,
    Informe,
    Json,
    Periodo,
    Raiz,
    SinPdf,
    Trabajos,
    Vigencia,
    abrir_corte,
    corta,
    imprimir_json,
)

if TYPE_CHECKING:
    from pipeline.flujo import Contexto
    from pipeline.flujo.correr import Corrida, Opciones
    from pipeline.flujo.produccion import Resultado


def validar(vigencia: Vigencia = None, periodo: Periodo = None, raiz: Raiz = AQUI) -> None:
    """Lee las entregas y revisa su calidad (etapa 01)."""
    from pipeline import flujo

    contexto = abrir_corte(raiz, vigencia, periodo)
    leido, entregado = flujo.leer_plan(contexto), flujo.leer_corte(contexto)
    revision = flujo.revisar_corte(contexto, leido, entregado)
    flujo.guardar_ingesta(contexto, leido, entregado, revision)
    cuenta = revision.hallazgos["severidad"].value_counts().to_dict()
    typer.echo(f"{contexto}: {sum(len(e.registros) for e in entregado.values())} filas leídas.")
    typer.echo("Hallazgos: " + (", ".join(f"{n} {s}" for s, n in sorted(cuenta.items())) or "ninguno"))


def calcular(vigencia: Vigencia = None, periodo: Periodo = None, raiz: Raiz = AQUI) -> None:
    """Calcula metas, índices y alertas (etapa 02)."""
    from pipeline import flujo
    from pipeline.formato_es import porcentaje

    contexto = abrir_corte(raiz, vigencia, periodo)
    tablas = flujo.calcular_corte(contexto)
    flujo.guardar_calculo(contexto, **tablas)
    agregados, avisos = tablas["indices"], tablas["alertas"]
    total = agregados[agregados["nivel"] == "plan"].iloc[0]
    typer.echo(f"{contexto}: avance del plan {porcentaje(total['avance'])}, {len(avisos)} alertas.")


def informar(
    vigencia: Vigencia = None,
    periodo: Periodo = None,
    informe: Informe = "",
    dependencia: Dependencia = "",
    forzar: Forzar = False,
    sin_pdf: SinPdf = False,
    trabajos: Trabajos = 0,
    raiz: Raiz = AQUI,
) -> None:
    """Publica los informes de un corte, o solo los que se pidan."""
    from pipeline.flujo.correr import Opciones

    opciones = Opciones(
        con_pdf=not sin_pdf, forzar=forzar, trabajos=trabajos, informe=informe, dependencia=dependencia
    )
    _correr(abrir_corte(raiz, vigencia, periodo), opciones, en_json=False)


def correr(
    vigencia: Vigencia = None,
    periodo: Periodo = None,
    forzar: Forzar = False,
    sin_pdf: SinPdf = False,
    trabajos: Trabajos = 0,
    estricto: Annotated[
        bool,
        typer.Option("--estricto", help="Terminar con código 3 si se devuelve algún libro.", metavar=""),
    ] = False,
    en_json: Json = False,
    raiz: Raiz = AQUI,
) -> None:
    """Hace todo el corte: valida, calcula, informa y publica.

    Sin vigencia ni periodo, el último corte con entregas.
    """
    from pipeline.flujo.correr import Opciones

    contexto = abrir_corte(raiz, vigencia, periodo)
    _correr(contexto, Opciones(con_pdf=not sin_pdf, forzar=forzar, trabajos=trabajos), en_json=en_json)
    if estricto and _hay_devueltas(contexto):
        raise typer.Exit(3)


def _correr(contexto: Contexto, opciones: Opciones, *, en_json: bool) -> None:
    from pipeline.flujo.correr import correr as correr_corte

    avisar = (lambda _: None) if en_json else _mostrar_resultado
    corrida = correr_corte(contexto, opciones, avisar)
    if en_json:
        imprimir_json(_resumen_de(corrida, contexto))
    else:
        _mostrar_final(corrida)
    if corrida.fallidos:
        raise typer.Exit(max(r.codigo_salida for r in corrida.fallidos))


def _mostrar_resultado(resultado: Resultado) -> None:
    signo = {"publicado": "✔", "sin_cambios": "·", "fallido": "✘"}[resultado.estado]
    detalle = f"{resultado.segundos:.1f} s" if resultado.estado == "publicado" else resultado.estado
    typer.echo(f"{signo} {resultado.nombre} ({detalle.replace('_', ' ')})")
    if resultado.motivo:
        typer.echo(f"  {resultado.motivo}")


def _mostrar_final(corrida: Corrida) -> None:
    for aviso in corrida.avisos:
        typer.echo(f"Aviso: {aviso}")
    if corrida.portada is None:
        return
    carpeta = corrida.portada.parent
    pdf = [carpeta / r.nombre / "informe.pdf" for r in corrida.resultados if "informe.pdf" in r.archivos]
    typer.echo(f"\nPortada: {corta(corrida.portada)}")
    for ruta in pdf:
        typer.echo(f"PDF:     {corta(ruta)}")


def _resumen_de(corrida: Corrida, contexto: Contexto) -> dict[str, Any]:
    informes = [
        {"nombre": r.nombre, "estado": r.estado, "motivo": r.motivo, "archivos": list(r.archivos)}
        for r in corrida.resultados
    ]
    return {"corte": str(contexto.corte), "informes": informes, "avisos": list(corrida.avisos)}


def _hay_devueltas(contexto: Contexto) -> bool:
    from pipeline.esquemas import leer_tabla
    from pipeline.flujo.ingesta import devueltas

    return not devueltas(leer_tabla("entregas", contexto.rutas.procesados(contexto.corte))).empty
