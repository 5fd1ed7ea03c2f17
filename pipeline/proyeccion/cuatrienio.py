"""Qué avance del cuatrienio deja un cierre de la vigencia y un cumplimiento de las que faltan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from pipeline.modelo import Corte, EstadoReporte, Metodo, Periodo, TipoMeta

ANUALES = (TipoMeta.MANTENIMIENTO.value, TipoMeta.REDUCCION_ANUAL.value)
DESDE_BASE = (TipoMeta.CAPACIDAD.value, TipoMeta.REDUCCION.value)
REDUCCIONES = (TipoMeta.REDUCCION.value, TipoMeta.REDUCCION_ANUAL.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plazo:
    """Lo que le queda del cuatrienio a una meta. Las fórmulas son las de docs/metodologia.md §4."""

    meta: Mapping[Any, Any]
    corte: Corte
    metodo: Metodo
    futuro: list[float]
    """Lo programado en las vigencias que faltan, en orden."""
    pasadas: int
    """Vigencias programadas hasta la del corte."""

    def proyectado(self, vigencia: float, anual: float, *, con_lo_desconocido: bool = False) -> float:
        """Avance del cuatrienio si esta vigencia cierra en `vigencia` y las demás en `anual`, o vacío.

        Con `con_lo_desconocido`, lo que no se reportó en vigencias pasadas cuenta como cumplido.
        """
        programada = self.meta["estado_reporte"] != EstadoReporte.NO_PROGRAMADA.value
        if (programada and np.isnan(vigencia)) or (self.futuro and np.isnan(anual)):
            return float("nan")
        acumulado = real(self.meta["avance_cuatrienio_crudo" if self._suma() else "avance_cuatrienio"])
        if con_lo_desconocido:
            acumulado = float(np.fmax(acumulado, real(self.meta["cota_superior_cuatrienio"])))
        return self._al_cierre(vigencia if programada else 0.0, cero(anual), acumulado)

    def maximo(self) -> float:
        """Avance del cuatrienio si lo programado que falta se cumple y lo que no se conoce también."""
        reportada = self.meta["estado_reporte"] == EstadoReporte.REPORTADA.value
        acumulado = real(self.meta["cota_superior_cuatrienio"])
        hoy = cero(self.meta["avance_crudo"])
        nivel = not self._suma() and self.meta["tipo_meta"] not in ANUALES
        por_cumplir = (reportada and self.corte.periodo is not Periodo.T4) or (nivel and not reportada)
        llega = self._al_cierre(max(hoy, 1.0) if por_cumplir else hoy, 1.0, acumulado)
        return float(np.fmax(llega, acumulado)) if nivel and not np.isnan(llega) else llega

    def _suma(self) -> bool:
        return bool(self.meta["tipo_meta"] == TipoMeta.ACUMULADO.value)

    def _al_cierre(self, vigencia: float, anual: float, acumulado: float) -> float:
        if self._suma():
            return self._acumulado(vigencia, anual, acumulado)
        if self.meta["tipo_meta"] in ANUALES:
            return self._anual(vigencia, anual, acumulado)
        return self._nivel(vigencia, anual, acumulado)

    def _acumulado(self, vigencia: float, anual: float, acumulado: float) -> float:
        objetivo = real(self.meta["meta_cuatrienio"])
        resto = (vigencia - cero(self.meta["avance_crudo"])) * cero(self.meta["programado_vigencia"])
        resto += anual * sum(self.futuro)
        return acumulado + resto / objetivo if objetivo > 0 else float("nan")

    def _anual(self, vigencia: float, anual: float, acumulado: float) -> float:
        total = self.pasadas + len(self.futuro)
        por_total = self.metodo.denominador_mantenimiento == "cuatrienio"
        logrado = cero(acumulado) * (total if por_total else self.pasadas)
        logrado += self._cuenta(vigencia) - self._cuenta(cero(self.meta["avance_crudo"]))
        return (logrado + min(1.0, anual) * len(self.futuro)) / total if total else float("nan")

    def _cuenta(self, avance: float) -> float:
        """Lo que un avance anual pone en el promedio: entre 0 y el tope, como en el índice."""
        return float(np.clip(avance, 0.0, self.metodo.tope))

    def _nivel(self, vigencia: float, anual: float, acumulado: float) -> float:
        """Vale el último nivel: el de la última vigencia programada o, si no falta ninguna, el de esta."""
        objetivo, base = real(self.meta["meta_cuatrienio"]), real(self.meta["linea_base"])
        ultimo = self.futuro[-1] if self.futuro else cero(self.meta["programado_vigencia"])
        cumplido = anual if self.futuro else vigencia
        if ultimo == 0 or pd.isna(self.meta["tipo_meta"]):
            return acumulado
        if self.meta["tipo_meta"] in DESDE_BASE and (ultimo - base) * (objetivo - base) > 0:
            return cumplido * (ultimo - base) / (objetivo - base)
        if not objetivo > 0:
            return float("nan")
        if self.meta["tipo_meta"] != TipoMeta.REDUCCION.value:
            return cumplido * ultimo / objetivo
        # Sin línea base el avance es P / E: el último nivel será `ultimo` / `cumplido`, y se compara con M.
        return objetivo * cumplido / ultimo if np.isnan(base) else float("nan")


def real(valor: Any) -> float:
    """El número, o NaN si está vacío."""
    return float("nan") if valor is None or pd.isna(valor) else float(valor)


def cero(valor: Any) -> float:
    """El número, o 0 en una suma a la que lo desconocido no aporta."""
    numero = real(valor)
    return 0.0 if np.isnan(numero) else numero
