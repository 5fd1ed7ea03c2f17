"""Libros defectuosos, cada uno nombrado por su defecto: todos dan hallazgo y ninguno una traza."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import openpyxl
import pytest

from pipeline.formatos import LibroLeido, cargar_formato
from pipeline.formatos.archivo import MAXIMO_BYTES
from pipeline.formatos.paquete import ATRIBUTOS
from pipeline.lectura import leer_libro
from pipeline.lectura.apertura import abrir, columnas_ocultas, filas_ocultas, poner_errores
from pipeline.limpieza import armar_plan, armar_registros, limpiar
from pipeline.modelo import Corte, Periodo, Severidad

CORTE = Corte(vigencia=2025, periodo=Periodo.T3)
ENCABEZADO = [
    "Código de meta", "Programa MGA", "Producto MGA", "Unidad de medida", "Tipo de meta",
    "Programado 2025", "Programado T1", "Programado T2", "Programado T3", "Programado T4",
    "Estado (P/NP)", "Ejecutado acumulado",
    "Apropiación inicial", "Apropiación definitiva", "CDP", "Compromisos", "Obligaciones", "Pagos",
    "Observaciones", "Evidencia",
]  # fmt: skip
META = [
    "M1", "3204", "3204001", "Número", "Flujo", 10, 2, 4, 6, 10, "P", 5, 100, 90, 80, 70, 60, 50, "ok",
    "acta",
]  # fmt: skip
Filas = Sequence[Sequence[object]]


def libro(carpeta: Path, filas: Filas, hoja: str = "Plan Indicativo", **otras: Filas) -> Path:
    wb = openpyxl.Workbook()
    wb.active.title = hoja
    for fila in filas:
        wb.active.append(list(fila))
    for nombre, contenido in otras.items():
        ws = wb.create_sheet(nombre)
        for fila in contenido:
            ws.append(list(fila))
    ruta = carpeta / "libro.xlsx"
    wb.save(ruta)
    return ruta


def leer(ruta: Path, formato: str = "pi_propio") -> LibroLeido:
    return leer_libro(
        ruta,
        cargar_formato(formato),
        archivo="salud.xlsx",
        sha256="a" * 64,
        vigencias=(2024, 2025, 2026, 2027),
        corte=CORTE if formato.startswith("pi") else None,
    )


def reglas(leido: LibroLeido) -> list[str]:
    return [h.regla for h in leido.hallazgos]


def reescribir_parte(ruta: Path, parte: str, cambiar: Callable[[bytes], bytes]) -> Path:
    """El mismo paquete con una parte cambiada."""
    destino = io.BytesIO()
    with zipfile.ZipFile(ruta) as origen, zipfile.ZipFile(destino, "w", zipfile.ZIP_DEFLATED) as nuevo:
        for nombre in origen.namelist():
            datos = origen.read(nombre)
            nuevo.writestr(nombre, cambiar(datos) if nombre == parte else datos)
    ruta.write_bytes(destino.getvalue())
    return ruta


HOJA_1 = "xl/worksheets/sheet1.xml"


def archivo_vacio(carpeta: Path) -> Path:
    ruta = carpeta / "vacio.xlsx"
    ruta.write_bytes(b"")
    return ruta


def csv_renombrado(carpeta: Path) -> Path:
    ruta = carpeta / "renombrado.xlsx"
    ruta.write_text("codigo;meta\n1;2\n", encoding="utf-8")
    return ruta


def xls_antiguo_o_con_contrasena(carpeta: Path) -> Path:
    ruta = carpeta / "antiguo.xlsx"
    ruta.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600)
    return ruta


def documento_de_texto_comprimido(carpeta: Path) -> Path:
    ruta = carpeta / "documento.xlsx"
    with zipfile.ZipFile(ruta, "w") as paquete:
        paquete.writestr("word/document.xml", "<w/>")
    return ruta


def zip_truncado(carpeta: Path) -> Path:
    ruta = libro(carpeta, [ENCABEZADO, META])
    ruta.write_bytes(ruta.read_bytes()[:-400])
    return ruta


def xml_de_hoja_danado(carpeta: Path) -> Path:
    return reescribir_parte(libro(carpeta, [ENCABEZADO, META]), HOJA_1, lambda xml: xml[: len(xml) // 2])


def relaciones_ausentes(carpeta: Path) -> Path:
    ruta = libro(carpeta, [ENCABEZADO, META])
    return reescribir_parte(ruta, "xl/_rels/workbook.xml.rels", lambda _: b"<Relationships/>")


def entidades_xml(carpeta: Path) -> Path:
    ruta = libro(carpeta, [ENCABEZADO, META])
    return reescribir_parte(ruta, "xl/workbook.xml", lambda x: b'<!DOCTYPE b [<!ENTITY a "b">]>' + x)


def bomba_de_compresion(carpeta: Path) -> Path:
    return reescribir_parte(libro(carpeta, [ENCABEZADO, META]), HOJA_1, lambda xml: xml + b" " * 60_000_000)


def celda_en_el_ultimo_rincon(carpeta: Path) -> Path:
    lejana = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    ruta = libro(carpeta, [ENCABEZADO, META])
    return reescribir_parte(ruta, HOJA_1, lambda xml: xml.replace(b"</sheetData>", lejana))


def celda_lejana_escrita_de_modo_raro(carpeta: Path) -> Path:
    lejana = b"<row r='1048576'><c\n r = 'xfd1048576' ><v>1</v></c></row></sheetData>"
    ruta = libro(carpeta, [ENCABEZADO, META])
    return reescribir_parte(ruta, HOJA_1, lambda xml: xml.replace(b"</sheetData>", lejana))


def fila_imposible_con_celdas_sin_referencia(carpeta: Path) -> Path:
    lejana = b'<row r="999999999"><c><v>1</v></c></row></sheetData>'
    ruta = libro(carpeta, [ENCABEZADO, META])
    return reescribir_parte(ruta, HOJA_1, lambda xml: xml.replace(b"</sheetData>", lejana))


def hoja_ausente(carpeta: Path) -> Path:
    return libro(carpeta, [ENCABEZADO, META], hoja="Hoja1")


def encabezado_ausente(carpeta: Path) -> Path:
    return libro(carpeta, [["Cualquier", "cosa"], [1, 2]])


@pytest.mark.parametrize(
    ("defecto", "regla"),
    [
        (archivo_vacio, "LEC-01"),
        (csv_renombrado, "LEC-02"),
        (xls_antiguo_o_con_contrasena, "LEC-02"),
        (documento_de_texto_comprimido, "LEC-02"),
        (zip_truncado, "LEC-03"),
        (xml_de_hoja_danado, "LEC-03"),
        (relaciones_ausentes, "LEC-03"),
        (entidades_xml, "LEC-03"),
        (bomba_de_compresion, "LEC-04"),
        (celda_en_el_ultimo_rincon, "LEC-04"),
        (celda_lejana_escrita_de_modo_raro, "LEC-04"),
        (fila_imposible_con_celdas_sin_referencia, "LEC-04"),
        (hoja_ausente, "LEC-05"),
        (encabezado_ausente, "LEC-06"),
    ],
)
def test_un_libro_ilegible_da_un_hallazgo_que_bloquea_el_libro(
    tmp_path: Path, defecto: Callable[[Path], Path], regla: str
) -> None:
    leido = leer(defecto(tmp_path))
    assert not leido.es_legible
    assert reglas(leido) == [regla]
    hallazgo = leido.hallazgos[0]
    assert (hallazgo.severidad, hallazgo.alcance, hallazgo.archivo) == (
        Severidad.BLOQUEA,
        "libro",
        "salud.xlsx",
    )
    assert "{" not in hallazgo.mensaje + hallazgo.accion


def test_un_libro_ilegible_se_limpia_sin_filas_y_conserva_su_hallazgo(tmp_path: Path) -> None:
    limpio = limpiar(leer(csv_renombrado(tmp_path)), cargar_formato("pi_propio"), ())
    assert len(armar_registros("registros_pi", limpio, "SSAL")) == 0
    assert len(limpio.celdas) == 0
    assert [h.regla for h in limpio.hallazgos] == ["LEC-02"]


def test_un_archivo_demasiado_grande_no_se_abre(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.formatos.archivo.MAXIMO_BYTES", 1000)
    assert MAXIMO_BYTES > 1000
    assert reglas(leer(libro(tmp_path, [ENCABEZADO, META]))) == ["LEC-04"]


def test_un_libro_completo_no_tiene_hallazgos(tmp_path: Path) -> None:
    leido = leer(libro(tmp_path, [ENCABEZADO, META]))
    assert leido.es_legible
    assert reglas(leido) == []
    assert leido.hojas[0].filas == (2,)


def test_celdas_vacias_con_formato_hasta_el_final_de_la_hoja_no_son_una_bomba(tmp_path: Path) -> None:
    vacia = b'<row r="1048576"><c r="XFD1048576" s="0"/></row></sheetData>'
    ruta = libro(tmp_path, [ENCABEZADO, META])
    assert reglas(leer(reescribir_parte(ruta, HOJA_1, lambda x: x.replace(b"</sheetData>", vacia)))) == []


def test_un_millon_de_filas_vacias_con_formato_se_lee_como_si_no_estuvieran(tmp_path: Path) -> None:
    """Lo que deja quien da formato a la hoja entera: filas con estilo, y en algunas, celdas sin valor."""
    vacias = b"".join(
        b'<row r="%d" s="1" customFormat="1">%s</row>' % (n, b'<c r="A%d" s="1"/>' % n if n % 8 == 0 else b"")
        for n in range(3, 1_048_577)
    )
    ruta = reescribir_parte(
        libro(tmp_path, [ENCABEZADO, META]),
        HOJA_1,
        lambda xml: re.sub(rb'<dimension ref="[^"]*"/>', b'<dimension ref="A1:Z1048576"/>', xml).replace(
            b"</sheetData>", vacias + b"</sheetData>"
        ),
    )
    leido = leer(ruta)
    assert (reglas(leido), leido.hojas[0].filas) == ([], (2,))


def test_el_encabezado_se_busca_bajo_la_banda_y_los_rotulos_de_grupo(tmp_path: Path) -> None:
    banda: Filas = [
        ["Alcaldía"],
        ["Plan Indicativo"],
        [],
        ["Identificación", "", "", "", "", "Programación"],
        ENCABEZADO,
    ]
    leido = leer(libro(tmp_path, [*banda, META]))
    assert leido.es_legible
    assert leido.hojas[0].filas == (6,)


def test_el_encabezado_se_reconoce_sin_tildes_ni_mayusculas(tmp_path: Path) -> None:
    assert reglas(leer(libro(tmp_path, [[f" {r.upper()}\n" for r in ENCABEZADO], META]))) == []


def test_las_columnas_pueden_venir_en_otro_orden(tmp_path: Path) -> None:
    leido = leer(libro(tmp_path, [ENCABEZADO[::-1], META[::-1]]))
    registros = armar_registros("registros_pi", limpiar(leido, cargar_formato("pi_propio"), ()), "SSAL")
    assert registros.loc[0, "codigo_meta"] == "M1"
    assert registros.loc[0, "pagos_cop"] == 50


def test_una_columna_requerida_ausente_se_nombra_y_bloquea(tmp_path: Path) -> None:
    sin_ejecutado = [r if r != "Ejecutado acumulado" else "Avance" for r in ENCABEZADO]
    leido = leer(libro(tmp_path, [sin_ejecutado, META]))
    assert not leido.es_legible
    assert reglas(leido) == ["LEC-07", "LEC-09"]
    assert "«Ejecutado acumulado»" in leido.hallazgos[0].mensaje
    assert "«Avance» (L)" in leido.hallazgos[1].mensaje


def test_un_libro_de_otra_vigencia_se_bloquea_nombrando_la_columna_que_falta(tmp_path: Path) -> None:
    de_2024 = [r.replace("2025", "2024") for r in ENCABEZADO]
    assert "«Programado 2025»" in leer(libro(tmp_path, [de_2024, META])).hallazgos[0].mensaje


def test_una_columna_esperada_ausente_se_observa_y_queda_sin_dato_y_no_en_cero(tmp_path: Path) -> None:
    posicion = ENCABEZADO.index("Pagos")
    filas = [[v for i, v in enumerate(fila) if i != posicion] for fila in (ENCABEZADO, META)]
    leido = leer(libro(tmp_path, filas))
    assert leido.es_legible
    assert reglas(leido) == ["LEC-08"]
    registros = armar_registros("registros_pi", limpiar(leido, cargar_formato("pi_propio"), ()), "SSAL")
    assert registros["pagos_cop"].isna().all()


def test_un_encabezado_repetido_se_informa_en_su_celda_y_manda_el_primero(tmp_path: Path) -> None:
    leido = leer(libro(tmp_path, [[*ENCABEZADO, "Compromisos"], [*META, 999]]))
    repetido = leido.hallazgos[0]
    assert (repetido.regla, repetido.celda) == ("LEC-10", "U1")
    assert "P1" in repetido.mensaje
    registros = armar_registros("registros_pi", limpiar(leido, cargar_formato("pi_propio"), ()), "SSAL")
    assert registros.loc[0, "compromisos_cop"] == 70


def test_la_fila_de_totales_se_excluye_diciendolo(tmp_path: Path) -> None:
    totales = ["TOTAL", *[""] * 10, 5, 100, 90, 80, 70, 60, 50]
    sin_rotulo = [*[""] * 11, 5, 100, 90, 80, 70, 60, 50]
    leido = leer(libro(tmp_path, [ENCABEZADO, META, totales, sin_rotulo]))
    assert leido.hojas[0].filas == (2,)
    assert [(h.regla, h.fila) for h in leido.hallazgos] == [("LEC-12", 3), ("LEC-12", 4)]


def test_una_fila_con_texto_y_sin_codigo_no_es_de_totales_y_llega_a_la_tabla(tmp_path: Path) -> None:
    sin_codigo = ["", *META[1:]]
    registros = armar_registros(
        "registros_pi",
        limpiar(leer(libro(tmp_path, [ENCABEZADO, META, sin_codigo])), cargar_formato("pi_propio"), ()),
        "SSAL",
    )
    assert registros["codigo_meta"].tolist()[0] == "M1"
    assert registros["codigo_meta"].isna().tolist() == [False, True]


def test_una_nota_fuera_de_las_columnas_leidas_se_informa(tmp_path: Path) -> None:
    leido = leer(libro(tmp_path, [[*ENCABEZADO, "Notas"], META, [*[""] * 20, "Elaboró: la oficina"]]))
    assert leido.hojas[0].filas == (2,)
    assert ("LEC-13", 3) in [(h.regla, h.fila) for h in leido.hallazgos]


def test_las_firmas_bajo_la_tabla_en_la_columna_del_codigo_se_informan_y_no_son_metas(tmp_path: Path) -> None:
    firmas = [[], ["Elaboró: Ana Díaz"], ["Revisó"], ["Fecha: 30 de septiembre de 2025"], ["M7"], ["Metas"]]
    leido = leer(libro(tmp_path, [ENCABEZADO, META, ["Por revisar"], ["M2", *META[1:]], *firmas]))
    # una fila en medio de la tabla, o con forma de código, sigue siendo una meta que hay que aclarar
    assert leido.hojas[0].filas == (2, 3, 4, 9)
    notas = [(h.fila, h.severidad) for h in leido.hallazgos if h.regla == "LEC-13"]
    assert notas == [(n, Severidad.INFORMA) for n in (6, 7, 8, 10)]
    assert "(A6)" in leido.hallazgos[0].mensaje


def test_una_hoja_que_solo_trae_codigos_se_lee_entera(tmp_path: Path) -> None:
    leido = leer(libro(tmp_path, [ENCABEZADO, ["M1"], ["Uno"]]))
    assert leido.hojas[0].filas == (2, 3)


def test_una_hoja_sin_metas_bloquea(tmp_path: Path) -> None:
    leido = leer(libro(tmp_path, [ENCABEZADO]))
    assert not leido.es_legible
    assert reglas(leido) == ["LEC-14"]


def test_una_hoja_oculta_no_se_lee_y_se_dice_salvo_la_de_control(tmp_path: Path) -> None:
    ruta = libro(tmp_path, [ENCABEZADO, META], Vieja=[ENCABEZADO, META], _control=[["formato", "pi_propio"]])
    wb = openpyxl.load_workbook(ruta)
    wb["Vieja"].sheet_state = wb["_control"].sheet_state = "hidden"
    wb.save(ruta)
    leido = leer(ruta)
    assert [(h.regla, h.hoja) for h in leido.hallazgos] == [("LEC-11", "Vieja")]
    assert len(leido.hojas) == 1


def test_si_la_hoja_esperada_esta_oculta_se_dice(tmp_path: Path) -> None:
    ruta = libro(tmp_path, [ENCABEZADO, META], Otra=[["x"]])
    wb = openpyxl.load_workbook(ruta)
    wb["Plan Indicativo"].sheet_state = "hidden"
    wb.active = wb["Otra"]
    wb.save(ruta)
    assert "«Plan Indicativo» (oculta)" in leer(ruta).hallazgos[0].mensaje


def test_una_segunda_hoja_con_los_encabezados_y_datos_que_no_se_leyo_se_nombra(tmp_path: Path) -> None:
    otras = {
        "Copia vieja": [ENCABEZADO, META],
        "Sin llenar": [ENCABEZADO],
        "Metas": [ENCABEZADO[:7], META[:7]],
    }
    leido = leer(libro(tmp_path, [ENCABEZADO, META], **otras))
    assert [(h.regla, h.severidad, h.alcance, h.hoja) for h in leido.hallazgos] == [
        ("LEC-26", Severidad.OBSERVA, "libro", "Copia vieja")
    ]
    assert "se leyó: «Plan Indicativo»." in leido.hallazgos[0].mensaje
    assert "devuélvale su nombre según el formato («Plan Indicativo»)" in leido.hallazgos[0].accion
    assert [hoja.nombre for hoja in leido.hojas] == ["Plan Indicativo"]


def test_de_una_hoja_enorme_que_no_se_pidio_solo_se_miran_las_primeras_filas(tmp_path: Path) -> None:
    def alargar(xml: bytes) -> bytes:
        filas = b"".join(b'<row r="%d"><c r="A%d"><v>1</v></c></row>' % (n, n) for n in range(3, 60_000))
        return xml.replace(
            b"</sheetData>", filas + b'<row r="999999"><c r="XFD999999"><v>1</v></c></row></sheetData>'
        )

    ruta = libro(tmp_path, [ENCABEZADO, META], Copia=[ENCABEZADO, META])
    abierto = abrir(reescribir_parte(ruta, "xl/worksheets/sheet2.xml", alargar))
    assert len(abierto.mirar(["Copia"], 40)["Copia"].filas) == 40
    assert reglas(leer(ruta)) == ["LEC-26"]


def test_un_error_de_excel_guardado_en_la_celda_no_se_pierde(tmp_path: Path) -> None:
    con_error = [*META]
    con_error[11] = "#DIV/0!"
    limpio = limpiar(leer(libro(tmp_path, [ENCABEZADO, con_error])), cargar_formato("pi_propio"), ())
    hallazgo = next(h for h in limpio.hallazgos if h.regla == "LIM-03")
    assert (hallazgo.celda, hallazgo.valor, hallazgo.codigo_meta) == ("L2", "#DIV/0!", "M1")
    assert hallazgo.severidad is Severidad.BLOQUEA  # sin lo ejecutado la fila no puede contar
    assert armar_registros("registros_pi", limpio, "SSAL")["ejecutado_vigencia"].isna().all()


def test_un_texto_en_una_columna_que_no_decide_el_avance_observa_y_no_bloquea(tmp_path: Path) -> None:
    con_texto = [*META]
    con_texto[17] = "5 (aprox.)"
    limpio = limpiar(leer(libro(tmp_path, [ENCABEZADO, con_texto])), cargar_formato("pi_propio"), ())
    assert [(h.regla, h.celda, h.severidad) for h in limpio.hallazgos] == [
        ("LIM-02", "R2", Severidad.OBSERVA)
    ]


def test_np_en_lo_programado_declara_el_estado_si_el_libro_no_trae_su_columna(tmp_path: Path) -> None:
    encabezado = [r if r != "Estado (P/NP)" else "Otra cosa" for r in ENCABEZADO]
    meta = [*META]
    meta[5] = "NP"
    limpio = limpiar(leer(libro(tmp_path, [encabezado, meta])), cargar_formato("pi_propio"), ())
    registros = armar_registros("registros_pi", limpio, "SSAL")
    assert registros.loc[0, "estado_programacion"] == "NP"
    assert registros["programado_vigencia"].isna().all()


def test_toda_cifra_lleva_su_celda_y_su_valor_escrito(tmp_path: Path) -> None:
    meta = [*META]
    meta[11] = "12,5"
    celdas = limpiar(leer(libro(tmp_path, [ENCABEZADO, meta])), cargar_formato("pi_propio"), ()).celdas
    celda = celdas.set_index("campo").loc["ejecutado_vigencia"]
    assert (celda["celda"], celda["vigencia"], celda["valor_crudo"], celda["valor_numero"]) == (
        "L2",
        2025,
        "12,5",
        12.5,
    )
    assert celda["transformacion"] == "texto «12,5» leído como 12,5"
    assert celdas.set_index("campo").loc["codigo_meta", "vigencia"] == 0


def test_el_libro_leido_se_puede_mirar_celda_por_celda(tmp_path: Path) -> None:
    celdas = leer(libro(tmp_path, [ENCABEZADO, META])).celdas
    assert len(celdas) == len(ENCABEZADO)
    assert celdas.set_index("celda").loc["F2", ["campo", "valor"]].tolist() == ["programado_vigencia", 10.0]


def test_una_columna_de_celdas_combinadas_se_rellena_hacia_abajo_y_lo_dice(tmp_path: Path) -> None:
    (tmp_path / "combinado.yml").write_text(
        """\
