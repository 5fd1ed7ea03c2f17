"""Reglas que parten de un proyecto o de una actividad: qué está en un libro y no en otro, y su dinero."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from pipeline.conciliacion.casos import NO_APARECE, Caso, Lado, falta_en
from pipeline.conciliacion.vistas import (
    FUENTES_PA,
    TOLERANCIA_COP,
    Fila,
    Mundo,
    dependencias,
    le_falta_dinero,
    le_faltan_actividades,
    puede_estar_sin_bpin,
    suma,
    suma_conocida,
)
from pipeline.formato_es import numero, pesos, sin_tildes
from pipeline.modelo import EstadoReporte

Regla = Mapping[str, Any]
DEFINITIVA, COSTO = "apropiacion_definitiva_cop", "costo_programado_cop"
CAMPOS_COSTO = (COSTO, "apropiacion_definitiva_cop", "codigo_actividad", "nombre_actividad")


def dinero_sin_meta(mundo: Mundo, regla: Regla) -> Iterator[Caso]:
    """Apropiación del POAI sin código de meta, o con uno que el plan no tiene."""
    con_meta = {f["sha256"] for f in mundo.poai.filas if f["codigo_meta"]}
    for codigo, filas in mundo.poai.por_meta.items():
        if codigo in mundo.metas:
            continue
        # Un libro que en ninguna fila dice la meta es de un formato que no la trae: no hay qué reclamar.
        con_dinero = [f for f in filas if (f[DEFINITIVA] or 0) > 0 and f["sha256"] in con_meta]
        for bpin in dict.fromkeys(f["bpin"] for f in con_dinero):
            suyas = [f for f in con_dinero if f["bpin"] == bpin]
            definitiva = suma_conocida(suyas, DEFINITIVA)
            yield Caso(
                sujeto=f"{codigo or 'sin meta'}:{bpin or 'sin BPIN'}",
                a=Lado(
                    instrumento="poai",
                    valor=codigo or "vacía",
                    campos=("codigo_meta", DEFINITIVA),
                    filas=suyas,
                ),
                b=_falta_en_el_plan(),
                datos={
                    "definitiva": pesos(definitiva),
                    "proyecto": f"al proyecto {bpin}" if bpin else "sin decir a qué proyecto",
                    "que_meta": _que_meta(codigo),
                },
                codigo_meta=codigo or "",
                bpin=bpin or "",
                dependencia=suyas[0]["dependencia"] or "",
            )


def dinero_de_no_programada(mundo: Mundo, regla: Regla) -> Iterator[Caso]:
    """Apropiación del POAI para una meta no programada en la vigencia."""
    for codigo, meta in mundo.metas.items():
        filas = [f for f in mundo.poai.por_meta.get(codigo, ()) if (f[DEFINITIVA] or 0) > 0]
        if not filas or meta["estado_reporte"] != EstadoReporte.NO_PROGRAMADA:
            continue
        definitiva = pesos(suma_conocida(filas, DEFINITIVA))
        yield Caso(
            sujeto=codigo,
            a=Lado(instrumento="poai", valor=definitiva, campos=(DEFINITIVA,), filas=filas),
            b=_no_programada(meta),
            datos={"definitiva": definitiva, "meta": codigo, "vigencia": str(mundo.corte.vigencia)},
            codigo_meta=codigo,
            bpin=filas[0]["bpin"] or "",
            dependencia=meta["dependencia"] or "",
        )


def proyecto_sin_actividades(mundo: Mundo, regla: Regla) -> Iterator[Caso]:
    """Proyecto con apropiación en el POAI que ninguna actividad nombra."""
    for bpin, filas in mundo.poai.por_bpin.items():
        if bpin is None or not mundo.pa.trae_bpin or mundo.pa.por_bpin.get(bpin):
            continue
        definitiva = suma_conocida(filas, DEFINITIVA)
        metas = {f["codigo_meta"] for f in filas if f["codigo_meta"]}
        responsables = dependencias(filas)
        if definitiva <= TOLERANCIA_COP or not all(map(mundo.pa.cubre, responsables)):
            continue
        if not _puede_faltar_en_el_pa(mundo, bpin, metas, responsables):
            continue
        ajenas = [f for m in sorted(metas) for f in mundo.pa.por_meta.get(m, ())]
        otras = [d for d in dependencias(ajenas) if d not in responsables]
        yield _caso_de_proyecto(
            mundo,
            bpin,
            a=Lado(instrumento="poai", valor=pesos(definitiva), campos=(DEFINITIVA,), filas=filas),
            b=falta_en(mundo, "pa", responsables[0] if responsables else None),
            otra=otras[0] if otras else "",
            definitiva=pesos(definitiva),
        )


def proyecto_fuera_del_poai(mundo: Mundo, regla: Regla) -> Iterator[Caso]:
    """Proyecto del Plan de Acción que no está en el POAI de su dependencia ni en otro."""
    for bpin, actividades in mundo.pa.por_bpin.items():
        if bpin is None or not mundo.poai.trae_bpin or mundo.poai.por_bpin.get(bpin):
            continue
        metas = {a["codigo_meta"] for a in actividades if a["codigo_meta"] in mundo.metas}
        responsables = dependencias(actividades)
        if not all(map(mundo.poai.cubre, responsables)) or {bpin, *metas} & mundo.poai.en_duda:
            continue
        if puede_estar_sin_bpin(mundo.poai, metas, responsables):
            continue
        if metas and all(le_falta_dinero(mundo, m) for m in metas):
            continue  # ya lo dice la regla de la meta sin dinero
        costo = pesos(suma_conocida(actividades, COSTO))
        yield _caso_de_proyecto(
            mundo,
            bpin,
            a=Lado(instrumento="pa", valor=bpin, campos=("bpin", *CAMPOS_COSTO), filas=actividades),
            b=falta_en(mundo, "poai", responsables[0] if responsables else None),
            costo=costo,
        )


def actividades_sobre_poai(mundo: Mundo, regla: Regla) -> Iterator[Caso]:
    """Proyecto cuyas actividades cuestan más que su apropiación definitiva."""
    for bpin, actividades, filas in _en_los_dos(mundo):
        definitiva = suma(filas, DEFINITIVA)
        costo = suma_conocida(actividades, COSTO)
        if definitiva is None or costo - definitiva <= TOLERANCIA_COP:
            continue
        propias = [a for a in actividades if a["dependencia"] in dependencias(filas)]
        ajenas = [d for d in dependencias(actividades) if d not in dependencias(filas)]
        sobra_por_otra = bool(ajenas) and suma_conocida(propias, COSTO) - definitiva <= TOLERANCIA_COP
        yield _caso_de_proyecto(
            mundo,
            bpin,
            a=Lado(instrumento="pa", valor=pesos(costo), campos=CAMPOS_COSTO, filas=actividades),
            b=Lado(instrumento="poai", valor=pesos(definitiva), campos=(DEFINITIVA,), filas=filas),
            otra=ajenas[0] if sobra_por_otra else "",
            costo=pesos(costo),
            definitiva=pesos(definitiva),
            diferencia=pesos(costo - definitiva),
        )


def fuentes_que_no_suman(mundo: Mundo, regla: Regla) -> Iterator[Caso]:
    """Proyecto que programa de una fuente más de lo que el POAI le apropia de ella."""
    for bpin, actividades, filas in _en_los_dos(mundo):
        definitiva = suma(filas, DEFINITIVA)
        por_fuente = _por_fuente(mundo, filas)
        total = max(suma_conocida(actividades, COSTO), sum(suma_conocida(actividades, c) for c in FUENTES_PA))
        if definitiva is None or por_fuente is None or total - definitiva > TOLERANCIA_COP:
            continue  # si tampoco alcanza el total, ya lo dice la regla del total
        ajenas = [d for d in dependencias(actividades) if d not in dependencias(filas)]
        for fuente in mundo.fuentes:
            columna = fuente["columna"]
            costo = suma_conocida(actividades, columna)
            suyas = por_fuente[columna]
            apropiado = suma_conocida(suyas, DEFINITIVA)
            if costo - apropiado <= TOLERANCIA_COP:
                continue
            yield _caso_de_proyecto(
                mundo,
                bpin,
                sujeto=f"{bpin}:{columna.removeprefix('programado_').removesuffix('_cop')}",
                a=Lado(
                    instrumento="pa",
                    valor=pesos(costo),
                    campos=(columna,),
                    filas=[a for a in actividades if a[columna]],
                ),
                b=Lado(
                    instrumento="poai",
                    valor=pesos(apropiado),
                    campos=(DEFINITIVA,) if suyas else ("nombre_fuente", "grupo_fuente"),
                    filas=suyas or filas,
                ),
                otra=ajenas[0] if ajenas else "",
                costo=pesos(costo),
                definitiva=pesos(apropiado),
                fuente=fuente["nombre"],
            )


def actividad_de_no_programada(mundo: Mundo, regla: Regla) -> Iterator[Caso]:
    """Actividad con algo programado para una meta que no se programó."""
    for actividad in mundo.pa.filas:
        meta = mundo.metas.get(actividad["codigo_meta"])
        cantidad, costo = actividad["programado_vigencia"] or 0, actividad[COSTO] or 0
        if meta is None or meta["estado_reporte"] != EstadoReporte.NO_PROGRAMADA:
            continue
        if not (cantidad > 0 or costo > 0):
            continue
        programado = numero(cantidad) if cantidad > 0 else pesos(costo)
        yield Caso(
            sujeto=_sujeto_de_actividad(actividad),
            a=Lado(
                instrumento="pa",
                valor=programado,
                campos=("programado_actividad", COSTO, "codigo_meta", "codigo_actividad"),
                filas=[actividad],
            ),
            b=_no_programada(meta),
            datos={
                "actividad": _nombre_de(actividad),
                "programado": programado,
                "meta": meta["codigo_meta"],
                "vigencia": str(mundo.corte.vigencia),
            },
            codigo_meta=meta["codigo_meta"],
            bpin=actividad["bpin"] or "",
            codigo_actividad=actividad["codigo_actividad"] or "",
            dependencia=actividad["dependencia"] or "",
        )


def actividad_sin_meta(mundo: Mundo, regla: Regla) -> Iterator[Caso]:
    """Actividad sin código de meta, o con uno que el plan no tiene."""
    con_meta = {a["sha256"] for a in mundo.pa.filas if a["codigo_meta"]}
    for actividad in mundo.pa.filas:
        codigo = actividad["codigo_meta"]
        if codigo in mundo.metas or actividad["sha256"] not in con_meta:
            continue
        yield Caso(
            sujeto=_sujeto_de_actividad(actividad),
            a=Lado(
                instrumento="pa",
                valor=codigo or "vacía",
                campos=("codigo_meta", "codigo_actividad", "nombre_actividad"),
                filas=[actividad],
            ),
            b=_falta_en_el_plan(),
            datos={"actividad": _nombre_de(actividad), "que_meta": _que_meta(codigo)},
            codigo_meta=codigo or "",
            bpin=actividad["bpin"] or "",
            codigo_actividad=actividad["codigo_actividad"] or "",
            dependencia=actividad["dependencia"] or "",
        )


def _puede_faltar_en_el_pa(
    mundo: Mundo, bpin: str, metas: Collection[str], responsables: Collection[str]
) -> bool:
    """Si la ausencia consta y no la dice ya otra regla (meta sin actividades o dinero sin meta)."""
    if {bpin, *metas} & mundo.pa.en_duda or puede_estar_sin_bpin(mundo.pa, metas, responsables):
        return False
    if not mundo.poai.trae_meta:
        return True
    return any(m in mundo.metas and not le_faltan_actividades(mundo, m) for m in metas)


def _en_los_dos(mundo: Mundo) -> Iterator[tuple[str, Sequence[Fila], Sequence[Fila]]]:
    """Proyectos que están en el Plan de Acción y en el POAI, sin filas en duda en este."""
    for bpin, actividades in mundo.pa.por_bpin.items():
        filas = mundo.poai.por_bpin.get(bpin, ())
        if bpin is not None and filas and bpin not in mundo.poai.en_duda:
            yield bpin, actividades, filas


def _por_fuente(mundo: Mundo, filas: Sequence[Fila]) -> dict[str, list[Fila]] | None:
    """Filas del POAI por columna de fuente del Plan de Acción; None si alguna no dice su fuente."""
    grupos: dict[str, list[Fila]] = {f["columna"]: [] for f in mundo.fuentes}
    for fila in filas:
        texto = sin_tildes(f"{fila['grupo_fuente'] or ''} {fila['nombre_fuente'] or ''}").strip()
        if not texto:
            return None
        elegida = next((f for f in mundo.fuentes if _la_nombra(texto, f["raices"])), mundo.fuentes[-1])
        grupos[elegida["columna"]].append(fila)
    return grupos


def _la_nombra(texto: str, raices: Sequence[str]) -> bool:
    return any(re.search(rf"\b{re.escape(raiz)}", texto) for raiz in raices)


def _caso_de_proyecto(
    mundo: Mundo, bpin: str, *, a: Lado, b: Lado, sujeto: str = "", otra: str = "", **datos: str
) -> Caso:
    filas = [*a.filas, *b.filas]
    metas = {f["codigo_meta"] for f in filas if f["codigo_meta"]}
    return Caso(
        sujeto=sujeto or bpin,
        a=a,
        b=b,
        datos={"bpin": bpin, "otra": mundo.nombre(otra), **datos},
        codigo_meta=metas.pop() if len(metas) == 1 else "",
        bpin=bpin,
        dependencia=next(iter(dependencias(a.filas)), ""),
        otra=otra,
        explicacion="coordinacion" if otra else "",
    )


def _falta_en_el_plan() -> Lado:
    """El lado en que la meta no aparece; `redaccion` le pone el libro del plan."""
    return Lado(instrumento="pi", valor=NO_APARECE)


def _no_programada(meta: Fila) -> Lado:
    return Lado(
        instrumento="pi",
        valor="no programada",
        campos=("estado_programacion", "programado_vigencia"),
        filas=[meta] if meta["sha256"] else [],
        codigo_meta=meta["codigo_meta"],
    )


def _que_meta(codigo: str | None) -> str:
    return f"dice la meta «{codigo}», que no está en el plan" if codigo else "no dice para qué meta es"


def _sujeto_de_actividad(actividad: Fila) -> str:
    return str(actividad["id_actividad"])


def _nombre_de(actividad: Fila) -> str:
    return actividad["codigo_actividad"] or f"de la fila {actividad['fila']}"
