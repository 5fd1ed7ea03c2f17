"""La comparación de dos cortes escrita para la consola. No calcula nada."""

from __future__ import annotations

from collections.abc import Iterable
from textwrap import shorten
from typing import Any

import pandas as pd

from pipeline.flujo.comparacion import Comparacion
from pipeline.formato_es import contar, exacto, numero, porcentaje, puntos
from pipeline.informes.frases import textos_fijos
from pipeline.modelo import Nivel

MUESTRA = 5
ANCHO = 90  # letras de una meta


def renglones_de(c: Comparacion) -> Iterable[str]:
    """La comparación como se lee en la consola, renglón por renglón."""
    que = "Avance de la vigencia" if c.medida == "avance" else "Avance del cuatrienio"
    yield f"{que}, {c.anterior} → {c.corte}"
    yield from (f"  {aviso}" for aviso in c.avisos)
    yield from _renglones_de_indices(c)
    yield from _renglones_de_metas(c)
    yield from _renglones_de_cambios(c)
    yield ""
    yield f"Alertas: {_renglon_de_alertas(c)}"


def _renglones_de_indices(c: Comparacion) -> Iterable[str]:
    principales = c.indices[c.indices["nivel"].isin(["plan", "linea", "dependencia"])]
    for nivel, filas in principales.groupby("nivel", sort=False):
        yield ""
        yield {"plan": "Plan", "linea": "Líneas", "dependencia": "Dependencias"}[str(nivel)]
        for fila in filas.to_dict("records"):
            cifras = f"{porcentaje(fila['indice_a']):>8} → {porcentaje(fila['indice_b']):>8}"
            nombre = fila["nombre"] if isinstance(fila["nombre"], str) else fila["codigo"]
            yield f"  {cifras}  {puntos(fila['cambio']):>7}  {nombre}"


def _renglones_de_metas(c: Comparacion) -> Iterable[str]:
    nivel = Nivel.DEPENDENCIA.value if c.dependencia else Nivel.PLAN.value
    propias = c.variaciones[c.variaciones["nivel"] == nivel].sort_values(["efecto", "codigo_meta"])
    suben, bajan = propias[propias["efecto"] > 0].iloc[::-1], propias[propias["efecto"] < 0]
    for titulo, filas in (("Lo que más sumó (puntos)", suben), ("Lo que más restó (puntos)", bajan)):
        if len(filas):
            yield ""
            yield titulo
        for fila in filas.head(MUESTRA).to_dict("records"):
            meta = shorten(f"{fila['codigo_meta']} {fila['nombre_meta']}", ANCHO, placeholder="…")
            yield f"  {puntos(fila['efecto'], 2):>7}  {meta} ({_causa(fila['causa'])})"
        if len(filas) > MUESTRA:
            resto = float(filas["efecto"].iloc[MUESTRA:].sum())
            yield f"  {puntos(resto, 2):>7}  {contar(len(filas) - MUESTRA, 'meta')} más"


def _renglones_de_cambios(c: Comparacion) -> Iterable[str]:
    for titulo, filas in (("Programación cambiada", c.programacion), ("Reexpresado", c.reexpresados)):
        if filas.empty:
            continue
        yield ""
        yield f"{titulo}: {contar(len(filas), 'valor', 'valores')}"
        for fila in filas.head(MUESTRA).itertuples():
            yield f"  {fila.codigo_meta} {fila.campo}: {_escrito(fila.valor_a)} → {_escrito(fila.valor_b)}"
        if len(filas) > MUESTRA:
            yield f"  y {numero(len(filas) - MUESTRA, 0)} más (con --json salen todos)"


def _causa(causa: str) -> str:
    """La del informe (textos.yml), dentro de una oración: la consola y el PDF dicen lo mismo."""
    escrita: str = textos_fijos()["causas"][causa]["una"]
    return escrita[:1].lower() + escrita[1:]


def _renglon_de_alertas(c: Comparacion) -> str:
    """Entre vigencias distintas nada se da por resuelto: la anterior cerró con ellas."""
    cuenta = c.alertas["cambio"].value_counts()
    cesadas = ("resuelta", "resuelta", "resueltas")
    if c.anterior.vigencia != c.corte.vigencia:
        cesadas = (
            "no_resuelta",
            f"quedó sin resolver en {c.anterior}",
            f"quedaron sin resolver en {c.anterior}",
        )
    formas = (("nueva", "nueva", "nuevas"), ("continua", "continúa", "continúan"), cesadas)
    return ", ".join(contar(int(cuenta.get(cambio, 0)), uno, varias) for cambio, uno, varias in formas)


def _escrito(valor: Any) -> str:
    if pd.isna(valor):
        return "vacío"
    return exacto(float(valor)) if isinstance(valor, int | float) else str(valor)
