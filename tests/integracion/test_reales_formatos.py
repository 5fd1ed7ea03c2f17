"""Los demás libros reales: cada fila y cada total leídos son los que se cuentan aparte del lector."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from cifras_publicadas import avances_de_productos, avances_de_proyectos

from pipeline.esquemas import revisar_tabla
from pipeline.formatos import cargar_formato
from pipeline.lectura import leer_libro
from pipeline.limpieza import LibroLimpio, armar_plan, armar_registros, limpiar
from pipeline.modelo import Corte, Periodo, Severidad

pytestmark = pytest.mark.reales

VIGENCIAS = (2024, 2025, 2026, 2027)
CORTE = Corte(vigencia=2025, periodo=Periodo.T4)
GACHANCIPA = "gachancipa/PlanIndicativo.xlsx"
CUADRO_1S = "cali/CUADRO 1S_I Trimestre 2025.xlsx"
SAP = "cali/EJECUCION_FEBRERO_2025.csv"
Leer = Callable[[str, str], LibroLimpio]


@pytest.fixture(scope="module")
def leer(datos_reales: Path) -> Leer:
    leidos: dict[tuple[str, str], LibroLimpio] = {}

    def _leer(ruta: str, nombre: str) -> LibroLimpio:
        if (ruta, nombre) not in leidos:
            formato = cargar_formato(nombre)
            corte = None if formato.tabla == "plan" else CORTE
            leido = leer_libro(
                datos_reales / ruta,
                formato,
                archivo=Path(ruta).name,
                sha256="a" * 64,
                vigencias=VIGENCIAS,
                corte=corte,
            )
            leidos[ruta, nombre] = limpiar(leido, formato, ())
            revisar_tabla("celdas", leidos[ruta, nombre].celdas)
        return leidos[ruta, nombre]

    return _leer


def tabla(limpio: LibroLimpio, nombre: str) -> pd.DataFrame:
    return revisar_tabla(nombre, armar_registros(nombre, limpio, "DEP"))


def que_bloquean(limpio: LibroLimpio) -> list[str]:
    return [str(h) for h in limpio.hallazgos if h.severidad is Severidad.BLOQUEA]


# --- Gachancipá -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def hoja_gachancipa(datos_reales: Path) -> openpyxl.worksheet.worksheet.Worksheet:
    return openpyxl.load_workbook(datos_reales / GACHANCIPA, data_only=True)["PI-NUEVO PDM"]


@pytest.fixture(scope="module")
def gachancipa(leer: Leer, hoja_gachancipa: openpyxl.worksheet.worksheet.Worksheet) -> pd.DataFrame:
    """Las 212 filas con meta de producto; la 113 tiene casi todo vacío y ninguna meta escrita."""
    registros = tabla(leer(GACHANCIPA, "pi_gachancipa"), "registros_pi")
    con_meta = [f for f in registros["fila"] if hoja_gachancipa.cell(f, 14).value]
    return registros[registros["fila"].isin(con_meta)]


def test_gachancipa_se_leen_las_213_filas_y_212_tienen_meta(leer: Leer, gachancipa: pd.DataFrame) -> None:
    limpio = leer(GACHANCIPA, "pi_gachancipa")
    assert tabla(limpio, "registros_pi")["fila"].tolist() == list(range(2, 215))
    assert len(gachancipa) == 212
    assert que_bloquean(limpio) == []


def test_gachancipa_sus_oraculos_se_cumplen_en_las_212_filas(gachancipa: pd.DataFrame) -> None:
    for que in ("programado", "ejecutado"):
        trimestres = gachancipa[[f"{que}_t{n}" for n in range(1, 5)]].sum(axis=1)
        assert (trimestres - gachancipa[f"{que}_vigencia"]).abs().lt(1e-6).sum() == 212
    programado = gachancipa["programado_vigencia"]
    avance = (gachancipa["ejecutado_vigencia"] / programado).where(programado > 0, 0.0)
    assert (avance - gachancipa["avance_declarado"]).abs().lt(1e-6).sum() == 212
    assert (programado == 0).sum() == 48
    assert gachancipa["avance_declarado"].mean() == pytest.approx(0.6452, abs=5e-5)


def test_gachancipa_los_puntos_porcentuales_quedan_como_razon(gachancipa: pd.DataFrame) -> None:
    assert gachancipa.set_index("fila").loc[
        4, ["programado_t3", "ejecutado_t4", "ejecutado_vigencia"]
    ].tolist() == [
        0.5,
        0.05,
        0.35,
    ]


def test_gachancipa_cada_numero_o_meta_en_texto_se_halla_en_su_celda(
    leer: Leer, hoja_gachancipa: openpyxl.worksheet.worksheet.Worksheet
) -> None:
    textos = {
        f"{letra}{fila}"
        for letra in "PQR"
        for fila in range(2, 215)
        if isinstance(hoja_gachancipa[f"{letra}{fila}"].value, str)
    } - {"P45", "P77", "P78"}  # «SD» y «N.A.»: dicen que no hay dato
    limpio = leer(GACHANCIPA, "plan_gachancipa")
    assert {h.celda for h in limpio.hallazgos if h.regla in {"LIM-02", "LIM-05", "LIM-13"}} == textos
    leidos = {h.valor: h.regla for h in limpio.hallazgos}
    assert (leidos["1.960,00"], leidos["10.200,00"]) == ("LIM-05", "LIM-05")
    assert leidos["40%\n (120 mujeres VCA)"] == "LIM-02"
    assert sum(h.valor == "0,25" for h in limpio.hallazgos) == sum(
        hoja_gachancipa[c].value == "0,25" for c in textos
    )


def test_gachancipa_la_fila_132_toma_su_sector_y_programa_de_las_celdas_combinadas(leer: Leer) -> None:
    plan = armar_plan(leer(GACHANCIPA, "plan_gachancipa"))[0].set_index("fila")
    campos = ["nombre_sector", "nombre_programa"]
    assert plan.loc[132, campos].tolist() == plan.loc[131, campos].tolist()
    assert plan.loc[132, "codigo_meta"] == "130"


def test_gachancipa_el_plan_tiene_211_metas_y_dice_las_dos_filas_sin_numero(leer: Leer) -> None:
    limpio = leer(GACHANCIPA, "plan_gachancipa")
    assert armar_plan(limpio)[0]["codigo_meta"].tolist() == [str(n) for n in range(1, 212)]
    assert [
        (h.regla, h.celda) for h in limpio.hallazgos if h.alcance == "fila" and h.severidad == "bloquea"
    ] == [
        ("LIM-11", "M113"),
        ("LIM-11", "M206"),
    ]


def test_gachancipa_las_13_filas_p_sin_nada_programado_salen_de_la_calidad(
    leer: Leer, gachancipa: pd.DataFrame
) -> None:
    from pipeline.calidad import revisar_registros_pi

    plan, vigencias, _ = armar_plan(leer(GACHANCIPA, "plan_gachancipa"))
    celdas = leer(GACHANCIPA, "pi_gachancipa").celdas
    hallazgos = revisar_registros_pi(gachancipa, plan, vigencias, celdas, CORTE, "incremento")
    sin_programar = hallazgos[hallazgos["regla"] == "PI-10"]
    assert len(sin_programar) == 13
    assert "AD8" in set(sin_programar["celda"])


# --- DNP ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("entidad", ["25126", "25295", "25799"])
def test_dnp_se_leen_todas_las_filas_y_su_avance_es_el_publicado(
    leer: Leer, datos_reales: Path, entidad: str
) -> None:
    ruta = f"seguimiento_dnp/Alertas-{entidad}.xlsx"
    hoja = openpyxl.load_workbook(datos_reales / ruta, data_only=True)["Detalle seguimiento físico"]
    codigos = [c.value for c in hoja["A"][7:] if c.value]
    plan, vigencias, _ = armar_plan(leer(ruta, "plan_seguimiento_dnp"))
    assert plan["codigo_meta"].tolist() == codigos
    assert len(vigencias) == 4 * len(codigos)
    assert plan["tipo_meta"].notna().all()
    limpio = leer(ruta, "pi_seguimiento_dnp")
    assert que_bloquean(limpio) == []
    registros = tabla(limpio, "registros_pi").query("vigencia <= 2025")
    assert registros["codigo_meta"].tolist() == codigos * 2
    publicado = registros[registros["avance_declarado"].notna()]
    calculado = publicado["ejecutado_vigencia"] / publicado["programado_vigencia"]
    numeros = sum(isinstance(c.value, int | float) for columna in ("S", "V") for c in hoja[columna][7:])
    assert len(publicado) == numeros
    assert (calculado - publicado["avance_declarado"]).abs().max() < 1e-6
    vacias = sum(c.value == " " for columna in ("R", "U") for c in hoja[columna][7:])
    assert registros["ejecutado_vigencia"].isna().sum() == vacias


# --- Ibagué ---------------------------------------------------------------------------------------


def test_ibague_el_arbol_da_38_metas_con_sus_niveles_y_pesos(leer: Leer) -> None:
    limpio = leer("ibague_plantillas/Plantilla_Plan_CC.xlsx", "plan_arbol_ibague")
    plan, vigencias, _ = armar_plan(limpio)
    assert (len(plan), len(vigencias)) == (38, 38 * 4)
    assert limpio.hallazgos == ()
    assert set(plan["linea"]) == {"1"}
    assert set(plan["programa"]) == {"1.1.1", "1.1.2"}
    # Solo el sector 1.1 tiene metas: pesan entre todas 25 % × 16,67 % del plan.
    assert plan["ponderador"].sum() == pytest.approx(25 / 6, rel=1e-6)
    por_programa = plan.groupby("programa")["ponderador"].sum()
    assert por_programa.tolist() == pytest.approx([25 / 12, 25 / 12], rel=1e-6)


@pytest.mark.parametrize(
    ("libro", "formato", "campo", "metas"),
    [
        ("Plantilla_Ejecuciones_Fisicas", "pi_ejecucion_fisica_ibague", "ejecutado_vigencia", 192),
        ("Plantilla_Ejecuciones_Financieras", "pi_ejecucion_financiera_ibague", "obligaciones_cop", 38),
    ],
)
def test_ibague_las_ejecuciones_por_ano_pasan_a_una_fila_por_vigencia(
    leer: Leer, datos_reales: Path, libro: str, formato: str, campo: str, metas: int
) -> None:
    ruta = f"ibague_plantillas/{libro}.xlsx"
    hoja = openpyxl.load_workbook(datos_reales / ruta, data_only=True)["Hoja 1"]
    registros = tabla(leer(ruta, formato), "registros_pi")
    assert registros.groupby("vigencia").size().tolist() == [metas] * 4
    for columna, vigencia in zip("BCDE", VIGENCIAS, strict=True):
        esperado = sum(c.value for c in hoja[columna][1:] if isinstance(c.value, int | float))
        assert registros.loc[registros["vigencia"] == vigencia, campo].sum() == pytest.approx(esperado)


# --- Cali -----------------------------------------------------------------------------------------

COLUMNAS_SAP = {
    "PPTO INICIAL": "apropiacion_inicial_cop", "REDUCCIONES": "reducciones_cop", "ADICIONES": "adiciones_cop",
    "CONTRACREDITOS": "contracreditos_cop", "CREDITOS": "creditos_cop", "APLAZAMIENTO": "aplazamientos_cop",
    "DESAPLAZAMIENTO": "desaplazamientos_cop", "PPTO. MODIFICADO": "apropiacion_definitiva_cop",
    "TOTAL ACUMULADO CDP": "cdp_cop", "TOTAL ACUMULADO RPC": "compromisos_cop",
    "TOTAL ACUMUL OBLIGAC": "obligaciones_cop", "PAGOS": "pagos_cop", "SALDOS CDP": "saldo_cdp_cop",
    "PPTO. DISPONIBLE": "disponible_cop",
}  # fmt: skip


@pytest.fixture(scope="module")
def hoja_cali(datos_reales: Path) -> openpyxl.worksheet.worksheet.Worksheet:
    return openpyxl.load_workbook(datos_reales / CUADRO_1S, data_only=True)["MEDE01.03.01.P01.F05"]


def test_cali_sap_las_filas_y_cada_total_son_los_de_la_suma_independiente(
    leer: Leer, datos_reales: Path
) -> None:
    with (datos_reales / SAP).open(encoding="utf-8-sig", newline="") as archivo:
        filas = list(csv.reader(archivo, delimiter=";"))
    rotulos = [r.strip() for r in filas[0]]
    limpio = leer(SAP, "poai_sap_cali")
    registros = tabla(limpio, "registros_poai")
    assert limpio.hallazgos == ()
    assert len(registros) == len(filas) - 1 == 3483
    for rotulo, campo in COLUMNAS_SAP.items():
        crudos = [f[rotulos.index(rotulo)].strip() for f in filas[1:]]
        total = sum(Decimal(c.replace(".", "").replace(",", ".")) for c in crudos if c != "-")
        signo = -1 if campo in {"reducciones_cop", "contracreditos_cop"} else 1
        assert Decimal(registros[campo].sum()) == signo * total, rotulo
        assert registros[campo].notna().all()


def test_cali_sap_las_identidades_del_presupuesto_se_cumplen_al_peso(leer: Leer) -> None:
    r = tabla(leer(SAP, "poai_sap_cali"), "registros_poai")
    modificado = (
        r["apropiacion_inicial_cop"] + r["adiciones_cop"] + r["creditos_cop"] - r["contracreditos_cop"]
    )
    assert (modificado - r["reducciones_cop"] - r["apropiacion_definitiva_cop"]).abs().max() == 0
    assert (r["apropiacion_definitiva_cop"] - r["cdp_cop"] - r["disponible_cop"]).abs().max() == 0
    assert (r["cdp_cop"] - r["compromisos_cop"] - r["saldo_cdp_cop"]).abs().max() == 0
    cadena = ["pagos_cop", "obligaciones_cop", "compromisos_cop", "cdp_cop", "apropiacion_definitiva_cop"]
    for menor, mayor in zip(cadena, cadena[1:], strict=False):
        assert (r[menor] <= r[mayor]).all()
    assert (r["contracreditos_cop"] >= 0).all()
    assert r["contracreditos_cop"].sum() == r["creditos_cop"].sum()
    assert r["codigo_actividad"].str.startswith("BP").all()


def test_cali_el_corrimiento_del_cuadro_1s_se_rechaza_diciendo_que_hay_debajo_de_que(leer: Leer) -> None:
    (bloqueo,) = [h for h in leer(CUADRO_1S, "pa_cali_1s").hallazgos if h.severidad is Severidad.BLOQUEA]
    assert (bloqueo.regla, bloqueo.alcance, bloqueo.celda) == ("LEC-16", "libro", "Y9")
    for parte in (
        "bajo «Cód Producto MGA» (Y) hay cantidades",
        "bajo «Nombre Producto MGA» (Z) hay códigos de 7 cifras",
        "que parecen de «Cód Producto MGA»",
        "bajo «Programación PI Año 1» (AA) hay textos (por ejemplo «Documentos de planeación»",
        "que parecen de «Nombre Producto MGA»",
    ):
        assert parte in bloqueo.mensaje


def test_cali_el_formato_declarado_lee_el_cuadro_corrido(
    leer: Leer, hoja_cali: openpyxl.worksheet.worksheet.Worksheet
) -> None:
    limpio = leer(CUADRO_1S, "pa_cali_1s_2025_t1")
    registros = tabla(limpio, "registros_pa")
    assert que_bloquean(limpio) == []
    assert len(registros) == 3303
    assert registros["codigo_producto"].str.fullmatch(r"\d{7}").all()
    assert not registros["nombre_producto"].str.fullmatch(r"[\d.]+").any()
    for letra, campo in (
        ("Y", "programado_meta"),
        ("AR", "apropiacion_inicial_cop"),
        ("AB", "programado_producto"),
    ):
        esperado = sum(c.value for c in hoja_cali[letra][9:] if isinstance(c.value, int | float))
        de_numeros = limpio.celdas[(limpio.celdas["campo"] == campo) & limpio.celdas["transformacion"].isna()]
        assert de_numeros["valor_numero"].sum() == pytest.approx(esperado)


def test_cali_el_avance_publicado_se_reproduce_en_656_de_657_productos_y_en_los_559_proyectos(
    leer: Leer,
) -> None:
    """LEEME.md: producto = Σ peso × avance de actividad; proyecto = Σ peso × avance de producto."""
    corte = Corte(vigencia=2025, periodo=Periodo.T1)
    registros = tabla(leer(CUADRO_1S, "pa_cali_1s_2025_t1"), "registros_pa")
    for avances, n, reproducidos in (
        (avances_de_productos(registros, corte), 657, 656),
        (avances_de_proyectos(registros, corte), 559, 559),
    ):
        assert len(avances) == n
        assert (avances["avance"] - avances["declarado"]).abs().le(1e-4).sum() == reproducidos


def test_cali_cada_fecha_imposible_sale_en_su_celda(
    leer: Leer, hoja_cali: openpyxl.worksheet.worksheet.Worksheet
) -> None:
    imposibles = {
        c.coordinate
        for letra in ("AW", "AX")
        for c in hoja_cali[letra][9:]
        if isinstance(c.value, str)
        and c.value.strip() not in {"", "N/A", "NA", "-"}
        and not _es_posible(c.value)
    }
    hallazgos = [h for h in leer(CUADRO_1S, "pa_cali_1s_2025_t1").hallazgos if h.regla == "LIM-15"]
    assert {h.celda for h in hallazgos} == imposibles
    assert {"1/3/0205", "2/2/0205", "3011/2025", "31/1272025"} <= {h.valor for h in hallazgos}


def _es_posible(texto: str) -> bool:
    try:
        dia, mes, ano = (int(p) for p in texto.strip().split("/"))
        return 1990 <= date(ano, mes, dia).year <= 2100
    except ValueError:
        return False


@pytest.mark.parametrize(
    ("ruta", "formato"),
    [
        (GACHANCIPA, "pi_gachancipa"),
        ("seguimiento_dnp/Alertas-25126.xlsx", "plan_seguimiento_dnp"),
        ("sispt/25295.xlsx", "plan_sispt"),
        (CUADRO_1S, "pa_cali_1s_2025_t1"),
        (SAP, "poai_sap_cali"),
        ("ibague_plantillas/Plantilla_Plan_CC.xlsx", "plan_arbol_ibague"),
    ],
)
def test_probar_propone_el_formato_de_cada_libro_real(datos_reales: Path, ruta: str, formato: str) -> None:
    from pipeline.flujo.formatos import probar_formatos

    prueba = probar_formatos(datos_reales / ruta, vigencias=VIGENCIAS)
    assert prueba.elegida is not None
    assert prueba.elegida.formato.nombre == formato


@pytest.mark.parametrize(
    "ruta", ["tenjo/PLAN INDICATIVO TENJO.xlsx", GACHANCIPA, CUADRO_1S, SAP, "sispt/25126.xlsx"]
)
def test_el_borrador_de_cada_libro_real_es_un_formato_valido_que_lee_sus_filas(
    datos_reales: Path, tmp_path: Path, ruta: str
) -> None:
    from pipeline.flujo.formatos import redactar_formato

    (tmp_path / "borrador.yml").write_text(
        redactar_formato(datos_reales / ruta, vigencias=VIGENCIAS), encoding="utf-8"
    )
    formato = cargar_formato("borrador", tmp_path)
    leido = leer_libro(
        datos_reales / ruta, formato, archivo="x", sha256="a" * 64, vigencias=VIGENCIAS, corte=CORTE
    )
    esperadas = {"tenjo": 331, "gachancipa": 213, "cali": 3303, "sispt": 339}
    n = 3483 if ruta == SAP else esperadas[ruta.split("/")[0]]
    assert [len(h.filas) for h in leido.hojas] == [n]
