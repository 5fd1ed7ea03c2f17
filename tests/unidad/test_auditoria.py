"""La auditoría de un informe delata cada defecto, y solo ese."""

from __future__ import annotations

import pytest

from pipeline.informes.auditoria import auditar_html

BUENA = """<!DOCTYPE html><html lang="es-CO"><head><title>Informe</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>p{color:red}main:focus{outline:none}</style></head><body><main tabindex="-1">
<h1>Informe</h1><label for="c">Corte</label><select id="c"></select><button aria-label="Ver">+</button>
<div role="region" aria-label="Tabla"></div><h2 id="a">A</h2><a href="#a">ir</a>
<img src="data:image/svg+xml;base64,AA" alt="Barras">
<table><caption>T</caption><thead><tr><th scope="col">x</th></tr></thead>
<tbody><tr><td>1</td></tr></tbody></table>
</main></body></html>"""


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
        ('<main tabindex="-1">', "<div>", "0 contenidos principales"),
        ("</main>", "</main><main></main>", "2 contenidos principales"),
        (">ir</a>", "> </a>", "<a> sin texto"),
        (">ir</a>", "><span></span></a>", "<a> sin texto"),
        ('aria-label="Ver">+<', ">  <", "<button> sin texto"),
        ('<h2 id="a">A</h2>', '<h2 id="a"></h2>', "<h2> sin texto"),
        (' for="c"', "", "campo sin rótulo"),
        (' role="region" aria-label="Tabla"', ' role="region"', "región"),
        ('tabindex="-1"', 'tabindex="3"', "orden de tabulación"),
        ("main:focus{", "a:focus{", "oculta el foco"),
        ("initial-scale=1", "initial-scale=1, maximum-scale=1", "no deja ampliar"),
        ('alt="Barras"', 'alt="No description has been provided for this image"', "relleno de nbconvert"),
    ],
)
def test_la_auditoria_detecta_cada_defecto(antes: str, despues: str, falta: str) -> None:
    assert antes in BUENA
    faltas = auditar_html(BUENA.replace(antes, despues))
    assert any(falta in f for f in faltas), faltas


def test_una_direccion_escrita_como_texto_no_es_un_recurso_remoto() -> None:
    assert auditar_html(BUENA.replace("<td>1</td>", "<td>https://www.ibague.gov.co</td>")) == []


def test_una_imagen_con_texto_alternativo_da_nombre_a_su_enlace() -> None:
    con_imagen = '><img src="data:image/png;base64,AA" alt="Escudo"></a>'
    assert auditar_html(BUENA.replace(">ir</a>", con_imagen)) == []


def test_un_titulo_de_tabla_no_vale_para_la_siguiente() -> None:
    dos = BUENA.replace("</table>", "</table><table><tr><td>2</td></tr></table>")
    assert auditar_html(dos) == ["hay una tabla sin título (caption)"]
