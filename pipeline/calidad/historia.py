"""Lo reportado junto a lo que se aceptó en cortes y vigencias anteriores, con las columnas que lo comparan.

Como en `derivadas`, cada función pública de una tabla a una columna se llama como ella, y vacío significa
«no aplica o no hay con qué comparar».
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from pipeline.calidad import ampliacion, derivadas
from pipeline.modelo import Corte

QUE_SUMAN = ["acumulado", "flujo"]  # tipos cuyo ejecutado de la vigencia es una suma que solo crece
DINERO = ["obligaciones_cop", "pagos_cop"]
DEFINICION = ["tipo_declarado", "unidad", "codigo_producto"]
DEL_ANTERIOR = ["corte", "ejecutado_vigencia", "programado_vigencia", *DINERO, *DEFINICION]
META = ["codigo_meta", "vigencia"]
ESCALAS = (100.0, 1000.0, 0.01, 0.001)
VECES_SOSPECHOSAS = 10.0
EXCESO_SOSPECHOSO = 1.2

Reportes = Mapping[tuple[str, int], list[tuple[str, float]]]


def ampliar_historia(
    registros: pd.DataFrame,
    anteriores: pd.DataFrame,
    plan: pd.DataFrame,
    plan_vigencias: pd.DataFrame,
    *,
    corte: Corte,
    formato_trimestres: str,
) -> pd.DataFrame:
    """Los registros hasta la vigencia del corte con lo último que se aceptó de cada meta, y las derivadas.

    `anteriores` tiene las columnas de `registros_pi` y `corte` («2025-T2»), del que salió cada fila.
    """
    actuales = registros[registros["vigencia"] <= corte.vigencia].reset_index(drop=True)
    ultimos = anteriores.sort_values("corte", kind="stable").drop_duplicates(META, keep="last")
    unida = ampliacion.unir_plan(actuales, plan, plan_vigencias).merge(
        ultimos[[*META, *DEL_ANTERIOR]].rename(columns={c: f"anterior_{c}" for c in DEL_ANTERIOR}),
        on=META,
        how="left",
    )
    unida = _unir_cierres(unida, pd.concat([ultimos[ultimos["vigencia"] < corte.vigencia], actuales]))
    reportes = _reportes(anteriores)
    filas = _tuplas(unida, [*META, "ejecutado_vigencia"])
    desde = [_iguales_desde(reportes.get((m, v), []), v, ejecutado, corte) for m, v, ejecutado in filas]
    return derivar_historia(
        unida.assign(
            trimestres=formato_trimestres,
            vigencia_corte=corte.vigencia,
            trimestre_corte=corte.periodo.numero,
            iguales_desde=pd.array(desde, dtype="Int64"),
        )
    )


def derivar_historia(tabla: pd.DataFrame) -> pd.DataFrame:
    """La historia con sus columnas derivadas."""
    tabla = tabla.assign(
        razon_de_ejecucion=derivadas.razon_de_ejecucion(tabla),
        baja_ejecutado=baja_ejecutado(tabla),
        cortes_iguales=cortes_iguales(tabla),
        crecimiento_programado=crecimiento_programado(tabla),
        cambio_programado=cambio_programado(tabla),
        cambio_cerrado=cambio_cerrado(tabla),
    )
    columnas = {f"baja_{campo}": _baja(tabla, campo) for campo in DINERO}
    for campo in DEFINICION:
        columnas[f"{campo}_simplificado"] = derivadas.simplificado(tabla[campo])
        columnas[f"anterior_{campo}_simplificado"] = derivadas.simplificado(tabla[f"anterior_{campo}"])
    return tabla.assign(
        salto_entre_cortes=salto_entre_cortes(tabla),
        salto_entre_vigencias=salto_entre_vigencias(tabla),
        **columnas,
    )


def baja_ejecutado(tabla: pd.DataFrame) -> pd.Series:
    """Cuánto baja lo ejecutado frente al corte anterior, en metas que suman (acumulado y flujo)."""
    return _baja(tabla, "ejecutado_vigencia").where(tabla["plan_tipo_meta"].isin(QUE_SUMAN))


def cortes_iguales(tabla: pd.DataFrame) -> pd.Series:
    """Cuántos cortes seguidos, con este, se reporta el mismo ejecutado (mayor que cero) en la vigencia."""
    return (tabla["trimestre_corte"] - tabla["iguales_desde"] + 1).astype("float64")


def crecimiento_programado(tabla: pd.DataFrame) -> pd.Series:
    """Cuánto crece lo esperado entre el primer corte que reportó este mismo ejecutado y el corte actual."""
    trimestres = tabla[derivadas.PROGRAMADO_TRIMESTRES]
    incrementa = tabla["trimestres"] == "incremento"
    esperado = trimestres.fillna(0).cumsum(axis=1).where(trimestres.notna()).where(incrementa, trimestres)
    return _en_trimestre(esperado, tabla["trimestre_corte"]) - _en_trimestre(esperado, tabla["iguales_desde"])


def cambio_programado(tabla: pd.DataFrame) -> pd.Series:
    """Lo programado en la vigencia menos lo que decía el corte anterior de la misma vigencia."""
    diferencia = tabla["programado_vigencia"] - tabla["anterior_programado_vigencia"]
    return diferencia.where(_en_curso(tabla))


def cambio_cerrado(tabla: pd.DataFrame) -> pd.Series:
    """Lo ejecutado en una vigencia ya cerrada menos lo que se aceptó en su último corte."""
    diferencia = tabla["ejecutado_vigencia"] - tabla["anterior_ejecutado_vigencia"]
    return diferencia.where(~_en_curso(tabla))


def salto_entre_cortes(tabla: pd.DataFrame) -> pd.Series:
    """Ejecutado sobre el del corte anterior, si es una escala exacta o si además pasa lo programado."""
    veces = _veces(tabla["ejecutado_vigencia"], tabla["anterior_ejecutado_vigencia"])
    desborda = (veces >= VECES_SOSPECHOSAS) & (tabla["razon_de_ejecucion"] > EXCESO_SOSPECHOSO)
    return veces.where(_en_curso(tabla) & _sin_decir(tabla) & (desborda | _es_escala(veces)))


def salto_entre_vigencias(tabla: pd.DataFrame) -> pd.Series:
    """Ejecutado sobre el de la vigencia anterior, si es 100 o 1.000 exactos y lo programado no cambió así."""
    veces = _veces(tabla["ejecutado_vigencia"], tabla["cierre_ejecutado_vigencia"])
    programado = _veces(tabla["programado_vigencia"], tabla["cierre_programado_vigencia"])
    return veces.where(_en_curso(tabla) & _sin_decir(tabla) & _es_escala(veces) & programado.between(0.2, 5))


def _baja(tabla: pd.DataFrame, campo: str) -> pd.Series:
    return (tabla[f"anterior_{campo}"] - tabla[campo]).where(_en_curso(tabla))


def _en_curso(tabla: pd.DataFrame) -> pd.Series:
    return (tabla["vigencia"] == tabla["vigencia_corte"]).fillna(False).astype(bool)


def _sin_decir(tabla: pd.DataFrame) -> pd.Series:
    """Diez o más veces lo programado ya lo dice PI-17: un solo aviso por celda."""
    return ~(tabla["razon_de_ejecucion"] >= VECES_SOSPECHOSAS)


def _veces(valor: pd.Series, referencia: pd.Series) -> pd.Series:
    return (valor / referencia).where((valor > 0) & (referencia > 0))


def _es_escala(veces: pd.Series) -> pd.Series:
    cercanas = [(veces / escala - 1).abs() < 0.005 for escala in ESCALAS]
    return pd.Series(np.logical_or.reduce(cercanas), index=veces.index)


def _en_trimestre(esperado: pd.DataFrame, trimestre: pd.Series) -> pd.Series:
    """El valor de cada fila en el trimestre que se le pide."""
    valores = pd.Series(np.nan, index=esperado.index)
    for numero, columna in enumerate(derivadas.PROGRAMADO_TRIMESTRES, start=1):
        valores = valores.where(~(trimestre == numero).fillna(False).astype(bool), esperado[columna])
    return valores


def _unir_cierres(tabla: pd.DataFrame, conocidos: pd.DataFrame) -> pd.DataFrame:
    """Lo ejecutado y lo programado en la vigencia anterior: lo aceptado al cierre o lo que trae el libro."""
    cierres = conocidos.drop_duplicates(META)[[*META, "ejecutado_vigencia", "programado_vigencia"]]
    cierres = cierres.assign(vigencia=cierres["vigencia"] + 1)
    nombres = {c: f"cierre_{c}" for c in ("ejecutado_vigencia", "programado_vigencia")}
    return tabla.merge(cierres.rename(columns=nombres), on=META, how="left")


def _reportes(anteriores: pd.DataFrame) -> Reportes:
    """Por meta y vigencia, lo ejecutado en cada corte anterior, del más reciente al más viejo."""
    reportes: dict[tuple[str, int], list[tuple[str, float]]] = defaultdict(list)
    ordenados = anteriores.sort_values("corte", ascending=False, kind="stable")
    for meta, vigencia, corte, ejecutado in _tuplas(ordenados, [*META, "corte", "ejecutado_vigencia"]):
        reportes[meta, vigencia].append((corte, ejecutado))
    return reportes


def _iguales_desde(
    previos: Sequence[tuple[str, float]], vigencia: int, valor: float, corte: Corte
) -> int | None:
    """Trimestre desde el que se viene reportando, sin cambios, el ejecutado `valor`."""
    if vigencia != corte.vigencia or not valor > 0:
        return None
    desde = corte.periodo.numero
    for anterior, ejecutado in previos:
        if anterior != f"{vigencia}-T{desde - 1}" or ejecutado != valor:
            break
        desde -= 1
    return desde


def _tuplas(tabla: pd.DataFrame, columnas: list[str]) -> Iterator[tuple[Any, ...]]:
    return tabla[columnas].itertuples(index=False, name=None)
