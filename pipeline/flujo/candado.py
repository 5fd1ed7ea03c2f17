"""Una sola corrida por corte: el candado lo suelta el sistema operativo aunque el proceso muera."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from pipeline.archivos import explicar_del_equipo
from pipeline.errores import ErrorEntorno

ARCHIVO = ".candado"


@contextmanager
def tomar_candado(carpeta: Path, que: str) -> Iterator[str]:
    """Mientras dure, nadie más corre sobre `carpeta`; entrega un aviso si la corrida anterior no terminó.

    El candado es del sistema (`flock`): el de una corrida muerta no estorba, solo deja escrito quién era. El
    archivo nunca se borra: borrarlo dejaría que dos corridas tuvieran candado sobre archivos distintos.
    Levanta ErrorEntorno si otra corrida lo tiene (dice cuál y desde cuándo) o si no se puede escribir.
    """
    try:
        carpeta.mkdir(parents=True, exist_ok=True)
        archivo = (carpeta / ARCHIVO).open("a+", encoding="utf-8")
    except OSError as error:
        raise explicar_del_equipo(error, f"{carpeta.parent.name}/{carpeta.name}") from error
    with archivo:
        try:
            fcntl.flock(archivo, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ErrorEntorno(
                f"hay otra corrida {que} en curso{_dueno(archivo.name)}", remedio="Espere a que termine"
            ) from None
        anterior = _dueno(archivo.name)
        _escribir(archivo.name, {"proceso": os.getpid(), "desde": _ahora()})
        try:
            yield f"la corrida anterior{anterior} no terminó: se retoma lo que falta" if anterior else ""
        finally:
            _escribir(archivo.name, {})


def _dueno(ruta: str) -> str:
    """«(proceso 123, desde las 14:05 del 2025-10-20)», o vacío si nadie lo dejó escrito."""
    try:
        datos = json.loads(Path(ruta).read_text(encoding="utf-8"))
        desde = datetime.fromisoformat(datos["desde"])
        return f" (proceso {int(datos['proceso'])}, desde las {desde:%H:%M} del {desde:%Y-%m-%d})"
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _escribir(ruta: str, datos: dict[str, object]) -> None:
    # Sobre el mismo archivo, sin reemplazarlo: el candado es de este archivo y no de su nombre.
    Path(ruta).write_text(json.dumps(datos), encoding="utf-8")


def _ahora() -> str:
    return datetime.now(ZoneInfo("America/Bogota")).isoformat(timespec="seconds")
