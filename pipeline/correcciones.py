"""Correcciones declaradas: un error conocido de la fuente se corrige a la vista, sin tocar el libro.

Cada una vive en `expectations/correcciones/<vigencia>.yml` con su localizador, el valor que se pone, la
razón, quién lo autoriza, la fecha y `espera`: lo que la fuente dice hoy. Si la fuente cambia, no se aplica y
se avisa. Las del plan rigen desde su periodo en adelante, porque el plan es uno para todos los cortes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from pipeline.archivos import leer_yml_ajeno
from pipeline.errores import ErrorConfiguracion
from pipeline.esquemas import Columna, esquema
from pipeline.explicacion import explicar_validacion
from pipeline.formato_es import citar, citar_celda
from pipeline.formatos import avisar, clave, limpiar_texto
from pipeline.modelo import Corte, Hallazgo, Periodo, Severidad

TABLAS = {"pi": ("registros_pi",), "plan": ("plan", "plan_vigencias")}
FIJOS = {"vigencia", "archivo", "sha256", "hoja", "fila"}  # no son valores del libro
# Quién entregó no lo dice el libro; el código de una meta del plan la identifica en todos los instrumentos.
AJENOS = {"pi": {*FIJOS, "dependencia"}, "plan": {*FIJOS, "codigo_meta"}}
CORREGIBLES: dict[str, dict[str, Columna]] = {
    instrumento: {
        c.nombre: c for t in tablas for c in esquema(t).columnas if c.nombre not in AJENOS[instrumento]
    }
    for instrumento, tablas in TABLAS.items()
}

Valor = float | str | None


class Correccion(BaseModel):
    """Una corrección declarada. El lugar es `hoja` y `celda`, o `meta` y `campo`; `archivo` lo precisa."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    id: Annotated[str, Field(min_length=1)]
    instrumento: Literal["pi", "plan"] = "pi"
    periodo: Periodo
    archivo: str | None = None
    hoja: str | None = None
    celda: Annotated[str, Field(pattern=r"^[A-Z]{1,3}[1-9]\d*$")] | None = None
    meta: str | None = None
    campo: str | None = None
    vigencia: int | None = None
    espera: Valor
    pone: Valor
    razon: Annotated[str, Field(min_length=1)]
    autoridad: Annotated[str, Field(min_length=1)]
    fecha: date

    @model_validator(mode="after")
    def _con_lugar(self) -> Correccion:
        por_celda, por_meta = bool(self.hoja and self.celda), bool(self.meta and self.campo)
        if por_celda == por_meta:
            raise ValueError("diga «hoja» y «celda», o «meta» y «campo» (no las dos parejas)")
        if self.campo is not None and self.campo not in CORREGIBLES[self.instrumento]:
            de = "del plan" if self.instrumento == "plan" else "del seguimiento"
            raise ValueError(f"«{self.campo}» no es un campo {de} (vea docs/diccionario.md)")
        return self


def cargar_correcciones(ruta: Path, corte: Corte) -> tuple[Correccion, ...]:
    """Las correcciones del Plan Indicativo en el corte, en su orden; ninguna si el archivo no existe.

    Levanta ErrorConfiguracion que nombra el archivo: YAML mal escrito, clave desconocida o ausente,
    identificador repetido.
    """
    return tuple(c for c in _leer(ruta) if c.instrumento == "pi" and c.periodo is corte.periodo)


def cargar_correcciones_del_plan(rutas: Iterable[Path], corte: Corte) -> dict[Path, tuple[Correccion, ...]]:
    """Por archivo (`<vigencia>.yml`), las correcciones del plan que rigen en el corte.

    Rige la declarada en el corte o en uno anterior: así recalcular un corte viejo da lo mismo que dio.
    Levanta ErrorConfiguracion, como `cargar_correcciones`.
    """
    declaradas = {ruta: _leer(ruta) for ruta in sorted(rutas) if ruta.stem.isdecimal()}
    hasta = (corte.vigencia, corte.periodo.numero)
    return {
        ruta: tuple(
            c for c in todas if c.instrumento == "plan" and (int(ruta.stem), c.periodo.numero) <= hasta
        )
        for ruta, todas in declaradas.items()
    }


def _leer(ruta: Path) -> tuple[Correccion, ...]:
    if not ruta.is_file():
        return ()
    datos = leer_yml_ajeno(ruta) or {}
    lista = datos.get("correcciones") if isinstance(datos, dict) else None
    if not isinstance(lista, list):
        raise ErrorConfiguracion("falta la lista «correcciones»", archivo=ruta.name)
    todas = [_leer_una(entrada, f"corrección {n}", ruta.name) for n, entrada in enumerate(lista, start=1)]
    repetidas = sorted({c.id for c in todas if sum(otra.id == c.id for otra in todas) > 1})
    if repetidas:
        raise ErrorConfiguracion(f"hay correcciones repetidas: {', '.join(repetidas)}", archivo=ruta.name)
    return tuple(todas)


