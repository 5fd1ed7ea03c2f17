"""Los documentos del procedimiento: qué dicen, que no firman por nadie y que no dependen del reloj."""

from __future__ import annotations

import re
import shutil
import zipfile
from base64 import b64decode, b64encode
from dataclasses import replace
from datetime import date, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from docx.shared import Pt
from docx.table import Table

from pipeline import informes
from pipeline.calendario import fechas_del_corte
from pipeline.config import cargar_config
from pipeline.documentos import (
    Datos,
    Reunion,
    contenido,
    en_ics,
    en_pagina,
    escribir_documento,
    leer_opciones,
)
from pipeline.documentos.contenido import agenda
from pipeline.documentos.opciones import CARPETA
from pipeline.documentos.reparto import poner_hora, repartir
from pipeline.documentos.revision import principales
from pipeline.errores import ErrorEntorno, ErrorInforme
from pipeline.esquemas import crear_tabla
from pipeline.flujo import abrir
from pipeline.flujo.documentos import compromisos_anteriores, escribir_pdf, plantilla_de
from pipeline.flujo.registros_archivo import archivar, asignar_consecutivo
from pipeline.modelo import Corte, Periodo
from pipeline.procedimiento import cargar_procedimiento

CONFIG = cargar_config(Path(__file__).parents[2])
CORTE = Corte(vigencia=2025, periodo=Periodo.T2)
ESCUDO = b64decode(  # un punto negro
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="
)
HOSTIL = "Vías {{ 7*7 }} <w:p/> & «puentes»\x00"


@pytest.fixture(scope="module")
def datos() -> Datos:
    plan = [
        {"codigo_meta": "M1", "nombre_meta": HOSTIL, "dependencia": "SINF", "unidad": "Kilómetro"},
        {"codigo_meta": "M2", "nombre_meta": "Aulas", "dependencia": "SEDU", "unidad": "Número"},
    ]
    vigencias = [{"codigo_meta": "M1", "vigencia": 2025, "programado_vigencia": 12.5}]
    comun = {"alcance": "fila", "accion": "Corrija.", "archivo": "a.xlsx", "hoja": "PI"}
    hallazgos = [
        {**comun, "regla": "PI-03", "severidad": "bloquea", "instrumento": "pi", "dependencia": "SINF",
         "mensaje": "Falta el dato.", "celda": "R8"},
        {**comun, "regla": "PLAN-1", "severidad": "observa", "instrumento": "plan", "dependencia": "SINF",
         "mensaje": "Es del plan."},
    ]  # fmt: skip
    alerta = {"familia": "f", "grado": 1, "nivel": "meta", "evidencia": "Avanzó 0 %.", "regla": "ALE-1"}
    alertas = [
        {**alerta, "id_alerta": "1", "severidad": "alta", "codigo": "M2", "dependencia": "SEDU",
         "estado": "abierta", "impacto": 0.2},
        {**alerta, "id_alerta": "2", "severidad": "alta", "codigo": "M1", "dependencia": "SINF",
         "estado": "resuelta", "impacto": 0.9},
    ]  # fmt: skip
    indices = [
        {"vigencia": 2025, "periodo": "T2", "nivel": "plan", "codigo": "PLAN", "n_metas": 2,
         "n_programadas": 1, "n_reportadas": 1, "n_devueltas": 0, "avance": 0.4125, "esperado": 0.5},
    ]  # fmt: skip
    tablas = {"hallazgos": hallazgos, "alertas": alertas, "indices": indices}
    totales = [
        {"nivel": "total", "codigo": "T", "nombre": "POAI", "n_rubros": 3,
         "apropiacion_inicial_cop": 1_500_000_000.0}
    ]  # fmt: skip
    return Datos(
        config=CONFIG,
        corte=CORTE,
        fechas=fechas_del_corte(CORTE, CONFIG.calendario),
        es_demostracion=False,
        plan=crear_tabla("plan", plan),
        plan_vigencias=crear_tabla("plan_vigencias", vigencias),
        ultimos={"M1": 3.0},
        previos=crear_tabla("hallazgos", hallazgos),
        corte_previo="2025-T1",
        totales_poai=crear_tabla("indices_poai", totales),
        origen_poai="Versión 1.",
        **{nombre: crear_tabla(nombre, filas) for nombre, filas in tablas.items()},
    )


