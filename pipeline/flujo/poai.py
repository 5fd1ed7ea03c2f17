"""Fijar y comparar versiones del POAI de una vigencia, a partir de lo aceptado en un corte."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd

from pipeline import calidad, libros, versiones_poai
from pipeline.errores import ErrorEntorno
from pipeline.esquemas import leer_tabla
from pipeline.flujo.contexto import Contexto
from pipeline.formato_es import fecha_larga
from pipeline.indices import calcular_indices_poai
from pipeline.manifiesto import huella_archivo
from pipeline.versiones_poai import FichaVersion

DE_CONTROL = ("total", "dependencia", "sector", "fuente")
EN_EL_LIBRO = (
    "dependencia", "codigo_meta", "nombre_meta", "bpin", "nombre_proyecto", "rubro", "nombre_rubro",
    "codigo_fuente", "nombre_fuente", "apropiacion_inicial_cop", "adiciones_cop", "reducciones_cop",
    "creditos_cop", "contracreditos_cop", "aplazamientos_cop", "desaplazamientos_cop",
    "apropiacion_definitiva_cop",
)  # fmt: skip
TOTALES = ("nivel", "codigo", "nombre", "n_rubros", "apropiacion_inicial_cop", "modificaciones_cop",
           "apropiacion_definitiva_cop")  # fmt: skip


def carpeta_de_versiones(contexto: Contexto) -> Path:
    """Carpeta de las versiones del POAI de la vigencia; solo se agrega."""
    return contexto.rutas.crudos / str(contexto.corte.vigencia) / "poai_versiones"


def leer_versiones(contexto: Contexto) -> list[FichaVersion]:
    """Versiones fijadas del POAI de la vigencia, de la primera a la última."""
    return versiones_poai.leer_fichas(carpeta_de_versiones(contexto))


def fijar_version(contexto: Contexto, *, version: str, acto: str, fecha: date) -> FichaVersion:
    """Congela como `version` el POAI aceptado en el corte y devuelve su ficha.

    Deja en data/raw/<vigencia>/poai_versiones/ el libro consolidado con sus totales de control, los rubros en
    CSV y la ficha. Levanta ErrorEntorno si el corte no se ha procesado o no tiene POAI, y ErrorConfiguracion
    si la versión no sigue a las que hay.
    """
    carpeta = carpeta_de_versiones(contexto)
    ficha = versiones_poai.siguiente_version(
        leer_versiones(contexto),
        version=version,
        acto=acto,
        fecha=fecha,
        corte=str(contexto.corte),
        vigencia=contexto.corte.vigencia,
    )
    registros, totales = _aceptado(contexto)
    escritos = [
        versiones_poai.escribir_rubros(registros, carpeta / f"{ficha.prefijo}.csv"),
        _escribir_libro(contexto, ficha, registros, totales, carpeta / f"{ficha.prefijo}.xlsx"),
    ]
    completa = replace(
        ficha,
        totales=_sin_vacios(totales),
        libros=sorted(set(registros["sha256"])),
        huellas={ruta.name: huella_archivo(ruta) for ruta in escritos},
    )
    versiones_poai.guardar_ficha(completa, carpeta)
    return completa


def comparar_con_la_anterior(contexto: Contexto, ficha: FichaVersion) -> pd.DataFrame | None:
    """Los rubros que cambian de la versión anterior a `ficha`; None si es la primera."""
    previas = [f for f in leer_versiones(contexto) if f.numero < ficha.numero]
    if not previas:
        return None
    carpeta = carpeta_de_versiones(contexto)
    return versiones_poai.comparar_versiones(
        versiones_poai.leer_rubros(previas[-1], carpeta), versiones_poai.leer_rubros(ficha, carpeta)
    )


def _aceptado(contexto: Contexto) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Los rubros aceptados del corte y sus totales de control."""
    carpeta = contexto.rutas.procesados(contexto.corte)
    registros, entregas, hallazgos, plan = (
        leer_tabla(tabla, carpeta) for tabla in ("registros_poai", "entregas", "hallazgos", "plan")
    )
    registros = calidad.registros_aceptados(registros, entregas, hallazgos)
    if registros.empty:
        raise ErrorEntorno(
            f"el corte {contexto.corte} no tiene filas aceptadas del POAI",
            remedio="Reciba los libros del POAI con «seguimiento recibir» y ejecute «seguimiento correr»",
        )
    nombres = {d.codigo: d.nombre for d in contexto.config.dependencias}
    indices = calcular_indices_poai(registros, plan, nombres)
    return registros, indices[indices["nivel"].isin(DE_CONTROL)]


def _sin_vacios(totales: pd.DataFrame) -> list[dict[str, object]]:
    filas = totales[list(TOTALES)].astype(object)
    return [
        {str(campo): valor for campo, valor in fila.items() if pd.notna(valor)}
        for fila in filas.to_dict("records")
    ]


def _escribir_libro(
    contexto: Contexto, ficha: FichaVersion, registros: pd.DataFrame, totales: pd.DataFrame, destino: Path
) -> Path:
    entidad, fecha = contexto.config.entidad, date.fromisoformat(ficha.fecha)
    dinero = [campo for campo in EN_EL_LIBRO if campo.endswith("_cop")]
    ordenados = registros.sort_values(["dependencia", "codigo_meta", "bpin", "rubro", "codigo_fuente"])
    return libros.libro_de_tablas(
        destino,
        {"Totales de control": totales, "POAI": ordenados},
        {"Totales de control": "indices_poai", "POAI": "registros_poai"},
        titulo=f"POAI {ficha.vigencia} · {ficha.version.nombre} · {entidad.nombre}",
        fecha=fecha,
        columnas={"POAI": EN_EL_LIBRO, "Totales de control": TOTALES},
        totales={"POAI": dinero},
        notas=(
            f"Versión {ficha.numero}: {ficha.version.nombre}. Acto: {ficha.acto}, del {fecha_larga(fecha)}.",
            f"Consolidado de lo aceptado en el corte {contexto.corte}. Pesos completos.",
            "Los totales de control de cada nivel suman el total; compárelos con los del acto.",
        ),
    )
