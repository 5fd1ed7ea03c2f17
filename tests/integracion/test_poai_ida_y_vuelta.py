"""El libro del POAI se escribe, se diligencia, se lee y pasa por la puerta: cada error sale en su celda."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest

from pipeline import calidad, recepcion
from pipeline.calidad import revisar_registros_poai
from pipeline.config import PAQUETE, Config, Rutas, cargar_config
from pipeline.esquemas import crear_tabla
from pipeline.flujo import Contexto
from pipeline.flujo.entrada import Plan, leer_entregas, leer_libros
from pipeline.flujo.ingesta import revisar
from pipeline.flujo.instrumentos import recalcular
from pipeline.formatos import cargar_formato
from pipeline.lectura import leer_libro
from pipeline.limpieza import LibroLimpio, armar_registros, limpiar
from pipeline.modelo import Corte, Periodo
from pipeline.plantillas import escribir_filas_poai, filas_poai
from pipeline.recepcion import Recepcion

CORTE = Corte(vigencia=2025, periodo=Periodo.T3)
DINERO = (
    "apropiacion_inicial_cop", "adiciones_cop", "reducciones_cop", "creditos_cop", "contracreditos_cop",
    "aplazamientos_cop", "desaplazamientos_cop", "apropiacion_definitiva_cop", "cdp_cop", "compromisos_cop",
    "obligaciones_cop", "pagos_cop",
)  # fmt: skip
BASE = {
    "codigo_meta": "M1", "bpin": "2024730010001", "rubro": "2.3.2.02.02.009", "codigo_fuente": "1.2.4.3.03",
    "nombre_fuente": "SGP libre inversión",
}  # fmt: skip
PLAN = crear_tabla(
    "plan",
    [
        {"codigo_meta": m, "nombre_meta": m, "dependencia": "SEDU", "bpin": "2024730010001",
         "archivo": "p.xlsx", "sha256": "p", "hoja": "p", "fila": 2}
        for m in ("M1", "M2")
    ],
)  # fmt: skip


@pytest.fixture(scope="module")
def config() -> Config:
    return cargar_config(PAQUETE.parent)


def _fila(valores: Iterable[float | None], **otros: Any) -> dict[str, Any]:
    return BASE | dict(zip(DINERO, valores, strict=True)) | otros


def _leer(ruta: Path, config: Config, nombre: str) -> LibroLimpio:
    formato = cargar_formato(nombre)
    leido = leer_libro(
        ruta, formato, archivo=ruta.name, sha256="a" * 64, vigencias=config.entidad.vigencias, corte=CORTE
    )
    return limpiar(leido, formato, config.dependencias)


def _revisar(
    carpeta: Path,
    config: Config,
    filas: list[dict[str, Any]],
    movimientos: list[dict[str, Any]],
    anteriores: pd.DataFrame | None = None,
    techos: Mapping[str, float] | None = None,
) -> pd.DataFrame:
    ruta = escribir_filas_poai(
        carpeta / "POAI_SEDU.xlsx", config=config, corte=CORTE, dependencia="SEDU", filas=filas,
        movimientos=movimientos,
    )  # fmt: skip
    poai, hoja = _leer(ruta, config, "poai_propio"), _leer(ruta, config, "movimientos_propio")
    assert poai.hallazgos == () and hoja.hallazgos == ()
    return revisar_registros_poai(
        armar_registros("registros_poai", poai, "SEDU"),
        PLAN,
        pd.concat([poai.celdas, hoja.celdas], ignore_index=True),
        CORTE,
        movimientos=armar_registros("movimientos", hoja, "SEDU"),
        anteriores=anteriores,
        techos=techos,
        previos=crear_tabla("hallazgos"),
        dane="73001",
    )


def _libro(carpeta: Path, config: Config, filas: list[dict[str, Any]], dependencia: str = "SEDU") -> Path:
    """El libro del POAI con esas filas y la hoja de movimientos vacía."""
    return escribir_filas_poai(
        carpeta / f"POAI_{dependencia}.xlsx", config=config, corte=CORTE, dependencia=dependencia, filas=filas
    )


def _en_el_corte(carpeta: Path, config: Config, *rutas: Path) -> pd.DataFrame:
    """Los hallazgos de esos libros (POAI_<dependencia>.xlsx) leídos y revisados como los del corte."""
    contexto = Contexto(rutas=Rutas(carpeta), config=config, corte=CORTE, recuerda=False)
    plan = Plan(
        metas=PLAN,
        vigencias=crear_tabla("plan_vigencias"),
        fuentes=crear_tabla("plan_fuentes"),
        celdas=crear_tabla("celdas"),
        hallazgos=crear_tabla("hallazgos"),
    )
    fichas = [
        Recepcion(
            archivo=ruta.name, ruta=str(ruta), sha256=ruta.stem, bytes=1, formato="poai_propio",
            recibido_en="2025-10-01T00:00:00", dependencia=ruta.stem.split("_")[1], instrumento="poai",
        )
        for ruta in rutas
    ]  # fmt: skip
    leidas = leer_libros(contexto, fichas, "poai")
    return revisar(contexto, plan, leidas, con_plan=False).hallazgos


def _movimiento(clase: str, valor: float, **otros: Any) -> dict[str, Any]:
    acto = {"acto": "Decreto 1000-0123", "fecha_acto": "2025-07-15"}
    return {k: BASE[k] for k in ("codigo_meta", "bpin", "rubro", "codigo_fuente")} | {
        "clase": clase, "valor_cop": valor, **acto, **otros,
    }  # fmt: skip


def _anterior(**valores: Any) -> pd.DataFrame:
    fila = _fila((1000, 0, 0, 0, 0, 0, 0, 1000, 500, 400, 300, 200)) | valores
    lugar = {
        "vigencia": 2025,
        "dependencia": "SEDU",
        "archivo": "t2.xlsx",
        "sha256": "b",
        "hoja": "POAI",
        "fila": 8,
    }
    return crear_tabla("registros_poai", [fila | lugar]).assign(corte="2025-T2")


def test_un_libro_que_cuadra_con_sus_movimientos_y_con_el_corte_anterior_no_deja_hallazgos(
    tmp_path: Path, config: Config
) -> None:
    hallazgos = _revisar(
        tmp_path,
        config,
        [_fila((1000, 300, 50, 0, 100, 20, 5, 1135, 900, 800, 700, 600))],
        [
            _movimiento("adicion", 300), _movimiento("reduccion", 50), _movimiento("contracredito", 100),
            _movimiento("credito", 100, codigo_fuente="1.2.1.0.00"), _movimiento("aplazamiento", 20),
            _movimiento("desaplazamiento", 5),
        ],
        _anterior(),
        {"1.2.4.3.03": 1135},
    )  # fmt: skip
    # El crédito va a un rubro que no está en el libro: es el único reparo.
    assert hallazgos[["regla", "hoja", "celda"]].values.tolist() == [["MOV-04", "Movimientos", "C11"]]


def test_cada_error_del_poai_sale_una_vez_en_su_celda_con_sus_cifras(tmp_path: Path, config: Config) -> None:
    filas = [
        _fila(
            (1000, 300, 0, 0, 0, 0, 0, 1300, 1400, 800, 900, 600)
        ),  # cadena; la adición no tiene movimiento
        _fila((100, 0, 0, 0, 0, 0, 0, 130, 0, 0, 0, 0), codigo_fuente="1.2.1.0.00"),  # identidad
        _fila((0,) * 12, rubro="2.1.1", codigo_fuente="1.2.4.3.04", codigo_meta="M9", bpin="2024760010001"),
        _fila((-5, 0, 0, 0, 0, 0, 0, -5, None, None, None, None), rubro="2.3.9", bpin="202473001"),
        _fila((7, *(0,) * 6, 7, *(0,) * 4), rubro="2.3.7", codigo_fuente="9.9"),
        _fila((7, *(0,) * 6, 7, *(0,) * 4), rubro="2.3.7", codigo_fuente="9.9"),
    ]
    sin_acto = _movimiento("credito", 40, codigo_fuente="1.2.1.0.00", acto=None, fecha_acto="2025-10-02")
    hallazgos = _revisar(tmp_path, config, filas, [sin_acto], _anterior(), {"1.2.4.3.03": 1000})
    halladas = set(zip(hallazgos["regla"], hallazgos["celda"], strict=True))
    assert halladas == {
        ("POAI-02", "A10"), ("POAI-03", "F12"), ("POAI-03", "F13"), ("POAI-04", "J11"), ("POAI-04", "Q11"),
        ("POAI-05", "R8"), ("POAI-05", "T8"), ("POAI-06", "Q9"), ("POAI-09", "C11"), ("POAI-10", "C10"),
        ("POAI-11", "H10"), ("POAI-12", "H12"), ("POAI-12", "H13"), ("POAI-13", "Q8"), ("POAI-14", "F10"),
        ("POAI-15", "Q8"), ("POAI-15", "Q9"), ("POAI-17", "Q8"), ("POAI-17", "Q9"), ("POAI-17", "Q12"),
        ("POAI-17", "Q11"), ("POAI-18", "J9"), ("POAI-18", "J11"), ("POAI-18", "J12"), ("POAI-18", "J13"),
        ("MOV-01", "G8"), ("MOV-05", "H8"),
    }  # fmt: skip
    por_celda = hallazgos.set_index(["regla", "celda"])["mensaje"]
    assert por_celda["POAI-17", "Q8"] == (
        "La apropiación definitiva cambió $ 300 desde 2025-T2 (era $ 1.000) y los movimientos con acto no "
        "explican $ 300."
    )
    assert por_celda["POAI-13", "Q8"].endswith("permite $ 1.000: sobran $ 295.")
    assert "fila 12; POAI_SEDU.xlsx › POAI › fila 13" in por_celda["POAI-03", "F12"]
    assert set(hallazgos.loc[hallazgos["severidad"] == "bloquea", "regla"]) == {"POAI-03", "POAI-04"}


def test_un_rubro_con_dinero_que_desaparece_se_dice_una_vez_por_libro(tmp_path: Path, config: Config) -> None:
    hallazgos = _revisar(
        tmp_path, config, [_fila((0,) * 12, rubro="2.3.1")], [_movimiento("adicion", 1, rubro="2.3.1")],
        _anterior(),
    )  # fmt: skip
    (ausente,) = hallazgos[hallazgos["regla"] == "POAI-20"].to_dict("records")
    assert "meta M1, BPIN 2024730010001, rubro 2.3.2.02.02.009, fuente 1.2.4.3.03" in ausente["mensaje"]
    assert ausente["alcance"] == "libro"


def test_si_el_formato_no_trae_movimientos_no_se_reclaman_y_la_identidad_del_libro_si(
    tmp_path: Path, config: Config
) -> None:
    hallazgos = _revisar(tmp_path, config, [_fila((100, 9, 0, 0, 0, 0, 0, 130, 0, 0, 0, 0))], [])
    assert hallazgos[["regla", "celda"]].values.tolist() == [["POAI-06", "Q8"]]
    assert "difieren en $ 21" in hallazgos["mensaje"][0]


def test_la_plantilla_bloquea_lo_aprobado_y_deja_filas_para_rubros_nuevos(
    tmp_path: Path, config: Config
) -> None:
    aprobado = crear_tabla(
        "registros_poai",
        [BASE | {"apropiacion_inicial_cop": 500, "pagos_cop": 3, "vigencia": 2025, "dependencia": "SEDU",
                 "archivo": "a", "sha256": "a", "hoja": "POAI", "fila": 8}],
    )  # fmt: skip
    filas = filas_poai(dependencia="SEDU", plan=PLAN, aprobado=aprobado)
    assert [(f["codigo_meta"], f.get("apropiacion_inicial_cop"), f.get("pagos_cop")) for f in filas] == [
        ("M1", 500, None), ("M2", None, None),
    ]  # fmt: skip
    destinos = [tmp_path / n for n in ("a.xlsx", "b.xlsx")]
    for destino in destinos:
        escribir_filas_poai(destino, config=config, corte=CORTE, dependencia="SEDU", filas=filas)
    assert destinos[0].read_bytes() == destinos[1].read_bytes()
    libro = openpyxl.load_workbook(destinos[0])
    assert libro.sheetnames == ["Instrucciones", "POAI", "Movimientos", "_listas", "_control"]
    hoja = libro["POAI"]
    assert hoja.protection.sheet and libro.active.title == "POAI"
    bloqueada = {
        celda: hoja[celda].protection.locked for celda in ("F8", "F9", "J8", "J9", "U8", "F10", "B9")
    }
    assert bloqueada == {
        "F8": True,
        "F9": False,
        "J8": True,
        "J9": False,
        "U8": False,
        "F10": False,
        "B9": True,
    }
    listas = {v.formula1: str(v.sqref) for v in hoja.data_validations.dataValidation if v.type == "list"}
    assert [rango.split(":")[0] for rango in listas.values()] == ["A8", "H8"]
    movimientos = libro["Movimientos"].data_validations.dataValidation
    (clase,) = [v for v in movimientos if str(v.sqref).startswith("E8")]
    valores = [c.value for c in libro["_listas"]["C"] if c.value]
    assert clase.formula1 == "_listas!$C$1:$C$6" and valores[0] == "Adición" and len(valores) == 6


@pytest.mark.parametrize("nombre", [None, "Movimientos 2025"])
def test_un_libro_sin_hoja_de_movimientos_lo_dice_una_vez_y_no_rubro_por_rubro(
    tmp_path: Path, config: Config, nombre: str | None
) -> None:
    """Aunque otro libro del corte traiga la suya, que es cuando se reclamaba cada rubro."""
    movido = _fila((100, 30, 0, 0, 0, 0, 0, 130, 0, 0, 0, 0))
    sin_hoja = _libro(tmp_path, config, [movido, movido | {"rubro": "2.3.9"}])
    libro = openpyxl.load_workbook(sin_hoja)
    if nombre:
        libro["Movimientos"].title = nombre
    else:
        libro.remove(libro["Movimientos"])
    libro.save(sin_hoja)
    otro = _libro(tmp_path, config, [movido], "SSAL")
    hallazgos = _en_el_corte(tmp_path, config, sin_hoja, otro)
    assert hallazgos[["dependencia", "regla"]].values.tolist() == [["SEDU", "LIB-01"], ["SSAL", "POAI-15"]]
    otras = "«Instrucciones», «POAI»" + (f", «{nombre}»" if nombre else "")
    assert hallazgos["mensaje"][0] == f"No hay hoja «Movimientos»; el libro tiene: {otras}."


def test_el_poai_entregado_en_csv_se_acepta_y_dice_que_no_trae_la_hoja_de_movimientos(
    tmp_path: Path, config: Config
) -> None:
    """El CSV se buscaba como si fuera la hoja «Movimientos» y se devolvía por las columnas que no tiene."""
    libro = _libro(tmp_path, config, [_fila((100, 0, 0, 0, 0, 0, 0, 100, 60, 50, 40, 30))])
    ruta = libro.with_name("POAI_SEDU.csv")
    filas = openpyxl.load_workbook(libro)["POAI"].iter_rows(values_only=True)
    with ruta.open("w", encoding="utf-8", newline="") as texto:
        csv.writer(texto, delimiter=";").writerows(filas)
    contexto = Contexto(rutas=Rutas(tmp_path), config=config, corte=CORTE, recuerda=False)
    recepcion.recibir_libro(
        ruta, rutas=contexto.rutas, config=config, corte=CORTE, instrumento="poai", dependencia="SEDU",
        recibido_en=datetime(2025, 10, 1, 9, tzinfo=UTC),
    )  # fmt: skip
    leidas = leer_entregas(contexto, "poai")
    assert leidas.registros["compromisos_cop"].tolist() == [50.0]
    assert leidas.hallazgos["regla"].tolist() == ["LIB-01"]
    entregas = calidad.decidir_entregas(leidas.entregas, leidas.hallazgos, 0.2)
    assert entregas.set_index("dependencia")["estado"]["SEDU"] == "aceptada_con_observaciones"


def test_el_poai_de_un_corte_anterior_es_el_de_la_version_que_conto_y_no_el_del_reenvio_devuelto(
    tmp_path: Path, config: Config
) -> None:
    contexto = Contexto(rutas=Rutas(tmp_path), config=config, corte=CORTE, recuerda=False)
    bueno = _libro(tmp_path, config, [_fila((100, 0, 0, 0, 0, 0, 0, 100, 60, 50, 40, 30))])
    peor = tmp_path / "POAI_SEDU_2.xlsx"
    libro = openpyxl.load_workbook(bueno)
    columna = next(c.column for c in libro["POAI"][7] if c.value == "Compromisos")
    libro["POAI"].delete_cols(columna)  # sin «Compromisos» el libro no se puede aceptar
    libro.save(peor)
    for dia, ruta in enumerate((bueno, peor), start=1):
        recepcion.recibir_libro(
            ruta, rutas=contexto.rutas, config=config, corte=CORTE, instrumento="poai", dependencia="SEDU",
            recibido_en=datetime(2025, 10, dia, 9, tzinfo=UTC),
        )  # fmt: skip
    indices = recalcular(contexto, PLAN)["indices_poai"].set_index("nivel")
    assert indices.loc["total", "compromisos_cop"] == 50


def test_una_modificacion_sin_movimiento_se_reclama_igual_en_un_libro_solo_que_entre_los_del_corte(
    tmp_path: Path, config: Config
) -> None:
    ruta = _libro(tmp_path, config, [_fila((100, 30, 0, 0, 0, 0, 0, 130, 0, 0, 0, 0))])
    hallazgos = _en_el_corte(tmp_path, config, ruta)
    assert hallazgos[["regla", "celda"]].values.tolist() == [["POAI-15", "Q8"]]


def test_la_plantilla_con_una_meta_sin_rubro_ni_dinero_queda_aceptada_y_su_fila_sigue_contando(
    tmp_path: Path, config: Config
) -> None:
    """M2 no está en lo aprobado: la plantilla le trae una fila para cuando llegue a tener rubro."""
    aprobado = crear_tabla("registros_poai", [_anterior().drop(columns="corte").iloc[0].to_dict()])
    filas = filas_poai(dependencia="SEDU", plan=PLAN, aprobado=aprobado)
    assert [fila.get("rubro") for fila in filas] == [BASE["rubro"], None]
    filas[0] |= dict(zip(DINERO, (1000, 0, 0, 0, 0, 0, 0, 1000, 500, 400, 300, 200), strict=True))
    ruta = _libro(tmp_path, config, filas)
    assert _en_el_corte(tmp_path, config, ruta).empty
    leidas = armar_registros("registros_poai", _leer(ruta, config, "poai_propio"), "SEDU")
    assert leidas["codigo_meta"].tolist() == ["M1", "M2"]
    con_dinero = _libro(tmp_path, config, [filas[0], filas[1] | {"apropiacion_inicial_cop": 7.0}])
    faltan = _en_el_corte(tmp_path, config, con_dinero)
    assert faltan[["regla", "celda"]].values.tolist() == [["POAI-01", "F9"], ["POAI-01", "H9"]]
