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

from pipeline import devolucion, publicacion, recepcion
from pipeline.devolucion import Devolucion
from pipeline.errores import ErrorLibro
from pipeline.esquemas import leer_tabla
from pipeline.flujo.contexto import Contexto
from pipeline.flujo.ingesta import Entregas, leer_libros, leer_plan, revisar
from pipeline.formato_es import contar
from pipeline.informes.exportador import hoja_de_estilo
from pipeline.manifiesto import (
    escribir_manifiesto,
    huella_archivo,
    huella_codigo,
    huella_texto,
    motivo_para_rehacer,
)
from pipeline.modelo import EstadoEntrega, Severidad
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


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisionDeLibro:
    """Resultado de revisar un libro suelto, sin recibirlo."""

    estado: str
    hallazgos: pd.DataFrame  # numerados como en el libro y en la página
    cuenta: Mapping[str, int]
    escritos: tuple[Path, ...]
    aviso: str = ""

    @property
    def bloquea(self) -> bool:
        """Si hay algo que impide aceptar el libro o alguna de sus filas."""
        return self.cuenta[Severidad.BLOQUEA.value] > 0

    def presentar(self, cuantas: int = 10) -> str:
        """Resumen para la pantalla: conteos y las primeras correcciones, cada una en su celda."""
        c = self.cuenta
        primeras = [
            _renglon({str(k): v for k, v in f.items()})
            for f in self.hallazgos.head(cuantas).to_dict("records")
        ]
        restantes = len(self.hallazgos) - len(primeras)
        renglones = [
            f"{self.estado}: {contar(c['bloquea'], 'hallazgo bloquea', 'hallazgos bloquean')}, "
            f"{contar(c['observa'], 'observa', 'observan')} y {contar(c['informa'], 'informa', 'informan')}.",
            *(f"  {renglon}" for renglon in primeras),
        ]
        if restantes > 0:
            renglones.append(
                f"  … y {contar(restantes, 'corrección', 'correcciones')} más, en los archivos que siguen."
            )
        return "\n".join([*renglones, *([f"Aviso: {self.aviso}"] if self.aviso else [])])


def publicar_correcciones(contexto: Contexto) -> list[Correcciones]:
    """Escribe reports/<vigencia>/<periodo>/correcciones/<DEP>/ para cada entrega con algo que decirle.

    Son las devueltas, las ilegibles y las aceptadas con observaciones; también los reenvíos aceptados, para
    que la dependencia vea qué quedó corregido. Lee las tablas de la etapa 01 y no rehace lo que está al día;
    retira las carpetas de entregas que ya no lo necesitan. Levanta ErrorEntorno si no se ha corrido.
    """
    procesados = contexto.rutas.procesados(contexto.corte)
    tablas = {n: leer_tabla(n, procesados) for n in ("entregas", "hallazgos", "celdas", "plan")}
    raiz = contexto.rutas.informes(contexto.corte) / CARPETA
    fichas = recepcion.leer_recepciones(contexto.rutas, contexto.corte, "pi")
    filas = [{str(k): v for k, v in f.items()} for f in tablas["entregas"].to_dict("records")]
    elegidas = [fila for fila in filas if _se_devuelve(fila)]
    claves = {fila["dependencia"]: _clave(contexto, fila, fichas, tablas) for fila in elegidas}
    vencidas = {d for d, clave in claves.items() if motivo_para_rehacer(raiz / d, clave) is not None}
    antes = _leer_anteriores(contexto, fichas, vencidas)
    resultado = []
    for fila in elegidas:
        codigo = fila["dependencia"]
        if codigo in vencidas:
            resultado.append(_publicar(contexto, fila, tablas, antes, claves[codigo]))
        else:
            resultado.append(_al_dia(raiz / codigo, fila))
    _retirar(raiz, set(claves))
    return resultado


def revisar_libro(ruta: Path, contexto: Contexto, dependencia: str | None = None) -> RevisionDeLibro:
    """Revisa un libro contra el plan vigente con las mismas reglas del corte, sin recibirlo.

    No copia nada a data/raw ni escribe tablas: deja junto al libro <nombre>_corregir.xlsx y
    <nombre>_correcciones.html. Nunca reemplaza un libro que ya esté ahí con otro contenido. Sin
    `dependencia`, la de la hoja de control de la plantilla. Levanta ErrorLibro si el archivo no existe o no
    dice de quién es, y ErrorEntorno si no se ha importado el plan.
    """
    if not ruta.is_file():
        raise ErrorLibro("no existe o no es un archivo", archivo=ruta.name, remedio="Revise la ruta")
    codigo = dependencia or recepcion.reconocer_dependencia(ruta, contexto.config)
    ficha = _ficha_suelta(ruta, contexto, contexto.config.dependencia(codigo).codigo)
    plan, leidas = leer_plan(contexto), leer_libros(contexto, [ficha])
    revision = revisar(contexto, plan, leidas, con_plan=False)
    entrega = revision.entregas[revision.entregas["sha256"] == ficha.sha256].iloc[0].to_dict()
    hallazgos = _propios(revision.hallazgos, {str(k): v for k, v in entrega.items()})
    datos = _encabezado(contexto, {str(k): v for k, v in entrega.items()})
    libro, aviso = _marcar_al_lado(ruta, hallazgos, datos)
    pagina = ruta.with_name(f"{ruta.stem}_correcciones.html")
    _escribir_pagina(pagina, hallazgos, datos, libro, aviso, None, plan.metas)
    return RevisionDeLibro(
        estado=EN_PALABRAS[entrega["estado"]],
        hallazgos=devolucion.numerar_correcciones(hallazgos),
        cuenta=devolucion.contar_por_severidad(hallazgos),
        escritos=tuple(r for r in (libro, pagina) if r is not None),
        aviso=aviso,
    )


