"""Constancia de un corte procesado: de qué libros, con qué código y qué tablas dejó."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from pipeline import recepcion
from pipeline.config import PAQUETE
from pipeline.esquemas import leer_tabla
from pipeline.flujo.calculo import TABLAS_CALCULO
from pipeline.flujo.contexto import Contexto
from pipeline.flujo.estado import recibidos
from pipeline.flujo.ingesta import TABLAS_INGESTA
from pipeline.flujo.tajadas import (
    dependencias_con_metas,
    huellas_de_tajadas,
    huellas_por_instrumento,
)
from pipeline.flujo.tareas import tablas_por_tajadas
from pipeline.manifiesto import (
    CODIGO,
    escribir_manifiesto,
    huella_codigo,
    huella_reglas,
    huellas_de_reglas,
    motivo_para_rehacer,
    versiones,
)

SIN_REVISION = "desconocida"
"""Lo que se anota cuando el código no corre desde un clon."""


def tablas_intactas(contexto: Contexto) -> bool:
    """Si las tablas del corte son, byte por byte, las que dejó la última corrida."""
    return motivo_para_rehacer(contexto.rutas.procesados(contexto.corte), {}) is None


def registrar_corte(contexto: Contexto) -> Path:
    """Ruta de data/processed/<vigencia>/<periodo>/manifiesto.json.

    Trae los insumos con su huella y fecha de recepción, las tablas con su huella y sus filas, los hallazgos
    por severidad, las reglas y la configuración, el código y las versiones, y de qué filas depende cada
    ficha. El reloj y la revisión de git solo van aquí.
    """
    carpeta = contexto.rutas.procesados(contexto.corte)
    fichas = [recepcion.plan_vigente(contexto.rutas), *recibidos(contexto)]
    severidades = leer_tabla("hallazgos", carpeta)["severidad"].value_counts()
    return escribir_manifiesto(
        carpeta,
        {CODIGO: huella_codigo(), "configuración y reglas": huella_reglas(contexto.rutas)},
        corte=str(contexto.corte),
        por_instrumento=huellas_por_instrumento(carpeta),
        insumos=[
            {"ruta": f.ruta, "sha256": f.sha256, "bytes": f.bytes, "recibido_en": f.recibido_en}
            for f in fichas
        ],
        dependencias_con_metas=dependencias_con_metas(carpeta),
        tajadas=huellas_de_tajadas(carpeta, tablas_por_tajadas()),
        reglas=huellas_de_reglas(contexto.rutas),
        configuracion=contexto.config.model_dump(mode="json"),
        filas={n: len(leer_tabla(n, carpeta)) for n in (*TABLAS_INGESTA, *TABLAS_CALCULO)},
        hallazgos={str(severidad): int(cuantos) for severidad, cuantos in severidades.items()},
        revision_git=_revision_git(),
        bibliotecas=versiones(),
        ejecutado_en=datetime.now(ZoneInfo("America/Bogota")).isoformat(timespec="seconds"),
    )


def _revision_git() -> str:
    """Revisión del código si corre desde un clon; se lee del disco para no depender de git instalado."""
    git = PAQUETE.parent / ".git"
    try:
        cabeza = (git / "HEAD").read_text(encoding="utf-8").strip()
        if not cabeza.startswith("ref: "):
            return cabeza
        return (git / cabeza.removeprefix("ref: ")).read_text(encoding="utf-8").strip()
    except OSError:
        return SIN_REVISION
