"""La hoja en que Control Interno verifica la muestra: lo publicado va lleno; lo que halle, en blanco."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import pandas as pd

from pipeline.libros.columnas import Columna, textos
from pipeline.libros.tablas import Hoja, escribir_libro

HOJA = "Muestra"
RESULTADOS = {"coincide": "Coincide", "no_coincide": "No coincide", "no_verificable": "No se pudo verificar"}
COLUMNAS = tuple(Columna(**c) for c in textos()["verificacion"])
EN_BLANCO = ("valor_encontrado", "resultado", "evaluacion", "recomendacion", "fecha")


def escribir_verificacion(
    destino: Path,
    muestra: pd.DataFrame,
    *,
    titulo: str,
    fecha: date,
    control: Mapping[str, str],
    renglones: Sequence[str],
    notas: Sequence[str] = (),
) -> Path:
    """Ruta del libro de verificación. `muestra` trae los campos de COLUMNAS, menos los que van en blanco.

    `control` va en una hoja oculta, para leerlo cuando vuelva. Levanta ErrorEntorno si no se puede escribir.
    """
    hoja = Hoja(
        nombre=HOJA,
        datos=muestra.assign(**dict.fromkeys(EN_BLANCO)),
        columnas=COLUMNAS,
        renglones=renglones,
        fijas=2,
        editables=EN_BLANCO,
        listas={"resultado": list(RESULTADOS.values())},
    )
    return escribir_libro(destino, [hoja], titulo=titulo, fecha=fecha, notas=notas, control=control)
