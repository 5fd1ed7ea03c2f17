"""El motor tibio hace lo mismo que nbclient, y el camino sin `fork` (nbclient) también publica."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from traitlets.config import Config

from pipeline.errores import ErrorInforme
from pipeline.flujo.produccion import Tarea, producir
from pipeline.informes import ejecucion, ejecutar_cuaderno

pytestmark = pytest.mark.integracion

PROYECTO = Path(__file__).resolve().parents[2]
PARAMETROS = {"vigencia": 2025, "periodo": "T2"}
CELDA_PARAMETROS = 'vigencia: int = 2025  # año\nperiodo: str = "T3"  # corte'
TERMINAR = "from pipeline.informes import terminar\nterminar()"
MOTORES = ("tibio", "nbclient")
CELDAS = (
    "vigencia + 1",
    "None",
    "1;",
    "print('uno'); print('dos')",
    "import sys; print('fuera'); print('aviso', file=sys.stderr)",
    "from IPython.display import HTML, display\ndisplay(HTML('<b>1</b>'), metadata={})\nHTML('<i>2</i>')",
    "import pandas as pd\npd.DataFrame({'a': [1, 2]})",
    "import asyncio\nawait asyncio.sleep(0)\n'esperó'",
    "import os, pathlib\npathlib.Path.cwd().name, __name__",
    "_ = 3\n_",
)


@pytest.fixture
def raiz(tmp_path: Path) -> Path:
    carpeta = tmp_path / "entidad"
    carpeta.mkdir()
    shutil.copy(PROYECTO / "seguimiento.toml", carpeta)
    return carpeta


@pytest.fixture
def enchufes() -> Iterator[Path]:
    """Carpeta de nombre corto para los enchufes IPC: una ruta de más de 107 letras no sirve."""
    carpeta = Path(tempfile.mkdtemp(prefix="mt"))
    yield carpeta
    shutil.rmtree(carpeta, ignore_errors=True)


def _elegir(motor: str, monkeypatch: pytest.MonkeyPatch, enchufes: Path) -> None:
    """Con «nbclient», el camino de los equipos sin `fork`; por IPC, con una ip única por ejecución."""
    if motor == "tibio":
        return
    propio = ejecucion._motor
    monkeypatch.delattr(os, "fork")
    donde = {"transport": "ipc", "ip": str(Path(tempfile.mkdtemp(dir=enchufes)) / "n")}
    monkeypatch.setattr(ejecucion, "_motor", lambda: {**propio(), "config": Config(KernelManager=donde)})
    assert "engine_name" not in ejecucion._motor()


def _cuaderno(carpeta: Path, *celdas: str) -> Path:
    de_codigo = [new_code_cell(c, id=f"celda-{n}") for n, c in enumerate(celdas)]
    parametros = new_code_cell(CELDA_PARAMETROS, id="parameters", metadata={"tags": ["parameters"]})
    metadatos = {
        "title": "Prueba",
        "kernelspec": {"name": "python3", "language": "python", "display_name": "Python 3"},
    }
    ruta = carpeta / "prueba.ipynb"
    nbformat.write(new_notebook(cells=[parametros, *de_codigo], metadata=metadatos), ruta)
    return ruta


def _ejecutar(raiz: Path, *celdas: str, **opciones: Any) -> ejecucion.Ejecucion:
    cuaderno = _cuaderno(raiz, *celdas, TERMINAR)
    return ejecutar_cuaderno(cuaderno, raiz / "salida" / "cuaderno.ipynb", PARAMETROS, raiz, **opciones)


def _salidas(raiz: Path) -> list[list[Any]]:
    cuaderno = nbformat.read(raiz / "salida" / "cuaderno.ipynb", as_version=4)
    return [json.loads(json.dumps(c.outputs)) for c in cuaderno.cells if c.cell_type == "code"]


def test_los_dos_motores_dejan_las_mismas_salidas_y_avisos(
    raiz: Path, monkeypatch: pytest.MonkeyPatch, enchufes: Path
) -> None:
    vistas = []
    for motor in MOTORES:
        _elegir(motor, monkeypatch, enchufes)
        hecho = _ejecutar(raiz, *CELDAS)
        vistas.append((_salidas(raiz), hecho.avisos))
    (una, sus_avisos), (otra, otros_avisos) = vistas
    assert len(una) == len(otra) > len(CELDAS)
    for celda, suyas, ajenas in zip(("", *CELDAS), una, otra, strict=False):
        assert suyas == ajenas, celda
    assert una[-1] == otra[-1]
    assert sus_avisos == otros_avisos


@pytest.mark.parametrize("motor", MOTORES)
def test_un_error_dice_la_celda_y_la_causa_y_lo_anterior_se_conserva(
    motor: str, raiz: Path, monkeypatch: pytest.MonkeyPatch, enchufes: Path
) -> None:
    _elegir(motor, monkeypatch, enchufes)
    with pytest.raises(ErrorInforme, match=r"celda «celda-1».*ZeroDivisionError"):
        _ejecutar(raiz, "'antes'", "1 / 0", "'después'")
    salidas = _salidas(raiz)
    assert any("'antes'" in str(s) for s in salidas)
    assert not any("'después'" in str(s) for s in salidas)
    assert (raiz / "salida" / "FALLA.html").exists()


@pytest.mark.parametrize("motor", MOTORES)
def test_salirse_antes_de_terminar_es_una_falla(
    motor: str, raiz: Path, monkeypatch: pytest.MonkeyPatch, enchufes: Path
) -> None:
    _elegir(motor, monkeypatch, enchufes)
    with pytest.raises(ErrorInforme):
        _ejecutar(raiz, "import sys\nsys.exit(0)")


@pytest.mark.parametrize("motor", MOTORES)
def test_si_el_proceso_muere_se_dice_y_lo_anterior_se_conserva(
    motor: str, raiz: Path, monkeypatch: pytest.MonkeyPatch, enchufes: Path
) -> None:
    _elegir(motor, monkeypatch, enchufes)
    with pytest.raises(ErrorInforme, match="terminó sin avisar|se interrumpió"):
        _ejecutar(raiz, "'antes'", "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)")
    assert any("'antes'" in str(s) for s in _salidas(raiz))


@pytest.mark.parametrize("motor", MOTORES)
def test_una_celda_que_no_termina_en_su_plazo_se_detiene(
    motor: str, raiz: Path, monkeypatch: pytest.MonkeyPatch, enchufes: Path
) -> None:
    _elegir(motor, monkeypatch, enchufes)
    with pytest.raises(ErrorInforme, match="no terminó en 4 s|se interrumpió"):
        _ejecutar(raiz, "'antes'", "import time\ntime.sleep(60)", segundos=4)
    assert any("'antes'" in str(s) for s in _salidas(raiz))


@pytest.mark.parametrize(
    ("final", "dice"),
    [
        ("time.sleep(60)", "una celda no terminó en 4 s; estaba con el libro «salud.xlsx › SSAL»"),
        ("os.kill(os.getpid(), 9)", "terminó sin avisar; estaba con el libro «salud.xlsx › SSAL»"),
    ],
)
def test_si_una_celda_se_cuelga_o_muere_con_un_libro_se_dice_cual(raiz: Path, final: str, dice: str) -> None:
    celda = "import os, time\nfrom pipeline.ocupacion import ocupado_en\n"
    anterior = "with ocupado_en('otro.xlsx'):\n    pass\n"
    with pytest.raises(ErrorInforme, match=dice):
        _ejecutar(raiz, f"{celda}{anterior}with ocupado_en('salud.xlsx › SSAL'):\n    {final}", segundos=4)
    assert "salud.xlsx › SSAL" in next(raiz.rglob("FALLA.html")).read_text(encoding="utf-8")


@pytest.mark.parametrize("motor", MOTORES)
def test_lo_que_las_celdas_avisan_queda_en_el_manifiesto_y_no_en_el_informe(
    motor: str, raiz: Path, monkeypatch: pytest.MonkeyPatch, enchufes: Path
) -> None:
    _elegir(motor, monkeypatch, enchufes)
    celda = "import os, sys\nprint('ojo con', os.getcwd(), file=sys.stderr)"
    tarea = Tarea(
        informe="prueba",
        titulo="Prueba",
        cuaderno=_cuaderno(raiz, celda, TERMINAR),
        parametros=PARAMETROS,
        raiz=raiz,
        procesados=raiz / "data",
        publicados=raiz / "reports",
        edicion="lector",
        clave={},
    )
    resultado = producir(tarea)
    assert resultado.estado == "publicado", resultado.motivo
    manifiesto = json.loads((tarea.destino / "manifiesto.json").read_text(encoding="utf-8"))
    assert manifiesto["avisos"] == ["ojo con <entidad>\n"]
    assert "ojo con" not in (tarea.destino / "informe.html").read_text(encoding="utf-8")


def test_un_error_sin_texto_deja_dicho_su_tipo(raiz: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def se_vence(*_: Any, **__: Any) -> None:
        raise TimeoutError

    monkeypatch.setattr("papermill.execute_notebook", se_vence)
    with pytest.raises(ErrorInforme, match=r"prueba\.ipynb: el cuaderno se interrumpió \(TimeoutError\)"):
        _ejecutar(raiz, "1")
