"""Lo que encuentra una regla: a quién se refiere, sus cifras y los dos lados que no cuadran."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pipeline.conciliacion.vistas import Fila, Mundo
from pipeline.formato_es import sin_tildes

EN_PALABRAS = {"pi": "el Plan Indicativo", "poai": "el POAI", "pa": "el Plan de Acción"}
NO_APARECE = "no aparece"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lado:
    """Un lado del caso: filas de un libro y el campo que se compara, con su valor ya escrito.

    `campos` son los nombres que puede tener ese valor en la tabla `celdas`; vale el primero que exista.
    Si lo que pasa es que falta, `filas` va vacía y `libro` dice dónde debería estar.
    """

    instrumento: str
    valor: str
    campos: Sequence[str] = ()
    filas: Sequence[Fila] = ()
    libro: Fila = field(default_factory=dict)
    codigo_meta: str = ""  # para hallar la celda en el plan si la meta no tiene fila en un reporte


@dataclass(frozen=True, slots=True, kw_only=True)
class Caso:
    """Un quiebre o señal hallado por una regla, aún sin redactar."""

    sujeto: str
    a: Lado
    b: Lado
    datos: Mapping[str, str]
    codigo_meta: str = ""
    bpin: str = ""
    codigo_actividad: str = ""
    dependencia: str = ""
    otra: str = ""
    explicacion: str = ""  # clave de `explicaciones`; vacía si nada lo explica


def falta_en(mundo: Mundo, instrumento: str, dependencia: str | None) -> Lado:
    """El lado en que algo no aparece, con el libro donde debería estar."""
    vista = mundo.poai if instrumento == "poai" else mundo.pa
    return Lado(instrumento=instrumento, valor=NO_APARECE, libro=vista.libro_de(dependencia))


def explicada_por_observacion(meta: Fila, regla: Mapping[str, Any]) -> bool:
    """Si la observación de la meta trae alguna de las raíces de la regla."""
    texto = sin_tildes(meta["observacion"] or "")
    return any(re.search(rf"\b{re.escape(sin_tildes(raiz))}", texto) for raiz in regla.get("palabras", ()))
