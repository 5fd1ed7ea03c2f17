"""De la plantilla al índice y de la falla a la corrección: el camino completo de un libro."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from typer.testing import CliRunner

from pipeline import calidad, flujo
from pipeline.config import PAQUETE, cargar_config
from pipeline.esquemas import crear_tabla
from pipeline.flujo import Contexto, abrir
from pipeline.flujo.anteriores import leer_anteriores
from pipeline.flujo.devolucion import publicar_correcciones
from pipeline.flujo.estado import entregas_del_corte, presentar_estado
from pipeline.flujo.libro_suelto import revisar_libro
from pipeline.flujo.preparacion import escribir_plantillas
from pipeline.flujo.versiones import con_las_ultimas_validas
from pipeline.informes import auditar_html
from pipeline.plantillas import escribir_plan_pi
from pipeline.recepcion import importar_plan, recibir_libro

pytestmark = pytest.mark.integracion
HOJA = "Plan Indicativo"
DINERO = ("Apropiación inicial", "Apropiación definitiva", "CDP", "Compromisos", "Obligaciones", "Pagos")
MILLON = 1_000_000
# Por meta: ejecutado y, en millones, la cadena del gasto en el orden de DINERO.
LLENADO: dict[str, tuple[float, tuple[int, ...]]] = {
    "M-1": (1, (100, 100, 90, 80, 40, 30)),
    "M-2": (4, (200, 200, 150, 120, 50, 40)),
    "M-3": (5, (100, 100, 100, 90, 60, 60)),
}


@pytest.fixture
def contexto(tmp_path: Path) -> Contexto:
    """Una entidad con un plan de cuatro metas: tres programadas en 2025 y una no."""
    texto = (PAQUETE.parent / "seguimiento.toml").read_text(encoding="utf-8")
    # Con cuatro metas, una fila bloqueada ya es la cuarta parte: que no devuelva el libro entero.
    texto = re.sub(r"(?m)^proporcion_para_devolver.*$", "proporcion_para_devolver = 0.5", texto)
    (tmp_path / "seguimiento.toml").write_text(texto, encoding="utf-8")
    comun = {
        "linea": "1", "nombre_linea": "Vías", "sector": "24", "nombre_sector": "Transporte",
        "programa": "2402", "nombre_programa": "Infraestructura red vial",
        "codigo_producto": "2402041",
        "nombre_producto": "Vía terciaria mejorada", "codigo_indicador": "240204100", "dependencia": "SPLA",
        "nombre_indicador": "Vía terciaria mejorada", "unidad": "Kilómetros", "ponderador": 1.0,
        "tipo_declarado": "Acumulado", "linea_base": 0.0,
    }  # fmt: skip
    metas = crear_tabla(
        "plan",
        [
            comun | {"codigo_meta": codigo, "nombre_meta": f"Meta {codigo}", "meta_cuatrienio": total}
            | {"archivo": "p", "sha256": "p", "hoja": "p", "fila": n}
            for n, (codigo, total) in enumerate((("M-1", 4), ("M-2", 40), ("M-3", 20), ("M-4", 3)), start=6)
        ],
    )  # fmt: skip
    vigencias = crear_tabla(
        "plan_vigencias",
        [
            {"codigo_meta": codigo, "vigencia": anio, "programado_vigencia": valor}
            | ({f"programado_t{n}": valor * n / 4 for n in range(1, 5)} if anio == 2025 else {})
            | {"recursos_programados_cop": 100.0 * MILLON}
            for codigo, valores in {
                "M-1": (0, 2, 1, 1), "M-2": (10, 10, 10, 10), "M-3": (5, 5, 5, 5), "M-4": (1, 0, 1, 1),
            }.items()
            for anio, valor in zip(range(2024, 2028), valores, strict=True)
        ],
    )  # fmt: skip
    libro = escribir_plan_pi(
        tmp_path / "Plan.xlsx",
        config=cargar_config(tmp_path),
        plan=metas,
        plan_vigencias=vigencias,
        plan_fuentes=crear_tabla("plan_fuentes"),
    )
    corte = abrir(2025, "T2", tmp_path)
    importar_plan(libro, rutas=corte.rutas, formato="plan_propio", recibido_en=datetime(2025, 1, 15, 9))
    return corte


def _columnas(hoja: Any) -> dict[str, int]:
    return {celda.value: celda.column for celda in hoja[7]}


def _llenar(plantilla: Path, destino: Path, cambios: Mapping[tuple[str, str], Any] | None = None) -> Path:
    """La plantilla diligenciada como lo haría un enlace; `cambios` va por (meta, encabezado)."""
    cuaderno = openpyxl.load_workbook(plantilla)
    hoja = cuaderno[HOJA]
    columnas = _columnas(hoja)
    for fila in range(8, hoja.max_row + 1):
        meta = hoja.cell(row=fila, column=1).value
        if meta in LLENADO:
            ejecutado, dinero = LLENADO[meta]
            hoja.cell(row=fila, column=columnas["Ejecutado acumulado"], value=ejecutado)
            for encabezado, valor in zip(DINERO, dinero, strict=True):
                hoja.cell(row=fila, column=columnas[encabezado], value=valor * MILLON)
            hoja.cell(row=fila, column=columnas["Observaciones"], value="Avance según acta de obra.")
            hoja.cell(row=fila, column=columnas["Evidencia"], value="Acta 12 de 2025")
        for (de_meta, encabezado), valor in (cambios or {}).items():
            if de_meta == meta:
                hoja.cell(row=fila, column=columnas[encabezado], value=valor)
    cuaderno.save(destino)
    return destino


def _recibir(contexto: Contexto, libro: Path, dia: int) -> None:
    recibir_libro(
        libro,
        rutas=contexto.rutas,
        config=contexto.config,
        corte=contexto.corte,
        instrumento="pi",
        dependencia="SPLA",
        recibido_en=datetime(2025, 7, dia, 10),
    )


def _validar(contexto: Contexto) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Entregas de la dependencia y hallazgos de su libro, ya guardadas las tablas de la etapa 01."""
    plan, leidas = flujo.leer_plan(contexto), flujo.leer_entregas(contexto)
    revision = flujo.revisar(contexto, plan, leidas)
    flujo.guardar_ingesta(contexto, plan, {"pi": leidas}, revision)
    hallazgos = revision.hallazgos
    return (
        revision.entregas[revision.entregas["dependencia"] == "SPLA"],
        hallazgos[hallazgos["instrumento"] == "pi"],
    )


