"""Tabla `indices`: el avance de cada nodo del plan y de cada dependencia, con sus cotas.

Reglas (fuentes y efecto de cada opción: docs/metodologia.md §5):
* Las unidades nunca se suman: se promedian avances. El dinero sí se suma y su índice es una razón de sumas.
* Una meta no programada sale del numerador y del denominador; su peso se reparte entre las programadas.
* Nada se redondea por dentro: con todo cumplido, todo nodo vale exactamente 1.
* Cada nodo lleva cotas: lo que daría si lo no reportado valiera 0 y si cumpliera su programa.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.esquemas import crear_tabla, esquema, revisar_tabla
from pipeline.indices.finanzas import DINERO, eficiencia, ejecucion_financiera, razon, sumar_dinero
from pipeline.indices.formulas import Reales, con_tope, cota_de_la_vigencia, ritmo
from pipeline.indices.promedios import Grupos, Pesos, promediar
from pipeline.indices.semaforo import nombres, semaforo
from pipeline.modelo import Corte, EstadoReporte, Metodo, Nivel

CODIGO_PLAN = "PLAN"
NOMBRE_PLAN = "Plan de desarrollo"
SIN_CODIGO = "SIN_CODIGO"
NOMBRE_SIN_CODIGO = "Sin asignar en el plan"
JERARQUIA = ("linea", "sector", "programa", "subprograma")
_SOBRE_100 = 1.0 + 1e-9
AVANCES = (
    "avance",
    "avance_crudo",
    "cota_inferior",
    "cota_superior",
    "esperado",
    "avance_cuatrienio",
    "cota_inferior_cuatrienio",
    "cota_superior_cuatrienio",
)
"""Medidas que se promedian con la agregación del método; las mismas en la tabla `metas` y en `indices`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Valores:
    """Valor con que cada meta entra al promedio de cada medida; NaN si no entra."""

    columnas: dict[str, Reales]


def calcular_indices(
    metas: pd.DataFrame,
    *,
    corte: Corte,
    metodo: Metodo,
    oportunidad: pd.DataFrame | None = None,
    niveles: tuple[Nivel, ...] = tuple(Nivel),
) -> pd.DataFrame:
    """Tabla `indices`: una fila por nodo, del plan a la dependencia, ordenada por nivel y código.

    Args:
        metas: la tabla `metas` del corte (o cualquiera con sus columnas).
        corte: vigencia y periodo.
        metodo: opciones; `agregacion` decide cuál promedio es el oficial (`avance`).
        oportunidad: (dependencia, indice_oportunidad) con la razón de libros a tiempo de cada una; el plan
            lleva el promedio de todas.
        niveles: los que se calculan; un nivel sin ningún código (p. ej. subprograma) se omite, y las metas
            sin código en un nivel que sí existe van al nodo SIN_CODIGO: no desaparecen.
    """
    metas = en_orden(metas)
    valores = valores_que_cuentan(metas, metodo)
    pesos = Pesos.de_metas(metas)
    partes = [
        _indices_de_nivel(metas, nivel, valores, pesos, metodo) for nivel in _con_codigos(metas, niveles)
    ]
    indices = pd.concat(partes, ignore_index=True)
    indices = indices.assign(vigencia=corte.vigencia, periodo=corte.periodo.value)
    indices["indice_oportunidad"] = _oportunidad(indices, oportunidad)
    return revisar_tabla("indices", crear_tabla("indices", indices))


def avances_de_nodos(metas: pd.DataFrame, *, metodo: Metodo, niveles: tuple[Nivel, ...]) -> pd.DataFrame:
    """El `avance` y los conteos de cada nodo (con `nivel`, `codigo` y `nombre`), como en `calcular_indices`.

    Para comparar muchos métodos: sin lo demás, cuesta la décima parte.
    """
    metas = en_orden(metas)
    avances, pesos = valores_que_cuentan(metas, metodo).columnas["avance"], Pesos.de_metas(metas)
    partes = []
    for nivel in _con_codigos(metas, niveles):
        nodos = nodos_de(metas, nivel)
        avance = promediar(
            avances, nodos.grupo, len(nodos.codigos), pesos,
            modo=metodo.agregacion, ruta=nodos.ruta, lineas=nodos.lineas,
        )  # fmt: skip
        conteos = _conteos(metas, nodos.grupo, len(nodos.codigos))
        partes.append(_nombrados(metas, nivel, nodos).assign(avance=con_tope(avance, metodo.tope), **conteos))
    return pd.concat(partes, ignore_index=True)


def _con_codigos(metas: pd.DataFrame, niveles: tuple[Nivel, ...]) -> list[Nivel]:
    return [nivel for nivel in niveles if nivel is Nivel.PLAN or metas[nivel.value].notna().any()]


