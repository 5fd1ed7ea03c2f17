"""Un libro revisado sin recibirlo: el enlace ve sus correcciones antes de enviarlo."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline import devolucion, recepcion
from pipeline.archivos import nombre_que_cabe
from pipeline.devolucion import Devolucion
from pipeline.errores import ErrorLibro
from pipeline.flujo.contexto import Contexto
from pipeline.flujo.devolucion import (
    EN_PALABRAS,
    encabezado,
    escribir_pagina,
    intentar,
    nombre_marcado,
    poai_para,
    propios,
)
from pipeline.flujo.ingesta import leer_libros, leer_plan, revisar
from pipeline.formato_es import contar
from pipeline.manifiesto import huella_archivo
from pipeline.modelo import Severidad
from pipeline.recepcion import Recepcion


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


def revisar_libro(
    ruta: Path, contexto: Contexto, dependencia: str | None = None, *, instrumento: str = ""
) -> RevisionDeLibro:
    """Revisa un libro contra el plan vigente con las mismas reglas del corte, sin recibirlo.

    No copia nada a data/raw ni escribe tablas: deja junto al libro <nombre>_corregir.xlsx y
    <nombre>_correcciones.html. Nunca reemplaza un libro que ya esté ahí con otro contenido. Sin
    `dependencia` ni `instrumento`, los de la hoja de control de la plantilla. Levanta ErrorLibro si el
    archivo no existe o no dice de quién es, y ErrorEntorno si no se ha importado el plan.
    """
    if not ruta.is_file():
        raise ErrorLibro("no existe o no es un archivo", archivo=ruta.name, remedio="Revise la ruta")
    contexto = replace(contexto, recuerda=False)  # quien revisa su libro no deja nada en data/processed
    ficha = _ficha_suelta(ruta, contexto, dependencia or "", instrumento)
    plan, leidas = leer_plan(contexto), leer_libros(contexto, [ficha], ficha.instrumento)
    revision = revisar(contexto, plan, leidas, con_plan=False, poai=poai_para(contexto, ficha.instrumento))
    entrega = revision.entregas[revision.entregas["sha256"] == ficha.sha256].iloc[0].to_dict()
    hallazgos = propios(revision.hallazgos, {str(k): v for k, v in entrega.items()})
    datos = encabezado(contexto, {str(k): v for k, v in entrega.items()})
    libro, aviso = _marcar_al_lado(ruta, hallazgos, datos)
    pagina = ruta.with_name(nombre_que_cabe(ruta.stem, "_correcciones.html"))
    escribir_pagina(pagina, hallazgos, datos, libro, aviso, None, plan.metas)
    return RevisionDeLibro(
        estado=EN_PALABRAS[entrega["estado"]],
        hallazgos=devolucion.numerar_correcciones(hallazgos),
        cuenta=devolucion.contar_por_severidad(hallazgos),
        escritos=tuple(r for r in (libro, pagina) if r is not None),
        aviso=aviso,
    )


def _marcar_al_lado(ruta: Path, hallazgos: pd.DataFrame, datos: Devolucion) -> tuple[Path | None, str]:
    """Junto al libro, sin reemplazar uno que la dependencia ya esté corrigiendo."""
    provisional = ruta.with_name(nombre_que_cabe(f".{ruta.name}", ".marcado"))
    libro, aviso = intentar(ruta, hallazgos, provisional, datos)
    if libro is None:
        return None, aviso
    contenido, candidato = libro.read_bytes(), ruta.with_name(nombre_marcado(ruta))
    while candidato.exists() and candidato.read_bytes() != contenido:
        candidato = candidato.with_name(nombre_marcado(candidato))
    libro.replace(candidato)
    return candidato, ""


def _ficha_suelta(ruta: Path, contexto: Contexto, dependencia: str, instrumento: str) -> Recepcion:
    """Ficha de un libro que no se recibe: sirve para leerlo donde está."""
    config = contexto.config
    if dependencia and (instrumento or len(config.entregas.instrumentos) == 1):
        propio, codigo = (
            instrumento or config.entregas.instrumentos[0],
            config.dependencia(dependencia).codigo,
        )
    else:
        identidad = recepcion.identificar(ruta, config, instrumento=instrumento, dependencia=dependencia)
        propio, codigo = identidad.instrumento, identidad.dependencia
    return Recepcion(
        archivo=ruta.name,
        ruta=str(ruta.resolve()),
        sha256=huella_archivo(ruta),
        bytes=ruta.stat().st_size,
        recibido_en=f"{contexto.corte.fecha.isoformat()}T00:00:00",
        formato=config.entregas.formato(propio),
        dependencia=codigo,
        instrumento=propio,
    )


def _renglon(hallazgo: Mapping[str, Any]) -> str:
    lugar = [hallazgo["archivo"], hallazgo["hoja"], hallazgo["lugar"]]
    donde = " › ".join(str(parte) for parte in lugar if isinstance(parte, str) and parte)
    return f"{donde}: {hallazgo['mensaje']} {hallazgo['accion']}"
