"""Alertas tempranas del corte. Función pura: reglas (`recursos/alertas.yml`) y umbrales le llegan leídos.

Aquí está solo la condición de cada prueba; qué prueba tiene cada regla, su severidad, su texto, su fuente y
su plazo están en el archivo de reglas.
"""

from __future__ import annotations

import datetime
import re
import unicodedata
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from pipeline.errores import ErrorConfiguracion
from pipeline.esquemas import crear_tabla, revisar_tabla
from pipeline.formato_es import contar, fecha_larga, numero, pesos, porcentaje
from pipeline.modelo import Corte, EstadoEntrega, EstadoReporte

ORDEN_SEVERIDAD = {"alta": 0, "media": 1, "baja": 2}
PRUEBAS_DE_META = (
    "sin_reporte", "devuelta", "rezago_critico", "rezago", "sobre_ejecucion",
    "ejecutada_sin_programar", "dinero_sin_avance", "avance_sin_dinero",
)  # fmt: skip
PRUEBAS_DE_ENTREGA = {
    "no_entregada": (EstadoEntrega.NO_ENTREGADA.value,),
    "libro_devuelto": (EstadoEntrega.DEVUELTA.value, EstadoEntrega.ILEGIBLE.value),
}
ABIERTA, CONTINUA, RESUELTA = "abierta", "continua", "resuelta"


