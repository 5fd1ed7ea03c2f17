"""Qué hay que producir en un corte y con qué clave (recursos/informes.yml). No corre nada."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from pipeline.archivos import leer_yml
from pipeline.config import PAQUETE
from pipeline.errores import ErrorConfiguracion, ErrorEntorno
from pipeline.esquemas import Alcance
from pipeline.explicacion import parecido_y_lista
from pipeline.flujo.contexto import Contexto
from pipeline.flujo.enlaces import huella_de_enlaces
from pipeline.flujo.produccion import Tarea
from pipeline.flujo.sellos import esta_cerrado, huella_de_reexpresiones
from pipeline.informes.tajada import PLAN, POR_INSTRUMENTO, alcance_de
from pipeline.manifiesto import (
    CODIGO,
    huella_archivo,
    huella_archivos,
    huella_codigo,
    huella_de_crudos,
    huella_reglas,
    huella_texto,
    leer_manifiesto,
)
from pipeline.modelo import Periodo

SIN_FILAS = "sin filas"


@cache
def catalogo() -> dict[str, list[dict[str, Any]]]:
    """Etapas e informes que publica un corte (recursos/informes.yml)."""
    texto = (PAQUETE / "recursos" / "informes.yml").read_text(encoding="utf-8")
    leido: dict[str, list[dict[str, Any]]] = leer_yml(texto)
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
    if enlaces := huella_de_enlaces(contexto):
        datos["enlaces de las dependencias"] = enlaces
    return [_tarea(contexto, descripcion, datos, "") for descripcion in catalogo()["etapas"]]


def tareas_de_informes(contexto: Contexto, con_pdf: bool) -> list[Tarea]:
    """Una tarea por informe del corte y por dependencia con metas.

    Lee la constancia del corte (registro.registrar_corte) y no las tablas. Levanta ErrorEntorno si no está.
    """
    constancia = leer_manifiesto(contexto.rutas.procesados(contexto.corte))
    if constancia is None or "por_instrumento" not in constancia:
        raise ErrorEntorno(
            f"el corte {contexto.corte} no se ha calculado",
            remedio=f"Ejecute «seguimiento correr {contexto.opciones}»",
        )
    reexpresado = huella_de_reexpresiones(contexto)
    tareas: list[Tarea] = []
    for descripcion in _informes_del_corte(contexto):
        por_dependencia = descripcion["por"] == "dependencia"
        for dependencia in constancia["dependencias_con_metas"] if por_dependencia else [""]:
            datos = datos_de(descripcion, dependencia, constancia)
            datos["datos sintéticos"] = str(contexto.rutas.es_demostracion)
            datos |= _huellas_de_sus_archivos(contexto, descripcion)
            if reexpresado and not dependencia:
                datos["reexpresiones"] = reexpresado
            pdf = bool(descripcion["pdf"]) and con_pdf
            tareas.append(_tarea(contexto, descripcion, datos, dependencia, pdf=pdf))
    return tareas


def exigir_lo_pedido(contexto: Contexto, informe: str, dependencia: str) -> None:
    """Levanta ErrorConfiguracion, antes de leer ningún libro, si el informe o la dependencia no existen."""
    codigos = [d.codigo for d in contexto.config.dependencias]
    if dependencia and dependencia not in codigos:
        raise ErrorConfiguracion(
            f"no existe la dependencia «{dependencia}»", remedio=parecido_y_lista(dependencia, codigos)
        )
    por = {d["nombre"]: d["por"] for d in _informes_del_corte(contexto)}
    if informe and informe not in por:
        raise ErrorConfiguracion(
            f"no hay un informe «{informe}» en el corte {contexto.corte}",
            remedio=parecido_y_lista(informe, [*por]),
        )
    if informe and dependencia and por[informe] != "dependencia":
        raise ErrorConfiguracion(
            f"el informe «{informe}» es de todo el corte, no de una dependencia",
            remedio="Quite --dependencia",
        )


def _informes_del_corte(contexto: Contexto) -> list[dict[str, Any]]:
    """Los del catálogo que tienen sentido con lo que la entidad sigue y en ese periodo."""
    seguidos, periodo = set(contexto.seguidos), contexto.corte.periodo.value
    return [
        d
        for d in catalogo()["informes"]
        if seguidos.issuperset(d.get("si_sigue", ())) and periodo in d.get("solo_en", [periodo])
    ]


def _huellas_de_sus_archivos(contexto: Contexto, descripcion: Mapping[str, Any]) -> dict[str, str]:
    """De un corte cerrado, las de `archivos_si_abierto` son las de cuando se publicó."""
    fijas: dict[str, str] = {}
    if descripcion.get("archivos_si_abierto") and esta_cerrado(contexto):
        carpeta = contexto.rutas.informes(contexto.corte) / descripcion["nombre"]
        fijas = (leer_manifiesto(carpeta) or {}).get("clave", {})
    del_todo = {n: huella_de_archivos(contexto, p) for n, p in descripcion.get("archivos", {}).items()}
    si_abierto = descripcion.get("archivos_si_abierto", {})
    return del_todo | {n: fijas.get(n) or huella_de_archivos(contexto, p) for n, p in si_abierto.items()}


def huella_de_archivos(contexto: Contexto, patrones: Iterable[str]) -> str:
    """Huella de los archivos de la entidad, fuera de las tablas del corte, que declara un informe."""
    raiz, corte = contexto.rutas.raiz, contexto.corte
    pedidos = {
        patron.format(vigencia=corte.vigencia, periodo=corte.periodo.value, hasta=periodo.value)
        for patron in patrones
        for periodo in Periodo
        if periodo.numero <= corte.periodo.numero
    }
    return huella_archivos({r for p in pedidos for r in raiz.glob(p) if r.is_file()}, raiz)


def datos_de(
    descripcion: Mapping[str, Any], dependencia: str, constancia: Mapping[str, Any]
) -> dict[str, str]:
    """Clave de los datos que lee un informe: una huella por tabla.

    De las tablas que declara (`lee`), la ficha de una dependencia depende solo de sus filas; los demás, de la
    tabla entera o, si declara `instrumentos`, de las filas de esos. Sin `lee`, de todas las tablas del corte.
    """
    if "lee" not in descripcion:
        salidas: dict[str, str] = constancia["salidas"]
        return {f"datos de {nombre.removesuffix('.parquet')}": h for nombre, h in salidas.items()}
    return {
        f"datos de {t}": _huella_de(t, descripcion, dependencia, constancia) for t in _leidas(descripcion)
    }


def _leidas(descripcion: Mapping[str, Any]) -> list[str]:
    return sorted({*descripcion["lee"], *descripcion.get("tablas", ())})


def _huella_de(
    tabla: str, descripcion: Mapping[str, Any], dependencia: str, constancia: Mapping[str, Any]
) -> str:
    if dependencia:
        return str(constancia["tajadas"][tabla].get(dependencia, SIN_FILAS))
    if descripcion.get("instrumentos") and tabla in POR_INSTRUMENTO:
        huellas = constancia["por_instrumento"][tabla]
        return huella_texto(*(t for i in _instrumentos(descripcion) for t in (i, huellas.get(i, SIN_FILAS))))
    return str(constancia["salidas"].get(f"{tabla}.parquet", SIN_FILAS))


def _instrumentos(descripcion: Mapping[str, Any]) -> list[str]:
    """Los que declara y el libro del plan; ninguno si los lee todos."""
    declarados = descripcion.get("instrumentos", ())
    return sorted({*declarados, PLAN}) if declarados else []


def _alcance(descripcion: Mapping[str, Any]) -> Alcance | None:
    if "lee" not in descripcion:
        return None
    return alcance_de(descripcion["nombre"], _leidas(descripcion), _instrumentos(descripcion))


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
    return Tarea(
        informe=descripcion["nombre"],
        titulo=descripcion["titulo"],
        cuaderno=cuaderno,
        parametros=parametros,
        raiz=rutas.raiz,
        procesados=rutas.procesados(corte),
        publicados=rutas.informes(corte),
        edicion=descripcion["edicion"],
        clave={
            **datos,
            "cuaderno": huella_archivo(cuaderno),
            CODIGO: huella_codigo(),
            "configuración y reglas": huella_reglas(rutas),
            "parámetros": huella_texto(json.dumps(parametros, sort_keys=True)),
            "salidas pedidas": "html+pdf" if pdf else "html",
        },
        pdf=pdf,
        dependencia=dependencia,
        tablas=tuple(descripcion.get("tablas", ())),
        libro=str(descripcion.get("libro", "")),
        alcance=_alcance(descripcion),
        con_paquete=bool(descripcion.get("con_paquete")),
        segundos_por_celda=contexto.config.corrida.segundos_por_celda,
    )
