"""Las entregas del ejemplo: qué libro manda cada dependencia en cada corte, cuándo y con qué fallas."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline.calendario import fecha_limite, sumar_habiles
from pipeline.config import Config
from pipeline.demo.acciones import accionar
from pipeline.demo.ejecucion import avances, simular
from pipeline.demo.fallas import (
    Falla,
    columnas_borradas,
    fallas_de,
    sembrar,
    sembrar_movimientos,
)
from pipeline.demo.insumos import CORTES, azar
from pipeline.demo.plan import PlanDemo
from pipeline.demo.presupuesto import presupuestar
from pipeline.modelo import Corte
from pipeline.plantillas import escribir_filas_pa, escribir_filas_pi, escribir_filas_poai, filas_pi

DIAS_PARA_CORREGIR = 4

Fila = dict[str, Any]
Valores = Mapping[Corte, pd.DataFrame]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrega:
    """Una versión de un libro, lista para escribirse y recibirse."""

    corte: Corte
    dependencia: str
    version: int
    recibido_en: datetime
    filas: tuple[Fila, ...]
    instrumento: str = "pi"
    movimientos: tuple[Fila, ...] = ()  # solo del POAI
    omitir: tuple[str, ...] = ()
    periodo_aceptado: str = ""  # solo del Plan Indicativo

    @property
    def nombre(self) -> str:
        """Nombre del archivo con que llega."""
        version = f"_v{self.version}" if self.version > 1 else ""
        return f"{self.instrumento.upper()}_{self.corte}_{self.dependencia}{version}.xlsx"


def armar_entregas_del_corte(
    config: Config,
    plan: PlanDemo,
    corte: Corte,
    dependencias: Sequence[str] = (),
    instrumentos: Sequence[str] | None = None,
) -> list[Entrega]:
    """Las entregas simuladas del corte, con sus fallas, por instrumento, dependencia y versión.

    Sin `instrumentos`, los que la entidad sigue en ese corte.
    """
    hasta_el_corte = [c for c in CORTES if c.vigencia == corte.vigencia and c.periodo <= corte.periodo]
    valores = {c: simular(plan, c) for c in hasta_el_corte}
    codigos = [d.codigo for d in config.dependencias_que_entregan()]
    elegidas = [codigo for codigo in codigos if not dependencias or codigo in dependencias]
    seguidos = config.entregas.seguidos(corte) if instrumentos is None else instrumentos
    entregas: list[Entrega] = []
    if "pi" in seguidos:
        entregas += [e for c in elegidas for e in _de_plan_indicativo(config, plan, corte, c, valores)]
    if {"poai", "pa"} & set(seguidos):
        otras = _de_presupuesto_y_acciones(config, plan, corte, valores)
        entregas += [e for e in otras if e.instrumento in seguidos and e.dependencia in elegidas]
    return entregas


def escribir_entrega(carpeta: Path, entrega: Entrega, config: Config) -> Path:
    """Ruta del libro de la entrega, escrito en `carpeta`."""
    destino = carpeta / entrega.nombre
    comunes: dict[str, Any] = {
        "config": config,
        "corte": entrega.corte,
        "dependencia": entrega.dependencia,
        "filas": entrega.filas,
        "omitir": entrega.omitir,
    }
    if entrega.instrumento == "poai":
        return escribir_filas_poai(destino, **comunes, movimientos=entrega.movimientos)
    if entrega.instrumento == "pa":
        return escribir_filas_pa(destino, **comunes)
    return escribir_filas_pi(destino, **comunes, periodo_aceptado=entrega.periodo_aceptado)


def _de_plan_indicativo(
    config: Config, plan: PlanDemo, corte: Corte, dependencia: str, valores: Valores
) -> list[Entrega]:
    periodo_aceptado, aceptado = _ultimo_aceptado(plan, corte, dependencia, valores)
    limpias = filas_pi(
        corte=corte,
        dependencia=dependencia,
        plan=plan.plan,
        plan_vigencias=plan.plan_vigencias,
        valores=valores[corte],
        aceptado=aceptado,
    )
    base = Entrega(
        corte=corte,
        dependencia=dependencia,
        version=1,
        recibido_en=datetime.min,
        filas=tuple(limpias),
        periodo_aceptado=periodo_aceptado,
    )
    return _versiones(config, base)


def _de_presupuesto_y_acciones(
    config: Config, plan: PlanDemo, corte: Corte, valores: Valores
) -> list[Entrega]:
    presupuestos = presupuestar(plan, valores, corte)
    acciones = accionar(plan, presupuestos, avances(plan, corte), corte)
    comun: dict[str, Any] = {"corte": corte, "version": 1, "recibido_en": datetime.min}
    entregas: list[Entrega] = []
    for dependencia in sorted(presupuestos):
        propio = presupuestos[dependencia]
        poai = Entrega(
            **comun,
            instrumento="poai",
            dependencia=dependencia,
            filas=propio.filas,
            movimientos=propio.movimientos,
        )
        entregas += _versiones(config, poai)
    for dependencia in sorted(acciones):
        pa = Entrega(**comun, instrumento="pa", dependencia=dependencia, filas=tuple(acciones[dependencia]))
        entregas += _versiones(config, pa)
    return entregas


def _versiones(config: Config, limpia: Entrega) -> list[Entrega]:
    """Las versiones que llegan del libro: ninguna, una o, si se devolvió y lo corrigieron, dos."""
    fallas = fallas_de(str(limpia.corte), limpia.dependencia, limpia.instrumento)
    if not limpia.filas or any(falla.clase == "no_entrega" for falla in fallas):
        return []
    recibido = _recibido_en(config, limpia, fallas)
    definitivas = tuple(falla for falla in fallas if not falla.corregida)
    versiones = [fallas] if fallas == definitivas else [fallas, definitivas]
    return [
        replace(
            limpia,
            version=numero,
            recibido_en=_a_la_hora(sumar_habiles(recibido, DIAS_PARA_CORREGIR * (numero - 1)), limpia),
            filas=tuple(sembrar(limpia.filas, puestas)),
            movimientos=tuple(sembrar_movimientos(limpia.movimientos, puestas)),
            omitir=columnas_borradas(puestas),
        )
        for numero, puestas in enumerate(versiones, start=1)
    ]


def _ultimo_aceptado(
    plan: PlanDemo, corte: Corte, dependencia: str, valores: Valores
) -> tuple[str, dict[str, float]]:
    """Periodo y ejecutado por meta del último corte anterior que la dependencia entregó y se aceptó."""
    for anterior in sorted((c for c in valores if c.periodo < corte.periodo), key=str, reverse=True):
        fallas = [f for f in fallas_de(str(anterior), dependencia) if not f.corregida]
        if any(falla.clase in {"no_entrega", "columna_borrada"} for falla in fallas):
            continue
        limpias = filas_pi(
            corte=anterior,
            dependencia=dependencia,
            plan=plan.plan,
            plan_vigencias=plan.plan_vigencias,
            valores=valores[anterior],
        )
        pares = [(f["codigo_meta"], f.get("ejecutado_vigencia")) for f in sembrar(limpias, fallas)]
        veces = Counter(codigo for codigo, _ in pares)
        return anterior.periodo.value, {
            codigo: valor for codigo, valor in pares if veces[codigo] == 1 and isinstance(valor, int | float)
        }
    return "", {}


def _recibido_en(config: Config, entrega: Entrega, fallas: Sequence[Falla]) -> date:
    """Día hábil de la entrega: antes del límite, salvo las tardanzas sembradas."""
    mora = max((falla.dias_de_mora for falla in fallas), default=0)
    limite = fecha_limite(entrega.corte, config.calendario)
    if mora:
        return sumar_habiles(limite, mora)
    plazo = config.calendario.dias_habiles_de_plazo
    dias = minimo = 1 + plazo // 3
    if not any(falla.corregida for falla in fallas):
        dias += int(azar(*_clave(entrega), "recibo") * (plazo - minimo + 1))
    return min(limite, sumar_habiles(entrega.corte.fecha, dias))


def _a_la_hora(dia: date, entrega: Entrega) -> datetime:
    minutos = int(azar(*_clave(entrega), "hora") * 600)  # entre las 8:00 y las 18:00
    return datetime.combine(dia, time(8 + minutos // 60, minutos % 60))


def _clave(entrega: Entrega) -> tuple[object, ...]:
    base = (entrega.dependencia, entrega.corte)
    return base if entrega.instrumento == "pi" else (*base, entrega.instrumento)
