"""Explicación que el DNP pone a cada cifra de su seguimiento al Plan de Desarrollo Territorial.

Las ocho etiquetas son las de sus informes de seguimiento (hojas físico y financiero, 2024-2025); el orden de
las condiciones se dedujo de ellos y se comprueba contra los tres informes publicados que hay para probar.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pipeline.indices.formulas import Logicos, Reales

CIEN_POR_CIENTO = "Se ejecutó el 100% de lo programado en la vigencia"
POR_ENCIMA = "Hubo ejecución por encima de lo programado en SisPT"
NO_SE_EJECUTO = "No se ejecutó en la vigencia"
NI_PROGRAMO_NI_EJECUTO = "No se programó ni ejecutó en la vigencia"
NO_PROGRAMADO = "Se ejecutó un producto no programado en la vigencia"


def explicacion_dnp(
    ejecutado: Reales, programado: Reales, tiene_bpin: Logicos, *, sistema: str = "PIIP"
) -> npt.NDArray[np.object_]:
    """Etiqueta de cada cifra según lo ejecutado, lo programado y si tiene código BPIN.

    `sistema` es «PIIP» (avance físico) o «CUIPO» (obligaciones). NaN en `ejecutado` es que no se encontró.

    >>> nan = np.nan
    >>> explicacion_dnp(np.array([nan, 2.0, 0.0]), np.array([1.0, 1.0, 0.0]), np.array([True] * 3)).tolist()
    ... # doctest: +NORMALIZE_WHITESPACE
    ['No se encontró ejecución en PIIP', 'Hubo ejecución por encima de lo programado en SisPT',
     'No se programó ni ejecutó en la vigencia']
    """
    debajo = "ejecutado" if sistema == "PIIP" else "obligado"
    sin_dato = np.isnan(ejecutado)
    sin_programa = np.isnan(programado) | (programado == 0)
    casos = [
        (sin_dato & ~tiene_bpin, f"Por falta de código BPIN, no se encontró ejecución en {sistema}"),
        (sin_dato, f"No se encontró ejecución en {sistema}"),
        (sin_programa & (ejecutado == 0), NI_PROGRAMO_NI_EJECUTO),
        (sin_programa, NO_PROGRAMADO),
        (ejecutado == 0, NO_SE_EJECUTO),
        (ejecutado < programado, f"Lo {debajo} está por debajo de lo programado en la vigencia"),
        (ejecutado > programado, POR_ENCIMA),
    ]
    etiquetas = np.full(len(ejecutado), CIEN_POR_CIENTO, dtype=object)
    for condicion, etiqueta in reversed(casos):
        etiquetas[condicion] = etiqueta
    return etiquetas
