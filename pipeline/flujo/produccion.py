"""Unidad de trabajo: un cuaderno ejecutado, exportado y publicado, o su falla explicada."""

from __future__ import annotations

import re
import shutil
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd

from pipeline import informes, publicacion
from pipeline.archivos import DEL_EQUIPO, SIN_MEMORIA, explicar_del_equipo
from pipeline.config import PAQUETE
from pipeline.errores import ErrorEntorno, ErrorInforme, ErrorSeguimiento
from pipeline.esquemas import Alcance, con_alcance, leer_tabla
from pipeline.flujo.contexto import Contexto, abrir
from pipeline.informes.exportador import Edicion
from pipeline.informes.falla import Falla, escribir_falla
from pipeline.manifiesto import (
    CODIGO,
    escribir_manifiesto,
    huella_archivo,
    leer_manifiesto,
    motivo_para_rehacer,
    versiones,
)

EN_CURSO = ".en_curso"
FALLAS = "_fallas"
PEDIDO = "se pidió rehacerlo"
CUADERNO = "cuaderno.ipynb"
PDF = "informe.pdf"
IMPRESO = "impreso"  # en el manifiesto, la huella de lo que se imprimió


@dataclass(frozen=True, slots=True, kw_only=True)
class Tarea:
    """Todo lo que un proceso necesita para producir un informe, solo con rutas y textos."""

    informe: str
    titulo: str
    cuaderno: Path
    parametros: Mapping[str, str | int]
    raiz: Path
    procesados: Path
    publicados: Path  # reports/<vigencia>/<periodo>
    edicion: Edicion
    clave: Mapping[str, str]
    pdf: bool = False
    dependencia: str = ""
    tablas: Sequence[str] = ()
    libro: str = ""  # consolidado en Excel que lleva en datos/ (recursos/libros_del_corte.yml)
    con_paquete: bool = False  # lleva al lado la carpeta que se entrega a Control Interno
    alcance: Alcance | None = None  # las tablas que puede leer; None: todas
    segundos_por_celda: int = 900

    @property
    def nombre(self) -> str:
        """Nombre de la carpeta del informe, relativo a la del corte."""
        return f"{self.informe}/{self.dependencia}" if self.dependencia else self.informe

    @property
    def destino(self) -> Path:
        """Carpeta donde se publica."""
        return self.publicados / self.nombre


@dataclass(frozen=True, slots=True, kw_only=True)
class Resultado:
    """Qué pasó con un informe: publicado, sin_cambios o fallido, y por qué."""

    informe: str
    titulo: str
    dependencia: str
    nombre: str
    estado: str
    motivo: str = ""  # por qué falló
    causa: str = ""  # por qué hubo que hacerlo
    segundos: float = 0.0
    archivos: tuple[str, ...] = field(default=())
    codigo_salida: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ejecutada:
    """Un informe con su cuaderno ya ejecutado, por exportar y publicar; o lo que falló al ejecutarlo."""

    tarea: Tarea
    causa: str
    segundos: float
    avisos: tuple[str, ...] = ()  # lo que las celdas escribieron en stderr
    fallido: Resultado | None = None


def producir(tarea: Tarea) -> Resultado:
    """Ejecuta, exporta y publica el informe; una falla no se publica ni detiene a los demás.

    La carpeta anterior sigue publicada hasta que la nueva está completa. Si falla, el cuaderno
    ejecutado y FALLA.html quedan en reports/<vigencia>/<periodo>/_fallas/<informe>.
    """
    return publicar(ejecutar(tarea))


def ejecutar(tarea: Tarea) -> Ejecutada:
    """El cuaderno ejecutado en la carpeta de trabajo, con lo que falta para `publicar`. No levanta."""
    inicio = time.monotonic()
    trabajo = tarea.publicados / EN_CURSO / tarea.nombre
    causa = esta_al_dia(tarea)[1] or PEDIDO
    try:
        shutil.rmtree(trabajo, ignore_errors=True)
        trabajo.mkdir(parents=True)
        with con_alcance(tarea.alcance):
            avisos = _ejecutar(tarea, trabajo)
    except Exception as error:  # un informe no puede tumbar a los demás, tampoco por un defecto nuestro
        segundos = _desde(inicio)
        fallido = replace(fallar(tarea, error), segundos=segundos, causa=causa)
        return Ejecutada(tarea=tarea, causa=causa, segundos=segundos, fallido=fallido)
    return Ejecutada(tarea=tarea, causa=causa, segundos=_desde(inicio), avisos=avisos)


