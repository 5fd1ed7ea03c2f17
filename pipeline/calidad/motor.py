"""El único módulo que conoce Great Expectations: recibe reglas y una tabla, devuelve las filas que fallan.

La biblioteca se importa al usarla (cuesta segundos), con la telemetría, las barras y los avisos apagados.
"""

from __future__ import annotations

import gc
import importlib
import logging
import os
import re
import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from types import ModuleType
from typing import Any

import pandas as pd

from pipeline.calidad.ampliacion import CLAVE
from pipeline.calidad.reglas import Regla
from pipeline.errores import ErrorSeguimiento

PRESCINDIBLES = ("altair", "scipy.stats")
SI_FALLA = {"result_format": "BOOLEAN_ONLY"}
EN_QUE_FILAS = {
    "result_format": "COMPLETE",
    "unexpected_index_column_names": CLAVE,
    "return_unexpected_index_query": False,
}


def buscar_fallas(reglas: Sequence[Regla], tabla: pd.DataFrame) -> pd.DataFrame:
    """Filas que incumplen: columnas `regla`, `orden` (de la expectativa en su regla) y la clave de la fila.

    Una sola validación para todas las reglas y todos los libros, y otra de las que fallan para saber en qué
    filas: casi ninguna falla, y preguntarlo de todas cuesta el doble. Levanta ErrorSeguimiento que nombra la
    regla si Great Expectations no la pudo evaluar (columna ausente, tipo desconocido): eso es un defecto
    de la regla, no del libro.
    """
    pedidas = [(regla, orden) for regla in reglas for orden in range(len(regla.expectativas))]
    filas: list[dict[str, Any]] = []
    with _callada():
        lote = _activo().get_batch({"dataframe": tabla[_columnas_miradas(pedidas, tabla)]})
        hechas = _evaluar(lote, pedidas, SI_FALLA)
        con_fallas = [pedida for pedida, r in hechas if not r.success or _tolera(pedida)]
        for (regla, orden), resultado in _evaluar(lote, con_fallas, EN_QUE_FILAS):
            for lugar in resultado.result.get("unexpected_index_list") or ():
                filas.append({"regla": regla.codigo, "orden": orden, **{c: lugar[c] for c in CLAVE}})
    fallas = pd.DataFrame(filas, columns=["regla", "orden", *CLAVE])
    return fallas.astype({"orden": "int64", "fila": "Int64", "vigencia": "Int64"})


def _tolera(pedida: tuple[Regla, int]) -> bool:
    """Si la expectativa se da por cumplida aunque fallen algunas filas; aquí cuenta cada fila."""
    regla, orden = pedida
    return "mostly" in regla.expectativas[orden].argumentos


@contextmanager
def _callada() -> Iterator[None]:
    """Mientras dure, la biblioteca no escribe avisos."""
    logging.getLogger("great_expectations").setLevel(logging.CRITICAL)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@cache
def _activo() -> Any:
    """De dónde salen los lotes: uno por proceso, porque prepararlo cuesta y no depende de la tabla."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"  # antes de importar: así la lee la biblioteca
    contexto = importar_gx().get_context(mode="ephemeral")
    contexto.variables.progress_bars = {"globally": False}
    activo = contexto.data_sources.add_pandas("libros").add_dataframe_asset("filas")
    return activo.add_batch_definition_whole_dataframe("todas")


def _evaluar(
    lote: Any, pedidas: Sequence[tuple[Regla, int]], formato: Mapping[str, Any]
) -> list[tuple[tuple[Regla, int], Any]]:
    """Cada expectativa pedida con su resultado, que se exige evaluado de verdad."""
    if not pedidas:
        return []
    suite = importar_gx().ExpectationSuite(name="reglas", expectations=_configuraciones(pedidas))
    hechas = lote.validate(suite, result_format=dict(formato)).results
    resultados = {r.expectation_config.meta["pedida"]: r for r in hechas}
    return [(p, _exigir_evaluada(p[0], resultados.get(numero))) for numero, p in enumerate(pedidas)]


@cache
def importar_gx() -> Any:
    """Great Expectations sin lo que solo usan sus dibujos y sus pruebas estadísticas: la mitad del tiempo.

    Mientras se importa, esos módulos son sustitutos que cargan el verdadero si alguien les pide algo.
    """
    sustitutos = {nombre: _sustituto(nombre) for nombre in PRESCINDIBLES if nombre not in sys.modules}
    sys.modules.update(sustitutos)
    recogia = gc.isenabled()
    gc.disable()  # son cientos de miles de objetos que se quedan: recorrerlos al importar es tiempo perdido
    try:
        import great_expectations

        return great_expectations
    finally:
        gc.freeze()  # y que nadie los recorra después
        if recogia:
            gc.enable()
        for nombre in sustitutos:
            sys.modules.pop(nombre, None)


def _sustituto(nombre: str) -> ModuleType:
    def pedir(atributo: str) -> Any:
        if atributo.startswith("__"):
            raise AttributeError(atributo)
        if sys.modules.get(nombre) is modulo:
            del sys.modules[nombre]
        return getattr(importlib.import_module(nombre), atributo)

    modulo = ModuleType(nombre)
    modulo.__dict__["__getattr__"] = pedir
    return modulo


def _configuraciones(pedidas: Sequence[tuple[Regla, int]]) -> list[dict[str, Any]]:
    """Expectativas como las espera la biblioteca, que las devuelve en otro orden: `pedida` las reconoce."""
    return [
        {
            "type": regla.expectativas[orden].tipo,
            "kwargs": _argumentos(regla.expectativas[orden].argumentos),
            "meta": {"pedida": numero},
        }
        for numero, (regla, orden) in enumerate(pedidas)
    ]


def _columnas_miradas(pedidas: Sequence[tuple[Regla, int]], tabla: pd.DataFrame) -> list[str]:
    """Clave y columnas que nombran las reglas: cada condición copia la tabla y conviene que sea angosta."""
    textos = (str(v) for regla, orden in pedidas for v in regla.expectativas[orden].argumentos.values())
    nombradas = {palabra for texto in textos for palabra in re.findall(r"\w+", texto)}
    return [columna for columna in tabla.columns if columna in nombradas or columna in CLAVE]


def _argumentos(argumentos: Mapping[str, Any]) -> dict[str, Any]:
    return {**argumentos, **({"condition_parser": "pandas"} if "row_condition" in argumentos else {})}


def _exigir_evaluada(regla: Regla, resultado: Any) -> Any:
    """El resultado, si la regla se evaluó de verdad.

    La biblioteca no avisa: descarta en silencio un tipo que no conoce, y una excepción dentro de una
    expectativa llega como `success=False` sin filas, igual que una falla.
    """
    if resultado is None:
        raise _error(regla, "Great Expectations no conoce su tipo")
    informe = resultado.exception_info
    detalles = [informe, *(v for v in informe.values() if isinstance(v, Mapping))]
    mensajes = [str(d.get("exception_message")) for d in detalles if d.get("raised_exception")]
    if mensajes:
        raise _error(regla, mensajes[0][:200])
    return resultado


def _error(regla: Regla, motivo: str) -> ErrorSeguimiento:
    return ErrorSeguimiento(
        f"la regla {regla.codigo} no se pudo evaluar: {motivo}",
        archivo=regla.archivo,
        remedio="Revise «type» y «kwargs» de la regla",
    )
