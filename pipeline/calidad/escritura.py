"""Cómo se escribe un valor de una fila dentro de un mensaje."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from pipeline.formato_es import citar_crudo, numero, pesos, porcentaje

VACIO = "vacío"  # así lo ve el enlace en su celda


def cifra(valor: float) -> str:
    """Número con los decimales que tenga, hasta seis: 1,001 no debe leerse como 1.

    >>> cifra(1.001), cifra(10)
    ('1,001', '10')
    """
    return numero(valor, 6).rstrip("0").rstrip(",") or "0"


ESCRITURAS: dict[str, Callable[[float], str]] = {
    "": cifra,
    "pesos": pesos,
    "porcentaje": porcentaje,
    "vigencia": lambda anio: f"{anio:.0f}",  # un año no lleva punto de miles
}


@dataclass(frozen=True, slots=True)
class Escrito:
    """Valor de una fila como se escribe en un mensaje: `{x}`, `{x:pesos}`, `{x:porcentaje}` o `{x:vigencia}`.

    >>> f"{Escrito(1234.5)} · {Escrito(2e6):pesos} · {Escrito(0.5):porcentaje} · {Escrito(None)}"
    '1.234,5 · $ 2.000.000 · 50,0 % · vacío'
    """

    valor: Any

    def __format__(self, modo: str) -> str:
        if self.valor is None or pd.isna(self.valor):
            return VACIO
        if isinstance(self.valor, str):
            return citar_crudo(self.valor)
        return ESCRITURAS[modo](float(self.valor))
