"""El mundo del ejemplo: qué logra y qué gasta cada dependencia al cierre de cada trimestre.

El segundo semestre de 2024, con el plan recién adoptado, y los cuatro trimestres de 2025. Lo que queda en
el cierre de 2024 es lo único que se sabe de ese año: de ahí parten las metas de nivel en 2025.

Lo físico y lo financiero están relacionados pero no son iguales, y lo acumulado nunca baja entre cortes
(salvo en las fallas, que se agregan después y están documentadas).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from pipeline.demo.insumos import PRIMER_ANIO, VIGENCIA, MetaCurada, azar, entre, leer_metas, leer_mundo
from pipeline.demo.plan import PlanDemo
from pipeline.demo.programacion import DE_NIVEL, linea_base, perfil_de
from pipeline.modelo import Corte, Periodo, TipoMeta

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
    actual = vigencias[vigencias["vigencia"] == corte.vigencia].set_index("codigo_meta").to_dict("index")
    inicios = niveles_iniciales(plan, corte.vigencia)
    filas = []
    for meta in leer_metas():
        programado = {str(k): v for k, v in actual[meta.codigo_meta].items()}
        if programado["programado_vigencia"]:
            filas.append(_fila(meta, programado, inicios[meta.codigo_meta], corte))
    return pd.DataFrame(filas).astype(object)


@dataclass(frozen=True, slots=True, kw_only=True)
class Avance:
    """El recorrido físico de una meta en la vigencia, reporte o no: de él salen sus actividades."""

    programado: float
    perfil: tuple[float, ...]  # parte de lo de la vigencia que se espera al cierre de T1..T4
    logros: tuple[float, ...]  # parte de lo esperado que se logró, por trimestre hasta el corte
    partes: tuple[float, ...]  # parte de lo de la vigencia que se lleva hecha
    ejecutados: tuple[float, ...]  # lo que se reportaría, en unidades de la meta


def avances(plan: PlanDemo, corte: Corte) -> dict[str, Avance]:
    """El avance físico de cada meta programada en la vigencia del corte."""
    vigencias = plan.plan_vigencias
    actual = vigencias[vigencias["vigencia"] == corte.vigencia].set_index("codigo_meta").to_dict("index")
    inicios = niveles_iniciales(plan, corte.vigencia)
    return {
        meta.codigo_meta: _avance(meta, actual[meta.codigo_meta], inicios[meta.codigo_meta], corte)
        for meta in leer_metas()
        if actual[meta.codigo_meta]["programado_vigencia"]
    }


def _avance(meta: MetaCurada, programado: Mapping[Any, Any], inicio: float, corte: Corte) -> Avance:
    total = float(programado["programado_vigencia"])
    desde = inicio if meta.tipo_meta in DE_NIVEL else 0.0
    distancia = total - desde
    perfil = tuple(
        (float(programado[f"programado_t{n}"]) - desde) / distancia if distancia else 1.0 for n in range(1, 5)
    )
    logros = _logros(meta, corte.vigencia)[: corte.periodo.numero]
    ejecutados = tuple(_ejecutado(meta, programado, inicio, logros[:n]) for n in range(1, len(logros) + 1))
    reales = [(ejecutado - desde) / distancia if distancia else 1.0 for ejecutado in ejecutados]
    # Lo que se cuenta por unidades enteras va avanzando antes de estar completo.
    ritmo = perfil_de(meta, corte.vigencia)
    partes = (max(real, ritmo[n] * logros[n]) for n, real in enumerate(reales))
    return Avance(programado=total, perfil=perfil, logros=logros, partes=tuple(partes), ejecutados=ejecutados)


def niveles_iniciales(plan: PlanDemo, vigencia: int) -> dict[str, float]:
    """Nivel con que cada meta empieza la vigencia: el del último cierre reportado o la línea base."""
    bases = {meta.codigo_meta: linea_base(meta) or 0.0 for meta in leer_metas()}
    if vigencia == PRIMER_ANIO:
        return bases
    cierre = simular(plan, Corte(vigencia=PRIMER_ANIO, periodo=Periodo.T4))
    reportado = cierre[cierre["ejecutado_vigencia"].notna()]
    return bases | dict(zip(reportado["codigo_meta"], reportado["ejecutado_vigencia"], strict=True))


def _fila(meta: MetaCurada, programado: Mapping[str, Any], inicio: float, corte: Corte) -> dict[str, Any]:
    trimestre = corte.periodo.numero
    logros = _logros(meta, corte.vigencia)
    ejecutado: float | None = _ejecutado(meta, programado, inicio, logros[:trimestre])
    dinero = _dinero(meta, float(programado["recursos_programados_cop"]), logros[:trimestre], corte)
    if azar(meta.codigo_meta, corte, "sin reporte") < PARTE_SIN_REPORTE:
        ejecutado = None
    esperado = float(programado[f"programado_t{trimestre}"])
    textos = _textos(meta, corte, ejecutado, esperado)
    if textos["observacion"] and not dinero["apropiacion_definitiva_cop"]:
        textos["observacion"] += " " + leer_mundo()["observacion_sin_recursos"]
    return {"codigo_meta": meta.codigo_meta, "ejecutado_vigencia": ejecutado} | dinero | textos


def _logros(meta: MetaCurada, vigencia: int) -> tuple[float, ...]:
    """Qué parte de lo esperado logra la meta al cierre de T1..T4 de la vigencia."""
    if vigencia == PRIMER_ANIO:
        return _logros_del_primer_anio(meta)
    return tuple(_logro(meta, trimestre) for trimestre in range(1, 5))


def _logros_del_primer_anio(meta: MetaCurada) -> tuple[float, ...]:
    """Una historia con nombre (mundo.yml): la retroprueba de alertas sabe así qué metas iban a fallar."""
    rangos = leer_mundo()["historias_del_primer_anio"][historia_del_primer_anio(meta)]
    tercero, cuarto = (
        entre(*rangos[periodo], meta.codigo_meta, PRIMER_ANIO, periodo) for periodo in ("T3", "T4")
    )
    return (0.0, 0.0, tercero, cuarto)


def historia_del_primer_anio(meta: MetaCurada) -> str:
    """Cómo le fue a la meta en 2024: «normal», «rezagada», «recuperada» o «caida».

    Las dependencias lentas en 2025 ya lo eran: sus metas tienen más riesgo.
    """
    mundo = leer_mundo()
    ritmo = float(mundo["dependencias"][meta.dependencia]["fisico"][-1])
    riesgo = "parte_lenta" if ritmo < mundo["ritmo_lento"] else "parte"
    suerte = azar(meta.codigo_meta, PRIMER_ANIO, "historia")
    for nombre, datos in mundo["historias_del_primer_anio"].items():
        if riesgo not in datos:
            continue
        if suerte < datos[riesgo]:
            return str(nombre)
        suerte -= datos[riesgo]
    return "normal"


def _logro(meta: MetaCurada, trimestre: int) -> float:
    """Qué parte de lo esperado logra la meta: el ritmo de su dependencia y su propia suerte."""
    ritmo = float(leer_mundo()["dependencias"][meta.dependencia]["fisico"][trimestre - 1])
    suerte = azar(meta.codigo_meta, "suerte")
    if suerte < PARTE_ESTANCADA:
        return ritmo * entre(0.0, 0.35, meta.codigo_meta, "estancada")
    if suerte > 1 - PARTE_SOBRESALIENTE:
        return ritmo * entre(1.02, 1.16, meta.codigo_meta, "sobresaliente")
    return min(1.0, ritmo * entre(0.82, 1.14, meta.codigo_meta, "logro"))


def _ejecutado(
    meta: MetaCurada, programado: Mapping[str, Any], inicio: float, logros: Sequence[float]
) -> float:
    """Lo logrado al cierre del último trimestre de `logros` (uno por trimestre desde T1)."""
    esperados = [float(programado[f"programado_t{n}"]) for n in range(1, len(logros) + 1)]
    if meta.tipo_meta is TipoMeta.MANTENIMIENTO:
        return _cerrar(meta, float(programado["programado_vigencia"]) * min(1.0, logros[-1]))
    if meta.tipo_meta in {TipoMeta.ACUMULADO, TipoMeta.FLUJO}:
        return max(_cerrar(meta, p * logro) for p, logro in zip(esperados, logros, strict=True))
    return _cerrar(meta, inicio + (esperados[-1] - inicio) * logros[-1])


def _cerrar(meta: MetaCurada, valor: float) -> float:
    # Lo que se cuenta por unidades se reporta cuando está casi completo; una sede al 60 % no es una sede.
    casi = 0.35 if meta.es_entera and valor < POCAS_UNIDADES else 1e-9
    return round(int(valor / meta.paso + casi) * meta.paso, 1)


def _dinero(
    meta: MetaCurada, recursos: float, logros: Sequence[float], corte: Corte
) -> dict[str, float | None]:
    if not recursos:
        return dict.fromkeys(("apropiacion_inicial_cop", "apropiacion_definitiva_cop", *CADENA), 0.0)
    clave = (meta.codigo_meta,) if corte.vigencia == VIGENCIA else (meta.codigo_meta, corte.vigencia)
    inicial = round(recursos * entre(0.94, 1.04, *clave, "inicial"), -5)
    cambio = entre(-0.10, 0.22, *clave, "modificaciones")
    definitivas = [round(inicial * (1 + cambio * paso), -3) for paso in (0.0, 0.3, 0.7, 1.0)]
    tope = definitivas[corte.periodo.numero - 1]
    fila: dict[str, float | None] = {"apropiacion_inicial_cop": inicial, "apropiacion_definitiva_cop": tope}
    for campo in CADENA:
        girado = (_girado(meta, campo, definitivas[-1], n, logro) for n, logro in enumerate(logros))
        tope = min(tope, max(girado))
        fila[campo] = tope
    return fila


def _girado(meta: MetaCurada, campo: str, definitiva: float, indice: int, logro: float) -> float:
    mundo = leer_mundo()
    esperado = mundo["cadena_financiera"][campo][indice]
    ritmo = mundo["dependencias"][meta.dependencia]["financiero"][indice]
    # Seis décimas del ritmo financiero siguen a lo físico; el resto es propio de la contratación.
    contratacion = entre(0.7, 1.2, meta.codigo_meta, "contratación")
    mezcla = 0.6 * min(1.05, logro) + 0.4 * contratacion
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
