"""El PDF gira la hoja de una tabla ancha junto con su título, y no deja una fila sola en su página."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader

from pipeline.informes import exportar_pdf
from pipeline.informes.exportador import hoja_de_estilo

TABLA = (
    '<div class="tabla {clase}"><div class="desplazable"><table><caption>{titulo}</caption>'
    "<thead><tr><th>Meta</th></tr></thead><tbody>{filas}</tbody></table></div></div>"
)


def _tabla(titulo: str, filas: int, clase: str = "") -> str:
    cuerpo = "".join(f"<tr><th>{titulo} fila {n}</th></tr>" for n in range(1, filas + 1))
    return TABLA.format(clase=clase, titulo=titulo, filas=cuerpo)


def _paginas(contenido: str, carpeta: Path) -> list[tuple[bool, str]]:
    """De cada página, si es apaisada y lo que dice."""
    try:
        import weasyprint  # noqa: F401
    except OSError:
        pytest.skip("se omite: WeasyPrint no encuentra Pango")
    html, pdf = carpeta / "informe.html", carpeta / "informe.pdf"
    html.write_text(
        f'<!DOCTYPE html><html lang="es"><head><title>t</title><style>\n{hoja_de_estilo()}\n</style></head>'
        f'<body><main id="contenido">{contenido}</main></body></html>',
        encoding="utf-8",
    )
    exportar_pdf(html, pdf)
    hojas = PdfReader(BytesIO(pdf.read_bytes())).pages
    return [(h.mediabox.width > h.mediabox.height, h.extract_text()) for h in hojas]


def _donde(paginas: list[tuple[bool, str]], frase: str) -> list[int]:
    return [n for n, (_, texto) in enumerate(paginas) if frase in texto]


def test_el_titulo_y_su_parrafo_van_en_la_misma_hoja_apaisada_que_su_tabla(tmp_path: Path) -> None:
    """El párrafo estaba entre el título y la tabla: quedaban solos en una hoja vertical casi vacía."""
    paginas = _paginas(
        '<h1>Informe</h1><h2>Avance</h2><div class="texto"><p>Va bien.</p></div>'
        '<h2>Requieren atención</h2><h3>Vencidas</h3><div class="texto"><p>Son cuatro.</p></div>\n'
        + _tabla("Ancha", 4, "apaisada"),
        tmp_path,
    )
    assert [es_apaisada for es_apaisada, _ in paginas] == [False, True]
    assert _donde(paginas, "Va bien") == [0]
    for frase in ("Requieren atención", "Vencidas", "Son cuatro", "Ancha fila 4"):
        assert _donde(paginas, frase) == [1], frase


def test_lo_que_queda_entre_dos_tablas_apaisadas_o_tras_la_ultima_no_cambia_de_hoja(tmp_path: Path) -> None:
    """También con el contador que dejan las tablas que no van en el PDF, que no ocupa lugar."""
    paginas = _paginas(
        "<h2>Una</h2>" + _tabla("Primera", 2, "apaisada") + '<div class="texto"><p>Entre dos.</p></div>'
        '<div style="counter-increment:tabla 1"></div>'
        + _tabla("Segunda", 2, "apaisada") + '<h2>Anexo</h2><div class="texto"><p>Al final.</p></div>',
        tmp_path,
    )  # fmt: skip
    assert [es_apaisada for es_apaisada, _ in paginas] == [True]
    assert _donde(paginas, "Entre dos") == _donde(paginas, "Al final") == [0]


def test_un_titulo_con_figura_o_con_otra_tabla_se_queda_en_su_hoja_vertical(tmp_path: Path) -> None:
    paginas = _paginas(
        "<h2>Con tabla propia</h2>" + _tabla("Angosta", 2) + _tabla("Ancha", 2, "apaisada"), tmp_path
    )
    assert [es_apaisada for es_apaisada, _ in paginas] == [False, True]
    assert _donde(paginas, "Angosta fila 2") == [0]


def test_ninguna_fila_queda_sola_en_su_pagina(tmp_path: Path) -> None:
    """Con tantas filas como quepan en una página más una, la última no se va sola a la siguiente."""
    for filas in range(30, 60):
        paginas = _paginas(_tabla("T", filas), tmp_path)
        if len(paginas) == 2:
            break
    assert len(paginas) == 2
    assert paginas[1][1].count(" fila ") == 2


def test_un_termino_del_glosario_no_se_separa_de_su_definicion(tmp_path: Path) -> None:
    terminos = "".join(f"<dt>Término {n}.</dt><dd>Definición {n}.</dd>" for n in range(1, 40))
    for renglones in range(3):
        relleno = "<p>Un renglón.</p>" * renglones
        paginas = _paginas(f'{relleno}<dl class="glosario">{terminos}</dl>', tmp_path)
        for n in range(1, 40):
            assert _donde(paginas, f"Término {n}.") == _donde(paginas, f"Definición {n}."), n
