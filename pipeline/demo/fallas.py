"""Fallas realistas del ejemplo: se leen de `recursos/demo/fallas.yml` y se siembran en los libros."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from pipeline.archivos import leer_yml
from pipeline.demo.insumos import CARPETA
from pipeline.errores import ErrorSeguimiento
from pipeline.plantillas import Formula

CLASES = (
    "no_entrega", "tardia", "columna_borrada", "celdas", "fila_repetida", "fila_extra", "fila_quitada",
    "movimientos", "plan",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Falla:
    """Una falla sembrada: dónde está, en qué consiste y qué se espera que detecte el sistema."""

    id: str
    clase: str
    cortes: tuple[str, ...]  # ("2025-T4",) o ("plan",)
    que: str
    deteccion: str
    instrumento: str = "pi"
    dependencia: str = ""
    metas: tuple[str, ...] = ()
    donde: Mapping[str, Any] = field(default_factory=dict)  # qué filas, además de las de `metas`
    cambios: tuple[Mapping[str, Any], ...] = ()  # campo y: valor | error | (factor, sobre)
    columnas: tuple[str, ...] = ()  # campos que la dependencia borró
    en_movimientos: bool = False  # en el POAI, también en su hoja de movimientos
    reglas: tuple[str, ...] = ()  # códigos de las reglas que la hallan
    dias_de_mora: int = 0
    corregida: bool = False  # el libro se devuelve y llega una segunda versión sin la falla
    fila: Mapping[str, Any] = field(default_factory=dict)


@cache
def leer_fallas() -> tuple[Falla, ...]:
    """Las fallas documentadas, en orden; ErrorSeguimiento si una clase no existe."""
    datos = leer_yml((CARPETA / "fallas.yml").read_text(encoding="utf-8"))["fallas"]
    fallas = tuple(_leer_falla(registro) for registro in datos)
    ajenas = [falla.id for falla in fallas if falla.clase not in CLASES]
    if ajenas:
        raise ErrorSeguimiento(f"clase de falla desconocida en {', '.join(ajenas)}", archivo="fallas.yml")
    return fallas


def _leer_falla(registro: Mapping[str, Any]) -> Falla:
    campos: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in registro.items()}
    return Falla(**campos)


def fallas_de(corte: str, dependencia: str = "", instrumento: str = "pi") -> tuple[Falla, ...]:
    """Fallas del libro de una dependencia en un corte (o las del plan, con corte «plan»)."""
    return tuple(
        falla
        for falla in leer_fallas()
        if corte in falla.cortes and falla.dependencia == dependencia and falla.instrumento == instrumento
    )


def sembrar(filas: Sequence[Mapping[str, Any]], fallas: Sequence[Falla]) -> list[dict[str, Any]]:
    """Las filas del libro con las fallas puestas; no toca las que recibe."""
    resultado = [dict(fila) for fila in filas]
    for falla in fallas:
        if falla.clase in {"celdas", "plan"}:
            resultado = _cambiar_las_suyas(resultado, falla)
        elif falla.clase == "fila_repetida":
            resultado = _repetir(resultado, falla)
        elif falla.clase == "fila_quitada":
            resultado = [fila for fila in resultado if not _le_toca(fila, falla)]
        elif falla.clase == "fila_extra":
            resultado.append(dict(falla.fila))
    return resultado


def sembrar_movimientos(
    movimientos: Sequence[Mapping[str, Any]], fallas: Sequence[Falla]
) -> list[dict[str, Any]]:
    """Los movimientos del POAI con sus fallas puestas; no toca los que recibe."""
    resultado = [dict(movimiento) for movimiento in movimientos]
    for falla in fallas:
        if falla.clase == "fila_quitada" and falla.en_movimientos:
            resultado = [movimiento for movimiento in resultado if not _le_toca(movimiento, falla)]
        elif falla.clase == "movimientos" or falla.en_movimientos:
            resultado = _cambiar_las_suyas(resultado, falla)
    return resultado


def _cambiar_las_suyas(filas: Sequence[dict[str, Any]], falla: Falla) -> list[dict[str, Any]]:
    return [_cambiar(fila, falla.cambios) if _le_toca(fila, falla) else fila for fila in filas]


def _le_toca(fila: Mapping[str, Any], falla: Falla) -> bool:
    de_su_meta = not falla.metas or fila["codigo_meta"] in falla.metas
    return de_su_meta and all(fila.get(campo) == valor for campo, valor in falla.donde.items())


def columnas_borradas(fallas: Sequence[Falla]) -> tuple[str, ...]:
    """Campos cuyas columnas faltan en el libro."""
    return tuple(columna for falla in fallas for columna in falla.columnas)


def _repetir(filas: list[dict[str, Any]], falla: Falla) -> list[dict[str, Any]]:
    resultado = []
    for fila in filas:
        resultado.append(fila)
        if _le_toca(fila, falla):
            resultado.append(_cambiar(fila, falla.cambios))
    return resultado


def _cambiar(fila: Mapping[str, Any], cambios: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    nueva = dict(fila)
    for cambio in cambios:
        campo = cambio["campo"]
        if "error" in cambio:
            nueva[campo] = Formula(formula="=1/0", resultado=str(cambio["error"]))
        elif "factor" in cambio:
            base = fila[cambio.get("sobre", campo)]
            nueva[campo] = float(round(float(base) * float(cambio["factor"])))
        else:
            nueva[campo] = cambio["valor"]
    return nueva
