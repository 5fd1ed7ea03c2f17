"""Las dos páginas del Consejo de Gobierno y el cierre de la vigencia: qué dicen, y que caben."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
import pytest

from pipeline import graficos
from pipeline.config import PAQUETE, cargar_config
from pipeline.esquemas import crear_tabla
from pipeline.informes import (
    DatosInforme,
    cierre,
    conclusiones,
    ejecutivo,
    exportar_html,
    exportar_pdf,
    textos,
)
from pipeline.informes.cambios import Cambios
from pipeline.informes.cierre import Cierre
from pipeline.informes.ejecutivo import Ejecutivo
from pipeline.modelo import Corte, Periodo
from pipeline.tablas import tabla_del_informe

CUADERNOS = PAQUETE.parent / "notebooks"
PESOS = ("apropiacion_definitiva_cop", "compromisos_cop", "obligaciones_cop", "pagos_cop")


def _meta(codigo: str, avance: float | None, **campos: Any) -> dict[str, Any]:
    return {
        "vigencia": 2025, "periodo": "T4", "codigo_meta": codigo, "nombre_meta": f"Meta {codigo}",
        "linea": "1", "dependencia": "SINF", "nombre_dependencia": "Infraestructura",
        "tipo_meta": "acumulado",
        "programado_vigencia": 10.0, "ejecutado_vigencia": None if avance is None else avance * 10,
        "avance_crudo": avance, "estado_reporte": "sin_reporte" if avance is None else "reportada",
        "semaforo": "medio",
    } | campos  # fmt: skip


def _indice(nivel: str, codigo: str, nombre: str, **campos: Any) -> dict[str, Any]:
    return {
        "vigencia": 2025, "periodo": "T4", "nivel": nivel, "codigo": codigo, "nombre": nombre, "n_metas": 5,
        "n_programadas": 4, "n_reportadas": 3, "n_sin_reporte": 1, "n_devueltas": 0, "n_no_programadas": 1,
        "avance": 0.5, "esperado": 1.0, "cota_inferior": 0.5, "cota_superior": 0.75, "indice_reporte": 0.75,
        "avance_cuatrienio": 0.25, "cota_inferior_cuatrienio": 0.25, "cota_superior_cuatrienio": 0.25,
        "indice_oportunidad": 1.0, "ejecucion_financiera": 0.6, "semaforo": "sin_certeza",
        **dict(zip(PESOS, (1000e6, 800e6, 600e6, 500e6), strict=True)),
    } | campos  # fmt: skip


def _alerta(codigo: str, regla: str, dependencia: str, impacto: float, **campos: Any) -> dict[str, Any]:
    return {
        "id_alerta": f"{regla}:{codigo}", "regla": regla, "familia": "f", "grado": 1,
        "nombre_regla": f"Regla {regla}",
        "severidad": "alta", "nivel": "meta", "codigo": codigo, "dependencia": dependencia,
        "nombre_dependencia": f"Dependencia {dependencia}", "nombre": f"Meta {codigo}",
        "evidencia": "Avanzó 0 %.",
        "accion": "Acuerde un plan de choque.", "responsable": "Gerente de la meta", "vence": "2026-01-20",
        "es_vencida": False, "estado": "abierta", "impacto": impacto,
    } | campos  # fmt: skip


METAS = [
    _meta("M1", 1.0), _meta("M2", 0.4, observacion="Faltó contratar"), _meta("M3", 0.0), _meta("M4", None),
    _meta("M5", None, estado_reporte="no_programada"), _meta("M6", 0.5, tipo_meta="reduccion"),
    _meta("M7", None, estado_reporte="devuelta"),
]  # fmt: skip
INDICES = [
    _indice("plan", "PLAN", "Plan de desarrollo"),
    _indice("linea", "1", "Territorio"),
    _indice("dependencia", "SINF", "Infraestructura"),
]


def _datos(
    metas: Any = METAS, indices: Any = INDICES, alertas: Any = (), periodo: str = "T4"
) -> DatosInforme:
    return DatosInforme(
        config=cargar_config(PAQUETE.parent), corte=Corte(vigencia=2025, periodo=Periodo(periodo)),
        es_demostracion=True, dependencia="", plan=crear_tabla("plan"), entregas=crear_tabla("entregas"),
        hallazgos=crear_tabla("hallazgos"), metas=crear_tabla("metas", list(metas)),
        indices=crear_tabla("indices", list(indices)), alertas=crear_tabla("alertas", list(alertas)),
    )  # fmt: skip


def _ejecutivo(datos: DatosInforme, poai: dict[str, float] | None = None, actividades: Any = ()) -> Ejecutivo:
    cambios = Cambios(
        datos=datos,
        variaciones=crear_tabla("variaciones"),
        serie_indices=crear_tabla("serie_indices"),
        anterior="",
    )
    hechas = crear_tabla("actividades", list(actividades))
    return Ejecutivo(datos=datos, cambios=cambios, poai=poai or {}, actividades=hechas)


def _celdas(cuaderno: str, corte: Any, **ambito: Any) -> dict[str, str]:
    """Lo que muestra cada celda del cuaderno, por su id."""
    nombres = {"corte": corte, "textos": textos, "tabla_del_informe": tabla_del_informe, **ambito}
    celdas = json.loads((CUADERNOS / cuaderno).read_text(encoding="utf-8"))["cells"]
    fuera = {"parameters", "importar", "abrir-corte", "abrir-cierre", "terminar"}
    salidas = {
        c["id"]: eval("".join(c["source"]), nombres)
        for c in celdas
        if c["cell_type"] == "code" and c["id"] not in fuera
    }
    return {i: "" if s is None else s._repr_html_().replace("\xa0", " ") for i, s in salidas.items()}


def _paginas(cuaderno: str, celdas: dict[str, str], carpeta: Path) -> int:
    """Páginas del PDF del cuaderno con esas salidas."""
    from pypdf import PdfReader

    nb = nbformat.read(CUADERNOS / cuaderno, as_version=4)
    nb.metadata["seguimiento"] = {"parametros": {"vigencia": 2025, "periodo": "T4"}}
    for celda in nb.cells:
        if celda.get("id") in celdas:
            html = celdas[celda.id]
            celda.outputs = [nbformat.v4.new_output("display_data", {"text/html": html})] if html else []
    nbformat.write(nb, carpeta / "c.ipynb")
    exportar_html(carpeta / "c.ipynb", carpeta / "i.html", "lector", PAQUETE.parent)
    exportar_pdf(carpeta / "i.html", carpeta / "i.pdf")
    return len(PdfReader(carpeta / "i.pdf").pages)


def test_las_alertas_de_una_regla_en_una_dependencia_son_una_decision() -> None:
    alertas = [
        _alerta("M1", "R1", "A", 0.02),
        _alerta("M2", "R1", "A", 0.03, vence="2026-02-10"),
        _alerta("M3", "R2", "B", 0.04),  # pesa más que cada una de las de A, menos que las dos
        _alerta("M4", "R3", "B", 0.90, severidad="media"),  # mayor impacto, pero menor prioridad
        _alerta("M5", "R4", "C", 0.80, estado="resuelta"),
        _alerta("M6", "R5", "C", 0.70, estado="sin_verificar"),
        _alerta("M7", "R6", "C", 0.01, vence="2024-10-20", es_vencida=True),
    ]
    tabla = conclusiones.recomendaciones(_datos(alertas=alertas))
    assert tabla["asunto"].tolist() == [
        "Regla R1: Dependencia A", "Regla R2: Dependencia B", "Regla R6: Dependencia C",
        "Regla R3: Dependencia B",
    ]  # fmt: skip
    assert tabla["porque"][0] == "2 metas. La de mayor impacto es «Meta M2»: Avanzó 0 %."
    assert tabla["porque"][1] == "Avanzó 0 %."
    assert tabla["quien"][0] == "Gerente de la meta. Plazo: 20 de enero de 2026"
    assert tabla["quien"][2].endswith("Pendiente desde el 20 de octubre de 2024")
    libros = [_alerta(d, "R9", d, 0.01, nivel="dependencia") for d in "ABCDE"]
    de_todas = conclusiones.recomendaciones(_datos(alertas=libros))
    assert de_todas["asunto"].tolist() == ["Regla R9: 5 dependencias"]
    assert de_todas["porque"][0] == "Dependencia A; Dependencia B; Dependencia C y 2 más."
    assert de_todas["quien"][0].startswith("Cada dependencia. ")
    muchas = _datos(alertas=[_alerta("M1", f"R{i}", "A", 0.1) for i in range(9)])
    assert len(conclusiones.recomendaciones(muchas)) == 5


def test_una_decision_dice_lo_que_vence_y_lo_que_ya_vencio() -> None:
    libros = [
        _alerta("A", "R9", "A", 0.03, nivel="dependencia", vence="2025-07-15", es_vencida=True),
        _alerta("B", "R9", "B", 0.02, nivel="dependencia", vence="2025-10-15"),
        _alerta("C", "R9", "C", 0.01, nivel="dependencia", vence="2025-10-20"),
    ]
    assert conclusiones.recomendaciones(_datos(alertas=libros))["quien"][0] == (
        "Cada dependencia. Plazo: 15 de octubre de 2025; "
        "1 de 3 ya está pendiente desde el 15 de julio de 2025"
    )
    dos_vencidas = [*libros[:2], _alerta("C", "R9", "C", 0.01, nivel="dependencia", vence="2025-08-01",
                                         es_vencida=True)]  # fmt: skip
    assert conclusiones.recomendaciones(_datos(alertas=dos_vencidas))["quien"][0].endswith(
        "; 2 de 3 ya están pendientes, la primera desde el 15 de julio de 2025"
    )


def test_las_alertas_altas_de_las_lineas_y_las_de_libros_suman_las_del_plan() -> None:
    indices = [*INDICES, _indice("linea", "2", "Cultura")]
    metas = [_meta("M1", 1.0), _meta("M2", 0.4, linea="2")]
    alertas = [
        _alerta("M1", "R1", "A", 0.1),
        _alerta("A/M2-B1/1", "R2", "A", 0.1, nivel="actividad"),  # la línea es la de su meta
        _alerta("A", "R9", "A", 0.1, nivel="dependencia", nombre_regla="Libro no entregado"),
        _alerta("B", "R9", "B", 0.1, nivel="dependencia", nombre_regla="Libro no entregado"),
        _alerta("C", "R8", "C", 0.1, nivel="dependencia", nombre_regla="Libro devuelto"),
    ]
    corte = _ejecutivo(
        _datos(metas=metas, indices=indices, alertas=alertas),
        actividades=[{"id_actividad": "A/M2-B1/1", "codigo_meta": "M2", "es_vencida": True}],
    )
    tabla = ejecutivo.lineas(corte).set_index("codigo")
    assert tabla["n_altas"].to_dict() == {"PLAN": 5, "1": 1, "2": 1}
    assert "De las 5 alertas altas del plan, 3 no son de una línea sino de una dependencia: " in (
        nota := ejecutivo.altas_sin_linea(corte)._repr_html_().replace("\xa0", " ")
    )
    assert "libro devuelto (1), libro no entregado (2)." in nota
    sin_libros = _ejecutivo(_datos(metas=metas, indices=indices, alertas=alertas[:1]))
    assert "<p>" not in ejecutivo.altas_sin_linea(sin_libros)._repr_html_()


def test_sin_alertas_en_el_primer_corte_y_sin_poai_cada_seccion_lo_dice() -> None:
    celdas = _celdas(
        "09_ejecutivo.ipynb", _ejecutivo(_datos()), conclusiones=conclusiones, ejecutivo=ejecutivo
    )
    assert "primer corte de 2025" in celdas["texto-movio"]
    assert "Ninguna alerta pide hoy una decisión" in celdas["texto-decisiones"]
    assert celdas["tabla-movio"] == celdas["tabla-decisiones"] == ""
    assert "60,0 %" in celdas["texto-dinero"] and "POAI" not in celdas["texto-dinero"]
    assert "50,0 % a 75,0 %" in celdas["tabla-lineas"]


def test_con_poai_el_dinero_es_el_suyo_y_se_avisa_si_el_plan_suma_otro() -> None:
    poai = {"apropiacion_definitiva_cop": 1500e6, "razon_compromisos": 0.8, "razon_obligaciones": 0.6,
            "razon_pagos": 0.5, "sin_comprometer_cop": 300e6, "reservas_en_riesgo_cop": 300e6}  # fmt: skip
    html = ejecutivo.dinero(_ejecutivo(_datos(), poai))._repr_html_().replace("\xa0", " ")
    assert "$ 1.500,0 millones" in html and "suman $ 1.000,0 millones" in html
    igual = poai | {"apropiacion_definitiva_cop": 1000e6}
    assert "suman" not in ejecutivo.dinero(_ejecutivo(_datos(), igual))._repr_html_()


@pytest.mark.integracion
def test_el_informe_ejecutivo_tiene_dos_paginas_con_mucho_y_con_nada(tmp_path: Path) -> None:
    """Nombres y evidencias del largo máximo, treinta y cinco dependencias, ocho líneas y cinco decisiones."""
    pytest.importorskip("weasyprint", exc_type=OSError)
    largo = "Instituto de Financiamiento, Promoción y Desarrollo del Municipio " * 200
    indices = [
        INDICES[0],
        *(_indice("linea", str(i), f"{i} {largo}") for i in range(8)),
        *(_indice("dependencia", f"D{i}", f"{i} {largo}") for i in range(35)),
    ]
    alertas = [
        _alerta(f"M{i}{j}", f"R{i}", "A", 0.1, nombre=largo, nombre_dependencia=largo, evidencia=largo,
                accion="Diga si la meta se hará en esta vigencia y con qué contrato; si no, tramítela.")
        for i in range(6) for j in range(2)
    ]  # fmt: skip
    lleno = _ejecutivo(_datos(indices=indices, alertas=alertas))
    for corte in (lleno, _ejecutivo(_datos())):
        celdas = _celdas("09_ejecutivo.ipynb", corte, conclusiones=conclusiones, ejecutivo=ejecutivo)
        assert _paginas("09_ejecutivo.ipynb", celdas, tmp_path) == 2


def _cierre(**partes: Any) -> Cierre:
    datos = _datos(**partes.pop("datos", {}))
    vacias = {t: crear_tabla(n) for t, n in (
        ("proyecciones", "proyecciones"), ("evaluacion", "evaluacion_alertas"),
        ("indices_poai", "indices_poai"),
    )}  # fmt: skip
    return Cierre(datos=datos, programadas=cierre.cumplimiento(datos.matriz), **(vacias | partes))


def test_al_cierre_cada_meta_programada_cumplio_o_se_dice_por_que_no() -> None:
    tabla = cierre.cumplimiento(crear_tabla("metas", METAS)).set_index("codigo_meta")
    assert tabla["cumplimiento"].to_dict() == {
        "M1": "cumplida", "M2": "en_parte", "M3": "sin_avance", "M4": "sin_reporte", "M6": "en_parte",
        "M7": "devuelta",
    }  # fmt: skip
    assert tabla["falta"].dropna().to_dict() == {"M2": 6.0, "M3": 10.0}  # de 10; una reducción no se resta


def test_el_cierre_cuenta_metas_y_dinero_sin_poai_y_con_el() -> None:
    celdas = _celdas("10_cierre_vigencia.ipynb", _cierre(), cierre=cierre, graficos=graficos)
    assert (
        "<strong>1 meta</strong> llegó a lo programado; 2 avanzaron sin llegar, 1 no avanzó y 2 cerraron"
        in (celdas["texto-cumplimiento"])
    )
    # 800 − 600 comprometidos sin obligar, 600 − 500 obligados sin pagar, 1.000 − 800 sin comprometer.
    assert "$ 200,0 millones</strong> de reservas" in celdas["texto-dinero"]
    assert "$ 100,0 millones, que pasan a cuentas por pagar" in celdas["texto-dinero"]
    assert "libros del Plan Indicativo" in celdas["texto-dinero"]
    assert celdas["tabla-dinero-fuente"] == "" and "Infraestructura" in celdas["tabla-dinero"]
    assert "1 de 4" in celdas["tabla-dependencia"]
    assert "Con 2 vigencias cerradas de 4" in celdas["texto-cuatrienio"]
    assert "No hay historia suficiente" in celdas["texto-cuatrienio"]
    assert "Todavía no hay cortes anteriores" in celdas["texto-lecciones"]
    poai = [{"nivel": "total", "codigo": "PLAN", "n_rubros": 1, "n_sin_dato": 0,
             **dict(zip(PESOS, (2000e6, 1900e6, 1000e6, 1000e6), strict=True)),
             "reservas_en_riesgo_cop": 900e6}]  # fmt: skip
    dinero = cierre.texto_del_dinero(_cierre(indices_poai=crear_tabla("indices_poai", poai)))._repr_html_()
    assert "900,0 millones" in dinero and "libros del POAI" in dinero
    claves = cierre.cifras_del_cierre(_cierre(indices_poai=crear_tabla("indices_poai", poai)))._repr_html_()
    assert "definitiva, según el POAI" in claves.replace("\xa0", " ")
    assert "definitiva, según el Plan Indicativo" in celdas["cifras-clave"]


def test_al_cierre_lo_que_nadie_reporto_no_aparece_como_cero_ni_como_incumplido() -> None:
    muda = _indice("dependencia", "GURB", "Gestora", avance=0.0, cota_inferior=0.0, cota_superior=1.0,
                   n_reportadas=0)  # fmt: skip
    metas = [_meta("G1", None, dependencia="GURB", nombre_dependencia="Gestora"), *METAS]
    corte = _cierre(datos={"indices": [*INDICES, muda], "metas": metas})
    tabla = cierre.por_nivel(corte, "dependencia").set_index("codigo")
    assert tabla.loc["GURB", ["avance", "diferencia"]].isna().all()
    assert tabla["posible"].to_dict() == {"SINF": "50,0 % a 75,0 %", "GURB": "0,0 % a 100,0 %"}
    assert tabla.loc["SINF", "diferencia"] == -0.5
    celdas = _celdas("10_cierre_vigencia.ipynb", corte, cierre=cierre, graficos=graficos)
    assert "s. d." in celdas["tabla-dependencia"] and "−100" not in celdas["tabla-dependencia"]
    # Seis de siete programadas no llegaron o no se sabe: dos sin reporte y una devuelta.
    assert "<strong>6 metas programadas</strong> no llegaron" in celdas["texto-no-cumplidas"]
    assert "falta de reporte aceptado: <strong>3 metas</strong>" in celdas["texto-no-cumplidas"]


def test_las_que_no_llegan_al_cuatrienio_son_las_de_intervalo_bajo_la_meta() -> None:
    filas = [
        {"codigo_meta": c, "vigencia": 2025, "periodo": "T4", "base": "cierre", "nota": "n",
         "cierre_cuatrienio": v, "cierre_cuatrienio_superior": s, "maximo_cuatrienio": m}
        for c, v, s, m in (("M1", 0.9, 1.1, 1.2), ("M2", 0.6, 0.8, 0.95), ("M3", 0.7, None, 1.0),
                           ("M4", None, None, None))
    ]  # fmt: skip
    corte = _cierre(proyecciones=crear_tabla("proyecciones", filas))
    assert cierre.proyectadas(corte)["codigo_meta"].tolist() == ["M2", "M3"]
    html = cierre.texto_del_cuatrienio(corte)._repr_html_()
    assert "<strong>2 metas</strong> de 3 metas con proyección no llegan" in html
    assert "En 1 meta ni cumpliendo" in html


def test_sin_metas_programadas_el_cierre_lo_dice() -> None:
    vacio = _cierre(datos={"metas": [], "indices": []})
    celdas = _celdas("10_cierre_vigencia.ipynb", vacio, cierre=cierre, graficos=graficos)
    assert "Ninguna meta estaba programada" in celdas["texto-cumplimiento"]
    assert "No hay metas" in celdas["cifras-clave"]


@pytest.mark.integracion
def test_lo_publicado_en_t3_trae_el_ejecutivo_y_los_consolidados_y_no_el_cierre(cortes_demo: Path) -> None:
    from pypdf import PdfReader

    corte = cortes_demo / "reports" / "2025" / "T3"
    assert len(PdfReader(corte / "09_ejecutivo" / "informe.pdf").pages) == 2
    assert not (corte / "10_cierre_vigencia").exists()
    libros = {r.relative_to(corte).as_posix() for r in corte.glob("*/datos/*.xlsx")}
    assert "03_plan_indicativo/datos/plan_indicativo_2025-T3.xlsx" in libros
    hojas = pd.read_excel(
        corte / "03_plan_indicativo" / "datos" / "plan_indicativo_2025-T3.xlsx",
        sheet_name=None,
        engine="openpyxl",
    )
    assert list(hojas) == ["Metas", "Índices", "Entregas", "Notas"]
    metas = pd.read_parquet(cortes_demo / "data" / "processed" / "2025" / "T3" / "metas.parquet")
    assert len(hojas["Metas"]) == len(metas) + 1  # y la fila de totales
