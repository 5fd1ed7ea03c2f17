"""Lo que vuelve al enlace: su mismo libro marcado, la página de correcciones y el cotejo de reenvíos.

El libro no se reescribe: se editan solo las partes del paquete que cambian, para que estilos, fórmulas,
valores guardados, gráficos y macros queden como los dejó la dependencia.
"""

from pipeline.devolucion.comparacion import comparar_versiones
from pipeline.devolucion.correcciones import Devolucion, contar_por_severidad, numerar_correcciones
from pipeline.devolucion.libro import marcar_libro
from pipeline.devolucion.pagina import pagina_de_correcciones

__all__ = [
    "Devolucion",
    "comparar_versiones",
    "contar_por_severidad",
    "marcar_libro",
    "numerar_correcciones",
    "pagina_de_correcciones",
]
