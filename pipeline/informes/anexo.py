"""Anexo «De cada cifra a su celda»: un bloque por nodo y por meta, con ancla. Solo muestra; no calcula."""

from __future__ import annotations

import html
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

import pandas as pd

from pipeline.formato_es import contar, exacto
from pipeline.hipertexto import ANEXO, ancla_de_libro, ancla_de_traza, texto_seguro
from pipeline.informes.bloques import Bloque, parrafo, sin_partir
from pipeline.informes.datos import DatosInforme, clave_de_codigo
from pipeline.informes.frases import frase, textos_fijos
from pipeline.modelo import Nivel

SIN_CODIGO = "SIN_CODIGO"
LUGAR = ["campo", "vigencia", "archivo", "sha256", "hoja", "celda"]
Nodo = tuple[str, str]
Llave = TypeVar("Llave")


def trazas(datos: DatosInforme) -> Bloque:
    """El anexo completo (solo en HTML; en el PDF, dónde está); nada si no hay metas que explicar."""
    if datos.metas.empty or datos.trazas.empty:
        return parrafo(frase("sin_trazas"), clase="vacio")
    secciones = "".join([*_secciones_de_nodos(datos), _seccion_de_metas(datos)])
    completo = f'<div class="trazas" id="{ANEXO}">{parrafo(frase("trazas")).contenido}{secciones}</div>'
    en_pdf = parrafo(frase("trazas_pdf"), clase="texto solo-pdf").contenido
    return Bloque(f"<!--solo-html-->{completo}<!--/solo-html-->{en_pdf}")


def _secciones_de_nodos(datos: DatosInforme) -> list[str]:
    """El nodo del informe y, plegado, cada nivel con sus nodos."""
    formulas = _formulas(_nodos(datos.trazas_nodos), datos.trazas_nodos["formula"])
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
            f"<h3>{titulo['varios']}</h3><details><summary>Ver {cuantos}</summary>"
            f'<div id="trazas-{nivel}">{bloques}</div></details>'
        )
    return secciones


def _bloque_de_nodo(nodo: Nodo, nombre: str, formulas: Iterable[str], componentes: str) -> str:
    nivel, codigo = nodo
    rotulo = "" if nivel == Nivel.PLAN.value or codigo == SIN_CODIGO else f"{texto_seguro(codigo)}. "
    return (
        f'<div class="bloque-traza" id="{ancla_de_traza(*nodo)}"><h4>{rotulo}{texto_seguro(nombre or codigo)}'
        f"</h4>{_lista(formulas)}{componentes}</div>"
    )


def _componentes(nodo: Nodo, composicion: Mapping[Nodo, list[str]], nodos: Mapping[Nodo, Any]) -> str:
    """Enlaces a lo que compone el nodo: del plan, sus líneas si las hay; de los demás, sus metas."""
    lineas = sorted((n for n in nodos if n[0] == Nivel.LINEA.value), key=lambda n: clave_de_codigo(n[1]))
    if nodo[0] == Nivel.PLAN.value and lineas:
        enlaces = [_enlace(ancla_de_traza(*n), texto_seguro(n[1])) for n in lineas]
        return f'<p class="compone">Líneas: {", ".join(enlaces)}</p>'
    codigos = sorted(composicion.get(nodo, []), key=clave_de_codigo)
    enlaces = [_enlace(ancla_de_traza("meta", c), texto_seguro(c)) for c in codigos]
    return f'<p class="compone">Metas: {", ".join(enlaces)}</p>'


def _seccion_de_metas(datos: DatosInforme) -> str:
    """Los bloques de las metas, plegados por línea y en el orden del plan."""
    formulas = _formulas(datos.trazas["codigo_meta"], datos.trazas["formula"])
    de_donde = dict(list(datos.origenes.drop_duplicates(["codigo_meta", *LUGAR]).groupby("codigo_meta")))
    nodos = set(_nodos(datos.trazas_nodos))
    titulo = textos_fijos()["anexo"]["niveles"]["meta"]["varios"]
    grupos = []
    matriz = datos.matriz
    lineas = matriz["linea"].fillna(SIN_CODIGO)
    for linea, metas in matriz.groupby(lineas, sort=False):
        bloques = "".join(
            _bloque_de_meta(meta, formulas[meta["codigo_meta"]], de_donde.get(meta["codigo_meta"]), nodos)
            for meta in metas.to_dict("records")
        )
        rotulo = _rotulo_de_linea(str(linea), metas["nombre_linea"].iloc[0])
        grupos.append(
            f"<details><summary>{rotulo}: {contar(len(metas), 'meta')}</summary>{bloques}</details>"
        )
    return f'<h3 id="trazas-meta">{titulo}</h3>{"".join(grupos)}'


