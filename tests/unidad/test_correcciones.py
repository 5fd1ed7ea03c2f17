"""Correcciones declaradas: se aplican a la vista, con su celda, o se dice por qué no se aplicaron."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from pipeline.correcciones import (
    Correccion,
    aplicar_correcciones,
    atenuar_corregidas,
    cargar_correcciones,
    cargar_correcciones_del_plan,
    corregir_plan,
)
from pipeline.errores import ErrorConfiguracion
from pipeline.esquemas import crear_tabla, revisar_tabla
from pipeline.modelo import Corte, Hallazgo, Periodo, Severidad

CORTE = Corte(vigencia=2025, periodo=Periodo.T3)
LUGAR = {"archivo": "salud.xlsx", "sha256": "s1", "hoja": "PI", "fila": 8}
BASE: dict[str, Any] = {
    "id": "2025-001",
    "periodo": "T3",
    "hoja": "PI",
    "celda": "L8",
    "espera": "5 (aprox.)",
    "pone": 5,
    "razon": "Acta 12",
    "autoridad": "Secretario de Planeación",
    "fecha": "2025-10-12",
}


def registros() -> pd.DataFrame:
    fila = {"codigo_meta": "M1", "vigencia": 2025, "dependencia": "SSAL", "unidad": "Número", **LUGAR}
    otra = {**fila, "codigo_meta": "M2", "fila": 9, "ejecutado_vigencia": 7.0}
    return crear_tabla("registros_pi", [fila, otra])


def celdas() -> pd.DataFrame:
    comunes = {"tabla": "registros_pi", **LUGAR, "codigo_meta": "M1", "encabezado": "Ejecutado acumulado"}
    return crear_tabla(
        "celdas",
        [
            {
                **comunes,
                "celda": "L8",
                "campo": "ejecutado_vigencia",
                "vigencia": 2025,
                "valor_crudo": "5 (aprox.)",
            },
            {**comunes, "celda": "D8", "campo": "unidad", "vigencia": 0, "valor_crudo": "Número"},
            {
                **comunes,
                "fila": 9,
                "celda": "L9",
                "campo": "ejecutado_vigencia",
                "vigencia": 2025,
                "codigo_meta": "M2",
                "valor_crudo": "7",
                "valor_numero": 7.0,
            },
        ],
    )


def aplicar(**cambios: object) -> tuple[pd.DataFrame, pd.DataFrame, Hallazgo]:
    declarada = Correccion.model_validate({k: v for k, v in {**BASE, **cambios}.items() if v != "—"})
    nuevos, trazadas, hallazgos = aplicar_correcciones(
        registros(), celdas(), [declarada], origen="expectations/correcciones/2025.yml"
    )
    revisar_tabla("registros_pi", nuevos)
    revisar_tabla("celdas", trazadas)
    (hallazgo,) = hallazgos
    return nuevos, trazadas, hallazgo


def test_la_correccion_pone_el_valor_y_deja_su_rastro() -> None:
    nuevos, trazadas, hallazgo = aplicar()
    assert nuevos["ejecutado_vigencia"].tolist() == [5.0, 7.0]
    traza = trazadas[trazadas["celda"] == "L8"].iloc[0]
    assert (traza["valor_numero"], traza["valor_crudo"]) == (5.0, "5 (aprox.)")
    assert traza["transformacion"] == "corrección declarada 2025-001: «5 (aprox.)» por «5»"
    assert (hallazgo.regla, hallazgo.celda, hallazgo.severidad) == ("COR-01", "L8", Severidad.INFORMA)
    assert hallazgo.mensaje == (
        "Corrección 2025-001: donde el libro dice «5 (aprox.)» se usa «5». "
        "Razón: Acta 12 (Secretario de Planeación, 2025-10-12)."
    )


def test_se_puede_senalar_por_meta_y_campo_y_corregir_un_texto() -> None:
    por_meta = {
        "hoja": "—",
        "celda": "—",
        "meta": "M1",
        "campo": "unidad",
        "espera": "numero",
        "pone": "Metros",
    }
    assert aplicar(**por_meta)[2].regla == "COR-02"
    nuevos, _, hallazgo = aplicar(**{**por_meta, "espera": "Número"})
    assert (hallazgo.regla, hallazgo.celda, nuevos["unidad"][0]) == ("COR-01", "D8", "Metros")


def test_un_numero_se_espera_como_esta_escrito_o_como_se_leyo() -> None:
    nuevos, _, hallazgo = aplicar(celda="L9", espera=7, pone=None)
    assert (hallazgo.regla, nuevos["ejecutado_vigencia"].isna().tolist()) == ("COR-01", [True, True])


def test_si_la_fuente_ya_no_dice_lo_que_espera_no_se_aplica_y_se_dice() -> None:
    nuevos, trazadas, hallazgo = aplicar(espera="6")
    assert nuevos.equals(registros())
    assert trazadas.equals(celdas())
    assert hallazgo.severidad is Severidad.OBSERVA
    assert hallazgo.mensaje == (
        "La corrección 2025-001 no se aplicó: esperaba «6» y la celda dice «5 (aprox.)»."
    )
    assert "expectations/correcciones/2025.yml" in hallazgo.accion


@pytest.mark.parametrize(
    ("cambios", "dice"),
    [
        ({"celda": "L99"}, "ningún libro vigente"),
        ({"archivo": "otro.xlsx"}, "ningún libro vigente"),
        ({"pone": "cinco"}, "«pone» no es un número, como pide ejecutado_vigencia"),
    ],
)
def test_una_correccion_que_no_se_puede_poner_dice_por_que(cambios: dict[str, object], dice: str) -> None:
    hallazgo = aplicar(**cambios)[2]
    assert (hallazgo.regla, dice in hallazgo.mensaje) == ("COR-03", True)


def test_un_localizador_que_senala_dos_celdas_no_corrige_ninguna() -> None:
    dos = pd.concat([celdas(), celdas().assign(sha256="s2", archivo="educacion.xlsx")], ignore_index=True)
    _, _, (hallazgo,) = aplicar_correcciones(registros(), dos, [Correccion.model_validate(BASE)])
    assert (hallazgo.regla, "señala 2 celdas" in hallazgo.mensaje) == ("COR-03", True)


def test_lo_que_la_limpieza_dijo_de_la_celda_corregida_ya_no_bloquea() -> None:
    lugar = {"sha256": "s1", "hoja": "PI", "fila": 8}
    comunes = {"alcance": "fila", "instrumento": "pi", "mensaje": "No es un número.", "accion": "a", **lugar}
    de_limpieza = [
        Hallazgo(regla="LIM-02", severidad=Severidad.BLOQUEA, celda=celda, **comunes)  # type: ignore[arg-type]
        for celda in ("L8", "L9")
    ]
    atenuados = atenuar_corregidas([*de_limpieza, aplicar()[2]])
    assert [h.severidad.value for h in atenuados] == ["informa", "bloquea", "informa"]
    assert atenuados[0].mensaje.endswith("Hay una corrección declarada para esta celda.")


YAML = """
correcciones:
  - {id: a, periodo: T3, hoja: PI, celda: L8, espera: 1, pone: 2, razon: r, autoridad: q, fecha: 2025-10-12}
  - {id: b, periodo: T2, meta: M1, campo: unidad, espera: x, pone: y,
     razon: r, autoridad: q, fecha: 2025-07-10}
