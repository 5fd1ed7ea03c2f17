"""Mide la etapa de datos de muchas entidades desde sus libros: `seguimiento calcular --entidades`.

Uso: python -m bench.medir_entidades [ENTIDADES ...]        (por defecto 1, 10 y 100)

Leer y revisar los libros de tres instrumentos con Great Expectations, consolidar, calcular índices y alertas
y guardar las tablas; sin informes. Las entidades son las de bench/generar_entidades.py y escribirlas no
cuenta. Se mide la orden completa, con lo que tarda en empezar.
"""

from __future__ import annotations

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from bench.generar_entidades import generar
from bench.uso import Uso, medir_uso

TAMANOS = (1, 10, 100)
SEGUIMIENTO = Path(sys.executable).with_name("seguimiento")


@dataclass(frozen=True, slots=True, kw_only=True)
class DeEntidades:
    """Lo que costó la etapa de datos de `entidades`, con sus `libros`."""

    entidades: int
    libros: int
    uso: Uso

    @property
    def por_entidad(self) -> float:
        """Segundos de pared por entidad."""
        return self.uso.segundos / self.entidades


def medir(cuantas: int) -> DeEntidades:
    """Genera `cuantas` entidades en una carpeta temporal y mide su etapa de datos, en frío."""
    with tempfile.TemporaryDirectory() as nombre:
        carpeta = Path(nombre) / "entidades"
        generar(carpeta, cuantas)
        libros = len(list(carpeta.glob("*/data/raw/**/*.xlsx")))
        uso = medir_uso(SEGUIMIENTO, "calcular", "--entidades", carpeta)
    return DeEntidades(entidades=cuantas, libros=libros, uso=uso)


def principal(argumentos: list[str]) -> None:
    """Mide cada tamaño pedido y lo dice."""
    for cuantas in [int(a) for a in argumentos] or TAMANOS:
        m = medir(cuantas)
        print(
            f"{m.entidades:>5} entidades · {m.libros:>6} libros · {m.uso.segundos:8.2f} s "
            f"({m.uso.procesador:.2f} s de procesador) · {m.por_entidad:.2f} s por entidad · "
            f"{m.uso.memoria_mb:.0f} MB",
            flush=True,
        )


if __name__ == "__main__":
    principal(sys.argv[1:])
