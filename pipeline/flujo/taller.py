"""Los procesos que hacen informes: nacen calientes, mueren con la corrida, y si uno cae los demás siguen."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from multiprocessing import current_process, get_context, parent_process
from threading import Thread
from typing import TypeVar

from pipeline.errores import ErrorInforme, ErrorSeguimiento
from pipeline.flujo.produccion import Resultado, Tarea, fallar, producir

T = TypeVar("T")
Aviso = Callable[[Resultado], None]
MUERTO = "el proceso que hacía el informe murió"
DE_INFORMES = "pipeline.flujo.precarga"
DE_DATOS = "pipeline.flujo.precarga_de_datos"


@contextmanager
def abrir_taller(trabajos: int, precarga: str = DE_INFORMES) -> Iterator[Executor]:
    """Procesos locales que nacen con el módulo `precarga` ya importado; `trabajos` 0 es uno por núcleo.

    Donde no se pueden crear (un trabajador de Dask con niñera es un «demonio») todo se hace en este proceso.
    """
    if current_process().daemon:
        with ThreadPoolExecutor(1) as uno:
            yield uno
        return
    # «forkserver»: cada proceso nace de uno limpio y caliente, sin hilos ni candados heredados de la corrida.
    entorno = get_context("forkserver")
    entorno.set_forkserver_preload([precarga])
    taller = ProcessPoolExecutor(
        max_workers=trabajos or os.cpu_count() or 1,
        mp_context=entorno,
        initializer=_preparar_proceso,
    )
    try:
        yield taller
    finally:
        taller.shutdown(wait=True, cancel_futures=True)


def empezar(taller: Executor, trabajo: Callable[[], object]) -> Thread:
    """Prepara los procesos y hace allí `trabajo`, sin esperarlo; el hilo termina cuando acaba.

    Va en un hilo porque pedirle algo al taller espera a que su servidor importe todo. Si falla, quien
    necesite lo que iba a dejar lo hará y dirá por qué.
    """

    def hacer() -> None:
        with suppress(Exception):
            taller.submit(trabajo).result()

    # En este mismo proceso no hay nada que adelantar y estorbaría a la etapa: se hará cuando haga falta.
    en_este = isinstance(taller, ThreadPoolExecutor)
    hilo = Thread(target=(lambda: None) if en_este else hacer, daemon=True)
    hilo.start()
    return hilo


def encargar(taller: Executor, trabajo: Callable[[], T]) -> Callable[[], T]:
    """Pide `trabajo` al taller y no lo espera: lo espera quien llame lo que devuelve.

    Si el taller no lo pudo hacer (murió el proceso, se fue el equipo) se hace aquí: debe poder repetirse.
    """
    if isinstance(taller, ThreadPoolExecutor):  # es este proceso: un hilo que trabaja estorba al bifurcarse
        hecho = trabajo()
        return lambda: hecho

    def esperar() -> T:
        try:
            return futuro.result()
        except ErrorSeguimiento:
            raise
        except Exception:  # cada ejecutor tiene el suyo para decir que se cayó
            return trabajo()

    try:
        futuro = taller.submit(trabajo)
    except Exception:
        return trabajo
    return esperar


def producir_todas(taller: Executor, tareas: Sequence[Tarea], avisar: Aviso) -> list[Resultado]:
    """Un resultado por tarea, en el orden en que terminan.

    Si un proceso muere (memoria agotada, una señal) el taller entero queda inservible: las que faltaban se
    repiten cada una en un taller propio, y la que vuelva a tumbarlo queda como fallida.
    """
    resultados: list[Resultado] = []
    en_orden = sorted(tareas, key=_turno)
    pendientes: dict[Future[Resultado], Tarea] = {taller.submit(producir, t): t for t in en_orden}
    caidas: list[Tarea] = []
    for futuro in as_completed(pendientes):
        try:
            resultados.append(futuro.result())
        except Exception:  # `producir` no levanta: se perdió el proceso o el equipo que lo hacía
            caidas.append(pendientes[futuro])
        else:
            avisar(resultados[-1])
    for tarea in caidas:
        resultados.append(_producir_aparte(tarea))
        avisar(resultados[-1])
    return resultados


def _turno(tarea: Tarea) -> tuple[bool, int]:
    """Primero los del corte y, entre ellos, el de página más larga: si fuera de último, todos lo esperarían.

    Lo larga que será lo dice la página publicada antes; sin ella, vale el orden del catálogo.
    """
    pagina = tarea.destino / "informe.html"
    return bool(tarea.dependencia), -pagina.stat().st_size if pagina.is_file() else 0


def _producir_aparte(tarea: Tarea) -> Resultado:
    with abrir_taller(1) as propio:
        try:
            return propio.submit(producir, tarea).result()
        except BrokenProcessPool:
            error = ErrorInforme(
                MUERTO,
                archivo=tarea.nombre,
                remedio="Suele ser memoria agotada: use --trabajos 1 o un equipo con más memoria",
            )
            return fallar(tarea, error)


def _preparar_proceso() -> None:
    from pipeline.informes.motor import morir_con_el_padre

    morir_con_el_padre()
    # Su padre es el servidor, no la corrida: sin vigilarla, matarla dejaría este proceso vivo y publicando.
    Thread(target=_morir_con_la_corrida, daemon=True).start()


def _morir_con_la_corrida() -> None:
    if corrida := parent_process():  # la que lo pidió, aunque otro lo haya bifurcado
        corrida.join()
        os.kill(os.getpid(), signal.SIGKILL)
