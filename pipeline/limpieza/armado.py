"""De las filas limpias a las tablas del contrato. No interpreta nada: solo acomoda."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pandas as pd

from pipeline.esquemas import crear_tabla, esquema
from pipeline.limpieza.libro import LibroLimpio

_DE_TRIMESTRE = re.compile(r"(.+)_t([1-4])")


def armar_plan(limpio: LibroLimpio) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Tablas `plan`, `plan_vigencias` y `plan_fuentes` del libro del plan, en el orden del libro."""
    filas = limpio.filas
    primeras = filas.drop_duplicates(["hoja", "fila"])
    plan = _acomodar("plan", primeras.assign(archivo=limpio.archivo, sha256=limpio.sha256))
    con_vigencia = filas[filas["vigencia"] > 0]
    return plan, _acomodar("plan_vigencias", con_vigencia), limpio.fuentes


def armar_registros_pi(limpio: LibroLimpio, dependencia: str) -> pd.DataFrame:
    """Tabla `registros_pi` del libro que entregó `dependencia` (código): una fila por meta y vigencia."""
    return armar_registros("registros_pi", limpio, dependencia)


def armar_registros(tabla: str, limpio: LibroLimpio, dependencia: str = "") -> pd.DataFrame:
    """Tabla `registros_pi`, `registros_pa` o `registros_poai` del libro: una fila por fila y vigencia.

    `dependencia` es el código de quien lo entregó; donde el libro dice la suya, queda la del libro.
    """
    filas = limpio.filas.assign(archivo=limpio.archivo, sha256=limpio.sha256)
    if dependencia:
        propia = filas["dependencia"] if "dependencia" in filas else pd.Series(None, filas.index, dtype="str")
        filas = filas.assign(dependencia=propia.fillna(dependencia))
    return _acomodar(tabla, filas)


def trimestres_en_filas(registros: pd.DataFrame, llaves: Sequence[str]) -> pd.DataFrame:
    """Los campos `*_t1`..`*_t4` de una tabla en forma larga: una fila por registro y trimestre.

    Queda con `llaves`, `trimestre` (1 a 4) y un campo por grupo («programado», «ejecutado»…), en el
    orden de la tabla. Un trimestre sin ningún valor no deja fila: no se sabe nada de él.

    >>> ancha = pd.DataFrame({"codigo_meta": ["M1"], "ejecutado_t1": [2.0], "ejecutado_t2": [None]})
    >>> trimestres_en_filas(ancha, ["codigo_meta"]).to_dict("records")
    [{'codigo_meta': 'M1', 'trimestre': 1, 'ejecutado': 2.0}]
    """
    halladas = [(c, m) for c in registros.columns if (m := _DE_TRIMESTRE.fullmatch(c))]
    grupos = list(dict.fromkeys(m[1] for _, m in halladas))
    partes = [
        registros[list(llaves)].assign(
            trimestre=n, **{m[1]: registros[c] for c, m in halladas if int(m[2]) == n}
        )
        for n in sorted({int(m[2]) for _, m in halladas})
    ]
    if not partes:
        return pd.DataFrame(columns=[*llaves, "trimestre"])
    larga = pd.concat(partes).sort_index(kind="stable").reset_index(drop=True)
    return larga.dropna(subset=grupos, how="all").reset_index(drop=True)


def _acomodar(tabla: str, filas: pd.DataFrame) -> pd.DataFrame:
    columnas = [nombre for nombre in esquema(tabla).nombres if nombre in filas.columns]
    return crear_tabla(tabla, filas[columnas])
