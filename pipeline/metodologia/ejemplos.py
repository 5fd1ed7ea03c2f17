"""Un ejemplo trabajado por tipo de meta: con una meta de la entidad o, si no la hay, de libro."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from pipeline.formato_es import exacto, numero, porcentaje
from pipeline.indices import calcular_metas, explicar_meta
from pipeline.indices.formulas import codigos_de_tipo, usa_linea_base
from pipeline.informes.bloques import Bloque, parrafo
from pipeline.informes.datos import clave_de_codigo
from pipeline.metodologia.revision import Revision, comparar, nombre_de_tipo, recurso, texto
from pipeline.modelo import Corte, EstadoReporte, Metodo, Periodo, TipoMeta
from pipeline.tablas import tabla_del_informe

DE_LIBRO = Corte(vigencia=2025, periodo=Periodo.T3)
VIGENCIAS_DE_LIBRO = (2024, 2025, 2026, 2027)
DESDE_BASE = {TipoMeta.CAPACIDAD.value, TipoMeta.REDUCCION.value, TipoMeta.REDUCCION_ANUAL.value}


def ejemplo(revision: Revision, tipo: str) -> Bloque:
    """La fórmula del tipo con los números de una meta puestos y la celda de donde salió cada uno.

    La meta se elige sin azar: reportada, con la fórmula propia del tipo y un avance entre 0 y 100 % si lo
    hay; de esas, la que usa más datos y va primero por código. Sin metas
    reportadas del tipo, un ejemplo de libro que lo dice.
    """
    meta = meta_de_ejemplo(revision, tipo)
    if meta is None:
        return _de_libro(revision, tipo)
    trazas = revision.datos.trazas[revision.datos.trazas["codigo_meta"] == meta["codigo_meta"]].set_index(
        "medida"
    )
    oraciones = [trazas.loc[m, "formula"] for m in ("avance", "avance_cuatrienio") if m in trazas.index]
    return _armar(
        texto("ejemplo_propio", codigo=meta["codigo_meta"], meta=meta["nombre_meta"], **_de_quien(meta)),
        tabla_del_informe(f"metodologia_ejemplo_{tipo}", _datos_de(revision, meta)).html,
        [*(str(o) for o in oraciones), _oracion_de_lo_esperado(revision, meta)],
    )


def meta_de_ejemplo(revision: Revision, tipo: str) -> dict[str, Any] | None:
    """La meta reportada del tipo con que se trabaja el ejemplo; None si el corte no tiene ninguna."""
    metas = revision.datos.metas
    reportada = metas["estado_reporte"].eq(EstadoReporte.REPORTADA.value) & metas["avance"].notna()
    elegibles = metas[reportada & metas["tipo_meta"].eq(tipo)]
    if elegibles.empty:
        return None
    crudo = elegibles["avance_crudo"]
    orden = elegibles.assign(
        _sin_formula_propia=~_usa_la_formula_propia(elegibles, tipo, revision.metodo),
        _extremo=~(crudo.gt(0) & crudo.lt(1)),
        _datos=-elegibles["codigo_meta"].map(_cuantos_datos(revision)).fillna(0),
        _codigo=elegibles["codigo_meta"].map(clave_de_codigo),
    ).sort_values(["_sin_formula_propia", "_extremo", "_datos", "_codigo"])
    return dict(orden.iloc[0])


def _cuantos_datos(revision: Revision) -> pd.Series[int]:
    """Valores distintos que entran a las cifras de cada meta: con más vigencias, el ejemplo enseña más."""
    distintos = revision.datos.origenes[["codigo_meta", "campo", "vigencia"]].drop_duplicates()
    return distintos.groupby("codigo_meta").size()


def _usa_la_formula_propia(metas: pd.DataFrame, tipo: str, metodo: Metodo) -> Any:
    if tipo not in DESDE_BASE:
        return np.ones(len(metas), dtype=np.bool_)
    programado, base = (
        metas[c].to_numpy(dtype=np.float64, na_value=np.nan) for c in ("programado_vigencia", "linea_base")
    )
    return usa_linea_base(
        codigos_de_tipo(metas["tipo_meta"]),
        programado,
        base,
        descuenta_linea_base=metodo.capacidad_descuenta_linea_base,
    )


def _de_quien(meta: Mapping[str, Any]) -> dict[str, str]:
    return {
        "dependencia": _primero(meta["nombre_dependencia"], meta["dependencia"], "nadie, según el plan"),
        "unidad": _primero(meta["unidad"], "sin unidad en el plan"),
    }


def _primero(*valores: Any) -> str:
    """El primer valor que no falta, como texto."""
    return next(str(v) for v in valores if pd.notna(v))


def _datos_de(revision: Revision, meta: Mapping[str, Any]) -> pd.DataFrame:
    """Cada valor que entró, una vez, con la celda que lo sustenta."""
    insumos = revision.datos.origenes[
        (revision.datos.origenes["codigo_meta"] == meta["codigo_meta"])
        & revision.datos.origenes["medida"].isin(["avance", "avance_cuatrienio"])
    ].drop_duplicates(["campo", "vigencia"])
    insumos = insumos.sort_values(["campo", "vigencia"])
    nombres = [_nombre(i.campo, int(i.vigencia)) for i in insumos.itertuples()]
    datos: pd.DataFrame = insumos.assign(
        dato=nombres, valor=insumos["valor"].map(exacto), lugar=insumos["hoja"] + " › " + insumos["celda"]
    )
    return datos


def _nombre(campo: str, vigencia: int) -> str:
    return f"{recurso()['datos'][campo]}{f' {vigencia}' if vigencia else ''}"


def _oracion_de_lo_esperado(revision: Revision, meta: Mapping[str, Any]) -> str:
    if pd.isna(meta["esperado"]):
        return ""
    con_perfil = revision.metodo.esperado == "perfil" and pd.notna(meta["programado_corte"])
    return texto(
        "esperado_perfil" if con_perfil else "esperado_lineal",
        programado=numero(meta["programado_corte"]),
        esperado=porcentaje(meta["esperado"]),
        avance=porcentaje(meta["avance"]),
        ritmo=porcentaje(meta["ritmo"]),
    )


def _de_libro(revision: Revision, tipo: str) -> Bloque:
    """El caso trabajado a mano de recursos/metodologia.yml, calculado con el método predeterminado."""
    caso = recurso()["libro"][tipo]
    base, historia = _base_de_libro(tipo, caso)
    metodo = Metodo()
    opciones: dict[str, Any] = {"corte": DE_LIBRO, "metodo": metodo, "vigencias": VIGENCIAS_DE_LIBRO}
    meta = dict(calcular_metas(base, historia, **opciones).iloc[0])
    a_mano = [caso["avance_crudo"], caso["avance_cuatrienio"]]
    publicado = pd.DataFrame({"de": ["vigencia", "cuatrienio"], "publicado": a_mano})
    calculado = [meta["avance_crudo"], meta["avance_cuatrienio"]]
    comparar(f"ejemplo de libro, {tipo}", "caso a mano", publicado.assign(recalculado=calculado))
    datos = pd.DataFrame(
        [
            (_nombre(c, v), exacto(x), "ninguno (caso inventado)", None, None)
            for c, v, x in _valores_de_libro(caso)
        ],
        columns=["dato", "valor", "archivo", "lugar", "valor_crudo"],
    )
    sin_metas = texto("ejemplo_de_libro", tipo=nombre_de_tipo(tipo), caso=caso["meta"])
    cifras = explicar_meta(meta, historia, **opciones)
    oraciones = [e.texto for e in cifras if e.medida != "ejecucion_financiera"]
    oraciones.append(_oracion_de_lo_esperado(revision, meta))
    return _armar(
        sin_metas, tabla_del_informe(f"metodologia_ejemplo_{tipo}", datos).html, [*oraciones, caso["a_mano"]]
    )


def _base_de_libro(tipo: str, caso: Mapping[str, Any]) -> tuple[pd.DataFrame, pd.DataFrame]:
    ejecutado = [*caso["ejecutado"], None, None]
    base = pd.DataFrame(
        [
            {
                "codigo_meta": "LIBRO",
                "nombre_meta": caso["meta"],
                "tipo_meta": tipo,
                "linea_base": caso["linea_base"],
                "meta_cuatrienio": caso["meta_cuatrienio"],
                "programado_vigencia": caso["programado"][1],
                "programado_corte": caso["programado_corte"],
                "ejecutado_vigencia": caso["ejecutado"][1],
                "estado_reporte": EstadoReporte.REPORTADA.value,
            }
        ]
    )
    historia = pd.DataFrame(
        {
            "codigo_meta": "LIBRO",
            "vigencia": VIGENCIAS_DE_LIBRO,
            "programado_vigencia": caso["programado"],
            "ejecutado_vigencia": ejecutado,
        }
    ).astype({"programado_vigencia": "float64", "ejecutado_vigencia": "float64"})
    return base, historia


def _valores_de_libro(caso: Mapping[str, Any]) -> list[tuple[str, int, float]]:
    por_vigencia = zip(VIGENCIAS_DE_LIBRO, caso["ejecutado"], strict=False)
    valores = [("ejecutado_vigencia", v, float(e)) for v, e in por_vigencia]
    valores += [("programado_vigencia", v, float(p)) for v, p in zip(VIGENCIAS_DE_LIBRO, caso["programado"],
                                                                    strict=True)]  # fmt: skip
    valores.append(("meta_cuatrienio", 0, float(caso["meta_cuatrienio"])))
    if caso["linea_base"] is not None:
        valores.append(("linea_base", 0, float(caso["linea_base"])))
    return valores


def _armar(presentacion: str, tabla: str, oraciones: list[str]) -> Bloque:
    return Bloque(parrafo(presentacion).contenido + tabla + parrafo(*oraciones).contenido)
