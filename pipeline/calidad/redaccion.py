"""De la fila que falla al hallazgo: su celda, el valor escrito, el mensaje con los números y qué hacer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import compress
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from pipeline.calidad.ampliacion import CLAVE, SIN_VIGENCIA
from pipeline.calidad.escritura import VACIO, Escrito
from pipeline.calidad.reglas import Expectativa, Regla
from pipeline.esquemas import crear_tabla
from pipeline.formato_es import citar_celda
from pipeline.modelo import Severidad

DEL_VALOR = ["valor_crudo", "valor_numero", "transformacion"]
ORDEN = ["archivo", "sha256", "hoja", "fila", "vigencia", "regla", "celda"]


def redactar_hallazgos(
    fallas: pd.DataFrame,
    reglas: Sequence[Regla],
    tabla: pd.DataFrame,
    celdas: pd.DataFrame,
    previos: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Tabla `hallazgos` de las fallas de una tabla revisada, en el orden de los libros.

    `celdas` es la traza de lectura: de ahí salen la celda, el encabezado y el valor tal como está escrito.
    Si el campo no vino de ninguna celda, el hallazgo queda en la fila. Las reglas de alcance «libro» dan
    un solo hallazgo por libro. `previos` son los hallazgos de lectura y limpieza, para no repetirlos.
    """
    if fallas.empty:
        return crear_tabla("hallazgos")
    expectativas = {(r.codigo, o): (r, e) for r in reglas for o, e in enumerate(r.expectativas)}
    pares = [expectativas[par] for par in zip(fallas["regla"], fallas["orden"], strict=True)]
    ubicadas = _ubicar(fallas.assign(campo=[expectativa.campo for _, expectativa in pares]), celdas)
    nuevas = ~(_pide_llenar(pares) & _ya_dichas(ubicadas, celdas, previos))
    ubicadas, pares = ubicadas[nuevas], list(compress(pares, nuevas))
    filas = ubicadas.merge(tabla, on=CLAVE, how="left").to_dict("records")
    hallazgos = [_hallazgo(fila, *par) for fila, par in zip(filas, pares, strict=True)]
    ordenados = crear_tabla("hallazgos", hallazgos).sort_values(ORDEN, kind="stable", ignore_index=True)
    return _uno_por_libro(_uno_por_celda(ordenados, tabla))


def _ubicar(fallas: pd.DataFrame, celdas: pd.DataFrame) -> pd.DataFrame:
    """Las fallas con `celda`, `encabezado` y `valor_crudo` de su campo, en su vigencia o en la fila."""
    lugar = ["sha256", "hoja", "fila", "campo"]
    utiles = celdas[celdas["campo"].isin(fallas["campo"].unique())]
    utiles = utiles[[*lugar, "vigencia", "celda", "encabezado", *DEL_VALOR]]
    utiles = utiles.drop_duplicates([*lugar, "vigencia"])
    de_la_vigencia = fallas.merge(utiles, on=[*lugar, "vigencia"], how="left")
    de_la_fila = fallas.merge(
        utiles[utiles["vigencia"] == SIN_VIGENCIA].drop(columns="vigencia"), on=lugar, how="left"
    )
    return de_la_vigencia.where(de_la_vigencia["celda"].notna(), de_la_fila)


def _pide_llenar(pares: Sequence[tuple[Regla, Expectativa]]) -> npt.NDArray[np.bool_]:
    """Qué fallas solo piden llenar su propio campo. Las que bloquean se dicen siempre."""
    return np.array(
        [
            expectativa.tipo == "expect_column_values_to_not_be_null"
            and expectativa.argumentos["column"] == expectativa.campo
            and regla.severidad is not Severidad.BLOQUEA
            for regla, expectativa in pares
        ],
        dtype=bool,
    )


def _ya_dichas(
    ubicadas: pd.DataFrame, celdas: pd.DataFrame, previos: pd.DataFrame | None
) -> npt.NDArray[np.bool_]:
    """Vacíos que la lectura ya explicó: al libro le falta la columna o lo escrito no se pudo leer."""
    libros = set(celdas["sha256"])
    columnas = set(_tuplas(celdas, ["sha256", "campo"]))
    avisadas = (
        set()
        if previos is None
        else set(_tuplas(previos.dropna(subset="celda"), ["sha256", "hoja", "celda"]))
    )
    return np.array(
        [
            (libro in libros and (libro, campo) not in columnas) or (libro, hoja, celda) in avisadas
            for libro, campo, hoja, celda in _tuplas(ubicadas, ["sha256", "campo", "hoja", "celda"])
        ],
        dtype=bool,
    )


def _tuplas(tabla: pd.DataFrame, columnas: list[str]) -> Iterator[tuple[Any, ...]]:
    return tabla[columnas].itertuples(index=False, name=None)


def _uno_por_celda(hallazgos: pd.DataFrame, tabla: pd.DataFrame) -> pd.DataFrame:
    """Lo que está mal en la fila entera y se halló igual en cada vigencia se dice una vez, sin vigencia.

    Un libro con el cuatrienio en columnas da un registro por vigencia: un código que no existe salía
    tantas veces como años. Sin vigencia, un hallazgo que bloquea saca la fila de todas.
    """
    de_la_fila = ["sha256", "hoja", "fila"]
    vigencias = tabla.groupby(de_la_fila)["vigencia"].nunique()
    todas = pd.MultiIndex.from_frame(hallazgos[de_la_fila]).map(vigencias.to_dict())
    iguales = ["regla", *de_la_fila, "celda", "mensaje"]
    veces = hallazgos.groupby(iguales)["vigencia"].transform("nunique")
    en_todas = hallazgos["vigencia"].notna() & (veces > 1) & (veces == todas)
    repetido = en_todas & hallazgos.duplicated(iguales)
    sin_vigencia = hallazgos.assign(vigencia=hallazgos["vigencia"].mask(en_todas))
    return sin_vigencia[~repetido].reset_index(drop=True)


def _uno_por_libro(hallazgos: pd.DataFrame) -> pd.DataFrame:
    """De cada regla de alcance «libro», solo el primer hallazgo de cada libro."""
    repetido = hallazgos.duplicated(["regla", "sha256"]) & (hallazgos["alcance"] == "libro")
    return hallazgos[~repetido].reset_index(drop=True)


def _hallazgo(fila: Mapping[Any, Any], regla: Regla, expectativa: Expectativa) -> dict[str, Any]:
    escrito = citar_celda(*(fila[campo] for campo in DEL_VALOR))
    valores = {nombre: Escrito(valor) for nombre, valor in fila.items()}
    valores["valor"] = Escrito(VACIO if escrito is None or not escrito.strip() else escrito)
    valores["columna"] = Escrito(expectativa.campo if pd.isna(fila["encabezado"]) else fila["encabezado"])
    return {
        "regla": regla.codigo,
        "severidad": regla.severidad.value,
        "alcance": regla.alcance,
        "instrumento": regla.instrumento,
        "dependencia": fila["dependencia"] if regla.instrumento != "plan" else None,
        "archivo": fila["archivo"],
        "sha256": fila["sha256"],
        "hoja": fila["hoja"],
        "fila": fila["fila"] if regla.alcance == "fila" else None,
        "celda": fila["celda"],
        "columna": fila["encabezado"],
        "codigo_meta": fila["codigo_meta"] if regla.alcance == "fila" else None,
        "vigencia": fila["vigencia"] if fila["vigencia"] != SIN_VIGENCIA else None,
        "valor": escrito,
        "mensaje": expectativa.mensaje.format_map(valores),
        "accion": regla.accion,
    }
