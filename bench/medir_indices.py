"""Mide la ruta masiva: consolidar y agregar metas-trimestre de muchas entidades con las MISMAS fórmulas.

Uso: python bench/medir_indices.py [ENTIDADES ...]        (por defecto 1, 10, 100 y 1000)

Cada entidad tiene 500 metas y 16 trimestres: 1.000 entidades son 8 millones de metas-trimestre. Los datos
son sintéticos, en Parquet, en una carpeta temporal. DuckDB lee por bloques de entidades; el avance, las
cotas, el cuatrienio y los promedios los calcula `pipeline.indices` sobre arreglos: el método no está en SQL.
Los bloques son independientes y van en dos hilos (numpy y DuckDB sueltan el candado de Python al calcular).
Cada tamaño se mide en un proceso nuevo, para que la memoria máxima sea la suya.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.indices.cuatrienio import avance_cuatrienio
from pipeline.indices.formulas import TIPOS, Reales
from pipeline.indices.metas import Insumos, Medidas, medir
from pipeline.indices.promedios import promedio
from pipeline.indices.semaforo import semaforo
from pipeline.modelo import Metodo

METAS, VIGENCIAS, TRIMESTRES = 500, 4, 4
CORTES = VIGENCIAS * TRIMESTRES
ENTIDADES_POR_BLOQUE = 110
LINEAS, PROGRAMAS, DEPENDENCIAS = 5, 40, 25
TAMANOS = (1, 10, 100, 1000)
HILOS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Bloque:
    """Un grupo de entidades ya consolidado: una fila por meta, una columna por trimestre del cuatrienio."""

    entidades: int
    tipo: np.ndarray
    linea_base: Reales
    meta: Reales
    peso: Reales
    programado: Reales  # metas × vigencias
    ejecutado: Reales  # metas × trimestres, acumulado dentro de la vigencia
    nodos: dict[str, np.ndarray]  # nivel → nodo de cada meta, numerado dentro del bloque


def generar(carpeta: Path, entidades: int) -> None:
    """Escribe plan.parquet (una fila por meta) y reportes.parquet (una por meta y trimestre)."""
    azar = np.random.default_rng(73001)
    plan = reportes = None
    for desde in range(0, entidades, ENTIDADES_POR_BLOQUE):
        cuantas = min(ENTIDADES_POR_BLOQUE, entidades - desde)
        tabla_plan, tabla_reportes = _sintetizar(azar, desde, cuantas)
        plan = plan or pq.ParquetWriter(carpeta / "plan.parquet", tabla_plan.schema)
        reportes = reportes or pq.ParquetWriter(
            carpeta / "reportes.parquet", tabla_reportes.schema, compression="zstd"
        )
        plan.write_table(tabla_plan)
        reportes.write_table(tabla_reportes)
    assert plan and reportes
    plan.close()
    reportes.close()


def _sintetizar(azar: np.random.Generator, desde: int, cuantas: int) -> tuple[pa.Table, pa.Table]:
    filas = cuantas * METAS
    entidad = np.repeat(np.arange(desde, desde + cuantas, dtype=np.int32), METAS)
    codigo = np.tile(np.arange(METAS, dtype=np.int32), cuantas)
    programado = azar.integers(0, 40, (filas, VIGENCIAS)).astype(np.float64)
    plan = {
        "entidad": entidad,
        "meta": codigo,
        "tipo": azar.integers(0, len(TIPOS), filas, dtype=np.int8),
        "linea_base": azar.integers(0, 80, filas).astype(np.float64),
        "meta_cuatrienio": np.maximum(programado.sum(axis=1), 1.0),
        "peso": azar.uniform(0.1, 5.0, filas),
        "linea": (codigo % LINEAS).astype(np.int16),
        "programa": (codigo % PROGRAMAS).astype(np.int16),
        "dependencia": azar.integers(0, DEPENDENCIAS, filas, dtype=np.int16),
        **{f"p{v + 1}": programado[:, v] for v in range(VIGENCIAS)},
    }
    trimestre = np.tile(np.arange(CORTES, dtype=np.int8), filas)
    ejecutado = np.round(azar.uniform(0, 12, filas * CORTES), 2)
    reportes = {
        "entidad": np.repeat(entidad, CORTES),
        "meta": np.repeat(codigo, CORTES),
        "trimestre": trimestre,
        "incremento": ejecutado,
    }
    tabla = pa.table(reportes)
    sin_reporte = pa.array(azar.random(filas * CORTES) < 0.05)
    incremento = pa.compute.if_else(sin_reporte, pa.scalar(None, pa.float64()), tabla["incremento"])
    return pa.table(plan), tabla.set_column(3, "incremento", incremento)


def consolidar(conexion: duckdb.DuckDBPyConnection, carpeta: Path, desde: int, hasta: int) -> Bloque:
    """Las entidades [desde, hasta) consolidadas: DuckDB ubica cada reporte en su meta y trimestre."""
    limites = {"desde": desde, "hasta": hasta}
    plan = conexion.execute(
        f"SELECT * FROM '{carpeta}/plan.parquet' "
        "WHERE entidad >= $desde AND entidad < $hasta ORDER BY entidad, meta",
        limites,
    ).fetchnumpy()
    ordinal = f"((entidad - {desde}) * {METAS} + meta) * {CORTES} + trimestre"
    reportes = conexion.execute(
        f"SELECT {ordinal} AS lugar, incremento FROM '{carpeta}/reportes.parquet' "
        "WHERE entidad >= $desde AND entidad < $hasta AND incremento IS NOT NULL",
        limites,
    ).fetchnumpy()
    return _bloque(plan, reportes, hasta - desde, desde)


def _bloque(plan: dict, reportes: dict, entidades: int, desde: int) -> Bloque:
    filas = entidades * METAS
    incremento = np.full(filas * CORTES, np.nan)
    incremento[reportes["lugar"]] = reportes["incremento"]
    por_trimestre = incremento.reshape(filas, VIGENCIAS, TRIMESTRES)
    # Acumulado de lo conocido; un trimestre sin reporte deja sin dato su propio corte, no los siguientes.
    acumulado = np.nancumsum(por_trimestre, axis=2)
    acumulado[np.isnan(por_trimestre)] = np.nan
    local = plan["entidad"] - desde
    nodos = {"plan": local.astype(np.int64)}
    for nivel, cuantos in (("linea", LINEAS), ("programa", PROGRAMAS), ("dependencia", DEPENDENCIAS)):
        nodos[nivel] = local.astype(np.int64) * cuantos + plan[nivel]
    return Bloque(
        entidades=entidades,
        tipo=np.asarray(plan["tipo"]),
        linea_base=np.asarray(plan["linea_base"]),
        meta=np.asarray(plan["meta_cuatrienio"]),
        peso=np.asarray(plan["peso"]),
        programado=np.column_stack([plan[f"p{v + 1}"] for v in range(VIGENCIAS)]),
        ejecutado=acumulado.reshape(filas, CORTES),
        nodos=nodos,
    )


def calcular(bloque: Bloque, metodo: Metodo) -> tuple[int, float]:
    """Metas-trimestre calculadas y suma de los índices del plan (para que nada se quede sin calcular)."""
    total, huella = 0, 0.0
    for corte in range(CORTES):
        vigencia, trimestre = divmod(corte, TRIMESTRES)
        medidas = _medir_corte(bloque, vigencia, (trimestre + 1) / TRIMESTRES, corte, metodo)
        cuatrienio = avance_cuatrienio(
            bloque.tipo,
            _historia(bloque, corte),
            bloque.programado,
            bloque.linea_base,
            bloque.meta,
            transcurridas=vigencia + 1,
            metodo=metodo,
        )
        huella += _agregar(bloque, medidas, cuatrienio, metodo)
        total += len(bloque.tipo)
    return total, huella


def _medir_corte(bloque: Bloque, vigencia: int, transcurrido: float, corte: int, metodo: Metodo) -> Medidas:
    ejecutado = bloque.ejecutado[:, corte]
    insumos = Insumos(
        tipo=bloque.tipo,
        ejecutado=ejecutado,
        programado=bloque.programado[:, vigencia],
        programado_corte=bloque.programado[:, vigencia] * transcurrido,
        linea_base=bloque.linea_base,
        programada=bloque.programado[:, vigencia] > 0,
        reportada=~np.isnan(ejecutado),
        transcurrido=transcurrido,
    )
    return medir(insumos, metodo)


def _historia(bloque: Bloque, corte: int) -> Reales:
    """Lo ejecutado por vigencia al corte: las cerradas a su cierre y la actual a su trimestre."""
    vigencia = corte // TRIMESTRES
    columnas = [v * TRIMESTRES + TRIMESTRES - 1 for v in range(vigencia)] + [corte]
    historia = np.full((len(bloque.tipo), VIGENCIAS), np.nan)
    historia[:, : vigencia + 1] = bloque.ejecutado[:, columnas]
    return historia


def _agregar(bloque: Bloque, medidas: Medidas, cuatrienio, metodo: Metodo) -> float:
    """Simple y ponderado, cotas, esperado y cuatrienio de cada nodo de cada nivel; devuelve su huella."""
    huella = 0.0
    iguales = np.ones_like(bloque.peso)
    for grupo in bloque.nodos.values():
        cuantos = int(grupo.max()) + 1
        promedio(medidas.inferior, iguales, grupo, cuantos)
        columnas = (
            medidas.inferior,  # con sin_reporte = cero es el avance oficial
            medidas.superior,
            medidas.esperado,
            cuatrienio.avance,
            cuatrienio.inferior,
            cuatrienio.superior,
        )
        nodos = [promedio(columna, bloque.peso, grupo, cuantos) for columna in columnas]
        bandas = semaforo(nodos[0], nodos[1], nodos[2], ~np.isnan(nodos[2]), metodo.bandas)
        huella += float(np.nansum(nodos[0])) + float(bandas.sum())
    return huella


def medir_tamano(entidades: int) -> dict[str, float]:
    """Tiempo y memoria máxima de consolidar y agregar `entidades` (la generación no cuenta)."""
    with tempfile.TemporaryDirectory() as temporal:
        carpeta = Path(temporal)
        subprocess.run([sys.executable, __file__, "generar", temporal, str(entidades)], check=True)
        inicio, gastado = time.perf_counter(), time.process_time()
        with duckdb.connect(config={"threads": 1}) as conexion, ThreadPoolExecutor(HILOS) as hilos:

            def procesar(desde: int) -> int:
                hasta = min(desde + ENTIDADES_POR_BLOQUE, entidades)
                bloque = consolidar(conexion.cursor(), carpeta, desde, hasta)
                return calcular(bloque, Metodo())[0]

            total = sum(hilos.map(procesar, range(0, entidades, ENTIDADES_POR_BLOQUE)))
        segundos, procesador = time.perf_counter() - inicio, time.process_time() - gastado
    memoria = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "entidades": entidades,
        "metas_trimestre": total,
        "segundos": segundos,
        "procesador": procesador,
        "memoria_mb": memoria,
    }


def medir_en_proceso_nuevo(entidades: int) -> dict[str, float]:
    """Lo mismo que `medir_tamano`, en un proceso nuevo: la memoria máxima es solo la de esta medida."""
    orden = [sys.executable, __file__, "medir", str(entidades)]
    salida = subprocess.run(orden, check=True, capture_output=True, text=True).stdout
    medida: dict[str, float] = json.loads(salida.splitlines()[-1])
    return medida


def principal(argumentos: list[str]) -> None:
    """Genera, mide un tamaño o (por defecto) mide todos los pedidos, cada uno en su proceso."""
    if argumentos[:1] == ["generar"]:
        generar(Path(argumentos[1]), int(argumentos[2]))
        return
    if argumentos[:1] == ["medir"]:
        print(json.dumps(medir_tamano(int(argumentos[1]))))
        return
    for entidades in [int(a) for a in argumentos] or TAMANOS:
        medida = medir_en_proceso_nuevo(entidades)
        print(
            f"{medida['entidades']:>6} entidades · {medida['metas_trimestre']:>9} metas-trimestre · "
            f"{medida['segundos']:6.2f} s "
            f"({medida['procesador']:.2f} s de procesador) · {medida['memoria_mb']:7.0f} MB"
        )


if __name__ == "__main__":
    principal(sys.argv[1:])
