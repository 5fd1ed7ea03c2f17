"""Hallar la fila de encabezado por sus rótulos y saber qué columna del libro es cada campo."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from pipeline.formatos import ColumnaFormato, Formato, clave, letra_de_columna, limpiar_texto
from pipeline.modelo import Corte


@dataclass(frozen=True, slots=True, kw_only=True)
class Busqueda:
    """Una columna que el formato espera, con el año y la fuente ya puestos en sus alias."""

    definicion: ColumnaFormato
    alias: tuple[str, ...]
    vigencia: int
    fuente: str
    requerida: bool
    opcional: bool

    @property
    def rotulo(self) -> str:
        """Cómo nombrarla en un mensaje; dice cuál cuando el encabezado se repite."""
        n = self.definicion.ocurrencia
        return self.alias[0] if n == 1 else f"{self.alias[0]} (aparición {n})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapa:
    """Encabezado hallado: qué posición tiene cada columna buscada y qué pasó con las demás."""

    fila: int  # la primera es 1
    rotulos: tuple[str, ...]
    posiciones: tuple[tuple[Busqueda, int], ...]
    ausentes: tuple[Busqueda, ...]
    auditadas: tuple[int, ...]
    desconocidas: tuple[int, ...]
    repetidas: tuple[tuple[int, int, int], ...]  # (posición, primera posición, ocurrencia)


def columnas_buscadas(formato: Formato, vigencias: Sequence[int], corte: Corte | None) -> list[Busqueda]:
    """Las columnas que debe haber: una por año y fuente donde el formato lo pide."""
    return [
        _buscar(columna, formato, vigencia, fuente, corte)
        for columna in formato.columnas
        for vigencia in _vigencias_de(columna, vigencias, corte)
        for fuente in columna.fuentes or ("",)
    ]


def hallar_encabezado(
    filas: Sequence[Sequence[object]], buscadas: Sequence[Busqueda], formato: Formato
) -> Mapa | None:
    """El mapa de la fila que reconoce más columnas, o None si ninguna reconoce bastantes."""
    esperadas = {clave(alias) for b in buscadas for alias in b.alias}
    requeridas = sum(b.requerida for b in buscadas)
    limite = formato.encabezado.buscar_en_filas
    aciertos = [len(esperadas.intersection(_claves(fila))) for fila in filas[:limite]]
    mejor = max(aciertos, default=0)
    if mejor < max(2, formato.encabezado.proporcion_minima * requeridas):
        return None
    posicion = aciertos.index(mejor)
    return _mapear(filas[posicion], posicion + 1, buscadas, formato)


def _vigencias_de(columna: ColumnaFormato, vigencias: Sequence[int], corte: Corte | None) -> Sequence[int]:
    if columna.vigencia == "cada_una":
        return vigencias
    if columna.vigencia == "del_corte":
        return (corte.vigencia if corte else max(vigencias),)
    return (columna.vigencia or 0,)


def _buscar(
    columna: ColumnaFormato, formato: Formato, vigencia: int, fuente: str, corte: Corte | None
) -> Busqueda:
    # Un reporte de 2025 no tiene por qué traer columnas de 2027: solo se exige la vigencia del corte.
    es_de_otro_corte = bool(
        formato.tabla != "plan" and columna.vigencia == "cada_una" and corte and vigencia != corte.vigencia
    )
    return Busqueda(
        definicion=columna,
        alias=tuple(
            a.replace("{vigencia}", str(vigencia)).replace("{fuente}", fuente) for a in columna.alias
        ),
        vigencia=vigencia,
        fuente=fuente,
        requerida=columna.requerida and not es_de_otro_corte,
        opcional=columna.opcional or es_de_otro_corte,
    )


def _mapear(encabezado: Sequence[object], fila: int, buscadas: Sequence[Busqueda], formato: Formato) -> Mapa:
    apariciones: dict[str, list[int]] = defaultdict(list)
    for posicion, rotulo in enumerate(_claves(encabezado)):
        if rotulo:
            apariciones[rotulo].append(posicion)
    halladas = [(b, _posicion(b, apariciones)) for b in buscadas]
    usadas = {p for _, p in halladas if p is not None}
    auditadas = _que_cumplen(formato.columnas_auditadas, apariciones) - usadas
    sin_uso = _que_cumplen(formato.columnas_sin_uso, apariciones)
    todas = {p for posiciones in apariciones.values() for p in posiciones}
    return Mapa(
        fila=fila,
        rotulos=tuple(limpiar_texto(str(r)) for r in encabezado),
        posiciones=tuple((b, p) for b, p in halladas if p is not None),
        ausentes=tuple(b for b, p in halladas if p is None and not b.opcional),
        auditadas=tuple(sorted(auditadas)),
        desconocidas=tuple(sorted(todas - usadas - auditadas - sin_uso)),
        repetidas=tuple((p, ps[0], n) for ps in apariciones.values() for n, p in enumerate(ps[1:], start=2)),
    )


def _posicion(busqueda: Busqueda, apariciones: dict[str, list[int]]) -> int | None:
    for alias in busqueda.alias:
        posiciones = apariciones.get(clave(alias), ())
        if len(posiciones) >= busqueda.definicion.ocurrencia:
            return posiciones[busqueda.definicion.ocurrencia - 1]
    return None


def _que_cumplen(patrones: Sequence[str], apariciones: dict[str, list[int]]) -> set[int]:
    """Posiciones cuyo rótulo cumple algún patrón (`*` y `?` como en los nombres de archivo)."""
    claves = [
        "".join(p if p in "*?" else clave(p) for p in re.split(r"([*?])", patron)) for patron in patrones
    ]
    return {
        p
        for rotulo, posiciones in apariciones.items()
        if any(fnmatchcase(rotulo, patron) for patron in claves)
        for p in posiciones
    }


def _claves(fila: Sequence[object]) -> list[str]:
    return [clave(valor) if isinstance(valor, str) else "" for valor in fila]


def celda(posicion: int, fila: int) -> str:
    """Referencia A1 de una posición (desde cero) y una fila (desde uno).

    >>> celda(2, 7)
    'C7'
    """
    return f"{letra_de_columna(posicion)}{fila}"
