"""Un código escrito de otra manera se lee como el que es, si no puede ser otro, y se dice."""

from __future__ import annotations

import pandas as pd
import pytest

from pipeline.calidad.ampliacion import sugerencias
from pipeline.esquemas import crear_tabla
from pipeline.formatos.codigos import codigo_parecido, reconocer_codigos
from pipeline.limpieza import (
    LibroLimpio,
    actividades_reconocidas,
    armar_plan,
    avisar_actividades,
    avisar_metas,
    completar_nombres,
    poner_metas,
)

PLAN = {"MP-127", "MP-138", "MP-139", "MP-140", "MP-141", "MP-144"}


@pytest.mark.parametrize(
    ("escrito", "codigo"),
    [
        ("mp-127", "MP-127"),
        ("MP 138", "MP-138"),
        ("MP139", "MP-139"),
        ("mp–140", "MP-140"),
        ("MP-0141", "MP-141"),
        ("ΜΡ-144", "MP-144"),  # griegas: en pantalla son iguales
    ],
)
def test_un_codigo_con_otra_escritura_es_el_del_plan(escrito: str, codigo: str) -> None:
    assert reconocer_codigos([escrito], PLAN) == {escrito: codigo}


def test_un_codigo_que_puede_ser_dos_del_plan_no_se_reconoce() -> None:
    assert reconocer_codigos(["mp1"], {"MP-1", "MP-01"}) == {}


def test_un_separador_entre_cifras_no_se_quita_y_un_codigo_exacto_no_se_toca() -> None:
    assert reconocer_codigos(["1-2", "1 2", "12", "2.05"], {"12", "2.5"}) == {}


def test_se_propone_el_codigo_mas_parecido_solo_si_es_uno() -> None:
    assert codigo_parecido("MP-1388", PLAN) == "MP-138"
    assert codigo_parecido("MP-14", PLAN) == ""
    codigos = pd.Series(["MP-1388", "MP-127", None, "ZZ"], dtype="str")
    assert sugerencias(codigos, pd.Series(sorted(PLAN))).tolist() == [" (¿quiso decir MP-138?)", "", "", ""]


def test_no_se_propone_un_codigo_que_ya_viene_ni_se_calla_que_una_celda_trae_dos() -> None:
    """Ibagué: «1.2.1.1.2» preguntaba por 1.1.1.1.2, que venía bien; Cajicá: «IP-67, IP-68» en una fila."""
    plan = pd.Series(["1.1.1.1.2", "IP-67", "IP-68"])
    codigos = pd.Series(["1.1.1.1.2", "1.2.1.1.2", "IP-67, IP-68"])
    assert sugerencias(codigos, plan, una_vez=True).tolist() == [
        "",
        "",
        ": son 2 códigos en una celda y cada fila reporta una sola meta",
    ]
    assert sugerencias(codigos, plan)[1] == " (¿quiso decir 1.1.1.1.2?)"


def test_la_celda_del_codigo_conserva_lo_escrito_y_dice_como_se_leyo() -> None:
    comun = {"sha256": "s", "archivo": "a.xlsx", "hoja": "PI", "fila": 8, "codigo_meta": "mp-127"}
    celdas = crear_tabla(
        "celdas",
        [
            comun | {"celda": "A8", "campo": "codigo_meta", "valor_crudo": "mp-127", "valor_texto": "mp-127"},
            comun | {"celda": "R8", "campo": "ejecutado_vigencia", "valor_crudo": "5", "valor_numero": 5.0},
        ],
    )
    (hallazgo,) = avisar_metas([], celdas, {"mp-127": "MP-127"}, "pi")
    assert (hallazgo.regla, hallazgo.celda, hallazgo.codigo_meta) == ("LIM-20", "A8", "MP-127")
    assert hallazgo.mensaje == "Se leyó «mp-127» como MP-127, que es el código del plan."
    puestas = poner_metas(celdas, {"mp-127": "MP-127"})
    assert puestas["codigo_meta"].tolist() == ["MP-127", "MP-127"]
    assert puestas.loc[0, ["valor_crudo", "valor_texto", "transformacion"]].tolist() == [
        "mp-127", "MP-127", "«mp-127» leído como MP-127"
    ]  # fmt: skip


