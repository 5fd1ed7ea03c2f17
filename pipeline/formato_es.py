"""Números, dinero, porcentajes, fechas y textos como se escriben en Colombia; un solo redondeo."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Sequence
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal

SIN_DATO = "s. d."
UNIDO_A_SU_SIGNO = re.compile(r"(?<=\d) (?=%)|(?<=\$) (?=\d)")
FECHA_ISO = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d:\d\d).*)?$")
MESES = (
    "enero", "febrero", "marzo", "abril", "mayo", "junio",
    "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre",
)  # fmt: skip


_AMPLIO = Context(prec=400)
# Así quedan en la tabla `celdas` un lógico, una fecha y un número con decimales.
_LOGICOS = {"True": True, "False": False}
_FECHA_CRUDA = re.compile(r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d(?:\.\d+)?)?", re.ASCII)
_DECIMAL_CRUDO = re.compile(r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?", re.ASCII)


def redondear(valor: float | Decimal, decimales: int = 1) -> Decimal:
    """Valor redondeado a `decimales`, con la mitad hacia arriba (no la del punto flotante).

    >>> redondear(0.4125 * 100)
    Decimal('41.3')
    """
    exacto = valor if isinstance(valor, Decimal) else Decimal(repr(float(valor)))
    if not exacto.is_finite():
        return exacto
    # Un libro puede traer 1e300: la precisión de costumbre no alcanza para escribirlo.
    return exacto.quantize(Decimal(1).scaleb(-decimales), rounding=ROUND_HALF_UP, context=_AMPLIO)


def numero(valor: float | None, decimales: int | None = None) -> str:
    """Número con punto de miles y coma decimal; sin ceros sobrantes si no se piden decimales.

    >>> numero(1234567.8)
    '1.234.567,8'
    >>> numero(None)
    's. d.'
    """
    if _falta(valor):
        return SIN_DATO
    assert valor is not None
    cifra = redondear(valor, 2 if decimales is None else decimales)
    texto = f"{cifra:,f}".replace(",", " ").replace(".", ",").replace(" ", ".")
    if decimales is None and "," in texto:
        texto = texto.rstrip("0").rstrip(",")
    return "0" if texto in {"-0", ""} else texto


def exacto(valor: float) -> str:
    """Número como va en una fórmula o en una traza: hasta ocho decimales, sin ceros sobrantes.

    >>> exacto(1234.5), exacto(1 / 3)
    ('1.234,5', '0,33333333')
    """
    texto = numero(valor, 8)
    return texto.rstrip("0").rstrip(",") if "," in texto else texto


def porcentaje(razon: float | None, decimales: int = 1) -> str:
    """Razón mostrada como porcentaje.

    >>> porcentaje(0.4125)
    '41,3 %'
    """
    if _falta(razon):
        return SIN_DATO
    assert razon is not None
    return f"{numero(Decimal(repr(float(razon))) * 100, decimales)} %"  # type: ignore[arg-type]


def entre(inferior: float | None, superior: float | None) -> str:
    """Entre qué razones está una cifra a la que le falta reporte; vacío si escritas son la misma.

    >>> entre(0.4, 0.457), entre(0.7718, 0.7722), entre(None, 0.5)
    ('entre 40,0 % y 45,7 %', '', '')
    """
    menor, mayor = porcentaje(inferior), porcentaje(superior)
    return "" if menor == mayor or SIN_DATO in (menor, mayor) else f"entre {menor} y {mayor}"


def puntos(diferencia: float | None, decimales: int = 1) -> str:
    """Diferencia de razones en puntos porcentuales, con su signo y sin la palabra.

    >>> puntos(0.0345), puntos(-0.02), puntos(0.0001)
    ('+3,5', '−2,0', '0,0')
    """
    if _falta(diferencia):
        return SIN_DATO
    assert diferencia is not None
    cifra = numero(abs(Decimal(repr(float(diferencia)))) * 100, decimales)  # type: ignore[arg-type]
    if not cifra.strip("0,"):
        return cifra
    return f"{'−' if diferencia < 0 else '+'}{cifra}"


def pesos(valor_cop: float | None) -> str:
    """Pesos colombianos completos.

    >>> pesos(44194000)
    '$ 44.194.000'
    """
    return SIN_DATO if _falta(valor_cop) else f"$ {numero(valor_cop, 0)}"


def millones(valor_cop: float | None, decimales: int = 1) -> str:
    """Pesos expresados en millones, sin la palabra (va en el encabezado).

    >>> millones(44194000)
    '44,2'
    """
    if _falta(valor_cop):
        return SIN_DATO
    assert valor_cop is not None
    return numero(valor_cop / 1e6, decimales)


def fecha_larga(dia: date) -> str:
    """Fecha en letras.

    >>> fecha_larga(date(2026, 3, 31))
    '31 de marzo de 2026'
    """
    return f"{dia.day} de {MESES[dia.month - 1]} de {dia.year}"


def fecha_corta(momento: str | date) -> str:
    """Fecha en cifras, con la hora si la trae; lo que no sea una fecha ISO queda como está.

    >>> fecha_corta("2026-03-31"), fecha_corta("2026-03-31T08:05:59-05:00")
    ('31/03/2026', '31/03/2026 08:05')
    """
    texto = str(momento)
    if not (hallada := FECHA_ISO.match(texto)):
        return texto
    ano, mes, dia, hora = hallada.groups()
    return f"{dia}/{mes}/{ano}{f' {hora}' if hora else ''}"


def citar(valor: object) -> str:
    """El contenido de una celda como lo ve en Excel quien la escribió, para citarlo; un texto va tal cual.

    Los números van sin separador de miles, como en una celda sin formato, y con las 15 cifras de Excel.

    >>> citar(True), citar(0.3528), citar(2024257990001.0), citar(date(2025, 1, 5)), citar("0.35")
    ('VERDADERO', '0,3528', '2024257990001', '05/01/2025', '0.35')
    """
    if isinstance(valor, bool):
        return "VERDADERO" if valor else "FALSO"
    if isinstance(valor, float):
        return f"{Decimal(f'{valor:.15g}'):f}".replace(".", ",")
    if isinstance(valor, datetime):  # a medianoche es una fecha sin hora
        return fecha_corta(valor if valor.time() != time() else valor.date())
    if isinstance(valor, date):
        return fecha_corta(valor)
    if isinstance(valor, timedelta):
        horas, segundos = divmod(round(valor.total_seconds()), 3600)
        return f"{horas:02}:{segundos // 60:02}"
    return f"{valor:%H:%M}" if isinstance(valor, time) else str(valor)


def citar_crudo(crudo: str, *, numero: float | None = None, transformacion: object = None) -> str:
    """Lo mismo de una celda de la tabla `celdas`, que guarda como texto lo que había en ella.

    `numero` y `transformacion` son los de su fila: el decimal se escribe con coma solo si la celda tenía un
    número; el que alguien escribió como texto lo cita su transformación y va como lo escribió.

    >>> citar_crudo("0.3528", numero=0.3528), citar_crudo("2025-01-05"), citar_crudo("True")
    ('0,3528', '05/01/2025', 'VERDADERO')
    >>> citar_crudo("0.35", numero=0.35, transformacion="texto «0.35» leído como 0,35"), citar_crudo("2.3")
    ('0.35', '2.3')
    """
    if crudo in _LOGICOS:
        return citar(_LOGICOS[crudo])
    if _FECHA_CRUDA.fullmatch(crudo):
        with suppress(ValueError):  # «2025-13-40» lo escribió alguien: no es una fecha y va como está
            return citar(datetime.fromisoformat(crudo))
    tecleado = isinstance(transformacion, str) and f"«{crudo}»" in transformacion
    es_decimal = not _falta(numero) and not tecleado and _DECIMAL_CRUDO.fullmatch(crudo)
    return citar(float(crudo)) if es_decimal else crudo


def sin_tildes(texto: str) -> str:
    """El texto en minúsculas y solo con letras ASCII, para buscar en él o nombrar algo.

    >>> sin_tildes("Gestión del Año")
    'gestion del ano'
    """
    return unicodedata.normalize("NFKD", texto.casefold()).encode("ascii", "ignore").decode()


def citar_celda(crudo: object, numero: float | None, transformacion: object) -> str | None:
    """`citar_crudo` de una celda que puede estar vacía: None si lo está.

    >>> citar_celda("0.5", 0.5, None), citar_celda(float("nan"), None, None)
    ('0,5', None)
    """
    vacia = crudo is None or crudo != crudo  # NaN es lo vacío en una columna de textos
    return None if vacia else citar_crudo(str(crudo), numero=numero, transformacion=transformacion)


def nombrar_primeros(textos: Sequence[str], maximo: int) -> str:
    """Los primeros `maximo`, con comas, y cuántos más hay.

    >>> nombrar_primeros(["A1", "B2", "C3"], 2), nombrar_primeros(["A1"], 2)
    ('A1, B2 y 1 más', 'A1')
    """
    restantes = len(textos) - maximo
    return ", ".join(textos[:maximo]) + (f" y {restantes} más" if restantes > 0 else "")


def sin_partir(texto: str) -> str:
    """El mismo texto con espacio duro entre la cifra y su signo, para que no queden en renglones distintos.

    >>> sin_partir("40 % de $ 5") == "40 % de $ 5"
    False
    """
    return UNIDO_A_SU_SIGNO.sub("\xa0", texto)


def contar(cantidad: int, singular: str, plural: str | None = None) -> str:
    """Cantidad con su sustantivo concordado.

    >>> contar(1, "meta"), contar(1250, "meta")
    ('1 meta', '1.250 metas')
    """
    return f"{numero(cantidad, 0)} {singular if cantidad == 1 else plural or singular + 's'}"


def _falta(valor: float | None) -> bool:
    return valor is None or (isinstance(valor, float) and math.isnan(valor))
