"""Decidir qué filas de la hoja son datos y decir de cada una de las demás por qué no."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.formatos import Formato, clave, limpiar_texto
from pipeline.lectura.avisos import Avisar
from pipeline.lectura.encabezado import Mapa, celda
from pipeline.modelo import Hallazgo


def elegir_filas(
    filas: Sequence[Sequence[object]], mapa: Mapa, formato: Formato, avisar_hoja: Avisar
) -> tuple[list[int], list[Hallazgo]]:
    """Números de las filas con datos y un aviso por cada fila con algo escrito que no se lee."""
    llave = next((p for b, p in mapa.posiciones if b.definicion.campo == formato.llave), None)
    leidas = {p for _, p in mapa.posiciones}
    totales = {clave(palabra) for palabra in formato.palabras_de_total} | {""}
    numeros: list[int] = []
    avisos: list[Hallazgo] = []
    for numero, fila in enumerate(filas[mapa.fila :], start=mapa.fila + 1):
        if llave is not None and not _es_de_total(fila[llave], totales, si_es_numero=False):
            numeros.append(numero)
        elif escritas := [p for p, valor in enumerate(fila) if not _esta_vacio(valor)]:
            if all(_es_de_total(fila[p], totales, si_es_numero=True) for p in escritas):
                avisos.append(avisar_hoja("LEC-12", fila=numero, marcadores={"fila": numero}))
            elif leidas.isdisjoint(escritas):
                celdas = ", ".join(celda(p, numero) for p in escritas[:5])
                avisos.append(
                    avisar_hoja("LEC-13", fila=numero, marcadores={"fila": numero, "celdas": celdas})
                )
            else:
                numeros.append(numero)
    return numeros, avisos


def _es_de_total(valor: object, totales: set[str], *, si_es_numero: bool) -> bool:
    return clave(valor) in totales if isinstance(valor, str) else si_es_numero


def _esta_vacio(valor: object) -> bool:
    return valor == "" or (isinstance(valor, str) and not limpiar_texto(valor))
