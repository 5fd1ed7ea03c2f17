"""Lo publicado en un corte, listo para volver a calcularlo, y el resultado de cada comprobación."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pipeline.archivos import leer_yml
from pipeline.config import Rutas, hallar_raiz
from pipeline.errores import ErrorInforme
from pipeline.esquemas import leer_tabla
from pipeline.formato_es import contar, numero
from pipeline.informes import DatosInforme, abrir_corte
from pipeline.informes.bloques import parrafo
from pipeline.modelo import NOMBRES_DE_TIPO, Metodo

RECURSO = Path(__file__).parents[1] / "recursos" / "metodologia.yml"
TOLERANCIA = 1e-9
"""Diferencia relativa admitida: la de sumar los mismos números en otro orden, con holgura."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """Las tablas publicadas de un corte y el método con que se calcularon."""

    datos: DatosInforme
    metodo: Metodo
    plan_vigencias: pd.DataFrame
    plan_fuentes: pd.DataFrame

    def __repr__(self) -> str:
        metas = contar(len(self.datos.metas), "meta publicada", "metas publicadas")
        return f"{self.datos.config.entidad.nombre} · corte {self.datos.corte} · {metas}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comprobacion:
    """Un cálculo repetido que coincidió con lo publicado; si no coincide no hay Comprobacion sino error."""

    nombre: str
    que_compara: str
    comparados: int
    diferencia: float

    @property
    def resultado(self) -> str:
        """Qué dio, en palabras."""
        return texto("sin_nada_que_comparar") if self.comparados == 0 else texto("coincide")

    @property
    def diferencia_en_palabras(self) -> str:
        """Mayor diferencia hallada; el último bit depende del equipo y no se publica."""
        return texto("ninguna") if self.diferencia <= 1e-12 else texto("del_redondeo")

    def _repr_html_(self) -> str:
        clave = "comprobado" if self.comparados else "nada_que_comprobar"
        cuantos = contar(self.comparados, "valor", "valores")
        frase = texto(clave, que=self.que_compara, cuantos=cuantos, diferencia=self.diferencia_en_palabras)
        return parrafo(frase, clase="aviso").contenido

    def __repr__(self) -> str:
        return f"{self.nombre}: {self.resultado} ({numero(self.comparados, 0)} valores)"


def abrir(vigencia: int, periodo: str) -> Revision:
    """Lo publicado del corte en la entidad en que se trabaja.

    Levanta ErrorConfiguracion si el corte no existe y ErrorEntorno si no se ha calculado.
    """
    datos = abrir_corte(vigencia, periodo)
    carpeta = Rutas(hallar_raiz(Path.cwd())).procesados(datos.corte)
    nombres = ("plan_vigencias", "plan_fuentes")
    return Revision(
        datos=datos,
        metodo=datos.config.metodo.metodo(),
        **{nombre: leer_tabla(nombre, carpeta) for nombre in nombres},
    )


def comparar(nombre: str, que_compara: str, tabla: pd.DataFrame) -> Comprobacion:
    """Comprobación de que `publicado` y `recalculado` coinciden en cada fila de `tabla`.

    `tabla` trae `de` (qué se compara: meta y medida), `publicado` y `recalculado`. Dos vacíos coinciden.
    Levanta ErrorInforme con las primeras diferencias: un informe que no se sostiene no se publica.

    >>> filas = pd.DataFrame({"de": ["M1"], "publicado": [0.5], "recalculado": [0.5]})
    >>> comparar("prueba", "avance", filas)
    prueba: coincide (1 valores)
    """
    publicado = tabla["publicado"].to_numpy(dtype=np.float64, na_value=np.nan)
    recalculado = tabla["recalculado"].to_numpy(dtype=np.float64, na_value=np.nan)
    ausentes = np.isnan(publicado) & np.isnan(recalculado)
    diferencia = np.abs(publicado - recalculado) / np.maximum(1.0, np.abs(publicado))
    mal = ~(ausentes | (diferencia <= TOLERANCIA))
    if mal.any():
        filas = tabla[mal].head(3).itertuples(index=False)
        casos = "; ".join(f"{f.de}: publicado {f.publicado}, recalculado {f.recalculado}" for f in filas)
        cuantos = contar(int(mal.sum()), "valor", "valores")
        raise ErrorInforme(
            f"la comprobación «{nombre}» no coincide con lo publicado en {cuantos}: {casos}",
            remedio="Vuelva a calcular el corte; si persiste, no publique y avise al Grupo",
        )
    return Comprobacion(
        nombre=nombre,
        que_compara=que_compara,
        comparados=int((~ausentes).sum()),
        diferencia=float(np.nanmax(np.where(ausentes, 0.0, diferencia), initial=0.0)),
    )


@cache
def recurso() -> dict[str, Any]:
    """Todo lo escrito en recursos/metodologia.yml."""
    return dict(leer_yml(RECURSO.read_text(encoding="utf-8")))


def texto(clave: str, /, **valores: object) -> str:
    """La oración de recursos/metodologia.yml con esa clave, con sus cifras puestas."""
    return str(recurso()["frases"][clave]).format(**valores).strip()


def nombre_de_tipo(tipo: object) -> str:
    """Nombre del tipo de meta como se lee.

    >>> nombre_de_tipo("reduccion_anual"), nombre_de_tipo(None)
    ('reducción anual', 'sin tipo')
    """
    return NOMBRES_DE_TIPO.get(tipo, "sin tipo") if isinstance(tipo, str) else "sin tipo"
