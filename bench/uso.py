"""Cuánto ocupan y cuánto trabajan juntos una orden y todos sus procesos."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

CADA = 0.5  # segundos entre mirada y mirada
TICTAC = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True, kw_only=True)
class Uso:
    """Lo que tardó y gastó una orden con todos sus procesos."""

    segundos: float
    procesador: float  # segundos, hasta la última mirada
    memoria_mb: float  # lo más que ocuparon a la vez (PSS: lo compartido se cuenta una vez)


def medir_uso(*orden: str | Path) -> Uso:
    """Corre la orden en su propia sesión y la mira mientras dura; levanta CalledProcessError si falla."""
    inicio = time.perf_counter()
    proceso = subprocess.Popen([str(p) for p in orden], stdout=subprocess.DEVNULL, start_new_session=True)
    gastado: dict[int, float] = {}
    maximo = 0.0
    while _sigue(proceso):
        ocupado = 0.0
        for pid in _procesos(proceso.pid):
            try:
                ocupado += _memoria(pid)
                gastado[pid] = _procesador(pid)
            except (OSError, StopIteration):  # terminó mientras se miraba
                continue
        maximo = max(maximo, ocupado)
    segundos = time.perf_counter() - inicio
    if proceso.returncode:
        raise subprocess.CalledProcessError(proceso.returncode, proceso.args)
    return Uso(segundos=segundos, procesador=sum(gastado.values()), memoria_mb=maximo)


def _sigue(proceso: subprocess.Popen[bytes]) -> bool:
    try:
        proceso.wait(CADA)
    except subprocess.TimeoutExpired:
        return True
    return False


def _procesos(sesion: int) -> Iterator[int]:
    for carpeta in Path("/proc").glob("[0-9]*"):
        try:
            if os.getsid(int(carpeta.name)) == sesion:
                yield int(carpeta.name)
        except OSError:
            continue


def _memoria(pid: int) -> float:
    renglones = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(r.split()[1]) for r in renglones if r.startswith("Pss:")) / 1024


def _procesador(pid: int) -> float:
    # Después del nombre, que va entre paréntesis y puede tener espacios: los campos 14 y 15 de proc(5).
    campos = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(campos[11]) + int(campos[12])) / TICTAC
