"""Formatos del POAI: columnas de la CUIPO, signo y vocabulario como datos, y la hoja que puede faltar."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from pipeline.errores import ErrorConfiguracion
from pipeline.formatos import cargar_formato
from pipeline.formatos.fuentes import buscar_fuente, catalogo_fuentes
from pipeline.lectura import leer_libro
from pipeline.limpieza import LibroLimpio, armar_registros, limpiar
from pipeline.modelo import Corte, Periodo

CORTE = Corte(vigencia=2025, periodo=Periodo.T3)
DATOS_ABIERTOS = (
    "periodo,codigo_entidad,nombre_entidad,cuenta,nombre_cuenta,cod_vigencia_del_gasto,nom_vigencia_del_gasto,"
    "cod_seccion_presupuestal,nom_seccion_presupuestal,cod_programatico_mga,nom_programatico_mga,bpin,"
    "cod_fuentes_financiacion,nom_fuentes_financiacion,compromisos,obligaciones,pagos"
)
CHIP = (
    "Código Concepto;Concepto;Código Vigencia del Gasto;Vigencia del Gasto;Código Sección Presupuestal;"
    "Sección Presupuestal;Código Producto Programa MGA;Programa MGA;Código Fuente Financiación;"
    "Fuente Financiación;BPIN;Compromisos;Obligaciones;Pagos"
)


def _leer(ruta: Path, nombre: str, carpeta: Path | None = None) -> LibroLimpio:
    formato = cargar_formato(nombre, carpeta)
    leido = leer_libro(ruta, formato, archivo=ruta.name, sha256="a" * 64, vigencias=(2025,), corte=CORTE)
    return limpiar(leido, formato, ())


@pytest.mark.parametrize(
    ("encabezado", "fila"),
    [
        (
            DATOS_ABIERTOS,
            "20250901,210173001,IBAGUE,2.3.2.02.02.009,Servicios,1,VIGENCIA ACTUAL,16,ADMINISTRACION CENTRAL,"
            "2201062,Educación,2024730010001,1.2.4.1.03,SGP-EDUCACION,500.5,300,200",
        ),
        (
            CHIP,
            "2.3.2.02.02.009;Servicios;1;VIGENCIA ACTUAL;16;ADMINISTRACION CENTRAL;2201062;Educación;"
            "1.2.4.1.03;SGP-EDUCACION;2024730010001;500,5;300;200",
        ),
    ],
)
def test_la_ejecucion_de_la_cuipo_se_lee_de_chip_y_de_datos_abiertos(
    encabezado: str, fila: str, tmp_path: Path
) -> None:
    ruta = tmp_path / "cuipo.csv"
    ruta.write_text(f"{encabezado}\n{fila}\n", encoding="utf-8")
    limpio = _leer(ruta, "poai_cuipo")
    assert [str(h) for h in limpio.hallazgos] == []
    (registro,) = armar_registros("registros_poai", limpio, "SHAC").to_dict("records")
    campos = ("rubro", "bpin", "codigo_fuente", "codigo_producto", "vigencia_gasto", "centro_gestor")
    assert [registro[c] for c in campos] == [
        "2.3.2.02.02.009", "2024730010001", "1.2.4.1.03", "2201062", "VIGENCIA ACTUAL", "16",
    ]  # fmt: skip
    assert (registro["compromisos_cop"], registro["obligaciones_cop"], registro["pagos_cop"]) == (
        500.5,
        300,
        200,
    )
    assert (
        registro["apropiacion_definitiva_cop"] != registro["apropiacion_definitiva_cop"]
    )  # sin dato, no cero


def _libro(ruta: Path, **hojas: list[list[object]]) -> Path:
    libro = openpyxl.Workbook()
    libro.remove(libro.active)
    for nombre, filas in hojas.items():
        hoja = libro.create_sheet(nombre)
        for fila in filas:
            hoja.append(fila)
    libro.save(ruta)
    return ruta


def test_la_hoja_de_movimientos_puede_faltar_o_venir_vacia_y_su_clase_es_de_una_lista(tmp_path: Path) -> None:
    encabezado = ["Rubro (CCPET)", "Código de fuente", "Clase de movimiento", "Valor", "Acto administrativo"]
    sin_hoja = _leer(_libro(tmp_path / "a.xlsx", POAI=[["x"]]), "movimientos_propio")
    assert [h.regla for h in sin_hoja.hallazgos] == ["LIB-01"]
    assert armar_registros("movimientos", sin_hoja, "SEDU").empty
    vacia = _leer(_libro(tmp_path / "b.xlsx", Movimientos=[encabezado]), "movimientos_propio")
    assert not any(h.severidad == "bloquea" for h in vacia.hallazgos)
    escritas = [
        [f"2.3.{n}", "F", clase, 5, "D"] for n, clase in enumerate(["ADICION", "Contracrédito", "Traslado"])
    ]
    llena = _leer(_libro(tmp_path / "c.xlsx", Movimientos=[encabezado, *escritas]), "movimientos_propio")
    assert armar_registros("movimientos", llena, "SEDU")["clase"].tolist()[:2] == ["adicion", "contracredito"]
    (fuera,) = [h for h in llena.hallazgos if h.regla == "LIM-18"]
    assert fuera.celda == "C4" and "«Traslado» no está en la lista" in fuera.mensaje


def test_una_escala_negativa_vuelve_positivo_lo_que_el_libro_resta_y_deja_el_cero_en_cero(
    tmp_path: Path,
) -> None:
    (tmp_path / "con_signo.yml").write_text(
        "{nombre: con_signo, tabla: registros_poai, descripcion: d, hoja: '*', columnas: ["
        "{campo: rubro, alias: [Rubro], requerida: true},"
        "{campo: reducciones_cop, alias: [Reducciones], vigencia: del_corte, escala: -1}]}",
        encoding="utf-8",
    )
    ruta = tmp_path / "libro.csv"
    ruta.write_text("Rubro;Reducciones\n2.3.1;-1500\n2.3.2;0\n2.3.3;\n", encoding="utf-8")
    limpio = _leer(ruta, "con_signo", tmp_path)
    assert [repr(v) for v in limpio.filas["reducciones_cop"]] == ["1500.0", "0.0", "nan"]
    cambiada = limpio.celdas[limpio.celdas["celda"] == "B2"]["transformacion"].iloc[0]
    assert "-1.500 × -1 = 1.500" in cambiada
    for malo, dice in (("escala: 0", "no puede ser cero"), ("vocabulario: {A: a}", "van juntos")):
        texto = (tmp_path / "con_signo.yml").read_text(encoding="utf-8").replace("escala: -1", malo)
        (tmp_path / "malo.yml").write_text(
            texto.replace("nombre: con_signo", "nombre: malo"), encoding="utf-8"
        )
        with pytest.raises(ErrorConfiguracion, match=dice):
            cargar_formato("malo", tmp_path)


def test_el_catalogo_de_fuentes_distingue_lo_que_un_municipio_de_primera_puede_usar() -> None:
    catalogo = catalogo_fuentes()
    assert all(f.grupo and f.nombre for f in catalogo.values()) and len(catalogo) > 90
    assert catalogo["1.2.4.3.03"].es_admisible and not catalogo["1.2.4.3.04"].es_admisible
    assert "CATEGORIAS 4, 5 Y 6" in catalogo["1.2.4.3.04"].nombre
    balance = buscar_fuente("1.3.3.6.03")
    assert balance is not None and balance.es_familia and balance.es_admisible
    assert buscar_fuente("1.2.9.0.00") is None
