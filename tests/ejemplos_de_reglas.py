"""Comprueba que cada regla hace lo que dicen sus ejemplos, ejecutándolos con Great Expectations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from pipeline.calidad.ejemplos import tabla_de_ejemplo
from pipeline.calidad.reglas import Regla


def comprobar_ejemplos(reglas: Sequence[Regla]) -> list[str]:
    """Ejemplos que no hacen lo que dicen, en palabras; lista vacía si todos cumplen.

    Ejecuta Great Expectations una vez por tabla.
    """
    return [
        problema
        for tabla in sorted({regla.tabla for regla in reglas})
        for problema in _comprobar_tabla(tabla, [r for r in reglas if r.tabla == tabla])
    ]


def _comprobar_tabla(tabla: str, reglas: Sequence[Regla]) -> list[str]:
    from pipeline.calidad.motor import buscar_fallas  # perezoso: trae Great Expectations

    casos = {nombre: filas for regla in reglas for nombre, filas in _casos(regla).items()}
    fallas = buscar_fallas(reglas, pd.concat(_tablas(tabla, casos), ignore_index=True))
    fallan = set(zip(fallas["regla"], fallas["sha256"], strict=True))
    problemas = []
    for nombre in casos:
        codigo, clase, numero = nombre.split()
        if ((codigo, nombre) in fallan) != (clase == "falla"):
            problemas.append(f"{codigo}: el ejemplo {numero} de «{clase}» no {clase}")
    return problemas


def _casos(regla: Regla) -> dict[str, list[dict[str, Any]]]:
    """Los ejemplos de la regla con un nombre que hace de libro: «PI-08 falla 1»."""
    clases = {"pasa": regla.ejemplos.pasa, "falla": regla.ejemplos.falla}
    return {
        f"{regla.codigo} {clase} {numero}": filas
        for clase, ejemplos in clases.items()
        for numero, filas in enumerate(ejemplos, start=1)
    }


def _tablas(tabla: str, casos: Mapping[str, list[dict[str, Any]]]) -> list[pd.DataFrame]:
    """Los ejemplos completados: aparte los de reglas que comparan filas, y juntos, por rapidez, los demás."""
    comparan = {nombre.split()[0] for nombre, filas in casos.items() if len(filas) > 1}
    juntas = [
        {**fila, "sha256": nombre}
        for nombre, filas in casos.items()
        for fila in filas
        if nombre.split()[0] not in comparan
    ]
    aparte = [
        tabla_de_ejemplo(tabla, filas, libro=nombre)
        for nombre, filas in casos.items()
        if nombre.split()[0] in comparan
    ]
    return [*aparte, tabla_de_ejemplo(tabla, juntas)] if juntas else aparte
