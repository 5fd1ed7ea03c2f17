"""Figuras del avance físico: avance contra esperado, por nivel, y distribución de las metas por banda."""

from __future__ import annotations

from typing import Any

import pandas as pd

from pipeline.formato_es import contar, numero, porcentaje
from pipeline.graficos.estilo import AZUL, CLARO, GRIS, VINO, dibujar, partir, semaforos
from pipeline.graficos.figura import Figura
from pipeline.graficos.piezas import (
    barras,
    cifras,
    columnas,
    de_pie,
    filas,
    filas_sueltas,
    limites,
    rayas,
    rejilla,
)
from pipeline.ritmo import atrasados, inciertos

NIVELES = {
    "linea": ("línea estratégica", "líneas estratégicas"),
    "sector": ("sector", "sectores"),
    "programa": ("programa", "programas"),
    "dependencia": ("dependencia", "dependencias"),
    "entidad": ("entidad", "entidades"),
}
FUENTE = "Fuente: libros de seguimiento de las dependencias. Cálculo según el método descrito al final."


def avance_contra_esperado(indices: pd.DataFrame, nivel: str) -> Figura | None:
    """Barras del avance de la vigencia con la marca de lo esperado y las cotas por falta de reporte.

    `indices` trae las filas de un solo nivel (esquema `indices`) en el orden en que se leen. None si ninguna
    fila tiene avance: la sección dice por qué con un texto.
    """
    datos = indices[indices["avance"].notna()].reset_index(drop=True)
    if datos.empty:
        return None
    uno, varios = NIVELES[nivel]
    return Figura(
        titular=_titular_de_avance(datos, uno, varios),
        subtitulo=(
            f"Avance de la vigencia por {uno}, {_corte(datos)}. La raya vertical es lo esperado al corte; "
            "la línea delgada, el avance posible según lo que falta por reportar"
        ),
        alt=_alt_de_avance(datos, uno),
        datos=_datos_de_avance(datos, uno),
        svg=dibujar(0.62 + _alto_de_fila(len(datos)) * len(datos), lambda ejes: _trazar_avance(ejes, datos)),
        fuente=FUENTE,
        traza=f"trazas-{nivel}",
    )


def _corte(datos: pd.DataFrame) -> str:
    return f"{datos['vigencia'].iloc[0]} {datos['periodo'].iloc[0]}"


def _titular_de_avance(datos: pd.DataFrame, uno: str, varios: str) -> str:
    comparables = datos[datos["esperado"].notna()]
    if comparables.empty:
        mejor = datos.iloc[int(datos["avance"].to_numpy().argmax())]
        return f"{mejor['nombre']} lleva el mayor avance: {porcentaje(mejor['avance'])}"
    debajo, sin_saber = int(atrasados(comparables).sum()), int(inciertos(comparables).sum())
    if len(comparables) == 1:
        return _titular_de_una(comparables.iloc[0], debajo, sin_saber)
    if debajo + sin_saber == 0:
        return f"{todas(uno)} {varios} avanzan al ritmo esperado o por encima"
    if debajo == len(comparables):
        return f"{todas(uno)} {varios} avanzan menos de lo esperado"
    verbo = "avanza" if debajo <= 1 else "avanzan"
    cuantas = contar(debajo, uno, varios) if debajo else ninguna(uno)
    seguro = "" if debajo else "con seguridad "
    titular = f"{cuantas} de {len(comparables)} {verbo} {seguro}menos de lo esperado"
    return titular + no_se_sabe(sin_saber)


def _titular_de_una(unica: pd.Series[Any], debajo: int, sin_saber: int) -> str:
    avance = porcentaje(unica["avance"])
    if sin_saber:
        return f"{unica['nombre']} avanza {avance} y falta reporte para saber si va al ritmo esperado"
    return f"{unica['nombre']} avanza {'por debajo de' if debajo else 'al ritmo de'} lo esperado: {avance}"


