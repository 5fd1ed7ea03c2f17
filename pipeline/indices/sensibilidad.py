"""Panel de sensibilidad: las mismas metas bajo las convenciones que se discuten, y cuánto mueve cada una.

Una regla que nadie escribe mueve el titular más que la gestión: con la plantilla de Ibagué, Educación en el
año 1 da 29,0 % o 94,4 % según se cuente lo no programado. El panel lo muestra y dice cuál es la oficial.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from pipeline.indices.agregacion import avances_de_nodos
from pipeline.indices.finanzas import razon
from pipeline.indices.metas import remedir
from pipeline.modelo import Corte, EstadoReporte, Metodo, Nivel

OFICIAL = "oficial"
SUMA_DE_UNIDADES = "suma_de_unidades"


@dataclass(frozen=True, slots=True, kw_only=True)
class Convencion:
    """Una forma de calcular el titular: qué opciones cambia del método oficial y por qué se discute."""

    codigo: str
    nombre: str
    porque: str
    opciones: dict[str, Any] = field(default_factory=dict)


def panel_sensibilidad(
    metas: pd.DataFrame, convenciones: Sequence[Convencion], *, corte: Corte, metodo: Metodo
) -> pd.DataFrame:
    """Una fila por convención, en su orden, con lo que movería el titular y el puesto de las dependencias.

    Columnas: convencion, nombre, porque, es_oficial (coincide con el método de la entidad), es_admisible,
    titular (avance del plan, razón), diferencia (titular − oficial), n_metas (que entran al promedio),
    n_cambian_de_puesto (dependencias) y mayor_salto (puestos).
    """
    titulares = avances_por_convencion(metas, convenciones, corte=corte, metodo=metodo)
    dependencias = titulares[titulares["nivel"] == Nivel.DEPENDENCIA.value]
    puestos = dependencias.pivot_table(index="codigo", columns="convencion", values="avance", dropna=False)
    puestos = puestos.reindex(columns=[c.codigo for c in convenciones]).rank(ascending=False, method="min")
    saltos = puestos.sub(puestos[OFICIAL], axis=0).abs()
    plan = titulares[titulares["nivel"] == Nivel.PLAN.value].set_index("convencion")
    oficial = float(plan["avance"].to_dict()[OFICIAL])
    filas = []
    for convencion in convenciones:
        codigo = convencion.codigo
        # Si nadie reportó no hay unidades que sumar: falta el titular de esa convención, no el panel.
        titular = float(plan["avance"].to_dict().get(codigo, np.nan))
        filas.append(
            {
                "convencion": codigo,
                "nombre": convencion.nombre,
                "porque": convencion.porque,
                "es_oficial": _es_oficial(convencion, metodo),
                "es_admisible": codigo != SUMA_DE_UNIDADES,
                "titular": titular,
                "diferencia": titular - oficial,
                "n_metas": int(plan["n_metas"].to_dict().get(codigo, 0)),
                "n_cambian_de_puesto": int((saltos[codigo] > 0).sum()),
                "mayor_salto": int(np.nan_to_num(saltos[codigo].max())),
            }
        )
    return pd.DataFrame(filas)


def avances_por_convencion(
    metas: pd.DataFrame, convenciones: Sequence[Convencion], *, corte: Corte, metodo: Metodo
) -> pd.DataFrame:
    """Avance del plan y de cada dependencia bajo cada convención.

    Columnas: convencion, nivel, codigo, nombre, avance y n_metas (las que entran al promedio).
    """
    partes = []
    for convencion in convenciones:
        if convencion.codigo == SUMA_DE_UNIDADES:
            parte = _suma_de_unidades(metas)
        else:
            opciones = replace(metodo, **convencion.opciones)
            remedidas = remedir(metas, corte=corte, metodo=opciones)
            parte = avances_de_nodos(remedidas, metodo=opciones, niveles=(Nivel.PLAN, Nivel.DEPENDENCIA))
            parte = parte.assign(n_metas=_cuantas_cuentan(parte, opciones))
        columnas = ["nivel", "codigo", "nombre", "avance", "n_metas"]
        partes.append(parte[columnas].assign(convencion=convencion.codigo))
    return pd.concat(partes, ignore_index=True)


def _es_oficial(convencion: Convencion, metodo: Metodo) -> bool:
    if convencion.codigo == SUMA_DE_UNIDADES:
        return False
    return all(getattr(metodo, nombre) == valor for nombre, valor in convencion.opciones.items())


def _cuantas_cuentan(indices: pd.DataFrame, metodo: Metodo) -> pd.Series[int]:
    cuantas = indices["n_programadas"] if metodo.sin_reporte == "cero" else indices["n_reportadas"]
    return cuantas + (indices["n_no_programadas"] if metodo.no_programada == "cero" else 0)


def _suma_de_unidades(metas: pd.DataFrame) -> pd.DataFrame:
    """Σ ejecutado / Σ programado de las reportadas: el error que el panel deja ver."""
    reportadas = metas[metas["estado_reporte"] == EstadoReporte.REPORTADA.value]
    del_plan = reportadas.assign(nivel=Nivel.PLAN.value, codigo="PLAN", nombre="Plan de desarrollo")
    por_dependencia = reportadas.assign(
        nivel=Nivel.DEPENDENCIA.value,
        codigo=reportadas["dependencia"],
        nombre=reportadas["nombre_dependencia"],
    )
    juntas = pd.concat([del_plan, por_dependencia])
    sumas = juntas.groupby(["nivel", "codigo"], sort=True).agg(
        nombre=("nombre", "first"),
        ejecutado=("ejecutado_vigencia", "sum"),
        programado=("programado_vigencia", "sum"),
        n_metas=("codigo_meta", "size"),
    )
    avance = razon(
        sumas["ejecutado"].to_numpy(dtype=np.float64), sumas["programado"].to_numpy(dtype=np.float64)
    )
    return sumas.assign(avance=avance).reset_index()
