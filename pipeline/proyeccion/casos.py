"""Con qué se compara una meta para proyectarla: lo que pasó en vigencias anteriores con las parecidas."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from pipeline.modelo import Corte, EstadoReporte, Periodo, TipoMeta

ACUMULAN = (TipoMeta.ACUMULADO.value, TipoMeta.FLUJO.value)
MINIMO_GRUPO = 8
"""Casos comparables con que un grupo dice algo; con menos se pasa al grupo más amplio."""
CONFIANZA_EN_EL_GRUPO = 2
"""Cuántas vigencias propias valen lo que el grupo: con dos, la meta pesa lo mismo que su grupo."""
CUANTILES = (0.10, 0.90)
"""El intervalo cubre ocho de cada diez casos comparables."""
RITMOS = (0.5, 0.9)
"""Ritmos que separan los casos comparables: muy rezagada, rezagada y al día."""
TECHO = 1.5
"""Cumplir más de una vez y media lo que faltaba es un dato por revisar, no una historia que se repita."""
GRUPOS = {
    "mismo sector, tipo y ritmo": ["sector", "tipo_meta", "banda"],
    "misma clase de meta y ritmo": ["clase", "banda"],
    "misma clase de meta": ["clase"],
}
"""De la más parecida a la más amplia; la clase es si el ejecutado se acumula o es un nivel."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tramo:
    """Una cifra proyectada y sus extremos."""

    central: float
    inferior: float
    superior: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Grupo:
    """Lo que pasó en un grupo de casos: cuántos son, su mediana y sus extremos."""

    nombre: str
    n: int
    mediana: float
    bajo: float
    alto: float


