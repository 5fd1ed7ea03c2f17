"""Informes: ejecutar un cuaderno y publicarlo en HTML y PDF. Solo aquí: papermill, nbconvert, WeasyPrint."""

from pipeline.informes import textos
from pipeline.informes.auditoria import auditar_html
from pipeline.informes.cambios import Cambios, abrir_cambios
from pipeline.informes.datos import DatosInforme, abrir_corte, exigir_dependencia, leer_tablas
from pipeline.informes.ejecucion import Ejecucion, ejecutar_cuaderno, terminar
from pipeline.informes.exportador import Exportado, exportar_html, preparar_exportacion
from pipeline.informes.parametros import validar_parametros
from pipeline.informes.pdf import comprobar_pdf, exportar_pdf, huella_de_imprimir, preparar_composicion

__all__ = [
    "Cambios",
    "DatosInforme",
    "Ejecucion",
    "Exportado",
    "abrir_cambios",
    "abrir_corte",
    "auditar_html",
    "comprobar_pdf",
    "ejecutar_cuaderno",
    "exigir_dependencia",
    "exportar_html",
    "exportar_pdf",
    "huella_de_imprimir",
    "preparar_composicion",
    "preparar_exportacion",
    "leer_tablas",
    "terminar",
    "textos",
    "validar_parametros",
]
