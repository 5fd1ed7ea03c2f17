"""La figura de un informe: mensaje, subtítulo, texto alternativo, datos y dibujo. No importa matplotlib."""

from __future__ import annotations

import base64
import html
from dataclasses import dataclass

import pandas as pd

from pipeline.errores import ErrorInforme
from pipeline.formato_es import sin_partir
from pipeline.hipertexto import pie_de_traza, recortar_palabras


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Figura:
    """Figura publicable; levanta ErrorInforme si le falta cualquiera de sus partes.

    `titular` es el mensaje calculado de los datos; `subtitulo`, la medida, el lugar y el corte; `alt` dice el
    hallazgo con sus números; `datos` son las cifras ya escritas como se leen, que van en una tabla al lado.
    `traza` es la sección del anexo de trazas que las explica; solo se enlaza si el informe lo lleva.
    """

    titular: str
    subtitulo: str
    alt: str
    datos: pd.DataFrame
    svg: bytes
    fuente: str = ""
    traza: str = ""

    def __post_init__(self) -> None:
        vacios = [n for n in ("titular", "subtitulo", "alt") if not getattr(self, n).strip()]
        vacios += [n for n in ("datos", "svg") if not len(getattr(self, n))]
        if vacios:
            raise ErrorInforme(f"una figura no puede publicarse sin {', '.join(vacios)}")

    def _repr_html_(self) -> str:
        dibujo = base64.b64encode(self.svg).decode("ascii")
        fuente = f'<p class="fuente">{_texto(self.fuente)}</p>' if self.fuente else ""
        fuente += pie_de_traza(self.traza) if self.traza else ""
        return (
            f'<figure><figcaption><span class="titulo-figura">{_texto(self.titular)}</span>'
            f'<span class="subtitulo">{_texto(self.subtitulo)}</span></figcaption>'
            f'<div class="lienzo" role="group" tabindex="0" aria-label="Figura: {_texto(self.titular)}">'
            f'<img src="data:image/svg+xml;base64,{dibujo}" alt="{_texto(self.alt)}"></div>'
            f"{fuente}{self._tabla_de_datos()}</figure>"
        )

    def _tabla_de_datos(self) -> str:
        columnas = [str(c) for c in self.datos.columns]
        encabezado = "".join(f'<th scope="col">{_texto(c)}</th>' for c in columnas)
        filas = "".join(
            f'<tr><th scope="row">{_texto(fila[0])}</th>'
            + "".join(f"<td>{_texto(v)}</td>" for v in fila[1:])
            + "</tr>"
            for fila in self.datos.itertuples(index=False, name=None)
        )
        return (
            "<!--solo-html--><details><summary>Ver los datos de la figura</summary>"
            '<div class="desplazable" role="region" tabindex="0" '
            f'aria-label="Datos de la figura: {_texto(self.titular)}">'
            f"<table><caption>{_texto(self.subtitulo)}</caption><thead><tr>{encabezado}</tr></thead>"
            f"<tbody>{filas}</tbody></table></div></details><!--/solo-html-->"
        )

    def __repr__(self) -> str:
        return f"Figura «{self.titular}»"


def _texto(valor: object) -> str:
    return html.escape(sin_partir(recortar_palabras(str(valor))))
