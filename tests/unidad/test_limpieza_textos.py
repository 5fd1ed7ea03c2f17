"""Textos, códigos, tipos, estados y dependencias."""

from __future__ import annotations

import pytest

from pipeline.config import Dependencia
from pipeline.limpieza.dependencias import limpiar_dependencias
from pipeline.limpieza.textos import limpiar_codigos, limpiar_estados, limpiar_textos, limpiar_tipos
from pipeline.modelo import TipoMeta

DEPENDENCIAS = (
    Dependencia(codigo="SGOB", nombre="Secretaría de Gobierno", alias=("Gobierno",)),
    Dependencia(codigo="SGEN", nombre="Secretaría General", alias=("General",)),
    Dependencia(codigo="SDEC", nombre="Secretaría de Desarrollo Económico"),
    Dependencia(
        codigo="SDSC", nombre="Secretaría de Desarrollo Social Comunitario", alias=("Desarrollo Social",)
    ),
    Dependencia(codigo="IMDRI", nombre="Instituto Municipal para el Deporte (IMDRI)", alias=("IMDRI",)),
)


def reglas(limpia) -> list[tuple[int, str]]:  # type: ignore[no-untyped-def]
    return [(a.indice, a.regla) for a in limpia.avisos]


def test_los_espacios_duros_saltos_y_x000d_se_normalizan_y_se_dice() -> None:
    limpia = limpiar_textos(["Agricultura\xa0y\ndesarrollo_x000D_\n", "Salud"])
    assert limpia.valores == ["Agricultura y desarrollo", "Salud"]
    assert limpia.transformaciones == ["espacios y saltos de línea normalizados", None]


def test_el_texto_hostil_se_conserva_tal_cual() -> None:
    assert limpiar_textos(["<script>alert(1)</script>"]).valores == ["<script>alert(1)</script>"]


def test_los_caracteres_de_control_se_quitan() -> None:
    assert limpiar_textos(["a\x00b\x07"]).valores == ["ab"]


def test_una_tilde_combinada_queda_compuesta() -> None:
    assert limpiar_textos(["Educacio\u0301n"]).valores == ["Educación"]


def test_una_celda_de_espacios_es_vacia() -> None:
    assert limpiar_textos([" ", "", "\xa0"]).valores == [None, None, None]


def test_la_linea_de_sispt_se_parte_en_codigo_y_nombre() -> None:
    valores = ["LE-3-Progreso y Desarrollo - Económico"]
    assert limpiar_textos(valores, r"^(LE-\d+)-").valores == ["LE-3"]
    assert limpiar_textos(valores, r"^LE-\d+-(.+)$").valores == ["Progreso y Desarrollo - Económico"]


def test_un_texto_sin_la_forma_esperada_queda_sin_dato_con_su_aviso() -> None:
    limpia = limpiar_textos(["Progreso"], r"^(LE-\d+)-", "linea")
    assert limpia.valores == [None]
    assert reglas(limpia) == [(0, "LIM-10")]


def test_un_error_de_excel_en_un_texto_no_es_un_nombre() -> None:
    assert reglas(limpiar_textos(["#REF!"])) == [(0, "LIM-03")]


@pytest.mark.parametrize(
    ("crudo", "ancho", "codigo"),
    [
        (2024257990001.0, None, "2024257990001"),
        ("3204001.0", 7, "3204001"),
        (900.0, 4, "0900"),
        (5.0, 2, "05"),
        ("0900", 4, "0900"),
        (401002.0, 7, "0401002"),
        (40100200.0, 9, "040100200"),
        (39060150.0, 7, "39060150"),
        (" 1.1.1 ", None, "1.1.1"),
        ("IP-155", None, "IP-155"),
    ],
)
def test_un_codigo_se_lee_como_texto_con_sus_ceros(crudo: object, ancho: int | None, codigo: str) -> None:
    assert limpiar_codigos([crudo], ancho=ancho).valores == [codigo]


def test_un_codigo_con_decimales_se_observa() -> None:
    assert reglas(limpiar_codigos([3204001.5], ancho=7)) == [(0, "LIM-06")]


