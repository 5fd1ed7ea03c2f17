"""Las plantillas que diligencia cada dependencia en un corte, con lo último aceptado a la vista."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from pipeline import calidad, plantillas, recepcion
from pipeline.errores import ErrorConfiguracion
from pipeline.flujo.anteriores import leer_anteriores
from pipeline.flujo.contexto import Contexto
from pipeline.flujo.entrada import Plan
from pipeline.flujo.ingesta import leer_entregas, leer_plan, revisar
from pipeline.flujo.pa import poai_aprobado, poai_vigente
from pipeline.modelo import Corte, Periodo

CON_PLANTILLA = {"pi": "pi_propio", "poai": "poai_propio", "pa": "pa_for08"}


def escribir_plantillas(contexto: Contexto, dependencia: str = "", instrumento: str = "") -> list[Path]:
    """Rutas de las plantillas del corte: una por instrumento que se sigue y dependencia con metas.

    Con `dependencia` o `instrumento`, solo las suyas, en plantillas/<vigencia>/<periodo>/<instrumento>.
    Levanta ErrorConfiguracion si la entidad recibe otro formato o si la dependencia no existe o no tiene
    metas, y ErrorEntorno si no hay plan.
    """
    pedidos = [instrumento] if instrumento else [*contexto.seguidos]
    for pedido in pedidos:
        formato = contexto.config.entregas.formato(pedido)
        if formato != CON_PLANTILLA[pedido]:
            raise ErrorConfiguracion(
                f"la entidad recibe libros con el formato «{formato}», que no tiene plantilla",
                remedio=f'Use formato_{pedido} = "{CON_PLANTILLA[pedido]}" para entregar plantillas',
            )
    plan = leer_plan(contexto)
    codigos = _con_metas(contexto, plan, dependencia)
    escribir = {"pi": _plantillas_pi, "poai": _plantillas_poai, "pa": _plantillas_pa}
    return [ruta for pedido in pedidos for ruta in escribir[pedido](contexto, plan, codigos)]


def _con_metas(contexto: Contexto, plan: Plan, dependencia: str) -> list[str]:
    con_metas = set(plan.metas["dependencia"].dropna())
    codigos = [contexto.config.dependencia(dependencia).codigo] if dependencia else sorted(con_metas)
    if sin_metas := [codigo for codigo in codigos if codigo not in con_metas]:
        raise ErrorConfiguracion(
            f"la dependencia {sin_metas[0]} no tiene metas en el plan", remedio="Revise --dependencia"
        )
    return codigos


def _destino(contexto: Contexto, instrumento: str, codigo: str) -> Path:
    corte = contexto.corte
    carpeta = contexto.rutas.raiz / "plantillas" / str(corte.vigencia) / corte.periodo.value / instrumento
    return carpeta / f"{instrumento.upper()}_{corte}_{codigo}.xlsx"


def _plantillas_poai(contexto: Contexto, plan: Plan, codigos: Sequence[str]) -> list[Path]:
    """Con los rubros de la última versión fijada o, si no hay, los del corte anterior."""
    aprobado = poai_aprobado(contexto)
    return [
        plantillas.escribir_filas_poai(
            _destino(contexto, "poai", codigo),
            config=contexto.config,
            corte=contexto.corte,
            dependencia=codigo,
            filas=plantillas.filas_poai(dependencia=codigo, plan=plan.metas, aprobado=aprobado),
        )
        for codigo in codigos
    ]


def _plantillas_pa(contexto: Contexto, plan: Plan, codigos: Sequence[str]) -> list[Path]:
    """Con el plan, el POAI del corte y lo programado en el Plan de Acción anterior de la vigencia."""
    poai, anteriores = poai_vigente(contexto), leer_anteriores(contexto, "pa")
    return [
        plantillas.escribir_plantilla_pa(
            _destino(contexto, "pa", codigo),
            config=contexto.config,
            corte=contexto.corte,
            dependencia=codigo,
            plan=plan.metas,
            plan_vigencias=plan.vigencias,
            poai=poai,
            registros=anteriores,
        )
        for codigo in codigos
    ]


def _plantillas_pi(contexto: Contexto, plan: Plan, codigos: Sequence[str]) -> list[Path]:
    """Con sus metas, lo programado y lo último que se les aceptó en la vigencia."""
    aceptado = ultimo_aceptado(contexto, set(codigos))
    return [
        plantillas.escribir_plantilla_pi(
            _destino(contexto, "pi", codigo),
            config=contexto.config,
            corte=contexto.corte,
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
    registros = calidad.registros_aceptados(leidas.registros, revision.entregas, revision.hallazgos)
    registros = registros[registros["vigencia"] == contexto.corte.vigencia]
    # De una meta repetida no se sabe cuál cifra vale: va vacía.
    unicas = registros.drop_duplicates(["dependencia", "codigo_meta"], keep=False)
    reportadas = unicas.dropna(subset=["codigo_meta", "ejecutado_vigencia"])
    return {
        str(codigo): dict(zip(grupo["codigo_meta"], grupo["ejecutado_vigencia"], strict=True))
        for codigo, grupo in reportadas.groupby("dependencia")
    }
