"""Línea de órdenes. Cada orden traduce sus opciones a una función y su resultado a texto; nada más."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer._click.exceptions import NoArgsIsHelpError, UsageError

from pipeline.errores import ErrorConfiguracion, ErrorSeguimiento
from pipeline.idioma import Grupo, Orden, explicar_uso

if TYPE_CHECKING:
    from pipeline.flujo import Contexto
    from pipeline.flujo.correr import Corrida, Opciones
    from pipeline.flujo.produccion import Resultado

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

Raiz = Annotated[Path, typer.Option("--raiz", help="Carpeta de la entidad.", metavar="CARPETA")]
Vigencia = Annotated[int | None, typer.Option("--vigencia", help="Año fiscal.", metavar="AAAA")]
Periodo = Annotated[str | None, typer.Option("--periodo", help="T1, T2, T3 o T4.", metavar="TN")]
Json = Annotated[bool, typer.Option("--json", help="Resumen legible por máquina.", metavar="")]
Forzar = Annotated[bool, typer.Option("--forzar", help="Rehacer aunque esté al día.", metavar="")]
SinPdf = Annotated[bool, typer.Option("--sin-pdf", help="Publicar solo HTML.", metavar="")]
Libro = Annotated[Path, typer.Argument(help="Libro por revisar.", metavar="LIBRO")]
Trabajos = Annotated[int, typer.Option("--trabajos", help="Procesos en paralelo.", metavar="N")]
Informe = Annotated[str, typer.Option("--informe", help="Solo ese informe.", metavar="NOMBRE")]
Dependencia = Annotated[str, typer.Option("--dependencia", help="Código de la dependencia.", metavar="COD")]

AQUI = Path()


@app.command(cls=Orden)
def demo(raiz: Raiz = AQUI) -> None:
    """Escribe el ejemplo sintético.

    Un plan y las entregas T1 a T4 de 2025, con fallas sembradas (docs/demostracion.md).
    """
    from pipeline.demo import generar_demo

    resumen = generar_demo(raiz)
    typer.echo(str(resumen))


@plan.command("importar", cls=Orden)
def importar_plan(
    archivo: Annotated[Path, typer.Argument(help="Libro del plan.", metavar="ARCHIVO")],
    formato: Annotated[str, typer.Option("--formato", help="Formato de lectura.", metavar="NOMBRE")],
    raiz: Raiz = AQUI,
) -> None:
    """Guarda el libro del plan y muestra qué se leyó de él."""
    from pipeline import recepcion
    from pipeline.config import Rutas, cargar_config
    from pipeline.formatos import cargar_formato

    rutas = Rutas(raiz.resolve())
    cargar_config(rutas.raiz)
    cargar_formato(formato, rutas.formatos)
    ficha = recepcion.importar_plan(archivo, rutas=rutas, formato=formato, recibido_en=_ahora())
    typer.echo(f"Plan guardado: {ficha.archivo} (versión {ficha.version}, sha256 {ficha.sha256[:12]}…)")


@formatos.command("listar", cls=Orden)
def listar_formatos(raiz: Raiz = AQUI) -> None:
    """Lista los formatos del paquete y los propios de la entidad."""
    from pipeline.flujo.formatos import listar

    typer.echo(listar(raiz.resolve()))


@formatos.command("probar", cls=Orden)
def probar_formato(
    archivo: Annotated[Path, typer.Argument(help="Libro por reconocer.", metavar="ARCHIVO")],
    formato: Annotated[str, typer.Option("--formato", help="Probar solo ese.", metavar="NOMBRE")] = "",
    borrador: Annotated[bool, typer.Option("--borrador", help="Solo un formato nuevo.", metavar="")] = False,
    raiz: Raiz = AQUI,
) -> None:
    """Propone el formato que mejor casa con un libro y muestra cómo se lee, o redacta uno nuevo."""
    from pipeline.flujo.formatos import probar

    typer.echo(probar(archivo, raiz.resolve(), formato=formato, solo_borrador=borrador))


@app.command(cls=Orden)
def recibir(
    archivos: Annotated[list[Path], typer.Argument(help="Libros entregados.", metavar="ARCHIVO...")],
    vigencia: Annotated[int, typer.Option("--vigencia", help="Año fiscal.", metavar="AAAA")],
    periodo: Annotated[str, typer.Option("--periodo", help="T1, T2, T3 o T4.", metavar="TN")],
    dependencia: Dependencia = "",
    raiz: Raiz = AQUI,
) -> None:
    """Recibe libros, los guarda intactos y da constancia."""
    from pipeline import recepcion
    from pipeline.flujo import abrir

    contexto = abrir(vigencia, periodo, raiz.resolve())
    fallas: list[ErrorSeguimiento] = []
    for archivo in archivos:
        try:
            ficha = recepcion.recibir_libro(
                archivo,
                rutas=contexto.rutas,
                config=contexto.config,
                corte=contexto.corte,
                instrumento="pi",
                dependencia=dependencia or recepcion.reconocer_dependencia(archivo, contexto.config),
                recibido_en=_ahora(),
            )
        except ErrorSeguimiento as error:
            fallas.append(error)
            _mostrar_error(error)
        else:
            typer.echo(recepcion.constancia(ficha, contexto.config, contexto.corte))
    if fallas:
        raise typer.Exit(max(f.codigo_salida for f in fallas))


@app.command(cls=Orden)
def plantillas(
    vigencia: Vigencia = None, periodo: Periodo = None, dependencia: Dependencia = "", raiz: Raiz = AQUI
) -> None:
    """Escribe el libro que diligencia cada dependencia.

    Con sus metas, lo programado y lo último aceptado; una celda vacía es «sin reporte».
    """
    from pipeline.flujo.preparacion import escribir_plantillas

    for ruta in escribir_plantillas(_abrir(raiz, vigencia, periodo), dependencia):
        typer.echo(_corta(ruta))


@app.command(cls=Orden)
def revisar(
    libro: Libro,
    vigencia: Vigencia = None,
    periodo: Periodo = None,
    dependencia: Dependencia = "",
    raiz: Raiz = AQUI,
) -> None:
    """Revisa un libro sin recibirlo y lo devuelve marcado.

    Deja a su lado el libro con cada corrección en su celda y una página con la lista.
    """
    from pipeline.flujo.devolucion import revisar_libro

    revision = revisar_libro(libro, _abrir(raiz, vigencia, periodo), dependencia or None)
    typer.echo("\n".join([revision.presentar(), *map(_corta, revision.escritos)]))
    if revision.bloquea:
        raise typer.Exit(3)


@app.command(cls=Orden)
def estado(
    vigencia: Vigencia = None, periodo: Periodo = None, raiz: Raiz = AQUI, en_json: Json = False
) -> None:
    """Muestra quién entregó, cuándo y qué falta."""
    from pipeline import recepcion
    from pipeline.flujo import renglon_de_entrega

    contexto = _abrir(raiz, vigencia, periodo)
    fichas = recepcion.leer_recepciones(contexto.rutas, contexto.corte, "pi")
    entregas = recepcion.armar_entregas(
        fichas, config=contexto.config, corte=contexto.corte, instrumento="pi"
    )
    if en_json:
        _imprimir_json(json.loads(entregas.to_json(orient="records")))
        return
    recibidas = entregas[entregas["version"] > 0]["dependencia"].nunique()
    typer.echo(f"{contexto}: {recibidas} de {entregas['dependencia'].nunique()} dependencias entregaron.")
    for fila in entregas.to_dict("records"):
        typer.echo(renglon_de_entrega(fila))


@app.command(cls=Orden)
def validar(vigencia: Vigencia = None, periodo: Periodo = None, raiz: Raiz = AQUI) -> None:
    """Lee las entregas y revisa su calidad (etapa 01)."""
    from pipeline import flujo

    contexto = _abrir(raiz, vigencia, periodo)
    leido, entregado = flujo.leer_plan(contexto), flujo.leer_entregas(contexto)
    revision = flujo.revisar(contexto, leido, entregado)
    flujo.guardar_ingesta(contexto, leido, entregado, revision)
    cuenta = revision.hallazgos["severidad"].value_counts().to_dict()
    typer.echo(f"{contexto}: {len(entregado.registros)} filas leídas.")
    typer.echo("Hallazgos: " + (", ".join(f"{n} {s}" for s, n in sorted(cuenta.items())) or "ninguno"))


@app.command(cls=Orden)
def calcular(vigencia: Vigencia = None, periodo: Periodo = None, raiz: Raiz = AQUI) -> None:
    """Calcula metas, índices y alertas (etapa 02)."""
    from pipeline import flujo
    from pipeline.formato_es import porcentaje

    contexto = _abrir(raiz, vigencia, periodo)
    consolidado = flujo.consolidar_corte(contexto)
    metas, agregados = flujo.calcular(contexto, consolidado)
    avisos = flujo.alertar(contexto, metas, agregados)
    trazas, insumos = flujo.trazar(contexto, consolidado, metas)
    flujo.guardar_calculo(
        contexto,
        metas=metas,
        indices=agregados,
        alertas=avisos,
        trazas=trazas,
        insumos=insumos,
        trazas_nodos=flujo.trazar_nodos(contexto, metas, agregados),
    )
    total = agregados[agregados["nivel"] == "plan"].iloc[0]
    typer.echo(f"{contexto}: avance del plan {porcentaje(total['avance'])}, {len(avisos)} alertas.")


@app.command(cls=Orden)
def explicar(
    meta: Annotated[str, typer.Argument(help="Código de la meta.", metavar="META")],
    vigencia: Vigencia = None,
    periodo: Periodo = None,
    en_json: Json = False,
    raiz: Raiz = AQUI,
) -> None:
    """De una cifra a su fórmula y a sus celdas."""
    from pipeline.flujo.explicar import explicar_meta

    explicacion = explicar_meta(_abrir(raiz, vigencia, periodo), meta)
    if en_json:
        _imprimir_json(explicacion.como_datos())
    else:
        typer.echo(explicacion)


@app.command(cls=Orden)
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
    _correr(_abrir(raiz, vigencia, periodo), opciones, en_json=False)


@app.command(cls=Orden)
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

    contexto = _abrir(raiz, vigencia, periodo)
    _correr(contexto, Opciones(con_pdf=not sin_pdf, forzar=forzar, trabajos=trabajos), en_json=en_json)
    if estricto and _hay_devueltas(contexto):
        raise typer.Exit(3)


def _correr(contexto: Contexto, opciones: Opciones, *, en_json: bool) -> None:
    from pipeline.flujo.correr import correr as correr_corte

    avisar = (lambda _: None) if en_json else _mostrar_resultado
    corrida = correr_corte(contexto, opciones, avisar)
    if en_json:
        _imprimir_json(_resumen_de(corrida, contexto))
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
    typer.echo(f"\nPortada: {_corta(corrida.portada)}")
    for ruta in pdf:
        typer.echo(f"PDF:     {_corta(ruta)}")


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


def _abrir(raiz: Path, vigencia: int | None, periodo: str | None) -> Contexto:
    """Contexto del corte pedido o, si no se pidió, del último con entregas."""
    from pipeline.config import Rutas
    from pipeline.flujo import abrir
    from pipeline.recepcion import cortes_con_entregas

    if (vigencia is None) != (periodo is None):
        raise ErrorConfiguracion(
            "faltan datos del corte", remedio="Indique --vigencia y --periodo, o ninguno"
        )
    if vigencia is None or periodo is None:
        cortes = cortes_con_entregas(Rutas(raiz.resolve()))
        if not cortes:
            raise ErrorConfiguracion(
                "no hay ninguna entrega recibida", remedio="Use «seguimiento recibir» o «seguimiento demo»"
            )
        vigencia, periodo = cortes[-1]
    return abrir(vigencia, periodo, raiz.resolve())


def _ahora() -> Any:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    return datetime.now(ZoneInfo("America/Bogota"))


def _corta(ruta: Path) -> str:
    try:
        return str(ruta.relative_to(Path.cwd()))
    except ValueError:
        return str(ruta)


def _imprimir_json(contenido: Any) -> None:
    typer.echo(json.dumps(contenido, ensure_ascii=False, indent=2))


def _mostrar_error(error: ErrorSeguimiento) -> None:
    typer.echo(f"Error: {error}", err=True)


def principal() -> None:
    """Entrada de la orden `seguimiento`: todo error conocido sale como una oración y un código."""
    try:
        codigo = app(standalone_mode=False)
    except UsageError as error:
        if not isinstance(error, NoArgsIsHelpError):  # en ese caso la ayuda ya se mostró
            typer.echo(f"Error: {explicar_uso(error)} Use --help para ver la ayuda.", err=True)
        sys.exit(2)
    except ErrorSeguimiento as error:
        _mostrar_error(error)
        sys.exit(error.codigo_salida)
    except (KeyboardInterrupt, typer.Abort):
        typer.echo("Interrumpido.", err=True)
        sys.exit(130)
    sys.exit(codigo or 0)
