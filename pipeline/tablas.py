"""Tablas accesibles en HTML: título, encabezados con alcance, números es-CO y faltantes explicados. No calcula."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from pipeline.errores import ErrorInforme
from pipeline.formato_es import SIN_DATO, millones, numero, pesos, porcentaje

RECURSOS = Path(__file__).parent / "recursos"
MAXIMO_DE_LETRAS = 400  # un texto más largo se corta a la vista, diciendo cuánto falta
INVISIBLES = {"Cc", "Cf", "Cs", "Co"}  # controles, marcas de dirección: se ven como �, no actúan
NUMERICOS = {"entero", "numero", "porcentaje", "pesos", "millones"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Columna:
    """Una columna que se muestra.

    `formato`: texto, largo, codigo, huella, entero, numero, porcentaje, pesos, millones, semaforo o marca.
    `motivo`: por qué puede faltar el dato; sale en la nota de la tabla si de verdad falta.
    """

    campo: str
    titulo: str
    formato: str = "texto"
    motivo: str = ""
    clase: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tabla:
    """Una tabla lista para un cuaderno; su HTML ya viene escapado."""

    titulo: str
    filas: int
    html: str

    def _repr_html_(self) -> str:
        return self.html

    def __repr__(self) -> str:
        return f"Tabla «{self.titulo}» ({self.filas} filas)"


def tabla(
    datos: pd.DataFrame,
    columnas: Sequence[Columna],
    *,
    titulo: str,
    nota: str = "",
    vacia: str = "No hay filas que mostrar.",
    clase: str = "",
    maximo: int | None = None,
    total: str | None = None,
) -> Tabla:
    """Tabla de `datos` con las `columnas` en orden; la primera encabeza cada fila.

    `maximo` limita las filas y dice cuántas faltan; `total` es el valor de la primera columna que marca la
    fila de total; `clase` admite «apaisada», «matriz», «solo-html» y «solo-pdf». Sin filas sale `vacia`.

    Levanta ErrorInforme si el título está vacío o falta una columna en los datos.

    >>> t = tabla(pd.DataFrame({"n": ["a <b>"], "x": [0.4125]}),
    ...           [Columna(campo="n", titulo="Nombre"), Columna(campo="x", titulo="Avance", formato="porcentaje")],
    ...           titulo="Prueba")
    >>> "41,3 %" in t.html and "a &lt;b&gt;" in t.html
    True
    """
    ausentes = [c.campo for c in columnas if c.campo not in datos.columns]
    if not titulo.strip() or ausentes:
        raise ErrorInforme(f"la tabla «{titulo}» no tiene título o le faltan columnas: {', '.join(ausentes)}")
    if datos.empty:
        texto = f'<p class="vacio {clase}">{html.escape(vacia)}</p>'
        return Tabla(titulo=titulo, filas=0, html=texto)
    visibles = datos if maximo is None else datos.head(maximo)
    notas = [nota, _nota_de_faltantes(visibles, columnas), _nota_de_corte(len(datos), len(visibles))]
    identificador = _identificador(titulo, clase)
    cuerpo = "\n".join(_filas(visibles, columnas, total))
    pie = "".join(f'<p class="nota">{html.escape(n)}</p>' for n in notas if n)
    encabezado = "".join(_celda_de_encabezado(c) for c in columnas)
    return Tabla(
        titulo=titulo,
        filas=len(visibles),
        html=(
            f'<div class="tabla {clase}"><div class="desplazable" role="region" tabindex="0" '
            f'aria-labelledby="{identificador}"><table><caption id="{identificador}">{html.escape(titulo)}</caption>'
            f"<thead><tr>{encabezado}</tr></thead>\n<tbody>\n{cuerpo}\n</tbody></table></div>{pie}</div>"
        ),
    )


def tabla_del_informe(nombre: str, datos: pd.DataFrame) -> Tabla:
    """La tabla que `recursos/tablas.yml` describe con ese nombre (título, columnas, notas) sobre `datos`.

    Levanta ErrorInforme si el nombre no está.
    """
    descripcion = dict(_descripciones().get(nombre) or {})
    if not descripcion:
        raise ErrorInforme(f"recursos/tablas.yml no describe la tabla «{nombre}»")
    columnas = [Columna(**c) for c in descripcion.pop("columnas")]
    return tabla(datos, columnas, **descripcion)


@cache
def _descripciones() -> dict[str, Any]:
    return dict(yaml.safe_load((RECURSOS / "tablas.yml").read_text(encoding="utf-8")))


@cache
def _semaforos() -> dict[str, dict[str, str]]:
    return dict(yaml.safe_load((RECURSOS / "semaforo.yml").read_text(encoding="utf-8")))


def _celda_de_encabezado(columna: Columna) -> str:
    clase = ' class="num"' if columna.formato in NUMERICOS else ""
    return f'<th scope="col"{clase}>{html.escape(columna.titulo)}</th>'


def _filas(datos: pd.DataFrame, columnas: Sequence[Columna], total: str | None) -> list[str]:
    filas = []
    for valores in datos[[c.campo for c in columnas]].itertuples(index=False, name=None):
        celdas = [
            _celda(valor, c, es_primera=i == 0)
            for i, (valor, c) in enumerate(zip(valores, columnas, strict=True))
        ]
        marca = ' class="total"' if total is not None and valores[0] == total else ""
        filas.append(f"<tr{marca}>{''.join(celdas)}</tr>")
    return filas


def _celda(valor: Any, columna: Columna, *, es_primera: bool) -> str:
    clases = " ".join(c for c in (_clase_de(columna.formato), columna.clase) if c)
    atributo = f' class="{clases}"' if clases else ""
    contenido = (
        f'<span class="falta">{SIN_DATO}</span>' if _falta(valor) else FORMATOS[columna.formato](valor)
    )
    return f'<th scope="row"{atributo}>{contenido}</th>' if es_primera else f"<td{atributo}>{contenido}</td>"


def _clase_de(formato: str) -> str:
    if formato in NUMERICOS:
        return "num"
    return {
        "codigo": "cod",
        "huella": "cod huella",
        "largo": "largo",
        "semaforo": "semaforo",
        "marca": "semaforo",
    }.get(formato, "")


def texto_seguro(valor: object) -> str:
    """Texto ajeno como texto: escapado, con los caracteres invisibles a la vista y aislado de la dirección.

    >>> texto_seguro("=1+1 <script>")
    '<bdi>=1+1 &lt;script&gt;</bdi>'
    """
    limpio = "".join(
        c if c in "\n\t" or unicodedata.category(c) not in INVISIBLES else "\ufffd" for c in str(valor)
    )
    sobrante = len(limpio) - MAXIMO_DE_LETRAS
    if sobrante > 0:
        limpio = f"{limpio[:MAXIMO_DE_LETRAS]}… [{numero(sobrante, 0)} caracteres más en el libro]"
    return f"<bdi>{html.escape(limpio)}</bdi>"


def _semaforo(valor: object) -> str:
    """Palabra, forma y color, en ese orden de importancia."""
    estado = _semaforos().get(str(valor))
    if estado is None:
        return texto_seguro(valor)
    dibujo = f'<svg viewBox="0 0 16 16" aria-hidden="true" focusable="false">{estado["forma"]}</svg>'
    return f"{dibujo}{html.escape(estado['palabra'])}"


FORMATOS: dict[str, Callable[[Any], str]] = {
    "texto": texto_seguro,
    "largo": texto_seguro,
    "codigo": texto_seguro,
    "huella": texto_seguro,
    "entero": lambda v: numero(float(v), 0),
    "numero": lambda v: numero(float(v)),
    "porcentaje": lambda v: porcentaje(float(v)),
    "pesos": lambda v: pesos(float(v)),
    "millones": lambda v: millones(float(v)),
    "semaforo": _semaforo,
    "marca": _semaforo,
}


def _falta(valor: Any) -> bool:
    return valor is None or valor is pd.NA or (isinstance(valor, float) and valor != valor) or valor == ""


def _nota_de_faltantes(datos: pd.DataFrame, columnas: Sequence[Columna]) -> str:
    con_faltantes = [c for c in columnas if datos[c.campo].map(_falta).any()]
    if not con_faltantes:
        return ""
    motivos = [f"{c.titulo}: {c.motivo}" for c in con_faltantes if c.motivo]
    return f"{SIN_DATO} = sin dato{'. ' if motivos else ''}{'; '.join(motivos)}."


def _nota_de_corte(todas: int, visibles: int) -> str:
    if todas == visibles:
        return ""
    return f"Se muestran {numero(visibles, 0)} de {numero(todas, 0)} filas."


def _identificador(titulo: str, clase: str) -> str:
    """Id estable a partir del título; dos tablas no pueden llamarse igual en un informe."""
    llano = unicodedata.normalize("NFKD", f"{titulo} {clase}").encode("ascii", "ignore").decode()
    return "tabla-" + re.sub(r"[^a-z0-9]+", "-", llano.lower()).strip("-")
