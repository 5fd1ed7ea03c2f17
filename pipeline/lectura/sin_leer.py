"""Hojas que nadie pidió leer y traen los encabezados del formato: una renombrada o una copia."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.formato_es import nombrar_primeros
from pipeline.formatos import Formato
from pipeline.lectura.avisos import Avisar
from pipeline.lectura.crudo import HojaCruda, LibroAbierto, LibroIlegibleError
from pipeline.lectura.encabezado import Busqueda, hallar_encabezado
from pipeline.lectura.filas import elegir_filas
from pipeline.lectura.pares import emparejar, separar_pie
from pipeline.modelo import Hallazgo

_FILAS_DEBAJO = 30  # bastan para saber si bajo el encabezado hay datos
_MAXIMO_NOMBRADAS = 6


def avisos_de_hojas_sin_leer(
    libro: LibroAbierto,
    leidas: Sequence[str],
    formato: Formato,
    buscadas: Sequence[Busqueda],
    avisar_libro: Avisar,
) -> list[Hallazgo]:
    """Un aviso por cada hoja visible que no se leyó y tiene filas de datos bajo los encabezados del formato.

    Solo se miran sus primeras filas, y si no se pueden mirar no se dice nada: una hoja que el formato no pide
    no estropea un libro que se leyó bien.
    """
    otras = [nombre for nombre, es_visible in libro.hojas.items() if es_visible and nombre not in leidas]
    if not otras:
        return []
    try:
        comienzos = libro.mirar(otras, formato.encabezado.buscar_en_filas + _FILAS_DEBAJO)
    except LibroIlegibleError:
        return []
    nombradas = nombrar_primeros([f"«{n}»" for n in leidas], _MAXIMO_NOMBRADAS) or "ninguna"
    return [
        avisar_libro(
            "LEC-26",
            hoja=nombre,
            marcadores={"hoja": nombre, "leidas": nombradas, "esperada": formato.hoja},
        )
        for nombre, hoja in comienzos.items()
        if _trae_datos_del_formato(hoja, formato, buscadas, avisar_libro)
    ]


def _trae_datos_del_formato(
    hoja: HojaCruda, formato: Formato, buscadas: Sequence[Busqueda], avisar_libro: Avisar
) -> bool:
    """Si trae las columnas requeridas y al menos la mitad de las esperadas, y alguna fila debajo.

    Menos que eso es otra cosa: un catálogo o la hoja de la plata, que repiten las columnas de la meta.
    """
    mapa = hallar_encabezado(hoja, buscadas, formato)
    if mapa is None or any(b.requerida for b in mapa.ausentes):
        return False
    if 2 * len(mapa.ausentes) > sum(not b.opcional for b in buscadas):
        return False
    tabla, _ = separar_pie(hoja.filas, mapa, formato, avisar_libro)
    registros, _, _ = emparejar(tabla, mapa, formato, avisar_libro)
    return bool(elegir_filas(registros, mapa, formato, avisar_libro)[0])
