"""El libro tal como se leyó: columnas de valores crudos, todavía sin interpretar."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline.formatos.definicion import ColumnaFormato
from pipeline.modelo import Hallazgo

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnaLeida:
    """Valores crudos de una columna, uno por fila de datos; «» es una celda vacía.

    `definicion` es None en las columnas que solo se auditan. `vigencia` es 0 si el campo no
    depende de la vigencia.
    """

    definicion: ColumnaFormato | None
    letra: str
    encabezado: str
    valores: Sequence[Any]
    vigencia: int = 0
    fuente: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HojaLeida:
    """Filas de datos de una hoja, por columnas. `filas` son los números de fila del libro."""

    nombre: str
    filas: tuple[int, ...]
    columnas: tuple[ColumnaLeida, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LibroLeido:
    """Un libro leído con un formato. Si `es_legible` es falso, los hallazgos dicen por qué."""

    archivo: str
    sha256: str
    es_legible: bool
    hojas: tuple[HojaLeida, ...] = ()
    hallazgos: tuple[Hallazgo, ...] = ()

    @property
    def celdas(self) -> pd.DataFrame:
        """Una fila por celda leída (hoja, fila, celda, encabezado, vigencia, campo, valor), para mirar."""
        import pandas as pd

        nombres = ["hoja", "fila", "celda", "encabezado", "vigencia", "campo", "valor"]
        datos = [
            (hoja.nombre, fila, f"{c.letra}{fila}", c.encabezado, c.vigencia, c.definicion.campo, valor)
            for hoja in self.hojas
            for c in hoja.columnas
            if c.definicion
            for fila, valor in zip(hoja.filas, c.valores, strict=True)
        ]
        return pd.DataFrame(datos, columns=nombres)
