"""Los códigos de meta de lo entregado, puestos como los escribe el plan vigente."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import pandas as pd

from pipeline import lectura, limpieza, recepcion
from pipeline.flujo import memoria
from pipeline.flujo.contexto import Contexto
from pipeline.formatos import cargar_formato
from pipeline.modelo import Hallazgo

TABLA = "codigos_del_plan"


def reconocer_metas(
    contexto: Contexto,
    instrumento: str,
    registros: pd.DataFrame,
    movimientos: pd.DataFrame,
    celdas: pd.DataFrame,
    hallazgos: list[Hallazgo],
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, list[Hallazgo]]:
    """Las tablas y los hallazgos con los códigos del plan, y un hallazgo por cada celda leída así.

    Se hace sobre lo ya juntado: lo que se recuerda de cada libro no depende del plan.
    """
    reconocidas = limpieza.metas_reconocidas([registros, movimientos], _del_plan(contexto))
    if not reconocidas:
        return registros, movimientos, celdas, hallazgos
    avisos = limpieza.avisar_metas(hallazgos, celdas, reconocidas, instrumento)
    de_quien = dict(zip(registros["sha256"], registros["dependencia"], strict=True))
    return (
        limpieza.poner_metas(registros, reconocidas),
        limpieza.poner_metas(movimientos, reconocidas),
        limpieza.poner_metas(celdas, reconocidas),
        [a if a.dependencia else replace(a, dependencia=de_quien.get(a.sha256)) for a in avisos],
    )


def _del_plan(contexto: Contexto) -> frozenset[str]:
    """Los códigos de meta del plan vigente; ninguno si no se ha importado."""
    if not recepcion.leer_fichas(contexto.rutas.crudos_plan):
        return frozenset()
    ficha = recepcion.plan_vigente(contexto.rutas)
    vigencias = tuple(contexto.config.entidad.vigencias)

    def leer(ruta: str) -> dict[str, pd.DataFrame]:
        libro = contexto.rutas.crudos / ruta
        codigos = _leer_codigos(libro, ficha.sha256, ficha.formato, contexto.rutas.formatos, vigencias)
        return {TABLA: pd.DataFrame({"codigo_meta": sorted(codigos)}, dtype="str")}

    leidos = memoria.por_libro(contexto, TABLA, {ficha.ruta: f"{ficha.formato} {vigencias}"}, [TABLA], leer)
    return frozenset(leidos[TABLA]["codigo_meta"]) if TABLA in leidos else frozenset()


@lru_cache(maxsize=4)  # los pide cada corte anterior y el plan es el mismo para todos
def _leer_codigos(
    ruta: Path, sha256: str, formato: str, formatos: Path, vigencias: tuple[int, ...]
) -> frozenset[str]:
    del_plan = cargar_formato(formato, formatos)
    leido = lectura.leer_libro(
        ruta, del_plan, archivo=ruta.name, sha256=sha256, vigencias=vigencias, corte=None
    )
    filas = limpieza.limpiar(leido, del_plan, ()).filas
    return frozenset(filas["codigo_meta"].dropna()) if "codigo_meta" in filas else frozenset()
