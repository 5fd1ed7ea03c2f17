"""La página de correcciones: los mismos hallazgos del libro marcado, agrupados por meta, en un solo HTML."""

from __future__ import annotations

from typing import Any

import pandas as pd

from pipeline.devolucion.comparacion import SITUACIONES, numerar_seguimiento
from pipeline.devolucion.correcciones import (
    CARPETA,
    Devolucion,
    contar_por_severidad,
    leer_textos,
    numerar_correcciones,
)
from pipeline.formato_es import contar
from pipeline.hipertexto import mostrar_invisibles


def pagina_de_correcciones(
    hallazgos: pd.DataFrame,
    *,
    devolucion: Devolucion,
    css: str,
    libro_marcado: str = "",
    aviso: str = "",
    seguimiento: pd.DataFrame | None = None,
    nombres_de_metas: dict[str, str] | None = None,
) -> str:
    """HTML autocontenido de las correcciones de un libro; todo lo que viene del libro sale escapado.

    `css` es la hoja de estilo de los informes; `libro_marcado`, el nombre del libro marcado que queda al
    lado (vacío si no se pudo marcar, y entonces `aviso` dice por qué); `seguimiento`, el resultado de
    comparar_versiones; `nombres_de_metas`, el enunciado de cada meta para reconocerla.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    ambiente = Environment(
        loader=FileSystemLoader(CARPETA),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    ambiente.filters["contar"] = contar
    textos = leer_textos()
    pagina = ambiente.get_template("correcciones.html.j2").render(
        d=devolucion,
        css=css,
        textos=textos,
        cuenta=contar_por_severidad(hallazgos),
        grupos=_agrupar(numerar_correcciones(hallazgos), nombres_de_metas or {}),
        libro_marcado=libro_marcado,
        aviso=aviso,
        seguimiento=None if seguimiento is None else _registros(numerar_seguimiento(seguimiento)),
        situaciones=[] if seguimiento is None else _contar_situaciones(seguimiento),
    )
    return mostrar_invisibles(pagina)


def _agrupar(correcciones: pd.DataFrame, nombres: dict[str, str]) -> list[dict[str, Any]]:
    """Lo del libro completo primero; después cada fila, en el orden de la hoja."""
    grupos: dict[tuple[str, int, str], dict[str, Any]] = {}
    for registro in _registros(correcciones):
        de_fila = registro["alcance"] == "fila" and registro["fila"] is not None
        clave = (
            (registro["hoja"] or "", registro["fila"] or 0, registro["codigo_meta"] or "")
            if de_fila
            else ("", 0, "")
        )
        meta = clave[2]
        titulo = f"Meta {meta}" if meta else f"Fila {clave[1]}"
        grupo = {
            "titulo": titulo if de_fila else "Todo el libro",
            "lugar": f"hoja «{clave[0]}», fila {clave[1]}" if de_fila else "",
            "nombre": nombres.get(meta, ""),
            "correcciones": [],
        }
        grupos.setdefault(clave, grupo)["correcciones"].append(registro)
    return [grupos[clave] for clave in sorted(grupos)]


def _contar_situaciones(seguimiento: pd.DataFrame) -> list[tuple[str, int, str]]:
    cuenta = seguimiento["situacion"].value_counts()
    clases = leer_textos()["situaciones"]
    return [(clases[s]["palabra"], int(cuenta.get(s, 0)), clases[s]["efecto"]) for s in SITUACIONES]


def _registros(tabla: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(k): None if pd.isna(v) else v for k, v in fila.items()} for fila in tabla.to_dict("records")]
