"""Lo que devuelve la limpieza de una columna."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal

ERRORES_DE_EXCEL = frozenset(
    {
        "#DIV/0!", "#REF!", "#N/A", "#VALUE!", "#NAME?", "#NUM!", "#NULL!",
        "#¡DIV/0!", "#¡REF!", "#N/D", "#¡VALOR!", "#¿NOMBRE?", "#¡NUM!", "#¡NULO!",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Aviso:
    """Una regla de limpieza que se cumple en la celda número `indice` de la columna."""

    indice: int
    regla: str
    marcadores: Mapping[str, object] = field(default_factory=dict)
    puede_bloquear: bool = False  # si la celda quedó sin dato, el formato puede pedir que bloquee la fila


@dataclass(slots=True, kw_only=True)
class ColumnaLimpia:
    """Valores interpretados de una columna, qué se le hizo a cada uno y los avisos.

    `valores` y `transformaciones` van fila a fila; None es sin dato y sin transformación.
    """

    valores: list[float | str | None]
    transformaciones: list[str | None]
    avisos: list[Aviso] = field(default_factory=list)

    def quitar(self, indice: int, regla: str, **marcadores: object) -> None:
        """Deja sin dato una celda que no se pudo leer y dice por qué."""
        self.valores[indice] = None
        self.transformaciones[indice] = "no se pudo leer; se dejó sin dato"
        self.avisos.append(Aviso(indice=indice, regla=regla, marcadores=marcadores, puede_bloquear=True))


def escribir_crudo(valor: object) -> str | None:
    """El valor tal como está en la celda, como texto; None si la celda está vacía.

    >>> escribir_crudo(2024257990001.0), escribir_crudo(0.35), escribir_crudo("")
    ('2024257990001', '0.35', None)
    """
    if type(valor) is float:
        return str(int(valor)) if valor.is_integer() else repr(valor)
    if type(valor) is str:
        return valor or None
    if isinstance(valor, date | datetime | time):
        return valor.isoformat()
    return str(valor)


def escribir_numero(valor: float) -> str:
    """El número completo, con punto de miles y coma decimal: aquí no se redondea.

    >>> escribir_numero(1234567.125), escribir_numero(0.125), escribir_numero(100.0)
    ('1.234.567,125', '0,125', '100')
    """
    texto = f"{Decimal(repr(float(valor))):,f}".removesuffix(".0")
    return texto.translate(str.maketrans(",.", ".,"))
