"""Las piezas con que se arman las figuras: muchas barras, rayas o letreros en una sola llamada a matplotlib.

Cada objeto de matplotlib cuesta alrededor de un milisegundo al crearlo y al dibujarlo, y una marca de eje son
cinco: por eso las barras de un color son una colección y los letreros de los ejes, textos sueltos.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from pipeline.formato_es import porcentaje
from pipeline.graficos.estilo import GRIS
from pipeline.graficos.pluma import ancho

Punto = tuple[float, float]
SEPARACION = 3.5  # puntos entre el área de dibujo y los letreros de los ejes
REJILLA = "#D9D9D9"
BAJO_TODO, LINEAS = 0.5, 2.0  # alturas a las que se pintan


def barras(
    ejes: Any,
    lugares: Iterable[float],
    hasta: Iterable[float],
    alto: float,
    color: str | list[str],
    **estilo: Any,
) -> None:
    """Barras acostadas, de un color o de uno cada una, desde cero o desde `desde`; sin valor no hay barra."""
    from matplotlib.collections import PolyCollection

    fines = [float(v) for v in hasta]
    inicios = [float(v) for v in estilo.pop("desde", [0.0] * len(fines))]
    cajas = [
        ((a, y - alto / 2), (b, y - alto / 2), (b, y + alto / 2), (a, y + alto / 2))
        for y, a, b in zip(lugares, inicios, fines, strict=True)
        if a == a and b == b
    ]
    propio = {"edgecolor": "none", "zorder": 1, **estilo}
    ejes.add_collection(PolyCollection(cajas, facecolor=color, **propio), autolim=False)


def rayas(
    ejes: Any, tramos: Iterable[Sequence[Punto]], color: str, grueso: float, altura: float = LINEAS,
    remate: str = "projecting",
) -> None:  # fmt: skip
    """Líneas sueltas de un color y un grueso, en puntos."""
    from matplotlib.collections import LineCollection

    lineas = LineCollection(list(tramos), colors=color, linewidths=grueso, capstyle=remate, zorder=altura)
    ejes.add_collection(lineas, autolim=False)


def de_pie(lugares: Iterable[float], valores: Iterable[float]) -> list[tuple[Punto, Punto]]:
    """La raya vertical que marca un valor en cada fila que lo tiene."""
    return [
        ((float(v), y - 0.4), (float(v), y + 0.4)) for y, v in zip(lugares, valores, strict=True) if v == v
    ]


def corrido(x: float, y: float) -> Any:
    """Lo que corre un letrero unos puntos a la derecha y hacia arriba; se suma a su transformación."""
    from matplotlib.transforms import Affine2D

    return Affine2D().translate(x, y)


def filas(ejes: Any, lugares: Iterable[float], textos: Iterable[str], cuerpo: float = 10.5) -> None:
    """Los letreros a la izquierda del área de dibujo, sin marcas de eje."""
    al_lado = ejes.get_yaxis_transform() + corrido(-SEPARACION, 0)
    for lugar, texto in zip(lugares, textos, strict=True):
        ejes.text(0, lugar, texto, transform=al_lado, ha="right", va="center_baseline", fontsize=cuerpo,
                  color=GRIS)  # fmt: skip


def columnas(
    ejes: Any, lugares: Iterable[float], textos: Iterable[str], cuerpo: float = 10, *, arriba: bool = False
) -> None:
    """Los letreros debajo o encima del área de dibujo, sin marcas de eje."""
    al_lado = ejes.get_xaxis_transform() + corrido(0, SEPARACION if arriba else -SEPARACION)
    for lugar, texto in zip(lugares, textos, strict=True):
        ejes.text(lugar, int(arriba), texto, transform=al_lado, ha="center", va="bottom" if arriba else "top",
                  fontsize=cuerpo, color=GRIS)  # fmt: skip


def nombrar_ejes(ejes: Any, de_x: str, de_y: str, cifras_de_y: Iterable[str]) -> None:
    """Los nombres de los dos ejes, por fuera de los letreros de `columnas` y de `filas`."""
    cuerpo, comun = 10, {"fontsize": 10, "color": GRIS}
    ocupan = max(ancho(c, 10.5) for c in cifras_de_y)
    abajo, al_lado = corrido(0, -2 * SEPARACION - cuerpo), corrido(-2 * SEPARACION - ocupan, 0)
    ejes.text(0.5, 0, de_x, transform=ejes.transAxes + abajo, ha="center", va="top", **comun)
    ejes.text(0, 0.5, de_y, transform=ejes.transAxes + al_lado, ha="right", va="center", rotation=90, **comun)


def cifras(ejes: Any, lugares: Iterable[float], textos: Iterable[str]) -> None:
    """Las cifras a la derecha del área de dibujo, una por fila."""
    al_lado = ejes.get_yaxis_transform()
    for lugar, texto in zip(lugares, textos, strict=True):
        ejes.text(1.02, lugar, texto, va="center", fontweight="bold", transform=al_lado)


def rejilla(ejes: Any, *, en_x: Iterable[float] = (), en_y: Iterable[float] = ()) -> None:
    """Líneas tenues de lado a lado; se llama con los límites ya puestos."""
    (x0, x1), (y0, y1) = ejes.get_xlim(), ejes.get_ylim()
    tramos = [((x, y0), (x, y1)) for x in en_x] + [((x0, y), (x1, y)) for y in en_y]
    rayas(ejes, tramos, REJILLA, 0.7, BAJO_TODO)


def marcas_redondas(
    entre: Punto, tramos: int, pasos: Sequence[float] | None = (1, 2, 2.5, 5, 10)
) -> list[float]:
    """Los valores redondos que hay entre dos, a lo sumo uno más que `tramos`; `pasos`: cada cuánto van."""
    from matplotlib.ticker import MaxNLocator

    desde, hasta = entre
    lugares = MaxNLocator(nbins=tramos, steps=pasos).tick_values(desde, hasta)
    return [float(v) for v in lugares if desde <= v <= hasta]


def porcentajes_de_marcas(marcas: Sequence[float]) -> list[str]:
    """Las cifras de un eje, todas con un decimal si alguna lo necesita.

    >>> porcentajes_de_marcas([0.1, 0.125]), porcentajes_de_marcas([0.1, 0.2])
    (['10,0 %', '12,5 %'], ['10 %', '20 %'])
    """
    enteras = all(round(100 * v, 4).is_integer() for v in marcas)
    return [porcentaje(round(v, 6), 0 if enteras else 1) for v in marcas]


def limites(ejes: Any, x: Punto, y: Punto) -> None:
    """Lo que cabe en el área de dibujo, en las unidades de los datos."""
    ejes.set_xlim(*x)
    ejes.set_ylim(*y)


def filas_sueltas(filas: int) -> Punto:
    """Los límites de las filas cuando no hay eje abajo: con un poco de aire en las dos puntas."""
    aire = 0.28 + 0.05 * filas
    return -aire, filas - 1 + aire
