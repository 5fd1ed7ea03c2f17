"""Lo que dicen los documentos de los hallazgos, las alertas y los índices de un corte."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from pipeline.formato_es import contar, entre, numero, porcentaje

Fila = dict[str, Any]
POR_CORREGIR = ("bloquea", "observa")
SEVERIDADES = ("alta", "media", "baja")


def filas(tabla: pd.DataFrame) -> list[Fila]:
    """Las filas con None donde falta el dato."""
    return [{str(k): None if pd.isna(v) else v for k, v in f.items()} for f in tabla.to_dict("records")]


def enumerar(textos: Sequence[str]) -> str:
    """Los textos con comas y una «y» al final."""
    return " y ".join([*([", ".join(textos[:-1])] if len(textos) > 1 else []), textos[-1]]) if textos else ""


def por_corregir(hallazgos: pd.DataFrame, dependencia: str = "") -> pd.DataFrame:
    """Hallazgos de libros de las dependencias (o de una) que hay que corregir; los del plan no son suyos."""
    if hallazgos.empty:
        return hallazgos
    propios = hallazgos["severidad"].isin(POR_CORREGIR) & hallazgos["dependencia"].notna()
    propios &= hallazgos["instrumento"] != "plan"
    if dependencia:
        propios &= hallazgos["dependencia"] == dependencia
    elegidos: pd.DataFrame = hallazgos[propios].sort_values(
        ["severidad", "instrumento", "regla", "hoja", "fila", "celda"], kind="stable"
    )
    return elegidos


def alertas_abiertas(alertas: pd.DataFrame) -> pd.DataFrame:
    """Las alertas que no están resueltas, de mayor a menor prioridad e impacto."""
    if alertas.empty:
        return alertas
    abiertas = alertas[alertas["estado"] != "resuelta"]
    orden = abiertas["severidad"].map({s: n for n, s in enumerate(SEVERIDADES)})
    ordenadas: pd.DataFrame = (
        abiertas.assign(_orden=orden)
        .sort_values(["_orden", "impacto", "id_alerta"], ascending=[True, False, True])
        .drop(columns="_orden")
    )
    return ordenadas


def lugar(fila: Fila) -> str:
    """«libro › hoja › celda», con lo que haya."""
    celda = fila["celda"] or (f"fila {fila['fila']}" if fila["fila"] else None)
    partes = [fila["archivo"], fila["hoja"], celda]
    return " › ".join(str(p) for p in partes if p) or "Todo el libro"


def resumen_de_reunion(
    codigo: str, metas: int, alertas: pd.DataFrame, hallazgos: pd.DataFrame, indices: pd.DataFrame
) -> str:
    """Qué se verifica con la dependencia, en un renglón."""
    abiertas = alertas_abiertas(alertas)
    propias = abiertas[abiertas["dependencia"] == codigo]
    altas = int((propias["severidad"] == "alta").sum())
    partes = [
        contar(metas, "meta"),
        f"{contar(len(propias), 'alerta')} ({contar(altas, 'alta')})",
        f"{contar(len(por_corregir(hallazgos, codigo)), 'hallazgo')} por corregir",
    ]
    nodo = _indice(indices, codigo)
    if nodo and nodo["avance"] is not None:
        partes.append(f"avance {porcentaje(nodo['avance'])}, esperado {porcentaje(nodo['esperado'])}")
    return "; ".join(partes) + "."


def contenido_del_acta(
    codigo: str,
    *,
    alertas: pd.DataFrame,
    hallazgos: pd.DataFrame,
    indices: pd.DataFrame,
    maximo: int,
    palabras: Mapping[str, str],
) -> dict[str, Any]:
    """Situación, hallazgos y alertas de una dependencia, y un compromiso por llenar para cada uno."""
    abiertos = [
        {"n": f"H{n}", "lugar": lugar(f), "mensaje": f["mensaje"], "accion": f["accion"]}
        for n, f in enumerate(filas(por_corregir(hallazgos, codigo)), start=1)
    ]
    todas = alertas_abiertas(alertas)
    propias = todas[todas["dependencia"] == codigo]
    mostradas = [
        {
            "n": f"A{n}",
            "nombre": f["nombre"] or f["codigo"],
            "evidencia": f["evidencia"],
            "prioridad": f["severidad"].capitalize(),
        }
        for n, f in enumerate(filas(propias.head(maximo)), start=1)
    ]
    resto = len(propias) - len(mostradas)
    otras = (
        f"Además, {contar(resto, 'alerta')} de menor prioridad en la ficha de la dependencia."
        if resto
        else ""
    )
    origenes = [f["n"] for f in (*abiertos, *mostradas)] or ["", "", ""]
    return {
        "situacion": _situacion(_indice(indices, codigo), palabras),
        "hallazgos": abiertos,
        "alertas": mostradas,
        "otras_alertas": otras,
        "compromisos": [{"n": n, "origen": origen} for n, origen in enumerate(origenes, start=1)],
    }


def seguimiento_de_lo_anterior(
    codigo: str,
    *,
    previos: pd.DataFrame,
    hallazgos: pd.DataFrame,
    alertas: pd.DataFrame,
    entregas: pd.DataFrame,
    maximo: int,
) -> dict[str, Any]:
    """Lo que la dependencia tenía abierto en el corte anterior y cómo está según los libros de este.

    Un hallazgo que ya no sale está corregido solo si entregó el libro donde estaba. Muestra `maximo`
    hallazgos y `maximo` alertas, las de más impacto, y dice cuántos más hay.
    """
    vivos = {_asunto(f) for f in filas(por_corregir(hallazgos, codigo))}
    entregados = _instrumentos_entregados(entregas, codigo)
    de_libros = [
        {"que": f"{f['mensaje']} ({lugar(f)})", "estado": _estado_del_hallazgo(f, vivos, entregados)}
        for f in filas(por_corregir(previos, codigo))
    ]
    de_metas = [
        {"que": f"{f['nombre_regla']}: {f['nombre'] or f['codigo']}", "estado": _estado_de_la_alerta(f)}
        for f in filas(_alertas_que_ya_estaban(alertas, codigo))
    ]
    resto = max(0, len(de_libros) - maximo) + max(0, len(de_metas) - maximo)
    otros = f"Y {contar(resto, 'asunto')} más del corte anterior, en las correcciones y en la ficha."
    return {
        "seguimiento": [*de_libros[:maximo], *de_metas[:maximo]],
        "otros_del_previo": otros if resto else "",
    }


def _asunto(fila: Fila) -> tuple[Any, ...]:
    """Lo que hace que dos hallazgos de cortes distintos sean el mismo: la meta o, si no la hay, la celda."""
    donde = fila["codigo_meta"] or (fila["hoja"], fila["celda"])
    return fila["regla"], fila["instrumento"], fila["columna"], donde


def _instrumentos_entregados(entregas: pd.DataFrame, codigo: str) -> set[str]:
    if entregas.empty:
        return set()
    suyas = (entregas["dependencia"] == codigo) & entregas["sha256"].notna()
    return set(entregas.loc[suyas, "instrumento"])


def _estado_del_hallazgo(fila: Fila, vivos: set[tuple[Any, ...]], entregados: set[str]) -> str:
    if fila["instrumento"] not in entregados:
        return "Sin libro en este corte"
    return "Sigue abierto" if _asunto(fila) in vivos else "Corregido"


def _alertas_que_ya_estaban(alertas: pd.DataFrame, codigo: str) -> pd.DataFrame:
    if alertas.empty:
        return alertas
    suyas = alertas["dependencia"] == codigo
    viejas = (alertas["estado"] == "resuelta") | (alertas["edad_cortes"] > 1)
    elegidas: pd.DataFrame = alertas[suyas & viejas].sort_values(
        ["impacto", "id_alerta"], ascending=[False, True]
    )
    return elegidas


def _estado_de_la_alerta(fila: Fila) -> str:
    if fila["estado"] == "resuelta":
        return "Resuelta"
    return f"Sigue abierta ({contar(int(fila['edad_cortes']), 'corte')})"


def correcciones(
    hallazgos: pd.DataFrame,
    nombres: Mapping[str, str],
    instrumentos: Mapping[str, str],
    palabras: Mapping[str, str],
) -> list[Fila]:
    """Las correcciones de cada dependencia que las tiene, numeradas de corrido."""
    salida: list[Fila] = []
    numero_de_orden = 0
    for codigo, nombre in nombres.items():
        renglones = []
        for f in filas(por_corregir(hallazgos, codigo)):
            numero_de_orden += 1
            renglones.append(
                {
                    "n": numero_de_orden,
                    "instrumento": instrumentos.get(f["instrumento"], f["instrumento"]),
                    "lugar": lugar(f),
                    "mensaje": f["mensaje"],
                    "accion": f["accion"],
                    "efecto": palabras.get(f["severidad"], f["severidad"]),
                }
            )
        if renglones:
            salida.append({"nombre": nombre, "correcciones": renglones})
    return salida


def fallas_frecuentes(hallazgos: pd.DataFrame, cuantas: int) -> list[Fila]:
    """Las reglas que más veces fallaron, con un ejemplo, lo que se pide y en qué dependencias."""
    propios = por_corregir(hallazgos)
    if propios.empty:
        return []
    grupos = propios.groupby("regla", sort=True).agg(
        veces=("mensaje", "size"),
        ejemplo=("mensaje", "first"),
        accion=("accion", "first"),
        dependencias=("dependencia", lambda d: ", ".join(sorted(set(d)))),
    )
    orden = grupos.reset_index().sort_values(["veces", "regla"], ascending=[False, True]).head(cuantas)
    return [
        {"n": n, **{c: f[c] for c in ("veces", "ejemplo", "accion", "dependencias")}}
        for n, f in enumerate(filas(orden), start=1)
    ]


def principales(indices: pd.DataFrame, alertas: pd.DataFrame) -> list[str]:
    """Las oraciones con que abre el informe al Alcalde."""
    total = next(iter(filas(indices[indices["nivel"] == "plan"])), None)
    if total is None:
        return ["El corte no tiene metas programadas."]
    abiertas = alertas_abiertas(alertas)
    altas = int((abiertas["severidad"] == "alta").sum())
    extremos = entre(total["cota_inferior"], total["cota_superior"])
    return [
        f"El plan lleva un avance de {porcentaje(total['avance'])} en la vigencia; al corte se esperaba "
        f"{porcentaje(total['esperado'])}.",
        *([f"Según lo que falta por reportar, el avance está {extremos}."] if extremos else []),
        f"Se reportaron {numero(total['n_reportadas'], 0)} de {contar(int(total['n_programadas']), 'meta')} "
        "programadas; "
        f"{contar(int(total['n_devueltas']), 'reporte se devolvió', 'reportes se devolvieron')}.",
        f"La ejecución financiera es de {porcentaje(total['ejecucion_financiera'])}.",
        f"Hay {contar(len(abiertas), 'alerta abierta', 'alertas abiertas')}; "
        f"{numero(altas, 0)} de prioridad alta.",
    ]


def _indice(indices: pd.DataFrame, codigo: str) -> Fila | None:
    propios = indices[(indices["nivel"] == "dependencia") & (indices["codigo"] == codigo)]
    return next(iter(filas(propios)), None)


def _situacion(nodo: Fila | None, palabras: Mapping[str, str]) -> Sequence[str]:
    if nodo is None:
        return ["La dependencia no tiene metas programadas en el corte."]
    extremos = entre(nodo["cota_inferior"], nodo["cota_superior"])
    segun = f", {extremos} según lo no reportado" if extremos else ""
    return [
        f"{contar(int(nodo['n_metas']), 'meta')} a cargo; {numero(nodo['n_programadas'], 0)} programadas "
        f"en la vigencia y {numero(nodo['n_reportadas'], 0)} con reporte aceptado.",
        f"Avance de {porcentaje(nodo['avance'])}{segun}; se esperaba {porcentaje(nodo['esperado'])}.",
        f"Ejecución financiera de {porcentaje(nodo['ejecucion_financiera'])}.",
        f"Semáforo: {palabras.get(nodo['semaforo'] or '', nodo['semaforo'] or 'sin dato').lower()}.",
    ]
