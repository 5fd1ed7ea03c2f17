"""De cuaderno a HTML y PDF con papermill, nbconvert y WeasyPrint de verdad, sobre un cuaderno mínimo."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from pipeline.errores import ErrorConfiguracion, ErrorInforme
from pipeline.informes import ejecutar_cuaderno, exportar_html, exportar_pdf

pytestmark = pytest.mark.integracion

PROYECTO = Path(__file__).resolve().parents[2]
PARAMETROS = 'vigencia: int = 2025  # año fiscal\nperiodo: str = "T3"  # corte'
TERMINAR = "from pipeline.informes import terminar\nterminar()"
HOSTIL = "<script>alert(1)</script>\"><img src=x onerror=alert(1)> {{7*7}} {% raw %} =HYPERLINK('http://x')"
TABLA = f"""import pandas as pd
from pipeline.tablas import Columna, tabla
datos = pd.DataFrame({{"meta": [{HOSTIL!r}]}})
tabla(datos, [Columna(campo="meta", titulo="Meta")], titulo="Metas <hostiles>")"""
FIGURA = """import pandas as pd
from pipeline.graficos import distribucion_por_banda
bandas = pd.DataFrame({"semaforo": ["critico"], "n_metas": [2], "proporcion": [1.0]})
distribucion_por_banda(bandas, "2025 T3")"""


@pytest.fixture
def raiz(tmp_path: Path) -> Path:
    """Carpeta de una entidad con solo su configuración."""
    carpeta = tmp_path / "entidad"
    carpeta.mkdir()
    shutil.copy(PROYECTO / "seguimiento.toml", carpeta)
    return carpeta


def _cuaderno(carpeta: Path, *celdas: str, final: str = TERMINAR) -> Path:
    """Cuaderno con la celda de parámetros, un título, una celda por código y la última."""
    de_codigo = [new_code_cell(c, id=f"celda-{n}") for n, c in enumerate([*celdas, final])]
    parametros = new_code_cell(PARAMETROS, id="parameters", metadata={"tags": ["parameters"]})
    titulo = new_markdown_cell("## Sección de prueba\n\nUn párrafo con **negrita**.", id="titulo")
    metadatos = {
        "title": "Informe de prueba",
        "kernelspec": {"name": "python3", "language": "python", "display_name": "Python 3"},
    }
    ruta = carpeta / "prueba.ipynb"
    nbformat.write(new_notebook(cells=[parametros, titulo, *de_codigo], metadata=metadatos), ruta)
    return ruta


def _publicar(cuaderno: Path, raiz: Path, destino: Path, edicion: str = "lector") -> tuple[Path, Path]:
    parametros = {"vigencia": 2025, "periodo": "T2"}
    hecho = ejecutar_cuaderno(cuaderno, destino / "cuaderno.ipynb", parametros, raiz)
    exportar_html(hecho.ruta, destino / "informe.html", edicion, raiz)  # type: ignore[arg-type]
    return hecho.ruta, destino / "informe.html"


def _hacer_pdf(html: Path, destino: Path) -> bytes:
    try:
        import weasyprint  # noqa: F401
    except OSError:
        pytest.skip(
            "se omite: WeasyPrint no encuentra Pango (apt-get install libpango-1.0-0 libpangoft2-1.0-0)"
        )
    return exportar_pdf(html, destino).ruta.read_bytes()


def test_toda_salida_de_las_celdas_aparece_en_el_informe(raiz: Path, tmp_path: Path) -> None:
    """Con otras plantillas base las salidas `execute_result` desaparecen sin error."""
    celdas = ['print("salida-impresa")', '"salida-de-texto"', TABLA, FIGURA]
    _, html = _publicar(_cuaderno(tmp_path, *celdas), raiz, tmp_path / "salida")
    pagina = html.read_text(encoding="utf-8")
    for esperada in (
        "salida-impresa",
        "salida-de-texto",
        "Metas &lt;hostiles&gt;",
        "<figure>",
        "Sección de prueba",
    ):
        assert esperada in pagina
    assert "informe terminado" not in pagina


def test_el_informe_trae_encabezado_indice_y_enlace_de_salto(raiz: Path, tmp_path: Path) -> None:
    _, html = _publicar(_cuaderno(tmp_path, TABLA), raiz, tmp_path / "salida")
    pagina = html.read_text(encoding="utf-8")
    assert '<html lang="es-CO">' in pagina
    assert "PRO-PET-07" in pagina and "Alcaldía Municipal de Ibagué" in pagina
    assert "segundo trimestre: del 1 de enero al 30 de junio de 2025" in pagina
    assert '<a class="saltar" href="#contenido">' in pagina
    assert '<a href="#seccion-1-seccion-de-prueba">Sección de prueba</a>' in pagina


def test_la_demostracion_se_rotula_y_lo_real_no(raiz: Path, tmp_path: Path) -> None:
    cuaderno = _cuaderno(tmp_path, TABLA)
    _, real = _publicar(cuaderno, raiz, tmp_path / "real")
    (raiz / "data" / "raw").mkdir(parents=True)
    (raiz / "data" / "raw" / "demostracion.json").write_text("{}", encoding="utf-8")
    _, demo = _publicar(cuaderno, raiz, tmp_path / "demo")
    assert "Datos sintéticos de demostración" not in real.read_text(encoding="utf-8")
    assert "Datos sintéticos de demostración" in demo.read_text(encoding="utf-8")


def test_la_edicion_del_lector_oculta_el_codigo_y_la_del_metodo_lo_muestra(
    raiz: Path, tmp_path: Path
) -> None:
    cuaderno = _cuaderno(tmp_path, TABLA)
    _, lector = _publicar(cuaderno, raiz, tmp_path / "lector", "lector")
    _, metodo = _publicar(cuaderno, raiz, tmp_path / "metodo", "metodo")
    assert '<div class="codigo"' not in lector.read_text(encoding="utf-8")
    assert '<div class="codigo"' in metodo.read_text(encoding="utf-8")
    assert "highlight hl-ipython3" in metodo.read_text(encoding="utf-8")


@pytest.mark.parametrize("edicion", ["lector", "metodo"])
def test_el_texto_hostil_sale_como_texto(raiz: Path, tmp_path: Path, edicion: str) -> None:
    _, html = _publicar(_cuaderno(tmp_path, TABLA, f"print({HOSTIL!r})"), raiz, tmp_path / "s", edicion)
    pagina = html.read_text(encoding="utf-8")
    assert "<script" not in pagina
    assert "<img" not in pagina
    assert "{{7*7}}" in pagina
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in pagina


def test_dos_corridas_en_carpetas_y_husos_distintos_dan_los_mismos_bytes(
    raiz: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cuaderno = _cuaderno(tmp_path, TABLA, FIGURA)
    uno = _publicar(cuaderno, raiz, tmp_path / "uno")
    otra = tmp_path / "otra carpeta" / "entidad"
    shutil.copytree(raiz, otra)
    monkeypatch.setenv("TZ", "Pacific/Kiritimati")
    dos = _publicar(cuaderno, otra, tmp_path / "dos con espacios")
    assert uno[0].read_bytes() == dos[0].read_bytes(), "el cuaderno ejecutado cambia entre corridas"
    assert uno[1].read_bytes() == dos[1].read_bytes(), "el HTML cambia entre corridas"
    assert _hacer_pdf(uno[1], tmp_path / "uno.pdf") == _hacer_pdf(dos[1], tmp_path / "dos.pdf")


def test_el_cuaderno_corre_en_la_raiz_de_la_entidad(raiz: Path, tmp_path: Path) -> None:
    antes = Path.cwd()
    ver = "from pathlib import Path\nPath('seguimiento.toml').exists()"
    ejecutado, _ = _publicar(_cuaderno(tmp_path, ver), raiz, tmp_path / "s")
    assert "True" in ejecutado.read_text(encoding="utf-8")
    assert Path.cwd() == antes


def test_el_cuaderno_ejecutado_no_guarda_rutas_reloj_ni_equipo(raiz: Path, tmp_path: Path) -> None:
    ejecutado, _ = _publicar(_cuaderno(tmp_path, "1 + 1"), raiz, tmp_path / "s")
    texto = ejecutado.read_text(encoding="utf-8")
    for indiscreto in (str(tmp_path), os.uname().nodename, "start_time", "duration", "iopub"):
        assert indiscreto not in texto
    recibidos = nbformat.read(ejecutado, as_version=4).cells[1]
    assert recibidos.id == "parametros-recibidos"
    assert recibidos.source.startswith("# Parámetros de esta corrida")


def test_salirse_del_cuaderno_cuenta_como_fallido(raiz: Path, tmp_path: Path) -> None:
    """Papermill da por bueno un cuaderno que llama sys.exit(0)."""
    cuaderno = _cuaderno(tmp_path, "import sys; sys.exit(0)")
    with pytest.raises(ErrorInforme):
        ejecutar_cuaderno(cuaderno, tmp_path / "s" / "cuaderno.ipynb", {}, raiz)
    assert (tmp_path / "s" / "FALLA.html").exists()


def test_sin_la_ficha_de_terminacion_el_informe_cuenta_como_fallido(raiz: Path, tmp_path: Path) -> None:
    with pytest.raises(ErrorInforme, match="ficha de terminación"):
        ejecutar_cuaderno(_cuaderno(tmp_path, final="1"), tmp_path / "s" / "cuaderno.ipynb", {}, raiz)


def test_una_celda_que_falla_dice_cual_y_por_que_en_espanol(raiz: Path, tmp_path: Path) -> None:
    cuaderno = _cuaderno(tmp_path, "1", "valores = {}\nvalores['<b>ausente']")
    with pytest.raises(ErrorInforme, match="prueba.ipynb › celda «celda-1».*KeyError") as fallo:
        ejecutar_cuaderno(cuaderno, tmp_path / "s" / "cuaderno.ipynb", {}, raiz)
    assert "FALLA.html" in str(fallo.value)
    falla = (tmp_path / "s" / "FALLA.html").read_text(encoding="utf-8")
    assert '<html lang="es-CO">' in falla and "El informe no se publicó" in falla
    assert "<details><summary>Traza técnica" in falla
    assert "<b>ausente" not in falla
    assert (tmp_path / "s" / "cuaderno.ipynb").exists(), "el cuaderno ejecutado se conserva"


def test_un_error_nuestro_se_muestra_tal_como_esta_escrito(raiz: Path, tmp_path: Path) -> None:
    codigo = (
        'from pipeline.errores import ErrorEntorno\nraise ErrorEntorno("no existe la tabla metas del corte")'
    )
    with pytest.raises(ErrorInforme, match="\\): no existe la tabla metas del corte"):
        ejecutar_cuaderno(_cuaderno(tmp_path, codigo), tmp_path / "s" / "cuaderno.ipynb", {}, raiz)


def test_una_celda_que_no_termina_se_detiene(raiz: Path, tmp_path: Path) -> None:
    cuaderno = _cuaderno(tmp_path, "import time; time.sleep(60)")
    with pytest.raises(ErrorInforme):
        ejecutar_cuaderno(cuaderno, tmp_path / "s" / "cuaderno.ipynb", {}, raiz, segundos=2)


def test_un_parametro_mal_escrito_no_ejecuta_nada(raiz: Path, tmp_path: Path) -> None:
    with pytest.raises(ErrorConfiguracion, match="¿Quiso decir «periodo»"):
        ejecutar_cuaderno(_cuaderno(tmp_path, "1"), tmp_path / "s" / "c.ipynb", {"peridoo": "T1"}, raiz)
    assert not (tmp_path / "s").exists()


def test_una_imagen_suelta_sin_texto_alternativo_no_se_publica(raiz: Path, tmp_path: Path) -> None:
    suelta = "from IPython.display import SVG\nSVG('<svg xmlns=\"http://www.w3.org/2000/svg\"/>')"
    hecho = ejecutar_cuaderno(_cuaderno(tmp_path, suelta), tmp_path / "s" / "c.ipynb", {}, raiz)
    with pytest.raises(ErrorInforme, match="texto alternativo"):
        exportar_html(hecho.ruta, tmp_path / "s" / "informe.html", "lector", raiz)
    assert not (tmp_path / "s" / "informe.html").exists()


def test_lo_que_una_celda_avisa_no_sale_pero_se_cuenta(raiz: Path, tmp_path: Path) -> None:
    avisa = 'import sys\nprint("ojo-con-esto", file=sys.stderr)'
    hecho = ejecutar_cuaderno(_cuaderno(tmp_path, avisa), tmp_path / "s" / "c.ipynb", {}, raiz)
    pagina = exportar_html(hecho.ruta, tmp_path / "s" / "informe.html", "lector", raiz).ruta.read_text(
        "utf-8"
    )
    assert "ojo-con-esto" in "".join(hecho.avisos)
    assert "ojo-con-esto" not in pagina


def test_el_pdf_no_trae_lo_que_es_solo_del_html(raiz: Path, tmp_path: Path) -> None:
    from pypdf import PdfReader

    larga = TABLA.replace('titulo="Metas <hostiles>"', 'titulo="Anexo", clase="solo-html"')
    _, html = _publicar(_cuaderno(tmp_path, larga, 'print("queda")'), raiz, tmp_path / "s")
    _hacer_pdf(html, tmp_path / "informe.pdf")
    texto = " ".join(p.extract_text() for p in PdfReader(tmp_path / "informe.pdf").pages)
    assert "Anexo" not in texto
    assert "queda" in texto


def test_una_tabla_lleva_el_mismo_numero_en_html_y_pdf_aunque_otra_no_se_imprima(
    raiz: Path, tmp_path: Path
) -> None:
    from pypdf import PdfReader

    larga = TABLA.replace('titulo="Metas <hostiles>"', 'titulo="Anexo", clase="solo-html"')
    tercera = TABLA.replace("Metas <hostiles>", "La tercera")
    _, html = _publicar(_cuaderno(tmp_path, TABLA, larga, tercera), raiz, tmp_path / "s")
    _hacer_pdf(html, tmp_path / "informe.pdf")
    texto = " ".join(p.extract_text() for p in PdfReader(tmp_path / "informe.pdf").pages)
    assert "Tabla 1. Metas" in texto
    assert "Tabla 3. La tercera" in texto


def test_el_pdf_no_va_a_buscar_nada_fuera(tmp_path: Path) -> None:
    pagina = tmp_path / "pagina.html"
    pagina.write_text(
        '<html lang="es"><title>t</title><img src="file:///etc/hostname" alt="x"></html>', "utf-8"
    )
    with pytest.raises(ErrorInforme, match="autocontenida"):
        _hacer_pdf(pagina, tmp_path / "pagina.pdf")
