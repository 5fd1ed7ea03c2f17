"""De qué filas depende cada informe: la huella de las de cada dependencia o instrumento en cada tabla."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

import pandas as pd

from pipeline.esquemas import leer_tabla
from pipeline.informes.tajada import POR_INSTRUMENTO, duenos, instrumentos_de

DE_NADIE = ""  # filas que ninguna dependencia recibe


def huellas_de_tajadas(procesados: Path, nombres: Iterable[str]) -> dict[str, dict[str, str]]:
    """Por cada tabla nombrada y por dependencia, la huella de las filas que `abrir_corte` le entrega.

    Una tabla sin filas de una dependencia no la menciona. La huella depende del orden de las filas.
    """
    metas = leer_tabla("metas", procesados)
    de_quien = dict(zip(metas["codigo_meta"], metas["dependencia"], strict=True))
    huellas = {}
    for nombre in sorted(nombres):
        tabla = leer_tabla(nombre, procesados)
        huellas[nombre] = _huellas(tabla, duenos(tabla, de_quien))
    return huellas


def huellas_por_instrumento(procesados: Path) -> dict[str, dict[str, str]]:
    """Lo mismo por instrumento («plan» para el libro del plan), de las tablas que mezclan varios."""
    huellas = {}
    for nombre in POR_INSTRUMENTO:
        tabla = leer_tabla(nombre, procesados)
        huellas[nombre] = _huellas(tabla, instrumentos_de(nombre, tabla, procesados))
    return huellas


def dependencias_con_metas(procesados: Path) -> list[str]:
    """Códigos de las dependencias que tienen metas en el corte: a cada una le corresponde su ficha."""
    return sorted(leer_tabla("metas", procesados)["dependencia"].dropna().unique())


def _huellas(tabla: pd.DataFrame, de_quien: pd.Series[str]) -> dict[str, str]:
    if tabla.empty:
        return {}
    filas = pd.util.hash_pandas_object(tabla, index=False)
    grupos = filas.groupby(de_quien.fillna(DE_NADIE).to_numpy(), sort=True)
    return {str(quien): sha256(suyas.to_numpy().tobytes()).hexdigest() for quien, suyas in grupos}
