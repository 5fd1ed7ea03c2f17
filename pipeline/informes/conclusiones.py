"""Lo que el corte deja ver y lo que se recomienda, calculado de sus tablas. No mide nada."""

from __future__ import annotations

import pandas as pd

from pipeline.formato_es import contar, fecha_larga, numero, porcentaje, puntos
from pipeline.informes.bloques import Bloque, acortar, lista, parrafo
from pipeline.informes.cambios import Cambios
from pipeline.informes.datos import ORDEN_DE_SEVERIDAD, DatosInforme
from pipeline.informes.frases import frase
from pipeline.modelo import Nivel, Semaforo

RECOMENDACIONES = 5
VARIAS = 3  # dependencias desde las que una misma regla pide una sola decisión
MAYORES = 3  # dependencias en que se dice que se concentra el rezago
BUENAS = (Semaforo.SATISFACTORIO.value, Semaforo.SOBRESALIENTE.value)
MALAS = (Semaforo.CRITICO.value, Semaforo.BAJO.value)
LETRAS_DE_NOMBRE, LETRAS_DE_EVIDENCIA = 75, 175
YA_NO_CUENTAN = ("resuelta", "sin_verificar")
"""Estados que no piden una decisión: la alerta cesó, o no hay reporte con que saber si sigue."""


def conclusiones(cambios: Cambios) -> Bloque:
    """Hasta cinco oraciones: cómo están las metas, dónde se concentra el rezago, el dinero y lo que falta."""
    datos = cambios.datos
    dichas = [
        _de_las_bandas(datos),
        _de_la_concentracion(datos),
        _del_dinero(datos),
        _de_lo_que_falta(cambios),
        _de_lo_no_reportado(datos),
    ]
    if not any(dichas):
        return parrafo(frase("sin_conclusiones"), clase="vacio")
    return lista(dichas, clase="texto puntos")


def _de_las_bandas(datos: DatosInforme) -> str:
    bandas = datos.metas["semaforo"]
    con_esperado = int((bandas != Semaforo.NO_PROGRAMADA).sum())
    if not con_esperado:
        return ""
    inciertas = int((bandas == Semaforo.SIN_CERTEZA).sum())
    return frase(
        "conclusion_bandas",
        evaluadas=contar(con_esperado, "meta de la que", "metas de las que"),
        buenas=numero(int(bandas.isin(BUENAS).sum()), 0),
        malas=numero(int(bandas.isin(MALAS).sum()), 0),
        inciertas=contar(inciertas, "depende", "dependen"),
    )


def _de_la_concentracion(datos: DatosInforme) -> str:
    """En qué dependencias están las metas rezagadas; nada si son pocas o de pocas."""
    rezagadas = datos.metas[datos.metas["semaforo"].isin(MALAS)]
    cuenta = rezagadas["nombre_dependencia"].fillna(rezagadas["dependencia"]).value_counts()
    if len(cuenta) <= MAYORES:
        return ""
    orden = cuenta.rename_axis("nombre").reset_index(name="n")
    mayores = orden.sort_values(["n", "nombre"], ascending=[False, True]).head(MAYORES)
    nombradas = [
        f"{nombre} ({numero(int(n), 0)})" for nombre, n in zip(mayores["nombre"], mayores["n"], strict=True)
    ]
    return frase(
        "conclusion_concentracion",
        parte=porcentaje(mayores["n"].sum() / len(rezagadas), 0),
        malas=contar(len(rezagadas), "meta rezagada", "metas rezagadas"),
        dependencias="; ".join(nombradas),
    )


def _del_dinero(datos: DatosInforme) -> str:
    """La dependencia en que el dinero va más por delante de las metas."""
    filas = datos.nivel("dependencia").dropna(subset=["avance", "ejecucion_financiera"])
    distancia = filas["ejecucion_financiera"] - filas["avance"]
    if filas.empty or not float(distancia.max()) > 0:
        return ""
    mayor = filas.iloc[int(distancia.to_numpy().argmax())]
    return frase(
        "conclusion_dinero",
        nombre=mayor["nombre"],
        dinero=porcentaje(mayor["ejecucion_financiera"]),
        avance=porcentaje(mayor["avance"]),
    )


