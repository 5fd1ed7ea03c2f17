"""El cuaderno 00 sobre un corte mínimo: las comprobaciones corren y fallan si lo publicado no se sostiene."""

from __future__ import annotations

import html
import re
import shutil
from pathlib import Path

import pandas as pd
import pytest

from pipeline import metodologia, trazas
from pipeline.config import Rutas, cargar_config, leer_corte
from pipeline.errores import ErrorInforme
from pipeline.esquemas import crear_tabla, guardar_tabla, leer_tabla
from pipeline.indices import calcular_indices, calcular_metas, explicar_meta, explicar_nodos
from pipeline.informes import ejecutar_cuaderno, exportar_html

pytestmark = pytest.mark.integracion

PROYECTO = Path(__file__).resolve().parents[2]
CUADERNO = PROYECTO / "notebooks" / "00_metodologia.ipynb"
VIGENCIAS = (2024, 2025, 2026, 2027)
TIPOS = ("acumulado", "flujo", "stock", "capacidad", "mantenimiento", "reduccion", "reduccion_anual")
# codigo, tipo, línea, programa, LB, M, P de cada vigencia, Pc, E 2024, E 2025, estado
METAS = [
    ("A1", "acumulado", "1", "11", None, 20, (4, 8, 5, 3), 5, 4, 6, "reportada"),
    (
        "A2",
        "acumulado",
        "1",
        "11",
        None,
        5,
        (5, 5, 5, 5),
        4,
        5,
        4,
        "reportada",
    ),  # contradice: es mantenimiento
    ("A3", "acumulado", "1", "12", None, 10, (5, 0, 5, 0), None, 5, None, "no_programada"),
    ("F1", "flujo", "1", "12", None, 1000, (900, 1000, 1000, 1000), 1000, 900, 700, "reportada"),
    ("S1", "stock", "2", "21", None, 40, (10, 20, 30, 40), 16, 10, None, "sin_reporte"),
    ("C1", "capacidad", "2", "21", 40, 120, (50, 60, 90, 120), 55, 50, 50, "reportada"),
    ("M1", "mantenimiento", "2", "22", 50, 50, (50, 50, 50, 50), 50, 50, 25, "reportada"),
    ("R1", "reduccion", "2", "22", 200, 100, (180, 160, 130, 100), 170, 190, 176, "reportada"),
]


def _base() -> pd.DataFrame:
    filas = [
        {
            "codigo_meta": codigo,
            "nombre_meta": f"Meta <{codigo}>",
            "tipo_meta": tipo,
            "linea": linea,
            "nombre_linea": f"Línea {linea}",
            "programa": programa,
            "dependencia": "SPLA" if linea == "1" else "SHAC",
            "nombre_dependencia": "Secretaría de Planeación" if linea == "1" else "Secretaría de Hacienda",
            "linea_base": base,
            "meta_cuatrienio": meta,
            "ponderador": 1.0 + n,
            "ponderador_linea": 0.7 if linea == "1" else 0.3,
            "programado_vigencia": programado[1],
            "programado_corte": al_corte,
            "ejecutado_vigencia": actual,
            "apropiacion_definitiva_cop": 100.0 * (n + 1),
            "obligaciones_cop": 10.0 * (n + 1) ** 1.5,
            "estado_reporte": estado,
        }
        for n, (
            codigo,
            tipo,
            linea,
            programa,
            base,
            meta,
            programado,
            al_corte,
            _,
            actual,
            estado,
        ) in enumerate(METAS)
    ]
    return pd.DataFrame(filas)


def _historia() -> pd.DataFrame:
    filas = [
        (meta[0], vigencia, programado, ejecutado)
        for meta in METAS
        for vigencia, programado, ejecutado in zip(
            VIGENCIAS, meta[6], (meta[8], meta[9], None, None), strict=True
        )
    ]
    columnas = ["codigo_meta", "vigencia", "programado_vigencia", "ejecutado_vigencia"]
    return pd.DataFrame(filas, columns=columnas).astype({columnas[2]: "float64", columnas[3]: "float64"})


def _armar(raiz: Path, **opciones: str) -> Path:
    """Raíz con las tablas de un corte pequeño, calculadas con la configuración de la raíz."""
    raiz.mkdir()
    texto = (PROYECTO / "seguimiento.toml").read_text(encoding="utf-8")
    for opcion, valor in opciones.items():
        texto = re.sub(rf"(?m)^{opcion} = .*$", f"{opcion} = {valor}", texto)
    (raiz / "seguimiento.toml").write_text(texto, encoding="utf-8")
    config = cargar_config(raiz)
    corte, metodo = leer_corte(2025, "T3", config), config.metodo.metodo()
    carpeta = Rutas(raiz).procesados(corte)
    historia = _historia()
    metas = calcular_metas(_base(), historia, corte=corte, metodo=metodo, vigencias=VIGENCIAS)
    cifras = [
        cifra
        for meta in metas.to_dict("records")
        for cifra in explicar_meta(meta, historia, corte=corte, metodo=metodo, vigencias=VIGENCIAS)
    ]
    indices = calcular_indices(metas, corte=corte, metodo=metodo)
    fuentes = [("A1", 2025, "SGP", 30.0), ("F1", 2025, "SGP", 45.0), ("A1", 2025, "Propios", 25.0)]
    columnas = ["codigo_meta", "vigencia", "fuente", "programado_cop"]
    tablas = {
        "metas": metas,
        "indices": indices,
        "trazas_nodos": trazas.armar_trazas_de_nodos(
            explicar_nodos(metas, indices, corte=corte, metodo=metodo)
        ),
        "trazas": trazas.armar_trazas(cifras),
        "plan_vigencias": crear_tabla("plan_vigencias", historia.drop(columns="ejecutado_vigencia")),
        "plan_fuentes": crear_tabla("plan_fuentes", pd.DataFrame(fuentes, columns=columnas)),
        **{n: crear_tabla(n) for n in ("plan", "entregas", "hallazgos", "alertas", "insumos")},
    }
    for nombre, tabla in tablas.items():
        guardar_tabla(nombre, tabla, carpeta)
    return raiz


