"""La matriz pone al lado lo que las tablas dicen; la muestra la repite cualquiera con sha256sum."""

from __future__ import annotations

import hashlib

import pandas as pd
import pytest

from pipeline.errores import ErrorConfiguracion
from pipeline.esquemas import crear_tabla
from pipeline.matriz import armar_matriz, situacion
from pipeline.muestra import repartir, sacar_muestra, tamano_sugerido

LIBRO_PI = {"archivo": "PI.xlsx", "sha256": "a" * 64, "hoja": "Plan Indicativo"}
LIBRO_PA = {"archivo": "PA.xlsx", "sha256": "b" * 64, "hoja": "FOR-08"}


def _meta(codigo: str, **valores: object) -> dict[str, object]:
    comun = {"vigencia": 2025, "periodo": "T3", "codigo_meta": codigo, "dependencia": "SEDU"}
    return {**comun, "estado_reporte": "reportada", **valores}


def _actividad(codigo: str, **valores: object) -> dict[str, object]:
    comun = {"id_actividad": f"SEDU:{codigo}:1", "codigo_actividad": codigo, "dependencia": "SEDU"}
    return {**comun, "es_vencida": False, "estado_reporte": "reportada", **LIBRO_PA, **valores}


@pytest.fixture(scope="module")
def matriz() -> pd.DataFrame:
    metas = [
        _meta("M-10", fila=9, estado_reporte="sin_reporte", esperado=0.75),
        _meta("M-2", fila=8, **LIBRO_PI, avance_crudo=0.5, esperado=0.75, ejecucion_financiera=0.4),
    ]
    actividades = [
        _actividad(
            "A1",
            codigo_meta="M-2",
            fila=12,
            indice_fisico_crudo=1.0,
            indice_fisico_declarado=0.9,
            esperado=0.75,
            evidencia="Acta 4",
            decision_grupo="devuelta",
            motivo_grupo="Falta el acta",
            revisor="Profesional",
            version=2,
        ),
        _actividad("A2", codigo_meta="M-2", fila=14, indice_fisico_crudo=0.2, esperado=1.0, es_vencida=True),
    ]
    celdas = [
        {
            "tabla": "registros_pi",
            **LIBRO_PI,
            "fila": 8,
            "celda": "K8",
            "vigencia": 2024,
            "campo": "ejecutado_vigencia",
        },
        {
            "tabla": "registros_pi",
            **LIBRO_PI,
            "fila": 8,
            "celda": "L8",
            "vigencia": 2025,
            "campo": "ejecutado_vigencia",
        },
        {
            "tabla": "registros_pa",
            **LIBRO_PA,
            "fila": 12,
            "celda": "B12",
            "vigencia": 0,
            "campo": "codigo_actividad",
        },
        {
            "tabla": "registros_pa",
            **LIBRO_PA,
            "fila": 12,
            "celda": "J13",
            "vigencia": 2025,
            "campo": "ejecutado_actividad",
        },
    ]
    casos = [
        {
            "id_quiebre": "CON-09:M-2:pa:SSAL",
            "regla": "CON-09",
            "nombre_regla": "Distinta dependencia",
            "clase": "quiebre",
            "codigo_meta": "M-2",
            "mensaje": "m",
            "accion": "a",
        },
        {
            "id_quiebre": "CON-13:x",
            "regla": "CON-13",
            "nombre_regla": "De una no programada",
            "clase": "quiebre",
            "codigo_meta": "M-2",
            "codigo_actividad": "A2",
            "dependencia": "SEDU",
            "mensaje": "m",
            "accion": "a",
        },
    ]
    entrega = {"vigencia": 2025, "periodo": "T3", "instrumento": "pi", "dependencia": "SEDU", "version": 3}
    reporte = {"vigencia": 2025, "dependencia": "SEDU", "fila": 8, **LIBRO_PI}
    return armar_matriz(
        actividades=crear_tabla("actividades", actividades),
        metas=crear_tabla("metas", metas),
        registros_pi=crear_tabla(
            "registros_pi", [{**reporte, "avance_declarado": 0.6, "evidencia": "Carpeta 7"}]
        ),
        conciliacion=crear_tabla("conciliacion", casos),
        entregas=crear_tabla("entregas", [{**entrega, "sha256": "a" * 64, "estado": "aceptada"}]),
        celdas=crear_tabla("celdas", celdas),
        vigencia=2025,
    )