def test_una_actividad_con_otra_escritura_es_la_aceptada_en_el_corte_anterior_y_se_dice() -> None:
    comun = {"dependencia": "SEDU", "bpin": "9", "sha256": "s", "hoja": "P1", "archivo": "a.xlsx"}
    ahora = crear_tabla(
        "registros_pa",
        [
            comun | {"fila": n, "codigo_actividad": c}
            for n, c in ((17, "mp-1-a1"), (19, "MP-1-A2"), (21, "mp-1-a2"))
        ],
    )
    antes = crear_tabla(
        "registros_pa", [comun | {"fila": 1, "codigo_actividad": c} for c in ("MP-1-A1", "MP-1-A2")]
    )
    codigos = actividades_reconocidas(ahora, antes)
    # A2 ya está tal cual en el libro: la de minúsculas es otra fila y no se confunde con ella.
    assert codigos.tolist() == ["MP-1-A1", "MP-1-A2", "mp-1-a2"]
    celdas = crear_tabla(
        "celdas",
        [
            {c: comun[c] for c in ("sha256", "hoja", "archivo")}
            | {"fila": 17, "celda": "C17", "campo": "codigo_actividad", "valor_texto": "mp-1-a1"}
        ],
    )
    (hallazgo,) = avisar_actividades(ahora, codigos, celdas, "2025-T2")
    assert (hallazgo.regla, hallazgo.celda, hallazgo.dependencia) == ("LIM-21", "C17", "SEDU")
    assert hallazgo.mensaje.startswith("Se leyó «mp-1-a1» como MP-1-A1, la actividad aceptada en 2025-T2")
    otro_proyecto = antes.assign(bpin="8")
    assert actividades_reconocidas(ahora, otro_proyecto).tolist() == ["mp-1-a1", "MP-1-A2", "mp-1-a2"]


@pytest.mark.parametrize(("con_columna", "celda"), [(True, "C8"), (False, "B8")])
def test_un_nombre_vacio_se_toma_del_catalogo_y_se_dice_de_donde(con_columna: bool, celda: str) -> None:
    lugar = {"archivo": "plan.xlsx", "sha256": "p", "hoja": "Plan"}
    plan = crear_tabla(
        "plan",
        [
            {**lugar, "codigo_meta": "M1", "fila": 7, "sector": "22", "nombre_sector": "Educar"},
            {**lugar, "codigo_meta": "M2", "fila": 8, "sector": "32"},
            {**lugar, "codigo_meta": "M3", "fila": 9, "sector": "99"},
        ],
    )
    letras = {"sector": "B", "nombre_sector": "C"} if con_columna else {"sector": "B"}
    celdas = crear_tabla(
        "celdas",
        [
            {**lugar, "tabla": "plan", "fila": fila, "campo": campo, "celda": f"{letra}{fila}", "vigencia": 0}
            for fila in (7, 8, 9)
            for campo, letra in letras.items()
        ],
    )
    completo, trazas, avisos = completar_nombres(plan, celdas)
    nombres = completo["nombre_sector"].astype(object).where(completo["nombre_sector"].notna(), None)
    assert nombres.tolist() == ["Educar", "Ambiente y desarrollo sostenible", None]
    dicha = trazas[trazas["transformacion"].notna()]
    assert dicha[["celda", "campo", "valor_texto"]].to_numpy().tolist() == [
        [celda, "nombre_sector", "Ambiente y desarrollo sostenible"]
    ]
    assert len(trazas) == len(celdas) + (0 if con_columna else 1)
    assert [(a.regla, a.celda) for a in avisos] == [("CAT-01", celda)]


def test_un_plan_sin_vigencias_no_tiene_programacion_anual() -> None:
    filas = pd.DataFrame({"hoja": ["Plan"], "fila": [8], "vigencia": [0], "codigo_meta": ["M1"]})
    vacia = crear_tabla("plan_fuentes")
    limpio = LibroLimpio(
        archivo="p.xlsx", sha256="p", filas=filas, fuentes=vacia, celdas=crear_tabla("celdas"), hallazgos=()
    )
    plan, vigencias, _ = armar_plan(limpio)
    assert plan["codigo_meta"].tolist() == ["M1"]
    assert vigencias.empty


def test_un_codigo_que_la_traza_repite_por_vigencia_se_avisa_una_vez() -> None:
    comun = {"sha256": "s", "archivo": "a.xlsx", "hoja": "PI", "fila": 8, "celda": "A8"}
    codigo = {"campo": "codigo_meta", "valor_crudo": "mp-127", "valor_texto": "mp-127"}
    celdas = crear_tabla("celdas", [comun | codigo | {"vigencia": v} for v in (2024, 2025)])
    assert len(avisar_metas([], celdas, {"mp-127": "MP-127"}, "pi")) == 1
