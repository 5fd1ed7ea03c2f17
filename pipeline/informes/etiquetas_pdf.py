"""Completa las etiquetas que WeasyPrint pone en el PDF, hasta lo que pide PDF/UA-1; no cambia lo visible."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

PUNTOS_POR_PIXEL = 0.75
SE_IMPRIME = 4  # bandera 3 de las anotaciones
ENVOLTURAS = {"/Div", "/NonStruct"}  # agrupan en HTML, pero no pueden estar entre una lista y sus ítems
EN_UNA_LISTA = {"/LI", "/L", "/Caption"}
EN_UN_ITEM = {"/Lbl", "/LBody", "/L"}
SIN_SENTIDO_VACIAS = {"/Span", "/NonStruct", "/LBody", "/LI", "/L", "/P", "/Div"}

Objeto = Any  # diccionario de pydyf: WeasyPrint no declara sus tipos


@dataclass(frozen=True, slots=True)
class _Arbol:
    """Los objetos del PDF por su referencia, y la raíz de sus etiquetas."""

    pdf: Any
    objetos: dict[bytes, Objeto]
    raiz: Objeto

    def hijos(self, elemento: Objeto) -> Iterator[Objeto]:
        """Los elementos que cuelgan de este, sin su contenido ni sus anotaciones."""
        for clave in elemento.get("K", ()):
            hijo = self.objetos.get(clave) if isinstance(clave, bytes) else None
            if hijo is not None and "S" in hijo:
                yield hijo

    def nuevo(self, etiqueta: str, padre: Objeto, contenido: list[Objeto]) -> Objeto:
        """Un elemento que se queda con `contenido`; quien llama lo pone en su padre."""
        elemento = type(padre)(
            {"Type": "/StructElem", "S": etiqueta, "K": type(padre["K"])(), "P": padre.reference}
        )
        if "Pg" in padre:
            elemento["Pg"] = padre["Pg"]
        self.pdf.add_object(elemento)
        self.objetos[elemento.reference] = elemento
        self.adoptar(elemento, contenido)
        return elemento

    def adoptar(self, padre: Objeto, contenido: list[Objeto]) -> None:
        """Cuelga al final de `padre` lo que era de otro."""
        for hijo in contenido:
            hijo["P"] = padre.reference
            padre["K"].append(hijo.reference)


def completar_etiquetas(_documento: Any, pdf: Any) -> None:
    """Arregla el árbol de etiquetas de un PDF ya armado; se le pasa a WeasyPrint como `finisher`.

    Cada encabezado de tabla dice si es de columna o de fila; toda lista trae solo ítems, y todo ítem, rótulo
    y cuerpo; lo que se repite en cada página y lo decorativo quedan como artefactos, que un lector de
    pantalla no lee; y el recuadro de cada figura va en las coordenadas de su página.
    """
    objetos = {o.reference: o for o in pdf.objects if hasattr(o, "keys")}
    arbol = _Arbol(pdf, objetos, objetos[pdf.catalog["StructTreeRoot"]])
    for elemento in _elementos(arbol):
        _arreglar(arbol, elemento)
    for raiz in arbol.hijos(arbol.raiz):
        _quitar_vacios(arbol, raiz)
    for objeto in objetos.values():
        if objeto.get("Type") == "/Annot":
            objeto["F"] = SE_IMPRIME
    _indexar_identificadores(arbol)
    _marcar_artefactos(arbol)


def _elementos(arbol: _Arbol) -> list[Objeto]:
    """Todos los elementos, cada uno antes que los que contiene."""
    por_ver, vistos = list(arbol.hijos(arbol.raiz)), []
    while por_ver:
        elemento = por_ver.pop()
        vistos.append(elemento)
        por_ver.extend(arbol.hijos(elemento))
    return vistos


def _arreglar(arbol: _Arbol, elemento: Objeto) -> None:
    etiqueta = elemento["S"]
    if etiqueta == "/TH":
        elemento["A"]["Scope"] = "/Column" if _esta_en_el_encabezado(arbol, elemento) else "/Row"
    elif etiqueta == "/L":
        _arreglar_lista(arbol, elemento)
    elif etiqueta == "/LI":
        _arreglar_item(arbol, elemento)
    elif etiqueta == "/Figure":
        _ubicar_figura(arbol, elemento)


def _esta_en_el_encabezado(arbol: _Arbol, celda: Objeto) -> bool:
    fila = arbol.objetos[celda["P"]]
    return bool(arbol.objetos[fila["P"]]["S"] == "/THead")


def _arreglar_lista(arbol: _Arbol, lista: Objeto) -> None:
    """De la lista cuelgan solo sus ítems; un texto suelto entre dos va con el primero."""
    sueltos = list(_sin_envolturas(arbol, lista))
    del lista["K"][:]
    ultimo = None
    for hijo in sueltos:
        if hijo["S"] in EN_UNA_LISTA:
            arbol.adoptar(lista, [hijo])
            ultimo = hijo if hijo["S"] == "/LI" else ultimo
        elif ultimo is not None:
            arbol.adoptar(ultimo, [hijo])
        else:
            ultimo = arbol.nuevo("/LI", lista, [hijo])
            arbol.adoptar(lista, [ultimo])


def _sin_envolturas(arbol: _Arbol, elemento: Objeto) -> Iterator[Objeto]:
    for hijo in arbol.hijos(elemento):
        if hijo["S"] in ENVOLTURAS:
            yield from _sin_envolturas(arbol, hijo)
        else:
            yield hijo


def _arreglar_item(arbol: _Arbol, item: Objeto) -> None:
    """El ítem tiene rótulo y cuerpo; lo demás que traiga es parte del cuerpo."""
    hijos = list(arbol.hijos(item))
    propios = [h for h in hijos if h["S"] in EN_UN_ITEM]
    otros = [h for h in hijos if h["S"] not in EN_UN_ITEM]
    if not otros:
        return
    cuerpos = [h for h in propios if h["S"] == "/LBody"]
    del item["K"][:]
    arbol.adoptar(item, propios)
    if cuerpos:
        arbol.adoptar(cuerpos[-1], otros)
    else:
        arbol.adoptar(item, [arbol.nuevo("/LBody", item, otros)])


def _ubicar_figura(arbol: _Arbol, figura: Objeto) -> None:
    """WeasyPrint da el recuadro en píxeles desde arriba; el PDF lo pide en puntos desde abajo."""
    recuadro = figura["A"]["BBox"]
    izquierda, arriba, derecha, abajo = (float(v) * PUNTOS_POR_PIXEL for v in recuadro)
    alto = float(arbol.objetos[figura["Pg"]]["MediaBox"][3])
    recuadro[:] = [izquierda, alto - abajo, derecha, alto - arriba]


def _quitar_vacios(arbol: _Arbol, elemento: Objeto) -> bool:
    """Quita lo que no contiene nada y las figuras decorativas (sin Alt); dice si este quedó vacío."""
    quitados = {h.reference for h in arbol.hijos(elemento) if _quitar_vacios(arbol, h)}
    if quitados:
        elemento["K"][:] = [k for k in elemento["K"] if k not in quitados]
    decorativa = elemento["S"] == "/Figure" and "Alt" not in elemento
    return decorativa or (not elemento["K"] and elemento["S"] in SIN_SENTIDO_VACIAS)


def _indexar_identificadores(arbol: _Arbol) -> None:
    """El índice con que una celda halla sus encabezados por identificador (ISO 32000-1, 14.7.2)."""
    con_id = {e["ID"].string: e for e in _elementos(arbol) if "ID" in e}
    nombres = type(arbol.raiz["K"])()
    for identificador in sorted(con_id):
        elemento = con_id[identificador]
        nombres.extend([elemento["ID"], elemento.reference])
    if nombres:
        arbol.raiz["IDTree"] = type(arbol.raiz)({"Names": nombres})


def _marcar_artefactos(arbol: _Arbol) -> None:
    """El contenido que no cuelga del árbol (encabezado y pie de página, adornos) se declara artefacto."""
    leidos: dict[bytes, set[int]] = defaultdict(set)
    for elemento in _elementos(arbol):
        leidos[elemento.get("Pg", b"")].update(k for k in elemento["K"] if isinstance(k, int))
    por_pagina = arbol.objetos[arbol.raiz["ParentTree"]]["Nums"]
    corrientes = {o.reference: o for o in arbol.pdf.objects if hasattr(o, "stream")}
    for referencia, pagina in arbol.objetos.items():
        if pagina.get("Type") != "/Page":
            continue
        duenos = por_pagina[2 * pagina["StructParents"] + 1]
        duenos[:] = [d if n in leidos[referencia] else b"null" for n, d in enumerate(duenos)]
        _volver_artefactos(corrientes[pagina["Contents"]].stream, leidos[referencia])


def _volver_artefactos(corriente: list[Any], leidos: set[int]) -> None:
    for lugar, pieza in enumerate(corriente):
        if isinstance(pieza, dict) and "MCID" in pieza and pieza["MCID"] not in leidos:
            corriente[lugar - 1] = "/Artifact"
            corriente[lugar] = type(pieza)({"Type": "/Pagination"})
