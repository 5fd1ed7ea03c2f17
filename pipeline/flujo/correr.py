"""La corrida completa de un corte: etapas en orden, informes en paralelo, portada al final."""

from __future__ import annotations

import gc
import shutil
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager, ExitStack, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from pipeline import informes, publicacion, recepcion
from pipeline.errores import ErrorConfiguracion, ErrorEntorno, ErrorSeguimiento
from pipeline.flujo.bitacora import Suceso, anotar, avisar_falla
from pipeline.flujo.candado import tomar_candado
from pipeline.flujo.contexto import Contexto
from pipeline.flujo.devolucion import Correcciones, publicar_correcciones
from pipeline.flujo.ejecutor import abrir_ejecutor
from pipeline.flujo.estado import exigir_entregas
from pipeline.flujo.portada import constar_portada, portada_al_dia, publicar_portada
from pipeline.flujo.previos import calcular_previos
from pipeline.flujo.produccion import (
    EN_CURSO,
    PEDIDO,
    Resultado,
    Tarea,
    ejecutar,
    esta_al_dia,
    explicar,
    publicar,
    sin_cambios,
)
from pipeline.flujo.registro import registrar_corte, tablas_intactas
from pipeline.flujo.sellos import esta_cerrado, exigir_que_se_pueda_correr
from pipeline.flujo.taller import abrir_taller, empezar, encargar, producir_todas
from pipeline.flujo.tareas import exigir_lo_pedido, tareas_de_etapas, tareas_de_informes
from pipeline.flujo.tempranas import alertar_previos
from pipeline.flujo.vigencia import al_dia

Aviso = Callable[[Resultado], None]
# Lo que el taller hace mientras corre cada etapa; queda recordado para la segunda.
ADELANTOS = {"01_ingesta_y_calidad": calcular_previos, "02_indices_y_alertas": alertar_previos}
ALTERADAS = "se alteró o falta una tabla del corte"


@dataclass(frozen=True, slots=True, kw_only=True)
class Opciones:
    """Qué y cómo correr."""

    con_pdf: bool = True
    forzar: bool = False
    trabajos: int = 0  # 0: uno por núcleo
    informe: str = ""  # vacío: todos
    dependencia: str = ""  # vacío: todas
    ejecutor: str = ""  # dask://equipo:puerto; vacío: procesos de este equipo

    @property
    def es_parcial(self) -> bool:
        """Si se pidieron solo algunos informes."""
        return bool(self.informe or self.dependencia)


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrida:
    """Resultado de una corrida: un renglón por informe y dónde quedó la portada."""

    corte: str
    resultados: tuple[Resultado, ...]
    portada: Path | None
    avisos: tuple[str, ...] = ()

    @property
    def fallidos(self) -> tuple[Resultado, ...]:
        """Informes que no se pudieron publicar."""
        return tuple(r for r in self.resultados if r.estado == "fallido")


@dataclass(frozen=True, slots=True, kw_only=True)
class Oyente:
    """A quién se le cuenta cómo va la corrida."""

    planear: Callable[[int], None] = lambda _: None  # cuántos informes hay que hacer
    avisar: Aviso = lambda _: None  # cada uno, apenas termina


def correr(
    contexto: Contexto, opciones: Opciones, avisar: Aviso = lambda _: None, oyente: Oyente | None = None
) -> Corrida:
    """Corre el corte completo y publica lo que salga bien.

    Si una etapa falla no hay informes que hacer y la corrida termina ahí. Lo que pasó queda en bitacora.txt y
    resultado.json del corte, y si algo falló se ejecuta la orden de `[avisos]`.

    Levanta ErrorConfiguracion si no existe el informe o la dependencia que se pide, y ErrorEntorno si falta
    el plan, no hay entregas, hay otra corrida del mismo corte en curso o el equipo no deja escribir.
    """
    recepcion.plan_vigente(contexto.rutas)
    exigir_entregas(contexto)
    exigir_lo_pedido(contexto, opciones.informe, opciones.dependencia)
    oyente = oyente or Oyente(avisar=avisar)
    inicio = time.monotonic()
    with tomar_candado(contexto.rutas.procesados(contexto.corte), f"del corte {contexto.corte}") as pendiente:
        try:
            if esta_cerrado(contexto) and (opciones.forzar or not al_dia(contexto)):
                exigir_que_se_pueda_correr(contexto)  # de un corte cerrado solo se recupera lo mismo
            corrida = _correr(contexto, opciones, oyente)
        except (ErrorSeguimiento, OSError, MemoryError) as error:
            explicado = explicar(error, f"corte {contexto.corte}")
            _dejar_constancia(contexto, _suceso(contexto, (), (), inicio, explicado))
            raise explicado from error
        avisos = (*((pendiente,) if pendiente else ()), *corrida.avisos)
        aviso = _dejar_constancia(contexto, _suceso(contexto, corrida.resultados, avisos, inicio))
        return replace(corrida, avisos=(*avisos, *((aviso,) if aviso else ())))