def _texto(ruta: Path) -> str:
    documento = Document(str(ruta))
    celdas = [c.text for t in documento.tables for f in t.rows for c in f.cells]
    return "\n".join([*(p.text for p in documento.paragraphs), *celdas]).replace("\xa0", " ")


def _escribir(nombre: str, datos: Datos, destino: Path, dependencia: str = "") -> Path:
    valores = contenido(nombre, datos, "PRO-PET-07-2025-001", dependencia)
    return escribir_documento(CARPETA / f"{nombre}.docx", valores, destino, CORTE.fecha)


def test_todo_documento_del_procedimiento_tiene_plantilla_y_se_llena(datos: Datos, tmp_path: Path) -> None:
    documentos = {d.nombre: d for d in leer_opciones().documentos}
    pedidos = {nombre for fila in cargar_procedimiento().filas for nombre in fila.documentos}
    assert pedidos == set(documentos)
    for nombre, documento in documentos.items():
        quien = "SINF" if documento.por == "dependencia" else ""
        texto = _texto(_escribir(nombre, datos, tmp_path / f"{nombre}.docx", quien))
        assert "{{" not in texto.replace(HOSTIL[:14], "") and "{%" not in texto, nombre
        assert len(texto) > 200, nombre


def test_la_circular_lleva_las_metas_y_el_plazo_de_cada_dependencia(datos: Datos, tmp_path: Path) -> None:
    texto = _texto(_escribir("circular_solicitud", datos, tmp_path / "c.docx"))
    assert "a más tardar el 14 de julio de 2025" in texto  # 30 de junio más diez días hábiles
    assert HOSTIL.replace("\x00", "") in texto  # el texto de un libro entra como texto
    assert "12,5" in texto and "Secretaría de Educación: 1 meta" in texto
    assert "s. d." in texto  # M2 no tiene programación: no es cero


def test_el_acta_lista_lo_abierto_y_deja_los_compromisos_en_blanco(datos: Datos, tmp_path: Path) -> None:
    documento = Document(str(_escribir("acta_verificacion", datos, tmp_path / "a.docx", "SINF")))
    texto = _texto(tmp_path / "a.docx")
    assert "Falta el dato." in texto and "a.xlsx › PI › R8" in texto
    assert "Es del plan." not in texto  # el plan no lo corrige la dependencia
    assert "La dependencia no tiene alertas abiertas." in texto  # la suya está resuelta
    compromisos = next(t for t in documento.tables if "Compromiso" in [c.text for c in t.rows[0].cells])
    assert [[c.text for c in f.cells] for f in compromisos.rows[1:]] == [["1", "H1", "", "", ""]]
    asistencia = documento.tables[-1]
    assert {c.text for f in asistencia.rows[1:] for c in f.cells} == {""}


