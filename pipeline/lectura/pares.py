"""Formularios con dos filas por registro y con pie: qué fila es de qué registro y dónde termina la tabla."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from pipeline.formatos import ColumnaLeida, Formato, clave
from pipeline.lectura.avisos import Avisar
from pipeline.lectura.encabezado import Mapa, celda, posicion_de
from pipeline.modelo import Hallazgo

Filas = Sequence[Sequence[object]]


def separar_pie(
    filas: Filas, mapa: Mapa, formato: Formato, avisar_hoja: Avisar
) -> tuple[Filas, list[Hallazgo]]:
    """Las filas hasta donde termina la tabla y un hallazgo por cada registro escrito debajo."""
    if not formato.termina_en:  # casi todo libro: no hay que mirar cada celda de cada fila
        return filas, []
    cierres = {clave(rotulo) for rotulo in formato.termina_en}
    fin = next(
        (n for n in range(mapa.fila, len(filas)) if not cierres.isdisjoint(_claves(filas[n]))), len(filas)
    )
    llave = next((p for b, p in mapa.posiciones if b.definicion.campo == formato.llave), None)
    marca = _posicion_de_la_marca(mapa, formato)
    if llave is None or marca is None:
        return filas[:fin], []
    primeras = {clave(m) for m in formato.filas_pareadas.primera} if formato.filas_pareadas else set()
    debajo = [
        n + 1 for n in range(fin, len(filas)) if filas[n][llave] != "" and _clave(filas[n][marca]) in primeras
    ]
    avisos = [
        avisar_hoja("LEC-25", fila=n, celda=celda(llave, n), marcadores={"fila": n, "total": fin + 1})
        for n in debajo
    ]
    return filas[:fin], avisos


def emparejar(
    filas: Filas, mapa: Mapa, formato: Formato, avisar_hoja: Avisar
) -> tuple[Filas, dict[int, int], list[Hallazgo]]:
    """Las filas con las segundas en blanco, la segunda de cada primera y lo que quedó sin pareja.

    Los números son de fila (la primera es 1). La segunda debe seguir a su primera, con a lo sumo filas
    en blanco entre las dos. Un par que solo trae sus marcas es un renglón sin usar del formulario.
    """
    marca = _posicion_de_la_marca(mapa, formato)
    if formato.filas_pareadas is None or marca is None:
        return filas, {}, []
    primeras = {clave(m) for m in formato.filas_pareadas.primera}
    segundas = {clave(m) for m in formato.filas_pareadas.segunda}
    pares: dict[int, int] = {}
    avisos: list[Hallazgo] = []
    solas: list[list[object]] = [list(fila) for fila in filas]
    abierta: int | None = None
    for numero in range(mapa.fila + 1, len(filas) + 1):
        fila = filas[numero - 1]
        es_primera, es_segunda = (_clave(fila[marca]) in marcas for marcas in (primeras, segundas))
        if es_segunda:
            if abierta is None:
                avisos.append(_avisar("LEC-23", numero, marca, avisar_hoja))
            else:
                pares[abierta] = numero
            solas[numero - 1] = [""] * len(fila)
            abierta = None
            continue
        if any(v != "" for v in fila):
            avisos += [_avisar("LEC-24", abierta, marca, avisar_hoja)] if abierta is not None else []
            abierta = numero if es_primera else None
    avisos += [_avisar("LEC-24", abierta, marca, avisar_hoja)] if abierta is not None else []
    leidas = {p for _, p in mapa.posiciones}
    for primera, segunda in pares.items():
        if not any(filas[n - 1][p] != "" for n in (primera, segunda) for p in leidas):
            solas[primera - 1] = [""] * len(filas[primera - 1])
    return solas, pares, avisos


def de_la_segunda_fila(
    columnas: Sequence[ColumnaLeida], filas: Filas, numeros: Sequence[int], segundas: Mapping[int, int]
) -> list[ColumnaLeida]:
    """Las columnas con lo que va en la segunda fila de cada registro tomado de ella, y su número de fila."""
    return [_de_la_segunda(columna, filas, numeros, segundas) for columna in columnas]


def _de_la_segunda(
    columna: ColumnaLeida, filas: Filas, numeros: Sequence[int], segundas: Mapping[int, int]
) -> ColumnaLeida:
    if columna.definicion is None or columna.definicion.fila_del_par == 1:
        return columna
    posicion = posicion_de(columna.letra)
    return replace(
        columna,
        valores=[filas[segundas[n] - 1][posicion] if n in segundas else "" for n in numeros],
        filas=tuple(segundas.get(n, n) for n in numeros),
    )


def _posicion_de_la_marca(mapa: Mapa, formato: Formato) -> int | None:
    if formato.filas_pareadas is None:
        return None
    rotulos = [clave(r) for r in mapa.rotulos]
    return next((rotulos.index(clave(m)) for m in formato.filas_pareadas.marca if clave(m) in rotulos), None)


def _claves(fila: Sequence[object]) -> set[str]:
    return {clave(v) for v in fila if isinstance(v, str)}


def _clave(valor: object) -> str:
    return clave(valor) if isinstance(valor, str) else ""


def _avisar(regla: str, numero: int, marca: int, avisar_hoja: Avisar) -> Hallazgo:
    return avisar_hoja(regla, fila=numero, celda=celda(marca, numero), marcadores={"fila": numero})
