"""Las dos páginas para el Alcalde y el Consejo de Gobierno: cifras, cambios y decisiones. No mide nada."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline.config import Rutas, hallar_raiz
from pipeline.esquemas import leer_tabla
from pipeline.formato_es import SIN_DATO, contar, millones, numero, porcentaje
from pipeline.informes.bloques import Bloque, acortar, lista, parrafo
from pipeline.informes.cambios import Cambios, abrir_cambios, que_cambio
from pipeline.informes.claves import posible
from pipeline.informes.conclusiones import recomendaciones
from pipeline.informes.datos import DatosInforme, abrir_corte
from pipeline.informes.frases import frase
from pipeline.informes.textos import dinero as dinero_del_plan
from pipeline.informes.textos import puntos_de_avance

MOVIDAS = 2  # metas que más subieron y que más bajaron el índice
LETRAS_DE_META, LETRAS_DE_NOMBRE = 100, 75


@dataclass(frozen=True, slots=True, kw_only=True)
class Ejecutivo:
    """Lo que muestran las dos páginas.

    `poai` es la fila total de `indices_poai` y `actividades`, las del Plan de Acción; vacías si no se siguen.
    """

    datos: DatosInforme
    cambios: Cambios
    poai: Mapping[str, Any]
    actividades: pd.DataFrame

    def __repr__(self) -> str:
        return f"{self.datos.rotulo_corte} · informe ejecutivo"


def abrir_ejecutivo(vigencia: int, periodo: str) -> Ejecutivo:
    """El corte en la entidad en que se trabaja; errores, los de `abrir_corte`."""
    datos = abrir_corte(vigencia, periodo)
    carpeta = Rutas(hallar_raiz(Path.cwd())).procesados(datos.corte)
    indices_poai = leer_tabla("indices_poai", carpeta)
    total = indices_poai[indices_poai["nivel"] == "total"]
    return Ejecutivo(
        datos=datos,
        cambios=abrir_cambios(datos),
        poai=dict(total.iloc[0]) if len(total) else {},
        actividades=leer_tabla("actividades", carpeta),
    )


def en_breve(ejecutivo: Ejecutivo) -> Bloque:
    """Si el plan va al día y qué línea va mejor y cuál peor."""
    return (
        lista(puntos_de_avance(ejecutivo.datos, LETRAS_DE_NOMBRE), clase="texto puntos")
        if _hay(ejecutivo)
        else parrafo()
    )


def que_movio(ejecutivo: Ejecutivo) -> Bloque:
    """Cuánto cambió el avance desde el corte anterior y qué pasó con las alertas."""
    return que_cambio(ejecutivo.cambios, es_breve=True)


def mas_movieron(ejecutivo: Ejecutivo) -> pd.DataFrame:
    """Las metas que más subieron el avance y las que más lo bajaron, de la mayor alza a la mayor baja."""
    cambios = ejecutivo.cambios
    filas = pd.concat([cambios.suman.head(MOVIDAS), cambios.restan.head(MOVIDAS).iloc[::-1]])
    return filas.assign(nombre_meta=[acortar(n, LETRAS_DE_META) for n in filas["nombre_meta"]])


def que_decidir(ejecutivo: Ejecutivo) -> Bloque:
    """Cuántas alertas hay detrás de las decisiones, o que no hay ninguna que pida una."""
    abiertas = ejecutivo.datos.alertas_ordenadas
    cuantas = len(recomendaciones(ejecutivo.datos))
    if not cuantas:
        return parrafo(
            frase("ejecutivo_sin_decisiones" if abiertas.empty else "ejecutivo_sin_verificar"), clase="vacio"
        )
    total = contar(len(abiertas), "alerta abierta", "alertas abiertas")
    return parrafo(frase("ejecutivo_decision" if cuantas == 1 else "ejecutivo_decisiones", total=total))


def lineas(ejecutivo: Ejecutivo) -> pd.DataFrame:
    """El plan y sus líneas: índices, `posible` (entre qué valores está el avance) y `n_altas` (alertas)."""
    datos = ejecutivo.datos
    altas = _altas(datos)
    plan = _renglones(datos.nivel("plan"), {c: len(altas) for c in datos.nivel("plan")["codigo"]})
    por_linea = _renglones(datos.nivel("linea"), _contar(_lineas_de(ejecutivo, altas)))
    return pd.concat([plan, por_linea], ignore_index=True)


def altas_sin_linea(ejecutivo: Ejecutivo) -> Bloque:
    """Por qué las alertas altas de las líneas no suman las del plan: de qué son las que faltan."""
    altas = _altas(ejecutivo.datos)
    ajenas = altas[~_lineas_de(ejecutivo, altas).isin(ejecutivo.datos.nivel("linea")["codigo"])]
    if ajenas.empty:
        return parrafo()
    reglas = ajenas["nombre_regla"].fillna(ajenas["regla"]).value_counts()
    cuales = [f"{str(regla).lower()} ({numero(int(n), 0)})" for regla, n in sorted(reglas.items())]
    return parrafo(
        frase(
            "ejecutivo_alta_sin_linea" if len(ajenas) == 1 else "ejecutivo_altas_sin_linea",
            cuantas=numero(len(ajenas), 0),
            altas=numero(len(altas), 0),
            cuales=", ".join(cuales),
        ),
        clase="nota",
    )


def _lineas_de(ejecutivo: Ejecutivo, alertas: pd.DataFrame) -> pd.Series[str]:
    """La línea de cada alerta: la de su meta o la de la meta de su actividad; vacía si es de un libro."""
    metas, actividades = ejecutivo.datos.metas, ejecutivo.actividades
    linea_de = dict(zip(metas["codigo_meta"], metas["linea"], strict=True))
    meta_de = dict(zip(actividades["id_actividad"], actividades["codigo_meta"], strict=True))
    return alertas["codigo"].map(lambda codigo: linea_de.get(meta_de.get(codigo, codigo))).astype("str")


def dependencias(ejecutivo: Ejecutivo) -> pd.DataFrame:
    """Las dependencias, de mayor a menor avance, con las mismas columnas que las líneas."""
    datos = ejecutivo.datos
    return _renglones(datos.nivel("dependencia"), _contar(_altas(datos)["dependencia"]))


def _contar(valores: pd.Series[str]) -> dict[str, int]:
    return {str(valor): int(cuantas) for valor, cuantas in valores.value_counts().items()}


def _altas(datos: DatosInforme) -> pd.DataFrame:
    return datos.alertas_de_prioridad_alta


def _renglones(filas: pd.DataFrame, altas: Mapping[str, int]) -> pd.DataFrame:
    nombres = [acortar(n, LETRAS_DE_NOMBRE) for n in filas["nombre"].fillna(filas["codigo"])]
    n_altas = [int(altas.get(c, 0)) for c in filas["codigo"]]
    return filas.assign(nombre=nombres, n_altas=n_altas, posible=posible(filas))


def dinero(ejecutivo: Ejecutivo) -> Bloque:
    """En qué va el dinero: la cadena del POAI si se sigue; si no, la de los libros del Plan Indicativo."""
    r = ejecutivo.poai
    if not r or pd.isna(r["razon_obligaciones"]):
        return dinero_del_plan(ejecutivo.datos)
    return parrafo(
        frase(
            "ejecutivo_cadena",
            definitiva=millones(r["apropiacion_definitiva_cop"]),
            comprometido=porcentaje(r["razon_compromisos"]),
            obligado=porcentaje(r["razon_obligaciones"]),
            pagado=porcentaje(r["razon_pagos"]),
        ),
        frase(
            "ejecutivo_reservas"
            if ejecutivo.datos.corte.periodo.numero == 4
            else "ejecutivo_por_comprometer",
            sin_comprometer=millones(r["sin_comprometer_cop"]),
            reservas=millones(r["reservas_en_riesgo_cop"]),
        ),
        _otra_apropiacion(ejecutivo),
    )


def _otra_apropiacion(ejecutivo: Ejecutivo) -> str:
    """Que el Plan Indicativo suma otra apropiación: sin decirlo, las dos cifras parecerían una errata."""
    del_plan = millones(ejecutivo.datos.resumen.get("apropiacion_definitiva_cop"))
    es_otra = del_plan not in (SIN_DATO, millones(ejecutivo.poai["apropiacion_definitiva_cop"]))
    return frase("ejecutivo_otra_apropiacion", otra=del_plan) if es_otra else ""


def de_donde_sale(ejecutivo: Ejecutivo) -> Bloque:
    """Cuántos libros lo sustentan, qué no dice y dónde está cada cifra explicada."""
    vigentes = ejecutivo.datos.entregas_vigentes
    entregados = int((vigentes["estado"] != "no_entregada").sum())
    return parrafo(
        frase(
            "ejecutivo_fuentes",
            entregados=numero(entregados, 0),
            esperados=contar(len(vigentes), "libro esperado", "libros esperados"),
            procedimiento=ejecutivo.datos.config.entidad.procedimiento,
        )
    )


def _hay(ejecutivo: Ejecutivo) -> bool:
    return bool(ejecutivo.datos.resumen)
