"""Orden que arma el sitio público: Plan de Acción, informes y datos abiertos."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli.calendario import contexto_base, fecha_del_acto
from pipeline.cli.comun import AQUI, Json, Raiz, ahora, corta, imprimir_json

if TYPE_CHECKING:
    from pipeline.flujo.publico import Sitio

Destino = Annotated[
    Path | None,
    typer.Option("--destino", help="Carpeta del sitio; se reemplaza entera.", metavar="CARPETA"),
]
Direccion = Annotated[str, typer.Option("--direccion", help="Dirección web del sitio.", metavar="URL")]
Fecha = Annotated[
    str, typer.Option("--fecha", help="Día en que queda en la web; si no, hoy.", metavar="AAAA-MM-DD")
]


def publicar(
    destino: Destino = None,
    direccion: Direccion = "",
    fecha: Fecha = "",
    en_json: Json = False,
    raiz: Raiz = AQUI,
) -> None:
    """Arma el sitio público: Plan de Acción, informes y datos abiertos, sin datos personales.

    Con --direccion deja sitemap.xml y la constancia de publicación de cada Plan de Acción, que cierra su
    fila del procedimiento.
    """
    from pipeline.flujo.publico import publicar_sitio

    dia = fecha_del_acto(fecha, ahora().date())
    carpeta = destino if destino is not None else raiz / "sitio"
    sitio = publicar_sitio(contexto_base(raiz), carpeta, direccion=direccion, fecha=dia)
    if en_json:
        imprimir_json(_como_datos(sitio))
    else:
        typer.echo(_presentar(sitio))


def _como_datos(sitio: Sitio) -> dict[str, Any]:
    return {
        "carpeta": corta(sitio.carpeta),
        "cortes": list(sitio.cortes),
        "vigencias": list(sitio.vigencias),
        "tablas": sitio.n_tablas,
        "informes": sitio.n_informes,
        "celdas_suprimidas": sitio.n_suprimidas,
        "constancias": [asdict(c) for c in sitio.constancias],
        "avisos": list(sitio.avisos),
    }


def _presentar(sitio: Sitio) -> str:
    from pipeline.flujo.registros_publicacion import en_una_oracion
    from pipeline.formato_es import contar

    resumen = (
        f"{contar(len(sitio.cortes), 'corte')}, {contar(sitio.n_informes, 'informe')} y "
        f"{contar(sitio.n_tablas, 'tabla')} de datos abiertos; en "
        f"{contar(sitio.n_suprimidas, 'celda')} se suprimió un dato personal."
    )
    return "\n".join(
        [
            *(f"Aviso: {aviso}" for aviso in sitio.avisos),
            resumen,
            *(f"Plan de Acción {c.vigencia}. {en_una_oracion(c)}" for c in sitio.constancias),
            f"Sitio: {corta(sitio.carpeta / 'index.html')}",
        ]
    )
