"""Comprobar que bajo cada encabezado hay lo que dice: así se descubre una hoja con columnas corridas."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from pipeline.formato_es import citar
from pipeline.formatos import ColumnaFormato, ColumnaLeida, Formato, clave, limpiar_texto, recortar
from pipeline.lectura.avisos import Avisar
from pipeline.modelo import Hallazgo

MINIMO_DE_CELDAS = 5
PROPORCION = 0.8
_MUESTRA = 40
_LARGO_DE_CODIGO = 4  # un número más corto también puede ser una cantidad
_MIL, _MILLON = 1_000, 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Contenido:
    """Qué hay bajo un encabezado: textos, numeros, dinero, codigos (de `cifras` cifras) o fechas."""

    que: str
    ejemplos: tuple[str, ...]
    cifras: int = 0

    def __str__(self) -> str:
        nombre = f"códigos de {self.cifras} cifras" if self.que == "codigos" else _NOMBRES[self.que]
        return f"{nombre} (por ejemplo {', '.join(f'«{e}»' for e in self.ejemplos)})"


_NOMBRES = {"textos": "textos", "numeros": "cantidades", "dinero": "valores en pesos", "fechas": "fechas"}


def revisar_contenido(
    columnas: Sequence[ColumnaLeida], formato: Formato, fila: int, avisar_hoja: Avisar
) -> tuple[list[ColumnaLeida], list[Hallazgo]]:
    """Las columnas que se pueden interpretar y los hallazgos de las que no tienen lo que se espera.

    Dos o más, o una requerida, son un corrimiento: la hoja se rechaza, el mensaje dice qué hay debajo
    de qué y esas columnas no se interpretan (serían un aviso por celda). Una sola que no es requerida
    se observa. `fila` es la del encabezado.
    """
    fichas = {clave(f) for f in (*formato.fichas_faltante, *formato.fichas_no_programado)}
    ajenas = [
        (columna, contenido)
        for columna in columnas
        if columna.definicion is not None
        and (contradice := _prueba(columna.definicion)) is not None
        and (contenido := mirar(columna.valores, fichas)) is not None
        and contradice(contenido)
    ]
    if not ajenas:
        return list(columnas), []
    corridas = len(ajenas) > 1 or any(c.definicion and c.definicion.requerida for c, _ in ajenas)
    partes = [f"bajo «{c.encabezado}» ({c.letra}) hay {hay}{_de_quien(c, hay, ajenas)}" for c, hay in ajenas]
    if corridas:
        primera = ajenas[0][0]
        lugar = {"fila": fila, "celda": f"{primera.letra}{fila}", "columna": primera.encabezado}
        fuera = {id(c) for c, _ in ajenas}
        aviso = avisar_hoja("LEC-16", marcadores={"que": "; ".join(partes)}, **lugar)
        return [c for c in columnas if id(c) not in fuera], [aviso]
    columna, hay = ajenas[0]
    lugar = {"fila": fila, "celda": f"{columna.letra}{fila}", "columna": columna.encabezado}
    return list(columnas), [
        avisar_hoja("LEC-17", marcadores={"columna": columna.encabezado, "hay": hay}, **lugar)
    ]


def mirar(valores: Sequence[object], fichas: set[str] | frozenset[str] = frozenset()) -> Contenido | None:
    """Lo que predomina en una columna; None si tiene muy pocas celdas escritas o no predomina nada.

    >>> str(mirar([4599019.0, 4599025.0, 4502001.0, 4501054.0, 4501055.0]))
    'códigos de 7 cifras (por ejemplo «4599019», «4599025»)'
    >>> mirar(["a", 1.0]) is None
    True
    """
    escritos = [v for v in valores if v != ""]
    paso = max(1, len(escritos) // _MUESTRA)
    muestra = [v for v in escritos[::paso] if not isinstance(v, str) or clave(v) not in fichas | {""}]
    if len(muestra) < MINIMO_DE_CELDAS:
        return None
    que, n = Counter(map(_clase_de_valor, muestra)).most_common(1)[0]
    if n < PROPORCION * len(muestra) or que == "otra":
        return None
    propios = [v for v in muestra if _clase_de_valor(v) == que]
    ejemplos = tuple(dict.fromkeys(_escribir(v) for v in propios))[:2]
    if que != "numeros":
        return Contenido(que=que, ejemplos=ejemplos)
    return _de_numeros(propios, ejemplos)


def _de_numeros(valores: Sequence[object], ejemplos: tuple[str, ...]) -> Contenido:
    textos = [_escribir(v) for v in valores]
    grandes = [v for v in valores if isinstance(v, int | float) and abs(v) >= _MILLON]
    redondas = sum(v % _MIL == 0 for v in grandes)  # un código casi nunca termina en tres ceros
    largos = Counter(len(t) for t in textos if t.isdecimal())
    # Excel le quita a un código su cero a la izquierda: dos largos seguidos son la misma clase de código.
    largo = max(largos, key=lambda n: (largos[n] + largos[n - 1], largos[n]), default=0)
    son_del_mismo_largo = largos[largo] + largos[largo - 1] >= PROPORCION * len(textos)
    if (
        2 * redondas <= len(textos)
        and largo >= _LARGO_DE_CODIGO
        and son_del_mismo_largo
        and len(set(textos)) > 1
    ):
        return Contenido(que="codigos", ejemplos=ejemplos, cifras=largo)
    return Contenido(que="dinero" if 2 * len(grandes) > len(textos) else "numeros", ejemplos=ejemplos)


def _clase_de_valor(valor: object) -> str:
    if isinstance(valor, date):
        return "fechas"
    if isinstance(valor, int | float):
        return "numeros"
    texto = limpiar_texto(str(valor)).lstrip("$ ").lstrip("-+(")
    if texto[:1].isdecimal():
        return "numeros" if not any(c.isalpha() for c in texto) else "otra"
    return "textos" if any(c.isalpha() for c in texto) else "otra"


def _escribir(valor: object) -> str:
    return recortar(citar(valor), 40)


def _prueba(definicion: ColumnaFormato) -> Callable[[Contenido], bool] | None:
    """Qué contenido contradice la clase de la columna; None si cualquiera cabe."""
    if definicion.extraer is not None:
        return None
    if definicion.es_numerica:
        return lambda hay: hay.que in {"textos", "fechas"}
    if definicion.clase == "fecha":
        return lambda hay: hay.que != "fechas" and not _son_fechas(hay)
    if definicion.clase == "codigo" and definicion.ancho is not None:
        ancho = definicion.ancho
        largos = {ancho, ancho - 1}
        return lambda hay: (
            ancho > 2
            and not _es_un_solo_codigo(hay, largos)
            and (hay.que != "codigos" or hay.cifras not in largos)
        )
    if definicion.clase == "texto" and definicion.campo.startswith("nombre_"):
        return lambda hay: hay.que in {"numeros", "dinero", "codigos"}
    return None


def _es_un_solo_codigo(hay: Contenido, largos: set[int]) -> bool:
    """Una columna con el mismo código en todas sus filas: una dependencia con un solo programa o producto."""
    return len(hay.ejemplos) == 1 and hay.ejemplos[0].isdecimal() and len(hay.ejemplos[0]) in largos


def _son_fechas(hay: Contenido) -> bool:
    return all(ejemplo.count("/") == 2 or ejemplo.count("-") == 2 for ejemplo in hay.ejemplos)


def _de_quien(columna: ColumnaLeida, hay: Contenido, ajenas: Sequence[tuple[ColumnaLeida, Contenido]]) -> str:
    for otra, _ in ajenas:
        prueba = _prueba(otra.definicion) if otra is not columna and otra.definicion else None
        if prueba is not None and not prueba(hay):
            return f", que parecen de «{otra.encabezado}»"
    return ""
