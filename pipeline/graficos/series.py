"""Figuras en el tiempo: las dependencias en cada corte y una meta frente a su programación."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from pipeline.formato_es import contar, numero, porcentaje
from pipeline.graficos.avance import FUENTE, NIVELES, ninguna, no_se_sabe, todas
from pipeline.graficos.estilo import AZUL, VINO, dibujar, partir
from pipeline.graficos.figura import Figura
from pipeline.graficos.piezas import columnas, corrido, filas, limites, marcas_redondas, rejilla
from pipeline.ritmo import atrasados, inciertos

ESCALA = ("#F4F6F8", "#12436D")
"""De cero a todo lo programado: un solo tono que oscurece, legible también en gris."""
OSCURO = 0.66
CORTES = 5  # los que caben a lo ancho con su cifra legible
BAJO = 0.14


def mapa_de_calor(serie: pd.DataFrame, rotulo: str, nivel: str = "dependencia") -> Figura | None:
    """Avance de cada nodo en cada corte; un triángulo marca los que con seguridad iban por debajo.

    `serie` trae `codigo`, `nombre`, `corte` («2025-T2»), `avance`, sus cotas y `esperado`, con los nodos en
    el orden en que se leen. None si hay menos de dos cortes o ningún avance: un solo corte ya lo muestran las
    barras.
    """
    avances = _en_matriz(serie, "avance")
    if avances.shape[1] < 2 or avances.isna().all(axis=None):
        return None
    debajo = _marcados(serie, atrasados(serie))
    sin_saber = _marcados(serie, inciertos(serie))
    uno, varios = NIVELES[nivel]
    filas = [
        f"{nombre}: {', '.join(f'{c} {porcentaje(v)}' for c, v in fila.items())}"
        for nombre, fila in avances.head(12).iterrows()
    ]
    resto = f" y {len(avances) - 12} más en la tabla" if len(avances) > 12 else ""
    datos = avances.map(porcentaje).reset_index(names=uno.capitalize())
    return Figura(
        titular=_titular_de_calor(debajo, sin_saber, uno, varios),
        subtitulo=f"Avance de la vigencia, en porcentaje, por {uno} en los últimos cortes, {rotulo}. Más "
        "oscuro es más avance; el triángulo marca los que con seguridad iban por debajo de lo esperado a esa "
        "fecha",
        alt=f"Tabla de calor del avance por {uno} y corte. {'; '.join(filas)}{resto}.",
        datos=datos,
        svg=dibujar(
            0.5 + min(0.42, 9.0 / len(avances)) * len(avances),
            lambda ejes: _trazar_calor(ejes, avances, debajo),
        ),
        fuente=FUENTE,
        traza=f"trazas-{nivel}",
    )


def _en_matriz(serie: pd.DataFrame, columna: str) -> pd.DataFrame:
    """Nodos por cortes, con los nodos en su orden y los cortes del primero al último."""
    orden = serie.drop_duplicates("codigo")
    matriz = serie.pivot_table(index="codigo", columns="corte", values=columna, aggfunc="first", dropna=False)
    matriz = matriz.reindex(orden["codigo"])
    matriz.index = pd.Index(orden["nombre"].fillna(orden["codigo"]).to_numpy(dtype=object))
    return matriz[sorted(matriz.columns)[-CORTES:]]


def _marcados(serie: pd.DataFrame, casos: pd.Series[bool]) -> pd.DataFrame:
    """Los casos, nodos por cortes; donde el nodo no tiene corte no hay caso."""
    return _en_matriz(serie.assign(caso=casos.astype("float64")), "caso").fillna(0.0).astype(bool)


def _titular_de_calor(debajo: pd.DataFrame, sin_saber: pd.DataFrame, uno: str, varios: str) -> str:
    ultimo = debajo.columns[-1]
    vigencia = [c for c in debajo.columns if c[:4] == ultimo[:4]]
    siempre = int(debajo[vigencia].all(axis=1).sum())
    quizas = int((debajo | sin_saber)[vigencia].all(axis=1).sum()) - siempre
    if len(vigencia) > 1 and siempre:
        verbo = "ha" if siempre == 1 else "han"
        return (
            f"{contar(siempre, uno, varios)} de {len(debajo)} {verbo} ido por debajo de lo esperado en "
            f"todos los cortes de {ultimo[:4]}{no_se_sabe(quizas)}"
        )
    ahora, dudosas = int(debajo[ultimo].sum()), int(sin_saber[ultimo].sum())
    if ahora:
        verbo = "va" if ahora == 1 else "van"
        titular = f"{contar(ahora, uno, varios)} de {len(debajo)} {verbo} por debajo de lo esperado"
        return f"{titular} en {ultimo}{no_se_sabe(dudosas)}"
    if dudosas:
        return f"{ninguna(uno)} va con seguridad por debajo de lo esperado en {ultimo}{no_se_sabe(dudosas)}"
    return f"{todas(uno)} {varios} con dato van al ritmo esperado o por encima en {ultimo}"


def _trazar_calor(ejes: Any, avances: pd.DataFrame, debajo: pd.DataFrame) -> None:
    from matplotlib.colors import LinearSegmentedColormap

    escala = LinearSegmentedColormap.from_list("avance", ESCALA)
    cuantas, columnas_de_datos = avances.shape
    limites(ejes, (0, columnas_de_datos), (-0.55, cuantas - 0.45))
    valores = avances.to_numpy(dtype=np.float64)
    # Una sola malla y dos nubes de marcas: dibujar celda por celda triplica el tamaño del informe.
    ejes.pcolormesh(
        np.arange(columnas_de_datos + 1),
        np.arange(cuantas + 1)[::-1] - 0.5,
        np.ma.masked_invalid(np.clip(valores, 0, 1)),
        cmap=escala, vmin=0, vmax=1, edgecolors="white", linewidth=2, clip_on=False,
    )  # fmt: skip
    oscuras = valores >= OSCURO
    for fila, columna in np.ndindex(cuantas, columnas_de_datos):
        tinta = "white" if oscuras[fila, columna] else "black"
        cifra = numero(float(valores[fila, columna]) * 100, 1)  # el signo % en cada celda es ruido y peso
        lugar = (columna + 0.46, cuantas - 1 - fila)
        ejes.text(*lugar, cifra, ha="center", va="center", color=tinta, fontsize=9.5)
    marcadas = debajo.to_numpy()
    for tinta, cuales in (("white", marcadas & oscuras), ("black", marcadas & ~oscuras)):
        fila, columna = np.nonzero(cuales)
        ejes.scatter(columna + 0.86, cuantas - 1 - fila, marker="v", s=24, color=tinta, zorder=4)
    filas(ejes, range(cuantas)[::-1], [partir(n, 40) for n in avances.index], 9)
    cortes = [c.replace("-", " ") for c in avances.columns]
    columnas(ejes, [c + 0.5 for c in range(columnas_de_datos)], cortes, arriba=True)
    ejes.spines["left"].set_visible(False)


def trayectoria(serie: pd.DataFrame, *, meta: str, unidad: str, vigencia: int) -> Figura | None:
    """Lo ejecutado por una meta en cada corte de la vigencia frente a lo programado.

    `serie` trae una fila por trimestre con `periodo`, `programado` (acumulado esperado al cierre; vacío si el
    plan no lo trae) y `ejecutado` (vacío si no se reportó o no ha llegado), en unidades de la meta, en orden.
    None si no hay nada ejecutado ni programado.
    """
    datos = serie.reset_index(drop=True)
    if datos[["programado", "ejecutado"]].isna().all(axis=None):
        return None
    detalle = "; ".join(
        f"{f['periodo']}: ejecutado {numero(f['ejecutado'])}, programado {numero(f['programado'])}"
        for f in datos.to_dict("records")
    )
    return Figura(
        titular=_titular_de_trayectoria(datos, meta),
        subtitulo=f"Ejecutado y programado acumulados en {vigencia} ({unidad or 'sin unidad en el plan'})",
        alt=f"Líneas de lo ejecutado y lo programado por la meta {meta} en {vigencia}. {detalle}.",
        datos=pd.DataFrame(
            {
                "Corte": datos["periodo"],
                "Programado": datos["programado"].map(numero),
                "Ejecutado": datos["ejecutado"].map(numero),
            }
        ),
        svg=dibujar(2.9, lambda ejes: _trazar_trayectoria(ejes, datos)),
        fuente=FUENTE,
        traza="trazas-meta",
    )


def _titular_de_trayectoria(datos: pd.DataFrame, meta: str) -> str:
    hechos = datos[datos["ejecutado"].notna()]
    if hechos.empty:
        return f"{meta} no tiene nada reportado en la vigencia"
    ultimo = hechos.iloc[-1]
    lleva = f"{meta} lleva {numero(ultimo['ejecutado'])} en {ultimo['periodo']}"
    if pd.isna(ultimo["programado"]):
        return f"{lleva}; el plan no trae con qué compararlo"
    if ultimo["ejecutado"] < ultimo["programado"]:
        return f"{lleva} y debía llevar {numero(ultimo['programado'])}"
    return f"{lleva}, igual o más de lo programado ({numero(ultimo['programado'])})"


def _trazar_trayectoria(ejes: Any, datos: pd.DataFrame) -> None:
    lugares = np.arange(len(datos))
    series = (("programado", VINO, "--", "s"), ("ejecutado", AZUL, "-", "o"))
    mayor = float(np.nanmax(datos[["programado", "ejecutado"]].to_numpy(dtype=np.float64)))
    limites(ejes, (-0.3, len(datos) - 0.2), (0, mayor * 1.2 if mayor > 0 else 1))
    marcas = marcas_redondas(ejes.get_ylim(), 8)
    rejilla(ejes, en_y=marcas)
    filas(ejes, marcas, [numero(v) for v in marcas])
    columnas(ejes, lugares, list(datos["periodo"]))
    ejes.spines["bottom"].set_visible(True)
    for campo, color, trazo, marca in series:
        if datos[campo].isna().all():
            continue
        valores = datos[campo].to_numpy(dtype=np.float64)
        ejes.plot(lugares, valores, color=color, linestyle=trazo, marker=marca,
                  linewidth=2.2, markersize=7, zorder=3)  # fmt: skip
        _rotular_serie(ejes, datos, campo, color, mayor)


def _rotular_serie(ejes: Any, datos: pd.DataFrame, campo: str, color: str, mayor: float) -> None:
    """La cifra de cada punto y, junto al último, el nombre de la serie."""
    con_dato = datos[datos[campo].notna()]
    for lugar, valor, otro in zip(con_dato.index, con_dato[campo], _otra(con_dato, campo), strict=True):
        es_primero = bool(lugar == con_dato.index[0])
        dx, dy, ancla = _sitio_del_rotulo(float(valor), float(otro), mayor, es_primero=es_primero)
        ejes.text(lugar, valor, numero(float(valor)), transform=ejes.transData + corrido(dx, dy), ha=ancla,
                  fontsize=9.5, color=color, bbox=_FONDO)  # fmt: skip
    lugar, valor = con_dato.index[-1], con_dato[campo].iloc[-1]
    alto = 7 if valor < BAJO * mayor else 0  # sobre el eje no se lee
    ejes.text(lugar, valor, campo.capitalize(), transform=ejes.transData + corrido(26, alto), va="center",
              color=color, fontweight="bold")  # fmt: skip


LETRAS_ANTES_DEL_EJE = 6  # de una cifra, entre el eje y el primer punto
_FONDO = {"boxstyle": "square,pad=0.1", "facecolor": "white", "edgecolor": "none", "alpha": 0.85}


def _sitio_del_rotulo(
    valor: float, otro: float, mayor: float, *, es_primero: bool = False
) -> tuple[float, float, str]:
    """Puntos y ancla: arriba si nada lo tapa; si no, debajo, y al lado si debajo taparía el eje.

    A la derecha del primer punto pasa su línea, que lo tacharía: va a la izquierda si cabe antes del eje.
    """
    if not valor < otro or (valor < BAJO * mayor and otro - valor > 2 * BAJO * mayor):
        return 0, 9, "center"
    if valor < BAJO * mayor:
        cabe_antes = es_primero and len(numero(valor)) <= LETRAS_ANTES_DEL_EJE
        return (-11, -4, "right") if cabe_antes else (11, -4, "left")
    return 0, -17, "center"


def _otra(datos: pd.DataFrame, campo: str) -> np.ndarray:
    otro = "ejecutado" if campo == "programado" else "programado"
    return datos[otro].to_numpy(dtype=np.float64)
