"""Escribir los borradores de un corte, en .docx y PDF: reúne sus tablas y llena cada plantilla."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from pipeline import calidad, informes, plantillas
from pipeline.archivos import escribir, leer_yml
from pipeline.calendario import fechas_del_corte
from pipeline.config import PAQUETE
from pipeline.documentos import (
    Datos,
    Documento,
    contenido,
    en_pagina,
    escribir_documento,
    leer_compromisos,
    leer_opciones,
)
from pipeline.documentos import dependencias_con_metas as con_metas
from pipeline.documentos.calendario import en_ics
from pipeline.documentos.contenido import agenda
from pipeline.errores import ErrorEntorno, ErrorLibro
from pipeline.esquemas import leer_tabla
from pipeline.flujo.anteriores import cortes_del_cuatrienio, leer_anteriores
from pipeline.flujo.contexto import Contexto
from pipeline.flujo.entrada import leer_plan
from pipeline.flujo.poai import leer_versiones
from pipeline.flujo.previos import calcular_previos
from pipeline.flujo.registros_archivo import (
    FichaRegistro,
    asignar_consecutivo,
    escribir_consecutivo,
    esta_intacto,
    leer_borradores,
    leer_registros,
)
from pipeline.informes.exportador import hoja_de_estilo
from pipeline.manifiesto import huella_archivo
from pipeline.modelo import Corte, Periodo, Severidad
from pipeline.procedimiento import (
    ANUAL,
    Procedimiento,
    cargar_procedimiento,
    falta_de_enlace,
    leer_enlaces,
)

DEL_CORTE = ("indices", "alertas", "hallazgos", "entregas", "matriz", "conciliacion")
FALTA = {
    "corte": "el corte no se ha calculado; ejecute «seguimiento correr»",
    "poai": "no hay un POAI aceptado en la vigencia ni una versión fijada",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Generados:
    """Los archivos escritos y, de los que no se pudieron escribir, el motivo."""

    rutas: tuple[Path, ...]
    omitidos: tuple[str, ...]


def carpeta_de_documentos(contexto: Contexto) -> Path:
    """Dónde quedan los borradores del corte; se pueden borrar y rehacer."""
    corte = contexto.corte
    return contexto.rutas.raiz / "documentos" / str(corte.vigencia) / corte.periodo.value


def plantilla_de(contexto: Contexto, documento: Documento) -> Path:
    """La de la entidad (plantillas_documentos/<nombre>.docx) si tiene la suya; si no, la del proyecto."""
    propia = contexto.rutas.raiz / "plantillas_documentos" / f"{documento.nombre}.docx"
    return propia if propia.is_file() else documento.plantilla


def generar_documentos(contexto: Contexto, *, con_pdf: bool = True) -> Generados:
    """Los borradores del corte en documentos/<vigencia>/<periodo>, con su número del libro de registros.

    Cada uno en .docx, que se edita, y en PDF con lo mismo. Lo que necesita un dato que no hay se omite,
    diciéndolo; también el PDF, si este equipo no puede hacerlo. Los mismos datos dan los mismos bytes y el
    mismo número. Levanta ErrorEntorno si no se ha importado el plan.
    """
    datos = reunir_datos(contexto)
    procedimiento = cargar_procedimiento(contexto.rutas.raiz)
    hay = {"": True, "corte": not datos.indices.empty, "poai": not datos.totales_poai.empty}
    rutas: list[Path] = []
    omitidos = [f"el seguimiento a los compromisos de {acta}" for acta in datos.actas_sin_leer]
    for documento in leer_opciones().documentos:
        if not hay[documento.necesita]:
            omitidos.append(f"{documento.nombre}: {FALTA[documento.necesita]}")
            continue
        for dependencia in con_metas(datos) if documento.por == "dependencia" else [""]:
            rutas.append(_escribir(contexto, documento, datos, procedimiento, dependencia))
    if con_pdf:
        en_pdf, sin_pdf = escribir_pdf(rutas)
        rutas, omitidos = rutas + en_pdf, omitidos + sin_pdf
    if hay["corte"]:
        rutas.append(_escribir_calendario(contexto, datos))
    return Generados(rutas=tuple(sorted(rutas)), omitidos=tuple(omitidos))


def escribir_pdf(documentos: Sequence[Path]) -> tuple[list[Path], list[str]]:
    """El PDF de cada .docx, junto a él; si este equipo no puede hacerlos, ninguno y por qué."""
    try:
        informes.comprobar_pdf()
    except ErrorEntorno as error:
        return [], [f"ningún PDF: {str(error).rstrip('.')}"]
    estilo = hoja_de_estilo()
    escritos = []
    for documento in documentos:
        pagina = documento.with_suffix(".html.tmp")
        pagina.write_text(en_pagina(documento, estilo), encoding="utf-8")
        try:
            escritos.append(informes.exportar_pdf(pagina, documento.with_suffix(".pdf")).ruta)
        finally:
            pagina.unlink()
    return escritos, []


def reunir_datos(contexto: Contexto) -> Datos:
    """Todo lo que los documentos del corte necesitan, con las tablas que haya."""
    plan = leer_plan(contexto)
    tablas = {nombre: _leer(contexto, nombre) for nombre in DEL_CORTE}
    previos, corte_previo = _previos(contexto)
    totales, origen = _totales_del_poai(contexto)
    enlaces, sin_enlace = _enlaces(contexto)
    compromisos, sin_leer = compromisos_anteriores(contexto)
    return Datos(
        config=contexto.config,
        corte=contexto.corte,
        fechas=fechas_del_corte(contexto.corte, contexto.config.calendario),
        es_demostracion=contexto.rutas.es_demostracion,
        plan=plan.metas,
        plan_vigencias=plan.vigencias,
        ultimos=_ultimos(contexto),
        previos=previos,
        corte_previo=corte_previo,
        compromisos=compromisos,
        actas_sin_leer=sin_leer,
        totales_poai=totales,
        origen_poai=origen,
        enlaces=enlaces,
        sin_enlace=sin_enlace,
        columnas_pi=_columnas_pi(contexto),
        reglas_de_los_demas=_reglas_de_los_demas(contexto),
        anexos=_anexos(contexto),
        archivos_ci=_archivos_de_control_interno(contexto),
        palabras=_palabras(),
        **tablas,
    )


def _escribir(
    contexto: Contexto, documento: Documento, datos: Datos, procedimiento: Procedimiento, dependencia: str
) -> Path:
    filas = [f.fila for f in procedimiento.filas if documento.nombre in f.documentos]
    consecutivo = asignar_consecutivo(
        contexto,
        documento.nombre,
        filas,
        periodo=ANUAL if documento.periodo == "anual" else contexto.corte.periodo.value,
        dependencia=dependencia,
    )
    sufijo = f"_{dependencia}" if dependencia else ""
    nombre = f"{filas[0]:02d}_{documento.nombre}{sufijo}.docx"
    return escribir_documento(
        plantilla_de(contexto, documento),
        contenido(documento.nombre, datos, consecutivo, dependencia),
        carpeta_de_documentos(contexto) / nombre,
        contexto.corte.fecha,
    )


def _escribir_calendario(contexto: Contexto, datos: Datos) -> Path:
    entidad = contexto.config.entidad
    texto = en_ics(
        agenda(datos),
        nombre=f"Reuniones de verificación · {entidad.nombre}",
        dominio=f"{entidad.dane}.seguimiento",
        sello=contexto.corte.fecha,
        minutos=leer_opciones().minutos,
    )
    destino = carpeta_de_documentos(contexto) / "24_cronograma.ics"
    return escribir(destino, texto)


def _leer(contexto: Contexto, nombre: str) -> pd.DataFrame:
    carpeta = contexto.rutas.procesados(contexto.corte)
    return leer_tabla(nombre, carpeta) if (carpeta / f"{nombre}.parquet").is_file() else pd.DataFrame()


def _previos(contexto: Contexto) -> tuple[pd.DataFrame, str]:
    """Los hallazgos del último corte con entregas antes de este y cuál es; vacíos si no hay ninguno.

    Son los de su corrida; si lo procesado se borró o nunca se corrió, los de sus libros del Plan Indicativo.
    """
    cortes = cortes_del_cuatrienio(contexto)
    if not cortes:
        return pd.DataFrame(), ""
    hallazgos = _leer(cortes[-1], "hallazgos")
    if hallazgos.empty:
        hallazgos = calcular_previos(contexto)[-1].hallazgos
    return hallazgos, str(cortes[-1].corte)


def compromisos_anteriores(contexto: Contexto) -> tuple[dict[str, list[dict[str, str]]], list[str]]:
    """Por dependencia, los compromisos de las actas del corte anterior archivadas en .docx; y las ilegibles.

    El acta se reconoce por su número: el que se indicó al archivarla o el de su título.
    """
    cortes = cortes_del_cuatrienio(contexto)
    if not cortes:
        return {}, []
    previo = cortes[-1]
    dueno = {escribir_consecutivo(previo, b): b.dependencia for b in leer_borradores(previo)}
    hallados: dict[str, list[dict[str, str]]] = {}
    sin_leer = []
    for ficha in _actas_archivadas(previo):
        try:
            titulo, compromisos = leer_compromisos(previo.rutas.crudos / ficha.ruta)
        except ErrorLibro:
            sin_leer.append(f"«{ficha.archivo}»: no se puede leer")
            continue
        numero = ficha.consecutivo or titulo.rpartition(" ")[2]
        if numero in dueno:
            hallados.setdefault(dueno[numero], []).extend(compromisos)
        else:
            sin_leer.append(f"«{ficha.archivo}»: no dice el número del acta")
    return hallados, sin_leer


def _actas_archivadas(contexto: Contexto) -> list[FichaRegistro]:
    """Las actas de verificación del corte que se archivaron en .docx y siguen intactas."""
    filas = cargar_procedimiento(contexto.rutas.raiz).filas
    del_acta = {f.fila for f in filas if "acta_verificacion" in f.documentos}
    return [
        ficha
        for ficha in leer_registros(contexto)
        if del_acta & set(ficha.filas)
        and ficha.periodo == contexto.corte.periodo.value
        and ficha.ruta.endswith(".docx")
        and esta_intacto(contexto, ficha)
    ]


def _ultimos(contexto: Contexto) -> dict[str, float]:
    """Lo último aceptado de cada meta en los cortes anteriores de la vigencia."""
    previos = leer_anteriores(contexto)
    previos = previos[
        (previos["vigencia"] == contexto.corte.vigencia) & previos["ejecutado_vigencia"].notna()
    ].sort_values("corte", kind="stable")
    ultimos = previos.drop_duplicates("codigo_meta", keep="last")
    return dict(zip(ultimos["codigo_meta"], ultimos["ejecutado_vigencia"], strict=True))


def _totales_del_poai(contexto: Contexto) -> tuple[pd.DataFrame, str]:
    """Los totales de la última versión fijada; si no hay, los de lo aceptado en el corte o en el último."""
    if fichas := leer_versiones(contexto):
        ficha = fichas[-1]
        totales = pd.DataFrame(list(ficha.totales))
        origen = f"Corresponde a la versión {ficha.numero}, {ficha.version.nombre.lower()} ({ficha.acto})."
        return totales.reindex(columns=[*totales.columns, *_sin(totales)]), origen
    cortes = [p for p in sorted(contexto.config.calendario.cortes) if p <= contexto.corte.periodo]
    for periodo in reversed(cortes):
        corte = Corte(vigencia=contexto.corte.vigencia, periodo=Periodo(periodo))
        totales = _leer(replace(contexto, corte=corte), "indices_poai")
        if not totales.empty:
            return totales, (
                f"No hay una versión del POAI fijada; los totales son los de lo aceptado en el corte {corte}."
            )
    return pd.DataFrame(), ""


def _sin(totales: pd.DataFrame) -> list[str]:
    campos = ("codigo", "nombre", "n_rubros", "apropiacion_inicial_cop", "apropiacion_definitiva_cop")
    return [campo for campo in campos if campo not in totales]


def _enlaces(contexto: Contexto) -> tuple[dict[str, str], dict[str, str]]:
    """Al cierre del corte: cargo y acto del enlace de cada dependencia, y por qué las demás no lo tienen."""
    todos = leer_enlaces(contexto.rutas.raiz, contexto.config.dependencias)
    dia = contexto.corte.fecha
    vigentes = {e.dependencia: f"{e.cargo} ({e.acto})" for e in todos if e.vigente(dia) and e.acto}
    codigos = [d.codigo for d in contexto.config.dependencias_que_entregan()]
    return vigentes, {c: falta_de_enlace(todos, c, dia) for c in codigos if c not in vigentes}


def _columnas_pi(contexto: Contexto) -> list[dict[str, str]]:
    """Las columnas de la plantilla, con lo que de cada una revisan las reglas."""
    plantilla = plantillas.plantilla_pi(contexto.corte)
    revisa: dict[str, list[str]] = {}
    exigen = [r for r in calidad.cargar_reglas() if r.severidad is not Severidad.INFORMA]
    for regla in (r for r in exigen if r.instrumento == "pi"):
        # Lo que se revisa del libro entero va con el código, que dice qué filas debe traer.
        campos = ["codigo_meta"] if regla.alcance == "libro" else [e.campo for e in regla.expectativas]
        for campo in dict.fromkeys(campos):
            revisa.setdefault(campo, []).append(regla.descripcion)
    return [
        {
            "columna": c.encabezado,
            "significado": c.significado or c.ayuda,
            "revisa": " ".join(revisa.get(c.campo, [])),
            "quien": plantilla.diligencia if c.editable else plantilla.origen,
        }
        for c in plantilla.columnas
    ]


def _reglas_de_los_demas(contexto: Contexto) -> list[dict[str, str]]:
    """Lo que se revisa en el POAI y en el Plan de Acción, si la entidad los sigue."""
    seguidos = set(contexto.seguidos) - {"pi"}
    return [
        {"instrumento": regla.instrumento, "revisa": regla.descripcion, "accion": regla.accion}
        for regla in calidad.cargar_reglas()
        if regla.instrumento in seguidos and regla.severidad is not Severidad.INFORMA
    ]


def _anexos(contexto: Contexto) -> list[dict[str, str]]:
    carpeta = contexto.rutas.informes(contexto.corte)
    informes = sorted(carpeta.glob("03_plan_indicativo/informe.*"))
    return [
        {"nombre": r.relative_to(carpeta).as_posix(), "huella": huella_archivo(r)}
        for r in informes
        if r.suffix in (".html", ".pdf")
    ]


def _archivos_de_control_interno(contexto: Contexto) -> list[dict[str, str]]:
    huellas = contexto.rutas.informes(contexto.corte) / "08_control_interno" / "paquete" / "huellas.txt"
    if not huellas.is_file():
        return []
    pares = [renglon.split(maxsplit=1) for renglon in huellas.read_text(encoding="utf-8").splitlines()]
    return [
        {"nombre": par[1].removeprefix("./").lstrip("*"), "huella": par[0]}
        for par in pares
        if len(par) == 2 and "libros/" not in par[1]
    ]


def _palabras() -> dict[str, str]:
    texto = (PAQUETE / "recursos" / "semaforo.yml").read_text(encoding="utf-8")
    return {clave: datos["palabra"] for clave, datos in leer_yml(texto).items()}
