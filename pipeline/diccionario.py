"""Escribe `docs/diccionario.md` con los contratos de las tablas: `python -m pipeline.diccionario`."""

from __future__ import annotations

from pathlib import Path

from pipeline.archivos import escribir
from pipeline.config import PAQUETE
from pipeline.esquemas import Columna, Esquema, esquema, nombres_de_tablas

DESTINO = PAQUETE.parent / "docs" / "diccionario.md"
ENTRADA = """# Diccionario de datos

Generado por `make docs` de los contratos de `pipeline/recursos/esquemas/`; no se edita a mano.
Cada tabla es un Parquet de `data/processed/<vigencia>/<periodo>/`.

* Los códigos son texto, con sus ceros a la izquierda. Un vacío es un dato faltante: nunca vale cero.
* Las razones se dan por uno (1 es 100 %, y puede pasar de 1); `_cop` son pesos colombianos corrientes.
* Las fechas se escriben AAAA-MM-DD.
* Clave: columnas que identifican una fila. Obligatoria: nunca vacía.
"""


def diccionario() -> str:
    """Texto Markdown del diccionario, con una sección por tabla en orden alfabético.

    >>> "## metas" in diccionario()
    True
    """
    tablas = [esquema(nombre) for nombre in nombres_de_tablas()]
    indice = "\n".join(f"* [{t.tabla}](#{t.tabla}): {t.descripcion}" for t in tablas)
    return "\n".join([ENTRADA, indice, "", *(_seccion(tabla) for tabla in tablas)])


def escribir_diccionario(destino: Path = DESTINO) -> Path:
    """Ruta del diccionario, escrito de forma atómica en `destino`."""
    return escribir(destino, diccionario())


def _seccion(tabla: Esquema) -> str:
    clave = ", ".join(f"`{nombre}`" for nombre in tabla.clave) or "no tiene: una fila puede repetirse"
    filas = [_fila(columna) for columna in tabla.columnas]
    return "\n".join(
        [
            f"## {tabla.tabla}",
            "",
            f"{tabla.descripcion} Clave: {clave}.",
            "",
            "| Columna | Tipo | Unidad | Obligatoria | Significado |",
            "|---|---|---|---|---|",
            *filas,
            "",
        ]
    )


def _fila(columna: Columna) -> str:
    valores = f" Valores: {', '.join(f'`{valor}`' for valor in columna.valores)}." if columna.valores else ""
    obligatoria = "sí" if columna.obligatoria else ""
    campos = (columna.tipo, _escapar(columna.unidad), obligatoria, _escapar(columna.significado) + valores)
    return f"| `{columna.nombre}` | {' | '.join(campos)} |"


def _escapar(texto: str) -> str:
    return texto.replace("|", "\\|")


if __name__ == "__main__":
    print(escribir_diccionario().relative_to(DESTINO.parents[1]))