def no_se_sabe(cuantas: int) -> str:
    """El final de un titular que dice de cuántas filas no se sabe si van atrasadas; vacío si de ninguna."""
    return f"; de {numero(cuantas, 0)} no se sabe, porque falta reporte" if cuantas else ""


def ninguna(uno: str) -> str:
    """«Ningún sector» o «Ninguna línea estratégica»."""
    return f"Ningún {uno}" if uno in {"sector", "programa"} else f"Ninguna {uno}"


def todas(uno: str) -> str:
    """«Todos los» o «Todas las», según el género de lo que se cuenta."""
    return "Todos los" if uno in {"sector", "programa"} else "Todas las"


def _alt_de_avance(datos: pd.DataFrame, uno: str) -> str:
    partes = [
        f"{fila['nombre']}: {porcentaje(fila['avance'])} frente a {porcentaje(fila['esperado'])} esperado"
        for _, fila in datos.iterrows()
    ]
    resto = f" y {len(partes) - 12} más en la tabla" if len(partes) > 12 else ""
    return f"Barras del avance por {uno}. {'; '.join(partes[:12])}{resto}."


def _datos_de_avance(datos: pd.DataFrame, uno: str) -> pd.DataFrame:
    return pd.DataFrame(
        {
            uno.capitalize(): datos["nombre"],
            "Avance": datos["avance"].map(porcentaje),
            "Esperado": datos["esperado"].map(porcentaje),
            "Cota inferior": datos["cota_inferior"].map(porcentaje),
            "Cota superior": datos["cota_superior"].map(porcentaje),
        }
    )


def _alto_de_fila(filas: int) -> float:
    """Pulgadas por fila: con muchas se aprietan, para que la figura quepa en una página."""
    return min(0.44, max(0.31, 8.4 / filas))


def _trazar_avance(ejes: Any, datos: pd.DataFrame) -> None:
    cuantas = len(datos)
    lugares = range(cuantas)[::-1]
    tope = max(1.0, float(datos[["avance", "esperado", "cota_superior"]].max().max()))
    limites(ejes, (0, tope), (-0.6, cuantas - 0.4))
    eje_de_porcentaje(ejes, tope)
    barras(ejes, lugares, datos["avance"], 0.56, AZUL)
    _trazar_cotas(ejes, datos)
    rayas(ejes, de_pie(lugares, datos["esperado"]), VINO, 2.6, altura=3)
    filas(ejes, lugares, [partir(n) for n in datos["nombre"]], 9 if cuantas > 14 else 10.5)
    cifras(ejes, lugares, [porcentaje(v) for v in datos["avance"]])


def _trazar_cotas(ejes: Any, datos: pd.DataFrame) -> None:
    """Tramo entre cotas; solo si lo no reportado puede mover el valor."""
    movibles = datos[(datos["cota_superior"] - datos["cota_inferior"]).ge(0.005)]
    lugares = len(datos) - 1 - movibles.index
    tramos = [
        ((float(inferior), y), (float(superior), y))
        for y, inferior, superior in zip(
            lugares, movibles["cota_inferior"], movibles["cota_superior"], strict=True
        )
    ]
    if not tramos:
        return
    rayas(ejes, tramos, CLARO, 5, remate="butt")
    rayas(ejes, tramos, GRIS, 1.3, altura=2.5)
    topes = [punto for tramo in tramos for punto in tramo]
    ejes.plot(*zip(*topes, strict=True), color=GRIS, linestyle="", marker="|", markersize=8, zorder=2.5)


def eje_de_porcentaje(ejes: Any, tope: float, paso: float | None = None) -> None:
    """Rejilla cada `paso` con su cifra en español; sin él, cada 25 % o, si el tope es alto, cada 50 %."""
    paso = paso or (0.25 if tope <= 1.3 else 0.5)
    marcas = [i * paso for i in range(int(tope / paso + 1e-9) + 1)]
    rejilla(ejes, en_x=marcas)
    columnas(ejes, marcas, [f"{numero(m * 100, 0)} %" for m in marcas])


