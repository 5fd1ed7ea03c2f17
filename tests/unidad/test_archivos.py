"""Un archivo se escribe completo o nada, y lo que el equipo no deja hacer se dice en español."""

from __future__ import annotations

import errno
import os
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


def test_lo_de_data_raw_espera_al_disco_y_lo_que_se_rehace_no(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asegurados: list[str] = []
    monkeypatch.setattr(os, "fsync", lambda d: asegurados.append(Path(f"/proc/self/fd/{d}").readlink().name))
    escribir(tmp_path / "tabla.parquet", "se rehace")
    assert asegurados == []
    crear(tmp_path / "libro.xlsx", "no se rehace")
    escribir(tmp_path / "version.csv", "no se rehace", duradero=True)
    assert asegurados == ["libro.xlsx.tmp", tmp_path.name, "version.csv.tmp", tmp_path.name]


def test_un_disco_de_red_que_no_sabe_asegurar_carpetas_no_impide_guardar(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fallar(descriptor: int) -> None:
        if Path(f"/proc/self/fd/{descriptor}").is_dir():
            raise OSError(errno.EINVAL, "Invalid argument")

    monkeypatch.setattr(os, "fsync", fallar)
    assert crear(tmp_path / "libro.xlsx", "uno").read_text() == "uno"


@pytest.mark.parametrize(
    ("codigo", "dice"),
    [
        (errno.ENOSPC, "a.txt: no queda espacio en el disco. Libere espacio y vuelva a correr"),
        (errno.EACCES, "a.txt: no se puede escribir en la carpeta. Revise los permisos"),
        (errno.EROFS, "a.txt: no se puede escribir en la carpeta: el disco es de solo lectura. Conéctelo"),
        (errno.EEXIST, "a.txt: donde debe ir una carpeta hay un archivo. Quítelo"),
        (errno.EISDIR, "a.txt: es una carpeta y debe ser un archivo. Indique"),
        (errno.EIO, r"a.txt: no se pudo leer o escribir \(EIO\)"),
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
