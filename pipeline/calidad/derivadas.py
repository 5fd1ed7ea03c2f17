"""Columnas derivadas que miran las reglas. Funciones puras de una tabla a una columna; no deciden nada.

Cada función se llama como la columna que calcula (el catálogo de reglas cita su primera línea) y devuelve
una serie con el índice de la tabla. Vacío significa «no aplica o no se puede calcular»: las reglas lo
saltan, nunca lo toman por cero.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from pipeline.catalogo_mga import NIVELES, catalogo_mga
from pipeline.formato_es import sin_tildes

PROGRAMADO_TRIMESTRES = ["programado_t1", "programado_t2", "programado_t3", "programado_t4"]
EJECUTADO_TRIMESTRES = ["ejecutado_t1", "ejecutado_t2", "ejecutado_t3", "ejecutado_t4"]
CADENA_DEL_GASTO = [
    "apropiacion_definitiva_cop",
    "cdp_cop",
    "compromisos_cop",
    "obligaciones_cop",
    "pagos_cop",
]
TIPOS_QUE_BAJAN = ["reduccion", "reduccion_anual"]


# --- registros del Plan Indicativo ---------------------------------------------------------------


def veces_en_el_corte(tabla: pd.DataFrame) -> pd.Series:
    """Cuántas veces aparece la meta en los libros vigentes del corte, en la misma vigencia."""
    return tabla.groupby(["codigo_meta", "vigencia"])["fila"].transform("size").astype("float64")


def otras_apariciones(tabla: pd.DataFrame) -> pd.Series:
    """Los lugares donde se reporta la meta, para que cada enlace sepa con quién se cruzó."""
    lugares = tabla["archivo"] + " › " + tabla["hoja"] + " › fila " + tabla["fila"].astype("str")
    repetida = veces_en_el_corte(tabla) > 1
    juntos = lugares[repetida].groupby([tabla["codigo_meta"], tabla["vigencia"]]).transform("; ".join)
    return juntos.reindex(tabla.index)


def tiene_programacion(tabla: pd.DataFrame) -> pd.Series:
    """Si el libro programa algo (más que cero) para la vigencia."""
    return (tabla["programado_vigencia"] > 0).fillna(False).astype(bool)


def tiene_ejecucion(tabla: pd.DataFrame) -> pd.Series:
    """Si el libro reporta algo ejecutado (más que cero) en la vigencia."""
    return (tabla["ejecutado_vigencia"] > 0).fillna(False).astype(bool)


def dinero_ejecutado_cop(tabla: pd.DataFrame) -> pd.Series:
    """El mayor de compromisos, obligaciones y pagos: la señal de que se movió dinero."""
    return tabla[["compromisos_cop", "obligaciones_cop", "pagos_cop"]].max(axis=1)


def tiene_dinero(tabla: pd.DataFrame) -> pd.Series:
    """Si el libro reporta compromisos, obligaciones o pagos mayores que cero."""
    return dinero_ejecutado_cop(tabla) > 0


def programado_segun_trimestres(tabla: pd.DataFrame) -> pd.Series:
    """Programado que dan los trimestres: su suma si son incrementos, el último si acumulan."""
    return _segun_trimestres(tabla, PROGRAMADO_TRIMESTRES)


def ejecutado_segun_trimestres(tabla: pd.DataFrame) -> pd.Series:
    """Ejecutado que dan los trimestres: su suma si son incrementos, el último si acumulan."""
    return _segun_trimestres(tabla, EJECUTADO_TRIMESTRES)


def diferencia_programado_trimestres(tabla: pd.DataFrame) -> pd.Series:
    """Programado de la vigencia menos el que resulta de sus trimestres."""
    return tabla["programado_vigencia"] - programado_segun_trimestres(tabla)


def diferencia_ejecutado_trimestres(tabla: pd.DataFrame) -> pd.Series:
    """Ejecutado de la vigencia menos el que resulta de sus trimestres."""
    return tabla["ejecutado_vigencia"] - ejecutado_segun_trimestres(tabla)


def retroceso_ejecutado(tabla: pd.DataFrame) -> pd.Series:
    """Mayor caída del ejecutado entre trimestres, en metas de tipo acumulado que se reportan acumuladas."""
    aplica = (tabla["trimestres"] == "acumulado") & (tabla["plan_tipo_meta"] == "acumulado")
    return _mayor_caida(tabla, EJECUTADO_TRIMESTRES).where(aplica)


def posterior_al_corte(tabla: pd.DataFrame, campo: str) -> pd.Series:
    """Valor de un trimestre que aún no ha cerrado a la fecha del corte (`ejecutado_t4` en un corte T3)."""
    trimestre = int(campo[-1])
    futuro = (tabla["vigencia"] == tabla["vigencia_corte"]) & (tabla["trimestre_corte"] < trimestre)
    return tabla[campo].where(futuro.fillna(False))


def razon_de_ejecucion(tabla: pd.DataFrame) -> pd.Series:
    """Ejecutado sobre programado de la vigencia, sin tope; no se calcula en metas de reducción."""
    aplica = (tabla["programado_vigencia"] > 0) & ~tabla["plan_tipo_meta"].isin(TIPOS_QUE_BAJAN)
    return (tabla["ejecutado_vigencia"] / tabla["programado_vigencia"]).where(aplica)


def diferencia_avance_declarado(tabla: pd.DataFrame) -> pd.Series:
    """Distancia del avance declarado a ejecutado ÷ programado; acepta que el libro lo tope en 100 %."""
    razon = razon_de_ejecucion(tabla).where(tabla["plan_tipo_meta"] != "capacidad")
    sin_tope = (tabla["avance_declarado"] - razon).abs()
    con_tope = (tabla["avance_declarado"] - razon.clip(upper=1)).abs()
    return sin_tope.where(sin_tope < con_tope, con_tope)


def diferencia_programado_plan(tabla: pd.DataFrame) -> pd.Series:
    """Programado de la vigencia en el libro menos el del plan de desarrollo."""
    return tabla["programado_vigencia"] - tabla["plan_programado_vigencia"]


def dependencia_esperada(tabla: pd.DataFrame) -> pd.Series:
    """Dependencia que responde por la meta en el plan; no se compara si la entrega es consolidada."""
    propia = tabla["plan_dependencia"]
    return propia.where(tabla["dependencia"] != tabla["consolida"].fillna(""))


def porcentaje_en_otra_escala(tabla: pd.DataFrame) -> pd.Series:
    """Cien veces el ejecutado, si la meta va de 0 a 100 en porcentaje y el ejecutado no pasa de 1."""
    ejecutado, programado = tabla["ejecutado_vigencia"], tabla["programado_vigencia"]
    unidad = simplificado(tabla["plan_unidad"].fillna(tabla["unidad"])).astype("str").fillna("")
    en_porcentaje = unidad.str.contains("porcentaje|%", regex=True).astype(bool)
    return (100 * ejecutado).where(en_porcentaje & (programado > 10) & (ejecutado > 0) & (ejecutado <= 1))


def financiera_con_otro_numerador(tabla: pd.DataFrame) -> pd.Series:
    """Ejecución financiera declarada que sale de los compromisos aunque el libro trae obligaciones."""
    declarada, apropiado = tabla["ejecucion_financiera_declarada"], tabla["apropiacion_definitiva_cop"]
    apropiado = apropiado.where(apropiado > 0)
    es_de_compromisos = (declarada - tabla["compromisos_cop"] / apropiado).abs() < 0.0005
    es_de_obligaciones = (declarada - tabla["obligaciones_cop"] / apropiado).abs() < 0.0005
    return declarada.where(es_de_compromisos & ~es_de_obligaciones & tabla["obligaciones_cop"].notna())


def miles_como_decimal(tabla: pd.DataFrame) -> pd.Series:
    """Mil veces el ejecutado, si tiene tres decimales y así queda en la escala de lo programado.

    Nadie escribe «0.116» por ciento dieciséis: menos de 1 frente a 100 es, si acaso, un porcentaje.
    """
    ejecutado = tabla["ejecutado_vigencia"].where(tabla["ejecutado_vigencia"] >= 1)
    por_mil = (1000 * ejecutado).round(6)
    tres_decimales = (por_mil % 1 == 0) & (100 * ejecutado).round(6).mod(1).ne(0)
    return por_mil.where(tres_decimales & (por_mil / tabla["programado_vigencia"]).between(0.2, 5))


def tope_de_dinero(tabla: pd.DataFrame, campo: str) -> pd.Series:
    """Valor de la etapa anterior del gasto más cercana que el libro trae."""
    anteriores = CADENA_DEL_GASTO[: CADENA_DEL_GASTO.index(campo)]
    return tabla[anteriores].ffill(axis=1).iloc[:, -1]


def contraste(tabla: pd.DataFrame, campo: str) -> pd.Series:
    """Valor de la segunda columna del libro que tiene el mismo encabezado."""
    return tabla[campo.replace("_cop", "_contraste_cop")]


def simplificado(textos: pd.Series) -> pd.Series:
    """Texto en minúsculas, sin tildes y sin espacios repetidos, para comparar lo que significan igual.

    >>> simplificado(pd.Series(["  Flujo  Anual", "Reducción"])).tolist()
    ['flujo anual', 'reduccion']
    """
    # Los textos de una columna se repiten mucho (unidades, tipos): cada uno se simplifica una vez.
    return textos.map({texto: _simple(texto) for texto in textos.dropna().unique()})


# --- plan ----------------------------------------------------------------------------------------


def veces_en_el_plan(tabla: pd.DataFrame) -> pd.Series:
    """Cuántas filas del plan tienen el mismo código de meta."""
    return tabla.groupby("codigo_meta")["fila"].transform("size").astype("float64")


def sector_segun_programa(tabla: pd.DataFrame) -> pd.Series:
    """Sector MGA que está dentro del código del programa (sus dos primeros dígitos)."""
    return _prefijo(tabla, "programa", "sector", 2)


def programa_segun_producto(tabla: pd.DataFrame) -> pd.Series:
    """Programa MGA que está dentro del código del producto (sus cuatro primeros dígitos)."""
    return _prefijo(tabla, "codigo_producto", "programa", 4)


def producto_segun_indicador(tabla: pd.DataFrame) -> pd.Series:
    """Producto MGA que está dentro del código del indicador (sus siete primeros dígitos)."""
    return _prefijo(tabla, "codigo_indicador", "codigo_producto", 7)


def fuera_del_catalogo(tabla: pd.DataFrame, campo: str) -> pd.Series:
    """Código que no está en el catálogo MGA: el producto o, si la fila no lo trae, el de su indicador."""
    codigos = tabla[campo]
    if campo == "codigo_indicador":
        codigos = codigos.where(tabla["codigo_producto"].isna())
    completo = codigos.str.fullmatch(rf"\d{{{NIVELES[campo]}}}").fillna(False).astype(bool)
    # El catálogo trae un indicador por producto: de los secundarios solo se comprueba el producto.
    conocido = codigos.str.slice(0, min(NIVELES[campo], NIVELES["codigo_producto"])).isin(
        list(catalogo_mga())
    )
    return codigos.where(completo & ~conocido)


def bpin_de_otra_entidad(tabla: pd.DataFrame) -> pd.Series:
    """Los BPIN municipales (13 dígitos: año, DANE y consecutivo) cuyo DANE no es el de la entidad."""
    pares = zip(tabla["bpin"], tabla["dane_entidad"], strict=True)
    return pd.Series([_bpin_ajenos(bpin, dane) for bpin, dane in pares], index=tabla.index, dtype="str")


def magnitud_de_la_vigencia(tabla: pd.DataFrame) -> pd.Series:
    """Programado de la vigencia sobre la mediana de las otras vigencias programadas de la meta."""
    programado = tabla["programado_vigencia"].where(tabla["programado_vigencia"] > 0)
    medianas = {
        vigencia: programado[tabla["vigencia"] != vigencia].groupby(tabla["codigo_meta"]).median()
        for vigencia in tabla["vigencia"].unique()
    }
    pares = zip(tabla["vigencia"], tabla["codigo_meta"], strict=True)
    mediana = [medianas[vigencia].get(meta, np.nan) for vigencia, meta in pares]
    return programado / pd.Series(mediana, index=tabla.index, dtype="float64")


def suma_ponderadores_linea(tabla: pd.DataFrame) -> pd.Series:
    """Suma de los pesos de las líneas del plan (uno por línea), anotada en la primera fila del libro."""
    suma = pd.Series(np.nan, index=tabla.index)
    for _, libro in tabla.dropna(subset=["ponderador_linea"]).groupby("sha256"):
        suma[libro.index[0]] = libro.drop_duplicates("linea")["ponderador_linea"].sum()
    return suma


def desvio_ponderadores_linea(tabla: pd.DataFrame) -> pd.Series:
    """Distancia de la suma de pesos de las líneas a 1 o, si el libro los escribe en puntos, a 100."""
    suma = suma_ponderadores_linea(tabla)
    a_uno, a_cien = (suma - 1).abs(), (suma / 100 - 1).abs()
    return a_uno.where(a_uno < a_cien, a_cien)


def total_ponderadores_linea(tabla: pd.DataFrame) -> pd.Series:
    """Lo que deben sumar los pesos de las líneas: 1 o, si alguno pasa de 1, 100 (están en puntos)."""
    en_puntos = tabla["ponderador_linea"].gt(1).groupby(tabla["sha256"]).transform("any")
    return pd.Series(np.where(en_puntos, 100.0, 1.0), index=tabla.index)


def programado_total(tabla: pd.DataFrame) -> pd.Series:
    """Suma de lo programado en las vigencias del cuatrienio."""
    return tabla[columnas_programadas(tabla)].sum(axis=1, min_count=1)


def meta_segun_programacion(tabla: pd.DataFrame) -> pd.Series:
    """Meta del cuatrienio que resulta de la programación anual según el tipo de la meta.

    Acumulado: la suma de las vigencias. Flujo, capacidad y stock: la última vigencia programada.
    Mantenimiento: la vigencia que más se aparta de la meta (deben ser todas iguales). Las metas de
    reducción no se comparan. Fuente: reglas de coherencia por tipo, `docs/metodologia.md`.
    """
    anuales = tabla[columnas_programadas(tabla)]
    programadas = anuales.where(anuales > 0)
    ultima = programadas.ffill(axis=1).iloc[:, -1] if anuales.shape[1] else programado_total(tabla)
    apartada = _mas_apartada(programadas, tabla["meta_cuatrienio"])
    tipo = tabla["tipo_meta"]
    esperada = programado_total(tabla).where(tipo == "acumulado")
    esperada = esperada.where(~tipo.isin(["flujo", "capacidad", "stock"]), ultima)
    return esperada.where(tipo != "mantenimiento", apartada)


def diferencia_meta_programacion(tabla: pd.DataFrame) -> pd.Series:
    """Meta del cuatrienio menos la que resulta de la programación anual según el tipo."""
    return tabla["meta_cuatrienio"] - meta_segun_programacion(tabla)


def caida_programado(tabla: pd.DataFrame) -> pd.Series:
    """Mayor caída del programado de un trimestre al siguiente; en metas de reducción bajar es lo esperado."""
    return _mayor_caida(tabla, PROGRAMADO_TRIMESTRES).where(~tabla["tipo_meta"].isin(TIPOS_QUE_BAJAN))


def diferencia_programado_t4(tabla: pd.DataFrame) -> pd.Series:
    """Programado acumulado al cuarto trimestre menos el programado de la vigencia."""
    return tabla["programado_t4"] - tabla["programado_vigencia"]


def columnas_programadas(tabla: pd.DataFrame) -> list[str]:
    """Columnas con lo programado en cada vigencia, de la primera a la última."""
    return sorted(c for c in map(str, tabla.columns) if c.startswith("programado_2"))


# --- piezas --------------------------------------------------------------------------------------


def _segun_trimestres(tabla: pd.DataFrame, columnas: Sequence[str]) -> pd.Series:
    trimestres = tabla[list(columnas)]
    suma = trimestres.sum(axis=1, min_count=1)
    ultimo = trimestres.ffill(axis=1).iloc[:, -1]
    return suma.where(tabla["trimestres"] == "incremento", ultimo)


def _mayor_caida(tabla: pd.DataFrame, columnas: Sequence[str]) -> pd.Series:
    """Mayor descenso entre trimestres consecutivos con dato; vacío si hay menos de dos."""
    valores = tabla[list(columnas)]
    previo = valores.ffill(axis=1).shift(axis=1)
    return (previo - valores).max(axis=1)


def _prefijo(tabla: pd.DataFrame, hijo: str, padre: str, digitos: int) -> pd.Series:
    """Primeros dígitos del código hijo, solo cuando el padre es un código MGA completo."""
    es_mga = tabla[padre].str.fullmatch(rf"\d{{{digitos}}}").fillna(False).astype(bool)
    return tabla[hijo].str.slice(0, digitos).where(es_mga)


def _bpin_ajenos(bpin: object, dane: object) -> str | None:
    if not isinstance(bpin, str) or not isinstance(dane, str):
        return None
    codigos = [codigo.strip() for codigo in bpin.split(",")]
    ajenos = [c for c in codigos if len(c) == 13 and c.isdecimal() and c[4:9] != dane]
    return ", ".join(ajenos) or None


def _mas_apartada(anuales: pd.DataFrame, meta: pd.Series) -> pd.Series:
    """De las vigencias programadas, el valor que más dista de la meta."""
    mayor, menor = anuales.max(axis=1), anuales.min(axis=1)
    return mayor.where((mayor - meta).abs() >= (menor - meta).abs(), menor)


def _simple(texto: object) -> str:
    return " ".join(sin_tildes(str(texto)).split())
