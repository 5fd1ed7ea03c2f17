"""Lo ya calculado de un corte anterior, para no rehacerlo mientras sus libros y las reglas no cambien.

Vive en data/processed/.previos, que se puede borrar: solo ahorra tiempo. Guarda tablas, nunca objetos.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from pipeline.flujo.contexto import Contexto
from pipeline.manifiesto import (
    escribir_manifiesto,
    huella_codigo,
    huella_de_crudos,
    huella_reglas,
    motivo_para_rehacer,
)

CARPETA = ".previos"


def recordar(contexto: Contexto, nombres: tuple[str, ...]) -> dict[str, pd.DataFrame] | None:
    """Las tablas guardadas del corte, iguales a las que se guardaron; None si no sirven o no están."""
    carpeta = _carpeta(contexto)
    if motivo_para_rehacer(carpeta, _clave(contexto)) is not None:
        return None
    try:
        return {nombre: pd.read_parquet(carpeta / f"{nombre}.parquet") for nombre in nombres}
    except (OSError, ValueError):
        return None


def guardar(contexto: Contexto, tablas: Mapping[str, pd.DataFrame]) -> None:
    """Guarda las tablas del corte; quien lea ve las anteriores o estas, completas.

    Si no se puede escribir no pasa nada: se volverán a calcular.
    """
    carpeta = _carpeta(contexto)
    provisional = carpeta.with_name(f"{carpeta.name}.{os.getpid()}.tmp")
    try:
        shutil.rmtree(provisional, ignore_errors=True)
        provisional.mkdir(parents=True)
        for nombre, tabla in tablas.items():
            tabla.to_parquet(provisional / f"{nombre}.parquet")
        escribir_manifiesto(provisional, _clave(contexto))
        shutil.rmtree(carpeta, ignore_errors=True)
        provisional.rename(carpeta)
    except OSError:
        shutil.rmtree(provisional, ignore_errors=True)


def _carpeta(contexto: Contexto) -> Path:
    return contexto.rutas.procesados(contexto.corte).parents[1] / CARPETA / str(contexto.corte)


def _clave(contexto: Contexto) -> dict[str, str]:
    config, corte = contexto.config, contexto.corte
    return {
        "libros": huella_de_crudos(contexto.rutas, config.entidad.vigencias, corte),
        "código y bibliotecas": huella_codigo(),
        "configuración y reglas": huella_reglas(contexto.rutas),
    }
