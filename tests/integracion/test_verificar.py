"""«seguimiento verificar» sobre la demostración: nombra lo único que se alteró, con sello y sin él."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from typer.testing import CliRunner

from pipeline import flujo, recepcion
from pipeline.cli import app
from pipeline.flujo.sellos import cerrar
from pipeline.recepcion import Recepcion

pytestmark = pytest.mark.integracion

CORTE = ("--vigencia", "2025", "--periodo", "T3", "--rapido")


@pytest.fixture(scope="module")
def publicado(cortes_demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """La demostración, sin copiarla: cada archivo es un enlace al original y nunca se escribe en él."""
    raiz = tmp_path_factory.mktemp("verificar") / "entidad"
    shutil.copytree(cortes_demo, raiz, copy_function=os.link)
    for propio in (raiz / "seguimiento.toml", *raiz.rglob(".candado")):
        _reemplazar(propio, propio.read_bytes())
    return raiz


def _reemplazar(ruta: Path, contenido: bytes) -> None:
    ruta.unlink()
    ruta.write_bytes(contenido)


def _libro(raiz: Path) -> Recepcion:
    contexto = flujo.abrir(2025, "T3", raiz)
    return next(f for f in recepcion.leer_recepciones(contexto.rutas, contexto.corte, "pi"))


def _celda(raiz: Path) -> tuple[Path, str, str, str]:
    """Un libro, y de él una hoja y una celda con lo ejecutado, con lo que hoy dice."""
    libro = _libro(raiz)
    celdas = pd.read_parquet(raiz / "data/processed/2025/T3/celdas.parquet")
    propias = celdas[(celdas["sha256"] == libro.sha256) & (celdas["campo"] == "ejecutado_vigencia")]
    fila = propias[propias["valor_crudo"].notna()].iloc[0]
    return raiz / "data/raw" / libro.ruta, fila["hoja"], fila["celda"], fila["valor_crudo"]


def _alterar_celda(raiz: Path) -> str:
    ruta, hoja, celda, antes = _celda(raiz)
    cuaderno = openpyxl.load_workbook(ruta)
    cuaderno[hoja][celda] = 987654
    ruta.unlink()
    cuaderno.save(ruta)
    return f"{ruta.relative_to(raiz)} › {hoja} › {celda}: decía «{antes}» y dice «987654.0»"


def _alterar_fila(raiz: Path) -> str:
    ruta = raiz / "data/processed/2025/T3/metas.parquet"
    metas = pd.read_parquet(ruta)
    metas.loc[3, "avance"] = 0.123
    ruta.unlink()
    metas.to_parquet(ruta, index=False)
    return "data/processed/2025/T3/metas.parquet: su contenido cambió"


def _alterar_byte(raiz: Path) -> str:
    ruta = raiz / "reports/2025/T3/03_plan_indicativo/informe.html"
    contenido = bytearray(ruta.read_bytes())
    contenido[len(contenido) // 2] ^= 1
    _reemplazar(ruta, bytes(contenido))
    return f"{ruta.relative_to(raiz)}: su contenido cambió"


def _cambiar_umbral(raiz: Path) -> str:
    ruta = raiz / "seguimiento.toml"
    _reemplazar(ruta, ruta.read_bytes().replace(b"rezago = 0.75", b"rezago = 0.7"))
    return "seguimiento.toml › umbrales.rezago: era «0.75» y es «0.7»"


def _borrar_informe(raiz: Path) -> str:
    ruta = raiz / "reports/2025/T3/04_dependencia/GURB/informe.pdf"
    ruta.unlink()
    return f"{ruta.relative_to(raiz)}: falta"


ALTERACIONES = [_alterar_celda, _alterar_fila, _alterar_byte, _cambiar_umbral, _borrar_informe]


def _lo_que_dice(raiz: Path) -> list[str]:
    hecho = CliRunner().invoke(app, ["verificar", str(raiz), *CORTE])
    renglones = [r.strip().removeprefix("✘ ") for r in hecho.output.splitlines() if "✘" in r]
    assert hecho.exit_code == (3 if renglones else 0), hecho.output
    return renglones


@pytest.fixture(scope="module", params=[False, True], ids=["sin sello", "con sello"])
def intacta(
    request: pytest.FixtureRequest, publicado: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """La demostración sin sello o sellada, en la que verificar no halla nada."""
    raiz = tmp_path_factory.mktemp("intacta") / "entidad"
    shutil.copytree(publicado, raiz, copy_function=os.link)
    if request.param:
        cerrar(flujo.abrir(2025, "T3", raiz), autoridad="Secretario de Planeación", fecha=date(2025, 11, 4))
    assert _lo_que_dice(raiz) == []
    return raiz


@pytest.mark.parametrize("alterar", ALTERACIONES)
def test_verificar_nombra_lo_unico_que_se_altero(
    intacta: Path, tmp_path: Path, alterar: Callable[[Path], str]
) -> None:
    raiz = tmp_path / "entidad"
    shutil.copytree(intacta, raiz, copy_function=os.link)
    que = alterar(raiz)
    assert _lo_que_dice(raiz) == [que]
