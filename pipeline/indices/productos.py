"""Avance de productos y proyectos como lo calcula Cali en su Plan de Acción (formato SAP), para contrastarlo.

Sus libros pesan la actividad dentro del producto y el producto dentro del proyecto.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from pipeline.indices.formulas import Reales
from pipeline.indices.promedios import suma_ponderada
from pipeline.modelo import Corte


def avances_de_productos(registros: pd.DataFrame, corte: Corte) -> pd.DataFrame:
    """Avance de cada producto como lo calcula Cali: Σ ponderación de la actividad × su avance declarado.

    Devuelve codigo_proyecto, codigo_producto, ponderacion_producto, `avance` (calculado) y `declarado` (el
    que el libro trae), por producto. Los pesos no se renormalizan: si no suman 1 se ve en la cifra.
    """
    avance = registros[f"avance_actividad_t{corte.periodo.numero}"].to_numpy(dtype=np.float64)
    llave = ["codigo_proyecto", "codigo_producto"]
    return _sumar(
        registros,
        llave,
        avance,
        "ponderacion_actividad",
        declarado=f"avance_producto_t{corte.periodo.numero}",
        lleva=["ponderacion_producto"],
    )


def avances_de_proyectos(registros: pd.DataFrame, corte: Corte) -> pd.DataFrame:
    """Avance de cada proyecto como lo calcula Cali: Σ ponderación del producto × avance del producto.

    El del producto es el que el libro declara, para que la comprobación sea de este paso. Devuelve
    codigo_proyecto, `avance` y `declarado`.
    """
    del_periodo = f"avance_producto_t{corte.periodo.numero}"
    productos = registros.drop_duplicates(["codigo_proyecto", "codigo_producto"])
    avance = productos[del_periodo].to_numpy(dtype=np.float64)
    return _sumar(productos, ["codigo_proyecto"], avance, "ponderacion_producto", declarado="avance_proyecto")


def _sumar(
    tabla: pd.DataFrame,
    llave: list[str],
    valores: Reales,
    peso: str,
    *,
    declarado: str,
    lleva: list[str] | None = None,
) -> pd.DataFrame:
    grupos = tabla.groupby(llave, sort=True, dropna=False)
    salida = grupos[[declarado, *(lleva or [])]].first().reset_index()
    grupo = np.asarray(grupos.ngroup(), dtype=np.int64)
    pesos = tabla[peso].to_numpy(dtype=np.float64)
    avance = suma_ponderada(valores, np.nan_to_num(pesos), grupo, len(salida))
    return salida.rename(columns={declarado: "declarado"}).assign(avance=avance)
