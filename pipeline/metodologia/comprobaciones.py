"""Cálculos que se repiten sobre lo publicado; cada uno coincide o levanta ErrorInforme. No dan formato."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from pipeline.indices import evaluar
from pipeline.indices.agregacion import valores_que_cuentan
from pipeline.indices.finanzas import eficiencia, ejecucion_financiera, sumar_dinero
from pipeline.indices.formulas import (
    Reales,
    avance_crudo,
    avance_esperado,
    codigos_de_tipo,
    con_tope,
    cota_de_la_vigencia,
    ritmo,
)
from pipeline.indices.semaforo import nombres, semaforo
from pipeline.metodologia.pesos import nodo_de_cada_meta, pesos_en_el_nodo
from pipeline.metodologia.revision import Comprobacion, Revision, comparar, nombre_de_tipo, texto
from pipeline.modelo import EstadoReporte, Nivel, TipoMeta

COTAS = ("cota_inferior", "avance", "cota_superior")
DEL_CORTE = ("ejecutado_vigencia", "programado_vigencia")
FIJOS = ("linea_base", "meta_cuatrienio")


def resumen(revision: Revision) -> pd.DataFrame:
    """Todas las comprobaciones del método, ya hechas: `comprobacion`, `que_compara`, `comparados`, etc.

    Levanta ErrorInforme en la primera que no coincida.
    """
    tipos = [t.value for t in TipoMeta]
    sin_tipo = [""] if revision.datos.metas["tipo_meta"].isna().any() else []
    hechas = [
        *(comprobar_tipo(revision, tipo) for tipo in [*tipos, *sin_tipo]),
        comprobar_esperado(revision),
        comprobar_agregacion(revision),
        comprobar_cotas(revision),
        comprobar_semaforo(revision),
        comprobar_dinero(revision),
    ]
    return pd.DataFrame(
        [
            {
                "comprobacion": c.nombre,
                "que_compara": c.que_compara,
                "comparados": c.comparados,
                "diferencia": c.diferencia_en_palabras,
                "resultado": c.resultado,
            }
            for c in hechas
        ]
    )


def comprobar_tipo(revision: Revision, tipo: str) -> Comprobacion:
    """Avances de la vigencia y del cuatrienio de todas las metas del tipo, vueltos a calcular.

    La vigencia se calcula dos veces, con la fórmula y con la expresión publicada en `trazas`, poniéndole los
    valores de la tabla `metas`; el cuatrienio, con la expresión. Con `tipo` vacío, las metas sin tipo.
    """
    metas = revision.datos.metas
    propias = metas[metas["tipo_meta"].eq(tipo) if tipo else metas["tipo_meta"].isna()]
    crudo = avance_crudo(
        codigos_de_tipo(propias["tipo_meta"]),
        _reales(propias, "ejecutado_vigencia"),
        _reales(propias, "programado_vigencia"),
        _reales(propias, "linea_base"),
        descuenta_linea_base=revision.metodo.capacidad_descuenta_linea_base,
    )
    reportada = propias["estado_reporte"].eq(EstadoReporte.REPORTADA.value).to_numpy()
    formula = np.where(reportada, con_tope(crudo, revision.metodo.tope), np.nan)
    partes = [
        _pares(propias, "avance_crudo", crudo),
        _pares(propias, "avance", formula),
        _pares(propias, "avance", _de_las_trazas(revision, propias, "avance")),
        _pares(propias, "avance_cuatrienio", _de_las_trazas(revision, propias, "avance_cuatrienio")),
    ]
    nombre = texto("nombre_tipo", tipo=nombre_de_tipo(tipo or None))
    return comparar(nombre, texto("que_tipo", n=len(propias)), _juntar(partes))


def comprobar_esperado(revision: Revision) -> Comprobacion:
    """Lo esperado al corte y el ritmo de cada meta, con la misma fórmula del tipo."""
    metas, metodo = revision.datos.metas, revision.metodo
    esperado = avance_esperado(
        codigos_de_tipo(metas["tipo_meta"]),
        _reales(metas, "programado_vigencia"),
        _reales(metas, "programado_corte"),
        _reales(metas, "linea_base"),
        transcurrido=revision.datos.corte.periodo.transcurrido,
        perfil=metodo.esperado == "perfil",
        descuenta_linea_base=metodo.capacidad_descuenta_linea_base,
    )
    esperado = np.where(_programada(metas), esperado, np.nan)
    partes = [
        _pares(metas, "esperado", esperado),
        _pares(metas, "ritmo", ritmo(_reales(metas, "avance"), esperado)),
    ]
    return comparar(texto("nombre_esperado"), texto("que_esperado", n=len(metas)), _juntar(partes))


def comprobar_agregacion(revision: Revision) -> Comprobacion:
    """Cada nodo de cada nivel es Σ peso × avance de sus metas, con pesos que suman 1."""
    partes = []
    for nivel, valores, pesos in _por_nivel(revision, "avance"):
        nodos = _sumas_por_nodo(revision, nivel, {"avance": pesos * np.nan_to_num(valores), "pesos": pesos})
        hay = nodos["pesos_suma"] > 0
        partes.append(_pares_de_nodos(nodos, nivel, "avance", nodos["avance_suma"].where(hay)))
        unos = nodos.assign(pesos_publicado=np.where(hay, 1.0, 0.0))
        partes.append(
            _pares_de_nodos(unos, nivel, "pesos_publicado", nodos["pesos_suma"], de="suma de pesos")
        )
    partes += [_de_las_formulas(revision, medida) for medida in ("avance", "avance_cuatrienio")]
    nodos_en_total = len(revision.datos.indices)
    return comparar(texto("nombre_agregacion"), texto("que_agregacion", n=nodos_en_total), _juntar(partes))


def comprobar_cotas(revision: Revision) -> Comprobacion:
    """Las cotas de cada nodo salen de poner 0 y el tope a lo que falta, y contienen el valor oficial."""
    partes = []
    for medida in ("cota_inferior", "cota_superior"):
        for nivel, valores, pesos in _por_nivel(revision, medida):
            nodos = _sumas_por_nodo(revision, nivel, {medida: pesos * np.nan_to_num(valores), "pesos": pesos})
            cota = nodos[f"{medida}_suma"].where(nodos["pesos_suma"] > 0)
            juntar = np.fmin if medida == "cota_inferior" else np.fmax
            partes.append(_pares_de_nodos(nodos, nivel, medida, juntar(cota, nodos["avance"])))
    metas = revision.datos.metas
    faltan = _programada(metas) & metas["avance"].isna().to_numpy()
    extremos = {"cota_inferior": 0.0, "cota_superior": cota_de_la_vigencia(revision.metodo.tope)}
    for medida, extremo in extremos.items():
        partes.append(_pares(metas, medida, np.where(faltan, extremo, _reales(metas, "avance"))))
    for tabla, llave in ((metas, "codigo_meta"), (revision.datos.indices, "codigo")):
        partes.append(_dentro_de_las_cotas(tabla, llave))
    return comparar(texto("nombre_cotas"), texto("que_cotas"), _juntar(partes))


def comprobar_semaforo(revision: Revision) -> Comprobacion:
    """El semáforo de cada meta y de cada nodo sale de sus dos cotas y de lo esperado."""
    partes = []
    for tabla, llave in ((revision.datos.metas, "codigo_meta"), (revision.datos.indices, "codigo")):
        programada = _programada(tabla) if llave == "codigo_meta" else _reales(tabla, "n_programadas") > 0
        bandas = semaforo(
            _reales(tabla, "cota_inferior"),
            _reales(tabla, "cota_superior"),
            _reales(tabla, "esperado"),
            programada,
            revision.metodo.bandas,
        )
        # Se comparan nombres: coincidir vale 0 y no coincidir, 1.
        distinto = (tabla["semaforo"].to_numpy() != nombres(bandas)).astype(np.float64)
        de = tabla[llave].astype("str") + " semáforo"
        partes.append(pd.DataFrame({"de": de, "publicado": 0.0, "recalculado": distinto}))
    return comparar(texto("nombre_semaforo"), texto("que_semaforo"), _juntar(partes))


def comprobar_dinero(revision: Revision) -> Comprobacion:
    """La ejecución financiera de cada nodo es la razón de las sumas de sus metas, y la eficiencia la usa."""
    metodo, partes = revision.metodo, []
    metas = revision.datos.metas
    partes.append(_pares(metas, "ejecucion_financiera", ejecucion_financiera(metas, metodo)))
    for nivel in _niveles(revision):
        sumas = sumar_dinero(metas, nodo_de_cada_meta(metas, nivel))
        nodos = _nodos(revision, nivel)
        financiera = ejecucion_financiera(sumas.reindex(nodos.index), metodo)
        partes.append(_pares_de_nodos(nodos, nivel, "ejecucion_financiera", financiera))
        razon = eficiencia(_reales(nodos, "avance"), financiera, metodo.eficiencia_minima)
        partes.append(_pares_de_nodos(nodos, nivel, "eficiencia", razon))
    return comparar(texto("nombre_dinero"), texto("que_dinero"), _juntar(partes))


def _de_las_trazas(revision: Revision, metas: pd.DataFrame, medida: str) -> list[float]:
    """La expresión publicada de cada meta, evaluada con los valores de la tabla `metas`."""
    trazas = revision.datos.trazas[revision.datos.trazas["medida"] == medida].set_index("codigo_meta")[
        "expresion"
    ]
    vigencia = revision.datos.corte.vigencia
    return [
        _evaluar(trazas.get(fila["codigo_meta"]), fila, vigencia)
        for fila in metas[["codigo_meta", *DEL_CORTE, *FIJOS]].to_dict("records")
    ]


def _evaluar(expresion: Any, fila: Mapping[Any, Any], vigencia: int) -> float:
    if not isinstance(expresion, str) or not expresion:
        return float("nan")
    llaves = [(campo, vigencia) for campo in DEL_CORTE] + [(campo, 0) for campo in FIJOS]
    valores = {llave: float(fila[llave[0]]) for llave in llaves if pd.notna(fila[llave[0]])}
    return evaluar(json.loads(expresion), valores)


def _de_las_formulas(revision: Revision, medida: str) -> pd.DataFrame:
    """El numerador sobre el denominador que se publican de cada nodo, frente a su cifra."""
    trazas = revision.datos.trazas_nodos[revision.datos.trazas_nodos["medida"] == medida]
    llave = ["nivel", "codigo"]
    nodos = revision.datos.indices[[*llave, medida]].merge(trazas, on=llave, how="left")
    razon = con_tope(_reales(nodos, "numerador") / _reales(nodos, "denominador"), revision.metodo.tope)
    de = nodos["nivel"] + " " + nodos["codigo"].astype("str") + f" fórmula de {medida}"
    return pd.DataFrame({"de": de, "publicado": _reales(nodos, medida), "recalculado": razon})


def _niveles(revision: Revision) -> list[Nivel]:
    presentes = set(revision.datos.indices["nivel"])
    return [nivel for nivel in Nivel if nivel.value in presentes]


def _por_nivel(revision: Revision, medida: str) -> Iterable[tuple[Nivel, Reales, Reales]]:
    metas = revision.datos.metas
    valores = valores_que_cuentan(metas, revision.metodo).columnas[medida]
    for nivel in _niveles(revision):
        yield nivel, valores, pesos_en_el_nodo(metas, valores, nivel, revision.metodo.agregacion)


def _nodos(revision: Revision, nivel: Nivel) -> pd.DataFrame:
    indices = revision.datos.indices
    return indices[indices["nivel"] == nivel.value].set_index("codigo")


def _sumas_por_nodo(revision: Revision, nivel: Nivel, columnas: Mapping[str, Reales]) -> pd.DataFrame:
    """Los nodos publicados con la suma de cada columna sobre sus metas, de nombre terminado en `_suma`."""
    nodo_de = nodo_de_cada_meta(revision.datos.metas, nivel).to_numpy()
    sumas = pd.DataFrame(dict(columnas)).groupby(nodo_de).sum()
    return _nodos(revision, nivel).join(sumas.add_suffix("_suma"))


def _dentro_de_las_cotas(tabla: pd.DataFrame, llave: str) -> pd.DataFrame:
    """El valor oficial recortado a sus cotas: si estaba dentro, no cambia."""
    inferior, avance, superior = (_reales(tabla, c) for c in COTAS)
    de = tabla[llave].astype("str") + " dentro de sus cotas"
    return pd.DataFrame({"de": de, "publicado": avance, "recalculado": np.clip(avance, inferior, superior)})


def _pares(metas: pd.DataFrame, columna: str, recalculado: Any) -> pd.DataFrame:
    de = metas["codigo_meta"].astype("str") + f" {columna}"
    return pd.DataFrame(
        {"de": de, "publicado": _reales(metas, columna), "recalculado": np.asarray(recalculado)}
    )


def _pares_de_nodos(
    nodos: pd.DataFrame, nivel: Nivel, columna: str, recalculado: Any, de: str = ""
) -> pd.DataFrame:
    rotulos = [f"{nivel.value} {codigo} {de or columna}" for codigo in nodos.index]
    valores = np.asarray(recalculado, dtype=np.float64)
    return pd.DataFrame({"de": rotulos, "publicado": _reales(nodos, columna), "recalculado": valores})


def _juntar(partes: list[pd.DataFrame]) -> pd.DataFrame:
    return pd.concat([p.astype({"publicado": "float64", "recalculado": "float64"}) for p in partes])


def _programada(metas: pd.DataFrame) -> Any:
    return metas["estado_reporte"].ne(EstadoReporte.NO_PROGRAMADA.value).to_numpy(dtype=np.bool_)


def _reales(tabla: pd.DataFrame, columna: str) -> Reales:
    return tabla[columna].to_numpy(dtype=np.float64, na_value=np.nan)
