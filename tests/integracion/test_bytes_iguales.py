"""Mismos insumos, mismos bytes: todo lo escrito, en otra carpeta, otro huso, otro idioma y otro azar."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline.manifiesto import huella_archivo, huella_texto

pytestmark = pytest.mark.integracion

# Dicen a propósito cuándo y cuánto tardó la corrida; ningún informe ni huella sale de ellos.
DE_LA_CORRIDA = {"bitacora.txt", "resultado.json", ".candado"}
SALIDAS = ("reports", "data/processed", "sitio", "plantillas", "documentos", "cargas")


def _huella(archivo: Path) -> str:
    """La del archivo; de la constancia del corte, sin la hora: es el único sitio donde va (decisión 0008)."""
    if archivo.name != "manifiesto.json":
        return huella_archivo(archivo)
    datos = json.loads(archivo.read_text(encoding="utf-8"))
    return huella_texto(json.dumps({k: v for k, v in datos.items() if k != "ejecutado_en"}))


def _huellas(raiz: Path) -> dict[str, str]:
    return {
        archivo.relative_to(raiz).as_posix(): _huella(archivo)
        for salida in SALIDAS
        for archivo in sorted((raiz / salida).rglob("*"))
        if archivo.is_file() and archivo.name not in DE_LA_CORRIDA
    }


def test_dos_corridas_en_entornos_distintos_dan_los_mismos_archivos_byte_por_byte(
    corridas_gemelas: tuple[Path, Path],
) -> None:
    una, otra = map(_huellas, corridas_gemelas)
    assert set(una) == set(otra)
    assert [archivo for archivo, huella in una.items() if otra[archivo] != huella] == []


def test_lo_comparado_trae_todos_los_informes_y_todos_los_formatos(
    corridas_gemelas: tuple[Path, Path],
) -> None:
    """Antes de creerle a la igualdad: que no sea la de dos carpetas vacías."""
    archivos = list(_huellas(corridas_gemelas[0]))
    informes = {a.split("/")[3] for a in archivos if a.startswith("reports/") and a.endswith("/informe.html")}
    assert {nombre[:2] for nombre in informes} == {f"{n:02}" for n in range(12)}
    formatos = {Path(archivo).suffix for archivo in archivos}
    assert formatos >= {".html", ".pdf", ".csv", ".xlsx", ".json", ".parquet", ".docx", ".ics", ".md", ".xml"}
    assert all(any(a.startswith(salida) for a in archivos) for salida in SALIDAS)
