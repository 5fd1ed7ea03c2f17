"""Figuras del dinero: cadena de ejecución y cuadrante físico-financiero."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pandas as pd

from pipeline.formato_es import contar, millones, porcentaje
from pipeline.graficos.avance import FUENTE, NIVELES, eje_de_porcentaje
from pipeline.graficos.estilo import AZUL, CLARO, GRIS, VINO, dibujar, partir
from pipeline.graficos.figura import Figura
from pipeline.graficos.piezas import (
    barras,
    cifras,
    columnas,
    de_pie,
    filas,
    filas_sueltas,
    limites,
    marcas_redondas,
    nombrar_ejes,
    porcentajes_de_marcas,
    rayas,
    rejilla,
)


def cadena_del_dinero(cadena: pd.DataFrame, corte: str) -> Figura | None:
    """Barras de la cadena financiera, de lo programado a lo pagado.

    `cadena` trae `etapa`, `valor_cop` y `razon` (sobre la apropiación definitiva). None si no hay dinero.
    """
    datos = cadena[cadena["valor_cop"].notna()].reset_index(drop=True)
    if datos.empty or not float(datos["valor_cop"].max()) > 0:
        return None
    detalle = "; ".join(
        f"{fila['etapa']}: {millones(fila['valor_cop'])} millones{_de_definitiva(fila)}"
        for _, fila in datos.iterrows()
    )
    return Figura(
        titular=_titular_de_cadena(datos),
        subtitulo=f"Millones de pesos corrientes y proporción de la apropiación definitiva, {corte}",
        alt=f"Barras de la cadena del gasto. {detalle}.",
        datos=pd.DataFrame(
            {
                "Etapa": datos["etapa"],
                "Millones de pesos": datos["valor_cop"].map(millones),
                "De la definitiva": datos["razon"].map(porcentaje),
            }
        ),
        svg=dibujar(0.3 + 0.44 * len(datos), lambda ejes: _trazar_cadena(ejes, datos)),
        fuente=FUENTE,
        traza="trazas-resumen",
    )


def _de_definitiva(fila: pd.Series[Any]) -> str:
    return "" if pd.isna(fila["razon"]) else f" ({porcentaje(fila['razon'])} de la definitiva)"


def _titular_de_cadena(datos: pd.DataFrame) -> str:
    """Lo que va del gasto; si las etapas se contradicen, eso, que una cifra sola haría pasar por buena."""
    razones = {e: float(r) for e, r in zip(datos["etapa"], datos["razon"], strict=True) if pd.notna(r)}
    gastado = [etapa for etapa in ("Compromisos", "Obligaciones", "Pagos") if etapa in razones]
    for antes, despues in pairwise(gastado):
        if razones[despues] > razones[antes] * (1 + 1e-9):
            return f"Los libros se contradicen: traen más {despues.lower()} que {antes.lower()}"
    for etapa, verbo in (("Obligaciones", "obligado"), ("Pagos", "pagado"), ("Compromisos", "comprometido")):
        if etapa in razones:
            return f"Se ha {verbo} el {porcentaje(razones[etapa])} de la apropiación definitiva"
    mayor = datos.iloc[int(datos["valor_cop"].to_numpy().argmax())]
    return f"{mayor['etapa']}: {millones(mayor['valor_cop'])} millones de pesos"


def _trazar_cadena(ejes: Any, datos: pd.DataFrame) -> None:
    lugares = range(len(datos))[::-1]
    mayor = float(datos["valor_cop"].max())
    limites(ejes, (0, mayor * 1.3), filas_sueltas(len(datos)))
    barras(ejes, lugares, datos["valor_cop"], 0.6, AZUL)
    for lugar, pesos, razon in zip(lugares, datos["valor_cop"], datos["razon"], strict=True):
        parte = "" if pd.isna(razon) else f"  ({porcentaje(razon)})"
        ejes.text(pesos + mayor * 0.012, lugar, f"{millones(pesos)}{parte}", va="center", fontweight="bold")
    filas(ejes, lugares, list(datos["etapa"]))


EJES = ("Avance físico de la vigencia", "Ejecución financiera")


def cuadrante(
    indices: pd.DataFrame, corte: str, nivel: str = "dependencia", ejes: tuple[str, str] = EJES
) -> Figura | None:
    """Avance físico contra ejecución financiera de cada nodo, con la diagonal en que coinciden.

    `indices` trae `codigo`, `nombre`, `avance` y `ejecucion_financiera`. None si ningún nodo tiene ambas.
    `ejes` son los nombres de las dos medidas.
    """
    datos = indices.dropna(subset=["avance", "ejecucion_financiera"]).reset_index(drop=True)
    if datos.empty:
        return None
    uno, varios = NIVELES[nivel]
    adelante = datos[datos["ejecucion_financiera"] > datos["avance"]]
    detalle = "; ".join(
        f"{f['nombre']}: {porcentaje(f['avance'])} físico y {porcentaje(f['ejecucion_financiera'])} de dinero"
        for _, f in datos.head(12).iterrows()
    )
    resto = f" y {len(datos) - 12} más en la tabla" if len(datos) > 12 else ""
    return Figura(
        titular=_titular_de_cuadrante(len(adelante), len(datos), uno, varios),
        subtitulo=f"Avance físico de la vigencia y ejecución financiera por {uno}, {corte}. "
        "Encima de la diagonal (cuadros) el dinero va más rápido que las metas",
        alt=f"Dispersión de avance físico contra ejecución financiera. {detalle}{resto}.",
        datos=pd.DataFrame(
            {
                "Código": datos["codigo"],
                "Nombre": datos["nombre"],
                ejes[0]: datos["avance"].map(porcentaje),
                ejes[1]: datos["ejecucion_financiera"].map(porcentaje),
            }
        ),
        svg=dibujar(5.2, lambda lienzo: _trazar_cuadrante(lienzo, datos, ejes)),
        fuente=FUENTE,
        traza=f"trazas-{nivel}",
    )


def _titular_de_cuadrante(adelante: int, todos: int, uno: str, varios: str) -> str:
    if adelante == 0:
        return "En ningún caso el dinero va por delante de las metas"
    if todos == 1:
        return "El dinero va por delante de las metas"
    return f"En {contar(adelante, uno, varios)} de {todos} el dinero va por delante de las metas"


def _trazar_cuadrante(ejes: Any, datos: pd.DataFrame, nombres: tuple[str, str]) -> None:
    valores = datos[["avance", "ejecucion_financiera"]]
    menor = max(0.0, float(valores.min().min()) - 0.06)
    mayor = max(menor + 0.3, float(valores.max().max()) + 0.06)
    limites(ejes, (menor, mayor), (menor, mayor))
    rayas(ejes, [((menor, menor), (mayor, mayor))], CLARO, 1.5, altura=1)
    delante = datos["ejecucion_financiera"] > datos["avance"]
    for grupo, color, marca in ((datos[delante], VINO, "s"), (datos[~delante], AZUL, "o")):
        ejes.scatter(
            grupo["avance"], grupo["ejecucion_financiera"], s=42, color=color, marker=marca, zorder=3
        )
    _rotular_puntos(ejes, datos, (menor, mayor))
    ejes.spines["bottom"].set_visible(True)
    _trazar_escalas(ejes, nombres)


def _trazar_escalas(ejes: Any, nombres: tuple[str, str]) -> None:
    """Las dos escalas con sus cifras y, por fuera de ellas, el nombre de cada una."""
    marcas = marcas_redondas(ejes.get_xlim(), 9)
    cifras_del_eje = porcentajes_de_marcas(marcas)
    rejilla(ejes, en_x=marcas, en_y=marcas)
    columnas(ejes, marcas, cifras_del_eje)
    filas(ejes, marcas, cifras_del_eje)
    nombrar_ejes(ejes, *nombres, cifras_del_eje)


def _rotular_puntos(ejes: Any, datos: pd.DataFrame, escala: tuple[float, float]) -> None:
    """Código junto a cada punto, en el primer lado libre; si no hay, queda sin código (está en la tabla).

    No sale de la figura: a la izquierda taparía las cifras del eje y a la derecha quedaría cortado.
    """
    menor, mayor = escala
    rango = mayor - menor
    puntos = [(float(x), float(y)) for x, y in datos[["avance", "ejecucion_financiera"]].to_numpy()]
    ocupado = [(x, y, 0.012 * rango) for x, y in puntos]
    for (x, y), codigo in zip(puntos, datos["codigo"], strict=True):
        medio = 0.0065 * rango * len(str(codigo))
        for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1)):
            centro, alto = x + dx * (medio + 0.014 * rango), y + dy * 0.036 * rango
            if centro - medio < menor or centro + medio > mayor:
                continue
            if all(_separados(centro, alto, medio, otro, rango) for otro in ocupado if otro[:2] != (x, y)):
                ocupado.append((centro, alto, medio))
                ejes.text(
                    centro,
                    alto,
                    str(codigo),
                    ha="center",
                    va="center",
                    fontsize=9,
                    color=GRIS,
                )
                break


def _separados(x: float, y: float, medio: float, otro: tuple[float, float, float], rango: float) -> bool:
    return abs(x - otro[0]) > medio + otro[2] or abs(y - otro[1]) > 0.032 * rango


def cadena_por_fuente(fuentes: pd.DataFrame, corte: str) -> Figura | None:
    """De cada fuente, qué parte de su apropiación definitiva se ha comprometido, obligado y pagado.

    `fuentes` trae `nombre`, `apropiacion_definitiva_cop`, `razon_compromisos`, `razon_obligaciones` y
    `razon_pagos` (vacías si no se reportó), en el orden en que se leen. None si ninguna tiene apropiación.
    """
    datos = fuentes[fuentes["apropiacion_definitiva_cop"] > 0].reset_index(drop=True)
    if datos.empty:
        return None
    razones = {nombre: datos[campo] for nombre, campo in _TRAMOS.items()}
    detalle = "; ".join(
        f"{nombre}: {millones(definitiva)} millones, {_en_palabras(i, razones)}"
        for i, (nombre, definitiva) in enumerate(
            zip(datos["nombre"], datos["apropiacion_definitiva_cop"], strict=True)
        )
    )
    return Figura(
        titular=_titular_por_fuente(datos, razones["Obligado"]),
        subtitulo="Parte de la apropiación definitiva de cada fuente que se ha comprometido (barra clara), "
        f"obligado (barra oscura) y pagado (raya), {corte}",
        alt=f"Barras por fuente de recursos. {detalle}.",
        datos=pd.DataFrame(
            {
                "Fuente": datos["nombre"],
                "Definitiva (millones de $)": datos["apropiacion_definitiva_cop"].map(millones),
                **{nombre: razon.map(porcentaje) for nombre, razon in razones.items()},
            }
        ),
        svg=dibujar(0.62 + 0.5 * len(datos), lambda ejes: _trazar_fuentes(ejes, datos, razones)),
        fuente=FUENTE,
        traza="trazas-resumen",
    )


_TRAMOS = {"Comprometido": "razon_compromisos", "Obligado": "razon_obligaciones", "Pagado": "razon_pagos"}


def _en_palabras(fila: int, razones: dict[str, pd.Series[float]]) -> str:
    return ", ".join(f"{nombre.lower()} {porcentaje(razon.iloc[fila])}" for nombre, razon in razones.items())


def _titular_por_fuente(datos: pd.DataFrame, obligado: pd.Series[float]) -> str:
    if obligado.notna().sum() < 2:
        mayor = datos.iloc[int(datos["apropiacion_definitiva_cop"].to_numpy().argmax())]
        parte = mayor["apropiacion_definitiva_cop"] / datos["apropiacion_definitiva_cop"].sum()
        return f"{mayor['nombre']} pone el {porcentaje(parte)} de la apropiación definitiva"
    con_dato = datos.assign(razon=obligado).dropna(subset=["razon"]).sort_values("razon", kind="stable")
    alta, baja = con_dato["nombre"].iloc[-1], con_dato["nombre"].iloc[0]
    return (
        f"La fuente que más se ha obligado es {alta} ({porcentaje(obligado.max())}) y la que menos, {baja} "
        f"({porcentaje(obligado.min())})"
    )


def _trazar_fuentes(ejes: Any, datos: pd.DataFrame, razones: dict[str, pd.Series[float]]) -> None:
    lugares = range(len(datos))[::-1]
    tope = max(1.0, *(float(r.max()) for r in razones.values() if r.notna().any()))
    limites(ejes, (0, tope), (-0.6, len(datos) - 0.4))
    eje_de_porcentaje(ejes, tope)
    barras(ejes, lugares, razones["Comprometido"], 0.66, CLARO)
    barras(ejes, lugares, razones["Obligado"], 0.4, AZUL)
    rayas(ejes, de_pie(lugares, razones["Pagado"]), VINO, 2.6, altura=3)
    filas(ejes, lugares, [partir(n) for n in datos["nombre"]])
    cifras(ejes, lugares, [porcentaje(v) for v in razones["Obligado"]])
