"""El libro con que el Grupo revisa, actividad por actividad, lo que autoevaluó una dependencia."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline.config import Config
from pipeline.modelo import Corte
from pipeline.plantillas.definicion import es_vacio, leer_plantilla
from pipeline.plantillas.hojas import Libro
from pipeline.plantillas.libros import banda_de_corte, control_de_corte, huella_de_filas

DECISIONES = ("aceptada", "devuelta")
LLAVE = ["id_actividad", "libro_revisado"]


def encabezados_de_revision() -> dict[str, str]:
    """Encabezado de cada campo del libro de revisión, para leerlo de vuelta.

    >>> encabezados_de_revision()["decision_grupo"]
    'Decisión'
    """
    return {c.campo: c.encabezado for c in leer_plantilla("pa_revision").columnas}


def escribir_revision_pa(
    destino: Path,
    *,
    config: Config,
    corte: Corte,
    dependencia: str,
    actividades: pd.DataFrame,
    hallazgos: pd.DataFrame | None = None,
    revisiones: pd.DataFrame | None = None,
) -> Path:
    """Ruta del libro de revisión de `dependencia`: una fila por actividad de la tabla `actividades`.

    `hallazgos` (tabla `hallazgos`) pone al lado lo que la calidad encontró en cada una; `revisiones` deja
    escrita la última decisión ya registrada. Los mismos datos dan los mismos bytes.
    """
    plantilla = leer_plantilla("pa_revision")
    propias = actividades[actividades["dependencia"] == dependencia].sort_values("id_actividad")
    dichos = _por_fila(hallazgos)
    decididas = _ultimas(revisiones)
    filas = []
    for registro in propias.to_dict("records"):
        fila: dict[str, Any] = {c.campo: registro.get(c.campo) for c in plantilla.columnas}
        fila["libro_revisado"] = registro["sha256"]
        fila["hallazgos"] = dichos.get((registro["sha256"], registro["hoja"], registro["fila"]))
        fila |= {c.campo: None for c in plantilla.columnas if c.editable}
        filas.append(fila | decididas.get((str(registro["id_actividad"]), str(registro["sha256"])), {}))
    banda = banda_de_corte(plantilla, config, corte, dependencia)
    libro = Libro(creado=datetime.combine(corte.fecha, datetime.min.time()), titulo=banda[1])
    libro.escribir_instrucciones(plantilla, banda)
    libro.escribir_datos(plantilla, banda, filas, protegida=True, listas={"decision_grupo": DECISIONES})
    huella = huella_de_filas(plantilla.columnas, filas)
    return libro.guardar(destino, control_de_corte(plantilla, config, corte, dependencia, huella))


def _por_fila(hallazgos: pd.DataFrame | None) -> dict[tuple[Any, ...], str]:
    if hallazgos is None or hallazgos.empty:
        return {}
    propios = hallazgos[(hallazgos["instrumento"] == "pa") & hallazgos["fila"].notna()]
    textos = propios["regla"] + ": " + propios["mensaje"]
    unidos: dict[tuple[Any, ...], str] = {}
    for llave, texto in zip(
        propios[["sha256", "hoja", "fila"]].itertuples(index=False, name=None), textos, strict=True
    ):
        unidos[llave] = f"{unidos[llave]}\n{texto}" if llave in unidos else str(texto)
    return unidos


def _ultimas(revisiones: pd.DataFrame | None) -> Mapping[tuple[str, str], dict[str, Any]]:
    if revisiones is None or revisiones.empty:
        return {}
    campos = ["decision_grupo", "motivo_grupo", "revisor", "fecha"]
    ultimas = revisiones.sort_values("fecha", kind="stable").drop_duplicates(LLAVE, keep="last")
    return {
        (str(r["id_actividad"]), str(r["libro_revisado"])): {c: r[c] for c in campos if not es_vacio(r[c])}
        for r in ultimas.to_dict("records")
    }
