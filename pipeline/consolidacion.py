"""Une el plan con lo reportado: un renglón por meta del plan. No calcula índices ni juzga la calidad."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.esquemas import esquema
from pipeline.modelo import ETAPAS_DEL_GASTO, Corte, EstadoReporte

LLAVE_FILA = ["sha256", "hoja", "fila", "vigencia"]
DEL_REPORTE = ["ejecutado_vigencia", *ETAPAS_DEL_GASTO, "observacion", "archivo", "sha256", "hoja", "fila"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Consolidado:
    """Lo que necesitan los índices: `base` (una fila por meta) e `historia` (meta × vigencia).

    `celdas_de_cierres` son las que sustentan lo ejecutado en vigencias anteriores ya seguidas, si las hay:
    releer esos libros es caro y las trazas las piden también.
    """

    base: pd.DataFrame
    historia: pd.DataFrame
    celdas_de_cierres: pd.DataFrame | None = None


def consolidar(
    plan: pd.DataFrame,
    plan_vigencias: pd.DataFrame,
    registros: pd.DataFrame,
    excluidas: pd.DataFrame,
    *,
    corte: Corte,
    vigencias: tuple[int, ...],
    nombres_dependencias: Mapping[str, str],
    programacion_del_reporte: bool = False,
    trimestres_por_incremento: bool = False,
    cierres: pd.DataFrame | None = None,
) -> Consolidado:
    """Metas del plan con lo que se reportó de ellas en el corte.

    `excluidas` son las filas que la calidad dejó por fuera: su meta queda `devuelta` y sus cifras,
    vacías. `cierres` trae (codigo_meta, vigencia, ejecutado_vigencia) de vigencias anteriores ya
    seguidas por el sistema; a falta de ello valen las del mismo libro y luego las del plan.
    Con `programacion_del_reporte`, lo programado y el estado P/NP son los del libro de seguimiento.
    """
    usadas, devueltas = _separar(registros, excluidas)
    actuales = usadas[usadas["vigencia"] == corte.vigencia].drop_duplicates("codigo_meta", keep="last")
    programa = _programa_del_plan(plan_vigencias, corte)
    if programacion_del_reporte:
        reportado = _programa_del_reporte(registros, corte, trimestres_por_incremento)
        programa = reportado.combine_first(programa)
    base = plan.drop(columns=["archivo", "sha256", "hoja", "fila"])
    base = base.merge(programa, left_on="codigo_meta", right_index=True, how="left")
    base = base.merge(actuales[["codigo_meta", *DEL_REPORTE]], on="codigo_meta", how="left")
    base["estado_reporte"] = _estado(base, devueltas.loc[devueltas["vigencia"] == corte.vigencia])
    base["vigencia"], base["periodo"] = corte.vigencia, corte.periodo.value
    base["nombre_dependencia"] = base["dependencia"].map(dict(nombres_dependencias))
    columnas = [nombre for nombre in esquema("metas").nombres if nombre in base.columns]
    base = base[columnas].sort_values("codigo_meta", ignore_index=True)
    return Consolidado(base=base, historia=_historia(base, plan_vigencias, usadas, cierres, corte, vigencias))


def celdas_que_alimentan(
    celdas: pd.DataFrame,
    excluidas: pd.DataFrame,
    *,
    corte: Corte,
    programacion_del_reporte: bool = False,
    de_cierres: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Las celdas (esquema `celdas`) que sustentan lo consolidado, con la que manda primero.

    Es la misma precedencia de `consolidar`, dicha sobre celdas: si aquella cambia, esta también.
    """
    del_plan = celdas[celdas["tabla"] == "plan"]
    del_libro = celdas[(celdas["tabla"] == "registros_pi") & celdas["vigencia"].gt(0)]
    fuera = pd.MultiIndex.from_frame(del_libro[LLAVE_FILA]).isin(
        pd.MultiIndex.from_frame(excluidas[LLAVE_FILA])
    )
    usadas = del_libro[~fuera]
    hasta = usadas[usadas["vigencia"] <= corte.vigencia]
    actual = del_libro[del_libro["vigencia"] == corte.vigencia]
    programado = actual[actual["campo"] == "programado_vigencia"].iloc[::-1]
    partes = [
        *([de_cierres] if de_cierres is not None else []),
        hasta[hasta["campo"] == "ejecutado_vigencia"].iloc[::-1],
        hasta[hasta["campo"].isin(ETAPAS_DEL_GASTO) & (hasta["vigencia"] == corte.vigencia)].iloc[::-1],
        programado if programacion_del_reporte else programado.iloc[:0],
        hasta[(hasta["campo"] == "programado_vigencia") & (hasta["vigencia"] < corte.vigencia)].iloc[::-1],
        del_plan[(del_plan["campo"] != "ejecutado_vigencia") | (del_plan["vigencia"] < corte.vigencia)],
    ]
    return pd.concat(partes, ignore_index=True)


