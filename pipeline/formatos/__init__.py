"""Formatos de libro: su definición en YAML, el libro leído con ellos y los avisos de lectura y limpieza.

Es el vocabulario que comparten `lectura` y `limpieza`, que no se conocen entre sí.
"""

from pipeline.formatos.avisos import avisar, reglas_de_lectura
from pipeline.formatos.carga import cargar_formato, nombres_de_formatos
from pipeline.formatos.definicion import Arbol, ColumnaFormato, Formato
from pipeline.formatos.libro import ColumnaLeida, HojaLeida, LibroLeido
from pipeline.formatos.textos import (
    MAXIMO_UNO_A_UNO,
    clave,
    cuantas_celdas,
    letra_de_columna,
    limpiar_texto,
    recortar,
)

__all__ = [
    "MAXIMO_UNO_A_UNO",
    "Arbol",
    "ColumnaFormato",
    "ColumnaLeida",
    "Formato",
    "HojaLeida",
    "LibroLeido",
    "avisar",
    "cargar_formato",
    "clave",
    "cuantas_celdas",
    "letra_de_columna",
    "limpiar_texto",
    "nombres_de_formatos",
    "recortar",
    "reglas_de_lectura",
]
