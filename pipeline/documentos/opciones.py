"""Qué documentos hay y con qué textos y opciones (recursos/documentos/documentos.yml)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field

from pipeline.archivos import leer_yml
from pipeline.config import PAQUETE
from pipeline.explicacion import Seccion

CARPETA = PAQUETE / "recursos" / "documentos"


class Documento(Seccion):
    """Un documento del procedimiento: cada cuánto, uno por qué, y qué tiene que haber para escribirlo."""

    nombre: str
    periodo: Literal["corte", "anual"]
    por: Literal["corte", "dependencia"]
    necesita: Literal["", "corte", "poai"]

    @property
    def plantilla(self) -> Path:
        """El .docx del proyecto; una entidad edita en Word su copia (plantillas_documentos/)."""
        return CARPETA / f"{self.nombre}.docx"


class Opciones(Seccion):
    """Lo escrito en documentos.yml."""

    profesionales: int = Field(ge=1)
    horas: tuple[str, ...]
    minutos: int = Field(ge=15)
    alertas_en_acta: int
    asuntos_del_previo: int
    alertas_al_alcalde: int
    fallas_en_guia: int
    documentos: tuple[Documento, ...]
    trimestres: Mapping[str, str]
    instrumentos: Mapping[str, str]
    momentos: Mapping[str, Mapping[str, str]]
    instrucciones: tuple[str, ...]
    reglas: tuple[str, ...]
    temas: tuple[str, ...]


@cache
def leer_opciones() -> Opciones:
    """Las opciones del proyecto.

    >>> all(documento.plantilla.is_file() for documento in leer_opciones().documentos)
    True
    """
    texto = (CARPETA / "documentos.yml").read_text(encoding="utf-8")
    return Opciones.model_validate(leer_yml(texto))
