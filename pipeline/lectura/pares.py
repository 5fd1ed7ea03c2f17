"""Formularios con dos filas por registro y con pie: qué fila es de qué registro y dónde termina la tabla."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from pipeline.formatos import ColumnaLeida, Formato, clave
from pipeline.formatos.definicion import FilasPareadas
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
    leidas = {p for _, p in mapa.posiciones} - {marca}
    pareadas = formato.filas_pareadas
    numeros = range(mapa.fila + 1, len(filas) + 1)
    cuales = {n: _cual_es(filas[n - 1], marca, leidas, pareadas) for n in numeros}
    pares, fallas = _formar_pares(cuales)
    avisos = [
        _avisar_marca(filas[n - 1][marca], n, marca, pareadas, avisar_hoja)
        if regla == "LEC-27"
        else _avisar(regla, n, marca, avisar_hoja)
        for regla, n in fallas
    ]
    en_blanco = {n for n, cual in cuales.items() if cual in {"segunda", "dudosa"}}
    en_blanco |= {
        a for a, b in pares.items() if not any(filas[n - 1][p] != "" for n in (a, b) for p in leidas)
    }
    solas = [[""] * len(fila) if n in en_blanco else fila for n, fila in enumerate(filas, start=1)]
    return solas, pares, avisos


def _formar_pares(cuales: Mapping[int, str]) -> tuple[dict[int, int], list[tuple[str, int]]]:
    """La segunda fila de cada primera, y la regla y el número de las que quedaron mal."""
    pares: dict[int, int] = {}
    fallas: list[tuple[str, int]] = []
    abierta: int | None = None
    for numero, cual in cuales.items():
        if cual == "segunda" and abierta is not None:
            pares[abierta] = numero
        elif cual == "segunda":
            fallas.append(("LEC-23", numero))
        elif cual == "dudosa":  # si hay una primera abierta, lo que le falta es esta marca: se dice una vez
            fallas.append(("LEC-27", numero))
        elif cual and abierta is not None:
            fallas.append(("LEC-24", abierta))
        abierta = (numero if cual == "primera" else None) if cual else abierta
    return pares, [*fallas, *([("LEC-24", abierta)] if abierta is not None else [])]


def _cual_es(fila: Sequence[object], marca: int, leidas: Collection[int], pareadas: FilasPareadas) -> str:
    """Qué fila es según su marca: «primera», «segunda», «dudosa» (no se entiende), «otra» o «» si vacía.

    De la dudosa no se adivina: leída sola sería una actividad sin nombre ni código.
    """
    dicha = _clave(fila[marca])
    if dicha in {clave(m) for m in pareadas.primera}:
        return "primera"
    if dicha in {clave(m) for m in pareadas.segunda}:
        return "segunda"
    if str(fila[marca]).strip() and any(fila[p] != "" for p in leidas):
        return "dudosa"
    return "otra" if any(v != "" for v in fila) else ""


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


def _avisar_marca(
    valor: object, numero: int, marca: int, pareadas: FilasPareadas, avisar_hoja: Avisar
) -> Hallazgo:
    marcadores = {
        "fila": numero,
        "valor": valor,
        "primera": pareadas.primera[0],
        "segunda": pareadas.segunda[0],
    }
    return avisar_hoja(
        "LEC-27", fila=numero, celda=celda(marca, numero), valor=str(valor), marcadores=marcadores
    )
