"""Archivos publicados: carpetas enteras o nada, CSV que no ejecutan nada, plantillas de la portada."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline.archivos import MARCA_DE_EXCEL, escribir, parece_formula
from pipeline.config import PAQUETE
from pipeline.formato_es import contar, entre, fecha_larga, millones, numero, pesos, porcentaje, sin_partir
from pipeline.hipertexto import mostrar_invisibles

PLANTILLAS = PAQUETE / "recursos" / "portada"
PUBLICO = PAQUETE / "recursos" / "publico"


def publicar_carpeta(provisional: Path, destino: Path) -> None:
    """Pone `provisional` en lugar de `destino`; quien mire ve la carpeta anterior o la nueva, completas."""
    destino.parent.mkdir(parents=True, exist_ok=True)
    retirada = provisional.with_name(provisional.name + ".anterior")
    shutil.rmtree(retirada, ignore_errors=True)
    if destino.exists():
        destino.rename(retirada)
    provisional.rename(destino)
    shutil.rmtree(retirada, ignore_errors=True)


def escribir_csv(tabla: pd.DataFrame, destino: Path) -> Path:
    """Ruta del CSV (UTF-8 con BOM para Excel, coma, punto decimal); lo vacío queda vacío, nunca 0."""
    texto = sin_formulas(tabla).to_csv(index=False, lineterminator="\n")
    return escribir(destino, MARCA_DE_EXCEL + texto)


def sin_formulas(tabla: pd.DataFrame) -> pd.DataFrame:
    """La tabla con un apóstrofo antes de cada texto que parezca fórmula: al abrirla no se ejecuta nada."""
    segura = tabla.copy()
    for columna in segura.select_dtypes(include=["object", "string"]):
        textos = segura[columna]
        segura[columna] = textos.map(lambda v: f"'{v}" if isinstance(v, str) and parece_formula(v) else v)
    return segura


def retirar_sobrantes(carpeta: Path, vigentes: Sequence[Path]) -> list[str]:
    """Nombres de informes publicados que este corte ya no produce, y que se quitaron."""
    sobrantes = [
        manifiesto.parent
        for manifiesto in sorted(carpeta.rglob("manifiesto.json"))
        if manifiesto.parent not in vigentes and manifiesto.parent != carpeta
    ]
    for ruta in sobrantes:
        shutil.rmtree(ruta)
    return [ruta.relative_to(carpeta).as_posix() for ruta in sobrantes]


def escribir_pagina(plantilla: str, destino: Path, datos: Mapping[str, Any]) -> Path:
    """Ruta de la página: un solo archivo, sin nada remoto, escrito completo o nada. `datos` la llena."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    ambiente = Environment(
        loader=FileSystemLoader([PLANTILLAS, PUBLICO]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    ambiente.filters |= {
        "porcentaje": lambda razon: porcentaje(razon).replace(" ", "\u00a0"),  # la cifra no se parte
        "entre": lambda inferior, superior: sin_partir(entre(inferior, superior)),
        "contar": contar,
        "fecha_larga": fecha_larga,
        "tamano": tamano,
        "numero": numero,
        "pesos": pesos,
        "millones": millones,
    }
    return escribir_texto(destino, mostrar_invisibles(ambiente.get_template(plantilla).render(**datos)))


def escribir_texto(destino: Path, texto: str) -> Path:
    """Ruta del archivo de texto (UTF-8), escrito de forma atómica."""
    destino.parent.mkdir(parents=True, exist_ok=True)
    # Con el número de proceso: dos cortes que corren a la vez rehacen el mismo portal.
    provisional = destino.with_name(f"{destino.name}.{os.getpid()}.tmp")
    provisional.write_text(texto, encoding="utf-8")
    provisional.replace(destino)
    return destino


def tamano(bytes_: int) -> str:
    """Tamaño de un archivo para leer.

    >>> tamano(900), tamano(1_240_000), tamano(12_400)
    ('900 bytes', '1,2 MB', '12 kB')
    """
    if bytes_ < 1000:
        return f"{bytes_} bytes"
    if bytes_ < 1_000_000:
        return f"{(bytes_ + 500) // 1000} kB"
    return f"{(bytes_ + 50_000) // 100_000 / 10:.1f} MB".replace(".", ",")
