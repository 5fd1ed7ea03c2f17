"""Matar con `kill -9` en cualquier momento: nada queda a medias ni se pierde, y la siguiente corrida termina.

Los momentos salen de una semilla. Donde importa un instante preciso no se espera: el proceso se mata a sí
mismo al llegar a su n-ésima escritura. CAOS=100 mata más veces de las que caben en la integración continua.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from hashlib import sha256
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import entidad_minima
import psutil
import pytest
from entidad_minima import CATALOGO, crear_entidad, en_linea, poner, recibir_de_salud

from pipeline import flujo, recepcion, sellos
from pipeline.flujo import correr as modulo_correr
from pipeline.flujo import tareas
from pipeline.flujo.correr import Opciones, correr
from pipeline.flujo.sellos import cerrar, esta_cerrado
from pipeline.flujo.verificacion import verificar

pytestmark = pytest.mark.integracion

MUERTES = int(os.environ.get("CAOS", "30"))
SEMILLA = 20251104
INFORMES = {"etapa", "general", "ficha"}
CON_RELOJ = {"bitacora.txt", "resultado.json", ".candado", ".turno"}


@pytest.fixture(scope="module", autouse=True)
def _orquesta_minima() -> Any:
    """El catálogo de la entidad mínima; los cuadernos corren igual en procesos hijos."""
    with pytest.MonkeyPatch.context() as parche:
        parche.setattr(tareas, "catalogo", lambda: CATALOGO)
        parche.setattr(modulo_correr, "abrir_taller", en_linea)
        yield


@pytest.fixture(scope="module")
def intacta(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """La entidad corrida sin interrupciones."""
    raiz = tmp_path_factory.mktemp("intacta")
    assert not correr(crear_entidad(raiz), Opciones()).fallidos
    return raiz


@pytest.fixture
def raiz(intacta: Path, tmp_path: Path) -> Path:
    """Copia propia de la entidad ya corrida."""
    return Path(shutil.copytree(intacta, tmp_path / "entidad"))


def _correr(raiz: Path) -> None:
    assert not correr(flujo.abrir(2025, "T1", raiz), Opciones()).fallidos


def _en_un_hijo(hacer: Callable[..., None], *args: Any) -> BaseProcess:
    """El proceso que lo hace, bifurcado de este, que ya importó todo."""
    hijo = get_context("fork").Process(target=hacer, args=args)
    hijo.start()
    return hijo


def _matar(hijo: BaseProcess | subprocess.Popen[str]) -> None:
    """Mata el proceso y espera a que mueran también los suyos, que el sistema mata con él."""
    suyos = psutil.Process(hijo.pid).children(recursive=True) if _vive(hijo) else []
    hijo.kill()
    hijo.wait() if isinstance(hijo, subprocess.Popen) else hijo.join()
    assert psutil.wait_procs(suyos, timeout=30)[1] == []


def _vive(hijo: BaseProcess | subprocess.Popen[str]) -> bool:
    return hijo.poll() is None if isinstance(hijo, subprocess.Popen) else hijo.is_alive()


def _archivos(carpeta: Path) -> dict[str, bytes]:
    return {str(r.relative_to(carpeta)): r.read_bytes() for r in sorted(carpeta.rglob("*")) if r.is_file()}


def _final(raiz: Path) -> dict[str, bytes]:
    """Todo lo que hay en la entidad, sin lo que dice la hora."""
    todo = {n: c for n, c in _archivos(raiz).items() if Path(n).name not in CON_RELOJ}
    constancia = "data/processed/2025/T1/manifiesto.json"
    datos = {k: v for k, v in json.loads(todo[constancia]).items() if k != "ejecutado_en"}
    return todo | {constancia: json.dumps(datos).encode()}


def _exigir_todo_entero(raiz: Path) -> None:
    """Cada informe publicado está completo según su manifiesto; lo que aún no está, no está del todo."""
    publicados = raiz / "reports" / "2025" / "T1"
    propias = [c for c in publicados.iterdir() if c.is_dir() and not c.name.startswith((".", "_"))]
    assert {c.name for c in propias} <= INFORMES
    carpetas = [c for c in propias if c.name != "ficha"]
    carpetas += (publicados / "ficha").iterdir() if (publicados / "ficha").is_dir() else []
    for carpeta in carpetas:
        salidas = json.loads((carpeta / "manifiesto.json").read_text(encoding="utf-8"))["salidas"]
        hay = {n: sha256(c).hexdigest() for n, c in _archivos(carpeta).items() if n != "manifiesto.json"}
        assert hay == salidas, carpeta.name
    for pagina in (publicados / "index.html", raiz / "reports" / "index.html"):
        assert not pagina.exists() or pagina.read_text(encoding="utf-8").rstrip().endswith("</html>")


def test_tras_treinta_muertes_al_azar_todo_esta_entero_y_el_final_es_el_mismo(
    raiz: Path, intacta: Path
) -> None:
    contexto, azar = flujo.abrir(2025, "T1", raiz), random.Random(SEMILLA)
    inicio = time.monotonic()
    poner(contexto, SSAL=0.9, SEDU=0.9)
    hijo = _en_un_hijo(_correr, raiz)
    hijo.join()
    duracion, interrumpidas = time.monotonic() - inicio, 0
    assert hijo.exitcode == 0
    for numero in range(MUERTES):
        poner(contexto, SSAL=numero / 1000, SEDU=numero / 2000)  # así siempre hay todo por rehacer
        libros = _archivos(contexto.rutas.crudos)
        hijo = _en_un_hijo(_correr, raiz)
        hijo.join(azar.uniform(0, duracion))
        interrumpidas += hijo.is_alive()
        _matar(hijo)
        _exigir_todo_entero(raiz)
        assert _archivos(contexto.rutas.crudos) == libros
    assert interrumpidas >= MUERTES // 2
    poner(contexto, SSAL=0.5, SEDU=0.25)
    _correr(raiz)
    assert _final(raiz) == _final(intacta)


def _morir_al_escribir(numero: int, raiz: Path, hacer: Callable[[Path], None]) -> None:
    """Lo hace, y se mata justo antes de su escritura número `numero` bajo `raiz`."""
    propio, cuenta = os.getpid(), 0

    def vigilar(evento: str, args: tuple[Any, ...]) -> None:
        nonlocal cuenta
        if os.getpid() != propio or not _es_escritura(evento, args, str(raiz)):
            return
        cuenta += 1
        if cuenta == numero:
            os.kill(propio, signal.SIGKILL)

    sys.addaudithook(vigilar)
    hacer(raiz)


def _es_escritura(evento: str, args: tuple[Any, ...], raiz: str) -> bool:
    if evento == "open":
        return str(args[0]).startswith(raiz) and bool(args[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))
    return evento in {"os.rename", "os.link", "os.remove", "os.rmdir", "os.mkdir"} and (
        str(args[0]).startswith(raiz) or evento in {"os.remove", "os.rmdir"}
    )


def _muertes(raiz: Path, hacer: Callable[[Path], None], saltar: int = 1) -> Any:
    """Una muerte en cada escritura (o cada `saltar`), hasta que alcanza a terminar; entrega cuántas van."""
    numero = 1
    while True:
        hijo = _en_un_hijo(_morir_al_escribir, numero, raiz, hacer)
        hijo.join()
        if hijo.exitcode != -signal.SIGKILL:
            assert hijo.exitcode == 0
            return
        yield numero
        numero += saltar


def test_morir_entre_dos_escrituras_de_una_corrida_tampoco_deja_nada_a_medias(
    raiz: Path, intacta: Path
) -> None:
    """Los instantes en que se retira una carpeta y se pone la nueva son muy cortos para hallarlos al azar."""
    contexto, hubo = flujo.abrir(2025, "T1", raiz), 0
    poner(contexto, SSAL=0.9, SEDU=0.9)
    for hubo in _muertes(raiz, _correr, saltar=17):
        _exigir_todo_entero(raiz)
        poner(contexto, SSAL=hubo / 1000, SEDU=hubo / 2000)
    assert hubo > 20
    poner(contexto, SSAL=0.5, SEDU=0.25)
    _correr(raiz)
    assert _final(raiz) == _final(intacta)


def test_morir_recibiendo_un_libro_no_lo_pierde_ni_lo_duplica(raiz: Path, tmp_path: Path) -> None:
    libro = tmp_path / "salud.csv"
    libro.write_text("meta,avance\nMP-001,1\n", encoding="utf-8")
    contexto = flujo.abrir(2025, "T1", raiz)
    carpeta = contexto.rutas.crudos_corte(contexto.corte, "pi") / "SSAL"

    def recibir(_: Path) -> None:
        recibir_de_salud(contexto, libro)

    hubo = 0
    for hubo in _muertes(raiz, recibir):  # noqa: B007
        for ficha in recepcion.leer_fichas(carpeta):
            assert (contexto.rutas.crudos / ficha.ruta).read_bytes() == libro.read_bytes()
        recibir(raiz)
        (ficha,) = recepcion.leer_fichas(carpeta)
        assert ficha.version == 1
        assert {r.suffix for r in carpeta.iterdir()} == {".csv", ".json"}
        assert len(list(carpeta.iterdir())) == 2
        shutil.rmtree(carpeta)
    assert hubo >= 5


def test_morir_cerrando_deja_el_corte_abierto_o_cerrado_pero_no_a_medias(raiz: Path) -> None:
    contexto = flujo.abrir(2025, "T1", raiz)

    def sellar(_: Path) -> None:
        cerrar(contexto, autoridad="Secretario de Planeación", fecha=date(2025, 5, 8))

    hubo = 0
    for hubo in _muertes(raiz, sellar):  # noqa: B007
        assert sellos.faltas_de_la_cadena(contexto.rutas.crudos) == []
        if not esta_cerrado(contexto):
            sellar(raiz)
        assert verificar(contexto, rapido=True).coincide
        shutil.rmtree(contexto.rutas.crudos / sellos.CARPETA)
    assert hubo >= 4
    assert [s.numero for s in sellos.leer_sellos(contexto.rutas.crudos)] == [1]


@pytest.mark.parametrize("senal", ["✔ etapa", "✔ ficha/"])
def test_matar_la_orden_con_su_taller_no_deja_huerfanos_ni_nada_a_medias(
    raiz: Path, intacta: Path, senal: str
) -> None:
    """La orden de verdad, con sus procesos; se mata apenas dice por la salida que terminó esa parte."""
    contexto = flujo.abrir(2025, "T1", raiz)
    poner(contexto, SSAL=0.7, SEDU=0.6)
    orden = [sys.executable, entidad_minima.__file__, "correr", "--raiz", str(raiz), "--trabajos", "2"]
    orden += ["--vigencia", "2025", "--periodo", "T1"]
    hijo = subprocess.Popen(orden, stdout=subprocess.PIPE, text=True)
    assert hijo.stdout is not None
    assert any(renglon.startswith(senal) for renglon in hijo.stdout)
    _matar(hijo)
    _exigir_todo_entero(raiz)
    poner(contexto, SSAL=0.5, SEDU=0.25)
    _correr(raiz)
    assert _final(raiz) == _final(intacta)
