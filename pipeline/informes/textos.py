"""Frases calculadas de los informes: cuál va y con qué cifras. Las oraciones están en recursos/textos.yml."""

from __future__ import annotations

from typing import Any

import pandas as pd

from pipeline.formato_es import contar, entre, fecha_larga, millones, numero, porcentaje
from pipeline.informes.anexo import trazas
from pipeline.informes.bloques import Bloque, acortar, lista, parrafo
from pipeline.informes.cambios import que_cambio
from pipeline.informes.claves import cifras_clave
from pipeline.informes.datos import DatosInforme
from pipeline.informes.frases import frase, textos_fijos
from pipeline.informes.metodo import como_se_hizo, glosario, limites, metodo, parametros
from pipeline.ritmo import atrasados, como_va, inciertos, sin_ningun_reporte

__all__ = [
    "alertas",
    "avance_general",
    "calidad",
    "cifras_clave",
    "cobertura",
    "como_se_hizo",
    "dinero",
    "entrega",
    "glosario",
    "libros_recibidos",
    "limites",
    "matriz",
    "metas_en_estado",
    "metodo",
    "parametros",
    "por_nivel",
    "puntos_de_avance",
    "puntos_principales",
    "que_cambio",
    "recomendaciones",
    "sobre_ejecutadas",
    "trazas",
]

NIVELES = {
    "linea": ("línea", "líneas"),
    "sector": ("sector", "sectores"),
    "programa": ("programa", "programas"),
    "dependencia": ("dependencia", "dependencias"),
}


def puntos_principales(datos: DatosInforme) -> Bloque:
    """Hasta seis viñetas, cada una con su cifra; la más importante primero."""
    if not datos.resumen:
        return parrafo()
    return lista(
        [
            _punto_de_avance(datos),
            _punto_de_cuatrienio(datos),
            _punto_de_dinero(datos),
            _punto_de_reporte(datos),
            _punto_de_lineas(datos),
            _punto_de_alertas(datos),
        ],
        clase="texto puntos",
    )


def puntos_de_avance(datos: DatosInforme, letras: int) -> list[str]:
    """Lo que las cifras clave no dicen: si va al día, y la línea que más y la que menos (hasta `letras`)."""
    return [_punto_de_avance(datos), _punto_de_lineas(datos, letras)]


def _punto_de_avance(datos: DatosInforme) -> str:
    r = datos.resumen
    if pd.isna(r["avance"]):
        return frase("sin_avance", nombre=datos.nombre)
    if pd.isna(r["esperado"]):
        return frase(
            "avance_sin_esperado", nombre=datos.nombre, avance=porcentaje(r["avance"]), fecha=_fecha(datos)
        )
    return frase(
        f"avance_{como_va(r)}",
        nombre=datos.nombre,
        avance=porcentaje(r["avance"]),
        esperado=porcentaje(r["esperado"]),
        fecha=_fecha(datos),
    )


def _punto_de_cuatrienio(datos: DatosInforme) -> str:
    r = datos.resumen
    inicio, fin = datos.config.entidad.cuatrienio
    if pd.isna(r["avance_cuatrienio"]):
        return ""
    return frase("cuatrienio", avance=porcentaje(r["avance_cuatrienio"]), inicio=inicio, fin=fin)


def _punto_de_dinero(datos: DatosInforme) -> str:
    r = datos.resumen
    if pd.isna(r["ejecucion_financiera"]):
        return frase("sin_dinero")
    return frase(
        "dinero",
        razon=porcentaje(r["ejecucion_financiera"]),
        que=textos_fijos()["razones_financieras"][datos.config.metodo.ejecucion_financiera],
        definitiva=millones(r["apropiacion_definitiva_cop"]),
    )


def _punto_de_reporte(datos: DatosInforme) -> str:
    r = datos.resumen
    faltan = int(r["n_sin_reporte"] + r["n_devueltas"])
    programadas = int(r["n_programadas"])
    if programadas == 0:
        return frase("nada_programado", vigencia=datos.corte.vigencia)
    if faltan == 0:
        return frase(
            "reporte_completo", programadas=contar(programadas, "meta programada", "metas programadas")
        )
    return frase(
        "reporte_parcial" if faltan > 1 else "reporte_parcial_uno",
        reportadas=numero(int(r["n_reportadas"]), 0),
        programadas=contar(programadas, "meta programada", "metas programadas"),
        faltan=numero(faltan, 0),
    )


