"""La demostración corrida de punta a punta: completa, reproducible, incremental y sin rastro del equipo."""

from __future__ import annotations

import getpass
import json
import os
import socket
from pathlib import Path

import pandas as pd
import pytest

from pipeline import flujo
from pipeline.demo.fallas import leer_fallas
from pipeline.esquemas import leer_tabla, nombres_de_tablas
from pipeline.flujo.calculo import TABLAS_CALCULO
from pipeline.flujo.correr import Opciones, correr
from pipeline.flujo.entrada import TABLAS
from pipeline.flujo.ingesta import TABLAS_INGESTA
from pipeline.manifiesto import huella_archivo, huellas_de_salidas

pytestmark = pytest.mark.integracion


def _publicados(raiz: Path) -> Path:
    return raiz / "reports" / "2025" / "T3"


def test_cada_dependencia_tiene_su_ficha_en_html_y_pdf(cortes_demo: Path) -> None:
    fichas = _publicados(cortes_demo) / "04_dependencia"
    assert len(list(fichas.glob("*/informe.html"))) == 25
    assert len(list(fichas.glob("*/informe.pdf"))) == 25
    assert (_publicados(cortes_demo) / "03_plan_indicativo" / "informe.pdf").is_file()


def test_cada_informe_dice_que_los_datos_son_sinteticos(cortes_demo: Path) -> None:
    for pagina in _publicados(cortes_demo).rglob("*.html"):
        assert "sintéticos de demostración" in pagina.read_text(encoding="utf-8"), pagina.name


def test_ningun_informe_pasa_de_dos_megas_ni_el_corte_de_sesenta(cortes_demo: Path) -> None:
    """Un informe se manda por correo y se abre en un teléfono; el corte cabe en cualquier memoria."""
    archivos = {r: r.stat().st_size for r in _publicados(cortes_demo).rglob("*") if r.is_file()}
    assert {r.parent.name: n for r, n in archivos.items() if r.suffix == ".html" and n > 2_000_000} == {}
    assert sum(archivos.values()) < 60_000_000


def test_nada_de_lo_publicado_delata_al_equipo(cortes_demo: Path) -> None:
    # Un nombre corto («vm», «root») aparece por azar en un base64; los demás, no.
    nombres = {n for n in (socket.gethostname(), getpass.getuser()) if len(n) > 5}
    rastros = {str(cortes_demo), str(Path.home()) + os.sep, os.sep + "work" + os.sep, *nombres}
    for ruta in _publicados(cortes_demo).rglob("*"):
        if ruta.suffix in {".html", ".json", ".csv"}:
            texto = ruta.read_text(encoding="utf-8")
            assert not [r for r in rastros if r in texto], ruta.name


def test_todo_valor_de_una_fila_de_los_libros_esta_en_los_registros_o_en_un_hallazgo(
    cortes_demo: Path,
) -> None:
    contexto = flujo.abrir(2025, "T3", cortes_demo)
    leidas, plan = flujo.leer_corte(contexto), flujo.leer_plan(contexto)
    balance = flujo.balance_de_filas(leidas, flujo.revisar_corte(contexto, plan, leidas))
    assert balance["leidas"].sum() > 280
    assert balance["sin_explicar"].sum() == 0


def test_las_etapas_sin_cuaderno_dan_las_mismas_tablas(cortes_demo: Path) -> None:
    contexto = flujo.abrir(2025, "T3", cortes_demo)
    plan, leidas = flujo.leer_plan(contexto), flujo.leer_corte(contexto)
    revision = flujo.revisar_corte(contexto, plan, leidas)
    guardadas = contexto.rutas.procesados(contexto.corte)
    directas = {
        "plan": plan.metas,
        **{tabla: leidas[i].registros for i, tabla in TABLAS.items() if i in leidas},
        "entregas": revision.entregas,
        "hallazgos": revision.hallazgos,
        **flujo.calcular_corte(contexto),
    }
    for nombre, tabla in directas.items():
        pd.testing.assert_frame_equal(tabla, leer_tabla(nombre, guardadas), obj=nombre)


def test_el_corte_guarda_todas_las_tablas_de_las_etapas(cortes_demo: Path) -> None:
    contexto = flujo.abrir(2025, "T3", cortes_demo)
    guardadas = {ruta.stem for ruta in contexto.rutas.procesados(contexto.corte).glob("*.parquet")}
    assert guardadas == {*TABLAS_INGESTA, *TABLAS_CALCULO}
    assert guardadas <= set(nombres_de_tablas())


def test_las_reglas_hallan_cada_falla_sembrada_en_el_corte(cortes_demo: Path) -> None:
    """Cada falla dice sus reglas, y todas la hallan en su dependencia; ningún otro quiebre se concilia."""
    seguidos = flujo.abrir(2025, "T3", cortes_demo).config.entregas.instrumentos
    procesados = cortes_demo / "data" / "processed" / "2025" / "T3"
    hallazgos = leer_tabla("hallazgos", procesados)
    hallados = set(zip(hallazgos["regla"], hallazgos["dependencia"], strict=True))
    sembradas = [f for f in leer_fallas() if "2025-T3" in f.cortes and f.instrumento in seguidos]
    esperados = {(regla, falla.dependencia) for falla in sembradas for regla in falla.reglas}
    if not {"poai", "pa"} <= set(seguidos):
        esperados = {par for par in esperados if not par[0].startswith("CON")}
    else:
        quiebres = leer_tabla("conciliacion", procesados)
        for columna in ("dependencia", "otra_dependencia"):
            hallados |= set(zip(quiebres["regla"], quiebres[columna], strict=True))
        propios = quiebres[quiebres["clase"] == "quiebre"]
        assert set(zip(propios["regla"], propios["dependencia"], strict=True)) <= esperados
    assert esperados <= hallados, sorted(esperados - hallados)


def test_correr_otra_vez_no_toca_nada(cortes_demo: Path) -> None:
    antes = huellas_de_salidas(_publicados(cortes_demo))
    corrida = correr(flujo.abrir(2025, "T3", cortes_demo), Opciones())
    assert {r.estado for r in corrida.resultados} == {"sin_cambios"}
    assert huellas_de_salidas(_publicados(cortes_demo)) == antes


def test_el_corte_deja_constancia_de_sus_insumos_y_sus_tablas(cortes_demo: Path) -> None:
    carpeta = cortes_demo / "data" / "processed" / "2025" / "T3"
    constancia = json.loads((carpeta / "manifiesto.json").read_text(encoding="utf-8"))
    for insumo in constancia["insumos"]:
        assert huella_archivo(cortes_demo / "data" / "raw" / insumo["ruta"]) == insumo["sha256"]
    assert set(constancia["salidas"]) == {f"{t}.parquet" for t in (*TABLAS_INGESTA, *TABLAS_CALCULO)}
    assert constancia["filas"]["metas"] == 333


def test_el_resumen_cuadra_con_las_tablas(cortes_demo: Path) -> None:
    resumen = json.loads((_publicados(cortes_demo) / "resumen.json").read_text(encoding="utf-8"))
    metas = leer_tabla("metas", cortes_demo / "data" / "processed" / "2025" / "T3")
    estados = metas["estado_reporte"].value_counts()
    cuenta = resumen["metas"]
    assert cuenta["n_metas"] == len(metas) == 333
    assert cuenta["n_no_programadas"] == estados["no_programada"]
    assert cuenta["n_programadas"] == len(metas) - estados["no_programada"]
    vigentes = {estado: n for estado, n in resumen["entregas"].items() if estado != "reemplazada"}
    assert sum(vigentes.values()) == 75  # 25 dependencias, tres instrumentos