@pytest.fixture(scope="module")
def armada(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """El corte mínimo con el método predeterminado; quien lo cambie usa `raiz`."""
    return _armar(tmp_path_factory.mktemp("armada") / "entidad")


@pytest.fixture
def raiz(armada: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Copia propia del corte mínimo, como carpeta de trabajo."""
    carpeta = tmp_path / "entidad"
    shutil.copytree(armada, carpeta)
    monkeypatch.chdir(carpeta)
    return carpeta


def _alterar(raiz: Path, tabla: str, columna: str, valor: object, codigo: str) -> None:
    carpeta = Rutas(raiz).procesados(leer_corte(2025, "T3", cargar_config(raiz)))
    datos = leer_tabla(tabla, carpeta)
    llave = "codigo_meta" if tabla == "metas" else "codigo"
    datos.loc[datos[llave] == codigo, columna] = valor
    guardar_tabla(tabla, datos, carpeta)


@pytest.fixture(scope="module")
def pagina(armada: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """HTML del cuaderno 00 ejecutado y exportado de verdad."""
    carpeta = tmp_path_factory.mktemp("metodologia")
    ejecutado = carpeta / "cuaderno.ipynb"
    ejecutar_cuaderno(CUADERNO, ejecutado, {"vigencia": 2025, "periodo": "T3"}, armada)
    exportar_html(ejecutado, carpeta / "informe.html", "metodo", armada)
    return html.unescape((carpeta / "informe.html").read_text(encoding="utf-8"))


def test_las_siete_comprobaciones_de_tipo_y_las_cinco_generales_aparecen_ejecutadas(pagina: str) -> None:
    hechas = pagina.count("<strong>Comprobado.</strong>")
    sin_valores = pagina.count("<strong>Nada que comprobar en este corte:</strong>")
    assert (hechas, sin_valores) == (11, 1)  # ninguna meta es de reducción anual
    for tipo in TIPOS:
        assert f'comprobar_tipo(revision, "{tipo}")' in re.sub(r"<[^>]+>", "", pagina)


def test_el_ejemplo_es_de_una_meta_propia_o_dice_que_es_de_libro(pagina: str) -> None:
    assert "Ejemplo con una meta de la entidad: <strong>C1</strong>" in pagina
    assert "(50 − 40) / (60 − 40) = 50,0" in pagina
    # El stock no tiene reporte y de reducción anual no hay metas: los dos van con ejemplo de libro.
    assert pagina.count("<strong>Ejemplo de libro:</strong>") == 2


def test_el_texto_de_los_libros_va_escapado(raiz: Path) -> None:
    bloque = metodologia.ejemplo(metodologia.abrir(2025, "T3"), "capacidad")._repr_html_()
    assert "&lt;C1&gt;" in bloque
    assert "<C1>" not in bloque


@pytest.mark.parametrize(
    ("tabla", "columna", "codigo", "valor"),
    [
        ("metas", "avance", "A1", 0.70),
        ("metas", "avance_crudo", "R1", 0.61),
        ("metas", "avance_cuatrienio", "C1", 0.2),
        ("metas", "ejecutado_vigencia", "M1", 30.0),
        ("metas", "esperado", "F1", 0.9),
        ("metas", "cota_superior", "S1", 0.8),
        ("metas", "semaforo", "A1", "critico"),
        ("indices", "avance", "PLAN", 0.9),
        ("indices", "avance", "22", 0.1),
        ("indices", "avance_cuatrienio", "2", 0.5),
        ("indices", "cota_inferior", "2", 0.0),
        ("indices", "semaforo", "SPLA", "critico"),
        ("indices", "ejecucion_financiera", "1", 0.5),
    ],
)
def test_alterar_un_valor_publicado_hace_fallar_la_comprobacion(
    raiz: Path, tabla: str, columna: str, codigo: str, valor: object
) -> None:
    metodologia.resumen(metodologia.abrir(2025, "T3"))
    _alterar(raiz, tabla, columna, valor, codigo)
    with pytest.raises(ErrorInforme, match=f"no coincide con lo publicado.*{codigo}"):
        metodologia.resumen(metodologia.abrir(2025, "T3"))


def test_con_un_valor_alterado_el_cuaderno_no_se_publica(raiz: Path, tmp_path: Path) -> None:
    _alterar(raiz, "metas", "avance", 0.70, "A1")
    with pytest.raises(ErrorInforme, match="no coincide"):
        ejecutar_cuaderno(CUADERNO, tmp_path / "c.ipynb", {"vigencia": 2025, "periodo": "T3"}, raiz)


@pytest.mark.parametrize("agregacion", ["ponderada", "simple", "por_conteo"])
@pytest.mark.parametrize("sin_reporte", ["cero", "excluir"])
@pytest.mark.parametrize("tope", ["1.0", '"sin_tope"'])
def test_las_comprobaciones_valen_con_cualquier_metodo(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, agregacion: str, sin_reporte: str, tope: str
) -> None:
    opciones = {"agregacion": f'"{agregacion}"', "sin_reporte": f'"{sin_reporte}"', "tope": tope}
    monkeypatch.chdir(_armar(tmp_path / "otra", no_programada='"cero"', **opciones))
    resumen = metodologia.resumen(metodologia.abrir(2025, "T3"))
    assert set(resumen["resultado"]) <= {"coincide", "no hay qué comparar"}
    assert len(resumen) == 12


def test_el_aporte_de_las_lineas_suma_el_avance_del_plan_con_pesos_que_suman_uno(raiz: Path) -> None:
    revision = metodologia.abrir(2025, "T3")
    filas = metodologia.aporte_de_las_lineas(revision).set_index("nombre")
    # Línea 1 (pesos 1, 2 y 4; A3 no está programada): (1×6/8 + 2×4/5 + 4×0,7) / 7. El plan la pesa 0,7.
    assert filas.loc["Línea 1", "avance"] == pytest.approx((0.75 + 2 * 0.8 + 4 * 0.7) / 7)
    assert filas.loc["Línea 1", "peso"] == pytest.approx(0.7)
    assert filas.loc["Total", "peso"] == pytest.approx(1.0)
    assert filas.loc["Total", "aporte"] == pytest.approx(revision.datos.resumen["avance"])


def test_el_tipo_contradicho_se_muestra_con_las_dos_lecturas(raiz: Path) -> None:
    fila = metodologia.contradicciones(metodologia.abrir(2025, "T3")).iloc[0]
    assert (fila["codigo_meta"], fila["declarado"], fila["patron"]) == ("A2", "acumulado", "mantenimiento")
    assert (fila["lectura_declarada"], fila["lectura_inferida"]) == (4.0, 1.0)  # 5 × 4 / 5, sin tope


def test_quitar_un_libro_separa_las_cotas(raiz: Path) -> None:
    antes, despues = metodologia.retiro_de_un_libro(metodologia.abrir(2025, "T3")).to_dict("records")
    assert despues["cota_inferior"] < antes["cota_inferior"]
    assert despues["amplitud"] > antes["amplitud"]


def test_por_fuente_solo_se_publica_lo_programado_y_se_dice(raiz: Path) -> None:
    revision = metodologia.abrir(2025, "T3")
    filas = metodologia.fuentes_de_recursos(revision).set_index("fuente")
    assert filas.loc["SGP", "participacion_vigencia"] == pytest.approx(0.75)
    assert filas.loc["SGP", "n_metas"] == 2
    assert filas.loc["Total", "n_metas"] == 2  # A1 y F1: A1 tiene dos fuentes y cuenta una vez
    assert "Solo se publica lo programado" in metodologia.texto_de_fuentes(revision)._repr_html_()


def test_sin_recursos_por_fuente_se_dice(raiz: Path) -> None:
    carpeta = Rutas(raiz).procesados(leer_corte(2025, "T3", cargar_config(raiz)))
    guardar_tabla("plan_fuentes", crear_tabla("plan_fuentes"), carpeta)
    revision = metodologia.abrir(2025, "T3")
    assert metodologia.fuentes_de_recursos(revision).empty
    assert "no trae recursos por fuente" in metodologia.texto_de_fuentes(revision)._repr_html_()


@pytest.mark.parametrize("tipo", TIPOS)
def test_los_ejemplos_de_libro_dan_la_cuenta_hecha_a_mano(raiz: Path, tipo: str) -> None:
    carpeta = Rutas(raiz).procesados(leer_corte(2025, "T3", cargar_config(raiz)))
    guardar_tabla("metas", crear_tabla("metas"), carpeta)
    bloque = metodologia.ejemplo(metodologia.abrir(2025, "T3"), tipo)._repr_html_()
    assert "Ejemplo de libro" in bloque
    assert "A mano:" in bloque


def test_la_portada_enlaza_el_informe_porque_esta_en_el_catalogo() -> None:
    import yaml

    catalogo = yaml.safe_load((PROYECTO / "pipeline" / "recursos" / "informes.yml").read_text("utf-8"))
    ficha = next(i for i in catalogo["informes"] if i["nombre"] == CUADERNO.stem)
    assert (ficha["edicion"], ficha["por"]) == ("metodo", "corte")
