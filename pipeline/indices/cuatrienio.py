"""Avance del cuatrienio por tipo de meta, con sus cotas. Mismas convenciones que `formulas`.

Las matrices tienen una fila por meta y una columna por vigencia del cuatrienio, en orden. Solo se usa lo
ejecutado hasta la vigencia del corte; lo programado se usa completo. Fuentes: docs/metodologia.md §4.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.indices.formulas import (
    CODIGO,
    SIN_TIPO,
    TOLERANCIA,
    Enteros,
    Logicos,
    Reales,
    avance_crudo,
    con_tope,
    cota_de_la_vigencia,
)
from pipeline.modelo import Metodo, TipoMeta

_ACUMULADO = CODIGO[TipoMeta.ACUMULADO]
_ANUALES = (CODIGO[TipoMeta.MANTENIMIENTO], CODIGO[TipoMeta.REDUCCION_ANUAL])


@dataclass(frozen=True, slots=True, kw_only=True)
class Cuatrienio:
    """Avance del cuatrienio de cada meta: crudo, con tope, cotas y lo ejecutado que lo sustenta."""

    ejecutado: Reales
    crudo: Reales
    avance: Reales
    inferior: Reales
    superior: Reales


@dataclass(frozen=True, slots=True, kw_only=True)
class _Serie:
    """Lo que se sabe de cada meta hasta el corte, ya recortado a las vigencias transcurridas."""

    tipo: Enteros
    ejecutado: Reales
    programado: Reales
    linea_base: Reales
    meta: Reales
    programadas_total: Reales
    falta: Logicos  # se programó y no se conoce lo ejecutado


def avance_cuatrienio(
    tipo: Enteros,
    ejecutado: Reales,
    programado: Reales,
    linea_base: Reales,
    meta: Reales,
    *,
    transcurridas: int,
    metodo: Metodo,
) -> Cuatrienio:
    """Avance del cuatrienio al cierre de la vigencia número `transcurridas` (contada desde 1).

    * acumulado: Σ E / M de las vigencias transcurridas.
    * flujo, stock, capacidad, reducción: la fórmula del tipo con el último valor conocido y M como objetivo.
    * mantenimiento, reducción anual: promedio del avance de cada vigencia programada, con tope, sobre todas
      las programadas del cuatrienio (`denominador_mantenimiento = cuatrienio`) o solo las transcurridas.

    Cotas: lo programado que no se conoce vale 0 (inferior) o cumple su programa (superior). Una meta sin
    tipo o sin M (salvo las que no la usan) queda en NaN.

    >>> resultado = avance_cuatrienio(
    ...     np.array([0], dtype=np.int8), np.array([[2.0, np.nan, 0, 0]]), np.array([[2.0, 3, 3, 2]]),
    ...     np.array([np.nan]), np.array([10.0]), transcurridas=2, metodo=Metodo())
    >>> [v.tolist() for v in (resultado.avance, resultado.inferior, resultado.superior)]
    [[0.2], [0.2], [0.5]]
    """
    hasta = slice(None, transcurridas)
    serie = _Serie(
        tipo=tipo,
        ejecutado=ejecutado[:, hasta],
        programado=programado[:, hasta],
        linea_base=linea_base,
        meta=np.where(meta > 0, meta, np.nan),
        programadas_total=(programado > 0).sum(axis=1).astype(np.float64),
        falta=(programado[:, hasta] > 0) & np.isnan(ejecutado[:, hasta]),
    )
    return _por_tipo(serie, metodo)


def _por_tipo(serie: _Serie, metodo: Metodo) -> Cuatrienio:
    """Cada meta con la regla de su tipo; las que no tienen tipo quedan en NaN."""
    tipo = serie.tipo
    salida = {nombre: np.full(tipo.shape[0], np.nan) for nombre in Cuatrienio.__dataclass_fields__}
    anuales = (tipo == _ANUALES[0]) | (tipo == _ANUALES[1])
    acumuladas = tipo == _ACUMULADO
    de_nivel = ~anuales & ~acumuladas & (tipo != SIN_TIPO)
    for cuales, calcular in ((acumuladas, _acumulado), (de_nivel, _nivel), (anuales, _anual)):
        posiciones = np.flatnonzero(cuales)
        if len(posiciones):
            parte = calcular(_recortar(serie, posiciones), metodo)
            for nombre, valores in salida.items():
                valores[posiciones] = getattr(parte, nombre)
    return Cuatrienio(**salida)


def _recortar(serie: _Serie, posiciones: npt.NDArray[np.intp]) -> _Serie:
    return _Serie(**{n: np.take(getattr(serie, n), posiciones, axis=0) for n in _Serie.__dataclass_fields__})


def _acumulado(serie: _Serie, metodo: Metodo) -> Cuatrienio:
    conocido = _sumar(serie.ejecutado)
    posible = _sumar(np.where(serie.falta, serie.programado, serie.ejecutado))
    # Se programó algo y nada se conoce: no hay avance que publicar, solo cotas.
    sin_dato = serie.falta.any(axis=1) & np.isnan(serie.ejecutado).all(axis=1)
    ejecutado = np.where(sin_dato, np.nan, conocido)
    return _armar(
        ejecutado=ejecutado,
        crudo=_sobre_la_meta(ejecutado, serie.meta),
        inferior=con_tope(_sobre_la_meta(conocido, serie.meta), metodo.tope),
        superior=con_tope(_sobre_la_meta(posible, serie.meta), metodo.tope),
        metodo=metodo,
    )


def _nivel(serie: _Serie, metodo: Metodo) -> Cuatrienio:
    def medir(valor: Reales) -> Reales:
        return avance_crudo(
            serie.tipo,
            valor,
            serie.meta,
            serie.linea_base,
            descuenta_linea_base=metodo.capacidad_descuenta_linea_base,
        )

    # Un cero en una vigencia no programada no es una medición del nivel: es que no había nada que medir.
    sin_medir = (serie.ejecutado == 0) & ~(serie.programado > 0)
    niveles = np.where(sin_medir, np.nan, serie.ejecutado)
    ultimo = _ultimo_conocido(niveles)
    medible = ~np.isnan(serie.meta)
    sin_empezar = np.isnan(ultimo) & ~serie.falta.any(axis=1)
    crudo = np.where(sin_empezar & medible, 0.0, medir(ultimo))
    # Solo importa lo que falta DESPUÉS del último dato: un nivel posterior reemplaza a los anteriores.
    pendiente = _falta_tras_el_ultimo(serie.falta, niveles)
    conocido = np.nan_to_num(con_tope(crudo, metodo.tope), nan=0.0)
    programado = medir(_ultimo_conocido(np.where(serie.programado > 0, serie.programado, np.nan)))
    posible = np.fmax(conocido, con_tope(programado, metodo.tope))
    return _armar(
        ejecutado=ultimo,
        crudo=crudo,
        inferior=np.where(medible, np.where(pendiente, 0.0, conocido), np.nan),
        superior=np.where(medible, np.where(pendiente, posible, conocido), np.nan),
        metodo=metodo,
    )


def _anual(serie: _Serie, metodo: Metodo) -> Cuatrienio:
    vigencias = serie.ejecutado.shape[1]
    crudos = np.column_stack(
        [
            avance_crudo(serie.tipo, serie.ejecutado[:, v], serie.programado[:, v], serie.linea_base)
            for v in range(vigencias)
        ]
    )
    transcurridas = (serie.programado > 0).sum(axis=1).astype(np.float64)
    del_cuatrienio = metodo.denominador_mantenimiento == "cuatrienio"
    denominador = serie.programadas_total if del_cuatrienio else transcurridas
    denominador = np.where(denominador == 0, np.nan, denominador)
    conocido = _sumar(con_tope(crudos, metodo.tope)) / denominador
    faltantes = serie.falta.sum(axis=1) * cota_de_la_vigencia(metodo.tope)
    # Lo de una vigencia no programada no es una medición: no cuenta como dato.
    sin_dato = serie.falta.any(axis=1) & np.isnan(crudos).all(axis=1)
    armado = _armar(
        ejecutado=_ultimo_conocido(serie.ejecutado),
        crudo=np.where(sin_dato, np.nan, _sumar(crudos) / denominador),
        inferior=conocido,
        superior=conocido + faltantes / denominador,
        metodo=metodo,
    )
    # El tope se aplica a cada vigencia: el exceso de un año no tapa lo que faltó en otro.
    return Cuatrienio(
        ejecutado=armado.ejecutado,
        crudo=armado.crudo,
        avance=np.where(sin_dato, np.nan, conocido),
        inferior=armado.inferior,
        superior=con_tope(armado.superior, metodo.tope),
    )


def _armar(
    *, ejecutado: Reales, crudo: Reales, inferior: Reales, superior: Reales, metodo: Metodo
) -> Cuatrienio:
    return Cuatrienio(
        ejecutado=ejecutado,
        crudo=crudo,
        avance=con_tope(crudo, metodo.tope),
        inferior=inferior,
        superior=superior,
    )


def _sobre_la_meta(suma: Reales, meta: Reales) -> Reales:
    """Suma / meta. La suma que solo difiere de la meta por los decimales en binario es la meta."""
    igual = np.abs(suma - meta) <= TOLERANCIA * np.abs(meta)
    return np.asarray(np.where(igual, 1.0, suma / meta), dtype=np.float64)


def _sumar(valores: Reales) -> Reales:
    """Suma por fila de lo conocido, en el orden de las vigencias."""
    return np.asarray(np.nansum(valores, axis=1), dtype=np.float64)


def _ultimo_conocido(valores: Reales) -> Reales:
    """Último valor no vacío de cada fila; NaN si todos lo son."""
    ultimo = valores[:, 0].copy()
    for columna in range(1, valores.shape[1]):
        actual = valores[:, columna]
        ultimo = np.where(np.isnan(actual), ultimo, actual)
    return ultimo


def _falta_tras_el_ultimo(falta: Logicos, niveles: Reales) -> Logicos:
    pendiente = np.zeros(falta.shape[0], dtype=np.bool_)
    for columna in range(falta.shape[1]):
        conocido = ~np.isnan(niveles[:, columna])
        pendiente = falta[:, columna] | (pendiente & ~conocido)
    return pendiente