def _separar(registros: pd.DataFrame, excluidas: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    con_meta = registros[registros["codigo_meta"].notna()]
    llaves = pd.MultiIndex.from_frame(excluidas[LLAVE_FILA])
    fuera = pd.MultiIndex.from_frame(con_meta[LLAVE_FILA]).isin(llaves)
    return con_meta[~fuera], con_meta[fuera]


def _programa_del_plan(plan_vigencias: pd.DataFrame, corte: Corte) -> pd.DataFrame:
    actual = plan_vigencias[plan_vigencias["vigencia"] == corte.vigencia].set_index("codigo_meta")
    return pd.DataFrame(
        {
            "programado_vigencia": actual["programado_vigencia"],
            "programado_corte": actual[f"programado_t{corte.periodo.numero}"],
            "recursos_programados_cop": actual["recursos_programados_cop"],
            "declarada_np": False,
        }
    )


def _programa_del_reporte(registros: pd.DataFrame, corte: Corte, por_incremento: bool) -> pd.DataFrame:
    """Programación escrita en el libro de seguimiento; vale aun en filas excluidas: es el compromiso."""
    filas = registros[(registros["vigencia"] == corte.vigencia) & registros["codigo_meta"].notna()]
    filas = filas.drop_duplicates("codigo_meta", keep="last").set_index("codigo_meta")
    return pd.DataFrame(
        {
            "programado_vigencia": filas["programado_vigencia"],
            "programado_corte": _programado_al_corte(filas, corte, por_incremento),
            "declarada_np": filas["estado_programacion"].eq("NP"),
        }
    )


def _programado_al_corte(filas: pd.DataFrame, corte: Corte, por_incremento: bool) -> pd.Series[float]:
    numero = corte.periodo.numero
    if not por_incremento:
        return filas[f"programado_t{numero}"]
    # Hay libros cuyo total no es la suma de los trimestres (Tenjo promedia algunos): del trimestre
    # se toma la forma del perfil y del total, la escala.
    trimestres = filas[[f"programado_t{q}" for q in range(1, 5)]]
    suma = trimestres.sum(axis=1, min_count=1)
    proporcion = trimestres.iloc[:, :numero].sum(axis=1, min_count=1) / suma.where(suma > 0)
    return proporcion * filas["programado_vigencia"]


def _estado(base: pd.DataFrame, devueltas: pd.DataFrame) -> pd.Series[str]:
    programada = base["programado_vigencia"].gt(0) & ~base["declarada_np"].eq(True)
    casos = [
        ~programada,
        base["ejecutado_vigencia"].notna(),
        base["codigo_meta"].isin(devueltas["codigo_meta"]),
    ]
    nombres = [EstadoReporte.NO_PROGRAMADA, EstadoReporte.REPORTADA, EstadoReporte.DEVUELTA]
    elegido = np.select(casos, [e.value for e in nombres], EstadoReporte.SIN_REPORTE.value)
    return pd.Series(elegido, index=base.index)


def _historia(
    base: pd.DataFrame,
    plan_vigencias: pd.DataFrame,
    usadas: pd.DataFrame,
    cierres: pd.DataFrame | None,
    corte: Corte,
    vigencias: tuple[int, ...],
) -> pd.DataFrame:
    llave = ["codigo_meta", "vigencia"]
    indice = pd.MultiIndex.from_product([base["codigo_meta"], vigencias], names=llave)
    del_plan = plan_vigencias.set_index(llave)[["programado_vigencia", "ejecutado_vigencia"]]
    historia = del_plan.reindex(indice)
    anteriores = historia.index.get_level_values("vigencia") < corte.vigencia
    historia.loc[~anteriores, "ejecutado_vigencia"] = np.nan
    del_libro = usadas[usadas["vigencia"] < corte.vigencia].drop_duplicates(llave, keep="last")
    for fuente in (del_libro, cierres):
        if fuente is not None and len(fuente):
            cerradas = fuente.set_index(llave)
            columnas = [c for c in historia.columns if c in cerradas.columns]
            historia = cerradas[columnas].reindex(indice).combine_first(historia)
    actual = base.assign(vigencia=corte.vigencia).set_index(llave)
    actual = actual[["programado_vigencia", "ejecutado_vigencia"]]
    historia.loc[actual.index, actual.columns] = actual
    return historia.reset_index()[[*llave, "programado_vigencia", "ejecutado_vigencia"]]
