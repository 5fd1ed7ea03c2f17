"""PDF accesible (PDF/UA-1) a partir del HTML publicado, con WeasyPrint. No cambia el contenido."""

from __future__ import annotations

import gc
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from pipeline.errores import ErrorEntorno, ErrorInforme
from pipeline.formato_es import contar, numero
from pipeline.hipertexto import quitar_enlaces_de_traza
from pipeline.informes.etiquetas_pdf import completar_etiquetas
from pipeline.informes.exportador import Exportado, escribir_exportado, hoja_de_estilo
from pipeline.informes.letras_de_figura import letras_como_texto
from pipeline.manifiesto import huella_texto

SOLO_HTML = re.compile(r"<!--solo-html-->.*?<!--/solo-html-->", re.DOTALL)
TABLA_NUMERADA = '<div class="tabla '
PAGINAS = re.compile(r'<body [^>]*data-paginas="(\d+)"')
TAMANOS = (9.2, 8.7, 8.4, 8.0, 7.6, 7.0, 6.5)
"""Cuerpos de letra, en puntos, que se prueban hasta que un informe breve quepa en sus páginas."""
APAISADA = "apaisada"
TITULOS = {"h2", "h3"}
LETRAS_LEVES = 900
"""Un párrafo más largo no acompaña a la tabla: llenaría él solo la hoja apaisada."""
PAQUETES_DEBIAN = "libpango-1.0-0 libpangoft2-1.0-0"


def comprobar_pdf() -> None:
    """Levanta ErrorEntorno, con la orden que lo remedia, si este equipo no puede hacer PDF."""
    _importar_weasyprint()


def exportar_pdf(html: Path, destino: Path) -> Exportado:
    """PDF etiquetado de `html`, escrito de forma atómica; el mismo HTML da los mismos bytes.

    Quita antes lo marcado `<!--solo-html-->` (anexos largos): componer cada celda cuesta un milisegundo.

    Un informe breve (`data-paginas`) sale en esas páginas exactas, con la letra más grande que quepa.

    Levanta ErrorEntorno si faltan las bibliotecas del sistema (dice cómo instalarlas) y ErrorInforme si la
    página pide algo que no trae consigo o si un informe breve no cabe en sus páginas.
    """
    weasyprint = _importar_weasyprint()
    # WeasyPrint avisa de cada propiedad de pantalla que ignora (p. ej. overflow-x): no son fallas del PDF.
    logging.getLogger("weasyprint").setLevel(logging.ERROR)
    logging.getLogger("fontTools").setLevel(logging.ERROR)
    pagina = _para_imprimir(html)
    solo_lo_propio = weasyprint.urls.URLFetcher(allowed_protocols={"data"}, fail_on_errors=True)
    propio = f"<style>\n{hoja_de_estilo()}\n</style>"
    try:
        with _sin_recolector():
            # La hoja de estilo y su letra se leen una vez por proceso y no una por informe.
            hojas, letra = _estilo() if propio in pagina else ([], None)
            documento = weasyprint.HTML(
                string=letras_como_texto(pagina.replace(propio, "", 1)), url_fetcher=solo_lo_propio
            )
            _acompanar_lo_apaisado(documento.etree_element)
            contenido = _componer(documento, hojas, letra, pagina, html.name)
    except weasyprint.urls.FatalURLFetchingError as error:
        raise ErrorInforme(
            "la página pide algo que no trae consigo, y debe ser autocontenida", archivo=html.name
        ) from error
    return escribir_exportado(contenido, destino)


def huella_de_imprimir(html: Path) -> str:
    """SHA-256 de lo que de `html` va al PDF: con el mismo código, la misma huella da los mismos bytes."""
    return huella_texto(_para_imprimir(html))


def _para_imprimir(html: Path) -> str:
    return quitar_enlaces_de_traza(SOLO_HTML.sub(_lo_que_deja, html.read_text(encoding="utf-8")))


def _lo_que_deja(solo_html: re.Match[str]) -> str:
    """Las tablas que no van en el PDF cuentan: quien cite «Tabla 24» debe hallarla en las dos ediciones."""
    cuantas = solo_html[0].count(TABLA_NUMERADA)
    return f'<div style="counter-increment:tabla {cuantas}"></div>' if cuantas else ""


