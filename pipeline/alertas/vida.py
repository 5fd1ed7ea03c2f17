"""Vida de una alerta entre cortes: nace, sigue, se agrava, se explica, queda sin verificar o se resuelve."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
import pandas as pd

from pipeline.esquemas import crear_tabla, esquema
from pipeline.modelo import ORDEN_SEVERIDAD, Corte, Periodo

ABIERTA, CONTINUA, AGRAVADA, EXPLICADA = "abierta", "continua", "agravada", "explicada"
SIN_VERIFICAR, RESUELTA, NO_RESUELTA = "sin_verificar", "resuelta", "no_resuelta"
NUEVA = "nueva"
"""Lo que la comparación de dos cortes dice de la que no estaba en el primero."""
VIVAS = (ABIERTA, CONTINUA, AGRAVADA, EXPLICADA, SIN_VERIFICAR)
"""Estados en que la alerta todavía pide algo."""
SIN_REPORTE = "sin_reporte"
"""Familia que dice que la meta no tiene reporte aceptado: lo que se sabía de ella no se puede comprobar."""
AGRAVAMIENTO = 0.10
"""Cuánto debe crecer la brecha (razón) para que la alerta se agrave: diez puntos."""


def continuar(
    alertas: pd.DataFrame,
    anteriores: pd.DataFrame | None,
    respuestas: pd.DataFrame | None,
    corte: Corte,
    *,
    otra_vigencia: bool | None = None,
    con_fecha_propia: Collection[str] = (),
) -> pd.DataFrame:
    """Las alertas del corte con su estado, su edad y su plazo, más las de antes que cesaron.

    Una alerta es la misma si la familia, el nivel y el objeto son los mismos, aunque cambie de grado: de
    rezago a rezago crítico se agrava, no nace otra. La que ya no se cumple queda `resuelta`, salvo que la
    meta no tenga reporte aceptado en el corte: entonces no se sabe y queda `sin_verificar`. Si las
    de antes son de otra vigencia (`otra_vigencia`; si no se dice, lo son en T1) y no se cumplen, no pasan a
    esta: la vigencia cerró con ellas (ver `historiar`). El plazo es el del corte en que se abrió, salvo en
    las reglas `con_fecha_propia`: el libro de cada corte tiene su fecha, y no la hereda ni la deja.
    """
    alertas = _responder(alertas, respuestas)
    if anteriores is None or anteriores.empty:
        return _marcar(alertas, corte)
    vivas = anteriores[anteriores["estado"].isin(VIVAS)]
    vivas = vivas.set_index(pd.Index(llave_de(vivas), name="llave"))
    vivas = vivas[~vivas.index.duplicated(keep="last")]
    llave = llave_de(alertas)
    sigue = llave.isin(vivas.index)
    hereda = sigue & ~alertas["regla"].isin(con_fecha_propia)
    hereda &= ~llave.map(vivas["regla"]).isin(con_fecha_propia)
    alertas = alertas.assign(
        estado=_estados(alertas, vivas, llave, sigue),
        periodo_apertura=llave.map(vivas["periodo_apertura"]).where(sigue, alertas["periodo_apertura"]),
        vence=llave.map(vivas["vence"]).where(hereda, alertas["vence"]),
        edad_cortes=vivas["edad_cortes"].reindex(llave).fillna(0).set_axis(alertas.index) + 1,
    )
    if corte.periodo is Periodo.T1 if otra_vigencia is None else otra_vigencia:
        return _marcar(alertas, corte)
    return _marcar(_sumar(alertas, _cesadas(vivas[~vivas.index.isin(llave)], alertas)), corte)


def historiar(
    alertas_por_corte: Sequence[tuple[Corte, pd.DataFrame]], *, con_fecha_propia: Collection[str] = ()
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Las alertas del último corte con su vida completa, y la tabla `historial_alertas`.

    `alertas_por_corte` trae, en orden, la tabla de cada corte calculada sola (sin `anteriores`): así la
    historia se rehace de data/raw cuantas veces haga falta y da siempre lo mismo. Una alerta viva al cerrar
    una vigencia que no se cumple en la siguiente queda en el historial como `no_resuelta` en su último corte.
    `con_fecha_propia`, como en `continuar`.
    """
    actuales = crear_tabla("alertas")
    partes: list[pd.DataFrame] = []
    previo: Corte | None = None
    for corte, propias in alertas_por_corte:
        otra = previo is not None and previo.vigencia != corte.vigencia
        con_vida = continuar(
            propias, actuales, None, corte, otra_vigencia=otra, con_fecha_propia=con_fecha_propia
        )
        actuales = ordenar(con_vida)
        if otra:
            partes[-1] = _sin_resolver(partes[-1], actuales)
        partes.append(_al_historial(actuales, corte))
        previo = corte
    return actuales, pd.concat(partes, ignore_index=True) if partes else crear_tabla("historial_alertas")


def ordenar(alertas: pd.DataFrame) -> pd.DataFrame:
    """Por severidad, impacto de mayor a menor e identificador."""
    llaves = alertas.assign(
        _orden=alertas["severidad"].map(ORDEN_SEVERIDAD), _menos=-alertas["impacto"].fillna(0.0)
    )
    return llaves.sort_values(["_orden", "_menos", "id_alerta"], ignore_index=True)[alertas.columns]