def _de_lo_que_falta(cambios: Cambios) -> str:
    """Cuánto falta para cumplir la vigencia y cuánto subió en el último trimestre; al cierre no se dice."""
    avance = cambios.datos.resumen.get("avance")
    if avance is None or pd.isna(avance) or cambios.datos.corte.periodo.numero == 4:
        return ""
    faltan = puntos(1.0 - float(avance)).lstrip("+")
    subio = cambios.fin - cambios.inicio
    clave = "conclusion_falta_y_ritmo" if subio > 0 else "conclusion_falta"
    return frase(
        clave,
        faltan=faltan,
        vigencia=cambios.datos.corte.vigencia,
        trimestres=contar(4 - cambios.datos.corte.periodo.numero, "trimestre"),
        subio=puntos(subio).lstrip("+"),
        anterior=cambios.anterior,
    )


def _de_lo_no_reportado(datos: DatosInforme) -> str:
    r = datos.resumen
    if not r or pd.isna(r["cota_superior"]) or puntos(r["cota_superior"] - r["cota_inferior"]) == "0,0":
        return ""
    return frase(
        "conclusion_sin_reporte",
        puntos=puntos(r["cota_superior"] - r["cota_inferior"]).lstrip("+"),
        superior=porcentaje(r["cota_superior"]),
    )


def recomendaciones(datos: DatosInforme) -> pd.DataFrame:
    """Las cinco decisiones de mayor impacto: `asunto`, `porque`, `accion` y `quien` (responsable y plazo).

    Junta las alertas de una misma regla en una misma dependencia, que se resuelven con una sola decisión, y
    las de dependencias enteras si la regla toca a varias; van por prioridad y, entre iguales, por la parte
    del plan a la que afectan.
    """
    vivas = datos.alertas[~datos.alertas["estado"].isin(YA_NO_CUENTAN)]
    vivas = vivas.assign(
        _orden=vivas["severidad"].map(ORDEN_DE_SEVERIDAD), impacto=vivas["impacto"].fillna(0.0)
    )
    vivas = vivas.sort_values(["_orden", "impacto", "codigo"], ascending=[True, False, True])
    grupo = vivas.groupby(["regla", _de_quien(vivas)], dropna=False).ngroup()
    por_grupo = vivas.groupby(grupo).agg(orden=("_orden", "first"), impacto=("impacto", "sum"))
    # Orden estable: entre iguales, por regla y dependencia, que es como se numeran los grupos.
    por_peso = por_grupo.sort_values(["orden", "impacto"], ascending=[True, False], kind="stable")
    primeras = [_recomendacion(vivas[grupo == cual]) for cual in por_peso.index[:RECOMENDACIONES]]
    return pd.DataFrame(primeras, columns=["asunto", "porque", "accion", "quien"])


def _de_quien(alertas: pd.DataFrame) -> pd.Series[str]:
    """La dependencia de cada alerta; vacía en las de dependencias enteras si la regla toca a varias."""
    de_dependencia = alertas["nivel"] == Nivel.DEPENDENCIA.value
    cuantas = alertas["dependencia"].where(de_dependencia).groupby(alertas["regla"]).transform("nunique")
    return alertas["dependencia"].mask(de_dependencia & (cuantas >= VARIAS), "").rename("_de_quien")


