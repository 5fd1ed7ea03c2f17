"""Las reuniones en iCalendar (RFC 5545), con la hora de Colombia; las mismas reuniones, los mismos bytes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from pipeline.calendario import escapar_ics, escribir_ics

HORA = re.compile(r"(\d{1,2}):(\d{2}) (a|p)\. m\.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reunion:
    """Una reunión propuesta: con qué dependencia, cuándo y quién la revisa."""

    codigo: str
    titulo: str
    dia: date
    hora: str  # «8:00 a. m.»
    revisa: str

    @property
    def empieza(self) -> datetime:
        """El comienzo, en hora de Colombia.

        >>> Reunion(codigo="A", titulo="", dia=date(2025, 7, 22), hora="2:00 p. m.", revisa="").empieza.hour
        14
        """
        partes = HORA.fullmatch(self.hora)
        if partes is None:
            raise ValueError(f"la hora «{self.hora}» no se entiende; escríbala como «8:00 a. m.»")
        hora = int(partes[1]) % 12 + (12 if partes[3] == "p" else 0)
        return datetime(self.dia.year, self.dia.month, self.dia.day, hora, int(partes[2]))


def en_ics(reuniones: Sequence[Reunion], *, nombre: str, dominio: str, sello: date, minutos: int) -> str:
    """El calendario para importar. `sello` es la fecha que la norma pide; la del corte, que no cambia."""
    renglones = [
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Seguimiento al Plan de Desarrollo//ES",
        "CALSCALE:GREGORIAN", f"X-WR-CALNAME:{escapar_ics(nombre)}", "X-WR-TIMEZONE:America/Bogota",
        "BEGIN:VTIMEZONE", "TZID:America/Bogota", "BEGIN:STANDARD", "DTSTART:19930404T000000",
        "TZOFFSETFROM:-0500", "TZOFFSETTO:-0500", "TZNAME:-05", "END:STANDARD", "END:VTIMEZONE",
    ]  # fmt: skip
    for reunion in reuniones:
        termina = reunion.empieza + timedelta(minutes=minutos)
        renglones += [
            "BEGIN:VEVENT",
            f"UID:reunion-{sello:%Y%m%d}-{reunion.codigo}@{dominio}",
            f"DTSTAMP:{sello:%Y%m%d}T000000Z",
            f"DTSTART;TZID=America/Bogota:{reunion.empieza:%Y%m%dT%H%M%S}",
            f"DTEND;TZID=America/Bogota:{termina:%Y%m%dT%H%M%S}",
            f"SUMMARY:{escapar_ics(reunion.titulo)}",
            f"DESCRIPTION:{escapar_ics(f'Propuesta. Revisa: {reunion.revisa}.')}",
            "STATUS:TENTATIVE",
            "END:VEVENT",
        ]
    return escribir_ics([*renglones, "END:VCALENDAR"])
