"""Libros mutados al azar: nunca hay una traza, nada se lee distinto de su fuente y ninguna fila se pierde.

La muestra de todos los días es pequeña y fija. La completa se pide con la variable MUTACIONES:
`MUTACIONES=2000 pytest tests/propiedades/test_mutaciones.py`.
"""

from __future__ import annotations

import io
import os
import random
import re
import zipfile
from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from pipeline import calidad
from pipeline.esquemas import crear_tabla, revisar_tabla
from pipeline.formatos import cargar_formato, limpiar_texto
from pipeline.formulas import auditar_formulas
from pipeline.lectura import leer_libro
from pipeline.limpieza import LibroLimpio, armar_registros, limpiar
from pipeline.modelo import Corte, Periodo, Severidad

MUTACIONES = int(os.environ.get("MUTACIONES", "120"))
SEMILLA = 20250930
CORTE = Corte(vigencia=2025, periodo=Periodo.T3)
FORMATO = cargar_formato("pi_propio")
ENCABEZADO = [
    "Código de meta", "Programa MGA", "Producto MGA", "Unidad de medida", "Tipo de meta", "Programado 2025",
    "Programado T1", "Programado T2", "Programado T3", "Programado T4", "Estado (P/NP)",
    "Ejecutado acumulado", "Apropiación inicial", "Apropiación definitiva", "CDP", "Compromisos",
    "Obligaciones", "Pagos", "Observaciones", "Evidencia",
]  # fmt: skip
META = [
    "3204",
    "3204001",
    "Número",
    "Flujo",
    10,
    2,
    4,
    6,
    10,
    "P",
    5.5,
    100,
    90,
    80,
    70,
    60,
    50,
    "ok",
    "acta",
]
VENENOS: list[object] = [
    None, "", " ", "\xa0", "-", " -   ", "$ -", "NP", "s. d.", "N/A", "#DIV/0!", "#¡REF!", "1.234", "1,234",
    "1.234,5", "1,234.5", "0.045", "$ 44.194.000,00", "12,5 %", "100%", "5100000000%", "5 (aprox.)", "2 km",
    "1e5", "NaN", "inf", "--5", "٣", "1.2.3", "9" * 60, "=1/0", "=A2", "<script>alert(1)</script>", "{fila}",
    "_x000D_", "a\nb", "TOTAL", "total general", "M1", "M3", True, False, 0, -1, 1e300, 1e-300, 0.1 + 0.2,
    45000, date(2025, 1, 3), datetime(2025, 1, 3, 5, 6), "31/11/2024", "'", '"', "\u202e123", "１２",
]  # fmt: skip
Tabla = list[list[object]]
Mutar = Callable[[random.Random, Tabla], None]


def _celda(azar: random.Random, tabla: Tabla) -> None:
    fila = azar.randrange(1, len(tabla)) if len(tabla) > 1 else 0
    if tabla[fila]:
        tabla[fila][azar.randrange(len(tabla[fila]))] = azar.choice(VENENOS)


def _rotulo(azar: random.Random, tabla: Tabla) -> None:
    if tabla[0]:
        tabla[0][azar.randrange(len(tabla[0]))] = azar.choice(
            [*VENENOS[:8], "Pagos", "PROGRAMADO  2025", "x"]
        )


def _borrar_fila(azar: random.Random, tabla: Tabla) -> None:
    if len(tabla) > 1:
        del tabla[azar.randrange(1, len(tabla))]


def _repetir_fila(azar: random.Random, tabla: Tabla) -> None:
    if len(tabla) > 1:
        tabla.insert(azar.randrange(1, len(tabla) + 1), list(azar.choice(tabla[1:])))


def _insertar_fila(azar: random.Random, tabla: Tabla) -> None:
    largo = azar.choice([0, 1, 3, 25])
    tabla.insert(azar.randrange(1, len(tabla) + 1), [azar.choice(VENENOS) for _ in range(largo)])


def _borrar_columna(azar: random.Random, tabla: Tabla) -> None:
    posicion = azar.randrange(len(ENCABEZADO))
    for fila in tabla:
        del fila[posicion : posicion + 1]


