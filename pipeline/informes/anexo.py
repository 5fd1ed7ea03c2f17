"""Anexo «De cada cifra a su celda»: un bloque por nodo y por meta, con ancla. Solo muestra; no calcula."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from pipeline.formato_es import contar, exacto
from pipeline.hipertexto import ancla_de_traza, texto_seguro
from pipeline.informes.bloques import Bloque, parrafo
from pipeline.informes.bloques_de_traza import (
    SIN_CODIGO,
    anexo,
    bloque_de_traza,
    celda_citada,
    enlace,
    juntar_formulas,
    plegado,
)
from pipeline.informes.datos import DatosInforme, clave_de_codigo
from pipeline.informes.frases import frase, textos_fijos
from pipeline.modelo import Nivel

LUGAR = ["campo", "vigencia", "archivo", "sha256", "hoja", "celda"]
Nodo = tuple[str, str]


def trazas(datos: DatosInforme) -> Bloque:
    """El anexo completo (solo en HTML; en el PDF, dónde está); nada si no hay metas que explicar."""
    if datos.metas.empty or datos.trazas.empty:
        return parrafo(frase("sin_trazas"), clase="vacio")
    return anexo([*_secciones_de_nodos(datos), _seccion_de_metas(datos)])


def _secciones_de_nodos(datos: DatosInforme) -> list[str]:
    """El nodo del informe y, plegado, cada nivel con sus nodos."""
    formulas = juntar_formulas(_nodos(datos.trazas_nodos), datos.trazas_nodos["formula"])
    nombres = {
        (str(f.nivel), str(f.codigo)): f.nombre
        for f in datos.indices.itertuples()
        if isinstance(f.nombre, str)
    }
    composicion = _metas_por_nodo(datos.metas, set(formulas))
    resumen = (Nivel.DEPENDENCIA.value, datos.dependencia) if datos.dependencia else None
    secciones = []
    for nivel in dict.fromkeys(n for n, _ in formulas):
        propios = sorted((n for n in formulas if n[0] == nivel), key=lambda n: clave_de_codigo(n[1]))
        bloques = "".join(
            _bloque_de_nodo(n, nombres.get(n, ""), formulas[n], _componentes(n, composicion, formulas))
            for n in propios
        )
        titulo = textos_fijos()["anexo"]["niveles"][nivel]
        if nivel == Nivel.PLAN.value or (resumen and resumen in propios):
            secciones.append(f'<h3 id="trazas-resumen">{titulo["uno"]}</h3>{bloques}')
            continue
        cuantos = contar(len(propios), titulo["uno"].lower(), titulo["varios"].lower())
        secciones.append(
            f"<h3>{titulo['varios']}</h3>{plegado(f'Ver {cuantos}', bloques, f'trazas-{nivel}')}"
        )
    return secciones


def _bloque_de_nodo(nodo: Nodo, nombre: str, formulas: Iterable[str], componentes: str) -> str:
    nivel, codigo = nodo
    rotulo = "" if nivel == Nivel.PLAN.value or codigo == SIN_CODIGO else f"{texto_seguro(codigo)}. "
    return bloque_de_traza(
        nivel, codigo, f"{rotulo}{texto_seguro(nombre or codigo)}", formulas, compone=componentes
    )


def _componentes(nodo: Nodo, composicion: Mapping[Nodo, list[str]], nodos: Mapping[Nodo, Any]) -> str:
    """Enlaces a lo que compone el nodo: del plan, sus líneas si las hay; de los demás, sus metas."""
    lineas = sorted((n for n in nodos if n[0] == Nivel.LINEA.value), key=lambda n: clave_de_codigo(n[1]))
    if nodo[0] == Nivel.PLAN.value and lineas:
        enlaces = [enlace(ancla_de_traza(*n), texto_seguro(n[1])) for n in lineas]
        return f"Líneas: {', '.join(enlaces)}"
    codigos = sorted(composicion.get(nodo, []), key=clave_de_codigo)
    enlaces = [enlace(ancla_de_traza("meta", c), texto_seguro(c)) for c in codigos]
    return f"Metas: {', '.join(enlaces)}"


def _seccion_de_metas(datos: DatosInforme) -> str:
    """Los bloques de las metas, plegados por línea y en el orden del plan."""
    formulas = juntar_formulas(datos.trazas["codigo_meta"], datos.trazas["formula"])
    de_donde: dict[str, list[dict[Any, Any]]] = defaultdict(list)
    for celda in datos.origenes.drop_duplicates(["codigo_meta", *LUGAR]).to_dict("records"):
        de_donde[celda["codigo_meta"]].append(celda)
    nodos = set(_nodos(datos.trazas_nodos))
    titulo = textos_fijos()["anexo"]["niveles"]["meta"]["varios"]
    grupos = []
    matriz = datos.matriz
    lineas = matriz["linea"].fillna(SIN_CODIGO)
    for linea, metas in matriz.groupby(lineas, sort=False):
        bloques = "".join(
            _bloque_de_meta(meta, formulas[meta["codigo_meta"]], de_donde[meta["codigo_meta"]], nodos)
            for meta in metas.to_dict("records")
        )
        rotulo = _rotulo_de_linea(str(linea), metas["nombre_linea"].iloc[0])
        grupos.append(plegado(f"{rotulo}: {contar(len(metas), 'meta')}", bloques))
    return f'<h3 id="trazas-meta">{titulo}</h3>{"".join(grupos)}'


def _rotulo_de_linea(codigo: str, nombre: object) -> str:
    if codigo == SIN_CODIGO:
        return "Sin línea en el plan"
    return f"Línea {texto_seguro(codigo)}" + (f". {texto_seguro(nombre)}" if isinstance(nombre, str) else "")


def _bloque_de_meta(
    meta: Mapping[Any, Any], formulas: Iterable[str], celdas: Iterable[Mapping[Any, Any]], nodos: set[Nodo]
) -> str:
    codigo = meta["codigo_meta"]
    nombre = f". {texto_seguro(meta['nombre_meta'])}" if isinstance(meta["nombre_meta"], str) else ""
    peso = "" if pd.isna(meta["ponderador"]) else f"Peso en el plan: {exacto(meta['ponderador'])}. "
    return bloque_de_traza(
        "meta",
        codigo,
        f"{texto_seguro(codigo)}{nombre}",
        formulas,
        map(celda_citada, celdas),
        f"{peso}{_donde_cuenta(meta, nodos)}",
    )


def _donde_cuenta(meta: Mapping[Any, Any], nodos: set[Nodo]) -> str:
    """Enlaces de vuelta a los nodos de que la meta es parte."""
    enlaces = []
    for nivel, nombre in textos_fijos()["anexo"]["vuelta"].items():
        codigo = meta.get(nivel)
        nodo = (nivel, SIN_CODIGO if pd.isna(codigo) else str(codigo))
        if nodo in nodos:
            rotulo = f"{nombre} sin asignar" if nodo[1] == SIN_CODIGO else f"{nombre} {texto_seguro(codigo)}"
            enlaces.append(enlace(ancla_de_traza(*nodo), rotulo))
    return f"Cuenta en: {', '.join(enlaces)}." if enlaces else ""


def _nodos(tabla: pd.DataFrame) -> list[Nodo]:
    return [(str(n), str(c)) for n, c in zip(tabla["nivel"], tabla["codigo"], strict=True)]


def _metas_por_nodo(metas: pd.DataFrame, nodos: set[Nodo]) -> dict[Nodo, list[str]]:
    composicion: dict[Nodo, list[str]] = defaultdict(list)
    for nivel in {n for n, _ in nodos}:
        columna = metas[nivel].fillna(SIN_CODIGO) if nivel in metas else pd.Series("PLAN", index=metas.index)
        for codigo, meta in zip(columna, metas["codigo_meta"], strict=True):
            composicion[(nivel, str(codigo))].append(str(meta))
    return composicion
