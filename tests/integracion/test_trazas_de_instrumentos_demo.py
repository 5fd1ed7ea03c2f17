"""Las cifras publicadas del POAI y del Plan de Acción, rehechas con openpyxl desde las celdas que citan."""

from __future__ import annotations

import hashlib
import html
import re
from functools import cache
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from pipeline.errores import ErrorConfiguracion
from pipeline.esquemas import leer_tabla
from pipeline.flujo import abrir
from pipeline.flujo.explicar import explicar
from pipeline.formato_es import exacto

pytestmark = pytest.mark.integracion
RENGLON = re.compile(r'<li><a href="#(columnas-(\w+)-[^"]+)">[^<]+ › ([^<]+)</a>: filas? ([^<]+)</li>')

CELDA = re.compile(
    r'<li>(programado|ejecutado) 2025 = [^:]+: <a href="#libro-(\w+)">[^<]+</a> › ([^<]+?) › ([A-Z]+\d+)'
)


def bloques(pagina: str, nivel: str) -> dict[str, str]:
    patron = rf'<div class="bloque-traza" id="traza-{nivel}-([^"]+)">(.*?)</div>'
    return dict(re.findall(patron, pagina, re.DOTALL))


def numeros_de_fila(escritas: str) -> list[int]:
    filas: list[int] = []
    for parte in re.split(r", | y ", escritas):
        desde, _, hasta = parte.partition(" a ")
        filas += range(int(desde), int(hasta or desde) + 1)
    return filas


class Libros:
    """Los libros recibidos, por el comienzo de su huella, abiertos una vez."""

    def __init__(self, crudos: Path) -> None:
        rutas = {hashlib.sha256(r.read_bytes()).hexdigest()[:16]: r for r in crudos.rglob("*.xlsx")}
        self.abrir = cache(lambda huella: openpyxl.load_workbook(rutas[huella], data_only=True))

    def valor(self, huella: str, hoja: str, celda: str) -> Any:
        return self.abrir(huella)[html.unescape(hoja)][celda].value


def test_las_razones_del_poai_por_fuente_se_rehacen_sumando_las_celdas_citadas(cortes_demo: Path) -> None:
    pagina = (cortes_demo / "reports/2025/T3/05_poai/informe.html").read_text(encoding="utf-8")
    columnas = {
        ancla: dict(re.findall(r"(compromisos|apropiación definitiva) en ([A-Z]+)", texto))
        for ancla, texto in re.findall(r'<span id="(columnas-[^"]+)">.*?</span>: ([^<]+)</li>', pagina)
    }
    indices = leer_tabla("indices_poai", cortes_demo / "data/processed/2025/T3")
    publicadas = indices[indices["nivel"] == "fuente"].set_index("codigo")["razon_compromisos"]
    libros = Libros(cortes_demo / "data/raw/2025/T3/poai")
    hallados = bloques(pagina, "fuente")
    assert set(hallados) == set(publicadas.index) and len(hallados) > 5
    for codigo, bloque in hallados.items():
        sumas = dict.fromkeys(("compromisos", "apropiación definitiva"), 0.0)
        for ancla, huella, hoja, filas in RENGLON.findall(bloque):
            for fila in numeros_de_fila(filas):
                for campo, columna in columnas[ancla].items():
                    sumas[campo] += libros.valor(huella, hoja, f"{columna}{fila}")
        razon = sumas["compromisos"] / sumas["apropiación definitiva"]
        assert razon == pytest.approx(publicadas[codigo], abs=1e-12), codigo


def test_el_indice_de_cada_actividad_sale_de_las_celdas_citadas(cortes_demo: Path) -> None:
    pagina = (cortes_demo / "reports/2025/T3/06_plan_accion/informe.html").read_text(encoding="utf-8")
    actividades = leer_tabla("actividades", cortes_demo / "data/processed/2025/T3")
    publicados = actividades.set_index("id_actividad")["indice_fisico_crudo"].dropna()
    libros = Libros(cortes_demo / "data/raw/2025/T3/pa")
    hallados = {c.replace("_2f_", "/"): b for c, b in bloques(pagina, "actividad").items()}
    assert set(hallados) == set(actividades["id_actividad"])
    for codigo, indice in publicados.iloc[::12].items():
        citadas = {campo: libros.valor(*lugar) for campo, *lugar in CELDA.findall(hallados[str(codigo)])}
        assert citadas["ejecutado"] / citadas["programado"] == pytest.approx(indice, abs=1e-12), codigo


def test_toda_cifra_enlazada_del_poai_y_del_plan_de_accion_llega_a_su_bloque(cortes_demo: Path) -> None:
    for informe in ("05_poai", "06_plan_accion"):
        pagina = (cortes_demo / f"reports/2025/T3/{informe}/informe.html").read_text(encoding="utf-8")
        enlaces = set(re.findall(r'<a class="traza" href="#([^"]+)"', pagina))
        assert len(enlaces) > 50
        assert enlaces <= set(re.findall(r'id="([^"]+)"', pagina)), informe


def test_explicar_dice_de_un_nodo_lo_de_los_tres_instrumentos_y_donde_esta(cortes_demo: Path) -> None:
    contexto = abrir(2025, "T3", cortes_demo)
    texto = str(explicar(contexto, "dependencia:SEDU"))
    for titulo in (
        "Plan Indicativo\n  Avance de 2025 = ",
        "POAI\n  CDP / apropi",
        "Plan de Acción\n  Índice físico",
    ):
        assert titulo in texto
    indices = leer_tabla("indices_poai", cortes_demo / "data/processed/2025/T3").set_index(
        ["nivel", "codigo"]
    )
    pagos = indices.loc[("dependencia", "SEDU"), "pagos_cop"]
    assert f"Pagos / apropiación definitiva = {exacto(float(pagos))} / " in texto
    assert re.search(r"POAI_2025-T3_SEDU\.xlsx › POAI: filas 8 a \d+; apropiación inicial en [A-Z]+", texto)


def test_explicar_un_nodo_que_no_existe_propone_el_mas_parecido(cortes_demo: Path) -> None:
    with pytest.raises(ErrorConfiguracion, match="¿Quiso decir «dependencia:SEDU»?"):
        explicar(abrir(2025, "T3", cortes_demo), "dependencia:SEDUU")
