"""Texto hostil en cada columna de los libros: en cada archivo publicado sale como texto y no hace nada."""

from __future__ import annotations

import csv
import re
import zipfile
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from entidad_hostil import CODIGOS, EN_BLANCO_DE_CI, LIBRES, marca
from navegador import Navegador
from pypdf import PdfReader
from revision_pdf import faltas_del_pdf

pytestmark = pytest.mark.integracion

PUBLICADO = ("reports", "sitio", "plantillas", "documentos", "cargas")
SALTO_DE_DIRECCION = re.compile("[\u202a-\u202e\u2066-\u2069\u200e\u200f]")
FORMULA_HOSTIL = re.compile(r"<f[ >][^<]*(malo\.invalid|marca-|cmd\|)", re.IGNORECASE)
# Columnas que ningún informe muestra: se leen y se guardan, pero no se publican.
SIN_MOSTRAR = {
    *(marca("pa", f"nombre_nivel_{nivel}") for nivel in (1, 2, 3)),
    *(marca("pa", columna) for columna in ("subdependencia", "rubro")),
    marca("pi", "codigo_producto"),
    marca("poai", "observacion"),
}
DE_LOS_LIBROS = {
    marca(instrumento, columna)
    for columnas in (LIBRES, CODIGOS)
    for instrumento, suyas in columnas.items()
    for columna in suyas
} - SIN_MOSTRAR
# Salen en los CSV y los libros de datos, que llevan la tabla entera, y no en una página.
SOLO_EN_DATOS = {
    marca("poai", "nombre_meta"), marca("poai", "nombre_rubro"), marca("pa", "nombre_meta"),
    marca("pa", "responsable"), marca("pa", "autoevaluacion"), marca("plan", "nombre_producto"),
    marca("plan", "responsable"),
}  # fmt: skip
DE_OTROS = {marca("registro", "razon"), *(marca("ci", columna) for columna in EN_BLANCO_DE_CI)}


@pytest.fixture(scope="module")
def publicados(corridas_gemelas: tuple[Path, Path]) -> list[Path]:
    """Todo lo que la entidad hostil publicó, menos las copias intactas de los libros recibidos."""
    raiz = corridas_gemelas[0]
    return [
        archivo
        for carpeta in PUBLICADO
        for archivo in sorted((raiz / carpeta).rglob("*"))
        if archivo.is_file() and archivo.parent.name != "libros"
    ]


def _con(publicados: list[Path], sufijo: str) -> list[Path]:
    hallados = [archivo for archivo in publicados if archivo.suffix == sufijo]
    assert hallados
    return hallados


def _lo_activo(pagina: str) -> tuple[list[str], str]:
    """Etiquetas o atributos que harían algo, y todo el texto que se ve."""
    activos: list[str] = []
    textos: list[str] = []
    lector: Any = HTMLParser(convert_charrefs=True)
    dentro: list[str] = []

    def abrir(etiqueta: str, atributos: list[tuple[str, str | None]]) -> None:
        dentro.append(etiqueta)
        for nombre, valor in atributos:
            if nombre.startswith("on") or re.match(r"\s*(javascript|vbscript):", valor or "", re.IGNORECASE):
                activos.append(f"<{etiqueta} {nombre}>")
            if nombre in {"src", "href", "action"} and re.match(r"(?!#).*malo\.invalid", valor or ""):
                activos.append(f"<{etiqueta} {nombre}={valor}>")

    def leer(texto: str) -> None:
        if dentro and dentro[-1] == "script" and ("alert(1)" in texto or "marca-" in texto):
            activos.append(f"script: {texto[:60]}")
        elif not (dentro and dentro[-1] in {"script", "style"}):
            textos.append(texto)

    lector.handle_starttag = abrir
    lector.handle_endtag = lambda _: dentro.pop() if dentro else None
    lector.handle_data = leer
    lector.feed(pagina)
    return activos, "".join(textos)


def test_en_el_html_nada_se_ejecuta_y_cada_columna_se_lee(publicados: list[Path]) -> None:
    vistos: list[str] = []
    for archivo in _con(publicados, ".html"):
        pagina = archivo.read_text(encoding="utf-8")
        activos, texto = _lo_activo(pagina)
        assert activos == [], archivo
        assert SALTO_DE_DIRECCION.search(pagina) is None, archivo
        vistos.append(texto)
    todo = "\n".join(vistos)
    for escrito in (
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "{{7*7}}",
        "caracteres más",
    ):
        assert escrito in todo
    assert {m for m in DE_LOS_LIBROS | DE_OTROS if m not in todo} <= SOLO_EN_DATOS


