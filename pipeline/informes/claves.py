"""Las cifras que abren un informe, cada una con su contexto y el enlace a su traza."""

from __future__ import annotations

from typing import Any

import pandas as pd

from pipeline.formato_es import contar, entre, numero, porcentaje
from pipeline.hipertexto import ancla_de_traza
from pipeline.informes.bloques import Bloque, Cifra, cifras, parrafo
from pipeline.informes.datos import DatosInforme
from pipeline.informes.frases import frase, textos_fijos
from pipeline.modelo import Instrumento


def cifras_clave(datos: DatosInforme) -> Bloque:
    """Las seis cifras que abren el informe."""
    if not datos.resumen:
        return parrafo(frase("sin_metas", nombre=datos.nombre), clase="vacio")
    return cifras([*_cifras_de_avance(datos), *_cifras_de_reporte(datos)])


def _cifras_de_avance(datos: DatosInforme) -> list[Cifra]:
    r = datos.resumen
    traza = ancla_de_traza(r["nivel"], r["codigo"])
    return [
        Cifra(
            nombre="Avance de la vigencia",
            valor=porcentaje(r["avance"]),
            contexto=_contexto_de_avance(r),
            traza=traza,
        ),
        Cifra(
            nombre="Avance del cuatrienio",
            valor=porcentaje(r["avance_cuatrienio"]),
            contexto=segun_lo_que_falta(r["cota_inferior_cuatrienio"], r["cota_superior_cuatrienio"]),
            traza=traza,
        ),
        Cifra(
            nombre="Ejecución financiera",
            valor=porcentaje(r["ejecucion_financiera"]),
            contexto=frase(
                "segun_el_plan_indicativo",
                razon=textos_fijos()["razones_financieras"][datos.config.metodo.ejecucion_financiera],
            ),
            traza=traza,
        ),
    ]


def _cifras_de_reporte(datos: DatosInforme) -> list[Cifra]:
    r = datos.resumen
    altas = len(datos.alertas_de_prioridad_alta)
    return [
        Cifra(
            nombre="Metas con reporte",
            valor=porcentaje(r["indice_reporte"]),
            contexto=f"{int(r['n_reportadas'])} de {contar(int(r['n_programadas']), 'programada')}",
        ),
        Cifra(
            nombre="Libros a tiempo",
            valor=porcentaje(r["indice_oportunidad"]),
            contexto=_contexto_de_entregas(datos),
        ),
        Cifra(
            nombre="Alertas de prioridad alta",
            valor=numero(altas, 0),
            contexto=f"de {contar(len(datos.alertas_ordenadas), 'alerta abierta', 'alertas abiertas')}",
        ),
    ]


def _contexto_de_avance(r: dict[str, Any]) -> str:
    partes = [] if pd.isna(r["esperado"]) else [f"esperado al corte: {porcentaje(r['esperado'])}"]
    return "; ".join(filter(None, [*partes, segun_lo_que_falta(r["cota_inferior"], r["cota_superior"])]))


def segun_lo_que_falta(inferior: float, superior: float) -> str:
    """«entre 40,0 % y 45,7 %…» si lo que falta por reportar puede mover la cifra; si no, vacío."""
    extremos = entre(inferior, superior)
    return f"{extremos} según lo que falta por reportar" if extremos else ""


def posible(filas: pd.DataFrame) -> list[str]:
    """Entre qué valores está el avance de cada fila según lo que falta por reportar; «–» si nada lo mueve."""
    extremos = zip(
        filas["cota_inferior"].map(porcentaje), filas["cota_superior"].map(porcentaje), strict=True
    )
    return ["–" if menor == mayor else f"{menor} a {mayor}" for menor, mayor in extremos]


def _contexto_de_entregas(datos: DatosInforme) -> str:
    """Cuántos libros del Plan Indicativo llegaron a tiempo, contados como el índice que acompaña.

    Vale la primera versión de cada dependencia: corregir después un libro no lo vuelve tardío.
    """
    propias = datos.entregas[datos.entregas["instrumento"] == Instrumento.PI]
    primeras = propias.sort_values("version").drop_duplicates("dependencia")
    return frase(
        "libros_a_tiempo",
        a_tiempo=numero(int((primeras["oportunidad"] == "a_tiempo").sum()), 0),
        esperados=contar(len(primeras), "libro esperado", "libros esperados"),
    )