def distribucion_por_banda(bandas: pd.DataFrame, corte: str) -> Figura | None:
    """Barras con el número de metas en cada banda del semáforo.

    `bandas` trae `semaforo`, `n_metas` y `proporcion` en el orden de lectura; `corte` va en el subtítulo.
    None si no hay metas.
    """
    datos = bandas[bandas["n_metas"] > 0].reset_index(drop=True)
    if datos.empty:
        return None
    palabras = [_banda(s)["palabra"] for s in datos["semaforo"]]
    cifras = [contar(int(n), "meta") for n in datos["n_metas"]]
    detalle = "; ".join(
        f"{palabra}: {cifra} ({porcentaje(razon)})"
        for palabra, cifra, razon in zip(palabras, cifras, datos["proporcion"], strict=True)
    )
    return Figura(
        titular=_titular_de_bandas(datos),
        subtitulo=f"Metas según la banda de su avance frente a lo esperado, {corte}. {_de_cuantas(datos)}",
        alt=f"Barras del número de metas por banda. {detalle}.",
        datos=pd.DataFrame(
            {"Banda": palabras, "Metas": datos["n_metas"], "Proporción": datos["proporcion"].map(porcentaje)}
        ),
        svg=dibujar(0.3 + 0.42 * len(datos), lambda ejes: _trazar_bandas(ejes, datos, palabras)),
        fuente=FUENTE,
        traza="trazas-meta",
    )


def _banda(semaforo: str) -> dict[str, str]:
    """Palabra y color; sin banda hay metas no programadas y otras de las que aún no se esperaba nada."""
    return semaforos()["nada_esperado" if semaforo == "no_programada" else semaforo]


def _evaluadas(datos: pd.DataFrame) -> int:
    """Las metas de las que ya se esperaba algún avance."""
    return int(datos.loc[datos["semaforo"] != "no_programada", "n_metas"].sum())


def _de_cuantas(datos: pd.DataFrame) -> str:
    """De qué metas son los porcentajes: los de las barras, de todas; el titular habla de las evaluadas."""
    todas, evaluadas = int(datos["n_metas"].sum()), _evaluadas(datos)
    de_todas = f"Los porcentajes son de {'la única meta' if todas == 1 else f'las {numero(todas, 0)} metas'}"
    if evaluadas in (0, todas):
        return de_todas
    return f"{de_todas}; a la fecha se esperaba avance de {numero(evaluadas, 0)}"


def _titular_de_bandas(datos: pd.DataFrame) -> str:
    por_banda = dict(zip(datos["semaforo"], datos["n_metas"], strict=True))
    buenas = int(por_banda.get("satisfactorio", 0) + por_banda.get("sobresaliente", 0))
    malas = int(por_banda.get("critico", 0) + por_banda.get("bajo", 0))
    evaluadas = _evaluadas(datos)
    if evaluadas == 0:
        return "De ninguna meta se esperaba avance a esta fecha"
    if buenas + malas + por_banda.get("medio", 0) == 0:
        return "Ninguna meta tiene banda cierta: depende de lo que falta por reportar"
    if buenas >= malas:
        return f"{contar(buenas, 'meta')} de {numero(evaluadas, 0)} en banda satisfactoria o sobresaliente"
    return f"{contar(malas, 'meta')} de {numero(evaluadas, 0)} en banda crítica o baja"


def _trazar_bandas(ejes: Any, datos: pd.DataFrame, palabras: list[str]) -> None:
    lugares = range(len(datos))[::-1]
    mayor = float(datos["n_metas"].max())
    limites(ejes, (0, mayor * 1.2), filas_sueltas(len(datos)))
    barras(ejes, lugares, datos["n_metas"], 0.6, [_banda(s)["color"] for s in datos["semaforo"]])
    for lugar, cuantas, razon in zip(lugares, datos["n_metas"], datos["proporcion"], strict=True):
        rotulo = f"{numero(int(cuantas), 0)} ({porcentaje(razon)})"
        ejes.text(float(cuantas) + mayor * 0.012, lugar, rotulo, va="center", fontweight="bold")
    filas(ejes, lugares, palabras)
