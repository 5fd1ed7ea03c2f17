"""Los PDF publicados: accesibles (PDF/UA-1), numerados y sin nada cortado."""

from __future__ import annotations

from pathlib import Path

import pytest
from revision_pdf import faltas_del_pdf

pytestmark = pytest.mark.integracion

MALA = """<html lang="es"><head><title>t</title></head><body><h1>Uno</h1><h3>Salta</h3>
<ul><div><li>suelto</li></div></ul><table><tr>{}</tr></table><a href="https://ejemplo.invalid/">afuera</a>
</body></html>"""


@pytest.fixture(scope="module")
def faltas(cortes_demo: Path) -> dict[Path, list[str]]:
    """Lo que le falta a cada PDF publicado de la demostración; se omite, diciéndolo, si no hay Pango."""
    _exigir_pango()
    rutas = sorted((cortes_demo / "reports").rglob("*.pdf"))
    assert len(rutas) > 30
    return {ruta: faltas_del_pdf(ruta) for ruta in rutas}


def _exigir_pango() -> None:
    try:
        import weasyprint  # noqa: F401
    except OSError:
        pytest.skip(
            "se omite: WeasyPrint no encuentra Pango (apt-get install libpango-1.0-0 libpangoft2-1.0-0)"
        )


def test_la_revision_delata_un_pdf_inaccesible_y_una_tabla_que_no_cabe(tmp_path: Path) -> None:
    """Antes de creerle a una lista vacía: lo que WeasyPrint deja sin nuestros arreglos no está vacío."""
    _exigir_pango()
    from weasyprint import HTML

    celdas = "".join(f"<th>columna{n}</th>" for n in range(60))
    destino = tmp_path / "malo.pdf"
    HTML(string=MALA.format(celdas)).write_pdf(destino, pdf_variant="pdf/ua-1")
    halladas = " ".join(faltas_del_pdf(destino))
    for falta in (
        "se sale de los márgenes", "los títulos saltan de nivel 1 a 3", "un encabezado de tabla sin ámbito",
        "un trozo de tabla sin su encabezado repetido", "no dice su número", "no es un enlace interno",
    ):  # fmt: skip
        assert falta in halladas


def test_ningun_pdf_incumple_pdf_ua_ni_corta_nada(faltas: dict[Path, list[str]]) -> None:
    """Etiquetas, listas, tablas, figuras, letras, metadatos, enlaces, pie y márgenes de cada página."""
    assert {str(ruta): suyas[:5] for ruta, suyas in faltas.items() if suyas} == {}


def test_todo_pdf_acompana_a_su_html(faltas: dict[Path, list[str]]) -> None:
    assert [str(ruta) for ruta in faltas if not ruta.with_suffix(".html").exists()] == []
