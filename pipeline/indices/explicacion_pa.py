"""De un índice del Plan de Acción a su fórmula con los números puestos: de cada actividad y de cada nodo.

No promedia por su cuenta: toma de `plan_accion` los mismos términos con que se calculó `indices_pa`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from pipeline.formato_es import contar, exacto, numero, porcentaje
from pipeline.indices.explicacion_nodos import (
    MAXIMO_DE_SUMANDOS,
    ExplicacionDeNodo,
    exigir_publicado,
    nodo_explicado,
)
from pipeline.indices.finanzas import COSTOS_COMPARADOS, razon
from pipeline.indices.formulas import con_tope
from pipeline.indices.plan_accion import (
    NIVELES,
    AgrupacionPa,
    TerminosPa,
    agrupar_actividades,
    terminos_pa,
    valores_que_cuentan,
)
from pipeline.modelo import EstadoReporte, Metodo

CANTIDADES = ("programado_actividad", "ejecutado_actividad")
COSTOS = {
    "costo_programado_cop": ("costo_programado_cop", "apropiacion_definitiva_cop"),
    "costo_ejecutado_cop": ("costo_ejecutado_cop", "obligaciones_cop"),
}
"""Cada costo y los campos del libro de que sale: el primero que tenga valor."""
ESTADOS = {
    EstadoReporte.NO_PROGRAMADA.value: "Sin índice físico: no tiene cantidad programada en la vigencia.",
    EstadoReporte.SIN_REPORTE.value: "Sin índice físico: está programada y no se reportó lo ejecutado.",
    EstadoReporte.DEVUELTA.value: "Sin índice físico: su reporte se devolvió y no cuenta.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplicacionDeActividad:
    """Cómo se obtuvo un índice de una actividad, y los campos de su registro que entraron a la cuenta."""

    id_actividad: str
    medida: str  # indice_fisico, indice_inversion o eficiencia
    texto: str
    campos: tuple[str, ...]
    resultado: float | None


def explicar_actividades(
    actividades: pd.DataFrame, *, metodo: Metodo, campo_de_avance: str
) -> list[ExplicacionDeActividad]:
    """Los tres índices de cada fila de `actividades`, en su orden.

    `campo_de_avance` es el del libro que trae el avance ya hecho (`avance_actividad_t3`), para los formatos
    que no traen cantidades. Levanta ErrorSeguimiento si una cuenta no da lo publicado.
    """
    explicaciones: list[ExplicacionDeActividad] = []
    for actividad in actividades.to_dict("records"):
        explicaciones += [
            _fisico(actividad, metodo, campo_de_avance),
            _inversion(actividad),
            _eficiencia(actividad, metodo),
        ]
    return explicaciones


def explicar_indices_pa(
    actividades: pd.DataFrame, indices_pa: pd.DataFrame, *, metodo: Metodo
) -> list[ExplicacionDeNodo]:
    """Índice físico, índice de inversión y eficiencia de cada fila de `indices_pa`, con los números puestos.

    Son las tablas del corte, calculadas con `metodo`; `indices_pa` puede traer solo algunos niveles, cada uno
    completo. Levanta ErrorSeguimiento si una cuenta no da lo
    publicado: sería un defecto nuestro.
    """
    if actividades.empty:
        return []
    tabla = actividades.sort_values("id_actividad", ignore_index=True)
    valores = valores_que_cuentan(tabla, metodo)["indice_fisico"]
    explicaciones: list[ExplicacionDeNodo] = []
    for nivel in (n for n in NIVELES if n in set(indices_pa["nivel"])):
        a = agrupar_actividades(tabla, nivel)
        t = terminos_pa(valores, a.grupo, a.proyecto, a.pesos, metodo.agregacion)
        publicados = indices_pa[indices_pa["nivel"] == nivel].set_index("codigo").reindex(a.codigos)
        for nodo, publicado in enumerate(publicados.reset_index().to_dict("records")):
            explicaciones += [
                _promedio(nivel, publicado, t, nodo, a),
                _inversion_del_nodo(nivel, publicado),
                _eficiencia_del_nodo(nivel, publicado, metodo),
            ]
    return explicaciones


def _fisico(a: Mapping[Any, Any], metodo: Metodo, campo_de_avance: str) -> ExplicacionDeActividad:
    crudo = a["indice_fisico_crudo"]
    if a["estado_reporte"] != EstadoReporte.REPORTADA.value:
        return _sin_indice(a, "indice_fisico", ESTADOS[a["estado_reporte"]], CANTIDADES)
    por_avance = bool(pd.isna(a["programado_vigencia"]))
    campos: tuple[str, ...] = (campo_de_avance,) if por_avance else CANTIDADES
    if por_avance:
        cuenta = f"avance declarado en el libro = {porcentaje(crudo)}"
    else:
        partes = f"{exacto(a['ejecutado_vigencia'])} / {exacto(a['programado_vigencia'])}"
        calculado = a["ejecutado_vigencia"] / a["programado_vigencia"]
        exigir_publicado(calculado, crudo, "actividad", a["id_actividad"], "indice_fisico_crudo")
        cuenta = f"ejecutado / programado en la vigencia = {partes} = {porcentaje(crudo)}"
    fisico = float(con_tope(np.array([crudo]), metodo.tope)[0])
    exigir_publicado(fisico, a["indice_fisico"], "actividad", a["id_actividad"], "indice_fisico")
    con = f"; cuenta {porcentaje(fisico)}, por el tope del método" if fisico != crudo else ""
    return _explicada(a, "indice_fisico", f"Índice físico = {cuenta}{con}.", campos, fisico)


def _inversion(a: Mapping[Any, Any]) -> ExplicacionDeActividad:
    campos = (*COSTOS["costo_programado_cop"], *COSTOS["costo_ejecutado_cop"])
    programado, ejecutado, indice = (
        a["costo_programado_cop"], a["costo_ejecutado_cop"], a["indice_inversion"]
    )  # fmt: skip
    if pd.isna(indice):
        excluida = pd.notna(a["es_excluida"]) and bool(a["es_excluida"])
        porque = "su reporte se devolvió" if excluida else "falta el costo programado o el ejecutado"
        return _sin_indice(a, "indice_inversion", f"Sin índice de inversión: {porque}.", campos)
    exigir_publicado(ejecutado / programado, indice, "actividad", a["id_actividad"], "indice_inversion")
    texto = (
        "Índice de inversión = costo ejecutado / costo programado = "
        f"{exacto(ejecutado)} / {exacto(programado)} = {porcentaje(indice)}."
    )
    return _explicada(a, "indice_inversion", texto, campos, indice)


def _eficiencia(a: Mapping[Any, Any], metodo: Metodo) -> ExplicacionDeActividad:
    texto = _texto_de_eficiencia(a, metodo)
    return _explicada(a, "eficiencia", texto, (), None if pd.isna(a["eficiencia"]) else a["eficiencia"])


def _texto_de_eficiencia(fila: Mapping[Any, Any], metodo: Metodo) -> str:
    fisico, inversion, indice = fila["indice_fisico"], fila["indice_inversion"], fila["eficiencia"]
    if pd.isna(fisico) or pd.isna(inversion):
        return "Sin eficiencia: falta alguno de los dos índices."
    if pd.isna(indice):
        return (
            f"Sin eficiencia: el índice de inversión, {porcentaje(inversion)}, no llega al umbral de "
            f"{porcentaje(metodo.eficiencia_minima)}."
        )
    cuenta = f"{porcentaje(fisico)} / {porcentaje(inversion)} = {numero(indice, 2)}"
    return f"Eficiencia = índice físico / índice de inversión = {cuenta}."


def _promedio(
    nivel: str, publicado: Mapping[Any, Any], t: TerminosPa, nodo: int, a: AgrupacionPa
) -> ExplicacionDeNodo:
    codigo = str(publicado["codigo"])
    cuentan = (t.grupo == nodo) & ~np.isnan(t.valores)
    if not cuentan.any():
        exigir_publicado(math.nan, publicado["indice_fisico"], nivel, codigo, "indice_fisico")
        texto = f"Sin índice físico: nada cuenta en el promedio ({_cobertura(publicado)})."
        return nodo_explicado(nivel, codigo, "indice_fisico", texto)
    nombres, arriba, abajo = _cuenta(t, cuentan, a.proyectos)
    exigir_publicado(arriba / abajo, publicado["indice_fisico"], nivel, codigo, "indice_fisico")
    texto = (
        f"Índice físico = {nombres} = {exacto(arriba)} / {exacto(abajo)} = {porcentaje(arriba / abajo)}, "
        f"sobre {_cobertura(publicado)}."
    )
    return nodo_explicado(nivel, codigo, "indice_fisico", texto, arriba, abajo, arriba / abajo)


def _cuenta(t: TerminosPa, cuentan: np.ndarray, proyectos: np.ndarray) -> tuple[str, float, float]:
    """Qué se promedia, con sus sumandos si son pocos, y las dos sumas.

    Con un solo proyecto en el nodo, la cuenta es la de sus actividades por su ponderación.
    """
    if t.son == "proyecto" and int(cuentan.sum()) == 1:
        propias = (t.sumando == int(np.flatnonzero(cuentan)[0])) & ~np.isnan(t.de_actividades)
        pesos, valores = t.pesos_de_actividad[propias], t.de_actividades[propias]
        nombres = "Σ (peso × índice de la actividad) / Σ peso"
        return nombres, float((pesos * valores).sum()), float(pesos.sum())
    pesos, valores = t.pesos[cuentan], t.valores[cuentan]
    arriba, abajo = float((pesos * valores).sum()), float(pesos.sum())
    if t.son == "actividad":
        return "Σ índice de las actividades / número de actividades", arriba, abajo
    por_conteo = bool((pesos != 1.0).any())
    nombres = (
        "Σ (actividades × índice de cada proyecto) / Σ actividades"
        if por_conteo
        else "Σ índice de cada proyecto / número de proyectos"
    )
    if len(valores) > MAXIMO_DE_SUMANDOS:
        return nombres, arriba, abajo
    trios = zip(proyectos[t.proyecto[cuentan]], pesos, valores, strict=True)
    sumandos = [f"{f'{exacto(p)} × ' if por_conteo else ''}{porcentaje(v)} ({c})" for c, p, v in trios]
    return f"{nombres} = ({' + '.join(sumandos)}) / {exacto(abajo)}", arriba, abajo


def _cobertura(publicado: Mapping[Any, Any]) -> str:
    programadas = contar(int(publicado["n_programadas"]), "actividad programada", "actividades programadas")
    sin = int(publicado["n_sin_reporte"])
    return f"{programadas}, {numero(int(publicado['n_reportadas']), 0)} con reporte" + (
        f" y {numero(sin, 0)} sin reporte o devueltas" if sin else ""
    )


def _inversion_del_nodo(nivel: str, publicado: Mapping[Any, Any]) -> ExplicacionDeNodo:
    codigo = str(publicado["codigo"])
    programado, ejecutado = (publicado[c] for c in COSTOS_COMPARADOS.values())
    resultado = float(razon(np.array([ejecutado]), np.array([programado]))[0])
    exigir_publicado(resultado, publicado["indice_inversion"], nivel, codigo, "indice_inversion")
    sin = int(publicado["n_sin_costo"])
    if math.isnan(resultado):
        porque = (
            "ninguna actividad que cuenta trae los dos costos"
            if pd.isna(programado)
            else "el costo programado suma cero"
        )
        texto = f"Sin índice de inversión: {porque}."
        return nodo_explicado(nivel, codigo, "indice_inversion", texto)
    texto = (
        "Índice de inversión = Σ costo ejecutado / Σ costo programado = "
        f"{exacto(ejecutado)} / {exacto(programado)} = {porcentaje(resultado)}{_fuera(sin)}."
    )
    return nodo_explicado(nivel, codigo, "indice_inversion", texto, ejecutado, programado, resultado)


def _fuera(sin: int) -> str:
    if not sin:
        return ""
    cuantas = contar(sin, "actividad", "actividades")
    return f"; {cuantas} no {'entra' if sin == 1 else 'entran'} por no traer los dos costos"


def _eficiencia_del_nodo(nivel: str, publicado: Mapping[Any, Any], metodo: Metodo) -> ExplicacionDeNodo:
    codigo = str(publicado["codigo"])
    texto, indice = _texto_de_eficiencia(publicado, metodo), publicado["eficiencia"]
    if pd.isna(indice):
        return nodo_explicado(nivel, codigo, "eficiencia", texto)
    return nodo_explicado(
        nivel, codigo, "eficiencia", texto, publicado["indice_fisico"], publicado["indice_inversion"], indice
    )


def _sin_indice(
    a: Mapping[Any, Any], medida: str, texto: str, campos: tuple[str, ...]
) -> ExplicacionDeActividad:
    return _explicada(a, medida, texto, campos, None)


def _explicada(
    a: Mapping[Any, Any], medida: str, texto: str, campos: tuple[str, ...], resultado: float | None
) -> ExplicacionDeActividad:
    return ExplicacionDeActividad(
        id_actividad=str(a["id_actividad"]), medida=medida, texto=texto, campos=campos, resultado=resultado
    )
