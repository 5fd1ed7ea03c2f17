"""Hallazgos de la forma de una hoja: su encabezado, lo que tiene oculto y sus renglones disparejos."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from pipeline.formatos import Formato, letra_de_columna
from pipeline.lectura.crudo import HojaCruda
from pipeline.lectura.encabezado import Mapa, celda
from pipeline.modelo import Hallazgo


class Avisar(Protocol):
    """`avisar` con el libro ya puesto."""

    def __call__(self, regla: str, /, **lugar: object) -> Hallazgo:  # noqa: D102  # lo dice la clase
        ...


def avisos_del_encabezado(mapa: Mapa, formato: Formato, avisar_hoja: Avisar) -> list[Hallazgo]:
    """Columnas que faltan, que se repiten y que el formato no conoce."""
    avisos = [
        avisar_hoja(
            "LEC-07" if b.requerida else "LEC-08",
            fila=mapa.fila,
            columna=b.rotulo,
            marcadores={"columna": b.rotulo},
        )
        for b in mapa.ausentes
    ]
    for posicion, primera, ocurrencia in mapa.repetidas:
        rotulo = mapa.rotulos[posicion]
        marcadores = {"encabezado": rotulo, "primera": celda(primera, mapa.fila), "ocurrencia": ocurrencia}
        lugar = {"fila": mapa.fila, "celda": celda(posicion, mapa.fila), "columna": rotulo}
        avisos.append(avisar_hoja("LEC-10", marcadores=marcadores, **lugar))
    if mapa.desconocidas:
        columnas = ", ".join(f"«{mapa.rotulos[p]}» ({letra_de_columna(p)})" for p in mapa.desconocidas)
        marcadores = {"formato": formato.nombre, "columnas": columnas}
        avisos.append(avisar_hoja("LEC-09", fila=mapa.fila, marcadores=marcadores))
    return avisos


def avisos_de_la_forma(
    cruda: HojaCruda, mapa: Mapa, numeros: Sequence[int], avisar_hoja: Avisar
) -> list[Hallazgo]:
    """Filas y columnas ocultas con datos, y renglones de un CSV con otro número de campos."""
    leidas = {p for _, p in mapa.posiciones}
    filas = sorted(set(cruda.filas_ocultas).intersection(numeros))
    columnas = sorted(leidas.intersection(cruda.columnas_ocultas))
    partes = [
        *([f"filas {_tramos(filas)}"] if filas else []),
        *([f"columnas {', '.join(map(letra_de_columna, columnas))}"] if columnas else []),
    ]
    avisos = [avisar_hoja("LEC-15", marcadores={"ocultas": " y ".join(partes)})] if partes else []
    con_datos = set(numeros)
    avisos += [
        avisar_hoja("LEC-21", fila=fila, marcadores={"fila": fila, "campos": campos, "usual": usual})
        for fila, campos, usual in cruda.disparejas
        if fila in con_datos
    ]
    return avisos


def _tramos(numeros: Iterable[int]) -> str:
    """Números seguidos como tramos.

    >>> _tramos([3, 4, 5, 9])
    '3-5, 9'
    """
    tramos: list[list[int]] = []
    for numero in numeros:
        if tramos and numero == tramos[-1][1] + 1:
            tramos[-1][1] = numero
        else:
            tramos.append([numero, numero])
    return ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in tramos)
