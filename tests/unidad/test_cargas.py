"""Los archivos de carga: qué llevan, cuánto suman y qué dice el cotejo de lo que vuelve."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from pipeline.cargas import armar_carga, cotejar, escribir_csv, leer_devuelto, leer_disposicion, totales
from pipeline.errores import ErrorConfiguracion, ErrorLibro
from pipeline.esquemas import crear_tabla

TABLERO, CUIPO = leer_disposicion("al_tablero"), leer_disposicion("cuipo")
METAS = crear_tabla(
    "metas",
    [
        {"codigo_meta": "MP-02", "nombre_meta": "=2+2", "sector": "04", "programado_vigencia": 10.0,
         "ejecutado_vigencia": None, "pagos_cop": None},
        {"codigo_meta": "MP-01", "nombre_meta": "Vías; puentes", "sector": "24", "programado_vigencia": 2.5,
         "ejecutado_vigencia": 1.0, "avance": 0.4, "pagos_cop": 1_234_567_890_123.0},
    ],
)  # fmt: skip


def _enviado(tmp_path: Path) -> Path:
    return escribir_csv(armar_carga(METAS, TABLERO), TABLERO, tmp_path / "al_tablero.csv")


def test_la_carga_va_ordenada_y_un_vacio_no_es_cero(tmp_path: Path) -> None:
    ruta = _enviado(tmp_path)
    renglones = ruta.read_text(encoding="utf-8-sig").splitlines()
    assert len(renglones[0].split(";")) == 20
    primera = leer_devuelto(ruta, TABLERO).iloc[0]
    assert primera["Código de la meta"] == "MP-01" and primera["Meta"] == "Vías; puentes"
    assert primera["Avance físico (%)"] == "40" and primera["Programado de la vigencia"] == "2,5"
    assert primera["Pagos"] == "1234567890123"
    segunda = leer_devuelto(ruta, TABLERO).iloc[1]
    assert pd.isna(segunda["Ejecutado al corte"]) and segunda["Código del sector"] == "04"
    assert ';" =2+2";' in renglones[2] or "; =2+2;" in renglones[2]  # no es fórmula al abrirlo


def test_los_totales_de_control_suman_lo_que_hay() -> None:
    control = totales(armar_carga(METAS, TABLERO), TABLERO)
    assert control["filas"] == 2
    assert control["Programado de la vigencia"] == 12.5 and control["Ejecutado al corte"] == 1.0
    assert control["Compromisos"] is None


def test_lo_que_vuelve_igual_no_tiene_diferencias_aunque_cambie_la_forma(tmp_path: Path) -> None:
    enviado = leer_devuelto(_enviado(tmp_path), TABLERO)
    vuelta = enviado.iloc[::-1].reset_index(drop=True)
    vuelta["Pagos"] = vuelta["Pagos"].replace("1234567890123", "1.234.567.890.123,00")
    assert cotejar(enviado, vuelta, TABLERO).empty


def test_el_cotejo_nombra_lo_que_falta_lo_que_sobra_y_lo_que_cambio(tmp_path: Path) -> None:
    enviado = leer_devuelto(_enviado(tmp_path), TABLERO)
    vuelta = enviado.copy()
    vuelta.loc[0, "Ejecutado al corte"] = "10"
    vuelta.loc[0, "Código del sector"] = "024"
    vuelta.loc[1, "Código de la meta"] = "MP-03"
    vuelta = vuelta.drop(columns=["Unidad"])
    diferencias = set(cotejar(enviado, vuelta, TABLERO).itertuples(index=False, name=None))
    assert diferencias == {
        ("MP-02", "", "", "", "no llegó"),
        ("MP-03", "", "", "", "no se envió"),
        ("MP-01", "Ejecutado al corte", "1", "10", "no coincide"),
        ("MP-01", "Código del sector", "24", "024", "no coincide"),
        ("", "Unidad", "", "", "el aplicativo no la exporta"),
    }


def test_una_exportacion_sin_la_llave_se_rechaza(tmp_path: Path) -> None:
    ruta = tmp_path / "otra.csv"
    ruta.write_text("a;b\n1;2\n", encoding="utf-8")
    with pytest.raises(ErrorLibro, match="falta la columna «Código de la meta»"):
        leer_devuelto(ruta, TABLERO)
    with pytest.raises(ErrorConfiguracion, match="al_tablero"):
        leer_disposicion("altablero")


def test_la_cuipo_suma_por_sus_codigos_sin_mezclar_fuentes() -> None:
    comun = {"rubro": "2.3.2", "bpin": "2024730010001", "codigo_producto": "4001007"}
    filas = [
        {**comun, "codigo_fuente": "1.2.1", "compromisos_cop": 5.0, "pagos_cop": None},
        {**comun, "codigo_fuente": "1.2.1", "compromisos_cop": 7.0, "pagos_cop": None},
        {**comun, "codigo_fuente": "1.2.4", "compromisos_cop": 1.0, "pagos_cop": 1.0},
    ]
    carga = armar_carga(crear_tabla("registros_poai", filas), CUIPO)
    assert carga["Compromisos"].tolist() == [12.0, 1.0]
    assert pd.isna(carga["Pagos"].iloc[0]) and carga["Pagos"].iloc[1] == 1.0
