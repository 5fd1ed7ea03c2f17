"""El FOR-08 de ida y vuelta: la plantilla llena se lee y sus índices son los que se calculan a mano."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest

from pipeline import revisiones
from pipeline.calidad import revisar_registros_pa
from pipeline.calidad.ejemplos import tabla_de_ejemplo
from pipeline.config import PAQUETE, Config, cargar_config
from pipeline.errores import ErrorConfiguracion, ErrorLibro
from pipeline.esquemas import crear_tabla, revisar_tabla
from pipeline.formatos import cargar_formato
from pipeline.indices import calcular_actividades, calcular_indices_pa
from pipeline.indices.plan_accion import identificar_actividades
from pipeline.lectura import leer_libro
from pipeline.limpieza import LibroLimpio, armar_registros, limpiar
from pipeline.modelo import Corte, Metodo, Periodo
from pipeline.plantillas import (
    casilla_de_fuente,
    encabezados_de_revision,
    escribir_filas_pa,
    escribir_plantilla_pa,
    escribir_revision_pa,
    filas_pa,
)

CORTE = Corte(vigencia=2025, periodo=Periodo.T3)
VIGENCIAS = (2024, 2025, 2026, 2027)
SHA = "a" * 64
UNO = {"bpin": "2024730010001", "nombre_proyecto": "Red de bibliotecas", "rubro": "2.3.2.02",
       "nombre_nivel_1": "1 · Gente", "codigo_meta": "M-1", "nombre_meta": "Bibliotecas dotadas"}  # fmt: skip
DOS = UNO | {"bpin": "2024730010002", "nombre_proyecto": "Placas huella", "codigo_meta": "M-2"}
FILAS: list[dict[str, Any]] = [
    UNO | {"codigo_actividad": "A1", "nombre_actividad": "Dotar", "unidad": "Biblioteca",
           "programado_actividad": 4, "programado_actividad_t1": 0, "programado_actividad_t2": 1,
           "programado_actividad_t3": 3, "programado_actividad_t4": 4, "ejecutado_actividad": 2,
           "costo_programado_cop": 100e6, "programado_municipio_cop": 60e6, "programado_sgp_cop": 40e6,
           "programado_regalias_cop": 0, "programado_otros_cop": 0, "costo_ejecutado_cop": 40e6,
           "ejecutado_municipio_cop": 40e6, "ejecutado_sgp_cop": 0, "ejecutado_regalias_cop": 0,
           "ejecutado_otros_cop": 0, "fecha_inicio": "2025-02-01", "fecha_fin": "2025-09-15",
           "fecha_inicio_ejecutada": "2025-02-20", "indice_fisico_declarado": 0.5,
           "indice_inversion_declarado": 0.4, "eficiencia_declarada": 1.25, "ponderacion_actividad": 0.75,
           "responsable": "Dirección", "evidencia": "Contrato 12", "observacion": "Dos dotadas",
           "autoevaluacion": "Parcial"},
    UNO | {"codigo_actividad": "A2", "nombre_actividad": "Formar", "unidad": "Taller",
           "programado_actividad": 20, "programado_actividad_t3": 12, "programado_actividad_t4": 20,
           "costo_programado_cop": 20e6, "programado_municipio_cop": 20e6, "ponderacion_actividad": 0.25,
           "fecha_inicio": "2025-03-01", "fecha_fin": "2025-12-15"},
    DOS | {"codigo_actividad": "B1", "nombre_actividad": "Construir", "unidad": "Kilómetro",
           "programado_actividad": 2.5, "programado_actividad_t3": 2.5, "programado_actividad_t4": 2.5,
           "ejecutado_actividad": 3, "costo_programado_cop": 80e6, "programado_otros_cop": 80e6,
           "costo_ejecutado_cop": 60e6, "ejecutado_otros_cop": 60e6, "ponderacion_actividad": 1,
           "indice_fisico_declarado": 0.9, "evidencia": "Acta 3", "observacion": "Tres kilómetros"},
]  # fmt: skip


@pytest.fixture(scope="module")
def config() -> Config:
    return cargar_config(PAQUETE.parent)


@pytest.fixture(scope="module")
def libro(tmp_path_factory: pytest.TempPathFactory, config: Config) -> Path:
    destino = tmp_path_factory.mktemp("pa") / "for08.xlsx"
    return escribir_filas_pa(
        destino, config=config, corte=CORTE, dependencia="SCUL", filas=FILAS, renglones_libres=2
    )


def leer(ruta: Path) -> LibroLimpio:
    formato = cargar_formato("pa_for08")
    leido = leer_libro(ruta, formato, archivo=ruta.name, sha256=SHA, vigencias=VIGENCIAS, corte=CORTE)
    limpio = limpiar(leido, formato, ())
    revisar_tabla("celdas", limpio.celdas)
    return limpio


def alterar(libro: Path, destino: Path, *, hoja: str = "Proyecto 1", **celdas: object) -> LibroLimpio:
    abierto = openpyxl.load_workbook(libro)
    for celda, valor in celdas.items():
        abierto[hoja][celda].value = valor
    abierto.save(destino)
    return leer(destino)


@pytest.fixture(scope="module")
def limpio(libro: Path) -> LibroLimpio:
    return leer(libro)


@pytest.fixture(scope="module")
def registros(limpio: LibroLimpio) -> pd.DataFrame:
    return revisar_tabla("registros_pa", armar_registros("registros_pa", limpio, "SCUL"))


@pytest.fixture(scope="module")
def actividades(registros: pd.DataFrame) -> pd.DataFrame:
    return calcular_actividades(
        registros,
        crear_tabla("plan"),
        corte=CORTE,
        metodo=Metodo(),
        nombres_dependencias={"SCUL": "Secretaría de Cultura"},
    )


# --- ida y vuelta ---------------------------------------------------------------------------------


def test_la_plantilla_llena_se_lee_sin_un_solo_aviso_y_devuelve_cada_campo(
    limpio: LibroLimpio, registros: pd.DataFrame
) -> None:
    assert limpio.hallazgos == ()
    assert registros["hoja"].tolist() == ["Proyecto 1", "Proyecto 1", "Proyecto 2"]
    for leido, escrito in zip(registros.to_dict("records"), FILAS, strict=True):
        assert {c: leido[c] for c in escrito} == escrito
        assert all(pd.isna(leido[c]) for c in ("ejecutado_actividad", "evidencia") if c not in escrito)


def test_lo_ejecutado_conserva_la_celda_de_su_fila_y_el_bpin_la_del_membrete(limpio: LibroLimpio) -> None:
    celdas = limpio.celdas.set_index(["hoja", "fila", "campo"])["celda"]
    assert celdas["Proyecto 1", 17, "programado_actividad"] == "G17"
    assert celdas["Proyecto 1", 17, "ejecutado_actividad"] == "G18"
    assert celdas["Proyecto 1", 19, "costo_ejecutado_cop"] == "I20"
    assert celdas["Proyecto 1", 19, "bpin"] == celdas["Proyecto 2", 17, "bpin"] == "C12"


def test_los_indices_de_la_ida_y_vuelta_son_los_calculados_a_mano(actividades: pd.DataFrame) -> None:
    por_codigo = actividades.set_index("codigo_actividad")
    dotar, formar, construir = (por_codigo.loc[c] for c in ("A1", "A2", "B1"))
    assert (dotar["indice_fisico"], dotar["indice_inversion"], dotar["eficiencia"]) == (0.5, 0.4, 1.25)
    assert (dotar["esperado"], dotar["es_vencida"]) == (0.75, True)
    assert (formar["estado_reporte"], formar["esperado"]) == ("sin_reporte", 0.6)
    assert pd.isna(formar["indice_fisico"]) and pd.isna(formar["indice_inversion"])
    assert (construir["indice_fisico_crudo"], construir["indice_fisico"]) == (1.2, 1.0)
    assert construir["eficiencia"] == pytest.approx(1 / 0.75)
    assert (construir["indice_fisico_declarado"], construir["es_vencida"]) == (0.9, False)


def test_los_indices_agregados_son_los_calculados_a_mano(actividades: pd.DataFrame) -> None:
    indices = calcular_indices_pa(actividades, metodo=Metodo()).set_index(["nivel", "codigo"])
    uno = indices.loc["proyecto", "2024730010001"]
    # 0,75 × 0,5 + 0,25 × 0 (sin reporte); arriba, 0,75 × 0,5 + 0,25 × 1.
    assert (uno["indice_fisico"], uno["cota_inferior"], uno["cota_superior"]) == (0.375, 0.375, 0.625)
    assert uno["esperado"] == pytest.approx(0.75 * 0.75 + 0.25 * 0.6)
    # A2 programa 20 y no dice lo ejecutado: no entra (40/120 lo contaría como cero).
    assert uno["indice_inversion"] == pytest.approx(40 / 100)
    assert (uno["n_sin_costo"], uno["costo_programado_cop"]) == (1, 120e6)
    total = indices.loc["total", "TOTAL"]
    assert total["indice_fisico"] == pytest.approx((0.375 + 1.0) / 2)  # cada proyecto pesa igual
    assert total["indice_inversion"] == pytest.approx(100 / 180)
    assert total["indice_fisico_declarado"] == pytest.approx((0.5 + 0.9) / 2)
    assert total[["n_actividades", "n_reportadas", "n_sin_reporte", "n_vencidas"]].tolist() == [3, 2, 1, 1]
    excluye = calcular_indices_pa(actividades, metodo=Metodo(sin_reporte="excluir"))
    assert excluye.loc[excluye["nivel"] == "total", "indice_fisico"].item() == pytest.approx(0.75)
    simple = calcular_indices_pa(actividades, metodo=Metodo(agregacion="simple"))
    assert simple.loc[simple["nivel"] == "total", "indice_fisico"].item() == pytest.approx(1.5 / 3)


def test_los_mismos_datos_dan_los_mismos_bytes(libro: Path, tmp_path: Path, config: Config) -> None:
    otro = escribir_filas_pa(
        tmp_path / "otro.xlsx",
        config=config,
        corte=CORTE,
        dependencia="SCUL",
        filas=FILAS,
        renglones_libres=2,
    )
    assert otro.read_bytes() == libro.read_bytes()


def test_el_formulario_dice_su_codigo_y_solo_abre_lo_que_la_dependencia_llena(libro: Path) -> None:
    hoja = openpyxl.load_workbook(libro)["Proyecto 1"]
    assert [hoja[f"O{fila}"].value for fila in range(1, 5)] == [
        "Código: FOR-08-PRO-PET-01", "Versión: 01", "Fecha: 31/08/2017", "Página: 1 de 2",
    ]  # fmt: skip
    assert hoja.protection.sheet
    cerradas = {c: hoja[c].protection.locked for c in ("A17", "D17", "G17", "I17", "G18", "I18", "Y17")}
    assert cerradas == {"A17": True, "D17": True, "G17": True, "I17": True,
                        "G18": False, "I18": False, "Y17": False}  # fmt: skip
    assert not hoja["D21"].protection.locked  # un renglón libre se puede programar
    assert hoja["I25"].value == '=SUMIF($E$17:$E$24,"P",$I$17:$I$24)'
    assert hoja["G25"].value is None  # las cantidades de actividades distintas no se suman


# --- lo que la lectura avisa ----------------------------------------------------------------------


def test_una_fila_e_sin_su_p_bloquea_y_una_p_sin_su_e_se_avisa(libro: Path, tmp_path: Path) -> None:
    limpio = alterar(libro, tmp_path / "x.xlsx", E18=None, E19="E")
    reglas = {(h.regla, h.fila) for h in limpio.hallazgos}
    assert ("LEC-24", 17) in reglas
    assert ("LEC-23", 20) in reglas


def test_una_marca_mal_escrita_se_senala_en_su_celda_y_no_inventa_una_actividad(
    libro: Path, tmp_path: Path
) -> None:
    limpio = alterar(libro, tmp_path / "x.xlsx", E18="Ejec.")
    (aviso,) = limpio.hallazgos
    assert (aviso.regla, aviso.celda, aviso.valor) == ("LEC-27", "E18", "Ejec.")
    assert aviso.mensaje.startswith("Dice «Ejec.» y ahí va P (programado) o E (ejecutado)")
    assert limpio.filas["codigo_actividad"].tolist() == ["A1", "A2", "B1"]
    assert limpio.filas["ejecutado_actividad"].isna().tolist() == [True, True, False]


def test_combinar_lo_programado_con_lo_ejecutado_se_dice_y_el_codigo_de_la_actividad_no(
    libro: Path, tmp_path: Path
) -> None:
    wb = openpyxl.load_workbook(libro)
    assert "C17:C18" in {str(rango) for rango in wb["Proyecto 1"].merged_cells.ranges}  # de la plantilla
    wb["Proyecto 1"].merge_cells("G17:G18")
    wb.save(tmp_path / "x.xlsx")
    assert [(h.regla, h.celda) for h in leer(tmp_path / "x.xlsx").hallazgos] == [("LEC-28", "G18")]


def test_una_actividad_bajo_el_total_no_se_lee_y_se_dice(libro: Path, tmp_path: Path) -> None:
    limpio = alterar(libro, tmp_path / "x.xlsx", C40="A9", E40="P", G40=3)
    assert [(h.regla, h.celda) for h in limpio.hallazgos] == [("LEC-25", "C40")]
    assert "A9" not in set(limpio.filas["codigo_actividad"])


def test_sin_el_rotulo_del_bpin_falta_una_columna_requerida(libro: Path, tmp_path: Path) -> None:
    limpio = alterar(libro, tmp_path / "x.xlsx", A12="Número interno")
    assert [(h.regla, h.columna) for h in limpio.hallazgos] == [("LEC-07", "CÓDIGO BPIN")]


# --- calidad --------------------------------------------------------------------------------------


@pytest.mark.integracion
def test_cada_contradiccion_se_halla_en_su_celda_y_un_libro_limpio_no_tiene(
    libro: Path, tmp_path: Path, limpio: LibroLimpio, registros: pd.DataFrame
) -> None:
    plan = crear_tabla("plan", [{"codigo_meta": "M-1", "dependencia": "SCUL"},
                                {"codigo_meta": "M-2", "dependencia": "SCUL"}])  # fmt: skip
    proyectos = [{"bpin": f"202473001000{n}", "dependencia": "SCUL"} for n in (1, 2)]
    poai = crear_tabla("registros_poai", proyectos)
    anteriores = registros.assign(corte="2025-T2")
    sanos = revisar_registros_pa(registros, plan, limpio.celdas, CORTE, poai=poai, anteriores=anteriores)
    assert sorted(zip(sanos["regla"], sanos["celda"], strict=True)) == [
        ("PA-18", "G20"),  # la actividad A2 no se reportó
        ("PA-21", "G18"),  # B1 ejecutó 3 de 2,5
        ("PA-23", "P17"),  # y declaró 0,9
    ]
    malo = alterar(libro, tmp_path / "x.xlsx", J17=50e6, N17=datetime(2024, 12, 1), W19=0.5, G18=1, Y17=None)
    filas = armar_registros("registros_pa", malo, "SCUL")
    hallazgos = revisar_registros_pa(
        filas, plan, malo.celdas, CORTE, poai=poai.iloc[1:], anteriores=anteriores
    )
    nuevos = set(zip(hallazgos["regla"], hallazgos["celda"], strict=True)) - set(
        zip(sanos["regla"], sanos["celda"], strict=True)
    )
    assert nuevos == {
        ("PA-09", "I17"), ("PA-10", "W17"), ("PA-11", "N17"), ("PA-17", "C12"), ("PA-19", "Y17"),
        ("PA-23", "P17"), ("PA-24", "R17"), ("PA-28", "G18"),
    } - {("PA-23", "P17")}  # fmt: skip


@pytest.mark.integracion
def test_de_quien_no_entrego_su_poai_no_se_dice_que_un_proyecto_no_esta(
    limpio: LibroLimpio, registros: pd.DataFrame
) -> None:
    de_otra = crear_tabla("registros_poai", [{"bpin": "2024730010009", "dependencia": "SEDU"}])
    hallazgos = revisar_registros_pa(registros, crear_tabla("plan"), limpio.celdas, CORTE, poai=de_otra)
    assert "PA-17" not in set(hallazgos["regla"])


@pytest.mark.integracion
def test_una_actividad_o_un_proyecto_que_desaparece_se_nombra_una_vez_por_libro(
    limpio: LibroLimpio, registros: pd.DataFrame
) -> None:
    anteriores = registros.assign(corte="2025-T2")
    de_antes = anteriores.assign(codigo_actividad="Z9", corte="2025-T1")  # ya no estaba en T2: no se repite
    ajenas = anteriores.assign(dependencia="SEDU", codigo_actividad="S1")
    for quedan, dicho in (
        (registros["codigo_actividad"] == "A1",
         "A2 (proyecto 2024730010001); B1 (proyecto 2024730010002, del que no quedó ninguna)."),
        (registros["codigo_actividad"] != "A2", "A2 (proyecto 2024730010001)."),
    ):  # fmt: skip
        hallazgos = revisar_registros_pa(
            registros[quedan], crear_tabla("plan"), limpio.celdas, CORTE,
            anteriores=pd.concat([de_antes, anteriores, ajenas]),
        )  # fmt: skip
        (ausente,) = hallazgos[hallazgos["regla"] == "PA-32"].to_dict("records")
        assert ausente["mensaje"] == f"Actividades del corte anterior que ya no están: {dicho}"
        assert (ausente["alcance"], ausente["severidad"]) == ("libro", "observa")
    otro_proyecto = registros.assign(bpin="2024730010077")  # sigue en el libro, con otro BPIN
    hallazgos = revisar_registros_pa(
        otro_proyecto, crear_tabla("plan"), limpio.celdas, CORTE, anteriores=anteriores
    )
    assert "PA-32" not in set(hallazgos["regla"])


# --- prellenado -----------------------------------------------------------------------------------


def test_se_prellena_del_plan_y_del_poai_y_la_meta_sin_actividades_queda_abierta(
    tmp_path: Path, config: Config
) -> None:
    plan = crear_tabla("plan", [
        {"codigo_meta": "M-1", "nombre_meta": "Bibliotecas", "dependencia": "SCUL", "linea": "1",
         "nombre_linea": "Gente", "sector": "33", "nombre_sector": "Cultura"},
        {"codigo_meta": "M-2", "nombre_meta": "Sin programar", "dependencia": "SCUL"},
        {"codigo_meta": "M-3", "nombre_meta": "De otra", "dependencia": "SEDU"},
    ])  # fmt: skip
    vigencias = crear_tabla("plan_vigencias", [
        {"codigo_meta": "M-1", "vigencia": 2025, "programado_vigencia": 2},
        {"codigo_meta": "M-2", "vigencia": 2025, "programado_vigencia": 0},
        {"codigo_meta": "M-3", "vigencia": 2025, "programado_vigencia": 1},
    ])  # fmt: skip
    comun = {"codigo_meta": "M-1", "dependencia": "SCUL", "bpin": "2024730010001", "nombre_proyecto": "Red"}
    poai = crear_tabla("registros_poai", [
        comun | {"rubro": "2.3.1", "nombre_fuente": "Recursos propios", "apropiacion_definitiva_cop": 10.0},
        comun | {"rubro": "2.3.2", "nombre_fuente": "SGP cultura", "apropiacion_definitiva_cop": 5.0},
    ])  # fmt: skip
    (fila,) = filas_pa(corte=CORTE, dependencia="SCUL", plan=plan, plan_vigencias=vigencias, poai=poai)
    assert (fila["codigo_meta"], fila["bpin"], fila["rubro"]) == ("M-1", "2024730010001", "2.3.1; 2.3.2")
    assert (fila["nombre_nivel_1"], fila["poai_municipio_cop"], fila["poai_sgp_cop"]) == ("1 · Gente", 10, 5)
    ruta = escribir_plantilla_pa(
        tmp_path / "p.xlsx", config=config, corte=CORTE, dependencia="SCUL", plan=plan,
        plan_vigencias=vigencias, poai=poai,
    )  # fmt: skip
    limpio = leer(ruta)
    registros = armar_registros("registros_pa", limpio, "SCUL")
    assert registros["codigo_meta"].tolist() == ["M-1"]
    assert not openpyxl.load_workbook(ruta)["Proyecto 1"]["D17"].protection.locked
    reglas = revisar_registros_pa(registros, plan, limpio.celdas, CORTE, poai=poai)["regla"]
    assert reglas.tolist() == ["PA-02"]  # la meta espera su actividad; no se reclama nada más
    assert calcular_actividades(
        registros, plan, corte=CORTE, metodo=Metodo(), nombres_dependencias={}
    ).empty  # fmt: skip


def test_una_dependencia_desconocida_no_tiene_formulario(tmp_path: Path, config: Config) -> None:
    with pytest.raises(ErrorConfiguracion, match="XX"):
        escribir_filas_pa(tmp_path / "x.xlsx", config=config, corte=CORTE, dependencia="XX", filas=[])


@pytest.mark.parametrize(
    ("fuente", "casilla"),
    [("Recursos propios", "municipio"), ("SGP salud", "sgp"), ("Regalías", "regalias"), (None, "otros")],
)
def test_cada_fuente_va_a_su_casilla(fuente: str | None, casilla: str) -> None:
    assert casilla_de_fuente(fuente) == casilla


# --- revisión del Grupo ---------------------------------------------------------------------------


def decidir(libro: Path, destino: Path, filas: dict[int, dict[str, object]]) -> Path:
    abierto = openpyxl.load_workbook(libro)
    hoja = abierto["Revisión"]
    columnas = {celda.value: celda.column for celda in hoja[7]}
    for fila, valores in filas.items():
        for campo, valor in valores.items():
            hoja.cell(fila, columnas[encabezados_de_revision()[campo]]).value = valor
    abierto.save(destino)
    return destino


@pytest.fixture(scope="module")
def de_revision(tmp_path_factory: pytest.TempPathFactory, config: Config, actividades: pd.DataFrame) -> Path:
    return escribir_revision_pa(
        tmp_path_factory.mktemp("rev") / "rev.xlsx",
        config=config, corte=CORTE, dependencia="SCUL", actividades=actividades,
    )  # fmt: skip


def leer_decisiones(ruta: Path, actividades: pd.DataFrame) -> pd.DataFrame:
    return revisiones.leer_revision(
        ruta, archivo=ruta.name, sha256="b" * 64, corte=CORTE, encabezados=encabezados_de_revision(),
        actividades=set(zip(actividades["id_actividad"], actividades["sha256"], strict=True)),
    )  # fmt: skip


def test_lo_que_el_grupo_devuelve_sale_de_los_indices_y_lo_aceptado_sigue(
    de_revision: Path, tmp_path: Path, actividades: pd.DataFrame, registros: pd.DataFrame
) -> None:
    hecho = {"fecha": date(2025, 10, 20), "revisor": "Profesional"}
    ruta = decidir(de_revision, tmp_path / "r.xlsx", {
        8: hecho | {"decision_grupo": "devuelta", "motivo_grupo": "Falta el acta"},
        10: hecho | {"decision_grupo": "aceptada"},
    })  # fmt: skip
    decididas = leer_decisiones(ruta, actividades)
    assert decididas["decision_grupo"].tolist() == ["devuelta", "aceptada"]
    assert decididas["fecha"].tolist() == ["2025-10-20"] * 2

    def con(registros: pd.DataFrame) -> pd.DataFrame:
        return calcular_actividades(
            registros, crear_tabla("plan"), decididas, corte=CORTE, metodo=Metodo(), nombres_dependencias={}
        )

    revisadas = con(registros)
    assert revisadas["estado_reporte"].tolist() == ["devuelta", "sin_reporte", "reportada"]
    assert revisadas["motivo_grupo"].tolist()[0] == "Falta el acta"
    assert pd.isna(revisadas["indice_fisico"][0])
    # Si la dependencia envía otro libro, la decisión sobre el anterior ya no vale.
    assert con(registros.assign(sha256="c" * 64))["decision_grupo"].isna().all()


@pytest.mark.parametrize(
    ("valores", "queja"),
    [
        (
            {"decision_grupo": "devuelta", "fecha": "20/10/2025"},
            r"V8 se devuelve sin motivo|8 se devuelve sin",
        ),
        ({"decision_grupo": "quizá", "fecha": "20/10/2025"}, "«quizá» no es aceptada ni devuelta"),
        ({"decision_grupo": "aceptada"}, "falta la fecha"),
        ({"motivo_grupo": "algo"}, "hay motivo y no hay decisión"),
        ({"id_actividad": "SCUL/ZZ/1", "decision_grupo": "aceptada", "fecha": "2025-10-20"}, "SCUL/ZZ/1"),
    ],
)
def test_una_decision_incompleta_no_se_registra_y_nombra_su_celda(
    de_revision: Path, tmp_path: Path, actividades: pd.DataFrame, valores: dict[str, object], queja: str
) -> None:
    ruta = decidir(de_revision, tmp_path / "r.xlsx", {8: valores})
    with pytest.raises(ErrorLibro, match=queja):
        leer_decisiones(ruta, actividades)


def test_un_libro_que_no_es_de_revision_se_rechaza(libro: Path, actividades: pd.DataFrame) -> None:
    with pytest.raises(ErrorLibro, match="Revisión"):
        leer_decisiones(libro, actividades)


# --- plan ajustado --------------------------------------------------------------------------------


def test_las_diferencias_dicen_que_cambio_donde_y_no_miran_lo_ejecutado(
    libro: Path, tmp_path: Path, registros: pd.DataFrame
) -> None:
    limpio = alterar(libro, tmp_path / "v2.xlsx", G17=5, G18=3, C19="A3", O17=datetime(2025, 11, 30))
    actual = armar_registros("registros_pa", limpio, "SCUL")
    cambios = revisiones.diferencias_de_plan(registros, actual, limpio.celdas)
    vistos = cambios[["codigo_actividad", "cambio", "campo", "antes", "ahora"]].fillna("").to_numpy().tolist()
    assert vistos == [
        ["A1", "cambiada", "programado_actividad", "4", "5"],
        ["A1", "cambiada", "fecha_fin", "2025-09-15", "2025-11-30"],
        ["A2", "retirada", "", "", ""],
        ["A3", "agregada", "", "", ""],
    ]
    assert cambios["lugar_ahora"].tolist()[:2] == ["v2.xlsx › Proyecto 1 › G17", "v2.xlsx › Proyecto 1 › O17"]
    assert revisiones.diferencias_de_plan(registros, registros).empty


def test_si_una_ponderacion_sola_pasa_de_uno_la_suma_se_senala_en_su_fila_y_si_no_en_la_primera() -> None:
    # Proyecto A: 0,2 + 0,3 + 9,09 (debía ser 0,5). Proyecto B: 0,6 + 0,6, donde ninguna es la mala.
    pesos = [("A", 0.2), ("B", 0.6), ("A", 0.3), ("A", 9.09), ("B", 0.6)]
    tabla = tabla_de_ejemplo("registros_pa", [{"bpin": b, "ponderacion_actividad": p} for b, p in pesos])
    suma = tabla["suma_de_ponderaciones"].dropna()
    assert suma.to_dict() == pytest.approx({1: 1.2, 3: 9.59})


def test_de_dos_registros_de_una_actividad_el_que_no_trae_bpin_es_el_primero() -> None:
    comun = {"dependencia": "SEDU", "codigo_actividad": "A1", "hoja": "P", "archivo": "a", "sha256": "s"}
    tabla = crear_tabla("registros_pa", [comun | {"bpin": "9", "fila": 5}, comun | {"fila": 7}])
    assert identificar_actividades(tabla).tolist() == ["SEDU/A1/2", "SEDU/A1/1"]


def test_las_cotas_cuentan_lo_no_reportado_aunque_el_metodo_lo_excluya_del_indice() -> None:
    comun = {"dependencia": "SEDU", "bpin": "9", "esperado": 0.5, "es_vencida": False, "es_excluida": False}
    tabla = crear_tabla(
        "actividades",
        [
            comun | {"id_actividad": "1", "indice_fisico": 0.5, "estado_reporte": "reportada"},
            comun | {"id_actividad": "2", "estado_reporte": "sin_reporte"},
        ],
    )
    total = calcular_indices_pa(tabla, metodo=Metodo(sin_reporte="excluir", agregacion="simple")).iloc[0]
    assert total[["cota_inferior", "indice_fisico", "cota_superior"]].tolist() == [0.25, 0.5, 0.75]
