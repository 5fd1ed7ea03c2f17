"""El plan en un libro con la disposición oficial de SisPT, que se vuelve a leer igual (plan_sispt)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline.archivos import escribir, leer_yml
from pipeline.cargas.disposicion import CARPETA
from pipeline.config import Entidad


def escribir_sispt(
    destino: Path,
    *,
    entidad: Entidad,
    plan: pd.DataFrame,
    plan_vigencias: pd.DataFrame,
    plan_fuentes: pd.DataFrame,
    fecha: date,
) -> list[str]:
    """Lo que la disposición no puede llevar, en oraciones; el libro queda escrito en `destino`.

    Recibe las tablas del plan. Los mismos datos dan los mismos bytes. Levanta ErrorEntorno si no se puede
    escribir.
    """
    encabezados, renglones = armar_sispt(entidad, plan, plan_vigencias, plan_fuentes)
    _escribir(destino, encabezados, renglones, fecha)
    return _avisos(plan, plan_fuentes)


def armar_sispt(
    entidad: Entidad, plan: pd.DataFrame, plan_vigencias: pd.DataFrame, plan_fuentes: pd.DataFrame
) -> tuple[list[str], list[list[Any]]]:
    """Encabezados y renglones de la hoja, una meta por renglón; None donde no hay dato."""
    forma = _forma()
    constantes = entidad.model_dump()
    vigencias = list(entidad.vigencias)
    por_vigencia = plan_vigencias.set_index(["codigo_meta", "vigencia"])
    fuentes = plan_fuentes.set_index(["codigo_meta", "vigencia", "fuente"])["programado_cop"].to_dict()
    programado = por_vigencia["programado_vigencia"].to_dict()
    recursos = por_vigencia["recursos_programados_cop"].to_dict()
    renglones = []
    for fila in _completar(plan, forma).to_dict("records"):
        codigo = fila["codigo_meta"]
        renglon = [
            constantes[c["constante"]] if "constante" in c else fila.get(c.get("campo", ""))
            for c in forma["columnas"]
        ]
        renglon += [programado.get((codigo, v)) for v in vigencias]
        for v in vigencias:
            renglon += [fuentes.get((codigo, v, f)) for f in forma["fuentes"]]
            renglon.append(recursos.get((codigo, v)))
        renglones.append([_vacio(valor) for valor in [*renglon, fila["bpin"]]])
    return _encabezados(forma, vigencias), renglones


@cache
def _forma() -> Mapping[str, Any]:
    return dict(leer_yml((CARPETA / "sispt.yml").read_text(encoding="utf-8")))


def _encabezados(forma: Mapping[str, Any], vigencias: Sequence[int]) -> list[str]:
    programacion = [forma["programacion"].format(vigencia=v) for v in vigencias]
    dinero = []
    for v in vigencias:
        dinero += [forma["fuente"].format(fuente=f, vigencia=v) for f in forma["fuentes"]]
        dinero.append(forma["total"].format(vigencia=v))
    return [*(c["encabezado"] for c in forma["columnas"]), *programacion, *dinero, forma["bpin"]]


def _completar(plan: pd.DataFrame, forma: Mapping[str, Any]) -> pd.DataFrame:
    """El plan con la línea escrita como en SisPT y el tipo de los dos que SisPT conoce."""
    return plan.assign(
        linea_completa=plan["linea"].str.cat(plan["nombre_linea"], sep="-"),
        tipo_sispt=plan["tipo_meta"].map(forma["tipos"]),
    )


def _avisos(plan: pd.DataFrame, plan_fuentes: pd.DataFrame) -> list[str]:
    forma = _forma()
    avisos = ["Principal, código de ODS y ODS van vacíos: SisPT los pide y el plan no los trae."]
    conocidas = set(forma["fuentes"])
    otras = sorted(set(plan_fuentes["fuente"].dropna()) - conocidas)
    if otras:
        avisos.append(f"Fuentes que SisPT no tiene y no se escribieron: {', '.join(otras)}.")
    sin_linea = int((~plan["linea"].fillna("").str.fullmatch(r"LE-\d+")).sum())
    if sin_linea:
        avisos.append(
            f"{sin_linea} metas tienen un código de línea distinto de LE-n: SisPT no lo reconocerá como suyo."
        )
    con_mas = int(plan["tipo_meta"].isin(set(forma["tipos"]) - {"acumulado", "mantenimiento"}).sum())
    if con_mas:
        avisos.append(
            f"{con_mas} metas son de un tipo que SisPT no distingue y se escriben como acumulativas o no "
            "acumulativas."
        )
    return avisos


def _vacio(valor: Any) -> Any:
    return None if valor is None or pd.isna(valor) else valor


def _escribir(destino: Path, encabezados: list[str], renglones: list[list[Any]], fecha: date) -> None:
    import xlsxwriter  # perezoso: la ayuda de la orden no debe pagar su importación

    forma, salida = _forma(), BytesIO()
    libro = xlsxwriter.Workbook(
        salida, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    libro.set_properties({"created": datetime.combine(fecha, time.min), "author": "", "comments": ""})
    hoja = libro.add_worksheet(forma["hoja"])
    negrita = libro.add_format({"bold": True, "text_wrap": True, "bg_color": "#E8EEF6", "border": 1})
    hoja.write(0, 0, forma["bandas"][0], negrita)
    hoja.write(0, len(forma["columnas"]), forma["bandas"][1], negrita)
    hoja.write_row(1, 0, encabezados, negrita)
    hoja.freeze_panes(2, 4)
    hoja.set_column(0, len(encabezados) - 1, 18)
    for fila, renglon in enumerate(renglones, start=2):
        for columna, valor in enumerate(renglon):
            if isinstance(valor, str):
                hoja.write_string(fila, columna, valor)
            elif valor is not None:
                hoja.write_number(fila, columna, valor)
    libro.close()
    escribir(destino, salida.getvalue())
