"""Quién entregó, cuándo y qué falta, antes de leer ningún libro."""

from __future__ import annotations

import pandas as pd

from pipeline import recepcion
from pipeline.flujo.contexto import Contexto
from pipeline.flujo.entrada import unir
from pipeline.flujo.vistas import renglon_de_entrega
from pipeline.modelo import NOMBRES_DE_INSTRUMENTO


def entregas_del_corte(contexto: Contexto) -> pd.DataFrame:
    """Tabla `entregas` de todos los instrumentos que sigue la entidad, todavía sin revisar."""
    partes = [
        recepcion.armar_entregas(
            recepcion.leer_recepciones(contexto.rutas, contexto.corte, instrumento),
            config=contexto.config,
            corte=contexto.corte,
            instrumento=instrumento,
        )
        for instrumento in contexto.seguidos
    ]
    return unir("entregas", partes)


def presentar_estado(contexto: Contexto, entregas: pd.DataFrame) -> str:
    """El estado para la pantalla: por instrumento, cuántas entregaron y un renglón por libro o ausente."""
    renglones = [str(contexto)]
    for instrumento in contexto.seguidos:
        propias = entregas[entregas["instrumento"] == instrumento]
        recibidas, todas = propias[propias["version"] > 0]["dependencia"], propias["dependencia"]
        nombre = NOMBRES_DE_INSTRUMENTO[instrumento]
        renglones.append(f"{nombre}: {recibidas.nunique()} de {todas.nunique()} dependencias entregaron.")
        if len(recibidas):  # si nadie ha entregado, la lista de todas no dice nada más
            renglones += [renglon_de_entrega(fila) for fila in propias.to_dict("records")]
        else:
            renglones.append(f"  ○ todas están sin entregar (vence {propias['vence'].iloc[0]})")
    return "\n".join(renglones)
