"""De la fila que falla al hallazgo: su celda, el valor escrito, el mensaje con los números y qué hacer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from pipeline.calidad.ampliacion import CLAVE, SIN_VIGENCIA
from pipeline.calidad.reglas import Expectativa, Regla
from pipeline.esquemas import crear_tabla
from pipeline.formato_es import SIN_DATO, numero, pesos, porcentaje

ORDEN = ["archivo", "sha256", "hoja", "fila", "vigencia", "regla", "celda"]


def cifra(valor: float) -> str:
    """Número con los decimales que tenga, hasta seis: 1,001 no debe leerse como 1.

    >>> cifra(1.001), cifra(10)
    ('1,001', '10')
    """
    return numero(valor, 6).rstrip("0").rstrip(",") or "0"


ESCRITURAS = {
    "": cifra,
    "pesos": pesos,
    "porcentaje": porcentaje,
    "vigencia": lambda anio: f"{anio:.0f}",  # un año no lleva punto de miles
}


@dataclass(frozen=True, slots=True)
class Escrito:
    """Valor de una fila como se escribe en un mensaje: `{x}`, `{x:pesos}`, `{x:porcentaje}` o `{x:vigencia}`.

    >>> f"{Escrito(1234.5)} · {Escrito(2e6):pesos} · {Escrito(0.5):porcentaje} · {Escrito(None)}"
    '1.234,5 · $ 2.000.000 · 50,0 % · s. d.'
    """

    valor: Any

    def __format__(self, modo: str) -> str:
        if self.valor is None or pd.isna(self.valor):
            return SIN_DATO
        if isinstance(self.valor, str):
            return self.valor
        return ESCRITURAS[modo](float(self.valor))


def redactar_hallazgos(
    fallas: pd.DataFrame, reglas: Sequence[Regla], tabla: pd.DataFrame, celdas: pd.DataFrame
) -> pd.DataFrame:
    """Tabla `hallazgos` de las fallas de una tabla revisada, en el orden de los libros.

    `celdas` es la traza de lectura: de ahí salen la celda, el encabezado y el valor tal como está escrito.
    Si el campo no vino de ninguna celda, el hallazgo queda en la fila. Las reglas de alcance «libro» dan
    un solo hallazgo por libro.
    """
    if fallas.empty:
        return crear_tabla("hallazgos")
    por_codigo = {regla.codigo: regla for regla in reglas}
    fallas = fallas.assign(
        campo=[por_codigo[r].expectativas[o].campo for r, o in zip(fallas["regla"], fallas["orden"], strict=True)]
    )
    ubicadas = _ubicar(fallas, celdas).merge(tabla, on=CLAVE, how="left", suffixes=("", "_fila"))
    ubicadas = _una_por_libro(ubicadas, {c for c, r in por_codigo.items() if r.alcance == "libro"})
    hallazgos = [
        _hallazgo(fila, por_codigo[fila["falla_regla"]], por_codigo[fila["falla_regla"]].expectativas[fila["orden"]])
        for fila in ubicadas.rename(columns={"regla": "falla_regla"}).to_dict("records")
    ]
    return crear_tabla("hallazgos", hallazgos).sort_values(ORDEN, kind="stable", ignore_index=True)


def _ubicar(fallas: pd.DataFrame, celdas: pd.DataFrame) -> pd.DataFrame:
    """Las fallas con `celda`, `encabezado` y `valor_crudo` de su campo, en su vigencia o en la fila."""
    lugar = ["sha256", "hoja", "fila", "campo"]
    utiles = celdas[celdas["campo"].isin(fallas["campo"].unique())]
    utiles = utiles[[*lugar, "vigencia", "celda", "encabezado", "valor_crudo"]]
    utiles = utiles.drop_duplicates([*lugar, "vigencia"])
    de_la_vigencia = fallas.merge(utiles, on=[*lugar, "vigencia"], how="left")
    de_la_fila = fallas.merge(
        utiles[utiles["vigencia"] == SIN_VIGENCIA].drop(columns="vigencia"), on=lugar, how="left"
    )
    return de_la_vigencia.where(de_la_vigencia["celda"].notna(), de_la_fila)


def _una_por_libro(ubicadas: pd.DataFrame, de_libro: set[str]) -> pd.DataFrame:
    repetida = ubicadas.duplicated(["regla", "orden", "sha256"]) & ubicadas["regla"].isin(de_libro)
    return ubicadas[~repetida]


def _hallazgo(fila: Mapping[str, Any], regla: Regla, expectativa: Expectativa) -> dict[str, Any]:
    crudo = fila["valor_crudo"]
    valores = {nombre: Escrito(valor) for nombre, valor in fila.items()}
    valores["valor"] = Escrito("vacío" if pd.isna(crudo) or not str(crudo).strip() else str(crudo))
    valores["columna"] = Escrito(expectativa.campo if pd.isna(fila["encabezado"]) else fila["encabezado"])
    return {
        "regla": regla.codigo,
        "severidad": regla.severidad.value,
        "alcance": regla.alcance,
        "instrumento": regla.instrumento,
        "dependencia": fila["dependencia"] if regla.instrumento != "plan" else None,
        "archivo": fila["archivo"],
        "sha256": fila["sha256"],
        "hoja": fila["hoja"],
        "fila": fila["fila"] if regla.alcance == "fila" else None,
        "celda": fila["celda"],
        "columna": fila["encabezado"],
        "codigo_meta": fila["codigo_meta"] if regla.alcance == "fila" else None,
        "vigencia": fila["vigencia"] if fila["vigencia"] != SIN_VIGENCIA else None,
        "valor": crudo,
        "mensaje": expectativa.mensaje.format_map(valores),
        "accion": regla.accion,
    }