def publicar(ejecutada: Ejecutada) -> Resultado:
    """Exporta y publica lo ejecutado, en este proceso o en otro. No levanta: lo que falle es un resultado."""
    if ejecutada.fallido is not None:
        return ejecutada.fallido
    inicio, tarea = time.monotonic(), ejecutada.tarea
    trabajo = tarea.publicados / EN_CURSO / tarea.nombre
    try:
        with con_alcance(tarea.alcance):
            _exportar(ejecutada, trabajo)
        archivos = tuple(sorted(ruta.name for ruta in trabajo.glob("informe.*")))
        publicacion.publicar_carpeta(trabajo, tarea.destino)
    except Exception as error:
        hecho = fallar(tarea, error)
    else:
        shutil.rmtree(tarea.publicados / FALLAS / tarea.nombre, ignore_errors=True)
        hecho = replace(resultado(tarea, "publicado"), archivos=archivos)
    segundos = round(ejecutada.segundos + _desde(inicio), 2)
    return replace(hecho, segundos=segundos, causa=ejecutada.causa)


def fallar(tarea: Tarea, error: Exception) -> Resultado:
    """Resultado de un informe que no se pudo publicar; lo alcanzado a hacer queda en `_fallas`."""
    trabajo = tarea.publicados / EN_CURSO / tarea.nombre
    explicado = explicar(error, tarea.nombre)
    with suppress(OSError, ErrorEntorno):  # con el disco lleno o protegido no hay dónde dejarlo
        trabajo.mkdir(parents=True, exist_ok=True)
        if not (trabajo / "FALLA.html").is_file():  # falló después del cuaderno, o murió el proceso
            escribir_falla(
                Falla(cuaderno=tarea.cuaderno.name, problema=str(explicado)), trabajo / "FALLA.html"
            )
        publicacion.publicar_carpeta(trabajo, tarea.publicados / FALLAS / tarea.nombre)
    return replace(resultado(tarea, "fallido"), motivo=str(explicado), codigo_salida=explicado.codigo_salida)


def explicar(error: Exception, archivo: str) -> ErrorSeguimiento:
    """El error en español y con su código: los del equipo (disco, permisos, memoria) no son del informe."""
    if isinstance(error, ErrorSeguimiento):
        return error
    if isinstance(error, OSError) and error.errno in DEL_EQUIPO:
        return explicar_del_equipo(error, archivo)
    if isinstance(error, MemoryError):
        return ErrorEntorno(SIN_MEMORIA[0], archivo=archivo, remedio=SIN_MEMORIA[1])
    detalle = error.strerror if isinstance(error, OSError) else error  # el texto entero trae rutas del equipo
    return ErrorInforme(f"falla inesperada ({type(error).__name__}: {detalle})", archivo=archivo)


def _ejecutar(tarea: Tarea, trabajo: Path) -> tuple[str, ...]:
    # Las fichas comparten las tablas: el proceso las lee una vez y sus hijos las heredan.
    if tarea.dependencia:
        informes.leer_tablas(tarea.procesados)
    ejecucion = informes.ejecutar_cuaderno(
        tarea.cuaderno,
        trabajo / CUADERNO,
        tarea.parametros,
        tarea.raiz,
        segundos=tarea.segundos_por_celda,
    )
    return ejecucion.avisos


