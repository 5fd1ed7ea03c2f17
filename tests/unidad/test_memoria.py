"""Lo que se recuerda de un corte anterior es lo mismo que se guardó, o no se recuerda."""

from __future__ import annotations

import fcntl
import shutil
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from pipeline import flujo
from pipeline.esquemas import crear_tabla
from pipeline.flujo import memoria

PROYECTO = Path(__file__).resolve().parents[2]
TABLAS = {
    "metas": pd.DataFrame(
        {
            "codigo": pd.array(["M1", None], dtype="str"),
            "n": pd.array([1, None], dtype="Int64"),
            "x": [0.1, None],
        }
    ),
    "celdas": pd.DataFrame({"a": [1.5]}, index=[7]),
}


@pytest.fixture
def contexto(tmp_path: Path) -> flujo.Contexto:
    shutil.copy(PROYECTO / "seguimiento.toml", tmp_path)
    (tmp_path / "data" / "raw" / "plan").mkdir(parents=True)
    return flujo.abrir(2025, "T1", tmp_path)


def _pedir(contexto: flujo.Contexto) -> tuple[bool, dict[str, pd.DataFrame]]:
    """Si hubo que hacer las tablas o ya se recordaban, y las que se entregan."""
    hechas: list[dict[str, pd.DataFrame]] = []

    def hacer() -> dict[str, pd.DataFrame]:
        hechas.append(TABLAS)
        return TABLAS

    tablas = memoria.del_corte(contexto, "calculado", tuple(TABLAS), hacer)
    return bool(hechas), dict(tablas)


def test_se_recuerda_exactamente_lo_guardado(contexto: flujo.Contexto) -> None:
    assert _pedir(contexto)[0]
    hubo_que_hacerlas, recordadas = _pedir(contexto)
    assert not hubo_que_hacerlas
    for nombre, tabla in TABLAS.items():
        pd.testing.assert_frame_equal(recordadas[nombre], tabla)


@pytest.mark.parametrize("que", ["libro", "reglas", "alterada"])
def test_con_otro_libro_otra_regla_o_una_tabla_alterada_no_se_recuerda(
    contexto: flujo.Contexto, que: str
) -> None:
    _pedir(contexto)
    raiz = contexto.rutas.raiz
    if que == "libro":
        (raiz / "data" / "raw" / "plan" / "otro.xlsx").write_bytes(b"x")
    elif que == "reglas":
        toml = raiz / "seguimiento.toml"
        toml.write_text(toml.read_text(encoding="utf-8") + "\n# otra\n", encoding="utf-8")
    else:
        next((raiz / "data" / "processed").rglob("metas.parquet")).write_bytes(b"x")
    assert _pedir(contexto)[0]


def _leer(contexto: flujo.Contexto, libros: list[str], hechos: list[str], dicho: str = "v1") -> list[str]:
    """El texto de cada libro, por la memoria; anota en `hechos` los que hubo que leer."""

    def hacer(ruta: str) -> dict[str, pd.DataFrame]:
        hechos.append(ruta)
        return {"registros": pd.DataFrame({"texto": [(contexto.rutas.crudos / ruta).read_text()] * 2})}

    leidos = memoria.por_libro(contexto, "pi", dict.fromkeys(libros, dicho), ["registros", "celdas"], hacer)
    assert "celdas" not in leidos  # ningún libro dio filas
    return leidos["registros"]["texto"].tolist()


@pytest.fixture
def libros(contexto: flujo.Contexto) -> list[str]:
    for nombre in ("a", "b", "c"):
        (contexto.rutas.crudos / nombre).write_text(nombre)
    return ["b", "a", "c"]


def test_solo_se_lee_de_nuevo_el_libro_que_cambio_y_las_filas_salen_en_el_mismo_orden(
    contexto: flujo.Contexto, libros: list[str]
) -> None:
    hechos: list[str] = []
    assert _leer(contexto, libros, hechos) == ["b", "b", "a", "a", "c", "c"]
    assert hechos == libros
    (contexto.rutas.crudos / "a").write_text("A")
    assert _leer(contexto, libros, hechos) == ["b", "b", "A", "A", "c", "c"]
    assert hechos[3:] == ["a"]
    assert _leer(contexto, ["c", "a"], hechos) == ["c", "c", "A", "A"]
    assert len(hechos) == 4


