"""Lo que el sistema ya sabe de cada actividad del procedimiento: sus entregas, tablas, versiones e informes.

Un hecho no inventa fechas: solo las entregas y las versiones del POAI traen la suya; cuándo se corrió un
corte no prueba cuándo se hizo por primera vez.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pandas as pd

from pipeline import recepcion
from pipeline.esquemas import leer_tabla
from pipeline.flujo.contexto import Contexto
from pipeline.flujo.poai import leer_versiones
from pipeline.flujo.registros_publicacion import en_una_oracion, leer_publicaciones
from pipeline.formato_es import contar
from pipeline.modelo import Corte, Oportunidad, Periodo
from pipeline.procedimiento import Constancia, leer_enlaces, sin_enlace

TABLAS = {
    "indices": "Índices del Plan Indicativo",
    "metas": "Metas calculadas",
    "matriz": "Matriz de seguimiento",
    "indices_poai": "Índices del POAI",
    "actividades": "Actividades calculadas",
}
"""Cómo se llama, en el libro de registros, la tabla que prueba que algo se hizo."""


def hechos_del_corte(contexto: Contexto) -> dict[str, Constancia]:
    """Lo que se sabe del corte del contexto, por nombre de hecho; lo que no se sabe no está."""
    hechos: dict[str, Constancia | None] = {}
    for instrumento in contexto.seguidos:
        hechos[f"entregas_{instrumento}"] = _entregas(contexto, instrumento)
        hechos[f"revision_{instrumento}"] = _revision(contexto, instrumento)
    hechos["informe_pi"] = _tabla(contexto, "indices", lambda t: t[t["nivel"] == "plan"])
    hechos["consolidado_pi"] = _tabla(contexto, "metas")
    hechos["matriz"] = _tabla(contexto, "matriz", lambda t: t[t["nivel"] == "actividad"])
    return {nombre: hecho for nombre, hecho in hechos.items() if hecho is not None}


def hechos_de_la_vigencia(contexto: Contexto, hoy: date) -> dict[str, Constancia]:
    """Lo que se sabe de la vigencia del contexto, mirado en `hoy`."""
    cortes = [_en(contexto, p) for p in sorted(contexto.config.calendario.cortes)]
    hechos = {
        "plan_importado": _plan(contexto),
        "enlaces": _enlaces(contexto, hoy),
        "poai_aprobado": _version(contexto, ("aprobado", "remitido", "ajustado")),
        "poai_programado": _version(contexto, ())
        or _primero(cortes, lambda c: _tabla(c, "indices_poai", lambda t: t[t["nivel"] == "total"])),
        "conciliacion": _primero(cortes, _conciliado),
        "pa_construido": _primero(cortes, lambda c: _recibidos(c, "pa")),
        "pa_consolidado": _primero(cortes, lambda c: _tabla(c, "actividades")),
        "pa_publicado": _publicacion(contexto),
    }
    return {nombre: hecho for nombre, hecho in hechos.items() if hecho is not None}


def _en(contexto: Contexto, periodo: str) -> Contexto:
    return replace(contexto, corte=Corte(vigencia=contexto.corte.vigencia, periodo=Periodo(periodo)))


def _primero(cortes: list[Contexto], buscar: Callable[[Contexto], Constancia | None]) -> Constancia | None:
    return next((hallado for corte in cortes if (hallado := buscar(corte)) is not None), None)


def _entregas(contexto: Contexto, instrumento: str) -> Constancia | None:
    """Cuántas dependencias entregaron; es un hecho entero si entregaron todas."""
    fichas = recepcion.leer_recepciones(contexto.rutas, contexto.corte, instrumento)
    if not fichas:
        return None
    entregas = recepcion.armar_entregas(
        fichas, config=contexto.config, corte=contexto.corte, instrumento=instrumento
    )
    primeras = entregas[entregas["version"] == 1]
    todas = entregas["dependencia"].nunique()
    tarde = int((primeras["oportunidad"] == Oportunidad.TARDIA).sum())
    return Constancia(
        clase="hecho" if len(primeras) == todas else "parcial",
        referencia=f"Entregaron {len(primeras)} de {todas} dependencias; {tarde} fuera de plazo.",
        fecha=date.fromisoformat(str(primeras["recibido_en"].max())[:10]),
        tardia=tarde > 0,
    )


def _revision(contexto: Contexto, instrumento: str) -> Constancia | None:
    tabla = _leer(contexto, "entregas")
    if tabla is None:
        return None
    propias = tabla[(tabla["instrumento"] == instrumento) & tabla["sha256"].notna()]
    if propias.empty:
        return None
    sin_decidir = int(propias["estado"].isna().sum())
    return Constancia(
        clase="parcial" if sin_decidir else "hecho",
        referencia=f"{_libros(len(propias))} y {sin_decidir} sin decisión.",
    )


def _tabla(
    contexto: Contexto, nombre: str, elegir: Callable[[pd.DataFrame], pd.DataFrame] = lambda t: t
) -> Constancia | None:
    tabla = _leer(contexto, nombre)
    filas = 0 if tabla is None else len(elegir(tabla))
    if not filas:
        return None
    return Constancia(
        clase="hecho", referencia=f"{TABLAS[nombre]} del corte {contexto.corte}: {contar(filas, 'fila')}."
    )


def _conciliado(contexto: Contexto) -> Constancia | None:
    """Hay conciliación si el corte se calculó y tiene POAI: puede no tener ningún caso y está hecha."""
    poai = _leer(contexto, "registros_poai")
    casos = _leer(contexto, "conciliacion")
    if poai is None or casos is None or poai.empty:
        return None
    return Constancia(
        clase="hecho",
        referencia=f"Conciliación del corte {contexto.corte}: {contar(len(casos), 'caso')}.",
    )


def _recibidos(contexto: Contexto, instrumento: str) -> Constancia | None:
    fichas = recepcion.leer_recepciones(contexto.rutas, contexto.corte, instrumento)
    if not fichas:
        return None
    primera = min(ficha.recibido_en for ficha in fichas)
    return Constancia(
        clase="hecho",
        referencia=f"{_libros(len({f.dependencia for f in fichas}))} en el corte {contexto.corte}.",
        fecha=date.fromisoformat(primera[:10]),
    )


def _version(contexto: Contexto, aceptadas: tuple[str, ...]) -> Constancia | None:
    fichas = [f for f in leer_versiones(contexto) if not aceptadas or f.version.value in aceptadas]
    if not fichas:
        return None
    ficha = fichas[0]
    return Constancia(
        clase="hecho",
        referencia=f"Versión {ficha.numero} del POAI, {ficha.version.nombre.lower()}: {ficha.acto}.",
        fecha=date.fromisoformat(ficha.fecha),
    )


def _publicacion(contexto: Contexto) -> Constancia | None:
    """La primera página publicada que ya trae actividades; con solo las metas, un hecho a medias."""
    todas = leer_publicaciones(contexto)
    if not todas:
        return None
    primera = next((p for p in todas if p.actividades), None)
    if primera is None:
        return Constancia(
            clase="parcial", referencia=f"{en_una_oracion(todas[-1])} No trae actividades: solo las metas."
        )
    return Constancia(
        clase="hecho",
        referencia=en_una_oracion(primera),
        fecha=date.fromisoformat(primera.fecha),
        sha256=primera.huella,
    )


def _plan(contexto: Contexto) -> Constancia | None:
    fichas = recepcion.leer_fichas(contexto.rutas.crudos_plan)
    if not fichas:
        return None
    return Constancia(
        clase="hecho",
        referencia=f"Libro del plan «{fichas[-1].archivo}».",
        sha256=fichas[-1].sha256,
        fecha=date.fromisoformat(fichas[0].recibido_en[:10]),
    )


def _enlaces(contexto: Contexto, hoy: date) -> Constancia | None:
    dependencias = contexto.config.dependencias_que_entregan()
    enlaces = leer_enlaces(contexto.rutas.raiz, contexto.config.dependencias)
    if not enlaces:
        return Constancia(clase="parcial", referencia="No hay enlaces.csv en la carpeta de la entidad.")
    faltan = sin_enlace(enlaces, dependencias, hoy)
    if faltan:
        codigos = ", ".join(d.codigo for d in faltan)
        return Constancia(clase="parcial", referencia=f"Sin enlace vigente con acto: {codigos}.")
    return Constancia(
        clase="hecho", referencia=f"{contar(len(dependencias), 'dependencia')} con enlace vigente y acto."
    )


def _libros(cuantos: int) -> str:
    return contar(cuantos, "libro recibido", "libros recibidos")


def _leer(contexto: Contexto, nombre: str) -> pd.DataFrame | None:
    carpeta = contexto.rutas.procesados(contexto.corte)
    return leer_tabla(nombre, carpeta) if (carpeta / f"{nombre}.parquet").is_file() else None
