"""Las reglas de calidad hacen lo que dicen sus ejemplos, con Great Expectations de verdad."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from ejemplos_de_reglas import comprobar_ejemplos

from pipeline.calidad import Regla, cargar_reglas
from pipeline.calidad.catalogo import DESTINO, catalogo_del_proyecto, leer_fichas
from pipeline.calidad.ejemplos import tabla_de_ejemplo
from pipeline.calidad.reglas import Ejemplos, Expectativa
from pipeline.errores import ErrorConfiguracion, ErrorSeguimiento
from pipeline.esquemas import crear_tabla
from pipeline.modelo import Severidad

REGLAS = cargar_reglas()
DE_VERDAD = pytest.mark.integracion
ESTRUCTURALES = {
    *("PLAN-01", "PLAN-10", "PLAN-20", "PI-01", "PI-02", "PI-03", "PI-04", "POAI-03", "POAI-04"),
    *("PA-01", "PA-03", "PA-04", "PA-07"),
}


def regla(codigo: str) -> Regla:
    return next(r for r in REGLAS if r.codigo == codigo)


@DE_VERDAD
def test_cada_ejemplo_pasa_o_falla_como_dice_su_regla() -> None:
    assert comprobar_ejemplos(REGLAS) == []


@DE_VERDAD
def test_un_ejemplo_que_miente_se_descubre_en_los_dos_sentidos() -> None:
    verdadera = regla("PI-08")
    al_reves = Ejemplos(pasa=verdadera.ejemplos.falla[:1], falla=verdadera.ejemplos.pasa[:1])
    problemas = comprobar_ejemplos([replace(verdadera, ejemplos=al_reves)])
    assert problemas == [
        "PI-08: el ejemplo 1 de «pasa» no pasa",
        "PI-08: el ejemplo 1 de «falla» no falla",
    ]


@DE_VERDAD
def test_los_mensajes_de_los_ejemplos_que_fallan_quedan_completos() -> None:
    from pipeline.calidad.motor import buscar_fallas
    from pipeline.calidad.redaccion import redactar_hallazgos

    for tabla in sorted({r.tabla for r in REGLAS}):
        propias = [r for r in REGLAS if r.tabla == tabla]
        ejemplos = {f"{r.codigo} {n}": e for r in propias for n, e in enumerate(r.ejemplos.falla)}
        # Completar una tabla cuesta lo mismo con una fila que con cien; aparte, solo los que comparan filas.
        de_una = [{**e[0], "sha256": libro} for libro, e in ejemplos.items() if len(e) == 1]
        aparte = [tabla_de_ejemplo(tabla, e, libro=libro) for libro, e in ejemplos.items() if len(e) > 1]
        filas = pd.concat([*aparte, tabla_de_ejemplo(tabla, de_una)], ignore_index=True)
        hallazgos = redactar_hallazgos(buscar_fallas(propias, filas), propias, filas, crear_tabla("celdas"))
        assert set(hallazgos["regla"]) == {r.codigo for r in propias}
        for mensaje in hallazgos["mensaje"]:
            assert re.fullmatch(r"[A-ZÁÉÍÓÚ«].*\.", mensaje), mensaje
            assert not re.search(r"\bnan\b|<NA>|None|[{}<>]", mensaje), mensaje


@DE_VERDAD
@pytest.mark.parametrize(
    ("tipo", "argumentos"),
    [
        ("expect_column_values_to_not_be_null", {"column": "columna_ausente"}),
        ("expect_column_values_to_be_between", {"column": "observacion", "min_value": 0}),
        ("expect_column_values_to_ser_bonitos", {"column": "codigo_meta"}),
    ],
)
def test_una_expectativa_que_no_se_puede_evaluar_es_un_error_que_nombra_la_regla(
    tipo: str, argumentos: dict[str, object]
) -> None:
    from pipeline.calidad.motor import buscar_fallas

    mala = replace(
        regla("PI-01"),
        expectativas=(Expectativa(tipo=tipo, argumentos=argumentos, campo="codigo_meta", mensaje="x"),),
    )
    filas = tabla_de_ejemplo("registros_pi", [{"codigo_meta": "1", "observacion": "texto"}])
    with pytest.raises(ErrorSeguimiento, match="PI-01"):
        buscar_fallas([mala], filas)


def test_solo_bloquea_lo_que_no_se_puede_usar() -> None:
    assert {r.codigo for r in REGLAS if r.severidad is Severidad.BLOQUEA} == ESTRUCTURALES


def test_el_catalogo_de_reglas_esta_al_dia() -> None:
    assert DESTINO.read_text(encoding="utf-8") == catalogo_del_proyecto(), (
        "regenere con «python -m pipeline.calidad.catalogo»"
    )


def test_el_catalogo_acepta_fichas_en_lista_bajo_reglas_o_por_codigo(tmp_path: Path) -> None:
    ruta = tmp_path / "fichas.yml"
    for texto in (
        "- {id: A-01, titulo: Uno}",
        "reglas:\n  - {id: A-01, titulo: Uno}",
        "A-01: {titulo: Uno}",
    ):
        ruta.write_text(texto, encoding="utf-8")
        assert leer_fichas(ruta) == [{"id": "A-01", "titulo": "Uno"}]
    assert leer_fichas(tmp_path / "ausente.yml") == []


BUENA = """
name: prueba
meta: {tabla: registros_pi, descripcion: Prueba}
expectations:
  - type: expect_column_values_to_not_be_null
    kwargs: {column: codigo_meta}
    severity: warning
    description: La fila dice su meta.
    meta:
      regla: XX-01
      campo: codigo_meta
      mensaje: "Falta el código ({valor})."
      porque: Porque sí.
      accion: Escríbalo.
      responsable: Enlace
      ejemplos: {pasa: [{codigo_meta: "1"}], falla: [{}]}
      historia: ["2025-11: prueba"]
