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
from dataclasses import dataclass, replace
from pathlib import Path

from jinja2 import Environment, FileSystemLoader

from bench import medir_entidades, medir_indices, medir_lectura
from bench.uso import medir_uso
from pipeline.config import Rutas, cargar_config
from pipeline.demo.entregas import armar_entregas_del_corte, escribir_entrega
from pipeline.demo.generacion import plan_con_fallas
from pipeline.demo.plan import armar_plan
from pipeline.esquemas import leer_tabla
from pipeline.manifiesto import versiones
from pipeline.modelo import Corte, Periodo

PROYECTO = Path(__file__).resolve().parents[1]
DESTINO = PROYECTO / "docs" / "rendimiento.md"
ENTORNO = Path(sys.executable).parent
SEGUIMIENTO = ENTORNO / "seguimiento"
MUESTRA = ("GURB", "SEDU", "SSAL")  # una ficha corta, una media y una larga
FICHA = "04_dependencia"
CAMBIADA = "SEDU"  # la que corrige su libro
VIGENCIA, PERIODO = "2025", "T3"  # el corte que publica «make informe»
CORTE = ("--vigencia", VIGENCIA, "--periodo", PERIODO)
EL_CORTE = Corte(vigencia=int(VIGENCIA), periodo=Periodo(PERIODO))
FRIO = "`seguimiento correr`, todo el corte en frío, con PDF"
SIN_CAMBIOS = "`seguimiento correr`, sin cambios"
UN_CAMBIO = "`seguimiento correr`, una dependencia corrigió su libro {}"
INSTRUMENTOS = {"pi": "del Plan Indicativo", "poai": "del POAI", "pa": "del Plan de Acción"}
CORREGIDAS = {"pi": "ejecutado_vigencia", "poai": "pagos_cop", "pa": "ejecutado_actividad"}


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


def medir_ordenes(raiz: Path) -> list[Medida]:
    """Las órdenes sobre el ejemplo en una carpeta nueva, en el orden en que alguien las correría."""
    en = ("--raiz", str(raiz))
    return [
        medir("`seguimiento --help`", "--help", veces=7),
        medir("`seguimiento demo` (plan y seis cortes)", "demo", *en),
        medir("`seguimiento validar`", "validar", *CORTE, *en),
        medir("`seguimiento calcular`", "calcular", *CORTE, *en),
        medir(FRIO, "correr", *CORTE, *en, antes=lambda: _limpiar(raiz)),
        medir(SIN_CAMBIOS, "correr", *CORTE, *en, veces=3),
        *(_medir_un_cambio(raiz, instrumento) for instrumento in INSTRUMENTOS),
    ]


def _medir_un_cambio(raiz: Path, instrumento: str) -> Medida:
    medida = medir(
        UN_CAMBIO.format(INSTRUMENTOS[instrumento]),
        *("correr", *CORTE, "--raiz", str(raiz)),
        antes=lambda: _corregir_un_libro(raiz, instrumento),
    )
    _exigir_aceptado(raiz, instrumento)
    return medida


def _limpiar(raiz: Path) -> None:
    """Deja solo lo recibido: la corrida que sigue es en frío."""
    for carpeta in ("data/processed", "reports"):
        shutil.rmtree(raiz / carpeta, ignore_errors=True)


def _corregir_un_libro(raiz: Path, instrumento: str = "pi") -> None:
    """Una dependencia reenvía su libro del ejemplo, con el mismo nombre y una cifra reportada corregida."""
    config = cargar_config(raiz)
    plan = plan_con_fallas(armar_plan(config))
    entrega = armar_entregas_del_corte(config, plan, EL_CORTE, [CAMBIADA], [instrumento])[-1]
    campo = CORREGIDAS[instrumento]
    filas = [dict(fila) for fila in entrega.filas]
    con_cifra = next(f for f in filas if isinstance(f.get(campo), int | float) and f[campo] > 1)
    con_cifra[campo] -= 1
    with tempfile.TemporaryDirectory() as carpeta:
        libro = escribir_entrega(Path(carpeta), replace(entrega, filas=tuple(filas)), config)
        cronometrar(SEGUIMIENTO, "recibir", libro, *CORTE, "--dependencia", CAMBIADA, "--raiz", raiz)


def _exigir_aceptado(raiz: Path, instrumento: str) -> None:
    """Levanta RuntimeError si el libro corregido no quedó aceptado: se habría medido otra cosa."""
    entregas = leer_tabla("entregas", Rutas(raiz).procesados(EL_CORTE))
    propias = entregas[(entregas["instrumento"] == instrumento) & (entregas["dependencia"] == CAMBIADA)]
    ultima = propias.sort_values("version").iloc[-1]
    if ultima["version"] < 2 or ultima["version_usada"] != ultima["version"]:
        raise RuntimeError(f"el libro corregido ({instrumento}) quedó {ultima['estado']}")


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
    memoria = medir_uso(SEGUIMIENTO, "correr", *CORTE, "--raiz", raiz).memoria_mb
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
        un_cambio={i: ordenes[UN_CAMBIO.format(que)].mediana for i, que in INSTRUMENTOS.items()},
        sin_cambios=ordenes[SIN_CAMBIOS].mediana,
        corriente=corriente,
        memoria=memoria,
        corte=f"{VIGENCIA}-{PERIODO}",
        lectura=lectura,
        por_archivo=medir_lectura.comparar(lectura),
        entidades=[medir_entidades.medir(cuantas) for cuantas in medir_entidades.TAMANOS],
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
