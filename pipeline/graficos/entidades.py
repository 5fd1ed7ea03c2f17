"""Figura de muchas entidades: cómo se reparte su avance, y cómo según lo que falta por reportar."""

from __future__ import annotations

from typing import Any

import pandas as pd

from pipeline.formato_es import numero
from pipeline.graficos.estilo import AZUL, GRIS, VINO, dibujar
from pipeline.graficos.figura import Figura
from pipeline.graficos.piezas import columnas, limites

TRAMOS = 10
NOMBRES = [f"{n * 10} a {n * 10 + 10} %" for n in range(TRAMOS - 1)] + ["90 % o más"]


def distribucion_de_entidades(entidades: pd.DataFrame, corte: str) -> Figura | None:
    """Cuántas entidades hay en cada décimo de avance, y cuántas habría con cada cota.

    `entidades` trae `avance`, `cota_inferior` y `cota_superior` (razones), una fila por entidad. None si
    ninguna tiene avance.
    """
    datos = entidades[entidades["avance"].notna()]
    if datos.empty:
        return None
    cuentas = {c: _por_tramo(datos[c]) for c in ("avance", "cota_inferior", "cota_superior")}
    detalle = "; ".join(f"{t}: {n}" for t, n in zip(NOMBRES, cuentas["avance"], strict=True) if n)
    return Figura(
        titular=_titular(cuentas["avance"]),
        subtitulo=(
            f"Entidades según el avance de su vigencia, {corte}. Los rombos cuentan lo no reportado como "
            "incumplido y los círculos, como cumplido"
        ),
        alt=f"Barras del número de entidades por tramo de avance. {detalle}.",
        datos=pd.DataFrame(
            {
                "Avance": NOMBRES,
                "Entidades": cuentas["avance"],
                "Con la cota inferior": cuentas["cota_inferior"],
                "Con la cota superior": cuentas["cota_superior"],
            }
        ),
        svg=dibujar(3.2, lambda ejes: _trazar(ejes, cuentas)),
        fuente="Fuente: tabla de índices de cada entidad.",
    )


def _por_tramo(razones: pd.Series[float]) -> list[int]:
    tramos = (razones.dropna() * TRAMOS + 1e-9).clip(0, TRAMOS - 1).astype("int64").value_counts()
    return [int(tramos.get(n, 0)) for n in range(TRAMOS)]


def _titular(cuentas: list[int]) -> str:
    total = sum(cuentas)
    bajas = sum(cuentas[:5])
    if total == 1:
        return f"La única entidad con avance está en el tramo de {NOMBRES[cuentas.index(1)]}"
    if not bajas:
        return f"Las {total} entidades llegan al 50 % de avance"
    verbo = "no llega" if bajas == 1 else "no llegan"
    return f"{numero(bajas, 0)} de {numero(total, 0)} entidades {verbo} al 50 % de avance"


def _trazar(ejes: Any, cuentas: dict[str, list[int]]) -> None:
    mayor = max(map(max, cuentas.values()))
    limites(ejes, (-0.85, TRAMOS - 0.15), (0, mayor * 1.15))
    ejes.bar(range(TRAMOS), cuentas["avance"], width=0.72, color=AZUL)
    for cota, marca, color, corrido in (
        ("cota_inferior", "D", VINO, -0.2),
        ("cota_superior", "o", GRIS, 0.2),
    ):
        hay = [n for n in range(TRAMOS) if cuentas[cota][n]]
        ejes.scatter([n + corrido for n in hay], [cuentas[cota][n] for n in hay], marker=marca, color=color,
                     edgecolors="white", s=52, zorder=3)  # fmt: skip
    for lugar in (n for n in range(TRAMOS) if cuentas["avance"][n]):
        cuantas = cuentas["avance"][lugar]
        ejes.text(lugar, mayor * 0.03, numero(cuantas, 0), ha="center", va="bottom", color="white",
                  fontweight="bold")  # fmt: skip
    columnas(ejes, range(TRAMOS), [n.replace(" a ", "–").replace(" o más", " +") for n in NOMBRES], 9)
    ejes.spines["left"].set_visible(False)
    ejes.spines["bottom"].set_visible(True)