def _insertar_columna(azar: random.Random, tabla: Tabla) -> None:
    posicion = azar.randrange(len(ENCABEZADO))
    for numero, fila in enumerate(tabla):
        fila.insert(posicion, "Nueva" if numero == 0 else azar.choice(VENENOS))


def _cambiar_columnas(azar: random.Random, tabla: Tabla) -> None:
    a, b = azar.sample(range(len(ENCABEZADO)), 2)
    for fila in tabla:
        if max(a, b) < len(fila):
            fila[a], fila[b] = fila[b], fila[a]


def _correr_datos(azar: random.Random, tabla: Tabla) -> None:
    for fila in tabla[1:]:
        fila.insert(azar.choice([0, 2]), None)


DE_TABLA: list[Mutar] = [
    *[_celda] * 6, _rotulo, _borrar_fila, _repetir_fila, _insertar_fila, _borrar_columna, _insertar_columna,
    _cambiar_columnas, _correr_datos,
]  # fmt: skip


def _escribir(azar: random.Random, tabla: Tabla) -> bytes:
    libro = openpyxl.Workbook()
    hoja = libro.active
    hoja.title = azar.choice(["Plan Indicativo"] * 12 + ["plan indicativo ", "Hoja1"])
    for n, fila in enumerate(tabla, start=1):
        for m, valor in enumerate(fila, start=1):
            if valor is not None:
                hoja.cell(n, m).value = valor
    if azar.random() < 0.1:
        libro.create_sheet("Otra").sheet_state = azar.choice(["visible", "hidden"])
    if azar.random() < 0.05:
        hoja.row_dimensions[azar.randrange(1, 8)].hidden = True
    destino = io.BytesIO()
    libro.save(destino)
    return destino.getvalue()


def _danar(azar: random.Random, datos: bytes) -> bytes:
    """A veces, bytes cambiados o cortados, o el XML de la hoja alterado sin dañar el paquete."""
    suerte = azar.random()
    if suerte < 0.06:
        return datos[: azar.randrange(len(datos))]
    if suerte < 0.14:
        danados = bytearray(datos)
        for _ in range(azar.randrange(1, 12)):
            danados[azar.randrange(len(danados))] = azar.randrange(256)
        return bytes(danados)
    return _alterar_xml(azar, datos) if suerte < 0.22 else datos


def _alterar_xml(azar: random.Random, datos: bytes) -> bytes:
    cambios = [
        (b't="s"', b't="e"'), (b"<v>", b"<v>9"), (b't="n"', b't="b"'), (b'r="A', b'r="ZZ'), (b"</row>", b""),
        (b"<sheetData>", b"<sheetData><row/><row r='3'><c/></row>"), (b'r="2"', b'r="2000000"'),
    ]  # fmt: skip
    antes, despues = azar.choice(cambios)
    salida = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(datos)) as origen, zipfile.ZipFile(salida, "w") as nuevo:
        for nombre in origen.namelist():
            contenido = origen.read(nombre)
            cambia = nombre.endswith("sheet1.xml")
            nuevo.writestr(
                nombre, contenido.replace(antes, despues, azar.choice([1, 3])) if cambia else contenido
            )
    return salida.getvalue()


def libros_mutados(cuantos: int) -> Iterator[tuple[int, bytes]]:
    """Libros numerados; el número basta para repetir el que falle."""
    for numero in range(cuantos):
        azar = random.Random(SEMILLA + numero)
        tabla: Tabla = [list(ENCABEZADO), *([f"M{k}", *META] for k in range(1, 7))]
        for _ in range(azar.randrange(1, 6)):
            azar.choice(DE_TABLA)(azar, tabla)
        yield numero, _danar(azar, _escribir(azar, tabla))


def leer(ruta: Path, numero: int) -> LibroLimpio:
    leido = leer_libro(
        ruta, FORMATO, archivo=ruta.name, sha256=f"{numero:064d}", vigencias=(2024, 2025), corte=CORTE
    )
    return limpiar(leido, FORMATO, ())


def lecturas_posibles(texto: str) -> set[float]:
    """Los números que un texto puede querer decir, con cualquiera de las dos notaciones."""
    cifra = re.sub(r"[^0-9.,+%-]", "", limpiar_texto(texto))
    if cifra and not cifra.strip("-"):
        return {0.0}
    divisor = 100 if cifra.endswith("%") else 1
    posibles = set()
    for miles, decimal in ((".", ","), (",", ".")):
        sin_miles = cifra.rstrip("%").replace(miles, "").replace(decimal, ".")
        try:
            posibles.add(float(sin_miles) / divisor)
        except ValueError:
            continue
    return posibles


