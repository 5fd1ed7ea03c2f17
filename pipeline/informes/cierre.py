"""Cierre de la vigencia: qué se cumplió, qué no, qué dinero queda y cómo va el cuatrienio. No mide nada."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from pipeline.config import Rutas, hallar_raiz
from pipeline.errores import ErrorConfiguracion
from pipeline.esquemas import leer_tabla
from pipeline.formato_es import contar, fecha_larga, millones, numero, porcentaje
from pipeline.informes.bloques import Bloque, Cifra, cifras, lista, parrafo
from pipeline.informes.claves import posible, segun_lo_que_falta
from pipeline.informes.datos import DatosInforme, abrir_corte
from pipeline.informes.frases import frase
from pipeline.informes.nombres import sin_homonimos
from pipeline.ritmo import sin_ningun_reporte

DINERO = ("apropiacion_definitiva_cop", "compromisos_cop", "obligaciones_cop", "pagos_cop")
LLEGO = 1.0  # avance sin topes desde el que una meta se cumplió, como en la matriz de seguimiento


@dataclass(frozen=True, slots=True, kw_only=True)
class Cierre:
    """Un corte de cierre abierto para leer.

    `programadas` son las metas de la vigencia con su `cumplimiento` (cumplida, en_parte, sin_avance,
    sin_reporte o devuelta) y lo que le `falta` en su unidad.
    """

    datos: DatosInforme
    programadas: pd.DataFrame
    proyecciones: pd.DataFrame
    evaluacion: pd.DataFrame
    indices_poai: pd.DataFrame

    def __repr__(self) -> str:
        return f"{self.datos.rotulo_corte} · cierre de la vigencia"


def abrir_cierre(vigencia: int, periodo: str) -> Cierre:
    """El cierre de la vigencia en la entidad en que se trabaja.

    Levanta ErrorConfiguracion si el corte no es el del cuarto trimestre; las demás, las de `abrir_corte`.
    """
    datos = abrir_corte(vigencia, periodo)
    if datos.corte.periodo.numero != 4:
        raise ErrorConfiguracion(
            f"el corte {datos.corte} no cierra la vigencia", remedio="El informe de cierre se hace en T4"
        )
    carpeta = Rutas(hallar_raiz(Path.cwd())).procesados(datos.corte)
    tablas = {t: leer_tabla(t, carpeta) for t in ("proyecciones", "evaluacion_alertas", "indices_poai")}
    return Cierre(
        datos=datos,
        programadas=cumplimiento(datos.matriz),
        proyecciones=tablas["proyecciones"],
        evaluacion=tablas["evaluacion_alertas"],
        indices_poai=tablas["indices_poai"],
    )


def cumplimiento(metas: pd.DataFrame) -> pd.DataFrame:
    """Las metas programadas con `cumplimiento` y `falta` (programado menos ejecutado, en su unidad).

    `falta` queda vacío donde no se suma (lo reportado es un nivel que debe bajar) o no hay reporte.
    """
    filas = metas[metas["estado_reporte"] != "no_programada"].reset_index(drop=True)
    avance = filas["avance_crudo"]
    clase = pd.Series("en_parte", index=filas.index)
    clase = clase.mask(avance >= LLEGO, "cumplida").mask(avance <= 0, "sin_avance")
    clase = clase.mask(avance.isna() & (filas["estado_reporte"] == "reportada"), "sin_reporte")
    clase = clase.mask(filas["estado_reporte"] == "sin_reporte", "sin_reporte")
    clase = clase.mask(filas["estado_reporte"] == "devuelta", "devuelta")
    baja = filas["tipo_meta"].isin(["reduccion", "reduccion_anual"])
    falta = (filas["programado_vigencia"] - filas["ejecutado_vigencia"]).mask(baja | (clase != "en_parte"))
    falta = falta.mask(clase == "sin_avance", filas["programado_vigencia"].mask(baja))
    return filas.assign(cumplimiento=clase, falta=falta)


def cifras_del_cierre(cierre: Cierre) -> Bloque:
    """Las seis cifras del cierre."""
    r = cierre.datos.resumen
    if not r:
        return parrafo(frase("sin_metas", nombre=cierre.datos.nombre), clase="vacio")
    cuenta = cierre.programadas["cumplimiento"].value_counts()
    de = contar(len(cierre.programadas), "programada")
    dinero = del_dinero(cierre)
    de_donde = "cierre_obligado_poai" if len(cierre.indices_poai) else "cierre_obligado_plan"
    return cifras(
        [
            Cifra(
                nombre="Avance final de la vigencia",
                valor=porcentaje(r["avance"]),
                contexto=segun_lo_que_falta(r["cota_inferior"], r["cota_superior"]),
            ),
            Cifra(
                nombre="Metas cumplidas", valor=numero(int(cuenta.get("cumplida", 0)), 0), contexto=f"de {de}"
            ),
            Cifra(
                nombre="Metas sin ningún avance",
                valor=numero(int(cuenta.get("sin_avance", 0)), 0),
                contexto="con reporte aceptado",
            ),
            Cifra(
                nombre="Avance del cuatrienio",
                valor=porcentaje(r["avance_cuatrienio"]),
                contexto=segun_lo_que_falta(r["cota_inferior_cuatrienio"], r["cota_superior_cuatrienio"]),
            ),
            Cifra(nombre="Obligado", valor=porcentaje(dinero.get("razon")), contexto=frase(de_donde)),
            Cifra(
                nombre="Reservas por constituir (millones de pesos)",
                valor=millones(dinero.get("reservas")),
                contexto="compromisos menos obligaciones",
            ),
        ]
    )


def puntos(cierre: Cierre) -> Bloque:
    """Cómo cerró la vigencia, en hasta cuatro frases."""
    if not cierre.datos.resumen or cierre.programadas.empty:
        return parrafo()
    return lista(
        [_de_la_vigencia(cierre), _de_las_metas(cierre), _del_dinero(cierre), _del_cuatrienio(cierre)],
        clase="texto puntos",
    )


def _de_la_vigencia(cierre: Cierre) -> str:
    r, corte = cierre.datos.resumen, cierre.datos.corte
    if pd.isna(r["avance"]):
        return frase("sin_avance", nombre=cierre.datos.nombre)
    return frase(
        "cierre_vigencia" if r["avance"] < 1 else "cierre_vigencia_completa",
        vigencia=corte.vigencia,
        avance=porcentaje(r["avance"]),
        fecha=fecha_larga(corte.fecha),
    )


def _de_las_metas(cierre: Cierre) -> str:
    cuenta = cierre.programadas["cumplimiento"].value_counts()
    de = len(cierre.programadas)
    cumplidas = int(cuenta.get("cumplida", 0))
    sin_saber = int(cuenta.get("sin_reporte", 0) + cuenta.get("devuelta", 0))
    partes = [
        _cuantas(int(cuenta.get("en_parte", 0)), "avanzó sin llegar", "avanzaron sin llegar"),
        _cuantas(int(cuenta.get("sin_avance", 0)), "no avanzó", "no avanzaron"),
        _cuantas(sin_saber, "cerró sin reporte aceptado", "cerraron sin reporte aceptado"),
    ]
    dichas = [p for p in partes if p]
    resto = f"{', '.join(dichas[:-1])} y {dichas[-1]}" if len(dichas) > 1 else "".join(dichas)
    return frase(
        "cierre_metas" if resto else "cierre_todas",
        cumplidas=contar(cumplidas, "meta"),
        llegaron="llegó" if cumplidas == 1 else "llegaron",
        de=contar(de, "meta programada", "metas programadas"),
        resto=resto,
    )


def _cuantas(cantidad: int, uno: str, varias: str) -> str:
    return f"{numero(cantidad, 0)} {uno if cantidad == 1 else varias}" if cantidad else ""


def del_dinero(cierre: Cierre) -> Mapping[str, float]:
    """Sumas de la entidad en pesos (`reservas`, `por_pagar`, `sin_comprometer`…) y la `razon` de lo obligado.

    Del POAI si se sigue; si no, de los libros del Plan Indicativo. Vacío si nadie trae dinero.
    """
    filas = dinero_por_nodo(cierre, "total" if len(cierre.indices_poai) else "plan")
    if filas.empty or pd.isna(filas["apropiacion_definitiva_cop"].iloc[0]):
        return {}
    return {str(k).removesuffix("_cop"): v for k, v in filas.iloc[0].items()}


def dinero_por_nodo(cierre: Cierre, nivel: str) -> pd.DataFrame:
    """Por nodo: definitiva, compromisos, obligaciones, pagos y lo que queda de cada paso, en pesos.

    `reservas_cop` son compromisos menos obligaciones; `por_pagar_cop`, obligaciones menos pagos, y
    `sin_comprometer_cop`, definitiva menos compromisos. Una resta con un lado vacío queda vacía. Las del
    POAI son las de su tabla, que resta rubro a rubro: con sumas, lo vacío de un rubro contaría como cero.
    """
    if len(cierre.indices_poai):
        filas = cierre.indices_poai[cierre.indices_poai["nivel"] == nivel]
        saldos = filas[["por_pagar_cop", "sin_comprometer_cop"]].assign(
            reservas_cop=filas["reservas_en_riesgo_cop"], razon=filas["razon_obligaciones"]
        )
    else:
        filas = cierre.datos.indices[cierre.datos.indices["nivel"] == nivel]
        saldos = _saldos_de_las_sumas(filas)
    tabla = filas[["codigo", *DINERO]].assign(nombre=sin_homonimos(filas)).join(saldos)
    return tabla.sort_values(["reservas_cop", "codigo"], ascending=[False, True], na_position="last")


def _saldos_de_las_sumas(filas: pd.DataFrame) -> pd.DataFrame:
    """Los del Plan Indicativo, que publica razones de las sumas impresas (docs/metodologia.md §7)."""
    d, c, o, p = (filas[campo] for campo in DINERO)
    return pd.DataFrame(
        {
            "reservas_cop": c - o,
            "por_pagar_cop": o - p,
            "sin_comprometer_cop": d - c,
            "razon": (o / d.where(d > 0)),
        }
    )


def _del_dinero(cierre: Cierre) -> str:
    d = del_dinero(cierre)
    if not d:
        return frase("sin_dinero")
    return frase(
        "cierre_dinero",
        definitiva=millones(d["apropiacion_definitiva"]),
        obligado=porcentaje(d["razon"]),
        reservas=millones(d["reservas"]),
        sin_comprometer=millones(d["sin_comprometer"]),
    )


def texto_del_dinero(cierre: Cierre) -> Bloque:
    """Qué se obligó, qué queda en reserva, qué se debe y qué se perdió de comprometer."""
    d = del_dinero(cierre)
    if not d:
        return parrafo(frase("sin_dinero"), clase="vacio")
    de_quien = "cierre_del_poai" if len(cierre.indices_poai) else "cierre_del_plan"
    return parrafo(
        _del_dinero(cierre), frase("cierre_por_pagar", por_pagar=millones(d["por_pagar"])), frase(de_quien)
    )


def _del_cuatrienio(cierre: Cierre) -> str:
    r = cierre.datos.resumen
    inicio, fin = cierre.datos.config.entidad.cuatrienio
    if pd.isna(r["avance_cuatrienio"]):
        return ""
    van = cierre.datos.corte.vigencia - inicio + 1
    clave = "cierre_cuatrienio_final" if cierre.datos.corte.vigencia == fin else "cierre_cuatrienio"
    return frase(
        clave,
        inicio=inicio,
        fin=fin,
        avance=porcentaje(r["avance_cuatrienio"]),
        van=contar(van, "vigencia cerrada", "vigencias cerradas"),
        de=numero(fin - inicio + 1, 0),
    )


def texto_del_cumplimiento(cierre: Cierre) -> Bloque:
    """Cuántas metas cumplieron, cuántas no y qué significa."""
    if cierre.programadas.empty:
        return parrafo(frase("nada_programado", vigencia=cierre.datos.corte.vigencia), clase="vacio")
    return parrafo(_de_las_metas(cierre), frase("cierre_que_es_cumplir"))


def por_nivel(cierre: Cierre, nivel: str) -> pd.DataFrame:
    """Índices del nivel con `cumplidas` («12 de 20» programadas), `diferencia` con lo esperado y `posible`.

    Sin ningún reporte el avance y la diferencia quedan vacíos: el cero sería tomar por incumplido lo que no
    se reportó.
    """
    logradas = cierre.programadas.loc[cierre.programadas["cumplimiento"] == "cumplida", nivel].value_counts()
    filas = cierre.datos.nivel(nivel)
    de_cuantas = zip(filas["codigo"], filas["n_programadas"], strict=True)
    cumplidas = [f"{int(logradas.get(codigo, 0))} de {int(n)}" for codigo, n in de_cuantas]
    avance = filas["avance"].mask(sin_ningun_reporte(filas))
    return filas.assign(
        cumplidas=cumplidas, avance=avance, diferencia=avance - filas["esperado"], posible=posible(filas)
    )


def metas_no_cumplidas(cierre: Cierre) -> pd.DataFrame:
    """Las que no llegaron: primero las de menor avance; las que no reportaron, al final."""
    filas = cierre.programadas[cierre.programadas["cumplimiento"] != "cumplida"]
    return filas.sort_values(["avance_crudo", "codigo_meta"], na_position="last")


def metas_cumplidas(cierre: Cierre) -> pd.DataFrame:
    """Las que llegaron a lo programado, por dependencia."""
    filas = cierre.programadas[cierre.programadas["cumplimiento"] == "cumplida"]
    return filas.sort_values("nombre_dependencia", kind="stable", na_position="last")


def proyectadas(cierre: Cierre) -> pd.DataFrame:
    """Metas que no llegan a la del cuatrienio ni en lo mejor de su intervalo; las más lejanas, primero."""
    filas = cierre.proyecciones.merge(
        cierre.datos.metas[["codigo_meta", "nombre_meta", "nombre_dependencia", "avance_cuatrienio_crudo"]],
        on="codigo_meta",
    )
    mejor = filas["cierre_cuatrienio_superior"].fillna(filas["cierre_cuatrienio"])
    cortas = filas[mejor < LLEGO]
    return cortas.sort_values(["cierre_cuatrienio", "codigo_meta"])


def texto_del_cuatrienio(cierre: Cierre) -> Bloque:
    """Cuánto lleva el cuatrienio y cuántas metas no llegarían a su meta final."""
    dicho = _del_cuatrienio(cierre) if cierre.datos.resumen else ""
    medibles = int(cierre.proyecciones["cierre_cuatrienio"].notna().sum())
    if not medibles:
        return parrafo(dicho, frase("cierre_sin_proyeccion"))
    cortas = len(proyectadas(cierre))
    imposibles = int((cierre.proyecciones["maximo_cuatrienio"] < LLEGO).sum())
    return parrafo(
        dicho,
        frase(
            "cierre_proyeccion" if cortas else "cierre_proyeccion_ninguna",
            cortas=contar(cortas, "meta"),
            no_llegan="no llega" if cortas == 1 else "no llegan",
            medibles=contar(medibles, "meta con proyección", "metas con proyección"),
        ),
        frase("cierre_imposibles", cuantas=contar(imposibles, "meta")) if imposibles else "",
    )


def aciertos(cierre: Cierre) -> pd.DataFrame:
    """Las reglas que alertaron y ya se contrastan con cómo terminó la vigencia; las más útiles, primero."""
    filas = cierre.evaluacion
    medidas = filas[(filas["clase"] == "regla") & filas["precision"].notna()]
    return medidas.sort_values(["aciertos", "regla"], ascending=[False, True])


def lecciones(cierre: Cierre) -> Bloque:
    """Qué tanto acertaron las alertas y la proyección; si no hay con qué decirlo, por qué."""
    proyeccion = cierre.evaluacion[cierre.evaluacion["regla"] == "cierre_vigencia"].dropna(
        subset=["cobertura"]
    )
    reglas = aciertos(cierre)
    if reglas.empty and proyeccion.empty:
        return parrafo(frase("cierre_sin_lecciones"), clase="vacio")
    acierto = frase("cierre_lecciones") if len(reglas) else ""
    if proyeccion.empty:
        return parrafo(acierto)
    fila = proyeccion.iloc[0]
    return parrafo(
        acierto,
        frase(
            "cierre_leccion_proyeccion",
            cobertura=porcentaje(fila["cobertura"], 0),
            error=porcentaje(fila["error_medio"]).removesuffix(" %"),
        ),
    )


def texto_de_no_cumplidas(cierre: Cierre) -> Bloque:
    """Cuántas no llegaron y dónde se concentran."""
    filas = metas_no_cumplidas(cierre)
    if cierre.programadas.empty:
        return parrafo(frase("nada_programado", vigencia=cierre.datos.corte.vigencia), clase="vacio")
    if filas.empty:
        return parrafo(frase("cierre_ninguna_falto"))
    por_dependencia = filas["nombre_dependencia"].value_counts()
    nombre = sorted(str(d) for d, n in por_dependencia.items() if n == por_dependencia.max())
    cuantas = contar(len(filas), "meta programada", "metas programadas")
    mudas = int(filas["cumplimiento"].isin(["sin_reporte", "devuelta"]).sum())
    return parrafo(
        frase("cierre_falto" if len(filas) == 1 else "cierre_faltaron", cuantas=cuantas),
        frase("cierre_sin_saber", cuantas=contar(mudas, "meta")) if mudas and len(filas) > 1 else "",
        frase(
            "cierre_donde",
            nombre=nombre[0],
            cuantas=contar(int(por_dependencia.max()), "meta"),
        )
        if len(nombre) == 1 and len(filas) > 1
        else "",
    )


def texto_de_cumplidas(cierre: Cierre) -> Bloque:
    """Cuántas metas llegaron; en el PDF, dónde está la lista."""
    cuantas = int((cierre.programadas["cumplimiento"] == "cumplida").sum())
    if not cuantas:
        return parrafo(frase("cierre_ninguna_cumplida"), clase="vacio")
    clave = "cierre_cumplida" if cuantas == 1 else "cierre_cumplidas"
    dicho = parrafo(frase(clave, cuantas=contar(cuantas, "meta")))
    return Bloque(dicho.contenido + parrafo(frase("cierre_cumplidas_pdf"), clase="texto solo-pdf").contenido)
