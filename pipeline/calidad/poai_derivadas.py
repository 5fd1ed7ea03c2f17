"""Columnas que miran las reglas del POAI. Funciones puras de una tabla a una columna; no deciden nada.

Las filas ya traen lo que se compara: `techo_cop`, `movido_*` (movimientos de su rubro) y `anterior_*` (el
corte anterior). Vacío significa «no aplica o no hay con qué comparar»: las reglas lo saltan.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import pandas as pd

from pipeline.calidad.derivadas import CADENA_DEL_GASTO
from pipeline.formatos.fuentes import Fuente, buscar_fuente
from pipeline.formatos.rubros import LLAVE_FILA, MODIFICACIONES, llave, modificacion_neta

AL_PESO = 0.5  # tolerancia de toda comparación de dinero
EJECUCION = ("compromisos_cop", "obligaciones_cop", "pagos_cop")
LLAVE_EXIGIDA = ("codigo_meta", "bpin", "rubro", "codigo_fuente")
_CIFRAS = ("apropiacion_inicial_cop", *(c for c, _ in MODIFICACIONES.values()), *CADENA_DEL_GASTO)
_FONDO_PROPIO = re.compile(r"[A-Z]{0,3}\d{3,}")  # el código de fondo del sistema de presupuesto de la entidad


def exige(tabla: pd.DataFrame, campo: str) -> pd.Series:
    """Si la fila debe decir el campo de su llave: la meta, siempre; lo demás, si trae alguna cifra de dinero.

    La plantilla lleva una fila por cada meta que todavía no tiene rubro: sin dinero no hay nada que seguir.
    """
    return tabla[list(_CIFRAS)].notna().any(axis=1) | (campo == "codigo_meta")


def veces_en_el_poai(tabla: pd.DataFrame) -> pd.Series:
    """Cuántas filas del corte tienen la misma meta, BPIN, rubro y fuente (y lo demás que las distinga)."""
    propia = llave(tabla, LLAVE_FILA)
    return propia.groupby(propia).transform("size").astype("float64")


def lugares_en_el_poai(tabla: pd.DataFrame) -> pd.Series:
    """Los lugares donde está el rubro que se repite."""
    propia = llave(tabla, LLAVE_FILA)
    lugares = tabla["archivo"] + " › " + tabla["hoja"] + " › fila " + tabla["fila"].astype("str")
    repetida = veces_en_el_poai(tabla) > 1
    juntos = lugares[repetida].groupby(propia[repetida]).transform("; ".join)
    return juntos.reindex(tabla.index)


def definitiva_segun_modificaciones(tabla: pd.DataFrame) -> pd.Series:
    """Inicial + adiciones − reducciones + créditos − contracréditos − aplazamientos + desaplazamientos.

    Una modificación vacía no aporta; si el libro no trae ninguna de esas columnas, no hay con qué comparar.
    """
    campos = [campo for campo, _ in MODIFICACIONES.values()]
    trae = tabla.groupby("sha256")[campos].transform("count").sum(axis=1) > 0
    return (tabla["apropiacion_inicial_cop"] + modificacion_neta(tabla)).where(trae)


def diferencia_definitiva(tabla: pd.DataFrame) -> pd.Series:
    """Apropiación definitiva del libro menos la que resulta de sus modificaciones, en valor absoluto."""
    return (tabla["apropiacion_definitiva_cop"] - definitiva_segun_modificaciones(tabla)).abs()


def diferencia_disponible(tabla: pd.DataFrame) -> pd.Series:
    """Disponible del libro menos (apropiación definitiva − CDP), en valor absoluto."""
    return (tabla["disponible_cop"] - (tabla["apropiacion_definitiva_cop"] - tabla["cdp_cop"])).abs()


def diferencia_saldo_cdp(tabla: pd.DataFrame) -> pd.Series:
    """Saldo de CDP del libro menos (CDP − compromisos), en valor absoluto."""
    return (tabla["saldo_cdp_cop"] - (tabla["cdp_cop"] - tabla["compromisos_cop"])).abs()


def motivo_de_la_fuente(tabla: pd.DataFrame) -> pd.Series:
    """Por qué un municipio de primera categoría no puede usar la fuente; vacío si puede."""
    return _por_codigo(tabla, {c: (f.motivo or None) for c, f in _fuentes(tabla).items() if f})


def fuente_desconocida(tabla: pd.DataFrame) -> pd.Series:
    """Código que no está en el catálogo de la CUIPO ni es un fondo propio (letras y cifras)."""
    ajenas = {c: c for c, f in _fuentes(tabla).items() if f is None and not _FONDO_PROPIO.fullmatch(c)}
    return _por_codigo(tabla, ajenas)


def apropiado_en_la_fuente(tabla: pd.DataFrame) -> pd.Series:
    """Apropiación definitiva de la fuente en todos los libros del corte, anotada en su primera fila."""
    suma = tabla.groupby("codigo_fuente")["apropiacion_definitiva_cop"].transform("sum")
    return suma.where(~tabla["codigo_fuente"].duplicated() & tabla["codigo_fuente"].notna())


def exceso_sobre_el_techo(tabla: pd.DataFrame) -> pd.Series:
    """Cuánto pasa la fuente del techo que le da el plan financiero."""
    return apropiado_en_la_fuente(tabla) - tabla["techo_cop"]


def definitiva_segun_movimientos(tabla: pd.DataFrame) -> pd.Series:
    """Apropiación inicial del rubro más la suma de sus movimientos, con signo."""
    movido = sum(signo * tabla[f"movido_{campo}"] for campo, signo in MODIFICACIONES.values())
    return _del_rubro(tabla, "apropiacion_inicial_cop") + movido


def diferencia_movimientos(tabla: pd.DataFrame) -> pd.Series:
    """Apropiación definitiva del rubro menos la que resulta de sus movimientos, en valor absoluto."""
    return (_del_rubro(tabla, "apropiacion_definitiva_cop") - definitiva_segun_movimientos(tabla)).abs()


def diferencia_de_clase(tabla: pd.DataFrame, campo: str) -> pd.Series:
    """Lo que el rubro acumula en una clase menos sus movimientos de esa clase, si el total sí cuadra."""
    diferencia = (_del_rubro(tabla, campo) - tabla[f"movido_{campo}"]).abs()
    return diferencia.where(diferencia_movimientos(tabla) <= AL_PESO)


def cambio_definitiva(tabla: pd.DataFrame) -> pd.Series:
    """Apropiación definitiva del rubro menos la del corte anterior."""
    return _del_rubro(tabla, "apropiacion_definitiva_cop") - _del_rubro(
        tabla, "anterior_apropiacion_definitiva_cop"
    )


def cambio_sin_acto(tabla: pd.DataFrame) -> pd.Series:
    """Cambio de la definitiva entre cortes que ningún movimiento con acto explica, en valor absoluto.

    Se explica con los movimientos fechados después del corte anterior o, si la hoja acumula los de toda la
    vigencia, con los que exceden de lo ya modificado en ese corte: vale la que mejor cuadre.
    """
    cambio = cambio_definitiva(tabla)
    ya_modificado = _del_rubro(tabla, "anterior_apropiacion_definitiva_cop") - _del_rubro(
        tabla, "anterior_apropiacion_inicial_cop"
    )
    por_fecha = (cambio - tabla["movido_desde_el_anterior_cop"]).abs()
    por_acumulado = (cambio - (tabla["movido_con_acto_cop"] - ya_modificado)).abs()
    return por_fecha.where(por_fecha < por_acumulado, por_acumulado).where(cambio.abs() > AL_PESO)


def cambio_inicial(tabla: pd.DataFrame) -> pd.Series:
    """Apropiación inicial menos la del corte anterior, en valor absoluto; la de un rubro nuevo es cero."""
    return (tabla["apropiacion_inicial_cop"] - tabla["anterior_apropiacion_inicial_cop"]).abs()


def fecha_fuera_de_la_vigencia(tabla: pd.DataFrame) -> pd.Series:
    """Fecha del acto que no es de la vigencia o es posterior al corte."""
    fecha = tabla["fecha_acto"]
    ajena = (fecha.str.slice(0, 4) != tabla["vigencia"].astype("str")) | (fecha > tabla["fecha_corte"])
    return fecha.where(ajena.fillna(False).astype(bool))


def descuadre_del_traslado(tabla: pd.DataFrame) -> pd.Series:
    """Créditos menos contracréditos del mismo acto en todos los libros, anotado en su primera fila."""
    valor = tabla["valor_cop"]
    neto = valor.where(tabla["clase"] == "credito", -valor)
    es_traslado = tabla["clase"].isin(["credito", "contracredito"]) & tabla["acto"].notna()
    actos = tabla["acto"].where(es_traslado)
    suma = neto.where(es_traslado).groupby(actos).transform("sum")
    return suma.where(es_traslado & ~actos.duplicated()).abs()


def _del_rubro(tabla: pd.DataFrame, campo: str) -> pd.Series:
    """Suma del campo en el rubro, en su primera fila; vacía si a alguna fila le falta."""
    propia = tabla["sha256"].astype("str") + llave(tabla)
    suma = tabla[campo].fillna(0.0).groupby(propia).transform("sum")
    falta = tabla[campo].isna().groupby(propia).transform("any")
    return suma.where(~falta & ~propia.duplicated())


def _fuentes(tabla: pd.DataFrame) -> dict[str, Fuente | None]:
    return {str(c): buscar_fuente(str(c)) for c in tabla["codigo_fuente"].dropna().unique()}


def _por_codigo(tabla: pd.DataFrame, valores: Mapping[str, str | None]) -> pd.Series:
    return tabla["codigo_fuente"].map(dict(valores)).astype("str")
