"""Lo que Control Interno devuelve: se guarda tal cual en data/raw y se lee como observaciones."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pandas as pd

from pipeline import libros
from pipeline.errores import ErrorLibro
from pipeline.esquemas import crear_tabla
from pipeline.flujo.contexto import Contexto
from pipeline.manifiesto import huella_archivo
from pipeline.recepcion.fichas import guardar, leer_fichas

CARPETA = "control_interno"  # en data/raw/<vigencia>/<periodo>, y formato de sus fichas


def registrar_observaciones(contexto: Contexto, archivo: Path, recibido_en: datetime) -> pd.DataFrame:
    """Tabla `observaciones_ci` de un libro del paquete diligenciado, que queda guardado intacto.

    Primero se lee y solo se guarda si se entiende. El mismo libro no se guarda dos veces. Levanta ErrorLibro
    si no existe, no es del paquete, es de otro corte o no trae nada diligenciado.
    """
    if not archivo.is_file():
        raise ErrorLibro("no existe o no es un archivo", archivo=archivo.name, remedio="Revise la ruta")
    observaciones = libros.leer_observaciones(
        archivo, corte=contexto.corte, archivo=archivo.name, sha256=huella_archivo(archivo)
    )
    carpeta = contexto.rutas.crudos_corte(contexto.corte, CARPETA)
    guardar(archivo, carpeta, contexto.rutas, recibido_en, formato=CARPETA, instrumento=CARPETA)
    return observaciones


def leer_registradas(contexto: Contexto) -> pd.DataFrame:
    """Las observaciones vigentes del corte: de cada meta o dependencia, la del último libro que la trae."""
    fichas = leer_fichas(contexto.rutas.crudos_corte(contexto.corte, CARPETA))
    partes = [
        libros.leer_observaciones(
            contexto.rutas.crudos / ficha.ruta,
            corte=contexto.corte,
            archivo=ficha.archivo,
            sha256=ficha.sha256,
        )
        for ficha in fichas
    ]
    if not partes:
        return crear_tabla("observaciones_ci")
    todas = pd.concat(partes, ignore_index=True)
    return todas.drop_duplicates(["tipo", "dependencia", "codigo_meta"], keep="last", ignore_index=True)
