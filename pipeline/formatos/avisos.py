"""Avisos de lectura (LEC, LIM), libros (LIB), fórmulas (FOR) y correcciones (COR, CAT), en `recursos`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from pipeline.archivos import leer_yml
from pipeline.config import PAQUETE
from pipeline.modelo import Hallazgo, Severidad

ARCHIVOS = ("reglas_lectura.yml", "reglas_libros.yml", "reglas_formulas.yml", "reglas_correcciones.yml")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReglaLectura:
    """Regla de lectura o limpieza: su efecto, su porqué y los textos con marcadores `{así}`."""

    titulo: str
    severidad: Severidad
    alcance: str
    mensaje: str
    porque: str
    accion: str


@cache
def reglas_de_lectura() -> Mapping[str, ReglaLectura]:
    """Reglas por identificador, en el orden de sus archivos.

    >>> reglas_de_lectura()["LEC-01"].severidad
    <Severidad.BLOQUEA: 'bloquea'>
    """
    rutas = (PAQUETE / "recursos" / archivo for archivo in ARCHIVOS)
    datos = {r: t for ruta in rutas for r, t in leer_yml(ruta.read_text(encoding="utf-8")).items()}
    return {
        regla: ReglaLectura(**{**textos, "severidad": Severidad(textos["severidad"])})
        for regla, textos in datos.items()
    }


def avisar(
    regla: str,
    *,
    instrumento: str,
    marcadores: Mapping[str, object] | None = None,
    severidad: Severidad | None = None,
    **lugar: Any,
) -> Hallazgo:
    """Hallazgo de `regla` con sus textos llenos; `lugar` son los campos de ubicación de `Hallazgo`."""
    textos = reglas_de_lectura()[regla]
    valores = marcadores or {}
    return Hallazgo(
        regla=regla,
        severidad=severidad or textos.severidad,
        alcance=textos.alcance,
        instrumento=instrumento,
        mensaje=textos.mensaje.format(**valores),
        accion=textos.accion.format(**valores),
        **lugar,
    )
