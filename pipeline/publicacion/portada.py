"""Las cifras y los renglones de la portada de un corte, sacados de sus tablas."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from pipeline.formato_es import porcentaje
from pipeline.modelo import NOMBRES_DE_INSTRUMENTO

PERIODOS = {
    "T1": "Primer trimestre",
    "T2": "Segundo trimestre",
    "T3": "Tercer trimestre",
    "T4": "Cuarto trimestre",
}


def renglones_por_dependencia(
    nombres: Mapping[str, str],
    indices: pd.DataFrame,
    entregas: pd.DataFrame,
    correcciones: Mapping[tuple[str, str], str],
) -> list[dict[str, Any]]:
    """Un renglón por dependencia para la portada: qué entregó de cada instrumento y cómo va su índice.

    `correcciones` da, por dependencia e instrumento, la ruta de su página. Sin índice, `indice` es None.
    """
    por_dependencia = indices[indices["nivel"] == "dependencia"].set_index("codigo").to_dict("index")
    vigentes = entregas[entregas["estado"] != "reemplazada"]
    renglones = []
    for codigo, nombre in nombres.items():
        propias = vigentes[vigentes["dependencia"] == codigo]
        indice = por_dependencia.get(codigo)
        if propias.empty and indice is None:
            continue
        renglones.append(
            {
                "codigo": codigo,
                "nombre": nombre,
                "entregas": [_entrega(fila, correcciones) for fila in propias.to_dict("records")],
                "indice": indice,
                "situacion": en_palabras(indice["semaforo"]) if indice else "",
            }
        )
    return renglones


def _entrega(fila: Mapping[Any, Any], correcciones: Mapping[tuple[str, str], str]) -> dict[str, Any]:
    no_entrego = fila["estado"] == "no_entregada"
    return {
        "instrumento": fila["instrumento"],
        "nombre_instrumento": NOMBRES_DE_INSTRUMENTO[fila["instrumento"]],
        "estado": en_palabras(fila["estado"]),
        "oportunidad": "" if no_entrego else en_palabras(fila["oportunidad"]).lower(),
        "correcciones": correcciones.get((fila["dependencia"], fila["instrumento"])),
    }


def en_palabras(valor: str) -> str:
    """Valor de lista escrito para leer.

    >>> en_palabras("a_tiempo")
    'A tiempo'
    """
    texto = str(valor).replace("_", " ")
    return {"critico": "Crítico", "tardia": "Tardía"}.get(texto, texto.capitalize())


def titular_del_corte(resumen: Mapping[str, Any]) -> str:
    """La oración que abre la portada: cómo va el plan frente a lo esperado, o que todavía no se sabe.

    >>> titular_del_corte({"indices": {"avance": 0.456, "esperado": 0.612}})
    'El plan lleva 45,6 % de lo programado en la vigencia; al corte se esperaba 61,2 %.'
    >>> titular_del_corte({"indices": {"avance": 0.456, "esperado": None}})
    'El plan lleva 45,6 % de lo programado en la vigencia.'
    """
    avance, esperado = resumen["indices"]["avance"], resumen["indices"]["esperado"]
    if avance is None:
        return "Todavía no hay con qué calcular el avance del plan en este corte."
    frase = f"El plan lleva {porcentaje(avance)} de lo programado en la vigencia"
    return f"{frase}." if esperado is None else f"{frase}; al corte se esperaba {porcentaje(esperado)}."


def resumir(
    indices: pd.DataFrame, entregas: pd.DataFrame, alertas: pd.DataFrame, hallazgos: pd.DataFrame
) -> dict[str, Any]:
    """Cifras principales del corte para `resumen.json`; lo que falta va como null."""
    plan = indices.loc[indices["nivel"] == "plan"].iloc[0]
    enteros = ["n_metas", "n_programadas", "n_reportadas", "n_sin_reporte", "n_devueltas", "n_no_programadas"]
    razones = [
        "avance",
        "cota_inferior",
        "cota_superior",
        "esperado",
        "avance_cuatrienio",
        "ejecucion_financiera",
        "indice_reporte",
        "indice_oportunidad",
    ]
    return {
        "metas": {nombre: int(plan[nombre]) for nombre in enteros},
        "indices": {n: None if pd.isna(plan[n]) else float(plan[n]) for n in razones},
        "semaforo": plan["semaforo"],
        "entregas": _contar(entregas["estado"]),
        "oportunidad": _contar(entregas.loc[entregas["estado"] != "reemplazada", "oportunidad"]),
        "alertas": _contar(alertas["severidad"]),
        "hallazgos": _contar(hallazgos["severidad"]),
    }


def _contar(valores: pd.Series[Any]) -> dict[str, int]:
    return {str(valor): int(cuantos) for valor, cuantos in sorted(valores.value_counts().items())}
