"""El libro que vuelve al enlace: marcado donde toca e idéntico en todo lo demás."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from openpyxl.comments import Comment
from openpyxl.formatting.rule import CellIsRule
from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation

from pipeline.devolucion import (
    Devolucion,
    comparar_versiones,
    contar_por_severidad,
    marcar_libro,
    numerar_correcciones,
    pagina_de_correcciones,
)
from pipeline.devolucion.notas import dibujar_notas
from pipeline.errores import ErrorLibro
from pipeline.esquemas import crear_tabla

DEVOLUCION = Devolucion(
    archivo="PI.xlsx",
    dependencia="Secretaría de Prueba",
    corte="2025-T3",
    entidad="Alcaldía",
    estado="Se devuelve",
)
BLOQUEA, OBSERVA, INFORMA = "FFF6CBDA", "FFFFE2B8", "FFD6E6F5"


def _hallazgo(celda: str | None, severidad: str = "bloquea", **otros: Any) -> dict[str, Any]:
    fila = int("".join(c for c in celda if c.isdigit())) if celda else None
    return {
        "regla": "PI-01", "severidad": severidad, "instrumento": "pi",
        "alcance": "fila" if celda else "libro", "hoja": "Plan «d'Acción»", "fila": fila, "celda": celda,
        "columna": "Ejecutado", "codigo_meta": "M-1",
        "valor": "5 (aprox.)", "mensaje": "No es un número.", "accion": "Escriba solo el número.",
    } | otros  # fmt: skip


def _tabla(*filas: dict[str, Any]) -> pd.DataFrame:
    return crear_tabla("hallazgos", filas)


@pytest.fixture
def libro(tmp_path: Path) -> Path:
    """Un libro con todo lo que una devolución no debe tocar."""
    cuaderno = openpyxl.Workbook()
    hoja = cuaderno.active
    hoja.title = "Plan «d'Acción»"
    for columna in range(1, 7):
        celda = hoja.cell(row=1, column=columna, value=f"Columna {columna}")
        celda.font, celda.fill = Font(bold=True, color="FFFFFFFF"), PatternFill("solid", fgColor="FF1F3A5F")
    for fila in range(2, 8):
        for columna in range(1, 5):
            celda = hoja.cell(row=fila, column=columna, value=fila * columna)
            celda.number_format, celda.border = "#,##0.00", Border(left=Side(style="thin", color="FF00FF00"))
            celda.protection, celda.alignment = Protection(locked=columna < 3), Alignment(horizontal="center")
        hoja.cell(row=fila, column=5, value=f"=SUM(A{fila}:D{fila})")
    hoja["B3"] = "5 (aprox.)"
    hoja["C4"].fill = PatternFill("solid", fgColor="FFF2F2F2")
    hoja.merge_cells("B9:D10")
    hoja["B9"] = "Combinada"
    hoja["A2"].comment = Comment("Nota del enlace", "Enlace")
    hoja["A12"].hyperlink = "#'Oculta'!A1"
    hoja.column_dimensions["B"].width, hoja.row_dimensions[3].height = 33.5, 41
    hoja.freeze_panes, hoja.auto_filter.ref = "B2", "A1:E7"
    lista = DataValidation(type="list", formula1='"P,NP"', showErrorMessage=True)
    lista.add("D2:D7")
    hoja.add_data_validation(lista)
    hoja.conditional_formatting.add(
        "A2:A7", CellIsRule(operator="greaterThan", formula=["3"], font=Font(color="FFFF0000"))
    )
    hoja.protection.sheet = True
    hoja.print_title_rows = "1:1"
    oculta = cuaderno.create_sheet("Oculta")
    oculta["A1"], oculta.sheet_state = "=1/0", "hidden"
    oculta.print_area = "A1:B2"
    cuaderno.defined_names["Total"] = DefinedName("Total", attr_text="Oculta!$A$1")
    ruta = tmp_path / "PI.xlsx"
    cuaderno.save(ruta)
    return ruta


def _marcar(libro: Path, *filas: dict[str, Any], nombre: str = "m.xlsx", **otros: Any) -> Any:
    destino = marcar_libro(libro, _tabla(*filas), libro.with_name(nombre), devolucion=DEVOLUCION, **otros)
    return openpyxl.load_workbook(destino)


def _estilo(celda: Any) -> tuple[str, ...]:
    partes = ("font", "fill", "border", "alignment", "protection", "number_format")
    return tuple(repr(getattr(celda, parte)) for parte in partes)


def _diferencias(antes: Any, ahora: Any) -> set[str]:
    """Celdas de la hoja que no quedaron iguales en valor, estilo o nota."""
    distintas = set()
    filas, columnas = max(antes.max_row, ahora.max_row), max(antes.max_column, ahora.max_column)
    for fila in range(1, filas + 1):
        for columna in range(1, columnas + 1):
            a, b = antes.cell(row=fila, column=columna), ahora.cell(row=fila, column=columna)
            notas = [c.comment.text if c.comment else None for c in (a, b)]
            if (a.value, a.data_type, _estilo(a), notas[0]) != (b.value, b.data_type, _estilo(b), notas[1]):
                distintas.add(b.coordinate)
    return distintas


def _leido(texto: object) -> str:
    """Como lo muestra Excel: openpyxl no deshace el escape de «_x0041_»."""
    return str(texto).replace("_x005F_", "_")


def _condicionales(libro: Path) -> list[bytes]:
    with zipfile.ZipFile(libro) as paquete:
        xml = paquete.read("xl/worksheets/sheet1.xml")
    return re.findall(rb"<(?:conditionalFormatting|dataValidation|sheetProtection)\b.*?>", xml)


def test_fuera_de_lo_marcado_el_libro_queda_identico(libro: Path) -> None:
    original = openpyxl.load_workbook(libro)
    marcado = _marcar(libro, _hallazgo("B3"), _hallazgo("C4", "observa"), _hallazgo("F30", "informa"))
    assert marcado.sheetnames == ["Correcciones", "Plan «d'Acción»", "Oculta"]
    antes, ahora = original["Plan «d'Acción»"], marcado["Plan «d'Acción»"]
    assert _diferencias(antes, ahora) == {"B3", "C4", "F30"}
    assert _diferencias(original["Oculta"], marcado["Oculta"]) == set()
    assert marcado["Oculta"].sheet_state == "hidden"
    assert ahora.merged_cells.ranges == antes.merged_cells.ranges
    assert ahora.column_dimensions["B"].width == 33.5
    assert ahora.row_dimensions[3].height == 41
    assert (ahora.freeze_panes, ahora.auto_filter.ref) == ("B2", "A1:E7")
    assert repr(ahora.data_validations) == repr(antes.data_validations)
    assert _condicionales(libro) == _condicionales(libro.with_name("m.xlsx"))
    assert ahora.protection.sheet
    assert ahora["E5"].value == "=SUM(A5:D5)"


def test_lo_que_no_se_marca_se_copia_byte_por_byte(libro: Path) -> None:
    _marcar(libro, _hallazgo("B3"))
    with zipfile.ZipFile(libro) as antes, zipfile.ZipFile(libro.with_name("m.xlsx")) as ahora:
        iguales = {n for n in antes.namelist() if antes.read(n) == ahora.read(n)}
    assert {"xl/worksheets/sheet2.xml", "xl/theme/theme1.xml", "docProps/core.xml"} <= iguales
    assert "xl/worksheets/sheet1.xml" not in iguales


def test_los_nombres_propios_de_cada_hoja_siguen_siendo_de_su_hoja(libro: Path) -> None:
    marcado = _marcar(libro, _hallazgo("B3"))
    assert marcado["Plan «d'Acción»"].print_title_rows == "$1:$1"
    assert "$A$1:$B$2" in marcado["Oculta"].print_area
    assert marcado.defined_names["Total"].attr_text == "Oculta!$A$1"


def test_la_celda_marcada_conserva_su_estilo_salvo_el_fondo_y_el_color_de_la_letra(libro: Path) -> None:
    antes = openpyxl.load_workbook(libro)["Plan «d'Acción»"]["B3"]
    ahora = _marcar(libro, _hallazgo("B3"))["Plan «d'Acción»"]["B3"]
    assert (ahora.value, ahora.number_format) == ("5 (aprox.)", antes.number_format)
    assert [repr(getattr(ahora, p)) for p in ("border", "alignment", "protection")] == [
        repr(getattr(antes, p)) for p in ("border", "alignment", "protection")
    ]
    assert ahora.fill.fgColor.rgb == BLOQUEA


def test_un_encabezado_de_letra_blanca_se_lee_sobre_la_marca(libro: Path) -> None:
    celda = _marcar(libro, _hallazgo("C1", "informa"))["Plan «d'Acción»"]["C1"]
    assert (celda.font.color.rgb, celda.font.bold, celda.fill.fgColor.rgb) == ("FF1F1F1F", True, INFORMA)


def test_la_celda_con_varios_hallazgos_lleva_el_color_del_mas_severo_y_todos_los_textos(libro: Path) -> None:
    marcado = _marcar(libro, _hallazgo("B3", "informa", mensaje="Uno."), _hallazgo("B3", mensaje="Dos."))
    celda = marcado["Plan «d'Acción»"]["B3"]
    assert celda.fill.fgColor.rgb == BLOQUEA
    assert celda.comment.text.index("Bloquea (N.º 1). Dos.") < celda.comment.text.index(
        "Informa (N.º 2). Uno."
    )


def test_la_nota_que_ya_habia_se_conserva_y_la_nuestra_va_debajo(libro: Path) -> None:
    texto = _marcar(libro, _hallazgo("A2"))["Plan «d'Acción»"]["A2"].comment.text
    assert texto.startswith("Nota del enlace")
    assert "No es un número." in texto


def test_lo_hallado_dentro_de_un_bloque_combinado_se_marca_donde_se_ve(libro: Path) -> None:
    hoja = _marcar(libro, _hallazgo("C10"))["Plan «d'Acción»"]
    assert hoja["B9"].fill.fgColor.rgb == BLOQUEA
    assert hoja["B9"].comment is not None


def test_cada_correccion_enlaza_a_su_celda_y_lo_del_libro_a_su_hoja(libro: Path) -> None:
    hoja = _marcar(
        libro, _hallazgo("B3"), _hallazgo(None, mensaje="Falta una columna."), _hallazgo("C4", hoja="No está")
    )
    correcciones = hoja["Correcciones"]
    destinos = {
        correcciones.cell(row=celda.row, column=8).value: celda.hyperlink.location
        for (celda,) in correcciones.iter_rows(min_col=4, max_col=4)
        if celda.hyperlink
    }
    assert destinos == {
        "No es un número.": "'Plan «d''Acción»'!B3",
        "Falta una columna.": "'Plan «d''Acción»'!A1",
    }


def test_la_hoja_de_correcciones_va_de_primera_a_la_vista_y_dice_todo(libro: Path) -> None:
    marcado = _marcar(libro, _hallazgo("C4", "observa"), _hallazgo("B3"))
    assert marcado.active.title == "Correcciones"
    assert [bool(hoja.sheet_view.tabSelected) for hoja in marcado.worksheets] == [True, False, False]
    filas = list(marcado["Correcciones"].iter_rows(values_only=True))
    encabezado = filas.index(next(f for f in filas if f[0] == "N.º"))
    assert filas[encabezado + 1] == (
        1, "Bloquea", "Plan «d'Acción»", "B3", "M-1", "Ejecutado", "5 (aprox.)", "No es un número.",
        "Escriba solo el número.",
    )  # fmt: skip
    assert filas[encabezado + 2][:4] == (2, "Observa", "Plan «d'Acción»", "C4")


def test_sin_hallazgos_la_hoja_lo_dice(libro: Path) -> None:
    textos = [c for fila in _marcar(libro)["Correcciones"].iter_rows(values_only=True) for c in fila if c]
    assert "No hay correcciones pendientes." in textos


def test_los_mismos_insumos_dan_los_mismos_bytes_y_no_dejan_temporales(libro: Path) -> None:
    _marcar(libro, _hallazgo("B3"), nombre="uno.xlsx")
    _marcar(libro, _hallazgo("B3"), nombre="dos.xlsx")
    assert libro.with_name("uno.xlsx").read_bytes() == libro.with_name("dos.xlsx").read_bytes()
    assert not list(libro.parent.glob("*.tmp"))


@pytest.mark.parametrize(
    "texto", ['=HYPERLINK("http://x")', "+1+1", "-2", "@SUM(A1)", "\t=1", "<b>&\x07_x0041_"]
)
def test_un_texto_hostil_queda_como_texto(libro: Path, texto: str) -> None:
    fila = _hallazgo("B3", valor=texto, mensaje=texto, accion=texto, columna=texto, codigo_meta=texto)
    marcado = _marcar(libro, fila)
    celdas = [c for f in marcado["Correcciones"].iter_rows() for c in f if c.value is not None]
    assert {c.data_type for c in celdas} <= {"s", "n"}
    assert all(c.quotePrefix for c in celdas if c.data_type == "s")
    limpio = texto.replace("\x07", "")
    hostiles = [c.value for c in celdas if c.column in (7, 8, 9) and _leido(c.value) == limpio]
    assert len(hostiles) == 3
    assert limpio in _leido(marcado["Plan «d'Acción»"]["B3"].comment.text)


def test_al_volver_a_marcar_se_quitan_las_marcas_viejas(libro: Path) -> None:
    _marcar(libro, _hallazgo("B3"), _hallazgo("C4"), _hallazgo("A2"))
    marcado = libro.with_name("m.xlsx")
    otra = marcar_libro(marcado, _tabla(_hallazgo("B3")), libro.with_name("n.xlsx"), devolucion=DEVOLUCION)
    cuaderno = openpyxl.load_workbook(otra)
    assert cuaderno.sheetnames == ["Correcciones", "Plan «d'Acción»", "Oculta"]
    hoja = cuaderno["Plan «d'Acción»"]
    assert hoja["C4"].comment is None
    assert hoja["C4"].fill.fgColor.rgb == "FFF2F2F2"
    assert hoja["B3"].comment.text.count("No es un número.") == 1
    assert "$A$1:$B$2" in cuaderno["Oculta"].print_area


def test_una_hoja_del_enlace_llamada_correcciones_no_se_pierde(libro: Path) -> None:
    cuaderno = openpyxl.load_workbook(libro)
    cuaderno.create_sheet("CORRECCIONES")["A1"] = "del enlace"
    cuaderno.save(libro)
    marcado = _marcar(libro, _hallazgo("B3"))
    assert marcado.sheetnames[0] == "Correcciones (2)"
    assert marcado["CORRECCIONES"]["A1"].value == "del enlace"


def test_los_valores_guardados_de_las_formulas_siguen_ahi(tmp_path: Path) -> None:
    import xlsxwriter

    ruta = tmp_path / "f.xlsx"
    with xlsxwriter.Workbook(ruta) as cuaderno:
        hoja = cuaderno.add_worksheet("Plan «d'Acción»")
        hoja.write_formula("B3", "=1+1", None, 2)
        grafico = cuaderno.add_chart({"type": "bar"})
        grafico.add_series({"values": "='Plan «d''Acción»'!$B$3:$B$4"})
        hoja.insert_chart("D5", grafico)
    marcar_libro(ruta, _tabla(_hallazgo("B3")), tmp_path / "m.xlsx", devolucion=DEVOLUCION)
    assert openpyxl.load_workbook(tmp_path / "m.xlsx", data_only=True)["Plan «d'Acción»"]["B3"].value == 2
    with zipfile.ZipFile(ruta) as antes, zipfile.ZipFile(tmp_path / "m.xlsx") as ahora:
        assert antes.read("xl/charts/chart1.xml") == ahora.read("xl/charts/chart1.xml")


@pytest.mark.parametrize("contenido", [b"", b"no es un zip", b"PK\x03\x04roto", b"\xd0\xcf\x11\xe0"])
def test_lo_que_no_es_un_libro_se_dice_sin_traza(tmp_path: Path, contenido: bytes) -> None:
    malo = tmp_path / "malo.xlsx"
    malo.write_bytes(contenido)
    with pytest.raises(ErrorLibro, match="no se pudo marcar el libro"):
        marcar_libro(malo, _tabla(), tmp_path / "m.xlsx", devolucion=DEVOLUCION)
    assert not (tmp_path / "m.xlsx").exists()


def test_una_hoja_desmedida_no_se_recorre_celda_por_celda(
    libro: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.devolucion.paquete.MAXIMO_POR_PARTE", 500)
    with pytest.raises(ErrorLibro, match="filas vacías con formato"):
        _marcar(libro)


def test_un_xml_con_entidades_se_rechaza(libro: Path, tmp_path: Path) -> None:
    malo = tmp_path / "malo.xlsx"
    with zipfile.ZipFile(libro) as origen, zipfile.ZipFile(malo, "w") as destino:
        for nombre in origen.namelist():
            xml = origen.read(nombre)
            if nombre == "xl/styles.xml":
                xml = b'<!DOCTYPE a [<!ENTITY b "c">]>' + re.sub(rb"^<\?xml[^>]*\?>", b"", xml)
            destino.writestr(nombre, xml)
    with pytest.raises(ErrorLibro, match="entidades"):
        marcar_libro(malo, _tabla(_hallazgo("B3")), tmp_path / "m.xlsx", devolucion=DEVOLUCION)


def test_con_version_anterior_hay_una_segunda_hoja_de_seguimiento(libro: Path) -> None:
    antes = _tabla(_hallazgo("B3"))
    celda = {
        "tabla": "registros_pi", "sha256": "a", "archivo": "PI.xlsx", "hoja": "Plan «d'Acción»", "fila": 3,
        "celda": "B3", "vigencia": 2025, "campo": "ejecutado_vigencia", "encabezado": "Ejecutado",
        "codigo_meta": "M-1",
    }  # fmt: skip
    celdas = [crear_tabla("celdas", [celda | {"valor_crudo": valor}]) for valor in ("5 (aprox.)", "5")]
    seguimiento = comparar_versiones(antes, _tabla(), *celdas)
    marcado = _marcar(libro, seguimiento=seguimiento)
    assert marcado.sheetnames[:2] == ["Correcciones", "Seguimiento a correcciones"]
    filas = list(marcado["Seguimiento a correcciones"].iter_rows(values_only=True))
    assert (1, "Corregido", "Plan «d'Acción»", "B3") in [f[:4] for f in filas]
    assert any("Se había pedido y ya no se encuentra: No es un número." in f for f in filas)


def test_las_correcciones_se_numeran_de_lo_mas_severo_a_lo_menos_y_en_el_orden_de_la_hoja() -> None:
    tabla = numerar_correcciones(
        _tabla(
            _hallazgo("AA2", "informa"), _hallazgo("C9"), _hallazgo("B9"), _hallazgo("AB2"), _hallazgo(None)
        )
    )
    assert list(tabla["celda"].fillna("")) == ["", "AB2", "B9", "C9", "AA2"]
    assert list(tabla["numero"]) == [1, 2, 3, 4, 5]
    assert contar_por_severidad(tabla) == {"bloquea": 4, "observa": 0, "informa": 1}


def test_la_pagina_agrupa_por_meta_escapa_lo_hostil_y_pasa_la_auditoria() -> None:
    from pipeline.informes.auditoria import auditar_html

    tabla = _tabla(
        _hallazgo("B3", valor="<script>alert(1)</script>"),
        _hallazgo("C3", "observa"),
        _hallazgo("B4", codigo_meta="M-2"),
        _hallazgo(None, mensaje="Falta una columna."),
    )
    pagina = pagina_de_correcciones(
        tabla,
        devolucion=DEVOLUCION,
        css="",
        libro_marcado="PI_corregir.xlsx",
        nombres_de_metas={"M-1": "Vías <rurales>"},
    )
    assert auditar_html(pagina) == []
    assert "<script>alert" not in pagina
    assert "Vías &lt;rurales&gt;" in pagina
    assert re.findall(r"<h3>(.*?)</h3>", pagina) == ["Todo el libro", "Meta M-1", "Meta M-2"]
    assert 'href="PI_corregir.xlsx"' in pagina


def test_lo_que_solo_tiene_hoja_no_deja_un_separador_suelto() -> None:
    tabla = _tabla(_hallazgo(None, hoja="DAP Cuadro 4F", fila=None, columna=None, valor=None))
    pagina = pagina_de_correcciones(tabla, devolucion=DEVOLUCION, css="")
    assert "hoja «DAP Cuadro 4F»</span>" in pagina


def test_si_el_libro_no_se_pudo_marcar_la_pagina_dice_por_que() -> None:
    pagina = pagina_de_correcciones(
        _tabla(), devolucion=DEVOLUCION, css="", aviso="PI.xls: no se pudo marcar."
    )
    assert "PI.xls: no se pudo marcar." in pagina
    assert "No hay correcciones pendientes." in pagina


def test_del_dibujo_de_las_notas_se_quita_la_forma_de_su_celda_y_ninguna_otra() -> None:
    def forma(prefijo: str, fila: int) -> str:
        lugar = f"<x:ClientData><x:Row>{fila}</x:Row><x:Column>0</x:Column></x:ClientData>"
        return f'<{prefijo}shape id="f{fila}">{lugar}</{prefijo}shape>'

    xml = f"<xml>{forma('v:', 1)}<v:shape sin cerrar>{forma('', 2)}{forma('v:', 3)}</xml>".encode()
    limpio = dibujar_notas(xml, [], [(3, 1), (4, 1)], {})
    assert b'"f1"' in limpio and b"sin cerrar" in limpio
    assert b'"f2"' not in limpio and b'"f3"' not in limpio


def test_un_dibujo_con_miles_de_formas_sin_cerrar_se_recorre_una_sola_vez() -> None:
    """Con una expresión que por cada una buscara su cierre, esto tardaría horas."""
    assert b"<v:shape " * 9 in dibujar_notas(b"<xml>" + b"<v:shape " * 400_000 + b"</xml>", [], [], {})


def test_las_marcas_viejas_se_reconocen_aunque_otro_programa_borre_el_autor_de_las_notas(libro: Path) -> None:
    _marcar(libro, _hallazgo("B3"), _hallazgo("C4"))
    cuaderno = openpyxl.load_workbook(libro.with_name("m.xlsx"))
    for celda in ("B3", "C4"):
        cuaderno["Plan «d'Acción»"][celda].comment.author = "Otro"
    cuaderno.save(libro.with_name("m.xlsx"))
    otra = marcar_libro(libro.with_name("m.xlsx"), _tabla(), libro.with_name("n.xlsx"), devolucion=DEVOLUCION)
    hoja = openpyxl.load_workbook(otra)["Plan «d'Acción»"]
    assert (hoja["B3"].comment, hoja["C4"].comment) == (None, None)
    assert hoja["A2"].comment.text == "Nota del enlace"
