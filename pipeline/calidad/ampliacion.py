"""Tablas que ven las reglas: las del contrato más el plan al lado y las columnas derivadas.

Una columna derivada se agrega aquí una sola vez; las reglas la nombran en `kwargs` y en su mensaje.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence

import pandas as pd

from pipeline.calidad import derivadas as d
from pipeline.formato_es import contar, nombrar_primeros
from pipeline.formatos.codigos import codigo_parecido
from pipeline.modelo import Corte

CLAVE = ["sha256", "hoja", "fila", "vigencia"]
SIN_VIGENCIA = 0  # vigencia de las filas del plan: así su clave tiene la forma de la de los registros
DE_LA_META = ["archivo", "sha256", "hoja", "fila", "tipo_meta"]
DEL_PLAN = ["codigo_meta", "tipo_meta", "tipo_declarado", "unidad", "codigo_producto", "dependencia"]
CODIGOS_MGA = ["programa", "codigo_producto", "codigo_indicador"]
AUSENTES = ["cuantas_metas_ausentes", "metas_ausentes"]
CODIGOS_QUE_SE_NOMBRAN = 10  # más no caben en un renglón; la cuenta dice cuántas son


def ampliar_plan(plan: pd.DataFrame, plan_vigencias: pd.DataFrame, *, dane: str = "") -> pd.DataFrame:
    """Una fila por meta del plan, con lo programado en cada vigencia (`programado_2025`…) y las derivadas.

    `dane` es el código de la entidad; sin él no se comprueba de quién es un BPIN.
    """
    return derivar_plan(unir_vigencias(plan, plan_vigencias).assign(dane_entidad=texto(plan, dane)))


def texto(tabla: pd.DataFrame, valor: str) -> pd.Series:
    """Columna con el mismo texto en todas las filas; vacía si el texto lo está."""
    return pd.Series([valor or None] * len(tabla), dtype="str")


def sugerencias(codigos: pd.Series, conocidos: pd.Series, *, una_vez: bool = False) -> pd.Series:
    """De cada código que no es de los conocidos, la pregunta con el que más se le parece, si hay uno.

    Con `una_vez` (cada código viene en una sola fila) no se propone uno que ya viene. De «IP-67, IP-68» se
    dice que son dos.
    """
    ajenos = codigos[codigos.notna() & ~codigos.isin(conocidos)].unique()
    libres = (conocidos[~conocidos.isin(codigos)] if una_vez else conocidos).dropna().unique()
    todos = set(conocidos.dropna())
    preguntas = {c: _pregunta(str(c), libres, todos) for c in ajenos}
    return pd.Series([preguntas.get(c, "") for c in codigos], codigos.index, dtype="str")


def _pregunta(codigo: str, libres: Iterable[str], conocidos: Collection[str]) -> str:
    partes = [parte.strip() for parte in re.split("[,;/]", codigo)]
    if len(partes) > 1 and all(parte in conocidos for parte in partes):
        return f": son {len(partes)} códigos en una celda y cada fila reporta una sola meta"
    parecido = codigo_parecido(codigo, list(libres))
    return f" (¿quiso decir {parecido}?)" if parecido else ""


def unir_vigencias(plan: pd.DataFrame, plan_vigencias: pd.DataFrame) -> pd.DataFrame:
    """El plan con su programación anual puesta en columnas."""
    anuales = plan_vigencias.pivot_table(
        index="codigo_meta", columns="vigencia", values="programado_vigencia", aggfunc="first", dropna=False
    ).add_prefix("programado_")
    return plan.merge(anuales, left_on="codigo_meta", right_index=True, how="left").reset_index(drop=True)


def derivar_plan(tabla: pd.DataFrame) -> pd.DataFrame:
    """El plan con sus columnas derivadas."""
    return tabla.assign(
        vigencia=pd.array([SIN_VIGENCIA] * len(tabla), dtype="Int64"),
        veces_en_el_plan=d.veces_en_el_plan(tabla),
        sector_segun_programa=d.sector_segun_programa(tabla),
        programa_segun_producto=d.programa_segun_producto(tabla),
        producto_segun_indicador=d.producto_segun_indicador(tabla),
        suma_ponderadores_linea=d.suma_ponderadores_linea(tabla),
        total_ponderadores_linea=d.total_ponderadores_linea(tabla),
        desvio_ponderadores_linea=d.desvio_ponderadores_linea(tabla),
        programado_total=d.programado_total(tabla),
        meta_segun_programacion=d.meta_segun_programacion(tabla),
        diferencia_meta_programacion=d.diferencia_meta_programacion(tabla),
        bpin_de_otra_entidad=d.bpin_de_otra_entidad(tabla),
        **{f"{campo}_fuera_del_catalogo": d.fuera_del_catalogo(tabla, campo) for campo in CODIGOS_MGA},
    )


def ampliar_plan_vigencias(plan: pd.DataFrame, plan_vigencias: pd.DataFrame) -> pd.DataFrame:
    """Una fila por meta y vigencia del plan, con el lugar del libro de donde salió y las derivadas."""
    metas = plan.drop_duplicates("codigo_meta")[["codigo_meta", *DE_LA_META]]
    return derivar_plan_vigencias(plan_vigencias.merge(metas, on="codigo_meta", how="inner"))


def derivar_plan_vigencias(tabla: pd.DataFrame) -> pd.DataFrame:
    """La programación anual con sus columnas derivadas."""
    return tabla.assign(
        tiene_programacion=d.tiene_programacion(tabla),
        tiene_recursos=(tabla["recursos_programados_cop"] > 0).fillna(False).astype(bool),
        caida_programado=d.caida_programado(tabla),
        diferencia_programado_t4=d.diferencia_programado_t4(tabla),
        magnitud_de_la_vigencia=d.magnitud_de_la_vigencia(tabla),
    )


def ampliar_registros(
    registros: pd.DataFrame,
    plan: pd.DataFrame,
    plan_vigencias: pd.DataFrame,
    *,
    corte: Corte,
    formato_trimestres: str,
    dane: str = "",
    consolidada_por: str = "",
) -> pd.DataFrame:
    """Registros hasta la vigencia del corte, con lo que el plan dice de cada meta y las derivadas.

    `formato_trimestres` dice cómo escribe el formato sus trimestres: «acumulado» o «incremento»; `dane`,
    el código de la entidad; `consolidada_por`, la dependencia que reporta por todas, si la hay.
    """
    hasta_el_corte = registros[registros["vigencia"] <= corte.vigencia].reset_index(drop=True)
    unida = unir_plan(hasta_el_corte, plan, plan_vigencias).assign(
        trimestres=formato_trimestres,
        vigencia_corte=corte.vigencia,
        trimestre_corte=corte.periodo.numero,
        dane_entidad=texto(hasta_el_corte, dane),
        sugerencia=sugerencias(hasta_el_corte["codigo_meta"], plan["codigo_meta"], una_vez=True),
        consolida=texto(hasta_el_corte, consolidada_por),
    )
    programadas = metas_programadas(plan, plan_vigencias, corte, de_todas=bool(consolidada_por))
    return derivar_registros(_unir_ausentes(unida, programadas, corte))


def metas_programadas(
    plan: pd.DataFrame, plan_vigencias: pd.DataFrame, corte: Corte, *, de_todas: bool = False
) -> dict[str, list[str]]:
    """Por dependencia, los códigos de sus metas con programación en la vigencia, en el orden del plan.

    Con `de_todas` (entrega consolidada) van juntas, bajo "".
    """
    anuales = plan_vigencias[plan_vigencias["vigencia"] == corte.vigencia]
    con_programacion = set(anuales.loc[d.tiene_programacion(anuales), "codigo_meta"])
    propias = plan[plan["codigo_meta"].isin(con_programacion)].drop_duplicates("codigo_meta")
    de_quien = propias["dependencia"] if not de_todas else pd.Series("", index=propias.index)
    return {str(codigo): list(metas) for codigo, metas in propias.groupby(de_quien)["codigo_meta"]}


def unir_plan(registros: pd.DataFrame, plan: pd.DataFrame, plan_vigencias: pd.DataFrame) -> pd.DataFrame:
    """Los registros con las columnas `plan_*`; quedan vacías si el plan no tiene la meta."""
    metas = plan.drop_duplicates("codigo_meta")[DEL_PLAN]
    anuales = plan_vigencias.drop_duplicates(["codigo_meta", "vigencia"])
    anuales = anuales[["codigo_meta", "vigencia", "programado_vigencia"]]
    unida = registros.merge(
        metas.add_prefix("plan_"), left_on="codigo_meta", right_on="plan_codigo_meta", how="left"
    )
    return unida.merge(
        anuales.rename(columns={"programado_vigencia": "plan_programado_vigencia"}),
        on=["codigo_meta", "vigencia"],
        how="left",
    )


def _unir_ausentes(
    tabla: pd.DataFrame, programadas: Mapping[str, Sequence[str]], corte: Corte
) -> pd.DataFrame:
    """En una fila de cada libro (de la vigencia del corte, si la hay), las metas que debía traer y faltan."""
    columnas = {nombre: pd.Series(None, index=tabla.index, dtype="str") for nombre in AUSENTES}
    es_consolidada = "" in programadas
    for (_, dependencia), libro in tabla.groupby(["sha256", "dependencia"]):
        presentes = set(libro["codigo_meta"])
        esperadas = programadas.get("" if es_consolidada else str(dependencia), [])
        if faltan := [codigo for codigo in esperadas if codigo not in presentes]:
            del_corte = libro.index[libro["vigencia"] == corte.vigencia]
            fila = del_corte[0] if len(del_corte) else libro.index[0]
            de = "del plan" if es_consolidada else "de la dependencia"
            columnas["cuantas_metas_ausentes"][fila] = f"{contar(len(faltan), 'meta')} {de}"
            columnas["metas_ausentes"][fila] = nombrar_primeros(faltan, CODIGOS_QUE_SE_NOMBRAN)
    return tabla.assign(**columnas)


def derivar_registros(tabla: pd.DataFrame) -> pd.DataFrame:
    """Los registros ya unidos al plan, con sus columnas derivadas."""
    tabla = tabla.assign(
        veces_en_el_corte=d.veces_en_el_corte(tabla),
        otras_apariciones=d.otras_apariciones(tabla),
        tiene_programacion=d.tiene_programacion(tabla),
        tiene_ejecucion=d.tiene_ejecucion(tabla),
        tiene_dinero=d.tiene_dinero(tabla),
        dinero_ejecutado_cop=d.dinero_ejecutado_cop(tabla),
        programado_segun_trimestres=d.programado_segun_trimestres(tabla),
        diferencia_programado_trimestres=d.diferencia_programado_trimestres(tabla),
        ejecutado_segun_trimestres=d.ejecutado_segun_trimestres(tabla),
        diferencia_ejecutado_trimestres=d.diferencia_ejecutado_trimestres(tabla),
        retroceso_ejecutado=d.retroceso_ejecutado(tabla),
        razon_de_ejecucion=d.razon_de_ejecucion(tabla),
        diferencia_avance_declarado=d.diferencia_avance_declarado(tabla),
        diferencia_programado_plan=d.diferencia_programado_plan(tabla),
        tipo_simplificado=d.simplificado(tabla["tipo_declarado"]),
        plan_tipo_simplificado=d.simplificado(tabla["plan_tipo_declarado"]),
        unidad_simplificada=d.simplificado(tabla["unidad"]),
        plan_unidad_simplificada=d.simplificado(tabla["plan_unidad"]),
        dependencia_esperada=d.dependencia_esperada(tabla),
        porcentaje_en_otra_escala=d.porcentaje_en_otra_escala(tabla),
        financiera_con_otro_numerador=d.financiera_con_otro_numerador(tabla),
        miles_como_decimal=d.miles_como_decimal(tabla),
        bpin_de_otra_entidad=d.bpin_de_otra_entidad(tabla),
    )
    return tabla.assign(**_por_campo(tabla))


def _por_campo(tabla: pd.DataFrame) -> dict[str, pd.Series]:
    """Derivadas que se repiten para varios campos: `tope_pagos_cop`, `exceso_pagos_cop`…"""
    columnas: dict[str, pd.Series] = {}
    for campo in d.CADENA_DEL_GASTO[1:]:
        columnas[f"tope_{campo}"] = d.tope_de_dinero(tabla, campo)
        columnas[f"exceso_{campo}"] = tabla[campo] - columnas[f"tope_{campo}"]
    for campo in ("apropiacion_definitiva_cop", "compromisos_cop"):
        columnas[f"contraste_{campo}"] = d.contraste(tabla, campo)
        columnas[f"diferencia_contraste_{campo}"] = columnas[f"contraste_{campo}"] - tabla[campo]
    for campo in d.EJECUTADO_TRIMESTRES[1:]:
        columnas[f"posterior_{campo}"] = d.posterior_al_corte(tabla, campo)
    return columnas
