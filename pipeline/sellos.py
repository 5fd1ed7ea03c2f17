"""Sellos de los cortes: actas encadenadas de cierre y de reapertura en data/raw/sellos. No corre nada.

Cada sello es un JSON numerado que trae la huella del anterior: quitar, cambiar o intercalar uno se nota.
Nunca se reescriben; un corte está cerrado si su último sello es de cierre.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from pipeline.archivos import crear, explicar_del_equipo
from pipeline.errores import ErrorConfiguracion, ErrorEntorno
from pipeline.manifiesto import huella_archivo
from pipeline.turno import esperar_turno

CARPETA = "sellos"
Clase = Literal["cierre", "reapertura"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sello:
    """Un acto sobre un corte, con la huella de todo lo que quedó fijado.

    `huellas` agrupa archivos por lo que son: insumos, reglas, cuadernos, tablas e informes; las rutas son
    relativas a la raíz de la entidad. `configuracion` es la de ese día, y `cifras` las publicadas, para decir
    después qué cambió.
    """

    numero: int
    clase: Clase
    corte: str
    fecha: str
    autoridad: str
    motivo: str
    anterior: str  # huella del sello anterior; vacía en el primero
    codigo: str
    huellas: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    configuracion: Mapping[str, Any] = field(default_factory=dict)
    cifras: Sequence[Mapping[str, Any]] = ()
    version_sello: int = 1


def leer_sellos(crudos: Path) -> list[Sello]:
    """Los sellos de la entidad, del primero al último.

    Levanta ErrorEntorno si uno no se puede leer: un sello dañado no se pasa por alto.
    """
    sellos = []
    for ruta in _rutas(crudos):
        try:
            sellos.append(Sello(**json.loads(ruta.read_text(encoding="utf-8"))))
        except (ValueError, TypeError) as error:
            raise ErrorEntorno(
                "el sello está dañado", archivo=ruta.name, remedio="Recupérelo del respaldo de data/raw"
            ) from error
    return sellos


def faltas_de_la_cadena(crudos: Path) -> list[str]:
    """Qué sello falta, sobra o fue cambiado; vacía si la cadena está completa.

    El último no tiene quién lo respalde: su huella se imprime al cerrar, para guardarla aparte.
    """
    faltas, anterior = [], ""
    for esperado, (ruta, sello) in enumerate(zip(_rutas(crudos), leer_sellos(crudos), strict=True), start=1):
        if sello.numero != esperado:
            faltas.append(f"{ruta.name}: se esperaba el sello {esperado}")
            return faltas
        if sello.anterior != anterior:
            faltas.append(f"{ruta.name}: no encadena con el sello anterior, que cambió después de puesto")
        anterior = huella_archivo(ruta)
    return faltas


def ultimo_del_corte(sellos: Sequence[Sello], corte: str, clase: Clase | None = None) -> Sello | None:
    """El sello más reciente del corte, o el más reciente de esa clase; None si no tiene."""
    propios = [s for s in sellos if s.corte == corte and clase in (None, s.clase)]
    return propios[-1] if propios else None


def huella_del_sello(crudos: Path, sello: Sello) -> str:
    """Huella del archivo del sello: la que se imprimió al cerrar, si nadie lo ha tocado."""
    return huella_archivo(crudos / CARPETA / f"{sello.numero:04d}.json")


def poner_sello(crudos: Path, datos: Mapping[str, Any]) -> tuple[Sello, str]:
    """El sello escrito, con su número y encadenado, y su huella. Dos que sellan a la vez esperan turno.

    Levanta ErrorConfiguracion si falta la autoridad, y ErrorEntorno si no se puede escribir.
    """
    for nombre in ("autoridad", "motivo", "fecha"):
        if not str(datos[nombre]).strip():
            raise ErrorConfiguracion(f"el sello necesita {nombre}", remedio=f"Indique --{nombre}")
    carpeta = crudos / CARPETA
    try:
        with esperar_turno(crudos):
            carpeta.mkdir(parents=True, exist_ok=True)
            for resto in carpeta.glob("*.tmp"):  # de un proceso que murió sellando
                resto.unlink(missing_ok=True)
            rutas = _rutas(crudos)
            anterior = huella_archivo(rutas[-1]) if rutas else ""
            sello = Sello(**{**datos, "numero": len(rutas) + 1, "anterior": anterior})
            return sello, huella_archivo(_escribir(sello, carpeta))
    except OSError as error:
        raise explicar_del_equipo(error, f"{crudos.name}/{CARPETA}") from error


def _escribir(sello: Sello, carpeta: Path) -> Path:
    destino = carpeta / f"{sello.numero:04d}.json"
    texto = json.dumps(asdict(sello), ensure_ascii=False, indent=1, sort_keys=True)
    return crear(destino, texto + "\n")  # un sello no se reemplaza


def _rutas(crudos: Path) -> list[Path]:
    carpeta = crudos / CARPETA
    return sorted(carpeta.glob("[0-9]*.json")) if carpeta.is_dir() else []
