"""Deja a la vista lo producido: CSV, portada del corte, portal y sitio público. No calcula ninguna cifra."""

from __future__ import annotations

from pipeline.publicacion.archivos import (
    escribir_csv,
    escribir_pagina,
    escribir_texto,
    publicar_carpeta,
    retirar_sobrantes,
    sin_formulas,
)
from pipeline.publicacion.paquete import contrato_publico, paquete, recurso
from pipeline.publicacion.portada import (
    PERIODOS,
    en_palabras,
    renglones_por_dependencia,
    resumir,
    titular_del_corte,
)
from pipeline.publicacion.portal import en_orden_de_lectura, renglon_del_corte, tarjeta
from pipeline.publicacion.privacidad import (
    Reserva,
    datos_personales,
    definicion_del_sitio,
    nombres_de_personas,
    reserva,
    suprimir,
)

__all__ = [
    "PERIODOS",
    "Reserva",
    "contrato_publico",
    "datos_personales",
    "definicion_del_sitio",
    "en_orden_de_lectura",
    "en_palabras",
    "escribir_csv",
    "escribir_pagina",
    "escribir_texto",
    "nombres_de_personas",
    "paquete",
    "publicar_carpeta",
    "recurso",
    "renglon_del_corte",
    "renglones_por_dependencia",
    "reserva",
    "resumir",
    "retirar_sobrantes",
    "sin_formulas",
    "suprimir",
    "tarjeta",
    "titular_del_corte",
]
