"""Hallar la fila de encabezado por sus rótulos y saber qué columna del libro es cada campo."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from pipeline.formatos import ColumnaFormato, Formato, clave, letra_de_columna, limpiar_texto
from pipeline.lectura.crudo import HojaCruda, Rango
from pipeline.modelo import Corte

_PRIMER_ANO, _ULTIMO_ANO = 1990, 2100


@dataclass(frozen=True, slots=True, kw_only=True)
class Busqueda:
    """Una columna que el formato espera, con el año y la fuente ya puestos en sus alias."""

    definicion: ColumnaFormato
    alias: tuple[str, ...]
    vigencia: int
    fuente: str
    requerida: bool
    opcional: bool

    @property
    def rotulo(self) -> str:
        """Cómo nombrarla en un mensaje; dice cuál cuando el encabezado se repite."""
        n, letra = self.definicion.ocurrencia, self.definicion.letra
        nombre = self.alias[0] if self.alias else ""
        if letra is not None:
            return f"{nombre} (columna {letra})".strip()
        return nombre if n == 1 else f"{nombre} (aparición {n})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapa:
    """Encabezado hallado: qué posición tiene cada columna buscada y qué pasó con las demás."""

    fila: int  # la última del encabezado; la primera de la hoja es 1
    rotulos: tuple[str, ...]
    posiciones: tuple[tuple[Busqueda, int], ...]
    ausentes: tuple[Busqueda, ...]
    auditadas: tuple[int, ...]
    desconocidas: tuple[int, ...]
    repetidas: tuple[tuple[int, int, int], ...]  # (posición, primera posición, ocurrencia)


def columnas_buscadas(formato: Formato, vigencias: Sequence[int], corte: Corte | None) -> list[Busqueda]:
    """Las columnas que debe haber: una por año y fuente donde el formato lo pide.

    Los campos del membrete no son columnas: los lee `membrete`.
    """
    return [
        _buscar(columna, formato, vigencia, vigencia - min(vigencias) + 1, fuente, corte)
        for columna in formato.columnas
        if not columna.en_membrete
        for vigencia in _vigencias_de(columna, vigencias, corte)
        for fuente in columna.fuentes or ("",)
    ]


def hallar_encabezado(hoja: HojaCruda, buscadas: Sequence[Busqueda], formato: Formato) -> Mapa | None:
    """El mapa de la fila que reconoce más columnas, o None si ninguna reconoce bastantes.

    Las columnas sin uso también ayudan a reconocer la fila, pero no bastan por sí solas.
    """
    esperadas = {clave(alias) for b in buscadas for alias in b.alias}
    conocidas = esperadas | {clave(rotulo) for rotulo in formato.columnas_sin_uso if "*" not in rotulo}
    minimo = formato.encabezado.proporcion_minima * sum(b.requerida for b in buscadas)
    hasta = min(formato.encabezado.buscar_en_filas, len(hoja.filas) - formato.encabezado.filas + 1)
    mejor, elegido = 1, None
    for posicion in range(hasta):
        candidato = rotulos_de(hoja, posicion, formato.encabezado.filas)
        aciertos = len(conocidas.intersection(candidato.todas))
        if aciertos > mejor and len(esperadas.intersection(candidato.todas)) >= max(1, minimo):
            mejor, elegido = aciertos, candidato
    if elegido is None:
        return None
    return _mapear(elegido, buscadas, formato)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotulos:
    """Rótulos de un encabezado posible; con dos filas, `de_abajo` son los de la segunda, solos."""

    fila: int
    escritos: tuple[str, ...]
    claves: tuple[str, ...]
    de_abajo: tuple[str, ...] = ()

    @property
    def todas(self) -> set[str]:
        """Las claves por las que se puede reconocer una columna."""
        return {*self.claves, *self.de_abajo} - {""}


def rotulos_de(hoja: HojaCruda, posicion: int, n_filas: int) -> Rotulos:
    """Rótulos del encabezado de una o dos filas que empieza en `posicion` (desde cero)."""
    arriba = [_escribir_rotulo(v) for v in hoja.filas[posicion]]
    if n_filas == 1:
        return Rotulos(fila=posicion + 1, escritos=tuple(arriba), claves=tuple(map(clave, arriba)))
    abajo = [_escribir_rotulo(v) for v in hoja.filas[posicion + 1]]
    extendidos = _extender(arriba, abajo, posicion, hoja.combinadas)
    unidos = tuple(f"{a} {b}".strip() for a, b in zip(extendidos, abajo, strict=True))
    return Rotulos(
        fila=posicion + 2,
        escritos=unidos,
        claves=tuple(map(clave, unidos)),
        de_abajo=tuple(map(clave, abajo)),
    )


def _extender(
    arriba: Sequence[str], abajo: Sequence[str], fila: int, combinadas: Sequence[Rango]
) -> list[str]:
    """El rótulo de arriba sobre cada columna.

    Si su celda está combinada, cubre lo que ella cubra. Si no, se extiende a la derecha hasta el
    siguiente rótulo, salvo que no tenga nada debajo: entonces es el rótulo de una sola columna.
    """
    hasta = {c1: c2 for (f1, c1), (f2, c2) in combinadas if f1 <= fila <= f2 and c2 > c1}
    extendidos: list[str] = []
    vigente, limite = "", -1
    for posicion, (rotulo, debajo) in enumerate(zip(arriba, abajo, strict=True)):
        if rotulo:
            vigente = rotulo
            limite = hasta.get(posicion, len(arriba) if debajo and posicion not in hasta else posicion)
        extendidos.append(vigente if posicion <= limite and (rotulo or debajo) else "")
    return extendidos


def _escribir_rotulo(valor: object) -> str:
    """El texto de una celda de encabezado; un año escrito como número también es un rótulo."""
    if isinstance(valor, str):
        return limpiar_texto(valor)
    if isinstance(valor, int | float) and _PRIMER_ANO <= valor <= _ULTIMO_ANO and valor == int(valor):
        return str(int(valor))
    return ""


def _vigencias_de(columna: ColumnaFormato, vigencias: Sequence[int], corte: Corte | None) -> Sequence[int]:
    if columna.vigencia == "cada_una":
        return vigencias
    if columna.vigencia == "del_corte":
        return (corte.vigencia if corte else max(vigencias),)
    return (columna.vigencia or 0,)


def _buscar(
    columna: ColumnaFormato, formato: Formato, vigencia: int, orden: int, fuente: str, corte: Corte | None
) -> Busqueda:
    # Un reporte de 2025 no tiene por qué traer columnas de 2027: solo se exige la vigencia del corte.
    es_de_otro_corte = bool(
        formato.tabla != "plan" and columna.vigencia == "cada_una" and corte and vigencia != corte.vigencia
    )
    return Busqueda(
        definicion=columna,
        alias=tuple(
            a.replace("{vigencia}", str(vigencia)).replace("{orden}", str(orden)).replace("{fuente}", fuente)
            for a in columna.alias
        ),
        vigencia=vigencia,
        fuente=fuente,
        requerida=columna.requerida and not es_de_otro_corte,
        opcional=columna.opcional or es_de_otro_corte,
    )


def _mapear(rotulos: Rotulos, buscadas: Sequence[Busqueda], formato: Formato) -> Mapa:
    apariciones, de_abajo = _apariciones(rotulos.claves), _apariciones(rotulos.de_abajo)
    halladas = [
        (b, _por_letra(b, rotulos) if b.definicion.letra else _posicion(b, apariciones, de_abajo))
        for b in buscadas
    ]
    usadas = {p for _, p in halladas if p is not None} | _del_arbol(formato, apariciones)
    auditadas = _que_cumplen(formato.columnas_auditadas, apariciones) - usadas
    sin_uso = _que_cumplen(formato.columnas_sin_uso, apariciones)
    todas = {p for posiciones in apariciones.values() for p in posiciones}
    return Mapa(
        fila=rotulos.fila,
        rotulos=rotulos.escritos,
        posiciones=tuple((b, p) for b, p in halladas if p is not None),
        ausentes=tuple(b for b, p in halladas if p is None and not b.opcional),
        auditadas=tuple(sorted(auditadas)),
        desconocidas=tuple(sorted(todas - usadas - auditadas - sin_uso)),
        repetidas=tuple((p, ps[0], n) for ps in apariciones.values() for n, p in enumerate(ps[1:], start=2)),
    )


def _apariciones(claves: Sequence[str]) -> dict[str, list[int]]:
    apariciones: dict[str, list[int]] = defaultdict(list)
    for posicion, rotulo in enumerate(claves):
        if rotulo:
            apariciones[rotulo].append(posicion)
    return apariciones


def _posicion(busqueda: Busqueda, *apariciones: dict[str, list[int]]) -> int | None:
    for alias in busqueda.alias:
        for de_cada_rotulo in apariciones:
            posiciones = de_cada_rotulo.get(clave(alias), ())
            if len(posiciones) >= busqueda.definicion.ocurrencia:
                return posiciones[busqueda.definicion.ocurrencia - 1]
    return None


def _por_letra(busqueda: Busqueda, rotulos: Rotulos) -> int | None:
    posicion = posicion_de(busqueda.definicion.letra or "A")
    if posicion >= len(rotulos.claves):
        return None
    propios = {rotulos.claves[posicion], *rotulos.de_abajo[posicion : posicion + 1]}
    es_el_esperado = not busqueda.alias or any(clave(a) in propios for a in busqueda.alias)
    return posicion if es_el_esperado else None


def _del_arbol(formato: Formato, apariciones: dict[str, list[int]]) -> set[int]:
    if formato.arbol is None:
        return set()
    rotulos = (formato.arbol.codigo, formato.arbol.nivel, formato.arbol.nombre, formato.arbol.peso or "")
    return {p for rotulo in rotulos for p in apariciones.get(clave(rotulo), ())[:1]}


def _que_cumplen(patrones: Sequence[str], apariciones: dict[str, list[int]]) -> set[int]:
    """Posiciones cuyo rótulo cumple algún patrón (`*` y `?` como en los nombres de archivo)."""
    claves = [
        "".join(p if p in "*?" else clave(p) for p in re.split(r"([*?])", patron)) for patron in patrones
    ]
    return {
        p
        for rotulo, posiciones in apariciones.items()
        if any(fnmatchcase(rotulo, patron) for patron in claves)
        for p in posiciones
    }


def celda(posicion: int, fila: int) -> str:
    """Referencia A1 de una posición (desde cero) y una fila (desde uno).

    >>> celda(2, 7)
    'C7'
    """
    return f"{letra_de_columna(posicion)}{fila}"


def posicion_de(letras: str) -> int:
    """Posición (desde cero) de una columna por sus letras.

    >>> posicion_de("A"), posicion_de("CD")
    (0, 81)
    """
    posicion = 0
    for letra in letras:
        posicion = posicion * 26 + ord(letra) - 64
    return posicion - 1
