"""El turno para agregar a data/raw: uno a la vez, y quien llega segundo espera al primero."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.archivos import explicar_del_equipo

ARCHIVO = ".turno"
# De este proceso: pedir otra vez el propio no puede ser esperarse a sí mismo.
_TENIDOS: set[tuple[int, Path]] = set()


@contextmanager
def esperar_turno(crudos: Path) -> Iterator[None]:
    """Mientras dure, ningún otro proceso agrega libros ni sellos a `crudos` (data/raw).

    Es del sistema (`flock`): si el proceso muere se suelta solo. El archivo queda al lado de data/raw y no
    dentro, que es lo que se respalda. Levanta ErrorEntorno si la carpeta no se puede escribir.
    """
    ruta = crudos.resolve().parent / ARCHIVO
    propio = os.getpid(), ruta
    if propio in _TENIDOS:
        yield
        return
    try:
        ruta.parent.mkdir(parents=True, exist_ok=True)
        archivo = ruta.open("a", encoding="utf-8")
    except OSError as error:
        raise explicar_del_equipo(error, ruta.parent.name) from error
    with archivo:
        fcntl.flock(archivo, fcntl.LOCK_EX)
        _TENIDOS.add(propio)
        try:
            yield
        finally:
            _TENIDOS.discard(propio)
            fcntl.flock(archivo, fcntl.LOCK_UN)  # aunque un hijo bifurcado tenga todavía el archivo abierto
