"""Great Expectations se importa solo al revisar, y revisar no abre ninguna conexión."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

PROYECTO = Path(__file__).resolve().parents[2]
SIN_GX = """
import sys
import pipeline.cli, pipeline.calidad
from pipeline.calidad import cargar_reglas
cargar_reglas()
print([m for m in sys.modules if m.split(".")[0] == "great_expectations"])
"""
SIN_RED = """
import sys
salidas = []
def vigilar(evento, datos):
    if evento in ("socket.connect", "socket.getaddrinfo", "socket.sendto"):
        salidas.append(evento)
sys.addaudithook(vigilar)
from pipeline.calidad import cargar_reglas
sys.path.insert(0, "tests")
from ejemplos_de_reglas import comprobar_ejemplos
problemas = comprobar_ejemplos([r for r in cargar_reglas() if r.codigo == "PI-08"])
assert "great_expectations" in sys.modules
print(salidas, problemas)
"""


def _correr(programa: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", programa], cwd=PROYECTO, capture_output=True, text=True, check=True
    )


def test_importar_las_ordenes_y_cargar_las_reglas_no_importa_great_expectations() -> None:
    assert _correr(SIN_GX).stdout.strip() == "[]"


@pytest.mark.integracion
def test_revisar_no_abre_conexiones_ni_escribe_barras_ni_avisos() -> None:
    proceso = _correr(SIN_RED)
    assert proceso.stdout.strip() == "[] []"
    assert proceso.stderr == ""


def test_un_solo_modulo_importa_great_expectations() -> None:
    patron = re.compile(r"^\s*(import|from) great_expectations", re.MULTILINE)
    modulos = (PROYECTO / "pipeline").rglob("*.py")
    con_gx = [m.relative_to(PROYECTO).as_posix() for m in modulos if patron.search(m.read_text("utf-8"))]
    assert con_gx == ["pipeline/calidad/motor.py"]


def test_lo_que_no_se_importo_con_great_expectations_sigue_sirviendo() -> None:
    codigo = (
        "from pipeline.calidad.motor import PRESCINDIBLES, importar_gx\n"
        "import sys\n"
        "importar_gx()\n"
        "assert not set(PRESCINDIBLES) & set(sys.modules), 'se importó de más'\n"
        "from great_expectations.expectations.core import expect_column_kl_divergence_to_be_less_than as kl\n"
        "import scipy.stats\n"
        "assert kl.stats.norm.cdf(0) == scipy.stats.norm.cdf(0) == 0.5\n"
    )
    subprocess.run([sys.executable, "-c", codigo], check=True)
