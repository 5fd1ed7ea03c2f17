"""Tenjo, real y de punta a punta: lo que el municipio publicó en su matriz sale igual de nuestras tablas."""

from __future__ import annotations

import dataclasses
import json
import math
import re
import shutil
from datetime import datetime
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from pipeline import recepcion
from pipeline.config import Rutas
from pipeline.esquemas import leer_tabla
from pipeline.flujo import abrir
from pipeline.flujo.contexto import Contexto
from pipeline.flujo.correr import Opciones, correr
from pipeline.flujo.etapas import calcular_y_guardar, ingerir
from pipeline.flujo.tempranas import alertar_con_historia
from pipeline.indices import calcular_indices, evaluar, explicar_nodos

pytestmark = [pytest.mark.integracion, pytest.mark.reales]

EJEMPLO = Path(__file__).resolve().parents[2] / "ejemplos" / "tenjo" / "seguimiento.toml"
LIBRO = "PLAN INDICATIVO TENJO.xlsx"


def _recibida(raiz: Path, datos_reales: Path, vigencia: int, periodo: str, cuando: str) -> Contexto:
    """Tenjo en `raiz`, con su matriz importada como plan y recibida en el corte, sin correr."""
    shutil.copy(EJEMPLO, raiz)
    libro, hoy = datos_reales / "tenjo" / LIBRO, datetime.fromisoformat(cuando)
    contexto = abrir(vigencia, periodo, raiz)
    recepcion.importar_plan(libro, rutas=contexto.rutas, formato="plan_tenjo", recibido_en=hoy)
    recepcion.recibir_libro(
        libro,
        rutas=contexto.rutas,
        config=contexto.config,
        corte=contexto.corte,
        instrumento="pi",
        dependencia=recepcion.identificar(libro, contexto.config).dependencia,
        recibido_en=hoy,
    )
    return contexto


