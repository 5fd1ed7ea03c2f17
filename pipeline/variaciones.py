"""Por qué cambió un índice entre dos cortes: el cambio repartido entre sus metas, sin residuo. Puro.

Un índice es I = Σ p·v, con v el valor con que la meta entra al promedio y p su participación (las p suman 1).
Entre el corte A y el B, cada meta mueve el índice por dos vías:

* efecto avance = (pA + pB)/2 · (vB − vA): cambió su valor;
* efecto peso   = (v̄ − Ī) · (pB − pA): cambió lo que cuenta, porque entró, salió o se renormalizaron los
  pesos. v̄ es su valor medio (el único que tenga, si solo contó en un corte) e Ī = (IA + IB)/2.

Es la descomposición simétrica de Bennet, centrada en el índice medio como la de Griliches y Regev (1995): da
lo mismo en valor absoluto al comparar A con B que B con A, no depende de qué factor se mueva primero y, como
los pB − pA suman cero, restar Ī no deja residuo. Sin centrarla, toda meta que entra subiría el índice aunque
entre con poco avance, y lo que resta quedaría repartido entre metas a las que no les pasó nada.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from pipeline.esquemas import crear_tabla, revisar_tabla
from pipeline.modelo import Corte, EstadoReporte

LLAVE = ["nivel", "codigo", "codigo_meta"]
TOLERANCIA = 1e-9
"""Diferencia relativa que se atribuye a escribir decimales en binario, no a que alguien cambiara la cifra."""
CAMPOS_REVISABLES = (
    "programado_vigencia",
    "meta_cuatrienio",
    "linea_base",
    "ponderador",
    "ponderador_linea",
    "tipo_meta",
    "dependencia",
)
"""Lo que del plan o de la programación de una meta no debería moverse entre cortes de una vigencia."""
_PROGRAMACION = ("programado_vigencia", "linea_base", "tipo_meta")


def descomponer(participaciones_a: pd.DataFrame, participaciones_b: pd.DataFrame) -> pd.DataFrame:
    """El cambio de cada índice repartido entre sus metas; en cada nodo Σ efecto = índice B − índice A.

    Recibe las participaciones de cada corte (nivel, codigo, codigo_meta, valor, participacion). Devuelve una
    fila por nodo y meta que cuente en alguno de los dos, con indice_a, indice_b y las columnas valor_,
    participacion_ y aporte_ de cada corte, efecto_avance, efecto_peso y efecto. Un nodo sin índice en uno de
    los cortes no tiene cambio que repartir y no sale.
    """
    juntas = participaciones_a.merge(participaciones_b, on=LLAVE, how="outer", suffixes=("_a", "_b"))
    juntas = juntas.fillna({"participacion_a": 0.0, "participacion_b": 0.0})
    juntas = juntas[(juntas["participacion_a"] > 0) | (juntas["participacion_b"] > 0)]
    for lado in ("a", "b"):
        juntas[f"aporte_{lado}"] = juntas[f"participacion_{lado}"] * juntas[f"valor_{lado}"]
    aportes = juntas.groupby(LLAVE[:2], as_index=False)[["aporte_a", "aporte_b"]].sum(min_count=1)
    indices = aportes.rename(columns={"aporte_a": "indice_a", "aporte_b": "indice_b"})
    juntas = juntas.merge(indices, on=LLAVE[:2]).dropna(subset=["indice_a", "indice_b"])
    juntas = juntas.reset_index(drop=True)
    efectos = _efectos(juntas)
    return pd.concat([juntas, efectos], axis=1).sort_values(LLAVE, ignore_index=True)


def _efectos(juntas: pd.DataFrame) -> pd.DataFrame:
    participacion_a, participacion_b = juntas["participacion_a"], juntas["participacion_b"]
    valor_a = juntas["valor_a"].fillna(juntas["valor_b"])
    valor_b = juntas["valor_b"].fillna(juntas["valor_a"])
    indice_medio = (juntas["indice_a"] + juntas["indice_b"]) / 2
    avance = (participacion_a + participacion_b) / 2 * (valor_b - valor_a)
    peso = ((valor_a + valor_b) / 2 - indice_medio) * (participacion_b - participacion_a)
    return pd.DataFrame({"efecto_avance": avance, "efecto_peso": peso, "efecto": avance + peso})


def armar_variaciones(
    descompuesto: pd.DataFrame,
    metas_a: pd.DataFrame,
    metas_b: pd.DataFrame,
    *,
    anterior: Corte,
    corte: Corte,
    reexpresadas: frozenset[str] = frozenset(),
) -> pd.DataFrame:
    """Tabla `variaciones`: lo descompuesto con el nombre de cada meta y qué le pasó.

    `reexpresadas` son las metas de las que el corte nuevo dice otra cosa sobre el anterior.
    """
    columnas = ["codigo_meta", "nombre_meta", "dependencia", "nombre_dependencia"]
    identidad = pd.concat([metas_b[columnas], metas_a[columnas]]).drop_duplicates("codigo_meta")
    tabla = descompuesto.merge(identidad, on="codigo_meta", how="left")
    causa = causas(metas_a, metas_b, reexpresadas=reexpresadas)
    tabla = tabla.assign(
        vigencia=corte.vigencia,
        periodo=corte.periodo.value,
        corte_anterior=str(anterior),
        causa=tabla["codigo_meta"].map(causa),
    )
    return revisar_tabla("variaciones", crear_tabla("variaciones", tabla))


def causas(
    metas_a: pd.DataFrame, metas_b: pd.DataFrame, *, reexpresadas: frozenset[str] = frozenset()
) -> pd.Series[str]:
    """Qué le pasó a cada meta entre los dos cortes, por `codigo_meta`; la primera causa que se cumpla.

    entro, salio (del plan o de lo programado) · empezo_a_reportar, dejo_de_reportar, sin_reporte (en ninguno)
    · reexpresada · cambio_programacion · avanzo, retrocedio, sin_cambio.
    """
    a, b = _emparejar(metas_a, metas_b)
    programada = [_programada(lado) for lado in (a, b)]
    reportada = [lado["estado_reporte"] == EstadoReporte.REPORTADA.value for lado in (a, b)]
    cambio = (b["avance"] - a["avance"]).fillna(0.0)
    casos = {
        "entro": ~programada[0] & programada[1],
        "salio": programada[0] & ~programada[1],
        "sin_cambio": ~programada[0] & ~programada[1],
        "empezo_a_reportar": ~reportada[0] & reportada[1],
        "dejo_de_reportar": reportada[0] & ~reportada[1],
        "sin_reporte": ~reportada[0] & ~reportada[1],
        "reexpresada": pd.Series(a.index.isin(list(reexpresadas)), index=a.index),
        "cambio_programacion": _distintos_en(a, b, _PROGRAMACION),
        "avanzo": cambio > TOLERANCIA,
        "retrocedio": cambio < -TOLERANCIA,
    }
    elegida = np.select([caso.to_numpy(dtype=bool) for caso in casos.values()], list(casos), "sin_cambio")
    return pd.Series(elegida, index=a.index, dtype="str")


def cambios_de_programacion(metas_a: pd.DataFrame, metas_b: pd.DataFrame) -> pd.DataFrame:
    """Lo que dos cortes dicen distinto del plan o la programación de una misma meta.

    Columnas: codigo_meta, nombre_meta, campo, valor_a y valor_b (texto o número; vacío si no lo había).
    """
    comunes = sorted(set(metas_a["codigo_meta"]) & set(metas_b["codigo_meta"]))
    a, b = (t.set_index("codigo_meta").reindex(comunes) for t in (metas_a, metas_b))
    partes = []
    for campo in CAMPOS_REVISABLES:
        distintos = _distintos_en(a, b, (campo,)).to_numpy(dtype=bool)
        partes.append(
            pd.DataFrame(
                {
                    "codigo_meta": b.index[distintos],
                    "nombre_meta": b["nombre_meta"][distintos].to_numpy(dtype=object),
                    "campo": campo,
                    "valor_a": a[campo][distintos].to_numpy(dtype=object),
                    "valor_b": b[campo][distintos].to_numpy(dtype=object),
                }
            )
        )
    return pd.concat(partes, ignore_index=True).sort_values(["codigo_meta", "campo"], ignore_index=True)


def valores_reexpresados(
    registros_a: pd.DataFrame, registros_b: pd.DataFrame, *, anterior: Corte, corte: Corte
) -> pd.DataFrame:
    """Lo que los libros del corte nuevo dicen distinto sobre el periodo del anterior.

    Son registros aceptados de cada corte (esquema `registros_pi`). En la misma vigencia se comparan los
    trimestres ya cerrados; en otra, todo lo que el libro nuevo repite de ella. Solo sale lo que ambos traen
    escrito. Columnas: codigo_meta, vigencia, campo, valor_a, valor_b.
    """
    trimestres = range(1, anterior.periodo.numero + 1)
    campos = [f"{que}_t{q}" for que in ("programado", "ejecutado") for q in trimestres]
    if anterior.vigencia != corte.vigencia:
        campos += ["programado_vigencia", "ejecutado_vigencia"]
    a, b = (_de_la_vigencia(registros, anterior.vigencia) for registros in (registros_a, registros_b))
    comunes = sorted(set(a.index) & set(b.index))
    a, b = a.reindex(comunes), b.reindex(comunes)
    filas = [
        {
            "codigo_meta": codigo,
            "vigencia": anterior.vigencia,
            "campo": campo,
            "valor_a": float(antes),
            "valor_b": float(ahora),
        }
        for campo in campos
        for codigo, antes, ahora in zip(comunes, a[campo], b[campo], strict=True)
        if pd.notna(antes) and pd.notna(ahora) and not np.isclose(antes, ahora, rtol=TOLERANCIA, atol=0)
    ]
    columnas = ["codigo_meta", "vigencia", "campo", "valor_a", "valor_b"]
    return pd.DataFrame(filas, columns=columnas).sort_values(["codigo_meta", "campo"], ignore_index=True)


def _emparejar(metas_a: pd.DataFrame, metas_b: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    todas = sorted(set(metas_a["codigo_meta"]) | set(metas_b["codigo_meta"]))
    return (
        metas_a.set_index("codigo_meta").reindex(todas),
        metas_b.set_index("codigo_meta").reindex(todas),
    )


def _programada(metas: pd.DataFrame) -> pd.Series[bool]:
    estado = metas["estado_reporte"]
    return estado.notna() & (estado != EstadoReporte.NO_PROGRAMADA.value)


def _distintos_en(a: pd.DataFrame, b: pd.DataFrame, campos: tuple[str, ...]) -> pd.Series[bool]:
    """Filas en que algún campo cambió; vacío en ambos lados es igual, y vacío contra algo es distinto."""
    distinto = pd.Series(False, index=b.index)
    for campo in campos:
        if pd.api.types.is_numeric_dtype(a[campo]) and pd.api.types.is_numeric_dtype(b[campo]):
            antes, ahora = (lado[campo].to_numpy(dtype=np.float64, na_value=np.nan) for lado in (a, b))
            distinto |= ~np.isclose(antes, ahora, rtol=TOLERANCIA, atol=0, equal_nan=True)
        else:
            antes, ahora = (lado[campo].fillna("").astype("str").to_numpy() for lado in (a, b))
            distinto |= antes != ahora
    return distinto


def _de_la_vigencia(registros: pd.DataFrame, vigencia: int) -> pd.DataFrame:
    """Los registros de esa vigencia por meta; de una meta repetida no se sabe cuál vale y no entra."""
    propios = registros[(registros["vigencia"] == vigencia) & registros["codigo_meta"].notna()]
    return propios.drop_duplicates("codigo_meta", keep=False).set_index("codigo_meta")