def test_varios_bpin_en_una_celda_quedan_separados_por_coma() -> None:
    limpia = limpiar_codigos(["2024257990001; 2024257990002\n2024257990003"], varios=True)
    assert limpia.valores == ["2024257990001,2024257990002,2024257990003"]


def test_un_bpin_con_texto_se_conserva_para_que_lo_juzgue_calidad() -> None:
    assert limpiar_codigos(["N/A sin proyecto"], varios=True).valores == ["N/A sin proyecto"]


def test_los_tipos_de_meta_salen_del_mapa_del_formato() -> None:
    tipos = {"Reducción anual": TipoMeta.REDUCCION_ANUAL, "I": TipoMeta.ACUMULADO}
    limpia = limpiar_tipos(["REDUCCION  ANUAL", "i", "Otro"], tipos)
    assert limpia.valores == ["reduccion_anual", "acumulado", None]
    assert reglas(limpia) == [(2, "LIM-07")]


def test_el_estado_se_lee_en_sus_varias_escrituras() -> None:
    limpia = limpiar_estados(["P", "NP", "n.p.", "Programada", "", "X"], {"np"})
    assert limpia.valores == ["P", "NP", "NP", "P", None, None]
    assert reglas(limpia) == [(5, "LIM-09")]


@pytest.mark.parametrize(
    ("texto", "codigo"),
    [
        ("SGOB", "SGOB"),
        ("secretaria de gobierno", "SGOB"),
        ("Sec. Gobierno", "SGOB"),
        ("GOBIERNO ", "SGOB"),
        ("Sec. Gobierno y convivencia ciudadana o quien haga sus veces", "SGOB"),
        ("Secretaría de Desarrollo Económico y Medio Ambiente o quien haga sus veces", "SDEC"),
        ("Instituto Municipal para el Deporte", "IMDRI"),
        ("imdri", "IMDRI"),
    ],
)
def test_una_dependencia_se_reconoce_como_sea_que_la_escriban(texto: str, codigo: str) -> None:
    limpia = limpiar_dependencias([texto], DEPENDENCIAS)
    assert limpia.valores == [codigo]


@pytest.mark.parametrize(
    "texto", ["Dirección General", "Secretaría de Minas", "Desarrollo", "Oficina del Gobierno Abierto"]
)
def test_una_dependencia_dudosa_no_se_adivina(texto: str) -> None:
    limpia = limpiar_dependencias([texto], DEPENDENCIAS)
    assert limpia.valores == [None]
    assert reglas(limpia) == [(0, "LIM-08")]


def test_un_alias_de_dos_dependencias_no_reconoce_a_ninguna() -> None:
    repetidas = (
        Dependencia(codigo="UNA", nombre="Secretaría Uno", alias=("Planeación",)),
        Dependencia(codigo="DOS", nombre="Secretaría Dos", alias=("Planeación",)),
    )
    assert limpiar_dependencias(["Planeación"], repetidas).valores == [None]


def test_sin_dependencias_configuradas_el_texto_queda_igual() -> None:
    assert limpiar_dependencias(["Sec. Gobierno"], ()).valores == ["Sec. Gobierno"]


def test_una_celda_de_dependencia_vacia_queda_vacia_y_sin_aviso() -> None:
    limpia = limpiar_dependencias(["", "SGOB"], DEPENDENCIAS)
    assert limpia.valores == [None, "SGOB"]
    assert reglas(limpia) == []


def test_un_codigo_que_excel_ya_no_guarda_entero_se_observa() -> None:
    assert reglas(limpiar_codigos([2.0**53, 2.0**53 + 2], ancho=9)) == [(1, "LIM-06")]


def test_de_un_codigo_solo_se_dice_lo_que_se_le_cambio() -> None:
    limpia = limpiar_codigos(["3204", " 3204 "])
    assert limpia.valores == ["3204", "3204"]
    assert limpia.transformaciones == [None, "espacios y saltos de línea normalizados"]


def test_una_celda_con_codigos_y_palabras_no_se_parte_en_una_lista() -> None:
    limpia = limpiar_codigos(["2024730010012 y otro", "2024730010012; 2024730010015"], varios=True)
    assert limpia.valores == ["2024730010012 y otro", "2024730010012,2024730010015"]
