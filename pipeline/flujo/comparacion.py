"""Dos cortes, uno al lado del otro: qué se movió, por qué metas, y qué dice el nuevo del anterior."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline import alertas, calidad, recepcion, variaciones
from pipeline.config import leer_corte
from pipeline.errores import ErrorConfiguracion, ErrorEntorno, ErrorSeguimiento
from pipeline.esquemas import crear_tabla, leer_tabla
from pipeline.flujo.contexto import Contexto, abrir
from pipeline.flujo.entrada import leer_entregas
from pipeline.flujo.previos import CortePrevio, calcular_previos
from pipeline.flujo.tempranas import reglas_de_alerta
from pipeline.indices.participaciones import calcular_participaciones
from pipeline.modelo import Corte, Nivel, Periodo

TABLAS = ("metas", "indices", "alertas", "registros_pi", "entregas", "hallazgos")
TOLERANCIA = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class TablasDelCorte:
    """Lo que se compara de un corte; `recalculado` si no estaba en lo procesado."""

    corte: Corte
    metas: pd.DataFrame
    indices: pd.DataFrame
    alertas: pd.DataFrame
    registros: pd.DataFrame
    recalculado: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparacion:
    """Todo lo que cambió entre dos cortes; con `dependencia`, solo lo suyo.

    `indices` trae el índice de cada nodo en ambos cortes; `variaciones`, su cambio repartido entre las metas;
    `programacion` y `reexpresados`, lo que el corte nuevo dice distinto; `alertas`, cuáles son nuevas,
    continúan, se resolvieron o quedaron sin resolver al cerrar su vigencia. `medida` es «avance», o
    «avance_cuatrienio» entre vigencias distintas.
    """

    anterior: Corte
    corte: Corte
    medida: str
    dependencia: str
    indices: pd.DataFrame
    variaciones: pd.DataFrame
    programacion: pd.DataFrame
    reexpresados: pd.DataFrame
    alertas: pd.DataFrame
    avisos: tuple[str, ...] = ()

    def como_datos(self) -> dict[str, Any]:
        """Lo mismo, para leerlo con un programa; lo vacío va como null."""
        tablas = {
            "indices": self.indices,
            "variaciones": self.variaciones,
            "cambios_de_programacion": self.programacion,
            "valores_reexpresados": self.reexpresados,
            "alertas": self.alertas,
        }
        return {
            "anterior": str(self.anterior),
            "corte": str(self.corte),
            "medida": self.medida,
            "dependencia": self.dependencia,
            "avisos": list(self.avisos),
            **{n: t.astype(object).where(t.notna(), None).to_dict("records") for n, t in tablas.items()},
        }


def variaciones_del_corte(
    contexto: Contexto,
    metas: pd.DataFrame,
    agregados: pd.DataFrame,
    previos: Sequence[CortePrevio] | None = None,
) -> pd.DataFrame:
    """Tabla `variaciones` del corte frente al anterior de su vigencia; vacía si es el primero.

    `metas` y `agregados` son las tablas `metas` e `indices` del corte; `previos`, lo de `calcular_previos` si
    ya se calculó. Levanta ErrorSeguimiento si lo repartido no suma el cambio del índice publicado.
    """
    todos = calcular_previos(contexto) if previos is None else previos
    de_la_vigencia = [p for p in todos if p.corte.vigencia == contexto.corte.vigencia]
    if not de_la_vigencia:
        return crear_tabla("variaciones")
    previo = de_la_vigencia[-1]
    registros = _registros_aceptados(contexto)
    anteriores = crear_tabla("registros_pi")
    if _repite_lo_de_antes(registros, previo.corte):
        anteriores = leer_entregas(replace(contexto, corte=previo.corte)).registros
    reexpresados = variaciones.valores_reexpresados(
        anteriores, registros, anterior=previo.corte, corte=contexto.corte
    )
    sin_alertas = crear_tabla("alertas")
    antes = TablasDelCorte(
        corte=previo.corte,
        metas=previo.metas,
        indices=previo.indices,
        alertas=sin_alertas,
        registros=anteriores,
    )
    ahora = TablasDelCorte(
        corte=contexto.corte, metas=metas, indices=agregados, alertas=sin_alertas, registros=registros
    )
    return _descomponer(contexto, antes, ahora, "avance", reexpresados)


def comparar(contexto: Contexto, anterior: Corte, dependencia: str = "") -> Comparacion:
    """El corte del contexto frente a uno anterior, de esa u otra vigencia.

    Usa lo procesado de cada corte; el que falte se recalcula de data/raw sin guardar nada. Entre vigencias
    distintas se compara el avance del cuatrienio, porque el de la vigencia vuelve a empezar cada año.

    Levanta ErrorConfiguracion si el orden es al revés, la dependencia no existe o un corte no tiene entregas,
    y ErrorEntorno si no las tiene ninguno.
    """
    if dependencia:
        contexto.config.dependencia(dependencia)
    _revisar_cortes(contexto, anterior)
    a, b = _tablas_de_ambos(contexto, anterior)
    medida = "avance" if anterior.vigencia == contexto.corte.vigencia else "avance_cuatrienio"
    reexpresados = variaciones.valores_reexpresados(
        a.registros, b.registros, anterior=anterior, corte=contexto.corte
    )
    completa = Comparacion(
        anterior=anterior,
        corte=contexto.corte,
        medida=medida,
        dependencia=dependencia,
        indices=_indices_de_ambos(a.indices, b.indices, medida),
        variaciones=_descomponer(contexto, a, b, medida, reexpresados),
        programacion=variaciones.cambios_de_programacion(a.metas, b.metas),
        reexpresados=reexpresados,
        alertas=alertas.comparar_alertas(a.alertas, b.alertas, otra_vigencia=medida != "avance"),
        avisos=tuple(_avisos(a, b, medida)),
    )
    return _solo_de(completa, set(b.metas.loc[b.metas["dependencia"] == dependencia, "codigo_meta"]))


def abrir_cortes(anterior: str, posterior: str, raiz: Path) -> tuple[Contexto, Corte]:
    """Contexto del corte más reciente y el corte anterior, escritos como «2025-T3».

    Levanta ErrorConfiguracion si alguno está mal escrito o no es del cuatrienio.
    """
    partes = []
    for texto in (anterior, posterior):
        if not re.fullmatch(r"\d{4}-T[1-4]", texto.strip().upper()):
            raise ErrorConfiguracion(f"«{texto}» no es un corte", remedio="Escríbalo así: 2025-T3")
        vigencia, periodo = texto.strip().upper().split("-")
        partes.append((int(vigencia), periodo))
    contexto = abrir(*partes[1], raiz)
    return contexto, leer_corte(*partes[0], contexto.config)


def _revisar_cortes(contexto: Contexto, anterior: Corte) -> None:
    orden = [(c.vigencia, c.periodo.value) for c in (anterior, contexto.corte)]
    if orden[0] >= orden[1]:
        raise ErrorConfiguracion(
            f"el corte {anterior} no es anterior a {contexto.corte}", remedio="Escriba primero el más antiguo"
        )
    con_libros = recepcion.cortes_con_entregas(contexto.rutas)
    for vigencia, periodo in orden:
        if (vigencia, periodo) not in con_libros:
            problema = f"el corte {vigencia}-{periodo} no tiene entregas"
            if not con_libros:
                raise ErrorEntorno(problema, remedio="Reciba los libros con «seguimiento recibir»")
            hay = ", ".join(f"{v}-{p}" for v, p in con_libros)
            raise ErrorConfiguracion(problema, remedio=f"Con entregas hay: {hay}")


def _tablas_de_ambos(contexto: Contexto, anterior: Corte) -> tuple[TablasDelCorte, TablasDelCorte]:
    cortes = (anterior, contexto.corte)
    leidas = {corte: _procesadas(replace(contexto, corte=corte)) for corte in cortes}
    if any(tablas is None for tablas in leidas.values()):
        previos = {p.corte: p for p in calcular_previos(replace(contexto, corte=_siguiente(contexto.corte)))}
        leidas = {c: t or _recalculadas(contexto, previos[c]) for c, t in leidas.items()}
    a, b = (leidas[corte] for corte in cortes)
    assert a is not None and b is not None
    return _con_su_historia(contexto, a), b


def _con_su_historia(contexto: Contexto, a: TablasDelCorte) -> TablasDelCorte:
    """El corte recalculado con las alertas que la historia del nuevo le guarda.

    Recalcularlas sueltas no ve lo que depende de los cortes de atrás (proyección, callados, valores iguales).
    """
    carpeta = contexto.rutas.procesados(contexto.corte)
    if not a.recalculado or not (carpeta / "historial_alertas.parquet").exists():
        return a
    historial = leer_tabla("historial_alertas", carpeta)
    suyas = historial[historial["corte"] == str(a.corte)]
    return replace(a, alertas=suyas.drop_duplicates("id_alerta").reset_index(drop=True))


def _procesadas(contexto: Contexto) -> TablasDelCorte | None:
    carpeta = contexto.rutas.procesados(contexto.corte)
    if not all((carpeta / f"{nombre}.parquet").exists() for nombre in TABLAS):
        return None
    return TablasDelCorte(
        corte=contexto.corte,
        metas=leer_tabla("metas", carpeta),
        indices=leer_tabla("indices", carpeta),
        alertas=leer_tabla("alertas", carpeta),
        registros=_registros_aceptados(contexto),
    )


def _recalculadas(contexto: Contexto, previo: CortePrevio) -> TablasDelCorte:
    propio = replace(contexto, corte=previo.corte)
    leidas = leer_entregas(propio)
    return TablasDelCorte(
        corte=previo.corte,
        metas=previo.metas,
        indices=previo.indices,
        alertas=_alertas_de(propio, previo),
        registros=calidad.registros_aceptados(leidas.registros, previo.entregas, previo.hallazgos),
        recalculado=True,
    )


def _alertas_de(contexto: Contexto, previo: CortePrevio) -> pd.DataFrame:
    return alertas.calcular_alertas(
        previo.metas,
        previo.indices,
        previo.entregas,
        corte=previo.corte,
        umbrales=contexto.config.umbrales.model_dump(),
        textos=reglas_de_alerta(contexto),
    )


def _siguiente(corte: Corte) -> Corte:
    """El corte que sigue, para pedir todo lo anterior a él incluido el dado."""
    if corte.periodo is Periodo.T4:
        return Corte(vigencia=corte.vigencia + 1, periodo=Periodo.T1)
    return Corte(vigencia=corte.vigencia, periodo=Periodo(f"T{corte.periodo.numero + 1}"))


def _registros_aceptados(contexto: Contexto) -> pd.DataFrame:
    carpeta = contexto.rutas.procesados(contexto.corte)
    return calidad.registros_aceptados(*(leer_tabla(nombre, carpeta) for nombre in TABLAS[3:]))


def _repite_lo_de_antes(registros: pd.DataFrame, anterior: Corte) -> bool:
    """Si los libros traen lo ejecutado en trimestres ya cerrados; si no, no pueden reexpresarlo.

    Releer el corte anterior cuesta casi lo que calcularlo: solo se hace si hay con qué comparar.
    """
    campos = [f"ejecutado_t{q}" for q in range(1, anterior.periodo.numero + 1)]
    return bool(registros.loc[registros["vigencia"] == anterior.vigencia, campos].notna().any(axis=None))


def _descomponer(
    contexto: Contexto, a: TablasDelCorte, b: TablasDelCorte, medida: str, reexpresados: pd.DataFrame
) -> pd.DataFrame:
    metodo = contexto.config.metodo.metodo()
    partes = [calcular_participaciones(lado.metas, metodo=metodo, medida=medida) for lado in (a, b)]
    descompuesto = variaciones.descomponer(*partes)
    _exigir_exacto(descompuesto, a.indices, b.indices, medida)
    return variaciones.armar_variaciones(
        descompuesto,
        a.metas,
        b.metas,
        anterior=a.corte,
        corte=b.corte,
        reexpresadas=frozenset(
            reexpresados.loc[reexpresados["campo"].str.startswith("ejecutado"), "codigo_meta"]
        ),
    )


def _exigir_exacto(
    descompuesto: pd.DataFrame, indices_a: pd.DataFrame, indices_b: pd.DataFrame, medida: str
) -> None:
    """Lo repartido tiene que sumar el cambio de lo publicado: si no, se calculó con otro método."""
    llave = ["nivel", "codigo"]
    publicados = [t.set_index(llave)[medida] for t in (indices_a, indices_b)]
    repartido = descompuesto.groupby(llave)["efecto"].sum()
    diferencia = (publicados[1] - publicados[0]).reindex(repartido.index) - repartido
    malos = diferencia[~(diferencia.abs() <= TOLERANCIA)]
    if len(malos):
        raise ErrorSeguimiento(
            f"el cambio de {len(malos)} índices no es la suma de lo que puso cada meta",
            remedio="Recalcule ambos cortes con «seguimiento correr»: se calcularon con métodos distintos",
        )


def _indices_de_ambos(a: pd.DataFrame, b: pd.DataFrame, medida: str) -> pd.DataFrame:
    llave = ["nivel", "codigo"]
    nombres = pd.concat([b, a])[[*llave, "nombre"]].drop_duplicates(llave)
    juntos = a[[*llave, medida]].merge(b[[*llave, medida]], on=llave, how="outer", suffixes=("_a", "_b"))
    juntos.columns = [*llave, "indice_a", "indice_b"]
    orden = {nivel.value: i for i, nivel in enumerate(Nivel)}
    juntos = juntos.merge(nombres, on=llave).assign(
        cambio=juntos["indice_b"] - juntos["indice_a"], _orden=juntos["nivel"].map(orden)
    )
    juntos = juntos.sort_values(["_orden", "codigo"], ignore_index=True)
    return juntos[[*llave, "nombre", "indice_a", "indice_b", "cambio"]]


def _avisos(a: TablasDelCorte, b: TablasDelCorte, medida: str) -> Iterable[str]:
    if medida != "avance":
        yield "Son vigencias distintas: se compara el avance del cuatrienio."
    for lado in (a, b):
        if lado.recalculado:
            yield f"El corte {lado.corte} no estaba procesado: se recalculó de sus libros, sin guardarlo."


def _solo_de(comparacion: Comparacion, metas: set[str]) -> Comparacion:
    codigo = comparacion.dependencia
    if not codigo:
        return comparacion

    def del_nodo(tabla: pd.DataFrame) -> pd.DataFrame:
        propias = (tabla["nivel"] == Nivel.DEPENDENCIA.value) & (tabla["codigo"] == codigo)
        return tabla[propias].reset_index(drop=True)

    def de_metas(tabla: pd.DataFrame) -> pd.DataFrame:
        return tabla[tabla["codigo_meta"].isin(metas)].reset_index(drop=True)

    avisos = comparacion.alertas
    return replace(
        comparacion,
        indices=del_nodo(comparacion.indices),
        variaciones=del_nodo(comparacion.variaciones),
        programacion=de_metas(comparacion.programacion),
        reexpresados=de_metas(comparacion.reexpresados),
        alertas=avisos[avisos["dependencia"] == codigo].reset_index(drop=True),
    )
