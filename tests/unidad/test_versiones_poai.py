"""Una versión del POAI se congela una vez, cuadra con sus totales y se compara con la anterior."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from pipeline.errores import ErrorConfiguracion, ErrorEntorno
from pipeline.esquemas import crear_tabla
from pipeline.manifiesto import huella_archivo
from pipeline.versiones_poai import (
    FichaVersion,
    archivos_alterados,
    comparar_versiones,
    escribir_rubros,
    guardar_ficha,
    leer_fichas,
    leer_rubros,
    siguiente_version,
)

RUBRO = {
    "vigencia": 2025, "dependencia": "SEDU", "codigo_meta": "M1", "bpin": "2024730010001", "rubro": "2.3.1",
    "codigo_fuente": "F1", "archivo": "a.xlsx", "sha256": "a", "hoja": "POAI",
}  # fmt: skip


def _poai(*filas: dict[str, Any]) -> pd.DataFrame:
    return crear_tabla("registros_poai", [RUBRO | {"fila": n} | f for n, f in enumerate(filas, start=8)])


def _ficha(previas: list[FichaVersion], version: str, fecha: date, acto: str = "Acta 1") -> FichaVersion:
    return siguiente_version(previas, version=version, acto=acto, fecha=fecha, corte="2025-T1", vigencia=2025)


def test_las_versiones_van_en_orden_y_solo_el_ajuste_se_repite() -> None:
    presentado = _ficha([], "presentado", date(2024, 10, 1))
    aprobado = _ficha([presentado], "aprobado", date(2024, 12, 1))
    ajustado = _ficha([presentado, aprobado], "ajustado", date(2025, 3, 1))
    assert (aprobado.numero, ajustado.prefijo) == (2, "03_ajustado")
    assert _ficha([presentado, aprobado, ajustado], "ajustado", date(2025, 3, 1)).prefijo == "04_ajustado"
    for version, fecha, dice in (
        ("presentado", date(2025, 1, 1), "ya está aprobado"),
        ("aprobado", date(2025, 1, 1), "ya está aprobado"),
        ("remitido", date(2024, 11, 1), "anterior a la de la última"),
        ("borrador", date(2025, 1, 1), "no existe la versión"),
    ):
        with pytest.raises(ErrorConfiguracion, match=dice):
            _ficha([presentado, aprobado], version, fecha)
    with pytest.raises(ErrorConfiguracion, match="acto"):
        _ficha([], "presentado", date(2025, 1, 1), acto=" ")


def test_una_version_guardada_se_lee_igual_no_se_rehace_y_delata_si_la_tocan(tmp_path: Path) -> None:
    poai = _poai(
        {
            "codigo_fuente": "F2",
            "apropiacion_inicial_cop": 1_052_356_243_786.5,
            "nombre_meta": "Aulas, «nuevas»",
        },
        {"apropiacion_inicial_cop": None, "bpin": "0024730010001"},
    )
    ficha = _ficha([], "presentado", date(2024, 10, 1))
    ruta = escribir_rubros(poai, tmp_path / "01_presentado.csv")
    ficha = replace(
        ficha,
        huellas={ruta.name: huella_archivo(ruta)},
        totales=({"nivel": "total", "apropiacion_inicial_cop": 5.0},),
    )
    guardar_ficha(ficha, tmp_path)
    (leida,) = leer_fichas(tmp_path)
    assert leida.total("apropiacion_inicial_cop") == 5 and leida.total("pagos_cop") is None
    rubros = leer_rubros(leida, tmp_path)
    assert rubros["codigo_fuente"].tolist() == ["F1", "F2"]
    assert rubros["bpin"].tolist() == ["0024730010001", "2024730010001"]
    assert pd.isna(rubros["apropiacion_inicial_cop"][0])
    assert rubros["apropiacion_inicial_cop"][1] == 1_052_356_243_786.5
    with pytest.raises(ErrorEntorno, match="ya está fijada"):
        guardar_ficha(ficha, tmp_path)
    ruta.write_text(ruta.read_text(encoding="utf-8").replace("F2", "F3"), encoding="utf-8")
    assert archivos_alterados(leida, tmp_path) == ["01_presentado.csv"]
    with pytest.raises(ErrorEntorno, match="no es la que se fijó"):
        leer_rubros(leida, tmp_path)
    (tmp_path / f"{ficha.prefijo}.json").write_bytes(b"")
    with pytest.raises(ErrorEntorno, match="la ficha está dañada"):
        leer_fichas(tmp_path)


def test_la_comparacion_dice_que_rubro_es_nuevo_cual_se_retiro_y_cual_cambia() -> None:
    igual = {"codigo_fuente": "F0", "apropiacion_inicial_cop": 7, "apropiacion_definitiva_cop": 7}
    antes = _poai(
        igual,
        {"apropiacion_inicial_cop": 100, "apropiacion_definitiva_cop": 100},
        {"codigo_fuente": "F2", "apropiacion_inicial_cop": 50, "apropiacion_definitiva_cop": 50},
    )
    despues = _poai(
        igual | {"apropiacion_definitiva_cop": 7.4},
        {"apropiacion_inicial_cop": 100, "apropiacion_definitiva_cop": 130},
        {"codigo_fuente": "F3", "apropiacion_inicial_cop": 0, "apropiacion_definitiva_cop": 20},
    )
    cambios = comparar_versiones(antes, despues).set_index("codigo_fuente")
    assert cambios["cambio"].to_dict() == {"F1": "cambia", "F2": "retirado", "F3": "nuevo"}
    assert cambios.loc["F1", "apropiacion_definitiva_diferencia_cop"] == 30
    assert cambios.loc["F2", "apropiacion_definitiva_diferencia_cop"] == -50
    assert pd.isna(cambios.loc["F3", "apropiacion_inicial_antes_cop"])
    total = cambios["apropiacion_definitiva_diferencia_cop"].sum()
    assert total == (7 + 130 + 20) - (7 + 100 + 50)
    assert comparar_versiones(antes, antes).empty
