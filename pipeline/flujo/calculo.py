"""Etapa 02: une el plan con lo aceptado, calcula índices y alertas y guarda las tablas."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd
import yaml

from pipeline import alertas, calidad, consolidacion, indices, trazas
from pipeline.config import PAQUETE
from pipeline.consolidacion import Consolidado
from pipeline.esquemas import guardar_tabla, leer_tabla
from pipeline.flujo.anteriores import cierres_previos
from pipeline.flujo.contexto import Contexto
from pipeline.flujo.entrada import leer_entregas, leer_plan
from pipeline.flujo.ingesta import revisar
from pipeline.formatos import Formato

TABLAS_CALCULO = ("metas", "indices", "alertas", "trazas", "insumos", "trazas_nodos")


def consolidar_corte(contexto: Contexto) -> Consolidado:
    """Una fila por meta del plan con lo aceptado en el corte, y su historia en el cuatrienio.

    Lee las tablas de la etapa 01; levanta ErrorEntorno si no se ha corrido.
    """
    tablas = _leer(contexto, "plan", "plan_vigencias", "registros_pi", "entregas", "hallazgos")
    cierres = cierres_anteriores(contexto)
    consolidado = _consolidar(contexto, **tablas, cierres=cierres.valores)
    return replace(consolidado, celdas_de_cierres=cierres.celdas)


def calcular(contexto: Contexto, consolidado: Consolidado) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Tablas `metas` e `indices` del corte con el método de la entidad."""
    metodo = contexto.config.metodo.metodo()
    metas = indices.calcular_metas(
        consolidado.base,
        consolidado.historia,
        corte=contexto.corte,
        metodo=metodo,
        vigencias=contexto.config.entidad.vigencias,
    )
    entregas = _leer(contexto, "entregas")["entregas"]
    agregados = indices.calcular_indices(
        metas, corte=contexto.corte, metodo=metodo, oportunidad=_oportunidad(entregas)
    )
    return metas, agregados


