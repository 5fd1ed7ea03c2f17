"""Los libros de salida: legibles, sin fórmulas ajenas y con los mismos bytes siempre."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from pipeline.errores import ErrorSeguimiento
from pipeline.esquemas import crear_tabla, esquema, nombres_de_tablas
from pipeline.libros import Columna, Hoja, columnas_de, escribir_libro, libro_de_tablas, titulo_de

FECHA = date(2025, 9, 30)
METAS = crear_tabla(
    "metas",
    [
        {
            "vigencia": 2025, "periodo": "T3", "codigo_meta": "M-01", "nombre_meta": '=HYPERLINK("http://x")',
            "avance": 0.4125, "obligaciones_cop": 44194000.0, "estado_reporte": "reportada",
        },
        {"vigencia": 2025, "periodo": "T3", "codigo_meta": "M-02", "nombre_meta": "-12 \x01 aulas",
         "obligaciones_cop": 6000.0, "estado_reporte": "sin_reporte", "fila": 9},
    ],
)  # fmt: skip
CAMPOS = ["codigo_meta", "nombre_meta", "vigencia", "avance", "obligaciones_cop", "fila"]


def _escribir(destino: Path) -> Path:
    return libro_de_tablas(
        destino,
        {"Metas": METAS, "Actividades": crear_tabla("actividades")},
        {"Metas": "metas", "Actividades": "actividades"},
        titulo="Consolidado & prueba",
        fecha=FECHA,
        columnas={"Metas": CAMPOS},
        totales={"Metas": ["obligaciones_cop"]},
        notas=["Corte 2025-T3"],
    )


def test_el_libro_trae_las_tablas_su_formato_y_sus_notas(tmp_path: Path) -> None:
    libro = openpyxl.load_workbook(_escribir(tmp_path / "libro.xlsx"))
    assert libro.sheetnames == ["Metas", "Actividades", "Notas"]
    hoja = libro["Metas"]
    encabezado = [c.value for c in hoja[1]]
    assert encabezado == ["Código de la meta", "Meta", "Vigencia", "Avance", "Obligaciones (COP)", "Fila"]
    assert [c.value for c in hoja[2]][2:] == [2025, 0.4125, 44194000, None]
    assert [c.number_format for c in hoja[2]][2:] == ["0", "0.0%", "[$$-240A] #,##0", "0"]
    assert hoja["D3"].value is None  # lo vacío queda vacío, nunca 0
    assert hoja["E4"].value == "=SUBTOTAL(109,E2:E3)"
    assert hoja.freeze_panes == "B2" and hoja.auto_filter.ref == "A1:F3"
    assert libro["Actividades"]["A2"].value == "Sin filas en este corte."
    notas = [[c.value for c in fila] for fila in libro["Notas"].iter_rows()]
    assert notas[1][0] == "Corte 2025-T3"
    assert ["Metas", "Obligaciones (COP)", "Obligaciones. En pesos colombianos."] in notas
    calculado = openpyxl.load_workbook(tmp_path / "libro.xlsx", data_only=True)["Metas"]
    assert calculado["E4"].value == 44200000


def test_un_texto_que_parece_formula_no_lo_es_ni_al_editarlo(tmp_path: Path) -> None:
    hoja = openpyxl.load_workbook(_escribir(tmp_path / "libro.xlsx"))["Metas"]
    for celda in (hoja["B2"], hoja["B3"]):
        assert celda.data_type == "s" and celda.quotePrefix and celda.hyperlink is None
    assert not hoja["A2"].quotePrefix


def test_los_mismos_datos_dan_los_mismos_bytes_y_nada_queda_a_medias(tmp_path: Path) -> None:
    uno, otro = _escribir(tmp_path / "uno.xlsx"), _escribir(tmp_path / "dos" / "otro.xlsx")
    assert uno.read_bytes() == otro.read_bytes()
    assert [r.name for r in tmp_path.iterdir()] != [] and not list(tmp_path.rglob("*.tmp"))


def test_renglones_columnas_propias_y_nombres_imposibles_de_hoja(tmp_path: Path) -> None:
    datos = pd.DataFrame({"x": [1.5, None], "si": [True, False], "largo": ["a" * 40_000, "corto"]})
    columnas = [
        Columna(campo="x", titulo="Cantidad", clase="numero", significado="Una cantidad."),
        Columna(campo="si", titulo="¿Sí?", clase="logico"),
        Columna(campo="largo", titulo="Texto"),
    ]
    hojas = [
        Hoja(
            nombre="Salud/Educación: primera parte del año",
            datos=datos,
            columnas=columnas,
            renglones=["Título"],
        )
        for _ in range(2)
    ]
    libro = openpyxl.load_workbook(escribir_libro(tmp_path / "l.xlsx", hojas, titulo="T", fecha=FECHA))
    assert libro.sheetnames == ["Salud-Educación- primera parte ", "Salud-Educación- primera pa (2)", "Notas"]
    hoja = libro.worksheets[0]
    assert hoja["A1"].value == "Título" and hoja["A3"].value == "Cantidad" and hoja.freeze_panes == "B4"
    assert [hoja["A4"].value, hoja["A5"].value, hoja["B4"].value, hoja["B5"].value] == [1.5, None, "Sí", "No"]
    assert str(hoja["C4"].value).endswith("… [8.000 caracteres más]")


def test_una_columna_ajena_al_esquema_se_dice() -> None:
    with pytest.raises(ErrorSeguimiento, match="metas no tiene las columnas colina"):
        columnas_de("metas", ["colina"])


def test_ningun_titulo_queda_sin_tilde_ni_con_guion_bajo() -> None:
    titulos = {titulo_de(c.nombre) for t in nombres_de_tablas() for c in esquema(t).columnas}
    assert not [t for t in titulos if "_" in t or any(p.endswith(("cion", "sion")) for p in t.split())]
