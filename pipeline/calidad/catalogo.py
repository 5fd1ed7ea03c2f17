"""Catálogo de reglas (`docs/reglas.md`), generado de los YAML que el sistema ejecuta. No decide nada.

Para regenerarlo: `python -m pipeline.calidad.catalogo`. Una prueba falla si no está al día.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from pipeline.archivos import escribir, leer_yml
from pipeline.calidad import derivadas, derivadas_pa, historia, poai_derivadas
from pipeline.calidad.escritura import cifra
from pipeline.calidad.reglas import Expectativa, Regla, cargar_reglas
from pipeline.config import PAQUETE

DESTINO = PAQUETE.parent / "docs" / "reglas.md"
FICHAS = {  # archivo de recursos/ → título, en el orden en que actúan, antes de las de expectations/
    "reglas_lectura.yml": "Lectura y limpieza (LEC, LIM)",
    "reglas_libros.yml": "El libro que se esperaba (LIB)",
    "reglas_correcciones.yml": "Correcciones declaradas y catálogo (COR, CAT)",
    "reglas_formulas.yml": "Auditoría de fórmulas (FOR)",
}
FINALES = {  # las que actúan sobre lo ya calculado, después de las de expectations/
    "conciliacion.yml": "Conciliación (CON)",
    "alertas.yml": "Alertas tempranas (ALE)",
}

PRESENTACION = """# Reglas

Generado por `python -m pipeline.calidad.catalogo`; no lo edite a mano. Las reglas de calidad están en
`expectations/`; las de lectura y limpieza, las correcciones, la auditoría de fórmulas, la conciliación de
los tres instrumentos y las alertas, en `pipeline/recursos/`.

