"""La etapa 01 de punta a punta: cortes anteriores, correcciones declaradas y catálogo, en la demostración."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from pipeline import calidad, recepcion
from pipeline.config import Rutas
from pipeline.flujo import abrir, leer_entregas, leer_plan, previos, revisar
from pipeline.flujo.anteriores import cortes_previos, leer_anteriores

pytestmark = pytest.mark.integracion

CORRECCION = """\
correcciones:
  - id: 2025-001
    periodo: T2
    meta: MP-005
    campo: ejecutado_vigencia
    espera: 5 (aprox.)
    pone: 5
    razon: Acta de entrega 12
    autoridad: Secretario de Planeación
    fecha: 2025-07-20
"""


@pytest.fixture(scope="module")
def demo(cortes_demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copia propia de los libros, con lo que de ellos ya se recuerda."""
    raiz = tmp_path_factory.mktemp("historia") / "entidad"
    shutil.copytree(cortes_demo / "data", raiz / "data")
    shutil.copy(cortes_demo / "seguimiento.toml", raiz)
    return raiz


@pytest.fixture(scope="module")
def hallazgos(demo: Path) -> pd.DataFrame:
    contexto = abrir(2025, "T3", demo)
    return revisar(contexto, leer_plan(contexto), leer_entregas(contexto)).hallazgos


def test_el_acumulado_que_baja_se_senala_en_su_celda_falla_c14(hallazgos: pd.DataFrame) -> None:
    bajan = hallazgos[(hallazgos["regla"] == "HIS-01") & (hallazgos["codigo_meta"] == "MP-099")]
    assert bajan["dependencia"].tolist() == ["IMDRI"]
    assert bajan["columna"].tolist() == ["Ejecutado acumulado"]
    assert bajan["celda"].notna().all()
    assert "en 2025-T2 era" in bajan["mensaje"].item()


def test_el_tipo_cambiado_entre_cortes_se_senala_falla_c06(hallazgos: pd.DataFrame) -> None:
    cambian = hallazgos[hallazgos["regla"] == "HIS-06"]
    assert cambian["codigo_meta"].tolist() == ["MP-072"]


def test_los_codigos_de_la_demostracion_estan_en_el_catalogo_y_cada_quien_reporta_lo_suyo(
    hallazgos: pd.DataFrame,
) -> None:
    assert hallazgos[hallazgos["regla"].isin(["PLAN-16", "PLAN-17", "PLAN-25", "PI-27", "PI-28"])].empty


def test_los_cortes_previos_son_los_de_la_vigencia_en_orden_y_sin_filas_ilegibles(demo: Path) -> None:
    contexto = abrir(2025, "T3", demo)
    assert [str(previo.corte) for previo in cortes_previos(contexto)] == ["2025-T1", "2025-T2"]
    anteriores = leer_anteriores(contexto)
    assert not anteriores.duplicated(["corte", "codigo_meta", "vigencia"]).any()
    # C07: «5 (aprox.)» bloqueó su fila en T2 y D10: un libro devuelto completo no se compara.
    en_t2 = anteriores[anteriores["corte"] == "2025-T2"]
    assert not {"MP-005", "MP-121"} & set(en_t2["codigo_meta"])
    assert "SETP" not in set(en_t2["dependencia"])


def _no_se_llama(*_: object, **__: object) -> None:
    raise AssertionError("se volvió a hacer lo que ya se sabía")


def test_si_los_cortes_previos_se_recuerdan_no_se_vuelve_a_leer_el_plan(
    demo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    contexto = abrir(2025, "T3", demo)
    previos.calcular_previos(contexto)
    monkeypatch.setattr(previos, "leer_plan", _no_se_llama)
    assert len(previos.calcular_previos(contexto)) == 4  # 2024 T3 y T4, 2025 T1 y T2


def test_una_cifra_del_poai_no_hace_revisar_otra_vez_el_plan_de_accion(
    demo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    contexto = abrir(2025, "T3", demo)
    plan, poai, pa = leer_plan(contexto), leer_entregas(contexto, "poai"), leer_entregas(contexto, "pa")
    antes = revisar(contexto, plan, pa, con_plan=False, poai=poai).hallazgos
    corregido = replace(poai, registros=poai.registros.assign(pagos_cop=1.0))
    monkeypatch.setattr(calidad, "revisar_registros_pa", _no_se_llama)
    despues = revisar(contexto, plan, pa, con_plan=False, poai=corregido).hallazgos
    pd.testing.assert_frame_equal(despues, antes)


def test_una_correccion_declarada_rescata_la_fila_y_deja_las_reglas_del_proyecto(demo: Path) -> None:
    ruta = Rutas(demo).correcciones(2025)
    ruta.parent.mkdir(parents=True)
    ruta.write_text(CORRECCION, encoding="utf-8")
    contexto = abrir(2025, "T2", demo)
    leidas = leer_entregas(contexto)
    fila = leidas.registros[leidas.registros["codigo_meta"] == "MP-005"]
    assert fila["ejecutado_vigencia"].tolist() == [5.0]
    propios = leidas.hallazgos[leidas.hallazgos["codigo_meta"] == "MP-005"]
    assert dict(zip(propios["regla"], propios["severidad"], strict=True)) == {
        "LIM-02": "informa",
        "COR-01": "informa",
    }
    assert propios["dependencia"].eq("SSAL").all()
    assert any(contexto.rutas.expectativas.glob("*.yml"))


@pytest.mark.reales
def test_el_plan_de_tenjo_toma_del_catalogo_los_nombres_que_no_trae(
    datos_reales: Path, tmp_path: Path
) -> None:
    ejemplo = Path(__file__).resolve().parents[2] / "ejemplos" / "tenjo" / "seguimiento.toml"
    (tmp_path / "seguimiento.toml").write_bytes(ejemplo.read_bytes())
    contexto = abrir(2025, "T3", tmp_path)
    recepcion.importar_plan(
        datos_reales / "tenjo" / "PLAN INDICATIVO TENJO.xlsx",
        rutas=contexto.rutas,
        formato="plan_tenjo",
        recibido_en=pd.Timestamp("2025-10-10T09:00:00-05:00").to_pydatetime(),
    )
    plan = leer_plan(contexto)
    assert plan.metas["nombre_sector"].notna().all()
    avisos = plan.hallazgos[plan.hallazgos["regla"] == "CAT-01"]
    assert len(avisos) == 2  # sector y programa
    assert avisos["celda"].notna().all()
    trazas = plan.celdas[plan.celdas["campo"] == "nombre_programa"]
    assert trazas["transformacion"].str.contains("catálogo MGA").all()
