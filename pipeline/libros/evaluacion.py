"""La evaluación por dependencias que firma Control Interno: lo del seguimiento va lleno; su juicio, no."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from pipeline.formato_es import porcentaje
from pipeline.libros.tablas import (
    ALTO_DE_RENGLON,
    ALTO_MAXIMO,
    AZUL,
    AZUL_CLARO,
    BORDE,
    PAPEL_OFICIO,
    Formatos,
    abrir_libro,
    cerrar_libro,
    nombre_de_hoja,
    renglones_de,
)

ANCHOS = (46, 34, 13, 74)
EVALUACION = "6. Evaluación de la Oficina de Control Interno a los compromisos"
RECOMENDACIONES = "7. Recomendaciones de mejoramiento"
FECHA, FIRMA = "8. Fecha", "9. Firma"
ENCABEZADO = (
    "4. Compromisos asociados al cumplimiento del objetivo",
    "5.1 Indicador",
    "5.2 Resultado (%)",
    "5.3 Análisis de resultados",
)
NOTA = (
    "Disposición de la Circular 04 de 2005 del Consejo Asesor del Gobierno Nacional en materia de control "
    "interno. Los campos 1 a 5 salen del seguimiento de Planeación al corte; los campos 6 a 9 los llena y "
    "firma la Oficina de Control Interno."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Compromiso:
    """Un renglón de los campos 4 y 5; `resultado` es una razón, o None si no hay dato."""

    compromiso: str
    indicador: str
    resultado: float | None
    analisis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluacion:
    """Lo que ya se sabe de una dependencia: campos 1 a 5 del formato."""

    codigo: str
    dependencia: str
    objetivos: Sequence[str]
    compromisos: Sequence[Compromiso]


def escribir_evaluacion(
    destino: Path,
    evaluaciones: Sequence[Evaluacion],
    *,
    entidad: str,
    titulo: str,
    fecha: date,
    control: Mapping[str, str],
) -> Path:
    """Ruta del libro: una hoja imprimible por dependencia; juicio, recomendaciones, fecha y firma, vacíos.

    `control` va en una hoja oculta, para leerlo cuando vuelva. Los mismos datos dan los mismos bytes.
    Levanta ErrorEntorno si no se puede escribir.
    """
    salida, libro, formatos = abrir_libro(titulo, fecha)
    usados: list[str] = []
    for evaluacion in evaluaciones:
        usados.append(nombre_de_hoja(evaluacion.codigo, usados))
        _escribir(libro.add_worksheet(usados[-1]), evaluacion, formatos, entidad, titulo)
    return cerrar_libro(libro, salida, destino, control)


def _escribir(hoja: Any, evaluacion: Evaluacion, formatos: Formatos, entidad: str, titulo: str) -> None:
    for indice, ancho in enumerate(ANCHOS):
        hoja.set_column(indice, indice, ancho)
    hoja.set_row(0, 24)
    hoja.write_string(0, 0, "Evaluación por dependencias", formatos(bold=True, font_size=16, font_color=AZUL))
    hoja.write_string(1, 0, titulo, formatos(bold=True))
    _combinar(hoja, 2, 0, NOTA, formatos(italic=True, text_wrap=True, valign="top"))
    nombre = f"{evaluacion.dependencia} ({evaluacion.codigo})"
    objetivos = "\n".join(evaluacion.objetivos) or "El plan no liga objetivos a la dependencia."
    fila = 4
    for rotulo, valor in (
        ("1. Entidad", entidad),
        ("2. Dependencia a evaluar", nombre),
        ("3. Objetivos institucionales relacionados", objetivos),
    ):
        hoja.write_string(fila, 0, rotulo, _rotulo(formatos))
        _combinar(hoja, fila, 1, valor, _celda(formatos))
        fila += 1
    fila = _escribir_compromisos(hoja, evaluacion.compromisos, formatos, fila + 1)
    _escribir_en_blanco(hoja, formatos, fila + 1)
    _preparar_impresion(hoja, titulo)


def _escribir_compromisos(hoja: Any, compromisos: Sequence[Compromiso], formatos: Formatos, fila: int) -> int:
    """Fila que sigue a los campos 4 y 5."""
    hoja.set_row(fila, 32)
    for indice, texto in enumerate(ENCABEZADO):
        hoja.write_string(fila, indice, texto, _rotulo(formatos))
    hoja.freeze_panes(fila + 1, 0)
    hoja.repeat_rows(fila)
    for compromiso in compromisos:
        fila += 1
        c = compromiso
        textos = (c.compromiso, c.indicador, porcentaje(c.resultado), c.analisis)
        renglones = max(renglones_de(t, a) for t, a in zip(textos, ANCHOS, strict=True))
        hoja.set_row(fila, min(ALTO_DE_RENGLON * renglones + 3, ALTO_MAXIMO))
        for indice, texto in enumerate(textos):
            alineado: dict[str, Any] = {"align": "right"} if indice == 2 else {}
            hoja.write_string(fila, indice, texto, _celda(formatos, **alineado))
    return fila + 1


def _escribir_en_blanco(hoja: Any, formatos: Formatos, fila: int) -> None:
    hoja.set_h_pagebreaks([fila])  # el juicio y la firma no se parten entre dos páginas
    for rotulo, alto in ((EVALUACION, 150), (RECOMENDACIONES, 110)):
        hoja.merge_range(fila, 0, fila, len(ANCHOS) - 1, rotulo, _rotulo(formatos))
        hoja.set_row(fila + 1, alto)
        hoja.merge_range(fila + 1, 0, fila + 1, len(ANCHOS) - 1, "", _en_blanco(formatos))
        fila += 3
    hoja.set_row(fila, 36)
    hoja.write_string(fila, 0, FECHA, _rotulo(formatos))
    hoja.write_blank(fila, 1, None, _en_blanco(formatos))
    hoja.write_string(fila, 2, FIRMA, _rotulo(formatos))
    hoja.write_blank(fila, 3, None, _en_blanco(formatos))


def _combinar(hoja: Any, fila: int, desde: int, texto: str, formato: Any) -> None:
    ancho = sum(ANCHOS[desde:])
    hoja.merge_range(fila, desde, fila, len(ANCHOS) - 1, texto, formato)
    hoja.set_row(fila, min(ALTO_DE_RENGLON * renglones_de(texto, ancho) + 5, ALTO_MAXIMO))


def _preparar_impresion(hoja: Any, titulo: str) -> None:
    hoja.set_landscape()
    hoja.set_paper(PAPEL_OFICIO)
    hoja.set_margins(left=0.5, right=0.5, top=0.7, bottom=0.6)
    hoja.fit_to_pages(1, 0)
    hoja.set_header(f"&L&8{titulo.replace('&', '&&')[:200]}&R&8&A")
    hoja.set_footer("&R&8Página &P de &N")
    hoja.hide_gridlines(2)


def _rotulo(formatos: Formatos) -> Any:
    comun = {"border": 1, "border_color": BORDE, "text_wrap": True, "valign": "vcenter"}
    return formatos(bold=True, font_color="white", bg_color=AZUL, **comun)


def _celda(formatos: Formatos, **opciones: Any) -> Any:
    comun = {"text_wrap": True, "valign": "top", "border": 1, "border_color": BORDE, "indent": 1}
    return formatos(quote_prefix=True, **comun, **opciones)


def _en_blanco(formatos: Formatos) -> Any:
    return formatos(text_wrap=True, valign="top", border=1, border_color=BORDE, bg_color=AZUL_CLARO)
