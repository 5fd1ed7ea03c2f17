"""Leer un libro completo con su formato. Lo que el libro tenga de malo sale como hallazgo, no como error."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path

from pipeline.formatos import (
    ColumnaLeida,
    Formato,
    HojaLeida,
    LibroLeido,
    avisar,
    letra_de_columna,
    limpiar_texto,
)
from pipeline.lectura.apertura import abrir
from pipeline.lectura.arbol import columnas_del_arbol, poner_factores, separar_arbol
from pipeline.lectura.avisos import Avisar, avisos_de_la_forma, avisos_del_encabezado
from pipeline.lectura.combinadas import avisos_de_combinadas
from pipeline.lectura.contenido import revisar_contenido
from pipeline.lectura.crudo import HojaCruda, LibroAbierto, LibroIlegibleError
from pipeline.lectura.encabezado import Busqueda, Mapa, columnas_buscadas, hallar_encabezado
from pipeline.lectura.filas import elegir_filas
from pipeline.lectura.membrete import columnas_del_membrete
from pipeline.lectura.pares import de_la_segunda_fila, emparejar, separar_pie
from pipeline.lectura.sin_leer import avisos_de_hojas_sin_leer
from pipeline.modelo import Corte, Hallazgo, Severidad


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
        hojas, avisos = _leer_hojas(libro, nombres, formato, buscadas, avisar_libro)
        avisos += avisos_de_hojas_sin_leer(libro, nombres, formato, buscadas, avisar_libro)
    except LibroIlegibleError as error:
        aviso = avisar_libro(error.regla, marcadores=error.marcadores, hoja=error.hoja)
        return LibroLeido(archivo=archivo, sha256=sha256, es_legible=False, hallazgos=(aviso,))
    hallazgos += avisos
    return LibroLeido(
        archivo=archivo,
        sha256=sha256,
        es_legible=not any(h.severidad is Severidad.BLOQUEA and h.alcance == "libro" for h in hallazgos),
        es_texto=libro.es_texto,
        hojas=tuple(hojas),
        hallazgos=tuple(hallazgos),
    )


def _elegir_hojas(
    libro: LibroAbierto, formato: Formato, avisar_libro: Avisar
) -> tuple[list[str], list[Hallazgo]]:
    visibles = [nombre for nombre, es_visible in libro.hojas.items() if es_visible]
    patron = limpiar_texto(formato.hoja).casefold()
    # Un CSV perdió el nombre de su hoja: la única que hay es la principal, y las opcionales faltan.
    es_la_unica = libro.es_texto and not formato.opcional
    elegidas = [n for n in visibles if es_la_unica or fnmatchcase(limpiar_texto(n).casefold(), patron)]
    if not elegidas and not formato.opcional:
        hojas = ", ".join(f"«{n}»" if v else f"«{n}» (oculta)" for n, v in libro.hojas.items())
        raise LibroIlegibleError("LEC-05", esperada=formato.hoja, hojas=hojas)
    # Las que empiezan por «_» son de control de nuestras plantillas, ocultas a propósito.
    ocultas = [n for n, es_visible in libro.hojas.items() if not es_visible and not n.startswith("_")]
    avisos = [avisar_libro("LEC-11", hoja=n, marcadores={"hoja": n}) for n in ocultas]
    if not elegidas:
        hojas = ", ".join([*(f"«{n}»" for n in visibles), *(f"«{n}» (oculta)" for n in ocultas)])
        avisos.append(avisar_libro("LIB-01", marcadores={"esperada": formato.hoja, "hojas": hojas}))
    return elegidas, avisos


def _leer_hojas(
    libro: LibroAbierto,
    nombres: Sequence[str],
    formato: Formato,
    buscadas: Sequence[Busqueda],
    avisar_libro: Avisar,
) -> tuple[list[HojaLeida], list[Hallazgo]]:
    """Cada hoja con su propio encabezado; si son varias, la que no lo tenga se deja, diciéndolo."""
    hojas: list[HojaLeida] = []
    hallazgos: list[Hallazgo] = []
    sin_encabezado: list[str] = []
    for nombre in nombres:
        cruda = libro.leer(nombre)
        mapa = hallar_encabezado(cruda, buscadas, formato)
        if mapa is None:
            sin_encabezado.append(nombre)
            continue
        hoja, avisos = _leer_hoja(nombre, cruda, mapa, formato, partial(avisar_libro, hoja=nombre))
        hojas.append(hoja)
        hallazgos += avisos
    if not hojas and nombres:
        ejemplos = ", ".join(f"«{b.alias[0]}»" for b in [b for b in buscadas if b.requerida and b.alias][:3])
        n = formato.encabezado.buscar_en_filas
        hoja_citada = sin_encabezado[0] if len(sin_encabezado) == 1 else None
        raise LibroIlegibleError("LEC-06", hoja=hoja_citada, n=n, formato=formato.nombre, ejemplos=ejemplos)
    sueltas = [avisar_libro("LEC-22", hoja=n, marcadores={"hoja": n}) for n in sin_encabezado]
    return hojas, hallazgos + sueltas


def _leer_hoja(
    nombre: str, cruda: HojaCruda, mapa: Mapa, formato: Formato, avisar_hoja: Avisar
) -> tuple[HojaLeida, list[Hallazgo]]:
    tabla, del_pie = separar_pie(cruda.filas, mapa, formato, avisar_hoja)
    registros, segundas, sin_par = emparejar(tabla, mapa, formato, avisar_hoja)
    con_datos, avisos = elegir_filas(registros, mapa, formato, avisar_hoja)
    numeros, nodos, del_arbol = separar_arbol(cruda.filas, con_datos, mapa, formato, avisar_hoja)
    columnas = poner_factores(_columnas(cruda.filas, numeros, mapa), numeros, nodos)
    columnas = de_la_segunda_fila(columnas, cruda.filas, numeros, segundas)
    combinadas = avisos_de_combinadas(cruda, columnas, numeros, avisar_hoja)
    columnas += columnas_del_arbol(cruda.filas, numeros, nodos, mapa, formato)
    del_membrete, sin_rotulo = columnas_del_membrete(cruda, numeros, mapa, formato, avisar_hoja)
    columnas += del_membrete
    columnas, corridas = revisar_contenido(columnas, formato, mapa.fila, avisar_hoja)
    hallazgos = [
        *avisos_del_encabezado(mapa, formato, avisar_hoja),
        *([] if numeros or formato.opcional else [avisar_hoja("LEC-14")]),
        *corridas,
        *avisos_de_la_forma(cruda, mapa, numeros, avisar_hoja),
        *avisos,
        *del_arbol,
        *sin_rotulo,
        *sin_par,
        *combinadas,
        *del_pie,
    ]
    return HojaLeida(nombre=nombre, filas=tuple(numeros), columnas=tuple(columnas)), hallazgos


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
