"""Figuras del dinero: cadena de ejecución y cuadrante físico-financiero."""

from __future__ import annotations

from typing import Any

import pandas as pd

from pipeline.formato_es import contar, millones, porcentaje
from pipeline.graficos.avance import FUENTE, _eje_de_porcentaje
from pipeline.graficos.estilo import AZUL, CLARO, GRIS, VINO, dibujar
from pipeline.graficos.figura import Figura


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
        svg=dibujar(0.3 + 0.44 * len(datos), lambda _, ejes: _trazar_cadena(ejes, datos)),
        fuente=FUENTE,
    )


def _de_definitiva(fila: pd.Series[Any]) -> str:
    return "" if pd.isna(fila["razon"]) else f" ({porcentaje(fila['razon'])} de la definitiva)"


def _titular_de_cadena(datos: pd.DataFrame) -> str:
    por_etapa = datos.set_index("etapa")
    con_razon = [e for e in ("Obligaciones", "Pagos", "Compromisos") if e in por_etapa.index]
    con_razon = [e for e in con_razon if pd.notna(por_etapa.loc[e, "razon"])]
    if not con_razon:
        mayor = datos.loc[datos["valor_cop"].idxmax()]
        return f"{mayor['etapa']}: {millones(mayor['valor_cop'])} millones de pesos"
    etapa = con_razon[0]
    verbo = {"Obligaciones": "obligado", "Pagos": "pagado", "Compromisos": "comprometido"}[etapa]
    return f"Se ha {verbo} el {porcentaje(por_etapa.loc[etapa, 'razon'])} de la apropiación definitiva"


def _trazar_cadena(ejes: Any, datos: pd.DataFrame) -> None:
    lugares = list(range(len(datos)))[::-1]
    valores = datos["valor_cop"] / 1e6
    ejes.barh(lugares, valores, height=0.6, color=AZUL)
    mayor = float(valores.max())
    for lugar, (_, fila) in zip(lugares, datos.iterrows(), strict=True):
        razon = "" if pd.isna(fila["razon"]) else f"  ({porcentaje(fila['razon'])})"
        ejes.text(fila["valor_cop"] / 1e6 + mayor * 0.012, lugar, f"{millones(fila['valor_cop'])}{razon}",
                  va="center", fontweight="bold")  # fmt: skip
    ejes.set_yticks(lugares, list(datos["etapa"]))
    ejes.set_xlim(0, mayor * 1.3)
    ejes.set_xticks([])
    ejes.spines["bottom"].set_visible(False)


def cuadrante(indices: pd.DataFrame, corte: str, nivel: str = "dependencia") -> Figura | None:
    """Avance físico contra ejecución financiera de cada nodo, con la diagonal en que ambos coinciden.

    `indices` trae `codigo`, `nombre`, `avance` y `ejecucion_financiera`. None si ningún nodo tiene las dos cifras.
    """
    datos = indices.dropna(subset=["avance", "ejecucion_financiera"]).reset_index(drop=True)
    if datos.empty:
        return None
    varios = {
        "dependencia": "dependencias",
        "programa": "programas",
        "linea": "líneas",
        "sector": "sectores",
    }[nivel]
    adelante = datos[datos["ejecucion_financiera"] > datos["avance"]]
    detalle = "; ".join(
        f"{f['nombre']}: {porcentaje(f['avance'])} físico y {porcentaje(f['ejecucion_financiera'])} financiero"
        for _, f in datos.head(12).iterrows()
    )
    resto = f" y {len(datos) - 12} más en la tabla" if len(datos) > 12 else ""
    return Figura(
        titular=_titular_de_cuadrante(len(adelante), len(datos), nivel, varios),
        subtitulo=f"Avance físico de la vigencia y ejecución financiera de las {varios}, {corte}. "
        "Sobre la diagonal, el dinero va más rápido que las metas",
        alt=f"Dispersión de avance físico contra ejecución financiera. {detalle}{resto}.",
        datos=pd.DataFrame(
            {
                "Código": datos["codigo"],
                "Nombre": datos["nombre"],
                "Avance físico": datos["avance"].map(porcentaje),
                "Ejecución financiera": datos["ejecucion_financiera"].map(porcentaje),
            }
        ),
        svg=dibujar(5.2, lambda _, ejes: _trazar_cuadrante(ejes, datos)),
        fuente=FUENTE,
    )


def _titular_de_cuadrante(adelante: int, todos: int, nivel: str, varios: str) -> str:
    if adelante == 0:
        return f"En ninguna de las {todos} {varios} el dinero va por delante de las metas"
    if todos == 1:
        return "El dinero va por delante de las metas"
    return f"En {contar(adelante, nivel, varios)} de {todos} el dinero va por delante de las metas"


def _trazar_cuadrante(ejes: Any, datos: pd.DataFrame) -> None:
    tope = max(1.0, float(datos[["avance", "ejecucion_financiera"]].max().max()))
    ejes.plot([0, tope], [0, tope], color=CLARO, linewidth=1.5, zorder=1)
    delante = datos["ejecucion_financiera"] > datos["avance"]
    for grupo, color, marca in ((datos[delante], VINO, "s"), (datos[~delante], AZUL, "o")):
        ejes.scatter(
            grupo["avance"], grupo["ejecucion_financiera"], s=42, color=color, marker=marca, zorder=3
        )
    _rotular_puntos(ejes, datos, tope)
    ejes.set_xlim(-0.02 * tope, tope * 1.06)
    ejes.set_ylim(-0.02 * tope, tope * 1.04)
    _eje_de_porcentaje(ejes.xaxis, tope)
    _eje_de_porcentaje(ejes.yaxis, tope)
    ejes.grid()
    ejes.set_xlabel("Avance físico de la vigencia")
    ejes.set_ylabel("Ejecución financiera")


def _rotular_puntos(ejes: Any, datos: pd.DataFrame, tope: float) -> None:
    """Código junto a cada punto; si dos quedan encimados, el segundo baja un renglón."""
    puestos: list[tuple[float, float]] = []
    orden = datos.sort_values(["avance", "ejecucion_financiera", "codigo"])
    for x, y, codigo in orden[["avance", "ejecucion_financiera", "codigo"]].itertuples(
        index=False, name=None
    ):
        alto = y
        while any(abs(x - px) < 0.075 * tope and abs(alto - py) < 0.033 * tope for px, py in puestos):
            alto -= 0.034 * tope
        puestos.append((x, alto))
        ejes.text(
            x + 0.013 * tope, alto, str(codigo).replace("$", r"\$"), va="center", fontsize=9, color=GRIS
        )
