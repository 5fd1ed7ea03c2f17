"""El método revisado con las metas del corte: ejemplos, comprobaciones ejecutadas y panel de sensibilidad."""

from pipeline.metodologia.comprobaciones import (
    comprobar_agregacion,
    comprobar_cotas,
    comprobar_dinero,
    comprobar_esperado,
    comprobar_semaforo,
    comprobar_tipo,
    resumen,
)
from pipeline.metodologia.ejemplos import ejemplo
from pipeline.metodologia.revision import Comprobacion, Revision, abrir
from pipeline.metodologia.sensibilidad import (
    efecto_de_las_convenciones,
    figura_de_sensibilidad,
    opciones,
    panel,
)
from pipeline.metodologia.vistas import (
    aporte_de_las_lineas,
    aporte_de_las_metas,
    bandas,
    codigo_de_las_formulas,
    contradicciones,
    ejecucion_por_linea,
    fuentes_de_recursos,
    linea_de_ejemplo,
    retiro_de_un_libro,
    sin_certeza,
    texto_de_contradicciones,
    texto_de_fuentes,
    tipos_de_meta,
)

__all__ = [
    "Comprobacion",
    "Revision",
    "abrir",
    "aporte_de_las_lineas",
    "aporte_de_las_metas",
    "bandas",
    "codigo_de_las_formulas",
    "comprobar_agregacion",
    "comprobar_cotas",
    "comprobar_dinero",
    "comprobar_esperado",
    "comprobar_semaforo",
    "comprobar_tipo",
    "contradicciones",
    "efecto_de_las_convenciones",
    "ejecucion_por_linea",
    "ejemplo",
    "figura_de_sensibilidad",
    "fuentes_de_recursos",
    "linea_de_ejemplo",
    "opciones",
    "panel",
    "resumen",
    "retiro_de_un_libro",
    "sin_certeza",
    "texto_de_contradicciones",
    "texto_de_fuentes",
    "tipos_de_meta",
]
