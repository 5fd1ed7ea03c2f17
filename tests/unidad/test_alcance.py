"""Un informe solo puede leer lo que declara, y su clave cambia si y solo si cambia eso."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import pytest

from pipeline.errores import ErrorSeguimiento
from pipeline.esquemas import con_alcance, crear_tabla, leer_tabla
from pipeline.flujo import abrir
from pipeline.flujo.tajadas import huellas_por_instrumento
from pipeline.flujo.tareas import catalogo, datos_de, huella_de_archivos
from pipeline.informes.datos import leer_tablas
from pipeline.informes.tajada import alcance_de, duenos

PROYECTO = Path(__file__).resolve().parents[2]
INFORME = {"nombre": "05_poai", "lee": ["entregas", "celdas"], "instrumentos": ["poai"], "tablas": ["metas"]}


def _entregas(version: int) -> pd.DataFrame:
    filas = [("pi", "a" * 64, version), ("poai", "b" * 64, 1)]
    return crear_tabla(
        "entregas",
        [{"instrumento": i, "dependencia": "SEDU", "sha256": s, "version": v} for i, s, v in filas],
    )


@pytest.fixture
def procesados(tmp_path: Path) -> Path:
    _entregas(1).to_parquet(tmp_path / "entregas.parquet")
    celdas = [{"sha256": s * 64, "hoja": "H", "celda": "A1", "campo": s} for s in "abz"]
    crear_tabla("celdas", celdas).to_parquet(tmp_path / "celdas.parquet")
    hallazgos = [{"instrumento": i, "regla": "R", "mensaje": i} for i in ("pi", "poai", "plan")]
    crear_tabla("hallazgos", hallazgos).to_parquet(tmp_path / "hallazgos.parquet")
    return tmp_path


def test_leer_una_tabla_no_declarada_dice_cual_y_donde_declararla(procesados: Path) -> None:
    with con_alcance(alcance_de("05_poai", ["celdas"], [])):
        assert len(leer_tabla("celdas", procesados)) == 3
        with pytest.raises(ErrorSeguimiento, match=r"05_poai lee la tabla «entregas».*«lee».*informes\.yml"):
            leer_tabla("entregas", procesados)
    assert len(leer_tabla("entregas", procesados)) == 2


def test_con_instrumentos_solo_se_ven_sus_filas_y_las_del_plan(procesados: Path) -> None:
    tablas = ("entregas", "celdas", "hallazgos")
    with con_alcance(alcance_de("05_poai", tablas, ["poai", "plan"])):
        assert leer_tabla("entregas", procesados)["instrumento"].tolist() == ["poai"]
        assert leer_tabla("hallazgos", procesados)["mensaje"].tolist() == ["poai", "plan"]
        # La celda «z» no es de ningún libro entregado: es del plan.
        assert leer_tabla("celdas", procesados)["campo"].tolist() == ["b", "z"]


def test_las_tablas_recordadas_no_se_prestan_entre_alcances(procesados: Path) -> None:
    vistas = {}
    for instrumento in ("pi", "poai"):
        with con_alcance(alcance_de("x", ["entregas"], [instrumento])):
            leidas = leer_tablas(procesados)
        assert list(leidas) == ["entregas"]
        vistas[instrumento] = leidas["entregas"]["instrumento"].tolist()
    assert vistas == {"pi": ["pi"], "poai": ["poai"]}


def _clave(procesados: Path, metas: str = "m") -> dict[str, str]:
    constancia = {
        "salidas": {"metas.parquet": metas, "alertas.parquet": "x", "entregas.parquet": "e"},
        "por_instrumento": huellas_por_instrumento(procesados),
    }
    return datos_de(INFORME, "", constancia)


def test_la_clave_cambia_solo_con_las_filas_que_el_informe_lee(procesados: Path) -> None:
    antes = _clave(procesados)
    assert sorted(antes) == ["datos de celdas", "datos de entregas", "datos de metas"]
    _entregas(2).to_parquet(procesados / "entregas.parquet")  # otra versión del libro del PI
    assert _clave(procesados) == antes
    assert _clave(procesados, metas="n")["datos de metas"] != antes["datos de metas"]
    ajenas = _entregas(1).assign(version=7)
    ajenas.to_parquet(procesados / "entregas.parquet")
    assert _clave(procesados)["datos de entregas"] != antes["datos de entregas"]


def test_todo_informe_declara_lo_que_lee() -> None:
    assert [d["nombre"] for d in catalogo()["informes"] if not d.get("lee")] == []


def test_de_las_variaciones_una_dependencia_recibe_solo_las_de_su_nodo() -> None:
    filas = [
        {"nivel": n, "codigo": c, "codigo_meta": "M1", "dependencia": "SEDU"}
        for n, c in (("plan", "PLAN"), ("linea", "1"), ("dependencia", "SEDU"))
    ]
    # Si recibiera las del plan, toda ficha cambiaría con el libro de cualquiera.
    assert duenos(crear_tabla("variaciones", filas), {}).fillna("").tolist() == ["", "", "SEDU"]
    alerta = crear_tabla("alertas", [{"nivel": "plan", "codigo": "PLAN", "dependencia": "SEDU"}])
    assert duenos(alerta, {}).tolist() == ["SEDU"]


def test_lo_que_se_recibe_despues_no_cambia_la_clave_de_un_informe_anterior(tmp_path: Path) -> None:
    shutil.copy(PROYECTO / "seguimiento.toml", tmp_path)
    contexto = abrir(2025, "T2", tmp_path)
    patrones = ["data/raw/{vigencia}/{hasta}/pa/*", "data/raw/{vigencia}/{periodo}/propio"]

    def clave_tras(ruta: str) -> str:
        archivo = contexto.rutas.crudos / "2025" / ruta
        archivo.parent.mkdir(parents=True, exist_ok=True)
        archivo.write_text(ruta)
        return huella_de_archivos(contexto, patrones)

    antes = huella_de_archivos(contexto, patrones)
    despues_de_t1 = clave_tras("T1/pa/libro")
    assert despues_de_t1 != antes
    assert clave_tras("T3/pa/libro") == clave_tras("T1/propio") == despues_de_t1
    assert clave_tras("T2/propio") != despues_de_t1