def test_una_plantilla_llenada_se_lee_sin_hallazgos_y_da_los_indices_calculados_a_mano(
    contexto: Contexto, tmp_path: Path
) -> None:
    (plantilla,) = escribir_plantillas(contexto, instrumento="pi")
    assert plantilla.relative_to(tmp_path).as_posix() == "plantillas/2025/T2/pi/PI_2025-T2_SPLA.xlsx"
    libro = _llenar(plantilla, tmp_path / "PI_SPLA.xlsx")
    assert revisar_libro(libro, contexto).hallazgos.empty
    _recibir(contexto, libro, 4)
    entregas, hallazgos = _validar(contexto)
    assert hallazgos.empty
    assert list(entregas["estado"]) == ["aceptada"]
    _, indices = flujo.calcular(contexto, flujo.consolidar_corte(contexto))
    del_plan = indices[indices["nivel"] == "plan"].iloc[0]
    # M-1: 1 de 2 = 0,5; M-2: 4 de 10 = 0,4; M-3: 5 de 5 = 1; M-4 no está programada. Pesos iguales.
    assert del_plan["avance"] == pytest.approx((0.5 + 0.4 + 1.0) / 3)
    # Obligaciones 40 + 50 + 60 sobre apropiación definitiva 100 + 200 + 100 (millones).
    assert del_plan["ejecucion_financiera"] == pytest.approx(150 / 400)
    assert publicar_correcciones(contexto) == []


