"""Trayectoria de las metas que no pueden esperar: lo ejecutado por trimestre frente a lo programado."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from pipeline import graficos
from pipeline.config import Rutas, hallar_raiz
from pipeline.esquemas import leer_tabla
from pipeline.formato_es import contar
from pipeline.informes.bloques import Bloque, acortar, parrafo
from pipeline.informes.datos import DatosInforme
from pipeline.informes.frases import frase
from pipeline.modelo import Periodo

MAXIMO = 3  # metas que se dibujan; las demás están en la tabla de alertas
LETRAS_DE_META = 70


def trayectorias(datos: DatosInforme) -> Bloque:
    """Una figura por meta con alerta abierta de prioridad alta, primero la de mayor impacto (hasta MAXIMO).

    Lee `serie_metas` y `plan_vigencias` del corte; levanta ErrorEntorno si no se ha calculado.
    """
    elegidas = _con_alerta_alta(datos)
    if elegidas.empty:
        return parrafo(frase("sin_trayectorias"), clase="vacio")
    carpeta = Rutas(hallar_raiz(Path.cwd())).procesados(datos.corte)
    serie, plan = (leer_tabla(tabla, carpeta) for tabla in ("serie_metas", "plan_vigencias"))
    figuras = [
        graficos.trayectoria(
            trimestres(serie, plan, str(meta["codigo_meta"]), datos.corte.vigencia),
            meta=f"{meta['codigo_meta']} «{acortar(meta['nombre_meta'], LETRAS_DE_META)}»",
            unidad="" if pd.isna(meta["unidad"]) else str(meta["unidad"]).lower(),
            vigencia=datos.corte.vigencia,
        )
        for meta in elegidas.head(MAXIMO).to_dict("records")
    ]
    clave = "trayectorias" if len(elegidas) > MAXIMO else "trayectorias_todas"
    texto = parrafo(frase(clave, cuantas=contar(len(elegidas), "meta"), mostradas=min(len(elegidas), MAXIMO)))
    return Bloque(texto.contenido + "".join(f._repr_html_() for f in figuras if f is not None))


def trimestres(serie: pd.DataFrame, plan: pd.DataFrame, codigo: str, vigencia: int) -> pd.DataFrame:
    """Los cuatro trimestres de una meta: `periodo`, `programado` y `ejecutado`, acumulados, en su unidad.

    Lo programado es lo que valía en cada corte; del que no ha llegado, lo que dice el plan. Lo ejecutado
    queda vacío donde no hubo reporte o el corte no ha llegado.
    """
    propia = serie[(serie["codigo_meta"] == codigo) & (serie["vigencia"] == vigencia)].set_index("periodo")
    del_plan = plan[(plan["codigo_meta"] == codigo) & (plan["vigencia"] == vigencia)]
    periodos = [p.value for p in Periodo]
    perfil = {p: del_plan[f"programado_{p.lower()}"].max() for p in periodos}
    perfil[periodos[-1]] = propia["programado_vigencia"].dropna().iloc[-1:].max()
    return pd.DataFrame(
        {
            "periodo": periodos,
            "programado": propia["programado_corte"].reindex(periodos).fillna(pd.Series(perfil)).to_numpy(),
            "ejecutado": propia["ejecutado_vigencia"].reindex(periodos).to_numpy(),
        }
    )


def _con_alerta_alta(datos: DatosInforme) -> pd.DataFrame:
    """Las metas programadas con alerta alta abierta, de mayor a menor impacto."""
    altas = datos.alertas_de_prioridad_alta
    altas = altas[altas["nivel"] == "meta"]
    impactos = altas.groupby("codigo")["impacto"].max()
    metas = datos.metas[datos.metas["codigo_meta"].isin(impactos.index)]
    orden = metas.assign(_impacto=metas["codigo_meta"].map(impactos))
    return orden.sort_values(["_impacto", "codigo_meta"], ascending=[False, True], na_position="last")
