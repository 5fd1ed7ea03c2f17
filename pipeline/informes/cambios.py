"""Qué cambió desde el corte anterior: las vistas de la tabla `variaciones` y lo que se dice de ellas."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from pipeline.config import Rutas, hallar_raiz
from pipeline.esquemas import crear_tabla, leer_tabla
from pipeline.formato_es import contar, numero, porcentaje, puntos, redondear
from pipeline.informes.bloques import Bloque, parrafo
from pipeline.informes.datos import DatosInforme
from pipeline.informes.frases import frase, textos_fijos
from pipeline.modelo import Nivel

DE_QUIEN_CAMBIA = ("avanzo", "retrocedio", "reexpresada", "cambio_programacion")
"""Causas en que a la meta le cambió el valor: su efecto peso es el del reacomodo de todas."""
DE_QUIEN_ENTRA = ("entro", "empezo_a_reportar", "dejo_de_reportar", "salio")
PASOS_POR_META = 8
FILAS = 10
NULO = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class Cambios:
    """El cambio del índice del informe (el plan o la dependencia) frente al corte anterior de la vigencia.

    `hay_anterior` dice si la vigencia tiene un corte previo; sin filas en `variaciones`, el índice no existía
    en uno de los dos cortes.
    """

    datos: DatosInforme
    variaciones: pd.DataFrame
    serie_indices: pd.DataFrame
    anterior: str

    @property
    def hay_anterior(self) -> bool:
        """Si la vigencia tiene un corte anterior."""
        return bool(self.anterior)

    @property
    def inicio(self) -> float:
        """Índice en el corte anterior (razón); NaN si no lo había."""
        return float("nan") if self.variaciones.empty else float(self.variaciones["indice_a"].iloc[0])

    @property
    def fin(self) -> float:
        """Índice en este corte (razón); NaN si no lo hay."""
        return float("nan") if self.variaciones.empty else float(self.variaciones["indice_b"].iloc[0])

    @property
    def pasos(self) -> pd.DataFrame:
        """Pasos de la cascada (`paso`, `efecto`, `es_resto`): por causa en el plan, por meta si no."""
        pasos = self._por_meta() if self.datos.dependencia else self._por_causa()
        return pd.DataFrame(pasos, columns=["paso", "efecto", "es_resto"])

    @property
    def suman(self) -> pd.DataFrame:
        """Las metas que más subieron el índice, con `que_paso` en palabras."""
        return self._con_causa(self.variaciones["efecto"] > NULO, ascendente=False)

    @property
    def restan(self) -> pd.DataFrame:
        """Las metas que más lo bajaron."""
        return self._con_causa(self.variaciones["efecto"] < -NULO, ascendente=True)

    @property
    def dependencias_por_corte(self) -> pd.DataFrame:
        """Serie de los índices de las dependencias con avance en algún corte, por nombre."""
        serie = self.serie_indices[self.serie_indices["nivel"] == Nivel.DEPENDENCIA.value]
        con_avance = serie.groupby("codigo")["avance"].transform("count") > 0
        return serie[con_avance].sort_values(["nombre", "codigo", "corte"], ignore_index=True)

    def _con_causa(self, cuales: pd.Series[bool], *, ascendente: bool) -> pd.DataFrame:
        filas = self.variaciones[cuales]
        filas = filas.sort_values(["efecto", "codigo_meta"], ascending=[ascendente, True]).head(FILAS)
        palabras, dudosas = textos_fijos()["causas"], self._en_duda()
        que_paso = [
            palabras[causa]["una"] + (frase("cifra_en_duda") if meta in dudosas else "")
            for causa, meta in zip(filas["causa"], filas["codigo_meta"], strict=True)
        ]
        return filas.assign(que_paso=que_paso)

    def _en_duda(self) -> set[str]:
        """Las metas cuya cifra señala como dudosa una alerta abierta o un hallazgo de su libro."""
        reglas = textos_fijos()["reglas_de_cifra_en_duda"]
        alertas = self.datos.alertas
        abiertas = alertas[~alertas["estado"].isin(["resuelta", "sin_verificar"])]  # sin reporte no hay cifra
        vistas = (abiertas, "codigo"), (self.datos.hallazgos, "codigo_meta")
        return {str(m) for tabla, campo in vistas for m in tabla.loc[tabla["regla"].isin(reglas), campo]}

    def _por_causa(self) -> list[tuple[str, float, bool]]:
        filas = self.variaciones
        palabras = textos_fijos()["causas"]
        pasos = []
        for causa in (*DE_QUIEN_CAMBIA, *DE_QUIEN_ENTRA):
            propias = filas[filas["causa"] == causa]
            columna = "efecto_avance" if causa in DE_QUIEN_CAMBIA else "efecto"
            if len(propias):
                cuantas = contar(len(propias), palabras[causa]["uno"], palabras[causa]["varios"])
                pasos.append((cuantas, float(propias[columna].sum()), False))
        pasos.sort(key=lambda paso: -paso[1])
        resto = float(filas.loc[~filas["causa"].isin(DE_QUIEN_ENTRA), "efecto_peso"].sum())
        quietas = filas[~filas["causa"].isin((*DE_QUIEN_CAMBIA, *DE_QUIEN_ENTRA))]
        resto += float(quietas["efecto_avance"].sum())
        if abs(resto) > NULO:
            pasos.append((frase("reacomodo"), resto, True))
        return pasos

    def _por_meta(self) -> list[tuple[str, float, bool]]:
        movidas = self.variaciones[self.variaciones["efecto"].abs() > NULO]
        orden = movidas.assign(_tamano=movidas["efecto"].abs()).sort_values(
            ["_tamano", "codigo_meta"], ascending=[False, True]
        )
        visibles = orden.head(PASOS_POR_META).sort_values(["efecto", "codigo_meta"], ascending=[False, True])
        pasos = [
            (f"{codigo} {nombre}", float(efecto), False)
            for codigo, nombre, efecto in zip(
                visibles["codigo_meta"], visibles["nombre_meta"], visibles["efecto"], strict=True
            )
        ]
        demas = orden.iloc[PASOS_POR_META:]
        if len(demas):
            cuantas = contar(len(demas), "meta más", "metas más")
            pasos.append((cuantas, float(demas["efecto"].sum()), True))
        return pasos


def abrir_cambios(datos: DatosInforme) -> Cambios:
    """Los cambios del corte abierto en `datos`; con dependencia, los suyos, sin la serie, que es de todas."""
    carpeta = Rutas(hallar_raiz(Path.cwd())).procesados(datos.corte)
    todas = leer_tabla("variaciones", carpeta)
    nivel, codigo = (
        (Nivel.DEPENDENCIA.value, datos.dependencia) if datos.dependencia else (Nivel.PLAN.value, None)
    )
    propias = todas[(todas["nivel"] == nivel) & ((todas["codigo"] == codigo) | (codigo is None))]
    # La ficha de una dependencia no muestra la serie de todas, y así no depende de ella.
    serie = crear_tabla("serie_indices") if datos.dependencia else leer_tabla("serie_indices", carpeta)
    return Cambios(
        datos=datos,
        variaciones=propias.reset_index(drop=True),
        serie_indices=serie,
        anterior="" if todas.empty else str(todas["corte_anterior"].iloc[0]).replace("-", " "),
    )


def que_cambio(cambios: Cambios, *, es_breve: bool = False) -> Bloque:
    """Cuánto se movió el índice y qué pasó con las alertas; en el primer corte, por qué no se dice.

    `es_breve` calla cómo se reparte el cambio entre las metas.
    """
    datos = cambios.datos
    if not cambios.hay_anterior:
        return parrafo(frase("primer_corte", vigencia=datos.corte.vigencia), clase="vacio")
    if cambios.variaciones.empty:
        return parrafo(frase("sin_indice_anterior", anterior=cambios.anterior), clase="vacio")
    diferencia = cambios.fin - cambios.inicio
    movidas = int((cambios.variaciones["efecto"].abs() > NULO).sum())
    if puntos(diferencia) == "0,0":
        clave = "cambio_nulo"
    else:
        clave = "cambio_sube" if diferencia > 0 else "cambio_baja"
    return parrafo(
        frase(
            clave,
            anterior=cambios.anterior,
            inicio=porcentaje(cambios.inicio),
            fin=porcentaje(cambios.fin),
            puntos=puntos(abs(diferencia)).lstrip("+"),
            redondeo=_por_redondeo(cambios.inicio, cambios.fin),
        ),
        frase("como_se_reparte", metas=contar(movidas, "meta", "metas")) if movidas and not es_breve else "",
        _alertas(datos.alertas),
    )


def _por_redondeo(inicio: float, fin: float) -> str:
    """La advertencia de que las tres cifras no cuadran a la décima, si es el caso."""
    a_la_vista = redondear(fin * 100) - redondear(inicio * 100)
    return "" if a_la_vista == redondear((fin - inicio) * 100) else f" {frase('sin_redondear')}"


def _alertas(alertas: pd.DataFrame) -> str:
    """Cuántas son nuevas, siguen o se resolvieron; nada si el corte no se comparó con otro."""
    cuenta = alertas["estado"].value_counts()
    nuevas, resueltas = int(cuenta.get("abierta", 0)), int(cuenta.get("resuelta", 0))
    siguen = int(cuenta.sum()) - nuevas - resueltas
    if siguen + resueltas == 0:
        return ""
    return frase(
        "cambio_de_alertas",
        nuevas=contar(nuevas, "nueva"),
        siguen=contar(siguen, "sigue abierta", "siguen abiertas"),
        resueltas=numero(resueltas, 0) + (" se resolvió" if resueltas == 1 else " se resolvieron"),
    )