def _publicar(
    contexto: Contexto,
    entrega: Mapping[str, Any],
    tablas: Mapping[str, pd.DataFrame],
    antes: tuple[Entregas, pd.DataFrame] | None,
    clave: Mapping[str, str],
) -> Correcciones:
    codigo = str(entrega["dependencia"])
    raiz = contexto.rutas.informes(contexto.corte)
    trabajo, destino = raiz / EN_CURSO / CARPETA / codigo, raiz / CARPETA / codigo
    shutil.rmtree(trabajo, ignore_errors=True)
    trabajo.mkdir(parents=True)
    datos, hallazgos = _encabezado(contexto, entrega), _propios(tablas["hallazgos"], entrega)
    seguimiento = _seguimiento(entrega, hallazgos, tablas["celdas"], antes)
    nombre = _nombre_marcado(Path(str(entrega["archivo"])))
    libro, aviso = _intentar(
        contexto.rutas.crudos / str(entrega["ruta"]), hallazgos, trabajo / nombre, datos, seguimiento
    )
    _escribir_pagina(trabajo / PAGINA, hallazgos, datos, libro, aviso, seguimiento, tablas["plan"])
    escribir_manifiesto(trabajo, clave, libro=nombre if libro else "", aviso=aviso)
    publicacion.publicar_carpeta(trabajo, destino)
    shutil.rmtree(raiz / EN_CURSO / CARPETA, ignore_errors=True)
    with suppress(OSError):  # la corrida también trabaja ahí
        (raiz / EN_CURSO).rmdir()
    return Correcciones(
        dependencia=codigo,
        carpeta=destino,
        libro=destino / nombre if libro else None,
        estado="publicado",
        aviso=aviso,
    )


def _al_dia(carpeta: Path, entrega: Mapping[Any, Any]) -> Correcciones:
    libro = carpeta / _nombre_marcado(Path(str(entrega["archivo"])))
    return Correcciones(
        dependencia=entrega["dependencia"],
        carpeta=carpeta,
        libro=libro if libro.is_file() else None,
        estado="sin_cambios",
    )


def _se_devuelve(entrega: Mapping[Any, Any]) -> bool:
    es_reenvio_aceptado = entrega["estado"] == EstadoEntrega.ACEPTADA.value and entrega["version"] > 1
    return entrega["estado"] in SE_DEVUELVEN or es_reenvio_aceptado


def _propios(hallazgos: pd.DataFrame, entrega: Mapping[Any, Any]) -> pd.DataFrame:
    """Los hallazgos de esa entrega (el mismo archivo puede haber llegado de dos dependencias)."""
    dependencia = hallazgos["dependencia"]
    propio = (hallazgos["sha256"] == entrega["sha256"]) & (hallazgos["instrumento"] == entrega["instrumento"])
    elegidos: pd.DataFrame = hallazgos[
        propio & (dependencia.isna() | (dependencia == entrega["dependencia"]))
    ]
    return elegidos.reset_index(drop=True)


def _encabezado(contexto: Contexto, entrega: Mapping[str, Any]) -> Devolucion:
    entidad = contexto.config.entidad
    return Devolucion(
        archivo=str(entrega["archivo"]),
        dependencia=str(entrega["nombre_dependencia"]),
        corte=str(contexto.corte),
        entidad=entidad.nombre,
        oficina=entidad.oficina,
        procedimiento=entidad.procedimiento,
        estado=EN_PALABRAS[entrega["estado"]],
        es_demostracion=contexto.rutas.es_demostracion,
    )


def _clave(
    contexto: Contexto,
    entrega: Mapping[Any, Any],
    fichas: Sequence[Recepcion],
    tablas: Mapping[str, pd.DataFrame],
) -> dict[str, str]:
    hallazgos = _propios(tablas["hallazgos"], entrega)
    anterior = _anterior(fichas, entrega["dependencia"])
    return {
        "libro": entrega["sha256"],
        "anterior": anterior.sha256 if anterior else "",
        "hallazgos": huella_texto(str(hallazgos.to_csv(index=False)), str(entrega["estado"])),
        "codigo": huella_codigo(),
        "corte": repr(contexto),
    }


