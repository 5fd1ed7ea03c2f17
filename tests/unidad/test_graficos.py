"""Las figuras: sin mensaje, texto alternativo o datos no existen, y lo que dicen sale de los números."""

from __future__ import annotations

import re

import pandas as pd
import pytest

from pipeline.errores import ErrorInforme
from pipeline.graficos import (
    Figura,
    avance_contra_esperado,
    cadena_del_dinero,
    cuadrante,
    dinero,
    distribucion_por_banda,
)
from pipeline.graficos.estilo import partir

PUNTO = re.compile(r"[ML](-?[\d.]+) (-?[\d.]+)")
PARTES = {
    "titular": "Dos líneas van atrasadas",
    "subtitulo": "Avance por línea, 2025 T3",
    "alt": "Barras: Salud 40,0 %",
    "datos": pd.DataFrame({"Línea": ["Salud"]}),
    "svg": b"<svg/>",
}


def _indices(*filas: tuple[str, float | None, float | None]) -> pd.DataFrame:
    """Filas (nombre, avance, esperado) con cotas iguales al avance."""
    tabla = pd.DataFrame(filas, columns=["nombre", "avance", "esperado"]).astype(
        {"avance": "float64", "esperado": "float64"}
    )
    return tabla.assign(
        codigo=tabla["nombre"],
        vigencia=2025,
        periodo="T3",
        cota_inferior=tabla["avance"],
        cota_superior=tabla["avance"],
    )


@pytest.mark.parametrize("parte", ["titular", "subtitulo", "alt", "datos", "svg"])
def test_una_figura_incompleta_no_existe(parte: str) -> None:
    vacio = {"datos": pd.DataFrame(), "svg": b""}.get(parte, "  ")
    with pytest.raises(ErrorInforme, match=parte):
        Figura(**{**PARTES, parte: vacio})


def test_la_figura_trae_texto_alternativo_mensaje_y_datos() -> None:
    html = Figura(**PARTES)._repr_html_()
    assert 'alt="Barras: Salud 40,0\xa0%"' in html
    assert "Dos líneas van atrasadas" in html
    assert '<th scope="row">Salud</th>' in html
    assert "<caption>" in html


def test_el_texto_hostil_de_una_figura_sale_escapado() -> None:
    hostil = '"><script>alert(1)</script>'
    figura = Figura(**{**PARTES, "titular": hostil, "alt": hostil, "datos": pd.DataFrame({hostil: [hostil]})})
    assert "<script" not in figura._repr_html_()


def test_el_titular_cuenta_las_que_van_por_debajo_de_lo_esperado() -> None:
    figura = avance_contra_esperado(_indices(("A", 0.5, 0.7), ("B", 0.8, 0.7), ("C", 0.1, 0.7)), "linea")
    assert figura is not None
    assert figura.titular == "2 líneas estratégicas de 3 avanzan menos de lo esperado"


def test_el_titular_no_da_por_atrasada_a_quien_depende_de_lo_que_falta_por_reportar() -> None:
    # A va tarde aun con todo reportado; B llegaría al 75 % y C no reportó nada.
    indices = _indices(("A", 0.5, 0.7), ("B", 0.6, 0.7), ("C", 0.0, 0.7))
    indices["cota_superior"] = [0.65, 0.75, 1.0]
    figura = avance_contra_esperado(indices, "dependencia")
    assert figura is not None
    assert figura.titular == (
        "1 dependencia de 3 avanza menos de lo esperado; de 2 no se sabe, porque falta reporte"
    )
    ninguna = avance_contra_esperado(indices[1:], "sector")
    assert ninguna is not None
    assert ninguna.titular.startswith("Ningún sector de 2 avanza con seguridad menos de lo esperado; de 2 no")
    sola = avance_contra_esperado(indices[2:], "dependencia")
    assert sola is not None
    assert sola.titular == "C avanza 0,0 % y falta reporte para saber si va al ritmo esperado"


