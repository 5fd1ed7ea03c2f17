"""Valores del dominio. Sin pandas, sin archivos, sin reloj: solo el vocabulario común."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

ETAPAS_DEL_GASTO = (
    "apropiacion_inicial_cop",
    "apropiacion_definitiva_cop",
    "cdp_cop",
    "compromisos_cop",
    "obligaciones_cop",
    "pagos_cop",
)
"""Columnas de la cadena presupuestal que reporta una dependencia, en orden."""
SIN_VALOR = {
    "apropiacion_definitiva_cop": "n_sin_definitiva",
    "obligaciones_cop": "n_sin_obligaciones",
}
"""Sumas del POAI que las alertas comparan con otra cosa, y la columna que dice cuántas filas no las traen."""
NOMBRES_DE_INSTRUMENTO = {"pi": "Plan Indicativo", "poai": "POAI", "pa": "Plan de Acción"}
"""Cómo se llama cada instrumento en lo que se lee."""
NOMBRES_DE_TIPO = {
    "acumulado": "acumulado",
    "flujo": "flujo",
    "stock": "stock",
    "capacidad": "capacidad",
    "mantenimiento": "mantenimiento",
    "reduccion": "reducción",
    "reduccion_anual": "reducción anual",
}
"""Cómo se llama cada tipo de meta en lo que se lee."""
NOMBRES_DE_MEDIDA = {
    "avance": "Avance de la vigencia",
    "avance_cuatrienio": "Avance del cuatrienio",
    "ejecucion_financiera": "Ejecución financiera",
}
"""Cómo se llaman las tres cifras de una meta o de un nodo."""
ORDEN_SEVERIDAD = {"alta": 0, "media": 1, "baja": 2}
"""De las alertas, de la que se atiende primero a la última."""


class Periodo(StrEnum):
    """Trimestre de corte; las cifras son acumuladas dentro de la vigencia."""

    T1 = "T1"
    T2 = "T2"
    T3 = "T3"
    T4 = "T4"

    @property
    def numero(self) -> int:
        """Trimestre como número, de 1 a 4."""
        return int(self.value[1])

    @property
    def transcurrido(self) -> float:
        """Fracción de la vigencia transcurrida al corte.

        >>> Periodo.T3.transcurrido
        0.75
        """
        return self.numero / 4


class Instrumento(StrEnum):
    """Instrumento de planeación al que se hace seguimiento."""

    PI = "pi"
    POAI = "poai"
    PA = "pa"


class TipoMeta(StrEnum):
    """Tipo de acumulación de la meta (DNP, Guía de indicadores, cap. 3; `docs/metodologia.md`)."""

    ACUMULADO = "acumulado"
    FLUJO = "flujo"
    STOCK = "stock"
    CAPACIDAD = "capacidad"
    MANTENIMIENTO = "mantenimiento"
    REDUCCION = "reduccion"
    REDUCCION_ANUAL = "reduccion_anual"


class EstadoReporte(StrEnum):
    """Situación del reporte de una meta en el corte."""

    REPORTADA = "reportada"
    SIN_REPORTE = "sin_reporte"
    NO_PROGRAMADA = "no_programada"
    DEVUELTA = "devuelta"


class EstadoEntrega(StrEnum):
    """Resultado de la revisión de un libro."""

    ACEPTADA = "aceptada"
    ACEPTADA_CON_OBSERVACIONES = "aceptada_con_observaciones"
    DEVUELTA = "devuelta"
    REEMPLAZADA = "reemplazada"
    ILEGIBLE = "ilegible"
    NO_ENTREGADA = "no_entregada"


class Oportunidad(StrEnum):
    """Comparación de la recepción con la fecha límite del corte."""

    A_TIEMPO = "a_tiempo"
    TARDIA = "tardia"
    NO_ENTREGADA = "no_entregada"


class Severidad(StrEnum):
    """Efecto de un hallazgo: bloquea (sale de los índices), observa (cuenta, marcado), informa."""

    BLOQUEA = "bloquea"
    OBSERVA = "observa"
    INFORMA = "informa"


class Nivel(StrEnum):
    """Nivel de agregación de los índices."""

    PLAN = "plan"
    LINEA = "linea"
    SECTOR = "sector"
    PROGRAMA = "programa"
    SUBPROGRAMA = "subprograma"
    DEPENDENCIA = "dependencia"


class Semaforo(StrEnum):
    """Banda de cumplimiento; «sin certeza» cuando lo no reportado puede cambiar la banda."""

    CRITICO = "critico"
    BAJO = "bajo"
    MEDIO = "medio"
    SATISFACTORIO = "satisfactorio"
    SOBRESALIENTE = "sobresaliente"
    SIN_CERTEZA = "sin_certeza"
    NO_PROGRAMADA = "no_programada"


@dataclass(frozen=True, slots=True, kw_only=True)
class Corte:
    """Vigencia y periodo de un seguimiento.

    >>> str(Corte(vigencia=2025, periodo=Periodo.T3))
    '2025-T3'
    """

    vigencia: int
    periodo: Periodo

    def __str__(self) -> str:
        return f"{self.vigencia}-{self.periodo}"

    @property
    def fecha(self) -> date:
        """Último día del periodo.

        >>> Corte(vigencia=2025, periodo=Periodo.T2).fecha
        datetime.date(2025, 6, 30)
        """
        mes, dia = {1: (3, 31), 2: (6, 30), 3: (9, 30), 4: (12, 31)}[self.periodo.numero]
        return date(self.vigencia, mes, dia)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hallazgo:
    """Algo que un enlace debe corregir o conocer, con su celda y su remedio.

    Las columnas de la tabla `hallazgos` son estos campos, en este orden.
    """

    regla: str
    severidad: Severidad
    alcance: str  # "libro" o "fila"
    instrumento: str
    mensaje: str
    accion: str
    dependencia: str | None = None
    archivo: str | None = None
    sha256: str | None = None
    hoja: str | None = None
    fila: int | None = None
    celda: str | None = None
    columna: str | None = None
    codigo_meta: str | None = None
    vigencia: int | None = None
    valor: str | None = None

    def __str__(self) -> str:
        lugar = " › ".join(parte for parte in (self.archivo, self.hoja, self.celda) if parte)
        return f"{lugar}: {self.mensaje} {self.accion}" if lugar else f"{self.mensaje} {self.accion}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bandas:
    """Límites inferiores de cada banda del semáforo, como razón.

    Por defecto, las cinco bandas de la Evaluación del Desempeño Integral del DNP.
    """

    bajo: float = 0.40
    medio: float = 0.60
    satisfactorio: float = 0.70
    sobresaliente: float = 0.80


@dataclass(frozen=True, slots=True, kw_only=True)
class Metodo:
    """Opciones del método; cada informe las imprime (ver `docs/metodologia.md`).

    `tope` es None cuando no hay tope. Los textos admitidos los valida `config`.
    """

    nombre: str = "propio"
    tope: float | None = 1.0
    no_programada: str = "excluir"  # excluir | cero
    sin_reporte: str = "cero"  # cero | excluir
    agregacion: str = "ponderada"  # ponderada | simple | por_conteo
    denominador_mantenimiento: str = "cuatrienio"  # cuatrienio | transcurrido
    capacidad_descuenta_linea_base: bool = True
    esperado: str = "perfil"  # perfil | lineal
    ejecucion_financiera: str = "obligaciones/definitiva"
    eficiencia_minima: float = 0.10
    bandas: Bandas = field(default_factory=Bandas)
