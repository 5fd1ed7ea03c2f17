"""Etapa 01: revisa la calidad del plan y de las entregas de un corte y guarda las tablas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline import calidad, formulas, limpieza, recepcion
from pipeline.config import PAQUETE, Rutas
from pipeline.esquemas import guardar_tabla
from pipeline.flujo import memoria
from pipeline.flujo.anteriores import leer_anteriores
from pipeline.flujo.contexto import Contexto
from pipeline.flujo.entrada import (
    TABLAS,
    Entregas,
    Plan,
    leer_corte,
    leer_entregas,
    leer_libros,
    leer_plan,
    tabla_hallazgos,
    unir,
)
from pipeline.flujo.pa import leer_revisiones
from pipeline.modelo import EstadoEntrega
from pipeline.ocupacion import ocupado_en

__all__ = [
    "TABLAS_INGESTA",
    "Entregas",
    "Plan",
    "Revision",
    "devueltas",
    "guardar_ingesta",
    "leer_corte",
    "leer_entregas",
    "leer_libros",
    "leer_plan",
    "revisar",
    "revisar_corte",
    "revisar_plan",
]
TABLAS_INGESTA = (
    "plan",
    "plan_vigencias",
    "plan_fuentes",
    "entregas",
    "registros_pi",
    "registros_poai",
    "registros_pa",
    "movimientos",
    "revisiones",
    "celdas",
    "hallazgos",
)
HOJA_SIN_LEER = ("LIB-01", "LEC-06")  # falta la hoja, o no tiene los encabezados del formato
ORDEN_DE_HALLAZGOS = ["instrumento", "dependencia", "archivo", "hoja", "fila", "celda", "regla", "vigencia"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """Resultado de la puerta de calidad: estado de cada entrega y todos los hallazgos del corte."""

    entregas: pd.DataFrame
    hallazgos: pd.DataFrame


def revisar_corte(contexto: Contexto, plan: Plan, leidas: Mapping[str, Entregas]) -> Revision:
    """La revisión de todos los instrumentos del corte: la del plan va con la del primero."""
    revisiones = [
        revisar(contexto, plan, entregas, con_plan=numero == 0, poai=leidas.get("poai"))
        for numero, entregas in enumerate(leidas.values())
    ]
    return Revision(
        entregas=unir("entregas", [r.entregas for r in revisiones]),
        hallazgos=_ordenar(unir("hallazgos", [r.hallazgos for r in revisiones])),
    )


def revisar(
    contexto: Contexto,
    plan: Plan,
    leidas: Entregas,
    *,
    con_plan: bool = True,
    a_fondo: bool = True,
    poai: Entregas | None = None,
) -> Revision:
    """Corre las expectativas sobre el plan y lo entregado, y decide qué libros se devuelven.

    Sin `con_plan` no se revisa el libro del plan, que no decide sobre los de las dependencias. Con `a_fondo`
    compara además con los cortes anteriores y audita las fórmulas, que nunca bloquean: al releer lo de otro
    corte, solo para saber qué se aceptó, no hace falta. El Plan de Acción se compara con el `poai` leído.
    """
    reglas = _reglas(contexto)
    partes = [leidas.hallazgos]
    if leidas.instrumento == "pi":
        partes.append(_revisar_pi(contexto, plan, leidas, reglas))
        if a_fondo:
            partes.append(_revisar_historia(contexto, plan, leidas, reglas))
    else:
        anteriores = leer_anteriores(contexto, leidas.instrumento) if a_fondo else None
        if leidas.instrumento == "poai":
            partes.append(_revisar_poai(contexto, plan, leidas, reglas, anteriores))
        else:
            partes.append(_revisar_pa(contexto, plan, leidas, reglas, anteriores, poai))
    if con_plan:
        partes += _hallazgos_del_plan(contexto, plan, reglas, leidas=leidas, a_fondo=a_fondo)
    if a_fondo:
        partes.append(_auditar(contexto, leidas))
    hallazgos = unir("hallazgos", partes)
    entregas = calidad.decidir_entregas(
        leidas.entregas, hallazgos, contexto.config.calidad.proporcion_para_devolver
    )
    return Revision(entregas=entregas, hallazgos=_ordenar(hallazgos))


def _reglas(contexto: Contexto) -> tuple[calidad.Regla, ...]:
    """Las reglas de la entidad; comprobarlas cuesta más que leerlas y se recuerda mientras no cambien."""
    carpeta = contexto.rutas.expectativas

    def comprobar() -> dict[str, pd.DataFrame]:
        reglas = calidad.cargar_reglas(carpeta)
        if carpeta != Rutas(PAQUETE.parent).expectativas:  # las del proyecto ya las comprueban sus pruebas
            calidad.exigir_ejemplos(reglas)
        return {"reglas": pd.DataFrame({"regla": [r.codigo for r in reglas]})}

    memoria.hecho_con(contexto, "reglas", [], ["reglas"], comprobar)
    return calidad.cargar_reglas(carpeta, comprobadas=True)


def _ordenar(hallazgos: pd.DataFrame) -> pd.DataFrame:
    return hallazgos.sort_values(ORDEN_DE_HALLAZGOS, ignore_index=True, kind="stable")


def revisar_plan(contexto: Contexto, plan: Plan) -> pd.DataFrame:
    """Todos los hallazgos del libro del plan, sin auditar sus fórmulas: los de leerlo y los de sus reglas."""
    return unir("hallazgos", [plan.hallazgos, _revisar_plan(contexto, plan, _reglas(contexto))])


def _revisar_plan(contexto: Contexto, plan: Plan, reglas: Sequence[calidad.Regla]) -> pd.DataFrame:
    return memoria.revision(
        contexto,
        "plan",
        [plan.metas, plan.vigencias, plan.celdas, plan.hallazgos],
        lambda: calidad.revisar_plan(
            plan.metas,
            plan.vigencias,
            plan.celdas,
            reglas=reglas,
            previos=plan.hallazgos,
            dane=contexto.config.entidad.dane,
        ),
    )


def _hallazgos_del_plan(
    contexto: Contexto, plan: Plan, reglas: Sequence[calidad.Regla], *, leidas: Entregas, a_fondo: bool
) -> list[pd.DataFrame]:
    revisado = _revisar_plan(contexto, plan, reglas)
    ficha = recepcion.plan_vigente(contexto.rutas)
    # La matriz de algunos municipios es a la vez el plan y el seguimiento: se audita una vez.
    if not a_fondo or ficha.sha256 in set(leidas.celdas["sha256"]):
        return [plan.hallazgos, revisado]
    return [plan.hallazgos, revisado, _auditar_libros(contexto, [ficha], plan.hallazgos)]


def _revisar_pi(
    contexto: Contexto, plan: Plan, leidas: Entregas, reglas: Sequence[calidad.Regla]
) -> pd.DataFrame:
    config = contexto.config
    return memoria.revision(
        contexto,
        "pi",
        [leidas.registros, plan.metas, plan.vigencias, leidas.celdas, leidas.hallazgos],
        lambda: calidad.revisar_registros_pi(
            leidas.registros,
            plan.metas,
            plan.vigencias,
            leidas.celdas,
            contexto.corte,
            contexto.formato(config.entregas.formato_pi).trimestres,
            reglas=reglas,
            previos=leidas.hallazgos,
            dane=config.entidad.dane,
            consolidada_por=config.entregas.consolidada_por or "",
        ),
    )


def _revisar_poai(
    contexto: Contexto,
    plan: Plan,
    leidas: Entregas,
    reglas: Sequence[calidad.Regla],
    anteriores: pd.DataFrame | None,
) -> pd.DataFrame:
    con_hoja = _con_hoja_de_movimientos(contexto, leidas)
    entradas = [leidas.registros, plan.metas, leidas.celdas, leidas.movimientos, con_hoja, anteriores]
    return memoria.revision(
        contexto,
        "poai",
        [*entradas, leidas.hallazgos],
        lambda: calidad.revisar_registros_poai(
            leidas.registros,
            plan.metas,
            leidas.celdas,
            contexto.corte,
            movimientos=leidas.movimientos,
            con_movimientos=con_hoja,
            anteriores=anteriores,
            techos=contexto.config.techos,
            dane=contexto.config.entidad.dane,
            reglas=reglas,
            previos=leidas.hallazgos,
        ),
    )


def _con_hoja_de_movimientos(contexto: Contexto, leidas: Entregas) -> list[str]:
    """Huellas de los libros cuya hoja de movimientos se leyó: su formato la trae y no faltó ni era otra."""
    formatos = {nombre: contexto.formato(nombre) for nombre in leidas.entregas["formato"].dropna().unique()}
    la_traen = [
        nombre
        for nombre, formato in formatos.items()
        if any(contexto.formato(otro).tabla == "movimientos" for otro in formato.tambien)
    ]
    sin_leer = leidas.hallazgos.loc[leidas.hallazgos["regla"].isin(HOJA_SIN_LEER), "sha256"]
    libros = leidas.entregas.loc[leidas.entregas["formato"].isin(la_traen), "sha256"]
    return sorted(set(libros) - set(sin_leer))


def _revisar_pa(
    contexto: Contexto,
    plan: Plan,
    leidas: Entregas,
    reglas: Sequence[calidad.Regla],
    anteriores: pd.DataFrame | None,
    poai: Entregas | None,
) -> pd.DataFrame:
    # Del POAI solo se mira qué proyectos tiene cada quien: una cifra suya no obliga a revisar otra vez.
    presupuesto = None if poai is None else poai.registros[["dependencia", "bpin"]]
    registros, avisos = _reconocer_actividades(leidas, anteriores)
    hallados = memoria.revision(
        contexto,
        "pa",
        [registros, plan.metas, leidas.celdas, presupuesto, anteriores, leidas.hallazgos],
        lambda: calidad.revisar_registros_pa(
            registros,
            plan.metas,
            leidas.celdas,
            contexto.corte,
            poai=presupuesto,
            anteriores=anteriores,
            reglas=reglas,
            previos=leidas.hallazgos,
        ),
    )
    return unir("hallazgos", [avisos, hallados])


def _reconocer_actividades(
    leidas: Entregas, anteriores: pd.DataFrame | None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Los registros con el código con que cada actividad se aceptó antes, y los hallazgos que lo dicen.

    Es solo para comparar: la tabla del corte conserva el código como está escrito.
    """
    if anteriores is None or anteriores.empty:
        return leidas.registros, unir("hallazgos", [])
    codigos = limpieza.actividades_reconocidas(leidas.registros, anteriores)
    corte = str(anteriores["corte"].max())
    avisos = limpieza.avisar_actividades(leidas.registros, codigos, leidas.celdas, corte)
    return leidas.registros.assign(codigo_actividad=codigos), tabla_hallazgos(avisos)


