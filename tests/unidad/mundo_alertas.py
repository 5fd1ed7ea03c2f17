"""Un mundo sintético de tres vigencias con metas sanas y fallas plantadas, para probar las alertas.

Cada falla dice con qué regla y en qué corte debe verse. Las sanas llevan ruido: se atrasan y se adelantan un
poco, y su dinero no va parejo. Nada es aleatorio de verdad: la semilla está fija.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from pipeline.esquemas import crear_tabla
from pipeline.indices import calcular_metas
from pipeline.modelo import Corte, Metodo, Periodo

VIGENCIAS = (2024, 2025, 2026, 2027)
CERRADAS = (2024, 2025, 2026)
PROGRAMADO = 100.0
LINEAL = (0.25, 0.50, 0.75, 1.0)
N_SANAS = 240
MONTO = 1_000_000.0


@dataclass(kw_only=True)
class Meta:
    """Una meta del mundo: qué reporta en cada corte (fracción del programado) y, si es falla, quién la ve."""

    codigo: str
    sector: str = "22"
    tipo: str = "acumulado"
    perfil: tuple[float, ...] = LINEAL
    avances: dict[str, float | None] = field(default_factory=dict)
    dinero: dict[str, dict[str, float]] = field(default_factory=dict)
    regla: str = ""
    corte: str = ""
    programada: bool = True
    recursos: float = MONTO
    observacion: str | None = "Según el cronograma"
    evidencia: str | None = "Acta de entrega"


def cortes(vigencias: tuple[int, ...] = CERRADAS) -> list[Corte]:
    """Los cuatro cortes de cada vigencia, en orden."""
    return [Corte(vigencia=v, periodo=p) for v in vigencias for p in Periodo]


def construir() -> list[Meta]:
    """Las metas sanas y las fallas plantadas."""
    azar = np.random.default_rng(2026)
    sanas = [_sana(f"S{n:03d}", azar, n) for n in range(N_SANAS)]
    return sanas + [meta for grupo in _fallas(azar) for meta in grupo]


def _sana(codigo: str, azar: np.random.Generator, numero: int) -> Meta:
    tipo = ("acumulado", "flujo", "stock", "mantenimiento")[numero % 4]
    meta = Meta(codigo=codigo, tipo=tipo, sector=("22", "24", "33", "40")[numero // 4 % 4])
    for vigencia in CERRADAS:
        ritmo = float(azar.normal(0.98, 0.10))
        cierre = float(max(0.85, azar.normal(0.97, 0.05)))
        for trimestre, esperado in enumerate(LINEAL, start=1):
            valor = min(1.0, esperado * ritmo) if trimestre < 4 else cierre
            # Un nivel no arranca de cero cada año: ya viene alto y se mueve poco.
            if tipo in ("stock", "mantenimiento"):
                valor = 0.92 + 0.02 * trimestre
            _poner(meta, f"{vigencia}-T{trimestre}", valor, azar)
    return meta


def _poner(meta: Meta, corte: str, avance: float | None, azar: np.random.Generator, **dinero: float) -> None:
    """Reporta el avance y un dinero que lo acompaña: obligado algo menos que lo físico, comprometido más."""
    trimestre = int(corte[-1])
    meta.avances[corte] = avance
    fisico = LINEAL[trimestre - 1] if avance is None else min(avance, LINEAL[trimestre - 1])
    obligado = fisico * float(azar.uniform(0.80, 1.0))
    comprometido = min(0.98, max(obligado + float(azar.uniform(0.03, 0.2)), 0.7 * LINEAL[trimestre - 1]))
    partes = {
        "cdp": min(1.0, comprometido + 0.02),
        "compromisos": comprometido,
        "obligaciones": min(obligado, comprometido),
        "pagos": min(obligado, comprometido) * float(azar.uniform(0.7, 1.0)),
    }
    meta.dinero[corte] = {**partes, **dinero}


def _llenar(meta: Meta, azar: np.random.Generator, ritmo: float = 1.0, cierre: float = 1.0) -> Meta:
    """Tres vigencias a ese ritmo frente a su perfil, que cierran en `cierre`."""
    for vigencia in CERRADAS:
        for trimestre, esperado in enumerate(meta.perfil, start=1):
            valor = esperado * ritmo if trimestre < 4 else cierre
            _poner(meta, f"{vigencia}-T{trimestre}", valor, azar)
    return meta


def _fallas(azar: np.random.Generator) -> Iterator[list[Meta]]:
    """Cada grupo de fallas, con la regla que debe verlas y el corte en que ya se ven."""

    def grupo(regla: str, corte: str, cuantas: int, ritmo: float = 1.0, cierre: float = 1.0, **rasgos):
        metas = [Meta(codigo=f"{regla}-{n}", regla=regla, corte=corte, **rasgos) for n in range(cuantas)]
        return [_llenar(meta, azar, ritmo, cierre) for meta in metas]

    def con(metas: list[Meta], avances: dict[str, float | None], **dinero: float) -> list[Meta]:
        for meta in metas:
            for corte, avance in avances.items():
                _poner(meta, corte, avance, azar, **dinero)
        return metas

    yield grupo("ALE-04", "2026-T2", 10, ritmo=0.65, cierre=0.95, tipo="flujo")
    yield grupo("ALE-03", "2026-T2", 6, ritmo=0.4, cierre=0.4, tipo="flujo", sector="24")
    yield grupo("ALE-12", "2026-T2", 5, ritmo=0.0, cierre=0.0, tipo="flujo", sector="24")
    yield grupo("ALE-16", "2026-T3", 10, ritmo=0.75, cierre=0.7, tipo="flujo", sector="33")
    yield con(grupo("ALE-01", "2026-T2", 5), {"2026-T2": None})
    yield con(grupo("ALE-02", "2026-T2", 3), {"2026-T2": None})
    yield con(grupo("ALE-11", "2026-T2", 5), {"2026-T1": None, "2026-T2": None, "2026-T3": None})
    yield con(grupo("ALE-05", "2026-T3", 5), {"2026-T3": 5.0})
    yield con(grupo("ALE-13", "2026-T1", 5), {"2026-T1": 1.0, "2026-T2": 0.5})
    yield con(grupo("ALE-14", "2026-T3", 5), {"2026-T2": 0.74, "2026-T3": 0.70})
    iguales = {f"2026-T{t}": 0.2 for t in (1, 2, 3, 4)}
    yield con(grupo("ALE-15", "2026-T3", 5), iguales)
    yield grupo("ALE-06", "2026-T2", 3, programada=False)
    ceros = {"2026-T3": 0.0, "2026-T4": 0.1}
    yield con(grupo("ALE-07", "2026-T3", 4), ceros, cdp=0.9, compromisos=0.8, obligaciones=0.55, pagos=0.5)
    normal = {"2026-T3": 0.75}
    yield con(grupo("ALE-08", "2026-T3", 4), normal, cdp=0.9, compromisos=0.6, obligaciones=0.0, pagos=0.0)
    yield con(grupo("ALE-20", "2026-T3", 4), {"2026-T3": 0.6}, compromisos=0.98, obligaciones=0.95, pagos=0.9)
    yield con(grupo("ALE-21", "2026-T3", 4), normal, cdp=0.95, compromisos=0.6, obligaciones=0.5, pagos=0.45)
    yield con(grupo("ALE-22", "2026-T3", 4), normal, cdp=0.5, compromisos=0.45, obligaciones=0.4, pagos=0.35)
    yield con(grupo("ALE-23", "2026-T3", 4), normal, obligaciones=0.6, pagos=0.3)
    yield con(grupo("ALE-24", "2026-T3", 4), normal, cdp=0.95, compromisos=0.9, obligaciones=0.55, pagos=0.5)
    yield grupo("ALE-19", "2024-T3", 5, perfil=(0.05, 0.15, 0.30, 1.0), cierre=0.6, sector="40")
    yield grupo("ALE-17", "2026-T2", 5, ritmo=0.8, cierre=0.3, tipo="flujo", sector="41")
    corta = grupo("ALE-18", "2026-T1", 5)
    yield con(corta, {"2024-T4": 0.5, "2025-T4": 0.5})
    yield grupo("ALE-26", "2026-T2", 3, evidencia=None)
    yield grupo("ALE-27", "2026-T2", 3, recursos=2 * MONTO)
    yield grupo("ALE-28", "2026-T2", 3, recursos=0.5 * MONTO)
    yield grupo("ALE-29", "2026-T2", 3)
    yield grupo("ALE-30", "2026-T2", 3, observacion=None)
    yield con(grupo("ALE-31", "2026-T3", 3), {"2026-T3": 1.0})


def plan_vigencias(metas: list[Meta]) -> pd.DataFrame:
    """Programación de las cuatro vigencias de cada meta."""
    return crear_tabla(
        "plan_vigencias",
        [
            {
                "codigo_meta": meta.codigo,
                "vigencia": vigencia,
                "programado_vigencia": PROGRAMADO if meta.programada else 0.0,
                "recursos_programados_cop": meta.recursos,
            }
            for meta in metas
            for vigencia in VIGENCIAS
        ],
    )


def tabla_metas(metas: list[Meta], corte: Corte) -> pd.DataFrame:
    """Tabla `metas` del corte, calculada por el sistema con lo que cada meta reportó hasta entonces."""
    base = pd.DataFrame([_base(meta, corte) for meta in metas]).sort_values("codigo_meta", ignore_index=True)
    historia = pd.DataFrame(
        [
            {
                "codigo_meta": meta.codigo,
                "vigencia": vigencia,
                "programado_vigencia": PROGRAMADO if meta.programada else 0.0,
                "ejecutado_vigencia": _ejecutado(meta, vigencia, corte),
            }
            for meta in metas
            for vigencia in VIGENCIAS
        ]
    )
    return calcular_metas(base, historia, corte=corte, metodo=Metodo(), vigencias=VIGENCIAS)


def _ejecutado(meta: Meta, vigencia: int, corte: Corte) -> float:
    periodo = corte.periodo.value if vigencia == corte.vigencia else "T4"
    avance = meta.avances.get(f"{vigencia}-{periodo}") if vigencia <= corte.vigencia else None
    return np.nan if avance is None else avance * PROGRAMADO


def _base(meta: Meta, corte: Corte) -> dict[str, object]:
    suma = meta.tipo == "acumulado"
    avance = meta.avances[str(corte)]
    estado = "reportada" if avance is not None else "devuelta" if meta.regla == "ALE-02" else "sin_reporte"
    partes = meta.dinero[str(corte)]
    return {
        "vigencia": corte.vigencia, "periodo": corte.periodo.value, "codigo_meta": meta.codigo,
        "nombre_meta": f"Meta {meta.codigo}", "sector": meta.sector, "dependencia": f"D{meta.sector}",
        "nombre_dependencia": f"Dependencia {meta.sector}", "unidad": "unidades", "tipo_meta": meta.tipo,
        "meta_cuatrienio": PROGRAMADO * (4 if suma else 1), "linea_base": np.nan, "ponderador": 1.0,
        "programado_vigencia": PROGRAMADO if meta.programada else 0.0,
        "programado_corte": PROGRAMADO * meta.perfil[corte.periodo.numero - 1],
        "ejecutado_vigencia": np.nan if avance is None else avance * PROGRAMADO,
        "recursos_programados_cop": meta.recursos, "apropiacion_definitiva_cop": MONTO,
        **{f"{etapa}_cop": MONTO * valor for etapa, valor in partes.items()},
        "estado_reporte": estado if meta.programada else "no_programada",
        "observacion": meta.observacion, "archivo": "PI.xlsx", "hoja": "PI", "fila": 1,
    }  # fmt: skip


def registros(metas: list[Meta], corte: Corte) -> pd.DataFrame:
    """Lo que el libro trae de soportes."""
    filas = [
        {"codigo_meta": m.codigo, "vigencia": corte.vigencia, "sha256": "a", "evidencia": m.evidencia}
        for m in metas
    ]
    return crear_tabla("registros_pi", filas)


def hallazgos(metas: list[Meta]) -> pd.DataFrame:
    """Lo que la puerta de calidad dijo del tipo de la meta."""
    return crear_tabla(
        "hallazgos", [{"codigo_meta": m.codigo, "regla": "PLAN-11"} for m in metas if m.regla == "ALE-29"]
    )


def actividades(metas: list[Meta]) -> pd.DataFrame:
    """Actividades del Plan de Acción: una vencida, una sin soporte y las que contradicen a su meta."""
    comun = {"estado_reporte": "reportada", "sha256": "b", "evidencia": "Acta", "es_vencida": False}
    filas = [
        {**comun, "id_actividad": f"A-{m.codigo}", "codigo_meta": m.codigo, "indice_fisico": fisico}
        for m in metas
        for fisico in [0.2 if m.regla == "ALE-31" else 0.7]
        if m.regla == "ALE-31" or m.codigo.startswith("S00")
    ]
    filas.append({**comun, "id_actividad": "VENCIDA", "codigo_meta": "S010", "indice_fisico": 0.4})
    filas[-1].update(es_vencida=True, fecha_fin="2026-06-30")
    filas.append({**comun, "id_actividad": "SIN_SOPORTE", "codigo_meta": "S011", "indice_fisico": 0.4})
    filas[-1].update(evidencia=None)
    return crear_tabla("actividades", filas)


def entregas(corte: Corte) -> pd.DataFrame:
    """Una dependencia que no entregó y otra a la que se le devolvió el libro."""
    comun = {
        "vigencia": corte.vigencia, "periodo": corte.periodo.value, "instrumento": "pi", "n_bloquea": 2,
        "version": 1, "vence": "2026-10-14",
    }  # fmt: skip
    return crear_tabla(
        "entregas",
        [
            {**comun, "dependencia": "CALLADA", "version": 0, "estado": "no_entregada"},
            {**comun, "dependencia": "DEVUELTA", "estado": "devuelta"},
            {**comun, "dependencia": "D22", "estado": "aceptada"},
        ],
    )
