"""Los compromisos que se escribieron en un acta de verificación, leídos del .docx que se archivó."""

from __future__ import annotations

from pathlib import Path

from pipeline.documentos.escritura import limpiar
from pipeline.documentos.revision import Fila
from pipeline.errores import ErrorLibro

COLUMNAS = {
    "Hallazgo o alerta": "origen",
    "Compromiso": "compromiso",
    "Responsable": "responsable",
    "Fecha": "fecha",
}


def leer_compromisos(acta: Path) -> tuple[str, list[Fila]]:
    """El título del acta, que trae su número, y los compromisos con texto; ninguno si no tiene esa tabla.

    Levanta ErrorLibro si el archivo no es un .docx que se pueda leer.
    """
    from docx import Document

    try:
        documento = Document(str(acta))
    except Exception as error:  # un archivo ajeno puede fallar de muchas maneras
        raise ErrorLibro("no es un .docx que se pueda leer", archivo=acta.name) from error
    titulo = next((p.text for p in documento.paragraphs if p.text.strip()), "")
    for tabla in documento.tables:
        encabezados = [celda.text.strip() for celda in tabla.rows[0].cells]
        if set(COLUMNAS) <= set(encabezados):
            lugares = {campo: encabezados.index(texto) for texto, campo in COLUMNAS.items()}
            filas = [
                {campo: limpiar(renglon.cells[lugar].text.strip()) for campo, lugar in lugares.items()}
                for renglon in tabla.rows[1:]
            ]
            return titulo, [fila for fila in filas if fila["compromiso"]]
    return titulo, []
