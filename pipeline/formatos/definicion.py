"""Qué es un formato de libro. El formato es datos (YAML); aquí solo está su forma y su validación."""

from __future__ import annotations

import re
from functools import cached_property
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from pipeline.esquemas import esquema
from pipeline.modelo import Severidad, TipoMeta

Clase = Literal[
    "texto", "codigo", "codigos", "numero", "razon", "dinero", "fecha", "tipo_meta", "estado",
    "dependencia", "vocabulario",
]  # fmt: skip
Tabla = Literal["plan", "registros_pi", "registros_pa", "registros_poai", "movimientos"]
CLASES_NUMERICAS = frozenset({"numero", "razon", "dinero"})
TABLAS: dict[str, tuple[str, ...]] = {
    "plan": ("plan", "plan_vigencias", "plan_fuentes"),
    "registros_pi": ("registros_pi",),
    "registros_pa": ("registros_pa",),
    "registros_poai": ("registros_poai",),
    "movimientos": ("movimientos",),
}
# El campo que toda fila de datos tiene: sin él la fila es de totales, una nota o está incompleta.
LLAVES = {
    "plan": "codigo_meta",
    "registros_pi": "codigo_meta",
    "registros_pa": "codigo_actividad",
    "registros_poai": "rubro",
    "movimientos": "rubro",
}
INSTRUMENTOS = {
    "plan": "plan",
    "registros_pi": "pi",
    "registros_pa": "pa",
    "registros_poai": "poai",
    "movimientos": "poai",
}
ROMANOS = ("I", "II", "III", "IV")


