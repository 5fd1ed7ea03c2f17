"""Lo que le puede pasar a un cuaderno o al equipo: error en español, código, y lo demás publicado."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from entidad_minima import CATALOGO, FICHA, crear_entidad, en_linea, escribir_cuaderno, poner

from pipeline import flujo
from pipeline.errores import ErrorEntorno
from pipeline.flujo import correr as modulo_correr
from pipeline.flujo import tareas
from pipeline.flujo.contexto import Contexto
from pipeline.flujo.correr import Corrida, Opciones, correr
from pipeline.graficos import estilo
from pipeline.informes import exportador
from pipeline.manifiesto import motivo_para_rehacer

pytestmark = pytest.mark.integracion

# El tope va sobre lo que el proceso ya ocupa, que depende de las pruebas que corrieron antes en él.
SIN_MEMORIA = """
    import resource
    from pathlib import Path
    ocupado = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (ocupado + 2**28, ocupado + 2**28))
    bytearray(2**32)"""
COLGADA = """
    import threading
    threading.Event().wait()"""
# Qué celda lleva la ficha de cada dependencia y qué se dice de ella.
FALLAS = {
    "SEDU": ("import sys\n    sys.exit(0)", "la celda pidió salir del cuaderno antes de terminar"),
    "SHAC": (SIN_MEMORIA, "no alcanzó la memoria del equipo"),
    "SGOB": (COLGADA, "una celda no terminó en 5 s"),
    "SINF": ("textos.no_existe(datos)", "la celda falló con NameError"),
}


@pytest.fixture
def contexto(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Contexto:
    """La entidad mínima sin correr; los cuadernos corren en procesos hijos de este."""
    monkeypatch.setattr(tareas, "catalogo", lambda: CATALOGO)
    monkeypatch.setattr(modulo_correr, "abrir_taller", en_linea)
    return crear_entidad(tmp_path)


def _estados(corrida: Corrida) -> dict[str, str]:
    return {r.nombre: r.estado for r in corrida.resultados}


def test_la_falla_de_un_cuaderno_se_explica_y_los_demas_se_publican(contexto: Contexto) -> None:
    """Las cuatro fallas, cada una en la ficha de su dependencia, en una sola corrida."""
    raiz = contexto.rutas.raiz
    ruta = raiz / "seguimiento.toml"
    ruta.write_text("[corrida]\nsegundos_por_celda = 5\n" + ruta.read_text("utf-8"), encoding="utf-8")
    casos = "".join(f"if dependencia == '{d}':\n    {celda}\n" for d, (celda, _) in FALLAS.items())
    escribir_cuaderno(raiz / "notebooks", "ficha", casos + FICHA)
    poner(contexto, SSAL=0.5, **dict.fromkeys(FALLAS, 0.25))
    corrida = correr(flujo.abrir(2025, "T1", raiz), Opciones())
    assert {r.nombre: r.codigo_salida for r in corrida.fallidos} == {f"ficha/{d}": 4 for d in FALLAS}
    assert _estados(corrida)["ficha/SSAL"] == _estados(corrida)["general"] == "publicado"
    publicados = contexto.rutas.informes(contexto.corte)
    indice = (publicados / "indice.json").read_text(encoding="utf-8")
    for fallido in corrida.fallidos:
        motivo = FALLAS[fallido.dependencia][1]
        assert motivo in fallido.motivo
        falla = publicados / "_fallas" / fallido.nombre
        assert (falla / "cuaderno.ipynb").is_file()
        explicada = (falla / "FALLA.html").read_text(encoding="utf-8")
        assert motivo in explicada
        assert str(raiz) not in explicada
        assert not (publicados / fallido.nombre).exists()
        assert motivo in indice


def test_sin_la_letra_de_los_informes_se_dice_que_falta_y_queda_el_cuaderno(
    contexto: Contexto, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exportador, "LETRAS", [("Open Sans", 400, "no-esta")])
    (fallido,) = correr(contexto, Opciones()).fallidos  # la etapa: sin ella no hay más
    assert fallido.codigo_salida == 5
    assert fallido.motivo == "no-esta.woff2: falta la letra de los informes. Reinstale el proyecto."
    falla = contexto.rutas.informes(contexto.corte) / "_fallas" / "etapa"
    assert (falla / "cuaderno.ipynb").is_file()
    assert fallido.motivo in (falla / "FALLA.html").read_text(encoding="utf-8")


def test_sin_la_letra_de_las_figuras_no_se_dibuja_con_otra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(estilo, "RECURSOS", tmp_path)
    estilo._cargar_letra.cache_clear()
    with pytest.raises(ErrorEntorno, match="falta la letra de las figuras"):
        estilo.dibujar(1.0, lambda *_: None)


@pytest.fixture
def disco(contexto: Contexto) -> Iterator[Path]:
    """La carpeta de informes en un disco donde caben dos de los cuatro; se omite si no se puede montar."""
    carpeta = contexto.rutas.raiz / "reports"
    carpeta.mkdir()
    if shutil.which("mount") is None or _montar("-t", "tmpfs", "-o", "size=128k", "tmpfs", str(carpeta)):
        pytest.skip("se omite: este usuario no puede montar un disco pequeño")
    yield carpeta
    subprocess.run(["umount", "--lazy", str(carpeta)], check=True)


def _montar(*argumentos: str) -> int:
    return subprocess.run(["mount", *argumentos], check=False, capture_output=True).returncode


def test_con_el_disco_lleno_no_queda_nada_a_medias_y_al_liberar_espacio_se_completa(
    contexto: Contexto, disco: Path
) -> None:
    with pytest.raises(ErrorEntorno, match="no queda espacio en el disco") as error:
        correr(contexto, Opciones())
    assert error.value.codigo_salida == 5
    publicados = [
        c for c in contexto.rutas.informes(contexto.corte).rglob("informe.html") if "_fallas" not in str(c)
    ]
    assert 1 <= len(publicados) < 4
    for informe in publicados:
        assert motivo_para_rehacer(informe.parent, {}) is None
    assert _montar("-o", "remount,size=20m", str(disco)) == 0
    corrida = correr(contexto, Opciones())
    assert not corrida.fallidos
    assert list(_estados(corrida).values()).count("publicado") == 4 - len(publicados)


def test_en_un_disco_de_solo_lectura_no_cambia_nada_y_se_dice(contexto: Contexto, disco: Path) -> None:
    assert _montar("-o", "remount,size=20m", str(disco)) == 0
    assert not correr(contexto, Opciones()).fallidos
    antes = {str(r): r.read_bytes() for r in disco.rglob("*") if r.is_file()}
    assert _montar("-o", "remount,ro", str(disco)) == 0
    poner(contexto, SSAL=0.1, SEDU=0.1)
    (fallido,) = correr(contexto, Opciones()).fallidos
    assert fallido.codigo_salida == 5
    assert "no se puede escribir en la carpeta" in fallido.motivo
    assert {str(r): r.read_bytes() for r in disco.rglob("*") if r.is_file()} == antes
