"""Huellas y manifiestos: con qué insumos, código y versiones se hizo cada salida. No decide qué correr."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from pipeline.archivos import escribir
from pipeline.config import ARCHIVO, PAQUETE, Rutas
from pipeline.modelo import Corte, Periodo

BIBLIOTECAS = (
    "pandas",
    "pyarrow",
    "python-calamine",
    "great-expectations",
    "papermill",
    "nbconvert",
    "matplotlib",
    "weasyprint",
)
NOMBRE = "manifiesto.json"
CODIGO = "código y bibliotecas"
"""En la clave de todo lo producido: la huella del código con que se hizo."""


def huella_archivo(ruta: Path) -> str:
    """SHA-256 del archivo, en hexadecimal."""
    with ruta.open("rb") as flujo:
        return hashlib.file_digest(flujo, "sha256").hexdigest()


def huella_texto(*partes: str) -> str:
    """SHA-256 de varios textos, sensible a dónde termina cada uno.

    >>> huella_texto("ab", "c") == huella_texto("a", "bc")
    False
    """
    suma = hashlib.sha256()
    for parte in partes:
        contenido = parte.encode()
        suma.update(len(contenido).to_bytes(8, "big") + contenido)
    return suma.hexdigest()


def huella_archivos(rutas: Iterable[Path], base: Path) -> str:
    """Huella conjunta de varios archivos: cambia si cambia un contenido o un nombre relativo a `base`."""
    pares = sorted((ruta.relative_to(base).as_posix(), huella_archivo(ruta)) for ruta in rutas)
    return huella_texto(*(texto for par in pares for texto in par))


def huella_de_crudos(rutas: Rutas, vigencias: Iterable[int], corte: Corte) -> str:
    """Huella de lo que un corte lee: el plan, sus entregas y las de los cortes anteriores del cuatrienio."""
    anteriores = [rutas.crudos / str(vigencia) for vigencia in vigencias if vigencia < corte.vigencia]
    hasta_aqui = [p for p in Periodo if p.numero <= corte.periodo.numero]
    propias = [rutas.crudos / str(corte.vigencia) / p.value for p in hasta_aqui]
    carpetas = [rutas.crudos_plan, *propias, *anteriores]
    libros = [r for carpeta in carpetas for r in carpeta.rglob("*") if r.is_file() and r.suffix != ".tmp"]
    if rutas.es_demostracion:
        libros.append(rutas.marca_demostracion)
    return huella_archivos(libros, rutas.crudos)


@cache
def huella_codigo() -> str:
    """Huella del código y los recursos del paquete, y de las versiones de las bibliotecas."""
    fuentes = (
        ruta
        for ruta in PAQUETE.rglob("*")
        if ruta.is_file() and "__pycache__" not in ruta.parts and ruta.suffix != ".pyc"
    )
    return huella_texto(huella_archivos(fuentes, PAQUETE), json.dumps(versiones(), sort_keys=True))


def huella_reglas(rutas: Rutas) -> str:
    """Huella de lo que decide la entidad: configuración, reglas, formatos y correcciones propios."""
    return huella_texto(*(texto for par in sorted(huellas_de_reglas(rutas).items()) for texto in par))


def huellas_de_reglas(rutas: Rutas) -> dict[str, str]:
    """Lo mismo, archivo por archivo; los nombres son relativos a la raíz de la entidad o del proyecto."""
    reglas = dict.fromkeys(rutas.expectativas.rglob("*.yml"), rutas.expectativas.parent)
    propias = [*rutas.formatos.glob("*.yml"), *rutas.correcciones(0).parent.glob("*.yml")]
    propias += [rutas.raiz / ARCHIVO, *rutas.raiz.glob("alertas.yml")]
    reglas |= dict.fromkeys(propias, rutas.raiz)
    return {ruta.relative_to(base).as_posix(): huella_archivo(ruta) for ruta, base in reglas.items()}


@cache
def versiones() -> dict[str, str]:
    """Versión instalada de cada biblioteca que puede cambiar un resultado."""
    return {nombre: _version(nombre) for nombre in ("seguimiento-pdm", *BIBLIOTECAS)}


def _version(nombre: str) -> str:
    try:
        return version(nombre)
    except PackageNotFoundError:
        return "no instalada"


def huellas_de_salidas(carpeta: Path) -> dict[str, str]:
    """Huella de cada archivo de la carpeta, salvo el manifiesto mismo y lo oculto (el candado)."""
    archivos = (
        ruta
        for ruta in carpeta.rglob("*")
        if ruta.is_file() and ruta.name != NOMBRE and not ruta.name.startswith(".")
    )
    return {ruta.relative_to(carpeta).as_posix(): huella_archivo(ruta) for ruta in sorted(archivos)}


def leer_manifiesto(carpeta: Path) -> dict[str, Any] | None:
    """El manifiesto de la carpeta; None si no hay o está a medio escribir (la carpeta se rehace)."""
    return leer_json(carpeta / NOMBRE)


def leer_json(ruta: Path) -> dict[str, Any] | None:
    """El objeto JSON del archivo; None si no está o no es un objeto JSON completo."""
    try:
        datos = json.loads(ruta.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return None
    return datos if isinstance(datos, dict) else None


def motivo_para_rehacer(carpeta: Path, clave: Mapping[str, str]) -> str | None:
    """Por qué hay que rehacer la carpeta; None si está al día (misma clave y mismas salidas)."""
    anterior = leer_manifiesto(carpeta)
    if anterior is None:
        return "no se había producido"
    cambios = [nombre for nombre, valor in clave.items() if anterior.get("clave", {}).get(nombre) != valor]
    if cambios:
        return f"cambió: {', '.join(cambios)}"
    salidas: dict[str, str] = anterior.get("salidas", {})
    for nombre, huella in salidas.items():
        ruta = carpeta / nombre
        if not ruta.is_file() or huella_archivo(ruta) != huella:
            return f"se alteró o falta {nombre}"
    return None


def escribir_manifiesto(carpeta: Path, clave: Mapping[str, str], **datos: Any) -> Path:
    """Ruta del manifiesto, que se escribe de último y de forma atómica."""
    contenido = {
        "version_manifiesto": 1,
        "clave": dict(clave),
        "salidas": huellas_de_salidas(carpeta),
        **datos,
    }
    return escribir_json(carpeta / NOMBRE, contenido)


def escribir_json(destino: Path, contenido: Mapping[str, Any]) -> Path:
    """Ruta del JSON escrito de forma atómica, con claves ordenadas."""
    return escribir(destino, json.dumps(contenido, ensure_ascii=False, indent=2, sort_keys=True) + "\n")
