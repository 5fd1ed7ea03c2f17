"""Probar un libro ajeno: se propone su formato o se redacta uno que ya lee."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from pipeline.errores import ErrorLibro
from pipeline.flujo.formatos import presentar, probar_formatos, redactar_formato
from pipeline.formatos import Formato, cargar_formato, nombres_de_formatos
from pipeline.lectura import leer_libro
from pipeline.limpieza import LibroLimpio, armar_plan, armar_registros, limpiar
from pipeline.modelo import Corte, Periodo, Severidad

VIGENCIAS = (2024, 2025, 2026, 2027)


def libro(
    carpeta: Path, filas: list[list[object]], hoja: str = "Matriz", nombre: str = "Ajena 2025.xlsx"
) -> Path:
    wb = openpyxl.Workbook()
    wb.active.title = hoja
    for fila in filas:
        wb.active.append(fila)
    wb.save(carpeta / nombre)
    return carpeta / nombre


def leer_con_borrador(carpeta: Path, ruta: Path) -> tuple[Formato, LibroLimpio]:
    (carpeta / "ajena_2025.yml").write_text(redactar_formato(ruta, vigencias=VIGENCIAS), encoding="utf-8")
    formato = cargar_formato("ajena_2025", carpeta)
    corte = None if formato.tabla == "plan" else Corte(vigencia=2025, periodo=Periodo.T4)
    leido = leer_libro(ruta, formato, archivo=ruta.name, sha256="a" * 64, vigencias=VIGENCIAS, corte=corte)
    return formato, limpiar(leido, formato, ())


REPORTE: list[list[object]] = [
    ["ALCALDÍA DE VILLA EJEMPLO"],
    ["Seguimiento al plan"],
    ["Código meta", "Meta de producto", "Código producto", "Secretaría responsable", "Programado 2025",
     "Ejecutado 2025", "% de cumplimiento", "Compromisos 2025", "Pagos 2025", "Observaciones", "Color"],
    *[[f"M-{n}", f"Construir {n} cosas", 4599010 + n, "Sec. de Obras", 10 + n, n, 10.0 * n, 1_000_000 * n,
       5_000 * n, f"va bien {n}", "verde"] for n in range(1, 9)],
]  # fmt: skip


def test_el_borrador_de_un_reporte_desconocido_es_un_formato_valido_y_lo_lee(tmp_path: Path) -> None:
    formato, limpio = leer_con_borrador(tmp_path, libro(tmp_path, REPORTE))
    assert formato.tabla == "registros_pi"
    tabla = armar_registros("registros_pi", limpio, "OBRAS")
    assert tabla["codigo_meta"].tolist() == [f"M-{n}" for n in range(1, 9)]
    fila = tabla.set_index("codigo_meta").query("vigencia == 2025").loc["M-3"]
    leidos = fila[
        ["codigo_producto", "programado_vigencia", "ejecutado_vigencia", "compromisos_cop", "pagos_cop"]
    ]
    assert leidos.tolist() == ["4599013", 13, 3, 3_000_000, 15_000]
    assert fila["avance_declarado"] == pytest.approx(0.3)  # de 0 a 100: el borrador pone la escala
    assert fila["observacion"] == "va bien 3"
    assert [h for h in limpio.hallazgos if h.severidad is Severidad.BLOQUEA] == []


def test_el_borrador_de_un_plan_desconocido_lee_una_columna_por_ano(tmp_path: Path) -> None:
    filas: list[list[object]] = [
        ["N.º", "Línea estratégica", "Meta de producto", "Línea base", "Meta cuatrienio",
         *[f"Programación {v}" for v in VIGENCIAS]],
        *[[n, "Agua", f"Hacer {n}", 0, 4 * n, n, n, n, n] for n in range(1, 8)],
    ]  # fmt: skip
    formato, limpio = leer_con_borrador(tmp_path, libro(tmp_path, filas))
    assert formato.tabla == "plan"
    plan, vigencias, _ = armar_plan(limpio)
    assert plan["codigo_meta"].tolist() == [str(n) for n in range(1, 8)]
    assert plan["nombre_linea"].unique().tolist() == ["Agua"]
    assert len(vigencias) == 7 * 4
    assert vigencias["programado_vigencia"].sum() == 4 * sum(range(1, 8))


def test_el_borrador_reconoce_un_encabezado_de_dos_filas(tmp_path: Path) -> None:
    filas: list[list[object]] = [
        ["Identificación", None, "T1", None, "T2", None],
        ["Código meta", "Unidad de medida", "Programado", "Ejecutado", "Programado", "Ejecutado"],
        *[[f"M{n}", "Número", n, n + 1, n + 2, n + 3] for n in range(1, 8)],
    ]
    formato, limpio = leer_con_borrador(tmp_path, libro(tmp_path, filas))
    assert formato.encabezado.filas == 2
    tabla = armar_registros("registros_pi", limpio, "X")
    assert tabla.loc[0, ["programado_t1", "ejecutado_t1", "programado_t2", "ejecutado_t2"]].tolist() == [
        1,
        2,
        3,
        4,
    ]


def test_el_borrador_de_un_libro_sin_nada_reconocible_tambien_lee_todas_sus_filas(tmp_path: Path) -> None:
    filas: list[list[object]] = [["Uva", "Pera", "Lima"], *[[f"x{n}", "y", n] for n in range(6)]]
    formato, limpio = leer_con_borrador(tmp_path, libro(tmp_path, filas))
    assert len(limpio.filas) == 6
    assert {c.campo for c in formato.columnas} == {formato.llave}


def test_el_borrador_de_rotulos_hostiles_sigue_siendo_yaml(tmp_path: Path) -> None:
    hostiles = ['Código "meta": {a} # b', "Uno\\n- {campo: x}", "*ancla &x", "\u0085\u2028raro", "<script>"]
    filas: list[list[object]] = [list(hostiles), *[[f"M{n}", "a\nb: c", "'", "# no", "%"] for n in range(6)]]
    formato, limpio = leer_con_borrador(tmp_path, libro(tmp_path, filas))
    assert len(limpio.filas) == 6


def test_se_propone_el_formato_que_mejor_casa_y_se_muestran_sus_filas(tmp_path: Path) -> None:
    filas: list[list[object]] = [
        ["IdNodo", "Año1", "Año2", "Año3", "Año4"],
        *[[f"1.1.{n}", n, n, n, n] for n in range(9)],
    ]
    prueba = probar_formatos(libro(tmp_path, filas, "Hoja 1"), vigencias=VIGENCIAS)
    assert prueba.elegida is not None
    assert prueba.elegida.formato.nombre.endswith("_ibague")
    assert prueba.borrador == ""
    texto = presentar(prueba)
    assert "9 filas leídas" in texto
    assert "codigo_meta = 1.1.0" in texto


def test_si_la_hoja_se_llama_de_otro_modo_se_dice_cual_espera_el_formato(tmp_path: Path) -> None:
    filas: list[list[object]] = [["IdNodo", "Año1", "Año2", "Año3", "Año4"], ["1.1", 1, 1, 1, 1]]
    texto = presentar(probar_formatos(libro(tmp_path, filas, "Otra"), vigencias=VIGENCIAS))
    assert "la hoja debería llamarse «Hoja 1»" in texto


def test_si_ninguno_casa_se_muestra_el_borrador(tmp_path: Path) -> None:
    prueba = probar_formatos(libro(tmp_path, REPORTE), vigencias=VIGENCIAS)
    assert prueba.elegida is None
    assert 'nombre: "ajena_2025"' in presentar(prueba)


@pytest.mark.parametrize("contenido", [b"", b"no es un libro"])
def test_un_archivo_que_no_es_un_libro_da_un_error_que_lo_dice(tmp_path: Path, contenido: bytes) -> None:
    ruta = tmp_path / "roto.xlsx"
    ruta.write_bytes(contenido)
    with pytest.raises(ErrorLibro, match="roto.xlsx"):
        probar_formatos(ruta, vigencias=VIGENCIAS)


def test_un_archivo_que_no_existe_da_un_error_que_lo_dice(tmp_path: Path) -> None:
    with pytest.raises(ErrorLibro, match="no existe"):
        probar_formatos(tmp_path / "nada.xlsx", vigencias=VIGENCIAS)


def test_hay_un_formato_para_cada_familia_de_libros_reales() -> None:
    esperados = {"gachancipa", "seguimiento_dnp", "arbol_ibague", "tenjo", "sispt"}
    assert {f"plan_{n}" for n in esperados} <= set(nombres_de_formatos())
    assert {"pa_cali_1s", "pa_cali_1s_2025_t1", "poai_sap_cali"} <= set(nombres_de_formatos())
