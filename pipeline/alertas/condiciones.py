"""Condiciones de una regla, escritas como datos: «ritmo < umbral.rezago». Nada se evalúa como código.

Una condición es `campo operador valor`. El valor es un número, `si` o `no`, un texto, `umbral.nombre` (de
[umbrales]) o `campo.nombre` (otra medida de la misma fila). Lo que está vacío no cumple ninguna comparación:
no saber no es alertar.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from pipeline.errores import ErrorConfiguracion
from pipeline.explicacion import parecido

_FORMA = re.compile(
    r"(?P<campo>[a-z0-9_]+) +"
    r"(?P<operador>no es vacio|es vacio|incluye|excluye|en|<=|>=|!=|<|>|=)"
    r"(?: +(?P<valor>.+))?"
)
_SIN_VALOR = ("es vacio", "no es vacio")
_COMPARACIONES: dict[str, Callable[..., np.ndarray[Any, np.dtype[np.bool_]]]] = {
    "<": lambda a, b, iguales: (a < b) & ~iguales,
    ">": lambda a, b, iguales: (a > b) & ~iguales,
    "<=": lambda a, b, iguales: (a < b) | iguales,
    ">=": lambda a, b, iguales: (a > b) | iguales,
    "=": lambda a, b, iguales: iguales,
    "!=": lambda a, b, iguales: ~iguales,
}
_HOLGURA = 1e-9
"""Diferencia relativa que se atribuye a escribir decimales en binario: 1 − 0,9 no pasa de 0,1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Condicion:
    """Una comparación sobre una medida."""

    campo: str
    operador: str
    valor: str


@cache
def leer_condicion(texto: str) -> Condicion:
    """La condición escrita en una regla; ErrorConfiguracion si no tiene la forma admitida.

    >>> leer_condicion("ritmo < umbral.rezago")
    Condicion(campo='ritmo', operador='<', valor='umbral.rezago')
    """
    partes = _FORMA.fullmatch(texto.strip())
    if partes is None or (partes["valor"] is None) != (partes["operador"] in _SIN_VALOR):
        raise ErrorConfiguracion(
            f"no se entiende la condición «{texto}»",
            remedio="Escríbala como «campo operador valor»; por ejemplo «ritmo < umbral.rezago»",
        )
    return Condicion(campo=partes["campo"], operador=partes["operador"], valor=partes["valor"] or "")


def cumplen(
    medidas: pd.DataFrame, condiciones: Sequence[str], umbrales: Mapping[str, float]
) -> pd.Series[bool]:
    """Filas que cumplen todas las condiciones.

    Levanta ErrorConfiguracion si una nombra una medida o un umbral que no existe.

    >>> tabla = pd.DataFrame({"ritmo": [0.4, 0.9, None]})
    >>> cumplen(tabla, ["ritmo < umbral.rezago"], {"rezago": 0.75}).tolist()
    [True, False, False]
    """
    casos = pd.Series(True, index=medidas.index)
    for texto in condiciones:
        casos &= _cumple(medidas, leer_condicion(texto), umbrales)
    return casos


def umbrales_de(condiciones: Sequence[str]) -> list[str]:
    """Umbrales que nombran las condiciones, en orden."""
    valores = [leer_condicion(texto).valor for texto in condiciones]
    return [valor.removeprefix("umbral.") for valor in valores if valor.startswith("umbral.")]


def _cumple(medidas: pd.DataFrame, condicion: Condicion, umbrales: Mapping[str, float]) -> pd.Series[bool]:
    columna = _columna(medidas, condicion.campo)
    if condicion.operador in _SIN_VALOR:
        vacia = columna.isna() | columna.astype("str").str.strip().eq("")
        return vacia if condicion.operador == "es vacio" else ~vacia
    if condicion.operador == "en":
        return columna.isin([parte.strip() for parte in condicion.valor.split("|")])
    if condicion.operador in ("incluye", "excluye"):
        buscado = condicion.valor
        esta = columna.map(lambda texto: isinstance(texto, str) and buscado in texto.split()).astype(bool)
        return esta if condicion.operador == "incluye" else ~esta
    return _comparar(columna, condicion, _valor(medidas, condicion, umbrales))


def _comparar(
    columna: pd.Series[float], condicion: Condicion, valor: float | str | pd.Series[float]
) -> pd.Series[bool]:
    if isinstance(valor, str):
        if condicion.operador not in ("=", "!="):
            raise ErrorConfiguracion(f"«{condicion.campo} {condicion.operador} {valor}» compara con un texto")
        igual = columna.astype("str").eq(valor)
        return columna.notna() & (igual if condicion.operador == "=" else ~igual)
    numeros = _numeros(columna, condicion)
    otros = pd.Series(valor, index=numeros.index, dtype="float64")
    # En numpy y solo la comparación pedida: se hacen cientos por corte, cada una sobre pocas metas.
    a, b = numeros.to_numpy(), otros.to_numpy()
    iguales = np.abs(a - b) <= _HOLGURA * np.maximum(1.0, np.abs(b))
    casos = _COMPARACIONES[condicion.operador](a, b, iguales) & ~np.isnan(a) & ~np.isnan(b)
    return pd.Series(casos, index=numeros.index)


def _valor(
    medidas: pd.DataFrame, condicion: Condicion, umbrales: Mapping[str, float]
) -> float | str | pd.Series[float]:
    texto = condicion.valor
    if texto.startswith("campo."):
        return _numeros(_columna(medidas, texto.removeprefix("campo.")), condicion)
    if texto.startswith("umbral."):
        nombre = texto.removeprefix("umbral.")
        if nombre not in umbrales:
            raise ErrorConfiguracion(
                f"no existe el umbral «{nombre}»", remedio=parecido(nombre, sorted(umbrales))
            )
        return float(umbrales[nombre])
    if texto in ("si", "no"):
        return float(texto == "si")
    try:
        return float(texto)
    except ValueError:
        return texto


def _numeros(columna: pd.Series[float], condicion: Condicion) -> pd.Series[float]:
    try:
        return columna.astype("float64")
    except (ValueError, TypeError) as error:
        raise ErrorConfiguracion(
            f"«{condicion.campo} {condicion.operador} {condicion.valor}» compara un texto con un número",
            remedio="Compare los textos con «=», «!=» o «en a|b»",
        ) from error


def _columna(medidas: pd.DataFrame, nombre: str) -> pd.Series[float]:
    if nombre not in medidas.columns:
        raise ErrorConfiguracion(
            f"no existe la medida «{nombre}»", remedio=parecido(nombre, sorted(medidas.columns))
        )
    return medidas[nombre]
