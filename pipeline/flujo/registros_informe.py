"""El cumplimiento de PRO-PET-07 como lo muestra su informe (cuaderno 11). No juzga lo archivado."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

import pandas as pd

from pipeline.archivos import leer_yml
from pipeline.calendario import fechas_del_corte
from pipeline.config import PAQUETE
from pipeline.errores import ErrorConfiguracion
from pipeline.flujo.contexto import Contexto, abrir
from pipeline.flujo.registros import cuenta_por_estado, libro_de_registros
from pipeline.formato_es import contar, fecha_larga
from pipeline.informes import DatosInforme, abrir_corte
from pipeline.informes.bloques import Bloque, lista, parrafo
from pipeline.procedimiento import ANUAL, NOMBRES_DE_ESTADO, leer_enlaces, sin_enlace

SIN_CERRAR = ("falta", "tarde")
ABIERTOS = ("esperado", "borrador")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cumplimiento:
    """El libro de registros de una vigencia hasta un corte, visto en una fecha."""

    contexto: Contexto
    datos: DatosInforme
    libro: pd.DataFrame
    hoy: date

    def __repr__(self) -> str:
        return f"{self.contexto} · {len(self.libro)} registros"


def abrir_cumplimiento(vigencia: int, periodo: str, fecha: str = "") -> Cumplimiento:
    """El libro de la entidad en que se trabaja.

    Sin `fecha` se mira en el último día de verificación del corte: el informe no lee el reloj. Levanta
    ErrorConfiguracion si la fecha no se entiende y ErrorEntorno si el corte no se ha calculado.
    """
    contexto = abrir(vigencia, periodo)
    try:
        hoy = date.fromisoformat(fecha) if fecha else None
    except ValueError as error:
        raise ErrorConfiguracion(f"«{fecha}» no es una fecha", remedio="Escríbala como AAAA-MM-DD") from error
    dia = hoy or fechas_del_corte(contexto.corte, contexto.config.calendario).verificacion
    return Cumplimiento(
        contexto=contexto,
        datos=abrir_corte(vigencia, periodo),
        libro=libro_de_registros(contexto, dia),
        hoy=dia,
    )


def puntos(cumplimiento: Cumplimiento) -> Bloque:
    """Cuántos registros se piden, cuántos están cerrados y cuántos faltan."""
    cuenta = cuenta_por_estado(cumplimiento.libro)
    oraciones = ["total", "cerrados", "faltan"]
    alterados = int(cumplimiento.libro["referencia"].fillna("").str.endswith("falta o fue alterado.").sum())
    if cuenta["no_aplica"]:
        oraciones.append("no_aplica")
    if alterados:
        oraciones.append("alterados")
    entidad, corte = cumplimiento.contexto.config.entidad, cumplimiento.contexto.corte
    valores = {
        "procedimiento": entidad.procedimiento,
        "registros": contar(len(cumplimiento.libro), "registro"),
        "vigencia": corte.vigencia,
        "corte": corte,
        "hoy": fecha_larga(cumplimiento.hoy),
        "cerrados": cuenta["producido"] + cuenta["firmado"] + cuenta["tarde"],
        "producidos": cuenta["producido"],
        "firmados": cuenta["firmado"],
        "tarde": cuenta["tarde"],
        "faltan": cuenta["falta"],
        "abiertos": sum(cuenta[estado] for estado in ABIERTOS),
        "no_aplica": cuenta["no_aplica"],
        "alterados": alterados,
    }
    return lista([_textos()["puntos"][o].format(**valores) for o in oraciones], clase="texto puntos")


def como_se_lee() -> Bloque:
    """Qué quiere decir cada estado y de dónde salen las fechas."""
    return parrafo(_textos()["como"], _textos()["fechas"])


def vacios() -> Bloque:
    """Qué es la tabla de lo que el procedimiento deja en blanco."""
    return parrafo(_textos()["vacios"])


def enlaces(cumplimiento: Cumplimiento) -> Bloque:
    """Qué dependencias no tienen enlace vigente con acto."""
    config = cumplimiento.contexto.config
    designados = leer_enlaces(cumplimiento.contexto.rutas.raiz, config.dependencias)
    if not designados:
        return parrafo(_textos()["sin_enlaces"])
    faltan = sin_enlace(designados, config.dependencias_que_entregan(), cumplimiento.hoy)
    hoy = fecha_larga(cumplimiento.hoy)
    if not faltan:
        return parrafo(_textos()["enlaces_completos"].format(hoy=hoy))
    cuales = ", ".join(d.nombre for d in faltan)
    cuantas = contar(len(faltan), "dependencia")
    return parrafo(_textos()["enlaces_faltan"].format(hoy=hoy, faltan=cuantas, cuales=cuales))


def resumen(cumplimiento: Cumplimiento) -> pd.DataFrame:
    """Cuántos registros hay en cada estado, por instrumento."""
    filas: list[dict[str, Any]] = []
    for instrumento, nombre in _textos()["instrumentos"].items():
        propios = cumplimiento.libro[cumplimiento.libro["instrumento"] == instrumento]
        cuenta = cuenta_por_estado(propios)
        abiertos = sum(cuenta[estado] for estado in ABIERTOS)
        filas.append({"nombre_instrumento": nombre, "pedidos": len(propios), "abiertos": abiertos, **cuenta})
    return pd.DataFrame(filas)


def libro(cumplimiento: Cumplimiento) -> pd.DataFrame:
    """Todo el libro, con sus valores en palabras."""
    tabla = cumplimiento.libro
    return tabla.assign(
        fila_texto=tabla["fila"].astype("str"),
        periodo_texto=tabla["periodo"].replace(ANUAL, "Anual"),
        estado_texto=tabla["estado"].map(lambda e: NOMBRES_DE_ESTADO[e].capitalize()),
        respaldo=tabla["referencia"].where(
            tabla["consecutivo"].isna(), tabla["consecutivo"] + ": " + tabla["referencia"]
        ),
    )


def faltan(cumplimiento: Cumplimiento) -> pd.DataFrame:
    """Lo vencido sin cerrar y lo cerrado tarde."""
    tabla = libro(cumplimiento)
    return tabla[tabla["estado"].isin(SIN_CERRAR)]


def lo_que_falta_en_la_semilla(cumplimiento: Cumplimiento) -> pd.DataFrame:
    """Las filas del procedimiento con algo en blanco, una vez cada una."""
    tabla = libro(cumplimiento)
    return tabla[tabla["vacio_de_la_semilla"].notna()].drop_duplicates("fila")


@cache
def _textos() -> dict[str, Any]:
    ruta = PAQUETE / "recursos" / "documentos" / "informe.yml"
    return dict(leer_yml(ruta.read_text(encoding="utf-8")))
