"""Escribe las plantillas .docx del procedimiento (pipeline/recursos/documentos), que se editan en Word.

Se corre una vez al cambiar el texto de aquí; lo que la oficina cambie en Word se conserva mientras no se
vuelva a correr. Lo que va entre {{ }} y {% %} lo llena `seguimiento registros generar` (docxtpl).

    python herramientas/plantillas_documentos.py [CARPETA]
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

from pipeline.documentos.escritura import con_fecha_fija

CARPETA = Path(__file__).parents[1] / "pipeline" / "recursos" / "documentos"
AZUL = "1F3A5F"
FECHA_FIJA = datetime(2025, 1, 1)
BLANCO = "_" * 28
Columna = tuple[str, str, float]  # encabezado, dato y ancho


class Hoja:
    """Un documento a medio escribir: encabezado, pie y bloques en orden."""

    def __init__(self, titulo: str, *, apaisada: bool = False) -> None:
        self.doc: Any = Document()
        self._propiedades(titulo)
        self._pagina(apaisada)
        self._estilos()
        self._encabezado(titulo)
        self._pie()

    def _propiedades(self, titulo: str) -> None:
        p = self.doc.core_properties
        p.title, p.author, p.comments, p.language = titulo, "", "", "es-CO"
        p.created = p.modified = FECHA_FIJA

    def _pagina(self, apaisada: bool) -> None:
        s = self.doc.sections[0]
        s.page_width, s.page_height = Cm(21.59), Cm(27.94)
        if apaisada:
            s.orientation = WD_ORIENT.LANDSCAPE
            s.page_width, s.page_height = s.page_height, s.page_width
        s.left_margin = s.right_margin = Cm(2.3)
        s.top_margin, s.bottom_margin = Cm(3.2), Cm(2.2)
        self.ancho = s.page_width.cm - 4.6

    def _estilos(self) -> None:
        normal = self.doc.styles["Normal"]
        normal.font.name, normal.font.size = "Arial", Pt(10.5)
        normal.element.rPr.rFonts.set(qn("w:eastAsia"), "Arial")
        idioma = OxmlElement("w:lang")
        idioma.set(qn("w:val"), "es-CO")
        normal.element.rPr.append(idioma)
        normal.paragraph_format.space_after = Pt(6)
        titulo = self._estilo_de_titulo("Title", Pt(14), RGBColor(0, 0, 0))
        titulo.alignment, titulo.space_before, titulo.space_after = WD_ALIGN_PARAGRAPH.CENTER, Pt(0), Pt(8)
        borde = self.doc.styles["Title"].element.pPr.find(qn("w:pBdr"))
        if borde is not None:
            self.doc.styles["Title"].element.pPr.remove(borde)
        seccion = self._estilo_de_titulo("Heading 2", Pt(12), RGBColor.from_string(AZUL))
        seccion.space_before, seccion.space_after = Pt(12), Pt(4)

    def _estilo_de_titulo(self, nombre: str, tamano: Any, color: Any) -> Any:
        """El formato de párrafo de un estilo de Word, ya con la letra de los documentos."""
        estilo = self.doc.styles[nombre]
        estilo.font.name, estilo.font.size, estilo.font.bold = "Arial", tamano, True
        estilo.font.color.rgb = color
        letras = estilo.element.rPr.rFonts
        for tema in [atributo for atributo in letras.attrib if atributo.endswith("Theme")]:
            del letras.attrib[tema]
        letras.set(qn("w:hAnsi"), "Arial")
        return estilo.paragraph_format

    def _encabezado(self, titulo: str) -> None:
        s = self.doc.sections[0]
        s.header_distance = Cm(1)
        tabla = s.header.add_table(1, 3, Cm(self.ancho))
        tabla.style, tabla.alignment = "Table Grid", WD_TABLE_ALIGNMENT.CENTER
        anchos = [self.ancho * 0.3, self.ancho * 0.42, self.ancho * 0.28]
        textos = [
            "{{ entidad }}\nNIT {{ nit }}",
            f"{titulo.upper()}\n{{{{ oficina }}}}",
            "{{ procedimiento }}, versión {{ version }}\nN.º {{ consecutivo }}\nPágina ",
        ]
        for celda, texto, ancho in zip(tabla.rows[0].cells, textos, anchos, strict=True):
            celda.width = Cm(ancho)
            parrafo = celda.paragraphs[0]
            parrafo.paragraph_format.space_after = Pt(2)
            parrafo.add_run(texto).font.size = Pt(8.5)
        self._medir(tabla, [Cm(a) for a in anchos])
        self._campo(tabla.rows[0].cells[2].paragraphs[0], "PAGE")
        tabla.rows[0].cells[2].paragraphs[0].add_run(" de ").font.size = Pt(8.5)
        self._campo(tabla.rows[0].cells[2].paragraphs[0], "NUMPAGES")
        vacio = s.header.paragraphs[0]  # el que trae Word queda después de la tabla
        vacio._p.getparent().append(vacio._p)

    def _pie(self) -> None:
        parrafo = self.doc.sections[0].footer.paragraphs[0]
        parrafo.alignment = WD_ALIGN_PARAGRAPH.CENTER
        texto = parrafo.add_run("BORRADOR. No vale hasta que se firme.{{ rotulo }}")
        texto.font.size, texto.font.color.rgb = Pt(8), RGBColor(0x59, 0x59, 0x59)

    @staticmethod
    def _campo(parrafo: Any, nombre: str) -> None:
        """Un campo de Word, en sus cuatro partes: cada una en su trozo para que todo lector lo calcule."""
        for tipo in ("begin", "instr", "separate", "texto", "end"):
            trozo = parrafo.add_run("1" if tipo == "texto" else "")
            trozo.font.size = Pt(8.5)
            if tipo == "texto":
                continue
            elemento = OxmlElement("w:instrText" if tipo == "instr" else "w:fldChar")
            if tipo == "instr":
                elemento.text = nombre
            else:
                elemento.set(qn("w:fldCharType"), tipo)
            trozo._r.append(elemento)

    def _separar(self) -> None:
        """Un respiro después de una tabla, tan bajo que no abre una página vacía."""
        p = self.doc.add_paragraph()
        p.paragraph_format.space_after = Pt(0)
        p.add_run().font.size = Pt(4)
        marca = OxmlElement("w:rPr")
        tamano = OxmlElement("w:sz")
        tamano.set(qn("w:val"), "8")
        marca.append(tamano)
        p._p.get_or_add_pPr().append(marca)

    @staticmethod
    def _medir(tabla: Any, medidas: Sequence[Any]) -> None:
        """Los anchos de la rejilla: sin ellos, LibreOffice reparte las columnas por igual."""
        tabla.autofit = False
        for columna, medida in zip(tabla.columns, medidas, strict=True):
            columna.width = medida

    def titulo(self, texto: str) -> None:
        """El título del documento."""
        self.doc.add_paragraph(texto, style="Title")

    def seccion(self, texto: str) -> None:
        """El título de una sección."""
        self.doc.add_paragraph(texto, style="Heading 2")

    def parrafo(self, texto: str, *, negrita: bool = False, pequeno: bool = False) -> None:
        """Un párrafo, con sus marcas de docxtpl si las lleva."""
        p = self.doc.add_paragraph()
        letra = p.add_run(texto)
        letra.bold = negrita
        if pequeno:
            letra.font.size = Pt(9)

    def orden(self, texto: str) -> None:
        """Una orden de la plantilla en su propio párrafo, que desaparece al llenarla."""
        self.doc.add_paragraph("{%p " + texto + " %}")

    def lista(self, coleccion: str, texto: str = "{{ x }}") -> None:
        """Una viñeta por elemento de `coleccion`."""
        self.orden(f"for x in {coleccion}")
        p = self.doc.add_paragraph(texto, style="List Bullet")
        p.paragraph_format.space_after = Pt(2)
        self.orden("endfor")

    def datos(self, pares: Sequence[tuple[str, str]]) -> None:
        """Tabla de dos columnas sin bordes: PARA, DE, ASUNTO."""
        tabla = self.doc.add_table(0, 2)
        for rotulo, valor in pares:
            celdas = tabla.add_row().cells
            self._celda(celdas[0], rotulo, Cm(3.2), negrita=True, tamano=11)
            self._celda(celdas[1], valor, Cm(self.ancho - 3.2), tamano=11)
        self._medir(tabla, [Cm(3.2), Cm(self.ancho - 3.2)])
        self._separar()

    def tabla(self, coleccion: str, columnas: Sequence[Columna], *, derecha: str = "") -> None:
        """Tabla con un renglón por elemento de `coleccion`.

        Cada columna dice su encabezado, el dato del elemento (vacío: se llena a mano) y su ancho, en
        proporción; `derecha` son los datos que son cifras.
        """
        tabla, medidas = self._tabla_con_encabezado(columnas)
        valores = ["{{ f." + dato + " }}" if dato else "" for _, dato, _ in columnas]
        vacias = [""] * (len(columnas) - 1)
        ordenes = (["{%tr for f in " + coleccion + " %}", *vacias], valores, ["{%tr endfor %}", *vacias])
        for textos in ordenes:
            renglon = tabla.add_row()
            renglon._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
            for celda, texto, medida, (_, dato, _) in zip(
                renglon.cells, textos, medidas, columnas, strict=True
            ):
                self._celda(celda, texto, medida, derecha=bool(dato) and dato in derecha.split())
        self._separar()

    def vacia(self, columnas: Sequence[Columna], renglones: int) -> None:
        """Tabla para llenar a mano."""
        tabla, medidas = self._tabla_con_encabezado(columnas)
        for _ in range(renglones):
            renglon = tabla.add_row()
            renglon.height = Cm(0.75)
            for celda, medida in zip(renglon.cells, medidas, strict=True):
                self._celda(celda, "", medida)
        self._separar()

    def _tabla_con_encabezado(self, columnas: Sequence[Columna]) -> tuple[Any, list[Any]]:
        tabla = self.doc.add_table(1, len(columnas))
        tabla.style = "Table Grid"
        total = sum(ancho for *_, ancho in columnas)
        medidas = [Cm(self.ancho * ancho / total) for *_, ancho in columnas]
        for celda, (encabezado, *_), medida in zip(tabla.rows[0].cells, columnas, medidas, strict=True):
            self._celda(celda, encabezado, medida, negrita=True, fondo="E8EEF6")
        self._repetir(tabla.rows[0])
        self._medir(tabla, medidas)
        return tabla, medidas

    @staticmethod
    def _repetir(renglon: Any) -> None:
        marca = OxmlElement("w:tblHeader")
        marca.set(qn("w:val"), "true")
        renglon._tr.get_or_add_trPr().append(marca)

    @staticmethod
    def _celda(
        celda: Any,
        texto: str,
        ancho: Any,
        *,
        negrita: bool = False,
        fondo: str = "",
        tamano: float = 9,
        derecha: bool = False,
    ) -> None:
        celda.width = ancho
        p = celda.paragraphs[0]
        p.paragraph_format.space_after = Pt(1)
        if derecha:
            p.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        letra = p.add_run(texto)
        letra.bold, letra.font.size = negrita, Pt(tamano)
        if fondo:
            sombra = OxmlElement("w:shd")
            sombra.set(qn("w:val"), "clear")
            sombra.set(qn("w:fill"), fondo)
            celda._tc.get_or_add_tcPr().append(sombra)

    def si_hay(self, coleccion: str, escribir: Callable[[], None], si_no: str) -> None:
        """Lo que `escribir` pone, si la colección trae algo; si no, la oración."""
        self.orden(f"if {coleccion}")
        escribir()
        self.orden("else")
        self.parrafo(si_no)
        self.orden("endif")

    def despedida(self, cargos: Sequence[str]) -> None:
        """El cierre de un memorando o una circular, con sus firmas."""
        self.parrafo("Cordialmente,")
        self.firmas(cargos)

    def firmas(self, cargos: Sequence[str]) -> None:
        """El espacio de la firma de cada cargo y el de quien proyecta, revisa y aprueba."""
        for cargo in cargos:
            p = self.doc.add_paragraph()
            p.paragraph_format.space_before, p.paragraph_format.keep_together = Pt(26), True
            p.add_run(f"{BLANCO}\n")
            p.add_run(cargo).bold = True
            p.add_run("\n{{ entidad }}")
        self.parrafo(f"Proyectó: {BLANCO[:18]}   Revisó: {BLANCO[:18]}   Aprobó: {BLANCO[:18]}", pequeno=True)

    def asistencia(self, renglones: int = 8) -> None:
        """La tabla de asistencia, para llenar a mano."""
        self.seccion("Asistencia")
        self.vacia(
            [("Nombre", "", 3), ("Cargo", "", 2.4), ("Dependencia", "", 2.6), ("Firma", "", 2)], renglones
        )

    def guardar(self, nombre: str, carpeta: Path) -> None:
        """Escribe `nombre`.docx con fecha fija: el mismo texto da los mismos bytes."""
        crudo = BytesIO()
        self.doc.save(crudo)
        (carpeta / f"{nombre}.docx").write_bytes(con_fecha_fija(crudo, FECHA_FIJA.date()))


def _memorando(clase: str, para: str, de: str, asunto: str) -> Hoja:
    hoja = Hoja(clase)
    hoja.titulo(f"{clase.upper()} N.º {{{{ consecutivo }}}}")
    hoja.parrafo("{{ ciudad }}, ____ de ______________ de ________ (fecha de la firma)")
    hoja.datos([("PARA:", para), ("DE:", de), ("ASUNTO:", asunto)])
    return hoja


def _acta(asunto: str) -> Hoja:
    hoja = Hoja("Acta de reunión")
    hoja.titulo("ACTA N.º {{ consecutivo }}")
    hoja.datos([
        ("Asunto:", asunto),
        ("Fecha:", "____ de ______________ de ________"),
        ("Lugar:", BLANCO),
        ("Hora:", "De ______ a ______"),
    ])  # fmt: skip
    return hoja


TODAS = "Secretarios de despacho, jefes de oficina y gerentes de entes descentralizados"
GRUPO = "Grupo de Estudios Estratégicos (Grupo de Seguimiento)"
COORDINACION = "Coordinación del Grupo de Estudios Estratégicos"
PLANEACION = "Secretario(a) de Planeación"


def _fechas_del_corte(h: Hoja) -> None:
    h.seccion("Fechas del corte {{ corte }}")
    h.tabla("fechas", [("Momento", "momento", 2.6), ("Fecha", "fecha", 2.6), ("Qué ocurre", "que", 5)])


def _totales_del_poai(h: Hoja) -> None:
    h.tabla(
        "totales",
        [
            ("Nivel", "nivel", 2.5), ("Código", "codigo", 1.9), ("Nombre", "nombre", 4.6),
            ("Rubros", "rubros", 1.6),
            ("Apropiación inicial", "inicial", 3.5), ("Apropiación definitiva", "definitiva", 3.5),
        ],
        derecha="rubros inicial definitiva",
    )  # fmt: skip
    h.parrafo("Pesos corrientes completos. {{ cuadre }}", pequeno=True)


def _archivos_con_huella(h: Hoja, coleccion: str, rotulo: str, si_no: str) -> None:
    columnas = [(rotulo, "nombre", 4), ("Huella SHA-256", "huella", 6)]
    h.si_hay(coleccion, lambda: h.tabla(coleccion, columnas), si_no)


def _temas(h: Hoja) -> None:
    h.seccion("Temas")
    h.lista("temas")


def memorando_programacion() -> Hoja:
    """Memorando que programa el reporte del corte."""
    h = _memorando(
        "Memorando",
        TODAS,
        "Alcalde(sa) y Secretario(a) de Planeación",
        "Programación del reporte del {{ trimestre }}",
    )
    h.parrafo(
        "En cumplimiento del procedimiento {{ procedimiento }}, Seguimiento al Plan de Desarrollo "
        "Municipal, se programa el reporte del avance físico y financiero del plan «{{ plan }}» con corte "
        "al {{ cierre }}."
    )
    h.parrafo("Instrumentos que se reportan: {{ instrumentos }}.")
    _fechas_del_corte(h)
    h.parrafo(
        "Los plazos se cuentan en días hábiles y son los que fijó la entidad en su calendario de "
        "seguimiento. Lo que se reciba después del vencimiento se marca como tardío, y lo que no se reporte "
        "se publica como no reportado."
    )
    h.despedida(["Alcalde(sa)", PLANEACION])
    return h


def circular_solicitud() -> Hoja:
    """Circular que pide el reporte, con las metas de cada dependencia."""
    h = _memorando(
        "Circular", TODAS, GRUPO, "Solicitud del reporte de ejecución física y financiera, {{ trimestre }}"
    )
    h.parrafo(
        "De acuerdo con el procedimiento {{ procedimiento }}, se solicita reportar la ejecución física y "
        "financiera de las metas a su cargo con corte al {{ cierre }}, a más tardar el {{ vence }}."
    )
    h.parrafo("Instrumentos que se reportan: {{ instrumentos }}.")
    h.lista("instrucciones")
    h.seccion("Metas por dependencia")
    h.tabla(
        "dependencias",
        [
            ("Dependencia", "nombre", 5.6), ("Metas", "n_metas", 1.3),
            ("Programadas en {{ vigencia }}", "n_programadas", 2.2), ("Plazo", "plazo", 2.6),
        ],
        derecha="n_metas n_programadas",
    )  # fmt: skip
    h.despedida([COORDINACION])
    h.seccion("Anexo. Metas de cada dependencia")
    h.parrafo(
        "«Programado» es lo de la vigencia; «Último aceptado», lo último que el Grupo aceptó a la "
        "dependencia en la vigencia. Un espacio con «s. d.» es un dato que no se tiene; no es cero.",
        pequeno=True,
    )
    h.orden("for d in dependencias")
    h.seccion("{{ d.nombre }}: {{ d.cuenta }}")
    h.tabla(
        "d.metas",
        [
            ("Código", "codigo", 1.5), ("Meta", "nombre", 5.4), ("Unidad", "unidad", 1.9),
            ("Programado", "programado", 2), ("Último aceptado", "ultimo", 1.9),
        ],
        derecha="programado ultimo",
    )  # fmt: skip
    h.orden("endfor")
    return h


def acta_tareas() -> Hoja:
    """Acta que reparte las dependencias entre los profesionales del Grupo."""
    h = _acta("Designación de tareas al Grupo de Seguimiento, {{ trimestre }}")
    h.seccion("Reparto propuesto")
    h.parrafo(
        "La carga de una dependencia es la suma de sus metas y de los hallazgos que quedaron abiertos en el "
        "{{ de_que_corte }}. Las dependencias se reparten de mayor a menor carga, cada una a quien menos "
        "tiene."
    )
    h.orden("for p in profesionales")
    h.parrafo("{{ p.nombre }}: ____________________________ · carga {{ p.carga }}", negrita=True)
    h.tabla(
        "p.dependencias",
        [
            ("Dependencia", "nombre", 6), ("Metas", "metas", 1.2), ("Hallazgos", "hallazgos", 1.4),
            ("Libros", "libros", 1.2), ("Carga", "carga", 1.2),
        ],
        derecha="metas hallazgos libros carga",
    )  # fmt: skip
    h.orden("endfor")
    h.seccion("Acuerdos")
    h.vacia([("N.º", "", 0.6), ("Acuerdo", "", 5), ("Responsable", "", 2.4), ("Fecha", "", 1.6)], 4)
    h.asistencia()
    return h


def convocatoria_verificacion() -> Hoja:
    """Convocatoria a las reuniones de verificación."""
    h = _memorando(
        "Convocatoria", TODAS + ", y sus enlaces", GRUPO, "Reuniones de verificación del {{ trimestre }}"
    )
    h.parrafo(
        "Se convoca a las reuniones para verificar la información reportada con corte al {{ cierre }}. La "
        "agenda está ordenada por impacto: primero las dependencias cuyas metas más pueden mover el "
        "resultado del plan. Las fechas y las horas son una propuesta, sin choques entre las reuniones de "
        "un mismo profesional."
    )
    h.seccion("Agenda")
    h.tabla(
        "reuniones",
        [
            ("N.º", "orden", 1.1), ("Dependencia", "nombre", 3.2), ("Fecha y hora", "cuando", 2.6),
            ("Revisa", "revisa", 2), ("Qué se verifica", "temas", 4),
        ],
    )  # fmt: skip
    h.parrafo(
        "Impacto es la suma, en las alertas abiertas de la dependencia, del peso de cada meta por su brecha "
        "y por la certeza de la evidencia.",
        pequeno=True,
    )
    h.despedida([COORDINACION])
    return h


def _acta_anterior(h: Hoja) -> None:
    """Lo que se acordó en el corte anterior y cómo está hoy, si hubo acta."""
    h.orden("if acordado")
    h.seccion("Compromisos del acta del {{ de_que_corte }}")
    h.tabla(
        "acordado",
        [
            ("N.º en esa acta", "origen", 1.4), ("Lo que se acordó", "compromiso", 4.2),
            ("Responsable", "responsable", 2), ("Fecha", "fecha", 1.4), ("¿Se cumplió?", "", 1.8),
        ],
    )  # fmt: skip
    h.orden("endif")
    h.orden("if seguimiento")
    h.seccion("Cómo está lo que quedó abierto en el {{ de_que_corte }}")
    h.parrafo(
        "Según los libros de este corte. Si lo que se acordó se cumplió, lo dice quien preside la reunión.",
        pequeno=True,
    )
    h.tabla(
        "seguimiento",
        [
            ("Qué se halló en el corte anterior", "que", 5.6), ("Cómo está hoy", "estado", 2),
            ("Observación", "", 2.6),
        ],
    )  # fmt: skip
    h.parrafo("{{ otros_del_previo }}", pequeno=True)
    h.orden("endif")


def _hallazgos_abiertos(h: Hoja) -> None:
    columnas = [
        ("N.º", "n", 0.9), ("Lugar", "lugar", 2.6), ("Qué se halló", "mensaje", 4.3),
        ("Qué se pide", "accion", 3.5),
    ]  # fmt: skip
    h.seccion("Hallazgos abiertos")
    si_no = "No hay hallazgos por corregir en los libros de la dependencia."
    h.si_hay("hallazgos", lambda: h.tabla("hallazgos", columnas), si_no)


def _alertas_abiertas(h: Hoja) -> None:
    columnas = [
        ("N.º", "n", 0.8), ("Meta o dependencia", "nombre", 3.8), ("Evidencia", "evidencia", 5.2),
        ("Prioridad", "prioridad", 1.6),
    ]  # fmt: skip

    def escribir() -> None:
        h.tabla("alertas", columnas)
        h.parrafo("{{ otras_alertas }}", pequeno=True)

    h.seccion("Alertas abiertas")
    h.si_hay("alertas", escribir, "La dependencia no tiene alertas abiertas.")


def acta_verificacion() -> Hoja:
    """Acta de la reunión de verificación de una dependencia."""
    h = _acta("Verificación de la información reportada, {{ trimestre }} · {{ dependencia }}")
    h.seccion("Situación al corte {{ corte }}")
    h.lista("situacion")
    _acta_anterior(h)
    _hallazgos_abiertos(h)
    _alertas_abiertas(h)
    h.seccion("Compromisos")
    h.parrafo("Se llenan en la reunión; el acta del corte siguiente dice cómo quedó cada uno.", pequeno=True)
    h.tabla(
        "compromisos",
        [
            ("N.º", "n", 0.8), ("Hallazgo o alerta", "origen", 2.6), ("Compromiso", "", 4.4),
            ("Responsable", "", 2.2), ("Fecha", "", 1.5),
        ],
    )  # fmt: skip
    h.asistencia(6)
    return h


def correcciones_emitidas() -> Hoja:
    """Memorando con las correcciones que se piden a los libros."""
    h = _memorando("Correcciones emitidas", TODAS, GRUPO, "Correcciones a los libros del {{ trimestre }}")
    h.parrafo(
        "Revisados los libros del {{ trimestre }}, el Grupo de Seguimiento emite las correcciones que "
        "siguen. Cada dependencia recibe además su libro marcado, celda por celda. Lo que «bloquea» sale de "
        "los índices hasta que se corrija."
    )
    h.orden("for d in dependencias")
    h.seccion("{{ d.nombre }}")
    h.tabla(
        "d.correcciones",
        [
            ("N.º", "n", 0.9), ("Instrumento", "instrumento", 1.9), ("Lugar", "lugar", 2.5),
            ("Qué se halló", "mensaje", 3.7), ("Qué se pide", "accion", 3.1), ("Efecto", "efecto", 1.4),
        ],
    )  # fmt: skip
    h.orden("endfor")
    h.despedida([COORDINACION])
    return h


def informe_alcalde() -> Hoja:
    """Informe de seguimiento para el alcalde."""
    h = Hoja("Informe de seguimiento")
    h.titulo("Informe de seguimiento al Plan de Desarrollo, {{ trimestre }}")
    h.parrafo("Para el despacho de la Alcaldía. Plan «{{ plan }}», corte al {{ cierre }}.")
    h.seccion("Lo principal")
    h.lista("principales")
    h.seccion("Cumplimiento por dependencia")
    h.tabla(
        "dependencias",
        [
            ("Dependencia", "nombre", 4.6), ("Metas", "metas", 1.2), ("Avance", "avance", 1.4),
            ("Esperado", "esperado", 1.7), ("Ejecución financiera", "financiera", 1.9),
            ("Semáforo", "semaforo", 2.1),
        ],
        derecha="metas avance esperado financiera",
    )  # fmt: skip
    h.seccion("Lo que requiere decisión")
    h.tabla(
        "alertas",
        [
            ("N.º", "n", 0.8), ("Dependencia", "dependencia", 2.4), ("Meta o asunto", "nombre", 3.5),
            ("Evidencia", "evidencia", 4.5),
        ],
    )  # fmt: skip
    h.seccion("Nota de entrega")
    h.parrafo(
        "Se entrega al despacho de la Alcaldía el informe de seguimiento del {{ trimestre }} con estos "
        "anexos. La huella SHA-256 permite comprobar que el archivo recibido es el entregado."
    )
    _archivos_con_huella(
        h,
        "anexos",
        "Anexo",
        "[Por completar: los informes del corte no se han publicado. Ejecute «seguimiento correr» y genere "
        "de nuevo esta nota.]",
    )
    h.datos([("Entrega:", BLANCO + "  " + PLANEACION), ("Recibe:", BLANCO + "  Despacho de la Alcaldía"),
             ("Fecha y hora:", BLANCO)])  # fmt: skip
    return h


def memorando_hacienda() -> Hoja:
    """Memorando que remite el POAI a Hacienda."""
    h = _memorando("Memorando", "Secretaría de Hacienda", GRUPO, "Remisión del POAI {{ vigencia }}")
    h.parrafo(
        "Se remite el Plan Operativo Anual de Inversiones de {{ vigencia }} para incorporarlo en el "
        "proyecto de presupuesto de gastos de inversión. {{ origen }}"
    )
    h.seccion("Totales de control")
    _totales_del_poai(h)
    h.parrafo("Se solicita confirmar que lo incorporado coincide con estos totales.")
    h.despedida([PLANEACION])
    return h


def memorando_control_interno() -> Hoja:
    """Memorando que remite el corte a Control Interno."""
    h = _memorando(
        "Memorando",
        "Oficina de Control Interno",
        GRUPO,
        "Remisión de la matriz de seguimiento, {{ trimestre }}",
    )
    h.parrafo(
        "Para su evaluación, y según el procedimiento {{ procedimiento }}, se remite la matriz de "
        "seguimiento con corte al {{ cierre }}."
    )
    h.lista("contenido")
    h.seccion("Archivos que se remiten")
    _archivos_con_huella(
        h,
        "archivos",
        "Archivo",
        "[Por completar: el paquete del corte no se ha armado. Ármelo con «seguimiento control-interno» y "
        "genere de nuevo este memorando.]",
    )
    h.parrafo(
        "La evaluación y las observaciones corresponden a la Oficina de Control Interno; aquí no se "
        "anticipan."
    )
    h.despedida([PLANEACION])
    return h


def cronograma() -> Hoja:
    """Memorando con el cronograma de reuniones."""
    h = _memorando("Memorando", TODAS, GRUPO, "Cronograma de reuniones, {{ trimestre }}")
    h.parrafo(
        "Se propone el cronograma que sigue. Un mismo profesional no tiene dos reuniones a la vez. El "
        "archivo 24_cronograma.ics que lo acompaña se importa en cualquier calendario."
    )
    _fechas_del_corte(h)
    h.seccion("Reuniones con las dependencias")
    h.tabla(
        "reuniones_por_fecha",
        [("Fecha y hora", "cuando", 3), ("Dependencia", "nombre", 5.4), ("Revisa", "revisa", 2)],
    )
    h.despedida([COORDINACION])
    return h


def designacion_enlaces() -> Hoja:
    """Acto que designa los enlaces."""
    h = Hoja("Designación de enlaces")
    h.titulo("ACTO ADMINISTRATIVO N.º ____________ (proyecto)")
    h.parrafo("Registro {{ consecutivo }} · ____ de ______________ de ________")
    h.parrafo(
        "Por el cual se designan los enlaces para el seguimiento al plan «{{ plan }}», vigencia {{ vigencia "
        "}}.",
        negrita=True,
    )
    h.seccion("Considerando")
    h.parrafo(
        "Que, según el procedimiento {{ procedimiento }}, cada secretaría de despacho y ente "
        "descentralizado designa el enlace que reporta y verifica la información de sus metas. El "
        "procedimiento lo manda para el Plan Indicativo; se entiende que el mismo enlace atiende el POAI y "
        "el Plan de Acción."
    )
    h.parrafo("{{ resumen_enlaces }}")
    h.seccion("Resuelve")
    h.parrafo(
        "Artículo 1. Designar como enlaces a quienes se relacionan, por su cargo y durante el término que "
        "se indica."
    )
    h.tabla(
        "enlaces",
        [
            ("Dependencia", "nombre", 4), ("Enlace actual y su acto", "enlace", 3),
            ("Se designa a (cargo)", "", 2.6),
            ("Desde", "", 1.3), ("Hasta", "", 1.3),
        ],
    )  # fmt: skip
    h.parrafo(
        "Artículo 2. El enlace reporta en los plazos del calendario de seguimiento, atiende las reuniones "
        "de verificación y corrige lo que se le devuelva."
    )
    h.parrafo("Artículo 3. Este acto rige desde su expedición.")
    h.firmas(["Secretario(a) de despacho o gerente"])
    return h


def guia_capacitacion() -> Hoja:
    """Guía de la capacitación a los enlaces."""
    h = Hoja("Guía de capacitación")
    h.titulo("Guía para los enlaces, {{ vigencia }}")
    h.parrafo("Se arma con las reglas de revisión y con las fallas de los libros del {{ de_que_corte }}.")
    h.seccion("Las fallas más frecuentes")
    h.si_hay(
        "fallas",
        lambda: h.tabla(
            "fallas",
            [
                ("N.º", "n", 0.9), ("Veces", "veces", 1.1), ("Dependencias", "dependencias", 2),
                ("Qué pasa (ejemplo)", "ejemplo", 4.3), ("Cómo se evita", "accion", 3.5),
            ],
            derecha="veces",
        ),
        "No hay hallazgos de un corte anterior.",
    )  # fmt: skip
    h.seccion("Cómo se diligencia el Plan Indicativo, columna por columna")
    h.tabla(
        "columnas",
        [
            ("Columna", "columna", 2.2), ("Qué significa", "significado", 4), ("Qué se revisa", "revisa", 4),
            ("Quién la llena", "quien", 1.6),
        ],
    )  # fmt: skip
    h.orden("if revisiones")
    h.seccion("Qué se revisa en los demás instrumentos")
    h.tabla(
        "revisiones",
        [("Instrumento", "instrumento", 1.7), ("Qué se revisa", "revisa", 4.6), ("Si falla", "accion", 4.6)],
    )
    h.orden("endif")
    h.seccion("Reglas de oro")
    h.lista("reglas")
    return h


def convocatoria_capacitacion() -> Hoja:
    """Convocatoria a la capacitación."""
    h = _memorando(
        "Convocatoria",
        "Enlaces de las dependencias",
        GRUPO,
        "Capacitación a los enlaces, vigencia {{ vigencia }}",
    )
    h.parrafo(
        "Se convoca a los enlaces a la capacitación en la formulación y el reporte de: "
        "{{ instrumentos }}. Fecha, hora y lugar: "
        f"{BLANCO}."
    )
    _temas(h)
    h.seccion("Convocados")
    h.tabla("enlaces", [("Dependencia", "nombre", 6), ("Enlace", "enlace", 4)])
    h.despedida([COORDINACION])
    return h


def acta_capacitacion() -> Hoja:
    """Acta de la capacitación."""
    h = _acta("Capacitación a los enlaces, vigencia {{ vigencia }}")
    _temas(h)
    h.seccion("Desarrollo")
    h.vacia([("N.º", "", 0.6), ("Tema tratado", "", 3.4), ("Inquietudes y respuestas", "", 6)], 5)
    h.asistencia(12)
    return h


def acta_consejo_gobierno() -> Hoja:
    """Acta de la presentación del POAI al Consejo de Gobierno."""
    h = _acta("Presentación del POAI {{ vigencia }} al Consejo de Gobierno")
    h.parrafo(
        "Se presenta al Consejo de Gobierno, para su aprobación, el Plan Operativo Anual de Inversiones de "
        "{{ vigencia }}. {{ origen }}"
    )
    h.seccion("Totales que se presentan")
    _totales_del_poai(h)
    h.seccion("Decisión del Consejo de Gobierno")
    h.vacia(
        [
            ("Decisión (aprobado, ajustado o devuelto)", "", 3),
            ("Ajustes que se ordenan", "", 5),
            ("Votación", "", 2),
        ],
        3,
    )
    h.asistencia(10)
    return h


DOCUMENTOS = (
    memorando_programacion, circular_solicitud, acta_tareas, convocatoria_verificacion, acta_verificacion,
    correcciones_emitidas, informe_alcalde, memorando_hacienda, memorando_control_interno, cronograma,
    designacion_enlaces, guia_capacitacion, convocatoria_capacitacion, acta_capacitacion,
    acta_consejo_gobierno,
)  # fmt: skip


def principal(carpeta: Path = CARPETA) -> None:
    """Escribe todas las plantillas en la carpeta."""
    carpeta.mkdir(parents=True, exist_ok=True)
    for documento in DOCUMENTOS:
        documento().guardar(documento.__name__, carpeta)


if __name__ == "__main__":
    principal(*(Path(argumento) for argumento in sys.argv[1:]))