@pytest.mark.parametrize("que", ["ficha", "reglas", "código", "alterada"])
def test_con_otra_ficha_regla_o_codigo_se_leen_todos(
    contexto: flujo.Contexto, libros: list[str], monkeypatch: pytest.MonkeyPatch, que: str
) -> None:
    hechos: list[str] = []
    antes = _leer(contexto, libros, hechos)
    dicho = "v1"
    if que == "ficha":
        dicho = "v2"
    elif que == "reglas":
        (contexto.rutas.raiz / "expectations" / "correcciones").mkdir(parents=True)
        (contexto.rutas.raiz / "expectations" / "correcciones" / "2025.yml").write_text("correcciones: []\n")
    elif que == "código":
        monkeypatch.setattr(memoria, "huella_codigo", lambda: "otro")
    else:
        next((contexto.rutas.raiz / "data" / "processed").rglob("registros.parquet")).write_bytes(b"x")
    assert _leer(contexto, libros, hechos, dicho) == antes
    assert hechos == [*libros, *libros]


def test_quien_revisa_un_libro_suelto_no_recuerda_ni_deja_nada(
    contexto: flujo.Contexto, tmp_path: Path
) -> None:
    suelto = tmp_path / "suelto.txt"
    suelto.write_text("s")
    sin_recordar = replace(contexto, recuerda=False)
    assert _leer(sin_recordar, [str(suelto)], []) == ["s", "s"]
    tabla = crear_tabla("hallazgos")
    assert memoria.revision(sin_recordar, "pi", [tabla], lambda: tabla) is tabla
    assert not (tmp_path / "data" / "processed").exists()


def test_una_revision_se_recuerda_solo_con_las_mismas_entradas(contexto: flujo.Contexto) -> None:
    veces: list[int] = []

    def revisar(entrada: pd.DataFrame | None) -> int:
        def hacer() -> pd.DataFrame:
            veces.append(1)
            return pd.DataFrame({"n": [len(veces)]})

        return int(memoria.revision(contexto, "pi", [entrada], hacer)["n"].iloc[0])

    tabla = TABLAS["metas"]
    assert [revisar(tabla), revisar(tabla.copy())] == [1, 1]
    assert revisar(tabla.assign(x=[0.1, 0.2])) == 2
    assert revisar(tabla.astype({"n": "float64"})) == 3
    assert revisar(None) == 4
    assert revisar(tabla) == 1  # la de antes de un cambio que se deshizo
    for x in range(5):
        revisar(tabla.assign(x=float(x)))
    guardadas = list((contexto.rutas.raiz / "data" / "processed").rglob("hallazgos.parquet"))
    assert len(guardadas) == memoria.REVISIONES_QUE_SE_GUARDAN


def test_mientras_uno_lee_un_libro_ningun_otro_proceso_lo_lee(
    contexto: flujo.Contexto, libros: list[str]
) -> None:
    turno = contexto.rutas.procesados(contexto.corte).parents[1] / ".libros" / "2025-T1" / "pi.turno"
    negados: list[str] = []

    def hacer(ruta: str) -> dict[str, pd.DataFrame]:
        # Otra apertura del archivo es, para el sistema, otro proceso.
        with turno.open("a") as otro, pytest.raises(BlockingIOError):
            fcntl.flock(otro, fcntl.LOCK_EX | fcntl.LOCK_NB)
        negados.append(ruta)
        return {"registros": pd.DataFrame({"texto": [ruta]})}

    memoria.por_libro(contexto, "pi", dict.fromkeys(libros, "v1"), ["registros"], hacer)
    assert negados == libros
    with turno.open("a") as otro:
        fcntl.flock(otro, fcntl.LOCK_EX | fcntl.LOCK_NB)  # al terminar queda libre


def test_lo_de_un_corte_anterior_se_vuelve_a_juntar_solo_si_cambia_uno_de_sus_libros(
    contexto: flujo.Contexto,
) -> None:
    veces: list[int] = []

    def juntar() -> dict[str, pd.DataFrame]:
        veces.append(1)
        return {"metas": TABLAS["metas"]}

    for _ in range(2):
        recordada = memoria.del_corte(contexto, "aceptados", ["metas"], juntar)["metas"]
        pd.testing.assert_frame_equal(recordada, TABLAS["metas"])
    assert len(veces) == 1
    (contexto.rutas.crudos_plan / "otro.xlsx").write_bytes(b"x")
    memoria.del_corte(contexto, "aceptados", ["metas"], juntar)
    assert len(veces) == 2
