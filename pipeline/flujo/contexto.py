"""Entidad y corte sobre los que trabaja una corrida."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pipeline.config import Config, Rutas, cargar_config, hallar_raiz, leer_corte
from pipeline.formatos import Formato, cargar_formato
from pipeline.modelo import Corte


@dataclass(frozen=True, slots=True, kw_only=True)
class Contexto:
    """Lo que toda etapa necesita saber: dónde está la entidad, su configuración y el corte.

    Con `recuerda` en falso no se usa ni se escribe nada de lo recordado en data/processed (memoria.py).
    """

    rutas: Rutas
    config: Config
    corte: Corte
    recuerda: bool = True

    def __repr__(self) -> str:
        # Los cuadernos publicados muestran esta línea: no puede llevar rutas del equipo.
        return f"{self.config.entidad.nombre} · corte {self.corte}"

    @property
    def seguidos(self) -> tuple[str, ...]:
        """Los instrumentos que se piden en el corte."""
        return self.config.entregas.seguidos(self.corte)

    @property
    def opciones(self) -> str:
        """El corte como se escribe en una orden: `--vigencia 2025 --periodo T3`."""
        return f"--vigencia {self.corte.vigencia} --periodo {self.corte.periodo.value}"

    def formato(self, nombre: str) -> Formato:
        """Formato de lectura, propio de la entidad o del proyecto."""
        return cargar_formato(nombre, self.rutas.formatos)


def abrir(vigencia: int, periodo: str, raiz: Path | None = None) -> Contexto:
    """Contexto validado del corte; sin `raiz`, la entidad se busca desde la carpeta actual hacia arriba."""
    carpeta = raiz if raiz is not None else hallar_raiz(Path.cwd())
    config = cargar_config(carpeta)
    return Contexto(rutas=Rutas(carpeta), config=config, corte=leer_corte(vigencia, periodo, config))
