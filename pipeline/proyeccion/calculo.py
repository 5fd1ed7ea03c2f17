"""Tabla `proyecciones`: cierre de la vigencia y del cuatrienio de cada meta, con su intervalo y su porqué."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from pipeline.esquemas import crear_tabla, revisar_tabla
from pipeline.formato_es import contar, porcentaje
from pipeline.modelo import Corte, EstadoReporte, Metodo, Periodo, TipoMeta
from pipeline.proyeccion.casos import (
    NADA,
    TECHO,
    Grupo,
    Historia,
    Tramo,
    encoger,
    historia_de_cierres,
    historia_de_lo_que_faltaba,
    rasgos,
    ritmos_del_corte,
)
from pipeline.proyeccion.cuatrienio import REDUCCIONES, Plazo, real


@dataclass(frozen=True, slots=True, kw_only=True)
class Cierre:
    """Proyección de la vigencia: el avance al cierre y la parte de lo que falta que se cumple (razones)."""

    base: str
    nota: str
    avance: Tramo = NADA
    restante: float = float("nan")
    n_propias: int = 0
    n_grupo: int = 0
    grupo: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Referencias:
    """Con qué se compara cada meta del corte."""

    corte: Corte
    faltaba: Historia
    cierres: Historia
    ritmos: Historia


def proyectar(
    metas: pd.DataFrame,
    series: pd.DataFrame | None,
    plan_vigencias: pd.DataFrame,
    *,
    corte: Corte,
    metodo: Metodo,
) -> pd.DataFrame:
    """Tabla `proyecciones` del corte, una fila por meta. Avances en razones, sin tope.

    Args:
        metas: tabla `metas` del corte.
        series: tablas `metas` de los cortes anteriores, una tras otra, con la columna `corte` («2024-T3»);
            None si no hay. Solo se usan las vigencias anteriores a la del corte.
        plan_vigencias: programación de todo el cuatrienio.
        corte: vigencia y periodo.
        metodo: opciones del método (denominador de las metas que se mantienen).

    La meta sin casos comparables ni perfil con qué medir el ritmo queda sin proyección, y la nota lo dice.
    """
    referencias = _Referencias(
        corte=corte,
        faltaba=historia_de_lo_que_faltaba(series, corte),
        cierres=historia_de_cierres(series, corte),
        ritmos=ritmos_del_corte(metas),
    )
    plazos = _plazos(metas, plan_vigencias, corte, metodo)
    filas = []
    for plazo in plazos:
        cierre = cierre_de_la_vigencia(plazo.meta, referencias)
        filas.append(_fila(plazo.meta, cierre, _cumplimiento_anual(plazo.meta, cierre, referencias), plazo))
    return revisar_tabla("proyecciones", crear_tabla("proyecciones", filas))


def _plazos(metas: pd.DataFrame, plan_vigencias: pd.DataFrame, corte: Corte, metodo: Metodo) -> list[Plazo]:
    programadas = plan_vigencias[plan_vigencias["programado_vigencia"] > 0].sort_values("vigencia")
    hasta = programadas[programadas["vigencia"] <= corte.vigencia].groupby("codigo_meta").size().to_dict()
    faltan = programadas[programadas["vigencia"] > corte.vigencia].groupby("codigo_meta")
    futuros = {codigo: list(filas["programado_vigencia"]) for codigo, filas in faltan}
    return [
        Plazo(
            meta=meta,
            corte=corte,
            metodo=metodo,
            futuro=futuros.get(meta["codigo_meta"], []),
            pasadas=int(hasta.get(meta["codigo_meta"], 0)),
        )
        for meta in metas.to_dict("records")
    ]


def cierre_de_la_vigencia(meta: Mapping[Any, Any], referencias: _Referencias) -> Cierre:
    """El cierre por la primera base que alcance: cierre reportado, historia, nivel o perfil programado."""
    avance, esperado = real(meta["avance_crudo"]), real(meta["esperado"])
    motivo = _sin_base(meta, avance)
    if motivo:
        return Cierre(base="sin_historia", nota=motivo)
    if referencias.corte.periodo is Periodo.T4:
        fijo = Tramo(central=avance, inferior=avance, superior=avance)
        return Cierre(base="cierre", avance=fijo, nota="Es el cierre reportado de la vigencia.")
    propios = rasgos(meta["sector"], meta["tipo_meta"], avance, esperado)
    grupo = referencias.faltaba.del_grupo(propios)
    if grupo is not None:
        return _por_historia(avance, referencias.faltaba.de_la_meta(meta["codigo_meta"]), grupo)
    if propios["clase"] == "nivel" and esperado == 0.0:
        nota = "No hay historia suficiente: al corte el programa todavía no esperaba un nivel."
        return Cierre(base="sin_historia", nota=nota)
    if propios["clase"] == "nivel":
        quieta = Tramo(central=avance, inferior=avance, superior=max(avance, 1.0))
        nota = "No hay historia suficiente: es una meta de nivel y se supone que se queda donde está."
        return Cierre(base="nivel", avance=quieta, restante=0.0, nota=nota)
    return _por_perfil(avance, esperado, _ritmo_del_grupo(referencias.ritmos, propios), referencias.corte)


def _sin_base(meta: Mapping[Any, Any], avance: float) -> str:
    if meta["estado_reporte"] == EstadoReporte.NO_PROGRAMADA.value:
        return "No se programó en la vigencia: no hay cierre que proyectar."
    if meta["estado_reporte"] != EstadoReporte.REPORTADA.value or np.isnan(avance):
        return "Sin reporte aceptado en el corte: no hay desde dónde proyectar."
    if pd.isna(meta["tipo_meta"]):
        return "No hay tipo de meta: no se sabe si lo ejecutado se acumula."
    return ""


def _por_historia(avance: float, propias: list[float], grupo: Grupo) -> Cierre:
    parte = encoger(propias, grupo)
    falta = max(0.0, 1.0 - avance)
    cuantos = contar(grupo.n, "caso comparable", "casos comparables")
    return Cierre(
        base="historia",
        avance=Tramo(
            central=avance + falta * parte.central,
            inferior=avance + falta * parte.inferior,
            superior=avance + falta * parte.superior,
        ),
        restante=parte.central,
        n_propias=len(propias),
        n_grupo=grupo.n,
        grupo=grupo.nombre,
        nota=(
            f"En {cuantos} de vigencias anteriores ({grupo.nombre}), de lo que faltaba a esta altura "
            f"se cumplió {porcentaje(parte.central)} antes del cierre."
        ),
    )


def _por_perfil(avance: float, esperado: float, del_grupo: float, corte: Corte) -> Cierre:
    """Sin historia: lo programado que falta se cumple al ritmo que trae la meta, encogido al de su grupo.

    El propio pesa lo transcurrido del programa: al comienzo del año un trimestre dice poco.
    """
    propio = avance / esperado if esperado > 0 else del_grupo
    if corte.periodo is Periodo.T1 or np.isnan(propio):
        nota = "No hay historia suficiente: sin vigencias anteriores y con tan poco del año no se proyecta."
        return Cierre(base="sin_historia", nota=nota)
    ritmo = propio if np.isnan(del_grupo) else esperado * propio + (1.0 - esperado) * del_grupo
    por_programar, falta = max(0.0, 1.0 - esperado), max(0.0, 1.0 - avance)
    central = avance + por_programar * min(ritmo, TECHO)
    nota = (
        "No hay historia suficiente de vigencias anteriores: se supone que lo programado que falta se cumple "
        f"a {porcentaje(ritmo)}, el ritmo de hoy."
    )
    return Cierre(
        base="perfil_programado",
        avance=Tramo(central=central, inferior=avance, superior=max(central, avance + por_programar)),
        restante=(central - avance) / falta if falta > 0 else float("nan"),
        nota=nota,
    )


def _ritmo_del_grupo(ritmos: Historia, propios: Mapping[str, str]) -> float:
    """Mediana del ritmo de hoy en su clase de meta; la banda no cuenta, porque es el mismo ritmo."""
    grupo = ritmos.del_grupo({"clase": propios["clase"]})
    return float("nan") if grupo is None else grupo.mediana


def _cumplimiento_anual(meta: Mapping[Any, Any], cierre: Cierre, referencias: _Referencias) -> Tramo:
    """Cuánto se espera cumplir en cada vigencia que falta: lo cerrado por la meta y su grupo, con tope de 1.

    Sin cierres de vigencias anteriores, lo mismo que se proyecta para esta; como mucho, cumplir.
    """
    if pd.isna(meta["tipo_meta"]):
        return NADA
    clase = {"clase": rasgos(meta["sector"], meta["tipo_meta"], np.nan, np.nan)["clase"]}
    grupo = referencias.cierres.del_grupo(clase)
    if grupo is not None:
        parte = encoger(referencias.cierres.de_la_meta(meta["codigo_meta"]), grupo)
        return Tramo(
            central=min(1.0, parte.central), inferior=parte.inferior, superior=min(1.0, parte.superior)
        )
    hoy = cierre.avance
    if np.isnan(hoy.central):
        return NADA
    return Tramo(central=min(1.0, hoy.central), inferior=min(1.0, hoy.inferior), superior=1.0)


def _fila(meta: Mapping[Any, Any], cierre: Cierre, anual: Tramo, plazo: Plazo) -> dict[str, Any]:
    vigencia = cierre.avance
    return {
        "codigo_meta": meta["codigo_meta"],
        "vigencia": plazo.corte.vigencia,
        "periodo": plazo.corte.periodo.value,
        "tipo_meta": meta["tipo_meta"],
        "base": cierre.base,
        "n_propias": cierre.n_propias,
        "n_grupo": cierre.n_grupo,
        "grupo": cierre.grupo,
        "avance": meta["avance_crudo"],
        "cumplimiento_restante": cierre.restante,
        "cierre_vigencia": vigencia.central,
        "cierre_vigencia_inferior": vigencia.inferior,
        "cierre_vigencia_superior": vigencia.superior,
        "ejecutado_cierre": _en_unidades(meta, vigencia.central),
        "cierre_cuatrienio": plazo.proyectado(vigencia.central, anual.central),
        "cierre_cuatrienio_inferior": plazo.proyectado(vigencia.inferior, anual.inferior),
        "cierre_cuatrienio_superior": plazo.proyectado(
            vigencia.superior, anual.superior, con_lo_desconocido=True
        ),
        "maximo_cuatrienio": plazo.maximo(),
        "nota": cierre.nota,
    }


def _en_unidades(meta: Mapping[Any, Any], avance: float) -> float:
    """El avance como cantidad: la fórmula del tipo al revés, la misma que dio el avance de hoy."""
    programado, ejecutado = real(meta["programado_vigencia"]), real(meta["ejecutado_vigencia"])
    hoy, base = real(meta["avance_crudo"]), real(meta["linea_base"])
    if avance == hoy:
        return ejecutado
    if meta["tipo_meta"] in REDUCCIONES and not base > programado:  # sin línea base: P / E
        return programado / avance if avance > 0 else float("nan")
    descontada = meta["tipo_meta"] == TipoMeta.CAPACIDAD.value and not np.isclose(hoy * programado, ejecutado)
    if descontada or meta["tipo_meta"] in REDUCCIONES:
        return base + avance * (programado - base)
    return avance * programado
