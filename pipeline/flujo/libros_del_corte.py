"""Los consolidados de un corte en Excel, que se publican al lado de su informe. No calcula."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline import calidad
from pipeline.archivos import leer_yml
from pipeline.config import PAQUETE
from pipeline.errores import ErrorConfiguracion
from pipeline.esquemas import leer_tabla
from pipeline.flujo.contexto import Contexto
from pipeline.formato_es import contar

SINTETICOS = "Datos sintéticos de demostración: las cifras no corresponden a la entidad."
VACIO = "Una celda vacía es un dato que no se tiene; no es cero."
EN_PANTALLA = "Está hecho para filtrarlo y ordenarlo en pantalla; para imprimir, use el PDF de su informe."


@cache
def libros() -> dict[str, dict[str, Any]]:
    """Los libros que sabe escribir, por nombre (recursos/libros_del_corte.yml)."""
    texto = (PAQUETE / "recursos" / "libros_del_corte.yml").read_text(encoding="utf-8")
    return dict(leer_yml(texto))


def escribir_libro_del_corte(contexto: Contexto, nombre: str, carpeta: Path) -> Path:
    """Ruta de `carpeta`/<nombre>_<corte>.xlsx, con una tabla por hoja y su hoja «Notas».

    Los mismos datos dan los mismos bytes. Levanta ErrorConfiguracion si el libro no está descrito y
    ErrorEntorno si falta calcular el corte o no se puede escribir.
    """
    from pipeline.libros import libro_de_tablas  # perezoso: pocas tareas escriben libros

    descripcion = libros().get(nombre)
    if descripcion is None:
        raise ErrorConfiguracion(f"recursos/libros_del_corte.yml no describe el libro «{nombre}»")
    hojas = {h["hoja"]: h for h in descripcion["hojas"]}
    notas = [
        _de_quien(contexto),
        VACIO,
        EN_PANTALLA,
        *([SINTETICOS] if contexto.rutas.es_demostracion else []),
    ]
    tablas = {}
    for hoja, pedido in hojas.items():
        tablas[hoja], fuera = _filas(contexto, pedido)
        if fuera:
            notas.append(
                f"«{hoja}» no trae {contar(fuera, 'fila')} sin aceptar: ver las correcciones del corte."
            )
    return libro_de_tablas(
        carpeta / f"{nombre}_{contexto.corte}.xlsx",
        tablas,
        {hoja: pedido["tabla"] for hoja, pedido in hojas.items()},
        titulo=f"{descripcion['titulo']}, {contexto.corte.vigencia} {contexto.corte.periodo}",
        fecha=contexto.corte.fecha,
        columnas={hoja: pedido["columnas"] for hoja, pedido in hojas.items() if "columnas" in pedido},
        totales={hoja: pedido["totales"] for hoja, pedido in hojas.items() if "totales" in pedido},
        notas=notas,
    )


def _de_quien(contexto: Contexto) -> str:
    entidad = contexto.config.entidad
    procedimiento = f"{entidad.procedimiento}, versión {entidad.version_procedimiento}"
    return f"{entidad.nombre} · {entidad.plan} · {procedimiento}"


def _filas(contexto: Contexto, pedido: Mapping[str, Any]) -> tuple[pd.DataFrame, int]:
    """Las filas de la hoja y cuántas se dejaron fuera por no estar aceptadas."""
    carpeta = contexto.rutas.procesados(contexto.corte)
    tabla = leer_tabla(pedido["tabla"], carpeta)
    todas = len(tabla)
    if pedido.get("aceptadas"):
        tabla = calidad.registros_aceptados(
            tabla, leer_tabla("entregas", carpeta), leer_tabla("hallazgos", carpeta)
        )
    sin_aceptar = todas - len(tabla)
    if "instrumento" in pedido:
        tabla = tabla[tabla["instrumento"] == pedido["instrumento"]]
    return tabla.reset_index(drop=True), sin_aceptar
