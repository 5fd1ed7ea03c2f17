"""Tabla que ven las reglas del Plan de Acción: su meta, su proyecto y su corte anterior al lado."""

from __future__ import annotations

import pandas as pd

from pipeline.calidad import derivadas_pa as d
from pipeline.calidad.ampliacion import sugerencias, texto
from pipeline.modelo import Corte

DEL_PLAN = ["codigo_meta", "dependencia"]
DEL_ANTERIOR = ["corte", "programado_actividad", "ejecutado_actividad", "costo_ejecutado_cop"]
ACTIVIDAD = ["dependencia", "codigo_actividad", "bpin"]
AJENAS = [
    *(f"plan_{c}" for c in DEL_PLAN),
    *(f"anterior_{c}" for c in DEL_ANTERIOR),
    "anterior_ejecutado_avance",
    "actividades_ausentes",
    "poai_bpin",
    "hay_poai",
    "sugerencia",
    "vigencia_corte",
    "trimestre_corte",
]
DIRECTAS = (
    d.es_actividad,
    d.tiene_avance,
    d.programado_al_corte,
    d.explicacion_al_corte,
    d.veces_en_el_proyecto,
    d.suma_de_ponderaciones,
    d.dias_de_plazo,
    d.dias_de_ejecucion,
    d.bpin_mal_escrito,
    d.diferencia_programado_t4,
    d.baja_programado_trimestres,
    d.baja_avance_trimestres,
    d.indice_fisico,
    d.indice_inversion,
    d.eficiencia,
    d.diferencia_eficiencia,
    d.baja_ejecutado,
    d.baja_costo_ejecutado,
    d.cambio_programado,
    d.es_de_otra_dependencia,
)


