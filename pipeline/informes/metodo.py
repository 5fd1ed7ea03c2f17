"""Con qué se hizo un informe: parámetros, método, glosario y límites. No calcula índices."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline.archivos import leer_yml
from pipeline.formato_es import porcentaje
from pipeline.informes.bloques import Bloque, definiciones, lista, parrafo
from pipeline.informes.datos import DatosInforme
from pipeline.informes.frases import frase, textos_fijos
from pipeline.modelo import Metodo

GLOSARIO = Path(__file__).parents[1] / "recursos" / "glosario.yml"


def como_se_hizo(datos: DatosInforme) -> Bloque:
    """Qué programa hizo el informe, con qué procedimiento, y cómo repetirlo."""
    entidad = datos.config.entidad
    dicho = parrafo(
        frase(
            "como_se_hizo",
            procedimiento=entidad.procedimiento,
            vigencia=datos.corte.vigencia,
            periodo=datos.corte.periodo,
            dependencia=f" --dependencia {datos.dependencia}" if datos.dependencia else "",
        )
    )
    return Bloque(dicho.contenido + parrafo(frase("como_se_hizo_pdf"), clase="texto solo-pdf").contenido)


def parametros(datos: DatosInforme) -> pd.DataFrame:
    """Parámetros con que se ejecutó: `parametro`, `valor`."""
    filas = [("Vigencia", str(datos.corte.vigencia)), ("Periodo", str(datos.corte.periodo))]
    if datos.dependencia:
        filas.append(("Dependencia", f"{datos.dependencia} ({datos.nombre})"))
    return pd.DataFrame(filas, columns=["parametro", "valor"])


def metodo(datos: DatosInforme) -> pd.DataFrame:
    """Cada opción del método: `opcion`, `valor` y `significado`; salen todas, también las de por omisión."""
    opciones = datos.config.metodo.metodo()
    descripciones = textos_fijos()["metodo"]
    filas = [
        (descripciones[campo]["nombre"], _valor(valor), descripciones[campo]["significado"])
        for campo, valor in _opciones(opciones).items()
    ]
    return pd.DataFrame(filas, columns=["opcion", "valor", "significado"])


def _opciones(opciones: Metodo) -> dict[str, Any]:
    sueltas = {campo: getattr(opciones, campo) for campo in textos_fijos()["metodo"] if campo != "bandas"}
    b = opciones.bandas
    limites = ", ".join(porcentaje(v, 0) for v in (b.bajo, b.medio, b.satisfactorio, b.sobresaliente))
    return {**sueltas, "bandas": limites}


def _valor(valor: Any) -> str:
    if valor is None:
        return "sin tope"
    if isinstance(valor, bool):
        return "sí" if valor else "no"
    if isinstance(valor, float):
        return porcentaje(valor, 0)
    return str(valor).replace("_", " ").replace("/", " / ")


def glosario(cual: str = "plan_indicativo") -> Bloque:
    """Los términos que usa el informe; `cual`, una clave de recursos/glosario.yml."""
    return definiciones(_terminos_y_limites()["terminos"][cual])


def limites(datos: DatosInforme, cual: str = "plan_indicativo") -> Bloque:
    """Lo que el informe no puede decir; si los datos son sintéticos, eso primero."""
    textos = _terminos_y_limites()["limites"]
    return lista([*([textos["demostracion"]] if datos.es_demostracion else []), *textos[cual]])


@cache
def _terminos_y_limites() -> dict[str, Any]:
    return dict(leer_yml(GLOSARIO.read_text(encoding="utf-8")))
