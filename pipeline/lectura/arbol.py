"""Leer un plan escrito como árbol: cada meta recibe de sus nodos superiores código, nombre y peso."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import prod

from pipeline.formatos import Arbol, ColumnaFormato, ColumnaLeida, Formato, clave, letra_de_columna
from pipeline.formatos.definicion import clase_de_campo
from pipeline.lectura.avisos import Avisar
from pipeline.lectura.encabezado import Mapa, celda
from pipeline.modelo import Hallazgo

Filas = Sequence[Sequence[object]]
TOLERANCIA = 0.05  # los pesos se escriben redondeados: 9 × 11,11 suman 99,99


@dataclass(frozen=True, slots=True, kw_only=True)
class Nodo:
    """Una fila del árbol."""

    codigo: str
    nivel: str
    fila: int
    peso: float | None

    @property
    def superiores(self) -> list[str]:
        """Códigos de los que cuelga, del más cercano a la raíz.

        >>> Nodo(codigo="1.2.3", nivel="meta", fila=2, peso=None).superiores
        ['1.2', '1']
        """
        partes = self.codigo.split(".")
        return [".".join(partes[:n]) for n in range(len(partes) - 1, 0, -1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Posiciones:
    codigo: int
    nivel: int
    nombre: int
    peso: int | None


def separar_arbol(
    filas: Filas, numeros: Sequence[int], mapa: Mapa, formato: Formato, avisar_hoja: Avisar
) -> tuple[list[int], list[Nodo], list[Hallazgo]]:
    """Números de las filas que son metas, los nodos del árbol (con las metas) y los hallazgos."""
    arbol = formato.arbol
    donde = _posiciones(arbol, mapa) if arbol else None
    if arbol is None or donde is None:
        return list(numeros), [], []
    niveles = {clave(n) for n in (*arbol.niveles, arbol.metas)}
    nodos: list[Nodo] = []
    avisos: list[Hallazgo] = []
    for numero in numeros:
        fila = filas[numero - 1]
        nivel = clave(str(fila[donde.nivel]))
        if nivel in niveles:
            nodos.append(_nodo(fila, numero, nivel, donde))
        else:
            marcadores = {"valor": fila[donde.nivel], "validos": ", ".join([*arbol.niveles, arbol.metas])}
            avisos.append(
                avisar_hoja("LEC-18", fila=numero, celda=celda(donde.nivel, numero), marcadores=marcadores)
            )
    avisos += _avisos_de_los_nodos(nodos, donde, avisar_hoja)
    return [n.fila for n in nodos if n.nivel == clave(arbol.metas)], nodos, avisos


def columnas_del_arbol(
    filas: Filas, metas: Sequence[int], nodos: Sequence[Nodo], mapa: Mapa, formato: Formato
) -> list[ColumnaLeida]:
    """Las columnas que cada nivel da a sus metas, cada valor con la fila del nodo de donde viene."""
    arbol = formato.arbol
    donde = _posiciones(arbol, mapa) if arbol else None
    if arbol is None or donde is None:
        return []
    caminos = _caminos(nodos, metas)
    columnas = []
    for nivel, campos in arbol.niveles.items():
        propias = [camino.get(clave(nivel)) for camino in caminos]
        origen = tuple(nodo.fila if nodo else meta for nodo, meta in zip(propias, metas, strict=True))
        for campo, posicion in (
            (campos.codigo, donde.codigo),
            (campos.nombre, donde.nombre),
            (campos.peso, donde.peso),
        ):
            if campo is None or posicion is None:
                continue
            rotulo = mapa.rotulos[posicion]
            columnas.append(
                ColumnaLeida(
                    definicion=ColumnaFormato(
                        campo=campo, alias=(rotulo,), clase=clase_de_campo(formato.tabla, campo)
                    ),
                    letra=letra_de_columna(posicion),
                    encabezado=rotulo,
                    filas=origen,
                    valores=[filas[n.fila - 1][posicion] if n else "" for n in propias],
                )
            )
    return columnas


def poner_factores(
    columnas: Sequence[ColumnaLeida], metas: Sequence[int], nodos: Sequence[Nodo]
) -> list[ColumnaLeida]:
    """Las mismas columnas; las que el formato pide, con el peso conjunto de los niveles superiores."""
    if not nodos:
        return list(columnas)
    factores = tuple(_factor(list(camino.values())) for camino in _caminos(nodos, metas))
    return [
        replace(c, factores=factores) if c.definicion and c.definicion.multiplicar_por_niveles else c
        for c in columnas
    ]


def _posiciones(arbol: Arbol, mapa: Mapa) -> _Posiciones | None:
    lugar = {clave(r): p for p, r in reversed(list(enumerate(mapa.rotulos))) if r}
    codigo, nivel, nombre = (lugar.get(clave(r)) for r in (arbol.codigo, arbol.nivel, arbol.nombre))
    if codigo is None or nivel is None or nombre is None:
        return None
    return _Posiciones(codigo=codigo, nivel=nivel, nombre=nombre, peso=lugar.get(clave(arbol.peso or "")))


def _nodo(fila: Sequence[object], numero: int, nivel: str, donde: _Posiciones) -> Nodo:
    peso = fila[donde.peso] if donde.peso is not None else None
    codigo = fila[donde.codigo]
    return Nodo(
        codigo=str(int(codigo))
        if isinstance(codigo, float) and codigo.is_integer()
        else str(codigo).strip(" ."),
        nivel=nivel,
        fila=numero,
        peso=float(peso) if isinstance(peso, int | float) else None,
    )


def _caminos(nodos: Sequence[Nodo], metas: Sequence[int]) -> list[dict[str, Nodo]]:
    """De cada meta, sus nodos superiores por nivel."""
    por_codigo = {n.codigo: n for n in reversed(nodos)}
    por_fila = {n.fila: n for n in nodos}
    return [
        {por_codigo[c].nivel: por_codigo[c] for c in por_fila[fila].superiores if c in por_codigo}
        for fila in metas
    ]


def _factor(superiores: Sequence[Nodo]) -> float | None:
    pesos = [n.peso for n in superiores]
    return prod(p / 100 for p in pesos if p is not None) if pesos and None not in pesos else None


def _avisos_de_los_nodos(nodos: Sequence[Nodo], donde: _Posiciones, avisar_hoja: Avisar) -> list[Hallazgo]:
    primeros: dict[str, Nodo] = {}
    hijos: dict[str, list[Nodo]] = defaultdict(list)
    for nodo in nodos:
        primeros.setdefault(nodo.codigo, nodo)
        hijos[next(iter(nodo.superiores), "")].append(nodo)
    avisos = [
        avisar_hoja(
            "LEC-19",
            fila=nodo.fila,
            celda=celda(donde.codigo, nodo.fila),
            marcadores={"codigo": nodo.codigo, "superior": superior},
        )
        for superior, del_superior in hijos.items()
        if superior and superior not in primeros
        for nodo in del_superior
    ]
    if donde.peso is None:
        return avisos
    return avisos + [
        _aviso_de_peso(s, h, donde.peso, avisar_hoja) for s, h in hijos.items() if not _suman_100(h)
    ]


def _suman_100(hijos: Sequence[Nodo]) -> bool:
    pesos = [h.peso for h in hijos]
    return None not in pesos and abs(sum(p for p in pesos if p is not None) - 100) <= TOLERANCIA


def _aviso_de_peso(superior: str, hijos: Sequence[Nodo], posicion: int, avisar_hoja: Avisar) -> Hallazgo:
    sin_peso = next((h for h in hijos if h.peso is None), None)
    lugar = sin_peso or hijos[0]
    suma = sum(h.peso or 0 for h in hijos)
    nombre = f"los que cuelgan de «{superior}»" if superior else "los del primer nivel"
    dicho = f"«{lugar.codigo}» no tiene un número" if sin_peso else f"suman {suma:.2f}".replace(".", ",")
    return avisar_hoja(
        "LEC-20",
        fila=lugar.fila,
        celda=celda(posicion, lugar.fila),
        marcadores={"nodos": nombre, "dicho": dicho},
    )
