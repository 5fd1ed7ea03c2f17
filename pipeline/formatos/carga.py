"""Cargar formatos del paquete y los propios de la entidad, con errores que se puedan remediar."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from pipeline.archivos import explicar_yml, leer_texto_ajeno, leer_yml
from pipeline.config import PAQUETE
from pipeline.errores import ErrorConfiguracion
from pipeline.explicacion import MENSAJES, parecido
from pipeline.formatos.definicion import ColumnaFormato, Encabezado, Formato

CARPETA = PAQUETE / "recursos" / "formatos"


def nombres_de_formatos(carpeta_propia: Path | None = None) -> list[str]:
    """Formatos disponibles, en orden alfabético: los del paquete y los de `carpeta_propia`."""
    return sorted(_rutas(carpeta_propia))


def cargar_formato(nombre: str, carpeta_propia: Path | None = None) -> Formato:
    """El formato `nombre`; uno propio de la entidad reemplaza al del paquete con el mismo nombre.

    Levanta ErrorConfiguracion si no existe (con el más parecido) o si su YAML no es válido.

    >>> cargar_formato("plan_sispt").tabla
    'plan'
    """
    rutas = _rutas(carpeta_propia)
    if nombre not in rutas:
        raise ErrorConfiguracion(f"no existe el formato «{nombre}»", remedio=parecido(nombre, sorted(rutas)))
    return _leer(rutas[nombre])


def _rutas(carpeta_propia: Path | None) -> dict[str, Path]:
    carpetas = [CARPETA, *([carpeta_propia] if carpeta_propia else [])]
    return {ruta.stem: ruta for carpeta in carpetas for ruta in sorted(carpeta.glob("*.yml"))}


def _leer(ruta: Path) -> Formato:
    return _validar(ruta.name, leer_texto_ajeno(ruta))


@cache
def _validar(archivo: str, contenido: str) -> Formato:
    """Se recuerda por contenido: leer 25 libros no valida 25 veces el mismo formato."""
    try:
        datos = leer_yml(contenido)
    except yaml.YAMLError as error:
        raise explicar_yml(error, archivo) from error
    try:
        formato = Formato.model_validate(datos)
    except ValidationError as error:
        raise ErrorConfiguracion(_explicar(error), archivo=archivo) from error
    _revisar_campos(formato, archivo)
    return formato


def _revisar_campos(formato: Formato, archivo: str) -> None:
    validos = list(formato.campos_admitidos)
    for columna in formato.columnas:
        if columna.campo not in validos:
            raise ErrorConfiguracion(
                f"la tabla {formato.tabla} no tiene el campo «{columna.campo}»",
                archivo=archivo,
                remedio=parecido(columna.campo, validos),
            )


def _explicar(error: ValidationError) -> str:
    return "; ".join(_explicar_uno(dict(detalle)) for detalle in error.errors()[:10])


def _explicar_uno(detalle: dict[str, Any]) -> str:
    lugar = ".".join(str(parte) for parte in detalle["loc"])
    if detalle["type"] == "extra_forbidden":
        validos = [*Formato.model_fields, *ColumnaFormato.model_fields, *Encabezado.model_fields]
        return f"clave desconocida «{lugar}». {parecido(str(detalle['loc'][-1]), validos)}"
    if detalle["type"] == "value_error":
        return f"«{lugar}»: {detalle['ctx']['error']}" if lugar else str(detalle["ctx"]["error"])
    plantilla = MENSAJES.get(detalle["type"], "valor no válido")
    return f"«{lugar}»: {plantilla.format(**detalle.get('ctx', {}))}"
