"""Lo que la línea de órdenes dice cuando está mal escrita, en español y con su remedio."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pipeline.cli import principal
from pipeline.config import PAQUETE


def _decir(
    argumentos: list[str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    codigo: int = 2,
) -> str:
    monkeypatch.setattr("sys.argv", ["seguimiento", *argumentos])
    with pytest.raises(SystemExit) as salida:
        principal()
    assert salida.value.code == codigo
    return capsys.readouterr().err.strip().removeprefix("Error: ")


@pytest.mark.parametrize(
    ("argumentos", "dicho"),
    [
        (
            ["registros", "registrar", "siete"],
            "el valor del argumento FILA no es válido: se esperaba un número entero.",
        ),
        (
            ["calcular", "--vigencia", "dosmil"],
            "el valor de la opción --vigencia no es válido: se esperaba un número entero.",
        ),
        (["calcular", "--vijencia", "2025"], "no existe la opción --vijencia. ¿Quiso decir «--vigencia»?"),
        (["calcular", "--VIGENCIA", "2025"], "no existe la opción --VIGENCIA. ¿Quiso decir «--vigencia»?"),
        (["CORRER"], "no existe la orden «CORRER». ¿Quiso decir «correr»?"),
        (
            ["control-interno", "--tamano", "0"],
            "el valor de la opción --tamano no es válido: se esperaba 1 o más.",
        ),
    ],
)
def test_un_valor_mal_escrito_dice_cual_es_y_que_se_esperaba(
    argumentos: list[str], dicho: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _decir(argumentos, capsys, monkeypatch) == f"{dicho} Use --help para ver la ayuda."


@pytest.mark.parametrize("argumentos", [[], ["plan"], ["registros"]])
def test_quien_no_pide_nada_ve_que_puede_pedir(
    argumentos: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    dicho = _decir(argumentos, capsys, monkeypatch)
    assert dicho.startswith("Uso: ")
    assert " ".join(["seguimiento", *argumentos, "[OPCIONES] ORDEN"]) in dicho and "Órdenes:" in dicho


def test_verificar_toma_la_entidad_de_la_carpeta_o_de_raiz_y_no_de_dos_distintas(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(PAQUETE.parent / "seguimiento.toml", tmp_path)
    sin_corte = "no hay ningún corte publicado. Ejecute «seguimiento correr»."
    for argumentos in ([str(tmp_path)], ["--raiz", str(tmp_path)], [str(tmp_path), "--raiz", str(tmp_path)]):
        assert _decir(["verificar", *argumentos], capsys, monkeypatch, codigo=5) == sin_corte
    dicho = _decir(["verificar", str(tmp_path), "--raiz", str(tmp_path / "otra")], capsys, monkeypatch)
    assert dicho.endswith("son distintas. Deje solo una de las dos.")
