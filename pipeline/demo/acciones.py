"""El Plan de Acción del ejemplo: las actividades con que cada proyecto cumple sus metas de la vigencia.

El costo de las actividades es el del POAI, casilla por casilla del FOR-08, y su avance acompaña al de la
meta: lo que no concuerde entre los tres instrumentos es una falla sembrada.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil
from typing import Any

from pipeline.demo.ejecucion import Avance
from pipeline.demo.insumos import MetaCurada, azar, entre, leer_metas, leer_mundo
from pipeline.demo.plan import PlanDemo
from pipeline.demo.presupuesto import Presupuesto, nombre_de_proyecto, repartir
from pipeline.formato_es import numero as numero_es
from pipeline.modelo import Corte, Periodo, TipoMeta

CASILLAS = ("municipio", "sgp", "regalias", "otros")
PARTE_CON_OTRA_ACTIVIDAD = 0.35
PROYECTO_GRANDE = 4  # desde aquí, una actividad por meta
PARTE_SIN_REPORTE = 0.02
CASI = 0.35  # lo que se cuenta por unidades se reporta cuando está casi completo
CASI_CUMPLIDA = 0.9
DIAS_DE_HOLGURA = 30
DIEZMILESIMAS = 10_000  # las ponderaciones se escriben con cuatro decimales

Fila = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tarea:
    """Una actividad por escribir: de qué meta y proyecto, y qué número tiene entre las de la meta en él."""

    meta: MetaCurada
    bpin: str
    proyecto: int  # qué número es entre los de la meta, desde 0
    codigo: str
    clase: str
    numero: int
    dinero: Sequence[Fila]  # rubros del POAI de la meta en el proyecto
    pesos: tuple[int, ...]  # cómo se reparte ese dinero entre sus actividades

    @property
    def datos(self) -> Mapping[str, Any]:
        """Lo que mundo.yml dice de su clase."""
        clases: Mapping[str, Mapping[str, Any]] = leer_mundo()["clases_de_actividad"]
        return clases[self.clase]

    @property
    def es_de_nivel(self) -> bool:
        """Si mantiene un nivel: se mide en unidades de la meta y todo el año se espera lo mismo."""
        return self.numero == 0 and self.meta.tipo_meta is TipoMeta.MANTENIMIENTO


def accionar(
    plan: PlanDemo, presupuestos: Mapping[str, Presupuesto], avances: Mapping[str, Avance], corte: Corte
) -> dict[str, list[Fila]]:
    """Las actividades de cada dependencia en el corte, por proyecto y meta (campos de `registros_pa`).

    Toda meta programada tiene al menos una actividad, y todo proyecto, al menos dos.
    """
    identidad = plan.plan.set_index("codigo_meta").to_dict("index")
    actividades: dict[str, list[Fila]] = defaultdict(list)
    for (dependencia, _), metas in sorted(_por_proyecto(identidad, presupuestos, avances).items()):
        tareas = [tarea for propia in metas for tarea in _tareas(*propia, len(metas))]
        for tarea, peso in zip(tareas, _ponderaciones(tareas), strict=True):
            codigo = tarea.meta.codigo_meta
            fila = _actividad(tarea, avances[codigo], corte) | {"ponderacion_actividad": peso}
            actividades[dependencia].append(fila | {"nombre_meta": identidad[codigo]["nombre_meta"]})
    return dict(actividades)


def _por_proyecto(
    identidad: Mapping[Any, Mapping[Any, Any]],
    presupuestos: Mapping[str, Presupuesto],
    avances: Mapping[str, Avance],
) -> dict[tuple[str, str], list[tuple[MetaCurada, str, int, list[Fila]]]]:
    """Las metas programadas de cada proyecto, con sus rubros en él (ninguno, en las de gestión)."""
    rubros: dict[tuple[str, str], list[Fila]] = defaultdict(list)
    for presupuesto in presupuestos.values():
        for fila in presupuesto.filas:
            rubros[fila["codigo_meta"], fila["bpin"]].append(fila)
    grupos: dict[tuple[str, str], list[tuple[MetaCurada, str, int, list[Fila]]]] = defaultdict(list)
    for meta in leer_metas():
        if meta.codigo_meta in avances:
            for numero, bpin in enumerate(str(identidad[meta.codigo_meta]["bpin"]).split(", ")):
                propios = rubros.get((meta.codigo_meta, bpin), [])
                grupos[meta.dependencia, bpin].append((meta, bpin, numero, propios))
    return grupos


def _tareas(meta: MetaCurada, bpin: str, proyecto: int, dinero: Sequence[Fila], metas: int) -> list[_Tarea]:
    clases = list(leer_mundo()["clases_de_actividad"])
    cuantas = ceil(2 / metas)
    if metas <= PROYECTO_GRANDE and azar(meta.codigo_meta, bpin, "otra") < PARTE_CON_OTRA_ACTIVIDAD:
        cuantas += 1
    return [
        _Tarea(
            meta=meta,
            bpin=bpin,
            proyecto=proyecto,
            codigo=f"{meta.codigo_meta}-{'AB'[proyecto]}{numero + 1}",
            clase=clase,
            numero=numero,
            dinero=dinero,
            pesos=tuple(leer_mundo()["costo_por_actividad"][cuantas]),
        )
        for numero, clase in enumerate(clases[:cuantas])
    ]


def _ponderaciones(tareas: Sequence[_Tarea]) -> list[float]:
    """Pesos que suman 1 en el proyecto, con cuatro decimales; lo perdido al redondear va a la primera."""
    brutos = [float(tarea.datos["peso"]) for tarea in tareas]
    partes = [int(DIEZMILESIMAS * bruto / sum(brutos)) for bruto in brutos]
    partes[0] += DIEZMILESIMAS - sum(partes)
    return [parte / DIEZMILESIMAS for parte in partes]


def _actividad(tarea: _Tarea, avance: Avance, corte: Corte) -> Fila:
    programado, esperados = _programar(tarea, avance)
    logrados = _ejecutar(tarea, avance, programado, esperados[: corte.periodo.numero])
    es_callada = azar(tarea.codigo, corte, "sin reporte") < PARTE_SIN_REPORTE
    nombre = tarea.datos["nombre"].format(producto=tarea.meta.nombre_producto)
    fila = {
        "codigo_actividad": tarea.codigo,
        "nombre_actividad": nombre,
        "codigo_meta": tarea.meta.codigo_meta,
        "bpin": tarea.bpin,
        "nombre_nivel_1": leer_mundo()["lineas"][tarea.meta.linea]["nombre"],
        "nombre_nivel_2": f"{tarea.meta.sector} · {tarea.meta.nombre_sector}",
        "nombre_nivel_3": f"{tarea.meta.programa} · {tarea.meta.nombre_programa}",
        "subdependencia": leer_mundo()["grupo_que_reporta"],
        "nombre_proyecto": nombre_de_proyecto(tarea.meta, tarea.proyecto),
        "rubro": tarea.dinero[0]["rubro"] if tarea.dinero else None,
        "nombre_rubro": tarea.dinero[0]["nombre_rubro"] if tarea.dinero else None,
        "unidad": _unidad(tarea),
        "responsable": tarea.datos["responsable"],
        "fecha_programacion": leer_mundo()["fecha_de_programacion"],
        "programado_actividad": programado,
        "ejecutado_actividad": None if es_callada else logrados[-1],
    }
    fila |= {f"programado_actividad_t{n}": valor for n, valor in enumerate(esperados, start=1)}
    fila |= _costos(tarea)
    if es_callada:
        return fila | _fechas_programadas(tarea)
    fila |= _fechas_programadas(tarea) | _fechas_reales(tarea, logrados, programado, corte.vigencia)
    return fila | _indices(fila) | _textos(tarea, fila, esperados[corte.periodo.numero - 1], corte)


def _unidad(tarea: _Tarea) -> str:
    if tarea.es_de_nivel:
        return tarea.meta.unidad
    unidades = tarea.datos["unidades"]
    opciones = unidades.get(tarea.meta.sector, unidades["otros"])
    return str(opciones[int(azar(tarea.codigo, "unidad") * len(opciones))])


def _programar(tarea: _Tarea, avance: Avance) -> tuple[float, list[float]]:
    """Cantidad de la vigencia y lo acumulado que se espera al cierre de T1..T4."""
    if tarea.es_de_nivel:
        return avance.programado, [avance.programado] * 4
    cantidades = tarea.datos["cantidades"]
    cantidad = float(cantidades[int(azar(tarea.codigo, "cantidad") * len(cantidades))])
    perfil = tarea.datos.get("perfil", avance.perfil)
    return cantidad, [float(int(cantidad * parte + 1e-9)) for parte in perfil]


def _ejecutar(tarea: _Tarea, avance: Avance, programado: float, esperados: Sequence[float]) -> list[float]:
    """Lo ejecutado al cierre de cada trimestre hasta el corte; no baja y no pasa de lo programado."""
    if tarea.es_de_nivel:
        return list(avance.ejecutados)
    logrados: list[float] = []
    for n, esperado in enumerate(esperados):
        if "perfil" in tarea.datos:
            valor = esperado * min(1.0, avance.logros[n]) + CASI
        else:
            parte = avance.partes[n]
            ritmo = 1.0 if parte >= CASI_CUMPLIDA else entre(0.93, 1.0, tarea.codigo, "ritmo")
            valor = programado * min(1.0, parte * ritmo) + CASI
        logrados.append(max([min(programado, float(int(valor))), *logrados]))
    return logrados


def _costos(tarea: _Tarea) -> Fila:
    """Costo programado (la apropiación definitiva) y ejecutado (lo obligado), por casilla de fuente."""
    casillas = leer_mundo()["fuentes"]
    fila: Fila = {}
    for prefijo, campo in (("programado", "apropiacion_definitiva_cop"), ("ejecutado", "obligaciones_cop")):
        montos = dict.fromkeys(CASILLAS, 0.0)
        for rubro in tarea.dinero:
            parte = repartir(rubro[campo], tarea.pesos)[tarea.numero]
            montos[casillas[rubro["nombre_fuente"]]["casilla"]] += parte
        fila |= {f"{prefijo}_{casilla}_cop": monto for casilla, monto in montos.items()}
        fila[f"costo_{prefijo}_cop"] = sum(montos.values())
    return fila


def _indices(fila: Mapping[str, Any]) -> Fila:
    """Los tres índices que la dependencia escribe; la eficiencia no existe sin inversión."""
    fisico = fila["ejecutado_actividad"] / fila["programado_actividad"]
    costo = fila["costo_programado_cop"]
    inversion = fila["costo_ejecutado_cop"] / costo if costo else None
    return {
        "indice_fisico_declarado": round(fisico, 4),
        "indice_inversion_declarado": None if inversion is None else round(inversion, 4),
        "eficiencia_declarada": round(fisico / inversion, 4) if inversion else None,
    }


def _fechas_programadas(tarea: _Tarea) -> Fila:
    inicio, fin = (
        date.fromisoformat(tarea.datos[campo])
        + timedelta(days=int(DIAS_DE_HOLGURA * azar(tarea.codigo, campo)))
        for campo in ("inicio", "fin")
    )
    return {"fecha_inicio": inicio.isoformat(), "fecha_fin": fin.isoformat()}


def _fechas_reales(tarea: _Tarea, logrados: Sequence[float], programado: float, vigencia: int) -> Fila:
    """Cuándo empezó y, si ya terminó, cuándo: en el trimestre en que su avance lo dice."""
    cierres = [Corte(vigencia=vigencia, periodo=periodo).fecha for periodo in Periodo]
    fechas = dict.fromkeys(("fecha_inicio_ejecutada", "fecha_fin_ejecutada"))
    empezada = next((n for n, valor in enumerate(logrados) if valor > 0), None)
    if empezada is not None:
        antes = timedelta(days=30 + int(30 * azar(tarea.codigo, "empezó")))
        fechas["fecha_inicio_ejecutada"] = (cierres[empezada] - antes).isoformat()
    terminada = next((n for n, valor in enumerate(logrados) if valor >= programado), None)
    if terminada is not None and not tarea.es_de_nivel:
        antes = timedelta(days=int(25 * azar(tarea.codigo, "terminó")))
        fechas["fecha_fin_ejecutada"] = (cierres[terminada] - antes).isoformat()
    return dict(fechas)


def _textos(tarea: _Tarea, fila: Mapping[str, Any], esperado: float, corte: Corte) -> Fila:
    ejecutado = fila["ejecutado_actividad"]
    if ejecutado == 0:
        clase = "cero" if esperado else "por_iniciar"
    else:
        clase = "rezago" if ejecutado < 0.9 * esperado else "cumple"
    textos = leer_mundo()["textos_de_actividad"][clase]
    evidencias = leer_mundo()["evidencias"]
    evidencia = evidencias[int(azar(tarea.codigo, "evidencia") * len(evidencias))]
    numero = 100 + int(azar(tarea.codigo, "soporte") * 1800)
    return {
        "observacion": textos["observacion"].format(
            ejecutado=numero_es(ejecutado), programado=numero_es(fila["programado_actividad"])
        ),
        "autoevaluacion": textos["autoevaluacion"],
        "evidencia": evidencia.format(numero=f"{numero:04d}", vigencia=corte.vigencia) if ejecutado else None,
    }