def test_el_titular_concuerda_en_singular() -> None:
    figura = avance_contra_esperado(_indices(("A", 0.5, 0.7), ("B", 0.8, 0.7)), "dependencia")
    assert figura is not None
    assert figura.titular == "1 dependencia de 2 avanza menos de lo esperado"


def test_el_texto_alternativo_trae_los_numeros() -> None:
    figura = avance_contra_esperado(_indices(("Salud", 0.4125, 0.75), ("Cultura", 0.9, None)), "sector")
    assert figura is not None
    assert "Salud: 41,3 % frente a 75,0 % esperado" in figura.alt
    assert "Cultura: 90,0 % frente a s. d. esperado" in figura.alt


def test_sin_ningun_avance_no_hay_figura() -> None:
    assert avance_contra_esperado(_indices(("A", None, 0.7)), "linea") is None


def test_la_misma_figura_da_los_mismos_bytes() -> None:
    indices = _indices(("A", 0.5, 0.7), ("B", 0.8, 0.7))
    primera, segunda = (avance_contra_esperado(indices, "linea") for _ in range(2))
    assert primera is not None and segunda is not None
    assert primera.svg == segunda.svg
    assert b"<dc:date>" not in primera.svg


def test_un_nombre_con_signo_de_pesos_no_se_vuelve_formula() -> None:
    figura = avance_contra_esperado(_indices(("$x_{1}$ y $", 0.5, 0.7)), "linea")
    assert figura is not None
    assert b"<title>$x_{1}$ y $</title>" in figura.svg


def test_las_barras_de_un_color_son_un_solo_trazo_con_los_avances_a_escala() -> None:
    # El PDF tarda por cada pieza. Entre barra y barra no hay nada de otro color, y 0,8 es el doble de 0,4.
    figura = avance_contra_esperado(_indices(("A", 0.4, 0.7), ("B", 0.8, 0.7)), "linea")
    assert figura is not None
    (azul,) = re.findall(r'<path d="([^"]*)"[^>]*fill="#12436d"', figura.svg.decode())
    primera, segunda = ([float(x) for x, _ in PUNTO.findall(barra)] for barra in azul.split("z")[:2])
    assert max(segunda) - min(segunda) == pytest.approx(2 * (max(primera) - min(primera)), abs=0.05)


def test_una_fila_sin_avance_esperado_no_lleva_raya() -> None:
    figura = avance_contra_esperado(_indices(("A", 0.4, 0.7), ("B", 0.8, None)), "linea")
    assert figura is not None
    (vino,) = re.findall(r'<path d="([^"]*)"[^>]*stroke="#801650"', figura.svg.decode())
    assert vino.count("M") == 1
    assert b"nan" not in figura.svg.lower()


def test_las_bandas_dicen_cuantas_y_que_proporcion() -> None:
    bandas = pd.DataFrame(
        {"semaforo": ["critico", "sobresaliente"], "n_metas": [1, 3], "proporcion": [0.25, 0.75]}
    )
    figura = distribucion_por_banda(bandas, "2025 T3")
    assert figura is not None
    assert figura.titular == "3 metas de 4 en banda satisfactoria o sobresaliente"
    assert "Crítico: 1 meta (25,0 %)" in figura.alt


def test_las_bandas_dicen_de_cuantas_metas_son_los_porcentajes_y_de_cuantas_el_titular() -> None:
    bandas = pd.DataFrame(
        {"semaforo": ["critico", "sobresaliente", "no_programada"], "n_metas": [1, 3, 6],
         "proporcion": [0.1, 0.3, 0.6]}
    )  # fmt: skip
    figura = distribucion_por_banda(bandas, "2025 T3")
    assert figura is not None
    assert figura.titular == "3 metas de 4 en banda satisfactoria o sobresaliente"
    assert figura.subtitulo.endswith(
        "2025 T3. Los porcentajes son de las 10 metas; a la fecha se esperaba avance de 4"
    )
    todas = distribucion_por_banda(bandas[:2], "2025 T3")
    assert todas is not None
    assert todas.subtitulo.endswith("Los porcentajes son de las 4 metas")


