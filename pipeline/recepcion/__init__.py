"""Recepción de libros: copia intacta, huella, versión y oportunidad. No los interpreta ni corrige."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from pipeline.config import Config, Rutas
from pipeline.modelo import Corte
from pipeline.recepcion.constancia import constancia, datos_de_constancia
from pipeline.recepcion.contraste import contradicciones, contradicciones_del_libro
from pipeline.recepcion.control import (
    Control,
    Identidad,
    identificar,
    instrumento_del_control,
    leer_control,
)
from pipeline.recepcion.entregas import armar_entregas
from pipeline.recepcion.fichas import (
    Recepcion,
    cortes_con_entregas,
    guardar,
    leer_fichas,
    leer_recepciones,
    libros_sin_ficha,
    plan_vigente,
)
from pipeline.recepcion.puerta import advertencias, leer_contenido
from pipeline.recepcion.recibo import Recibo, recibir_libros, recibo_de

__all__ = [
    "Control",
    "Identidad",
    "Recepcion",
    "Recibo",
    "advertencias",
    "armar_entregas",
    "constancia",
    "contradicciones",
    "contradicciones_del_libro",
    "cortes_con_entregas",
    "datos_de_constancia",
    "identificar",
    "importar_plan",
    "instrumento_del_control",
    "leer_contenido",
    "leer_control",
    "leer_fichas",
    "leer_recepciones",
    "libros_sin_ficha",
    "plan_vigente",
    "recibir_libro",
    "recibir_libros",
    "recibo_de",
]


def recibir_libro(
    archivo: Path,
    *,
    rutas: Rutas,
    config: Config,
    corte: Corte,
    instrumento: str,
    dependencia: str,
    recibido_en: datetime,
    formato: str = "",
    duradero: bool = True,
) -> Recepcion:
    """Ficha del libro recibido, que queda copiado tal cual y jamás reemplaza a otro.

    Sin `formato`, el de la entidad para ese instrumento. Un archivo con la misma huella que uno ya recibido
    no se copia otra vez (`repetida`). Levanta ErrorLibro si no es un libro que se pueda recibir (vacío,
    temporal de Excel, con contraseña, dañado, bomba) y ErrorConfiguracion si la dependencia no existe.
    """
    config.dependencia(dependencia)
    return guardar(
        archivo,
        rutas.crudos_corte(corte, instrumento) / dependencia,
        rutas,
        recibido_en,
        formato=formato or config.entregas.formato(instrumento),
        dependencia=dependencia,
        instrumento=instrumento,
        duradero=duradero,
    )


def importar_plan(archivo: Path, *, rutas: Rutas, formato: str, recibido_en: datetime) -> Recepcion:
    """Ficha del libro del plan guardado en data/raw/plan; el último importado es el vigente.

    Importar de nuevo uno anterior lo vuelve el vigente. No lo lee: eso lo hace antes `flujo.plan`.
    """
    return guardar(archivo, rutas.crudos_plan, rutas, recibido_en, formato=formato, vuelve_a_regir=True)