def test_un_codigo_con_otra_escritura_se_lee_como_el_del_plan_y_el_desconocido_dice_cual_se_le_parece(
    contexto: Contexto, tmp_path: Path
) -> None:
    (plantilla,) = escribir_plantillas(contexto, instrumento="pi")
    libro = _llenar(plantilla, tmp_path / "PI_SPLA.xlsx")
    cuaderno = openpyxl.load_workbook(libro)
    hoja = cuaderno[HOJA]
    otros = {"M-1": "m 1", "M-2": "M–02", "M-3": "M-33"}
    for fila in range(8, hoja.max_row + 1):
        codigo = hoja.cell(row=fila, column=1)
        codigo.value = otros.get(codigo.value, codigo.value)
    cuaderno.save(libro)
    _recibir(contexto, libro, 4)
    assert flujo.leer_entregas(contexto).registros["codigo_meta"].tolist()[:3] == ["M-1", "M-2", "M-33"]
    _, hallazgos = _validar(contexto)
    dichos = hallazgos.set_index("celda")["mensaje"].to_dict()
    assert dichos["A8"] == "Se leyó «m 1» como M-1, que es el código del plan."
    assert dichos["A9"] == "Se leyó «M–02» como M-2, que es el código del plan."
    assert dichos["A10"] == "El código de meta «M-33» no existe en el plan (¿quiso decir M-3?)."


def test_lo_aceptado_en_un_corte_sale_de_referencia_en_la_plantilla_del_siguiente(
    contexto: Contexto, tmp_path: Path
) -> None:
    (plantilla,) = escribir_plantillas(contexto, instrumento="pi")
    _recibir(
        contexto, _llenar(plantilla, tmp_path / "PI.xlsx", {("M-2", "Ejecutado acumulado"): "varios"}), 4
    )
    (siguiente,) = escribir_plantillas(abrir(2025, "T3", tmp_path), "SPLA", "pi")
    hoja = openpyxl.load_workbook(siguiente)[HOJA]
    columnas = _columnas(hoja)
    valores = {
        hoja.cell(row=n, column=1).value: hoja.cell(row=n, column=columnas["Último aceptado (T2)"]).value
        for n in range(8, hoja.max_row + 1)
    }
    # M-2 no se aceptó (texto donde va un número): va vacía, como la no programada.
    assert valores == {"M-1": 1, "M-2": None, "M-3": 5, "M-4": None}


def test_con_fallas_vuelve_marcado_y_el_reenvio_corregido_queda_corregido(
    contexto: Contexto, tmp_path: Path
) -> None:
    (plantilla,) = escribir_plantillas(contexto, instrumento="pi")
    fallas = {("M-1", "Ejecutado acumulado"): "1 (aprox.)", ("M-2", "Pagos"): 55 * MILLON}
    libro = _llenar(plantilla, tmp_path / "PI_SPLA.xlsx", fallas)
    _recibir(contexto, libro, 4)
    _, hallazgos = _validar(contexto)
    celdas = set(hallazgos["celda"])
    assert {"R8", "X9"} <= celdas  # el ejecutado de M-1 y los pagos de M-2
    (correccion,) = publicar_correcciones(contexto)
    assert correccion.libro is not None
    _afirmar_intacto(libro, correccion.libro, celdas)
    corregido = openpyxl.load_workbook(correccion.libro)
    corregido[HOJA]["R8"], corregido[HOJA]["X9"] = 1, 40 * MILLON
    corregido[HOJA]["W10"] = 59 * MILLON  # una cifra sana que nadie pidió cambiar
    corregido[HOJA]["X10"] = 59 * MILLON
    corregido.save(tmp_path / "PI_SPLA_v2.xlsx")
    _recibir(contexto, tmp_path / "PI_SPLA_v2.xlsx", 9)
    entregas, hallazgos = _validar(contexto)
    assert hallazgos.empty
    assert list(entregas["estado"]) == ["reemplazada", "aceptada"]
    (correccion,) = publicar_correcciones(contexto)
    situaciones = _seguimiento(correccion.libro)
    assert {situacion for celda, situacion in situaciones if celda in {"R8", "X9"}} == {"Corregido"}
    assert {celda for celda, situacion in situaciones if situacion == "Cambiado sin pedirlo"} == {
        "W10",
        "X10",
    }
    assert {situacion for _, situacion in situaciones} == {"Corregido", "Cambiado sin pedirlo"}
    assert publicar_correcciones(contexto)[0].estado == "sin_cambios"


