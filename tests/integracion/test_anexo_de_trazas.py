"""El anexo de trazas en los informes publicados: cada cifra enlaza a un bloque que trae su número."""

from __future__ import annotations

import html
import random
import re
import shutil
from pathlib import Path

import pandas as pd
import pytest
from navegador import Navegador

from pipeline import flujo
from pipeline.esquemas import leer_tabla
from pipeline.informes import auditar_html

pytestmark = pytest.mark.integracion

ENLACE = re.compile(r'<a class="traza" href="#([^"]+)"[^>]*>(.*?)</a>')
DESTINO = """(() => { const b = document.getElementById(location.hash.slice(1));
  return {visible: b.checkVisibility(), arriba: Math.abs(b.getBoundingClientRect().top) < 900}; })()"""


def _informes(raiz: Path) -> list[Path]:
    carpeta = raiz / "reports" / "2025" / "T3"
    return [carpeta / "03_plan_indicativo" / "informe.html", *carpeta.glob("04_dependencia/*/informe.html")]


def _bloques(pagina: str) -> dict[str, str]:
    """El texto de cada bloque de traza, por su id."""
    partes = re.split(r'<div class="bloque-traza" id="([^"]+)">', pagina)
    return {
        ancla: html.unescape(re.sub(r"<[^>]+>", "", texto))
        for ancla, texto in zip(partes[1::2], partes[2::2], strict=True)
    }


def test_todo_enlace_a_una_traza_lleva_a_un_bloque_que_existe(cortes_demo: Path) -> None:
    for informe in _informes(cortes_demo):
        pagina = informe.read_text(encoding="utf-8")
        assert auditar_html(pagina) == []
        enlaces = {ancla for ancla, _ in ENLACE.findall(pagina)}
        assert any(ancla.startswith("traza-") for ancla in enlaces), informe.parent.name
        assert {a for a in enlaces if a.startswith("traza-")} <= set(_bloques(pagina))


def test_el_bloque_de_veinte_cifras_al_azar_trae_el_numero_que_se_imprime(cortes_demo: Path) -> None:
    azar = random.Random(20251)
    pagina = _informes(cortes_demo)[0].read_text(encoding="utf-8")
    bloques = _bloques(pagina)
    cifras = [(a, v) for a, v in ENLACE.findall(pagina) if a.startswith("traza-") and "%" in v]
    assert len(cifras) > 500
    for ancla, valor in azar.sample(cifras, 20):
        assert f" {valor}" in bloques[ancla].replace("\xa0", " "), (ancla, valor)


def test_cada_meta_y_cada_nodo_tienen_su_bloque(cortes_demo: Path) -> None:
    contexto = flujo.abrir(2025, "T3", cortes_demo)
    carpeta = contexto.rutas.procesados(contexto.corte)
    bloques = _bloques(_informes(cortes_demo)[0].read_text(encoding="utf-8"))
    cuantos = len(leer_tabla("metas", carpeta)) + len(leer_tabla("indices", carpeta))
    assert len(bloques) == cuantos


def test_las_cifras_de_los_nodos_explicados_son_las_de_la_tabla_indices(cortes_demo: Path) -> None:
    contexto = flujo.abrir(2025, "T3", cortes_demo)
    carpeta = contexto.rutas.procesados(contexto.corte)
    nodos = leer_tabla("trazas_nodos", carpeta)
    indices = leer_tabla("indices", carpeta).set_index(["nivel", "codigo"])
    assert len(nodos) == 3 * len(indices)
    publicado = pd.Series([indices.loc[(n.nivel, n.codigo), n.medida] for n in nodos.itertuples()])
    assert (publicado.isna() == nodos["resultado"].isna()).all()
    assert (publicado - nodos["resultado"]).abs().max() <= 1e-12
    assert (nodos["numerador"] / nodos["denominador"] - nodos["resultado"]).abs().max() <= 1e-12


def test_el_informe_con_su_anexo_no_pasa_de_dos_megas(cortes_demo: Path) -> None:
    assert max(informe.stat().st_size for informe in _informes(cortes_demo)) <= 2_000_000


def test_el_navegador_abre_lo_plegado_al_saltar_a_un_ancla(cortes_demo: Path, tmp_path: Path) -> None:
    ejecutable = shutil.which("chromium")
    if ejecutable is None:
        pytest.skip("se omite: no está Chromium (apt-get install chromium)")
    informe = _informes(cortes_demo)[0]
    metas = [a for a in _bloques(informe.read_text(encoding="utf-8")) if a.startswith("traza-meta-")]
    with Navegador(ejecutable, tmp_path) as navegador:
        for ancla in (metas[0], metas[-1], "trazas-dependencia"):
            assert navegador.visitar(informe, DESTINO, ancla=ancla).valor == {"visible": True, "arriba": True}


def test_el_pdf_dice_donde_estan_las_trazas_y_no_las_enlaza(cortes_demo: Path) -> None:
    pypdf = pytest.importorskip("pypdf")
    lector = pypdf.PdfReader(_informes(cortes_demo)[0].with_suffix(".pdf"))
    ultima = " ".join(" ".join(p.extract_text().split()) for p in lector.pages[-3:])
    assert "De cada cifra a su celda" in ultima or "de cada cifra a su celda" in ultima
    assert "edición HTML del informe" in ultima
    destinos = [str(nombre) for nombre in lector.named_destinations]
    assert not [nombre for nombre in destinos if "traza" in nombre and "seccion" not in nombre]
