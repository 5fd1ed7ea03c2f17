"""Figura del panel de sensibilidad: el avance del plan bajo cada convención admisible."""

from __future__ import annotations

from typing import Any

import pandas as pd

from pipeline.formato_es import numero, porcentaje
from pipeline.graficos.estilo import AZUL, GRIS, VINO, dibujar, partir
from pipeline.graficos.figura import Figura

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
        svg=dibujar(0.62 + 0.4 * len(datos), lambda _, ejes: _trazar(ejes, datos, oficial)),
    )


def _trazar(ejes: Any, datos: pd.DataFrame, oficial: float) -> None:
    lugares = list(range(len(datos)))[::-1]
    tope = min(FUERA_DE_ESCALA, max(1.0, float(datos["titular"].max())))
    ejes.axvline(oficial, color=VINO, linewidth=2.2, zorder=2)
    for lugar, titular in zip(lugares, datos["titular"].to_numpy(), strict=True):
        valor = min(float(titular), tope)
        ejes.plot([oficial, valor], [lugar] * 2, color=GRIS, linewidth=1.3, zorder=2)
        marca = "o" if float(titular) <= tope else ">"
        ejes.plot([valor], [lugar], marker=marca, color=AZUL, markersize=9, zorder=3, clip_on=False)
        ejes.text(1.03, lugar, porcentaje(float(titular)), va="center", ha="left", fontweight="bold",
                  transform=ejes.get_yaxis_transform())  # fmt: skip
    ejes.set_yticks(lugares, [partir(n) for n in datos["nombre"]])
    ejes.set_ylim(-0.6, len(datos) - 0.4)
    ejes.set_xlim(0, tope)
    marcas = [i * 0.25 for i in range(int(tope / 0.25 + 1e-9) + 1)]
    ejes.set_xticks(marcas, [f"{numero(m * 100, 0)} %" for m in marcas])
    ejes.grid(axis="x")
    ejes.spines["bottom"].set_visible(False)
