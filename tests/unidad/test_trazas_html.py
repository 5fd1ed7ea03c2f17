"""De cada cifra a su traza en el HTML: anclas que no chocan, enlaces que llegan y texto hostil como texto."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.config import cargar_config
from pipeline.esquemas import crear_tabla
from pipeline.graficos import distribucion_por_banda
from pipeline.hipertexto import ancla_de_libro, ancla_de_traza, quitar_enlaces_de_traza, sanear
from pipeline.informes import DatosInforme, auditar_html, textos
from pipeline.informes.bloques import Cifra, cifras
from pipeline.informes.pdf import SOLO_HTML
from pipeline.modelo import Corte, Periodo
from pipeline.tablas import Columna, tabla, tabla_del_informe

PROYECTO = Path(__file__).resolve().parents[2]
HOSTIL = '"><img src=x onerror=alert(1)> M_1'
LIBRO = "a" * 64


def _en_pagina(fragmento: str) -> str:
    cabeza = '<!DOCTYPE html><html lang="es-CO"><head><title>t</title></head>'
    return f"{cabeza}<body><main><h1>t</h1><h2>s</h2>{fragmento}</main></body></html>"


def _datos(codigo: str = "M1", dependencia: str = "") -> DatosInforme:
    """Un plan de una línea y una meta, con su traza y su celda."""
    corte = {"vigencia": 2025, "periodo": "T3"}
    meta = {
        **corte,
        "codigo_meta": codigo,
        "nombre_meta": HOSTIL,
        "linea": "L<1>",
        "nombre_linea": "Línea",
        "dependencia": "SSAL",
        "ponderador": 0.25,
        "estado_reporte": "reportada",
        "avance": 0.457,
    }
    nodos = [("plan", "PLAN"), ("linea", "L<1>"), ("dependencia", "SSAL")]
    nodos = nodos[-1:] if dependencia else nodos
    cuentas = dict.fromkeys(
        ["n_metas", "n_programadas", "n_reportadas", "n_sin_reporte", "n_devueltas", "n_no_programadas"], 1
    )
    celda = {
        "codigo_meta": codigo,
        "campo": "ejecutado_vigencia",
        "vigencia": 2025,
        "valor": 45.7,
        "archivo": "libro <b>.xlsx",
        "sha256": LIBRO,
        "hoja": "Hoja",
        "celda": "Q8",
        "valor_crudo": HOSTIL,
        "transformacion": "se quitó «%»",
    }
    return DatosInforme(
        config=cargar_config(PROYECTO),
        corte=Corte(vigencia=2025, periodo=Periodo.T3),
        es_demostracion=False,
        dependencia=dependencia,
        plan=crear_tabla("plan"),
        entregas=crear_tabla("entregas"),
        hallazgos=crear_tabla("hallazgos"),
        alertas=crear_tabla("alertas"),
        metas=crear_tabla("metas", [meta]),
        indices=crear_tabla(
            "indices", [{**corte, **cuentas, "nivel": n, "codigo": c, "avance": 0.457} for n, c in nodos]
        ),
        trazas=crear_tabla(
            "trazas",
            [{"codigo_meta": codigo, "medida": "avance", "formula": "Avance = 45,7 / 100 = 45,7 %."}],
        ),
        trazas_nodos=crear_tabla(
            "trazas_nodos", [{"nivel": n, "codigo": c, "medida": "avance", "formula": "x"} for n, c in nodos]
        ),
        origenes=crear_tabla("insumos", [{**celda, "medida": m} for m in ("avance", "avance_cuatrienio")]),
    )


def _pagina(datos: DatosInforme) -> str:
    nivel = "nivel_dependencia" if datos.dependencia else "nivel_linea"
    indices = datos.nivel("dependencia" if datos.dependencia else "linea")
    partes = [
        textos.cifras_clave(datos).contenido,
        tabla_del_informe(nivel, indices).html,
        tabla_del_informe("matriz", datos.matriz).html,
        tabla_del_informe("insumos", datos.insumos).html,
        textos.trazas(datos).contenido,
    ]
    return _en_pagina("".join(partes))


@given(st.text(max_size=200), st.text(max_size=200))
def test_dos_codigos_distintos_dan_siempre_dos_anclas_distintas(uno: str, otro: str) -> None:
    assert (sanear(uno) == sanear(otro)) == (uno == otro)


@given(st.text(max_size=300))
def test_un_ancla_solo_lleva_caracteres_que_no_hay_que_escapar(codigo: str) -> None:
    assert re.fullmatch(r"[A-Za-z0-9._-]*", sanear(codigo))
    assert len(sanear(codigo)) <= 100


@pytest.mark.parametrize("codigo", ["M1", HOSTIL, "</details>", "1.2.3", "ñ", "M 1", "x" * 500])
@pytest.mark.parametrize("dependencia", ["", "SSAL"])
def test_todo_enlace_lleva_a_un_bloque_y_ningun_codigo_rompe_la_pagina(codigo: str, dependencia: str) -> None:
    pagina = _pagina(_datos(codigo, dependencia))
    assert auditar_html(pagina) == []
    assert f'href="#{ancla_de_traza("meta", codigo)}"' in pagina
    assert f'id="{ancla_de_traza("meta", codigo)}"' in pagina
    assert "<img" not in pagina


def test_el_bloque_de_una_meta_trae_formula_celda_valor_escrito_transformacion_y_la_vuelta() -> None:
    anexo = textos.trazas(_datos()).contenido
    bloque = anexo[anexo.index('id="traza-meta-M1"') :]
    assert "45,7\xa0%." in bloque
    celda = f'ejecutado 2025 = 45,7: <a href="#{ancla_de_libro(LIBRO)}">libro &lt;b&gt;.xlsx</a> › Hoja › Q8'
    assert celda in bloque
    assert "escrito «&quot;&gt;&lt;img src=x" in bloque
    assert "; se quitó «%»" in bloque
    assert "Peso en el plan: 0,25." in bloque
    assert 'href="#traza-linea-L_3c_1_3e_"' in bloque
    assert 'href="#traza-dependencia-SSAL"' in bloque


def test_un_valor_que_entra_a_dos_cifras_sale_una_sola_vez() -> None:
    assert textos.trazas(_datos()).contenido.count("ejecutado 2025 = ") == 1


def test_el_nodo_enlaza_lo_que_lo_compone() -> None:
    anexo = textos.trazas(_datos()).contenido
    plan = anexo[anexo.index('id="traza-plan-PLAN"') : anexo.index('id="traza-linea-')]
    assert 'href="#traza-linea-L_3c_1_3e_"' in plan
    linea = anexo[anexo.index('id="traza-linea-') :]
    assert 'Metas: <a href="#traza-meta-M1">' in linea


def test_un_libro_de_otra_vigencia_que_sustenta_una_cifra_esta_entre_los_insumos() -> None:
    insumos = _datos().insumos
    assert list(insumos["sha256"]) == [LIBRO]
    assert list(insumos["contenido"]) == ["Cierre de vigencias anteriores"]


def test_el_mismo_libro_dos_veces_lleva_una_sola_ancla() -> None:
    datos = pd.DataFrame({"sha256": [LIBRO, LIBRO]})
    columna = Columna(campo="sha256", titulo="SHA-256", formato="huella", ancla="libro")
    assert tabla(datos, [columna], titulo="t").html.count(f'id="{ancla_de_libro(LIBRO)}"') == 1


def test_el_enlace_dice_a_que_va_y_lo_que_falta_lleva_a_su_porque() -> None:
    datos = pd.DataFrame({"codigo_meta": ["M1", "M2"], "avance": [0.457, None]})
    columnas = [Columna(campo="avance", titulo="Avance", formato="porcentaje", traza="meta")]
    html = tabla(datos, columnas, titulo="t").html
    assert 'href="#traza-meta-M1" aria-label="45,7 %: de dónde sale">45,7 %</a>' in html
    assert 'href="#traza-meta-M2" aria-label="s. d.: por qué no hay dato">' in html


def test_en_el_pdf_no_queda_anexo_ni_enlace_y_dice_donde_esta() -> None:
    en_pdf = quitar_enlaces_de_traza(SOLO_HTML.sub("", _pagina(_datos())))
    assert "traza-" not in en_pdf
    assert "edición HTML" in en_pdf
    assert "45,7 %" in en_pdf
    assert auditar_html(en_pdf) == []


def test_la_figura_dice_de_donde_salen_sus_cifras_y_sin_anexo_calla() -> None:
    bandas = pd.DataFrame({"semaforo": ["critico"], "n_metas": [2], "proporcion": [1.0]})
    figura = distribucion_por_banda(bandas, "2025 T3")
    assert figura is not None
    html = figura._repr_html_()
    assert '<a class="traza" href="#trazas-meta">De dónde salen las cifras</a>' in html
    assert "De dónde salen" not in quitar_enlaces_de_traza(html)


def test_una_cifra_clave_sin_traza_no_enlaza() -> None:
    assert "<a" not in cifras([Cifra(nombre="Alertas", valor="3")]).contenido