"""


def test_solo_se_cargan_las_del_corte(tmp_path: Path) -> None:
    ruta = tmp_path / "2025.yml"
    assert cargar_correcciones(ruta, CORTE) == ()
    ruta.write_text(YAML, encoding="utf-8")
    assert [c.id for c in cargar_correcciones(ruta, CORTE)] == ["a"]


@pytest.mark.parametrize(
    ("antes", "despues", "dice"),
    [
        ("celda: L8, ", "", "diga «hoja» y «celda», o «meta» y «campo»"),
        ("campo: unidad", "campo: unidades", "«unidades» no es un campo del seguimiento"),
        ("razon: r, autoridad: q, fecha: 2025-10-12", "autoridad: q, fecha: 2025-10-12", "«razon»: falta"),
        (
            "espera: 1",
            "esperaba: 1",
            r"corrección 1: .*clave desconocida «esperaba». ¿Quiso decir «espera»\?",
        ),
        ("id: b", "id: a", "repetidas: a"),
        ("correcciones:", "otras:", "falta la lista"),
        ("correcciones:", "correcciones: [", "YAML mal escrito"),
    ],
)
def test_una_correccion_mal_declarada_se_explica(tmp_path: Path, antes: str, despues: str, dice: str) -> None:
    ruta = tmp_path / "2025.yml"
    ruta.write_text(YAML.replace(antes, despues), encoding="utf-8")
    with pytest.raises(ErrorConfiguracion, match=dice):
        cargar_correcciones(ruta, CORTE)


PLAN = {"archivo": "plan.xlsx", "sha256": "p1", "hoja": "Plan", "fila": 6}


def _plan() -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Una meta con su tipo y lo programado en dos años; y otra meta que no se toca."""
    meta = {
        "codigo_meta": "M1",
        "nombre_meta": "Uno",
        "tipo_declarado": "Flujo",
        "tipo_meta": "flujo",
        **PLAN,
    }
    metas = crear_tabla("plan", [meta, {**meta, "codigo_meta": "M2", "fila": 7}])
    anios = [
        {"codigo_meta": codigo, "vigencia": anio, "programado_vigencia": 1000.0}
        for codigo in ("M1", "M2")
        for anio in (2025, 2026)
    ]
    comun = {"tabla": "plan", "codigo_meta": "M1", "vigencia": 0, **PLAN}
    celdas = [
        {**comun, "celda": "A6", "campo": "codigo_meta", "valor_crudo": "M1", "valor_texto": "M1"},
        {**comun, "celda": "R6", "campo": "tipo_declarado", "valor_crudo": "Flujo", "valor_texto": "Flujo"},
        {**comun, "celda": "R6", "campo": "tipo_meta", "valor_crudo": "Flujo", "valor_texto": "flujo"},
        {
            **comun,
            "celda": "W6",
            "campo": "programado_vigencia",
            "vigencia": 2025,
            "valor_crudo": "1,000",
            "valor_numero": 1000.0,
            "transformacion": "«1,000» leído como 1000",
        },
    ]
    return metas, crear_tabla("plan_vigencias", anios), crear_tabla("celdas", celdas)


