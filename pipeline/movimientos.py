"""Libro de movimientos del POAI: apertura, modificaciones en el orden de sus actos y cierre de cada rubro.

Puro: recibe tablas y devuelve tablas. La puerta de calidad señala en su celda lo que aquí no cuadra.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from pipeline.formatos.rubros import LLAVE_RUBRO, MODIFICACIONES, llave, valor_con_signo

AL_PESO = 0.5
CUADRE = (
    *LLAVE_RUBRO, "apertura_cop", *(campo for campo, _ in MODIFICACIONES.values()), "n_movimientos",
    "sin_acto_cop", "segun_movimientos_cop", "definitiva_cop", "diferencia_cop", "anterior_cop",
    "cambio_cop", "cuadra",
)  # fmt: skip


def cuadrar_rubros(
    registros: pd.DataFrame, movimientos: pd.DataFrame, anteriores: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Una fila por rubro: apertura + Σ movimientos contra la apropiación definitiva, en pesos.

    Args:
        registros: `registros_poai` del corte.
        movimientos: tabla `movimientos` del corte, con los de toda la vigencia.
        anteriores: `registros_poai` del corte anterior de la vigencia; sin ellos `anterior_cop` queda vacío.

    `apertura_cop` es la apropiación inicial; cada clase lleva la suma de sus movimientos; `sin_acto_cop`, lo
    movido sin citar acto; `diferencia_cop` = definitiva − (apertura + movimientos con signo); `cambio_cop`,
    la definitiva menos la del corte anterior. `cuadra` es cierto si la diferencia no llega a medio peso y
    todo tiene acto. Un rubro que solo está en los movimientos sale con apertura y definitiva vacías.
    """
    cuadre = _sumar(registros, ["apropiacion_inicial_cop", "apropiacion_definitiva_cop"]).rename(
        columns={"apropiacion_inicial_cop": "apertura_cop", "apropiacion_definitiva_cop": "definitiva_cop"}
    )
    con_signo = valor_con_signo(movimientos)
    por_clase = {
        campo: movimientos["valor_cop"].where(movimientos["clase"] == clase)
        for clase, (campo, _) in MODIFICACIONES.items()
    }
    sumas = movimientos.assign(
        **por_clase,
        n_movimientos=1.0,
        sin_acto_cop=movimientos["valor_cop"].where(movimientos["acto"].isna()),
        movido_cop=con_signo,
    )
    sumables = [*por_clase, "n_movimientos", "sin_acto_cop", "movido_cop"]
    cuadre = cuadre.join(_sumar(sumas, sumables), how="outer")
    cuadre[sumables] = cuadre[sumables].fillna(0.0)
    previa = None if anteriores is None else _sumar(anteriores, ["apropiacion_definitiva_cop"])
    cuadre["anterior_cop"] = np.nan if previa is None else previa["apropiacion_definitiva_cop"]
    return _cerrar(cuadre, registros, movimientos)


def asientos(registros: pd.DataFrame, movimientos: pd.DataFrame) -> pd.DataFrame:
    """Los movimientos de cada rubro en el orden de sus actos, con el saldo de apropiación que van dejando.

    Agrega a `movimientos` `movido_cop` (con signo) y `saldo_cop` (apertura más lo movido hasta ese
    renglón; vacío si el rubro no tiene apertura o a algún movimiento le falta el valor).
    """
    apertura = _sumar(registros, ["apropiacion_inicial_cop"])["apropiacion_inicial_cop"]
    ordenados = movimientos.assign(movido_cop=valor_con_signo(movimientos)).sort_values(
        [*LLAVE_RUBRO, "fecha_acto", "archivo", "hoja", "fila"], ignore_index=True, kind="stable"
    )
    propia = llave(ordenados)
    corrido = ordenados["movido_cop"].groupby(propia).cumsum(skipna=False)
    return ordenados.assign(saldo_cop=propia.map(apertura.to_dict()).astype("float64") + corrido)


def _sumar(tabla: pd.DataFrame, campos: list[str]) -> pd.DataFrame:
    """Sumas por rubro, con el rubro como índice; vacías donde ninguna fila trae el valor."""
    valores = tabla[campos].astype("float64")
    return valores.groupby(llave(tabla).to_numpy()).sum(min_count=1)


def _cerrar(cuadre: pd.DataFrame, registros: pd.DataFrame, movimientos: pd.DataFrame) -> pd.DataFrame:
    codigos = pd.concat([t[list(LLAVE_RUBRO)] for t in (registros, movimientos)], ignore_index=True)
    codigos = codigos.assign(llave=llave(codigos)).drop_duplicates("llave").set_index("llave")
    tabla = codigos.join(cuadre, how="right")
    segun = tabla["apertura_cop"] + tabla["movido_cop"]
    diferencia = tabla["definitiva_cop"] - segun
    tabla = tabla.assign(
        n_movimientos=tabla["n_movimientos"].astype("int64"),
        segun_movimientos_cop=segun,
        diferencia_cop=diferencia,
        anterior_cop=tabla["anterior_cop"],
        cambio_cop=tabla["definitiva_cop"] - tabla["anterior_cop"],
        cuadra=(diferencia.abs() <= AL_PESO) & (tabla["sin_acto_cop"] == 0),
    )
    return tabla.sort_index()[list(CUADRE)].reset_index(drop=True)
