"""La puerta: con los hallazgos en la mano, qué libro se devuelve y qué filas no entran a los índices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from pipeline.esquemas import crear_tabla
from pipeline.modelo import EstadoEntrega, Severidad

FUERA_DE_REVISION = [EstadoEntrega.REEMPLAZADA.value, EstadoEntrega.NO_ENTREGADA.value]
FUERA_DE_INDICES = [EstadoEntrega.DEVUELTA.value, EstadoEntrega.ILEGIBLE.value]
LIBRO = ["sha256", "dependencia"]
DE_UN_LIBRO = ["sha256", "instrumento"]
CLAVE = ["sha256", "hoja", "fila", "vigencia"]


def decidir_entregas(
    entregas: pd.DataFrame, hallazgos: pd.DataFrame, proporcion_para_devolver: float
) -> pd.DataFrame:
    """Las entregas con su `estado` y sus conteos de hallazgos.

    Se devuelve el libro con un hallazgo que bloquea el libro, o con más filas bloqueadas que
    `proporcion_para_devolver` (razón) de las leídas; si no se leyó ninguna fila es ilegible. Las
    reemplazadas y las no entregadas conservan su estado. Una aceptada es la `version_usada`.
    """
    de_cada_libro = dict(list(hallazgos.groupby(DE_UN_LIBRO)))
    ninguno, compartidos = hallazgos.iloc[:0], _compartidos(entregas)
    decididas = []
    for fila in entregas.to_dict("records"):
        del_libro = de_cada_libro.get((fila["sha256"], fila["instrumento"]), ninguno)
        propios = _propios(fila, del_libro) if fila["sha256"] in compartidos else del_libro
        decididas.append(_decidir(fila, propios, proporcion_para_devolver))
    return crear_tabla("entregas", decididas)


def versiones_rechazadas(entregas: pd.DataFrame) -> dict[str, int]:
    """Por dependencia, la versión vigente que se devolvió o no se pudo leer y tiene otra anterior.

    Las entregas son las de un instrumento.
    """
    rechazada = entregas["estado"].isin(FUERA_DE_INDICES) & entregas["version"].gt(1)
    return dict(zip(entregas.loc[rechazada, "dependencia"], entregas.loc[rechazada, "version"], strict=True))


def usar_versiones(entregas: pd.DataFrame, usadas: Mapping[str, int]) -> pd.DataFrame:
    """Las entregas con la `version_usada` de las dependencias cuya última versión se rechazó.

    La rechazada sigue rechazada, porque hay que corregirla; lo que cambia es de cuál salen las cifras.
    """
    anterior = entregas["dependencia"].map(dict(usadas)).where(entregas["estado"].isin(FUERA_DE_INDICES))
    return crear_tabla("entregas", entregas.assign(version_usada=entregas["version_usada"].fillna(anterior)))


def nota_de_version(entrega: Mapping[Any, Any]) -> str:
    """Qué decir cuando las cifras no son de la última versión; vacío si lo son o no hay ninguna.

    >>> nota_de_version({"version": 3, "version_usada": 1, "estado": "devuelta"})
    'Se usaron las cifras de la versión 1 porque la 3 se devolvió.'
    """
    usada = entrega["version_usada"]
    if pd.isna(usada) or usada == entrega["version"]:
        return ""
    motivo = "no se pudo leer" if entrega["estado"] == EstadoEntrega.ILEGIBLE.value else "se devolvió"
    return f"Se usaron las cifras de la versión {usada} porque la {entrega['version']} {motivo}."


def filas_excluidas(registros: pd.DataFrame, entregas: pd.DataFrame, hallazgos: pd.DataFrame) -> pd.DataFrame:
    """Clave (sha256, hoja, fila, vigencia) de los registros que no entran a los índices.

    Son todas las filas de un libro devuelto y las que tienen un hallazgo que bloquea; si el hallazgo no
    dice vigencia, la fila sale en todas.
    """
    fuera = entregas.loc[entregas["estado"].isin(FUERA_DE_INDICES), LIBRO]
    # En una entrega consolidada cada fila dice su dependencia, que no es la que entregó: manda el libro.
    enteros = set(fuera["sha256"]) - _compartidos(entregas)
    bloqueos = _bloqueos_de_fila(hallazgos)
    siempre = bloqueos[bloqueos["vigencia"].isna()]
    excluida = (
        registros["sha256"].isin(enteros)
        | _coincide(registros, fuera, LIBRO)
        | _coincide(registros, bloqueos.dropna(subset="vigencia"), CLAVE)
        | _coincide(registros, siempre, CLAVE[:-1])
    )
    return registros.loc[excluida, CLAVE].reset_index(drop=True)


def registros_aceptados(
    registros: pd.DataFrame, entregas: pd.DataFrame, hallazgos: pd.DataFrame
) -> pd.DataFrame:
    """Los registros que cuentan: los mismos, con su índice, sin las `filas_excluidas`."""
    fuera = pd.MultiIndex.from_frame(filas_excluidas(registros, entregas, hallazgos))
    aceptados: pd.DataFrame = registros[~pd.MultiIndex.from_frame(registros[CLAVE]).isin(fuera)]
    return aceptados


def _compartidos(entregas: pd.DataFrame) -> set[str]:
    """Huellas de los libros que entregó más de una dependencia."""
    quienes = entregas.groupby("sha256")["dependencia"].nunique()
    return set(quienes[quienes > 1].index)


def _decidir(entrega: Mapping[Any, Any], propios: pd.DataFrame, proporcion: float) -> Mapping[Any, Any]:
    if entrega["estado"] in FUERA_DE_REVISION:
        return entrega
    conteos = {f"n_{s.value}": int((propios["severidad"] == s.value).sum()) for s in Severidad}
    estado = _estado(entrega, propios, proporcion).value
    usada = None if estado in FUERA_DE_INDICES else entrega["version"]
    return {**entrega, **conteos, "estado": estado, "version_usada": usada}


def _propios(entrega: Mapping[Any, Any], hallazgos: pd.DataFrame) -> pd.DataFrame:
    """De los hallazgos de un libro que llegó de varias dependencias, los de esta: los suyos o de ninguna."""
    dependencia = hallazgos["dependencia"]
    propios: pd.DataFrame = hallazgos[dependencia.isna() | (dependencia == entrega["dependencia"])]
    return propios


def _estado(entrega: Mapping[Any, Any], propios: pd.DataFrame, proporcion: float) -> EstadoEntrega:
    bloquean = propios[propios["severidad"] == Severidad.BLOQUEA.value]
    n_filas = entrega["n_filas"]
    filas = 0 if pd.isna(n_filas) else int(n_filas)
    bloqueadas = len(_bloqueos_de_fila(bloquean).drop_duplicates(["hoja", "fila"])) if len(bloquean) else 0
    if entrega["estado"] == EstadoEntrega.ILEGIBLE.value:
        return EstadoEntrega.ILEGIBLE
    if (bloquean["alcance"] == "libro").any():
        return EstadoEntrega.DEVUELTA if filas else EstadoEntrega.ILEGIBLE
    if bloqueadas > proporcion * filas:
        return EstadoEntrega.DEVUELTA
    if propios["severidad"].isin([Severidad.BLOQUEA.value, Severidad.OBSERVA.value]).any():
        return EstadoEntrega.ACEPTADA_CON_OBSERVACIONES
    return EstadoEntrega.ACEPTADA


def _bloqueos_de_fila(hallazgos: pd.DataFrame) -> pd.DataFrame:
    bloquea = (hallazgos["severidad"] == Severidad.BLOQUEA.value) & (hallazgos["instrumento"] != "plan")
    return hallazgos[bloquea & (hallazgos["alcance"] == "fila")]


def _coincide(tabla: pd.DataFrame, claves: pd.DataFrame, columnas: list[str]) -> pd.Series:
    """Qué filas de la tabla tienen su clave entre las dadas."""
    buscadas = set(map(tuple, claves[columnas].astype(object).to_numpy()))
    propias = map(tuple, tabla[columnas].astype(object).to_numpy())
    return pd.Series([clave in buscadas for clave in propias], index=tabla.index, dtype=bool)
