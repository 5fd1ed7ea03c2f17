"""Tablas y oraciones de la revisión del método: agregación, cotas, bandas, dinero, tipos y código."""

from __future__ import annotations

import html
import inspect
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from pipeline.errores import ErrorInforme
from pipeline.formato_es import contar, exacto, numero, porcentaje
from pipeline.indices import calcular_indices, cuatrienio, finanzas, formulas, promedios, semaforo
from pipeline.indices.agregacion import valores_que_cuentan
from pipeline.indices.finanzas import RAZONES, recursos_por_fuente
from pipeline.indices.metas import remedir
from pipeline.indices.tipos import comparar_tipos
from pipeline.informes.bloques import Bloque, parrafo
from pipeline.informes.datos import clave_de_codigo
from pipeline.metodologia.pesos import nodo_de_cada_meta, pesos_en_el_nodo
from pipeline.metodologia.revision import TOLERANCIA, Revision, nombre_de_tipo, recurso, texto
from pipeline.modelo import EstadoReporte, Nivel, Semaforo, TipoMeta

TOTAL = "Total"
CODIGO = (
    formulas.avance_crudo,
    formulas.con_tope,
    formulas.avance_esperado,
    cuatrienio.avance_cuatrienio,
    promedios.promedio,
    semaforo.semaforo,
    finanzas.razon,
)


def tipos_de_meta(revision: Revision) -> pd.DataFrame:
    """Cuántas metas del corte se calculan con cada tipo: tipo, formula, metas, reportadas y fuente."""
    metas = revision.datos.metas
    reportada = metas["estado_reporte"] == EstadoReporte.REPORTADA.value
    filas = []
    for tipo in (t.value for t in TipoMeta):
        es_del_tipo = metas["tipo_meta"].eq(tipo)
        filas.append(
            {
                "tipo": nombre_de_tipo(tipo),
                **recurso()["formulas"][tipo],
                "n_metas": int(es_del_tipo.sum()),
                "n_reportadas": int((es_del_tipo & reportada).sum()),
            }
        )
    return pd.DataFrame(filas)


def aporte_de_las_lineas(revision: Revision) -> pd.DataFrame:
    """De dónde sale el índice del plan: peso de cada línea entre las metas que cuentan, avance y aporte."""
    metas = _con_pesos(revision, Nivel.PLAN)
    por_linea = metas.groupby(metas["linea"].fillna(""), sort=False)
    filas = por_linea.agg(
        nombre=("nombre_linea", "first"),
        n_metas=("cuenta", "sum"),
        peso=("peso", "sum"),
        aporte=("aporte", "sum"),
    )
    filas = filas.assign(nombre=filas["nombre"].fillna("Sin línea"))
    filas = filas.sort_index(key=lambda i: i.map(clave_de_codigo)).reset_index(drop=True)
    return _con_total(filas.assign(avance=filas["aporte"] / filas["peso"].where(filas["peso"] > 0)))


def linea_de_ejemplo(revision: Revision) -> str:
    """Código de la línea con menos metas que cuentan (dos o más): la que se puede repasar entera; o vacío."""
    metas = _con_pesos(revision, Nivel.LINEA)
    cuantas = metas.groupby("linea")["cuenta"].sum()
    candidatas = cuantas[cuantas >= 2]
    if candidatas.empty:
        return ""
    por_codigo = {str(codigo): int(n) for codigo, n in candidatas.items()}
    return min(por_codigo, key=lambda codigo: (por_codigo[codigo], clave_de_codigo(codigo)))


def aporte_de_las_metas(revision: Revision) -> pd.DataFrame:
    """Cada meta de la línea de ejemplo: ponderador del plan, peso en la línea, avance que cuenta y aporte."""
    metas = _con_pesos(revision, Nivel.LINEA)
    propias = metas[metas["linea"] == linea_de_ejemplo(revision)]
    propias = propias.sort_values("codigo_meta", key=lambda c: c.map(clave_de_codigo))
    suma = propias["ponderador"].where(propias["cuenta"] == 1).sum(min_count=1)
    de_total = {"nombre_meta": propias["nombre_linea"].iloc[0] if len(propias) else None, "ponderador": suma}
    filas = propias.drop(columns="avance").rename(
        columns={"codigo_meta": "nombre", "valor": "avance", "cuenta": "n_metas"}
    )
    columnas = ["nombre", "nombre_meta", "ponderador", "peso", "avance", "aporte", "n_metas"]
    filas = _con_total(filas[columnas], **de_total) if len(filas) else filas[columnas]
    return filas.assign(ponderador=filas["ponderador"].map(exacto, na_action="ignore"))


