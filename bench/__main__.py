"""Mide lo que espera quien usa el sistema y lo escribe en docs/rendimiento.md: `make rendimiento`.

Todo se mide en la misma corrida y el mismo equipo: las órdenes como las lanza una persona, la cadena
corriente (papermill, nbconvert y WeasyPrint por la línea de órdenes) con los mismos cuadernos, la lectura
de muchos libros y la ruta masiva.
"""

from __future__ import annotations

import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader

from bench import medir_indices, medir_lectura
from pipeline.manifiesto import versiones

PROYECTO = Path(__file__).resolve().parents[1]
DESTINO = PROYECTO / "docs" / "rendimiento.md"
ENTORNO = Path(sys.executable).parent
SEGUIMIENTO = ENTORNO / "seguimiento"
MUESTRA = ("GURB", "SEDU", "SSAL")  # una ficha corta, una media y una larga
FICHA = "04_dependencia"
CAMBIADA = "SEDU"  # la que corrige su libro
VIGENCIA, PERIODO = "2025", "T3"  # el corte que publica «make informe»
CORTE = ("--vigencia", VIGENCIA, "--periodo", PERIODO)
FRIO = "`seguimiento correr`, todo el corte en frío, con PDF"
SIN_CAMBIOS = "`seguimiento correr`, sin cambios"
UN_CAMBIO = "`seguimiento correr`, una dependencia corrigió su libro"


@dataclass(frozen=True, slots=True, kw_only=True)
class Medida:
    """Segundos de pared de algo repetido `len(segundos)` veces."""

    que: str
    segundos: tuple[float, ...]

    @property
    def mediana(self) -> float:
        """Mediana, en segundos."""
        return statistics.median(self.segundos)


def cronometrar(*orden: str | Path, carpeta: Path | None = None) -> float:
    """Segundos de pared de una orden; levanta CalledProcessError si falla."""
    inicio = time.perf_counter()
    subprocess.run(
        [str(parte) for parte in orden],
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=carpeta,
    )
    return time.perf_counter() - inicio


def medir(que: str, *argumentos: str, veces: int = 1, antes: Callable[[], object] = lambda: None) -> Medida:
    """Medida de `seguimiento ARGUMENTOS`; `antes` prepara y no se mide."""
    antes()
    return Medida(que=que, segundos=tuple(cronometrar(SEGUIMIENTO, *argumentos) for _ in range(veces)))


def memoria_maxima(*orden: str | Path) -> float:
    """MB que llegan a ocupar juntos la orden y todos sus procesos (PSS: lo compartido se cuenta una vez)."""
    proceso = subprocess.Popen([str(p) for p in orden], stdout=subprocess.DEVNULL, start_new_session=True)
    maximo = 0.0
    while proceso.poll() is None:
        maximo = max(maximo, _memoria_del_grupo(proceso.pid))
        time.sleep(0.25)
    return maximo


def _memoria_del_grupo(sesion: int) -> float:
    total = 0
    for carpeta in Path("/proc").glob("[0-9]*"):
        try:
            if os.getsid(int(carpeta.name)) == sesion:
                renglones = (carpeta / "smaps_rollup").read_text().splitlines()
                total += next(int(r.split()[1]) for r in renglones if r.startswith("Pss:"))
        except (OSError, StopIteration):  # terminó mientras se miraba
            continue
    return total / 1024


def medir_ordenes(raiz: Path) -> list[Medida]:
    """Las órdenes sobre el ejemplo en una carpeta nueva, en el orden en que alguien las correría."""
    en = ("--raiz", str(raiz))
    return [
        medir("`seguimiento --help`", "--help", veces=7),
        medir("`seguimiento demo` (plan y cuatro cortes)", "demo", *en),
        medir("`seguimiento validar`", "validar", *CORTE, *en),
        medir("`seguimiento calcular`", "calcular", *CORTE, *en),
        medir(FRIO, "correr", *CORTE, *en, antes=lambda: _limpiar(raiz)),
        medir(SIN_CAMBIOS, "correr", *CORTE, *en, veces=3),
        medir(UN_CAMBIO, "correr", *CORTE, *en, antes=lambda: _corregir_un_libro(raiz)),
    ]


def _limpiar(raiz: Path) -> None:
    """Deja solo lo recibido: la corrida que sigue es en frío."""
    for carpeta in ("data/processed", "reports"):
        shutil.rmtree(raiz / carpeta, ignore_errors=True)


def _corregir_un_libro(raiz: Path) -> None:
    """Una dependencia reenvía su libro con un valor corregido."""
    import openpyxl

    libro = sorted((raiz / "data" / "raw" / VIGENCIA / PERIODO / "pi" / CAMBIADA).glob("*.xlsx"))[-1]
    corregido = raiz / "corregido.xlsx"
    hojas = openpyxl.load_workbook(libro)
    celdas = (celda for fila in hojas["Plan Indicativo"].iter_rows(min_row=6) for celda in fila)
    cifra = next(c for c in celdas if c.column_letter == "R" and isinstance(c.value, int | float))
    cifra.value -= 1
    hojas.save(corregido)
    cronometrar(SEGUIMIENTO, "recibir", corregido, *CORTE, "--dependencia", CAMBIADA, "--raiz", raiz)


