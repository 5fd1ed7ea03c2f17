"""Opciones vigentes del método y panel de sensibilidad, como los muestran los informes. No recalcula nada."""

from __future__ import annotations

from functools import cache

import pandas as pd

from pipeline import graficos
from pipeline.formato_es import contar, numero, porcentaje, redondear
from pipeline.graficos import Figura
from pipeline.indices.sensibilidad import OFICIAL, Convencion, panel_sensibilidad
from pipeline.informes.bloques import Bloque, parrafo
from pipeline.informes.frases import textos_fijos
from pipeline.informes.metodo import metodo as opciones_vigentes
from pipeline.metodologia.revision import Revision, recurso, texto
from pipeline.modelo import Metodo


@cache
def convenciones() -> tuple[Convencion, ...]:
    """Las convenciones que se comparan (recursos/metodologia.yml); la primera es la oficial."""
    return tuple(Convencion(**c) for c in recurso()["convenciones"])


def panel(revision: Revision) -> pd.DataFrame:
    """`panel_sensibilidad` con `puntos` (diferencia del titular, en puntos porcentuales) y `papel`.

    `papel` dice si la convención es la oficial, una alternativa o una que no es admisible.
    """
    filas = panel_sensibilidad(
        revision.datos.metas, convenciones(), corte=revision.datos.corte, metodo=revision.metodo
    )
    puntos = filas["diferencia"].map(lambda d: float(redondear(d * 100)) if pd.notna(d) else d)
    puntos = puntos.where(filas["es_admisible"])  # la distancia a algo que no es un avance no dice nada
    papel = [
        _papel(str(codigo), bool(oficial), bool(admisible))
        for codigo, oficial, admisible in zip(
            filas["convencion"], filas["es_oficial"], filas["es_admisible"], strict=True
        )
    ]
    return filas.assign(puntos=puntos, papel=papel)


def efecto_de_las_convenciones(filas: pd.DataFrame) -> Bloque:
    """Cuál es la oficial y cuánto mueve el titular cada una de las otras, de la que más a la que menos.

    `filas` es lo que da `panel`.
    """
    oficial = filas[filas["convencion"] == OFICIAL].iloc[0]
    if pd.isna(oficial["titular"]):
        return parrafo(texto("panel_sin_titular"), clase="vacio")
    otras = filas[~filas["es_oficial"] & filas["es_admisible"]]
    mueven = otras[otras["puntos"] != 0].sort_values("puntos", key=lambda p: -p.abs(), kind="stable")
    partes = [
        f"{_en_minuscula(str(n))}, {_con_signo(float(p))}"
        for n, p in zip(mueven["nombre"], mueven["puntos"], strict=True)
    ]
    quietas = [_en_minuscula(str(n)) for n in otras.loc[otras["puntos"] == 0, "nombre"]]
    suma = filas[~filas["es_admisible"]].iloc[0]
    cambian = int((otras["n_cambian_de_puesto"] > 0).sum())
    return parrafo(
        texto(
            "panel_oficial", titular=porcentaje(oficial["titular"]), metas=contar(oficial["n_metas"], "meta")
        ),
        texto("panel_mueven", lista="; ".join(partes)) if partes else texto("panel_nada_mueve"),
        texto("panel_quietas", lista=", ".join(quietas)) if quietas else "",
        texto("panel_puestos", cuantas=cambian, de=len(otras)),
        texto("panel_suma", titular=porcentaje(suma["titular"])),
    )


def figura_de_sensibilidad(revision: Revision, filas: pd.DataFrame) -> Figura | None:
    """Puntos con el titular bajo cada convención admisible."""
    return graficos.titular_por_convencion(filas, revision.datos.rotulo_corte)


def opciones(revision: Revision, filas: pd.DataFrame) -> pd.DataFrame:
    """Cada opción vigente con su `efecto` y, en `alternativas`, lo que movería el titular cambiarla."""
    vigentes = opciones_vigentes(revision.datos)
    campos = list(textos_fijos()["metodo"])
    return vigentes.assign(
        efecto=[_efecto(campo, revision.metodo) for campo in campos],
        alternativas=[_alternativas(campo, filas) for campo in campos],
    )


def _papel(codigo: str, es_oficial: bool, es_admisible: bool) -> str:
    if codigo == OFICIAL:
        return "Oficial"
    if not es_admisible:
        return "No admisible"
    return "Coincide con la oficial" if es_oficial else "Alternativa"


def _efecto(campo: str, metodo: Metodo) -> str:
    efectos = recurso()["efectos"][campo]
    valor = getattr(metodo, campo)
    if campo == "tope":
        valor = "sin_tope" if valor is None else "con_tope"
    return str(efectos.get(valor, efectos.get("siempre", "")))


def _alternativas(campo: str, filas: pd.DataFrame) -> str:
    """Lo que mueve el titular cada convención que cambia la opción; de las demás, lo que diga el recurso."""
    puntos = dict(zip(filas["convencion"], filas["puntos"], strict=True))
    oficiales = set(filas.loc[filas["es_oficial"], "convencion"])
    partes = []
    for convencion in convenciones():
        if campo not in convencion.opciones or convencion.codigo in oficiales:
            continue
        partes.append(f"{_en_minuscula(convencion.nombre)}: {_con_signo(float(puntos[convencion.codigo]))}")
    return "; ".join(partes) or str(recurso()["sin_panel"].get(campo, ""))


def _con_signo(puntos: float) -> str:
    """Puntos porcentuales con su signo.

    >>> _con_signo(-4.2), _con_signo(1.0), _con_signo(0.0)
    ('−4,2 puntos', '+1,0 punto', 'no cambia')
    """
    if puntos == 0:
        return "no cambia"
    signo = "+" if puntos > 0 else "−"
    return f"{signo}{numero(abs(puntos), 1)} {'punto' if abs(puntos) == 1 else 'puntos'}"


def _en_minuscula(nombre: str) -> str:
    return nombre[:1].lower() + nombre[1:]
