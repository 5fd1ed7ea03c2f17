"""Tipo de meta que sugiere el patrón de su programación, y contraste con el declarado.

El tipo declarado manda; una contradicción es un hallazgo con el resultado de ambas lecturas, nunca un cambio
silencioso. En 3.440 filas de SisPT la etiqueta no decide cómo se programó (docs/metodologia.md §3).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from pipeline.indices.cuatrienio import avance_cuatrienio
from pipeline.indices.formulas import Logicos, Reales, codigos_de_tipo
from pipeline.indices.historia import matriz_de_historia
from pipeline.modelo import Metodo, TipoMeta

_TOLERANCIA_RELATIVA = 1e-6
"""La programación se escribe a mano con pocas cifras (0,33 · 3): se compara con holgura."""


def inferir_tipos(programado: Reales, meta: Reales, linea_base: Reales) -> npt.NDArray[np.object_]:
    """Tipo que sugiere la programación de cada meta; None si el patrón no decide.

    Se aplica el primer patrón que se cumpla, sobre las vigencias programadas (n):

    1. Σ programado = M → acumulado. (Una sola entrega igual a M también: se lee igual.)
    2. Todas = M, con n ≥ 2 → mantenimiento.
    3. No crecen, la última = M y LB > M → reducción.
    4. No decrecen, la última = M → capacidad si 0 < LB < M y la primera no baja de LB; si no, stock.

    >>> inferir_tipos(np.array([[2.0, 3, 3, 2], [5, 5, 5, 5], [9, 8, 7, 6], [2, 4, 7, 10]]),
    ...               np.array([10.0, 5, 6, 10]), np.array([np.nan, np.nan, 10, 0])).tolist()
    ['acumulado', 'mantenimiento', 'reduccion', 'stock']
    """
    valores = np.where(programado > 0, programado, np.nan)
    cuantas = (~np.isnan(valores)).sum(axis=1)
    ultima = _ultima(valores)
    diferencias = _diferencias(valores)
    llega = _iguales(ultima, meta)
    crece = llega & (diferencias >= 0).all(axis=1) & (cuantas >= 2)
    baja = llega & (diferencias <= 0).all(axis=1) & (cuantas >= 2) & (linea_base > meta)
    primera = _ultima(valores[:, ::-1])
    desde_base = crece & (linea_base > 0) & (linea_base < meta) & (primera >= linea_base)
    casos = {
        TipoMeta.ACUMULADO: _iguales(np.nansum(valores, axis=1), meta) & (cuantas >= 1),
        TipoMeta.MANTENIMIENTO: llega & (diferencias == 0).all(axis=1) & (cuantas >= 2),
        TipoMeta.REDUCCION: baja,
        TipoMeta.CAPACIDAD: desde_base,
        TipoMeta.STOCK: crece,
    }
    elegido = np.full(len(meta), None, dtype=object)
    for tipo, cumple in reversed(casos.items()):
        elegido[cumple] = tipo.value
    return elegido


def es_coherente(tipo: npt.NDArray[np.object_], programado: Reales, meta: Reales) -> Logicos:
    """Si la programación cumple la regla de su tipo declarado (reglas del Valle del Cauca).

    Acumulado: Σ = M. Flujo, stock, capacidad y reducción: la última vigencia = M. Mantenimiento: todas = M.
    Reducción anual, o meta sin tipo, sin M o sin programación: no se juzga y se da por coherente.

    >>> es_coherente(np.array(["acumulado", "mantenimiento"], dtype=object),
    ...              np.array([[5.0, 5, 5, 5], [5, 5, 5, 5]]), np.array([5.0, 5])).tolist()
    [False, True]
    """
    valores = np.where(programado > 0, programado, np.nan)
    llega = _iguales(_ultima(valores), meta)
    todas = (_iguales(valores, meta[:, None]) | np.isnan(valores)).all(axis=1)
    reglas = {
        TipoMeta.ACUMULADO: _iguales(np.nansum(valores, axis=1), meta),
        TipoMeta.FLUJO: llega,
        TipoMeta.STOCK: llega,
        TipoMeta.CAPACIDAD: llega,
        TipoMeta.REDUCCION: llega,
        TipoMeta.MANTENIMIENTO: todas,
    }
    no_se_juzga = np.isnan(meta) | np.isnan(valores).all(axis=1)
    coherente = np.ones(len(meta), dtype=np.bool_)
    for nombre, cumple in reglas.items():
        coherente = np.where(tipo == nombre.value, cumple, coherente)
    return np.asarray(coherente | no_se_juzga, dtype=np.bool_)


def comparar_tipos(
    metas: pd.DataFrame, historia: pd.DataFrame, *, vigencias: tuple[int, ...], metodo: Metodo
) -> pd.DataFrame:
    """Metas cuya programación contradice su tipo, con lo que daría cada lectura al cumplir el programa.

    `metas` trae codigo_meta, tipo_meta (el declarado), meta_cuatrienio y linea_base; `historia`, lo
    programado por vigencia. Devuelve una fila por contradicción: codigo_meta, tipo_declarado, tipo_inferido,
    lectura_declarada y lectura_inferida (avance del cuatrienio al cumplir exactamente cada vigencia, razón).
    Una lectura distinta de 1 dice que cumplir el programa no cumple la meta.
    """
    datos = metas.sort_values("codigo_meta", ignore_index=True)
    programado = matriz_de_historia(historia, datos["codigo_meta"], vigencias, "programado_vigencia")
    meta = datos["meta_cuatrienio"].to_numpy(dtype=np.float64, na_value=np.nan)
    base = datos["linea_base"].to_numpy(dtype=np.float64, na_value=np.nan)
    declarado = datos["tipo_meta"].astype(object).where(datos["tipo_meta"].notna(), None).to_numpy()
    inferido = inferir_tipos(programado, meta, base)

    def leer(tipo: npt.NDArray[np.object_]) -> Reales:
        return avance_cuatrienio(
            codigos_de_tipo(tipo), programado, programado, base, meta,
            transcurridas=len(vigencias), metodo=metodo,
        ).avance  # fmt: skip

    tabla = pd.DataFrame(
        {
            "codigo_meta": datos["codigo_meta"],
            "tipo_declarado": declarado,
            "tipo_inferido": inferido,
            "lectura_declarada": leer(declarado),
            "lectura_inferida": leer(inferido),
        }
    )
    contradice = ~es_coherente(declarado, programado, meta)
    return tabla[contradice].reset_index(drop=True)


def _iguales(valores: Reales, otros: Reales) -> Logicos:
    return np.asarray(np.abs(valores - otros) <= _TOLERANCIA_RELATIVA * np.abs(otros), dtype=np.bool_)


def _ultima(valores: Reales) -> Reales:
    ultima = valores[:, 0].copy()
    for columna in range(1, valores.shape[1]):
        actual = valores[:, columna]
        ultima = np.where(np.isnan(actual), ultima, actual)
    return ultima


def _diferencias(valores: Reales) -> Reales:
    """Cambio de cada vigencia programada respecto de la programada anterior; 0 si no hay con qué comparar."""
    cambios = np.zeros_like(valores)
    anterior = valores[:, 0].copy()
    for columna in range(1, valores.shape[1]):
        actual = valores[:, columna]
        cambios[:, columna] = np.nan_to_num(actual - anterior, nan=0.0)
        anterior = np.where(np.isnan(actual), anterior, actual)
    return cambios
