"""Frases calculadas de los informes. Las oraciones fijas están en recursos/textos.yml; aquí, cuál va y con qué cifras."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from pipeline.formato_es import contar, fecha_larga, millones, numero, porcentaje
from pipeline.informes.bloques import Bloque, Cifra, cifras, definiciones, lista, parrafo
from pipeline.informes.datos import DatosInforme
from pipeline.modelo import Metodo

TEXTOS = Path(__file__).parents[1] / "recursos" / "textos.yml"
NIVELES = {
    "linea": ("línea", "líneas"),
    "sector": ("sector", "sectores"),
    "programa": ("programa", "programas"),
    "dependencia": ("dependencia", "dependencias"),
}


@cache
def _textos() -> dict[str, Any]:
    return dict(yaml.safe_load(TEXTOS.read_text(encoding="utf-8")))


def _frase(clave: str, /, **valores: object) -> str:
    return str(_textos()["frases"][clave]).format(**valores).strip()


def cifras_clave(datos: DatosInforme) -> Bloque:
    """Las seis cifras que abren el informe."""
    r = datos.resumen
    if not r:
        return parrafo(_frase("sin_metas", nombre=datos.nombre), clase="vacio")
    altas = int((datos.alertas_ordenadas["severidad"] == "alta").sum())
    return cifras(
        [
            Cifra(
                nombre="Avance de la vigencia", valor=porcentaje(r["avance"]), contexto=_contexto_de_avance(r)
            ),
            Cifra(
                nombre="Avance del cuatrienio",
                valor=porcentaje(r["avance_cuatrienio"]),
                contexto=_entre(r["cota_inferior_cuatrienio"], r["cota_superior_cuatrienio"]),
            ),
            Cifra(
                nombre="Ejecución financiera",
                valor=porcentaje(r["ejecucion_financiera"]),
                contexto=_textos()["razones_financieras"][datos.config.metodo.ejecucion_financiera],
            ),
            Cifra(
                nombre="Metas con reporte",
                valor=porcentaje(r["indice_reporte"]),
                contexto=f"{numero(int(r['n_reportadas']), 0)} de {contar(int(r['n_programadas']), 'programada')}",
            ),
            Cifra(
                nombre="Libros a tiempo",
                valor=porcentaje(r["indice_oportunidad"]),
                contexto=_contexto_de_entregas(datos),
            ),
            Cifra(
                nombre="Alertas de prioridad alta",
                valor=numero(altas, 0),
                contexto=f"de {contar(len(datos.alertas_ordenadas), 'alerta abierta', 'alertas abiertas')}",
            ),
        ]
    )


def _contexto_de_avance(r: dict[str, Any]) -> str:
    partes = [] if pd.isna(r["esperado"]) else [f"esperado al corte: {porcentaje(r['esperado'])}"]
    return "; ".join([*partes, _entre(r["cota_inferior"], r["cota_superior"])])


def _entre(inferior: float, superior: float) -> str:
    if pd.isna(inferior) or pd.isna(superior) or porcentaje(inferior) == porcentaje(superior):
        return ""
    return f"entre {porcentaje(inferior)} y {porcentaje(superior)} según lo que falta por reportar"


def _contexto_de_entregas(datos: DatosInforme) -> str:
    vigentes = datos.entregas_vigentes
    a_tiempo = int((vigentes["oportunidad"] == "a_tiempo").sum())
    return f"{numero(a_tiempo, 0)} de {contar(len(vigentes), 'libro esperado', 'libros esperados')}"


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


def _punto_de_avance(datos: DatosInforme) -> str:
    r = datos.resumen
    if pd.isna(r["avance"]):
        return _frase("sin_avance", nombre=datos.nombre)
    if pd.isna(r["esperado"]):
        return _frase(
            "avance_sin_esperado", nombre=datos.nombre, avance=porcentaje(r["avance"]), fecha=_fecha(datos)
        )
    atrasado = r["avance"] < r["esperado"]
    return _frase(
        "avance_atrasado" if atrasado else "avance_al_dia",
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
    return _frase("cuatrienio", avance=porcentaje(r["avance_cuatrienio"]), inicio=inicio, fin=fin)


def _punto_de_dinero(datos: DatosInforme) -> str:
    r = datos.resumen
    if pd.isna(r["ejecucion_financiera"]):
        return _frase("sin_dinero")
    return _frase(
        "dinero",
        razon=porcentaje(r["ejecucion_financiera"]),
        que=_textos()["razones_financieras"][datos.config.metodo.ejecucion_financiera],
        definitiva=millones(r["apropiacion_definitiva_cop"]),
    )


def _punto_de_reporte(datos: DatosInforme) -> str:
    r = datos.resumen
    faltan = int(r["n_sin_reporte"] + r["n_devueltas"])
    programadas = int(r["n_programadas"])
    if programadas == 0:
        return _frase("nada_programado", vigencia=datos.corte.vigencia)
    if faltan == 0:
        return _frase(
            "reporte_completo", programadas=contar(programadas, "meta programada", "metas programadas")
        )
    return _frase(
        "reporte_parcial" if faltan > 1 else "reporte_parcial_uno",
        reportadas=numero(int(r["n_reportadas"]), 0),
        programadas=contar(programadas, "meta programada", "metas programadas"),
        faltan=numero(faltan, 0),
    )


def _punto_de_lineas(datos: DatosInforme) -> str:
    lineas = datos.nivel("linea").dropna(subset=["avance"])
    if len(lineas) < 2:
        return ""
    mayor, menor = lineas.loc[lineas["avance"].idxmax()], lineas.loc[lineas["avance"].idxmin()]
    return _frase(
        "lineas",
        mayor=mayor["nombre"],
        avance_mayor=porcentaje(mayor["avance"]),
        menor=menor["nombre"],
        avance_menor=porcentaje(menor["avance"]),
    )


def _punto_de_alertas(datos: DatosInforme) -> str:
    abiertas = datos.alertas_ordenadas
    altas = int((abiertas["severidad"] == "alta").sum())
    if abiertas.empty:
        return _frase("sin_alertas")
    total = contar(len(abiertas), "alerta temprana abierta", "alertas tempranas abiertas")
    return _frase("alertas" if altas else "alertas_sin_altas", total=total, altas=numero(altas, 0))


def cobertura(datos: DatosInforme) -> Bloque:
    """Quién entregó, cuántas metas tienen reporte y cuántas no estaban programadas."""
    estados = datos.entregas_vigentes["estado"].value_counts()
    entregados = int(len(datos.entregas_vigentes) - estados.get("no_entregada", 0))
    frases = [
        _frase(
            "entregas",
            entregados=contar(entregados, "libro"),
            esperados=numero(len(datos.entregas_vigentes), 0),
            devueltos=contar(
                int(estados.get("devuelta", 0) + estados.get("ilegible", 0)),
                "libro devuelto",
                "libros devueltos",
            ),
        )
    ]
    if datos.resumen:
        r = datos.resumen
        frases.append(_punto_de_reporte(datos))
        frases.append(_no_programadas(int(r["n_no_programadas"]), int(r["n_metas"]), datos.corte.vigencia))
    return parrafo(*frases)


def _no_programadas(cuantas: int, de: int, vigencia: int) -> str:
    if cuantas == 0:
        return _frase("todas_programadas", vigencia=vigencia)
    nombre = "no_programadas_uno" if cuantas == 1 else "no_programadas"
    return _frase(nombre, cuantas=contar(cuantas, "meta"), de=contar(de, "meta"), vigencia=vigencia)


def avance_general(datos: DatosInforme) -> Bloque:
    """Avance frente a lo esperado y, si lo no reportado puede moverlo, entre qué valores."""
    r = datos.resumen
    if not r:
        return parrafo(_frase("sin_metas", nombre=datos.nombre), clase="vacio")
    frases = [_punto_de_avance(datos)]
    if _entre(r["cota_inferior"], r["cota_superior"]):
        frases.append(
            _frase("cotas", inferior=porcentaje(r["cota_inferior"]), superior=porcentaje(r["cota_superior"]))
        )
    return parrafo(*frases, _punto_de_cuatrienio(datos))


def por_nivel(datos: DatosInforme, nivel: str) -> Bloque:
    """Mayor y menor avance del nivel y cuántos van por debajo de lo esperado."""
    uno, varios = NIVELES[nivel]
    filas = datos.nivel(nivel)
    con_avance = filas.dropna(subset=["avance"])
    if con_avance.empty:
        return parrafo(_frase("nivel_sin_avance", varios=varios), clase="vacio")
    mayor, menor = (
        con_avance.loc[con_avance["avance"].idxmax()],
        con_avance.loc[con_avance["avance"].idxmin()],
    )
    if len(con_avance) == 1:
        return parrafo(
            _frase("nivel_uno", uno=uno, nombre=mayor["nombre"], avance=porcentaje(mayor["avance"]))
        )
    atrasadas = int((con_avance["avance"] < con_avance["esperado"]).sum())
    return parrafo(
        _frase(
            "nivel",
            mayor=mayor["nombre"],
            avance_mayor=porcentaje(mayor["avance"]),
            menor=menor["nombre"],
            avance_menor=porcentaje(menor["avance"]),
            atrasadas=contar(atrasadas, uno, varios),
            de=numero(len(con_avance), 0),
            verbo="avanza" if atrasadas == 1 else "avanzan",
        ),
        _sin_avance_del_nivel(len(filas) - len(con_avance), uno, varios),
    )


def _sin_avance_del_nivel(cuantos: int, uno: str, varios: str) -> str:
    if cuantos == 0:
        return ""
    return _frase(
        "nivel_faltan", cuantos=contar(cuantos, uno, varios), tiene="tiene" if cuantos == 1 else "tienen"
    )


def dinero(datos: DatosInforme) -> Bloque:
    """Ejecución financiera como razón de sumas, con sus valores."""
    return parrafo(_punto_de_dinero(datos) if datos.resumen else _frase("sin_dinero"))


def alertas(datos: DatosInforme) -> Bloque:
    """Cuántas alertas hay y de qué prioridad."""
    return parrafo(_punto_de_alertas(datos))


def metas_en_estado(datos: DatosInforme, estado: str) -> Bloque:
    """Cuántas metas están en el estado y qué significa para el índice."""
    cuantas = len(datos.metas_en_estado(estado))
    sufijo = {0: "_ninguna", 1: "_una"}.get(cuantas, "")
    opcion = getattr(datos.config.metodo, estado, "") if estado in {"sin_reporte", "no_programada"} else ""
    efecto = _textos()["efectos"].get(f"{estado}/{opcion}", "") if cuantas else ""
    return parrafo(
        _frase(f"estado_{estado}{sufijo}", cuantas=numero(cuantas, 0), vigencia=datos.corte.vigencia), efecto
    )


def sobre_ejecutadas(datos: DatosInforme) -> Bloque:
    """Cuántas metas pasan de lo programado y qué hace el tope del método."""
    cuantas = len(datos.metas_sobre_ejecutadas)
    if cuantas == 0:
        return parrafo(_frase("sobre_ninguna"))
    tope = datos.config.metodo.tope
    efecto = _frase("tope_no") if tope == "sin_tope" else _frase("tope", tope=porcentaje(float(tope), 0))
    return parrafo(_frase("sobre_una" if cuantas == 1 else "sobre", cuantas=numero(cuantas, 0)), efecto)


def calidad(datos: DatosInforme) -> Bloque:
    """Cuántos hallazgos bloquean, observan e informan."""
    cuenta = datos.hallazgos["severidad"].value_counts()
    if datos.hallazgos.empty:
        return parrafo(_frase("calidad_ninguno"))
    return parrafo(
        _frase(
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
        return parrafo(_frase("entrega_no_esperada"), clase="vacio")
    ultima = vigentes.iloc[-1]
    mora = ultima["dias_mora"]
    return parrafo(
        _frase(
            f"entrega_{ultima['estado']}",
            archivo=ultima["archivo"],
            recibido=_momento(ultima["recibido_en"]),
            vence=_dia(ultima["vence"]),
            bloquean=contar(_entero(ultima["n_bloquea"]), "hallazgo que bloquea", "hallazgos que bloquean"),
            observan=contar(_entero(ultima["n_observa"]), "observación", "observaciones"),
        ),
        ""
        if pd.isna(mora) or mora == 0
        else _frase("mora", dias=contar(int(mora), "día hábil", "días hábiles")),
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


def como_se_hizo(datos: DatosInforme) -> Bloque:
    """Qué programa hizo el informe, con qué procedimiento, y cómo repetirlo."""
    entidad = datos.config.entidad
    return parrafo(
        _frase(
            "como_se_hizo",
            procedimiento=entidad.procedimiento,
            vigencia=datos.corte.vigencia,
            periodo=datos.corte.periodo,
            dependencia=f" --dependencia {datos.dependencia}" if datos.dependencia else "",
        )
    )


def parametros(datos: DatosInforme) -> pd.DataFrame:
    """Parámetros con que se ejecutó: `parametro`, `valor`."""
    filas = [("Vigencia", str(datos.corte.vigencia)), ("Periodo", str(datos.corte.periodo))]
    if datos.dependencia:
        filas.append(("Dependencia", f"{datos.dependencia} ({datos.nombre})"))
    return pd.DataFrame(filas, columns=["parametro", "valor"])


def metodo(datos: DatosInforme) -> pd.DataFrame:
    """Cada opción del método: `opcion`, `valor` y `significado`; salen todas, también las de por omisión."""
    opciones = datos.config.metodo.metodo()
    descripciones = _textos()["metodo"]
    filas = [
        (descripciones[campo]["nombre"], _valor(valor), descripciones[campo]["significado"])
        for campo, valor in _opciones(opciones).items()
    ]
    return pd.DataFrame(filas, columns=["opcion", "valor", "significado"])


def _opciones(opciones: Metodo) -> dict[str, Any]:
    sueltas = {campo: getattr(opciones, campo) for campo in _textos()["metodo"] if campo != "bandas"}
    b = opciones.bandas
    limites = ", ".join(porcentaje(v, 0) for v in (b.bajo, b.medio, b.satisfactorio, b.sobresaliente))
    return {**sueltas, "bandas": limites}


def _valor(valor: Any) -> str:
    if valor is None:
        return "sin tope"
    if isinstance(valor, bool):
        return "sí" if valor else "no"
    if isinstance(valor, float):
        return porcentaje(valor, 0)
    return str(valor).replace("_", " ").replace("/", " / ")


def matriz(datos: DatosInforme) -> Bloque:
    """Cuántas metas trae el anexo; en el PDF, dónde está la matriz completa."""
    cuantas = contar(len(datos.metas), "meta")
    return Bloque(
        parrafo(_frase("matriz", cuantas=cuantas), clase="texto solo-html").contenido
        + parrafo(_frase("matriz_pdf", cuantas=cuantas), clase="texto solo-pdf").contenido
    )


def glosario() -> Bloque:
    """Los términos que usa el informe."""
    return definiciones(_textos()["glosario"])


def limites(datos: DatosInforme) -> Bloque:
    """Lo que el informe no puede decir."""
    propios = [_textos()["limite_de_demostracion"]] if datos.es_demostracion else []
    return lista([*propios, *_textos()["limites"]])
