"""Un libro corregido rehace lo que lo muestra y nada más, y da lo mismo que si todo se hiciera en frío."""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest

from pipeline import flujo
from pipeline.flujo import memoria
from pipeline.flujo.produccion import esta_al_dia, producir
from pipeline.flujo.registro import registrar_corte
from pipeline.flujo.tareas import tareas_de_etapas, tareas_de_informes
from pipeline.manifiesto import huella_archivo
from pipeline.recepcion import recibir_libro

pytestmark = pytest.mark.integracion
DEPENDENCIA = "SEDU"
LO_QUE_LO_MUESTRA = {
    "00_metodologia",
    "03_plan_indicativo",
    f"04_dependencia/{DEPENDENCIA}",
    "07_alertas",
    "08_control_interno",
    "09_ejecutivo",
    "11_procedimiento",
}


@pytest.fixture
def contexto(cortes_demo: Path, tmp_path: Path) -> flujo.Contexto:
    for carpeta in ("data", "reports/2025/T3"):
        shutil.copytree(cortes_demo / carpeta, tmp_path / carpeta)
    shutil.copy(cortes_demo / "seguimiento.toml", tmp_path)
    return flujo.abrir(2025, "T3", tmp_path)


def _reenviar(contexto: flujo.Contexto) -> None:
    """La dependencia vuelve a entregar su Plan Indicativo con una unidad menos en una meta."""
    carpeta = contexto.rutas.crudos_corte(contexto.corte, "pi") / DEPENDENCIA
    libro = openpyxl.load_workbook(sorted(carpeta.glob("*.xlsx"))[-1])
    celdas = (celda for fila in libro["Plan Indicativo"].iter_rows(min_row=6) for celda in fila)
    cifra = next(c for c in celdas if c.column_letter == "R" and isinstance(c.value, int | float))
    cifra.value -= 1
    corregido = contexto.rutas.raiz / "corregido.xlsx"
    libro.save(corregido)
    recibir_libro(
        corregido,
        rutas=contexto.rutas,
        config=contexto.config,
        corte=contexto.corte,
        instrumento="pi",
        dependencia=DEPENDENCIA,
        recibido_en=datetime(2025, 10, 14, 9),
    )


def _hacer_las_etapas(contexto: flujo.Contexto) -> dict[str, str]:
    """Huella de cada tabla y de las páginas de las dos etapas."""
    for tarea in tareas_de_etapas(contexto):
        assert producir(tarea).motivo == ""
    registrar_corte(contexto)
    paginas = [tarea.destino / "informe.html" for tarea in tareas_de_etapas(contexto)]
    tablas = contexto.rutas.procesados(contexto.corte).glob("*.parquet")
    return {r.relative_to(contexto.rutas.raiz).as_posix(): huella_archivo(r) for r in [*tablas, *paginas]}


def test_un_libro_corregido_rehace_solo_lo_que_lo_muestra_y_da_lo_mismo_que_en_frio(
    contexto: flujo.Contexto,
) -> None:
    con_pdf = any(contexto.rutas.informes(contexto.corte).rglob("informe.pdf"))
    assert [t.nombre for t in tareas_de_informes(contexto, con_pdf) if not esta_al_dia(t)[0]] == []
    _reenviar(contexto)
    con_memoria = _hacer_las_etapas(contexto)
    pendientes = {t.nombre for t in tareas_de_informes(contexto, con_pdf) if not esta_al_dia(t)[0]}
    assert pendientes == LO_QUE_LO_MUESTRA
    for carpeta in (memoria.LIBROS, memoria.REVISIONES):
        shutil.rmtree(contexto.rutas.raiz / "data" / "processed" / carpeta)
    assert _hacer_las_etapas(contexto) == con_memoria
