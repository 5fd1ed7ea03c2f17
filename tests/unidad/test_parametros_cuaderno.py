"""Los parámetros se revisan contra la celda `parameters` antes de ejecutar nada."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from pipeline.errores import ErrorConfiguracion
from pipeline.informes import validar_parametros

CELDA = 'vigencia: int = 2025  # año fiscal\nperiodo: str = "T4"\numbral: float = 0.5\ncon_anexo: bool = True'


@pytest.fixture
def cuaderno(tmp_path: Path) -> Path:
    return _escribir(tmp_path, CELDA, ["parameters"])


def _escribir(carpeta: Path, codigo: str, etiquetas: list[str]) -> Path:
    celda = new_code_cell(codigo, metadata={"tags": etiquetas})
    nucleo = {"kernelspec": {"name": "python3", "language": "python", "display_name": "Python 3"}}
    ruta = carpeta / "prueba.ipynb"
    nbformat.write(new_notebook(cells=[celda], metadata=nucleo), ruta)
    return ruta


def test_lo_que_no_se_pasa_toma_su_valor_por_omision(cuaderno: Path) -> None:
    assert validar_parametros(cuaderno, {"vigencia": 2024}) == {
        "vigencia": 2024,
        "periodo": "T4",
        "umbral": 0.5,
        "con_anexo": True,
    }


def test_un_nombre_desconocido_falla_con_el_mas_parecido(cuaderno: Path) -> None:
    with pytest.raises(ErrorConfiguracion, match="«vijencia».*¿Quiso decir «vigencia»\\?"):
        validar_parametros(cuaderno, {"vijencia": 2025})


@pytest.mark.parametrize(
    ("nombre", "valor"),
    [("vigencia", "dosmil"), ("vigencia", True), ("periodo", 3), ("con_anexo", 1), ("umbral", "0,5")],
)
def test_un_tipo_distinto_falla(cuaderno: Path, nombre: str, valor: object) -> None:
    with pytest.raises(ErrorConfiguracion, match=f"«{nombre}» debe ser"):
        validar_parametros(cuaderno, {nombre: valor})


def test_un_entero_sirve_donde_se_pide_un_numero(cuaderno: Path) -> None:
    assert validar_parametros(cuaderno, {"umbral": 1})["umbral"] == 1


def test_un_cuaderno_sin_celda_de_parametros_falla(tmp_path: Path) -> None:
    with pytest.raises(ErrorConfiguracion, match="parameters"):
        validar_parametros(_escribir(tmp_path, "x = 1", []), {})


def test_un_parametro_sin_tipo_falla(tmp_path: Path) -> None:
    with pytest.raises(ErrorConfiguracion, match="no declara un tipo"):
        validar_parametros(_escribir(tmp_path, "vigencia = 2025", ["parameters"]), {"vigencia": 2025})


def test_un_cuaderno_que_no_existe_se_nombra(tmp_path: Path) -> None:
    with pytest.raises(ErrorConfiguracion, match="ausente.ipynb"):
        validar_parametros(tmp_path / "ausente.ipynb", {})
