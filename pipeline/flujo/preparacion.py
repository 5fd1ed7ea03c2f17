"""Las plantillas que diligencia cada dependencia en un corte, con lo último aceptado a la vista."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd

from pipeline import calidad, plantillas, recepcion
from pipeline.errores import ErrorConfiguracion
from pipeline.flujo.contexto import Contexto
from pipeline.flujo.ingesta import leer_entregas, leer_plan, revisar
from pipeline.modelo import Corte, Periodo

FORMATO_PROPIO = "pi_propio"


def escribir_plantillas(contexto: Contexto, dependencia: str = "") -> list[Path]:
    """Rutas de las plantillas de Plan Indicativo del corte: una por dependencia con metas, o solo la pedida.

    Quedan en plantillas/<vigencia>/<periodo>/pi. Levanta ErrorConfiguracion si la entidad no usa la
    plantilla propia o si la dependencia no existe o no tiene metas, y ErrorEntorno si no hay plan.
    """
    config, corte = contexto.config, contexto.corte
    if config.entregas.formato_pi != FORMATO_PROPIO:
        raise ErrorConfiguracion(
            f"la entidad recibe libros con el formato «{config.entregas.formato_pi}», que no tiene plantilla",
            remedio=f'Use formato_pi = "{FORMATO_PROPIO}" para entregar plantillas',
        )
    plan = leer_plan(contexto)
    con_metas = set(plan.metas["dependencia"].dropna())
    codigos = [config.dependencia(dependencia).codigo] if dependencia else sorted(con_metas)
    if sin_metas := [codigo for codigo in codigos if codigo not in con_metas]:
        raise ErrorConfiguracion(
            f"la dependencia {sin_metas[0]} no tiene metas en el plan", remedio="Revise --dependencia"
        )
    aceptado = ultimo_aceptado(contexto, set(codigos))
    carpeta = contexto.rutas.raiz / "plantillas" / str(corte.vigencia) / corte.periodo.value / "pi"
    return [
        plantillas.escribir_plantilla_pi(
            carpeta / f"PI_{corte}_{codigo}.xlsx",
            config=config,
            corte=corte,
            dependencia=codigo,
            plan=plan.metas,
            plan_vigencias=plan.vigencias,
            aceptado=aceptado.get(codigo, ("", {}))[1],
            periodo_aceptado=aceptado.get(codigo, ("", {}))[0],
        )
        for codigo in codigos
    ]


def ultimo_aceptado(contexto: Contexto, dependencias: set[str]) -> dict[str, tuple[str, dict[str, float]]]:
    """Por dependencia, el periodo y lo ejecutado por meta del último corte de la vigencia que se le aceptó.

    Se relee de data/raw, del corte más reciente hacia atrás, hasta tener a todas; las que no tienen nada
    aceptado en la vigencia no salen.
    """
    halladas: dict[str, tuple[str, dict[str, float]]] = {}
    con_libros = set(recepcion.cortes_con_entregas(contexto.rutas))
    for periodo in sorted((p for p in Periodo if p < contexto.corte.periodo), reverse=True):
        if dependencias <= set(halladas):
            break
        if (contexto.corte.vigencia, periodo.value) in con_libros:
            anterior = Corte(vigencia=contexto.corte.vigencia, periodo=periodo)
            for codigo, valores in _aceptado_en(replace(contexto, corte=anterior)).items():
                halladas.setdefault(codigo, (periodo.value, valores))
    return halladas


def _aceptado_en(contexto: Contexto) -> dict[str, dict[str, float]]:
    leidas = leer_entregas(contexto)
    revision = revisar(contexto, leer_plan(contexto), leidas, con_plan=False, a_fondo=False)
    excluidas = calidad.filas_excluidas(leidas.registros, revision.entregas, revision.hallazgos)
    clave = list(excluidas.columns)
    fuera = pd.MultiIndex.from_frame(excluidas)
    registros = leidas.registros[~pd.MultiIndex.from_frame(leidas.registros[clave]).isin(fuera)]
    registros = registros[registros["vigencia"] == contexto.corte.vigencia]
    # De una meta repetida no se sabe cuál cifra vale: va vacía.
    unicas = registros.drop_duplicates(["dependencia", "codigo_meta"], keep=False)
    reportadas = unicas.dropna(subset=["codigo_meta", "ejecutado_vigencia"])
    return {
        str(codigo): dict(zip(grupo["codigo_meta"], grupo["ejecutado_vigencia"], strict=True))
        for codigo, grupo in reportadas.groupby("dependencia")
    }
