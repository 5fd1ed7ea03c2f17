"""Qué formato casa mejor con un libro: por la proporción de sus encabezados que se reconocen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from pipeline.formatos import Formato, limpiar_texto
from pipeline.lectura.apertura import abrir
from pipeline.lectura.crudo import HojaCruda, LibroAbierto
from pipeline.lectura.encabezado import Mapa, columnas_buscadas, hallar_encabezado
from pipeline.modelo import Corte

PROPORCION_MINIMA = 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class Propuesta:
    """Qué tanto casa un formato con una hoja: encabezados reconocidos de los que espera."""

    formato: Formato
    corte: Corte
    hoja: str
    fila: int
    reconocidos: int
    esperados: int
    faltan: tuple[str, ...]  # los requeridos que no están
    desconocidos: int
    es_su_hoja: bool

    @property
    def proporcion(self) -> float:
        """Reconocidos / esperados, de 0 a 1."""
        return self.reconocidos / self.esperados if self.esperados else 0.0

    @property
    def casa(self) -> bool:
        """Si el libro se puede leer con el formato (salvo, quizá, el nombre de su hoja)."""
        return not self.faltan and self.proporcion >= PROPORCION_MINIMA


def proponer(
    ruta: Path, formatos: Sequence[Formato], *, vigencias: Sequence[int], cortes: Sequence[Corte]
) -> list[Propuesta]:
    """Propuestas del libro, la mejor primero; vacía si ningún formato reconoce un encabezado.

    De cada formato queda su mejor hoja y, de `cortes`, aquel cuyos encabezados reconoce más.
    Levanta LibroIlegibleError si el libro no se puede abrir.
    """
    libro = abrir(ruta)
    crudas = {nombre: libro.leer(nombre) for nombre, es_visible in libro.hojas.items() if es_visible}
    mejores = []
    for formato in formatos:
        propuestas = [
            p
            for corte in cortes
            for nombre, cruda in crudas.items()
            if (p := _proponer_uno(libro, nombre, cruda, formato, vigencias, corte)) is not None
        ]
        if propuestas:
            mejores.append(max(propuestas, key=_orden))
    return sorted(mejores, key=_orden, reverse=True)


def _proponer_uno(
    libro: LibroAbierto,
    nombre: str,
    cruda: HojaCruda,
    formato: Formato,
    vigencias: Sequence[int],
    corte: Corte,
) -> Propuesta | None:
    buscadas = columnas_buscadas(formato, vigencias, corte)
    mapa = hallar_encabezado(cruda, buscadas, formato)
    if mapa is None:
        return None
    patron = limpiar_texto(formato.hoja).casefold()
    return Propuesta(
        formato=formato,
        corte=corte,
        hoja=nombre,
        fila=mapa.fila,
        reconocidos=_reconocidos(mapa),
        esperados=_reconocidos(mapa) + len(mapa.ausentes),
        faltan=tuple(b.rotulo for b in mapa.ausentes if b.requerida),
        desconocidos=len(mapa.desconocidas),
        es_su_hoja=libro.es_texto or fnmatchcase(limpiar_texto(nombre).casefold(), patron),
    )


def _reconocidos(mapa: Mapa) -> int:
    return sum(not b.opcional for b, _ in mapa.posiciones)


def _orden(p: Propuesta) -> tuple[bool, bool, float, int, int]:
    return p.casa, p.es_su_hoja, p.proporcion, p.reconocidos - p.desconocidos, p.reconocidos
