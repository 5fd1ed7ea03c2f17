"""Los dos libros propios: la plantilla de Plan Indicativo de una dependencia y el plan de desarrollo."""

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
from pipeline.formato_es import fecha_larga
from pipeline.modelo import Corte, TipoMeta
from pipeline.plantillas.definicion import (
    FUENTES_SISPT,
    NOMBRES_DE_TIPO,
    Columna,
    Plantilla,
    es_vacio,
    leer_plantilla,
    plantilla_pi,
)
from pipeline.plantillas.hojas import Libro


def filas_pi(
    *,
    corte: Corte,
    dependencia: str,
    plan: pd.DataFrame,
    plan_vigencias: pd.DataFrame,
    valores: pd.DataFrame | None = None,
    aceptado: Mapping[str, float] | None = None,
) -> list[dict[str, Any]]:
    """Una fila por meta de la dependencia: lo que trae el plan y, si se dan, los `valores` editables.

    `valores` lleva `codigo_meta` y los campos editables que se quieran prellenar; `aceptado`, por código de
    meta, lo último que se aceptó en la vigencia (columna de referencia bloqueada). Un programado vacío se
    escribe 0 y «NP»: es un hecho del plan, no un faltante.
    """
    programado = plan_vigencias[plan_vigencias["vigencia"] == corte.vigencia]
    propias = plan[plan["dependencia"] == dependencia].merge(programado, on="codigo_meta", how="left")
    editables = {c.campo for c in leer_plantilla("plan_indicativo").columnas if c.editable}
    dados = {}
    if valores is not None:
        suyos = valores[valores["codigo_meta"].isin(propias["codigo_meta"])]
        dados = suyos.set_index("codigo_meta").to_dict("index")
    filas = []
    for registro in propias.sort_values("codigo_meta").to_dict("records"):
        fila = _fila_del_plan({str(k): v for k, v in registro.items()})
        previos = dados.get(fila["codigo_meta"], {})
        fila["ultimo_aceptado"] = (aceptado or {}).get(fila["codigo_meta"])
        filas.append(fila | {str(k): v for k, v in previos.items() if k in editables})
    return filas


def escribir_plantilla_pi(
    destino: Path,
    *,
    config: Config,
    corte: Corte,
    dependencia: str,
    plan: pd.DataFrame,
    plan_vigencias: pd.DataFrame,
    valores: pd.DataFrame | None = None,
    aceptado: Mapping[str, float] | None = None,
    periodo_aceptado: str = "",
) -> Path:
    """Ruta del libro de Plan Indicativo que diligencia `dependencia` en `corte`, con lo del plan prellenado.

    `aceptado` y `periodo_aceptado` (T1..T3) son lo último aceptado en la vigencia y el corte de donde sale:
    van de referencia junto a lo que se diligencia, sin prellenarlo. Los mismos datos dan los mismos
    bytes. Levanta ErrorConfiguracion si la dependencia no existe y ErrorEntorno si no se puede escribir.
    """
    filas = filas_pi(
        corte=corte,
        dependencia=dependencia,
        plan=plan,
        plan_vigencias=plan_vigencias,
        valores=valores,
        aceptado=aceptado,
    )
    return escribir_filas_pi(
        destino,
        config=config,
        corte=corte,
        dependencia=dependencia,
        filas=filas,
        periodo_aceptado=periodo_aceptado,
    )


def escribir_filas_pi(
    destino: Path,
    *,
    config: Config,
    corte: Corte,
    dependencia: str,
    filas: Sequence[Mapping[str, Any]],
    omitir: Iterable[str] = (),
    periodo_aceptado: str = "",
) -> Path:
    """El mismo libro a partir de filas ya armadas (campo → valor); `omitir` quita columnas por su campo.

    Sirve para reproducir libros tal como llegan: admite textos donde va un número y `Formula`.
    """
    plantilla = plantilla_pi(corte, periodo_aceptado)
    fuera = set(omitir)
    plantilla = replace(plantilla, columnas=tuple(c for c in plantilla.columnas if c.campo not in fuera))
    banda = banda_de_corte(plantilla, config, corte, dependencia)
    control = control_de_corte(
        plantilla, config, corte, dependencia, huella_de_filas(plantilla.columnas, filas)
    )
    libro = Libro(creado=datetime.combine(corte.fecha, datetime.min.time()), titulo=banda[1])
    libro.escribir_instrucciones(plantilla, banda)
    libro.escribir_datos(plantilla, banda, filas, protegida=True)
    return libro.guardar(destino, control)


