"""Las fichas de lo recibido: el libro intacto en data/raw y, a su lado, quién, cuándo y con qué huella."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path

from pipeline import archivos
from pipeline.config import Rutas
from pipeline.errores import ErrorEntorno
from pipeline.modelo import Corte
from pipeline.recepcion.puerta import leer_contenido
from pipeline.turno import esperar_turno


@dataclass(frozen=True, slots=True, kw_only=True)
class Recepcion:
    """Constancia de un libro guardado en data/raw (es también su ficha .json)."""

    archivo: str  # nombre con que llegó
    ruta: str  # relativa a data/raw
    sha256: str
    bytes: int
    recibido_en: str
    formato: str
    version: int = 1
    dependencia: str = ""
    instrumento: str = "plan"
    repetida: bool = False  # el mismo archivo ya se había recibido


def guardar(
    archivo: Path,
    carpeta: Path,
    rutas: Rutas,
    recibido_en: datetime,
    *,
    formato: str,
    dependencia: str = "",
    instrumento: str = "plan",
    comprobar: Callable[[], object] = lambda: None,
    vuelve_a_regir: bool = False,
    duradero: bool = True,
) -> Recepcion:
    """Ficha del libro copiado tal cual en `carpeta`; si ya estaba con el mismo formato, la suya (`repetida`).

    Con `vuelve_a_regir`, uno que ya estaba pero no es la última versión se guarda otra vez, para que lo sea.
    Dos que guardan a la vez esperan turno; `comprobar` se llama con él tomado. Lo que un proceso muerto dejó
    a medias se completa o se limpia. `duradero`, como en `archivos.escribir`. Levanta ErrorLibro si no es un
    libro que se pueda recibir y ErrorEntorno si no se puede copiar.
    """
    huella = hashlib.sha256(contenido := leer_contenido(archivo)).hexdigest()
    with esperar_turno(rutas.crudos):
        comprobar()
        _limpiar(carpeta)
        anteriores = leer_fichas(carpeta)
        if igual := _ya_recibida(anteriores[-1:] if vuelve_a_regir else anteriores, huella, formato):
            return igual
        destino = _sin_ficha(carpeta, contenido) or carpeta / _nombre(archivo, huella, recibido_en)
        ficha = Recepcion(
            archivo=archivo.name,
            ruta=destino.relative_to(rutas.crudos).as_posix(),
            sha256=huella,
            bytes=len(contenido),
            recibido_en=recibido_en.isoformat(timespec="seconds"),
            formato=formato,
            version=max((f.version for f in anteriores), default=0) + 1,
            dependencia=dependencia,
            instrumento=instrumento,
        )
        return _escribir(ficha, destino, contenido, duradero=duradero)


def _nombre(archivo: Path, huella: str, recibido_en: datetime) -> str:
    return f"{recibido_en:%Y%m%dT%H%M%S}__{huella[:8]}{archivo.suffix.lower()}"


def _ya_recibida(fichas: Sequence[Recepcion], huella: str, formato: str) -> Recepcion | None:
    iguales = (ficha for ficha in fichas if ficha.sha256 == huella and ficha.formato == formato)
    return next((replace(ficha, repetida=True) for ficha in iguales), None)


def _limpiar(carpeta: Path) -> None:
    for provisional in carpeta.glob("*.tmp"):  # de un proceso que murió: el turno es de este
        provisional.unlink()


def _escribir(ficha: Recepcion, destino: Path, contenido: bytes, *, duradero: bool) -> Recepcion:
    """Primero el libro y después su ficha: mientras no la tenga, no se ha recibido."""
    if not destino.is_file():
        _crear_sin_reemplazar(destino, contenido, duradero=duradero)
    texto = json.dumps(asdict(ficha), ensure_ascii=False, indent=2, sort_keys=True) + "\n"
    _crear_sin_reemplazar(destino.with_suffix(".json"), texto.encode(), duradero=duradero)
    return ficha


def _sin_ficha(carpeta: Path, contenido: bytes) -> Path | None:
    """El mismo libro, guardado por un proceso que murió antes de escribir su ficha."""
    return next((r for r in _sueltos(carpeta) if r.read_bytes() == contenido), None)


def _sueltos(carpeta: Path) -> list[Path]:
    libros = (r for r in sorted(carpeta.glob("*__*")) if r.suffix != ".tmp" and r.is_file())
    return [r for r in libros if not r.with_suffix(".json").exists()]


def libros_sin_ficha(rutas: Rutas, corte: Corte, instrumentos: Iterable[str]) -> list[Path]:
    """Los libros del plan y del corte a medio recibir: quedaron guardados, pero sin ficha no cuentan."""
    carpetas = [rutas.crudos_corte(corte, instrumento) for instrumento in instrumentos]
    dependencias = [d for c in carpetas if c.is_dir() for d in sorted(c.iterdir()) if d.is_dir()]
    return [libro for carpeta in (rutas.crudos_plan, *dependencias) for libro in _sueltos(carpeta)]


def plan_vigente(rutas: Rutas) -> Recepcion:
    """El último libro del plan importado; ErrorEntorno si no hay ninguno."""
    planes = leer_fichas(rutas.crudos_plan)
    if not planes:
        raise ErrorEntorno(
            "todavía no se ha importado el plan de desarrollo",
            remedio="Ejecute «seguimiento plan importar ARCHIVO --formato FORMATO»",
        )
    return max(planes, key=lambda ficha: ficha.version)


def leer_recepciones(rutas: Rutas, corte: Corte, instrumento: str) -> list[Recepcion]:
    """Todo lo recibido en el corte para el instrumento, por dependencia y versión."""
    carpeta = rutas.crudos_corte(corte, instrumento)
    carpetas = sorted(c for c in carpeta.iterdir() if c.is_dir()) if carpeta.is_dir() else []
    return [ficha for dependencia in carpetas for ficha in leer_fichas(dependencia)]


def cortes_con_entregas(rutas: Rutas, instrumento: str = "pi") -> list[tuple[int, str]]:
    """Pares (vigencia, periodo) con algún libro recibido, en orden."""
    fichas = rutas.crudos.glob(f"[0-9][0-9][0-9][0-9]/T[1-4]/{instrumento}/*/*.json")
    return sorted({(int(f.parts[-5]), f.parts[-4]) for f in fichas})


def leer_fichas(carpeta: Path) -> list[Recepcion]:
    """Fichas de recepción de una carpeta, de la primera a la última versión. ErrorEntorno si una se dañó."""
    return sorted(archivos.leer_fichas(carpeta, Recepcion), key=lambda ficha: ficha.version)


def _crear_sin_reemplazar(destino: Path, contenido: bytes, *, duradero: bool) -> None:
    """Escribe completo o nada: se escribe aparte y se enlaza, lo que falla si el destino ya existe."""
    try:
        archivos.crear(destino, contenido, duradero=duradero)
    except FileExistsError:
        raise ErrorEntorno(f"ya existe {destino.name} en data/raw y no se reemplaza") from None
