"""PRO-PET-07 como datos: sus 33 actividades, cuándo vence cada una y en qué estado está su registro.

No lee el reloj ni los libros: recibe la fecha y lo que se sabe. Lo que el procedimiento deja en blanco está
dicho en recursos/procedimiento.yml, no rellenado.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError, model_validator

from pipeline.archivos import leer_yml_ajeno
from pipeline.calendario import es_habil, fechas_del_corte
from pipeline.config import PAQUETE, Calendario
from pipeline.errores import ErrorConfiguracion
from pipeline.explicacion import Seccion, explicar_validacion
from pipeline.modelo import Corte, Periodo

ARCHIVO = "procedimiento.yml"
ANUAL = "anual"  # el periodo de lo que se hace una vez en la vigencia
ESTADOS = ("producido", "firmado", "tarde", "borrador", "esperado", "falta", "no_aplica")
NOMBRES_DE_ESTADO = {
    "producido": "producido",
    "firmado": "firmado",
    "tarde": "tarde",
    "borrador": "borrador",
    "esperado": "esperado",
    "falta": "falta",
    "no_aplica": "no aplica",
}
EXCUSAS = {
    "instrumento": "La entidad no sigue este instrumento en este corte ([entregas] instrumentos y desde).",
    "cuatrienio": "Se hace una vez en el cuatrienio, en {primera}.",
}


class Cuando(Seccion):
    """Fecha límite de una actividad: un hito de un corte y días hábiles, o un día fijo que pone una norma."""

    hito: Literal["cierre", "vence", "gracia", "verificacion", ""] = ""
    dias: int = 0
    periodo: Periodo | None = None
    anio: Literal[0, -1] = 0
    dia: str = Field(default="", pattern=r"^(\d{2}-\d{2})?$")
    norma: str = ""

    @model_validator(mode="after")
    def _uno_u_otro(self) -> Cuando:
        if bool(self.hito) == bool(self.dia):
            raise ValueError("la fecha límite es un hito o un día, y solo uno")
        return self


class Fila(Seccion):
    """Una actividad de PRO-PET-07, con lo que la produce, lo que la cierra y cuándo."""

    fila: int
    instrumento: Literal["pi", "poai", "pa"]
    etapa: str
    actividad: str
    responsable: str
    punto_control: str = ""
    registro: str = ""
    vacio_de_la_semilla: str = ""
    cada: Literal["cuatrienio", "vigencia", "corte"]
    cuando: Cuando
    documentos: tuple[str, ...] = ()
    hecho: str = ""
    produce: str
    cierra: str
    con_firma: bool = False

    @model_validator(mode="after")
    def _se_puede_cerrar(self) -> Fila:
        if self.con_firma == bool(self.hecho):
            raise ValueError("a una fila la cierra una firma o un hecho, y solo uno")
        if self.cada != "corte" and not self.cuando.dia and self.cuando.periodo is None:
            raise ValueError("una fila que no es de cada corte dice de cuál periodo cuenta su fecha")
        return self


class Procedimiento(Seccion):
    """El procedimiento completo, en el orden de sus filas."""

    version: str
    filas: tuple[Fila, ...]

    @model_validator(mode="after")
    def _numeradas(self) -> Procedimiento:
        numeros = [f.fila for f in self.filas]
        if numeros != list(range(1, len(numeros) + 1)):
            raise ValueError("las filas van numeradas de corrido desde 1")
        return self

    def fila(self, numero: int) -> Fila:
        """La fila con ese número; ErrorConfiguracion si no existe."""
        if not 1 <= numero <= len(self.filas):
            raise ErrorConfiguracion(
                f"el procedimiento no tiene la fila {numero}", remedio=f"Use una entre 1 y {len(self.filas)}"
            )
        return self.filas[numero - 1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Esperado:
    """Un registro que el procedimiento pide: la fila, el periodo (o ANUAL) y su fecha límite."""

    fila: Fila
    vigencia: int
    periodo: str
    limite: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Constancia:
    """Lo que hay de un registro: archivo, hecho entero o a medias (parcial), borrador, o por qué no aplica.

    `fecha` es la del registro; None si el dato no la tiene (una corrida no prueba cuándo se hizo primero).
    """

    clase: Literal["archivado", "hecho", "parcial", "no_aplica", "borrador"]
    referencia: str
    fecha: date | None = None
    sha256: str = ""
    consecutivo: str = ""
    tardia: bool = False
    intacta: bool = True


def cargar_procedimiento(carpeta_propia: Path | None = None) -> Procedimiento:
    """El procedimiento de la entidad si tiene el suyo (procedimiento.yml), o el del proyecto.

    Levanta ErrorConfiguracion con lo que está mal escrito.

    >>> len(cargar_procedimiento().filas)
    33
    """
    propio = carpeta_propia / ARCHIVO if carpeta_propia else None
    ruta = propio if propio and propio.is_file() else PAQUETE / "recursos" / ARCHIVO
    try:
        return Procedimiento.model_validate(leer_yml_ajeno(ruta))
    except ValidationError as error:
        raise ErrorConfiguracion(explicar_validacion(error, Procedimiento), archivo=ARCHIVO) from error


def correr_habiles(desde: date, dias: int) -> date:
    """El día hábil número `dias` después de `desde`, o antes si es negativo.

    >>> correr_habiles(date(2025, 6, 30), -5)  # el 23 y el 30 de junio de 2025 son festivos
    datetime.date(2025, 6, 20)
    """
    dia, paso = desde, 1 if dias > 0 else -1
    faltan = abs(dias)
    while faltan:
        dia += timedelta(days=paso)
        faltan -= es_habil(dia)
    return dia


def fecha_limite(fila: Fila, vigencia: int, periodo: str, calendario: Calendario) -> date:
    """Fecha límite de la fila en la vigencia, o en el periodo si es de cada corte."""
    cuando = fila.cuando
    if cuando.dia:
        return date.fromisoformat(f"{vigencia + cuando.anio}-{cuando.dia}")
    de_cual = cuando.periodo or Periodo(periodo)
    fechas = fechas_del_corte(Corte(vigencia=vigencia + cuando.anio, periodo=de_cual), calendario)
    hito: date = getattr(fechas, cuando.hito)
    return correr_habiles(hito, cuando.dias)


def registros_esperados(
    procedimiento: Procedimiento, vigencia: int, calendario: Calendario, hasta: str = "T4"
) -> list[Esperado]:
    """Los registros que se piden en la vigencia, por fila y periodo, hasta el periodo `hasta`."""
    periodos = [p for p in sorted(calendario.cortes) if p <= hasta]
    return [
        Esperado(
            fila=fila,
            vigencia=vigencia,
            periodo=periodo,
            limite=fecha_limite(fila, vigencia, periodo, calendario),
        )
        for fila in procedimiento.filas
        for periodo in (periodos if fila.cada == "corte" else [ANUAL])
    ]


def excusa(esperado: Esperado, instrumentos: Iterable[str], primera_vigencia: int) -> str:
    """Por qué el registro no se espera en esta vigencia; vacía si se espera."""
    if esperado.fila.instrumento not in set(instrumentos):
        return EXCUSAS["instrumento"]
    if esperado.fila.cada == "cuatrienio" and esperado.vigencia != primera_vigencia:
        return EXCUSAS["cuatrienio"].format(primera=primera_vigencia)
    return ""


def decidir_estado(esperado: Esperado, constancias: Sequence[Constancia], hoy: date) -> str:
    """Estado de un registro en `hoy`, de la constancia que más prueba a la que menos.

    Un archivado cuenta si sigue intacto; un hecho, si la fila no exige firma; un borrador vencido no salva.
    """
    por_clase = {c.clase: c for c in constancias if c.intacta}
    respaldo = por_clase.get("archivado") or (None if esperado.fila.con_firma else por_clase.get("hecho"))
    if "no_aplica" in por_clase and respaldo is None:
        return "no_aplica"
    if respaldo is not None:
        fuera = respaldo.tardia or (respaldo.fecha is not None and respaldo.fecha > esperado.limite)
        a_tiempo = "firmado" if respaldo.clase == "archivado" else "producido"
        return "tarde" if fuera else a_tiempo
    if hoy > esperado.limite:
        return "falta"
    return "borrador" if "borrador" in por_clase else "esperado"
