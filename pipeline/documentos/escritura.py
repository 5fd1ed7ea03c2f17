"""Escribir un .docx desde su plantilla: los mismos datos dan los mismos bytes, sin reloj ni usuario."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

from pipeline.archivos import escribir
from pipeline.errores import ErrorInforme
from pipeline.hipertexto import mostrar_invisibles, recortar_palabras

NACIMIENTO = (1980, 1, 1, 0, 0, 0)  # la fecha más vieja que admite un zip
# Lo que XML no admite; un libro puede traerlo y Word no abriría el documento.
PROHIBIDAS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
# Una cifra no se parte de su signo ni una hora de su mitad del día al final de un renglón.
JUNTOS = re.compile(r"(?<=\d) (?=%)|(?<=\$) (?=\d)|(?<=\d) (?=[ap]\.)|(?<=[ap]\.) (?=m\.)")
FECHA_DE_WORD = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*(</dcterms)")


def escribir_documento(plantilla: Path, datos: Mapping[str, Any], destino: Path, fecha: date) -> Path:
    """Ruta del .docx con la plantilla llena; los textos de los libros entran como texto, nunca como orden.

    `fecha` es la que llevan las propiedades. Levanta ErrorInforme si la plantilla pide un dato que no hay o
    está mal escrita, y ErrorEntorno si no se puede escribir.
    """
    import jinja2
    from docxtpl import DocxTemplate

    documento = DocxTemplate(str(plantilla))
    # Sin dato definido es error: una plantilla editada con un nombre mal escrito no debe dar un hueco.
    entorno = jinja2.Environment(undefined=jinja2.StrictUndefined, autoescape=True)
    crudo = BytesIO()
    try:
        documento.render(limpiar(datos), entorno)
        documento.save(crudo)
    except jinja2.TemplateError as error:
        raise ErrorInforme(
            f"la plantilla no se puede llenar: {error}",
            archivo=plantilla.name,
            remedio="Revise lo que va entre llaves, o recupere la plantilla del proyecto",
        ) from error
    return escribir(destino, con_fecha_fija(crudo, fecha))


def limpiar(valor: Any) -> Any:
    r"""El mismo valor sin lo que XML no admite ni marcas invisibles, y con cada cifra junto a su signo.

    >>> limpiar({"a": ["x\x00y", "41,3 %"]})
    {'a': ['xy', '41,3\xa0%']}
    """
    if isinstance(valor, str):
        visible = mostrar_invisibles(recortar_palabras(PROHIBIDAS.sub("", valor)))
        return JUNTOS.sub("\N{NO-BREAK SPACE}", visible)
    if isinstance(valor, Mapping):
        return {clave: limpiar(v) for clave, v in valor.items()}
    if isinstance(valor, list | tuple):
        return [limpiar(v) for v in valor]
    return valor


def con_fecha_fija(crudo: BytesIO, fecha: date) -> bytes:
    """El .docx con esa fecha en sus propiedades y sin la hora en que se hizo: siempre los mismos bytes."""
    salida = BytesIO()
    sello = rb"\g<1>" + f"{fecha.isoformat()}T00:00:00Z".encode() + rb"\g<3>"
    with zipfile.ZipFile(crudo) as origen, zipfile.ZipFile(salida, "w") as copia:
        for nombre in sorted(origen.namelist(), key=lambda n: (n != "[Content_Types].xml", n)):
            contenido = origen.read(nombre)
            if nombre == "docProps/core.xml":
                contenido = FECHA_DE_WORD.sub(sello, contenido)
            parte = zipfile.ZipInfo(nombre, NACIMIENTO)
            parte.compress_type = zipfile.ZIP_DEFLATED
            parte.external_attr = 0o600 << 16
            copia.writestr(parte, contenido)
    return salida.getvalue()