def es_fiel(valor: float, fuente: object) -> bool:
    """Si un número aceptado es el de su celda."""
    if isinstance(fuente, bool) or fuente is None:
        return False
    if isinstance(fuente, int | float):
        return valor == float(fuente)
    return isinstance(fuente, str) and any(
        abs(valor - posible) <= 1e-9 * max(1.0, abs(posible)) for posible in lecturas_posibles(fuente)
    )


def comprobar(limpio: LibroLimpio, registros: pd.DataFrame, ruta: Path) -> None:
    """Los números aceptados son los de sus celdas, y toda fila con datos está o se dice por qué no."""
    try:
        libro = openpyxl.load_workbook(ruta, data_only=True)
    except Exception:
        return  # sin otra lectura con qué comparar, solo se exige que no haya traza
    aceptadas = limpio.celdas[limpio.celdas["fila"].isin(registros["fila"])].dropna(subset=["valor_numero"])
    for celda in aceptadas.to_dict("records"):
        fuente = libro[celda["hoja"]][celda["celda"]].value
        assert es_fiel(celda["valor_numero"], fuente), (celda["celda"], fuente, celda["valor_numero"])
    if any(h.severidad is Severidad.BLOQUEA and h.alcance == "libro" for h in limpio.hallazgos):
        return  # el libro entero se devuelve diciéndolo
    nombres = [n for n in libro.sheetnames if limpiar_texto(n).casefold() == "plan indicativo"]
    dichas = {h.fila for h in limpio.hallazgos} | set(registros["fila"])
    for fila in libro[nombres[0]].iter_rows(min_row=2):
        escritas = [c for c in fila if c.value is not None and limpiar_texto(str(c.value))]
        assert not escritas or fila[0].row in dichas, (fila[0].row, [c.value for c in escritas][:4])


@pytest.mark.integracion
def test_un_libro_mutado_nunca_da_una_traza_ni_una_cifra_ajena_ni_pierde_una_fila(tmp_path: Path) -> None:
    registros, celdas = [], []
    for numero, contenido in libros_mutados(MUTACIONES):
        ruta = tmp_path / f"mutado_{numero}.xlsx"
        ruta.write_bytes(contenido)
        limpio = leer(ruta, numero)
        del_libro = revisar_tabla("registros_pi", armar_registros("registros_pi", limpio, "SSAL"))
        comprobar(limpio, del_libro, ruta)
        for hallazgo in auditar_formulas(ruta, instrumento="pi", archivo=ruta.name, sha256=limpio.sha256):
            assert hallazgo.mensaje
            assert hallazgo.accion
        registros.append(del_libro)
        celdas.append(limpio.celdas)
        ruta.unlink()
    revisar(pd.concat(registros, ignore_index=True), pd.concat(celdas, ignore_index=True))


def revisar(registros: pd.DataFrame, celdas: pd.DataFrame) -> None:
    """Las reglas aguantan lo que sea que haya salido de los libros, y cada hallazgo queda completo."""
    plan = crear_tabla(
        "plan", [{"codigo_meta": f"M{k}", "tipo_meta": "flujo", "unidad": "Número"} for k in range(1, 7)]
    )
    vigencias = crear_tabla("plan_vigencias", [{"codigo_meta": "M1", "vigencia": 2025}])
    hallazgos = calidad.revisar_registros_pi(
        registros, plan, vigencias, celdas, CORTE, "acumulado", dane="73001"
    )
    revisar_tabla("hallazgos", hallazgos)
    historia = calidad.revisar_historia(
        registros,
        registros.dropna(subset=["codigo_meta"]).drop_duplicates("codigo_meta").assign(corte="2025-T2"),
        celdas,
        CORTE,
        plan=plan,
        plan_vigencias=vigencias,
        formato_trimestres="acumulado",
    )
    revisar_tabla("hallazgos", historia)
    assert not pd.concat([hallazgos, historia])["mensaje"].str.contains(r"\bnan\b|<NA>|\bNone\b").any()