Severidad de un hallazgo: **bloquea** saca la fila (o el libro) de los índices y hay que corregirlo;
**observa** deja el dato en los índices, marcado, y hay que corregirlo o explicarlo; **informa** se cuenta.
Una contradicción entre dos cifras legibles nunca bloquea: se señala y decide una persona.
"""
PARTES = {  # archivo de expectations/ → título
    "plan.yml": "Calidad del plan: metas (PLAN)",
    "plan_vigencias.yml": "Calidad del plan: programación anual (PLAN)",
    "registros_pi.yml": "Calidad del seguimiento al Plan Indicativo (PI)",
    "historico.yml": "Entre cortes y entre vigencias (HIS)",
    "registros_poai.yml": "Calidad del POAI (POAI)",
    "movimientos.yml": "Calidad de los movimientos del POAI (MOV)",
    "registros_pa.yml": "Calidad del Plan de Acción (PA)",
}
ROTULOS = {  # clave de una regla simple → rótulo; las demás claves no se muestran
    "condicion": "Cuándo",
    "mensaje": "Mensaje",
    "evidencia": "Evidencia",
    "porque": "Por qué",
    "accion": "Qué hacer",
    "umbral": "Umbral de `seguimiento.toml`",
    "umbral_supuesto": "Si la entidad no lo fija",
    "atenuada": "Severidad si la observación la explica",
    "responsable": "Quién",
    "plazo_de": "Columna con el plazo, si ya está fijado",
    "plazo_dias": "Plazo en días calendario",
    "fuente": "Fuente",
}


def redactar_catalogo(
    reglas: Sequence[Regla],
    fichas: Mapping[str, Sequence[Mapping[str, Any]]],
    finales: Mapping[str, Sequence[Mapping[str, Any]]],
) -> str:
    """Texto de `docs/reglas.md`: las reglas en el orden en que actúan (lectura, calidad, lo calculado).

    `fichas` y `finales` (por título de su parte) son simples: `id`, `titulo` o `nombre`, `severidad` o
    `clase` y las claves de ROTULOS.
    """
    partes = [PRESENTACION]
    for titulo, propias_simples in fichas.items():
        partes += _parte(titulo, map(_ficha_simple, propias_simples))
    archivos = dict.fromkeys(regla.archivo for regla in reglas)
    for archivo in sorted(archivos, key=[*PARTES, *archivos].index):
        propias = [_ficha(regla) for regla in reglas if regla.archivo == archivo]
        partes += _parte(PARTES.get(archivo, archivo), propias)
    for titulo, propias_simples in finales.items():
        partes += _parte(titulo, map(_ficha_simple, propias_simples))
    return "\n".join(partes) + "\n"


def leer_fichas(ruta: Path) -> list[dict[str, Any]]:
    """Fichas simples de un YAML: una lista, una lista bajo `reglas` o un mapa de código a ficha.

    Lista vacía si el archivo no existe.
    """
    if not ruta.is_file():
        return []
    datos = leer_yml(ruta.read_text(encoding="utf-8"))
    if isinstance(datos, dict) and isinstance(datos.get("reglas"), list):
        datos = datos["reglas"]
    if isinstance(datos, dict):
        datos = [{"id": codigo, **ficha} for codigo, ficha in datos.items()]
    return [dict(ficha) for ficha in datos]


def escribir_catalogo(destino: Path = DESTINO) -> Path:
    """Ruta del catálogo, escrito de forma atómica con las reglas del proyecto."""
    return escribir(destino, catalogo_del_proyecto())


@cache
def catalogo_del_proyecto() -> str:
    """El catálogo con las reglas, la lectura y las alertas que trae el proyecto."""
    antes, despues = (
        {titulo: leer_fichas(PAQUETE / "recursos" / archivo) for archivo, titulo in partes.items()}
        for partes in (FICHAS, FINALES)
    )
    return redactar_catalogo(cargar_reglas(), antes, despues)


def _parte(titulo: str, fichas: Iterable[str]) -> list[str]:
    fichas = list(fichas)
    return [f"## {titulo}\n", *fichas] if fichas else []


def _ficha_simple(ficha: Mapping[str, Any]) -> str:
    titulo = ficha.get("titulo") or ficha.get("nombre") or ""
    resumen = " · ".join(str(ficha[c]) for c in ("severidad", "clase", "alcance", "nivel") if c in ficha)
    lineas = [f"- {rotulo}: {ficha[clave]}" for clave, rotulo in ROTULOS.items() if clave in ficha]
    return _con_titulo(str(ficha.get("id", "")), titulo, resumen, lineas)


def _ficha(regla: Regla) -> str:
    campos = ", ".join(f"`{expectativa.campo}`" for expectativa in regla.expectativas)
    lineas = [
        f"- Por qué: {regla.porque}",
        f"- Qué hacer: {regla.accion}",
        f"- Quién: {regla.responsable}",
        f"- Se comprueba con {_llamada(regla.expectativas[0])}, en {campos}.",
        *(f"- `{columna}`: {_significado(columna)}" for columna in _columnas_derivadas(regla)),
        *(f"- Pasa: {_ejemplo(filas)}" for filas in regla.ejemplos.pasa),
        *(f"- Falla: {_ejemplo(filas)}" for filas in regla.ejemplos.falla),
        *(f"- Historia: {suceso}" for suceso in regla.historia),
    ]
    return _con_titulo(regla.codigo, regla.descripcion, f"{regla.severidad} · {regla.alcance}", lineas)


def _con_titulo(codigo: str, titulo: str, resumen: str, lineas: Sequence[str]) -> str:
    return "\n".join([f"### {codigo} · {titulo.rstrip('.')}\n", f"**{resumen}**\n", *lineas, ""])


def _llamada(expectativa: Expectativa) -> str:
    argumentos = ", ".join(f"{nombre}={valor!r}" for nombre, valor in expectativa.argumentos.items())
    return f"`{expectativa.tipo}({argumentos})`"


def _columnas_derivadas(regla: Regla) -> list[str]:
    """Columnas de la primera expectativa que calcula una función de `derivadas` con el mismo nombre."""
    texto = " ".join(str(valor) for valor in regla.expectativas[0].argumentos.values())
    palabras = texto.replace("(", " ").replace(".", " ").split()
    return [p for p in dict.fromkeys(palabras) if _funcion(p)]


def _significado(columna: str) -> str:
    return (getattr(_funcion(columna), "__doc__", None) or "").strip().splitlines()[0]


def _funcion(columna: str) -> object:
    """La función que calcula la columna, o None si no es derivada."""
    modulos = (derivadas, historia, poai_derivadas, derivadas_pa)
    candidatas = (getattr(modulo, columna, None) for modulo in modulos)
    return next((funcion for funcion in candidatas if callable(funcion)), None)


def _ejemplo(filas: Sequence[Mapping[str, Any]]) -> str:
    return "; ".join(_fila(fila) for fila in filas)


def _fila(fila: Mapping[str, Any]) -> str:
    return ", ".join(f"`{campo}` {_valor(campo, valor)}" for campo, valor in fila.items()) or "todo vacío"


def _valor(campo: str, valor: object) -> str:
    if isinstance(valor, str):
        return f"«{valor}»"
    return str(valor) if campo == "vigencia" else cifra(float(str(valor)))


if __name__ == "__main__":
    print(escribir_catalogo().name)
