"""Del caso a la fila de la tabla: su celda en cada lado, su oración y su clase."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from pipeline.conciliacion.casos import Caso, Lado
from pipeline.conciliacion.vistas import Fila
from pipeline.formato_es import contar, nombrar_primeros

MAXIMO_DE_CELDAS = 6  # a la vista; del resto se dice cuántas son
QUIEBRE, SENAL = "quiebre", "senal"
Lugar = tuple[str, str, str, str]  # archivo, sha256, hoja, celda


@dataclass(frozen=True, slots=True, kw_only=True)
class Indice:
    """Las celdas que pueden citar los casos, por su fila y por la meta del plan."""

    por_fila: Mapping[tuple[str, str, int, str], Lugar]
    por_meta: Mapping[tuple[str, str], Lugar]
    plan: Mapping[str, str]


def indexar(celdas: pd.DataFrame, casos: Iterable[Caso], vigencia: int) -> Indice:
    """Índice de solo las celdas de los campos y los libros que los casos nombran."""
    lados = [lado for caso in casos for lado in (caso.a, caso.b)]
    campos = {campo for lado in lados for campo in lado.campos}
    libros = {fila["sha256"] for lado in lados for fila in lado.filas}
    utiles = celdas[celdas["campo"].isin(campos) & celdas["vigencia"].isin([0, vigencia])]
    del_plan = utiles[utiles["tabla"] == "plan"]
    utiles = utiles[utiles["sha256"].isin(libros)]
    plan = celdas[celdas["tabla"] == "plan"].head(1)
    return Indice(
        por_fila=dict(
            zip(_columnas(utiles, "sha256", "hoja", "fila", "campo"), _lugares(utiles), strict=True)
        ),
        por_meta=dict(zip(_columnas(del_plan, "codigo_meta", "campo"), _lugares(del_plan), strict=True)),
        plan={c: plan[c].iloc[0] for c in ("archivo", "sha256", "hoja")} if len(plan) else {},
    )


def redactar(
    caso: Caso, regla: Mapping[str, Any], explicaciones: Mapping[str, str], indice: Indice
) -> dict[str, Any]:
    """Fila de la tabla `conciliacion`."""
    mensaje = regla["mensaje"].format_map(caso.datos)
    es_senal = bool(caso.explicacion and regla["explicable"])
    if es_senal and caso.explicacion in explicaciones:
        mensaje = f"{mensaje} {explicaciones[caso.explicacion].format_map(caso.datos)}"
    return {
        "id_quiebre": f"{regla['id']}:{caso.sujeto}",
        "regla": regla["id"],
        "nombre_regla": regla["nombre"],
        "clase": SENAL if es_senal else regla["clase"],
        "codigo_meta": caso.codigo_meta or None,
        "bpin": caso.bpin or None,
        "codigo_actividad": caso.codigo_actividad or None,
        "dependencia": caso.dependencia or None,
        "otra_dependencia": caso.otra or None,
        "mensaje": mensaje,
        "accion": regla["accion"],
        **_lado(caso.a, indice, "a"),
        **_lado(caso.b, indice, "b"),
    }


def _lado(lado: Lado, indice: Indice, letra: str) -> dict[str, Any]:
    lugares = _celdas(lado, indice)
    libro = lado.libro or (indice.plan if lado.instrumento == "pi" else {})
    archivo, sha256, hoja = lugares[0][:3] if lugares else map(libro.get, ("archivo", "sha256", "hoja"))
    celda = _listar(lugares) if lugares else None
    suma = f" (suma de {contar(len(lado.filas), 'fila')})" if lado.valor.startswith("$") else ""
    return {
        f"instrumento_{letra}": lado.instrumento,
        f"archivo_{letra}": archivo,
        f"sha256_{letra}": sha256,
        f"hoja_{letra}": hoja,
        f"celda_{letra}": celda,
        f"valor_{letra}": lado.valor + (suma if len(lado.filas) > 1 else ""),
    }


def _celdas(lado: Lado, indice: Indice) -> list[Lugar]:
    """La celda de cada fila del lado; la de una meta puede estar en su reporte o en el plan."""
    if lado.codigo_meta:
        lugares = [
            lugar
            for campo in lado.campos
            for lugar in (
                *(indice.por_fila.get((*_llave(fila), campo)) for fila in lado.filas),
                indice.por_meta.get((lado.codigo_meta, campo)),
            )
            if lugar
        ]
        return lugares[:1]
    por_fila = (
        [indice.por_fila[(*_llave(fila), c)] for c in lado.campos if (*_llave(fila), c) in indice.por_fila]
        for fila in lado.filas
    )
    # Varias filas pueden compartir celda: el BPIN de un formulario está una vez, en su membrete.
    return list(dict.fromkeys(lugares[0] for lugares in por_fila if lugares))


def _llave(fila: Fila) -> tuple[str, str, int]:
    return fila["sha256"], fila["hoja"], fila["fila"]


def _listar(lugares: Sequence[Lugar]) -> str:
    """Las celdas del primer libro y hoja; de las demás, cuántas son.

    >>> _listar([("a.xlsx", "f", "H", "B2"), ("a.xlsx", "f", "H", "B9"), ("c.xlsx", "g", "H", "B2")])
    'B2, B9 y 1 más en otro libro u hoja'
    """
    aqui = [celda for *lugar, celda in lugares if lugar == list(lugares[0][:3])]
    texto = nombrar_primeros(aqui, MAXIMO_DE_CELDAS)
    fuera = len(lugares) - len(aqui)
    return f"{texto} y {fuera} más en otro libro u hoja" if fuera else texto


def _columnas(tabla: pd.DataFrame, *nombres: str) -> list[tuple[Any, ...]]:
    return list(zip(*(tabla[n].tolist() for n in nombres), strict=True))


def _lugares(tabla: pd.DataFrame) -> list[Lugar]:
    return list(zip(*(tabla[c].tolist() for c in ("archivo", "sha256", "hoja", "celda")), strict=True))
