"""Tabla `metas`: el avance de cada meta en el corte, con sus cotas. No agrega (ver `agregacion`)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.errores import ErrorSeguimiento
from pipeline.esquemas import crear_tabla, esquema, revisar_tabla
from pipeline.indices.cuatrienio import avance_cuatrienio
from pipeline.indices.finanzas import eficiencia, ejecucion_financiera
from pipeline.indices.formulas import (
    Enteros,
    Logicos,
    Reales,
    avance_crudo,
    avance_esperado,
    codigos_de_tipo,
    con_tope,
    cota_de_la_vigencia,
    ritmo,
)
from pipeline.indices.historia import matriz_de_historia
from pipeline.indices.semaforo import nombres, semaforo
from pipeline.indices.tipos import inferir_tipos
from pipeline.modelo import Corte, EstadoReporte, Metodo


@dataclass(frozen=True, slots=True, kw_only=True)
class Insumos:
    """Lo que se sabe de cada meta en el corte, como arreglos paralelos (una posición por meta)."""

    tipo: Enteros
    ejecutado: Reales
    programado: Reales
    programado_corte: Reales
    linea_base: Reales
    programada: Logicos
    reportada: Logicos
    transcurrido: Reales | float


@dataclass(frozen=True, slots=True, kw_only=True)
class Medidas:
    """Avance de la vigencia de cada meta; NaN donde no se programó o no se conoce."""

    crudo: Reales
    avance: Reales
    inferior: Reales
    superior: Reales
    esperado: Reales
    ritmo: Reales


def medir(insumos: Insumos, metodo: Metodo) -> Medidas:
    """Avance, cotas y esperado de la vigencia. Es la misma función para una meta y para millones.

    `avance` solo existe para metas programadas con reporte aceptado; `crudo`, siempre que haya programado y
    ejecutado (también en una meta declarada NP con ejecución, que es un hallazgo). Cotas de una meta
    programada sin avance conocido: 0 y el tope del método.
    """
    descuenta = metodo.capacidad_descuenta_linea_base
    crudo = avance_crudo(
        insumos.tipo,
        insumos.ejecutado,
        insumos.programado,
        insumos.linea_base,
        descuenta_linea_base=descuenta,
    )
    cuenta = insumos.programada & insumos.reportada
    avance = np.where(cuenta, con_tope(crudo, metodo.tope), np.nan)
    esperado = avance_esperado(
        insumos.tipo,
        insumos.programado,
        insumos.programado_corte,
        insumos.linea_base,
        transcurrido=insumos.transcurrido,
        perfil=metodo.esperado == "perfil",
        descuenta_linea_base=descuenta,
    )
    desconocida = insumos.programada & np.isnan(avance)
    return Medidas(
        crudo=crudo,
        avance=avance,
        inferior=np.where(desconocida, 0.0, avance),
        superior=np.where(desconocida, cota_de_la_vigencia(metodo.tope), avance),
        esperado=np.where(insumos.programada, esperado, np.nan),
        ritmo=ritmo(avance, esperado),
    )


def calcular_metas(
    base: pd.DataFrame,
    historia: pd.DataFrame,
    *,
    corte: Corte,
    metodo: Metodo,
    vigencias: tuple[int, ...],
) -> pd.DataFrame:
    """Tabla `metas` del corte, en el orden de `codigo_meta`.

    Args:
        base: una fila por meta con su identidad, los valores del corte y `estado_reporte`.
        historia: (codigo_meta, vigencia, programado_vigencia, ejecutado_vigencia) de todo el cuatrienio;
            un ejecutado vacío en una vigencia programada es «sin reporte».
        corte: vigencia y periodo.
        metodo: opciones del cálculo.
        vigencias: las del cuatrienio, en orden; la del corte debe ser una de ellas.

    Si la meta no declara tipo se calcula con el inferido de su programación; si tampoco lo hay, su avance
    de la vigencia es E / P y no tiene avance del cuatrienio. Nada se cambia en silencio: `tipo_declarado`,
    `tipo_meta` y `tipo_inferido` quedan los tres en la tabla.

    Levanta ErrorSeguimiento si la vigencia no es del cuatrienio o si `base` repite o no trae una meta.
    """
    _revisar_entrada(base, corte, vigencias)
    metas = base.sort_values("codigo_meta", ignore_index=True)
    programado = matriz_de_historia(historia, metas["codigo_meta"], vigencias, "programado_vigencia")
    ejecutado = matriz_de_historia(historia, metas["codigo_meta"], vigencias, "ejecutado_vigencia")
    inferido = inferir_tipos(programado, _reales(metas, "meta_cuatrienio"), _reales(metas, "linea_base"))
    metas = metas.assign(vigencia=corte.vigencia, periodo=corte.periodo.value, tipo_inferido=inferido)
    metas["tipo_meta"] = metas.get("tipo_meta", metas["tipo_inferido"]).fillna(metas["tipo_inferido"])
    insumos = _insumos(metas, corte)
    posicion = vigencias.index(corte.vigencia)
    ejecutado[:, posicion] = np.where(insumos.reportada | ~insumos.programada, insumos.ejecutado, np.nan)
    programado[:, posicion] = np.where(insumos.programada, insumos.programado, np.nan)
    metas = _anotar_vigencia(metas, medir(insumos, metodo), insumos, metodo)
    metas = _anotar_cuatrienio(metas, insumos, ejecutado, programado, posicion + 1, metodo)
    return revisar_tabla("metas", crear_tabla("metas", metas[esquema("metas").nombres]))


def remedir(metas: pd.DataFrame, *, corte: Corte, metodo: Metodo) -> pd.DataFrame:
    """La tabla `metas` con el avance de la vigencia recalculado bajo otro método.

    El cuatrienio queda como estaba: la tabla no trae la historia. Sirve al panel de sensibilidad.
    """
    insumos = _insumos(metas, corte)
    return _anotar_vigencia(metas, medir(insumos, metodo), insumos, metodo)


def _revisar_entrada(base: pd.DataFrame, corte: Corte, vigencias: tuple[int, ...]) -> None:
    if corte.vigencia not in vigencias:
        raise ErrorSeguimiento(f"la vigencia {corte.vigencia} no es del cuatrienio {vigencias}")
    repetidas = base.loc[base["codigo_meta"].duplicated(), "codigo_meta"].unique()
    if len(repetidas):
        raise ErrorSeguimiento(f"metas repetidas al calcular: {', '.join(map(str, repetidas[:5]))}")


def _insumos(metas: pd.DataFrame, corte: Corte) -> Insumos:
    estado = metas["estado_reporte"]
    return Insumos(
        tipo=codigos_de_tipo(metas["tipo_meta"]),
        ejecutado=_reales(metas, "ejecutado_vigencia"),
        programado=_reales(metas, "programado_vigencia"),
        programado_corte=_reales(metas, "programado_corte"),
        linea_base=_reales(metas, "linea_base"),
        programada=(estado != EstadoReporte.NO_PROGRAMADA.value).to_numpy(dtype=np.bool_),
        reportada=(estado == EstadoReporte.REPORTADA.value).to_numpy(dtype=np.bool_),
        transcurrido=corte.periodo.transcurrido,
    )


def _anotar_vigencia(metas: pd.DataFrame, medidas: Medidas, insumos: Insumos, metodo: Metodo) -> pd.DataFrame:
    financiera = ejecucion_financiera(metas, metodo)
    bandas = semaforo(medidas.inferior, medidas.superior, medidas.esperado, insumos.programada, metodo.bandas)
    return metas.assign(
        avance_crudo=medidas.crudo,
        avance=medidas.avance,
        cota_inferior=medidas.inferior,
        cota_superior=medidas.superior,
        esperado=medidas.esperado,
        ritmo=medidas.ritmo,
        ejecucion_financiera=financiera,
        eficiencia=eficiencia(medidas.avance, financiera, metodo.eficiencia_minima),
        semaforo=nombres(bandas),
    ).pipe(_completar_columnas)


def _anotar_cuatrienio(
    metas: pd.DataFrame,
    insumos: Insumos,
    ejecutado: Reales,
    programado: Reales,
    transcurridas: int,
    metodo: Metodo,
) -> pd.DataFrame:
    medido = avance_cuatrienio(
        insumos.tipo,
        ejecutado,
        programado,
        insumos.linea_base,
        _reales(metas, "meta_cuatrienio"),
        transcurridas=transcurridas,
        metodo=metodo,
    )
    return metas.assign(
        ejecutado_cuatrienio=medido.ejecutado,
        avance_cuatrienio_crudo=medido.crudo,
        avance_cuatrienio=medido.avance,
        cota_inferior_cuatrienio=medido.inferior,
        cota_superior_cuatrienio=medido.superior,
    )


def _reales(tabla: pd.DataFrame, columna: str) -> Reales:
    if columna not in tabla:
        return np.full(len(tabla), np.nan)
    return tabla[columna].to_numpy(dtype=np.float64, na_value=np.nan)


def _completar_columnas(metas: pd.DataFrame) -> pd.DataFrame:
    """Las columnas del contrato que la base no trae quedan vacías."""
    faltantes = [nombre for nombre in esquema("metas").nombres if nombre not in metas]
    return metas.assign(**dict.fromkeys(faltantes))
