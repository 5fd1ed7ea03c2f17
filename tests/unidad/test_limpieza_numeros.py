"""Números escritos como texto: se leen por la notación de su columna y nunca se adivinan."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest

from pipeline.formatos import avisar, cargar_formato
from pipeline.limpieza.numeros import limpiar_numeros
from pipeline.limpieza.resultado import escribir_crudo, escribir_numero


def reglas(limpia) -> list[tuple[int, str]]:  # type: ignore[no-untyped-def]
    return [(a.indice, a.regla) for a in limpia.avisos]


@pytest.mark.parametrize(
    ("texto", "valor"),
    [
        ("$ 44.194.000,00", 44194000.0),
        ("$226.000.000,00", 226000000.0),
        ("44194000.0", 44194000.0),
        ("-$ 1.500.000", -1500000.0),
        ("COP 12.000.000", 12000000.0),
        ("1 234 567", 1234567.0),
        ("12\xa0345\xa0678", 12345678.0),
    ],
)
def test_el_dinero_escrito_como_texto_se_lee_en_pesos(texto: str, valor: float) -> None:
    limpia = limpiar_numeros([texto], clase="dinero")
    assert limpia.valores == [valor]
    assert reglas(limpia) == [(0, "LIM-05")]


@pytest.mark.parametrize("guion", [" -   ", "-", "$ -", "$-", "–"])
def test_un_guion_en_dinero_es_cero_si_el_formato_lo_dice(guion: str) -> None:
    limpia = limpiar_numeros([guion], clase="dinero", guion_es_cero=True)
    assert limpia.valores == [0.0]
    assert limpia.transformaciones[0] is not None
    assert "leído como 0" in limpia.transformaciones[0]


@pytest.mark.parametrize("formato", ["pi_propio", "poai_propio", "movimientos_propio", "pa_for08"])
def test_en_los_formatos_propios_un_guion_en_dinero_no_es_cero_y_se_pregunta(formato: str) -> None:
    guion_es_cero = cargar_formato(formato).guion_en_dinero_es_cero
    limpia = limpiar_numeros([" -   ", 0.0], clase="dinero", guion_es_cero=guion_es_cero)
    assert limpia.valores == [None, 0.0]  # el guion contable de Excel es un cero numérico y sigue siéndolo
    assert reglas(limpia) == [(0, "LIM-22")]


def test_un_guion_en_una_cantidad_es_sin_dato_y_no_cero() -> None:
    assert limpiar_numeros([" - "], clase="numero", guion_es_cero=True).valores == [None]


@pytest.mark.parametrize("texto", ["1.234", "1,234", "252,967"])
def test_un_separador_que_puede_ser_de_miles_o_decimal_queda_sin_dato(texto: str) -> None:
    limpia = limpiar_numeros([texto])
    assert limpia.valores == [None]
    assert reglas(limpia) == [(0, "LIM-01")]


def test_el_aviso_de_ambiguedad_dice_las_dos_lecturas() -> None:
    for texto in ("1.234", "1,234"):
        aviso = limpiar_numeros([texto]).avisos[0]
        assert (aviso.marcadores["miles"], aviso.marcadores["decimal"]) == ("1.234", "1,234")


def test_una_celda_clara_de_la_columna_resuelve_las_ambiguas() -> None:
    assert limpiar_numeros(["1.234", "0,5", "2.000.000"]).valores == [1234.0, 0.5, 2000000.0]
    assert limpiar_numeros(["1.234", "0.5"]).valores == [1.234, 0.5]


def test_una_columna_con_las_dos_notaciones_lee_las_claras_y_pregunta_por_las_ambiguas() -> None:
    limpia = limpiar_numeros(["1,5", "2.5", "1.234"])
    assert limpia.valores == [1.5, 2.5, None]
    assert (1, "LIM-14") in reglas(limpia)
    assert (2, "LIM-01") in reglas(limpia)


def test_el_aviso_de_las_dos_notaciones_no_dice_que_sean_decimales() -> None:
    limpia = limpiar_numeros(["168.895.000", "161,017,000"], clase="dinero")
    (aviso,) = (a for a in limpia.avisos if a.regla == "LIM-14")
    mensaje = avisar("LIM-14", instrumento="pa", marcadores=aviso.marcadores).mensaje
    assert "punto en los miles y coma en los decimales («168.895.000»)" in mensaje
    assert "coma en los miles y punto en los decimales («161,017,000»)" in mensaje


def test_un_cero_inicial_no_puede_ser_grupo_de_miles() -> None:
    assert limpiar_numeros(["0.045"]).valores == [0.045]


def test_un_porcentaje_como_texto_se_lee_como_razon_y_lo_dice() -> None:
    limpia = limpiar_numeros(["12,5 %", "0%", "100%"], clase="razon")
    assert limpia.valores == [0.125, 0.0, 1.0]
    assert limpia.transformaciones[0] == "texto «12,5 %» leído como 0,125"
    assert {regla for _, regla in reglas(limpia)} == {"LIM-04"}


def test_un_porcentaje_en_una_cantidad_se_lee_pero_se_observa_la_escala() -> None:
    assert reglas(limpiar_numeros(["41,3%"], clase="numero")) == [(0, "LIM-13")]


def test_un_porcentaje_en_dinero_no_se_lee() -> None:
    limpia = limpiar_numeros(["5100000000%"], clase="dinero")
    assert limpia.valores == [None]
    assert reglas(limpia) == [(0, "LIM-02")]


@pytest.mark.parametrize(
    "texto", ["5 (aprox.)", "2 km", "40%\n (120 mujeres VCA)", "1.2.3", "12,34,5", "1e5", "٣"]
)
def test_un_texto_con_cifras_no_es_un_numero(texto: str) -> None:
    limpia = limpiar_numeros([3.0, texto])
    assert limpia.valores == [3.0, None]
    assert reglas(limpia) == [(1, "LIM-02")]


@pytest.mark.parametrize("error", ["#DIV/0!", "#REF!", "#N/A", "#¡DIV/0!", "#VALUE!"])
def test_un_error_de_excel_queda_sin_dato_y_nunca_en_cero(error: str) -> None:
    limpia = limpiar_numeros([error])
    assert limpia.valores == [None]
    assert reglas(limpia) == [(0, "LIM-03")]


@pytest.mark.parametrize("ficha", ["NP", "N.P.", " np "])
def test_la_ficha_np_es_no_programado_y_no_cero(ficha: str) -> None:
    limpia = limpiar_numeros([ficha], fichas_no_programado={"np"})
    assert limpia.valores == [None]
    assert reglas(limpia) == []
    assert str(limpia.transformaciones[0]).endswith("leído como no programado")


@pytest.mark.parametrize("ficha", ["SD", "S.D", "s. d.", "N/A"])
def test_una_ficha_de_faltante_es_sin_dato(ficha: str) -> None:
    assert limpiar_numeros([ficha], fichas_faltante={"sd", "na"}).valores == [None]


def test_los_espacios_duros_alrededor_no_impiden_leer() -> None:
    assert limpiar_numeros(["0\xa0", "\xa00", "_x000D_7"]).valores == [0.0, 0.0, 7.0]


def test_una_celda_de_solo_espacios_esta_vacia_y_se_dice() -> None:
    limpia = limpiar_numeros([" "])
    assert limpia.valores == [None]
    assert limpia.transformaciones == ["espacios leídos como celda vacía"]


@pytest.mark.parametrize(("valor", "citado"), [(True, "VERDADERO"), (False, "FALSO")])
def test_un_logico_donde_va_un_numero_no_se_lee_y_se_cita_en_espanol(valor: bool, citado: str) -> None:
    limpia = limpiar_numeros([valor])
    assert limpia.valores == [None]
    assert reglas(limpia) == [(0, "LIM-02")]
    assert limpia.avisos[0].marcadores["valor"] == citado


@pytest.mark.parametrize(
    ("valor", "citado"),
    [
        (datetime(1900, 1, 17), "17/01/1900"),
        (date(2025, 5, 1), "01/05/2025"),
        (time(12, 30), "12:30"),
        (timedelta(hours=36), "36:00"),
    ],
)
def test_una_fecha_donde_va_un_numero_dice_que_hay_que_cambiar_el_formato(valor: object, citado: str) -> None:
    limpia = limpiar_numeros([valor])
    assert limpia.valores == [None]
    assert reglas(limpia) == [(0, "LIM-19")]
    hallazgo = avisar("LIM-19", instrumento="pi", marcadores=limpia.avisos[0].marcadores)
    assert f"«{citado}»" in hallazgo.mensaje
    assert "General o Número" in hallazgo.accion


def test_la_escala_en_puntos_porcentuales_deja_su_cuenta() -> None:
    limpia = limpiar_numeros([45.0, ""], escala=0.01)
    assert limpia.valores == [0.45, None]
    assert limpia.transformaciones == ["45 × 0,01 = 0,45", None]


def test_un_numero_de_verdad_se_lee_sin_cambios() -> None:
    limpia = limpiar_numeros([0.35, 3.0, ""])
    assert limpia.valores == [0.35, 3.0, None]
    assert limpia.transformaciones == [None, None, None]


def test_un_numero_de_mas_de_cuarenta_cifras_no_se_lee() -> None:
    assert limpiar_numeros(["9" * 400]).valores == [None]


def test_los_numeros_se_citan_completos() -> None:
    assert escribir_numero(131533943179.5) == "131.533.943.179,5"
    assert escribir_crudo(2024257990001.0) == "2024257990001"


def test_un_guion_en_dinero_no_es_cero_si_nadie_lo_dice() -> None:
    assert limpiar_numeros(["-"], clase="dinero").valores == [None]
