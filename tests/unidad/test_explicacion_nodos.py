"""Las cifras de los nodos, explicadas: la cuenta escrita es la publicada."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipeline.config import PAQUETE
from pipeline.errores import ErrorConfiguracion, ErrorSeguimiento
from pipeline.flujo import explicar_nodos as ordenes
from pipeline.flujo.contexto import abrir
from pipeline.indices import calcular_indices, explicar_nodos
from pipeline.modelo import Corte, Metodo, Periodo

CORTE = Corte(vigencia=2025, periodo=Periodo.T3)


def metas(**cambios: list[object]) -> pd.DataFrame:
    """Cuatro metas: L1 (P1: M1, M2; P2: M3) y L2 (P3: M4)."""
    columnas: dict[str, list[object]] = {
        "codigo_meta": ["M1", "M2", "M3", "M4"],
        "linea": ["L1", "L1", "L1", "L2"],
        "programa": ["P1", "P1", "P2", "P3"],
        "dependencia": ["D1", "D1", "D2", "D2"],
        "ponderador": [3.0, 1.0, 4.0, 2.0],
        "estado_reporte": ["reportada", "sin_reporte", "reportada", "no_programada"],
        "avance": [0.5, np.nan, 0.25, np.nan],
        "avance_crudo": [0.5, np.nan, 0.25, np.nan],
        "cota_inferior": [0.5, 0.0, 0.25, np.nan],
        "cota_superior": [0.5, 1.0, 0.25, np.nan],
        "avance_cuatrienio": [0.2, np.nan, 0.1, 0.4],
        "cota_inferior_cuatrienio": [0.2, 0.0, 0.1, 0.4],
        "cota_superior_cuatrienio": [0.2, 1.0, 0.1, 0.4],
        "obligaciones_cop": [50.0, np.nan, 30.0, np.nan],
        "apropiacion_definitiva_cop": [100.0, 60.0, np.nan, np.nan],
        **cambios,
    }
    tabla = pd.DataFrame(columnas)
    ausentes = ["nombre_linea", "sector", "nombre_sector", "nombre_programa", "subprograma"]
    ausentes += ["nombre_subprograma", "nombre_dependencia"]
    tabla[ausentes] = None
    return tabla if "ponderador_linea" in tabla else tabla.assign(ponderador_linea=np.nan)


def explicar(tabla: pd.DataFrame, **opciones: object) -> dict[tuple[str, str, str], object]:
    metodo = Metodo(**opciones)  # type: ignore[arg-type]
    indices = calcular_indices(tabla, corte=CORTE, metodo=metodo)
    nodos = explicar_nodos(tabla, indices, corte=CORTE, metodo=metodo)
    return {(n.nivel, n.codigo, n.medida): n for n in nodos}


def test_el_promedio_ponderado_se_escribe_con_sus_dos_sumas_y_su_cobertura():
    # L1: (3 × 0,5 + 1 × 0 + 4 × 0,25) / (3 + 1 + 4) = 2,5 / 8
    nodo = explicar(metas())["linea", "L1", "avance"]
    assert nodo.texto == (
        "Avance de 2025 = Σ (peso × avance) / Σ peso = 2,5 / 8 = 31,3 %, sobre 3 metas programadas: "
        "2 reportadas, 1 sin reporte que cuenta 0."
    )
    assert (nodo.numerador, nodo.denominador, nodo.resultado) == (2.5, 8.0, 0.3125)


def test_lo_que_el_metodo_excluye_no_entra_al_denominador_y_se_dice():
    # L1 sin M2: (3 × 0,5 + 4 × 0,25) / (3 + 4)
    nodo = explicar(metas(), sin_reporte="excluir")["linea", "L1", "avance"]
    assert "= 2,5 / 7 = 35,7 %" in nodo.texto
    assert "1 sin reporte que no entra" in nodo.texto


def test_con_peso_de_linea_el_plan_se_explica_por_lineas():
    # L1 = 31,25 % con peso 60; L2 no tiene metas programadas y no entra.
    tabla = metas(ponderador_linea=[60.0, 60.0, 60.0, 40.0])
    nodo = explicar(tabla)["plan", "PLAN", "avance"]
    assert nodo.texto.startswith(
        "Avance de 2025 = Σ (peso de la línea × avance de la línea) / Σ peso = (60 × 31,3 %) / 60 = "
        "18,75 / 60 = 31,3 %, sobre 3 metas programadas"
    )
    assert nodo.texto.endswith("; 1 no programada que no entra.")


def test_sin_pesos_declarados_el_promedio_es_simple_y_se_dice():
    tabla = metas(ponderador=[np.nan] * 4)
    nodo = explicar(tabla)["linea", "L1", "avance"]
    assert "Σ avance / número de metas (el plan no declara pesos) = 0,75 / 3 = 25,0 %" in nodo.texto


def test_por_conteo_cada_hijo_pesa_sus_metas():
    # Plan: L1 tiene 3 metas y L2 una que no cuenta. L1: P1 (0,25; 2 metas) y P2 (0,25; 1 meta).
    nodo = explicar(metas(), agregacion="por_conteo")["linea", "L1", "avance"]
    assert "Σ (metas del programa × avance del programa) / Σ metas" in nodo.texto
    assert "= (2 × 25,0 % + 1 × 25,0 %) / 3 = 0,75 / 3 = 25,0 %" in nodo.texto


def test_la_ejecucion_financiera_es_una_razon_de_sumas_y_dice_cuantas_metas_traen_cada_dato():
    # D1: 50 / (100 + 60)
    nodo = explicar(metas())["dependencia", "D1", "ejecucion_financiera"]
    assert nodo.texto == (
        "Ejecución financiera de 2025 = Σ obligaciones / Σ apropiación definitiva = 50 / 160 = 31,3 %, "
        "sobre 1 meta con obligaciones y 2 con apropiación definitiva."
    )


def test_sin_cifra_se_dice_por_que_y_no_hay_resultado():
    nodos = explicar(metas())
    avance = nodos["linea", "L2", "avance"]
    assert avance.resultado is None
    assert avance.texto == (
        "Sin cifra: ninguna meta cuenta en el promedio (0 metas programadas: 0 reportadas; "
        "1 no programada que no entra)."
    )
    assert nodos["linea", "L2", "ejecucion_financiera"].resultado is None


def test_una_cifra_publicada_que_la_cuenta_no_da_es_un_defecto_y_se_delata():
    tabla, metodo = metas(), Metodo()
    indices = calcular_indices(tabla, corte=CORTE, metodo=metodo)
    indices.loc[0, "avance"] += 1e-9
    with pytest.raises(ErrorSeguimiento, match="«avance»"):
        explicar_nodos(tabla, indices, corte=CORTE, metodo=metodo)


@pytest.mark.parametrize("agregacion", ["ponderada", "simple", "por_conteo"])
@pytest.mark.parametrize("sin_reporte", ["cero", "excluir"])
@pytest.mark.parametrize("no_programada", ["cero", "excluir"])
def test_todo_nodo_publicado_tiene_sus_tres_cifras_explicadas_con_el_mismo_valor(
    agregacion: str, sin_reporte: str, no_programada: str
):
    tabla = metas(ponderador_linea=[60.0, 60.0, 60.0, 40.0])
    metodo = Metodo(agregacion=agregacion, sin_reporte=sin_reporte, no_programada=no_programada)  # type: ignore[arg-type]
    indices = calcular_indices(tabla, corte=CORTE, metodo=metodo)
    nodos = [dataclasses.asdict(n) for n in explicar_nodos(tabla, indices, corte=CORTE, metodo=metodo)]
    assert len(nodos) == 3 * len(indices)
    publicado = indices.set_index(["nivel", "codigo"])
    for nodo in nodos:
        esperado = publicado.loc[(nodo["nivel"], nodo["codigo"]), nodo["medida"]]
        if pd.isna(esperado):
            assert nodo["resultado"] is None
        else:
            assert nodo["resultado"] == pytest.approx(esperado, abs=1e-12)
            assert nodo["numerador"] / nodo["denominador"] == pytest.approx(esperado, abs=1e-12)


@pytest.mark.parametrize(
    ("pedido", "remedio"),
    [
        ("fuemte:F1", "¿Quiso decir «fuente»?"),
        ("xyz:F1", "Use uno de: dependencia, fuente"),
        ("dependencia:sedu", "¿Quiso decir «dependencia:SEDU»?"),
        ("dependencia:XX", "Hay: dependencia:SEDU, dependencia:SSAL"),
    ],
)
def test_pedir_un_nodo_que_no_hay_siempre_dice_cual_se_puede_pedir(
    pedido: str, remedio: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "seguimiento.toml").write_bytes((PAQUETE.parent / "seguimiento.toml").read_bytes())
    nodos = pd.DataFrame(
        {"nivel": ["dependencia", "dependencia", "fuente"], "codigo": ["SSAL", "SEDU", "F1"], "nombre": "n"}
    )
    monkeypatch.setattr(ordenes, "leer_tabla", lambda *_: nodos)
    with pytest.raises(ErrorConfiguracion) as rechazo:
        ordenes.explicar_nodo(abrir(2025, "T3", tmp_path), pedido)
    assert rechazo.value.remedio == remedio