def _afirmar_intacto(original: Path, marcado: Path, celdas: set[str]) -> None:
    antes, ahora = openpyxl.load_workbook(original), openpyxl.load_workbook(marcado)
    assert ahora.sheetnames == ["Correcciones", *antes.sheetnames]
    for nombre in antes.sheetnames:
        for fila in antes[nombre].iter_rows():
            for celda in fila:
                otra = ahora[nombre][celda.coordinate]
                assert otra.value == celda.value, celda.coordinate
                marcada = nombre == HOJA and celda.coordinate in celdas
                assert (otra.comment is not None) == marcada, celda.coordinate
                if not marcada:
                    assert _estilo(otra) == _estilo(celda), celda.coordinate
    assert ahora[HOJA].protection.sheet
    assert ahora[HOJA].freeze_panes == antes[HOJA].freeze_panes
    assert len(ahora[HOJA].data_validations.dataValidation) == 11


def _estilo(celda: Any) -> list[str]:
    partes = ("font", "fill", "border", "alignment", "protection", "number_format")
    return [repr(getattr(celda, parte)) for parte in partes]


def _seguimiento(libro: Path | None) -> set[tuple[str, str]]:
    assert libro is not None
    hoja = openpyxl.load_workbook(libro)["Seguimiento a correcciones"]
    return {(fila[3], fila[1]) for fila in hoja.iter_rows(min_row=6, values_only=True) if fila[1]}


def _entregar_y_reenviar_uno_peor(contexto: Contexto, carpeta: Path) -> None:
    (plantilla,) = escribir_plantillas(contexto, instrumento="pi")
    _recibir(contexto, _llenar(plantilla, carpeta / "uno.xlsx"), 4)
    peor = _llenar(plantilla, carpeta / "dos.xlsx", {("M-1", "Ejecutado acumulado"): 2})
    cuaderno = openpyxl.load_workbook(peor)
    cuaderno[HOJA].delete_cols(1)  # sin «Código de meta» el libro no se puede aceptar
    cuaderno.save(peor)
    _recibir(contexto, peor, 8)


def test_si_el_reenvio_se_devuelve_cuentan_las_cifras_de_la_version_anterior(
    contexto: Contexto, tmp_path: Path
) -> None:
    _entregar_y_reenviar_uno_peor(contexto, tmp_path)
    plan, leidas = flujo.leer_plan(contexto), flujo.leer_entregas(contexto)

    revision = flujo.revisar(contexto, plan, leidas)
    todas, nueva = con_las_ultimas_validas(contexto, plan, {"pi": leidas}, revision)
    entregas, hallazgos, registros = nueva.entregas, nueva.hallazgos, todas["pi"].registros
    propias = entregas[entregas["dependencia"] == "SPLA"]
    assert propias["estado"].tolist() == ["reemplazada", "devuelta"]
    assert propias["version_usada"].iloc[1] == 1
    assert set(hallazgos["sha256"].dropna()) >= {propias["sha256"].iloc[1]}  # lo que hay que corregir sigue
    fuera = calidad.filas_excluidas(registros, entregas, hallazgos)
    assert set(fuera["sha256"]) == {propias["sha256"].iloc[1]}
    usados = registros[~registros["sha256"].isin(fuera["sha256"])].set_index("codigo_meta")
    assert usados["ejecutado_vigencia"].dropna().to_dict() == {"M-1": 1, "M-2": 4, "M-3": 5}


def test_el_corte_siguiente_se_compara_con_la_version_que_conto_y_no_con_el_reenvio_devuelto(
    contexto: Contexto, tmp_path: Path
) -> None:
    _entregar_y_reenviar_uno_peor(contexto, tmp_path)
    anteriores = leer_anteriores(abrir(2025, "T3", tmp_path))
    en_t2 = anteriores[anteriores["vigencia"] == 2025].set_index("codigo_meta")
    assert en_t2["ejecutado_vigencia"].dropna().to_dict() == {"M-1": 1, "M-2": 4, "M-3": 5}


