"""Marcar celdas en el XML de una hoja: cambia su estilo y nada más; crea las que no están escritas."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from pipeline.devolucion.empalme import Cambio, Elemento, agregar_hijos, con_atributos, empalmar, ubicar
from pipeline.errores import ErrorLibro

Lugar = tuple[int, int]  # fila y columna, desde 1
EstiloNuevo = Callable[[Lugar, int], int]
_CELDA = re.compile(r"\$?([A-Za-z]{1,3})\$?([1-9][0-9]{0,6})")
# Lo que el esquema manda escribir después de <legacyDrawing>.
DESPUES_DE_LAS_NOTAS = {
    "legacyDrawingHF", "drawingHF", "picture", "oleObjects", "controls", "webPublishItems", "tableParts",
    "extLst",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanoDeHoja:
    """Dónde está cada fila y celda escrita de una hoja, y lo demás que hace falta para marcarla."""

    xml: bytes
    prefijo: str
    datos: Elemento
    hijos: tuple[Elemento, ...]
    filas: Mapping[int, Elemento]
    celdas: Mapping[int, Mapping[int, Elemento]]  # fila → columna → celda
    combinadas: tuple[tuple[Lugar, Lugar], ...]
    columnas: tuple[Elemento, ...]


def lugar_de(celda: str) -> Lugar | None:
    """Fila y columna de una referencia; None si no es una celda.

    >>> lugar_de("AB12"), lugar_de("no")
    ((12, 28), None)
    """
    hallada = _CELDA.fullmatch(celda)
    return (int(hallada[2]), numero_de_columna(hallada[1])) if hallada else None


def numero_de_columna(letras: str) -> int:
    """Número de una columna, desde 1.

    >>> numero_de_columna("A"), numero_de_columna("AB")
    (1, 28)
    """
    numero = 0
    for letra in letras.upper():
        numero = numero * 26 + ord(letra) - 64
    return numero


def letras_de_columna(numero: int) -> str:
    """Letras de la columna `numero`, desde 1.

    >>> letras_de_columna(28)
    'AB'
    """
    letras = ""
    while numero:
        numero, resto = divmod(numero - 1, 26)
        letras = chr(65 + resto) + letras
    return letras


def levantar_plano(xml: bytes, parte: str) -> PlanoDeHoja:
    """El plano de una hoja; ErrorLibro si no es una hoja de celdas."""
    interesan = {"row", "c", "mergeCell", "col"}
    prefijo, elementos = ubicar(
        xml, lambda camino: len(camino) == 2 or (len(camino) < 5 and camino[-1] in interesan), parte=parte
    )
    hijos = tuple(e for e in elementos if len(e.camino) == 2)
    datos = next((e for e in hijos if e.camino[1] == "sheetData"), None)
    if datos is None:
        raise ErrorLibro("no es una hoja de celdas", hoja=parte)
    filas, celdas = _filas_y_celdas(e for e in elementos if e.camino[1:2] == ("sheetData",))
    return PlanoDeHoja(
        xml=xml,
        prefijo=prefijo,
        datos=datos,
        hijos=hijos,
        filas=filas,
        celdas=celdas,
        combinadas=tuple(c for e in elementos if (c := _combinada(e)) is not None),
        columnas=tuple(e for e in elementos if e.camino[-1] == "col"),
    )


def _filas_y_celdas(
    elementos: Iterable[Elemento],
) -> tuple[dict[int, Elemento], dict[int, dict[int, Elemento]]]:
    filas: dict[int, Elemento] = {}
    celdas: dict[int, dict[int, Elemento]] = {}
    fila = columna = 0
    for elemento in elementos:
        if elemento.camino[-1] == "row":
            fila, columna = int(elemento.atributos.get("r", fila + 1)), 0
            filas[fila], celdas[fila] = elemento, {}
        elif elemento.camino[-1] == "c":
            lugar = lugar_de(elemento.atributos.get("r", ""))
            columna = lugar[1] if lugar else columna + 1
            celdas[fila][columna] = elemento
    return filas, celdas


def _combinada(elemento: Elemento) -> tuple[Lugar, Lugar] | None:
    if elemento.camino[-1] != "mergeCell":
        return None
    extremos = [lugar_de(extremo) for extremo in elemento.atributos.get("ref", "").split(":")]
    return (extremos[0], extremos[1]) if len(extremos) == 2 and extremos[0] and extremos[1] else None


def visible(plano: PlanoDeHoja, lugar: Lugar) -> Lugar:
    """La celda que se ve en ese lugar: si está combinada, la primera del bloque."""
    for (fila_1, col_1), (fila_2, col_2) in plano.combinadas:
        if fila_1 <= lugar[0] <= fila_2 and col_1 <= lugar[1] <= col_2:
            return fila_1, col_1
    return lugar


def marcar(plano: PlanoDeHoja, lugares: Sequence[Lugar], estilo_nuevo: EstiloNuevo) -> list[Cambio]:
    """Los cambios que dan a cada lugar el estilo `estilo_nuevo(lugar, estilo actual)`."""
    por_fila: dict[int, list[int]] = {}
    for fila, columna in sorted(set(lugares)):
        por_fila.setdefault(fila, []).append(columna)
    cambios: list[Cambio] = []
    nuevas: list[tuple[int, bytes]] = []
    for fila, columnas in por_fila.items():
        propios = [
            (columna, estilo_nuevo((fila, columna), _estilo_actual(plano, fila, columna)))
            for columna in columnas
        ]
        if fila in plano.filas:
            cambios += _marcar_fila(plano, fila, propios)
        else:
            p = plano.prefijo.encode()
            celdas = b"".join(_celda(plano, fila, columna, estilo) for columna, estilo in propios)
            nuevas.append((fila, b'<%srow r="%d">%s</%srow>' % (p, fila, celdas, p)))
    return cambios + _insertar_filas(plano, nuevas)


def _marcar_fila(plano: PlanoDeHoja, fila: int, propios: Sequence[tuple[int, int]]) -> list[Cambio]:
    elemento, escritas = plano.filas[fila], plano.celdas[fila]
    cambios, al_final = [], b""
    for columna, estilo in propios:
        if columna in escritas:
            celda = escritas[columna]
            etiqueta = con_atributos(plano.xml[celda.inicio : celda.fin_apertura], s=str(estilo))
            cambios.append(Cambio(inicio=celda.inicio, fin=celda.fin_apertura, nuevo=etiqueta))
            continue
        nueva = _celda(plano, fila, columna, estilo)
        siguiente = min((c for c in escritas if c > columna), default=None)
        if siguiente is None:
            al_final += nueva
        else:
            en = escritas[siguiente].inicio
            cambios.append(Cambio(inicio=en, fin=en, nuevo=nueva))
    if al_final:
        cambios.append(agregar_hijos(plano.xml, elemento, plano.prefijo, al_final))
    return cambios


def _insertar_filas(plano: PlanoDeHoja, nuevas: Sequence[tuple[int, bytes]]) -> list[Cambio]:
    cambios, al_final = [], b""
    for fila, xml in nuevas:
        siguiente = min((f for f in plano.filas if f > fila), default=None)
        if siguiente is None:
            al_final += xml
        else:
            en = plano.filas[siguiente].inicio
            cambios.append(Cambio(inicio=en, fin=en, nuevo=xml))
    if al_final:
        cambios.append(agregar_hijos(plano.xml, plano.datos, plano.prefijo, al_final))
    return cambios


def _celda(plano: PlanoDeHoja, fila: int, columna: int, estilo: int) -> bytes:
    return f'<{plano.prefijo}c r="{letras_de_columna(columna)}{fila}" s="{estilo}"/>'.encode()


def _estilo_actual(plano: PlanoDeHoja, fila: int, columna: int) -> int:
    """El estilo con que se ve la celda: el suyo o, si no está escrita, el de su fila o su columna."""
    celda = plano.celdas.get(fila, {}).get(columna)
    if celda is not None:
        return int(celda.atributos.get("s", 0))
    if fila in plano.filas and "s" in plano.filas[fila].atributos:
        return int(plano.filas[fila].atributos["s"])
    for e in plano.columnas:
        if int(e.atributos["min"]) <= columna <= int(e.atributos["max"]):
            return int(e.atributos.get("style", 0))
    return 0


def estilos_usados(plano: PlanoDeHoja) -> dict[Lugar, int]:
    """El estilo de cada celda escrita."""
    return {
        (fila, columna): int(celda.atributos.get("s", 0))
        for fila, celdas in plano.celdas.items()
        for columna, celda in celdas.items()
    }


def enlazar_notas(plano: PlanoDeHoja, identificador: str, espacio: str) -> Cambio:
    """El cambio que hace que la hoja muestre el dibujo de sus notas, en el lugar que manda el esquema."""
    siguiente = next((e for e in plano.hijos if e.camino[1] in DESPUES_DE_LAS_NOTAS), None)
    etiqueta = f'<{plano.prefijo}legacyDrawing xmlns:r="{espacio}" r:id="{identificador}"/>'.encode()
    if siguiente is not None:
        return Cambio(inicio=siguiente.inicio, fin=siguiente.inicio, nuevo=etiqueta)
    en = plano.xml.rindex(f"</{plano.prefijo}worksheet".encode())
    return Cambio(inicio=en, fin=en, nuevo=etiqueta)


def quitar_seleccion(plano: PlanoDeHoja) -> list[Cambio]:
    """La hoja deja de estar seleccionada: dos hojas seleccionadas se editarían a la vez."""
    _, vistas = ubicar(plano.xml, lambda c: c[-1] == "sheetView" and len(c) == 3, parte="vistas")
    return [
        Cambio(
            inicio=v.inicio,
            fin=v.fin_apertura,
            nuevo=con_atributos(plano.xml[v.inicio : v.fin_apertura], tabSelected="0"),
        )
        for v in vistas
        if v.atributos.get("tabSelected") in ("1", "true")
    ]


def aplicar(plano: PlanoDeHoja, cambios: Sequence[Cambio]) -> bytes:
    """El XML de la hoja con los cambios."""
    return empalmar(plano.xml, cambios)