def _leer_una(entrada: Any, lugar: str, archivo: str) -> Correccion:
    try:
        return Correccion.model_validate(entrada)
    except ValidationError as error:
        explicado = explicar_validacion(error, Correccion)
        raise ErrorConfiguracion(explicado, archivo=archivo, hoja=lugar) from error


def aplicar_correcciones(
    registros: pd.DataFrame, celdas: pd.DataFrame, correcciones: Sequence[Correccion], *, origen: str = ""
) -> tuple[pd.DataFrame, pd.DataFrame, list[Hallazgo]]:
    """Registros y celdas con las correcciones puestas, y un hallazgo por cada una: aplicada o por qué no.

    `origen` es el archivo donde están declaradas, para citarlo. No cambia las tablas recibidas.
    """
    (nuevos,), trazadas, hallazgos = _aplicar([registros], celdas, correcciones, origen)
    return nuevos, trazadas, hallazgos


def corregir_plan(
    metas: pd.DataFrame,
    vigencias: pd.DataFrame,
    celdas: pd.DataFrame,
    correcciones: Sequence[Correccion],
    *,
    origen: str = "",
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, list[Hallazgo]]:
    """Las tablas `plan` y `plan_vigencias` y sus celdas con las correcciones puestas, y sus hallazgos.

    Mismo cuidado que `aplicar_correcciones`: no cambia las tablas recibidas y nada se aplica si la celda no
    dice lo que se espera. Se aplica antes de completar nombres con el catálogo y de revisar la calidad.
    """
    (metas, vigencias), trazadas, hallazgos = _aplicar([metas, vigencias], celdas, correcciones, origen)
    return metas, vigencias, trazadas, hallazgos


def _aplicar(
    tablas: Sequence[pd.DataFrame], celdas: pd.DataFrame, correcciones: Sequence[Correccion], origen: str
) -> tuple[list[pd.DataFrame], pd.DataFrame, list[Hallazgo]]:
    nuevas, celdas = [tabla.copy() for tabla in tablas], celdas.copy()
    hallazgos = []
    for correccion in correcciones:
        filas = celdas[_senaladas(celdas, correccion)]
        motivo = _por_que_no(filas, correccion)
        if motivo:
            marcadores = {"id": correccion.id, "motivo": motivo, "archivo_correcciones": origen}
            hallazgos.append(avisar("COR-03", instrumento=correccion.instrumento, marcadores=marcadores))
            continue
        if all(_coincide(correccion.espera, fila) for fila in filas.to_dict("records")):
            _poner(nuevas, celdas, filas, correccion)
            hallazgos.append(_avisar("COR-01", filas.iloc[0], correccion, origen))
        else:
            hallazgos.append(_avisar("COR-02", filas.iloc[0], correccion, origen))
    return nuevas, celdas, hallazgos


def atenuar_corregidas(hallazgos: Iterable[Hallazgo]) -> list[Hallazgo]:
    """Los mismos hallazgos; los de limpieza en una celda ya corregida solo informan y dicen por qué."""
    todos = list(hallazgos)
    corregidas = {(h.sha256, h.hoja, h.celda) for h in todos if h.regla == "COR-01"}
    return [
        _atenuar(h) if h.regla.startswith("LIM-") and (h.sha256, h.hoja, h.celda) in corregidas else h
        for h in todos
    ]


def _atenuar(hallazgo: Hallazgo) -> Hallazgo:
    mensaje = f"{hallazgo.mensaje} Hay una corrección declarada para esta celda."
    return replace(hallazgo, severidad=Severidad.INFORMA, mensaje=mensaje)


def _senaladas(celdas: pd.DataFrame, correccion: Correccion) -> pd.Series:
    """Filas de `celdas` que señala el localizador."""
    pedido = {
        "archivo": correccion.archivo,
        "hoja": correccion.hoja,
        "celda": correccion.celda,
        "codigo_meta": correccion.meta,
        "campo": correccion.campo,
    }
    senalada = celdas["tabla"] == TABLAS[correccion.instrumento][0]
    for columna, valor in pedido.items():
        if valor is not None:
            senalada &= (celdas[columna] == valor).fillna(False)
    if correccion.vigencia is not None:
        senalada &= celdas["vigencia"].isin([correccion.vigencia, 0])
    return senalada.astype(bool)


