"""El `datapackage.json` de los datos abiertos (Frictionless Data Package v1), sacado de los esquemas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline.esquemas import Columna, Esquema, esquema
from pipeline.manifiesto import huella_archivo
from pipeline.publicacion.privacidad import definicion_del_sitio, sin_reservadas

TIPOS = {"texto": "string", "entero": "integer", "real": "number", "logico": "boolean"}
DEL_CORTE = (
    Columna(nombre="vigencia", tipo="entero", significado="Año fiscal del corte.", obligatoria=True),
    Columna(
        nombre="periodo",
        tipo="texto",
        significado="Periodo del corte.",
        obligatoria=True,
        valores=("T1", "T2", "T3", "T4"),
    ),
)


def contrato_publico(tabla: str) -> Esquema:
    """Contrato de la tabla como se publica: sin columnas reservadas y, si se apila, con su corte."""
    base = esquema(tabla)
    publicas = set(sin_reservadas(base.nombres))
    columnas = tuple(c for c in base.columnas if c.nombre in publicas)
    clave = base.clave
    if definicion_del_sitio()["tablas"][tabla]["por_corte"]:
        nombres = {columna.nombre for columna in columnas}
        columnas = (*(c for c in DEL_CORTE if c.nombre not in nombres), *columnas)
        clave = (*(c.nombre for c in DEL_CORTE), *(c for c in clave if c not in {"vigencia", "periodo"}))
    return Esquema(tabla=tabla, descripcion=base.descripcion, clave=clave, columnas=columnas)


def recurso(contrato: Esquema, archivo: Path, ruta: str, filas: pd.DataFrame) -> dict[str, Any]:
    """Descripción Frictionless de un CSV ya escrito; `ruta` es relativa a datapackage.json."""
    return {
        "name": contrato.tabla,
        "title": definicion_del_sitio()["tablas"][contrato.tabla]["titulo"],
        "description": contrato.descripcion,
        "profile": "tabular-data-resource",
        "path": ruta,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": archivo.stat().st_size,
        "hash": f"sha256:{huella_archivo(archivo)}",
        "dialect": {"delimiter": ",", "lineTerminator": "\n", "quoteChar": '"', "doubleQuote": True},
        "schema": {
            "fields": [_campo(columna) for columna in contrato.columnas],
            "missingValues": [""],
            "primaryKey": list(contrato.clave),
            **({"foreignKeys": [_meta_del_plan()]} if contrato.tabla.startswith("plan_") else {}),
        },
        "rowCount": len(filas),
    }


def _campo(columna: Columna) -> dict[str, Any]:
    unidad = f" Unidad: {columna.unidad}." if columna.unidad else ""
    campo: dict[str, Any] = {
        "name": columna.nombre,
        "type": TIPOS[columna.tipo],
        "description": columna.significado + unidad,
    }
    restricciones: dict[str, Any] = {}
    if columna.obligatoria:
        restricciones["required"] = True
    if columna.valores:
        restricciones["enum"] = list(columna.valores)
    if restricciones:
        campo["constraints"] = restricciones
    if columna.tipo == "logico":
        campo |= {"trueValues": ["True"], "falseValues": ["False"]}
    return campo


def _meta_del_plan() -> dict[str, Any]:
    return {"fields": ["codigo_meta"], "reference": {"resource": "plan", "fields": ["codigo_meta"]}}


def paquete(
    entidad: Mapping[str, Any], recursos: Sequence[Mapping[str, Any]], *, aviso: str
) -> dict[str, Any]:
    """El contenido de datapackage.json; `aviso` dice en qué estado están las cifras."""
    return {
        "profile": "tabular-data-package",
        "name": f"seguimiento-plan-de-desarrollo-{entidad['dane']}",
        "title": f"Seguimiento al plan de desarrollo «{entidad['plan']}»",
        "description": f"Datos abiertos del seguimiento de {entidad['nombre']}, {entidad['departamento']} "
        f"(código DANE {entidad['dane']}). {aviso} Una celda vacía es un dato que falta; nunca es cero.",
        "keywords": ["plan de desarrollo", "plan indicativo", "POAI", "plan de acción", "seguimiento"],
        "licenses": [definicion_del_sitio()["licencia"]],
        "contributors": [{"title": f"{entidad['nombre']}, {entidad['oficina']}", "role": "publisher"}],
        "resources": list(recursos),
    }
