"""Leer libros con su formato: abrirlos sin riesgo, hallar el encabezado y sacar columnas crudas."""

from pipeline.lectura.libro import leer_libro

__all__ = ["leer_libro"]