def test_sin_metas_no_hay_distribucion() -> None:
    vacia = pd.DataFrame({"semaforo": ["critico"], "n_metas": [0], "proporcion": [0.0]})
    assert distribucion_por_banda(vacia, "2025 T3") is None


def test_la_cadena_dice_la_razon_de_lo_obligado() -> None:
    cadena = pd.DataFrame(
        {
            "etapa": ["Apropiación definitiva", "Obligaciones"],
            "valor_cop": [2e9, 5e8],
            "razon": [1.0, 0.25],
        }
    )
    figura = cadena_del_dinero(cadena, "2025 T3")
    assert figura is not None
    assert figura.titular == "Se ha obligado el 25,0 % de la apropiación definitiva"
    assert "Obligaciones: 500,0 millones (25,0 % de la definitiva)" in figura.alt


def test_sin_dinero_no_hay_cadena() -> None:
    nada = pd.DataFrame({"etapa": ["Pagos"], "valor_cop": [float("nan")], "razon": [float("nan")]})
    assert cadena_del_dinero(nada, "2025 T3") is None


def test_el_cuadrante_cuenta_donde_el_dinero_va_delante() -> None:
    indices = _indices(("A", 0.5, None), ("B", 0.8, None)).assign(ejecucion_financiera=[0.9, 0.1])
    figura = cuadrante(indices, "2025 T3")
    assert figura is not None
    assert figura.titular == "En 1 dependencia de 2 el dinero va por delante de las metas"


def test_los_puntos_encimados_no_detienen_el_cuadrante() -> None:
    iguales = _indices(*[(f"D{i}", 0.5, None) for i in range(30)]).assign(ejecucion_financiera=0.5)
    assert cuadrante(iguales, "2025 T3") is not None


def test_una_etiqueta_larga_se_corta_con_puntos_suspensivos() -> None:
    assert partir("a " * 80, letras=10).endswith("…")


def test_los_codigos_del_cuadrante_no_se_salen_de_los_ejes() -> None:
    """En Cali «D4172» tapaba el «15 %» del eje, y los nombres largos quedaban cortados."""
    puestos: list[tuple[float, str]] = []

    class Ejes:
        def text(self, x: float, y: float, texto: str, **_: object) -> None:
            puestos.append((x, texto))

    puntos = [(0.0, 0.15, "D4172"), (0.1, 0.15, "D4143"), (0.4, 0.3, "Departamento " * 9)]
    datos = pd.DataFrame(puntos, columns=["avance", "ejecucion_financiera", "codigo"])
    dinero._rotular_puntos(Ejes(), datos, (0.0, 0.46))
    assert [texto for _, texto in puestos] == ["D4172", "D4143"]
    assert all(x - 0.0065 * 0.46 * len(texto) >= 0 for x, texto in puestos)


def test_la_cadena_del_gasto_no_titula_con_unos_pagos_mayores_que_lo_comprometido() -> None:
    """Tenjo: compromisos de una columna y pagos de otra; «Se ha pagado el 39,6 %» de 35,4 % comprometido."""
    cadena = pd.DataFrame(
        {
            "etapa": ["Apropiación definitiva", "Compromisos", "Obligaciones", "Pagos"],
            "valor_cop": [1e9, 354e6, float("nan"), 396e6],
            "razon": [1.0, 0.354, float("nan"), 0.396],
        }
    )
    figura = cadena_del_dinero(cadena, "2025 T3")
    assert figura is not None
    assert figura.titular == "Los libros se contradicen: traen más pagos que compromisos"


def test_la_linea_no_tacha_la_cifra_del_primer_punto_de_una_trayectoria() -> None:
    """Pegada al eje iba a la derecha, por donde sale la línea hacia el segundo punto."""
    from pipeline.graficos.series import _sitio_del_rotulo

    assert _sitio_del_rotulo(15, 118, 792, es_primero=True)[2] == "right"
    assert _sitio_del_rotulo(15, 118, 792)[2] == "left"
    assert _sitio_del_rotulo(1500000, 11800000, 79200000, es_primero=True)[2] == "left"  # no cabe
