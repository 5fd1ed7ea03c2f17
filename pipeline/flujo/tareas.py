"""Qué hay que producir en un corte y con qué clave (recursos/informes.yml). No corre nada."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

import yaml

from pipeline.config import PAQUETE
from pipeline.errores import ErrorConfiguracion, ErrorEntorno
from pipeline.flujo.contexto import Contexto
from pipeline.flujo.produccion import Tarea
from pipeline.flujo.sellos import huella_de_reexpresiones
from pipeline.manifiesto import (
    huella_archivo,
    huella_archivos,
    huella_codigo,
    huella_de_crudos,
    huella_reglas,
    huella_texto,
    leer_manifiesto,
)


@cache
def catalogo() -> dict[str, list[dict[str, Any]]]:
    """Etapas e informes que publica un corte (recursos/informes.yml)."""
    texto = (PAQUETE / "recursos" / "informes.yml").read_text(encoding="utf-8")
    leido: dict[str, list[dict[str, Any]]] = yaml.safe_load(texto)
    return leido


def tablas_por_tajadas() -> set[str]:
    """Tablas de las que algún informe lee solo la tajada de su dependencia."""
    por_dependencia = [d for d in catalogo()["informes"] if d["por"] == "dependencia"]
    return {tabla for d in por_dependencia for tabla in (*d.get("lee", ()), *d.get("tablas", ()))}


def tareas_de_etapas(contexto: Contexto) -> list[Tarea]:
    """Las etapas, en su orden; dependen de los libros recibidos."""
    datos = {
        "datos de los libros recibidos": huella_de_crudos(
            contexto.rutas, contexto.config.entidad.vigencias, contexto.corte
        )
    }
    return [_tarea(contexto, descripcion, datos, "") for descripcion in catalogo()["etapas"]]


def tareas_de_informes(contexto: Contexto, con_pdf: bool) -> list[Tarea]:
    """Una tarea por informe del corte y por dependencia con metas.

    Lee la constancia del corte (registro.registrar_corte) y no las tablas. Levanta ErrorEntorno si no está.
    """
    constancia = leer_manifiesto(contexto.rutas.procesados(contexto.corte))
    if constancia is None or "tajadas" not in constancia:
        raise ErrorEntorno(
            f"el corte {contexto.corte} no se ha calculado", remedio="Ejecute «seguimiento correr»"
        )
    reexpresado = huella_de_reexpresiones(contexto)
    tareas: list[Tarea] = []
    for descripcion in _informes_del_corte(contexto):
        por_dependencia = descripcion["por"] == "dependencia"
        for dependencia in constancia["dependencias_con_metas"] if por_dependencia else [""]:
            datos = datos_de(descripcion, dependencia, constancia)
            datos["datos sintéticos"] = str(contexto.rutas.es_demostracion)
            if descripcion.get("con_registros"):
                datos["registros del procedimiento"] = _huella_de_registros(contexto)
            if descripcion.get("con_paquete"):
                datos["observaciones de Control Interno"] = _huella_de_control_interno(contexto)
            if reexpresado and not dependencia:
                datos["reexpresiones"] = reexpresado
            pdf = bool(descripcion["pdf"]) and con_pdf
            tareas.append(_tarea(contexto, descripcion, datos, dependencia, pdf=pdf))
    return tareas


def _informes_del_corte(contexto: Contexto) -> list[dict[str, Any]]:
    """Los del catálogo que tienen sentido con lo que la entidad sigue y en ese periodo."""
    seguidos, periodo = set(contexto.config.entregas.instrumentos), contexto.corte.periodo.value
    return [
        d
        for d in catalogo()["informes"]
        if seguidos.issuperset(d.get("si_sigue", ())) and periodo in d.get("solo_en", [periodo])
    ]


def _huella_de_registros(contexto: Contexto) -> str:
    raiz = contexto.rutas.raiz
    archivados = contexto.rutas.crudos / "registros" / str(contexto.corte.vigencia)
    propios = [raiz / nombre for nombre in ("enlaces.csv", "procedimiento.yml")]
    return huella_archivos((r for r in (*archivados.rglob("*"), *propios) if r.is_file()), raiz)


def _huella_de_control_interno(contexto: Contexto) -> str:
    carpeta = contexto.rutas.crudos_corte(contexto.corte, "control_interno")
    return huella_archivos((r for r in carpeta.rglob("*") if r.is_file()), carpeta)


def datos_de(
    descripcion: Mapping[str, Any], dependencia: str, constancia: Mapping[str, Any]
) -> dict[str, str]:
    """Clave de los datos que lee un informe: una huella por tabla.

    La ficha de una dependencia que declara qué lee (`lee`) depende solo de sus filas de esas tablas; los
    demás informes, de todas las tablas del corte.
    """
    if not dependencia or "lee" not in descripcion:
        salidas: dict[str, str] = constancia["salidas"]
        return {f"datos de {nombre.removesuffix('.parquet')}": h for nombre, h in salidas.items()}
    leidas = sorted({*descripcion["lee"], *descripcion.get("tablas", ())})
    tajadas = constancia["tajadas"]
    return {f"datos de {tabla}": tajadas[tabla].get(dependencia, "sin filas") for tabla in leidas}


def _tarea(
    contexto: Contexto,
    descripcion: Mapping[str, Any],
    datos: Mapping[str, str],
    dependencia: str,
    *,
    pdf: bool = False,
) -> Tarea:
    corte, rutas = contexto.corte, contexto.rutas
    parametros: dict[str, str | int] = {"vigencia": corte.vigencia, "periodo": corte.periodo.value}
    if dependencia:
        parametros["dependencia"] = dependencia
    cuaderno = rutas.cuadernos / f"{descripcion['nombre']}.ipynb"
    if not cuaderno.is_file():
        raise ErrorConfiguracion(f"no existe el cuaderno {cuaderno.name}", remedio="Revise notebooks/")
    clave = {
        **datos,
        "cuaderno": huella_archivo(cuaderno),
        "código y bibliotecas": huella_codigo(),
        "configuración y reglas": huella_reglas(rutas),
        "parámetros": huella_texto(json.dumps(parametros, sort_keys=True)),
        "salidas pedidas": "html+pdf" if pdf else "html",
    }
    return Tarea(
        informe=descripcion["nombre"],
        titulo=descripcion["titulo"],
        cuaderno=cuaderno,
        parametros=parametros,
        raiz=rutas.raiz,
        procesados=rutas.procesados(corte),
        publicados=rutas.informes(corte),
        edicion=descripcion["edicion"],
        clave=clave,
        pdf=pdf,
        dependencia=dependencia,
        tablas=tuple(descripcion.get("tablas", ())),
        libro=str(descripcion.get("libro", "")),
        con_paquete=bool(descripcion.get("con_paquete")),
        segundos_por_celda=contexto.config.corrida.segundos_por_celda,
    )
