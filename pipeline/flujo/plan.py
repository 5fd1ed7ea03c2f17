"""Importar el libro del plan: se lee antes de guardarlo, porque guardado ya rige para todos los cortes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import pandas as pd

from pipeline import recepcion
from pipeline.errores import ErrorConfiguracion, ErrorLibro
from pipeline.flujo.contexto import Contexto
from pipeline.flujo.entrada import Plan, leer_plan
from pipeline.flujo.ingesta import revisar_plan
from pipeline.formato_es import contar
from pipeline.formatos import nombres_de_formatos
from pipeline.manifiesto import huella_archivo
from pipeline.modelo import Severidad
from pipeline.recepcion import Recepcion

TABLA = "plan"
CUANTOS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanImportado:
    """El libro que quedó rigiendo y qué se leyó de él."""

    ficha: Recepcion
    n_metas: int
    vigencias: tuple[int, ...]
    por_dependencia: Mapping[str, int]  # metas de cada una; vacío, las que no dicen de quién son
    bloquean: pd.DataFrame  # hallazgos que sacan a una meta de los índices

    def presentar(self) -> str:
        """Lo leído, para la pantalla: metas, vigencias, dependencias y lo que hay que corregir."""
        quienes = (f"{codigo or 'sin dependencia'} {n}" for codigo, n in self.por_dependencia.items())
        con_nombre = sum(bool(codigo) for codigo in self.por_dependencia)
        bloqueos = contar(len(self.bloquean), "hallazgo bloquea", "hallazgos bloquean")
        de_mas = len(self.bloquean) - CUANTOS
        renglones = [
            f"Se leyeron {contar(self.n_metas, 'meta')}, programadas en "
            f"{', '.join(map(str, self.vigencias)) or 'ninguna vigencia'}.",
            f"{contar(con_nombre, 'dependencia')}: {', '.join(quienes)}.",
            f"{bloqueos}." if len(self.bloquean) else "Ningún hallazgo bloquea.",
            *(f"  {_renglon(fila)}" for fila in self.bloquean.head(CUANTOS).to_dict("records")),
        ]
        if de_mas > 0:
            renglones.append(f"  … y {de_mas} más; todos salen en la sección de calidad al correr.")
        return "\n".join(renglones)


def importar_plan(contexto: Contexto, archivo: Path, *, formato: str, recibido_en: datetime) -> PlanImportado:
    """Guarda el libro del plan, que desde ahí rige, y dice qué se leyó de él.

    `contexto` es de cualquier corte. Levanta ErrorConfiguracion si el formato no es de un plan, y ErrorLibro,
    sin guardar nada, si el archivo no es un libro, si le falta la hoja o una columna obligatoria o si no se
    leyó ninguna meta.
    """
    _exigir_formato_de_plan(contexto, formato)
    recepcion.leer_contenido(archivo)
    contexto = replace(contexto, recuerda=False)  # lo que se lea de un libro rechazado no se recuerda
    plan = leer_plan(contexto, _ficha_suelta(archivo, formato, recibido_en))
    _exigir_un_plan(plan, archivo.name, formato)
    hallazgos = revisar_plan(contexto, plan)
    return PlanImportado(
        ficha=recepcion.importar_plan(
            archivo, rutas=contexto.rutas, formato=formato, recibido_en=recibido_en
        ),
        n_metas=len(plan.metas),
        vigencias=tuple(sorted(map(int, plan.vigencias["vigencia"].unique()))),
        por_dependencia={
            str(k): int(n)
            for k, n in plan.metas["dependencia"].fillna("").value_counts().sort_index().items()
        },
        bloquean=_que_bloquean(hallazgos),
    )


def _exigir_formato_de_plan(contexto: Contexto, formato: str) -> None:
    """Levanta ErrorConfiguracion si el formato no existe o no lee un plan, con los que sí."""
    tabla = contexto.formato(formato).tabla
    if tabla != TABLA:
        nombres = nombres_de_formatos(contexto.rutas.formatos)
        de_plan = [nombre for nombre in nombres if contexto.formato(nombre).tabla == TABLA]
        raise ErrorConfiguracion(
            f"el formato «{formato}» no es de un plan de desarrollo",
            remedio=f"Use uno de: {', '.join(de_plan)}",
        )


def _ficha_suelta(archivo: Path, formato: str, recibido_en: datetime) -> Recepcion:
    return Recepcion(
        archivo=archivo.name,
        ruta=str(archivo.resolve()),
        sha256=huella_archivo(archivo),
        bytes=archivo.stat().st_size,
        recibido_en=recibido_en.isoformat(timespec="seconds"),
        formato=formato,
    )


def _exigir_un_plan(plan: Plan, archivo: str, formato: str) -> None:
    """Un libro sin su hoja o sin una columna no se puede tomar por plan: si rige, todo se bloquea."""
    bloquean = _que_bloquean(plan.hallazgos)
    del_libro = bloquean[bloquean["alcance"] == "libro"]
    if plan.metas.empty or len(del_libro):
        motivos = " ".join(dict.fromkeys(del_libro["mensaje"])) or "no se leyó ninguna meta"
        raise ErrorLibro(
            f"no se importa como plan con el formato «{formato}»: {motivos}",
            archivo=archivo,
            remedio="Revise que sea el libro del plan y qué formato lo lee con "
            f"«seguimiento formatos probar {archivo}»; no se guardó nada",
        )


def _que_bloquean(hallazgos: pd.DataFrame) -> pd.DataFrame:
    propios: pd.DataFrame = hallazgos[hallazgos["severidad"] == Severidad.BLOQUEA.value]
    return propios


def _renglon(fila: Mapping[object, object]) -> str:
    lugar = " › ".join(str(p) for p in (fila["hoja"], fila["celda"]) if isinstance(p, str) and p)
    return f"{lugar}: {fila['mensaje']}" if lugar else str(fila["mensaje"])
