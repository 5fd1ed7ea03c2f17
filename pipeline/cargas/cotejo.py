"""Comparar lo que se envió a un aplicativo con lo que el aplicativo exporta después."""

from __future__ import annotations

import csv
from pathlib import Path

import pandas as pd

from pipeline.cargas.disposicion import Disposicion
from pipeline.errores import ErrorLibro
from pipeline.esquemas import esquema

TOLERANCIA = 0.5e-4
COLUMNAS = ("fila", "columna", "enviado", "devuelto", "problema")


def leer_devuelto(ruta: Path, disposicion: Disposicion) -> pd.DataFrame:
    """La exportación del aplicativo (.csv o .xlsx) como texto. Levanta ErrorLibro si no se entiende.

    El CSV puede venir separado por el de la disposición, por coma o por punto y coma.
    """
    if not ruta.is_file():
        raise ErrorLibro("no existe o no es un archivo", archivo=ruta.name, remedio="Revise la ruta")
    try:
        tabla = _leer_csv(ruta, disposicion) if ruta.suffix.lower() == ".csv" else _leer_xlsx(ruta)
    except Exception as error:  # un archivo ajeno puede fallar de muchas maneras, todas dichas en inglés
        raise ErrorLibro(
            "no es una tabla con encabezado que se pueda leer",
            archivo=ruta.name,
            remedio="Exporte otra vez, como .csv o .xlsx",
        ) from error
    tabla.columns = [str(c).strip() for c in tabla.columns]
    faltan = [llave for llave in disposicion.llave if llave not in tabla.columns]
    if faltan:
        raise ErrorLibro(
            f"falta la columna «{faltan[0]}», con la que se reconoce cada fila",
            archivo=ruta.name,
            remedio="Ajuste la disposición en cargas/ o exporte con esa columna",
        )
    return tabla


def cotejar(enviado: pd.DataFrame, devuelto: pd.DataFrame, disposicion: Disposicion) -> pd.DataFrame:
    """Las diferencias: filas que faltan, que sobran o se repiten, y celdas que no coinciden.

    Las cifras se comparan como números; los textos, sin espacios sobrantes. Columnas que el aplicativo no
    exporta salen una vez. Vacía si todo coincide. Columnas: COLUMNAS.
    """
    llave = list(disposicion.llave)
    antes, despues = _por_llave(enviado, llave), _por_llave(devuelto, llave)
    repetidas = sorted(set(despues.index[despues.index.duplicated()]))
    diferencias = [_dif(fila, "", "", "", "se repite en la exportación") for fila in repetidas]
    despues = despues[~despues.index.duplicated()]
    antes = antes[~antes.index.duplicated()]
    diferencias += [_dif(f, "", "", "", "no llegó") for f in sorted(set(antes.index) - set(despues.index))]
    diferencias += [_dif(f, "", "", "", "no se envió") for f in sorted(set(despues.index) - set(antes.index))]
    comunes = [fila for fila in antes.index if fila in set(despues.index)]
    numericas = _numericas(disposicion)
    for columna in (c.encabezado for c in disposicion.columnas if c.campo and c.encabezado not in llave):
        if columna not in despues.columns:
            diferencias.append(_dif("", columna, "", "", "el aplicativo no la exporta"))
            continue
        pares = zip(comunes, antes.loc[comunes, columna], despues.loc[comunes, columna], strict=True)
        diferencias += [
            _dif(fila, columna, _escribir(a), _escribir(d), "no coincide")
            for fila, a, d in pares
            if not _iguales(a, d, disposicion.decimal if columna in numericas else "")
        ]
    return pd.DataFrame(diferencias, columns=list(COLUMNAS))


def _leer_csv(ruta: Path, disposicion: Disposicion) -> pd.DataFrame:
    datos = ruta.read_bytes()
    try:
        texto = datos.decode("utf-8-sig")
    except UnicodeDecodeError:
        texto = datos.decode("cp1252", errors="replace")  # lo que guarda Excel en Windows
    primero = texto.splitlines()[0]
    separador = max((disposicion.separador, ",", ";"), key=primero.count)
    renglones = list(csv.reader(texto.splitlines(), delimiter=separador))
    tabla = pd.DataFrame(renglones[1:], columns=renglones[0], dtype="str")
    return tabla.replace("", pd.NA)


def _leer_xlsx(ruta: Path) -> pd.DataFrame:
    return pd.read_excel(ruta, dtype="str", engine="calamine")


def _por_llave(tabla: pd.DataFrame, llave: list[str]) -> pd.DataFrame:
    propia = tabla[llave].apply(lambda fila: " · ".join(_escribir(v) or "—" for v in fila), axis=1)
    return tabla.set_axis(propia.astype("str").to_list() if len(tabla) else [], axis=0)


def _dif(fila: str, columna: str, enviado: str, devuelto: str, problema: str) -> dict[str, str]:
    return dict(zip(COLUMNAS, (fila, columna, enviado, devuelto, problema), strict=True))


def _escribir(valor: object) -> str:
    return "" if pd.isna(valor) else str(valor).strip()  # type: ignore[call-overload]


def _numericas(disposicion: Disposicion) -> set[str]:
    """Las columnas que son cifras según el contrato de su tabla; un código nunca lo es."""
    reales = {c.nombre for c in esquema(disposicion.tabla).columnas if c.tipo == "real"}
    return {c.encabezado for c in disposicion.columnas if c.campo in reales}


def _iguales(enviado: object, devuelto: object, decimal: str) -> bool:
    """Si son lo mismo; como cifras si hay separador decimal, como textos si no."""
    a, b = _escribir(enviado), _escribir(devuelto)
    if a == b or not decimal:
        return a == b
    cifras = (_numero(a, decimal), _numero(b, decimal))
    return None not in cifras and abs(cifras[0] - cifras[1]) <= TOLERANCIA  # type: ignore[operator]


def _numero(texto: str, decimal: str) -> float | None:
    """El número escrito con el separador decimal de la disposición; None si no lo es."""
    miles = "." if decimal == "," else ","
    limpio = texto.replace(" ", "").replace("$", "")
    if decimal in limpio:  # el otro separador, si está, son miles
        limpio = limpio.replace(miles, "").replace(decimal, ".")
    elif limpio.count(miles) > 1:
        limpio = limpio.replace(miles, "")
    try:
        return float(limpio)
    except ValueError:
        return None
