"""El resumen de muchas entidades: quién está, cifras con cotas, quién falta y enlaces a cada portal."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest

from pipeline.errores import ErrorConfiguracion
from pipeline.esquemas import crear_tabla
from pipeline.flujo.entidades import publicar_resumen
from pipeline.graficos import distribucion_de_entidades
from pipeline.informes import entidades

PROYECTO = Path(__file__).resolve().parents[2]
HOSTIL = "San José <b>&</b>"


def _entidad(raiz: Path, nombre: str, **cifras: float) -> None:
    """Una entidad con un libro recibido; con cifras si se dan."""
    (raiz / "data" / "raw" / "2025" / "T3" / "pi" / "SSAL").mkdir(parents=True)
    (raiz / "data" / "raw" / "2025" / "T3" / "pi" / "SSAL" / "s.json").write_text("{}")
    texto = (PROYECTO / "seguimiento.toml").read_text(encoding="utf-8")
    (raiz / "seguimiento.toml").write_text(texto.replace("Alcaldía Municipal de Ibagué", nombre), "utf-8")
    if not cifras:
        return
    fila = {"vigencia": 2025, "periodo": "T3", "nivel": "plan", "codigo": "PLAN", "nombre": "Plan"}
    tabla = crear_tabla("indices", [fila | cifras])
    enteros = [c for c in tabla if c.startswith("n_")]
    tabla[enteros] = tabla[enteros].fillna(0)
    procesados = raiz / "data" / "processed" / "2025" / "T3"
    procesados.mkdir(parents=True)
    tabla.to_parquet(procesados / "indices.parquet", index=False)
    (raiz / "reports").mkdir()
    (raiz / "reports" / "index.html").write_text("portal")


@pytest.fixture
def municipios(tmp_path: Path) -> Path:
    """Tres con cifras (una sin presupuesto), una con libros y sin calcular, y una dañada."""
    carpeta = tmp_path / "municipios"
    comunes = {"n_metas": 10, "n_programadas": 10, "esperado": 0.5}
    dinero = {"apropiacion_definitiva_cop": 300e6, "obligaciones_cop": 60e6, "ejecucion_financiera": 0.2}
    bajo = {"avance": 0.2, "cota_inferior": 0.2, "cota_superior": 0.3, "n_reportadas": 9}
    medio = {"avance": 0.45, "cota_inferior": 0.45, "cota_superior": 0.55, "n_reportadas": 9}
    alto = {"avance": 0.8, "cota_inferior": 0.8, "cota_superior": 0.8, "n_reportadas": 10}
    mas_dinero = {"apropiacion_definitiva_cop": 100e6, "obligaciones_cop": 60e6, "ejecucion_financiera": 0.6}
    _entidad(carpeta / "a", "Ambalema", **comunes, **bajo, **dinero)
    _entidad(carpeta / "b ñ", HOSTIL, **comunes, **medio, **mas_dinero)
    _entidad(carpeta / "c", "Cajamarca", **comunes, **alto)
    _entidad(carpeta / "d", "Dolores")
    _entidad(carpeta / "e", "Espinal")
    (carpeta / "e" / "seguimiento.toml").write_text("[entidad", encoding="utf-8")
    return carpeta


def test_van_de_mayor_a_menor_avance_y_lo_que_falta_dice_por_que(municipios: Path) -> None:
    todas = entidades.abrir_entidades(2025, "T3", municipios)
    assert list(todas.calculadas["nombre"]) == ["Cajamarca", HOSTIL, "Ambalema"]
    assert list(todas.calculadas["con_reporte"]) == ["10 de 10", "9 de 10", "9 de 10"]
    assert list(todas.calculadas["entregas"]) == ["1 de 25"] * 3
    assert list(todas.faltan["carpeta"]) == ["d", "e"]
    assert todas.faltan["motivo"][0] == "Recibió libros y no ha calculado el corte."
    assert todas.faltan["motivo"][1].startswith("seguimiento.toml: TOML mal escrito al final del archivo. ")


def test_el_dinero_conjunto_es_la_razon_de_las_sumas_y_el_avance_el_de_la_entidad_del_medio(
    municipios: Path,
) -> None:
    todas = entidades.abrir_entidades(2025, "T3", municipios)
    clave = re.sub(r"<[^>]+>", " ", entidades.cifras_clave(todas).contenido).replace("\xa0", " ")
    assert "3 de 5" in clave
    assert "93,3 %" in clave  # 28 reportadas de 30 programadas
    assert "45,0 %" in clave  # la del medio entre 20, 45 y 80
    assert "entre 45,0 % y 55,0 %" in clave
    assert "30,0 %" in clave  # (60 + 60) / (300 + 100), no el promedio de 20 % y 60 %
    assert "en 2 entidades" in clave


def test_la_distribucion_cuenta_cada_entidad_en_su_tramo() -> None:
    datos = pd.DataFrame(
        {"avance": [0.0, 0.3, 0.95, 1.4], "cota_inferior": [0.0, 0.3, 0.95, 1.4], "cota_superior": [0.3] * 4}
    )
    figura = distribucion_de_entidades(datos, "2025 T3")
    assert figura is not None
    assert list(figura.datos["Entidades"]) == [1, 0, 0, 1, 0, 0, 0, 0, 0, 2]
    assert list(figura.datos["Con la cota superior"]) == [0, 0, 0, 4, 0, 0, 0, 0, 0, 0]
    assert figura.titular == "2 de 4 entidades no llegan al 50 % de avance"
    assert distribucion_de_entidades(datos.iloc[:0], "2025 T3") is None


def test_una_carpeta_sin_entidades_o_sin_cifras_no_se_resume(tmp_path: Path) -> None:
    with pytest.raises(ErrorConfiguracion, match="ninguna subcarpeta"):
        entidades.abrir_entidades(2025, "T3", tmp_path)
    _entidad(tmp_path / "d", "Dolores")
    assert publicar_resumen(tmp_path, con_pdf=False) is None


@pytest.mark.integracion
def test_el_cuaderno_se_publica_con_su_pdf_y_no_se_rehace_sin_motivo(municipios: Path) -> None:
    hecho = publicar_resumen(municipios)
    assert hecho is not None
    assert (hecho.estado, hecho.corte) == ("completo", "2025-T3"), hecho.motivo
    html = municipios / "resumen" / "informe.html"
    pagina = html.read_text(encoding="utf-8")
    enlaces = re.findall(r'<a href="(\.\./[^"]+)">([^<]+)</a>', pagina)
    assert [e for e, _ in enlaces] == [
        "../c/reports/index.html",
        "../b%20%C3%B1/reports/index.html",
        "../a/reports/index.html",
    ]
    assert HOSTIL not in pagina
    assert "San José &lt;b&gt;&amp;&lt;/b&gt;" in pagina
    assert (municipios / "resumen" / "informe.pdf").read_bytes().startswith(b"%PDF")
    antes = html.stat().st_mtime_ns
    assert publicar_resumen(municipios) == hecho
    assert html.stat().st_mtime_ns == antes
