"""En qué libro va un proceso, a la vista del que lo creó: si se cuelga o muere, se sabe cuál era."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from mmap import mmap

_LARGO = 512
_de_este_proceso: list[mmap] = []


def abrir_tablero() -> mmap:
    """Un tablero vacío que compartirá con este proceso el que se bifurque de él."""
    return mmap(-1, _LARGO)


def usar_tablero(tablero: mmap) -> None:
    """De aquí en adelante este proceso anota en `tablero` lo que va haciendo."""
    _de_este_proceso[:] = [tablero]


@contextmanager
def ocupado_en(libro: str) -> Iterator[None]:
    """Anota que este proceso está con `libro`; sin tablero (no es un cuaderno), nada."""
    _anotar(libro)
    try:
        yield
    finally:
        _anotar("")


def leer_tablero(tablero: mmap) -> str:
    """El libro con que estaba, o está, quien usa el tablero; vacío si ninguno.

    >>> tablero = abrir_tablero()
    >>> usar_tablero(tablero)
    >>> with ocupado_en("salud.xlsx"):
    ...     leer_tablero(tablero)
    'salud.xlsx'
    >>> leer_tablero(tablero)
    ''
    """
    return tablero[:].rstrip(b"\0").decode("utf-8", "ignore")


def _anotar(libro: str) -> None:
    for tablero in _de_este_proceso:
        tablero[:] = libro.encode("utf-8", "replace")[:_LARGO].ljust(_LARGO, b"\0")
