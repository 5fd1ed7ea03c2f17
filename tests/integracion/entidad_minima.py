"""Una entidad mínima para probar la orquesta: tres cuadernos de tres celdas y un corte de dos dependencias.

Los cuadernos leen data/raw/<corte>/valores.json y no libros: lo que se prueba es la orquesta, no las etapas.
Como programa, es la orden `seguimiento` con el catálogo de informes de esta entidad.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import nbformat
from nbformat.v4 import new_code_cell, new_notebook

from pipeline import flujo, recepcion
from pipeline.flujo import tareas
from pipeline.flujo.contexto import Contexto

PROYECTO = Path(__file__).resolve().parents[2]
ETAPA = """
import json
from pathlib import Path
from pipeline.esquemas import crear_tabla, guardar_tabla
from pipeline.flujo.calculo import TABLAS_CALCULO
from pipeline.flujo.ingesta import TABLAS_INGESTA
corte = f"{vigencia}/{periodo}"
valores = json.loads(Path(f"data/raw/{corte}/valores.json").read_text())
metas = [
    {"vigencia": vigencia, "periodo": periodo, "codigo_meta": f"M-{d}", "dependencia": d, "avance": v}
    for d, v in valores.items()
]
indices = [{"vigencia": vigencia, "periodo": periodo, "nivel": "plan", "codigo": "PLAN",
            "nombre": "Plan", "avance": sum(valores.values()) / len(valores)}]
tablas = {"metas": metas, "indices": indices}
for nombre in (*TABLAS_INGESTA, *TABLAS_CALCULO):
    tabla = crear_tabla(nombre, tablas.get(nombre, ()))
    if nombre == "indices":
        enteros = [c for c in tabla if c.startswith("n_")]
        tabla[enteros] = tabla[enteros].fillna(0)
    Path(f"data/processed/{corte}").mkdir(parents=True, exist_ok=True)
    tabla.to_parquet(f"data/processed/{corte}/{nombre}.parquet", index=False)
"""
GENERAL = "from pipeline.informes import abrir_corte\nabrir_corte(vigencia, periodo).metas['avance'].sum()"
FICHA = GENERAL.replace("periodo)", "periodo, dependencia)")
TERMINAR = "from pipeline.informes import terminar\nterminar()"
CATALOGO = {
    "etapas": [{"nombre": "etapa", "titulo": "Etapa", "edicion": "metodo"}],
    "informes": [
        {"nombre": "general", "titulo": "G", "edicion": "metodo", "por": "corte", "pdf": False},
        {
            "nombre": "ficha",
            "titulo": "F",
            "edicion": "metodo",
            "por": "dependencia",
            "pdf": False,
            "lee": ["metas"],
        },
    ],
}


class EnLinea(Executor):
    """Hace cada tarea al pedirla y en este proceso: los cuadernos igual corren en un hijo."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **_: Any) -> Future[Any]:
        """Un futuro ya terminado."""
        futuro: Future[Any] = Future()
        futuro.set_result(fn(*args))
        return futuro


@contextmanager
def en_linea(_: int) -> Iterator[Executor]:
    """Un taller que no abre procesos: lo mismo que `abrir_taller`, para quien prueba otra cosa."""
    yield EnLinea()


def recibir_de_salud(contexto: Contexto, libro: Path) -> None:
    """Recibe el libro como el del Plan Indicativo de la Secretaría de Salud, siempre a la misma hora."""
    recepcion.recibir_libro(
        libro,
        rutas=contexto.rutas,
        config=contexto.config,
        corte=contexto.corte,
        instrumento="pi",
        dependencia="SSAL",
        recibido_en=datetime.fromisoformat("2025-04-02T08:00:00-05:00"),
    )


def escribir_cuaderno(carpeta: Path, nombre: str, celda: str) -> None:
    """Un cuaderno con sus parámetros, esa celda y la ficha de terminación."""
    parametros = 'vigencia: int = 2025  # año\nperiodo: str = "T1"  # corte'
    if nombre == "ficha":
        parametros += '\ndependencia: str = ""  # código'
    celdas = [
        new_code_cell(parametros, id="parameters", metadata={"tags": ["parameters"]}),
        new_code_cell(celda, id="celda"),
        new_code_cell(TERMINAR, id="terminar"),
    ]
    metadatos = {
        "title": nombre,
        "kernelspec": {"name": "python3", "language": "python", "display_name": "P"},
    }
    nbformat.write(new_notebook(cells=celdas, metadata=metadatos), carpeta / f"{nombre}.ipynb")


def poner(contexto: Contexto, **valores: float) -> None:
    """Los insumos del corte: el avance de cada dependencia."""
    ruta = contexto.rutas.crudos_corte(contexto.corte, "pi").parent / "valores.json"
    ruta.parent.mkdir(parents=True, exist_ok=True)
    ruta.write_text(json.dumps(valores), encoding="utf-8")


def crear_entidad(raiz: Path) -> Contexto:
    """La entidad escrita en `raiz`, sin correr, y el contexto de su corte 2025-T1."""
    raiz.mkdir(parents=True, exist_ok=True)
    texto = (PROYECTO / "seguimiento.toml").read_text(encoding="utf-8")
    aviso = f'[avisos]\norden = [{json.dumps(sys.executable)}, "avisar.py", "avisado.json"]\n'
    (raiz / "seguimiento.toml").write_text(aviso + texto, encoding="utf-8")
    (raiz / "notebooks").mkdir()
    for nombre, celda in (("etapa", ETAPA), ("general", GENERAL), ("ficha", FICHA)):
        escribir_cuaderno(raiz / "notebooks", nombre, celda)
    plan = raiz / "data" / "raw" / "plan"
    plan.mkdir(parents=True)
    (plan / "p.xlsx").write_bytes(b"")
    ficha = {"archivo": "p.xlsx", "ruta": "plan/p.xlsx", "bytes": 0, "formato": "plan_propio"}
    ficha |= {"sha256": sha256(b"").hexdigest()}
    (plan / "p.json").write_text(json.dumps(ficha | {"recibido_en": "2025-01-02T08:00:00-05:00"}))
    contexto = flujo.abrir(2025, "T1", raiz)
    poner(contexto, SSAL=0.5, SEDU=0.25)
    recibir_una(contexto)  # sin ninguna entrega, el corte no se corre
    return contexto


def recibir_una(contexto: Contexto) -> None:
    """Una entrega del Plan Indicativo, para que el corte la tenga."""
    entrega = contexto.rutas.crudos_corte(contexto.corte, "pi") / "SEDU"
    entrega.mkdir(parents=True, exist_ok=True)
    (entrega / "e.xlsx").write_bytes(b"")
    ruta = (entrega / "e.xlsx").relative_to(contexto.rutas.crudos).as_posix()
    ficha = {"archivo": "e.xlsx", "ruta": ruta, "sha256": sha256(b"").hexdigest(), "bytes": 0}
    ficha |= {"formato": "pi_propio", "recibido_en": "2025-04-02T08:00:00-05:00", "dependencia": "SEDU"}
    (entrega / "e.json").write_text(json.dumps(ficha))


def dask_setup(_: object) -> None:
    """Lo llama Dask al prender un trabajador con `--preload`: la misma entidad mínima, allá."""
    tareas.catalogo = lambda: CATALOGO  # type: ignore[assignment]


def principal() -> None:
    """La orden `seguimiento` con este catálogo de informes."""
    from pipeline.cli import principal as orden

    tareas.catalogo = lambda: CATALOGO  # type: ignore[assignment]
    orden()


if __name__ == "__main__":
    principal()
