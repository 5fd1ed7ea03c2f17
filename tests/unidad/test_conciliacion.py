"""Conciliación de los tres instrumentos: un mundo limpio da cero y cada falla la halla solo su regla."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
import pytest
import yaml

from pipeline.conciliacion import PRUEBAS, conciliar
from pipeline.config import PAQUETE
from pipeline.errores import ErrorConfiguracion
from pipeline.esquemas import crear_tabla, esquema
from pipeline.indices import calcular_indices_pa
from pipeline.modelo import Corte, Metodo, Periodo

REGLAS = yaml.safe_load((PAQUETE / "recursos" / "conciliacion.yml").read_text(encoding="utf-8"))
CORTE = Corte(vigencia=2025, periodo=Periodo.T3)
B1, B2, B7, B8, B9 = (f"202473001000{n}" for n in (1, 2, 7, 8, 9))
# Columna de cada campo en los libros de la prueba.
COLUMNAS = {
    "pi": {
        "codigo_meta": "A",
        "programado_vigencia": "F",
        "ejecutado_vigencia": "L",
        "estado_programacion": "E",
        "apropiacion_definitiva_cop": "N",
        "obligaciones_cop": "Q",
    },
    "poai": {
        "codigo_meta": "B",
        "bpin": "C",
        "dependencia": "D",
        "nombre_fuente": "H",
        "apropiacion_definitiva_cop": "P",
        "obligaciones_cop": "S",
    },
    "pa": {
        "codigo_actividad": "A",
        "codigo_meta": "B",
        "bpin": "C",
        "dependencia": "D",
        "ejecutado_actividad": "K",
        "costo_programado_cop": "M",
        "programado_municipio_cop": "N",
        "programado_sgp_cop": "O",
        "programado_actividad": "J",
    },
}
HOJAS = {"pi": "Plan Indicativo", "poai": "POAI", "pa": "FOR-08"}
CELDAS_DEL_PLAN = {"M1": 6, "M2": 7, "M3": 8}  # fila de cada meta en el libro del plan; el BPIN va en la Z


@dataclass
class Libros:
    """Un mundo de dos dependencias y tres metas, en que todo cuadra; cada prueba lo altera."""

    metas: dict[str, dict[str, Any]] = field(
        default_factory=lambda: {
            "M1": {
                "dependencia": "SEDU",
                "bpin": B1,
                "programado_vigencia": 10.0,
                "ejecutado_vigencia": 5.0,
                "avance": 0.5,
                "apropiacion_definitiva_cop": 600e6,
                "obligaciones_cop": 200e6,
                "estado_reporte": "reportada",
                "fila": 8,
                "unidad": "Número",
            },
            "M2": {
                "dependencia": "SSAL",
                "bpin": B2,
                "programado_vigencia": 4.0,
                "ejecutado_vigencia": 4.0,
                "avance": 1.0,
                "apropiacion_definitiva_cop": 400e6,
                "obligaciones_cop": 300e6,
                "estado_reporte": "reportada",
                "fila": 8,
                "unidad": "Número",
            },
            "M3": {"dependencia": "SSAL", "estado_reporte": "no_programada", "fila": 9, "unidad": "Número"},
        }
    )
    poai: list[dict[str, Any]] = field(
        default_factory=lambda: [
            {
                "codigo_meta": "M1",
                "bpin": B1,
                "dependencia": "SEDU",
                "nombre_fuente": "Recursos propios",
                "apropiacion_definitiva_cop": 600e6,
                "obligaciones_cop": 200e6,
                "fila": 8,
            },
            {
                "codigo_meta": "M2",
                "bpin": B2,
                "dependencia": "SSAL",
                "nombre_fuente": "SGP - Salud",
                "apropiacion_definitiva_cop": 400e6,
                "obligaciones_cop": 300e6,
                "fila": 8,
            },
        ]
    )
    pa: list[dict[str, Any]] = field(
        default_factory=lambda: [
            {
                "codigo_actividad": "A1",
                "codigo_meta": "M1",
                "bpin": B1,
                "dependencia": "SEDU",
                "programado": 10.0,
                "indice": 0.5,
                "costo": 500e6,
                "municipio": 500e6,
                "fila": 12,
            },
            {
                "codigo_actividad": "A2",
                "codigo_meta": "M2",
                "bpin": B2,
                "dependencia": "SSAL",
                "programado": 4.0,
                "indice": 0.8,
                "costo": 400e6,
                "sgp": 400e6,
                "fila": 12,
            },
        ]
    )
    sin_entregar: set[tuple[str, str]] = field(default_factory=set)
    excluidas: list[int] = field(default_factory=list)  # filas del POAI de SEDU que la calidad sacó
    no_aceptadas: set[str] = field(default_factory=set)  # actividades recibidas que no se aceptaron
    vigencias_pa: tuple[int, ...] = (2025,)  # las que trae cada renglón del Plan de Acción


def conciliado(libros: Libros, **opciones: Any) -> pd.DataFrame:
    """Tabla `conciliacion` de esos libros."""
    metas = crear_tabla(
        "metas",
        [
            {"codigo_meta": c, "vigencia": 2025, "periodo": "T3", **_lugar("pi", m)} | m
            for c, m in libros.metas.items()
        ],
    )
    poai = crear_tabla(
        "registros_poai",
        [
            {"vigencia": 2025, **_lugar("poai", f), **{c: v for c, v in f.items() if c != "libro"}}
            for f in libros.poai
        ],
    )
    registros_pa = [_registro_pa(a) | {"vigencia": v} for a in libros.pa for v in libros.vigencias_pa]
    aceptadas = [_actividad(a) for a in libros.pa if a["codigo_actividad"] not in libros.no_aceptadas]
    actividades = crear_tabla("actividades", aceptadas)
    excluidas = poai[(poai["dependencia"] == "SEDU") & poai["fila"].isin(libros.excluidas)]
    return conciliar(
        metas=metas,
        registros_poai=poai,
        actividades=actividades,
        indices_pa=calcular_indices_pa(actividades, metodo=Metodo()),
        registros_pa=_sin_tipos("registros_pa", registros_pa),
        registros_pi=_sin_tipos("registros_pi", []),
        entregas=_entregas(libros),
        celdas=_celdas(metas, poai, registros_pa),
        corte=CORTE,
        umbrales=opciones.pop("umbrales", {}),
        reglas=opciones.pop("reglas", REGLAS),
        nombres_dependencias={"SEDU": "Secretaría de Educación", "SSAL": "Secretaría de Salud"},
        excluidas_poai=excluidas[["sha256", "hoja", "fila", "vigencia"]],
        **opciones,
    )


def _sin_tipos(tabla: str, filas: list[dict[str, Any]]) -> pd.DataFrame:
    """La tabla con sus columnas pero sin convertir tipos: son decenas de columnas por prueba."""
    return pd.DataFrame(filas).reindex(columns=esquema(tabla).nombres)


def _lugar(instrumento: str, fila: dict[str, Any]) -> dict[str, Any]:
    libro = fila.get("libro", fila["dependencia"])
    return {
        "archivo": f"{instrumento}_{libro}.xlsx",
        "sha256": f"{instrumento}{libro}".ljust(64, "0"),
        "hoja": HOJAS[instrumento],
    }


def _registro_pa(a: dict[str, Any]) -> dict[str, Any]:
    return {
        **{c: a.get(c) for c in ("codigo_actividad", "codigo_meta", "bpin", "dependencia", "fila")},
        "vigencia": 2025,
        "costo_programado_cop": a.get("costo"),
        "programado_municipio_cop": a.get("municipio"),
        "programado_sgp_cop": a.get("sgp"),
        "programado_actividad": a.get("programado"),
        **_lugar("pa", a),
    }


def _actividad(a: dict[str, Any]) -> dict[str, Any]:
    return {
        **{c: a.get(c) for c in ("codigo_actividad", "codigo_meta", "bpin", "dependencia", "fila")},
        "id_actividad": f"{a['dependencia']}:{a['codigo_actividad']}:1",
        "programado_vigencia": a.get("programado"),
        "indice_fisico": a.get("indice"),
        "ponderacion": a.get("ponderacion"),
        "costo_programado_cop": a.get("costo"),
        "es_vencida": False,
        "estado_reporte": a.get("estado", "reportada"),
        **_lugar("pa", a),
    }


def _entregas(libros: Libros) -> pd.DataFrame:
    filas = [
        {
            "vigencia": 2025,
            "periodo": "T3",
            "instrumento": i,
            "dependencia": d,
            "version": 1,
            "archivo": f"{i}_{d}.xlsx",
            "sha256": f"{i}{d}".ljust(64, "0"),
            "estado": "no_entregada" if (i, d) in libros.sin_entregar else "aceptada",
        }
        for i in HOJAS
        for d in ("SEDU", "SSAL")
    ]
    return _sin_tipos("entregas", filas)


def _celdas(metas: pd.DataFrame, poai: pd.DataFrame, pa: list[dict[str, Any]]) -> pd.DataFrame:
    tablas = (("pi", metas), ("poai", poai), ("pa", pd.DataFrame(pa)))
    filas = [
        {
            "tabla": f"registros_{instrumento}",
            "vigencia": 2025,
            "campo": campo,
            "celda": f"{letra}{fila['fila']}",
            "codigo_meta": fila["codigo_meta"],
            **{c: fila[c] for c in ("archivo", "sha256", "hoja", "fila")},
        }
        for instrumento, tabla in tablas
        for fila in tabla.to_dict("records")
        for campo, letra in COLUMNAS[instrumento].items()
    ]
    filas += [
        {
            "tabla": "plan",
            "vigencia": 0,
            "campo": campo,
            "celda": f"{letra}{fila}",
            "codigo_meta": meta,
            "archivo": "plan.xlsx",
            "sha256": "plan".ljust(64, "0"),
            "hoja": "Plan",
            "fila": fila,
        }
        for meta, fila in CELDAS_DEL_PLAN.items()
        for campo, letra in (("bpin", "Z"), ("dependencia", "Y"), ("programado_vigencia", "X"))
    ]
    return _sin_tipos("celdas", filas)


def _cambiar(cual: str, posicion: Any, **valores: Any) -> Callable[[Libros], None]:
    def alterar(libros: Libros) -> None:
        getattr(libros, cual)[posicion].update(valores)

    return alterar


def _agregar(cual: str, **valores: Any) -> Callable[[Libros], None]:
    return lambda libros: getattr(libros, cual).append({"fila": 20, "dependencia": "SEDU", **valores})


def _quitar(cual: str, posicion: int) -> Callable[[Libros], None]:
    return lambda libros: getattr(libros, cual).pop(posicion)


def _varias(*alteraciones: Callable[[Libros], None]) -> Callable[[Libros], None]:
    return lambda libros: [alterar(libros) for alterar in alteraciones] and None


# regla, qué se daña, archivo y celda de cada lado, y un trozo de la oración con las cifras
SEMBRADAS = [
    (
        "CON-01",
        _quitar("poai", 0),
        ("pi_SEDU.xlsx", "F8"),
        ("poai_SEDU.xlsx", None),
        "La meta M1 tiene programado 10 (Número) en 2025 y el POAI no le asigna apropiación.",
    ),
    (
        "CON-02",
        _agregar("poai", codigo_meta="M9", bpin=B1, apropiacion_definitiva_cop=50e6, obligaciones_cop=0.0),
        ("poai_SEDU.xlsx", "B20"),
        ("plan.xlsx", None),
        f"apropia $ 50.000.000 al proyecto {B1} y dice la meta «M9»",
    ),
    (
        "CON-03",
        _varias(
            _cambiar("poai", 0, apropiacion_definitiva_cop=500e6),
            _agregar(
                "poai", codigo_meta="M1", bpin=B9, apropiacion_definitiva_cop=100e6, obligaciones_cop=0.0
            ),
        ),
        ("poai_SEDU.xlsx", "P20"),
        ("pa_SEDU.xlsx", None),
        f"{B9} tiene $ 100.000.000 en el POAI",
    ),
    (
        "CON-04",
        _cambiar("pa", 0, costo=700e6, municipio=700e6),
        ("pa_SEDU.xlsx", "M12"),
        ("poai_SEDU.xlsx", "P8"),
        "faltan $ 100.000.000 por financiar",
    ),
    (
        "CON-05",
        _cambiar("pa", 0, municipio=None, sgp=500e6),
        ("pa_SEDU.xlsx", "O12"),
        ("poai_SEDU.xlsx", "H8"),
        "$ 500.000.000 de Sistema General de Participaciones",
    ),
    (
        "CON-06",
        _cambiar("pa", 1, indice=0.25),
        ("pi_SSAL.xlsx", "L8"),
        ("pa_SSAL.xlsx", "K12"),
        "promedian 25,0 %, menos de 30 %",
    ),
    (
        "CON-07",
        _cambiar("metas", "M1", ejecutado_vigencia=0.0, avance=0.0),
        ("poai_SEDU.xlsx", "S8"),
        ("pi_SEDU.xlsx", "L8"),
        "$ 200.000.000",
    ),
    (
        "CON-08",
        _varias(_cambiar("metas", "M1", obligaciones_cop=0.0), _cambiar("poai", 0, obligaciones_cop=0.0)),
        ("pi_SEDU.xlsx", "L8"),
        ("poai_SEDU.xlsx", "S8"),
        "50,0 % de avance y el POAI registra obligaciones por $ 0.",
    ),
    (
        "CON-09",
        _cambiar("poai", 0, dependencia="SSAL", libro="SEDU"),
        ("plan.xlsx", "Y6"),
        ("poai_SEDU.xlsx", "D8"),
        "Secretaría de Educación y el POAI la atribuye a Secretaría de Salud",
    ),
    (
        "CON-10",
        _cambiar("metas", "M1", apropiacion_definitiva_cop=650e6),
        ("pi_SEDU.xlsx", "N8"),
        ("poai_SEDU.xlsx", "P8"),
        "difieren en $ 50.000.000",
    ),
    (
        "CON-11",
        _cambiar("metas", "M1", obligaciones_cop=199_999_999.0),
        ("pi_SEDU.xlsx", "Q8"),
        ("poai_SEDU.xlsx", "S8"),
        "difieren en $ 1.",
    ),
    (
        "CON-12",
        _cambiar("metas", "M1", bpin=B7),
        ("plan.xlsx", "Z6"),
        ("poai_SEDU.xlsx", "C8"),
        f"proyecto {B7}",
    ),
    (
        "CON-13",
        _agregar(
            "pa",
            codigo_actividad="A3",
            codigo_meta="M3",
            bpin=B2,
            dependencia="SSAL",
            programado=2.0,
            indice=0.5,
        ),
        ("pa_SSAL.xlsx", "J20"),
        ("pi_SSAL.xlsx", "E9"),
        "La actividad A3 tiene programado 2 para la meta M3",
    ),
    ("CON-14", _quitar("pa", 0), ("pi_SEDU.xlsx", "F8"), ("pa_SEDU.xlsx", None), "ninguna actividad"),
    (
        "CON-15",
        _agregar("pa", codigo_actividad="A3", codigo_meta="M1", bpin=B8, costo=10e6, indice=0.5),
        ("pa_SEDU.xlsx", "C20"),
        ("poai_SEDU.xlsx", None),
        "cuestan $ 10.000.000",
    ),
    (
        "CON-16",
        _agregar("pa", codigo_actividad="A3", codigo_meta="M9", bpin=B2, dependencia="SSAL", programado=1.0),
        ("pa_SSAL.xlsx", "B20"),
        ("plan.xlsx", None),
        "dice la meta «M9», que no está en el plan",
    ),
    (
        "CON-17",
        _agregar(
            "poai",
            codigo_meta="M3",
            bpin=B2,
            dependencia="SSAL",
            apropiacion_definitiva_cop=10e6,
            obligaciones_cop=0.0,
        ),
        ("poai_SSAL.xlsx", "P20"),
        ("pi_SSAL.xlsx", "E9"),
        "$ 10.000.000 para la meta M3",
    ),
]


def test_lo_que_cuadra_no_da_ningun_quiebre() -> None:
    assert conciliado(Libros()).empty


@pytest.mark.parametrize(
    ("regla", "alterar", "lado_a", "lado_b", "oracion"), SEMBRADAS, ids=[s[0] for s in SEMBRADAS]
)
def test_cada_falla_la_halla_su_regla_y_ninguna_otra(
    regla: str,
    alterar: Callable[[Libros], None],
    lado_a: tuple[str, str | None],
    lado_b: tuple[str, str | None],
    oracion: str,
) -> None:
    libros = Libros()
    alterar(libros)
    hallados = conciliado(libros)
    assert hallados["regla"].tolist() == [regla]
    caso = hallados.astype("object").where(hallados.notna(), None).iloc[0]
    assert (caso["archivo_a"], caso["celda_a"]) == lado_a
    assert (caso["archivo_b"], caso["celda_b"]) == lado_b
    assert oracion in caso["mensaje"]
    assert "{" not in caso["mensaje"] and caso["accion"] and caso["valor_a"] and caso["valor_b"]
    assert caso["clase"] == ("senal" if regla == "CON-17" else "quiebre")


def test_el_quiebre_dice_de_que_meta_proyecto_actividad_y_dependencia_es() -> None:
    quienes = {
        "CON-02": ["M9", B1, None, "SEDU"],
        "CON-04": ["M1", B1, None, "SEDU"],
        "CON-12": ["M1", B7, None, "SEDU"],
        "CON-16": ["M9", B2, "A3", "SSAL"],
    }
    for regla, alterar, *_ in SEMBRADAS:
        if regla in quienes:
            libros = Libros()
            alterar(libros)
            caso = conciliado(libros).astype("object").iloc[0]
            campos = caso[["codigo_meta", "bpin", "codigo_actividad", "dependencia"]]
            assert campos.where(campos.notna(), None).tolist() == quienes[regla], regla


def test_cada_regla_se_siembra_y_cada_prueba_tiene_su_regla() -> None:
    assert {s[0] for s in SEMBRADAS} == {r["id"] for r in REGLAS["reglas"]}
    assert {r["prueba"] for r in REGLAS["reglas"]} == set(PRUEBAS)


@pytest.mark.parametrize(
    ("alterar", "regla", "otra"),
    [
        # El BPIN de la meta tiene dinero en el POAI de otra dependencia.
        (_cambiar("poai", 0, codigo_meta="M2", dependencia="SSAL"), "CON-01", "SSAL"),
        # Sus actividades las lleva otra dependencia, con otra meta del mismo proyecto.
        (
            _varias(
                _cambiar("metas", "M2", bpin=f"{B2}; {B1}"),
                _cambiar("pa", 0, codigo_meta="M2", dependencia="SSAL"),
            ),
            "CON-14",
            "SSAL",
        ),
        # Lo que sobra es de una dependencia que no está en el POAI del proyecto: puede aportarlo ella.
        (
            _agregar(
                "pa",
                codigo_actividad="A3",
                codigo_meta="M1",
                bpin=B1,
                dependencia="SSAL",
                costo=300e6,
                indice=0.5,
            ),
            "CON-04",
            "SSAL",
        ),
        # La meta aparece también en su propia dependencia: dos la coordinan.
        (
            _agregar("pa", codigo_actividad="A3", codigo_meta="M1", bpin=B1, dependencia="SSAL", indice=0.5),
            "CON-09",
            "SSAL",
        ),
    ],
)
def test_lo_que_explica_otra_dependencia_es_senal(
    alterar: Callable[[Libros], None], regla: str, otra: str
) -> None:
    libros = Libros()
    alterar(libros)
    hallados = conciliado(libros).set_index("regla")
    assert hallados.loc[regla, "clase"] == "senal"
    assert hallados.loc[regla, "otra_dependencia"] == otra
    assert "Secretaría de Salud" in str(hallados.loc[regla, "mensaje"])


def test_el_plan_indicativo_que_reporta_solo_su_parte_es_senal() -> None:
    libros = Libros()
    aporte = {"codigo_meta": "M1", "bpin": B1, "dependencia": "SSAL", "nombre_fuente": "Recursos propios"}
    _agregar("poai", **aporte, apropiacion_definitiva_cop=100e6, obligaciones_cop=0.0)(libros)
    hallados = conciliado(libros).set_index("regla")
    assert hallados.loc["CON-10", "clase"] == "senal"  # 600 propios frente a 700 con lo de Salud
    assert hallados.loc["CON-10", "celda_b"] == "P8 y 1 más en otro libro u hoja"
    assert hallados.loc["CON-10", "valor_b"] == "$ 700.000.000 (suma de 2 filas)"


@pytest.mark.parametrize(("texto", "clase"), [("Se hizo por gestión.", "senal"), ("Se hizo", "quiebre")])
def test_la_observacion_explica_el_avance_sin_obligaciones(texto: str, clase: str) -> None:
    libros = Libros()
    libros.metas["M1"] |= {"obligaciones_cop": 0.0, "observacion": texto}
    libros.poai[0]["obligaciones_cop"] = 0.0
    hallados = conciliado(libros)
    assert hallados["clase"].tolist() == [clase]
    assert ("lo explica así: «Se hizo por gestión»." in hallados["mensaje"][0]) == (clase == "senal")


@pytest.mark.parametrize(
    "alterar",
    [
        # No entregó: que no esté no prueba nada.
        lambda x: (x.poai.pop(0), x.sin_entregar.add(("poai", "SEDU"))),
        lambda x: (x.pa.pop(0), x.sin_entregar.add(("pa", "SEDU"))),
        # La calidad sacó la fila: ni suma ni falta.
        lambda x: x.excluidas.append(8),
        lambda x: x.no_aceptadas.add("A1"),
        # Sin reporte en el Plan Indicativo no hay con qué comparar.
        lambda x: x.metas["M1"].update(
            ejecutado_vigencia=None, avance=None, apropiacion_definitiva_cop=None, obligaciones_cop=None
        ),
        # Vacío no es cero: no hay suma que comparar.
        lambda x: x.poai[0].update(apropiacion_definitiva_cop=None, obligaciones_cop=None),
        # Una actividad sin reporte pudo cumplir.
        lambda x: (
            x.pa[1].update(indice=0.1),
            x.pa.append(
                {
                    **x.pa[1],
                    "codigo_actividad": "A4",
                    "fila": 13,
                    "indice": None,
                    "estado": "sin_reporte",
                    "costo": 0.0,
                    "sgp": 0.0,
                }
            ),
        ),
        # El POAI no dice la fuente: no se sabe si alcanza.
        lambda x: (x.poai[0].update(nombre_fuente=None), x.pa[0].update(municipio=None, sgp=500e6)),
        # El formato no trae BPIN o no trae meta.
        lambda x: [f.update(bpin=None) for f in x.poai],
        lambda x: [f.update(bpin=None) for f in x.pa],
        lambda x: [f.update(codigo_meta=None) for f in x.pa],
        # Una fila sin meta ni BPIN puede ser la de la meta y la del proyecto.
        lambda x: x.poai[0].update(codigo_meta=None, bpin=None),
        lambda x: x.pa[0].update(codigo_meta=None, bpin=None),
        # La fila de la meta no dice su proyecto: puede ser el que no aparece.
        lambda x: x.poai[0].update(bpin=None),
        lambda x: x.pa[0].update(bpin=None),
        # Diferencia menor que medio peso.
        lambda x: x.metas["M1"].update(apropiacion_definitiva_cop=600e6 + 0.4),
    ],
)
def test_sin_dato_no_se_inventa_un_quiebre(alterar: Callable[[Libros], Any]) -> None:
    libros = Libros()
    alterar(libros)
    assert conciliado(libros)["mensaje"].tolist() == []


def test_a_la_meta_declarada_np_no_le_faltan_dinero_ni_actividades_aunque_traiga_programado() -> None:
    libros = Libros()
    libros.metas["M3"]["programado_vigencia"] = 5.0
    assert conciliado(libros)["regla"].tolist() == []


def test_un_renglon_del_plan_de_accion_con_dos_vigencias_no_cuesta_el_doble() -> None:
    assert conciliado(Libros(vigencias_pa=(2024, 2025)))["mensaje"].tolist() == []


def test_el_dinero_sin_bpin_se_dice_sin_proyecto() -> None:
    libros = Libros()
    _agregar("poai", codigo_meta="M9", apropiacion_definitiva_cop=50e6, obligaciones_cop=0.0)(libros)
    hallados = conciliado(libros)
    assert hallados["id_quiebre"].tolist() == ["CON-02:M9:sin BPIN"]
    assert "apropia $ 50.000.000 sin decir a qué proyecto y dice la meta «M9»" in hallados["mensaje"].item()


def test_lo_que_la_calidad_saco_del_poai_no_suma() -> None:
    libros = Libros(excluidas=[20])
    _agregar("poai", codigo_meta="M3", bpin=B2, dependencia="SEDU", apropiacion_definitiva_cop=1e6)(libros)
    assert conciliado(libros)["mensaje"].tolist() == []


def test_sin_obligaciones_el_poai_se_cita_en_cero_pesos() -> None:
    libros = Libros()
    libros.metas["M1"]["obligaciones_cop"] = libros.poai[0]["obligaciones_cop"] = 0.0
    hallados = conciliado(libros)
    assert hallados[["regla", "valor_b"]].to_numpy().tolist() == [["CON-08", "$ 0"]]


def test_el_poai_en_ceros_deja_a_la_meta_sin_dinero_y_cita_la_celda() -> None:
    libros = Libros()
    libros.poai[0] |= {"apropiacion_definitiva_cop": 0.0, "obligaciones_cop": 0.0}
    libros.pa[0] |= {"costo": 0.0, "municipio": 0.0}
    hallados = conciliado(libros)
    assert hallados["regla"].tolist() == ["CON-01"]
    assert hallados["celda_b"].tolist() == ["P8"]


def test_una_celda_que_comparten_varias_filas_se_cita_una_vez() -> None:
    libros = Libros()
    libros.pa += [
        {
            "codigo_actividad": f"A{n}",
            "codigo_meta": "M1",
            "bpin": B8,
            "dependencia": "SEDU",
            "fila": 20,
            "costo": 10e6,
            "indice": 0.5,
        }
        for n in (3, 4)
    ]
    hallados = conciliado(libros)
    assert hallados["regla"].tolist() == ["CON-15"]
    assert hallados["celda_a"].tolist() == ["C20"]


def test_un_libro_consolidado_aceptado_prueba_la_ausencia_en_todas() -> None:
    libros = Libros(sin_entregar={("poai", "SEDU")})
    libros.poai = [libros.poai[1]]
    assert conciliado(libros).empty
    hallados = conciliado(libros, consolidada_por="SSAL")
    assert hallados["regla"].tolist() == ["CON-01"]
    assert hallados["archivo_b"].tolist() == ["poai_SSAL.xlsx"]


def test_el_umbral_lo_fija_la_entidad() -> None:
    libros = Libros()
    libros.pa[1]["indice"] = 0.25
    assert conciliado(libros, umbrales={"actividades_bajas": 0.2}).empty


def test_una_actividad_que_pesa_cero_no_cuenta_en_el_promedio_de_su_meta() -> None:
    libros = Libros()
    libros.pa[1] |= {"indice": 0.1, "ponderacion": 0.5}
    libros.pa += [
        libros.pa[1] | {"codigo_actividad": "A3", "fila": 14, "costo": None, "sgp": None},
        libros.pa[1]
        | {"codigo_actividad": "A4", "fila": 16, "costo": None, "sgp": None, "indice": 1.0, "ponderacion": 0},
    ]
    hallados = conciliado(libros)
    assert hallados["regla"].tolist() == ["CON-06"]  # 0,5 × 0,1 + 0,5 × 0,1; con pesos iguales daba 40 %
    assert "promedian 10,0 %" in hallados["mensaje"].item()


def test_las_actividades_de_varios_proyectos_se_promedian_como_en_el_indice_publicado() -> None:
    """Un proyecto en 0,1 y otro, de más peso, en 0,6: promedian 0,35. Juntas daban (0,1 × 3 + 0,6) / 4."""
    libros = Libros()
    libros.pa[1] |= {"indice": 0.1, "ponderacion": 3}
    otra = {"codigo_actividad": "A3", "fila": 14, "costo": None, "sgp": None, "bpin": None}
    libros.pa.append(libros.pa[1] | otra | {"indice": 0.6, "ponderacion": 1})
    assert "CON-06" not in set(conciliado(libros)["regla"])


def test_una_prueba_que_no_existe_se_dice() -> None:
    reglas = {**REGLAS, "reglas": [{"id": "CON-99", "prueba": "magia"}]}
    with pytest.raises(ErrorConfiguracion, match="CON-99 pide la prueba «magia»"):
        conciliado(Libros(), reglas=reglas)
