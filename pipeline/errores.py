"""Errores del sistema: cada uno dice dónde, qué y cómo remediarlo. Aquí no hay lógica."""

from __future__ import annotations


class ErrorSeguimiento(Exception):  # noqa: N818 — en español el sustantivo va primero
    """Raíz de los errores que el usuario puede entender y remediar.

    El texto sale siempre como «archivo › hoja › celda: problema. Remedio.»

    >>> print(ErrorLibro("falta la columna «Código meta»", archivo="salud.xlsx", hoja="PI",
    ...                  remedio="Use el formato vigente"))
    salud.xlsx › PI: falta la columna «Código meta». Use el formato vigente.
    """

    codigo_salida = 1

    def __init__(
        self,
        problema: str,
        *,
        archivo: str | None = None,
        hoja: str | None = None,
        celda: str | None = None,
        remedio: str | None = None,
    ) -> None:
        self.problema = problema.rstrip(".")
        self.archivo = archivo
        self.hoja = hoja
        self.celda = celda
        self.remedio = remedio.rstrip(".") if remedio else None
        super().__init__(str(self))

    def __str__(self) -> str:
        lugar = " › ".join(parte for parte in (self.archivo, self.hoja, self.celda) if parte)
        partes = (f"{lugar}: {self.problema}" if lugar else self.problema, self.remedio)
        return " ".join(parte if parte.endswith("?") else f"{parte}." for parte in partes if parte)


class ErrorConfiguracion(ErrorSeguimiento):
    """La configuración o los parámetros de la orden no son válidos."""

    codigo_salida = 2


class ErrorLibro(ErrorSeguimiento):
    """Un libro no se puede leer o no tiene la estructura de su formato."""

    codigo_salida = 3


class ErrorInforme(ErrorSeguimiento):
    """Un informe no se pudo ejecutar o exportar; los demás siguen."""

    codigo_salida = 4


class ErrorEntorno(ErrorSeguimiento):
    """Falta una biblioteca, un permiso o espacio en el equipo."""

    codigo_salida = 5
