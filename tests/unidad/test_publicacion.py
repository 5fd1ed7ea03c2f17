"""Publicación: carpetas completas y CSV que no ejecutan nada al abrirlos."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from pipeline.publicacion import escribir_csv, publicar_carpeta
from pipeline.publicacion.portal import archivos


def test_un_texto_que_parece_formula_no_se_ejecuta_al_abrir_el_csv(tmp_path: Path) -> None:
    tabla = pd.DataFrame({"nombre": ["=HYPERLINK(1)", "@x", "normal", None], "valor": [-1.5, 2, 3, None]})
    texto = escribir_csv(tabla, tmp_path / "t.csv").read_text(encoding="utf-8-sig")
    assert texto.splitlines() == ["nombre,valor", "'=HYPERLINK(1),-1.5", "'@x,2.0", "normal,3.0", ","]


def test_una_formula_escondida_tras_blancos_o_de_ancho_completo_no_se_ejecuta_y_un_negativo_queda_igual(
    tmp_path: Path,
) -> None:
    formulas = ["\n=1+1", " \t=1+1", "\ufeff=1+1", "\u200b@x", "＝1+1", "＋1", "－1+1", "＠x", "-1+cmd|x"]
    normales = ["-12.5", "-1.234,5", "-30%", "a=b", " normal", "\n"]
    escribir_csv(pd.DataFrame({"dicho": [*formulas, *normales], "valor": -1.5}), tmp_path / "t.csv")
    leido = pd.read_csv(tmp_path / "t.csv", dtype="str")
    assert leido["dicho"].tolist() == [*(f"'{f}" for f in formulas), *normales]
    assert set(leido["valor"]) == {"-1.5"}


def test_publicar_reemplaza_la_carpeta_entera(tmp_path: Path) -> None:
    destino, nueva = tmp_path / "informe", tmp_path / ".en_curso" / "informe"
    for carpeta, archivo in ((destino, "viejo.txt"), (nueva, "nuevo.txt")):
        carpeta.mkdir(parents=True)
        (carpeta / archivo).write_text("x", encoding="utf-8")
    publicar_carpeta(nueva, destino)
    assert [ruta.name for ruta in destino.iterdir()] == ["nuevo.txt"]
    assert not nueva.exists()


def test_la_tarjeta_de_control_interno_ofrece_su_paquete_y_el_leame(tmp_path: Path) -> None:
    informe = tmp_path / "08_control_interno"
    nombres = ("informe.html", "paquete/LEAME.md", "paquete/metodo.md", "paquete/matriz.xlsx",
               "paquete/libros/PI_SINF.xlsx", "datos/matriz.csv")  # fmt: skip
    for nombre in nombres:
        (informe / nombre).parent.mkdir(parents=True, exist_ok=True)
        (informe / nombre).write_text("x", encoding="utf-8")
    ofrecidos = [a["ruta"].removeprefix("08_control_interno/") for a in archivos(tmp_path, informe.name)]
    assert ofrecidos == ["informe.html", "paquete/LEAME.md", "paquete/matriz.xlsx", "datos/matriz.csv"]
