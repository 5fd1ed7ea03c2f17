"""Encabezado institucional de un informe: qué es, de quién y de qué corte. No da formato."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.config import ARCHIVO, Config, Rutas, cargar_config, leer_corte
from pipeline.formato_es import contar, fecha_larga
from pipeline.modelo import Corte, Periodo

TRIMESTRES = {1: "primer", 2: "segundo", 3: "tercer", 4: "cuarto"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Portada:
    """Lo que dice el encabezado; los textos van sin escapar."""

    titulo: str
    entidad: str
    departamento: str
    nit: str
    oficina: str
    plan: str
    procedimiento: str
    version_procedimiento: str
    dependencia: str = ""
    corte: str = ""
    corte_en_letras: str = ""
    fecha_de_corte: str = ""
    es_demostracion: bool = False

    @property
    def titulo_completo(self) -> str:
        """Título de la ventana y del PDF: informe, dependencia, corte y entidad."""
        return " · ".join(p for p in (self.titulo, self.dependencia, self.corte, self.entidad) if p)


def armar_portada(titulo: str, parametros: dict[str, Any], raiz: Path) -> Portada:
    """Portada de un cuaderno ejecutado con `parametros` sobre la entidad de `raiz`.

    Si `raiz` no es una entidad sino la carpeta de varias, el encabezado es el del resumen de todas. Levanta
    ErrorConfiguracion si el corte o la dependencia no existen en la configuración.
    """
    if not (raiz / ARCHIVO).is_file():
        return _de_varias(titulo, parametros, raiz)
    config = cargar_config(raiz)
    entidad = config.entidad
    return Portada(
        titulo=titulo,
        entidad=entidad.nombre,
        departamento=entidad.departamento,
        nit=entidad.nit,
        oficina=entidad.oficina,
        plan=entidad.plan,
        procedimiento=entidad.procedimiento,
        version_procedimiento=entidad.version_procedimiento,
        es_demostracion=Rutas(raiz).es_demostracion,
        **_corte_y_dependencia(parametros, config),
    )


def _de_varias(titulo: str, parametros: dict[str, Any], raiz: Path) -> Portada:
    entidades = [ruta.parent for ruta in raiz.glob(f"*/{ARCHIVO}")]
    corte = Corte(vigencia=int(parametros["vigencia"]), periodo=Periodo(parametros["periodo"]))
    return Portada(
        titulo=titulo,
        entidad=contar(len(entidades), "entidad", "entidades"),
        departamento="",
        nit="",
        oficina="Resumen de lo que publicó cada una",
        plan="Seguimiento a los planes de desarrollo",
        procedimiento="",
        version_procedimiento="",
        es_demostracion=any(Rutas(e).es_demostracion for e in entidades),
        **_textos_del_corte(corte),
    )


def _corte_y_dependencia(parametros: dict[str, Any], config: Config) -> dict[str, str]:
    textos: dict[str, str] = {}
    if parametros.get("dependencia"):
        textos["dependencia"] = config.dependencia(parametros["dependencia"]).nombre
    if "vigencia" in parametros and "periodo" in parametros:
        textos |= _textos_del_corte(leer_corte(parametros["vigencia"], parametros["periodo"], config))
    return textos


def _textos_del_corte(corte: Corte) -> dict[str, str]:
    trimestre, fecha = TRIMESTRES[corte.periodo.numero], fecha_larga(corte.fecha)
    return {
        "corte": f"{corte.vigencia} {corte.periodo}",
        "fecha_de_corte": fecha,
        "corte_en_letras": f"Vigencia {corte.vigencia}, {trimestre} trimestre: del 1 de enero al {fecha}",
    }
