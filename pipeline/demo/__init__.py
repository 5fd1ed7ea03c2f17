"""Ejemplo sintético determinista: un plan, seis cortes de entregas y fallas documentadas."""

from pipeline.demo.generacion import ResumenDemo, generar_demo

__all__ = ["ResumenDemo", "generar_demo"]
