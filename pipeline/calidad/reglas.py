"""Qué es una regla de calidad y cómo se leen las de `expectations/*.yml`. Aquí no se ejecuta ninguna.

Los archivos tienen la forma propia de Great Expectations (`name`, `expectations` con `type`, `kwargs`,
`severity`, `description` y `meta`); lo nuestro va en `meta`. Donde `campo` es una lista, la marca
`<campo>` de `kwargs` y `mensaje` se reemplaza por cada uno: una regla, varias expectativas.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Annotated, Any, Literal

import yaml
from pydantic import BeforeValidator, Field, ValidationError

from pipeline.archivos import explicar_yml, leer_texto_ajeno, leer_yml
from pipeline.calidad.ejemplos import columnas_de_revision
from pipeline.calidad.escritura import ESCRITURAS
from pipeline.config import PAQUETE, Rutas
from pipeline.errores import ErrorConfiguracion
from pipeline.explicacion import Seccion
from pipeline.modelo import Severidad

SEVERIDADES = {
    "critical": Severidad.BLOQUEA,
    "warning": Severidad.OBSERVA,
    "info": Severidad.INFORMA,
}
INSTRUMENTOS = {
    "plan": "plan",
    "plan_vigencias": "plan",
    "registros_pi": "pi",
    "historia": "pi",
    "registros_poai": "poai",
    "movimientos": "poai",
    "registros_pa": "pa",
}
DE_LA_CELDA = {"valor", "columna"}  # lo que el mensaje puede citar además de las columnas de la tabla
ARGUMENTOS_DE_COLUMNA = ("column", "column_A", "column_B")


def _en_lista(valor: Any) -> Any:
    return valor if isinstance(valor, list) else [valor]


class Ejemplos(Seccion):
    """Casos de una regla; cada uno es una fila o, si la regla compara filas, varias."""

    pasa: Annotated[list[Annotated[list[dict[str, Any]], BeforeValidator(_en_lista)]], Field(min_length=1)]
    falla: Annotated[list[Annotated[list[dict[str, Any]], BeforeValidator(_en_lista)]], Field(min_length=1)]


class Meta(Seccion):
    """Lo que el enlace y el Grupo necesitan saber de una regla."""

    regla: Annotated[str, Field(pattern=r"^[A-Z]{2,5}-\d{2}$")]
    campo: Annotated[list[str], BeforeValidator(_en_lista), Field(min_length=1)]
    alcance: Literal["fila", "libro"] = "fila"
    mensaje: str
    porque: str
    accion: str
    responsable: str
    ejemplos: Ejemplos
    historia: Annotated[list[str], Field(min_length=1)]


class Entrada(Seccion):
    """Una expectativa escrita en la forma de Great Expectations."""

    type: Annotated[str, Field(pattern=r"^expect_[a-z_]+$")]
    kwargs: dict[str, Any]
    severity: Literal["critical", "warning", "info"]
    description: str
    meta: Meta


class MetaArchivo(Seccion):
    """Tabla que revisa el archivo y para qué."""

    tabla: Literal[
        "plan", "plan_vigencias", "registros_pi", "historia", "registros_poai", "movimientos", "registros_pa"
    ]
    descripcion: str


class Archivo(Seccion):
    """Un archivo de `expectations/`."""

    name: str
    meta: MetaArchivo
    expectations: list[Entrada]


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectativa:
    """Lo que se le pide a Great Expectations y el campo cuya celda se señala si falla."""

    tipo: str
    argumentos: Mapping[str, Any]
    campo: str
    mensaje: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Regla:
    """Una regla de calidad: qué exige, por qué, qué hacer si falla y sus ejemplos."""

    codigo: str
    tabla: str
    severidad: Severidad
    alcance: str
    descripcion: str
    porque: str
    accion: str
    responsable: str
    ejemplos: Ejemplos
    historia: tuple[str, ...]
    expectativas: tuple[Expectativa, ...]
    archivo: str

    @property
    def instrumento(self) -> str:
        """Instrumento cuyos libros revisa."""
        return INSTRUMENTOS[self.tabla]


def cargar_reglas(carpeta: Path | None = None, *, comprobadas: bool = False) -> tuple[Regla, ...]:
    """Reglas de todos los `*.yml` de `carpeta` (por defecto, las del proyecto), por archivo y en su orden.

    Con `comprobadas` no se vuelve a mirar si nombran columnas que existen: para quien sabe que ya se hizo con
    estas mismas reglas y este mismo código.

    Levanta ErrorConfiguracion que nombra archivo y regla: YAML mal escrito, clave desconocida o ausente,
    código repetido, o una columna que la tabla revisada no tiene.
    """
    origen = carpeta or Rutas(PAQUETE.parent).expectativas
    reglas = tuple(regla for ruta in sorted(origen.glob("*.yml")) for regla in _leer_archivo(ruta))
    veces = Counter(regla.codigo for regla in reglas)
    repetidos = sorted(codigo for codigo, cuantas in veces.items() if cuantas > 1)
    for regla in () if comprobadas else reglas:
        _revisar_nombres(regla)
    if not reglas:
        raise ErrorConfiguracion("no hay reglas", archivo=origen.name)
    if repetidos:
        raise ErrorConfiguracion(f"hay códigos repetidos: {', '.join(repetidos)}", archivo=origen.name)
    return reglas


def _leer_archivo(ruta: Path) -> tuple[Regla, ...]:
    return _leer_texto(ruta.name, leer_texto_ajeno(ruta))


@cache  # una corrida revisa varios cortes e instrumentos
def _leer_texto(nombre: str, texto: str) -> tuple[Regla, ...]:
    try:
        archivo = Archivo.model_validate(leer_yml(texto))
    except yaml.YAMLError as error:
        raise explicar_yml(error, nombre) from error
    except ValidationError as error:
        raise ErrorConfiguracion(_explicar(error), archivo=nombre) from error
    return tuple(_armar(entrada, archivo.meta.tabla, nombre) for entrada in archivo.expectations)


def _armar(entrada: Entrada, tabla: str, archivo: str) -> Regla:
    meta = entrada.meta
    return Regla(
        codigo=meta.regla,
        tabla=tabla,
        severidad=SEVERIDADES[entrada.severity],
        alcance=meta.alcance,
        descripcion=entrada.description,
        porque=meta.porque,
        accion=meta.accion,
        responsable=meta.responsable,
        ejemplos=meta.ejemplos,
        historia=tuple(meta.historia),
        expectativas=tuple(_expectativa(entrada, campo) for campo in meta.campo),
        archivo=archivo,
    )


def _expectativa(entrada: Entrada, campo: str) -> Expectativa:
    argumentos = {
        nombre: valor.replace("<campo>", campo) if isinstance(valor, str) else valor
        for nombre, valor in entrada.kwargs.items()
    }
    mensaje = entrada.meta.mensaje.replace("<campo>", campo)
    return Expectativa(tipo=entrada.type, argumentos=argumentos, campo=campo, mensaje=mensaje)


def _revisar_nombres(regla: Regla) -> None:
    """ErrorConfiguracion si la regla nombra una columna o una escritura que no existen."""
    conocidas = columnas_de_revision(regla.tabla)
    for expectativa in regla.expectativas:
        columnas = {str(v) for a, v in expectativa.argumentos.items() if a in ARGUMENTOS_DE_COLUMNA}
        citas = _citas(expectativa.mensaje, regla)
        ajenas = (columnas | {expectativa.campo} | set(citas) - DE_LA_CELDA) - conocidas
        ajenas |= set(citas.values()) - set(ESCRITURAS)
        if ajenas:
            raise ErrorConfiguracion(
                f"la regla {regla.codigo} nombra lo que la revisión de {regla.tabla} no tiene: "
                f"{', '.join(sorted(ajenas))}",
                archivo=regla.archivo,
                remedio="Vea docs/diccionario.md y, en pipeline/calidad, derivadas.py e historia.py",
            )


def _citas(mensaje: str, regla: Regla) -> dict[str, str]:
    """Columnas que cita el mensaje y cómo las escribe: «{pagos_cop:pesos}» da {"pagos_cop": "pesos"}."""
    try:
        return {campo: modo or "" for _, campo, modo, _ in Formatter().parse(mensaje) if campo is not None}
    except ValueError as error:
        raise ErrorConfiguracion(
            f"el mensaje de la regla {regla.codigo} está mal escrito: {error}", archivo=regla.archivo
        ) from error


TEXTOS = {
    "missing": "falta",
    "extra_forbidden": "clave desconocida",
    "string_pattern_mismatch": "no tiene la forma esperada",
    "literal_error": "valor no admitido",
    "too_short": "está vacío",
}


def _explicar(error: ValidationError) -> str:
    detalles = error.errors()[:5]
    return "; ".join(
        f"«{_lugar(detalle['loc'])}»: {TEXTOS.get(detalle['type'], 'valor no válido')}"
        for detalle in detalles
    )


def _lugar(camino: tuple[int | str, ...]) -> str:
    """Camino legible: `expectations.3.meta.accion` (la primera es la 1)."""
    return re.sub(r"\.(\d+)", lambda m: f".{int(m.group(1)) + 1}", ".".join(map(str, camino)))
