"""Un archivo de carga descrito en YAML (recursos/cargas): de qué tabla sale y qué columnas lleva."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from pipeline.archivos import MARCA_DE_EXCEL, escribir, leer_yml_ajeno, parece_formula
from pipeline.config import PAQUETE
from pipeline.errores import ErrorConfiguracion
from pipeline.explicacion import explicar_validacion, parecido

CARPETA = PAQUETE / "recursos" / "cargas"
DECIMALES = 6


class Columna(BaseModel):
    """Una columna del archivo; sin campo va vacía."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    encabezado: str
    campo: str = ""
    escala: float = 1.0


class Disposicion(BaseModel):
    """Un archivo de carga: su tabla, sus columnas, la llave de sus filas y las que llevan total."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    nombre: str
    titulo: str
    tabla: str
    separador: str = Field(default=";", min_length=1, max_length=1)
    decimal: Literal[",", "."] = ","
    agrupar: bool = False
    llave: tuple[str, ...]
    totales: tuple[str, ...] = ()
    columnas: tuple[Columna, ...]

    @model_validator(mode="after")
    def _referencias(self) -> Disposicion:
        encabezados = [c.encabezado for c in self.columnas]
        if len(set(encabezados)) != len(encabezados):
            raise ValueError("hay encabezados repetidos")
        for nombre in (*self.llave, *self.totales):
            if nombre not in encabezados:
                raise ValueError(f"«{nombre}» no es una columna. {parecido(nombre, encabezados)}")
        return self


@cache
def leer_disposicion(nombre: str, carpeta_propia: Path | None = None) -> Disposicion:
    """La disposición `nombre` de la entidad (cargas/<nombre>.yml) si tiene la suya; si no, la del proyecto.

    Levanta ErrorConfiguracion si no existe o está mal escrita.

    >>> leer_disposicion("al_tablero").llave
    ('Código de la meta',)
    """
    rutas = [carpeta / f"{nombre}.yml" for carpeta in (carpeta_propia, CARPETA) if carpeta]
    ruta = next((r for r in rutas if r.is_file()), None)
    if ruta is None:
        conocidas = sorted(r.stem for r in CARPETA.glob("*.yml"))
        raise ErrorConfiguracion(f"no existe la carga «{nombre}»", remedio=parecido(nombre, conocidas))
    try:
        return Disposicion.model_validate(leer_yml_ajeno(ruta))
    except ValidationError as error:
        raise ErrorConfiguracion(explicar_validacion(error, Disposicion), archivo=ruta.name) from error


def armar_carga(tabla: pd.DataFrame, disposicion: Disposicion) -> pd.DataFrame:
    """Las filas del archivo, con sus encabezados y ordenadas por su llave; lo que falta queda vacío.

    Con `agrupar`, las filas de igual llave se suman. Levanta ErrorConfiguracion si la disposición pide un
    campo que la tabla no tiene.
    """
    faltan = [c.campo for c in disposicion.columnas if c.campo and c.campo not in tabla.columns]
    if faltan:
        raise ErrorConfiguracion(
            f"la tabla {disposicion.tabla} no tiene el campo «{faltan[0]}»",
            archivo=f"{disposicion.nombre}.yml",
            remedio=parecido(faltan[0], list(tabla.columns)),
        )
    columnas = {}
    for columna in disposicion.columnas:
        valores = tabla[columna.campo] if columna.campo else pd.Series(pd.NA, tabla.index, dtype="str")
        es_cifra = pd.api.types.is_float_dtype(valores)
        columnas[columna.encabezado] = valores * columna.escala if es_cifra else valores
    carga = pd.DataFrame(columnas)
    if disposicion.agrupar:
        carga = _sumar(carga, disposicion)
    orden: pd.DataFrame = carga.sort_values(list(disposicion.llave), kind="stable", ignore_index=True)
    return orden


def totales(carga: pd.DataFrame, disposicion: Disposicion) -> dict[str, float | int | None]:
    """Cuántas filas lleva y la suma de cada columna de control; None si ninguna fila la trae."""
    sumas = {nombre: carga[nombre].sum(min_count=1) for nombre in disposicion.totales}
    return {
        "filas": len(carga),
        **{nombre: None if pd.isna(suma) else float(suma) for nombre, suma in sumas.items()},
    }


def escribir_csv(carga: pd.DataFrame, disposicion: Disposicion, destino: Path) -> Path:
    """Ruta del CSV (UTF-8 con marca, para que Excel lo abra bien); los mismos datos, los mismos bytes.

    Un texto que una hoja de cálculo tomaría por fórmula lleva un espacio delante.
    """
    texto = carga.copy()
    for nombre in texto.columns:
        if pd.api.types.is_float_dtype(texto[nombre]):
            cifras = [_cifra(v, disposicion.decimal) for v in texto[nombre]]
        else:
            cifras = [_texto(v) for v in texto[nombre]]
        texto[nombre] = pd.Series(cifras, texto.index, dtype="str")
    contenido = texto.to_csv(sep=disposicion.separador, index=False, lineterminator="\r\n")
    return escribir(destino, MARCA_DE_EXCEL + contenido)


def _sumar(carga: pd.DataFrame, disposicion: Disposicion) -> pd.DataFrame:
    sumables = [c for c in carga.columns if pd.api.types.is_float_dtype(carga[c])]
    grupos = carga.groupby(list(disposicion.llave), dropna=False, sort=True)
    resto = [c for c in carga.columns if c not in sumables and c not in disposicion.llave]
    sumas = grupos[sumables].sum(min_count=1)
    primeros = grupos[resto].first()
    return sumas.join(primeros).reset_index()[list(carga.columns)]


def _cifra(valor: float, decimal: str) -> str:
    if pd.isna(valor):
        return ""
    texto = f"{valor:.{DECIMALES}f}".rstrip("0").rstrip(".")
    return ("0" if texto == "-0" else texto).replace(".", decimal)


def _texto(valor: object) -> str:
    if pd.isna(valor):  # type: ignore[call-overload]
        return ""
    texto = str(valor)
    # Un blanco y no un apóstrofo: el sistema que lo carga recibe el mismo texto.
    return f" {texto}" if parece_formula(texto) else texto
