"""De cada cifra a sus celdas: une la explicación de una meta con la celda de donde salió cada insumo."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Protocol

import pandas as pd

from pipeline.errores import ErrorSeguimiento
from pipeline.esquemas import crear_tabla

LLAVE = ["codigo_meta", "campo", "vigencia"]
LUGAR = ["archivo", "sha256", "hoja", "celda", "valor_crudo", "transformacion"]
# Un insumo y su celda pueden diferir en el último bit si la celda se leyó escalada; más que eso es un error.
TOLERANCIA = 1e-9


class InsumoExplicado(Protocol):
    """Un valor que entró a una fórmula."""

    @property
    def campo(self) -> str:
        """Columna de la tabla de origen."""

    @property
    def vigencia(self) -> int:
        """Vigencia del valor; 0 si no depende de ella."""

    @property
    def valor(self) -> float:
        """Valor con que entró."""


class CifraExplicada(Protocol):
    """La explicación de una cifra, como la da `indices.explicar_meta`."""

    @property
    def codigo_meta(self) -> str:
        """Meta."""

    @property
    def medida(self) -> str:
        """Cifra que se explica."""

    @property
    def texto(self) -> str:
        """Fórmula con los números puestos."""

    @property
    def expresion(self) -> object:
        """Fórmula como árbol de operaciones, o None."""

    @property
    def resultado(self) -> float | None:
        """Valor de la cifra, o None."""

    @property
    def insumos(self) -> Iterable[InsumoExplicado]:
        """Valores que entraron."""


class NodoExplicado(Protocol):
    """La explicación de una cifra de un nodo, como la da `indices.explicar_nodos`."""

    @property
    def nivel(self) -> str:
        """Nivel del nodo."""

    @property
    def codigo(self) -> str:
        """Código del nodo."""

    @property
    def medida(self) -> str:
        """Cifra que se explica."""

    @property
    def texto(self) -> str:
        """Fórmula con los números puestos."""

    @property
    def numerador(self) -> float | None:
        """Lo que se divide, o None."""

    @property
    def denominador(self) -> float | None:
        """Por lo que se divide, o None."""

    @property
    def resultado(self) -> float | None:
        """Valor de la cifra, o None."""


def armar_trazas(cifras: Iterable[CifraExplicada]) -> pd.DataFrame:
    """Tabla `trazas`: una fila por cifra explicada."""
    filas = [
        {
            "codigo_meta": c.codigo_meta,
            "medida": c.medida,
            "formula": c.texto,
            "resultado": c.resultado,
            "expresion": json.dumps(c.expresion, ensure_ascii=False, sort_keys=True) if c.expresion else None,
        }
        for c in cifras
    ]
    return crear_tabla("trazas", filas)


def armar_trazas_de_nodos(nodos: Iterable[NodoExplicado]) -> pd.DataFrame:
    """Tabla `trazas_nodos`: una fila por cifra explicada de un nodo."""
    filas = [
        {
            "nivel": n.nivel,
            "codigo": n.codigo,
            "medida": n.medida,
            "formula": n.texto,
            "numerador": n.numerador,
            "denominador": n.denominador,
            "resultado": n.resultado,
        }
        for n in nodos
    ]
    return crear_tabla("trazas_nodos", filas)


def armar_insumos(cifras: Iterable[CifraExplicada], celdas: pd.DataFrame) -> pd.DataFrame:
    """Tabla `insumos`: cada valor que entró a una cifra, con su celda.

    `celdas` son solo las que de verdad alimentaron el cálculo, con la que manda primero (esquema
    `celdas`). Levanta ErrorSeguimiento si un insumo no tiene celda o la celda dice otra cosa: sería un
    defecto nuestro y la cifra no se podría verificar.
    """
    filas = [
        {
            "codigo_meta": c.codigo_meta,
            "medida": c.medida,
            "campo": i.campo,
            "vigencia": i.vigencia,
            "valor": i.valor,
        }
        for c in cifras
        for i in c.insumos
    ]
    insumos = pd.DataFrame(filas, columns=["codigo_meta", "medida", "campo", "vigencia", "valor"])
    con_valor = celdas[celdas["valor_numero"].notna()].drop_duplicates(LLAVE)
    unidas = insumos.merge(con_valor[[*LLAVE, "valor_numero", *LUGAR]], on=LLAVE, how="left")
    diferencia = (unidas["valor"] - unidas["valor_numero"]).abs()
    sin_sustento = ~(diferencia <= TOLERANCIA * unidas["valor"].abs().clip(lower=1.0))
    if sin_sustento.any():
        malo = unidas[sin_sustento].iloc[0]
        raise ErrorSeguimiento(
            f"la cifra «{malo['medida']}» de la meta {malo['codigo_meta']} usa {malo['campo']} "
            f"{malo['vigencia']} = {malo['valor']} y ninguna celda lo sustenta"
        )
    return crear_tabla("insumos", unidas.drop(columns="valor_numero"))


def ubicar_columnas(celdas: pd.DataFrame, campos: Sequence[str]) -> pd.DataFrame:
    """En qué columna de cada hoja está cada campo, según las celdas leídas (una tabla de `celdas`).

    Columnas: archivo, sha256, hoja, campo y columna («K»; «K, L» si el libro lo trae en más de una).
    """
    propias = celdas[celdas["campo"].isin(list(campos)) & celdas["celda"].notna()]
    letras = propias["celda"].str.extract(r"^([A-Z]+)", expand=False)
    grupos = propias.assign(columna=letras).groupby(["archivo", "sha256", "hoja", "campo"])["columna"]
    juntas = grupos.agg(lambda c: ", ".join(sorted(set(c)))).reset_index()
    orden = {campo: n for n, campo in enumerate(campos)}
    return juntas.sort_values(
        ["archivo", "hoja", "campo"], key=lambda s: s.map(orden) if s.name == "campo" else s
    )


def resumir_filas(filas: Iterable[int]) -> str:
    """Los números de fila en el orden de la hoja, con las seguidas juntas.

    >>> resumir_filas([9, 6, 7, 8, 12, 14, 15])
    '6 a 9, 12, 14 y 15'
    """
    tramos: list[list[int]] = []
    for fila in sorted(set(filas)):
        if tramos and fila == tramos[-1][-1] + 1:
            tramos[-1].append(fila)
        else:
            tramos.append([fila])
    partes = [p for t in tramos for p in ([f"{t[0]} a {t[-1]}"] if len(t) > 2 else map(str, t))]
    return partes[0] if len(partes) == 1 else f"{', '.join(partes[:-1])} y {partes[-1]}"
