"""Qué dependencias tenían enlace al cierre de un corte, y la huella de eso, que dice si hay que rehacerlo."""

from __future__ import annotations

import pandas as pd

from pipeline.flujo.contexto import Contexto
from pipeline.manifiesto import huella_texto
from pipeline.modelo import Corte, Periodo
from pipeline.procedimiento import falta_de_enlace, leer_enlaces


def enlaces_del_corte(contexto: Contexto, corte: Corte) -> pd.DataFrame | None:
    """Por qué cada dependencia no tiene enlace al cierre del corte.

    None si la entidad no lleva enlaces.csv o todavía no lo llevaba: antes de la primera designación.
    """
    designados = leer_enlaces(contexto.rutas.raiz, contexto.config.dependencias)
    if not designados or corte.fecha < min(e.desde for e in designados):
        return None
    filas = [
        (d.codigo, falta_de_enlace(designados, d.codigo, corte.fecha))
        for d in contexto.config.dependencias_que_entregan()
    ]
    return pd.DataFrame(filas, columns=["dependencia", "falta_enlace"], dtype="str")


def huella_de_enlaces(contexto: Contexto) -> str:
    """Huella de lo que la lista dice al cierre del corte y de los anteriores; vacía si no dice nada.

    Una designación posterior no la cambia: el corte no se rehace, ni deja de verificarse si está cerrado.
    """
    cortes = [
        Corte(vigencia=vigencia, periodo=Periodo(periodo))
        for vigencia in contexto.config.entidad.vigencias
        for periodo in sorted(contexto.config.calendario.cortes)
        if (vigencia, periodo) <= (contexto.corte.vigencia, contexto.corte.periodo.value)
    ]
    tablas = {str(corte): enlaces_del_corte(contexto, corte) for corte in cortes}
    textos = [f"{corte}\n{tabla.to_csv(index=False)}" for corte, tabla in tablas.items() if tabla is not None]
    return huella_texto(*textos) if textos else ""
