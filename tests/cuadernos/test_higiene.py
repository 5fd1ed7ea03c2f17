"""Los cuadernos guardados: sin salidas, sin código propio, con parámetros declarados e ids legibles."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import nbformat
import pytest

CARPETA = Path(__file__).resolve().parents[2] / "notebooks"
CUADERNOS = sorted(CARPETA.glob("[0-9]*.ipynb"))
AJENOS = {"pathlib", "os", "sys", "glob", "shutil", "subprocess", "papermill", "matplotlib"}


def _codigo(cuaderno: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    return [c for c in cuaderno.cells if c.cell_type == "code"]


@pytest.fixture(params=CUADERNOS, ids=lambda ruta: ruta.stem)
def cuaderno(request: pytest.FixtureRequest) -> nbformat.NotebookNode:
    return nbformat.read(request.param, as_version=4)


def test_hay_cuadernos_que_revisar() -> None:
    assert {"03_plan_indicativo", "04_dependencia"} <= {ruta.stem for ruta in CUADERNOS}


def test_se_guardan_sin_salidas(cuaderno: nbformat.NotebookNode) -> None:
    assert all(not c.outputs and c.execution_count is None for c in _codigo(cuaderno))


def test_los_ids_de_celda_son_fijos_legibles_y_unicos(cuaderno: nbformat.NotebookNode) -> None:
    ids = [c.id for c in cuaderno.cells]
    assert len(set(ids)) == len(ids)
    al_azar = [
        i for i in ids if re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f-]+)?", i) or not re.fullmatch(r"[a-z0-9-]+", i)
    ]
    assert al_azar == []


def test_declara_sus_parametros_con_tipo_y_explicacion(cuaderno: nbformat.NotebookNode) -> None:
    celdas = [c for c in _codigo(cuaderno) if "parameters" in c.metadata.get("tags", [])]
    assert len(celdas) == 1
    for renglon in celdas[0].source.splitlines():
        assert re.fullmatch(r"[a-z_]+: (int|str|float|bool) = .+  # .+", renglon), renglon


def test_tiene_titulo(cuaderno: nbformat.NotebookNode) -> None:
    assert cuaderno.metadata.get("title", "").strip()


def test_lo_ultimo_es_la_ficha_de_terminacion(cuaderno: nbformat.NotebookNode) -> None:
    assert _codigo(cuaderno)[-1].source.strip().splitlines()[-1] == "terminar()"


def test_no_define_nada_ni_calcula(cuaderno: nbformat.NotebookNode) -> None:
    """Lo que se calcula en una celda no lo prueba nadie: va en el paquete."""
    prohibidos = (ast.FunctionDef, ast.ClassDef, ast.Lambda, ast.BinOp, ast.For, ast.While, ast.If, ast.Try)
    for celda in _codigo(cuaderno):
        hallados = [type(n).__name__ for n in ast.walk(ast.parse(celda.source)) if isinstance(n, prohibidos)]
        assert hallados == [], celda.id


def test_no_maneja_rutas(cuaderno: nbformat.NotebookNode) -> None:
    for celda in _codigo(cuaderno):
        for nodo in ast.walk(ast.parse(celda.source)):
            modulos = [a.name for a in nodo.names] if isinstance(nodo, ast.Import) else []
            modulos += [nodo.module or ""] if isinstance(nodo, ast.ImportFrom) else []
            assert not {m.split(".")[0] for m in modulos} & AJENOS, celda.id
            texto = nodo.value if isinstance(nodo, ast.Constant) and isinstance(nodo.value, str) else ""
            assert "/" not in texto and "\\" not in texto, celda.id


def test_cada_celda_es_una_llamada_y_una_mirada(cuaderno: nbformat.NotebookNode) -> None:
    """Fuera de los parámetros y los import: una instrucción y, si acaso, la vista de lo que dio."""
    for celda in _codigo(cuaderno):
        if "parameters" in celda.metadata.get("tags", []):
            continue
        cuerpo = [i for i in ast.parse(celda.source).body if not isinstance(i, ast.Import | ast.ImportFrom)]
        assert len(cuerpo) <= 2, celda.id
        assert len(cuerpo) < 2 or isinstance(cuerpo[1], ast.Expr), celda.id
