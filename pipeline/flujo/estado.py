"""Quién entregó, cuándo y qué falta, antes de leer ningún libro."""

from __future__ import annotations

import pandas as pd

from pipeline import recepcion
from pipeline.errores import ErrorEntorno
from pipeline.flujo.contexto import Contexto
from pipeline.flujo.entrada import unir
from pipeline.flujo.vistas import renglon_de_entrega
from pipeline.recepcion import NOMBRES_DE_INSTRUMENTO


def exigir_entregas(contexto: Contexto) -> None:
    """Levanta ErrorEntorno si en el corte no se ha recibido ningún libro de los que se piden.

    Sin libros no hay nada que decir del corte: publicarlo daría un avance de 0 % que nadie reportó.
    """
    if not any(
        recepcion.leer_recepciones(contexto.rutas, contexto.corte, instrumento)
        for instrumento in contexto.seguidos
    ):
        raise ErrorEntorno(
            f"no hay ninguna entrega recibida en el corte {contexto.corte}",
            remedio="Revise --vigencia y --periodo, o reciba los libros con «seguimiento recibir»",
        )


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


def avisos_del_corte(contexto: Contexto) -> list[str]:
    """Lo que está en data/raw y no cuenta: libros que se guardaron sin terminar de recibirse (un apagón)."""
    rutas = contexto.rutas
    return [
        f"Aviso: {libro.relative_to(rutas.raiz).as_posix()}: se guardó sin terminar de recibirse y no "
        f"cuenta. Vuelva a {'importarlo' if libro.parent == rutas.crudos_plan else 'recibirlo'}."
        for libro in recepcion.libros_sin_ficha(rutas, contexto.corte, contexto.seguidos)
    ]


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
