"""Las reglas de calidad hallan en los libros reales lo que NOTES.md contó en ellos, celda por celda."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

from pipeline import lectura, limpieza
from pipeline.calidad import revisar_plan, revisar_registros_pi
from pipeline.config import cargar_config
from pipeline.formatos import cargar_formato
from pipeline.modelo import Corte, Periodo

pytestmark = [pytest.mark.reales, pytest.mark.integracion]

EJEMPLO_TENJO = Path(__file__).resolve().parents[2] / "ejemplos" / "tenjo"
CORTE = Corte(vigencia=2025, periodo=Periodo.T3)
FILAS_NP_CON_EJECUCION = [70, 95, 153, 154, 156, 157, 160, 166, 258, 328]  # NOTES.md, «Data problems seen»


@dataclass(frozen=True, slots=True, kw_only=True)
class Revisado:
    """Hallazgos de calidad de un libro real, el del plan y el de seguimiento juntos."""

    hallazgos: pd.DataFrame

    def de(self, regla: str, vigencia: int | None = None) -> pd.DataFrame:
        filas = self.hallazgos[self.hallazgos["regla"] == regla]
        return filas if vigencia is None else filas[filas["vigencia"] == vigencia]

    def celdas(self, regla: str, vigencia: int | None = None) -> list[str]:
        return list(self.de(regla, vigencia)["celda"])


def _limpiar(ruta: Path, nombre: str, corte: Corte | None) -> limpieza.LibroLimpio:
    formato = cargar_formato(nombre)
    leido = lectura.leer_libro(
        ruta,
        formato,
        archivo=ruta.name,
        sha256=hashlib.sha256(ruta.read_bytes()).hexdigest(),
        vigencias=(2024, 2025, 2026, 2027),
        corte=corte,
    )
    return limpieza.limpiar(leido, formato, cargar_config(EJEMPLO_TENJO).dependencias)


@pytest.fixture(scope="module")
def tenjo(datos_reales: Path) -> Revisado:
    ruta = datos_reales / "tenjo" / "PLAN INDICATIVO TENJO.xlsx"
    del_plan, del_pi = _limpiar(ruta, "plan_tenjo", None), _limpiar(ruta, "pi_tenjo", CORTE)
    plan, vigencias, _ = limpieza.armar_plan(del_plan)
    registros = limpieza.armar_registros("registros_pi", del_pi, "SPDT")
    partes = [
        revisar_plan(plan, vigencias, del_plan.celdas),
        revisar_registros_pi(registros, plan, vigencias, del_pi.celdas, CORTE, "incremento"),
    ]
    return Revisado(hallazgos=pd.concat(partes, ignore_index=True))


def test_en_tenjo_ninguna_fila_se_bloquea(tenjo: Revisado) -> None:
    assert set(tenjo.hallazgos["severidad"]) == {"observa", "informa"}


def test_en_tenjo_cada_hallazgo_tiene_su_celda(tenjo: Revisado) -> None:
    assert tenjo.hallazgos["celda"].notna().all()


def test_tenjo_tiene_diez_filas_np_con_ejecucion(tenjo: Revisado) -> None:
    assert tenjo.celdas("PI-08") == [f"BL{fila}" for fila in FILAS_NP_CON_EJECUCION]
    assert tenjo.de("PI-08", 2024).empty


def test_tenjo_tiene_una_fila_np_programada_y_sin_ejecutar(tenjo: Revisado) -> None:
    assert tenjo.celdas("PI-09") == ["BL257"]


def test_tenjo_tiene_una_fila_p_sin_nada_programado(tenjo: Revisado) -> None:
    assert tenjo.celdas("PI-10") == ["BG75"]


@pytest.mark.parametrize(
    ("regla", "vigencia", "columna", "exactas"),
    [
        ("PI-11", 2024, "AR", 271),
        ("PI-12", 2024, "AS", 279),
        ("PI-11", 2025, "BG", 304),
        ("PI-12", 2025, "BH", 307),
    ],
)
def test_en_tenjo_los_trimestres_contradicen_el_total_donde_dice_notes(
    tenjo: Revisado, regla: str, vigencia: int, columna: str, exactas: int
) -> None:
    celdas = tenjo.celdas(regla, vigencia)
    assert len(celdas) == 331 - exactas
    assert {celda.rstrip("0123456789") for celda in celdas} == {columna}


@pytest.mark.parametrize(("columna", "distintas"), [("BN", 100), ("BO", 184)])
def test_en_tenjo_dos_encabezados_repetidos_traen_valores_distintos(
    tenjo: Revisado, columna: str, distintas: int
) -> None:
    assert sum(celda.rstrip("0123456789") == columna for celda in tenjo.celdas("PI-18")) == distintas


@pytest.mark.parametrize(("vigencia", "filas"), [(2024, 13), (2025, 15)])
def test_tenjo_ejecuta_mas_de_lo_programado_donde_dice_notes(
    tenjo: Revisado, vigencia: int, filas: int
) -> None:
    assert len(tenjo.de("PI-16", vigencia)) + len(tenjo.de("PI-17", vigencia)) == filas


def test_el_avance_declarado_de_tenjo_es_el_calculado_en_todas_las_filas(tenjo: Revisado) -> None:
    assert tenjo.de("PI-20").empty


def test_tenjo_tiene_la_cadena_de_codigos_rota_en_tres_filas(tenjo: Revisado) -> None:
    assert tenjo.celdas("PLAN-05") == ["O229", "O301"]
    assert tenjo.celdas("PLAN-04") == ["E152"]  # no está en NOTES.md: programa 3502 en el sector 36


def test_tenjo_tiene_un_producto_de_ocho_digitos(tenjo: Revisado) -> None:
    assert tenjo.celdas("PLAN-02") == ["O326"]
    assert tenjo.de("PLAN-02")["valor"].tolist() == ["45990260"]


def test_los_pesos_de_las_lineas_de_tenjo_suman_0978(tenjo: Revisado) -> None:
    (mensaje,) = tenjo.de("PLAN-09")["mensaje"]
    assert mensaje == "Los pesos de las líneas suman 0,978 y deben sumar 1."


def test_ningun_plan_sispt_se_bloquea(datos_reales: Path) -> None:
    for ruta in sorted((datos_reales / "sispt").glob("*.xlsx")):
        limpio = _limpiar(ruta, "plan_sispt", None)
        plan, vigencias, _ = limpieza.armar_plan(limpio)
        hallazgos = revisar_plan(plan, vigencias, limpio.celdas)
        assert "bloquea" not in set(hallazgos["severidad"]), ruta.name
        assert hallazgos["celda"].notna().all(), ruta.name
