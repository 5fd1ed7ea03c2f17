"""De las anomalías a los hallazgos: pocas por columna, cada una en su celda y sin repetir lo ya dicho."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Any

from pipeline.formatos import MAXIMO_UNO_A_UNO, avisar, cuantas_celdas, letra_de_columna, recortar
from pipeline.formulas.anomalias import Anomalia, hallar_anomalias
from pipeline.formulas.lectura import Celda, Hoja, leer_hojas
from pipeline.modelo import Hallazgo

EXTENSIONES = {".xlsx", ".xlsm"}


def auditar_formulas(
    ruta: Path,
    *,
    instrumento: str,
    archivo: str,
    sha256: str,
    dependencia: str | None = None,
    ya_dichas: Collection[tuple[str, str]] = (),
) -> list[Hallazgo]:
    """Hallazgos FOR de las hojas visibles de un libro .xlsx o .xlsm; ninguno en los demás tipos de archivo.

    `ya_dichas` son las celdas (hoja, celda) y las columnas enteras (hoja, letra) cuyo error de Excel ya
    avisó la lectura. Más de cinco celdas de una columna con lo mismo dan un solo hallazgo, en la primera, que
    lista las filas. Nunca levanta por el contenido del libro.
    """
    if ruta.suffix.lower() not in EXTENSIONES:
        return []
    lugar: dict[str, Any] = {"archivo": archivo, "sha256": sha256, "dependencia": dependencia}
    try:
        hojas = leer_hojas(ruta)
    except Exception:  # bytes ajenos: cualquier fallo al leerlos es un libro que no se puede auditar
        return [avisar("FOR-07", instrumento=instrumento, **lugar)]
    return [
        replace(hallazgo, **lugar) for hoja in hojas for hallazgo in _de_la_hoja(hoja, instrumento, ya_dichas)
    ]


def _de_la_hoja(hoja: Hoja, instrumento: str, ya_dichas: Collection[tuple[str, str]]) -> Iterator[Hallazgo]:
    nuevas = [
        a for a in hallar_anomalias(hoja) if not (a.regla == "FOR-03" and _ya_dicha(hoja, a, ya_dichas))
    ]
    for _, grupo in groupby(sorted(nuevas, key=_grupo), key=_grupo):
        anomalias = sorted(grupo, key=lambda a: a.fila)
        partes = [[a] for a in anomalias] if len(anomalias) <= MAXIMO_UNO_A_UNO else [anomalias]
        for parte in partes:
            yield _hallazgo(hoja, instrumento, parte)


def _ya_dicha(hoja: Hoja, anomalia: Anomalia, ya_dichas: Collection[tuple[str, str]]) -> bool:
    columna = letra_de_columna(anomalia.columna - 1)
    return (hoja.nombre, anomalia.celda) in ya_dichas or (hoja.nombre, columna) in ya_dichas


def _grupo(anomalia: Anomalia) -> tuple[str, int, str]:
    return anomalia.regla, anomalia.columna, anomalia.detalle


def _hallazgo(hoja: Hoja, instrumento: str, anomalias: Sequence[Anomalia]) -> Hallazgo:
    primera = anomalias[0]
    marcadores: dict[str, Any] = {
        "formula": recortar(primera.formula, 60),
        "valor": recortar(primera.valor or "vacío", 40),
        **{nombre: recortar(str(valor), 60) for nombre, valor in primera.marcadores.items()},
        "cuantas": cuantas_celdas(letra_de_columna(primera.columna - 1), [a.fila for a in anomalias]),
    }
    hallazgo = avisar(
        primera.regla,
        instrumento=instrumento,
        marcadores=marcadores,
        hoja=hoja.nombre,
        celda=primera.celda,
        columna=encabezado(hoja, primera) or None,
        valor=primera.valor or None,
    )
    return replace(hallazgo, alcance="fila", fila=primera.fila) if len(anomalias) == 1 else hallazgo


def encabezado(hoja: Hoja, anomalia: Anomalia) -> str:
    """El texto escrito más cerca por encima de la celda, en su columna."""
    arriba = [c for c in hoja.columnas[anomalia.columna] if c.fila < anomalia.fila and _es_rotulo(c)]
    return recortar(arriba[-1].valor) if arriba else ""


def _es_rotulo(celda: Celda) -> bool:
    return celda.patron is None and not celda.es_numero and any(letra.isalpha() for letra in celda.valor)
