"""Las reglas que cambia o agrega la entidad en su alertas.yml: se juntan con las del proyecto y se revisan.

Lo que no se entiende se dice antes de calcular nada: una regla que calla porque está mal escrita no se nota.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pandas as pd

from pipeline.alertas.condiciones import cumplen
from pipeline.alertas.ejemplos import columnas_medidas, comprobar_ejemplos
from pipeline.alertas.redaccion import datos_de_fila, oracion
from pipeline.alertas.reglas import ARCHIVO, CLAVES, Archivo, Regla, leer_regla, leer_seccion
from pipeline.errores import ErrorConfiguracion
from pipeline.esquemas import esquema
from pipeline.explicacion import parecido
from pipeline.modelo import Corte, Periodo

UN_CORTE = Corte(vigencia=2025, periodo=Periodo.T3)
CAMBIAN_EJEMPLOS = {"cuando", "tablas", "ejemplos"}
"""Claves que pueden hacer mentir a un ejemplo; a la que solo cambia su plazo le valen los del proyecto."""


def combinar_reglas(base: Mapping[str, Any], propias: Any) -> dict[str, Any]:
    """Las reglas del proyecto con los cambios de la entidad (lo que dice su alertas.yml; None: ninguno).

    Una regla propia con un `id` que ya existe cambia solo las claves que escribe (`apagada: true` la quita);
    con un `id` nuevo se agrega. Levanta ErrorConfiguracion, con la regla y la clave, por lo que no es válido.

    >>> base = {"reglas": [{"id": "A", "nombre": "Rezago", "tablas": ["metas"], "cuando": ["ritmo < 1"],
    ...     "condicion": "Va atrás.", "severidad": "alta", "evidencia": "{ritmo}", "fuente": "La entidad."}]}
    >>> combinar_reglas(base, {"reglas": [{"id": "A", "plazo_dias": 5}]})["reglas"][0]["plazo_dias"]
    5
    """
    if propias is None:
        return dict(base)
    archivo = _leer_archivo(propias)
    por_id = {regla["id"]: dict(regla) for regla in base["reglas"]}
    for cambio in archivo.reglas:
        codigo = cambio.get("id")
        if codigo not in por_id:
            _revisar_nueva(cambio, list(por_id))
        por_id[str(codigo)] = {**por_id.get(str(codigo), {}), **cambio}
        leer_regla(por_id[str(codigo)])
    vivas = [regla for regla in por_id.values() if not regla.get("apagada")]
    otras = {"brecha_tolerada": propias["brecha_tolerada"]} if archivo.brecha_tolerada else {}
    return {**base, **otras, "reglas": vivas}


def revisar_propias(textos: Mapping[str, Any], propias: Any, umbrales: Mapping[str, float]) -> None:
    """ErrorConfiguracion si una regla que escribió la entidad nombra lo que no existe o su ejemplo miente.

    `textos` son las reglas ya combinadas con `propias`.
    """
    cambios = {cambio["id"]: set(cambio) for cambio in (propias or {}).get("reglas", ())}
    escritas = [datos for datos in textos["reglas"] if datos["id"] in cambios]
    if not escritas:
        return
    columnas = columnas_medidas(textos)
    for datos in escritas:
        regla = leer_regla(datos)
        _revisar_nombres(regla, columnas, umbrales)
        if cambios[regla.id] & CAMBIAN_EJEMPLOS:
            with _en_su_clave(regla, "cuando"):
                problemas = comprobar_ejemplos({**textos, "reglas": [datos]}, umbrales)
            if problemas:
                raise ErrorConfiguracion(
                    problemas[0].partition(": ")[2],
                    archivo=ARCHIVO,
                    hoja=f"regla {regla.id}",
                    celda="ejemplos",
                    remedio="Escriba ahí una fila que no alerta (pasa) y otra que sí (falla) con su «cuando»",
                )


def _leer_archivo(propias: Any) -> Archivo:
    reglas = propias.get("reglas", []) if isinstance(propias, dict) else None
    if not isinstance(reglas, list) or not all(isinstance(regla, dict) for regla in reglas):
        raise ErrorConfiguracion(
            "no es una lista de «reglas»",
            remedio="Escriba «reglas:» y debajo una regla por guion, con su «id» y lo que cambia",
            archivo=ARCHIVO,
        )
    codigos = [str(regla.get("id")) for regla in reglas if "id" in regla]
    repetidos = sorted({codigo for codigo in codigos if codigos.count(codigo) > 1})
    if repetidos:
        raise ErrorConfiguracion(
            "está escrita dos veces",
            archivo=ARCHIVO,
            hoja=f"regla {repetidos[0]}",
            remedio="Deje una sola con todos sus cambios",
        )
    return leer_seccion(Archivo, propias)


def _revisar_nueva(cambio: Mapping[str, Any], conocidas: list[str]) -> None:
    """Una regla con un `id` que no existe tiene que venir completa: si no, suele ser un `id` mal escrito."""
    faltan = [c for c, campo in Regla.model_fields.items() if campo.is_required() and c not in cambio]
    faltan = [clave for clave in faltan if clave not in ("id", "familia", "atenuada")]
    if "id" not in cambio or not (faltan or cambio.get("apagada")):
        return
    codigo = str(cambio["id"])
    raise ErrorConfiguracion(
        f"no es una regla del proyecto, y como regla nueva le falta {', '.join(faltan) or 'estar encendida'}",
        archivo=ARCHIVO,
        hoja=f"regla {codigo}",
        remedio=f"{CLAVES}. {parecido(codigo, conocidas)}",
    )


def _revisar_nombres(
    regla: Regla, columnas: Mapping[str, pd.DataFrame], umbrales: Mapping[str, float]
) -> None:
    """Lo que la regla nombra en cada clave tiene que existir en todas las tablas que vigila."""
    datos = datos_de_fila({}, UN_CORTE, None)
    for clave, texto in (
        ("evidencia", regla.evidencia), ("accion", regla.accion), ("responsable", regla.responsable)
    ):  # fmt: skip
        with _en_su_clave(regla, clave):
            oracion(texto, datos, regla.id)
    if regla.umbral:
        _uno_de(regla, "umbral", regla.umbral, list(umbrales))
    if regla.medida:
        _uno_de(regla, "medida", regla.medida, _medidas_que_se_retroprueban())
    for tabla in regla.tablas:
        with _en_su_clave(regla, "cuando"):
            cumplen(columnas[tabla], regla.cuando, umbrales)
        for clave, valor in (("brecha", regla.brecha), ("certeza", regla.certeza)):
            if isinstance(valor, str):
                _uno_de(regla, clave, valor, [*columnas[tabla].columns, "completa"])


def _medidas_que_se_retroprueban() -> list[str]:
    numeros = {c.nombre for t in ("metas", "proyecciones") for c in esquema(t).columnas if c.tipo == "real"}
    return sorted(numeros)


def _uno_de(regla: Regla, clave: str, valor: str, validos: list[str]) -> None:
    with _en_su_clave(regla, clave):
        if valor not in validos:
            raise ErrorConfiguracion(f"no existe «{valor}»", remedio=parecido(valor, validos))


@contextmanager
def _en_su_clave(regla: Regla, clave: str) -> Iterator[None]:
    """Un error que no sabe de qué regla es lo dice, con su clave."""
    try:
        yield
    except ErrorConfiguracion as error:
        raise ErrorConfiguracion(
            error.problema,
            archivo=ARCHIVO,
            hoja=f"regla {regla.id}",
            celda=clave,
            remedio=error.remedio or CLAVES,
        ) from error
