"""Lo que todo proceso de la etapa de datos hereda ya leído: Great Expectations, reglas y contratos.

El servidor de procesos importa este módulo una vez; cada proceso nace de él. No calcula nada de una entidad.
"""

from __future__ import annotations

import gc

import pipeline.flujo.entidades  # noqa: F401 — lo que hará cada proceso
from pipeline import calidad, esquemas
from pipeline.calidad.motor import importar_gx


def calentar() -> None:
    """Lee lo que toda entidad lee e importa la biblioteca que revisa, sin usarla: al usarla abre un hilo."""
    importar_gx()
    for nombre in esquemas.nombres_de_tablas():
        esquemas.esquema(nombre)
    calidad.cargar_reglas()
    # Lo heredado no es basura: que el recolector no lo recorra en cada proceso ni separe sus páginas.
    gc.collect()
    gc.freeze()


calentar()
