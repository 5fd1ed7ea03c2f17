"""Recepción de libros: copia intacta, huella, versión y oportunidad. No los interpreta ni corrige."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline.calendario import fecha_limite, habiles_de_mora
from pipeline.config import Config, Rutas
from pipeline.errores import ErrorEntorno, ErrorLibro
from pipeline.esquemas import crear_tabla
from pipeline.formato_es import contar
from pipeline.modelo import Corte, EstadoEntrega, Oportunidad

EXTENSIONES = (".xlsx", ".xlsm", ".xls", ".ods", ".csv")
TAMANO_MAXIMO = 50 * 1024 * 1024  # un libro de seguimiento real pesa menos de 2 MB


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


def recibir_libro(
    archivo: Path,
    *,
    rutas: Rutas,
    config: Config,
    corte: Corte,
    instrumento: str,
    dependencia: str,
    recibido_en: datetime,
) -> Recepcion:
    """Constancia de recepción; el libro queda copiado tal cual y jamás reemplaza a otro.

    Un archivo con la misma huella que uno ya recibido no se copia otra vez (`repetida`).
    Levanta ErrorLibro si no es un libro (vacío, temporal de Excel, extensión ajena, enorme) y
    ErrorConfiguracion si la dependencia no existe.
    """
    config.dependencia(dependencia)
    carpeta = rutas.crudos_corte(corte, instrumento) / dependencia
    return _guardar(
        archivo,
        carpeta,
        rutas,
        recibido_en,
        formato=config.entregas.formato_pi,
        dependencia=dependencia,
        instrumento=instrumento,
    )


def reconocer_dependencia(archivo: Path, config: Config) -> str:
    """Código de la dependencia: el de la hoja oculta de la plantilla o, en entrega consolidada, el único.

    Levanta ErrorLibro si el libro no lo dice: hay que indicarla con --dependencia.
    """
    if config.entregas.consolidada_por:
        return config.entregas.consolidada_por
    codigo = _leer_control(archivo).get("dependencia", "")
    if codigo not in {d.codigo for d in config.dependencias}:
        raise ErrorLibro(
            "no se reconoce de qué dependencia es",
            archivo=archivo.name,
            remedio="Use la plantilla del corte o indique --dependencia",
        )
    return codigo


def _leer_control(archivo: Path) -> dict[str, str]:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        with CalamineWorkbook.from_path(archivo) as libro:
            filas = libro.get_sheet_by_name("_control").to_python() if "_control" in libro.sheet_names else []
    except (CalamineError, OSError, ValueError):
        return {}
    return {str(fila[0]): str(fila[1]) for fila in filas if len(fila) > 1}


def constancia(ficha: Recepcion, config: Config, corte: Corte) -> str:
    """Constancia de recepción de un libro, para entregar a la dependencia."""
    dependencia = config.dependencia(ficha.dependencia).nombre
    if ficha.repetida:
        return (
            f"{ficha.archivo}: ya se había recibido de {dependencia} el {ficha.recibido_en[:10]}; no cambió."
        )
    mora = habiles_de_mora(
        fecha_limite(corte, config.calendario), datetime.fromisoformat(ficha.recibido_en).date()
    )
    oportunidad = f"{contar(mora, 'día hábil', 'días hábiles')} después del plazo" if mora else "a tiempo"
    return (
        f"Constancia de recepción: {ficha.archivo} de {dependencia}, corte {corte}, versión {ficha.version}, "
        f"recibido {ficha.recibido_en} ({oportunidad}), sha256 {ficha.sha256}."
    )


def importar_plan(archivo: Path, *, rutas: Rutas, formato: str, recibido_en: datetime) -> Recepcion:
    """Constancia del libro del plan guardado en data/raw/plan; el último importado es el vigente."""
    return _guardar(archivo, rutas.crudos_plan, rutas, recibido_en, formato=formato)


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
    """Fichas de recepción de una carpeta, de la primera a la última versión."""
    rutas = sorted(carpeta.glob("*.json")) if carpeta.is_dir() else []
    fichas = [Recepcion(**json.loads(ruta.read_text(encoding="utf-8"))) for ruta in rutas]
    return sorted(fichas, key=lambda ficha: ficha.version)


def armar_entregas(
    recepciones: Sequence[Recepcion], *, config: Config, corte: Corte, instrumento: str
) -> pd.DataFrame:
    """Tabla `entregas`: una fila por libro y una por dependencia que debía entregar y no lo hizo.

    El estado de la última versión queda vacío: lo decide la revisión de calidad.
    """
    ultima = {r.dependencia: r.version for r in recepciones}
    filas = [_fila_entrega(r, ultima[r.dependencia], config, corte) for r in recepciones]
    ausentes = [d for d in config.dependencias_que_entregan() if d.codigo not in ultima]
    comunes = {"vigencia": corte.vigencia, "periodo": corte.periodo.value, "instrumento": instrumento}
    vence = fecha_limite(corte, config.calendario).isoformat()
    filas += [
        {
            "dependencia": d.codigo,
            "nombre_dependencia": d.nombre,
            "version": 0,
            "vence": vence,
            "estado": EstadoEntrega.NO_ENTREGADA.value,
            "oportunidad": Oportunidad.NO_ENTREGADA.value,
        }
        for d in ausentes
    ]
    tabla = crear_tabla("entregas", [comunes | fila for fila in filas])
    return tabla.sort_values(["dependencia", "version"], ignore_index=True)


def _fila_entrega(ficha: Recepcion, ultima: int, config: Config, corte: Corte) -> dict[str, Any]:
    vence = fecha_limite(corte, config.calendario)
    mora = habiles_de_mora(vence, datetime.fromisoformat(ficha.recibido_en).date())
    return {
        "dependencia": ficha.dependencia,
        "nombre_dependencia": config.dependencia(ficha.dependencia).nombre,
        "archivo": ficha.archivo,
        "ruta": ficha.ruta,
        "sha256": ficha.sha256,
        "formato": ficha.formato,
        "version": ficha.version,
        "recibido_en": ficha.recibido_en,
        "vence": vence.isoformat(),
        "estado": None if ficha.version == ultima else EstadoEntrega.REEMPLAZADA.value,
        "oportunidad": (Oportunidad.TARDIA if mora else Oportunidad.A_TIEMPO).value,
        "dias_mora": mora,
    }


def _guardar(
    archivo: Path,
    carpeta: Path,
    rutas: Rutas,
    recibido_en: datetime,
    *,
    formato: str,
    dependencia: str = "",
    instrumento: str = "plan",
) -> Recepcion:
    contenido = _leer_contenido(archivo)
    huella = hashlib.sha256(contenido).hexdigest()
    anteriores = leer_fichas(carpeta)
    for ficha in anteriores:
        if ficha.sha256 == huella and ficha.formato == formato:
            return Recepcion(**{**asdict(ficha), "repetida": True})
    version = len(anteriores) + 1
    nombre = f"{recibido_en:%Y%m%dT%H%M%S}__{huella[:8]}{archivo.suffix.lower()}"
    destino = carpeta / nombre
    ficha = Recepcion(
        archivo=archivo.name,
        ruta=destino.relative_to(rutas.crudos).as_posix(),
        sha256=huella,
        bytes=len(contenido),
        recibido_en=recibido_en.isoformat(timespec="seconds"),
        formato=formato,
        version=version,
        dependencia=dependencia,
        instrumento=instrumento,
    )
    _crear_sin_reemplazar(destino, contenido)
    texto = json.dumps(asdict(ficha), ensure_ascii=False, indent=2, sort_keys=True) + "\n"
    _crear_sin_reemplazar(destino.with_suffix(".json"), texto.encode())
    return ficha


def _leer_contenido(archivo: Path) -> bytes:
    if not archivo.is_file():
        raise ErrorLibro("no existe o no es un archivo", archivo=archivo.name, remedio="Revise la ruta")
    if archivo.name.startswith("~$"):
        raise ErrorLibro(
            "es el archivo temporal que Excel deja mientras el libro está abierto",
            archivo=archivo.name,
            remedio="Cierre Excel y envíe el libro, sin «~$» en el nombre",
        )
    if archivo.suffix.lower() not in EXTENSIONES:
        raise ErrorLibro(
            f"no es un libro de cálculo (extensión «{archivo.suffix}»)",
            archivo=archivo.name,
            remedio="Envíelo en formato .xlsx",
        )
    tamano = archivo.stat().st_size
    if not 0 < tamano <= TAMANO_MAXIMO:
        problema = "está vacío" if tamano == 0 else "pesa más de 50 MB"
        raise ErrorLibro(problema, archivo=archivo.name, remedio="Envíe el libro de la plantilla")
    return archivo.read_bytes()


def _crear_sin_reemplazar(destino: Path, contenido: bytes) -> None:
    """Escribe completo o nada: se escribe aparte y se enlaza, lo que falla si el destino ya existe."""
    destino.parent.mkdir(parents=True, exist_ok=True)
    provisional = destino.with_name(destino.name + ".tmp")
    try:
        provisional.write_bytes(contenido)
        os.link(provisional, destino)
    except FileExistsError:
        raise ErrorEntorno(f"ya existe {destino.name} en data/raw y no se reemplaza") from None
    except OSError as error:
        raise ErrorEntorno(f"no se pudo guardar {destino.name}: {error.strerror}") from error
    finally:
        provisional.unlink(missing_ok=True)
