"""Contratos de las tablas (`recursos/esquemas/*.yml`): crearlas, revisarlas, leerlas y guardarlas."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline.archivos import leer_yml
from pipeline.errores import ErrorEntorno, ErrorSeguimiento

CARPETA = Path(__file__).parent / "recursos" / "esquemas"
TIPOS = {"texto": "str", "entero": "Int64", "real": "float64", "logico": "boolean"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Columna:
    """Una columna de una tabla: nombre, tipo, unidad, valores admitidos y significado."""

    nombre: str
    tipo: str
    significado: str
    unidad: str = ""
    obligatoria: bool = False
    valores: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Esquema:
    """Contrato de una tabla: su clave y sus columnas en orden."""

    tabla: str
    descripcion: str
    clave: tuple[str, ...]
    columnas: tuple[Columna, ...]

    @property
    def nombres(self) -> list[str]:
        """Nombres de las columnas, en orden."""
        return [columna.nombre for columna in self.columnas]


@dataclass(frozen=True, slots=True, kw_only=True)
class Alcance:
    """Qué tablas declaró un informe y qué filas de cada una: lo único de lo que puede depender.

    `recortar` recibe el nombre de una tabla declarada, sus filas y la carpeta de donde salieron.
    """

    informe: str
    tablas: frozenset[str]
    recortar: Callable[[str, pd.DataFrame, Path], pd.DataFrame]


_ALCANCE: ContextVar[Alcance | None] = ContextVar("alcance", default=None)


@contextmanager
def con_alcance(alcance: Alcance | None) -> Iterator[None]:
    """Mientras dure, `leer_tabla` solo entrega lo del alcance, también en los procesos que se bifurquen."""
    anterior = _ALCANCE.set(alcance)
    try:
        yield
    finally:
        _ALCANCE.reset(anterior)


def alcance_actual() -> Alcance | None:
    """El alcance en que se está leyendo; None si no hay límite."""
    return _ALCANCE.get()


def sin_declarar(alcance: Alcance, tabla: str) -> ErrorSeguimiento:
    """El error de usar una tabla que el informe no declaró."""
    return ErrorSeguimiento(
        f"{alcance.informe} lee la tabla «{tabla}» y no la declara, así que no se reharía cuando cambie",
        remedio=f"Agregue «{tabla}» a «lee» de ese informe en pipeline/recursos/informes.yml",
    )


@cache
def esquema(tabla: str) -> Esquema:
    """Contrato de `tabla`.

    >>> esquema("metas").clave
    ('codigo_meta',)
    """
    ruta = CARPETA / f"{tabla}.yml"
    if not ruta.exists():
        raise ErrorSeguimiento(f"no hay esquema para la tabla «{tabla}»")
    datos = leer_yml(ruta.read_text(encoding="utf-8"))
    columnas = tuple(Columna(**{**c, "valores": tuple(c.get("valores", ()))}) for c in datos["columnas"])
    return Esquema(
        tabla=datos["tabla"],
        descripcion=datos["descripcion"],
        clave=tuple(datos["clave"]),
        columnas=columnas,
    )


def nombres_de_tablas() -> list[str]:
    """Tablas con contrato, en orden alfabético."""
    return sorted(ruta.stem for ruta in CARPETA.glob("*.yml"))


def crear_tabla(tabla: str, filas: Iterable[Mapping[str, Any]] | pd.DataFrame = ()) -> pd.DataFrame:
    """Tabla con todas las columnas del contrato, en orden y con su tipo; lo que falte queda vacío.

    Levanta ErrorSeguimiento si hay una columna que el contrato no conoce.

    >>> crear_tabla("plan_vigencias", [{"codigo_meta": "M1", "vigencia": 2025}]).shape
    (1, 9)
    """
    tipos = _tipos(tabla)
    datos = filas if isinstance(filas, pd.DataFrame) else pd.DataFrame(list(filas))
    if datos.shape == (0, 0):
        return _vacia(tabla).copy()
    # Una tabla recién leída ya trae sus columnas y tipos: acomodar lo acomodado cuesta lo mismo.
    if list(datos.columns) != list(tipos):
        sobrantes = sorted(set(datos.columns) - set(tipos))
        if sobrantes:
            raise ErrorSeguimiento(f"la tabla {tabla} no conoce las columnas {', '.join(sobrantes)}")
        datos = datos.reindex(columns=list(tipos))
    actuales = datos.dtypes.to_dict()
    otros = {nombre: tipo for nombre, tipo in tipos.items() if actuales[nombre] != tipo}
    return (datos.astype(otros) if otros else datos).reset_index(drop=True)


@cache
def _vacia(tabla: str) -> pd.DataFrame:
    return pd.DataFrame(columns=list(_tipos(tabla))).astype(_tipos(tabla))


@cache
def _tipos(tabla: str) -> dict[str, Any]:
    """El tipo de cada columna del contrato, en orden; ya leídos, porque compararlos por su nombre cuesta."""
    return {c.nombre: pd.api.types.pandas_dtype(TIPOS[c.tipo]) for c in esquema(tabla).columnas}


def revisar_tabla(tabla: str, datos: pd.DataFrame) -> pd.DataFrame:
    """La misma tabla si cumple su contrato; si no, ErrorSeguimiento con lo que incumple.

    Es la revisión de salida de cada etapa: un fallo aquí es un defecto nuestro, no del enlace.
    """
    contrato = esquema(tabla)
    faltas: list[str] = []
    if list(datos.columns) != contrato.nombres:
        distintas = sorted(set(datos.columns) ^ set(contrato.nombres))
        faltas.append(f"columnas distintas del contrato u otro orden: {distintas}")
    for columna in contrato.columnas:
        if columna.nombre not in datos.columns:
            continue
        valores = datos[columna.nombre]
        if columna.obligatoria and valores.isna().any():
            faltas.append(f"«{columna.nombre}» tiene vacíos")
        if columna.valores and not set(valores.dropna()) <= set(columna.valores):
            faltas.append(f"«{columna.nombre}» tiene valores fuera de la lista")
    clave = list(contrato.clave)
    if clave and not faltas and datos.duplicated(clave).any():
        faltas.append(f"la clave {clave} se repite")
    if faltas:
        raise ErrorSeguimiento(f"la tabla {tabla} incumple su contrato: {'; '.join(faltas)}")
    return datos


def guardar_tabla(tabla: str, datos: pd.DataFrame, carpeta: Path) -> Path:
    """Ruta del Parquet escrito de forma atómica en `carpeta`, tras revisar el contrato."""
    revisar_tabla(tabla, datos)
    destino = carpeta / f"{tabla}.parquet"
    carpeta.mkdir(parents=True, exist_ok=True)
    provisional = destino.with_suffix(".parquet.tmp")
    datos.to_parquet(provisional, index=False)
    provisional.replace(destino)
    return destino


@lru_cache(maxsize=32)  # las de un corte: una etapa y su constancia las piden muchas veces
def _leida(tabla: str, ruta: Path, *_estado: int) -> pd.DataFrame:
    return crear_tabla(tabla, pd.read_parquet(ruta))


def leer_tabla(tabla: str, carpeta: Path) -> pd.DataFrame:
    """Tabla guardada en `carpeta`, con los tipos del contrato.

    Dentro de `con_alcance`, solo sus filas. Levanta ErrorEntorno si no existe: hay que correr la etapa que la
    produce; y ErrorSeguimiento si el alcance no la declara.
    """
    alcance = _ALCANCE.get()
    if alcance is not None and tabla not in alcance.tablas:
        raise sin_declarar(alcance, tabla)
    ruta = carpeta / f"{tabla}.parquet"
    if not ruta.exists():
        vigencia, periodo = carpeta.parts[-2:]  # data/processed/<vigencia>/<periodo>
        raise ErrorEntorno(
            f"no existe la tabla {tabla} del corte {vigencia}-{periodo}",
            remedio=f"Ejecute «seguimiento correr --vigencia {vigencia} --periodo {periodo}»",
        )
    estado = ruta.stat()  # guardar escribe otro archivo: nunca se entrega la de antes
    leida = _leida(tabla, ruta, estado.st_ino, estado.st_mtime_ns, estado.st_size)
    datos = leida.copy(deep=False)  # se copia lo que alguien le cambie, no la tabla entera
    return datos if alcance is None else alcance.recortar(tabla, datos, carpeta)
