"""La tabla de entregas de un corte: quién entregó qué versión, cuándo, y quién no."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pandas as pd

from pipeline.calendario import fecha_limite, habiles_de_mora
from pipeline.config import Config
from pipeline.esquemas import crear_tabla
from pipeline.modelo import Corte, EstadoEntrega, Oportunidad
from pipeline.recepcion.fichas import Recepcion


def armar_entregas(
    recepciones: Sequence[Recepcion], *, config: Config, corte: Corte, instrumento: str
) -> pd.DataFrame:
    """Tabla `entregas`: una fila por libro y una por dependencia que debía entregar y no lo hizo.

    El estado de la última versión queda vacío: lo decide la revisión de calidad.
    """
    ultima = {r.dependencia: r.version for r in recepciones}
    filas = [_fila_entrega(r, ultima[r.dependencia], config, corte) for r in recepciones]
    ausentes = [d for d in config.dependencias_que_entregan() if d.codigo not in ultima]
    comunes = {"vigencia": corte.vigencia, "periodo": corte.periodo.value, "instrumento": instrumento}
    vence = fecha_limite(corte, config.calendario).isoformat()
    filas += [
        {
            "dependencia": d.codigo,
            "nombre_dependencia": d.nombre,
            "version": 0,
            "vence": vence,
            "estado": EstadoEntrega.NO_ENTREGADA.value,
            "oportunidad": Oportunidad.NO_ENTREGADA.value,
        }
        for d in ausentes
    ]
    tabla = crear_tabla("entregas", [comunes | fila for fila in filas])
    return tabla.sort_values(["dependencia", "version"], ignore_index=True)


def _fila_entrega(ficha: Recepcion, ultima: int, config: Config, corte: Corte) -> dict[str, Any]:
    vence = fecha_limite(corte, config.calendario)
    mora = habiles_de_mora(vence, datetime.fromisoformat(ficha.recibido_en).date())
    return {
        "dependencia": ficha.dependencia,
        "nombre_dependencia": config.dependencia(ficha.dependencia).nombre,
        "archivo": ficha.archivo,
        "ruta": ficha.ruta,
        "sha256": ficha.sha256,
        "formato": ficha.formato,
        "version": ficha.version,
        "recibido_en": ficha.recibido_en,
        "vence": vence.isoformat(),
        "estado": None if ficha.version == ultima else EstadoEntrega.REEMPLAZADA.value,
        "oportunidad": (Oportunidad.TARDIA if mora else Oportunidad.A_TIEMPO).value,
        "dias_mora": mora,
    }
