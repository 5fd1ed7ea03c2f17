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
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader

from bench import medir_indices, medir_lectura

PROYECTO = Path(__file__).resolve().parents[1]
DESTINO = PROYECTO / "docs" / "rendimiento.md"
ENTORNO = Path(sys.executable).parent
SEGUIMIENTO = ENTORNO / "seguimiento"
MUESTRA = ("SEDU", "SINF", "SSAL")  # las fichas más largas
CORTE = ("--vigencia", "2025", "--periodo", "T4")


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


def medir(que: str, *argumentos: str, veces: int = 1) -> Medida:
    """Medida de `seguimiento ARGUMENTOS`."""
    return Medida(que=que, segundos=tuple(cronometrar(SEGUIMIENTO, *argumentos) for _ in range(veces)))


def medir_ordenes(raiz: Path) -> list[Medida]:
    """Las órdenes sobre el ejemplo en una carpeta nueva, en el orden en que alguien las correría."""
    en = ("--raiz", str(raiz))
    return [
        medir("`seguimiento --help`", "--help", veces=7),
        medir("`seguimiento demo` (plan y cuatro cortes)", "demo", *en),
        medir("`seguimiento validar`", "validar", *CORTE, *en),
        medir("`seguimiento calcular`", "calcular", *CORTE, *en),
        medir("`seguimiento correr --sin-pdf`, todo el corte", "correr", "--sin-pdf", *CORTE, *en),
        medir("`seguimiento correr --forzar`, todo el corte con PDF", "correr", "--forzar", *CORTE, *en),
        medir("`seguimiento correr`, sin cambios", "correr", *CORTE, *en),
    ]


def medir_cadena_corriente(raiz: Path) -> Medida:
    """Segundos por ficha de papermill, `jupyter nbconvert` y WeasyPrint, uno tras otro."""
    cuaderno = PROYECTO / "notebooks" / "04_dependencia.ipynb"
    segundos = []
    with tempfile.TemporaryDirectory() as nombre:
        for dependencia in MUESTRA:
            ejecutado, html = Path(nombre) / f"{dependencia}.ipynb", Path(nombre) / f"{dependencia}.html"
            parametros = ("-p", "vigencia", "2025", "-p", "periodo", "T4", "-p", "dependencia", dependencia)
            segundos.append(
                cronometrar(ENTORNO / "papermill", cuaderno, ejecutado, *parametros, carpeta=raiz)
                + cronometrar(ENTORNO / "jupyter", "nbconvert", "--to", "html", ejecutado)
                + cronometrar(ENTORNO / "weasyprint", html, html.with_suffix(".pdf"))
            )
    return Medida(que="cadena corriente, por ficha", segundos=tuple(segundos))


def redactar(raiz: Path) -> str:
    """Texto de docs/rendimiento.md, medido ahora."""
    ordenes = medir_ordenes(raiz)
    publicados = raiz / "reports"
    ambiente = Environment(  # noqa: S701 — el resultado es Markdown, no HTML
        loader=FileSystemLoader(Path(__file__).parent), trim_blocks=True, keep_trailing_newline=True
    )
    ambiente.filters["cifra"] = lambda valor: f"{valor:.2f}".replace(".", ",")
    return ambiente.get_template("rendimiento.md.j2").render(
        nucleos=os.cpu_count(),
        python=platform.python_version(),
        sistema=platform.system(),
        ordenes=ordenes,
        paginas=len(list(publicados.rglob("informe.html"))),
        fichas=len(list(publicados.rglob("informe.pdf"))),
        completo=next(m for m in ordenes if m.que.endswith("con PDF")).mediana,
        corriente=medir_cadena_corriente(raiz),
        lectura=medir_lectura.medir(),
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
