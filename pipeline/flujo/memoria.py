"""Lo ya hecho, para no rehacerlo mientras nada de lo que depende cambie: tablas guardadas con su clave.

Vive en data/processed, en carpetas ocultas que se pueden borrar: solo ahorra tiempo. Guarda tablas, nunca
objetos. Toda clave lleva el código y las bibliotecas, la configuración y las reglas de la entidad.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline.errores import ErrorEntorno
from pipeline.flujo.contexto import Contexto
from pipeline.manifiesto import (
    CODIGO,
    escribir_manifiesto,
    huella_archivo,
    huella_codigo,
    huella_de_crudos,
    huella_reglas,
    huella_texto,
    leer_manifiesto,
    motivo_para_rehacer,
)

LEIDOS = ".leidos"
LIBROS = ".libros"
REVISIONES = ".revisiones"
TURNO = ".turno"
REVISIONES_QUE_SE_GUARDAN = 4  # de cada clase y corte: la de hoy y las de antes de los últimos reenvíos
LIBRO = "_libro"
"""Columna que dice de qué libro es cada fila de lo recordado por libro."""


def por_libro(
    contexto: Contexto,
    que: str,
    libros: Mapping[str, str],
    tablas: Sequence[str],
    hacer: Callable[[str], Mapping[str, pd.DataFrame]],
) -> dict[str, pd.DataFrame]:
    """Lo que `hacer` saca de cada libro, y solo se llama con los que cambiaron desde la última vez.

    `libros` da por ruta (relativa a data/raw) lo que distingue su resultado, además de sus bytes, el código,
    las reglas y el corte. Cada tabla trae las filas de los libros en ese orden, con la columna LIBRO; la que
    no tiene filas no está.
    """
    crudos = contexto.rutas.crudos
    if not contexto.recuerda:
        return _juntar({}, {libro: hacer(libro) for libro in libros}, tablas)
    huellas = {ruta: huella_texto(huella_archivo(crudos / ruta), dicho) for ruta, dicho in libros.items()}
    carpeta, clave = _carpeta(contexto, LIBROS) / que, _clave_general(contexto)
    with _de_a_uno(carpeta):
        guardadas = _leer(carpeta, clave, tablas) or {}
        sabidos: dict[str, str] = (leer_manifiesto(carpeta) or {}).get("libros", {}) if guardadas else {}
        nuevos = {libro: hacer(libro) for libro in libros if sabidos.get(libro) != huellas[libro]}
        if nuevos:
            guardadas = _juntar(guardadas, nuevos, tablas)
            completas = {nombre: guardadas.get(nombre, pd.DataFrame()) for nombre in tablas}
            _escribir(carpeta, clave, completas, libros={**sabidos, **{n: huellas[n] for n in nuevos}})
    orden = {libro: numero for numero, libro in enumerate(libros)}
    return {n: _en_orden(t, orden) for n, t in guardadas.items() if LIBRO in t}


def del_corte(
    contexto: Contexto, que: str, tablas: Sequence[str], hacer: Callable[[], Mapping[str, pd.DataFrame]]
) -> Mapping[str, pd.DataFrame]:
    """Las `tablas` que da `hacer` de un corte; solo se llama si cambió un libro suyo o de los de antes.

    Si no se pueden guardar no pasa nada: se volverán a hacer.
    """
    if not contexto.recuerda:
        return hacer()
    carpeta, clave = _carpeta(contexto, LEIDOS) / que, _clave_del_corte(contexto)
    leidas = _leer(carpeta, clave, tablas)
    if leidas is not None:
        return leidas
    hechas = hacer()
    _escribir(carpeta, clave, hechas)
    return hechas


def _juntar(
    guardadas: Mapping[str, pd.DataFrame],
    nuevos: Mapping[str, Mapping[str, pd.DataFrame]],
    tablas: Sequence[str],
) -> dict[str, pd.DataFrame]:
    """Por tabla, las filas guardadas de otros libros y las de los nuevos; la que no tiene filas no está."""
    juntas = {}
    for nombre in tablas:
        vieja = guardadas.get(nombre, pd.DataFrame())
        partes = [vieja[~vieja[LIBRO].isin(nuevos)]] if LIBRO in vieja else []
        partes += [
            hecho[nombre].assign(**{LIBRO: libro}) for libro, hecho in nuevos.items() if nombre in hecho
        ]
        con_filas = [parte for parte in partes if len(parte)]
        if con_filas:
            juntas[nombre] = pd.concat(con_filas, ignore_index=True)
    return juntas


def revision(
    contexto: Contexto, que: str, entradas: Sequence[object], hacer: Callable[[], pd.DataFrame]
) -> pd.DataFrame:
    """La tabla que da `hacer`, que solo se llama si no se hizo con las mismas entradas (tablas o valores)."""
    hecho = hecho_con(contexto, que, entradas, ["hallazgos"], lambda: {"hallazgos": hacer()})
    return hecho["hallazgos"]


def hecho_con(
    contexto: Contexto,
    que: str,
    entradas: Sequence[object],
    tablas: Sequence[str],
    hacer: Callable[[], Mapping[str, pd.DataFrame]],
) -> Mapping[str, pd.DataFrame]:
    """Las `tablas` que da `hacer`, que solo se llama si no se hizo con las mismas entradas."""
    if not contexto.recuerda:
        return hacer()
    clave = _clave_general(contexto) | {"entradas": huella_texto(*map(_huella, entradas))}
    raiz = _carpeta(contexto, REVISIONES)
    carpeta = raiz / f"{que}-{clave['entradas'][:16]}"
    with _de_a_uno(raiz / que):
        recordadas = _leer(carpeta, clave, tablas)
        if recordadas is not None:
            return recordadas
        hechas = hacer()
        _escribir(carpeta, clave, hechas)
        _olvidar_viejas(raiz, que)
        return hechas


@contextmanager
def _de_a_uno(carpeta: Path) -> Iterator[None]:
    """Mientras dure, ningún otro proceso hace lo de esa carpeta: quien llega segundo espera y lo halla hecho.

    La corrida y su taller leen los mismos cortes a la vez. El candado es del sistema (`flock`): si el proceso
    muere se suelta solo. Si no se puede escribir no hay turno ni memoria, y cada quien lo hace.
    """
    with ExitStack() as abierto:
        with suppress(OSError):
            carpeta.parent.mkdir(parents=True, exist_ok=True)
            turno = abierto.enter_context(carpeta.with_name(f"{carpeta.name}{TURNO}").open("a"))
            fcntl.flock(turno, fcntl.LOCK_EX)
        yield


def _olvidar_viejas(raiz: Path, que: str) -> None:
    with suppress(OSError):  # otro proceso puede estar quitando las mismas
        todas = sorted(
            (r for r in raiz.glob(f"{que}-*") if r.is_dir()),
            key=lambda r: (r.stat().st_mtime_ns, r.name),
            reverse=True,
        )
        for vieja in todas[REVISIONES_QUE_SE_GUARDAN:]:
            shutil.rmtree(vieja, ignore_errors=True)


def _huella(entrada: object) -> str:
    if not isinstance(entrada, pd.DataFrame):
        return repr(entrada)
    filas = pd.util.hash_pandas_object(entrada, index=False)
    tipos = [f"{nombre} {tipo}" for nombre, tipo in entrada.dtypes.items()]
    return huella_texto(*tipos, sha256(filas.to_numpy().tobytes()).hexdigest())


def _en_orden(tabla: pd.DataFrame, orden: Mapping[str, int]) -> pd.DataFrame:
    lugar = tabla[LIBRO].map(orden).dropna()
    return tabla.loc[lugar.sort_values(kind="stable").index]


def _leer(carpeta: Path, clave: Mapping[str, str], nombres: Sequence[str]) -> dict[str, pd.DataFrame] | None:
    if motivo_para_rehacer(carpeta, clave) is not None:
        return None
    try:
        return {nombre: pd.read_parquet(carpeta / f"{nombre}.parquet") for nombre in nombres}
    except (OSError, ValueError):
        return None


def _escribir(
    carpeta: Path, clave: Mapping[str, str], tablas: Mapping[str, pd.DataFrame], **datos: Any
) -> None:
    """Quien lea ve lo anterior o esto, completo."""
    provisional = carpeta.with_name(f"{carpeta.name}.{os.getpid()}.tmp")
    try:
        shutil.rmtree(provisional, ignore_errors=True)
        provisional.mkdir(parents=True)
        for nombre, tabla in tablas.items():
            tabla.to_parquet(provisional / f"{nombre}.parquet")
        escribir_manifiesto(provisional, clave, **datos)
        shutil.rmtree(carpeta, ignore_errors=True)
        provisional.rename(carpeta)
    except (OSError, ErrorEntorno):
        shutil.rmtree(provisional, ignore_errors=True)


def _carpeta(contexto: Contexto, de_que: str) -> Path:
    return contexto.rutas.procesados(contexto.corte).parents[1] / de_que / str(contexto.corte)


def _clave_del_corte(contexto: Contexto) -> dict[str, str]:
    libros = huella_de_crudos(contexto.rutas, contexto.config.entidad.vigencias, contexto.corte)
    return {"libros": libros, **_clave_general(contexto)}


def _clave_general(contexto: Contexto) -> dict[str, str]:
    return {
        CODIGO: huella_codigo(),
        "configuración y reglas": huella_reglas(contexto.rutas),
    }
