"""Lo curado a mano del ejemplo: metas, indicadores MGA reales y supuestos. Solo lee recursos/demo."""

from __future__ import annotations

import csv
import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pipeline.archivos import leer_yml
from pipeline.modelo import Corte, Periodo, TipoMeta

CARPETA = Path(__file__).parent.parent / "recursos" / "demo"
METRAJE_GRANDE = 1000  # desde aquí nadie programa décimas de metro
SEMILLA = "ibague-para-todos-2025"
PRIMER_ANIO = 2024  # el plan se adoptó en mayo: se le hace seguimiento desde el tercer trimestre
VIGENCIA = 2025
CORTES = (
    *(Corte(vigencia=PRIMER_ANIO, periodo=periodo) for periodo in (Periodo.T3, Periodo.T4)),
    *(Corte(vigencia=VIGENCIA, periodo=periodo) for periodo in Periodo),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MetaCurada:
    """Una meta del ejemplo con la identidad de su indicador en el catálogo MGA."""

    codigo_meta: str
    linea: str
    dependencia: str
    tipo_meta: TipoMeta
    linea_base: float | None
    meta_cuatrienio: float
    codigo_indicador: str
    nombre_indicador: str
    unidad: str
    codigo_producto: str
    nombre_producto: str
    programa: str
    nombre_programa: str
    sector: str
    nombre_sector: str

    @property
    def es_entera(self) -> bool:
        """Si sus valores se cuentan en unidades enteras (no en kilómetros, hectáreas o porcentaje)."""
        return self.unidad == "Número"

    @property
    def paso(self) -> float:
        """La menor cantidad que se programa o se reporta, en unidades de la meta."""
        if self.es_entera:
            return 1.0
        return 0.1 if self.meta_cuatrienio < METRAJE_GRANDE else 10.0


@cache
def leer_metas() -> tuple[MetaCurada, ...]:
    """Las metas curadas, en el orden del plan.

    >>> leer_metas()[0].codigo_meta
    'MP-001'
    """
    indicadores = {i["codigo_indicador"]: i for i in _leer_csv("indicadores_mga.csv")}
    return tuple(_meta(fila, indicadores[fila["codigo_indicador"]]) for fila in _leer_csv("metas.csv"))


@cache
def leer_mundo() -> dict[str, Any]:
    """Supuestos del ejemplo (`recursos/demo/mundo.yml`)."""
    mundo: dict[str, Any] = leer_yml((CARPETA / "mundo.yml").read_text(encoding="utf-8"))
    return mundo


def azar(*clave: object) -> float:
    """Número en [0, 1) que depende solo de la clave: no hay estado, así que el orden no cambia nada.

    >>> azar("MP-001", "ritmo") == azar("MP-001", "ritmo")
    True
    """
    texto = "|".join([SEMILLA, *(str(parte) for parte in clave)])
    return int.from_bytes(hashlib.sha256(texto.encode()).digest()[:6], "big") / 2**48


def entre(minimo: float, maximo: float, *clave: object) -> float:
    """Número entre `minimo` y `maximo` según la clave."""
    return minimo + (maximo - minimo) * azar(*clave)


def redondear_a(valor: float, paso: float) -> float:
    """El múltiplo de `paso` más cercano.

    >>> redondear_a(3.14, 0.1)
    3.1
    """
    return round(round(valor / paso) * paso, 1)


def _leer_csv(nombre: str) -> list[dict[str, str]]:
    with (CARPETA / nombre).open(encoding="utf-8", newline="") as archivo:
        return list(csv.DictReader(archivo))


def _meta(fila: dict[str, str], indicador: dict[str, str]) -> MetaCurada:
    return MetaCurada(
        codigo_meta=fila["codigo_meta"],
        linea=fila["linea"],
        dependencia=fila["dependencia"],
        tipo_meta=TipoMeta(fila["tipo_meta"]),
        linea_base=float(fila["linea_base"]) if fila["linea_base"] else None,
        meta_cuatrienio=float(fila["meta_cuatrienio"]),
        **indicador,
    )
