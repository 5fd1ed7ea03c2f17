"""Qué dice cada documento, a partir de las tablas. No escribe archivos ni inventa lo que no se sabe."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pandas as pd

from pipeline.calendario import Fechas
from pipeline.config import Config
from pipeline.documentos.calendario import Reunion
from pipeline.documentos.opciones import Opciones, leer_opciones
from pipeline.documentos.presupuesto import cuadre, totales_por_nivel
from pipeline.documentos.reparto import dias_habiles, poner_hora, repartir
from pipeline.documentos.revision import (
    Fila,
    alertas_abiertas,
    contenido_del_acta,
    correcciones,
    enumerar,
    fallas_frecuentes,
    filas,
    por_corregir,
    principales,
    resumen_de_reunion,
    seguimiento_de_lo_anterior,
)
from pipeline.formato_es import contar, fecha_larga, numero, porcentaje
from pipeline.modelo import Corte

DIAS = ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo")


@dataclass(frozen=True, kw_only=True)
class Datos:
    """Todo lo que un documento puede necesitar de un corte; las tablas que no hay quedan vacías.

    `ultimos` es lo último aceptado de cada meta en la vigencia; `enlaces`, los vigentes al cierre, por
    dependencia, y `sin_enlace`, por qué las demás no lo tienen. `previos` son los hallazgos del último corte
    con entregas antes de este, `corte_previo` (vacío si no hay), y `compromisos`, por dependencia, los de
    sus actas archivadas; `actas_sin_leer`, las que no se entendieron.
    """

    config: Config
    corte: Corte
    fechas: Fechas
    es_demostracion: bool
    plan: pd.DataFrame
    plan_vigencias: pd.DataFrame
    ultimos: Mapping[str, float]
    indices: pd.DataFrame = field(default_factory=pd.DataFrame)
    alertas: pd.DataFrame = field(default_factory=pd.DataFrame)
    hallazgos: pd.DataFrame = field(default_factory=pd.DataFrame)
    entregas: pd.DataFrame = field(default_factory=pd.DataFrame)
    matriz: pd.DataFrame = field(default_factory=pd.DataFrame)
    conciliacion: pd.DataFrame = field(default_factory=pd.DataFrame)
    previos: pd.DataFrame = field(default_factory=pd.DataFrame)
    corte_previo: str = ""
    compromisos: Mapping[str, Sequence[Fila]] = field(default_factory=dict)
    actas_sin_leer: Sequence[str] = ()
    totales_poai: pd.DataFrame = field(default_factory=pd.DataFrame)
    origen_poai: str = ""
    enlaces: Mapping[str, str] = field(default_factory=dict)
    sin_enlace: Mapping[str, str] = field(default_factory=dict)
    columnas_pi: Sequence[Mapping[str, str]] = ()
    reglas_de_los_demas: Sequence[Mapping[str, str]] = ()
    anexos: Sequence[Mapping[str, str]] = ()
    archivos_ci: Sequence[Mapping[str, str]] = ()
    palabras: Mapping[str, str] = field(default_factory=dict)

    @property
    def de_que_corte(self) -> str:
        """Cómo se nombra el corte de donde salen las fallas."""
        return f"corte {self.corte_previo}" if self.corte_previo else "corte anterior (no lo hay)"

    @cached_property
    def nombres(self) -> dict[str, str]:
        """Código de dependencia → nombre."""
        return {d.codigo: d.nombre for d in self.config.dependencias}

    @cached_property
    def n_metas(self) -> dict[str, int]:
        """Metas del plan a cargo de cada dependencia, solo las que tienen."""
        cuenta = self.plan["dependencia"].value_counts()
        return {codigo: int(cuenta[codigo]) for codigo in self.nombres if codigo in cuenta}

    @cached_property
    def grupos(self) -> list[list[str]]:
        """Las dependencias de cada profesional, por carga."""
        return repartir({c: carga(self, c) for c in self.n_metas}, leer_opciones().profesionales)

    @cached_property
    def reuniones(self) -> list[Fila]:
        """La agenda por impacto, con día, hora y profesional propuestos."""
        opciones = leer_opciones()
        orden = sorted(self.n_metas, key=lambda c: (-self.impacto.get(c, 0.0), c))
        dias = dias_habiles(self.fechas.gracia, self.fechas.verificacion)
        citas = poner_hora(self.grupos, orden, dias, opciones.horas)
        return [_reunion(self, n, codigo, *citas[codigo]) for n, codigo in enumerate(orden, start=1)]

    @cached_property
    def impacto(self) -> dict[str, float]:
        """Suma del impacto de las alertas abiertas de cada dependencia."""
        if self.alertas.empty:
            return {}
        return dict(alertas_abiertas(self.alertas).groupby("dependencia")["impacto"].sum())


def dependencias_con_metas(datos: Datos) -> list[str]:
    """Códigos de las dependencias con metas en el plan, en el orden de la configuración."""
    return list(datos.n_metas)


def carga(datos: Datos, codigo: str) -> int:
    """Metas de la dependencia y hallazgos que dejó por corregir en el corte previo."""
    return datos.n_metas.get(codigo, 0) + len(por_corregir(datos.previos, codigo))


def contenido(nombre: str, datos: Datos, consecutivo: str, dependencia: str = "") -> dict[str, Any]:
    """Los datos con que se llena la plantilla `nombre`."""
    propio: Callable[[Datos, str], dict[str, Any]] = CONTENIDOS[nombre]
    return {**_comunes(datos, consecutivo), **propio(datos, dependencia)}


def agenda(datos: Datos) -> list[Reunion]:
    """Las reuniones con día, por fecha y hora."""
    con_dia = [r for r in datos.reuniones if r["dia"] is not None]
    reuniones = [
        Reunion(
            codigo=r["codigo"],
            titulo=f"Verificación del corte {datos.corte}: {r['nombre']}",
            dia=r["dia"],
            hora=r["hora"],
            revisa=r["revisa"],
        )
        for r in con_dia
    ]
    return sorted(reuniones, key=lambda r: (r.empieza, r.codigo))


def _comunes(datos: Datos, consecutivo: str) -> dict[str, Any]:
    entidad, opciones, fechas = datos.config.entidad, leer_opciones(), datos.fechas
    seguidos = datos.config.entregas.seguidos(datos.corte)
    return {
        "entidad": entidad.nombre,
        "nit": entidad.nit or "____________",
        "ciudad": "______________",
        "plan": entidad.plan,
        "oficina": entidad.oficina,
        "procedimiento": entidad.procedimiento,
        "version": entidad.version_procedimiento,
        "consecutivo": consecutivo,
        "corte": str(datos.corte),
        "vigencia": datos.corte.vigencia,
        "trimestre": f"{opciones.trimestres[datos.corte.periodo]} de {datos.corte.vigencia}",
        "cierre": fecha_larga(fechas.cierre),
        "vence": fecha_larga(fechas.vence),
        "instrumentos": enumerar([opciones.instrumentos[i] for i in seguidos]),
        "de_que_corte": datos.de_que_corte,
        "rotulo": " Datos sintéticos de demostración." if datos.es_demostracion else "",
    }


def _fechas(datos: Datos, _: str) -> dict[str, Any]:
    renglones = [
        {
            "momento": textos["momento"],
            "fecha": fecha_larga(getattr(datos.fechas, clave)),
            "que": textos["que"],
        }
        for clave, textos in leer_opciones().momentos.items()
    ]
    return {"fechas": renglones}


def _circular(datos: Datos, _: str) -> dict[str, Any]:
    del_anio = datos.plan_vigencias[datos.plan_vigencias["vigencia"] == datos.corte.vigencia]
    programado = dict(zip(del_anio["codigo_meta"], del_anio["programado_vigencia"], strict=True))
    dependencias = []
    for codigo, cuantas in datos.n_metas.items():
        metas: list[Fila] = [
            {
                "codigo": f["codigo_meta"],
                "nombre": f["nombre_meta"] or "",
                "unidad": f["unidad"] or "",
                "programado": numero(programado.get(f["codigo_meta"])),
                "ultimo": numero(datos.ultimos.get(f["codigo_meta"])),
            }
            for f in filas(datos.plan[datos.plan["dependencia"] == codigo].sort_values("codigo_meta"))
        ]
        dependencias.append(
            {
                "nombre": datos.nombres[codigo],
                "n_metas": cuantas,
                "n_programadas": sum(bool(programado.get(m["codigo"])) for m in metas),
                "cuenta": contar(cuantas, "meta"),
                "plazo": fecha_larga(datos.fechas.vence),
                "metas": metas,
            }
        )
    return {"dependencias": dependencias, "instrucciones": leer_opciones().instrucciones}


def _tareas(datos: Datos, _: str) -> dict[str, Any]:
    libros = len(datos.config.entregas.seguidos(datos.corte))
    profesionales = []
    for n, grupo in enumerate(datos.grupos, start=1):
        renglones: list[Fila] = [
            {
                "nombre": datos.nombres[codigo],
                "metas": datos.n_metas[codigo],
                "hallazgos": len(por_corregir(datos.previos, codigo)),
                "libros": libros,
                "carga": carga(datos, codigo),
            }
            for codigo in grupo
        ]
        total = numero(sum(r["carga"] for r in renglones), 0)
        profesionales.append({"nombre": f"Profesional {n}", "carga": total, "dependencias": renglones})
    return {"profesionales": profesionales}


def _reunion(datos: Datos, n: int, codigo: str, quien: int, dia: Any, hora: str) -> Fila:
    cuando = (
        f"{DIAS[dia.weekday()]} {fecha_larga(dia)}, {hora}" if dia else "Por acordar: no cabe en la ventana"
    )
    return {
        "orden": n,
        "codigo": codigo,
        "nombre": datos.nombres[codigo],
        "dia": dia,
        "hora": hora,
        "cuando": cuando,
        "revisa": f"Profesional {quien + 1}",
        "temas": resumen_de_reunion(
            codigo, datos.n_metas[codigo], datos.alertas, datos.hallazgos, datos.indices
        ),
    }


def _convocatoria(datos: Datos, _: str) -> dict[str, Any]:
    return {"reuniones": datos.reuniones}


def _cronograma(datos: Datos, _: str) -> dict[str, Any]:
    por_codigo = {r["codigo"]: r for r in datos.reuniones}
    con_dia = [por_codigo[r.codigo] for r in agenda(datos)]
    sin_dia = [r for r in datos.reuniones if r["dia"] is None]
    return {**_fechas(datos, ""), "reuniones_por_fecha": [*con_dia, *sin_dia]}


def _acta(datos: Datos, dependencia: str) -> dict[str, Any]:
    propio = contenido_del_acta(
        dependencia,
        alertas=datos.alertas,
        hallazgos=datos.hallazgos,
        indices=datos.indices,
        maximo=leer_opciones().alertas_en_acta,
        palabras=datos.palabras,
    )
    anterior = seguimiento_de_lo_anterior(
        dependencia,
        previos=datos.previos,
        hallazgos=datos.hallazgos,
        alertas=datos.alertas,
        entregas=datos.entregas,
        maximo=leer_opciones().asuntos_del_previo,
    )
    acordado = list(datos.compromisos.get(dependencia, ()))
    return {"dependencia": datos.nombres[dependencia], "acordado": acordado, **propio, **anterior}


def _correcciones(datos: Datos, _: str) -> dict[str, Any]:
    instrumentos = leer_opciones().instrumentos
    return {"dependencias": correcciones(datos.hallazgos, datos.nombres, instrumentos, datos.palabras)}


def _alcalde(datos: Datos, _: str) -> dict[str, Any]:
    agregados = datos.indices[datos.indices["nivel"] == "dependencia"].sort_values(
        ["avance", "codigo"], na_position="last"
    )
    tabla = [
        {
            "nombre": f["nombre"],
            "metas": numero(f["n_metas"], 0),
            "avance": porcentaje(f["avance"]),
            "esperado": porcentaje(f["esperado"]),
            "financiera": porcentaje(f["ejecucion_financiera"]),
            "semaforo": datos.palabras.get(f["semaforo"] or "", f["semaforo"] or ""),
        }
        for f in filas(agregados)
    ]
    altas = alertas_abiertas(datos.alertas)
    altas = altas[altas["severidad"] == "alta"].head(leer_opciones().alertas_al_alcalde)
    alertas = [
        {
            "n": n,
            "dependencia": f["nombre_dependencia"] or f["dependencia"] or "",
            "nombre": f["nombre_regla"] if f["nivel"] == "dependencia" else f["nombre"] or f["codigo"],
            "evidencia": f["evidencia"],
        }
        for n, f in enumerate(filas(altas), start=1)
    ]
    return {
        "principales": principales(datos.indices, datos.alertas),
        "dependencias": tabla,
        "alertas": alertas,
        "anexos": list(datos.anexos),
    }


def _hacienda(datos: Datos, _: str) -> dict[str, Any]:
    return {
        "totales": totales_por_nivel(datos.totales_poai),
        "cuadre": cuadre(datos.totales_poai),
        "origen": datos.origen_poai,
    }


def _control_interno(datos: Datos, _: str) -> dict[str, Any]:
    niveles = _cuentas(datos.matriz, "nivel")
    clases = _cuentas(datos.conciliacion, "clase")
    textos = [
        f"La matriz trae {contar(niveles.get('meta', 0), 'meta')} y "
        f"{contar(niveles.get('actividad', 0), 'actividad', 'actividades')}.",
        f"La conciliación de los instrumentos halló {contar(clases.get('quiebre', 0), 'quiebre')} y "
        f"{contar(clases.get('senal', 0), 'señal', 'señales')}.",
        f"La revisión de calidad dejó {contar(len(por_corregir(datos.hallazgos)), 'hallazgo')} por corregir.",
    ]
    return {"contenido": textos, "archivos": list(datos.archivos_ci)}


def _cuentas(tabla: pd.DataFrame, columna: str) -> dict[str, int]:
    return {} if tabla.empty else {str(k): int(v) for k, v in tabla[columna].value_counts().items()}


def _enlaces(datos: Datos, _: str) -> dict[str, Any]:
    todas = datos.config.dependencias_que_entregan()
    renglones = [
        {
            "nombre": d.nombre,
            "enlace": datos.enlaces.get(d.codigo)
            or f"Sin enlace vigente: {datos.sin_enlace.get(d.codigo, 'no se sabe quién es')}",
        }
        for d in todas
    ]
    sin = sum(d.codigo not in datos.enlaces for d in todas)
    resumen = (
        f"{contar(sin, 'dependencia no tiene', 'dependencias no tienen')} enlace vigente."
        if sin
        else "todas las dependencias tienen enlace vigente."
    )
    return {"enlaces": renglones, "resumen_enlaces": f"Al {fecha_larga(datos.fechas.cierre)}, {resumen}"}


def _guia(datos: Datos, _: str) -> dict[str, Any]:
    opciones = leer_opciones()
    return {
        "fallas": fallas_frecuentes(datos.previos, opciones.fallas_en_guia),
        "columnas": list(datos.columnas_pi),
        "revisiones": [
            {**r, "instrumento": opciones.instrumentos[r["instrumento"]]} for r in datos.reglas_de_los_demas
        ],
        "reglas": opciones.reglas,
    }


def _capacitacion(datos: Datos, _: str) -> dict[str, Any]:
    opciones: Opciones = leer_opciones()
    fallas = fallas_frecuentes(datos.previos, 3)
    cuales = "; ".join(f["ejemplo"].rstrip(".") for f in fallas) or "no hay un corte anterior"
    temas = [t.format(de_que_corte=datos.de_que_corte, fallas=cuales) for t in opciones.temas]
    return {"temas": temas, **_enlaces(datos, "")}


CONTENIDOS: Mapping[str, Callable[[Datos, str], dict[str, Any]]] = {
    "memorando_programacion": _fechas,
    "circular_solicitud": _circular,
    "acta_tareas": _tareas,
    "convocatoria_verificacion": _convocatoria,
    "acta_verificacion": _acta,
    "correcciones_emitidas": _correcciones,
    "informe_alcalde": _alcalde,
    "memorando_control_interno": _control_interno,
    "cronograma": _cronograma,
    "memorando_hacienda": _hacienda,
    "acta_consejo_gobierno": _hacienda,
    "designacion_enlaces": _enlaces,
    "guia_capacitacion": _guia,
    "convocatoria_capacitacion": _capacitacion,
    "acta_capacitacion": _capacitacion,
}
