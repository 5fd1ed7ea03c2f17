"""La comparación de cortes sobre la demostración corrida de punta a punta."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.errores import ErrorConfiguracion
from pipeline.esquemas import leer_tabla
from pipeline.flujo.comparacion import abrir_cortes, comparar


def test_lo_guardado_suma_el_cambio_de_cada_indice_publicado(cortes_demo: Path) -> None:
    carpeta = cortes_demo / "data" / "processed" / "2025" / "T3"
    variaciones = leer_tabla("variaciones", carpeta)
    publicados = leer_tabla("indices", carpeta).set_index(["nivel", "codigo"])["avance"]
    por_nodo = variaciones.groupby(["nivel", "codigo"]).agg(
        a=("indice_a", "first"), b=("indice_b", "first"), efecto=("efecto", "sum")
    )
    assert ("plan", "PLAN") in por_nodo.index
    assert (por_nodo["b"] - publicados.reindex(por_nodo.index)).abs().max() <= 1e-9
    assert (por_nodo["b"] - por_nodo["a"] - por_nodo["efecto"]).abs().max() <= 1e-9
    assert variaciones["corte_anterior"].eq("2025-T2").all()


@pytest.mark.parametrize(
    ("anterior", "posterior", "dice"),
    [
        ("2025T2", "2025-T3", "no es un corte"),
        ("2025-T3", "2025-T2", "no es anterior"),
        ("2026-T1", "2026-T2", "no tiene entregas"),
        ("2019-T1", "2025-T2", "fuera del cuatrienio"),
    ],
)
def test_un_corte_mal_pedido_se_explica(cortes_demo: Path, anterior: str, posterior: str, dice: str) -> None:
    with pytest.raises(ErrorConfiguracion, match=dice):
        comparar(*abrir_cortes(anterior, posterior, cortes_demo))
