"""Documentos del procedimiento: qué dicen y cómo se escriben en .docx. Solo borradores, sin firmas."""

from pipeline.documentos.calendario import Reunion, en_ics
from pipeline.documentos.contenido import Datos, contenido, dependencias_con_metas
from pipeline.documentos.escritura import escribir_documento
from pipeline.documentos.opciones import Documento, leer_opciones

__all__ = [
    "Datos",
    "Documento",
    "Reunion",
    "contenido",
    "dependencias_con_metas",
    "en_ics",
    "escribir_documento",
    "leer_opciones",
]
