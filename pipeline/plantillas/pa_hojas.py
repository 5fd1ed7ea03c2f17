"""Cómo se ve el FOR-08: membrete institucional, tabla de actividades en pares de filas, totales y firma."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from pipeline.plantillas.definicion import es_vacio, letra
from pipeline.plantillas.hojas import AZUL, AZUL_CLARO, BORDE, GRIS, PAPEL_OFICIO, TINTA, Libro
from pipeline.plantillas.pa_definicion import FILA_ENCABEZADO, PRIMERA_FILA, ColumnaPA, FormularioPA

Fila = Mapping[str, Any]
NUMEROS = {  # 240A: español de Colombia, punto de miles y coma decimal
    "numero": "[$-240A]#,##0",
    "dinero": "[$-240A]#,##0",
    "razon": "[$-240A]0.00",
    "fecha": "dd/mm/yyyy",
    "codigo": "@",
}
NEGRO = "#404040"
MARCAS = {"marca_fisico": ("P", "E"), "marca_financiero": ("P", "O")}
FUENTES = ("municipio", "sgp", "regalias", "otros")
ALTO_P, ALTO_E = 30, 22
ACTIVIDADES_POR_PAGINA = 18
FIN_DE_MEMBRETE = 14
ULTIMA_DEL_VALOR, ULTIMA_DE_OBJETIVOS = 8, 11  # posiciones: valor en C:I, objetivos en J:L


@dataclass(frozen=True, slots=True, kw_only=True)
class Proyecto:
    """Un proyecto de la dependencia: su número, cuántos hay, sus datos del membrete y sus actividades."""

    numero: int
    de: int
    datos: Fila
    filas: Sequence[Fila]


def escribir_proyecto(
    libro: Libro, formulario: FormularioPA, proyecto: Proyecto, encabezado: Mapping[str, str]
) -> None:
    """La hoja de un proyecto. `encabezado` trae entidad, dependencia, vigencia y fechas ya escritas."""
    hoja = libro.agregar_hoja(formulario.hoja.format(n=proyecto.numero))
    for posicion, columna in enumerate(formulario.columnas):
        hoja.set_column(posicion, posicion, columna.ancho)
    _institucional(hoja, libro, formulario, proyecto, encabezado)
    _membrete(hoja, libro, formulario, proyecto)
    _encabezado(hoja, libro, formulario)
    for orden, fila in enumerate(proyecto.filas):
        _actividad(hoja, libro, formulario, PRIMERA_FILA - 1 + 2 * orden, fila)
    ultima = PRIMERA_FILA - 1 + 2 * len(proyecto.filas)
    pie = _totales(hoja, libro, formulario, ultima, proyecto)
    pie = _pie(hoja, libro, formulario, pie + 1)
    _validar(hoja, formulario, ultima)
    _preparar(hoja, formulario, pie, cabe_en_una=len(proyecto.filas) <= ACTIVIDADES_POR_PAGINA)
    if proyecto.numero == 1:
        hoja.activate()
        hoja.set_first_sheet()


def _combinar(hoja: Any, rango: tuple[int, int, int, int], valor: Any, formato: Any) -> None:
    f1, c1, f2, c2 = rango
    if (f1, c1) == (f2, c2):
        _escribir(hoja, f1, c1, valor, formato)
        return
    hoja.merge_range(f1, c1, f2, c2, "", formato)
    _escribir(hoja, f1, c1, valor, formato)


def _escribir(hoja: Any, fila: int, columna: int, valor: Any, formato: Any) -> None:
    if es_vacio(valor) or valor == "":
        hoja.write_blank(fila, columna, None, formato)
    elif isinstance(valor, date):
        hoja.write_datetime(fila, columna, valor, formato)
    elif isinstance(valor, str):
        hoja.write_string(fila, columna, valor, formato)
    else:
        hoja.write_number(fila, columna, float(valor), formato)


def _caja(libro: Libro, **opciones: Any) -> Any:
    base = {"border": 1, "border_color": NEGRO, "text_wrap": True, "valign": "vcenter", "font_color": TINTA}
    return libro.formato(**(base | opciones))


def _institucional(
    hoja: Any, libro: Libro, formulario: FormularioPA, proyecto: Proyecto, encabezado: Mapping[str, str]
) -> None:
    titulo = _caja(libro, bold=True, align="center", font_size=13)
    ultima = formulario.oficiales - 1
    _combinar(hoja, (0, 0, 3, 2), encabezado["entidad"], titulo)
    _combinar(hoja, (0, 3, 1, ultima - 4), formulario.proceso, titulo)
    _combinar(hoja, (2, 3, 3, ultima - 4), formulario.titulo, titulo)
    control = (
        f"Código: {formulario.codigo}",
        f"Versión: {formulario.version_formulario}",
        f"Fecha: {formulario.fecha_formulario}",
        f"Página: {proyecto.numero} de {proyecto.de}",
    )
    for fila, texto in enumerate(control):
        hoja.set_row(fila, 17)
        _combinar(hoja, (fila, ultima - 3, fila, ultima), texto, _caja(libro, indent=1))
    banda = f"{encabezado['vigencia']}.  {formulario.aviso}"
    _combinar(hoja, (4, 0, 4, ultima), banda, libro.formato(italic=True, font_color=AZUL, valign="vcenter"))
    grupo, programacion = proyecto.datos.get("subdependencia"), encabezado["programacion"]
    seguimiento = encabezado["seguimiento"]
    partes = (
        (5, "SECRETARÍA / ENTIDAD:", encabezado["dependencia"], False, "GRUPO:", grupo, True),
        (6, "FECHA DE PROGRAMACIÓN:", programacion, True, "FECHA DE SEGUIMIENTO:", seguimiento, False),
    )
    for fila, izquierdo, a_la_izquierda, abre_izquierda, derecho, a_la_derecha, abre_derecha in partes:
        hoja.set_row(fila, 20)
        _combinar(hoja, (fila, 0, fila, 1), izquierdo, _caja(libro, bold=True))
        rango = (fila, 2, fila, ULTIMA_DEL_VALOR)
        _combinar(hoja, rango, a_la_izquierda, _caja(libro, indent=1, locked=not abre_izquierda))
        _combinar(hoja, (fila, 9, fila, ULTIMA_DE_OBJETIVOS), derecho, _caja(libro, bold=True))
        _combinar(
            hoja, (fila, 12, fila, ultima), a_la_derecha, _caja(libro, indent=1, locked=not abre_derecha)
        )


def _membrete(hoja: Any, libro: Libro, formulario: FormularioPA, proyecto: Proyecto) -> None:
    """Línea, sector, programa, proyecto y rubros a la izquierda; objetivos y contratos a la derecha."""
    rotulo, abierta = _caja(libro, bold=True), _caja(libro, locked=False)
    fijo = _caja(libro, bg_color=GRIS, indent=1)
    ultima = formulario.oficiales - 1
    for fila, (campo, texto) in enumerate(formulario.membrete.items(), start=7):
        valor = proyecto.datos.get(campo)
        renglones = max(1, -(-len(str(valor or "")) // 95))
        hoja.set_row(fila, max(18, 14 * renglones + 4))
        _combinar(hoja, (fila, 0, fila, 1), texto, rotulo)
        texto_del_valor = None if es_vacio(valor) else str(valor)
        _combinar(hoja, (fila, 2, fila, ULTIMA_DEL_VALOR), texto_del_valor, fijo)
    _combinar(
        hoja,
        (7, 9, FIN_DE_MEMBRETE - 1, ULTIMA_DE_OBJETIVOS),
        "OBJETIVOS:",
        _caja(libro, locked=False, valign="top"),
    )
    centrado = _caja(libro, bold=True, align="center")
    _combinar(hoja, (7, 12, 7, ultima), "RELACIÓN DE CONTRATOS Y CONVENIOS", centrado)
    for fila in range(8, FIN_DE_MEMBRETE):
        textos = ("No.", "OBJETO", "VALOR") if fila == 8 else (None, None, None)
        formato = centrado if fila == 8 else abierta
        _combinar(hoja, (fila, 12, fila, 12), textos[0], formato)
        _combinar(hoja, (fila, 13, fila, ultima - 2), textos[1], formato)
        _combinar(hoja, (fila, ultima - 1, fila, ultima), textos[2], formato)


def _encabezado(hoja: Any, libro: Libro, formulario: FormularioPA) -> None:
    """Dos filas: el grupo arriba y su columna abajo; sin grupo, una celda de dos filas."""
    arriba, abajo = FILA_ENCABEZADO - 1, FILA_ENCABEZADO
    hoja.set_row(arriba, 24)
    hoja.set_row(abajo, 30)
    inicio = 0
    columnas = formulario.columnas
    while inicio < len(columnas):
        fin = inicio
        grupo = columnas[inicio].grupo
        while grupo and fin + 1 < len(columnas) and columnas[fin + 1].grupo == grupo:
            fin += 1
        fondo = AZUL if columnas[inicio].seguimiento else AZUL_CLARO
        tinta = "white" if columnas[inicio].seguimiento else TINTA
        formato = _caja(libro, bold=True, align="center", bg_color=fondo, font_color=tinta, font_size=9)
        if grupo:
            _combinar(hoja, (arriba, inicio, arriba, fin), grupo, formato)
            for posicion in range(inicio, fin + 1):
                _escribir(hoja, abajo, posicion, columnas[posicion].encabezado, formato)
        else:
            _combinar(hoja, (arriba, inicio, abajo, inicio), columnas[inicio].encabezado, formato)
        inicio = fin + 1


def _actividad(hoja: Any, libro: Libro, formulario: FormularioPA, fila: int, datos: Fila) -> None:
    """Las dos filas de una actividad. Si aún no está programada, también se abre lo programado."""
    se_programa = es_vacio(datos.get("nombre_actividad")) or bool(datos.get("se_programa"))
    largo = max(len(str(datos.get(c) or "")) for c in ("nombre_actividad", "nombre_meta"))
    hoja.set_row(fila, ALTO_P)
    hoja.set_row(fila + 1, max(ALTO_E, 14 * (1 + largo // 28) - ALTO_P))
    for posicion, columna in enumerate(formulario.columnas):
        marcas = MARCAS.get(columna.campo)
        if marcas:
            for salto, marca in enumerate(marcas):
                hoja.write_string(fila + salto, posicion, marca, _celda(libro, columna, abierta=False))
            continue
        abierta = _es_abierta(columna, datos, se_programa)
        valor = _valor(columna, datos.get(columna.campo))
        if not columna.campo_e:
            formato = _celda(libro, columna, valor, abierta=abierta)
            _combinar(hoja, (fila, posicion, fila + 1, posicion), valor, formato)
            continue
        _escribir(hoja, fila, posicion, valor, _celda(libro, columna, valor, abierta=abierta))
        ejecutado = _valor(columna, datos.get(columna.campo_e))
        _escribir(hoja, fila + 1, posicion, ejecutado, _celda(libro, columna, ejecutado, abierta=True))


def _es_abierta(columna: ColumnaPA, datos: Fila, se_programa: bool) -> bool:
    if columna.llena == "plan":
        return es_vacio(datos.get("codigo_meta"))
    return se_programa or columna.llena == "seguimiento"


def _valor(columna: ColumnaPA, valor: Any) -> Any:
    """Las fechas AAAA-MM-DD se escriben como fecha; un texto que no lo sea queda como llegó."""
    if columna.clase == "fecha" and isinstance(valor, str):
        try:
            return date.fromisoformat(valor)
        except ValueError:
            return valor
    if columna.clase in {"codigo", "texto"} and not es_vacio(valor):
        return str(valor)
    return valor


def _formato_de_numero(columna: ColumnaPA, valor: Any) -> str:
    """Una cantidad entera se escribe sin decimales; una celda vacía mostrará lo que se le escriba."""
    if columna.clase != "numero":
        return NUMEROS[columna.clase]
    if not _es_numero(valor):
        return "General"
    return NUMEROS["numero"] if float(valor) % 1 == 0 else NUMEROS["numero"] + ".00"


def _celda(libro: Libro, columna: ColumnaPA, valor: Any = None, *, abierta: bool) -> Any:
    opciones: dict[str, Any] = {"font_size": 9, "locked": not abierta, "border_color": BORDE}
    if not columna.seguimiento:
        opciones["border_color"] = NEGRO
    if columna.clase in NUMEROS:
        opciones["num_format"] = _formato_de_numero(columna, valor)
    if columna.clase in {"marca", "codigo", "fecha", "razon"}:
        opciones["align"] = "center"
    if columna.clase == "marca":
        opciones["bold"] = True
    if columna.clase in {"numero", "dinero"}:
        opciones |= {"align": "right", "indent": 1}
    if columna.clase == "texto":
        opciones["indent"] = 1
    opciones["bg_color"] = "white" if abierta else GRIS
    return _caja(libro, **opciones)


def _totales(hoja: Any, libro: Libro, formulario: FormularioPA, fila: int, proyecto: Proyecto) -> int:
    """Filas del total (solo dinero: las cantidades tienen unidades distintas) y del POAI; la que sigue."""
    fuerte = _caja(libro, bold=True, font_size=9)
    dinero = _caja(libro, bold=True, font_size=9, num_format=NUMEROS["dinero"])
    ultima = formulario.oficiales - 1
    marca_f, marca_d = formulario.posicion("marca_fisico"), formulario.posicion("marca_financiero")
    _combinar(hoja, (fila, 0, fila + 1, marca_f - 1), "TOTAL PLAN DE ACCIÓN", fuerte)
    for salto, marcas in enumerate((("P", "P"), ("E", "O"))):
        for posicion in range(marca_f, ultima + 1):
            hoja.write_blank(fila + salto, posicion, None, fuerte)
        centrada = _caja(libro, bold=True, align="center", font_size=9)
        hoja.write_string(fila + salto, marca_f, marcas[0], centrada)
        hoja.write_string(fila + salto, marca_d, marcas[1], centrada)
        for columna in (c for c in formulario.columnas if c.clase == "dinero" and c.campo_e):
            campo = columna.campo_e if salto else columna.campo
            posicion = formulario.posicion(campo)
            total = sum(float(f[campo]) for f in proyecto.filas if _es_numero(f.get(campo)))
            formula = _suma_de_marca(marca_f, posicion, marcas[0], fila)
            hoja.write_formula(fila + salto, posicion, formula, dinero, total)
    if not any(_es_numero(proyecto.datos.get(f"poai_{f}_cop")) for f in FUENTES):
        return fila + 2
    return _fila_del_poai(hoja, formulario, fila + 2, proyecto, fuerte, dinero)


def _suma_de_marca(marca: int, posicion: int, cual: str, fila: int) -> str:
    """Suma de las filas P (o E) de una columna, hasta la fila anterior al total."""
    rango = [f"${letra(p)}${PRIMERA_FILA}:${letra(p)}${max(fila, PRIMERA_FILA)}" for p in (marca, posicion)]
    return f'=SUMIF({rango[0]},"{cual}",{rango[1]})'


def _fila_del_poai(
    hoja: Any, formulario: FormularioPA, fila: int, proyecto: Proyecto, fuerte: Any, dinero: Any
) -> int:
    posicion = formulario.posicion("costo_programado_cop")
    _combinar(hoja, (fila, 0, fila, posicion - 1), "APROPIACIÓN DEFINITIVA DEL PROYECTO EN EL POAI", fuerte)
    montos: list[Any] = [proyecto.datos.get(f"poai_{f}_cop") for f in FUENTES]
    total = math.fsum(float(m) for m in montos if _es_numero(m))
    for salto, monto in enumerate([total, *montos]):
        _escribir(hoja, fila, posicion + salto, monto, dinero)
    for otra in range(posicion + 5, formulario.oficiales):
        hoja.write_blank(fila, otra, None, fuerte)
    return fila + 1


def _es_numero(valor: Any) -> bool:
    return isinstance(valor, int | float) and not isinstance(valor, bool) and not es_vacio(valor)


def _pie(hoja: Any, libro: Libro, formulario: FormularioPA, fila: int) -> int:
    """Indicadores de resultado, observaciones y firma; devuelve la última fila escrita (desde cero)."""
    rotulo, abierta = _caja(libro, bold=True, align="center"), _caja(libro, locked=False)
    ultima = formulario.oficiales - 1
    tramos = ((0, 2), (3, 6), (7, 8), (9, 10), (11, ultima))
    titulos = (
        "INDICADORES DE RESULTADO", "METAS DE RESULTADO", "UNIDAD DE MEDIDA", "MEDICIÓN (P / E)",
        "SECRETARIO / DESPACHO / GERENTE",
    )  # fmt: skip
    for (desde, hasta), texto in zip(tramos, titulos, strict=True):
        _combinar(hoja, (fila, desde, fila, hasta), texto, rotulo)
    for salto in (1, 2):
        hoja.set_row(fila + salto, 20)
        for desde, hasta in tramos[:-1]:
            _combinar(hoja, (fila + salto, desde, fila + salto, hasta), None, abierta)
    _combinar(hoja, (fila + 1, 11, fila + 2, ultima), "Firma:", _caja(libro, locked=False, valign="bottom"))
    hoja.set_row(fila + 3, 34)
    _combinar(hoja, (fila + 3, 0, fila + 3, 1), "OBSERVACIONES:", _caja(libro, bold=True))
    _combinar(hoja, (fila + 3, 2, fila + 3, ultima), None, abierta)
    return fila + 3


def _validar(hoja: Any, formulario: FormularioPA, ultima: int) -> None:
    reglas: dict[str, dict[str, Any]] = {
        "numero": {"validate": "decimal", "criteria": ">=", "value": 0},
        "dinero": {"validate": "decimal", "criteria": ">=", "value": 0},
        "razon": {"validate": "decimal", "criteria": ">=", "value": 0},
        "fecha": {"validate": "date", "criteria": ">=", "value": date(2000, 1, 1)},
        "texto": {"validate": "length", "criteria": "<=", "value": 2000},
    }  # fmt: skip
    errores = {
        "numero": "Escriba un número mayor o igual que cero, sin texto ni unidades.",
        "dinero": "Escriba el valor en pesos, sin puntos, signo ni texto.",
        "razon": "Escriba una razón mayor o igual que cero: 0,75 y no 75.",
        "fecha": "Escriba la fecha como día/mes/año.",
        "texto": "El texto no puede pasar de 2.000 caracteres.",
    }
    for posicion, columna in enumerate(formulario.columnas):
        if columna.clase in reglas and columna.llena != "plan":
            mensaje = {
                "input_title": columna.encabezado[:32],
                "input_message": columna.significado[:255],
                "error_title": columna.encabezado[:32],
                "error_message": errores[columna.clase],
            }
            hoja.data_validation(
                PRIMERA_FILA - 1,
                posicion,
                max(ultima - 1, PRIMERA_FILA),
                posicion,
                reglas[columna.clase] | mensaje,
            )


def _preparar(hoja: Any, formulario: FormularioPA, ultima: int, *, cabe_en_una: bool) -> None:
    hoja.hide_gridlines(2)
    hoja.freeze_panes(PRIMERA_FILA - 1, formulario.posicion("marca_fisico"))
    hoja.set_landscape()
    hoja.set_paper(PAPEL_OFICIO)
    hoja.set_margins(left=0.3, right=0.3, top=0.4, bottom=0.5)
    hoja.print_area(0, 0, ultima, formulario.oficiales - 1)
    hoja.fit_to_pages(1, 1 if cabe_en_una else 0)  # la firma no se queda sola en otra página
    hoja.repeat_rows(FILA_ENCABEZADO - 1, FILA_ENCABEZADO)
    hoja.set_footer(f"&L&8{formulario.codigo} · &A&R&8Página &P de &N")
    hoja.protect("", {"format_columns": True, "format_rows": True})
