"""Orden que arma el sitio público: Plan de Acción, informes y datos abiertos."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.comun import AQUI, Json, Raiz, abrir_corte, corta, imprimir_json

Destino = Annotated[
    Path | None,
    typer.Option("--destino", help="Carpeta del sitio; se reemplaza entera.", metavar="CARPETA"),
]
Direccion = Annotated[
    str, typer.Option("--direccion", help="Dirección web del sitio, para sitemap.xml.", metavar="URL")
]


def publicar(
    destino: Destino = None, direccion: Direccion = "", en_json: Json = False, raiz: Raiz = AQUI
) -> None:
    """Arma el sitio público: Plan de Acción, informes y datos abiertos, sin datos personales."""
    from pipeline.flujo.publico import publicar_sitio
    from pipeline.formato_es import contar

    carpeta = destino if destino is not None else raiz / "sitio"
    sitio = publicar_sitio(abrir_corte(raiz, None, None), carpeta, direccion=direccion)
    if en_json:
        imprimir_json(
            {
                "carpeta": corta(sitio.carpeta),
                "cortes": list(sitio.cortes),
                "vigencias": list(sitio.vigencias),
                "tablas": sitio.n_tablas,
                "informes": sitio.n_informes,
                "celdas_suprimidas": sitio.n_suprimidas,
                "avisos": list(sitio.avisos),
            }
        )
        return
    for aviso in sitio.avisos:
        typer.echo(f"Aviso: {aviso}")
    typer.echo(
        f"{contar(len(sitio.cortes), 'corte')}, {contar(sitio.n_informes, 'informe')} y "
        f"{contar(sitio.n_tablas, 'tabla')} de datos abiertos; en "
        f"{contar(sitio.n_suprimidas, 'celda')} se suprimió un dato personal."
    )
    typer.echo(f"Sitio: {corta(sitio.carpeta / 'index.html')}")
