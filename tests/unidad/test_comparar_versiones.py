"""Cotejo de dos versiones de un libro: corregido, pendiente, nuevo y cambiado sin pedirlo."""

from __future__ import annotations

from typing import Any

import pandas as pd

from pipeline.devolucion import comparar_versiones
from pipeline.esquemas import crear_tabla

CAMPOS = {"Q": ("ejecutado_vigencia", "Ejecutado"), "R": ("pagos_cop", "Pagos")}


def _celdas(valores: dict[str, tuple[str | None, str | None]], desde: int = 8) -> pd.DataFrame:
    """Una fila por meta (desde la 8) con su ejecutado (Q) y sus pagos (R)."""
    filas = []
    for fila, (meta, propios) in enumerate(valores.items(), start=desde):
        for (letra, (campo, encabezado)), valor in zip(CAMPOS.items(), propios, strict=True):
            filas.append(
                {
                    "tabla": "registros_pi", "sha256": "x", "archivo": "PI.xlsx", "hoja": "PI", "fila": fila,
                    "celda": f"{letra}{fila}", "vigencia": 2025, "campo": campo, "encabezado": encabezado,
                    "codigo_meta": meta, "valor_crudo": valor,
                }
            )  # fmt: skip
    return crear_tabla("celdas", filas)


def _hallazgos(*lugares: tuple[str | None, str, str | None]) -> pd.DataFrame:
    """De (celda, regla, meta), un hallazgo en esa celda; sin celda, uno del libro completo."""
    filas: list[dict[str, Any]] = []
    for celda, regla, meta in lugares:
        fila = int(celda[1:]) if celda else None
        columna = CAMPOS[celda[0]][1] if celda else "Pagos"
        filas.append(
            {
                "regla": regla, "severidad": "bloquea", "alcance": "fila" if celda else "libro",
                "instrumento": "pi", "hoja": "PI", "fila": fila, "celda": celda, "columna": columna,
                "codigo_meta": meta, "vigencia": 2025 if celda else None, "mensaje": regla,
                "accion": "Corrija.",
            }
        )  # fmt: skip
    return crear_tabla("hallazgos", filas)


def _resumen(tabla: pd.DataFrame) -> list[tuple[Any, ...]]:
    columnas = ["situacion", "celda", "codigo_meta", "valor_antes", "valor_ahora"]
    return [tuple(None if pd.isna(v) else v for v in fila) for fila in tabla[columnas].to_numpy()]


def test_los_cuatro_casos_cada_uno_en_su_celda() -> None:
    antes = _celdas({"M-1": ("5 aprox", "10"), "M-2": ("seis", "20"), "M-3": ("7", "30"), "M-4": ("8", "40")})
    ahora = _celdas({"M-1": ("5", "10"), "M-2": ("seis", "20"), "M-3": ("nueve", "30"), "M-4": ("8", "41")})
    tabla = comparar_versiones(
        _hallazgos(("Q8", "LIM-02", "M-1"), ("Q9", "LIM-02", "M-2")),
        _hallazgos(("Q9", "LIM-02", "M-2"), ("Q10", "LIM-02", "M-3")),
        antes,
        ahora,
    )
    assert _resumen(tabla) == [
        ("pendiente", "Q9", "M-2", "seis", "seis"),
        ("nuevo", "Q10", "M-3", "7", "nueve"),
        ("cambiado", "R11", "M-4", "40", "41"),
        ("corregido", "Q8", "M-1", "5 aprox", "5"),
    ]


def test_dos_versiones_iguales_y_limpias_no_dan_nada() -> None:
    celdas = _celdas({"M-1": ("5", None)})
    assert comparar_versiones(_hallazgos(), _hallazgos(), celdas, celdas).empty


def test_lo_que_sigue_mal_con_otro_valor_sigue_pendiente() -> None:
    tabla = comparar_versiones(
        _hallazgos(("Q8", "LIM-02", "M-1")),
        _hallazgos(("Q8", "LIM-02", "M-1")),
        _celdas({"M-1": ("cinco", "10")}),
        _celdas({"M-1": ("5 aprox", "10")}),
    )
    assert _resumen(tabla) == [("pendiente", "Q8", "M-1", "cinco", "5 aprox")]


