"""Alertas tempranas del corte con su vida: junta reglas, proyección, cortes anteriores y retroprueba."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from pipeline import alertas, proyeccion, retroprueba
from pipeline.archivos import leer_yml, leer_yml_ajeno
from pipeline.config import PAQUETE
from pipeline.esquemas import leer_tabla
from pipeline.flujo import memoria
from pipeline.flujo.contexto import Contexto
from pipeline.flujo.enlaces import enlaces_del_corte
from pipeline.flujo.previos import CortePrevio, calcular_previos, metas_de_los_previos
from pipeline.modelo import Corte

TABLAS_TEMPRANAS = ("alertas", "historial_alertas", "proyecciones", "evaluacion_alertas")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tempranas:
    """Las cuatro tablas de las alertas del corte, con su contrato."""

    alertas: pd.DataFrame
    historial_alertas: pd.DataFrame
    proyecciones: pd.DataFrame
    evaluacion_alertas: pd.DataFrame


def reglas_de_alerta(contexto: Contexto) -> dict[str, Any]:
    """Las reglas del proyecto con los cambios de `<raiz>/alertas.yml`, si existe.

    Levanta ErrorConfiguracion si el archivo de la entidad no se puede leer, cambia lo que no existe o trae un
    ejemplo que no hace lo que dice.
    """
    base = leer_yml((PAQUETE / "recursos" / "alertas.yml").read_text(encoding="utf-8"))
    ruta = contexto.rutas.raiz / "alertas.yml"
    propias = leer_yml_ajeno(ruta) if ruta.is_file() else None
    reglas = alertas.combinar_reglas(base, propias)
    alertas.revisar_propias(reglas, propias, contexto.config.umbrales.model_dump())
    return reglas


def alertar_con_historia(
    contexto: Contexto,
    metas: pd.DataFrame,
    agregados: pd.DataFrame,
    previos: Sequence[CortePrevio] = (),
    **contraste: pd.DataFrame | None,
) -> Tempranas:
    """Las alertas del corte con su edad y su estado, la proyección, la historia y los aciertos de cada regla.

    Cada corte previo se alerta solo con lo que entonces se sabía, con las reglas de hoy. `contraste` son
    tablas opcionales de este corte: `actividades`, `indices_pa`, `indices_poai` e `insumos` (ver
    `calcular_alertas`).
    """
    reglas, umbrales = reglas_de_alerta(contexto), contexto.config.umbrales.model_dump()
    pasos = _pasos(contexto, metas, agregados, previos, contraste)
    hechos = _alertar_todos(contexto, pasos, previos)
    por_corte = [(paso.corte, hecho["alertas"]) for paso, hecho in zip(pasos, hechos, strict=True)]
    proyectadas = [(paso.corte, hecho["proyecciones"]) for paso, hecho in zip(pasos, hechos, strict=True)]
    propias = alertas.con_fecha_propia(alertas.leer_reglas(reglas))
    actuales, historial = alertas.historiar(por_corte, con_fecha_propia=propias)
    todas = pd.concat([p.metas.assign(corte=str(p.corte)) for p in pasos], ignore_index=True)
    evaluacion = retroprueba.retroprobar(
        por_corte, todas, textos=reglas, umbrales=umbrales, proyecciones_por_corte=proyectadas
    )
    return Tempranas(
        alertas=actuales,
        historial_alertas=historial,
        proyecciones=proyectadas[-1][1],
        evaluacion_alertas=evaluacion,
    )


def alertar_previos(contexto: Contexto) -> None:
    """Deja recordadas las alertas de los cortes previos, que solo necesitan las tablas de la etapa 01."""
    previos = calcular_previos(contexto)
    _alertar_todos(contexto, _pasos_previos(contexto, previos), previos)


def _alertar_todos(
    contexto: Contexto, pasos: Sequence[_Paso], previos: Sequence[CortePrevio]
) -> list[Mapping[str, pd.DataFrame]]:
    """Lo que `_alertar` da de cada paso, cada uno con la serie de los cortes anteriores a él."""
    plan = leer_tabla("plan_vigencias", contexto.rutas.procesados(contexto.corte))
    reglas = reglas_de_alerta(contexto)
    return [
        _alertar(contexto, paso, metas_de_los_previos(previos[:numero]), plan, reglas)
        for numero, paso in enumerate(pasos)
    ]


def _alertar(
    contexto: Contexto, paso: _Paso, series: pd.DataFrame, plan: pd.DataFrame, reglas: Mapping[str, Any]
) -> Mapping[str, pd.DataFrame]:
    """Las tablas `alertas` y `proyecciones` de un corte, que se recuerdan mientras no cambie lo que miran."""
    enlaces = enlaces_del_corte(contexto, paso.corte)

    def hacer() -> dict[str, pd.DataFrame]:
        proyectada = proyeccion.proyectar(
            paso.metas, series, plan, corte=paso.corte, metodo=contexto.config.metodo.metodo()
        )
        tabla = alertas.calcular_alertas(
            paso.metas, paso.indices, paso.entregas, corte=paso.corte, textos=reglas,
            umbrales=contexto.config.umbrales.model_dump(), series=series, proyecciones=proyectada,
            responsables={d.codigo: d.responsable for d in contexto.config.dependencias},
            enlaces=enlaces, **paso.extras,
        )  # fmt: skip
        return {"alertas": tabla, "proyecciones": proyectada}

    extras = [parte for par in paso.extras.items() for parte in par]
    entradas = [paso.metas, paso.indices, paso.entregas, series, plan, enlaces, *extras]
    que = f"alertas-{paso.corte}"
    return memoria.hecho_con(contexto, que, entradas, ["alertas", "proyecciones"], hacer)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Paso:
    """Un corte por alertar, con lo que de él se sabe."""

    corte: Corte
    metas: pd.DataFrame
    indices: pd.DataFrame
    entregas: pd.DataFrame
    extras: Mapping[str, pd.DataFrame | None]


def _pasos(
    contexto: Contexto,
    metas: pd.DataFrame,
    agregados: pd.DataFrame,
    previos: Sequence[CortePrevio],
    contraste: Mapping[str, pd.DataFrame | None],
) -> list[_Paso]:
    carpeta = contexto.rutas.procesados(contexto.corte)
    hallazgos, registros = leer_tabla("hallazgos", carpeta), leer_tabla("registros_pi", carpeta)
    extras = {
        "hallazgos": hallazgos,
        "registros": registros,
        "respuestas": alertas.respuestas_de(registros, corte=contexto.corte),
        **{nombre: None if tabla is None else _si_hay(tabla) for nombre, tabla in contraste.items()},
    }
    actual = _Paso(
        corte=contexto.corte,
        metas=metas,
        indices=agregados,
        entregas=leer_tabla("entregas", carpeta),
        extras=extras,
    )
    return [*_pasos_previos(contexto, previos), actual]


def _pasos_previos(contexto: Contexto, previos: Sequence[CortePrevio]) -> list[_Paso]:
    hallazgos = leer_tabla("hallazgos", contexto.rutas.procesados(contexto.corte))
    del_plan = hallazgos[hallazgos["instrumento"] == "plan"]  # los cortes previos se revisan sin el plan
    return [
        _Paso(
            corte=p.corte,
            metas=p.metas,
            indices=p.indices,
            entregas=p.entregas,
            extras={
                "hallazgos": _unir(p.hallazgos, del_plan),
                "registros": p.registros,
                "actividades": _si_hay(p.actividades),
                "indices_pa": _si_hay(p.indices_pa),
                "indices_poai": _si_hay(p.indices_poai),
            },
        )
        for p in previos
    ]


def _si_hay(tabla: pd.DataFrame) -> pd.DataFrame | None:
    return tabla if len(tabla) else None


def _unir(unas: pd.DataFrame, otras: pd.DataFrame) -> pd.DataFrame:
    con_filas = [tabla for tabla in (unas, otras) if len(tabla)]
    return pd.concat(con_filas, ignore_index=True) if con_filas else unas