def _correr(contexto: Contexto, opciones: Opciones, oyente: Oyente) -> Corrida:
    with ExitStack() as recursos:
        etapas = _correr_etapas(contexto, opciones, oyente, recursos)
        if any(r.estado == "fallido" for r in etapas.resultados):
            return Corrida(corte=str(contexto.corte), resultados=tuple(etapas.resultados), portada=None)
        return _publicar_corte(contexto, opciones, etapas, oyente, recursos)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Etapas:
    resultados: list[Resultado]
    taller: Executor | None = None  # ya caliente, si hubo etapas que correr


def _correr_etapas(contexto: Contexto, opciones: Opciones, oyente: Oyente, recursos: ExitStack) -> _Etapas:
    """Ejecuta los cuadernos de etapa que lo necesiten; se detiene en el primero que falle.

    Si alguien cambió una tabla del corte se rehacen las dos: lo procesado nunca se edita.
    """
    intactas = tablas_intactas(contexto)
    tareas = tareas_de_etapas(contexto)
    if not opciones.forzar and intactas and all(esta_al_dia(t)[0] for t in tareas):
        resultados = [sin_cambios(t) for t in tareas]
        for resultado in resultados:
            oyente.avisar(resultado)
        return _Etapas(resultados=resultados)
    gc.freeze()  # lo importado no es basura: que ni este proceso ni los que bifurca lo recorran
    recursos.callback(gc.unfreeze)
    # Si una etapa corre habrá informes que hacer: sus procesos se calientan en el otro núcleo mientras tanto.
    taller = recursos.enter_context(_abrir_taller(opciones))
    por_publicar: list[Callable[[], Resultado]] = []
    for tarea in tareas:
        if not opciones.forzar and intactas and esta_al_dia(tarea)[0]:
            por_publicar.append(partial(sin_cambios, tarea))
            continue
        adelanto = empezar(taller, partial(ADELANTOS.get(tarea.informe, calcular_previos), contexto))
        ejecutada = ejecutar(tarea)
        adelanto.join()
        if ejecutada.causa == PEDIDO and not opciones.forzar:
            ejecutada = replace(ejecutada, causa=ALTERADAS)
        # La página la arma el taller: la etapa que sigue solo necesita las tablas.
        por_publicar.append(encargar(taller, partial(publicar, ejecutada)))
        if ejecutada.fallido:
            break
    else:
        registrar_corte(contexto)
    return _Etapas(resultados=_publicadas(por_publicar, oyente), taller=taller)


def _publicadas(por_publicar: Sequence[Callable[[], Resultado]], oyente: Oyente) -> list[Resultado]:
    resultados = []
    for esperar in por_publicar:
        resultados.append(esperar())
        oyente.avisar(resultados[-1])
    return resultados


def _publicar_corte(
    contexto: Contexto, opciones: Opciones, etapas: _Etapas, oyente: Oyente, recursos: ExitStack
) -> Corrida:
    todas, avisos, taller = _planear(contexto, opciones, etapas.taller, recursos)
    tareas = [t for t in todas if _elegida(t, opciones)]
    if not tareas:
        raise ErrorConfiguracion(
            "ningún informe corresponde a lo pedido", remedio="Revise --informe y --dependencia"
        )
    hechos, correcciones = _producir_lo_pendiente(contexto, tareas, opciones, taller, oyente, recursos)
    carpeta = contexto.rutas.informes(contexto.corte)
    shutil.rmtree(carpeta / EN_CURSO, ignore_errors=True)
    resultados = (*etapas.resultados, *hechos)
    if all(r.estado == "sin_cambios" for r in resultados) and portada_al_dia(contexto, todas):
        return Corrida(
            corte=str(contexto.corte),
            resultados=resultados,
            portada=carpeta / "index.html",
            avisos=tuple(avisos),
        )
    correcciones = publicar_correcciones(contexto) if correcciones is None else correcciones
    avisos += [f"correcciones de {c.dependencia}: {c.aviso}" for c in correcciones if c.aviso]
    if not opciones.es_parcial:
        vigentes = [*(carpeta / r.nombre for r in resultados), *(c.carpeta for c in correcciones)]
        publicacion.retirar_sobrantes(carpeta, vigentes)
    otros = [sin_cambios(t) for t in todas if t not in tareas and (t.destino / "manifiesto.json").is_file()]
    portada = publicar_portada(contexto, [*resultados, *otros])
    if not any(r.estado == "fallido" for r in resultados):
        constar_portada(contexto, todas)
    return Corrida(corte=str(contexto.corte), resultados=resultados, portada=portada, avisos=tuple(avisos))


