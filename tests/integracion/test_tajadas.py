"""La ficha de una dependencia depende solo de sus filas: sin las de las demás sale igual, byte por byte."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import pytest

from pipeline import flujo, informes
from pipeline.flujo.tajadas import huellas_de_tajadas
from pipeline.flujo.tareas import tablas_por_tajadas, tareas_de_informes
from pipeline.informes.tajada import duenos
from pipeline.manifiesto import leer_manifiesto

pytestmark = pytest.mark.integracion
DEPENDENCIA = "GURB"


def _dejar_solo(procesados: Path, dependencia: str) -> int:
    """Deja de cada tabla declarada solo la tajada y vacías las demás; devuelve cuántas filas quitó."""
    metas = pd.read_parquet(procesados / "metas.parquet")
    de_quien = dict(zip(metas["codigo_meta"], metas["dependencia"], strict=True))
    quitadas = 0
    for ruta in sorted(procesados.glob("*.parquet")):
        tabla = pd.read_parquet(ruta)
        es_suya = duenos(tabla, de_quien).eq(dependencia).fillna(False)
        propia = tabla[es_suya] if ruta.stem in tablas_por_tajadas() else tabla.iloc[:0]
        quitadas += len(tabla) - len(propia)
        propia.to_parquet(ruta, index=False)
    return quitadas


def test_la_ficha_no_depende_de_ninguna_fila_de_otra_dependencia(cortes_demo: Path, tmp_path: Path) -> None:
    raiz = tmp_path / "entidad"
    for carpeta in ("data/processed/2025/T3", "data/raw"):
        shutil.copytree(cortes_demo / carpeta, raiz / carpeta)
    shutil.copy(cortes_demo / "seguimiento.toml", raiz)
    procesados = raiz / "data" / "processed" / "2025" / "T3"
    constancia = leer_manifiesto(procesados)
    assert constancia is not None
    assert _dejar_solo(procesados, DEPENDENCIA) > 1000
    contexto = flujo.abrir(2025, "T3", raiz)
    tarea = next(t for t in tareas_de_informes(contexto, con_pdf=False) if t.dependencia == DEPENDENCIA)
    informes.ejecutar_cuaderno(tarea.cuaderno, tmp_path / "c.ipynb", tarea.parametros, raiz)
    informes.exportar_html(tmp_path / "c.ipynb", tmp_path / "informe.html", tarea.edicion, raiz)
    publicado = cortes_demo / "reports" / "2025" / "T3" / "04_dependencia" / DEPENDENCIA / "informe.html"
    assert (tmp_path / "informe.html").read_bytes() == publicado.read_bytes()
    # Y la clave de la ficha lo sabe: su tajada es la misma con las demás filas o sin ellas.
    for tabla, huellas in huellas_de_tajadas(procesados, tablas_por_tajadas()).items():
        assert huellas.get(DEPENDENCIA) == constancia["tajadas"][tabla].get(DEPENDENCIA), tabla
