"""El ejemplo de docs/formatos.md es un formato de verdad y lee el libro que describe."""

from __future__ import annotations

import re
from pathlib import Path

import openpyxl
import pytest

from pipeline.formatos import cargar_formato
from pipeline.formatos.definicion import ColumnaFormato, Formato
from pipeline.lectura import leer_libro
from pipeline.limpieza import LibroLimpio, armar_registros, limpiar
from pipeline.modelo import Corte, Periodo

PAGINA = Path(__file__).parents[2] / "docs" / "formatos.md"


@pytest.fixture(scope="module")
def limpio(tmp_path_factory: pytest.TempPathFactory) -> LibroLimpio:
    carpeta = tmp_path_factory.mktemp("docs")
    bloques = re.findall(r"```yaml\n(.*?)```", PAGINA.read_text(encoding="utf-8"), re.DOTALL)
    assert len(bloques) == 1
    (carpeta / "pi_ejemplo.yml").write_text(bloques[0], encoding="utf-8")
    formato = cargar_formato("pi_ejemplo", carpeta)
    wb = openpyxl.Workbook()
    ws = wb.active
    ws.title = "Seguimiento 2025"
    for fila in (
        [None, None, None, None, "2025"],
        ["Eje", "N.º de meta", "Meta de producto", "Responsable", "Programado", "Ejecutado T1",
         "Ejecutado T2", "Ejecutado", "Estado", "Notas"],
        ["1. Agua para todos", 7, "Instalar medidores", "Sec. de Obras", 100, 10, 25, 35, "P"],
        [None, 8, "Reforestar rondas", "Sec. de Ambiente", "NP", None, None, None, "NP", "aplazada"],
        ["TOTAL", None, None, None, 100, None, None, 35],
    ):  # fmt: skip
        ws.append(fila)
    ws.merge_cells("E1:H1")
    ruta = carpeta / "matriz.xlsx"
    wb.save(ruta)
    leido = leer_libro(
        ruta,
        formato,
        archivo=ruta.name,
        sha256="a" * 64,
        vigencias=(2024, 2025, 2026, 2027),
        corte=Corte(vigencia=2025, periodo=Periodo.T2),
    )
    return limpiar(leido, formato, ())


def test_el_ejemplo_se_lee_como_dice_la_pagina(limpio: LibroLimpio) -> None:
    registros = armar_registros("registros_pi", limpio, "OBRAS").set_index("codigo_meta")
    siete, ocho = registros.loc["7"], registros.loc["8"]
    assert (siete["programado_vigencia"], siete["ejecutado_vigencia"], siete["ejecutado_t1"]) == (
        1.0,
        0.35,
        0.1,
    )
    assert ocho["estado_programacion"] == "NP"
    assert registros["programado_vigencia"].isna().tolist() == [False, True]
    assert ocho["observacion"] == "aplazada"


def test_el_ejemplo_solo_avisa_de_su_fila_de_totales(limpio: LibroLimpio) -> None:
    assert [(h.regla, h.fila) for h in limpio.hallazgos] == [("LEC-12", 5)]


@pytest.mark.parametrize("clave", [*Formato.model_fields, *ColumnaFormato.model_fields])
def test_la_pagina_explica_cada_clave_que_admite_un_formato(clave: str) -> None:
    sin_explicar = {"descripcion", "fuentes"}
    assert clave in sin_explicar or f"`{clave}`" in PAGINA.read_text(encoding="utf-8")
