"""De hallazgos a correcciones numeradas: el mismo orden y los mismos números en el libro y en la página."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import pandas as pd

from pipeline.archivos import leer_yml
from pipeline.config import PAQUETE
from pipeline.modelo import Severidad

CARPETA = PAQUETE / "recursos" / "devolucion"
ORDEN = {severidad.value: orden for orden, severidad in enumerate(Severidad)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Devolucion:
    """A quién y de qué se devuelve un libro: lo que dicen los encabezados del libro y de la página."""

    archivo: str
    dependencia: str
    corte: str
    entidad: str
    oficina: str = ""
    procedimiento: str = ""
    estado: str = ""  # en palabras, sin punto final
    es_demostracion: bool = False


@cache
def leer_textos() -> Mapping[str, Any]:
    """Palabras, colores y columnas de `recursos/devolucion/textos.yml`."""
    textos: Mapping[str, Any] = leer_yml((CARPETA / "textos.yml").read_text(encoding="utf-8"))
    return textos


def numerar_correcciones(hallazgos: pd.DataFrame) -> pd.DataFrame:
    """Los hallazgos de un libro (tabla `hallazgos`) en orden de trabajo, con `numero`, `palabra` y `lugar`.

    Primero lo que bloquea; dentro de cada severidad, lo del libro completo y luego por hoja, fila y celda.
    `lugar` es la celda o, si el hallazgo no es de una celda, la fila.
    """
    palabras = {clave: s["palabra"] for clave, s in leer_textos()["severidades"].items()}
    orden = hallazgos.assign(
        _severidad=hallazgos["severidad"].map(ORDEN), _ancho=hallazgos["celda"].str.len()
    ).sort_values(
        ["_severidad", "hoja", "fila", "_ancho", "celda", "regla", "vigencia"],
        na_position="first",
        kind="stable",
        ignore_index=True,
    )
    filas = orden["fila"].map(lambda fila: f"fila {fila}", na_action="ignore").astype("str")
    return orden.drop(columns=["_severidad", "_ancho"]).assign(
        numero=range(1, len(orden) + 1),
        palabra=orden["severidad"].map(palabras),
        lugar=orden["celda"].where(orden["celda"].notna(), filas.where(orden["fila"].notna())),
    )


def contar_por_severidad(hallazgos: pd.DataFrame) -> dict[str, int]:
    """Cuántos hallazgos hay de cada severidad, también cuando no hay ninguno.

    >>> from pipeline.esquemas import crear_tabla
    >>> contar_por_severidad(crear_tabla("hallazgos"))
    {'bloquea': 0, 'observa': 0, 'informa': 0}
    """
    cuenta = hallazgos["severidad"].value_counts()
    return {severidad.value: int(cuenta.get(severidad.value, 0)) for severidad in Severidad}
