"""Los archivos de carga: qué llevan, cuánto suman y qué dice el cotejo de lo que vuelve."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from pipeline.cargas import armar_carga, cotejar, escribir_csv, leer_devuelto, leer_disposicion, totales
from pipeline.errores import ErrorConfiguracion, ErrorLibro
from pipeline.esquemas import crear_tabla
from pipeline.formatos import cargar_formato
from pipeline.lectura import leer_libro
from pipeline.limpieza import armar_registros, limpiar
from pipeline.modelo import Corte, Periodo

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


@pytest.mark.parametrize("hostil", ["=2+2", "-2+3+cmd|' /C calc'!A0", "\u200b=2+2", "＝2+2"])
def test_ningun_texto_de_la_carga_comienza_como_formula(hostil: str, tmp_path: Path) -> None:
    metas = METAS.assign(nombre_meta=hostil)
    ruta = escribir_csv(armar_carga(metas, TABLERO), TABLERO, tmp_path / "al_tablero.csv")
    assert leer_devuelto(ruta, TABLERO)["Meta"].tolist() == [f" {hostil}"] * 2


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


@pytest.mark.parametrize(
    ("nombre", "contenido"), [("t.xlsx", b"hola"), ("t.csv", b""), ("t.csv", b"a;b\n1;2;3\n")]
)
def test_una_exportacion_que_no_es_una_tabla_se_dice_en_espanol(
    tmp_path: Path, nombre: str, contenido: bytes
) -> None:
    (tmp_path / nombre).write_bytes(contenido)
    with pytest.raises(ErrorLibro) as rechazo:
        leer_devuelto(tmp_path / nombre, TABLERO)
    assert str(rechazo.value) == (
        f"{nombre}: no es una tabla con encabezado que se pueda leer. Exporte otra vez, como .csv o .xlsx."
    )


def test_una_exportacion_guardada_con_excel_en_windows_se_coteja(tmp_path: Path) -> None:
    enviado = _enviado(tmp_path)
    guardado = tmp_path / "guardado.csv"
    guardado.write_bytes(enviado.read_text(encoding="utf-8-sig").encode("cp1252"))
    assert cotejar(leer_devuelto(enviado, TABLERO), leer_devuelto(guardado, TABLERO), TABLERO).empty


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


def test_la_cuipo_escrita_se_lee_de_vuelta_como_un_poai_y_se_coteja_con_lo_que_exporta_chip(
    tmp_path: Path,
) -> None:
    comun = {
        "rubro": "2.3.2.02.02.009", "nombre_rubro": "=Servicios; varios", "vigencia_gasto": "VIGENCIA ACTUAL",
        "centro_gestor": "16", "codigo_producto": "0401007", "nombre_fuente": "SGP-EDUCACIÓN",
    }  # fmt: skip
    filas = [
        {**comun, "bpin": "2024730010001", "codigo_fuente": "1.2.4.1.03", "compromisos_cop": 1_500_000.25,
         "obligaciones_cop": 300.0, "pagos_cop": None},
        {**comun, "bpin": "2024730010002", "codigo_fuente": "1.2.1.0.00", "compromisos_cop": 0.0,
         "obligaciones_cop": None, "pagos_cop": 7.0},
    ]  # fmt: skip
    escrita = escribir_csv(
        armar_carga(crear_tabla("registros_poai", filas), CUIPO), CUIPO, tmp_path / "c.csv"
    )
    formato = cargar_formato("poai_cuipo")
    corte = Corte(vigencia=2025, periodo=Periodo.T3)
    libro = leer_libro(escrita, formato, archivo="c.csv", sha256="a" * 64, vigencias=(2025,), corte=corte)
    limpio = limpiar(libro, formato, ())
    assert [str(h) for h in limpio.hallazgos] == []
    vuelta = armar_registros("registros_poai", limpio, "SHAC").sort_values("bpin", ignore_index=True)
    campos = ["rubro", "vigencia_gasto", "centro_gestor", "codigo_producto", "bpin", "codigo_fuente"]
    dinero = ["compromisos_cop", "obligaciones_cop", "pagos_cop"]
    antes = crear_tabla("registros_poai", filas)
    pd.testing.assert_frame_equal(vuelta[campos + dinero], antes[campos + dinero])  # el vacío sigue vacío

    enviado = leer_devuelto(escrita, CUIPO)
    assert cotejar(enviado, enviado.iloc[::-1], CUIPO).empty
    chip = enviado.assign(Pagos=enviado["Pagos"].where(enviado["BPIN"] != "2024730010002", "8"))
    (diferencia,) = cotejar(enviado, chip, CUIPO).to_dict("records")
    assert (diferencia["columna"], diferencia["enviado"], diferencia["devuelto"]) == ("Pagos", "7", "8")
    assert "2024730010002" in diferencia["fila"]


def test_al_tablero_se_coteja_tambien_con_un_libro_de_excel(tmp_path: Path) -> None:
    enviado = leer_devuelto(_enviado(tmp_path), TABLERO)
    exportado = tmp_path / "exportacion.xlsx"
    # El aplicativo guarda las cifras como números y agrega una columna suya.
    suyo = enviado.assign(Usuario="x")
    suyo["Ejecutado al corte"] = pd.to_numeric(suyo["Ejecutado al corte"])
    suyo["Programado de la vigencia"] = [2.5, 10]
    suyo.to_excel(exportado, index=False)
    assert cotejar(enviado, leer_devuelto(exportado, TABLERO), TABLERO).empty
