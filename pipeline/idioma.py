"""La línea de órdenes en español: ayuda y errores de Typer, que los trae en inglés."""

from __future__ import annotations

import difflib
from typing import Any

import typer.rich_utils as presentacion
from typer._click import exceptions as errores
from typer._click.core import Context
from typer.core import TyperCommand, TyperGroup

presentacion.ARGUMENTS_PANEL_TITLE = "Argumentos"
presentacion.OPTIONS_PANEL_TITLE = "Opciones"
presentacion.COMMANDS_PANEL_TITLE = "Órdenes"
presentacion.DEFAULT_STRING = "[por defecto: {}]"
presentacion.REQUIRED_LONG_STRING = "[obligatorio]"

AYUDA = "Muestra esta ayuda y termina."


def _uso(texto: str) -> str:
    cambios = {
        "Usage:": "Uso:",
        "[OPTIONS]": "[OPCIONES]",
        "COMMAND [ARGS]...": "ORDEN [ARGUMENTOS]...",
    }
    for ingles, espanol in cambios.items():
        texto = texto.replace(ingles, espanol)
    return texto


class Orden(TyperCommand):
    """Orden con la ayuda en español."""

    def get_usage(self, ctx: Context) -> str:
        """Línea de uso en español."""
        return _uso(super().get_usage(ctx))

    def get_help_option(self, ctx: Context) -> Any:
        """Opción de ayuda con su texto en español."""
        return _en_espanol(super().get_help_option(ctx))


class Grupo(TyperGroup):
    """Grupo de órdenes con la ayuda en español."""

    def get_usage(self, ctx: Context) -> str:
        """Línea de uso en español."""
        return _uso(super().get_usage(ctx))

    def get_help_option(self, ctx: Context) -> Any:
        """Opción de ayuda con su texto en español."""
        return _en_espanol(super().get_help_option(ctx))


def _en_espanol(opcion: Any) -> Any:
    if opcion is not None:
        opcion.help = AYUDA
        opcion.metavar = ""
    return opcion


def explicar_uso(error: errores.UsageError) -> str:
    """Error de uso en español, con el nombre válido más parecido si lo hay."""
    contexto = error.ctx
    if isinstance(error, errores.NoSuchOption):
        validas = [o for p in contexto.command.params for o in p.opts] if contexto else []
        return f"no existe la opción {error.option_name}. {_parecido(error.option_name, validas)}".rstrip()
    if isinstance(error, errores.MissingParameter):
        return f"falta {_nombre(error.param)}."
    if isinstance(error, errores.BadParameter):
        return f"el valor de {_nombre(error.param)} no es válido."
    if "No such command" in error.message and contexto is not None:
        pedida = error.message.split("'")[1]
        ordenes = list(getattr(contexto.command, "commands", {}))
        return f"no existe la orden «{pedida}». {_parecido(pedida, ordenes)}".rstrip()
    if "unexpected extra" in error.message:
        return "sobran argumentos."
    return "falta la orden." if "Missing command" in error.message else "la orden está mal escrita."


def _nombre(parametro: Any) -> str:
    if parametro is None:
        return "un parámetro"
    opciones = [o for o in parametro.opts if o.startswith("--")]
    return f"la opción {opciones[0]}" if opciones else f"el argumento {str(parametro.name).upper()}"


def _parecido(nombre: str, validos: list[str]) -> str:
    cercanos = difflib.get_close_matches(nombre, validos, n=1, cutoff=0.5)
    return f"¿Quiso decir «{cercanos[0]}»?" if cercanos else ""