def comparar_alertas(
    alertas_a: pd.DataFrame, alertas_b: pd.DataFrame, *, otra_vigencia: bool
) -> pd.DataFrame:
    """Las vivas en B y las que dejaron de estarlo desde A, con su `cambio`, en el orden de cada tabla.

    * nueva, continua: viva en B, y si ya lo estaba en A (la misma alerta, aunque haya cambiado de grado).
    * resuelta: viva en A y no en B.
    * no_resuelta: lo mismo entre vigencias distintas: la suya cerró con ella (ver `historiar`).
    """
    vivas_a = alertas_a[alertas_a["estado"].isin((*VIVAS, NO_RESUELTA))]
    vivas_b = alertas_b[alertas_b["estado"].isin(VIVAS)]
    llave_a, llave_b = llave_de(vivas_a), llave_de(vivas_b)
    abiertas = vivas_b.assign(cambio=np.where(llave_b.isin(llave_a), CONTINUA, NUEVA))
    cesadas = vivas_a[~llave_a.isin(llave_b) & ~llave_a.duplicated(keep="last")]
    cesadas = cesadas.assign(cambio=NO_RESUELTA if otra_vigencia else RESUELTA)
    return pd.concat([abiertas, cesadas], ignore_index=True)


def llave_de(alertas: pd.DataFrame) -> pd.Series[str]:
    """Lo que hace que dos alertas sean la misma en cortes distintos: familia, nivel y objeto."""
    objeto = alertas["id_alerta"].str.replace(r"^[^:]*:", "", regex=True)  # el identificador sin la regla
    return alertas["familia"].str.cat(alertas["nivel"], sep="|").str.cat(objeto, sep="|")


def _estados(
    alertas: pd.DataFrame, vivas: pd.DataFrame, llave: pd.Series[str], sigue: pd.Series[bool]
) -> pd.Series[str]:
    """Agravada le gana a explicada: una explicación no tapa que empeoró."""
    antes = vivas.reindex(llave).set_axis(alertas.index)
    # Solo se compara la brecha de la misma regla: cada regla mide la suya con otra cuenta.
    crecio = (alertas["brecha"] - antes["brecha"]).ge(AGRAVAMIENTO - 1e-9)
    crecio &= antes["regla"].eq(alertas["regla"]).astype(bool)
    subio = alertas["grado"].gt(antes["grado"]).fillna(False).astype(bool)
    peor = sigue & (crecio | subio)
    estados = np.where(peor, AGRAVADA, np.where(sigue, CONTINUA, ABIERTA))
    explicada = alertas["respuesta"].notna() & ~peor
    return pd.Series(np.where(explicada, EXPLICADA, estados), index=alertas.index, dtype="str")


def _responder(alertas: pd.DataFrame, respuestas: pd.DataFrame | None) -> pd.DataFrame:
    """Pone en todas las alertas de la meta lo que contestó la dependencia."""
    if respuestas is not None and len(respuestas):
        ultimas = respuestas.drop_duplicates("codigo_meta", keep="last")
        de_metas = dict(zip(ultimas["codigo_meta"], ultimas["respuesta"], strict=True))
        filas = zip(alertas["nivel"], alertas["codigo"], strict=True)
        dichas = [de_metas.get(codigo) if nivel == "meta" else None for nivel, codigo in filas]
        alertas = alertas.assign(respuesta=pd.Series(dichas, index=alertas.index, dtype="str"))
    explicada = alertas["respuesta"].notna()
    return alertas.assign(estado=alertas["estado"].where(~explicada, EXPLICADA))


def _cesadas(previas: pd.DataFrame, alertas: pd.DataFrame) -> pd.DataFrame:
    """Las que ya no se cumplen: resueltas, o sin verificar si la meta no tiene reporte aceptado."""
    ciegas = alertas[alertas["familia"] == SIN_REPORTE]
    sin_dato = previas["nivel"].eq("meta") & previas["codigo"].isin(ciegas["codigo"])
    sin_dato &= previas["familia"].ne(SIN_REPORTE)
    return previas.assign(
        estado=np.where(sin_dato, SIN_VERIFICAR, RESUELTA),
        edad_cortes=previas["edad_cortes"] + sin_dato.astype("Int64"),
    ).reset_index(drop=True)


def _sumar(alertas: pd.DataFrame, cesadas: pd.DataFrame) -> pd.DataFrame:
    if cesadas.empty:
        return alertas
    return cesadas if alertas.empty else pd.concat([alertas, cesadas], ignore_index=True)


def _marcar(alertas: pd.DataFrame, corte: Corte) -> pd.DataFrame:
    vencidas = alertas["vence"].lt(corte.fecha.isoformat()) & alertas["estado"].isin(VIVAS)
    return crear_tabla("alertas", alertas.assign(es_vencida=vencidas.fillna(False).astype("boolean")))


def _sin_resolver(historial: pd.DataFrame, siguientes: pd.DataFrame) -> pd.DataFrame:
    """El último corte de una vigencia, con las vivas que la siguiente no heredó como no resueltas."""
    cerradas = historial["estado"].isin(VIVAS) & ~llave_de(historial).isin(llave_de(siguientes))
    return historial.assign(estado=historial["estado"].where(~cerradas, NO_RESUELTA))


def _al_historial(alertas: pd.DataFrame, corte: Corte) -> pd.DataFrame:
    columnas = [c for c in esquema("historial_alertas").nombres if c in alertas.columns]
    filas = alertas[columnas].assign(corte=str(corte), vigencia=corte.vigencia, periodo=corte.periodo.value)
    return crear_tabla("historial_alertas", filas)