def trazar(
    contexto: Contexto, consolidado: Consolidado, metas: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Tablas `trazas` e `insumos`: la fórmula de cada cifra con sus números y la celda de cada uno.

    Levanta ErrorSeguimiento si alguna cifra usa un valor que ninguna celda sustenta.
    """
    tablas = _leer(contexto, "registros_pi", "entregas", "hallazgos", "celdas")
    celdas = consolidacion.celdas_que_alimentan(
        tablas["celdas"],
        calidad.filas_excluidas(tablas["registros_pi"], tablas["entregas"], tablas["hallazgos"]),
        corte=contexto.corte,
        programacion_del_reporte=_formato_de_entregas(contexto).fuente_programacion == "reporte",
        de_cierres=consolidado.celdas_de_cierres,
    )
    historia = dict(list(consolidado.historia.groupby("codigo_meta")))
    cifras = [
        cifra
        for meta in (dict(zip(metas.columns, fila, strict=True)) for fila in metas.itertuples(index=False))
        for cifra in indices.explicar_meta(
            meta,
            historia[meta["codigo_meta"]],
            corte=contexto.corte,
            metodo=contexto.config.metodo.metodo(),
            vigencias=contexto.config.entidad.vigencias,
        )
    ]
    return trazas.armar_trazas(cifras), trazas.armar_insumos(cifras, celdas)


def trazar_nodos(contexto: Contexto, metas: pd.DataFrame, agregados: pd.DataFrame) -> pd.DataFrame:
    """Tabla `trazas_nodos`: la fórmula con sus números de cada cifra del plan, sus niveles y dependencias.

    Levanta ErrorSeguimiento si alguna cuenta no da lo que dice la tabla `indices`.
    """
    nodos = indices.explicar_nodos(
        metas, agregados, corte=contexto.corte, metodo=contexto.config.metodo.metodo()
    )
    return trazas.armar_trazas_de_nodos(nodos)


def alertar(contexto: Contexto, metas: pd.DataFrame, agregados: pd.DataFrame) -> pd.DataFrame:
    """Tabla `alertas` del corte, de la más a la menos urgente."""
    reglas = yaml.safe_load((PAQUETE / "recursos" / "alertas.yml").read_text(encoding="utf-8"))
    return alertas.calcular_alertas(
        metas,
        agregados,
        _leer(contexto, "entregas")["entregas"],
        corte=contexto.corte,
        umbrales=contexto.config.umbrales.model_dump(),
        textos=reglas,
    )


def guardar_calculo(contexto: Contexto, **tablas: pd.DataFrame) -> list[Path]:
    """Rutas de las tablas de la etapa 02 (TABLAS_CALCULO), ya revisadas contra su contrato."""
    carpeta = contexto.rutas.procesados(contexto.corte)
    return [guardar_tabla(nombre, tablas[nombre], carpeta) for nombre in TABLAS_CALCULO]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cierres:
    """Lo ejecutado en vigencias anteriores que el sistema ya siguió, y sus celdas; None si no hay."""

    valores: pd.DataFrame | None
    celdas: pd.DataFrame | None


def cierres_anteriores(contexto: Contexto) -> Cierres:
    """Lo ejecutado según el último corte recibido de cada vigencia anterior del cuatrienio.

    Se relee de data/raw y no de lo procesado: lo procesado se puede haber borrado.
    """
    cierres = [_leer_cierre(cierre) for cierre in cierres_previos(contexto)]
    if not cierres:
        return Cierres(valores=None, celdas=None)
    return Cierres(
        valores=pd.concat([valores for valores, _ in cierres], ignore_index=True),
        celdas=pd.concat([celdas for _, celdas in cierres], ignore_index=True),
    )


def _leer_cierre(cierre: Contexto) -> tuple[pd.DataFrame, pd.DataFrame]:
    plan, leidas = leer_plan(cierre), leer_entregas(cierre)
    revision = revisar(cierre, plan, leidas, a_fondo=False)
    consolidado = _consolidar(
        cierre,
        plan=plan.metas,
        plan_vigencias=plan.vigencias,
        registros_pi=leidas.registros,
        entregas=revision.entregas,
        hallazgos=revision.hallazgos,
        cierres=None,
    )
    celdas = consolidacion.celdas_que_alimentan(
        leidas.celdas,
        calidad.filas_excluidas(leidas.registros, revision.entregas, revision.hallazgos),
        corte=cierre.corte,
    )
    ejecutado = (celdas["campo"] == "ejecutado_vigencia") & (celdas["vigencia"] == cierre.corte.vigencia)
    return consolidado.base[["codigo_meta", "vigencia", "ejecutado_vigencia"]], celdas[ejecutado]


def _consolidar(
    contexto: Contexto,
    *,
    plan: pd.DataFrame,
    plan_vigencias: pd.DataFrame,
    registros_pi: pd.DataFrame,
    entregas: pd.DataFrame,
    hallazgos: pd.DataFrame,
    cierres: pd.DataFrame | None,
) -> Consolidado:
    formato = _formato_de_entregas(contexto)
    return consolidacion.consolidar(
        plan,
        plan_vigencias,
        registros_pi,
        calidad.filas_excluidas(registros_pi, entregas, hallazgos),
        corte=contexto.corte,
        vigencias=contexto.config.entidad.vigencias,
        nombres_dependencias={d.codigo: d.nombre for d in contexto.config.dependencias},
        programacion_del_reporte=formato.fuente_programacion == "reporte",
        trimestres_por_incremento=formato.trimestres == "incremento",
        cierres=cierres,
    )


def _formato_de_entregas(contexto: Contexto) -> Formato:
    return contexto.formato(contexto.config.entregas.formato_pi)


def _leer(contexto: Contexto, *nombres: str) -> dict[str, pd.DataFrame]:
    carpeta = contexto.rutas.procesados(contexto.corte)
    return {nombre: leer_tabla(nombre, carpeta) for nombre in nombres}


def _oportunidad(entregas: pd.DataFrame) -> pd.DataFrame:
    """Por dependencia, 1 si su primera entrega del corte llegó a tiempo y 0 si no.

    Cuenta la primera versión: una corrección pedida por el Grupo no vuelve tardía la entrega.
    """
    primeras = entregas.sort_values("version").drop_duplicates("dependencia")
    a_tiempo = primeras["oportunidad"].eq("a_tiempo").astype("float64")
    return pd.DataFrame({"dependencia": primeras["dependencia"], "indice_oportunidad": a_tiempo})
