"""Si lo publicado de un corte sirve todavía. Solo mira: no corre nada."""

from __future__ import annotations

from pipeline.errores import ErrorSeguimiento
from pipeline.flujo.contexto import Contexto
from pipeline.flujo.portada import portada_al_dia
from pipeline.flujo.produccion import esta_al_dia
from pipeline.flujo.registro import tablas_intactas
from pipeline.flujo.tareas import tareas_de_etapas, tareas_de_informes


def al_dia(contexto: Contexto) -> bool:
    """Si las tablas, los informes y la portada del corte son los que darían sus insumos de hoy."""
    try:
        if not tablas_intactas(contexto) or not all(esta_al_dia(t)[0] for t in tareas_de_etapas(contexto)):
            return False
        # En un equipo sin las bibliotecas del PDF, publicado al día quiere decir solo en HTML.
        return any(_informes_al_dia(contexto, con_pdf) for con_pdf in (True, False))
    except ErrorSeguimiento:
        return False


def _informes_al_dia(contexto: Contexto, con_pdf: bool) -> bool:
    tareas = tareas_de_informes(contexto, con_pdf)
    return all(esta_al_dia(t)[0] for t in tareas) and portada_al_dia(contexto, tareas)
