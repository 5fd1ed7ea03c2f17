"""Lo que sale al público: datos personales que se suprimen, contrato publicado y titular de cada informe."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from pipeline.esquemas import crear_tabla
from pipeline.publicacion import (
    contrato_publico,
    datos_personales,
    definicion_del_sitio,
    escribir_csv,
    nombres_de_personas,
    paquete,
    recurso,
    reserva,
    suprimir,
    tarjeta,
)
from pipeline.publicacion.portal import titular_de


@pytest.mark.parametrize(
    ("texto", "clases"),
    [
        ("Escriba a maria.perez@ibague.gov.co hoy", ["correo electrónico"]),
        ("Celular: 3123456789", ["número de celular"]),
        ("llamar al +57 312 345 6789", ["número de celular"]),
        ("atiende en el 312-345-6789", ["número de celular"]),
        ("beneficiario C.C. 12.345.678", ["documento de identidad"]),
        ("cédula de ciudadanía No. 1110456789", ["documento de identidad"]),
        ("Lo firmó LUZ  Marina ortiz ayer", ["nombre de una persona"]),
        ("escrito «3068997000», BPIN 2024730010001 y $ 3.123.456.789", []),
        ("huella 31234567890123456789ab312345678", []),
        ("Ortiz avanzó 312 de 345", []),
    ],
)
def test_se_reconoce_un_dato_personal_y_no_una_cifra(texto: str, clases: list[str]) -> None:
    assert datos_personales(texto, reserva(["Luz Marina Ortiz"])) == clases


def test_un_cargo_o_una_oficina_no_es_el_nombre_de_una_persona() -> None:
    valores = [
        "Luz Marina Ortiz",
        "Profesional universitario",
        "Líder de Contratación",
        "SSAL",
        "Salud Norte",
        None,
    ]
    assert nombres_de_personas(valores, ["Salud Norte"]) == {"Luz Marina Ortiz"}


def test_suprimir_cambia_solo_lo_personal_y_dice_cuantas_celdas() -> None:
    tabla = pd.DataFrame({"texto": ["a@b.co y c@d.co", "sin nada", None], "valor": [1.0, None, 3.0]})
    limpia, cambiadas = suprimir(tabla, reserva())
    suprimido = "[dato personal suprimido]"
    assert cambiadas == 1
    assert limpia["texto"].iloc[0] == f"{suprimido} y {suprimido}"
    assert limpia["texto"].iloc[1] == "sin nada"
    assert limpia["texto"].isna().tolist() == [False, False, True]
    assert limpia["valor"].isna().tolist() == [False, True, False]


def test_ninguna_tabla_publica_lleva_una_columna_reservada() -> None:
    reservadas = set(definicion_del_sitio()["columnas_reservadas"])
    assert {"responsable", "revisor"} <= reservadas
    for tabla in definicion_del_sitio()["tablas"]:
        publicas = contrato_publico(tabla).nombres
        assert publicas
        assert not reservadas & set(publicas), tabla


def test_lo_que_se_apila_por_corte_lleva_el_corte_en_su_clave() -> None:
    actividades = contrato_publico("actividades")
    assert actividades.clave == ("vigencia", "periodo", "id_actividad")
    assert actividades.nombres[:2] == ["vigencia", "periodo"]
    assert contrato_publico("metas").nombres.count("vigencia") == 1
    assert contrato_publico("plan").clave == ("codigo_meta",)


def test_el_paquete_describe_cada_columna_con_su_tipo_sus_valores_y_su_huella(tmp_path: Path) -> None:
    filas = crear_tabla(
        "plan_vigencias", [{"codigo_meta": "M1", "vigencia": 2025, "programado_vigencia": 2.5}]
    )
    archivo = escribir_csv(filas, tmp_path / "plan_vigencias.csv")
    descrito = recurso(contrato_publico("plan_vigencias"), archivo, "datos/plan_vigencias.csv", filas)
    campos = {campo["name"]: campo for campo in descrito["schema"]["fields"]}
    assert campos["vigencia"]["type"] == "integer"
    assert campos["programado_vigencia"]["type"] == "number"
    assert "Unidad: COP." in campos["recursos_programados_cop"]["description"]
    assert descrito["schema"]["primaryKey"] == ["codigo_meta", "vigencia"]
    assert descrito["bytes"] == len(archivo.read_bytes())
    entidad = {"dane": "73001", "plan": "P", "nombre": "A", "departamento": "T", "oficina": "O"}
    todo = paquete(entidad, [descrito], aviso="")
    assert todo["name"] == "seguimiento-plan-de-desarrollo-73001"
    assert todo["resources"] == [descrito]


def test_el_titular_es_la_primera_oracion_despues_del_primer_titulo_y_sin_marcas() -> None:
    pagina = (
        "<h1>Informe</h1><p>no</p><nav><h2>Contenido</h2><ol><li>no</li></ol></nav>"
        "<h2 id='a'>Puntos</h2><ul><li> El avance es <a href='#t'>45,6&nbsp;%</a>\n&lt;b&gt;.</li></ul>"
    )
    assert titular_de(pagina) == "El avance es 45,6\xa0% <b>."
    assert titular_de("<h1>Sin secciones</h1><p>algo</p>") == ""


def test_una_tarjeta_ofrece_los_archivos_del_informe_y_ninguno_si_fallo(tmp_path: Path) -> None:
    informe = tmp_path / "05_poai"
    (informe / "datos").mkdir(parents=True)
    for nombre in ("informe.html", "informe.pdf", "manifiesto.json", "datos/b.csv", "datos/a.xlsx"):
        (informe / nombre).write_text("<h2>x</h2><p>Va bien.</p>", encoding="utf-8")
    hecha = tarjeta(tmp_path, "05_poai", informe="05_poai", titulo="POAI")
    assert [a["ruta"] for a in hecha["archivos"]] == [
        "05_poai/informe.html",
        "05_poai/informe.pdf",
        "05_poai/datos/a.xlsx",
        "05_poai/datos/b.csv",
    ]
    assert (hecha["titular"], hecha["instrumentos"]) == ("Va bien.", ["poai"])
    fallida = tarjeta(tmp_path, "05_poai", informe="05_poai", titulo="POAI", motivo="no hay datos")
    assert fallida["archivos"] == []
    desconocida = tarjeta(tmp_path, "99_nuevo", informe="99_nuevo", titulo="Nuevo")
    assert desconocida["instrumentos"] == ["pi", "poai", "pa"]
