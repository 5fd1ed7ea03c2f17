"""Los informes abiertos desde el disco en un navegador de verdad."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest
from navegador import Navegador, Visita

pytestmark = pytest.mark.integracion

LIMPIA = """<!doctype html><html lang="es-CO"><head><meta charset="utf-8"><title>Limpia</title>
<link rel="icon" href="data:,"></head><body><p>Nada que decir</p></body></html>"""
SUCIA = """<!doctype html><html lang="es-CO"><head><meta charset="utf-8"><title>Sucia</title></head>
<body><img alt="" src="http://ejemplo.invalid/x.png"><script>console.error("malo"); noExiste();</script>
</body></html>"""
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
def navegador(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Navegador]:
    """Chromium sin ventana; la prueba se omite, diciéndolo, si no está instalado."""
    ejecutable = shutil.which("chromium")
    if ejecutable is None:
        pytest.skip("se omite: no está Chromium (apt-get install chromium)")
    with Navegador(ejecutable, tmp_path_factory.mktemp("perfil")) as abierto:
        yield abierto


@pytest.fixture(scope="module")
def visitas(navegador: Navegador, cortes_demo: Path) -> dict[Path, Visita]:
    """Lo que pasó al abrir cada página publicada de la demostración en una pantalla de escritorio."""
    paginas = _paginas(cortes_demo)
    assert any(pagina.name == "index.html" for pagina in paginas)
    assert len(paginas) > 1
    return {pagina: navegador.visitar(pagina, REVISION) for pagina in paginas}


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


def test_ninguna_pagina_se_sale_del_ancho_de_un_telefono(navegador: Navegador, cortes_demo: Path) -> None:
    """Las matrices anchas se desplazan dentro de su recuadro; la página nunca."""
    sobrantes = {
        str(p): navegador.visitar(p, REVISION, ancho=390).valor["desborda"] for p in _paginas(cortes_demo)
    }
    assert {pagina: sobra for pagina, sobra in sobrantes.items() if sobra > 0} == {}


def test_los_enlaces_entre_paginas_llevan_a_archivos_que_existen(visitas: dict[Path, Visita]) -> None:
    rotos = [
        (str(pagina), enlace)
        for pagina, visita in visitas.items()
        for enlace in visita.valor["enlaces"]
        if not (pagina.parent / unquote(enlace.split("#")[0])).exists()
    ]
    assert rotos == []
