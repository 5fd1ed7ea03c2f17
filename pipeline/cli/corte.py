"""Órdenes que procesan un corte: validar, calcular, informar y correr."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli.barra import Barra
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
    ahora,
    corta,
    exigir_sola,
    imprimir_json,
    mostrar_error,
)
from pipeline.errores import ErrorConfiguracion, ErrorSeguimiento

if TYPE_CHECKING:
    from pipeline.flujo import Contexto
    from pipeline.flujo.correr import Corrida, Opciones
    from pipeline.flujo.entidades import CorridaDeEntidad
    from pipeline.flujo.entrada import Entregas

Explicar = Annotated[
    bool, typer.Option("--explicar", help="Decir por qué se hizo o no cada informe.", metavar="")
]
Estricto = Annotated[
    bool, typer.Option("--estricto", help="Terminar con código 3 si se devuelve algún libro.", metavar="")
]
Entidades = Annotated[
    Path | None, typer.Option("--entidades", help="Todas las entidades de esa carpeta.", metavar="CARPETA")
]
Ejecutor = Annotated[
    str,
    typer.Option("--ejecutor", help="dask://equipo:puerto, para repartir el trabajo.", metavar="DIRECCION"),
]
Pendientes = Annotated[
    bool, typer.Option("--pendientes", help="Correr los cortes que falte publicar.", metavar="")
]


def validar(vigencia: Vigencia = None, periodo: Periodo = None, raiz: Raiz = AQUI) -> None:
    """Lee las entregas y revisa su calidad (etapa 01)."""
    from pipeline.flujo.etapas import ingerir

    contexto = abrir_corte(raiz, vigencia, periodo)
    leidas, revision = ingerir(contexto)
    _avisar(_si_no_ha_terminado(contexto))
    cuenta = revision.hallazgos["severidad"].value_counts().to_dict()
    typer.echo(f"{contexto}: {sum(map(_filas, leidas.values()))} filas leídas.")
    typer.echo("Hallazgos: " + (", ".join(f"{n} {s}" for s, n in sorted(cuenta.items())) or "ninguno"))


def _filas(entregas: Entregas) -> int:
    """Filas de los libros: un libro con el cuatrienio en columnas da varios registros por fila."""
    return len(entregas.registros[["sha256", "hoja", "fila"]].drop_duplicates())


def calcular(
    vigencia: Vigencia = None,
    periodo: Periodo = None,
    entidades: Entidades = None,
    ejecutor: Ejecutor = "",
    trabajos: Trabajos = 0,
    en_json: Json = False,
    raiz: Raiz = AQUI,
) -> None:
    """Calcula metas, índices y alertas (etapa 02).

    Con --entidades, lee, revisa y calcula el último corte de cada una, sin informes.
    """
    from pipeline.flujo.etapas import calcular_y_guardar
    from pipeline.formato_es import porcentaje

    if entidades is not None:
        exigir_sola("--entidades", vigencia=vigencia, periodo=periodo)
        _calcular_entidades(entidades, ejecutor, trabajos, en_json=en_json)
        return
    if ejecutor or trabajos or en_json:
        raise ErrorConfiguracion(
            "--ejecutor, --trabajos y --json solo se usan con --entidades", remedio="Quítelas o agréguela"
        )
    contexto = abrir_corte(raiz, vigencia, periodo)
    tablas = calcular_y_guardar(contexto)
    _avisar(_si_no_ha_terminado(contexto))
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
    explicar: Explicar = False,
    raiz: Raiz = AQUI,
) -> None:
    """Publica los informes de un corte, o solo los que se pidan."""
    from pipeline.flujo.correr import Opciones

    opciones = Opciones(
        con_pdf=not sin_pdf, forzar=forzar, trabajos=trabajos, informe=informe, dependencia=dependencia
    )
    _terminar([_correr(abrir_corte(raiz, vigencia, periodo), opciones, explicar=explicar)])


def correr(
    vigencia: Vigencia = None,
    periodo: Periodo = None,
    forzar: Forzar = False,
    sin_pdf: SinPdf = False,
    trabajos: Trabajos = 0,
    estricto: Estricto = False,
    pendientes: Pendientes = False,
    explicar: Explicar = False,
    entidades: Entidades = None,
    ejecutor: Ejecutor = "",
    en_json: Json = False,
    raiz: Raiz = AQUI,
) -> None:
    """Hace todo el corte: valida, calcula, informa y publica.

    Sin vigencia ni periodo, el último corte con entregas; con --pendientes, los que falte publicar.
    """
    from pipeline.flujo.correr import Opciones
    from pipeline.flujo.ejecutor import exigir_direccion

    del_corte = {"vigencia": vigencia, "periodo": periodo}
    opciones = Opciones(con_pdf=not sin_pdf, forzar=forzar, trabajos=trabajos)
    if entidades is not None:
        exigir_sola("--entidades", **del_corte, pendientes=pendientes, estricto=estricto, explicar=explicar)
        _correr_entidades(entidades, ejecutor, opciones, en_json=en_json)
        return
    if pendientes:
        exigir_sola("--pendientes", **del_corte)
    exigir_direccion(ejecutor)
    opciones = replace(opciones, ejecutor=ejecutor)
    contextos = _cortes_por_correr(raiz) if pendientes else [abrir_corte(raiz, vigencia, periodo)]
    corridas, errores = _correr_cada_uno(contextos, opciones, explicar=explicar, callada=en_json)
    if en_json and (corridas or pendientes):
        imprimir_json([_resumen_de(c) for c in corridas] if pendientes else _resumen_de(corridas[0]))
    _terminar(corridas, errores)
    if estricto and any(map(_hay_devueltas, contextos)):
        raise typer.Exit(3)


def _correr_cada_uno(
    contextos: Sequence[Contexto], opciones: Opciones, *, explicar: bool, callada: bool
) -> tuple[list[Corrida], list[ErrorSeguimiento]]:
    """Lo corrido y lo que no se pudo: que un corte no se pueda correr no detiene a los demás."""
    corridas: list[Corrida] = []
    errores: list[ErrorSeguimiento] = []
    for contexto in contextos:
        try:
            corridas.append(_correr(contexto, opciones, explicar=explicar, callada=callada))
        except ErrorSeguimiento as error:
            errores.append(error)
            mostrar_error(error)
    return corridas, errores


def _correr_entidades(carpeta: Path, ejecutor: str, opciones: Opciones, *, en_json: bool) -> None:
    from pipeline.flujo import entidades as varias
    from pipeline.flujo.ejecutor import abrir_ejecutor

    avisar = _a_quien_avisar(en_json)
    corridas = varias.correr_entidades(carpeta, opciones, partial(abrir_ejecutor, ejecutor), avisar)
    resumen = varias.publicar_resumen(carpeta, con_pdf=opciones.con_pdf)
    if resumen:
        avisar(resumen)
    _terminar_entidades(carpeta, corridas, [resumen] if resumen else [], en_json=en_json)


def _calcular_entidades(carpeta: Path, ejecutor: str, trabajos: int, *, en_json: bool) -> None:
    from pipeline.flujo import entidades as varias
    from pipeline.flujo.ejecutor import abrir_ejecutor
    from pipeline.flujo.taller import DE_DATOS, abrir_taller

    abrir = partial(abrir_ejecutor, ejecutor) if ejecutor else partial(abrir_taller, trabajos, DE_DATOS)
    corridas = varias.calcular_entidades(carpeta, abrir, _a_quien_avisar(en_json))
    _terminar_entidades(carpeta, corridas, [], en_json=en_json)


def _terminar_entidades(
    carpeta: Path,
    corridas: Sequence[CorridaDeEntidad],
    otras: Sequence[CorridaDeEntidad],
    *,
    en_json: bool,
) -> None:
    from pipeline.flujo import entidades as varias

    if en_json:
        imprimir_json(varias.como_datos(corridas))
    else:
        typer.echo(f"{varias.en_una_linea(corridas)} Cifras: {corta(carpeta / varias.RESUMEN)}")
    if peor := max(c.codigo_salida for c in (*corridas, *otras)):
        raise typer.Exit(peor)


def _a_quien_avisar(en_json: bool) -> Callable[[CorridaDeEntidad], None]:
    return (lambda _: None) if en_json else _mostrar_entidad


def _mostrar_entidad(corrida: CorridaDeEntidad) -> None:
    signo = {"completo": "✔", "con_fallas": "✘", "detenido": "✘"}[corrida.estado]
    typer.echo(f"{signo} {corrida.entidad} {corrida.corte} ({corrida.estado.replace('_', ' ')})")
    if corrida.motivo:
        typer.echo(f"  {corrida.motivo}")


def _cortes_por_correr(raiz: Path) -> list[Contexto]:
    from pipeline.cli.calendario import contexto_base
    from pipeline.flujo.agenda import pendientes

    contextos = pendientes(contexto_base(raiz), ahora().date())
    if not contextos:
        typer.echo("No hay cortes pendientes.", err=True)
    return contextos


def _correr(contexto: Contexto, opciones: Opciones, *, explicar: bool, callada: bool = False) -> Corrida:
    from pipeline.flujo.correr import Oyente
    from pipeline.flujo.correr import correr as correr_corte

    barra = Barra(explicar=explicar)
    oyente = Oyente() if callada else Oyente(planear=barra.planear, avisar=barra.avisar)
    try:
        corrida = correr_corte(contexto, opciones, oyente=oyente)
    finally:
        barra.terminar()
    corrida = replace(corrida, avisos=(*_si_no_ha_terminado(contexto), *corrida.avisos))
    if not callada:
        _mostrar_final(corrida)
    return corrida


def _si_no_ha_terminado(contexto: Contexto) -> tuple[str, ...]:
    """Un corte se puede mirar antes de que termine, pero no es el del periodo."""
    corte = contexto.corte
    if ahora().date() > corte.fecha:
        return ()
    return (f"el corte {corte} no ha terminado (cierra el {corte.fecha}): lo que dice es parcial.",)


def _avisar(avisos: Sequence[str]) -> None:
    for aviso in avisos:
        typer.echo(f"Aviso: {aviso}")


def _terminar(corridas: Sequence[Corrida], errores: Sequence[ErrorSeguimiento] = ()) -> None:
    codigos = [r.codigo_salida for corrida in corridas for r in corrida.fallidos]
    codigos += [error.codigo_salida for error in errores]
    if codigos:
        raise typer.Exit(max(codigos))


def _mostrar_final(corrida: Corrida) -> None:
    _avisar(corrida.avisos)
    if corrida.portada is None:
        return
    carpeta = corrida.portada.parent
    pdf = [carpeta / r.nombre / "informe.pdf" for r in corrida.resultados if "informe.pdf" in r.archivos]
    typer.echo(f"\nPortada: {corta(corrida.portada)}")
    for ruta in pdf:
        typer.echo(f"PDF:     {corta(ruta)}")


def _resumen_de(corrida: Corrida) -> dict[str, Any]:
    informes = [
        {
            "nombre": r.nombre,
            "estado": r.estado,
            "motivo": r.motivo,
            "causa": r.causa,
            "archivos": list(r.archivos),
        }
        for r in corrida.resultados
    ]
    return {"corte": corrida.corte, "informes": informes, "avisos": list(corrida.avisos)}


def _hay_devueltas(contexto: Contexto) -> bool:
    from pipeline.esquemas import leer_tabla
    from pipeline.flujo.ingesta import devueltas

    return not devueltas(leer_tabla("entregas", contexto.rutas.procesados(contexto.corte))).empty
