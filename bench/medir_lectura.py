"""Mide leer y revisar 25 libros de 500 metas con el formato propio: lectura, limpieza y reglas de calidad.

Uso: python -m bench.medir_lectura
"""

from __future__ import annotations

import hashlib
import tempfile
import time
from pathlib import Path

import pandas as pd

from pipeline import calidad, lectura, limpieza
from pipeline.config import Rutas, cargar_config
from pipeline.esquemas import crear_tabla
from pipeline.formatos import cargar_formato
from pipeline.modelo import Corte, Periodo
from pipeline.plantillas import escribir_plantilla_pi

PROYECTO = Path(__file__).resolve().parents[1]
CORTE = Corte(vigencia=2025, periodo=Periodo.T3)
LIBROS, METAS = 25, 500


def sembrar(carpeta: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Escribe los libros, uno por dependencia, y devuelve el plan que les corresponde."""
    config = cargar_config(PROYECTO)
    filas, programa, valores = [], [], []
    for posicion, dependencia in enumerate(config.dependencias[:LIBROS]):
        for numero in range(METAS):
            codigo = f"M-{posicion:02d}-{numero:03d}"
            filas.append(
                {
                    "codigo_meta": codigo,
                    "nombre_meta": f"Meta {codigo}",
                    "dependencia": dependencia.codigo,
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
            valores.append({"codigo_meta": codigo, "ejecutado_vigencia": numero % 11, "pagos_cop": 1e6})
    plan, vigencias = crear_tabla("plan", filas), crear_tabla("plan_vigencias", programa)
    for dependencia in config.dependencias[:LIBROS]:
        escribir_plantilla_pi(
            carpeta / f"{dependencia.codigo}.xlsx",
            config=config,
            corte=CORTE,
            dependencia=dependencia.codigo,
            plan=plan,
            plan_vigencias=vigencias,
            valores=pd.DataFrame(valores),
        )
    return plan, vigencias


def medir() -> list[tuple[str, float]]:
    """Pares (qué, segundos de pared); la importación de Great Expectations va aparte: se paga una vez."""
    config = cargar_config(PROYECTO)
    formato = cargar_formato("pi_propio")
    with tempfile.TemporaryDirectory() as nombre:
        carpeta = Path(nombre)
        plan, vigencias = sembrar(carpeta)
        inicio = time.perf_counter()
        import great_expectations  # noqa: F401

        importado = time.perf_counter()
        registros, celdas = [], []
        for ruta in sorted(carpeta.glob("*.xlsx")):
            leido = lectura.leer_libro(
                ruta,
                formato,
                archivo=ruta.name,
                sha256=hashlib.sha256(ruta.read_bytes()).hexdigest(),
                vigencias=config.entidad.vigencias,
                corte=CORTE,
            )
            limpio = limpieza.limpiar(leido, formato, config.dependencias)
            registros.append(limpieza.armar_registros_pi(limpio, ruta.stem))
            celdas.append(limpio.celdas)
        todos = crear_tabla("registros_pi", pd.concat(registros, ignore_index=True))
        leidos = time.perf_counter()
        calidad.revisar_registros_pi(
            todos,
            plan,
            vigencias,
            crear_tabla("celdas", pd.concat(celdas, ignore_index=True)),
            CORTE,
            formato.trimestres,
            reglas=calidad.cargar_reglas(Rutas(PROYECTO).expectativas),
        )
        fin = time.perf_counter()
    filas = f"{LIBROS} libros × {METAS} filas"
    return [
        ("importar Great Expectations (una vez por corte)", importado - inicio),
        (f"leer y limpiar {filas}", leidos - importado),
        (f"revisar con Great Expectations {filas}, una validación", fin - leidos),
        (f"leer y revisar {filas} (límite: 5 s)", fin - importado),
    ]


if __name__ == "__main__":
    for que, segundos in medir():
        print(f"{segundos:6.2f} s  {que}")