def calcular_alertas(
    metas: pd.DataFrame,
    indices: pd.DataFrame,
    entregas: pd.DataFrame,
    *,
    corte: Corte,
    umbrales: Mapping[str, float],
    textos: Mapping[str, Any],
    anteriores: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Tabla `alertas` del corte, de la más a la menos urgente.

    Args:
        metas: tabla `metas` del corte.
        indices: tabla `indices`; da el nombre de las dependencias que no tienen metas en la tabla.
        entregas: tabla `entregas`; de cada dependencia cuenta su última versión.
        corte: vigencia y periodo.
        umbrales: razones de [umbrales] en seguimiento.toml.
        textos: contenido de `recursos/alertas.yml`.
        anteriores: tabla `alertas` del corte anterior, si la hay: las que siguen quedan `continua` con su
            periodo de apertura y las que ya no se cumplen, `resuelta`.

    El orden es severidad, luego impacto (peso de la meta en el plan × brecha frente a lo esperado) y luego
    identificador. Levanta ErrorConfiguracion si una regla pide una prueba o un umbral que no existe.
    """
    metas = metas.assign(_peso=_pesos(metas), _impacto=_impacto(metas)).reset_index(drop=True)
    partes = []
    for regla in textos["reglas"]:
        _revisar_regla(regla, umbrales)
        if regla["nivel"] == "meta":
            partes.append(_de_metas(metas, regla, corte, umbrales))
        else:
            partes.append(_de_entregas(metas, indices, entregas, regla, corte))
    alertas = pd.DataFrame([fila for parte in partes for fila in parte])
    if alertas.empty:
        alertas = pd.DataFrame(columns=["id_alerta", "severidad", "_impacto"])
    return revisar_tabla("alertas", crear_tabla("alertas", _ordenar(_continuar(alertas, anteriores))))


def _ordenar(alertas: pd.DataFrame) -> pd.DataFrame:
    """Por severidad, impacto e identificador, y sin las columnas con que se ordenó."""
    orden = alertas["severidad"].map(ORDEN_SEVERIDAD).rename("_orden")
    alertas = alertas.assign(_orden=orden, _menos=-alertas["_impacto"].astype("float64").fillna(0.0))
    alertas = alertas.sort_values(["_orden", "_menos", "id_alerta"], ignore_index=True)
    visibles = [columna for columna in alertas.columns if not columna.startswith("_")]
    return alertas[visibles]


def cumple(metas: pd.DataFrame, prueba: str, umbral: float) -> pd.Series[bool]:
    """Metas que cumplen la condición de una prueba. Lo que no se sabe no dispara: vacío no es cero.

    >>> una = pd.DataFrame({"estado_reporte": ["reportada"], "ritmo": [0.4]})
    >>> cumple(una, "rezago_critico", 0.5).tolist()
    [True]
    """
    reportada = metas["estado_reporte"] == EstadoReporte.REPORTADA.value
    match prueba:
        case "sin_reporte" | "devuelta":
            return metas["estado_reporte"] == prueba
        case "rezago" | "rezago_critico":
            return reportada & (metas["ritmo"] < umbral)
        case "sobre_ejecucion":
            return reportada & (metas["avance_crudo"] > umbral)
        case "ejecutada_sin_programar":
            no_programada = metas["estado_reporte"] == EstadoReporte.NO_PROGRAMADA.value
            return no_programada & (metas["ejecutado_vigencia"] > 0)
        case "dinero_sin_avance":
            return reportada & (metas["avance"] == 0) & (metas["ejecucion_financiera"] > umbral)
        case "avance_sin_dinero":
            return reportada & (metas["avance"] > umbral) & (metas["obligaciones_cop"] == 0)
    raise ErrorConfiguracion(
        f"no existe la prueba «{prueba}»", remedio=f"Use una de: {_nombres_de_pruebas()}"
    )


def _de_metas(
    metas: pd.DataFrame, regla: Mapping[str, Any], corte: Corte, umbrales: Mapping[str, float]
) -> list[dict[str, Any]]:
    umbral = umbrales[regla["umbral"]] if "umbral" in regla else np.nan
    casos = cumple(metas, regla["prueba"], umbral)
    if (
        regla["prueba"] == "rezago"
    ):  # el crítico tiene su propia regla: una meta no alerta dos veces por lo mismo
        casos &= ~cumple(metas, "rezago_critico", umbrales["rezago_critico"])
    elegidas = metas[casos.fillna(False).astype(bool)]
    atenuada = _explicada(elegidas, regla.get("palabras", ()))
    filas = []
    for meta, es_atenuada in zip(elegidas.to_dict("records"), atenuada, strict=True):
        severidad = regla["atenuada"] if es_atenuada else regla["severidad"]
        datos = _datos_de_meta(meta, corte, umbral)
        identidad = {
            "codigo": meta["codigo_meta"],
            "dependencia": meta["dependencia"],
            "nombre": meta["nombre_meta"],
        }
        filas.append(_fila(regla, severidad, datos, identidad, meta["_impacto"], corte))
    return filas


def _de_entregas(
    metas: pd.DataFrame,
    indices: pd.DataFrame,
    entregas: pd.DataFrame,
    regla: Mapping[str, Any],
    corte: Corte,
) -> list[dict[str, Any]]:
    ultimas = entregas.sort_values("version").drop_duplicates(["dependencia", "instrumento"], keep="last")
    ultimas = ultimas[
        (ultimas["instrumento"] == "pi") & ultimas["estado"].isin(PRUEBAS_DE_ENTREGA[regla["prueba"]])
    ]
    nombres = indices.loc[indices["nivel"] == "dependencia"].set_index("codigo")["nombre"].to_dict()
    filas = []
    for entrega in ultimas.sort_values("dependencia").to_dict("records"):
        codigo = entrega["dependencia"]
        nombre = _texto(entrega["nombre_dependencia"], _texto(nombres.get(codigo), codigo))
        suyas = metas[(metas["dependencia"] == codigo) & (metas["estado_reporte"] != "no_programada")]
        datos = {
            "dependencia": nombre,
            "vence": _fecha(entrega["vence"]),
            "estado": _texto(entrega["estado"], "").replace("_", " "),
            "metas": contar(len(suyas), "meta programada", "metas programadas"),
            "bloqueos": contar(
                _entero(entrega["n_bloquea"]), "hallazgo que bloquea", "hallazgos que bloquean"
            ),
        }
        identidad = {"codigo": codigo, "dependencia": codigo, "nombre": nombre}
        impacto = float((suyas["_peso"] * suyas["esperado"].fillna(0.0)).sum())
        filas.append(_fila(regla, regla["severidad"], datos, identidad, impacto, corte))
    return filas


def _fila(
    regla: Mapping[str, Any],
    severidad: str,
    datos: Mapping[str, str],
    identidad: Mapping[str, Any],
    impacto: float,
    corte: Corte,
) -> dict[str, Any]:
    plazo = corte.fecha + datetime.timedelta(days=int(regla["plazo_dias"]))
    return {
        "id_alerta": f"{regla['id']}:{identidad['codigo']}",
        "regla": regla["id"],
        "nombre_regla": regla["nombre"],
        "severidad": severidad,
        "nivel": regla["nivel"],
        **identidad,
        "evidencia": regla["evidencia"].format_map(datos),
        "responsable": regla["responsable"].format_map(datos),
        "vence": plazo.isoformat(),
        "estado": ABIERTA,
        "periodo_apertura": str(corte),
        "_impacto": impacto,
    }


def _datos_de_meta(meta: Mapping[Any, Any], corte: Corte, umbral: float) -> dict[str, str]:
    """Lo que puede decir una evidencia, ya escrito en español. Nunca la observación, que es texto libre."""
    return {
        "vigencia": str(corte.vigencia),
        "unidad": _texto(meta["unidad"], "sin unidad en el plan"),
        "programado": numero(meta["programado_vigencia"]),
        "ejecutado": numero(meta["ejecutado_vigencia"]),
        "avance": porcentaje(meta["avance"]),
        "avance_crudo": porcentaje(meta["avance_crudo"]),
        "esperado": porcentaje(meta["esperado"]),
        "ritmo": porcentaje(meta["ritmo"]),
        "financiera": porcentaje(meta["ejecucion_financiera"]),
        "obligaciones": pesos(meta["obligaciones_cop"]),
        "umbral": porcentaje(umbral, 0),
        "dependencia": _texto(meta["nombre_dependencia"], _texto(meta["dependencia"], "la dependencia")),
    }


def _continuar(alertas: pd.DataFrame, anteriores: pd.DataFrame | None) -> pd.DataFrame:
    """Marca las que ya venían y conserva, como resueltas, las que dejaron de cumplirse."""
    if anteriores is None or anteriores.empty:
        return alertas
    vivas = anteriores[anteriores["estado"] != RESUELTA].set_index("id_alerta")
    apertura = alertas["id_alerta"].map(vivas["periodo_apertura"])
    siguen = apertura.notna()
    alertas = alertas.assign(
        estado=np.where(siguen, CONTINUA, alertas.get("estado", ABIERTA)),
        periodo_apertura=apertura.where(siguen, alertas.get("periodo_apertura")),
    )
    resueltas = vivas[~vivas.index.isin(alertas["id_alerta"])].reset_index()
    return pd.concat([alertas, resueltas.assign(estado=RESUELTA, _impacto=0.0)], ignore_index=True)


def _pesos(metas: pd.DataFrame) -> pd.Series[float]:
    """Participación de cada meta programada en el plan, para ordenar; sin ponderador, todas igual."""
    programada = metas["estado_reporte"] != EstadoReporte.NO_PROGRAMADA.value
    ponderador = metas["ponderador"].astype("float64")
    medio = float(ponderador.mean()) if ponderador.notna().any() else 1.0
    usado = np.where(programada, ponderador.fillna(medio), 0.0)
    return pd.Series(usado / max(float(usado.sum()), np.finfo(float).tiny), index=metas.index)


def _impacto(metas: pd.DataFrame) -> pd.Series[float]:
    """Peso × brecha: lo que al plan le falta frente a lo esperado por esta meta (o lo que le sobra)."""
    falta = (metas["esperado"] - metas["cota_inferior"]).clip(lower=0.0).fillna(0.0)
    sobra = (metas["avance_crudo"] - 1.0).clip(lower=0.0, upper=1.0).fillna(0.0)
    brecha = np.maximum(falta.to_numpy(dtype=np.float64), sobra.to_numpy(dtype=np.float64))
    return pd.Series(_pesos(metas).to_numpy() * brecha, index=metas.index)


def _explicada(metas: pd.DataFrame, palabras: tuple[str, ...]) -> pd.Series[bool]:
    """Si la observación trae alguna de las palabras, sin distinguir tildes ni mayúsculas."""
    if not palabras:
        return pd.Series(False, index=metas.index)
    patron = re.compile("|".join(rf"\b{re.escape(_sin_tildes(palabra))}" for palabra in palabras))
    return (
        metas["observacion"]
        .map(lambda texto: bool(patron.search(_sin_tildes(_texto(texto, "")))))
        .astype(bool)
    )


def _revisar_regla(regla: Mapping[str, Any], umbrales: Mapping[str, float]) -> None:
    if regla["prueba"] not in (*PRUEBAS_DE_META, *PRUEBAS_DE_ENTREGA):
        raise ErrorConfiguracion(
            f"la regla {regla['id']} pide la prueba «{regla['prueba']}», que no existe",
            remedio=f"Use una de: {_nombres_de_pruebas()}",
        )
    if regla.get("umbral") is not None and regla["umbral"] not in umbrales:
        raise ErrorConfiguracion(
            f"la regla {regla['id']} usa el umbral «{regla['umbral']}», que no está en [umbrales]"
        )


def _nombres_de_pruebas() -> str:
    return ", ".join((*PRUEBAS_DE_META, *PRUEBAS_DE_ENTREGA))


def _sin_tildes(texto: str) -> str:
    return unicodedata.normalize("NFKD", texto.casefold()).encode("ascii", "ignore").decode()


def _texto(valor: Any, alterno: str) -> str:
    return alterno if valor is None or pd.isna(valor) or not str(valor).strip() else str(valor)


def _entero(valor: Any) -> int:
    return 0 if valor is None or pd.isna(valor) else int(valor)


def _fecha(valor: Any) -> str:
    texto = _texto(valor, "")
    return fecha_larga(datetime.date.fromisoformat(texto[:10])) if texto else "plazo sin fijar"
