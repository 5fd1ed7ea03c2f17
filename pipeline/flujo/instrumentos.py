"""POAI y Plan de Acción de un corte: sus índices, y su conciliación con el Plan Indicativo."""

from __future__ import annotations

import pandas as pd

from pipeline import calidad, conciliacion, indices, matriz
from pipeline.archivos import leer_yml
from pipeline.config import PAQUETE
from pipeline.esquemas import crear_tabla, leer_tabla
from pipeline.flujo.contexto import Contexto
from pipeline.flujo.ultima_valida import leer_y_juzgar


def calcular_poai(contexto: Contexto) -> pd.DataFrame:
    """Tabla `indices_poai`: la cadena del gasto de lo aceptado en el corte; vacía si no se sigue el POAI."""
    tablas = _leer(contexto, "registros_poai", "entregas", "hallazgos", "plan")
    aceptados = calidad.registros_aceptados(tablas["registros_poai"], tablas["entregas"], tablas["hallazgos"])
    return _indices_poai(contexto, tablas["plan"], aceptados)


def calcular_plan_de_accion(contexto: Contexto) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Tablas `actividades` e `indices_pa` del corte; vacías si no se sigue el Plan de Acción."""
    tablas = _leer(contexto, "registros_pa", "entregas", "hallazgos", "plan", "revisiones")
    return _del_plan_de_accion(
        contexto,
        tablas["plan"],
        tablas["registros_pa"],
        _excluidas(tablas, "pa"),
        entregas=tablas["entregas"],
        revisiones=tablas["revisiones"],
    )


def recalcular(contexto: Contexto, plan: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """`actividades`, `indices_pa` e `indices_poai` de un corte anterior; vacías si no tiene sus libros.

    Lo leído se juzga solo con lo que hallan la lectura y la limpieza: las demás reglas no cambian cuánto se
    ejecutó y correrlas en cada corte previo costaría más que el propio corte.
    """
    tablas = {nombre: crear_tabla(nombre) for nombre in ("actividades", "indices_pa", "indices_poai")}
    if "poai" in contexto.seguidos:
        leidas, entregas, hallazgos = leer_y_juzgar(contexto, "poai")
        aceptados = calidad.registros_aceptados(leidas.registros, entregas, hallazgos)
        tablas["indices_poai"] = _indices_poai(contexto, plan, aceptados)
    if "pa" in contexto.seguidos:
        leidas, entregas, hallazgos = leer_y_juzgar(contexto, "pa")
        excluidas = calidad.filas_excluidas(leidas.registros, entregas, hallazgos)
        tablas["actividades"], tablas["indices_pa"] = _del_plan_de_accion(
            contexto, plan, leidas.registros, excluidas, entregas=leidas.entregas
        )
    return tablas


def conciliar(
    contexto: Contexto, metas: pd.DataFrame, actividades: pd.DataFrame, indices_pa: pd.DataFrame
) -> pd.DataFrame:
    """Tabla `conciliacion`: lo que un instrumento dice y otro contradice, con las dos celdas."""
    nombres = ("registros_poai", "registros_pa", "registros_pi", "entregas", "celdas", "hallazgos")
    tablas = _leer(contexto, *nombres)
    reglas = leer_yml((PAQUETE / "recursos" / "conciliacion.yml").read_text(encoding="utf-8"))
    return conciliacion.conciliar(
        metas=metas,
        actividades=actividades,
        indices_pa=indices_pa,
        **{nombre: tablas[nombre] for nombre in nombres[:-1]},
        corte=contexto.corte,
        umbrales=contexto.config.umbrales.model_dump(),
        reglas=reglas,
        nombres_dependencias=_nombres_de_dependencias(contexto),
        excluidas_poai=_excluidas(tablas, "poai"),
        consolidada_por=contexto.config.entregas.consolidada_por,
    )


def armar_matriz(
    contexto: Contexto, metas: pd.DataFrame, actividades: pd.DataFrame, quiebres: pd.DataFrame
) -> pd.DataFrame:
    """Tabla `matriz`: cada actividad y meta con su estado, soporte, lo declarado y lo calculado."""
    return matriz.armar_matriz(
        actividades=actividades,
        metas=metas,
        conciliacion=quiebres,
        vigencia=contexto.corte.vigencia,
        **_leer(contexto, "registros_pi", "entregas", "celdas"),
    )


def _indices_poai(contexto: Contexto, plan: pd.DataFrame, aceptados: pd.DataFrame) -> pd.DataFrame:
    return indices.calcular_indices_poai(
        aceptados.reset_index(drop=True), plan, _nombres_de_dependencias(contexto)
    )


def _del_plan_de_accion(
    contexto: Contexto,
    plan: pd.DataFrame,
    registros: pd.DataFrame,
    excluidas: pd.DataFrame,
    *,
    entregas: pd.DataFrame,
    revisiones: pd.DataFrame | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Tablas `actividades` e `indices_pa`."""
    recibidas = entregas[entregas["sha256"].notna()]
    metodo = contexto.config.metodo.metodo()
    actividades = indices.calcular_actividades(
        registros,
        plan,
        revisiones,
        corte=contexto.corte,
        metodo=metodo,
        nombres_dependencias=_nombres_de_dependencias(contexto),
        excluidas=excluidas,
        versiones=dict(zip(recibidas["sha256"], recibidas["version"], strict=True)),
    )
    return actividades, indices.calcular_indices_pa(actividades, metodo=metodo)


def _excluidas(tablas: dict[str, pd.DataFrame], instrumento: str) -> pd.DataFrame:
    registros = tablas[f"registros_{instrumento}"]
    return calidad.filas_excluidas(registros, tablas["entregas"], tablas["hallazgos"])


def _nombres_de_dependencias(contexto: Contexto) -> dict[str, str]:
    return {d.codigo: d.nombre for d in contexto.config.dependencias}


def _leer(contexto: Contexto, *nombres: str) -> dict[str, pd.DataFrame]:
    carpeta = contexto.rutas.procesados(contexto.corte)
    return {nombre: leer_tabla(nombre, carpeta) for nombre in nombres}