def test_el_mismo_contenido_da_los_mismos_bytes_sin_reloj(datos: Datos, tmp_path: Path) -> None:
    uno = _escribir("memorando_programacion", datos, tmp_path / "1.docx")
    otro = _escribir("memorando_programacion", datos, tmp_path / "2.docx")
    assert uno.read_bytes() == otro.read_bytes()
    with zipfile.ZipFile(uno) as partes:
        assert {p.date_time for p in partes.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    propiedades = Document(str(uno)).core_properties
    assert propiedades.created.date() == propiedades.modified.date() == date(2025, 6, 30)
    assert not propiedades.author


def test_una_plantilla_editada_con_un_nombre_que_no_existe_se_dice(tmp_path: Path) -> None:
    plantilla = Document()
    plantilla.add_paragraph("Señor {{ alcalde }}")
    plantilla.save(str(tmp_path / "p.docx"))
    with pytest.raises(ErrorInforme, match="p.docx: la plantilla no se puede llenar: 'alcalde'"):
        escribir_documento(tmp_path / "p.docx", {}, tmp_path / "s.docx", CORTE.fecha)
    assert not (tmp_path / "s.docx").exists()


def test_el_reparto_equilibra_la_carga_y_nadie_tiene_dos_reuniones_a_la_vez(datos: Datos) -> None:
    cargas = {"A": 9, "B": 7, "C": 6, "D": 5, "E": 4, "F": 3}
    grupos = repartir(cargas, 2)
    assert sorted(sum(cargas[c] for c in g) for g in grupos) == [17, 17]
    citas = poner_hora(grupos, list("FEDCBA"), [date(2025, 7, 22), date(2025, 7, 23)], ["8", "10"])
    assert len({(quien, dia, hora) for quien, dia, hora in citas.values()}) == 6
    assert [r["codigo"] for r in datos.reuniones] == ["SEDU", "SINF"]  # por impacto de lo abierto


def test_el_cronograma_se_importa_con_la_hora_de_colombia(datos: Datos) -> None:
    reuniones = agenda(datos)
    texto = en_ics(reuniones, nombre="X", dominio="73001.seguimiento", sello=CORTE.fecha, minutos=90)
    assert texto.count("BEGIN:VEVENT") == 2
    # La gracia del T2 termina el 21 de julio de 2025; la primera reunión es el día hábil siguiente.
    assert "DTSTART;TZID=America/Bogota:20250722T080000\r\n" in texto
    assert "DTEND;TZID=America/Bogota:20250722T093000\r\n" in texto
    assert all(len(renglon.encode()) <= 75 for renglon in texto.split("\r\n"))
    tarde = Reunion(codigo="A", titulo="", dia=date(2025, 7, 22), hora="12:30 p. m.", revisa="")
    assert tarde.empieza == datetime(2025, 7, 22, 12, 30)


def test_el_informe_al_alcalde_y_los_totales_escriben_las_cifras_como_en_colombia(
    datos: Datos, tmp_path: Path
) -> None:
    alcalde = _texto(_escribir("informe_alcalde", datos, tmp_path / "i.docx"))
    assert "avance de 41,3 %" in alcalde and "se esperaba 50,0 %" in alcalde
    hacienda = _texto(_escribir("memorando_hacienda", datos, tmp_path / "h.docx"))
    assert "$ 1.500.000.000" in hacienda and "s. d." in hacienda


def test_los_extremos_del_avance_se_dicen_solo_si_lo_que_falta_por_reportar_lo_mueve(datos: Datos) -> None:
    """Con todo reportado el portal decía «Entre 77,2 % y 77,2 %»."""

    def dichos(inferior: float, superior: float) -> str:
        nodo = datos.indices.assign(cota_inferior=inferior, cota_superior=superior)
        return " ".join(principales(nodo, datos.alertas))

    assert "el avance está entre 38,0 % y 45,0 %." in dichos(0.38, 0.45)
    assert "entre" not in dichos(0.4125, 0.4125)


def test_el_acta_sigue_lo_que_quedo_abierto_en_el_corte_anterior(datos: Datos, tmp_path: Path) -> None:
    comun = {"alcance": "fila", "severidad": "observa", "dependencia": "SINF", "accion": "Corrija.",
             "archivo": "a.xlsx", "hoja": "PI", "columna": "Ejecutado"}  # fmt: skip
    antes = [
        {
            **comun,
            "regla": "PI-07",
            "instrumento": "pi",
            "codigo_meta": "M1",
            "celda": "R8",
            "mensaje": "Uno",
        },
        {
            **comun,
            "regla": "PI-09",
            "instrumento": "pi",
            "codigo_meta": "M1",
            "celda": "R8",
            "mensaje": "Dos",
        },
        {**comun, "regla": "PA-19", "instrumento": "pa", "celda": "G9", "mensaje": "Tres"},
    ]
    hoy = [{**antes[0], "celda": "R10"}]  # la meta cambió de renglón: sigue siendo el mismo asunto
    entrega = {"dependencia": "SINF", "instrumento": "pi", "sha256": "a"}
    alerta = {"familia": "f", "grado": 1, "nivel": "meta", "regla": "ALE-4", "nombre_regla": "Rezago",
              "severidad": "media", "codigo": "M1", "dependencia": "SINF", "impacto": 0.1}  # fmt: skip
    alertas = [
        {**alerta, "id_alerta": "1", "estado": "vigente", "edad_cortes": 3, "nombre": "Vías"},
        {**alerta, "id_alerta": "2", "estado": "resuelta", "edad_cortes": 1, "nombre": "Puentes"},
        {**alerta, "id_alerta": "3", "estado": "abierta", "edad_cortes": 1, "nombre": "Nueva"},
    ]
    propios = replace(
        datos,
        previos=crear_tabla("hallazgos", antes),
        hallazgos=crear_tabla("hallazgos", hoy),
        entregas=crear_tabla("entregas", [entrega]),
        alertas=crear_tabla("alertas", alertas),
    )
    acta = Document(str(_escribir("acta_verificacion", propios, tmp_path / "a.docx", "SINF")))
    seguimiento = next(t for t in acta.tables if t.rows[0].cells[1].text == "Cómo está hoy")
    assert [[c.text for c in f.cells] for f in seguimiento.rows[1:]] == [
        ["Tres (a.xlsx › PI › G9)", "Sin libro en este corte", ""],
        ["Uno (a.xlsx › PI › R8)", "Sigue abierto", ""],
        ["Dos (a.xlsx › PI › R8)", "Corregido", ""],
        ["Rezago: Vías", "Sigue abierta (3 cortes)", ""],
        ["Rezago: Puentes", "Resuelta", ""],
    ]


def _textos_de(contenedor: Any) -> list[str]:
    """Los textos del contenedor en su orden, párrafo por párrafo y celda por celda."""
    textos: list[str] = []
    for bloque in contenedor.iter_inner_content():
        if isinstance(bloque, Table):
            textos += [t for fila in bloque.rows for celda in fila.cells for t in _textos_de(celda)]
        elif bloque.text:
            textos.append(bloque.text)
    return textos


class _Lector(HTMLParser):
    """Los textos de una página, uno por caja, sin su estilo."""

    def __init__(self) -> None:
        super().__init__()
        self.partes: list[str] = []

    def handle_data(self, data: str) -> None:
        self.partes.append(data)


def test_la_pagina_del_pdf_dice_lo_mismo_que_el_docx_y_en_su_orden(datos: Datos, tmp_path: Path) -> None:
    for documento in leer_opciones().documentos:
        quien = "SINF" if documento.por == "dependencia" else ""
        docx = _escribir(documento.nombre, datos, tmp_path / f"{documento.nombre}.docx", quien)
        pagina = en_pagina(docx, "")
        assert pagina.count("<h1") == 1 and "http" not in pagina, documento.nombre
        lector = _Lector()
        lector.feed(pagina.partition("<main>")[2])
        esperado = "".join("".join(_textos_de(Document(str(docx)))).split())
        assert "".join("".join(lector.partes).split()) == esperado, documento.nombre


def test_lo_que_la_oficina_cambia_en_la_plantilla_sale_en_el_pdf(datos: Datos, tmp_path: Path) -> None:
    plantilla = Document(str(CARPETA / "memorando_programacion.docx"))
    logo = tmp_path / "escudo.png"
    logo.write_bytes(ESCUDO)
    plantilla.sections[0].header.paragraphs[0].add_run().add_picture(str(logo), width=Pt(36))
    plantilla.add_paragraph("Transcríbase y cúmplase", style="Heading 2")
    plantilla.save(str(tmp_path / "plantilla.docx"))
    valores = contenido("memorando_programacion", datos, "PRO-PET-07-2025-001")
    docx = escribir_documento(tmp_path / "plantilla.docx", valores, tmp_path / "m.docx", CORTE.fecha)
    pagina = en_pagina(docx, "")
    assert f'width:36.0pt;height:36.0pt" src="data:image/png;base64,{b64encode(ESCUDO).decode()}"' in pagina
    assert "<h2>Transcríbase y cúmplase</h2>" in pagina
    assert "<h1>MEMORANDO N.º PRO-PET-07-2025-001</h1>" in pagina
    assert "@page{size:612.0pt 792.0pt;" in pagina  # carta, la hoja de la plantilla
    # Sin renglón de encabezado («PARA», «DE», «ASUNTO»), el rótulo lo es de su renglón.
    rotulos = re.findall(r'<th scope="row"[^>]*>(.*?)</th>', pagina.partition("<main>")[2])
    assert [re.sub("<[^>]+>", "", rotulo) for rotulo in rotulos] == ["PARA:", "DE:", "ASUNTO:"]


def test_sin_las_bibliotecas_del_pdf_quedan_los_docx_y_se_dice(monkeypatch: pytest.MonkeyPatch) -> None:
    def faltan() -> None:
        raise ErrorEntorno("WeasyPrint no encuentra las bibliotecas", remedio="Instálelas")

    monkeypatch.setattr(informes, "comprobar_pdf", faltan)
    assert escribir_pdf([Path("no_se_toca.docx")]) == (
        [],
        ["ningún PDF: WeasyPrint no encuentra las bibliotecas. Instálelas"],
    )


def test_la_plantilla_de_la_entidad_reemplaza_a_la_del_proyecto(tmp_path: Path) -> None:
    shutil.copy(Path(__file__).parents[2] / "seguimiento.toml", tmp_path)
    contexto, uno = abrir(2025, "T2", tmp_path), leer_opciones().documentos[0]
    assert plantilla_de(contexto, uno) == uno.plantilla
    propia = tmp_path / "plantillas_documentos" / f"{uno.nombre}.docx"
    propia.parent.mkdir()
    shutil.copy(uno.plantilla, propia)
    assert plantilla_de(contexto, uno) == propia


def test_los_compromisos_de_un_acta_archivada_en_word_salen_en_la_del_corte_siguiente(
    datos: Datos, tmp_path: Path
) -> None:
    shutil.copy(Path(__file__).parents[2] / "seguimiento.toml", tmp_path)
    previo, actual = abrir(2025, "T2", tmp_path), abrir(2025, "T3", tmp_path)
    entrega = previo.rutas.crudos_corte(previo.corte, "pi") / "SINF"
    entrega.mkdir(parents=True)
    (entrega / "a.json").write_text("{}")  # basta para que el corte tenga entregas
    numero = asignar_consecutivo(previo, "acta_verificacion", [11], periodo="T2", dependencia="SINF")
    acta = escribir_documento(
        CARPETA / "acta_verificacion.docx",
        contenido("acta_verificacion", datos, numero, "SINF"),
        tmp_path / "acta.docx",
        CORTE.fecha,
    )
    llena = Document(str(acta))
    tabla = next(t for t in llena.tables if "Compromiso" in [c.text for c in t.rows[0].cells])
    for celda, texto in zip(tabla.rows[1].cells[2:], ("Corregir R8", "Enlace", "15/08/2025"), strict=True):
        celda.text = texto
    llena.save(str(acta))
    (tmp_path / "otra.docx").write_bytes(b"no es Word")
    for archivo in (acta, tmp_path / "otra.docx"):
        archivar(previo, [11], archivo, fecha=date(2025, 8, 1), registrado_en=datetime(2025, 8, 2))
    acordados, avisos = compromisos_anteriores(actual)
    assert acordados == {
        "SINF": [
            {"origen": "H1", "compromiso": "Corregir R8", "responsable": "Enlace", "fecha": "15/08/2025"}
        ]
    }
    assert avisos == ["«otra.docx»: no se puede leer"]
    siguiente = replace(datos, compromisos=acordados)
    textos = _texto(_escribir("acta_verificacion", siguiente, tmp_path / "b.docx", "SINF"))
    assert "Lo que se acordó" in textos and "Corregir R8" in textos
