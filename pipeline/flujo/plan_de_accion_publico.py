"""La página del Plan de Acción de una vigencia (Ley 1474 de 2011, art. 74), con las tablas del corte."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline import publicacion
from pipeline.esquemas import crear_tabla, leer_tabla
from pipeline.flujo.contexto import Contexto
from pipeline.publicacion import Reserva

PLANTILLA = "plan_de_accion.html.j2"


def pagina_del_plan_de_accion(
    contexto: Contexto,
    cortes: Sequence[Mapping[str, Any]],
    vigencia: int,
    sitio: Path,
    comun: Mapping[str, Any],
    reserva: Reserva,
) -> Path:
    """Ruta de plan_de_accion/<vigencia>/index.html: objetivos, metas, recursos, proyectos y actividades.

    Las metas y sus recursos salen del plan de desarrollo; los proyectos y las actividades, del corte
    publicado más reciente de la vigencia. Lo que aún no existe se dice, no se omite.
    """
    ultimo = next((c for c in cortes if int(c["vigencia"]) == vigencia), None)
    tablas = _tablas(contexto, cortes[0], ultimo, reserva)
    metas = _metas_de(tablas["plan"], tablas["plan_vigencias"], vigencia)
    dependencias = [
        _dependencia(d.codigo, d.nombre, metas, tablas["actividades"]) for d in contexto.config.dependencias
    ]
    proyectos, cierre = tablas["indices_poai"], f"{vigencia - 1}/T4"
    return publicacion.escribir_pagina(
        PLANTILLA,
        sitio / "plan_de_accion" / str(vigencia) / "index.html",
        {
            **comun,
            "vigencia": vigencia,
            "lineas": _lineas(metas),
            "dependencias": [d for d in dependencias if d["metas"] or d["actividades"]],
            "n_metas": len(metas),
            "recursos": _suma(metas["recursos_programados_cop"]),
            "proyectos": _filas(proyectos[proyectos["nivel"] == "proyecto"].sort_values("codigo")),
            "corte": ultimo,
            "cierre": cierre if any(c["ruta"] == cierre for c in cortes) else "",
        },
    )


def _tablas(
    contexto: Contexto, reciente: Mapping[str, Any], ultimo: Mapping[str, Any] | None, reserva: Reserva
) -> dict[str, pd.DataFrame]:
    """El plan del corte más reciente y lo propio del último corte de la vigencia (vacío si no hay)."""
    procesados = contexto.rutas.raiz / "data" / "processed"
    tablas = _limpias(procesados / reciente["ruta"], ("plan", "plan_vigencias"), reserva)
    propias = ("actividades", "indices_poai")
    if ultimo is None:
        return tablas | {nombre: crear_tabla(nombre) for nombre in propias}
    return tablas | _limpias(procesados / ultimo["ruta"], propias, reserva)


def _limpias(carpeta: Path, nombres: Sequence[str], reserva: Reserva) -> dict[str, pd.DataFrame]:
    return {nombre: publicacion.suprimir(leer_tabla(nombre, carpeta), reserva)[0] for nombre in nombres}


def _metas_de(plan: pd.DataFrame, vigencias: pd.DataFrame, vigencia: int) -> pd.DataFrame:
    """Las metas con programación en la vigencia; lo programado vacío o en cero es «no programada»."""
    programadas = vigencias[(vigencias["vigencia"] == vigencia) & (vigencias["programado_vigencia"] > 0)]
    return plan.merge(programadas, on="codigo_meta").sort_values(["dependencia", "codigo_meta"])


def _lineas(metas: pd.DataFrame) -> list[dict[str, Any]]:
    lineas = []
    for nombre, propias in metas.groupby("nombre_linea", sort=True):
        lineas.append(
            {
                "nombre": nombre,
                "programas": sorted(propias["nombre_programa"].dropna().unique()),
                "n_metas": len(propias),
                "recursos": _suma(propias["recursos_programados_cop"]),
            }
        )
    return lineas


def _dependencia(codigo: str, nombre: str, metas: pd.DataFrame, actividades: pd.DataFrame) -> dict[str, Any]:
    propias = metas[metas["dependencia"] == codigo]
    suyas = actividades[actividades["dependencia"] == codigo].sort_values("id_actividad")
    return {
        "codigo": codigo,
        "nombre": nombre,
        "metas": _filas(propias),
        "actividades": _filas(suyas),
        "recursos": _suma(propias["recursos_programados_cop"]),
        "costo": _suma(suyas["costo_programado_cop"]),
    }


def _suma(valores: pd.Series[Any]) -> float | None:
    """Suma de lo que hay; None si no hay ningún valor: lo que falta no es cero."""
    return None if valores.dropna().empty else float(valores.sum())


def _filas(tabla: pd.DataFrame) -> list[dict[str, Any]]:
    return [
        {str(nombre): None if pd.isna(valor) else valor for nombre, valor in fila.items()}
        for fila in tabla.to_dict("records")
    ]
