"""Leer como código del plan, o de la actividad ya aceptada, el que se escribió de otra manera, y decirlo."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from pipeline.formatos import avisar, recortar
from pipeline.formatos.codigos import reconocer_codigos
from pipeline.modelo import Hallazgo

_META = "codigo_meta"
_LUGAR = ["sha256", "hoja", "fila"]
_ACTIVIDAD = ["dependencia", "bpin"]  # con el código, lo que identifica una actividad de un corte al otro


def metas_reconocidas(tablas: Iterable[pd.DataFrame], del_plan: Collection[str]) -> dict[str, str]:
    """De cada código de meta de las tablas que no está en el plan, el del plan que es (si se reconoce)."""
    escritos = [codigo for tabla in tablas for codigo in tabla[_META].dropna().unique()]
    return reconocer_codigos(escritos, del_plan)


def poner_metas(tabla: pd.DataFrame, reconocidas: Mapping[str, str]) -> pd.DataFrame:
    """La tabla con esos códigos de meta puestos; si es la traza, su celda dice qué estaba escrito."""
    tabla = tabla.assign(codigo_meta=tabla[_META].replace(dict(reconocidas)))
    if "valor_texto" not in tabla:
        return tabla
    del_codigo = (tabla["campo"] == _META) & tabla["valor_texto"].isin(reconocidas)
    escritos = tabla.loc[del_codigo, "valor_texto"]
    dichas = escritos.map({c: f"«{c}» leído como {codigo}" for c, codigo in reconocidas.items()})
    previas = tabla.loc[del_codigo, "transformacion"]
    tabla.loc[del_codigo, "transformacion"] = (previas + "; ").fillna("") + dichas
    tabla.loc[del_codigo, "valor_texto"] = escritos.replace(dict(reconocidas))
    return tabla


def avisar_metas(
    hallazgos: Iterable[Hallazgo], celdas: pd.DataFrame, reconocidas: Mapping[str, str], instrumento: str
) -> list[Hallazgo]:
    """Los mismos hallazgos con el código del plan, y uno que informa por cada celda leída así.

    `celdas` es la traza antes de poner los códigos.
    """
    dichos = [replace(h, codigo_meta=reconocidas.get(h.codigo_meta or "", h.codigo_meta)) for h in hallazgos]
    propias = celdas[(celdas["campo"] == _META) & celdas["valor_texto"].isin(reconocidas)]
    nuevos = [
        _avisar("LIM-20", celda, codigo, instrumento, codigo_meta=codigo)
        for celda in propias.drop_duplicates(["sha256", "hoja", "celda"]).to_dict("records")
        if (codigo := reconocidas[celda["valor_texto"]])
    ]
    return [*dichos, *nuevos]


def actividades_reconocidas(registros: pd.DataFrame, anteriores: pd.DataFrame) -> pd.Series[str]:
    """El código de cada actividad como se aceptó antes, o el suyo si no se reconoce en `anteriores`.

    Se busca entre las del mismo proyecto y dependencia, y solo las que el libro de ahora no trae tal cual.
    """
    codigos = registros["codigo_actividad"].copy()
    previos = _por_proyecto(anteriores)
    for proyecto, propios in _por_proyecto(registros).items():
        if proyecto in previos:
            escritos = set(propios)
            iguales = reconocer_codigos(sorted(escritos), set(previos[proyecto]))
            libres = {c: previo for c, previo in iguales.items() if previo not in escritos}
            codigos.loc[propios.index] = propios.replace(libres)
    return codigos


def _por_proyecto(registros: pd.DataFrame) -> dict[object, pd.Series[str]]:
    """Los códigos de actividad de cada dependencia y proyecto."""
    con_codigo = registros[registros["codigo_actividad"].notna()]
    llaves = [con_codigo[c].fillna("") for c in _ACTIVIDAD]
    return dict(iter(con_codigo["codigo_actividad"].groupby(llaves)))


def avisar_actividades(
    registros: pd.DataFrame, codigos: pd.Series[str], celdas: pd.DataFrame, corte: str
) -> list[Hallazgo]:
    """Un hallazgo que informa por cada actividad reconocida con otro código, en la celda del suyo.

    `codigos` es lo que dio `actividades_reconocidas` de esos registros; `corte`, el de los anteriores.
    """
    cambiadas = registros[codigos.fillna("") != registros["codigo_actividad"].fillna("")]
    quienes = cambiadas[[*_LUGAR, "dependencia", _META]].assign(reconocido=codigos)
    escritas = celdas[celdas["campo"] == "codigo_actividad"].drop(columns=_META)
    return [
        _avisar(
            "LIM-21",
            celda,
            celda["reconocido"],
            "pa",
            corte=corte,
            dependencia=celda["dependencia"],
            codigo_meta=celda[_META] if isinstance(celda[_META], str) else None,
        )
        for celda in quienes.merge(escritas, on=_LUGAR).to_dict("records")
    ]


def _avisar(
    regla: str, celda: Mapping[Any, Any], codigo: str, instrumento: str, *, corte: str = "", **quien: Any
) -> Hallazgo:
    return avisar(
        regla,
        instrumento=instrumento,
        marcadores={"valor": recortar(celda["valor_texto"]), "codigo": codigo, "corte": corte},
        archivo=celda["archivo"],
        sha256=celda["sha256"],
        hoja=celda["hoja"],
        fila=int(celda["fila"]),
        celda=celda["celda"],
        columna=celda["encabezado"],
        valor=celda["valor_crudo"],
        **quien,
    )