def _extremos(filas: pd.DataFrame) -> tuple[pd.Series[Any], pd.Series[Any]]:
    """Las filas de mayor y de menor avance, entre las que tienen algún reporte."""
    avances = filas["avance"].to_numpy()
    return filas.iloc[int(avances.argmax())], filas.iloc[int(avances.argmin())]


def _con_reporte(filas: pd.DataFrame) -> pd.DataFrame:
    """Las que tienen avance y algún reporte: el cero de quien no reportó no es el menor avance."""
    return filas[filas["avance"].notna() & ~sin_ningun_reporte(filas)]


def _punto_de_lineas(datos: DatosInforme, letras: int = 300) -> str:
    lineas = _con_reporte(datos.nivel("linea"))
    if len(lineas) < 2:
        return ""
    mayor, menor = _extremos(lineas)
    return frase(
        "lineas",
        mayor=acortar(mayor["nombre"], letras),
        avance_mayor=porcentaje(mayor["avance"]),
        menor=acortar(menor["nombre"], letras),
        avance_menor=porcentaje(menor["avance"]),
    )


def _punto_de_alertas(datos: DatosInforme) -> str:
    abiertas = datos.alertas_ordenadas
    altas = int((abiertas["severidad"] == "alta").sum())
    if abiertas.empty:
        return frase("sin_alertas")
    total = contar(len(abiertas), "alerta temprana abierta", "alertas tempranas abiertas")
    return frase("alertas" if altas else "alertas_sin_altas", total=total, altas=numero(altas, 0))


def libros_recibidos(datos: DatosInforme) -> Bloque:
    """Cuántos libros del instrumento llegaron y cuántos se devolvieron."""
    return parrafo(_libros_recibidos(datos))


def cobertura(datos: DatosInforme) -> Bloque:
    """Quién entregó, cuántas metas tienen reporte y cuántas no estaban programadas."""
    frases = [_libros_recibidos(datos)]
    if datos.resumen:
        r = datos.resumen
        frases.append(_punto_de_reporte(datos))
        frases.append(_no_programadas(int(r["n_no_programadas"]), int(r["n_metas"]), datos.corte.vigencia))
    return parrafo(*frases)


def _libros_recibidos(datos: DatosInforme) -> str:
    esperados = len(datos.entregas_vigentes)
    if not esperados:
        return frase("ningun_libro_esperado")
    estados = datos.entregas_vigentes["estado"].value_counts()
    recibidos = esperados - int(estados.get("no_entregada", 0))
    de_cuantos = contar(esperados, "libro esperado", "libros esperados")
    if not recibidos:
        clave = "unico_libro_sin_recibir" if esperados == 1 else "ningun_libro_recibido"
        return frase(clave, esperados=de_cuantos)
    devueltos = int(estados.get("devuelta", 0) + estados.get("ilegible", 0))
    return frase(
        "un_libro_recibido" if recibidos == 1 else "libros_recibidos",
        recibidos=numero(recibidos, 0),
        esperados=de_cuantos,
        devueltos=frase({0: "ninguno_devuelto", 1: "uno_devuelto"}.get(devueltos, "varios_devueltos"),
                        cuantos=numero(devueltos, 0)),
    )  # fmt: skip


def _no_programadas(cuantas: int, de: int, vigencia: int) -> str:
    if cuantas == 0:
        return frase("todas_programadas", vigencia=vigencia)
    nombre = "no_programadas_uno" if cuantas == 1 else "no_programadas"
    return frase(nombre, cuantas=numero(cuantas, 0), de=contar(de, "meta"), vigencia=vigencia)


