"""Muchas entidades sintéticas, chicas y distintas entre sí, con libros de verdad de un corte sin leer.

Uso: python -m bench.generar_entidades CARPETA ENTIDADES

Cada entidad es tres dependencias del ejemplo, con su plan y sus libros de los tres instrumentos en 2025-T3.
Los libros se escriben y se reciben una vez por variante y se enlazan en cada entidad. Los mismos insumos dan
los mismos bytes.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from pathlib import Path

import pandas as pd

from pipeline.config import ARCHIVO, PAQUETE, Config, Rutas, cargar_config
from pipeline.demo.entregas import Entrega, armar_entregas_del_corte, escribir_entrega
from pipeline.demo.generacion import PLAN_RECIBIDO
from pipeline.demo.plan import PlanDemo, armar_plan
from pipeline.modelo import Corte, Periodo
from pipeline.plantillas import escribir_plan_pi
from pipeline.recepcion import importar_plan, recibir_libro

CORTE = Corte(vigencia=2025, periodo=Periodo.T3)
CANDIDATAS = ("GURB", "IBAL", "IMDRI", "SADM", "SGEN", "SHAC", "SMOV", "SPLA", "STIC")
TRIOS = tuple(combinations(CANDIDATAS, 3))
VARIANTES = (1.0, 0.9, 0.75, 0.5)  # por cuánto se multiplica lo ejecutado que reporta una dependencia
DISTINTAS = len(TRIOS) * len(VARIANTES) ** 3


@dataclass(slots=True, kw_only=True)
class Molde:
    """El ejemplo completo y lo que ya se escribió y recibió de él, para enlazarlo en cada entidad."""

    carpeta: Path
    config: Config
    plan: PlanDemo
    entregas: list[Entrega]
    listas: set[Path] = field(default_factory=set)


def generar(carpeta: Path, cuantas: int) -> list[Path]:
    """Las carpetas de las entidades, escritas en `carpeta`; hasta DISTINTAS, no hay dos iguales."""
    molde = _abrir_molde(carpeta.parent / f"{carpeta.name}.molde")
    try:
        return [_escribir(carpeta / f"{numero:04d}", numero, molde) for numero in range(cuantas)]
    finally:
        shutil.rmtree(molde.carpeta)


def _abrir_molde(carpeta: Path) -> Molde:
    config = cargar_config(PAQUETE.parent)
    plan = armar_plan(config)
    todas = armar_entregas_del_corte(config, plan, CORTE, CANDIDATAS)
    return Molde(carpeta=carpeta, config=config, plan=plan, entregas=todas)


def _escribir(raiz: Path, numero: int, molde: Molde) -> Path:
    vuelta, cual = divmod(numero, len(TRIOS))
    trio = TRIOS[cual]
    raiz.mkdir(parents=True)
    (raiz / ARCHIVO).write_text(_configuracion(numero, trio), encoding="utf-8")
    _enlazar(_plan_recibido(molde, trio), raiz)
    for dependencia in trio:
        vuelta, variante = divmod(vuelta, len(VARIANTES))
        _enlazar(_libros_recibidos(molde, dependencia, variante), raiz)
    return raiz


def _configuracion(numero: int, dependencias: Sequence[str]) -> str:
    """El seguimiento.toml del proyecto con otro nombre y solo esas dependencias."""
    texto = (PAQUETE.parent / ARCHIVO).read_text(encoding="utf-8")
    texto = re.sub(r"(?m)^nombre = .*$", f'nombre = "Municipio sintético {numero:04d}"', texto, count=1)
    bloques = re.split(r"(?m)^(?=\[)", texto)
    return "".join(
        b
        for b in bloques
        if not b.startswith("[[dependencias]]") or any(f'codigo = "{d}"' in b for d in dependencias)
    )


def _plan_recibido(molde: Molde, trio: Sequence[str]) -> Path:
    """Una raíz con el plan de esas dependencias importado."""
    raiz = molde.carpeta / "-".join(trio)
    if raiz in molde.listas:
        return raiz
    raiz.mkdir(parents=True)
    plan = _solo(molde.plan, trio)
    libro = escribir_plan_pi(
        molde.carpeta / "Plan_de_desarrollo.xlsx",
        config=molde.config,
        plan=plan.plan,
        plan_vigencias=plan.plan_vigencias,
        plan_fuentes=plan.plan_fuentes,
    )
    importar_plan(libro, rutas=Rutas(raiz), formato="plan_propio", recibido_en=PLAN_RECIBIDO)
    molde.listas.add(raiz)
    return raiz


def _solo(plan: PlanDemo, dependencias: Sequence[str]) -> PlanDemo:
    """El plan de esas dependencias, con sus ponderadores llevados otra vez a sumar 1."""
    metas = plan.plan[plan.plan["dependencia"].isin(dependencias)].reset_index(drop=True)
    ponderador = metas["ponderador"] / metas["ponderador"].sum()
    de_linea = ponderador.groupby(metas["linea"]).transform("sum")

    def propias(tabla: pd.DataFrame) -> pd.DataFrame:
        return tabla[tabla["codigo_meta"].isin(set(metas["codigo_meta"]))].reset_index(drop=True)

    return replace(
        plan,
        plan=metas.assign(ponderador=ponderador.round(6), ponderador_linea=de_linea.round(6)),
        plan_vigencias=propias(plan.plan_vigencias),
        plan_fuentes=propias(plan.plan_fuentes),
    )


def _libros_recibidos(molde: Molde, dependencia: str, variante: int) -> Path:
    """Una raíz con los libros de esa dependencia recibidos, con lo ejecutado de esa variante."""
    raiz = molde.carpeta / f"{dependencia}-{variante}"
    if raiz in molde.listas:
        return raiz
    raiz.mkdir(parents=True)
    for entrega in molde.entregas:
        if entrega.dependencia == dependencia:
            recibir_libro(
                escribir_entrega(raiz, _con_variante(entrega, VARIANTES[variante]), molde.config),
                rutas=Rutas(raiz),
                config=molde.config,
                corte=CORTE,
                instrumento=entrega.instrumento,
                dependencia=dependencia,
                recibido_en=entrega.recibido_en,
            )
    molde.listas.add(raiz)
    return raiz


def _con_variante(entrega: Entrega, factor: float) -> Entrega:
    if entrega.instrumento != "pi":
        return entrega
    filas = tuple(
        fila | {"ejecutado_vigencia": round(valor * factor, 2)}
        if isinstance(valor := fila.get("ejecutado_vigencia"), int | float)
        else fila
        for fila in entrega.filas
    )
    return replace(entrega, filas=filas)


def _enlazar(recibido: Path, raiz: Path) -> None:
    """Los mismos archivos en la otra raíz, sin copiar sus bytes: nadie escribe sobre data/raw."""
    origen, destino = Rutas(recibido).crudos, Rutas(raiz).crudos
    shutil.copytree(origen, destino, copy_function=os.link, dirs_exist_ok=True)


if __name__ == "__main__":
    generar(Path(sys.argv[1]), int(sys.argv[2]))