def _acompanar_lo_apaisado(pagina: Any) -> None:
    """Pone en la hoja apaisada el título y el párrafo que van con su tabla: girar la hoja cambia de página.

    Sin esto, el título queda solo en una hoja vertical casi vacía. Pasa a la apaisada lo que va desde el
    título hasta la tabla, lo que queda entre dos tablas apaisadas y lo que sigue a la última del informe.
    """
    contenido = pagina.find(".//main[@id='contenido']")
    if contenido is None:
        return
    pendientes: list[Any] = []  # lo leve desde la última tabla o figura
    viene_de_apaisada = False
    for bloque in contenido:
        if APAISADA in _clases(bloque):
            _girar(pendientes if viene_de_apaisada else _desde_el_titulo(pendientes))
            pendientes, viene_de_apaisada = [], True
        elif _es_leve(bloque):
            pendientes.append(bloque)
        else:
            pendientes, viene_de_apaisada = [], False
    if viene_de_apaisada:
        _girar(pendientes)


def _clases(bloque: Any) -> list[str]:
    return str(bloque.get("class", "")).split()


def _es_leve(bloque: Any) -> bool:
    """Un título, un párrafo corto o lo que no ocupa lugar (comentarios y contadores de tablas)."""
    if not isinstance(bloque.tag, str) or bloque.tag in TITULOS:
        return True
    letras = len("".join(bloque.itertext()).strip())
    return letras == 0 or ((bloque.tag == "p" or "texto" in _clases(bloque)) and letras <= LETRAS_LEVES)


def _desde_el_titulo(bloques: list[Any]) -> list[Any]:
    """Lo último desde su título, con los títulos que estén pegados encima de él."""
    lugares = [n for n, bloque in enumerate(bloques) if bloque.tag in TITULOS]
    if not lugares:
        return []
    desde = lugares[-1]
    while desde and bloques[desde - 1].tag in TITULOS:
        desde -= 1
    return bloques[desde:]


def _girar(bloques: list[Any]) -> None:
    for bloque in bloques:
        bloque.set("class", " ".join([*_clases(bloque), APAISADA]))


def _componer(documento: Any, hojas: list[Any], letra: Any, pagina: str, nombre: str) -> bytes:
    pedidas = PAGINAS.search(pagina)
    final = {"pdf_variant": "pdf/ua-1", "pdf_identifier": sha256(pagina.encode("utf-8")).digest()[:16]}
    if pedidas is None:
        return bytes(
            documento.write_pdf(finisher=completar_etiquetas, stylesheets=hojas, font_config=letra, **final)
        )
    paginas = int(pedidas[1])
    for puntos in TAMANOS:  # de mayor a menor: casi siempre cabe con la primera o la segunda
        tamano = _importar_weasyprint().CSS(string=f"html{{font-size:{puntos}pt!important}}")
        compuesto = documento.render(stylesheets=[*hojas, tamano], font_config=letra, **final)
        if len(compuesto.pages) <= paginas:
            return bytes(compuesto.write_pdf(finisher=completar_etiquetas, **final))
    raise ErrorInforme(
        f"no cabe en {contar(paginas, 'página')} ni con letra de {numero(TAMANOS[-1])} puntos",
        archivo=nombre,
    )


def preparar_composicion() -> None:
    """Deja leídas la hoja de estilo y la letra, para que los procesos que nazcan de este las hereden.

    Levanta ErrorEntorno si este equipo no puede hacer PDF.
    """
    _importar_weasyprint()
    _estilo()


@cache
def _estilo() -> tuple[list[Any], Any]:
    weasyprint = _importar_weasyprint()
    from weasyprint.text.fonts import FontConfiguration

    letra = FontConfiguration()
    hoja = weasyprint.CSS(string=hoja_de_estilo(), font_config=letra, media_type="print")
    return [hoja], letra


@contextmanager
def _sin_recolector() -> Iterator[None]:
    """Sin el recolector de ciclos mientras se compone: gasta la quinta parte del tiempo."""
    estaba = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if estaba:
            gc.enable()


def _importar_weasyprint() -> Any:
    try:
        import weasyprint
    except (ImportError, OSError) as error:
        raise ErrorEntorno(
            "WeasyPrint no encuentra las bibliotecas con que compone el PDF",
            remedio=f"Instálelas con «apt-get install -y {PAQUETES_DEBIAN}» o use --sin-pdf",
        ) from error
    return weasyprint