def test_un_renglon_con_una_vigencia_posterior_cita_la_del_corte() -> None:
    # La fila 8 del libro: 2024 en K (declara 0,5, Acta 1) y 2025 en L (declara 0,9, Acta 2).
    lugar = {"fila": 8, **LIBRO_PI}
    reporte = {"codigo_meta": "M-2", "dependencia": "SEDU", **lugar}
    celda = {"tabla": "registros_pi", **lugar}
    por_vigencia = [(2024, "K8", 0.5, "Acta 1"), (2025, "L8", 0.9, "Acta 2")]

    def armar(vigencia: int, *celdas: dict[str, object]) -> dict[str, object]:
        matriz = armar_matriz(
            actividades=crear_tabla("actividades"),
            metas=crear_tabla("metas", [_meta("M-2", vigencia=vigencia, **lugar, avance_crudo=0.5)]),
            registros_pi=crear_tabla(
                "registros_pi",
                [
                    {**reporte, "vigencia": v, "avance_declarado": declarado, "evidencia": acta}
                    for v, _, declarado, acta in por_vigencia
                ],
            ),
            conciliacion=crear_tabla("conciliacion"),
            entregas=crear_tabla("entregas"),
            celdas=crear_tabla("celdas", celdas),
            vigencia=vigencia,
        )
        return dict(matriz.iloc[0][["celda", "declarado", "evidencia"]])

    ejecutado = [
        {**celda, "celda": donde, "vigencia": v, "campo": "ejecutado_vigencia"}
        for v, donde, _, _ in por_vigencia
    ]
    codigo = {**celda, "celda": "A8", "vigencia": 0, "campo": "codigo_meta"}
    assert armar(2024, *ejecutado, codigo) == {"celda": "K8", "declarado": 0.5, "evidencia": "Acta 1"}
    assert armar(2025, *ejecutado, codigo) == {"celda": "L8", "declarado": 0.9, "evidencia": "Acta 2"}
    # Sin celda de lo ejecutado en la vigencia, la del renglón; nunca la de otro año.
    assert armar(2024, ejecutado[1], codigo)["celda"] == "A8"


def test_cada_meta_va_seguida_de_sus_actividades_en_el_orden_del_plan(matriz: pd.DataFrame) -> None:
    assert matriz["id_renglon"].tolist() == [
        "meta:M-2",
        "actividad:SEDU:A1:1",
        "actividad:SEDU:A2:1",
        "meta:M-10",
    ]
    assert matriz["estado"].tolist() == ["rezagada", "cumplida", "vencida", "sin_reporte"]


def test_lo_declarado_va_al_lado_de_lo_calculado_con_su_evidencia_y_su_celda(matriz: pd.DataFrame) -> None:
    meta, actividad, otra, sin_reporte = (
        matriz.astype("object").where(matriz.notna(), None).to_dict("records")
    )
    assert (meta["calculado"], meta["declarado"]) == (0.5, 0.6)
    assert meta["diferencia"] == pytest.approx(0.1)
    assert (meta["evidencia"], meta["version"], meta["celda"]) == ("Carpeta 7", 3, "L8")
    assert actividad["diferencia"] == pytest.approx(-0.1)
    assert (actividad["celda"], actividad["version"], actividad["revisor"]) == ("J13", 2, "Profesional")
    assert (actividad["decision_grupo"], actividad["motivo_grupo"]) == ("devuelta", "Falta el acta")
    assert sin_reporte["calculado"] is None and sin_reporte["celda"] is None and otra["diferencia"] is None


def test_cada_quiebre_queda_en_el_renglon_que_nombra(matriz: pd.DataFrame) -> None:
    assert matriz["n_quiebres"].tolist() == [1, 0, 1, 0]
    assert matriz["quiebres"].fillna("").tolist()[:3] == [
        "CON-09 Distinta dependencia",
        "",
        "CON-13 De una no programada",
    ]


