"""Las reglas de alerta leídas: sus claves, lo que se da por entendido y las que cambia la entidad."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.errores import ErrorConfiguracion

TABLAS = ("metas", "entregas", "actividades", "poai", "enlaces")
CLAVES = {
    "id", "nombre", "familia", "grado", "tablas", "cuando", "condicion", "severidad", "atenuada", "palabras",
    "evidencia", "accion", "responsable", "plazo_de", "plazo_dias", "fuente", "umbral", "brecha", "certeza",
    "desenlace", "medida", "ejemplos", "apagada",
}  # fmt: skip
REQUERIDAS = ("id", "nombre", "tablas", "cuando", "condicion", "severidad", "evidencia", "fuente")


@dataclass(frozen=True, slots=True, kw_only=True)
class Regla:
    """Una regla lista para aplicar; el significado de cada clave está al comienzo de alertas.yml."""

    id: str
    nombre: str
    familia: str
    grado: int
    tablas: tuple[str, ...]
    cuando: tuple[str, ...]
    severidad: str
    atenuada: str
    palabras: tuple[str, ...]
    evidencia: str
    accion: str
    responsable: str
    plazo_de: str
    plazo_dias: int
    fuente: str
    umbral: str
    brecha: str
    certeza: float | str
    ejemplos: Mapping[str, Sequence[Mapping[str, Any]]]


def combinar_reglas(base: Mapping[str, Any], propias: Mapping[str, Any] | None) -> dict[str, Any]:
    """Las reglas del proyecto con los cambios de la entidad (`<raiz>/alertas.yml`).

    Una regla propia con un `id` que ya existe cambia solo las claves que escribe (`apagada: true` la quita);
    con un `id` nuevo se agrega. Levanta ErrorConfiguracion por una clave desconocida o una regla incompleta.

    >>> base = {"reglas": [{"id": "A", "plazo_dias": 15}]}
    >>> combinar_reglas(base, {"reglas": [{"id": "A", "plazo_dias": 5}]})["reglas"]
    [{'id': 'A', 'plazo_dias': 5}]
    """
    por_id = {regla["id"]: dict(regla) for regla in base["reglas"]}
    for cambio in _cambios(propias):
        _revisar_claves(cambio)
        por_id[cambio["id"]] = {**por_id.get(cambio["id"], {}), **cambio}
    vivas = [regla for regla in por_id.values() if not regla.get("apagada")]
    otras = {clave: valor for clave, valor in (propias or {}).items() if clave != "reglas"}
    return {**base, **otras, "reglas": vivas}


def _cambios(propias: Mapping[str, Any] | None) -> Sequence[Mapping[str, Any]]:
    """Las reglas que escribió la entidad; ErrorConfiguracion si el archivo no tiene esa forma."""
    if propias is None:
        return ()
    cambios = propias.get("reglas", ()) if isinstance(propias, Mapping) else None
    if not isinstance(cambios, list | tuple) or not all(isinstance(c, Mapping) for c in cambios):
        raise ErrorConfiguracion(
            "el archivo de alertas de la entidad no es una lista de «reglas»",
            remedio="Escriba «reglas:» y debajo una regla por guion, con su «id» y lo que cambia",
            archivo="alertas.yml",
        )
    return cambios


def leer_reglas(textos: Mapping[str, Any]) -> list[Regla]:
    """Las reglas del archivo, revisadas y con lo que se da por entendido ya escrito."""
    return [_leer(datos) for datos in textos["reglas"] if not datos.get("apagada")]


def con_fecha_propia(textos: Mapping[str, Any]) -> frozenset[str]:
    """Las reglas que toman el plazo de una columna (`plazo_de`): esa fecha no se hereda entre cortes."""
    return frozenset(regla.id for regla in leer_reglas(textos) if regla.plazo_de)


def _leer(datos: Mapping[str, Any]) -> Regla:
    _revisar_claves(datos)
    faltan = [clave for clave in REQUERIDAS if clave not in datos]
    if faltan:
        raise ErrorConfiguracion(f"a la regla {datos.get('id', '')} le falta {', '.join(faltan)}")
    ajenas = sorted(set(datos["tablas"]) - set(TABLAS))
    if ajenas:
        raise ErrorConfiguracion(
            f"la regla {datos['id']} pide la tabla «{ajenas[0]}», que no existe",
            remedio=f"Use: {', '.join(TABLAS)}",
        )
    return Regla(
        id=datos["id"],
        nombre=datos["nombre"],
        familia=datos.get("familia", datos["id"]),
        grado=int(datos.get("grado", 1)),
        tablas=tuple(datos["tablas"]),
        cuando=tuple(datos["cuando"]),
        severidad=datos["severidad"],
        atenuada=datos.get("atenuada", datos["severidad"]),
        palabras=tuple(datos.get("palabras", ())),
        evidencia=datos["evidencia"],
        accion=datos.get("accion", ""),
        responsable=datos.get("responsable", "Enlace de {dependencia}"),
        plazo_de=datos.get("plazo_de", ""),
        plazo_dias=int(datos.get("plazo_dias", 30)),
        fuente=datos["fuente"],
        umbral=datos.get("umbral", ""),
        brecha=datos.get("brecha", "falta"),
        certeza=datos.get("certeza", 1.0),
        ejemplos=datos.get("ejemplos", {}),
    )


def _revisar_claves(datos: Mapping[str, Any]) -> None:
    if "id" not in datos:
        raise ErrorConfiguracion("hay una regla de alerta sin «id»")
    for clave in datos:
        if clave not in CLAVES:
            cercana = difflib.get_close_matches(clave, sorted(CLAVES), n=1)
            raise ErrorConfiguracion(
                f"la regla {datos['id']} tiene la clave desconocida «{clave}»",
                remedio=f"¿Quiso decir «{cercana[0]}»?" if cercana else "",
            )
