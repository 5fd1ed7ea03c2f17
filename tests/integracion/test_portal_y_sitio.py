"""El portal, la portada del corte y el sitio público en un navegador de verdad, con axe-core si está."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from navegador import Navegador

from pipeline.errores import ErrorConfiguracion
from pipeline.flujo import abrir
from pipeline.flujo.portada import constar_portada, portada_al_dia
from pipeline.flujo.publico import Sitio, publicar_sitio
from pipeline.flujo.tareas import tareas_de_informes
from pipeline.informes.auditoria import auditar_html
from pipeline.publicacion import definicion_del_sitio

pytestmark = pytest.mark.integracion

FILTRAR = """(() => {
  const vistos = () => [...document.querySelectorAll('[data-documento]')].filter(e => !e.closest('[hidden]'));
  const elegir = (id, valor) => {
    const caja = document.getElementById(id);
    caja.value = valor; caja.dispatchEvent(new Event('change'));
  };
  const todos = vistos().length;
  elegir('filtro-dependencia', 'SSAL');
  const de_salud = vistos();
  const ajenos = de_salud.filter(e => e.dataset.dependencia !== 'SSAL').length;
  const dicho = document.getElementById('filtro-estado').textContent;
  elegir('filtro-dependencia', '');
  elegir('filtro-instrumento', 'poai');
  const de_poai = vistos().filter(e => !e.dataset.instrumentos.split(' ').includes('poai')).length;
  elegir('filtro-instrumento', '');
  return {todos, de_salud: de_salud.length, ajenos, dicho, de_poai, al_final: vistos().length,
          visible: !document.getElementById('filtros').hidden};
})()"""


@pytest.fixture(scope="module")
def sitio(cortes_demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Sitio:
    """El sitio público de la demostración."""
    destino = tmp_path_factory.mktemp("sitio") / "publico"
    return publicar_sitio(abrir(2025, "T3", cortes_demo), destino, direccion="https://ejemplo.gov.co/p")


def test_los_filtros_dejan_a_la_vista_solo_lo_de_la_dependencia_y_el_instrumento(
    navegador: Navegador, cortes_demo: Path
) -> None:
    for pagina in (cortes_demo / "reports" / "index.html", cortes_demo / "reports/2025/T3/index.html"):
        visto: dict[str, Any] = navegador.visitar(pagina, FILTRAR).valor
        assert visto["visible"]
        assert 0 < visto["de_salud"] < visto["todos"]
        assert visto["ajenos"] == visto["de_poai"] == 0
        assert visto["dicho"].startswith("Queda")
        assert visto["al_final"] == visto["todos"]


def test_sin_el_guion_todo_esta_a_la_vista_y_cada_pagina_pasa_la_auditoria(
    cortes_demo: Path, sitio: Sitio
) -> None:
    informes = cortes_demo / "reports"
    paginas = [informes / "index.html", informes / "diccionario.html", informes / "2025/T3/index.html"]
    paginas += sitio.carpeta.rglob("index.html")
    assert len(paginas) >= 6
    for pagina in paginas:
        texto = pagina.read_text(encoding="utf-8")
        assert auditar_html(texto) == [], pagina
        assert texto.count(" hidden") == texto.count(" hidden aria-label") + texto.count('"imprimir" hidden')


def test_el_portal_se_rehace_si_alguien_lo_altera(cortes_demo: Path) -> None:
    contexto = abrir(2025, "T3", cortes_demo)
    tareas = tareas_de_informes(contexto, con_pdf=True)
    portal = cortes_demo / "reports" / "index.html"
    bueno = portal.read_bytes()
    constar_portada(contexto, tareas)
    assert portada_al_dia(contexto, tareas)
    try:
        portal.write_bytes(bueno + b" ")
        assert not portada_al_dia(contexto, tareas)
    finally:
        portal.write_bytes(bueno)


def test_la_portada_enlaza_las_correcciones_de_los_tres_instrumentos(cortes_demo: Path) -> None:
    corte = cortes_demo / "reports/2025/T3"
    texto = (corte / "index.html").read_text(encoding="utf-8")
    carpetas = sorted(p.parent.name for p in (corte / "correcciones").glob("*/correcciones.html"))
    assert {c.partition("_")[2] for c in carpetas} == {"", "poai", "pa"}
    assert [c for c in carpetas if f'href="correcciones/{c}/correcciones.html"' not in texto] == []


def test_el_sitio_se_usa_con_teclado_cabe_en_un_telefono_y_axe_no_halla_faltas(
    navegador: Navegador, sitio: Sitio
) -> None:
    paginas = sorted(sitio.carpeta.rglob("index.html"))
    assert len(paginas) >= 3
    desborda = "document.documentElement.scrollWidth - innerWidth"
    for pagina in paginas:
        visita = navegador.visitar(pagina, desborda, con_uso=True)
        assert visita.consola == []
        assert [u for u in visita.peticiones if not u.startswith("data:")] == [pagina.resolve().as_uri()]
        assert visita.angosto <= 0, pagina
        assert visita.faltas == [], pagina


def test_el_paquete_de_datos_describe_exactamente_los_csv_que_estan(sitio: Sitio) -> None:
    """Contra la especificación Frictionless Data Package v1: nombres, tipos, claves, valores y huellas."""
    paquete = json.loads((sitio.carpeta / "datapackage.json").read_text(encoding="utf-8"))
    assert paquete["profile"] == "tabular-data-package"
    assert {r["name"] for r in paquete["resources"]} == set(definicion_del_sitio()["tablas"])
    lee = {
        "string": str,
        "integer": int,
        "number": float,
        "boolean": {"True": True, "False": False}.__getitem__,
    }
    for recurso in paquete["resources"]:
        archivo = sitio.carpeta / recurso["path"]
        campos = recurso["schema"]["fields"]
        with archivo.open(encoding="utf-8-sig", newline="") as abierto:
            filas = list(csv.DictReader(abierto))
        assert archivo.stat().st_size == recurso["bytes"]
        assert len(filas) == recurso["rowCount"]
        assert list(filas[0]) == [c["name"] for c in campos], recurso["name"]
        for campo in campos:
            valores = [f[campo["name"]] for f in filas]
            limites = campo.get("constraints", {})
            llenos = [v for v in valores if v != ""]
            assert not limites.get("required") or len(llenos) == len(filas)
            assert set(llenos) <= set(limites.get("enum", llenos))
            for valor in set(llenos):
                lee[campo["type"]](valor)
        claves = [tuple(f[c] for c in recurso["schema"]["primaryKey"]) for f in filas]
        assert len(set(claves)) == len(claves)


def test_el_sitio_no_lleva_datos_personales_ni_lo_que_es_interno(sitio: Sitio, cortes_demo: Path) -> None:
    procesados = cortes_demo / "data/processed/2025/T3"
    personales = pd.read_parquet(procesados / "registros_pa.parquet")["responsable"].dropna().unique()
    assert len(personales) > 0
    for archivo in (sitio.carpeta / "datos").glob("*.csv"):
        texto = archivo.read_text(encoding="utf-8-sig")
        assert "responsable" not in texto.splitlines()[0].split(",")
        assert not any(str(valor) in texto for valor in personales), archivo.name
    assert not list(sitio.carpeta.rglob("*08_control_interno*"))
    assert not list(sitio.carpeta.rglob("*correcciones*"))
    assert not list(sitio.carpeta.rglob("*01_ingesta*"))


def test_el_mapa_del_sitio_nombra_cada_pagina_con_su_direccion_completa(sitio: Sitio) -> None:
    mapa = (sitio.carpeta / "sitemap.xml").read_text(encoding="utf-8")
    assert "<loc>https://ejemplo.gov.co/p/</loc>" in mapa
    assert "<loc>https://ejemplo.gov.co/p/plan_de_accion/2025/</loc>" in mapa
    assert mapa.count("<loc>") == len(list(sitio.carpeta.rglob("*.html")))


def test_publicar_no_reemplaza_una_carpeta_ajena_ni_deja_nada_a_medias(
    cortes_demo: Path, tmp_path: Path
) -> None:
    ajena = tmp_path / "fotos"
    ajena.mkdir()
    (ajena / "foto.txt").write_text("mía", encoding="utf-8")
    contexto = abrir(2025, "T3", cortes_demo)
    for destino, direccion in ((ajena, ""), (cortes_demo, ""), (tmp_path / "nuevo", "ejemplo punto com")):
        with pytest.raises(ErrorConfiguracion):
            publicar_sitio(contexto, destino, direccion=direccion)
    assert [r.name for r in ajena.iterdir()] == ["foto.txt"]
    assert sorted(r.name for r in tmp_path.iterdir()) == ["fotos"]
