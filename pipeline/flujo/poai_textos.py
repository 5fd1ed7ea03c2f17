"""Frases del informe del POAI: cuál va y con qué cifras. Las oraciones están en recursos/textos.yml."""

from __future__ import annotations

import pandas as pd

from pipeline.flujo import poai_informe as vistas
from pipeline.flujo.poai_informe import DatosPoai
from pipeline.formato_es import contar, fecha_larga, millones, numero, pesos, porcentaje
from pipeline.hipertexto import ancla_de_traza
from pipeline.informes.bloques import Bloque, Cifra, cifras, lista, parrafo
from pipeline.informes.frases import frase

DE_QUIEN = {
    "fuente": "de la fuente",
    "dependencia": "de la dependencia",
    "sector": "del sector",
    "proyecto": "del proyecto",
}


def cifras_clave(poai: DatosPoai) -> Bloque:
    """Las seis cifras que abren el informe."""
    r = poai.resumen
    if not r:
        return parrafo(frase("poai_sin_datos"), clase="vacio")
    rubros = contar(int(r["n_rubros"]), "rubro", "rubros")
    faltan = f"faltan $ {millones(r['sin_comprometer_cop'])} millones"
    etapas = {
        "cdp": ("Certificado (CDP)", "de la definitiva"),
        "compromisos": ("Comprometido", faltan),
        "obligaciones": ("Obligado", "de la definitiva"),
        "pagos": ("Pagado", "de la definitiva"),
    }
    traza = ancla_de_traza("total", str(r["codigo"]))
    return cifras(
        [
            Cifra(
                nombre="Apropiación definitiva (millones de pesos)",
                valor=millones(r["apropiacion_definitiva_cop"]),
                contexto=f"en {rubros}; la inicial fue de {millones(r['apropiacion_inicial_cop'])}",
            ),
            *(
                Cifra(nombre=nombre, valor=porcentaje(r[f"razon_{etapa}"]), contexto=contexto, traza=traza)
                for etapa, (nombre, contexto) in etapas.items()
            ),
            Cifra(
                nombre="Reservas en riesgo (millones de pesos)",
                valor=millones(r["reservas_en_riesgo_cop"]),
                contexto="comprometidos sin obligar",
            ),
        ]
    )


def puntos(poai: DatosPoai) -> Bloque:
    """Hasta cinco viñetas, cada una con su cifra."""
    r = poai.resumen
    if not r:
        return parrafo()
    return lista(
        [_de_la_cadena(poai), _de_las_modificaciones(poai), _del_reparto(poai), _del_cuadre(poai),
         _de_lo_que_falta(poai)],
        clase="texto puntos",
    )  # fmt: skip


def cadena(poai: DatosPoai) -> Bloque:
    """Qué parte de la apropiación va en cada etapa."""
    if not poai.resumen:
        return parrafo(frase("poai_sin_datos"), clase="vacio")
    return parrafo(_de_la_cadena(poai), frase("poai_razones"), _de_lo_que_falta(poai))


def por_nivel(poai: DatosPoai, nivel: str) -> Bloque:
    """Quién tiene más apropiación y quién ha obligado menos, entre los nodos del nivel."""
    nodos = poai.nivel(nivel).dropna(subset=["apropiacion_definitiva_cop", "razon_obligaciones"])
    if nodos.empty:
        return parrafo(frase("poai_sin_datos"), clase="vacio")
    mayor, total = nodos.iloc[0], float(nodos["apropiacion_definitiva_cop"].sum())
    menor = nodos.iloc[int(nodos["razon_obligaciones"].to_numpy().argmin())]
    partes = [
        frase(
            "poai_nivel",
            uno=DE_QUIEN[nivel],
            nombre=mayor["nombre"],
            parte=porcentaje(float(mayor["apropiacion_definitiva_cop"]) / total if total else None),
            obligado=porcentaje(mayor["razon_obligaciones"]),
        )
    ]
    if len(nodos) > 1:
        obligado = porcentaje(menor["razon_obligaciones"])
        partes.append(frase("poai_nivel_menor", nombre=menor["nombre"], obligado=obligado))
    return parrafo(*partes)


