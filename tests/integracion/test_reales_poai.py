"""La ejecución presupuestal de Cali (SAP, febrero de 2025): identidades al peso y totales por otra vía."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest

from pipeline.calidad.poai_ampliacion import ampliar_registros_poai
from pipeline.esquemas import crear_tabla
from pipeline.formatos import cargar_formato
from pipeline.indices import calcular_indices_poai
from pipeline.lectura import leer_libro
from pipeline.limpieza import armar_registros, limpiar
from pipeline.modelo import Corte, Periodo
from pipeline.movimientos import cuadrar_rubros
from pipeline.versiones_poai import comparar_versiones

pytestmark = [pytest.mark.reales, pytest.mark.integracion]
LIBRO = "cali/EJECUCION_FEBRERO_2025.csv"
COLUMNAS = {
    "PPTO INICIAL": "apropiacion_inicial_cop", "PPTO. MODIFICADO": "apropiacion_definitiva_cop",
    "TOTAL ACUMULADO CDP": "cdp_cop", "TOTAL ACUMULADO RPC": "compromisos_cop",
    "TOTAL ACUMUL OBLIGAC": "obligaciones_cop", "PAGOS": "pagos_cop",
}  # fmt: skip


@pytest.fixture(scope="module")
def registros(datos_reales: Path) -> pd.DataFrame:
    formato = cargar_formato("poai_sap_cali")
    leido = leer_libro(
        datos_reales / LIBRO, formato, archivo="EJECUCION.csv", sha256="a" * 64, vigencias=(2025,),
        corte=Corte(vigencia=2025, periodo=Periodo.T1),
    )  # fmt: skip
    return armar_registros("registros_poai", limpiar(leido, formato, ()))


def test_ninguna_fila_de_cali_incumple_una_identidad_ni_el_orden_del_gasto(registros: pd.DataFrame) -> None:
    tabla = ampliar_registros_poai(
        registros, crear_tabla("plan"), crear_tabla("movimientos"), None, techos={}, dane="76001"
    )
    for columna in ("diferencia_definitiva", "diferencia_disponible", "diferencia_saldo_cdp"):
        assert tabla[columna].notna().all() and tabla[columna].max() == 0, columna
    for campo in ("cdp_cop", "compromisos_cop", "obligaciones_cop", "pagos_cop"):
        assert (tabla[f"exceso_{campo}"] <= 0).all(), campo
    assert tabla["veces_en_el_poai"].max() == 1
    assert tabla["bpin_de_otra_entidad"].isna().all() and tabla["fuente_desconocida"].isna().all()
    # El formato no trae movimientos: no hay con qué reclamarlos.
    assert tabla[["diferencia_movimientos", "cambio_sin_acto", "techo_cop"]].isna().all().all()


def test_los_totales_de_cali_son_las_sumas_de_sus_columnas_y_cada_nivel_las_reparte(
    registros: pd.DataFrame, datos_reales: Path
) -> None:
    with (datos_reales / LIBRO).open(encoding="utf-8-sig", newline="") as archivo:
        filas = list(csv.reader(archivo, delimiter=";"))
    rotulos = [r.strip() for r in filas[0]]
    indices = calcular_indices_poai(registros, crear_tabla("plan"), {})
    for rotulo, campo in COLUMNAS.items():
        crudos = [f[rotulos.index(rotulo)].strip() for f in filas[1:]]
        esperado = sum(Decimal(c.replace(".", "").replace(",", ".")) for c in crudos if c != "-")
        por_nivel = indices.groupby("nivel")[campo].sum()
        assert {Decimal(v) for v in por_nivel} == {esperado}, rotulo
    total = indices[indices["nivel"] == "total"].iloc[0]
    assert (total["n_rubros"], total["n_sin_dato"]) == (3483, 0)
    fuentes = {f[rotulos.index("Fondo")].strip() for f in filas[1:]}
    proyectos = {f[rotulos.index("BPIN")].strip() for f in filas[1:]}
    assert set(indices.loc[indices["nivel"] == "fuente", "codigo"]) == fuentes
    assert set(indices.loc[indices["nivel"] == "proyecto", "codigo"]) == proyectos


def test_las_modificaciones_de_cali_se_ven_como_cambio_de_version_y_no_como_movimientos(
    registros: pd.DataFrame,
) -> None:
    """Sin hoja de movimientos, lo modificado (98.402.291.294 pesos netos) queda sin acto que lo explique."""
    cuadre = cuadrar_rubros(registros, crear_tabla("movimientos"))
    assert cuadre["diferencia_cop"].sum() == 98_402_291_294
    aprobado = registros.assign(apropiacion_definitiva_cop=registros["apropiacion_inicial_cop"])
    cambios = comparar_versiones(aprobado, registros)
    assert set(cambios["cambio"]) == {"cambia"}
    assert cambios["apropiacion_definitiva_diferencia_cop"].sum() == 98_402_291_294
    modificadas = registros["apropiacion_definitiva_cop"] != registros["apropiacion_inicial_cop"]
    assert len(cambios) == modificadas.sum()
