"""Lo que una evidencia puede decir, ya escrito en español. Nunca la observación, que es texto libre."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from functools import partial
from string import Formatter
from typing import Any

import pandas as pd

from pipeline.errores import ErrorConfiguracion
from pipeline.formato_es import contar, fecha_larga, numero, pesos, porcentaje
from pipeline.modelo import NOMBRES_DE_INSTRUMENTO, NOMBRES_DE_TIPO, Corte

CANTIDADES = {
    "programado": "programado_vigencia",
    "ejecutado": "ejecutado_vigencia",
    "ejecutado_anterior": "ejecutado_anterior",
    "meta_cuatrienio": "meta_cuatrienio",
    "ejecutado_cuatrienio": "ejecutado_cuatrienio",
}
RAZONES = {
    "avance": "avance",
    "avance_crudo": "avance_crudo",
    "esperado": "esperado",
    "ritmo": "ritmo",
    "financiera": "ejecucion_financiera",
    "por_ejecutar": "por_ejecutar",
    "por_programar": "por_programar",
    "brecha": "brecha_financiera",
    "tolerada": "brecha_tolerada",
    "cierre": "cierre_vigencia",
    "cierre_inferior": "cierre_vigencia_inferior",
    "cierre_superior": "cierre_vigencia_superior",
    "cuatrienio": "cierre_cuatrienio",
    "maximo": "maximo_cuatrienio",
    "razon_compromisos": "razon_compromisos",
    "razon_cdp_libre": "razon_cdp_libre",
    "razon_pagos": "razon_pagos",
    "razon_reservas": "razon_reservas",
    "razon_poai": "razon_poai",
    "razon_poai_minima": "razon_poai_minima",
    "actividades": "indice_actividades",
    "maximo_actividades": "maximo_actividades",
    "fisico": "indice_fisico",
}
DINERO = {
    "definitiva": "apropiacion_definitiva_cop",
    "cdp": "cdp_cop",
    "cdp_libre": "cdp_libre_cop",
    "compromisos": "compromisos_cop",
    "obligaciones": "obligaciones_cop",
    "pagos": "pagos_cop",
    "reservas": "reservas_cop",
    "recursos": "recursos_programados_cop",
}
CUENTAS = {
    "metas": ("n_metas", "meta programada", "metas programadas"),
    "bloqueos": ("n_bloquea", "hallazgo que bloquea", "hallazgos que bloquean"),
    "n_actividades": ("n_actividades", "actividad", "actividades"),
}
ENTEROS = {"cortes_callados": "cortes_sin_reporte", "cortes_iguales": "cortes_sin_cambio"}
FECHAS = {"vence": "vence", "fin": "fecha_fin"}


def datos_de_fila(
    fila: Mapping[Any, Any], corte: Corte, umbral: float | None
) -> Mapping[str, Callable[[], str]]:
    """Nombre de cada dato que puede ir entre llaves en una evidencia, y quién lo escribe si se pide.

    Son más de cincuenta y una evidencia usa tres o cuatro: escribirlos todos sería casi todo el trabajo.
    """
    dependencia = _texto(fila.get("nombre_dependencia"), _texto(fila.get("dependencia"), "la dependencia"))
    return {
        "vigencia": lambda: str(corte.vigencia),
        "periodo": lambda: corte.periodo.value,
        "unidad": lambda: _texto(fila.get("unidad"), "sin unidad en el plan"),
        "dependencia": lambda: dependencia,
        "umbral": lambda: porcentaje(umbral, 0),
        "umbral_cortes": lambda: numero(umbral, 0),
        "estado": lambda: _texto(fila.get("estado"), "").replace("_", " "),
        "instrumento": lambda: NOMBRES_DE_INSTRUMENTO.get(_texto(fila.get("instrumento"), "pi"), ""),
        "tipo": lambda: _tipo(fila.get("tipo_meta"), "sin tipo"),
        "sugerencia": lambda: _sugerencia(_tipo(fila.get("tipo_inferido"), "")),
        "corte_anterior": lambda: _texto(fila.get("corte_anterior"), "el corte anterior"),
        "como_va": lambda: _como_va(_real(fila.get("indice_fisico"))),
        "falta_enlace": lambda: _texto(fila.get("falta_enlace"), ""),
        "rubros_sin_dato": lambda: _sin_dato(_entero(fila.get("n_sin_dato")), "algún valor"),
        "rubros_sin_definitiva": lambda: _sin_dato(_entero(fila.get("n_sin_definitiva")), "la apropiación"),
        "nota": lambda: _texto(fila.get("nota_proyeccion"), ""),
        **{nombre: partial(_contado, fila.get(campo), *forma) for nombre, (campo, *forma) in CUENTAS.items()},
        **{n: partial(_cifra, numero, fila.get(c)) for n, c in CANTIDADES.items()},
        **{n: partial(_cifra, porcentaje, fila.get(c)) for n, c in RAZONES.items()},
        **{n: partial(_cifra, pesos, fila.get(c)) for n, c in DINERO.items()},
        **{n: partial(_cifra, numero, fila.get(c), 0) for n, c in ENTEROS.items()},
        **{n: partial(_fecha, fila.get(c)) for n, c in FECHAS.items()},
    }


def oracion(plantilla: str, datos: Mapping[str, Callable[[], str]], regla: str) -> str:
    """La plantilla con sus datos; ErrorConfiguracion si pide uno que no existe."""
    try:
        pedidos = {campo for _, campo, _, _ in Formatter().parse(plantilla)}
        return plantilla.format_map({campo: datos[campo]() for campo in datos.keys() & pedidos})
    except (KeyError, ValueError, IndexError, AttributeError) as error:
        raise ErrorConfiguracion(
            f"el texto de la regla {regla} pide un dato que no existe: {error}",
            remedio=f"Use entre llaves uno de: {', '.join(sorted(datos))}",
        ) from error


def _tipo(valor: Any, alterno: str) -> str:
    texto = _texto(valor, alterno)
    return NOMBRES_DE_TIPO.get(texto, texto)


def _sugerencia(inferido: str) -> str:
    return f"el patrón sugiere «{inferido}»" if inferido else "el patrón no sugiere otro tipo"


def _sin_dato(rubros: int, que: str) -> str:
    """Por qué la cifra no es la de todos los rubros; vacío si a ninguno le falta."""
    if not rubros:
        return ""
    quien = f"A {contar(rubros, 'rubro')} del POAI le{'' if rubros == 1 else 's'} falta {que}"
    return f" {quien}; lo que falta no se toma por cero."


def _como_va(fisico: float | None) -> str:
    return "no tiene avance reportado" if fisico is None else f"va en {porcentaje(fisico)}"


def _contado(valor: Any, uno: str, varios: str) -> str:
    return contar(_entero(valor), uno, varios)


def _cifra(escribir: Callable[..., str], valor: Any, *decimales: int) -> str:
    return escribir(_real(valor), *decimales)


def _real(valor: Any) -> float | None:
    return None if valor is None or pd.isna(valor) else float(valor)


def _texto(valor: Any, alterno: str) -> str:
    return alterno if valor is None or pd.isna(valor) or not str(valor).strip() else str(valor)


def _entero(valor: Any) -> int:
    return 0 if valor is None or pd.isna(valor) else int(valor)


def _fecha(valor: Any) -> str:
    texto = _texto(valor, "")
    try:
        return fecha_larga(datetime.date.fromisoformat(texto[:10]))
    except ValueError:
        return "plazo sin fijar"
