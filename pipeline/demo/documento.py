"""Escribe `docs/demostracion.md` con lo que trae el ejemplo: `python -m pipeline.demo.documento`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from pipeline.archivos import escribir
from pipeline.config import PAQUETE
from pipeline.demo.ejecucion import historia_del_primer_anio
from pipeline.demo.fallas import Falla, leer_fallas
from pipeline.demo.insumos import CARPETA, CORTES, VIGENCIA, leer_metas, leer_mundo
from pipeline.demo.programacion import programar_cuatrienio
from pipeline.formato_es import contar, numero
from pipeline.modelo import NOMBRES_DE_INSTRUMENTO
from pipeline.plantillas import NOMBRES_DE_TIPO

DESTINO = PAQUETE.parent / "docs" / "demostracion.md"
CLASES_EN_PALABRAS = {
    "no_entrega": "no entrega",
    "tardia": "entrega tardía",
    "columna_borrada": "columna borrada",
    "celdas": "celdas",
    "fila_repetida": "fila repetida",
    "fila_extra": "fila de más",
    "fila_quitada": "fila que falta",
    "movimientos": "movimientos",
    "plan": "plan",
}


def documento() -> str:
    """Texto Markdown de la demostración: el relato de `recursos/demo/demostracion.md` y sus tablas.

    >>> "| C07 |" in documento()
    True
    """
    relato = (CARPETA / "demostracion.md").read_text(encoding="utf-8")
    metas = leer_metas()
    reemplazos = {
        "<!--metas-->": contar(len(metas), "meta"),
        "<!--indicadores-->": numero(len({meta.codigo_indicador for meta in metas}), 0),
        "<!--n-fallas-->": contar(len(leer_fallas()), "falla"),
        "<!--tabla-de-lineas-->": _tabla_de_lineas(),
        "<!--tabla-de-tipos-->": _tabla_de_tipos(),
        "<!--tabla-de-historias-->": _tabla_de_historias(),
        "<!--tabla-de-fallas-->": _tabla_de_fallas(),
    }
    for marca, texto in reemplazos.items():
        relato = relato.replace(marca, texto)
    return relato


def escribir_documento(destino: Path = DESTINO) -> Path:
    """Ruta del documento, escrito de forma atómica en `destino`."""
    return escribir(destino, documento())


def _tabla_de_lineas() -> str:
    conteo = Counter(meta.linea for meta in leer_metas())
    filas = [
        f"| {linea['nombre']} | {conteo[codigo]} | {numero(linea['ponderador'])} |"
        for codigo, linea in leer_mundo()["lineas"].items()
    ]
    return "\n".join(["| Línea | Metas | Ponderador |", "|---|---:|---:|", *filas])


def _tabla_de_tipos() -> str:
    conteo = Counter(meta.tipo_meta for meta in leer_metas())
    filas = [f"| {nombre} | {conteo[tipo]} |" for tipo, nombre in NOMBRES_DE_TIPO.items()]
    return "\n".join(["| Tipo de meta | Metas |", "|---|---:|", *filas])


def _tabla_de_historias() -> str:
    programadas = (meta for meta in leer_metas() if programar_cuatrienio(meta)[0])
    conteo = Counter(historia_del_primer_anio(meta) for meta in programadas)
    filas = [
        f"| {datos['nombre']} | {conteo[codigo]} | {_de_a(datos['T3'])} | {_de_a(datos['T4'])} |"
        for codigo, datos in leer_mundo()["historias_del_primer_anio"].items()
    ]
    encabezado = "| Historia de la meta en 2024 | Metas | De lo esperado, logra en T3 | Y al cierre |"
    return "\n".join([encabezado, "|---|---:|---:|---:|", *filas])


def _de_a(rango: Sequence[float]) -> str:
    return f"{numero(100 * rango[0], 0)} a {numero(100 * rango[1], 0)} %"


def _tabla_de_fallas() -> str:
    encabezado = (
        "| Id | Corte | Libro | Dependencia | Dónde | Clase | Qué tiene | Qué debe detectarse | Reglas |"
    )
    return "\n".join([encabezado, "|---|---|---|---|---|---|---|---|---|", *map(_fila, leer_fallas())])


def _fila(falla: Falla) -> str:
    # Un código con «|» o un salto de línea partiría la tabla.
    celdas = (
        falla.id,
        _cortes(falla.cortes),
        "Plan" if falla.clase == "plan" else NOMBRES_DE_INSTRUMENTO[falla.instrumento],
        falla.dependencia or "—",
        _donde(falla),
        CLASES_EN_PALABRAS[falla.clase],
        falla.que,
        falla.deteccion,
        ", ".join(falla.reglas) or "—",
    )
    return "| " + " | ".join(celda.replace("|", "\\|") for celda in celdas) + " |"


def _cortes(cortes: Sequence[str]) -> str:
    de_2025 = tuple(str(corte) for corte in CORTES if corte.vigencia == VIGENCIA)
    return f"todo {VIGENCIA}" if tuple(cortes) == de_2025 else ", ".join(cortes)


def _donde(falla: Falla) -> str:
    de_mas = falla.fila.get("codigo_actividad", falla.fila.get("codigo_meta"))
    partes = [*falla.metas, *map(str, falla.donde.values()), *([str(de_mas)] if de_mas else [])]
    return ", ".join(partes) or "—"


if __name__ == "__main__":
    escribir_documento()
