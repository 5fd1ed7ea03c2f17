"""Reconocer una dependencia por su código, su nombre o un alias, como sea que la escriban."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.config import Dependencia
from pipeline.formato_es import citar, sin_tildes
from pipeline.formatos import recortar
from pipeline.limpieza.resultado import ColumnaLimpia
from pipeline.limpieza.textos import limpiar_textos

_SIN_SIGNIFICADO = frozenset(["de", "del", "la", "las", "el", "los", "y", "e", "en", "para", "o"])
_COLETILLA = re.compile(r"\bo quien(?:es)? hagan? sus veces\b|\([^()]*\)")
_ABREVIATURAS = {
    "sec": "secretaria", "secr": "secretaria", "sria": "secretaria", "ofi": "oficina", "ofic": "oficina",
    "of": "oficina", "inst": "instituto", "dir": "direccion", "depto": "departamento",
}  # fmt: skip
_CLASES = frozenset(
    ["secretaria", "oficina", "instituto", "direccion", "departamento", "empresa", "gestora", "unidad"]
)

Palabras = frozenset[str]


def palabras(nombre: str) -> Palabras:
    """Palabras que distinguen a una dependencia, sin tildes, abreviaturas ni coletillas.

    >>> sorted(palabras("Sec. Gobierno y convivencia ciudadana o quien haga sus veces"))
    ['ciudadana', 'convivencia', 'gobierno', 'secretaria']
    """
    sueltas = re.findall(r"[a-z0-9]+", _COLETILLA.sub(" ", sin_tildes(nombre)))
    return frozenset(_ABREVIATURAS.get(p, p) for p in sueltas if p not in _SIN_SIGNIFICADO)


def limpiar_dependencias(valores: Sequence[object], dependencias: Sequence[Dependencia]) -> ColumnaLimpia:
    """Códigos de dependencia de una columna; un aviso y None donde no se reconoce.

    Si `dependencias` está vacío no hay con qué comparar y queda el texto tal cual.
    """
    limpia = limpiar_textos(valores)
    if not dependencias:
        return limpia
    nombres = [(palabras(n), d.codigo) for d in dependencias for n in (d.codigo, d.nombre, *d.alias)]
    codigos: dict[str, str | None] = {}
    for indice, texto in enumerate(limpia.valores):
        if not isinstance(texto, str):
            continue
        if texto not in codigos:
            codigos[texto] = reconocer(texto, nombres)
        codigo = codigos[texto]
        if codigo is None:
            limpia.quitar(indice, "LIM-08", valor=recortar(citar(valores[indice])))
        elif codigo != texto:
            limpia.valores[indice] = codigo
            limpia.transformaciones[indice] = f"«{recortar(texto)}» reconocida como {codigo}"
    return limpia


def reconocer(texto: str, nombres: Sequence[tuple[Palabras, str]]) -> str | None:
    """Código de la dependencia que nombra `texto`, o None si ninguna o más de una.

    Primero las mismas palabras; si no, el nombre más largo contenido en el texto, y solo si dice
    qué clase de dependencia es («Secretaría de Gobierno» está en «Secretaría de Gobierno y
    Convivencia», pero «General» no basta para reconocer una «Dirección General»).
    """
    buscadas = palabras(texto)
    exactos = {codigo for palabras_, codigo in nombres if palabras_ == buscadas}
    if exactos:
        return exactos.pop() if len(exactos) == 1 else None
    contenidos = [(len(p), codigo) for p, codigo in nombres if len(p) > 1 and p & _CLASES and p <= buscadas]
    mayor = max(contenidos, default=(0, ""))[0]
    candidatos = {codigo for largo, codigo in contenidos if largo == mayor}
    return candidatos.pop() if len(candidatos) == 1 else None
