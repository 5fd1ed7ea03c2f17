"""Manifiestos: una carpeta se rehace cuando cambió algo, y se dice qué."""

from __future__ import annotations

from pathlib import Path

from pipeline.manifiesto import escribir_manifiesto, huella_archivos, motivo_para_rehacer

CLAVE = {"datos": "a", "cuaderno": "b"}


def _carpeta(tmp_path: Path) -> Path:
    (tmp_path / "informe.html").write_text("hola", encoding="utf-8")
    escribir_manifiesto(tmp_path, CLAVE)
    return tmp_path


def test_carpeta_sin_manifiesto_se_rehace(tmp_path: Path) -> None:
    assert motivo_para_rehacer(tmp_path, CLAVE) == "no se había producido"


def test_carpeta_al_dia_no_se_rehace(tmp_path: Path) -> None:
    assert motivo_para_rehacer(_carpeta(tmp_path), CLAVE) is None


def test_cambio_de_clave_dice_cual(tmp_path: Path) -> None:
    assert motivo_para_rehacer(_carpeta(tmp_path), {**CLAVE, "cuaderno": "c"}) == "cambió: cuaderno"


def test_salida_alterada_se_rehace_y_se_nombra(tmp_path: Path) -> None:
    carpeta = _carpeta(tmp_path)
    (carpeta / "informe.html").write_text("otra cosa", encoding="utf-8")
    assert motivo_para_rehacer(carpeta, CLAVE) == "se alteró o falta informe.html"


def test_manifiesto_a_medio_escribir_no_vale(tmp_path: Path) -> None:
    carpeta = _carpeta(tmp_path)
    (carpeta / "manifiesto.json").write_text('{"clave":', encoding="utf-8")
    assert motivo_para_rehacer(carpeta, CLAVE) == "no se había producido"


def test_la_huella_conjunta_cambia_con_el_nombre(tmp_path: Path) -> None:
    uno, otro = tmp_path / "a", tmp_path / "b"
    uno.write_text("igual", encoding="utf-8")
    otro.write_text("igual", encoding="utf-8")
    assert huella_archivos([uno], tmp_path) != huella_archivos([otro], tmp_path)
