"""Cierre que se proyecta para cada meta, con su intervalo y de dónde sale. Funciones puras y explicables.

De lo que a una meta le falta al corte, ¿cuánto se cumple antes del cierre? Si hay vigencias anteriores, lo
que se cumplió en casos comparables (la misma meta y las de su grupo); si no, el ritmo que trae frente a su
programa. Una meta de nivel (stock, mantenimiento, capacidad, reducción) no se extrapola: se queda donde
está, salvo que su historia diga otra cosa. Detalle y ejemplos en docs/metodologia.md §11.
"""

from pipeline.proyeccion.calculo import proyectar

__all__ = ["proyectar"]