def _planear(
    contexto: Contexto, opciones: Opciones, taller: Executor | None, recursos: ExitStack
) -> tuple[list[Tarea], list[str], Executor | None]:
    """Los informes del corte y qué avisar; si hay que hacer PDF y el taller no puede, solo HTML.

    Devuelve también el taller, abierto si hubo que preguntarle.
    """
    tareas = tareas_de_informes(contexto, opciones.con_pdf)
    por_hacer = [t for t in tareas if _elegida(t, opciones) and (opciones.forzar or not esta_al_dia(t)[0])]
    if not any(t.pdf for t in por_hacer):
        return tareas, [], taller
    taller = taller or recursos.enter_context(_abrir_taller(opciones))
    try:
        encargar(taller, informes.comprobar_pdf)()  # allí WeasyPrint ya está importado
    except ErrorEntorno as error:  # sin PDF hay informes; sin decirlo, no
        return tareas_de_informes(contexto, con_pdf=False), [f"se publica solo HTML. {error}"], taller
    return tareas, [], taller


def _abrir_taller(opciones: Opciones) -> AbstractContextManager[Executor]:
    return abrir_ejecutor(opciones.ejecutor) if opciones.ejecutor else abrir_taller(opciones.trabajos)


def _elegida(tarea: Tarea, opciones: Opciones) -> bool:
    return (not opciones.informe or tarea.informe == opciones.informe) and (
        not opciones.dependencia or tarea.dependencia == opciones.dependencia
    )


def _producir_lo_pendiente(
    contexto: Contexto,
    tareas: Sequence[Tarea],
    opciones: Opciones,
    taller: Executor | None,
    oyente: Oyente,
    recursos: ExitStack,
) -> tuple[list[Resultado], list[Correcciones] | None]:
    """Un resultado por tarea, y las correcciones si hubo que abrir el taller: allí se escriben a la vez."""
    al_dia = {t.nombre: sin_cambios(t) for t in tareas if not opciones.forzar and esta_al_dia(t)[0]}
    pendientes = [t for t in tareas if t.nombre not in al_dia]
    oyente.planear(len(pendientes))
    for resultado in al_dia.values():
        oyente.avisar(resultado)
    if not pendientes:
        return list(al_dia.values()), None
    taller = taller or recursos.enter_context(_abrir_taller(opciones))
    try:
        devueltas = taller.submit(publicar_correcciones, contexto)
    except BrokenProcessPool:  # se cayó mientras corrían las etapas
        taller = recursos.enter_context(_abrir_taller(opciones))
        devueltas = taller.submit(publicar_correcciones, contexto)
    hechos = {r.nombre: r for r in producir_todas(taller, pendientes, oyente.avisar)}
    resultados = [al_dia.get(t.nombre) or hechos[t.nombre] for t in tareas]
    try:
        return resultados, devueltas.result()
    except Exception:  # otro informe tumbó el taller: se escriben después, en este proceso
        return resultados, None


def _suceso(
    contexto: Contexto,
    resultados: tuple[Resultado, ...],
    avisos: tuple[str, ...],
    inicio: float,
    error: ErrorSeguimiento | None = None,
) -> Suceso:
    return Suceso(
        corte=str(contexto.corte),
        resultados=resultados,
        avisos=avisos,
        segundos=time.monotonic() - inicio,
        error=str(error or ""),
        codigo_error=error.codigo_salida if error else 0,
    )


def _dejar_constancia(contexto: Contexto, suceso: Suceso) -> str:
    """Aviso si la orden externa no se pudo ejecutar. Con el disco lleno no hay dónde dejar constancia."""
    with suppress(OSError, ErrorEntorno):
        anotar(contexto.rutas.informes(contexto.corte), suceso)
    return avisar_falla(contexto.config.avisos.orden, suceso)
