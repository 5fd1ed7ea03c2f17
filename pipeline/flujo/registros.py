"""El libro de registros de PRO-PET-07: qué pide el procedimiento en la vigencia y qué hay de cada cosa."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

import pandas as pd

from pipeline.esquemas import crear_tabla, revisar_tabla
from pipeline.flujo.contexto import Contexto
from pipeline.flujo.registros_archivo import (
    FichaBorrador,
    FichaRegistro,
    escribir_consecutivo,
    esta_intacto,
    leer_borradores,
    leer_registros,
)
from pipeline.flujo.registros_hechos import hechos_de_la_vigencia, hechos_del_corte
from pipeline.formato_es import contar
from pipeline.modelo import Corte, Periodo
from pipeline.procedimiento import (
    ANUAL,
    ESTADOS,
    NOMBRES_DE_ESTADO,
    Constancia,
    Esperado,
    cargar_procedimiento,
    decidir_estado,
    excusa,
    registros_esperados,
)

MARCAS = {
    "producido": "●",
    "firmado": "●",
    "tarde": "◐",
    "borrador": "◌",
    "esperado": "○",
    "falta": "✗",
    "no_aplica": "–",
}


def libro_de_registros(contexto: Contexto, hoy: date) -> pd.DataFrame:
    """Tabla `registros_procedimiento` de la vigencia, hasta el periodo del contexto, vista en `hoy`."""
    config, corte = contexto.config, contexto.corte
    procedimiento = cargar_procedimiento(contexto.rutas.raiz)
    esperados = registros_esperados(procedimiento, corte.vigencia, config.calendario, corte.periodo.value)
    hechos = _hechos(contexto, hoy, {e.periodo for e in esperados} - {ANUAL})
    archivados = [(ficha, esta_intacto(contexto, ficha)) for ficha in leer_registros(contexto)]
    borradores = leer_borradores(contexto)
    filas = []
    for esperado in esperados:
        constancias = [
            *_de_excusa(contexto, esperado),
            *_de_borradores(contexto, esperado, borradores),
            *([hecho] if (hecho := hechos[esperado.periodo].get(esperado.fila.hecho)) else []),
            *_de_archivo(esperado, archivados),
        ]
        filas.append(_renglon(esperado, constancias, hoy))
    return revisar_tabla("registros_procedimiento", crear_tabla("registros_procedimiento", filas))


def cuenta_por_estado(libro: pd.DataFrame) -> dict[str, int]:
    """Cuántos registros hay en cada estado, en el orden de ESTADOS."""
    cuenta = libro["estado"].value_counts()
    return {estado: int(cuenta.get(estado, 0)) for estado in ESTADOS}


def presentar_libro(contexto: Contexto, libro: pd.DataFrame, hoy: date) -> str:
    """El libro para la pantalla: un renglón por registro esperado y, al pie, cuántos hay en cada estado."""
    titulo = f"{contexto.config.entidad.procedimiento} · vigencia {contexto.corte.vigencia}, hasta "
    renglones = [f"{titulo}{contexto.corte.periodo}, visto el {hoy.isoformat()}"]
    for f in libro.astype(object).where(libro.notna(), None).to_dict("records"):
        estado = NOMBRES_DE_ESTADO[f["estado"]]
        detalle = f"\n      {f['referencia']}" if f["referencia"] else ""
        renglones.append(
            f"{MARCAS[f['estado']]} {f['fila']:>2} {f['periodo']:<5} {estado:<9} vence {f['limite']}  "
            f"{f['actividad']}{detalle}"
        )
    resumen = ", ".join(
        f"{NOMBRES_DE_ESTADO[estado]} {n}" for estado, n in cuenta_por_estado(libro).items() if n
    )
    return "\n".join([*renglones, f"{contar(len(libro), 'registro')}: {resumen}."])


def _hechos(contexto: Contexto, hoy: date, periodos: set[str]) -> dict[str, dict[str, Constancia]]:
    vigencia = contexto.corte.vigencia
    por_corte = {
        p: hechos_del_corte(replace(contexto, corte=Corte(vigencia=vigencia, periodo=Periodo(p))))
        for p in sorted(periodos)
    }
    return {ANUAL: hechos_de_la_vigencia(contexto, hoy), **por_corte}


def _de_excusa(contexto: Contexto, esperado: Esperado) -> list[Constancia]:
    config, corte = contexto.config, contexto.corte
    propio = corte if esperado.periodo == ANUAL else replace(corte, periodo=Periodo(esperado.periodo))
    razon = excusa(esperado, config.entregas.seguidos(propio), config.entidad.cuatrienio[0])
    return [Constancia(clase="no_aplica", referencia=razon)] if razon else []


def _de_borradores(
    contexto: Contexto, esperado: Esperado, borradores: Sequence[FichaBorrador]
) -> list[Constancia]:
    propios = [
        b for b in borradores if esperado.fila.fila in b.filas and esperado.periodo in (ANUAL, b.periodo)
    ]
    if not propios:
        return []
    primero = escribir_consecutivo(contexto, propios[0])
    cuantos = f"Borradores sin firmar: {len(propios)}." if len(propios) > 1 else "Borrador sin firmar."
    return [Constancia(clase="borrador", referencia=cuantos, consecutivo=primero)]


def _de_archivo(esperado: Esperado, archivados: Sequence[tuple[FichaRegistro, bool]]) -> list[Constancia]:
    return [
        Constancia(
            clase="no_aplica" if ficha.razon else "archivado",
            referencia=ficha.razon or (ficha.ruta if intacto else f"{ficha.ruta} falta o fue alterado."),
            fecha=date.fromisoformat(ficha.fecha),
            sha256=ficha.sha256,
            consecutivo=ficha.consecutivo,
            intacta=intacto,
        )
        for ficha, intacto in archivados
        if ficha.cubre(esperado.fila.fila, esperado.periodo)
    ]


def _renglon(esperado: Esperado, constancias: Sequence[Constancia], hoy: date) -> Mapping[str, object]:
    fila = esperado.fila
    estado = decidir_estado(esperado, constancias, hoy)
    prueba = _la_que_prueba(estado, constancias)
    return {
        "vigencia": esperado.vigencia,
        "fila": fila.fila,
        "periodo": esperado.periodo,
        "instrumento": fila.instrumento,
        "etapa": fila.etapa,
        "actividad": fila.actividad,
        "responsable": fila.responsable,
        "punto_control": fila.punto_control or None,
        "registro": fila.registro or None,
        "limite": esperado.limite.isoformat(),
        "estado": estado,
        "fecha": prueba.fecha.isoformat() if prueba and prueba.fecha else None,
        "consecutivo": prueba.consecutivo or None if prueba else None,
        "referencia": prueba.referencia if prueba else None,
        "sha256": prueba.sha256 or None if prueba else None,
        "cierra": fila.cierra,
        "vacio_de_la_semilla": fila.vacio_de_la_semilla or None,
    }


def _la_que_prueba(estado: str, constancias: Sequence[Constancia]) -> Constancia | None:
    """La constancia que explica el estado; en lo abierto, la que más dice de lo que falta."""
    clases = {
        "firmado": ("archivado",),
        "producido": ("hecho",),
        "tarde": ("archivado", "hecho"),
        "no_aplica": ("no_aplica",),
    }.get(estado, ("archivado", "parcial", "borrador"))
    intactas_primero = sorted(constancias, key=lambda c: not c.intacta)
    for clase in clases:
        halladas = [c for c in intactas_primero if c.clase == clase]
        if halladas:
            return halladas[-1] if estado in ("firmado", "no_aplica") else halladas[0]
    return None
