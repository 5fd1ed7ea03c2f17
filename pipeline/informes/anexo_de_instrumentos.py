"""Anexos «De cada cifra a su celda» del POAI y del Plan de Acción. Solo muestran; no calculan."""

from __future__ import annotations

import html
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from pipeline.formato_es import contar, exacto, sin_partir
from pipeline.hipertexto import ancla_de_libro, ancla_de_traza, sanear, texto_seguro
from pipeline.informes.bloques import Bloque, parrafo
from pipeline.informes.bloques_de_traza import (
    SIN_CODIGO,
    anexo,
    bloque_de_traza,
    celda_citada,
    enlace,
    lista,
    nombre_de_campo,
    plegado,
)
from pipeline.informes.frases import frase, textos_fijos

Sustento = Callable[["NodoTrazado"], tuple[Iterable[str], str]]
"""De un nodo, los renglones de sus celdas y el de aquello de que se compone (HTML ya escapado)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NodoTrazado:
    """Un nodo de un instrumento con sus fórmulas ya redactadas."""

    nivel: str
    codigo: str
    nombre: str
    formulas: Sequence[str]


def trazas_del_poai(
    nodos: Sequence[NodoTrazado],
    rubros: pd.DataFrame,
    columnas: pd.DataFrame,
    redactar_filas: Callable[[Iterable[int]], str],
) -> Bloque:
    """El anexo del POAI: cada nodo con sus razones y las filas de cada libro que suma.

    `rubros` trae una fila por rubro aceptado, con archivo, sha256, hoja y fila, y el código de su nodo en una
    columna por nivel; `columnas`, en qué columna de cada hoja está cada valor (archivo, sha256, hoja, campo,
    columna); `redactar_filas` escribe los números de fila.
    """
    if not nodos:
        return parrafo(frase("sin_trazas"), clase="vacio")
    lugares = {n: _lugares(rubros, n, redactar_filas) for n in dict.fromkeys(n.nivel for n in nodos)}
    donde = plegado("Ver en qué columna está cada valor", lista(_columnas(columnas), clase="celdas"))
    return anexo(
        [f"<h3>Los libros del POAI</h3>{donde}", *_niveles(nodos, lambda n: (lugares[n.nivel][n.codigo], ""))]
    )


def trazas_del_plan_de_accion(
    nodos: Sequence[NodoTrazado],
    actividades: pd.DataFrame,
    formulas: Mapping[str, Sequence[str]],
    celdas: Mapping[str, Sequence[Mapping[Any, Any]]],
) -> Bloque:
    """El anexo del Plan de Acción: cada nodo con sus índices y cada actividad con las celdas de los suyos.

    `formulas` y `celdas` van por `id_actividad`; cada celda trae lo que pide `celda_citada`.
    """
    if not nodos:
        return parrafo(frase("sin_trazas"), clase="vacio")
    actividades = actividades.assign(proyecto=actividades["bpin"].fillna(SIN_CODIGO))
    bloques: dict[str, list[str]] = defaultdict(list)
    for a in actividades.to_dict("records"):
        identificador = a["id_actividad"]
        bloque = _bloque_de_actividad(a, formulas[identificador], celdas.get(identificador, ()))
        bloques[a["proyecto"]].append(bloque)
    grupos = []
    for proyecto in sorted(bloques):
        propios = bloques[proyecto]
        cuantas = contar(len(propios), "actividad", "actividades")
        grupos.append(plegado(f"Proyecto {texto_seguro(proyecto)}: {cuantas}", "".join(propios)))
    titulo = textos_fijos()["anexo"]["niveles"]["actividad"]["varios"]
    compone = _composicion(actividades)
    niveles = _niveles(nodos, lambda n: ((), compone(n)))
    return anexo([*niveles, f"<h3>{titulo}</h3>{''.join(grupos)}"])


def _niveles(nodos: Sequence[NodoTrazado], de_que: Sustento) -> list[str]:
    """Una sección por nivel, en el orden en que vienen; la del total va abierta."""
    secciones = []
    for nivel in dict.fromkeys(n.nivel for n in nodos):
        propios = [n for n in nodos if n.nivel == nivel]
        titulo = textos_fijos()["anexo"]["niveles"][nivel]
        bloques = "".join(_bloque_de_nodo(n, *de_que(n)) for n in propios)
        if len(propios) == 1:
            secciones.append(f'<h3 id="trazas-{nivel}">{titulo["uno"]}</h3>{bloques}')
            continue
        cuantos = contar(len(propios), titulo["uno"].lower(), titulo["varios"].lower())
        secciones.append(
            f"<h3>{titulo['varios']}</h3>{plegado(f'Ver {cuantos}', bloques, f'trazas-{nivel}')}"
        )
    return secciones


def _bloque_de_nodo(nodo: NodoTrazado, celdas: Iterable[str], compone: str) -> str:
    rotulo = "" if nodo.nivel == "total" else f"{texto_seguro(nodo.codigo)}. "
    formulas = [html.escape(sin_partir(f)) for f in nodo.formulas]
    titulo = f"{rotulo}{texto_seguro(nodo.nombre)}"
    return bloque_de_traza(nodo.nivel, nodo.codigo, titulo, formulas, celdas, compone)


def _lugares(
    rubros: pd.DataFrame, nivel: str, redactar_filas: Callable[[Iterable[int]], str]
) -> dict[str, list[str]]:
    """Por nodo del nivel, «POAI_SEDU.xlsx › POAI: filas 6 a 20», con enlace a las columnas de esa hoja."""
    lugares: dict[str, list[str]] = defaultdict(list)
    for (codigo, archivo, sha256, hoja), filas in rubros.groupby([nivel, "archivo", "sha256", "hoja"])[
        "fila"
    ]:
        cuales = "fila" if len(filas) == 1 else "filas"
        libro = enlace(_ancla_de_columnas(sha256, hoja), f"{texto_seguro(archivo)} › {texto_seguro(hoja)}")
        lugares[str(codigo)].append(f"{libro}: {cuales} {redactar_filas(filas)}")
    return lugares


def _columnas(columnas: pd.DataFrame) -> Iterable[str]:
    for (archivo, sha256, hoja), campos in columnas.groupby(["archivo", "sha256", "hoja"]):
        partes = [
            f"{nombre_de_campo(c)} en {texto_seguro(k)}"
            for c, k in zip(campos["campo"], campos["columna"], strict=True)
        ]
        libro = enlace(ancla_de_libro(str(sha256)), texto_seguro(archivo))
        ancla = _ancla_de_columnas(sha256, hoja)
        yield f'<span id="{ancla}">{libro} › {texto_seguro(hoja)}</span>: {", ".join(partes)}'


def _ancla_de_columnas(sha256: object, hoja: object) -> str:
    return f"columnas-{str(sha256)[:16]}-{sanear(hoja)}"


def _composicion(actividades: pd.DataFrame) -> Callable[[NodoTrazado], str]:
    """Para cada nodo, los enlaces a lo que promedia: el total, a sus proyectos; los demás, a actividades."""
    columnas = {"dependencia": "dependencia", "proyecto": "proyecto", "meta": "codigo_meta"}
    por_nodo = {
        (nivel, str(codigo)): list(propias)
        for nivel, columna in columnas.items()
        for codigo, propias in actividades.groupby(columna)["id_actividad"]
    }
    proyectos = sorted(set(actividades["proyecto"]))

    def compone(nodo: NodoTrazado) -> str:
        if nodo.nivel == "total":
            enlaces = [enlace(ancla_de_traza("proyecto", p), texto_seguro(p)) for p in proyectos]
            return f"Proyectos: {', '.join(enlaces)}"
        propias = por_nodo.get((nodo.nivel, nodo.codigo), [])
        enlaces = [enlace(ancla_de_traza("actividad", i), texto_seguro(i)) for i in propias]
        return f"Actividades: {', '.join(enlaces)}" if enlaces else ""

    return compone


def _bloque_de_actividad(
    actividad: Mapping[Any, Any], formulas: Sequence[str], celdas: Sequence[Mapping[Any, Any]]
) -> str:
    identificador = actividad["id_actividad"]
    nombre = actividad["nombre_actividad"]
    titulo = texto_seguro(identificador) + (f". {texto_seguro(nombre)}" if isinstance(nombre, str) else "")
    peso = actividad["ponderacion"]
    partes = [] if pd.isna(peso) else [f"Peso en el proyecto: {exacto(peso)}."]
    dependencia = actividad["dependencia"]
    vuelta = [enlace(ancla_de_traza("dependencia", dependencia), f"dependencia {texto_seguro(dependencia)}")]
    if isinstance(actividad["bpin"], str):
        vuelta.append(
            enlace(
                ancla_de_traza("proyecto", actividad["bpin"]), f"proyecto {texto_seguro(actividad['bpin'])}"
            )
        )
    partes.append(f"Cuenta en: {', '.join(vuelta)}.")
    escritas = [html.escape(sin_partir(f)) for f in formulas]
    return bloque_de_traza(
        "actividad", identificador, titulo, escritas, map(celda_citada, celdas), " ".join(partes)
    )
