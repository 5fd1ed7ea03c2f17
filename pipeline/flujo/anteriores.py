"""Lo que ya se había recibido antes del corte: sirve para comparar y para la historia del cuatrienio."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from pipeline import calidad, recepcion
from pipeline.esquemas import crear_tabla
from pipeline.flujo import memoria
from pipeline.flujo.contexto import Contexto
from pipeline.flujo.entrada import TABLAS, Entregas
from pipeline.flujo.ultima_valida import leer_y_juzgar
from pipeline.modelo import Corte, Periodo


def cortes_previos(contexto: Contexto) -> list[Contexto]:
    """Cortes anteriores de la misma vigencia que tienen entregas, del primero al último."""
    return [
        _en(contexto, vigencia, periodo)
        for vigencia, periodo in recepcion.cortes_con_entregas(contexto.rutas)
        if vigencia == contexto.corte.vigencia and periodo < contexto.corte.periodo.value
    ]


def cortes_del_cuatrienio(contexto: Contexto) -> list[Contexto]:
    """Todos los cortes anteriores del cuatrienio que tienen entregas, del primero al último."""
    inicio = contexto.config.entidad.cuatrienio[0]
    propio = (contexto.corte.vigencia, contexto.corte.periodo.value)
    return [
        _en(contexto, vigencia, periodo)
        for vigencia, periodo in recepcion.cortes_con_entregas(contexto.rutas)
        if inicio <= vigencia and (vigencia, periodo) < propio
    ]


def cierres_previos(contexto: Contexto) -> list[Contexto]:
    """El último corte con entregas de cada vigencia anterior del cuatrienio, de la primera a la última."""
    ultimos = dict(recepcion.cortes_con_entregas(contexto.rutas))
    inicio = contexto.config.entidad.cuatrienio[0]
    return [
        _en(contexto, vigencia, periodo)
        for vigencia, periodo in sorted(ultimos.items())
        if inicio <= vigencia < contexto.corte.vigencia
    ]


def leer_anteriores(contexto: Contexto, instrumento: str = "pi") -> pd.DataFrame:
    """Registros aceptados de los cortes y cierres previos, con la columna `corte` («2025-T2»).

    Del POAI y del Plan de Acción, que se programan por vigencia, solo el corte anterior de la misma. Se
    releen de data/raw, porque lo procesado se puede haber borrado, y se juzgan solo con lo que hallan la
    lectura y la limpieza: correr todas las reglas en cada corte previo costaría más que el propio corte. Como
    en el corte en curso, si un reenvío se devolvió cuenta la última versión que se pudo aceptar.
    """
    de_la_vigencia = cortes_previos(contexto)
    previos = [*cierres_previos(contexto), *de_la_vigencia] if instrumento == "pi" else de_la_vigencia[-1:]
    partes = [_aceptados_en(previo, instrumento).assign(corte=str(previo.corte)) for previo in previos]
    con_filas = [parte for parte in partes if len(parte)]
    if not con_filas:
        return crear_tabla(TABLAS[instrumento]).assign(corte=pd.Series(dtype="str"))
    return pd.concat(con_filas, ignore_index=True)


def _en(contexto: Contexto, vigencia: int, periodo: str) -> Contexto:
    return replace(contexto, corte=Corte(vigencia=vigencia, periodo=Periodo(periodo)))


def _aceptados_en(previo: Contexto, instrumento: str) -> pd.DataFrame:
    """Lo aceptado de un instrumento en un corte anterior; se vuelve a juntar solo si cambió algún libro."""

    def juntar() -> dict[str, pd.DataFrame]:
        return {"registros": _aceptados(*leer_y_juzgar(previo, instrumento, con_traza=False))}

    return memoria.del_corte(previo, f"aceptados_{instrumento}", ["registros"], juntar)["registros"]


def _aceptados(leidas: Entregas, entregas: pd.DataFrame, hallazgos: pd.DataFrame) -> pd.DataFrame:
    """Filas de libros no devueltos, sin bloqueos de lectura y, en el PI, con una meta que no se repite."""
    registros = calidad.registros_aceptados(leidas.registros, entregas, hallazgos)
    if leidas.instrumento != "pi":
        return registros
    registros = registros[registros["codigo_meta"].notna()]
    return registros.drop_duplicates(["codigo_meta", "vigencia"], keep=False)