class Parte(BaseModel):
    """Parte de un formato: inmutable y sin claves desconocidas."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class ColumnaFormato(Parte):
    """De qué columna del libro sale un campo y cómo se lee.

    Los alias admiten los marcadores `{vigencia}`, `{orden}` (1 es el primer año del cuatrienio) y
    `{fuente}`; `ocurrencia` elige entre encabezados repetidos. `letra` fija la columna cuando el
    encabezado no sirve para hallarla: si además hay alias, el rótulo de esa columna debe ser uno de
    ellos. `vigencia` dice a qué año pertenece el valor: `cada_una` (una columna por año), `del_corte`,
    un año fijo o ninguno (el campo no depende de la vigencia). Con `{trimestre}` en el campo, la
    columna vale por cuatro. `escala` multiplica: 0,01 si la columna está en puntos porcentuales; −1 si
    el libro escribe con signo menos lo que resta (nuestras tablas lo guardan positivo). `vocabulario`
    lleva cada texto admitido al valor que se guarda; lo demás queda sin dato y con su aviso.
    En un formato de filas pareadas, `fila_del_par` es 2 si el valor está en la segunda fila del
    registro. Con `en_membrete`, el valor está una sola vez, en la celda siguiente a su rótulo, encima
    del encabezado, y vale para todas las filas de la hoja.
    """

    campo: str
    alias: tuple[str, ...] = ()
    letra: Annotated[str, Field(pattern=r"^[A-Z]{1,2}$")] | None = None
    clase: Clase = "texto"
    ocurrencia: Annotated[int, Field(ge=1)] = 1
    vigencia: Literal["cada_una", "del_corte"] | int | None = None
    fuentes: tuple[str, ...] = ()
    requerida: bool = False
    opcional: bool = False
    ancho: Annotated[int, Field(ge=1, le=15)] | None = None
    escala: float = 1.0
    vocabulario: dict[str, str] = {}
    extraer: str | None = None
    rellenar_hacia_abajo: bool = False
    multiplicar_por_niveles: bool = False
    fila_del_par: Literal[1, 2] = 1
    en_membrete: bool = False
    ilegible: Severidad = Severidad.OBSERVA

    @field_validator("escala")
    @classmethod
    def _escala_distinta_de_cero(cls, escala: float) -> float:
        if escala == 0:
            raise ValueError("«escala» no puede ser cero")
        return escala

    @field_validator("extraer")
    @classmethod
    def _patron_con_un_grupo(cls, patron: str | None) -> str | None:
        try:
            if patron is not None and re.compile(patron).groups != 1:
                raise ValueError("«extraer» debe tener exactamente un grupo entre paréntesis")
        except re.error as error:
            raise ValueError(f"«extraer» no es una expresión regular: {error}") from error
        return patron

    @model_validator(mode="after")
    def _se_puede_hallar(self) -> ColumnaFormato:
        if not self.alias and self.letra is None:
            raise ValueError(f"la columna del campo «{self.campo}» necesita «alias» o «letra»")
        if self.en_membrete and (not self.alias or self.letra or self.fila_del_par != 1):
            raise ValueError(f"el campo «{self.campo}» del membrete se halla solo por su «alias»")
        if bool(self.vocabulario) != (self.clase == "vocabulario"):
            raise ValueError(f"«{self.campo}»: la clase vocabulario y «vocabulario» van juntos")
        return self

    @property
    def es_numerica(self) -> bool:
        """Si el campo se guarda como número."""
        return self.clase in CLASES_NUMERICAS


class Encabezado(Parte):
    """Dónde buscar la fila de encabezado: la que reconoce más columnas del formato.

    Debe reconocer al menos dos, y al menos tantas como `proporcion_minima` de las requeridas: así,
    si falta una requerida, el hallazgo nombra la columna y no dice que no hay encabezado. Con
    `filas: 2`, el rótulo de arriba se extiende hacia la derecha y se une al de abajo
    («Ejecutado» sobre «T1» y «T2» da «Ejecutado T1» y «Ejecutado T2»).
    """

    filas: Literal[1, 2] = 1
    buscar_en_filas: Annotated[int, Field(ge=1, le=200)] = 30
    proporcion_minima: Annotated[float, Field(gt=0, le=1)] = 0.5


class FilasPareadas(Parte):
    """Formulario con dos filas seguidas por registro: lo programado y, debajo, lo ejecutado.

    `marca` son los rótulos de la columna que dice de cuál se trata; `primera` y `segunda`, lo que dice.
    El registro lleva el número de su primera fila, y cada celda conserva la suya.
    """

    marca: tuple[str, ...] = Field(min_length=1)
    primera: tuple[str, ...] = ("P",)
    segunda: tuple[str, ...] = ("E",)


class NivelArbol(Parte):
    """Campos que un nivel del árbol da a cada meta que cuelga de él."""

    codigo: str
    nombre: str
    peso: str | None = None


class Arbol(Parte):
    """Plan escrito como árbol: una fila por nodo, el código con puntos dice de quién depende.

    `codigo`, `nivel`, `nombre` y `peso` son los encabezados de esas columnas; `metas`, lo que dice la
    columna de nivel en las filas que son metas; `niveles`, qué campos da cada uno de los demás.
    """

    codigo: str
    nivel: str
    nombre: str
    peso: str | None = None
    metas: str
    niveles: dict[str, NivelArbol]


class Formato(Parte):
    """Disposición de un libro: qué hoja, qué encabezado y qué columnas alimentan una tabla.

    `tambien` nombra los formatos con que se leen otras hojas del mismo libro; con `opcional`, la hoja
    puede venir sin filas (un libro sin movimientos no es un error) y, si falta, solo se observa.
    """

    nombre: Annotated[str, Field(pattern=r"^[a-z0-9_]+$")]
    tabla: Tabla
    descripcion: str
    hoja: str
    opcional: bool = False
    tambien: tuple[str, ...] = ()
    encabezado: Encabezado = Encabezado()
    arbol: Arbol | None = None
    filas_pareadas: FilasPareadas | None = None
    termina_en: tuple[str, ...] = ()  # rótulos que cierran la tabla: de esa fila en adelante es el pie
    columnas: tuple[ColumnaFormato, ...] = Field(min_length=1)
    columnas_auditadas: tuple[str, ...] = ()
    columnas_sin_uso: tuple[str, ...] = ()
    palabras_de_total: tuple[str, ...] = ("total", "totales", "total general", "suma")
    fichas_no_programado: tuple[str, ...] = ("NP", "no programada", "no programado")
    fichas_faltante: tuple[str, ...] = ("s. d.", "n. d.", "n/a", "sin dato", "no aplica")
    guion_en_dinero_es_cero: bool = True
    decimales: Literal["por_columna", "coma", "punto"] = "por_columna"
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
            for sin_expandir in datos.get("columnas") or ()
            for c in _por_trimestre(sin_expandir)
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
        if self.llave not in {c.campo for c in self.columnas}:
            raise ValueError(f"falta la columna del campo «{self.llave}»")
        if self.filas_pareadas is None and any(c.fila_del_par == 2 for c in self.columnas):
            raise ValueError("«fila_del_par» solo tiene sentido con «filas_pareadas»")
        return self

    @property
    def llave(self) -> str:
        """Campo que toda fila de datos de este formato debe tener."""
        return LLAVES[self.tabla]

    @property
    def instrumento(self) -> str:
        """Instrumento de los hallazgos de este formato: `plan`, `pi`, `pa` o `poai`."""
        return INSTRUMENTOS[self.tabla]

    @cached_property
    def campos_admitidos(self) -> tuple[str, ...]:
        """Campos que una columna de este formato puede alimentar."""
        return campos_de_tabla(self.tabla)


def _por_trimestre(columna: object) -> list[object]:
    """La columna tal cual o, si su campo dice `{trimestre}`, las cuatro que representa."""
    if not isinstance(columna, dict) or "{trimestre}" not in str(columna.get("campo")):
        return [columna]
    return [
        {llave: _poner_trimestre(valor, n) for llave, valor in columna.items()}
        for n in range(1, len(ROMANOS) + 1)
    ]


def _poner_trimestre(valor: object, n: int) -> object:
    if isinstance(valor, list):
        return [_poner_trimestre(v, n) for v in valor]
    if not isinstance(valor, str):
        return valor
    return valor.replace("{trimestre}", str(n)).replace("{trimestre_romano}", ROMANOS[n - 1])


def campos_de_tabla(tabla: str) -> tuple[str, ...]:
    """Campos de la tabla (y de las que salen con ella) que un libro puede traer."""
    return tuple(_clases_por_campo(tabla))


def clase_de_campo(tabla: str, campo: str) -> Clase:
    """Clase con que se lee `campo` si el formato no dice otra."""
    return _clases_por_campo(tabla)[campo]


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
    "codigo_actividad": "codigo",
    "codigo_proyecto": "codigo",
    "centro_gestor": "codigo",
    "rubro": "codigo",
    "codigo_fuente": "codigo",
    "nivel_1": "codigo",
    "nivel_2": "codigo",
    "nivel_3": "codigo",
    "dependencia": "dependencia",
}
# En el reporte del Plan Indicativo la dependencia es la que entrega el libro, no la que él diga.
_DEPENDENCIA_DE_QUIEN_ENTREGA = frozenset({"registros_pi"})


def _clases_por_campo(tabla: str) -> dict[str, Clase]:
    clases: dict[str, Clase] = {}
    for nombre in TABLAS[tabla]:
        for columna in esquema(nombre).columnas:
            if columna.nombre in _NO_VIENEN_DEL_LIBRO:
                continue
            clases[columna.nombre] = _clase_de(columna.nombre, columna.tipo)
    if tabla in _DEPENDENCIA_DE_QUIEN_ENTREGA:
        clases.pop("dependencia")
    return clases


def _clase_de(campo: str, tipo: str) -> Clase:
    if campo in _CLASES_PROPIAS:
        return _CLASES_PROPIAS[campo]
    if campo.startswith("fecha_"):
        return "fecha"
    if campo.startswith("avance_"):
        return "razon"
    if tipo != "real":
        return "texto"
    return "dinero" if campo.endswith("_cop") else "numero"
