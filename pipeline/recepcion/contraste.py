"""Lo que la plantilla de un libro dice distinto de como se recibe: corte, entidad, dependencia…."""

from __future__ import annotations

from pathlib import Path

from pipeline.config import Config
from pipeline.errores import ErrorLibro
from pipeline.formatos import avisar
from pipeline.modelo import NOMBRES_DE_INSTRUMENTO, Corte, Hallazgo, Periodo
from pipeline.recepcion.control import (
    Control,
    instrumento_del_control,
    leer_control,
)


def contradicciones(
    control: Control, config: Config, corte: Corte, *, instrumento: str, dependencia: str
) -> list[Hallazgo]:
    """Hallazgos de libro (LIB) de lo que el control dice distinto; lo que no dice o no se entiende no cuenta.

    Otro corte u otra entidad bloquean: son cifras de otra cosa. La dependencia y el instrumento los decide
    quien recibe, y solo se observan.
    """
    casos = [
        ("LIB-02", _corte(control), str(corte)),
        ("LIB-03", _dane(control.entidad_dane), config.entidad.dane),
        ("LIB-04", control.dependencia, dependencia),
        (
            "LIB-05",
            NOMBRES_DE_INSTRUMENTO.get(instrumento_del_control(control), ""),
            NOMBRES_DE_INSTRUMENTO[instrumento],
        ),
    ]
    return [
        avisar(regla, instrumento=instrumento, marcadores={"dicho": dicho, "usado": usado})
        for regla, dicho, usado in casos
        if dicho and usado and dicho != usado
    ]


def contradicciones_del_libro(
    archivo: Path, config: Config, corte: Corte, *, instrumento: str, dependencia: str
) -> list[Hallazgo]:
    """Lo mismo del libro guardado; ninguna si no se puede abrir, que ya lo dice la lectura."""
    try:
        control = leer_control(archivo)
    except ErrorLibro:
        return []
    return contradicciones(control, config, corte, instrumento=instrumento, dependencia=dependencia)


def _corte(control: Control) -> str:
    """El corte, si es uno: por un control dañado no se devuelve un libro."""
    es_corte = control.vigencia.isdecimal() and control.periodo in {p.value for p in Periodo}
    return control.corte if es_corte else ""


def _dane(dicho: str) -> str:
    """El código con sus cinco cifras, que una hoja de cálculo pierde si empieza por cero."""
    return dicho.zfill(5) if dicho.isdecimal() else ""
