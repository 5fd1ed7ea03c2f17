"""Los totales del POAI como van en el memorando a Hacienda y en el acta del Consejo de Gobierno."""

from __future__ import annotations

import pandas as pd

from pipeline.documentos.revision import Fila, enumerar, filas
from pipeline.formato_es import numero, pesos

NIVELES = {"total": "Total", "dependencia": "Dependencia", "sector": "Sector", "fuente": "Fuente"}


def totales_por_nivel(totales: pd.DataFrame) -> list[Fila]:
    """Un renglón por total, del de la entidad a los de cada fuente."""
    return [
        {
            "nivel": NIVELES[nivel],
            "codigo": "" if nivel == "total" else f["codigo"],
            "nombre": f["nombre"] or "",
            "rubros": numero(f["n_rubros"], 0),
            "inicial": pesos(f["apropiacion_inicial_cop"]),
            "definitiva": pesos(f["apropiacion_definitiva_cop"]),
        }
        for nivel in NIVELES
        for f in filas(totales[totales["nivel"] == nivel])
    ]


def cuadre(totales: pd.DataFrame) -> str:
    """Si cada desglose suma la apropiación definitiva del total; el que no, con lo que le falta o le sobra.

    >>> filas = [("total", 100.0), ("dependencia", 100.0), ("sector", 90.0)]
    >>> cuadre(pd.DataFrame(filas, columns=["nivel", "apropiacion_definitiva_cop"]))
    'Frente al total, los renglones por sector suman $ 10 de menos.'
    """
    sumas = totales.groupby("nivel")["apropiacion_definitiva_cop"].sum(min_count=1).dropna()
    if "total" not in sumas or len(sumas) == 1:
        return ""
    partes = [nivel for nivel in NIVELES if nivel in sumas and nivel != "total"]
    fuera = [
        f"los renglones por {NIVELES[nivel].lower()} suman {pesos(abs(falta))} de "
        f"{'menos' if falta > 0 else 'más'}"
        for nivel in partes
        if abs(falta := sumas["total"] - sumas[nivel]) >= 1
    ]
    if fuera:
        return f"Frente al total, {enumerar(fuera)}."
    return f"Los renglones por {enumerar([NIVELES[nivel].lower() for nivel in partes])} suman el total."
