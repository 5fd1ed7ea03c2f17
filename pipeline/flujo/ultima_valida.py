"""De qué versión salen las cifras de una dependencia: de la última, o de la última que se pudo aceptar."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pandas as pd

from pipeline import calidad, recepcion
from pipeline.flujo.contexto import Contexto
from pipeline.flujo.entrada import TABLAS, Entregas, leer_entregas, leer_libros, unir

Juicio = tuple[pd.DataFrame, pd.DataFrame]  # entregas decididas y hallazgos


def leer_y_juzgar(
    contexto: Contexto, instrumento: str, *, con_traza: bool = True
) -> tuple[Entregas, pd.DataFrame, pd.DataFrame]:
    """Lo de un corte anterior, sus entregas decididas y sus hallazgos, con la última versión aceptable.

    Se juzga solo con lo que hallan la lectura y la limpieza: correr todas las reglas en cada corte previo
    costaría más que el propio corte.
    """

    def juzgar(leidas: Entregas) -> Juicio:
        proporcion = contexto.config.calidad.proporcion_para_devolver
        return calidad.decidir_entregas(leidas.entregas, leidas.hallazgos, proporcion), leidas.hallazgos

    leidas = leer_entregas(contexto, instrumento, con_traza=con_traza)
    return con_la_ultima_valida(contexto, leidas, *juzgar(leidas), juzgar=juzgar)


def con_la_ultima_valida(
    contexto: Contexto,
    leidas: Entregas,
    entregas: pd.DataFrame,
    hallazgos: pd.DataFrame,
    *,
    juzgar: Callable[[Entregas], Juicio],
) -> tuple[Entregas, pd.DataFrame, pd.DataFrame]:
    """Lo leído, las entregas y los hallazgos, con la versión anterior de quien reenvió algo peor.

    Si la última versión de una dependencia se devolvió o no se pudo leer, se prueba la anterior, y así hasta
    una que se acepte: sus filas se agregan a las leídas y `version_usada` lo dice. La rechazada conserva su
    estado, sus filas y sus hallazgos. `juzgar` decide sobre unas entregas como se decidió sobre las primeras;
    se juzgan todas juntas, porque hay reglas que comparan unas dependencias con otras.
    """
    rechazadas = calidad.versiones_rechazadas(entregas)
    if not rechazadas:
        return leidas, entregas, hallazgos
    fichas = recepcion.leer_recepciones(contexto.rutas, contexto.corte, leidas.instrumento)
    usadas: dict[str, int] = {}
    topes: dict[str, int] = {}  # de aquí en adelante, las versiones de cada dependencia no se leen
    partes = [(leidas, hallazgos)]
    while rechazadas:
        topes |= rechazadas
        previas = [f for f in fichas if f.version < topes.get(f.dependencia, f.version + 1)]
        otras = leer_libros(contexto, previas, leidas.instrumento)
        decididas, vistos = juzgar(otras)
        propias = decididas[decididas["dependencia"].isin(rechazadas)]
        aceptadas = propias[propias["version_usada"].notna()]
        usadas |= dict(zip(aceptadas["dependencia"], aceptadas["version_usada"], strict=True))
        partes.append(_de_libros(otras, vistos, set(aceptadas["sha256"])))
        rechazadas = calidad.versiones_rechazadas(propias)
    if not usadas:
        return leidas, entregas, hallazgos
    todas = _juntas([e for e, _ in partes])
    return todas, calidad.usar_versiones(entregas, usadas), unir("hallazgos", [h for _, h in partes])


def _juntas(leidas: Sequence[Entregas]) -> Entregas:
    """Las primeras, con las filas de todas."""
    primeras = leidas[0]
    return replace(
        primeras,
        registros=unir(TABLAS[primeras.instrumento], [e.registros for e in leidas]),
        movimientos=unir("movimientos", [e.movimientos for e in leidas]),
        celdas=unir("celdas", [e.celdas for e in leidas]),
        hallazgos=unir("hallazgos", [e.hallazgos for e in leidas]),
    )


def _de_libros(leidas: Entregas, hallazgos: pd.DataFrame, huellas: set[str]) -> tuple[Entregas, pd.DataFrame]:
    """Lo leído y lo hallado, solo de esos libros."""

    def propio(tabla: pd.DataFrame) -> pd.DataFrame:
        elegidas: pd.DataFrame = tabla[tabla["sha256"].isin(huellas)]
        return elegidas

    solo = replace(
        leidas,
        registros=propio(leidas.registros),
        movimientos=propio(leidas.movimientos),
        celdas=propio(leidas.celdas),
        hallazgos=propio(leidas.hallazgos),
    )
    return solo, propio(hallazgos[hallazgos["instrumento"] == leidas.instrumento])
