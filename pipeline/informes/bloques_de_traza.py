"""Las piezas de los anexos «De cada cifra a su celda»: bloque con ancla, fórmulas, celdas y enlaces."""

from __future__ import annotations

import html
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from pipeline.formato_es import citar_crudo, exacto, sin_partir
from pipeline.hipertexto import ANEXO, ancla_de_libro, ancla_de_traza, texto_seguro
from pipeline.informes.bloques import Bloque, parrafo
from pipeline.informes.frases import frase, textos_fijos

SIN_CODIGO = "SIN_CODIGO"  # el nodo de lo que no dice su código
Llave = TypeVar("Llave")


def anexo(secciones: Iterable[str]) -> Bloque:
    """El anexo con su explicación (solo en HTML; en el PDF, dónde está)."""
    explicado = parrafo(frase("trazas")).contenido
    completo = f'<div class="trazas" id="{ANEXO}">{explicado}{"".join(secciones)}</div>'
    en_pdf = parrafo(frase("trazas_pdf"), clase="texto solo-pdf").contenido
    return Bloque(f"<!--solo-html-->{completo}<!--/solo-html-->{en_pdf}")


def plegado(resumen: str, contenido: str, ancla: str = "") -> str:
    """Bloques que se abren al pedirlos; `ancla` es a donde llegan los enlaces de una figura o tabla."""
    cuerpo = f'<div id="{ancla}">{contenido}</div>' if ancla else contenido
    return f"<details><summary>{resumen}</summary>{cuerpo}</details>"


def bloque_de_traza(
    nivel: str,
    codigo: str,
    titulo: str,
    formulas: Iterable[str],
    celdas: Iterable[str] = (),
    compone: str = "",
) -> str:
    """Cómo se obtuvieron las cifras de un nodo, una meta o una actividad. Recibe HTML ya escapado."""
    de_donde = lista(celdas, clase="celdas")
    return (
        f'<div class="bloque-traza" id="{ancla_de_traza(nivel, codigo)}"><h4>{titulo}</h4>'
        f"{lista(formulas)}{de_donde}"
        f"{_parrafo_de_compone(compone)}</div>"
    )


def _parrafo_de_compone(compone: str) -> str:
    return f'<p class="compone">{compone}</p>' if compone else ""


def celda_citada(celda: Mapping[Any, Any]) -> str:
    """«ejecutado 2025 = 3: libro › hoja › celda, escrito «3»; qué se le hizo»."""
    nombre = nombre_de_campo(celda["campo"])
    vigencia = f" {celda['vigencia']}" if celda["vigencia"] else ""
    libro = enlace(ancla_de_libro(celda["sha256"]), texto_seguro(celda["archivo"]))
    lugar = " › ".join([libro, *(texto_seguro(celda[c]) for c in ("hoja", "celda") if _hay(celda[c]))])
    hecho = celda["transformacion"]
    dice = citar_crudo(str(celda["valor_crudo"]), numero=celda["valor"], transformacion=hecho)
    lo_escrito = f", escrito «{texto_seguro(dice)}»" if _hay(celda["valor_crudo"]) else ""
    cambio = f"; {texto_seguro(hecho)}" if _hay(hecho) else ""
    return f"{nombre}{vigencia} = {exacto(celda['valor'])}: {lugar}{lo_escrito}{cambio}"


def nombre_de_campo(campo: str) -> str:
    """Cómo se llama en un informe una columna de las tablas."""
    return str(textos_fijos()["anexo"]["campos"].get(campo, campo.replace("_", " ")))


def _hay(valor: object) -> bool:
    return isinstance(valor, str) and bool(valor)


def juntar_formulas(llaves: Iterable[Llave], formulas: Iterable[str]) -> dict[Llave, list[str]]:
    """Por llave, sus fórmulas en el orden en que vienen, ya escapadas."""
    juntas: dict[Llave, list[str]] = defaultdict(list)
    for llave, formula in zip(llaves, formulas, strict=True):
        juntas[llave].append(html.escape(sin_partir(formula)))
    return dict(juntas)


def lista(renglones: Iterable[str], clase: str = "formulas") -> str:
    """Lista de renglones ya escapados; nada si no hay ninguno."""
    puntos = "".join(f"<li>{r}</li>" for r in renglones)
    return f'<ul class="{clase}">{puntos}</ul>' if puntos else ""


def enlace(ancla: str, contenido: str) -> str:
    """Enlace dentro de la página; `contenido` ya escapado."""
    return f'<a href="#{ancla}">{contenido}</a>'
