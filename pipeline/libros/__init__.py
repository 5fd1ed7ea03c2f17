"""Libros de Excel de salida: tablas legibles, y los que llena y devuelve Control Interno."""

from pipeline.libros.columnas import Columna, columnas_de, en_palabras, titulo_de
from pipeline.libros.evaluacion import Compromiso, Evaluacion, escribir_evaluacion
from pipeline.libros.observaciones import leer_observaciones
from pipeline.libros.tablas import Hoja, escribir_libro, libro_de_tablas
from pipeline.libros.verificacion import escribir_verificacion

__all__ = [
    "Columna",
    "Compromiso",
    "Evaluacion",
    "Hoja",
    "columnas_de",
    "en_palabras",
    "escribir_evaluacion",
    "escribir_libro",
    "escribir_verificacion",
    "leer_observaciones",
    "libro_de_tablas",
    "titulo_de",
]