def _anterior(fichas: Sequence[Recepcion], dependencia: str) -> Recepcion | None:
    propias = sorted((f for f in fichas if f.dependencia == dependencia), key=lambda f: f.version)
    return propias[-2] if len(propias) > 1 else None


def _leer_anteriores(
    contexto: Contexto, fichas: Sequence[Recepcion], dependencias: set[str]
) -> tuple[Entregas, pd.DataFrame] | None:
    """El corte como estaba antes de los reenvíos; None si ninguna de esas dependencias reenvió.

    Se lee con los demás libros porque hay reglas que comparan unas dependencias con otras.
    """
    por_dependencia = {f.dependencia: _anterior(fichas, f.dependencia) for f in fichas}
    if not any(por_dependencia.get(codigo) for codigo in dependencias):
        return None
    ultimas = {f.dependencia: f for f in sorted(fichas, key=lambda f: f.version)}
    previas = [por_dependencia[codigo] or ultima for codigo, ultima in sorted(ultimas.items())]
    leidas = leer_libros(contexto, previas)
    return leidas, revisar(contexto, leer_plan(contexto), leidas, con_plan=False).hallazgos


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
        _propios(hallados, previa.to_dict()),
        hallazgos,
        _celdas_de(leidas.celdas, previa["sha256"]),
        _celdas_de(celdas, entrega["sha256"]),
    )


def _celdas_de(celdas: pd.DataFrame, sha256: str) -> pd.DataFrame:
    return celdas[(celdas["sha256"] == sha256) & (celdas["tabla"] == "registros_pi")]


def _intentar(
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


def _marcar_al_lado(ruta: Path, hallazgos: pd.DataFrame, datos: Devolucion) -> tuple[Path | None, str]:
    """Junto al libro, sin reemplazar uno que la dependencia ya esté corrigiendo."""
    provisional = ruta.with_name(f".{ruta.name}.marcado")
    libro, aviso = _intentar(ruta, hallazgos, provisional, datos)
    if libro is None:
        return None, aviso
    contenido, candidato = libro.read_bytes(), ruta.with_name(_nombre_marcado(ruta))
    while candidato.exists() and candidato.read_bytes() != contenido:
        candidato = candidato.with_name(_nombre_marcado(candidato))
    libro.replace(candidato)
    return candidato, ""


def _nombre_marcado(libro: Path) -> str:
    """Nombre del libro marcado; si el que llega ya lo era, con el número siguiente.

    >>> _nombre_marcado(Path("PI.xlsx")), _nombre_marcado(Path("PI_corregir.xlsx"))
    ('PI_corregir.xlsx', 'PI_corregir_2.xlsx')
    """
    hallado = _YA_MARCADO.search(libro.stem)
    if hallado is None:
        return f"{libro.stem}_corregir{libro.suffix.lower()}"
    numero = int(hallado[1] or 1) + 1
    return f"{libro.stem[: hallado.start()]}_corregir_{numero}{libro.suffix.lower()}"


def _escribir_pagina(
    destino: Path,
    hallazgos: pd.DataFrame,
    datos: Devolucion,
    libro: Path | None,
    aviso: str,
    seguimiento: pd.DataFrame | None,
    metas: pd.DataFrame,
) -> None:
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
    provisional = destino.with_name(destino.name + ".tmp")
    provisional.write_text(texto, encoding="utf-8")
    provisional.replace(destino)


def _ficha_suelta(ruta: Path, contexto: Contexto, dependencia: str) -> Recepcion:
    """Ficha de un libro que no se recibe: sirve para leerlo donde está."""
    return Recepcion(
        archivo=ruta.name,
        ruta=str(ruta.resolve()),
        sha256=huella_archivo(ruta),
        bytes=ruta.stat().st_size,
        recibido_en=f"{contexto.corte.fecha.isoformat()}T00:00:00",
        formato=contexto.config.entregas.formato_pi,
        dependencia=dependencia,
        instrumento="pi",
    )


def _retirar(raiz: Path, vigentes: set[str]) -> None:
    carpetas = [c for c in raiz.iterdir() if c.is_dir()] if raiz.is_dir() else []
    for carpeta in carpetas:
        if carpeta.name not in vigentes:
            shutil.rmtree(carpeta)


def _renglon(hallazgo: Mapping[str, Any]) -> str:
    lugar = [hallazgo["archivo"], hallazgo["hoja"], hallazgo["lugar"]]
    donde = " › ".join(str(parte) for parte in lugar if isinstance(parte, str) and parte)
    return f"{donde}: {hallazgo['mensaje']} {hallazgo['accion']}"
