"""Los registros archivados del procedimiento y el libro de consecutivos: solo se agrega."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from pipeline import archivos
from pipeline.archivos import Ficha
from pipeline.errores import ErrorConfiguracion, ErrorEntorno, ErrorLibro
from pipeline.flujo.contexto import Contexto
from pipeline.manifiesto import huella_archivo
from pipeline.procedimiento import ANUAL, cargar_procedimiento

MAXIMO_DE_BYTES = 50_000_000
CONSECUTIVOS = "consecutivos"


@dataclass(frozen=True, slots=True, kw_only=True)
class FichaRegistro:
    """Un registro archivado: qué filas cierra, de qué periodo y con qué archivo; o por qué no aplican."""

    filas: tuple[int, ...]
    periodo: str
    fecha: str  # la del documento, AAAA-MM-DD
    registrado_en: str
    archivo: str = ""  # nombre con que llegó; vacío si es una razón de no aplica
    ruta: str = ""  # relativa a data/raw
    sha256: str = ""
    bytes: int = 0
    consecutivo: str = ""
    razon: str = ""  # por qué no aplica

    def cubre(self, fila: int, periodo: str) -> bool:
        """Si este registro es de esa fila en ese periodo (lo anual no mira el periodo)."""
        return fila in self.filas and periodo in (ANUAL, self.periodo)


@dataclass(frozen=True, slots=True, kw_only=True)
class FichaBorrador:
    """Un número del libro de consecutivos y el documento que lo lleva."""

    numero: int
    documento: str
    periodo: str
    dependencia: str
    filas: tuple[int, ...]

    @property
    def llave(self) -> tuple[str, str, str]:
        """Qué documento es: pedirlo otra vez no gasta otro número."""
        return self.documento, self.periodo, self.dependencia


def carpeta_de_registros(contexto: Contexto) -> Path:
    """Carpeta de los registros de la vigencia."""
    return contexto.rutas.crudos / "registros" / str(contexto.corte.vigencia)


def leer_registros(contexto: Contexto) -> list[FichaRegistro]:
    """Los registros archivados de la vigencia, en el orden en que se archivaron."""
    fichas = archivos.leer_fichas(carpeta_de_registros(contexto), _con_tupla(FichaRegistro))
    return sorted(fichas, key=lambda f: (f.registrado_en, f.filas, f.ruta))


def esta_intacto(contexto: Contexto, ficha: FichaRegistro) -> bool:
    """Si el archivo sigue en su sitio y es, byte por byte, el que se archivó."""
    if not ficha.ruta:
        return True
    ruta = contexto.rutas.crudos / ficha.ruta
    return ruta.is_file() and huella_archivo(ruta) == ficha.sha256


def archivar(
    contexto: Contexto,
    filas: Sequence[int],
    archivo: Path,
    *,
    fecha: date,
    registrado_en: datetime,
    consecutivo: str = "",
) -> FichaRegistro:
    """Ficha del registro firmado, copiado tal cual; cierra esas filas en el periodo del contexto.

    Levanta ErrorConfiguracion si una fila no existe, la fecha es futura o el consecutivo no se ha asignado;
    ErrorLibro si el archivo no existe, está vacío o es enorme; ErrorEntorno si ya se archivó.
    """
    _revisar(contexto, filas, fecha, registrado_en)
    if consecutivo and consecutivo not in _consecutivos(contexto):
        raise ErrorConfiguracion(
            f"el consecutivo «{consecutivo}» no está en el libro de registros de {contexto.corte.vigencia}",
            remedio="Copie el que trae el documento, o no lo indique",
        )
    contenido = _leer(archivo)
    huella = hashlib.sha256(contenido).hexdigest()
    nombre = f"{_prefijo(contexto, filas)}__{huella[:8]}"
    destino = carpeta_de_registros(contexto) / f"{nombre}{archivo.suffix.lower()}"
    ficha = FichaRegistro(
        filas=tuple(sorted(filas)),
        periodo=contexto.corte.periodo.value,
        fecha=fecha.isoformat(),
        registrado_en=registrado_en.isoformat(timespec="seconds"),
        archivo=archivo.name,
        ruta=destino.relative_to(contexto.rutas.crudos).as_posix(),
        sha256=huella,
        bytes=len(contenido),
        consecutivo=consecutivo,
    )
    crear(destino, contenido)
    crear(destino.with_suffix(".json"), en_json(asdict(ficha)))
    return ficha


def declarar_no_aplica(
    contexto: Contexto, filas: Sequence[int], razon: str, *, fecha: date, registrado_en: datetime
) -> FichaRegistro:
    """Ficha que dice por qué esas filas no aplican en el periodo. Levanta lo mismo que `archivar`."""
    _revisar(contexto, filas, fecha, registrado_en)
    if not razon.strip():
        raise ErrorConfiguracion("falta la razón por la que no aplica", remedio="Escríbala en --no-aplica")
    ficha = FichaRegistro(
        filas=tuple(sorted(filas)),
        periodo=contexto.corte.periodo.value,
        fecha=fecha.isoformat(),
        registrado_en=registrado_en.isoformat(timespec="seconds"),
        razon=razon.strip(),
    )
    crear(
        carpeta_de_registros(contexto) / f"{_prefijo(contexto, filas)}__no_aplica.json",
        en_json(asdict(ficha)),
    )
    return ficha


def leer_borradores(contexto: Contexto) -> list[FichaBorrador]:
    """El libro de consecutivos de la vigencia, del primero al último."""
    fichas = archivos.leer_fichas(carpeta_de_registros(contexto) / CONSECUTIVOS, _con_tupla(FichaBorrador))
    return sorted(fichas, key=lambda f: f.numero)


def asignar_consecutivo(
    contexto: Contexto, documento: str, filas: Sequence[int], *, periodo: str, dependencia: str = ""
) -> str:
    """El número del documento; el mismo si ya lo tenía, o el que sigue, que queda escrito en el libro."""
    previos = leer_borradores(contexto)
    llave = (documento, periodo, dependencia)
    ficha = next((f for f in previos if f.llave == llave), None)
    if ficha is None:
        ficha = FichaBorrador(
            numero=len(previos) + 1,
            documento=documento,
            periodo=periodo,
            dependencia=dependencia,
            filas=tuple(filas),
        )
        carpeta = carpeta_de_registros(contexto) / CONSECUTIVOS
        crear(carpeta / f"{ficha.numero:04d}.json", en_json(asdict(ficha)))
    return escribir_consecutivo(contexto, ficha)


def escribir_consecutivo(contexto: Contexto, ficha: FichaBorrador) -> str:
    """El número como va en el documento: procedimiento, vigencia y consecutivo."""
    return f"{contexto.config.entidad.procedimiento}-{contexto.corte.vigencia}-{ficha.numero:03d}"


def _consecutivos(contexto: Contexto) -> set[str]:
    return {escribir_consecutivo(contexto, ficha) for ficha in leer_borradores(contexto)}


def _revisar(contexto: Contexto, filas: Sequence[int], fecha: date, registrado_en: datetime) -> None:
    procedimiento = cargar_procedimiento(contexto.rutas.raiz)
    for fila in filas:
        procedimiento.fila(fila)
    if fecha > registrado_en.date():
        raise ErrorConfiguracion(
            f"la fecha {fecha.isoformat()} todavía no ha llegado",
            remedio="Indique en --fecha la que lleva el documento",
        )


def _leer(archivo: Path) -> bytes:
    if not archivo.is_file():
        raise ErrorLibro("no existe o no es un archivo", archivo=archivo.name, remedio="Revise la ruta")
    if not 0 < archivo.stat().st_size <= MAXIMO_DE_BYTES:
        raise ErrorLibro(
            "está vacío o pasa de 50 MB", archivo=archivo.name, remedio="Archive el documento firmado"
        )
    return archivo.read_bytes()


def _prefijo(contexto: Contexto, filas: Sequence[int]) -> str:
    return f"{contexto.corte.periodo}_fila_{'_'.join(f'{f:02d}' for f in sorted(filas))}"


def _con_tupla(armar: Callable[..., Ficha]) -> Callable[..., Ficha]:
    """`armar` con las filas como tupla: en el .json son una lista."""
    return lambda filas, **datos: armar(filas=tuple(filas), **datos)


def en_json(datos: Mapping[str, Any]) -> bytes:
    """La ficha como se guarda: las mismas cifras, los mismos bytes."""
    return (json.dumps(datos, ensure_ascii=False, indent=2, sort_keys=True) + "\n").encode()


def crear(destino: Path, contenido: bytes) -> None:
    """Escribe completo o nada, y nunca sobre lo que ya está."""
    try:
        archivos.crear(destino, contenido)
    except FileExistsError:
        raise ErrorEntorno(
            f"ya existe {destino.name} en data/raw y no se reemplaza",
            remedio="Ese registro ya está archivado; vea «seguimiento registros estado»",
        ) from None
