"""De la razón de un nodo del POAI a sus dos sumas, con los números puestos. No suma por su cuenta.

Toma de `presupuesto` las mismas filas y medidas con que se calculó `indices_poai` y exige lo publicado.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from pipeline.formato_es import contar, exacto, numero, porcentaje
from pipeline.indices.explicacion import NOMBRES
from pipeline.indices.explicacion_nodos import ExplicacionDeNodo, exigir_publicado, nodo_explicado
from pipeline.indices.presupuesto import RAZONES, nodos_del_poai

DEFINITIVA = "apropiacion_definitiva_cop"
NOMBRES_DEL_POAI = {**NOMBRES, "cdp_cop": "CDP"}


def explicar_indices_poai(
    registros: pd.DataFrame,
    plan: pd.DataFrame,
    indices_poai: pd.DataFrame,
    nombres_dependencias: Mapping[str, str],
) -> list[ExplicacionDeNodo]:
    """Las cuatro razones (CDP, compromisos, obligaciones y pagos) de cada fila de `indices_poai`.

    `registros` y `plan` son los que recibió `calcular_indices_poai`. Levanta ErrorSeguimiento si una cuenta
    no da lo publicado: sería un defecto nuestro.
    """
    if registros.empty:
        return []
    nodos = nodos_del_poai(registros, plan, nombres_dependencias)
    explicaciones: list[ExplicacionDeNodo] = []
    for nivel, publicados in indices_poai.groupby("nivel", sort=False):
        for medida, campo in RAZONES.items():
            sumas = _sumas(registros, campo, nodos[str(nivel)]).reindex(publicados["codigo"])
            cuentas = zip(sumas.to_dict("records"), publicados[["codigo", medida]].to_numpy(), strict=True)
            explicaciones += [_explicar(str(nivel), str(c), medida, campo, s, p) for s, (c, p) in cuentas]
    return explicaciones


def _sumas(registros: pd.DataFrame, campo: str, nodo: pd.Series) -> pd.DataFrame:
    """Por nodo: las dos sumas de la razón, cuántos rubros traen ambos valores y cuántos hay."""
    completa = registros[campo].notna() & registros[DEFINITIVA].notna()
    partes = pd.DataFrame(
        {
            "arriba": registros[campo].where(completa),
            "abajo": registros[DEFINITIVA].where(completa),
            "completos": completa.astype("int64"),
            "rubros": 1,
        }
    )
    return partes.groupby(nodo).sum()


def _explicar(
    nivel: str, codigo: str, medida: str, campo: str, suma: Mapping[Any, Any], publicado: float
) -> ExplicacionDeNodo:
    nombre, arriba, abajo = NOMBRES_DEL_POAI[campo], float(suma["arriba"]), float(suma["abajo"])
    resultado = arriba / abajo if abajo > 0 else math.nan
    exigir_publicado(resultado, publicado, nivel, codigo, medida)
    completos, rubros = int(suma["completos"]), int(suma["rubros"])
    if math.isnan(resultado):
        porque = "la apropiación definitiva suma cero" if completos else "ningún rubro trae los dos valores"
        return nodo_explicado(nivel, codigo, medida, f"Sin razón de {nombre}: {porque}.")
    fuera = f"; {_no_entran(rubros - completos)} por no traer los dos valores" if rubros > completos else ""
    texto = (
        f"{nombre[0].upper()}{nombre[1:]} / apropiación definitiva = {exacto(arriba)} / {exacto(abajo)} = "
        f"{porcentaje(resultado)}, sobre {contar(completos, 'rubro')}{fuera}."
    )
    return nodo_explicado(nivel, codigo, medida, texto, arriba, abajo, resultado)


def _no_entran(cuantos: int) -> str:
    return f"{numero(cuantos, 0)} no {'entra' if cuantos == 1 else 'entran'}"
