"""Qué es una regla de alerta: sus claves, qué admite cada una y lo que se da por entendido."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal, TypeVar, get_args

from pydantic import BaseModel, Field, ValidationError, field_validator, model_validator

from pipeline.errores import ErrorConfiguracion
from pipeline.explicacion import Seccion, explicar_validacion

ARCHIVO = "alertas.yml"
CLAVES = "El significado de cada clave está al comienzo de pipeline/recursos/alertas.yml"

Parte = TypeVar("Parte", bound=BaseModel)
Texto = Annotated[str, Field(min_length=1)]
Entero = Annotated[int, Field(strict=True, ge=0)]
Severidad = Literal["alta", "media", "baja"]
SEVERIDADES = get_args(Severidad)
Tabla = Literal["metas", "entregas", "actividades", "poai", "enlaces"]


class Ejemplos(Seccion):
    """Filas con las medidas que importan: las que no alertan y las que sí."""

    pasa: tuple[dict[str, Any], ...] = ()
    falla: tuple[dict[str, Any], ...] = ()


class Regla(Seccion):
    """Una regla lista para aplicar; el significado de cada clave está al comienzo de alertas.yml."""

    id: Annotated[str, Field(pattern=r"^[^:\s]+$")]  # va antes de los dos puntos en el id de la alerta
    nombre: Texto
    familia: Texto
    grado: Entero = 1
    tablas: Annotated[tuple[Tabla, ...], Field(min_length=1)]
    cuando: Annotated[tuple[Texto, ...], Field(min_length=1)]
    condicion: Texto
    severidad: Severidad
    atenuada: Severidad
    palabras: tuple[Texto, ...] = ()
    evidencia: Texto
    accion: str = ""
    responsable: str = "Enlace de {dependencia}"
    plazo_de: str = ""
    plazo_dias: Entero = 30
    fuente: Texto
    umbral: str = ""
    brecha: Texto = "falta"
    certeza: float | str = 1.0
    desenlace: Literal["incumple_vigencia", "valor_corregido"] | None = None
    medida: str = ""
    ejemplos: Ejemplos = Ejemplos()
    apagada: Annotated[bool, Field(strict=True)] = False

    @model_validator(mode="before")
    @classmethod
    def _entendido(cls, datos: Any) -> Any:
        if not isinstance(datos, dict):
            return datos
        severidad = datos.get("severidad")
        if severidad not in SEVERIDADES:  # se dice una vez, en su clave
            severidad = SEVERIDADES[0]
        return {"familia": datos.get("id", "sin id"), "atenuada": severidad, **datos}

    @field_validator("certeza", mode="before")
    @classmethod
    def _de_cero_a_uno(cls, valor: Any) -> Any:
        es_numero = isinstance(valor, int | float) and not isinstance(valor, bool)
        if not (isinstance(valor, str) and valor) and not (es_numero and 0 <= valor <= 1):
            raise ValueError("debe ser un número de 0 a 1 o el nombre de una medida")
        return valor


class Tramo(Seccion):
    """Brecha físico-financiera que se tolera hasta una ejecución financiera (razones)."""

    hasta: Annotated[float, Field(strict=True, gt=0)]
    tolerada: Annotated[float, Field(strict=True, ge=0, le=1)]


class Archivo(Seccion):
    """Un archivo de alertas; las reglas se validan una por una, para decir de cuál es cada falta."""

    reglas: tuple[dict[str, Any], ...] = ()
    brecha_tolerada: Annotated[tuple[Tramo, ...], Field(min_length=1)] | None = None

    @field_validator("brecha_tolerada")
    @classmethod
    def _creciente(cls, tramos: tuple[Tramo, ...] | None) -> tuple[Tramo, ...] | None:
        hasta = [tramo.hasta for tramo in tramos or ()]
        if hasta != sorted(set(hasta)):
            raise ValueError("los tramos deben ir de menor a mayor «hasta», sin repetirse")
        return tramos


def leer_reglas(textos: Mapping[str, Any]) -> list[Regla]:
    """Las reglas encendidas, revisadas y con lo que se da por entendido ya escrito.

    Levanta ErrorConfiguracion que nombra la regla y la clave que no es válida.
    """
    return [regla for regla in map(leer_regla, textos["reglas"]) if not regla.apagada]


def con_fecha_propia(reglas: Iterable[Regla]) -> frozenset[str]:
    """Las reglas que toman el plazo de una columna (`plazo_de`): esa fecha no se hereda entre cortes."""
    return frozenset(regla.id for regla in reglas if regla.plazo_de)


def leer_regla(datos: Mapping[str, Any]) -> Regla:
    """La regla escrita en `datos`; ErrorConfiguracion con la regla, sus claves malas y qué se admite."""
    return leer_seccion(Regla, dict(datos), f"regla {datos.get('id') or 'sin «id»'}")


def leer_seccion(modelo: type[Parte], datos: Any, lugar: str | None = None) -> Parte:
    """`datos` según `modelo`; ErrorConfiguracion que dice en qué lugar de alertas.yml y qué clave."""
    try:
        return modelo.model_validate(datos)
    except ValidationError as error:
        explicado = explicar_validacion(error, modelo)
        raise ErrorConfiguracion(explicado, archivo=ARCHIVO, hoja=lugar, remedio=CLAVES) from error
