"""La puerta de calidad: qué libro se devuelve y qué filas salen de los índices."""

from __future__ import annotations

import pandas as pd
import pytest

from pipeline.calidad import (
    decidir_entregas,
    filas_excluidas,
    nota_de_version,
    registros_aceptados,
    usar_versiones,
    versiones_rechazadas,
)
from pipeline.esquemas import crear_tabla, revisar_tabla


def entregas(*filas: dict[str, object]) -> pd.DataFrame:
    comunes = {"vigencia": 2025, "periodo": "T3", "instrumento": "pi", "dependencia": "SALU", "version": 1}
    return crear_tabla("entregas", [{**comunes, "sha256": "s1", "n_filas": 10, **fila} for fila in filas])


def hallazgos(*filas: dict[str, object]) -> pd.DataFrame:
    comunes = {
        "regla": "PI-04",
        "severidad": "bloquea",
        "alcance": "fila",
        "instrumento": "pi",
        "dependencia": "SALU",
        "sha256": "s1",
        "hoja": "PI",
        "vigencia": 2025,
        "mensaje": "m",
        "accion": "a",
    }
    return crear_tabla("hallazgos", [{**comunes, **fila} for fila in filas])


def registros(*filas: dict[str, object]) -> pd.DataFrame:
    comunes = {
        "vigencia": 2025,
        "dependencia": "SALU",
        "archivo": "s.xlsx",
        "sha256": "s1",
        "hoja": "PI",
        "codigo_meta": "1",
    }
    return crear_tabla("registros_pi", [{**comunes, **fila} for fila in filas])


def estado(decididas: pd.DataFrame) -> str:
    return str(decididas["estado"].item())


def claves(excluidas: pd.DataFrame) -> set[tuple[object, ...]]:
    return set(map(tuple, excluidas[["sha256", "fila", "vigencia"]].astype(object).to_numpy()))


def test_un_libro_sin_hallazgos_se_acepta() -> None:
    decididas = decidir_entregas(entregas({}), hallazgos(), 0.2)
    assert estado(decididas) == "aceptada"
    assert decididas[["n_bloquea", "n_observa", "n_informa"]].iloc[0].tolist() == [0, 0, 0]
    revisar_tabla("entregas", decididas)


def test_lo_que_solo_informa_no_le_quita_la_aceptacion() -> None:
    assert estado(decidir_entregas(entregas({}), hallazgos({"severidad": "informa"}), 0.2)) == "aceptada"


def test_una_observacion_acepta_el_libro_con_observaciones_y_se_cuenta() -> None:
    decididas = decidir_entregas(entregas({}), hallazgos({"severidad": "observa", "fila": 2}), 0.2)
    assert estado(decididas) == "aceptada_con_observaciones"
    assert decididas["n_observa"].item() == 1


@pytest.mark.parametrize(("bloqueadas", "esperado"), [(2, "aceptada_con_observaciones"), (3, "devuelta")])
def test_se_devuelve_con_mas_filas_bloqueadas_que_la_proporcion(bloqueadas: int, esperado: str) -> None:
    vistas = hallazgos(
        *({"fila": fila} for fila in range(2, 2 + bloqueadas))
    )  # 2 o 3 de 10 filas, límite 20 %
    assert estado(decidir_entregas(entregas({}), vistas, 0.2)) == esperado


def test_varios_bloqueos_de_una_fila_cuentan_como_una() -> None:
    vistas = hallazgos(
        *({"fila": 2, "regla": r, "vigencia": v} for r in ("PI-02", "PI-04") for v in (2024, 2025))
    )
    decididas = decidir_entregas(entregas({}), vistas, 0.2)
    assert estado(decididas) == "aceptada_con_observaciones"
    assert decididas["n_bloquea"].item() == 4


def test_un_bloqueo_de_libro_lo_devuelve_o_lo_declara_ilegible_si_no_se_leyo_nada() -> None:
    de_libro = hallazgos({"alcance": "libro", "regla": "LEC-07"})
    assert estado(decidir_entregas(entregas({}), de_libro, 0.2)) == "devuelta"
    assert estado(decidir_entregas(entregas({"n_filas": 0}), de_libro, 0.2)) == "ilegible"
    assert estado(decidir_entregas(entregas({"n_filas": None}), de_libro, 0.2)) == "ilegible"


@pytest.mark.parametrize("fijo", ["reemplazada", "no_entregada"])
def test_la_entrega_reemplazada_o_ausente_conserva_su_estado(fijo: str) -> None:
    assert estado(decidir_entregas(entregas({"estado": fijo}), hallazgos({"fila": 2}), 0.0)) == fijo


def test_los_hallazgos_del_plan_no_cuentan_aunque_sea_el_mismo_archivo() -> None:
    del_plan = hallazgos({"instrumento": "plan", "dependencia": None, "fila": 2})
    assert estado(decidir_entregas(entregas({}), del_plan, 0.0)) == "aceptada"
    assert filas_excluidas(registros({"fila": 2}), entregas({"estado": "aceptada"}), del_plan).empty


