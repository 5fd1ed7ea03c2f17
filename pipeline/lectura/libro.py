"""Leer un libro completo con su formato. Lo que el libro tenga de malo sale como hallazgo, no como error."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path
from typing import Protocol

from pipeline.formatos import (
    ColumnaLeida,
    Formato,
    HojaLeida,
    LibroLeido,
    avisar,
    clave,
    letra_de_columna,
    limpiar_texto,
)
from pipeline.lectura.apertura import LibroAbierto, LibroIlegibleError, abrir, leer_valores
from pipeline.lectura.encabezado import Busqueda, Mapa, celda, columnas_buscadas, hallar_encabezado
from pipeline.modelo import Corte, Hallazgo, Severidad


class Avisar(Protocol):
    """`avisar` con el libro ya puesto."""

    def __call__(self, regla: str, /, **lugar: object) -> Hallazgo:  # noqa: D102  # lo dice la clase
        ...


def leer_libro(
    ruta: Path,
    formato: Formato,
    *,
    archivo: str,
    sha256: str,
    vigencias: tuple[int, ...],
    corte: Corte | None,
) -> LibroLeido:
    """El libro de `ruta` por columnas crudas, con los hallazgos de estructura.

    `archivo` y `sha256` son el nombre original y la huella que llevan los hallazgos; `vigencias`
    los años cuyas columnas se buscan; `corte` el que se exige completo (None al leer el plan).
    Nunca levanta por el contenido del libro: si no se puede leer, `es_legible` es falso y un
    hallazgo que bloquea dice por qué.
    """
    avisar_libro: Avisar = partial(avisar, instrumento=formato.instrumento, archivo=archivo, sha256=sha256)
    buscadas = columnas_buscadas(formato, vigencias, corte)
    try:
        libro = abrir(ruta)
        nombres, hallazgos = _elegir_hojas(libro, formato, avisar_libro)
        hojas = []
        for nombre in nombres:
            hoja, avisos = _leer_hoja(libro, nombre, formato, buscadas, avisar_libro)
            hojas.append(hoja)
            hallazgos += avisos
    except LibroIlegibleError as error:
        aviso = avisar_libro(error.regla, marcadores=error.marcadores, hoja=error.hoja)
        return LibroLeido(archivo=archivo, sha256=sha256, es_legible=False, hallazgos=(aviso,))
    return LibroLeido(
        archivo=archivo,
        sha256=sha256,
        es_legible=not any(h.severidad is Severidad.BLOQUEA and h.alcance == "libro" for h in hallazgos),
        hojas=tuple(hojas),
        hallazgos=tuple(hallazgos),
    )


def _elegir_hojas(
    libro: LibroAbierto, formato: Formato, avisar_libro: Avisar
) -> tuple[list[str], list[Hallazgo]]:
    estados = {hoja.name: str(hoja.visible).endswith("Visible") for hoja in libro.lector.sheets_metadata}
    visibles = [nombre for nombre, es_visible in estados.items() if es_visible]
    patron = limpiar_texto(formato.hoja).casefold()
    elegidas = [n for n in visibles if fnmatchcase(limpiar_texto(n).casefold(), patron)]
    if not elegidas:
        hojas = ", ".join(f"«{n}»" if estados[n] else f"«{n}» (oculta)" for n in estados)
        raise LibroIlegibleError("LEC-05", esperada=formato.hoja, hojas=hojas)
    # Las que empiezan por «_» son de control de nuestras plantillas, ocultas a propósito.
    ocultas = [n for n, es_visible in estados.items() if not es_visible and not n.startswith("_")]
    return elegidas, [avisar_libro("LEC-11", hoja=n, marcadores={"hoja": n}) for n in ocultas]


def _leer_hoja(
    libro: LibroAbierto, nombre: str, formato: Formato, buscadas: Sequence[Busqueda], avisar_libro: Avisar
) -> tuple[HojaLeida, list[Hallazgo]]:
    filas = leer_valores(libro, nombre)
    mapa = hallar_encabezado(filas, buscadas, formato)
    if mapa is None:
        ejemplos = ", ".join(f"«{b.alias[0]}»" for b in [b for b in buscadas if b.requerida][:3])
        raise LibroIlegibleError(
            "LEC-06",
            hoja=nombre,
            n=formato.encabezado.buscar_en_filas,
            formato=formato.nombre,
            ejemplos=ejemplos,
        )
    avisar_hoja: Avisar = partial(avisar_libro, hoja=nombre)
    hallazgos = _avisos_del_encabezado(mapa, formato, avisar_hoja)
    numeros, avisos = _elegir_filas(filas, mapa, formato, avisar_hoja)
    if not numeros:
        hallazgos.append(avisar_hoja("LEC-14"))
    hoja = HojaLeida(nombre=nombre, filas=tuple(numeros), columnas=tuple(_columnas(filas, numeros, mapa)))
    return hoja, hallazgos + avisos


def _avisos_del_encabezado(mapa: Mapa, formato: Formato, avisar_hoja: Avisar) -> list[Hallazgo]:
    avisos = [
        avisar_hoja(
            "LEC-07" if b.requerida else "LEC-08",
            fila=mapa.fila,
            columna=b.rotulo,
            marcadores={"columna": b.rotulo},
        )
        for b in mapa.ausentes
    ]
    for posicion, primera, ocurrencia in mapa.repetidas:
        rotulo = mapa.rotulos[posicion]
        marcadores = {"encabezado": rotulo, "primera": celda(primera, mapa.fila), "ocurrencia": ocurrencia}
        lugar = {"fila": mapa.fila, "celda": celda(posicion, mapa.fila), "columna": rotulo}
        avisos.append(avisar_hoja("LEC-10", marcadores=marcadores, **lugar))
    if mapa.desconocidas:
        columnas = ", ".join(f"«{mapa.rotulos[p]}» ({letra_de_columna(p)})" for p in mapa.desconocidas)
        marcadores = {"formato": formato.nombre, "columnas": columnas}
        avisos.append(avisar_hoja("LEC-09", fila=mapa.fila, marcadores=marcadores))
    return avisos


def _elegir_filas(
    filas: Sequence[Sequence[object]], mapa: Mapa, formato: Formato, avisar_hoja: Avisar
) -> tuple[list[int], list[Hallazgo]]:
    """Números de las filas con datos y un aviso por cada fila con algo escrito que no se lee."""
    codigo = next((p for b, p in mapa.posiciones if b.definicion.campo == "codigo_meta"), None)
    leidas = {p for _, p in mapa.posiciones}
    totales = {clave(palabra) for palabra in formato.palabras_de_total} | {""}
    numeros: list[int] = []
    avisos: list[Hallazgo] = []
    for numero, fila in enumerate(filas[mapa.fila :], start=mapa.fila + 1):
        if codigo is not None and not _es_de_total(fila[codigo], totales, si_es_numero=False):
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


def _columnas(filas: Sequence[Sequence[object]], numeros: Sequence[int], mapa: Mapa) -> list[ColumnaLeida]:
    elegidas = [filas[numero - 1] for numero in numeros]
    buscadas: list[tuple[Busqueda | None, int]] = [*mapa.posiciones, *((None, p) for p in mapa.auditadas)]
    return [
        ColumnaLeida(
            definicion=b.definicion if b else None,
            letra=letra_de_columna(p),
            encabezado=mapa.rotulos[p],
            vigencia=b.vigencia if b else 0,
            fuente=b.fuente if b else "",
            valores=[fila[p] for fila in elegidas],
        )
        for b, p in buscadas
    ]


def _es_de_total(valor: object, totales: set[str], *, si_es_numero: bool) -> bool:
    return clave(valor) in totales if isinstance(valor, str) else si_es_numero


def _esta_vacio(valor: object) -> bool:
    return valor == "" or (isinstance(valor, str) and not limpiar_texto(valor))
