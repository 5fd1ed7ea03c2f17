"""Varios a la vez: corridas del mismo corte, libros de la misma dependencia, y cerrar mientras se corre."""

from __future__ import annotations

import os
import sys
from datetime import date
from multiprocessing import get_context
from multiprocessing.connection import wait
from pathlib import Path

import pytest
from entidad_minima import CATALOGO, GENERAL, crear_entidad, en_linea, escribir_cuaderno, recibir_de_salud

from pipeline import flujo, recepcion
from pipeline.cli import principal
from pipeline.errores import ErrorEntorno
from pipeline.flujo import correr as modulo_correr
from pipeline.flujo.candado import tomar_candado
from pipeline.flujo.sellos import cerrar
from pipeline.flujo.verificacion import verificar
from pipeline.turno import esperar_turno

pytestmark = pytest.mark.integracion

CORTE = ["--vigencia", "2025", "--periodo", "T1"]


def _dar_la_orden(raiz: Path, dicho: Path) -> None:
    """`seguimiento correr` en este proceso, con lo que dice por la salida de error escrito en `dicho`."""
    os.dup2(os.open(dicho, os.O_WRONLY | os.O_CREAT), sys.stderr.fileno())
    sys.argv = ["seguimiento", "correr", *CORTE, "--raiz", str(raiz)]
    principal()


def test_de_cuatro_corridas_simultaneas_una_trabaja_y_las_otras_dicen_quien_la_tiene(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(flujo.tareas, "catalogo", lambda: CATALOGO)
    monkeypatch.setattr(modulo_correr, "abrir_taller", en_linea)
    contexto = crear_entidad(tmp_path)
    os.mkfifo(tmp_path / "esperar")  # la que trabaje se queda en su segundo informe hasta que se le avise
    escribir_cuaderno(tmp_path / "notebooks", "general", f"open('esperar').read()\n{GENERAL}")
    dichos = [tmp_path / f"{n}.txt" for n in range(4)]
    procesos = [get_context("fork").Process(target=_dar_la_orden, args=(tmp_path, d)) for d in dichos]
    for proceso in procesos:
        proceso.start()
    en_curso = {proceso.sentinel for proceso in procesos}
    while len(en_curso) > 1:
        en_curso -= set(wait(en_curso))
    (tmp_path / "esperar").write_text("siga")
    for proceso in procesos:
        proceso.join()
    assert sorted(proceso.exitcode for proceso in procesos) == [0, 5, 5, 5]
    for proceso, dicho in zip(procesos, dichos, strict=True):
        if proceso.exitcode == 5:
            error = dicho.read_text(encoding="utf-8")
            assert error.startswith("Error: hay otra corrida del corte 2025-T1 en curso (proceso ")
            assert "Espere a que termine." in error
    assert verificar(contexto, rapido=True).coincide


def _recibir(raiz: Path, libro: Path) -> None:
    recibir_de_salud(flujo.abrir(2025, "T1", raiz), libro)


def test_los_libros_que_se_reciben_a_la_vez_esperan_turno_y_cada_uno_tiene_su_version(tmp_path: Path) -> None:
    contexto = crear_entidad(tmp_path)
    libros = [tmp_path / f"salud_{n}.csv" for n in range(6)]
    for numero, libro in enumerate(libros):
        libro.write_text(f"meta,avance\nMP-001,{numero}\n", encoding="utf-8")
    procesos = [get_context("fork").Process(target=_recibir, args=(tmp_path, libro)) for libro in libros]
    carpeta = contexto.rutas.crudos_corte(contexto.corte, "pi") / "SSAL"
    with esperar_turno(contexto.rutas.crudos):
        for proceso in procesos:
            proceso.start()
        procesos[-1].join(0.2)
        assert not carpeta.exists()  # todos esperan
    for proceso in procesos:
        proceso.join()
        assert proceso.exitcode == 0
    fichas = recepcion.leer_fichas(carpeta)
    assert [f.version for f in fichas] == [1, 2, 3, 4, 5, 6]
    assert {f.archivo for f in fichas} == {libro.name for libro in libros}
    for ficha in fichas:
        assert (contexto.rutas.crudos / ficha.ruta).read_bytes() == (tmp_path / ficha.archivo).read_bytes()


def test_un_corte_que_se_esta_corriendo_no_se_puede_cerrar(tmp_path: Path) -> None:
    contexto = crear_entidad(tmp_path)
    with (
        tomar_candado(contexto.rutas.procesados(contexto.corte), "del corte 2025-T1"),
        pytest.raises(ErrorEntorno, match="hay otra corrida del corte 2025-T1 en curso"),
    ):
        cerrar(contexto, autoridad="Secretario de Planeación", fecha=date(2025, 5, 8))
    assert not (contexto.rutas.crudos / "sellos").exists()
