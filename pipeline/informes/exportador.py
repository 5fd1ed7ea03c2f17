"""De cuaderno ejecutado a un solo archivo HTML, con plantilla propia. No ejecuta ni hace PDF."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal, get_args

from pipeline.archivos import escribir
from pipeline.errores import ErrorEntorno, ErrorInforme
from pipeline.formato_es import sin_tildes
from pipeline.hipertexto import ANEXO, mostrar_invisibles, quitar_enlaces_de_traza
from pipeline.informes.auditoria import auditar_html
from pipeline.informes.portada import armar_portada

Edicion = Literal["lector", "metodo"]
RECURSOS = Path(__file__).parents[1] / "recursos"
PLANTILLA = RECURSOS / "plantilla_informe"
CADENA_DE_PLANTILLAS = ("index.html.j2", "base/display_priority.j2", "base/null.j2")
"""La nuestra y las que extiende."""
INDICE = "<!-- indice -->"
TITULO = re.compile(r"<h2>(.*?)</h2>", re.DOTALL)
ETIQUETA = re.compile(r"<[^>]+>")
LETRAS = (
    ("Open Sans", 400, "OpenSans-Regular"),
    ("Open Sans", 700, "OpenSans-Bold"),
    ("Formas", 400, "Formas"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exportado:
    """Un archivo publicado y su huella."""

    ruta: Path
    sha256: str
    bytes: int


def exportar_html(ejecutado: Path, destino: Path, edicion: Edicion, raiz: Path) -> Exportado:
    """HTML autocontenido del cuaderno `ejecutado` (ver ejecutar_cuaderno), auditado y atómico.

    `lector` no muestra código; `metodo` muestra cada celda resaltada antes de su resultado. De `raiz` salen
    el encabezado institucional y el rótulo de demostración.

    Levanta ErrorInforme si el cuaderno no tiene título o el HTML no pasa la auditoría: no se publica nada.
    """
    import nbformat

    cuaderno = nbformat.read(str(ejecutado), as_version=4)
    titulo = cuaderno.metadata.get("title")
    if not titulo:
        raise ErrorInforme("el cuaderno no tiene «title» en sus metadatos", archivo=ejecutado.name)
    parametros = dict(cuaderno.metadata.get("seguimiento", {}).get("parametros", {}))
    portada = armar_portada(titulo, parametros, raiz)
    # Un cuaderno puede pedir un número exacto de páginas: es un informe breve, sin índice (pdf.py lo ajusta).
    paginas = int(cuaderno.metadata.get("paginas", 0))
    recursos = {
        "portada": portada,
        "edicion": edicion,
        "css": hoja_de_estilo(),
        "marca_indice": "" if paginas else INDICE,
        "paginas": paginas,
    }
    pagina = mostrar_invisibles(_poner_indice(_convertir(cuaderno, recursos)))
    if f'id="{ANEXO}"' not in pagina:  # sin anexo no hay a dónde enlazar
        pagina = quitar_enlaces_de_traza(pagina)
    faltas = auditar_html(pagina)
    if faltas:
        raise ErrorInforme(
            f"el HTML no pasa la auditoría: {'; '.join(faltas[:10])}{_y_mas(len(faltas) - 10)}",
            archivo=ejecutado.name,
        )
    return escribir_exportado(pagina.encode("utf-8"), destino)


def hoja_de_estilo() -> str:
    """El CSS de los informes con la letra incrustada: se ve igual en cualquier equipo y en el PDF."""
    letras = "".join(
        f'@font-face{{font-family:"{familia}";font-weight:{peso};font-style:normal;'
        f"src:url(data:font/woff2;base64,{_en_base64(archivo)}) format('woff2')}}\n"
        for familia, peso, archivo in LETRAS
    )
    return letras + (PLANTILLA / "informe.css").read_text(encoding="utf-8")


def _en_base64(archivo: str) -> str:
    ruta = RECURSOS / "fuentes" / f"{archivo}.woff2"
    try:
        return base64.b64encode(ruta.read_bytes()).decode("ascii")
    except FileNotFoundError:
        raise ErrorEntorno(
            "falta la letra de los informes", archivo=ruta.name, remedio="Reinstale el proyecto"
        ) from None


def _convertir(cuaderno: Any, recursos: dict[str, Any]) -> str:
    """Página según la plantilla.

    Se llama a TemplateExporter y no a HTMLExporter.from_notebook_node: este último pasa el HTML por
    BeautifulSoup para inventar textos alternativos en inglés y tarda treinta veces más; aquí cada
    figura trae el suyo y la auditoría lo exige.
    """
    from nbconvert.exporters import TemplateExporter

    exportador = _exportador(recursos["edicion"])
    completos = exportador._init_resources({"metadata": {"name": "informe"}, **recursos})
    pagina, _ = TemplateExporter.from_notebook_node(exportador, cuaderno, completos)
    return str(pagina)


def preparar_exportacion() -> None:
    """Deja compiladas las plantillas, para que los procesos que nazcan de este las hereden."""
    for edicion in get_args(Edicion):
        for plantilla in CADENA_DE_PLANTILLAS:
            _exportador(edicion).environment.get_template(plantilla)


@cache
def _exportador(edicion: Edicion) -> Any:
    from nbconvert.exporters import HTMLExporter
    from nbconvert.filters.highlight import Highlight2HTML
    from nbconvert.filters.widgetsdatatypefilter import WidgetsDataTypeFilter

    exportador = HTMLExporter(
        template_name=PLANTILLA.name,
        extra_template_basedirs=[str(RECURSOS)],
        exclude_anchor_links=True,
        exclude_input=edicion == "lector",
        preprocessors=[],
        default_preprocessors=[],  # ninguno cambia nada aquí, y por cada uno valida el cuaderno entero
    )
    resaltar = Highlight2HTML(pygments_lexer="ipython3", parent=exportador)
    elegir = WidgetsDataTypeFilter(
        notebook_metadata={}, parent=exportador, resources={"metadata": {"name": "informe"}}
    )
    exportador.register_filter("highlight_code", resaltar)
    exportador.register_filter("filter_data_type", elegir)
    return exportador


def _poner_indice(pagina: str) -> str:
    """Da un ancla a cada título de segundo nivel y pone el índice donde lo marca la plantilla."""
    entradas: list[str] = []

    def anclar(hallado: re.Match[str]) -> str:
        texto = ETIQUETA.sub("", hallado.group(1)).strip()
        ancla = f"seccion-{len(entradas) + 1}-{_en_ancla(texto)}"
        entradas.append(f'<li><a href="#{ancla}">{texto}</a></li>')
        return f'<h2 id="{ancla}">{hallado.group(1)}</h2>'

    con_anclas = TITULO.sub(anclar, pagina)
    indice = (
        '<nav class="indice" aria-labelledby="titulo-del-indice">'
        '<p id="titulo-del-indice" class="titulo-indice">En este informe</p>'
        f"<ol>{''.join(entradas)}</ol></nav>"
    )
    return con_anclas.replace(INDICE, indice if entradas else "")


def _en_ancla(texto: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", sin_tildes(texto)).strip("-")


def _y_mas(restantes: int) -> str:
    return f" y {restantes} más" if restantes > 0 else ""


def escribir_exportado(contenido: bytes, destino: Path) -> Exportado:
    """El archivo publicado con su huella, escrito completo o nada."""
    escribir(destino, contenido)
    return Exportado(ruta=destino, sha256=sha256(contenido).hexdigest(), bytes=len(contenido))
