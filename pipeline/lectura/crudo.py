"""Un libro abierto, sea cual sea su tipo de archivo."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from pipeline.formatos.archivo import LibroIlegibleError

__all__ = ["HojaCruda", "LibroAbierto", "LibroIlegibleError", "Rango", "contenido_ajeno"]


Rango = tuple[tuple[int, int], tuple[int, int]]  # (fila, columna) de las dos esquinas, desde cero


@dataclass(frozen=True, slots=True, kw_only=True)
class HojaCruda:
    """Celdas de una hoja desde A1 y lo que de su forma importa al leerla.

    `filas_ocultas` son números de fila (la primera es 1); `columnas_ocultas`, posiciones desde cero;
    `disparejas`, los renglones de un CSV con otro número de campos: (fila, los que tiene, los usuales).
    """

    filas: list[list[object]]
    combinadas: tuple[Rango, ...] = ()
    filas_ocultas: tuple[int, ...] = ()
    columnas_ocultas: tuple[int, ...] = ()
    disparejas: tuple[tuple[int, int, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LibroAbierto:
    """Hojas de un libro (nombre → si es visible) y cómo leer cada una.

    `es_texto` si es un CSV: tiene una sola hoja, sin nombre propio, y todo valor es texto. `leer`
    levanta LibroIlegibleError si la hoja está dañada o declara una tabla desmedida. `mirar` da
    las primeras filas de varias hojas, tantas como se le digan, sin leerlas enteras; levanta lo mismo.
    """

    hojas: Mapping[str, bool]
    leer: Callable[[str], HojaCruda]
    mirar: Callable[[Sequence[str], int], Mapping[str, HojaCruda]]
    es_texto: bool = False


@contextmanager
def contenido_ajeno(hoja: str | None = None) -> Iterator[None]:
    """Cualquier fallo al leer bytes ajenos es un libro dañado, también un pánico del lector (Rust).

    Lo que diga el fallo está en inglés y no le sirve al enlace: queda encadenado, no en el hallazgo.
    """
    try:
        yield
    except (LibroIlegibleError, KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException as error:
        raise LibroIlegibleError("LEC-03", hoja=hoja, motivo="su contenido no se pudo leer") from error
