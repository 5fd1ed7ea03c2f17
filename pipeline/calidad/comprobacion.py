"""Comprueba que cada regla hace lo que dicen sus ejemplos, ejecutándolos con Great Expectations."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from pipeline.calidad.ejemplos import tabla_de_ejemplo
from pipeline.calidad.reglas import Regla


def comprobar_ejemplos(reglas: Sequence[Regla]) -> list[str]:
    """Ejemplos que no hacen lo que dicen, en palabras; lista vacía si todos cumplen.

    Ejecuta Great Expectations una vez por tabla. Sirve igual para las reglas propias de una entidad.
    """
    return [
        problema
        for tabla in sorted({regla.tabla for regla in reglas})
        for problema in _comprobar_tabla(tabla, [r for r in reglas if r.tabla == tabla])
    ]


def _comprobar_tabla(tabla: str, reglas: Sequence[Regla]) -> list[str]:
    from pipeline.calidad.motor import buscar_fallas  # perezoso: trae Great Expectations

    casos = {
        f"{regla.codigo} {clase} {numero}": ejemplo
        for regla in reglas
        for clase, ejemplos in (("pasa", regla.ejemplos.pasa), ("falla", regla.ejemplos.falla))
        for numero, ejemplo in enumerate(ejemplos, start=1)
    }
    filas = [tabla_de_ejemplo(tabla, ejemplo, libro=nombre) for nombre, ejemplo in casos.items()]
    fallas = buscar_fallas(reglas, pd.concat(filas, ignore_index=True))
    fallan = set(zip(fallas["regla"], fallas["sha256"], strict=True))
    problemas = []
    for nombre in casos:
        codigo, clase, numero = nombre.split()
        if ((codigo, nombre) in fallan) != (clase == "falla"):
            problemas.append(f"{codigo}: el ejemplo {numero} de «{clase}» no {clase}")
    return problemas
