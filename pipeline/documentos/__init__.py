"""Documentos del procedimiento: qué dicen y cómo se escriben. Solo borradores, sin firmas."""

from pipeline.documentos.calendario import Reunion, en_ics
from pipeline.documentos.compromisos import leer_compromisos
from pipeline.documentos.contenido import Datos, contenido, dependencias_con_metas
from pipeline.documentos.escritura import escribir_documento
from pipeline.documentos.opciones import Documento, leer_opciones
from pipeline.documentos.pagina import en_pagina

__all__ = [
    "Datos",
    "Documento",
    "Reunion",
    "contenido",
    "dependencias_con_metas",
    "en_ics",
    "en_pagina",
    "escribir_documento",
    "leer_compromisos",
    "leer_opciones",
]