def ampliar_registros_pa(
    registros: pd.DataFrame,
    plan: pd.DataFrame,
    *,
    corte: Corte,
    poai: pd.DataFrame | None = None,
    anteriores: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Los registros de la vigencia con su meta del plan, su proyecto del POAI y su corte anterior al lado."""
    propios = registros[registros["vigencia"].isin([0, corte.vigencia])].reset_index(drop=True)
    metas = plan.drop_duplicates("codigo_meta")[DEL_PLAN].add_prefix("plan_")
    unida = propios.merge(metas, left_on="codigo_meta", right_on="plan_codigo_meta", how="left")
    unida = _unir_anteriores(unida, anteriores, corte)
    proyectos = set() if poai is None else set(poai["bpin"].dropna())
    # De quien no entregó su POAI no se sabe qué proyectos tiene: no se le puede decir que uno no está.
    con_poai = set() if poai is None else set(poai["dependencia"].dropna())
    return derivar_registros_pa(
        unida.assign(
            actividades_ausentes=_actividades_ausentes(unida, anteriores, corte),
            poai_bpin=unida["bpin"].where(unida["bpin"].isin(proyectos)),
            hay_poai=texto(unida, "si").where(unida["dependencia"].isin(con_poai), ""),
            sugerencia=sugerencias(unida["codigo_meta"], plan["codigo_meta"]),
            vigencia_corte=pd.array([corte.vigencia] * len(unida), dtype="Int64"),
            trimestre_corte=pd.array([corte.periodo.numero] * len(unida), dtype="Int64"),
        )
    )


def derivar_registros_pa(tabla: pd.DataFrame) -> pd.DataFrame:
    """Los registros ya unidos, con sus columnas derivadas."""
    tabla = tabla.assign(fecha_corte=d.fecha_corte(tabla))
    derivadas = {funcion.__name__: funcion(tabla) for funcion in DIRECTAS}
    for campo in d.COSTOS:
        derivadas[f"fuentes_de_{campo}"] = d.fuentes_de_costo(tabla, campo)
        derivadas[f"diferencia_{campo}"] = tabla[campo] - derivadas[f"fuentes_de_{campo}"]
    for campo in ("indice_fisico", "indice_inversion"):
        derivadas[f"calculado_{campo}_declarado"] = derivadas[campo]
        derivadas[f"diferencia_{campo}_declarado"] = tabla[f"{campo}_declarado"] - derivadas[campo]
    for campo in d.FECHAS:
        derivadas[f"anios_{campo}"] = d.anio_de_fecha(tabla, campo)
    for campo in d.FECHAS[2:]:
        derivadas[f"dias_futuros_{campo}"] = d.dias(tabla[campo]) - d.dias(tabla["fecha_corte"])
    return tabla.assign(**derivadas)


def _unir_anteriores(tabla: pd.DataFrame, anteriores: pd.DataFrame | None, corte: Corte) -> pd.DataFrame:
    nombres = {c: f"anterior_{c}" for c in DEL_ANTERIOR}
    if anteriores is None or anteriores.empty:
        return tabla.assign(
            **dict.fromkeys(list(nombres.values())[1:], _sin_numero(tabla)),
            anterior_corte=pd.Series(None, index=tabla.index, dtype="str"),
            anterior_ejecutado_avance=_sin_numero(tabla),
        )
    previos = anteriores[anteriores["corte"].str.startswith(f"{corte.vigencia}-")]
    previos = previos.sort_values("corte", kind="stable").drop_duplicates(ACTIVIDAD, keep="last")
    avances = [previos[c] for c in d.AVANCE_TRIMESTRES[: corte.periodo.numero - 1]]
    previos = previos.assign(
        anterior_ejecutado_avance=pd.concat(avances, axis=1).ffill(axis=1).iloc[:, -1]
        if avances
        else _sin_numero(previos)
    )
    previos = previos.rename(columns=nombres)[[*ACTIVIDAD, *nombres.values(), "anterior_ejecutado_avance"]]
    return tabla.merge(previos, on=ACTIVIDAD, how="left")


def _actividades_ausentes(tabla: pd.DataFrame, anteriores: pd.DataFrame | None, corte: Corte) -> pd.Series:
    """En la primera fila de cada libro, las actividades del corte anterior que ya no están.

    La que sigue en el libro con otro proyecto o con otra meta no falta: de eso hablan otras reglas.
    """
    salida = pd.Series([None] * len(tabla), index=tabla.index, dtype="str")
    if anteriores is None:
        return salida
    faltan = _que_faltan(anteriores[anteriores["corte"].str.startswith(f"{corte.vigencia}-")], tabla)
    for _, libro in tabla.groupby("sha256"):
        suyas = faltan[faltan["dependencia"].isin(libro["dependencia"].dropna())]
        if len(suyas):
            salida[libro.index[0]] = _nombrar_ausentes(suyas, set(libro["bpin"].dropna()))
    return salida


def _que_faltan(previos: pd.DataFrame, tabla: pd.DataFrame) -> pd.DataFrame:
    """Las actividades del último corte previo de cada dependencia que no están en la tabla."""
    ultimos = previos[previos["corte"] == previos.groupby("dependencia")["corte"].transform("max")]
    ultimos = ultimos[ultimos["codigo_actividad"].notna()].drop_duplicates(ACTIVIDAD)
    estan = pd.Series(False, index=ultimos.index)
    for llave in (ACTIVIDAD, ["dependencia", "codigo_actividad", "codigo_meta"]):
        presentes = pd.MultiIndex.from_frame(tabla[llave].fillna(""))
        estan |= pd.MultiIndex.from_frame(ultimos[llave].fillna("")).isin(presentes)
    return ultimos[~estan]


def _nombrar_ausentes(faltan: pd.DataFrame, proyectos: set[str]) -> str:
    """Las actividades por proyecto, diciendo de cuáles no quedó ninguna."""
    partes = []
    for bpin, suyas in faltan.groupby(faltan["bpin"].fillna("sin BPIN"), sort=True):
        codigos = ", ".join(suyas["codigo_actividad"])
        entero = "" if bpin in proyectos else ", del que no quedó ninguna"
        partes.append(f"{codigos} (proyecto {bpin}{entero})")
    return "; ".join(partes)


def _sin_numero(tabla: pd.DataFrame) -> pd.Series:
    """Columna de números vacíos."""
    return pd.Series(float("nan"), index=tabla.index)