def _corregir(**cambios: object) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, Hallazgo]:
    declarada = {**BASE, "instrumento": "plan", "hoja": "Plan", "celda": "W6", "espera": "1,000", "pone": 1}
    correccion = Correccion.model_validate({k: v for k, v in {**declarada, **cambios}.items() if v != "—"})
    metas, vigencias, celdas, (hallazgo,) = corregir_plan(*_plan(), [correccion], origen="2025.yml")
    for tabla, datos in (("plan", metas), ("plan_vigencias", vigencias), ("celdas", celdas)):
        revisar_tabla(tabla, datos)
    return metas, vigencias, celdas, hallazgo


def test_lo_programado_de_una_meta_se_corrige_solo_en_su_vigencia_y_deja_su_rastro() -> None:
    metas, vigencias, celdas, hallazgo = _corregir()
    assert vigencias["programado_vigencia"].tolist() == [1.0, 1000.0, 1000.0, 1000.0]
    assert metas.equals(_plan()[0])
    traza = celdas[celdas["celda"] == "W6"].iloc[0]
    assert (traza["valor_crudo"], traza["valor_numero"]) == ("1,000", 1.0)
    assert traza["transformacion"] == (
        "«1,000» leído como 1000; corrección declarada 2025-001: «1,000» por «1»"
    )
    assert (hallazgo.regla, hallazgo.instrumento, hallazgo.celda) == ("COR-01", "plan", "W6")


def test_una_celda_que_alimenta_dos_campos_los_corrige_a_los_dos_cada_uno_con_su_vocabulario() -> None:
    metas, vigencias, celdas, _ = _corregir(celda="R6", espera="Flujo", pone="Reducción anual")
    assert metas["tipo_declarado"].tolist() == ["Reducción anual", "Flujo"]
    assert metas["tipo_meta"].tolist() == ["reduccion_anual", "flujo"]
    assert celdas.loc[celdas["celda"] == "R6", "valor_texto"].tolist() == [
        "Reducción anual",
        "reduccion_anual",
    ]
    assert vigencias.equals(_plan()[1])


@pytest.mark.parametrize(
    ("cambios", "regla", "dice"),
    [
        ({"espera": "2,000"}, "COR-02", "esperaba «2,000» y la celda dice «1,000»"),
        ({"celda": "A6", "espera": "M1", "pone": "M9"}, "COR-03", "«codigo_meta» no se corrige así"),
        ({"celda": "R6", "espera": "Flujo", "pone": "Raro"}, "COR-03", "no es uno de acumulado, flujo"),
        ({"hoja": "—", "celda": "—", "meta": "M1", "campo": "bpin"}, "COR-03", "ningún libro vigente"),
    ],
)
def test_lo_que_no_corresponde_no_se_pone_en_el_plan(cambios: dict[str, Any], regla: str, dice: str) -> None:
    metas, vigencias, celdas, hallazgo = _corregir(**cambios)
    assert (hallazgo.regla, dice in hallazgo.mensaje) == (regla, True)
    assert (metas.equals(_plan()[0]), vigencias.equals(_plan()[1]), celdas.equals(_plan()[2])) == (True,) * 3


def test_las_del_plan_rigen_desde_su_periodo_y_las_del_seguimiento_solo_en_el_suyo(tmp_path: Path) -> None:
    del_plan = YAML.replace("periodo:", "instrumento: plan, periodo:").replace("campo: unidad", "campo: bpin")
    (tmp_path / "2024.yml").write_text(del_plan, encoding="utf-8")
    (tmp_path / "2025.yml").write_text(del_plan, encoding="utf-8")
    rutas = [tmp_path / "2025.yml", tmp_path / "2024.yml"]

    def rigen(vigencia: int, periodo: Periodo) -> list[list[str]]:
        corte = Corte(vigencia=vigencia, periodo=periodo)
        return [[c.id for c in todas] for todas in cargar_correcciones_del_plan(rutas, corte).values()]

    assert rigen(2025, Periodo.T2) == [["a", "b"], ["b"]]
    assert rigen(2025, Periodo.T4) == [["a", "b"], ["a", "b"]]
    assert rigen(2024, Periodo.T1) == [[], []]
    assert cargar_correcciones(rutas[0], CORTE) == ()
