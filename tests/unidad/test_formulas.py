"""Auditoría de fórmulas: cada defecto, en un libro escrito con él, se halla en su celda."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
import xlsxwriter

from pipeline.formulas import auditar_formulas, hallar_anomalias, leer_hojas
from pipeline.formulas.lectura import Hoja
from pipeline.modelo import Hallazgo

FILAS = range(2, 12)


def libro(carpeta: Path, **cambios: object) -> Path:
    """Diez metas con ejecutado (A), programado (B) y avance `=A/B` (C); `cambios` reescribe celdas."""
    ruta = carpeta / "libro.xlsx"
    wb = xlsxwriter.Workbook(ruta)
    ws = wb.add_worksheet("PI")
    ws.write_row("A1", ["Ejecutado", "Programado", "Avance"])
    celdas: dict[str, object] = {}
    for fila in FILAS:
        celdas |= {f"A{fila}": fila, f"B{fila}": 20, f"C{fila}": f"=A{fila}/B{fila}"}
    for celda, valor in (celdas | cambios).items():
        if isinstance(valor, tuple):
            ws.write_formula(celda, valor[0], None, valor[1])
        else:
            ws.write(celda, valor)
    wb.close()
    return ruta


def auditar(ruta: Path, **opciones: object) -> list[Hallazgo]:
    comunes: Mapping[str, object] = {"instrumento": "pi", "archivo": "salud.xlsx", "sha256": "a" * 64}
    return auditar_formulas(ruta, **{**comunes, **opciones})  # type: ignore[arg-type]


def hallados(ruta: Path) -> list[tuple[str, str | None]]:
    return [(h.regla, h.celda) for h in auditar(ruta)]


def test_una_columna_de_formulas_iguales_no_tiene_hallazgos(tmp_path: Path) -> None:
    assert auditar(libro(tmp_path)) == []


@pytest.mark.parametrize(
    ("celda", "valor", "regla"),
    [
        ("C5", "=B5/B5", "FOR-01"),
        ("C5", "=MIN(($B5 /B$5) * 100, 100)", "FOR-01"),
        ("C7", 0.35, "FOR-02"),
        ("C7", "35%", "FOR-02"),
        ("C8", ("=A8/B8", "#DIV/0!"), "FOR-03"),
        ("C4", "=A7/B7", "FOR-05"),
        ("D6", "x", ""),
        ("C6", "=IFERROR(A6/B6,0)", ""),
        ("C6", "=A6/B6*2", "FOR-06"),
    ],
)
def test_un_defecto_se_halla_en_su_celda(tmp_path: Path, celda: str, valor: object, regla: str) -> None:
    esperado = [(regla, celda)] if regla else []
    assert hallados(libro(tmp_path, **{celda: valor})) == esperado


def test_una_formula_corrida_una_columna_se_dice_con_palabras(tmp_path: Path) -> None:
    (hallazgo,) = auditar(libro(tmp_path, C9="=B9/C9"))
    assert (hallazgo.regla, hallazgo.fila, hallazgo.columna) == ("FOR-05", 9, "Avance")
    assert "apunta una columna a la derecha" in hallazgo.mensaje
    assert "=A2/B2, en la fila 2" in hallazgo.mensaje


def test_la_suma_que_deja_filas_por_fuera_dice_cuales(tmp_path: Path) -> None:
    (hallazgo,) = auditar(libro(tmp_path, A13="=SUM(A3:A9)"))
    assert (hallazgo.regla, hallazgo.celda) == ("FOR-04", "A13")
    assert "no toma 3 filas con cifras junto a su rango (por ejemplo: 2, 10, 11)" in hallazgo.mensaje


def test_la_suma_completa_y_el_total_de_subtotales_no_se_senalan(tmp_path: Path) -> None:
    assert hallados(libro(tmp_path, A12="=SUM(A2:A11)", A14="=SUM(A2:A11)")) == []


def test_de_a_muchas_se_dicen_una_vez_en_la_primera_con_la_lista(tmp_path: Path) -> None:
    (hallazgo,) = auditar(libro(tmp_path, **{f"D{f}": f"=B{f}/B{f}" for f in FILAS if f != 6}))
    assert (hallazgo.regla, hallazgo.celda, hallazgo.alcance) == ("FOR-01", "D2", "libro")
    assert "Son 9 celdas de la columna: D2 a D5, D7 a D11." in hallazgo.mensaje


def test_un_texto_de_miles_de_espacios_se_mira_una_sola_vez(tmp_path: Path) -> None:
    """Con dos rachas de espacios seguidas en la expresión, probar todos sus repartos tardaría horas."""
    (hoja,) = leer_hojas(libro(tmp_path, C8="texto"))
    larga = [replace(c, valor=f"1{' ' * 500_000}x") if c.valor == "texto" else c for c in hoja.columnas[3]]
    assert hallar_anomalias(Hoja(nombre="PI", columnas={3: larga})) == []


def test_un_texto_con_barras_no_es_una_division(tmp_path: Path) -> None:
    assert hallados(libro(tmp_path, **{f"D{f}": f'="B{f}/B{f} de "&A{f}' for f in FILAS})) == []


def test_el_error_que_ya_aviso_la_lectura_no_se_repite(tmp_path: Path) -> None:
    ruta = libro(tmp_path, C8=("=A8/B8", "#DIV/0!"))
    assert auditar(ruta, ya_dichas={("PI", "C8")}) == []


@pytest.mark.parametrize("contenido", [b"", b"no es un libro", b"PK\x03\x04 roto"])
def test_un_libro_danado_no_tumba_la_auditoria(tmp_path: Path, contenido: bytes) -> None:
    ruta = tmp_path / "danado.xlsx"
    ruta.write_bytes(contenido)
    assert [h.regla for h in auditar(ruta)] == ["FOR-07"]


def test_lo_que_no_es_un_libro_xlsx_no_se_audita(tmp_path: Path) -> None:
    assert auditar(tmp_path / "datos.csv") == []


@pytest.mark.reales
def test_las_formulas_de_tenjo_son_las_que_dice_notes(datos_reales: Path) -> None:
    ruta = datos_reales / "tenjo" / "PLAN INDICATIVO TENJO.xlsx"
    anomalias = [a for hoja in leer_hojas(ruta) for a in hallar_anomalias(hoja)]
    assert sum(a.regla == "FOR-01" for a in anomalias) == 547
    corridas = [a for a in anomalias if a.regla == "FOR-05"]
    de_at = [a for a in corridas if a.celda.startswith("AT")]
    assert (len(de_at), {a.detalle for a in de_at}) == (85, {"una columna a la izquierda"})
    assert [(a.celda, a.detalle) for a in corridas if a not in de_at] == [("BY38", "3 filas arriba")]
    errores = {a.celda for a in anomalias if a.regla == "FOR-03"}
    assert errores == {"AB249", "AE249", "BI249", "BJ75", "BJ249"}
