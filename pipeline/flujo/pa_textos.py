"""Frases del informe del Plan de Acción: cuál va y con qué cifras. Las oraciones están en textos.yml."""

from __future__ import annotations

import pandas as pd

from pipeline.flujo import pa_informe as vistas
from pipeline.flujo.pa_informe import DatosPa
from pipeline.formato_es import contar, fecha_larga, millones, numero, porcentaje
from pipeline.hipertexto import ancla_de_traza
from pipeline.informes.bloques import Bloque, Cifra, cifras, lista, parrafo
from pipeline.informes.frases import frase
from pipeline.ritmo import como_va, sin_ningun_reporte


def cifras_clave(pa: DatosPa) -> Bloque:
    """Las seis cifras que abren el informe."""
    r = pa.resumen
    if not r:
        return parrafo(frase("pa_sin_datos"), clase="vacio")
    traza = ancla_de_traza("total", str(r["codigo"]))
    return cifras(
        [
            Cifra(
                nombre="Índice físico",
                valor=porcentaje(r["indice_fisico"]),
                traza=traza,
                contexto=f"esperado al corte {porcentaje(r['esperado'])}",
            ),
            Cifra(
                nombre="Índice de inversión",
                valor=porcentaje(r["indice_inversion"]),
                traza=traza,
                contexto=f"de $ {millones(r['costo_programado_comparado_cop'])} millones programados",
            ),
            Cifra(
                nombre="Eficiencia",
                valor=numero(r["eficiencia"], 2),
                traza=traza,
                contexto="físico ÷ inversión",
            ),
            Cifra(
                nombre="Actividades con reporte",
                valor=numero(r["n_reportadas"], 0),
                contexto=f"de {numero(r['n_programadas'], 0)} programadas",
            ),
            Cifra(nombre="Vencidas", valor=numero(r["n_vencidas"], 0), contexto="sin llegar al 100 %"),
            Cifra(
                nombre="Con evidencia",
                valor=numero(r["n_con_evidencia"], 0),
                contexto=f"de {numero(r['n_reportadas'], 0)} reportadas",
            ),
        ]
    )


def puntos(pa: DatosPa) -> Bloque:
    """Hasta cinco viñetas, cada una con su cifra."""
    if not pa.resumen:
        return parrafo()
    return lista(
        [_del_fisico(pa), _de_la_inversion(pa), _de_lo_declarado(pa), _de_las_vencidas(pa),
         _de_la_revision(pa)],
        clase="texto puntos",
    )  # fmt: skip


def indices(pa: DatosPa) -> Bloque:
    """Qué mide cada índice y cuánto da."""
    if not pa.resumen:
        return parrafo(frase("pa_sin_datos"), clase="vacio")
    return parrafo(frase("pa_que_miden"), _de_las_cotas(pa))


def por_dependencia(pa: DatosPa) -> Bloque:
    """Quién lleva el mayor índice físico y quién el menor."""
    nodos = pa.nivel("dependencia").dropna(subset=["indice_fisico"])
    nodos = nodos[~sin_ningun_reporte(nodos)]  # el cero de quien no reportó no es el menor índice
    if nodos.empty:
        return parrafo(frase("pa_sin_datos"), clase="vacio")
    mayor, menor = nodos.iloc[0], nodos.iloc[-1]
    if len(nodos) == 1:
        return parrafo(frase("pa_uno", nombre=mayor["nombre"], fisico=porcentaje(mayor["indice_fisico"])))
    return parrafo(
        frase(
            "pa_nivel",
            mayor=mayor["nombre"],
            fisico_mayor=porcentaje(mayor["indice_fisico"]),
            menor=menor["nombre"],
            fisico_menor=porcentaje(menor["indice_fisico"]),
        )
    )


def declarado(pa: DatosPa) -> Bloque:
    """Cuántos índices escritos no coinciden con los calculados."""
    if not pa.resumen:
        return parrafo(frase("pa_sin_datos"), clase="vacio")
    return parrafo(_de_lo_declarado(pa))


def seccion(pa: DatosPa, cual: str) -> Bloque:
    """La frase de una lista de actividades: `vencidas`, `sin_evidencia`, `sin_reporte` o `devueltas`."""
    if pa.actividades.empty:
        return parrafo(frase("pa_sin_datos"), clase="vacio")
    cuantas = len(getattr(vistas, cual)(pa))
    sufijo = {0: "_ninguna", 1: "_una"}.get(cuantas, "")
    return parrafo(frase(f"pa_{cual}{sufijo}", cuantas=contar(cuantas, "actividad", "actividades")))


