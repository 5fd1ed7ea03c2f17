"""Fechas de una columna. Una fecha mal digitada es una pregunta al enlace, no una que se corrige sola."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from datetime import date

from pipeline.formato_es import citar, fecha_larga
from pipeline.formatos import clave, limpiar_texto, recortar
from pipeline.limpieza.resultado import ERRORES_DE_EXCEL, ColumnaLimpia

ANOS_POSIBLES = range(1990, 2101)

_MESES, _DIAS = 12, 31
_HORA = r"(?:[ T]00:00(?::00(?:\.0+)?)?)?"
_DIA_MES_ANO = re.compile(rf"(\d{{1,2}})[/-](\d{{1,2}})[/-](\d{{4}}){_HORA}", re.ASCII)
_ANO_MES_DIA = re.compile(rf"(\d{{4}})[/-](\d{{1,2}})[/-](\d{{1,2}}){_HORA}", re.ASCII)


def limpiar_fechas(valores: Sequence[object], fichas_faltante: Collection[str] = ()) -> ColumnaLimpia:
    """Fechas de una columna como AAAA-MM-DD; None donde no hay o no se puede leer, con su aviso.

    Un texto se lee como día/mes/año. El año va completo y entre 1990 y 2100: «2/2/0205» no es una
    fecha. Si otra celda de la columna está escrita como mes/día/año («1/15/2025»), «3/4/2025» puede
    ser cualquiera de las dos y se pregunta. Las fichas van como `clave`.

    >>> limpiar_fechas(["31/10/2025", "2/2/0205", date(2025, 1, 20), ""]).valores
    ['2025-10-31', None, '2025-01-20', None]
    """
    limpia = ColumnaLimpia(valores=[None] * len(valores), transformaciones=[None] * len(valores))
    ejemplo = next((v for v in valores if isinstance(v, str) and _es_mes_dia(v)), None)
    for indice, valor in enumerate(valores):
        if valor == "":
            continue
        texto = limpiar_texto(valor) if isinstance(valor, str) else ""
        if isinstance(valor, str) and (texto.strip("-–—") == "" or clave(texto) in fichas_faltante):
            limpia.transformaciones[indice] = f"«{texto}» leído como sin dato"
        elif texto.upper() in ERRORES_DE_EXCEL:
            limpia.quitar(indice, "LIM-03", valor=texto)
        elif ejemplo is not None and texto and (lecturas := _dos_lecturas(texto)):
            marcadores = {"una": lecturas[0], "otra": lecturas[1], "ejemplo": recortar(ejemplo)}
            limpia.quitar(indice, "LIM-17", valor=texto, **marcadores)
        elif (fecha := leer_fecha(valor)) is None:
            limpia.quitar(indice, "LIM-15", valor=recortar(citar(valor)))
        else:
            limpia.valores[indice] = fecha.isoformat()
            if texto and texto != fecha.isoformat():
                limpia.transformaciones[indice] = f"«{texto}» leído como {fecha.isoformat()}"
    return limpia


def _es_mes_dia(texto: str) -> bool:
    """Si solo se puede leer como mes/día/año."""
    partes = _DIA_MES_ANO.fullmatch(limpiar_texto(texto))
    return partes is not None and int(partes[1]) <= _MESES < int(partes[2]) <= _DIAS


def _dos_lecturas(texto: str) -> tuple[str, str] | None:
    partes = _DIA_MES_ANO.fullmatch(texto)
    if not partes or int(partes[1]) == int(partes[2]) or max(int(partes[1]), int(partes[2])) > _MESES:
        return None
    como_dia, como_mes = leer_fecha(texto), leer_fecha(f"{partes[2]}/{partes[1]}/{partes[3]}")
    return (fecha_larga(como_dia), fecha_larga(como_mes)) if como_dia and como_mes else None


def leer_fecha(valor: object) -> date | None:
    """La fecha de una celda, o None si no es una fecha posible.

    >>> leer_fecha("31/11/2024") is None, leer_fecha("3011/2025") is None, leer_fecha("1-2-2025")
    (True, True, datetime.date(2025, 2, 1))
    """
    if isinstance(valor, date):
        return date(valor.year, valor.month, valor.day) if valor.year in ANOS_POSIBLES else None
    if not isinstance(valor, str):
        return None
    texto = limpiar_texto(valor)
    if partes := _DIA_MES_ANO.fullmatch(texto):
        dia, mes, ano = map(int, partes.groups())
    elif partes := _ANO_MES_DIA.fullmatch(texto):
        ano, mes, dia = map(int, partes.groups())
    else:
        return None
    try:
        return date(ano, mes, dia) if ano in ANOS_POSIBLES else None
    except ValueError:
        return None
