"""Las 39 clases de problema vistas en libros reales: un libro con cada una y su hallazgo en la celda.

Los libros se construyen aquí, nombrados por su defecto; `problemas_reales.csv` es la lista de referencia.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest

from pipeline import calidad, recepcion
from pipeline.config import PAQUETE, Rutas, cargar_config
from pipeline.errores import ErrorLibro
from pipeline.esquemas import crear_tabla
from pipeline.formatos import Formato, cargar_formato
from pipeline.formulas import auditar_formulas
from pipeline.lectura import leer_libro
from pipeline.limpieza import LibroLimpio, armar_plan, armar_registros, limpiar
from pipeline.limpieza.fechas import limpiar_fechas
from pipeline.modelo import Corte, Periodo

pytestmark = pytest.mark.integracion

CORTE = Corte(vigencia=2025, periodo=Periodo.T3)
VIGENCIAS = (2024, 2025, 2026, 2027)
DANE = "73001"
PI = [  # encabezado del libro de seguimiento y una meta sin problemas, columnas A a W
    ("Código de meta", "{meta}"), ("Programa MGA", "3204"), ("Producto MGA", "3204001"),
    ("Unidad de medida", "Número"), ("Tipo de meta", "Acumulado"), ("Programado 2025", 10),
    ("Programado T1", 2), ("Programado T2", 4), ("Programado T3", 6), ("Programado T4", 10),
    ("Estado (P/NP)", "P"), ("Ejecutado acumulado", 5), ("Apropiación inicial", 100),
    ("Apropiación definitiva", 90), ("CDP", 80), ("Compromisos", 70), ("Obligaciones", 60), ("Pagos", 50),
    ("Observaciones", "En marcha"), ("Evidencia", "Acta"), ("Avance", 0.5), ("% obligado", 60 / 90),
    ("BPIN", "2024730010001"),
]  # fmt: skip
PLAN = [  # lo mismo del plan, columnas A a AA
    ("Código de meta", "{meta}"), ("Meta de producto", "Una meta"), ("Código de línea", "1"),
    ("Línea estratégica", "Uno"), ("Ponderador de línea", 1), ("Código del sector (MGA)", "32"),
    ("Sector (MGA)", "Ambiente"), ("Código del programa (MGA)", "3204"), ("Programa (MGA)", "Gestión"),
    ("Código del producto (MGA)", "3204001"), ("Producto (MGA)", "Documentos"),
    ("Código de indicador de producto (MGA)", "320400100"), ("Indicador de producto (MGA)", "Documentos"),
    ("BPIN", "2024730010001"), ("Código de dependencia", "SSAL"), ("Dependencia responsable", "Salud"),
    ("Unidad de medida", "Número"), ("Tipo de meta", "Acumulado"), ("Línea base", 0),
    ("Meta del cuatrienio", 40), ("Ponderador", 1), ("Programado 2024", 10), ("Programado 2025", 10),
    ("Programado 2026", 10), ("Programado 2027", 10), ("Programado T1 2025", 2), ("Programado T4 2025", 10),
]  # fmt: skip
EXTRAS = """
  - {campo: avance_declarado, alias: [Avance], vigencia: del_corte}
  - {campo: ejecucion_financiera_declarada, alias: ["% obligado"], vigencia: del_corte}
  - {campo: bpin, alias: [BPIN]}
