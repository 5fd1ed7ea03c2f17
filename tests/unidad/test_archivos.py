"""Un archivo se escribe completo o nada, y lo que el equipo no deja hacer se dice en español."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from pipeline.archivos import crear, escribir
from pipeline.errores import ErrorEntorno


def test_escribir_crea_la_carpeta_reemplaza_y_no_deja_restos(tmp_path: Path) -> None:
    destino = tmp_path / "nueva" / "a.txt"
    assert escribir(destino, "año") == destino
    escribir(destino, b"otro")
    assert destino.read_bytes() == b"otro"
    assert [r.name for r in destino.parent.iterdir()] == ["a.txt"]


def test_crear_nunca_reemplaza_y_no_deja_restos(tmp_path: Path) -> None:
    destino = crear(tmp_path / "a.txt", "uno")
    with pytest.raises(FileExistsError):
        crear(destino, "dos")
    assert destino.read_text() == "uno"
    assert [r.name for r in tmp_path.iterdir()] == ["a.txt"]


@pytest.mark.parametrize(
    ("codigo", "dice"),
    [
        (errno.ENOSPC, "a.txt: no queda espacio en el disco. Libere espacio y vuelva a correr"),
        (errno.EACCES, "a.txt: no se puede escribir en la carpeta. Revise los permisos"),
        (errno.EIO, r"a.txt: no se pudo escribir \(EIO\)"),
    ],
)
def test_lo_que_el_equipo_no_deja_escribir_se_dice_y_lo_anterior_queda(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, codigo: int, dice: str
) -> None:
    destino = escribir(tmp_path / "a.txt", "anterior")

    def fallar(*_: object) -> int:
        raise OSError(codigo, "text of the system")

    monkeypatch.setattr(Path, "write_bytes", fallar)
    with pytest.raises(ErrorEntorno, match=dice) as falla:
        escribir(destino, "nuevo")
    assert "text of the system" not in str(falla.value)
    assert destino.read_text() == "anterior"
