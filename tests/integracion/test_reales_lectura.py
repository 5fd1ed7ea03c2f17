"""Libros públicos reales: lo que leemos coincide con lo que la entidad publicó y nada se pierde."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from pipeline.config import cargar_config
from pipeline.esquemas import revisar_tabla
from pipeline.formatos import cargar_formato
from pipeline.lectura import leer_libro
from pipeline.limpieza import LibroLimpio, armar_plan, armar_registros, limpiar
from pipeline.limpieza.resultado import escribir_crudo
from pipeline.modelo import Corte, Periodo, Severidad

pytestmark = pytest.mark.reales

VIGENCIAS = (2024, 2025, 2026, 2027)
TENJO = "tenjo/PLAN INDICATIVO TENJO.xlsx"
RAIZ_TENJO = Path(__file__).parents[2] / "ejemplos" / "tenjo"


def _limpiar(ruta: Path, formato: str, corte: Corte | None = None, raiz: Path | None = None) -> LibroLimpio:
    definicion = cargar_formato(formato)
    leido = leer_libro(ruta, definicion, archivo=ruta.name, sha256="a" * 64, vigencias=VIGENCIAS, corte=corte)
    return limpiar(leido, definicion, cargar_config(raiz).dependencias if raiz else ())


@pytest.fixture(scope="module")
def pi(datos_reales: Path) -> LibroLimpio:
    return _limpiar(datos_reales / TENJO, "pi_tenjo", Corte(vigencia=2025, periodo=Periodo.T3))


@pytest.fixture(scope="module")
def plan(datos_reales: Path) -> LibroLimpio:
    return _limpiar(datos_reales / TENJO, "plan_tenjo", raiz=RAIZ_TENJO)


@pytest.fixture(scope="module")
def registros(pi: LibroLimpio) -> pd.DataFrame:
    return revisar_tabla("registros_pi", armar_registros("registros_pi", pi, "SPDT"))


@pytest.fixture(scope="module")
def hoja_tenjo(datos_reales: Path) -> openpyxl.worksheet.worksheet.Worksheet:
    return openpyxl.load_workbook(datos_reales / TENJO, data_only=True)["PDM"]


def test_tenjo_se_lee_completo_331_metas_en_dos_vigencias(registros: pd.DataFrame, plan: LibroLimpio) -> None:
    metas, vigencias, _ = (
        revisar_tabla(n, t)
        for n, t in zip(("plan", "plan_vigencias", "plan_fuentes"), armar_plan(plan), strict=True)
    )
    assert metas["codigo_meta"].tolist() == [str(n) for n in range(1, 332)]
    assert len(vigencias) == 331 * 4
    assert registros.groupby("vigencia").size().to_dict() == {2024: 331, 2025: 331}
    assert set(registros["codigo_meta"]) == set(metas["codigo_meta"])


@pytest.mark.parametrize("vigencia", [2024, 2025])
def test_tenjo_el_avance_de_sus_totales_es_el_publicado_en_las_331_filas(
    registros: pd.DataFrame, vigencia: int
) -> None:
    filas = registros[registros["vigencia"] == vigencia]
    avance = (filas["ejecutado_vigencia"] / filas["programado_vigencia"]).where(
        filas["programado_vigencia"] > 0, 0.0
    )
    assert (avance - filas["avance_declarado"]).abs().lt(1e-6).sum() == 331


def test_tenjo_la_ejecucion_financiera_es_la_publicada_en_las_331_filas(registros: pd.DataFrame) -> None:
    sumas = registros.groupby("codigo_meta")[["compromisos_cop", "apropiacion_definitiva_cop"]].sum()
    publicada = registros[registros["vigencia"] == 2025].set_index("codigo_meta")[
        "ejecucion_financiera_declarada"
    ]
    calculada = (sumas["compromisos_cop"] / sumas["apropiacion_definitiva_cop"]).where(
        sumas["apropiacion_definitiva_cop"] > 0
    )
    comparadas = pd.DataFrame({"publicada": publicada, "calculada": calculada})
    assert comparadas["publicada"].isna().sum() == 29
    assert comparadas["publicada"].isna().equals(comparadas["calculada"].isna())
    assert (comparadas["publicada"] - comparadas["calculada"]).abs().dropna().lt(1e-6).sum() == 331 - 29


def test_tenjo_la_segunda_columna_del_mismo_nombre_queda_como_contraste(registros: pd.DataFrame) -> None:
    """NOTES.md: 100 filas difieren en la apropiación y 184 en los compromisos ; 5 contrastes están vacíos."""
    de_2025 = registros[registros["vigencia"] == 2025]
    for campo, distintas in (("apropiacion_definitiva", 100), ("compromisos", 184)):
        oficial, contraste = de_2025[f"{campo}_cop"], de_2025[f"{campo}_contraste_cop"]
        assert (oficial - contraste).abs().gt(0).sum() == distintas
        assert contraste.isna().sum() == 5


@pytest.mark.parametrize("cual", ["pi", "plan"])
def test_tenjo_la_celda_citada_tiene_el_valor_crudo(
    cual: str, request: pytest.FixtureRequest, hoja_tenjo: openpyxl.worksheet.worksheet.Worksheet
) -> None:
    celdas = revisar_tabla("celdas", request.getfixturevalue(cual).celdas)
    distintas = [
        (celda.celda, celda.valor_crudo)
        for celda in celdas.itertuples()
        if _texto(hoja_tenjo[celda.celda].value) != ("" if pd.isna(celda.valor_crudo) else celda.valor_crudo)
    ]
    assert distintas == []


def _texto(valor: object) -> str:
    return (
        escribir_crudo(float(valor)) if isinstance(valor, int | float) else escribir_crudo(valor or "")
    ) or ""


def test_tenjo_los_cinco_errores_de_excel_salen_en_su_celda(pi: LibroLimpio) -> None:
    errores = {h.celda for h in pi.hallazgos if h.regla == "LIM-03"}
    assert errores == {"BJ75", "AB249", "AE249", "BI249", "BJ249"}


def test_tenjo_los_porcentajes_escritos_como_texto_salen_en_su_celda(pi: LibroLimpio) -> None:
    """NOTES.md: 38 + 331 + 294 + 2; dos de las 294 son #DIV/0! y salen como error."""
    avisos = [h for h in pi.hallazgos if h.regla == "LIM-04"]
    columnas = Counter(str(h.celda).rstrip("0123456789") for h in avisos)
    # AU, BJ y BI no alimentan ningún campo: cada una se dice una vez.
    assert columnas == {"AU": 1, "BJ": 1, "BI": 1, "AV": 2}
    juntos = {re.search(r"Son (\d+) celdas", h.mensaje)[1] for h in avisos if h.alcance == "libro"}
    assert juntos == {"331", str(294 - 2), "38"}
    assert {"AV224", "AV225"} <= {h.celda for h in pi.hallazgos}