def en_orden(metas: pd.DataFrame) -> pd.DataFrame:
    """Las metas por código y con todas sus columnas: el orden de llegada no cambia ni un bit."""
    ordenadas = metas.sort_values("codigo_meta", ignore_index=True)
    return ordenadas.reindex(columns=esquema("metas").nombres)


@dataclass(frozen=True, slots=True, kw_only=True)
class Nodos:
    """Nodos de un nivel: su código, el de cada meta, el camino hasta ella y, en el plan, su línea."""

    codigos: list[str]
    grupo: Grupos
    ruta: pd.DataFrame
    lineas: pd.Series[str] | None


def nodos_de(metas: pd.DataFrame, nivel: Nivel) -> Nodos:
    """Los nodos de `nivel` en `metas` (ver `en_orden`), por código."""
    codigos = _codigos(metas, nivel).to_numpy(dtype=object).astype(str)
    nodos, grupo = np.unique(codigos, return_inverse=True)
    return Nodos(
        codigos=[str(n) for n in nodos],
        grupo=grupo.astype(np.int64),
        ruta=metas[[c for c in _descendencia(nivel) if metas[c].notna().any()]].fillna(""),
        lineas=metas["linea"].fillna("") if nivel is Nivel.PLAN else None,
    )


def valores_que_cuentan(metas: pd.DataFrame, metodo: Metodo) -> Valores:
    """Con qué valor entra cada meta al promedio de cada medida, según el método.

    * programada y reportada: su avance con tope;
    * programada sin reporte o devuelta: 0 (`sin_reporte = cero`) o no entra (`excluir`); en las cotas siempre
      entra, con 0 y con el tope;
    * no programada: no entra (`no_programada = excluir`) o entra con 0 (`cero`).

    El cuatrienio no depende de si la meta se programó este año: entra toda meta que lo tenga.
    """
    numeros = {n: metas[n].to_numpy(dtype=np.float64, na_value=np.nan) for n in AVANCES}
    programada = (metas["estado_reporte"] != EstadoReporte.NO_PROGRAMADA.value).to_numpy(dtype=np.bool_)
    desconocida = programada & np.isnan(numeros["avance"])
    castigo = 0.0 if metodo.sin_reporte == "cero" else np.nan
    ausente = 0.0 if metodo.no_programada == "cero" else np.nan
    avance = np.where(desconocida, castigo, numeros["avance"])
    crudo = np.where(desconocida, castigo, numeros["avance_crudo"])
    salida = {
        "avance": avance,
        "avance_crudo": crudo,
        "cota_inferior": np.where(desconocida, 0.0, numeros["avance"]),
        "cota_superior": np.where(desconocida, cota_de_la_vigencia(metodo.tope), numeros["avance"]),
        "esperado": numeros["esperado"],
    }
    salida = {n: np.where(programada, v, ausente) for n, v in salida.items()}
    cuatrienio = {n: numeros[n] for n in AVANCES if n.endswith("cuatrienio")}
    medible = ~np.isnan(cuatrienio["cota_inferior_cuatrienio"])
    del_cuatrienio = cuatrienio["avance_cuatrienio"]
    cuatrienio["avance_cuatrienio"] = np.where(medible & np.isnan(del_cuatrienio), castigo, del_cuatrienio)
    return Valores(columnas={**salida, **cuatrienio})


def _indices_de_nivel(
    metas: pd.DataFrame, nivel: Nivel, valores: Valores, pesos: Pesos, metodo: Metodo
) -> pd.DataFrame:
    nodos = nodos_de(metas, nivel)
    grupo, cuantos = nodos.grupo, len(nodos.codigos)

    def promediados(medida: str, modo: str) -> Reales:
        return promediar(
            valores.columnas[medida], grupo, cuantos, pesos, modo=modo, ruta=nodos.ruta, lineas=nodos.lineas
        )

    tabla = _nombrados(metas, nivel, nodos)
    for medida in valores.columnas:
        tabla[medida] = promediados(medida, metodo.agregacion)
    for modo, nombre in (("simple", "avance_simple"), ("ponderada", "avance_ponderado")):
        tabla[nombre] = promediados("avance", modo)
    tabla = pd.concat([tabla, _conteos(metas, grupo, cuantos)], axis=1)
    dinero = sumar_dinero(metas, pd.Series(np.array(nodos.codigos, dtype=object)[grupo]))
    dinero = dinero.reindex(nodos.codigos).reset_index(drop=True)
    tabla = pd.concat([tabla, dinero[list(DINERO)]], axis=1)
    return _derivados(_acotar(tabla, metodo), metodo)


