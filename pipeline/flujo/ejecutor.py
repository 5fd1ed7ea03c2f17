"""Dónde se hace el trabajo si no es en este proceso: otro de este equipo, o un Dask que ya esté prendido."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context

from pipeline.errores import ErrorConfiguracion, ErrorEntorno

DASK = "dask://"
ESPERA = "10s"


def exigir_direccion(direccion: str) -> None:
    """Levanta ErrorConfiguracion si no es una dirección de Dask; vacía es este equipo."""
    if direccion and not direccion.startswith(DASK):
        raise ErrorConfiguracion(
            f"no se conoce el ejecutor «{direccion}»", remedio=f"Use {DASK}equipo:puerto, o ninguno"
        )


@contextmanager
def abrir_ejecutor(direccion: str = "") -> Iterator[Executor]:
    """Un `concurrent.futures.Executor`: sin `direccion`, otro proceso de este equipo; si no, ese Dask.

    Con Dask, cada carpeta debe verse en la misma ruta desde todos los equipos. Levanta ErrorConfiguracion si
    la dirección no es dask://equipo:puerto, y ErrorEntorno si falta el extra «cluster» o nadie responde.
    """
    if not direccion:
        from pipeline.informes.motor import morir_con_el_padre

        # Uno, porque cada entidad ya usa todos los núcleos; aparte, por si muere.
        entorno = get_context("spawn")
        with ProcessPoolExecutor(1, mp_context=entorno, initializer=morir_con_el_padre) as local:
            yield local
        return
    exigir_direccion(direccion)
    try:
        from distributed import Client
    except ImportError:
        raise ErrorEntorno(
            "falta Dask para repartir entre equipos", remedio="Instálelo con: pip install dask distributed"
        ) from None
    try:
        cliente = Client(f"tcp://{direccion.removeprefix(DASK)}", timeout=ESPERA, set_as_default=False)
    except (OSError, ValueError) as error:
        raise ErrorEntorno(
            f"el Dask de {direccion} no responde", remedio="Revise la dirección y que esté prendido"
        ) from error
    with cliente:
        yield cliente.get_executor(pure=False)
