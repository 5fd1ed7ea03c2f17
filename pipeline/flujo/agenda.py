"""Qué vence, qué está pendiente de correr y el calendario para importar. No lee el reloj: recibe la fecha."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from pipeline import recepcion
from pipeline.calendario import Fechas, escapar_ics, escribir_ics, fechas_del_corte
from pipeline.flujo.contexto import Contexto
from pipeline.flujo.sellos import esta_cerrado
from pipeline.flujo.vigencia import al_dia
from pipeline.formato_es import fecha_larga
from pipeline.modelo import Corte, Periodo


@dataclass(frozen=True, slots=True, kw_only=True)
class Cita:
    """Un corte en la agenda: sus fechas, cuántas dependencias entregaron y si ya se publicó.

    `entregaron` son las que entregaron todo lo que se pide; `por_instrumento`, las que entregaron cada uno.
    """

    corte: Corte
    fechas: Fechas
    momento: str
    entregaron: int
    por_instrumento: Mapping[str, int]
    esperadas: int
    informe: str  # «sin entregas», «pendiente», «al día» o «cerrado»

    @property
    def pendiente(self) -> bool:
        """Si hay que correrlo: su periodo terminó, tiene entregas y no está publicado al día ni cerrado."""
        return self.informe == "pendiente" and self.momento != "sin empezar"

    def __str__(self) -> str:
        f = self.fechas
        cada_uno = ", ".join(f"{i.upper()} {n}" for i, n in self.por_instrumento.items())
        varios = len(self.por_instrumento) > 1
        return (
            f"{self.corte}  {self.momento:<15}  entregaron {'todo ' if varios else ''}{self.entregaron} de "
            f"{self.esperadas}{f' ({cada_uno})' if varios else ''}; informe {self.informe}\n"
            f"         cierra {f.cierre}, vence {f.vence}, gracia hasta {f.gracia}, "
            f"verificación hasta {f.verificacion}"
        )

    def como_datos(self) -> dict[str, Any]:
        """Lo mismo, para leerlo con un programa."""
        f = self.fechas
        return {
            "corte": str(self.corte),
            "momento": self.momento,
            "cierra": f.cierre.isoformat(),
            "vence": f.vence.isoformat(),
            "gracia_hasta": f.gracia.isoformat(),
            "verificacion_hasta": f.verificacion.isoformat(),
            "entregaron": self.entregaron,
            "por_instrumento": dict(self.por_instrumento),
            "esperadas": self.esperadas,
            "informe": self.informe,
            "pendiente": self.pendiente,
        }


def agenda(base: Contexto, hoy: date, vigencia: int | None = None) -> list[Cita]:
    """Los cortes que sigue la entidad (`[calendario] cortes`), del primero al último, vistos en `hoy`.

    Sin `vigencia`, los de todo el cuatrienio. `base` es cualquier contexto de la entidad.
    """
    vigencias = base.config.entidad.vigencias if vigencia is None else (vigencia,)
    cortes = [
        Corte(vigencia=v, periodo=Periodo(p))
        for v in vigencias
        for p in sorted(base.config.calendario.cortes)
    ]
    return [_cita(replace(base, corte=corte), hoy) for corte in cortes]


def pendientes(base: Contexto, hoy: date) -> list[Contexto]:
    """Los cortes por correr, del primero al último: lo que uno publica puede servir al siguiente."""
    return [replace(base, corte=cita.corte) for cita in agenda(base, hoy) if cita.pendiente]


def _cita(contexto: Contexto, hoy: date) -> Cita:
    fechas = fechas_del_corte(contexto.corte, contexto.config.calendario)
    quienes = {
        instrumento: {
            ficha.dependencia
            for ficha in recepcion.leer_recepciones(contexto.rutas, contexto.corte, instrumento)
        }
        for instrumento in contexto.seguidos
    }
    return Cita(
        corte=contexto.corte,
        fechas=fechas,
        momento=fechas.momento(hoy),
        entregaron=len(set.intersection(*quienes.values())) if quienes else 0,
        por_instrumento={instrumento: len(codigos) for instrumento, codigos in quienes.items()},
        esperadas=len(contexto.config.dependencias_que_entregan()),
        informe=_informe(contexto, any(quienes.values())),
    )


def _informe(contexto: Contexto, con_entregas: bool) -> str:
    if esta_cerrado(contexto):
        return "cerrado"
    if not con_entregas:
        return "sin entregas"
    return "al día" if al_dia(contexto) else "pendiente"


def en_ics(base: Contexto, citas: list[Cita]) -> str:
    """Calendario iCalendar (RFC 5545) con las fechas de cada corte; las mismas citas, los mismos bytes."""
    eventos = [evento for cita in citas for evento in _eventos(base, cita)]
    renglones = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Seguimiento al Plan de Desarrollo//ES",
        "CALSCALE:GREGORIAN",
        f"X-WR-CALNAME:{escapar_ics(f'Seguimiento al plan · {base.config.entidad.nombre}')}",
        *eventos,
        "END:VCALENDAR",
    ]
    return escribir_ics(renglones)


def _eventos(base: Contexto, cita: Cita) -> list[str]:
    que_pasa = {
        "cierre": (cita.fechas.cierre, "Termina el periodo"),
        "vence": (cita.fechas.vence, "Vence la entrega de los libros"),
        "gracia": (cita.fechas.gracia, "Último día para recibir, fuera de plazo"),
        "verificacion": (cita.fechas.verificacion, "Termina la verificación y se cierra el corte"),
    }
    renglones: list[str] = []
    for clase, (dia, titulo) in que_pasa.items():
        renglones += [
            "BEGIN:VEVENT",
            f"UID:{cita.corte}-{clase}@{base.config.entidad.dane}.seguimiento",
            # La norma pide un sello de tiempo; el del cierre no cambia de una exportación a otra.
            f"DTSTAMP:{cita.fechas.cierre:%Y%m%d}T000000Z",
            f"DTSTART;VALUE=DATE:{dia:%Y%m%d}",
            f"DTEND;VALUE=DATE:{dia + timedelta(days=1):%Y%m%d}",
            f"SUMMARY:{escapar_ics(f'{titulo} · corte {cita.corte}')}",
            f"DESCRIPTION:{escapar_ics(f'{base.config.entidad.procedimiento}: {fecha_larga(dia)}')}",
            "TRANSP:TRANSPARENT",
            "END:VEVENT",
        ]
    return renglones
