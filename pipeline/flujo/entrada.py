"""Lo que entra a la etapa 01: el plan y los libros de un corte, leídos, limpios y con sus correcciones."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace

import pandas as pd

from pipeline import correcciones, lectura, limpieza, recepcion
from pipeline.esquemas import crear_tabla
from pipeline.flujo import memoria
from pipeline.flujo.codigos_del_plan import reconocer_metas
from pipeline.flujo.contexto import Contexto
from pipeline.formatos import Formato
from pipeline.modelo import Hallazgo, Severidad
from pipeline.ocupacion import ocupado_en
from pipeline.recepcion import Recepcion

TABLAS = {"pi": "registros_pi", "poai": "registros_poai", "pa": "registros_pa"}
DE_UN_LIBRO = ("registros", "movimientos", "celdas", "hallazgos")
CAMPOS = [campo.name for campo in fields(Hallazgo)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """El plan leído: metas, programación por vigencia, recursos por fuente y la traza de sus celdas."""

    metas: pd.DataFrame
    vigencias: pd.DataFrame
    fuentes: pd.DataFrame
    celdas: pd.DataFrame
    hallazgos: pd.DataFrame


@dataclass(frozen=True, slots=True, kw_only=True)
class Entregas:
    """Lo entregado de un instrumento en el corte: quién, qué filas, de qué celdas y lo hallado al leer.

    `movimientos` solo tiene filas en el POAI, si sus libros traen la hoja de movimientos.
    """

    instrumento: str
    entregas: pd.DataFrame
    registros: pd.DataFrame
    movimientos: pd.DataFrame
    celdas: pd.DataFrame
    hallazgos: pd.DataFrame


def leer_plan(contexto: Contexto, ficha: Recepcion | None = None) -> Plan:
    """El plan vigente, leído con el formato con que se importó, o el de esa `ficha`.

    Levanta ErrorEntorno si no se ha importado ninguno. Los problemas del libro son hallazgos.
    """
    ficha = ficha or recepcion.plan_vigente(contexto.rutas)
    formato = contexto.formato(ficha.formato)
    limpio = _leer_libro(contexto, ficha, formato)
    metas, vigencias, fuentes = limpieza.armar_plan(limpio)
    metas, vigencias, celdas, avisos = _corregir_plan(contexto, metas, vigencias, limpio.celdas)
    metas, celdas, completados = limpieza.completar_nombres(metas, celdas)
    hallados = _situar([*limpio.hallazgos, *completados], ficha)
    return Plan(
        metas=metas,
        vigencias=vigencias,
        fuentes=fuentes,
        celdas=celdas,
        hallazgos=tabla_hallazgos(correcciones.atenuar_corregidas([*hallados, *avisos])),
    )


def leer_corte(contexto: Contexto) -> dict[str, Entregas]:
    """Lo entregado de cada instrumento que se pide en el corte, en su orden (pi, poai, pa)."""
    return {i: leer_entregas(contexto, i) for i in TABLAS if i in contexto.seguidos}


def leer_entregas(contexto: Contexto, instrumento: str = "pi", *, con_traza: bool = True) -> Entregas:
    """Los libros vigentes de un instrumento en el corte (la última versión de cada dependencia)."""
    recepciones = recepcion.leer_recepciones(contexto.rutas, contexto.corte, instrumento)
    return leer_libros(contexto, recepciones, instrumento, con_traza=con_traza)


def leer_libros(
    contexto: Contexto, recepciones: Sequence[Recepcion], instrumento: str = "pi", *, con_traza: bool = True
) -> Entregas:
    """Los libros de esas fichas como si fueran todo lo recibido en el corte; cuenta la última versión.

    Sin `con_traza` las celdas van vacías, salvo que haya correcciones declaradas, que se ubican en ellas.
    """
    con_traza = con_traza or contexto.rutas.correcciones(contexto.corte.vigencia).is_file()
    entregas = recepcion.armar_entregas(
        recepciones, config=contexto.config, corte=contexto.corte, instrumento=instrumento
    )
    vigentes = _vigentes(recepciones)
    partes = _leer_cada_uno(contexto, vigentes, instrumento)
    leidos, movimientos, trazadas, hallazgos = reconocer_metas(
        contexto,
        instrumento,
        unir(TABLAS[instrumento], partes["registros"]),
        unir("movimientos", partes["movimientos"]),
        unir("celdas", partes["celdas"] if con_traza else ()),
        de_tabla(unir("hallazgos", partes["hallazgos"])),
    )
    entregas = _con_filas(entregas, leidos) if vigentes else entregas
    if instrumento == "pi":
        leidos, trazadas, avisos = _corregir(contexto, leidos, trazadas, vigentes)
        hallazgos += avisos
    return Entregas(
        instrumento=instrumento,
        entregas=entregas,
        registros=leidos,
        movimientos=movimientos,
        celdas=trazadas,
        hallazgos=tabla_hallazgos(correcciones.atenuar_corregidas(hallazgos)),
    )


def _leer_cada_uno(
    contexto: Contexto, fichas: Sequence[Recepcion], instrumento: str
) -> dict[str, list[pd.DataFrame]]:
    """Las tablas de esos libros, una tras otra; los ya leídos que no cambian salen de la memoria."""
    por_ruta = {ficha.ruta: ficha for ficha in fichas}
    leidas = memoria.por_libro(
        contexto,
        instrumento,
        {ruta: repr(ficha) for ruta, ficha in por_ruta.items()},
        DE_UN_LIBRO,
        lambda ruta: _leer_uno(contexto, por_ruta[ruta]),
    )
    return {n: [leidas[n].drop(columns=memoria.LIBRO)] if n in leidas else [] for n in DE_UN_LIBRO}


def _leer_uno(contexto: Contexto, ficha: Recepcion) -> dict[str, pd.DataFrame]:
    """Lo leído de un libro (DE_UN_LIBRO), antes de las correcciones declaradas."""
    partes: dict[str, list[pd.DataFrame]] = {nombre: [] for nombre in DE_UN_LIBRO}
    if contrarios := _contradicciones(contexto, ficha):
        partes["hallazgos"].append(tabla_hallazgos(_situar(contrarios, ficha)))
    for tabla, limpio in _leer_hojas(contexto, ficha):
        filas = limpieza.armar_registros(tabla, limpio, ficha.dependencia)
        partes["movimientos" if tabla == "movimientos" else "registros"].append(filas)
        partes["celdas"].append(limpio.celdas)
        if limpio.hallazgos:
            partes["hallazgos"].append(tabla_hallazgos(_situar(limpio.hallazgos, ficha)))
    con_filas = {nombre: [t for t in tablas if len(t)] for nombre, tablas in partes.items()}
    return {nombre: pd.concat(t, ignore_index=True) for nombre, t in con_filas.items() if t}


def _contradicciones(contexto: Contexto, ficha: Recepcion) -> list[Hallazgo]:
    """Lo que la plantilla del libro dice distinto de como se recibió."""
    return recepcion.contradicciones_del_libro(
        contexto.rutas.crudos / ficha.ruta,
        contexto.config,
        contexto.corte,
        instrumento=ficha.instrumento,
        dependencia=ficha.dependencia,
    )


def _leer_hojas(contexto: Contexto, ficha: Recepcion) -> list[tuple[str, limpieza.LibroLimpio]]:
    """El libro leído con su formato y con los de sus otras hojas, cada uno con su tabla."""
    formato = contexto.formato(ficha.formato)
    formatos = [formato, *(contexto.formato(nombre) for nombre in formato.tambien)]
    return [(f.tabla, _leer_libro(contexto, ficha, f)) for f in formatos]


def _corregir_plan(
    contexto: Contexto, metas: pd.DataFrame, vigencias: pd.DataFrame, celdas: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, list[Hallazgo]]:
    """El plan con las correcciones declaradas hasta el corte, de la vigencia más vieja a la más nueva."""
    carpeta = contexto.rutas.correcciones(contexto.corte.vigencia).parent
    declaradas = correcciones.cargar_correcciones_del_plan(carpeta.glob("*.yml"), contexto.corte)
    avisos: list[Hallazgo] = []
    for ruta, propias in declaradas.items():
        origen = ruta.relative_to(ruta.parents[2]).as_posix()
        metas, vigencias, celdas, nuevos = correcciones.corregir_plan(
            metas, vigencias, celdas, propias, origen=origen
        )
        avisos += nuevos
    return metas, vigencias, celdas, avisos


def _corregir(
    contexto: Contexto, registros: pd.DataFrame, celdas: pd.DataFrame, vigentes: Sequence[Recepcion]
) -> tuple[pd.DataFrame, pd.DataFrame, list[Hallazgo]]:
    """Lo leído con las correcciones declaradas para el corte, que se aplican antes de revisar la calidad."""
    ruta = contexto.rutas.correcciones(contexto.corte.vigencia)
    declaradas = correcciones.cargar_correcciones(ruta, contexto.corte)
    origen = ruta.relative_to(ruta.parents[2]).as_posix()
    registros, celdas, avisos = correcciones.aplicar_correcciones(
        registros, celdas, declaradas, origen=origen
    )
    de_quien = {ficha.sha256: ficha.dependencia or None for ficha in vigentes}
    return registros, celdas, [replace(a, dependencia=de_quien.get(a.sha256 or "")) for a in avisos]


def _leer_libro(contexto: Contexto, ficha: Recepcion, formato: Formato) -> limpieza.LibroLimpio:
    with ocupado_en(f"{ficha.archivo} › {ficha.dependencia or 'plan'}"):
        leido = lectura.leer_libro(
            contexto.rutas.crudos / ficha.ruta,
            formato,
            archivo=ficha.archivo,
            sha256=ficha.sha256,
            vigencias=contexto.config.entidad.vigencias,
            corte=contexto.corte if ficha.instrumento != "plan" else None,
        )
        return limpieza.limpiar(leido, formato, contexto.config.dependencias)


def _vigentes(recepciones: Sequence[Recepcion]) -> list[Recepcion]:
    ultimas: dict[str, Recepcion] = {}
    for ficha in recepciones:
        anterior = ultimas.get(ficha.dependencia)
        if anterior is None or ficha.version > anterior.version:
            ultimas[ficha.dependencia] = ficha
    return [ultimas[codigo] for codigo in sorted(ultimas)]


def _con_filas(entregas: pd.DataFrame, registros: pd.DataFrame) -> pd.DataFrame:
    conteo = registros[["sha256", "hoja", "fila"]].drop_duplicates().groupby("sha256").size()
    vigente = entregas["estado"].isna()
    return entregas.assign(n_filas=entregas["sha256"].map(conteo).fillna(0).where(vigente).astype("Int64"))


def _situar(hallazgos: Iterable[Hallazgo], ficha: Recepcion) -> list[Hallazgo]:
    """Los mismos hallazgos con el libro y la dependencia de donde salieron."""
    return [
        replace(
            hallazgo,
            instrumento=ficha.instrumento,
            dependencia=ficha.dependencia or None,
            archivo=ficha.archivo,
            sha256=ficha.sha256,
        )
        for hallazgo in hallazgos
    ]


def tabla_hallazgos(hallazgos: Iterable[Hallazgo]) -> pd.DataFrame:
    """Tabla `hallazgos` con los dados, en su orden."""
    filas = [{c: getattr(h, c) for c in CAMPOS} | {"severidad": h.severidad.value} for h in hallazgos]
    return crear_tabla("hallazgos", filas)


def de_tabla(hallazgos: pd.DataFrame) -> list[Hallazgo]:
    """Los hallazgos de una tabla hecha con `tabla_hallazgos`."""
    filas = hallazgos.astype("object").where(hallazgos.notna(), None).to_dict("records")
    return [
        Hallazgo(**{str(c): v for c, v in fila.items()} | {"severidad": Severidad(fila["severidad"])})
        for fila in filas
    ]


def unir(tabla: str, partes: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Las partes de una tabla, una tras otra; vacía y con sus tipos si ninguna tiene filas."""
    con_filas = [parte for parte in partes if len(parte)]
    return crear_tabla(tabla, pd.concat(con_filas, ignore_index=True) if con_filas else ())
