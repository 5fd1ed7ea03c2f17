"""Escribe el ejemplo en una carpeta de entidad y lo registra como si lo entregaran las dependencias."""

from __future__ import annotations

import json
import shutil
import tempfile
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import pandas as pd

from pipeline.archivos import escribir
from pipeline.config import ARCHIVO, PAQUETE, Config, Rutas, cargar_config
from pipeline.demo.entregas import armar_entregas_del_corte, escribir_entrega
from pipeline.demo.fallas import fallas_de, leer_fallas, sembrar
from pipeline.demo.insumos import CORTES
from pipeline.demo.plan import PlanDemo, armar_plan
from pipeline.errores import ErrorEntorno
from pipeline.modelo import Corte
from pipeline.plantillas import escribir_plan_pi
from pipeline.recepcion import importar_plan, recibir_libro

ROTULO = "datos sintéticos de demostración"
PLAN_RECIBIDO = datetime(2024, 6, 14, 9, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumenDemo:
    """Qué quedó en la carpeta de la entidad."""

    raiz: Path
    metas: int
    libros: int
    cortes: tuple[str, ...]
    fallas: int
    ya_existia: bool = False

    def __str__(self) -> str:
        if self.ya_existia:
            return "El ejemplo sintético ya estaba; no se cambió nada."
        return (
            f"Ejemplo sintético escrito: un plan de {self.metas} metas y {self.libros} libros de "
            f"{len(self.cortes)} cortes, con {self.fallas} fallas sembradas (docs/demostracion.md)."
        )


def generar_demo(raiz: Path) -> ResumenDemo:
    """Resumen del ejemplo sintético que queda en `raiz`: el plan y lo entregado de 2024-T3 a 2025-T4.

    Trae los instrumentos que dice el seguimiento.toml (`[entregas] instrumentos`) y copia el del proyecto
    si la carpeta no tiene uno. Los mismos insumos dan los mismos bytes. Si el ejemplo ya está, no hace
    nada. Levanta ErrorEntorno, sin tocar nada, si data/raw tiene libros que no son de demostración, y
    ErrorConfiguracion si al seguimiento.toml le falta una de las dependencias del ejemplo.
    """
    rutas = Rutas(raiz)
    if rutas.es_demostracion:
        return _resumen_de_la_marca(rutas)
    _exigir_vacia(rutas)
    _copiar_config(raiz)
    config = cargar_config(raiz)
    plan = plan_con_fallas(armar_plan(config))
    # Se arma aparte y se mueve al final: una interrupción no deja libros sintéticos sin su rótulo.
    rutas.crudos.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=rutas.crudos.parent, prefix=".demo-") as carpeta:
        aparte = Rutas(Path(carpeta))
        _entregar_plan(Path(carpeta), aparte, config, plan)
        libros = sum(_entregar_corte(Path(carpeta), aparte, config, plan, corte) for corte in CORTES)
        resumen = ResumenDemo(
            raiz=raiz,
            metas=len(plan.plan),
            libros=libros,
            cortes=tuple(str(corte) for corte in CORTES),
            fallas=len([f for f in leer_fallas() if f.instrumento in config.entregas.instrumentos]),
        )
        _marcar(aparte, resumen)
        for hija in sorted(aparte.crudos.iterdir(), key=lambda ruta: ruta.is_dir()):
            hija.rename(rutas.crudos / hija.name)  # primero la marca
    return resumen


def _resumen_de_la_marca(rutas: Rutas) -> ResumenDemo:
    marca = json.loads(rutas.marca_demostracion.read_text(encoding="utf-8"))
    return ResumenDemo(
        raiz=rutas.raiz,
        metas=marca["metas"],
        libros=marca["libros"],
        cortes=tuple(marca["cortes"]),
        fallas=marca["fallas"],
        ya_existia=True,
    )


def plan_con_fallas(plan: PlanDemo) -> PlanDemo:
    """El plan tal como quedó escrito en su libro, con las fallas sembradas en él."""
    limpias = [{str(k): v for k, v in fila.items()} for fila in plan.plan.to_dict("records")]
    filas = sembrar(limpias, fallas_de("plan"))
    return replace(plan, plan=pd.DataFrame(filas, columns=plan.plan.columns))


def _entregar_plan(carpeta: Path, rutas: Rutas, config: Config, plan: PlanDemo) -> None:
    libro = escribir_plan_pi(
        carpeta / "Plan_de_desarrollo_2024-2027.xlsx",
        config=config,
        plan=plan.plan,
        plan_vigencias=plan.plan_vigencias,
        plan_fuentes=plan.plan_fuentes,
    )
    importar_plan(libro, rutas=rutas, formato="plan_propio", recibido_en=PLAN_RECIBIDO)


def _entregar_corte(carpeta: Path, rutas: Rutas, config: Config, plan: PlanDemo, corte: Corte) -> int:
    entregas = armar_entregas_del_corte(config, plan, corte)
    for entrega in entregas:
        libro = escribir_entrega(carpeta, entrega, config)
        recibir_libro(
            libro,
            rutas=rutas,
            config=config,
            corte=corte,
            instrumento=entrega.instrumento,
            dependencia=entrega.dependencia,
            recibido_en=entrega.recibido_en,
            duradero=False,  # el ejemplo se vuelve a generar: esperar al disco por cientos de libros no sirve
        )
    return len(entregas)


def _exigir_vacia(rutas: Rutas) -> None:
    """Sin la marca de demostración, todo libro en data/raw es de la entidad y no se toca."""
    ajenos = (ruta for ruta in rutas.crudos.rglob("*") if ruta.is_file() and ruta.name != "LEEME.md")
    if any(ajenos):
        raise ErrorEntorno(
            "data/raw ya tiene libros que no son de demostración; no se tocó nada",
            remedio="Genere el ejemplo en otra carpeta con --raiz",
        )


def _copiar_config(raiz: Path) -> None:
    destino = raiz / ARCHIVO
    if destino.exists():
        return
    origenes = (PAQUETE.parent / ARCHIVO, PAQUETE / "recursos" / ARCHIVO)
    origen = next((ruta for ruta in origenes if ruta.is_file()), None)
    if origen is None:
        raise ErrorEntorno(f"no se encuentra el {ARCHIVO} del proyecto", remedio="Reinstale el proyecto")
    raiz.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(origen, destino)


def _marcar(rutas: Rutas, resumen: ResumenDemo) -> None:
    marca = {
        "rotulo": ROTULO,
        "metas": resumen.metas,
        "libros": resumen.libros,
        "cortes": list(resumen.cortes),
        "fallas": resumen.fallas,
    }
    escribir(rutas.marca_demostracion, json.dumps(marca, ensure_ascii=False, indent=2) + "\n")
