"""Etapa 02: une el plan con lo aceptado, calcula índices y alertas y guarda las tablas."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import yaml

from pipeline import alertas, calidad, consolidacion, indices, recepcion
from pipeline.config import PAQUETE
from pipeline.consolidacion import Consolidado
from pipeline.esquemas import guardar_tabla, leer_tabla
from pipeline.flujo.contexto import Contexto, abrir
from pipeline.flujo.ingesta import Entregas, Plan, Revision, leer_entregas, leer_plan, revisar

TABLAS_CALCULO = ("metas", "indices", "alertas")


def consolidar_corte(contexto: Contexto) -> Consolidado:
    """Una fila por meta del plan con lo aceptado en el corte, y su historia en el cuatrienio.

    Lee las tablas de la etapa 01; levanta ErrorEntorno si no se ha corrido.
    """
    carpeta = contexto.rutas.procesados(contexto.corte)
    tablas = {
        nombre: leer_tabla(nombre, carpeta)
        for nombre in ("plan", "plan_vigencias", "registros_pi", "entregas", "hallazgos")
    }
    return _consolidar(contexto, **tablas, cierres=_cierres(contexto))


def calcular(contexto: Contexto, consolidado: Consolidado) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Tablas `metas` e `indices` del corte con el método de la entidad."""
    metodo = contexto.config.metodo.metodo()
    metas = indices.calcular_metas(
        consolidado.base,
        consolidado.historia,
        corte=contexto.corte,
        metodo=metodo,
        vigencias=contexto.config.entidad.vigencias,
    )
    entregas = leer_tabla("entregas", contexto.rutas.procesados(contexto.corte))
    agregados = indices.calcular_indices(
        metas, corte=contexto.corte, metodo=metodo, oportunidad=_oportunidad(entregas)
    )
    return metas, agregados


def alertar(contexto: Contexto, metas: pd.DataFrame, agregados: pd.DataFrame) -> pd.DataFrame:
    """Tabla `alertas` del corte, de la más a la menos urgente."""
    reglas = yaml.safe_load((PAQUETE / "recursos" / "alertas.yml").read_text(encoding="utf-8"))
    return alertas.calcular_alertas(
        metas,
        agregados,
        leer_tabla("entregas", contexto.rutas.procesados(contexto.corte)),
        corte=contexto.corte,
        umbrales=contexto.config.umbrales.model_dump(),
        textos=reglas,
    )


def guardar_calculo(
    contexto: Contexto, metas: pd.DataFrame, agregados: pd.DataFrame, avisos: pd.DataFrame
) -> list[Path]:
    """Rutas de las tablas de la etapa 02, ya revisadas contra su contrato."""
    carpeta = contexto.rutas.procesados(contexto.corte)
    tablas = {"metas": metas, "indices": agregados, "alertas": avisos}
    return [guardar_tabla(nombre, tablas[nombre], carpeta) for nombre in TABLAS_CALCULO]


def _consolidar(
    contexto: Contexto,
    *,
    plan: pd.DataFrame,
    plan_vigencias: pd.DataFrame,
    registros_pi: pd.DataFrame,
    entregas: pd.DataFrame,
    hallazgos: pd.DataFrame,
    cierres: pd.DataFrame | None,
) -> Consolidado:
    formato = contexto.formato(contexto.config.entregas.formato_pi)
    return consolidacion.consolidar(
        plan,
        plan_vigencias,
        registros_pi,
        calidad.filas_excluidas(registros_pi, entregas, hallazgos),
        corte=contexto.corte,
        vigencias=contexto.config.entidad.vigencias,
        nombres_dependencias={d.codigo: d.nombre for d in contexto.config.dependencias},
        programacion_del_reporte=formato.fuente_programacion == "reporte",
        trimestres_por_incremento=formato.trimestres == "incremento",
        cierres=cierres,
    )


def _cierres(contexto: Contexto) -> pd.DataFrame | None:
    """Lo ejecutado en vigencias anteriores según el último corte que el sistema recibió de cada una.

    Se relee de data/raw y no de lo procesado: lo procesado se puede haber borrado.
    """
    ultimos = dict(recepcion.cortes_con_entregas(contexto.rutas))
    partes = []
    for vigencia, periodo in ultimos.items():
        if contexto.config.entidad.cuatrienio[0] <= vigencia < contexto.corte.vigencia:
            cierre = abrir(vigencia, periodo, contexto.rutas.raiz)
            plan, leidas = leer_plan(cierre), leer_entregas(cierre)
            base = _consolidar_leido(cierre, plan, leidas, revisar(cierre, plan, leidas)).base
            partes.append(base[["codigo_meta", "vigencia", "ejecutado_vigencia"]])
    return pd.concat(partes, ignore_index=True) if partes else None


def _consolidar_leido(contexto: Contexto, plan: Plan, leidas: Entregas, revision: Revision) -> Consolidado:
    return _consolidar(
        contexto,
        plan=plan.metas,
        plan_vigencias=plan.vigencias,
        registros_pi=leidas.registros,
        entregas=revision.entregas,
        hallazgos=revision.hallazgos,
        cierres=None,
    )


def _oportunidad(entregas: pd.DataFrame) -> pd.DataFrame:
    """Por dependencia, 1 si su primera entrega del corte llegó a tiempo y 0 si no.

    Cuenta la primera versión: una corrección pedida por el Grupo no vuelve tardía la entrega.
    """
    primeras = entregas.sort_values("version").drop_duplicates("dependencia")
    a_tiempo = primeras["oportunidad"].eq("a_tiempo").astype("float64")
    return pd.DataFrame({"dependencia": primeras["dependencia"], "indice_oportunidad": a_tiempo})