def _olvidar(raiz: Path) -> None:
    """Quita lo que nuestra corrida recordó: la cadena corriente no recuerda nada de una vez a otra."""
    for carpeta in (raiz / "data" / "processed").glob(".*"):
        shutil.rmtree(carpeta)


@dataclass(frozen=True, slots=True, kw_only=True)
class Corriente:
    """Segundos de la cadena corriente: cada cuaderno del corte, y una ficha."""

    por_cuaderno: dict[str, float]
    ficha: Medida
    fichas: int

    @property
    def total(self) -> float:
        """El corte completo, con todas las fichas a lo que tarda la mediana de la muestra."""
        return sum(self.por_cuaderno.values()) + self.fichas * self.ficha.mediana


def medir_cadena_corriente(raiz: Path) -> Corriente:
    """papermill, `jupyter nbconvert` y WeasyPrint por la línea de órdenes, un informe tras otro.

    Las etapas no llevan PDF, como en la nuestra. Va después de correr el corte: las tablas ya están.
    """
    corte = raiz / "reports" / VIGENCIA / PERIODO
    con_pdf = {ruta.relative_to(corte).parts[0] for ruta in corte.rglob("informe.pdf")}
    publicados = {m.parent.name for m in corte.glob("*/manifiesto.json")}
    with tempfile.TemporaryDirectory() as nombre:
        fichas = [_una_corriente(raiz, Path(nombre), FICHA, con_pdf=True, dependencia=d) for d in MUESTRA]
        otros = {
            cuaderno: _una_corriente(raiz, Path(nombre), cuaderno, con_pdf=cuaderno in con_pdf)
            for cuaderno in sorted(publicados)
            if (PROYECTO / "notebooks" / f"{cuaderno}.ipynb").is_file()
        }
    return Corriente(
        por_cuaderno=otros,
        ficha=Medida(que="cadena corriente, por ficha", segundos=tuple(fichas)),
        fichas=len(list((corte / FICHA).glob("*/informe.pdf"))),
    )


def _una_corriente(
    raiz: Path, carpeta: Path, cuaderno: str, *, con_pdf: bool, dependencia: str = ""
) -> float:
    origen = PROYECTO / "notebooks" / f"{cuaderno}.ipynb"
    ejecutado, html = carpeta / "ejecutado.ipynb", carpeta / "ejecutado.html"
    parametros = ["-p", "vigencia", VIGENCIA, "-p", "periodo", PERIODO]
    parametros += ["-p", "dependencia", dependencia] if dependencia else []
    _olvidar(raiz)
    segundos = cronometrar(ENTORNO / "papermill", origen, ejecutado, *parametros, carpeta=raiz)
    segundos += cronometrar(ENTORNO / "jupyter", "nbconvert", "--to", "html", ejecutado)
    if con_pdf:
        segundos += cronometrar(ENTORNO / "weasyprint", html, html.with_suffix(".pdf"))
    return segundos


def redactar(raiz: Path) -> str:
    """Texto de docs/rendimiento.md, medido ahora."""
    carga = os.getloadavg()[0]
    ordenes = {m.que: m for m in medir_ordenes(raiz)}
    corriente = medir_cadena_corriente(raiz)
    _limpiar(raiz)  # la memoria se mide en otra corrida en frío: mirarla toma tiempo
    memoria = memoria_maxima(SEGUIMIENTO, "correr", *CORTE, "--raiz", raiz)
    lectura = medir_lectura.medir()
    publicados = raiz / "reports" / VIGENCIA / PERIODO
    ambiente = Environment(  # noqa: S701 — el resultado es Markdown, no HTML
        loader=FileSystemLoader(Path(__file__).parent), trim_blocks=True, keep_trailing_newline=True
    )
    ambiente.filters["cifra"] = lambda valor: f"{valor:.2f}".replace(".", ",")
    return ambiente.get_template("rendimiento.md.j2").render(
        nucleos=os.cpu_count(),
        python=platform.python_version(),
        sistema=platform.system(),
        carga=(carga, os.getloadavg()[0]),
        versiones=versiones(),
        ordenes=list(ordenes.values()),
        paginas=len(list(publicados.rglob("informe.html"))),
        pdf=len(list(publicados.rglob("informe.pdf"))),
        frio=ordenes[FRIO].mediana,
        un_cambio=ordenes[UN_CAMBIO].mediana,
        sin_cambios=ordenes[SIN_CAMBIOS].mediana,
        corriente=corriente,
        memoria=memoria,
        corte=f"{VIGENCIA}-{PERIODO}",
        lectura=lectura,
        por_archivo=medir_lectura.comparar(lectura),
        masiva=[medir_indices.medir_en_proceso_nuevo(tamano) for tamano in medir_indices.TAMANOS],
    )


def principal() -> None:
    """Mide en una carpeta temporal y reemplaza docs/rendimiento.md."""
    with tempfile.TemporaryDirectory() as carpeta:
        raiz = Path(carpeta)
        shutil.copy(PROYECTO / "seguimiento.toml", raiz)
        texto = redactar(raiz)
    DESTINO.write_text(texto, encoding="utf-8")
    print(texto)


if __name__ == "__main__":
    principal()
