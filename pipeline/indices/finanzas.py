"""Índices financieros: siempre razones de sumas; lo ausente no es cero y sin denominador no hay razón."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pipeline.errores import ErrorSeguimiento
from pipeline.indices.formulas import Reales
from pipeline.indices.promedios import Grupos
from pipeline.modelo import ETAPAS_DEL_GASTO, Metodo

DINERO = ("recursos_programados_cop", *ETAPAS_DEL_GASTO)
RAZONES = {
    "obligaciones/definitiva": ("obligaciones_cop", "apropiacion_definitiva_cop"),
    "compromisos/definitiva": ("compromisos_cop", "apropiacion_definitiva_cop"),
    "pagos/definitiva": ("pagos_cop", "apropiacion_definitiva_cop"),
    "obligaciones/programado_pi": ("obligaciones_cop", "recursos_programados_cop"),
}
"""Opciones de `ejecucion_financiera`: obligaciones (Cali, DNP), compromisos (Tenjo), pagos (softone360)."""

COSTOS_COMPARADOS = {
    "costo_programado_cop": "costo_programado_comparado_cop",
    "costo_ejecutado_cop": "costo_ejecutado_comparado_cop",
}
"""Cada costo y su suma en un nodo solo con las actividades que traen los dos: las del índice de inversión."""


def razon(numerador: Reales, denominador: Reales) -> Reales:
    """Numerador sobre denominador; NaN si falta alguno o el denominador no es mayor que cero.

    >>> razon(np.array([3.0, 3.0, np.nan]), np.array([4.0, 0.0, 4.0])).tolist()
    [0.75, nan, nan]
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(denominador > 0, numerador / denominador, np.nan)


def ejecucion_financiera(dinero: pd.DataFrame, metodo: Metodo) -> Reales:
    """Ejecución financiera de cada fila (meta o nodo) según `metodo.ejecucion_financiera`.

    >>> tabla = pd.DataFrame({"obligaciones_cop": [50.0], "apropiacion_definitiva_cop": [200.0]})
    >>> ejecucion_financiera(tabla, Metodo()).tolist()
    [0.25]
    """
    if metodo.ejecucion_financiera not in RAZONES:
        raise ErrorSeguimiento(
            f"no existe la ejecución financiera «{metodo.ejecucion_financiera}»",
            remedio=f"Use una de: {', '.join(RAZONES)}",
        )
    arriba, abajo = (_columna(dinero, nombre) for nombre in RAZONES[metodo.ejecucion_financiera])
    return razon(arriba, abajo)


def eficiencia(avance: Reales, financiera: Reales, minima: float) -> Reales:
    """Avance físico sobre ejecución financiera; NaN si se ha ejecutado menos que `minima`.

    Con poco dinero ejecutado el cociente se dispara y no dice nada: 50 % de avance con 1 % del dinero da 50.

    >>> eficiencia(np.array([0.5, 0.5]), np.array([0.25, 0.05]), 0.10).tolist()
    [2.0, nan]
    """
    return razon(avance, np.where(financiera >= minima, financiera, np.nan))


def sumar_dinero(metas: pd.DataFrame, grupos: pd.Series[str]) -> pd.DataFrame:
    """Sumas de la cadena presupuestal por grupo; NaN donde ninguna meta trae el dato."""
    presentes = metas.reindex(columns=list(DINERO)).astype("float64")
    return presentes.groupby(grupos.to_numpy(), sort=True).sum(min_count=1)


def sumar_costos(actividades: pd.DataFrame, grupos: Grupos) -> pd.DataFrame:
    """Por nodo: los costos que se suman, los que se comparan y de cuántas actividades no se puede.

    Lo excluido no cuenta: su dinero tampoco se conoce.
    """
    cuentan = ~actividades["es_excluida"].fillna(False).astype(bool)
    sumados = actividades[list(COSTOS_COMPARADOS)].where(cuentan)
    completa = sumados.notna().all(axis=1)
    comparados = sumados.where(completa).rename(columns=COSTOS_COMPARADOS)
    sumas = sumados.join(comparados).groupby(grupos).sum(min_count=1)
    return sumas.assign(n_sin_costo=(cuentan & ~completa).groupby(grupos).sum().astype("int64"))


def recursos_por_fuente(fuentes: pd.DataFrame, ejecucion: pd.DataFrame | None = None) -> pd.DataFrame:
    """Recursos por vigencia y fuente, con la parte de la vigencia que financia cada una.

    Args:
        fuentes: (codigo_meta, vigencia, fuente, programado_cop), como la tabla `plan_fuentes`.
        ejecucion: (vigencia, fuente, ejecutado_cop) si algún instrumento la trae. El Plan Indicativo no: sin
            ella, `ejecutado_cop` y `razon` quedan vacíos y no se deducen de nada.

    Devuelve vigencia, fuente, n_metas (con recursos de la fuente), programado_cop, participacion (Σ de la
    fuente / Σ de la vigencia), ejecutado_cop y razon (Σ ejecutado / Σ programado), por vigencia y fuente.

    >>> tabla = pd.DataFrame({"codigo_meta": ["A", "B", "B"], "vigencia": 2025,
    ...                       "fuente": ["SGP", "SGP", "Propios"], "programado_cop": [10.0, 20.0, 10.0]})
    >>> recursos_por_fuente(tabla)[["fuente", "programado_cop", "participacion"]].values.tolist()
    [['Propios', 10.0, 0.25], ['SGP', 30.0, 0.75]]
    """
    llave = ["vigencia", "fuente"]
    con_valor = fuentes[fuentes["programado_cop"].notna()]
    grupos = con_valor.groupby(llave, sort=True)
    tabla = grupos["programado_cop"].sum().reset_index()
    tabla["n_metas"] = grupos["codigo_meta"].nunique().to_numpy()
    programado = tabla["programado_cop"].to_numpy(dtype=np.float64)
    de_la_vigencia = tabla.groupby("vigencia")["programado_cop"].transform("sum").to_numpy(dtype=np.float64)
    tabla["participacion"] = razon(programado, de_la_vigencia)
    tabla["ejecutado_cop"] = np.nan
    if ejecucion is not None:
        sumas = ejecucion.groupby(llave)["ejecutado_cop"].sum(min_count=1)
        tabla["ejecutado_cop"] = sumas.reindex(pd.MultiIndex.from_frame(tabla[llave])).to_numpy()
    tabla["razon"] = razon(tabla["ejecutado_cop"].to_numpy(dtype=np.float64), programado)
    return tabla


def _columna(tabla: pd.DataFrame, nombre: str) -> Reales:
    if nombre not in tabla:
        return np.full(len(tabla), np.nan)
    return tabla[nombre].to_numpy(dtype=np.float64, na_value=np.nan)
