"""Repartir dependencias entre profesionales por su carga y poner hora a sus reuniones. No lee nada."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from pipeline.calendario import es_habil


def repartir(cargas: Mapping[str, int], profesionales: int) -> list[list[str]]:
    """Las dependencias de cada profesional: de mayor a menor carga, cada una a quien menos lleva.

    >>> repartir({"A": 5, "B": 4, "C": 3, "D": 3, "E": 3}, 2)
    [['A', 'D'], ['B', 'C', 'E']]
    """
    grupos: list[list[str]] = [[] for _ in range(profesionales)]
    llevan = [0] * profesionales
    for codigo in sorted(cargas, key=lambda c: (-cargas[c], c)):
        quien = min(range(profesionales), key=lambda i: (llevan[i], i))
        grupos[quien].append(codigo)
        llevan[quien] += cargas[codigo]
    return grupos


def dias_habiles(desde: date, hasta: date) -> list[date]:
    """Los días hábiles después de `desde` y hasta `hasta`."""
    dias = (hasta - desde).days
    return [dia for paso in range(1, dias + 1) if es_habil(dia := desde + timedelta(days=paso))]


def poner_hora(
    grupos: Sequence[Sequence[str]], orden: Sequence[str], dias: Sequence[date], horas: Sequence[str]
) -> dict[str, tuple[int, date | None, str]]:
    """De cada dependencia: quién la revisa (desde 0), qué día y a qué hora.

    Cada profesional sigue el `orden` dado y no tiene dos reuniones a la vez; el día es None si no caben.

    >>> poner_hora([["A", "B"]], ["B", "A"], [date(2025, 7, 22)], ["8", "10"])["A"]
    (0, datetime.date(2025, 7, 22), '10')
    """
    cupos: list[tuple[date | None, str]] = [(dia, hora) for dia in dias for hora in horas]
    citas = {}
    for quien, grupo in enumerate(grupos):
        propias = [codigo for codigo in orden if codigo in set(grupo)]
        for turno, codigo in enumerate(propias):
            dia, hora = cupos[turno] if turno < len(cupos) else (None, "")
            citas[codigo] = (quien, dia, hora)
    return citas
