"""SisPT ida y vuelta con las tres exportaciones reales: leer, escribir y volver a leer da el mismo plan."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from pipeline.cargas import escribir_sispt
from pipeline.config import Entidad
from pipeline.formatos import cargar_formato
from pipeline.lectura import leer_libro
from pipeline.limpieza import armar_plan, limpiar

pytestmark = pytest.mark.reales
VIGENCIAS = (2024, 2025, 2026, 2027)
DE_ORIGEN = ["archivo", "sha256", "hoja", "fila"]
# Lo que SisPT trae y nuestras tablas no guardan.
NO_CABEN = {"Principal", "Código de ODS", "ODS"}
DE_LA_ENTIDAD = {"Código DANE", "Entidad territorial", "Nombre del plan"}  # salen de la configuración
ENTIDAD = Entidad(
    nombre="Cajicá",
    dane="25126",
    departamento="Cundinamarca",
    plan="CAJICA IDEAL",
    cuatrienio=(2024, 2027),
    oficina="",
)


def _leer(ruta: Path) -> list[pd.DataFrame]:
    formato = cargar_formato("plan_sispt")
    leido = leer_libro(ruta, formato, archivo="a.xlsx", sha256="a" * 64, vigencias=VIGENCIAS, corte=None)
    return list(armar_plan(limpiar(leido, formato, ())))


def _escribir(tablas: list[pd.DataFrame], destino: Path) -> Path:
    metas, vigencias, fuentes = tablas
    escribir_sispt(
        destino,
        entidad=ENTIDAD,
        plan=metas,
        plan_vigencias=vigencias,
        plan_fuentes=fuentes,
        fecha=date(2025, 6, 30),
    )
    return destino


@pytest.mark.parametrize("libro", ["25126", "25295", "25799"])
def test_un_plan_escrito_como_sispt_es_el_oficial_y_se_lee_igual(
    libro: str, datos_reales: Path, tmp_path: Path
) -> None:
    origen = datos_reales / "sispt" / f"{libro}.xlsx"
    antes = _leer(origen)
    assert len(antes[0]) > 150  # el libro trae metas: la igualdad no es entre vacíos
    escrito = _escribir(antes, tmp_path / "sispt.xlsx")
    for a, b in zip(antes, _leer(escrito), strict=True):
        propias = [c for c in a.columns if c not in DE_ORIGEN]
        pd.testing.assert_frame_equal(a[propias], b[propias], check_dtype=False)
    assert _celdas_distintas(origen, escrito) == []


def _celdas_distintas(origen: Path, escrito: Path) -> list[tuple[str, object, object]]:
    """Las celdas que no coinciden, de las columnas que nuestras tablas guardan; los encabezados, todos."""
    oficial, nuestro = (
        list(openpyxl.load_workbook(ruta, read_only=True)["Plan indicativo - Productos"].values)[1:]
        for ruta in (origen, escrito)
    )
    encabezados = oficial[0]
    assert nuestro[0] == encabezados and len(encabezados) == 85
    caben = [i for i, nombre in enumerate(encabezados) if nombre not in NO_CABEN | DE_LA_ENTIDAD]
    return [
        (f"{encabezados[i]}, fila {n}", suya[i], propia[i])
        for n, (suya, propia) in enumerate(zip(oficial[1:], nuestro[1:], strict=True), start=3)
        for i in caben
        if not _iguales(suya[i], propia[i])
    ]


def _iguales(suya: object, propia: object) -> bool:
    if isinstance(suya, str) and isinstance(propia, str):
        # La limpieza quita los saltos y espacios sobrantes de los textos.
        return " ".join(suya.replace("_x000D_", " ").split()) == propia
    if isinstance(suya, int | float) and isinstance(propia, int | float):
        return suya == pytest.approx(propia, rel=1e-15)  # Excel guarda 15 cifras
    return suya is None and propia is None
