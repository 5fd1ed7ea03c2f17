"""El paquete de Control Interno de la demostración, verificado como lo haría Control Interno."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from pipeline.esquemas import leer_tabla

pytestmark = pytest.mark.integracion
ENCABEZADO = 4


@pytest.fixture(scope="module")
def paquete(cortes_demo: Path) -> Path:
    return cortes_demo / "reports" / "2025" / "T3" / "08_control_interno" / "paquete"


@pytest.fixture(scope="module")
def muestra(paquete: Path) -> list[dict[str, Any]]:
    hoja = openpyxl.load_workbook(paquete / "verificacion_de_la_muestra.xlsx")["Muestra"]
    filas = list(hoja.iter_rows(min_row=ENCABEZADO, values_only=True))
    return [dict(zip(map(str, filas[0]), fila, strict=True)) for fila in filas[1:]]


def test_las_huellas_del_paquete_son_las_de_sus_archivos(paquete: Path) -> None:
    renglones = (paquete / "huellas.txt").read_text(encoding="utf-8").splitlines()
    for renglon in renglones:
        huella, archivo = renglon.split(maxsplit=1)
        assert hashlib.sha256((paquete / archivo).read_bytes()).hexdigest() == huella, archivo
    archivos = {r.relative_to(paquete).as_posix() for r in paquete.rglob("*") if r.is_file()}
    assert {r.split(maxsplit=1)[1] for r in renglones} == archivos - {"huellas.txt"}


def test_cada_cifra_de_la_muestra_esta_escrita_en_la_celda_que_cita(
    paquete: Path, muestra: list[dict[str, Any]]
) -> None:
    con_celda = [fila for fila in muestra if fila["Celda"]]
    assert len(con_celda) > 30
    for fila in con_celda:
        (libro,) = (paquete / "libros").glob(f"*__{fila['Libro']}")
        celda = openpyxl.load_workbook(libro, data_only=True)[fila["Hoja"]][fila["Celda"]]
        assert celda.value == fila["Ejecutado"], (fila["Libro"], fila["Celda"])


def test_la_muestra_se_repite_con_solo_la_semilla(cortes_demo: Path, muestra: list[dict[str, Any]]) -> None:
    metas = leer_tabla("metas", cortes_demo / "data" / "processed" / "2025" / "T3")
    programadas = metas[metas["estado_reporte"] != "no_programada"]
    for dependencia, propias in programadas.groupby("dependencia"):
        claves = {
            hashlib.sha256(f"73001-2025-T3|{dependencia}|{meta}".encode()).hexdigest(): meta
            for meta in propias["codigo_meta"]
        }
        salieron = {f["Código de la meta"] for f in muestra if f["Código de la dependencia"] == dependencia}
        assert salieron == {claves[clave] for clave in sorted(claves)[: len(salieron)]} != set(), dependencia
