"""La auditoría de un informe delata cada defecto, y solo ese."""

from __future__ import annotations

import pytest

from pipeline.informes.auditoria import auditar_html

BUENA = """<!DOCTYPE html><html lang="es-CO"><head><title>Informe</title>
<style>p{color:red}</style></head><body>
<h1>Informe</h1><h2 id="a">A</h2><a href="#a">ir</a><img src="data:image/svg+xml;base64,AA" alt="Barras">
<table><caption>T</caption><thead><tr><th scope="col">x</th></tr></thead>
<tbody><tr><td>1</td></tr></tbody></table>
</body></html>"""


def test_una_pagina_buena_no_tiene_faltas() -> None:
    assert auditar_html(BUENA) == []


@pytest.mark.parametrize(
    ("antes", "despues", "falta"),
    [
        (' lang="es-CO"', "", "idioma"),
        (' lang="es-CO"', ' lang="en"', "idioma"),
        ("<title>Informe</title>", "<title> </title>", "no tiene título"),
        ("<h1>Informe</h1>", "", "0 títulos principales"),
        ("<h1>Informe</h1>", "<h1>a</h1><h1>b</h1>", "2 títulos principales"),
        ('<h2 id="a">A</h2>', '<h3 id="a">A</h3>', "saltan de h1 a h3"),
        (' alt="Barras"', "", "imagen sin texto alternativo"),
        (' alt="Barras"', ' alt=" "', "imagen sin texto alternativo"),
        (' scope="col"', "", "sin scope"),
        ("<caption>T</caption>", "", "sin título (caption)"),
        ('href="#a"', 'href="https://ejemplo.co"', "dirección remota"),
        ('src="data:image/svg+xml;base64,AA"', 'src="//ejemplo.co/a.png"', "dirección remota"),
        ("p{color:red}", "p{background:url(https://ejemplo.co/a.png)}", "recurso remoto"),
        ("p{color:red}", "@import 'a.css';", "recurso remoto"),
        ("<h1>Informe</h1>", "<h1>Informe</h1><script>fetch('https://e.co')</script>", "script nombra"),
        ("<h1>Informe</h1>", '<h1>Informe</h1><script src="http://e.co/a.js"></script>', "dirección remota"),
        ("<h1>Informe</h1>", '<h1>Informe</h1><p id="a">x</p>', "«a» se repite"),
        ('href="#a"', 'href="#b"', "«#b» no lleva a ninguna parte"),
        ("<h1>Informe</h1>", "<h1>Informe</h1><svg></svg>", "SVG sin texto alternativo"),
        ('alt="Barras"', 'alt="No description has been provided for this image"', "relleno de nbconvert"),
    ],
)
def test_la_auditoria_detecta_cada_defecto(antes: str, despues: str, falta: str) -> None:
    assert antes in BUENA
    faltas = auditar_html(BUENA.replace(antes, despues))
    assert any(falta in f for f in faltas), faltas


def test_una_direccion_escrita_como_texto_no_es_un_recurso_remoto() -> None:
    assert auditar_html(BUENA.replace("<td>1</td>", "<td>https://www.ibague.gov.co</td>")) == []


def test_un_titulo_de_tabla_no_vale_para_la_siguiente() -> None:
    dos = BUENA.replace("</table>", "</table><table><tr><td>2</td></tr></table>")
    assert auditar_html(dos) == ["hay una tabla sin título (caption)"]
