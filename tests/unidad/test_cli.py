"""El borde de la línea de órdenes: lo que el equipo no deja hacer sale en una oración y con su código."""

from __future__ import annotations

import errno
import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline import cli
from pipeline.errores import ErrorEntorno
from pipeline.turno import esperar_turno


@pytest.mark.parametrize(
    ("error", "dice"),
    [
        (
            OSError(errno.EROFS, "Read-only file system", "/home/ana/data/processed/2025/metas.parquet"),
            "Error: metas.parquet: no se puede escribir en la carpeta: el disco es de solo lectura. "
            "Conéctelo con permiso de escritura o trabaje en otra carpeta (--raiz).\n",
        ),
        (
            OSError(errno.EIO, "Input/output error"),
            "Error: no se pudo leer o escribir (EIO). "
            "Revise que el archivo y su carpeta existan y que el disco responda.\n",
        ),
    ],
)
def test_lo_que_el_equipo_no_deja_hacer_sale_en_una_oracion_sin_rutas_y_con_codigo_cinco(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: OSError, dice: str
) -> None:
    def fallar(**_: object) -> None:
        raise error

    monkeypatch.setattr(cli, "app", fallar)
    with pytest.raises(SystemExit) as salida:
        cli.principal()
    assert salida.value.code == 5
    assert capsys.readouterr().err == dice


def test_el_turno_en_un_disco_de_solo_lectura_se_explica_en_espanol(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def protegida(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(Path, "mkdir", protegida)
    with (
        pytest.raises(ErrorEntorno, match="data: no se puede escribir en la carpeta: el disco es de solo"),
        esperar_turno(tmp_path / "data" / "raw"),
    ):
        pass


def test_estado_nombra_el_libro_que_un_apagon_dejo_sin_ficha(tmp_path: Path) -> None:
    shutil.copy(Path(__file__).parents[2] / "seguimiento.toml", tmp_path)
    crudos = tmp_path / "data" / "raw"
    for libro in ("2025/T2/pi/SSAL/20250710T153000__abcd1234.xlsx", "plan/20250102T080000__ef567890.xlsx"):
        (crudos / libro).parent.mkdir(parents=True)
        (crudos / libro).write_bytes(b"PK")
    (crudos / "2025/T2/pi/SSAL/20250711T153000__99999999.xlsx.tmp").write_bytes(b"P")  # ni siquiera se guardó
    orden = ["estado", "--vigencia", "2025", "--periodo", "T2", "--raiz", str(tmp_path)]
    avisos = [
        "Aviso: data/raw/plan/20250102T080000__ef567890.xlsx: se guardó sin terminar de recibirse y no "
        "cuenta. Vuelva a importarlo.",
        "Aviso: data/raw/2025/T2/pi/SSAL/20250710T153000__abcd1234.xlsx: se guardó sin terminar de recibirse "
        "y no cuenta. Vuelva a recibirlo.",
    ]
    assert CliRunner().invoke(cli.app, orden).stdout.splitlines()[-2:] == avisos
    en_json = CliRunner().invoke(cli.app, [*orden, "--json"])
    assert en_json.stderr.splitlines() == avisos
    assert isinstance(json.loads(en_json.stdout), list)