def avance_general(datos: DatosInforme) -> Bloque:
    """Avance frente a lo esperado y, si lo no reportado puede moverlo, entre qué valores."""
    r = datos.resumen
    if not r:
        return parrafo(frase("sin_metas", nombre=datos.nombre), clase="vacio")
    frases = [_punto_de_avance(datos)]
    if entre(r["cota_inferior"], r["cota_superior"]):
        frases.append(
            frase("cotas", inferior=porcentaje(r["cota_inferior"]), superior=porcentaje(r["cota_superior"]))
        )
    return parrafo(*frases, _punto_de_cuatrienio(datos))


def por_nivel(datos: DatosInforme, nivel: str) -> Bloque:
    """Mayor y menor avance del nivel y cuántos van por debajo de lo esperado."""
    uno, varios = NIVELES[nivel]
    filas = datos.nivel(nivel)
    conocidas = _con_reporte(filas)
    if conocidas.empty:
        return parrafo(frase("nivel_sin_avance", varios=varios), clase="vacio")
    mayor, menor = _extremos(conocidas)
    mudas = int((filas["avance"].notna() & sin_ningun_reporte(filas)).sum())
    sin_reporte = frase("nivel_sin_reporte", cuantos=contar(mudas, uno, varios)) if mudas else ""
    if len(conocidas) == 1:
        nombre, avance = mayor["nombre"], porcentaje(mayor["avance"])
        return parrafo(frase(f"nivel_uno{_genero(uno)}", uno=uno, nombre=nombre, avance=avance), sin_reporte)
    return parrafo(
        frase(
            "nivel",
            mayor=mayor["nombre"],
            avance_mayor=porcentaje(mayor["avance"]),
            menor=menor["nombre"],
            avance_menor=porcentaje(menor["avance"]),
            ritmo=_ritmo_del_nivel(filas.dropna(subset=["avance"]), uno, varios),
        ),
        sin_reporte,
        _sin_avance_del_nivel(int(filas["avance"].isna().sum()), uno, varios),
    )


def _genero(uno: str) -> str:
    return "_f" if uno in {"línea", "dependencia"} else ""


def _ritmo_del_nivel(filas: pd.DataFrame, uno: str, varios: str) -> str:
    debajo, sin_saber = int(atrasados(filas).sum()), int(inciertos(filas).sum())
    de = contar(len(filas), uno, varios)
    genero = _genero(uno)
    if debajo == len(filas):
        return frase(f"ritmo_ninguna{genero}", de=de)
    if debajo + sin_saber == 0:
        return frase(f"ritmo_todas{genero}", de=de)
    verbo = "avanza" if debajo <= 1 else "avanzan"
    nadie = "ninguna" if genero else "ninguno"
    return frase(
        "ritmo_inciertas" if sin_saber else "ritmo_algunas",
        de=de,
        atrasadas=numero(debajo, 0) if debajo else f"{nadie} con seguridad",
        verbo=verbo,
        inciertas=numero(sin_saber, 0),
    )


def _sin_avance_del_nivel(cuantos: int, uno: str, varios: str) -> str:
    if cuantos == 0:
        return ""
    return frase(
        "nivel_faltan", cuantos=contar(cuantos, uno, varios), tiene="tiene" if cuantos == 1 else "tienen"
    )


def dinero(datos: DatosInforme) -> Bloque:
    """Ejecución financiera como razón de sumas, con sus valores."""
    return parrafo(_punto_de_dinero(datos) if datos.resumen else frase("sin_dinero"))


def alertas(datos: DatosInforme) -> Bloque:
    """Cuántas alertas hay y de qué prioridad."""
    return parrafo(_punto_de_alertas(datos))


def recomendaciones() -> Bloque:
    """De dónde salen las recomendaciones."""
    return parrafo(frase("recomendaciones"))


def metas_en_estado(datos: DatosInforme, estado: str) -> Bloque:
    """Cuántas metas están en el estado y qué significa para el índice."""
    if datos.metas.empty:
        return parrafo(frase("sin_metas", nombre=datos.nombre), clase="vacio")
    cuantas = len(datos.metas_en_estado(estado))
    sufijo = {0: "_ninguna", 1: "_una"}.get(cuantas, "")
    opcion = getattr(datos.config.metodo, estado, "") if estado in {"sin_reporte", "no_programada"} else ""
    efecto = textos_fijos()["efectos"].get(f"{estado}/{opcion}", "") if cuantas else ""
    return parrafo(
        frase(f"estado_{estado}{sufijo}", cuantas=numero(cuantas, 0), vigencia=datos.corte.vigencia), efecto
    )


