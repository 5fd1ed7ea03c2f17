"""Mide lo que espera quien usa el sistema y lo escribe en docs/rendimiento.md: `python -m bench`.

Mide procesos completos, como los lanza una persona.
"""

from __future__ import annotations

import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

PROYECTO = Path(__file__).resolve().parents[1]
DESTINO = PROYECTO / "docs" / "rendimiento.md"
SEGUIMIENTO = Path(sys.executable).with_name("seguimiento")


@dataclass(frozen=True, slots=True, kw_only=True)
class Medida:
    """Segundos de pared de una orden repetida `len(segundos)` veces."""

    que: str
    segundos: tuple[float, ...]

    @property
    def mediana(self) -> float:
        """Mediana, en segundos."""
        return statistics.median(self.segundos)


def medir(que: str, *argumentos: str, veces: int = 1) -> Medida:
    """Medida de `seguimiento ARGUMENTOS`; levanta CalledProcessError si la orden falla."""
    segundos = []
    for _ in range(veces):
        inicio = time.perf_counter()
        subprocess.run([str(SEGUIMIENTO), *argumentos], check=True, stdout=subprocess.DEVNULL)
        segundos.append(time.perf_counter() - inicio)
    return Medida(que=que, segundos=tuple(segundos))


def medir_todo(raiz: Path) -> list[Medida]:
    """Medidas del ejemplo en una carpeta nueva, en el orden en que alguien lo correría."""
    en = ("--raiz", str(raiz))
    return [
        medir("`seguimiento --help`", "--help", veces=7),
        medir("`seguimiento demo` (plan y cuatro cortes)", "demo", *en),
        medir("`seguimiento validar`", "validar", *en),
        medir("`seguimiento calcular`", "calcular", *en),
        medir("`seguimiento correr`, todo el corte con PDF", "correr", *en),
        medir("`seguimiento correr`, sin cambios", "correr", *en),
        medir("`seguimiento correr --forzar --sin-pdf`", "correr", "--forzar", "--sin-pdf", *en),
    ]


def redactar(medidas: list[Medida], raiz: Path) -> str:
    """Texto de docs/rendimiento.md."""
    html = len(list((raiz / "reports").rglob("informe.html")))
    filas = [f"| {m.que} | {m.mediana:.2f} | {len(m.segundos)} |".replace(".", ",") for m in medidas]
    return "\n".join(
        [
            "# Rendimiento",
            "",
            "Lo escribe `make rendimiento`. Tiempos de pared de procesos completos, en segundos (la mediana,",
            f"si hay varias veces). Ejemplo sintético: {html} cuadernos publicados en un corte.",
            f"Equipo: {os.cpu_count()} núcleos, Python {platform.python_version()}, {platform.system()}.",
            "",
            "| Qué | Segundos | Veces |",
            "|---|---:|---:|",
            *filas,
            "",
        ]
    )


def principal() -> None:
    """Mide en una carpeta temporal y reemplaza docs/rendimiento.md."""
    with tempfile.TemporaryDirectory() as carpeta:
        raiz = Path(carpeta)
        shutil.copy(PROYECTO / "seguimiento.toml", raiz)
        texto = redactar(medir_todo(raiz), raiz)
    DESTINO.write_text(texto, encoding="utf-8")
    print(texto)


if __name__ == "__main__":
    principal()
