"""Para explorar en JupyterLab: un corte en una línea, SQL sobre todos y otro método. No escribe nada."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import ValidationError

from pipeline.config import PAQUETE, Config, ConfigMetodo, Rutas, cargar_config, hallar_raiz
from pipeline.errores import ErrorConfiguracion, ErrorEntorno
from pipeline.esquemas import crear_tabla, esquema, leer_tabla, nombres_de_tablas
from pipeline.explicacion import explicar_validacion, parecido
from pipeline.indices import calcular_indices
from pipeline.indices.metas import remedir
from pipeline.informes import DatosInforme, abrir_corte
from pipeline.informes.bloques import Bloque
from pipeline.libros import columnas_de, titulo_de
from pipeline.modelo import Corte, Nivel, Periodo
from pipeline.tablas import Columna, Tabla, tabla

__all__ = ["CorteAbierto", "abrir", "consultar", "cortes", "estilo", "filtrar", "ver"]
MARCA = "metas.parquet"  # la tabla que tiene todo corte calculado
CORTE = "del_corte"
"""Columna que `consultar` agrega a todas las tablas: el corte que la guardó («2025-T3»)."""
FORMATOS = {
    "entero": "entero", "numero": "numero", "dinero": "pesos", "razon": "porcentaje", "codigo": "codigo",
}  # fmt: skip
PROPIOS = {"semaforo": "semaforo", "oficial": "porcentaje", "con_otro_metodo": "porcentaje"}
ESTILO = PAQUETE / "recursos" / "exploracion.css"


@dataclass(frozen=True, slots=True, kw_only=True)
class CorteAbierto:
    """Un corte ya calculado. Sus tablas son atributos: `corte.metas`, `corte.indices_poai`, `corte.alertas`.

    Con Tab después del punto salen todas. `corte.tablas` dice qué es cada una, `corte.columnas("metas")` qué
    trae cada columna y `corte.datos` da las vistas que usan los informes (`corte.datos.metas_rezagadas`).
    """

    config: Config
    corte: Corte
    carpeta: Path

    def __getattr__(self, nombre: str) -> pd.DataFrame:
        if nombre.startswith("_"):
            raise AttributeError(nombre)
        if nombre not in nombres_de_tablas():
            cerca = parecido(nombre, [*nombres_de_tablas(), *dir(type(self))])
            raise AttributeError(f"el corte no tiene «{nombre}». {cerca}")
        # Vacía y no un error: una entidad que no sigue el POAI no tiene con qué llenarla.
        hay = (self.carpeta / f"{nombre}.parquet").is_file()
        return leer_tabla(nombre, self.carpeta) if hay else crear_tabla(nombre)

    def __dir__(self) -> list[str]:
        return sorted({*object.__dir__(self), *nombres_de_tablas()})

    def __repr__(self) -> str:
        return f"{self.rotulo} · {len(self.tablas)} tablas: escriba corte. y pulse Tab"

    @property
    def rotulo(self) -> str:
        """De quién es y de qué corte, como va en los subtítulos de las figuras."""
        return f"{self.config.entidad.nombre}, {self.corte.vigencia} {self.corte.periodo}"

    @property
    def tablas(self) -> pd.DataFrame:
        """Las tablas guardadas: `tabla`, `filas` y `descripcion`."""
        nombres = [n for n in nombres_de_tablas() if (self.carpeta / f"{n}.parquet").is_file()]
        filas = [(n, len(getattr(self, n)), esquema(n).descripcion) for n in nombres]
        return pd.DataFrame(filas, columns=["tabla", "filas", "descripcion"])

    @property
    def datos(self) -> DatosInforme:
        """El corte como lo ven los informes, con sus vistas ya filtradas y ordenadas."""
        return abrir_corte(self.corte.vigencia, self.corte.periodo.value)

    def columnas(self, nombre: str) -> pd.DataFrame:
        """Qué trae una tabla: `columna`, `tipo`, `unidad` y `significado`."""
        if nombre not in nombres_de_tablas():
            raise ErrorConfiguracion(
                f"no existe la tabla «{nombre}»", remedio=parecido(nombre, nombres_de_tablas())
            )
        filas = [(c.nombre, c.tipo, c.unidad, c.significado) for c in esquema(nombre).columnas]
        return pd.DataFrame(filas, columns=["columna", "tipo", "unidad", "significado"])

    def indices_con(self, **opciones: Any) -> pd.DataFrame:
        """La tabla `indices` como sería con otras opciones del método ([metodo] en seguimiento.toml).

        Lo del cuatrienio queda como está, porque pide recalcular todos los cortes. Nada se guarda. Levanta
        ErrorConfiguracion si la opción no existe o no admite ese valor.
        """
        pedidas = {**self.config.metodo.model_dump(), **opciones}
        try:
            metodo = ConfigMetodo.model_validate(pedidas).metodo()
        except ValidationError as error:
            raise ErrorConfiguracion(explicar_validacion(error, ConfigMetodo)) from error
        remedidas = remedir(self.metas, corte=self.corte, metodo=metodo)
        return calcular_indices(remedidas, corte=self.corte, metodo=metodo)

    def efecto(self, **opciones: Any) -> pd.DataFrame:
        """Cuánto movería el avance cambiar esas opciones: del plan, sus líneas y sus dependencias.

        Columnas: nivel, codigo, nombre, oficial, con_otro_metodo (razones) y puntos (porcentuales); primero
        el plan y, en los demás, lo que más se mueve.
        """
        llave = ["nivel", "codigo"]
        niveles = [Nivel.PLAN.value, Nivel.LINEA.value, Nivel.DEPENDENCIA.value]
        oficiales = self.indices[self.indices["nivel"].isin(niveles)]
        otros = self.indices_con(**opciones)[[*llave, "avance"]]
        junto = oficiales[[*llave, "nombre", "avance"]].merge(otros, on=llave, suffixes=("", "_otro"))
        junto = junto.rename(columns={"avance": "oficial", "avance_otro": "con_otro_metodo"})
        junto = junto.assign(puntos=(junto["con_otro_metodo"] - junto["oficial"]) * 100)
        orden = junto.assign(_nivel=junto["nivel"].map(niveles.index), _cuanto=-junto["puntos"].abs())
        return orden.sort_values(["_nivel", "_cuanto", "codigo"], ignore_index=True)[
            [*llave, "nombre", "oficial", "con_otro_metodo", "puntos"]
        ]


def estilo() -> Bloque:
    """La apariencia de las tablas y las figuras en el cuaderno; va una vez, al comienzo."""
    return Bloque(f"<style>{ESTILO.read_text(encoding='utf-8')}</style>")


def cortes() -> pd.DataFrame:
    """Los cortes calculados, del primero al último: `vigencia`, `periodo`, `metas` y `avance` del plan."""
    rutas = Rutas(hallar_raiz(Path.cwd()))
    filas = []
    for corte in _calculados(rutas):
        indices = leer_tabla("indices", rutas.procesados(corte))
        plan = indices[indices["nivel"] == Nivel.PLAN.value]
        filas.append((corte.vigencia, corte.periodo.value, int(plan["n_metas"].sum()), plan["avance"].max()))
    return pd.DataFrame(filas, columns=["vigencia", "periodo", "metas", "avance"])


def abrir(vigencia: int | None = None, periodo: str = "") -> CorteAbierto:
    """Un corte calculado; sin decir cuál, el último.

    Levanta ErrorEntorno si ese corte (o ninguno) está calculado; el mensaje dice cuáles sí.
    """
    raiz = hallar_raiz(Path.cwd())
    rutas = Rutas(raiz)
    todos = _calculados(rutas)
    elegidos = [c for c in todos if vigencia in (None, c.vigencia) and periodo in ("", c.periodo.value)]
    if not elegidos:
        cuales = ", ".join(map(str, todos)) or "ninguno"
        raise ErrorEntorno(
            f"ese corte no está calculado; lo están: {cuales}",
            remedio="Ejecute «seguimiento calcular» para ese corte",
        )
    return CorteAbierto(
        config=cargar_config(raiz), corte=elegidos[-1], carpeta=rutas.procesados(elegidos[-1])
    )


def filtrar(datos: pd.DataFrame, **condiciones: Any) -> pd.DataFrame:
    """Las filas en que cada columna vale lo que se pide; una lista admite varios valores.

    Levanta ErrorConfiguracion si una columna no existe, con la más parecida.

    >>> tabla = pd.DataFrame({"semaforo": ["bajo", "medio", "critico"], "n": [1, 2, 3]})
    >>> filtrar(tabla, semaforo=["bajo", "critico"])["n"].tolist()
    [1, 3]
    """
    cuales = pd.Series(True, index=datos.index)
    for columna, valor in condiciones.items():
        if columna not in datos.columns:
            raise ErrorConfiguracion(
                f"la tabla no tiene la columna «{columna}»", remedio=parecido(columna, list(datos.columns))
            )
        es_lista = isinstance(valor, list | tuple | set)
        cuales &= datos[columna].isin(list(valor) if es_lista else [valor])
    return datos[cuales].reset_index(drop=True)


def consultar(sql: str) -> pd.DataFrame:
    """Lo que responde DuckDB a una consulta SQL sobre las tablas de todos los cortes calculados.

    Cada tabla trae además `del_corte` («2025-T3»), el corte que la guardó. Levanta ErrorConfiguracion con lo
    que dice DuckDB si la consulta está mal escrita, y ErrorEntorno si no hay cortes calculados.
    """
    import duckdb  # perezoso: quien solo abre un corte no lo necesita

    rutas = Rutas(hallar_raiz(Path.cwd()))
    carpetas = {str(c): rutas.procesados(c) for c in _calculados(rutas)}
    if not carpetas:
        raise ErrorEntorno("no hay cortes calculados", remedio="Ejecute «seguimiento correr»")
    with duckdb.connect(config={"autoinstall_known_extensions": False}) as conexion:
        for nombre in nombres_de_tablas():
            if re.search(rf"\b{nombre}\b", sql):
                conexion.register(nombre, _de_todos_los_cortes(nombre, carpetas))
        try:
            respuesta: pd.DataFrame = conexion.sql(sql).df()
            return respuesta
        except duckdb.Error as error:
            raise ErrorConfiguracion(
                f"DuckDB no pudo con la consulta: {error}",
                remedio="Las tablas son las de corte.tablas; sus columnas, las de corte.columnas(tabla)",
            ) from error


def ver(datos: pd.DataFrame, titulo: str = "Resultado", filas: int = 20) -> Tabla:
    """La tabla como en los informes: títulos y cifras en español. Muestra las primeras `filas`.

    El formato de cada columna es el de su esquema; las que no están en ninguno se muestran como llegan.
    """
    recorte = datos.head(filas)
    visibles = recorte.astype("object").where(recorte.notna(), None)
    mostradas = f"{titulo} ({len(recorte)} de {len(datos)} filas)" if len(datos) > filas else titulo
    columnas = [
        Columna(campo=str(c), titulo=titulo_de(str(c)), formato=_formato(str(c), datos[c]))
        for c in datos.columns
    ]
    return tabla(visibles, columnas, titulo=mostradas, vacia=f"{titulo}: no hay filas.")


def __dir__() -> list[str]:
    """Lo que ofrece Tab: las ayudas, y no lo que este módulo importa."""
    return __all__


def _calculados(rutas: Rutas) -> list[Corte]:
    """Los cortes con tablas, del primero al último."""
    hallados = []
    for marca in sorted(rutas.raiz.glob(f"data/processed/*/T[1-4]/{MARCA}")):
        vigencia, periodo = marca.parts[-3:-1]
        if vigencia.isdigit():
            hallados.append(Corte(vigencia=int(vigencia), periodo=Periodo(periodo)))
    return hallados


def _de_todos_los_cortes(nombre: str, carpetas: dict[str, Path]) -> pd.DataFrame:
    partes = [
        leer_tabla(nombre, carpeta).assign(**{CORTE: corte})
        for corte, carpeta in carpetas.items()
        if (carpeta / f"{nombre}.parquet").is_file()
    ]
    return pd.concat(partes or [crear_tabla(nombre).assign(**{CORTE: ""})], ignore_index=True)


def _formato(columna: str, valores: pd.Series[Any]) -> str:
    if columna in PROPIOS:
        return PROPIOS[columna]
    es_numero = pd.api.types.is_numeric_dtype(valores) and not pd.api.types.is_bool_dtype(valores)
    conocido = FORMATOS.get(_clases().get(columna, ""), "texto")
    if not es_numero or conocido != "texto":
        return conocido if es_numero or conocido == "codigo" else "texto"
    return "entero" if pd.api.types.is_integer_dtype(valores) else "numero"


@cache
def _clases() -> dict[str, str]:
    """La clase de cada columna de los esquemas; si dos tablas difieren, la de la primera."""
    clases: dict[str, str] = {}
    for nombre in nombres_de_tablas():
        for columna in columnas_de(nombre):
            clases.setdefault(columna.campo, columna.clase)
    return clases
