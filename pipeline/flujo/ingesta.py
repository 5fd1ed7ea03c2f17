"""Etapa 01: lee el plan y las entregas de un corte, revisa su calidad y guarda las tablas."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import pandas as pd

from pipeline import calidad, lectura, limpieza, recepcion
from pipeline.esquemas import crear_tabla, guardar_tabla
from pipeline.flujo.contexto import Contexto
from pipeline.formatos import Formato
from pipeline.modelo import EstadoEntrega, Hallazgo
from pipeline.recepcion import Recepcion

TABLAS_INGESTA = ("plan", "plan_vigencias", "plan_fuentes", "entregas", "registros_pi", "celdas", "hallazgos")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """El plan leído: metas, programación por vigencia, recursos por fuente y la traza de sus celdas."""

    metas: pd.DataFrame
    vigencias: pd.DataFrame
    fuentes: pd.DataFrame
    celdas: pd.DataFrame
    hallazgos: pd.DataFrame


@dataclass(frozen=True, slots=True, kw_only=True)
class Entregas:
    """Lo entregado en el corte: quién, qué filas, de qué celdas y lo que se halló al leer."""

    entregas: pd.DataFrame
    registros: pd.DataFrame
    celdas: pd.DataFrame
    hallazgos: pd.DataFrame


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """Resultado de la puerta de calidad: estado de cada entrega y todos los hallazgos del corte."""

    entregas: pd.DataFrame
    hallazgos: pd.DataFrame


def leer_plan(contexto: Contexto) -> Plan:
    """El plan vigente, leído con el formato con que se importó.

    Levanta ErrorEntorno si no se ha importado ninguno. Los problemas del libro son hallazgos.
    """
    ficha = recepcion.plan_vigente(contexto.rutas)
    formato = contexto.formato(ficha.formato)
    limpio = _leer_libro(contexto, ficha, formato)
    metas, vigencias, fuentes = limpieza.armar_plan(limpio)
    return Plan(
        metas=metas,
        vigencias=vigencias,
        fuentes=fuentes,
        celdas=limpio.celdas,
        hallazgos=_tabla_hallazgos(_situar(limpio.hallazgos, ficha)),
    )


def leer_entregas(contexto: Contexto) -> Entregas:
    """Los libros vigentes de Plan Indicativo del corte (la última versión de cada dependencia)."""
    return leer_libros(contexto, recepcion.leer_recepciones(contexto.rutas, contexto.corte, "pi"))


def leer_libros(contexto: Contexto, recepciones: Sequence[Recepcion]) -> Entregas:
    """Los libros de esas fichas como si fueran todo lo recibido en el corte; cuenta la última versión."""
    entregas = recepcion.armar_entregas(
        recepciones, config=contexto.config, corte=contexto.corte, instrumento="pi"
    )
    vigentes = _vigentes(recepciones)
    registros, celdas, hallazgos = [], [], []
    for ficha in vigentes:
        limpio = _leer_libro(contexto, ficha, contexto.formato(ficha.formato))
        registros.append(limpieza.armar_registros_pi(limpio, ficha.dependencia))
        celdas.append(limpio.celdas)
        hallazgos += _situar(limpio.hallazgos, ficha)
    return Entregas(
        entregas=_con_filas(entregas, registros),
        registros=_unir("registros_pi", registros),
        celdas=_unir("celdas", celdas),
        hallazgos=_tabla_hallazgos(hallazgos),
    )


def revisar(contexto: Contexto, plan: Plan, leidas: Entregas, *, con_plan: bool = True) -> Revision:
    """Corre las expectativas sobre el plan y lo entregado, y decide qué libros se devuelven.

    Sin `con_plan` no se revisa el libro del plan, que no decide sobre los de las dependencias.
    """
    reglas = calidad.cargar_reglas(contexto.rutas.expectativas)
    formato = contexto.formato(contexto.config.entregas.formato_pi)
    hallazgos = _unir(
        "hallazgos",
        [
            *(_hallazgos_del_plan(plan, reglas) if con_plan else ()),
            leidas.hallazgos,
            calidad.revisar_registros_pi(
                leidas.registros,
                plan.metas,
                plan.vigencias,
                leidas.celdas,
                contexto.corte,
                formato.trimestres,
                reglas=reglas,
                previos=leidas.hallazgos,
            ),
        ],
    )
    orden = ["instrumento", "dependencia", "archivo", "hoja", "fila", "celda", "regla", "vigencia"]
    entregas = calidad.decidir_entregas(
        leidas.entregas, hallazgos, contexto.config.calidad.proporcion_para_devolver
    )
    return Revision(
        entregas=entregas,
        hallazgos=hallazgos.sort_values(orden, ignore_index=True, kind="stable"),
    )


def _hallazgos_del_plan(plan: Plan, reglas: Sequence[calidad.Regla]) -> list[pd.DataFrame]:
    revisado = calidad.revisar_plan(
        plan.metas, plan.vigencias, plan.celdas, reglas=reglas, previos=plan.hallazgos
    )
    return [plan.hallazgos, revisado]


def guardar_ingesta(contexto: Contexto, plan: Plan, leidas: Entregas, revision: Revision) -> list[Path]:
    """Rutas de las tablas de la etapa 01, ya revisadas contra su contrato."""
    carpeta = contexto.rutas.procesados(contexto.corte)
    tablas = {
        "plan": plan.metas,
        "plan_vigencias": plan.vigencias,
        "plan_fuentes": plan.fuentes,
        "entregas": revision.entregas,
        "registros_pi": leidas.registros,
        "celdas": _unir("celdas", [plan.celdas, leidas.celdas]),
        "hallazgos": revision.hallazgos,
    }
    return [guardar_tabla(nombre, tablas[nombre], carpeta) for nombre in TABLAS_INGESTA]


def _leer_libro(contexto: Contexto, ficha: Recepcion, formato: Formato) -> limpieza.LibroLimpio:
    leido = lectura.leer_libro(
        contexto.rutas.crudos / ficha.ruta,
        formato,
        archivo=ficha.archivo,
        sha256=ficha.sha256,
        vigencias=contexto.config.entidad.vigencias,
        corte=contexto.corte if ficha.instrumento != "plan" else None,
    )
    return limpieza.limpiar(leido, formato, contexto.config.dependencias)


def _vigentes(recepciones: Sequence[Recepcion]) -> list[Recepcion]:
    ultimas: dict[str, Recepcion] = {}
    for ficha in recepciones:
        anterior = ultimas.get(ficha.dependencia)
        if anterior is None or ficha.version > anterior.version:
            ultimas[ficha.dependencia] = ficha
    return [ultimas[codigo] for codigo in sorted(ultimas)]


def _con_filas(entregas: pd.DataFrame, registros: list[pd.DataFrame]) -> pd.DataFrame:
    filas = pd.concat([r[["sha256", "hoja", "fila"]] for r in registros]) if registros else None
    if filas is None:
        return entregas
    conteo = filas.drop_duplicates().groupby("sha256").size()
    vigente = entregas["estado"].isna()
    return entregas.assign(n_filas=entregas["sha256"].map(conteo).fillna(0).where(vigente).astype("Int64"))


def _situar(hallazgos: Iterable[Hallazgo], ficha: Recepcion) -> list[Hallazgo]:
    """Los mismos hallazgos con el libro y la dependencia de donde salieron."""
    return [
        replace(
            hallazgo,
            instrumento=ficha.instrumento,
            dependencia=ficha.dependencia or None,
            archivo=ficha.archivo,
            sha256=ficha.sha256,
        )
        for hallazgo in hallazgos
    ]


def _tabla_hallazgos(hallazgos: Iterable[Hallazgo]) -> pd.DataFrame:
    filas = [asdict(h) | {"severidad": h.severidad.value} for h in hallazgos]
    return crear_tabla("hallazgos", filas)


def _unir(tabla: str, partes: Sequence[pd.DataFrame]) -> pd.DataFrame:
    con_filas = [parte for parte in partes if len(parte)]
    return crear_tabla(tabla, pd.concat(con_filas, ignore_index=True) if con_filas else ())


def devueltas(entregas: pd.DataFrame) -> pd.DataFrame:
    """Entregas vigentes que hay que corregir y volver a enviar."""
    return entregas[entregas["estado"].isin([EstadoEntrega.DEVUELTA, EstadoEntrega.ILEGIBLE])]
