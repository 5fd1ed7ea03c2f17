"""De las filas limpias a las tablas del contrato. No interpreta nada: solo acomoda."""

from __future__ import annotations

import pandas as pd

from pipeline.esquemas import crear_tabla, esquema
from pipeline.limpieza.libro import LibroLimpio


def armar_plan(limpio: LibroLimpio) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Tablas `plan`, `plan_vigencias` y `plan_fuentes` del libro del plan, en el orden del libro."""
    filas = limpio.filas
    primeras = filas.drop_duplicates(["hoja", "fila"])
    plan = _acomodar("plan", primeras.assign(archivo=limpio.archivo, sha256=limpio.sha256))
    con_vigencia = filas[filas["vigencia"] > 0]
    return plan, _acomodar("plan_vigencias", con_vigencia), limpio.fuentes


def armar_registros_pi(limpio: LibroLimpio, dependencia: str) -> pd.DataFrame:
    """Tabla `registros_pi` del libro que entregó `dependencia` (código): una fila por meta y vigencia."""
    origen = {"dependencia": dependencia, "archivo": limpio.archivo, "sha256": limpio.sha256}
    return _acomodar("registros_pi", limpio.filas.assign(**origen))


def _acomodar(tabla: str, filas: pd.DataFrame) -> pd.DataFrame:
    columnas = [nombre for nombre in esquema(tabla).nombres if nombre in filas.columns]
    return crear_tabla(tabla, filas[columnas])
