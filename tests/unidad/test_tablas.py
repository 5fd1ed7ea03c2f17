"""Las tablas de los informes: accesibles, en formato es-CO y a prueba de texto hostil."""

from __future__ import annotations

import pandas as pd
import pytest

from pipeline.errores import ErrorInforme
from pipeline.informes.auditoria import auditar_html
from pipeline.tablas import Columna, tabla, tabla_del_informe

NOMBRE = Columna(campo="nombre", titulo="Nombre")
AVANCE = Columna(campo="avance", titulo="Avance", formato="porcentaje", motivo="no hay reporte")


def _datos(**columnas: list[object]) -> pd.DataFrame:
    return pd.DataFrame(columnas)


def _en_pagina(fragmento: str) -> str:
    cabeza = '<!DOCTYPE html><html lang="es-CO"><head><title>t</title></head>'
    return f"{cabeza}<body><main><h1>t</h1>{fragmento}</main></body></html>"


def test_la_tabla_tiene_titulo_y_alcance_en_cada_encabezado() -> None:
    html = tabla(_datos(nombre=["Salud"], avance=[0.5]), [NOMBRE, AVANCE], titulo="Avance").html
    assert "<caption" in html
    assert html.count('scope="col"') == 2
    assert html.count('scope="row"') == 1
    assert auditar_html(_en_pagina(html)) == []


def test_los_numeros_van_en_formato_colombiano_y_a_la_derecha() -> None:
    columnas = [NOMBRE, AVANCE, Columna(campo="valor", titulo="Valor", formato="pesos")]
    html = tabla(_datos(nombre=["a"], avance=[0.4125], valor=[1234567.0]), columnas, titulo="t").html
    assert '<td class="num">41,3 %</td>' in html
    assert '<td class="num">$ 1.234.567</td>' in html


@pytest.mark.parametrize("ausente", [None, float("nan"), pd.NA])
def test_el_faltante_dice_sin_dato_y_su_motivo_y_nunca_cero(ausente: object) -> None:
    html = tabla(_datos(nombre=["a"], avance=[ausente]), [NOMBRE, AVANCE], titulo="t").html
    assert '<span class="falta">s. d.</span>' in html
    assert "s. d. = sin dato. Avance: no hay reporte." in html
    assert "0,0 %" not in html


def test_el_cero_es_un_dato_y_no_un_faltante() -> None:
    html = tabla(_datos(nombre=["a"], avance=[0.0]), [NOMBRE, AVANCE], titulo="t").html
    assert "0,0 %" in html
    assert "s. d." not in html


def test_sin_faltantes_no_hay_nota_de_faltantes() -> None:
    html = tabla(_datos(nombre=["a"], avance=[0.5]), [NOMBRE, AVANCE], titulo="t").html
    assert "sin dato" not in html


@pytest.mark.parametrize(
    "hostil",
    [
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "<!--/solo-html--><b>",
        "</td></tr></table>",
    ],
)
def test_el_texto_hostil_sale_como_texto(hostil: str) -> None:
    html = tabla(_datos(nombre=[hostil]), [NOMBRE], titulo="t").html
    assert hostil not in html
    assert "<script" not in html
    assert "<img" not in html
    assert "&lt;" in html


def test_las_marcas_de_direccion_y_los_controles_quedan_a_la_vista() -> None:
    html = tabla(_datos(nombre=["a\u202eb\x07c\u200bd"]), [NOMBRE], titulo="t").html
    assert "a\ufffdb\ufffdc\ufffdd" in html


def test_un_texto_enorme_se_corta_diciendo_cuanto_falta() -> None:
    html = tabla(_datos(nombre=["x" * 10_000]), [NOMBRE], titulo="t").html
    assert "[9.600 caracteres más en el libro]" in html
    assert "x" * 401 not in html


def test_el_semaforo_es_palabra_forma_y_color() -> None:
    columna = Columna(campo="semaforo", titulo="Semáforo", formato="semaforo")
    html = tabla(_datos(nombre=["a"], semaforo=["critico"]), [NOMBRE, columna], titulo="t").html
    assert "Crítico" in html
    assert '<span class="forma" aria-hidden="true" style="color:#801650">■</span>' in html


def test_cada_banda_tiene_una_forma_distinta() -> None:
    from pipeline.modelo import Semaforo
    from pipeline.tablas import _semaforos

    formas = [_semaforos()[banda]["forma"] for banda in Semaforo]
    assert len(set(formas)) == len(formas)


