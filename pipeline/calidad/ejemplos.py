"""Filas mínimas de los ejemplos de las reglas, completadas como si vinieran de un libro. No las ejecuta."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import pandas as pd

from pipeline.calidad import ampliacion, ampliacion_pa, historia, poai_ampliacion
from pipeline.esquemas import crear_tabla

Fila = Mapping[str, Any]
CORTE: dict[str, Any] = {"trimestres": "incremento", "vigencia_corte": 2025, "trimestre_corte": 3}
AJENAS = {  # columnas que la revisión agrega a las del contrato de cada tabla
    "plan": ["programado_2024", "programado_2025", "programado_2026", "programado_2027", "dane_entidad"],
    "plan_vigencias": ampliacion.DE_LA_META,
    "registros_pi": [
        *(f"plan_{c}" for c in ampliacion.DEL_PLAN),
        "plan_programado_vigencia",
        "dane_entidad",
        "sugerencia",
        "consolida",
        *ampliacion.AUSENTES,
        *CORTE,
    ],
    "historia": [
        *(f"plan_{c}" for c in ampliacion.DEL_PLAN),
        "plan_programado_vigencia",
        *(f"anterior_{c}" for c in historia.DEL_ANTERIOR),
        "cierre_ejecutado_vigencia",
        "cierre_programado_vigencia",
        "iguales_desde",
        *CORTE,
    ],
    "registros_poai": list(poai_ampliacion.AJENAS_REGISTROS),
    "movimientos": list(poai_ampliacion.AJENAS_MOVIMIENTOS),
    "registros_pa": list(ampliacion_pa.AJENAS),
}
DERIVAR = {
    "plan": ampliacion.derivar_plan,
    "plan_vigencias": ampliacion.derivar_plan_vigencias,
    "registros_pi": ampliacion.derivar_registros,
    "historia": historia.derivar_historia,
    "registros_poai": poai_ampliacion.derivar_registros_poai,
    "movimientos": poai_ampliacion.derivar_movimientos,
    "registros_pa": ampliacion_pa.derivar_registros_pa,
}
CONTRATOS = {"historia": "registros_pi"}  # tabla revisada que tiene las columnas de otra


def tabla_de_ejemplo(tabla: str, filas: Sequence[Fila], *, libro: str = "ejemplo") -> pd.DataFrame:
    """Las filas de un ejemplo, completadas con vacíos y con sus columnas derivadas.

    Una fila nombra solo lo que importa al ejemplo: columnas del contrato, `plan_*`, `programado_2025`,
    `trimestres` («incremento» si no dice), `vigencia_corte` (2025), `trimestre_corte` (3), `dane_entidad`
    y `consolida` (la dependencia que reporta por todas). Una columna desconocida levanta ErrorSeguimiento.
    """
    comunes: dict[str, Any] = {"archivo": "ejemplo.xlsx", "sha256": libro, "hoja": "Ejemplo"}
    comunes |= {} if tabla == "plan" else {"vigencia": 2025}
    comunes |= {columna: valor for columna, valor in CORTE.items() if columna in AJENAS[tabla]}
    datos = pd.DataFrame([{**comunes, "fila": n, **fila} for n, fila in enumerate(filas, start=1)])
    propias = crear_tabla(CONTRATOS.get(tabla, tabla), datos.drop(columns=AJENAS[tabla], errors="ignore"))
    ajenas = datos.reindex(columns=AJENAS[tabla]).astype(_tipos(AJENAS[tabla]))
    return DERIVAR[tabla](propias.join(ajenas))


@cache
def columnas_de_revision(tabla: str) -> frozenset[str]:
    """Columnas que una regla puede nombrar en la tabla, con las derivadas."""
    return frozenset(map(str, tabla_de_ejemplo(tabla, [{}]).columns))


def _tipos(columnas: Sequence[str]) -> dict[str, str]:
    """Tipos de las columnas ajenas: real lo programado, entero el lugar y el corte, texto lo demás."""
    enteras = {"fila", "vigencia_corte", "trimestre_corte", "iguales_desde"}
    reales = {c for c in columnas if "programado_" in c or "ejecutado_" in c or c.endswith("_cop")}
    return {c: "Int64" if c in enteras else "float64" if c in reales else "str" for c in columnas}
