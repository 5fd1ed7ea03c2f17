"""Enlaces designados por las dependencias (`enlaces.csv` de la entidad): su cargo, su acto y su vigencia."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pipeline.config import Dependencia
from pipeline.errores import ErrorConfiguracion
from pipeline.formato_es import fecha_larga

ARCHIVO = "enlaces.csv"
COLUMNAS = ("dependencia", "cargo", "desde", "hasta", "acto")


@dataclass(frozen=True, slots=True, kw_only=True)
class Enlace:
    """Quién es el enlace de una dependencia, por su cargo o rol: el archivo no lleva datos personales."""

    dependencia: str
    cargo: str
    desde: date
    hasta: date | None  # None: hasta nueva designación
    acto: str

    def vigente(self, dia: date) -> bool:
        """Si está designado ese día.

        >>> Enlace(dependencia="SSAL", cargo="Profesional", desde=date(2025, 1, 10), hasta=None,
        ...        acto="Res. 4").vigente(date(2025, 1, 9))
        False
        """
        return self.desde <= dia and (self.hasta is None or dia <= self.hasta)


def leer_enlaces(raiz: Path, dependencias: Iterable[Dependencia]) -> list[Enlace]:
    """Los enlaces de la entidad; lista vacía si no hay enlaces.csv.

    El archivo es CSV con coma y encabezado dependencia, cargo, desde, hasta, acto; fechas AAAA-MM-DD y
    `hasta` vacía si no termina. Levanta ErrorConfiguracion con el renglón que no se entiende.
    """
    ruta = raiz / ARCHIVO
    if not ruta.is_file():
        return []
    codigos = {d.codigo for d in dependencias}
    with ruta.open(encoding="utf-8-sig", newline="") as flujo:
        lector = csv.DictReader(flujo)
        if tuple(lector.fieldnames or ()) != COLUMNAS:
            raise ErrorConfiguracion(
                "el encabezado no es el esperado", archivo=ARCHIVO, remedio=f"Escriba: {','.join(COLUMNAS)}"
            )
        return [_enlace(fila, lector.line_num, codigos) for fila in lector]


def falta_de_enlace(enlaces: Sequence[Enlace], dependencia: str, dia: date) -> str:
    """Por qué la dependencia no tiene ese día un enlace vigente con acto; vacía si lo tiene.

    >>> falta_de_enlace([], "SSAL", date(2025, 6, 30))
    'no figura en enlaces.csv'
    """
    suyos = [e for e in enlaces if e.dependencia == dependencia]
    if any(e.vigente(dia) and e.acto for e in suyos):
        return ""
    if any(e.vigente(dia) for e in suyos):
        return "el que hay no dice con qué acto se designó"
    terminados = [e for e in suyos if e.hasta is not None and e.hasta < dia]
    if terminados:
        ultimo = max(terminados, key=lambda e: e.hasta or e.desde)
        return f"el último terminó el {fecha_larga(ultimo.hasta or ultimo.desde)}"
    if suyos:
        return f"el designado empieza el {fecha_larga(min(e.desde for e in suyos))}"
    return "no figura en enlaces.csv"


def sin_enlace(
    enlaces: Sequence[Enlace], dependencias: Iterable[Dependencia], dia: date
) -> list[Dependencia]:
    """Las dependencias que ese día no tienen enlace vigente con acto, en el orden en que llegan."""
    return [d for d in dependencias if falta_de_enlace(enlaces, d.codigo, dia)]


def _enlace(fila: dict[str, str | None], renglon: int, codigos: set[str]) -> Enlace:
    valores = {campo: (fila.get(campo) or "").strip() for campo in COLUMNAS}
    donde = f"renglón {renglon}"
    if valores["dependencia"] not in codigos:
        raise ErrorConfiguracion(
            f"no existe la dependencia «{valores['dependencia']}»",
            archivo=ARCHIVO,
            celda=donde,
            remedio="Use el código de seguimiento.toml",
        )
    try:
        desde = date.fromisoformat(valores["desde"])
        hasta = date.fromisoformat(valores["hasta"]) if valores["hasta"] else None
    except ValueError as error:
        raise ErrorConfiguracion(
            "una fecha no se entiende", archivo=ARCHIVO, celda=donde, remedio="Escríbala como AAAA-MM-DD"
        ) from error
    if hasta is not None and hasta < desde:
        raise ErrorConfiguracion("«hasta» es anterior a «desde»", archivo=ARCHIVO, celda=donde)
    return Enlace(
        dependencia=valores["dependencia"],
        cargo=valores["cargo"],
        desde=desde,
        hasta=hasta,
        acto=valores["acto"],
    )