NADA = Tramo(central=float("nan"), inferior=float("nan"), superior=float("nan"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Historia:
    """Lo cumplido por meta y por grupo, listo para buscar."""

    propias: Mapping[str, list[float]] = field(default_factory=dict)
    grupos: Mapping[str, Mapping[Hashable, Grupo]] = field(default_factory=dict)

    def de_la_meta(self, codigo: str) -> list[float]:
        """Casos de la misma meta; vacío si no hay."""
        return self.propias.get(codigo, [])

    def del_grupo(self, rasgos: Mapping[str, str]) -> Grupo | None:
        """El grupo más parecido con casos suficientes; None si ninguno los tiene."""
        for nombre, llaves in GRUPOS.items():
            grupo = self.grupos.get(nombre, {}).get(tuple(rasgos.get(llave) for llave in llaves))
            if grupo is not None and grupo.n >= MINIMO_GRUPO:
                return grupo
        return None


def historia_de_lo_que_faltaba(series: pd.DataFrame | None, corte: Corte) -> Historia:
    """De lo que faltaba en este trimestre de vigencias anteriores, la parte que se cumplió antes del cierre.

    (avance al cierre − avance al corte) / (1 − avance al corte), entre 0 y TECHO, de cada meta y vigencia con
    los dos avances conocidos. La que ya había cumplido no tenía nada que cumplir y no entra.
    """
    if series is None or series.empty or corte.periodo is Periodo.T4:
        return Historia()
    previas = _conocidas(series, corte)
    entonces = previas[previas["periodo"] == corte.periodo.value].set_index(["codigo_meta", "vigencia"])
    al_cierre = previas[previas["periodo"] == "T4"].set_index(["codigo_meta", "vigencia"])["avance_crudo"]
    casos = entonces.join(al_cierre.rename("al_cierre"), how="inner").reset_index()
    casos = casos[casos["avance_crudo"] < 1.0]
    cumplido = (casos["al_cierre"] - casos["avance_crudo"]) / (1.0 - casos["avance_crudo"])
    return _agrupar(casos.assign(valor=cumplido.clip(0.0, TECHO)))


def historia_de_cierres(series: pd.DataFrame | None, corte: Corte) -> Historia:
    """Avance con que cerró cada vigencia anterior, entre 0 y 1."""
    if series is None or series.empty:
        return Historia()
    previas = _conocidas(series, corte)
    cierres = previas[previas["periodo"] == "T4"]
    return _agrupar(cierres.assign(valor=cierres["avance_crudo"].clip(0.0, 1.0)))


def ritmos_del_corte(metas: pd.DataFrame) -> Historia:
    """Ritmo de hoy de las metas reportadas: hacia el de su clase se encoge la que no tiene historia."""
    reportadas = metas["estado_reporte"] == EstadoReporte.REPORTADA.value
    filas = metas[reportadas & metas["esperado"].gt(0) & metas["avance_crudo"].notna()]
    return _agrupar(filas.assign(valor=(filas["avance_crudo"] / filas["esperado"]).clip(0.0, TECHO)))


def encoger(propias: list[float], grupo: Grupo) -> Tramo:
    """Promedio propio y mediana del grupo, pesados por las vigencias propias; el ancho es el del grupo.

    >>> encoger([1.0, 0.5], Grupo(nombre="misma clase", n=9, mediana=0.25, bajo=0.0, alto=0.5))
    Tramo(central=0.5, inferior=0.25, superior=0.75)
    """
    suma = sum(propias) + CONFIANZA_EN_EL_GRUPO * grupo.mediana
    central = suma / (len(propias) + CONFIANZA_EN_EL_GRUPO)
    return Tramo(
        central=central,
        inferior=max(0.0, central + grupo.bajo - grupo.mediana),
        superior=central + grupo.alto - grupo.mediana,
    )


def rasgos(sector: object, tipo: str, avance: float, esperado: float) -> dict[str, str]:
    """Lo que hace parecidas a dos metas.

    >>> rasgos("22", "flujo", 0.3, 0.5)
    {'sector': '22', 'tipo_meta': 'flujo', 'clase': 'acumula', 'banda': 'rezagada'}
    """
    clase = "acumula" if tipo in ACUMULAN else "nivel"
    return {"sector": str(sector), "tipo_meta": tipo, "clase": clase, "banda": _banda(avance, esperado)}


def _banda(avance: float, esperado: float) -> str:
    if not esperado > 0:
        return "sin_ritmo"
    ritmo = avance / esperado
    return "muy_rezagada" if ritmo < RITMOS[0] else "rezagada" if ritmo < RITMOS[1] else "al_dia"


def _agrupar(casos: pd.DataFrame) -> Historia:
    casos = casos[casos["tipo_meta"].notna()]
    columnas = ["sector", "tipo_meta", "avance_crudo", "esperado"]
    propios = [rasgos(*fila) for fila in casos[columnas].itertuples(index=False, name=None)]
    tabla = pd.DataFrame(propios, index=casos.index, columns=["sector", "tipo_meta", "clase", "banda"])
    tabla = tabla.assign(valor=casos["valor"].astype("float64"), codigo=casos["codigo_meta"])
    return Historia(
        propias={str(codigo): list(valores) for codigo, valores in tabla.groupby("codigo")["valor"]},
        grupos={
            nombre: {llave: _resumir(nombre, valores) for llave, valores in tabla.groupby(llaves)["valor"]}
            for nombre, llaves in GRUPOS.items()
        },
    )


def _resumir(nombre: str, valores: pd.Series[float]) -> Grupo:
    bajo, mediana, alto = (float(v) for v in np.quantile(valores, [CUANTILES[0], 0.5, CUANTILES[1]]))
    return Grupo(nombre=nombre, n=len(valores), mediana=mediana, bajo=bajo, alto=alto)


def _conocidas(series: pd.DataFrame, corte: Corte) -> pd.DataFrame:
    """Lo reportado en vigencias anteriores, con la vigencia y el periodo de su corte."""
    partes = series["corte"].str.split("-", n=1)
    vigencia = partes.str[0].astype("int64")
    filas = series.assign(vigencia=vigencia, periodo=partes.str[1])
    reportada = filas["estado_reporte"] == EstadoReporte.REPORTADA.value
    return filas[(filas["vigencia"] < corte.vigencia) & reportada & filas["avance_crudo"].notna()]
