"""El método contra cifras publicadas en libros públicos reales, leídos aquí con openpyxl."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
from cifras_publicadas import explicacion_dnp, promedio_del_arbol, suma_ponderada
from openpyxl.utils import column_index_from_string

from pipeline.indices import calcular_indices, calcular_metas
from pipeline.indices.finanzas import razon
from pipeline.indices.formulas import avance_crudo, codigos_de_tipo
from pipeline.indices.promedios import promedio
from pipeline.modelo import Corte, Metodo, Periodo

pytestmark = pytest.mark.reales
VIGENCIAS = (2024, 2025, 2026, 2027)


def filas_del_libro(ruta: Path, hoja: str | int = 0) -> list[tuple]:
    libro = openpyxl.load_workbook(ruta, data_only=True, read_only=True)
    pagina = libro.worksheets[hoja] if isinstance(hoja, int) else libro[hoja]
    return list(pagina.iter_rows(values_only=True))


def numeros(valores) -> np.ndarray:
    """Los números de una columna; NaN en lo demás (en el DNP, un espacio es vacío)."""
    return np.array([v if isinstance(v, int | float) else np.nan for v in valores], dtype=np.float64)


# ------------------------------------------------------------------------------------------- DNP
ENTIDADES_DNP = ("25126", "25295", "25799")
CONTRADICCIONES_DEL_DNP = {("25126", 2024): 1}
"""Una celda publica ejecutado 1, programado 1 y avance 1 con la etiqueta «por debajo»: se contradice sola."""


def hoja_dnp(datos_reales: Path, entidad: str, hoja: str) -> pd.DataFrame:
    filas = filas_del_libro(datos_reales / "seguimiento_dnp" / f"Alertas-{entidad}.xlsx", hoja)
    encabezado = next(i for i, fila in enumerate(filas) if fila[0] == "Consecutivos IP (SisPT)")
    return pd.DataFrame(filas[encabezado + 1 :], columns=filas[encabezado], dtype=object).dropna(
        subset=["Consecutivos IP (SisPT)"]
    )


def tiene_bpin(tabla: pd.DataFrame) -> np.ndarray:
    return tabla["Códigos BPIN Asociados"].map(lambda b: bool(str(b or "").strip())).to_numpy(dtype=bool)


@pytest.mark.parametrize("vigencia", [2024, 2025])
@pytest.mark.parametrize("entidad", ENTIDADES_DNP)
def test_avance_fisico_y_explicacion_del_dnp_se_reproducen_celda_a_celda(datos_reales, entidad, vigencia):
    tabla = hoja_dnp(datos_reales, entidad, "Detalle seguimiento físico")
    ejecutado = numeros(tabla[f"Ejecución Física {vigencia} (PIIP)"])
    programado = numeros(tabla[f"Programado {vigencia} (SisPT)"])
    publicado = numeros(tabla[f"Avance físico {vigencia} (%)"])
    # El DNP aplica E / P a todo, acumulativo o no: es nuestra fórmula sin descontar la línea base.
    tipo = codigos_de_tipo(np.where(tabla["Acumulativo"] == "Si", "acumulado", "stock"))
    sin_base = np.full(len(tabla), np.nan)
    calculado = avance_crudo(tipo, ejecutado, programado, sin_base, descuenta_linea_base=False)
    assert len(tabla) > 100
    np.testing.assert_allclose(calculado, publicado, rtol=0, atol=1e-6)  # NaN solo iguala a NaN
    etiquetas = explicacion_dnp(ejecutado, programado, tiene_bpin(tabla), sistema="PIIP")
    publicadas = tabla[f"Explicación del valor {vigencia}"].to_numpy()
    distintas = tabla.loc[etiquetas != publicadas, "Consecutivos IP (SisPT)"].tolist()
    assert len(distintas) == CONTRADICCIONES_DEL_DNP.get((entidad, vigencia), 0)
    for fila in np.flatnonzero(etiquetas != publicadas):
        assert ejecutado[fila] == programado[fila]
        assert publicadas[fila].startswith("Lo ejecutado está por debajo")


@pytest.mark.parametrize("vigencia", [2024, 2025])
@pytest.mark.parametrize("entidad", ENTIDADES_DNP)
def test_obligaciones_sobre_programado_y_explicacion_del_dnp_se_reproducen(datos_reales, entidad, vigencia):
    tabla = hoja_dnp(datos_reales, entidad, "Detalle seguimiento financiero")
    obligado = numeros(tabla[f"Obligaciones {vigencia} (CUIPO)"])
    programado = numeros(tabla[f"Programado {vigencia} (SisPT)"])
    publicado = numeros(tabla[f"Obligaciones como % de lo programado ({vigencia})"])
    np.testing.assert_allclose(razon(obligado, programado), publicado, rtol=0, atol=1e-6)
    etiquetas = explicacion_dnp(obligado, programado, tiene_bpin(tabla), sistema="CUIPO")
    assert (etiquetas == tabla[f"Explicación del valor {vigencia}"].to_numpy()).all()


def test_las_ocho_etiquetas_del_dnp_aparecen_en_los_informes(datos_reales):
    vistas = set()
    for entidad in ENTIDADES_DNP:
        tabla = hoja_dnp(datos_reales, entidad, "Detalle seguimiento físico")
        vistas |= {e for v in (2024, 2025) for e in tabla[f"Explicación del valor {v}"]}
    assert len(vistas) == 8


# ------------------------------------------------------------------------------------ Gachancipá
def gachancipa(datos_reales: Path) -> pd.DataFrame:
    """Las 212 filas con datos: programado y ejecutado de 2025, avance publicado y estado P / NP."""
    filas = filas_del_libro(datos_reales / "gachancipa" / "PlanIndicativo.xlsx")
    columnas = {"programado": 29, "ejecutado": 30, "publicado": 33, "estado": 34}
    con_datos = [fila for fila in filas[1:] if isinstance(fila[33], int | float) and fila[13]]  # con meta
    return pd.DataFrame({n: [fila[i] for fila in con_datos] for n, i in columnas.items()})


def test_gachancipa_reproduce_las_212_metas(datos_reales):
    tabla = gachancipa(datos_reales)
    assert len(tabla) == 212
    crudo = avance_crudo(
        codigos_de_tipo(["flujo"] * 212),
        numeros(tabla["ejecutado"]),
        numeros(tabla["programado"]),
        np.full(212, np.nan),
    )
    # El municipio publica 0 donde no programó; nosotros, vacío. En el resto, lo mismo.
    np.testing.assert_allclose(np.nan_to_num(crudo), numeros(tabla["publicado"]), rtol=0, atol=1e-6)
    assert np.isnan(crudo).sum() == 48


@pytest.mark.parametrize(
    ("caso", "no_programada", "publicable"),
    [
        ("todas las filas, lo no programado en cero", "cero", 0.6452),
        ("las declaradas P, lo no programado en cero", "cero", 0.7728),
        ("solo las programadas", "excluir", 0.8340),
    ],
)
def test_gachancipa_da_tres_promedios_segun_la_opcion(datos_reales, caso, no_programada, publicable):
    tabla = gachancipa(datos_reales)
    if "declaradas" in caso:
        tabla = tabla[tabla["estado"].astype(str).str.strip() == "P"].reset_index(drop=True)
    base = pd.DataFrame(
        {
            "codigo_meta": [f"{n:03}" for n in range(len(tabla))],
            "tipo_meta": "flujo",
            "programado_vigencia": numeros(tabla["programado"]),
            "ejecutado_vigencia": numeros(tabla["ejecutado"]),
        }
    )
    base["estado_reporte"] = np.where(base["programado_vigencia"] > 0, "reportada", "no_programada")
    corte, metodo = (
        Corte(vigencia=2025, periodo=Periodo.T4),
        Metodo(agregacion="simple", no_programada=no_programada),
    )
    historia = base[["codigo_meta", "programado_vigencia", "ejecutado_vigencia"]].assign(vigencia=2025)
    metas = calcular_metas(base, historia, corte=corte, metodo=metodo, vigencias=VIGENCIAS)
    plan = calcular_indices(metas, corte=corte, metodo=metodo).iloc[0]
    assert plan["avance"] == pytest.approx(publicable, abs=5e-5)


# ----------------------------------------------------------------------------------------- Tenjo
def columna_tenjo(filas: list[tuple], letra: str) -> np.ndarray:
    """Las 331 metas de una columna; dos celdas traen el porcentaje como texto."""
    posicion = column_index_from_string(letra) - 1
    valores = [fila[posicion] for fila in filas[1:332]]
    return numeros([float(v.strip("%")) / 100 if isinstance(v, str) and "%" in v else v for v in valores])


@pytest.mark.parametrize(("planeado", "ejecutado", "publicado"), [("AR", "AS", "AV"), ("BG", "BH", "BK")])
def test_tenjo_reproduce_el_avance_publicado_de_331_metas(datos_reales, planeado, ejecutado, publicado):
    filas = filas_del_libro(datos_reales / "tenjo" / "PLAN INDICATIVO TENJO.xlsx", "PDM")
    crudo = avance_crudo(
        codigos_de_tipo(["flujo"] * 331),
        columna_tenjo(filas, ejecutado),
        columna_tenjo(filas, planeado),
        np.full(331, np.nan),
    )
    # Tenjo publica 0 donde no planeó; nosotros, vacío.
    np.testing.assert_allclose(np.nan_to_num(crudo), columna_tenjo(filas, publicado), rtol=0, atol=1e-6)


def test_tenjo_reproduce_la_ejecucion_financiera_de_331_metas(datos_reales):
    filas = filas_del_libro(datos_reales / "tenjo" / "PLAN INDICATIVO TENJO.xlsx", "PDM")
    compromisos, apropiacion = (
        np.nan_to_num(columna_tenjo(filas, una)) + np.nan_to_num(columna_tenjo(filas, otra))
        for una, otra in (("BO", "BQ"), ("BN", "BP"))
    )
    publicado = columna_tenjo(filas, "BT")
    np.testing.assert_allclose(razon(compromisos, apropiacion), publicado, rtol=0, atol=1e-6)


# ---------------------------------------------------------------------------------------- Ibagué
def plantilla_ibague(datos_reales: Path) -> tuple[pd.DataFrame, dict[str, tuple]]:
    carpeta = datos_reales / "ibague_plantillas"
    plan = [f for f in filas_del_libro(carpeta / "Plantilla_Plan_CC.xlsx")[1:] if f[2]]
    nodos = pd.DataFrame([f[2:13] for f in plan], columns=[
        "id", "nivel", "peso", "responsable", "indicador", "linea_base", "meta", "p1", "p2", "p3", "p4",
    ])  # fmt: skip
    nodos["id"] = nodos["id"].astype(str)
    ejecucion = filas_del_libro(carpeta / "Plantilla_Ejecuciones_Fisicas.xlsx")[1:]
    return nodos, {str(f[0]): f[1:5] for f in ejecucion if f[0]}


def sector_educacion(datos_reales: Path, *, excluye_np: bool, cumplido: bool = False) -> float:
    """Educación (nodo 1.1), año 1: metas con tope y pesos de cada nivel del árbol."""
    nodos, ejecucion = plantilla_ibague(datos_reales)
    metas = nodos[nodos["nivel"] == "Meta"]
    programado = metas["p1"].to_numpy(dtype=np.float64)
    ejecutado = numeros([ejecucion[i][0] for i in metas["id"]])
    ejecutado = programado if cumplido else ejecutado
    crudo = avance_crudo(
        codigos_de_tipo(["flujo"] * len(metas)), ejecutado, programado, np.full(len(metas), np.nan)
    )
    valores = np.clip(crudo if excluye_np else np.nan_to_num(crudo), 0, 1)
    arbol = nodos[nodos["id"].str.startswith("1.1")]
    padres = {i: i.rpartition(".")[0] if i != "1.1" else None for i in arbol["id"]}
    pesos = dict(zip(arbol["id"], arbol["peso"].astype(float), strict=True))
    return promedio_del_arbol(dict(zip(metas["id"], valores, strict=True)), pesos, padres)["1.1"]


def test_educacion_de_ibague_da_29_o_944_segun_lo_no_programado(datos_reales):
    assert round(sector_educacion(datos_reales, excluye_np=False), 3) == 0.290
    assert round(sector_educacion(datos_reales, excluye_np=True), 3) == 0.944


def test_con_todo_cumplido_contar_lo_no_programado_como_cero_publica_31_por_ciento(datos_reales):
    assert round(sector_educacion(datos_reales, excluye_np=False, cumplido=True), 2) == 0.31
    assert sector_educacion(datos_reales, excluye_np=True, cumplido=True) == 1.0


def test_redondear_por_dentro_publica_98_por_ciento_con_todo_cumplido(datos_reales):
    # El subprograma 1.1.1.3 tiene 14 metas de peso 100/14 = 7,14; redondeado a dos decimales por meta, como
    # `Board.tsx`, 14 × 0,07 = 0,98. Sin redondear por dentro es exactamente 1.
    nodos, _ = plantilla_ibague(datos_reales)
    suyas = nodos[nodos["id"].str.fullmatch(r"1\.1\.1\.3\.\d+")]
    pesos = suyas["peso"].to_numpy(dtype=np.float64)
    assert sum(round(p / 100, 2) for p in pesos) == pytest.approx(0.98)
    assert promedio(np.ones(14), pesos, np.zeros(14, dtype=np.int64), 1)[0] == 1.0


# ------------------------------------------------------------------------------------------ Cali
def razon_escrita(valor) -> float:
    """Cuatro celdas traen el texto «4.00%»."""
    return float(valor.strip("%")) / 100 if isinstance(valor, str) else float(valor)


def agrupar_cali(datos_reales: Path) -> tuple[list[tuple], list[tuple]]:
    """(suma ponderada, publicado) de cada producto y de cada proyecto del Cuadro 1S, I trimestre de 2025."""
    filas = filas_del_libro(datos_reales / "cali" / "CUADRO 1S_I Trimestre 2025.xlsx")[9:]
    actividades, productos = defaultdict(list), defaultdict(dict)
    for f in (f for f in filas if isinstance(f[13], int | float)):
        producto = (f[8], f[24], f[25])  # BP del proyecto, código y nombre del producto MGA
        actividades[producto].append((f[13], f[14], f[31]))
        productos[f[8]].setdefault(producto, (f[28], f[31], f[41]))
    return (
        [_comparar(grupo) for grupo in actividades.values()],
        [_comparar(list(grupo.values())) for grupo in productos.values()],
    )


def _comparar(grupo: list[tuple]) -> tuple[float, float]:
    pesos, valores, publicados = (np.array([razon_escrita(g[i]) for g in grupo]) for i in range(3))
    suma = suma_ponderada(valores, pesos, np.zeros(len(grupo), dtype=np.int64), 1)
    return float(suma[0]), float(publicados[0])


def reproducidos(comparados: list[tuple[float, float]]) -> tuple[int, int]:
    return sum(abs(calculado - publicado) <= 1e-4 for calculado, publicado in comparados), len(comparados)


def test_cali_reproduce_productos_y_proyectos(datos_reales):
    productos, proyectos = agrupar_cali(datos_reales)
    assert reproducidos(productos) == (656, 657)
    # LEEME.md da al menos 556; con los textos «4.00%» leídos como 0,04 salen todos.
    assert reproducidos(proyectos) == (559, 559)
