"""Matriz de seguimiento: metas y actividades juntas, con su evidencia, su revisión y su celda. Pura."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from pipeline.esquemas import crear_tabla, revisar_tabla
from pipeline.modelo import EstadoReporte

LLAVE = ["sha256", "hoja", "fila"]
# Dónde puede estar lo ejecutado, según el formato; vale la primera celda que exista.
CAMPOS_EJECUTADO = (
    "ejecutado_vigencia", "ejecutado_actividad", "avance_actividad_t4", "avance_actividad_t3",
    "avance_actividad_t2", "avance_actividad_t1", "indice_fisico_declarado", "codigo_meta",
    "codigo_actividad", "nombre_actividad",
)  # fmt: skip
COMUNES = [
    "dependencia", "nombre_dependencia", "codigo_meta", "nombre_meta", "bpin", "unidad", "observacion",
    "archivo", *LLAVE,
]  # fmt: skip
DE_ACTIVIDAD = [
    "codigo_actividad",
    "nombre_actividad",
    "autoevaluacion",
    "decision_grupo",
    "motivo_grupo",
    "revisor",
]
Fila = dict[str, Any]


def armar_matriz(
    *,
    actividades: pd.DataFrame,
    metas: pd.DataFrame,
    registros_pi: pd.DataFrame,
    conciliacion: pd.DataFrame,
    entregas: pd.DataFrame,
    celdas: pd.DataFrame,
    vigencia: int,
) -> pd.DataFrame:
    """Tabla `matriz`: cada meta seguida de sus actividades, por dependencia.

    Args:
        actividades: tabla `actividades` del corte.
        metas: tabla `metas` del corte.
        registros_pi: tabla `registros_pi`; da la evidencia y lo declarado de cada meta.
        conciliacion: tabla `conciliacion`; dice qué quiebres nombran a cada meta o actividad.
        entregas: tabla `entregas`; da la versión del libro usado.
        celdas: tabla `celdas`; da la celda de lo ejecutado.
        vigencia: la del corte. Un mismo renglón del libro puede traer varias, y solo vale la suya.

    No recalcula nada: pone al lado lo que las tablas ya dicen. Lo que falta queda vacío.
    """
    versiones = {f["sha256"]: f["version"] for f in _filas(entregas) if f["sha256"]}
    donde = _celdas_de_ejecutado(celdas, vigencia)
    por_meta, por_actividad = _quiebres(conciliacion)
    del_corte = registros_pi[registros_pi["vigencia"] == vigencia]
    reportes = {tuple(f[c] for c in LLAVE): f for f in _filas(del_corte)}
    renglones = [
        _de_meta(m, reportes.get(tuple(m[c] for c in LLAVE), {}), por_meta.get(m["codigo_meta"], []))
        for m in _filas(metas)
    ]
    renglones += [_de_actividad(a, por_actividad.get(_clave_de(a), [])) for a in _filas(actividades)]
    for renglon in renglones:
        renglon["version"] = renglon.get("version") or versiones.get(renglon["sha256"])
        renglon["celda"] = donde.get(tuple(renglon[c] for c in LLAVE))
    ordenados = sorted(renglones, key=_orden)
    return revisar_tabla("matriz", crear_tabla("matriz", ordenados))


def _de_meta(meta: Fila, reporte: Fila, quiebres: Sequence[str]) -> Fila:
    declarado = reporte.get("avance_declarado")
    return {
        **{c: meta[c] for c in COMUNES},
        "id_renglon": f"meta:{meta['codigo_meta']}",
        "nivel": "meta",
        "estado": situacion(meta["estado_reporte"], meta["avance_crudo"], meta["esperado"]),
        "programado": meta["programado_vigencia"],
        "ejecutado": meta["ejecutado_vigencia"],
        "esperado": meta["esperado"],
        "calculado": meta["avance_crudo"],
        "declarado": declarado,
        "diferencia": _resta(declarado, meta["avance_crudo"]),
        "inversion_calculada": meta["ejecucion_financiera"],
        "inversion_declarada": reporte.get("ejecucion_financiera_declarada"),
        "evidencia": reporte.get("evidencia"),
        **_con_quiebres(quiebres),
    }


def _de_actividad(actividad: Fila, quiebres: Sequence[str]) -> Fila:
    a = actividad
    return {
        **{c: a[c] for c in (*COMUNES, *DE_ACTIVIDAD)},
        "id_renglon": f"actividad:{a['id_actividad']}",
        "nivel": "actividad",
        "estado": situacion(
            a["estado_reporte"], a["indice_fisico_crudo"], a["esperado"], es_vencida=bool(a["es_vencida"])
        ),
        "programado": a["programado_vigencia"],
        "ejecutado": a["ejecutado_vigencia"],
        "esperado": a["esperado"],
        "calculado": a["indice_fisico_crudo"],
        "declarado": a["indice_fisico_declarado"],
        "diferencia": _resta(a["indice_fisico_declarado"], a["indice_fisico_crudo"]),
        "inversion_calculada": a["indice_inversion"],
        "inversion_declarada": a["indice_inversion_declarado"],
        "evidencia": a["evidencia"],
        "version": a["version"],
        **_con_quiebres(quiebres),
    }


def situacion(
    estado_reporte: str, avance: float | None, esperado: float | None, *, es_vencida: bool = False
) -> str:
    """Estado del renglón al corte, con el avance sin topes y lo esperado como razones.

    >>> situacion("reportada", 0.5, 0.75), situacion("reportada", 1.0, 0.75)
    ('rezagada', 'cumplida')
    """
    if es_vencida:
        return "vencida"
    if estado_reporte != EstadoReporte.REPORTADA:
        return str(estado_reporte)
    if avance is not None and avance >= 1:
        return "cumplida"
    if avance is None or esperado is None:
        return "reportada"
    return "al_dia" if avance >= esperado else "rezagada"


def _quiebres(
    conciliacion: pd.DataFrame,
) -> tuple[Mapping[str, list[str]], Mapping[tuple[Any, ...], list[str]]]:
    """Nombres de las reglas que nombran a cada meta, y a cada actividad de una dependencia."""
    metas: dict[str, list[str]] = defaultdict(list)
    actividades: dict[tuple[Any, ...], list[str]] = defaultdict(list)
    for caso in _filas(conciliacion):
        texto = f"{caso['regla']} {caso['nombre_regla']}"
        if caso["codigo_actividad"]:
            actividades[_clave_de(caso)].append(texto)
        elif caso["codigo_meta"]:
            metas[caso["codigo_meta"]].append(texto)
    return metas, actividades


def _clave_de(fila: Fila) -> tuple[Any, ...]:
    return fila["dependencia"], fila["codigo_actividad"], fila["codigo_meta"]


def _con_quiebres(quiebres: Sequence[str]) -> Fila:
    return {"n_quiebres": len(quiebres), "quiebres": "; ".join(dict.fromkeys(quiebres)) or None}


def _celdas_de_ejecutado(celdas: pd.DataFrame, vigencia: int) -> dict[tuple[Any, ...], str]:
    # Un libro con varias vigencias repite el campo, también con vigencias posteriores al corte.
    del_corte = celdas["vigencia"].isin([0, vigencia]) & (celdas["tabla"] != "plan")
    utiles = celdas[del_corte & celdas["campo"].isin(CAMPOS_EJECUTADO)]
    orden = utiles["campo"].map({c: n for n, c in enumerate(CAMPOS_EJECUTADO)})
    # Lo escrito para la vigencia vale antes que lo que no es de ninguna (0).
    utiles = utiles.assign(_orden=orden, _vigencia=-utiles["vigencia"]).sort_values(["_orden", "_vigencia"])
    primeras = utiles.drop_duplicates(LLAVE)
    return {
        (sha256, hoja, fila): celda
        for sha256, hoja, fila, celda in zip(*(primeras[c].tolist() for c in (*LLAVE, "celda")), strict=True)
    }


def _orden(renglon: Fila) -> tuple[str, str, bool, str]:
    """Por dependencia y meta; la meta antes que sus actividades."""
    return (
        renglon["dependencia"] or "~",
        _natural(renglon["codigo_meta"] or "~"),
        renglon["nivel"] != "meta",
        _natural(renglon["id_renglon"]),
    )


def _natural(codigo: str) -> str:
    return re.sub(r"\d+", lambda n: n.group().zfill(15), codigo)


def _resta(declarado: float | None, calculado: float | None) -> float | None:
    return None if declarado is None or calculado is None else declarado - calculado


def _filas(tabla: pd.DataFrame) -> list[Fila]:
    columnas = [_valores(tabla[c]) for c in tabla.columns]
    nombres = [str(c) for c in tabla.columns]
    return [dict(zip(nombres, valores, strict=True)) for valores in zip(*columnas, strict=True)]


def _valores(columna: pd.Series[Any]) -> list[Any]:
    falta = columna.isna().to_numpy()
    return [None if f else v for f, v in zip(falta, columna.tolist(), strict=True)]