def _exportar(ejecutada: Ejecutada, trabajo: Path) -> None:
    tarea, ejecutado = ejecutada.tarea, trabajo / CUADERNO
    html = trabajo / "informe.html"
    informes.exportar_html(ejecutado, html, tarea.edicion, tarea.raiz)
    impreso = _poner_pdf(tarea, html, trabajo / PDF) if tarea.pdf else ""
    for tabla in tarea.tablas:
        publicacion.escribir_csv(_tabla_de(tarea, tabla), trabajo / "datos" / f"{tabla}.csv")
    if tarea.libro:
        from pipeline.flujo.libros_del_corte import escribir_libro_del_corte  # perezoso: pocos lo llevan

        escribir_libro_del_corte(_contexto_de(tarea), tarea.libro, trabajo / "datos")
    if tarea.con_paquete:
        from pipeline.flujo.control_interno import armar_paquete  # perezoso: solo un informe lo lleva

        armar_paquete(_contexto_de(tarea), trabajo / "paquete")
    ejecutado.unlink()
    # Lo que las celdas escribieron en stderr no va en el informe, pero tampoco se pierde.
    avisos = [_sin_rutas(aviso, tarea.raiz) for aviso in ejecutada.avisos]
    escribir_manifiesto(
        trabajo,
        tarea.clave,
        parametros=dict(tarea.parametros),
        bibliotecas=versiones(),
        **({"avisos": avisos} if avisos else {}),
        **({IMPRESO: impreso} if impreso else {}),
    )


def _poner_pdf(tarea: Tarea, html: Path, destino: Path) -> str:
    """Huella de lo que se imprime; si lo ya publicado salió de lo mismo, su PDF se copia y no se compone.

    Pasa a menudo: una cifra corregida mueve trazas y huellas, que solo van en la edición HTML.
    """
    impreso, publicado = informes.huella_de_imprimir(html), tarea.destino / PDF
    anterior = leer_manifiesto(tarea.destino) or {}
    mismo_codigo = anterior.get("clave", {}).get(CODIGO) == tarea.clave.get(CODIGO)
    mismos_bytes = publicado.is_file() and anterior.get("salidas", {}).get(PDF) == huella_archivo(publicado)
    if mismo_codigo and mismos_bytes and anterior.get(IMPRESO) == impreso:
        shutil.copyfile(publicado, destino)
    else:
        informes.exportar_pdf(html, destino)
    return impreso


def _contexto_de(tarea: Tarea) -> Contexto:
    return abrir(int(tarea.parametros["vigencia"]), str(tarea.parametros["periodo"]), tarea.raiz)


def _sin_rutas(aviso: str, raiz: Path) -> str:
    """El aviso sin rutas del equipo (la entidad, el paquete, las bibliotecas) ni números de proceso."""
    for carpeta, nombre in (
        (raiz.resolve(), "<entidad>"),
        (PAQUETE.parent, "<proyecto>"),
        (Path(sys.prefix), ""),
    ):
        aviso = aviso.replace(str(carpeta), nombre)
    return re.sub(r"/tmp/ipykernel_\d+/\d+\.py", "<celda>", aviso)  # noqa: S108


def _tabla_de(tarea: Tarea, nombre: str) -> pd.DataFrame:
    tabla = leer_tabla(nombre, tarea.procesados)
    return tabla[tabla["dependencia"] == tarea.dependencia] if tarea.dependencia else tabla


def esta_al_dia(tarea: Tarea) -> tuple[bool, str]:
    """Si lo publicado sirve todavía; si no, el motivo para rehacerlo."""
    motivo = motivo_para_rehacer(tarea.destino, tarea.clave)
    return motivo is None, motivo or ""


def sin_cambios(tarea: Tarea) -> Resultado:
    """Resultado de un informe que ya estaba al día."""
    archivos = tuple(sorted(ruta.name for ruta in tarea.destino.glob("informe.*")))
    return replace(resultado(tarea, "sin_cambios"), archivos=archivos, causa="está al día")


def resultado(tarea: Tarea, estado: str) -> Resultado:
    """Resultado de la tarea en ese estado, todavía sin sus detalles."""
    return Resultado(
        informe=tarea.informe,
        titulo=tarea.titulo,
        dependencia=tarea.dependencia,
        nombre=tarea.nombre,
        estado=estado,
    )


def _desde(inicio: float) -> float:
    return round(time.monotonic() - inicio, 2)
