"""El paquete de Control Interno: matriz, muestra, trazas, hallazgos, y lo que Control Interno devuelve."""

from pipeline.flujo.control_interno.datos import Control, abrir_control, abrir_paquete
from pipeline.flujo.control_interno.paquete import armar_paquete, muestra_de
from pipeline.flujo.control_interno.registro import leer_registradas, registrar_observaciones

__all__ = [
    "Control",
    "abrir_control",
    "abrir_paquete",
    "armar_paquete",
    "leer_registradas",
    "muestra_de",
    "registrar_observaciones",
]
