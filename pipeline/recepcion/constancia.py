"""La constancia de recepción que se entrega a la dependencia; se puede volver a imprimir siempre igual."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pipeline.calendario import fecha_limite, habiles_de_mora
from pipeline.config import Config
from pipeline.formato_es import contar, numero
from pipeline.modelo import NOMBRES_DE_INSTRUMENTO, Corte
from pipeline.recepcion.fichas import Recepcion


def datos_de_constancia(
    ficha: Recepcion, config: Config, corte: Corte, avisos: Sequence[str] = ()
) -> dict[str, Any]:
    """Lo que certifica la constancia, con nombres legibles por máquina; `dias_mora` son días hábiles."""
    vence = fecha_limite(corte, config.calendario)
    return {
        "archivo": ficha.archivo,
        "dependencia": ficha.dependencia,
        "nombre_dependencia": config.dependencia(ficha.dependencia).nombre,
        "instrumento": ficha.instrumento,
        "formato": ficha.formato,
        "corte": str(corte),
        "version": ficha.version,
        "recibido_en": ficha.recibido_en,
        "vence": vence.isoformat(),
        "dias_mora": habiles_de_mora(vence, datetime.fromisoformat(ficha.recibido_en).date()),
        "bytes": ficha.bytes,
        "sha256": ficha.sha256,
        "guardado_en": f"data/raw/{ficha.ruta}",
        "repetida": ficha.repetida,
        "avisos": list(avisos),
    }


def constancia(ficha: Recepcion, config: Config, corte: Corte, avisos: Sequence[str] = ()) -> str:
    """Constancia de recepción de un libro, lista para imprimir o pegar en un correo.

    La huella permite comprobar después que el libro guardado es el mismo que se envió (sha256sum ARCHIVO).
    """
    datos = datos_de_constancia(ficha, config, corte, avisos)
    mora = datos["dias_mora"]
    oportunidad = f"{contar(mora, 'día hábil', 'días hábiles')} después del plazo" if mora else "a tiempo"
    instrumento = NOMBRES_DE_INSTRUMENTO.get(ficha.instrumento, ficha.instrumento)
    titulo = "Constancia de recepción"
    if ficha.repetida:
        titulo += " (el mismo archivo ya se había recibido; no se guarda otra vez)"
    renglones = [
        titulo,
        f"  Entidad:      {config.entidad.nombre} · {config.entidad.oficina}",
        f"  Libro:        {ficha.archivo} ({numero(ficha.bytes)} bytes)",
        f"  Dependencia:  {datos['nombre_dependencia']} ({ficha.dependencia})",
        f"  Instrumento:  {instrumento} (formato {ficha.formato})",
        f"  Corte:        {corte}, versión {ficha.version}",
        f"  Recibido:     {_fecha(ficha.recibido_en)}, {oportunidad} (plazo: {datos['vence']})",
        f"  Huella:       sha256 {ficha.sha256}",
        *(f"  Aviso:        {aviso}." for aviso in avisos),
    ]
    return "\n".join(renglones)


def _fecha(recibido_en: str) -> str:
    """Fecha y hora sin la «T» ni la zona.

    >>> _fecha("2025-07-10T09:30:00-05:00")
    '2025-07-10 09:30'
    """
    return recibido_en[:16].replace("T", " ")
