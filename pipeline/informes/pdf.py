"""PDF accesible (PDF/UA-1) a partir del HTML publicado, con WeasyPrint. No cambia el contenido."""

from __future__ import annotations

import logging
import re
from hashlib import sha256
from pathlib import Path
from typing import Any

from pipeline.errores import ErrorEntorno, ErrorInforme
from pipeline.hipertexto import quitar_enlaces_de_traza
from pipeline.informes.exportador import Exportado, escribir_exportado

SOLO_HTML = re.compile(r"<!--solo-html-->.*?<!--/solo-html-->", re.DOTALL)
PAQUETES_DEBIAN = "libpango-1.0-0 libpangoft2-1.0-0"


def comprobar_pdf() -> None:
    """Levanta ErrorEntorno, con la orden que lo remedia, si este equipo no puede hacer PDF."""
    _importar_weasyprint()


def exportar_pdf(html: Path, destino: Path) -> Exportado:
    """PDF etiquetado de `html`, escrito de forma atómica; el mismo HTML da los mismos bytes.

    Quita antes lo marcado `<!--solo-html-->` (anexos largos): componer cada celda cuesta un milisegundo.

    Levanta ErrorEntorno si faltan las bibliotecas del sistema (dice cómo instalarlas) y ErrorInforme si la
    página pide algo que no trae consigo.
    """
    weasyprint = _importar_weasyprint()
    # WeasyPrint avisa de cada propiedad de pantalla que ignora (p. ej. overflow-x): no son fallas del PDF.
    logging.getLogger("weasyprint").setLevel(logging.ERROR)
    logging.getLogger("fontTools").setLevel(logging.ERROR)
    pagina = quitar_enlaces_de_traza(SOLO_HTML.sub("", html.read_text(encoding="utf-8")))
    solo_lo_propio = weasyprint.urls.URLFetcher(allowed_protocols={"data"}, fail_on_errors=True)
    try:
        contenido: bytes = weasyprint.HTML(string=pagina, url_fetcher=solo_lo_propio).write_pdf(
            pdf_variant="pdf/ua-1",
            pdf_identifier=sha256(pagina.encode("utf-8")).digest()[:16],
        )
    except weasyprint.urls.FatalURLFetchingError as error:
        raise ErrorInforme(
            "la página pide algo que no trae consigo, y debe ser autocontenida", archivo=html.name
        ) from error
    return escribir_exportado(contenido, destino)


def _importar_weasyprint() -> Any:
    try:
        import weasyprint
    except (ImportError, OSError) as error:
        raise ErrorEntorno(
            "WeasyPrint no encuentra las bibliotecas con que compone el PDF",
            remedio=f"Instálelas con «apt-get install -y {PAQUETES_DEBIAN}» o use --sin-pdf",
        ) from error
    return weasyprint
