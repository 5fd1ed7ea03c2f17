"""El POAI del ejemplo: el dinero que el Plan Indicativo reporta por meta, por proyecto, rubro y fuente.

No inventa cifras: parte de las de `ejecucion` y las reparte. Por eso los dos instrumentos cuadran al peso en
cualquier corte, y lo que no cuadra son las fallas sembradas.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import pandas as pd

from pipeline.demo.insumos import MetaCurada, leer_metas, leer_mundo
from pipeline.demo.plan import PlanDemo
from pipeline.modelo import ETAPAS_DEL_GASTO, Corte

UNIDAD_COP = 1000  # todo el dinero del ejemplo va en miles cerrados
CIEN = 100
PARTE_DEL_SEGUNDO_PROYECTO = 0.3
INICIAL, DEFINITIVA = "apropiacion_inicial_cop", "apropiacion_definitiva_cop"
COLUMNA_DE_CLASE = {
    "adicion": "adiciones_cop",
    "reduccion": "reducciones_cop",
    "credito": "creditos_cop",
    "contracredito": "contracreditos_cop",
}
LLAVE = ("codigo_meta", "bpin", "rubro", "codigo_fuente")

Fila = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Presupuesto:
    """Hojas del libro del POAI de una dependencia: sus rubros y las modificaciones, con su acto."""

    filas: tuple[Fila, ...]
    movimientos: tuple[Fila, ...]


def presupuestar(
    plan: PlanDemo, valores: Mapping[Corte, pd.DataFrame], corte: Corte
) -> dict[str, Presupuesto]:
    """El POAI de cada dependencia en el corte, con lo modificado desde el comienzo de la vigencia.

    `valores` son las simulaciones del Plan Indicativo de los cortes de la vigencia hasta este.
    """
    hasta_el_corte = [c for c in valores if c.vigencia == corte.vigencia and c.periodo <= corte.periodo]
    dinero = [valores[c].set_index("codigo_meta").to_dict("index") for c in hasta_el_corte]
    identidad = plan.plan.set_index("codigo_meta").to_dict("index")
    rubros: dict[str, list[Fila]] = defaultdict(list)
    programadas = [meta for meta in leer_metas() if meta.codigo_meta in dinero[-1]]
    for meta in programadas:
        propio: list[Mapping[str, Any]] = [
            {str(campo): valor for campo, valor in tabla[meta.codigo_meta].items()} for tabla in dinero
        ]
        rubros[meta.dependencia] += _rubros(meta, identidad[meta.codigo_meta], propio)
    con_fila = {fila["bpin"] for filas in rubros.values() for fila in filas}
    for meta in programadas:
        rubros[meta.dependencia] += _proyectos_sin_recursos(meta, identidad[meta.codigo_meta], con_fila)
    periodos = [c.periodo.value for c in hasta_el_corte]
    return {d: _armar(filas, periodos) for d, filas in rubros.items()}


def repartir(total: float, pesos: Sequence[int]) -> list[float]:
    """`total` (múltiplo de mil pesos) en partes de mil según `pesos`, enteros que suman 100.

    Es el reparto de Webster, que nunca le quita a una parte cuando el total crece: así cada fuente conserva
    pagos ≤ obligaciones ≤ compromisos y no baja entre cortes.

    >>> repartir(10_000, (60, 40))
    [6000.0, 4000.0]
    >>> repartir(1_000, (60, 40)), repartir(2_000, (60, 40))
    ([1000.0, 0.0], [1000.0, 1000.0])
    """
    cientos, resto = divmod(round(total / UNIDAD_COP), CIEN)
    sueltas = _orden_de_webster(tuple(pesos))[:resto]
    return [float((peso * cientos + sueltas.count(i)) * UNIDAD_COP) for i, peso in enumerate(pesos)]


@cache
def _orden_de_webster(pesos: tuple[int, ...]) -> list[int]:
    turnos = [((2 * k - 1) / peso, i) for i, peso in enumerate(pesos) for k in range(1, peso + 1)]
    return [i for _, i in sorted(turnos)]


def fuentes_de(meta: MetaCurada) -> dict[str, int]:
    """Fuentes con que se financia la meta y su peso en centésimas."""
    mezclas = leer_mundo()["fuentes_por_sector"]
    mezcla = mezclas.get(meta.sector, mezclas["otros"])
    return {fuente: round(CIEN * parte) for fuente, parte in mezcla.items()}


def nombre_de_proyecto(meta: MetaCurada, numero: int) -> str:
    """Nombre del proyecto número `numero` (desde 0) de la meta en el banco de proyectos."""
    fase = ", fase II" if numero else ""
    return f"{meta.nombre_programa.rstrip('. ')} en el municipio de Ibagué{fase}"


def _rubros(
    meta: MetaCurada, identidad: Mapping[Any, Any], dinero: Sequence[Mapping[str, Any]]
) -> list[Fila]:
    """Un rubro por proyecto y fuente: lo que cambió en cada corte (`cambios`) y lo girado en el último."""
    proyectos = str(identidad["bpin"]).split(", ")
    partes = _partes(fuentes_de(meta), len(proyectos))
    pesos = [peso for _, _, peso in partes]
    iniciales = repartir(dinero[0][INICIAL], pesos)
    definitivas = [repartir(corte[DEFINITIVA], pesos) for corte in dinero]
    cadena = {campo: repartir(dinero[-1][campo], pesos) for campo in ETAPAS_DEL_GASTO[2:]}
    filas = []
    for i, (proyecto, fuente, _) in enumerate(partes):
        niveles = [iniciales[i], *(definitiva[i] for definitiva in definitivas)]
        filas.append(
            _rubro(meta, identidad, proyecto, fuente)
            | {INICIAL: iniciales[i], DEFINITIVA: niveles[-1]}
            | {campo: valores[i] for campo, valores in cadena.items()}
            | {"cambios": [b - a for a, b in zip(niveles, niveles[1:], strict=False)]}
        )
    return [fila for fila in filas if fila[INICIAL] or fila[DEFINITIVA]]


def _proyectos_sin_recursos(meta: MetaCurada, identidad: Mapping[Any, Any], con_fila: set[str]) -> list[Fila]:
    """Los proyectos de una meta de gestión que nadie financia: están en el POAI, con apropiación cero."""
    fuente = next(iter(fuentes_de(meta)))
    return [
        _rubro(meta, identidad, numero, fuente)
        | dict.fromkeys(ETAPAS_DEL_GASTO, 0.0)
        | {"cambios": [0.0] * len(ETAPAS_DEL_GASTO)}
        for numero, bpin in enumerate(str(identidad["bpin"]).split(", "))
        if bpin not in con_fila
    ]


def _rubro(meta: MetaCurada, identidad: Mapping[Any, Any], proyecto: int, fuente: str) -> Fila:
    rubros = leer_mundo()["rubros_por_sector"]
    cuenta = rubros.get(meta.sector, rubros["otros"])
    return {
        "codigo_meta": meta.codigo_meta,
        "nombre_meta": identidad["nombre_meta"],
        "bpin": str(identidad["bpin"]).split(", ")[proyecto],
        "nombre_proyecto": nombre_de_proyecto(meta, proyecto),
        "codigo_producto": meta.codigo_producto,
        "rubro": cuenta["rubro"],
        "nombre_rubro": cuenta["nombre"],
        "codigo_fuente": leer_mundo()["fuentes"][fuente]["codigo"],
        "nombre_fuente": fuente,
    }


def _partes(fuentes: Mapping[str, int], proyectos: int) -> list[tuple[int, str, int]]:
    """(proyecto, fuente, peso); el segundo proyecto toma una parte de la primera fuente."""
    partes = [(0, fuente, peso) for fuente, peso in fuentes.items()]
    if proyectos > 1:
        _, primera, peso = partes[0]
        segundo = round(peso * PARTE_DEL_SEGUNDO_PROYECTO)
        partes[0] = (0, primera, peso - segundo)
        partes.append((1, primera, segundo))
    return partes


def _armar(filas: Sequence[Fila], periodos: Sequence[str]) -> Presupuesto:
    movimientos = [
        {campo: filas[indice][campo] for campo in LLAVE} | acto
        for numero, periodo in enumerate(periodos)
        for indice, acto in _movimientos(filas, numero, periodo)
    ]
    sumas: dict[tuple[Any, ...], dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for movimiento in movimientos:
        llave = tuple(movimiento[campo] for campo in LLAVE)
        sumas[llave][COLUMNA_DE_CLASE[movimiento["clase"]]] += movimiento["valor_cop"]
    armadas = []
    for fila in filas:
        suyas = sumas[tuple(fila[campo] for campo in LLAVE)]
        modificado = {columna: suyas[columna] for columna in COLUMNA_DE_CLASE.values()}
        modificado |= {"aplazamientos_cop": 0.0, "desaplazamientos_cop": 0.0}
        armadas.append({k: v for k, v in fila.items() if k != "cambios"} | modificado)
    return Presupuesto(filas=tuple(armadas), movimientos=tuple(movimientos))


def _movimientos(filas: Sequence[Fila], numero: int, periodo: str) -> list[tuple[int, Fila]]:
    """Lo que cambió en el corte, por rubro: primero los traslados de la misma fuente y luego el resto."""
    pendientes = [float(fila["cambios"][numero]) for fila in filas]
    movimientos = []
    for da, recibe, valor in _traslados(filas, pendientes):
        movimientos += [
            (da, _acto("contracredito", valor, periodo)),
            (recibe, _acto("credito", valor, periodo)),
        ]
        pendientes[da] += valor
        pendientes[recibe] -= valor
    for indice, valor in enumerate(pendientes):
        if valor:
            clase = "adicion" if valor > 0 else "reduccion"
            movimientos.append((indice, _acto(clase, abs(valor), periodo)))
    return movimientos


def _traslados(filas: Sequence[Fila], cambios: Sequence[float]) -> list[tuple[int, int, float]]:
    """(rubro que da, rubro que recibe, valor) de la misma fuente: cada uno interviene a lo sumo una vez."""
    dan: dict[str, list[int]] = defaultdict(list)
    traslados = []
    for indice, fila in enumerate(filas):
        if cambios[indice] < 0:
            dan[fila["codigo_fuente"]].append(indice)
    for indice, fila in enumerate(filas):
        if cambios[indice] > 0 and dan[fila["codigo_fuente"]]:
            da = dan[fila["codigo_fuente"]].pop(0)
            traslados.append((da, indice, min(-cambios[da], cambios[indice])))
    return traslados


def _acto(clase: str, valor: float, periodo: str) -> Fila:
    actos: dict[str, Fila] = leer_mundo()["actos"][periodo]
    return {"clase": clase, "valor_cop": valor} | actos[clase]
