"""Puerta de calidad: aplica las reglas de `expectations/` y decide qué se devuelve. No corrige datos.

Orden de lectura: `reglas` (qué es una regla), `ampliacion`, `derivadas` e `historia` (las columnas que las
reglas miran), `motor` (Great Expectations, y solo allí), `redaccion` (de la falla al hallazgo en su celda),
`revision` (las tres cosas juntas), `puerta` (aceptar o devolver) y `catalogo` (`docs/reglas.md`).
"""

from pipeline.calidad.comprobacion import exigir_ejemplos
from pipeline.calidad.pa import revisar_registros_pa
from pipeline.calidad.poai import revisar_registros_poai
from pipeline.calidad.puerta import (
    decidir_entregas,
    filas_excluidas,
    nota_de_version,
    registros_aceptados,
    usar_versiones,
    versiones_rechazadas,
)
from pipeline.calidad.reglas import Regla, cargar_reglas
from pipeline.calidad.revision import revisar_historia, revisar_plan, revisar_registros_pi

__all__ = [
    "Regla",
    "cargar_reglas",
    "decidir_entregas",
    "exigir_ejemplos",
    "filas_excluidas",
    "nota_de_version",
    "registros_aceptados",
    "revisar_historia",
    "revisar_plan",
    "revisar_registros_pa",
    "revisar_registros_pi",
    "revisar_registros_poai",
    "usar_versiones",
    "versiones_rechazadas",
]
