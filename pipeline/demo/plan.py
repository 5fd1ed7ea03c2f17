"""El plan de desarrollo del ejemplo: identidad, ponderadores, programación y recursos de cada meta."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import pandas as pd

from pipeline.config import Config
from pipeline.demo.insumos import PRIMER_ANIO, VIGENCIA, MetaCurada, azar, leer_metas, leer_mundo
from pipeline.demo.programacion import (
    linea_base,
    nivel_al_empezar,
    programar_cuatrienio,
    programar_trimestres,
)
from pipeline.esquemas import crear_tabla
from pipeline.formato_es import numero
from pipeline.modelo import TipoMeta
from pipeline.plantillas import NOMBRES_DE_TIPO

CRECIMIENTO_DE_RECURSOS = (0.22, 0.25, 0.27, 0.26)
REDONDEO_COP = 100_000
PARTE_SIN_RECURSOS = 0.08  # metas de gestión, que se cumplen con personal de planta
ENUNCIADOS = {
    TipoMeta.ACUMULADO: "{indicador}: {meta} en el cuatrienio",
    TipoMeta.FLUJO: "{indicador}: llegar a {meta} por año en {fin}",
    TipoMeta.STOCK: "{indicador}: pasar de {base} a {meta} en {fin}",
    TipoMeta.CAPACIDAD: "{indicador}: ampliar de {base} a {meta} en {fin}",
    TipoMeta.MANTENIMIENTO: "{indicador}: mantener {meta} cada año",
    TipoMeta.REDUCCION: "{indicador}: reducir de {base} a {meta} en {fin}",
    TipoMeta.REDUCCION_ANUAL: "{indicador}: reducir cada año, de {base} a {meta} en {fin}",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanDemo:
    """Las tres tablas del plan, con las columnas de sus contratos (sin archivo de origen)."""

    plan: pd.DataFrame
    plan_vigencias: pd.DataFrame
    plan_fuentes: pd.DataFrame


def armar_plan(config: Config) -> PlanDemo:
    """Plan sintético para `config`; ErrorConfiguracion si le falta una de las dependencias del ejemplo."""
    metas = leer_metas()
    for codigo in sorted({meta.dependencia for meta in metas}):
        config.dependencia(codigo)
    recursos = {meta.codigo_meta: montos for meta, montos in _recursos(metas)}
    ponderadores = _ponderadores(metas, recursos)
    vigencias = [fila for meta in metas for fila in _filas_de_vigencia(meta, recursos[meta.codigo_meta])]
    return PlanDemo(
        plan=crear_tabla("plan", [_fila_plan(meta, config, ponderadores) for meta in metas]),
        plan_vigencias=crear_tabla("plan_vigencias", vigencias),
        plan_fuentes=crear_tabla("plan_fuentes", _filas_de_fuente(metas, recursos)),
    )


def _fila_plan(meta: MetaCurada, config: Config, ponderadores: Mapping[str, float]) -> dict[str, Any]:
    linea = leer_mundo()["lineas"][meta.linea]
    base = linea_base(meta)
    enunciado = ENUNCIADOS[meta.tipo_meta].format(
        indicador=meta.nombre_indicador,
        meta=numero(meta.meta_cuatrienio),
        base=numero(base),
        fin=config.entidad.cuatrienio[1],
    )
    return {
        "codigo_meta": meta.codigo_meta,
        "nombre_meta": enunciado,
        "linea": meta.linea,
        "nombre_linea": linea["nombre"],
        "sector": meta.sector,
        "nombre_sector": meta.nombre_sector,
        "programa": meta.programa,
        "nombre_programa": meta.nombre_programa,
        "codigo_producto": meta.codigo_producto,
        "nombre_producto": meta.nombre_producto,
        "codigo_indicador": meta.codigo_indicador,
        "nombre_indicador": meta.nombre_indicador,
        "bpin": _bpin(meta, config.entidad.dane),
        "dependencia": meta.dependencia,
        "responsable": config.dependencia(meta.dependencia).nombre,
        "unidad": meta.unidad,
        "tipo_declarado": NOMBRES_DE_TIPO[meta.tipo_meta],
        "tipo_meta": meta.tipo_meta.value,
        "linea_base": base,
        "meta_cuatrienio": meta.meta_cuatrienio,
        "ponderador": ponderadores[meta.codigo_meta],
        "ponderador_linea": linea["ponderador"],
    }


def _filas_de_vigencia(meta: MetaCurada, recursos: tuple[int, ...]) -> list[dict[str, Any]]:
    programado = programar_cuatrienio(meta)
    filas: list[dict[str, Any]] = []
    for indice, valor in enumerate(programado):
        anio = PRIMER_ANIO + indice
        fila: dict[str, Any] = {
            "codigo_meta": meta.codigo_meta,
            "vigencia": anio,
            "programado_vigencia": valor,
            "recursos_programados_cop": float(recursos[indice]),
        }
        if anio <= VIGENCIA:
            previo = nivel_al_empezar(meta, programado, indice)
            trimestres = programar_trimestres(meta, valor, previo, anio)
            fila |= {f"programado_t{n}": t for n, t in enumerate(trimestres, start=1)}
        filas.append(fila)
    return filas


def _recursos(metas: tuple[MetaCurada, ...]) -> list[tuple[MetaCurada, tuple[int, ...]]]:
    """Pesos programados por año para cada meta: el presupuesto de su dependencia, repartido."""
    mundo = leer_mundo()
    grandes = mundo["indicadores_grandes"]
    libre: dict[str, float] = defaultdict(lambda: 1.0)
    pesos: dict[str, float] = defaultdict(float)
    for meta in metas:
        libre[meta.dependencia] -= grandes.get(meta.codigo_indicador, 0.0)
        pesos[meta.dependencia] += _peso(meta)
    resultado = []
    for meta in metas:
        parte = grandes.get(meta.codigo_indicador)
        if parte is None:
            parte = libre[meta.dependencia] * _peso(meta) / pesos[meta.dependencia]
        cuatrienio = mundo["dependencias"][meta.dependencia]["presupuesto"] * 4e6 * parte
        montos = tuple(
            _redondear_cop(cuatrienio * ritmo * bool(valor))
            for ritmo, valor in zip(CRECIMIENTO_DE_RECURSOS, programar_cuatrienio(meta), strict=True)
        )
        resultado.append((meta, montos))
    return resultado


def _peso(meta: MetaCurada) -> float:
    """Peso de la meta en el presupuesto de su dependencia; 0 en las grandes (aparte) y en las de gestión."""
    es_grande = meta.codigo_indicador in leer_mundo()["indicadores_grandes"]
    if es_grande or azar(meta.codigo_meta, "gestión") < PARTE_SIN_RECURSOS:
        return 0.0
    return 0.15 + azar(meta.codigo_meta, "peso") ** 2


def _redondear_cop(valor: float) -> int:
    return round(valor / REDONDEO_COP) * REDONDEO_COP


def _ponderadores(metas: tuple[MetaCurada, ...], recursos: Mapping[str, tuple[int, ...]]) -> dict[str, float]:
    """Pesos de las metas: dentro de cada línea suman el ponderador de la línea, y en el plan, 1."""
    millonesimas: dict[str, int] = {}
    for codigo, linea in leer_mundo()["lineas"].items():
        propias = [meta.codigo_meta for meta in metas if meta.linea == codigo]
        bruto = {m: 1 + min(2.0, sum(recursos[m]) / 2e10) + azar(m, "ponderador") for m in propias}
        meta_de_linea = round(linea["ponderador"] * 1e6)
        repartido = {m: int(meta_de_linea * peso / sum(bruto.values())) for m, peso in bruto.items()}
        repartido[propias[0]] += meta_de_linea - sum(repartido.values())
        millonesimas |= repartido
    return {codigo: peso / 1e6 for codigo, peso in millonesimas.items()}


def _filas_de_fuente(
    metas: tuple[MetaCurada, ...], recursos: Mapping[str, tuple[int, ...]]
) -> list[dict[str, Any]]:
    mezclas = leer_mundo()["fuentes_por_sector"]
    filas = []
    for meta in metas:
        mezcla = mezclas.get(meta.sector, mezclas["otros"])
        for indice, total in enumerate(recursos[meta.codigo_meta]):
            montos = {fuente: _redondear_cop(total * parte) for fuente, parte in mezcla.items()}
            primera = next(iter(montos))
            montos[primera] += total - sum(montos.values())  # lo que se pierde al redondear
            comun = {"codigo_meta": meta.codigo_meta, "vigencia": PRIMER_ANIO + indice}
            filas += [comun | {"fuente": f, "programado_cop": float(m)} for f, m in montos.items() if m]
    return filas


def _bpin(meta: MetaCurada, dane: str) -> str:
    """BPIN de 13 dígitos (año + DIVIPOLA + consecutivo): un proyecto por dependencia y programa."""
    anio = PRIMER_ANIO + (azar(meta.dependencia, meta.programa, "año") < 0.3)
    consecutivo = 1 + _proyectos().index((meta.dependencia, meta.programa))
    propio = f"{anio}{dane}{consecutivo:04d}"
    if azar(meta.codigo_meta, "dos proyectos") < 0.04:
        return f"{propio}, {VIGENCIA}{dane}{consecutivo + 400:04d}"
    return propio


@cache
def _proyectos() -> list[tuple[str, str]]:
    return sorted({(meta.dependencia, meta.programa) for meta in leer_metas()})
