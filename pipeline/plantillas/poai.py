"""El libro del POAI de una dependencia: sus rubros prellenados y la hoja de movimientos."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline.config import Config
from pipeline.formatos import cargar_formato
from pipeline.formatos.fuentes import catalogo_fuentes
from pipeline.modelo import Corte
from pipeline.plantillas.definicion import es_vacio, leer_plantilla
from pipeline.plantillas.hojas import Libro
from pipeline.plantillas.libros import banda_de_corte, control_de_corte, huella_de_filas

FILAS_LIBRES = 15  # rubros que se creen durante la vigencia
MOVIMIENTOS_LIBRES = 60
LLAVE = ("codigo_meta", "bpin", "rubro", "codigo_fuente")
PRELLENADO = (
    *LLAVE, "nombre_meta", "nombre_proyecto", "codigo_producto", "nombre_rubro", "nombre_fuente",
    "apropiacion_inicial_cop",
)  # fmt: skip


def filas_poai(
    *, dependencia: str, plan: pd.DataFrame, aprobado: pd.DataFrame | None = None
) -> list[dict[str, Any]]:
    """Las filas prellenadas del POAI de `dependencia`: un rubro por cada uno de lo `aprobado`.

    `aprobado` es una tabla `registros_poai` (el POAI fijado o el corte anterior): de ella salen la llave, los
    nombres y la apropiación inicial. Cada meta de la dependencia que no esté allí lleva una fila por proyecto
    con el rubro, la fuente y el dinero en blanco.
    """
    metas = plan[plan["dependencia"] == dependencia].drop_duplicates("codigo_meta")
    nombres = dict(zip(metas["codigo_meta"], metas["nombre_meta"], strict=True))
    filas: list[dict[str, Any]] = []
    if aprobado is not None:
        propios = aprobado[aprobado["dependencia"] == dependencia]
        for registro in propios.to_dict("records"):
            fila = {campo: registro.get(campo) for campo in PRELLENADO}
            fila["nombre_meta"] = nombres.get(str(fila["codigo_meta"]), fila["nombre_meta"])
            filas.append(fila)
    presentes = {fila["codigo_meta"] for fila in filas}
    for meta in metas[~metas["codigo_meta"].isin(list(presentes))].to_dict("records"):
        proyectos = "" if es_vacio(meta["bpin"]) else str(meta["bpin"])
        filas += [
            {c: meta.get(c) for c in ("codigo_meta", "nombre_meta", "codigo_producto")} | {"bpin": bpin}
            for bpin in proyectos.split(",") or [""]
        ]
    return sorted(filas, key=lambda fila: tuple(_texto(fila.get(campo)) for campo in LLAVE))


def escribir_filas_poai(
    destino: Path,
    *,
    config: Config,
    corte: Corte,
    dependencia: str,
    filas: Sequence[Mapping[str, Any]],
    movimientos: Sequence[Mapping[str, Any]] = (),
    omitir: Iterable[str] = (),
) -> Path:
    """Ruta del libro del POAI de `dependencia` con esas filas (campo de `registros_poai` → valor).

    `movimientos` son filas de la hoja «Movimientos» (campos de esa tabla; la clase, como la guarda el
    sistema o como se lee). `omitir` quita columnas de la hoja POAI por su campo. Admite textos donde va un
    número y `Formula`, para reproducir libros tal como llegan. Los mismos datos dan los mismos bytes.
    Levanta ErrorConfiguracion si la dependencia no existe y ErrorEntorno si no se puede escribir.
    """
    fuera = set(omitir)
    poai, hoja_movimientos = leer_plantilla("poai"), leer_plantilla("poai_movimientos")
    poai = replace(poai, columnas=tuple(c for c in poai.columnas if c.campo not in fuera))
    banda = banda_de_corte(poai, config, corte, dependencia)
    libro = Libro(creado=datetime.combine(corte.fecha, datetime.min.time()), titulo=banda[1])
    libro.escribir_instrucciones(poai, banda, (hoja_movimientos,))
    listas, clases = _listas(filas), _nombres_de_clase()
    libro.escribir_datos(poai, banda, filas, protegida=True, libres=FILAS_LIBRES, listas=listas)
    libro.escribir_datos(
        hoja_movimientos,
        banda_de_corte(hoja_movimientos, config, corte, dependencia),
        [{**m, "clase": clases.get(str(m.get("clase")), m.get("clase"))} for m in movimientos],
        protegida=True,
        libres=MOVIMIENTOS_LIBRES,
        listas=listas | {"clase": tuple(clases.values())},
        activa=False,
    )
    huella = huella_de_filas(poai.columnas, filas)
    return libro.guardar(destino, control_de_corte(poai, config, corte, dependencia, huella))


def _nombres_de_clase() -> dict[str, str]:
    """Cómo se escribe en el libro cada clase de movimiento; lo dice el formato con que se lee."""
    (columna,) = (c for c in cargar_formato("movimientos_propio").columnas if c.campo == "clase")
    return {valor: texto for texto, valor in columna.vocabulario.items()}


def _listas(filas: Sequence[Mapping[str, Any]]) -> dict[str, tuple[str, ...]]:
    """Para escoger: las metas del libro y las fuentes del catálogo."""
    metas = sorted({_texto(fila.get("codigo_meta")) for fila in filas} - {""})
    fuentes = tuple(f.codigo for f in catalogo_fuentes().values() if f.es_admisible and not f.es_familia)
    return {"codigo_fuente": fuentes} | ({"codigo_meta": tuple(metas)} if metas else {})


def _texto(valor: Any) -> str:
    return "" if es_vacio(valor) else str(valor)
