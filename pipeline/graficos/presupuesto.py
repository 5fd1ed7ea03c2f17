"""Figura de la ejecución del POAI por nodo: lo comprometido y lo obligado de cada peso apropiado."""

from __future__ import annotations

from typing import Any

import pandas as pd

from pipeline.formato_es import millones, porcentaje
from pipeline.graficos.avance import eje_de_porcentaje
from pipeline.graficos.estilo import AZUL, CLARO, VINO, dibujar, partir
from pipeline.graficos.figura import Figura
from pipeline.graficos.piezas import barras, cifras, de_pie, filas, limites, rayas

NIVELES = {
    "fuente": "fuente", "dependencia": "dependencia", "sector": "sector", "linea": "línea estratégica",
    "programa": "programa", "proyecto": "proyecto", "meta": "meta",
}  # fmt: skip
FUENTE_POAI = "Fuente: libros del POAI de las dependencias. Razones sobre la apropiación definitiva."
MAXIMO_DE_BARRAS = 26


def ejecucion_por_nodo(indices: pd.DataFrame, nivel: str, corte: str) -> Figura | None:
    """Barras de lo obligado sobre la apropiación definitiva, con la raya de lo comprometido.

    `indices` trae las filas de un nivel de `indices_poai`, en el orden en que se leen; se dibujan las 26
    primeras con apropiación. None si ninguna tiene razón que dibujar.
    """
    datos = indices[indices["razon_obligaciones"].notna() | indices["razon_compromisos"].notna()]
    total = len(datos)
    datos = datos.head(MAXIMO_DE_BARRAS).reset_index(drop=True)
    if datos.empty:
        return None
    uno = NIVELES[nivel]
    recorte = "" if total <= len(datos) else f" (las {len(datos)} de mayor apropiación, de {total})"
    return Figura(
        titular=_titular(datos),
        subtitulo=(
            f"Obligaciones sobre apropiación definitiva por {uno}{recorte}, {corte}. "
            "La raya vertical es lo comprometido"
        ),
        alt=_alt(datos, uno),
        datos=pd.DataFrame(
            {
                uno.capitalize(): datos["nombre"].fillna(datos["codigo"]),
                "Definitiva (millones de $)": datos["apropiacion_definitiva_cop"].map(millones),
                "Comprometido": datos["razon_compromisos"].map(porcentaje),
                "Obligado": datos["razon_obligaciones"].map(porcentaje),
                "Pagado": datos["razon_pagos"].map(porcentaje),
            }
        ),
        svg=dibujar(0.62 + _alto_de_fila(len(datos)) * len(datos), lambda ejes: _trazar(ejes, datos)),
        fuente=FUENTE_POAI,
    )


def _titular(datos: pd.DataFrame) -> str:
    con_dato = datos[datos["razon_obligaciones"].notna()]
    if con_dato.empty:
        return "Los libros no traen obligaciones"
    razones = con_dato["razon_obligaciones"].to_numpy()
    mayor, menor = con_dato.iloc[int(razones.argmax())], con_dato.iloc[int(razones.argmin())]
    if len(con_dato) == 1:
        return f"{_nombre(mayor)} ha obligado el {porcentaje(mayor['razon_obligaciones'])}"
    return (
        f"Obligado: del {porcentaje(mayor['razon_obligaciones'])} en {_nombre(mayor)} "
        f"al {porcentaje(menor['razon_obligaciones'])} en {_nombre(menor)}"
    )


def _nombre(fila: pd.Series[Any]) -> str:
    nombre = _entero(fila)
    return nombre if len(nombre) <= 48 else f"{nombre[:47].rstrip()}…"


def _entero(fila: Any) -> str:
    return str(fila["codigo"] if pd.isna(fila["nombre"]) else fila["nombre"])


def _alt(datos: pd.DataFrame, uno: str) -> str:
    partes = [
        f"{_nombre(f)}: {porcentaje(f['razon_obligaciones'])} obligado y "
        f"{porcentaje(f['razon_compromisos'])} comprometido de "
        f"{millones(f['apropiacion_definitiva_cop'])} millones"
        for _, f in datos.head(12).iterrows()
    ]
    resto = f" y {len(datos) - 12} más en la tabla" if len(datos) > 12 else ""
    return f"Barras de la ejecución por {uno}. {'; '.join(partes)}{resto}."


def _alto_de_fila(filas: int) -> float:
    """Pulgadas por fila: con muchas se aprietan, para que la figura quepa en una página con su texto."""
    return min(0.42, max(0.28, 7.0 / filas))


def _trazar(ejes: Any, datos: pd.DataFrame) -> None:
    cuantas = len(datos)
    lugares = range(cuantas)[::-1]
    tope = max(1.0, float(datos[["razon_obligaciones", "razon_compromisos"]].max().max()))
    limites(ejes, (0, tope), (-0.6, cuantas - 0.4))
    eje_de_porcentaje(ejes, tope, 0.25)
    barras(ejes, lugares, [1.0] * cuantas, 0.56, CLARO, alpha=0.45)
    barras(ejes, lugares, datos["razon_obligaciones"], 0.56, AZUL)
    rayas(ejes, de_pie(lugares, datos["razon_compromisos"]), VINO, 2.6, altura=3)
    filas(ejes, lugares, [partir(_entero(f)) for f in datos.to_dict("records")], 9)
    cifras(ejes, lugares, [porcentaje(v) for v in datos["razon_obligaciones"]])
