"""La nota de reexpresión que llevan los informes cuando un corte se reabrió. No sella ni calcula índices."""

from __future__ import annotations

import html

import pandas as pd

from pipeline.flujo.contexto import abrir
from pipeline.flujo.sellos import Reexpresion, cifras_del_corte, reexpresiones
from pipeline.formato_es import SIN_DATO, contar, porcentaje
from pipeline.informes.bloques import Bloque
from pipeline.modelo import NOMBRES_DE_MEDIDA

MAXIMO = 40  # cambios que se muestran de cada reapertura


def nota_de_reexpresion(vigencia: int, periodo: str) -> Bloque:
    """Sección «Reexpresiones» con qué se reabrió, por qué y qué cifras cambiaron; vacía si no hubo.

    Se llama desde el cuaderno del corte, después de calcularlo.
    """
    contexto = abrir(vigencia, periodo)
    notas = reexpresiones(contexto, cifras_del_corte(contexto))
    if not notas:
        return Bloque("")
    return Bloque(f"<h2>Reexpresiones</h2>{''.join(map(_nota, notas))}")


def _nota(nota: Reexpresion) -> str:
    acto = (
        f"El corte {html.escape(nota.corte)} se reabrió el {html.escape(nota.fecha)} por orden de "
        f"{html.escape(nota.autoridad)}. Motivo: {html.escape(nota.motivo.rstrip('.'))}."
    )
    if not nota.cambios:
        resto = (
            "Ninguna cifra del plan, sus líneas o sus dependencias cambió."
            if nota.cerrado_de_nuevo
            else "Todavía no se ha vuelto a cerrar."
        )
        return f'<div class="texto"><p>{acto} {resto}</p></div>'
    return f'<div class="texto"><p>{acto}</p></div>{_tabla(nota)}'


def _tabla(nota: Reexpresion) -> str:
    filas = "".join(
        f'<tr><th scope="row">{html.escape(_de_quien(c["nivel"], c["codigo"], c["nombre"]))}</th>'
        f"<td>{NOMBRES_DE_MEDIDA[c['medida']]}</td>"
        f'<td class="num">{_cifra(c["antes"])}</td><td class="num">{_cifra(c["despues"])}</td></tr>'
        for c in nota.cambios[:MAXIMO]
    )
    sobran = len(nota.cambios) - MAXIMO
    pie = (
        f'<p class="nota">{contar(sobran, "cifra más cambió", "cifras más cambiaron")}.</p>'
        if sobran > 0
        else ""
    )
    return (
        '<div class="tabla"><div class="desplazable" role="region" tabindex="0" '
        f'aria-label="Cifras reexpresadas del corte {html.escape(nota.corte)}"><table>'
        f"<caption><span>Cifras reexpresadas del corte {html.escape(nota.corte)}</span></caption><thead><tr>"
        '<th scope="col">De quién</th><th scope="col">Medida</th>'
        '<th scope="col" class="num">Antes</th><th scope="col" class="num">Después</th></tr></thead>'
        f"<tbody>{filas}</tbody></table></div>{pie}</div>"
    )


def _de_quien(nivel: str, codigo: str | None, nombre: str | None) -> str:
    if nivel == "plan":
        return "Plan de desarrollo"
    prefijo = "Línea " if nivel == "linea" else ""
    return f"{prefijo}{nombre or codigo or 'sin asignar'}"


def _cifra(valor: float | None) -> str:
    return SIN_DATO if valor is None or pd.isna(valor) else porcentaje(valor)