def identidades(poai: DatosPoai) -> Bloque:
    """Si el presupuesto cuadra fila a fila."""
    tabla = vistas.identidades(poai)
    if tabla.empty:
        return parrafo(frase("poai_sin_datos"), clase="vacio")
    fallan = int((tabla["n_filas"] - tabla["n_cumplen"]).sum())
    comparadas = contar(int(tabla["n_filas"].sum()), "comparación", "comparaciones")
    if not fallan:
        return parrafo(frase("poai_todo_cuadra", comparadas=comparadas))
    return parrafo(frase("poai_no_cuadran", comparadas=comparadas, fallan=numero(fallan, 0)))


def quiebres(poai: DatosPoai) -> Bloque:
    """Cuántas cosas del POAI no cuadran y en cuántos libros."""
    filas = vistas.quiebres(poai)
    if poai.datos.entregas.empty:
        return parrafo()
    if filas.empty:
        return parrafo(frase("poai_sin_quiebres"))
    cuantos = contar(len(filas), "hallazgo")
    libros = contar(int(filas["archivo"].nunique()), "libro")
    return parrafo(frase("poai_quiebres", cuantos=cuantos, libros=libros))


def movimientos(poai: DatosPoai) -> Bloque:
    """Cuántos movimientos hay, cuánto suman y si cuadran con la apropiación."""
    if poai.movimientos.empty:
        return parrafo(frase("poai_sin_movimientos"), clase="vacio")
    return parrafo(_del_cuadre(poai), frase("poai_como_cuadra"))


def versiones(poai: DatosPoai) -> Bloque:
    """Qué versión del POAI rige y cuánto ha cambiado desde ella."""
    if not poai.versiones:
        return parrafo(frase("poai_sin_versiones", vigencia=poai.datos.corte.vigencia), clase="vacio")
    ultima = poai.versiones[-1]
    definitiva = ultima.total("apropiacion_definitiva_cop")
    actual = poai.resumen.get("apropiacion_definitiva_cop")
    diferencia = None if actual is None or definitiva is None else float(actual) - definitiva
    cambios = len(vistas.cambios_entre_versiones(poai))
    return parrafo(
        frase(
            "poai_version",
            version=ultima.version.nombre.lower(),
            acto=ultima.acto,
            fecha=fecha_larga(pd.Timestamp(ultima.fecha).date()),
            definitiva=pesos(definitiva),
            diferencia=pesos(diferencia),
        ),
        frase("poai_cambios", cuantos=contar(cambios, "rubro")) if len(poai.versiones) > 1 else "",
    )


def _de_la_cadena(poai: DatosPoai) -> str:
    r = poai.resumen
    return frase(
        "poai_cadena",
        definitiva=millones(r["apropiacion_definitiva_cop"]),
        comprometido=porcentaje(r["razon_compromisos"]),
        obligado=porcentaje(r["razon_obligaciones"]),
        pagado=porcentaje(r["razon_pagos"]),
    )


def _de_las_modificaciones(poai: DatosPoai) -> str:
    r = poai.resumen
    neto = r["modificaciones_cop"]
    if pd.isna(neto):
        return ""
    if neto == 0:
        return frase("poai_sin_modificar")
    verbo = "subió" if neto > 0 else "bajó"
    return frase("poai_modificado", verbo=verbo, neto=millones(abs(neto)))


def _del_reparto(poai: DatosPoai) -> str:
    nodos = poai.nivel("dependencia").dropna(subset=["sin_comprometer_cop"])
    if nodos.empty:
        return ""
    mayor = nodos.iloc[int(nodos["sin_comprometer_cop"].to_numpy().argmax())]
    return frase("poai_sin_comprometer", nombre=mayor["nombre"], valor=millones(mayor["sin_comprometer_cop"]))


def _del_cuadre(poai: DatosPoai) -> str:
    if poai.movimientos.empty:
        return ""
    no_cuadran = int((~poai.cuadre["cuadra"]).sum())
    return frase(
        "poai_cuadre" if no_cuadran else "poai_cuadre_completo",
        movimientos=contar(len(poai.movimientos), "movimiento"),
        rubros=contar(len(poai.cuadre), "rubro"),
        no_cuadran=numero(no_cuadran, 0),
    )


def _de_lo_que_falta(poai: DatosPoai) -> str:
    faltan = int(poai.resumen["n_sin_dato"])
    if not faltan:
        return ""
    return frase("poai_sin_dato", cuantos=contar(faltan, "rubro"), de=contar(len(poai.registros), "rubro"))
