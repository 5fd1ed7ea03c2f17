"""Las hojas que se agregan al libro («Correcciones» y «Seguimiento a correcciones»), escritas como XML."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import quoteattr

import pandas as pd

from pipeline.devolucion.celdas import letras_de_columna, lugar_de
from pipeline.devolucion.empalme import texto_seguro
from pipeline.devolucion.estilos import HojaDeEstilos
from pipeline.devolucion.paquete import ENCABEZADO

PRINCIPAL = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
AZUL, TINTA = "1F3A5F", "1F1F1F"
ALTO_DE_RENGLON = 13.5
ENLACES_MAXIMOS = 60_000  # Excel no admite más de 65.530 por hoja
CELDA_DE_ENLACE = 3  # posición de la columna «Celda» en las dos hojas
PRIMERA_FILA_DE_TABLA = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Tablero:
    """Contenido de una hoja que se agrega: título, renglones de presentación y tabla con enlaces."""

    hoja: str
    titulo: str
    renglones: tuple[str, ...]
    columnas: tuple[Mapping[str, Any], ...]
    filas: tuple[Mapping[str, Any], ...]
    fondos: Mapping[str, str]  # palabra → RRGGBB
    vacio: str


def armar_tablero(
    textos: Mapping[str, Any], clases: Mapping[str, Any], tabla: pd.DataFrame, renglones: Sequence[str]
) -> Tablero:
    """El tablero de una tabla que ya trae `numero`, `palabra` y `lugar`; los textos salen del YAML."""
    return Tablero(
        hoja=textos["hoja"],
        titulo=textos["titulo"],
        renglones=(*renglones, textos["guia"]),
        columnas=tuple(textos["columnas"]),
        filas=tuple({str(k): v for k, v in fila.items()} for fila in tabla.to_dict("records")),
        fondos={clase["palabra"]: clase["fondo"] for clase in clases.values()},
        vacio=textos["vacio"],
    )


def escribir_tablero(
    tablero: Tablero, estilos: HojaDeEstilos, hojas: Sequence[str], *, activa: bool
) -> bytes:
    """XML de la hoja. Todo texto va como texto en línea: nada de lo que diga se ejecuta.

    `hojas` son las del libro: solo se enlaza a las que existen.
    """
    fila_encabezado = max(PRIMERA_FILA_DE_TABLA, len(tablero.renglones) + 3)
    filas = [_fila(1, [(0, tablero.titulo, _titulo(estilos))], 24)]
    presentacion = estilos.propio(letra='<sz val="10"/>' + _tinta())
    filas += [_fila(n, [(0, r, presentacion)], 15) for n, r in enumerate(tablero.renglones, start=2)]
    encabezado = estilos.propio(
        letra='<b/><sz val="10"/><color rgb="FFFFFFFF"/>', fondo=AZUL, borde=True, alineacion='wrapText="1"'
    )
    titulos = [(i, c["titulo"], encabezado) for i, c in enumerate(tablero.columnas)]
    filas.append(_fila(fila_encabezado, titulos, 18))
    if not tablero.filas:
        filas.append(_fila(fila_encabezado + 1, [(0, tablero.vacio, presentacion)], 15))
    enlaces: list[str] = []
    for numero, registro in enumerate(tablero.filas, start=fila_encabezado + 1):
        destino = _destino(registro, hojas) if len(enlaces) < ENLACES_MAXIMOS else ""
        filas.append(_fila_de_tabla(numero, tablero, registro, estilos, con_enlace=bool(destino)))
        if destino:
            referencia = f"{letras_de_columna(CELDA_DE_ENLACE + 1)}{numero}"
            enlaces.append(
                f'<hyperlink ref="{referencia}" location={quoteattr(destino)} tooltip="Ir a la celda"/>'
            )
    return _hoja(tablero, "".join(filas), "".join(enlaces), fila_encabezado, activa=activa)


def _hoja(tablero: Tablero, filas: str, enlaces: str, encabezado: int, *, activa: bool) -> bytes:
    anchos = "".join(
        f'<col min="{n}" max="{n}" width="{c["ancho"]}" customWidth="1"/>'
        for n, c in enumerate(tablero.columnas, start=1)
    )
    vista = ' tabSelected="1"' if activa else ""
    primera = f"A{encabezado + 1}"
    partes = (
        f'<worksheet xmlns="{PRINCIPAL}">',
        '<sheetPr><tabColor rgb="FF801650"/><pageSetUpPr fitToPage="1"/></sheetPr>',
        f'<sheetViews><sheetView showGridLines="0"{vista} workbookViewId="0">',
        f'<pane ySplit="{encabezado}" topLeftCell="{primera}" activePane="bottomLeft" state="frozen"/>',
        f'<selection pane="bottomLeft" activeCell="{primera}" sqref="{primera}"/></sheetView></sheetViews>',
        f'<sheetFormatPr defaultRowHeight="15"/><cols>{anchos}</cols><sheetData>{filas}</sheetData>',
        f"<hyperlinks>{enlaces}</hyperlinks>" if enlaces else "",
        '<pageMargins left="0.4" right="0.4" top="0.5" bottom="0.5" header="0.3" footer="0.3"/>',
        '<pageSetup paperSize="5" orientation="landscape" fitToHeight="0"/></worksheet>',
    )
    return ENCABEZADO + "".join(partes).encode()


def _fila_de_tabla(
    numero: int, tablero: Tablero, registro: Mapping[str, Any], estilos: HojaDeEstilos, *, con_enlace: bool
) -> str:
    celdas: list[tuple[int, Any, int]] = []
    renglones = 1
    for indice, columna in enumerate(tablero.columnas):
        valor = registro.get(columna["campo"])
        vacio = valor is None or (not isinstance(valor, str) and bool(pd.isna(valor)))
        texto = "" if vacio else valor
        celdas.append((indice, texto, _estilo_de(indice, columna, texto, tablero, estilos, con_enlace)))
        renglones = max(renglones, _renglones(str(texto), columna["ancho"]))
    return _fila(numero, celdas, min(409.0, 4 + ALTO_DE_RENGLON * renglones))


def _renglones(texto: str, ancho: float) -> int:
    return sum(max(1, math.ceil(len(parte) / max(1.0, ancho - 1))) for parte in texto.split("\n"))


def _estilo_de(
    indice: int,
    columna: Mapping[str, Any],
    valor: Any,
    tablero: Tablero,
    estilos: HojaDeEstilos,
    con_enlace: bool,
) -> int:
    if indice == CELDA_DE_ENLACE and con_enlace:
        letra = '<u/><sz val="10"/><color rgb="FF0B4F8A"/>'
        return estilos.propio(letra=letra, borde=True, alineacion='wrapText="1"')
    if columna["campo"] == "palabra":
        fondo = tablero.fondos.get(str(valor), "")
        return estilos.propio(
            letra='<b/><sz val="10"/>' + _tinta(), fondo=fondo, borde=True, alineacion='wrapText="1"'
        )
    return estilos.propio(letra='<sz val="10"/>' + _tinta(), borde=True, alineacion='wrapText="1"')


def _titulo(estilos: HojaDeEstilos) -> int:
    return estilos.propio(letra=f'<b/><sz val="16"/><color rgb="FF{AZUL}"/>')


def _tinta() -> str:
    return f'<color rgb="FF{TINTA}"/>'


def _fila(numero: int, celdas: Sequence[tuple[int, Any, int]], alto: float) -> str:
    escritas = "".join(
        _celda(f"{letras_de_columna(i + 1)}{numero}", valor, estilo) for i, valor, estilo in celdas
    )
    return f'<row r="{numero}" ht="{alto:g}" customHeight="1">{escritas}</row>'


def _celda(referencia: str, valor: Any, estilo: int) -> str:
    if isinstance(valor, int):
        return f'<c r="{referencia}" s="{estilo}"><v>{valor}</v></c>'
    if valor == "":
        return f'<c r="{referencia}" s="{estilo}"/>'
    texto = f'<t xml:space="preserve">{texto_seguro(valor)}</t>'
    return f'<c r="{referencia}" s="{estilo}" t="inlineStr"><is>{texto}</is></c>'


def _destino(registro: Mapping[str, Any], hojas: Sequence[str]) -> str:
    """Dirección dentro del libro de lo que hay que corregir; vacía si su hoja no está."""
    hoja, celda, fila = registro.get("hoja"), registro.get("celda"), registro.get("fila")
    if not isinstance(hoja, str) or hoja not in hojas:
        return ""
    if not (isinstance(celda, str) and lugar_de(celda)):
        celda = "A1" if fila is None or pd.isna(fila) else f"A{int(fila)}"
    return "'" + hoja.replace("'", "''") + f"'!{celda}"
