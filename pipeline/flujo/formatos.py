"""Probar un libro ajeno: proponer el formato que mejor casa o redactar el borrador de uno nuevo."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pipeline.config import ARCHIVO, Rutas, cargar_config
from pipeline.errores import ErrorLibro
from pipeline.formato_es import porcentaje, sin_tildes
from pipeline.formatos import avisar, cargar_formato, nombres_de_formatos, recortar, reglas_de_lectura
from pipeline.lectura import leer_libro
from pipeline.lectura.borrador import redactar_borrador
from pipeline.lectura.crudo import LibroIlegibleError
from pipeline.lectura.propuesta import Propuesta, proponer
from pipeline.limpieza import LibroLimpio, limpiar
from pipeline.modelo import Corte, Periodo

VIGENCIAS_POR_DEFECTO = (2024, 2025, 2026, 2027)
PROPORCION_QUE_SE_MUESTRA = 0.3
SIN_HUELLA = ""  # probar no recibe el libro: nada de lo que se lee se guarda


@dataclass(frozen=True, slots=True, kw_only=True)
class Prueba:
    """Resultado de probar un libro.

    Si `elegida` no es None, `limpio` es el libro leído con ese formato; si lo es, `borrador` es el
    YAML de un formato nuevo para que una persona lo termine.
    """

    propuestas: tuple[Propuesta, ...]
    elegida: Propuesta | None = None
    limpio: LibroLimpio | None = None
    borrador: str = ""


def listar(raiz: Path) -> str:
    """Nombre, tabla y descripción de cada formato del paquete y de la entidad en `raiz`, uno por renglón."""
    propios = Rutas(raiz).formatos
    formatos = [cargar_formato(nombre, propios) for nombre in nombres_de_formatos(propios)]
    return "\n".join(f"{f.nombre:<31} {f.tabla:<15} {f.descripcion.split('. ')[0]}" for f in formatos)


def probar(archivo: Path, raiz: Path, *, formato: str = "", solo_borrador: bool = False) -> str:
    """Lo que dice `seguimiento formatos probar`: la prueba presentada o, si se pide, solo el borrador."""
    vigencias = vigencias_de(raiz)
    if solo_borrador:
        return redactar_formato(archivo, vigencias=vigencias).rstrip()
    propios = Rutas(raiz).formatos
    return presentar(probar_formatos(archivo, vigencias=vigencias, carpeta_propia=propios, formato=formato))


def probar_formatos(
    archivo: Path, *, vigencias: Sequence[int], carpeta_propia: Path | None = None, formato: str = ""
) -> Prueba:
    """El formato que mejor casa con `archivo` y cómo se lee con él, o el borrador de uno nuevo.

    `vigencias` son las del cuatrienio; `formato` prueba solo ese. De dos formatos que reconocen lo
    mismo se prefiere el que deja el libro legible. Levanta ErrorLibro si el libro no se puede abrir.
    """
    nombres = [formato] if formato else nombres_de_formatos(carpeta_propia)
    formatos = [cargar_formato(nombre, carpeta_propia) for nombre in nombres]
    # Si los encabezados no dicen el año, el del nombre del archivo es la mejor pista.
    orden = sorted(vigencias, key=lambda v: (str(v) not in archivo.stem, v))
    cortes = [Corte(vigencia=v, periodo=Periodo.T4) for v in orden]
    with _libro_ajeno(archivo):
        propuestas = proponer(archivo, formatos, vigencias=vigencias, cortes=cortes)
    if casan := [p for p in propuestas if p.casa]:
        elegida, limpio = _elegir(archivo, casan, vigencias)
        return Prueba(propuestas=tuple(propuestas), elegida=elegida, limpio=limpio)
    return Prueba(propuestas=tuple(propuestas), borrador=redactar_formato(archivo, vigencias=vigencias))


def redactar_formato(archivo: Path, *, vigencias: Sequence[int]) -> str:
    """YAML del borrador de un formato para `archivo`. Levanta ErrorLibro si no se puede abrir."""
    with _libro_ajeno(archivo):
        return redactar_borrador(archivo, nombre_de_formato(archivo), vigencias=vigencias)


@contextmanager
def _libro_ajeno(archivo: Path) -> Iterator[None]:
    """Lo que impide abrir el libro sale como el mismo mensaje que vería quien lo entrega."""
    if not archivo.is_file():
        raise ErrorLibro("no existe ese archivo", archivo=archivo.name, remedio="Revise la ruta")
    try:
        yield
    except LibroIlegibleError as error:
        aviso = avisar(error.regla, instrumento="", marcadores=error.marcadores)
        raise ErrorLibro(
            aviso.mensaje, archivo=archivo.name, hoja=error.hoja, remedio=aviso.accion
        ) from error


def vigencias_de(raiz: Path) -> tuple[int, ...]:
    """Las vigencias del cuatrienio de la entidad en `raiz`, o las de 2024-2027 si no hay configuración."""
    if not (raiz / ARCHIVO).exists():
        return VIGENCIAS_POR_DEFECTO
    return cargar_config(raiz).entidad.vigencias


def _elegir(
    archivo: Path, casan: Sequence[Propuesta], vigencias: Sequence[int]
) -> tuple[Propuesta, LibroLimpio]:
    """La primera propuesta que deja el libro legible; si ninguna, la primera de todas."""
    leidas = []
    for propuesta in casan:
        leido = leer_libro(
            archivo,
            propuesta.formato,
            archivo=archivo.name,
            sha256=SIN_HUELLA,
            vigencias=tuple(vigencias),
            corte=None if propuesta.formato.tabla == "plan" else propuesta.corte,
        )
        leidas.append((propuesta, leido))
        if leido.es_legible:
            return propuesta, limpiar(leido, propuesta.formato, ())
    propuesta, leido = leidas[0]
    return propuesta, limpiar(leido, propuesta.formato, ())


def nombre_de_formato(archivo: Path) -> str:
    """Nombre válido de formato a partir del de un archivo.

    >>> nombre_de_formato(Path("Matriz PDM (2025).xlsx"))
    'matriz_pdm_2025'
    """
    return "_".join(re.findall(r"[a-z0-9]+", sin_tildes(archivo.stem))) or "formato_nuevo"


def presentar(prueba: Prueba, filas: int = 3) -> str:
    """La prueba como texto: qué formatos casan, las primeras `filas` como se leen y qué se halló."""
    cercanas = [p for p in prueba.propuestas if p.proporcion >= PROPORCION_QUE_SE_MUESTRA][:5]
    lineas = ["Formatos cuyos encabezados están en el libro:" if cercanas else "Ningún formato lo reconoce."]
    lineas += [_renglon(p, es_la_elegida=p is prueba.elegida) for p in cercanas]
    if prueba.limpio is None:
        return "\n".join([*lineas, "", "Ninguno casa. Borrador de uno nuevo:", "", prueba.borrador.rstrip()])
    limpio = prueba.limpio
    lineas += ["", f"{limpio.filas[['hoja', 'fila']].drop_duplicates().shape[0]} filas leídas. Las primeras:"]
    for registro in limpio.filas.head(filas).to_dict("records"):
        vigencia = f", vigencia {registro['vigencia']}" if registro["vigencia"] else ""
        lineas.append(f"  Fila {registro['fila']} de «{registro['hoja']}»{vigencia}")
        lineas += [
            f"    {campo} = {recortar(str(valor), 60)}"
            for campo, valor in registro.items()
            if campo not in {"hoja", "fila", "vigencia"} and valor is not None and valor == valor  # noqa: PLR0124
        ]
    lineas += ["", "Lo que se halló al leerlo:", *_resumen_de_hallazgos(limpio)]
    return "\n".join(lineas)


def _renglon(propuesta: Propuesta, *, es_la_elegida: bool) -> str:
    p = propuesta
    marca = "→" if es_la_elegida else " "
    hoja = "" if p.es_su_hoja else f" (la hoja debería llamarse «{p.formato.hoja}»)"
    faltan = f"; faltan {', '.join(f'«{f}»' for f in p.faltan[:3])}" if p.faltan else ""
    return (
        f"{marca} {p.formato.nombre:<30} {porcentaje(p.proporcion, 0):>6} "
        f"({p.reconocidos} de {p.esperados}), hoja «{p.hoja}», encabezado en la fila {p.fila}{hoja}{faltan}"
    )


def _resumen_de_hallazgos(limpio: LibroLimpio) -> list[str]:
    cuenta = Counter((h.regla, h.severidad) for h in limpio.hallazgos)
    primero = {h.regla: h for h in reversed(limpio.hallazgos)}
    titulos = {regla: textos.titulo for regla, textos in reglas_de_lectura().items()}
    return [
        f"  {n} × {regla} ({severidad}) {titulos[regla]}. {recortar(str(primero[regla]), 400)}"
        for (regla, severidad), n in sorted(
            cuenta.items(), key=lambda par: (par[0][1] != "bloquea", par[0][0])
        )
    ] or ["  nada"]
