"""Cuentas que otros publican (DNP, Cali, Ibagué) y que solo sirven aquí, para reproducir sus cifras.

La tubería no las usa: sus índices renormalizan los pesos y no llevan las etiquetas del DNP. Las ocho son las
de sus informes de seguimiento (hojas físico y financiero, 2024-2025); el orden de las condiciones se dedujo
de ellos.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from pipeline.indices.formulas import Logicos, Reales
from pipeline.indices.promedios import Grupos, promedio
from pipeline.modelo import Corte

CIEN_POR_CIENTO = "Se ejecutó el 100% de lo programado en la vigencia"
POR_ENCIMA = "Hubo ejecución por encima de lo programado en SisPT"
NO_SE_EJECUTO = "No se ejecutó en la vigencia"
NI_PROGRAMO_NI_EJECUTO = "No se programó ni ejecutó en la vigencia"
NO_PROGRAMADO = "Se ejecutó un producto no programado en la vigencia"


def explicacion_dnp(
    ejecutado: Reales, programado: Reales, tiene_bpin: Logicos, *, sistema: str = "PIIP"
) -> npt.NDArray[np.object_]:
    """Etiqueta de cada cifra según lo ejecutado, lo programado y si tiene código BPIN.

    `sistema` es «PIIP» (avance físico) o «CUIPO» (obligaciones). NaN en `ejecutado` es que no se encontró.

    >>> nan = np.nan
    >>> explicacion_dnp(np.array([nan, 2.0, 0.0]), np.array([1.0, 1.0, 0.0]), np.array([True] * 3)).tolist()
    ... # doctest: +NORMALIZE_WHITESPACE
    ['No se encontró ejecución en PIIP', 'Hubo ejecución por encima de lo programado en SisPT',
     'No se programó ni ejecutó en la vigencia']
    """
    debajo = "ejecutado" if sistema == "PIIP" else "obligado"
    sin_dato = np.isnan(ejecutado)
    sin_programa = np.isnan(programado) | (programado == 0)
    casos = [
        (sin_dato & ~tiene_bpin, f"Por falta de código BPIN, no se encontró ejecución en {sistema}"),
        (sin_dato, f"No se encontró ejecución en {sistema}"),
        (sin_programa & (ejecutado == 0), NI_PROGRAMO_NI_EJECUTO),
        (sin_programa, NO_PROGRAMADO),
        (ejecutado == 0, NO_SE_EJECUTO),
        (ejecutado < programado, f"Lo {debajo} está por debajo de lo programado en la vigencia"),
        (ejecutado > programado, POR_ENCIMA),
    ]
    etiquetas = np.full(len(ejecutado), CIEN_POR_CIENTO, dtype=object)
    for condicion, etiqueta in reversed(casos):
        etiquetas[condicion] = etiqueta
    return etiquetas


def suma_ponderada(valores: Reales, pesos: Reales, grupo: Grupos, cuantos: int) -> Reales:
    """Σ peso × valor de cada grupo, sin renormalizar; NaN si ninguno tiene valor.

    Es como Cali agrega actividades y productos. Si los pesos del grupo no suman 1, el resultado tampoco llega
    a 1 con todo cumplido: por eso los índices del plan usan `promedio`, y esta queda para reproducir cifras.

    >>> suma_ponderada(np.array([1.0, 0.5]), np.array([0.25, 0.5]), np.array([0, 0]), 1).tolist()
    [0.5]
    """
    tiene = ~np.isnan(valores)
    suma = np.bincount(grupo, weights=np.where(tiene, valores * pesos, 0.0), minlength=cuantos)
    return np.where(np.bincount(grupo[tiene], minlength=cuantos) > 0, suma, np.nan)


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


def promedio_del_arbol(
    valores: Mapping[str, float], pesos: Mapping[str, float], padres: Mapping[str, str | None]
) -> dict[str, float]:
    """Valor de cada nodo de un árbol de cualquier profundidad con pesos declarados en todos sus niveles.

    Args:
        valores: el de cada hoja; NaN si no cuenta.
        pesos: el de cada nodo dentro de su padre, en cualquier escala (se renormaliza entre hermanos con
            valor, en cada nivel).
        padres: el de cada nodo; None en las raíces. Las hojas son los nodos sin hijos.

    >>> promedio_del_arbol({"a": 1.0, "b": 0.5, "c": float("nan")}, {"a": 50, "b": 50, "c": 100, "p": 1},
    ...                    {"a": "p", "b": "p", "c": "p", "p": None})["p"]
    0.75
    """
    hijos: dict[str, list[str]] = {}
    for nodo, padre in sorted(padres.items()):
        if padre is not None:
            hijos.setdefault(padre, []).append(nodo)
    resultado: dict[str, float] = {}

    def valorar(nodo: str) -> float:
        if nodo not in hijos:
            resultado[nodo] = valores.get(nodo, np.nan)
            return resultado[nodo]
        de_hijos = np.array([valorar(hijo) for hijo in hijos[nodo]])
        de_pesos = np.array([pesos[hijo] for hijo in hijos[nodo]], dtype=np.float64)
        un_grupo = np.zeros(len(de_hijos), dtype=np.int64)
        resultado[nodo] = float(promedio(de_hijos, de_pesos, un_grupo, 1)[0])
        return resultado[nodo]

    for raiz in sorted(nodo for nodo, padre in padres.items() if padre is None):
        valorar(raiz)
    return resultado
