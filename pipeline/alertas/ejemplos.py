"""Los ejemplos escritos en cada regla, corridos con las mismas condiciones con que se alerta."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from pipeline.alertas.condiciones import cumplen
from pipeline.alertas.medidas import (
    Contraste,
    medir_actividades,
    medir_enlaces,
    medir_entregas,
    medir_metas,
    medir_poai,
)
from pipeline.alertas.reglas import Regla, leer_reglas
from pipeline.esquemas import crear_tabla
from pipeline.modelo import Corte, Periodo

CORTE = Corte(vigencia=2025, periodo=Periodo.T3)
ESQUEMAS = {"metas": "metas", "entregas": "entregas", "actividades": "actividades", "poai": "indices_poai"}


def comprobar_ejemplos(textos: Mapping[str, Any], umbrales: Mapping[str, float]) -> list[str]:
    """Reglas cuyo ejemplo no hace lo que dice, en una oración cada una; vacía si todo concuerda.

    Un ejemplo es una fila con las medidas que importan; las demás están vacías. Toda regla trae al menos uno
    que `pasa` (no alerta) y otro que `falla` (alerta), por cada tabla que vigila.
    """
    columnas = columnas_medidas(textos)
    problemas = []
    for regla in leer_reglas(textos):
        for clase, alerta in (("pasa", False), ("falla", True)):
            ejemplos = getattr(regla.ejemplos, clase)
            if not ejemplos:
                problemas.append(f"{regla.id}: no trae ejemplo que {clase}")
            for numero, ejemplo in enumerate(ejemplos, start=1):
                problemas += _comprobar(
                    regla, ejemplo, alerta, f"ejemplo {numero} que {clase}", columnas, umbrales
                )
    return problemas


def _comprobar(
    regla: Regla,
    ejemplo: Mapping[str, Any],
    alerta: bool,
    nombre: str,
    columnas: Mapping[str, pd.DataFrame],
    umbrales: Mapping[str, float],
) -> list[str]:
    problemas = []
    for tabla in regla.tablas:
        desconocidas = set(ejemplo) - set(columnas[tabla].columns)
        if desconocidas:
            problemas.append(f"{regla.id}: {nombre}: no existe la medida {sorted(desconocidas)[0]}")
            continue
        fila = pd.DataFrame([ejemplo]).reindex(columns=columnas[tabla].columns)
        if bool(cumplen(fila, regla.cuando, umbrales).iloc[0]) != alerta:
            problemas.append(f"{regla.id}: {nombre}: {'no alerta' if alerta else 'alerta'}")
    return problemas


def columnas_medidas(textos: Mapping[str, Any]) -> dict[str, pd.DataFrame]:
    """Las tablas medidas, vacías: dicen qué medidas existen."""
    vacias = {tabla: crear_tabla(nombre) for tabla, nombre in ESQUEMAS.items()}
    metas = medir_metas(vacias["metas"], Contraste(), corte=CORTE, brechas=textos["brecha_tolerada"])
    entregas = medir_entregas(vacias["entregas"], crear_tabla("indices"), metas)
    sin_enlaces = pd.DataFrame(
        {"dependencia": pd.Series(dtype="str"), "falta_enlace": pd.Series(dtype="str")}
    )
    return {
        "metas": metas,
        "entregas": entregas,
        "enlaces": medir_enlaces(sin_enlaces, entregas),
        "actividades": medir_actividades(vacias["actividades"], metas, corte=CORTE),
        "poai": medir_poai(vacias["poai"], corte=CORTE),
    }
