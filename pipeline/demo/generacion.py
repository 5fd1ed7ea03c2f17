"""Escribe el ejemplo en una carpeta de entidad y lo registra como si lo entregaran las dependencias."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline.calendario import fecha_limite, sumar_habiles
from pipeline.config import ARCHIVO, PAQUETE, Config, Rutas, cargar_config
from pipeline.demo.ejecucion import simular
from pipeline.demo.fallas import Falla, columnas_borradas, fallas_de, leer_fallas, sembrar
from pipeline.demo.insumos import CORTES, azar
from pipeline.demo.plan import PlanDemo, armar_plan
from pipeline.errores import ErrorEntorno
from pipeline.modelo import Corte
from pipeline.plantillas import escribir_filas_pi, escribir_plan_pi, filas_pi
from pipeline.recepcion import importar_plan, recibir_libro

ROTULO = "datos sintéticos de demostración"
PLAN_RECIBIDO = datetime(2024, 6, 14, 9, 0)
DIAS_PARA_CORREGIR = 4


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrega:
    """Una versión de un libro, lista para escribirse y recibirse."""

    corte: Corte
    dependencia: str
    version: int
    recibido_en: datetime
    filas: tuple[dict[str, Any], ...]
    omitir: tuple[str, ...] = ()
    periodo_aceptado: str = ""

    @property
    def nombre(self) -> str:
        """Nombre del archivo con que llega."""
        version = f"_v{self.version}" if self.version > 1 else ""
        return f"PI_{self.corte}_{self.dependencia}{version}.xlsx"


def generar_demo(raiz: Path) -> ResumenDemo:
    """Resumen del ejemplo sintético que queda en `raiz`: el plan y las entregas de T1..T4 de 2025.

    Copia el seguimiento.toml del proyecto si la carpeta no tiene uno. Los mismos insumos dan los mismos
    bytes. Si el ejemplo ya está, no hace nada. Levanta ErrorEntorno, sin tocar nada, si data/raw tiene
    libros que no son de demostración, y ErrorConfiguracion si al seguimiento.toml le falta una de las
    dependencias del ejemplo.
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
            fallas=len(leer_fallas()),
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


def armar_entregas_del_corte(
    config: Config, plan: PlanDemo, corte: Corte, dependencias: Sequence[str] = ()
) -> list[Entrega]:
    """Las entregas simuladas del corte, con sus fallas, por orden de dependencia y versión."""
    hasta_el_corte = [c for c in CORTES if c.vigencia == corte.vigencia and c.periodo <= corte.periodo]
    valores = {c: simular(plan, c) for c in hasta_el_corte}
    codigos = [d.codigo for d in config.dependencias_que_entregan()]
    entregas: list[Entrega] = []
    for codigo in codigos:
        if not dependencias or codigo in dependencias:
            entregas += _entregas_de(config, plan, corte, codigo, valores)
    return entregas


def escribir_entrega(carpeta: Path, entrega: Entrega, config: Config) -> Path:
    """Ruta del libro de la entrega, escrito en `carpeta`."""
    return escribir_filas_pi(
        carpeta / entrega.nombre,
        config=config,
        corte=entrega.corte,
        dependencia=entrega.dependencia,
        filas=entrega.filas,
        omitir=entrega.omitir,
        periodo_aceptado=entrega.periodo_aceptado,
    )


def plan_con_fallas(plan: PlanDemo) -> PlanDemo:
    """El plan tal como quedó escrito en su libro, con las fallas sembradas en él."""
    limpias = [{str(k): v for k, v in fila.items()} for fila in plan.plan.to_dict("records")]
    filas = sembrar(limpias, fallas_de("plan"))
    return replace(plan, plan=pd.DataFrame(filas, columns=plan.plan.columns))


def _entregas_de(
    config: Config, plan: PlanDemo, corte: Corte, dependencia: str, valores: Mapping[Corte, pd.DataFrame]
) -> list[Entrega]:
    fallas = fallas_de(str(corte), dependencia)
    if any(falla.clase == "no_entrega" for falla in fallas):
        return []
    periodo_aceptado, aceptado = _ultimo_aceptado(plan, corte, dependencia, valores)
    limpias = filas_pi(
        corte=corte,
        dependencia=dependencia,
        plan=plan.plan,
        plan_vigencias=plan.plan_vigencias,
        valores=valores[corte],
        aceptado=aceptado,
    )
    if not limpias:
        return []
    recibido = _recibido_en(config, corte, dependencia, fallas)
    definitivas = tuple(falla for falla in fallas if not falla.corregida)
    versiones = [fallas] if fallas == definitivas else [fallas, definitivas]
    return [
        Entrega(
            corte=corte,
            dependencia=dependencia,
            version=numero,
            recibido_en=_a_la_hora(
                sumar_habiles(recibido, DIAS_PARA_CORREGIR * (numero - 1)), dependencia, corte
            ),
            filas=tuple(sembrar(limpias, puestas)),
            omitir=columnas_borradas(puestas),
            periodo_aceptado=periodo_aceptado,
        )
        for numero, puestas in enumerate(versiones, start=1)
    ]


def _ultimo_aceptado(
    plan: PlanDemo, corte: Corte, dependencia: str, valores: Mapping[Corte, pd.DataFrame]
) -> tuple[str, dict[str, float]]:
    """Periodo y ejecutado por meta del último corte anterior que la dependencia entregó y se aceptó."""
    for anterior in sorted((c for c in valores if c.periodo < corte.periodo), key=str, reverse=True):
        fallas = [f for f in fallas_de(str(anterior), dependencia) if not f.corregida]
        if any(falla.clase in {"no_entrega", "columna_borrada"} for falla in fallas):
            continue
        limpias = filas_pi(
            corte=anterior,
            dependencia=dependencia,
            plan=plan.plan,
            plan_vigencias=plan.plan_vigencias,
            valores=valores[anterior],
        )
        pares = [(f["codigo_meta"], f.get("ejecutado_vigencia")) for f in sembrar(limpias, fallas)]
        veces = Counter(codigo for codigo, _ in pares)
        return anterior.periodo.value, {
            codigo: valor for codigo, valor in pares if veces[codigo] == 1 and isinstance(valor, int | float)
        }
    return "", {}


def _recibido_en(config: Config, corte: Corte, dependencia: str, fallas: Sequence[Falla]) -> date:
    """Día hábil de la entrega: antes del límite, salvo las tardanzas sembradas."""
    mora = max((falla.dias_de_mora for falla in fallas), default=0)
    limite = fecha_limite(corte, config.calendario)
    if mora:
        return sumar_habiles(limite, mora)
    plazo = config.calendario.dias_habiles_de_plazo
    dias = minimo = 1 + plazo // 3
    if not any(falla.corregida for falla in fallas):
        dias += int(azar(dependencia, corte, "recibo") * (plazo - minimo + 1))
    return min(limite, sumar_habiles(corte.fecha, dias))


def _a_la_hora(dia: date, dependencia: str, corte: Corte) -> datetime:
    minutos = int(azar(dependencia, corte, "hora") * 600)  # entre las 8:00 y las 18:00
    return datetime.combine(dia, time(8 + minutos // 60, minutos % 60))


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
            instrumento="pi",
            dependencia=entrega.dependencia,
            recibido_en=entrega.recibido_en,
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
    provisional = rutas.marca_demostracion.with_suffix(".json.tmp")
    provisional.write_text(json.dumps(marca, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    provisional.replace(rutas.marca_demostracion)
