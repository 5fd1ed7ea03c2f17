"""Cómo se programa una meta en el cuatrienio y en el año, según su tipo de acumulación.

Las reglas de coherencia son las de la Guía de indicadores del DNP (cap. 3) tal como las aplica el
seguimiento departamental: acumulado Σ años = meta; flujo y capacidad, último año = meta; mantenimiento,
cada año = meta; reducción, por debajo de la línea base.
"""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.demo.insumos import (
    PRIMER_ANIO,
    VIGENCIA,
    MetaCurada,
    azar,
    entre,
    leer_mundo,
    redondear_a,
)
from pipeline.modelo import TipoMeta

CRECIMIENTO_FLUJO = (0.80, 0.88, 0.95, 1.0)
CAMINO_DE_NIVEL = (0.12, 0.40, 0.72, 1.0)  # parte de la distancia a la meta recorrida al cierre de cada año
REPARTO_ACUMULADO = (0.12, 0.28, 0.33, 0.27)
PARTE_SIN_SEGUNDO_ANIO = 0.08  # acumuladas que no se programan en la vigencia del ejemplo
DE_NIVEL = (TipoMeta.STOCK, TipoMeta.CAPACIDAD, TipoMeta.REDUCCION, TipoMeta.REDUCCION_ANUAL)


def linea_base(meta: MetaCurada) -> float | None:
    """Línea base de la meta; None si en el ejemplo no se conoce (una de cada ocho acumuladas o de flujo)."""
    if meta.linea_base is not None:
        return meta.linea_base
    if azar(meta.codigo_meta, "sin línea base") < 0.125:
        return None
    if meta.tipo_meta is TipoMeta.MANTENIMIENTO:
        return meta.meta_cuatrienio
    if meta.tipo_meta is TipoMeta.FLUJO:
        return redondear_a(meta.meta_cuatrienio * entre(0.6, 0.8, meta.codigo_meta, "base"), meta.paso)
    return redondear_a(meta.meta_cuatrienio * entre(0.0, 0.6, meta.codigo_meta, "base"), meta.paso)


def programar_cuatrienio(meta: MetaCurada) -> tuple[float, float, float, float]:
    """Valor programado en cada año del cuatrienio; 0 es «no programada»."""
    if meta.tipo_meta is TipoMeta.ACUMULADO:
        return _repartir(meta)
    if meta.tipo_meta is TipoMeta.MANTENIMIENTO:
        total = meta.meta_cuatrienio
        return (total, total, total, total)
    if meta.tipo_meta is TipoMeta.FLUJO:
        a, b, c, _ = (redondear_a(meta.meta_cuatrienio * f, meta.paso) for f in CRECIMIENTO_FLUJO)
        return (a, b, c, meta.meta_cuatrienio)
    base = linea_base(meta) or 0.0
    distancia = meta.meta_cuatrienio - base
    a, b, c, _ = (redondear_a(base + distancia * f, meta.paso) for f in CAMINO_DE_NIVEL)
    # Un nivel igual a la línea base no es un compromiso del año: ese año no se programa.
    a, b, c = (0.0 if valor == base else valor for valor in (a, b, c))
    return (a, b, c, meta.meta_cuatrienio)


def perfil_de(meta: MetaCurada, vigencia: int = VIGENCIA) -> tuple[float, ...]:
    """Fracción de lo del año que se espera al cierre de cada trimestre.

    En el primer año el plan se adoptó en mayo: no se espera nada antes del tercer trimestre.
    """
    mundo = leer_mundo()
    if vigencia == PRIMER_ANIO:
        opciones = mundo["perfiles_del_primer_anio"]
        return tuple(opciones[int(azar(meta.codigo_meta, "perfil", vigencia) * len(opciones))])
    opciones = mundo["perfiles_por_sector"].get(meta.sector, mundo["perfiles_por_sector"]["otros"])
    nombre = opciones[int(azar(meta.codigo_meta, "perfil") * len(opciones))]
    return tuple(mundo["perfiles"][nombre])


def programar_trimestres(
    meta: MetaCurada, programado: float, nivel_previo: float, vigencia: int = VIGENCIA
) -> tuple[float, ...]:
    """Valor acumulado esperado al cierre de T1..T4 para lo `programado` en la vigencia.

    `nivel_previo` es el nivel con que empieza el año una meta de nivel (stock, capacidad, reducción).
    """
    if meta.tipo_meta is TipoMeta.MANTENIMIENTO or programado == 0:
        return (programado,) * 4
    inicio = nivel_previo if meta.tipo_meta in DE_NIVEL else 0.0
    valores = [_hacia_abajo(meta, inicio, programado, f) for f in perfil_de(meta, vigencia)[:3]]
    return (*valores, programado)


def nivel_al_empezar(meta: MetaCurada, programado: Sequence[float], indice: int) -> float:
    """Nivel programado con que una meta de nivel llega al año número `indice` (la línea base, el primero)."""
    previos = [valor for valor in programado[:indice] if valor]
    return previos[-1] if previos else (linea_base(meta) or 0.0)


def _repartir(meta: MetaCurada) -> tuple[float, float, float, float]:
    pesos = [r * entre(0.6, 1.4, meta.codigo_meta, "reparto", i) for i, r in enumerate(REPARTO_ACUMULADO)]
    total = meta.meta_cuatrienio
    if meta.es_entera and total <= 3:
        pesos[0] = 0.0  # lo que se entrega una o dos veces casi nunca sale el primer año
    if azar(meta.codigo_meta, "sin segundo año") < PARTE_SIN_SEGUNDO_ANIO:
        pesos[1] = 0.0
    exactos = [total * peso / sum(pesos) for peso in pesos]
    paso = meta.paso
    unidades = [int(valor / paso) for valor in exactos]
    restos = sorted(range(4), key=lambda i: (unidades[i] * paso - exactos[i], i))
    for i in restos[: round(total / paso) - sum(unidades)]:
        unidades[i] += 1
    a, b, c, d = (round(unidad * paso, 1) for unidad in unidades)
    return (a, b, c, d)


def _hacia_abajo(meta: MetaCurada, inicio: float, fin: float, fraccion: float) -> float:
    """Punto del camino, redondeado hacia el inicio: no se espera antes lo que todavía no está completo."""
    distancia = (fin - inicio) * fraccion
    return round(inicio + int(distancia / meta.paso + 1e-9) * meta.paso, 1)
