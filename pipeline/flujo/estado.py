"""Quién entregó, cuándo, qué falta y qué libro no es el que se pidió, antes de leer las cifras de ninguno."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from pipeline import recepcion
from pipeline.errores import ErrorEntorno
from pipeline.flujo.contexto import Contexto
from pipeline.flujo.entrada import unir
from pipeline.flujo.vistas import renglon_de_entrega
from pipeline.modelo import NOMBRES_DE_INSTRUMENTO
from pipeline.recepcion import Recepcion


def recibidos(contexto: Contexto) -> Iterator[Recepcion]:
    """Los libros recibidos en el corte de los instrumentos que se piden, con todas sus versiones."""
    for instrumento in contexto.seguidos:
        yield from recepcion.leer_recepciones(contexto.rutas, contexto.corte, instrumento)


def exigir_entregas(contexto: Contexto) -> None:
    """Levanta ErrorEntorno si en el corte no se ha recibido ningún libro de los que se piden.

    Sin libros no hay nada que decir del corte: publicarlo daría un avance de 0 % que nadie reportó.
    """
    if not any(recibidos(contexto)):
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


def avisos_de_entregas(contexto: Contexto, entregas: pd.DataFrame) -> dict[str, list[str]]:
    """Por ruta de cada libro vigente, lo que su plantilla dice distinto de como se recibió (corte, entidad…).

    Es lo mismo que dirá la revisión; la ruta que no está no tiene nada que decir.
    """
    vigentes = entregas[entregas["estado"].isna() & entregas["ruta"].notna()]
    avisos = {
        fila["ruta"]: [
            f"{h.mensaje} {h.accion}"
            for h in recepcion.contradicciones_del_libro(
                contexto.rutas.crudos / fila["ruta"],
                contexto.config,
                contexto.corte,
                instrumento=fila["instrumento"],
                dependencia=fila["dependencia"],
            )
        ]
        for fila in vigentes.to_dict("records")
    }
    return {ruta: dichos for ruta, dichos in avisos.items() if dichos}


def presentar_estado(contexto: Contexto, entregas: pd.DataFrame) -> str:
    """El estado para la pantalla: por instrumento, cuántas entregaron y un renglón por libro o ausente."""
    renglones = [str(contexto)]
    avisos = avisos_de_entregas(contexto, entregas)
    for instrumento in contexto.seguidos:
        propias = entregas[entregas["instrumento"] == instrumento]
        recibidas, todas = propias[propias["version"] > 0]["dependencia"], propias["dependencia"]
        nombre = NOMBRES_DE_INSTRUMENTO[instrumento]
        renglones.append(f"{nombre}: {recibidas.nunique()} de {todas.nunique()} dependencias entregaron.")
        if len(recibidas):  # si nadie ha entregado, la lista de todas no dice nada más
            for fila in propias.to_dict("records"):
                dichos = avisos.get(fila["ruta"], [])
                renglones += [renglon_de_entrega(fila), *(f"      ✘ {dicho}" for dicho in dichos)]
        else:
            renglones.append(f"  ○ todas están sin entregar (vence {propias['vence'].iloc[0]})")
    return "\n".join(renglones)
