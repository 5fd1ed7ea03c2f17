"""Los cortes anteriores del cuatrienio, recalculados: historia de cada meta, de los índices y las alertas."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial

import pandas as pd

from pipeline import calidad, consolidacion, indices
from pipeline.consolidacion import Consolidado
from pipeline.flujo import memoria
from pipeline.flujo.anteriores import cortes_del_cuatrienio
from pipeline.flujo.contexto import Contexto
from pipeline.flujo.entrada import Entregas, Plan, leer_entregas, leer_plan
from pipeline.flujo.ingesta import revisar
from pipeline.flujo.instrumentos import recalcular
from pipeline.flujo.ultima_valida import con_la_ultima_valida
from pipeline.modelo import Corte

TABLAS_PREVIAS = (
    "entregas",
    "hallazgos",
    "registros",
    "base",
    "metas",
    "indices",
    "actividades",
    "indices_pa",
    "indices_poai",
    "celdas",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CortePrevio:
    """Un corte anterior tal como se calcula hoy de sus libros, y las celdas de lo ejecutado en él.

    `entregas`, `hallazgos` y `registros` son los del Plan Indicativo; `actividades`, `indices_pa` e
    `indices_poai` están vacías si la entidad no sigue esos instrumentos o no los recibió en ese corte.
    """

    corte: Corte
    entregas: pd.DataFrame
    hallazgos: pd.DataFrame
    registros: pd.DataFrame
    base: pd.DataFrame
    metas: pd.DataFrame
    indices: pd.DataFrame
    actividades: pd.DataFrame
    indices_pa: pd.DataFrame
    indices_poai: pd.DataFrame
    celdas: pd.DataFrame


@dataclass(frozen=True, slots=True, kw_only=True)
class Cierres:
    """Lo ejecutado en vigencias anteriores que el sistema ya siguió, y sus celdas; None si no hay."""

    valores: pd.DataFrame | None
    celdas: pd.DataFrame | None


def calcular_previos(contexto: Contexto) -> tuple[CortePrevio, ...]:
    """Los cortes anteriores del cuatrienio con entregas, del primero al último.

    Se releen de data/raw y no de lo procesado, que se puede haber borrado, y se calculan con el método y las
    reglas de hoy: así dos cortes se comparan con la misma vara. Lo que no ha cambiado se recuerda.
    """
    previos: tuple[CortePrevio, ...] = ()
    plan = cache(partial(leer_plan, contexto))  # si todos se recuerdan, no se lee
    for anterior in cortes_del_cuatrienio(contexto):
        previos = (*previos, _recordado(anterior, plan, previos))
    return previos


def _recordado(contexto: Contexto, plan: Callable[[], Plan], previos: Sequence[CortePrevio]) -> CortePrevio:
    """El corte anterior calculado; se calcula otra vez solo si cambió un libro suyo o de los de antes."""

    def calcular() -> dict[str, pd.DataFrame]:
        previo = _calcular(contexto, plan(), previos)
        return {nombre: getattr(previo, nombre) for nombre in TABLAS_PREVIAS}

    tablas = memoria.del_corte(contexto, "calculado", TABLAS_PREVIAS, calcular)
    return CortePrevio(corte=contexto.corte, **tablas)


def cierres(contexto: Contexto, previos: Sequence[CortePrevio]) -> Cierres:
    """Lo ejecutado según el último corte de cada vigencia anterior a la del contexto."""
    ultimos = {p.corte.vigencia: p for p in previos if p.corte.vigencia < contexto.corte.vigencia}
    if not ultimos:
        return Cierres(valores=None, celdas=None)
    valores = [p.base[["codigo_meta", "vigencia", "ejecutado_vigencia"]] for p in ultimos.values()]
    return Cierres(
        valores=pd.concat(valores, ignore_index=True),
        celdas=pd.concat([p.celdas for p in ultimos.values()], ignore_index=True),
    )


def metas_de_los_previos(previos: Sequence[CortePrevio]) -> pd.DataFrame:
    """Las metas de cada corte previo, una fila por meta y corte, con la columna `corte` («2025-T2»)."""
    partes = [p.metas.assign(corte=str(p.corte)) for p in previos]
    return pd.concat(partes, ignore_index=True) if partes else pd.DataFrame()


def consolidar(
    contexto: Contexto,
    *,
    plan: pd.DataFrame,
    plan_vigencias: pd.DataFrame,
    registros_pi: pd.DataFrame,
    excluidas: pd.DataFrame,
    anteriores: Cierres,
) -> Consolidado:
    """Una fila por meta del plan con lo aceptado en el corte, y su historia en el cuatrienio."""
    formato = contexto.formato(contexto.config.entregas.formato_pi)
    return consolidacion.consolidar(
        plan,
        plan_vigencias,
        registros_pi,
        excluidas,
        corte=contexto.corte,
        vigencias=contexto.config.entidad.vigencias,
        nombres_dependencias={d.codigo: d.nombre for d in contexto.config.dependencias},
        programacion_del_reporte=formato.fuente_programacion == "reporte",
        trimestres_por_incremento=formato.trimestres == "incremento",
        cierres=anteriores.valores,
    )


def calcular_indices(
    contexto: Contexto, consolidado: Consolidado, entregas: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Tablas `metas` e `indices` de un corte con el método de la entidad."""
    metodo = contexto.config.metodo.metodo()
    metas = indices.calcular_metas(
        consolidado.base,
        consolidado.historia,
        corte=contexto.corte,
        metodo=metodo,
        vigencias=contexto.config.entidad.vigencias,
    )
    agregados = indices.calcular_indices(
        metas, corte=contexto.corte, metodo=metodo, oportunidad=_oportunidad(entregas)
    )
    return metas, agregados