def revision(pa: DatosPa) -> Bloque:
    """Qué parte de las actividades revisó el Grupo y con qué resultado."""
    return parrafo(_de_la_revision(pa) or frase("pa_sin_datos"))


def ajuste(pa: DatosPa) -> Bloque:
    """Cuántas actividades cambiaron desde el corte anterior y, aparte, cuánto cambió el costo."""
    if pa.ajuste.empty:
        return parrafo(frase("pa_sin_ajuste"))
    llave = ["dependencia", "codigo_actividad", "bpin", "cambio"]
    cambios = vistas.cambios(pa).drop_duplicates(llave)["cambio"]
    agregadas, retiradas, cambiadas = (
        int((cambios == cual).sum()) for cual in ("agregada", "retirada", "cambiada")
    )
    return parrafo(
        frase(
            "pa_ajuste",
            agregadas=contar(agregadas, "actividad", "actividades"),
            retiradas=numero(retiradas, 0),
            cambiadas=numero(cambiadas, 0),
        ),
        _del_costo(pa),
    )


def _del_costo(pa: DatosPa) -> str:
    costos = vistas.costos_por_dependencia(pa)
    if costos.empty:
        return ""
    return frase(
        "pa_ajuste_del_costo",
        cuantas=contar(int(costos["n_actividades"].sum()), "actividad", "actividades"),
        antes=millones(costos["antes_cop"].sum()),
        ahora=millones(costos["ahora_cop"].sum()),
    )


def _del_fisico(pa: DatosPa) -> str:
    r = pa.resumen
    if pd.isna(r["indice_fisico"]):
        return frase("pa_sin_fisico")
    como = como_va({**r, "avance": r["indice_fisico"]})
    return frase(
        f"pa_fisico_{como}",
        fisico=porcentaje(r["indice_fisico"]),
        esperado=porcentaje(r["esperado"]),
        fecha=fecha_larga(pa.datos.corte.fecha),
    )


def _de_la_inversion(pa: DatosPa) -> str:
    r = pa.resumen
    if pd.isna(r["indice_inversion"]):
        return frase("pa_sin_inversion")
    dicha = frase(
        "pa_inversion",
        inversion=porcentaje(r["indice_inversion"]),
        ejecutado=millones(r["costo_ejecutado_comparado_cop"]),
        programado=millones(r["costo_programado_comparado_cop"]),
    )
    return f"{dicha}{_de_lo_que_no_trae_costo(int(r['n_sin_costo']))}"


def _de_lo_que_no_trae_costo(cuantas: int) -> str:
    if not cuantas:
        return ""
    clave = "pa_sin_costo_una" if cuantas == 1 else "pa_sin_costo"
    return f" {frase(clave, cuantas=contar(cuantas, 'actividad', 'actividades'))}"


def _de_lo_declarado(pa: DatosPa) -> str:
    distintas = vistas.diferencias_con_lo_declarado(pa)
    escritos = sum(int(pa.actividades[d].notna().sum()) for d in vistas.DECLARADOS.values())
    if not escritos:
        return frase("pa_nada_declarado")
    if distintas.empty:
        return frase("pa_declarado_igual", escritos=numero(escritos, 0))
    return frase("pa_declarado", distintos=numero(len(distintas), 0), escritos=numero(escritos, 0))


def _de_las_vencidas(pa: DatosPa) -> str:
    cuantas = int(pa.resumen["n_vencidas"])
    clave = "pa_vencidas_una" if cuantas == 1 else "pa_vencidas"
    return frase(clave, cuantas=contar(cuantas, "actividad", "actividades")) if cuantas else ""


def _de_las_cotas(pa: DatosPa) -> str:
    r = pa.resumen
    if not r["n_sin_reporte"]:
        return ""
    return frase("pa_cotas", inferior=porcentaje(r["cota_inferior"]), superior=porcentaje(r["cota_superior"]))


def _de_la_revision(pa: DatosPa) -> str:
    decididas = pa.actividades["decision_grupo"].dropna()
    if pa.actividades.empty:
        return ""
    if decididas.empty:
        return frase("pa_sin_revisar", cuantas=contar(len(pa.actividades), "actividad", "actividades"))
    return frase(
        "pa_revisadas",
        revisadas=numero(len(decididas), 0),
        de=contar(len(pa.actividades), "actividad", "actividades"),
        devueltas=numero(int((decididas == "devuelta").sum()), 0),
    )