def _recomendacion(grupo: pd.DataFrame) -> dict[str, str]:
    """La decisión que resuelve las alertas del grupo; habla la de mayor impacto."""
    mayor = grupo.iloc[0]
    quien = mayor["nombre_dependencia"] if pd.notna(mayor["nombre_dependencia"]) else mayor["nombre"]
    cuantas = len(set(grupo["dependencia"]))
    de_varias = cuantas > 1
    responsable = frase("cada_dependencia") if de_varias else rol(mayor["responsable"], quien)
    asunto = contar(cuantas, "dependencia") if de_varias else quien
    return {
        "asunto": f"{mayor['nombre_regla']}: {acortar(asunto, LETRAS_DE_NOMBRE)}",
        "porque": _porque(grupo, de_varias=de_varias),
        "accion": str(mayor["accion"] or ""),
        "quien": ". ".join(p for p in (acortar(responsable, LETRAS_DE_NOMBRE), _plazo(grupo)) if p),
    }


def _porque(grupo: pd.DataFrame, *, de_varias: bool) -> str:
    """La evidencia: la única, la de mayor impacto del grupo o los nombres de las dependencias."""
    mayor = grupo.iloc[0]
    evidencia = acortar(mayor["evidencia"], LETRAS_DE_EVIDENCIA)
    if de_varias:
        nombres = list(dict.fromkeys(grupo["nombre_dependencia"].fillna(grupo["dependencia"])))
        resto = len(nombres) - MAYORES
        cuales = "; ".join(acortar(n, LETRAS_DE_NOMBRE) for n in nombres[:MAYORES])
        return f"{cuales} {frase('y_otras', cuantas=numero(resto, 0))}." if resto > 0 else f"{cuales}."
    if len(grupo) == 1:
        return evidencia
    if mayor["nivel"] == Nivel.DEPENDENCIA.value:
        return frase("ejecutivo_casos", cuantas=contar(len(grupo), "caso"), evidencia=evidencia)
    que = {"meta": ("meta", "metas"), "actividad": ("actividad", "actividades")}
    return frase(
        "ejecutivo_grupo",
        cuantas=contar(len(grupo), *que.get(str(mayor["nivel"]), ("caso", "casos"))),
        nombre=acortar(mayor["nombre"], 60),
        evidencia=evidencia,
    )


def rol(responsable: object, dependencia: object) -> str:
    """El responsable sin la dependencia, para donde ya se dice cuál es.

    >>> rol("Gerente de la meta en Secretaría de Salud", "Secretaría de Salud")
    'Gerente de la meta'
    """
    quien = responsable if isinstance(responsable, str) else ""
    return quien.removesuffix(f" en {dependencia}").removesuffix(f" de {dependencia}")


def con_rol(alertas: pd.DataFrame) -> pd.DataFrame:
    """Las mismas alertas con el responsable sin su dependencia: en la ficha de una ya se sabe cuál es."""
    pares = zip(alertas["responsable"], alertas["nombre_dependencia"], strict=True)
    return alertas.assign(responsable=[rol(r, d) for r, d in pares])


def _plazo(grupo: pd.DataFrame) -> str:
    """La fecha más próxima y, si otras ya pasaron, cuántas y desde cuándo están pendientes."""
    con_fecha = grupo[grupo["vence"].notna() & grupo["vence"].ne("")]
    vencida = con_fecha["es_vencida"].fillna(False).astype(bool)
    por_vencer, vencidas = con_fecha[~vencida], con_fecha[vencida]
    plazo = frase("ejecutivo_plazo", fecha=_primera(por_vencer)) if len(por_vencer) else ""
    if vencidas.empty:
        return plazo
    if not plazo:
        return frase("ejecutivo_vencida", fecha=_primera(vencidas))
    return frase(
        "ejecutivo_plazo_y_vencida" if len(vencidas) == 1 else "ejecutivo_plazo_y_vencidas",
        plazo=plazo,
        cuantas=numero(len(vencidas), 0),
        de=numero(len(con_fecha), 0),
        fecha=_primera(vencidas),
    )


def _primera(alertas: pd.DataFrame) -> str:
    return fecha_larga(pd.Timestamp(alertas["vence"].min()).date())