columnas_sin_uso:"""
Libro = openpyxl.Workbook


@dataclass(frozen=True, slots=True, kw_only=True)
class Leido:
    """Lo que quedó de un libro: sus registros (o plan), su traza y todos sus hallazgos."""

    registros: pd.DataFrame
    celdas: pd.DataFrame
    hallazgos: set[tuple[str, str | None]]

    def celda(self, referencia: str) -> Mapping[Any, Any]:
        return self.celdas[self.celdas["celda"] == referencia].to_dict("records")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Caso:
    """Un problema: qué celdas del libro lo tienen, qué se halla y dónde, y qué más debe cumplirse."""

    problema: str
    celdas: Mapping[str, object] = field(default_factory=dict)
    hallazgo: tuple[str, str | None] | None = None
    arreglar: Callable[[Libro], None] | None = None
    cumple: Callable[[Leido], bool] | None = None
    plan: bool = False

    @property
    def defecto(self) -> str:
        return "".join(letra if letra.isalnum() else "_" for letra in self.problema.casefold())


def hoja_copiada(libro: Libro) -> None:
    libro.copy_worksheet(libro.active).title = "Copia de Plan Indicativo"


def hoja_con_una_columna_de_mas(libro: Libro) -> None:
    copia = libro.copy_worksheet(libro.active)
    copia.title = "Plan Indicativo 2"
    copia.insert_cols(1)
    for fila in range(2, copia.max_row + 1):
        copia.cell(fila, 2).value = f"{copia.cell(fila, 2).value}-bis"


def encabezado_en_la_fila_cinco(libro: Libro) -> None:
    hoja = libro.active
    hoja.insert_rows(1, 4)
    hoja["A1"] = "Alcaldía Municipal"
    hoja.merge_cells("A1:F1")
    hoja["F4"] = "Programación"
    hoja.merge_cells("F4:J4")


def hoja_oculta(libro: Libro) -> None:
    vieja = libro.create_sheet("Plan Indicativo viejo")
    vieja.append(["Código de meta", "Ejecutado acumulado"])
    vieja.sheet_state = "hidden"


def importes_bajo_el_codigo_de_producto(libro: Libro) -> None:
    for fila in range(2, 7):
        libro.active.cell(fila, 3).value = 44_194_000.5 * fila


def sin_la_columna_del_trimestre(libro: Libro) -> None:
    libro.active["I1"] = "Programado del trimestre"


def columna_repetida(libro: Libro) -> None:
    libro.active["X1"] = "Compromisos"
    for fila in range(2, 7):
        libro.active.cell(fila, 24).value = 999


def ancho_de_los_codigos(leido: Leido) -> bool:
    return (
        leido.registros.loc[0, "codigo_producto"] == "0401105"
        and "completado con ceros" in leido.celda("C2")["transformacion"]
    )


CASOS = [
    Caso(problema="excel error literal", celdas={"L2": "#DIV/0!"}, hallazgo=("LIM-03", "L2"),
         cumple=lambda le: pd.isna(le.registros.loc[0, "ejecutado_vigencia"])),
    Caso(problema="percent as text", celdas={"U2": "50%"}, hallazgo=("LIM-04", "U2"),
         cumple=lambda le: le.registros.loc[0, "avance_declarado"] == 0.5),
    Caso(problema="scale x100 error", celdas={"L2": 10, "U2": 0.01}, hallazgo=("PI-20", "U2")),
    Caso(problema="thousands separator read as decimal", celdas={"F2": 1500, "L2": 1.234},
         hallazgo=("PI-30", "L2")),
    Caso(problema="decimal read as thousands", celdas={"L2": "0.045"}, hallazgo=("LIM-05", "L2"),
         cumple=lambda le: le.registros.loc[0, "ejecutado_vigencia"] == 0.045),
    Caso(problema="mixed number locales in one column", celdas={"R2": "$ 44,50", "R3": "44.5"},
         hallazgo=("LIM-14", "R3"), cumple=lambda le: le.registros["pagos_cop"].tolist()[:2] == [44.5, 44.5]),
    Caso(problema="money shown as percent", celdas={"P2": "5100000000%"}, hallazgo=("LIM-02", "P2"),
         cumple=lambda le: pd.isna(le.registros.loc[0, "compromisos_cop"])),
    Caso(problema="dash for zero", celdas={"R2": " -   ", "L2": "-"}, hallazgo=("LIM-22", "R2"),
         cumple=lambda le: pd.isna(le.registros.loc[0, "pagos_cop"]) and ("PI-14", "L2") in le.hallazgos
         and pd.isna(le.registros.loc[0, "ejecutado_vigencia"])),
    Caso(problema="single blank as missing", celdas={"L2": " "}, hallazgo=("PI-14", "L2"),
         cumple=lambda le: pd.isna(le.registros.loc[0, "ejecutado_vigencia"])),
    Caso(problema="executed with no plan (NP)", celdas={"K2": "NP"}, hallazgo=("PI-08", "K2")),
    Caso(problema="state P but nothing planned", celdas={"F3": 0}, hallazgo=("PI-10", "F3")),
    Caso(problema="planned but execution missing",
         celdas={"L4": None, "P4": 0, "Q4": 0, "R4": 0}, hallazgo=("PI-15", "L4")),
    Caso(problema="execution over plan", celdas={"L5": 15}, hallazgo=("PI-16", "L5")),
    Caso(problema="weights do not sum 1", plan=True, celdas={"E2": 0.6, "E3": 0.378, "C3": "2", "E4": 0.6,
         "E5": 0.6, "E6": 0.6}, hallazgo=("PLAN-09", "E2")),
    Caso(problema="two columns same header, different values", arreglar=columna_repetida,
         hallazgo=("LEC-10", "X1"), cumple=lambda le: le.registros.loc[0, "compromisos_cop"] == 70),
    Caso(problema="header/data misaligned", arreglar=importes_bajo_el_codigo_de_producto,
         hallazgo=("LEC-17", "C1")),
    Caso(problema="same workbook, sheets with shifted columns", arreglar=hoja_con_una_columna_de_mas,
         cumple=lambda le: len(le.registros) == 10 and le.registros["ejecutado_vigencia"].eq(5).all()),
    Caso(problema="duplicate sheet", arreglar=hoja_copiada, hallazgo=("PI-03", "A2")),
    Caso(problema="merged cells / two header rows / header not in row 1",
         arreglar=encabezado_en_la_fila_cinco,
         cumple=lambda le: le.registros["fila"].tolist() == [6, 7, 8, 9, 10]),
    Caso(problema="totals rows inside data", celdas={"A7": "TOTAL", "F7": 50, "L7": 25, "R7": 250},
         hallazgo=("LEC-12", None), cumple=lambda le: len(le.registros) == 5),
    Caso(problema="hidden or stale sheets", arreglar=hoja_oculta, hallazgo=("LEC-11", None)),
    Caso(problema="leading zeros lost / int vs text codes", celdas={"B2": 401, "C2": 401105},
         hallazgo=("PI-23", "C2"), cumple=ancho_de_los_codigos),
    Caso(problema="code hierarchy broken", plan=True, celdas={"H3": "3202"}, hallazgo=("PLAN-05", "J3")),
    Caso(problema="duplicate indicator code", plan=True,
         cumple=lambda le: len(le.registros) == 5 and le.registros["codigo_indicador"].nunique() == 1),
    Caso(problema="BPIN anomalies", plan=True, celdas={"N2": "xxxx", "N3": "2024257990001"},
         hallazgo=("PLAN-07", "N2"), cumple=lambda le: ("PLAN-16", "N3") in le.hallazgos),
    Caso(problema="trailing blanks / line breaks / _x000D_ / nbsp", celdas={"S2": " En_x000D_\n\xa0obra "},
         cumple=lambda le: le.registros.loc[0, "observacion"] == "En obra"
         and "normalizados" in le.celda("S2")["transformacion"]),
    Caso(problema="free text in numeric goal", celdas={"L3": "40%\n (120 mujeres VCA)"},
         hallazgo=("LIM-02", "L3"), cumple=lambda le: pd.isna(le.registros.loc[1, "ejecutado_vigencia"])),
    Caso(problema="accumulation type contradicts goals", plan=True, celdas={"T4": 10},
         hallazgo=("PLAN-11", "T4")),
    Caso(problema="obligaciones>compromisos or pagos>obligaciones", celdas={"Q3": 75, "V3": 75 / 90},
         hallazgo=("PI-07", "Q3")),
    Caso(problema="missing period", arreglar=sin_la_columna_del_trimestre, hallazgo=("LEC-08", None)),
    Caso(problema="cumulative vs period values", plan=True, celdas={"Z5": 2, "AA5": 1},
         hallazgo=("PLAN-21", "AA5")),
    Caso(problema="mislabelled result", celdas={"V4": 70 / 90}, hallazgo=("PI-31", "V4")),
    Caso(problema="wrong denominator in aggregate", celdas={"U3": 5 / 40}, hallazgo=("PI-20", "U3")),
    Caso(problema="sign convention", celdas={"P5": -70}, hallazgo=("PI-06", "P5")),
]  # fmt: skip
# Los que no se ven en un libro suelto tienen su propia prueba más abajo.
APARTE = {
    "impossible dates",
    "retroactive change between cuts",
    "index definition changed between cuts",
    "formula shifted/bug",
    "corrupt file / lock file / macro workbook",
}


def construir(carpeta: Path, caso: Caso, numero: int, columnas: Sequence[tuple[str, object]]) -> Path:
    libro = openpyxl.Workbook()
    hoja = libro.active
    hoja.title = "Plan de desarrollo" if caso.plan else "Plan Indicativo"
    hoja.append([rotulo for rotulo, _ in columnas])
    for k in range(1, 6):
        hoja.append([str(v).format(meta=f"{numero}-{k}") if v == "{meta}" else v for _, v in columnas])
    for celda, valor in caso.celdas.items():
        hoja[celda] = valor
    if caso.arreglar:
        caso.arreglar(libro)
    ruta = carpeta / f"{numero:02d}_{caso.defecto[:60]}.xlsx"
    libro.save(ruta)
    return ruta


def leer(ruta: Path, formato: Formato, sha256: str) -> LibroLimpio:
    corte = None if formato.tabla == "plan" else CORTE
    leido = leer_libro(ruta, formato, archivo=ruta.name, sha256=sha256, vigencias=VIGENCIAS, corte=corte)
    return limpiar(leido, formato, ())


@pytest.fixture(scope="module")
def formato_pi(tmp_path_factory: pytest.TempPathFactory) -> Formato:
    """La plantilla propia con las columnas que otras matrices agregan, en hojas de cualquier nombre."""
    carpeta = tmp_path_factory.mktemp("formatos")
    texto = (PAQUETE / "recursos" / "formatos" / "pi_propio.yml").read_text(encoding="utf-8")
    texto = texto.replace("nombre: pi_propio", "nombre: pi_pruebas")
    texto = texto.replace("hoja: Plan Indicativo", 'hoja: "*Plan Indicativo*"')
    (carpeta / "pi_pruebas.yml").write_text(texto.replace("\ncolumnas_sin_uso:", EXTRAS, 1), encoding="utf-8")
    return cargar_formato("pi_pruebas", carpeta)


@pytest.fixture(scope="module")
def leidos(tmp_path_factory: pytest.TempPathFactory, formato_pi: Formato) -> dict[str, Leido]:
    """Todos los libros, leídos uno a uno y revisados en una sola validación por tabla."""
    carpeta = tmp_path_factory.mktemp("libros")
    casos = [Caso(problema="ninguno"), Caso(problema="ninguno en el plan", plan=True), *CASOS]
    limpios = {
        caso.problema: leer(
            construir(carpeta, caso, n, PLAN if caso.plan else PI),
            cargar_formato("plan_propio") if caso.plan else formato_pi,
            f"{n:064d}",
        )
        for n, caso in enumerate(casos)
    }
    de_plan = {c.problema for c in casos if c.plan}
    tablas = {
        p: armar_plan(limpio)[0] if p in de_plan else armar_registros("registros_pi", limpio, "SSAL")
        for p, limpio in limpios.items()
    }
    vigencias = {p: armar_plan(limpios[p])[1] for p in de_plan}
    hallados = pd.concat(
        [
            _revisar_pi(tablas, limpios, de_plan),
            _revisar_plan(tablas, vigencias, limpios, de_plan),
        ]
    )
    return {
        p: Leido(
            registros=tablas[p],
            celdas=limpio.celdas,
            hallazgos={(h.regla, h.celda) for h in limpio.hallazgos} | _de(hallados, limpio.sha256),
        )
        for p, limpio in limpios.items()
    }


def _de(hallados: pd.DataFrame, sha256: str) -> set[tuple[str, str | None]]:
    propios = hallados[hallados["sha256"] == sha256]
    return {(r, None if pd.isna(c) else c) for r, c in zip(propios["regla"], propios["celda"], strict=True)}


def _revisar_pi(
    tablas: Mapping[str, pd.DataFrame], limpios: Mapping[str, LibroLimpio], de_plan: set[str]
) -> pd.DataFrame:
    registros = pd.concat([t for p, t in tablas.items() if p not in de_plan], ignore_index=True)
    celdas = pd.concat([limpio.celdas for p, limpio in limpios.items() if p not in de_plan])
    meta = {"tipo_meta": "acumulado", "tipo_declarado": "Acumulado", "unidad": "Número", "archivo": "p"}
    meta |= {"codigo_producto": "3204001", "dependencia": "SSAL", "sha256": "p", "hoja": "p", "fila": 1}
    codigos = registros["codigo_meta"].dropna().unique()
    plan = crear_tabla("plan", [{"codigo_meta": c, **meta} for c in codigos])
    vigencias = crear_tabla("plan_vigencias", [{"codigo_meta": c, "vigencia": 2025} for c in codigos])
    return calidad.revisar_registros_pi(registros, plan, vigencias, celdas, CORTE, "acumulado", dane=DANE)


def _revisar_plan(
    tablas: Mapping[str, pd.DataFrame],
    vigencias: Mapping[str, pd.DataFrame],
    limpios: Mapping[str, LibroLimpio],
    de_plan: set[str],
) -> pd.DataFrame:
    return calidad.revisar_plan(
        pd.concat([tablas[p] for p in sorted(de_plan)], ignore_index=True),
        pd.concat([vigencias[p] for p in sorted(de_plan)], ignore_index=True),
        pd.concat([limpios[p].celdas for p in sorted(de_plan)], ignore_index=True),
        dane=DANE,
    )


@pytest.mark.parametrize("problema", ["ninguno", "ninguno en el plan"])
def test_un_libro_sin_problemas_no_tiene_hallazgos(leidos: dict[str, Leido], problema: str) -> None:
    assert {h for h in leidos[problema].hallazgos if h[0] not in {"LEC-08"}} == set()


@pytest.mark.parametrize("caso", CASOS, ids=lambda caso: caso.defecto)
def test_el_problema_se_halla_en_su_celda(leidos: dict[str, Leido], caso: Caso) -> None:
    leido = leidos[caso.problema]
    assert caso.hallazgo is None or caso.hallazgo in leido.hallazgos, sorted(map(str, leido.hallazgos))
    assert caso.cumple is None or caso.cumple(leido)


def test_una_fecha_imposible_queda_vacia_y_se_avisa_y_la_buena_se_conserva() -> None:
    fechas = ["2/2/0205", "31/11/2024", "3011/2025", "31/1272024", "31/10/2025"]
    limpia = limpiar_fechas(fechas)
    assert [(a.indice, a.regla) for a in limpia.avisos] == [(n, "LIM-15") for n in range(4)]
    assert limpia.valores == [None, None, None, None, "2025-10-31"]


def _en_otro_corte(**cambios: object) -> set[tuple[str, str]]:
    """Reglas y celdas de comparar una meta (fila 2) con lo aceptado antes, en vigencia y corte dados."""
    lugar = {"archivo": "a.xlsx", "sha256": "s", "hoja": "PI", "fila": 2}
    base = {"codigo_meta": "M1", "vigencia": 2025, "dependencia": "SSAL", "unidad": "Número", **lugar}
    actual = crear_tabla("registros_pi", [{**base, "ejecutado_vigencia": 5.0, **cambios}])
    previo = crear_tabla(
        "registros_pi", [{**base, "vigencia": actual["vigencia"][0], "ejecutado_vigencia": 8.0}]
    )
    celdas = crear_tabla(
        "celdas",
        [
            {"tabla": "registros_pi", **lugar, "vigencia": v, "campo": c, "celda": f"{letra}2"}
            for c, letra, v in (("ejecutado_vigencia", "L", actual["vigencia"][0]), ("unidad", "D", 0))
        ],
    )
    hallazgos = calidad.revisar_historia(
        actual,
        previo.assign(corte=f"{actual['vigencia'][0]}-T2"),
        celdas,
        CORTE,
        plan=crear_tabla("plan", [{"codigo_meta": "M1", "tipo_meta": "acumulado"}]),
        plan_vigencias=crear_tabla("plan_vigencias"),
        formato_trimestres="acumulado",
    )
    return set(zip(hallazgos["regla"], hallazgos["celda"], strict=True))


def test_retroactive_change_between_cuts() -> None:
    assert _en_otro_corte() == {("HIS-01", "L2")}
    assert _en_otro_corte(vigencia=2024) == {("HIS-08", "L2")}


def test_index_definition_changed_between_cuts() -> None:
    assert ("HIS-06", "D2") in _en_otro_corte(unidad="Metros")


def test_formula_shifted_bug(tmp_path: Path) -> None:
    libro = openpyxl.Workbook()
    for fila in range(1, 9):
        libro.active.append([1, 2, 3, f"=B{fila}/A{fila}" if fila != 5 else "=C5/B5"])
    libro.save(tmp_path / "corrida.xlsx")
    hallazgos = auditar_formulas(
        tmp_path / "corrida.xlsx", instrumento="pi", archivo="corrida.xlsx", sha256="s"
    )
    assert [(h.regla, h.celda) for h in hallazgos] == [("FOR-05", "D5")]


def test_corrupt_file_lock_file_macro_workbook(tmp_path: Path, formato_pi: Formato) -> None:
    sano = construir(tmp_path, Caso(problema="sano"), 0, PI)
    roto, con_macros = tmp_path / "roto.xlsx", tmp_path / "con_macros.xlsm"
    roto.write_bytes(sano.read_bytes()[:-300])
    con_macros.write_bytes(sano.read_bytes())
    assert [h.regla for h in leer(roto, formato_pi, "r" * 64).hallazgos] == ["LEC-03"]
    assert len(leer(con_macros, formato_pi, "m" * 64).filas) == 5
    temporal = tmp_path / "~$salud.xlsx"
    temporal.write_bytes(b"\x05" * 165)
    with pytest.raises(ErrorLibro, match="temporal"):
        recepcion.recibir_libro(
            temporal,
            rutas=Rutas(tmp_path),
            config=cargar_config(PAQUETE.parent),
            corte=CORTE,
            instrumento="pi",
            dependencia="SSAL",
            recibido_en=datetime.fromisoformat("2025-10-10T09:00:00-05:00"),
        )


@pytest.mark.reales
def test_no_falta_ningun_problema_de_la_lista(datos_reales: Path) -> None:
    with (datos_reales / "problemas_reales.csv").open(encoding="utf-8", newline="") as archivo:
        lista = [fila["problema"] for fila in csv.DictReader(archivo)]
    assert len(lista) == 39
    assert set(lista) == {caso.problema for caso in CASOS} | APARTE
