"""El mundo del ejemplo: qué logra y qué gasta cada dependencia al cierre de cada trimestre de 2025.

Lo físico y lo financiero están relacionados pero no son iguales, y lo acumulado nunca baja entre cortes
(salvo en las fallas, que se agregan después y están documentadas).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from pipeline.demo.insumos import MetaCurada, azar, entre, leer_metas, leer_mundo
from pipeline.demo.plan import VIGENCIA, PlanDemo
from pipeline.demo.programacion import linea_base
from pipeline.modelo import Corte, TipoMeta

PARTE_ESTANCADA = 0.05
PARTE_SOBRESALIENTE = 0.12
PARTE_SIN_REPORTE = 0.02
POCAS_UNIDADES = 20
CADENA = ("cdp_cop", "compromisos_cop", "obligaciones_cop", "pagos_cop")


def simular(plan: PlanDemo, corte: Corte) -> pd.DataFrame:
    """Lo que cada dependencia escribiría en su libro del corte, una fila por meta programada.

    Columnas: codigo_meta y los campos editables de la plantilla de Plan Indicativo.
    """
    vigencias = plan.plan_vigencias
    actual = vigencias[vigencias["vigencia"] == VIGENCIA].set_index("codigo_meta").to_dict("index")
    previo = vigencias[vigencias["vigencia"] == VIGENCIA - 1].set_index("codigo_meta")["ejecutado_vigencia"]
    filas = []
    for meta in leer_metas():
        programado = {str(k): v for k, v in actual[meta.codigo_meta].items()}
        if programado["programado_vigencia"]:
            filas.append(_fila(meta, programado, previo.get(meta.codigo_meta), corte))
    return pd.DataFrame(filas).astype(object)


def _fila(meta: MetaCurada, programado: Mapping[str, Any], previo: Any, corte: Corte) -> dict[str, Any]:
    trimestre = corte.periodo.numero
    ejecutado: float | None = _ejecutado(meta, programado, previo, trimestre)
    dinero = _dinero(meta, float(programado["recursos_programados_cop"]), trimestre)
    if azar(meta.codigo_meta, corte, "sin reporte") < PARTE_SIN_REPORTE:
        ejecutado = None
    esperado = float(programado[f"programado_t{trimestre}"])
    textos = _textos(meta, corte, ejecutado, esperado)
    return {"codigo_meta": meta.codigo_meta, "ejecutado_vigencia": ejecutado} | dinero | textos


def _logro(meta: MetaCurada, trimestre: int) -> float:
    """Qué parte de lo esperado logra la meta: el ritmo de su dependencia y su propia suerte."""
    ritmo = float(leer_mundo()["dependencias"][meta.dependencia]["fisico"][trimestre - 1])
    suerte = azar(meta.codigo_meta, "suerte")
    if suerte < PARTE_ESTANCADA:
        return ritmo * entre(0.0, 0.35, meta.codigo_meta, "estancada")
    if suerte > 1 - PARTE_SOBRESALIENTE:
        return ritmo * entre(1.02, 1.16, meta.codigo_meta, "sobresaliente")
    return min(1.0, ritmo * entre(0.82, 1.14, meta.codigo_meta, "logro"))


def _ejecutado(meta: MetaCurada, programado: Mapping[str, Any], previo: Any, trimestre: int) -> float:
    if meta.tipo_meta is TipoMeta.MANTENIMIENTO:
        return _cerrar(meta, float(programado["programado_vigencia"]) * min(1.0, _logro(meta, trimestre)))
    if meta.tipo_meta in {TipoMeta.ACUMULADO, TipoMeta.FLUJO}:
        return max(
            _cerrar(meta, float(programado[f"programado_t{n}"]) * _logro(meta, n))
            for n in range(1, trimestre + 1)
        )
    inicio = (linea_base(meta) or 0.0) if pd.isna(previo) else float(previo)
    niveles = [
        inicio + (float(programado[f"programado_t{n}"]) - inicio) * _logro(meta, n)
        for n in range(1, trimestre + 1)
    ]
    return _cerrar(meta, niveles[-1])


def _cerrar(meta: MetaCurada, valor: float) -> float:
    # Lo que se cuenta por unidades se reporta cuando está casi completo; una sede al 60 % no es una sede.
    casi = 0.35 if meta.es_entera and valor < POCAS_UNIDADES else 1e-9
    return round(int(valor / meta.paso + casi) * meta.paso, 1)


def _dinero(meta: MetaCurada, recursos: float, trimestre: int) -> dict[str, float | None]:
    if not recursos:
        return dict.fromkeys(("apropiacion_inicial_cop", "apropiacion_definitiva_cop", *CADENA), 0.0)
    inicial = round(recursos * entre(0.94, 1.04, meta.codigo_meta, "inicial"), -5)
    cambio = entre(-0.10, 0.22, meta.codigo_meta, "modificaciones")
    definitivas = [round(inicial * (1 + cambio * paso), -3) for paso in (0.0, 0.3, 0.7, 1.0)]
    fila: dict[str, float | None] = {
        "apropiacion_inicial_cop": inicial,
        "apropiacion_definitiva_cop": definitivas[trimestre - 1],
    }
    tope = definitivas[trimestre - 1]
    for campo in CADENA:
        tope = min(tope, max(_girado(meta, campo, definitivas[-1], n) for n in range(1, trimestre + 1)))
        fila[campo] = tope
    return fila


def _girado(meta: MetaCurada, campo: str, definitiva: float, trimestre: int) -> float:
    mundo = leer_mundo()
    esperado = mundo["cadena_financiera"][campo][trimestre - 1]
    ritmo = mundo["dependencias"][meta.dependencia]["financiero"][trimestre - 1]
    # Seis décimas del ritmo financiero siguen a lo físico; el resto es propio de la contratación.
    contratacion = entre(0.7, 1.2, meta.codigo_meta, "contratación")
    mezcla = 0.6 * min(1.05, _logro(meta, trimestre)) + 0.4 * contratacion
    razon = min(1.0, float(esperado) * float(ritmo) * mezcla / 0.96)
    return round(definitiva * razon, -3)


def _textos(meta: MetaCurada, corte: Corte, ejecutado: float | None, esperado: float) -> dict[str, Any]:
    mundo = leer_mundo()
    if ejecutado is None:
        return {"observacion": None, "evidencia": None}
    clase = _clase(meta, ejecutado, esperado)
    opciones = mundo["observaciones"][clase]
    observacion = opciones[int(azar(meta.codigo_meta, corte, "observación") * len(opciones))]
    if clase == "cero":
        return {"observacion": observacion, "evidencia": None}
    evidencias = mundo["evidencias"]
    plantilla = evidencias[int(azar(meta.codigo_meta, "evidencia") * len(evidencias))]
    numero = 100 + int(azar(meta.codigo_meta, "contrato") * 1800)
    return {
        "observacion": observacion,
        "evidencia": plantilla.format(numero=f"{numero:04d}", vigencia=corte.vigencia),
    }


def _clase(meta: MetaCurada, ejecutado: float, esperado: float) -> str:
    es_reduccion = meta.tipo_meta in {TipoMeta.REDUCCION, TipoMeta.REDUCCION_ANUAL}
    if es_reduccion:
        return "cumple" if ejecutado <= esperado * 1.02 else "rezago"
    if ejecutado == 0:
        return "cero"
    if ejecutado < esperado * 0.9:
        return "rezago"
    return "supera" if ejecutado > esperado * 1.02 else "cumple"
