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
    depende de la vigencia. `filas` dice de qué fila viene cada valor cuando no es la suya (un nivel
    del árbol que da su nombre a las metas que cuelgan de él). `factores` multiplica cada valor (el
    peso de los niveles superiores); None donde alguno no se conoce.
    """

    definicion: ColumnaFormato | None
    letra: str
    encabezado: str
    valores: Sequence[Any]
    vigencia: int = 0
    fuente: str = ""
    filas: tuple[int, ...] = ()
    factores: tuple[float | None, ...] = ()

    def celda(self, indice: int, filas: Sequence[int]) -> str:
        """Celda de donde viene el valor número `indice`; `filas` son las de la hoja."""
        return f"{self.letra}{(self.filas or filas)[indice]}"


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
    es_texto: bool = False  # un CSV: que un número esté escrito como texto no es un defecto
    hojas: tuple[HojaLeida, ...] = ()
    hallazgos: tuple[Hallazgo, ...] = ()

    @property
    def celdas(self) -> pd.DataFrame:
        """Una fila por celda leída (hoja, fila, celda, encabezado, vigencia, campo, valor), para mirar."""
        import pandas as pd

        nombres = ["hoja", "fila", "celda", "encabezado", "vigencia", "campo", "valor"]
        datos = [
            (hoja.nombre, fila, c.celda(i, hoja.filas), c.encabezado, c.vigencia, c.definicion.campo, valor)
            for hoja in self.hojas
            for c in hoja.columnas
            if c.definicion
            for i, (fila, valor) in enumerate(zip(hoja.filas, c.valores, strict=True))
        ]
        return pd.DataFrame(datos, columns=nombres)