def test_el_libro_de_otro_periodo_se_devuelve_y_siguen_contando_las_cifras_del_bueno(
    contexto: Contexto, tmp_path: Path
) -> None:
    (plantilla,) = escribir_plantillas(contexto, instrumento="pi")
    _recibir(contexto, _llenar(plantilla, tmp_path / "uno.xlsx"), 4)
    (de_t1,) = escribir_plantillas(abrir(2025, "T1", tmp_path), instrumento="pi")
    otro = _llenar(de_t1, tmp_path / "de_t1.xlsx", {("M-2", "Ejecutado acumulado"): 1})
    _recibir(contexto, otro, 8)
    plan, leidas = flujo.leer_plan(contexto), flujo.leer_entregas(contexto)
    _, revision = con_las_ultimas_validas(
        contexto, plan, {"pi": leidas}, flujo.revisar(contexto, plan, leidas)
    )
    propias = revision.entregas[revision.entregas["dependencia"] == "SPLA"]
    assert propias["estado"].tolist() == ["reemplazada", "devuelta"]
    assert propias["version_usada"].iloc[1] == 1
    (hallazgo,) = revision.hallazgos[revision.hallazgos["regla"] == "LIB-02"].to_dict("records")
    assert (hallazgo["severidad"], hallazgo["dependencia"]) == ("bloquea", "SPLA")
    frase = "El libro es la plantilla del corte 2025-T1 y se recibe en 2025-T2."
    assert hallazgo["mensaje"] == frase
    assert frase in presentar_estado(contexto, entregas_del_corte(contexto))
    suelto = revisar_libro(otro, contexto)
    assert suelto.estado == "El libro se devuelve para corrección"
    assert frase in (tmp_path / "de_t1_correcciones.html").read_text(encoding="utf-8")


def test_un_libro_sin_control_o_con_el_control_danado_no_se_devuelve_por_eso(
    contexto: Contexto, tmp_path: Path
) -> None:
    (plantilla,) = escribir_plantillas(contexto, instrumento="pi")
    danado = openpyxl.load_workbook(_llenar(plantilla, tmp_path / "danado.xlsx"))
    for fila in danado["_control"].iter_rows():
        if fila[0].value in {"periodo", "entidad_dane"}:
            fila[1].value = "#¡REF!"
    danado.save(tmp_path / "danado.xlsx")
    danado.remove(danado["_control"])
    danado.save(tmp_path / "sin.xlsx")
    for nombre in ("danado.xlsx", "sin.xlsx"):
        suelto = revisar_libro(tmp_path / nombre, contexto, "SPLA", instrumento="pi")
        assert suelto.estado == "El libro quedó aceptado", nombre


def test_otra_dependencia_en_la_plantilla_se_observa_y_manda_lo_pedido(
    contexto: Contexto, tmp_path: Path
) -> None:
    (plantilla,) = escribir_plantillas(contexto, instrumento="pi")
    libro = _llenar(plantilla, tmp_path / "uno.xlsx")
    suelto = revisar_libro(libro, contexto, "SEDU", instrumento="pi")
    (hallazgo,) = suelto.hallazgos[suelto.hallazgos["regla"] == "LIB-04"].to_dict("records")
    assert hallazgo["mensaje"] == "El libro es la plantilla de SPLA y se recibe como de SEDU."
    assert suelto.cuenta["bloquea"] == 0