@pytest.mark.parametrize(
    ("estado", "avance", "esperado", "vencida", "situacion_esperada"),
    [
        ("reportada", 0.75, 0.75, False, "al_dia"),
        ("reportada", 0.75, None, False, "reportada"),
        ("reportada", None, 0.75, False, "reportada"),
        ("devuelta", None, 0.75, False, "devuelta"),
        ("no_programada", 0.3, None, False, "no_programada"),
        ("sin_reporte", None, 1.0, True, "vencida"),
    ],
)
def test_la_situacion_no_supone_lo_que_falta(
    estado: str, avance: float | None, esperado: float | None, vencida: bool, situacion_esperada: str
) -> None:
    assert situacion(estado, avance, esperado, es_vencida=vencida) == situacion_esperada


def _metas(**por_dependencia: int) -> pd.DataFrame:
    filas = [
        _meta(f"{d}-{n}", dependencia=d, nombre_dependencia=f"Secretaría {d}")
        for d, cuantas in por_dependencia.items()
        for n in range(cuantas)
    ]
    filas.append(_meta("NP", dependencia="SEDU", estado_reporte="no_programada"))
    filas.append(_meta("HUERFANA", dependencia=None))
    return crear_tabla("metas", filas)


def test_salen_las_claves_menores_de_cada_dependencia_y_se_repite_igual() -> None:
    metas = _metas(SEDU=10, SSAL=4, OJUR=1)
    muestra = sacar_muestra(metas, semilla="73001-2025-T3", tamano=6)
    assert muestra["dependencia"].value_counts().to_dict() == {"SEDU": 3, "SSAL": 2, "OJUR": 1}
    claves = sorted(hashlib.sha256(f"73001-2025-T3|SEDU|SEDU-{n}".encode()).hexdigest() for n in range(10))
    assert muestra.loc[muestra["dependencia"] == "SEDU", "clave_del_sorteo"].tolist() == claves[:3]
    barajadas = metas.sample(frac=1, random_state=1)
    pd.testing.assert_frame_equal(sacar_muestra(barajadas, semilla="73001-2025-T3", tamano=6), muestra)
    otra = sacar_muestra(metas, semilla="73001-2025-T4", tamano=6)
    assert otra["codigo_meta"].tolist() != muestra["codigo_meta"].tolist()
    assert not {"NP", "HUERFANA"} & set(sacar_muestra(metas, semilla="x", tamano=99)["codigo_meta"])


def test_el_reparto_deja_al_menos_una_y_nunca_mas_de_las_que_hay() -> None:
    assert repartir(1, {"A": 5, "B": 5}) == {"A": 1, "B": 1}
    assert repartir(100, {"A": 5, "B": 2}) == {"A": 5, "B": 2}
    assert repartir(5, {"A": 4, "B": 4, "C": 0}) == {"A": 3, "B": 2}  # empatan en 1,5: va al primero
    assert repartir(3, {}) == {}


def test_el_tamano_es_el_de_una_proporcion_con_poblacion_finita() -> None:
    # n0 = 1,96² × 0,25 / 0,05² = 384,16; con N = 333: 384,16 / (1 + 383,16/333) = 178,6
    assert tamano_sugerido(333, error=0.05) == 179
    with pytest.raises(ErrorConfiguracion, match="confianza 0.8"):
        tamano_sugerido(10, confianza=0.8)
    with pytest.raises(ErrorConfiguracion, match="semilla"):
        sacar_muestra(_metas(SEDU=1), semilla=" ")


def test_un_plan_sin_dependencias_da_una_muestra_vacia_y_no_una_falla() -> None:
    """Las exportaciones de SisPT no traen responsable: ninguna meta entra en un estrato."""
    muestra = sacar_muestra(crear_tabla("metas", [_meta("IP-1", dependencia=None)]), semilla="25126-2025-T3")
    assert muestra.empty and "orden" in muestra
