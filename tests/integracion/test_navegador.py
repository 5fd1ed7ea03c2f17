"""Los informes abiertos desde el disco en un navegador de verdad."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote

import pytest
from navegador import AXE, Navegador, Visita

pytestmark = pytest.mark.integracion

LIMPIA = """<!doctype html><html lang="es-CO"><head><meta charset="utf-8"><title>Limpia</title>
<link rel="icon" href="data:,"></head><body><p>Nada que decir</p></body></html>"""
SUCIA = """<!doctype html><html lang="es-CO"><head><meta charset="utf-8"><title>Sucia</title></head>
<body><img alt="" src="http://ejemplo.invalid/x.png"><script>console.error("malo"); noExiste();</script>
</body></html>"""
INUSABLE = """<!doctype html><html lang="es-CO"><head><meta charset="utf-8"><title>Inusable</title>
<style>a:focus{outline:none}div{overflow-x:auto;width:5rem}</style></head><body>
<h1>Inusable</h1><img src="data:,">
<a href="#a" tabindex="3">tercero</a><a href="#b" tabindex="2" id="a">segundo</a>
<div tabindex="-1"><p id="b" style="width:90rem">ancho</p></div></body></html>"""
REVISION = """({
  idioma: document.documentElement.lang,
  titulo: document.title,
  titulares: document.querySelectorAll('h1').length,
  desborda: document.documentElement.scrollWidth - document.documentElement.clientWidth,
  sin_alt: document.querySelectorAll('img:not([alt])').length,
  rotos: [...document.querySelectorAll('a[href^="#"]')].map(a => a.getAttribute('href'))
    .filter(h => h.length > 1 && !document.getElementById(decodeURIComponent(h.slice(1)))),
  enlaces: [...document.querySelectorAll('a[href]')].map(a => a.getAttribute('href'))
    .filter(h => !/^(#|https?:|mailto:|data:)/.test(h)),
})"""


@pytest.fixture(scope="module")
def visitas(navegador: Navegador, cortes_demo: Path) -> dict[Path, Visita]:
    """Lo que pasó al abrir cada página publicada de la demostración, en escritorio y en teléfono."""
    paginas = _paginas(cortes_demo)
    assert any(pagina.name == "index.html" for pagina in paginas)
    assert len(paginas) > 1
    con_uso = set(_una_de_cada(paginas))
    assert len(con_uso) > 15
    return {
        pagina: navegador.visitar(pagina, REVISION, en_telefono=True, con_uso=pagina in con_uso)
        for pagina in paginas
    }


def _paginas(raiz: Path) -> list[Path]:
    return sorted((raiz / "reports").rglob("*.html"))


def test_el_navegador_delata_errores_de_consola_y_peticiones_remotas(
    navegador: Navegador, tmp_path: Path
) -> None:
    """Antes de creerle a una consola vacía: con una página mala no está vacía."""
    pagina = tmp_path / "sucia.html"
    pagina.write_text(SUCIA, encoding="utf-8")
    visita = navegador.visitar(pagina)
    assert any("malo" in linea for linea in visita.consola)
    assert any("noExiste" in linea for linea in visita.consola)
    assert "http://ejemplo.invalid/x.png" in visita.peticiones


def test_una_pagina_limpia_no_deja_rastro(navegador: Navegador, tmp_path: Path) -> None:
    pagina = tmp_path / "limpia.html"
    pagina.write_text(LIMPIA, encoding="utf-8")
    visita = navegador.visitar(pagina)
    assert visita.consola == []
    assert visita.peticiones == [pagina.as_uri()]
    assert visita.valor == "Limpia"


def test_los_informes_abren_sin_mensajes_en_la_consola(visitas: dict[Path, Visita]) -> None:
    assert {str(pagina): visita.consola for pagina, visita in visitas.items() if visita.consola} == {}


def test_los_informes_no_piden_nada_fuera_de_si_mismos(visitas: dict[Path, Visita]) -> None:
    ajenas = {
        str(pagina): [url for url in visita.peticiones if not _es_propia(url, pagina)]
        for pagina, visita in visitas.items()
    }
    assert {pagina: urls for pagina, urls in ajenas.items() if urls} == {}


def _es_propia(url: str, pagina: Path) -> bool:
    return url.startswith("data:") or url == pagina.resolve().as_uri()


@pytest.mark.parametrize(
    ("que", "esperado"),
    [("idioma", "es-CO"), ("titulares", 1), ("sin_alt", 0), ("rotos", []), ("desborda", 0)],
)
def test_toda_pagina_cumple_lo_basico_de_su_estructura(
    visitas: dict[Path, Visita], que: str, esperado: object
) -> None:
    """Idioma, un solo título, imágenes con texto alterno, anclas que existen y nada fuera del ancho."""
    assert {str(p): v.valor[que] for p, v in visitas.items() if v.valor[que] != esperado} == {}


def test_toda_pagina_tiene_un_titulo_distinto(visitas: dict[Path, Visita]) -> None:
    titulos = [visita.valor["titulo"].strip() for visita in visitas.values()]
    assert "" not in titulos
    assert sorted(titulos) == sorted(set(titulos))


def test_ninguna_pagina_se_sale_del_ancho_de_un_telefono(visitas: dict[Path, Visita]) -> None:
    """Las matrices anchas se desplazan dentro de su recuadro; la página nunca."""
    assert {str(p): v.angosto["desborda"] for p, v in visitas.items() if v.angosto["desborda"] > 0} == {}


def _una_de_cada(paginas: list[Path]) -> list[Path]:
    """Todos los informes y portadas; de las fichas, dos, y de las correcciones, una por instrumento."""
    repetidas = {"04_dependencia": 0, "correcciones": 0}
    elegidas = []
    for pagina in paginas:
        clase = pagina.parents[1].name
        if clase == "correcciones":
            clase += pagina.parent.name.partition("_")[2]
        repetidas[clase] = repetidas.get(clase, 0) + 1
        tope = {"04_dependencia": 2}.get(clase, 1 if clase.startswith("correcciones") else 99)
        if repetidas[clase] <= tope:
            elegidas.append(pagina)
    return elegidas


def test_el_navegador_delata_lo_que_no_se_puede_usar(navegador: Navegador, tmp_path: Path) -> None:
    """Antes de creerle a una lista vacía: con una página mala no está vacía."""
    pagina = tmp_path / "inusable.html"
    pagina.write_text(INUSABLE, encoding="utf-8")
    faltas = " ".join(navegador.visitar(pagina, con_uso=True).faltas)
    for hallada in ("no se ve que tiene el foco", "se desplaza y no recibe el foco", "el orden del teclado"):
        assert hallada in faltas
    assert not AXE.is_file() or "image-alt" in faltas


def test_con_solo_el_teclado_se_llega_a_todo_y_se_ve_donde_se_esta(visitas: dict[Path, Visita]) -> None:
    """Se recorre con Tab en un teléfono; con axe-core, además, ningún incumplimiento de WCAG 2.1 A y AA."""
    assert {str(pagina): visita.faltas for pagina, visita in visitas.items() if visita.faltas} == {}
    if not AXE.is_file():
        pytest.skip("el teclado pasa; se omite axe-core (npm ci --prefix herramientas/axe)")


def test_los_enlaces_entre_paginas_llevan_a_archivos_que_existen(visitas: dict[Path, Visita]) -> None:
    rotos = [
        (str(pagina), enlace)
        for pagina, visita in visitas.items()
        for enlace in visita.valor["enlaces"]
        if not (pagina.parent / unquote(enlace.split("#")[0])).exists()
    ]
    assert rotos == []
