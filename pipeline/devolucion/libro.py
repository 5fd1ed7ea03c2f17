"""El libro que vuelve marcado: nota y fondo en cada celda por corregir y «Correcciones» al comienzo."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline.devolucion import notas
from pipeline.devolucion.celdas import (
    Lugar,
    PlanoDeHoja,
    aplicar,
    enlazar_notas,
    estilos_usados,
    levantar_plano,
    lugar_de,
    marcar,
    visible,
)
from pipeline.devolucion.comparacion import numerar_seguimiento
from pipeline.devolucion.correcciones import (
    Devolucion,
    contar_por_severidad,
    leer_textos,
    numerar_correcciones,
)
from pipeline.devolucion.cuaderno import Indice
from pipeline.devolucion.empalme import Cambio
from pipeline.devolucion.estilos import HojaDeEstilos
from pipeline.devolucion.paquete import RELACION, Paquete
from pipeline.devolucion.tablero import Tablero, armar_tablero, escribir_tablero
from pipeline.errores import ErrorLibro

PROGRAMA = "docProps/app.xml"


def marcar_libro(
    original: Path,
    hallazgos: pd.DataFrame,
    destino: Path,
    *,
    devolucion: Devolucion,
    seguimiento: pd.DataFrame | None = None,
) -> Path:
    """Ruta de una copia de `original` con cada hallazgo (tabla `hallazgos`) señalado en su celda.

    Agrega la hoja «Correcciones» al comienzo y, con `seguimiento` (ver comparar_versiones), la de
    «Seguimiento a correcciones». Lo demás queda como estaba: lo que no se toca se copia byte por byte.
    Si el libro ya venía marcado, las marcas viejas se quitan. Los mismos insumos dan los mismos bytes.
    Levanta ErrorLibro si no es un .xlsx o .xlsm que se pueda marcar y ErrorEntorno si no se puede escribir.
    """
    try:
        return _marcar(original, hallazgos, destino, devolucion, seguimiento)
    except ErrorLibro as error:
        raise ErrorLibro(
            f"no se pudo marcar el libro: {error.problema}",
            archivo=devolucion.archivo,
            remedio="Use la página de correcciones, que dice lo mismo",
        ) from error


def _marcar(
    original: Path,
    hallazgos: pd.DataFrame,
    destino: Path,
    devolucion: Devolucion,
    seguimiento: pd.DataFrame | None,
) -> Path:
    paquete = Paquete(original, devolucion.archivo)
    indice = Indice(paquete)
    textos = leer_textos()
    indice.retirar_hojas({textos["correcciones"]["hoja"], textos["seguimiento"]["hoja"]})
    estilos = HojaDeEstilos(paquete.leer(indice.parte_de_estilos()))
    correcciones = numerar_correcciones(hallazgos)
    for hoja, parte in indice.hojas():
        propias = correcciones[correcciones["hoja"] == hoja]
        _marcar_hoja(paquete, parte, propias, estilos, venia_marcado=indice.venia_marcado)
    existentes = [hoja for hoja, _ in indice.hojas()]
    tableros = _tableros(correcciones, devolucion, seguimiento)
    hojas = [(t.hoja, escribir_tablero(t, estilos, existentes, activa=not n)) for n, t in enumerate(tableros)]
    indice.anteponer_hojas(hojas)
    paquete.poner(indice.parte_de_estilos(), estilos.xml())
    return paquete.guardar(destino)


def _tableros(
    correcciones: pd.DataFrame, devolucion: Devolucion, seguimiento: pd.DataFrame | None
) -> list[Tablero]:
    textos = leer_textos()
    cuenta = contar_por_severidad(correcciones)
    origen = " · ".join(
        p for p in (devolucion.archivo, devolucion.dependencia, f"corte {devolucion.corte}") if p
    )
    resumen = [
        f"{s['palabra']}: {cuenta[clave]} ({s['efecto']})" for clave, s in textos["severidades"].items()
    ]
    encabezado = [f"{devolucion.entidad} · {origen}", " · ".join(resumen)]
    if devolucion.es_demostracion:
        encabezado.append("Datos sintéticos de demostración.")
    tableros = [armar_tablero(textos["correcciones"], textos["severidades"], correcciones, encabezado)]
    if seguimiento is not None:
        numerado = numerar_seguimiento(seguimiento)
        tableros.append(armar_tablero(textos["seguimiento"], textos["situaciones"], numerado, encabezado[:1]))
    return tableros


def _marcar_hoja(
    paquete: Paquete, parte: str, propias: pd.DataFrame, estilos: HojaDeEstilos, *, venia_marcado: bool
) -> None:
    if propias["celda"].isna().all() and not venia_marcado:
        return
    severidades: Mapping[str, Any] = leer_textos()["severidades"]
    fondos = {clave: s["fondo"] for clave, s in severidades.items()}
    plano = levantar_plano(paquete.leer(parte), parte)
    por_lugar = _por_lugar(plano, propias)
    limpios = _marcas_viejas(paquete, plano, estilos, fondos) if venia_marcado else {}

    def estilo_nuevo(lugar: Lugar, actual: int) -> int:
        base = limpios.get(lugar, actual)
        if lugar not in por_lugar:
            return base
        return estilos.con_fondo(base, fondos[por_lugar[lugar][0]["severidad"]])

    textos = {lugar: _nota(filas) for lugar, filas in por_lugar.items()}
    cambios = marcar(plano, [*por_lugar, *limpios], estilo_nuevo)
    paquete.poner(parte, aplicar(plano, [*cambios, *_poner_notas(paquete, parte, plano, textos)]))


def _marcas_viejas(
    paquete: Paquete, plano: PlanoDeHoja, estilos: HojaDeEstilos, fondos: Mapping[str, str]
) -> dict[Lugar, int]:
    """Las celdas que marcó una devolución anterior, con el estilo que tenían antes de ella."""
    # LibreOffice reescribe el segundo color de los rellenos, donde va anotado el fondo original.
    anotado = not paquete.existe(PROGRAMA) or b"LibreOffice" not in paquete.leer(PROGRAMA)
    return {
        lugar: limpio
        for lugar, estilo in estilos_usados(plano).items()
        if (limpio := estilos.sin_marca(estilo, list(fondos.values()), anotado=anotado)) != estilo
    }


def _por_lugar(plano: PlanoDeHoja, propias: pd.DataFrame) -> dict[Lugar, list[dict[str, Any]]]:
    """Las correcciones de cada celda visible, de la más a la menos severa (ya vienen en ese orden)."""
    por_lugar: dict[Lugar, list[dict[str, Any]]] = {}
    for fila in propias.dropna(subset="celda").to_dict("records"):
        lugar = lugar_de(fila["celda"])
        if lugar is not None:
            por_lugar.setdefault(visible(plano, lugar), []).append({str(k): v for k, v in fila.items()})
    return por_lugar


def _nota(filas: Sequence[Mapping[str, Any]]) -> str:
    return "\n\n".join(f"{f['palabra']} (N.º {f['numero']}). {f['mensaje']}\n→ {f['accion']}" for f in filas)


def _poner_notas(
    paquete: Paquete, parte: str, plano: PlanoDeHoja, textos: Mapping[Lugar, str]
) -> list[Cambio]:
    relaciones = paquete.relaciones(parte)
    de_notas = next((destino for tipo, destino in relaciones.values() if tipo == "comments"), "")
    if not de_notas and not textos:
        return []
    if not de_notas:
        de_notas = paquete.nombre_libre("xl/comments_seguimiento{}.xml")
        paquete.relacionar(parte, "comments", de_notas)
        paquete.declarar("Override", "PartName", f"/{de_notas}", notas.TIPO_NOTAS)
        paquete.poner(de_notas, notas.NOTAS_VACIAS)
    escritas, nuevas, retiradas = notas.escribir_notas(paquete.leer(de_notas), textos, leer_textos()["autor"])
    paquete.poner(de_notas, escritas)
    return _dibujar(paquete, parte, plano, nuevas, retiradas, textos)


def _dibujar(
    paquete: Paquete,
    parte: str,
    plano: PlanoDeHoja,
    nuevas: Sequence[Lugar],
    retiradas: Sequence[Lugar],
    textos: Mapping[Lugar, str],
) -> list[Cambio]:
    enlazado = next((e.atributos for e in plano.hijos if e.camino[1] == "legacyDrawing"), None)
    cambios: list[Cambio] = []
    if enlazado is None:
        dibujo = paquete.nombre_libre("xl/drawings/seguimiento{}.vml")
        identificador = paquete.relacionar(parte, "vmlDrawing", dibujo)
        paquete.declarar("Default", "Extension", "vml", notas.TIPO_DIBUJO)
        paquete.poner(dibujo, notas.DIBUJO_VACIO)
        cambios.append(enlazar_notas(plano, identificador, RELACION))
    else:
        identificador = next(valor for nombre, valor in enlazado.items() if nombre.endswith(":id"))
        dibujo = paquete.relaciones(parte).get(identificador, ("", ""))[1]
    paquete.poner(dibujo, notas.dibujar_notas(paquete.leer(dibujo), nuevas, retiradas, textos))
    return cambios
