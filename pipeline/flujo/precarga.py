"""Lo que todo proceso de informes hereda ya leído: bibliotecas, contratos, textos, letra y estilo.

El servidor de procesos importa este módulo una vez; cada proceso nace de él. No calcula nada del corte.
"""

from __future__ import annotations

import contextlib
import gc
from datetime import date

import pandas as pd

import pipeline.flujo.produccion
import pipeline.informes.precarga
import pipeline.metodologia  # noqa: F401 — lo usan los cuadernos
from pipeline import calendario, calidad, esquemas, graficos, informes, tablas
from pipeline.errores import ErrorEntorno


def calentar() -> None:
    """Lee lo que los informes leen siempre. Sin las bibliotecas del PDF, deja listo lo demás."""
    for nombre in esquemas.nombres_de_tablas():
        esquemas.esquema(nombre)
    calidad.cargar_reglas()
    informes.textos.glosario()
    calendario.es_habil(date(2025, 1, 1))  # trae los festivos de Colombia
    tablas.tabla_del_informe("versiones", pd.DataFrame({"biblioteca": ["x"], "version": ["1"]}))
    graficos.estilo.calentar()
    informes.preparar_exportacion()
    with contextlib.suppress(ErrorEntorno):
        informes.preparar_composicion()
    # Lo heredado no es basura: que el recolector no lo recorra en cada proceso ni separe sus páginas.
    gc.collect()
    gc.freeze()


calentar()