def test_sin_filas_se_dice_en_palabras() -> None:
    vacia = tabla(_datos(nombre=[]), [NOMBRE], titulo="t", vacia="No hay alertas <hoy>.")
    assert "<table" not in vacia.html
    assert "No hay alertas &lt;hoy&gt;." in vacia.html


def test_la_frase_de_una_tabla_apaisada_sin_filas_no_gira_la_hoja() -> None:
    """Salía sola en una página apaisada."""
    vacia = tabla(_datos(nombre=[]), [NOMBRE], titulo="t", vacia="No hay.", clase="solo-pdf apaisada")
    assert vacia.html == '<p class="vacio solo-pdf">No hay.</p>'


def test_el_tipo_de_meta_y_las_fechas_sueltas_se_leen_en_espanol() -> None:
    """En la matriz decía «reduccion_anual», y en lo que cambió del Plan de Acción, «2026-03-31»."""
    columnas = [
        Columna(campo="tipo", titulo="Tipo", formato="tipo"),
        Columna(campo="valor", titulo="Dice", formato="valor"),
    ]
    datos = _datos(tipo=["reduccion_anual", "flujo"], valor=["2026-03-31", "0,6667"])
    html = tabla(datos, columnas, titulo="t").html
    for escrito in (">reducción anual<", ">flujo<", ">31/03/2026<", ">0,6667<"):
        assert escrito in html


def test_una_palabra_corta_cabe_entera_en_su_columna() -> None:
    """En la ficha, «Número» se partía en «Númer/o»: a seis letras se les daban nueve, bordes incluidos."""
    columnas = [Columna(campo=c, titulo=c) for c in ("unidad", "nombre")]
    html = tabla(_datos(unidad=["Número"], nombre=["n" * 300]), columnas, titulo="t").html
    ancho = float(html.split('<col style="width:')[1].split("%")[0])
    assert ancho / 100 * 126 >= 9.9 or ancho > 25


def test_el_signo_de_la_unidad_no_queda_solo_en_el_encabezado() -> None:
    columna = Columna(campo="nombre", titulo="Definitiva (millones de $)")
    assert "millones de&nbsp;$)" in tabla(_datos(nombre=["a"]), [columna], titulo="t").html


def test_el_limite_es_solo_del_pdf_y_lo_dice() -> None:
    from pipeline.informes.pdf import SOLO_HTML

    completa = tabla(_datos(nombre=["uno", "dos", "tres"]), [NOMBRE], titulo="t", maximo_pdf=2).html
    en_pdf = SOLO_HTML.sub("", completa)
    assert "tres" in completa
    assert "tres" not in en_pdf
    assert "Aquí van 2 de 3 filas" in en_pdf


def test_una_fecha_se_escribe_con_dia_mes_y_anio_y_con_la_hora_si_la_trae() -> None:
    columna = Columna(campo="nombre", titulo="Recibido", formato="fecha")
    html = tabla(
        _datos(nombre=["2025-07-20", "2025-10-15T12:29:00-05:00", "sin fecha"]), [columna], titulo="t"
    ).html
    assert ">20/07/2025<" in html
    assert ">15/10/2025 12:29<" in html
    assert ">sin fecha<" in html


def test_la_fila_de_total_se_distingue() -> None:
    html = tabla(_datos(nombre=["a", "Total"]), [NOMBRE], titulo="t", total="Total").html
    assert html.count('<tr class="total">') == 1


def test_una_tabla_sin_titulo_no_se_publica() -> None:
    with pytest.raises(ErrorInforme, match="sin título"):
        tabla(_datos(nombre=["a"]), [NOMBRE], titulo=" ")


def test_una_columna_ausente_se_nombra() -> None:
    with pytest.raises(ErrorInforme, match="avance"):
        tabla(_datos(nombre=["a"]), [NOMBRE, AVANCE], titulo="t")


def test_una_tabla_que_no_esta_descrita_se_nombra() -> None:
    with pytest.raises(ErrorInforme, match="inventada"):
        tabla_del_informe("inventada", pd.DataFrame())


def test_las_tablas_descritas_tienen_titulo_columnas_y_formatos_conocidos() -> None:
    """Un formato mal escrito en tablas.yml se descubre aquí y no en medio de un informe."""
    import yaml

    from pipeline.tablas import FORMATOS, RECURSOS

    descripciones = yaml.safe_load((RECURSOS / "tablas.yml").read_text(encoding="utf-8"))
    for nombre, descripcion in descripciones.items():
        columnas = [Columna(**c) for c in descripcion["columnas"]]
        assert descripcion["titulo"] and columnas, nombre
        assert {c.formato for c in columnas} <= set(FORMATOS), nombre