def test_otra_falla_en_la_misma_celda_es_corregido_y_nuevo() -> None:
    tabla = comparar_versiones(
        _hallazgos(("Q8", "LIM-02", "M-1")),
        _hallazgos(("Q8", "PI-08", "M-1")),
        _celdas({"M-1": ("cinco", "10")}),
        _celdas({"M-1": ("5000", "10")}),
    )
    assert [(f[0], f[1]) for f in _resumen(tabla)] == [("nuevo", "Q8"), ("corregido", "Q8")]


def test_correr_las_filas_no_es_cambiar_los_valores() -> None:
    antes = _celdas({"M-1": ("5 aprox", "10"), "M-2": ("6", "20")})
    ahora = _celdas({"M-1": ("5", "10"), "M-2": ("6", "20")}, desde=11)
    tabla = comparar_versiones(_hallazgos(("Q8", "LIM-02", "M-1")), _hallazgos(), antes, ahora)
    assert _resumen(tabla) == [("corregido", "Q11", "M-1", "5 aprox", "5")]


def test_llenar_una_columna_que_faltaba_no_es_cambiar_sin_pedirlo() -> None:
    completa = _celdas({"M-1": ("5", "10")})
    sin_pagos = completa[completa["campo"] != "pagos_cop"]
    tabla = comparar_versiones(_hallazgos((None, "LEC-07", None)), _hallazgos(), sin_pagos, completa)
    assert list(tabla["situacion"]) == ["corregido"]


def test_vaciar_una_celda_sana_es_un_cambio_que_no_se_pidio() -> None:
    tabla = comparar_versiones(
        _hallazgos(), _hallazgos(), _celdas({"M-1": ("5", "10")}), _celdas({"M-1": ("5", None)})
    )
    assert _resumen(tabla) == [("cambiado", "R8", "M-1", "10", None)]


def test_un_cambio_en_una_fila_con_correcciones_lo_dice() -> None:
    tabla = comparar_versiones(
        _hallazgos(("Q8", "LIM-02", "M-1")),
        _hallazgos(),
        _celdas({"M-1": ("cinco", "10")}),
        _celdas({"M-1": ("5", "11")}),
    )
    mensajes = dict(zip(tabla["situacion"], tabla["mensaje"], strict=True))
    assert "en esa fila era en otra celda" in mensajes["cambiado"]


def test_una_fila_agregada_o_retirada_sin_pedirlo_se_dice_una_vez() -> None:
    tabla = comparar_versiones(
        _hallazgos(),
        _hallazgos(),
        _celdas({"M-1": ("5", "10"), "M-2": ("6", "20")}),
        _celdas({"M-1": ("5", "10"), "M-9": ("6", "20")}),
    )
    assert sorted((f[0], f[2]) for f in _resumen(tabla)) == [("cambiado", "M-2"), ("cambiado", "M-9")]


def test_retirar_la_fila_repetida_que_se_pidio_retirar_no_es_un_cambio() -> None:
    antes = pd.concat([_celdas({"M-1": ("5", "10")}), _celdas({"M-1": ("6", "10")}, desde=9)])
    tabla = comparar_versiones(
        _hallazgos(("Q9", "PI-02", "M-1")), _hallazgos(), antes, _celdas({"M-1": ("5", "10")})
    )
    assert list(tabla["situacion"]) == ["corregido"]


def test_si_la_version_anterior_no_se_pudo_leer_nada_cuenta_como_cambio() -> None:
    tabla = comparar_versiones(
        _hallazgos((None, "LEC-03", None)), _hallazgos(), _celdas({}), _celdas({"M-1": ("5", "10")})
    )
    assert list(tabla["situacion"]) == ["corregido"]


def test_lo_que_decia_y_lo_que_dice_se_muestran_con_coma_decimal() -> None:
    antes, ahora = (
        _celdas({"M-1": (crudo, None)}).assign(valor_numero=float(crudo)) for crudo in ("0.35", "0.4")
    )
    (cambio,) = _resumen(comparar_versiones(_hallazgos(), _hallazgos(), antes, ahora))
    assert cambio == ("cambiado", "Q8", "M-1", "0,35", "0,4")
