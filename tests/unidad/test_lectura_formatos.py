"""Disposiciones difíciles, cada libro construido con el defecto que nombra."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import openpyxl
import pytest
import yaml
from libros_crudos import escribir_ods, escribir_xls

from pipeline.formatos import Formato, LibroLeido, cargar_formato
from pipeline.lectura import leer_libro
from pipeline.limpieza import (
    LibroLimpio,
    armar_plan,
    armar_registros,
    limpiar,
)
from pipeline.limpieza.textos import limpiar_vocabulario
from pipeline.modelo import Corte, Periodo, Severidad

Filas = Sequence[Sequence[object]]
CORTE = Corte(vigencia=2025, periodo=Periodo.T4)
BASE = {
    "nombre": "de_prueba",
    "tabla": "registros_pi",
    "descripcion": "d",
    "hoja": "Datos",
    "columnas": [
        {"campo": "codigo_meta", "alias": ["Código"], "requerida": True},
        {"campo": "ejecutado_vigencia", "alias": ["Ejecutado"], "vigencia": "del_corte"},
    ],
}


def formato(carpeta: Path, **cambios: object) -> Formato:
    (carpeta / "de_prueba.yml").write_text(yaml.safe_dump({**BASE, **cambios}), encoding="utf-8")
    return cargar_formato("de_prueba", carpeta)


def libro(carpeta: Path, **hojas: Filas) -> Path:
    wb = openpyxl.Workbook()
    wb.remove(wb.active)
    for nombre, filas in hojas.items():
        ws = wb.create_sheet(nombre)
        for fila in filas:
            ws.append(list(fila))
    ruta = carpeta / "libro.xlsx"
    wb.save(ruta)
    return ruta


def leer(ruta: Path, como: Formato) -> LibroLeido:
    corte = None if como.tabla == "plan" else CORTE
    vigencias = (2024, 2025, 2026, 2027)
    return leer_libro(ruta, como, archivo=ruta.name, sha256="a" * 64, vigencias=vigencias, corte=corte)


def leer_limpio(ruta: Path, como: Formato) -> LibroLimpio:
    return limpiar(leer(ruta, como), como, ())


def reglas(leido: LibroLeido | LibroLimpio) -> list[str]:
    return [h.regla for h in leido.hallazgos]


TRIMESTRES = [
    {"campo": "codigo_meta", "alias": ["Código"], "requerida": True},
    {"campo": "programado_t{trimestre}", "alias": ["T{trimestre} Programado"], "vigencia": "del_corte"},
    {"campo": "ejecutado_t{trimestre}", "alias": ["T{trimestre} Ejecutado"], "vigencia": "del_corte"},
]
DOS_FILAS: Filas = [
    ["Matriz", None, None, None, None, None, None, None, None],
    ["Código", "T1", None, "T2", None, "T3", None, "T4", None],
    [None, *["Programado", "Ejecutado"] * 4],
    ["M1", 1, 2, 3, 4, 5, 6, 7, 8],
]


@pytest.mark.parametrize("combinar", [True, False])
def test_encabezado_de_dos_filas_une_el_rotulo_de_arriba_con_el_de_abajo(
    tmp_path: Path, combinar: bool
) -> None:
    ruta = libro(tmp_path, Datos=DOS_FILAS)
    if combinar:
        wb = openpyxl.load_workbook(ruta)
        for rango in ("A2:A3", "B2:C2", "D2:E2", "F2:G2", "H2:I2"):
            wb["Datos"].merge_cells(rango)
        wb.save(ruta)
    como = formato(tmp_path, encabezado={"filas": 2}, columnas=TRIMESTRES)
    limpio = leer_limpio(ruta, como)
    registro = armar_registros("registros_pi", limpio, "X").iloc[0]
    assert reglas(limpio) == []
    assert [registro[f"programado_t{n}"] for n in range(1, 5)] == [1, 3, 5, 7]
    assert [registro[f"ejecutado_t{n}"] for n in range(1, 5)] == [2, 4, 6, 8]


def test_rotulo_combinado_no_se_extiende_fuera_de_su_rango(tmp_path: Path) -> None:
    filas: Filas = [
        ["Código", "T1", None, None],
        [None, "Programado", "Ejecutado", "Ejecutado"],
        ["M1", 1, 2, 9],
    ]
    ruta = libro(tmp_path, Datos=filas)
    wb = openpyxl.load_workbook(ruta)
    wb["Datos"].merge_cells("B1:C1")
    wb.save(ruta)
    columnas = [*TRIMESTRES, {"campo": "ejecutado_vigencia", "alias": ["Ejecutado"], "vigencia": "del_corte"}]
    limpio = leer_limpio(ruta, formato(tmp_path, encabezado={"filas": 2}, columnas=columnas))
    assert armar_registros("registros_pi", limpio, "X").loc[
        0, ["ejecutado_t1", "ejecutado_vigencia"]
    ].tolist() == [2, 9]


def test_un_ano_escrito_como_numero_tambien_es_encabezado(tmp_path: Path) -> None:
    columnas = [
        BASE["columnas"][0],
        {"campo": "ejecutado_vigencia", "alias": ["{vigencia}"], "vigencia": "cada_una"},
    ]  # type: ignore[index]
    limpio = leer_limpio(
        libro(tmp_path, Datos=[["Código", 2024, 2025], ["M1", 1, 2]]), formato(tmp_path, columnas=columnas)
    )
    assert armar_registros("registros_pi", limpio, "X").set_index("vigencia")[
        "ejecutado_vigencia"
    ].to_dict() == {
        2024: 1,
        2025: 2,
    }


def test_cada_hoja_tiene_su_propio_encabezado(tmp_path: Path) -> None:
    ruta = libro(
        tmp_path,
        Salud=[["Código", "Ejecutado"], ["M1", 1]],
        Obras=[["Corte T4"], [None, "Ejecutado", "Código"], [None, 2, "M2"]],
        Apoyo=[["Lista"], ["uno"]],
    )
    limpio = leer_limpio(ruta, formato(tmp_path, hoja="*"))
    tabla = armar_registros("registros_pi", limpio, "X")
    assert tabla[["hoja", "codigo_meta", "ejecutado_vigencia"]].values.tolist() == [
        ["Salud", "M1", 1],
        ["Obras", "M2", 2],
    ]
    assert [(h.regla, h.hoja, h.severidad) for h in limpio.hallazgos] == [
        ("LEC-22", "Apoyo", Severidad.OBSERVA)
    ]


def test_filas_y_columnas_ocultas_se_leen_y_se_dice_cuales(tmp_path: Path) -> None:
    ruta = libro(tmp_path, Datos=[["Código", "Ejecutado"], *[[f"M{n}", n] for n in range(2, 8)]])
    wb = openpyxl.load_workbook(ruta)
    for fila in (3, 4, 6):
        wb["Datos"].row_dimensions[fila].hidden = True
    wb["Datos"].column_dimensions["B"].hidden = True
    wb["Datos"].column_dimensions["H"].hidden = True
    wb.save(ruta)
    leido = leer(ruta, formato(tmp_path))
    assert len(leido.hojas[0].filas) == 6
    (aviso,) = leido.hallazgos
    assert (aviso.regla, aviso.severidad) == ("LEC-15", Severidad.INFORMA)
    assert "filas 3-4, 6 y columnas B." in aviso.mensaje


def test_los_puntos_porcentuales_se_llevan_a_razon_y_la_traza_lo_dice(tmp_path: Path) -> None:
    columnas = [BASE["columnas"][0], {**BASE["columnas"][1], "escala": 0.01}]  # type: ignore[index]
    limpio = leer_limpio(
        libro(tmp_path, Datos=[["Código", "Ejecutado"], ["M1", 35]]), formato(tmp_path, columnas=columnas)
    )
    celda = limpio.celdas.set_index("celda").loc["B2"]
    assert (celda["valor_numero"], celda["valor_crudo"]) == (0.35, "35")
    assert celda["transformacion"] == "35 × 0,01 = 0,35"


def test_una_columna_por_letra_exige_el_rotulo_que_declara(tmp_path: Path) -> None:
    columnas = [BASE["columnas"][0], {"campo": "unidad", "letra": "C", "alias": ["Meta"], "requerida": True}]  # type: ignore[index]
    como = formato(tmp_path, columnas=[*columnas, BASE["columnas"][1]])  # type: ignore[index]
    corrido = libro(tmp_path, Datos=[["Código", "Ejecutado", "Meta"], ["M1", 1, "Número"]])
    assert armar_registros("registros_pi", leer_limpio(corrido, como), "X").loc[0, "unidad"] == "Número"
    corregido = libro(tmp_path, Datos=[["Código", "Ejecutado", "Unidad"], ["M1", 1, "Número"]])
    leido = leer(corregido, como)
    assert not leido.es_legible
    assert "«Meta (columna C)»" in leido.hallazgos[0].mensaje


# --- Texto separado -------------------------------------------------------------------------------

CSV = "Código{s}Unidad{s}Ejecutado\nM1{s}Árboles{s}12.5\nM2{s}Niñas{s}3\n"


@pytest.mark.parametrize("separador", [";", ",", "\t", "|"])
@pytest.mark.parametrize("codificacion", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_csv_con_cualquier_separador_y_codificacion(
    tmp_path: Path, separador: str, codificacion: str
) -> None:
    ruta = tmp_path / "libro.csv"
    ruta.write_text(CSV.format(s=separador), encoding=codificacion)
    columnas = [*BASE["columnas"], {"campo": "unidad", "alias": ["Unidad"]}]  # type: ignore[misc]
    limpio = leer_limpio(ruta, formato(tmp_path, columnas=columnas))
    tabla = armar_registros("registros_pi", limpio, "X")
    assert tabla[["codigo_meta", "unidad", "ejecutado_vigencia"]].values.tolist() == [
        ["M1", "Árboles", 12.5],
        ["M2", "Niñas", 3],
    ]
    assert reglas(limpio) == []


def test_csv_con_campos_corridos_por_un_separador_sin_comillas(tmp_path: Path) -> None:
    ruta = tmp_path / "libro.csv"
    ruta.write_text('Código;Ejecutado\nM1;1\nM2;"2"\nM;3;3\nM4;4\n', encoding="utf-8")
    (aviso,) = leer(ruta, formato(tmp_path)).hallazgos
    assert (aviso.regla, aviso.fila) == ("LEC-21", 4)
    assert "tiene 3 campos y los demás 2" in aviso.mensaje


def test_csv_con_salto_de_linea_dentro_de_comillas_cuenta_una_sola_fila(tmp_path: Path) -> None:
    ruta = tmp_path / "libro.csv"
    ruta.write_text('Código;Ejecutado;Nota\nM1;1;"dos\nrenglones"\nM2;2;\n', encoding="utf-8")
    assert leer(ruta, formato(tmp_path)).hojas[0].filas == (2, 3)


def test_csv_con_miles_ambiguos_lee_lo_que_el_formato_declara_y_si_no_pregunta(tmp_path: Path) -> None:
    ruta = tmp_path / "libro.csv"
    ruta.write_text("Código;Ejecutado\nM1;1.234\n", encoding="utf-8")
    assert reglas(leer_limpio(ruta, formato(tmp_path))) == ["LIM-01"]
    limpio = leer_limpio(ruta, formato(tmp_path, decimales="coma"))
    assert armar_registros("registros_pi", limpio, "X").loc[0, "ejecutado_vigencia"] == 1234


def test_un_binario_con_extension_csv_no_es_texto(tmp_path: Path) -> None:
    ruta = tmp_path / "libro.csv"
    ruta.write_bytes(b"\x00\x01\x02" * 100)
    assert reglas(leer(ruta, formato(tmp_path))) == ["LEC-02"]


# --- Otros libros ---------------------------------------------------------------------------------

HOJA: Filas = [["Código", "Ejecutado"], ["M1", 2.5], ["M2", None]]


@pytest.mark.parametrize(("escribir", "extension"), [(escribir_xls, "xls"), (escribir_ods, "ods")])
def test_xls_y_ods_se_leen_como_un_xlsx(tmp_path: Path, escribir, extension: str) -> None:  # type: ignore[no-untyped-def]
    ruta = escribir(tmp_path / f"libro.{extension}", "Datos", HOJA)
    limpio = leer_limpio(ruta, formato(tmp_path))
    tabla = armar_registros("registros_pi", limpio, "X")
    assert tabla["codigo_meta"].tolist() == ["M1", "M2"]
    assert tabla["ejecutado_vigencia"].isna().tolist() == [False, True]
    assert reglas(limpio) == []


def test_ods_con_una_celda_repetida_hasta_agotar_la_memoria(tmp_path: Path) -> None:
    celda = (
        '<table:table-cell table:number-columns-repeated="16384" office:value-type="float" office:value="1"/>'
    )
    bomba = f'<table:table-row table:number-rows-repeated="1048576">{celda}</table:table-row>'
    assert reglas(leer(escribir_ods(tmp_path / "l.ods", "Datos", HOJA, bomba), formato(tmp_path))) == [
        "LEC-04"
    ]


def test_ods_con_filas_vacias_repetidas_hasta_el_final_no_es_una_bomba(tmp_path: Path) -> None:
    celda = '<table:table-cell table:number-columns-repeated="16384"/>'
    vacia = f'<table:table-row table:number-rows-repeated="1048000">{celda}</table:table-row>'
    assert reglas(leer(escribir_ods(tmp_path / "l.ods", "Datos", HOJA, vacia), formato(tmp_path))) == []


@pytest.mark.parametrize("etiqueta", ["table:table", "table:table-row", "table:table-cell"])
@pytest.mark.parametrize("cierre", [" ", ">"])
def test_ods_con_miles_de_etiquetas_sin_cerrar_se_recorre_una_sola_vez(
    tmp_path: Path, etiqueta: str, cierre: str
) -> None:
    """Con una expresión que por cada una recorriera el resto del libro, esto tardaría horas."""
    hostil = escribir_ods(tmp_path / "l.ods", "Datos", HOJA, f"<{etiqueta}{cierre}" * 300_000)
    assert reglas(leer(hostil, formato(tmp_path))) == ["LEC-03"]


@pytest.mark.parametrize(
    "celda",
    [
        '<table:table-cell table:formula="1>0" table:number-columns-repeated="16384" office:value="1"/>',
        '<table:table-cell table:number-columns-repeated="16384" office:string-value="x"/>',
    ],
)
def test_ods_no_esconde_sus_repeticiones_en_atributos_que_el_lector_si_mira(
    tmp_path: Path, celda: str
) -> None:
    bomba = f'<table:table-row table:number-rows-repeated="1048576">{celda}</table:table-row>'
    assert reglas(leer(escribir_ods(tmp_path / "l.ods", "Datos", HOJA, bomba), formato(tmp_path))) == [
        "LEC-04"
    ]


def test_xls_con_contrasena(tmp_path: Path) -> None:
    ruta = tmp_path / "libro.xls"
    ruta.write_bytes(
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le")
    )
    (aviso,) = leer(ruta, formato(tmp_path)).hallazgos
    assert aviso.regla == "LEC-02"
    assert "tiene contraseña." in aviso.mensaje


# --- Columnas corridas ----------------------------------------------------------------------------

DE_PRODUCTO = [
    *BASE["columnas"],  # type: ignore[misc]
    {"campo": "codigo_producto", "alias": ["Producto MGA"], "ancho": 7},
    {"campo": "programado_vigencia", "alias": ["Programado"], "vigencia": "del_corte"},
    {"campo": "apropiacion_definitiva_cop", "alias": ["Apropiación"], "vigencia": "del_corte"},
]
ROTULOS = ["Código", "Ejecutado", "Producto MGA", "Programado", "Apropiación"]


def test_dinero_bajo_codigo_de_producto_se_rechaza_diciendo_que_hay_debajo_de_que(tmp_path: Path) -> None:
    filas = [[f"M{n}", n, 5_000_000 * n, "Documentos", 4599010 + n] for n in range(1, 9)]
    leido = leer(libro(tmp_path, Datos=[ROTULOS, *filas]), formato(tmp_path, columnas=DE_PRODUCTO))
    assert not leido.es_legible
    (aviso,) = leido.hallazgos
    assert (aviso.regla, aviso.celda, aviso.severidad) == ("LEC-16", "C1", Severidad.BLOQUEA)
    assert "bajo «Producto MGA» (C) hay valores en pesos (por ejemplo «5000000»" in aviso.mensaje
    assert "que parecen de «Programado»" in aviso.mensaje
    assert "bajo «Programado» (D) hay textos (por ejemplo «Documentos»)" in aviso.mensaje


def test_una_sola_columna_no_requerida_con_otro_contenido_se_observa(tmp_path: Path) -> None:
    filas = [[f"M{n}", n, 123 * n, 1, 1000] for n in range(1, 9)]
    leido = leer(libro(tmp_path, Datos=[ROTULOS, *filas]), formato(tmp_path, columnas=DE_PRODUCTO))
    assert leido.es_legible
    assert [(h.regla, h.celda) for h in leido.hallazgos] == [("LEC-17", "C1")]


def test_un_codigo_sin_su_cero_a_la_izquierda_o_de_una_cifra_mas_no_es_un_corrimiento(tmp_path: Path) -> None:
    filas = [[f"M{n}", n, 401000 + n if n % 2 else 3204000 + n, 1, 1000] for n in range(1, 9)]
    filas[0][2] = 39060150
    assert (
        reglas(leer(libro(tmp_path, Datos=[ROTULOS, *filas]), formato(tmp_path, columnas=DE_PRODUCTO))) == []
    )


def test_pocas_filas_no_bastan_para_decir_que_una_columna_esta_corrida(tmp_path: Path) -> None:
    filas = [[f"M{n}", n, 5_000_000 * n, "Documentos", 4599019] for n in range(1, 4)]
    leido = leer(libro(tmp_path, Datos=[ROTULOS, *filas]), formato(tmp_path, columnas=DE_PRODUCTO))
    assert leido.es_legible


def test_lo_que_se_leyo_no_bloquea_aunque_el_formato_bloquee_lo_ilegible(tmp_path: Path) -> None:
    ejecutado = {"campo": "ejecutado_vigencia", "alias": ["Ejecutado"], "vigencia": "del_corte"}
    como = formato(tmp_path, columnas=[BASE["columnas"][0], ejecutado | {"ilegible": "bloquea"}])
    filas = [["Código", "Ejecutado"], ["M1", "5,5"], ["M2", "cinco"]]
    limpio = leer_limpio(libro(tmp_path, Datos=filas), como)
    assert [(h.regla, h.celda, h.severidad is Severidad.BLOQUEA) for h in limpio.hallazgos] == [
        ("LIM-05", "B2", False),
        ("LIM-02", "B3", True),
    ]
    assert limpio.filas["ejecutado_vigencia"].iloc[0] == 5.5


def test_de_una_columna_que_solo_se_audita_se_avisa_su_error_y_no_queda_traza(tmp_path: Path) -> None:
    filas = [["Código", "Ejecutado", "Avance"], ["M1", 5, "#DIV/0!"]]
    limpio = leer_limpio(libro(tmp_path, Datos=filas), formato(tmp_path, columnas_auditadas=["Avance"]))
    assert [(h.regla, h.celda) for h in limpio.hallazgos] == [("LIM-03", "C2")]
    assert limpio.celdas[["celda", "campo"]].to_numpy().tolist() == [
        ["A2", "codigo_meta"],
        ["B2", "ejecutado_vigencia"],
    ]


# --- Árbol ----------------------------------------------------------------------------------------

ARBOL = [
    ["Nodos", "Id", "Niveles", "Peso", "Meta", "ProgramadoAño1"],
    ["Social", "1", "Dimension", 40, "NULL", "NULL"],
    ["Educación", "1.1", "Sector", 100, "NULL", "NULL"],
    ["Calidad", "1.1.1", "Programa", 100, "NULL", "NULL"],
    ["Acceso", "1.1.1.1", "Subprograma", 100, "NULL", "NULL"],
    ["Escuelas", "1.1.1.1.1", "Meta", 25, 4, 1],
    ["Docentes", "1.1.1.1.10", "Meta", 75, 8, 2],
    ["Ambiental", "2", "Dimension", 60, "NULL", "NULL"],
]


def arbol(tmp_path: Path, filas: Filas) -> LibroLimpio:
    return leer_limpio(libro(tmp_path, **{"Hoja 1": filas}), cargar_formato("plan_arbol_ibague"))


def sin_columnas(limpio: LibroLimpio) -> list[tuple[str, str | None]]:
    return [(h.regla, h.celda) for h in limpio.hallazgos if h.regla not in {"LEC-07", "LEC-08"}]


def test_el_arbol_da_a_cada_meta_el_codigo_y_el_nombre_de_sus_niveles(tmp_path: Path) -> None:
    limpio = arbol(tmp_path, ARBOL)
    plan = armar_plan(limpio)[0]
    assert plan["codigo_meta"].tolist() == ["1.1.1.1.1", "1.1.1.1.10"]
    campos = ["linea", "nombre_linea", "sector", "programa", "subprograma", "nombre_subprograma"]
    assert plan.loc[1, campos].tolist() == ["1", "Social", "1.1", "1.1.1", "1.1.1.1", "Acceso"]
    de_la_linea = limpio.celdas.query("campo == 'nombre_linea'")
    assert de_la_linea[["fila", "celda", "valor_crudo"]].values.tolist() == [
        [6, "A2", "Social"],
        [7, "A2", "Social"],
    ]
    assert sin_columnas(limpio) == []


def test_el_ponderador_de_la_meta_es_el_producto_de_los_pesos_de_sus_niveles(tmp_path: Path) -> None:
    limpio = arbol(tmp_path, ARBOL)
    plan = armar_plan(limpio)[0]
    assert plan["ponderador"].tolist() == pytest.approx([25 * 0.4, 75 * 0.4])
    trazas = limpio.celdas.query("campo == 'ponderador'")["transformacion"].tolist()
    assert trazas[0] == "25 × 0,4 (pesos de sus niveles superiores)"
    assert plan["ponderador_linea"].tolist() == [40, 40]


def test_los_pesos_que_no_suman_100_salen_en_su_nivel(tmp_path: Path) -> None:
    filas = [[*fila] for fila in ARBOL]
    filas[6][3] = 70
    limpio = arbol(tmp_path, filas)
    assert sin_columnas(limpio) == [("LEC-20", "D6")]
    assert "suman 95,00" in next(h.mensaje for h in limpio.hallazgos if h.regla == "LEC-20")


@pytest.mark.parametrize(("peso", "reclamados"), [(75.05, []), (75.06, [("LEC-20", "D6")])])
def test_a_la_suma_de_los_pesos_se_le_toleran_cinco_centesimas(
    tmp_path: Path, peso: float, reclamados: list[tuple[str, str]]
) -> None:
    filas = [[*fila] for fila in ARBOL]
    filas[6][3] = peso
    assert sin_columnas(arbol(tmp_path, filas)) == reclamados


def test_una_meta_sin_su_superior_y_un_nivel_desconocido_salen_en_su_celda(tmp_path: Path) -> None:
    filas = [[*fila] for fila in ARBOL]
    filas[4][2] = "Componente"
    limpio = arbol(tmp_path, filas)
    assert ("LEC-18", "C5") in sin_columnas(limpio)
    assert {("LEC-19", "B6"), ("LEC-19", "B7")} <= set(sin_columnas(limpio))
    assert len(armar_plan(limpio)[0]) == 2


def test_sin_el_peso_de_un_nivel_el_ponderador_queda_sin_dato_y_se_pregunta(tmp_path: Path) -> None:
    filas = [[*fila] for fila in ARBOL]
    filas[3][3] = "por definir"
    limpio = arbol(tmp_path, filas)
    assert armar_plan(limpio)[0]["ponderador"].isna().all()
    assert sin_columnas(limpio) == [("LEC-20", "D4"), ("LIM-16", "D6"), ("LIM-16", "D7")]


# --- Las otras tablas -----------------------------------------------------------------------------


def test_un_plan_de_accion_toma_la_dependencia_del_libro_o_de_quien_lo_entrega(tmp_path: Path) -> None:
    columnas = [
        {"campo": "codigo_actividad", "alias": ["Actividad"], "requerida": True},
        {"campo": "dependencia", "alias": ["Oficina"]},
        {"campo": "fecha_inicio", "alias": ["Inicio"]},
    ]
    filas: Filas = [
        ["Actividad", "Oficina", "Inicio"],
        ["A1", "Salud", "31/11/2024"],
        ["A2", None, "1/2/2025"],
    ]
    limpio = leer_limpio(
        libro(tmp_path, Datos=filas), formato(tmp_path, tabla="registros_pa", columnas=columnas)
    )
    tabla = armar_registros("registros_pa", limpio, "OBRAS")
    assert tabla["dependencia"].tolist() == ["Salud", "OBRAS"]
    assert tabla["fecha_inicio"].fillna("").tolist() == ["", "2025-02-01"]
    assert [(h.regla, h.celda, h.instrumento) for h in limpio.hallazgos] == [("LIM-15", "C2", "pa")]


@pytest.mark.parametrize(("escrito", "tipo"), [("Si", "Acumulativo"), ("No", "No acumulativo")])
def test_el_acumulativo_del_dnp_se_dice_con_las_palabras_de_sispt(escrito: str, tipo: str) -> None:
    """«No» bajo «Acumulativo» es «No acumulativo»: comparado a la letra, PI-21 reclamaba cada meta."""
    for nombre in ("pi_seguimiento_dnp", "plan_seguimiento_dnp"):
        columnas = {c.campo: c for c in cargar_formato(nombre).columnas}
        assert limpiar_vocabulario([escrito], columnas["tipo_declarado"].vocabulario).valores == [tipo]


@pytest.mark.parametrize("nombre", ["pa_cali_1s", "pa_cali_1s_2025_t1", "poai_sap_cali"])
def test_en_cali_la_dependencia_se_reconoce_por_su_nombre(nombre: str) -> None:
    """Leída como texto, PA-31 decía en las 3.303 actividades que la meta era de otra dependencia."""
    columnas = {c.campo: c for c in cargar_formato(nombre).columnas}
    assert columnas["dependencia"].clase == "dependencia"