def banda_de_corte(plantilla: Plantilla, config: Config, corte: Corte, dependencia: str) -> tuple[str, ...]:
    """Los renglones que encabezan una hoja que diligencia `dependencia` en `corte`.

    Levanta ErrorConfiguracion si la dependencia no existe.
    """
    entidad = config.entidad
    return (
        entidad.nombre,
        f"{plantilla.titulo} · {entidad.plan} · {entidad.procedimiento} "
        f"versión {entidad.version_procedimiento}",
        f"Vigencia {corte.vigencia} · Corte {corte.periodo} (a {fecha_larga(corte.fecha)})",
        f"{config.dependencia(dependencia).nombre} ({dependencia})",
        plantilla.aviso,
    )


def control_de_corte(
    plantilla: Plantilla, config: Config, corte: Corte, dependencia: str, huella: str
) -> dict[str, str]:
    """Lo que la hoja oculta de control dice del libro; `huella` es la de lo prellenado."""
    return {
        "formato": plantilla.formato,
        "instrumento": plantilla.formato.partition("_")[0],  # pi_propio, poai_propio, pa_for08
        "version": plantilla.version,
        "entidad_dane": config.entidad.dane,
        "vigencia": str(corte.vigencia),
        "periodo": corte.periodo.value,
        "dependencia": dependencia,
        "huella": huella,
    }


def escribir_plan_pi(
    destino: Path,
    *,
    config: Config,
    plan: pd.DataFrame,
    plan_vigencias: pd.DataFrame,
    plan_fuentes: pd.DataFrame,
) -> Path:
    """Ruta del libro del plan de desarrollo en formato propio: una fila por meta.

    Trae las columnas trimestrales y de ejecutado solo de las vigencias que las tienen, y las fuentes
    (con su nombre de SisPT) que alguna meta usa. Los mismos datos dan los mismos bytes.
    """
    plantilla = _plantilla_plan(config.entidad.vigencias, plan_vigencias, plan_fuentes)
    filas = _filas_plan(plan, plan_vigencias, plan_fuentes)
    inicio, fin = config.entidad.cuatrienio
    banda = (
        config.entidad.nombre,
        f"Plan Indicativo · {config.entidad.plan} · {config.entidad.procedimiento}",
        f"Cuatrienio {inicio}-{fin} · {config.entidad.oficina}",
    )
    control = {
        "formato": plantilla.formato,
        "version": plantilla.version,
        "entidad_dane": config.entidad.dane,
        "cuatrienio": f"{inicio}-{fin}",
        "huella": huella_de_filas(plantilla.columnas, filas),
    }
    libro = Libro(creado=datetime(inicio, 1, 1), titulo=banda[1])
    libro.escribir_datos(plantilla, banda, filas, protegida=False)
    return libro.guardar(destino, control)


def _fila_del_plan(registro: Mapping[str, Any]) -> dict[str, Any]:
    programado = registro.get("programado_vigencia")
    es_programada = not es_vacio(programado) and float(programado or 0) != 0
    fila = {c.campo: registro.get(c.campo) for c in leer_plantilla("plan_indicativo").columnas}
    if es_vacio(fila["tipo_declarado"]) and not es_vacio(registro.get("tipo_meta")):
        fila["tipo_declarado"] = NOMBRES_DE_TIPO[TipoMeta(str(registro["tipo_meta"]))]
    fila |= {c.campo: None for c in leer_plantilla("plan_indicativo").columnas if c.editable}
    fila["estado_programacion"] = "P" if es_programada else "NP"
    if not es_programada:
        fila |= {"programado_vigencia": 0} | {f"programado_t{n}": 0 for n in range(1, 5)}
    return fila


