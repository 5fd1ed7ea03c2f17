"""Las alertas para la reunión: por impacto, una hoja por dependencia y el texto ajeno escapado."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pandas as pd

from pipeline.esquemas import crear_tabla
from pipeline.informes.reunion import Reunion, hojas_por_dependencia, que_hacer_primero, texto_de_aciertos


def _reunion(filas: list[dict[str, Any]], aciertos: list[dict[str, Any]] | None = None) -> Reunion:
    comunes = {
        "regla": "ALE-03",
        "familia": "rezago", "grado": 1, "nombre_regla": "Rezago crítico", "severidad": "alta",
        "nivel": "meta", "evidencia": "Avanzó 10 %.", "accion": "Acuerde un plan.", "responsable": "Gerente",
        "vence": "2025-10-20", "es_vencida": False, "estado": "abierta", "edad_cortes": 1,
    }  # fmt: skip
    vivas = crear_tabla("alertas", [{**comunes, "id_alerta": str(i), **f} for i, f in enumerate(filas)])
    datos: Any = SimpleNamespace(trazas=pd.DataFrame({"codigo_meta": ["M1"]}))
    return Reunion(
        datos=datos,
        vivas=vivas,
        resueltas=vivas.iloc[:0],
        evaluacion=crear_tabla("evaluacion_alertas", aciertos or ()),
    )


def _fila(codigo: str, dependencia: str, impacto: float, **otros: Any) -> dict[str, Any]:
    nombre = f"Secretaría {dependencia}"
    return {
        "codigo": codigo, "dependencia": dependencia, "nombre_dependencia": nombre, "impacto": impacto,
        "nombre": "Vías", **otros,
    }  # fmt: skip


def test_lo_primero_nombra_cada_meta_una_vez_y_dice_si_ya_vencio() -> None:
    reunion = _reunion([_fila("M1", "A", 0.5, es_vencida=True), _fila("M1", "A", 0.4), _fila("M2", "B", 0.3)])
    html = que_hacer_primero(reunion)._repr_html_()
    assert html.count("<li>") == 2
    assert "Plazo: venció el 20 de octubre de 2025" in html
    assert html.index("M1") < html.index("M2")
    assert "Plazo: a más tardar el 20 de octubre de 2025" in html


def test_las_hojas_van_de_la_dependencia_con_mas_impacto_a_la_de_menos() -> None:
    reunion = _reunion([_fila("M1", "A", 0.2), _fila("M2", "B", 0.3), _fila("M3", "A", 0.2)])
    html = hojas_por_dependencia(reunion)._repr_html_()
    assert html.index("Secretaría A") < html.index("Secretaría B")  # 0,4 contra 0,3
    assert '<a class="traza" href="#traza-meta-M1"' in html
    assert "#traza-meta-M2" not in html  # sin traza no hay a dónde ir


def test_el_texto_de_los_libros_sale_escapado() -> None:
    hostil = '"><script>alert(1)</script>'
    filas = [_fila("M1", "A", 0.2, nombre=hostil, evidencia=hostil, respuesta=hostil, archivo=hostil)]
    reunion = _reunion(filas)
    for bloque in (hojas_por_dependencia(reunion), que_hacer_primero(reunion)):
        assert "<script" not in bloque._repr_html_()


def test_sin_alertas_una_frase_lo_dice() -> None:
    assert "No hay alertas" in hojas_por_dependencia(_reunion([]))._repr_html_()


def test_una_regla_sin_desenlace_no_presume_aciertos() -> None:
    regla = {"clase": "regla", "regla": "ALE-01", "n_alertas": 4}
    reunion = _reunion([], [{**regla, "precision": None}])
    assert reunion.aciertos.empty
    assert "no hay historia suficiente" in texto_de_aciertos(reunion)._repr_html_()
    con_dato = _reunion([], [{**regla, "precision": 0.5}])
    assert con_dato.aciertos["precision"].tolist() == [0.5]
