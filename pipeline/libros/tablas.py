"""Libros de Excel de salida: una tabla por hoja y una hoja «Notas» que dice qué es cada columna. No calcula.

Todo lo que llega se escribe como dato: ningún texto se vuelve fórmula ni enlace. Los mismos datos dan los
mismos bytes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from io import BytesIO
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline.archivos import escribir, parece_formula
from pipeline.formato_es import numero
from pipeline.libros.columnas import Columna, columnas_de, en_palabras

NOTAS, CONTROL = "Notas", "_control"
AZUL, AZUL_CLARO, BORDE, TINTA = "#1F3A5F", "#E8EEF6", "#BFBFBF", "#1A1A1A"
NUMERICAS = ("entero", "anio", "numero", "dinero", "razon")
FORMATOS = {
    "entero": "#,##0",
    "anio": "0",
    "numero": "#,##0.00",
    "dinero": "[$$-240A] #,##0",  # 240A: español de Colombia
    "razon": "0.0%",
    "codigo": "@",
}
MAXIMO_DE_LETRAS = 32_000  # Excel admite 32.767 por celda
ANCHO_MINIMO, ANCHO_MAXIMO, ANCHO_DE_PAGINA = 9, 42, 250
PALABRA_ENTERA = 14  # letras que una palabra puede pedir sin partirse entre renglones
ALTO_DE_RENGLON, ALTO_MAXIMO = 13.2, 400.0
PAPEL_OFICIO = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Hoja:
    """Una tabla del libro. `totales` son campos de dinero o cantidades que llevan suma al pie.

    `renglones` va encima del encabezado (el primero, como título); sin ellos, el encabezado es la fila 1.
    """

    nombre: str
    datos: pd.DataFrame
    columnas: Sequence[Columna]
    renglones: Sequence[str] = ()
    totales: Sequence[str] = ()
    fijas: int = 1  # columnas que siguen a la vista al desplazarse
    editables: Sequence[str] = ()  # con fondo claro: las llena una persona
    listas: Mapping[str, Sequence[str]] = field(default_factory=dict)  # valores que admite cada editable


def libro_de_tablas(
    destino: Path,
    tablas: Mapping[str, pd.DataFrame],
    esquemas: Mapping[str, str],
    *,
    titulo: str,
    fecha: date,
    columnas: Mapping[str, Sequence[str]] | None = None,
    totales: Mapping[str, Sequence[str]] | None = None,
    notas: Sequence[str] = (),
) -> Path:
    """Ruta del libro con una hoja por tabla (`hoja → tabla de datos`), titulada y formateada por su esquema.

    Args:
        destino: archivo .xlsx; se escribe completo o no se escribe.
        tablas: nombre de hoja → datos, en el orden en que van.
        esquemas: nombre de hoja → nombre del esquema de sus columnas.
        titulo: del libro; va en las propiedades, en la impresión y en las notas.
        fecha: la que llevan las propiedades (la del corte): el reloj cambiaría los bytes.
        columnas: nombre de hoja → campos que se muestran, en orden; si no se dice, todas las del esquema.
        totales: nombre de hoja → campos con suma al pie.
        notas: renglones de la hoja «Notas» antes del significado de las columnas.

    Levanta ErrorSeguimiento si una hoja pide un campo que su esquema no tiene y ErrorEntorno si no se
    puede escribir.
    """
    elegidas, sumadas = columnas or {}, totales or {}
    hojas = [
        Hoja(
            nombre=nombre,
            datos=datos,
            columnas=columnas_de(esquemas[nombre], elegidas.get(nombre)),
            totales=sumadas.get(nombre, ()),
        )
        for nombre, datos in tablas.items()
    ]
    return escribir_libro(destino, hojas, titulo=titulo, fecha=fecha, notas=notas)


def escribir_libro(
    destino: Path,
    hojas: Sequence[Hoja],
    *,
    titulo: str,
    fecha: date,
    notas: Sequence[str] = (),
    control: Mapping[str, str] | None = None,
) -> Path:
    """Ruta del libro con esas hojas y la de notas al final. Ver `libro_de_tablas`.

    Encabezado fijo, autofiltro, formatos de Colombia e impresión horizontal con el encabezado repetido.
    `control` va en una hoja oculta, para reconocer el libro cuando vuelva diligenciado.
    """
    salida, libro, formatos = abrir_libro(titulo, fecha)
    usados: list[str] = []
    for hoja in hojas:
        usados.append(nombre_de_hoja(hoja.nombre, usados))
        _escribir_hoja(libro.add_worksheet(usados[-1]), hoja, formatos, titulo)
    _escribir_notas(libro.add_worksheet(NOTAS), hojas, formatos, [titulo, *notas])
    return cerrar_libro(libro, salida, destino, control)


def abrir_libro(titulo: str, fecha: date) -> tuple[BytesIO, Any, Formatos]:
    """Un libro vacío en memoria, con fecha fija y sin fórmulas ni enlaces automáticos."""
    import xlsxwriter  # perezoso: la ayuda de la orden no debe pagar su importación

    salida = BytesIO()
    opciones = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    libro = xlsxwriter.Workbook(salida, opciones)
    creado = datetime.combine(fecha, time.min)
    libro.set_properties({"created": creado, "title": titulo, "author": "", "comments": ""})
    return salida, libro, Formatos(libro)


def cerrar_libro(
    libro: Any, salida: BytesIO, destino: Path, control: Mapping[str, str] | None = None
) -> Path:
    """Ruta del libro, escrito de una vez o nada, con su hoja de control si la lleva."""
    if control:
        hoja = libro.add_worksheet(CONTROL)
        for fila, par in enumerate(control.items()):
            hoja.write_row(fila, 0, par)
        hoja.very_hidden()
    libro.close()
    return escribir(destino, salida.getvalue())


class Formatos:
    """Formatos de celda del libro, cada uno creado una sola vez."""

    def __init__(self, libro: Any) -> None:
        self._libro = libro
        self._creados: dict[tuple[tuple[str, Any], ...], Any] = {}

    def __call__(self, **opciones: Any) -> Any:
        """Formato de xlsxwriter con esas opciones sobre la letra de los libros."""
        clave = tuple(sorted(opciones.items()))
        if clave not in self._creados:
            base = {"font_name": "Calibri", "font_size": 10, "font_color": TINTA}
            self._creados[clave] = self._libro.add_format(base | opciones)
        return self._creados[clave]


def _escribir_hoja(hoja: Any, contenido: Hoja, formatos: Formatos, titulo: str) -> None:
    inicio = len(contenido.renglones) + (1 if contenido.renglones else 0)
    _escribir_renglones(hoja, contenido.renglones, formatos)
    rotulo = formatos(
        bold=True, font_color="white", bg_color=AZUL, border=1, border_color=BORDE, text_wrap=True,
        align="center", valign="vcenter",
    )  # fmt: skip
    hoja.set_row(inicio, 34)
    columnas = [_con_ancho(c, contenido.datos) for c in contenido.columnas]
    for fila, alto in enumerate(_altos(columnas, contenido.datos), start=inicio + 1):
        hoja.set_row(fila, alto)
    for indice, columna in enumerate(columnas):
        hoja.write_string(inicio, indice, columna.titulo, rotulo)
        hoja.set_column(indice, indice, columna.ancho)
        _escribir_columna(hoja, inicio, indice, columna, contenido, formatos)
    n_filas = len(contenido.datos)
    if n_filas == 0:
        hoja.write_string(inicio + 1, 0, "Sin filas en este corte.", formatos(italic=True))
    ultima = inicio + n_filas
    hoja.freeze_panes(inicio + 1, contenido.fijas)
    hoja.autofilter(inicio, 0, max(ultima, inicio), len(contenido.columnas) - 1)
    for campo, admitidos in contenido.listas.items():
        indice = [c.campo for c in columnas].index(campo)
        opciones = {"validate": "list", "source": list(admitidos)}
        hoja.data_validation(inicio + 1, indice, max(ultima, inicio + 1), indice, opciones)
    if contenido.totales and n_filas:
        _escribir_totales(hoja, contenido, inicio, ultima, formatos)
    anchos = sum(columna.ancho or 0 for columna in columnas)
    _preparar_impresion(hoja, contenido, inicio, titulo, paginas=1 + int(anchos // ANCHO_DE_PAGINA))


def _escribir_renglones(hoja: Any, renglones: Sequence[str], formatos: Formatos) -> None:
    for fila, texto in enumerate(renglones):
        estilo = {"bold": True, "font_size": 14, "font_color": AZUL} if fila == 0 else {"font_color": TINTA}
        hoja.write_string(fila, 0, texto, formatos(**estilo))
    if renglones:
        hoja.set_row(0, 22)


def _escribir_columna(
    hoja: Any, inicio: int, indice: int, columna: Columna, contenido: Hoja, formatos: Formatos
) -> None:
    valores = contenido.datos[columna.campo].tolist()
    propio: dict[str, Any] = {"valign": "top", "border": 1, "border_color": BORDE}
    if columna.campo in contenido.editables:
        propio["bg_color"] = AZUL_CLARO
    if columna.clase in FORMATOS:
        propio["num_format"] = FORMATOS[columna.clase]
    texto = propio | {"text_wrap": True, "align": "left", "indent": 1}
    comun, prefijado = formatos(**texto), formatos(**texto, quote_prefix=True)
    cifra = formatos(**propio)
    entera = formatos(**propio | {"num_format": FORMATOS["entero"]}) if columna.clase == "numero" else cifra
    for fila, valor in enumerate(valores, start=inicio + 1):
        if _falta(valor):
            hoja.write_blank(fila, indice, None, comun)
        elif columna.clase in NUMERICAS and not isinstance(valor, str):
            hoja.write_number(fila, indice, float(valor), entera if float(valor).is_integer() else cifra)
        else:
            escrito = en_palabras(str(valor)) if columna.clase == "lista" else _texto(valor)
            # El prefijo de comilla impide que Excel lo vuelva fórmula si alguien edita la celda.
            hoja.write_string(fila, indice, escrito, prefijado if parece_formula(escrito) else comun)


def _escribir_totales(hoja: Any, contenido: Hoja, inicio: int, ultima: int, formatos: Formatos) -> None:
    from xlsxwriter.utility import xl_range

    for indice, columna in enumerate(contenido.columnas):
        propio = {
            "bold": True,
            "bg_color": AZUL_CLARO,
            "top": 2,
            "num_format": FORMATOS.get(columna.clase, "@"),
        }
        formato = formatos(**propio)
        if columna.campo in contenido.totales:
            suma = float(contenido.datos[columna.campo].sum(skipna=True))
            rango = xl_range(inicio + 1, indice, ultima, indice)
            hoja.write_formula(ultima + 1, indice, f"=SUBTOTAL(109,{rango})", formato, suma)
        else:
            hoja.write_string(ultima + 1, indice, "Total" if indice == 0 else "", formato)


def _preparar_impresion(hoja: Any, contenido: Hoja, inicio: int, titulo: str, *, paginas: int) -> None:
    hoja.set_landscape()
    hoja.set_paper(PAPEL_OFICIO)
    hoja.set_margins(left=0.4, right=0.4, top=0.7, bottom=0.6)
    hoja.fit_to_pages(paginas, 0)
    hoja.repeat_rows(inicio)
    hoja.repeat_columns(0, max(contenido.fijas - 1, 0))
    hoja.set_header(f"&L&8{_sin_codigos(titulo)}&R&8&A")
    hoja.set_footer("&R&8Página &P de &N")
    hoja.hide_gridlines(2)


def _escribir_notas(hoja: Any, hojas: Sequence[Hoja], formatos: Formatos, renglones: Sequence[str]) -> None:
    _escribir_renglones(hoja, renglones, formatos)
    rotulo = formatos(bold=True, font_color="white", bg_color=AZUL, border=1, border_color=BORDE)
    celda = formatos(text_wrap=True, valign="top", border=1, border_color=BORDE)
    inicio = len(renglones) + 1
    for indice, (texto, ancho) in enumerate((("Hoja", 26), ("Columna", 34), ("Qué significa", 90))):
        hoja.set_column(indice, indice, ancho)
        hoja.write_string(inicio, indice, texto, rotulo)
    fila = inicio
    for contenido in hojas:
        for columna in contenido.columnas:
            fila += 1
            hoja.set_row(fila, ALTO_DE_RENGLON * renglones_de(columna.significado, 90) + 3)
            for indice, texto in enumerate((contenido.nombre, columna.titulo, columna.significado)):
                hoja.write_string(fila, indice, texto, celda)
    hoja.freeze_panes(inicio + 1, 0)
    hoja.set_landscape()
    hoja.set_paper(PAPEL_OFICIO)
    hoja.fit_to_pages(1, 0)
    hoja.repeat_rows(inicio)
    hoja.hide_gridlines(2)


def _con_ancho(columna: Columna, datos: pd.DataFrame) -> Columna:
    return replace(columna, ancho=columna.ancho or _ancho(columna, datos[columna.campo].tolist()))


def _altos(columnas: Sequence[Columna], datos: pd.DataFrame) -> list[float]:
    """Alto de cada fila, para que su texto más largo quepa partido en renglones."""
    renglones = [1] * len(datos)
    for columna in columnas:
        if columna.clase in NUMERICAS:
            continue
        for fila, valor in enumerate(datos[columna.campo].tolist()):
            if not _falta(valor):
                renglones[fila] = max(
                    renglones[fila], renglones_de(_texto(valor), columna.ancho or ANCHO_MAXIMO)
                )
    return [min(ALTO_DE_RENGLON * n + 3, ALTO_MAXIMO) for n in renglones]


def renglones_de(texto: str, ancho: float) -> int:
    """Renglones en que se parte un texto en una columna de ese ancho en letras."""
    return sum(1 + int(len(parte) * 1.03 // ancho) for parte in texto.split("\n"))


def _ancho(columna: Columna, valores: Sequence[Any]) -> float:
    """Ancho en que cabe casi todo el contenido; lo más largo se parte en renglones."""
    palabra = max(map(len, columna.titulo.split()), default=0) + 3
    if columna.clase in NUMERICAS:
        mayor = max((abs(float(v)) for v in valores if not _falta(v) and not isinstance(v, str)), default=0.0)
        return float(max(palabra, ANCHO_MINIMO, len(numero(mayor, 0)) + 5))
    textos = [_texto(v) for v in valores if not _falta(v)]
    largos = sorted(map(len, textos))
    entera = max((len(p) for t in set(textos) for p in t.split()), default=0)
    palabra = max(palabra, min(entera, PALABRA_ENTERA) + 3)
    usual = largos[int(len(largos) * 0.9) - (len(largos) == 1)] if largos else 0
    return float(min(max(palabra, usual * 1.1 + 2, ANCHO_MINIMO), ANCHO_MAXIMO))


def _texto(valor: Any) -> str:
    if isinstance(valor, bool):
        return "Sí" if valor else "No"
    texto = str(valor)
    sobrante = len(texto) - MAXIMO_DE_LETRAS
    return texto if sobrante <= 0 else f"{texto[:MAXIMO_DE_LETRAS]}… [{numero(sobrante, 0)} caracteres más]"


def _falta(valor: Any) -> bool:
    return valor is None or bool(pd.isna(valor)) or valor == ""


def nombre_de_hoja(nombre: str, usados: Sequence[str]) -> str:
    """Nombre que Excel admite: sin signos prohibidos, de 31 letras y sin repetir."""
    limpio = re.sub(r"[\[\]:*?/\\]", "-", nombre).strip("'") or "Hoja"
    candidatos = [limpio[:31], *(f"{limpio[:27]} ({n})" for n in range(2, 100))]
    ocupados = {u.casefold() for u in (*usados, NOTAS, CONTROL)}
    return next(c for c in candidatos if c.casefold() not in ocupados)


def _sin_codigos(texto: str) -> str:
    return texto.replace("&", "&&")[:200]
