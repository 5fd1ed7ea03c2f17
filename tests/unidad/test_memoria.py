"""Lo que se recuerda de un corte anterior es lo mismo que se guardó, o no se recuerda."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import pytest

from pipeline import flujo
from pipeline.flujo import memoria

PROYECTO = Path(__file__).resolve().parents[2]
TABLAS = {
    "metas": pd.DataFrame(
        {
            "codigo": pd.array(["M1", None], dtype="str"),
            "n": pd.array([1, None], dtype="Int64"),
            "x": [0.1, None],
        }
    ),
    "celdas": pd.DataFrame({"a": [1.5]}, index=[7]),
}


@pytest.fixture
def contexto(tmp_path: Path) -> flujo.Contexto:
    shutil.copy(PROYECTO / "seguimiento.toml", tmp_path)
    (tmp_path / "data" / "raw" / "plan").mkdir(parents=True)
    return flujo.abrir(2025, "T1", tmp_path)


def test_se_recuerda_exactamente_lo_guardado(contexto: flujo.Contexto) -> None:
    assert memoria.recordar(contexto, tuple(TABLAS)) is None
    memoria.guardar(contexto, TABLAS)
    recordadas = memoria.recordar(contexto, tuple(TABLAS))
    assert recordadas is not None
    for nombre, tabla in TABLAS.items():
        pd.testing.assert_frame_equal(recordadas[nombre], tabla)


@pytest.mark.parametrize("que", ["libro", "reglas", "alterada"])
def test_con_otro_libro_otra_regla_o_una_tabla_alterada_no_se_recuerda(
    contexto: flujo.Contexto, que: str
) -> None:
    memoria.guardar(contexto, TABLAS)
    raiz = contexto.rutas.raiz
    if que == "libro":
        (raiz / "data" / "raw" / "plan" / "otro.xlsx").write_bytes(b"x")
    elif que == "reglas":
        toml = raiz / "seguimiento.toml"
        toml.write_text(toml.read_text(encoding="utf-8") + "\n# otra\n", encoding="utf-8")
    else:
        next((raiz / "data" / "processed").rglob("metas.parquet")).write_bytes(b"x")
    assert memoria.recordar(contexto, tuple(TABLAS)) is None
