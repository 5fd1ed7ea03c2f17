"""Lo que las órdenes revisan antes de hacer algo, y lo que dicen cuando se niegan."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import openpyxl
import pytest

from pipeline import flujo, recepcion
from pipeline.errores import ErrorConfiguracion, ErrorLibro
from pipeline.flujo.plan import importar_plan

PROYECTO = Path(__file__).resolve().parents[2]
DEL_PLAN = {
    "Código de meta": "MP-001",
    "Meta de producto": "Sedes dotadas",
    "Código de dependencia": "SEDU",
    "Tipo de meta": "Acumulado",
    "Meta del cuatrienio": 40,
    "Programado 2024": 10,
    "Programado 2025": 10,
    "Programado 2026": 10,
    "Programado 2027": 10,
}


@pytest.fixture
def contexto(tmp_path: Path) -> flujo.Contexto:
    (tmp_path / "seguimiento.toml").write_bytes((PROYECTO / "seguimiento.toml").read_bytes())
    return flujo.abrir(2025, "T3", tmp_path)


def _libro(ruta: Path, *filas: dict[str, object], hoja: str = "Plan de desarrollo") -> Path:
    cuaderno = openpyxl.Workbook()
    cuaderno.active.title = hoja
    cuaderno.active.append(list(filas[0]))
    for fila in filas:
        cuaderno.active.append(list(fila.values()))
    cuaderno.save(ruta)
    return ruta


def _importar(contexto: flujo.Contexto, libro: Path, formato: str = "plan_propio", *, dia: int = 1) -> object:
    return importar_plan(contexto, libro, formato=formato, recibido_en=datetime(2024, 7, dia, 9))


def test_importar_un_plan_dice_que_se_leyo_y_volver_a_importar_el_anterior_lo_vuelve_vigente(
    contexto: flujo.Contexto, tmp_path: Path
) -> None:
    uno = _libro(tmp_path / "uno.xlsx", DEL_PLAN)
    dos = _libro(tmp_path / "dos.xlsx", DEL_PLAN, DEL_PLAN | {"Código de meta": "MP-002"})
    dicho = _importar(contexto, uno).presentar()  # type: ignore[attr-defined]
    assert "1 meta, programadas en 2024, 2025, 2026, 2027" in dicho
    assert "1 dependencia: SEDU 1." in dicho
    _importar(contexto, dos, dia=2)
    assert recepcion.plan_vigente(contexto.rutas).archivo == "dos.xlsx"
    _importar(contexto, dos, dia=3)  # el vigente no se repite
    assert len(recepcion.leer_fichas(contexto.rutas.crudos_plan)) == 2
    _importar(contexto, uno, dia=4)
    assert recepcion.plan_vigente(contexto.rutas).archivo == "uno.xlsx"


@pytest.mark.parametrize(
    ("cambio", "formato", "error", "dice"),
    [
        ({"hoja": "Plan Indicativo"}, "plan_propio", ErrorLibro, "No hay una hoja visible"),
        ({"quita": "Programado 2026"}, "plan_propio", ErrorLibro, "Falta la columna «Programado 2026»"),
        ({"meta": None}, "plan_propio", ErrorLibro, "no se leyó ninguna meta"),
        ({}, "pi_propio", ErrorConfiguracion, "no es de un plan de desarrollo. Use uno de: plan_arbol"),
    ],
)
def test_un_libro_que_no_es_el_plan_no_pasa_a_regir(
    contexto: flujo.Contexto,
    tmp_path: Path,
    cambio: dict[str, str],
    formato: str,
    error: type[Exception],
    dice: str,
) -> None:
    fila = {k: v for k, v in DEL_PLAN.items() if k != cambio.get("quita")}
    fila |= {"Código de meta": None, "Meta de producto": None} if "meta" in cambio else {}
    libro = _libro(tmp_path / "otro.xlsx", fila, hoja=cambio.get("hoja", "Plan de desarrollo"))
    with pytest.raises(error, match=dice):
        _importar(contexto, libro, formato)
    assert not contexto.rutas.crudos_plan.exists()
