"""Lo que se devuelve a las dependencias: libros marcados y páginas de correcciones."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline import calidad, devolucion, publicacion, recepcion
from pipeline.archivos import escribir, nombre_que_cabe
from pipeline.devolucion import Devolucion
from pipeline.errores import ErrorLibro
from pipeline.esquemas import leer_tabla
from pipeline.flujo.contexto import Contexto
from pipeline.flujo.entrada import TABLAS
from pipeline.flujo.ingesta import Entregas, leer_entregas, leer_libros, leer_plan, revisar
from pipeline.informes.exportador import hoja_de_estilo
from pipeline.manifiesto import (
    escribir_manifiesto,
    huella_codigo,
    huella_texto,
    motivo_para_rehacer,
)
from pipeline.modelo import EstadoEntrega
from pipeline.recepcion import Recepcion

CARPETA = "correcciones"
PAGINA = "correcciones.html"
SE_DEVUELVEN = (
    EstadoEntrega.DEVUELTA.value,
    EstadoEntrega.ILEGIBLE.value,
    EstadoEntrega.ACEPTADA_CON_OBSERVACIONES.value,
)
EN_PALABRAS = {
    EstadoEntrega.ACEPTADA.value: "El libro quedó aceptado",
    EstadoEntrega.ACEPTADA_CON_OBSERVACIONES.value: "El libro quedó aceptado con observaciones",
    EstadoEntrega.DEVUELTA.value: "El libro se devuelve para corrección",
    EstadoEntrega.ILEGIBLE.value: "El libro no se pudo leer: debe volver a entregarse",
}
EN_CURSO = ".en_curso"
_YA_MARCADO = re.compile(r"_corregir(?:_(\d+))?$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Correcciones:
    """Lo que se escribió para una dependencia en un corte."""

    dependencia: str
    carpeta: Path
    libro: Path | None  # None si no se pudo marcar
    estado: str  # publicado | sin_cambios
    aviso: str = ""


def publicar_correcciones(contexto: Contexto) -> list[Correcciones]:
    """Escribe reports/<vigencia>/<periodo>/correcciones/<carpeta_de>/ para cada entrega con algo que decirle.

    Son las devueltas, las ilegibles y las aceptadas con observaciones; también los reenvíos aceptados, para
    que la dependencia vea qué quedó corregido. Lee las tablas de la etapa 01 y no rehace lo que está al día;
    retira las carpetas de entregas que ya no lo necesitan. Levanta ErrorEntorno si no se ha corrido.
    """
    procesados = contexto.rutas.procesados(contexto.corte)
    tablas = {n: leer_tabla(n, procesados) for n in ("entregas", "hallazgos", "celdas", "plan")}
    raiz = contexto.rutas.informes(contexto.corte) / CARPETA
    fichas = {i: recepcion.leer_recepciones(contexto.rutas, contexto.corte, i) for i in TABLAS}
    filas = [{str(k): v for k, v in f.items()} for f in tablas["entregas"].to_dict("records")]
    elegidas = {carpeta_de(fila): fila for fila in filas if _se_devuelve(fila)}
    claves = {c: _clave(contexto, f, fichas[f["instrumento"]], tablas) for c, f in elegidas.items()}
    vencidas = {c for c, clave in claves.items() if motivo_para_rehacer(raiz / c, clave) is not None}
    por_rehacer = [elegidas[carpeta] for carpeta in vencidas]
    antes = {i: _leer_anteriores(contexto, i, fichas[i], _dependencias(por_rehacer, i)) for i in TABLAS}
    resultado = [
        _publicar(contexto, fila, tablas, antes[fila["instrumento"]], claves[carpeta])
        if carpeta in vencidas
        else _al_dia(raiz / carpeta, fila)
        for carpeta, fila in elegidas.items()
    ]
    _retirar(raiz, set(claves))
    return resultado


def carpeta_de(entrega: Mapping[str, Any]) -> str:
    """Carpeta de las correcciones de una entrega: la dependencia y, si no es del PI, el instrumento.

    >>> carpeta_de({"dependencia": "SSAL", "instrumento": "pi"})
    'SSAL'
    >>> carpeta_de({"dependencia": "SSAL", "instrumento": "poai"})
    'SSAL_poai'
    """
    codigo, instrumento = entrega["dependencia"], entrega["instrumento"]
    return str(codigo) if instrumento == "pi" else f"{codigo}_{instrumento}"


def _dependencias(entregas: Sequence[Mapping[str, Any]], instrumento: str) -> set[str]:
    return {fila["dependencia"] for fila in entregas if fila["instrumento"] == instrumento}


def poai_para(contexto: Contexto, instrumento: str) -> Entregas | None:
    """El POAI del corte con que se compara un Plan de Acción; None si no hace falta o no se sigue."""
    if instrumento == "pa" and "poai" in contexto.seguidos:
        return leer_entregas(contexto, "poai")
    return None


def _publicar(
    contexto: Contexto,
    entrega: Mapping[str, Any],
    tablas: Mapping[str, pd.DataFrame],
    antes: tuple[Entregas, pd.DataFrame] | None,
    clave: Mapping[str, str],
) -> Correcciones:
    carpeta = carpeta_de(entrega)
    raiz = contexto.rutas.informes(contexto.corte)
    trabajo, destino = raiz / EN_CURSO / CARPETA / carpeta, raiz / CARPETA / carpeta
    shutil.rmtree(trabajo, ignore_errors=True)
    trabajo.mkdir(parents=True)
    datos, hallazgos = encabezado(contexto, entrega), propios(tablas["hallazgos"], entrega)
    seguimiento = _seguimiento(entrega, hallazgos, tablas["celdas"], antes)
    nombre = nombre_marcado(Path(str(entrega["archivo"])))
    libro, aviso = intentar(
        contexto.rutas.crudos / str(entrega["ruta"]), hallazgos, trabajo / nombre, datos, seguimiento
    )
    escribir_pagina(trabajo / PAGINA, hallazgos, datos, libro, aviso, seguimiento, tablas["plan"])
    escribir_manifiesto(trabajo, clave, libro=nombre if libro else "", aviso=aviso)
    publicacion.publicar_carpeta(trabajo, destino)
    shutil.rmtree(raiz / EN_CURSO / CARPETA, ignore_errors=True)
    with suppress(OSError):  # la corrida también trabaja ahí
        (raiz / EN_CURSO).rmdir()
    return Correcciones(
        dependencia=str(entrega["dependencia"]),
        carpeta=destino,
        libro=destino / nombre if libro else None,
        estado="publicado",
        aviso=aviso,
    )


def _al_dia(carpeta: Path, entrega: Mapping[Any, Any]) -> Correcciones:
    libro = carpeta / nombre_marcado(Path(str(entrega["archivo"])))
    return Correcciones(
        dependencia=entrega["dependencia"],
        carpeta=carpeta,
        libro=libro if libro.is_file() else None,
        estado="sin_cambios",
    )


def _se_devuelve(entrega: Mapping[Any, Any]) -> bool:
    es_reenvio_aceptado = entrega["estado"] == EstadoEntrega.ACEPTADA.value and entrega["version"] > 1
    return entrega["estado"] in SE_DEVUELVEN or es_reenvio_aceptado


def propios(hallazgos: pd.DataFrame, entrega: Mapping[Any, Any]) -> pd.DataFrame:
    """Los hallazgos de esa entrega (el mismo archivo puede haber llegado de dos dependencias)."""
    dependencia = hallazgos["dependencia"]
    propio = (hallazgos["sha256"] == entrega["sha256"]) & (hallazgos["instrumento"] == entrega["instrumento"])
    elegidos: pd.DataFrame = hallazgos[
        propio & (dependencia.isna() | (dependencia == entrega["dependencia"]))
    ]
    return elegidos.reset_index(drop=True)


def encabezado(contexto: Contexto, entrega: Mapping[str, Any]) -> Devolucion:
    """Lo que identifica una devolución: de qué libro, dependencia y corte es, y qué se decidió."""
    entidad = contexto.config.entidad
    return Devolucion(
        archivo=str(entrega["archivo"]),
        dependencia=str(entrega["nombre_dependencia"]),
        corte=str(contexto.corte),
        entidad=entidad.nombre,
        oficina=entidad.oficina,
        procedimiento=entidad.procedimiento,
        estado=". ".join(
            filter(None, (EN_PALABRAS[entrega["estado"]], calidad.nota_de_version(entrega).rstrip(".")))
        ),
        es_demostracion=contexto.rutas.es_demostracion,
    )


def _clave(
    contexto: Contexto,
    entrega: Mapping[Any, Any],
    fichas: Sequence[Recepcion],
    tablas: Mapping[str, pd.DataFrame],
) -> dict[str, str]:
    hallazgos = propios(tablas["hallazgos"], entrega)
    anterior = _anterior(fichas, entrega["dependencia"])
    return {
        "libro": entrega["sha256"],
        "anterior": anterior.sha256 if anterior else "",
        "hallazgos": huella_texto(
            str(hallazgos.to_csv(index=False)), str(entrega["estado"]), str(entrega["version_usada"])
        ),
        "codigo": huella_codigo(),
        "corte": repr(contexto),
    }


def _anterior(fichas: Sequence[Recepcion], dependencia: str) -> Recepcion | None:
    propias = sorted((f for f in fichas if f.dependencia == dependencia), key=lambda f: f.version)
    return propias[-2] if len(propias) > 1 else None


def _leer_anteriores(
    contexto: Contexto, instrumento: str, fichas: Sequence[Recepcion], dependencias: set[str]
) -> tuple[Entregas, pd.DataFrame] | None:
    """El corte como estaba antes de los reenvíos; None si ninguna de esas dependencias reenvió.

    Se lee con los demás libros porque hay reglas que comparan unas dependencias con otras.
    """
    por_dependencia = {f.dependencia: _anterior(fichas, f.dependencia) for f in fichas}
    if not any(por_dependencia.get(codigo) for codigo in dependencias):
        return None
    ultimas = {f.dependencia: f for f in sorted(fichas, key=lambda f: f.version)}
    previas = [por_dependencia[codigo] or ultima for codigo, ultima in sorted(ultimas.items())]
    leidas, poai = leer_libros(contexto, previas, instrumento), poai_para(contexto, instrumento)
    return leidas, revisar(contexto, leer_plan(contexto), leidas, con_plan=False, poai=poai).hallazgos


def _seguimiento(
    entrega: Mapping[str, Any],
    hallazgos: pd.DataFrame,
    celdas: pd.DataFrame,
    antes: tuple[Entregas, pd.DataFrame] | None,
) -> pd.DataFrame | None:
    if antes is None or entrega["version"] < 2:
        return None
    leidas, hallados = antes
    previa = leidas.entregas[leidas.entregas["dependencia"] == entrega["dependencia"]].iloc[0]
    return devolucion.comparar_versiones(
        propios(hallados, previa.to_dict()),
        hallazgos,
        _celdas_de(leidas.celdas, previa["sha256"]),
        _celdas_de(celdas, entrega["sha256"]),
    )


def _celdas_de(celdas: pd.DataFrame, sha256: str) -> pd.DataFrame:
    return celdas[(celdas["sha256"] == sha256) & (celdas["tabla"].isin(TABLAS.values()))]


def intentar(
    original: Path,
    hallazgos: pd.DataFrame,
    destino: Path,
    datos: Devolucion,
    seguimiento: pd.DataFrame | None = None,
) -> tuple[Path | None, str]:
    """El libro marcado, o ninguno y por qué: la página de correcciones sale de todos modos."""
    try:
        libro = devolucion.marcar_libro(
            original, hallazgos, destino, devolucion=datos, seguimiento=seguimiento
        )
    except ErrorLibro as error:
        return None, str(error)
    return libro, ""


def nombre_marcado(libro: Path) -> str:
    """Nombre del libro marcado; si el que llega ya lo era, con el número siguiente.

    >>> nombre_marcado(Path("PI.xlsx")), nombre_marcado(Path("PI_corregir.xlsx"))
    ('PI_corregir.xlsx', 'PI_corregir_2.xlsx')
    """
    hallado = _YA_MARCADO.search(libro.stem)
    if hallado is None:
        return nombre_que_cabe(libro.stem, f"_corregir{libro.suffix.lower()}")
    numero = int(hallado[1] or 1) + 1
    return nombre_que_cabe(libro.stem[: hallado.start()], f"_corregir_{numero}{libro.suffix.lower()}")


def escribir_pagina(
    destino: Path,
    hallazgos: pd.DataFrame,
    datos: Devolucion,
    libro: Path | None,
    aviso: str,
    seguimiento: pd.DataFrame | None,
    metas: pd.DataFrame,
) -> None:
    """Escribe la página de correcciones completa o nada; `metas` da el nombre de cada código."""
    conocidas = metas.dropna(subset="nombre_meta")
    texto = devolucion.pagina_de_correcciones(
        hallazgos,
        devolucion=datos,
        css=hoja_de_estilo(),
        libro_marcado=libro.name if libro else "",
        aviso=aviso,
        seguimiento=seguimiento,
        nombres_de_metas=dict(zip(conocidas["codigo_meta"], conocidas["nombre_meta"], strict=True)),
    )
    escribir(destino, texto)


def _retirar(raiz: Path, vigentes: set[str]) -> None:
    carpetas = [c for c in raiz.iterdir() if c.is_dir()] if raiz.is_dir() else []
    for carpeta in carpetas:
        if carpeta.name not in vigentes:
            shutil.rmtree(carpeta)
