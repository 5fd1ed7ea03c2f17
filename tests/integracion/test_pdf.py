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


def _textos_afuera(pagina: PageObject) -> list[str]:
    """Textos que empiezan fuera de la caja de la página; las posiciones van en puntos."""
    ancho, alto = float(pagina.mediabox.width), float(pagina.mediabox.height)
    afuera: list[str] = []

    def anotar(texto: str, usuario: list[float], propia: list[float], *_: object) -> None:
        equis = usuario[0] * propia[4] + usuario[2] * propia[5] + usuario[4]
        ye = usuario[1] * propia[4] + usuario[3] * propia[5] + usuario[5]
        if texto.strip() and not (0 <= equis <= ancho and 0 <= ye <= alto):
            afuera.append(f"«{texto.strip()[:40]}» en ({equis:.0f}, {ye:.0f})")

    pagina.extract_text(visitor_text=anotar)
    return afuera


def test_la_revision_delata_una_tabla_que_no_cabe(tmp_path: Path) -> None:
    """Antes de creerle a que nada se corta: una tabla de 60 columnas sí se corta."""
    try:
        from weasyprint import HTML
    except OSError:
        pytest.skip("se omite: WeasyPrint no encuentra Pango")
    celdas = "".join(f"<td>columna{n}</td>" for n in range(60))
    destino = tmp_path / "ancha.pdf"
    HTML(string=f"<table><tr>{celdas}</tr></table>").write_pdf(destino)
    assert _textos_afuera(PdfReader(destino).pages[0]) != []


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