def _filas_plan(
    plan: pd.DataFrame, plan_vigencias: pd.DataFrame, plan_fuentes: pd.DataFrame
) -> list[dict[str, Any]]:
    filas = {str(r["codigo_meta"]): {str(k): v for k, v in r.items()} for r in plan.to_dict("records")}
    for registro in plan_vigencias.to_dict("records"):
        fila, anio = filas[registro["codigo_meta"]], registro["vigencia"]
        fila |= {f"{campo}_{anio}": valor for campo, valor in registro.items()}
    for registro in plan_fuentes.to_dict("records"):
        filas[registro["codigo_meta"]][f"{registro['fuente']}_{registro['vigencia']}"] = registro[
            "programado_cop"
        ]
    return list(filas.values())


def _plantilla_plan(
    vigencias: Sequence[int], plan_vigencias: pd.DataFrame, plan_fuentes: pd.DataFrame
) -> Plantilla:
    base = leer_plantilla("plan_de_desarrollo")
    por_anio = plan_vigencias.groupby("vigencia")
    con_dato = {campo: por_anio[campo].count() for campo in ("programado_t1", "ejecutado_vigencia")}
    columnas = list(base.columnas)
    columnas += [_columna_de_anio("programado_vigencia", "Programado {}", "fisica", v) for v in vigencias]
    for anio in vigencias:
        if con_dato["programado_t1"].get(anio, 0):
            columnas += [
                _columna_de_anio(f"programado_t{n}", f"Programado T{n} {{}}", "trimestral", anio)
                for n in range(1, 5)
            ]
    columnas += [
        _columna_de_anio("ejecutado_vigencia", "Ejecutado {}", "cerrada", v)
        for v in vigencias
        if con_dato["ejecutado_vigencia"].get(v, 0)
    ]
    usadas = [f for f in FUENTES_SISPT if f in set(plan_fuentes["fuente"])]
    for anio in vigencias:
        columnas += [_columna_de_anio(f, f"{f} {{}}", "recursos", anio, clase="dinero") for f in usadas]
        columnas.append(
            _columna_de_anio("recursos_programados_cop", "Total {}", "recursos", anio, clase="dinero")
        )
    rotulos = {g: t for g, t in base.grupos.items() if "{vigencia}" not in t}
    rotulos |= {
        f"{g}_{v}": t.format(vigencia=v)
        for g, t in base.grupos.items()
        if "{vigencia}" in t
        for v in vigencias
    }
    return replace(base, columnas=tuple(columnas), grupos=rotulos)


def _columna_de_anio(campo: str, encabezado: str, grupo: str, anio: int, clase: str = "numero") -> Columna:
    por_anio = grupo in {"trimestral", "recursos"}
    return Columna(
        campo=f"{campo}_{anio}",
        encabezado=encabezado.format(anio),
        grupo=f"{grupo}_{anio}" if por_anio else grupo,
        clase=clase,
        ancho=18 if clase == "dinero" else 12,
    )


def huella_de_filas(columnas: Sequence[Columna], filas: Sequence[Mapping[str, Any]]) -> str:
    """SHA-256 de lo prellenado: si cambia entre la plantilla y la entrega, alguien tocó lo bloqueado."""
    fijas = [c.campo for c in columnas if not c.editable]
    datos = [[_texto_de(fila.get(campo)) for campo in fijas] for fila in filas]
    return hashlib.sha256(json.dumps(datos, ensure_ascii=False).encode()).hexdigest()


def _texto_de(valor: Any) -> str:
    if es_vacio(valor):
        return ""
    es_numero = isinstance(valor, int | float) or hasattr(valor, "item")
    return repr(float(valor)) if es_numero else str(valor)
