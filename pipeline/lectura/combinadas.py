"""Celdas combinadas dentro de la tabla: solo la primera tiene valor y las demás se leen vacías."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence

from pipeline.formatos import ColumnaLeida
from pipeline.lectura.avisos import Avisar
from pipeline.lectura.crudo import HojaCruda, Rango
from pipeline.lectura.encabezado import celda, posicion_de
from pipeline.modelo import Hallazgo


def avisos_de_combinadas(
    cruda: HojaCruda, columnas: Sequence[ColumnaLeida], numeros: Sequence[int], avisar_hoja: Avisar
) -> list[Hallazgo]:
    """Un aviso por cada celda leída que quedó vacía porque está combinada con otra que sí tiene valor."""
    leidas = [(posicion_de(c.letra), c, sorted(c.filas or numeros)) for c in columnas if c.definicion]
    tope = sum(len(filas) for _, _, filas in leidas)
    avisos: list[Hallazgo] = []
    for rango in sorted(cruda.combinadas):
        for fila, posicion, columna in _cubiertas(rango, leidas):
            tope -= 1
            if tope < 0:  # más celdas cubiertas que leídas: rangos encimados, que ningún programa escribe
                return avisos
            if not _se_perdio(cruda.filas, rango, fila, posicion):
                continue
            propia, otra = celda(posicion, fila), celda(rango[0][1], rango[0][0] + 1)
            marcadores = {"celda": propia, "otra": otra}
            lugar = {"fila": fila, "celda": propia, "columna": columna.encabezado}
            avisos.append(avisar_hoja("LEC-28", marcadores=marcadores, **lugar))
    return avisos


def _cubiertas(
    rango: Rango, leidas: Sequence[tuple[int, ColumnaLeida, list[int]]]
) -> Iterator[tuple[int, int, ColumnaLeida]]:
    """Fila, posición y columna de cada celda leída que el rango cubre sin ser la primera."""
    (f1, c1), (f2, c2) = rango
    for posicion, columna, filas in leidas:
        se_rellena = columna.definicion is not None and columna.definicion.rellenar_hacia_abajo
        if not c1 <= posicion <= c2 or (se_rellena and posicion == c1):
            continue
        for fila in filas[bisect_left(filas, f1 + 1) : bisect_right(filas, f2 + 1)]:
            if (fila, posicion) != (f1 + 1, c1):
                yield fila, posicion, columna


def _se_perdio(filas: Sequence[Sequence[object]], rango: Rango, fila: int, posicion: int) -> bool:
    (f1, c1), _ = rango
    return filas[f1][c1] != "" and filas[fila - 1][posicion] == ""
