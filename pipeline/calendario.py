"""Plazos de entrega en días hábiles de Colombia. No lee el reloj: recibe las fechas."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import TYPE_CHECKING

from pipeline.modelo import Corte

if TYPE_CHECKING:
    from pipeline.config import Calendario

OCTETOS_POR_RENGLON = 75  # RFC 5545, 3.1


@cache
def _festivos(anio: int) -> frozenset[date]:
    import holidays  # solo quien calcula plazos paga su importación

    return frozenset(holidays.country_holidays("CO", years=anio))


def es_habil(dia: date) -> bool:
    """Si el día es de lunes a viernes y no es festivo nacional.

    >>> es_habil(date(2025, 4, 17))  # Jueves Santo
    False
    """
    return dia.weekday() < 5 and dia not in _festivos(dia.year)


def sumar_habiles(desde: date, dias: int) -> date:
    """El día hábil número `dias` después de `desde`.

    >>> sumar_habiles(date(2025, 3, 31), 10)
    datetime.date(2025, 4, 14)
    """
    dia = desde
    while dias > 0:
        dia += timedelta(days=1)
        dias -= es_habil(dia)
    return dia


def habiles_de_mora(vence: date, recibido: date) -> int:
    """Días hábiles entre el vencimiento y la recepción; 0 si llegó a tiempo.

    >>> habiles_de_mora(date(2025, 4, 16), date(2025, 4, 22))  # Semana Santa de por medio
    2
    """
    dias = (recibido - vence).days
    return sum(es_habil(vence + timedelta(days=paso)) for paso in range(1, dias + 1))


def fecha_limite(corte: Corte, calendario: Calendario) -> date:
    """Fecha límite de entrega del corte: la fijada en la configuración o el plazo en días hábiles."""
    fijada = calendario.vencimientos.get(str(corte))
    return fijada or sumar_habiles(corte.fecha, calendario.dias_habiles_de_plazo)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fechas:
    """Las cuatro fechas de un corte; cada ventana va del día siguiente a la anterior hasta la suya."""

    cierre: date  # último día del periodo
    vence: date  # último día para entregar a tiempo
    gracia: date  # último día en que se recibe, marcado como tardío
    verificacion: date  # último día para verificar, devolver y cerrar

    def momento(self, hoy: date) -> str:
        """En qué ventana cae `hoy`.

        >>> fechas = Fechas(cierre=date(2025, 3, 31), vence=date(2025, 4, 14), gracia=date(2025, 4, 23),
        ...                 verificacion=date(2025, 5, 8))
        >>> fechas.momento(date(2025, 4, 14)), fechas.momento(date(2025, 4, 15))
        ('en plazo', 'en gracia')
        """
        ventanas = {
            "sin empezar": self.cierre,
            "en plazo": self.vence,
            "en gracia": self.gracia,
            "en verificación": self.verificacion,
        }
        return next((nombre for nombre, hasta in ventanas.items() if hoy <= hasta), "vencido")


def fechas_del_corte(corte: Corte, calendario: Calendario) -> Fechas:
    """Fechas del corte según los plazos de la entidad."""
    vence = fecha_limite(corte, calendario)
    gracia = sumar_habiles(vence, calendario.dias_habiles_de_gracia)
    return Fechas(
        cierre=corte.fecha,
        vence=vence,
        gracia=gracia,
        verificacion=sumar_habiles(gracia, calendario.dias_habiles_de_verificacion),
    )


def escribir_ics(renglones: Iterable[str]) -> str:
    """El texto iCalendar (RFC 5545) de esos renglones, plegados cada 75 octetos y con su fin de línea."""
    return "".join(f"{_plegar(renglon)}\r\n" for renglon in renglones)


def escapar_ics(texto: str) -> str:
    r"""El texto como valor de una propiedad iCalendar.

    >>> print(escapar_ics("Uno, dos; tres"))
    Uno\, dos\; tres
    """
    return texto.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def _plegar(renglon: str) -> str:
    """El renglón partido cada 75 octetos, sin partir una letra; los que siguen empiezan con un espacio."""
    partes, actual, ancho = [], "", 0
    for letra in renglon:
        octetos = len(letra.encode())
        if ancho + octetos > OCTETOS_POR_RENGLON:
            partes.append(actual)
            actual, ancho = " ", 1
        actual, ancho = actual + letra, ancho + octetos
    return "\r\n".join([*partes, actual])
