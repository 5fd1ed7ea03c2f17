"""Versiones del POAI de una vigencia: lo presentado, lo aprobado, lo remitido y lo ajustado, congelados.

Solo se agrega: una versión guardada no se vuelve a escribir. Cada una es un CSV con los rubros, una ficha
JSON con su acto, sus totales de control y la huella de sus archivos, y el libro que se imprime.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline import archivos
from pipeline.archivos import escribir
from pipeline.errores import ErrorConfiguracion, ErrorEntorno
from pipeline.esquemas import crear_tabla
from pipeline.formatos.rubros import LLAVE_FILA, llave
from pipeline.manifiesto import huella_archivo

AL_PESO = 0.5
COMPARADOS = ("apropiacion_inicial_cop", "apropiacion_definitiva_cop")


class VersionPoai(StrEnum):
    """Momento del POAI en la vigencia, en su orden (Decreto 111 de 1996 y PRO-PET-07)."""

    PRESENTADO = "presentado"
    APROBADO = "aprobado"
    REMITIDO = "remitido"
    AJUSTADO = "ajustado"

    @property
    def nombre(self) -> str:
        """Cómo se dice en un informe."""
        return {
            "presentado": "Presentado al Consejo de Gobierno",
            "aprobado": "Aprobado",
            "remitido": "Remitido a Hacienda",
            "ajustado": "Ajustado",
        }[self.value]


@dataclass(frozen=True, slots=True, kw_only=True)
class FichaVersion:
    """Una versión fijada: qué acto la respalda, de qué corte salió y cuánto suma.

    `huellas` son las SHA-256 de sus archivos y `libros` las de los libros de las dependencias de donde salió.
    `totales` son los de control: nivel, codigo, nombre, n_rubros y pesos de cada nodo.
    """

    numero: int
    version: VersionPoai
    acto: str
    fecha: str  # la del acto, AAAA-MM-DD
    vigencia: int
    corte: str
    totales: Sequence[Mapping[str, Any]]
    libros: Sequence[str] = ()
    huellas: Mapping[str, str] = field(default_factory=dict)

    @property
    def prefijo(self) -> str:
        """Nombre de sus archivos, sin extensión.

        >>> FichaVersion(numero=2, version=VersionPoai.APROBADO, acto="Acuerdo 1", fecha="2024-12-01",
        ...              vigencia=2025, corte="2025-T1", totales=()).prefijo
        '02_aprobado'
        """
        return f"{self.numero:02d}_{self.version.value}"

    def total(self, campo: str) -> float | None:
        """Pesos de `campo` en todo el POAI."""
        fila = next((t for t in self.totales if t["nivel"] == "total"), {})
        return fila.get(campo)


def siguiente_version(
    previas: Sequence[FichaVersion], *, version: str, acto: str, fecha: date, corte: str, vigencia: int
) -> FichaVersion:
    """La ficha, aún sin totales ni huellas, de la versión que sigue a las ya fijadas.

    Levanta ErrorConfiguracion si la versión no existe, si el acto está vacío, si su fecha es anterior a la de
    la última o si el orden retrocede: solo «ajustado» se repite.
    """
    if version not in set(VersionPoai):
        raise ErrorConfiguracion(
            f"no existe la versión «{version}»", remedio=f"Use una de: {', '.join(VersionPoai)}"
        )
    nueva = VersionPoai(version)
    if not acto.strip():
        raise ErrorConfiguracion("falta el acto que respalda la versión", remedio="Indique --acto")
    if previas:
        _revisar_orden(nueva, fecha, previas[-1])
    return FichaVersion(
        numero=len(previas) + 1,
        version=nueva,
        acto=acto.strip(),
        fecha=fecha.isoformat(),
        vigencia=vigencia,
        corte=corte,
        totales=(),
    )


def _revisar_orden(nueva: VersionPoai, fecha: date, ultima: FichaVersion) -> None:
    orden = list(VersionPoai)
    repite = nueva is ultima.version and nueva is not VersionPoai.AJUSTADO
    if repite or orden.index(nueva) < orden.index(ultima.version):
        raise ErrorConfiguracion(
            f"el POAI de {ultima.vigencia} ya está {ultima.version.value} ({ultima.acto})",
            remedio="Una versión fijada no se rehace; si cambió, fije una versión «ajustado»",
        )
    if fecha.isoformat() < ultima.fecha:
        raise ErrorConfiguracion(
            f"la fecha {fecha.isoformat()} es anterior a la de la última versión ({ultima.fecha})",
            remedio="Indique en --fecha la del acto que respalda esta versión",
        )


def escribir_rubros(registros: pd.DataFrame, destino: Path) -> Path:
    """Ruta del CSV de los rubros, ordenados por su llave para que los mismos datos den los mismos bytes."""
    ordenados = registros.iloc[llave(registros, LLAVE_FILA).argsort(kind="stable")]
    texto = ordenados.to_csv(index=False, lineterminator="\n", float_format="%.2f")
    return escribir(destino, texto, duradero=True)


def guardar_ficha(ficha: FichaVersion, carpeta: Path) -> Path:
    """Ruta de la ficha JSON. Levanta ErrorEntorno si esa versión ya está guardada."""
    destino = carpeta / f"{ficha.prefijo}.json"
    if destino.exists():
        raise ErrorEntorno("esa versión ya está fijada", archivo=destino.name)
    return escribir(destino, json.dumps(asdict(ficha), ensure_ascii=False, indent=2) + "\n", duradero=True)


def leer_fichas(carpeta: Path) -> list[FichaVersion]:
    """Versiones fijadas en `carpeta`, de la primera a la última; vacía si no hay. ErrorEntorno si se dañó."""
    fichas = archivos.leer_fichas(carpeta, _ficha)
    return sorted(fichas, key=lambda ficha: ficha.numero)


def _ficha(version: str, **datos: Any) -> FichaVersion:
    return FichaVersion(version=VersionPoai(version), **datos)


def archivos_alterados(ficha: FichaVersion, carpeta: Path) -> list[str]:
    """Archivos de la versión que faltan o ya no son los que se fijaron; lista vacía si está intacta."""
    return [
        nombre
        for nombre, huella in ficha.huellas.items()
        if not (carpeta / nombre).is_file() or huella_archivo(carpeta / nombre) != huella
    ]


def leer_rubros(ficha: FichaVersion, carpeta: Path) -> pd.DataFrame:
    """Los rubros de una versión (`registros_poai`). Levanta ErrorEntorno si no están o fueron alterados."""
    nombre = f"{ficha.prefijo}.csv"
    if nombre in archivos_alterados(ficha, carpeta):
        raise ErrorEntorno(
            "la versión no es la que se fijó", archivo=nombre, remedio="Recupérela de la copia de respaldo"
        )
    return crear_tabla("registros_poai", pd.read_csv(carpeta / nombre, dtype="str"))


def comparar_versiones(antes: pd.DataFrame, despues: pd.DataFrame) -> pd.DataFrame:
    """Qué cambió de una versión a otra, una fila por rubro que cambia.

    Recibe dos tablas `registros_poai`. Devuelve los códigos del rubro, `cambio` («nuevo», «retirado» o
    «cambia») y, de la apropiación inicial y la definitiva, el valor de antes, el de después y la diferencia
    (lo que un lado no tiene entra en ella como ausencia de dinero). Rubros iguales al peso no salen.
    """
    lados = {"antes": _por_rubro(antes), "despues": _por_rubro(despues)}
    codigos = pd.concat([lado[list(LLAVE_FILA)] for lado in lados.values()])
    tabla = codigos[~codigos.index.duplicated()].sort_index()
    for nombre, lado in lados.items():
        for campo in COMPARADOS:
            tabla[f"{campo.removesuffix('_cop')}_{nombre}_cop"] = lado[campo].reindex(tabla.index)
    estaba, esta = (pd.Series(tabla.index.isin(lado.index), tabla.index) for lado in lados.values())
    tabla["cambio"] = "cambia"
    tabla["cambio"] = tabla["cambio"].mask(~estaba, "nuevo").mask(~esta, "retirado")
    distinta = ~(estaba & esta)
    for campo in COMPARADOS:
        base = campo.removesuffix("_cop")
        viejo, nuevo = tabla[f"{base}_antes_cop"], tabla[f"{base}_despues_cop"]
        tabla[f"{base}_diferencia_cop"] = nuevo.fillna(0.0) - viejo.fillna(0.0)
        distinta |= (tabla[f"{base}_diferencia_cop"].abs() > AL_PESO) | (nuevo.isna() != viejo.isna())
    return tabla[distinta].reset_index(drop=True)


def _por_rubro(registros: pd.DataFrame) -> pd.DataFrame:
    """Los rubros por su llave; si una se repite, sus valores se suman."""
    propia = llave(registros, LLAVE_FILA).to_numpy()
    sumas = registros[list(COMPARADOS)].groupby(propia).sum(min_count=1)
    codigos = registros[list(LLAVE_FILA)].groupby(propia).first()
    return codigos.join(sumas)
