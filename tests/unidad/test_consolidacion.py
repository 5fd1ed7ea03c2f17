"""Consolidación: cada meta del plan sale una vez, con su estado, y lo excluido queda sin cifra."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from pipeline.consolidacion import Consolidado, celdas_que_alimentan, consolidar
from pipeline.esquemas import crear_tabla
from pipeline.modelo import Corte, Periodo

CORTE = Corte(vigencia=2025, periodo=Periodo.T2)
ORIGEN = {"archivo": "salud.xlsx", "sha256": "abc", "hoja": "Plan Indicativo"}


def _plan(*codigos: str) -> pd.DataFrame:
    filas = [
        {**ORIGEN, "codigo_meta": codigo, "dependencia": "SSAL", "fila": n}
        for n, codigo in enumerate(codigos, start=2)
    ]
    return crear_tabla("plan", filas)


def _programa(valores: dict[tuple[str, int], dict[str, Any]]) -> pd.DataFrame:
    filas = [{"codigo_meta": m, "vigencia": v, **campos} for (m, v), campos in valores.items()]
    return crear_tabla("plan_vigencias", filas)


def _registro(codigo: str | None, fila: int, **campos: Any) -> dict[str, Any]:
    return {**ORIGEN, "codigo_meta": codigo, "vigencia": 2025, "dependencia": "SSAL", "fila": fila} | campos


def _consolidar(
    plan: pd.DataFrame,
    programa: pd.DataFrame,
    registros: list[dict[str, Any]],
    excluidas: tuple[int, ...] = (),
    **opciones: Any,
) -> Consolidado:
    tabla = crear_tabla("registros_pi", registros)
    fuera = tabla.loc[tabla["fila"].isin(excluidas), ["sha256", "hoja", "fila", "vigencia"]]
    return consolidar(
        plan,
        programa,
        tabla,
        fuera,
        corte=CORTE,
        vigencias=(2024, 2025, 2026, 2027),
        nombres_dependencias={"SSAL": "Secretaría de Salud"},
        **opciones,
    )


def _estados(consolidado: Consolidado) -> dict[str, str]:
    return dict(zip(consolidado.base["codigo_meta"], consolidado.base["estado_reporte"], strict=True))


def test_cada_meta_del_plan_sale_una_vez_con_su_estado() -> None:
    programa = _programa({(m, 2025): {"programado_vigencia": 10.0} for m in ("M1", "M2", "M3", "M5")})
    registros = [
        _registro("M1", 8, ejecutado_vigencia=4.0),
        _registro("M2", 9),
        _registro("M3", 10, ejecutado_vigencia=-1.0),
        _registro("M4", 11, ejecutado_vigencia=2.0),
    ]
    consolidado = _consolidar(_plan("M1", "M2", "M3", "M4", "M5"), programa, registros, excluidas=(10,))
    assert _estados(consolidado) == {
        "M1": "reportada",
        "M2": "sin_reporte",
        "M3": "devuelta",
        "M4": "no_programada",
        "M5": "sin_reporte",
    }


def test_la_cifra_de_una_fila_excluida_queda_vacia_y_no_cero() -> None:
    programa = _programa({("M1", 2025): {"programado_vigencia": 10.0}})
    registros = [_registro("M1", 8, ejecutado_vigencia=7.0, pagos_cop=5.0)]
    base = _consolidar(_plan("M1"), programa, registros, excluidas=(8,)).base
    assert base[["ejecutado_vigencia", "pagos_cop"]].isna().all(axis=None)


def test_con_programacion_del_reporte_la_declarada_np_no_cuenta_aunque_tenga_numeros() -> None:
    programa = _programa({("M1", 2025): {"programado_vigencia": 3.0}})
    registros = [
        _registro("M1", 8, estado_programacion="NP", programado_vigencia=3.0, ejecutado_vigencia=3.0)
    ]
    consolidado = _consolidar(_plan("M1"), programa, registros, programacion_del_reporte=True)
    assert _estados(consolidado) == {"M1": "no_programada"}


def test_sin_la_opcion_lo_programado_es_lo_del_plan_aunque_el_libro_diga_otra_cosa() -> None:
    programa = _programa({("M1", 2025): {"programado_vigencia": 3.0}})
    registros = [
        _registro("M1", 8, estado_programacion="NP", programado_vigencia=1.0, ejecutado_vigencia=1.0)
    ]
    base = _consolidar(_plan("M1"), programa, registros).base
    assert base.loc[0, "programado_vigencia"] == 3.0
    assert base.loc[0, "estado_reporte"] == "reportada"


def test_el_perfil_por_incrementos_reparte_el_total_declarado() -> None:
    # Incrementos 0,7 y 0,3 con total 2: a T2 se espera 2 × (0,7 + 0,3) / (0,7 + 0,3 + 0 + 1) = 1.
    programa = _programa({("M1", 2025): {"programado_vigencia": 2.0}})
    registros = [
        _registro(
            "M1",
            8,
            estado_programacion="P",
            programado_vigencia=2.0,
            programado_t1=0.7,
            programado_t2=0.3,
            programado_t3=0.0,
            programado_t4=1.0,
        )
    ]
    base = _consolidar(
        _plan("M1"), programa, registros, programacion_del_reporte=True, trimestres_por_incremento=True
    ).base
    assert base.loc[0, "programado_corte"] == 1.0


def test_la_historia_cubre_todo_el_cuatrienio_y_no_inventa_ejecucion() -> None:
    programa = _programa(
        {
            ("M1", 2024): {"programado_vigencia": 5.0, "ejecutado_vigencia": 4.0},
            ("M1", 2025): {"programado_vigencia": 10.0},
            ("M1", 2026): {"programado_vigencia": 6.0, "ejecutado_vigencia": 99.0},
        }
    )
    historia = _consolidar(_plan("M1"), programa, [_registro("M1", 8, ejecutado_vigencia=2.0)]).historia
    por_anio = historia.set_index("vigencia")["ejecutado_vigencia"]
    assert list(historia["vigencia"]) == [2024, 2025, 2026, 2027]
    assert (por_anio[2024], por_anio[2025]) == (4.0, 2.0)
    assert por_anio[[2026, 2027]].isna().all()


def test_un_cierre_seguido_por_el_sistema_manda_sobre_lo_que_dice_el_plan() -> None:
    programa = _programa(
        {
            ("M1", 2024): {"programado_vigencia": 5.0, "ejecutado_vigencia": 4.0},
            ("M1", 2025): {"programado_vigencia": 10.0},
        }
    )
    cierres = pd.DataFrame({"codigo_meta": ["M1"], "vigencia": [2024], "ejecutado_vigencia": [5.0]})
    historia = _consolidar(_plan("M1"), programa, [], cierres=cierres).historia
    assert historia.set_index("vigencia").loc[2024, "ejecutado_vigencia"] == 5.0


def test_cada_meta_lleva_el_nombre_de_su_dependencia() -> None:
    base = _consolidar(_plan("M1"), _programa({("M1", 2025): {"programado_vigencia": 1.0}}), []).base
    assert base["nombre_dependencia"].tolist() == ["Secretaría de Salud"]


def test_la_meta_que_el_libro_no_trae_conserva_su_programa_del_plan() -> None:
    programa = _programa({(m, 2025): {"programado_vigencia": 4.0} for m in ("M1", "M2")})
    registros = [_registro("M1", 8, programado_vigencia=3.0, ejecutado_vigencia=1.0)]
    consolidado = _consolidar(_plan("M1", "M2"), programa, registros, programacion_del_reporte=True)
    assert consolidado.base["programado_vigencia"].tolist() == [3.0, 4.0]
    assert _estados(consolidado) == {"M1": "reportada", "M2": "sin_reporte"}


def test_los_trimestres_se_leen_acumulados_si_no_se_dice_que_son_incrementos() -> None:
    registros = [_registro("M1", 8, programado_vigencia=4.0, programado_t1=1.0, programado_t2=2.0)]
    base = _consolidar(
        _plan("M1"), _programa({("M1", 2025): {}}), registros, programacion_del_reporte=True
    ).base
    assert base.loc[0, "programado_corte"] == 2.0


def test_de_una_vigencia_anterior_vale_la_ultima_fila_del_libro_y_no_lo_que_dice_el_plan() -> None:
    programa = _programa(
        {
            ("M1", 2024): {"programado_vigencia": 5.0, "ejecutado_vigencia": 2.0},
            ("M1", 2025): {"programado_vigencia": 10.0},
        }
    )
    registros = [
        _registro("M1", fila, vigencia=2024, programado_vigencia=5.0, ejecutado_vigencia=ejecutado)
        for fila, ejecutado in ((8, 3.0), (9, 4.0))
    ]
    historia = _consolidar(_plan("M1"), programa, registros).historia
    assert historia.set_index("vigencia").loc[2024, "ejecutado_vigencia"] == 4.0


@pytest.mark.parametrize(
    ("del_reporte", "esperadas"),
    [
        # De cada cifra, la última fila del libro primero; la excluida no sustenta lo ejecutado.
        (False, ["K1", "F8", "B8", "D8", "G8", "X2", "Y2"]),
        # La programación del libro vale aun en la fila excluida: es el compromiso.
        (True, ["K1", "F8", "B8", "D8", "C9", "C8", "G8", "X2", "Y2"]),
    ],
)
def test_una_cifra_se_sustenta_en_la_celda_que_la_consolidacion_uso(
    del_reporte: bool, esperadas: list[str]
) -> None:
    del_plan = [
        ("plan", 2, 2025, "programado_vigencia", "X2"),
        ("plan", 2, 2024, "ejecutado_vigencia", "Y2"),
        ("plan", 2, 2025, "ejecutado_vigencia", "Z2"),  # lo de este año lo dice el seguimiento
    ]
    del_libro = [
        ("registros_pi", 8, 2025, "ejecutado_vigencia", "B8"),
        ("registros_pi", 9, 2025, "ejecutado_vigencia", "B9"),
        ("registros_pi", 8, 2025, "programado_vigencia", "C8"),
        ("registros_pi", 9, 2025, "programado_vigencia", "C9"),
        ("registros_pi", 8, 2025, "obligaciones_cop", "D8"),
        ("registros_pi", 8, 2024, "obligaciones_cop", "D7"),
        ("registros_pi", 8, 2024, "ejecutado_vigencia", "F8"),
        ("registros_pi", 8, 2024, "programado_vigencia", "G8"),
        ("registros_pi", 8, 2026, "ejecutado_vigencia", "H8"),
        ("registros_poai", 8, 2025, "obligaciones_cop", "P8"),
    ]
    celdas = crear_tabla(
        "celdas",
        [
            {**ORIGEN, "tabla": t, "fila": f, "vigencia": v, "campo": c, "celda": d, "codigo_meta": "M1"}
            for t, f, v, c, d in [*del_plan, *del_libro]
        ],
    )
    excluidas = celdas.loc[celdas["celda"] == "B9", ["sha256", "hoja", "fila", "vigencia"]]
    cierre = celdas[celdas["celda"] == "F8"].assign(celda="K1")
    usadas = celdas_que_alimentan(
        celdas, excluidas, corte=CORTE, programacion_del_reporte=del_reporte, de_cierres=cierre
    )
    assert usadas["celda"].tolist() == esperadas


def test_de_una_meta_repetida_en_el_reporte_vale_el_programa_de_la_ultima_fila() -> None:
    registros = [_registro("M1", fila, programado_vigencia=p) for fila, p in ((8, 4.0), (9, 5.0))]
    base = _consolidar(
        _plan("M1"), _programa({("M1", 2025): {}}), registros, programacion_del_reporte=True
    ).base
    assert base["programado_vigencia"].tolist() == [5.0]
