"""Auditoría de las fórmulas de un libro: qué calcula de verdad y dónde se aparta de sus vecinas.

Las cifras que usa el sistema son las que el libro dejó calculadas; esto dice cuándo no hay que creerles.
"""

from pipeline.formulas.anomalias import Anomalia, hallar_anomalias
from pipeline.formulas.auditoria import auditar_formulas
from pipeline.formulas.lectura import Celda, Hoja, leer_hojas

__all__ = ["Anomalia", "Celda", "Hoja", "auditar_formulas", "hallar_anomalias", "leer_hojas"]
