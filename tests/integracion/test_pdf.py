"""Los PDF publicados: accesibles, numerados y sin nada cortado."""

from __future__ import annotations

from pathlib import Path

import pytest
from pypdf import PageObject, PdfReader
from pypdf.generic import DictionaryObject

pytestmark = pytest.mark.integracion


@pytest.fixture(scope="module")
def documentos(cortes_demo: Path) -> dict[Path, PdfReader]:
    """Todos los PDF publicados de la demostración; se omite, diciéndolo, si falta Pango."""
    try:
        import weasyprint  # noqa: F401
    except OSError:
        pytest.skip(
            "se omite: WeasyPrint no encuentra Pango (apt-get install libpango-1.0-0 libpangoft2-1.0-0)"
        )
    rutas = sorted((cortes_demo / "reports").rglob("*.pdf"))
    assert rutas, "la demostración no publicó ningún PDF"
    return {ruta: PdfReader(ruta) for ruta in rutas}


def _catalogo(documento: PdfReader) -> DictionaryObject:
    catalogo = documento.trailer["/Root"]
    assert isinstance(catalogo, DictionaryObject)
    return catalogo


def test_todo_pdf_tiene_titulo_e_idioma(documentos: dict[Path, PdfReader]) -> None:
    for ruta, documento in documentos.items():
        assert documento.metadata is not None and (documento.metadata.title or "").strip(), ruta
        assert str(_catalogo(documento).get("/Lang", "")).lower().startswith("es"), ruta


def test_todo_pdf_esta_etiquetado_y_muestra_su_titulo(documentos: dict[Path, PdfReader]) -> None:
    """Lo que PDF/UA pide para que un lector de pantalla lo recorra."""
    for ruta, documento in documentos.items():
        catalogo = _catalogo(documento)
        assert catalogo["/MarkInfo"]["/Marked"], ruta
        assert "/StructTreeRoot" in catalogo, ruta
        assert catalogo["/ViewerPreferences"]["/DisplayDocTitle"], ruta


def test_ningun_pdf_dice_cuando_se_hizo(documentos: dict[Path, PdfReader]) -> None:
    """La hora de la corrida cambiaría los bytes entre dos corridas iguales."""
    fechados = [str(ruta) for ruta, d in documentos.items() if d.metadata and "/CreationDate" in d.metadata]
    assert fechados == []


def test_toda_pagina_del_pdf_dice_su_numero_y_el_total(documentos: dict[Path, PdfReader]) -> None:
    for ruta, documento in documentos.items():
        total = len(documento.pages)
        for numero, pagina in enumerate(documento.pages, start=1):
            texto = " ".join(pagina.extract_text().split())
            assert f"Página {numero} de {total}" in texto, f"{ruta}, página {numero}"


def _anchos(fuente: DictionaryObject) -> dict[int, float]:
    """Ancho de cada letra en milésimas del cuerpo; en el PDF van como [primera, [anchos…], …]."""
    anchos: dict[int, float] = {}
    lista = list(fuente["/DescendantFonts"][0].get_object()["/W"])
    for primera, siguientes in zip(lista[::2], lista[1::2], strict=True):
        anchos |= {int(primera) + n: float(ancho) for n, ancho in enumerate(siguientes)}
    return anchos


def _largo(partes: list[bytes | float], anchos: dict[int, float], cuerpo: float) -> float:
    """Largo de un texto: sus letras (dos bytes cada una) menos los ajustes entre ellas."""
    milesimas = 0.0
    for parte in partes:
        if isinstance(parte, bytes):
            milesimas += sum(anchos[int.from_bytes(parte[n : n + 2])] for n in range(0, len(parte), 2))
        else:
            milesimas -= float(parte)
    return milesimas * cuerpo / 1000


def _textos_afuera(pagina: PageObject) -> list[tuple[int, int]]:
    """Comienzo y fin, en puntos, de los textos que se salen por la izquierda o la derecha de la página."""
    ancho = float(pagina.mediabox.width)
    anchos = {nombre: _anchos(f.get_object()) for nombre, f in pagina["/Resources"]["/Font"].items()}
    fuente: list[tuple[str, float]] = []
    afuera: list[tuple[int, int]] = []

    def anotar(operador: bytes, argumentos: list, usuario: list[float], propia: list[float]) -> None:
        if operador == b"Tf":
            fuente[:] = [(argumentos[0], float(argumentos[1]))]
        if operador == b"TJ":
            nombre, cuerpo = fuente[0]
            inicio = usuario[0] * propia[4] + usuario[4]
            fin = inicio + usuario[0] * propia[0] * _largo(argumentos[0], anchos[nombre], cuerpo)
            if inicio < 0 or fin > ancho:
                afuera.append((round(inicio), round(fin)))

    pagina.extract_text(visitor_operand_before=anotar)
    return afuera


def test_la_revision_delata_una_tabla_que_no_cabe(tmp_path: Path) -> None:
    """Antes de creerle a que nada se corta: una tabla de 60 columnas sí se corta."""
    try:
        from weasyprint import HTML
    except OSError:
        pytest.skip("se omite: WeasyPrint no encuentra Pango")
    for columnas, cabe in ((3, True), (60, False)):
        celdas = "".join(f"<td>columna{n}</td>" for n in range(columnas))
        destino = tmp_path / f"{columnas}.pdf"
        HTML(string=f"<table><tr>{celdas}</tr></table>").write_pdf(destino)
        assert (_textos_afuera(PdfReader(destino).pages[0]) == []) is cabe


def test_ningun_texto_queda_fuera_de_la_pagina(documentos: dict[Path, PdfReader]) -> None:
    afuera = {
        f"{ruta}, página {numero}": textos
        for ruta, documento in documentos.items()
        for numero, pagina in enumerate(documento.pages, start=1)
        if (textos := _textos_afuera(pagina))
    }
    assert afuera == {}


def test_todo_pdf_acompana_a_su_html(documentos: dict[Path, PdfReader]) -> None:
    assert [str(ruta) for ruta in documentos if not ruta.with_suffix(".html").exists()] == []
