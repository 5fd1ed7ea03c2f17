"""Lee de vuelta lo que Control Interno escribió en los libros del paquete. No lo juzga."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline.errores import ErrorLibro
from pipeline.esquemas import crear_tabla, revisar_tabla
from pipeline.libros.evaluacion import EVALUACION, FECHA, RECOMENDACIONES
from pipeline.libros.tablas import CONTROL
from pipeline.libros.verificacion import COLUMNAS, EN_BLANCO, HOJA, RESULTADOS
from pipeline.modelo import Corte

VERIFICACION, EVALUACIONES = "ci_verificacion", "ci_evaluacion"
DEPENDENCIA = re.compile(r"\(([A-Z0-9]+)\)\s*$")
Fila = dict[str, Any]


def leer_observaciones(ruta: Path, *, corte: Corte, archivo: str, sha256: str) -> pd.DataFrame:
    """Tabla `observaciones_ci` con las filas que Control Interno diligenció; las que dejó en blanco no salen.

    `archivo` y `sha256` identifican el libro. Levanta ErrorLibro si no es un libro del paquete, si es de
    otro corte, si un resultado no es de la lista o si no trae nada diligenciado.
    """
    libro = _abrir(ruta, archivo)
    control = _leer_control(libro)
    if control.get("formato") not in (VERIFICACION, EVALUACIONES):
        raise ErrorLibro(
            "no es un libro del paquete de Control Interno",
            archivo=archivo,
            remedio="Diligencie verificacion_de_la_muestra.xlsx o evaluacion_por_dependencias.xlsx",
        )
    dicho = f"{control.get('vigencia')}-{control.get('periodo')}"
    if dicho != str(corte):
        raise ErrorLibro(
            f"es del corte {dicho} y se pidió el {corte}", archivo=archivo, remedio="Revise el corte"
        )
    leer = _de_la_muestra if control["formato"] == VERIFICACION else _de_las_evaluaciones
    filas = list(leer(libro, archivo))
    if not filas:
        raise ErrorLibro(
            "no trae ninguna observación diligenciada",
            archivo=archivo,
            remedio="Llénelo y vuelva a registrarlo: no se guardó nada",
        )
    comunes = {
        "vigencia": corte.vigencia,
        "periodo": corte.periodo.value,
        "archivo": archivo,
        "sha256": sha256,
    }
    return revisar_tabla(
        "observaciones_ci", crear_tabla("observaciones_ci", [comunes | fila for fila in filas])
    )


def _abrir(ruta: Path, archivo: str) -> Any:
    import openpyxl  # perezoso: solo lo usa esta orden

    try:
        return openpyxl.load_workbook(ruta, data_only=True)
    except Exception as error:  # openpyxl levanta de todo ante un libro dañado
        raise ErrorLibro(
            "no se puede abrir como libro de Excel",
            archivo=archivo,
            remedio="Guárdelo como .xlsx, sin contraseña, y vuelva a registrarlo",
        ) from error


def _leer_control(libro: Any) -> dict[str, str]:
    if CONTROL not in libro.sheetnames:
        return {}
    return {str(clave): str(valor) for clave, valor in libro[CONTROL].iter_rows(max_col=2, values_only=True)}


def _de_la_muestra(libro: Any, archivo: str) -> Iterator[Fila]:
    if HOJA not in libro.sheetnames:
        raise ErrorLibro(f"falta la hoja «{HOJA}»", archivo=archivo)
    hoja = libro[HOJA]
    titulos = {columna.titulo: columna.campo for columna in COLUMNAS}
    encabezado: dict[str, int] = {}
    for numero, celdas in enumerate(hoja.iter_rows(values_only=True), start=1):
        if not encabezado:
            hallados = {titulos[str(v)]: n for n, v in enumerate(celdas) if str(v) in titulos}
            encabezado = hallados if len(hallados) == len(COLUMNAS) else {}
            continue
        fila = {campo: _texto(celdas[n]) for campo, n in encabezado.items()}
        if not any(fila[campo] for campo in EN_BLANCO):
            continue
        lugar = f"{HOJA}!{hoja.cell(numero, encabezado['resultado'] + 1).coordinate}"
        yield {
            **{campo: fila[campo] for campo in (*EN_BLANCO, "codigo_meta", "dependencia")},
            "tipo": "meta",
            "resultado": _resultado(fila["resultado"], archivo, lugar),
            "hoja": HOJA,
            "fila": numero,
        }
    if not encabezado:
        raise ErrorLibro(
            "no se halla el encabezado de la muestra",
            archivo=archivo,
            hoja=HOJA,
            remedio="No cambie los títulos",
        )


def _de_las_evaluaciones(libro: Any, archivo: str) -> Iterator[Fila]:
    for hoja in libro.worksheets:
        if hoja.title == CONTROL:
            continue
        rotulos = {_texto(c.value): c.row for (c,) in hoja.iter_rows(max_col=1) if _texto(c.value)}
        codigo = DEPENDENCIA.search(
            _texto(hoja.cell(rotulos.get("2. Dependencia a evaluar", 1), 2).value) or ""
        )
        if codigo is None or EVALUACION not in rotulos:
            raise ErrorLibro(
                "la hoja no tiene la disposición del formato", archivo=archivo, hoja=hoja.title,
                remedio="No quite los rótulos 1 a 9",
            )  # fmt: skip
        fila = {
            "evaluacion": _texto(hoja.cell(rotulos[EVALUACION] + 1, 1).value),
            "recomendacion": _texto(hoja.cell(rotulos.get(RECOMENDACIONES, 0) + 1, 1).value),
            "fecha": _texto(hoja.cell(rotulos.get(FECHA, 1), 2).value),
        }
        if fila["evaluacion"] or fila["recomendacion"]:
            yield {
                **fila, "tipo": "dependencia", "dependencia": codigo.group(1), "hoja": hoja.title,
                "fila": rotulos[EVALUACION] + 1,
            }  # fmt: skip


def _resultado(texto: str | None, archivo: str, lugar: str) -> str | None:
    if not texto:
        return None
    por_palabras = {palabras.casefold(): valor for valor, palabras in RESULTADOS.items()}
    if texto.casefold() not in por_palabras:
        raise ErrorLibro(
            f"«{texto}» no es un resultado en {lugar}",
            archivo=archivo,
            remedio=f"Use uno de: {', '.join(RESULTADOS.values())}",
        )
    return por_palabras[texto.casefold()]


def _texto(valor: object) -> str | None:
    if isinstance(valor, datetime | date):
        return valor.strftime("%Y-%m-%d")
    return str(valor).strip() or None if valor is not None else None