def retiro_de_un_libro(revision: Revision) -> pd.DataFrame:
    """Avance y cotas del plan como se publicó y sin el libro de la dependencia con más metas reportadas.

    Levanta ErrorInforme si, con tope, quitar el libro estrecha las cotas: no lo puede hacer.
    """
    metas, plan = revision.datos.metas, Nivel.PLAN.value
    reportadas = metas[metas["estado_reporte"] == EstadoReporte.REPORTADA.value]
    columnas = ["n_reportadas", "cota_inferior", "avance", "cota_superior"]
    publicado = revision.datos.indices.loc[lambda t: t["nivel"] == plan, columnas].assign(
        caso="Como se publicó"
    )
    if reportadas["dependencia"].isna().all():
        return publicado.assign(amplitud=publicado["cota_superior"] - publicado["cota_inferior"])
    dependencia = str(reportadas["dependencia"].value_counts().sort_index().idxmax())
    fuera = metas.index.isin(reportadas.index) & metas["dependencia"].eq(dependencia)
    sin_libro = metas.assign(
        estado_reporte=metas["estado_reporte"].mask(fuera, EstadoReporte.SIN_REPORTE.value),
        ejecutado_vigencia=metas["ejecutado_vigencia"].mask(fuera),
    )
    opciones: dict[str, Any] = {"corte": revision.datos.corte, "metodo": revision.metodo}
    indices = calcular_indices(remedir(sin_libro, **opciones), niveles=(Nivel.PLAN,), **opciones)
    quitado = indices[columnas].assign(
        caso=f"Sin el libro de {revision.datos.config.dependencia(dependencia).nombre}"
    )
    filas = pd.concat([publicado, quitado], ignore_index=True)
    if revision.metodo.tope is not None:
        _exigir_que_no_se_estrechen(filas)
    return filas.assign(amplitud=filas["cota_superior"] - filas["cota_inferior"])


def bandas(revision: Revision) -> pd.DataFrame:
    """Cada banda: desde dónde (avance / esperado), cuántas metas y cuántas dependencias caen en ella."""
    limites = revision.metodo.bandas
    desde = {
        Semaforo.CRITICO: 0.0,
        Semaforo.BAJO: limites.bajo,
        Semaforo.MEDIO: limites.medio,
        Semaforo.SATISFACTORIO: limites.satisfactorio,
        Semaforo.SOBRESALIENTE: limites.sobresaliente,
    }
    metas, indices = revision.datos.metas, revision.datos.indices
    dependencias = indices[indices["nivel"] == Nivel.DEPENDENCIA.value]
    return pd.DataFrame(
        [
            {
                "semaforo": s.value,
                "desde": desde.get(s, float("nan")),
                "n_metas": int((metas["semaforo"] == s.value).sum()),
                "n_dependencias": int((dependencias["semaforo"] == s.value).sum()),
            }
            for s in Semaforo
        ]
    )