def test_en_los_csv_ninguna_celda_empieza_como_formula(publicados: list[Path]) -> None:
    todo = []
    for archivo in _con(publicados, ".csv"):
        texto = archivo.read_text(encoding="utf-8-sig")
        todo.append(texto)
        for fila in csv.reader(texto.splitlines(keepends=True)):
            peligrosas = [c for c in fila if re.match(r"[=+@\t\r]|-(?![\d.]+(e-?\d+)?$)", c)]
            assert peligrosas == [], archivo
    junto = "".join(todo)
    assert "'=HYPERLINK(" in junto
    assert "'@SUM(" in junto
    assert {m for m in SOLO_EN_DATOS if m not in junto} == set()


def _partes(archivo: Path) -> Iterator[tuple[str, str]]:
    with zipfile.ZipFile(archivo) as libro:
        for nombre in libro.namelist():
            assert not re.search(r"vba|externalLink|embeddings|activeX", nombre), (archivo, nombre)
            yield nombre, libro.read(nombre).decode("utf-8", "replace")


def test_en_los_libros_de_excel_no_hay_formulas_ni_hipervinculos_ajenos(publicados: list[Path]) -> None:
    con_formula_escrita = 0
    for archivo in _con(publicados, ".xlsx"):
        for nombre, parte in _partes(archivo):
            assert FORMULA_HOSTIL.search(parte) is None, (archivo, nombre)
            assert not (nombre.endswith(".rels") and 'TargetMode="External"' in parte), (archivo, nombre)
            con_formula_escrita += "=HYPERLINK(" in parte
    assert con_formula_escrita > 3  # como texto sí está


def test_en_los_documentos_no_hay_campos_ni_hipervinculos_ni_se_calcula_una_plantilla(
    publicados: list[Path],
) -> None:
    todo = []
    for archivo in _con(publicados, ".docx"):
        for nombre, parte in _partes(archivo):
            assert not (nombre.endswith(".rels") and 'TargetMode="External"' in parte), (archivo, nombre)
            assert not re.search(r"<w:(instrText|fldSimple)[^>]*>[^<]*(HYPERLINK|marca-)", parte), archivo
            todo.append(parte)
    junto = "".join(todo)
    assert marca("enlaces", "cargo") in junto
    assert "{{7*7}}" in junto
    assert "&lt;script&gt;alert(1)" in junto


def test_los_pdf_muestran_el_texto_no_llevan_a_ninguna_parte_y_son_accesibles(publicados: list[Path]) -> None:
    """Aquí se revisa también el cierre de la vigencia, que la demostración del tercer trimestre no trae."""
    informes = [a for a in _con(publicados, ".pdf") if "sitio" not in a.parts]
    assert any(a.parent.name == "10_cierre_vigencia" for a in informes)
    # Un código de 10.000 letras angosta sus vecinas: puede entrar en el margen, nunca salirse de la hoja.
    assert {f"{a.parent.name}/{a.name}": f for a in informes if (f := faltas_del_pdf(a, margen=14))} == {}
    (de_alertas,) = [a for a in informes if a.parent.name == "07_alertas"]
    texto = "".join(pagina.extract_text() for pagina in PdfReader(de_alertas).pages)
    sin_espacios = re.sub(r"\s", "", texto)
    for escrito in (
        "<script>alert(1)</script>",
        "onerror=alert(1)",
        "{{7*7}}",
        '=HYPERLINK("http://malo.invalid"',
    ):
        assert escrito in sin_espacios


def test_en_el_navegador_las_paginas_hostiles_no_piden_nada_y_caben_en_un_telefono(
    navegador: Navegador, publicados: list[Path]
) -> None:
    """Todos los informes, con palabras de 10.000 letras; el de cierre, además, con axe-core y el teclado."""
    informes = [a for a in _con(publicados, ".html") if "informes" not in a.parts]
    assert {"10_cierre_vigencia", "correcciones", "plan_de_accion"} <= {
        parte for a in informes for parte in a.parts
    }
    for pagina in informes:
        del_cierre = pagina.parent.name == "10_cierre_vigencia"  # los demás se recorren con la demostración
        visita = navegador.visitar(
            pagina,
            "document.documentElement.scrollWidth - innerWidth",
            en_telefono=True,
            con_uso=del_cierre,
        )
        assert visita.consola == [], pagina
        assert [u for u in visita.peticiones if not u.startswith("data:")] == [pagina.resolve().as_uri()]
        assert max(visita.valor, visita.angosto) <= 0, pagina
        assert visita.faltas == [], pagina
