"""Ejecución de un cuaderno con papermill: lo deja ejecutado y depurado, o dice por qué falló. No exporta."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.archivos import escribir
from pipeline.errores import ErrorInforme
from pipeline.informes.falla import Falla, escribir_falla
from pipeline.informes.parametros import validar_parametros

FICHA = "application/vnd.seguimiento.terminado+json"
ID_PARAMETROS = "parametros-recibidos"  # papermill le da uno al azar y saldría en el HTML
ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
DEL_EQUIPO = {
    "MemoryError": "no alcanzó la memoria del equipo",
    "[Errno 28]": "no queda espacio en el disco",
    "[Errno 30]": "la carpeta de destino es de solo lectura",
    "[Errno 13]": "no hay permiso para escribir en la carpeta de destino",
}
ERRORES_PROPIOS = re.compile(
    r"Error(Seguimiento|Configuracion|Libro|Informe|Entorno)$|^(NucleoMuerto|PlazoVencido)$"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ejecucion:
    """Un cuaderno que llegó a su última celda."""

    cuaderno: str
    ruta: Path
    parametros: dict[str, Any]
    avisos: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Terminado:
    """Marca que la última celda deja en el cuaderno ejecutado."""

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        return {FICHA: {"terminado": True}}

    def __repr__(self) -> str:
        return "informe terminado"


def terminar() -> Terminado:
    """Ficha de terminación: debe ser lo último que llama un cuaderno.

    Papermill da por bueno un cuaderno que se sale antes con `sys.exit(0)`; sin esta ficha el informe
    cuenta como fallido.

    >>> terminar()
    informe terminado
    """
    return Terminado()


def ejecutar_cuaderno(
    cuaderno: Path, salida: Path, parametros: Mapping[str, Any], raiz: Path, *, segundos: int = 900
) -> Ejecucion:
    """Ejecuta `cuaderno` con `raiz` como carpeta actual y deja en `salida` el cuaderno ejecutado y depurado.

    Depurado quiere decir sin reloj, rutas absolutas ni ids al azar: mismo insumo, mismos bytes. `segundos`
    es el plazo de cada celda.

    Levanta ErrorConfiguracion si los parámetros no son los del cuaderno y ErrorInforme si una celda falla
    o no se llega a la ficha de terminación; en ese caso `salida` se conserva y a su lado queda FALLA.html.
    """
    completos = validar_parametros(cuaderno, parametros)
    salida.parent.mkdir(parents=True, exist_ok=True)
    falla_anterior = salida.with_name("FALLA.html")
    falla_anterior.unlink(missing_ok=True)
    cuaderno_ejecutado, interrupcion = _correr(cuaderno, salida, completos, raiz, segundos)
    avisos = _depurar(cuaderno_ejecutado, cuaderno, completos)
    _guardar(cuaderno_ejecutado, salida)
    falla = _hallar_falla(cuaderno_ejecutado, cuaderno.name, interrupcion)
    if falla is not None:
        escribir_falla(falla, falla_anterior)
        raise ErrorInforme(
            falla.problema,
            archivo=cuaderno.name,
            celda=falla.celda,
            remedio=f"Vea {falla_anterior.name} y {salida.name} en la carpeta del informe",
        )
    return Ejecucion(cuaderno=cuaderno.name, ruta=salida, parametros=completos, avisos=avisos)


def _correr(
    cuaderno: Path, salida: Path, parametros: dict[str, Any], raiz: Path, segundos: int
) -> tuple[Any, str]:
    """Cuaderno ejecutado (entero o hasta donde llegó) y qué lo interrumpió, si no fue una celda."""
    import nbformat
    import papermill

    provisional = salida.with_name(f".{salida.stem}.tmp.ipynb").resolve()
    interrupcion = ""
    try:
        papermill.execute_notebook(
            str(cuaderno.resolve()),
            str(provisional),
            parameters=parametros,
            kernel_name="python3",
            cwd=str(raiz),
            progress_bar=False,
            execution_timeout=segundos,
            **_motor(),
        )
    except papermill.PapermillExecutionError:
        pass  # el error está en la celda del cuaderno guardado; se explica desde allí
    except Exception as error:  # el núcleo murió, no arrancó o se venció el plazo
        if isinstance(error, MemoryError) or getattr(error, "errno", None) is not None:
            provisional.unlink(missing_ok=True)
            raise  # el disco o la memoria del equipo: no es cosa del cuaderno
        interrupcion = _causa(error)
    origen = provisional if provisional.exists() else cuaderno
    ejecutado = nbformat.read(str(origen), as_version=4)
    provisional.unlink(missing_ok=True)
    return ejecutado, interrupcion


def _causa(error: Exception) -> str:
    """El tipo del error y el primer renglón de lo que dice, si dice algo: hay errores sin texto."""
    dicho = ANSI.sub("", str(error)).strip().partition("\n")[0].strip()
    return f"{type(error).__name__}: {dicho[:300]}" if dicho else type(error).__name__


def _motor() -> dict[str, Any]:
    """Argumentos del motor: el tibio donde se puede bifurcar; si no, nbclient con cierre inmediato.

    El cierre cortés de nbclient espera a que el núcleo conteste: medido aquí, en una de cada diez corridas se
    atasca unos 3 s, y para entonces ya no hay nada que guardar.
    """
    if not hasattr(os, "fork"):
        # Guardar tras cada celda es lo único que conserva lo hecho si el núcleo muere.
        return {"shutdown_kernel": "immediate", "request_save_on_cell_execute": True}
    from papermill.engines import papermill_engines

    from pipeline.informes.motor import NOMBRE, MotorTibio

    papermill_engines.register(NOMBRE, MotorTibio)
    return {"engine_name": NOMBRE, "request_save_on_cell_execute": False}


def _depurar(ejecutado: Any, cuaderno: Path, parametros: dict[str, Any]) -> tuple[str, ...]:
    """Quita del cuaderno lo que cambia entre corridas; devuelve lo que las celdas escribieron en stderr."""
    avisos: list[str] = []
    ejecutado.cells = [
        c for c in ejecutado.cells if "papermill-error-cell-tag" not in c.metadata.get("tags", [])
    ]
    for celda in ejecutado.cells:
        for clave in ("papermill", "execution"):
            celda.metadata.pop(clave, None)
        if "injected-parameters" in celda.metadata.get("tags", []):
            celda["id"] = ID_PARAMETROS
            celda.source = celda.source.replace("# Parameters", "# Parámetros de esta corrida", 1)
        if celda.cell_type == "code":
            avisos += [s.text for s in celda.outputs if _es_stderr(s)]
            celda.outputs = [s for s in celda.outputs if not _es_stderr(s)]
    ejecutado.metadata.pop("papermill", None)
    ejecutado.metadata["seguimiento"] = {"cuaderno": cuaderno.name, "parametros": parametros}
    return tuple(avisos)


def _es_stderr(salida: Any) -> bool:
    return bool(salida.output_type == "stream" and salida.name == "stderr")


def _guardar(cuaderno: Any, destino: Path) -> None:
    import nbformat

    escribir(destino, nbformat.writes(cuaderno) + "\n")


def _hallar_falla(ejecutado: Any, nombre: str, interrupcion: str) -> Falla | None:
    """La celda que falló, o None si el cuaderno llegó a su ficha de terminación."""
    de_codigo = [c for c in ejecutado.cells if c.cell_type == "code"]
    for posicion, celda in enumerate(de_codigo, start=1):
        error = next((s for s in celda.outputs if s.output_type == "error"), None)
        if error is not None:
            return Falla(
                cuaderno=nombre,
                celda=f"celda «{celda.id}» ({posicion} de {len(de_codigo)})",
                codigo=celda.source,
                problema=_explicar(error),
                traza=ANSI.sub("", "\n".join(error.traceback)),
            )
    if interrupcion:
        return Falla(cuaderno=nombre, problema=f"el cuaderno se interrumpió ({interrupcion})")
    if any(FICHA in s.get("data", {}) for s in (de_codigo[-1].outputs if de_codigo else [])):
        return None
    return Falla(
        cuaderno=nombre,
        problema="el cuaderno no llegó a su última celda: falta la ficha de terminación «terminar()»",
    )


def _explicar(error: Any) -> str:
    """Causa en español: la de nuestros errores ya lo está; de los ajenos se dice el tipo."""
    causa = ANSI.sub("", error.evalue).strip().rstrip(".")
    if ERRORES_PROPIOS.search(error.ename):
        return causa
    if error.ename == "SystemExit":
        return "la celda pidió salir del cuaderno antes de terminar"
    for senal, problema in DEL_EQUIPO.items():
        if error.ename == senal or senal in causa:
            return problema
    return f"la celda falló con {error.ename}: {causa}"