def sin_certeza(revision: Revision) -> Bloque:
    """Un nodo «sin certeza» del corte, con las dos bandas que le caben; o que no hay ninguno."""
    indices = revision.datos.indices
    dudosos = indices[(indices["semaforo"] == Semaforo.SIN_CERTEZA.value) & indices["esperado"].gt(0)]
    dudosos = dudosos[dudosos["cota_superior"] > dudosos["cota_inferior"]]
    if dudosos.empty:
        return parrafo(texto("sin_dudosos"))
    orden = dudosos.assign(amplitud=dudosos["cota_superior"] - dudosos["cota_inferior"])
    nodo = orden.sort_values(["amplitud", "nivel", "codigo"], kind="stable").iloc[0]
    extremos = np.array([nodo["cota_inferior"], nodo["cota_superior"]])
    esperado, programada = np.full(2, nodo["esperado"]), np.ones(2, dtype=np.bool_)
    caben = semaforo.nombres(
        semaforo.semaforo(extremos, extremos, esperado, programada, revision.metodo.bandas)
    )
    nombres = [recurso()["bandas"][banda] for banda in caben]
    return parrafo(
        texto(
            "dudoso",
            nombre=nodo["nombre"],
            inferior=porcentaje(nodo["cota_inferior"]),
            superior=porcentaje(nodo["cota_superior"]),
            esperado=porcentaje(nodo["esperado"]),
            abajo=nombres[0],
            arriba=nombres[1],
        )
    )


def ejecucion_por_linea(revision: Revision) -> pd.DataFrame:
    """Por línea y en el plan: sumas, razón de sumas (oficial) y promedio de razones (el que no se usa)."""
    arriba, abajo = RAZONES[revision.metodo.ejecucion_financiera]
    indices, metas = revision.datos.indices, revision.datos.metas
    partes = []
    for nivel in (Nivel.LINEA, Nivel.PLAN):
        nodos = indices[indices["nivel"] == nivel.value]
        promedio = metas.groupby(nodo_de_cada_meta(metas, nivel))["ejecucion_financiera"].mean()
        partes.append(
            nodos.assign(
                numerador=nodos[arriba], denominador=nodos[abajo], promedio=nodos["codigo"].map(promedio)
            ).sort_values("codigo", key=lambda c: c.map(clave_de_codigo))
        )
    return pd.concat(partes, ignore_index=True)


def fuentes_de_recursos(revision: Revision) -> pd.DataFrame:
    """Recursos programados por fuente, en la vigencia y en el cuatrienio, con su parte y el total."""
    vigencia = revision.datos.corte.vigencia
    por_fuente = recursos_por_fuente(revision.plan_fuentes)
    del_corte = por_fuente[por_fuente["vigencia"] == vigencia].set_index("fuente")
    del_plan = recursos_por_fuente(revision.plan_fuentes.assign(vigencia=0)).set_index("fuente")
    columnas = ["programado_cop", "participacion"]
    filas = del_plan[columnas].join(del_corte[columnas].add_suffix("_vigencia")).join(del_corte["n_metas"])
    filas = filas.sort_values(["programado_cop_vigencia", "programado_cop"], ascending=False).reset_index()
    if filas.empty:
        return filas
    sumas = filas.drop(columns="fuente").sum(min_count=1)
    financiadas = revision.plan_fuentes[
        (revision.plan_fuentes["vigencia"] == vigencia) & revision.plan_fuentes["programado_cop"].notna()
    ]
    total = pd.DataFrame([{**sumas, "n_metas": financiadas["codigo_meta"].nunique(), "fuente": TOTAL}])
    return pd.concat([filas, total], ignore_index=True)


def texto_de_fuentes(revision: Revision) -> Bloque:
    """Qué se puede decir por fuente: lo programado; y qué no, porque los libros no lo traen."""
    vigencia = revision.datos.corte.vigencia
    del_corte = revision.plan_fuentes[revision.plan_fuentes["vigencia"] == vigencia]
    if del_corte["programado_cop"].isna().all():
        return parrafo(texto("sin_fuentes", vigencia=vigencia), clase="vacio")
    suma = float(del_corte["programado_cop"].sum())
    del_plan = revision.plan_vigencias.loc[
        lambda t: t["vigencia"] == vigencia, "recursos_programados_cop"
    ].sum()
    mayor = fuentes_de_recursos(revision).iloc[0]
    cuadra = abs(suma - del_plan) <= 1.0
    diferencia = porcentaje(suma / del_plan - 1 if del_plan else None)
    return parrafo(
        texto(
            "fuentes",
            vigencia=vigencia,
            fuente=mayor["fuente"],
            participacion=porcentaje(mayor["participacion_vigencia"]),
        ),
        texto("fuentes_cuadran" if cuadra else "fuentes_no_cuadran", diferencia=diferencia),
        texto("fuentes_sin_ejecucion"),
    )