def test_revisar_un_libro_no_lo_recibe_y_termina_con_codigo_3_si_algo_bloquea(
    contexto: Contexto, tmp_path: Path
) -> None:
    from pipeline.cli import app

    (plantilla,) = escribir_plantillas(contexto, instrumento="pi")
    libro = _llenar(plantilla, tmp_path / "PI_SPLA.xlsx", {("M-1", "Ejecutado acumulado"): "uno <b>"})
    antes = {r: r.read_bytes() for r in (tmp_path / "data").rglob("*") if r.is_file()}
    opciones = ["revisar", str(libro), "--vigencia", "2025", "--periodo", "T2", "--raiz", str(tmp_path)]
    salida = CliRunner().invoke(app, opciones)
    assert salida.exit_code == 3, salida.output
    assert "1 hallazgo bloquea" in salida.output
    assert "PI_SPLA.xlsx › Plan Indicativo › R8: " in salida.output
    assert {r: r.read_bytes() for r in (tmp_path / "data").rglob("*") if r.is_file()} == antes
    pagina = (tmp_path / "PI_SPLA_correcciones.html").read_text(encoding="utf-8")
    assert auditar_html(pagina) == []
    assert openpyxl.load_workbook(tmp_path / "PI_SPLA_corregir.xlsx").sheetnames[0] == "Correcciones"


def test_revisar_no_reemplaza_el_libro_que_la_dependencia_ya_esta_corrigiendo(
    contexto: Contexto, tmp_path: Path
) -> None:
    (plantilla,) = escribir_plantillas(contexto, instrumento="pi")
    libro = _llenar(plantilla, tmp_path / "PI.xlsx", {("M-1", "Ejecutado acumulado"): "x"})
    primero = revisar_libro(libro, contexto).escritos[0]
    assert revisar_libro(libro, contexto).escritos[0] == primero == tmp_path / "PI_corregir.xlsx"
    cuaderno = openpyxl.load_workbook(primero)
    cuaderno[HOJA]["R8"] = 1
    cuaderno.save(primero)
    en_curso = primero.read_bytes()
    assert revisar_libro(libro, contexto).escritos[0] == tmp_path / "PI_corregir_2.xlsx"
    assert primero.read_bytes() == en_curso


@pytest.mark.parametrize("letra", ["x", "ñ"])
def test_un_libro_con_el_nombre_mas_largo_que_admite_el_disco_se_revisa_y_se_marca(
    contexto: Contexto, tmp_path: Path, letra: str
) -> None:
    (plantilla,) = escribir_plantillas(contexto, instrumento="pi")
    nombre = letra * (250 // len(letra.encode())) + ".xlsx"
    assert len(nombre.encode()) == 255
    libro = _llenar(plantilla, tmp_path / nombre, {("M-1", "Ejecutado acumulado"): "x"})
    marcado, pagina = revisar_libro(libro, contexto).escritos
    assert (marcado.name[-14:], pagina.name[-18:]) == ("_corregir.xlsx", "_correcciones.html")
    assert marcado.name[0] == pagina.name[0] == letra
    otro = openpyxl.load_workbook(marcado)
    otro[HOJA]["R8"] = 1
    otro.save(marcado)  # la dependencia ya lo está corrigiendo: el siguiente lleva número
    assert revisar_libro(libro, contexto).escritos[0].name.endswith(f"{letra}_corregir_2.xlsx")
    assert not list(tmp_path.glob(".*"))
    _recibir(contexto, libro, 4)
    _validar(contexto)
    assert [c.libro for c in publicar_correcciones(contexto) if c.libro is None] == []


def test_lo_que_no_se_puede_marcar_sale_solo_en_la_pagina_y_dice_por_que(
    contexto: Contexto, tmp_path: Path
) -> None:
    libro = tmp_path / "PI_SPLA.csv"  # se recibe y se lee, pero en un texto no hay celdas que marcar
    libro.write_text("Código de meta;Ejecutado acumulado\nM-1;5 (aprox.)\n", encoding="utf-8")
    _recibir(contexto, libro, 4)
    _validar(contexto)
    (correccion,) = publicar_correcciones(contexto)
    assert correccion.libro is None
    assert "no se pudo marcar" in correccion.aviso
    assert sorted(r.name for r in correccion.carpeta.iterdir()) == ["correcciones.html", "manifiesto.json"]
    assert "no se pudo marcar" in (correccion.carpeta / "correcciones.html").read_text(encoding="utf-8")
