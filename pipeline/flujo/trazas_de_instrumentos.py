"""De cada cifra del POAI y del Plan de Acción a sus celdas: explica, ubica y arma el anexo de su informe."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any

import pandas as pd

from pipeline import indices, trazas
from pipeline.flujo.pa_informe import DatosPa
from pipeline.flujo.poai_informe import DatosPoai
from pipeline.indices import ExplicacionDeNodo
from pipeline.informes.anexo_de_instrumentos import (
    NodoTrazado,
    trazas_del_plan_de_accion,
    trazas_del_poai,
)
from pipeline.informes.bloques import Bloque
from pipeline.modelo import ETAPAS_DEL_GASTO

NIVELES_DEL_POAI = ("total", "fuente", "dependencia", "sector", "proyecto")  # los que muestra el informe
PESO = "ponderacion_actividad"
NIVELES_DEL_PA = ("total", "dependencia", "proyecto")


def anexo_del_poai(poai: DatosPoai) -> Bloque:
    """Anexo del informe del POAI: la fórmula de cada razón y las filas de los libros que suma cada nodo."""
    nombres = {d.codigo: d.nombre for d in poai.datos.config.dependencias}
    mostrados = poai.indices[poai.indices["nivel"].isin(NIVELES_DEL_POAI)]
    explicados = indices.explicar_indices_poai(poai.registros, poai.plan, mostrados, nombres)
    lugar = ["archivo", "sha256", "hoja", "fila"]
    rubros = poai.registros[lugar].join(
        indices.nodos_del_poai(poai.registros, poai.plan, nombres)[list(NIVELES_DEL_POAI)]
    )
    return trazas_del_poai(
        nodos_trazados(explicados, mostrados, NIVELES_DEL_POAI),
        rubros,
        trazas.ubicar_columnas(poai.celdas, ETAPAS_DEL_GASTO),
        trazas.resumir_filas,
    )


def anexo_del_plan_de_accion(pa: DatosPa) -> Bloque:
    """Anexo del informe del Plan de Acción: la fórmula de cada índice y las celdas de cada actividad."""
    metodo = pa.datos.config.metodo.metodo()
    mostrados = pa.indices[pa.indices["nivel"].isin(NIVELES_DEL_PA)]
    explicados = indices.explicar_indices_pa(pa.actividades, mostrados, metodo=metodo)
    formulas: dict[str, list[str]] = defaultdict(list)
    campos: dict[str, list[str]] = defaultdict(list)
    for cifra in indices.explicar_actividades(
        pa.actividades, metodo=metodo, campo_de_avance=f"avance_actividad_t{pa.datos.corte.periodo.numero}"
    ):
        formulas[cifra.id_actividad].append(cifra.texto)
        campos[cifra.id_actividad] += cifra.campos
    return trazas_del_plan_de_accion(
        nodos_trazados(explicados, mostrados, NIVELES_DEL_PA),
        pa.actividades,
        formulas,
        _celdas_citadas(pa, campos),
    )


def nodos_trazados(
    explicados: Iterable[ExplicacionDeNodo], indices_del_nivel: pd.DataFrame, niveles: Sequence[str]
) -> list[NodoTrazado]:
    """Un nodo por fila de la tabla de índices, por nivel y código, con sus fórmulas juntas."""
    formulas: dict[tuple[str, str], list[str]] = defaultdict(list)
    for e in explicados:
        formulas[e.nivel, e.codigo].append(e.texto)
    nombres = indices_del_nivel.set_index(["nivel", "codigo"])["nombre"].to_dict()
    orden = sorted(formulas, key=lambda n: (niveles.index(n[0]), n[1]))
    return [
        NodoTrazado(
            nivel=nivel,
            codigo=codigo,
            nombre=nombre if isinstance(nombre := nombres[nivel, codigo], str) else codigo,
            formulas=formulas[nivel, codigo],
        )
        for nivel, codigo in orden
    ]


def _celdas_citadas(pa: DatosPa, campos: Mapping[str, Sequence[str]]) -> dict[str, list[dict[Any, Any]]]:
    """Por actividad, las celdas con número de los campos que entraron a sus cuentas, y la de su peso."""
    lugar = ["sha256", "hoja", "fila"]
    usados = {PESO, *chain.from_iterable(campos.values())}
    con_valor = pa.celdas[pa.celdas["valor_numero"].notna() & pa.celdas["campo"].isin(usados)]
    con_valor = con_valor.assign(valor=con_valor["valor_numero"])
    unidas = pa.actividades[["id_actividad", *lugar]].merge(con_valor, on=lugar)
    citadas: dict[str, list[dict[Any, Any]]] = defaultdict(list)
    for celda in unidas.to_dict("records"):
        if celda["campo"] in (*campos[celda["id_actividad"]], PESO):
            citadas[celda["id_actividad"]].append(celda)
    return citadas