def sobre_ejecutadas(datos: DatosInforme) -> Bloque:
    """Cuántas metas pasan de lo programado y qué hace el tope del método."""
    cuantas = len(datos.metas_sobre_ejecutadas)
    if datos.metas.empty:
        return parrafo(frase("sin_metas", nombre=datos.nombre), clase="vacio")
    if cuantas == 0:
        return parrafo(frase("sobre_ninguna"))
    tope = datos.config.metodo.tope
    efecto = frase("tope_no") if tope == "sin_tope" else frase("tope", tope=porcentaje(float(tope), 0))
    return parrafo(frase("sobre_una" if cuantas == 1 else "sobre", cuantas=numero(cuantas, 0)), efecto)


def calidad(datos: DatosInforme) -> Bloque:
    """Cuántos hallazgos bloquean, observan e informan."""
    cuenta = datos.hallazgos["severidad"].value_counts()
    if datos.hallazgos.empty:
        hay_libros = datos.entregas["sha256"].notna().any()
        return parrafo(frase("calidad_ninguno" if hay_libros else "calidad_sin_libros"))
    return parrafo(
        frase(
            "calidad",
            total=contar(len(datos.hallazgos), "hallazgo"),
            bloquean=_cuantos(int(cuenta.get("bloquea", 0)), "bloquea", "bloquean"),
            observan=_cuantos(int(cuenta.get("observa", 0)), "observa", "observan"),
            informan=_cuantos(int(cuenta.get("informa", 0)), "informa", "informan"),
        )
    )


def _cuantos(cantidad: int, uno: str, varios: str) -> str:
    return f"{numero(cantidad, 0)} {uno if cantidad == 1 else varios}"


def entrega(datos: DatosInforme) -> Bloque:
    """Estado de la entrega de la dependencia: cuándo llegó, si se aceptó y qué sigue."""
    vigentes = datos.entregas_vigentes
    if vigentes.empty:
        return parrafo(frase("entrega_no_esperada"), clase="vacio")
    ultima = vigentes.iloc[-1]
    mora = ultima["dias_mora"]
    return parrafo(
        frase(
            f"entrega_{ultima['estado']}",
            archivo=ultima["archivo"],
            recibido=_momento(ultima["recibido_en"]),
            vence=_dia(ultima["vence"]),
            bloquean=contar(_entero(ultima["n_bloquea"]), "hallazgo que bloquea", "hallazgos que bloquean"),
            observan=contar(_entero(ultima["n_observa"]), "observación", "observaciones"),
        ),
        ""
        if pd.isna(mora) or mora == 0
        else frase("mora", dias=contar(int(mora), "día hábil", "días hábiles")),
    )


def _entero(valor: Any) -> int:
    return 0 if pd.isna(valor) else int(valor)


def _momento(texto: Any) -> str:
    if not isinstance(texto, str) or not texto:
        return ""
    cuando = pd.Timestamp(texto)
    return f"{fecha_larga(cuando.date())} a las {cuando:%H:%M}"


def _dia(texto: Any) -> str:
    return fecha_larga(pd.Timestamp(texto).date()) if isinstance(texto, str) and texto else ""


def _fecha(datos: DatosInforme) -> str:
    return fecha_larga(datos.corte.fecha)


def matriz(datos: DatosInforme) -> Bloque:
    """Cuántas metas trae el anexo; en el PDF, dónde está la matriz completa."""
    cuantas = contar(len(datos.metas), "meta")
    return Bloque(
        parrafo(frase("matriz", cuantas=cuantas), clase="texto solo-html").contenido
        + parrafo(frase("matriz_pdf", cuantas=cuantas), clase="texto solo-pdf").contenido
    )
