"""El Plan de Acción en el formulario FOR-08: prellenado desde el PI y el POAI, o con filas ya armadas."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline.config import Config
from pipeline.formato_es import fecha_larga, sin_tildes
from pipeline.modelo import Corte
from pipeline.plantillas.definicion import Columna, Plantilla, es_vacio
from pipeline.plantillas.hojas import Libro
from pipeline.plantillas.pa_definicion import FormularioPA, leer_formulario_pa
from pipeline.plantillas.pa_hojas import FUENTES, Proyecto, escribir_proyecto

SIN_PROYECTO = "Sin proyecto inscrito en el POAI"
DEL_PROYECTO = ("bpin", "nombre_proyecto")
Fila = Mapping[str, Any]


def filas_pa(
    *,
    corte: Corte,
    dependencia: str,
    plan: pd.DataFrame,
    plan_vigencias: pd.DataFrame,
    poai: pd.DataFrame | None = None,
    registros: pd.DataFrame | None = None,
) -> list[dict[str, Any]]:
    """Filas del FOR-08 de `dependencia`, por proyecto: sus actividades o, si no hay, sus metas por programar.

    `poai` (tabla `registros_poai` vigente) da el proyecto, el BPIN, los rubros y la apropiación por fuente
    de cada meta; sin él, el BPIN del plan. `registros` (tabla `registros_pa` de la vigencia) trae lo
    programado de cada actividad; lo ejecutado no se copia: cada corte se escribe de nuevo. Una meta
    programada en la vigencia y sin actividades queda con un renglón abierto que solo dice la meta.
    """
    propias = _metas(plan, plan_vigencias, corte, dependencia)
    proyectos = _proyectos(propias, poai, dependencia)
    actividades = _programadas(registros, dependencia)
    filas = []
    for meta in propias.to_dict("records"):
        codigo = meta["codigo_meta"]
        suyas = actividades.get(codigo) or [{}]
        for dato in proyectos.get(codigo) or [_sin_poai(meta)]:
            comunes = _del_plan({str(k): v for k, v in meta.items()}) | dato
            de_este = [
                a
                for a in suyas
                if not a or len(proyectos.get(codigo, ())) < 2 or a.get("bpin") == dato["bpin"]
            ]
            filas += [comunes | {k: v for k, v in a.items() if not es_vacio(v)} for a in de_este or [{}]]
    return sorted(filas, key=lambda f: tuple(str(f.get(c) or "") for c in (*DEL_PROYECTO, "codigo_meta")))


def escribir_plantilla_pa(
    destino: Path,
    *,
    config: Config,
    corte: Corte,
    dependencia: str,
    plan: pd.DataFrame,
    plan_vigencias: pd.DataFrame,
    poai: pd.DataFrame | None = None,
    registros: pd.DataFrame | None = None,
) -> Path:
    """Ruta del FOR-08 de `dependencia` para el corte, prellenado como dice `filas_pa`.

    Levanta ErrorConfiguracion si la dependencia no existe y ErrorEntorno si no se puede escribir.
    """
    filas = filas_pa(
        corte=corte,
        dependencia=dependencia,
        plan=plan,
        plan_vigencias=plan_vigencias,
        poai=poai,
        registros=registros,
    )
    libres = leer_formulario_pa().renglones_libres
    return escribir_filas_pa(
        destino, config=config, corte=corte, dependencia=dependencia, filas=filas, renglones_libres=libres
    )


def escribir_filas_pa(
    destino: Path,
    *,
    config: Config,
    corte: Corte,
    dependencia: str,
    filas: Sequence[Fila],
    renglones_libres: int = 0,
    omitir: Iterable[str] = (),
) -> Path:
    """El libro FOR-08 a partir de filas ya armadas: las llaves son los campos de `registros_pa`.

    Una hoja por proyecto (BPIN y nombre), en el orden en que aparecen; cada fila es una actividad y ocupa
    dos renglones. Las fechas van como texto AAAA-MM-DD; dinero en pesos; índices y ponderación como razón.
    Llaves de más que se imprimen y no se leen: `nombre_rubro`, `poai_municipio_cop` (y sgp, regalias,
    otros), `fecha_programacion`. `se_programa` abre lo programado de la fila; `renglones_libres` agrega
    renglones vacíos por proyecto; `omitir` quita columnas por su campo. Admite textos donde va un número,
    para reproducir libros tal como llegan. Los mismos datos dan los mismos bytes.
    """
    fuera = set(omitir)
    base = leer_formulario_pa()
    formulario = replace(base, columnas=tuple(c for c in base.columnas if c.campo not in fuera))
    nombre = config.dependencia(dependencia).nombre
    proyectos = _agrupar(filas, renglones_libres)
    encabezado = {
        "entidad": config.entidad.nombre,
        "dependencia": f"{nombre} ({dependencia})",
        "vigencia": f"Vigencia {corte.vigencia} · Corte {corte.periodo} (a {fecha_larga(corte.fecha)})",
        "programacion": next(
            (str(f["fecha_programacion"]) for f in filas if f.get("fecha_programacion")), ""
        ),
        "seguimiento": corte.fecha.strftime("%d/%m/%Y"),
    }
    titulo = f"{formulario.titulo_del_libro} {corte.vigencia} · {nombre}"
    libro = Libro(creado=datetime.combine(corte.fecha, datetime.min.time()), titulo=titulo)
    for proyecto in proyectos:
        escribir_proyecto(libro, formulario, proyecto, encabezado)
    _instrucciones(libro, formulario, config, encabezado)
    return libro.guardar(destino, _control(formulario, config, corte, dependencia, filas))


def _agrupar(filas: Sequence[Fila], renglones_libres: int) -> list[Proyecto]:
    por_proyecto: dict[tuple[str, str], list[Fila]] = {}
    for fila in filas:
        llave = ("" if es_vacio(fila.get(c)) else str(fila.get(c)) for c in DEL_PROYECTO)
        por_proyecto.setdefault(tuple(llave), []).append(fila)  # type: ignore[arg-type]
    grupos = list(por_proyecto.values()) or [[]]
    libres: list[Fila] = [{}] * renglones_libres
    return [
        Proyecto(numero=n, de=len(grupos), datos=_datos(grupo), filas=[*grupo, *libres])
        for n, grupo in enumerate(grupos, start=1)
    ]


def _datos(grupo: Sequence[Fila]) -> dict[str, Any]:
    """Lo que el membrete dice del proyecto: el primer valor no vacío; los rubros, todos."""
    campos = [*leer_formulario_pa().membrete, "subdependencia", *(f"poai_{f}_cop" for f in FUENTES)]
    datos = {c: next((f[c] for f in grupo if not es_vacio(f.get(c))), None) for c in campos}
    for campo in ("rubro", "nombre_rubro"):
        distintos = dict.fromkeys(str(f[campo]) for f in grupo if not es_vacio(f.get(campo)))
        partes = dict.fromkeys(p.strip() for texto in distintos for p in texto.split(";"))
        datos[campo] = "; ".join(partes) or None
    return datos


def _metas(plan: pd.DataFrame, plan_vigencias: pd.DataFrame, corte: Corte, dependencia: str) -> pd.DataFrame:
    """Las metas de la dependencia con algo programado en la vigencia."""
    anual = plan_vigencias[plan_vigencias["vigencia"] == corte.vigencia]
    con_algo = anual.loc[anual["programado_vigencia"].fillna(0) != 0, "codigo_meta"]
    propias = plan[(plan["dependencia"] == dependencia) & plan["codigo_meta"].isin(con_algo)]
    return propias.sort_values("codigo_meta", kind="stable")


def _del_plan(meta: Fila) -> dict[str, Any]:
    niveles = (("linea", "nombre_linea"), ("sector", "nombre_sector"), ("programa", "nombre_programa"))
    fila = {"codigo_meta": meta["codigo_meta"], "nombre_meta": meta.get("nombre_meta")}
    for numero, partes in enumerate(niveles, start=1):
        textos = [str(meta[p]) for p in partes if not es_vacio(meta.get(p))]
        fila[f"nombre_nivel_{numero}"] = " · ".join(textos) or None
    return fila


def _sin_poai(meta: Mapping[Any, Any]) -> dict[str, Any]:
    bpin = meta.get("bpin")
    return {"bpin": None if es_vacio(bpin) else str(bpin), "nombre_proyecto": SIN_PROYECTO}


def _proyectos(
    metas: pd.DataFrame, poai: pd.DataFrame | None, dependencia: str
) -> dict[str, list[dict[str, Any]]]:
    """Los proyectos del POAI de cada meta, con sus rubros y su apropiación definitiva por casilla."""
    if poai is None or poai.empty:
        return {}
    propios = poai[(poai["dependencia"] == dependencia) & poai["codigo_meta"].isin(metas["codigo_meta"])]
    propios = propios.assign(bpin=propios["bpin"].fillna(""))
    dinero = {str(bpin): _por_casilla(grupo) for bpin, grupo in propios.groupby("bpin", sort=True)}
    proyectos: dict[str, list[dict[str, Any]]] = {}
    for (codigo, bpin), grupo in propios.groupby(["codigo_meta", "bpin"], sort=True):
        nombres = grupo["nombre_proyecto"].dropna()
        proyectos.setdefault(str(codigo), []).append(
            {
                "bpin": str(bpin) or None,
                "nombre_proyecto": nombres.iloc[0] if len(nombres) else None,
                "rubro": "; ".join(dict.fromkeys(grupo["rubro"].dropna())) or None,
                "nombre_rubro": "; ".join(dict.fromkeys(grupo["nombre_rubro"].dropna())) or None,
                **dinero[str(bpin)],
            }
        )
    return proyectos


def _por_casilla(grupo: pd.DataFrame) -> dict[str, float]:
    casillas = grupo["nombre_fuente"].fillna(grupo["grupo_fuente"]).map(casilla_de_fuente)
    sumas = grupo["apropiacion_definitiva_cop"].groupby(casillas).sum()
    return {f"poai_{f}_cop": float(sumas.get(f, 0.0)) for f in FUENTES}


def casilla_de_fuente(nombre: object) -> str:
    """Casilla del formulario (municipio, sgp, regalias, otros) de una fuente, por su nombre.

    >>> [casilla_de_fuente(n) for n in ("LIBRE DESTINACION", "SGP salud", "Regalías SGR", "Crédito")]
    ['municipio', 'sgp', 'regalias', 'otros']
    """
    texto = "" if es_vacio(nombre) else sin_tildes(str(nombre))
    casillas = leer_formulario_pa().casillas_de_fuente
    return next((c for c, marcas in casillas.items() if any(m in texto for m in marcas)), "otros")


def _programadas(registros: pd.DataFrame | None, dependencia: str) -> dict[str, list[dict[str, Any]]]:
    if registros is None or registros.empty:
        return {}
    columnas = [c for c in leer_formulario_pa().columnas if c.llena == "programacion"]
    campos = ["bpin", *(c.campo for c in columnas)]
    propios = registros[registros["dependencia"] == dependencia]
    por_meta: dict[str, list[dict[str, Any]]] = {}
    for fila in propios.to_dict("records"):
        por_meta.setdefault(str(fila["codigo_meta"]), []).append({c: fila[c] for c in campos})
    return por_meta


def _instrucciones(
    libro: Libro, formulario: FormularioPA, config: Config, encabezado: Mapping[str, str]
) -> None:
    """La hoja de instrucciones de los demás libros, con el diccionario de las columnas del formulario."""
    columnas = tuple(
        Columna(
            campo=c.campo,
            encabezado=c.encabezado,
            grupo="",
            clase=c.clase,
            ancho=c.ancho,
            editable=c.llena != "plan",
            significado=c.significado,
        )
        for c in formulario.columnas
    )
    plantilla = Plantilla(
        formato=formulario.formato,
        version=formulario.version,
        hoja="",
        fila_encabezado=0,
        grupos={},
        columnas=columnas,
        instrucciones=formulario.instrucciones,
    )
    banda = (
        config.entidad.nombre,
        f"{formulario.titulo_del_libro} · {formulario.codigo} · {config.entidad.procedimiento}",
        encabezado["vigencia"],
        encabezado["dependencia"],
    )
    libro.escribir_instrucciones(plantilla, banda)


def _control(
    formulario: FormularioPA, config: Config, corte: Corte, dependencia: str, filas: Sequence[Fila]
) -> dict[str, str]:
    fijas = [*formulario.membrete, *(c.campo for c in formulario.columnas if c.llena != "seguimiento")]
    datos = [["" if es_vacio(f.get(c)) else str(f.get(c)) for c in fijas] for f in filas]
    return {
        "formato": formulario.formato,
        "instrumento": "pa",
        "version": formulario.version,
        "entidad_dane": config.entidad.dane,
        "vigencia": str(corte.vigencia),
        "periodo": corte.periodo.value,
        "dependencia": dependencia,
        "huella": hashlib.sha256(json.dumps(datos, ensure_ascii=False).encode()).hexdigest(),
    }