"""


def test_una_regla_bien_escrita_se_carga(tmp_path: Path) -> None:
    (tmp_path / "propias.yml").write_text(BUENA, encoding="utf-8")
    (leida,) = cargar_reglas(tmp_path)
    assert (leida.codigo, leida.severidad, leida.instrumento) == ("XX-01", Severidad.OBSERVA, "pi")


@pytest.mark.parametrize(
    ("antes", "despues", "dice"),
    [
        ("accion: Escríbalo.", "remedio: Escríbalo.", "expectations.1.meta.remedio.: clave desconocida"),
        ("severity: warning", "severity: grave", "severity.: valor no admitido"),
        ("regla: XX-01", "regla: uno", "regla.: no tiene la forma esperada"),
        ("{column: codigo_meta}", "{column: codigo}", "XX-01 nombra .* codigo"),
        ("campo: codigo_meta", "campo: codigo", "XX-01 nombra .* codigo"),
        ("({valor})", "({valr})", "XX-01 nombra .* valr"),
        ("({valor})", "({pagos_cop:plata})", "XX-01 nombra .* plata"),
        ("({valor})", "({valor", "mensaje de la regla XX-01"),
        ("falla: [{}]", "falla: []", "falla.: está vacío"),
        ("name: prueba", "name: [", "YAML mal escrito"),
    ],
)
def test_una_regla_mal_escrita_se_explica(tmp_path: Path, antes: str, despues: str, dice: str) -> None:
    (tmp_path / "propias.yml").write_text(BUENA.replace(antes, despues), encoding="utf-8")
    with pytest.raises(ErrorConfiguracion, match=dice) as error:
        cargar_reglas(tmp_path)
    assert str(error.value).startswith("propias.yml: ")


def test_dos_reglas_no_comparten_codigo(tmp_path: Path) -> None:
    for nombre in ("a.yml", "b.yml"):
        (tmp_path / nombre).write_text(BUENA, encoding="utf-8")
    with pytest.raises(ErrorConfiguracion, match="repetidos: XX-01"):
        cargar_reglas(tmp_path)
