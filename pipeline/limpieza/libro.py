"""Interpretar un libro leído: filas tipadas, traza celda por celda y hallazgos."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from pipeline.config import Dependencia
from pipeline.esquemas import crear_tabla
from pipeline.formato_es import citar
from pipeline.formatos import (
    MAXIMO_UNO_A_UNO,
    ColumnaFormato,
    ColumnaLeida,
    Formato,
    HojaLeida,
    LibroLeido,
    avisar,
    clave,
    cuantas_celdas,
)
from pipeline.limpieza.dependencias import limpiar_dependencias
from pipeline.limpieza.fechas import limpiar_fechas
from pipeline.limpieza.numeros import limpiar_numeros
from pipeline.limpieza.resultado import (
    ERRORES_DE_EXCEL,
    Aviso,
    ColumnaLimpia,
    escribir_crudo,
    escribir_numero,
)
from pipeline.limpieza.textos import (
    limpiar_codigos,
    limpiar_estados,
    limpiar_textos,
    limpiar_tipos,
    limpiar_vocabulario,
)
from pipeline.modelo import Hallazgo, Severidad

Valores = Sequence[float | str | None]
# En un CSV todo es texto: que un número lo sea no es algo que el enlace deba corregir.
_PROPIOS_DE_UN_TEXTO = frozenset({"LIM-04", "LIM-05"})
NO_PROGRAMADO = "leído como no programado"
SIN_FUENTES = crear_tabla("plan_fuentes")


@dataclass(frozen=True, slots=True, kw_only=True)
class LibroLimpio:
    """Un libro interpretado.

    `filas` tiene una fila por fila del libro y vigencia (0 si el formato no tiene vigencias) con los
    campos tipados; `fuentes`, el dinero por fuente del plan; `celdas` es la tabla de traza;
    `hallazgos` trae también los de lectura.
    """

    archivo: str
    sha256: str
    filas: pd.DataFrame
    fuentes: pd.DataFrame
    celdas: pd.DataFrame
    hallazgos: tuple[Hallazgo, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Columna:
    """Una columna leída junto a su interpretación."""

    leida: ColumnaLeida
    limpia: ColumnaLimpia

    @property
    def campo(self) -> str:
        return self.leida.definicion.campo if self.leida.definicion else ""


def limpiar(leido: LibroLeido, formato: Formato, dependencias: Sequence[Dependencia]) -> LibroLimpio:
    """El libro interpretado según su formato.

    Una fila del libro con datos siempre está en `filas` o tiene un hallazgo que dice por qué no; un
    valor ilegible queda sin dato y con su hallazgo, nunca en cero.
    """
    hallazgos = list(leido.hallazgos)
    filas, fuentes, celdas = [], [], []
    for hoja in leido.hojas:
        columnas = [
            _Columna(leida=c, limpia=_limpiar_columna(c, formato, dependencias)) for c in hoja.columnas
        ]
        codigos = _valores_de(columnas, "codigo_meta", len(hoja.filas))
        hallazgos += _hallazgos_de_la_hoja(leido, hoja, columnas, codigos, formato)
        quitadas, avisos = _filas_sin_lugar(leido, hoja, columnas, codigos, formato)
        hallazgos += avisos
        filas += [t[~t["fila"].isin(quitadas)] for t in _filas(hoja, columnas)]
        fuentes.append(_fuentes(hoja, columnas, codigos, quitadas))
        celdas.append(_celdas(leido, hoja, columnas, codigos, formato))
    return LibroLimpio(
        archivo=leido.archivo,
        sha256=leido.sha256,
        filas=pd.concat(filas, ignore_index=True)
        if filas
        else pd.DataFrame({"hoja": [], "fila": [], "vigencia": []}),
        fuentes=pd.concat(fuentes, ignore_index=True) if fuentes else crear_tabla("plan_fuentes"),
        celdas=pd.concat(celdas, ignore_index=True) if celdas else crear_tabla("celdas"),
        hallazgos=tuple(dict.fromkeys(hallazgos)),
    )


def _limpiar_columna(
    columna: ColumnaLeida, formato: Formato, dependencias: Sequence[Dependencia]
) -> ColumnaLimpia:
    definicion = columna.definicion
    valores = list(columna.valores)
    if definicion is None:
        return _auditar(valores)
    if definicion.rellenar_hacia_abajo:
        valores = _rellenar(valores)
    limpia = _interpretar(valores, definicion, formato, dependencias)
    if definicion.rellenar_hacia_abajo:
        for indice, (original, valor) in enumerate(zip(columna.valores, valores, strict=True)):
            if original != valor:
                limpia.transformaciones[indice] = "tomado de la celda de arriba (celdas combinadas)"
    if columna.factores:
        _multiplicar(limpia, columna.factores)
    return limpia


def _multiplicar(limpia: ColumnaLimpia, factores: Sequence[float | None]) -> None:
    """Cada peso por el de sus niveles superiores: es el que tiene en todo el plan."""
    for indice, (valor, factor) in enumerate(zip(limpia.valores, factores, strict=True)):
        if not isinstance(valor, float):
            continue
        if factor is None:
            limpia.quitar(indice, "LIM-16")
            continue
        limpia.valores[indice] = valor * factor
        limpia.transformaciones[indice] = (
            f"{escribir_numero(valor)} × {escribir_numero(factor)} (pesos de sus niveles superiores)"
        )


def _interpretar(
    valores: list[object], definicion: ColumnaFormato, formato: Formato, dependencias: Sequence[Dependencia]
) -> ColumnaLimpia:
    no_programado = {clave(f) for f in formato.fichas_no_programado}
    match definicion.clase:
        case "codigo" | "codigos" if definicion.extraer is None:
            return limpiar_codigos(valores, ancho=definicion.ancho, varios=definicion.clase == "codigos")
        case "texto" | "codigo" | "codigos":
            return limpiar_textos(valores, definicion.extraer, definicion.campo)
        case "fecha":
            return limpiar_fechas(valores, {clave(f) for f in formato.fichas_faltante})
        case "tipo_meta":
            return limpiar_tipos(valores, formato.tipos_meta)
        case "estado":
            return limpiar_estados(valores, no_programado)
        case "dependencia":
            return limpiar_dependencias(valores, dependencias)
        case "vocabulario":
            return limpiar_vocabulario(valores, definicion.vocabulario)
        case _:
            return limpiar_numeros(
                valores,
                clase=definicion.clase,
                escala=definicion.escala,
                fichas_faltante={clave(f) for f in formato.fichas_faltante},
                fichas_no_programado=no_programado,
                guion_es_cero=formato.guion_en_dinero_es_cero,
                decimales=formato.decimales,
            )


def _auditar(valores: Sequence[object]) -> ColumnaLimpia:
    """Solo los errores de Excel y los porcentajes como texto: la columna no alimenta ningún campo."""
    interesan = [
        v if v in ERRORES_DE_EXCEL or (isinstance(v, str) and v.rstrip().endswith("%")) else ""
        for v in valores
    ]
    limpia = limpiar_numeros(interesan, clase="razon")
    limpia.avisos = [a for a in limpia.avisos if a.regla in {"LIM-03", "LIM-04"}]
    return limpia


def _rellenar(valores: Sequence[object]) -> list[object]:
    rellenos: list[object] = []
    for valor in valores:
        rellenos.append(rellenos[-1] if valor == "" and rellenos else valor)
    return rellenos


def _valores_de(columnas: Sequence[_Columna], campo: str, largo: int) -> Valores:
    return next((c.limpia.valores for c in columnas if c.campo == campo), [None] * largo)


def _hallazgos_de_la_hoja(
    leido: LibroLeido, hoja: HojaLeida, columnas: Sequence[_Columna], codigos: Valores, formato: Formato
) -> list[Hallazgo]:
    hallazgos: list[Hallazgo] = []
    for columna in columnas:
        propios = [
            _hallazgo(leido, hoja, columna.leida, aviso, codigos[aviso.indice], formato)
            for aviso in columna.limpia.avisos
            if not (leido.es_texto and aviso.regla in _PROPIOS_DE_UN_TEXTO)
        ]
        es_auxiliar = columna.leida.definicion is None
        hallazgos += _uno_por_regla(columna.leida.letra, propios) if es_auxiliar else propios
    return hallazgos


def _uno_por_regla(letra: str, hallazgos: Sequence[Hallazgo]) -> list[Hallazgo]:
    """Los de una columna que no alimenta ningún campo: de cada regla que se repite mucho, uno con sus celdas.

    Lo que está mal en una columna auxiliar es su fórmula: decirlo fila por fila tapa lo que sí hay que
    corregir.
    """
    juntos: list[Hallazgo] = []
    for regla in dict.fromkeys(h.regla for h in hallazgos):
        iguales = [h for h in hallazgos if h.regla == regla]
        if len(iguales) <= MAXIMO_UNO_A_UNO:
            juntos += iguales
            continue
        filas = [h.fila for h in iguales if h.fila is not None]
        mensaje = iguales[0].mensaje + cuantas_celdas(letra, filas)
        juntos.append(replace(iguales[0], alcance="libro", fila=None, codigo_meta=None, mensaje=mensaje))
    return juntos


def _hallazgo(
    leido: LibroLeido, hoja: HojaLeida, columna: ColumnaLeida, aviso: Aviso, codigo: object, formato: Formato
) -> Hallazgo:
    fila = hoja.filas[aviso.indice]
    exige = columna.definicion is not None and columna.definicion.ilegible is Severidad.BLOQUEA
    return avisar(
        aviso.regla,
        instrumento=formato.instrumento,
        marcadores=aviso.marcadores,
        severidad=Severidad.BLOQUEA if exige and aviso.puede_bloquear else None,
        archivo=leido.archivo,
        sha256=leido.sha256,
        hoja=hoja.nombre,
        fila=fila,
        celda=columna.celda(aviso.indice, hoja.filas),
        columna=columna.encabezado,
        codigo_meta=codigo,
        vigencia=columna.vigencia or None,
        valor=citar(columna.valores[aviso.indice]) or None,
    )


def _filas_sin_lugar(
    leido: LibroLeido, hoja: HojaLeida, columnas: Sequence[_Columna], codigos: Valores, formato: Formato
) -> tuple[list[int], list[Hallazgo]]:
    """En el plan el código es la llave: las filas sin él o con uno repetido salen, diciéndolo."""
    if formato.tabla != "plan":
        return [], []
    letra = next((c.leida.letra for c in columnas if c.campo == "codigo_meta"), "A")
    primeras: dict[object, str] = {}
    avisos = []
    for fila, codigo in zip(hoja.filas, codigos, strict=True):
        celda = f"{letra}{fila}"
        if codigo is not None and primeras.setdefault(codigo, celda) == celda:
            continue
        regla = "LIM-11" if codigo is None else "LIM-12"
        marcadores = {"fila": fila, "valor": codigo, "primera": primeras.get(codigo, "")}
        libro: dict[str, Any] = {"archivo": leido.archivo, "sha256": leido.sha256}
        lugar = {**libro, "hoja": hoja.nombre, "fila": fila, "celda": celda, "codigo_meta": codigo}
        avisos.append(avisar(regla, instrumento="plan", severidad=None, marcadores=marcadores, **lugar))
    return [a.fila for a in avisos if a.fila is not None], avisos


def _filas(hoja: HojaLeida, columnas: Sequence[_Columna]) -> list[pd.DataFrame]:
    """Una tabla por vigencia, con los campos que no dependen de ella repetidos."""
    comunes = {c.campo: c.limpia.valores for c in columnas if c.campo and not c.leida.vigencia}
    por_vigencia: dict[int, dict[str, Valores]] = {}
    for columna in columnas:
        if columna.campo and columna.leida.vigencia and not columna.leida.fuente:
            por_vigencia.setdefault(columna.leida.vigencia, {})[columna.campo] = columna.limpia.valores
            _declarar_no_programada(columna, por_vigencia[columna.leida.vigencia])
    return [
        pd.DataFrame({"hoja": hoja.nombre, "fila": hoja.filas, "vigencia": vigencia, **comunes, **propios})
        for vigencia, propios in sorted(por_vigencia.items() or {0: {}}.items())
    ]


def _declarar_no_programada(columna: _Columna, propios: dict[str, Valores]) -> None:
    """Una «NP» en la columna de lo programado declara el estado, si el libro no trae su columna."""
    if columna.campo != "programado_vigencia":
        return
    declaradas = [bool(t and t.endswith(NO_PROGRAMADO)) for t in columna.limpia.transformaciones]
    if any(declaradas):
        propios.setdefault("estado_programacion", ["NP" if d else None for d in declaradas])


def _fuentes(
    hoja: HojaLeida, columnas: Sequence[_Columna], codigos: Valores, quitadas: Sequence[int]
) -> pd.DataFrame:
    """Dinero por fuente; una celda vacía es que esa fuente no financia la meta y no deja fila."""
    if not any(c.leida.fuente for c in columnas):
        return SIN_FUENTES
    fuera = set(quitadas)
    filas = [
        {
            "codigo_meta": codigo,
            "vigencia": c.leida.vigencia,
            "fuente": c.leida.fuente,
            "programado_cop": valor,
        }
        for c in columnas
        if c.leida.fuente
        for fila, codigo, valor in zip(hoja.filas, codigos, c.limpia.valores, strict=True)
        if valor is not None and fila not in fuera
    ]
    return crear_tabla("plan_fuentes", filas)


def _celdas(
    leido: LibroLeido, hoja: HojaLeida, columnas: Sequence[_Columna], codigos: Valores, formato: Formato
) -> pd.DataFrame:
    """Traza de la hoja. Se arma por columnas completas: es la tabla más grande del sistema."""
    con_campo = [c for c in columnas if c.leida.definicion]
    n = len(hoja.filas)
    datos: dict[str, Sequence[object]] = {
        "fila": list(hoja.filas) * len(con_campo),
        "celda": [f"{c.leida.letra}{fila}" for c in con_campo for fila in c.leida.filas or hoja.filas],
        "vigencia": [v for c in con_campo for v in [c.leida.vigencia] * n],
        "campo": [v for c in con_campo for v in [c.campo] * n],
        "encabezado": [v for c in con_campo for v in [c.leida.encabezado] * n],
        "codigo_meta": list(codigos) * len(con_campo),
        "valor_crudo": [escribir_crudo(v) for c in con_campo for v in c.leida.valores],
        "valor_numero": [v for c in con_campo for v in (c.limpia.valores if _es_numerica(c) else [None] * n)],
        "valor_texto": [v for c in con_campo for v in ([None] * n if _es_numerica(c) else c.limpia.valores)],
        "transformacion": [v for c in con_campo for v in c.limpia.transformaciones],
    }
    constantes: Mapping[str, str] = {
        "tabla": formato.tabla,
        "sha256": leido.sha256,
        "archivo": leido.archivo,
        "hoja": hoja.nombre,
    }
    return crear_tabla("celdas", pd.DataFrame({**datos, **constantes}))


def _es_numerica(columna: _Columna) -> bool:
    return columna.leida.definicion is not None and columna.leida.definicion.es_numerica