def test_tenjo_cada_linea_base_en_texto_se_lee_o_tiene_su_hallazgo(plan: LibroLimpio) -> None:
    """NOTES.md: 46 celdas de la línea base del producto son texto; 9 dicen «SD» y una es un espacio."""
    reglas = Counter(h.regla for h in plan.hallazgos if h.columna == "L.B" and h.alcance == "fila")
    assert reglas == {"LIM-02": 32, "LIM-05": 3, "LIM-13": 1}
    assert sum(reglas.values()) == 46 - 9 - 1


def test_tenjo_los_encabezados_repetidos_salen_en_su_celda(pi: LibroLimpio) -> None:
    assert {h.celda for h in pi.hallazgos if h.regla == "LEC-10"} == {"T1", "BL1", "BV1", "BW1"}


def test_tenjo_la_fila_333_de_totales_se_excluye_diciendolo(pi: LibroLimpio, plan: LibroLimpio) -> None:
    for limpio in (pi, plan):
        assert [h.fila for h in limpio.hallazgos if h.regla == "LEC-12"] == [333]


def test_tenjo_las_tres_hojas_ocultas_se_ignoran_diciendolo(pi: LibroLimpio) -> None:
    ocultas = {h.hoja for h in pi.hallazgos if h.regla == "LEC-11"}
    assert ocultas == {"Hoja 1", "CONSOLIDADO PROGRAMAS", "Nombre Eje"}


def test_tenjo_no_tiene_hallazgos_que_bloqueen_ni_columnas_sin_explicar(
    pi: LibroLimpio, plan: LibroLimpio
) -> None:
    for limpio in (pi, plan):
        assert [str(h) for h in limpio.hallazgos if h.severidad is Severidad.BLOQUEA] == []
        assert not {"LEC-07", "LEC-08", "LEC-09", "LIM-07", "LIM-08", "LIM-10"} & {
            h.regla for h in limpio.hallazgos
        }


def test_tenjo_todo_responsable_se_reconoce_como_una_dependencia(plan: LibroLimpio) -> None:
    """Conteos de la columna RESPONSABLE de la hoja, tomados aparte."""
    por_dependencia = armar_plan(plan)[0]["dependencia"].value_counts()
    assert por_dependencia.sum() == 331
    assert por_dependencia[["SIOP", "SPSO", "IMCTT", "SGCC", "SHAC"]].tolist() == [58, 57, 40, 31, 1]


@pytest.mark.parametrize("entidad", ["25126", "25295", "25799"])
def test_sispt_se_importa_sin_perder_filas_ni_hallazgos_que_bloqueen(
    datos_reales: Path, entidad: str
) -> None:
    ruta = datos_reales / "sispt" / f"{entidad}.xlsx"
    hoja = openpyxl.load_workbook(ruta, data_only=True)["Plan indicativo - Productos"]
    encabezado = [c.value for c in hoja[2]]
    filas = list(hoja.iter_rows(min_row=3, values_only=True))
    codigos = [fila[encabezado.index("Código de indicador de producto (SisPT)")] for fila in filas]

    limpio = _limpiar(ruta, "plan_sispt")
    metas, vigencias, fuentes = armar_plan(limpio)
    assert metas["codigo_meta"].tolist() == codigos
    assert len(vigencias) == len(codigos) * 4
    assert [str(h) for h in limpio.hallazgos if h.severidad is Severidad.BLOQUEA] == []
    totales = [encabezado.index(f"Total {v}") for v in VIGENCIAS]
    publicado = sum(fila[i] or 0 for fila in filas for i in totales)
    assert vigencias["recursos_programados_cop"].sum() == pytest.approx(publicado)
    assert fuentes["programado_cop"].sum() == pytest.approx(publicado, rel=1e-6)
    assert metas["tipo_meta"].notna().all()
    assert metas["linea"].str.fullmatch(r"LE-\d+").all()
