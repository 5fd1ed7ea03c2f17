"""Columnas derivadas que miran las reglas del Plan de Acción. Como `derivadas`: puras, y vacío no es cero."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

FUENTES = ["municipio", "sgp", "regalias", "otros"]
COSTOS = {"costo_programado_cop": "programado", "costo_ejecutado_cop": "ejecutado"}
PROGRAMADO_TRIMESTRES = [f"programado_actividad_t{n}" for n in range(1, 5)]
AVANCE_TRIMESTRES = [f"avance_actividad_t{n}" for n in range(1, 5)]
FECHAS = ["fecha_inicio", "fecha_fin", "fecha_inicio_ejecutada", "fecha_fin_ejecutada"]
TOLERANCIA_COP = 0.5
DE_REDONDEO = 0.01  # la que PA-10 le tolera a la suma
_BPIN = re.compile(r"\d{13}|\d{15}")


def es_actividad(tabla: pd.DataFrame) -> pd.Series:
    """Si la fila describe una actividad y no solo la meta que la espera."""
    return tabla[["codigo_actividad", "nombre_actividad", "programado_actividad"]].notna().any(axis=1)


def tiene_avance(tabla: pd.DataFrame) -> pd.Series:
    """Si la actividad reporta algo ejecutado (cantidad o avance) al corte."""
    return (tabla["ejecutado_actividad"] > 0) | (avance_al_corte(tabla) > 0)


def avance_al_corte(tabla: pd.DataFrame) -> pd.Series:
    """Avance declarado de la actividad al cierre del trimestre del corte."""
    return _del_trimestre(tabla, AVANCE_TRIMESTRES)


def programado_al_corte(tabla: pd.DataFrame) -> pd.Series:
    """Cantidad programada acumulada al cierre del trimestre del corte."""
    return _del_trimestre(tabla, PROGRAMADO_TRIMESTRES)


def explicacion_al_corte(tabla: pd.DataFrame) -> pd.Series:
    """Lo que la dependencia explica de la actividad: la del trimestre, la observación o la autoevaluación."""
    textos = [tabla[f"explicacion_actividad_t{n}"] for n in range(1, 5)]
    del_trimestre = pd.Series(None, index=tabla.index, dtype="str")
    for numero, texto in enumerate(textos, start=1):
        es_este = (tabla["trimestre_corte"] == numero).fillna(False).astype(bool)
        del_trimestre = del_trimestre.where(~es_este, texto)
    return del_trimestre.fillna(tabla["observacion"]).fillna(tabla["autoevaluacion"])


def veces_en_el_proyecto(tabla: pd.DataFrame) -> pd.Series:
    """Cuántas veces trae el proyecto el mismo código de actividad, en los libros con cantidades."""
    con_cantidad = tabla["programado_actividad"].notna() & tabla["codigo_actividad"].notna()
    llave = ["sha256", "bpin", "rubro", "codigo_actividad"]
    veces = tabla[llave].fillna("").groupby(llave)["bpin"].transform("size").astype("float64")
    return veces.where(con_cantidad)


def fuentes_de_costo(tabla: pd.DataFrame, campo: str) -> pd.Series:
    """Suma de las fuentes del costo; vacía si no se escribió ninguna."""
    return tabla[[f"{COSTOS[campo]}_{f}_cop" for f in FUENTES]].sum(axis=1, min_count=1)


def suma_de_ponderaciones(tabla: pd.DataFrame) -> pd.Series:
    """Suma de las ponderaciones del proyecto (o del producto, si el libro pesa dentro de él).

    Solo en una fila de cada proyecto, para que haya un aviso y no uno por actividad: si una ponderación
    por sí sola pasa de 1, en la suya (la mayor); si no, en la primera.
    """
    proyecto = tabla["bpin"].fillna(tabla["codigo_proyecto"]).fillna(tabla["nombre_proyecto"])
    producto = tabla["codigo_producto"].where(tabla["ponderacion_producto"].notna()).fillna("")
    llave = [tabla["sha256"], proyecto.fillna(""), producto]
    suma = tabla["ponderacion_actividad"].groupby(llave).transform(lambda s: s.sum(min_count=1))
    return suma.where(_fila_que_responde(tabla["ponderacion_actividad"], llave))


def _fila_que_responde(ponderacion: pd.Series, llave: list[pd.Series]) -> pd.Series:
    """Si la fila es la del aviso de su proyecto."""
    desborda = ponderacion.where(ponderacion > 1 + DE_REDONDEO).fillna(0.0)
    orden = desborda.sort_values(ascending=False, kind="stable").index
    primeras = desborda.loc[orden].groupby([parte.loc[orden] for parte in llave]).cumcount() == 0
    return primeras.reindex(ponderacion.index)


def anio_de_fecha(tabla: pd.DataFrame, campo: str) -> pd.Series:
    """Años entre la fecha y la vigencia: 0 si cae dentro de ella."""
    return tabla[campo].str.slice(0, 4).astype("float64") - tabla["vigencia_corte"].astype("float64")


def fecha_corte(tabla: pd.DataFrame) -> pd.Series:
    """Último día del trimestre del corte, AAAA-MM-DD."""
    cierres = {1: "-03-31", 2: "-06-30", 3: "-09-30", 4: "-12-31"}
    return tabla["vigencia_corte"].astype("str") + tabla["trimestre_corte"].map(cierres)


def dias_de_plazo(tabla: pd.DataFrame) -> pd.Series:
    """Días entre el inicio y la terminación programados; negativo si están al revés."""
    return dias(tabla["fecha_fin"]) - dias(tabla["fecha_inicio"])


def dias_de_ejecucion(tabla: pd.DataFrame) -> pd.Series:
    """Días entre el inicio y la terminación reales; negativo si están al revés."""
    return dias(tabla["fecha_fin_ejecutada"]) - dias(tabla["fecha_inicio_ejecutada"])


def bpin_mal_escrito(tabla: pd.DataFrame) -> pd.Series:
    """El BPIN si no tiene 13 ni 15 dígitos."""
    escritos = [isinstance(b, str) and not _BPIN.fullmatch(b) for b in tabla["bpin"]]
    return tabla["bpin"].where(pd.Series(escritos, index=tabla.index))


def diferencia_programado_t4(tabla: pd.DataFrame) -> pd.Series:
    """Lo programado al cierre de T4 menos lo programado en la vigencia."""
    return tabla["programado_actividad_t4"] - tabla["programado_actividad"]


def baja_programado_trimestres(tabla: pd.DataFrame) -> pd.Series:
    """La mayor caída de la programación acumulada de un trimestre al siguiente; 0 si nunca baja."""
    return _mayor_baja(tabla, PROGRAMADO_TRIMESTRES)


def baja_avance_trimestres(tabla: pd.DataFrame) -> pd.Series:
    """La mayor caída del avance declarado de un trimestre al siguiente, hasta el corte; 0 si nunca baja."""
    hasta = tabla[AVANCE_TRIMESTRES].copy()
    for numero, campo in enumerate(AVANCE_TRIMESTRES, start=1):
        hasta[campo] = hasta[campo].where((tabla["trimestre_corte"] >= numero).fillna(False).astype(bool))
    return _mayor_baja(hasta, AVANCE_TRIMESTRES)


def indice_fisico(tabla: pd.DataFrame) -> pd.Series:
    """Cantidad ejecutada sobre programada en la vigencia."""
    return _razon(tabla["ejecutado_actividad"], tabla["programado_actividad"])


def indice_inversion(tabla: pd.DataFrame) -> pd.Series:
    """Costo ejecutado sobre programado."""
    return _razon(tabla["costo_ejecutado_cop"], tabla["costo_programado_cop"])


def eficiencia(tabla: pd.DataFrame) -> pd.Series:
    """Índice físico sobre índice de inversión."""
    return _razon(indice_fisico(tabla), indice_inversion(tabla))


def diferencia_eficiencia(tabla: pd.DataFrame) -> pd.Series:
    """Eficiencia declarada menos la calculada."""
    return tabla["eficiencia_declarada"] - eficiencia(tabla)


def baja_ejecutado(tabla: pd.DataFrame) -> pd.Series:
    """Lo que bajó lo ejecutado desde el corte anterior de la vigencia; negativo si subió."""
    cantidad = tabla["anterior_ejecutado_actividad"] - tabla["ejecutado_actividad"]
    return cantidad.where(cantidad.notna(), tabla["anterior_ejecutado_avance"] - avance_al_corte(tabla))


def baja_costo_ejecutado(tabla: pd.DataFrame) -> pd.Series:
    """Lo que bajó el costo ejecutado desde el corte anterior de la vigencia, en pesos."""
    return tabla["anterior_costo_ejecutado_cop"] - tabla["costo_ejecutado_cop"]


def cambio_programado(tabla: pd.DataFrame) -> pd.Series:
    """Lo programado en la vigencia menos lo que decía el corte anterior."""
    return tabla["programado_actividad"] - tabla["anterior_programado_actividad"]


def es_de_otra_dependencia(tabla: pd.DataFrame) -> pd.Series:
    """Si el plan pone la meta a cargo de otra dependencia."""
    ambas = tabla["plan_dependencia"].notna() & tabla["dependencia"].notna()
    return ambas & (tabla["plan_dependencia"] != tabla["dependencia"])


def _del_trimestre(tabla: pd.DataFrame, columnas: list[str]) -> pd.Series:
    valores = pd.Series(np.nan, index=tabla.index)
    for numero, columna in enumerate(columnas, start=1):
        es_este = (tabla["trimestre_corte"] == numero).fillna(False).astype(bool)
        valores = valores.where(~es_este, tabla[columna])
    return valores


def _mayor_baja(tabla: pd.DataFrame, columnas: list[str]) -> pd.Series:
    """Sobre los trimestres escritos: un vacío en medio no es una caída."""
    valores = tabla[columnas].ffill(axis=1)
    bajas = -valores.diff(axis=1).iloc[:, 1:]
    return bajas.max(axis=1).clip(lower=0)


def _razon(arriba: pd.Series, abajo: pd.Series) -> pd.Series:
    return (arriba / abajo).where(abajo > 0)


def dias(fechas: pd.Series) -> pd.Series:
    """Días de cada fecha AAAA-MM-DD desde una fecha fija, para restarlas; vacío si no es una fecha."""
    momentos = pd.to_datetime(fechas, format="%Y-%m-%d", errors="coerce")
    return (momentos - pd.Timestamp("1990-01-01")).dt.days.astype("float64")