def _por_que_no(filas: pd.DataFrame, correccion: Correccion) -> str:
    if filas.empty:
        return "ningún libro vigente del corte tiene esa celda"
    if len(filas[["sha256", "hoja", "celda"]].drop_duplicates()) > 1:
        lugares = (filas["archivo"] + " › " + filas["hoja"] + " › " + filas["celda"]).unique()
        return f"señala {len(lugares)} celdas ({', '.join(lugares[:3])})"
    campos = CORREGIBLES[correccion.instrumento]
    if ajenos := [c for c in filas["campo"] if c not in campos]:
        return f"«{ajenos[0]}» no se corrige así"
    for campo in filas["campo"]:
        if correccion.pone is not None and _valor_de(campos[campo], correccion.pone) is None:
            admitidos = ", ".join(campos[campo].valores)
            return f"«pone» no es {'uno de ' + admitidos if admitidos else 'un número'}, como pide {campo}"
    return ""


def _valor_de(columna: Columna, pone: float | str) -> float | str | None:
    """Lo que se pone en la columna, con su tipo y su vocabulario; None si no lo admite."""
    if columna.tipo == "real":
        return pone if isinstance(pone, float) else None
    texto = escribir(pone)
    if not columna.valores:
        return texto
    return next((v for v in columna.valores if clave(v.replace("_", " ")) == clave(texto)), None)


def _coincide(espera: Valor, fila: dict[Any, Any]) -> bool:
    """Si la celda todavía dice lo que la corrección espera: como está escrita o como se leyó."""
    crudo, numero = fila["valor_crudo"], fila["valor_numero"]
    if espera is None:
        return bool(pd.isna(crudo))
    if pd.isna(crudo):
        return False
    if isinstance(espera, float):
        return escribir(espera) == crudo or (not pd.isna(numero) and float(numero) == espera)
    return limpiar_texto(espera) == limpiar_texto(str(crudo))


def _poner(
    tablas: Sequence[pd.DataFrame], celdas: pd.DataFrame, filas: pd.DataFrame, correccion: Correccion
) -> None:
    """Pone el valor en la traza y en las tablas que tengan el campo, que se cambian en su lugar."""
    dicho = f"«{escribir(correccion.espera)}» por «{escribir(correccion.pone)}»"
    cambio = f"corrección declarada {correccion.id}: {dicho}"
    for indice, celda in filas.iterrows():
        columna = CORREGIBLES[correccion.instrumento][str(celda["campo"])]
        valor = None if correccion.pone is None else _valor_de(columna, correccion.pone)
        previa = celda["transformacion"]
        celdas.loc[indice, "valor_numero" if columna.tipo == "real" else "valor_texto"] = valor
        celdas.loc[indice, "transformacion"] = cambio if pd.isna(previa) else f"{previa}; {cambio}"
        for tabla in tablas:
            if columna.nombre in tabla.columns:
                tabla.loc[_propias(tabla, celda), columna.nombre] = valor


def _propias(tabla: pd.DataFrame, celda: pd.Series) -> pd.Series:
    """Filas de la tabla que alimenta una celda; la programación del plan va por su meta."""
    llaves = ["sha256", "hoja", "fila"] if "fila" in tabla.columns else ["codigo_meta"]
    propia = pd.Series(True, index=tabla.index)
    for llave in llaves:
        propia &= (tabla[llave] == celda[llave]).fillna(False)
    if "vigencia" in tabla.columns and celda["vigencia"] != 0:
        propia &= tabla["vigencia"] == celda["vigencia"]
    return propia.astype(bool)


def _avisar(regla: str, celda: pd.Series, correccion: Correccion, origen: str) -> Hallazgo:
    crudo = citar_celda(celda["valor_crudo"], celda["valor_numero"], celda["transformacion"])
    marcadores = {
        "id": correccion.id,
        "espera": _citar(correccion.espera),
        "pone": _citar(correccion.pone),
        "valor": crudo or "vacío",
        "razon": correccion.razon,
        "autoridad": correccion.autoridad,
        "fecha": correccion.fecha.isoformat(),
        "archivo_correcciones": origen,
    }
    return avisar(
        regla,
        instrumento=correccion.instrumento,
        marcadores=marcadores,
        archivo=celda["archivo"],
        sha256=celda["sha256"],
        hoja=celda["hoja"],
        fila=int(celda["fila"]),
        celda=celda["celda"],
        columna=None if pd.isna(celda["encabezado"]) else celda["encabezado"],
        codigo_meta=None if pd.isna(celda["codigo_meta"]) else celda["codigo_meta"],
        vigencia=int(celda["vigencia"]) or None,
        valor=crudo,
    )


def _citar(valor: Valor) -> str:
    return "vacío" if valor is None else citar(valor)


def escribir(valor: Valor) -> str:
    """El valor como está en una celda.

    >>> escribir(12.0), escribir(0.5), escribir("5 (aprox.)"), escribir(None)
    ('12', '0.5', '5 (aprox.)', 'vacío')
    """
    if valor is None:
        return "vacío"
    if isinstance(valor, float):
        return str(int(valor)) if valor.is_integer() else repr(valor)
    return valor
