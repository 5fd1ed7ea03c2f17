"""Motor «tibio» de papermill: cada cuaderno corre en un proceso bifurcado de uno que ya importó todo.

Se registra con papermill por su punto de entrada (`papermill.engine`). No abre puertos ni arranca núcleos
de Jupyter. El proceso hijo manda por una tubería, en JSON, las salidas de cada celda apenas termina; así,
si muere o se vence el plazo, queda lo que alcanzó a hacer. Donde no hay `fork` se usa nbclient.
"""

from __future__ import annotations

import base64
import contextlib
import ctypes
import json
import os
import select
import signal
import time
import traceback
from collections.abc import Iterator
from functools import cache
from typing import IO, TYPE_CHECKING, Any

from pipeline import ocupacion

if TYPE_CHECKING:
    from papermill.engines import NotebookExecutionManager

NOMBRE = "tibio"
PR_SET_PDEATHSIG = 1  # linux/prctl.h


class NucleoMuerto(RuntimeError):  # noqa: N818 — en español el sustantivo va primero
    """El proceso que ejecutaba el cuaderno terminó sin avisar (memoria agotada, señal, salida directa)."""


class PlazoVencido(RuntimeError):  # noqa: N818
    """Una celda no terminó en el plazo y se detuvo su proceso."""


def __getattr__(nombre: str) -> Any:
    """`MotorTibio`, que se arma al pedirlo.

    Papermill carga este módulo por su punto de entrada mientras él mismo se está importando: si la clase se
    definiera al importar, quien llegara primero a este módulo hallaría a papermill a medias.
    """
    if nombre == "MotorTibio":
        return _armar_motor()
    raise AttributeError(nombre)


@cache
def _armar_motor() -> type:
    from papermill.engines import Engine

    class MotorTibio(Engine):  # type: ignore[misc]
        """Motor de papermill que ejecuta las celdas en un proceso bifurcado con IPython ya cargado."""

        @classmethod
        def execute_managed_notebook(
            cls, nb_man: Any, kernel_name: str, execution_timeout: float | None = None, **_: Any
        ) -> None:
            """Ejecuta el cuaderno; si se interrumpe, lo dice en su celda y conserva lo anterior."""
            _ejecutar_en_un_hijo(nb_man, execution_timeout)

    return MotorTibio


def _ejecutar_en_un_hijo(nb_man: NotebookExecutionManager, plazo: float | None) -> None:
    lectura, escritura = os.pipe()
    tablero = ocupacion.abrir_tablero()
    hijo = os.fork()
    if hijo == 0:
        os.close(lectura)
        ocupacion.usar_tablero(tablero)
        _vivir_de_hijo(nb_man.nb.cells, escritura)
    os.close(escritura)
    try:
        with os.fdopen(lectura, "rb") as tubo:
            _recoger(nb_man, tubo, plazo)
    except (NucleoMuerto, PlazoVencido) as error:
        libro = ocupacion.leer_tablero(tablero)
        _anotar(nb_man, type(error)(f"{error}; estaba con el libro «{libro}»") if libro else error)
    finally:
        _terminar(hijo)
        tablero.close()


def _recoger(nb_man: NotebookExecutionManager, tubo: IO[bytes], plazo: float | None) -> None:
    """Pone en el cuaderno lo que el hijo va mandando, hasta su mensaje de fin."""
    for mensaje in _mensajes(tubo, plazo):
        if mensaje.get("fin"):
            return
        celda = nb_man.nb.cells[mensaje["indice"]]
        nb_man.cell_start(celda, mensaje["indice"])
        celda.outputs = [_salida(s) for s in mensaje["salidas"]]
        celda.execution_count = mensaje["numero"]
        if any(s.output_type == "error" for s in celda.outputs):
            nb_man.cell_exception(celda, mensaje["indice"])
        nb_man.cell_complete(celda, mensaje["indice"])
    raise NucleoMuerto("el proceso que ejecutaba el cuaderno terminó sin avisar")


def _anotar(nb_man: NotebookExecutionManager, error: NucleoMuerto | PlazoVencido) -> None:
    """Deja el error en la celda que se ejecutaba: papermill solo guarda el cuaderno si la falla es de una."""
    for indice, celda in enumerate(nb_man.nb.cells):
        if celda.cell_type == "code" and celda.execution_count is None:
            nb_man.cell_start(celda, indice)
            celda.outputs = [_salida(_salida_de_error(error))]
            nb_man.cell_exception(celda, indice)
            nb_man.cell_complete(celda, indice)
            return
    raise error


def _mensajes(tubo: IO[bytes], plazo: float | None) -> Iterator[dict[str, Any]]:
    """Mensajes del hijo, un JSON por línea; cada uno tiene que llegar dentro del plazo."""
    pendiente = b""
    limite = time.monotonic() + plazo if plazo else None
    while True:
        espera = None if limite is None else max(0.0, limite - time.monotonic())
        if not select.select([tubo], [], [], espera)[0]:
            raise PlazoVencido(f"una celda no terminó en {plazo:.0f} s")
        trozo = os.read(tubo.fileno(), 1 << 20)
        if not trozo:
            return
        *lineas, pendiente = (pendiente + trozo).split(b"\n")
        for linea in lineas:
            yield json.loads(linea)
            limite = time.monotonic() + plazo if plazo else None


