"""Conciliación de Plan Indicativo, POAI y Plan de Acción. Pura: las reglas le llegan leídas.

Lo que recibe `conciliar`:

- `metas`, `actividades`, `indices_pa`, `entregas`: esas tablas del corte. Sin un libro aceptado de la
  dependencia, nada suyo se da por ausente.
- `registros_poai`, `registros_pa`: lo de los libros vigentes, completo. Lo que la calidad sacó del POAI
  (`excluidas_poai`: `sha256`, `hoja`, `fila`) y lo del Plan de Acción que no está en `actividades` no suma, y
  tampoco se da por ausente.
- `registros_pi`: el BPIN que el reporte dice manda sobre el del plan.
- `celdas`: las de todos los instrumentos y el plan.
- `umbrales`: razones de [umbrales]; la que no esté toma el valor supuesto de la regla.
- `reglas`: contenido de `recursos/conciliacion.yml`.
- `nombres_dependencias`: código → nombre. `consolidada_por`: quien entrega un libro por todas, si lo hay.

Vacío no es cero: una suma a la que le falta un sumando no se compara.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pandas as pd

from pipeline.conciliacion import de_metas, de_proyectos
from pipeline.conciliacion.casos import Caso
from pipeline.conciliacion.redaccion import indexar, redactar
from pipeline.conciliacion.vistas import (
    FUENTES_PA,
    LLAVE,
    METAS,
    PA,
    POAI,
    Mundo,
    Vista,
    armar_vista,
    como_filas,
)
from pipeline.errores import ErrorConfiguracion
from pipeline.esquemas import crear_tabla, revisar_tabla
from pipeline.modelo import Corte

__all__ = ["conciliar"]

PRUEBAS: Mapping[str, Callable[[Mundo, Mapping[str, Any]], Iterator[Caso]]] = {
    funcion.__name__: funcion
    for funcion in (
        de_metas.meta_sin_dinero,
        de_metas.meta_sin_actividades,
        de_metas.meta_cumplida_sin_actividades,
        de_metas.obligaciones_sin_avance,
        de_metas.avance_sin_obligaciones,
        de_metas.distinta_dependencia,
        de_metas.apropiacion_distinta,
        de_metas.obligaciones_distintas,
        de_metas.bpin_distinto,
        de_proyectos.dinero_sin_meta,
        de_proyectos.dinero_de_no_programada,
        de_proyectos.proyecto_sin_actividades,
        de_proyectos.proyecto_fuera_del_poai,
        de_proyectos.actividades_sobre_poai,
        de_proyectos.fuentes_que_no_suman,
        de_proyectos.actividad_de_no_programada,
        de_proyectos.actividad_sin_meta,
    )
}


def conciliar(
    *,
    metas: pd.DataFrame,
    registros_poai: pd.DataFrame,
    actividades: pd.DataFrame,
    indices_pa: pd.DataFrame,
    registros_pa: pd.DataFrame,
    registros_pi: pd.DataFrame,
    entregas: pd.DataFrame,
    celdas: pd.DataFrame,
    corte: Corte,
    umbrales: Mapping[str, float],
    reglas: Mapping[str, Any],
    nombres_dependencias: Mapping[str, str],
    excluidas_poai: pd.DataFrame | None = None,
    consolidada_por: str | None = None,
) -> pd.DataFrame:
    """Tabla `conciliacion` del corte: lo que un instrumento dice y otro contradice, con las dos celdas.

    Qué es cada argumento está en el módulo. El orden es quiebres, luego señales; dentro, por regla y sujeto.
    Levanta ErrorConfiguracion si una regla pide una prueba que no existe.
    """
    mundo = Mundo(
        corte=corte,
        metas=_metas_con_su_bpin(metas, registros_pi, corte),
        poai=_vista_poai(registros_poai, excluidas_poai, entregas, consolidada_por, corte),
        pa=_vista_pa(actividades, registros_pa, entregas, consolidada_por),
        fuentes=reglas["fuentes"],
        nombres=nombres_dependencias,
        maximo_actividades=_maximos(indices_pa),
    )
    hallados = [
        (regla, caso)
        for regla in (_con_umbral(r, umbrales) for r in reglas["reglas"])
        for caso in _prueba(regla)(mundo, regla)
    ]
    indice = indexar(celdas, [caso for _, caso in hallados], corte.vigencia)
    filas = [redactar(caso, regla, reglas["explicaciones"], indice) for regla, caso in hallados]
    tabla = crear_tabla("conciliacion", filas).sort_values(["clase", "id_quiebre"], ignore_index=True)
    return revisar_tabla("conciliacion", tabla)


def _metas_con_su_bpin(metas: pd.DataFrame, registros_pi: pd.DataFrame, corte: Corte) -> dict[str, Any]:
    propios = registros_pi[registros_pi["vigencia"] == corte.vigencia]
    escritos = {
        tuple(f[c] for c in LLAVE): f["bpin"] for f in como_filas(propios, ["bpin", *LLAVE]) if f["bpin"]
    }
    filas = como_filas(metas, METAS)
    for fila in filas:
        fila["bpin"] = escritos.get(tuple(fila[c] for c in LLAVE), fila["bpin"])
    return {fila["codigo_meta"]: fila for fila in filas}


def _vista_poai(
    registros: pd.DataFrame,
    excluidas: pd.DataFrame | None,
    entregas: pd.DataFrame,
    consolidada_por: str | None,
    corte: Corte,
) -> Vista:
    propios = registros[registros["vigencia"].isin([0, corte.vigencia])]
    aceptadas = propios
    if excluidas is not None and len(excluidas):
        fuera = pd.MultiIndex.from_frame(excluidas[LLAVE])
        aceptadas = propios[~pd.MultiIndex.from_frame(propios[LLAVE]).isin(fuera)]
    return armar_vista("poai", aceptadas, propios, entregas, consolidada_por, POAI)


def _vista_pa(
    actividades: pd.DataFrame, registros: pd.DataFrame, entregas: pd.DataFrame, consolidada_por: str | None
) -> Vista:
    fuentes = registros[[*LLAVE, *FUENTES_PA]].drop_duplicates(LLAVE)
    con_fuentes = actividades.merge(fuentes, on=LLAVE, how="left")
    return armar_vista("pa", con_fuentes, registros, entregas, consolidada_por, [*PA, *FUENTES_PA])


def _maximos(indices_pa: pd.DataFrame) -> dict[str, float]:
    """Por meta, la cota superior publicada del índice físico de sus actividades; sin ella, no está."""
    nodos = indices_pa[(indices_pa["nivel"] == "meta") & (indices_pa["n_programadas"] > 0)]
    nodos = nodos.dropna(subset=["cota_superior"])
    return dict(zip(nodos["codigo"], nodos["cota_superior"], strict=True))


def _prueba(regla: Mapping[str, Any]) -> Callable[[Mundo, Mapping[str, Any]], Iterator[Caso]]:
    if regla["prueba"] not in PRUEBAS:
        raise ErrorConfiguracion(
            f"la regla {regla['id']} pide la prueba «{regla['prueba']}», que no existe",
            remedio=f"Use una de: {', '.join(PRUEBAS)}",
        )
    return PRUEBAS[regla["prueba"]]


def _con_umbral(regla: Mapping[str, Any], umbrales: Mapping[str, float]) -> dict[str, Any]:
    if "umbral" not in regla:
        return dict(regla)
    return {**regla, "valor_umbral": umbrales.get(regla["umbral"], regla["umbral_supuesto"])}
