"""Reglas que parten de una meta del plan: su dinero, sus actividades, su avance, su responsable y su BPIN."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pipeline.conciliacion.casos import (
    EN_PALABRAS,
    Caso,
    Lado,
    explicada_por_observacion,
    falta_en,
)
from pipeline.conciliacion.vistas import (
    TOLERANCIA_COP,
    Fila,
    Mundo,
    Vista,
    bpin_de,
    dependencias,
    es_programada,
    le_falta_dinero,
    le_faltan_actividades,
    proyectos_de,
    suma,
    suma_conocida,
)
from pipeline.formato_es import numero, pesos, porcentaje, sin_tildes

Regla = Mapping[str, Any]
CAMPOS_EJECUTADO_PA = (
    "ejecutado_actividad", "avance_actividad_t4", "avance_actividad_t3", "avance_actividad_t2",
    "avance_actividad_t1", "indice_fisico_declarado", "codigo_actividad", "nombre_actividad",
)  # fmt: skip


def meta_sin_dinero(mundo: Mundo, regla: Regla) -> Iterator[Caso]:
    """Meta programada a la que el POAI no asigna apropiación."""
    for codigo, meta in mundo.metas.items():
        if not le_falta_dinero(mundo, codigo):
            continue
        filas = mundo.poai.por_meta.get(codigo, ())
        cero = Lado(instrumento="poai", valor=pesos(0), campos=("apropiacion_definitiva_cop",), filas=filas)
        ajenas = [
            f
            for bpin in sorted(proyectos_de(meta))
            for f in mundo.poai.por_bpin.get(bpin, ())
            if f["dependencia"] != meta["dependencia"] and (f["apropiacion_definitiva_cop"] or 0) > 0
        ]
        yield _caso(
            mundo,
            meta,
            a=_lado_programado(meta),
            b=cero if filas else falta_en(mundo, "poai", meta["dependencia"]),
            otra=next(iter(dependencias(ajenas)), ""),
            explicacion=_explicacion(ajenas, meta, regla),
        )


def meta_sin_actividades(mundo: Mundo, regla: Regla) -> Iterator[Caso]:
    """Meta programada a la que ninguna actividad aporta."""
    for codigo, meta in mundo.metas.items():
        if not le_faltan_actividades(mundo, codigo):
            continue
        ajenas = [
            f
            for bpin in sorted(proyectos_de(meta))
            for f in mundo.pa.por_bpin.get(bpin, ())
            if f["dependencia"] != meta["dependencia"]
        ]
        yield _caso(
            mundo,
            meta,
            a=_lado_programado(meta),
            b=falta_en(mundo, "pa", meta["dependencia"]),
            otra=next(iter(dependencias(ajenas)), ""),
            explicacion=_explicacion(ajenas, meta, regla),
        )


def meta_cumplida_sin_actividades(mundo: Mundo, regla: Regla) -> Iterator[Caso]:
    """Meta al 100 % cuyas actividades, en el mejor de los casos, promedian menos que el umbral."""
    for codigo, meta in mundo.metas.items():
        actividades = mundo.pa.por_meta.get(codigo, ())
        promedio = mundo.maximo_actividades.get(codigo)
        if (meta["avance"] or 0) < 1 or promedio is None or promedio >= regla["valor_umbral"]:
            continue
        if codigo in mundo.pa.en_duda:
            continue
        ajenas = [f for f in actividades if f["dependencia"] != meta["dependencia"]]
        yield _caso(
            mundo,
            meta,
            a=_lado_pi(meta, ("ejecutado_vigencia",), numero(meta["ejecutado_vigencia"])),
            b=Lado(
                instrumento="pa", valor=porcentaje(promedio), campos=CAMPOS_EJECUTADO_PA, filas=actividades
            ),
            otra=next(iter(dependencias(ajenas)), ""),
            explicacion="coordinacion" if ajenas else "",
            avance=porcentaje(meta["avance"]),
            actividades=porcentaje(promedio),
            umbral=porcentaje(regla["valor_umbral"], 0),
        )


def obligaciones_sin_avance(mundo: Mundo, regla: Regla) -> Iterator[Caso]:
    """Meta con obligaciones en el POAI y ejecutado cero en el Plan Indicativo."""
    for codigo, meta in mundo.metas.items():
        filas = mundo.poai.por_meta.get(codigo, ())
        obligaciones = suma_conocida(filas, "obligaciones_cop")
        if not es_programada(meta) or meta["avance"] != 0 or obligaciones <= TOLERANCIA_COP:
            continue
        yield _caso(
            mundo,
            meta,
            a=_lado_poai(filas, "obligaciones_cop", obligaciones),
            b=_lado_pi(meta, ("ejecutado_vigencia",), numero(meta["ejecutado_vigencia"])),
            explicacion=_explicacion((), meta, regla),
            obligaciones=pesos(obligaciones),
            ejecutado=numero(meta["ejecutado_vigencia"]),
        )


def avance_sin_obligaciones(mundo: Mundo, regla: Regla) -> Iterator[Caso]:
    """Meta que avanza y a la que el POAI, teniendo apropiación, no le registra ninguna obligación."""
    for codigo, meta in mundo.metas.items():
        filas = mundo.poai.por_meta.get(codigo, ())
        sin_obligar = suma(filas, "obligaciones_cop") == 0 and codigo not in mundo.poai.en_duda
        con_dinero = suma_conocida(filas, "apropiacion_definitiva_cop") > TOLERANCIA_COP
        if not (sin_obligar and con_dinero and (meta["avance"] or 0) > regla["valor_umbral"]):
            continue
        yield _caso(
            mundo,
            meta,
            a=_lado_pi(meta, ("ejecutado_vigencia",), numero(meta["ejecutado_vigencia"])),
            b=_lado_poai(filas, "obligaciones_cop", 0.0),
            explicacion=_explicacion((), meta, regla),
            avance=porcentaje(meta["avance"]),
            obligaciones=pesos(0),
        )


def distinta_dependencia(mundo: Mundo, regla: Regla) -> Iterator[Caso]:
    """Meta que el POAI o el Plan de Acción atribuyen a otra dependencia."""
    for vista in (mundo.poai, mundo.pa):
        for codigo, meta in mundo.metas.items():
            filas = vista.por_meta.get(codigo, ())
            propias = meta["dependencia"] in dependencias(filas)
            for otra in dependencias(filas):
                if meta["dependencia"] is None or otra == meta["dependencia"]:
                    continue
                suyas = [f for f in filas if f["dependencia"] == otra]
                yield _caso(
                    mundo,
                    meta,
                    sujeto=f"{codigo}:{vista.nombre}:{otra}",
                    a=_lado_pi(
                        meta,
                        ("dependencia", "responsable", "codigo_meta"),
                        mundo.nombre(meta["dependencia"]),
                    ),
                    b=Lado(
                        instrumento=vista.nombre,
                        valor=mundo.nombre(otra),
                        campos=("dependencia", "centro_gestor", "responsable", "codigo_meta"),
                        filas=suyas,
                    ),
                    otra=otra,
                    explicacion="coordinacion" if propias or _la_nombra(mundo, meta, otra) else "",
                    instrumento_b=EN_PALABRAS[vista.nombre],
                )


def apropiacion_distinta(mundo: Mundo, regla: Regla) -> Iterator[Caso]:
    """Meta cuya apropiación definitiva no es la misma en el Plan Indicativo y en el POAI."""
    return _dinero_distinto(mundo, "apropiacion_definitiva_cop")


def obligaciones_distintas(mundo: Mundo, regla: Regla) -> Iterator[Caso]:
    """Meta cuyas obligaciones no son las mismas en el Plan Indicativo y en el POAI."""
    return _dinero_distinto(mundo, "obligaciones_cop")


def bpin_distinto(mundo: Mundo, regla: Regla) -> Iterator[Caso]:
    """Meta que el Plan Indicativo liga a un BPIN que los otros dos instrumentos no ligan a ella."""
    for codigo, meta in mundo.metas.items():
        del_pi = bpin_de(meta["bpin"])
        por_vista = {v.nombre: _proyectos_en(v, codigo) for v in (mundo.poai, mundo.pa)}
        conocidos = set().union(*por_vista.values())
        ausentes = [b for b in del_pi if b not in conocidos]
        if not ausentes or not conocidos or codigo in mundo.poai.en_duda | mundo.pa.en_duda:
            continue
        vista = mundo.poai if por_vista["poai"] else mundo.pa
        otros = ", ".join(sorted(por_vista[vista.nombre]))
        yield _caso(
            mundo,
            meta,
            a=_lado_pi(meta, ("bpin",), ", ".join(ausentes)),
            b=Lado(
                instrumento=vista.nombre,
                valor=otros,
                campos=("bpin",),
                filas=[f for f in vista.por_meta[codigo] if f["bpin"]],
            ),
            bpin=ausentes[0],
            # Si comparten algún proyecto, los libros no se contradicen: al PI le sobra uno.
            explicacion="parcial" if len(ausentes) < len(del_pi) else "",
            bpin_pi=", ".join(ausentes),
            bpin_b=otros,
            instrumento_b=EN_PALABRAS[vista.nombre],
        )


def _dinero_distinto(mundo: Mundo, campo: str) -> Iterator[Caso]:
    for codigo, meta in mundo.metas.items():
        filas = mundo.poai.por_meta.get(codigo, ())
        del_poai, del_pi = suma(filas, campo), meta[campo]
        if not filas or del_poai is None or del_pi is None:
            continue
        if codigo in mundo.poai.en_duda or le_falta_dinero(mundo, codigo):
            continue
        diferencia = abs(del_pi - del_poai)
        if diferencia <= TOLERANCIA_COP:
            continue
        propia = suma([f for f in filas if f["dependencia"] == meta["dependencia"]], campo)
        ajenas = [d for d in dependencias(filas) if d != meta["dependencia"]]
        reporta_lo_suyo = bool(ajenas) and propia is not None and abs(del_pi - propia) <= TOLERANCIA_COP
        yield _caso(
            mundo,
            meta,
            a=_lado_pi(meta, (campo,), pesos(del_pi)),
            b=_lado_poai(filas, campo, del_poai),
            otra=ajenas[0] if reporta_lo_suyo else "",
            explicacion="coordinacion" if reporta_lo_suyo else "",
            valor_pi=pesos(del_pi),
            valor_poai=pesos(del_poai),
            diferencia=pesos(diferencia),
        )


def _caso(
    mundo: Mundo,
    meta: Fila,
    *,
    a: Lado,
    b: Lado,
    sujeto: str = "",
    bpin: str = "",
    otra: str = "",
    explicacion: str = "",
    **datos: str,
) -> Caso:
    comunes = {
        "meta": str(meta["codigo_meta"]),
        "programado": numero(meta["programado_vigencia"]),
        "unidad": meta["unidad"] or "sin unidad",
        "vigencia": str(mundo.corte.vigencia),
        "dependencia": mundo.nombre(meta["dependencia"]),
        "otra": mundo.nombre(otra),
        "observacion": (meta["observacion"] or "").strip().rstrip("."),
    }
    return Caso(
        sujeto=sujeto or meta["codigo_meta"],
        a=a,
        b=b,
        datos=comunes | datos,
        codigo_meta=meta["codigo_meta"],
        bpin=bpin or next(iter(bpin_de(meta["bpin"])), ""),
        dependencia=meta["dependencia"] or "",
        otra=otra,
        explicacion=explicacion,
    )


def _lado_pi(meta: Fila, campos: tuple[str, ...], valor: str) -> Lado:
    filas = [meta] if meta["sha256"] else []
    return Lado(instrumento="pi", valor=valor, campos=campos, filas=filas, codigo_meta=meta["codigo_meta"])


def _lado_programado(meta: Fila) -> Lado:
    return _lado_pi(meta, ("programado_vigencia",), numero(meta["programado_vigencia"]))


def _lado_poai(filas: Sequence[Fila], campo: str, valor: float) -> Lado:
    return Lado(instrumento="poai", valor=pesos(valor), campos=(campo,), filas=filas)


def _explicacion(ajenas: Sequence[Fila], meta: Fila, regla: Regla) -> str:
    if ajenas:
        return "coordinacion"
    return "observacion" if explicada_por_observacion(meta, regla) else ""


def _la_nombra(mundo: Mundo, meta: Fila, dependencia: str) -> bool:
    """Si el plan nombra a la otra dependencia entre los responsables de la meta."""
    return sin_tildes(mundo.nombre(dependencia)) in sin_tildes(meta["responsable"] or "")


def _proyectos_en(vista: Vista, codigo: str) -> set[str]:
    return {f["bpin"] for f in vista.por_meta.get(codigo, ()) if f["bpin"]}