def _acotar(tabla: pd.DataFrame, metodo: Metodo) -> pd.DataFrame:
    """Índices dentro de [0, tope] (un cociente de sumas puede pasarse en el último bit) y de sus cotas."""
    topados = [n for n in tabla.columns if n.startswith(("avance", "cota_")) and n != "avance_crudo"]
    for nombre in topados:
        tabla[nombre] = con_tope(tabla[nombre].to_numpy(dtype=np.float64), metodo.tope)
    for sufijo in ("", "_cuatrienio"):
        valor = tabla[f"avance{sufijo}"]
        tabla[f"cota_inferior{sufijo}"] = np.fmin(tabla[f"cota_inferior{sufijo}"], valor)
        tabla[f"cota_superior{sufijo}"] = np.fmax(tabla[f"cota_superior{sufijo}"], valor)
    return tabla


def _derivados(tabla: pd.DataFrame, metodo: Metodo) -> pd.DataFrame:
    avance, esperado = tabla["avance"].to_numpy(), tabla["esperado"].to_numpy()
    programadas = tabla["n_programadas"].to_numpy(dtype=np.float64)
    financiera = ejecucion_financiera(tabla, metodo)
    bandas = semaforo(
        tabla["cota_inferior"].to_numpy(),
        tabla["cota_superior"].to_numpy(),
        esperado,
        programadas > 0,
        metodo.bandas,
    )
    return tabla.assign(
        ritmo=ritmo(avance, esperado),
        ejecucion_financiera=financiera,
        eficiencia=eficiencia(avance, financiera, metodo.eficiencia_minima),
        indice_reporte=razon(tabla["n_reportadas"].to_numpy(dtype=np.float64), programadas),
        semaforo=nombres(bandas),
    )


def _conteos(metas: pd.DataFrame, grupo: np.ndarray, cuantos: int) -> pd.DataFrame:
    estado = metas["estado_reporte"]
    programada = estado != EstadoReporte.NO_PROGRAMADA.value
    casos = {
        "n_metas": estado.notna(),
        "n_programadas": programada,
        "n_reportadas": estado == EstadoReporte.REPORTADA.value,
        "n_sin_reporte": estado == EstadoReporte.SIN_REPORTE.value,
        "n_devueltas": estado == EstadoReporte.DEVUELTA.value,
        "n_no_programadas": ~programada,
        "n_sobre_100": programada & metas["avance_crudo"].gt(_SOBRE_100),
    }
    return pd.DataFrame(
        {
            nombre: np.bincount(grupo[caso.to_numpy(dtype=np.bool_)], minlength=cuantos)
            for nombre, caso in casos.items()
        }
    )


def _codigos(metas: pd.DataFrame, nivel: Nivel) -> pd.Series[str]:
    if nivel is Nivel.PLAN:
        return pd.Series(CODIGO_PLAN, index=metas.index)
    return metas[nivel.value].fillna(SIN_CODIGO)


def _nombrados(metas: pd.DataFrame, nivel: Nivel, nodos: Nodos) -> pd.DataFrame:
    nombres_de_nodos = _nombres(metas, nivel, nodos.codigos)
    return pd.DataFrame({"nivel": nivel.value, "codigo": nodos.codigos, "nombre": nombres_de_nodos})


def _nombres(metas: pd.DataFrame, nivel: Nivel, nodos: list[str]) -> list[str | None]:
    if nivel is Nivel.PLAN:
        return [NOMBRE_PLAN] * len(nodos)
    primeros = metas.groupby(_codigos(metas, nivel).to_numpy(dtype=object))[f"nombre_{nivel.value}"].first()
    por_nodo = {**primeros.to_dict(), SIN_CODIGO: NOMBRE_SIN_CODIGO}
    return [None if pd.isna(por_nodo[n]) else por_nodo[n] for n in nodos]


def _descendencia(nivel: Nivel) -> list[str]:
    """Niveles que cuelgan del nodo, del más cercano al más lejano; de una dependencia, sus programas."""
    if nivel is Nivel.PLAN:
        return list(JERARQUIA)
    if nivel is Nivel.DEPENDENCIA:
        return ["programa", "subprograma"]
    return list(JERARQUIA[JERARQUIA.index(nivel.value) + 1 :])


def _oportunidad(indices: pd.DataFrame, oportunidad: pd.DataFrame | None) -> pd.Series[float]:
    vacia = pd.Series(np.nan, index=indices.index)
    if oportunidad is None or oportunidad.empty:
        return vacia
    por_dependencia = oportunidad.set_index("dependencia")["indice_oportunidad"]
    es_dependencia = indices["nivel"] == Nivel.DEPENDENCIA.value
    vacia = vacia.where(~es_dependencia, indices["codigo"].map(por_dependencia))
    return vacia.where(indices["nivel"] != Nivel.PLAN.value, por_dependencia.mean())
