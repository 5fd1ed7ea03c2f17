"""Cascada: qué movió un índice entre dos cortes, paso a paso."""

from __future__ import annotations

from typing import Any

import pandas as pd

from pipeline.formato_es import porcentaje, puntos
from pipeline.graficos.avance import FUENTE
from pipeline.graficos.estilo import AZUL, CLARO, GRIS, VINO, dibujar, partir
from pipeline.graficos.figura import Figura
from pipeline.graficos.piezas import (
    barras,
    columnas,
    corrido,
    filas,
    limites,
    marcas_redondas,
    porcentajes_de_marcas,
    rayas,
    rejilla,
)

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
            lambda ejes: _trazar(ejes, datos, inicio, fin, anterior),
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
    corto = partir(paso, 52, 1)
    return corto if corto[:2].isupper() else corto[:1].lower() + corto[1:]


def _trazar(ejes: Any, datos: pd.DataFrame, inicio: float, fin: float, anterior: str) -> None:
    cuantas = len(datos) + 2
    lugares = range(cuantas)[::-1]
    extremos = [inicio, fin, *datos["desde"], *datos["hasta"]]
    ancho = max(max(extremos) - min(extremos), 0.004)
    limites(ejes, (min(extremos) - 0.16 * ancho, max(extremos) + 0.2 * ancho), (-0.6, cuantas - 0.4))
    _trazar_eje(ejes)
    guias = zip(lugares[:-1], [inicio, *datos["hasta"]], strict=True)
    rayas(ejes, [((v, y - 1.3), (v, y + 0.3)) for y, v in guias], GRIS, 0.8, altura=1)
    _trazar_pasos(ejes, lugares[1:-1], datos)
    # El índice en un corte es un punto y no una barra, porque el eje no empieza en cero.
    puntas = (lugares[0], lugares[-1])
    ejes.plot([inicio, fin], puntas, linestyle="", marker="D", color=GRIS, markersize=9, zorder=3)
    for valor, lugar in zip((inicio, fin), puntas, strict=True):
        _poner_cifra(ejes, valor, lugar, porcentaje(valor), 9)
    rotulos = [f"Avance en {anterior}", *datos["paso"], "Avance en este corte"]
    filas(ejes, lugares, [partir(r, 44) for r in rotulos], 9.5 if cuantas > 10 else 10.5)


def _trazar_eje(ejes: Any) -> None:
    marcas = marcas_redondas(ejes.get_xlim(), 6, None)
    rejilla(ejes, en_x=marcas)
    columnas(ejes, marcas, porcentajes_de_marcas(marcas))


def _trazar_pasos(ejes: Any, lugares: range, datos: pd.DataFrame) -> None:
    """Lo que sube, lleno; lo que baja, rayado: no se distinguen solo por el color."""
    sitios = pd.Series(lugares, index=datos.index)
    sube = datos["efecto"].ge(0)
    for cuales, estilo in ((sube, {"color": AZUL, "edgecolor": AZUL}), (~sube, _BAJA)):
        unos = datos[cuales]
        if len(unos):
            barras(ejes, sitios[cuales], unos["hasta"], 0.6, desde=unos["desde"], zorder=2, **estilo)
    for lugar, paso in zip(lugares, datos.to_dict("records"), strict=True):
        _poner_cifra(ejes, max(paso["desde"], paso["hasta"]), lugar, puntos(paso["efecto"]), 7)


_BAJA = {"color": CLARO, "edgecolor": VINO, "hatch": "///"}


def _poner_cifra(ejes: Any, valor: float, lugar: float, texto: str, corrida: float) -> None:
    """La cifra a la derecha de su barra, sobre un fondo que la separa de las guías."""
    ejes.text(
        valor, lugar, texto, transform=ejes.transData + corrido(corrida, 0), va="center",
        fontweight="bold", zorder=4, bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.2},
    )  # fmt: skip