def _revisar_historia(
    contexto: Contexto, plan: Plan, leidas: Entregas, reglas: Sequence[calidad.Regla]
) -> pd.DataFrame:
    anteriores = leer_anteriores(contexto)
    return memoria.revision(
        contexto,
        "historia",
        [leidas.registros, anteriores, leidas.celdas, plan.metas, plan.vigencias, leidas.hallazgos],
        lambda: calidad.revisar_historia(
            leidas.registros,
            anteriores,
            leidas.celdas,
            contexto.corte,
            plan=plan.metas,
            plan_vigencias=plan.vigencias,
            formato_trimestres=contexto.formato(contexto.config.entregas.formato_pi).trimestres,
            reglas=reglas,
            previos=leidas.hallazgos,
        ),
    )


def _auditar(contexto: Contexto, leidas: Entregas) -> pd.DataFrame:
    """Hallazgos de las fórmulas de los libros leídos."""
    leidos = set(leidas.celdas["sha256"])
    vigentes = leidas.entregas[leidas.entregas["estado"].isna() & leidas.entregas["sha256"].isin(leidos)]
    return _auditar_libros(contexto, list(vigentes.itertuples(index=False)), leidas.hallazgos)


def _auditar_libros(contexto: Contexto, libros: Sequence[Any], hallazgos: pd.DataFrame) -> pd.DataFrame:
    """Lo mismo de esos libros (fichas o entregas), con lo ya hallado al leerlos; los de antes, de memoria."""
    por_ruta = {str(libro.ruta): libro for libro in libros}
    dichas = {ruta: _celdas_dichas(hallazgos, str(libro.sha256)) for ruta, libro in por_ruta.items()}

    def auditar(ruta: str) -> dict[str, pd.DataFrame]:
        libro = por_ruta[ruta]
        with ocupado_en(f"{libro.archivo} › {libro.dependencia}"):
            hallados = formulas.auditar_formulas(
                contexto.rutas.crudos / ruta,
                instrumento=str(libro.instrumento),
                archivo=str(libro.archivo),
                sha256=str(libro.sha256),
                dependencia=str(libro.dependencia) or None,
                ya_dichas=dichas[ruta],
            )
        return {"hallazgos": tabla_hallazgos(hallados)}

    claves = {
        ruta: repr((libro.instrumento, libro.archivo, libro.sha256, libro.dependencia, sorted(dichas[ruta])))
        for ruta, libro in por_ruta.items()
    }
    que = f"formulas_{libros[0].instrumento}" if libros else "formulas"
    auditados = memoria.por_libro(contexto, que, claves, ["hallazgos"], auditar)
    return unir("hallazgos", [t.drop(columns=memoria.LIBRO) for t in auditados.values()])


