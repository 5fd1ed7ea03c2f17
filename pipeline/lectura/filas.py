"""Decidir qué filas de la hoja son datos y decir de cada una de las demás por qué no."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import takewhile

from pipeline.formatos import Formato, clave, limpiar_texto
from pipeline.lectura.avisos import Avisar
from pipeline.lectura.encabezado import Mapa, celda
from pipeline.modelo import Hallazgo

_CLASES_DE_CODIGO = {"codigo", "codigos"}


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
        elif escritas := _escritas(fila):
            if all(_es_de_total(fila[p], totales, si_es_numero=True) for p in escritas):
                avisos.append(avisar_hoja("LEC-12", fila=numero, marcadores={"fila": numero}))
            elif leidas.isdisjoint(escritas):
                avisos.append(_fuera_de_la_tabla(numero, escritas, avisar_hoja))
            else:
                numeros.append(numero)
    de_codigo = {p for b, p in mapa.posiciones if b.definicion.clase in _CLASES_DE_CODIGO} | {llave}
    notas = _notas_al_pie(filas, numeros, de_codigo)
    avisos += [_fuera_de_la_tabla(n, [p], avisar_hoja) for n, p in notas.items()]
    return [n for n in numeros if n not in notas], avisos


def _notas_al_pie(
    filas: Sequence[Sequence[object]], numeros: Sequence[int], de_codigo: Collection[int | None]
) -> dict[int, int]:
    """Las filas de firmas y notas bajo la tabla que están en una columna de códigos, y en cuál.

    Son las que siguen a la última fila con varios datos y solo traen un texto que no tiene la forma de los
    códigos de esa columna («Elaboró: Ana Díaz»).
    """
    cola = list(takewhile(lambda n: len(_escritas(filas[n - 1])) == 1, reversed(numeros)))
    arriba = numeros[: len(numeros) - len(cola)]
    completas = [filas[n - 1] for n in arriba if len(_escritas(filas[n - 1])) > 1] if cola else []
    notas: dict[int, int] = {}
    for numero in reversed(cola if completas else []):  # una hoja de solo códigos no tiene pie
        (posicion,) = _escritas(filas[numero - 1])
        valor = filas[numero - 1][posicion]
        if posicion in de_codigo and isinstance(valor, str):
            formas = {_forma(fila[posicion]) for fila in completas}
            notas |= {numero: posicion} if _forma(valor) not in formas else {}
    return notas


def _escritas(fila: Sequence[object]) -> list[int]:
    return [posicion for posicion, valor in enumerate(fila) if not _esta_vacio(valor)]


def _forma(codigo: object) -> tuple[bool, bool]:
    """Si tiene cifras y si tiene espacios: «MP-145» y «4599018» sí y no; «Elaboró: Ana», no y sí."""
    texto = limpiar_texto(str(codigo))
    return any(c.isdecimal() for c in texto), " " in texto


def _fuera_de_la_tabla(numero: int, posiciones: Sequence[int], avisar_hoja: Avisar) -> Hallazgo:
    celdas = ", ".join(celda(p, numero) for p in posiciones[:5])
    return avisar_hoja("LEC-13", fila=numero, marcadores={"fila": numero, "celdas": celdas})


def _es_de_total(valor: object, totales: set[str], *, si_es_numero: bool) -> bool:
    return clave(valor) in totales if isinstance(valor, str) else si_es_numero


def _esta_vacio(valor: object) -> bool:
    return valor == "" or (isinstance(valor, str) and not limpiar_texto(valor))
