"""Índices del Plan de Acción: físico, de inversión y eficiencia de cada actividad, y sus agregados.

Fuente: formulario FOR-08-PRO-PET-01 («Indicadores de gestión» de cada actividad). El aplicativo que lo
imprime para Ibagué (llherrera/CloudControl_frontend, `src/utils/functions.ts`) no los calcula: se digitan,
y su total es el promedio simple de lo digitado. Aquí se calculan y lo escrito queda al lado:

* físico = cantidad ejecutada / cantidad programada en la vigencia;
* inversión = costo ejecutado (lo obligado) / costo programado;
* eficiencia = físico / inversión.

Reglas de agregación: dentro de un proyecto, por la ponderación de sus actividades; de los proyectos a la
dependencia y al total, cada proyecto pesa igual (`ponderada`), según su número de actividades
(`por_conteo`), o se promedian las actividades sin más (`simple`). Las cantidades nunca se suman; el dinero
sí, y su índice es una razón de sumas de las actividades que traen los dos costos, como en el POAI.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from pipeline.esquemas import crear_tabla, esquema, revisar_tabla
from pipeline.indices.finanzas import COSTOS_COMPARADOS, eficiencia, razon, sumar_costos
from pipeline.indices.formulas import Logicos, Reales, con_tope, cota_de_la_vigencia
from pipeline.indices.pesos import pesos_con_que_se_promedia, pesos_de_actividades
from pipeline.indices.promedios import Grupos, promedio
from pipeline.indices.semaforo import nombres, semaforo
from pipeline.modelo import Corte, EstadoReporte, Metodo

CLAVE = ["sha256", "hoja", "fila", "vigencia"]
NIVELES = {"total": None, "dependencia": "dependencia", "proyecto": "bpin", "meta": "codigo_meta"}
NOMBRES_DE_NIVEL = {"dependencia": "nombre_dependencia", "proyecto": "nombre_proyecto", "meta": "nombre_meta"}
CODIGO_TOTAL, NOMBRE_TOTAL = "TOTAL", "Plan de Acción"
SIN_CODIGO, NOMBRE_SIN_CODIGO = "SIN_CODIGO", "Sin código en el libro"
DECLARADOS = ("indice_fisico_declarado", "indice_inversion_declarado", "eficiencia_declarada")
_TERMINADA = 1.0 - 1e-9


def identificar_actividades(registros: pd.DataFrame) -> pd.Series[str]:
    """Identificador de cada registro: dependencia, código de la actividad y ordinal, unidos con «/».

    El ordinal distingue los registros presupuestales de una misma actividad, por proyecto, rubro y lugar
    en el libro; no depende del orden en que lleguen las filas. El código va en mayúsculas: escrito en
    minúsculas en un corte, la actividad sería otra y sus alertas empezarían de nuevo.

    >>> tabla = pd.DataFrame({"dependencia": "SEDU", "codigo_actividad": ["A1", "a1"], "bpin": ["9", "8"],
    ...                       "rubro": "2.3", "hoja": "P", "fila": [5, 7]})
    >>> identificar_actividades(tabla).tolist()
    ['SEDU/A1/2', 'SEDU/A1/1']
    """
    llave = registros[["dependencia", "codigo_actividad"]].fillna(SIN_CODIGO)
    llave = llave.assign(codigo_actividad=llave["codigo_actividad"].str.upper())
    orden = llave.join(registros[["bpin", "rubro", "hoja"]].fillna("")).join(registros["fila"])
    orden = orden.sort_values(list(orden.columns), kind="stable")
    ordinal = orden.groupby(["dependencia", "codigo_actividad"]).cumcount().add(1).reindex(registros.index)
    return llave["dependencia"] + "/" + llave["codigo_actividad"] + "/" + ordinal.astype(str)


def calcular_actividades(
    registros: pd.DataFrame,
    plan: pd.DataFrame,
    revisiones: pd.DataFrame | None = None,
    *,
    corte: Corte,
    metodo: Metodo,
    nombres_dependencias: Mapping[str, str],
    excluidas: pd.DataFrame | None = None,
    versiones: Mapping[str, int] | None = None,
) -> pd.DataFrame:
    """Tabla `actividades` del corte: una fila por registro de la vigencia, por identificador.

    Args:
        registros: tabla `registros_pa` de los libros vigentes.
        plan: da el nombre de la meta si el libro no lo trae.
        revisiones: tabla `revisiones`; de cada actividad vale la última decisión del corte, si es sobre el
            libro vigente: una versión nueva se revisa de nuevo.
        corte: vigencia y periodo.
        metodo: tope, agregación y trato de lo no reportado.
        nombres_dependencias: nombre de cada código de dependencia.
        excluidas: clave (sha256, hoja, fila, vigencia) de lo que la puerta de calidad no dejó entrar; esas
            actividades y las que el Grupo devolvió quedan `devuelta`: no se conoce su avance.
        versiones: versión de la entrega de cada sha256.

    Si el libro no trae cantidades sino avance declarado (Cali), ese es el índice físico; si no trae costo, se
    usan la apropiación definitiva y las obligaciones, que es lo que el FOR-08 llama costo programado y
    ejecutado. Sin programación trimestral, lo esperado es la parte transcurrida de su plazo.
    """
    propios = _solo_actividades(registros, corte)
    tabla = propios.assign(id_actividad=identificar_actividades(propios))
    tabla = _identidad(tabla, plan, nombres_dependencias, versiones or {})
    tabla = _anotar_revision(tabla, revisiones, corte)
    medidas = _medir(tabla, corte, metodo, _devueltas(tabla, excluidas))
    tabla = tabla.drop(columns=list(medidas.columns), errors="ignore").join(medidas)
    tabla = tabla.sort_values("id_actividad", ignore_index=True)
    return revisar_tabla("actividades", crear_tabla("actividades", tabla[esquema("actividades").nombres]))


def calcular_indices_pa(actividades: pd.DataFrame, *, metodo: Metodo) -> pd.DataFrame:
    """Tabla `indices_pa`: total, dependencias, proyectos (BPIN) y metas, cada nodo con sus cotas.

    Una actividad programada sin reporte, o devuelta, entra con 0 (`sin_reporte = cero`) o no entra
    (`excluir`); en las cotas siempre entra, con 0 y con el tope. Los costos de la devuelta no se suman. El
    índice de inversión compara solo las actividades que traen el costo programado y el ejecutado: dejar en el
    denominador la que no dice lo ejecutado lo contaría como cero; `n_sin_costo` dice cuántas quedan fuera.
    Los índices declarados promedian, con los mismos pesos, los escritos en los libros.
    """
    tabla = actividades.sort_values("id_actividad", ignore_index=True)
    if tabla.empty:
        return crear_tabla("indices_pa")
    indices = pd.concat([_indices_de_nivel(tabla, nivel, metodo) for nivel in NIVELES], ignore_index=True)
    return revisar_tabla("indices_pa", crear_tabla("indices_pa", indices))


def _solo_actividades(registros: pd.DataFrame, corte: Corte) -> pd.DataFrame:
    """Los registros de la vigencia; un renglón con solo la meta no es una actividad (regla PA-02)."""
    campos = ["codigo_actividad", "nombre_actividad", "programado_actividad"]
    cuenta = registros["vigencia"].isin([0, corte.vigencia]) & registros[campos].notna().any(axis=1)
    return registros[cuenta].reset_index(drop=True)


def _identidad(
    tabla: pd.DataFrame, plan: pd.DataFrame, dependencias: Mapping[str, str], versiones: Mapping[str, int]
) -> pd.DataFrame:
    del_plan = plan.drop_duplicates("codigo_meta").set_index("codigo_meta")["nombre_meta"]
    return tabla.assign(
        nombre_dependencia=tabla["dependencia"].map(dict(dependencias)),
        nombre_meta=tabla["nombre_meta"].fillna(tabla["codigo_meta"].map(del_plan).astype("str")),
        ponderacion=_ponderacion(tabla),
        version=tabla["sha256"].map(dict(versiones)).astype("Int64"),
    )


def _ponderacion(tabla: pd.DataFrame) -> pd.Series[float]:
    """Peso en el proyecto: si el libro la pesa dentro de su producto (Cali), por el peso del producto."""
    return tabla["ponderacion_actividad"] * tabla["ponderacion_producto"].fillna(1.0)


def _anotar_revision(tabla: pd.DataFrame, revisiones: pd.DataFrame | None, corte: Corte) -> pd.DataFrame:
    columnas = ["decision_grupo", "motivo_grupo", "revisor"]
    if revisiones is None or revisiones.empty:
        return tabla.assign(**dict.fromkeys(columnas, pd.Series(None, index=tabla.index, dtype="str")))
    del_corte = revisiones[revisiones["corte"] == str(corte)]
    llave = ["id_actividad", "sha256"]
    del_corte = del_corte.drop(columns="sha256").rename(columns={"libro_revisado": "sha256"})
    ultimas = del_corte.sort_values("fecha", kind="stable").drop_duplicates(llave, keep="last")
    return tabla.merge(ultimas[[*llave, *columnas]], on=llave, how="left")


def _devueltas(tabla: pd.DataFrame, excluidas: pd.DataFrame | None) -> Logicos:
    fuera = set() if excluidas is None else set(map(tuple, excluidas[CLAVE].astype(object).to_numpy()))
    propias = map(tuple, tabla[CLAVE].astype(object).to_numpy())
    excluida = np.array([clave in fuera for clave in propias], dtype=np.bool_)
    return np.asarray(excluida | (tabla["decision_grupo"] == "devuelta").to_numpy(dtype=np.bool_))


def _medir(tabla: pd.DataFrame, corte: Corte, metodo: Metodo, devuelta: Logicos) -> pd.DataFrame:
    programado, ejecutado = _columna(tabla, "programado_actividad"), _columna(tabla, "ejecutado_actividad")
    declarado = _columna(tabla, f"avance_actividad_t{corte.periodo.numero}")
    por_avance = np.isnan(programado) & np.isnan(ejecutado) & ~np.isnan(declarado)
    crudo = np.where(por_avance, declarado, razon(ejecutado, programado))
    programada = (programado > 0) | por_avance
    estado = _estados(programada, devuelta, np.isnan(crudo))
    reportada = estado == EstadoReporte.REPORTADA.value
    fisico = np.where(reportada, con_tope(crudo, metodo.tope), np.nan)
    costo_p = _primera(tabla, "costo_programado_cop", "apropiacion_definitiva_cop")
    costo_e = _primera(tabla, "costo_ejecutado_cop", "obligaciones_cop")
    inversion = np.where(devuelta, np.nan, razon(costo_e, costo_p))
    al_corte = _columna(tabla, f"programado_actividad_t{corte.periodo.numero}")
    vencida = programada & _ya_termino(tabla["fecha_fin"], corte.fecha) & ~(crudo >= _TERMINADA)
    medidas = {
        "programado_vigencia": programado,
        "programado_corte": al_corte,
        "ejecutado_vigencia": ejecutado,
        "esperado": np.where(programada, _esperado(tabla, programado, al_corte, corte, metodo), np.nan),
        "indice_fisico_crudo": crudo,
        "indice_fisico": fisico,
        "indice_fisico_declarado": np.where(
            por_avance, declarado, _columna(tabla, "indice_fisico_declarado")
        ),
        "costo_programado_cop": costo_p,
        "costo_ejecutado_cop": costo_e,
        "indice_inversion": inversion,
        "eficiencia": eficiencia(fisico, inversion, metodo.eficiencia_minima),
        "cdp_cop": np.full(len(tabla), np.nan),
        "es_vencida": vencida,
        "es_excluida": devuelta,
        "estado_reporte": estado,
    }
    return pd.DataFrame(medidas, index=tabla.index)


def _estados(programada: Logicos, devuelta: Logicos, sin_dato: Logicos) -> np.ndarray:
    return np.select(
        [~programada, devuelta, sin_dato],
        [
            EstadoReporte.NO_PROGRAMADA.value,
            EstadoReporte.DEVUELTA.value,
            EstadoReporte.SIN_REPORTE.value,
        ],
        default=EstadoReporte.REPORTADA.value,
    )


def _esperado(
    tabla: pd.DataFrame, programado: Reales, al_corte: Reales, corte: Corte, metodo: Metodo
) -> Reales:
    """Lo que debería llevar al corte: su programación trimestral o la parte transcurrida de su plazo."""
    if metodo.esperado == "lineal":
        return np.full(len(tabla), corte.periodo.transcurrido)
    plazo = np.array(
        [_transcurrido(i, f, corte) for i, f in zip(tabla["fecha_inicio"], tabla["fecha_fin"], strict=True)],
        dtype=np.float64,
    )
    perfil = razon(al_corte, programado)
    return np.where(np.isnan(perfil), plazo, np.clip(perfil, 0.0, 1.0))


def _transcurrido(inicio: object, fin: object, corte: Corte) -> float:
    """Parte del plazo de la actividad que ya pasó; sin fechas, la de la vigencia."""
    if not isinstance(inicio, str) or not isinstance(fin, str) or fin < inicio:
        return corte.periodo.transcurrido
    desde, hasta = date.fromisoformat(inicio), date.fromisoformat(fin)
    dias = (hasta - desde).days + 1
    return min(1.0, max(0.0, ((corte.fecha - desde).days + 1) / dias))


def _ya_termino(fechas: pd.Series[str], al: date) -> Logicos:
    return np.array([isinstance(f, str) and f <= al.isoformat() for f in fechas], dtype=np.bool_)


def _columna(tabla: pd.DataFrame, nombre: str) -> Reales:
    return tabla[nombre].to_numpy(dtype=np.float64, na_value=np.nan)


def _primera(tabla: pd.DataFrame, *columnas: str) -> Reales:
    """El valor de la primera columna que lo tenga."""
    valores = _columna(tabla, columnas[0])
    for nombre in columnas[1:]:
        valores = np.where(np.isnan(valores), _columna(tabla, nombre), valores)
    return valores


@dataclass(frozen=True, slots=True, kw_only=True)
class AgrupacionPa:
    """Las actividades repartidas en los nodos de un nivel y en sus proyectos, con su peso en el proyecto."""

    codigos: np.ndarray  # de los nodos, en orden
    grupo: Grupos  # nodo de cada actividad
    proyectos: np.ndarray  # códigos de los proyectos, en orden
    proyecto: Grupos  # proyecto de cada actividad
    pesos: Reales


def agrupar_actividades(tabla: pd.DataFrame, nivel: str) -> AgrupacionPa:
    """Nodos y proyectos de cada fila de la tabla `actividades` en uno de los NIVELES."""
    codigos, grupo = np.unique(_codigos(tabla, NIVELES[nivel]), return_inverse=True)
    proyectos, proyecto = np.unique(_codigos(tabla, "bpin"), return_inverse=True)
    proyecto = proyecto.astype(np.int64)
    return AgrupacionPa(
        codigos=codigos,
        grupo=grupo.astype(np.int64),
        proyectos=proyectos,
        proyecto=proyecto,
        pesos=pesos_de_actividades(_columna(tabla, "ponderacion"), tabla["bpin"]),
    )


def _indices_de_nivel(tabla: pd.DataFrame, nivel: str, metodo: Metodo) -> pd.DataFrame:
    a = agrupar_actividades(tabla, nivel)
    nombres_de_nodo = _nombres(tabla, nivel, a.codigos[a.grupo], a.codigos)
    salida = pd.DataFrame({"nivel": nivel, "codigo": a.codigos, "nombre": nombres_de_nodo})
    for medida, valores in valores_que_cuentan(tabla, metodo).items():
        t = terminos_pa(valores, a.grupo, a.proyecto, a.pesos, metodo.agregacion)
        salida[medida] = promedio(t.valores, t.pesos, t.grupo, len(a.codigos))
    for nombre, caso in _casos(tabla).items():
        salida[nombre] = np.bincount(a.grupo[caso], minlength=len(a.codigos))
    return _derivar(salida.join(sumar_costos(tabla, a.grupo)), metodo)


def _derivar(salida: pd.DataFrame, metodo: Metodo) -> pd.DataFrame:
    fisico = salida["indice_fisico"].to_numpy()
    inferior = np.fmin(salida["cota_inferior"], fisico)
    superior = np.fmax(salida["cota_superior"], fisico)
    programado, ejecutado = (salida[n].to_numpy() for n in COSTOS_COMPARADOS.values())
    inversion = razon(ejecutado, programado)
    bandas = semaforo(
        inferior.to_numpy(),
        superior.to_numpy(),
        salida["esperado"].to_numpy(),
        salida["n_programadas"].to_numpy() > 0,
        metodo.bandas,
    )
    return salida.assign(
        cota_inferior=inferior,
        cota_superior=superior,
        indice_inversion=inversion,
        eficiencia=eficiencia(fisico, inversion, metodo.eficiencia_minima),
        semaforo=nombres(bandas),
    )


def _codigos(tabla: pd.DataFrame, columna: str | None) -> np.ndarray:
    if columna is None:
        return np.full(len(tabla), CODIGO_TOTAL, dtype=object)
    return tabla[columna].fillna(SIN_CODIGO).to_numpy(dtype=object).astype(str)


def _nombres(tabla: pd.DataFrame, nivel: str, codigo: np.ndarray, nodos: np.ndarray) -> list[str | None]:
    if nivel == "total":
        return [NOMBRE_TOTAL]
    primeros = tabla.groupby(codigo)[NOMBRES_DE_NIVEL[nivel]].first().to_dict()
    por_nodo = {**primeros, SIN_CODIGO: NOMBRE_SIN_CODIGO}
    return [None if pd.isna(por_nodo[n]) else str(por_nodo[n]) for n in nodos]


def valores_que_cuentan(tabla: pd.DataFrame, metodo: Metodo) -> dict[str, Reales]:
    """Con qué valor entra cada actividad al promedio de cada medida; NaN si no entra."""
    programada = (tabla["estado_reporte"] != EstadoReporte.NO_PROGRAMADA.value).to_numpy(dtype=np.bool_)
    fisico = _columna(tabla, "indice_fisico")
    desconocida = programada & np.isnan(fisico)
    castigo = 0.0 if metodo.sin_reporte == "cero" else np.nan
    ausente = 0.0 if metodo.no_programada == "cero" else np.nan
    salida = {
        "indice_fisico": np.where(desconocida, castigo, fisico),
        "cota_inferior": np.where(desconocida, 0.0, fisico),
        "cota_superior": np.where(desconocida, cota_de_la_vigencia(metodo.tope), fisico),
        "esperado": _columna(tabla, "esperado"),
    }
    salida = {n: np.where(programada, v, ausente) for n, v in salida.items()}
    return {**salida, **{nombre: _columna(tabla, nombre) for nombre in DECLARADOS}}


@dataclass(frozen=True, slots=True)
class TerminosPa:
    """Los sumandos de un promedio: cada actividad, o cada proyecto con las actividades que tiene en el nodo.

    `valores`, `pesos`, `grupo` (posición de su nodo) y `proyecto` (la de su proyecto) son de cada sumando;
    `de_actividades`, `pesos_de_actividad` y `sumando` (en cuál entra), de cada actividad.
    """

    valores: Reales
    pesos: Reales
    grupo: Grupos
    proyecto: Grupos
    de_actividades: Reales
    pesos_de_actividad: Reales
    sumando: Grupos
    son: str  # «actividad» o «proyecto»


def terminos_pa(valores: Reales, grupo: Grupos, proyecto: Grupos, pesos: Reales, modo: str) -> TerminosPa:
    """Los sumandos con que se promedia `valores` en cada nodo, según la agregación del método."""
    if modo == "simple":
        unos, cada_una = np.ones_like(valores), np.arange(len(valores))
        return TerminosPa(valores, unos, grupo, proyecto, valores, unos, cada_una, son="actividad")
    combinado = grupo * (int(proyecto.max(initial=0)) + 1) + proyecto
    pares, primera, par = np.unique(combinado, return_index=True, return_inverse=True)
    par = par.astype(np.int64)
    usados = pesos_con_que_se_promedia(pesos, ~np.isnan(valores), par)
    conteo = np.bincount(par, minlength=len(pares)).astype(np.float64)
    return TerminosPa(
        promedio(valores, usados, par, len(pares)),
        conteo if modo == "por_conteo" else np.ones(len(pares)),
        grupo[primera],
        proyecto[primera],
        valores,
        usados,
        par,
        son="proyecto",
    )


def _casos(tabla: pd.DataFrame) -> dict[str, Logicos]:
    estado = tabla["estado_reporte"].to_numpy(dtype=object)
    reportada = estado == EstadoReporte.REPORTADA.value
    programada = estado != EstadoReporte.NO_PROGRAMADA.value
    return {
        "n_actividades": np.ones(len(tabla), dtype=np.bool_),
        "n_programadas": programada,
        "n_reportadas": reportada,
        "n_sin_reporte": programada & ~reportada,
        "n_vencidas": tabla["es_vencida"].to_numpy(dtype=np.bool_),
        "n_con_evidencia": reportada & tabla["evidencia"].notna().to_numpy(dtype=np.bool_),
    }
