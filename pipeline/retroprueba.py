"""Qué tan seguido ha acertado cada regla de alerta, y el intervalo de la proyección, en cortes ya cerrados.

Función pura: recibe lo que cada corte alertó y proyectó con lo que entonces se sabía, y lo que pasó después.
Sugiere umbrales; nada los cambia solo. Detalle en docs/metodologia.md §13.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from pipeline.esquemas import crear_tabla, revisar_tabla
from pipeline.modelo import Corte, EstadoReporte

DESENLACES = {
    "incumple_vigencia": "La meta cerró la vigencia sin llegar al cierre mínimo que fijó la entidad.",
    "valor_corregido": "Otro corte de la vigencia bajó lo ejecutado más de 5 % o subió lo programado.",
}
QUIETAS = ("resuelta", "sin_verificar")
"""Estados que no dicen que la regla se cumpla en ese corte."""
ACUMULAN = ("acumulado", "flujo")
REVISION = 0.05
"""Lo que debe bajar un acumulado (razón) para que sea una corrección y no un ajuste de cifras."""
MINIMO_CASOS = 30
"""Metas-corte con que se sugiere un umbral; con menos, el azar pesa más que la regla."""
MINIMO_DESENLACES = 5
PASOS = 100
LLAVE = ["codigo_meta", "corte"]


def retroprobar(
    alertas_por_corte: Sequence[tuple[Corte, pd.DataFrame]],
    series: pd.DataFrame,
    *,
    textos: Mapping[str, Any],
    umbrales: Mapping[str, float],
    proyecciones_por_corte: Sequence[tuple[Corte, pd.DataFrame]] = (),
) -> pd.DataFrame:
    """Tabla `evaluacion_alertas`: un renglón por regla, por familia de reglas y por base de proyección.

    Args:
        alertas_por_corte: la tabla `alertas` de cada corte, calculada solo con lo que entonces se sabía.
        series: tablas `metas` de todos los cortes, una tras otra, con la columna `corte` («2024-T3»).
        textos: reglas de alerta; su `desenlace` dice con qué se comprueba cada una.
        umbrales: [umbrales] con que se alertó.
        proyecciones_por_corte: la tabla `proyecciones` de cada corte.

    Un caso es una meta programada en un corte anterior a T4 cuyo desenlace ya se conoce; el que no se conoce
    no cuenta ni a favor ni en contra. Las alertas de dependencia y de actividad no se evalúan.
    """
    cortes = [str(corte) for corte, _ in alertas_por_corte]
    casos = {nombre: _casos(series, nombre, cortes, umbrales) for nombre in DESENLACES}
    alertadas = _alertadas(alertas_por_corte)
    proyectadas = _con_cierre(proyecciones_por_corte, casos["incumple_vigencia"])
    filas = [_de_regla(regla, casos, alertadas, proyectadas, umbrales) for regla in textos["reglas"]]
    filas += _de_familias(textos["reglas"], casos, alertadas)
    filas += _de_proyeccion(proyectadas)
    return revisar_tabla("evaluacion_alertas", crear_tabla("evaluacion_alertas", filas))


def _casos(
    series: pd.DataFrame, desenlace: str, cortes: Sequence[str], umbrales: Mapping[str, float]
) -> pd.DataFrame:
    """Metas-corte con el desenlace conocido: LLAVE, vigencia, trimestre, medidas y `ocurrio`."""
    partes = series["corte"].str.split("-", n=1)
    todas = series.assign(
        vigencia=partes.str[0].astype("int64"), trimestre=partes.str[1].str[1:].astype("int64")
    )
    todas = todas.sort_values(["codigo_meta", "corte"], ignore_index=True)
    casos = todas[
        (todas["trimestre"] < 4)
        & todas["corte"].isin(cortes)
        & todas["estado_reporte"].ne(EstadoReporte.NO_PROGRAMADA.value)
    ]
    casos = casos.assign(llave=_llave(casos))
    if desenlace == "incumple_vigencia":
        return _con_el_cierre(casos, todas, umbrales["proyeccion"])
    return _con_la_correccion(casos, todas)


def _con_el_cierre(casos: pd.DataFrame, todas: pd.DataFrame, suficiente: float) -> pd.DataFrame:
    finales = todas[(todas["trimestre"] == 4) & todas["avance_crudo"].notna()]
    finales = finales[finales["estado_reporte"] == EstadoReporte.REPORTADA.value]
    cierre = finales.set_index(["codigo_meta", "vigencia"])["avance_crudo"].astype("float64")
    indice = pd.MultiIndex.from_frame(casos[["codigo_meta", "vigencia"]])
    casos = casos.assign(cierre_real=cierre.reindex(indice).to_numpy())
    casos = casos[casos["cierre_real"].notna()]
    return casos.assign(ocurrio=casos["cierre_real"] < suficiente)


def _con_la_correccion(casos: pd.DataFrame, todas: pd.DataFrame) -> pd.DataFrame:
    """Contra el menor ejecutado y el mayor programado de los cortes que siguen en la vigencia.

    Solo metas que se acumulan: un nivel puede bajar de verdad.
    """
    reves = todas.iloc[::-1]
    llaves = [reves["codigo_meta"], reves["vigencia"]]
    minimos = reves.groupby(llaves)["ejecutado_vigencia"].cummin().groupby(llaves).ffill()
    maximos = reves.groupby(llaves)["programado_vigencia"].cummax().groupby(llaves).ffill()
    casos = casos.assign(
        menor=minimos.groupby(llaves).shift(1), mayor=maximos.groupby(llaves).shift(1)
    )  # alinea por índice
    conocida = casos["menor"].notna() & casos["ejecutado_vigencia"].notna()
    casos = casos[conocida & casos["tipo_meta"].isin(ACUMULAN)]
    bajo = casos["menor"] < casos["ejecutado_vigencia"] * (1.0 - REVISION)
    return casos.assign(ocurrio=bajo | (casos["mayor"] > casos["programado_vigencia"] + 1e-9))


def _alertadas(alertas_por_corte: Sequence[tuple[Corte, pd.DataFrame]]) -> pd.DataFrame:
    partes = [
        alertas.loc[
            alertas["nivel"].eq("meta") & ~alertas["estado"].isin(QUIETAS), ["regla", "familia", "codigo"]
        ].assign(corte=str(corte))
        for corte, alertas in alertas_por_corte
    ]
    vacia = pd.DataFrame(columns=["regla", "familia", "codigo", "corte"], dtype="str")
    todas = pd.concat(partes, ignore_index=True) if partes else vacia
    todas = todas.rename(columns={"codigo": "codigo_meta"})
    return todas.assign(llave=_llave(todas))


def _llave(filas: pd.DataFrame) -> pd.Series[str]:
    """De qué meta y de qué corte es cada fila, en un solo texto: se busca muchas veces."""
    return filas["corte"].str.cat(filas["codigo_meta"], sep="|")


def _de_regla(
    regla: Mapping[str, Any],
    casos: Mapping[str, pd.DataFrame],
    alertadas: pd.DataFrame,
    proyectadas: pd.DataFrame,
    umbrales: Mapping[str, float],
) -> dict[str, Any]:
    propias = alertadas[alertadas["regla"] == regla["id"]]
    desenlace = regla.get("desenlace", "")
    comun = {"clase": "regla", "regla": regla["id"], "nombre_regla": regla["nombre"]}
    if not desenlace or "metas" not in regla["tablas"]:
        nota = "No hay un desenlace que los cortes siguientes muestren: no se evalúa."
        return {**comun, "n_alertas": len(propias), "nota": nota}
    conocidos = casos[desenlace]
    actual = umbrales.get(regla.get("umbral", ""), np.nan)
    sugerido, nota = _sugerir(regla, conocidos, proyectadas, actual)
    return {
        **comun,
        **_contar(conocidos, propias, desenlace),
        "umbral": regla.get("umbral"),
        "umbral_actual": actual,
        "umbral_sugerido": sugerido,
        "nota": nota,
    }


def _de_familias(
    reglas: Sequence[Mapping[str, Any]], casos: Mapping[str, pd.DataFrame], alertadas: pd.DataFrame
) -> list[dict[str, Any]]:
    """Familias de dos o más reglas con el mismo desenlace: en una meta solo se ve el grado más alto."""
    grupos: dict[tuple[str, str], list[str]] = {}
    for regla in reglas:
        if regla.get("desenlace") and regla.get("familia"):
            grupos.setdefault((regla["familia"], regla["desenlace"]), []).append(regla["id"])
    return [
        {
            "clase": "familia",
            "regla": familia,
            "nombre_regla": ", ".join(ids),
            **_contar(casos[desenlace], alertadas[alertadas["regla"].isin(ids)], desenlace),
            "nota": "Cuenta la meta si alertó cualquiera de las reglas de la familia.",
        }
        for (familia, desenlace), ids in sorted(grupos.items())
        if len(ids) > 1
    ]


def _contar(conocidos: pd.DataFrame, propias: pd.DataFrame, desenlace: str) -> dict[str, Any]:
    alerto = conocidos["llave"].isin(propias["llave"]).to_numpy(dtype=np.bool_)
    ocurrio = conocidos["ocurrio"].to_numpy(dtype=np.bool_)
    aciertos, alertas, desenlaces = int((alerto & ocurrio).sum()), int(alerto.sum()), int(ocurrio.sum())
    primeros = conocidos[alerto & ocurrio].groupby(["codigo_meta", "vigencia"])["trimestre"].min()
    return {
        "desenlace": DESENLACES[desenlace],
        "n_cortes": conocidos["corte"].nunique(),
        "n_casos": len(conocidos),
        "n_desenlaces": desenlaces,
        "n_alertas": alertas,
        "aciertos": aciertos,
        "falsas": alertas - aciertos,
        "omitidas": desenlaces - aciertos,
        "precision": _razon(aciertos, alertas),
        "exhaustividad": _razon(aciertos, desenlaces),
        "tasa_base": _razon(desenlaces, len(conocidos)),
        "anticipacion_cortes": float((4 - primeros).mean()) if len(primeros) else np.nan,
    }


def _sugerir(
    regla: Mapping[str, Any], conocidos: pd.DataFrame, proyectadas: pd.DataFrame, actual: float
) -> tuple[float, str]:
    """Umbral con la mejor media armónica de precisión y exhaustividad, y qué tanto vale la sugerencia."""
    medida = regla.get("medida", "")
    if not medida:
        return np.nan, "Su umbral no se sugiere: depende de varias condiciones a la vez."
    tabla = conocidos if medida in conocidos.columns else proyectadas
    valores = tabla[medida].to_numpy(dtype=np.float64, na_value=np.nan)
    utiles = ~np.isnan(valores) & tabla["estado_reporte"].eq(EstadoReporte.REPORTADA.value).to_numpy()
    valores, ocurrio = valores[utiles], tabla["ocurrio"].to_numpy(dtype=np.bool_)[utiles]
    if len(valores) < MINIMO_CASOS or not MINIMO_DESENLACES <= ocurrio.sum() < len(ocurrio):
        return np.nan, f"Con {len(valores)} casos y {int(ocurrio.sum())} desenlaces no se sugiere umbral."
    menor = any(texto.startswith(f"{medida} <") for texto in regla["cuando"])
    # Lo que hoy es un umbral por encima de 1 solo tiene sentido por encima de 1, y al contrario.
    desde = 1.0 if actual > 1.0 else 0.0
    candidatos = np.round(np.linspace(desde, desde + 1.0, PASOS + 1), 4)
    alerta = valores[None, :] < candidatos[:, None] if menor else valores[None, :] > candidatos[:, None]
    aciertos = (alerta & ocurrio).sum(axis=1)
    equilibrio = 2 * aciertos / np.maximum(1, alerta.sum(axis=1) + ocurrio.sum())
    mejores = candidatos[equilibrio >= equilibrio.max() - 1e-12]
    # Una meseta de umbrales iguales se resume en su centro: el que más lejos queda de los dos bordes.
    sugerido = float(mejores[len(mejores) // 2])
    nota = f"En {len(valores)} casos; con ese umbral la media de precisión y exhaustividad es la mayor."
    return sugerido, nota


def _con_cierre(
    proyecciones_por_corte: Sequence[tuple[Corte, pd.DataFrame]], conocidos: pd.DataFrame
) -> pd.DataFrame:
    """Proyecciones con el cierre que de verdad hubo."""
    columnas = [
        "codigo_meta",
        "base",
        "cierre_vigencia",
        "cierre_vigencia_inferior",
        "cierre_vigencia_superior",
    ]
    partes = [p[columnas].assign(corte=str(corte)) for corte, p in proyecciones_por_corte]
    if not partes:
        vacia = conocidos.iloc[:0].assign(base="")
        return vacia.assign(**dict.fromkeys(columnas[2:], np.nan))
    todas = pd.concat(partes, ignore_index=True)
    return conocidos.merge(todas[todas["cierre_vigencia"].notna()], on=LLAVE, how="inner")


def _de_proyeccion(proyectadas: pd.DataFrame) -> list[dict[str, Any]]:
    """Cobertura del intervalo y error medio, en total y por base; con tope de 1, como el índice."""
    bases = sorted(proyectadas["base"].dropna().unique())
    filas = []
    for base in ["", *bases]:
        suyas = proyectadas[proyectadas["base"] == base] if base else proyectadas
        if suyas.empty:
            continue
        real = suyas["cierre_real"].clip(0.0, 1.0)
        dentro = real.ge(suyas["cierre_vigencia_inferior"].clip(0.0, 1.0) - 1e-9)
        dentro &= real.le(suyas["cierre_vigencia_superior"].clip(0.0, 1.0) + 1e-9)
        filas.append(
            {
                "clase": "proyeccion",
                "regla": f"cierre_vigencia:{base}" if base else "cierre_vigencia",
                "nombre_regla": "Cierre proyectado de la vigencia",
                "n_cortes": suyas["corte"].nunique(),
                "n_casos": len(suyas),
                "n_cobertura": len(suyas),
                "cobertura": float(dentro.mean()),
                "error_medio": float((suyas["cierre_vigencia"].clip(0.0, 1.0) - real).abs().mean()),
                "nota": "El intervalo por historia se construye para cubrir ocho de cada diez.",
            }
        )
    return filas


def _razon(numerador: int, denominador: int) -> float:
    return numerador / denominador if denominador else np.nan
