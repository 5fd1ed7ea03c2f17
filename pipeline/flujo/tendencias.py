"""Cómo viene cada dependencia en la vigencia: si entrega, si entrega a tiempo y cuánto hay que corregirle.

En la etapa 01 los cortes anteriores se releen de data/raw y, como el actual, se juzgan solo con lo que hallan
la lectura y la limpieza: correr todas las reglas en cada uno costaría más que el propio corte.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from pipeline.flujo import memoria
from pipeline.flujo.anteriores import cortes_previos
from pipeline.flujo.contexto import Contexto
from pipeline.flujo.entrada import Entregas, leer_corte, unir
from pipeline.formato_es import contar
from pipeline.modelo import Oportunidad, Periodo

LLAVE = ["dependencia", "nombre_dependencia"]
TODAS = "Todas las dependencias"
PERIODOS = [p.value for p in Periodo]


@dataclass(frozen=True, slots=True, kw_only=True)
class CorteRecibido:
    """Lo que se esperaba y se recibió en un corte, y lo que se halló en sus libros."""

    entregas: pd.DataFrame
    hallazgos: pd.DataFrame


def cortes_de_la_vigencia(contexto: Contexto, leidas: Mapping[str, Entregas]) -> dict[str, CorteRecibido]:
    """Por periodo, los cortes de la vigencia con entregas: los anteriores, releídos, y el actual."""
    anteriores = {p.corte.periodo.value: _releido(p) for p in cortes_previos(contexto)}
    return {**anteriores, contexto.corte.periodo.value: _recibido(leidas)}


def tendencia_de_entregas(cortes: Mapping[str, CorteRecibido]) -> pd.DataFrame:
    """Una fila por dependencia, y la primera de todas: qué pasó en cada corte y sus tasas en la vigencia.

    `reporte` y `oportunidad` son las entregas recibidas y las que llegaron a tiempo, sobre las esperadas (una
    por instrumento y corte); cuenta la primera versión, porque corregir no vuelve tardío lo que llegó a
    tiempo. T1 a T4 lo dicen en palabras; vacío donde no hubo corte.
    """
    partes = [c.entregas.assign(corte=periodo) for periodo, c in cortes.items()]
    primeras = pd.concat(partes, ignore_index=True).sort_values("version", kind="stable")
    primeras = primeras.drop_duplicates(["corte", "instrumento", "dependencia"])
    primeras = primeras.assign(
        recibida=primeras["version"].gt(0), a_tiempo=primeras["oportunidad"].eq(Oportunidad.A_TIEMPO.value)
    )
    filas = [_fila_de_entregas(TODAS, "", primeras)]
    filas += [
        _fila_de_entregas(str(nombre), str(codigo), grupo)
        for (codigo, nombre), grupo in primeras.groupby(LLAVE, dropna=False)
    ]
    return pd.DataFrame(filas)


def tendencia_de_fallas(cortes: Mapping[str, CorteRecibido]) -> pd.DataFrame:
    """Cuánto hay que corregirle a cada dependencia en cada corte: lo que bloquea y lo que se observa.

    `cambio` es lo del último corte menos lo del anterior en que entregó. Vacío donde no entregó: no haber
    mandado el libro no es no tener fallas. Las de más fallas en el último corte van primero.
    """
    cuentas = {periodo: _fallas(corte) for periodo, corte in cortes.items()}
    nombres = pd.concat([c.entregas[LLAVE] for c in cortes.values()]).drop_duplicates("dependencia")
    tabla = pd.DataFrame(cuentas, index=pd.Index(nombres["dependencia"]).sort_values())
    tabla = tabla.reindex(columns=PERIODOS).astype("Int64")
    ultimo = list(cortes)[-1]
    tabla["cambio"] = tabla[ultimo] - _anterior(tabla, ultimo)
    tabla["nombre_dependencia"] = nombres.set_index("dependencia")["nombre_dependencia"]
    ordenada = tabla.rename_axis("dependencia").reset_index()
    return ordenada.sort_values(ultimo, ascending=False, na_position="last", kind="stable", ignore_index=True)


def _releido(previo: Contexto) -> CorteRecibido:
    """Lo recibido en un corte anterior; se vuelve a juntar solo si cambió alguno de sus libros."""

    def releer() -> dict[str, pd.DataFrame]:
        recibido = _recibido(leer_corte(previo))
        return {"entregas": recibido.entregas, "hallazgos": recibido.hallazgos}

    return CorteRecibido(**memoria.del_corte(previo, "recibido", ["entregas", "hallazgos"], releer))


def _recibido(leidas: Mapping[str, Entregas]) -> CorteRecibido:
    return CorteRecibido(
        entregas=unir("entregas", [e.entregas for e in leidas.values()]),
        hallazgos=unir("hallazgos", [e.hallazgos for e in leidas.values()]),
    )


def _fila_de_entregas(nombre: str, codigo: str, primeras: pd.DataFrame) -> dict[str, object]:
    por_corte = {str(corte): _en_palabras(grupo) for corte, grupo in primeras.groupby("corte")}
    return {
        "dependencia": codigo,
        "nombre_dependencia": nombre,
        **{periodo: por_corte.get(periodo) for periodo in PERIODOS},
        "reporte": primeras["recibida"].mean(),
        "oportunidad": primeras["a_tiempo"].mean(),
    }


def _en_palabras(primeras: pd.DataFrame) -> str:
    """Lo que pasó en un corte, sin cifras si solo se esperaba un libro."""
    recibidas, a_tiempo = int(primeras["recibida"].sum()), int(primeras["a_tiempo"].sum())
    if len(primeras) > 1:
        return f"{recibidas} de {len(primeras)}, {a_tiempo} a tiempo"
    if not recibidas:
        return "no entregó"
    return (
        "a tiempo"
        if a_tiempo
        else f"{contar(primeras['dias_mora'].iloc[0], 'día hábil', 'días hábiles')} tarde"
    )


def _fallas(corte: CorteRecibido) -> pd.Series:
    """Hallazgos que bloquean u observan, por dependencia que entregó."""
    entregaron = corte.entregas.loc[corte.entregas["version"] > 0, "dependencia"].unique()
    fallas = corte.hallazgos[corte.hallazgos["severidad"] != "informa"]
    return fallas.groupby("dependencia").size().reindex(entregaron, fill_value=0)


def _anterior(tabla: pd.DataFrame, ultimo: str) -> pd.Series:
    """La cuenta del último corte anterior en que la dependencia entregó."""
    previas = tabla[PERIODOS[: PERIODOS.index(ultimo)]]
    return previas.ffill(axis=1).iloc[:, -1] if previas.shape[1] else pd.Series(pd.NA, tabla.index)
