"""Contraste entre dos colores según WCAG 2.1 (1.4.3 texto, 1.4.11 gráficos). No lee páginas."""

from __future__ import annotations

MINIMO_DE_TEXTO = 4.5
MINIMO_DE_GRAFICO = 3.0


def contraste(uno: str, otro: str) -> float:
    """Razón de contraste entre dos colores `#rrggbb`, de 1 a 21.

    Fuente: WCAG 2.1, definición de «contrast ratio» y de «relative luminance».

    >>> round(contraste("#000000", "#ffffff"), 2), round(contraste("#777777", "#ffffff"), 2)
    (21.0, 4.48)
    """
    clara, oscura = sorted((_luminancia(uno), _luminancia(otro)), reverse=True)
    return (clara + 0.05) / (oscura + 0.05)


def _luminancia(color: str) -> float:
    rojo, verde, azul = (_lineal(int(color[i : i + 2], 16) / 255) for i in (1, 3, 5))
    return 0.2126 * rojo + 0.7152 * verde + 0.0722 * azul


def _lineal(canal: float) -> float:
    return float(canal / 12.92 if canal <= 0.03928 else ((canal + 0.055) / 1.055) ** 2.4)
