"""De una cifra publicada a su fórmula con los números puestos y a los insumos que la sustentan.

La expresión es un árbol de datos simples (operación y operandos) que cualquiera puede volver a evaluar con
`evaluar`, incluso con los valores leídos otra vez de las celdas. Nunca se evalúa texto.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from pipeline.errores import ErrorSeguimiento
from pipeline.formato_es import exacto, porcentaje
from pipeline.indices.finanzas import RAZONES
from pipeline.indices.formulas import codigos_de_tipo, es_reduccion, usa_linea_base
from pipeline.modelo import Corte, EstadoReporte, Metodo, TipoMeta

Expresion = dict[str, Any]
SIN_VIGENCIA = 0
_OPERACIONES: dict[str, Callable[[Sequence[float]], float]] = {
    "sumar": lambda valores: sum(valores),
    "restar": lambda valores: valores[0] - valores[1],
    "dividir": lambda valores: valores[0] / valores[1],
    "minimo": min,
    "maximo": max,
}
DE_LA_SERIE = ("ejecutado_vigencia", "programado_vigencia")
_SIGNOS = {"sumar": " + ", "restar": " − ", "dividir": " / "}
NOMBRES = {
    "ejecutado_vigencia": "ejecutado",
    "programado_vigencia": "programado",
    "linea_base": "línea base",
    "meta_cuatrienio": "meta del cuatrienio",
    "obligaciones_cop": "obligaciones",
    "compromisos_cop": "compromisos",
    "pagos_cop": "pagos",
    "apropiacion_definitiva_cop": "apropiación definitiva",
    "recursos_programados_cop": "recursos programados en el plan",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Insumo:
    """Un valor que entró a la fórmula; con (campo, vigencia) se halla su celda en la tabla `celdas`."""

    campo: str
    vigencia: int  # SIN_VIGENCIA si no depende de ella
    valor: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Explicacion:
    """Cómo se obtuvo una cifra de una meta; sin expresión si la cifra no existe, y el texto dice por qué."""

    codigo_meta: str
    medida: str
    texto: str
    expresion: Expresion | None
    resultado: float | None
    insumos: tuple[Insumo, ...]


def explicar_meta(
    meta: Mapping[str, Any],
    historia: pd.DataFrame,
    *,
    corte: Corte,
    metodo: Metodo,
    vigencias: tuple[int, ...],
) -> tuple[Explicacion, Explicacion, Explicacion]:
    """Explicación del avance de la vigencia, del cuatrienio y de la ejecución financiera de una meta.

    `historia` es la misma que recibió `calcular_metas`; basta con las filas de la meta. El resultado es el
    de evaluar la expresión y coincide con el publicado en 1e-12 o menos (docs/metodologia.md §7).

    >>> meta = {"codigo_meta": "M1", "tipo_meta": "acumulado", "estado_reporte": "reportada",
    ...         "ejecutado_vigencia": 30.0, "programado_vigencia": 40.0, "linea_base": None,
    ...         "meta_cuatrienio": 100.0, "obligaciones_cop": None, "apropiacion_definitiva_cop": None}
    >>> vacia = pd.DataFrame({"codigo_meta": [], "vigencia": [], "programado_vigencia": [],
    ...                       "ejecutado_vigencia": []})
    >>> from pipeline.modelo import Periodo
    >>> anual, _, _ = explicar_meta(meta, vacia, corte=Corte(vigencia=2025, periodo=Periodo.T4),
    ...                             metodo=Metodo(), vigencias=(2024, 2025, 2026, 2027))
    >>> anual.texto
    'Avance de 2025 = ejecutado / programado = 30 / 40 = 75,0 %.'
    """
    serie = _serie(meta, historia, corte, vigencias)
    return (
        _explicar_vigencia(meta, corte, metodo),
        _explicar_cuatrienio(meta, serie, corte, metodo),
        _explicar_finanzas(meta, corte, metodo),
    )


def evaluar(expresion: Expresion, valores: Mapping[tuple[str, int], float] | None = None) -> float:
    """Resultado de una expresión; `valores` reemplaza insumos por (campo, vigencia), como leídos de la celda.

    >>> cociente = {"operacion": "dividir", "operandos": [
    ...     {"campo": "ejecutado_vigencia", "vigencia": 2025, "valor": 30.0}, {"constante": 40.0}]}
    >>> evaluar(cociente), evaluar(cociente, {("ejecutado_vigencia", 2025): 20.0})
    (0.75, 0.5)
    """
    if "constante" in expresion:
        return float(expresion["constante"])
    if "campo" in expresion:
        llave = (expresion["campo"], expresion["vigencia"])
        return float((valores or {}).get(llave, expresion["valor"]))
    operacion = expresion.get("operacion")
    if operacion not in _OPERACIONES:
        raise ErrorSeguimiento(f"la expresión pide la operación «{operacion}», que no existe")
    return float(_OPERACIONES[operacion]([evaluar(o, valores) for o in expresion["operandos"]]))


def _explicar_vigencia(meta: Mapping[str, Any], corte: Corte, metodo: Metodo) -> Explicacion:
    nombre = f"Avance de {corte.vigencia}"
    motivo = _por_que_no(meta, corte)
    if motivo:
        return _sin_cifra(meta, "avance", motivo)
    cociente = _cociente(
        meta,
        _insumo(meta, "ejecutado_vigencia", corte.vigencia),
        _insumo(meta, "programado_vigencia", corte.vigencia),
        metodo,
    )
    return _con_cifra(meta, "avance", nombre, cociente, metodo)


def _explicar_cuatrienio(
    meta: Mapping[str, Any], serie: dict[int, tuple[float, float]], corte: Corte, metodo: Metodo
) -> Explicacion:
    medida, nombre = "avance_cuatrienio", f"Avance del cuatrienio a {corte}"
    tipo = meta["tipo_meta"]
    if _falta(tipo) or (_falta(meta["meta_cuatrienio"]) and tipo not in _ANUALES):
        return _sin_cifra(meta, medida, "La meta no tiene tipo o valor del cuatrienio.")
    hasta = {v: par for v, par in serie.items() if v <= corte.vigencia}
    conocidas = _mediciones(tipo, hasta)
    if tipo in _ANUALES and not _las_que_cuentan(serie, corte, metodo):
        return _sin_cifra(meta, medida, "La meta no tiene vigencias programadas que promediar.")
    if not conocidas:
        if any(p > 0 for _, p in hasta.values()):
            return _sin_cifra(meta, medida, "Nada se conoce todavía de lo ejecutado en el cuatrienio.")
        return _con_cifra(meta, medida, f"{nombre} (aún sin programar)", {"constante": 0.0}, metodo)
    if tipo in _ANUALES:
        expresion = _promedio_anual(meta, serie, conocidas, corte, metodo)
        return _con_cifra(meta, medida, nombre, expresion, metodo, topa=False)
    objetivo = _insumo(meta, "meta_cuatrienio", SIN_VIGENCIA)
    if tipo == TipoMeta.ACUMULADO.value:
        sumandos = [_hoja("ejecutado_vigencia", v, e) for v, (e, _) in conocidas.items()]
        expresion = _operar("dividir", _operar("sumar", *sumandos), objetivo)
    else:
        ultima = max(conocidas)
        nivel = _hoja("ejecutado_vigencia", ultima, conocidas[ultima][0])
        expresion = _cociente(meta, nivel, objetivo, metodo)
    return _con_cifra(meta, medida, nombre, expresion, metodo)


def _mediciones(tipo: str, hasta: Mapping[int, tuple[float, float]]) -> dict[int, tuple[float, float]]:
    """Las vigencias con un ejecutado que cuenta en el avance del cuatrienio, como en `cuatrienio`."""
    conocidas = {v: (e, p) for v, (e, p) in hasta.items() if not math.isnan(e)}
    if tipo == TipoMeta.ACUMULADO.value:
        return conocidas
    # Lo ejecutado en una vigencia no programada no es una medición del año; ni un cero, una del nivel.
    return {v: (e, p) for v, (e, p) in conocidas.items() if p > 0 or (e != 0 and tipo not in _ANUALES)}


def _explicar_finanzas(meta: Mapping[str, Any], corte: Corte, metodo: Metodo) -> Explicacion:
    arriba, abajo = RAZONES[metodo.ejecucion_financiera]
    numerador, denominador = _real(meta.get(arriba)), _real(meta.get(abajo))
    if math.isnan(numerador) or not denominador > 0:
        motivo = f"Sin cifra: faltan {NOMBRES[arriba]} o {NOMBRES[abajo]} de la meta en {corte.vigencia}."
        return _sin_cifra(meta, "ejecucion_financiera", motivo)
    cociente = _operar(
        "dividir", _hoja(arriba, corte.vigencia, numerador), _hoja(abajo, corte.vigencia, denominador)
    )
    nombre = f"Ejecución financiera de {corte.vigencia}"
    return _con_cifra(meta, "ejecucion_financiera", nombre, cociente, metodo, topa=False)


_ANUALES = (TipoMeta.MANTENIMIENTO.value, TipoMeta.REDUCCION_ANUAL.value)


def _promedio_anual(
    meta: Mapping[str, Any],
    serie: dict[int, tuple[float, float]],
    conocidas: dict[int, tuple[float, float]],
    corte: Corte,
    metodo: Metodo,
) -> Expresion:
    """Promedio de los avances de cada vigencia programada, cada uno con su tope."""
    cuentan = _las_que_cuentan(serie, corte, metodo)
    avances = [
        _topar(
            _cociente(meta, _hoja("ejecutado_vigencia", v, e), _hoja("programado_vigencia", v, p), metodo),
            metodo,
        )
        for v, (e, p) in conocidas.items()
    ]
    return _operar("dividir", _operar("sumar", *avances), {"constante": float(len(cuentan))})


def _las_que_cuentan(serie: Mapping[int, tuple[float, float]], corte: Corte, metodo: Metodo) -> list[int]:
    """Vigencias programadas entre las que se promedia: las del cuatrienio o solo las transcurridas."""
    del_cuatrienio = metodo.denominador_mantenimiento == "cuatrienio"
    return [v for v, (_, p) in serie.items() if p > 0 and (del_cuatrienio or v <= corte.vigencia)]


def _cociente(meta: Mapping[str, Any], valor: Expresion, objetivo: Expresion, metodo: Metodo) -> Expresion:
    """La fórmula del tipo. La decisión de usar la línea base es la de `formulas`, no otra."""
    tipo = codigos_de_tipo([meta["tipo_meta"]])
    base = np.array([_real(meta["linea_base"])])
    contra = np.array([objetivo["valor"]])
    if usa_linea_base(tipo, contra, base, descuenta_linea_base=metodo.capacidad_descuenta_linea_base)[0]:
        origen = _hoja("linea_base", SIN_VIGENCIA, float(base[0]))
        if es_reduccion(tipo)[0]:
            return _operar("dividir", _operar("restar", origen, valor), _operar("restar", origen, objetivo))
        return _operar("dividir", _operar("restar", valor, origen), _operar("restar", objetivo, origen))
    if es_reduccion(tipo)[0]:
        return {"constante": 1.0} if valor["valor"] <= 0 else _operar("dividir", objetivo, valor)
    return _operar("dividir", valor, objetivo)


def _con_cifra(
    meta: Mapping[str, Any],
    medida: str,
    nombre: str,
    cruda: Expresion,
    metodo: Metodo,
    *,
    topa: bool = True,
) -> Explicacion:
    expresion = _topar(cruda, metodo) if topa else cruda
    crudo, resultado = evaluar(cruda), evaluar(expresion)
    texto = f"{nombre} = {_escribir(cruda, con_nombres=True)} = {_escribir(cruda)} = {porcentaje(crudo)}"
    if not math.isclose(crudo, resultado, rel_tol=1e-12):
        texto += f"; con el tope del método cuenta {porcentaje(resultado)}"
    return Explicacion(
        codigo_meta=meta["codigo_meta"],
        medida=medida,
        texto=f"{texto}.",
        expresion=expresion,
        resultado=resultado,
        insumos=tuple(dict.fromkeys(_hojas(expresion))),
    )


def _sin_cifra(meta: Mapping[str, Any], medida: str, motivo: str) -> Explicacion:
    return Explicacion(
        codigo_meta=meta["codigo_meta"],
        medida=medida,
        texto=motivo,
        expresion=None,
        resultado=None,
        insumos=(),
    )


def _por_que_no(meta: Mapping[str, Any], corte: Corte) -> str:
    estado = meta["estado_reporte"]
    if estado == EstadoReporte.NO_PROGRAMADA.value:
        return (
            f"La meta no está programada en {corte.vigencia}: no tiene avance y no cuenta en los promedios."
        )
    if estado == EstadoReporte.DEVUELTA.value:
        return "El reporte de la meta se devolvió: su avance está entre 0 y el tope del método."
    if estado == EstadoReporte.SIN_REPORTE.value or _falta(meta["ejecutado_vigencia"]):
        return "La meta no tiene reporte en el corte: su avance está entre 0 y el tope del método."
    return ""


def _serie(
    meta: Mapping[str, Any], historia: pd.DataFrame, corte: Corte, vigencias: tuple[int, ...]
) -> dict[int, tuple[float, float]]:
    """(ejecutado, programado) de cada vigencia, con lo del corte tal como quedó en la tabla `metas`."""
    # Por columnas y no por filas: se llama una vez por meta, y filtrar la tabla costaría más que la cuenta.
    columnas = [historia[c].tolist() for c in ("codigo_meta", "vigencia", *DE_LA_SERIE)]
    por_vigencia = {
        int(vigencia): valores
        for codigo, vigencia, *valores in zip(*columnas, strict=True)
        if codigo == meta["codigo_meta"]
    }
    por_vigencia[corte.vigencia] = [meta.get(c) for c in DE_LA_SERIE]
    serie = {}
    for vigencia in vigencias:
        ejecutado, programado = por_vigencia.get(vigencia, (None, None))
        serie[vigencia] = (_real(ejecutado), _real(programado))
    ejecutado, programado = serie[corte.vigencia]
    estado = meta["estado_reporte"]
    if estado in {EstadoReporte.SIN_REPORTE.value, EstadoReporte.DEVUELTA.value}:
        ejecutado = math.nan
    if estado == EstadoReporte.NO_PROGRAMADA.value:
        programado = math.nan
    return {**serie, corte.vigencia: (ejecutado, programado)}


def _escribir(expresion: Expresion, *, con_nombres: bool = False, dentro: bool = False) -> str:
    """Fórmula en texto: con los nombres de los insumos o con sus valores."""
    if "constante" in expresion:
        return exacto(expresion["constante"])
    if "campo" in expresion:
        nombre = NOMBRES[expresion["campo"]]
        vigencia = f" {expresion['vigencia']}" if dentro and expresion["vigencia"] else ""
        return f"{nombre}{vigencia}" if con_nombres else exacto(expresion["valor"])
    operacion, operandos = expresion["operacion"], expresion["operandos"]
    con_vigencia = dentro or operacion != "dividir"
    partes = [_escribir(o, con_nombres=con_nombres, dentro=con_vigencia) for o in operandos]
    if operacion in _SIGNOS:
        texto = _SIGNOS[operacion].join(partes)
        return f"({texto})" if operacion in {"sumar", "restar"} and len(partes) > 1 else texto
    return f"{'mín' if operacion == 'minimo' else 'máx'}({'; '.join(partes)})"


def _hojas(expresion: Expresion) -> list[Insumo]:
    if "campo" in expresion:
        return [Insumo(**expresion)]
    return [insumo for operando in expresion.get("operandos", ()) for insumo in _hojas(operando)]


def _topar(expresion: Expresion, metodo: Metodo) -> Expresion:
    no_negativo = _operar("maximo", {"constante": 0.0}, expresion)
    return no_negativo if metodo.tope is None else _operar("minimo", {"constante": metodo.tope}, no_negativo)


def _operar(operacion: str, *operandos: Expresion) -> Expresion:
    return {"operacion": operacion, "operandos": list(operandos)}


def _insumo(meta: Mapping[str, Any], campo: str, vigencia: int) -> Expresion:
    return _hoja(campo, vigencia, _real(meta[campo]))


def _hoja(campo: str, vigencia: int, valor: float) -> Expresion:
    return {"campo": campo, "vigencia": vigencia, "valor": valor}


def _real(valor: Any) -> float:
    return math.nan if _falta(valor) else float(valor)


def _falta(valor: Any) -> bool:
    return valor is None or bool(pd.isna(valor))
