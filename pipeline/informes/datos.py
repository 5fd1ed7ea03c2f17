"""Las tablas de un corte como las muestran los informes: filtradas, ordenadas y contadas. No redacta."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline import manifiesto
from pipeline.config import Config, Rutas, cargar_config, hallar_raiz, leer_corte
from pipeline.errores import ErrorInforme
from pipeline.esquemas import (
    Alcance,
    alcance_actual,
    con_alcance,
    crear_tabla,
    leer_tabla,
    sin_declarar,
)
from pipeline.informes.tajada import tajada
from pipeline.modelo import Corte, EstadoEntrega, EstadoReporte, Nivel, Semaforo

ETAPAS = {
    "recursos_programados_cop": "Programado en el plan",
    "apropiacion_inicial_cop": "Apropiación inicial",
    "apropiacion_definitiva_cop": "Apropiación definitiva",
    "cdp_cop": "Disponibilidades (CDP)",
    "compromisos_cop": "Compromisos",
    "obligaciones_cop": "Obligaciones",
    "pagos_cop": "Pagos",
}
TRAZAS = ("trazas", "trazas_nodos", "insumos")
TABLAS = ("plan", "entregas", "hallazgos", "metas", "indices", "alertas", *TRAZAS)
ORDEN_DE_SEVERIDAD = {"bloquea": 0, "observa": 1, "informa": 2, "alta": 0, "media": 1, "baja": 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class DatosInforme:
    """Un corte abierto para leer; con `dependencia`, solo lo de ella.

    Las tablas traen las columnas de su esquema. Las vistas no cambian valores: filtran, ordenan y cuentan.
    """

    config: Config
    corte: Corte
    es_demostracion: bool
    dependencia: str
    plan: pd.DataFrame
    entregas: pd.DataFrame
    hallazgos: pd.DataFrame
    metas: pd.DataFrame
    indices: pd.DataFrame
    alertas: pd.DataFrame
    trazas: pd.DataFrame = field(default_factory=lambda: crear_tabla("trazas"))
    trazas_nodos: pd.DataFrame = field(default_factory=lambda: crear_tabla("trazas_nodos"))
    origenes: pd.DataFrame = field(default_factory=lambda: crear_tabla("insumos"))

    @property
    def nombre(self) -> str:
        """De quién es el informe: la dependencia o la entidad."""
        return (
            self.config.dependencia(self.dependencia).nombre
            if self.dependencia
            else self.config.entidad.nombre
        )

    @property
    def rotulo_corte(self) -> str:
        """Corte como se escribe en subtítulos."""
        return f"{self.nombre}, {self.corte.vigencia} {self.corte.periodo}"

    @property
    def resumen(self) -> dict[str, Any]:
        """Fila de `indices` del plan, o de la dependencia; vacía si no tiene metas en el plan."""
        nivel, codigo = (Nivel.DEPENDENCIA, self.dependencia) if self.dependencia else (Nivel.PLAN, None)
        filas = self.indices[self.indices["nivel"] == nivel]
        if codigo:
            filas = filas[filas["codigo"] == codigo]
        return dict(filas.iloc[0]) if len(filas) else {}

    def nivel(self, nombre: str) -> pd.DataFrame:
        """Índices de un nivel en el orden del plan; las dependencias, de mayor a menor avance.

        Agrega `con_reporte`: «52 de 62» metas programadas.
        """
        filas = self.indices[self.indices["nivel"] == Nivel(nombre)]
        filas = filas.assign(
            con_reporte=filas["n_reportadas"].astype("str") + " de " + filas["n_programadas"].astype("str")
        )
        if nombre == Nivel.DEPENDENCIA:
            return filas.sort_values(["avance", "codigo"], ascending=[False, True], na_position="last")
        return _ordenar_por_codigo(filas, "codigo")

    @property
    def bandas(self) -> pd.DataFrame:
        """Metas por banda del semáforo, en su orden: `semaforo`, `n_metas` y `proporcion` del total."""
        cuenta = self.metas["semaforo"].value_counts()
        filas = [(s.value, int(cuenta.get(s.value, 0))) for s in Semaforo]
        bandas = pd.DataFrame(filas, columns=["semaforo", "n_metas"])
        return bandas.assign(proporcion=bandas["n_metas"] / max(len(self.metas), 1))

    @property
    def cadena(self) -> pd.DataFrame:
        """Cadena del gasto: `etapa`, `valor_cop` y `razon` sobre la definitiva; vacía si no hay dinero."""
        resumen = self.resumen
        definitiva = float(resumen.get("apropiacion_definitiva_cop", float("nan")))
        filas = [(nombre, resumen.get(campo)) for campo, nombre in ETAPAS.items()]
        cadena = pd.DataFrame(filas, columns=["etapa", "valor_cop"]).astype({"valor_cop": "float64"})
        previas = cadena["etapa"].isin(["Programado en el plan", "Apropiación inicial"])
        razon = cadena["valor_cop"] / (definitiva if definitiva > 0 else float("nan"))
        completa = cadena.assign(razon=razon.mask(previas))
        return completa if cadena["valor_cop"].notna().any() else completa.iloc[:0]

    def metas_en_estado(self, estado: str) -> pd.DataFrame:
        """Metas con ese `estado_reporte`, por dependencia y código."""
        return self._ordenar_metas(self.metas[self.metas["estado_reporte"] == EstadoReporte(estado)])

    @property
    def metas_sobre_ejecutadas(self) -> pd.DataFrame:
        """Metas con avance crudo mayor que 1, de mayor a menor."""
        filas = self.metas[self.metas["avance_crudo"] > 1]
        return filas.sort_values(["avance_crudo", "codigo_meta"], ascending=[False, True])

    @property
    def matriz(self) -> pd.DataFrame:
        """Todas las metas en el orden del plan."""
        return _ordenar_por_codigo(self.metas, "codigo_meta")

    @property
    def metas_rezagadas(self) -> pd.DataFrame:
        """Metas en banda crítica o baja, de menor a mayor ritmo."""
        filas = self.metas[self.metas["semaforo"].isin([Semaforo.CRITICO, Semaforo.BAJO])]
        return filas.sort_values(["ritmo", "codigo_meta"], na_position="first")

    @property
    def alertas_ordenadas(self) -> pd.DataFrame:
        """Alertas abiertas, de mayor a menor prioridad."""
        abiertas = self.alertas[self.alertas["estado"] != "resuelta"]
        return _por_severidad(abiertas, ["dependencia", "regla", "codigo"])

    @property
    def alertas_de_prioridad_alta(self) -> pd.DataFrame:
        """Las abiertas que no pueden esperar."""
        altas: pd.DataFrame = self.alertas_ordenadas[self.alertas_ordenadas["severidad"] == "alta"]
        return altas

    @property
    def alertas_por_regla(self) -> pd.DataFrame:
        """Número de alertas por regla y prioridad."""
        grupos = self.alertas_ordenadas.groupby(["nombre_regla", "severidad"], sort=False, dropna=False)
        return grupos.size().rename("n_alertas").reset_index()

    @property
    def hallazgos_ordenados(self) -> pd.DataFrame:
        """Hallazgos por efecto, libro, hoja y fila; los que bloquean, primero."""
        return _por_severidad(self.hallazgos, ["archivo", "hoja", "fila", "celda", "regla"])

    @property
    def hallazgos_por_regla(self) -> pd.DataFrame:
        """Por regla: efecto, cuántos, en cuántos libros y un ejemplo del mensaje."""
        grupos = self.hallazgos_ordenados.groupby(["severidad", "regla"], sort=False)
        cuenta = grupos.agg(
            n_hallazgos=("mensaje", "size"), n_libros=("archivo", "nunique"), ejemplo=("mensaje", "first")
        )
        return _por_severidad(cuenta.reset_index(), ["n_hallazgos", "regla"], ascendente=False)

    @property
    def entregas_vigentes(self) -> pd.DataFrame:
        """La última entrega de cada dependencia, o su ausencia."""
        vigentes = self.entregas[self.entregas["estado"] != EstadoEntrega.REEMPLAZADA]
        return vigentes.sort_values(["nombre_dependencia", "instrumento", "version"])

    @property
    def insumos(self) -> pd.DataFrame:
        """Manifiesto de insumos: `libro`, `contenido`, `recibido_en`, `sha256`.

        El plan, las entregas y los demás libros de donde salió alguna cifra (cierres de otras vigencias).
        """
        plan = (
            self.plan[["archivo", "sha256"]]
            .drop_duplicates()
            .assign(contenido="Plan de desarrollo", recibido_en="")
        )
        libros = self.entregas[self.entregas["sha256"].notna()]
        entregas = pd.DataFrame(
            {
                "archivo": libros["archivo"],
                "sha256": libros["sha256"],
                "contenido": "Seguimiento de " + libros["nombre_dependencia"].fillna(libros["dependencia"]),
                "recibido_en": libros["recibido_en"].str.slice(0, 16).str.replace("T", " "),
            }
        ).sort_values(["contenido", "recibido_en"])
        conocidos = {*plan["sha256"], *entregas["sha256"]}
        otros = self.origenes[~self.origenes["sha256"].isin(conocidos)]
        otros = otros[["archivo", "sha256"]].drop_duplicates("sha256").sort_values("archivo")
        otros = otros.assign(contenido="Cierre de vigencias anteriores", recibido_en="")
        insumos = pd.concat([plan.sort_values("archivo"), entregas, otros], ignore_index=True)
        return insumos.rename(columns={"archivo": "libro"})

    @property
    def versiones(self) -> pd.DataFrame:
        """Bibliotecas que intervienen en el cálculo y la publicación, con su versión instalada."""
        return pd.DataFrame([*manifiesto.versiones().items()], columns=["biblioteca", "version"])

    def _ordenar_metas(self, filas: pd.DataFrame) -> pd.DataFrame:
        ordenadas = _ordenar_por_codigo(filas, "codigo_meta")
        return ordenadas.sort_values("nombre_dependencia", kind="stable", na_position="last")


def abrir_corte(
    vigencia: int, periodo: str, dependencia: str = "", *, instrumento: str = "pi"
) -> DatosInforme:
    """Datos del corte de la entidad en que se trabaja (la carpeta con seguimiento.toml, hacia arriba).

    Con `dependencia` (su código) entrega solo la tajada que es suya: de nada más puede depender su ficha, y
    por eso no se rehace cuando cambia el libro de otra. Las entregas son las de `instrumento`; los hallazgos,
    los de sus libros y los del plan.

    Levanta ErrorConfiguracion si el corte o la dependencia no existen y ErrorEntorno si falta calcularlo.
    """
    raiz = hallar_raiz(Path.cwd())
    config = cargar_config(raiz)
    corte = leer_corte(vigencia, periodo, config)
    rutas = Rutas(raiz)
    tablas = leer_tablas(rutas.procesados(corte))
    for nombre, instrumentos in (("entregas", [instrumento]), ("hallazgos", [instrumento, "plan"])):
        if nombre in tablas:
            tablas[nombre] = _de(tablas[nombre], instrumentos)
    if dependencia:
        config.dependencia(dependencia)
        de_quien = dict(zip(tablas["metas"]["codigo_meta"], tablas["metas"]["dependencia"], strict=True))
        tablas = tajada(tablas, dependencia, de_quien)
    completas = {nombre: tablas.get(nombre, _sin_declarar(nombre)) for nombre in TABLAS}
    completas["origenes"] = completas.pop("insumos")
    return DatosInforme(
        config=config,
        corte=corte,
        dependencia=dependencia,
        es_demostracion=rutas.es_demostracion,
        **completas,
    )


def _de(tabla: pd.DataFrame, instrumentos: Sequence[str]) -> pd.DataFrame:
    elegidas: pd.DataFrame = tabla[tabla["instrumento"].isin(instrumentos)]
    return elegidas.reset_index(drop=True)


@dataclass(frozen=True, slots=True)
class _SinDeclarar:
    """En el lugar de una tabla que el informe no declaró: usarla dice cuál es y dónde declararla."""

    _alcance: Alcance
    _tabla: str

    def __getattr__(self, _: str) -> Any:
        raise sin_declarar(self._alcance, self._tabla)

    def __getitem__(self, _: object) -> Any:
        raise sin_declarar(self._alcance, self._tabla)

    def __len__(self) -> int:
        raise sin_declarar(self._alcance, self._tabla)


def _sin_declarar(tabla: str) -> Any:
    alcance = alcance_actual()
    return None if alcance is None else _SinDeclarar(alcance, tabla)


def leer_tablas(procesados: Path) -> dict[str, pd.DataFrame]:
    """Las tablas del corte que leen los informes; mientras sus archivos no cambien, se leen una vez.

    Los procesos que hacen informes las leen antes de bifurcarse: cada cuaderno las hereda ya leídas. Dentro
    de un alcance (`esquemas.con_alcance`) solo están las que declara.
    """
    alcance = alcance_actual()
    leidas = {}
    for nombre in TABLAS if alcance is None else [n for n in TABLAS if n in alcance.tablas]:
        ruta = procesados / f"{nombre}.parquet"
        estado = (ruta.stat().st_mtime_ns, ruta.stat().st_size) if ruta.is_file() else None
        tabla = _leer_tabla(procesados, nombre, estado).copy(deep=False)
        leidas[nombre] = tabla if alcance is None else alcance.recortar(nombre, tabla, procesados)
    return leidas


@lru_cache(maxsize=len(TABLAS))
def _leer_tabla(procesados: Path, nombre: str, _estado: tuple[int, int] | None) -> pd.DataFrame:
    with con_alcance(None):  # se recuerda entera: la usan informes de distinto alcance
        return leer_tabla(nombre, procesados)


def exigir_dependencia(datos: DatosInforme) -> DatosInforme:
    """Los mismos datos si son de una dependencia; ErrorInforme si el informe se pidió sin ella."""
    if not datos.dependencia:
        raise ErrorInforme("este informe necesita una dependencia", remedio="Pase el parámetro «dependencia»")
    return datos


def _por_severidad(filas: pd.DataFrame, luego: list[str], *, ascendente: bool = True) -> pd.DataFrame:
    con_orden = filas.assign(_orden=filas["severidad"].map(ORDEN_DE_SEVERIDAD).astype("Int64"))
    sentido = [True] + [ascendente] * len(luego)
    return con_orden.sort_values(["_orden", *luego], ascending=sentido, kind="stable").drop(columns="_orden")


def _ordenar_por_codigo(filas: pd.DataFrame, columna: str) -> pd.DataFrame:
    return filas.sort_values(columna, key=lambda c: c.map(clave_de_codigo), kind="stable")


def clave_de_codigo(codigo: object) -> str:
    """Código con sus números rellenados, para que 1.10 vaya después de 1.9.

    >>> sorted(["1.10", "1.9", "M2"], key=clave_de_codigo)
    ['1.9', '1.10', 'M2']
    """
    return re.sub(r"\d+", lambda n: n.group().zfill(15), str(codigo))
