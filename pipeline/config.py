"""Configuración de la entidad (`seguimiento.toml`): leerla, validarla y ubicar sus carpetas."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from pipeline.errores import ErrorConfiguracion
from pipeline.explicacion import Seccion, explicar_validacion, lugar_del_error, parecido
from pipeline.modelo import Bandas, Corte, Metodo, Periodo

CodigoDeInstrumento = Literal["pi", "poai", "pa"]
ARCHIVO = "seguimiento.toml"
PAQUETE = Path(__file__).parent


def _como_corte(texto: str) -> str:
    """El mismo texto si nombra un corte: uno mal escrito no coincide con ninguno y se ignoraría."""
    if not re.fullmatch(r"\d{4}-T[1-4]", texto):
        raise ValueError(f"«{texto}» no es un corte; escríbalo como 2025-T1")
    return texto


NombreDeCorte = Annotated[str, AfterValidator(_como_corte)]


class Entidad(Seccion):
    """Entidad territorial y plan al que se hace seguimiento."""

    nombre: str
    dane: Annotated[str, Field(pattern=r"^\d{5}$")]
    departamento: str
    nit: str = ""
    plan: str
    cuatrienio: tuple[int, int]
    oficina: str
    procedimiento: str = "PRO-PET-07"
    version_procedimiento: str = "02"

    @property
    def vigencias(self) -> tuple[int, ...]:
        """Las vigencias del cuatrienio."""
        return tuple(range(self.cuatrienio[0], self.cuatrienio[1] + 1))


class Dependencia(Seccion):
    """Secretaría o ente descentralizado que entrega libros."""

    codigo: Annotated[str, Field(pattern=r"^[A-Z0-9]{2,12}$")]
    nombre: str
    clase: Literal["secretaria", "oficina", "ente_descentralizado"] = "secretaria"
    alias: tuple[str, ...] = ()
    responsable: str = ""


class Calendario(Seccion):
    """Plazos de entrega. PRO-PET-07 no los fija: son configuración de la entidad."""

    dias_habiles_de_plazo: Annotated[int, Field(ge=0, le=60)] = 10
    vencimientos: dict[NombreDeCorte, date] = {}
    # Cortes que la entidad sigue; vacío: los cuatro trimestres.
    cortes: tuple[Literal["T1", "T2", "T3", "T4"], ...] = ("T1", "T2", "T3", "T4")
    # Días hábiles después del vencimiento en que todavía se recibe, marcado como tardío.
    dias_habiles_de_gracia: Annotated[int, Field(ge=0, le=60)] = 5
    # Días hábiles, después de la gracia, en que el Grupo verifica, devuelve y cierra.
    dias_habiles_de_verificacion: Annotated[int, Field(ge=0, le=60)] = 10


class Corrida(Seccion):
    """Cómo se ejecutan los cuadernos."""

    segundos_por_celda: Annotated[int, Field(ge=1, le=86400)] = 900


class Avisos(Seccion):
    """A quién avisar si una corrida falla: una orden externa y sus argumentos, sin intérprete de órdenes."""

    orden: tuple[str, ...] = ()


class Entregas(Seccion):
    """Quién entrega y con qué formato se lee cada instrumento."""

    instrumentos: tuple[CodigoDeInstrumento, ...] = ("pi",)
    # Primer corte de los que no se siguen desde el comienzo del cuatrienio: antes de él no se piden.
    desde: dict[CodigoDeInstrumento, NombreDeCorte] = {}
    formato_pi: str = "pi_propio"
    formato_poai: str = "poai_propio"
    formato_pa: str = "pa_for08"
    consolidada_por: str | None = None

    def seguidos(self, corte: Corte) -> tuple[CodigoDeInstrumento, ...]:
        """Los instrumentos que se piden en ese corte."""
        return tuple(i for i in self.instrumentos if self.desde.get(i, "") <= str(corte))

    def formato(self, instrumento: str) -> str:
        """Nombre del formato con que se lee ese instrumento; ErrorConfiguracion si no es pi, poai o pa."""
        formatos = {"pi": self.formato_pi, "poai": self.formato_poai, "pa": self.formato_pa}
        if instrumento not in formatos:
            raise ErrorConfiguracion(
                f"no existe el instrumento «{instrumento}»", remedio=parecido(instrumento, list(formatos))
            )
        return formatos[instrumento]


class Calidad(Seccion):
    """Umbrales de la puerta de calidad."""

    proporcion_para_devolver: Annotated[float, Field(ge=0, le=1)] = 0.20


class ConfigBandas(Seccion):
    """Límites inferiores de las bandas del semáforo (razón)."""

    bajo: float = 0.40
    medio: float = 0.60
    satisfactorio: float = 0.70
    sobresaliente: float = 0.80

    @model_validator(mode="after")
    def _crecientes(self) -> ConfigBandas:
        limites = [self.bajo, self.medio, self.satisfactorio, self.sobresaliente]
        if limites != sorted(set(limites)) or limites[0] <= 0:
            raise ValueError("los límites de las bandas deben ser positivos y crecientes")
        return self


EjecucionFinanciera = Literal[
    "obligaciones/definitiva", "compromisos/definitiva", "pagos/definitiva", "obligaciones/programado_pi"
]
PREDETERMINADOS: dict[str, dict[str, Any]] = {
    "propio": {},
    "dnp": {
        "tope": "sin_tope",
        "sin_reporte": "excluir",
        "agregacion": "simple",
        "capacidad_descuenta_linea_base": False,
        "esperado": "lineal",
        "ejecucion_financiera": "obligaciones/programado_pi",
    },
}


class ConfigMetodo(Seccion):
    """Opciones del método de cálculo (ver docs/metodologia.md)."""

    predeterminado: Literal["propio", "dnp"] = "propio"
    tope: Literal["sin_tope"] | Annotated[float, Field(ge=1.0, le=2.0)] = 1.0
    no_programada: Literal["excluir", "cero"] = "excluir"
    sin_reporte: Literal["cero", "excluir"] = "cero"
    agregacion: Literal["ponderada", "simple", "por_conteo"] = "ponderada"
    denominador_mantenimiento: Literal["cuatrienio", "transcurrido"] = "cuatrienio"
    capacidad_descuenta_linea_base: bool = True
    esperado: Literal["perfil", "lineal"] = "perfil"
    ejecucion_financiera: EjecucionFinanciera = "obligaciones/definitiva"
    eficiencia_minima: Annotated[float, Field(ge=0, le=1)] = 0.10
    bandas: ConfigBandas = ConfigBandas()

    @model_validator(mode="before")
    @classmethod
    def _completar(cls, datos: Any) -> Any:
        if not isinstance(datos, dict):
            return datos
        base = PREDETERMINADOS.get(str(datos.get("predeterminado", "propio")), {})
        return {**base, **datos}

    def metodo(self) -> Metodo:
        """Las mismas opciones como valor del dominio, que es lo que reciben los cálculos."""
        opciones = self.model_dump(exclude={"predeterminado", "bandas", "tope"})
        return Metodo(
            nombre=self.predeterminado,
            tope=None if self.tope == "sin_tope" else float(self.tope),
            bandas=Bandas(**self.bandas.model_dump()),
            **opciones,
        )


class Umbrales(Seccion):
    """Umbrales de las alertas tempranas (razones y cortes), con su porqué en docs/reglas.md."""

    rezago: Annotated[float, Field(gt=0, le=1)] = 0.75
    rezago_critico: Annotated[float, Field(gt=0, le=1)] = 0.50
    sobre_ejecucion: Annotated[float, Field(ge=1)] = 1.20
    dinero_sin_avance: Annotated[float, Field(ge=0, le=1)] = 0.30
    avance_sin_dinero: Annotated[float, Field(ge=0, le=1)] = 0.10
    # Práctica del Grupo: dos cortes sin reporte es medio año; tres valores iguales, los mismos de HIS-03.
    cortes_sin_reporte: Annotated[int, Field(ge=2)] = 2
    cortes_sin_cambio: Annotated[int, Field(ge=2)] = 3
    # Proyección de cierre menor que 80 % (Valle del Cauca, S12b; banda «sobresaliente» de la EDI).
    proyeccion: Annotated[float, Field(gt=0, le=1)] = 0.80
    # Lo más a que puede llegar la meta del cuatrienio con lo programado que falta; cinco puntos de holgura.
    maximo_cuatrienio: Annotated[float, Field(gt=0, le=1)] = 0.95
    # Parte de la vigencia que el programa deja para el último trimestre.
    cuarto_trimestre: Annotated[float, Field(gt=0, le=1)] = 0.50
    # Valle del Cauca, alerta tipo 3: la meta cumple y sus actividades no.
    meta_cumplida: Annotated[float, Field(gt=0)] = 0.95
    actividades_bajas: Annotated[float, Field(ge=0, le=1)] = 0.30
    # Ejecución presupuestal desde el tercer trimestre (reservas: Decreto 111 de 1996, art. 78).
    cdp_sin_compromiso: Annotated[float, Field(ge=0, le=1)] = 0.30
    compromisos_bajos: Annotated[float, Field(ge=0, le=1)] = 0.50
    pagos_bajos: Annotated[float, Field(ge=0, le=1)] = 0.60
    reservas_en_riesgo: Annotated[float, Field(ge=0, le=1)] = 0.30
    # Lo apropiado frente a los recursos que programó el plan (Valle del Cauca, P7, en los dos sentidos).
    poai_bajo_programa: Annotated[float, Field(ge=0, le=1)] = 0.80
    poai_sobre_programa: Annotated[float, Field(ge=1)] = 1.20


class Config(Seccion):
    """Configuración completa de una entidad."""

    entidad: Entidad
    dependencias: tuple[Dependencia, ...]
    calendario: Calendario = Calendario()
    entregas: Entregas = Entregas()
    calidad: Calidad = Calidad()
    metodo: ConfigMetodo = ConfigMetodo()
    umbrales: Umbrales = Umbrales()
    corrida: Corrida = Corrida()
    avisos: Avisos = Avisos()
    techos: dict[str, float] = {}  # plan financiero: pesos de la vigencia por código de fuente

    @field_validator("dependencias")
    @classmethod
    def _sin_repetir(cls, dependencias: tuple[Dependencia, ...]) -> tuple[Dependencia, ...]:
        codigos = [d.codigo for d in dependencias]
        repetidos = sorted({c for c in codigos if codigos.count(c) > 1})
        if repetidos or not codigos:
            raise ValueError(f"códigos de dependencia repetidos o ausentes: {', '.join(repetidos)}")
        return dependencias

    @model_validator(mode="after")
    def _referencias(self) -> Config:
        consolidada = self.entregas.consolidada_por
        if consolidada and consolidada not in {d.codigo for d in self.dependencias}:
            raise ValueError(f"entregas.consolidada_por: no existe la dependencia {consolidada}")
        return self

    @model_validator(mode="after")
    def _cortes_del_cuatrienio(self) -> Config:
        nombrados = [("calendario.vencimientos", corte) for corte in self.calendario.vencimientos]
        nombrados += [("entregas.desde", corte) for corte in self.entregas.desde.values()]
        for clave, corte in nombrados:
            if int(corte[:4]) not in self.entidad.vigencias:
                raise ValueError(f"«{clave}»: el corte «{corte}» está fuera del cuatrienio")
        return self

    def dependencia(self, codigo: str) -> Dependencia:
        """La dependencia con ese código; ErrorConfiguracion con la más parecida si no existe."""
        por_codigo = {d.codigo: d for d in self.dependencias}
        if codigo not in por_codigo:
            raise ErrorConfiguracion(
                f"no existe la dependencia «{codigo}»", remedio=parecido(codigo, list(por_codigo))
            )
        return por_codigo[codigo]

    def dependencias_que_entregan(self) -> tuple[Dependencia, ...]:
        """Las que deben entregar libro en cada corte (una sola si la entrega es consolidada)."""
        if self.entregas.consolidada_por:
            return (self.dependencia(self.entregas.consolidada_por),)
        return self.dependencias


@dataclass(frozen=True)
class Rutas:
    """Dónde está cada cosa bajo la raíz de una entidad."""

    raiz: Path

    @cached_property
    def crudos(self) -> Path:
        """Libros recibidos: solo se agrega, nunca se edita."""
        return self.raiz / "data" / "raw"

    def crudos_corte(self, corte: Corte, instrumento: str) -> Path:
        """Libros de un instrumento en un corte, en una carpeta por dependencia."""
        return self.crudos / str(corte.vigencia) / corte.periodo.value / instrumento

    @property
    def crudos_plan(self) -> Path:
        """Libros del plan de desarrollo."""
        return self.crudos / "plan"

    @property
    def marca_demostracion(self) -> Path:
        """Archivo que deja `seguimiento demo` para que todo informe rotule los datos como sintéticos."""
        return self.crudos / "demostracion.json"

    @property
    def es_demostracion(self) -> bool:
        """Si los libros de esta raíz son los sintéticos de demostración."""
        return self.marca_demostracion.is_file()

    def procesados(self, corte: Corte) -> Path:
        """Tablas del corte; se pueden borrar y rehacer."""
        return self.raiz / "data" / "processed" / str(corte.vigencia) / corte.periodo.value

    def informes(self, corte: Corte) -> Path:
        """Informes publicados del corte; se pueden borrar y rehacer."""
        return self.raiz / "reports" / str(corte.vigencia) / corte.periodo.value

    @property
    def cuadernos(self) -> Path:
        """Cuadernos de la entidad si tiene los suyos; si no, los del proyecto."""
        return _propia_o_del_proyecto(self.raiz, "notebooks")

    @property
    def expectativas(self) -> Path:
        """Reglas de calidad de la entidad si tiene las suyas; si no, las del proyecto."""
        return _propia_o_del_proyecto(self.raiz, "expectations", "*.yml")

    def correcciones(self, vigencia: int) -> Path:
        """Correcciones declaradas por la entidad para una vigencia; puede no existir."""
        return self.raiz / "expectations" / "correcciones" / f"{vigencia}.yml"

    @property
    def formatos(self) -> Path:
        """Formatos de lectura propios de la entidad (además de los del paquete)."""
        return self.raiz / "formatos"


def _propia_o_del_proyecto(raiz: Path, nombre: str, patron: str = "*") -> Path:
    for candidata in (raiz / nombre, PAQUETE.parent / nombre, PAQUETE / "recursos" / nombre):
        if candidata.is_dir() and any(candidata.glob(patron)):
            return candidata
    raise ErrorConfiguracion(f"no se encuentra la carpeta {nombre}", remedio="Reinstale el proyecto")


def hallar_raiz(desde: Path) -> Path:
    """La carpeta de la entidad: la primera hacia arriba que tiene seguimiento.toml.

    Así los cuadernos corren igual desde la raíz que desde notebooks/ en JupyterLab.
    """
    for carpeta in (desde.resolve(), *desde.resolve().parents):
        if (carpeta / ARCHIVO).is_file():
            return carpeta
    raise ErrorConfiguracion(
        f"no se encuentra {ARCHIVO} en la carpeta actual ni más arriba",
        remedio="Indique la carpeta de la entidad con --raiz",
    )


def cargar_config(raiz: Path) -> Config:
    """Configuración validada de la entidad en `raiz`.

    Levanta ErrorConfiguracion: carpeta o archivo ausente, TOML mal escrito, valor fuera de rango o clave
    desconocida (con el nombre válido más parecido).
    """
    ruta = raiz / ARCHIVO
    if not raiz.is_dir():
        raise ErrorConfiguracion(f"no existe la carpeta «{raiz}»", remedio="Revise la ruta que indicó")
    try:
        datos = tomllib.loads(ruta.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ErrorConfiguracion(
            f"no existe {ARCHIVO} en la carpeta «{raiz.resolve().name}»",
            remedio="Indique la carpeta de la entidad con --raiz, o vea un ejemplo con «seguimiento demo»",
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ErrorConfiguracion(
            f"TOML mal escrito {lugar_del_error(error)}",
            archivo=ARCHIVO,
            remedio="Revise ahí comillas, corchetes y el signo «=»",
        ) from error
    try:
        return Config.model_validate(datos)
    except ValidationError as error:
        raise ErrorConfiguracion(explicar_validacion(error, Config), archivo=ARCHIVO) from error


def leer_corte(vigencia: int, periodo: str, config: Config) -> Corte:
    """Corte validado contra el cuatrienio; ErrorConfiguracion si la vigencia o el periodo no existen."""
    if periodo not in Periodo.__members__:
        raise ErrorConfiguracion(
            f"no existe el periodo «{periodo}»", remedio=parecido(periodo.upper(), list(Periodo.__members__))
        )
    if vigencia not in config.entidad.vigencias:
        inicio, fin = config.entidad.cuatrienio
        raise ErrorConfiguracion(
            f"la vigencia {vigencia} está fuera del cuatrienio", remedio=f"Use una entre {inicio} y {fin}"
        )
    return Corte(vigencia=vigencia, periodo=Periodo(periodo))