nombre: combinado
tabla: plan
descripcion: Líneas combinadas
hoja: Datos
columnas:
  - {campo: codigo_meta, alias: [Código], requerida: true}
  - {campo: nombre_linea, alias: [Línea], rellenar_hacia_abajo: true}
""",
        encoding="utf-8",
    )
    formato = cargar_formato("combinado", tmp_path)
    ruta = libro(tmp_path, [["Línea", "Código"], ["Una", "M1"], [None, "M2"], ["Dos", "M3"]], hoja="Datos")
    leido = leer_libro(ruta, formato, archivo="x.xlsx", sha256="a" * 64, vigencias=(2025,), corte=None)
    limpio = limpiar(leido, formato, ())
    assert armar_plan(limpio)[0]["nombre_linea"].tolist() == ["Una", "Una", "Dos"]
    rellena = limpio.celdas.query("celda == 'A3'").iloc[0]
    assert rellena["transformacion"] == "tomado de la celda de arriba (celdas combinadas)"


def test_la_celda_que_quedo_sin_dato_por_estar_combinada_se_dice_en_su_celda(tmp_path: Path) -> None:
    metas = [[f"M{n}", *META[1:]] for n in range(1, 5)]
    ruta = libro(tmp_path, [["", "Banda del grupo"], ENCABEZADO, *metas])
    wb = openpyxl.load_workbook(ruta)
    hoja = wb["Plan Indicativo"]
    for rango in ("B1:D1", "L3:L5", "M6:N6"):  # ejecutado de tres metas y dos apropiaciones de la última
        hoja.merge_cells(rango)
    wb.save(ruta)
    avisos = [h for h in leer(ruta).hallazgos if h.regla == "LEC-28"]
    assert [(h.celda, h.severidad, h.alcance) for h in avisos] == [
        (c, Severidad.OBSERVA, "fila") for c in ("L4", "L5", "N6")
    ]
    assert avisos[0].mensaje.startswith("La celda está combinada con L3: ")


PLAN = [
    "Código de meta",
    "Meta de producto",
    "Meta del cuatrienio",
    *[f"Programado {v}" for v in range(2024, 2028)],
]


def test_en_el_plan_una_fila_sin_codigo_o_repetida_sale_diciendolo(tmp_path: Path) -> None:
    filas = [
        PLAN,
        ["M1", "Una", 4, 1, 1, 1, 1],
        ["", "Sin código", 4, 1, 1, 1, 1],
        ["M1", "Otra", 4, 1, 1, 1, 1],
    ]
    formato = cargar_formato("plan_propio")
    limpio = limpiar(leer(libro(tmp_path, filas, hoja="Plan de desarrollo"), "plan_propio"), formato, ())
    plan, vigencias, _ = armar_plan(limpio)
    assert plan["nombre_meta"].tolist() == ["Una"]
    assert len(vigencias) == 4
    bloqueos = [(h.regla, h.celda) for h in limpio.hallazgos if h.alcance == "fila"]
    assert bloqueos == [("LIM-11", "A3"), ("LIM-12", "A4")]


def test_una_fuente_vacia_no_deja_fila_y_una_en_cero_si(tmp_path: Path) -> None:
    encabezado = [*PLAN, "Recursos propios 2025", "SGP salud 2025", "Total 2025"]
    filas = [encabezado, ["M1", "Una", 4, 1, 1, 1, 1, 0, None, 0]]
    limpio = limpiar(
        leer(libro(tmp_path, filas, hoja="Plan de desarrollo"), "plan_propio"),
        cargar_formato("plan_propio"),
        (),
    )
    fuentes = armar_plan(limpio)[2]
    assert fuentes.to_dict("records") == [
        {"codigo_meta": "M1", "vigencia": 2025, "fuente": "Recursos propios", "programado_cop": 0.0}
    ]


REPETICIONES = 400_000
"""Con una expresión que por cada etiqueta sin cerrar recorra el resto del libro, esto tardaría horas."""


@pytest.mark.parametrize(
    ("repetido", "final"),
    [
        (b"<c ", b'<row r="1048576"><c r="XFD1048576"/>'),  # ¿hasta dónde llega la hoja?
        (b'<c t="e">', b""),
        (b'<c r="A1" t="e" t="e" ', b""),
    ],
)
def test_miles_de_etiquetas_sin_cerrar_se_recorren_una_sola_vez(
    tmp_path: Path, repetido: bytes, final: bytes
) -> None:
    hostil = repetido * REPETICIONES + final + b"</sheetData>"
    ruta = libro(tmp_path, [ENCABEZADO, META])
    reescribir_parte(ruta, HOJA_1, lambda xml: xml.replace(b"</sheetData>", hostil))
    assert set(reglas(leer(ruta))) <= {"LEC-03"}


def test_miles_de_filas_o_columnas_ocultas_sin_cerrar_o_de_la_hoja_entera_se_recorren_una_sola_vez() -> None:
    entera = b'<col min="1" max="16384" hidden="1"/>' * 50_000
    assert columnas_ocultas(entera + b"<sheetData>") == tuple(range(16_384))
    assert columnas_ocultas(b'<col hidden="1" ' * REPETICIONES + b"<sheetData>") == ()
    assert filas_ocultas(b'<row hidden="1" ' * REPETICIONES) == ()
    assert columnas_ocultas(b"<col min='3' max='4' hidden='1'/><sheetData>") == (2, 3)


def test_los_atributos_de_una_etiqueta_terminan_donde_empieza_otra() -> None:
    assert re.match(ATRIBUTOS, b' r="1" <c r="2">')[0] == b' r="1" '  # type: ignore[index]
    assert re.match(ATRIBUTOS, b" r='1>2' s=\"x\">")[0] == b" r='1>2' s=\"x\""  # type: ignore[index]


def test_una_celda_con_un_signo_mayor_en_un_atributo_no_esconde_que_es_lejana(tmp_path: Path) -> None:
    lejana = b'<row r="1048576"><c s=">" r="XFD1048576"><v>1</v></c></row></sheetData>'
    ruta = libro(tmp_path, [ENCABEZADO, META])
    assert reglas(leer(reescribir_parte(ruta, HOJA_1, lambda x: x.replace(b"</sheetData>", lejana)))) == [
        "LEC-04"
    ]


def test_cada_error_de_excel_queda_en_su_celda_y_no_en_la_siguiente() -> None:
    xml = (
        b'<sheetData><row r="1"><c r="A1" t="e"><f>1/0</f><v>#DIV/0!</v></c><c r="B1"><v>7</v></c>'
        b'<c r="C1" t="e"/><c r="D1"><v>8</v></c><x:c t="e" r="E1"><x:v>#REF!</x:v></x:c></row></sheetData>'
    )
    filas: list[list[object]] = [["", 7, "", 8, ""]]
    poner_errores(xml, filas)
    assert filas == [["#DIV/0!", 7, "", 8, "#REF!"]]


def test_una_columna_auxiliar_mal_formulada_se_dice_una_vez_y_no_meta_por_meta(tmp_path: Path) -> None:
    """Gachancipá: 164 «100%» y 98 #DIV/0! en columnas que no se usan tapaban los dos que bloquean."""
    encabezado = ["No", "TOTAL PLANEADO 2025", "TOTAL EJECUTADO 2025", "AVANCE 2025", "% TOTAL PLANEADO 2025"]
    filas = [[str(n), 100, 50, "#DIV/0!" if n % 2 else 0.5, "100%"] for n in range(1, 13)]
    ruta = libro(tmp_path, [encabezado, *filas], "PI-NUEVO PDM")
    limpio = limpiar(leer(ruta, "pi_gachancipa"), cargar_formato("pi_gachancipa"), ())
    porcentaje, error = ([h for h in limpio.hallazgos if h.regla == regla] for regla in ("LIM-04", "LIM-03"))
    assert [(h.celda, h.alcance, h.fila, h.codigo_meta) for h in porcentaje] == [("E2", "libro", None, None)]
    assert porcentaje[0].mensaje.endswith("Son 12 celdas de la columna: E2 a E13.")
    assert error[0].mensaje.endswith("Son 6 celdas de la columna: D2, D4, D6, D8, D10, D12.")