def contradicciones(revision: Revision) -> pd.DataFrame:
    """Metas cuyo tipo no corresponde a su programación, con lo que da cada lectura al cumplir el programa.

    Las lecturas van sin tope: con él, una meta que programa cuatro veces su valor parecería normal.
    """
    metas = revision.datos.metas
    vigencias = revision.datos.config.entidad.vigencias
    tabla = comparar_tipos(
        metas, revision.plan_vigencias, vigencias=vigencias, metodo=replace(revision.metodo, tope=None)
    )
    tabla = tabla.merge(
        metas[["codigo_meta", "nombre_meta", "nombre_dependencia", "meta_cuatrienio"]],
        on="codigo_meta",
        how="left",
    )
    programado = revision.plan_vigencias.pivot_table(
        index="codigo_meta", columns="vigencia", values="programado_vigencia"
    )
    return tabla.assign(
        declarado=tabla["tipo_declarado"].map(nombre_de_tipo),
        patron=tabla["tipo_inferido"].map(lambda t: nombre_de_tipo(t) if isinstance(t, str) else "ninguno"),
        programacion=[_serie(programado, codigo, vigencias) for codigo in tabla["codigo_meta"]],
    ).sort_values("codigo_meta", key=lambda c: c.map(clave_de_codigo), ignore_index=True)


def texto_de_contradicciones(revision: Revision) -> Bloque:
    """Cuántas metas declaran un tipo que su programación contradice."""
    cuantas = len(contradicciones(revision))
    de = contar(len(revision.datos.metas), "meta")
    return parrafo(
        texto("contradicciones" if cuantas else "sin_contradicciones", cuantas=contar(cuantas, "meta"), de=de)
    )


def codigo_de_las_formulas() -> Bloque:
    """El código de las funciones que calculan, tal como se ejecutó."""
    fuentes = "\n\n".join(inspect.getsource(funcion) for funcion in CODIGO)
    return Bloque(f'<pre class="salida" tabindex="0">{html.escape(fuentes)}</pre>')


def _con_pesos(revision: Revision, nivel: Nivel) -> pd.DataFrame:
    """Las metas con `valor` (el que entra al promedio), `peso` en su nodo, `aporte` y si `cuenta`."""
    metas = revision.datos.metas
    valores = valores_que_cuentan(metas, revision.metodo).columnas["avance"]
    pesos = pesos_en_el_nodo(metas, valores, nivel, revision.metodo.agregacion)
    aporte = np.where(np.isnan(valores), np.nan, pesos * valores)
    return metas.assign(valor=valores, peso=pesos, aporte=aporte, cuenta=(~np.isnan(valores)).astype(int))


def _con_total(filas: pd.DataFrame, **otros: Any) -> pd.DataFrame:
    """Las filas y su total: la suma de los pesos y la de los aportes, que es el índice del nodo."""
    sumas = filas[["peso", "aporte", "n_metas"]].sum(min_count=1)
    total = pd.DataFrame([{"nombre": TOTAL, **sumas, "avance": sumas["aporte"], **otros}])
    return pd.concat([filas, total.astype({"n_metas": "int64"})], ignore_index=True)


def _exigir_que_no_se_estrechen(filas: pd.DataFrame) -> None:
    antes, despues = filas.iloc[0], filas.iloc[1]
    if despues["cota_inferior"] > antes["cota_inferior"] + TOLERANCIA:
        raise ErrorInforme("quitar un libro subió la cota inferior del plan")
    if despues["cota_superior"] < antes["cota_superior"] - TOLERANCIA:
        raise ErrorInforme("quitar un libro bajó la cota superior del plan")


def _serie(programado: pd.DataFrame, codigo: str, vigencias: tuple[int, ...]) -> str:
    if codigo not in programado.index:
        return ""
    valores = programado.loc[codigo].to_dict()
    return " · ".join(numero(float(valores.get(v, float("nan")))) for v in vigencias)
