"""El cuaderno del POAI dice sus cifras con datos, sin movimientos y sin nada, y nunca se cae ni miente."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline.config import PAQUETE, cargar_config
from pipeline.esquemas import crear_tabla
from pipeline.flujo import poai_informe, poai_textos
from pipeline.flujo.poai_informe import DatosPoai
from pipeline.indices import calcular_indices_poai
from pipeline.informes import DatosInforme, textos
from pipeline.modelo import Corte, Periodo
from pipeline.movimientos import cuadrar_rubros
from pipeline.tablas import tabla_del_informe
from pipeline.versiones_poai import FichaVersion, VersionPoai

CUADERNO = PAQUETE.parent / "notebooks" / "05_poai.ipynb"
LUGAR = {"vigencia": 2025, "archivo": "a.xlsx", "sha256": "a", "hoja": "POAI"}
CAMPOS = ("apropiacion_inicial_cop", "adiciones_cop", "apropiacion_definitiva_cop", "cdp_cop",
          "compromisos_cop", "obligaciones_cop", "pagos_cop")  # fmt: skip


def _registros(*filas: tuple[Any, ...]) -> pd.DataFrame:
    armadas = [
        LUGAR | {"fila": n, "codigo_meta": "M1", "bpin": "B", "rubro": "2.3.1", "dependencia": d,
                 "codigo_fuente": f, "nombre_fuente": f"Fuente {f}"} | dict(zip(CAMPOS, pesos, strict=True))
        for n, (d, f, *pesos) in enumerate(filas, start=8)
    ]  # fmt: skip
    return crear_tabla("registros_poai", armadas)


REGISTROS = _registros(
    ("SEDU", "F1", 600e6, 100e6, 700e6, 700e6, 500e6, 350e6, 350e6),
    ("SINF", "F2", 300e6, 0, 300e6, 100e6, 100e6, 0, 0),
)
MOVIMIENTOS = crear_tabla(
    "movimientos",
    [LUGAR | {"hoja": "Movimientos", "fila": 8, "codigo_meta": "M1", "bpin": "B", "rubro": "2.3.1",
              "dependencia": "SEDU", "codigo_fuente": "F1", "clase": "adicion", "valor_cop": 90e6,
              "acto": "Acuerdo 1", "fecha_acto": "2025-02-01"}],
)  # fmt: skip


def _poai(registros: pd.DataFrame, movimientos: pd.DataFrame, tmp_path: Path) -> DatosPoai:
    plan = crear_tabla("plan", [{"codigo_meta": "M1", "sector": "22", "nombre_sector": "Educación",
                                 "archivo": "p", "sha256": "p", "hoja": "p", "fila": 1}])  # fmt: skip
    vacias = {n: crear_tabla(n) for n in ("entregas", "hallazgos", "metas", "indices", "alertas")}
    datos = DatosInforme(
        config=cargar_config(PAQUETE.parent).model_copy(update={"techos": {"F1": 650e6}}),
        corte=Corte(vigencia=2025, periodo=Periodo.T3), es_demostracion=False, dependencia="", plan=plan,
        **vacias,
    )  # fmt: skip
    return DatosPoai(
        datos=datos,
        registros=registros,
        movimientos=movimientos,
        indices=calcular_indices_poai(registros, plan, {"SEDU": "Educación"}),
        cuadre=cuadrar_rubros(registros, movimientos),
        plan=plan,
        celdas=crear_tabla("celdas"),
        versiones=(),
        carpeta_versiones=tmp_path,
    )


def _celdas(poai: DatosPoai) -> dict[str, str]:
    """Lo que muestra cada celda del cuaderno, por su id."""
    ambito = {"poai": poai, "poai_informe": poai_informe, "poai_textos": poai_textos, "textos": textos,
              "tabla_del_informe": tabla_del_informe}  # fmt: skip
    celdas = json.loads(CUADERNO.read_text(encoding="utf-8"))["cells"]
    fuera = {"parameters", "importar", "abrir-poai", "trazas", "terminar"}  # las trazas tienen su prueba
    salidas = {
        c["id"]: eval("".join(c["source"]), ambito)
        for c in celdas
        if c["cell_type"] == "code" and c["id"] not in fuera
    }
    return {i: "" if s is None else s._repr_html_() for i, s in salidas.items()}


def test_el_informe_dice_las_cifras_los_quiebres_y_lo_que_pasa_del_techo(tmp_path: Path) -> None:
    version = FichaVersion(
        numero=1, version=VersionPoai.APROBADO, acto="Acuerdo 9", fecha="2024-12-05", vigencia=2025,
        corte="2025-T1", totales=(
            {"nivel": "total", "codigo": "PLAN", "n_rubros": 2, "apropiacion_definitiva_cop": 900e6},
            {"nivel": "fuente", "codigo": "F1", "nombre": "Fuente F1", "apropiacion_definitiva_cop": 600e6},
        ),
    )  # fmt: skip
    celdas = _celdas(replace(_poai(REGISTROS, MOVIMIENTOS, tmp_path), versiones=(version,)))
    # 600 comprometidos, 350 obligados y 350 pagados de 1.000 millones.
    for parte in ("60,0", "35,0"):
        assert parte in celdas["texto-cadena"]
    assert "650.000.000" in celdas["tabla-techos"] and "$ -50.000.000" in celdas["tabla-techos"]
    assert "más se ha obligado es Fuente F1 (50,0\xa0%) y la que menos, Fuente F2" in celdas["figura-fuente"]
    assert "Obligado: del 50,0\xa0% en" in celdas["figura-dependencia"]
    # La adición del rubro es de 100 y el movimiento de 90: faltan 10 por explicar en un rubro de dos.
    assert "1</strong> no cuadran" in celdas["texto-movimientos"]
    assert "10.000.000" in celdas["tabla-rubros"] and "no cuadra" in celdas["tabla-rubros"]
    assert "1</strong> no cuadran" in celdas["texto-identidades"]
    assert "100.000.000" in celdas["texto-versiones"]  # 1.000 de ahora frente a 900 de la versión
    assert "300.000.000" in celdas["tabla-control-fuente"]  # F2 no estaba en la versión
    for nivel in ("fuente", "sector", "dependencia", "proyecto"):
        assert "La mayor apropiación es la de" in celdas[f"texto-{nivel}"]
        assert "de el " not in celdas[f"texto-{nivel}"]
    assert "Educación" in celdas["tabla-dependencia"] and "Educación" in celdas["tabla-sector"]


def test_sin_movimientos_no_se_dice_que_los_rubros_no_cuadran(tmp_path: Path) -> None:
    celdas = _celdas(_poai(REGISTROS, crear_tabla("movimientos"), tmp_path))
    assert "no traen movimientos" in celdas["texto-movimientos"]
    assert celdas["tabla-rubros"] == ""
    assert "al peso en todas las filas" in celdas["texto-identidades"]


def test_sin_poai_cada_seccion_lo_dice_y_ninguna_inventa_un_cero(tmp_path: Path) -> None:
    celdas = _celdas(_poai(_registros(), crear_tabla("movimientos"), tmp_path))
    for seccion in ("cifras-clave", "texto-cadena", "texto-fuente", "texto-identidades"):
        assert "no tiene libros del POAI aceptados" in celdas[seccion], seccion
    assert "No se ha fijado ninguna versión" in celdas["texto-versiones"]
    for nombre, contenido in celdas.items():
        if nombre.startswith(("tabla-", "figura-")) and nombre not in {
            "tabla-parametros", "tabla-insumos", "tabla-versiones", "tabla-entregas", "tabla-techos",
        }:  # fmt: skip
            assert contenido == "", nombre
