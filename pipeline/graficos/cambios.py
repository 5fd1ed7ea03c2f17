"""Cascada: qué movió un índice entre dos cortes, paso a paso."""

from __future__ import annotations

from typing import Any

import pandas as pd

from pipeline.formato_es import porcentaje, puntos
from pipeline.graficos.avance import FUENTE
from pipeline.graficos.estilo import AZUL, CLARO, GRIS, VINO, dibujar, partir
from pipeline.graficos.figura import Figura

INSIGNIFICANTE = 0.0005
"""Menos de media décima de punto: redondeado es cero y no merece un paso en el titular."""


def cascada(pasos: pd.DataFrame, *, inicio: float, fin: float, anterior: str, corte: str) -> Figura | None:
    """Cascada de un índice entre el corte `anterior` y el del rótulo `corte`, que termina en la cifra nueva.

    `pasos` trae `paso` (qué pasó, en palabras), `efecto` (razón) y `es_resto` (junta a los demás y no
    encabeza el mensaje), en el orden en que se leen; suman `fin - inicio`. `anterior` se escribe como
    «2025 T2» y `corte`, como el rótulo de las demás figuras. None si no hay pasos.
    """
    if pasos.empty:
        return None
    datos = pasos.reset_index(drop=True)
    llegada = datos["efecto"].cumsum() + inicio
    datos = datos.assign(desde=llegada - datos["efecto"], hasta=llegada)
    detalle = "; ".join(f"{p}: {puntos(e, 2)}" for p, e in zip(datos["paso"], datos["efecto"], strict=True))
    return Figura(
        titular=_titular(datos, fin - inicio, anterior),
        subtitulo=f"Puntos porcentuales que movieron el avance de la vigencia desde {anterior}, {corte}. "
        "El eje no empieza en cero: cada barra mide una diferencia",
        alt=f"Cascada del avance, de {porcentaje(inicio)} en {anterior} a {porcentaje(fin)}. {detalle}.",
        datos=pd.DataFrame(
            {
                "Qué pasó": [f"Avance en {anterior}", *datos["paso"], "Avance en este corte"],
                "Puntos": ["", *[puntos(e, 2) for e in datos["efecto"]], puntos(fin - inicio, 2)],
                "Avance": [porcentaje(v, 2) for v in (inicio, *datos["hasta"], fin)],
            }
        ),
        svg=dibujar(
            0.62 + 0.46 * (len(datos) + 2),
            lambda _, ejes: _trazar(ejes, datos, inicio, fin, anterior),
        ),
        fuente=FUENTE,
        traza="trazas-resumen",
    )


def _titular(datos: pd.DataFrame, cambio: float, anterior: str) -> str:
    if abs(cambio) < INSIGNIFICANTE:
        principio = f"El avance es el mismo de {anterior}"
    else:
        verbo = "subió" if cambio > 0 else "bajó"
        principio = f"El avance {verbo} {puntos(abs(cambio)).lstrip('+')} puntos desde {anterior}"
    nombrables = datos[~datos["es_resto"].astype(bool)]
    a_favor = nombrables.sort_values("efecto", ascending=cambio < 0, kind="stable")
    causas = [
        c
        for c in (*a_favor.head(1).to_dict("records"), *a_favor.tail(1).to_dict("records"))
        if abs(c["efecto"]) > INSIGNIFICANTE
    ]
    if len(causas) == 2 and causas[0]["efecto"] * causas[1]["efecto"] > 0:
        causas = causas[:1]  # todo fue en la misma dirección: basta lo que más movió
    partes = [f"{_en_medio(c['paso'])} ({puntos(c['efecto'])})" for c in causas]
    return f"{principio}: {' y '.join(partes)}" if partes else principio


def _en_medio(paso: str) -> str:
    """El paso dentro de una oración: sin mayúscula inicial si no es un código, y corto."""
    corto = partir(paso, 52, 1).replace(r"\$", "$")
    return corto if corto[:2].isupper() else corto[:1].lower() + corto[1:]


def _trazar(ejes: Any, datos: pd.DataFrame, inicio: float, fin: float, anterior: str) -> None:
    filas = len(datos) + 2
    lugares = list(range(filas))[::-1]
    extremos = [inicio, fin, *datos["desde"], *datos["hasta"]]
    ancho = max(max(extremos) - min(extremos), 0.004)
    _trazar_extremo(ejes, lugares[0], inicio)
    _trazar_extremo(ejes, lugares[-1], fin)
    for lugar, paso in zip(lugares[1:-1], datos.to_dict("records"), strict=True):
        _trazar_paso(ejes, lugar, paso, ancho)
    for lugar, valor in zip(lugares[:-1], [inicio, *datos["hasta"]], strict=True):
        ejes.plot([valor] * 2, [lugar - 1.3, lugar + 0.3], color=GRIS, linewidth=0.8, zorder=1)
    rotulos = [f"Avance en {anterior}", *datos["paso"], "Avance en este corte"]
    ejes.set_yticks(lugares, [partir(r, 44) for r in rotulos], fontsize=9.5 if filas > 10 else 10.5)
    ejes.set_ylim(-0.6, filas - 0.4)
    ejes.set_xlim(min(extremos) - 0.16 * ancho, max(extremos) + 0.2 * ancho)
    ejes.xaxis.set_major_locator(_pocas_marcas())
    ejes.xaxis.set_major_formatter(lambda v, _: porcentaje(round(v, 6), 0 if ancho > 0.03 else 1))
    ejes.grid(axis="x")
    ejes.spines["bottom"].set_visible(False)


def _pocas_marcas() -> Any:
    from matplotlib.ticker import MaxNLocator

    return MaxNLocator(nbins=6)


def _trazar_extremo(ejes: Any, lugar: int, valor: float) -> None:
    """El índice en un corte: un punto, no una barra, porque el eje no empieza en cero."""
    ejes.plot([valor], [lugar], marker="D", color=GRIS, markersize=9, zorder=3)
    ejes.annotate(
        porcentaje(valor), (valor, lugar), xytext=(9, 0), textcoords="offset points",
        va="center", ha="left", fontweight="bold", zorder=4, bbox=_FONDO,
    )  # fmt: skip


_FONDO = {"facecolor": "white", "edgecolor": "none", "pad": 1.2}


def _trazar_paso(ejes: Any, lugar: int, paso: dict[Any, Any], ancho: float) -> None:
    sube = paso["efecto"] >= 0
    ejes.barh(
        [lugar], [paso["hasta"] - paso["desde"]], left=[paso["desde"]], height=0.6, zorder=2,
        color=AZUL if sube else CLARO, edgecolor=AZUL if sube else VINO, hatch=None if sube else "///",
    )  # fmt: skip
    ejes.annotate(
        puntos(paso["efecto"]), (max(paso["desde"], paso["hasta"]), lugar), xytext=(7, 0),
        textcoords="offset points", va="center", ha="left", fontweight="bold", zorder=4, bbox=_FONDO,
    )  # fmt: skip
