"""La plantilla de Plan Indicativo y el libro del plan: lo que ve y lo que puede tocar un enlace."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
import yaml

from pipeline.config import PAQUETE, Config, cargar_config
from pipeline.errores import ErrorConfiguracion
from pipeline.esquemas import crear_tabla, esquema
from pipeline.modelo import Corte, Periodo
from pipeline.plantillas import (
    Formula,
    escribir_filas_pi,
    escribir_plan_pi,
    escribir_plantilla_pi,
    filas_pi,
    leer_plantilla,
    plantilla_pi,
)

CORTE = Corte(vigencia=2025, periodo=Periodo.T2)


@pytest.fixture(scope="module")
def config() -> Config:
    return cargar_config(PAQUETE.parent)


@pytest.fixture(scope="module")
def plan() -> pd.DataFrame:
    comun = {"linea": "1", "nombre_linea": "Cultura", "programa": "0401", "codigo_producto": "0401102"}
    return crear_tabla(
        "plan",
        [
            comun | {"codigo_meta": "M-1", "nombre_meta": "Sistemas: 4", "dependencia": "SPLA",
                     "tipo_meta": "reduccion_anual", "unidad": "Número", "meta_cuatrienio": 4},
            comun | {"codigo_meta": "M-2", "nombre_meta": "Kilómetros: 12,5", "dependencia": "SPLA",
                     "tipo_declarado": "Acumulado", "linea_base": 1.5},
            comun | {"codigo_meta": "M-3", "nombre_meta": "De otra dependencia", "dependencia": "SINF"},
        ],
    )  # fmt: skip


@pytest.fixture(scope="module")
def plan_vigencias() -> pd.DataFrame:
    return crear_tabla(
        "plan_vigencias",
        [
            {"codigo_meta": "M-1", "vigencia": 2024, "programado_vigencia": 2, "ejecutado_vigencia": 1},
            {"codigo_meta": "M-1", "vigencia": 2025, "programado_vigencia": 2, "programado_t1": 0,
             "programado_t2": 1, "programado_t3": 1, "programado_t4": 2, "recursos_programados_cop": 5e8},
            {"codigo_meta": "M-2", "vigencia": 2025},
        ],
    )  # fmt: skip


@pytest.fixture(scope="module")
def plan_fuentes() -> pd.DataFrame:
    return crear_tabla(
        "plan_fuentes",
        [{"codigo_meta": "M-1", "vigencia": 2025, "fuente": "Recursos propios", "programado_cop": 5e8}],
    )


def _escribir(destino: Path, config: Config, plan: Any, plan_vigencias: Any, **otros: Any) -> Path:
    return escribir_plantilla_pi(
        destino,
        config=config,
        corte=CORTE,
        dependencia="SPLA",
        plan=plan,
        plan_vigencias=plan_vigencias,
        **otros,
    )


@pytest.fixture(scope="module")
def hoja(
    tmp_path_factory: pytest.TempPathFactory, config: Config, plan: pd.DataFrame, plan_vigencias: pd.DataFrame
) -> Any:
    libro = _escribir(tmp_path_factory.mktemp("pi") / "pi.xlsx", config, plan, plan_vigencias)
    return openpyxl.load_workbook(libro)["Plan Indicativo"]


def _celda(hoja: Any, encabezado: str, fila: int) -> Any:
    columna = next(c.column for c in hoja[7] if c.value == encabezado)
    return hoja.cell(row=fila, column=columna)


def test_la_banda_nombra_entidad_procedimiento_corte_y_dependencia(hoja: Any) -> None:
    banda = [hoja[f"A{fila}"].value for fila in range(1, 5)]
    assert banda[0] == "Alcaldía Municipal de Ibagué"
    assert "PRO-PET-07" in banda[1]
    assert banda[2] == "Vigencia 2025 · Corte T2 (a 30 de junio de 2025)"
    assert banda[3] == "Secretaría de Planeación (SPLA)"


def test_solo_trae_las_metas_de_la_dependencia_y_sin_totales(hoja: Any) -> None:
    assert [hoja[f"A{fila}"].value for fila in range(8, hoja.max_row + 1)] == ["M-1", "M-2"]


def test_los_codigos_conservan_su_cero_a_la_izquierda(hoja: Any) -> None:
    assert _celda(hoja, "Programa MGA", 8).value == "0401"
    assert _celda(hoja, "Producto MGA", 8).value == "0401102"


def test_una_meta_sin_programado_se_escribe_cero_y_np(hoja: Any) -> None:
    assert _celda(hoja, "Programado 2025", 9).value == 0
    assert _celda(hoja, "Estado (P/NP)", 9).value == "NP"
    assert _celda(hoja, "Estado (P/NP)", 8).value == "P"


def test_lo_desconocido_queda_vacio_y_no_en_cero(hoja: Any) -> None:
    assert _celda(hoja, "Línea base", 8).value is None
    assert _celda(hoja, "Ejecutado acumulado", 8).value is None


def test_el_tipo_se_escribe_con_su_nombre_aunque_el_plan_solo_tenga_el_codigo(hoja: Any) -> None:
    assert _celda(hoja, "Tipo de meta", 8).value == "Reducción anual"


def test_solo_las_celdas_que_llena_la_dependencia_estan_desbloqueadas(hoja: Any) -> None:
    assert hoja.protection.sheet
    abiertas = {c.encabezado for c in plantilla_pi(CORTE).columnas if c.editable}
    reales = {hoja.cell(row=7, column=c.column).value for c in hoja[8] if not c.protection.locked}
    assert reales == abiertas
    assert len(abiertas) == 11


def test_cada_celda_editable_tiene_validacion_con_mensaje_corto(hoja: Any) -> None:
    reglas = hoja.data_validations.dataValidation
    assert len(reglas) == 11
    assert all(regla.prompt and len(regla.prompt) <= 255 and len(regla.promptTitle) <= 32 for regla in reglas)
    lista = next(regla for regla in reglas if regla.type == "list")
    assert lista.formula1 == '"P,NP"'


def test_codigo_y_meta_quedan_inmoviles(hoja: Any) -> None:
    assert hoja.freeze_panes == "C8"


def test_las_instrucciones_explican_cada_columna(
    tmp_path: Path, config: Config, plan: Any, plan_vigencias: Any
) -> None:
    libro = openpyxl.load_workbook(_escribir(tmp_path / "pi.xlsx", config, plan, plan_vigencias))
    explicadas = {fila[1].value for fila in libro["Instrucciones"].iter_rows() if fila[3].value}
    assert {c.encabezado for c in plantilla_pi(CORTE).columnas} <= explicadas
    assert all(c.significado for c in plantilla_pi(CORTE).columnas)


def test_la_hoja_de_control_esta_oculta_y_reconoce_el_libro(
    tmp_path: Path, config: Config, plan: Any, plan_vigencias: Any
) -> None:
    control = openpyxl.load_workbook(_escribir(tmp_path / "pi.xlsx", config, plan, plan_vigencias))[
        "_control"
    ]
    datos = dict(control.iter_rows(values_only=True))
    assert control.sheet_state == "veryHidden"
    assert (datos["formato"], datos["vigencia"], datos["periodo"]) == ("pi_propio", "2025", "T2")
    assert datos["dependencia"] == "SPLA"
    assert len(datos["huella"]) == 64


def test_la_huella_no_cambia_al_diligenciar_pero_si_al_tocar_lo_bloqueado(
    tmp_path: Path, config: Config, plan: pd.DataFrame, plan_vigencias: pd.DataFrame
) -> None:
    filas = filas_pi(corte=CORTE, dependencia="SPLA", plan=plan, plan_vigencias=plan_vigencias)

    def huella(nombre: str, cambio: dict[str, Any]) -> str:
        ruta = escribir_filas_pi(
            tmp_path / nombre,
            config=config,
            corte=CORTE,
            dependencia="SPLA",
            filas=[filas[0] | cambio, filas[1]],
        )
        return dict(openpyxl.load_workbook(ruta)["_control"].iter_rows(values_only=True))["huella"]

    limpia = huella("a.xlsx", {})
    assert huella("b.xlsx", {"ejecutado_vigencia": 1}) == limpia
    assert huella("c.xlsx", {"programado_vigencia": 3}) != limpia


def test_los_valores_dados_llenan_solo_lo_editable(
    tmp_path: Path, config: Config, plan: pd.DataFrame, plan_vigencias: pd.DataFrame
) -> None:
    valores = pd.DataFrame([{"codigo_meta": "M-1", "ejecutado_vigencia": 1.5, "unidad": "Otra"}])
    libro = _escribir(tmp_path / "pi.xlsx", config, plan, plan_vigencias, valores=valores)
    hoja = openpyxl.load_workbook(libro)["Plan Indicativo"]
    assert _celda(hoja, "Ejecutado acumulado", 8).value == 1.5
    assert _celda(hoja, "Unidad de medida", 8).value == "Número"


def test_un_texto_que_parece_formula_se_escribe_como_texto(tmp_path: Path, config: Config) -> None:
    fila = {"codigo_meta": "M-1", "observacion": "=HYPERLINK(1)", "ejecutado_vigencia": Formula(
        formula="=1/0", resultado="#DIV/0!")}  # fmt: skip
    ruta = escribir_filas_pi(
        tmp_path / "x.xlsx", config=config, corte=CORTE, dependencia="SPLA", filas=[fila]
    )
    hoja = openpyxl.load_workbook(ruta)["Plan Indicativo"]
    assert _celda(hoja, "Observaciones", 8).data_type == "s"
    guardado = openpyxl.load_workbook(ruta, data_only=True)["Plan Indicativo"]
    assert _celda(guardado, "Ejecutado acumulado", 8).value == "#DIV/0!"


def test_los_mismos_datos_dan_los_mismos_bytes(
    tmp_path: Path, config: Config, plan: Any, plan_vigencias: Any, plan_fuentes: Any
) -> None:
    uno = _escribir(tmp_path / "uno.xlsx", config, plan, plan_vigencias).read_bytes()
    otro = _escribir(tmp_path / "otro.xlsx", config, plan, plan_vigencias).read_bytes()
    assert uno == otro
    tablas = {"plan": plan, "plan_vigencias": plan_vigencias, "plan_fuentes": plan_fuentes}
    libros = [escribir_plan_pi(tmp_path / f"p{n}.xlsx", config=config, **tablas) for n in (1, 2)]
    assert libros[0].read_bytes() == libros[1].read_bytes()
    assert not list(tmp_path.glob("*.tmp"))


def test_el_plan_trae_trimestres_y_ejecutado_solo_de_las_vigencias_que_los_tienen(
    tmp_path: Path, config: Config, plan: Any, plan_vigencias: Any, plan_fuentes: Any
) -> None:
    ruta = escribir_plan_pi(
        tmp_path / "plan.xlsx",
        config=config,
        plan=plan,
        plan_vigencias=plan_vigencias,
        plan_fuentes=plan_fuentes,
    )
    hoja = openpyxl.load_workbook(ruta)["Plan de desarrollo"]
    encabezado = [celda.value for celda in hoja[5]]
    assert len(encabezado) == len(set(encabezado))
    assert [t for t in encabezado if t.startswith("Programado T")] == [
        f"Programado T{n} 2025" for n in range(1, 5)
    ]
    assert [t for t in encabezado if t.startswith("Ejecutado")] == ["Ejecutado 2024"]
    assert [t for t in encabezado if t.startswith("Total")] == [f"Total {a}" for a in range(2024, 2028)]
    fila = dict(zip(encabezado, [celda.value for celda in hoja[6]], strict=True))
    assert fila["Recursos propios 2025"] == 500_000_000
    assert fila["Recursos propios 2024"] is None
    assert fila["Código del programa (MGA)"] == "0401"


def test_una_dependencia_que_no_existe_se_rechaza(
    tmp_path: Path, config: Config, plan: Any, plan_vigencias: Any
) -> None:
    with pytest.raises(ErrorConfiguracion, match="SPLX"):
        escribir_plantilla_pi(
            tmp_path / "x.xlsx",
            config=config,
            corte=CORTE,
            dependencia="SPLX",
            plan=plan,
            plan_vigencias=plan_vigencias,
        )


@pytest.mark.parametrize(
    ("plantilla", "tabla"), [("plan_indicativo", "registros_pi"), ("plan_de_desarrollo", "plan")]
)
def test_el_formato_que_lee_conoce_los_encabezados_que_se_escriben(plantilla: str, tabla: str) -> None:
    escrita = leer_plantilla(plantilla)
    ruta = PAQUETE / "recursos" / "formatos" / f"{escrita.formato}.yml"
    formato = yaml.safe_load(ruta.read_text(encoding="utf-8"))
    alias = {columna["campo"]: columna.get("alias", []) for columna in formato["columnas"]}
    comunes = [c for c in escrita.columnas if c.campo in alias]
    assert formato["tabla"] == tabla
    assert {c.campo for c in escrita.columnas if c.editable} <= set(alias) & set(esquema(tabla).nombres)
    assert [c.campo for c in comunes if c.encabezado not in alias[c.campo]] == []


def test_lo_ultimo_aceptado_va_de_referencia_bloqueada_y_no_prellena_lo_editable(
    tmp_path: Path, config: Config, plan: Any, plan_vigencias: Any
) -> None:
    libro = _escribir(
        tmp_path / "pi.xlsx", config, plan, plan_vigencias, aceptado={"M-1": 0.5}, periodo_aceptado="T1"
    )
    hoja = openpyxl.load_workbook(libro)["Plan Indicativo"]
    referencia = _celda(hoja, "Último aceptado (T1)", 8)
    assert referencia.value == 0.5
    assert referencia.protection.locked
    assert _celda(hoja, "Último aceptado (T1)", 9).value is None
    assert _celda(hoja, "Ejecutado acumulado", 8).value is None
    assert referencia.column + 1 == _celda(hoja, "Ejecutado acumulado", 8).column


def test_sin_corte_anterior_en_la_vigencia_la_referencia_lo_dice_y_queda_vacia(hoja: Any) -> None:
    assert _celda(hoja, "Último aceptado (sin corte anterior)", 8).value is None


def test_la_fila_crece_para_que_un_enunciado_largo_se_vea_entero(config, plan, plan_vigencias, tmp_path):
    """Con tres renglones fijos, «…: ampliar de 29.000 a 41.000 en 2027» perdía el año."""
    larga, corta = filas_pi(corte=CORTE, dependencia="SPLA", plan=plan, plan_vigencias=plan_vigencias)
    ruta = escribir_filas_pi(
        tmp_path / "x.xlsx", config=config, corte=CORTE, dependencia="SPLA",
        filas=[larga | {"nombre_meta": "estudiantes " * 16}, corta],
    )  # fmt: skip
    hoja = openpyxl.load_workbook(ruta)["Plan Indicativo"]
    # 192 letras en una columna de 46: cinco renglones de 14 puntos; la otra queda como estaba.
    assert [hoja.row_dimensions[fila].height for fila in (8, 9)] == pytest.approx([70, 42], abs=0.5)
