"""Muestra estratificada y reproducible: el sorteo es una huella SHA-256, no un generador de azar. Pura.

Cualquiera lo repite con una calculadora de huellas: la clave de una meta es el SHA-256 del texto
«semilla|dependencia|meta» (en UTF-8) y en cada dependencia salen las metas de clave menor.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping

import pandas as pd

from pipeline.errores import ErrorConfiguracion
from pipeline.esquemas import crear_tabla, revisar_tabla
from pipeline.modelo import EstadoReporte

Z = {0.90: 1.645, 0.95: 1.960, 0.99: 2.576}


def clave_del_sorteo(semilla: str, estrato: str, unidad: str) -> str:
    """SHA-256 en hexadecimal de «semilla|estrato|unidad».

    >>> clave_del_sorteo("73001-2025-T3", "SEDU", "MP-001")[:16]
    'fb240251050a3611'
    """
    return hashlib.sha256(f"{semilla}|{estrato}|{unidad}".encode()).hexdigest()


def tamano_sugerido(poblacion: int, *, confianza: float = 0.95, error: float = 0.15) -> int:
    """Unidades que hay que verificar para estimar una proporción con ese error, con población finita.

    n0 = z² × 0,25 / error²; n = n0 / (1 + (n0 − 1) / N), hacia arriba (Cochran, Sampling Techniques, 1977,
    §4.4, con la proporción menos favorable, 0,5). Levanta ErrorConfiguracion si la confianza no es 0,90,
    0,95 ni 0,99 o si el error no está entre 0 y 1.

    >>> tamano_sugerido(333), tamano_sugerido(20), tamano_sugerido(0)
    (38, 14, 0)
    """
    if confianza not in Z or not 0 < error < 1:
        raise ErrorConfiguracion(
            f"no se puede dimensionar la muestra con confianza {confianza} y error {error}",
            remedio="Use confianza 0.90, 0.95 o 0.99 y un error entre 0 y 1",
        )
    if poblacion <= 0:
        return 0
    n0 = Z[confianza] ** 2 * 0.25 / error**2
    return min(poblacion, math.ceil(n0 / (1 + (n0 - 1) / poblacion)))


def repartir(tamano: int, estratos: Mapping[str, int]) -> dict[str, int]:
    """Cuántas unidades salen de cada estrato: una por estrato y el resto en proporción a lo que le queda.

    Los sobrantes van a los mayores restos y, si empatan, al estrato primero en orden alfabético. Nunca
    pasa de lo que el estrato tiene; si `tamano` no alcanza a una por estrato, se sube hasta que alcance.

    >>> repartir(6, {"A": 10, "B": 4, "C": 1})
    {'A': 3, 'B': 2, 'C': 1}
    """
    estratos = {e: n for e, n in sorted(estratos.items()) if n > 0}
    total = min(max(tamano, len(estratos)), sum(estratos.values()))
    restantes = {e: n - 1 for e, n in estratos.items()}
    por_repartir, quedan = total - len(estratos), sum(restantes.values())
    if not quedan:
        return dict.fromkeys(estratos, 1)
    cuotas = {e: por_repartir * n / quedan for e, n in restantes.items()}
    asignadas = {e: math.floor(c) for e, c in cuotas.items()}
    faltan = por_repartir - sum(asignadas.values())
    for estrato in sorted(cuotas, key=lambda e: (asignadas[e] - cuotas[e], e))[:faltan]:
        asignadas[estrato] += 1
    return {e: 1 + asignadas[e] for e in estratos}


def sacar_muestra(metas: pd.DataFrame, *, semilla: str, tamano: int | None = None) -> pd.DataFrame:
    """Tabla `muestra`: metas programadas elegidas por dependencia con la semilla.

    Sin `tamano`, el de `tamano_sugerido` sobre las metas programadas con dependencia. La misma semilla y las
    mismas metas dan siempre la misma muestra; agregar metas a una dependencia no cambia las claves de las
    otras. Levanta ErrorConfiguracion si la semilla está vacía.
    """
    if not semilla.strip():
        raise ErrorConfiguracion(
            "la muestra necesita una semilla publicada", remedio="Indíquela con --semilla"
        )
    universo = metas[
        (metas["estado_reporte"] != EstadoReporte.NO_PROGRAMADA.value) & metas["dependencia"].notna()
    ]
    n_del_estrato = {str(d): int(n) for d, n in universo["dependencia"].value_counts().items()}
    cuantas = repartir(tamano_sugerido(len(universo)) if tamano is None else tamano, n_del_estrato)
    claves = [
        clave_del_sorteo(semilla, dependencia, meta)
        for dependencia, meta in zip(universo["dependencia"], universo["codigo_meta"], strict=True)
    ]
    sorteo = universo[["dependencia", "nombre_dependencia", "codigo_meta", "nombre_meta"]].assign(
        clave_del_sorteo=claves,
        n_del_estrato=universo["dependencia"].map(n_del_estrato),
        n_de_la_muestra=universo["dependencia"].map(cuantas).astype("Int64"),  # sin metas, `map` da texto
    )
    sorteo = sorteo.sort_values(["dependencia", "clave_del_sorteo"], ignore_index=True)
    lugar = sorteo.groupby("dependencia").cumcount()
    elegidas = sorteo[lugar < sorteo["n_de_la_muestra"]].reset_index(drop=True)
    elegidas = elegidas.assign(orden=range(1, len(elegidas) + 1))
    return revisar_tabla("muestra", crear_tabla("muestra", elegidas))
