"""Las figuras del cambio y del tiempo: lo que dicen sale de los números y sin datos no existen."""

from __future__ import annotations

import pandas as pd

from pipeline.graficos import cadena_por_fuente, cascada, mapa_de_calor, trayectoria

NADA = float("nan")


def _pasos(*pasos: tuple[str, float, bool]) -> pd.DataFrame:
    return pd.DataFrame(pasos, columns=["paso", "efecto", "es_resto"])


def test_la_cascada_dice_cuanto_cambio_y_quien_lo_movio() -> None:
    pasos = _pasos(("3 metas avanzaron", 0.05, False), ("1 meta dejó de reportar", -0.02, False))
    figura = cascada(pasos, inicio=0.40, fin=0.43, anterior="2025 T2", corte="Ibagué, 2025 T3")
    assert figura is not None
    assert figura.titular == (
        "El avance subió 3,0 puntos desde 2025 T2: 3 metas avanzaron (+5,0) y 1 meta dejó de reportar (−2,0)"
    )
    assert "de 40,0 % en 2025 T2 a 43,0 %" in figura.alt
    assert figura.datos["Avance"].tolist() == ["40,00 %", "45,00 %", "43,00 %", "43,00 %"]


def test_el_resto_no_encabeza_la_cascada_y_lo_que_bajo_va_primero() -> None:
    pasos = _pasos(("MP-1 Vías", 0.01, False), ("MP-2 Aulas", -0.03, False), ("9 metas más", -0.2, True))
    figura = cascada(pasos, inicio=0.5, fin=0.28, anterior="2025 T2", corte="x")
    assert figura is not None
    assert figura.titular.endswith("bajó 22,0 puntos desde 2025 T2: MP-2 Aulas (−3,0) y MP-1 Vías (+1,0)")


def test_sin_pasos_no_hay_cascada() -> None:
    assert cascada(_pasos(), inicio=NADA, fin=NADA, anterior="", corte="x") is None


def _serie(*filas: tuple[str, str, float, float]) -> pd.DataFrame:
    serie = pd.DataFrame(filas, columns=["codigo", "corte", "avance", "esperado"])
    cotas = {"cota_inferior": serie["avance"], "cota_superior": serie["avance"]}
    return serie.assign(nombre=serie["codigo"], **cotas)


def test_el_mapa_cuenta_las_que_siempre_fueron_por_debajo() -> None:
    serie = _serie(
        ("A", "2025-T1", 0.1, 0.2), ("A", "2025-T2", 0.3, 0.5),
        ("B", "2025-T1", 0.1, 0.2), ("B", "2025-T2", 0.6, 0.5),
    )  # fmt: skip
    figura = mapa_de_calor(serie, "Ibagué, 2025 T2")
    assert figura is not None
    assert figura.titular.startswith("1 dependencia de 2 ha ido por debajo de lo esperado en todos")
    assert "B: 2025-T1 10,0 %, 2025-T2 60,0 %" in figura.alt
    assert list(figura.datos.columns) == ["Dependencia", "2025-T1", "2025-T2"]


def test_el_mapa_no_cuenta_por_debajo_a_quien_depende_de_lo_que_falta_por_reportar() -> None:
    serie = _serie(
        ("A", "2025-T1", 0.1, 0.2), ("A", "2025-T2", 0.3, 0.5),
        ("B", "2025-T1", 0.1, 0.2), ("B", "2025-T2", 0.0, 0.5),  # B no reportó en T2: 0 a 100 %
    )  # fmt: skip
    serie.loc[3, "cota_superior"] = 1.0
    figura = mapa_de_calor(serie, "Ibagué, 2025 T2")
    assert figura is not None
    assert figura.titular == (
        "1 dependencia de 2 ha ido por debajo de lo esperado en todos los cortes de 2025; de 1 no se sabe, "
        "porque falta reporte"
    )
    sola = serie[serie["codigo"] == "B"].assign(esperado=[0.1, 0.5])
    assert mapa_de_calor(sola, "x").titular.startswith("Ninguna dependencia va con seguridad por debajo")


def test_con_un_solo_corte_no_hay_mapa() -> None:
    assert mapa_de_calor(_serie(("A", "2025-T1", 0.1, 0.2)), "x") is None


def test_la_trayectoria_dice_lo_que_lleva_y_lo_que_debia_llevar() -> None:
    serie = pd.DataFrame(
        {"periodo": ["T1", "T2", "T3"], "programado": [10.0, 20.0, 30.0], "ejecutado": [4.0, 12.5, NADA]}
    )
    figura = trayectoria(serie, meta="MP-1", unidad="km", vigencia=2025)
    assert figura is not None
    assert figura.titular == "MP-1 lleva 12,5 en T2 y debía llevar 20"
    assert "T3: ejecutado s. d., programado 30" in figura.alt
    vacia = serie.assign(programado=NADA, ejecutado=NADA)
    assert trayectoria(vacia, meta="MP-1", unidad="km", vigencia=2025) is None


def test_la_cadena_por_fuente_no_toma_el_vacio_por_cero() -> None:
    fuentes = pd.DataFrame(
        {
            "nombre": ["Propios", "SGP", "Crédito"],
            "apropiacion_definitiva_cop": [100.0, 200.0, 50.0],
            "razon_compromisos": [0.8, 0.5, NADA],
            "razon_obligaciones": [0.5, 0.1, NADA],
            "razon_pagos": [0.4, 0.1, NADA],
        }
    )
    figura = cadena_por_fuente(fuentes, "2025 T3")
    assert figura is not None
    assert (
        figura.titular == "La fuente que más se ha obligado es Propios (50,0 %) y la que menos, SGP (10,0 %)"
    )
    assert figura.datos["Obligado"].tolist() == ["50,0 %", "10,0 %", "s. d."]
    assert cadena_por_fuente(fuentes.assign(apropiacion_definitiva_cop=NADA), "x") is None
