"""La constancia de publicación de cada Plan de Acción: qué quedó en la web, dónde, cuándo y con qué huellas.

Queda en data/raw/registros/<vigencia>/publicaciones. El reloj lo pone la orden: publicar lo mismo en el mismo
sitio no da otra constancia, y por eso el sitio que las muestra sale con los mismos bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from pipeline.archivos import leer_fichas
from pipeline.flujo.contexto import Contexto
from pipeline.flujo.registros_archivo import carpeta_de_registros, crear, en_json
from pipeline.formato_es import fecha_larga
from pipeline.manifiesto import huella_archivo

PUBLICACIONES = "publicaciones"


@dataclass(frozen=True, slots=True, kw_only=True)
class Publicacion:
    """Una versión del Plan de Acción de la vigencia puesta en la web."""

    numero: int
    vigencia: int
    fecha: str  # en que quedó en la página, AAAA-MM-DD
    direccion: str  # la del sitio
    actividades: int  # cuántas muestra; con 0 solo están las metas y no hay plan de acción presentado
    archivos: Mapping[str, str]  # ruta en el sitio → SHA-256

    @property
    def huella(self) -> str:
        """La de la página, que es el primero de sus archivos."""
        return next(iter(self.archivos.values()))


def leer_publicaciones(contexto: Contexto) -> list[Publicacion]:
    """Las constancias de la vigencia del contexto, de la primera a la última."""
    fichas = leer_fichas(carpeta_de_registros(contexto) / PUBLICACIONES, Publicacion)
    return sorted(fichas, key=lambda p: p.numero)


def preparar_constancia(
    contexto: Contexto, sitio: Path, *, actividades: int, direccion: str, fecha: date
) -> Publicacion:
    """La constancia de la página de la vigencia que está en `sitio`; no la guarda.

    Es la última si dice lo mismo (los mismos bytes en la misma dirección), con su fecha de entonces.
    """
    vigencia = contexto.corte.vigencia
    pagina = sitio / "plan_de_accion" / str(vigencia) / "index.html"
    archivos = {pagina.relative_to(sitio).as_posix(): huella_archivo(pagina)}
    previas = leer_publicaciones(contexto)
    if previas and (previas[-1].archivos, previas[-1].direccion) == (archivos, direccion):
        return previas[-1]
    return Publicacion(
        numero=len(previas) + 1,
        vigencia=vigencia,
        fecha=fecha.isoformat(),
        direccion=direccion,
        actividades=actividades,
        archivos=archivos,
    )


def guardar_constancia(contexto: Contexto, publicacion: Publicacion) -> None:
    """La deja en el libro de registros; si ya estaba, no hace nada. ErrorEntorno si no se puede escribir."""
    if publicacion not in leer_publicaciones(contexto):
        carpeta = carpeta_de_registros(contexto) / PUBLICACIONES
        crear(carpeta / f"{publicacion.numero:04d}.json", en_json(asdict(publicacion)))


def en_una_oracion(publicacion: Publicacion) -> str:
    """Lo que la constancia dice, para el sitio y el libro de registros."""
    dia = fecha_larga(date.fromisoformat(publicacion.fecha))
    return f"Constancia {publicacion.numero}: publicado el {dia} en {publicacion.direccion}."
