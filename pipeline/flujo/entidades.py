"""Muchas entidades bajo una carpeta: cada una se hace como siempre y lo que falle en una no toca a otra."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Executor, as_completed
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import pandas as pd

from pipeline import informes, publicacion, recepcion
from pipeline.config import ARCHIVO, Rutas, cargar_config
from pipeline.errores import ErrorConfiguracion, ErrorEntorno
from pipeline.flujo.candado import tomar_candado
from pipeline.flujo.contexto import Contexto
from pipeline.flujo.contexto import abrir as abrir_contexto
from pipeline.flujo.correr import Opciones, correr
from pipeline.flujo.etapas import calcular_y_guardar, ingerir
from pipeline.flujo.produccion import (
    EN_CURSO,
    Resultado,
    Tarea,
    esta_al_dia,
    explicar,
    producir,
    sin_cambios,
)
from pipeline.formato_es import numero
from pipeline.manifiesto import CODIGO, huella_archivo, huella_archivos, huella_codigo, huella_texto

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


Hacer = Callable[[str], CorridaDeEntidad]  # con la carpeta de una entidad
Abrir = Callable[[], AbstractContextManager[Executor]]


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
    abrir: Abrir,
    avisar: Callable[[CorridaDeEntidad], None] = lambda _: None,
) -> list[CorridaDeEntidad]:
    """Corre el último corte con entregas de cada entidad; el orden del resultado es el de sus carpetas.

    `abrir` da dónde hacerlo: cualquier `concurrent.futures.Executor`. Con uno remoto, `carpeta` debe ser la
    misma ruta en todos los equipos. Deja al lado resumen_de_entidades.csv con las cifras de todas.
    """
    return _hacer_en_todas(carpeta, partial(correr_entidad, opciones=opciones), abrir, avisar)


def calcular_entidades(
    carpeta: Path, abrir: Abrir, avisar: Callable[[CorridaDeEntidad], None] = lambda _: None
) -> list[CorridaDeEntidad]:
    """Lo mismo con solo la etapa de datos: lee, revisa y calcula, sin informes.

    Deja las tablas de cada entidad en su data/processed y al lado resumen_de_entidades.csv.
    """
    return _hacer_en_todas(carpeta, calcular_entidad, abrir, avisar)


def _hacer_en_todas(
    carpeta: Path, hacer: Hacer, abrir: Abrir, avisar: Callable[[CorridaDeEntidad], None]
) -> list[CorridaDeEntidad]:
    rutas = entidades_en(carpeta.resolve())
    hechas: dict[Path, CorridaDeEntidad] = {}
    pendientes = rutas
    while pendientes:
        caidas = []
        for ruta, hecha in _hacer_a_la_vez(pendientes, hacer, abrir):
            if hecha is None:
                caidas.append(ruta)
            else:
                hechas[ruta] = hecha
                avisar(hecha)
        # Un proceso que muere se lleva las que faltaban, y la que lo tumbó es de las primeras: así se halla.
        sola = sorted(caidas)[:1]
        for ruta, hecha in _hacer_a_la_vez(sola, hacer, abrir):
            hechas[ruta] = hecha or _perdida(ruta, BrokenExecutor())
            avisar(hechas[ruta])
        pendientes = sorted(set(caidas) - set(sola))
    publicacion.escribir_csv(resumen_de_entidades(carpeta), carpeta / RESUMEN)
    return [hechas[ruta] for ruta in rutas]


def _hacer_a_la_vez(
    rutas: Sequence[Path], hacer: Hacer, abrir: Abrir
) -> Iterator[tuple[Path, CorridaDeEntidad | None]]:
    """Cada entidad apenas termina; None si se rompió el ejecutor entero y no se sabe por cuál."""
    if not rutas:
        return
    with abrir() as ejecutor:
        futuros = {ejecutor.submit(hacer, str(ruta)): ruta for ruta in rutas}
        for futuro in as_completed(futuros):
            ruta = futuros.pop(futuro)
            try:
                yield ruta, futuro.result()
            except BrokenExecutor:
                yield ruta, None
            except Exception as error:  # se perdió el equipo que la hacía: las demás siguen
                yield ruta, _perdida(ruta, error)


def _perdida(ruta: Path, error: Exception) -> CorridaDeEntidad:
    return CorridaDeEntidad(
        entidad=ruta.name,
        corte="",
        estado="detenido",
        codigo_salida=5,
        motivo=f"se perdió el proceso que la corría ({type(error).__name__})",
    )


def correr_entidad(raiz: str, opciones: Opciones) -> CorridaDeEntidad:
    """Corre el último corte con entregas de la entidad; nunca levanta por lo que le pase a ella."""
    return _hacer_en_una(Path(raiz), lambda contexto: correr(contexto, opciones).fallidos)


def calcular_entidad(raiz: str) -> CorridaDeEntidad:
    """Lee, revisa y calcula el último corte con entregas de la entidad; nunca levanta por lo que le pase."""
    return _hacer_en_una(Path(raiz), _calcular)


def _calcular(contexto: Contexto) -> tuple[Resultado, ...]:
    with tomar_candado(contexto.rutas.procesados(contexto.corte), f"del corte {contexto.corte}"):
        ingerir(contexto)
        calcular_y_guardar(contexto)
    return ()


def _hacer_en_una(carpeta: Path, hacer: Callable[[Contexto], Sequence[Resultado]]) -> CorridaDeEntidad:
    """Lo que pasó al `hacer` el último corte con entregas, que devuelve lo que no se pudo."""
    corte = ""
    try:
        cargar_config(carpeta)  # con la configuración rota no se sabe si le faltan entregas
        cortes = recepcion.cortes_con_entregas(Rutas(carpeta))
        if not cortes:
            raise ErrorEntorno("no hay ninguna entrega recibida", archivo=carpeta.name)
        contexto = abrir_contexto(*cortes[-1], carpeta)
        corte = str(contexto.corte)
        fallidos = hacer(contexto)
    except Exception as error:  # tampoco por un defecto nuestro: las demás siguen
        explicado = explicar(error, carpeta.name)
        return CorridaDeEntidad(
            entidad=carpeta.name,
            corte=corte,
            estado="detenido",
            codigo_salida=explicado.codigo_salida,
            motivo=str(explicado),
        )
    return CorridaDeEntidad(
        entidad=carpeta.name,
        corte=corte,
        estado="con_fallas" if fallidos else "completo",
        codigo_salida=max([r.codigo_salida for r in fallidos], default=0),
        motivo="; ".join(r.motivo for r in fallidos),
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
            CODIGO: huella_codigo(),
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


def en_una_linea(corridas: Sequence[CorridaDeEntidad]) -> str:
    """Cuántas son y cómo quedaron: «3 entidades: 2 sin fallas y 1 con fallas o sin terminar.»."""
    bien = sum(c.estado == "completo" for c in corridas)
    mal = len(corridas) - bien
    cuantas = "1 entidad" if len(corridas) == 1 else f"{numero(len(corridas))} entidades"
    return f"{cuantas}: {numero(bien)} sin fallas y {numero(mal)} con fallas o sin terminar."


def como_datos(corridas: Sequence[CorridaDeEntidad]) -> list[dict[str, object]]:
    """Lo mismo, para leerlo con un programa."""
    return [asdict(corrida) for corrida in corridas]
