"""Regenera `pipeline/recursos/catalogos/mga.csv` desde el catálogo de productos de la MGA del DNP.

Uso: `python herramientas/catalogo_mga.py CATALOGO.csv`, con el CSV que publica el DNP (título en la primera
fila y encabezado en la segunda). Se guarda solo lo que las reglas comprueban: los códigos de sector,
programa, producto e indicador, y los nombres de los dos primeros.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

DESTINO = Path(__file__).resolve().parents[1] / "pipeline" / "recursos" / "catalogos" / "mga.csv"
FUENTE = """\
# Catálogo de productos de la Metodología General Ajustada (MGA): códigos y nombres de sector y programa.
# Fuente: Departamento Nacional de Planeación (DNP), Catálogo de Productos de la MGA; información pública.
# El catálogo de origen trae el indicador principal de cada producto. Regenerar: herramientas/catalogo_mga.py
"""
NIVELES = {  # columna con el código → columna con el nombre, si se guarda
    "Sector": "Nombre del Sector",
    "Código del Programa": "Nombre del Programa",
    "Código del Producto": "",
    "Código del Indicador de Producto": "",
}


def codigos(filas: Sequence[Mapping[str, str]]) -> Iterator[tuple[str, str]]:
    """Códigos sin repetir, del sector al indicador, con su nombre sin espacios sobrantes."""
    for columna, nombre in NIVELES.items():
        vistos = {fila[columna].strip(): " ".join(fila.get(nombre, "").split()) for fila in filas}
        yield from sorted(vistos.items())


def principal(origen: Path) -> None:
    """Escribe el catálogo compacto; falla si una cadena de códigos del origen está rota."""
    with origen.open(encoding="utf-8-sig", newline="") as archivo:
        next(archivo)  # título
        filas = [fila for fila in csv.DictReader(archivo) if fila["Sector"]]
    for fila in filas:
        cadena = [fila[columna].strip() for columna in NIVELES]
        if not all(hijo.startswith(padre) for padre, hijo in zip(cadena, cadena[1:], strict=False)):
            raise SystemExit(f"cadena de códigos rota en el catálogo: {cadena}")
    provisional = DESTINO.with_suffix(".csv.tmp")
    with provisional.open("w", encoding="utf-8", newline="") as archivo:
        archivo.write(FUENTE)
        escritor = csv.writer(archivo, lineterminator="\n")
        escritor.writerow(["codigo", "nombre"])
        escritor.writerows(codigos(filas))
    provisional.replace(DESTINO)


if __name__ == "__main__":
    principal(Path(sys.argv[1]))