def test_el_mismo_archivo_de_dos_dependencias_se_juzga_por_separado() -> None:
    dos = entregas({}, {"dependencia": "EDUC"})
    decididas = decidir_entregas(dos, hallazgos({"fila": 2, "dependencia": "EDUC"}), 0.0)
    assert decididas["estado"].tolist() == ["aceptada", "devuelta"]


def test_sale_la_fila_bloqueada_solo_en_su_vigencia() -> None:
    leidos = registros({"fila": 2}, {"fila": 2, "vigencia": 2024}, {"fila": 3})
    excluidas = filas_excluidas(leidos, entregas({"estado": "aceptada"}), hallazgos({"fila": 2}))
    assert claves(excluidas) == {("s1", 2, 2025)}


def test_un_bloqueo_sin_vigencia_saca_la_fila_en_todas() -> None:
    leidos = registros({"fila": 2}, {"fila": 2, "vigencia": 2024}, {"fila": 3})
    vistas = hallazgos({"fila": 2, "vigencia": None})
    assert claves(filas_excluidas(leidos, entregas({"estado": "aceptada"}), vistas)) == {
        ("s1", 2, 2025),
        ("s1", 2, 2024),
    }


def test_de_un_libro_devuelto_no_queda_ninguna_fila_y_del_vecino_todas() -> None:
    leidos = registros({"fila": 2}, {"fila": 3}, {"fila": 2, "sha256": "s2", "dependencia": "EDUC"})
    del_corte = entregas(
        {"estado": "devuelta"}, {"estado": "aceptada", "sha256": "s2", "dependencia": "EDUC"}
    )
    assert claves(filas_excluidas(leidos, del_corte, hallazgos())) == {("s1", 2, 2025), ("s1", 3, 2025)}


def test_las_observaciones_no_sacan_filas() -> None:
    vistas = hallazgos({"fila": 2, "severidad": "observa"})
    assert filas_excluidas(registros({"fila": 2}), entregas({"estado": "aceptada"}), vistas).empty


def test_solo_de_lo_aceptado_se_usan_las_cifras() -> None:
    dos = entregas({"version": 1}, {"version": 2, "dependencia": "EDUC", "sha256": "s2"})
    decididas = decidir_entregas(dos, hallazgos({"alcance": "libro"}), 0.2)
    assert decididas["estado"].tolist() == ["devuelta", "aceptada"]
    assert decididas["version_usada"].fillna(0).tolist() == [0, 2]


def test_un_reenvio_devuelto_sigue_devuelto_pero_cuenta_la_version_anterior() -> None:
    decididas = entregas(
        {"version": 1, "estado": "reemplazada"},
        {"version": 2, "estado": "devuelta", "sha256": "s2"},
        {"version": 1, "estado": "devuelta", "dependencia": "EDUC", "sha256": "s3"},
        {"version": 2, "estado": "ilegible", "dependencia": "HACI", "sha256": "s4"},
    )
    assert versiones_rechazadas(decididas) == {"SALU": 2, "HACI": 2}  # EDUC no tiene otra
    usadas = usar_versiones(decididas, {"SALU": 1})
    revisar_tabla("entregas", usadas)
    assert usadas["estado"].tolist() == decididas["estado"].tolist()
    notas = [nota_de_version(fila) for fila in usadas.to_dict("records")]
    assert notas == ["", "Se usaron las cifras de la versión 1 porque la 2 se devolvió.", "", ""]


def test_el_libro_consolidado_cuenta_lo_de_todas_sus_dependencias_y_si_se_devuelve_sale_entero() -> None:
    consolidado = entregas({"dependencia": "SPLA", "n_filas": 2})
    hallado = hallazgos({"dependencia": "SALU", "fila": 2})
    decididas = decidir_entregas(consolidado, hallado, 0.2)
    assert decididas["n_bloquea"].item() == 1
    assert estado(decididas) == "devuelta"  # una de dos filas bloqueadas pasa del 20 %
    filas = registros({"dependencia": "SALU", "fila": 2}, {"dependencia": "SEDU", "fila": 3})
    assert claves(filas_excluidas(filas, decididas, hallado)) == {("s1", 2, 2025), ("s1", 3, 2025)}


def test_se_aceptan_las_filas_sin_bloqueo_y_ninguna_del_libro_devuelto() -> None:
    recibidas = registros({"fila": 8}, {"fila": 9}, {"fila": 8, "sha256": "s2", "dependencia": "EDUC"})
    libros = entregas(
        {"estado": "aceptada_con_observaciones"},
        {"sha256": "s2", "dependencia": "EDUC", "estado": "devuelta"},
    )
    aceptadas = registros_aceptados(recibidas, libros, hallazgos({"fila": 9}))
    assert claves(aceptadas) == {("s1", 8, 2025)}


def test_el_libro_con_que_una_dependencia_entrega_dos_instrumentos_se_devuelve_entero() -> None:
    libros = entregas(
        {"dependencia": "SPLA", "estado": "devuelta"},
        {"dependencia": "SPLA", "instrumento": "pa", "estado": "devuelta"},
    )
    filas = registros({"dependencia": "SEDU", "fila": 3})  # de otra, en la entrega consolidada
    assert claves(filas_excluidas(filas, libros, hallazgos())) == {("s1", 3, 2025)}
