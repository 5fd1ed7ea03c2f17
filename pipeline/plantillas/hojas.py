"""Cómo se ven los libros propios: banda, encabezado, celdas bloqueadas, validación e instrucciones."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from pipeline.archivos import escribir
from pipeline.plantillas.definicion import Columna, Formula, Plantilla, es_vacio, letra

HOJA_CONTROL = "_control"
HOJA_INSTRUCCIONES = "Instrucciones"
HOJA_LISTAS = "_listas"
AZUL, AZUL_CLARO, GRIS, BORDE, TINTA = "#1F3A5F", "#E8EEF6", "#F2F2F2", "#BFBFBF", "#1A1A1A"
PENDIENTE, APAGADO = "#FFF7DB", "#8C8C8C"
TONOS = ("#1F3A5F", "#2F5D50", "#6B4E1F", "#4A3B66", "#3F3F3F")  # uno por grupo de columnas, contraste ≥ 7:1
NUMERO_ENTERO, NUMERO_DECIMAL, DINERO = "#,##0", "#,##0.00", "[$$-240A] #,##0"  # 240A: español de Colombia
COLUMNAS_FIJAS = 2  # código y meta siguen a la vista mientras se diligencia
ALTO_DE_FILA, ALTO_DE_RENGLON, ALTO_MAXIMO = 42, 14, 280  # puntos; Excel no admite más de 409
PAPEL_OFICIO = 5
LETRAS_POR_RENGLON = 115  # de la columna ancha de las instrucciones
COLUMNAS_POR_PAGINA = 18
CLASES_DE_TEXTO = frozenset({"texto", "codigo", "estado", "lista", "fecha"})
REGLAS_DE_CELDA: dict[str, tuple[dict[str, Any], str]] = {  # clase → qué se admite y qué se dice si no
    "numero": (
        {"validate": "decimal", "criteria": ">=", "value": 0},
        "Escriba un número mayor o igual que cero, sin texto ni unidades.",
    ),
    "dinero": (
        {"validate": "decimal", "criteria": ">=", "value": 0},
        "Escriba el valor en pesos, sin puntos, signo ni texto.",
    ),
    "razon": ({"validate": "decimal", "criteria": ">=", "value": 0}, "Escriba un número entre 0 y 1."),
    "estado": ({"validate": "list", "source": ["P", "NP"]}, "Escoja P (programada) o NP (no programada)."),
    "texto": (
        {"validate": "length", "criteria": "<=", "value": 2000},
        "El texto no puede pasar de 2.000 caracteres.",
    ),
    "codigo": (
        {"validate": "length", "criteria": "<=", "value": 60},
        "El código no puede pasar de 60 caracteres.",
    ),
    "fecha": (
        {"validate": "date", "criteria": ">=", "value": date(1990, 1, 1)},
        "Escriba la fecha como día/mes/año, con el año completo.",
    ),
    "lista": ({}, "Escoja un valor de la lista."),
}


class Libro:
    """Un libro en construcción; al guardarlo, el mismo contenido da los mismos bytes."""

    def __init__(self, *, creado: datetime, titulo: str) -> None:
        import xlsxwriter  # perezoso: la ayuda de la orden no debe pagar su importación

        self._salida = BytesIO()
        self._libro = xlsxwriter.Workbook(
            self._salida, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        )
        # Sin fecha fija, xlsxwriter escribe la hora actual y el archivo cambia en cada corrida.
        self._libro.set_properties({"created": creado, "title": titulo, "author": "", "comments": ""})
        self._formatos: dict[tuple[tuple[str, Any], ...], Any] = {}
        self._listas: list[Sequence[str]] = []

    def agregar_hoja(self, nombre: str) -> Any:
        """Hoja nueva, para los formularios que no son una tabla de columnas (FOR-08)."""
        return self._libro.add_worksheet(nombre)

    def formato(self, **opciones: Any) -> Any:
        """Formato de celda con la tipografía de los libros propios."""
        return self._formato(**opciones)

    def guardar(self, destino: Path, control: Mapping[str, str]) -> Path:
        """Ruta del libro escrito de una vez (o nada), con las hojas ocultas de listas y de control."""
        self._escribir_listas()
        hoja = self._libro.add_worksheet(HOJA_CONTROL)
        for fila, (clave, valor) in enumerate(control.items()):
            hoja.write_string(fila, 0, clave)
            hoja.write_string(fila, 1, valor)
        hoja.very_hidden()
        self._libro.close()
        return escribir(destino, self._salida.getvalue())

    def escribir_instrucciones(
        self, plantilla: Plantilla, banda: Sequence[str], otras: Sequence[Plantilla] = ()
    ) -> None:
        """Hoja que explica qué se diligencia y qué significa cada columna, también de las `otras` hojas."""
        hoja = self._libro.add_worksheet(HOJA_INSTRUCCIONES)
        hoja.hide_gridlines(2)
        hoja.set_column(0, 0, 4)
        hoja.set_column(1, 1, 26)
        hoja.set_column(2, 2, 22)
        hoja.set_column(3, 3, 92)
        self._escribir_banda(hoja, banda[:4], ancho=4)
        fila = 5
        for numero, texto in enumerate(plantilla.instrucciones, start=1):
            hoja.write_number(fila, 0, numero, self._formato(bold=True, font_color=AZUL, valign="top"))
            hoja.merge_range(fila, 1, fila, 3, texto, self._formato(text_wrap=True, valign="top"))
            hoja.set_row(fila, 32 if len(texto) > LETRAS_POR_RENGLON * 1.5 else 18)
            fila += 1
        for cada in (plantilla, *otras):
            fila = self._escribir_diccionario(hoja, cada, fila + 1, con_titulo=bool(otras))
        hoja.set_landscape()
        hoja.set_paper(PAPEL_OFICIO)
        hoja.fit_to_pages(1, 1)
        hoja.protect()

    def escribir_datos(
        self,
        plantilla: Plantilla,
        banda: Sequence[str],
        filas: Sequence[Mapping[str, Any]],
        *,
        protegida: bool,
        libres: int = 0,
        listas: Mapping[str, Sequence[str]] | None = None,
        activa: bool = True,
    ) -> None:
        """Hoja de datos: banda, rótulos de grupo, encabezado y una fila por cada una de `filas`.

        `libres` son las filas en blanco, sin bloquear, que van debajo; `listas`, los valores entre los que
        se escoge en el campo de cada llave; `activa`, si el libro abre en esta hoja.
        """
        hoja = self._libro.add_worksheet(plantilla.hoja)
        self._escribir_banda(hoja, banda, ancho=len(plantilla.columnas))
        self._escribir_encabezado(hoja, plantilla)
        for numero, fila in enumerate(filas, start=plantilla.fila_encabezado):
            hoja.set_row(numero, _alto_de(plantilla, fila))
            for indice, columna in enumerate(plantilla.columnas):
                self._escribir_celda(hoja, numero, indice, columna, fila.get(columna.campo), protegida)
        ultima = plantilla.fila_encabezado + len(filas) + libres - 1
        for numero in range(plantilla.fila_encabezado + len(filas), ultima + 1):
            for indice, columna in enumerate(plantilla.columnas):
                self._escribir_celda(hoja, numero, indice, columna, None, protegida=False)
        hoja.freeze_panes(plantilla.fila_encabezado, COLUMNAS_FIJAS)
        hoja.autofilter(plantilla.fila_encabezado - 1, 0, ultima, len(plantilla.columnas) - 1)
        self._preparar_impresion(hoja, plantilla)
        if protegida:
            self._validar(hoja, plantilla, ultima, listas or {}, con_libres=libres > 0)
            self._resaltar(hoja, plantilla, ultima)
            hoja.protect("", {"format_columns": True, "format_rows": True, "autofilter": True})
        if activa:
            hoja.activate()

    def _escribir_banda(self, hoja: Any, banda: Sequence[str], *, ancho: int) -> None:
        estilos: list[dict[str, Any]] = [
            {"bold": True, "font_size": 16, "font_color": "white", "bg_color": AZUL},
            {"bold": True, "font_size": 11, "font_color": "white", "bg_color": AZUL},
            {"font_color": AZUL, "bg_color": AZUL_CLARO},
            {"bold": True, "font_color": AZUL, "bg_color": AZUL_CLARO},
            {"italic": True, "font_color": TINTA},
        ]
        for fila, (texto, estilo) in enumerate(zip(banda, estilos, strict=False)):
            formato = self._formato(valign="vcenter", indent=1, **estilo)
            hoja.set_row(fila, 26 if fila == 0 else 18)
            hoja.write_string(fila, 0, texto, formato)
            for columna in range(1, ancho if fila < 4 else 0):
                hoja.write_blank(fila, columna, None, formato)

    def _escribir_encabezado(self, hoja: Any, plantilla: Plantilla) -> None:
        fila = plantilla.fila_encabezado - 1
        grupos = list(dict.fromkeys(c.grupo for c in plantilla.columnas))
        hoja.set_row(fila, 48)
        anterior = ""
        for indice, columna in enumerate(plantilla.columnas):
            tono = TONOS[grupos.index(columna.grupo) % len(TONOS)]
            rotulo = plantilla.grupos[columna.grupo] if columna.grupo != anterior else ""
            comun = {"bold": True, "font_color": "white", "bg_color": tono, "valign": "vcenter"}
            # El rótulo no se combina: una celda combinada sobre paneles inmóviles se parte al desplazarse.
            hoja.write_string(fila - 1, indice, rotulo, self._formato(**comun))
            hoja.write_string(
                fila,
                indice,
                columna.encabezado,
                self._formato(text_wrap=True, align="center", border=1, border_color=BORDE, **comun),
            )
            hoja.set_column(indice, indice, columna.ancho)
            anterior = columna.grupo

    def _escribir_celda(
        self, hoja: Any, fila: int, indice: int, columna: Columna, valor: Any, protegida: bool
    ) -> None:
        abierta = columna.editable or not protegida or (columna.abierta_si_vacia and es_vacio(valor))
        formato = self._formato_de_celda(columna, valor, abierta)
        if isinstance(valor, Formula):
            hoja.write_formula(fila, indice, valor.formula, formato, valor.resultado)
        elif es_vacio(valor):
            hoja.write_blank(fila, indice, None, formato)
        elif columna.clase == "fecha" and (fecha := _fecha(valor)) is not None:
            hoja.write_datetime(fila, indice, fecha, formato)
        elif isinstance(valor, str) or columna.clase in CLASES_DE_TEXTO:
            hoja.write_string(fila, indice, str(valor), formato)
        else:
            hoja.write_number(fila, indice, float(valor), formato)

    def _formato_de_celda(self, columna: Columna, valor: Any, abierta: bool) -> Any:
        es_fraccion = not isinstance(valor, str | Formula) and not es_vacio(valor) and float(valor) % 1 != 0
        propio: dict[str, dict[str, Any]] = {
            "texto": {"text_wrap": True, "indent": 1},
            "codigo": {"num_format": "@", "text_wrap": True},
            "estado": {"align": "center"},
            "numero": {"num_format": NUMERO_DECIMAL if es_fraccion else NUMERO_ENTERO},
            "dinero": {"num_format": DINERO},
            "razon": {"num_format": "0.0000"},
            "lista": {"text_wrap": True, "indent": 1},
            "fecha": {"num_format": "dd/mm/yyyy", "align": "center"},
        }
        return self._formato(
            valign="top",
            border=1,
            border_color=BORDE,
            locked=not abierta,
            bg_color="white" if abierta else GRIS,
            **propio[columna.clase],
        )

    def _validar(
        self,
        hoja: Any,
        plantilla: Plantilla,
        ultima: int,
        listas: Mapping[str, Sequence[str]],
        *,
        con_libres: bool,
    ) -> None:
        """Reglas de lo que se diligencia; con filas libres, también de las columnas prellenadas."""
        for indice, columna in enumerate(plantilla.columnas):
            if not (columna.editable or con_libres):
                continue
            regla, error = REGLAS_DE_CELDA[columna.clase]
            if columna.campo in listas:
                # Solo una lista cerrada rechaza; las demás avisan, porque su catálogo puede estar incompleto.
                cerrada = columna.clase == "lista"
                regla = {
                    "validate": "list",
                    "source": self._rango_de_lista(listas[columna.campo]),
                    "error_type": "stop" if cerrada else "warning",
                }
                error = "Escoja un valor de la lista." if cerrada else "No está en la lista. ¿Es correcto?"
            if not regla:
                continue
            mensaje = {
                "input_title": columna.encabezado[:32],
                "input_message": columna.ayuda[:255],
                "error_title": columna.encabezado[:32],
                "error_message": error,
            }
            hoja.data_validation(plantilla.fila_encabezado, indice, ultima, indice, regla | mensaje)

    def _rango_de_lista(self, valores: Sequence[str]) -> str:
        """Referencia de la lista en la hoja oculta: Excel no admite más de 255 caracteres en la regla."""
        if valores not in self._listas:
            self._listas.append(valores)
        columna = letra(self._listas.index(valores))
        return f"={HOJA_LISTAS}!${columna}$1:${columna}${max(1, len(valores))}"

    def _escribir_listas(self) -> None:
        if not self._listas:
            return
        hoja = self._libro.add_worksheet(HOJA_LISTAS)
        for indice, valores in enumerate(self._listas):
            for fila, valor in enumerate(valores):
                hoja.write_string(fila, indice, valor)
        hoja.very_hidden()

    def _resaltar(self, hoja: Any, plantilla: Plantilla, ultima: int) -> None:
        campos = [columna.campo for columna in plantilla.columnas]
        if not {"estado_programacion", "ejecutado_vigencia"} <= set(campos):
            return
        primera = plantilla.fila_encabezado
        indice = campos.index("ejecutado_vigencia")
        estado, ejecutado = letra(campos.index("estado_programacion")), letra(indice)
        apagado = {"type": "formula", "criteria": f'=${estado}{primera + 1}="NP"'}
        pendiente = f'=AND(${estado}{primera + 1}="P",ISBLANK(${ejecutado}{primera + 1}))'
        hoja.conditional_format(
            primera, 0, ultima, len(campos) - 1, apagado | {"format": self._formato(font_color=APAGADO)}
        )
        regla = {"type": "formula", "criteria": pendiente, "format": self._formato(bg_color=PENDIENTE)}
        hoja.conditional_format(primera, indice, ultima, indice, regla)

    def _escribir_diccionario(
        self, hoja: Any, plantilla: Plantilla, fila: int, *, con_titulo: bool = False
    ) -> int:
        """La fila que sigue al diccionario de la hoja de `plantilla`."""
        if con_titulo:
            titulo = self._formato(bold=True, font_size=12, font_color=AZUL)
            hoja.write_string(fila, 1, f"Hoja «{plantilla.hoja}»", titulo)
            fila += 1
        rotulo = self._formato(bold=True, font_color="white", bg_color=AZUL, border=1, border_color=BORDE)
        celda = self._formato(text_wrap=True, valign="top", border=1, border_color=BORDE)
        for indice, texto in enumerate(("", "Columna", "Quién la llena", "Qué significa")):
            hoja.write_string(fila, indice, texto, rotulo)
        for numero, columna in enumerate(plantilla.columnas, start=1):
            quien = plantilla.diligencia if columna.editable else plantilla.origen
            hoja.write_string(fila + numero, 0, letra(numero - 1), celda)
            for indice, texto in enumerate((columna.encabezado, quien, columna.significado), start=1):
                hoja.write_string(fila + numero, indice, texto, celda)
            renglones = 1 + len(columna.significado) // LETRAS_POR_RENGLON
            hoja.set_row(fila + numero, 16 * renglones + 2)
        return fila + len(plantilla.columnas) + 1

    def _preparar_impresion(self, hoja: Any, plantilla: Plantilla) -> None:
        hoja.set_landscape()
        hoja.set_paper(PAPEL_OFICIO)
        hoja.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        hoja.fit_to_pages(1 + len(plantilla.columnas) // COLUMNAS_POR_PAGINA, 0)
        hoja.repeat_columns(0, COLUMNAS_FIJAS - 1)
        hoja.repeat_rows(plantilla.fila_encabezado - 2, plantilla.fila_encabezado - 1)
        hoja.set_footer("&L&8&A&R&8Página &P de &N")
        hoja.hide_gridlines(2)

    def _formato(self, **opciones: Any) -> Any:
        clave = tuple(sorted(opciones.items()))
        if clave not in self._formatos:
            base = {"font_name": "Calibri", "font_size": 10} | opciones
            self._formatos[clave] = self._libro.add_format(base)
        return self._formatos[clave]


def _fecha(valor: Any) -> datetime | None:
    """La fecha de un «AAAA-MM-DD» o de una fecha; None si es otro texto, que se escribe tal cual."""
    if isinstance(valor, date):
        return datetime(valor.year, valor.month, valor.day)
    try:
        return datetime.strptime(str(valor), "%Y-%m-%d")
    except ValueError:
        return None


def _alto_de(plantilla: Plantilla, fila: Mapping[str, Any]) -> int:
    """El alto con que el texto más largo de la fila se ve entero en cada celda."""
    renglones = max(math.ceil(1.1 * len(str(fila.get(c.campo) or "")) / c.ancho) for c in plantilla.columnas)
    return max(ALTO_DE_FILA, min(ALTO_DE_RENGLON * renglones, ALTO_MAXIMO))