def _rotulo_de_linea(codigo: str, nombre: object) -> str:
    if codigo == SIN_CODIGO:
        return "Sin línea en el plan"
    return f"Línea {texto_seguro(codigo)}" + (f". {texto_seguro(nombre)}" if isinstance(nombre, str) else "")


def _bloque_de_meta(
    meta: Mapping[Any, Any], formulas: Iterable[str], celdas: pd.DataFrame | None, nodos: set[Nodo]
) -> str:
    codigo = meta["codigo_meta"]
    nombre = f". {texto_seguro(meta['nombre_meta'])}" if isinstance(meta["nombre_meta"], str) else ""
    de_donde = "" if celdas is None else _lista(map(_insumo, celdas.to_dict("records")), clase="celdas")
    peso = "" if pd.isna(meta["ponderador"]) else f"Peso en el plan: {exacto(meta['ponderador'])}. "
    return (
        f'<div class="bloque-traza" id="{ancla_de_traza("meta", codigo)}">'
        f"<h4>{texto_seguro(codigo)}{nombre}</h4>"
        f'{_lista(formulas)}{de_donde}<p class="compone">{peso}{_donde_cuenta(meta, nodos)}</p></div>'
    )


def _donde_cuenta(meta: Mapping[Any, Any], nodos: set[Nodo]) -> str:
    """Enlaces de vuelta a los nodos de que la meta es parte."""
    enlaces = []
    for nivel, nombre in textos_fijos()["anexo"]["vuelta"].items():
        codigo = meta.get(nivel)
        nodo = (nivel, SIN_CODIGO if pd.isna(codigo) else str(codigo))
        if nodo in nodos:
            rotulo = f"{nombre} sin asignar" if nodo[1] == SIN_CODIGO else f"{nombre} {texto_seguro(codigo)}"
            enlaces.append(_enlace(ancla_de_traza(*nodo), rotulo))
    return f"Cuenta en: {', '.join(enlaces)}." if enlaces else ""


def _insumo(celda: Mapping[Any, Any]) -> str:
    """«ejecutado 2025 = 3: libro › hoja › celda, escrito «3»; qué se le hizo»."""
    nombre = textos_fijos()["anexo"]["campos"].get(celda["campo"], str(celda["campo"]).replace("_", " "))
    vigencia = f" {celda['vigencia']}" if celda["vigencia"] else ""
    libro = _enlace(ancla_de_libro(celda["sha256"]), texto_seguro(celda["archivo"]))
    lugar = " › ".join([libro, *(texto_seguro(celda[c]) for c in ("hoja", "celda") if _hay(celda[c]))])
    escrito = f", escrito «{texto_seguro(celda['valor_crudo'])}»" if _hay(celda["valor_crudo"]) else ""
    cambio = f"; {texto_seguro(celda['transformacion'])}" if _hay(celda["transformacion"]) else ""
    return f"{nombre}{vigencia} = {exacto(celda['valor'])}: {lugar}{escrito}{cambio}"


def _hay(valor: object) -> bool:
    return isinstance(valor, str) and bool(valor)


def _formulas(llaves: Iterable[Llave], formulas: Iterable[str]) -> dict[Llave, list[str]]:
    """Por llave, sus fórmulas en el orden de la tabla, ya escapadas."""
    juntas: dict[Llave, list[str]] = defaultdict(list)
    for llave, formula in zip(llaves, formulas, strict=True):
        juntas[llave].append(html.escape(sin_partir(formula)))
    return dict(juntas)


def _nodos(tabla: pd.DataFrame) -> list[Nodo]:
    return [(str(n), str(c)) for n, c in zip(tabla["nivel"], tabla["codigo"], strict=True)]


def _metas_por_nodo(metas: pd.DataFrame, nodos: set[Nodo]) -> dict[Nodo, list[str]]:
    composicion: dict[Nodo, list[str]] = defaultdict(list)
    for nivel in {n for n, _ in nodos}:
        columna = metas[nivel].fillna(SIN_CODIGO) if nivel in metas else pd.Series("PLAN", index=metas.index)
        for codigo, meta in zip(columna, metas["codigo_meta"], strict=True):
            composicion[(nivel, str(codigo))].append(str(meta))
    return composicion


def _lista(renglones: Iterable[str], clase: str = "formulas") -> str:
    return f'<ul class="{clase}">{"".join(f"<li>{r}</li>" for r in renglones)}</ul>'


def _enlace(ancla: str, contenido: str) -> str:
    return f'<a href="#{ancla}">{contenido}</a>'
