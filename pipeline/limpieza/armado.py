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


def armar_registros(tabla: str, limpio: LibroLimpio, dependencia: str = "") -> pd.DataFrame:
    """Tabla `registros_pi`, `registros_pa` o `registros_poai` del libro: una fila por fila y vigencia.

    `dependencia` es el código de quien lo entregó; donde el libro dice la suya, queda la del libro.
    """
    filas = limpio.filas.assign(archivo=limpio.archivo, sha256=limpio.sha256)
    if dependencia:
        propia = filas["dependencia"] if "dependencia" in filas else pd.Series(None, filas.index, dtype="str")
        filas = filas.assign(dependencia=propia.fillna(dependencia))
    return _acomodar(tabla, filas)


def _acomodar(tabla: str, filas: pd.DataFrame) -> pd.DataFrame:
    columnas = [nombre for nombre in esquema(tabla).nombres if nombre in filas.columns]
    return crear_tabla(tabla, filas[columnas])