def _calcular(contexto: Contexto, plan: Plan, previos: Sequence[CortePrevio]) -> CortePrevio:
    leidas, entregas, hallazgos = _leer_y_revisar(contexto, plan)
    excluidas = calidad.filas_excluidas(leidas.registros, entregas, hallazgos)
    consolidado = consolidar(
        contexto,
        plan=plan.metas,
        plan_vigencias=plan.vigencias,
        registros_pi=leidas.registros,
        excluidas=excluidas,
        anteriores=cierres(contexto, previos),
    )
    metas, agregados = calcular_indices(contexto, consolidado, entregas)
    return CortePrevio(
        corte=contexto.corte,
        entregas=entregas,
        hallazgos=hallazgos,
        registros=leidas.registros,
        base=consolidado.base,
        metas=metas,
        indices=agregados,
        **recalcular(contexto, plan.metas),
        celdas=_celdas_ejecutadas(contexto, leidas, excluidas),
    )


def _leer_y_revisar(contexto: Contexto, plan: Plan) -> tuple[Entregas, pd.DataFrame, pd.DataFrame]:
    """Lo leído, las entregas y los hallazgos, con la última versión que se pudo aceptar de cada quien."""

    def juzgar(leidas: Entregas) -> tuple[pd.DataFrame, pd.DataFrame]:
        revision = revisar(contexto, plan, leidas, con_plan=False, a_fondo=False)
        return revision.entregas, revision.hallazgos

    leidas = leer_entregas(contexto)
    return con_la_ultima_valida(contexto, leidas, *juzgar(leidas), juzgar=juzgar)


def _celdas_ejecutadas(contexto: Contexto, leidas: Entregas, excluidas: pd.DataFrame) -> pd.DataFrame:
    celdas = consolidacion.celdas_que_alimentan(leidas.celdas, excluidas, corte=contexto.corte)
    es_ejecutado = celdas["campo"] == "ejecutado_vigencia"
    return celdas[es_ejecutado & (celdas["vigencia"] == contexto.corte.vigencia)]


def _oportunidad(entregas: pd.DataFrame) -> pd.DataFrame:
    """Por dependencia, 1 si su primera entrega del Plan Indicativo llegó a tiempo y 0 si no.

    Cuenta la primera versión: una corrección pedida por el Grupo no vuelve tardía la entrega.
    """
    propias = entregas[entregas["instrumento"] == "pi"]
    primeras = propias.sort_values("version").drop_duplicates("dependencia")
    a_tiempo = primeras["oportunidad"].eq("a_tiempo").astype("float64")
    return pd.DataFrame({"dependencia": primeras["dependencia"], "indice_oportunidad": a_tiempo})
