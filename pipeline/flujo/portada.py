"""La portada de cada corte y el portal que los reúne; se rehacen solo si algo de lo que muestran cambió."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline import publicacion
from pipeline.esquemas import esquema, leer_tabla, nombres_de_tablas
from pipeline.flujo.contexto import Contexto
from pipeline.flujo.devolucion import CARPETA, PAGINA
from pipeline.flujo.produccion import Resultado, Tarea
from pipeline.informes.exportador import hoja_de_estilo
from pipeline.manifiesto import escribir_json, huella_archivo, huella_texto, leer_json, motivo_para_rehacer
from pipeline.modelo import NOMBRES_DE_INSTRUMENTO

CONSTANCIA = ".portada.json"  # oculta: no es una salida, es con qué se hizo
INDICE = "indice.json"
HUELLAS = "huellas.sha256"
SALIDAS = ("index.html", "resumen.json", INDICE, HUELLAS)


def portada_al_dia(contexto: Contexto, tareas: Sequence[Tarea]) -> bool:
    """Si la portada y las correcciones publicadas son las que corresponden a esas tareas, byte por byte."""
    carpeta = contexto.rutas.informes(contexto.corte)
    constancia = leer_json(carpeta / CONSTANCIA)
    if constancia is None or constancia.get("clave") != _clave(tareas):
        return False
    if not _intactas(carpeta, constancia.get("salidas", {})) or not _portal_intacto(contexto):
        return False
    devueltas = [carpeta / nombre for nombre in constancia.get("correcciones", [])]
    return all(motivo_para_rehacer(c, {}) is None for c in devueltas)


def constar_portada(contexto: Contexto, tareas: Sequence[Tarea]) -> None:
    """Deja escrito con qué se hicieron la portada y las correcciones, para no rehacerlas sin motivo."""
    carpeta = contexto.rutas.informes(contexto.corte)
    devueltas = sorted(m.parent for m in (carpeta / CARPETA).rglob("manifiesto.json"))
    escribir_json(
        carpeta / CONSTANCIA,
        {
            "clave": _clave(tareas),
            "salidas": {n: huella_archivo(carpeta / n) for n in SALIDAS},
            "correcciones": [c.relative_to(carpeta).as_posix() for c in devueltas],
        },
    )


def salidas_de_la_portada(contexto: Contexto) -> tuple[dict[Path, str], list[Path]]:
    """La huella de cada archivo de la portada y las carpetas de correcciones, según su constancia.

    Vacías si la última corrida no terminó bien.
    """
    carpeta = contexto.rutas.informes(contexto.corte)
    constancia = leer_json(carpeta / CONSTANCIA) or {}
    salidas = {carpeta / nombre: huella for nombre, huella in constancia.get("salidas", {}).items()}
    return salidas, [carpeta / nombre for nombre in constancia.get("correcciones", [])]


def _clave(tareas: Sequence[Tarea]) -> str:
    return huella_texto(*(json.dumps([t.nombre, dict(t.clave)], sort_keys=True) for t in tareas))


def publicar_portada(contexto: Contexto, resultados: Sequence[Resultado]) -> Path:
    """Ruta del index.html del corte; al lado quedan resumen.json, indice.json y huellas.sha256.

    También rehace el portal, que reúne todos los cortes.
    """
    carpeta = contexto.rutas.informes(contexto.corte)
    procesados = contexto.rutas.procesados(contexto.corte)
    (carpeta / CONSTANCIA).unlink(missing_ok=True)  # la anterior ya no dice la verdad
    tablas = {n: leer_tabla(n, procesados) for n in ("indices", "entregas", "alertas", "hallazgos")}
    resumen, entidad = publicacion.resumir(**tablas), contexto.config.entidad
    corte = {"vigencia": contexto.corte.vigencia, "periodo": contexto.corte.periodo.value}
    escribir_json(
        carpeta / "resumen.json",
        {**corte, "entidad": entidad.nombre, "dane": entidad.dane, **resumen}
        | {"datos_sinteticos": contexto.rutas.es_demostracion},
    )
    correcciones = _correcciones(carpeta)
    titular, informes = publicacion.titular_del_corte(resumen), _tarjetas(contexto, resultados)
    escribir_json(carpeta / INDICE, {"titular": titular, "informes": informes, "correcciones": correcciones})
    publicacion.escribir_texto(carpeta / HUELLAS, _huellas(carpeta))
    portada = publicacion.escribir_pagina(
        "indice.html.j2",
        carpeta / "index.html",
        {
            **comunes(contexto),
            "corte": contexto.corte,
            "resumen": resumen,
            "titular": titular,
            "razon_financiera": contexto.config.metodo.ejecucion_financiera.replace("/", " sobre "),
            "dependencias": _renglones(contexto, tablas, correcciones),
            "informes": informes,
            "instrumentos": _instrumentos(contexto),
        },
    )
    publicar_portal(contexto)
    return portada


def _renglones(
    contexto: Contexto, tablas: Mapping[str, pd.DataFrame], correcciones: Sequence[Mapping[str, str]]
) -> list[dict[str, Any]]:
    return publicacion.renglones_por_dependencia(
        _nombres(contexto),
        tablas["indices"],
        tablas["entregas"],
        {(c["dependencia"], c["instrumento"]): c["ruta"] for c in correcciones},
    )


def _nombres(contexto: Contexto) -> dict[str, str]:
    return {d.codigo: d.nombre for d in contexto.config.dependencias}


def publicar_portal(contexto: Contexto) -> Path:
    """Ruta de reports/index.html, que reúne todos los cortes publicados; al lado, el diccionario de datos."""
    raiz = _raiz_de_informes(contexto)
    cortes = cortes_publicados(raiz)
    presentes = {i["dependencia"] for c in cortes for i in (*c["informes"], *c["correcciones"])}
    publicacion.escribir_pagina(
        "diccionario.html.j2",
        raiz / "diccionario.html",
        {**comunes(contexto), "tablas": [esquema(nombre) for nombre in nombres_de_tablas()]},
    )
    portal = publicacion.escribir_pagina(
        "portal.html.j2",
        raiz / "index.html",
        {
            **comunes(contexto),
            "cortes": cortes,
            "periodos": publicacion.PERIODOS,
            "instrumentos": _instrumentos(contexto),
            "dependencias": [
                {"codigo": d.codigo, "nombre": d.nombre}
                for d in contexto.config.dependencias
                if d.codigo in presentes
            ],
        },
    )
    salidas = {n: huella_archivo(raiz / n) for n in ("index.html", "diccionario.html")}
    escribir_json(raiz / CONSTANCIA, {"salidas": salidas})
    return portal


def cortes_publicados(raiz: Path) -> list[dict[str, Any]]:
    """Los cortes con portada bajo `raiz`, del más reciente al primero."""
    indices = sorted(raiz.glob(f"[0-9][0-9][0-9][0-9]/T[1-4]/{INDICE}"), reverse=True)
    cortes = []
    for ruta in indices:
        indice, resumen = leer_json(ruta), leer_json(ruta.with_name("resumen.json"))
        if indice is not None and resumen is not None:
            relativa = ruta.parent.relative_to(raiz).as_posix()
            cortes.append(publicacion.renglon_del_corte(resumen, indice, relativa))
    return cortes


def comunes(contexto: Contexto) -> dict[str, Any]:
    """Lo que toda página de la entidad muestra: su estilo, su encabezado y si los datos son sintéticos."""
    return {
        "css": hoja_de_estilo(),
        "entidad": contexto.config.entidad.model_dump(),
        "es_demostracion": contexto.rutas.es_demostracion,
    }


def _portal_intacto(contexto: Contexto) -> bool:
    raiz = _raiz_de_informes(contexto)
    constancia = leer_json(raiz / CONSTANCIA) or {}
    salidas: dict[str, str] = constancia.get("salidas", {})
    return bool(salidas) and _intactas(raiz, salidas)


def _intactas(carpeta: Path, salidas: Mapping[str, str]) -> bool:
    return all(
        (carpeta / nombre).is_file() and huella_archivo(carpeta / nombre) == huella
        for nombre, huella in salidas.items()
    )


def _raiz_de_informes(contexto: Contexto) -> Path:
    return contexto.rutas.informes(contexto.corte).parents[1]


def _instrumentos(contexto: Contexto) -> dict[str, str]:
    return {i: NOMBRES_DE_INSTRUMENTO[i] for i in contexto.seguidos}


def _tarjetas(contexto: Contexto, resultados: Sequence[Resultado]) -> list[dict[str, Any]]:
    carpeta, nombres = contexto.rutas.informes(contexto.corte), _nombres(contexto)
    tarjetas = [
        publicacion.tarjeta(
            carpeta,
            r.nombre,
            informe=r.informe,
            titulo=r.titulo,
            dependencia=r.dependencia,
            nombre_dependencia=nombres.get(r.dependencia, r.dependencia),
            motivo=r.motivo,
        )
        for r in resultados
    ]
    return publicacion.en_orden_de_lectura(tarjetas)


def _correcciones(carpeta: Path) -> list[dict[str, str]]:
    """Las páginas de correcciones del corte: de qué dependencia, de qué instrumento y dónde están."""
    halladas = []
    for pagina in sorted((carpeta / CARPETA).glob(f"*/{PAGINA}")):
        dependencia, _, instrumento = pagina.parent.name.partition("_")
        halladas.append(
            {
                "dependencia": dependencia,
                "instrumento": instrumento or "pi",
                "ruta": pagina.relative_to(carpeta).as_posix(),
            }
        )
    return halladas


def _huellas(carpeta: Path) -> str:
    """SHA-256 de cada archivo publicado, como lo lee «sha256sum -c»."""
    renglones = []
    for manifiesto in sorted(carpeta.rglob("manifiesto.json")):
        relativa = manifiesto.parent.relative_to(carpeta)
        if relativa.parts and not any(parte.startswith((".", "_")) for parte in relativa.parts):
            salidas: dict[str, str] = (leer_json(manifiesto) or {}).get("salidas", {})
            renglones += [f"{huella}  {(relativa / n).as_posix()}\n" for n, huella in salidas.items()]
    return "".join(renglones)
