"""Números escritos como texto. La notación se decide por columna, con todas sus celdas; nunca se adivina."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from datetime import date, time, timedelta
from decimal import Decimal
from enum import Enum

from pipeline.formato_es import citar
from pipeline.formatos import clave, limpiar_texto, recortar
from pipeline.limpieza.resultado import ERRORES_DE_EXCEL, Aviso, ColumnaLimpia, escribir_numero

_COLOMBIANA = re.compile(r"[+-]?(?:[1-9]\d{0,2}(?:\.\d{3})+(?:,\d+)?|\d+,\d+)", re.ASCII)
_INGLESA = re.compile(r"[+-]?(?:[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?|\d+\.\d+)", re.ASCII)
_ENTERO = re.compile(r"[+-]?\d+", re.ASCII)
# Así muestra el cero el formato de contabilidad de Excel, a veces con el signo de pesos. En un .xlsx ese cero
# llega como número: un guion como texto lo tecleó alguien, o lo exportó un sistema que el formato declara.
_GUION = re.compile(r"(?:\$\s*)?[-\u2010-\u2015\u2212]+")
_MONEDA = re.compile(r"^([+-]?)\s*(?:COP\s*)?\$?\s*|\s*(?:COP|pesos)$", re.IGNORECASE)
_GRUPO_CON_ESPACIO = re.compile(r"(?<=\d) (?=\d{3}(?:\D|$))")
_LARGO_MAXIMO = 40


class Notacion(Enum):
    """Cómo está escrito un número: cuál signo separa los decimales."""

    ENTERO = "entero"
    COLOMBIANA = "coma decimal"
    INGLESA = "punto decimal"
    AMBIGUA = "ambigua"
    NO_ES_NUMERO = "no es número"


_DECLARADA = {"coma": Notacion.COLOMBIANA, "punto": Notacion.INGLESA}


def notacion(cifra: str) -> Notacion:
    """Notación de una cifra sin moneda ni porcentaje.

    >>> [notacion(c).name for c in ("1.234,5", "12.5", "1.234", "1.234.567", "0.045", "5 (aprox.)")]
    ['COLOMBIANA', 'INGLESA', 'AMBIGUA', 'COLOMBIANA', 'INGLESA', 'NO_ES_NUMERO']
    """
    if len(cifra) > _LARGO_MAXIMO:
        return Notacion.NO_ES_NUMERO
    if _ENTERO.fullmatch(cifra):
        return Notacion.ENTERO
    es_colombiana, es_inglesa = bool(_COLOMBIANA.fullmatch(cifra)), bool(_INGLESA.fullmatch(cifra))
    if es_colombiana and es_inglesa:
        return Notacion.AMBIGUA
    if es_colombiana:
        return Notacion.COLOMBIANA
    return Notacion.INGLESA if es_inglesa else Notacion.NO_ES_NUMERO


def limpiar_numeros(
    valores: Sequence[object],
    *,
    clase: str = "numero",
    escala: float = 1.0,
    fichas_faltante: Collection[str] = (),
    fichas_no_programado: Collection[str] = (),
    guion_es_cero: bool = False,
    decimales: str = "por_columna",
) -> ColumnaLimpia:
    """Números de una columna, como float; None donde no hay dato o no se puede leer.

    `clase` es numero, razon o dinero; las fichas van como `clave`. `escala` multiplica todo (0,01 si
    la columna está en puntos porcentuales). `decimales` («coma» o «punto») es la notación que el
    formato declara para lo que sus celdas no aclaran; sin ella decide la columna. Cada celda cambiada
    dice qué se le hizo y cada celda ilegible deja un aviso: un dato faltante nunca se vuelve cero.

    >>> limpiar_numeros(["1.234,5", 2.0, "", "1.234"]).valores, limpiar_numeros(["1.234"]).valores
    ([1234.5, 2.0, None, 1234.0], [None])
    """
    numeros: list[float | str | None] = [v if type(v) is float else None for v in valores]
    limpia = ColumnaLimpia(valores=numeros, transformaciones=[None] * len(valores))
    textos: list[tuple[int, str]] = []
    for indice, valor in enumerate(valores):
        if type(valor) is float or valor == "":
            continue
        if type(valor) is int:
            limpia.valores[indice] = float(valor)
        elif isinstance(valor, str):
            textos.append((indice, valor))
        else:  # Excel convierte «3/1» en fecha y el número original se pierde
            de_fecha = isinstance(valor, date | time | timedelta)
            limpia.quitar(indice, "LIM-19" if de_fecha else "LIM-02", valor=citar(valor))
    cifras = _sin_fichas(
        textos, limpia, clase, fichas_faltante, fichas_no_programado, clase == "dinero" and guion_es_cero
    )
    _leer_cifras(cifras, limpia, clase, _DECLARADA.get(decimales))
    if escala != 1.0:
        _escalar(limpia, escala)
    return limpia


def _sin_fichas(
    textos: Sequence[tuple[int, str]],
    limpia: ColumnaLimpia,
    clase: str,
    fichas_faltante: Collection[str],
    fichas_no_programado: Collection[str],
    guion_es_cero: bool,
) -> list[tuple[int, str, str]]:
    """Los textos que parecen cifras: (índice, texto original, cifra sin moneda). Resuelve los demás."""
    cifras = []
    for indice, original in textos:
        texto = limpiar_texto(original)
        ficha = clave(texto)
        if not texto:
            limpia.transformaciones[indice] = "espacios leídos como celda vacía"
        elif texto.upper() in ERRORES_DE_EXCEL:
            limpia.quitar(indice, "LIM-03", valor=texto)
        elif _GUION.fullmatch(texto):
            limpia.valores[indice] = 0.0 if guion_es_cero else None
            limpia.transformaciones[indice] = f"«{texto}» leído como {'0' if guion_es_cero else 'sin dato'}"
            if clase == "dinero" and not guion_es_cero:
                limpia.avisos.append(Aviso(indice=indice, regla="LIM-22", marcadores={"valor": texto}))
        elif ficha in fichas_faltante:
            limpia.transformaciones[indice] = f"«{texto}» leído como sin dato"
        elif ficha in fichas_no_programado:
            limpia.transformaciones[indice] = f"«{texto}» leído como no programado"
        else:
            cifras.append((indice, texto, _sin_moneda(texto, clase)))
    return cifras


def _sin_moneda(texto: str, clase: str) -> str:
    cifra = _MONEDA.sub(r"\1", texto) if clase == "dinero" else texto
    return _GRUPO_CON_ESPACIO.sub("", cifra) if cifra.count(" ") else cifra


def _leer_cifras(
    cifras: Sequence[tuple[int, str, str]], limpia: ColumnaLimpia, clase: str, declarada: Notacion | None
) -> None:
    partes = [(i, texto, *_partir_porcentaje(cifra)) for i, texto, cifra in cifras]
    notaciones = [notacion(cifra) for *_, cifra, _ in partes]
    de_la_columna = declarada or _notacion_de_la_columna(partes, notaciones, limpia)
    for (indice, texto, cifra, es_porcentaje), propia in zip(partes, notaciones, strict=True):
        como = de_la_columna if propia is Notacion.AMBIGUA else propia
        if propia is Notacion.NO_ES_NUMERO or (es_porcentaje and clase == "dinero"):
            limpia.quitar(indice, "LIM-02", valor=recortar(texto))
        elif como is None:
            lecturas = (
                _a_numero(cifra, notacion_, False) for notacion_ in (Notacion.COLOMBIANA, Notacion.INGLESA)
            )
            decimal, miles = (escribir_numero(lectura) for lectura in sorted(lecturas, key=abs))
            limpia.quitar(indice, "LIM-01", valor=texto, miles=miles, decimal=decimal)
        else:
            _poner(limpia, indice, texto, _a_numero(cifra, como, es_porcentaje), es_porcentaje, clase)


def _poner(
    limpia: ColumnaLimpia, indice: int, texto: str, valor: float, es_porcentaje: bool, clase: str
) -> None:
    leido = escribir_numero(valor)
    limpia.valores[indice] = valor
    limpia.transformaciones[indice] = f"texto «{texto}» leído como {leido}"
    regla = "LIM-05" if not es_porcentaje else "LIM-04" if clase == "razon" else "LIM-13"
    limpia.avisos.append(Aviso(indice=indice, regla=regla, marcadores={"valor": texto, "leido": leido}))


def _notacion_de_la_columna(
    partes: Sequence[tuple[int, str, str, bool]], notaciones: Sequence[Notacion], limpia: ColumnaLimpia
) -> Notacion | None:
    """La única notación que usan las celdas claras de la columna; None si no hay o hay dos."""
    ejemplos = {n: p for p, n in zip(reversed(partes), reversed(notaciones), strict=True)}
    colombiana, inglesa = ejemplos.get(Notacion.COLOMBIANA), ejemplos.get(Notacion.INGLESA)
    if colombiana and inglesa:
        marcadores = {"ejemplo_es": colombiana[1], "ejemplo_en": inglesa[1]}
        limpia.avisos.append(
            Aviso(indice=max(colombiana[0], inglesa[0]), regla="LIM-14", marcadores=marcadores)
        )
        return None
    if colombiana:
        return Notacion.COLOMBIANA
    return Notacion.INGLESA if inglesa else None


def _partir_porcentaje(cifra: str) -> tuple[str, bool]:
    return (cifra[:-1].rstrip(), True) if cifra.endswith("%") else (cifra, False)


def _a_numero(cifra: str, como: Notacion, es_porcentaje: bool) -> float:
    miles, decimal = (",", ".") if como is Notacion.INGLESA else (".", ",")
    exacto = Decimal(cifra.replace(miles, "").replace(decimal, "."))
    return float(exacto / 100 if es_porcentaje else exacto)


def _escalar(limpia: ColumnaLimpia, escala: float) -> None:
    factor = Decimal(repr(escala))
    for indice, valor in enumerate(limpia.valores):
        if isinstance(valor, float) and valor:  # el cero no cambia: −1 × 0 daría un «-0»
            escalado = float(Decimal(repr(valor)) * factor)
            limpia.valores[indice] = escalado
            cambio = f"{escribir_numero(valor)} × {escribir_numero(escala)} = {escribir_numero(escalado)}"
            previa = limpia.transformaciones[indice]
            limpia.transformaciones[indice] = f"{previa}; {cambio}" if previa else cambio
