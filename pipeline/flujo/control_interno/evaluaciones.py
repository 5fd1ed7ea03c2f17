"""Campos 1 a 5 de la evaluación por dependencias, con lo que dicen las tablas del corte."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
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
    actividades = control.matriz[control.matriz["nivel"] == "actividad"]
    estados: dict[str, list[str]] = defaultdict(list)
    for codigo, estado in zip(actividades["codigo_meta"], actividades["estado"], strict=True):
        estados[codigo].append(estado)
    renglones = control.matriz[control.matriz["nivel"] == "meta"]
    quiebres = dict(zip(renglones["codigo_meta"].tolist(), renglones["quiebres"].tolist(), strict=True))
    suyas: dict[str, list[Fila]] = defaultdict(list)
    for meta in _filas(metas[metas["estado_reporte"] != EstadoReporte.NO_PROGRAMADA.value]):
        if meta["dependencia"]:
            suyas[meta["dependencia"]].append(meta)
    return [
        Evaluacion(
            codigo=dependencia,
            dependencia=control.contexto.config.dependencia(dependencia).nombre,
            objetivos=_objetivos(suyas[dependencia]),
            compromisos=[
                _compromiso(m, estados.get(m["codigo_meta"], []), quiebres.get(m["codigo_meta"]))
                for m in suyas[dependencia]
            ],
        )
        for dependencia in sorted(suyas)
    ]


def _objetivos(metas: Sequence[Fila]) -> list[str]:
    """Líneas estratégicas y programas del plan a los que aportan las metas."""
    lineas = [f"Línea {codigo}. {nombre}" for codigo, nombre in _unicos(metas, "linea")]
    programas = [f"Programa {codigo}. {nombre}" for codigo, nombre in _unicos(metas, "programa")]
    return [*lineas, *programas]


def _compromiso(meta: Fila, actividades: Sequence[str], quiebres: object) -> Compromiso:
    indicador = meta["nombre_indicador"] or "Sin indicador en el plan"
    return Compromiso(
        compromiso=f"{meta['codigo_meta']}. {meta['nombre_meta'] or ''}".strip(),
        indicador=f"{indicador} ({meta['unidad'] or 'sin unidad'})",
        resultado=meta["avance_crudo"],
        analisis=" ".join(_analisis(meta, actividades, quiebres)),
    )


def _analisis(meta: Fila, actividades: Sequence[str], quiebres: object) -> list[str]:
    """Las frases de la meta; `actividades` son los estados de las suyas."""
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
    if actividades:
        partes.append(
            frases["actividades"].format(
                actividades=contar(len(actividades), "actividad", "actividades"),
                vencidas=contar(actividades.count("vencida"), "vencida"),
            )
        )
    if isinstance(quiebres, str):
        partes.append(frases["quiebres"].format(quiebres=quiebres))
    if meta["observacion"]:
        partes.append(frases["observacion"].format(observacion=str(meta["observacion"]).strip().rstrip(".")))
    return partes


def _unicos(metas: Sequence[Fila], nivel: str) -> list[tuple[str, str]]:
    """Código y nombre de cada nodo del nivel, por código."""
    pares = {(meta[nivel], meta[f"nombre_{nivel}"]) for meta in metas}
    return sorted(par for par in pares if None not in par)


def _filas(tabla: pd.DataFrame) -> list[Fila]:
    return [{str(k): None if pd.isna(v) else v for k, v in fila.items()} for fila in tabla.to_dict("records")]
