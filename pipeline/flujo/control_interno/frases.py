"""Frases del paquete de Control Interno (recursos/control_interno/textos.yml) con sus cifras puestas."""

from __future__ import annotations

import shlex
from functools import cache
from typing import Any

from pipeline.archivos import leer_yml
from pipeline.config import PAQUETE
from pipeline.flujo.control_interno.datos import Control
from pipeline.formato_es import contar
from pipeline.informes.bloques import Bloque, lista, parrafo

CARPETA = PAQUETE / "recursos" / "control_interno"
DIFERENCIA_VISIBLE = 0.01  # un punto porcentual entre lo declarado y lo calculado


@cache
def leer_textos() -> dict[str, Any]:
    """Todo lo escrito en recursos/control_interno/textos.yml."""
    return dict(leer_yml((CARPETA / "textos.yml").read_text(encoding="utf-8")))


def frase(clave: str, /, **valores: object) -> str:
    """La oración con esa clave, con sus cifras puestas."""
    return str(leer_textos()["frases"][clave]).format(**valores)


def puntos(control: Control) -> Bloque:
    """Lo que hay que saber antes de abrir el paquete."""
    if control.matriz.empty:
        return parrafo(frase("sin_matriz"), clase="vacio")
    return lista(
        [
            _de_la_matriz(control),
            _del_estado(control),
            _de_las_diferencias(control),
            _de_la_conciliacion(control),
            frase(
                "punto_muestra",
                metas=contar(len(control.muestra), "meta"),
                universo=contar(control.universo, "programada"),
                dependencias=contar(control.muestra["dependencia"].nunique(), "dependencia"),
                semilla=control.semilla,
            ),
            _de_las_observaciones(control),
        ],
        clase="texto puntos",
    )


def matriz(control: Control) -> Bloque:
    """Cómo se lee la matriz."""
    return parrafo(frase("matriz"))


def conciliacion(control: Control) -> Bloque:
    """Cómo se lee la conciliación, o que no halló nada."""
    return parrafo(frase("conciliacion_vacia" if control.conciliacion.empty else "conciliacion"))


def muestra(control: Control) -> Bloque:
    """Cómo se sacó la muestra, de qué tamaño y cómo repetirla."""
    return parrafo(frase("muestra"), tamano(control), comprobar(control))


def tamano(control: Control) -> str:
    """Por qué la muestra es de ese tamaño."""
    clave = "muestra_tamano" if control.tamano_dado is None else "muestra_tamano_dado"
    return frase(clave, universo=contar(control.universo, "meta"), n=contar(len(control.muestra), "meta"))


def comprobar(control: Control) -> str:
    """La orden que repite el sorteo de la primera meta, y lo que debe dar; vacía si no hay muestra."""
    if control.muestra.empty:
        return ""
    primera = control.muestra.iloc[0]
    ejemplo = f"{control.semilla}|{primera['dependencia']}|{primera['codigo_meta']}"
    # Entre comillas de la consola: un código de meta lo escribió otro y la orden se va a copiar y pegar.
    return frase("muestra_comprobar", ejemplo=shlex.quote(ejemplo), clave=primera["clave_del_sorteo"])


def evaluacion(control: Control) -> Bloque:
    """Qué trae el libro de la evaluación por dependencias."""
    return parrafo(frase("evaluacion"))


def hallazgos(control: Control) -> Bloque:
    """Qué son los hallazgos."""
    return parrafo(frase("hallazgos"))


def observaciones(control: Control) -> Bloque:
    """Lo que Control Interno ha devuelto, o que no ha devuelto nada."""
    return parrafo(frase("sin_observaciones" if control.observaciones.empty else "observaciones"))


def verificar(control: Control) -> Bloque:
    """Los pasos para verificar el paquete."""
    return Bloque(parrafo(frase("verificar")).contenido + lista(pasos(control)).contenido)


def pasos(control: Control) -> list[str]:
    """Los mismos pasos, como oraciones."""
    corte = control.contexto.corte
    return [p.format(vigencia=corte.vigencia, periodo=corte.periodo) for p in leer_textos()["pasos"]]


def _de_la_matriz(control: Control) -> str:
    niveles = control.matriz["nivel"].value_counts()
    con_evidencia = int(control.matriz["evidencia"].notna().sum())
    return frase(
        "punto_matriz",
        metas=contar(int(niveles.get("meta", 0)), "meta"),
        actividades=contar(int(niveles.get("actividad", 0)), "actividad", "actividades"),
        con_evidencia=contar(con_evidencia, "renglón", "renglones"),
    )


def _del_estado(control: Control) -> str:
    cuenta = control.matriz["estado"].value_counts()

    def cuantos(estado: str, singular: str, plural: str) -> str:
        return contar(int(cuenta.get(estado, 0)), singular, plural)

    return frase(
        "punto_estado",
        cumplidos=cuantos("cumplida", "renglón ya se cumplió", "renglones ya se cumplieron"),
        rezagados=cuantos("rezagada", "va rezagado", "van rezagados"),
        sin_reporte=cuantos("sin_reporte", "no tiene reporte", "no tienen reporte"),
        vencidos=cuantos("vencida", "está vencido", "están vencidos"),
    )


def _de_las_diferencias(control: Control) -> str:
    cuantas = int((control.matriz["diferencia"].abs() > DIFERENCIA_VISIBLE).sum())
    umbral = contar(round(DIFERENCIA_VISIBLE * 100), "punto porcentual", "puntos porcentuales")
    if not cuantas:
        return frase("punto_sin_diferencias", umbral=umbral)
    en_cuantos = "En " + contar(cuantas, "renglón difieren", "renglones difieren")
    return frase("punto_diferencias", cuantos=en_cuantos, umbral=umbral)


def _de_la_conciliacion(control: Control) -> str:
    clases = control.conciliacion["clase"].value_counts()
    if control.conciliacion.empty:
        return frase("punto_sin_conciliacion")
    return frase(
        "punto_conciliacion",
        quiebres=contar(int(clases.get("quiebre", 0)), "quiebre"),
        senales=contar(int(clases.get("senal", 0)), "señal", "señales"),
    )


def _de_las_observaciones(control: Control) -> str:
    n = len(control.observaciones)
    return frase("punto_observaciones", observaciones=contar(n, "observación", "observaciones")) if n else ""
