"""Qué es un formato de libro. El formato es datos (YAML); aquí solo está su forma y su validación."""

from __future__ import annotations

import re
from functools import cached_property
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from pipeline.esquemas import esquema
from pipeline.modelo import Severidad, TipoMeta

Clase = Literal[
    "texto", "codigo", "codigos", "numero", "razon", "dinero", "tipo_meta", "estado", "dependencia"
]
CLASES_NUMERICAS = frozenset({"numero", "razon", "dinero"})
TABLAS = {"plan": ("plan", "plan_vigencias", "plan_fuentes"), "registros_pi": ("registros_pi",)}


class Parte(BaseModel):
    """Parte de un formato: inmutable y sin claves desconocidas."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class ColumnaFormato(Parte):
    """De qué columna del libro sale un campo y cómo se lee.

    Los alias admiten los marcadores `{vigencia}` y `{fuente}`; `ocurrencia` elige entre encabezados
    repetidos. `vigencia` dice a qué año pertenece el valor: `cada_una` (una columna por año),
    `del_corte`, un año fijo o ninguno (el campo no depende de la vigencia).
    """

    campo: str
    alias: tuple[str, ...] = Field(min_length=1)
    clase: Clase = "texto"
    ocurrencia: Annotated[int, Field(ge=1)] = 1
    vigencia: Literal["cada_una", "del_corte"] | int | None = None
    fuentes: tuple[str, ...] = ()
    requerida: bool = False
    opcional: bool = False
    ancho: Annotated[int, Field(ge=1, le=15)] | None = None
    escala: Annotated[float, Field(gt=0)] = 1.0
    extraer: str | None = None
    rellenar_hacia_abajo: bool = False
    ilegible: Severidad = Severidad.OBSERVA

    @field_validator("extraer")
    @classmethod
    def _patron_con_un_grupo(cls, patron: str | None) -> str | None:
        try:
            if patron is not None and re.compile(patron).groups != 1:
                raise ValueError("«extraer» debe tener exactamente un grupo entre paréntesis")
        except re.error as error:
            raise ValueError(f"«extraer» no es una expresión regular: {error}") from error
        return patron

    @property
    def es_numerica(self) -> bool:
        """Si el campo se guarda como número."""
        return self.clase in CLASES_NUMERICAS


class Encabezado(Parte):
    """Dónde buscar la fila de encabezado: la que reconoce más columnas del formato.

    Debe reconocer al menos dos, y al menos tantas como `proporcion_minima` de las requeridas: así,
    si falta una requerida, el hallazgo nombra la columna y no dice que no hay encabezado.
    """

    buscar_en_filas: Annotated[int, Field(ge=1, le=200)] = 30
    proporcion_minima: Annotated[float, Field(gt=0, le=1)] = 0.5


class Formato(Parte):
    """Disposición de un libro: qué hoja, qué encabezado y qué columnas alimentan una tabla."""

    nombre: Annotated[str, Field(pattern=r"^[a-z0-9_]+$")]
    tabla: Literal["plan", "registros_pi"]
    descripcion: str
    hoja: str
    encabezado: Encabezado = Encabezado()
    columnas: tuple[ColumnaFormato, ...] = Field(min_length=1)
    columnas_auditadas: tuple[str, ...] = ()
    columnas_sin_uso: tuple[str, ...] = ()
    palabras_de_total: tuple[str, ...] = ("total", "totales", "total general", "suma")
    fichas_no_programado: tuple[str, ...] = ("NP", "no programada", "no programado")
    fichas_faltante: tuple[str, ...] = ("s. d.", "n. d.", "n/a", "sin dato", "no aplica")
    guion_en_dinero_es_cero: bool = True
    tipos_meta: dict[str, TipoMeta] = {}
    trimestres: Literal["acumulado", "incremento"] = "acumulado"
    fuente_programacion: Literal["plan", "reporte"] = "plan"

    @model_validator(mode="before")
    @classmethod
    def _completar_clases(cls, datos: object) -> object:
        """La clase que el YAML no dice se deduce del tipo y el nombre del campo en el esquema."""
        if not isinstance(datos, dict) or datos.get("tabla") not in TABLAS:
            return datos
        clases = _clases_por_campo(str(datos["tabla"]))
        columnas = [
            {"clase": clases.get(str(c.get("campo")), "texto"), **c} if isinstance(c, dict) else c
            for c in datos.get("columnas") or ()
        ]
        return {**datos, "columnas": columnas}

    @model_validator(mode="after")
    def _columnas_coherentes(self) -> Formato:
        vistas: set[tuple[str, object]] = set()
        for columna in self.columnas:
            llave = (columna.campo, columna.vigencia)
            if llave in vistas:
                raise ValueError(f"el campo «{columna.campo}» se define dos veces para la misma vigencia")
            vistas.add(llave)
        if "codigo_meta" not in {c.campo for c in self.columnas}:
            raise ValueError("falta la columna del campo «codigo_meta»")
        return self

    @property
    def instrumento(self) -> str:
        """Instrumento de los hallazgos de este formato: `plan` o `pi`."""
        return "plan" if self.tabla == "plan" else "pi"

    @cached_property
    def campos_admitidos(self) -> tuple[str, ...]:
        """Campos que una columna de este formato puede alimentar."""
        return campos_de_tabla(self.tabla)


def campos_de_tabla(tabla: str) -> tuple[str, ...]:
    """Campos de la tabla (y de las que salen con ella) que un libro puede traer."""
    return tuple(_clases_por_campo(tabla))


_NO_VIENEN_DEL_LIBRO = frozenset({"vigencia", "fuente", "archivo", "sha256", "hoja", "fila"})
_CLASES_PROPIAS: dict[str, Clase] = {
    "tipo_meta": "tipo_meta",
    "estado_programacion": "estado",
    "bpin": "codigos",
    "avance_declarado": "razon",
    "ejecucion_financiera_declarada": "razon",
    "codigo_meta": "codigo",
    "linea": "codigo",
    "sector": "codigo",
    "programa": "codigo",
    "subprograma": "codigo",
    "codigo_producto": "codigo",
    "codigo_indicador": "codigo",
}


def _clases_por_campo(tabla: str) -> dict[str, Clase]:
    clases: dict[str, Clase] = {}
    for nombre in TABLAS[tabla]:
        for columna in esquema(nombre).columnas:
            if columna.nombre in _NO_VIENEN_DEL_LIBRO:
                continue
            clases[columna.nombre] = _clase_de(columna.nombre, columna.tipo)
    if tabla == "plan":
        clases["dependencia"] = "dependencia"
    else:
        clases.pop("dependencia")  # la pone quien entrega el libro, no el libro
    return clases


def _clase_de(campo: str, tipo: str) -> Clase:
    if campo in _CLASES_PROPIAS:
        return _CLASES_PROPIAS[campo]
    if tipo != "real":
        return "texto"
    return "dinero" if campo.endswith("_cop") else "numero"
