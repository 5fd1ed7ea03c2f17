"""Deja a la vista lo producido: CSV, portada del corte y resumen. Publica carpetas enteras o nada."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline.config import PAQUETE
from pipeline.formato_es import contar, fecha_larga, porcentaje

PELIGROSOS = ("=", "+", "-", "@", "\t", "\r")
PLANTILLAS = PAQUETE / "recursos" / "portada"


def publicar_carpeta(provisional: Path, destino: Path) -> None:
    """Pone `provisional` en lugar de `destino`; quien mire ve la carpeta anterior o la nueva, completas."""
    destino.parent.mkdir(parents=True, exist_ok=True)
    retirada = provisional.with_name(provisional.name + ".anterior")
    shutil.rmtree(retirada, ignore_errors=True)
    if destino.exists():
        destino.rename(retirada)
    provisional.rename(destino)
    shutil.rmtree(retirada, ignore_errors=True)


def escribir_csv(tabla: pd.DataFrame, destino: Path) -> Path:
    """Ruta del CSV (UTF-8 con BOM para Excel, coma, punto decimal); lo vacío queda vacío, nunca 0.

    Un texto que empiece como fórmula se precede de apóstrofo: al abrirlo no se ejecuta nada.
    """
    segura = tabla.copy()
    for columna in segura.select_dtypes(include=["object", "string"]):
        textos = segura[columna]
        peligrosos = textos.str.startswith(PELIGROSOS, na=False)
        segura[columna] = textos.where(~peligrosos, "'" + textos.astype("str"))
    destino.parent.mkdir(parents=True, exist_ok=True)
    segura.to_csv(destino, index=False, encoding="utf-8-sig", lineterminator="\n")
    return destino


def escribir_portada(destino: Path, datos: Mapping[str, Any]) -> Path:
    """Ruta del index.html del corte, un solo archivo sin nada remoto. `datos` llena la plantilla."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    ambiente = Environment(
        loader=FileSystemLoader(PLANTILLAS),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    ambiente.filters |= {"porcentaje": porcentaje, "contar": contar, "fecha_larga": fecha_larga}
    texto = ambiente.get_template("indice.html.j2").render(**datos)
    provisional = destino.with_name(destino.name + ".tmp")
    destino.parent.mkdir(parents=True, exist_ok=True)
    provisional.write_text(texto, encoding="utf-8")
    provisional.replace(destino)
    return destino


def renglones_por_dependencia(
    nombres: Mapping[str, str],
    indices: pd.DataFrame,
    entregas: pd.DataFrame,
    fichas: Mapping[str, Any],
    correcciones: Mapping[str, str],
) -> list[dict[str, Any]]:
    """Un renglón por dependencia para la portada: entrega, índice, ficha y correcciones (None si no hay)."""
    por_dependencia = indices[indices["nivel"] == "dependencia"].set_index("codigo").to_dict("index")
    propias = entregas[(entregas["estado"] != "reemplazada") & (entregas["instrumento"] == "pi")]
    vigentes = propias.set_index("dependencia").to_dict("index")
    renglones = []
    for codigo, nombre in nombres.items():
        entrega, indice = vigentes.get(codigo), por_dependencia.get(codigo)
        if entrega is None and indice is None:
            continue
        renglones.append(
            {
                "nombre": nombre,
                "entrega": en_palabras(entrega["estado"]) if entrega else "En la consolidada",
                "oportunidad": en_palabras(entrega["oportunidad"]) if entrega else "–",
                "indice": indice,
                "situacion": en_palabras(indice["semaforo"]) if indice else "",
                "ficha": fichas.get(codigo),
                "correcciones": correcciones.get(codigo),
            }
        )
    return renglones


def en_palabras(valor: str) -> str:
    """Valor de lista escrito para leer.

    >>> en_palabras("a_tiempo")
    'A tiempo'
    """
    texto = str(valor).replace("_", " ")
    return {"critico": "Crítico", "tardia": "Tardía"}.get(texto, texto.capitalize())


def resumir(
    indices: pd.DataFrame, entregas: pd.DataFrame, alertas: pd.DataFrame, hallazgos: pd.DataFrame
) -> dict[str, Any]:
    """Cifras principales del corte para `resumen.json`; lo que falta va como null."""
    plan = indices.loc[indices["nivel"] == "plan"].iloc[0]
    entregas = entregas[entregas["instrumento"] == "pi"]
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


def retirar_sobrantes(carpeta: Path, vigentes: Sequence[Path]) -> list[str]:
    """Nombres de informes publicados que este corte ya no produce, y que se quitaron."""
    sobrantes = [
        manifiesto.parent
        for manifiesto in sorted(carpeta.rglob("manifiesto.json"))
        if manifiesto.parent not in vigentes and manifiesto.parent != carpeta
    ]
    for ruta in sobrantes:
        shutil.rmtree(ruta)
    return [ruta.relative_to(carpeta).as_posix() for ruta in sobrantes]
