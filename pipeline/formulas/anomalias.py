"""Qué fórmulas de una hoja no hacen lo que parece. Funciones puras; los textos están en un YAML."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from pipeline.formato_es import citar
from pipeline.formatos import letra_de_columna
from pipeline.formulas.lectura import Celda, Hoja
from pipeline.formulas.patrones import Patron

MINIMO_DE_FORMULAS = 5  # con menos no hay una costumbre de la columna de la que apartarse
MAYORIA = 0.5
_CIFRA = re.compile(r"[$\s]*[-+]?[\d.,]+\s*(?:%\s*)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Anomalia:
    """Algo raro en una celda; las de la misma regla, columna y `detalle` se cuentan juntas."""

    regla: str
    fila: int
    columna: int
    formula: str = ""
    valor: str = ""
    detalle: str = ""
    marcadores: Mapping[str, object] = field(default_factory=dict)

    @property
    def celda(self) -> str:
        """Referencia A1."""
        return f"{letra_de_columna(self.columna - 1)}{self.fila}"


def hallar_anomalias(hoja: Hoja) -> list[Anomalia]:
    """Las anomalías de la hoja, por columna y fila."""
    return [
        anomalia for celdas in hoja.columnas.values() for anomalia in sorted(_de_columna(celdas), key=_orden)
    ]


def _orden(anomalia: Anomalia) -> tuple[str, int]:
    return anomalia.regla, anomalia.fila


def _de_columna(celdas: Sequence[Celda]) -> Iterator[Anomalia]:
    con_formula = [celda for celda in celdas if celda.patron is not None]
    for celda in con_formula:
        if celda.autodivision:
            yield _anomalia("FOR-01", celda)
        if celda.es_error:
            yield _anomalia("FOR-03", celda)
        if fuera := _filas_por_fuera(celda, celdas):
            yield _anomalia("FOR-04", celda, filas=", ".join(map(str, fuera[:5])), n=len(fuera))
    mayoritario = _patron_mayoritario(con_formula)
    if mayoritario is not None:
        yield from _apartadas(con_formula, mayoritario)
        yield from _escritas_encima(celdas, con_formula, mayoritario)


def _anomalia(regla: str, celda: Celda, detalle: str = "", **marcadores: object) -> Anomalia:
    return Anomalia(
        regla=regla,
        fila=celda.fila,
        columna=celda.columna,
        formula=celda.formula_propia if celda.patron else "",
        valor=_citar(celda),
        detalle=detalle,
        marcadores=marcadores,
    )


def _citar(celda: Celda) -> str:
    """El valor guardado como se ve en la celda: el XML escribe los decimales con punto."""
    if celda.es_numero and not celda.es_error:
        with suppress(ValueError):
            return citar(float(celda.valor))
    return celda.valor


def _patron_mayoritario(con_formula: Sequence[Celda]) -> Patron | None:
    """El patrón que tiene más de la mitad de las fórmulas de la columna, si son bastantes."""
    if len(con_formula) < MINIMO_DE_FORMULAS:
        return None
    ((patron, veces),) = Counter(c.patron.nucleo for c in con_formula if c.patron).most_common(1)
    return patron if veces > MAYORIA * len(con_formula) else None


def _apartadas(con_formula: Sequence[Celda], mayoritario: Patron) -> Iterator[Anomalia]:
    ejemplo = _ejemplo(con_formula, mayoritario)
    for celda in con_formula:
        propio = celda.patron.nucleo if celda.patron else mayoritario
        if propio == mayoritario or celda.rango is not None or celda.autodivision:
            continue
        corrimiento = propio.corrimiento(mayoritario)
        regla, detalle = ("FOR-05", decir_corrimiento(*corrimiento)) if corrimiento else ("FOR-06", "")
        yield _anomalia(
            regla, celda, detalle, corrida=detalle, comun=ejemplo.formula_propia, fila_comun=ejemplo.fila
        )


def decir_corrimiento(filas: int, columnas: int) -> str:
    """El corrimiento en palabras.

    >>> decir_corrimiento(0, -1), decir_corrimiento(-3, 0)
    ('una columna a la izquierda', '3 filas arriba')
    """
    partes = []
    if columnas:
        cuantas = "una columna" if abs(columnas) == 1 else f"{abs(columnas)} columnas"
        partes.append(f"{cuantas} a la {'izquierda' if columnas < 0 else 'derecha'}")
    if filas:
        cuantas = "una fila" if abs(filas) == 1 else f"{abs(filas)} filas"
        partes.append(f"{cuantas} {'arriba' if filas < 0 else 'abajo'}")
    return " y ".join(partes)


def _ejemplo(con_formula: Sequence[Celda], mayoritario: Patron) -> Celda:
    return next(celda for celda in con_formula if celda.patron and celda.patron.nucleo == mayoritario)


def _escritas_encima(
    celdas: Sequence[Celda], con_formula: Sequence[Celda], mayoritario: Patron
) -> Iterator[Anomalia]:
    """Cifras escritas a mano entre las fórmulas de una columna que es casi toda de fórmulas."""
    primera, ultima = con_formula[0].fila, con_formula[-1].fila
    entre = [celda for celda in celdas if primera <= celda.fila <= ultima]
    if len(con_formula) <= MAYORIA * len(entre):
        return
    ejemplo = _ejemplo(con_formula, mayoritario)
    for celda in entre:
        if celda.patron is None and (celda.es_numero or _CIFRA.fullmatch(celda.valor)):
            yield _anomalia("FOR-02", celda, comun=ejemplo.formula_propia, fila_comun=ejemplo.fila)


def _filas_por_fuera(celda: Celda, celdas: Sequence[Celda]) -> list[int]:
    """Filas con cifras junto al rango sumado, en la misma columna, que la suma no toma."""
    if celda.rango is None or celda.rango[0] != celda.columna:
        return []
    _, primera, ultima = celda.rango
    sumables = {
        c.fila for c in celdas if c.es_numero and c.rango is None and c.fila != celda.fila and not c.es_error
    }
    fuera = sorted(f for f in sumables if ultima < f < celda.fila) if celda.fila > ultima else []
    arriba = primera - 1
    while arriba in sumables:
        fuera.insert(0, arriba)
        arriba -= 1
    return fuera