def _salida(datos: dict[str, Any]) -> Any:
    from nbformat import from_dict

    return from_dict(datos)


def _terminar(hijo: int) -> None:
    with contextlib.suppress(ProcessLookupError):  # ya había terminado
        os.kill(hijo, signal.SIGKILL)
    os.waitpid(hijo, 0)


def _vivir_de_hijo(celdas: list[Any], escritura: int) -> None:
    """Todo lo que hace el proceso hijo; jamás regresa."""
    morir_con_el_padre()
    try:
        with os.fdopen(escritura, "wb") as tubo:
            # Lo que una celda mande a la salida del sistema no debe mezclarse con la del padre.
            nulo = os.open(os.devnull, os.O_RDWR)
            for descriptor in (0, 1, 2):
                os.dup2(nulo, descriptor)
            for mensaje in _ejecutar(celdas):
                tubo.write(json.dumps(mensaje, default=_en_base64).encode() + b"\n")
                tubo.flush()
    except BaseException:  # noqa: BLE001, S110 — el padre lo ve como un proceso que terminó sin avisar
        pass
    finally:
        os._exit(0)


def morir_con_el_padre() -> None:
    """Pide al sistema que mate este proceso si muere el que lo creó; donde no se puede (no es Linux), nada.

    Sin esto, matar una corrida dejaría cuadernos escribiendo tablas por detrás de la siguiente.
    """
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _en_base64(valor: object) -> str:
    """Las imágenes llegan como bytes y en un cuaderno se guardan en base64."""
    if isinstance(valor, bytes):
        return base64.b64encode(valor).decode("ascii")
    raise TypeError(f"salida de tipo {type(valor).__name__} que no cabe en un cuaderno")


def _ejecutar(celdas: list[Any]) -> Iterator[dict[str, Any]]:
    consola = _consola()
    numero = 0
    for indice, celda in enumerate(celdas):
        if celda.cell_type != "code":
            continue
        numero += 1
        salidas, seguir = _ejecutar_celda(consola, celda.source, numero)
        yield {"indice": indice, "numero": numero, "salidas": salidas}
        if not seguir:
            break
    yield {"fin": True}


def _ejecutar_celda(consola: Any, codigo: str, numero: int) -> tuple[list[dict[str, Any]], bool]:
    from IPython.utils.capture import capture_output

    consola.displayhook.valor = None
    with capture_output() as captura:
        resultado = consola.run_cell(codigo, store_history=True)
    salidas: list[dict[str, Any]] = []
    error = resultado.error_before_exec or resultado.error_in_exec
    # IPython escribe la traza en la salida estándar; aquí va aparte, como salida de error.
    if captura.stdout and error is None:
        salidas.append({"output_type": "stream", "name": "stdout", "text": captura.stdout})
    if captura.stderr:
        salidas.append({"output_type": "stream", "name": "stderr", "text": captura.stderr})
    for salida in captura.outputs:
        salidas.append(
            {"output_type": "display_data", "data": salida.data, "metadata": salida.metadata or {}}
        )
    if consola.displayhook.valor is not None:
        datos, metadatos = consola.displayhook.valor
        salidas.append(
            {
                "output_type": "execute_result",
                "data": datos,
                "metadata": metadatos or {},
                "execution_count": numero,
            }
        )
    if error is not None:
        salidas.append(_salida_de_error(error))
    return salidas, error is None


def _salida_de_error(error: BaseException) -> dict[str, Any]:
    traza = traceback.format_exception(error)
    return {
        "output_type": "error",
        "ename": type(error).__name__,
        "evalue": str(error),
        "traceback": [linea.rstrip("\n") for linea in traza],
    }


def _consola() -> Any:
    """Consola de IPython sin historial ni terminal, que guarda el resultado de cada celda."""
    from IPython.core.displayhook import DisplayHook
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    class Resultado(DisplayHook):  # type: ignore[misc]
        """Guarda el último valor en vez de escribirlo."""

        valor: Any = None

        def write_output_prompt(self) -> None:
            """No hay terminal donde escribir."""

        def write_format_data(self, format_dict: Any, md_dict: Any = None) -> None:
            """Guarda el valor ya formateado."""
            self.valor = (format_dict, md_dict)

        def finish_displayhook(self) -> None:
            """No hay terminal que terminar."""

    config = Config()
    config.HistoryManager.enabled = False
    consola = InteractiveShell.instance(colors="NoColor", config=config)
    consola.enable_gui = lambda gui=None: None
    consola.displayhook = Resultado(shell=consola, parent=consola)
    consola.display_trap.hook = consola.displayhook
    return consola
