"""La barra de progreso de una corrida: solo si hay quien la mire (una terminal). No decide nada."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from pipeline.flujo.produccion import Resultado

ANCHO = 24
SIGNOS = {"publicado": "✔", "sin_cambios": "·", "fallido": "✘"}


@dataclass(slots=True, kw_only=True)
class Barra:
    """Renglones de resultados y, debajo, cuántos informes faltan y cuánto se estima que tarden."""

    en_terminal: bool = field(default_factory=sys.stderr.isatty)
    explicar: bool = False
    total: int = 0
    hechos: int = 0
    inicio: float = field(default_factory=time.monotonic)

    def planear(self, cuantos: int) -> None:
        """Empieza la cuenta: hay que hacer `cuantos` informes."""
        self.total, self.hechos, self.inicio = cuantos, 0, time.monotonic()
        self._pintar()

    def avisar(self, resultado: Resultado) -> None:
        """Muestra un informe que terminó."""
        self._borrar()
        detalle = "sin cambios" if resultado.estado == "sin_cambios" else resultado.estado
        if resultado.estado == "publicado":
            detalle = f"{resultado.segundos:.1f} s"
        causa = f": {resultado.causa}" if self.explicar and resultado.causa else ""
        typer.echo(f"{SIGNOS[resultado.estado]} {resultado.nombre} ({detalle}){causa}")
        if resultado.motivo:
            typer.echo(f"  {resultado.motivo}")
        if self.total and resultado.estado != "sin_cambios":
            self.hechos += 1
            self._pintar()

    def terminar(self) -> None:
        """Quita la barra."""
        self._borrar()

    def _pintar(self) -> None:
        if self.en_terminal and self.total and self.hechos < self.total:
            typer.echo(f"\r{self.dibujar(time.monotonic() - self.inicio)}", err=True, nl=False)

    def _borrar(self) -> None:
        if self.en_terminal and self.total:
            typer.echo("\r\x1b[K", err=True, nl=False)

    def dibujar(self, segundos: float) -> str:
        """La barra a los `segundos` de empezar.

        >>> Barra(en_terminal=True, total=4, hechos=1).dibujar(10)
        '[██████░░░░░░░░░░░░░░░░░░] 1 de 4 informes, faltan unos 30 s'
        """
        llenas = ANCHO * self.hechos // max(self.total, 1)
        barra = f"[{'█' * llenas}{'░' * (ANCHO - llenas)}] {self.hechos} de {self.total} informes"
        if not self.hechos:
            return barra
        faltan = segundos / self.hechos * (self.total - self.hechos)
        return f"{barra}, faltan unos {_redondo(faltan)}"


def _redondo(segundos: float) -> str:
    return f"{segundos / 60:.0f} min" if segundos >= 90 else f"{max(segundos, 1):.0f} s"
