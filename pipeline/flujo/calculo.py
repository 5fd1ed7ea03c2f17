"""Etapa 02: une el plan con lo aceptado, calcula índices y alertas y guarda las tablas."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd

from pipeline import calidad, consolidacion, indices, trazas
from pipeline.consolidacion import Consolidado
from pipeline.esquemas import guardar_tabla, leer_tabla
from pipeline.flujo import previos as cortes
from pipeline.flujo.comparacion import variaciones_del_corte
from pipeline.flujo.contexto import Contexto
from pipeline.flujo.instrumentos import armar_matriz, calcular_plan_de_accion, calcular_poai, conciliar
from pipeline.flujo.previos import CortePrevio
from pipeline.flujo.series import serie_de_indices, serie_de_metas
from pipeline.flujo.tempranas import TABLAS_TEMPRANAS, alertar_con_historia

TABLAS_CALCULO = (
    "metas",
    "indices",
    "actividades",
    "indices_pa",
    "indices_poai",
    "conciliacion",
    "matriz",
    "variaciones",
    "serie_indices",
    "serie_metas",
    *TABLAS_TEMPRANAS,
    "trazas",
    "insumos",
    "trazas_nodos",
)


def calcular_corte(contexto: Contexto) -> dict[str, pd.DataFrame]:
    """Las tablas de la etapa 02 (TABLAS_CALCULO), con las mismas funciones que llama su cuaderno."""
    previos = cortes.calcular_previos(contexto)
    consolidado = consolidar_corte(contexto, previos)
    metas, agregados = calcular(contexto, consolidado)
    actividades, indices_pa = calcular_plan_de_accion(contexto)
    indices_poai = calcular_poai(contexto)
    conciliacion = conciliar(contexto, metas, actividades, indices_pa)
    fuentes, insumos = trazar(contexto, consolidado, metas)
    tempranas = alertar_con_historia(
        contexto,
        metas,
        agregados,
        previos,
        insumos=insumos,
        actividades=actividades,
        indices_pa=indices_pa,
        indices_poai=indices_poai,
    )
    return {
        "metas": metas,
        "indices": agregados,
        "actividades": actividades,
        "indices_pa": indices_pa,
        "indices_poai": indices_poai,
        "conciliacion": conciliacion,
        "matriz": armar_matriz(contexto, metas, actividades, conciliacion),
        "variaciones": variaciones_del_corte(contexto, metas, agregados, previos),
        "serie_indices": serie_de_indices(contexto, agregados, previos),
        "serie_metas": serie_de_metas(contexto, metas, previos),
        **{nombre: getattr(tempranas, nombre) for nombre in TABLAS_TEMPRANAS},
        "trazas": fuentes,
        "insumos": insumos,
        "trazas_nodos": trazar_nodos(contexto, metas, agregados),
    }


def consolidar_corte(contexto: Contexto, previos: Sequence[CortePrevio] | None = None) -> Consolidado:
    """Una fila por meta del plan con lo aceptado en el corte, y su historia en el cuatrienio.

    Lee las tablas de la etapa 01; levanta ErrorEntorno si no se ha corrido. `previos` son los cortes
    anteriores ya calculados (`calcular_previos`); sin ellos, los calcula.
    """
    tablas = _leer(contexto, "plan", "plan_vigencias", "registros_pi", "entregas", "hallazgos")
    anteriores = cortes.cierres(contexto, cortes.calcular_previos(contexto) if previos is None else previos)
    consolidado = cortes.consolidar(
        contexto,
        plan=tablas["plan"],
        plan_vigencias=tablas["plan_vigencias"],
        registros_pi=tablas["registros_pi"],
        excluidas=calidad.filas_excluidas(tablas["registros_pi"], tablas["entregas"], tablas["hallazgos"]),
        anteriores=anteriores,
    )
    return replace(consolidado, celdas_de_cierres=anteriores.celdas)


def calcular(contexto: Contexto, consolidado: Consolidado) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Tablas `metas` e `indices` del corte con el método de la entidad."""
    return cortes.calcular_indices(contexto, consolidado, _leer(contexto, "entregas")["entregas"])


def trazar(
    contexto: Contexto, consolidado: Consolidado, metas: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Tablas `trazas` e `insumos`: la fórmula de cada cifra con sus números y la celda de cada uno.

    Levanta ErrorSeguimiento si alguna cifra usa un valor que ninguna celda sustenta.
    """
    tablas = _leer(contexto, "registros_pi", "entregas", "hallazgos", "celdas")
    formato = contexto.formato(contexto.config.entregas.formato_pi)
    celdas = consolidacion.celdas_que_alimentan(
        tablas["celdas"],
        calidad.filas_excluidas(tablas["registros_pi"], tablas["entregas"], tablas["hallazgos"]),
        corte=contexto.corte,
        programacion_del_reporte=formato.fuente_programacion == "reporte",
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


def guardar_calculo(contexto: Contexto, **tablas: pd.DataFrame) -> list[Path]:
    """Rutas de las tablas de la etapa 02 (TABLAS_CALCULO), ya revisadas contra su contrato."""
    carpeta = contexto.rutas.procesados(contexto.corte)
    return [guardar_tabla(nombre, tablas[nombre], carpeta) for nombre in TABLAS_CALCULO]


def _leer(contexto: Contexto, *nombres: str) -> dict[str, pd.DataFrame]:
    carpeta = contexto.rutas.procesados(contexto.corte)
    return {nombre: leer_tabla(nombre, carpeta) for nombre in nombres}
