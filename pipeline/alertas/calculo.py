"""Aplica las reglas a lo medido y arma la tabla `alertas` del corte."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Mapping, Sequence
from itertools import compress
from typing import Any

import pandas as pd

from pipeline.alertas.condiciones import cumplen, umbrales_de
from pipeline.alertas.medidas import (
    Contraste,
    medir_actividades,
    medir_enlaces,
    medir_entregas,
    medir_metas,
    medir_poai,
)
from pipeline.alertas.redaccion import datos_de_fila, oracion
from pipeline.alertas.reglas import Regla, con_fecha_propia, leer_reglas
from pipeline.alertas.vida import ABIERTA, continuar, llave_de, ordenar
from pipeline.errores import ErrorConfiguracion
from pipeline.esquemas import crear_tabla, revisar_tabla
from pipeline.formato_es import sin_tildes
from pipeline.modelo import Corte

CERTEZA_ATENUADA = 0.5
"""Por cuánto se multiplica la certeza cuando la observación trae una explicación que hay que comprobar."""
IDENTIDAD = {
    "metas": ("meta", "codigo_meta", "nombre_meta"),
    "entregas": ("dependencia", "dependencia", "nombre_dependencia"),
    "actividades": ("actividad", "id_actividad", "nombre_actividad"),
    "poai": ("dependencia", "codigo", "nombre_dependencia"),
    "enlaces": ("dependencia", "dependencia", "nombre_dependencia"),
}
SUSTENTO = ("archivo", "hoja", "fila", "celda")


def calcular_alertas(
    metas: pd.DataFrame,
    indices: pd.DataFrame,
    entregas: pd.DataFrame,
    *,
    corte: Corte,
    umbrales: Mapping[str, float],
    textos: Mapping[str, Any],
    anteriores: pd.DataFrame | None = None,
    respuestas: pd.DataFrame | None = None,
    responsables: Mapping[str, str] | None = None,
    **contraste: pd.DataFrame | None,
) -> pd.DataFrame:
    """Tabla `alertas` del corte, por severidad, impacto (peso × brecha × certeza) e identificador.

    Args:
        metas: tabla `metas` del corte.
        indices: tabla `indices`; da el nombre de las dependencias que no tienen metas en la tabla.
        entregas: tabla `entregas`; de cada dependencia e instrumento cuenta su última versión.
        corte: vigencia y periodo.
        umbrales: [umbrales] de seguimiento.toml.
        textos: contenido de `recursos/alertas.yml`, ya combinado con el de la entidad.
        anteriores: tabla `alertas` del corte anterior; sin ella todas nacen `abierta`.
        respuestas: lo que contestó la dependencia (ver `respuestas_de`).
        responsables: persona o cargo de cada código de dependencia.
        **contraste: `series`, `proyecciones`, `actividades`, `indices_pa`, `indices_poai`, `hallazgos`,
            `registros`, `insumos` y `enlaces` (ver `Contraste`); lo que falte o llegue en None no dispara.

    Levanta ErrorConfiguracion si una regla nombra una medida, una tabla o un umbral que no existe.
    """
    tablas = _medir(metas, indices, entregas, Contraste(**contraste), corte, textos["brecha_tolerada"])
    reglas = leer_reglas(textos)
    filas = _que_disparan(reglas, tablas, corte, umbrales)
    alertas = solo_el_grado_mas_alto(_con_persona(crear_tabla("alertas", filas), responsables or {}))
    con_vida = continuar(alertas, anteriores, respuestas, corte, con_fecha_propia=con_fecha_propia(reglas))
    return revisar_tabla("alertas", ordenar(con_vida))


def _que_disparan(
    reglas: Sequence[Regla], tablas: Mapping[str, pd.DataFrame], corte: Corte, umbrales: Mapping[str, float]
) -> list[dict[str, Any]]:
    """Una alerta por cada fila que cumple una regla, en el orden de las reglas."""
    por_filas = {nombre: _como_filas(medidas) for nombre, medidas in tablas.items()}
    filas: list[dict[str, Any]] = []
    for regla in reglas:
        for tabla in (t for t in regla.tablas if t in tablas):
            elegidas = compress(por_filas[tabla], cumplen(tablas[tabla], regla.cuando, umbrales))
            filas += _aplicar(regla, tabla, list(elegidas), corte, umbrales)
    return filas


def _medir(
    metas: pd.DataFrame,
    indices: pd.DataFrame,
    entregas: pd.DataFrame,
    contraste: Contraste,
    corte: Corte,
    brechas: Sequence[Mapping[str, float]],
) -> dict[str, pd.DataFrame]:
    """Cada tabla que una regla puede vigilar, con sus medidas; las que no se tienen no están."""
    medidas = medir_metas(metas, contraste, corte=corte, brechas=brechas)
    tablas = {"metas": medidas, "entregas": medir_entregas(entregas, indices, medidas)}
    if contraste.actividades is not None:
        tablas["actividades"] = medir_actividades(contraste.actividades, medidas, corte=corte)
    if contraste.indices_poai is not None:
        tablas["poai"] = medir_poai(contraste.indices_poai, corte=corte)
    if contraste.enlaces is not None:
        tablas["enlaces"] = medir_enlaces(contraste.enlaces, tablas["entregas"])
    return tablas


def solo_el_grado_mas_alto(alertas: pd.DataFrame) -> pd.DataFrame:
    """Una meta no alerta dos veces por lo mismo: de cada familia queda el grado más alto."""
    maximo = alertas.groupby(llave_de(alertas))["grado"].transform("max")
    return alertas[alertas["grado"] == maximo].reset_index(drop=True)


def _aplicar(
    regla: Regla,
    tabla: str,
    elegidas: Sequence[Mapping[Any, Any]],
    corte: Corte,
    umbrales: Mapping[str, float],
) -> list[dict[str, Any]]:
    nombres = umbrales_de(regla.cuando)
    limite = umbrales[nombres[0]] if nombres else None
    atenuadas = _explicadas(elegidas, regla.palabras)
    filas = []
    for fila, atenuada in zip(elegidas, atenuadas, strict=True):
        datos = datos_de_fila(fila, corte, limite)
        filas.append(_armar(regla, tabla, fila, datos, atenuada, corte))
    return filas


def _como_filas(medidas: pd.DataFrame) -> list[dict[str, Any]]:
    """Cada fila con sus medidas por nombre y `completa` (1); por columnas, que es lo rápido."""
    columnas = [medidas[c].to_numpy(dtype=object) for c in medidas.columns]
    filas = zip(*columnas, strict=True)
    return [dict(zip(medidas.columns, fila, strict=True)) | {"completa": 1.0} for fila in filas]


def _con_persona(alertas: pd.DataFrame, responsables: Mapping[str, str]) -> pd.DataFrame:
    """Antepone la persona o cargo que la configuración da a cada dependencia."""
    personas = alertas["dependencia"].map(
        {c: f"{persona} · " for c, persona in responsables.items() if persona}
    )
    return alertas.assign(responsable=personas.astype("str").fillna("") + alertas["responsable"])


def _armar(
    regla: Regla,
    tabla: str,
    fila: Mapping[Any, Any],
    datos: Mapping[str, Callable[[], str]],
    atenuada: bool,
    corte: Corte,
) -> dict[str, Any]:
    nivel, llave, nombre = IDENTIDAD[tabla]
    brecha = min(1.0, max(0.0, _numero(fila, regla.brecha)))
    certeza = regla.certeza if isinstance(regla.certeza, float | int) else _numero(fila, regla.certeza)
    certeza *= CERTEZA_ATENUADA if atenuada else 1.0
    return {
        "id_alerta": f"{regla.id}:{fila[llave]}" + _instrumento(fila, tabla),
        "regla": regla.id,
        "familia": regla.familia,
        "grado": regla.grado,
        "nombre_regla": regla.nombre,
        "severidad": regla.atenuada if atenuada else regla.severidad,
        "nivel": nivel,
        "codigo": fila[llave],
        "dependencia": fila["codigo"] if tabla == "poai" else fila["dependencia"],
        "nombre_dependencia": fila["nombre_dependencia"],
        "nombre": fila[nombre],
        "evidencia": oracion(regla.evidencia, datos, regla.id),
        "accion": oracion(regla.accion, datos, regla.id),
        "responsable": oracion(regla.responsable, datos, regla.id),
        "vence": _plazo(regla, fila, corte),
        "es_vencida": False,
        "estado": ABIERTA,
        "periodo_apertura": str(corte),
        "edad_cortes": 1,
        "peso": fila["peso"],
        "brecha": brecha,
        "certeza": certeza,
        "impacto": fila["peso"] * brecha * certeza,
        "fuente": regla.fuente,
        **{campo: fila.get(campo) for campo in SUSTENTO},
    }


def _plazo(regla: Regla, fila: Mapping[Any, Any], corte: Corte) -> str:
    """La fecha que ya tiene lo que vigila la regla; si no la tiene, los días de la regla desde el corte."""
    if regla.plazo_de and regla.plazo_de not in fila:
        raise ErrorConfiguracion(
            f"la regla {regla.id} toma su plazo de «{regla.plazo_de}», que no existe",
            remedio="Escriba en «plazo_de» una columna de la tabla que vigila, o use «plazo_dias»",
            archivo="alertas.yml",
        )
    fecha = fila[regla.plazo_de] if regla.plazo_de else None
    if isinstance(fecha, str) and fecha:
        return fecha[:10]
    return (corte.fecha + datetime.timedelta(days=regla.plazo_dias)).isoformat()


def _instrumento(fila: Mapping[Any, Any], tabla: str) -> str:
    """Una dependencia puede deber el libro de varios instrumentos; el del Plan Indicativo va sin decirlo."""
    instrumento = str(fila.get("instrumento", "pi"))
    return f":{instrumento}" if tabla == "entregas" and instrumento != "pi" else ""


def _numero(fila: Mapping[Any, Any], nombre: str) -> float:
    if nombre not in fila:
        raise ErrorConfiguracion(f"una regla mide su brecha o su certeza con «{nombre}», que no existe")
    valor = fila[nombre]
    return 0.0 if pd.isna(valor) else float(valor)


def _explicadas(filas: Sequence[Mapping[Any, Any]], palabras: tuple[str, ...]) -> list[bool]:
    """Si la observación trae alguna de las palabras, sin distinguir tildes ni mayúsculas."""
    if not palabras:
        return [False] * len(filas)
    patron = re.compile("|".join(rf"\b{re.escape(sin_tildes(palabra))}" for palabra in palabras))
    textos = [fila["observacion"] for fila in filas]
    return [isinstance(t, str) and patron.search(sin_tildes(t)) is not None for t in textos]