def _celdas_dichas(hallazgos: pd.DataFrame, sha256: str) -> set[tuple[str, str]]:
    """Celdas (hoja, celda), o columnas (hoja, letra), cuyo error de Excel ya avisó la limpieza."""
    propios = hallazgos[(hallazgos["sha256"] == sha256) & (hallazgos["regla"] == "LIM-03")]
    de_la_columna = propios["celda"].str.rstrip("0123456789")
    dichas = propios["celda"].where(propios["alcance"] != "libro", de_la_columna)
    return set(zip(propios["hoja"], dichas, strict=True))


def guardar_ingesta(
    contexto: Contexto, plan: Plan, leidas: Mapping[str, Entregas], revision: Revision
) -> list[Path]:
    """Rutas de las tablas de la etapa 01, ya revisadas contra su contrato."""
    carpeta = contexto.rutas.procesados(contexto.corte)
    tablas = {
        "plan": plan.metas,
        "plan_vigencias": plan.vigencias,
        "plan_fuentes": plan.fuentes,
        "entregas": revision.entregas,
        **{tabla: leidas[i].registros if i in leidas else unir(tabla, []) for i, tabla in TABLAS.items()},
        "movimientos": unir("movimientos", [e.movimientos for e in leidas.values()]),
        "revisiones": leer_revisiones(contexto),
        "celdas": unir("celdas", [plan.celdas, *(e.celdas for e in leidas.values())]),
        "hallazgos": revision.hallazgos,
    }
    return [guardar_tabla(nombre, tablas[nombre], carpeta) for nombre in TABLAS_INGESTA]


def devueltas(entregas: pd.DataFrame) -> pd.DataFrame:
    """Entregas vigentes que hay que corregir y volver a enviar."""
    return entregas[entregas["estado"].isin([EstadoEntrega.DEVUELTA, EstadoEntrega.ILEGIBLE])]
