"""Muchas entidades bajo una carpeta: cada una se corre como siempre y lo que falle en una no toca a otra."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from concurrent.futures import Executor, Future, as_completed
from dataclasses import asdict, dataclass
from pathlib import Path

import pandas as pd

from pipeline import informes, publicacion, recepcion
from pipeline.config import ARCHIVO, Rutas
from pipeline.errores import ErrorConfiguracion, ErrorEntorno
from pipeline.flujo.contexto import abrir
from pipeline.flujo.correr import Opciones, correr
from pipeline.flujo.produccion import EN_CURSO, Tarea, esta_al_dia, explicar, producir, sin_cambios
from pipeline.manifiesto import huella_archivo, huella_archivos, huella_codigo, huella_texto

RESUMEN = "resumen_de_entidades.csv"
CARPETA_DEL_RESUMEN = "resumen"
CUADERNO = "12_entidades.ipynb"
TABLA = "indices.parquet"
INDICES = f"[0-9]*/T[1-4]/{TABLA}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CorridaDeEntidad:
    """Qué pasó con una entidad: completo, con_fallas o detenido, y por qué."""

    entidad: str  # su carpeta
    corte: str
    estado: str
    codigo_salida: int = 0
    motivo: str = ""


def entidades_en(carpeta: Path) -> list[Path]:
    """Subcarpetas que son una entidad (tienen seguimiento.toml), en orden.

    Levanta ErrorConfiguracion si no hay ninguna.
    """
    halladas = sorted(ruta.parent for ruta in carpeta.glob(f"*/{ARCHIVO}"))
    if not halladas:
        raise ErrorConfiguracion(
            f"ninguna carpeta de «{carpeta.name}» tiene {ARCHIVO}", remedio="Revise --entidades"
        )
    return halladas


def correr_entidades(
    carpeta: Path,
    opciones: Opciones,
    ejecutor: Executor,
    avisar: Callable[[CorridaDeEntidad], None] = lambda _: None,
) -> list[CorridaDeEntidad]:
    """Corre el último corte con entregas de cada entidad; el orden del resultado es el de sus carpetas.

    `ejecutor` es cualquier `concurrent.futures.Executor`: con uno remoto, `carpeta` debe ser la misma ruta en
    todos los equipos. Deja al lado resumen_de_entidades.csv con las cifras de todas.
    """
    rutas = entidades_en(carpeta.resolve())
    futuros: dict[Future[CorridaDeEntidad], str] = {
        ejecutor.submit(correr_entidad, str(ruta), opciones): ruta.name for ruta in rutas
    }
    hechas: dict[str, CorridaDeEntidad] = {}
    for futuro in as_completed(futuros):
        nombre = futuros[futuro]
        try:
            hechas[nombre] = futuro.result()
        except Exception as error:  # murió su proceso o se perdió el equipo: las demás siguen
            hechas[nombre] = CorridaDeEntidad(
                entidad=nombre,
                corte="",
                estado="detenido",
                codigo_salida=5,
                motivo=f"se perdió el proceso que la corría ({type(error).__name__})",
            )
        avisar(hechas[nombre])
    publicacion.escribir_csv(resumen_de_entidades(carpeta), carpeta / RESUMEN)
    return [hechas[ruta.name] for ruta in rutas]


def correr_entidad(raiz: str, opciones: Opciones) -> CorridaDeEntidad:
    """Corre el último corte con entregas de la entidad; nunca levanta por lo que le pase a ella."""
    carpeta, corte = Path(raiz), ""
    try:
        cortes = recepcion.cortes_con_entregas(Rutas(carpeta))
        if not cortes:
            raise ErrorEntorno("no hay ninguna entrega recibida", archivo=carpeta.name)
        contexto = abrir(*cortes[-1], carpeta)
        corte = str(contexto.corte)
        corrida = correr(contexto, opciones)
    except Exception as error:  # tampoco por un defecto nuestro: las demás siguen
        explicado = explicar(error, carpeta.name)
        return CorridaDeEntidad(
            entidad=carpeta.name,
            corte=corte,
            estado="detenido",
            codigo_salida=explicado.codigo_salida,
            motivo=str(explicado),
        )
    motivos = [r.motivo for r in corrida.fallidos]
    return CorridaDeEntidad(
        entidad=carpeta.name,
        corte=corte,
        estado="con_fallas" if motivos else "completo",
        codigo_salida=max([r.codigo_salida for r in corrida.fallidos], default=0),
        motivo="; ".join(motivos),
    )


def publicar_resumen(carpeta: Path, *, con_pdf: bool = True) -> CorridaDeEntidad | None:
    """Publica en `carpeta`/resumen el cuaderno que las reúne, en el corte más reciente que alguna calculó.

    Si ninguna ha calculado un corte no hay qué resumir y devuelve None. Se salta si nada cambió.
    """
    carpeta = carpeta.resolve()
    cortes = sorted({r.parts[-3:-1] for r in carpeta.glob(f"*/data/processed/{INDICES}")})
    if not cortes:
        return None
    tarea = _tarea_del_resumen(carpeta, *cortes[-1], con_pdf=con_pdf and _hay_pdf())
    hecho = sin_cambios(tarea) if esta_al_dia(tarea)[0] else producir(tarea)
    shutil.rmtree(carpeta / EN_CURSO, ignore_errors=True)
    return CorridaDeEntidad(
        entidad=tarea.informe,
        corte="-".join(cortes[-1]),
        estado="con_fallas" if hecho.codigo_salida else "completo",
        codigo_salida=hecho.codigo_salida,
        motivo=hecho.motivo,
    )


def _tarea_del_resumen(carpeta: Path, vigencia: str, periodo: str, *, con_pdf: bool) -> Tarea:
    cuaderno = Rutas(carpeta).cuadernos / CUADERNO
    leidos = [*carpeta.glob(f"*/{ARCHIVO}"), *carpeta.glob(f"*/data/processed/{vigencia}/{periodo}/{TABLA}")]
    portales = carpeta.glob("*/reports/index.html")
    recibidos = carpeta.glob(f"*/data/raw/{vigencia}/{periodo}/pi/*/*.json")
    presentes = sorted(r.relative_to(carpeta).as_posix() for r in (*portales, *recibidos))
    return Tarea(
        informe=CARPETA_DEL_RESUMEN,
        titulo="Resumen de las entidades",
        cuaderno=cuaderno,
        parametros={"vigencia": int(vigencia), "periodo": periodo},
        raiz=carpeta,
        procesados=carpeta,
        publicados=carpeta,
        edicion="lector",
        pdf=con_pdf,
        clave={
            "datos de las entidades": huella_archivos(leidos, carpeta),
            "portales y libros recibidos": huella_texto(*presentes),
            "cuaderno": huella_archivo(cuaderno),
            "código y bibliotecas": huella_codigo(),
            "parámetros": f"{vigencia}-{periodo}",
            "salidas pedidas": "html+pdf" if con_pdf else "html",
        },
    )


def _hay_pdf() -> bool:
    try:
        informes.comprobar_pdf()
    except ErrorEntorno:
        return False
    return True


def resumen_de_entidades(carpeta: Path) -> pd.DataFrame:
    """Una fila por entidad y corte calculado: metas, avance, cotas y ejecución del plan, con DuckDB.

    Lee las tablas `indices` de todas; una entidad sin calcular no sale.
    """
    import duckdb

    tablas = sorted(str(r) for r in carpeta.resolve().glob(f"*/data/processed/{INDICES}"))
    if not tablas:
        return pd.DataFrame(columns=["entidad", "vigencia", "periodo", "avance"])
    consulta = """
        select string_split(filename, '/')[-6] as entidad, vigencia, periodo, n_metas, n_programadas,
               n_reportadas, avance, cota_inferior, cota_superior, esperado, ejecucion_financiera, semaforo
        from read_parquet($tablas, filename = true, union_by_name = true)
        where nivel = 'plan' order by entidad, vigencia, periodo
    """
    with duckdb.connect() as base:
        return base.execute(consulta, {"tablas": tablas}).df()


def como_datos(corridas: list[CorridaDeEntidad]) -> list[dict[str, object]]:
    """Lo mismo, para leerlo con un programa."""
    return [asdict(corrida) for corrida in corridas]
