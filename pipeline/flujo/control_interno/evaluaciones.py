"""Campos 1 a 5 de la evaluación por dependencias, con lo que dicen las tablas del corte."""

from __future__ import annotations

from typing import Any

import pandas as pd

from pipeline.flujo.control_interno.datos import Control
from pipeline.flujo.control_interno.frases import leer_textos
from pipeline.formato_es import contar, numero, porcentaje
from pipeline.libros import Compromiso, Evaluacion
from pipeline.modelo import EstadoReporte

Fila = dict[str, Any]


def evaluaciones_de(control: Control) -> list[Evaluacion]:
    """Una por dependencia con metas programadas, en el orden de sus códigos."""
    metas = control.datos.matriz
    programadas = metas[metas["estado_reporte"] != EstadoReporte.NO_PROGRAMADA.value]
    actividades = control.matriz[control.matriz["nivel"] == "actividad"]
    renglones = control.matriz[control.matriz["nivel"] == "meta"]
    quiebres: dict[str, Any] = dict(
        zip(renglones["codigo_meta"].tolist(), renglones["quiebres"].tolist(), strict=True)
    )
    return [
        Evaluacion(
            codigo=str(codigo),
            dependencia=control.contexto.config.dependencia(str(codigo)).nombre,
            objetivos=_objetivos(suyas),
            compromisos=[
                _compromiso(meta, actividades[actividades["codigo_meta"] == meta["codigo_meta"]], quiebres)
                for meta in _filas(suyas)
            ],
        )
        for codigo, suyas in programadas.groupby("dependencia")
    ]


def _objetivos(metas: pd.DataFrame) -> list[str]:
    """Líneas estratégicas y programas del plan a los que aportan las metas."""
    lineas = [f"Línea {f['linea']}. {f['nombre_linea']}" for f in _unicas(metas, "linea", "nombre_linea")]
    programas = [
        f"Programa {f['programa']}. {f['nombre_programa']}"
        for f in _unicas(metas, "programa", "nombre_programa")
    ]
    return [*lineas, *programas]


def _compromiso(meta: Fila, actividades: pd.DataFrame, quiebres: dict[str, Any]) -> Compromiso:
    indicador = meta["nombre_indicador"] or "Sin indicador en el plan"
    return Compromiso(
        compromiso=f"{meta['codigo_meta']}. {meta['nombre_meta'] or ''}".strip(),
        indicador=f"{indicador} ({meta['unidad'] or 'sin unidad'})",
        resultado=meta["avance_crudo"],
        analisis=" ".join(_analisis(meta, actividades, quiebres.get(meta["codigo_meta"]))),
    )


def _analisis(meta: Fila, actividades: pd.DataFrame, quiebres: object) -> list[str]:
    frases = leer_textos()["analisis"]
    estado = {"sin_reporte": "sin_reporte", "devuelta": "devuelta"}.get(meta["estado_reporte"], "ejecutado")
    partes = [
        frases[estado].format(
            ejecutado=numero(meta["ejecutado_vigencia"]),
            programado=numero(meta["programado_vigencia"]),
            unidad=meta["unidad"] or "sin unidad",
        )
    ]
    if meta["esperado"] is not None:
        partes.append(frases["esperado"].format(esperado=porcentaje(meta["esperado"])))
    if meta["ejecucion_financiera"] is not None:
        partes.append(frases["dinero"].format(financiera=porcentaje(meta["ejecucion_financiera"])))
    if len(actividades):
        vencidas = int((actividades["estado"] == "vencida").sum())
        partes.append(
            frases["actividades"].format(
                actividades=contar(len(actividades), "actividad", "actividades"),
                vencidas=contar(vencidas, "vencida"),
            )
        )
    if isinstance(quiebres, str):
        partes.append(frases["quiebres"].format(quiebres=quiebres))
    if meta["observacion"]:
        partes.append(frases["observacion"].format(observacion=str(meta["observacion"]).strip().rstrip(".")))
    return partes


def _unicas(metas: pd.DataFrame, *columnas: str) -> list[Fila]:
    return _filas(metas[list(columnas)].dropna().drop_duplicates().sort_values(columnas[0]))


def _filas(tabla: pd.DataFrame) -> list[Fila]:
    return [{str(k): None if pd.isna(v) else v for k, v in fila.items()} for fila in tabla.to_dict("records")]
