"""Escribir los archivos de carga de un corte y cotejar lo que los aplicativos devuelven."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from pipeline import calidad, cargas, publicacion
from pipeline.archivos import MARCA_DE_EXCEL, escribir
from pipeline.errores import ErrorConfiguracion, ErrorEntorno
from pipeline.esquemas import leer_tabla
from pipeline.explicacion import parecido
from pipeline.flujo.contexto import Contexto
from pipeline.flujo.entrada import leer_plan
from pipeline.manifiesto import huella_archivo

POR_TABLA = ("al_tablero", "cuipo")


@dataclass(frozen=True, slots=True, kw_only=True)
class Escrita:
    """Un archivo de carga escrito: cuántas filas, cuánto suma y lo que hay que saber de él."""

    nombre: str
    ruta: Path
    totales: dict[str, float | int | None]
    avisos: tuple[str, ...] = ()


def carpeta_de_cargas(contexto: Contexto) -> Path:
    """Dónde quedan los archivos de carga del corte; se pueden borrar y rehacer."""
    corte = contexto.corte
    return contexto.rutas.raiz / "cargas" / str(corte.vigencia) / corte.periodo.value


def escribir_cargas(contexto: Contexto) -> list[Escrita]:
    """Los archivos de carga del corte con sus totales de control, que quedan también en totales.json.

    Levanta ErrorEntorno si el corte no se ha calculado.
    """
    carpeta = carpeta_de_cargas(contexto)
    escritas = [_por_tabla(contexto, nombre, carpeta) for nombre in POR_TABLA]
    escritas.append(_sispt(contexto, carpeta))
    control = {
        e.nombre: {"archivo": e.ruta.name, "sha256": huella_archivo(e.ruta), "totales": e.totales}
        for e in escritas
    }
    escribir(carpeta / "totales.json", json.dumps(control, ensure_ascii=False, indent=2) + "\n")
    return escritas


def cotejar_carga(contexto: Contexto, nombre: str, archivo: Path) -> tuple[Path, pd.DataFrame]:
    """Ruta del CSV con las diferencias entre lo enviado y la exportación del aplicativo, y las diferencias.

    Lo enviado se lee del archivo que se escribió, no se vuelve a calcular: el corte pudo cambiar. Levanta
    ErrorConfiguracion si esa carga no se coteja, ErrorEntorno si no se ha escrito y ErrorLibro si la
    exportación no se entiende.
    """
    if nombre not in POR_TABLA:
        raise ErrorConfiguracion(
            f"no se coteja la carga «{nombre}»", remedio=parecido(nombre, list(POR_TABLA))
        )
    disposicion = cargas.leer_disposicion(nombre, contexto.rutas.raiz / "cargas")
    enviado = carpeta_de_cargas(contexto) / f"{nombre}.csv"
    if not enviado.is_file():
        raise ErrorEntorno(
            f"no se ha escrito la carga {nombre} del corte {contexto.corte}",
            remedio=f"Ejecute «seguimiento cargas escribir {contexto.opciones}»",
        )
    diferencias = cargas.cotejar(
        cargas.leer_devuelto(enviado, disposicion), cargas.leer_devuelto(archivo, disposicion), disposicion
    )
    destino = enviado.with_name(f"cotejo_{nombre}.csv")
    texto = publicacion.sin_formulas(diferencias).to_csv(index=False, sep=";", lineterminator="\r\n")
    return escribir(destino, MARCA_DE_EXCEL + texto), diferencias


def _por_tabla(contexto: Contexto, nombre: str, carpeta: Path) -> Escrita:
    disposicion = cargas.leer_disposicion(nombre, contexto.rutas.raiz / "cargas")
    tabla = _aceptados(contexto) if nombre == "cuipo" else _tabla(contexto, disposicion.tabla)
    carga = cargas.armar_carga(tabla, disposicion)
    return Escrita(
        nombre=nombre,
        ruta=cargas.escribir_csv(carga, disposicion, carpeta / f"{nombre}.csv"),
        totales=cargas.totales(carga, disposicion),
        avisos=() if len(carga) else ("El corte no tiene filas aceptadas: el archivo va sin filas.",),
    )


def _sispt(contexto: Contexto, carpeta: Path) -> Escrita:
    plan = leer_plan(contexto)
    avisos = cargas.escribir_sispt(
        carpeta / "sispt.xlsx",
        entidad=contexto.config.entidad,
        plan=plan.metas,
        plan_vigencias=plan.vigencias,
        plan_fuentes=plan.fuentes,
        fecha=contexto.corte.fecha,
    )
    recursos = plan.vigencias["recursos_programados_cop"].sum(min_count=1)
    suma = None if pd.isna(recursos) else float(recursos)
    return Escrita(
        nombre="sispt",
        ruta=carpeta / "sispt.xlsx",
        totales={"filas": len(plan.metas), "Recursos programados": suma},
        avisos=tuple(avisos),
    )


def _tabla(contexto: Contexto, nombre: str) -> pd.DataFrame:
    return leer_tabla(nombre, contexto.rutas.procesados(contexto.corte))


def _aceptados(contexto: Contexto) -> pd.DataFrame:
    """Los rubros del POAI que cuentan: sin los de libros devueltos ni los de filas que se bloquean."""
    registros = _tabla(contexto, "registros_poai")
    return calidad.registros_aceptados(registros, _tabla(contexto, "entregas"), _tabla(contexto, "hallazgos"))
