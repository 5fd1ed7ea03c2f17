"""Fórmulas del avance por tipo de meta, sobre arreglos de numpy. Solo aquí y en `cuatrienio` hay método.

Aquí no hay tablas, nombres de metas ni archivos: entran arreglos y salen arreglos, de modo que las mismas
fórmulas sirven para una meta explicada a mano y para ocho millones procesadas por bloques.

Convenciones de todo el módulo:
* NaN es «no se sabe»; nunca se reemplaza por cero.
* Una meta con programado vacío, cero o negativo no está programada: su avance es NaN.
* Los avances son razones sin unidad (1 es cumplir exactamente el programa).
* Fuentes: DNP, «Guía para la construcción y análisis de indicadores», cap. 3 (tipos de acumulación), y el
  seguimiento publicado por el DNP (ejecutado / programado); detalle y contraste en docs/metodologia.md.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.modelo import TipoMeta

Reales = npt.NDArray[np.float64]
Enteros = npt.NDArray[np.int8]
Logicos = npt.NDArray[np.bool_]

TIPOS: tuple[TipoMeta, ...] = tuple(TipoMeta)
CODIGO: dict[TipoMeta, int] = {tipo: codigo for codigo, tipo in enumerate(TIPOS)}
SIN_TIPO = -1
TOLERANCIA = 1e-12
"""Diferencia relativa que se atribuye a escribir decimales en binario (0,1 + 0,2 ≠ 0,3), no a la gestión."""

_CAPACIDAD = CODIGO[TipoMeta.CAPACIDAD]
_REDUCCIONES = (CODIGO[TipoMeta.REDUCCION], CODIGO[TipoMeta.REDUCCION_ANUAL])


def codigos_de_tipo(tipos: Any) -> Enteros:
    """Códigos enteros de una secuencia de tipos; SIN_TIPO donde el tipo está vacío o no se reconoce.

    >>> codigos_de_tipo(["acumulado", None, "reduccion"]).tolist()
    [0, -1, 5]
    """
    por_nombre = {tipo.value: codigo for tipo, codigo in CODIGO.items()}
    return np.fromiter((por_nombre.get(tipo, SIN_TIPO) for tipo in tipos), dtype=np.int8)


def es_programada(programado: Reales) -> Logicos:
    """Si hay programación: un valor mayor que cero.

    Vacío o cero es «no programada»: los libros escriben lo uno o lo otro cuando en la vigencia no se pidió
    nada, y contra nada no hay con qué medir un avance.

    >>> es_programada(np.array([np.nan, 0.0, 5.0])).tolist()
    [False, False, True]
    """
    return np.asarray(programado > 0, dtype=np.bool_)


def usa_linea_base(
    tipo: Enteros, objetivo: Reales, linea_base: Reales, *, descuenta_linea_base: bool = True
) -> Logicos:
    """Metas cuyo avance se mide desde la línea base y cuyos números lo permiten.

    Capacidad (si el método la descuenta) necesita línea base menor que el objetivo; reducción, mayor. Si
    falta o contradice el sentido de la meta, se usa la razón simple y la puerta de calidad lo señala.

    >>> usa_linea_base(codigos_de_tipo(["capacidad", "capacidad", "reduccion"]),
    ...                np.array([10.0, 10.0, 5.0]), np.array([4.0, 10.0, 20.0])).tolist()
    [True, False, True]
    """
    crece = (tipo == _CAPACIDAD) & (linea_base < objetivo) & descuenta_linea_base
    return np.asarray(crece | (es_reduccion(tipo) & (linea_base > objetivo)), dtype=np.bool_)


def es_reduccion(tipo: Enteros) -> Logicos:
    """Metas en que menos es mejor."""
    return np.asarray((tipo == _REDUCCIONES[0]) | (tipo == _REDUCCIONES[1]), dtype=np.bool_)


def avance_crudo(
    tipo: Enteros,
    ejecutado: Reales,
    programado: Reales,
    linea_base: Reales,
    *,
    descuenta_linea_base: bool = True,
) -> Reales:
    """Avance de la vigencia sin topes, por tipo de meta. NaN si no se programó o no se reportó.

    ====================================== =====================================================
    acumulado, flujo, stock, mantenimiento E / P
    capacidad                              (E − LB) / (P − LB); E / P si no se descuenta la línea
                                           base, si falta o si LB ≥ P (nada que aumentar)
    reducción, reducción anual             (LB − E) / (LB − P); P / E si falta la línea base o si
                                           LB ≤ P (nada que reducir); 1 si además E = 0
    sin tipo                               E / P, como el seguimiento del DNP
    ====================================== =====================================================

    Con E = P el numerador y el denominador son el mismo número y el resultado es exactamente 1.

    >>> tipo = codigos_de_tipo(["acumulado", "capacidad", "reduccion", "flujo"])
    >>> avance_crudo(tipo, np.array([30.0, 7.0, 16.0, 5.0]), np.array([40.0, 10.0, 12.0, 0.0]),
    ...              np.array([np.nan, 4.0, 20.0, np.nan])).tolist()
    [0.75, 0.5, 0.5, nan]
    """
    programada = es_programada(programado)
    desde_base = usa_linea_base(tipo, programado, linea_base, descuenta_linea_base=descuenta_linea_base)
    # (LB − E) / (LB − P) es el mismo cociente que (E − LB) / (P − LB): cambian ambos signos.
    numerador = np.where(desde_base, ejecutado - linea_base, ejecutado)
    denominador = np.where(desde_base, programado - linea_base, programado)
    avance = _dividir(numerador, np.where(programada, denominador, np.nan))
    inversa = programada & es_reduccion(tipo) & ~desde_base
    if inversa.any():
        avance[inversa] = _razon_inversa(ejecutado[inversa], programado[inversa])
    return avance


def con_tope(crudo: Reales, tope: float | None) -> Reales:
    """Avance que cuenta en los promedios: ni menor que 0 ni mayor que el tope (None: sin tope).

    >>> con_tope(np.array([-0.5, 0.4, 1.7, np.nan]), 1.0).tolist()
    [0.0, 0.4, 1.0, nan]
    """
    return np.asarray(np.clip(crudo, 0.0, tope), dtype=np.float64)


def avance_esperado(
    tipo: Enteros,
    programado: Reales,
    programado_corte: Reales,
    linea_base: Reales,
    *,
    transcurrido: Reales | float,
    perfil: bool = True,
    descuenta_linea_base: bool = True,
) -> Reales:
    """Avance que la meta debería llevar al corte, entre 0 y 1; NaN si no está programada.

    Con perfil: la misma fórmula del tipo aplicada al programado al corte. Sin perfil, o si la meta no lo
    trae: la fracción transcurrida de la vigencia (0,25 · 0,50 · 0,75 · 1). Un programado al corte de cero es
    que todavía no se esperaba nada, también en una meta de reducción, donde la fórmula daría lo contrario.

    >>> avance_esperado(codigos_de_tipo(["acumulado", "capacidad", "stock"]), np.array([40.0, 10.0, 8.0]),
    ...                 np.array([10.0, 7.0, np.nan]), np.array([np.nan, 4.0, np.nan]),
    ...                 transcurrido=0.5).tolist()
    [0.25, 0.5, 0.5]
    """
    lineal = np.where(es_programada(programado), transcurrido, np.nan)
    if not perfil:
        return lineal
    segun_perfil = avance_crudo(
        tipo, programado_corte, programado, linea_base, descuenta_linea_base=descuenta_linea_base
    )
    nada = es_programada(programado) & (programado_corte <= 0)
    segun_perfil = np.where(nada, 0.0, segun_perfil)
    return np.where(np.isnan(segun_perfil), lineal, np.clip(segun_perfil, 0.0, 1.0))


def ritmo(avance: Reales, esperado: Reales) -> Reales:
    """Avance dividido por lo esperado al corte; NaN si no se esperaba nada todavía.

    >>> ritmo(np.array([0.3, 0.0]), np.array([0.5, 0.0])).tolist()
    [0.6, nan]
    """
    return _dividir(avance, esperado)


def cota_de_la_vigencia(tope: float | None) -> float:
    """Lo más que puede valer el avance de una meta programada que no se conoce.

    Es el tope del método; sin tope no existe una cota y se usa 1, cumplir exactamente el programa.

    >>> cota_de_la_vigencia(1.2), cota_de_la_vigencia(None)
    (1.2, 1.0)
    """
    return 1.0 if tope is None else tope


def _dividir(numerador: Reales, denominador: Reales) -> Reales:
    """Cociente, con NaN donde el denominador es cero o falta."""
    with np.errstate(divide="ignore", invalid="ignore"):
        cociente = numerador / denominador
    return np.where(denominador == 0, np.nan, cociente)


def _razon_inversa(ejecutado: Reales, programado: Reales) -> Reales:
    """Programado / ejecutado; 1 si lo ejecutado es cero o menos (la reducción se cumplió del todo)."""
    razon = _dividir(programado, ejecutado)
    return np.where(ejecutado <= 0, 1.0, razon)
