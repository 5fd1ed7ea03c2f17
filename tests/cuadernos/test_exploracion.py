"""El cuaderno de exploración corre entero con los tres instrumentos, y sus ayudas no mienten."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pandas as pd
import pytest

from pipeline import exploracion, metodologia
from pipeline.errores import ErrorConfiguracion, ErrorEntorno

CUADERNO = Path(__file__).resolve().parents[2] / "notebooks" / "exploracion.ipynb"
CON_FILAS = {"cortes", "tablas", "columnas", "metas-rezagadas", "alertas", "poai", "plan-de-accion",
             "sql-serie", "sql-tres-instrumentos", "efecto-sin-tope", "trazas", "insumos"}  # fmt: skip
CON_FIGURA = {"figura-avance", "figura-fuentes", "figura-otro-metodo"}


@pytest.fixture()
def en_la_demo(cortes_demo: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(cortes_demo)
    return cortes_demo


@pytest.mark.integracion
def test_todas_las_celdas_corren_y_muestran_lo_suyo(cortes_demo: Path) -> None:
    from nbclient import NotebookClient

    nb = nbformat.read(CUADERNO, as_version=4)
    assert all(not c.outputs for c in nb.cells if c.cell_type == "code"), "se guarda sin salidas"
    NotebookClient(nb, timeout=120, resources={"metadata": {"path": str(cortes_demo)}}).execute()
    salidas = {
        c.id: "".join(o.get("data", {}).get("text/html", "") for o in c.outputs)
        for c in nb.cells
        if c.cell_type == "code"
    }
    assert {i for i, html in salidas.items() if "<tbody>" in html} >= CON_FILAS
    assert {i for i, html in salidas.items() if "titulo-figura" in html} >= CON_FIGURA
    assert "Plan de desarrollo" in salidas["efecto-sin-tope"]
    assert re.search(r"\$ [\d.]{7,}</td>", salidas["sql-tres-instrumentos"])


def test_sin_cambiar_opciones_los_indices_son_los_publicados_y_otra_opcion_da_lo_del_panel(
    en_la_demo: Path,
) -> None:
    corte = exploracion.abrir(2025, "T3")
    publicado, igual = corte.indices, corte.indices_con()
    pd.testing.assert_series_equal(igual["avance"], publicado["avance"])
    panel = metodologia.panel(metodologia.abrir(2025, "T3"))
    esperado = panel.set_index("convencion").loc["solo_reportadas", "titular"]
    plan = exploracion.filtrar(corte.efecto(sin_reporte="excluir"), nivel="plan")
    assert plan["con_otro_metodo"].tolist() == [esperado]


def test_sql_ve_los_mismos_datos_que_las_tablas(en_la_demo: Path) -> None:
    corte = exploracion.abrir(2025, "T3")
    contadas = exploracion.consultar("SELECT count(*) AS n FROM metas WHERE del_corte = '2025-T3'")
    assert contadas["n"].tolist() == [len(corte.metas)]
    with pytest.raises(ErrorConfiguracion, match="DuckDB no pudo"):
        exploracion.consultar("SELECT nada FROM metas")


def test_lo_mal_escrito_dice_lo_mas_parecido_y_tab_ofrece_las_tablas(en_la_demo: Path) -> None:
    corte = exploracion.abrir()
    assert {"metas", "indices_poai", "actividades", "efecto"} <= set(dir(corte))
    assert "consultar" in dir(exploracion) and "pd" not in dir(exploracion)
    with pytest.raises(AttributeError, match="¿Quiso decir «metas»"):
        _ = corte.metass
    with pytest.raises(ErrorConfiguracion, match="¿Quiso decir «tope»"):
        corte.efecto(topee=1.2)
    with pytest.raises(ErrorConfiguracion, match="¿Quiso decir «semaforo»"):
        exploracion.filtrar(corte.metas, semafor="bajo")
    with pytest.raises(ErrorEntorno, match="2025-T3"):
        exploracion.abrir(2027)
