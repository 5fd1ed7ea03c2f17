"""Plan de Acción: el libro con que el Grupo revisa, el registro de sus decisiones y el plan ajustado."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pandas as pd

from pipeline import limpieza, plantillas, revisiones
from pipeline.errores import ErrorConfiguracion, ErrorEntorno, ErrorLibro
from pipeline.esquemas import leer_tabla
from pipeline.flujo.anteriores import leer_anteriores
from pipeline.flujo.contexto import Contexto
from pipeline.flujo.entrada import leer_entregas, unir
from pipeline.flujo.poai import carpeta_de_versiones, leer_versiones
from pipeline.recepcion import Recepcion
from pipeline.recepcion.fichas import guardar, leer_fichas
from pipeline.versiones_poai import leer_rubros

INSTRUMENTO = "revision_pa"


def escribir_revisiones(contexto: Contexto, dependencia: str = "") -> list[Path]:
    """Rutas de los libros de revisión: uno por dependencia con actividades en el corte, o el de la pedida.

    Quedan en plantillas/<vigencia>/<periodo>/pa. Lee las tablas del corte: levanta ErrorEntorno si no se ha
    calculado o no tiene actividades, y ErrorConfiguracion si la dependencia no tiene actividades.
    """
    procesados = contexto.rutas.procesados(contexto.corte)
    actividades = leer_tabla("actividades", procesados)
    hallazgos = leer_tabla("hallazgos", procesados)
    con_actividades = sorted(actividades["dependencia"].dropna().unique())
    if not con_actividades:
        raise ErrorEntorno(
            f"el corte {contexto.corte} no tiene actividades que revisar",
            remedio="Reciba primero los Planes de Acción y vuelva a correrlo",
        )
    codigos = [contexto.config.dependencia(dependencia).codigo] if dependencia else con_actividades
    if ausentes := [c for c in codigos if c not in con_actividades]:
        raise ErrorConfiguracion(
            f"la dependencia {ausentes[0]} no tiene actividades en el corte {contexto.corte}",
            remedio="Reciba primero su Plan de Acción",
        )
    ya = leer_revisiones(contexto)
    return [
        plantillas.escribir_revision_pa(
            _carpeta(contexto) / f"REVISION_PA_{contexto.corte}_{codigo}.xlsx",
            config=contexto.config,
            corte=contexto.corte,
            dependencia=codigo,
            actividades=actividades,
            hallazgos=hallazgos,
            revisiones=ya,
        )
        for codigo in codigos
    ]


def registrar_revision(
    contexto: Contexto, archivo: Path, recibido_en: datetime
) -> tuple[Recepcion, pd.DataFrame]:
    """Ficha del libro de revisión guardado intacto y las decisiones que trae.

    Levanta ErrorLibro, sin guardar nada, si no hay filas decididas o si una está incompleta o no es
    del corte.
    """
    actividades = leer_tabla("actividades", contexto.rutas.procesados(contexto.corte))
    vigentes = set(zip(actividades["id_actividad"], actividades["sha256"], strict=True))
    decididas = revisiones.leer_revision(
        archivo,
        archivo=archivo.name,
        sha256="",
        corte=contexto.corte,
        encabezados=plantillas.encabezados_de_revision(),
        actividades=vigentes,
    )
    if decididas.empty:
        raise ErrorLibro(
            "no trae ninguna decisión",
            archivo=archivo.name,
            remedio="Escoja «aceptada» o «devuelta» en cada actividad revisada: no se guardó nada",
        )
    carpeta = contexto.rutas.crudos_corte(contexto.corte, INSTRUMENTO)
    ficha = guardar(
        archivo, carpeta, contexto.rutas, recibido_en, formato=INSTRUMENTO, instrumento=INSTRUMENTO
    )
    return ficha, _leer(contexto, ficha)


def leer_revisiones(contexto: Contexto) -> pd.DataFrame:
    """Tabla `revisiones` del corte: las decisiones de todos los libros registrados, en su orden."""
    fichas = leer_fichas(contexto.rutas.crudos_corte(contexto.corte, INSTRUMENTO))
    return unir("revisiones", [_leer(contexto, ficha) for ficha in fichas])


def plan_ajustado(contexto: Contexto) -> pd.DataFrame:
    """Lo que cambió en lo programado desde el Plan de Acción aceptado en el corte anterior de la vigencia.

    Vacía si no hay corte anterior. Columnas: `revisiones.COLUMNAS_DE_DIFERENCIA`.
    """
    procesados = contexto.rutas.procesados(contexto.corte)
    anteriores = leer_anteriores(contexto, "pa")
    actuales = leer_tabla("registros_pa", procesados)
    if anteriores.empty:
        return pd.DataFrame(columns=revisiones.COLUMNAS_DE_DIFERENCIA)
    entregaron = set(anteriores["dependencia"]) & set(actuales["dependencia"])
    anteriores = anteriores[anteriores["dependencia"].isin(entregaron)]
    actuales = actuales[actuales["dependencia"].isin(entregaron)]
    reconocidas = limpieza.actividades_reconocidas(actuales, anteriores)
    return revisiones.diferencias_de_plan(
        anteriores, actuales.assign(codigo_actividad=reconocidas), leer_tabla("celdas", procesados)
    )


def poai_vigente(contexto: Contexto) -> pd.DataFrame:
    """El POAI del corte; si no se ha recibido, la última versión fijada o lo aceptado antes."""
    del_corte = leer_entregas(contexto, "poai").registros
    if len(del_corte):
        return del_corte
    return poai_aprobado(contexto)


def poai_aprobado(contexto: Contexto) -> pd.DataFrame:
    """Los rubros de la última versión fijada del POAI o, si no hay, los aceptados en el corte anterior."""
    if fijadas := leer_versiones(contexto):
        return leer_rubros(fijadas[-1], carpeta_de_versiones(contexto))
    return leer_anteriores(contexto, "poai")


def _leer(contexto: Contexto, ficha: Recepcion) -> pd.DataFrame:
    return revisiones.leer_revision(
        contexto.rutas.crudos / ficha.ruta,
        archivo=ficha.archivo,
        sha256=ficha.sha256,
        corte=contexto.corte,
        encabezados=plantillas.encabezados_de_revision(),
    )


def _carpeta(contexto: Contexto) -> Path:
    corte = contexto.corte
    return contexto.rutas.raiz / "plantillas" / str(corte.vigencia) / corte.periodo.value / "pa"
