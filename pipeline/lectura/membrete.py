"""Campos que un formulario escribe una sola vez, encima de la tabla: su rótulo y la celda siguiente."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.formatos import ColumnaFormato, ColumnaLeida, Formato, clave, letra_de_columna
from pipeline.lectura.avisos import Avisar
from pipeline.lectura.crudo import HojaCruda
from pipeline.lectura.encabezado import Mapa
from pipeline.modelo import Hallazgo


def columnas_del_membrete(
    cruda: HojaCruda, numeros: Sequence[int], mapa: Mapa, formato: Formato, avisar_hoja: Avisar
) -> tuple[list[ColumnaLeida], list[Hallazgo]]:
    """Una columna por campo del membrete, con el mismo valor en todas las filas y la celda de donde sale.

    El valor está en la celda que sigue al rótulo (o a su celda combinada), en la misma fila; si está
    vacía, el campo también. Un rótulo que no aparece es un hallazgo, como una columna que falta.
    """
    campos = [c for c in formato.columnas if c.en_membrete]
    if not campos:
        return [], []
    rotulos = _rotulos(cruda, mapa.fila - formato.encabezado.filas)
    columnas, avisos = [], []
    for definicion in campos:
        lugar = next((rotulos[clave(a)] for a in definicion.alias if clave(a) in rotulos), None)
        if lugar is None:
            avisos += _avisar_ausente(definicion, mapa, avisar_hoja)
            continue
        columnas.append(_columna(definicion, cruda, lugar, len(numeros)))
    return columnas, avisos


def _rotulos(cruda: HojaCruda, hasta: int) -> dict[str, tuple[int, int, str]]:
    """Fila y posición (desde cero) donde empieza el valor de cada texto escrito sobre el encabezado."""
    fin = {(f1, c1): c2 for (f1, c1), (_, c2) in cruda.combinadas}
    rotulos: dict[str, tuple[int, int, str]] = {}
    for numero, fila in enumerate(cruda.filas[:hasta]):
        for posicion, valor in enumerate(fila):
            if isinstance(valor, str) and clave(valor):
                siguiente = fin.get((numero, posicion), posicion) + 1
                rotulos.setdefault(clave(valor), (numero, siguiente, valor.strip().rstrip(":")))
    return rotulos


def _columna(
    definicion: ColumnaFormato, cruda: HojaCruda, lugar: tuple[int, int, str], cuantas: int
) -> ColumnaLeida:
    fila, posicion, rotulo = lugar
    valor = cruda.filas[fila][posicion] if posicion < len(cruda.filas[fila]) else ""
    return ColumnaLeida(
        definicion=definicion,
        letra=letra_de_columna(posicion),
        encabezado=rotulo,
        valores=[valor] * cuantas,
        filas=(fila + 1,) * cuantas,
    )


def _avisar_ausente(definicion: ColumnaFormato, mapa: Mapa, avisar_hoja: Avisar) -> list[Hallazgo]:
    if definicion.opcional:
        return []
    rotulo = definicion.alias[0]
    regla = "LEC-07" if definicion.requerida else "LEC-08"
    return [avisar_hoja(regla, fila=mapa.fila, columna=rotulo, marcadores={"columna": rotulo})]
