"""Índices del POAI: la cadena del gasto por nodo. Razones de sumas; lo que falta se cuenta, nunca es cero.

Una razón solo compara filas que traen sus dos valores: si faltara el compromiso de un rubro, dejar su
apropiación en el denominador lo contaría como cero. Por lo mismo, las diferencias (modificaciones, sin
comprometer, reservas, por pagar) se restan fila a fila antes de sumar.
Fuente: cadena presupuestal del Decreto 111 de 1996 y `docs/metodologia.md`.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from pipeline.esquemas import crear_tabla, revisar_tabla
from pipeline.indices.agregacion import CODIGO_PLAN, NOMBRE_SIN_CODIGO, SIN_CODIGO
from pipeline.modelo import ETAPAS_DEL_GASTO, SIN_VALOR

NOMBRE_TOTAL = "POAI de la entidad"
DEL_PLAN = ("linea", "sector", "programa")
NIVELES = ("total", *DEL_PLAN, "dependencia", "fuente", "proyecto", "meta")
RAZONES = {
    "razon_cdp": "cdp_cop",
    "razon_compromisos": "compromisos_cop",
    "razon_obligaciones": "obligaciones_cop",
    "razon_pagos": "pagos_cop",
}
"""Cada razón y su numerador; el denominador es la apropiación definitiva."""
RAZONES_DEL_SALDO = {
    "razon_cdp_libre": ("cdp_libre_cop", "cdp_cop"),
    "razon_reservas": ("reservas_en_riesgo_cop", "apropiacion_definitiva_cop"),
    "razon_pagado": ("pagos_cop", "obligaciones_cop"),
}
"""Las que miran las alertas: cada una con su numerador y su denominador."""
DIFERENCIAS = {
    "modificaciones_cop": ("apropiacion_definitiva_cop", "apropiacion_inicial_cop"),
    "sin_comprometer_cop": ("apropiacion_definitiva_cop", "compromisos_cop"),
    "cdp_libre_cop": ("cdp_cop", "compromisos_cop"),
    "reservas_en_riesgo_cop": ("compromisos_cop", "obligaciones_cop"),
    "por_pagar_cop": ("obligaciones_cop", "pagos_cop"),
}
"""Cada diferencia: de qué se resta qué, fila a fila."""
_TODAS = {
    **{razon: (campo, "apropiacion_definitiva_cop") for razon, campo in RAZONES.items()},
    **RAZONES_DEL_SALDO,
}


def calcular_indices_poai(
    registros: pd.DataFrame, plan: pd.DataFrame, nombres_dependencias: Mapping[str, str]
) -> pd.DataFrame:
    """Tabla `indices_poai`: una fila por nodo de cada nivel, por nivel y código.

    Args:
        registros: filas de `registros_poai` que cuentan (las aceptadas); una fila es un rubro.
        plan: la tabla `plan`, de donde salen línea, sector y programa de cada meta. Una fila cuya meta no
            está en el plan usa los códigos de su libro y, si no los trae, va al nodo SIN_CODIGO.
        nombres_dependencias: nombre de cada código de dependencia.

    Los nodos de cada nivel son una partición de las filas: sumados dan el total, peso a peso. Sin filas, la
    tabla queda vacía.
    """
    if registros.empty:
        return crear_tabla("indices_poai")
    filas = _con_nodos(registros.reset_index(drop=True), plan, nombres_dependencias)
    medidas = _medidas(filas)
    partes = [_indices_de_nivel(filas, medidas, nivel) for nivel in NIVELES]
    tabla = crear_tabla("indices_poai", pd.concat(partes, ignore_index=True))
    return revisar_tabla("indices_poai", tabla)


def _con_nodos(registros: pd.DataFrame, plan: pd.DataFrame, dependencias: Mapping[str, str]) -> pd.DataFrame:
    """Las filas con el código (`linea`) y el nombre (`nombre_linea`) de su nodo en cada nivel."""
    metas = plan.drop_duplicates("codigo_meta").set_index("codigo_meta")
    codigo = registros["codigo_meta"]
    filas = registros[list(ETAPAS_DEL_GASTO)].astype("float64")
    producto = registros["codigo_producto"]
    propios = {
        "linea": registros["nivel_1"],
        "sector": registros["sector"].fillna(producto.str.slice(0, 2)),
        "programa": registros["programa"].fillna(producto.str.slice(0, 4)),
    }
    for nivel, propio in propios.items():
        filas[nivel] = _traducir(codigo, metas[nivel]).fillna(propio)
        filas[f"nombre_{nivel}"] = _traducir(codigo, metas[f"nombre_{nivel}"])
    filas["nombre_linea"] = filas["nombre_linea"].fillna(registros["nombre_nivel_1"])
    dependencia = registros["dependencia"]
    return filas.assign(
        total=CODIGO_PLAN,
        nombre_total=NOMBRE_TOTAL,
        dependencia=dependencia,
        nombre_dependencia=_traducir(dependencia, dependencias).fillna(dependencia),
        fuente=registros["codigo_fuente"],
        nombre_fuente=registros["nombre_fuente"],
        proyecto=registros["bpin"],
        nombre_proyecto=registros["nombre_proyecto"],
        meta=codigo,
        nombre_meta=_traducir(codigo, metas["nombre_meta"]).fillna(registros["nombre_meta"]),
    )


def nodos_del_poai(
    registros: pd.DataFrame, plan: pd.DataFrame, nombres_dependencias: Mapping[str, str]
) -> pd.DataFrame:
    """A qué nodo de cada nivel (una columna por nivel) va cada fila de `registros`, con su mismo índice."""
    filas = _con_nodos(registros.reset_index(drop=True), plan, nombres_dependencias)
    return filas[list(NIVELES)].fillna(SIN_CODIGO).set_axis(registros.index)


def _traducir(codigos: pd.Series, valores: Mapping[str, str] | pd.Series) -> pd.Series:
    """El valor de cada código; vacío donde no lo hay. Siempre texto, aunque no se halle ninguno."""
    return codigos.map(dict(valores)).astype("str")


def _medidas(filas: pd.DataFrame) -> pd.DataFrame:
    """Lo que se suma de cada fila: sus valores, sus diferencias y las dos partes de cada razón."""
    medidas = filas[list(ETAPAS_DEL_GASTO)].copy()
    for nombre, (de, resta) in DIFERENCIAS.items():
        medidas[nombre] = filas[de] - filas[resta]
    for razon, (arriba, abajo) in _TODAS.items():
        completa = medidas[arriba].notna() & medidas[abajo].notna()
        medidas[f"{razon}_arriba"] = medidas[arriba].where(completa)
        medidas[f"{razon}_abajo"] = medidas[abajo].where(completa)
    medidas["n_rubros"] = 1.0
    medidas["n_sin_dato"] = filas[list(ETAPAS_DEL_GASTO)].isna().any(axis=1).astype("float64")
    for campo, cuantas in SIN_VALOR.items():
        medidas[cuantas] = filas[campo].isna().astype("float64")
    return medidas


def _indices_de_nivel(filas: pd.DataFrame, medidas: pd.DataFrame, nivel: str) -> pd.DataFrame:
    codigos = filas[nivel].fillna(SIN_CODIGO).to_numpy(dtype=object)
    sumas = medidas.groupby(codigos, sort=True).sum(min_count=1)
    nombres = filas[f"nombre_{nivel}"].groupby(codigos, sort=True).first().to_dict()
    nombres = {**nombres, SIN_CODIGO: NOMBRE_SIN_CODIGO}
    conteos = ["n_rubros", "n_sin_dato", *SIN_VALOR.values()]
    tabla = sumas[[*conteos, *ETAPAS_DEL_GASTO, *DIFERENCIAS]].astype(dict.fromkeys(conteos, "int64"))
    for razon in _TODAS:
        abajo = sumas[f"{razon}_abajo"]
        tabla[razon] = (sumas[f"{razon}_arriba"] / abajo.where(abajo > 0)).astype(np.float64)
    propios = sumas.index.to_series().map(nombres)
    return tabla.assign(nivel=nivel, codigo=sumas.index, nombre=propios).reset_index(drop=True)
