"""La línea de órdenes en español: ayuda y errores de Typer, que los trae en inglés."""

from __future__ import annotations

import re
from typing import Any

import typer.core as nucleo
from typer._click import exceptions as errores
from typer._click.core import Context
from typer.core import TyperCommand, TyperGroup

AYUDA = "Muestra esta ayuda y termina."
TEXTOS = {
    "Arguments": "Argumentos",
    "Options": "Opciones",
    "Commands": "Órdenes",
    "default: {default}": "por defecto: {default}",
    "required": "obligatorio",
}
ESPERADOS = {
    "valid integer": "un número entero",
    "valid number": "un número",
    "does not exist": "un archivo que exista",
    "is a directory": "un archivo, no una carpeta",
    "is a file": "una carpeta, no un archivo",
}
"""Lo que dice en inglés el error de un valor y qué se esperaba."""
PARTES_DEL_USO = {"[OPTIONS]": "[OPCIONES]", "COMMAND [ARGS]...": "ORDEN [ARGUMENTOS]..."}
# Typer toma estos textos de gettext; traducirlos aquí evita instalar un catálogo para cinco palabras.
# El nombre del argumento ya dice qué es; al lado, Typer escribe su tipo de Python.
nucleo.TyperArgument.display_type_rich = lambda *_, **__: None  # type: ignore[method-assign]
nucleo._ = lambda texto: TEXTOS.get(texto, texto)  # type: ignore[assignment, attr-defined]


class Orden(TyperCommand):
    """Orden con la ayuda en español."""

    def format_usage(self, ctx: Context, formatter: Any) -> None:
        """Línea de uso en español."""
        _escribir_uso(self, ctx, formatter)

    def get_help_option(self, ctx: Context) -> Any:
        """Opción de ayuda con su texto en español."""
        return _en_espanol(super().get_help_option(ctx))


class Grupo(TyperGroup):
    """Grupo de órdenes con la ayuda en español."""

    def format_usage(self, ctx: Context, formatter: Any) -> None:
        """Línea de uso en español."""
        _escribir_uso(self, ctx, formatter)

    def get_help_option(self, ctx: Context) -> Any:
        """Opción de ayuda con su texto en español."""
        return _en_espanol(super().get_help_option(ctx))


def _escribir_uso(orden: TyperCommand | TyperGroup, ctx: Context, formatter: Any) -> None:
    partes = [_sin_llaves(PARTES_DEL_USO.get(p, p)) for p in orden.collect_usage_pieces(ctx)]
    formatter.write_usage(ctx.command_path, " ".join(partes), prefix="Uso: ")


def _sin_llaves(parte: str) -> str:
    """La parte del uso sin las llaves ni los puntos de más que Typer pone a un argumento.

    >>> _sin_llaves("{ARCHIVO...}..."), _sin_llaves("[CARPETA]")
    ('ARCHIVO...', '[CARPETA]')
    """
    return re.sub(r"^\{(.+?)\}(\.\.\.)?$", r"\1", parte)


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
        return f"el valor {_de(_nombre(error.param))} no es válido{_esperado(error.message)}."
    if isinstance(error, errores.BadOptionUsage):  # click la levanta también si sobra el valor
        falta = "requires" in error.message
        return f"{'falta' if falta else 'sobra'} el valor de la opción {error.option_name}."
    if "No such command" in error.message and contexto is not None:
        pedida = error.message.split("'")[1]
        ordenes = list(getattr(contexto.command, "commands", {}))
        return f"no existe la orden «{pedida}». {_parecido(pedida, ordenes)}".rstrip()
    if "unexpected extra" in error.message:
        return "sobran argumentos."
    return "falta la orden." if "Missing command" in error.message else "la orden está mal escrita."


def _de(nombre: str) -> str:
    return f"d{nombre}" if nombre.startswith("el ") else f"de {nombre}"


def _esperado(mensaje: str) -> str:
    """Qué se esperaba, si el error lo sabe: «: se esperaba un número entero»."""
    que = next((dicho for parte, dicho in ESPERADOS.items() if parte in mensaje), "")
    if minimo := re.search(r"greater than or equal to (\d+)", mensaje):
        que = f"{minimo[1]} o más"
    return f": se esperaba {que}" if que else ""


def _nombre(parametro: Any) -> str:
    if parametro is None:
        return "un parámetro"
    opciones = [o for o in parametro.opts if o.startswith("--")]
    return (
        f"la opción {opciones[0]}"
        if opciones
        else f"el argumento {str(parametro.metavar or parametro.name.upper()).rstrip('.')}"
    )


def _parecido(nombre: str, validos: list[str]) -> str:
    from pipeline.explicacion import mas_parecido  # perezoso: solo si algo falla

    cercano = mas_parecido(nombre, validos)
    return f"¿Quiso decir «{cercano}»?" if cercano else ""
