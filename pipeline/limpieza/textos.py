"""Textos, códigos y vocabularios cerrados de una columna."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence

from pipeline.formato_es import citar
from pipeline.formatos import clave, limpiar_texto, recortar
from pipeline.limpieza.resultado import ERRORES_DE_EXCEL, Aviso, ColumnaLimpia, escribir_crudo
from pipeline.modelo import TipoMeta

_ENTERO_CON_DECIMAL = re.compile(r"(\d+)\.0+")
_SEPARADOR_DE_CODIGOS = re.compile(r"\s*[;,/|]\s*|\s+")
_MAXIMO_EXACTO = 2.0**53  # por encima, un número de Excel ya perdió cifras

NORMALIZADO = "espacios y saltos de línea normalizados"


def limpiar_textos(valores: Sequence[object], extraer: str | None = None, campo: str = "") -> ColumnaLimpia:
    r"""Textos de una columna con sus espacios normalizados; None donde no hay texto.

    `extraer` es una expresión regular de un grupo: si está, cada valor es lo que captura.

    >>> limpiar_textos([" LE-3-Progreso ", ""], extraer=r"^(LE-\d+)-").valores
    ['LE-3', None]
    """
    limpia = _por_valor(valores, _leer_texto)
    if extraer is not None:
        _extraer(limpia, re.compile(extraer, re.IGNORECASE), campo)
    return limpia


def limpiar_codigos(
    valores: Sequence[object], *, ancho: int | None = None, varios: bool = False
) -> ColumnaLimpia:
    """Códigos de una columna como texto, con los ceros a la izquierda que Excel quitó.

    `ancho` es el número de cifras del código (2, 4, 7 o 9 en la MGA); `varios` admite una lista en la
    celda y la deja separada por comas.

    >>> limpiar_codigos([2024257990001.0, "3204001.0", 900.0], ancho=4).valores
    ['2024257990001', '3204001', '0900']
    """
    limpia = _por_valor(valores, lambda valor: _leer_codigo(valor, ancho, varios))
    for indice, valor in enumerate(valores):
        if type(valor) is float and (not valor.is_integer() or abs(valor) > _MAXIMO_EXACTO) and ancho:
            limpia.avisos.append(Aviso(indice=indice, regla="LIM-06", marcadores={"valor": citar(valor)}))
    return limpia


def limpiar_tipos(valores: Sequence[object], tipos: Mapping[str, TipoMeta]) -> ColumnaLimpia:
    """Tipos de meta del vocabulario del sistema según el mapa del formato.

    >>> limpiar_tipos(["I", "acumulado"], {"I": TipoMeta.ACUMULADO}).valores
    ['acumulado', None]
    """
    por_clave = {clave(texto): tipo.value for texto, tipo in tipos.items()}
    return _por_vocabulario(valores, por_clave, "LIM-07", ", ".join(f"«{t}»" for t in tipos))


def limpiar_vocabulario(valores: Sequence[object], vocabulario: Mapping[str, str]) -> ColumnaLimpia:
    """Valores de un vocabulario cerrado, como los guarda el sistema; un aviso donde no son de la lista.

    >>> limpiar_vocabulario(["ADICION", "otro"], {"Adición": "adicion"}).valores
    ['adicion', None]
    """
    por_clave = {clave(texto): valor for texto, valor in vocabulario.items()}
    return _por_vocabulario(valores, por_clave, "LIM-18", ", ".join(f"«{t}»" for t in vocabulario))


def limpiar_estados(valores: Sequence[object], fichas_no_programado: Collection[str]) -> ColumnaLimpia:
    """Estado de programación de cada celda: P, NP o None."""
    por_clave = {"p": "P", "programada": "P", "programado": "P", **dict.fromkeys(fichas_no_programado, "NP")}
    return _por_vocabulario(valores, por_clave, "LIM-09", "P, NP")


def _por_valor(
    valores: Sequence[object], leer: Callable[[object], tuple[str | None, str | None]]
) -> ColumnaLimpia:
    """Aplica `leer` una vez por valor distinto: las columnas de texto se repiten mucho."""
    leidos: dict[object, tuple[str | None, str | None]] = {v: leer(v) for v in dict.fromkeys(valores)}
    limpia = ColumnaLimpia(
        valores=[leidos[v][0] for v in valores], transformaciones=[leidos[v][1] for v in valores]
    )
    if ERRORES_DE_EXCEL.intersection(v for v in leidos if isinstance(v, str)):
        for indice, valor in enumerate(valores):
            if valor in ERRORES_DE_EXCEL:
                limpia.quitar(indice, "LIM-03", valor=valor)
    return limpia


def _leer_texto(valor: object) -> tuple[str | None, str | None]:
    if not isinstance(valor, str):
        return escribir_crudo(valor), "número leído como texto"
    texto = limpiar_texto(valor)
    return texto or None, None if texto == valor else NORMALIZADO


def _leer_codigo(valor: object, ancho: int | None, varios: bool) -> tuple[str | None, str | None]:
    crudo = escribir_crudo(valor)
    if crudo is None:
        return None, None
    texto = limpiar_texto(crudo)
    transformacion = None if texto == crudo else NORMALIZADO
    if entero := _ENTERO_CON_DECIMAL.fullmatch(texto):
        texto = entero[1]
        transformacion = f"código «{crudo}» leído sin decimales"
    if ancho and texto.isdecimal() and len(texto) < ancho:
        texto = texto.zfill(ancho)
        transformacion = f"«{crudo}» completado con ceros a la izquierda hasta {ancho} cifras"
    if (
        varios
        and len(codigos := _SEPARADOR_DE_CODIGOS.split(texto)) > 1
        and all(c.isdecimal() for c in codigos)
    ):
        texto = ",".join(codigos)
        transformacion = f"lista de {len(codigos)} códigos"
    return texto or None, transformacion


def _por_vocabulario(
    valores: Sequence[object], por_clave: Mapping[str, str], regla: str, validos: str
) -> ColumnaLimpia:
    limpia = limpiar_textos(valores)
    for indice, texto in enumerate(limpia.valores):
        if not isinstance(texto, str):
            continue
        leido = por_clave.get(clave(texto))
        if leido is None:
            limpia.quitar(indice, regla, valor=recortar(citar(valores[indice])), validos=validos)
        elif leido != texto:
            limpia.valores[indice] = leido
            limpia.transformaciones[indice] = f"«{texto}» leído como {leido}"
    return limpia


def _extraer(limpia: ColumnaLimpia, patron: re.Pattern[str], campo: str) -> None:
    for indice, texto in enumerate(limpia.valores):
        if not isinstance(texto, str):
            continue
        hallado = patron.search(texto)
        if hallado is None:
            limpia.quitar(indice, "LIM-10", valor=recortar(texto), campo=campo)
        else:
            limpia.valores[indice] = hallado[1].strip()
            limpia.transformaciones[indice] = f"tomado de «{recortar(texto, 60)}»"
