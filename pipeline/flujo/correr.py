"""La corrida completa de un corte: etapas en orden, informes en paralelo, portada al final."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import yaml

from pipeline import informes, publicacion, recepcion
from pipeline.config import PAQUETE
from pipeline.errores import ErrorConfiguracion, ErrorEntorno
from pipeline.esquemas import leer_tabla
from pipeline.flujo.calculo import TABLAS_CALCULO
from pipeline.flujo.contexto import Contexto
from pipeline.flujo.devolucion import CARPETA, PAGINA, publicar_correcciones
from pipeline.flujo.ingesta import TABLAS_INGESTA
from pipeline.flujo.produccion import EN_CURSO, Resultado, Tarea, esta_al_dia, producir, sin_cambios
from pipeline.flujo.registro import registrar_corte, tablas_intactas
from pipeline.informes.exportador import hoja_de_estilo
from pipeline.manifiesto import (
    escribir_json,
    huella_archivo,
    huella_archivos,
    huella_codigo,
    huella_reglas,
    huella_texto,
)
from pipeline.modelo import Periodo

Aviso = Callable[[Resultado], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Opciones:
    """Qué y cómo correr."""

    con_pdf: bool = True
    forzar: bool = False
    trabajos: int = 0  # 0: uno por núcleo
    informe: str = ""  # vacío: todos
    dependencia: str = ""  # vacío: todas


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrida:
    """Resultado de una corrida: un renglón por informe y dónde quedó la portada."""

    resultados: tuple[Resultado, ...]
    portada: Path | None
    avisos: tuple[str, ...] = ()

    @property
    def fallidos(self) -> tuple[Resultado, ...]:
        """Informes que no se pudieron publicar."""
        return tuple(r for r in self.resultados if r.estado == "fallido")


def correr(contexto: Contexto, opciones: Opciones, avisar: Aviso = lambda _: None) -> Corrida:
    """Corre el corte completo y publica lo que salga bien.

    Si una etapa falla no hay informes que hacer y la corrida termina ahí. Levanta ErrorEntorno si
    falta el plan, no hay entregas o hay otra corrida del mismo corte en curso.
    """
    recepcion.plan_vigente(contexto.rutas)
    with _candado(contexto):
        etapas = correr_etapas(contexto, opciones, avisar)
        if any(r.estado == "fallido" for r in etapas):
            return Corrida(resultados=tuple(etapas), portada=None)
        return _publicar_corte(contexto, opciones, etapas, avisar)


def correr_etapas(contexto: Contexto, opciones: Opciones, avisar: Aviso) -> list[Resultado]:
    """Ejecuta los cuadernos de etapa que lo necesiten; se detiene en el primero que falle.

    Si alguien cambió una tabla del corte se rehacen las dos: lo procesado nunca se edita.
    """
    rehacer = opciones.forzar or not tablas_intactas(contexto)
    resultados: list[Resultado] = []
    for descripcion in _catalogo()["etapas"]:
        tarea = _tarea_de_etapa(contexto, descripcion)
        resultados.append(producir(tarea) if rehacer or not esta_al_dia(tarea)[0] else sin_cambios(tarea))
        avisar(resultados[-1])
        if resultados[-1].estado == "fallido":
            return resultados
    if any(r.estado == "publicado" for r in resultados):
        registrar_corte(contexto)
    return resultados


def _publicar_corte(
    contexto: Contexto, opciones: Opciones, etapas: Sequence[Resultado], avisar: Aviso
) -> Corrida:
    avisos: list[str] = []
    con_pdf = opciones.con_pdf
    if con_pdf:
        try:
            informes.comprobar_pdf()
        except ErrorEntorno as error:  # sin PDF hay informes; sin decirlo, no
            con_pdf = False
            avisos.append(f"se publica solo HTML. {error}")
    tareas = [t for t in tareas_de_informes(contexto, con_pdf) if _elegida(t, opciones)]
    if not tareas:
        raise ErrorConfiguracion(
            "ningún informe corresponde a lo pedido", remedio="Revise --informe y --dependencia"
        )
    resultados = list(etapas) + _en_paralelo(tareas, opciones, avisar)
    shutil.rmtree(contexto.rutas.informes(contexto.corte) / EN_CURSO, ignore_errors=True)
    correcciones = publicar_correcciones(contexto)
    avisos += [f"correcciones de {c.dependencia}: {c.aviso}" for c in correcciones if c.aviso]
    if not opciones.informe and not opciones.dependencia:
        carpeta = contexto.rutas.informes(contexto.corte)
        vigentes = [*(carpeta / r.nombre for r in resultados), *(c.carpeta for c in correcciones)]
        publicacion.retirar_sobrantes(carpeta, vigentes)
    portada = publicar_portada(contexto, resultados)
    return Corrida(resultados=tuple(resultados), portada=portada, avisos=tuple(avisos))


def tareas_de_informes(contexto: Contexto, con_pdf: bool) -> list[Tarea]:
    """Una tarea por informe del corte y por dependencia con metas; exige las tablas de las etapas."""
    procesados = contexto.rutas.procesados(contexto.corte)
    con_metas = sorted(leer_tabla("metas", procesados)["dependencia"].dropna().unique())
    insumos = huella_archivos(
        (procesados / f"{tabla}.parquet" for tabla in (*TABLAS_INGESTA, *TABLAS_CALCULO)), procesados
    )
    tareas: list[Tarea] = []
    for descripcion in _catalogo()["informes"]:
        dependencias = con_metas if descripcion["por"] == "dependencia" else [""]
        pdf = bool(descripcion["pdf"]) and con_pdf
        tareas += [_tarea(contexto, descripcion, insumos, d, pdf=pdf) for d in dependencias]
    return tareas


def _tarea_de_etapa(contexto: Contexto, descripcion: dict[str, Any]) -> Tarea:
    return _tarea(contexto, descripcion, _huella_de_crudos(contexto), "")


def _huella_de_crudos(contexto: Contexto) -> str:
    """Huella de lo que este corte lee: el plan, sus entregas y las de cortes anteriores."""
    rutas, corte = contexto.rutas, contexto.corte
    anteriores = [rutas.crudos / str(v) for v in contexto.config.entidad.vigencias if v < corte.vigencia]
    hasta_aqui = [p for p in Periodo if p.numero <= corte.periodo.numero]
    propias = [rutas.crudos / str(corte.vigencia) / p.value for p in hasta_aqui]
    carpetas = [rutas.crudos_plan, *propias, *anteriores]
    libros = [r for carpeta in carpetas for r in carpeta.rglob("*") if r.is_file() and r.suffix != ".tmp"]
    if rutas.es_demostracion:
        libros.append(rutas.marca_demostracion)
    return huella_archivos(libros, rutas.crudos)


def _tarea(
    contexto: Contexto, descripcion: dict[str, Any], insumos: str, dependencia: str, *, pdf: bool = False
) -> Tarea:
    corte, rutas = contexto.corte, contexto.rutas
    parametros: dict[str, str | int] = {"vigencia": corte.vigencia, "periodo": corte.periodo.value}
    if dependencia:
        parametros["dependencia"] = dependencia
    cuaderno = rutas.cuadernos / f"{descripcion['nombre']}.ipynb"
    clave = {
        "datos": insumos,
        "cuaderno": huella_archivo(cuaderno),
        "código y bibliotecas": huella_codigo(),
        "configuración y reglas": huella_reglas(rutas),
        "parámetros": huella_texto(json.dumps(parametros, sort_keys=True)),
        "salidas pedidas": "html+pdf" if pdf else "html",
    }
    return Tarea(
        informe=descripcion["nombre"],
        titulo=descripcion["titulo"],
        cuaderno=cuaderno,
        parametros=parametros,
        raiz=rutas.raiz,
        procesados=rutas.procesados(corte),
        publicados=rutas.informes(corte),
        edicion=descripcion["edicion"],
        clave=clave,
        pdf=pdf,
        dependencia=dependencia,
        tablas=tuple(descripcion.get("tablas", ())),
    )


def _elegida(tarea: Tarea, opciones: Opciones) -> bool:
    return (not opciones.informe or tarea.informe == opciones.informe) and (
        not opciones.dependencia or tarea.dependencia == opciones.dependencia
    )


def _en_paralelo(tareas: Sequence[Tarea], opciones: Opciones, avisar: Aviso) -> list[Resultado]:
    pendientes: list[Tarea] = []
    resultados: dict[str, Resultado] = {}
    for tarea in tareas:
        if opciones.forzar or not esta_al_dia(tarea)[0]:
            pendientes.append(tarea)
        else:
            resultados[tarea.nombre] = sin_cambios(tarea)
            avisar(resultados[tarea.nombre])
    if pendientes:
        with _ejecutor(opciones.trabajos) as ejecutor:
            for futuro in as_completed([ejecutor.submit(producir, tarea) for tarea in pendientes]):
                resultado = futuro.result()
                resultados[resultado.nombre] = resultado
                avisar(resultado)
    return [resultados[tarea.nombre] for tarea in tareas]


def _ejecutor(trabajos: int) -> Executor:
    # «forkserver» con las bibliotecas ya importadas: cada proceso nace caliente y sin hilos heredados.
    entorno = get_context("forkserver")
    entorno.set_forkserver_preload(
        ["pipeline.flujo.correr", "pipeline.informes.precarga", "pipeline.graficos", "matplotlib.pyplot"]
    )
    return ProcessPoolExecutor(max_workers=trabajos or os.cpu_count() or 1, mp_context=entorno)


def publicar_portada(contexto: Contexto, resultados: Sequence[Resultado]) -> Path:
    """Ruta del index.html del corte; al lado quedan resumen.json y manifiesto de la corrida."""
    carpeta = contexto.rutas.informes(contexto.corte)
    procesados = contexto.rutas.procesados(contexto.corte)
    tablas = {n: leer_tabla(n, procesados) for n in ("indices", "entregas", "alertas", "hallazgos")}
    resumen = publicacion.resumir(**tablas)
    entidad = contexto.config.entidad
    corte = {"vigencia": contexto.corte.vigencia, "periodo": contexto.corte.periodo.value}
    escribir_json(
        carpeta / "resumen.json",
        {**corte, "entidad": entidad.nombre, "dane": entidad.dane, **resumen}
        | {"datos_sinteticos": contexto.rutas.es_demostracion},
    )
    nombres = {d.codigo: d.nombre for d in contexto.config.dependencias}
    fichas = {r.dependencia: asdict(r) for r in resultados if r.dependencia}
    return publicacion.escribir_portada(
        carpeta / "index.html",
        {
            "css": hoja_de_estilo(),
            "entidad": entidad.model_dump(),
            "corte": contexto.corte,
            "resumen": resumen,
            "razon_financiera": contexto.config.metodo.ejecucion_financiera.replace("/", " sobre "),
            "dependencias": publicacion.renglones_por_dependencia(
                nombres, tablas["indices"], tablas["entregas"], fichas, _paginas_de_correcciones(carpeta)
            ),
            "resultados": [asdict(r) for r in resultados],
            "datos": {
                r.nombre: sorted(d.name for d in (carpeta / r.nombre / "datos").glob("*.csv"))
                for r in resultados
            },
            "es_demostracion": contexto.rutas.es_demostracion,
        },
    )


def _paginas_de_correcciones(carpeta: Path) -> dict[str, str]:
    """Por dependencia, la ruta de su página de correcciones relativa a la portada."""
    paginas = sorted((carpeta / CARPETA).glob(f"*/{PAGINA}"))
    return {ruta.parent.name: ruta.relative_to(carpeta).as_posix() for ruta in paginas}


def _catalogo() -> dict[str, list[dict[str, Any]]]:
    texto = (PAQUETE / "recursos" / "informes.yml").read_text(encoding="utf-8")
    catalogo: dict[str, list[dict[str, Any]]] = yaml.safe_load(texto)
    return catalogo


@contextmanager
def _candado(contexto: Contexto) -> Iterator[None]:
    """Una sola corrida por corte; el sistema operativo lo suelta aunque el proceso muera."""
    carpeta = contexto.rutas.procesados(contexto.corte)
    carpeta.mkdir(parents=True, exist_ok=True)
    with (carpeta / ".candado").open("w") as archivo:
        try:
            fcntl.flock(archivo, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ErrorEntorno(
                f"hay otra corrida del corte {contexto.corte} en curso", remedio="Espere a que termine"
            ) from None
        yield
