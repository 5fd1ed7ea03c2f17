"""Figura del panel de sensibilidad: el avance del plan bajo cada convención admisible."""

from __future__ import annotations

from typing import Any

import pandas as pd

from pipeline.formato_es import numero, porcentaje
from pipeline.graficos.avance import eje_de_porcentaje
from pipeline.graficos.estilo import AZUL, GRIS, VINO, dibujar, partir
from pipeline.graficos.figura import Figura
from pipeline.graficos.piezas import cifras, filas, limites, rayas

FUERA_DE_ESCALA = 1.5
"""Un titular mayor que este (sin tope) aplastaría a los demás: va en el borde, con su cifra."""


def titular_por_convencion(panel: pd.DataFrame, corte: str) -> Figura | None:
    """Puntos del avance del plan bajo las convenciones que lo mueven, y una raya en el oficial.

    `panel` trae convencion, nombre, es_oficial, es_admisible, titular y puntos. None si ninguna lo mueve.
    """
    oficial = float(panel.loc[panel["convencion"] == "oficial", "titular"].iloc[0])
    otras = panel[panel["es_admisible"] & ~panel["es_oficial"] & panel["puntos"].ne(0)]
    datos = otras[otras["titular"].notna()].sort_values("titular", ascending=False, ignore_index=True)
    if datos.empty or oficial != oficial:
        return None
    mayor = datos.iloc[int(datos["puntos"].abs().to_numpy().argmax())]
    cifra = porcentaje(oficial)
    lista = "; ".join(
        f"{n}: {porcentaje(float(t))}" for n, t in zip(datos["nombre"], datos["titular"], strict=True)
    )
    return Figura(
        titular=f"Lo que más mueve el avance es «{mayor['nombre']}»: {porcentaje(mayor['titular'])}",
        subtitulo=f"Avance del plan bajo otras convenciones, {corte}. La raya es el oficial, {cifra}",
        alt=f"Puntos del avance del plan por convención; el oficial es {cifra}. {lista}.",
        datos=pd.DataFrame(
            {
                "Convención": datos["nombre"],
                "Avance del plan": datos["titular"].map(porcentaje),
                "Puntos frente al oficial": [numero(p, 1) for p in datos["puntos"]],
            }
        ),
        svg=dibujar(0.62 + 0.4 * len(datos), lambda ejes: _trazar(ejes, datos, oficial)),
    )


def _trazar(ejes: Any, datos: pd.DataFrame, oficial: float) -> None:
    lugares = range(len(datos))[::-1]
    titulares = [float(t) for t in datos["titular"]]
    tope = min(FUERA_DE_ESCALA, max(1.0, max(titulares)))
    limites(ejes, (0, tope), (-0.6, len(datos) - 0.4))
    eje_de_porcentaje(ejes, tope, 0.25)
    rayas(ejes, [((oficial, -0.6), (oficial, len(datos) - 0.4))], VINO, 2.2)
    puestos = [(min(t, tope), y, t <= tope) for t, y in zip(titulares, lugares, strict=True)]
    rayas(ejes, [((oficial, y), (valor, y)) for valor, y, _ in puestos], GRIS, 1.3)
    for forma, dentro in (("o", True), (">", False)):
        unos = [(valor, y) for valor, y, cabe in puestos if cabe is dentro]
        if unos:
            ejes.plot(
                *zip(*unos, strict=True),
                linestyle="",
                marker=forma,
                color=AZUL,
                markersize=9,
                zorder=3,
                clip_on=False,
            )
    filas(ejes, lugares, [partir(n) for n in datos["nombre"]])
    cifras(ejes, lugares, [porcentaje(t) for t in titulares])
