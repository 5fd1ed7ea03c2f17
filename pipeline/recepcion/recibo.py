"""Recibir varios libros de una vez: cada uno con su constancia o con por qué no, y todos siguen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pipeline.config import Config, Rutas
from pipeline.errores import ErrorConfiguracion, ErrorLibro, ErrorSeguimiento
from pipeline.modelo import NOMBRES_DE_INSTRUMENTO, Corte
from pipeline.recepcion.constancia import constancia, datos_de_constancia
from pipeline.recepcion.contraste import contradicciones
from pipeline.recepcion.control import identificar, leer_control
from pipeline.recepcion.fichas import Recepcion, guardar
from pipeline.recepcion.puerta import advertencias, leer_contenido


@dataclass(frozen=True, slots=True, kw_only=True)
class Recibo:
    """Qué pasó con un archivo: su constancia, o el error por el que no se recibió."""

    archivo: str
    texto: str
    datos: dict[str, Any]
    error: ErrorSeguimiento | None = None


def recibir_libros(
    archivos: Iterable[Path],
    *,
    rutas: Rutas,
    config: Config,
    corte: Corte,
    recibido_en: datetime,
    instrumento: str = "",
    dependencia: str = "",
    formato: str = "",
    comprobar: Callable[[], object] = lambda: None,
) -> Iterator[Recibo]:
    """Un recibo por archivo, en su orden, a medida que se guardan. Un libro que falla no detiene los demás.

    Lo que no se pida (`instrumento`, `dependencia`, `formato`) lo dice el libro o la configuración.
    `comprobar` se llama con el turno tomado, justo antes de guardar cada uno: si levanta un error nuestro,
    ese libro no se recibe. No levanta: por qué no se recibió un libro va en su recibo.
    """
    pedido = {"instrumento": instrumento, "dependencia": dependencia, "formato": formato}
    for archivo in archivos:
        try:
            ficha = _guardar(archivo, rutas, config, corte, recibido_en, pedido, comprobar)
        except ErrorSeguimiento as error:
            yield Recibo(
                archivo=archivo.name,
                texto=str(error),
                datos={"archivo": archivo.name, "estado": "rechazado", "motivo": str(error)},
                error=error,
            )
        else:
            yield recibo_de(ficha, rutas, config, corte)


def _guardar(
    archivo: Path,
    rutas: Rutas,
    config: Config,
    corte: Corte,
    recibido_en: datetime,
    pedido: Mapping[str, str],
    comprobar: Callable[[], object],
) -> Recepcion:
    identidad = identificar(archivo, config, formatos_propios=rutas.formatos, **pedido)
    if identidad.instrumento not in config.entregas.seguidos(corte):
        raise ErrorConfiguracion(
            f"en {corte} no se recibe el {NOMBRES_DE_INSTRUMENTO[identidad.instrumento]}",
            archivo=archivo.name,
            remedio="Revise el corte, o cambie [entregas] desde en seguimiento.toml",
        )
    return guardar(
        archivo,
        rutas.crudos_corte(corte, identidad.instrumento) / identidad.dependencia,
        rutas,
        recibido_en,
        formato=identidad.formato,
        dependencia=identidad.dependencia,
        instrumento=identidad.instrumento,
        comprobar=comprobar,
    )


def recibo_de(ficha: Recepcion, rutas: Rutas, config: Config, corte: Corte) -> Recibo:
    """El recibo de un libro guardado: el mismo el día de la entrega y cuando se vuelva a pedir."""
    avisos = _avisos(rutas.crudos / ficha.ruta, ficha, config, corte)
    return Recibo(
        archivo=ficha.archivo,
        texto=constancia(ficha, config, corte, avisos),
        datos={"estado": "repetido" if ficha.repetida else "recibido"}
        | datos_de_constancia(ficha, config, corte, avisos),
    )


def _avisos(libro: Path, ficha: Recepcion, config: Config, corte: Corte) -> tuple[str, ...]:
    try:
        control, datos = leer_control(libro), leer_contenido(libro)
    except ErrorLibro as error:  # un libro que entró antes de que esta puerta existiera
        return (error.problema,)
    contrario = contradicciones(
        control, config, corte, instrumento=ficha.instrumento, dependencia=ficha.dependencia
    )
    return (*(f"{h.mensaje} {h.accion}".rstrip(".") for h in contrario), *advertencias(datos))