@pytest.fixture(scope="module")
def tenjo(datos_reales: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Raíz de Tenjo con su plan importado, su matriz recibida y el corte 2025-T3 publicado (sin PDF)."""
    raiz = tmp_path_factory.mktemp("tenjo")
    contexto = _recibida(raiz, datos_reales, 2025, "T3", "2025-10-10T09:00:00-05:00")
    corrida = correr(contexto, Opciones(con_pdf=False))
    assert not corrida.fallidos, [r.motivo for r in corrida.fallidos]
    return raiz


@pytest.fixture(scope="module")
def tablas(tenjo: Path) -> dict[str, pd.DataFrame]:
    """Tablas del corte publicado."""
    carpeta = Rutas(tenjo).procesados(abrir(2025, "T3", tenjo).corte)
    nombres = ("metas", "registros_pi", "hallazgos", "celdas", "entregas", "trazas", "insumos")
    return {n: leer_tabla(n, carpeta) for n in nombres}


@pytest.fixture(scope="module")
def publicado(datos_reales: Path) -> pd.DataFrame:
    """Lo que la matriz publica, leído aparte con openpyxl: avances por meta y ejecución financiera."""
    hoja = openpyxl.load_workbook(datos_reales / "tenjo" / LIBRO, data_only=True, read_only=True)["PDM"]
    columnas = {"avance_2024": "AV", "avance_2025": "BK", "financiera": "BT"}
    indices = {n: openpyxl.utils.column_index_from_string(letra) - 1 for n, letra in columnas.items()}
    filas = [
        {"codigo_meta": str(fila[17]), **{n: _razon(fila[i]) for n, i in indices.items()}}
        for fila in hoja.iter_rows(min_row=2, max_row=332, values_only=True)
    ]
    return pd.DataFrame(filas).set_index("codigo_meta")


def _razon(valor: object) -> float:
    """Valor publicado como razón; dos celdas son el texto '100%' (NOTES.md) y lo vacío es NaN."""
    if isinstance(valor, str) and valor.endswith("%"):
        return float(valor[:-1]) / 100
    return float(valor) if isinstance(valor, int | float) else math.nan


def test_se_publican_todos_los_informes_sin_rutas_del_equipo(tenjo: Path) -> None:
    reportes = tenjo / "reports" / "2025" / "T3"
    assert (reportes / "03_plan_indicativo" / "informe.html").is_file()
    assert len(list((reportes / "04_dependencia").glob("*/informe.html"))) == 15
    for ruta in reportes.rglob("*"):
        if ruta.suffix in {".html", ".json", ".csv"}:
            assert str(tenjo) not in ruta.read_text(encoding="utf-8"), ruta.name


@pytest.mark.parametrize("vigencia", [2024, 2025])
def test_el_avance_de_331_metas_es_el_publicado(
    tablas: dict[str, pd.DataFrame], publicado: pd.DataFrame, vigencia: int
) -> None:
    registros = tablas["registros_pi"].query("vigencia == @vigencia").set_index("codigo_meta")
    programado = registros["programado_vigencia"].fillna(0)
    # La matriz publica 0 donde no se programó nada; nosotros lo dejamos vacío: no es lo mismo que no avanzar.
    razon = (registros["ejecutado_vigencia"].fillna(0) / programado.where(programado > 0)).fillna(0)
    diferencia = (razon - publicado[f"avance_{vigencia}"]).abs()
    assert (len(diferencia), int((diferencia < 1e-6).sum())) == (331, 331)


def test_la_tabla_metas_da_el_mismo_avance_crudo_de_la_vigencia(
    tablas: dict[str, pd.DataFrame], publicado: pd.DataFrame
) -> None:
    metas = tablas["metas"].set_index("codigo_meta")
    crudo = metas["avance_crudo"]
    comparables = crudo.notna()
    assert (crudo[comparables] - publicado.loc[crudo.index[comparables], "avance_2025"]).abs().max() < 1e-6
    # Lo que queda vacío es, sin excepción, lo que no tiene programado: allí la matriz escribe 0.
    assert metas.loc[~comparables, "programado_vigencia"].fillna(0).eq(0).all()


def test_la_ejecucion_financiera_acumulada_es_la_publicada(
    tablas: dict[str, pd.DataFrame], publicado: pd.DataFrame
) -> None:
    dinero = (
        tablas["registros_pi"]
        .groupby("codigo_meta")[["compromisos_cop", "apropiacion_definitiva_cop"]]
        .sum(min_count=1)
    )
    apropiacion = dinero["apropiacion_definitiva_cop"]
    razon = dinero["compromisos_cop"] / apropiacion.where(apropiacion > 0)
    esperada = publicado.loc[razon.index, "financiera"]
    iguales = (razon - esperada).abs().lt(1e-6) | (razon.isna() & esperada.isna())
    assert (len(iguales), int(iguales.sum()), int(esperada.isna().sum())) == (331, 331, 29)


def test_cada_hallazgo_de_celda_cita_lo_que_la_celda_dice(
    tablas: dict[str, pd.DataFrame], datos_reales: Path
) -> None:
    hoja = openpyxl.load_workbook(datos_reales / "tenjo" / LIBRO, data_only=True)["PDM"]
    celdas = tablas["celdas"].dropna(subset=["valor_numero"]).sample(300, random_state=7)
    for celda in celdas.to_dict("records"):
        escrito = hoja[celda["celda"]].value
        if isinstance(escrito, int | float) and not celda["transformacion"]:
            assert math.isclose(escrito, celda["valor_numero"], rel_tol=1e-12), celda["celda"]


def test_el_resumen_dice_que_el_libro_se_acepto_con_observaciones(tenjo: Path) -> None:
    resumen = json.loads((tenjo / "reports" / "2025" / "T3" / "resumen.json").read_text(encoding="utf-8"))
    assert resumen["entregas"] == {"aceptada_con_observaciones": 1}
    assert resumen["metas"]["n_metas"] == 331
    assert resumen["datos_sinteticos"] is False


def test_los_problemas_conocidos_estan_en_su_fila(tablas: dict[str, pd.DataFrame]) -> None:
    hallazgos = tablas["hallazgos"]

    def filas(regla: str, instrumento: str = "pi") -> set[int]:
        elegidos = hallazgos[(hallazgos["regla"] == regla) & (hallazgos["instrumento"] == instrumento)]
        return {int(f) for f in elegidos["fila"].dropna()}

    # datos/tenjo/NOTES.md
    assert filas("PI-08") == {70, 95, 153, 154, 156, 157, 160, 166, 258, 328}  # NP con ejecución
    assert filas("PI-10") == {75}  # P sin nada programado
    assert filas("PLAN-05", "plan") == {229, 301}  # el producto no cuelga de su programa
    assert len(filas("PLAN-02", "plan")) == 1  # producto de 8 dígitos
    errores = hallazgos[(hallazgos["regla"] == "LIM-03") & (hallazgos["instrumento"] == "pi")]
    assert len(errores) == 5  # celdas con #DIV/0!
    repetidas = hallazgos[hallazgos["regla"] == "PI-18"]
    assert sorted(repetidas["columna"].value_counts()) == [100, 184]  # mismo encabezado, otro valor


def test_la_formula_impresa_con_lo_que_dicen_las_celdas_da_la_cifra(
    tablas: dict[str, pd.DataFrame], datos_reales: Path
) -> None:
    """Veinte metas al azar: con las celdas citadas, leídas aparte, la fórmula da lo publicado."""
    hoja = openpyxl.load_workbook(datos_reales / "tenjo" / LIBRO, data_only=True)["PDM"]
    metas = tablas["metas"].set_index("codigo_meta")
    trazas = tablas["trazas"].dropna(subset=["expresion"])
    elegidas = metas.index.to_series().sample(20, random_state=2025)
    revisadas = 0
    for traza in trazas[trazas["codigo_meta"].isin(elegidas)].itertuples():
        insumos = tablas["insumos"].query("codigo_meta == @traza.codigo_meta and medida == @traza.medida")
        valores = {(i.campo, int(i.vigencia)): float(hoja[i.celda].value) for i in insumos.itertuples()}
        cifra = evaluar(json.loads(traza.expresion), valores)
        assert math.isclose(cifra, metas.loc[traza.codigo_meta, traza.medida], rel_tol=1e-12, abs_tol=1e-12)
        revisadas += 1
    assert revisadas >= 40


def test_la_matriz_de_2024_cita_las_celdas_que_dieron_la_cifra_y_no_las_de_2025(
    datos_reales: Path, tmp_path: Path
) -> None:
    contexto = _recibida(tmp_path, datos_reales, 2024, "T4", "2025-01-20T09:00:00-05:00")
    ingerir(contexto)
    tablas = calcular_y_guardar(contexto)
    matriz = tablas["matriz"].set_index("codigo_meta")
    insumos = tablas["insumos"].query("campo == 'ejecutado_vigencia' and vigencia == 2024")
    citadas = insumos.drop_duplicates("codigo_meta").set_index("codigo_meta")["celda"]
    assert len(citadas) == 324
    assert (matriz["celda"].reindex(citadas.index) == citadas).all()
    # Fila 36 de la matriz publicada: 0,975 en AS (2024) y la de 2025 en BH.
    de_35 = matriz.loc["35", ["celda", "ejecutado", "declarado", "evidencia"]].tolist()
    assert de_35 == ["AS36", 0.975, 0.975, "META 35.docx"]


@pytest.mark.parametrize("agregacion", ["ponderada", "simple", "por_conteo"])
def test_la_cuenta_escrita_de_cada_nodo_da_lo_que_dice_la_tabla_indices(
    tenjo: Path, tablas: dict[str, pd.DataFrame], agregacion: str
) -> None:
    contexto = abrir(2025, "T3", tenjo)
    metodo = dataclasses.replace(contexto.config.metodo.metodo(), agregacion=agregacion)
    indices = calcular_indices(tablas["metas"], corte=contexto.corte, metodo=metodo)
    publicado = indices.set_index(["nivel", "codigo"])
    nodos = explicar_nodos(tablas["metas"], indices, corte=contexto.corte, metodo=metodo)
    assert len(nodos) == 3 * len(indices)
    for nodo in nodos:
        esperado = publicado.loc[(nodo.nivel, nodo.codigo), nodo.medida]
        if nodo.resultado is None or nodo.numerador is None or nodo.denominador is None:
            assert pd.isna(esperado)
        else:
            assert abs(nodo.resultado - esperado) <= 1e-12
            assert abs(nodo.numerador / nodo.denominador - esperado) <= 1e-12


# Diez alertas hechas a mano con las celdas de la matriz (docs/validacion.md) y la oración que debe salir.
ALERTAS_A_MANO = {
    # BH/BG = 0,15/0,95; (AY+BA+BC)/BG = 0,75/0,95; 0,15/0,75
    "ALE-03:160": "Avanzó 15,8 % y se esperaba 78,9 % al corte: 20,0 % de lo esperado, menos de 50 %.",
    # 0,06/0,10; 0,09/0,10
    "ALE-04:13": "Avanzó 60,0 % y se esperaba 90,0 % al corte: 66,7 % de lo esperado, menos de 75 %.",
    # 300/112,5
    "ALE-05:172": "Ejecutado 300 y programado 112,5 (Número): 266,7 %, más de 120 %.",
    # BL = NP y BH = 0,4
    "ALE-06:152": "La meta no está programada en 2025 y reporta una ejecución de 0,4 (Número).",
    # ritmo 0,4/0,8 con peso 0,8 y el del grupo, 1, con peso 0,2: 0,6; 0,4 + 0,2 × 0,6
    "ALE-16:49": (
        "Va en 40,0 % y se proyecta cerrar en 52,0 % (entre 40,0 % y 60,0 %), menos de 80 %. No hay historia "
        "suficiente de vigencias anteriores: se supone que lo programado que falta se cumple a 60,0 %, el "
        "ritmo de hoy."
    ),
    # 0,08 de 2024 + 0,04 de 2025 (0,1 + 0,5 × 0,6) + 0,4 × (0,1 + 0,1), sobre 0,4
    "ALE-17:36": ("Se proyecta cerrar el cuatrienio en 50,0 % de la meta (0,4 Porcentaje), menos de 80 %."),
    # 0,1 de 2024 + 0,06 de 2025 + 0,3 de 2026 + 0 de 2027, sobre 1
    "ALE-18:113": (
        "Si se cumple todo lo programado que falta, la meta del cuatrienio (1 Número) llega a 46,0 %, menos "
        "de 95 %."
    ),
    # AY, BA y BC en 0; BE = BG = 7; BH = 0
    "ALE-19:185": (
        "Va en 0,0 % y deja 100,0 % de la vigencia para el último trimestre; el programa esperaba 0,0 % al "
        "corte."
    ),
    # BO/BN = 3.060.000/3.060.000; BH/BG = 0,2/0,9
    "ALE-20:77": (
        "Ejecución financiera 100,0 % y avance físico 22,2 %: la diferencia es 77,8 % y se tolera 10,0 %."
    ),
    # BO = 0 y BW = 0, las dos columnas de compromisos; BN = 10.000.000
    "ALE-22:100": "Compromisos por $ 0 de una apropiación de $ 10.000.000: 0,0 %, menos de 50 %.",
}


@pytest.fixture(scope="module")
def alertas(tenjo: Path, tablas: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Alertas del corte con todas las tablas que tiene Tenjo."""
    contexto = abrir(2025, "T3", tenjo)
    carpeta = Rutas(tenjo).procesados(contexto.corte)
    return alertar_con_historia(
        contexto, tablas["metas"], leer_tabla("indices", carpeta), insumos=tablas["insumos"]
    ).alertas


def test_diez_alertas_dicen_lo_que_da_la_cuenta_hecha_a_mano_con_la_matriz(alertas: pd.DataFrame) -> None:
    vistas = alertas.set_index("id_alerta")
    assert vistas.loc[list(ALERTAS_A_MANO), "evidencia"].to_dict() == ALERTAS_A_MANO
    assert (vistas.loc[list(ALERTAS_A_MANO), "celda"] == [
        "BH161", "BH14", "BH173", "BH153", "BH50", "BH37", "BH114", "BH186", "BH78", "BH101",
    ]).all()  # fmt: skip


def test_los_conteos_por_regla_son_los_de_la_pagina_de_validacion(alertas: pd.DataFrame) -> None:
    pagina = (EJEMPLO.parents[2] / "docs" / "validacion.md").read_text(encoding="utf-8")
    escritos = {r: int(n) for r, n in re.findall(r"^\| (ALE-\d+) · [^|]+ \| (\d+) \|", pagina, re.MULTILINE)}
    assert escritos == alertas["regla"].value_counts().to_dict()
    assert f"{sum(escritos.values())} alertas sobre 331 metas" in pagina


def test_donde_la_matriz_se_contradice_el_dinero_no_alerta(
    alertas: pd.DataFrame, tablas: dict[str, pd.DataFrame]
) -> None:
    hallazgos = tablas["hallazgos"]
    discutidas = set(hallazgos.loc[hallazgos["regla"] == "PI-18", "codigo_meta"])
    del_dinero = alertas["regla"].isin(["ALE-20", "ALE-22", "ALE-27", "ALE-28"])
    assert len(discutidas) > 100
    assert not discutidas & set(alertas.loc[del_dinero, "codigo"])
