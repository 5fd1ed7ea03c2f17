"""Mide leer y revisar 25 libros de 500 metas con el formato propio, solos y con los cortes anteriores.

Uso: python -m bench.medir_lectura
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline.calidad import cargar_reglas
from pipeline.calidad.motor import importar_gx
from pipeline.config import cargar_config
from pipeline.esquemas import crear_tabla
from pipeline.flujo import Contexto, abrir
from pipeline.flujo.anteriores import leer_anteriores
from pipeline.flujo.entrada import Entregas, Plan, leer_libros, tabla_hallazgos
from pipeline.flujo.ingesta import revisar
from pipeline.plantillas import escribir_plantilla_pi
from pipeline.recepcion import leer_recepciones, recibir_libro

PROYECTO = Path(__file__).resolve().parents[1]
PERIODOS = ("T1", "T2", "T3")
LIBROS, METAS = 25, 500
LIMITE = 5
FILAS = f"{LIBROS} libros × {METAS} filas"
CONSOLIDADA = f"revisar con Great Expectations {FILAS}, una validación consolidada"
POR_LIBRO = f"revisar con Great Expectations {FILAS}, una validación por libro"


def sembrar(raiz: Path) -> Plan:
    """Recibe en `raiz` un libro por dependencia en cada corte y devuelve el plan que les corresponde."""
    shutil.copy(PROYECTO / "seguimiento.toml", raiz)
    config = cargar_config(raiz)
    plan, vigencias = _plan([d.codigo for d in config.dependencias[:LIBROS]])
    for numero, periodo in enumerate(PERIODOS, start=1):
        contexto = abrir(2025, periodo, raiz)
        valores = pd.DataFrame(
            {
                "codigo_meta": plan["codigo_meta"],
                "ejecutado_vigencia": (pd.RangeIndex(len(plan)) % 11) * numero / 4,
                "pagos_cop": 1e6 * numero,
            }
        )
        for dependencia in config.dependencias[:LIBROS]:
            libro = escribir_plantilla_pi(
                raiz / f"{dependencia.codigo}.xlsx",
                config=config,
                corte=contexto.corte,
                dependencia=dependencia.codigo,
                plan=plan,
                plan_vigencias=vigencias,
                valores=valores,
            )
            recibir_libro(
                libro,
                rutas=contexto.rutas,
                config=config,
                corte=contexto.corte,
                instrumento="pi",
                dependencia=dependencia.codigo,
                recibido_en=datetime(2025, 3 * numero + 1, 5),
            )
    vacios = {"fuentes": crear_tabla("plan_fuentes"), "celdas": crear_tabla("celdas")}
    return Plan(metas=plan, vigencias=vigencias, hallazgos=tabla_hallazgos([]), **vacios)


def _plan(dependencias: list[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    filas, programa = [], []
    for posicion, dependencia in enumerate(dependencias):
        for numero in range(METAS):
            codigo = f"M-{posicion:02d}-{numero:03d}"
            filas.append(
                {
                    "codigo_meta": codigo,
                    "nombre_meta": f"Meta {codigo}",
                    "dependencia": dependencia,
                    "programa": "1702",
                    "codigo_producto": "1702041",
                    "unidad": "Número",
                    "tipo_declarado": "Acumulado",
                    "tipo_meta": "acumulado",
                    "meta_cuatrienio": 40.0,
                    "archivo": "plan.xlsx",
                    "sha256": "0" * 64,
                    "hoja": "Plan",
                    "fila": len(filas) + 6,
                }
            )
            trimestres = {f"programado_t{q}": 2.5 * q for q in range(1, 5)}
            programa.append(
                {"codigo_meta": codigo, "vigencia": 2025, "programado_vigencia": 10.0, **trimestres}
            )
    return crear_tabla("plan", filas), crear_tabla("plan_vigencias", programa)


def _olvidar(contexto: Contexto) -> None:
    """Borra lo que se recuerda de otras lecturas y revisiones: lo que sigue se mide en frío."""
    shutil.rmtree(contexto.rutas.raiz / "data" / "processed", ignore_errors=True)


def _revisar_uno_a_uno(contexto: Contexto, plan: Plan, por_libro: Sequence[Entregas]) -> None:
    """Como se haría sin consolidar: una validación por libro."""
    for leidas in por_libro:
        revisar(contexto, plan, leidas, con_plan=False, a_fondo=False)


def medir() -> dict[str, float]:
    """Segundos de pared de cada cosa; lo que se paga una vez por corte va aparte."""
    with tempfile.TemporaryDirectory() as nombre:
        raiz = Path(nombre)
        plan = sembrar(raiz)
        contexto = abrir(2025, PERIODOS[-1], raiz)
        recepciones = leer_recepciones(contexto.rutas, contexto.corte, "pi")
        importar, _ = _cronometrar(lambda: (importar_gx(), cargar_reglas(contexto.rutas.expectativas)))
        leer, leidas = _cronometrar(lambda: leer_libros(contexto, recepciones))
        otra_vez, _ = _cronometrar(lambda: leer_libros(contexto, recepciones))
        sueltos = [leer_libros(contexto, [ficha]) for ficha in recepciones]
        _olvidar(contexto)
        anteriores, _ = _cronometrar(lambda: leer_anteriores(contexto))
        _olvidar(contexto)
        solo, _ = _cronometrar(lambda: revisar(contexto, plan, leidas, con_plan=False, a_fondo=False))
        _olvidar(contexto)
        por_libro, _ = _cronometrar(lambda: _revisar_uno_a_uno(contexto, plan, sueltos))
        _olvidar(contexto)
        a_fondo, _ = _cronometrar(lambda: revisar(contexto, plan, leidas, con_plan=False))
    previos = len(PERIODOS) - 1
    return {
        "importar Great Expectations y cargar las reglas (una vez por corte)": importar,
        f"leer y limpiar {FILAS}": leer,
        f"volver a leer {FILAS} que no cambiaron": otra_vez,
        CONSOLIDADA: solo,
        POR_LIBRO: por_libro,
        f"leer y revisar {FILAS} (límite: {LIMITE} s)": leer + solo,
        f"leer {previos} cortes anteriores de {FILAS} cada uno": anteriores,
        f"leer y revisar {FILAS} con fórmulas, historia y esos {previos} cortes": leer + a_fondo,
    }


def comparar(medidas: Mapping[str, float]) -> str:
    """Cuántas veces más tarda revisar libro por libro que revisar lo consolidado, en una oración."""
    veces = f"{medidas[POR_LIBRO] / medidas[CONSOLIDADA]:.1f}".replace(".", ",")
    return f"Revisar libro por libro tarda {veces} veces lo que revisar lo consolidado."


def _cronometrar(hacer: Callable[[], Any]) -> tuple[float, Any]:
    inicio = time.perf_counter()
    resultado = hacer()
    return time.perf_counter() - inicio, resultado


if __name__ == "__main__":
    medidas = medir()
    for que, segundos in medidas.items():
        print(f"{segundos:6.2f} s  {que}")
    print(comparar(medidas))
