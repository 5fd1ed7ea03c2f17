# ruff: noqa: D102, D103, E501
"""Escribe las plantillas .docx del procedimiento (pipeline/recursos/documentos/), que la oficina edita en Word.

Se corre una vez al cambiar el texto de aquí; lo que la oficina cambie en Word se conserva mientras no se vuelva a
correr. Lo que va entre {{ }} y {% %} lo llena `seguimiento registros generar` (docxtpl).

    python herramientas/plantillas_documentos.py [CARPETA]
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

CARPETA = Path(__file__).parents[1] / "pipeline" / "recursos" / "documentos"
AZUL = "1F3A5F"
FECHA_FIJA = datetime(2025, 1, 1)
BLANCO = "_" * 28


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
        seccion = self.doc.styles["Heading 2"]
        seccion.font.name, seccion.font.size, seccion.font.bold = "Arial", Pt(12), True
        seccion.font.color.rgb = RGBColor.from_string(AZUL)
        letras = seccion.element.rPr.rFonts
        for tema in [nombre for nombre in letras.attrib if nombre.endswith("Theme")]:
            del letras.attrib[tema]
        letras.set(qn("w:hAnsi"), "Arial")
        seccion.paragraph_format.space_before, seccion.paragraph_format.space_after = Pt(12), Pt(4)

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
        p = self.doc.add_paragraph()
        p.alignment = WD_ALIGN_PARAGRAPH.CENTER
        p.paragraph_format.space_after = Pt(8)
        letra = p.add_run(texto)
        letra.bold, letra.font.size = True, Pt(14)

    def seccion(self, texto: str) -> None:
        self.doc.add_paragraph(texto, style="Heading 2")

    def parrafo(self, texto: str, *, negrita: bool = False, pequeno: bool = False) -> None:
        p = self.doc.add_paragraph()
        letra = p.add_run(texto)
        letra.bold = negrita
        if pequeno:
            letra.font.size = Pt(9)

    def orden(self, texto: str) -> None:
        """Una orden de la plantilla en su propio párrafo, que desaparece al llenarla."""
        self.doc.add_paragraph("{%p " + texto + " %}")

    def lista(self, coleccion: str, texto: str = "{{ x }}") -> None:
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

    def tabla(
        self,
        encabezados: Sequence[str],
        celdas: Sequence[str],
        coleccion: str,
        anchos: Sequence[float],
        *,
        derecha: Sequence[int] = (),
        variable: str = "f",
    ) -> None:
        """Tabla con un renglón por elemento de `coleccion`; `anchos` son proporciones."""
        tabla = self.doc.add_table(1, len(encabezados))
        tabla.style, tabla.autofit = "Table Grid", False
        total = sum(anchos)
        medidas = [Cm(self.ancho * a / total) for a in anchos]
        for celda, texto, medida in zip(tabla.rows[0].cells, encabezados, medidas, strict=True):
            self._celda(celda, texto, medida, negrita=True, fondo="E8EEF6")
        self._repetir(tabla.rows[0])
        self._medir(tabla, medidas)
        for texto in (f"{{%tr for {variable} in {coleccion} %}}", None, "{%tr endfor %}"):
            renglon = tabla.add_row()
            no_partir = OxmlElement("w:cantSplit")
            renglon._tr.get_or_add_trPr().append(no_partir)
            valores = list(celdas) if texto is None else [texto, *[""] * (len(celdas) - 1)]
            for i, (celda, valor, medida) in enumerate(zip(renglon.cells, valores, medidas, strict=True)):
                self._celda(celda, valor, medida, derecha=i in derecha)
        self._separar()

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

    def vacia(self, encabezados: Sequence[str], renglones: int, anchos: Sequence[float]) -> None:
        """Tabla para llenar a mano."""
        tabla = self.doc.add_table(1 + renglones, len(encabezados))
        tabla.style, tabla.autofit = "Table Grid", False
        total = sum(anchos)
        for i, renglon in enumerate(tabla.rows):
            for celda, texto, ancho in zip(renglon.cells, encabezados, anchos, strict=True):
                medida = Cm(self.ancho * ancho / total)
                self._celda(
                    celda, texto if i == 0 else "", medida, negrita=i == 0, fondo="E8EEF6" if i == 0 else ""
                )
            if i:
                renglon.height = Cm(0.75)
        self._repetir(tabla.rows[0])
        self._medir(tabla, [Cm(self.ancho * a / total) for a in anchos])
        self._separar()

    def firmas(self, cargos: Sequence[str]) -> None:
        for cargo in cargos:
            p = self.doc.add_paragraph()
            p.paragraph_format.space_before, p.paragraph_format.keep_together = Pt(26), True
            p.add_run(f"{BLANCO}\n")
            p.add_run(cargo).bold = True
            p.add_run("\n{{ entidad }}")
        self.parrafo(f"Proyectó: {BLANCO[:18]}   Revisó: {BLANCO[:18]}   Aprobó: {BLANCO[:18]}", pequeno=True)

    def asistencia(self, renglones: int = 8) -> None:
        self.seccion("Asistencia")
        self.vacia(["Nombre", "Cargo", "Dependencia", "Firma"], renglones, [3, 2.4, 2.6, 2])

    def guardar(self, nombre: str, carpeta: Path) -> None:
        self.doc.save(str(carpeta / f"{nombre}.docx"))


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
PLANEACION = "Secretario(a) de Planeación"


def memorando_programacion() -> Hoja:
    h = _memorando(
        "Memorando",
        TODAS,
        "Alcalde(sa) y Secretario(a) de Planeación",
        "Programación del reporte del {{ trimestre }}",
    )
    h.parrafo(
        "En cumplimiento del procedimiento {{ procedimiento }}, Seguimiento al Plan de Desarrollo Municipal, se "
        "programa el reporte del avance físico y financiero del plan «{{ plan }}» con corte al {{ cierre }}."
    )
    h.parrafo("Instrumentos que se reportan: {{ instrumentos }}.")
    h.seccion("Fechas del corte {{ corte }}")
    h.tabla(
        ["Momento", "Fecha", "Qué ocurre"],
        ["{{ f.momento }}", "{{ f.fecha }}", "{{ f.que }}"],
        "fechas",
        [2.6, 2.6, 5],
    )
    h.parrafo(
        "Los plazos se cuentan en días hábiles y son los que fijó la entidad en su calendario de seguimiento. Lo que se "
        "reciba después del vencimiento se marca como tardío, y lo que no se reporte se publica como no reportado."
    )
    h.parrafo("Cordialmente,")
    h.firmas(["Alcalde(sa)", PLANEACION])
    return h


def circular_solicitud() -> Hoja:
    h = _memorando(
        "Circular", TODAS, GRUPO, "Solicitud del reporte de ejecución física y financiera, {{ trimestre }}"
    )
    h.parrafo(
        "De acuerdo con el procedimiento {{ procedimiento }}, se solicita reportar la ejecución física y financiera de las "
        "metas a su cargo con corte al {{ cierre }}, a más tardar el {{ vence }}."
    )
    h.parrafo("Instrumentos que se reportan: {{ instrumentos }}.")
    h.lista("instrucciones")
    h.seccion("Metas por dependencia")
    h.tabla(
        ["Dependencia", "Metas", "Programadas en {{ vigencia }}", "Plazo"],
        ["{{ f.nombre }}", "{{ f.n_metas }}", "{{ f.n_programadas }}", "{{ vence }}"],
        "dependencias",
        [5.6, 1.3, 2.2, 2.6],
        derecha=[1, 2],
    )
    h.parrafo("Cordialmente,")
    h.firmas(["Coordinación del Grupo de Estudios Estratégicos"])
    h.seccion("Anexo. Metas de cada dependencia")
    h.parrafo(
        "«Programado» es lo de la vigencia; «Último aceptado», lo último que el Grupo aceptó a la dependencia en la "
        "vigencia. Un espacio con «s. d.» es un dato que no se tiene; no es cero.",
        pequeno=True,
    )
    h.orden("for d in dependencias")
    h.seccion("{{ d.nombre }}: {{ d.cuenta }}")
    h.tabla(
        ["Código", "Meta", "Unidad", "Programado", "Último aceptado"],
        ["{{ m.codigo }}", "{{ m.nombre }}", "{{ m.unidad }}", "{{ m.programado }}", "{{ m.ultimo }}"],
        "d.metas",
        [1.5, 5.4, 1.9, 2.0, 1.9],
        derecha=[3, 4],
        variable="m",
    )
    h.orden("endfor")
    return h


def acta_tareas() -> Hoja:
    h = _acta("Designación de tareas al Grupo de Seguimiento, {{ trimestre }}")
    h.seccion("Reparto propuesto")
    h.parrafo(
        "La carga de una dependencia es la suma de sus metas y de los hallazgos que quedaron abiertos en el {{ de_que_corte }}. "
        "Las dependencias se reparten de mayor a menor carga, cada una a quien menos tiene."
    )
    h.orden("for p in profesionales")
    h.parrafo("{{ p.nombre }}: ____________________________ · carga {{ p.carga }}", negrita=True)
    h.tabla(
        ["Dependencia", "Metas", "Hallazgos", "Libros", "Carga"],
        ["{{ f.nombre }}", "{{ f.metas }}", "{{ f.hallazgos }}", "{{ f.libros }}", "{{ f.carga }}"],
        "p.dependencias",
        [6, 1.2, 1.4, 1.2, 1.2],
        derecha=[1, 2, 3, 4],
    )
    h.orden("endfor")
    h.seccion("Acuerdos")
    h.vacia(["N.º", "Acuerdo", "Responsable", "Fecha"], 4, [0.6, 5, 2.4, 1.6])
    h.asistencia()
    return h


def convocatoria_verificacion() -> Hoja:
    h = _memorando(
        "Convocatoria", TODAS + ", y sus enlaces", GRUPO, "Reuniones de verificación del {{ trimestre }}"
    )
    h.parrafo(
        "Se convoca a las reuniones para verificar la información reportada con corte al {{ cierre }}. La agenda está ordenada "
        "por impacto: primero las dependencias cuyas metas más pueden mover el resultado del plan. Las fechas y las horas son "
        "una propuesta, sin choques entre las reuniones de un mismo profesional."
    )
    h.seccion("Agenda")
    h.tabla(
        ["N.º", "Dependencia", "Fecha y hora", "Revisa", "Qué se verifica"],
        ["{{ f.orden }}", "{{ f.nombre }}", "{{ f.cuando }}", "{{ f.revisa }}", "{{ f.temas }}"],
        "reuniones",
        [1.1, 3.2, 2.6, 2.0, 4.0],
    )
    h.parrafo(
        "Impacto es la suma, en las alertas abiertas de la dependencia, del peso de cada meta por su brecha y por la certeza de "
        "la evidencia.",
        pequeno=True,
    )
    h.parrafo("Cordialmente,")
    h.firmas(["Coordinación del Grupo de Estudios Estratégicos"])
    return h


def acta_verificacion() -> Hoja:
    h = _acta("Verificación de la información reportada, {{ trimestre }} · {{ dependencia }}")
    h.seccion("Situación al corte {{ corte }}")
    h.lista("situacion")
    h.seccion("Hallazgos abiertos")
    h.orden("if hallazgos")
    h.tabla(
        ["N.º", "Lugar", "Qué se halló", "Qué se pide"],
        ["{{ f.n }}", "{{ f.lugar }}", "{{ f.mensaje }}", "{{ f.accion }}"],
        "hallazgos",
        [0.9, 2.6, 4.3, 3.5],
    )
    h.orden("else")
    h.parrafo("No hay hallazgos por corregir en los libros de la dependencia.")
    h.orden("endif")
    h.seccion("Alertas abiertas")
    h.orden("if alertas")
    h.tabla(
        ["N.º", "Meta o dependencia", "Evidencia", "Prioridad"],
        ["{{ f.n }}", "{{ f.nombre }}", "{{ f.evidencia }}", "{{ f.prioridad }}"],
        "alertas",
        [0.8, 3.8, 5.2, 1.6],
    )
    h.parrafo("{{ otras_alertas }}", pequeno=True)
    h.orden("else")
    h.parrafo("La dependencia no tiene alertas abiertas.")
    h.orden("endif")
    h.seccion("Compromisos")
    h.parrafo("Se llenan en la reunión y se revisan en el corte siguiente.", pequeno=True)
    h.tabla(
        ["N.º", "Hallazgo o alerta", "Compromiso", "Responsable", "Fecha"],
        ["{{ f.n }}", "{{ f.origen }}", "", "", ""],
        "compromisos",
        [0.8, 2.6, 4.4, 2.2, 1.5],
    )
    h.asistencia(6)
    return h


def correcciones_emitidas() -> Hoja:
    h = _memorando("Correcciones emitidas", TODAS, GRUPO, "Correcciones a los libros del {{ trimestre }}")
    h.parrafo(
        "Revisados los libros del {{ trimestre }}, el Grupo de Seguimiento emite las correcciones que siguen. Cada dependencia "
        "recibe además su libro marcado, celda por celda. Lo que «bloquea» sale de los índices hasta que se corrija."
    )
    h.orden("for d in dependencias")
    h.seccion("{{ d.nombre }}")
    h.tabla(
        ["N.º", "Instrumento", "Lugar", "Qué se halló", "Qué se pide", "Efecto"],
        [
            "{{ f.n }}",
            "{{ f.instrumento }}",
            "{{ f.lugar }}",
            "{{ f.mensaje }}",
            "{{ f.accion }}",
            "{{ f.efecto }}",
        ],
        "d.correcciones",
        [0.9, 2.1, 2.3, 3.6, 3.1, 1.5],
    )
    h.orden("endfor")
    h.parrafo("Cordialmente,")
    h.firmas(["Coordinación del Grupo de Estudios Estratégicos"])
    return h


def informe_alcalde() -> Hoja:
    h = Hoja("Informe de seguimiento")
    h.titulo("Informe de seguimiento al Plan de Desarrollo, {{ trimestre }}")
    h.parrafo("Para el despacho de la Alcaldía. Plan «{{ plan }}», corte al {{ cierre }}.")
    h.seccion("Lo principal")
    h.lista("principales")
    h.seccion("Cumplimiento por dependencia")
    h.tabla(
        ["Dependencia", "Metas", "Avance", "Esperado", "Ejecución financiera", "Semáforo"],
        [
            "{{ f.nombre }}",
            "{{ f.metas }}",
            "{{ f.avance }}",
            "{{ f.esperado }}",
            "{{ f.financiera }}",
            "{{ f.semaforo }}",
        ],
        "dependencias",
        [4.6, 1.2, 1.4, 1.7, 1.9, 2.1],
        derecha=[1, 2, 3, 4],
    )
    h.seccion("Lo que requiere decisión")
    h.tabla(
        ["N.º", "Dependencia", "Meta", "Evidencia"],
        ["{{ f.n }}", "{{ f.dependencia }}", "{{ f.nombre }}", "{{ f.evidencia }}"],
        "alertas",
        [0.8, 2.4, 3.5, 4.5],
    )
    h.seccion("Nota de entrega")
    h.parrafo(
        "Se entrega al despacho de la Alcaldía el informe de seguimiento del {{ trimestre }} con estos anexos. La huella SHA-256 "
        "permite comprobar que el archivo recibido es el entregado."
    )
    h.orden("if anexos")
    h.tabla(["Anexo", "Huella SHA-256"], ["{{ f.nombre }}", "{{ f.huella }}"], "anexos", [4, 6])
    h.orden("else")
    h.parrafo(
        "[Por completar: los informes del corte no se han publicado. Ejecute «seguimiento correr» y genere de nuevo esta nota.]"
    )
    h.orden("endif")
    h.datos([("Entrega:", BLANCO + "  " + PLANEACION), ("Recibe:", BLANCO + "  Despacho de la Alcaldía"),
             ("Fecha y hora:", BLANCO)])  # fmt: skip
    return h


def memorando_hacienda() -> Hoja:
    h = _memorando("Memorando", "Secretaría de Hacienda", GRUPO, "Remisión del POAI {{ vigencia }}")
    h.parrafo(
        "Se remite el Plan Operativo Anual de Inversiones de {{ vigencia }} para incorporarlo en el proyecto de presupuesto de "
        "gastos de inversión. {{ origen }}"
    )
    h.seccion("Totales de control")
    h.tabla(
        ["Nivel", "Código", "Nombre", "Rubros", "Apropiación inicial", "Apropiación definitiva"],
        [
            "{{ f.nivel }}",
            "{{ f.codigo }}",
            "{{ f.nombre }}",
            "{{ f.rubros }}",
            "{{ f.inicial }}",
            "{{ f.definitiva }}",
        ],
        "totales",
        [2.4, 1.9, 3.8, 1.5, 3.7, 3.7],
        derecha=[3, 4, 5],
    )
    h.parrafo(
        "Pesos corrientes completos. La suma de las dependencias, de los sectores y de las fuentes es la misma del total.",
        pequeno=True,
    )
    h.parrafo("Se solicita confirmar que lo incorporado coincide con estos totales.")
    h.parrafo("Cordialmente,")
    h.firmas([PLANEACION])
    return h


def memorando_control_interno() -> Hoja:
    h = _memorando(
        "Memorando",
        "Oficina de Control Interno",
        GRUPO,
        "Remisión de la matriz de seguimiento, {{ trimestre }}",
    )
    h.parrafo(
        "Para su evaluación, y según el procedimiento {{ procedimiento }}, se remite la matriz de seguimiento con corte al "
        "{{ cierre }}."
    )
    h.lista("contenido")
    h.seccion("Archivos que se remiten")
    h.orden("if archivos")
    h.tabla(["Archivo", "Huella SHA-256"], ["{{ f.nombre }}", "{{ f.huella }}"], "archivos", [4, 6])
    h.orden("else")
    h.parrafo(
        "[Por completar: el paquete del corte no se ha armado. Ármelo con «seguimiento control-interno» y genere de nuevo este memorando.]"
    )
    h.orden("endif")
    h.parrafo(
        "La evaluación y las observaciones corresponden a la Oficina de Control Interno; aquí no se anticipan."
    )
    h.parrafo("Cordialmente,")
    h.firmas([PLANEACION])
    return h


def cronograma() -> Hoja:
    h = _memorando("Memorando", TODAS, GRUPO, "Cronograma de reuniones, {{ trimestre }}")
    h.parrafo(
        "Se propone el cronograma que sigue. Un mismo profesional no tiene dos reuniones a la vez. El archivo cronograma.ics "
        "que lo acompaña se importa en cualquier calendario."
    )
    h.seccion("Fechas del corte {{ corte }}")
    h.tabla(
        ["Momento", "Fecha", "Qué ocurre"],
        ["{{ f.momento }}", "{{ f.fecha }}", "{{ f.que }}"],
        "fechas",
        [2.6, 2.6, 5],
    )
    h.seccion("Reuniones con las dependencias")
    h.tabla(
        ["Fecha y hora", "Dependencia", "Revisa"],
        ["{{ f.cuando }}", "{{ f.nombre }}", "{{ f.revisa }}"],
        "reuniones_por_fecha",
        [3, 5.4, 2],
    )
    h.parrafo("Cordialmente,")
    h.firmas(["Coordinación del Grupo de Estudios Estratégicos"])
    return h


def designacion_enlaces() -> Hoja:
    h = Hoja("Designación de enlaces")
    h.titulo("ACTO ADMINISTRATIVO N.º ____________ (proyecto)")
    h.parrafo("Registro {{ consecutivo }} · ____ de ______________ de ________")
    h.parrafo(
        "Por el cual se designan los enlaces para el seguimiento al plan «{{ plan }}», vigencia {{ vigencia }}."
    )
    h.parrafo(
        "Según el procedimiento {{ procedimiento }}, cada secretaría de despacho y ente descentralizado designa el enlace que "
        "reporta y verifica la información de sus metas. El procedimiento lo manda para el Plan Indicativo; se entiende que el "
        "mismo enlace atiende el POAI y el Plan de Acción."
    )
    h.tabla(
        ["Dependencia", "Enlace vigente en enlaces.csv", "Se designa a (cargo)", "Desde", "Hasta"],
        ["{{ f.nombre }}", "{{ f.enlace }}", "", "", ""],
        "enlaces",
        [4, 3, 2.6, 1.3, 1.3],
    )
    h.parrafo("{{ resumen_enlaces }}")
    h.firmas(["Secretario(a) de despacho o gerente"])
    return h


def guia_capacitacion() -> Hoja:
    h = Hoja("Guía de capacitación")
    h.titulo("Guía para los enlaces, {{ vigencia }}")
    h.parrafo("Se arma con las reglas de revisión y con las fallas de los libros del {{ de_que_corte }}.")
    h.seccion("Las fallas más frecuentes")
    h.orden("if fallas")
    h.tabla(
        ["N.º", "Veces", "Dependencias", "Qué pasa (ejemplo)", "Cómo se evita"],
        ["{{ f.n }}", "{{ f.veces }}", "{{ f.dependencias }}", "{{ f.ejemplo }}", "{{ f.accion }}"],
        "fallas",
        [0.8, 1.1, 2, 4.4, 3.5],
        derecha=[1],
    )
    h.orden("else")
    h.parrafo("No hay hallazgos de un corte anterior.")
    h.orden("endif")
    h.seccion("Cómo se diligencia el Plan Indicativo, columna por columna")
    h.tabla(
        ["Columna", "Qué significa", "Quién la llena"],
        ["{{ f.columna }}", "{{ f.significado }}", "{{ f.quien }}"],
        "columnas",
        [2.6, 6.4, 2],
    )
    h.seccion("Reglas de oro")
    h.lista("reglas")
    return h


def convocatoria_capacitacion() -> Hoja:
    h = _memorando(
        "Convocatoria",
        "Enlaces de las dependencias",
        GRUPO,
        "Capacitación a los enlaces, vigencia {{ vigencia }}",
    )
    h.parrafo(
        "Se convoca a los enlaces a la capacitación en la formulación y el reporte de: {{ instrumentos }}. Fecha, hora y lugar: "
        f"{BLANCO}."
    )
    h.seccion("Temas")
    h.lista("temas")
    h.seccion("Convocados")
    h.tabla(["Dependencia", "Enlace"], ["{{ f.nombre }}", "{{ f.enlace }}"], "enlaces", [6, 4])
    h.parrafo("Cordialmente,")
    h.firmas(["Coordinación del Grupo de Estudios Estratégicos"])
    return h


def acta_capacitacion() -> Hoja:
    h = _acta("Capacitación a los enlaces, vigencia {{ vigencia }}")
    h.seccion("Temas")
    h.lista("temas")
    h.seccion("Desarrollo")
    h.vacia(["N.º", "Tema tratado", "Inquietudes y respuestas"], 5, [0.6, 3.4, 6])
    h.asistencia(12)
    return h


def acta_consejo_gobierno() -> Hoja:
    h = _acta("Presentación del POAI {{ vigencia }} al Consejo de Gobierno")
    h.parrafo(
        "El procedimiento no dice qué registro queda de esta actividad; se propone esta acta. {{ origen }}"
    )
    h.seccion("Totales que se presentan")
    h.tabla(
        ["Nivel", "Código", "Nombre", "Rubros", "Apropiación inicial", "Apropiación definitiva"],
        [
            "{{ f.nivel }}",
            "{{ f.codigo }}",
            "{{ f.nombre }}",
            "{{ f.rubros }}",
            "{{ f.inicial }}",
            "{{ f.definitiva }}",
        ],
        "totales",
        [2.4, 1.9, 3.8, 1.5, 3.7, 3.7],
        derecha=[3, 4, 5],
    )
    h.seccion("Decisión del Consejo de Gobierno")
    h.vacia(["Decisión (aprobado, ajustado o devuelto)", "Ajustes que se ordenan", "Votación"], 3, [3, 5, 2])
    h.asistencia(10)
    return h


DOCUMENTOS = (
    memorando_programacion, circular_solicitud, acta_tareas, convocatoria_verificacion, acta_verificacion,
    correcciones_emitidas, informe_alcalde, memorando_hacienda, memorando_control_interno, cronograma,
    designacion_enlaces, guia_capacitacion, convocatoria_capacitacion, acta_capacitacion, acta_consejo_gobierno,
)  # fmt: skip


def principal(carpeta: Path = CARPETA) -> None:
    """Escribe todas las plantillas en la carpeta."""
    carpeta.mkdir(parents=True, exist_ok=True)
    for documento in DOCUMENTOS:
        documento().guardar(documento.__name__, carpeta)


if __name__ == "__main__":
    principal(*(Path(argumento) for argumento in sys.argv[1:]))
