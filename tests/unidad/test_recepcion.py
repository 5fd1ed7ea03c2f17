"""Recepción: nada se pierde, nada se reemplaza, y lo que no es un libro se dice."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from libros_crudos import escribir_xls

from pipeline import recepcion
from pipeline.config import Config, Rutas
from pipeline.errores import ErrorConfiguracion, ErrorEntorno, ErrorLibro
from pipeline.modelo import Corte, Periodo

CORTE = Corte(vigencia=2025, periodo=Periodo.T1)
CONFIG = Config.model_validate(
    {
        "entidad": {
            "nombre": "Alcaldía de Prueba",
            "dane": "73001",
            "departamento": "Tolima",
            "plan": "Plan",
            "cuatrienio": [2024, 2027],
            "oficina": "Planeación",
        },
        "dependencias": [
            {"codigo": "SSAL", "nombre": "Secretaría de Salud"},
            {"codigo": "SEDU", "nombre": "Secretaría de Educación"},
        ],
    }
)


CONTROL = {"formato": "pi_propio", "vigencia": "2025", "periodo": "T1", "dependencia": "SSAL"}


def _bytes(texto: str = "contenido", control: dict[str, str] | None = None) -> bytes:
    """Un libro de verdad, con `texto` en A1 y, si se da, su hoja de control."""
    libro = openpyxl.Workbook()
    libro.active["A1"] = texto
    if control is not None:
        hoja = libro.create_sheet("_control")
        for par in control.items():
            hoja.append(par)
    salida = io.BytesIO()
    libro.save(salida)
    return salida.getvalue()


def _libro(carpeta: Path, contenido: bytes | None = None, nombre: str = "salud.xlsx") -> Path:
    ruta = carpeta / nombre
    ruta.write_bytes(_bytes() if contenido is None else contenido)
    return ruta


def _paquete(**partes: bytes) -> bytes:
    """Un zip con esas partes (los nombres, con «__» por «/»), muy comprimido."""
    salida = io.BytesIO()
    with zipfile.ZipFile(salida, "w", zipfile.ZIP_DEFLATED) as paquete:
        for nombre, contenido in {"xl__workbook.xml": b"<w/>", **partes}.items():
            paquete.writestr(nombre.replace("__", "/"), contenido)
    return salida.getvalue()


def _recibir(archivo: Path, raiz: Path, dia: str = "2025-04-10T15:30:00") -> recepcion.Recepcion:
    return recepcion.recibir_libro(
        archivo,
        rutas=Rutas(raiz),
        config=CONFIG,
        corte=CORTE,
        instrumento="pi",
        dependencia="SSAL",
        recibido_en=datetime.fromisoformat(dia),
    )


def test_el_libro_queda_identico_en_data_raw(tmp_path: Path) -> None:
    enviado = _libro(tmp_path)
    ficha = _recibir(enviado, tmp_path)
    guardado = tmp_path / "data" / "raw" / ficha.ruta
    assert guardado.read_bytes() == enviado.read_bytes()
    assert ficha.ruta.startswith("2025/T1/pi/SSAL/20250410T153000__")


def test_el_mismo_archivo_no_crea_otra_version(tmp_path: Path) -> None:
    libro = _libro(tmp_path)
    _recibir(libro, tmp_path)
    segunda = _recibir(libro, tmp_path, "2025-04-12T08:00:00")
    assert segunda.repetida
    assert len(recepcion.leer_recepciones(Rutas(tmp_path), CORTE, "pi")) == 1


def test_una_correccion_es_otra_version_y_la_primera_se_conserva(tmp_path: Path) -> None:
    original = _bytes()
    primera = _recibir(_libro(tmp_path, original), tmp_path)
    segunda = _recibir(_libro(tmp_path, _bytes("corregido")), tmp_path, "2025-04-12T08:00:00")
    assert (primera.version, segunda.version) == (1, 2)
    assert (tmp_path / "data" / "raw" / primera.ruta).read_bytes() == original


def _cifrado() -> bytes:
    return b"\xd0\xcf\x11\xe0" + b"\x00" * 508 + "EncryptedPackage".encode("utf-16-le")


def _zip_con_clave() -> bytes:
    datos = bytearray(_bytes())
    datos[6] |= 1  # bandera de cifrado en la parte y en el índice
    datos[datos.index(b"PK\x01\x02") + 8] |= 1
    return bytes(datos)


def _bomba_que_miente() -> bytes:
    """Declara 10 bytes y descomprime 30 MB: cree el tamaño quien solo lea el índice."""
    datos = bytearray(_paquete(bomba=b" " * 30_000_000))
    for firma, lugar in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        struct.pack_into("<I", datos, datos.rindex(firma) + lugar, 10)
    return bytes(datos)


def _parte_alterada() -> bytes:
    datos = bytearray(_paquete())
    parte = datos.index(b"<w/>") if b"<w/>" in datos else 30 + len("xl/workbook.xml")
    datos[parte] ^= 0xFF
    return bytes(datos)


RECHAZADOS: list[tuple[str, Callable[[], bytes], str]] = [
    ("~$salud.xlsx", lambda: b"x" * 165, "archivo temporal"),
    ("salud.exe", lambda: b"x", "no es un libro"),
    ("salud.xlsx", bytes, "no tiene contenido"),
    ("salud.xlsx", lambda: b"a;b", "otro tipo de archivo"),
    ("salud.xls", lambda: b"<html><table></table></html>", "otro tipo de archivo"),
    ("salud.xlsx", _cifrado, "tiene contraseña"),
    ("salud.xlsx", _zip_con_clave, "tiene contraseña"),
    ("salud.xls", lambda: b"\xd0\xcf\x11\xe0" + b"\x00" * 508, "no es un libro de Excel 97-2003"),
    ("salud.xlsx", lambda: _bytes()[:-300], "está dañado"),
    ("salud.xlsx", _parte_alterada, "está dañado"),
    ("salud.xlsx", lambda: _paquete(bomba=b" " * 30_000_000), "descomprimido ocuparía 30 MB"),
    ("salud.xlsx", _bomba_que_miente, "más de lo que declara"),
    ("salud.xlsx", lambda: _paquete(**{"..__..__x": b"x"}), "rutas que un libro no usa"),
    ("salud.xlsx", lambda: _paquete(**{"xl__workbook.bin": b"x"}), "binario"),
    ("..\\..\\salud.xlsx", _bytes, "signos de ruta"),
    ("salud\u202excslx.xlsx", _bytes, "letras invisibles"),
    ("salud\n.xlsx", _bytes, "letras invisibles"),
]


@pytest.mark.parametrize(("nombre", "contenido", "frase"), RECHAZADOS, ids=[r[2] for r in RECHAZADOS])
def test_lo_que_no_es_un_libro_se_rechaza_diciendo_por_que_y_que_hacer(
    tmp_path: Path, nombre: str, contenido: Callable[[], bytes], frase: str
) -> None:
    with pytest.raises(ErrorLibro, match=frase) as rechazo:
        _recibir(_libro(tmp_path, contenido(), nombre), tmp_path)
    assert rechazo.value.remedio
    assert "\n" not in str(rechazo.value)
    assert not (tmp_path / "data").exists()


def test_de_una_carpeta_no_se_dice_que_su_extension_esta_mal(tmp_path: Path) -> None:
    (tmp_path / "entregas").mkdir()
    with pytest.raises(ErrorLibro, match="^entregas: no existe o no es un archivo. Revise la ruta.$"):
        _recibir(tmp_path / "entregas", tmp_path)


def test_un_libro_con_macros_o_enlaces_se_recibe_y_se_advierte(tmp_path: Path) -> None:
    enlace = b'<Relationships><Relationship Target="file:///C:/Users/ana/Giros%202025.xlsx"/></Relationships>'
    partes = {"xl__vbaProject.bin": b"x", "xl__externalLinks___rels__externalLink1.xml.rels": enlace}
    libro = _libro(tmp_path, _paquete(**partes), "salud.xlsm")
    (recibo,) = _recibir_varios([libro], tmp_path, dependencia="SSAL")
    assert recibo.error is None
    assert recibo.datos["avisos"] == [
        "trae macros: no se ejecutan ni hacen falta",
        "tiene fórmulas que leen otros libros («Giros 2025.xlsx»): vale lo último guardado, que pudo cambiar",
    ]


def _recibir_varios(archivos: list[Path], raiz: Path, **pedido: Any) -> list[recepcion.Recibo]:
    config = pedido.pop("config", CONFIG)
    recibos = recepcion.recibir_libros(
        archivos,
        rutas=Rutas(raiz),
        config=config,
        corte=CORTE,
        recibido_en=datetime.fromisoformat("2025-04-10T15:30:00"),
        **pedido,
    )
    return list(recibos)


def _con(instrumentos: list[str]) -> Config:
    return Config.model_validate(CONFIG.model_dump() | {"entregas": {"instrumentos": instrumentos}})


def test_la_plantilla_dice_de_quien_es_y_de_que_instrumento(tmp_path: Path) -> None:
    varios = _con(["pi", "poai", "pa"])
    pi = _libro(tmp_path, _bytes(control=CONTROL), "a.xlsx")
    pa = _libro(tmp_path, _bytes(control=CONTROL | {"instrumento": "pa", "formato": "x"}), "b.xlsx")
    recibos = _recibir_varios([pi, pa], tmp_path, config=varios)
    assert [(r.datos["instrumento"], r.datos["formato"], r.datos["dependencia"]) for r in recibos] == [
        ("pi", "pi_propio", "SSAL"),
        ("pa", "pa_for08", "SSAL"),
    ]
    assert [r.datos["avisos"] for r in recibos] == [[], []]
    assert recibos[1].datos["guardado_en"].startswith("data/raw/2025/T1/pa/SSAL/")


def test_un_libro_que_no_dice_su_instrumento_no_se_adivina(tmp_path: Path) -> None:
    libro = _libro(tmp_path)
    (recibo,) = _recibir_varios([libro], tmp_path, config=_con(["pi", "poai"]), dependencia="SSAL")
    assert "--instrumento (pi, poai)" in recibo.texto
    (recibo,) = _recibir_varios([libro], tmp_path, dependencia="SSAL")  # con uno solo no hay duda
    assert recibo.datos["instrumento"] == "pi"


def test_un_libro_de_un_corte_en_que_su_instrumento_no_se_pedia_no_se_recibe(tmp_path: Path) -> None:
    entregas = {"instrumentos": ["pi", "pa"], "desde": {"pa": "2025-T2"}}
    config = Config.model_validate(CONFIG.model_dump() | {"entregas": entregas})
    assert config.entregas.seguidos(CORTE) == ("pi",)
    assert config.entregas.seguidos(replace(CORTE, periodo=Periodo.T2)) == ("pi", "pa")
    assert config.entregas.seguidos(Corte(vigencia=2026, periodo=Periodo.T1)) == ("pi", "pa")
    libro = _libro(tmp_path)
    (recibo,) = _recibir_varios([libro], tmp_path, config=config, dependencia="SSAL", instrumento="pa")
    assert recibo.datos["estado"] == "rechazado"
    assert "en 2025-T1 no se recibe el Plan de Acción" in recibo.texto
    assert not list((tmp_path / "data").rglob("*.xlsx"))


def test_lo_pedido_manda_y_lo_que_la_plantilla_contradice_se_avisa(tmp_path: Path) -> None:
    otro = CONTROL | {"periodo": "T4", "entidad_dane": "05001", "instrumento": "pi"}
    (recibo,) = _recibir_varios(
        [_libro(tmp_path, _bytes(control=otro))],
        tmp_path,
        config=_con(["pi", "poai"]),
        dependencia="SEDU",
        instrumento="poai",
        formato="poai_sap_cali",
    )
    assert recibo.datos["guardado_en"].startswith("data/raw/2025/T1/poai/SEDU/")  # ni otro corte ni otra
    assert recibo.datos["formato"] == "poai_sap_cali"
    assert [aviso.partition(". ")[0] for aviso in recibo.datos["avisos"]] == [
        "El libro es la plantilla del corte 2025-T4 y se recibe en 2025-T1",
        "El libro es la plantilla de otra entidad (DANE 05001) y se recibe en 73001",
        "El libro es la plantilla de SSAL y se recibe como de SEDU",
        "El libro es la plantilla de Plan Indicativo y se recibe como POAI",
    ]
    assert "Aviso:" in recibo.texto


@pytest.mark.parametrize(
    ("pedido", "control", "frase"),
    [
        ({"instrumento": "poai"}, CONTROL, "no sigue el instrumento «poai»"),
        ({"formato": "pa_for08"}, CONTROL, "es de «pa» y el libro se recibe como «pi»"),
        ({}, {"formato": "plan_propio"}, "plan importar"),
        ({}, CONTROL | {"dependencia": "OTRA"}, "--dependencia"),
    ],
)
def test_lo_que_no_se_puede_recibir_asi_se_explica(
    tmp_path: Path, pedido: dict[str, str], control: dict[str, str], frase: str
) -> None:
    (recibo,) = _recibir_varios([_libro(tmp_path, _bytes(control=control))], tmp_path, **pedido)
    assert recibo.error is not None
    assert frase in recibo.texto
    assert not (tmp_path / "data").exists()


def test_la_plantilla_guardada_como_xls_dice_de_que_corte_y_dependencia_es(tmp_path: Path) -> None:
    filas = [["instrumento", "pi"], ["vigencia", "2025"], ["periodo", "T3"], ["dependencia", "SEDU"]]
    control = recepcion.leer_control(escribir_xls(tmp_path / "pi.xls", "_control", filas))
    assert (control.corte, control.dependencia, control.instrumento) == ("2025-T3", "SEDU", "pi")
    enorme = escribir_xls(tmp_path / "enorme.xls", "_control", [*filas, *[[]] * 65_000, [""] * 99 + ["x"]])
    assert recepcion.leer_control(enorme) == recepcion.Control()


def test_una_hoja_de_control_desmedida_no_agota_la_memoria(tmp_path: Path) -> None:
    salida = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(_bytes(control=CONTROL))) as sano, zipfile.ZipFile(salida, "w") as roto:
        for parte in sano.namelist():
            xml = sano.read(parte)
            if parte.endswith("sheet2.xml"):
                lejana = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
                xml = xml.replace(b"</sheetData>", lejana)
            roto.writestr(parte, xml)
    assert recepcion.leer_control(_libro(tmp_path, salida.getvalue())) == recepcion.Control()


def test_un_libro_malo_no_detiene_los_demas_y_la_constancia_se_reimprime_igual(
    tmp_path: Path,
) -> None:
    bueno, malo = _libro(tmp_path, _bytes(control=CONTROL), "a.xlsx"), _libro(tmp_path, b"PK", "b.xlsx")
    recibos = _recibir_varios([malo, tmp_path / "no.xlsx", bueno], tmp_path)
    assert [r.datos["estado"] for r in recibos] == ["rechazado", "rechazado", "recibido"]
    (ficha,) = recepcion.leer_recepciones(Rutas(tmp_path), CORTE, "pi")
    assert recepcion.recibo_de(ficha, Rutas(tmp_path), CONFIG, CORTE).texto == recibos[2].texto
    # Vence el 14 de abril: el 10 es a tiempo.
    for dato in (
        "Secretaría de Salud (SSAL)",
        "2025-T1, versión 1",
        "a tiempo (plazo: 2025-04-14)",
        ficha.sha256,
    ):
        assert dato in recibos[2].texto
    (repetido,) = _recibir_varios([bueno], tmp_path)
    assert repetido.datos["estado"] == "repetido"
    assert "ya se había recibido" in repetido.texto


@pytest.mark.parametrize(
    "danada", [b"", b"\0" * 300, b'{"archivo": "salud', b"[]", b'{"archivo": "salud.xlsx"}']
)
def test_una_ficha_danada_por_un_apagon_se_dice_con_su_remedio(tmp_path: Path, danada: bytes) -> None:
    ficha = tmp_path / "data" / "raw" / Path(_recibir(_libro(tmp_path), tmp_path).ruta).with_suffix(".json")
    ficha.write_bytes(danada)
    with pytest.raises(ErrorEntorno) as falla:
        recepcion.leer_recepciones(Rutas(tmp_path), CORTE, "pi")
    assert str(falla.value) == (
        f"SSAL/{ficha.name}: la ficha está dañada. Recupérela del respaldo de data/raw."
    )


def test_dependencia_mal_escrita_sugiere_la_mas_parecida(tmp_path: Path) -> None:
    with pytest.raises(ErrorConfiguracion, match="SSAL"):
        recepcion.recibir_libro(
            _libro(tmp_path),
            rutas=Rutas(tmp_path),
            config=CONFIG,
            corte=CORTE,
            instrumento="pi",
            dependencia="SSALL",
            recibido_en=datetime.fromisoformat("2025-04-10T15:30:00"),
        )


def test_libro_sin_hoja_de_control_pide_la_dependencia(tmp_path: Path) -> None:
    with pytest.raises(ErrorLibro, match="--dependencia"):
        recepcion.identificar(_libro(tmp_path), CONFIG, instrumento="pi")


def test_entregas_incluye_a_quien_no_entrego(tmp_path: Path) -> None:
    _recibir(_libro(tmp_path), tmp_path)
    fichas = recepcion.leer_recepciones(Rutas(tmp_path), CORTE, "pi")
    entregas = recepcion.armar_entregas(fichas, config=CONFIG, corte=CORTE, instrumento="pi")
    ausente = entregas[entregas["dependencia"] == "SEDU"].iloc[0]
    assert (ausente["estado"], ausente["oportunidad"], ausente["version"]) == (
        "no_entregada",
        "no_entregada",
        0,
    )


def test_de_dos_versiones_la_primera_queda_reemplazada_y_la_ultima_por_revisar(tmp_path: Path) -> None:
    for texto in ("uno", "dos"):
        _recibir(_libro(tmp_path, _bytes(texto)), tmp_path)
    fichas = recepcion.leer_recepciones(Rutas(tmp_path), CORTE, "pi")
    entregas = recepcion.armar_entregas(fichas, config=CONFIG, corte=CORTE, instrumento="pi")
    suyas = entregas[entregas["dependencia"] == "SSAL"]
    assert suyas["version"].tolist() == [1, 2]
    assert suyas["estado"].iloc[0] == "reemplazada"
    assert pd.isna(suyas["estado"].iloc[1])


def test_el_formato_pedido_manda_sobre_el_de_la_entidad(tmp_path: Path) -> None:
    ficha = recepcion.recibir_libro(
        _libro(tmp_path),
        rutas=Rutas(tmp_path),
        config=CONFIG,
        corte=CORTE,
        instrumento="pi",
        dependencia="SSAL",
        recibido_en=datetime(2025, 4, 10),
        formato="pi_tenjo",
    )
    assert ficha.formato == "pi_tenjo"


def test_la_mora_se_cuenta_en_dias_habiles(tmp_path: Path) -> None:
    # El plazo (10 días hábiles) vence el lunes 14 de abril de 2025; 17 y 18 son Jueves y Viernes Santo,
    # así que el lunes 21 es el tercer día hábil de mora (15, 16 y 21).
    _recibir(_libro(tmp_path), tmp_path, "2025-04-21T09:00:00")
    fichas = recepcion.leer_recepciones(Rutas(tmp_path), CORTE, "pi")
    entregas = recepcion.armar_entregas(fichas, config=CONFIG, corte=CORTE, instrumento="pi")
    fila = entregas[entregas["dependencia"] == "SSAL"].iloc[0]
    assert (fila["vence"], fila["oportunidad"], fila["dias_mora"]) == ("2025-04-14", "tardia", 3)


def test_sin_plan_importado_se_dice_como_importarlo(tmp_path: Path) -> None:
    with pytest.raises(ErrorEntorno, match="plan importar"):
        recepcion.plan_vigente(Rutas(tmp_path))


def test_el_ultimo_plan_importado_es_el_vigente(tmp_path: Path) -> None:
    rutas = Rutas(tmp_path)
    libros = [_bytes("uno"), _bytes("dos")]
    for texto, dia in zip(libros, ("2025-01-02", "2025-02-03"), strict=True):
        recepcion.importar_plan(
            _libro(tmp_path, texto, "plan.xlsx"),
            rutas=rutas,
            formato="plan_propio",
            recibido_en=datetime.fromisoformat(dia),
        )
    vigente = recepcion.plan_vigente(rutas)
    assert (rutas.crudos / vigente.ruta).read_bytes() == libros[1]


def test_importar_otra_vez_un_plan_anterior_lo_vuelve_el_vigente(tmp_path: Path) -> None:
    rutas = Rutas(tmp_path)
    uno, dos = _bytes("uno"), _bytes("dos")
    for dia, libro in enumerate((uno, dos, uno), start=1):
        recepcion.importar_plan(
            _libro(tmp_path, libro, "plan.xlsx"),
            rutas=rutas,
            formato="plan_propio",
            recibido_en=datetime(2025, 1, dia),
        )
    vigente = recepcion.plan_vigente(rutas)
    assert vigente.version == 3
    assert (rutas.crudos / vigente.ruta).read_bytes() == uno


def test_reenviar_una_version_anterior_no_reemplaza_la_ultima(tmp_path: Path) -> None:
    uno, dos = _bytes("uno"), _bytes("dos")
    for libro in (uno, dos):
        _recibir(_libro(tmp_path, libro), tmp_path)
    otra_vez = _recibir(_libro(tmp_path, uno), tmp_path, "2025-04-12T08:00:00")
    assert (otra_vez.repetida, otra_vez.version) == (True, 1)
    assert [f.version for f in recepcion.leer_recepciones(Rutas(tmp_path), CORTE, "pi")] == [1, 2]


def test_el_libro_que_quedo_sin_ficha_se_completa_con_el_mismo_y_no_con_otro(tmp_path: Path) -> None:
    rutas = Rutas(tmp_path)
    uno, dos = _bytes("uno"), _bytes("dos")
    huerfano = rutas.crudos_corte(CORTE, "pi") / "SSAL" / "20250409T080000__aaaa.xlsx"
    huerfano.parent.mkdir(parents=True)
    huerfano.write_bytes(uno)
    otro = _recibir(_libro(tmp_path, dos), tmp_path)
    assert (rutas.crudos / otro.ruta).read_bytes() == dos
    mismo = _recibir(_libro(tmp_path, uno), tmp_path, "2025-04-11T08:00:00")
    assert rutas.crudos / mismo.ruta == huerfano
    assert recepcion.libros_sin_ficha(rutas, CORTE, ["pi"]) == []


def test_los_cortes_con_entregas_van_en_orden_y_sin_repetir(tmp_path: Path) -> None:
    rutas = Rutas(tmp_path)
    for vigencia, periodo in ((2025, "T2"), (2024, "T4"), (2025, "T1"), (2024, "T2"), (2025, "T3")):
        for dependencia in ("SALU", "EDUC"):
            carpeta = rutas.crudos / str(vigencia) / periodo / "pi" / dependencia
            carpeta.mkdir(parents=True)
            (carpeta / "libro.json").write_text("{}")
    esperados = [(2024, "T2"), (2024, "T4"), (2025, "T1"), (2025, "T2"), (2025, "T3")]
    assert recepcion.cortes_con_entregas(rutas) == esperados


def test_lo_que_quedo_a_medio_copiar_no_es_un_libro_por_recibir(tmp_path: Path) -> None:
    rutas = Rutas(tmp_path)
    ficha = _recibir(_libro(tmp_path), tmp_path)
    guardado = rutas.crudos / ficha.ruta
    for nombre in ("20250411T080000__aaaa.xlsx", "20250411T080001__bbbb.tmp"):
        (guardado.parent / nombre).write_bytes(b"x")
    sueltos = recepcion.libros_sin_ficha(rutas, CORTE, ["pi"])
    assert [r.name for r in sueltos] == ["20250411T080000__aaaa.xlsx"]
